"""The one version of H2O that a project pins, and every place that deviates from it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from flake8_planalign.development import infrastructure, statements
from flake8_planalign.development.model import Kind, Loose, Mismatch, Statement
from flake8_planalign.formats import requirements
from flake8_planalign.kinds import FileKind, kind_by_name, kind_of
from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.rule import Position, Related
from flake8_planalign.source import Source

__all__ = ["KNOWN_VERSIONS", "judged", "mentioned", "pin_of", "release", "resolved", "stated_in"]

#: What PyPI has of the `h2o` client from 3.30 on, newest first (asked on 2026-11-22).
KNOWN_VERSIONS: Final = (
    *(f"3.46.0.{build}" for build in range(12, 0, -1)),
    *(f"3.44.0.{build}" for build in range(3, 0, -1)),
    *(f"3.42.0.{build}" for build in range(4, 0, -1)),
    *(f"3.40.0.{build}" for build in range(4, 0, -1)),
    *(f"3.38.0.{build}" for build in range(4, 0, -1)),
    *(f"3.36.1.{build}" for build in range(5, 0, -1)),
    *(f"3.36.0.{build}" for build in range(4, 1, -1)),
    "3.34.0.8", "3.34.0.7", "3.34.0.3",
    *(f"3.32.1.{build}" for build in range(7, 0, -1)),
    *(f"3.32.0.{build}" for build in range(5, 1, -1)),
    *(f"3.30.1.{build}" for build in range(3, 0, -1)),
    *(f"3.30.0.{build}" for build in range(7, 0, -1)),
)  # fmt: skip
#: Which files can hold the pin; what they say is read only if it is asked for.
_PATTERNS: Final = (
    "requirements*.txt", "requirements*.in", "constraints*.txt", "*.txt", "pyproject.toml", "Pipfile", "setup.cfg",
    "setup.py", "environment*.yml", "environment*.yaml", "Dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile",
    "Containerfile", *statements.LOCKS,
)  # fmt: skip
#: What tests keep of other people's projects.
_FIXTURES = lazy(r"(?:^|/)(?:fixtures?|testdata|test_data|tests?/data)(?:/|$)")
#: The options of a requirements file that include another one.
_INCLUDES: Final = {
    "-r": Kind.REQUIREMENT, "--requirement": Kind.REQUIREMENT, "-c": Kind.CONSTRAINT, "--constraint": Kind.CONSTRAINT,
}  # fmt: skip
_TESTS = lazy(r"(?:^|/)(?:tests?|docs?|examples?|samples?)/")
_SUFFIX = lazy(r"(\d+\.\d+\.\d+\.\d+)(?:[.-].*)?")


def release(version: str) -> str:
    """Return the version of H2O within that of a package: 3.46.0.6 of 3.46.0.6.post1."""
    found = _SUFFIX.fullmatch(version)
    return found[1] if found else version


def stated_in(source: Source, project: Project) -> list[Statement]:
    """Return what one file states about versions of H2O."""
    if not statements.MENTIONS.search(source.text):
        return []
    found = list(statements.statements(source))
    if source.kind in infrastructure.KINDS:
        found += infrastructure.statements(source, project)
    return found


def _project_statements(project: Project) -> tuple[Statement, ...]:
    """Return the statements of all files that can hold the pin; one walk for each project and process."""
    return project.remembered("pins", lambda: tuple(_collected(project)))


def _collected(project: Project) -> Iterator[Statement]:
    seen: set[str] = set()
    for pattern in _PATTERNS:
        for path in project.files(pattern):
            if path in seen or _is_fixture(path, project):
                continue
            seen.add(path)
            kind = kind_by_name(path)
            if pattern == "*.txt" and kind is not FileKind.REQUIREMENTS:
                continue
            text = project.read(path)
            includes = kind is FileKind.REQUIREMENTS and "-" in (text or "")
            if text is None or not (includes or statements.MENTIONS.search(text)):
                continue
            source = Source.of_text(path, text, kind_of(path, text))
            if source.kind is FileKind.PYTHON:
                source.tree = parsed(text)
            yield from stated_in(source, project)
            yield from _included(source, project)


def _is_fixture(path: str, project: Project) -> bool:
    return _FIXTURES.search(project.relative(path)) is not None


def mentioned(project: Project) -> bool:
    """Tell whether any file that states versions mentions H2O."""
    return bool(project.config.development.h2o_version or _project_statements(project))


def pin_of(project: Project, path: str = "") -> Statement | None:
    """Return the statement that all others are measured by: the plan's, a lock's, else the exact one nearest the root.

    The plan's own version stands at no place of the tree: its path is empty. What tests and examples are installed with
    is no pin but for what lies in the same directory of tests or examples: `path` is the file that asks.
    """
    wanted = project.config.development.h2o_version
    if wanted:
        return Statement(Position(1, 0, 1, 0), "", Kind.LOCK, "h2o", "h2o", f"h2o-version = {wanted}", wanted)
    exact = [
        item for item in _project_statements(project)
        if item.product == "h2o" and item.version is not None and not item.loose and item.kind <= Kind.COMMAND
    ]  # fmt: skip
    here = _tests_of(path, project) if path else ""
    pins = [item for item in exact if not _tests_of(item.path, project)]
    pins = pins or [item for item in exact if _tests_of(item.path, project) == here]
    return min(pins, key=lambda item: _rank(item, project), default=None)


def _tests_of(path: str, project: Project) -> str:
    """Return the directory of tests or examples that a file lies in, empty if it lies in none."""
    relative = project.relative(path)
    found = _TESTS.search(relative)
    return relative[: found.end()] if found else ""


def _rank(item: Statement, project: Project) -> tuple[int, int, str, Position]:
    relative = project.relative(item.path)
    return item.kind, relative.count("/"), relative, item.position


def resolved(project: Project) -> tuple[str, Statement] | None:
    """Return the version of the client that an installation gets, and the statement that decides it.

    A pin decides; else the newest version known that a requirement admits. None without any requirement.
    """
    pin = pin_of(project)
    if pin is not None and pin.version is not None:
        return release(pin.version), pin
    asked = [
        item for item in _project_statements(project)
        if item.product == "h2o" and item.loose and item.kind in (Kind.REQUIREMENT, Kind.COMMAND)
    ]  # fmt: skip
    for item in sorted(asked, key=lambda item: _rank(item, project)):
        newest = requirements.admitted(item.specifier, KNOWN_VERSIONS)
        if newest is not None:
            return newest, item
    return None


def required(project: Project) -> Iterator[Statement]:
    """Yield what the project's own files require, nearest to the root first."""
    yield from sorted(_project_statements(project), key=lambda item: _rank(item, project))


