"""What the tree alone says of a piece of syntax: its last name, its dotted text, whether it is plain data."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_planalign.python.facts import Expression

__all__ = [
    "ARITHMETIC",
    "MAX_STRING",
    "asks_loop",
    "attribute_place",
    "chain_text",
    "is_docstring",
    "is_empty",
    "is_plain",
    "is_type_checking",
    "is_written_out",
    "last_name",
    "lines_before",
    "union",
]

MAX_STRING = 120
#: `+` is left out: it also joins texts and lists.
ARITHMETIC = frozenset(
    {ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift, ast.BitXor, ast.MatMult}
)
_PLAIN_NODES = (
    ast.Compare, ast.Constant, ast.Dict, ast.DictComp, ast.JoinedStr, ast.List, ast.ListComp, ast.Set, ast.SetComp,
    ast.Tuple,
)  # fmt: skip

#: Expressions of which a part may not be evaluated.
_NOT_ALWAYS = (ast.BoolOp, ast.DictComp, ast.GeneratorExp, ast.IfExp, ast.Lambda, ast.ListComp, ast.SetComp)


def last_name(node: ast.expr) -> str:
    """Return the last name of what is called or named: `get` for `client.get()`."""
    if isinstance(node, ast.Call):
        node = node.func
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def attribute_place(node: ast.Attribute) -> list[int]:
    """Return line, column, end line and end column of the read; of the attribute's own name if it spans lines."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    if end_line != node.lineno:
        return [end_line, max(0, end_column - len(node.attr.encode())), end_line, end_column]
    return [node.lineno, node.col_offset, end_line, end_column]


def union(values: list[Expression]) -> Expression:
    """Return the expression that is one of several."""
    known = [value for value in values if value is not None]
    if len(known) <= 1:
        return known[0] if known else None
    return ["u", *known]


def chain_text(node: ast.expr) -> str | None:
    """Return a dotted chain of names as text."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    names.append(node.id)
    return ".".join(reversed(names))


def is_plain(node: ast.expr) -> bool:
    """Tell whether an expression is a literal, a display or a comparison, which nobody can call."""
    if isinstance(node, ast.IfExp):
        return is_plain(node.body) and is_plain(node.orelse)
    return isinstance(node, _PLAIN_NODES)


def is_type_checking(test: ast.expr) -> bool:
    """Tell whether a test is `TYPE_CHECKING`."""
    return isinstance(test, ast.Name | ast.Attribute) and last_name(test) == "TYPE_CHECKING"


def is_empty(node: ast.expr | None) -> bool:
    """Tell whether an expression is a new empty container: `{}`, `[]`, `dict()`, `set()`."""
    match node:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case ast.Call(func=ast.Name(id="dict" | "list" | "set"), args=[], keywords=[]):
            return True
    return False


def is_written_out(node: ast.expr) -> bool:
    """Tell whether a table or list is written out in the source, with nothing in it but constants and texts."""
    pending: list[ast.expr | None] = [node]
    for part in pending:
        match part:
            case ast.Dict(keys=keys, values=values):
                pending += keys
                pending += values
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                pending += elements
            case ast.Constant() | ast.JoinedStr():
                pass
            case _:
                return False
    return True


def lines_before(tree: ast.Module, line: int) -> set[int]:
    """Return the lines of the statements that have run, within its function, whenever the one at `line` runs."""
    lines: set[int] = set()
    body: list[ast.stmt] = tree.body
    while body:
        holder = next((part for part in body if part.lineno <= line <= (part.end_lineno or 0)), None)
        if holder is None:
            break
        for statement in body[: body.index(holder)]:
            lines.update(_straight(statement))
        if isinstance(holder, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            lines.clear()
        elif isinstance(holder, ast.With | ast.AsyncWith):
            lines.update(item.context_expr.lineno for item in holder.items if item.context_expr.lineno < line)
        inner = [getattr(holder, name, []) for name in ("body", "orelse", "finalbody")]
        inner += [part.body for name in ("handlers", "cases") for part in getattr(holder, name, [])]
        body = next((part for part in inner if part and part[0].lineno <= line <= (part[-1].end_lineno or 0)), [])
    return lines


def _straight(statement: ast.stmt) -> Iterator[int]:
    """Yield the lines of what a statement always runs."""
    if isinstance(statement, ast.With | ast.AsyncWith):
        yield from (item.context_expr.lineno for item in statement.items)
        for inner in statement.body:
            yield from _straight(inner)
    elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr) and not any(
        isinstance(part, _NOT_ALWAYS) for part in ast.walk(statement)
    ):
        yield from range(statement.lineno, (statement.end_lineno or 0) + 1)


def is_docstring(statement: ast.stmt) -> bool:
    """Tell whether a statement is a constant that stands alone."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def asks_loop(statements: list[ast.stmt]) -> bool:
    """Tell whether a `try` begins by asking for the running loop, so that its handlers are dead where one runs."""
    match statements[0] if statements else None:
        case (
            ast.Expr(value=ast.Call(func=function))
            | ast.Assign(value=ast.Call(func=function))
            | ast.Return(value=ast.Call(func=function))
        ):
            return last_name(function) == "get_running_loop"
    return False
