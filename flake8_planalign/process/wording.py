"""How an expression is written, short enough for a message: `repo.get()`, `Repo().get()`, `self.profile`."""

from __future__ import annotations

import ast

__all__ = ["shorten"]

_LONGEST = 60


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
