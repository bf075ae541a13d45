"""How the code at a place is written, short enough for a message: `repo.get()`, `Repo().get()`, `self.profile`."""

from __future__ import annotations

import ast

from flake8_planalign.process.wording import shorten
from flake8_planalign.python.steps import CALL, CALLBACK, Place
from flake8_planalign.source import Source

__all__ = ["Labels"]


class Labels:
    """The texts of the expressions of one file, by where they stand."""

    def __init__(self, source: Source) -> None:
        self._tree = source.tree

    def node(self, place: Place, role: str) -> ast.expr | None:
        """Return the expression at a place: the call for a call, else the widest one that ends there."""
        end = place[2:]
        wanted = ast.Call if role in {CALL, CALLBACK} else ast.expr
        found: ast.expr | None = None
        pending: list[ast.AST] = [self._tree] if self._tree is not None else []
        while pending:
            node = pending.pop()
            if isinstance(node, wanted) and (node.end_lineno, node.end_col_offset) == end:
                if (node.lineno, node.col_offset) == place[:2]:
                    return node
                found = found or node
            pending.extend(child for child in ast.iter_child_nodes(node) if _holds(child, place))
        return found

    def at(self, place: Place, role: str) -> str:
        """Return the text at a place, a call with empty brackets."""
        node = self.node(place, role)
        return shorten(node) if node is not None else "this"

    def called(self, place: Place) -> str:
        """Return the text of the function that the call at a place calls."""
        node = self.node(place, CALL)
        return shorten(node.func) if isinstance(node, ast.Call) else "this"


def _holds(node: ast.AST, place: Place) -> bool:
    """Tell whether a node reaches over the end of a place; one without a place of its own may."""
    line = getattr(node, "lineno", None)
    if line is None:
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.decorator_list:
        line = node.decorator_list[0].lineno
    return bool(line <= place[2] <= node.end_lineno)  # type: ignore[attr-defined]
