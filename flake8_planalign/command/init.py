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
from flake8_planalign.kinds import FileKind, kind_by_name, kind_of
from flake8_planalign.project import Project

__all__ = ["main"]

_APPLICATION = re.compile(r"\b(?:FastAPI|APIRouter|Starlette|Litestar|Quart|Sanic|Flask)\(")
_BLOCK = re.compile(r"^@(?:transformer|data_loader|data_exporter|custom|sensor)\b", re.MULTILINE)
_TRAINING = re.compile(r"^\s*(?:import|from)\s+h2o\b", re.MULTILINE)
_REVISION = re.compile(r"^(?:down_)?revision\b[^\n=]*=", re.MULTILINE)
_FEATURE_TABLE = re.compile(
    r"""(?:create_table\(\s*|__tablename__\s*=\s*|(?i:CREATE TABLE(?: IF NOT EXISTS)?)\s+)["']?(\w*feature\w*)"""
)
_TEST = re.compile(r"(?:^|/)(?:tests?/|test_[^/]*\.py$|conftest\.py$)")
_DRIFT = re.compile(r"def test_\w*drift")
_SWAP = re.compile(r"def test_\w*(?:swap|reload)|HttpUser")
_SECTION = re.compile(r"^\[flake8\]", re.MULTILINE)


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
    """Show what a project has and write the sections; return 2 if there are some already and `--force` is not given."""
    parser = argparse.ArgumentParser("planalign init", description="Write a configuration that fits the project.")
    parser.add_argument("directory", nargs="?", default=".")
    parser.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    chosen = parser.parse_args(arguments)
    if not os.path.isdir(chosen.directory):
        print(f"planalign init: {chosen.directory}: there is no such directory", file=sys.stderr)
        return 2
    root = os.path.abspath(chosen.directory)
    found = _look(Project.of(os.path.join(root, "file"), Run(arguments=(root,), cache="off")), root)
    print("\n".join(_told(found)))
    plan, lint = "\n".join(_plan(found)) + "\n", "[flake8]\nextend-exclude = .venv,build,dist\n"
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


def _is_stack(path: str) -> bool:
    kind = kind_by_name(path)
    if kind is FileKind.YAML:
        kind = kind_of(path, _text(path))
    return kind in (FileKind.COMPOSE, FileKind.KUBERNETES)


def _look_at_code(relative: str, text: str, found: Found) -> None:
    folder = os.path.dirname(relative)
    if _TEST.search(relative):
        found.drift_tests += [relative] if _DRIFT.search(text) else []
        found.swap_tests += [relative] if _SWAP.search(text) else []
        return
    if _REVISION.search(text) and "upgrade" in text:
        found.migrations[folder] += 1
    elif _BLOCK.search(text) or _TRAINING.search(text):
        found.pipeline[folder] += 1
    elif _APPLICATION.search(text):
        found.service[folder] += 1
    found.tables.update(match[1] for match in _FEATURE_TABLE.finditer(text))


def _tops(folders: Iterable[str], other: Iterable[str]) -> list[str]:
    """Return the directories that hold all of some folders and none of the others; `src/a`, not `src/a/b`."""
    others = [f"{folder}/" for folder in other]
    tops: list[str] = []
    for folder in sorted(folders):
        parts = folder.split("/")
        for length in range(1, len(parts) + 1):
            top = "/".join(parts[:length])
            if not top or (top in ("src", "app", "backend", ".") and length < len(parts)):
                continue
            if not any(name.startswith(f"{top}/") for name in others):
                tops.append(top)
                break
    return [top for top in dict.fromkeys(tops) if not any(top.startswith(f"{more}/") for more in tops)]


def _told(found: Found) -> Iterator[str]:
    yield "found"
    for name, what in (
        ("service", _tops(found.service, found.pipeline)),
        ("pipeline", _tops(found.pipeline, found.service)),
        ("migrations", sorted(found.migrations)),
        ("feature tables", sorted(found.tables)),
        ("stacks", sorted(found.stacks)),
        ("drift tests", sorted(found.drift_tests)),
        ("swap tests", sorted(found.swap_tests)),
    ):
        yield f"  {name}: {', '.join(what) or 'none'}"


def _plan(found: Found) -> Iterator[str]:
    """Yield the lines of the plan; only what was found is stated, the rest keeps its defaults."""
    yield "[tool.planalign]"
    service, pipeline = _tops(found.service, found.pipeline), _tops(found.pipeline, found.service)
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
