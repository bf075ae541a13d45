"""Reads where connections, pools and clients are made: for each request or once, of what size, and whether closed."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, CallRecord, Code, Place, dotted_names, place_of_call
from flake8_planalign.process.requests import Caller, callers, is_service_start, may_mean, request_path
from flake8_planalign.process.services import has_layers, in_service, is_aside
from flake8_planalign.process.statements import Function, Surroundings, own_nodes
from flake8_planalign.process.templates import Templates
from flake8_planalign.python.arguments import Arguments
from flake8_planalign.python.facts import ENTERED, KEPT
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.reading import bytes_of
from flake8_planalign.rule import Confidence, Position
from flake8_planalign.source import Source

__all__ = ["PoolCreation", "confidence_in", "confidence_of", "pool_creations"]

_ENGINE: Final = ("pool_size", "max_overflow", "poolclass", "creator", "pool")
_REDIS: Final = ("max_connections", "connection_pool")
#: What makes a pool, and the arguments that give its size.
_POOLS: Final = {
    "aiomysql.create_pool": ("minsize", "maxsize"),
    "aiomysql.sa.create_engine": ("minsize", "maxsize"),
    "aiopg.create_pool": ("minsize", "maxsize"),
    "aiopg.sa.create_engine": ("minsize", "maxsize"),
    "aioodbc.create_pool": ("minsize", "maxsize"),
    "asyncmy.create_pool": ("minsize", "maxsize"),
    "asyncpg.create_pool": ("min_size", "max_size"),
    "elasticsearch.AsyncElasticsearch": ("connections_per_node", "maxsize"),
    "motor.motor_asyncio.AsyncIOMotorClient": ("maxPoolSize", "minPoolSize"),
    "oracledb.create_pool_async": ("min", "max"),
    "psycopg_pool.AsyncConnectionPool": ("min_size", "max_size"),
    "psycopg_pool.ConnectionPool": ("min_size", "max_size"),
    "pymongo.AsyncMongoClient": ("maxPoolSize", "minPoolSize"),
    "pymongo.MongoClient": ("maxPoolSize", "minPoolSize"),
    "sqlalchemy.create_engine": _ENGINE,
    "sqlalchemy.ext.asyncio.create_async_engine": _ENGINE,
    "sqlmodel.create_engine": _ENGINE,
    **{
        f"{library}.{name}": _REDIS
        for library, client in (("redis", "Redis"), ("redis.asyncio", "Redis"), ("valkey", "Valkey"),
                                ("valkey.asyncio", "Valkey"), ("aioredis", "Redis"))
        for name in (client, f"{client}.from_url", "from_url", "ConnectionPool", "ConnectionPool.from_url",
                     "BlockingConnectionPool", "BlockingConnectionPool.from_url")
    },
}  # fmt: skip
_ALIASES: Final = {"sqlalchemy.engine.create_engine": "sqlalchemy.create_engine"}
_CONNECTIONS: Final = frozenset({
    "aiomysql.connect", "aioodbc.connect", "aiopg.connect", "asyncmy.connect", "asyncpg.connect",
    "asyncpg.connection.connect", "oracledb.connect_async", "psycopg.AsyncConnection.connect",
})  # fmt: skip
#: Clients that are cheap to make and are thrown away where a loop makes them without `with`.
_CLIENTS: Final = frozenset({"aiohttp.ClientSession", "httpx.AsyncClient", "httpx.Client"})
_UNBOUNDED: Final = {"aiohttp.TCPConnector": "limit", "httpx.Limits": "max_connections"}
_NAMES: Final = frozenset(
    name.rpartition(".")[2] for name in (*_POOLS, *_CONNECTIONS, *_CLIENTS, *_UNBOUNDED)
) | {"StrictRedis"}  # fmt: skip
_TIMEOUTS: Final = ("socket_timeout", "socket_connect_timeout", "health_check_interval", "timeout")
_SERVERS: Final = frozenset({
    "cockroachdb", "mariadb", "mongodb", "mssql", "mysql", "oracle", "postgres", "postgresql", "redis", "rediss",
    "redshift", "valkey", "valkeys",
})  # fmt: skip
_KEEPERS: Final = frozenset({"alru_cache", "cache", "cached", "cached_property", "lru_cache", "singleton"})
#: Methods by which something that outlives a call is given something to keep.
_KEEPS: Final = lazy(r"(?:keep|put|set|setdefault|store)(?:_\w+)?$")
_CLOSES: Final = r"(?:a?close\w*|disconnect|dispose|terminate|stop|shutdown|__aexit__)"
_BOUND: Final = "a bound on connections"
#: What is made on an engine and leaves it open.
_BORROWERS: Final = frozenset({
    "AsyncSession", "Session", "async_scoped_session", "async_sessionmaker", "scoped_session", "sessionmaker",
})  # fmt: skip
#: Words for what the arguments of a command line are kept under.
_COMMAND_LINE: Final = lazy(r"(?:\w+_)?(?:args|arguments|options|opts)\.")
#: What has the rest of a function go on beside it, so that one client has many users.
_BESIDE: Final = frozenset({
    "TaskGroup", "Thread", "ThreadPoolExecutor", "create_task", "ensure_future", "gather", "run_in_executor",
    "start_soon", "submit", "to_thread",
})  # fmt: skip
#: Functions on a way on which all that happens is seen.
_SHORT: Final = 2
_MODERN_REDIS: Final = lazy(
    r"^\s*[\"']?(?:redis|valkey)(?:\[[\w,-]*\])?\s*(?:==|>=|~=|>)\s*(?:[89]|\d\d)\b", re.MULTILINE
)


class PoolCreation(msgspec.Struct, frozen=True):
    """A call that makes a pool, a connection or a client.

    `way` is how a request reaches it, None if none does; `never_closed` the name of a pool made at start-up that
    nothing closes; `sized` whether its size is given; `missing` which limits a client of the service lacks.
    """

    position: Position
    maker: str
    sort: str
    way: str | None = None
    never_closed: str | None = None
    sized: bool = True
    missing: tuple[str, ...] = ()


def pool_creations(source: Source, analysis: Analysis) -> Iterator[PoolCreation]:
    """Yield the pools, connections and clients that a file makes."""
    code = analysis.code_of(source)
    if code is None:
        return
    module = code.module
    for function in range(len(module.functions)):
        for call in module.body(function).get("c", ()):
            if not may_mean(call[0], _NAMES):
                continue
            frame = code.frame(function)
            values = analysis.evaluator.value(call[0], frame)
            for name in sorted(_ALIASES.get(dotted, dotted) for dotted in dotted_names(values)):
                made = _made(code, function, call, name, source.region(*call[3:7]))
                if made is not None:
                    yield made
                    break


def _made(code: Code, function: int, call: CallRecord, name: str, position: Position) -> PoolCreation | None:
    arguments = code.analysis.evaluator.arguments(call, code.frame(function))
    if name in _POOLS:
        if "connection_pool" in arguments.names:
            return None
        is_brief = _is_brief(code, function, call)
        way = _way(code, function, call)
        missing = () if is_brief else _missing_limits(code, arguments, name)
        if missing and (way is not None or _has_one_user(code, function, call)):
            missing = tuple(limit for limit in missing if limit != _BOUND)
        return PoolCreation(
            position,
            name,
            "pool",
            way,
            _never_closed(code, function, call),
            _is_sized(arguments, name) or is_brief or not _has_server(code, function, call),
            missing,
        )
    if name in _CONNECTIONS:
        return PoolCreation(position, name, "connection", _way(code, function, call))
    if name in _CLIENTS:
        if call[7] & ENTERED or not _in_loop_without_with(code, call):
            return None
        return PoolCreation(position, name, "client", _way(code, function, call))
    if name in _UNBOUNDED:
        known, value = arguments.constant(None, _UNBOUNDED[name])
        if known and not value and _is_judged_for_limits(code):
            return PoolCreation(position, name, "limits", missing=(_BOUND,))
    return None


def _way(code: Code, function: int, call: CallRecord) -> str | None:
    """Return how a request comes to this call, None if none does or if what it makes is kept."""
    if not function or call[7] & KEPT or _keeps(code, function) or _stands_in(code, function, call):
        return None
    if _differs_each_time(code, call):
        return None
    known: dict[int, str | None] = code.memo.setdefault("ways of requests", {})
    if function not in known:
        known[function] = _way_to(code, function)
    return known[function]


def _differs_each_time(code: Code, call: CallRecord) -> bool:
    """Tell whether a loop makes something of each thing that it goes over: `create_engine(f"sqlite:///{path}")`."""
    statement, inside = _holding(code).get(_place(call), (None, None))
    loop = inside.loop if inside is not None else None
    if statement is None or not isinstance(loop, ast.For | ast.AsyncFor):
        return False
    names = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    made = next(
        node for node in ast.walk(statement) if isinstance(node, ast.Call) and place_of_call(node) == _place(call)
    )
    return bool(made.args) and any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(made.args[0]))


def _stands_in(code: Code, function: int, call: CallRecord) -> bool:
    """Tell whether what is made stands in for a pool that is not there: `if pool: ... else: connect()`.

    So does what is made where no client is handed in, if all callers hand one in: `client or connect()`.
    """
    statement, inside = _holding(code).get(_place(call), (None, None))
    match getattr(statement, "value", None):
        case ast.BoolOp(op=ast.Or(), values=[ast.Name(id=given), ast.Call() as made]):
            if place_of_call(made) == _place(call) and _is_always_given(code, function, given):
                return True
    for node, branch in inside.branches if inside is not None else ():
        match node:
            case ast.If(test=ast.UnaryOp(op=ast.Not(), operand=test)):
                missing = "body"
            case ast.If(test=test):
                missing = "orelse"
            case _:
                continue
        if branch == missing and isinstance(test, ast.Name | ast.Attribute) and _POOL.search(_last(test)):
            return True
    return False


def _is_always_given(code: Code, function: int, name: str) -> bool:
    """Tell whether all callers of a function hand in a parameter of this name by it."""
    found = callers(code.analysis, code.module, function)
    return bool(found) and all(name in caller.call[2] for caller in found)


#: An attribute that is read by its name: `getattr(app.state, 'pool', None)`.
_GETS: Final = lazy(r"\bgetattr\(([\w.]+), '(\w+)'")
_POOL: Final = lazy(r"(?:^|_)(?:pool|engine)$", re.IGNORECASE)


def _way_to(code: Code, function: int) -> str | None:
    analysis = code.analysis
    node = code.node(function)
    shared = frozenset(name for name in _outliving(node) if name in code.module.names) if node else frozenset()

    def makes_anew(caller: Caller) -> bool:
        other = analysis.code(caller.module.path)
        filled = shared if other is code else frozenset()
        return not caller.call[7] & KEPT and (other is None or not _asks_first(other, caller.function, filled))

    found = request_path(analysis, code.module, function, makes_anew)
    return str(found) if found is not None else None


def _keeps(code: Code, function: int) -> bool:
    """Tell whether a function runs once: its result is cached, or it fills a global or class attribute that it asks."""
    record = code.module.functions[function]
    body = code.module.body(record.get("o", 0))
    for decorator in record.get("d", ()):
        written = body["c"][decorator[1]][0] if type(decorator) is list and decorator[0] == "c" else decorator
        if last_name(written) in _KEEPERS:
            return True
    return bool(record.get("k")) or _asks_first(code, function)


def _asks_first(code: Code, function: int, filled: frozenset[str] = frozenset()) -> bool:
    """Tell whether a function asks something that outlives it before it makes anything new, in whatever form.

    `filled` are the names of the module that what it calls keeps something in.
    """
    known: dict[Any, bool] = code.memo.setdefault("asks first", {})
    if (function, filled) not in known:
        known[function, filled] = _does_ask_first(code.node(function), filled)
    return known[function, filled]


def _does_ask_first(node: Function | None, filled: frozenset[str]) -> bool:
    stored = (_outliving(node) if node is not None else frozenset()) | filled
    if not stored:
        return False
    for part in own_nodes(*node.body) if node is not None else ():
        tests: list[ast.expr] = []
        if isinstance(part, ast.If | ast.While | ast.IfExp):
            tests = [part.test]
        elif isinstance(part, ast.Try):
            tests = [
                inner for statement in part.body for inner in ast.walk(statement) if isinstance(inner, ast.Subscript)
            ]
        for test in tests:
            asked = {ast.unparse(inner) for inner in ast.walk(test) if isinstance(inner, ast.Name | ast.Attribute)}
            asked |= {
                ast.unparse(inner.args[0]) + "." + str(inner.args[1].value)
                for inner in ast.walk(test)
                if isinstance(inner, ast.Call)
                and isinstance(inner.func, ast.Name)
                and inner.func.id in {"getattr", "hasattr"}
                and len(inner.args) > 1
                and isinstance(inner.args[1], ast.Constant)
            }
            if asked & stored:
                return True
    return False


def _outliving(node: Function) -> frozenset[str]:
    """Return what a function sets that outlives its call, and the names that it gives to what it finds there."""
    parts = list(own_nodes(*node.body))
    keepers = {
        ast.unparse(part.func.value)
        for part in parts
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and _KEEPS.match(part.func.attr)
    }
    shared = {name for part in parts if isinstance(part, ast.Global | ast.Nonlocal) for name in part.names}
    stored: set[str] = set()
    for part in parts:
        for target in _targets(part):
            match target:
                case ast.Subscript(value=value):
                    stored.add(ast.unparse(value))
                case ast.Attribute():
                    stored.add(ast.unparse(target))
                case ast.Name(id=name) if name in shared:
                    stored.add(name)
    asked = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, sorted(stored | keepers)))})(?!\w)")
    for part in parts if stored or keepers else ():
        given = part.value if isinstance(part, ast.Assign | ast.AnnAssign | ast.NamedExpr) else None
        if given is not None and asked.search(_GETS.sub(r"\1.\2", ast.unparse(given))):
            stored |= {target.id for target in _targets(part) if isinstance(target, ast.Name)}
    return frozenset(stored)


def _targets(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target) | ast.NamedExpr(target=target) | ast.AugAssign(target=target):
            return [target]
    return []


def _in_loop_without_with(code: Code, call: CallRecord) -> bool:
    """Tell whether a loop of the function makes it anew each time and keeps it under a name."""
    statement, inside = _holding(code).get(_place(call), (None, None))
    return inside is not None and inside.loop is not None and isinstance(statement, ast.Assign)


def _statement_of(code: Code, call: CallRecord) -> ast.stmt | None:
    """Return the innermost statement that holds a call."""
    return _holding(code).get(_place(call), (None, None))[0]


def _holding(code: Code) -> dict[Place, tuple[ast.stmt, Surroundings]]:
    """Return the innermost statements of a file that hold calls, by where the calls stand."""
    found: dict[Place, tuple[ast.stmt, Surroundings]] | None = code.memo.get("holding")
    if found is None:
        found = code.memo["holding"] = {}
        for statement, inside in code.statements:
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for node in own_nodes(*code.parts(statement)):
                    if isinstance(node, ast.Call):
                        found[place_of_call(node)] = statement, inside
    return found


def _place(call: CallRecord) -> Place:
    line, column, end_line, end_column = call[3:7]
    return line, column, end_line, end_column


def _never_closed(code: Code, function: int, call: CallRecord) -> str | None:
    """Return the name under which start-up keeps a pool that nothing in the project closes."""
    if call[7] & ENTERED or not function or not _at_start(code, function):
        return None
    statement = _statement_of(code, call)
    targets: list[ast.expr] = []
    match statement:
        case ast.Assign(targets=targets, value=ast.Call() | ast.Await(value=ast.Call())):
            pass
        case ast.AnnAssign(target=target, value=ast.Call() | ast.Await(value=ast.Call())):
            targets = [target]
    node = code.node(function)
    names = {_last(target) for target in targets} - {""}
    for part in own_nodes(*node.body) if node is not None else ():
        match part:
            case ast.Assign(targets=more, value=ast.Name(id=name)) if name in names:
                names |= {_last(target) for target in more} - {""}
            case ast.Call(func=ast.Name(id=taker) | ast.Attribute(attr=taker)) if taker in _BORROWERS:
                continue
            case ast.Call(args=arguments, keywords=keywords) if any(
                _last(argument) in names for argument in (*arguments, *(keyword.value for keyword in keywords))
            ):
                return None  # whoever it is handed to may close it
            case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                if any(_last(inner) in names for inner in ast.walk(value) if isinstance(inner, ast.Name)):
                    return None
    if not names:
        return None
    either = "|".join(map(re.escape, sorted(names)))
    closed = re.compile(rf"\b(?:{either})(?:[\"']\])?\s*\.\s*{_CLOSES}\b|\b{_CLOSES}\([^()\n]*\b(?:{either})\b")
    if any(closed.search(text) for _, text in code.analysis.tables.texts()):
        return None
    return ast.unparse(targets[-1])


def _at_start(code: Code, function: int) -> bool:
    """Tell whether a function, or one that calls it, is where the application starts."""
    if _starts(code, function):
        return True
    found = callers(code.analysis, code.module, function)
    return bool(found) and all(
        _begins(code.analysis, caller.module, caller.function)
        for caller in found
        if caller.function
    ) and any(caller.function for caller in found)  # fmt: skip


def _starts(code: Code, function: int) -> bool:
    return _begins(code.analysis, code.module, function)


def _begins(analysis: Analysis, module: Module, function: int) -> bool:
    code = analysis.code(module.path)
    node = code.node(function) if code is not None else None
    first = ast.unparse(node.args.args[0]) if node is not None and node.args.args else ""
    return is_service_start(module.functions[function]["n"], _decorators(module, function), first)


def _decorators(module: object, function: int) -> list[str]:
    record = module.functions[function]  # type: ignore[attr-defined]
    body = module.body(record.get("o", 0))  # type: ignore[attr-defined]
    return [
        last_name(body["c"][decorator[1]][0] if type(decorator) is list and decorator[0] == "c" else decorator)
        for decorator in record.get("d", ())
    ]


def _is_brief(code: Code, function: int, call: CallRecord) -> bool:
    """Tell whether a pool is let go of by the function that makes it, and that is not where the application starts."""
    node = code.node(function)
    statement = _statement_of(code, call) if node is not None else None
    if node is None or statement is None or _at_start(code, function):
        return False
    if _is_entered(call, statement):
        return True
    known: dict[int, set[str]] = code.memo.setdefault("closed", {})
    if function not in known:
        known[function] = {
            ast.unparse(part.func.value)
            for part in own_nodes(*node.body)
            if isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and re.fullmatch(_CLOSES, part.func.attr) is not None
        }
    return any(ast.unparse(target) in known[function] for target in _targets(statement))


def _is_entered(call: CallRecord, statement: ast.stmt) -> bool:
    """Tell whether what a call makes is a context that the statement around it enters and leaves."""
    if call[7] & ENTERED:
        return True
    items = statement.items if isinstance(statement, ast.With) else []
    return any(
        isinstance(item.context_expr, ast.Call) and place_of_call(item.context_expr) == tuple(call[3:7])
        for item in items
    )


def _has_server(code: Code, function: int, call: CallRecord) -> bool:
    """Tell whether a pool is one of connections to a server, as far as its URL says: a file has no limit of them."""
    node = _written(code, call)
    if node is None:
        return True
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    url = next(iter(node.args), None) or given.get("url") or given.get("conninfo")
    parts = Templates(code, code.node(function)).of(url).parts if url is not None else ()
    scheme = re.match(r"([a-z]+)(?:\+\w+)?:", parts[0]) if parts and isinstance(parts[0], str) else None
    return scheme is None or scheme[1] in _SERVERS


def _written(code: Code, call: CallRecord) -> ast.Call | None:
    """Return a call as it is written."""
    statement = _statement_of(code, call)
    nodes = own_nodes(statement) if statement is not None else ()
    return next((part for part in nodes if isinstance(part, ast.Call) and place_of_call(part) == _place(call)), None)


def _last(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def _is_sized(arguments: Arguments, name: str) -> bool:
    return (
        "**" in arguments.names
        or not set(_POOLS[name]).isdisjoint(arguments.names)
        or any(f"{size}=" in url for url in _urls(arguments) for size in _POOLS[name])
        or "Blocking" in name
    )


def _urls(arguments: Arguments) -> Iterator[str]:
    for position, keyword in ((0, "url"), (0, "conninfo")):
        for value in arguments.get(position, keyword):
            if value[0] == "s":
                yield value[1]


def _missing_limits(code: Code, arguments: Arguments, name: str) -> tuple[str, ...]:
    """Return which limits a Redis client of the service lacks."""
    if _POOLS[name] is not _REDIS or "Blocking" in name or "**" in arguments.names or arguments.starred():
        return ()
    if not _is_judged_for_limits(code) or _has_modern_defaults(code.analysis):
        return ()
    urls = " ".join(_urls(arguments))
    missing = []
    if not _is_sized(arguments, name):
        missing.append(_BOUND)
    if not any(timeout in arguments.names or f"{timeout}=" in urls for timeout in _TIMEOUTS):
        missing.append("a timeout")
    return tuple(missing)


def _has_one_user(code: Code, function: int, call: CallRecord) -> bool:
    """Tell whether a client has but one user at a time, so that it has one connection, however many it may have.

    That is one of a script or a command line, and one that does not leave the function which makes it.
    """
    if is_aside(code.analysis, code.path):
        return True
    written = _written(code, call)
    given = (*written.args, *(keyword.value for keyword in written.keywords)) if written is not None else ()
    if any(_COMMAND_LINE.match(ast.unparse(part)) for part in given):
        return not in_service(code.analysis, code.path)
    statement = _statement_of(code, call)
    targets = _targets(statement) if statement is not None else []
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    left = _leaving(code, function) if function and len(names) == len(targets) > 0 else None
    return left is not None and names.isdisjoint(left)


def _leaving(code: Code, function: int) -> frozenset[str] | None:
    """Return the names of what leaves a function or outlives its call; None where it has things go on beside it."""
    known: dict[int, frozenset[str] | None] = code.memo.setdefault("leaving", {})
    if function not in known:
        known[function] = _read_leaving(code.node(function))
    return known[function]


def _read_leaving(node: Function | None) -> frozenset[str] | None:
    found: set[str] = set()
    receivers: set[ast.AST] = set()
    for part in own_nodes(*node.body) if node is not None else ():
        match part:
            case ast.Global(names=shared) | ast.Nonlocal(names=shared):
                found.update(shared)
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in _BESIDE:
                return None
            case ast.Attribute(value=ast.Name() as receiver):
                receivers.add(receiver)
    for part in ast.walk(node) if node is not None else ():
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part not in receivers:
            found.add(part.id)
    return frozenset(found)


def _is_judged_for_limits(code: Code) -> bool:
    return not has_layers(code.analysis) or in_service(code.analysis, code.path)


def _has_modern_defaults(analysis: Analysis) -> bool:
    """Tell whether the project pins a client that is bounded and has timeouts by default: redis 8 and later."""
    if "modern redis" not in analysis.memo:
        root = analysis.project.root
        texts = []
        for pattern in ("requirements*.txt", "requirements/*.txt", "pyproject.toml"):
            for file in sorted(root.glob(pattern)):
                with contextlib.suppress(OSError):
                    texts.append(bytes_of(file, 200_000).decode("utf-8", "replace"))
        analysis.memo["modern redis"] = any(_MODERN_REDIS.search(text) for text in texts)
    return bool(analysis.memo["modern redis"])


def confidence_in(way: str) -> Confidence:
    """Return how sure it is that a request makes anew what stands at the end of a way: on a long one it may be kept."""
    return Confidence.CERTAIN if way.count(" -> ") <= _SHORT else Confidence.PROBABLE


def confidence_of(missing: tuple[str, ...]) -> Confidence:
    """Return how sure it is that a client that lacks these limits harms: one of the two may be meant."""
    return Confidence.CERTAIN if len(missing) > 1 else Confidence.PROBABLE
