"""Reads where a function writes a key depending on what it read there, with nothing that holds the two together."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Code, place_of_call
from flake8_planalign.process.caches import MANY_ACCESSES, Access, accesses
from flake8_planalign.process.dependence import (
    Dependence,
    dependents,
    fields_used,
    holds_read,
    is_claimed,
    is_completed,
    is_made_directly,
    is_written_back,
)
from flake8_planalign.process.statements import Function, own_nodes
from flake8_planalign.rule import Confidence, Position
from flake8_planalign.source import Source

__all__ = ["CheckThenAct", "check_then_acts"]

#: What a read may be followed by so that another client in between makes it wrong.
_ACTS: Final = {
    "exists": frozenset({"set", "setex", "psetex", "hset", "hmset", "rpush", "lpush", "sadd", "zadd", "incr"}),
    "get": frozenset({"set", "setex", "psetex", "incr", "incrby", "decr", "decrby", "append", "incrbyfloat"}),
    "hexists": frozenset({"hset", "hmset", "hincrby"}),
    "hget": frozenset({"hset", "hmset", "hincrby"}),
    "hgetall": frozenset({"hset", "hmset"}),
    "hlen": frozenset({"hset", "hmset"}),
    "hmget": frozenset({"hset", "hmset"}),
    "lindex": frozenset({"rpush", "lpush"}),
    "llen": frozenset({"rpush", "lpush"}),
    "lrange": frozenset({"rpush", "lpush"}),
    "mget": frozenset({"mset", "set", "setex"}),
    "scard": frozenset({"sadd"}),
    "sismember": frozenset({"sadd"}),
    "smembers": frozenset({"sadd"}),
    "zcard": frozenset({"zadd", "zincrby"}),
    "zcount": frozenset({"zadd", "zincrby"}),
    "zrange": frozenset({"zadd", "zincrby"}),
    "zscore": frozenset({"zadd", "zincrby"}),
}
#: Keys that mean that something is done once, whatever value they hold.
_ONCE: Final = lazy(
    r"idempot|(?<!b)lock|mutex|nonce|once|processed|handled|seen|dedup|claim|lease|semaphore|in_?flight|running",
    re.IGNORECASE,
)
#: Commands that need nobody's value to be right.
_COUNTS: Final = frozenset({
    "decr", "decrby", "hincrby", "hincrbyfloat", "incr", "incrby", "incrbyfloat", "zincrby",
})  # fmt: skip
#: Commands that say anew what a key holds: when it was last used, what is kept there until it is too old.
_SETS: Final = frozenset({"hmset", "hset", "mset", "psetex", "set", "setex"})
#: Keys of a limit that is passed where two clients at once find it not reached yet.
_LIMIT: Final = lazy(
    r"limit|rate|throttl|quota|cool_?down|attempt|count|budget|balance|credit|remaining|tokens_used|usage|window",
    re.IGNORECASE,
)
#: Commands that give fields of a hash.
_OF_FIELDS: Final = frozenset({"hincrby", "hmset", "hset", "hsetnx"})
#: What holds several commands together.
_TOGETHER: Final = lazy(r"(?:^|\.|_)(?:watch|transaction|eval|evalsha|fcall|register_script)$|lock\b", re.IGNORECASE)
#: What a test asks that got a lock or a claim before, which one client alone gets.
_LOCKED: Final = lazy(r"(?:\w+_)?(?:lock(?:ed)?|claimed|acquired|is_leader)(?:_\w+)?", re.IGNORECASE)
_CLAIMS: Final = lazy(r"(?:^|[._])(?:try_)?(?:acquire|claim)(?:_\w+)?$", re.IGNORECASE)


#: Functions that make a lock of commands; what they wait for is their own business.
_OWN_LOCK: Final = lazy(r"_*(?:try_)?(?:a?acquire|lock)(?:_|$)")


class CheckThenAct(msgspec.Struct, frozen=True):
    """A write that depends on an earlier read of the same key, with a gap between the two for another client."""

    position: Position
    read: str
    write: str
    key: str
    why: str
    remedy: str
    confidence: Confidence


def check_then_acts(source: Source, code: Code) -> Iterator[CheckThenAct]:
    """Yield the writes of a file that depend on what was read before without being atomic with it."""
    for number in range(1, len(code.module.functions)):
        found = accesses(code, number)
        reads = [access for access in found if access.method in _ACTS]
        function = code.node(number) if reads and len(found) > 1 else None
        if function is None or len(found) > MANY_ACCESSES or _is_held_together(function):
            continue
        if _OWN_LOCK.match(function.name):
            continue
        reported: set[ast.Call] = set()
        for read in reads:
            yield from _acts_on(source, function, read, found, reported)


def _acts_on(
    source: Source, function: Function, read: Access, found: list[Access], reported: set[ast.Call]
) -> Iterator[CheckThenAct]:
    acts = [
        access
        for access in found
        if access.method in _ACTS[read.method]
        and access.key == read.key
        and access.order > read.order
        and _is_same_round(access, read)
        and access.node is not read.node
        and not access.is_conditional
        and not _is_locked(access)
        and access.node not in reported
        and not _is_decided_by_count(function, found, access)
        and not any(_ACTS.get(own.method, frozenset()) & {access.method} for own in _within(found, access))
    ]
    if not acts:
        return
    origin = _result_of_pipeline(function, read) if read.is_pipelined else read.node
    how = dependents(function, origin, {act.node for act in acts}) if origin is not None else {}
    for act in acts:
        dependence = how.get(act.node, Dependence.NONE)
        if Dependence.DATA in dependence and _loses_nothing(function, read, act):
            continue
        if Dependence.DATA in dependence and _is_other_field(function, read, act):
            dependence &= ~Dependence.DATA
        why = _why(function, read, act, dependence)
        if why is None or act.node in reported:
            continue
        reported.add(act.node)
        sure = Dependence.AMOUNT in dependence or (
            Dependence.DATA in dependence and origin is not None and is_made_directly(function, origin, act.value)
        )
        certain = read.is_typed and act.is_typed and sure
        yield CheckThenAct(
            source.region(*place_of_call(act.node)),
            read.method,
            act.method,
            str(act.key),
            why,
            _remedy(read, act, dependence),
            Confidence.CERTAIN if certain else Confidence.PROBABLE,
        )


def _is_decided_by_count(function: Function, found: list[Access], act: Access) -> bool:
    """Tell whether the answer of a count decides, of this one or of one that it takes back: `if decr(key) < 0`."""
    counts = [other for other in found if other.method in _COUNTS and other.key == act.key and other.order <= act.order]
    if act not in counts:
        return False
    asked = {part for node in own_nodes(*function.body) if isinstance(node, ast.If) for part in own_nodes(node.test)}
    names = {part.id for part in asked if isinstance(part, ast.Name)}
    return any(
        other.node in asked
        or (
            isinstance(other.statement, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id in names for target in other.statement.targets)
        )
        for other in counts
    )


def _within(found: list[Access], act: Access) -> Iterator[Access]:
    """Yield what the wrapper that writes does to the same key besides: it is told there, not where it is called."""
    return (access for access in found if access.node is act.node and access is not act and access.key == act.key)


def _loses_nothing(function: Function, read: Access, act: Access) -> bool:
    """Tell whether a write keeps what was read: it is written back as it was, or a cache's entry is completed."""
    if is_written_back(function, read.node, act.value):
        return True
    return act.expires is True and "cache" in act.key.words.lower() and is_completed(function, read.node)


