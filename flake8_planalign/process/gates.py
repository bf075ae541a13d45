"""What the text of a file must hold for a reader of this view to find anything in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flake8_planalign.patterns import lazy, pieces

__all__ = ["ASYNC_FUNCTION", "LOOP", "SERVICE", "may_route", "readers"]

#: Without one of these a file has no async frame, gives the loop no callback and offloads nothing.
LOOP: Final = pieces(
    r"\basync\s+def\b", r"\basyncify\b", r"\bsync_to_async\b", r"\brun_(?:in_executor|in_threadpool|sync)\b",
    r"\bto_thread\b", r"\bto_process\b", r"\bThread(?:\(|PoolExecutor\b)", r"\bProcessPoolExecutor\b",
    r"\bmultiprocessing\b", r"\bcall_(?:soon|later|at|soon_threadsafe)\b",
    r"\badd_(?:done_callback|signal_handler|reader|writer|task)\b",
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
            r"create_pool\w*\s*\(", r"create_engine\s*\(", r"create_async_engine\s*\(", r"from_url\s*\(",
            r"connect(?:_async)?\s*\(", r"Redis\s*\(", r"Valkey\s*\(", r"ConnectionPool\s*\(", r"MongoClient\s*\(",
            r"AsyncElasticsearch\s*\(", r"MotorClient\s*\(", r"AsyncClient\s*\(", r"ClientSession\s*\(",
            r"TCPConnector\s*\(", r"Limits\s*\(",
        ),
        None,
        "pools.pool_creations",
    ),
    (
        pieces(
            r"requests\b", r"urlopen\b", r"urlretrieve\b", r"create_connection\b", r"smtplib\b", r"ftplib\b",
            r"imaplib\b", r"poplib\b", r"telnetlib\b", r"socket\.socket\b", r"psycopg2\.connect\b",
            r"http\.client\b", r"timeout\s*=\s*None\b", r"ClientTimeout\b", r"httpx\.Timeout\b",
        ),
        None,
        "timeouts.endless_calls",
    ),
    (
        pieces(*_DRIVERS.replace("2?", "").split("|"), "create_engine", r"mysql\.connector"),
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
        "caching.caching",
    ),
    (pieces(r"redis\s*\.\s*p?call\s*\("), None, "scripts.python_scripts"),
    (pieces(r"\.evalsha(?:_ro)?\("), None, "scripts.digests"),
    (
        pieces(r"\bfor\b", r"\bwhile\b"),
        lazy(r"\n[ \t]+(?:async[ \t]+)?(?:for|while)\b[^\n]*:\s*\n(?:[^\n]*\n){0,6}?[ \t]+try:"),
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
        pieces("@custom", "@data_exporter", "@data_loader", "@transformer", "@sensor"),
        lazy(r"\.(?:fit|train)\("),
        "blocks.loop_trainings",
    ),
)  # fmt: skip


def may_route(text: str) -> bool:
    """Tell whether a text registers a route, in a decorator or by a call."""
    return _ROUTE_DECORATOR.search(text) is not None or _ROUTE_CALL.search(text)


def readers(text: str) -> Iterator[str]:
    """Yield the readers, `module.function` of this view, that may find something in a text."""
    for words, pattern, reader in _READERS:
        if words.search(text) and (pattern is None or pattern.search(text) is not None):
            yield reader
    if may_route(text):
        yield "routes.routes_of"
