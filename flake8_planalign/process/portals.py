"""What a project hands coroutines to that run on a loop which others use too, and not on one of their own."""

from __future__ import annotations

from typing import Any, Final

from flake8_planalign.process.starting import RUNNERS, starting
from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.modules import Module
from flake8_planalign.python.values import Frame, Value

__all__ = ["Portals"]

#: What gives a loop that runs in another thread something to do.
_SUBMITTERS: Final = frozenset({"call_soon_threadsafe", "run_coroutine_threadsafe"})
#: What libraries run a coroutine by on the loop that the thread was started from, or on one that others use.
_PORTALS: Final = ("anyio.from_thread.", "trio.from_thread.")
#: A runner of the project is looked through so many steps, and functions.
_DEEPEST: Final = 2
_MOST: Final = 40


class Portals:
    """The runners of coroutines whose loop is shared.

    `asyncio.run`, and what a project wraps around it, makes a loop for one coroutine, which blocks nobody else. A
    runner that submits the coroutine to a loop of another thread lets it run beside all others that are submitted.
    """

    def __init__(self, graph: CallGraph) -> None:
        self._graph = graph
        self._shared: dict[tuple[str, int], bool] = {}

    def starts_alone(self, module: Module, function: int, name: str, runners: frozenset[str] = RUNNERS) -> bool:
        """Tell whether a function does `asyncio.run(name())`, by what runs it on a loop of its own."""
        return any(not self._shares(module, function, call[0]) for call in starting(module, function, name, runners))

    def _shares(self, module: Module, function: int, callee: Any) -> bool:
        evaluator = self._graph.evaluator
        frame = evaluator.entry(module, function) if function else evaluator.module_frame(module)
        return any(self._is_shared(value) for value in evaluator.value(callee, frame))

    def _is_shared(self, value: Value) -> bool:
        if value[0] in {"x", "xm"}:
            return str(value[1]).startswith(_PORTALS)
        other = self._graph.evaluator.modules.module(value[1]) if value[0] == "F" else None
        if other is None:
            return False
        key = (other.path, value[2])
        if key not in self._shared:
            self._shared[key] = self._submits(self._graph.entry(other, value[2]))
        return self._shared[key]

    def _submits(self, runner: Frame) -> bool:
        """Tell whether a runner submits something to the loop of another thread, itself or a few steps behind."""
        level, seen = [runner], {runner.id}
        for _ in range(_DEEPEST + 1):
            if any(not _SUBMITTERS.isdisjoint(frame.module.called(frame.function)) for frame in level):
                return True
            following: list[Frame] = []
            for frame in level:
                for target in self._graph.run_by(frame):
                    if target.id not in seen and len(seen) < _MOST:
                        seen.add(target.id)
                        following.append(target)
            level = following
        return False
