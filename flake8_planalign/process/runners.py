"""Who is known to run an async function: requests, messages and events, or only what starts or ends a program."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Final

from flake8_planalign.process.keeping import is_filled_by
from flake8_planalign.process.mentions import ENTERING, Mentions
from flake8_planalign.process.starting import RUNNERS, TASKS, is_called, starts
from flake8_planalign.process.tables import Tables
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.facts import ASYNC, AWAITED, COLLECTED, ENTERED
from flake8_planalign.python.members import library_bases
from flake8_planalign.python.modules import Module, last_name

__all__ = ["TRANSPARENT", "Runners", "decorators_of"]

#: Decorators that change nothing about who calls a function.
TRANSPARENT: Final = frozenset(
    {"asynccontextmanager", "classmethod", "contextmanager", "final", "override", "staticmethod", "wraps"}
)
#: Decorators that change how a function runs, or when it does not, and not who calls it.
_WRAPPERS: Final = frozenset({
    "abstractmethod", "cache", "cached_property", "deprecated", "lru_cache", "overload", "property", "retry",
    "singledispatch", "typechecked",
})  # fmt: skip
#: Libraries whose classes call nothing of what derives from them.
_PASSIVE: Final = frozenset(
    {"abc", "dataclasses", "enum", "msgspec", "object", "pydantic", "typing", "typing_extensions"}
)
#: How facts tell that the value of a call is awaited, entered, or gathered with others.
_TAKEN: Final = AWAITED | COLLECTED | ENTERED
#: What makes a Deferred of a coroutine, for which a reactor waits.
_DEFERRED: Final = frozenset({"ensureDeferred", "fromCoroutine"})
#: Who calls a function is followed through so many callers.
_MOST: Final = 60

#: Tells whether a function runs at start-up, in tests or in a script: itself, or where another one names it.
Aside = Callable[[Module, int], bool]
AsideIn = Callable[[Module, int, Module, int], bool | None]


class Runners:
    """What runs the async functions of a project."""

    def __init__(
        self, evaluator: Evaluator, tables: Tables, mentions: Mentions, aside: Aside, aside_in: AsideIn
    ) -> None:
        self._evaluator = evaluator
        self._tables = tables
        self._mentions = mentions
        self._aside = aside
        self._aside_in = aside_in
        self._known: dict[tuple[str, int], bool] = {}
        self._serving: dict[tuple[str, int], bool] = {}

    def start(self, module: Module, function: int) -> bool:
        """Tell whether start-up, tests or scripts run a function, and nothing else is known to.

        Functions that nobody calls, and names that may mean another object's method, are not known to run it.
        """
        key = (module.path, function)
        if key not in self._known:
            self._known[key] = self._found(module, function)
        return self._known[key]

    def serve(self, module: Module, function: int) -> bool:
        """Tell whether something is known to run a function beside others that are served.

        That is a library, by its decorator or as it calls what its classes derive from, and whatever the function is
        handed to, unless start-up, tests or scripts run it too. Functions that nobody calls, names that may mean
        another object's method, and decorators of the project are not known to: of what was read of files and the
        processor where nothing else is known, one finding in five was wrong (`benchmarks/precision`).
        """
        key = (module.path, function)
        if key not in self._serving:
            self._serving[key] = self._is_served(module, function)
        return self._serving[key]

    def _is_served(self, module: Module, function: int) -> bool:
        seen = {(module.path, function)}
        pending = [(module, function)]
        is_handed = is_aside = False
        for here, number in pending:
            if self._is_of_library(here, number) or len(seen) > _MOST:
                return len(seen) <= _MOST or (is_handed and not is_aside)
            outer = here.functions[number].get("o")
            following = [(here, outer)] if outer else []
            is_named = bool(outer)
            for other, caller in self._mentions.of(here, number):
                if self._tables.is_test(other.path):
                    continue
                is_named = True
                if self._aside_in(here, number, other, caller):
                    is_aside = True
                elif self._mentions.knows(here, number, other, caller):
                    name = here.functions[number]["n"]
                    if caller and _waits_for(other, caller, name):
                        following.append((other, caller))
                    elif caller or not any(is_called(other, 0, call[0], name) for call in other.body(0).get("c", ())):
                        is_handed = True
            if not is_named and (self._is_override(here, number) or self._mentions.lists(here, number)):
                is_handed = True
            for place in following:
                if (place[0].path, place[1]) not in seen:
                    seen.add((place[0].path, place[1]))
                    pending.append(place)
        return is_handed and not is_aside

    def others_may_call(self, module: Module, function: int) -> bool:
        """Tell whether others than those who call a function by its name may: by a decorator, its class or a table."""
        return (
            self._is_registered(module, function)
            or self._is_override(module, function)
            or self._mentions.lists(module, function)
        )

    def _is_of_library(self, module: Module, function: int) -> bool:
        """Tell whether a decorator that is not the project's own hands a function to what calls it."""
        frame = self._evaluator.module_frame(module)
        return any(
            last_name(decorator) not in TRANSPARENT | _WRAPPERS
            and not any(value[0] in {"C", "F", "I", "M"} for value in self._evaluator.value(decorator, frame))
            and not self._is_of_own_package(module, decorator)
            for decorator in decorators_of(module, function)
        )

    def _is_of_own_package(self, module: Module, decorator: Any) -> bool:
        """Tell whether a decorator is imported from the project's own packages, be it from a part that is not found."""
        bindings = module.names.get(decorator.partition(".")[0], ()) if type(decorator) is str else ()
        roots = {each[1].partition(".")[0] for each in bindings if type(each) is list and each[0] == "m"}
        folders = self._evaluator.project.import_roots(module.path)
        return any(root and os.path.isdir(os.path.join(folder, root)) for root in roots for folder in folders)

    def _found(self, module: Module, function: int) -> bool:
        seen = {(module.path, function)}
        pending = [(module, function)]
        is_started = False
        if self._is_registered(module, function):
            return False
        for here, number in pending:
            is_started = is_started or self._is_script(here)
            following = self._callers(here, number)
            if following is None or len(seen) > _MOST:
                return False
            for other, caller, is_aside in following:
                if is_aside:
                    is_started = is_started or not _is_face(other, caller)
                elif (other.path, caller) not in seen:
                    seen.add((other.path, caller))
                    pending.append((other, caller))
        return is_started

    def _callers(self, module: Module, function: int) -> list[tuple[Module, int, bool]] | None:
        """Return what runs a function and whether it runs aside, None where something runs it again and again."""
        record = module.functions[function]
        name, outer = record["n"], record.get("o")
        callers: list[tuple[Module, int, bool]] = []
        if outer:
            goes_on = self._aside(module, outer) and not self._aside(module, function)
            if goes_on or self._is_registered(module, outer):
                return None
            callers.append((module, outer, False))
        is_named = False
        for other, caller in self._mentions.of(module, function):
            if self._tables.is_test(other.path):
                continue
            is_named = True
            if self._aside_in(module, function, other, caller) or is_filled_by(module, function, other, caller):
                callers.append((other, caller, True))
            elif self._mentions.knows(module, function, other, caller):
                is_entered = name in ENTERING and caller != 0
                if not (is_entered or _waits_for(other, caller, name)) or self._is_registered(other, caller):
                    return None
                if self._aside(other, caller):
                    return None  # it goes on beside what starts it
                callers.append((other, caller, False))
        if (
            not is_named
            and not outer
            and (self._is_override(module, function) or self._mentions.lists(module, function))
        ):
            return None
        return callers

    def _is_script(self, module: Module) -> bool:
        """Tell by its folder whether a module is of scripts."""
        folders = self._evaluator.project.relative(module.path).split("/")[:-1]
        return "scripts" in folders or "_scripts" in folders

    def _is_registered(self, module: Module, function: int) -> bool:
        """Tell whether a decorator hands a function to what calls it."""
        return any(
            last_name(decorator) not in TRANSPARENT | _WRAPPERS and not self._wraps(module, decorator)
            for decorator in decorators_of(module, function)
        )

    def _wraps(self, module: Module, decorator: Any) -> bool:
        """Tell whether a decorator of the project makes a function that stands for the decorated one."""
        for value in self._evaluator.value(decorator, self._evaluator.module_frame(module)):
            other = self._evaluator.modules.module(value[1]) if value[0] == "F" else None
            if other is not None and any(
                record.get("o") == value[2] and any(last_name(each) == "wraps" for each in decorators_of(other, inner))
                for inner, record in enumerate(other.functions)
            ):
                return True
        return False

    def _is_override(self, module: Module, function: int) -> bool:
        """Tell whether a method that nobody calls may be called by a library whose class it derives from."""
        owner = module.functions[function].get("c")
        return owner is not None and any(
            base.partition(".")[0] not in _PASSIVE for base in library_bases(self._evaluator, module.path, owner)
        )


def decorators_of(module: Module, function: int) -> Iterator[Any]:
    """Yield the decorators of a function, those with arguments as what is called."""
    calls = module.body(module.functions[function].get("o") or 0).get("c", ())
    for decorator in module.functions[function].get("d", ()):
        yield calls[decorator[1]][0] if type(decorator) is list and decorator[0] == "c" else decorator


def _waits_for(module: Module, function: int, name: str) -> bool:
    """Tell whether a function calls another one and waits for it, and does not hand it over or start it as a task."""
    is_async = module.functions[function]["f"] & ASYNC and not starts(module, function, name, _DEFERRED)
    return not starts(module, function, name, TASKS) and any(
        is_called(module, function, call[0], name) and (not is_async or call[7] & _TAKEN)
        for call in module.body(function).get("c", ())
    )


def _is_face(module: Module, function: int) -> bool:
    """Tell whether a function belongs to a method that runs a loop of its own: what the method does for plain code."""
    runs = False
    while function:
        record = module.functions[function]
        runs = runs or not (record["f"] & ASYNC or RUNNERS.isdisjoint(module.called(function)))
        if not record.get("o"):
            return runs and record.get("c") is not None
        function = record["o"]
    return False
