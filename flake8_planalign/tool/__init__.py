"""The view on the tool itself: inputs that cannot be read, a plan that does not hold, rules that failed, waivers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_planalign.kinds import FileKind

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source
    from flake8_planalign.tool.model import PlanProblem, Unreadable, UnusedWaiver

__all__ = ["KINDS", "matters", "read"]

_YAML = frozenset(
    {FileKind.COMPOSE, FileKind.KUBERNETES, FileKind.HELM_VALUES, FileKind.MAGE_PIPELINE},
)
KINDS = _YAML | {FileKind.EVIDENCE, FileKind.PLAN, FileKind.PYTHON, FileKind.SQL}
#: What switches the look at waivers on: its code, or its story.
_WAIVERS = frozenset({"PAL904", "PAL90"})


def matters(source: Source) -> bool:
    """Tell whether there may be something to say of a file; of Python, only of its waivers."""
    return source.kind is not FileKind.PYTHON or "planalign:" in source.text


def read(source: Source, project: Project) -> Iterator[Unreadable | PlanProblem | UnusedWaiver]:
    """Yield what cannot be read in a companion file, what is wrong in the plan, and waivers that hide nothing."""
    if source.kind is FileKind.PYTHON:
        if _WAIVERS & project.run.selected:
            from flake8_planalign.tool import waivers

            yield from waivers.unused(source, project)
        return
    from flake8_planalign.tool import readers

    match source.kind:
        case FileKind.PLAN:
            yield from readers.plan(source, project)
        case FileKind.SQL:
            yield from readers.sql_text(source)
        case FileKind.EVIDENCE:
            yield from readers.report(source, project)
        case _:
            yield from readers.yaml_text(source, project)
