"""The Logical view: the relational core, its JSONB columns and their indexes, features in time, atomic blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_planalign.kinds import FileKind

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["KINDS", "matters", "read"]

KINDS = frozenset({FileKind.PYTHON, FileKind.SQL})


def matters(source: Source) -> bool:
    """Tell whether a file can define or ask for anything in a database, or be a block of a pipeline."""
    from flake8_planalign.logical import words

    return words.matters(source.text, source.kind, source.path)


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield what a file says about the data model, judged against the schema of the whole project."""
    from flake8_planalign.logical import gist

    if gist.is_silent(source, project):
        return iter(())
    from flake8_planalign.logical import judging

    return judging.read(source, project)
