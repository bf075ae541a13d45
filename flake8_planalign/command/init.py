"""`planalign init`: a `[flake8]` and a `[tool.planalign]` section that fit what is there."""

from __future__ import annotations

import argparse
import collections
import configparser
import contextlib
import dataclasses
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence

from flake8_planalign.config import Run
from flake8_planalign.formatters.whole import write_out, write_whole
from flake8_planalign.kinds import FileKind, is_test, kind_by_name, kind_of
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.reading import bytes_of
from flake8_planalign.scenario import survey

__all__ = ["main"]

_APPLICATION = lazy(
    r"\b(?:FastAPI|APIRouter|Starlette|Litestar|Quart|Sanic|Flask|web\.Application|web\.RouteTableDef)\("
)
#: Django is synchronous at heart: its apps are shown, and no layer is made of them, where PAL121 would forbid drivers.
_DJANGO = lazy(r"\bget_[aw]sgi_application\(|\bNinja(?:Extra)?API\(|^class \w+\([\w.]*AppConfig\)", re.MULTILINE)
_DJANGO_MIGRATION = lazy(r"^class Migration\(migrations\.Migration\)", re.MULTILINE)
_BLOCK = lazy(r"^@(?:transformer|data_loader|data_exporter|custom|sensor)\b", re.MULTILINE)
_H2O = lazy(r"^\s*(?:import|from)\s+h2o\b", re.MULTILINE)
_TRAINING = lazy(r"\.train\(|\bdownload_mojo\(|\bsave_mojo\(")
_REVISION = lazy(r"^(?:down_)?revision\b[^\n=]*=", re.MULTILINE)
_FEATURE_TABLE = lazy(
    r"""(?:create_table\(\s*|__tablename__\s*=\s*|(?i:CREATE TABLE(?: IF NOT EXISTS)?)\s+)["']?(\w*feature\w*)"""
)
#: What is in a project's directory and is not the project, unless files of the project stand in it.
_NOT_OURS = (".venv", "build", "dist")


@dataclasses.dataclass
class Found:
    """What a project has; directories and files are relative to its root."""

    service: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    pipeline: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    migrations: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    django: set[str] = dataclasses.field(default_factory=set)
    django_migrations: set[str] = dataclasses.field(default_factory=set)
    tables: set[str] = dataclasses.field(default_factory=set)
    stacks: list[str] = dataclasses.field(default_factory=list)
    drift_tests: list[str] = dataclasses.field(default_factory=list)
    swap_tests: list[str] = dataclasses.field(default_factory=list)
    not_ours: tuple[str, ...] = _NOT_OURS


class InitError(ValueError):
    """A project whose configuration cannot be written; the text says why."""


def main(arguments: Sequence[str]) -> int:
    """Show what a project has and write the sections that it does not have yet; return 2 if that cannot be done."""
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
    write_out("\n".join(_told(found, root)) + "\n")
    try:
        sections = list(_missing(found, root))
        for path, old, text in sections:
            if not chosen.dry_run:
                _append(path, old, text)
            write_out(f"\n{'would write' if chosen.dry_run else 'wrote'} to {os.path.basename(path)}:\n\n{text}")
    except InitError as error:
        print(f"planalign init: {error}", file=sys.stderr)
        return 2
    if not sections:
        print("\nboth sections are there already; nothing was written")
    if chosen_codes := _without_ours(root):
        print(f"\n{chosen_codes} leaves PAL out, so flake8 says nothing of it (`planalign check` does): add PAL to it")
    return 0


def _missing(found: Found, root: str) -> Iterator[tuple[str, str, str]]:
    """Yield (file, its text, what is to be added) for each section that is not there; raises InitError."""
    pyproject, lint = os.path.join(root, "pyproject.toml"), os.path.join(root, ".flake8")
    old = _text(pyproject)
    if not has_plan(pyproject, old) and not os.path.exists(os.path.join(root, "planalign.toml")):
        plan = "\n".join(_plan(found, root)) + "\n"
        try:
            tomllib.loads(f"{old}\n{plan}")
        except tomllib.TOMLDecodeError as error:
            msg = f"{pyproject}: a table cannot be added: {error}"
            raise InitError(msg) from error
        yield pyproject, old, plan
    if not any(_is_for_flake8(folder) for folder in _upwards(root)):
        yield lint, _text(lint), f"[flake8]\nextend-exclude = {','.join(found.not_ours)}\n"


def has_plan(path: str, text: str) -> bool:
    """Tell whether the text of a pyproject.toml has a table of ours; raises InitError if it is no TOML."""
    try:
        tool = tomllib.loads(text).get("tool")
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: is no TOML: {error}"
        raise InitError(msg) from error
    return isinstance(tool, dict) and "planalign" in tool


def _upwards(folder: str) -> Iterator[str]:
    """Yield the directories in which flake8 looks for its configuration: this one and those above, short of home."""
    home = os.path.expanduser("~")
    yield folder
    while (above := os.path.dirname(folder)) not in (folder, home):
        folder = above
        yield folder


def _is_for_flake8(folder: str) -> bool:
    """Tell whether flake8 takes its configuration from a directory."""
    return _configured(folder) is not None


