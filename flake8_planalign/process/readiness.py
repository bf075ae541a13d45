"""What an application depends on, and which of that a readiness route asks before it says that it is ready."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy, pieces
from flake8_planalign.process.analysis import Analysis, CallRecord, dotted_names, place_of_call
from flake8_planalign.process.requests import may_mean, names_it
from flake8_planalign.process.services import has_layers, in_service, same_service
from flake8_planalign.process.statements import Function
from flake8_planalign.process.tables import derived_from
from flake8_planalign.python.members import lineage
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.python.values import Frame, Value

__all__ = ["tells_by_status", "unchecked_by"]

_MAX_REACH: Final = 60
_DATABASES: Final = (
    r"(?:sqlalchemy|sqlmodel)\..*create_(?:async_)?engine$|(?:asyncpg|aiomysql|aiopg|asyncmy)\.(?:create_pool|connect)$"
    r"|psycopg2?\.connect$|psycopg\.(?:Async)?Connection\.connect$|psycopg_pool\.\w+|(?:motor|pymongo)\..*Client$"
    r"|psycopg2\.pool\.\w+"
)
_MODELS: Final = (
    r"joblib\.load$|h2o\.(?:load_model|import_mojo|upload_mojo|get_model)$|mlflow\..*load_model$|daimojo\.model$"
    r"|onnxruntime\.InferenceSession$|xgboost\.Booster$|lightgbm\.Booster$|torch\.(?:jit\.)?load$"
    r"|transformers\.(?:pipeline$|\w+\.from_pretrained$)|sentence_transformers\.\w*Transformer$"
    r"|(?:keras|tensorflow\.keras)\.models\.load_model$"
)


class _Dependency(msgspec.Struct, frozen=True):
    """A thing that an application depends on: what makes a client of it, and how code that asks it speaks of it."""

    makers: str
    words: str


_DEPENDENCIES: Final = {
    "Redis": _Dependency(
        r"(?:redis|valkey|aioredis)\..*(?:Redis|Valkey|from_url|ConnectionPool|RedisCluster)$", r"redis|valkey|cache"
    ),
    "the database": _Dependency(
        _DATABASES, r"\bselect\b|database|engine|session|\bdb\b|\bpool\b|postgres|mysql|mongo|\bconn"
    ),
    "the object store": _Dependency(
        r"minio\.Minio$|google\.cloud\.storage\.(?:client\.)?Client$|s3$", r"minio|bucket|s3|storage|blob"
    ),
    "the model": _Dependency(_MODELS, r"model|predict|booster|mojo|scorer|champion|embed|pipeline"),
    "the message broker": _Dependency(
        r"aio_pika\.connect(?:_robust)?$|pika\.BlockingConnection$|aiokafka\.AIOKafka\w+$|kafka\.Kafka\w+$"
        r"|confluent_kafka\.(?:Producer|Consumer)$|nats\.connect$",
        r"kafka|rabbit|amqp|broker|queue|producer|consumer|nats|pika",
    ),
    "the search engine": _Dependency(
        r"(?:elasticsearch|opensearchpy)\.(?:Async)?(?:Elasticsearch|OpenSearch)$", r"elastic|opensearch|search"
    ),
    "the vector store": _Dependency(
        r"qdrant_client\.(?:Async)?QdrantClient$|chromadb\.(?!Ephemeral)\w*Client$|weaviate\.\w+|pinecone\.Pinecone$",
        r"qdrant|chroma|weaviate|pinecone|vector",
    ),
    "the external service OpenAI": _Dependency(r"openai\.(?:Async)?(?:Azure)?OpenAI$", r"openai|llm|upstream|external"),
    "the external service Anthropic": _Dependency(
        r"anthropic\.(?:Async)?Anthropic$", r"anthropic|claude|llm|upstream|external"
    ),
    "the external service Stripe": _Dependency(r"stripe\.StripeClient$", r"stripe|payment|billing|external"),
    "the external service Twilio": _Dependency(r"twilio\.rest\.Client$", r"twilio|sms|external"),
}  # fmt: skip
_MAKERS: Final = frozenset({
    "AIOKafkaConsumer", "AIOKafkaProducer", "Anthropic", "AsyncAnthropic", "AsyncAzureOpenAI", "AsyncConnectionPool",
    "AsyncElasticsearch", "AsyncIOMotorClient", "AsyncMongoClient", "AsyncOpenAI", "AsyncOpenSearch",
    "AsyncQdrantClient", "AzureOpenAI", "BlockingConnection", "Booster", "Client", "ConnectionPool", "Consumer",
    "Elasticsearch", "HttpClient", "InferenceSession", "KafkaConsumer", "KafkaProducer", "Minio", "MongoClient",
    "OpenAI", "OpenSearch", "PersistentClient", "Pinecone", "Producer", "QdrantClient", "Redis", "RedisCluster",
    "SentenceTransformer", "SimpleConnectionPool", "StrictRedis", "StripeClient", "ThreadedConnectionPool", "Valkey",
    "client", "connect", "connect_robust", "create_async_engine", "create_client", "create_engine", "create_pool",
    "from_pretrained", "from_url", "get_model", "import_mojo", "load", "load_model", "model", "pipeline", "resource",
    "upload_mojo",
})  # fmt: skip
_SETTING: Final = lazy(r"(?:^|_)(?:dsn|enabled?|host|uri|url)$", re.IGNORECASE)
_COMPOUND: Final = (
    ast.AsyncFor, ast.AsyncFunctionDef, ast.AsyncWith, ast.ClassDef, ast.For, ast.FunctionDef, ast.If, ast.Match,
    ast.Try, ast.TryStar, ast.While, ast.With,
)  # fmt: skip
#: What is called, with the receiver that it is called on; the words for what a health route itself asks.
_CALLED: Final = lazy(r"[A-Za-z_][\w.]*(?=\()|(?<=\bif )[^\n:]+(?=:)")
#: Methods that ask a server whether it is there.
_ASKS: Final = lazy(r"\.(?:ping|verify_connectivity)$", re.MULTILINE)
_TURNS: Final = lazy(r"\bfor ([\w, ()]{1,80}) in ")
_NAMES: Final = lazy(r"\w+")
_CALLED_NAMES: Final = lazy(r"(?<![.\w])\w+(?=\()")
_ASKS_IT: Final = lazy(
    r"\.(?:ping|verify_connectivity)\(\)$|\.(?:execute|scalar|fetchval)\(.*\bSELECT 1\b", re.IGNORECASE
)
_LOOK_UPS: Final = frozenset({"append", "copy", "get", "items", "keys", "pop", "setdefault", "update", "values"})
_ASKED: Final = {"the model": r"\b\w*model\b|predict|booster|mojo|scorer|champion"}
_FAILS: Final = lazy(r"\braise\b|\b50[0-9]\b|SERVICE_UNAVAILABLE")
#: How deep the functions that a route's handler calls are followed.
_MAX_CALLS: Final = 3
_LOADS: Final = lazy(r"(?:^|\.)(?:load_models?|from_pretrained|InferenceSession)$|^(?:joblib|pickle|torch)\.load$")
_UNREADY: Final = lazy(r"\b503\b|SERVICE_UNAVAILABLE")
_FAILED: Final = lazy(r"\bstatus_code=500\b|\bHTTPException\(500\b")
#: What asks everything that something depends on, by the names that libraries give it.
_CHECKS_ALL: Final = frozenset({
    "check_connection", "check_connections", "check_dependencies", "check_health", "check_ready", "health_check",
    "healthcheck",
})  # fmt: skip
#: A method of what asks everything, by how that is called.
_PROBES: Final = lazy(r"(?:^|[._])(?:probe|readiness|health(?:_?check\w*)?|checker)\.\w+$")
#: Functions that make a client of a service of AWS by its name.
_AWS: Final = frozenset({"client", "create_client", "resource"})
_AWS_MAKER: Final = lazy(r"(?:boto3|botocore|aioboto3|aiobotocore)\.")


def unchecked_by(analysis: Analysis, module: Module, function: int) -> Iterator[str]:
    """Yield the dependencies of the application that a readiness route's handler does not ask."""
    code = analysis.code(module.path)
    if _asks_a_library(analysis, module, function) or (code is not None and _redirects(code.node(function))):
        return
    said, _own = _said_by(analysis, module, function)
    if _asks_what_is_registered(said):
        return
    for name, dependency in _DEPENDENCIES.items():
        if name in _used(analysis, module) and not re.search(dependency.words, said, re.IGNORECASE):
            yield name


