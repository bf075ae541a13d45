"""Coroutines that run on no event loop: a project's own scheduler drives them, step by step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from flake8_planalign.patterns import lazy
from flake8_planalign.process.mentions import Mentions
from flake8_planalign.process.tables import Tables
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.facts import ASYNC, AWAITED, GENERATOR
from flake8_planalign.python.members import lineage
from flake8_planalign.python.modules import Module
from flake8_planalign.python.values import Value

__all__ = ["Schedulers"]

_AWAITABLE: Final = lazy(r"^[ \t]+def __await__\b.*\n(?:.*\n){0,8}?.*\byield from self\.\w+[ \t]*$", re.MULTILINE)
#: What awaits what is followed through so many functions.
_DEEPEST: Final = 60
#: So many coroutines of one name are looked at.
_MOST: Final = 20


class Schedulers:
    """The coroutines of a project that wait for plain generators, which an event loop cannot run.

    An event loop wants futures of what it drives. A coroutine that awaits what a generator of the project yields is
    driven by who knows these values, and so is one that only such coroutines name.
    """

    def __init__(self, evaluator: Evaluator, tables: Tables, mentions: Mentions) -> None:
        self._evaluator = evaluator
        self._tables = tables
        self._mentions = mentions
        self._known: dict[tuple[str, int], bool] = {}
        self._depth = 0

    def drive(self, module: Module, function: int) -> bool:
        """Tell whether a coroutine is driven by a scheduler of the project's own."""
        if not self._tables.any_file("awaits generators", _AWAITABLE.search):
            return False
        return self._drives(module, function)

    def _drives(self, module: Module, function: int) -> bool:
        key = (module.path, function)
        known = self._known.get(key)
        if known is None:
            if self._depth > _DEEPEST or not module.functions[function]["f"] & ASYNC:
                return False
            self._known[key] = False
            self._depth += 1
            known = self._known[key] = self._awaits_generator(module, function) or self._only_driven(module, function)
            self._depth -= 1
        return known

    def _awaits_generator(self, module: Module, function: int) -> bool:
        frame = self._evaluator.entry(module, function)
        for call in module.body(function).get("c", ()):
            if not call[7] & AWAITED:
                continue
            for callee in self._evaluator.value(call[0], frame):
                if callee[0] == "C" and self._hands_on(callee):
                    return any(given[0] == "ge" for part in call[1] for given in self._evaluator.value(part, frame))
                other = self._evaluator.modules.module(callee[1]) if callee[0] == "F" else None
                if other is not None and self._drives(other, callee[2]):
                    return True
        return False

    def _hands_on(self, awaitable: Value) -> bool:
        """Tell whether awaiting an object of a class runs a generator that the object holds, and calls nothing."""
        return any(
            body.get("c") in (None, []) and other.functions[number]["f"] & GENERATOR
            for other, number, body in self._methods(awaitable, "__await__")
        )

    def _methods(self, owner: Value, name: str) -> Iterator[tuple[Module, int, dict[str, Any]]]:
        for base in lineage(self._evaluator, owner[1], owner[2]):
            module = self._evaluator.modules.module(base[1]) if base[0] == "C" else None
            for binding in module.classes[base[2]]["m"].get(name, ()) if module is not None else ():
                if module is not None and type(binding) is list and binding[0] == "F":
                    yield module, binding[1], module.body(binding[1])

    def _only_driven(self, module: Module, function: int) -> bool:
        """Tell whether a coroutine is named, and only in coroutines that are driven, or found as one that is."""
        named = False
        for other, caller in self._mentions.of(module, function):
            if self._tables.is_test(other.path):
                continue
            if not self._drives(other, caller):
                return False
            named = True
        return named or self._is_found_as_others(module, function)

    def _is_found_as_others(self, module: Module, function: int) -> bool:
        """Tell whether a coroutine that nobody imports has the name of others that modules have, and that are driven.

        What runs them finds them as attributes of modules: `component.to_code`.
        """
        record = module.functions[function]
        if record.get("c") is not None or record.get("o"):
            return False
        looked = 0
        for path in self._mentions.defining(record["n"]):
            other = self._evaluator.modules.module(path) if path != module.path else None
            bindings = other.names.get(record["n"], ()) if other is not None else ()
            for binding in bindings:
                if other is not None and type(binding) is list and binding[0] == "F":
                    looked += 1
                    if self._awaits_generator(other, binding[1]):
                        return True
            if looked > _MOST:
                return False
        return False
