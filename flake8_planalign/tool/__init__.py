"""The view on the tool itself: inputs that cannot be read, a plan that does not hold, rules that failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_planalign.kinds import FileKind

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source
    from flake8_planalign.tool.model import PlanProblem, Unreadable

__all__ = ["KINDS", "read"]

_YAML = frozenset(
    {FileKind.COMPOSE, FileKind.KUBERNETES, FileKind.HELM_VALUES, FileKind.MAGE_PIPELINE},
)
KINDS = _YAML | {FileKind.PLAN}


def read(source: Source, project: Project) -> Iterator[Unreadable | PlanProblem]:
    """Yield what cannot be read in a companion file, or what is wrong in the plan."""
    from flake8_planalign.tool import readers

    yield from readers.plan(source, project) if source.kind is FileKind.PLAN else readers.yaml_text(source, project)
