"""Request paths: which functions endpoints, dependencies, middlewares and background tasks reach, and by which way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, CallRecord
from flake8_planalign.python.facts import KEPT
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.python.values import Value

__all__ = [
    "Caller",
    "RequestPath",
    "callers",
    "decorator_calls",
    "entrance",
    "is_service_start",
    "may_mean",
    "names_it",
    "request_path",
]

#: Decorators that make a function an endpoint, if their first argument is a path.
_VERBS: Final = frozenset({
    "any", "api_route", "delete", "get", "head", "options", "patch", "post", "put", "route", "websocket",
    "websocket_route", "ws",
})  # fmt: skip
#: Decorators that let a function run for every request, or for one that failed.
_HOOKS: Final = frozenset({
    "after_request", "before_request", "exception_handler", "errorhandler", "middleware", "teardown_request",
})  # fmt: skip
#: Functions that register another one as an endpoint.
_REGISTRARS: Final = frozenset({
    "HttpRoute", "Route", "WebSocketRoute", "add_api_route", "add_api_websocket_route", "add_delete", "add_get",
    "add_patch", "add_post", "add_put", "add_route", "add_url_rule", "add_view", "add_websocket_route", "path",
    "re_path",
})  # fmt: skip
#: What takes a dependency, or work that runs when the response is sent.
_DEPENDENCIES: Final = frozenset({"Depends", "Provide", "Security"})
_BACKGROUND: Final = frozenset({"BackgroundTask", "add_task"})
_MIDDLEWARES: Final = frozenset({"add_exception_handler", "add_middleware", "Middleware"})
#: Methods that a framework calls for each request, by the class that they override.
_FRAMEWORK_METHODS: Final = (
    (lazy(r"starlette\.middleware\.base\.BaseHTTPMiddleware$|fastapi\..*BaseHTTPMiddleware$"), {"dispatch"}),
    (lazy(r"starlette\.endpoints\.HTTPEndpoint$|aiohttp\.web(?:_urldispatcher)?\.View$|django\.views\..*View$"),
     {"get", "post", "put", "patch", "delete", "head"}),
    (lazy(r"starlette\.endpoints\.WebSocketEndpoint$"), {"on_connect", "on_receive", "on_disconnect"}),
)  # fmt: skip
_MAX_DEPTH: Final = 12
#: A name that is called in more functions than these says nothing.
_MAX_CANDIDATES: Final = 400


class RequestPath(msgspec.Struct, frozen=True):
    """A way from an entrance of the application to a function: `entrance` in words, `names` of the functions on it."""

    entrance: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        """Return the way as a finding shows it."""
        return " -> ".join((self.entrance, *self.names)) if len(self.names) > 1 else self.entrance


class Caller(msgspec.Struct, frozen=True):
    """A function that calls another one, and the record of the call."""

    module: Module
    function: int
    call: CallRecord


def may_mean(expression: Any, names: frozenset[str]) -> bool:
    """Tell whether an expression may mean something of these names: it ends in one, or is a name of the function."""
    if type(expression) is str and not expression[-1].isalpha() and expression.replace("|", "").isdigit():
        return True
    return last_name(expression) in names


def decorator_calls(module: Module, function: int) -> Iterator[CallRecord]:
    """Yield the decorators of a function that are calls."""
    record = module.functions[function]
    body = module.body(record.get("o", 0))
    for decorator in record.get("d", ()):
        if type(decorator) is list and decorator[0] == "c" and decorator[1] < len(body.get("c", ())):
            yield body["c"][decorator[1]]


def route_of(call: CallRecord) -> tuple[str, str] | None:
    """Return verb and path of a decorator that makes a function an endpoint."""
    verb = last_name(call[0])
    if verb in _VERBS:
        for written in (*call[1][:1], call[2].get("path"), call[2].get("rule")):
            if type(written) is list and written[0] == "k" and type(written[1]) is str and written[1][:1] in {"/", ""}:
                return verb, written[1]
    return None


def request_path(
    analysis: Analysis, module: Module, function: int, passes: Callable[[Caller], bool] | None = None
) -> RequestPath | None:
    """Return the shortest way on which a request reaches a function, None if no request is known to.

    `passes` tells which callers to follow, by default those of all calls whose result is not kept.
    """
    if passes is not None:
        return _find(analysis, module, function, passes)
    memo = analysis.memo.setdefault("request paths", {})
    key = (module.path, function)
    if key not in memo:
        memo[key] = _find(analysis, module, function, lambda caller: not caller.call[7] & KEPT)
    return memo[key]  # type: ignore[no-any-return]


def _find(analysis: Analysis, module: Module, function: int, passes: Callable[[Caller], bool]) -> RequestPath | None:
    seen = {(module.path, function)}
    level: list[tuple[Module, int, tuple[str, ...]]] = [(module, function, ())]
    for _depth in range(_MAX_DEPTH):
        following: list[tuple[Module, int, tuple[str, ...]]] = []
        for here, number, below in level:
            names = (_name(here, number), *below)
            found = entrance(analysis, here, number)
            if found is not None:
                return RequestPath(found, names)
            outer = here.functions[number].get("o")
            if outer and (here.path, outer) not in seen:
                seen.add((here.path, outer))
                following.append((here, outer, below))
            for caller in callers(analysis, here, number):
                if caller.function and (caller.module.path, caller.function) not in seen and passes(caller):
                    seen.add((caller.module.path, caller.function))
                    following.append((caller.module, caller.function, names))
        if not following:
            return None
        level = following
    return None


def _name(module: Module, function: int) -> str:
    name: str = module.functions[function]["q"]
    return name.removesuffix(".__init__")


def entrance(analysis: Analysis, module: Module, function: int) -> str | None:
    """Return what makes a function be called for a request, in words, None if nothing does."""
    memo = analysis.memo.setdefault("entrances", {})
    key = (module.path, function)
    if key not in memo:
        memo[key] = _entrance(analysis, module, function) if function else None
    return memo[key]  # type: ignore[no-any-return]


def _entrance(analysis: Analysis, module: Module, function: int) -> str | None:
    record = module.functions[function]
    name = record["n"]
    for call in decorator_calls(module, function):
        route = route_of(call)
        if route is not None:
            return f"`{route[0].upper()} {route[1] or '/'}`"
        if last_name(call[0]) in _HOOKS:
            return f"the {last_name(call[0]).replace('_', ' ')} `{name}`"
    for decorator in record.get("d", ()):
        if last_name(decorator) in _HOOKS:
            return f"the {last_name(decorator).replace('_', ' ')} `{name}`"
    index = record.get("c")
    if index is not None:
        found = _framework_method(analysis, module, index, name)
        if found is not None:
            return found
        if name not in {"__call__", "__init__"}:
            return None
        name = module.classes[index]["n"]
    return _registered(analysis, module, function, name)


def _framework_method(analysis: Analysis, module: Module, index: int, name: str) -> str | None:
    names = {method for _, methods in _FRAMEWORK_METHODS for method in methods}
    if name not in names:
        return None
    for base in module.classes[index]["b"]:
        for value in analysis.evaluator.value(base, analysis.evaluator.module_frame(module)):
            for pattern, methods in _FRAMEWORK_METHODS:
                if value[0] == "x" and name in methods and pattern.match(value[1]):
                    return f"`{module.classes[index]['n']}.{name}`"
    return None


def _registered(analysis: Analysis, module: Module, function: int, name: str) -> str | None:
    """Return how a function or class is handed to what calls it for a request."""
    for path in analysis.tables.mentioning(name):
        if not _MAY_REGISTER.search(analysis.tables.text(path)):
            continue
        other = analysis.evaluator.modules.module(path)
        for number in range(len(other.functions)) if other is not None else ():
            assert other is not None
            if not names_it(other.raw(number), name):
                continue
            for call in other.body(number).get("c", ()):
                how = _how_registered(call)
                if how is None or (how == "middleware" and module.functions[function]["n"] == "__init__"):
                    continue  # a middleware is made once
                frame = analysis.evaluator.entry(other, number)
                for argument in (*call[1], *call[2].values()):
                    if may_mean(argument, frozenset((name,))) and any(
                        _is(value, module, function) for value in analysis.evaluator.value(argument, frame)
                    ):
                        return f"the {how} `{name}`" if how != "endpoint" else f"the endpoint `{name}`"
    return None


def names_it(facts: str, name: str) -> bool:
    """Tell whether a chain in the facts of a function ends with a name."""
    return f'.{name}"' in facts or f'"{name}"' in facts


_MAY_REGISTER: Final = lazy(
    r"\b(?:Depends|Security|Provide|add_\w+|BackgroundTask|(?:Http|WebSocket)?Route|path|re_path|Middleware)\("
)


def _how_registered(call: CallRecord) -> str | None:
    taker = last_name(call[0])
    if taker in _DEPENDENCIES:
        return "dependency"
    if taker in _BACKGROUND:
        return "background task"
    if taker in _MIDDLEWARES:
        return "middleware"
    return "endpoint" if taker in _REGISTRARS else None


def callers(analysis: Analysis, module: Module, function: int) -> list[Caller]:
    """Return the functions of the project that call a function, or hand it to something that does."""
    memo = analysis.memo.setdefault("callers", {})
    key = (module.path, function)
    if key not in memo:
        memo[key] = list(_callers(analysis, module, function))
    return memo[key]  # type: ignore[no-any-return]


def _callers(analysis: Analysis, module: Module, function: int) -> Iterator[Caller]:
    record = module.functions[function]
    name = record["n"]
    index = record.get("c")
    if index is not None and name.startswith("__") and name.endswith("__"):
        name = module.classes[index]["n"]
    candidates: list[tuple[Module, int]] = []
    for path in analysis.tables.mentioning(name):
        other = analysis.evaluator.modules.module(path)
        if other is not None:
            candidates += [(other, number) for number in other.naming(name) if names_it(other.raw(number), name)]
    if len(candidates) > _MAX_CANDIDATES:
        return
    for other, number in candidates:
        frame = analysis.evaluator.entry(other, number)
        for call in other.body(number).get("c", ()):
            for part in (call[0], *call[1], *call[2].values()):
                if may_mean(part, frozenset((name,))) and any(
                    _is(value, module, function) for value in analysis.evaluator.value(part, frame)
                ):
                    yield Caller(other, number, call)
                    break


def _is(value: Value, module: Module, function: int) -> bool:
    """Tell whether a value is a function, as it is or within a partial; what is kept runs once and is not meant."""
    match value:
        case ("F", path, number, *_):
            return bool(path == module.path and number == function)
        case ("C", path, index):
            record = module.functions[function]
            return bool(path == module.path and record.get("c") == index and record["n"] in _MADE_BY_CALL)
        case ("I", path, index, *_):
            record = module.functions[function]
            return bool(path == module.path and record.get("c") == index and record["n"] == "__call__")
        case ("pa" | "off" | "cmf", inner, *_):
            return _is(inner, module, function)
    return False


_MADE_BY_CALL: Final = frozenset({"__init__", "__new__", "__post_init__", "__enter__", "__aenter__", "__call__"})


def is_service_start(name: str, decorators: list[str], first: str = "") -> bool:
    """Tell whether a function is where an application starts or ends, by its name, decorators and first parameter.

    A context manager is one if it is given the application: `async def run(app: FastAPI)`.
    """
    return (
        "lifespan" in name
        or ("asynccontextmanager" in decorators and _APPLICATION.match(first) is not None)
        or not _START_HOOKS.isdisjoint(decorators)
        or name in {"startup", "on_startup", "startup_event", "init_app", "shutdown", "on_shutdown"}
    )


#: A parameter that is the application, as it is written.
_APPLICATION: Final = lazy(
    r"(?:_|_*(?:app|application|api|server)|fast\w+)(?::|$)|\w+:.*(?:API|App|Application|Starlette|Litestar)\b"
)
_START_HOOKS: Final = frozenset(
    {"on_event", "on_startup", "before_serving", "before_server_start", "after_server_start", "listener"}
)
