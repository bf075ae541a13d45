"""Reads computations that are cached, and where they do not ask first, compute on a miss, and keep the result."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, Code, place_of_call
from flake8_planalign.process.caches import READS, Access, accesses
from flake8_planalign.process.dependence import Dependence, dependents
from flake8_planalign.process.statements import Function, own_nodes
from flake8_planalign.rule import Confidence, Position
from flake8_planalign.source import Source

__all__ = ["BrokenLookAside", "broken_look_asides"]

_WRITES: Final = frozenset({"psetex", "set", "setex"})
_INFERENCE: Final = frozenset({"infer", "inference", "predict", "predict_one", "predict_proba", "predict_batch"})
#: Functions that fail when they are given None.
_NEEDS_VALUE: Final = frozenset({"float", "int", "loads", "model_validate_json", "unpackb", "validate_json"})
#: What is not kept to be computed once, but to be told to somebody: states, marks, locks.
_MARKS: Final = lazy(
    r"lock|mutex|heartbeat|alive|status|state|last_|seen|flag|nonce|token|otp|code|verif|progress|lease|cancel|queue",
    re.IGNORECASE,
)
_SHORTEST_KEY: Final = 4


class BrokenLookAside(msgspec.Struct, frozen=True):
    """A cached computation that does not ask first, compute on a miss, and keep the result; `remedy` in words."""

    position: Position
    key: str
    fault: str
    remedy: str
    confidence: Confidence


def broken_look_asides(
    source: Source, code: Code, function: Function, found: list[Access]
) -> Iterator[BrokenLookAside]:
    """Yield what is wrong with how a function caches what it computes."""
    for access in found:
        if access.method in _WRITES and isinstance(access.value, ast.expr):
            fault = _too_late(function, access, found) or _never_asked(code, function, access, found)
        elif access.method == "get" and access.is_typed and not access.is_pipelined:
            fault = _unanswered(code, function, access)
        else:
            continue
        if fault is not None:
            text, remedy, is_sure = fault
            sure = Confidence.CERTAIN if is_sure and access.is_typed else Confidence.PROBABLE
            yield BrokenLookAside(source.region(*place_of_call(access.node)), str(access.key), text, remedy, sure)


_Fault = tuple[str, str, bool]


def _too_late(function: Function, write: Access, found: list[Access]) -> _Fault | None:
    """Say that a value is computed before the cache is asked for it."""
    reads = [r for r in found if r.method == "get" and r.key == write.key and r.order < write.order]
    computed = _computed_at(function, write.value) if reads and write.value is not None else None
    if computed is None:
        return None
    first = reads[0]
    if (computed.end_lineno or 0, computed.end_col_offset or 0) >= (first.node.lineno, first.node.col_offset):
        return None
    how = dependents(function, first.node, [write.node]).get(write.node, Dependence.NONE)
    if first.inside.branches or Dependence.PRESENCE not in how:
        return None
    return (
        "is computed before the cache is asked, so the cache saves nothing",
        "ask first, and compute on a miss",
        True,
    )


def _never_asked(code: Code, function: Function, write: Access, found: list[Access]) -> _Fault | None:
    """Say that a value is computed, kept for a time and returned, under a key that nobody in the project asks for."""
    literal = max((part for part in write.key.parts if isinstance(part, str)), key=len, default="")
    if write.expires is not True or write.wrapper or write.is_conditional or len(literal) < _SHORTEST_KEY:
        return None
    if not write.key.gaps or _MARKS.search(write.key.words) or any(other.method in READS for other in found):
        return None
    computed = _computed_at(function, write.value) if write.value is not None else None
    if computed is None or not _is_returned(function, computed) or _times_written(code.analysis, literal) != 1:
        return None
    if ast.get_source_segment(code.text, write.key_node) is None or literal not in ast.unparse(function):
        return None
    return (
        "is computed and kept on every call, and nothing in the project reads it",
        "ask the cache first, and compute on a miss",
        False,
    )


def _is_returned(function: Function, computed: ast.Assign) -> bool:
    """Tell whether a function returns what it computed."""
    names = {target.id for target in computed.targets if isinstance(target, ast.Name)}
    return any(
        isinstance(node, ast.Return)
        and node.value is not None
        and any(isinstance(part, ast.Name) and part.id in names for part in own_nodes(node.value))
        for node in own_nodes(*function.body)
    )


def _times_written(analysis: Analysis, literal: str) -> int:
    """Return how often the project's files, but for tests, write a text."""
    return sum(text.count(literal) for _, text in analysis.tables.texts())


def _unanswered(code: Code, function: Function, read: Access) -> _Fault | None:
    """Say that what is read is used as if it were always there, though the same file lets it expire."""
    if read.inside.tries or read.wrapper or not _needs_value(function, read.node):
        return None
    for number in range(1, len(code.module.functions)):
        for other in accesses(code, number):
            if other.method in _WRITES and other.expires is True and other.key.literal == read.key.literal:
                own = code.node(number) is function
                if not own and read.key.literal.strip("{}:"):
                    return (
                        "is read as if it never expired: on a miss there is None, and nothing computes it anew",
                        "compute and set it on a miss",
                        False,
                    )
    return None


def _needs_value(function: Function, read: ast.Call) -> bool:
    """Tell whether a function hands what it read to what fails without a value, and never asks whether there is one."""
    nodes = list(own_nodes(*function.body))
    names = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _is_value(node.value, read)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def is_read(node: ast.expr) -> bool:
        return _is_value(node, read) or (isinstance(node, ast.Name) and node.id in names)

    needed = False
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="decode")) if is_read(value):
                needed = True
            case ast.Call(args=[argument, *_]) if _called(node) in _NEEDS_VALUE and is_read(argument):
                needed = True
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
                if any(isinstance(part, ast.expr) and is_read(part) for part in own_nodes(test)):
                    return False
            case ast.BoolOp() | ast.Match() | ast.comprehension():
                if any(isinstance(part, ast.expr) and is_read(part) for part in own_nodes(node)):
                    return False
    return needed


def _is_value(node: ast.expr, read: ast.Call) -> bool:
    return node is read or (isinstance(node, ast.Await) and node.value is read)


def _computed_at(function: Function, value: ast.expr) -> ast.Assign | None:
    """Return the one statement that computes, by an awaited call or by inference, what a name of a value holds."""
    names = {part.id for part in own_nodes(value) if isinstance(part, ast.Name)}
    assigned: dict[str, list[ast.Assign]] = {}
    for node in own_nodes(*function.body):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id in names:
                    assigned.setdefault(target.id, []).append(node)
    for statements in assigned.values():
        if len(statements) == 1:
            (statement,) = statements
            inner = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
            if isinstance(inner, ast.Call) and (
                isinstance(statement.value, ast.Await) or _called(inner) in _INFERENCE or "comput" in _called(inner)
            ):
                return statement
    return None


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
