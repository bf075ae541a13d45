"""Reads what background tasks and job queues are given: connections that will be gone, work that is too heavy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, CallRecord, Code
from flake8_planalign.python import contexts
from flake8_planalign.python.modules import last_name
from flake8_planalign.python.values import Frame, Value, Values
from flake8_planalign.registry import Api
from flake8_planalign.rule import Confidence, Position
from flake8_planalign.source import Source

__all__ = ["HeavyTask", "TaskArgument", "background_tasks"]

_IN_PROCESS: Final = frozenset({"BackgroundTask", "add_task"})
_QUEUES: Final = frozenset({"apply_async", "delay", "enqueue", "enqueue_job", "send_task", "send_with_options"})
_CONNECTIONS: Final = lazy(
    r"(?:sqlalchemy|sqlmodel)\..*(?:Session|Connection|Engine|AsyncSession|AsyncConnection|AsyncEngine|scoped_session)$"
    r"|(?:asyncpg|psycopg|psycopg2|sqlite3|aiomysql|pymysql)\..*(?:[Cc]onnection|Cursor|Pool)$"
)
_REQUESTS: Final = lazy(r"(?:starlette|fastapi)\..*(?:Request|WebSocket)$")
_CLIENTS: Final = lazy(r"(?:redis|valkey|httpx|aiohttp)\..*(?:Redis|Valkey|Client|AsyncClient|ClientSession)$")
_URL: Final = lazy(
    r"(?:^|[._])(?:database_url|db_url|dsn|sqlalchemy_database_ur[il]|connection_string|bind\.url|engine\.url)$",
    re.IGNORECASE,
)
_HEAVY: Final = frozenset({"cpu", "inference"})
#: What takes the processor for as long as the input is large, which it seldom is.
_LIGHT: Final = ("json.", "orjson.", "tomllib.", "yaml.")


class TaskArgument(msgspec.Struct, frozen=True):
    """A connection, its address, or a request, handed to a background task or a job queue."""

    position: Position
    taker: str
    what: str
    confidence: Confidence


class HeavyTask(msgspec.Struct, frozen=True):
    """Work for the processor that the serving process does after it has answered."""

    position: Position
    task: str
    api: str


def background_tasks(source: Source, analysis: Analysis) -> Iterator[object]:
    """Yield what a file hands to background tasks and job queues and should not."""
    code = analysis.code_of(source)
    if code is None:
        return
    for function in range(1, len(code.module.functions)):
        for call in code.module.body(function).get("c", ()):
            taker = last_name(call[0])
            if taker in _IN_PROCESS or (taker in _QUEUES and _is_queue(code, taker)):
                yield from _arguments(source, code, function, call, taker)
            if taker in _IN_PROCESS and call[1]:
                yield from _heavy(source, code, function, call)


def _is_queue(code: Code, taker: str) -> bool:
    """Tell whether a method of this name is a job queue's; `delay` and `apply_async` are Celery's own words."""
    return taker in {"apply_async", "delay"} or re.search(r"\b(?:rq|arq|celery|dramatiq|huey)\b", code.text) is not None


def _arguments(source: Source, code: Code, function: int, call: CallRecord, taker: str) -> Iterator[TaskArgument]:
    frame = code.frame(function)
    handed: list[Any] = []
    for part in (*(call[1][1:] if taker not in {"delay", "apply_async"} else call[1]), *call[2].values()):
        match part:
            case ["t", *items]:
                handed += items
            case ["d", table]:
                handed += table.values()
            case _:
                handed.append(part)
    for part in handed:
        found = _what(code, frame, part, in_process=taker in _IN_PROCESS)
        if found is not None:
            what, confidence = found
            yield TaskArgument(source.region(*call[3:7]), taker, what, confidence)
            return


def _what(code: Code, frame: Frame, written: Any, *, in_process: bool) -> tuple[str, Confidence] | None:
    """Return what an argument is that does not outlive the request, or that says how to get in."""
    if written is None:
        return None
    if type(written) is str and _URL.search(written):
        return f"`{_shown(written)}`, the database's address,", Confidence.PROBABLE
    values: Values = code.analysis.evaluator.value(written, frame)
    for value in values:
        match value:
            case ("xi", name) if _CONNECTIONS.match(name):
                return f"a `{name}`", _sure(values)
            case ("xi", name) if _REQUESTS.match(name):
                return f"the request, a `{name}`,", _sure(values)
            case ("xi", name) if not in_process and _CLIENTS.match(name):
                return f"a `{name}`", _sure(values)
    return None


def _shown(written: str) -> str:
    root, _, rest = written.partition(".")
    return rest if root[:1].isdigit() or root[:1] == "^" else written


def _sure(values: Values) -> Confidence:
    return Confidence.CERTAIN if len(values) == 1 else Confidence.PROBABLE


def _heavy(source: Source, code: Code, function: int, call: CallRecord) -> Iterator[HeavyTask]:
    for value in code.analysis.evaluator.value(call[1][0], code.frame(function)):
        for api in _reached(code, value):
            if api.kind in _HEAVY and not api.name.startswith(_LIGHT):
                module = code.analysis.evaluator.modules.module(value[1]) if value[0] == "F" else None
                task = module.functions[value[2]]["n"] if module is not None else last_name(call[1][0]) or "the task"
                yield HeavyTask(source.region(*call[3:7]), task, api.name)
                return


def _reached(code: Code, value: Value) -> Iterator[Api]:
    """Yield the blocking APIs that a task reaches."""
    graph = code.analysis.graph
    match value:
        case ("F", *_):
            frame = contexts.bind(graph.evaluator, value, graph.evaluator.no_arguments())
            if frame is not None:
                for _, path in sorted(graph.reach(frame).items()):
                    yield path.api
        case ("x", dotted):
            api = graph.registry.function(dotted)
            if api is not None:
                yield api
        case ("xm", class_name, name):
            api = graph.registry.method(class_name, name)
            if api is not None:
                yield api
