"""Reads synchronous database drivers in the service layer: their imports, and the URLs of engines."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, Code, dotted_names
from flake8_planalign.process.services import in_service
from flake8_planalign.process.statements import Function, Surroundings, own_nodes
from flake8_planalign.process.templates import Templates
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["SyncDriver", "sync_drivers"]

_POSTGRES: Final = "`asyncpg` or `psycopg.AsyncConnection`"
_MYSQL: Final = "`asyncmy` or `aiomysql`"
_ORACLE: Final = "`oracledb.connect_async`"
_ODBC: Final = "`aioodbc`"
#: Drivers, what of them connects or speaks to a server, and what to use in their place.
_DRIVERS: Final = {
    "MySQLdb": ("connect|Connection|Connect", _MYSQL),
    "cx_Oracle": ("connect|Connection|SessionPool", _ORACLE),
    "mysql.connector": ("connect|MySQLConnection|pooling", _MYSQL),
    "oracledb": ("connect|Connection|create_pool|ConnectionPool", _ORACLE),
    "pg8000": ("connect|Connection|native|dbapi", _POSTGRES),
    "psycopg": ("connect|Connection|Cursor|ClientCursor|ServerCursor", _POSTGRES),
    "psycopg2": ("connect|pool", _POSTGRES),
    "psycopg2.pool": (r"\w+Pool", _POSTGRES),
    "pymssql": ("connect|Connection", _ODBC),
    "pymysql": ("connect|Connection|Connect|connections", _MYSQL),
    "pyodbc": ("connect|Connection", _ODBC),
    "sqlite3": ("connect|Connection", "`aiosqlite`"),
}
#: The driver that a URL of SQLAlchemy means where it names none.
_BY_DIALECT: Final = {
    "mssql": "pyodbc",
    "mysql": "MySQLdb",
    "mariadb": "MySQLdb",
    "oracle": "cx_Oracle",
    "postgres": "psycopg2",
    "postgresql": "psycopg2",
    "sqlite": "sqlite3",
}
_ASYNC_URL_DRIVERS: Final = frozenset({"aiomysql", "aioodbc", "aiosqlite", "asyncmy", "asyncpg"})
#: Databases that lie in memory, where nothing is waited for.
_IN_MEMORY: Final = lazy(r"""\b[cC]onnect(?:ion)?\s*\(\s*(?:database\s*=\s*)?["'](?::memory:|file::memory:)""")
#: What makes a plain function a command of a command line.
_COMMANDS: Final = lazy(r"@(?:\w+\.)+command\(")
_URL: Final = lazy(r"([a-z]+)(?:\+(\w+))?:")
_CREATE_ENGINE: Final = frozenset(
    {"sqlalchemy.create_engine", "sqlalchemy.engine.create_engine", "sqlmodel.create_engine"}
)


class SyncDriver(msgspec.Struct, frozen=True):
    """A synchronous driver in the service layer: how it comes there, in words, and what to use in its place."""

    position: Position
    how: str
    use: str


def sync_drivers(source: Source, analysis: Analysis) -> Iterator[SyncDriver]:
    """Yield the synchronous drivers that a file of the service layer uses."""
    code = analysis.code_of(source)
    if code is None or not in_service(analysis, source.absolute):
        return
    for statement, inside in code.statements:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from _imported(source, code, statement, inside.function)
        elif "create_engine" in source.text:
            yield from _engines(source, code, statement, inside)


def _imported(
    source: Source, code: Code, statement: ast.Import | ast.ImportFrom, function: Function | None
) -> Iterator[SyncDriver]:
    text = source.text
    if function is None and _COMMANDS.search(text) is not None:
        text = _but_for_commands(source, code)
    if function is not None:
        text = "\n".join(source.lines[function.lineno - 1 : function.end_lineno])
    if ":memory:" in text:
        text = _IN_MEMORY.sub("", text)
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            name, bound = alias.name, alias.asname or alias.name
            speaks = name in _DRIVERS and re.search(
                rf"(?<![\w.]){re.escape(bound)}\.(?:{_DRIVERS[name][0]})\b\s*[(.]", text
            )
        else:
            name = statement.module or ""
            if statement.level:
                continue
            if f"{name}.{alias.name}" in _DRIVERS:
                name, bound = f"{name}.{alias.name}", alias.asname or alias.name
                speaks = re.search(rf"(?<![\w.]){re.escape(bound)}\.(?:{_DRIVERS[name][0]})\b\s*[(.]", text)
            else:
                speaks = re.fullmatch(_DRIVERS[name][0], alias.name) if name in _DRIVERS else None
                speaks = speaks and re.search(rf"(?<![\w.]){re.escape(alias.asname or alias.name)}\s*[(.]", text)
        if speaks:
            yield SyncDriver(source.position(alias), f"`{name}` is a synchronous driver", _DRIVERS[name][1])


def _but_for_commands(source: Source, code: Code) -> str:
    """Return the text of a file without the commands of a command line, each of which is a process of its own."""
    lines = list(source.lines)
    for statement, _ in code.statements:
        if isinstance(statement, ast.FunctionDef) and any(
            isinstance(each, ast.Call) and _COMMANDS.search(f"@{ast.unparse(each)}")
            for each in statement.decorator_list
        ):
            last = statement.end_lineno or statement.lineno
            lines[statement.lineno - 1 : last] = [""] * (last - statement.lineno + 1)
    return "\n".join(lines)


def _engines(source: Source, code: Code, statement: ast.stmt, inside: Surroundings) -> Iterator[SyncDriver]:
    parts = [part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.expr)]
    for node in own_nodes(*parts):
        if not isinstance(node, ast.Call) or not _may_create(node):
            continue
        url = next(iter(node.args), None) or next((k.value for k in node.keywords if k.arg == "url"), None)
        if url is None or _CREATE_ENGINE.isdisjoint(dotted_names(code.callees(node))):
            continue
        first = Templates(code, inside.function).of(url).parts[:1]
        start = first[0] if first and isinstance(first[0], str) else ""
        match = _URL.match(start)
        if match is not None and match[1] == "sqlite" and (":memory:" in start or start == f"{match[0]}//"):
            continue
        driver = (match[2] or _BY_DIALECT.get(match[1])) if match else None
        if match is None or driver is None or _is_for_migrations(source, statement):
            continue
        if _is_ruled_out(match[1], inside):
            continue
        scheme = match[0].removesuffix(":")
        position = source.position(node.func)
        if driver in _ASYNC_URL_DRIVERS:
            yield SyncDriver(
                position,
                f"`create_engine` cannot drive the asynchronous `{scheme}`",
                "`sqlalchemy.ext.asyncio.create_async_engine`",
            )
        elif driver in _DRIVERS:
            yield SyncDriver(
                position,
                f"`create_engine` with `{scheme}` uses the synchronous driver `{driver}`",
                f"`create_async_engine` with {_DRIVERS[driver][1]}",
            )


def _is_ruled_out(dialect: str, inside: Surroundings) -> bool:
    """Tell whether an `if` says that the URL is not of this dialect, as the `else` of `if is_sqlite:` does."""
    for branch, field in inside.branches:
        if isinstance(branch, ast.If) and dialect in ast.unparse(branch.test).lower():
            negated = isinstance(branch.test, ast.UnaryOp) and isinstance(branch.test.op, ast.Not)
            if field == ("body" if negated else "orelse"):
                return True
    return False


def _is_for_migrations(source: Source, statement: ast.stmt) -> bool:
    """Tell whether a comment directly above a statement says that it serves migrations, which no request waits for."""
    above = source.lines[statement.lineno - 2].strip() if statement.lineno > 1 else ""
    return above.startswith("#") and "migration" in above.lower()


def _may_create(call: ast.Call) -> bool:
    match call.func:
        case ast.Name() | ast.Attribute(attr="create_engine"):
            return True
    return False
