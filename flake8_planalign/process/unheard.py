"""Where an error that is swallowed is heard all the same, or where there is nobody to be told of it."""

from __future__ import annotations

import ast
import collections
import functools
import itertools
from typing import Final

from flake8_planalign.memos import of_the_run
from flake8_planalign.process.statements import Function, Surroundings, own_nodes

__all__ = ["is_of_logging", "is_only_told", "is_told_below", "only_logs", "only_shows", "tries_others"]

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
#: What gives a value of another kind, or raises.
_CONVERSIONS: Final = frozenset({"Decimal", "UUID", "bytes", "date", "datetime", "dict", "float", "int", "list", "str"})
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
    """Tell whether one way is tried after the other, and an error is raised where none succeeds.

    `for form in FORMS: try: return read(form) except Exception: continue`, and `raise ValueError(text)` behind it; or
    `try: return float(value.item()) except Exception: pass`, and `return float(value)` at the function's end.
    """
    loop, function = inside.loop, inside.function
    ends = (attempt.orelse or attempt.body)[-1]
    if isinstance(ends, ast.Return) and function is not None and _shows_in_the_end(function):
        return True
    if loop is None:
        return isinstance(ends, ast.Return) and function is not None and _goes_on_to_raise(attempt, ends, function)
    if not isinstance(loop, ast.For | ast.AsyncFor) or attempt not in loop.body:
        return False
    if isinstance(ends, ast.Break) and loop.orelse:
        return isinstance(loop.orelse[-1], ast.Raise)
    if not isinstance(ends, ast.Return) or function is None:
        return False
    behind = loop.orelse[0] if loop.orelse else _following(function).get(id(loop))
    return isinstance(behind, ast.Raise)


def _shows_in_the_end(function: Function) -> bool:
    """Tell whether a function shows what it was given, where no better way of showing it succeeds."""
    given = {each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    match function.body[-1]:
        case ast.Return(value=ast.Call(func=ast.Name(id="repr" | "str"), args=[ast.Name(id=name)])):
            return name in given
    return False


def _goes_on_to_raise(attempt: ast.Try | ast.TryStar, ends: ast.Return, function: Function) -> bool:
    """Tell whether a function raises in the end, or asks for the same in another way without a `try` around it.

    That is the same conversion, or another method of the same object, of which nothing is returned.
    """
    match function.body[-1], ends:
        case ast.Raise(), _:
            return True
        case ast.Return(value=ast.Call(func=ast.Name(id=last))), ast.Return(value=ast.Call(func=ast.Name(id=first))):
            return first == last and first in _CONVERSIONS
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=last)))), ast.Return(value=None):
            return any(
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Call)
                and isinstance(node.value.func, ast.Attribute)
                and isinstance(node.value.func.value, ast.Name)
                and node.value.func.value.id == last
                for node in attempt.body
            )
    return False


def is_told_below(attempt: ast.Try | ast.TryStar, handler: ast.ExceptHandler, function: Function | None) -> bool:
    """Tell whether the next statement asks for what a handler leaves empty, and tells somebody or raises.

    `except Exception: channel = None`, and below it `if channel is None: await reply("There is no such channel.")`.
    """
    following = _behind(attempt, function) if function is not None else None
    match [each for each in handler.body if not isinstance(each, ast.Pass)], following:
        case (
            [ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=None | False | "" | 0))],
            ast.If(test=test, body=body, orelse=orelse),
        ):
            told = body if _is_empty_for(test, name) else orelse if _is_filled_for(test, name) else []
            return any(isinstance(node, ast.Raise) or _says(node) for node in own_nodes(*told))
    return False


def _behind(attempt: ast.Try | ast.TryStar, function: Function) -> ast.stmt | None:
    """Return the statement that follows a `try`, also where the `try` is the last one of a branch."""
    node: ast.stmt | None = attempt
    following = _following(function)
    while node is not None and id(node) not in following:
        node = next(
            (
                each
                for each in own_nodes(*function.body)
                if isinstance(each, ast.If) and any(block and block[-1] is node for block in (each.body, each.orelse))
            ),
            None,
        )
    return following[id(node)] if node is not None else None


def _is_empty_for(test: ast.expr, name: str) -> bool:
    """Tell whether a test holds wherever a name is empty: `not name`, `name is None or ...`."""
    match test:
        case ast.BoolOp(op=ast.Or(), values=[first, *_]):
            return _is_empty_for(first, name)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _is_filled_for(operand, name)
        case ast.Compare(left=ast.Name(id=asked), ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return asked == name
    return False


def _is_filled_for(test: ast.expr, name: str) -> bool:
    """Tell whether a test never holds where a name is empty: `name`, `isinstance(name, Channel)`."""
    match test:
        case ast.Name(id=asked) | ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=asked), _]):
            return asked == name
        case ast.BoolOp(op=ast.And(), values=[first, *_]):
            return _is_filled_for(first, name)
        case ast.Compare(left=ast.Name(id=asked), ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return asked == name
    return False


def _says(node: ast.AST) -> bool:
    """Tell whether a statement calls something with a sentence, as what sends a message or logs a warning does."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="debug" | "info"))):
            return False
        case ast.Expr(value=ast.Call() as call) | ast.Expr(value=ast.Await(value=ast.Call() as call)):
            texts = [
                part.value
                for argument in (*call.args, *(keyword.value for keyword in call.keywords))
                for part in ast.walk(argument)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
            return any(" " in text.strip() for text in texts)
    return False


@of_the_run
@functools.lru_cache(maxsize=1)
def _following(function: Function) -> dict[int, ast.stmt]:
    """Return the statement behind each loop, `if` and `try` of a function, by its identity."""
    blocks = [getattr(node, field, None) for node in own_nodes(*function.body) for field in ("body", "orelse")]
    return {
        id(statement): following
        for block in (function.body, *blocks)
        if isinstance(block, list)
        for statement, following in itertools.pairwise(block)
        if isinstance(statement, ast.For | ast.AsyncFor | ast.If | ast.Try | ast.TryStar)
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
