"""Cache accesses: what a function reads from Redis and writes to it, under which key, and for how long."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from typing import Final

from flake8_planalign.process.analysis import Analysis, Code
from flake8_planalign.process.statements import Function, Surroundings, own_nodes
from flake8_planalign.process.templates import Gap, Template, Templates, arguments_of
from flake8_planalign.python.values import Value

__all__ = ["EXPIRIES", "READS", "WRITES", "Access", "accesses", "may_access"]

READS: Final = frozenset({
    "exists", "get", "getrange", "hexists", "hget", "hgetall", "hlen", "hmget", "lindex", "llen", "lrange", "mget",
    "scard", "sismember", "smembers", "strlen", "xlen", "zcard", "zcount", "zrange", "zrangebyscore", "zrevrange",
    "zscore",
})  # fmt: skip
WRITES: Final = frozenset({
    "decr", "decrby", "getset", "hincrby", "hincrbyfloat", "hmset", "hset", "hsetnx", "incr", "incrby",
    "incrbyfloat", "lpush", "mset", "msetnx", "psetex", "rpush", "sadd", "set", "setex", "setnx", "xadd", "zadd",
    "zincrby",
})  # fmt: skip
EXPIRIES: Final = frozenset({
    "expire", "expireat", "getex", "hexpire", "hexpireat", "hpexpire", "pexpire", "pexpireat",
})  # fmt: skip
_METHODS: Final = READS | WRITES | EXPIRIES
_CLIENT: Final = re.compile(
    r"(?:redis|valkey|aioredis|fakeredis)(?:\.\w+)*\.(?:\w*Redis|\w*Valkey|\w*RedisCluster|\w*ValkeyCluster|\w*Pipeline"
    r"|Async)?(?:JSON)?$"
)
_NAMED_SO: Final = re.compile(r"(?:^|_)(?:redis|valkey|rdb|aioredis)(?:$|_)")
#: Where the value stands in a call, if not beside the key.
_TIME_BEFORE_VALUE: Final = frozenset({"psetex", "setex"})
_LONGEST_WRAPPER: Final = 40


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Access:
    """A command to Redis in a function, or behind a thin wrapper that the function calls.

    `expires` is True or False where that is certain, None where it depends on what the function is given or on what
    cannot be seen; `ttl_parameter` is the parameter on which alone it depends. `is_typed` is False where only a name
    says that this is Redis; `wrapper` is the function of the project that is called.
    """

    method: str
    node: ast.Call
    statement: ast.stmt
    inside: Surroundings
    key: Template
    key_node: ast.expr
    receiver: str
    is_typed: bool
    value: ast.expr | None = None
    expires: bool | None = None
    ttl_parameter: str | None = None
    is_conditional: bool = False
    is_pipelined: bool = False
    wrapper: str | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Return where the command is done: at the end of its call."""
        return self.node.end_lineno or 0, self.node.end_col_offset or 0


def may_access(text: str) -> bool:
    """Tell by its text whether a file can have to do with Redis at all."""
    return _WORDS.search(text) is not None


_WORDS: Final = re.compile(
    r"\.(?:setex|psetex|setnx|hset|hmset|mset|hget\w*|zadd|zcard|rpush|lpush|sadd|evalsha|incr\w*|get|set|exists|mget)\("
)


def accesses(code: Code, function: Function, depth: int = 0) -> list[Access]:
    """Return the commands of a function and of the thin wrappers that it calls, in the order in which they are done."""
    memo = code.__dict__.setdefault("_accesses", {})
    if function not in memo:
        memo[function] = []  # a function that calls itself adds nothing
        wrappers = _wrappers(code.analysis)
        templates = Templates(code, function)
        found = list(_direct_accesses(code, function))
        for statement, inside, node in _calls(code, function):
            if _called(node) in wrappers and depth < _MAX_DEPTH:
                for value in code.callees(node):
                    if value[0] == "F":
                        found += _wrapped(code, templates, node, statement, inside, value, depth)
                        break
        memo[function] = sorted(found, key=lambda access: access.order)
    return memo[function]  # type: ignore[no-any-return]


_MAX_DEPTH: Final = 2


