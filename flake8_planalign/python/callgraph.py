"""Who runs what: the call graph, and the blocking APIs that a function reaches."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterator, Sequence
from typing import Final

import msgspec

from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.facts import ASYNC, AWAITED, KEPT
from flake8_planalign.python.modules import Module
from flake8_planalign.python.steps import CALL, CALLBACK, DOUBT, ENTER, READ, RETURNED, Edge, Offload, Place, Walk
from flake8_planalign.python.values import Frame
from flake8_planalign.registry import Api

__all__ = ["CallGraph", "Path", "passes"]

#: Tiers that are paid once where a helper keeps its result.
_PAID_ONCE: Final = frozenset({"cpu", "disk", "metadata"})


#: The steps of a function, what it hands to threads and processes, and the coroutines that it awaits.
Analysed = tuple[Sequence[Edge], Sequence[Offload], Sequence[tuple[Place, Frame, bool]]]


class Path(msgspec.Struct, frozen=True):
    """The surest and then shortest way from a function to a blocking API: its first step and its length."""

    api: Api
    length: int
    edge: Edge

    @property
    def is_doubtful(self) -> bool:
        """Tell whether a step of the way may not be taken."""
        return self.length > DOUBT

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return self.length % DOUBT


#: Most functions reach nothing that blocks.
_NOWHERE: Final[dict[str, Path]] = {}


class CallGraph:
    """The call graph of one project, built as far as it is asked for."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.registry = evaluator.registry
        self._edges: dict[int, Analysed] = {}
        self._reach: dict[int, dict[str, Path]] = {}

    # -- nodes --------------------------------------------------------------------------------------------------

    def entry(self, module: Module, function: int) -> Frame:
        """Return the frame of a function about whose arguments only its signature speaks."""
        return self.evaluator.entry(module, function)

    def edges(self, frame: Frame) -> Sequence[Edge]:
        """Return what a function runs, in the order of the source."""
        return self._analysed(frame)[0]

    def steps(self, frame: Frame) -> Iterator[Edge]:
        """Yield what runs while a function runs; a callback that it gives to the loop runs later."""
        for edge in self.edges(frame):
            if edge.role != CALLBACK or (frame.context and edge.place not in self._registered(frame)):
                yield edge

    def _registered(self, frame: Frame) -> set[Place]:
        """Return where a function registers callbacks that are known without its arguments, and so reported there."""
        plain = self.evaluator.frame(frame.module, frame.function, (), frame.outer)
        return {edge.place for edge in self.edges(plain) if edge.role == CALLBACK}

    def offloads(self, frame: Frame, takers: frozenset[str]) -> Sequence[Offload]:
        """Return what a function hands to threads and processes by calls of these last names."""
        if frame.record["f"] & ASYNC or frame.id in self._edges:
            return self._analysed(frame)[1]
        walk = Walk(self.evaluator, frame)
        walk.calls(takers)
        frame.memo.clear()
        return walk.offloads

    def run_before(self, frame: Frame, place: Place, lines: Container[int]) -> list[Frame]:
        """Return the functions that a function is sure to have run when it comes to a place, awaited ones included.

        `lines` are those of the statements that run whenever it comes there.
        """
        edges, _, awaited = self._analysed(frame)
        called = [
            (edge.place, edge.target, edge.length == 1)
            for edge in edges
            if isinstance(edge.target, Frame) and edge.certain and edge.role in {CALL, ENTER, READ}
        ]
        return [
            target
            for where, target, sure in (*called, *awaited)
            if where[:2] < place[:2] and (sure or where[0] in lines)
        ]

    def run_by(self, frame: Frame) -> Iterator[Frame]:
        """Yield the functions that a function may run, awaited ones included."""
        edges, _, awaited = self._analysed(frame)
        yield from (edge.target for edge in edges if isinstance(edge.target, Frame))
        yield from (target for _, target, _ in awaited)

    def awaited(self, frame: Frame) -> list[Frame]:
        """Return the coroutines that a function awaits, each with what it gives them."""
        return [target for _, target, _ in self._analysed(frame)[2]]

    def _analysed(self, frame: Frame) -> Analysed:
        found = self._edges.get(frame.id)
        if found is None:
            walk = Walk(self.evaluator, frame)
            found = self._edges[frame.id] = (tuple(walk.edges()), tuple(walk.offloads), tuple(walk.awaited))
            frame.memo.clear()
        return found

    # -- reachability -------------------------------------------------------------------------------------------

    def reach(self, frame: Frame) -> dict[str, Path]:
        """Return the blocking APIs that running a function reaches, by name, each with the shortest way to it."""
        if frame.id not in self._reach:
            self._settle(frame)
        return self._reach[frame.id]

    def _settle(self, start: Frame) -> None:
        """Compute the reach of everything that is reachable and not settled yet, cycles included."""
        members_: dict[int, Frame] = {}
        pending = [start]
        while pending:
            frame = pending.pop()
            if frame.id in members_ or frame.id in self._reach:
                continue
            members_[frame.id] = frame
            if not self._waived(frame):
                pending.extend(edge.target for edge in self.steps(frame) if isinstance(edge.target, Frame))
        distances, apis = self._distances(members_)
        for number, frame in members_.items():
            paths: dict[str, Path] = {}
            for name, length in sorted(distances.get(number, {}).items()):
                edge = self._first_step(frame, name, length, distances)
                if edge is not None:
                    paths[name] = Path(apis[name], length, edge)
            self._reach[number] = paths or _NOWHERE

    def _distances(self, frames: dict[int, Frame]) -> tuple[dict[int, dict[str, int]], dict[str, Api]]:
        """Return how far it is from each frame to each API (Dijkstra from all at once)."""
        callers: dict[int, list[tuple[int, Edge]]] = {}
        heap: list[tuple[int, str, int]] = []
        distances: dict[int, dict[str, int]] = {}
        apis: dict[str, Api] = {}

        def offer(number: int, name: str, length: int) -> None:
            known = distances.setdefault(number, {})
            if length < known.get(name, 1 << 30):
                known[name] = length
                heapq.heappush(heap, (length, name, number))

        for number, frame in frames.items():
            if self._waived(frame):
                continue
            for edge in self.steps(frame):
                target = edge.target
                if isinstance(target, Api):
                    apis.setdefault(target.name, target)
                    if passes(edge, target):
                        offer(number, target.name, edge.length)
                elif target.id in frames:
                    callers.setdefault(target.id, []).append((number, edge))
                else:
                    for name, path in self._reach[target.id].items():
                        apis.setdefault(name, path.api)
                        if passes(edge, path.api):
                            offer(number, name, path.length + edge.length)
        while heap:
            length, name, number = heapq.heappop(heap)
            if length > distances[number][name]:
                continue
            for caller, edge in callers.get(number, ()):
                if passes(edge, apis[name]):
                    offer(caller, name, length + edge.length)
        return distances, apis

    def _first_step(self, frame: Frame, name: str, length: int, distances: dict[int, dict[str, int]]) -> Edge | None:
        best: Edge | None = None
        for edge in self.steps(frame):
            target = edge.target
            if isinstance(target, Api):
                there = 0 if target.name == name else None
            elif target.id in self._reach:
                path = self._reach[target.id].get(name)
                there = path.length if path else None
            else:
                there = distances.get(target.id, {}).get(name)
            if there is None or there + edge.length != length:
                continue
            if best is None or (edge.certain and not best.certain):
                best = edge
                if edge.certain:
                    break
        return best

    def _waived(self, frame: Frame) -> bool:
        return bool(frame.module.waived) and frame.record["l"] in frame.module.waived

    def blocking(self, edge: Edge) -> Iterator[tuple[Api, Path | None]]:
        """Yield the blocking APIs behind one step, each with the way from the step's target to it.

        What a directly awaited call of a plain function returns is awaitable, so a call whose value it returns
        cannot be the synchronous twin and does not count.
        """
        target = edge.target
        if isinstance(target, Api):
            if passes(edge, target):
                yield target, None
            return
        if self._waived(target):
            return
        returned = edge.flags & AWAITED and edge.role == CALL and not target.record["f"] & ASYNC
        paths = self._awaited_reach(target, set()) if returned else self.reach(target)
        for _, path in sorted(paths.items()):
            if passes(edge, path.api):
                yield path.api, path

    def _awaited_reach(self, frame: Frame, seen: set[int]) -> dict[str, Path]:
        if frame.id in seen or self._waived(frame):
            return {}
        seen.add(frame.id)
        awaitable = any(value[0] == "co" for value in self.evaluator.returned(frame))
        paths: dict[str, Path] = {}
        for edge in self.steps(frame):
            target = edge.target
            if isinstance(target, Api):
                found = {} if edge.flags & RETURNED else {target.name: Path(target, edge.length, edge)}
            else:
                if (
                    edge.flags & RETURNED
                    and awaitable
                    and not any(v[0] == "co" for v in self.evaluator.returned(target))
                ):
                    continue  # another of the calls that may be returned gives what is awaited
                inner = self._awaited_reach(target, seen) if edge.flags & RETURNED else self.reach(target)
                found = {name: Path(path.api, path.length + edge.length, edge) for name, path in inner.items()}
            for name, path in found.items():
                if passes(edge, path.api) and (name not in paths or path.length < paths[name].length):
                    paths[name] = path
        return paths


def passes(edge: Edge, api: Api) -> bool:
    """Tell whether an API counts behind a step: what is paid once does not where its result is kept."""
    return not (edge.flags & KEPT and api.tier in _PAID_ONCE)
