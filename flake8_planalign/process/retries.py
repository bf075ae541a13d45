"""Reads loops that try again after an error: whether they wait longer each time, and whether they ever give up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, TypeGuard

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, Code, dotted_names
from flake8_planalign.process.coverage import caught_names
from flake8_planalign.process.handlers import place_of
from flake8_planalign.process.statements import Function, Surroundings, own_nodes
from flake8_planalign.process.wording import shorten
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["Retry", "retries"]

_Loop = ast.For | ast.AsyncFor | ast.While
#: Import roots of libraries whose calls leave the process.
_REMOTE: Final = frozenset({
    "aio_pika", "aiobotocore", "aioboto3", "aiohttp", "aiokafka", "aiomysql", "aiopg", "aioredis", "aiormq",
    "aiosmtplib", "anthropic", "asyncmy", "asyncpg", "boto3", "botocore", "cassandra", "confluent_kafka",
    "elasticsearch", "ftplib", "grpc", "http", "httpx", "imaplib", "kafka", "ldap3", "minio", "motor", "MySQLdb",
    "nats", "neo4j", "openai", "opensearchpy", "paramiko", "pika", "psycopg", "psycopg2", "psycopg_pool", "pymongo",
    "pymysql", "redis", "requests", "slack_sdk", "smtplib", "snowflake", "socket", "sqlalchemy", "stripe", "twilio",
    "urllib", "urllib3", "valkey", "websocket", "websockets",
})  # fmt: skip
_OBJECTS_ONLY: Final = lazy(
    r"^urllib\.parse\.|(?:exc|exceptions|errors?|text|select|Column|quote|urlencode|urlparse|Timeout|generate_presigned_(?:url|post))\b"
    r"|\bResponse\.\w+$|^socket\.socket\.(?:bind|close|fileno|getsockname|listen|set\w+)$"
)
_CLOCK: Final = lazy(r"(?:^|\.)(?:monotonic|now|perf_counter|time|utcnow)$")
#: Decorators of libraries that try again and wait longer each time.
_RETRIED: Final = lazy(r"\b(?:backoff|stamina|tenacity)\b|\bretry(?:ing)?\b")
#: Names of functions that make another target the next one.
_TURN: Final = lazy(r"(?:^|_)(?:failover|fall_?back|next|rotate|switch)(?:_|$)")
#: What takes another one of several things each time.
_DRAW: Final = lazy(r"(?:^|\.)(?:choice|next|pop|popitem|popleft|sample)$")
_COUNTS: Final = lazy(r"^_*(?:i|n)?$|attempt|retr|tr(?:y|ies)")
_TRANSIENT: Final = frozenset({
    "asyncio.TimeoutError", "asyncio.exceptions.TimeoutError", "builtins.BaseException", "builtins.ConnectionError",
    "builtins.ConnectionRefusedError", "builtins.ConnectionResetError", "builtins.Exception", "builtins.IOError",
    "builtins.OSError", "builtins.TimeoutError",
})  # fmt: skip
#: Errors that say no, and will say no again; or that somebody else was faster, where one tries again at once.
_REFUSAL: Final = lazy(
    r"Unprocessable|BadRequest|NotFound|Conflict|Exists|Validation|Authentication|Permission|Watch|NoScript|Duplicate"
    r"|Integrity|Invalid|JSON|Missing|Decod|StaleData|Serialization|Response"
)
#: What asks a person at the terminal for what is tried.
_DIALOGUE: Final = lazy(r"(?:^|\.)(?:ask|confirm|getpass|input|prompt)$")
_MAX_DEPTH: Final = 3


class Retry(msgspec.Struct, frozen=True):
    """A handler that lets a loop try a call again: without a growing pause, or without an end."""

    position: Position
    call: str
    fault: str


def retries(source: Source, analysis: Analysis) -> Iterator[Retry]:
    """Yield the handlers of a file that retry as they should not."""
    code = analysis.code_of(source)
    if code is None:
        return
    for statement, inside in code.statements:
        if isinstance(statement, ast.Try) and inside.loop is None:
            yield from _recursions(source, code, statement, inside)
        if not isinstance(statement, ast.Try) or inside.loop is None or not _succeeds(inside.loop, statement):
            continue
        loop = inside.loop
        if _is_failover(loop, statement) or _is_library_retry(loop) or _waits_by_itself(code, statement):
            continue
        for handler in statement.handlers:
            if _ends(handler.body) or not _is_transient(code, handler, inside) or _repairs(loop, statement, handler):
                continue
            if _has_waited(code, statement, handler, inside):
                continue
            fault = _fault(code, loop, statement, handler)
            remote = _remote_call(code, statement.body, 0) if fault is not None else None
            if fault is not None and remote is not None:
                yield Retry(place_of(source, handler), remote, fault)


def _recursions(source: Source, code: Code, attempt: ast.Try, inside: Surroundings) -> Iterator[Retry]:
    """Yield the handlers of a function that try again by calling the function itself."""
    if inside.function is None or not any(inside.function.name in ast.unparse(part) for part in attempt.handlers):
        return
    for handler in attempt.handlers:
        again = next((node for node in own_nodes(*handler.body) if _calls_again(code, inside.function, node)), None)
        if again is None or not _is_transient(code, handler, inside) or _waits_by_itself(code, attempt):
            continue
        pauses = [node for node in own_nodes(*handler.body) if _is_pause(node)]
        paces = any(map(_grows, pauses)) or _sleeps_within(code, handler.body, 0)
        remote = _remote_call(code, attempt.body, 0) if not paces else None
        if remote is not None:
            pace = "after the same pause each time" if pauses else "at once"
            yield Retry(place_of(source, handler), remote, pace)


def _calls_again(code: Code, function: Function, node: ast.AST) -> bool:
    """Tell whether a call calls the function that it stands in, for the same thing: it changes no more than a count."""
    if not isinstance(node, ast.Call) or not any(
        value[0] == "F" and value[1] == code.path and value[2] == code.number(function) for value in code.callees(node)
    ):
        return False
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    return bool(given) and all(
        isinstance(argument, ast.Name) or any(map(_COUNTS.search, _read_names(argument))) for argument in given
    )


def _is_pause(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and _PAUSES.search(ast.unparse(node.func)) is not None


_PAUSES: Final = lazy(r"sleep|wait|backoff|delay|pause")


def _sleeps_within(code: Code, body: list[ast.stmt], depth: int) -> bool:
    """Tell whether a function of the project that is called sleeps: how long is its own affair."""
    return depth < _MAX_DEPTH and any(
        _sleeps_within(other, inner.body, depth + 1)
        or any(isinstance(part, ast.Call) and _SLEEP.search(ast.unparse(part.func)) for part in own_nodes(*inner.body))
        for node in own_nodes(*body)
        for other, inner in _called(code, node)
    )


def _called(code: Code, node: ast.AST) -> Iterator[tuple[Code, Function]]:
    """Yield the functions of the project that a call may mean, each with the code that it stands in."""
    for value in code.callees(node) if isinstance(node, ast.Call) else ():
        other = code.analysis.code(value[1]) if value[0] == "F" else None
        inner = other.node(value[2]) if other is not None else None
        if other is not None and inner is not None:
            yield other, inner


_SLEEP: Final = lazy(r"(?:^|[._])sleep$")


def _succeeds(loop: _Loop, attempt: ast.Try) -> bool:
    """Tell whether a loop is left when a `try` in it succeeds, which tells a retry from a worker's loop.

    It returns or breaks, or does so right behind the `try` whose handlers go on; or it fills what the loop asks for.
    """
    last = attempt.body[-1:] + attempt.orelse[-1:]
    if any(_leaves(statement) for statement in last):
        return True
    if attempt in loop.body:
        behind = loop.body[loop.body.index(attempt) + 1 :]
        if behind and isinstance(behind[-1], ast.Return | ast.Break):
            return all(isinstance(handler.body[-1], ast.Continue | ast.Raise) for handler in attempt.handlers)
    return isinstance(loop, ast.While) and any(_is_asked(loop.test, statement) for statement in last)


def _leaves(statement: ast.stmt) -> bool:
    """Tell whether a statement leaves the loop; one that does so only for some answers may be polling."""
    match statement:
        case ast.Return() | ast.Break():
            return True
    return False


def _is_asked(test: ast.expr, statement: ast.stmt) -> bool:
    """Tell whether a loop goes on for as long as a name is not true that a statement makes true: `while not done`."""
    match test, statement:
        case (
            ast.UnaryOp(op=ast.Not(), operand=ast.expr() as asked),
            ast.Assign(targets=targets, value=ast.Constant(value=True)),
        ):
            return any(ast.unparse(target) == ast.unparse(asked) for target in targets)
    return False


def _ends(body: list[ast.stmt]) -> bool:
    """Tell whether a handler always leaves the loop."""
    match body[-1]:
        case ast.Raise() | ast.Return() | ast.Break():
            return True
        case ast.If(body=then, orelse=otherwise):
            return bool(otherwise) and _ends(then) and _ends(otherwise)
    return False


def _is_transient(code: Code, handler: ast.ExceptHandler, inside: Surroundings) -> bool:
    """Tell whether what is caught may be gone the next time: a failure of the network or everything, no refusal."""
    names = caught_names(code, handler.type, inside.function)
    return names is not None and any(
        name in _TRANSIENT or (name.partition(".")[0] in _REMOTE and not _REFUSAL.search(name)) for name in names
    )


def _repairs(loop: _Loop, attempt: ast.Try, handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler changes what is tried, or asks a person, so that the next attempt is another one.

    It may change what the loop makes the next attempt of: `statement = await write(question, errors)`.
    """
    used = {name for statement in attempt.body for name in _read_names(statement)}
    made = [statement for statement in loop.body if isinstance(statement, ast.Assign)]
    for statement in reversed(made):
        if not used.isdisjoint(target.id for target in statement.targets if isinstance(target, ast.Name)):
            used.update(_read_names(statement.value))
    for node in own_nodes(*handler.body):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) if name in used:
                return True
            case ast.Call(func=function) if re.search(r"prompt|confirm|input|ask", ast.unparse(function)):
                return True
    return any(
        isinstance(node, ast.Call) and _DIALOGUE.search(ast.unparse(node.func)) for node in own_nodes(*attempt.body)
    )


