"""What the survey said of a file, as JSON: reused for as long as no Python file of the project has changed."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from flake8_planalign.project import Project
from flake8_planalign.rule import Confidence, Position

__all__ = ["recall", "remember"]

_NAMESPACE: Final = "survey"
#: The words that may be noted, by the module that defines them; nothing else is read from the cache.
_WORDS: Final = {
    "atomicity": ("CheckThenAct",),
    "blocks": ("LoopTraining",),
    "caching": ("CacheWrite", "PredictionKey", "UncoveredAccess"),
    "drivers": ("SyncDriver",),
    "handlers": ("BroadHandler",),
    "lookaside": ("BrokenLookAside",),
    "overload": ("OverloadAnswer",),
    "pools": ("PoolCreation",),
    "retries": ("Retry",),
    "routes": ("HandParsedBody", "HealthResponse", "HealthWithoutReady", "ReadinessGap"),
    "scripts": ("LooseDigest", "UndeclaredKey"),
    "tasks": ("HeavyTask", "TaskArgument"),
    "timeouts": ("EndlessCall",),
    "unstable": ("UnstableKey",),
}
_HOMES: Final = {word: module for module, words in _WORDS.items() for word in words}


def recall(project: Project, digest: str) -> list[object] | None:
    """Return what was remembered under a key; None for a miss, or for what is not of our making."""
    stored = project.cache.get(_NAMESPACE, digest)
    if not isinstance(stored, list):
        return None
    try:
        return [_read(*item) for item in stored]
    except (TypeError, ValueError, KeyError):
        return None


def remember(project: Project, digest: str, nodes: Iterable[object]) -> None:
    """Keep what the survey says of a file."""
    project.cache.put(_NAMESPACE, digest, [[type(node).__name__, _written(node)] for node in nodes])


def _written(node: Any) -> dict[str, Any]:
    """Return the fields of a word: texts, truths, positions and tuples of texts."""
    return {
        name: msgspec.structs.astuple(value) if isinstance(value, Position) else value
        for name in node.__struct_fields__
        for value in (getattr(node, name),)
    }


def _read(word: str, fields: dict[str, Any]) -> object:
    home = importlib.import_module(f"{__package__}.{_HOMES[word]}")
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    values["position"] = Position(*values["position"])
    if "confidence" in values:
        values["confidence"] = Confidence(str(values["confidence"]))
    return getattr(home, word)(**values)
