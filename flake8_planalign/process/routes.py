"""Reads the routes of an application: their paths with the prefixes of routers, and what their handlers do."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, CallRecord
from flake8_planalign.process.gates import may_route
from flake8_planalign.process.requests import route_of
from flake8_planalign.process.statements import Function, own_nodes
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["HandParsedBody", "HealthResponse", "HealthWithoutReady", "ReadinessGap", "routes_of"]

_HEALTH: Final = frozenset({"health", "healthcheck", "healthz", "live", "livez"})
_READY: Final = frozenset({"readiness", "ready", "readyz"})
#: What an answer says where there is nothing any more.
_GONE: Final = lazy(r"\b(?:404|410)\b|\bHTTP_404_|\bHTTPStatus\.NOT_FOUND\b")
#: The methods that a route is registered with, where all are written out.
_METHODS: Final = lazy(r"""\bmethods\s*=\s*[\[({]\s*((?:["']\w+["']\s*(?:,\s*)?)+)[\])}]""")
#: Segments beside which these words speak of the whole service.
_ALONGSIDE: Final = (
    _HEALTH | _READY | {"", "-", "actuator", "api", "internal", "management", "status", "system", "v1", "v2", "v3"}
)
#: Functions that register a handler, with the positions of the path and of the handler.
_REGISTRARS: Final = {
    "Route": (0, 1), "WebSocketRoute": (0, 1), "add_api_route": (0, 1), "add_delete": (0, 1), "add_get": (0, 1),
    "add_patch": (0, 1), "add_post": (0, 1), "add_put": (0, 1), "add_url_rule": (0, 2), "path": (0, 1),
}  # fmt: skip


class Route(msgspec.Struct, frozen=True):
    """A route: the file and the call that register it, its whole path, and its handler where that is known.

    `is_silent` tells of a health route that it does not take GET, or only answers that it is not there any more.
    """

    file: str
    path: str
    function: int | None
    call: CallRecord
    is_silent: bool = False

    @property
    def is_of_whole(self) -> bool:
        """Tell whether a route speaks of the whole service, and answers GET."""
        aside = {segment for segment in self.segments if not segment.startswith("{")}
        verbs = {"delete", "options", "patch", "post", "put"}
        return aside <= _ALONGSIDE and last_name(self.call[0]) not in verbs

    @property
    def segments(self) -> frozenset[str]:
        """Return the segments of the path, in small letters."""
        return frozenset(self.path.lower().strip("/").split("/"))

    @property
    def is_ready(self) -> bool:
        """Tell whether it answers whether the service can take requests."""
        return self.speaks_of_readiness and self.is_of_whole

    @property
    def speaks_of_readiness(self) -> bool:
        """Tell whether a segment of its path says that something is ready: `/monitoring/ready`."""
        return not _READY.isdisjoint(self.segments)

    @property
    def is_health(self) -> bool:
        """Tell whether it answers whether the process lives."""
        return not self.is_ready and self.speaks_of_health and self.is_of_whole

    @property
    def speaks_of_health(self) -> bool:
        """Tell whether it answers whether the process or a part of what it needs is well: `/health/database`."""
        return not _HEALTH.isdisjoint(self.segments)


class Routes(msgspec.Struct, frozen=True):
    """The routes of a project by their files, and the first one that is for health if none speaks of readiness."""

    by_file: dict[str, list[Route]]
    health_alone: Route | None


class HealthWithoutReady(msgspec.Struct, frozen=True):
    """The health route of an application that has no readiness route; `is_read` tells that its handler was read."""

    position: Position
    path: str
    is_read: bool


class ReadinessGap(msgspec.Struct, frozen=True):
    """A readiness route that checks some of the things that the application depends on, or none."""

    position: Position
    path: str
    unchecked: tuple[str, ...]


class HealthResponse(msgspec.Struct, frozen=True):
    """The literal response of a health route, with its keys."""

    position: Position
    path: str
    keys: tuple[str, ...]


class HandParsedBody(msgspec.Struct, frozen=True):
    """A call in an endpoint that reads the body as JSON, whose parts the endpoint then picks by hand."""

    position: Position
    call: str
    endpoint: str


def _is_silent(analysis: Analysis, route: Route, text: str) -> bool:
    """Tell whether a health route does not take GET, or only says that it is not there any more."""
    if not _takes_get(route, text):
        return True
    code = analysis.code(route.file) if route.function is not None else None
    return code is not None and route.function is not None and _answers_not_found(code.node(route.function))


def _answers_not_found(function: Function | None) -> bool:
    """Tell whether a route's handler does nothing but answer 404 or 410."""
    body = function.body if function is not None else []
    said = [statement for statement in body if not isinstance(statement, ast.Expr)]
    return len(said) == 1 and isinstance(said[0], ast.Return | ast.Raise) and bool(_GONE.search(ast.unparse(said[0])))


def _tells_by_status(analysis: Analysis, route: Route) -> bool:
    """Tell whether the status of a route's answer says whether the service is ready."""
    from flake8_planalign.process.readiness import tells_by_status

    module = analysis.evaluator.modules.module(route.file) if route.function is not None else None
    return module is not None and route.function is not None and tells_by_status(analysis, module, route.function)


def _takes_get(route: Route, text: str) -> bool:
    """Tell whether the list of methods that a route is registered with, if there is one, may have GET in it."""
    lines = text.splitlines()[route.call[3] - 1 : route.call[5]]
    methods = _METHODS.search("\n".join(lines))
    return methods is None or bool({"GET", "HEAD"}.intersection(re.findall(r"\w+", methods[1].upper())))


def routes_of(source: Source, analysis: Analysis) -> Iterator[object]:
    """Yield what there is to say of the routes that a file registers."""
    code = analysis.code_of(source)
    if code is None:
        return
    routes = _routes_of_project(analysis)
    own, first = routes.by_file.get(code.path, []), routes.health_alone
    if first is not None and first.file == code.path:
        every = (route for several in routes.by_file.values() for route in several)
        if not any(_tells_by_status(analysis, route) for route in every if route.speaks_of_health):
            yield HealthWithoutReady(source.region(*first.call[3:7]), first.path, first.function is not None)
    parsed: set[int] = set()
    for route in own:
        if route.function is None:
            continue
        if route.is_ready:
            from flake8_planalign.process.readiness import unchecked_by

            unchecked = tuple(unchecked_by(analysis, code.module, route.function))
            if unchecked:
                yield ReadinessGap(source.region(*route.call[3:7]), route.path, unchecked)
        node = code.node(route.function)
        if node is None:
            continue
        if route.is_health:
            yield from _responses(source, route, node)
        if "fastapi" in source.text and route.function not in parsed:
            parsed.add(route.function)
            yield from _hand_parsed(source, node)


# -- the table --------------------------------------------------------------------------------------------------------


def _routes_of_project(analysis: Analysis) -> Routes:
    """Return all routes of the project."""
    if "routes" not in analysis.memo:
        found = analysis.tables.gathered("routes", functools.partial(_routes_in, analysis), gate=may_route)
        by_file = {file: [Route(file, *route) for route in routes] for file, routes in found.items()}
        every = [route for routes in by_file.values() for route in routes]
        health = [route for route in every if route.is_health and not route.is_silent]
        if any(route.speaks_of_readiness for route in every):
            health = []
        first = min(health, key=lambda route: ("live" in route.path, route.file, route.call[3]), default=None)
        analysis.memo["routes"] = Routes(by_file, first)
    return analysis.memo["routes"]  # type: ignore[no-any-return]


def _routes_in(analysis: Analysis, path: str, text: str) -> list[list[Any]] | None:
    """Return the routes that a file registers, each as the fields of `Route` but for the file."""
    module = analysis.evaluator.modules.module(path)
    found: list[list[Any]] = []
    for registered in _routes(analysis, module) if module is not None else ():
        route = Route(path, *registered)
        found.append([*registered, route.is_health and _is_silent(analysis, route, text)])
    return found or None


#: The whole path of a route, its handler, and the call that registers it.
Registered = tuple[str, int | None, CallRecord]


def _routes(analysis: Analysis, module: Module) -> Iterator[Registered]:
    for function, record in enumerate(module.functions):
        body = module.body(record.get("o", 0))
        for decorator in record.get("d", ()):
            if type(decorator) is list and decorator[0] == "c":
                call = body["c"][decorator[1]]
                found = route_of(call)
                if found is not None:
                    yield _prefix(analysis, module, call[0]) + found[1], function, call
        for call in module.body(function).get("c", ()):
            registrar = last_name(call[0])
            if registrar in _REGISTRARS:
                yield from _registered(analysis, module, function, call, *_REGISTRARS[registrar])


def _registered(
    analysis: Analysis, module: Module, function: int, call: CallRecord, path_at: int, handler_at: int
) -> Iterator[Registered]:
    arguments = analysis.evaluator.arguments(call, analysis.evaluator.entry(module, function))
    known, path = arguments.constant(path_at, "path")
    if not known or not isinstance(path, str):
        return
    handler = next((v for v in arguments.get(handler_at, "endpoint") if v[0] == "F" and v[1] == module.path), None)
    yield _prefix(analysis, module, call[0]) + path, handler[2] if handler else None, call


def _prefix(analysis: Analysis, module: Module, registrar: Any) -> str:
    """Return the path under which a router's routes lie: its own prefix, after the one that it is included under."""
    root = registrar.partition(".")[0] if type(registrar) is str else ""
    if not root or root.isdigit():
        return ""
    return _included(analysis).get((module.path, root), "") + _own_prefix(module, root)


def _own_prefix(module: Module, name: str) -> str:
    for binding in module.names.get(name, ()):
        call = binding[2] if type(binding) is list and binding and binding[0] == "=" else binding
        if type(call) is list and call and call[0] == "c":
            prefix = module.body(0)["c"][call[1]][2].get("prefix")
            if type(prefix) is list and prefix[0] == "k" and type(prefix[1]) is str:
                return prefix[1]
    return ""


def _included(analysis: Analysis) -> dict[tuple[str, str], str]:
    """Return the prefixes under which routers are included, by the module and the name where they are made."""
    if "prefixes" not in analysis.memo:
        found: dict[tuple[str, str], str] = {}
        for path in (*analysis.tables.mentioning("include_router"), *analysis.tables.mentioning("register_blueprint")):
            module = analysis.evaluator.modules.module(path)
            for function in range(len(module.functions)) if module is not None else ():
                assert module is not None
                for call in module.body(function).get("c", ()):
                    if last_name(call[0]) in {"include_router", "register_blueprint"} and call[1]:
                        prefix = call[2].get("prefix") or call[2].get("url_prefix")
                        router = _origin(analysis, module, call[1][0])
                        if router is not None and type(prefix) is list and prefix[0] == "k":
                            found[router] = str(prefix[1])
        analysis.memo["prefixes"] = found
    return analysis.memo["prefixes"]  # type: ignore[no-any-return]


def _origin(analysis: Analysis, module: Module, chain: Any) -> tuple[str, str] | None:
    """Return the file and the name of what a dotted name of a module means, through one import."""
    if type(chain) is not str or chain[0].isdigit():
        return None
    root, _, rest = chain.partition(".")
    modules = analysis.evaluator.modules
    for binding in module.names.get(root, ()):
        if type(binding) is list and binding[0] == "m":
            dotted = module.absolute(binding[1] + (f".{rest}" if rest else ""))
            head, _, name = dotted.rpartition(".")
            file = modules.find(head, modules.roots(module)) if head else None
            return (file, name) if file is not None else None
    return module.path, root


# -- responses and bodies ---------------------------------------------------------------------------------------------


def _responses(source: Source, route: Route, node: Function) -> Iterator[HealthResponse]:
    for part in own_nodes(*node.body):
        if isinstance(part, ast.Return) and isinstance(part.value, ast.Dict) and None not in part.value.keys:
            keys = tuple(key.value for key in part.value.keys if isinstance(key, ast.Constant))
            if len(keys) == len(part.value.keys):
                yield HealthResponse(source.position(part.value), route.path, tuple(map(str, keys)))


def _hand_parsed(source: Source, node: Function) -> Iterator[HandParsedBody]:
    requests = _requests(node)
    if not requests:
        return
    nodes = list(own_nodes(*node.body))
    if not any(isinstance(part, ast.Attribute) and part.attr in {"body", "json"} for part in nodes):
        return
    bodies = {
        target.id
        for part in nodes
        if isinstance(part, ast.Assign) and _reads(part.value, requests, "body")
        for target in part.targets
        if isinstance(target, ast.Name)
    }
    if any(_uses(nodes, body) > 1 for body in bodies):
        return  # the raw body goes on to somebody else
    names = (part.id if isinstance(part, ast.Name) else getattr(part, "attr", "") for part in nodes)
    if any(map(_SIGNED.search, names)) or any(map(_is_json_rpc, nodes)):
        return
    for part in nodes:
        match part:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                call = _json_call(value, requests, bodies)
                if call is not None and _is_picked(nodes, name) and not _is_handed_on(nodes, name):
                    yield _hand(source, call, node)
            case ast.Subscript(value=value) | ast.Call(func=ast.Attribute(value=value, attr="get")):
                call = _json_call(value, requests, bodies)
                if call is not None:
                    yield _hand(source, call, node)


def _is_json_rpc(node: ast.AST) -> bool:
    """Tell whether a part of a handler is the key by which JSON-RPC, which answers wrong input itself, is known."""
    return isinstance(node, ast.Constant) and node.value == "jsonrpc"


_SIGNED: Final = lazy(r"hmac|signature|webhook|jsonrpc", re.IGNORECASE)


def _hand(source: Source, call: ast.Call, node: Function) -> HandParsedBody:
    return HandParsedBody(source.position(call), f"{ast.unparse(call.func)}()", node.name)


def _requests(node: Function) -> frozenset[str]:
    """Return the parameters of a function that are the request."""
    arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    return frozenset(
        argument.arg
        for argument in arguments
        if argument.annotation is not None and ast.unparse(argument.annotation).rpartition(".")[2] == "Request"
    )


def _reads(node: ast.expr, requests: frozenset[str], method: str) -> bool:
    match node:
        case ast.Await(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=called))):
            return name in requests and called == method
    return False


def _json_call(node: ast.expr, requests: frozenset[str], bodies: set[str]) -> ast.Call | None:
    """Return the call that gives the body as parsed JSON, if an expression is that."""
    match node:
        case ast.Await(value=ast.Call() as call) if _reads(node, requests, "json"):
            return call
        case ast.Call(func=ast.Attribute(attr="loads"), args=[argument, *_]):
            if isinstance(argument, ast.Call) and isinstance(argument.func, ast.Attribute):
                argument = argument.func.value  # body.decode()
            if (isinstance(argument, ast.Name) and argument.id in bodies) or _reads(argument, requests, "body"):
                return node
    return None


def _uses(nodes: list[ast.AST], name: str) -> int:
    return sum(isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) for node in nodes)


def _is_handed_on(nodes: list[ast.AST], name: str) -> bool:
    """Tell whether a dict goes on as a whole, so that its keys are not the endpoint's to know."""
    for node in nodes:
        match node:
            case ast.Call(args=arguments, keywords=keywords):
                handed = [*arguments, *(keyword.value for keyword in keywords)]
                if any(isinstance(part, ast.Name) and part.id == name for part in handed):
                    return True
            case ast.Dict(keys=keys, values=values):
                if any(
                    k is None and isinstance(v, ast.Name) and v.id == name for k, v in zip(keys, values, strict=True)
                ):
                    return True
    return False


def _is_picked(nodes: list[ast.AST], name: str) -> bool:
    """Tell whether parts of a dict are picked by constant keys."""
    for node in nodes:
        match node:
            case ast.Subscript(value=ast.Name(id=read), slice=ast.Constant(value=str()), ctx=ast.Load()) if (
                read == name
            ):
                return True
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=read), attr="get" | "pop"), args=[ast.Constant(value=str()), *_]
            ) if read == name:
                return True
    return False
