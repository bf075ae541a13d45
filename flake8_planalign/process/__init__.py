"""The Process view: what runs on the event loop, and what keeps it from turning."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.kinds import FileKind
from flake8_planalign.process import gates, survey
from flake8_planalign.project import Project
from flake8_planalign.source import Source

__all__ = ["KINDS", "matters", "read"]

KINDS = frozenset({FileKind.PYTHON, FileKind.LUA})


def matters(source: Source) -> bool:
    """Tell whether a file can have anything to do with the event loop, or with what the survey reads."""
    return _concerns_loop(source) or survey.matters(source)


def _concerns_loop(source: Source) -> bool:
    return source.kind is FileKind.PYTHON and gates.concerns_loop(source.text)


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield the blocking calls and the offloads of a file, and what the survey finds beside them."""
    if _concerns_loop(source):
        from flake8_planalign.process.radar import sweep

        yield from sweep(source, project)
    if survey.matters(source):
        yield from survey.survey(source, project)