def judged(source: Source, stated: Sequence[Statement], project: Project) -> Iterator[Loose | Mismatch]:
    """Yield what is not fixed, and what deviates from the project's pin, of what one file states."""
    for item in [*stated, *_included(source, project)]:
        if item.version is None:
            if item.loose and not _is_fixed_elsewhere(item, source, project):
                yield Loose(item)
        else:
            yield from mismatch(item, project)


def _included(source: Source, project: Project) -> Iterator[Statement]:
    """Yield what files state that a requirements file includes and that no checker visits, at the option."""
    if source.kind is not FileKind.REQUIREMENTS:
        return
    folder = os.path.dirname(source.absolute)
    for line in requirements.lines(source.text):
        path = os.path.normpath(os.path.join(folder, line.text))
        kind = _INCLUDES.get(line.option)
        if kind is None or kind_by_name(path) is FileKind.REQUIREMENTS:
            continue
        text = project.read(path) if os.path.isfile(path) else None
        if text is not None and statements.MENTIONS.search(text):
            inner = Source.of_text(path, text, FileKind.REQUIREMENTS)
            place = source.position_at(line.start, line.end)
            yield from (replace(item, position=place, kind=kind) for item in statements.statements(inner))


def mismatch(item: Statement, project: Project) -> Iterator[Mismatch]:
    """Yield how a statement with a version deviates: within itself, or from the project's pin."""
    if item.product != "h2o" or item.version is None:
        return
    if item.loose:
        yield Mismatch(item, "", "")
        return
    pin = pin_of(project, item.path)
    if pin is None or pin.version is None or (pin.path, pin.position) == (item.path, item.position):
        return
    if release(item.version) != release(pin.version):
        if not pin.path:
            yield Mismatch(item, pin.version, "[tool.planalign.development]")
            return
        where = project.relative(pin.path)
        related = Related(where, pin.position, pin.written)
        yield Mismatch(item, release(pin.version), f"{where}:{pin.position.line}", (related,))


def _is_fixed_elsewhere(item: Statement, source: Source, project: Project) -> bool:
    """Tell whether a range is no mistake, because a lock, a compiled file or a constraint fixes it."""
    if item.kind not in (Kind.REQUIREMENT, Kind.CONSTRAINT):
        return False
    name = os.path.basename(source.path)
    folder = os.path.dirname(item.path)
    pins = [other for other in _project_statements(project) if other.subject == item.subject and other.version]
    if item.kind is Kind.CONSTRAINT and any(other.kind < Kind.CONSTRAINT for other in pins):
        return True
    if name.endswith(".in"):
        compiled = os.path.join(folder, name[:-3] + ".txt")
        return any(other.path == compiled for other in pins) or os.path.isfile(compiled)
    if name.endswith(".toml") or name in ("Pipfile", "setup.cfg", "setup.py"):
        if any(other.path == item.path and other.kind is Kind.CONSTRAINT for other in pins):
            return True
        locks = [os.path.dirname(other.path) for other in pins if other.kind is Kind.LOCK]
        if any(folder == lock or folder.startswith(lock + os.sep) for lock in locks):
            return True
        return name != "Pipfile" and any(
            os.path.dirname(other.path) == folder and other.kind is Kind.REQUIREMENT
            and os.path.basename(other.path).startswith("requirements") and other.path != item.path
            and _is_compiled(other, project)
            for other in pins
        )  # fmt: skip
    if source.kind is FileKind.REQUIREMENTS:
        constrained = [
            os.path.normpath(os.path.join(folder, line.text))
            for line in requirements.lines(source.text)
            if line.option in _INCLUDES
        ]
        return any(other.path in constrained for other in pins)
    return False


def _is_compiled(item: Statement, project: Project) -> bool:
    """Tell whether a requirements file was written by a resolver."""
    text = project.read(item.path) or ""
    return "autogenerated by" in text[:400] or "--hash=" in text