def _is_other_field(function: Function, read: Access, act: Access) -> bool:
    """Tell whether a write of a hash gives other fields than those that were read of it."""
    if act.method not in _OF_FIELDS:
        return False
    if read.method == "hgetall" and act.value is not None and holds_read(function, read.node, act.value):
        return False
    written = _fields_written(act)
    if written is None:
        return act.wrapper is not None and bool(fields_used(function, read.node))
    used = _fields_read(function, read)
    return used is not None and written.isdisjoint(used)


def _fields_read(function: Function, read: Access) -> frozenset[str] | None:
    """Return the fields of a hash that a function reads, as they are written; None where that cannot be seen."""
    if read.method == "hgetall":
        used = fields_used(function, read.node)
        return None if used is None else frozenset(map(repr, used))
    if read.method == "hget" and read.wrapper is None and len(read.node.args) > 1:
        return frozenset({ast.unparse(read.node.args[1])})
    return None


def _fields_written(act: Access) -> frozenset[str] | None:
    """Return the fields of a hash that a write gives, as they are written; None where that cannot be seen."""
    match act.value:
        case ast.Dict(keys=keys) if all(isinstance(key, ast.Constant) for key in keys):
            return frozenset(ast.unparse(key) for key in keys if key is not None)
    if act.wrapper is None and len(act.node.args) > 1 and isinstance(act.node.args[1], ast.Constant):
        return frozenset({ast.unparse(act.node.args[1])})
    return None


def _is_same_round(act: Access, read: Access) -> bool:
    """Tell whether the keys of two commands are one: not where a loop's own variable, in another loop, fills them."""
    loop, other = act.inside.loop, read.inside.loop
    if loop is other:
        return True
    filled = {part.id for gap in act.key.gaps for part in own_nodes(gap.node) if isinstance(part, ast.Name)}
    return bool(act.key.literal.strip("{}")) and filled.isdisjoint(_turns(loop) | _turns(other))


