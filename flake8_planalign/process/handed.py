"""What those who call a coroutine hand it: where all of them are known, that may keep it from a place in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flake8_planalign.process.mentions import Mentions
from flake8_planalign.process.tables import Tables
from flake8_planalign.python import contexts
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.python.steps import Edge
from flake8_planalign.python.values import Context, Frame, Value
from flake8_planalign.python.ways import Ways

__all__ = ["Handed"]

#: Callers are followed through so many of theirs.
_DEEPEST: Final = 3
#: A function that is called in more ways than these is not asked about.
_MOST: Final = 12


class Handed:
    """What the async functions of a project are given by its own code."""

    def __init__(self, ways: Ways, mentions: Mentions, tables: Tables, is_open: Callable[[Module, int], bool]) -> None:
        self._ways = ways
        self._mentions = mentions
        self._tables = tables
        #: Tells whether others than those who name a function may call it: by a decorator, or as they call its class.
        self._is_open = is_open

    def excludes(self, frame: Frame, edge: Edge) -> bool:
        """Tell whether nobody who calls a function gives it what leads to a step, as nobody gives a path to open."""
        guards = self._ways.guards_at(frame, edge.place)
        body = frame.body
        if not guards or not all(
            any(each[0] >= 0 for each in body["g"][guard]) if guard else False for guard in guards
        ):
            return False
        given = self._given(frame.module, frame.function, _DEEPEST)
        return bool(given) and not any(self._ways.runs(self._ways.informed(frame, each), edge) for each in given)

    def _given(self, module: Module, function: int, depth: int) -> set[Context]:
        """Return what each caller hands over, empty if that is not known of all of them."""
        record = module.functions[function]
        if not depth or record.get("o") or self._is_open(module, function):
            return set()
        bound = ("I", module.path, record["c"], ()) if record.get("c") is not None else None
        value: Value = ("F", module.path, function, bound, None)
        found: set[Context] = set()
        for other, caller in self._mentions.of(module, function):
            if self._tables.is_test(other.path):
                continue
            calls = [call for call in other.body(caller).get("c", ()) if last_name(call[0]) == record["n"]]
            if not caller or not calls or not self._mentions.knows(module, function, other, caller):
                return set()
            real = self._ways.graph.entry(other, caller)
            for known in self._given(other, caller, depth - 1) or {()}:
                frame = self._ways.informed(real, known)
                for call in calls:
                    if frame.runs(call[8]):
                        arguments = self._ways.evaluator.arguments(call, frame)
                        found.add(contexts.told(self._ways.evaluator, value, arguments))
            if len(found) > _MOST:
                return set()
        return found