def _redirects(function: Function | None) -> bool:
    """Tell whether a route's handler sends the caller to another route."""
    last = function.body[-1] if function is not None else None
    return isinstance(last, ast.Return) and last.value is not None and bool(_REDIRECTS.match(ast.unparse(last.value)))


_REDIRECTS: Final = lazy(r"(?:\w+\.)*(?:\w*Redirect(?:Response)?|redirect)\(")


def _asks_what_is_registered(said: str) -> bool:
    """Tell whether a handler calls each of a collection of checks: `for check in self.checks: await check()`."""
    names = {name for target in _TURNS.findall(said) for name in _NAMES.findall(target)}
    return not names.isdisjoint(_CALLED_NAMES.findall(said))


def _asks_a_library(analysis: Analysis, module: Module, function: int) -> bool:
    """Tell whether a handler leaves the asking to an object of which nobody here knows what it asks.

    It is a library's, or one that is handed in as what asks: `state.container.readiness_probe.is_ready()`.
    """
    frame = analysis.evaluator.entry(module, function)
    code = analysis.code(module.path)
    node = code.node(function) if code is not None else None
    parts = ast.walk(node) if node is not None else ()
    probed = {place_of_call(p) for p in parts if isinstance(p, ast.Call) and _PROBES.search(ast.unparse(p.func))}
    return any(
        (last_name(call[0]) in _CHECKS_ALL or (tuple(call[3:7]) in probed and last_name(call[0]) not in _LOOK_UPS))
        and not any(_has_body(analysis, value) for value in analysis.evaluator.value(call[0], frame))
        for call in module.body(function).get("c", ())
    )


