"""Reads how a file caches: writes that never expire, keys that say too little, Redis that must not fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, Code, place_of_call
from flake8_planalign.process.atomicity import check_then_acts
from flake8_planalign.process.caches import EXPIRIES, MANY_ACCESSES, READS, WRITES, Access, accesses
from flake8_planalign.process.coverage import is_covered, is_covered_at
from flake8_planalign.process.dependence import is_on_miss
from flake8_planalign.process.lookaside import broken_look_asides
from flake8_planalign.process.requests import Caller, request_path
from flake8_planalign.process.statements import Function, own_nodes
from flake8_planalign.process.templates import Gap, Template, Templates
from flake8_planalign.process.unstable import unstable_keys
from flake8_planalign.rule import Confidence, Position
from flake8_planalign.source import Source

__all__ = ["CacheWrite", "PredictionKey", "UncoveredAccess", "caching"]

_ENDLESS: Final = frozenset({"hmset", "hset", "mset", "msetnx", "set", "setnx"})
_WORD: Final = lazy(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
#: Words of what is kept for a time: `generate` is no rate, and a block is no lock.
_CACHED: Final = lazy(
    r"\w*cach(?:e|ed|er|es|ing)|predict\w*|inference|sessions?|tokens?|rates?|ratelimit\w*|locks?|scor(?:e|es|ing)|throttl\w*"
    r"|nonces?|otps?|ttl|temp|tmp"
)
_CACHES: Final = lazy(r"cach|predict|\bscores?\b", re.IGNORECASE)
_ID: Final = lazy(r"\b\w*_id\b")
_VERSION: Final = lazy(
    r"version|(?:^|[^a-zA-Z])v(?:er)?[_:.\-]?\{?\d|\bver\b|_ver\b|revision|digest|checksum|sha\d*\b|etag|run_id|model_id"
    r"|build|release|fingerprint|model_hash|generation|epoch",
    re.IGNORECASE,
)
_PREDICTION: Final = lazy(
    r"(?:^|[^a-z])(?:predict(?:ion)?s?|inference|scor(?:e|es|ing)|model)(?=[^a-z]|$)", re.IGNORECASE
)
#: What a model says; `model` alone may speak of the model itself.
_ANSWER: Final = lazy(
    r"(?:^|[^a-z])(?:predict(?:ion)?s?|inference|scor(?:e|es|ing))(?=[^a-z]|$)"
    r"|(?:^|[^a-z])models?(?=[^a-z]).*(?:answer|cache|output|response|result)",
    re.IGNORECASE,
)
_INFERENCE: Final = frozenset({"infer", "inference", "predict", "predict_one", "predict_proba", "predict_batch"})
_CACHE_COMMANDS: Final = frozenset({
    "get", "hget", "hgetall", "hmget", "hset", "mget", "mset", "psetex", "set", "setex",
})  # fmt: skip
#: Calls that make part of a key and hide nothing of it.
_PLAIN_CALLS: Final = frozenset({
    "digest", "dumps", "encode", "hash", "hexdigest", "id", "isoformat", "join", "len", "lower", "md5", "quote", "repr",
    "round", "sha1", "sha256", "sorted", "str", "strftime", "strip", "tuple", "upper",
})  # fmt: skip


class CacheWrite(msgspec.Struct, frozen=True):
    """A write to Redis that nothing lets expire."""

    position: Position
    command: str
    key: str
    confidence: Confidence


class PredictionKey(msgspec.Struct, frozen=True):
    """The key of a cached prediction that does not name the version of the model."""

    position: Position
    key: str
    confidence: Confidence


class UncoveredAccess(msgspec.Struct, frozen=True):
    """A command to Redis whose failure fails a request."""

    position: Position
    command: str
    way: str
    confidence: Confidence


def caching(source: Source, analysis: Analysis) -> Iterator[object]:
    """Yield what there is to say of a file's commands to Redis."""
    code = analysis.code_of(source)
    if code is None:
        return
    for number in range(1, len(code.module.functions)):
        found = accesses(code, number)
        function = code.node(number) if found else None
        if function is not None:
            yield from _endless(source, code, function, found)
            yield from _prediction_keys(source, code, function, found)
            yield from unstable_keys(source, code, function, found)
            yield from _uncovered(source, code, function, found)
            if len(found) <= MANY_ACCESSES:
                yield from broken_look_asides(source, code, function, found)
    yield from check_then_acts(source, code)


