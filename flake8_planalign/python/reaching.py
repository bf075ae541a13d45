"""One function while it is lowered: its tables, and which definitions of each name reach the place at hand."""

from __future__ import annotations

import ast
from typing import Any, Final

from flake8_planalign.python.facts import Expression

__all__ = ["MAX_REACHING", "Scope", "join", "rebound_names", "stored_names"]

#: More definitions than these reaching one place are taken as unknown.
MAX_REACHING: Final = 12
#: Of more conditions than these the innermost ones count: each `elif` stands under those of all before it.
_MOST_CONDITIONS: Final = 64


class Scope:
    """A function (or the module) while it is lowered: its tables, and which definitions reach here."""

    __slots__ = (
        "all",
        "calls",
        "class_index",
        "collected",
        "conditions",
        "decorated",
        "definition_guards",
        "defs",
        "done",
        "doubts",
        "env",
        "flags",
        "globals",
        "guarded",
        "guards",
        "has_attributes",
        "index",
        "iters",
        "kept",
        "leaves",
        "left",
        "loads",
        "loops",
        "open_ended",
        "outer",
        "passed",
        "return_guards",
        "returns",
        "small",
        "stores",
        "tested",
        "typed",
        "withs",
        "yields",
    )

    def __init__(self, index: int, outer: Scope | None, class_index: int) -> None:
        self.index = index
        self.outer = outer
        self.class_index = class_index
        self.flags = 0
        self.kept = 0
        #: Whether data of any other than one fixed length has been refused.
        self.small = False
        self.loops = 0
        self.collected = 0
        self.open_ended = False
        self.conditions: list[list[Any]] = []
        self.guards: list[list[list[Any]]] = [[]]
        self.guarded: dict[str, int] = {}
        self.return_guards: list[int] = []
        self.definition_guards: dict[str, int] = {}
        self.tested: set[int] = set()
        #: Parameters of which `isinstance` is asked, or whether they are None.
        self.typed: set[int] = set()
        self.passed: set[int] = set()
        self.done: list[Expression] = []
        #: What decides whether the code being lowered runs once the function does: conditions, None where untold.
        self.doubts: list[list[Any] | None] = []
        #: How many branches that end in `return` have been passed, and whether one of them lies in a block behind us.
        self.leaves = 0
        self.left = False
        #: What names mean here, and attributes of names (`self.x`) that were set just before.
        self.env: dict[str, str] = {}
        self.has_attributes = False
        self.all: dict[str, str] = {}
        self.globals: set[str] = set()
        self.defs: list[Any] = []
        self.calls: list[list[Any]] = []
        #: The decorated functions that are defined here, each with where, under which guard and in what doubt.
        self.decorated: list[list[Any]] = []
        self.loads: list[list[Any]] = []
        self.iters: list[list[Any]] = []
        self.withs: list[list[Any]] = []
        self.returns: list[Expression] = []
        self.yields: list[Expression] = []
        self.stores: list[list[Any]] = []

    def define(self, name: str, definition: Any) -> str:
        """Let `name` mean this definition from here on; returns the reference."""
        self.defs.append(definition)
        reference = str(len(self.defs) - 1)
        if self.conditions:
            self.definition_guards[reference] = self.guard()
        self.env[name] = reference
        self.all[name] = _either(self.all.get(name), reference)
        return reference

    def forget_attributes(self) -> None:
        """Note that attributes may have changed: something ran that can have set them."""
        if self.has_attributes:
            self.env = {name: reference for name, reference in self.env.items() if "." not in name}
            self.has_attributes = False

    def guard(self) -> int:
        """Return the number of the conditions under which the code being lowered runs; 0 for none."""
        return self._number(self.conditions[-_MOST_CONDITIONS:]) if self.conditions else 0

    def leave(self) -> None:
        """Note that the function may have been left before what follows."""
        self.doubts.append(None)
        self.leaves += 1

    def doubt(self) -> int:
        """Tell whether the function runs the code being lowered whenever it is run.

        Returns 0 if it does, the number of the conditions under which it does, -1 if that cannot be told.
        """
        if self.left or len(self.doubts) > _MOST_CONDITIONS or None in self.doubts:
            return -1
        return self._number([part for part in self.doubts if part is not None]) if self.doubts else 0

    def _number(self, conditions: list[list[Any]]) -> int:
        key = repr(conditions)
        number = self.guarded.get(key)
        if number is None:
            number = self.guarded[key] = len(self.guards)
            self.guards.append(list(conditions))
        return number

    def parameter(self, reference: str | None) -> int | None:
        """Return which parameter a reference means, if it means just that."""
        if reference is None or not reference.isdigit():
            return None
        match self.defs[int(reference)]:
            case ["p", int(position)]:
                return position
        return None

    def body(self) -> dict[str, Any]:
        """Return the tables that hold anything."""
        tables = {
            "g": self.guards if len(self.guards) > 1 else [],
            "G": self.definition_guards,
            "R": self.return_guards if any(self.return_guards) else [],
            "d": self.defs,
            "c": self.calls,
            "D": self.decorated,
            "l": self.loads,
            "i": self.iters,
            "w": self.withs,
            "r": self.returns,
            "y": self.yields,
            "s": self.stores,
        }
        return {key: value for key, value in tables.items() if value}


def _either(one: str | None, other: str) -> str:
    if one is None or one == other:
        return other
    both = {*one.split("|"), *other.split("|")}
    return "|".join(sorted(both, key=int)[-MAX_REACHING:])


def join(into: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """Return the environment after two paths meet."""
    joined = dict(other)
    for name, reference in into.items():
        theirs = joined.get(name)
        if theirs != reference:
            joined[name] = reference if theirs is None else _either(theirs, reference)
    return joined


def rebound_names(statements: list[ast.stmt]) -> dict[str, int]:
    """Return the names that statements bind more than once by plain assignments, and how often."""
    bound: dict[str, int] = {}
    for statement in statements:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                        bound[part.id] = bound.get(part.id, 0) + 1
    return {name: times for name, times in bound.items() if times > 1}


def stored_names(statements: list[ast.stmt], names: set[str]) -> set[str]:
    """Collect the names that these statements assign, not looking into nested functions."""
    pending: list[ast.AST] = list(statements)
    while pending:
        node = pending.pop()
        match node:
            case ast.Assign(targets=targets):
                pending.extend(targets)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                pending.append(target)
            case ast.Name(id=name):
                names.add(name)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                pending.extend(elts)
            case ast.Starred(value=value):
                pending.append(value)
            case ast.For() | ast.AsyncFor():
                pending.append(node.target)
                pending.extend(node.body)
                pending.extend(node.orelse)
            case ast.While() | ast.If():
                pending.extend(node.body)
                pending.extend(node.orelse)
            case ast.With() | ast.AsyncWith():
                pending.extend(item.optional_vars for item in node.items if item.optional_vars)
                pending.extend(node.body)
            case ast.Try() | ast.TryStar():
                for part in (node.body, node.orelse, node.finalbody):
                    pending.extend(part)
                for handler in node.handlers:
                    pending.extend(handler.body)
            case ast.Match(cases=cases):
                for match_case in cases:
                    pending.extend(match_case.body)
    return names
