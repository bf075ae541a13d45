"""Reads how handlers of pool exhaustion answer: whether the client learns that it should come back later."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from typing import Final

from flake8_planalign.process.analysis import Analysis
from flake8_planalign.process.coverage import caught_names
from flake8_planalign.process.handlers import caught_text, place_of
from flake8_planalign.process.statements import own_nodes
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["OverloadAnswer", "overload_answers"]

_EXHAUSTION: Final = frozenset({
    "asyncpg.TooManyConnectionsError", "asyncpg.exceptions.TooManyConnectionsError", "psycopg_pool.PoolTimeout",
    "psycopg_pool.TooManyRequests", "redis.exceptions.ConnectionError", "redis.exceptions.MaxConnectionsError",
    "sqlalchemy.exc.TimeoutError", "valkey.exceptions.ConnectionError", "valkey.exceptions.MaxConnectionsError",
})  # fmt: skip
_OVERLOAD: Final = re.compile(r"Overload|TooManyConnections|Exhaust")
_STATUS: Final = re.compile(r"(?:HTTP_)?(\d{3})(?:_\w+)?")
_RESPONSE: Final = re.compile(r"(?:HTTPException|Response|abort|json_response)$")


@dataclasses.dataclass(frozen=True, slots=True)
class OverloadAnswer:
    """A handler of pool exhaustion, and what is wrong with its answer."""

    position: Position
    caught: str
    answer: str


def overload_answers(source: Source, analysis: Analysis) -> Iterator[OverloadAnswer]:
    """Yield the handlers of a file that answer pool exhaustion with another status, or without `Retry-After`."""
    code = analysis.code_of(source)
    if code is None:
        return
    for statement, inside in code.statements:
        if not isinstance(statement, ast.Try) or inside.function is None or _is_probe(inside.function.name):
            continue
        for handler in statement.handlers:
            answer = _wrong_answer(handler) if handler.type is not None else None
            if answer is None:
                continue
            names = caught_names(code, handler.type, inside.function) or frozenset()
            own = any("#" in name and _is_overload(analysis, name) for name in names)
            if names & _EXHAUSTION or own:
                yield OverloadAnswer(place_of(source, handler), caught_text(handler), answer)


def _is_probe(name: str) -> bool:
    return re.search(r"health|ready|readiness|live|ping|startup", name) is not None


def _is_overload(analysis: Analysis, name: str) -> bool:
    path, _, index = name.partition("#")
    module = analysis.evaluator.modules.module(path)
    return module is not None and _OVERLOAD.search(module.classes[int(index)]["n"]) is not None


def _wrong_answer(handler: ast.ExceptHandler) -> str | None:
    """Return the status that a handler answers with, if it is none that says `later`, or says not when."""
    for node in own_nodes(*handler.body):
        if isinstance(node, ast.Call) and _RESPONSE.search(ast.unparse(node.func)):
            status = _status(node)
            if status is None:
                continue
            if status not in {"429", "503"}:
                return f"answers {status}" if status >= "500" else None
            if not re.search(r"retry.after", ast.unparse(node), re.IGNORECASE) and not _hands_headers(node):
                return f"answers {status} without `Retry-After`"
    return None


def _hands_headers(call: ast.Call) -> bool:
    return any(
        keyword.arg is None or (keyword.arg == "headers" and not isinstance(keyword.value, ast.Dict))
        for keyword in call.keywords
    )


def _status(call: ast.Call) -> str | None:
    given = [keyword.value for keyword in call.keywords if keyword.arg in {"status", "status_code"}]
    for node in (*given, *call.args):
        match node:
            case ast.Constant(value=int(status)) if 100 <= status <= 599 and not isinstance(status, bool):
                return str(status)
            case ast.Attribute(attr=name):
                match = _STATUS.fullmatch(name)
                if match:
                    return match[1]
    return None
