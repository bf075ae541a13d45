"""The statements of a file that nest in each other, without a look at their expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from flake8_planalign.source import any_within

__all__ = ["Function", "Surroundings", "assignments", "expressions", "own_nodes", "statements"]

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Surroundings(msgspec.Struct, frozen=True):
    """What a statement lies in, within its function: the nearest loop, every `try` whose body it is in, every `with`.

    `branches` are the statements that decide whether it runs, each with the name of the branch; `is_aftermath` tells
    that it lies where an error is handled.
    """

    function: Function | None = None
    loop: ast.For | ast.AsyncFor | ast.While | None = None
    tries: tuple[ast.Try | ast.TryStar, ...] = ()
    withs: tuple[ast.With | ast.AsyncWith, ...] = ()
    branches: tuple[tuple[ast.AST, str], ...] = ()
    is_aftermath: bool = False
    owner: ast.ClassDef | None = None


_TOP: Final = Surroundings()
#: What stands in these runs when they are called, or in a scope of its own.
_RUN_LATER: Final = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef})


def statements(
    tree: ast.AST, inside: Surroundings = _TOP, lines: Sequence[int] | None = None
) -> Iterator[tuple[ast.stmt, Surroundings]]:
    """Yield every statement below a node with its surroundings, in no particular order.

    With `lines` (ascending) only the statements that hold one of them.
    """
    pending: list[tuple[ast.AST, Surroundings]] = [(tree, inside)]
    while pending:
        node, here = pending.pop()
        if isinstance(node, ast.stmt):
            if lines is not None and not any_within(lines, node.lineno, node.end_lineno or node.lineno):
                continue
            yield node, here
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                here = Surroundings(node, owner=here.owner if here.function is None else None)
            case ast.ClassDef():
                here = Surroundings(owner=node)
            case ast.For() | ast.AsyncFor() | ast.While():
                again = replace(here, loop=node, branches=(*here.branches, (node, "body")))
                pending.extend((child, here) for child in node.orelse)
                pending.extend((child, again) for child in node.body)
                continue
            case ast.If():
                for branch in ("body", "orelse"):
                    chosen = replace(here, branches=(*here.branches, (node, branch)))
                    pending.extend((child, chosen) for child in getattr(node, branch))
                continue
            case ast.With() | ast.AsyncWith():
                here = replace(here, withs=(*here.withs, node))
            case ast.match_case():
                here = replace(here, branches=(*here.branches, (node, "case")))
            case ast.Try() | ast.TryStar():
                guarded = replace(here, tries=(*here.tries, node))
                after = replace(here, is_aftermath=True, branches=(*here.branches, (node, "handler")))
                pending.extend((child, guarded) for child in node.body)
                pending.extend((child, here) for child in node.orelse)
                for handler in node.handlers:
                    pending.extend((child, after) for child in handler.body)
                pending.extend((child, replace(here, is_aftermath=True)) for child in node.finalbody)
                continue
        for field in ("body", "orelse", "cases"):
            pending.extend((child, here) for child in getattr(node, field, ()) if isinstance(child, ast.AST))


def own_nodes(*nodes: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below these that run with them: not the bodies of nested functions, lambdas and classes.

    How an expression is used (`ctx`) is no node of its own here.
    """
    pending: list[ast.AST] = list(reversed(nodes))
    while pending:
        node = pending.pop()
        yield node
        if type(node) not in _RUN_LATER:
            for field in reversed(node._fields):
                value = getattr(node, field, None)
                if type(value) is list:
                    pending.extend([part for part in reversed(value) if isinstance(part, ast.AST)])
                elif field != "ctx" and isinstance(value, ast.AST):
                    pending.append(value)


def expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield the expressions that a statement itself holds, not those of the statements in it."""
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.expr):
            yield child
        elif isinstance(child, ast.withitem):
            yield child.context_expr


def assignments(function: Function) -> dict[str, ast.expr | None]:
    """Return the names that a function assigns, each with its value if there is just one."""
    found: dict[str, ast.expr | None] = {}

    def note(target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            found[target.id] = value if target.id not in found else None
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                note(element, None)
        elif isinstance(target, ast.Starred):
            note(target.value, None)

    for node in own_nodes(*function.body):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    note(target, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                note(target, value)
            case ast.NamedExpr(target=target, value=value):
                note(target, value)
            case ast.AugAssign(target=target):
                note(target, None)
                note(target, None)
            case ast.For(target=target) | ast.AsyncFor(target=target) | ast.comprehension(target=target):
                note(target, None)
            case ast.withitem(optional_vars=ast.expr() as target):
                note(target, None)
    return found
