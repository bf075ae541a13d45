"""What the radar said of a file, as JSON: reused for as long as no Python file of the project has changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from flake8_planalign.cache import digest_of
from flake8_planalign.process.model import BlockingCall, Offload, Step
from flake8_planalign.project import Project
from flake8_planalign.registry import Api
from flake8_planalign.rule import Confidence, Position
from flake8_planalign.source import Source

__all__ = ["key", "recall", "remember"]

_NAMESPACE: Final = "radar"

Node = BlockingCall | Offload


def key(source: Source, project: Project) -> str | None:
    """Return the cache key of what the radar says of a file, None where the project's state is not known."""
    state = project.state
    if state is None:
        return None
    return digest_of(state, source.absolute, source.text)


def recall(project: Project, digest: str) -> list[Node] | None:
    """Return what was remembered under a key; None for a miss, or for what is not of our making."""
    stored = project.cache.get(_NAMESPACE, digest)
    if not isinstance(stored, list):
        return None
    try:
        return [_read(item) for item in stored]
    except (TypeError, ValueError, KeyError, IndexError):
        return None


def remember(project: Project, digest: str, nodes: Iterable[Node]) -> None:
    """Keep what the radar says of a file."""
    project.cache.put(_NAMESPACE, digest, [_written(node) for node in nodes])


def _place(position: Position) -> list[int]:
    return [position.line, position.column, position.end_line, position.end_column]


def _written(node: Node) -> list[Any]:
    if isinstance(node, Offload):
        return [
            "offload", _place(node.position), node.taker, node.argument, node.runs, node.confidence.value,
            node.result_of_call, node.unpicklable, node.holds_gil,
        ]  # fmt: skip
    api = node.api
    return [
        "call", _place(node.position), node.call,
        [api.name, api.kind, api.tier, api.use, api.gil, api.docs, api.probable],
        [[step.name, step.path, step.line, step.column] for step in node.chain],
        node.confidence.value, node.quieter, node.brief, node.left_out,
    ]  # fmt: skip


def _read(item: list[Any]) -> Node:
    tag, place, *rest = item
    if tag == "offload":
        taker, argument, runs, confidence, *verdict = rest
        return Offload(Position(*place), taker, argument, runs, Confidence(confidence), *verdict)
    call, api, chain, confidence, *verdict = rest
    steps = tuple(Step(*step) for step in chain)
    return BlockingCall(Position(*place), call, Api(*api), steps, Confidence(confidence), *verdict)
