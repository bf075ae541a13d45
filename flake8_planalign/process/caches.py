"""Cache accesses: what a function reads from Redis and writes to it, under which key, and for how long."""

from __future__ import annotations

import ast
import bisect
import functools
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, Code, Place, place_of_call
from flake8_planalign.process.statements import Function, Surroundings, own_nodes
from flake8_planalign.process.templates import Gap, Template, Templates, arguments_of
from flake8_planalign.python.modules import last_name
from flake8_planalign.python.values import Value
from flake8_planalign.source import any_within, lines_of

__all__ = ["EXPIRIES", "MANY_ACCESSES", "READS", "WRITES", "Access", "accesses", "may_access", "may_hold"]

#: In a function with more commands nothing that compares each with each other is looked for.
MANY_ACCESSES: Final = 64
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
_METHODS_ALONE: Final[dict[str, set[str]]] = {name: set() for name in _METHODS}
_CLIENT: Final = lazy(
    r"(?:redis|valkey|aioredis|fakeredis)(?:\.\w+)*\.(?:\w*Redis|\w*Valkey|\w*RedisCluster|\w*ValkeyCluster|\w*Pipeline"
    r"|Async)?(?:JSON)?$"
)
_NAMED_SO: Final = lazy(r"(?:^|_)(?:redis|valkey|rdb|aioredis)(?:$|_)")
_NAMED_CALL: Final = lazy(r"(?:redis|valkey|rdb)\w*\.\w+\(")
#: Commands that are given a time or the name of a field between key and value.
_VALUE_COMES_THIRD: Final = frozenset({"hset", "hsetnx", "psetex", "setex"})
_LONGEST_WRAPPER: Final = 40


class Access(msgspec.Struct, frozen=True, eq=False):
    """A command to Redis in a function, or behind a thin wrapper that the function calls.

    `expires` is True or False where that is certain, None where it depends on what the function is given or on what
    cannot be seen; `ttl_parameter` is the parameter on which alone it depends. `is_typed` is False where only a name
    says that this is Redis; `wrapper` is the function of the project that is called, and `is_guarded` tells that it
    gives the command in a branch.
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
    is_guarded: bool = False
    is_pipelined: bool = False
    wrapper: str | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Return where the command is done: at the end of its call."""
        return self.node.end_lineno or 0, self.node.end_col_offset or 0


def may_access(text: str) -> bool:
    """Tell by its text whether a file can have to do with Redis at all."""
    return _WORDS.search(text) is not None


_WORDS: Final = lazy(
    r"\.(?:setex|psetex|setnx|hset|hmset|mset|hget\w*|zadd|zcard|rpush|lpush|sadd|evalsha|incr\w*|get|set|exists|mget)\("
)


