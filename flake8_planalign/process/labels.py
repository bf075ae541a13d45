"""How the code at a place is written, short enough for a message: `repo.get()`, `Repo().get()`, `self.profile`."""

from __future__ import annotations

import ast
import bisect
import collections
from collections.abc import Iterable, Iterator

from flake8_planalign.process.wording import shorten
from flake8_planalign.python.steps import CALL, CALLBACK, Place
from flake8_planalign.source import Source

__all__ = ["Labels"]

#: A statement of the module that is asked for so many places is walked once, instead of once for each.
_MANY = 32
#: Lists of nodes that stand one after the other, so that one of them at most reaches over a place.
_IN_ORDER = frozenset({"body", "orelse", "finalbody", "elts", "args"})


class Labels:
    """The texts of the expressions of one file, by where they stand."""

    def __init__(self, source: Source) -> None:
        self._tree = source.tree
        self._asked: collections.Counter[int] = collections.Counter()
        self._by_end: dict[int, dict[tuple[int, int], list[ast.expr]]] = {}

    def node(self, place: Place, role: str) -> ast.expr | None:
        """Return the expression at a place: the call for a call, else the widest one that ends there."""
        wanted = ast.Call if role in {CALL, CALLBACK} else ast.expr
        found: ast.expr | None = None
        for node in self._ending(place):
            if isinstance(node, wanted):
                if (node.lineno, node.col_offset) == place[:2]:
                    return node
                found = found or node
        return found

    def _ending(self, place: Place) -> Iterable[ast.expr]:
        """Return the expressions that end where a place ends, the widest first."""
        end = place[2:]
        statements = self._tree.body if self._tree is not None else []
        number = bisect.bisect_left(statements, end, key=_end)
        if number == len(statements):
            return ()
        self._asked[number] += 1
        if self._asked[number] <= _MANY:
            return _below(statements[number], place)
        known = self._by_end.get(number)
        if known is None:
            known = self._by_end[number] = {}
            for node in ast.walk(statements[number]):
                if isinstance(node, ast.expr):
                    known.setdefault(_end(node), []).append(node)
        return known.get(end, ())

    def at(self, place: Place, role: str) -> str:
        """Return the text at a place, a call with empty brackets."""
        node = self.node(place, role)
        return shorten(node) if node is not None else "this"

    def called(self, place: Place) -> str:
        """Return the text of the function that the call at a place calls."""
        node = self.node(place, CALL)
        return shorten(node.func) if isinstance(node, ast.Call) else "this"


def _below(top: ast.AST, place: Place) -> Iterator[ast.expr]:
    """Yield the expressions below a node that end where a place ends, the widest first."""
    end = place[2:]
    pending = [top]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.expr) and _end(node) == end:
            yield node
        pending.extend(child for child in _children(node, end) if _holds(child, place))


def _children(node: ast.AST, end: tuple[int, int]) -> Iterator[ast.AST]:
    """Yield a node's children, of long lists of them only the one that may reach over the end of a place."""
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield value
        elif isinstance(value, list):
            first = bisect.bisect_left(value, end, key=_end) if name in _IN_ORDER else 0
            last = first + 1 if name in _IN_ORDER else len(value)
            yield from (child for child in value[first:last] if isinstance(child, ast.AST))


def _end(node: ast.stmt | ast.expr | ast.arg) -> tuple[int, int]:
    """Return where a node ends, as it is compared with the end of a place."""
    return node.end_lineno or 0, node.end_col_offset or 0


def _holds(node: ast.AST, place: Place) -> bool:
    """Tell whether a node reaches over the end of a place; one without a place of its own may."""
    line = getattr(node, "lineno", None)
    if line is None:
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.decorator_list:
        line = node.decorator_list[0].lineno
    return bool(line <= place[2] <= node.end_lineno)  # type: ignore[attr-defined]
