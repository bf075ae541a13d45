"""The Scenario view: what must be proven by tests, drift that retrains and models that are swapped under load."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["KINDS", "matters", "read"]

KINDS = frozenset({FileKind.PYTHON, FileKind.EVIDENCE, FileKind.K6, FileKind.PLAN})
#: Without one of these a Python file trains nothing, loads no model and tests neither drift nor swaps. The pattern
#: is only looked for where the first occurs: one pattern of them all would be tried at every character.
_WORDS: Final = tuple(
    (piece, lazy(pattern) if pattern else None)
    for piece, pattern in (
        (".train(", ""),
        (".fit(", ""),
        ("daimojo", ""),
        ("downtime", r"zero_?downtime"),
        ("drift", ""),
        ("from_file", r"\bfrom_file\b"),
        ("locust", r"\blocust\b"),
        ("mojo", r"\b(?:import|upload)_mojo\b"),
        ("load_", r"\bload_(?:model\b|(?:champion|mojo|scorer|predictor))"),
        (".load", r"\b(?:joblib|pickle|dill|torch)\.load\b"),
        ("reload", ""),
        ("swap", ""),
    )
)


def matters(source: Source) -> bool:
    """Tell by its text whether a file may have to do with a scenario."""
    if source.kind is FileKind.PYTHON:
        text = source.text
        return any(piece in text and (pattern is None or pattern.search(text)) for piece, pattern in _WORDS)
    return source.kind in (FileKind.EVIDENCE, FileKind.K6) or "scenarios" in source.text


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield the trainings, model loads, tests and reports of a file, each with what the project has to prove it."""
    if source.kind is FileKind.EVIDENCE:
        from flake8_planalign.scenario import evidence

        yield from evidence.outcomes(source, project)
        return
    from flake8_planalign.scenario import survey

    if source.kind is FileKind.K6:
        yield from survey.script(source, project)
        return
    yield from survey.planned(source, project) if source.kind is FileKind.PLAN else survey.scenarios(source, project)