def _wrappers(analysis: Analysis) -> frozenset[str]:
    """Return the names of the project's functions that hand a key of theirs to Redis."""
    if "wrappers" not in analysis.memo:
        names: set[str] = set()
        for path, text in analysis.texts.items():
            code = analysis.code(path) if _speaks_of_redis(text) and may_access(text) else None
            for function in code.functions if code is not None else ():
                assert code is not None
                if any(gap.parameter for access in _direct_accesses(code, function) for gap in access.key.gaps):
                    names.add(function.name)
        analysis.memo["wrappers"] = frozenset(names - {"__init__"})
    return analysis.memo["wrappers"]  # type: ignore[no-any-return]


def _speaks_of_redis(text: str) -> bool:
    return "redis" in text or "Redis" in text or "valkey" in text


def _calls(code: Code, function: Function) -> Iterator[tuple[ast.stmt, Surroundings, ast.Call]]:
    for statement, inside in code.statements_of(function):
        for node in own_nodes(*code.parts(statement)):
            if isinstance(node, ast.Call) and (node.args or node.keywords):
                yield statement, inside, node


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _direct_accesses(code: Code, function: Function) -> list[Access]:
    """Return the commands that a function itself gives; only a file that speaks of Redis or a cache gives any."""
    memo = code.__dict__.setdefault("_direct_accesses", {})
    if function not in memo:
        found: list[Access] = []
        text = code.analysis.texts.get(code.path, "")
        templates = Templates(code, function)
        for statement, inside, node in _calls(code, function) if _speaks_of_redis(text) or "cache" in text else ():
            if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
                kind = _redis_kind(code.callees(node), node.func.value)
                if kind is not None:
                    access = _direct(templates, node, statement, inside, node.func, kind)
                    found += [access] if access is not None else []
        memo[function] = found
    return memo[function]  # type: ignore[no-any-return]


def _redis_kind(values: frozenset[Value], receiver: ast.expr) -> str | None:
    """Return `typed` for a method of a client or pipeline, `named` where only the name says so, else None."""
    for value in values:
        if value[0] == "xm" and _CLIENT.match(value[1]):
            return "pipeline" if value[1].endswith("Pipeline") else "typed"
    if not values:
        name = (
            receiver.attr
            if isinstance(receiver, ast.Attribute)
            else receiver.id
            if isinstance(receiver, ast.Name)
            else ""
        )
        if _NAMED_SO.search(name.lower()):
            return "named"
    return None


def _direct(
    templates: Templates, node: ast.Call, statement: ast.stmt, inside: Surroundings, function: ast.Attribute, kind: str
) -> Access | None:
    method = function.attr
    given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    key = next(iter(node.args), None) or given.get("name") or given.get("key") or given.get("names")
    if key is None or isinstance(key, ast.Starred):
        return None
    if method in {"mset", "msetnx"} and isinstance(key, ast.Dict):
        first = next(iter(key.keys), None)
        if first is None:
            return None
        key = first
    is_json = isinstance(function.value, ast.Call) and ast.unparse(function.value.func).endswith(".json")
    position = 2 if method in _TIME_BEFORE_VALUE or is_json else 1
    value = node.args[position] if len(node.args) > position else given.get("value") or given.get("mapping")
    expires, parameter = _expiry(templates, node, method, given)
    receiver = ast.unparse(function.value)
    return Access(
        method,
        node,
        statement,
        inside,
        templates.of(key),
        key,
        receiver if len(receiver) <= 60 else "...",
        kind != "named",
        value,
        expires,
        parameter,
        is_conditional=_is_true(given.get("nx")) or method in {"setnx", "hsetnx", "msetnx"},
        is_pipelined=kind == "pipeline" or bool(re.match(r"(?:\w+_)?pipe(?:line)?\b", receiver)),
    )


def _expiry(
    templates: Templates, node: ast.Call, method: str, given: dict[str, ast.expr]
) -> tuple[bool | None, str | None]:
    """Return whether a write expires, and the parameter on which that depends."""
    if method in {"setex", "psetex", "getex"}:
        return True, None
    if method != "set":
        return False, None
    if _is_true(given.get("keepttl")):
        return True, None
    times = [given[name] for name in ("ex", "px", "exat", "pxat") if name in given]
    times += node.args[2:4]
    if any(keyword.arg is None for keyword in node.keywords) or any(isinstance(arg, ast.Starred) for arg in node.args):
        return None, None
    verdicts = [_is_time(templates, time) for time in times]
    if any(verdict == (True, None) for verdict in verdicts):
        return True, None
    unsure = [parameter for verdict, parameter in verdicts if verdict is None]
    if unsure:
        return None, unsure[0]
    return False, None


