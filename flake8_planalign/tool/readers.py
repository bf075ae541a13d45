"""Companion files and the plan, read only as far as to say what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_planalign import project as projects
from flake8_planalign.kinds import FileKind
from flake8_planalign.rule import Position
from flake8_planalign.tool.model import PlanProblem, Unreadable

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["plan", "yaml_text"]


def yaml_text(source: Source, project: Project) -> Iterator[Unreadable]:
    """Yield why a YAML file cannot be read; a template, whose text is not YAML yet, is left alone."""
    from flake8_planalign.formats import yaml

    if "{{" in source.text:
        return
    if source.undecodable is not None:
        place = source.position_at(source.undecodable, source.undecodable + 1)
        yield Unreadable(place, source.kind.value, "these bytes are no text in the file's encoding")
        return
    fault = None
    for fault in yaml.faults(source.text, unique_keys=source.kind is FileKind.COMPOSE):
        yield Unreadable(source.position_at(fault.start, fault.end), source.kind.value, fault.reason)
    if fault is None and source.kind is FileKind.COMPOSE:
        yield from _refused(source, project)


def _refused(source: Source, project: Project) -> Iterator[Unreadable]:
    """Yield what Compose itself refuses in a file; what is missing counts where Compose would look for it."""
    from flake8_planalign.formats import compose

    folder = os.path.dirname(source.absolute)
    default = {file.absolute for file in compose.default_files(folder, project.companion)}
    for problem in compose.remembered(compose.files_of(source, project.companion), project).problems:
        if problem.place.path == source.absolute and (not problem.missing or source.absolute in default):
            yield Unreadable(problem.place.position, source.kind.value, problem.reason)


def plan(source: Source, project: Project) -> Iterator[PlanProblem]:
    """Yield every problem of a config file, as it is on disk or in the editor's buffer."""
    stated = projects.read_plan(source.text, project.root, source.path)
    for problem in stated.problems:
        yield PlanProblem(Position(problem.line, problem.column, problem.line, problem.end_column), problem.text)
