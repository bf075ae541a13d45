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
from flake8_planalign.python.values import Frame, Value

__all__ = ["Schedulers"]

_AWAITABLE: Final = lazy(r"^[ \t]+def __await__\b.*\n(?:.*\n){0,8}?.*\byield from self\.\w+[ \t]*$", re.MULTILINE)
#: Who names whom is followed through so many functions.
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
        #: Whether what a function awaits leads to a generator.
        self._waiting: dict[tuple[str, int], bool] = {}

    def drive(self, module: Module, function: int) -> bool:
        """Tell whether a coroutine is driven by a scheduler of the project's own."""
        if not self._tables.any_file("awaits generators", _AWAITABLE.search):
            return False
        return self._drives(module, function, _DEEPEST)

    def _drives(self, module: Module, function: int, depth: int) -> bool:
        key = (module.path, function)
        if key not in self._known:
            self._known[key] = False  # of functions that only name each other none is driven
            self._known[key] = self._awaits_generator(module, function) or (
                depth > 0 and self._only_driven(module, function, depth - 1)
            )
        return self._known[key]

    def _awaits_generator(self, module: Module, function: int) -> bool:
        """Tell whether a coroutine awaits a generator of the project, itself or in what it awaits."""
        seen: set[tuple[str, int]] = set()
        pending = [(module, function)]
        while pending:
            current, number = pending.pop()
            key = (current.path, number)
            if key in seen or not current.functions[number]["f"] & ASYNC:
                continue
            seen.add(key)
            known = self._waiting.get(key)
            if known is None:
                found = list(self._awaited(current, number))
                pending.extend(each for each in found if each is not None)
                known = None in found
            if known:
                self._waiting[module.path, function] = True
                return True
        self._waiting.update(dict.fromkeys(seen, False))
        return False

    def _awaited(self, module: Module, function: int) -> Iterator[tuple[Module, int] | None]:
        """Yield the functions of the project that a coroutine awaits, and None for a generator."""
        frame = self._evaluator.entry(module, function)
        for call in module.body(function).get("c", ()):
            for callee in self._evaluator.value(call[0], frame) if call[7] & AWAITED else ():
                other = self._evaluator.modules.module(callee[1]) if callee[0] == "F" else None
                if other is not None:
                    yield other, callee[2]
                elif callee[0] == "C" and self._hands_on(callee) and self._is_given_generator(call, frame):
                    yield None

    def _is_given_generator(self, call: list[Any], frame: Frame) -> bool:
        return any(given[0] == "ge" for part in call[1] for given in self._evaluator.value(part, frame))

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

    def _only_driven(self, module: Module, function: int, depth: int) -> bool:
        """Tell whether a coroutine is named, and only in coroutines that are driven, or found as one that is."""
        named = False
        for other, caller in self._mentions.of(module, function):
            if self._tables.is_test(other.path):
                continue
            if not self._drives(other, caller, depth):
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