def _is_time(templates: Templates, node: ast.expr) -> tuple[bool | None, str | None]:
    """Return whether an expression is a time and not None, and the parameter on which that depends."""
    match node:
        case ast.Constant(value=value):
            return value is not None and value is not False, None
        case ast.Name(id=name):
            assigned = templates.assigned.get(name)
            if assigned is not None:
                return _is_time(templates, assigned) if not isinstance(assigned, ast.Name) else (True, None)
            default = _default_of(templates.function, name)
            if default is not None:
                is_none = isinstance(default, ast.Constant) and default.value is None
                return (None, name) if is_none else (True, None)
        case ast.IfExp(body=body, orelse=orelse):
            verdicts = {_is_time(templates, body)[0], _is_time(templates, orelse)[0]}
            return (True, None) if verdicts == {True} else (None, None)
        case ast.BoolOp(op=ast.Or(), values=values):
            return _is_time(templates, values[-1])
    return True, None


def _default_of(function: Function | None, name: str) -> ast.expr | None:
    if function is None:
        return None
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    for argument, default in zip(reversed(positional), reversed(arguments.defaults), strict=False):
        if argument.arg == name:
            return default
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if argument.arg == name:
            return keyword_default
    return None


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _wrapped(
    code: Code,
    templates: Templates,
    node: ast.Call,
    statement: ast.stmt,
    inside: Surroundings,
    value: Value,
    depth: int,
) -> list[Access]:
    """Return the accesses of a thin wrapper as those of its caller: the key is what the caller gives."""
    other = code.analysis.code(value[1])
    wrapper = other.node(value[2]) if other is not None else None
    if other is None or wrapper is None or (wrapper.end_lineno or 0) - wrapper.lineno > _LONGEST_WRAPPER:
        return []
    text = code.analysis.project.read(value[1]) or ""
    if not may_access(text):
        return []
    inner = accesses(other, wrapper, depth + 1)
    if not inner:
        return []
    given = arguments_of(node, wrapper, bound=value[3] is not None)
    found: list[Access] = []
    for access in inner:
        key_node = _substituted(access.key, given)
        if key_node is None:
            continue
        key = _filled(access.key, given, templates)
        # a wrapper that never lets a key expire is reported itself
        expires: bool | None = access.expires or None
        if access.expires is None and access.ttl_parameter in given and not _has_splat(node):
            expires = _is_time(templates, given[access.ttl_parameter])[0]
        written = (
            given.get(access.value.id, access.value) if isinstance(access.value, ast.Name) else _first(access, given)
        )
        found.append(
            dataclasses.replace(
                access,
                node=node,
                statement=statement,
                inside=inside,
                key=key,
                key_node=key_node,
                receiver=ast.unparse(node.func),
                value=written,
                expires=expires,
                ttl_parameter=None,
                wrapper=wrapper.name,
            )
        )
    return found


def _has_splat(node: ast.Call) -> bool:
    return any(keyword.arg is None for keyword in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args)


def _first(access: Access, given: dict[str, ast.expr]) -> ast.expr | None:
    """Return what the caller gives of a value that a wrapper makes of it: `json.dumps(value)`."""
    if access.value is None:
        return None
    for part in ast.walk(access.value):
        if isinstance(part, ast.Name) and part.id in given:
            return given[part.id]
    return None


def _substituted(key: Template, given: dict[str, ast.expr]) -> ast.expr | None:
    """Return the argument that is the key's gap, None if the key does not come from the caller."""
    nodes = [given[gap.parameter] for gap in key.gaps if gap.parameter in given and gap.parameter is not None]
    return nodes[0] if nodes else None


def _filled(key: Template, given: dict[str, ast.expr], templates: Templates) -> Template:
    parts: list[str | Gap] = []
    for part in key.parts:
        inner = (
            templates.of(given[part.parameter]).parts
            if isinstance(part, Gap) and part.parameter is not None and part.parameter in given
            else (part,)
        )
        for piece in inner:
            if isinstance(piece, str) and parts and isinstance(parts[-1], str):
                parts[-1] += piece
            else:
                parts.append(piece)
    return Template(tuple(parts))
