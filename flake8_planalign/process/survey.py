"""The survey: reads a module's pools, caches, handlers and routes, each only where its text may hold one."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from flake8_planalign.kinds import FileKind, is_test
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.source import Source

if TYPE_CHECKING:
    from flake8_planalign.process.analysis import Analysis

__all__ = ["matters", "survey"]

#: Words of which a text that holds something has one, a closer look at it, and the reader of that.
_READERS: Final = (
    (
        (
            "AsyncClient",
            "AsyncElasticsearch",
            "ClientSession",
            "ConnectionPool",
            "Limits",
            "MongoClient",
            "MotorClient",
            "Redis",
            "TCPConnector",
            "Valkey",
            "connect",
            "create_",
            "from_url",
        ),
        lazy(
            r"(?:create_pool\w*|create_(?:async_)?engine|from_url|connect(?:_async)?|Redis|Valkey|ConnectionPool"
            r"|MongoClient|AsyncElasticsearch|MotorClient|AsyncClient|ClientSession|TCPConnector|Limits)\s*\("
        ),
        "pools.pool_creations",
    ),
    (
        (
            "ClientTimeout",
            "create_connection",
            "ftplib",
            "http.client",
            "httpx.Timeout",
            "imaplib",
            "None",
            "poplib",
            "psycopg2",
            "requests",
            "smtplib",
            "socket",
            "telnetlib",
            "url",
        ),
        lazy(
            r"(?:requests|urlopen|urlretrieve|create_connection|(?:smtp|ftp|imap|pop|telnet)lib|socket\.socket|psycopg2\.connect|http\.client"
            r"|timeout\s*=\s*None|ClientTimeout|httpx\.Timeout)\b"
        ),
        "timeouts.endless_calls",
    ),
    (
        (
            "MySQLdb",
            "create_engine",
            "cx_Oracle",
            "mysql",
            "oracledb",
            "pg8000",
            "psycopg",
            "pymssql",
            "pyodbc",
            "sqlite3",
        ),
        lazy(
            r"\bimport\b[^\n]*\b(?:MySQLdb|cx_Oracle|oracledb|pg8000|psycopg2?|pymssql|pymysql|pyodbc|sqlite3)\b"
            r"|\bfrom\s+(?:MySQLdb|cx_Oracle|mysql|oracledb|pg8000|psycopg2?|pymssql|pymysql|pyodbc|sqlite3)\b"
            r"|\bmysql\.connector\b|\bcreate_engine\b"
        ),
        "drivers.sync_drivers",
    ),
    (
        ("@", "Route(", "add_"),
        lazy(
            r"@[\w.]+\.(?:api_route|delete|get|head|patch|post|put|route|websocket)\("
            r"|\b(?:Route|WebSocketRoute|add_api_route|add_get|add_post|add_route|add_url_rule)\("
        ),
        "routes.routes_of",
    ),
    (
        ("redis", "Redis", "valkey", "cache", "Cache", "store", "lock", "limit"),
        lazy(
            r"\.(?:setex|psetex|setnx|hset|hmset|mset|hget\w*|zadd|zcard|rpush|lpush|sadd|incr\w*|get|set|exists|mget)\("
        ),
        "caching.caching",
    ),
    (("redis.call", "redis.pcall"), lazy(r"redis\s*\.\s*p?call\s*\("), "scripts.python_scripts"),
    (("evalsha",), lazy(r"\.evalsha(?:_ro)?\("), "scripts.digests"),
    (
        ("for ", "while "),
        lazy(r"^[ \t]+(?:async[ \t]+)?(?:for|while)\b[^\n]*:\s*\n(?:[^\n]*\n){0,6}?[ \t]+try:", re.MULTILINE),
        "retries.retries",
    ),
    (
        ("ConnectionError", "MaxConnectionsError", "Overload", "PoolTimeout", "TimeoutError", "TooMany"),
        lazy(r"\bexcept\b[^:\n]*(?:ConnectionsError|ConnectionError|Overload|PoolTimeout|TimeoutError|TooMany)"),
        "overload.overload_answers",
    ),
    (
        (".delay(", "BackgroundTask", "add_task", "apply_async", "enqueue", "send_task", "send_with_options"),
        lazy(r"\b(?:BackgroundTask|add_task|apply_async|delay|enqueue(?:_job)?|send_task|send_with_options)\("),
        "tasks.background_tasks",
    ),
    (
        ("@custom", "@data_exporter", "@data_loader", "@transformer", "@sensor"),
        lazy(r"\.(?:fit|train)\("),
        "blocks.loop_trainings",
    ),
)


def matters(source: Source) -> bool:
    """Tell by its text whether a file can hold anything that the survey reads."""
    if source.kind is FileKind.LUA:
        return True
    text = source.text
    return "except" in text or "print(" in text or next(_readers(text), None) is not None


def _readers(text: str) -> Iterator[str]:
    for words, pattern, reader in _READERS:
        if any(word in text for word in words) and pattern.search(text):
            yield reader


def survey(source: Source, project: Project) -> Iterator[object]:
    """Yield what the rules beside the radar judge in a Python file or a Redis script; tests are not judged."""
    if source.kind is FileKind.LUA:
        from flake8_planalign.process.scripts import lua_keys

        yield from lua_keys(source)
        return
    path = os.path.relpath(source.absolute, project.root).replace(os.sep, "/")
    if is_test(path):
        return
    if "except" in source.text:
        from flake8_planalign.process.handlers import broad_handlers

        yield from broad_handlers(source)
    if project.run.selected & {"PAL153", "PAL157", "PAL15"}:
        from flake8_planalign.process.messages import lost_contexts, prints

        yield from lost_contexts(source)
        yield from prints(source, path)
    readers = list(_readers(source.text))
    if readers:
        yield from _remembered(source, project, readers)


def _remembered(source: Source, project: Project, readers: list[str]) -> list[object]:
    from flake8_planalign.process import memory, notes

    digest = memory.key(source, project)
    nodes = notes.recall(project, digest) if digest is not None else None
    if nodes is None:
        from flake8_planalign.process.analysis import Analysis
        from flake8_planalign.python.evaluation import evaluating

        analysis = Analysis.of(project)
        with evaluating(analysis.evaluator):
            nodes = [node for reader in readers for node in _read(reader, source, analysis)]
            analysis.leave(source)
        if digest is not None and not analysis.evaluator.modules.foreign:
            notes.remember(project, digest, nodes)
    return nodes


def _read(reader: str, source: Source, analysis: Analysis) -> Iterator[object]:
    module, _, function = reader.partition(".")
    return getattr(importlib.import_module(f"{__package__}.{module}"), function)(source, analysis)  # type: ignore[no-any-return]
