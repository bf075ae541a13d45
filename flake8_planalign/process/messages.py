"""Reads what code says to people: logs and errors that leave out what happened, and output by `print`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.handlers import has_reason
from flake8_planalign.process.statements import expressions, own_nodes, statements
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["LostContext", "Print", "lost_contexts", "prints"]

_LOGGER: Final = lazy(r"(?:^|[._])(?:log|logger|logging|LOG|LOGGER)$")
_LEVELS: Final = frozenset({"critical", "error", "fatal", "warn", "warning"})
_TELLS: Final = lazy(r"traceback|exc_info|capture_exception|exception$")
#: Errors whose name is all that there is to tell.
_SAYS_ALL: Final = lazy(
    r"\(?(?:(?:\w+\.)*(?:CancelledError|Empty|EOFError|Full|KeyboardInterrupt|StopIteration|TimeoutError)"
    r"(?:, |,?\)|$))+"
)
_SCRIPT: Final = lazy(
    r"(?:^|/)(?:scripts?|tools|bin|cli|examples?|benchmarks?|docs|_?migrations?|alembic)/|(?:^|/)(?:\w*cli|__main__|manage|setup)\.py$"
)
#: What runs as a program, or talks with a person.
_RUNS: Final = lazy(r"^if __name__ == |\binput\(", re.MULTILINE)


class LostContext(msgspec.Struct, frozen=True):
    """A log or an error in a handler that says that something failed and not what."""

    position: Position
    call: str
    remedy: str


class Print(msgspec.Struct, frozen=True):
    """A call of `print` outside of scripts."""

    position: Position


def lost_contexts(source: Source) -> Iterator[LostContext]:
    """Yield the logs and errors of a file's handlers that leave the error out."""
    for statement, _inside in statements(source.tree) if source.tree is not None else ():
        if isinstance(statement, ast.Try | ast.TryStar):
            for handler in statement.handlers:
                if not has_reason(source, handler):
                    yield from _lost(source, handler)


def _lost(source: Source, handler: ast.ExceptHandler) -> Iterator[LostContext]:
    nodes = list(own_nodes(*handler.body))
    if handler.type is not None and _SAYS_ALL.fullmatch(ast.unparse(handler.type)):
        return
    if any(isinstance(node, ast.Name) and node.id == handler.name for node in nodes):
        return
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    if any(_TELLS.search(ast.unparse(call.func)) for call in calls):
        return
    if any(isinstance(node, ast.Raise) and (node.exc is None or node.cause is not None) for node in nodes):
        return
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=receiver, attr=level)) if level in _LEVELS:
                if _LOGGER.search(ast.unparse(receiver)) and _is_constant(node):
                    yield LostContext(source.position(node), f"{ast.unparse(node.func)}()", "pass `exc_info=True`")
            case ast.Raise(exc=ast.Call() as made) if _is_constant(made):
                yield LostContext(source.position(node), f"raise {ast.unparse(made.func)}", "add `from` the error")


def _is_constant(call: ast.Call) -> bool:
    """Tell whether a call is given one constant text and nothing else."""
    return len(call.args) == 1 and not call.keywords and isinstance(call.args[0], ast.Constant)


def prints(source: Source, path: str) -> Iterator[Print]:
    """Yield the calls of `print` of a file that is no script; `path` is relative to the project."""
    if source.tree is None or _SCRIPT.search(path) or _RUNS.search(source.text):
        return
    for statement, inside in statements(source.tree):
        for node in own_nodes(*expressions(statement)) if inside.function is not None else ():
            match node:
                case ast.Call(func=ast.Name(id="print"), keywords=keywords):
                    if any(keyword.arg == "file" for keyword in keywords):
                        continue
                    if "T201" not in source.lines[node.lineno - 1]:
                        yield Print(source.position(node))