def _read_names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def _waits_by_itself(code: Code, attempt: ast.Try) -> bool:
    """Tell whether a function of the project that is tried is tried again by a library, which waits in between."""
    return any(
        _RETRIED.search(ast.unparse(decorator))
        for node in own_nodes(*attempt.body)
        for _, inner in _called(code, node)
        for decorator in inner.decorator_list
    )


def _has_waited(code: Code, attempt: ast.Try, handler: ast.ExceptHandler, inside: Surroundings) -> bool:
    """Tell whether what is caught is the end of a wait for somebody (`await answer.wait()`): that was the pause."""
    names = caught_names(code, handler.type, inside.function) or frozenset({""})
    return all(name.endswith("TimeoutError") for name in names) and any(
        isinstance(node, ast.Await)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr == "wait"
        for node in own_nodes(*attempt.body)
    )


def _is_failover(loop: _Loop, attempt: ast.Try) -> bool:
    """Tell whether a loop tries several targets, one each time: it goes over them, or draws one of them."""
    names: set[str] = set()
    if not isinstance(loop, ast.While):
        names = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
        if isinstance(loop.iter, ast.Call) and isinstance(loop.iter.func, ast.Name) and loop.iter.func.id == "range":
            names = {name for name in names if not _COUNTS.search(name)}
    for statement in own_nodes(*loop.body):
        if isinstance(statement, ast.Assign) and any(
            (isinstance(node, ast.Name) and node.id in names) or _draws(node) for node in ast.walk(statement.value)
        ):
            names |= {
                node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)
            }
    return any(
        isinstance(node, ast.Name) and node.id in names for statement in attempt.body for node in ast.walk(statement)
    ) or any(isinstance(node, ast.Call) and _turns(node.func) for node in own_nodes(*attempt.handlers))


