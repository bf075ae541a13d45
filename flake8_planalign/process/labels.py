"""How the code at a place is written, short enough for a message: `repo.get()`, `Repo().get()`, `self.profile`."""

from __future__ import annotations

import ast
import functools

from flake8_planalign.python.callgraph import CALL, CALLBACK, Place
from flake8_planalign.source import Source

__all__ = ["Labels"]

_LONGEST = 60


class Labels:
    """The texts of the expressions of one file, by where they end; the tree is searched when the first is asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @functools.cached_property
    def _nodes(self) -> dict[tuple[int, int], list[ast.expr]]:
        nodes: dict[tuple[int, int], list[ast.expr]] = {}
        tree = self._source.tree
        if tree is not None:
            for node in ast.walk(tree):
                if isinstance(node, ast.Call | ast.Attribute | ast.Name | ast.expr):
                    nodes.setdefault((node.end_lineno or 0, node.end_col_offset or 0), []).append(node)
        return nodes

    def node(self, place: Place, role: str) -> ast.expr | None:
        """Return the expression at a place: the call for a call, else the widest one that ends there."""
        candidates = self._nodes.get(place[2:], [])
        if role in {CALL, CALLBACK}:
            candidates = [node for node in candidates if isinstance(node, ast.Call)]
        exact = [node for node in candidates if (node.lineno, node.col_offset) == place[:2]]
        return (exact or candidates or [None])[0]

    def at(self, place: Place, role: str) -> str:
        """Return the text at a place, a call with empty brackets."""
        node = self.node(place, role)
        return shorten(node) if node is not None else "this"


def shorten(node: ast.expr) -> str:
    """Return an expression with its arguments and literals left out."""
    text = _text(node, 0)
    return text if len(text) <= _LONGEST else "..." + text[-_LONGEST:]


def _text(node: ast.expr, depth: int) -> str:
    if depth > 20:
        return "..."
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            return f"{_text(value, depth + 1)}.{attribute}"
        case ast.Call(func=function):
            return f"{_text(function, depth + 1)}()"
        case ast.Subscript(value=value):
            return f"{_text(value, depth + 1)}[...]"
        case ast.Await(value=value):
            return f"(await {_text(value, depth + 1)})"
        case ast.Lambda():
            return "lambda"
        case ast.Constant(value=str()):
            return '"..."'
        case ast.Constant(value=value):
            return repr(value)
    return "(...)"
