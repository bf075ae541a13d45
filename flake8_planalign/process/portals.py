"""What a project hands coroutines to that run on a loop which others use too, and not on one of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flake8_planalign.process.starting import RUNNERS, starting
from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.python.values import Frame, Value

__all__ = ["Portals"]

#: What gives a loop that runs in another thread something to do.
_SUBMITTERS: Final = frozenset({"call_soon_threadsafe", "run_coroutine_threadsafe"})
#: What libraries run a coroutine by on the loop that the thread was started from, or on one that others use.
_PORTALS: Final = ("anyio.from_thread.", "trio.from_thread.")
#: What makes a loop of its own, or runs one to the end of a coroutine.
_LOOPS: Final = frozenset({"run", "run_until_complete"})
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
        self._alone: dict[tuple[str, int], bool] = {}

    def starts_alone(self, module: Module, function: int, name: str, runners: frozenset[str] = RUNNERS) -> bool:
        """Tell whether a function does `asyncio.run(name())`, by what runs it on a loop of its own."""
        return any(not self._shares(module, function, call[0]) for call in starting(module, function, name, runners))

    def decorates_alone(self, module: Module, decorator: int) -> bool:
        """Tell whether a decorator runs what it decorates on a loop of its own: `asyncio.run(function(*args))`."""
        key = (module.path, decorator)
        if key not in self._alone:
            self._alone[key] = any(self._runs_decorated(module, function) for function in _within(module, decorator))
        return self._alone[key]

    def _runs_decorated(self, module: Module, function: int) -> bool:
        body = module.body(function)
        calls, definitions = body.get("c", ()), body.get("d", ())
        for call in calls:
            if last_name(call[0]) not in _LOOPS or not call[1] or self._shares(module, function, call[0]):
                continue
            given = call[1][0]
            if type(given) is str and given.isdigit():
                given = definitions[int(given)]
            if type(given) is list and given[0] == "c":
                given = calls[given[1]][0]
            if _is_decorated(module, function, given):
                return True
            inner = definitions[int(given)] if type(given) is str and given.isdigit() else None
            if type(inner) is list and inner[0] == "F":
                called = (each[0] for each in module.body(inner[1]).get("c", ()))
                if any(_is_decorated(module, inner[1], each) for each in called):
                    return True
        return False

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


def _within(module: Module, decorator: int) -> Iterator[int]:
    """Yield the functions that are defined within a function, at any depth."""
    inside = {decorator}
    for _ in range(_DEEPEST + 1):
        inside |= {number for number, record in enumerate(module.functions) if record.get("o") in inside}
    yield from sorted(inside - {decorator})


def _is_decorated(module: Module, function: int, expression: Any) -> bool:
    """Tell whether an expression means the first parameter of a function around this one."""
    if type(expression) is not str or not expression.startswith("^"):
        return False
    local = expression.lstrip("^")
    for _ in range(len(expression) - len(local)):
        function = module.functions[function].get("o") or 0
    definitions = module.body(function).get("d", ()) if function else ()
    return local.isdigit() and int(local) < len(definitions) and definitions[int(local)] == ["p", 0]
