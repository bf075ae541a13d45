"""The steps of a way through the call graph, as a list that shares its end with other ways and knows its own sum."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from flake8_planalign.python.callgraph import CallGraph, Path
from flake8_planalign.python.steps import DOUBTFUL, Edge
from flake8_planalign.python.values import Frame

__all__ = ["Chain", "Chains"]

#: Of a chain so many steps at its end are at hand without walking it.
_END: Final = 16


class Chain(msgspec.Struct, frozen=True, eq=False):
    """The steps from `frame` to the call of an API: the first one, and those behind it.

    Ways to one API meet, and what many of them end with is one chain. What is asked of all steps is known of a chain
    when it is made, so that no way has to be walked again for it.
    """

    frame: Frame
    step: Edge
    rest: Chain | None
    length: int
    #: The flags that any of the steps has.
    flags: int
    #: Whether each of the steps is sure to be taken.
    is_sure: bool
    #: How many steps there are up to the last one that stands under a condition.
    conditional: int
    #: The last steps, each with the function that takes it.
    end: tuple[tuple[Frame, Edge], ...]
    #: The chain that begins with the next step behind this one that only some names take; None if none does.
    named: Chain | None = None

    def __iter__(self) -> Iterator[tuple[Frame, Edge]]:
        """Yield the steps, each with the function that takes it."""
        link: Chain | None = self
        while link is not None:
            yield link.frame, link.step
            link = link.rest


class Chains:
    """The chains of a call graph.

    `is_conditional` tells whether a step of a function stands under a condition, and `is_named` whether only names that
    begin in a certain way take it.
    """

    def __init__(
        self,
        graph: CallGraph,
        is_conditional: Callable[[Frame, Edge], bool],
        is_named: Callable[[Frame, Edge], bool],
    ) -> None:
        self._graph = graph
        self._is_conditional = is_conditional
        self._is_named = is_named
        #: The surest and then shortest chains, by the function that they start in and the API.
        self._best: dict[tuple[int, str], Chain] = {}

    def along(self, frame: Frame, path: Path) -> Chain:
        """Return the chain of a way that starts in a function."""
        target = path.edge.target
        rest = self._behind(target, path.api.name) if isinstance(target, Frame) else None
        return self._link(frame, path.edge, rest)

    def joined(self, frame: Frame, steps: Iterable[Edge]) -> Chain | None:
        """Return the chain of these steps, the first of which a function takes; None without any."""
        taken: list[tuple[Frame, Edge]] = []
        for step in steps:
            taken.append((frame, step))
            if isinstance(step.target, Frame):
                frame = step.target
        chain: Chain | None = None
        for taker, step in reversed(taken):
            chain = self._link(taker, step, chain)
        return chain

    def forget(self) -> None:
        """Drop the chains that are remembered."""
        self._best.clear()

    def _behind(self, frame: Frame, api: str) -> Chain | None:
        """Return the best chain from a function to an API."""
        open_: list[tuple[Frame, Edge]] = []
        chain: Chain | None = None
        current: Frame | None = frame
        while current is not None:
            chain = self._best.get((current.id, api))
            path = self._graph.reach(current).get(api) if chain is None else None
            if path is None:
                break
            open_.append((current, path.edge))
            current = path.edge.target if isinstance(path.edge.target, Frame) else None
        for taker, step in reversed(open_):
            chain = self._best[taker.id, api] = self._link(taker, step, chain)
        return chain

    def _link(self, frame: Frame, step: Edge, rest: Chain | None) -> Chain:
        is_sure = step.certain and not step.flags & DOUBTFUL
        if rest is None:
            conditional = int(self._is_conditional(frame, step))
            return Chain(frame, step, None, 1, step.flags, is_sure, conditional, ((frame, step),))
        conditional = rest.conditional + 1 if rest.conditional else int(self._is_conditional(frame, step))
        end = rest.end if len(rest.end) == _END else ((frame, step), *rest.end)
        flags = step.flags | rest.flags
        named = rest if rest.conditional and self._is_named(rest.frame, rest.step) else rest.named
        return Chain(frame, step, rest, rest.length + 1, flags, is_sure and rest.is_sure, conditional, end, named)
