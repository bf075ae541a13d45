"""Demand-driven computation of mutually dependent facts: each cycle is iterated to its least fixed point."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final

from flake8_planalign.python.values import EMPTY, Values, union

__all__ = ["Solver"]

#: A chain of dependencies longer than this is given up as unknown; real code stays below 200.
_MAX_DEPTH: Final = 2500
_MAX_ROUNDS: Final = 30


def _apply(compute: Callable[..., Values], arguments: tuple[Any, ...]) -> Values:
    """Call with the arguments written out: before Python 3.13 `compute(*arguments)` takes a frame of the C stack."""
    match len(arguments):
        case 1:
            return compute(arguments[0])
        case 2:
            return compute(arguments[0], arguments[1])
        case 3:
            return compute(arguments[0], arguments[1], arguments[2])
        case _:
            return compute(arguments[0], arguments[1], arguments[2], arguments[3])


class Solver:
    """Memoised values by key; a value that is asked for while it is computed is what the last round knew of it.

    The members of a cycle are computed again until nothing changes, so the result does not depend on where the
    question entered the cycle. (Tabling as in logic programming; cycles are found as by Tarjan.)
    """

    def __init__(self) -> None:
        self._active: dict[Hashable, list[Any]] = {}
        self._provisional: dict[Hashable, tuple[Values, int]] = {}
        #: What the last round of an open cycle learnt of its members.
        self._seeds: dict[Hashable, Values] = {}
        self._trail: list[tuple[dict[Any, Values], Any, Hashable]] = []
        self._lowest = _MAX_DEPTH

    def solve(self, table: dict[Any, Values], key: Any, compute: Callable[..., Values], *arguments: Any) -> Values:
        """Return the values behind `key` of a table, computed by `compute(*arguments)` when first asked for.

        The table keeps what is settled; its owner may forget any of it at any time.
        """
        value = table.get(key)
        if value is not None:
            return value
        local = key
        key = (id(table), key)
        entry = self._active.get(key)
        if entry is not None:
            self._lowest = min(self._lowest, entry[0])
            return entry[1]  # type: ignore[no-any-return]
        provisional = self._provisional.get(key)
        if provisional is not None:
            self._lowest = min(self._lowest, provisional[1])
            return provisional[0]
        depth = len(self._active)
        if depth >= _MAX_DEPTH:
            return EMPTY
        entry = self._active[key] = [depth, self._seeds.get(key, EMPTY)]
        outer_lowest = self._lowest
        mark = len(self._trail)
        value = EMPTY
        for _round in range(_MAX_ROUNDS):
            self._lowest = _MAX_DEPTH
            try:
                value = union(entry[1], _apply(compute, arguments))
            except RecursionError:
                value = EMPTY
            if self._lowest < depth:
                self._suspend(mark, table, local, key, value)
                self._lowest = min(outer_lowest, self._lowest)
                return value
            if self._lowest == depth and self._has_learnt(mark, entry, value):
                self._forget(mark)
                continue
            break
        for owner, member, full in self._trail[mark:]:
            owner[member] = self._provisional.pop(full)[0]
            self._seeds.pop(full, None)
        self._seeds.pop(key, None)
        del self._trail[mark:]
        table[local] = value
        del self._active[key]
        self._lowest = outer_lowest
        return value

    def _suspend(self, mark: int, table: dict[Any, Values], local: Any, key: Hashable, value: Values) -> None:
        """Keep the value of a member of a cycle whose head is not settled yet, and tie its own members to that head."""
        del self._active[key]
        self._provisional[key] = (value, self._lowest)
        for _owner, _member, full in self._trail[mark:]:
            known, lowest = self._provisional[full]
            if lowest > self._lowest:
                self._provisional[full] = (known, self._lowest)
        self._trail.append((table, local, key))

    def _has_learnt(self, mark: int, entry: list[Any], value: Values) -> bool:
        """Tell whether a round over a cycle gave any of its members more than the round before, and remember it."""
        changed: bool = value != entry[1]
        entry[1] = value
        for _owner, _member, full in self._trail[mark:]:
            now = self._provisional[full][0]
            if now != self._seeds.get(full, EMPTY):
                self._seeds[full] = now
                changed = True
        return changed

    def _forget(self, mark: int) -> None:
        for _owner, _member, full in self._trail[mark:]:
            del self._provisional[full]
        del self._trail[mark:]

    def abandon(self) -> None:
        """Forget what was under way when an exception ended a computation."""
        self._active.clear()
        self._provisional.clear()
        self._seeds.clear()
        self._trail.clear()
        self._lowest = _MAX_DEPTH
