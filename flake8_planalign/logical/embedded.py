"""SQL in the strings of a Python module."""

from __future__ import annotations

import ast
import collections
import re
from collections.abc import Iterator

from flake8_planalign.formats.sql import read_requests
from flake8_planalign.formats.sql.lexer import HOLE
from flake8_planalign.formats.sql.syntax import Statement
from flake8_planalign.logical.code import Module
from flake8_planalign.logical.literals import Text, joined
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
#: How deep strings may be joined, and how many parts may be put on one.
_DEPTH = 50
_PARTS = 20
_CLAUSE = lazy(r"\s*(where|having|group|order|limit|offset|union|returning)\b", re.IGNORECASE)
#: Names under which a text is told to somebody, and what tells it.
_TOLD = lazy(
    r"(?:^|_)(?:advice|description|example|examples|explanation|fix|help|hint|label|message|msg|note|reason"
    r"|recommendation|remediation|remedy|suggestion|title|tooltip|usage)$",
    re.IGNORECASE,
)
_TELLING = frozenset({"print", "critical", "debug", "error", "exception", "info", "log", "warn", "warning"})


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def statements(module: Module) -> Iterator[tuple[Statement, _Function | None]]:
    """Yield the statements of the strings that are SQL, each with the function that it stands in."""
    for node, function in _strings(module.tree, lines_of(SQL_BEGINS, module.text)):
        text = _text(module, node)
        if text is None:
            continue
        if function is not None:
            text = _with(text, [_text(module, part) or _gap(module, part) for part in _put_on(module, function, node)])
        if len(text.value) < _LIMIT and _looks_like_sql(text.value):
            for statement in read_requests(text.value, text.places):
                yield statement, function


def _with(text: Text, parts: list[Text]) -> Text:
    """Return a text with what is put on it; of parts that begin with the same clause, as in two branches, the first."""
    for part in parts:
        clause = _CLAUSE.match(part.value)
        if clause is None or re.search(rf"\b{clause[1]}\b", text.value, re.IGNORECASE) is None:
            text = joined([text, part])
    return text


def _text(module: Module, node: ast.expr, depth: int = 0) -> Text | None:
    """Return the string that an expression gives, with gaps for what is put between strings with `+`."""
    found = module.string(node)
    if found is not None or depth > _DEPTH or not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)):
        return found
    left = _text(module, node.left, depth + 1)
    if left is None:
        return None
    return joined([left, _text(module, node.right, depth + 1) or _gap(module, node.right)])


def _gap(module: Module, node: ast.expr) -> Text:
    """Return a hole as wide as an expression, for the string that it gives."""
    start, end = module.span(node)
    return Text(HOLE * (end - start), range(start, end + 1))


def _put_on(module: Module, function: _Function, node: ast.expr) -> list[ast.expr]:
    """Return what `text += ...` puts on a string that a name of the function is assigned, and nothing else is."""
    parts = module.once(f"put on in {function.lineno}", lambda: _additions(function))
    return parts.get(id(node), [])


def _additions(function: _Function) -> dict[int, list[ast.expr]]:
    """Return what is put on the strings of a function, by the identity of the string."""
    given: dict[str, list[ast.expr]] = {}
    added: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                given.setdefault(name, []).append(value)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                added.setdefault(name, []).append(value)
    named = collections.Counter(
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    return {
        id(given[name][0]): sorted(parts, key=lambda part: (part.lineno, part.col_offset))
        for name, parts in added.items()
        if name in given and named[name] == len(parts) + 1 and len(parts) <= _PARTS
    }


def _looks_like_sql(text: str) -> bool:
    return text.lstrip()[:8].lower().startswith(_FIRST_WORDS) and _SQL.match(text) is not None


def _strings(tree: ast.Module, lines: list[int]) -> Iterator[tuple[ast.expr, _Function | None]]:
    """Yield the strings of the statements that hold one of the lines, in the order of the code.

    Joined strings are yielded as a whole, docstrings and what is only told to somebody not at all.
    """
    pending: list[tuple[ast.AST, _Function | None]] = [(tree, None)]
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