def _certain(sure: object) -> Confidence:
    return Confidence.CERTAIN if sure else Confidence.PROBABLE


def _place(source: Source, access: Access) -> Position:
    return source.region(*place_of_call(access.node))


def _names_around(code: Code, function: Function) -> str:
    if "owners" not in code.memo:
        code.memo["owners"] = {node: inside.owner for node, inside in code.statements if inside.owner is not None}
    owner = code.memo["owners"].get(function)
    return f"{function.name} {owner.name if owner is not None else ''}"


# -- writes that never expire -----------------------------------------------------------------------------------------


def _endless(source: Source, code: Code, function: Function, found: list[Access]) -> Iterator[CacheWrite]:
    for write in found:
        if write.method not in _ENDLESS or write.expires is not False:
            continue
        if any(_expires_after(write, other) for other in found):
            continue
        if not _is_cache_like(code, write) and not _is_cached_by(code, function, write):
            continue
        names = f"{write.receiver} {_names_around(code, function)}"
        sure = (
            _is_filled(function, write, found)
            or _CACHES.search(f"{write.key.words} {function.name}")
            or _KEEPS.search(names)
        )
        if (sure or _is_named_so(code, function, write)) and not _is_field_of_expiring(code, write):
            command = f"{write.receiver}.{write.method}" if not write.wrapper else write.receiver
            yield CacheWrite(_place(source, write), command, str(write.key), _certain(sure and write.is_typed))


def _is_field_of_expiring(code: Code, write: Access) -> bool:
    """Tell whether a field is written to a hash that another function of the file makes and lets expire.

    The time to live is that of the hash, and a field leaves it as it is.
    """
    return write.method in {"hset", "hmset"} and any(
        other.key.literal == write.key.literal and other.node is not write.node and _expires_after(other, later)
        for number in range(1, len(code.module.functions))
        for own in (accesses(code, number),)
        for other in own
        if other.method in {"hset", "hmset"}
        for later in own
    )


def _is_named_so(code: Code, function: Function, write: Access) -> bool:
    """Tell whether key, client or class speak of what is kept for a time.

    A function may lock while it writes, and what is kept by the id of a session need not be the session.
    """
    owner = _names_around(code, function).removeprefix(function.name)
    return _speaks_of_a_cache(f"{_ID.sub(' ', write.key.words)} {write.receiver}") or _KEEPS.search(owner) is not None


#: Classes of what is kept for a time; a `PredictionService` may count as well.
_KEEPS: Final = lazy(r"[Cc]ach|(?:Predictions|Scores)$")


def _speaks_of_a_cache(text: str) -> bool:
    return any(_CACHED.fullmatch(word.lower()) for word in _WORD.findall(text))


def _is_filled(function: Function, write: Access, found: list[Access]) -> bool:
    """Tell whether a write puts there what was not found there; a constant is the first value of what lives there."""
    if isinstance(write.value, ast.Constant) or (isinstance(write.value, ast.Name) and write.value.id.isupper()):
        return False
    reads = [read for read in found if read.method in READS and read.key == write.key and read.order < write.order]
    return any(is_on_miss(function, read.node, write.node, write.inside.branches) for read in reads[-_NEAREST:])


#: How many reads of a key before a write are looked at.
_NEAREST: Final = 8
_ABOUT_TIME: Final = lazy(r"ttl|expir|timeout|max_age|lifetime|\b(?:ex|px)\b|_[ep]x_", re.IGNORECASE)


def _is_cache_like(code: Code, write: Access) -> bool:
    """Tell whether a key is one of many and left to itself: not the name of a state, not deleted by the same file."""
    has_entity = any(map(_is_entity, write.key.gaps))
    if any(
        isinstance(node, ast.If) and _ABOUT_TIME.search(ast.unparse(node.test)) for node, _ in write.inside.branches
    ):
        return False  # whether it expires is a setting
    if _speaks_of_a_cache(write.key.words):
        return has_entity or (_CACHES.search(write.key.words) is not None and not _is_deleted(code, write))
    if not has_entity or not any(isinstance(part, str) for part in write.key.parts):
        return False
    return re.search(r"\.(?:delete|unlink|getdel)\(", code.text) is None