def _configured(folder: str) -> tuple[str, configparser.RawConfigParser] | None:
    """Return the file of a directory that flake8 takes its configuration from, and what it says."""
    for name in ("setup.cfg", "tox.ini", ".flake8"):
        parser = configparser.RawConfigParser()
        with contextlib.suppress(UnicodeDecodeError, configparser.Error, OSError):
            parser.read(os.path.join(folder, name), encoding="UTF-8")
            if "flake8" in parser or "flake8:local-plugins" in parser:
                return name, parser
    return None


def _without_ours(root: str) -> str:
    """Return the option that makes flake8 leave our codes out, as it chooses others; empty if none does."""
    name, parser = next(filter(None, map(_configured, _upwards(root))), ("", configparser.RawConfigParser()))
    chosen = _codes(parser, "select")
    both = (*chosen, *_codes(parser, "extend-select"))
    return f"`select` in {name}" if chosen and not any("PAL".startswith(code[:3]) for code in both) else ""


def _codes(parser: configparser.RawConfigParser, option: str) -> list[str]:
    text = "".join(parser.get("flake8", key, fallback="") + "," for key in (option, option.replace("-", "_")))
    return [code for code in re.split(r"[,\s]+", re.sub(r"#[^\n]*", "", text)) if code]


def _append(path: str, old: str, text: str) -> None:
    """Write a section behind what a file has, in the file's own kind of lines; raises OSError."""
    text = ("\n" if old and not old.endswith(("\n\n", "\r\n\r\n")) else "") + text
    if old and not old.endswith("\n"):
        text = "\n" + text
    write_whole(path, old + (text.replace("\n", "\r\n") if "\r\n" in old else text))


def _text(path: str) -> str:
    """Return a file's text as it stands, empty if there is none; raises InitError if it cannot be read."""
    try:
        return bytes_of(path).decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read: {error}"
        raise InitError(msg) from error


def _look(project: Project, root: str) -> Found:
    found = Found()
    for path in project.files("*"):
        if not path.startswith(root + os.sep):
            continue
        relative = os.path.relpath(path, root).replace(os.sep, "/")
        if not _is_utf_8(relative):
            continue  # its name can stand in no TOML
        found.not_ours = tuple(name for name in found.not_ours if f"/{name}/" not in f"/{relative}")
        if path.endswith(".py"):
            _look_at_code(relative, project.read(path) or "", found)
        elif path.endswith(".sql"):
            found.tables.update(match[1] for match in _FEATURE_TABLE.finditer(project.read(path) or ""))
        elif _is_stack(project, path):
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


def _is_utf_8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_stack(project: Project, path: str) -> bool:
    kind = kind_by_name(path)
    if kind is FileKind.YAML:
        kind = kind_of(path, project.read(path) or "")
    return kind in (FileKind.COMPOSE, FileKind.KUBERNETES)


def _look_at_code(relative: str, text: str, found: Found) -> None:
    folder = os.path.dirname(relative)
    if is_test(relative):
        return
    if _REVISION.search(text) and "upgrade" in text:
        found.migrations[folder] += 1
    elif _DJANGO_MIGRATION.search(text):
        found.django_migrations.add(folder)
    elif ("mage_ai" in text and _BLOCK.search(text)) or (_H2O.search(text) and _TRAINING.search(text)):
        found.pipeline[folder] += 1
    elif _APPLICATION.search(text):
        found.service[folder] += 1
    elif ("django" in text or "ninja" in text) and _DJANGO.search(text):
        found.django.add(folder or ".")
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
        ("Django, read without settings", sorted(found.django | found.django_migrations)),
        ("feature tables", sorted(found.tables)),
        ("stacks", sorted(found.stacks)),
        ("drift tests", sorted(found.drift_tests)),
        ("swap tests", sorted(found.swap_tests)),
    ):
        if what or not name.startswith("Django"):
            yield f"  {name}: {', '.join(what) or 'none'}"


def _plan(found: Found, root: str) -> Iterator[str]:
    """Yield the lines of the plan; only what was found is stated, the rest keeps its defaults."""
    yield "[tool.planalign]"
    service, pipeline = _tops(found.service, found.pipeline, root), _tops(found.pipeline, found.service, root)
    if service or pipeline:
        yield from ("", "[tool.planalign.layers]")
        yield from (f"{name} = {_array(what)}" for name, what in (("service", service), ("pipeline", pipeline)) if what)
    if found.migrations or found.tables:
        yield from ("", "[tool.planalign.logical]")
        if found.migrations:
            yield f"migrations = {_array(found.migrations)}"
        if found.tables:
            yield f"feature-tables = {_array(found.tables)}"
    for name, story, tests in (
        ("drift", "SCN-REV-01-01", found.drift_tests),
        ("swap", "SCN-REV-01-02", found.swap_tests),
    ):
        if tests:
            yield from (
                "",
                f"[tool.planalign.scenarios.{name}]",
                f'story = "{story}"',
                f"tests = {_array(tests)}",
            )


def _array(names: Iterable[str]) -> str:
    """Return names in order as an array of TOML."""
    return json.dumps(sorted(names), ensure_ascii=False)
