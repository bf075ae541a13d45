"""`planalign init`: a `[flake8]` and a `[tool.planalign]` section that fit what is there."""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence

from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind, is_test, kind_by_name, kind_of
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.scenario import survey

__all__ = ["main"]

_APPLICATION = lazy(r"\b(?:FastAPI|APIRouter|Starlette|Litestar|Quart|Sanic|Flask)\(")
_BLOCK = lazy(r"^@(?:transformer|data_loader|data_exporter|custom|sensor)\b", re.MULTILINE)
_H2O = lazy(r"^\s*(?:import|from)\s+h2o\b", re.MULTILINE)
_TRAINING = lazy(r"\.train\(|\bdownload_mojo\(|\bsave_mojo\(")
_REVISION = lazy(r"^(?:down_)?revision\b[^\n=]*=", re.MULTILINE)
_FEATURE_TABLE = lazy(
    r"""(?:create_table\(\s*|__tablename__\s*=\s*|(?i:CREATE TABLE(?: IF NOT EXISTS)?)\s+)["']?(\w*feature\w*)"""
)
_SECTION = lazy(r"^\[flake8\]", re.MULTILINE)


@dataclasses.dataclass
class Found:
    """What a project has; directories and files are relative to its root."""

    service: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    pipeline: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    migrations: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    tables: set[str] = dataclasses.field(default_factory=set)
    stacks: list[str] = dataclasses.field(default_factory=list)
    drift_tests: list[str] = dataclasses.field(default_factory=list)
    swap_tests: list[str] = dataclasses.field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Show what a project has and write the sections that it does not have yet; return 2 if there is no directory."""
    parser = argparse.ArgumentParser("planalign init", description="Write a configuration that fits the project.")
    parser.add_argument("directory", nargs="?", default=".")
    parser.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    chosen = parser.parse_args(arguments)
    if not os.path.isdir(chosen.directory):
        print(f"planalign init: {chosen.directory}: there is no such directory", file=sys.stderr)
        return 2
    root = os.path.abspath(chosen.directory)
    project = Project.of(os.path.join(root, "file"), Run(arguments=(root,), cache="off"))
    found = _look(project, root)
    if any(found.pipeline.values()):
        found.drift_tests, found.swap_tests = _scenario_tests(project, root)
    print("\n".join(_told(found, root)))
    plan, lint = "\n".join(_plan(found, root)) + "\n", "[flake8]\nextend-exclude = .venv,build,dist\n"
    pyproject, config = os.path.join(root, "pyproject.toml"), os.path.join(root, ".flake8")
    written = _append(pyproject, plan, has_plan(_text(pyproject)), dry=chosen.dry_run)
    lints = any(_SECTION.search(_text(os.path.join(root, name))) for name in (".flake8", "setup.cfg", "tox.ini"))
    written = _append(config, lint, lints, dry=chosen.dry_run) or written
    if not written:
        print("\nboth sections are there already; nothing was written")
    return 0


def has_plan(text: str) -> bool:
    """Tell whether a TOML text has a table of ours."""
    return re.search(r"^\s*\[+\s*tool\s*\.\s*planalign\b", text, re.MULTILINE) is not None


def _append(path: str, text: str, there: bool, *, dry: bool) -> bool:  # noqa: FBT001
    if there:
        return False
    old = _text(path)
    print(f"\n{'would write' if dry else 'wrote'} to {os.path.basename(path)}:\n\n{text}", end="")
    if not dry:
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(("\n" if old and not old.endswith("\n\n") else "") + text)
    return True


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError):
        return ""


def _look(project: Project, root: str) -> Found:
    found = Found()
    for path in project.files("*"):
        if not path.startswith(root + os.sep):
            continue
        relative = os.path.relpath(path, root).replace(os.sep, "/")
        if path.endswith(".py"):
            _look_at_code(relative, project.read(path) or "", found)
        elif path.endswith(".sql"):
            found.tables.update(match[1] for match in _FEATURE_TABLE.finditer(project.read(path) or ""))
        elif _is_stack(path):
            found.stacks.append(relative)
    return found


def _scenario_tests(project: Project, root: str) -> tuple[list[str], list[str]]:
    """Return the files whose tests let data drift, and those that swap the model under load."""
    places = survey.places(project)
    drift, swap = (
        sorted({os.path.relpath(path, root).replace(os.sep, "/") for path, _ in places.get(name, ())})
        for name in ("drift tests", "swap tests")
    )
    return drift, swap


def _is_stack(path: str) -> bool:
    kind = kind_by_name(path)
    if kind is FileKind.YAML:
        kind = kind_of(path, _text(path))
    return kind in (FileKind.COMPOSE, FileKind.KUBERNETES)


def _look_at_code(relative: str, text: str, found: Found) -> None:
    folder = os.path.dirname(relative)
    if is_test(relative):
        return
    if _REVISION.search(text) and "upgrade" in text:
        found.migrations[folder] += 1
    elif ("mage_ai" in text and _BLOCK.search(text)) or (_H2O.search(text) and _TRAINING.search(text)):
        found.pipeline[folder] += 1
    elif _APPLICATION.search(text):
        found.service[folder] += 1
    found.tables.update(match[1] for match in _FEATURE_TABLE.finditer(text))


def _tops(folders: Iterable[str], other: Iterable[str], root: str) -> list[str]:
    """Return the directories that hold all of some folders and none of the others; `src/a`, not `src/a/b`.

    Where all of them lie in one package further down, it is that package.
    """
    folders, others = sorted(folders), [f"{folder}/" for folder in other]
    tops: list[str] = []
    for folder in folders:
        parts = folder.split("/")
        for length in range(1, len(parts) + 1):
            top = "/".join(parts[:length])
            if top and not any(name.startswith(f"{top}/") for name in others):
                tops.append(_package(top, folders, root))
                break
    return [top for top in dict.fromkeys(tops) if not any(top.startswith(f"{more}/") for more in tops)]


def _package(top: str, folders: Sequence[str], root: str) -> str:
    """Return the outermost package at or below a directory that holds all of its folders, itself if there is none."""
    inside = [folder for folder in folders if folder == top or folder.startswith(f"{top}/")]
    parts = os.path.commonpath(inside).split("/")
    for length in range(top.count("/") + 1, len(parts) + 1):
        package = "/".join(parts[:length])
        if os.path.exists(os.path.join(root, package, "__init__.py")):
            return package
    return top


def _told(found: Found, root: str) -> Iterator[str]:
    yield "found"
    for name, what in (
        ("service", _tops(found.service, found.pipeline, root)),
        ("pipeline", _tops(found.pipeline, found.service, root)),
        ("migrations", sorted(found.migrations)),
        ("feature tables", sorted(found.tables)),
        ("stacks", sorted(found.stacks)),
        ("drift tests", sorted(found.drift_tests)),
        ("swap tests", sorted(found.swap_tests)),
    ):
        yield f"  {name}: {', '.join(what) or 'none'}"


def _plan(found: Found, root: str) -> Iterator[str]:
    """Yield the lines of the plan; only what was found is stated, the rest keeps its defaults."""
    yield "[tool.planalign]"
    service, pipeline = _tops(found.service, found.pipeline, root), _tops(found.pipeline, found.service, root)
    if service or pipeline:
        yield from ("", "[tool.planalign.layers]")
        yield from (
            f"{name} = {json.dumps(what)}" for name, what in (("service", service), ("pipeline", pipeline)) if what
        )
    if found.migrations or found.tables:
        yield from ("", "[tool.planalign.logical]")
        if found.migrations:
            yield f"migrations = {json.dumps(sorted(found.migrations))}"
        if found.tables:
            yield f"feature-tables = {json.dumps(sorted(found.tables))}"
    for name, story, tests in (
        ("drift", "SCN-REV-01-01", found.drift_tests),
        ("swap", "SCN-REV-01-02", found.swap_tests),
    ):
        if tests:
            yield from (
                "",
                f"[tool.planalign.scenarios.{name}]",
                f'story = "{story}"',
                f"tests = {json.dumps(sorted(tests))}",
            )