def _turns(loop: ast.For | ast.AsyncFor | ast.While | None) -> set[str]:
    """Return the names that are something else in each round of a loop."""
    target = loop.target if isinstance(loop, ast.For | ast.AsyncFor) else None
    return {part.id for part in own_nodes(target) if isinstance(part, ast.Name)} if target is not None else set()


def _why(function: Function, read: Access, act: Access, dependence: Dependence) -> str | None:
    """Return in words how a write depends on a read; None where that is a look-aside cache, or no dependence."""
    counts = act.method in _COUNTS
    if Dependence.DATA in dependence and not counts:
        return "made of it, so that of two clients at once one update is lost"
    if Dependence.AMOUNT in dependence and (act.method not in _SETS or _LIMIT.search(act.key.words)):
        return "decided by it, so that several clients at once pass the limit"
    if Dependence.STEP in dependence and not counts and not _is_other_field(function, read, act):
        return "allowed by what it holds, so that several clients at once go on from the same state"
    marks = _is_marker(act.value) and not counts and not _is_all_there_is(act)
    if Dependence.STATE in dependence and marks:
        return "decided by what it holds, so that several clients at once act on the same state"
    is_once = marks or _ONCE.search(act.key.words) is not None or is_claimed(function, read.node, act.node)
    if Dependence.PRESENCE in dependence and not act.is_guarded and is_once:
        return "decided by it, so that two clients at once both find nothing there"
    return None


def _is_all_there_is(act: Access) -> bool:
    """Tell whether a branch writes a constant and does nothing else, so that doing it twice is doing it once."""
    node, name = act.inside.branches[-1] if act.inside.branches else (None, "")
    return (
        isinstance(act.value, ast.Constant)
        and isinstance(node, ast.If)
        and all(
            statement is act.statement or (isinstance(statement, ast.Expr) and _LOGS.search(ast.unparse(statement)))
            for statement in getattr(node, name)
        )
    )


_LOGS: Final = lazy(r"^(?:\w+\.)*_*log(?:ger|ging)?\.\w+\(|^print\(")


def _is_marker(value: ast.expr | None) -> bool:
    """Tell whether a value only says that something is there; None says in a cache that there is nothing."""
    return (isinstance(value, ast.Constant) and value.value is not None) or (
        isinstance(value, ast.Call) and ast.unparse(value.func) in {"time.time", "str", "int"}
    )


def _remedy(read: Access, act: Access, dependence: Dependence) -> str:
    if act.method in {"set", "setex", "psetex"} and not dependence & (
        Dependence.DATA | Dependence.AMOUNT | Dependence.STATE | Dependence.STEP
    ):
        return "use `set(..., nx=True)`, which asks and writes in one step"
    if read.method == "hexists" and Dependence.DATA not in dependence:
        return "use `hsetnx`, which asks and writes in one step"
    return "do both in one Lua script, or in a transaction that watches the key"


def _is_held_together(function: Function) -> bool:
    """Tell whether a function uses what makes several commands one: a script, WATCH, a lock that it asks for."""
    for node in own_nodes(*function.body):
        match node:
            case ast.Call(func=ast.Attribute() | ast.Name() as called) if _TOGETHER.search(ast.unparse(called)):
                return True
            case ast.If(test=test):
                if any(map(_is_claim, own_nodes(test))):
                    return True
    return False


def _is_claim(part: ast.AST) -> bool:
    """Tell whether a part of a test says whether a lock was got: `if not claimed`, `if not acquire(key)`."""
    match part:
        case ast.Name(id=name):
            return _LOCKED.fullmatch(name) is not None
        case ast.Call(func=called):
            return _CLAIMS.search(ast.unparse(called)) is not None
    return False


def _is_locked(access: Access) -> bool:
    return any(
        _TOGETHER.search(ast.unparse(item.context_expr)) is not None or "lock" in ast.unparse(item.context_expr).lower()
        for block in access.inside.withs
        for item in block.items
    )


def _result_of_pipeline(function: Function, read: Access) -> ast.Call | None:
    """Return the `execute()` that gives what a pipelined read reads."""
    for node in own_nodes(*function.body):
        match node:
            case ast.Call(func=ast.Attribute(value=receiver, attr="execute")):
                root = read.receiver.partition(".")[0].partition("(")[0]
                after = (node.end_lineno or 0, node.end_col_offset or 0) >= read.order
                if after and ast.unparse(receiver).partition(".")[0].partition("(")[0] == root:
                    return node
    return None