def _is_cached_by(code: Code, function: Function, write: Access) -> bool:
    """Tell whether a function that is called after a cache keeps there what it is given, under a key that it is given.

    No other function of its file takes that away.
    """
    is_given = bool(write.key.gaps) and all(type(part) is Gap and part.parameter for part in write.key.parts)
    return is_given and _CACHES.search(function.name) is not None and _TAKES_AWAY.search(code.text) is None


_TAKES_AWAY: Final = lazy(r"\.(?:delete|expire\w*|getdel|unlink)\(")


def _is_entity(gap: Gap) -> bool:
    """Tell whether a part of a key is not the same each time, as a constant or a value of the configuration is."""
    node = gap.node
    while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        node = node.value
    return node is gap.node and not gap.text.replace("_", "").isupper()


def _is_deleted(code: Code, write: Access) -> bool:
    """Tell whether the project itself takes away what is kept under a key that is always the same."""
    names = [part.strip("{}:_|-. ") for part in write.key.parts if isinstance(part, str)]
    names += [
        part.value for part in own_nodes(write.key_node) if isinstance(part, ast.Constant) and type(part.value) is str
    ]
    name = max(names, key=len, default="")
    if len(name) < _SHORTEST_NAME:
        return False
    deletes = re.compile(rf"\.(?:delete|getdel|hdel|rename|unlink)\([^\n]{{0,200}}?\b{re.escape(name)}\b")
    return any(name in text and deletes.search(text) for _, text in code.analysis.tables.texts())


_SHORTEST_NAME: Final = 4


def _expires_after(write: Access, other: Access) -> bool:
    """Tell whether a later command lets what was written expire, on every path behind the write."""
    if other.method not in EXPIRIES or other.order < write.order:
        return False
    if other.key != write.key:
        return not any(isinstance(part, str) for part in other.key.parts)
    branches = other.inside.branches
    if any(isinstance(node, ast.If) and _ABOUT_TIME.search(ast.unparse(node.test)) for node, _ in branches):
        return True  # whether it expires is a setting
    return write.inside.branches[: len(branches)] == branches


# -- keys -------------------------------------------------------------------------------------------------------------


def _prediction_keys(source: Source, code: Code, function: Function, found: list[Access]) -> Iterator[PredictionKey]:
    inferred = _inferred_names(function)
    templates = Templates(code, function)
    seen: set[str] = set()
    for access in found:
        literal = access.key.literal
        if access.method not in READS | WRITES or not literal.strip("{}:") or literal in seen:
            continue
        if not access.key.gaps or not all(map(_is_plain, access.key.gaps)) or _VERSION.search(access.key.words):
            continue
        certain = any(
            other.key == access.key and other.value is not None and _is_inferred(other.value, inferred)
            for other in found
        )
        if certain or _ANSWER.search(literal):
            if any(_VERSION.search(ast.unparse(node)) for node in templates.expanded(access.key_node)):
                continue  # a constant that is called so
            seen.add(literal)
            yield PredictionKey(
                source.position(access.key_node), str(access.key), _certain(certain and access.is_typed)
            )


