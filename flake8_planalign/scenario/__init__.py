"""The Scenario view: what must be proven by tests, drift that retrains and models that are swapped under load."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import pieces

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["KINDS", "matters", "read"]

KINDS = frozenset({FileKind.PYTHON, FileKind.EVIDENCE, FileKind.K6, FileKind.PLAN})
#: Without one of these a Python file trains nothing, loads no model and tests neither drift nor swaps.
_WORDS: Final = pieces(
    r"\.train\(", r"\.fit\(", "daimojo", r"zero_?downtime", "drift", r"\bfrom_file\b", r"\blocust\b",
    r"\bimport_mojo\b", r"\bupload_mojo\b", r"\bload_(?:model\b|(?:champion|mojo|scorer|predictor))",
    r"\bjoblib\.load\b", r"\bpickle\.load\b", r"\bdill\.load\b", r"\btorch\.load\b", "reload", "swap",
)  # fmt: skip


def matters(source: Source) -> bool:
    """Tell by its text whether a file may have to do with a scenario."""
    if source.kind is FileKind.PYTHON:
        return _WORDS.search(source.text)
    return source.kind in (FileKind.EVIDENCE, FileKind.K6) or "scenarios" in source.text


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield the trainings, model loads, tests and reports of a file, each with what the project has to prove it."""
    if source.kind is FileKind.EVIDENCE:
        from flake8_planalign.scenario import evidence

        yield from evidence.outcomes(source, project)
        return
    if source.kind is FileKind.PYTHON:
        from flake8_planalign.scenario import gate

        if not gate.may_say(source, project):
            return
    from flake8_planalign.scenario import survey

    if source.kind is FileKind.K6:
        yield from survey.script(source, project)
        return
    yield from survey.planned(source, project) if source.kind is FileKind.PLAN else survey.scenarios(source, project)
