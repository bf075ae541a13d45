"""SQL in the strings of a Python module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from flake8_planalign.formats.sql import read_requests
from flake8_planalign.formats.sql.syntax import Statement
from flake8_planalign.logical.code import Module
from flake8_planalign.logical.words import SQL_BEGINS
from flake8_planalign.patterns import lazy
from flake8_planalign.source import any_within, lines_of

__all__ = ["statements"]

_SQL = lazy(  # possessive: what is no SQL must not be tried in every way to divide its blanks and comments
    r"\s*+(?:(?:--[^\n]*\n|/\*(?>.*?\*/))\s*+)*+\(?\s*+(?:select\b.*\bfrom\b|insert\s+into\b|update\b.*\bset\b|delete\s+from\b"
    r"|with\b.*\bas\s*(?:not\s+)?(?:materialized\s*)?\(|truncate\b|merge\s+into\b|create\b.*\b(?:view|function|policy)\b)",
    re.IGNORECASE | re.DOTALL,
)
_FIRST_WORDS = ("select", "insert", "update", "delete", "with", "truncate", "merge", "create", "--", "/*", "(")
_LIMIT = 200_000
#: Names under which a text is told to somebody, and what tells it.
_TOLD = lazy(
    r"(?:^|_)(?:advice|description|example|examples|explanation|fix|help|hint|label|message|msg|note|reason"
    r"|recommendation|remediation|remedy|suggestion|title|tooltip|usage)$",
    re.IGNORECASE,
)
_TELLING = frozenset({"print", "critical", "debug", "error", "exception", "info", "log", "warn", "warning"})


def statements(module: Module) -> Iterator[tuple[Statement, ast.FunctionDef | ast.AsyncFunctionDef | None]]:
    """Yield the statements of the strings that are SQL, each with the function that it stands in."""
    for node, function in _strings(module.tree, lines_of(SQL_BEGINS, module.text)):
        text = module.string(node)
        if text is not None and len(text.value) < _LIMIT and _looks_like_sql(text.value):
            for statement in read_requests(text.value, text.places):
                yield statement, function


def _looks_like_sql(text: str) -> bool:
    return text.lstrip()[:8].lower().startswith(_FIRST_WORDS) and _SQL.match(text) is not None


_Function = ast.FunctionDef | ast.AsyncFunctionDef | None


def _strings(tree: ast.Module, lines: list[int]) -> Iterator[tuple[ast.expr, _Function]]:
    """Yield the strings of the statements that hold one of the lines, in the order of the code.

    Joined strings are yielded as a whole, docstrings and what is only told to somebody not at all.
    """
    pending: list[tuple[ast.AST, _Function]] = [(tree, None)]
    while pending:
        node, function = pending.pop()
        if isinstance(node, ast.stmt):
            first = min((item.lineno for item in getattr(node, "decorator_list", ())), default=node.lineno)
            if not any_within(lines, first, node.end_lineno or first):
                continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node
        match node:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.keyword(arg=str() as name, value=text) if _TOLD.search(name) and _is_text(text):
                continue
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _TELLING:
                pending += ((child, function) for child in reversed([node.func, *node.args]) if not _is_text(child))
                continue
            case ast.Raise(exc=ast.Call(args=texts)):
                pending += ((child, function) for child in reversed(texts) if not _is_text(child))
                continue
            case ast.Dict(keys=keys, values=values):
                parts = list(zip(keys, values, strict=True))
                pending += ((text, function) for key, text in reversed(parts) if not (_is_told(key) and _is_text(text)))
                continue
            case ast.Constant(value=str()) | ast.JoinedStr():
                yield node, function
                continue
            case ast.BinOp(op=ast.Add()) if _begins_with_string(node):
                yield node, function
                continue
        pending += ((child, function) for child in reversed(list(ast.iter_child_nodes(node))))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) and _begins_with_string(node)


def _is_told(key: ast.expr | None) -> bool:
    """Tell whether the key of a dictionary names what is told to somebody, and not run."""
    return isinstance(key, ast.Constant) and isinstance(key.value, str) and _TOLD.search(key.value) is not None


def _begins_with_string(node: ast.expr) -> bool:
    while isinstance(node, ast.BinOp):
        node = node.left
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