def _has_body(analysis: Analysis, value: Value) -> bool:
    """Tell whether a value is a function of the project that does something: that of a protocol does nothing."""
    code = analysis.code(value[1]) if value[0] == "F" else None
    node = code.node(value[2]) if code is not None else None
    return node is not None and not all(
        isinstance(part, ast.Raise | ast.Pass) or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for part in node.body
    )


def tells_by_status(analysis: Analysis, module: Module, function: int) -> bool:
    """Tell whether the status of a route's answer says whether the service is ready: it fails with what that needs."""
    return (
        _answers_unready(analysis, module, function)
        or _fails_behind(analysis, module, function)
        or _asks_any(analysis, module, function)
    )


def _fails_behind(analysis: Analysis, module: Module, function: int, depth: int = 0) -> bool:
    """Tell whether a failure of a function of the project that a handler calls, or loads a model by, is its own."""
    code = analysis.code(module.path)
    node = code.node(function) if code is not None else None
    places = {place_of_call(call) for call in _unguarded(node.body)} if node is not None else set()
    frame = analysis.evaluator.entry(module, function)
    for call in module.body(function).get("c", ()) if places else ():
        for value in map(_kept, analysis.evaluator.value(call[0], frame)) if tuple(call[3:7]) in places else ():
            other = analysis.code(value[1]) if value[0] == "F" else None
            called = other.node(value[2]) if other is not None else None
            if other is None or called is None:
                continue
            if any(map(_is_failure, (part for statement in called.body for part in _outside_tries(statement)))):
                return True
            if depth < _MAX_CALLS and _fails_behind(analysis, other.module, value[2], depth + 1):
                return True
    return False


