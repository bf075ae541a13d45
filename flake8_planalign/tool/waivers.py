"""Waivers in comments, tried out by asking what would block without them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from flake8_planalign.patterns import lazy
from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.evaluation import evaluating
from flake8_planalign.python.facts import ASYNC
from flake8_planalign.rule import Position
from flake8_planalign.tool.model import UnusedWaiver

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.python.modules import Module
    from flake8_planalign.source import Source

__all__ = ["unused"]

_COMMENT: Final = lazy(r"#\s*planalign:\s*nonblocking\b")


def unused(source: Source, project: Project) -> Iterator[UnusedWaiver]:
    """Yield the comments `planalign: nonblocking` that hide no blocking call."""
    comments = {number: found for number, line in enumerate(source.lines, 1) if (found := _COMMENT.search(line))}
    if not comments:
        return
    evaluator = Evaluator(project)
    module = evaluator.modules.module_of(source)
    module.waived = frozenset()
    with evaluating(evaluator):
        needed = _needed(CallGraph(evaluator), module, frozenset(comments))
    for number in sorted(comments.keys() - needed):
        start, end = comments[number].span()
        yield UnusedWaiver(
            Position(number, start, number, end),
            "`# planalign: nonblocking`",
            "nothing on this line blocks",
            "remove the comment",
        )


def _needed(graph: CallGraph, module: Module, lines: frozenset[int]) -> set[int]:
    """Return the lines whose function or call reaches a blocking API; a coroutine is never run by a plain call."""
    needed: set[int] = set()
    for number, record in enumerate(module.functions):
        frame = graph.entry(module, number)
        if record["l"] in lines and not record["f"] & ASYNC and graph.reach(frame):
            needed.add(record["l"])
        needed.update(
            edge.place[0] for edge in graph.edges(frame) if edge.place[0] in lines and any(graph.blocking(edge))
        )
    return needed