def may_hold(analysis: Analysis, text: str) -> bool:
    """Tell by its text whether a file may give commands to Redis, itself or through wrappers of the project."""
    if not may_access(text) and not any(f"{name}(" in text for name in _wrappers(analysis)):
        return False
    if _speaks_of_redis(text):
        return True
    names = {
        name: homes
        for name, homes in ((_METHODS_ALONE if "cache" in text else {}) | _wrappers(analysis)).items()
        if f"{name}(" in text
    }
    if not names:
        return False
    if any(home in text for homes in names.values() for home in homes):
        return True
    called = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\(")
    return any(called.search(line) for line in text.split("\n") if _KEEPER.search(line))


def accesses(code: Code, function: int, depth: int = 0) -> list[Access]:
    """Return the commands of a function and of the thin wrappers that it calls, in the order in which they are done."""
    memo = code.memo.setdefault("accesses", {})
    if function not in memo:
        memo[function] = []  # a function that calls itself adds nothing
        found = list(_direct_accesses(code, function))
        wrapped = _wrapped_calls(code, function) if depth < _MAX_DEPTH else {}
        if wrapped:
            templates = Templates(code, code.node(function))
            for statement, inside, node in _calls(code, function, wrapped):
                found += _wrapped(code, templates, node, statement, inside, wrapped[place_of_call(node)], depth)
        memo[function] = sorted(found, key=lambda access: access.order)
    return memo[function]  # type: ignore[no-any-return]


_MAX_DEPTH: Final = 2


def _wrappers(analysis: Analysis) -> dict[str, set[str]]:
    """Return the names of the functions that hand a key of theirs to Redis, each with the names of their modules."""
    if "wrappers" not in analysis.memo:
        names: dict[str, set[str]] = {}
        found = analysis.tables.gathered(
            "wrappers of Redis", functools.partial(_wrappers_in, analysis), gate=_may_wrap_redis
        )
        for home, *wrappers in found.values():
            for name in wrappers:
                names.setdefault(name, set()).add(home)
        names.pop("__init__", None)
        analysis.memo["wrappers"] = names
    return analysis.memo["wrappers"]  # type: ignore[no-any-return]


def _may_wrap_redis(text: str) -> bool:
    return _speaks_of_redis(text) and may_access(text)


def _wrappers_in(analysis: Analysis, path: str, _text: str) -> list[str] | None:
    """Return the name of a file's module, and those of its functions that are wrappers."""
    code = analysis.code(path)
    if code is None:
        return None
    found = [
        record["n"]
        for function, record in enumerate(code.module.functions)
        if function and record.get("p") and _hands_on(code, function)
    ]
    return [code.module.home, *found] if found else None


def _hands_on(code: Code, function: int) -> bool:
    """Tell whether a function hands a key that it is given to Redis; a constant key needs no look at the receiver."""
    calls = [call for call in code.module.body(function).get("c", ()) if not _is_constant(call)]
    return any(
        gap.parameter
        for access in _given_directly(code, function, _commands(code, function, calls))
        for gap in access.key.gaps
    )


def _is_constant(call: list[Any]) -> bool:
    """Tell whether the first argument of a call is a constant."""
    return bool(call[1]) and type(call[1][0]) is list and call[1][0][0] == "k"


def _speaks_of_redis(text: str) -> bool:
    return "redis" in text or "Redis" in text or "valkey" in text


def _wrapped_calls(code: Code, function: int) -> dict[Place, Value]:
    """Return where a function calls wrappers, and which."""
    names = _wrappers(code.analysis).keys()
    found: dict[Place, Value] = {}
    if not names or not _may_wrap(code):
        return found
    frame = code.frame(function)
    for call in code.module.body(function).get("c", ()):
        if (call[1] or call[2]) and last_name(call[0]) in names and not _is_lookup(call) and _is_told(code, call):
            for value in code.analysis.evaluator.value(call[0], frame):
                if value[0] == "F":
                    found[call[3], call[4], call[5], call[6]] = value
                    break
    return found


def _is_told(code: Code, call: list[Any]) -> bool:
    """Tell by the text whether a call may mean a wrapper.

    Other things have a `get` and `set` as well: here either the file names the wrapper's module, or the line what keeps
    values.
    """
    if _is_on_keeper_line(code, call):
        return True
    name = last_name(call[0])
    key = ("names a home of", name)
    if key not in code.memo:
        homes = _wrappers(code.analysis)[name]
        code.memo[key] = code.module.home in homes or any(
            re.search(rf"\b{re.escape(home)}\b", code.text) is not None for home in homes
        )
    return bool(code.memo[key])


def _is_on_keeper_line(code: Code, call: list[Any]) -> bool:
    """Tell whether a call stands on a line that names what keeps values."""
    if "keeper lines" not in code.memo:
        code.memo["keeper lines"] = lines_of(_KEEPER, code.text)
    return any_within(code.memo["keeper lines"], call[3], call[5])


_KEEPER: Final = lazy(r"cache|redis|valkey|stor(?:e|age)|lock|limit", re.IGNORECASE)


def _may_wrap(code: Code) -> bool:
    """Tell by its text whether a file may know a wrapper: what keeps values is called so somewhere."""
    if "may wrap" not in code.memo:
        code.memo["may wrap"] = any(word in code.text for word in _KEEPERS)
    return bool(code.memo["may wrap"])


_KEEPERS: Final = (
    "cache", "redis", "valkey", "store", "storage", "lock", "limit", "Cache", "Redis", "Valkey", "Store", "Storage",
    "Lock", "Limit",
)  # fmt: skip


def _is_lookup(call: list[Any]) -> bool:
    """Tell whether a call looks up a constant in a dict, as most `get`s do."""
    return last_name(call[0]) == "get" and bool(call[1]) and type(call[1][0]) is list and call[1][0][0] == "k"


def _calls(code: Code, function: int, places: Collection[Place]) -> Iterator[tuple[ast.stmt, Surroundings, ast.Call]]:
    """Yield the calls of a function at these places with their statements."""
    lines = sorted(place[0] for place in places)
    for statement, inside in code.statements_of(code.node(function)):
        first = bisect.bisect_left(lines, statement.lineno)
        if first < len(lines) and lines[first] <= (statement.end_lineno or statement.lineno):
            for node in own_nodes(*code.parts(statement)):
                if isinstance(node, ast.Call) and place_of_call(node) in places:
                    yield statement, inside, node


def _direct_accesses(code: Code, function: int) -> list[Access]:
    """Return the commands that a function itself gives; only a file that speaks of Redis or a cache gives any."""
    memo = code.memo.setdefault("direct accesses", {})
    if function not in memo:
        commands = _commands(code, function, code.module.body(function).get("c", ()))
        memo[function] = list(_given_directly(code, function, commands))
    return memo[function]  # type: ignore[no-any-return]


def _given_directly(code: Code, function: int, kinds: dict[Place, str]) -> Iterator[Access]:
    """Yield the commands that stand at these places of a function."""
    templates = Templates(code, code.node(function) if kinds else None)
    for statement, inside, node in _calls(code, function, kinds) if kinds else ():
        kind = kinds[place_of_call(node)]
        if isinstance(node.func, ast.Attribute) and (kind != "named" or _is_named_so(node.func.value)):
            access = _direct(templates, node, statement, inside, node.func, kind)
            if access is not None:
                yield access


def _commands(code: Code, function: int, calls: Iterable[list[Any]]) -> dict[Place, str]:
    """Return which calls may be commands: `typed` and `pipeline` by type, `named` where only a name says so."""
    found: dict[Place, str] = {}
    if "speaks" not in code.memo:
        code.memo["speaks"] = _speaks_of_redis(code.text)
    speaks = code.memo["speaks"]
    if not speaks and "cache" not in code.text:
        return found
    frame = code.frame(function)
    for call in calls:
        if last_name(call[0]) not in _METHODS or not (call[1] or call[2]):
            continue
        if not speaks and not _is_on_keeper_line(code, call):
            continue
        place = (call[3], call[4], call[5], call[6])
        values = code.analysis.evaluator.value(call[0], frame)
        for value in values:
            if value[0] == "xm" and _CLIENT.match(value[1]):
                found[place] = "pipeline" if value[1].endswith("Pipeline") else "typed"
        if not values and _is_json(code, call[0], function):
            found[place] = "typed"
        elif not values and not _named_lines(code).isdisjoint((place[0], place[2])):
            found[place] = "named"
    return found


def _is_json(code: Code, called: Any, function: int) -> bool:
    """Tell whether what is called is a command of RedisJSON: `client.json().set`."""
    match called:
        case ["a", ["c", number], _]:
            inner = code.module.body(function)["c"][number]
            values = (
                code.analysis.evaluator.value(inner[0], code.frame(function)) if last_name(inner[0]) == "json" else ()
            )
            return any(value[0] == "xm" and _CLIENT.match(value[1]) is not None for value in values)
    return False


def _named_lines(code: Code) -> frozenset[int]:
    """Return the lines on which a receiver is named like Redis."""
    if "named lines" not in code.memo:
        lines = code.text.split("\n") if "redis" in code.text or "valkey" in code.text else []
        code.memo["named lines"] = frozenset(
            number
            for number, line in enumerate(lines, 1)
            if ("redis" in line or "valkey" in line or "rdb" in line) and _NAMED_CALL.search(line)
        )
    return code.memo["named lines"]  # type: ignore[no-any-return]


def _is_named_so(receiver: ast.expr) -> bool:
    match receiver:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _NAMED_SO.search(name.lower()) is not None
    return False


def _direct(
    templates: Templates, node: ast.Call, statement: ast.stmt, inside: Surroundings, function: ast.Attribute, kind: str
) -> Access | None:
    """Return what a call of a command does; `kind` is as in `_commands`, or `handed on` by a wrapper."""
    method = function.attr
    given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    key = next(iter(node.args), None) or given.get("name") or given.get("key") or given.get("names")
    if isinstance(key, ast.Starred) and _is_own(templates.function, key):
        key = key.value
    if key is None or isinstance(key, ast.Starred):
        return None
    if method in {"mset", "msetnx"}:
        first = _first_key(key)
        if first is None:
            return None
        key = first
    is_json = isinstance(function.value, ast.Call) and ast.unparse(function.value.func).endswith(".json")
    position = 2 if method in _VALUE_COMES_THIRD or is_json else 1
    value = node.args[position] if len(node.args) > position else given.get("value") or given.get("mapping")
    expires, parameter = (False, None) if is_json else _expiry(templates, node, method, given)
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


def _is_own(function: Function | None, handed: ast.Starred | ast.keyword) -> bool:
    """Tell whether a call hands on all that its function was given: `*args` or `**options`."""
    if function is None or not isinstance(handed.value, ast.Name):
        return False
    own = function.args.vararg if isinstance(handed, ast.Starred) else function.args.kwarg
    return own is not None and handed.value.id == own.arg


def _first_key(mapping: ast.expr) -> ast.expr | None:
    """Return the key of what is written first by a mapping; None where that cannot be seen."""
    match mapping:
        case ast.Dict(keys=keys):
            return next(iter(keys), None)
        case ast.DictComp(key=key):
            return key
    return None


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
    if _has_splat(node):
        handed = [keyword for keyword in node.keywords if keyword.arg is None]
        is_whole = len(handed) == 1 and not times and _is_own(templates.function, handed[0])
        return None, _KEYWORDS if is_whole and not any(isinstance(arg, ast.Starred) for arg in node.args[1:]) else None
    verdicts = [_is_time(templates, time) for time in times]
    if any(verdict == (True, None) for verdict in verdicts):
        return True, None
    unsure = [parameter for verdict, parameter in verdicts if verdict is None]
    if unsure:
        return None, unsure[0]
    return False, None


#: Stands for the parameter that takes all keywords.
_KEYWORDS: Final = "**"


def _is_time(
    templates: Templates, node: ast.expr, within: frozenset[str] = frozenset()
) -> tuple[bool | None, str | None]:
    """Return whether an expression is a time and not None, and the parameter on which that depends.

    `within` are the names that it is a part of the value of: `ttl = 60 if short else ttl`.
    """
    match node:
        case ast.Constant(value=value):
            return value is not None and value is not False, None
        case ast.Name(id=name):
            assigned = templates.assigned.get(name)
            if assigned is not None and name in within:
                return None, None
            if assigned is not None and not isinstance(assigned, ast.Name):
                return _is_time(templates, assigned, within | {name})
            if assigned is not None:
                return True, None
            default = _default_of(templates.function, name)
            if default is not None:
                is_none = isinstance(default, ast.Constant) and default.value is None
                return (None, name) if is_none else (True, None)
        case ast.IfExp(body=body, orelse=orelse):
            verdicts = {_is_time(templates, body, within)[0], _is_time(templates, orelse, within)[0]}
            return (True, None) if verdicts == {True} else (None, None)
        case ast.BoolOp(op=ast.Or(), values=values):
            return (True, None) if _is_time(templates, values[-1], within) == (True, None) else (None, None)
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
    inner = accesses(other, value[2], depth + 1)
    if not inner:
        return []
    given = arguments_of(node, wrapper, bound=value[3] is not None)
    found: list[Access] = []
    for access in inner:
        if _hands_all_on(access):
            echo = _direct(templates, node, statement, inside, access.node.func, "typed")  # type: ignore[arg-type]
            if echo is not None:
                found.append(
                    replace(
                        echo,
                        receiver=ast.unparse(node.func),
                        is_typed=access.is_typed,
                        is_pipelined=access.is_pipelined,
                        wrapper=wrapper.name,
                    )
                )
            continue
        key_node = _substituted(access.key, given)
        if key_node is None:
            continue
        key = _filled(access.key, given, templates)
        # a wrapper that never lets a key expire is reported itself
        expires: bool | None = access.expires or None
        if access.expires is None and access.ttl_parameter == _KEYWORDS and not _has_splat(node):
            handed = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
            expires = _expiry(templates, ast.Call(node.func, [], node.keywords), access.method, handed)[0]
        if access.expires is None and access.ttl_parameter in given and not _has_splat(node):
            expires = _is_time(templates, given[access.ttl_parameter])[0]
        written = (
            given.get(access.value.id, access.value) if isinstance(access.value, ast.Name) else _first(access, given)
        )
        found.append(
            replace(
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
                is_guarded=access.is_guarded or bool(access.inside.branches),
            )
        )
    return found


def _hands_all_on(access: Access) -> bool:
    """Tell whether a wrapper gives a command just what it is given itself: `client.set(*args, **kwargs)`."""
    return bool(access.node.args) and isinstance(access.node.args[0], ast.Starred) and access.wrapper is None


def _has_splat(node: ast.Call) -> bool:
    return any(keyword.arg is None for keyword in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args)


def _first(access: Access, given: dict[str, ast.expr]) -> ast.expr | None:
    """Return what the caller gives of a value that a wrapper makes of just that: `json.dumps(value)`."""
    if access.value is None:
        return None
    names = {part.id for part in ast.walk(access.value) if isinstance(part, ast.Name) and part.id in given}
    return given[names.pop()] if len(names) == 1 else None


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
