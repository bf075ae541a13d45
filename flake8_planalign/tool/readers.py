"""Companion files and the plan, read only as far as to say what is wrong with them."""

from __future__ import annotations

import fnmatch
import json
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_planalign import project as projects
from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy
from flake8_planalign.rule import Position
from flake8_planalign.tool.model import PlanProblem, Unreadable

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["plan", "report", "sql_text", "yaml_text"]

_NO_TEXT = "these bytes are no text in the file's encoding"
_ZERO = "PostgreSQL takes no text that holds a zero byte"
#: Characters that no text has, but for a few; of what is compressed or no text at all every tenth is one.
_CONTROL = lazy(r"[\x01-\x08\x0e-\x1f\x7f]")
_HEAD = 4096
#: How names say that a file is no Compose file yet.
_TEMPLATE = lazy(r"[._-](?:template|tmpl|tpl|j2|jinja2?|erb)[._-]|^(?:template|tmpl|tpl)[._-]", re.IGNORECASE)
#: What Maven and Gradle put in when they copy resources, and the directories that they copy; Compose has no such name.
_PROPERTY = lazy(r"\$\{[A-Za-z][\w-]*(?:\.[\w-]+)+\}")
#: What scripts that make a chart or a manifest of this one put in.
_MARKED = lazy(r"%%[A-Z][A-Z0-9_/]*%%")
_RESOURCES = lazy(r"(?:^|/)src/(?:main|test|integration-?test|it)/", re.IGNORECASE)


def yaml_text(source: Source, project: Project) -> Iterator[Unreadable]:
    """Yield why a YAML file cannot be read; a template, whose text is not YAML yet, is left alone."""
    from flake8_planalign.formats import yaml

    if "{{" in source.text or ("%%" in source.text and _MARKED.search(source.text)):
        return
    if source.kind is FileKind.COMPOSE and _is_template(source, project):
        return
    if source.undecodable is not None:
        place = source.position_at(source.undecodable, source.undecodable + 1)
        yield Unreadable(place, source.kind.value, _NO_TEXT)
        return
    fault = None
    # Podman's own program takes the last of two keys.
    strict = source.kind is FileKind.COMPOSE and not os.path.basename(source.path).startswith("podman-compose")
    for fault in yaml.faults(source.text, unique_keys=strict):
        yield Unreadable(source.position_at(fault.start, fault.end), source.kind.value, fault.reason)
    if fault is None and source.kind is FileKind.COMPOSE:
        yield from _refused(source, project)


def _is_template(source: Source, project: Project) -> bool:
    """Tell whether another tool makes the Compose file of this one, by its name or by that tool's placeholders."""
    path = project.relative(source.absolute)
    if _TEMPLATE.search(path.rpartition("/")[2]):
        return True
    return _RESOURCES.search(path) is not None and _PROPERTY.search(source.text) is not None


def sql_text(source: Source) -> Iterator[Unreadable]:
    """Yield why PostgreSQL cannot read a SQL file; one of another database, or a template, is left alone."""
    from flake8_planalign.formats import sql

    if len(source.data) > sql.LIMIT:
        mebibytes = sql.LIMIT // 2**20
        yield Unreadable(Position(1, 0, 1, 0), source.kind.value, f"it is larger than {mebibytes} MiB")
        return
    zero = source.text.find("\0")
    if source.undecodable is None and zero < 0:
        return
    binary = len(_CONTROL.findall(source.text, 0, _HEAD)) * 50 > min(len(source.text), _HEAD)
    if not binary and (sql.is_foreign(source.text) or sql.names_encoding(source.text)):
        return
    first = min(place for place in (source.undecodable, zero) if place is not None and place >= 0)
    reason = _ZERO if first == zero else _NO_TEXT
    yield Unreadable(source.position_at(first, first + 1), source.kind.value, reason)


def report(source: Source, project: Project) -> Iterator[Unreadable]:
    """Yield why a report that the plan names as evidence cannot be read, as one of a run that was broken off."""
    path = project.relative(source.absolute)
    patterns = (pattern for scenario in project.config.scenarios.values() for pattern in scenario.evidence)
    if not any(fnmatch.fnmatch(path, pattern) or path.startswith(f"{pattern.rstrip('/')}/") for pattern in patterns):
        return
    if path.endswith(".json"):
        try:
            json.loads(source.text)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            yield Unreadable(
                Position(line, 0, line, 0), source.kind.value, getattr(error, "msg", "it nests too deeply")
            )
    elif path.endswith(".xml"):
        from xml.sax import SAXException, SAXParseException
        from xml.sax.handler import ContentHandler

        from defusedxml import DefusedXmlException, sax

        try:
            sax.parseString(source.data or source.text.encode(), ContentHandler())
        except SAXParseException as error:
            line = error.getLineNumber() or 1
            yield Unreadable(Position(line, 0, line, 0), source.kind.value, error.getMessage())
        except (SAXException, DefusedXmlException, ValueError):
            yield Unreadable(Position(1, 0, 1, 0), source.kind.value, "it declares entities, which no report needs")


def _refused(source: Source, project: Project) -> Iterator[Unreadable]:
    """Yield what Compose itself refuses in a file; what is missing counts where Compose would look for it."""
    from flake8_planalign.formats import compose

    folder = os.path.dirname(source.absolute)
    default = {file.absolute for file in compose.default_files_in(folder, project)}
    files = compose.files_with(source, project)
    problems = [it for it in compose.remembered(files, project).problems if it.place.path == source.absolute]
    if problems and source.absolute not in default and len(files) > 1:
        # Nobody says that it lies on top of the base: what it is refused for there it must be refused for alone.
        alone = {(it.place.start, it.reason) for it in compose.remembered([source], project).problems}
        problems = [it for it in problems if (it.place.start, it.reason) in alone]
    for problem in problems:
        if not problem.missing or source.absolute in default:
            yield Unreadable(problem.place.position, source.kind.value, problem.reason)


def plan(source: Source, project: Project) -> Iterator[PlanProblem]:
    """Yield every problem of a config file, as it is on disk or in the editor's buffer."""
    stated = projects.read_plan(source.text, project.root, source.path)
    for problem in stated.problems:
        yield PlanProblem(Position(problem.line, problem.column, problem.line, problem.end_column), problem.text)