def _kept(value: Value) -> Value:
    """Return the function whose results `lru_cache` keeps, or the value itself."""
    return value[1] if value[0] == "kept" else value


def _is_failure(part: ast.AST) -> bool:
    """Tell whether a part of a function fails by itself, or loads a model that may not be there."""
    match part:
        case ast.Raise():
            return True
        case ast.Call(func=called):
            return _LOADS.search(ast.unparse(called)) is not None
    return False


def _unguarded(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """Yield the calls of a function whose failure nothing in it catches."""
    return (part for statement in body for part in _outside_tries(statement) if isinstance(part, ast.Call))


def _outside_tries(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the parts of a statement of which no `except` in it catches every failure."""
    pending: list[ast.AST] = [statement]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, ast.Try | ast.TryStar) and any(map(_catches_all, part.handlers)):
            pending.extend([*part.handlers, *part.orelse, *part.finalbody])
        elif not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(part))


def _asks_any(analysis: Analysis, module: Module, function: int) -> bool:
    """Tell whether a route's handler asks something that the application depends on, and fails with it."""
    used = [_ASKED.get(name, words.words) for name, words in _DEPENDENCIES.items() if name in _used(analysis, module)]
    code = analysis.code(module.path)
    node = code.node(function) if code is not None else None
    if used and node is not None and _swallows(node, re.compile("|".join(used), re.IGNORECASE)):
        return False
    if node is not None and (_fails_by_answer(node) or _fails_with(node)):
        return True
    said, own = _said_by(analysis, module, function, through=_lets_failures_through)
    if _FAILS.search(said) is None:
        return False
    asked = "\n".join(name for name in _CALLED.findall(said) if name.rpartition(".")[2] not in own and _may_ask(name))
    return _ASKS.search(asked) is not None or any(re.search(words, asked, re.IGNORECASE) for words in used)


def _may_ask(name: str) -> bool:
    """Tell whether a call may ask a server: not where something is looked up in what the process has at hand."""
    return name.rpartition(".")[2] not in _LOOK_UPS or "redis" in name.lower()


def _fails_by_answer(function: Function) -> bool:
    """Tell whether a handler fails by what it has asked: `if check() is False: return 500`."""
    for number, statement in enumerate(function.body):
        if not isinstance(statement, ast.If):
            continue
        asked = list(ast.walk(statement.test))
        # `if await ask(): return OK`, and behind it `raise`
        failing = function.body[number:] if any(isinstance(part, ast.Await) for part in asked) else statement.body
        if any(isinstance(part, ast.Call) for part in asked) and any(_FAILS.search(ast.unparse(p)) for p in failing):
            return True
    return False


def _fails_with(function: Function) -> bool:
    """Tell whether a handler asks a server outside of any `try`, so that it fails where the server does."""
    for statement in function.body:
        for part in ast.walk(statement) if not isinstance(statement, ast.Try | ast.TryStar) else ():
            if isinstance(part, ast.Call) and _ASKS_IT.search(ast.unparse(part)):
                return True
    return False


def _answers_unready(analysis: Analysis, module: Module, function: int) -> bool:
    """Tell whether a route's handler answers 503 by what it finds, or 500 where what it waits for fails."""
    code = analysis.code(module.path)
    node = code.node(function) if code is not None else None
    return node is not None and any(
        _UNREADY.search(ast.unparse(statement)) or _answers_failed(statement) for statement in node.body
    )


def _answers_failed(statement: ast.stmt) -> bool:
    """Tell whether a statement waits for something and answers 500 where that fails."""
    return (
        isinstance(statement, ast.Try | ast.TryStar)
        and any(isinstance(part, ast.Await) for inner in statement.body for part in ast.walk(inner))
        and any(_FAILED.search(ast.unparse(handler)) for handler in statement.handlers)
    )


def _lets_failures_through(function: Function) -> bool:
    """Tell whether a failure of what a function calls reaches its caller: not if it catches all and goes on.

    What a handler takes down may be told behind it: `if errors: code = 500`.
    """
    for number, statement in enumerate(function.body):
        if isinstance(statement, ast.Try) and any(map(_catches_all, statement.handlers)):
            told = [*statement.handlers, *function.body[number + 1 :]]
            return any(_FAILS.search(ast.unparse(part)) for part in told)
        if any(isinstance(part, ast.Call) for part in ast.walk(statement)):
            return True
    return True


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")


def _swallows(function: Function, words: re.Pattern[str]) -> bool:
    """Tell whether a handler fails only by an `except` that what it asks cannot reach, since it is caught before."""
    told = [statement for statement in function.body if _FAILS.search(ast.unparse(statement))]
    if not told or not all(isinstance(statement, ast.Try) and statement.handlers for statement in told):
        return False
    for attempt in told:
        assert isinstance(attempt, ast.Try)
        for statement in (*attempt.body, *attempt.orelse):
            caught = isinstance(statement, ast.Try) and bool(statement.handlers)
            asked = [ast.unparse(part) for part in ast.walk(statement) if isinstance(part, ast.Call)]
            if _FAILS.search(ast.unparse(statement)) or (not caught and any(map(words.search, asked))):
                return False
    return True


def _used(analysis: Analysis, module: Module) -> frozenset[str]:
    """Return which kinds of dependencies the modules of a module's application make clients of."""
    memo = analysis.memo.setdefault("dependencies", {})
    if module.path not in memo:
        found = analysis.tables.gathered("dependencies", functools.partial(_made_in, analysis), gate=_MAKER.search)
        own = None if has_layers(analysis) else same_service(analysis, module.path)
        memo[module.path] = frozenset(
            name for path, names in found.items() if own is None or path in own for name in names
        )
    return memo[module.path]  # type: ignore[no-any-return]


_MAKER: Final = pieces(*(rf"\b{name}\(" for name in sorted(_MAKERS)))


def _made_in(analysis: Analysis, path: str, _text: str) -> list[str] | None:
    """Return the dependencies of which a module of the service makes clients."""
    module = analysis.evaluator.modules.module(path) if in_service(analysis, path) else None
    if module is None:
        return None
    found: set[str] = set()
    for function in range(len(module.functions)):
        for call in module.body(function).get("c", ()):
            if may_mean(call[0], _MAKERS):
                kinds = set(_kinds(analysis, call, analysis.evaluator.entry(module, function))) - found
                if _is_replaceable(analysis, module, function):
                    kinds = {kind for kind in kinds if "external" not in kind}
                if kinds and not _is_optional(analysis, module, call) and not _is_idle(analysis, module, function):
                    found |= kinds
    return sorted(found) or None


def _is_optional(analysis: Analysis, module: Module, call: CallRecord) -> bool:
    """Tell whether a client is made only where a setting says so, and the application goes on where it fails.

    `if settings.redis_url: try: client = connect(settings.redis_url) except Exception: logger.warning(...)`
    """
    code = analysis.code(module.path)
    for statement, inside in code.statements if code is not None else ():
        if statement.lineno <= call[3] <= (statement.end_lineno or 0) and not isinstance(statement, _COMPOUND):
            tests = [node.test for node, field in inside.branches if isinstance(node, ast.If) and field == "body"]
            goes_on = any(not _ends_in_raise(handler.body) for each in inside.tries for handler in each.handlers)
            return goes_on and any(isinstance(test, ast.Name | ast.Attribute) and _is_setting(test) for test in tests)
    return False


def _is_setting(test: ast.Name | ast.Attribute) -> bool:
    """Tell by its name whether a value says where something is, or whether it is wanted."""
    return _SETTING.search(test.id if isinstance(test, ast.Name) else test.attr) is not None


def _ends_in_raise(body: list[ast.stmt]) -> bool:
    """Tell whether a block leaves its function by an error."""
    return isinstance(body[-1], ast.Raise)


def _is_replaceable(analysis: Analysis, module: Module, function: int) -> bool:
    """Tell whether a method belongs to one of several classes that stand in for one another, as providers do.

    They have a base class in the project. Which of them is used is chosen, and none is needed as such.
    """
    owner = module.functions[function].get("c")
    for base in lineage(analysis.evaluator, module.path, owner)[1:] if owner is not None else ():
        other = analysis.evaluator.modules.module(base[1]) if base[0] == "C" else None
        if other is not None and derived_from(analysis.tables, other.classes[base[2]]["n"]) > 1:
            return True
    return False


def _is_idle(analysis: Analysis, module: Module, function: int) -> bool:
    """Tell whether no module of the service names a plain function, but for functions that are idle themselves.

    A module that the service imports for other functions may hold those of a command line, as one that registers a
    model.
    """
    pending, seen = [function], {function}
    while pending:
        number = pending.pop()
        record = module.functions[number]
        if not number or record.keys() & {"c", "d", "o"} or len(seen) > _MAX_REACH:
            return False
        for path in analysis.tables.mentioning(record["n"]):
            other = analysis.evaluator.modules.module(path) if in_service(analysis, path) else None
            if other is None:
                continue
            naming = {n for n in other.naming(record["n"]) if names_it(other.raw(n), record["n"])}
            if other is not module and (naming or record["n"] in other.names):
                return False
            pending.extend(naming - seen)
            seen |= naming
    return True


def _kinds(analysis: Analysis, call: CallRecord, frame: Frame) -> Iterator[str]:
    """Yield the dependencies that a call makes a client of."""
    for made in sorted(dotted_names(analysis.evaluator.value(call[0], frame))):
        if _AWS_MAKER.match(made) and made.rpartition(".")[2] in _AWS:
            known, service = analysis.evaluator.arguments(call, frame).constant(0, "service_name")
            made = str(service) if known else ""  # noqa: PLW2901 - the service says what it is
        if _is_in_memory(analysis, call, frame):
            continue
        for name, dependency in _DEPENDENCIES.items():
            # a client that is given an address speaks to another service than the one whose library it is of
            if re.match(dependency.makers, made) and not ("external" in name and "base_url" in call[2]):
                yield name


def _is_in_memory(analysis: Analysis, call: CallRecord, frame: Frame) -> bool:
    """Tell whether a client keeps all that it has in this process: `QdrantClient(":memory:")`."""
    return analysis.evaluator.arguments(call, frame).constant(0, "location") == (True, ":memory:")


def _said_by(
    analysis: Analysis, module: Module, function: int, through: Callable[[Function], bool] = lambda _: True
) -> tuple[str, frozenset[str]]:
    """Return the text of a function and of the project's functions that it reaches or depends on, and their names.

    A function that it reaches is left out, with all that is behind it, unless `through` lets it pass.
    """
    seen: set[tuple[str, int]] = set()
    pending = [(module, function)]
    texts: list[str] = []
    names: set[str] = set()
    while pending and len(seen) < _MAX_REACH:
        here, number = pending.pop(0)
        if (here.path, number) in seen:
            continue
        seen.add((here.path, number))
        code = analysis.code(here.path)
        node = code.node(number) if code is not None else None
        if node is not None:
            if len(seen) > 1 and not through(node):
                continue
            texts.append(ast.unparse(node))
        frame = analysis.evaluator.entry(here, number)
        for call in here.body(number).get("c", ()):
            for part in (call[0], *call[1], *call[2].values()):
                for value in map(_kept, analysis.evaluator.value(part, frame)):
                    if value[0] == "F":
                        other = analysis.evaluator.modules.module(value[1])
                        if other is not None:
                            pending.append((other, value[2]))
                            names.add(other.functions[value[2]]["n"])
    return "\n".join(texts), frozenset(names)
