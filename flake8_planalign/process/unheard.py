"""Where an error that is swallowed is heard all the same, or where there is nobody to be told of it."""

from __future__ import annotations

import ast
import collections
import functools
import itertools
from typing import Final

from flake8_planalign.memos import of_the_run
from flake8_planalign.process.statements import Function, Surroundings, own_nodes

__all__ = ["is_of_logging", "is_only_told", "only_logs", "only_shows", "tries_others"]

#: What the logging library calls while it tells of something; what fails there cannot be told by it.
_HANDLERS: Final = frozenset({
    "BaseRotatingHandler", "BufferingHandler", "FileHandler", "Filter", "Formatter", "Handler", "HTTPHandler",
    "MemoryHandler", "QueueHandler", "RotatingFileHandler", "SMTPHandler", "SocketHandler", "StreamHandler",
    "SysLogHandler", "TimedRotatingFileHandler", "WatchedFileHandler",
})  # fmt: skip
#: What shows a value to people, in logs and tracebacks, where one must not have to reckon with an error.
_SHOWING: Final = frozenset({"__repr__", "__rich_repr__", "__str__"})
#: What asks what a value is, and fails for none.
_QUESTIONS: Final = frozenset({"callable", "hasattr", "isinstance", "issubclass"})
_LEVELS: Final = frozenset({"critical", "debug", "error", "exception", "fatal", "info", "log", "warn", "warning"})


def is_of_logging(inside: Surroundings, text: str) -> bool:
    """Tell whether a statement lies in a class that derives from a handler, formatter or filter of `logging`."""
    if inside.owner is None or "logging" not in text:
        return False
    for base in inside.owner.bases:
        match base:
            case ast.Attribute(value=ast.Name(id="logging" | "handlers"), attr=name):
                pass
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="logging"), attr="handlers"), attr=name):
                pass
            case ast.Name(id=name):
                pass
            case _:
                continue
        if name in _HANDLERS:
            return True
    return False


def tries_others(attempt: ast.Try | ast.TryStar, inside: Surroundings) -> bool:
    """Tell whether a loop tries one way after the other, and an error is raised where none succeeds.

    `for form in FORMS: try: return read(form) except Exception: continue`, and `raise ValueError(text)` behind it.
    """
    loop, function = inside.loop, inside.function
    if loop is None or not isinstance(loop, ast.For | ast.AsyncFor) or attempt not in loop.body:
        return False
    ends = (attempt.orelse or attempt.body)[-1]
    if isinstance(ends, ast.Break) and loop.orelse:
        return isinstance(loop.orelse[-1], ast.Raise)
    if not isinstance(ends, ast.Return) or function is None:
        return False
    behind = loop.orelse[0] if loop.orelse else _following(function).get(id(loop))
    return isinstance(behind, ast.Raise)


@of_the_run
@functools.lru_cache(maxsize=1)
def _following(function: Function) -> dict[int, ast.stmt]:
    """Return the statement behind each loop of a function, by the loop's identity."""
    blocks = [getattr(node, field, None) for node in own_nodes(*function.body) for field in ("body", "orelse")]
    return {
        id(statement): following
        for block in (function.body, *blocks)
        if isinstance(block, list)
        for statement, following in itertools.pairwise(block)
        if isinstance(statement, ast.For | ast.AsyncFor)
    }


def is_only_told(fallback: ast.stmt, function: Function | None) -> bool:
    """Tell whether what takes the place of a value goes nowhere but into a log or into the text of an error."""
    match fallback:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return function is not None and name in _told_names(function)
    return False


def only_shows(function: Function | None) -> bool:
    """Tell whether a function does nothing but show a value to people."""
    return function is not None and function.name in _SHOWING


def only_logs(body: list[ast.stmt], function: Function | None) -> bool:
    """Tell whether a `try` does nothing but log, and make what is logged, or log where a value is of some kind."""
    match body:
        case [ast.If(test=ast.Call(func=ast.Name(id=question)), body=within, orelse=[])] if question in _QUESTIONS:
            return only_logs(within, function)
    logs = [isinstance(each, ast.Expr) and _tells(each.value) for each in body]
    return any(logs) and all(log or is_only_told(each, function) for log, each in zip(logs, body, strict=True))


@of_the_run
@functools.lru_cache(maxsize=1)
def _told_names(function: Function) -> frozenset[str]:
    """Return the names that a function reads only to log them or to raise an error with them."""
    read: collections.Counter[str] = collections.Counter()
    told: collections.Counter[str] = collections.Counter()
    pending: list[tuple[ast.AST, bool]] = [(function, False)]
    for node, is_told in pending:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read[node.id] += 1
            told[node.id] += is_told
        tells = is_told or _tells(node)
        pending.extend((child, tells) for child in ast.iter_child_nodes(node))
    return frozenset(name for name, count in read.items() if told[name] == count)


def _tells(node: ast.AST) -> bool:
    match node:
        case ast.Raise():
            return True
        case ast.Call(func=ast.Attribute(value=receiver, attr=level)) if level in _LEVELS:
            return "log" in ast.unparse(receiver).lower()
    return False
