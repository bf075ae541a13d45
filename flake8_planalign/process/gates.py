"""What the text of a file must hold for a reader of this view to find anything in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flake8_planalign.patterns import Panel, lazy, pieces

__all__ = ["ASYNC_FUNCTION", "LOOP", "SERVICE", "concerns_loop", "may_route", "readers"]

#: Without one of these a file has no async frame, gives the loop no callback and offloads nothing.
LOOP: Final = pieces(
    r"\basync\s+def\b", r"\basyncify\b", r"\bsync_to_async\b", r"\brun_in_executor\b", r"\brun_in_threadpool\b",
    r"\brun_sync\b", r"\bto_thread\b", r"\bto_process\b", r"\bThread\(", r"\bThreadPoolExecutor\b",
    r"\bProcessPoolExecutor\b", r"\bmultiprocessing\b", r"\bcall_soon\b", r"\bcall_later\b", r"\bcall_at\b",
    r"\bcall_soon_threadsafe\b", r"\badd_done_callback\b", r"\badd_signal_handler\b", r"\badd_reader\b",
    r"\badd_writer\b", r"\badd_task\b",
)  # fmt: skip
#: The names of async functions.
ASYNC_FUNCTION: Final = lazy(r"async(?<!\wasync)\s+def\s+([A-Za-z_]\w*)")
#: What declares an application or a router.
SERVICE: Final = pieces(
    r"\bFastAPI\(", r"\bAPIRouter\(", r"\bStarlette\(", r"\bLitestar\(", r"\bQuart\(", r"\bSanic\(",
    r"\bRouteTableDef\(", r"\bweb\.Application\(",
)  # fmt: skip
#: What registers a route, in a decorator or by a call.
_ROUTE_DECORATOR: Final = lazy(r"@[\w.]+\.(?:api_route|delete|get|head|patch|post|put|route|websocket)\(")
_ROUTE_CALL: Final = pieces(
    r"\bRoute\(", r"\bWebSocketRoute\(", r"\badd_api_route\(", r"\badd_get\(", r"\badd_post\(", r"\badd_route\(",
    r"\badd_url_rule\(",
)  # fmt: skip
_DRIVERS: Final = "MySQLdb|cx_Oracle|oracledb|pg8000|psycopg2?|pymssql|pymysql|pyodbc|sqlite3"
#: What all must be found in the text of a file that holds something, and the reader of that.
_READERS: Final = (
    (
        pieces(
            r"create_pool\w*\s*\(", r"\bcreate_engine\s*\(", r"\bcreate_async_engine\s*\(", r"\bfrom_url\s*\(",
            r"\bconnect\s*\(", r"\bconnect_async\s*\(", r"Redis\s*\(", r"\bValkey\s*\(", r"ConnectionPool\s*\(",
            r"MongoClient\s*\(", r"\bAsyncElasticsearch\s*\(", r"MotorClient\s*\(", r"\bAsyncClient\s*\(",
            r"\bClientSession\s*\(", r"\bTCPConnector\s*\(", r"\bLimits\s*\(",
        ),
        None,
        "pools.pool_creations",
    ),
    (
        pieces(
            r"\brequests\b", r"\burlopen\b", r"\burlretrieve\b", r"\bcreate_connection\b", r"\bsmtplib\b",
            r"\bftplib\b", r"\bimaplib\b", r"\bpoplib\b", r"\btelnetlib\b", r"\bsocket\.socket\b",
            r"\bpsycopg2\.connect\b", r"\bhttp\.client\b", r"timeout\s*=\s*None\b", r"\bClientTimeout\b",
            r"\bhttpx\.Timeout\b",
        ),
        None,
        "timeouts.endless_calls",
    ),
    (
        pieces(
            *(rf"\b{driver}\b" for driver in ("psycopg", *_DRIVERS.replace("?", "").split("|"))),
            r"\bcreate_engine\b", r"\bmysql\.connector\b",
        ),
        lazy(
            rf"import\b[^\n]*\b(?:{_DRIVERS})\b|from\s+(?:mysql|{_DRIVERS})\b|mysql\.connector\b|create_engine\b"
        ),
        "drivers.sync_drivers",
    ),
    (
        pieces("redis", "Redis", "valkey", "cache", "Cache", "store", "lock", "limit"),
        lazy(
            r"\.(?:setex|psetex|setnx|hset|hmset|mset|hget\w*|zadd|zcard|rpush|lpush|sadd|incr\w*|get|set|exists|mget)\("
        ),
        "commands.commands",
    ),
    (pieces(r"redis\s*\.\s*p?call\s*\("), None, "scripts.python_scripts"),
    (pieces(r"\.evalsha(?:_ro)?\("), None, "scripts.digests"),
    (
        pieces(r"\btry:"),
        lazy(
            r"\n[ \t]+(?:async[ \t]+)?(?:for|while)\b[^\n]*:\s*\n(?:[^\n]*\n){0,6}?[ \t]+try:"
            r"|\n[ \t]+return (?:await )?(?:self\.)?\w+\([^\n]*(?:attempt|retr|tries|[-+] 1)"
        ),
        "retries.retries",
    ),
    (
        pieces("ConnectionError", "ConnectionsError", "Overload", "PoolTimeout", "TimeoutError", "TooMany"),
        lazy(r"except\b[^:\n]*(?:ConnectionsError|ConnectionError|Overload|PoolTimeout|TimeoutError|TooMany)"),
        "overload.overload_answers",
    ),
    (
        pieces(
            r"\bBackgroundTask\(", r"\badd_task\(", r"\bapply_async\(", r"\bdelay\(", r"\benqueue(?:_job)?\(",
            r"\bsend_task\(", r"\bsend_with_options\(",
        ),
        None,
        "tasks.background_tasks",
    ),
    (
        pieces(r"@custom\b", r"@data_exporter\b", r"@data_loader\b", r"@transformer\b", r"@sensor\b"),
        lazy(r"\.(?:fit|train)\("),
        "blocks.loop_trainings",
    ),
)  # fmt: skip


_PANEL: Final = Panel({"loop": LOOP, "routes": _ROUTE_CALL, **{reader: words for words, _, reader in _READERS}})


def concerns_loop(text: str) -> bool:
    """Tell whether a text may have an async frame, give the loop a callback or offload anything."""
    return "loop" in _PANEL.look(text)


def may_route(text: str) -> bool:
    """Tell whether a text registers a route, in a decorator or by a call."""
    return ("@" in text and _ROUTE_DECORATOR.search(text) is not None) or "routes" in _PANEL.look(text)


def readers(text: str) -> Iterator[str]:
    """Yield the readers, `module.function` of this view, that may find something in a text."""
    look = _PANEL.look(text)
    for _, pattern, reader in _READERS if look else ():
        if reader in look and (pattern is None or pattern.search(text) is not None):
            yield reader
    if may_route(text):
        yield "routes.routes_of"
