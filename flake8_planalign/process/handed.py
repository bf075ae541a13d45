"""What those who call a coroutine hand it: where all of them are known, that may keep it from a place in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flake8_planalign.process.mentions import Mentions
from flake8_planalign.process.starting import is_called
from flake8_planalign.process.tables import Tables
from flake8_planalign.python import contexts
from flake8_planalign.python.libraries import BUFFERS
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.python.steps import Edge
from flake8_planalign.python.values import Context, Frame, Value
from flake8_planalign.python.ways import Ways

__all__ = ["Handed"]

#: Callers are followed through so many of theirs.
_DEEPEST: Final = 3
#: What lies in memory whatever it is made of.
_IN_MEMORY: Final = frozenset(("xi", name) for name in BUFFERS)
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

    def holds_in_memory(self, frame: Frame, edge: Edge) -> bool:
        """Tell whether all who call a function hand it a buffer in memory for the file that a step works on."""
        position = _receiver(frame, edge)
        record = frame.record
        if position is None or record.get("o") or self._is_open(frame.module, frame.function):
            return False
        name, kind = record["p"][position][:2]
        at = (position - (record.get("c") is not None)) if kind == "p" else None
        found = False
        for other, caller in self._mentions.of(frame.module, frame.function):
            if self._tables.is_test(other.path):
                continue
            calls = [call for call in other.body(caller).get("c", ()) if is_called(other, caller, call[0], record["n"])]
            if not caller or not calls or not self._mentions.knows(frame.module, frame.function, other, caller):
                return False
            holder = self._ways.graph.entry(other, caller)
            for call in calls:
                values = self._ways.evaluator.arguments(call, holder).get(at, name)
                if not values or not all(value[0] == "mem" or value in _IN_MEMORY for value in values):
                    return False
                found = True
        return found

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


def _receiver(frame: Frame, edge: Edge) -> int | None:
    """Return the position of the parameter whose method a step calls, as 0 for `file.read()`; None for any other."""
    definitions = frame.body.get("d", ())
    for call in frame.body.get("c", ()):
        if (call[3], call[4], call[5], call[6]) == edge.place and type(call[0]) is str:
            root, _, method = call[0].partition(".")
            match definitions[int(root)] if root.isdigit() and "." not in method else None:
                case ["p", int(position)] if position > 0 or frame.record.get("c") is None:
                    return position
    return None