def _is_plain(gap: Gap) -> bool:
    """Tell whether all that a gap may hold is seen: no function of the project makes it."""
    return all(_called(node) in _PLAIN_CALLS for node in own_nodes(gap.node) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _inferred_names(function: Function) -> frozenset[str]:
    """Return the names that hold what a model said."""
    names: set[str] = set()
    for _round in range(2):
        for node in own_nodes(*function.body):
            match node:
                case ast.Assign(targets=targets, value=value) if _is_inferred(value, frozenset(names)):
                    names |= {target.id for target in targets if isinstance(target, ast.Name)}
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_inferred(
                    value, frozenset(names)
                ):
                    names.add(name)
    return frozenset(names)


def _is_inferred(node: ast.expr, names: frozenset[str]) -> bool:
    return any(
        (isinstance(part, ast.Name) and part.id in names)
        or (isinstance(part, ast.Attribute) and part.attr in _INFERENCE)
        for part in own_nodes(node)
    )


# -- what must not fail -----------------------------------------------------------------------------------------------


def _uncovered(source: Source, code: Code, function: Function, found: list[Access]) -> Iterator[UncoveredAccess]:
    analysis = code.analysis

    def error_passes(caller: Caller) -> bool:
        return not is_covered_at(analysis, caller, _ERROR)

    filled: dict[Template, bool] = {}
    for access in found:
        if access.wrapper or not access.is_typed or access.method not in _CACHE_COMMANDS or access.is_pipelined:
            continue
        if access.is_conditional or is_covered(code, access.inside, _ERROR):
            continue
        names = f"{access.key.words} {_names_around(code, function)}"
        if "cache" not in names.lower() and _LIVES_THERE.search(names):
            continue
        if access.key not in filled:
            writes = (other for other in found if other.key == access.key and other.method not in READS)
            filled[access.key] = any(_is_filled(function, write, found) for write in writes)
        is_filled = filled[access.key]
        if _is_refused(function, access):
            continue
        sure = is_filled or "cache" in names.lower()
        is_generic = not is_filled and "cach" not in access.key.literal.lower()
        if not sure and (not _PREDICTION.search(access.key.words) or _is_kept(code, function, access)):
            continue
        way = request_path(analysis, code.module, code.number(function), error_passes)
        if way is None:
            continue
        callers = " ".join(way.names[-2:])
        if not sure and (_LIVES_THERE.search(callers) or _KEEPER.search(" ".join(way.names))):
            continue
        if is_generic and any(map(_LIVES_THERE.search, way.names[-2:-1])):
            continue  # a class that is called a cache keeps what its caller speaks of
        command = f"{access.receiver}.{access.method}"
        yield UncoveredAccess(_place(source, access), command, str(way), _certain(sure))


def _is_refused(function: Function, access: Access) -> bool:
    """Tell whether a request is refused where nothing is found, so that there is nothing to go on with without it."""
    return access.method in READS and any(
        isinstance(node, ast.If)
        and isinstance(node.body[-1], ast.Raise)
        and is_on_miss(function, access.node, access.node, [(node, "body")])
        for node in own_nodes(*function.body)
    )


def _is_kept(code: Code, function: Function, access: Access) -> bool:
    """Tell whether a value has its home in Redis: what writes it never lets it expire, or Redis lists its keys."""
    if access.method in _ENDLESS:
        return access.expires is False and not any(_expires_after(access, other) for other in _all_in(code, function))
    if _is_listed(function, access):
        return True
    literal = access.key.literal
    core = max((part for part in access.key.parts if isinstance(part, str)), key=len, default="").strip("{}:_|-. ")
    if len(core) < _SHORTEST_NAME:
        return False
    writes = [
        (other, write)
        for path, text in code.analysis.tables.texts()
        if core in text and (other := code.analysis.code(path)) is not None
        for number in range(1, len(other.module.functions))
        for write in accesses(other, number)
        if write.method in WRITES and not write.wrapper and write.key.literal == literal
    ]
    return bool(writes) and all(
        write.expires is False
        and not any(_expires_after(write, later) for later in _all_in(other, write.inside.function))
        for other, write in writes
    )


def _all_in(code: Code, function: Function | None) -> list[Access]:
    return accesses(code, code.number(function)) if function is not None else []


def _is_listed(function: Function, access: Access) -> bool:
    """Tell whether Redis itself tells of which keys there are: `for key in client.scan_iter(...)`."""
    names = {part.id for gap in access.key.gaps for part in own_nodes(gap.node) if isinstance(part, ast.Name)}
    return any(
        isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)
        and not names.isdisjoint(part.id for part in own_nodes(node.target) if isinstance(part, ast.Name))
        and any(isinstance(part, ast.Call) and _called(part) in _LISTINGS for part in own_nodes(node.iter))
        for node in own_nodes(*function.body)
    )


_LISTINGS: Final = frozenset({"keys", "lrange", "scan_iter", "smembers", "sscan_iter", "zrange", "zrevrange"})
#: What lives in Redis and nowhere else, so that there is nothing to go on without.
_LIVES_THERE: Final = lazy(
    r"token|code|nonce|state|csrf|otp|session|task|job|queue|lock|verif|challenge|presence|stream|idempot|revoke",
    re.IGNORECASE,
)
#: Classes and functions of what keeps the data of an application, by the names that projects give them.
_KEEPER: Final = lazy(r"Repo(?:s|sitory|sitories)?\b|(?:^|[a-z_.])(?:DB|Database|Dao|DAO)\b|_repository\b|_db\b")
_ERROR: Final = "redis.exceptions.RedisError"
