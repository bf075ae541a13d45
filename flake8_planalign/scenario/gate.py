"""Which Python files can train, load or prove anything, by their text and name, before what reads them is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flake8_planalign.kinds import is_test
from flake8_planalign.patterns import pieces

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["may_load", "may_say", "may_train"]

#: What the text of every file has that loads a model, by any of the names of `serving`.
_LOADS: Final = pieces(
    r"\bload_(?:model|mojo|champion|scorer|predictor)",
    r"_mojo\b",
    r"\bfrom_file\b",
    r"\.load\b",
    r"\bload\(",
    "daimojo",
)


def may_train(text: str) -> bool:
    """Tell by its text whether a file can train a model."""
    return ".train(" in text or ".fit(" in text


def may_load(text: str) -> bool:
    """Tell by its text whether a file can load a model."""
    return _LOADS.search(text)


def may_say(source: Source, project: Project) -> bool:
    """Tell whether a Python file can have a node: it may train or load, loads a service, or is a test or may be one."""
    text = source.text
    if "locust" in text or may_train(text) or may_load(text):
        return True
    return bool(project.config.scenarios) or is_test(project.relative(source.absolute))