def _turns(function: ast.expr) -> bool:
    """Tell by its name whether a function makes another target the next one: `self._rotate_url()`."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return _TURN.search(name) is not None


def _draws(node: ast.AST) -> bool:
    """Tell whether an expression gives another target each time: `random.choice(peers)`, `queue.pop()`."""
    return isinstance(node, ast.Call) and _DRAW.search(ast.unparse(node.func)) is not None


def _is_library_retry(loop: _Loop) -> bool:
    """Tell whether somebody else says when to try again, or nobody does."""
    if isinstance(loop, ast.While):
        return False
    match loop.iter:
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=1)]):
            return True  # nothing is tried again
    return "retry" in ast.unparse(loop.iter).lower()


def _fault(code: Code, loop: _Loop, attempt: ast.Try, handler: ast.ExceptHandler) -> str | None:
    """Return what is wrong with how a loop tries again."""
    others = [statement for statement in loop.body if statement is not attempt]
    is_bounded = not isinstance(loop, ast.While) or not _is_true(loop.test) or _may_leave([*handler.body, *others])
    pauses = [node for node in own_nodes(*handler.body, *others) if _is_pause(node)]
    if any(not pause.args and not pause.keywords for pause in pauses):
        return None  # it waits for something to happen
    if any(_grows(pause) for pause in pauses) or (pauses and _has_deadline(loop)):
        return None
    if not pauses and _sleeps_within(code, [*handler.body, *others], 0):
        return None
    if not is_bounded:
        return "at the same pace and without end" if pauses else "at once and without end"
    return "after the same pause each time" if pauses else "at once"


def _has_deadline(loop: _Loop) -> bool:
    """Tell whether a loop asks the clock whether to go on: it waits for something to come, for so long at most."""
    return isinstance(loop, ast.While) and any(
        isinstance(node, ast.Call) and _CLOCK.search(ast.unparse(node.func)) for node in ast.walk(loop.test)
    )


def _is_true(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)


def _may_leave(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Raise | ast.Return | ast.Break) for node in own_nodes(*body))


def _grows(pause: ast.Call) -> bool:
    """Tell whether the length of a pause may differ from time to time: it is not one constant or setting."""
    arguments = [*pause.args, *(keyword.value for keyword in pause.keywords)]
    if not arguments:
        return True
    return not all(isinstance(argument, ast.Constant) or _is_setting(argument) for argument in arguments[:1])


def _is_setting(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper()
    return False


def _remote_call(code: Code, body: list[ast.stmt], depth: int) -> str | None:
    """Return the text of the first call that leaves the process, through functions of the project."""
    for node in own_nodes(*body):
        if not isinstance(node, ast.Call):
            continue
        for name in dotted_names(code.callees(node)):
            if name.partition(".")[0] in _REMOTE and not _OBJECTS_ONLY.search(name):
                return shorten(node)
        for other, inner in _called(code, node) if depth < _MAX_DEPTH else ():
            if _remote_call(other, inner.body, depth + 1) is not None:
                return shorten(node)
    return None
