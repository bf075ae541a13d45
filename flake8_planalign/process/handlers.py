"""Reads a file's `except` clauses: what they catch, what becomes of the error, and whether that is meant."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.memos import of_the_run
from flake8_planalign.patterns import lazy
from flake8_planalign.process.statements import Function, Surroundings, own_nodes, statements
from flake8_planalign.process.unheard import (
    is_of_logging,
    is_only_told,
    is_told_below,
    only_logs,
    only_shows,
    tries_others,
)
from flake8_planalign.process.wording import shorten
from flake8_planalign.rule import Position
from flake8_planalign.source import Source, lines_of

__all__ = ["BroadHandler", "broad_handlers"]

_BROAD: Final = lazy(r"except\s*\*?\s*(?::|[^:]{0,300}?\b(?:Base)?Exception\b)")
_BROAD_NAMES: Final = frozenset({"BaseException", "Exception"})
_COMMENT: Final = lazy(r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^#"'\n])*#(.*)""")
#: What in a comment is addressed to a tool or a later day.
_DIRECTIVE: Final = lazy(
    r"noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?|pylint:\s*\S+|type:\s*ignore\S*|pyright:\s*\S+|pragma:(?:\s*no\s*cover)?|nosec\S*(?:\s+B\d+)*"
    r"|ruff:.*|\b[A-Z]{1,5}\d{3,4}\b|(?:TODO|FIXME|XXX)\b.*"
)
_WORD: Final = lazy(r"[^\W\d_]{3,}")
#: Words that say what the code does and not why.
_EMPTY_WORDS: Final = frozenset({
    "all", "and", "any", "catch", "continue", "error", "errors", "exception", "exceptions", "fail", "fails", "failed",
    "failure", "failures", "ignore", "ignored", "ignores", "ignoring", "just", "nothing", "pass", "silent", "silently",
    "skip", "skipped", "skipping", "suppress", "swallow", "the", "this", "errs",
})  # fmt: skip
#: What is called to let go of something; when that fails there is nobody left to care.
_RELEASES: Final = frozenset({
    "__aexit__", "__exit__", "aclose", "cancel", "cleanup", "close", "delete", "disconnect", "dispose", "exit", "flush",
    "join", "kill", "logout", "quit", "release", "remove", "rmdir", "rmtree", "rollback", "shutdown", "stop",
    "terminate", "unlink", "unlock", "unsubscribe", "wait_closed",
})  # fmt: skip
#: What tells by failing that a value is of another form than it might have been, and what does not fail beside it.
_CONVERSIONS: Final = frozenset({
    "abspath", "all", "any", "b64decode", "basename", "bool", "bytes", "Decimal", "decode", "dict", "dirname",
    "dumps", "encode", "endswith", "float", "format", "fromhex", "fromisoformat", "fromtimestamp", "get", "getattr",
    "getenv", "group", "hasattr", "__import__", "import_module", "int", "isinstance", "isoformat", "isoparse",
    "items", "join", "json", "json_dumps", "json_loads", "keys", "len", "list", "literal_eval", "loads", "lower",
    "lstrip", "max", "min", "model_dump", "model_validate", "monotonic", "now", "parse_obj",
    "parsedate_to_datetime", "partition", "perf_counter", "removeprefix", "removesuffix", "replace", "repr",
    "round", "rpartition", "rstrip", "set", "signature", "sorted", "split", "startswith", "str", "strftime",
    "strip", "strptime", "sum", "time", "title", "total_seconds", "tuple", "upper", "urlparse", "urlsafe_b64decode",
    "urlsplit", "utcfromtimestamp", "utcnow", "UUID", "values",
})  # fmt: skip
#: What is never the reason of a `try`: loops over what is at hand, paths and messages.
_ASIDE: Final = frozenset({
    "append", "cast", "debug", "enumerate", "extend", "filter", "info", "iter", "join", "log", "map", "next",
    "print", "range", "reversed", "type", "warning", "zip",
})  # fmt: skip
_SAYS_SO: Final = lazy(
    r"best[- ]effort|non-?fatal|not fatal|fails? (?:closed|open|soft)|never raise"
    r"|not raise|swallow|silent|ignor|fall(?:s|ing)? ?back|\bprotects?\b"
    r"|otherwise\b[^.]{0,30}\b(?:fail|raise|throw)|(?:on|of|any|if|when|case)\b[^.]{0,60}\b(?:fail\w*|errors?|exceptions?|raises?|unavailable|invalid|unreadable|missing|malformed|not"
    r"|can(?:'|no)t|(?:could|did|do|does|is|was|wo)n't)\b"
    # the same in other languages, in which comments are written as well
    r"|bei fehler|im fehlerfall|cas d['\u2019](?:échec|erreur)|si falla|caso de (?:error|fallo|erro|falha)|se falhar"
    r"|(?:при|случае) (?:ошибк|\u0441\u0431\u043e|неудач)|(?:失败|出错|异常|错误)(?:时|则|就|返回)"
    r"|(?:失敗|エラー)時|(?:실패|오류) ?(?:시|하면)",
    re.IGNORECASE,
)
_PREDICATE: Final = lazy(
    r"_*(?:can|check|has|in|is|looks_like|ping|probe|should|supports|validate|verify|was)_|\w*_(?:has|is|looks_like|supports)_"
    r"|(?:can|has|is)[A-Z]"
    r"|(?:\w*_)?(?:alive|available|check|connected|exists|healthy|installed|is|online|open|ping|reachable|ready|running|supports|valid|validate|verify)$"
    r"|__eq__$"
    r"|\w*[Vv]alidator$"
)
_TELLING: Final = lazy(
    r"error|fail|down\b|invalid|degrad|disconnect|not[ _]|offline|time(?:d )?out"
    r"|un(?:avail|defin|health|known|pars|print|reach|read|resolv|support)"
    r"|\b(?:nok|ko)\b"
    r"|\berro\b|erreur|échec|fehler|fall[oó]\b|falha|inv[aá]lid|ошибк|не удалось|错误|失败|失敗|异常|エラー|오류|실패",
    re.IGNORECASE,
)


class BroadHandler(msgspec.Struct, frozen=True):
    """An `except` of everything whose body tells nobody of the error.

    `caught` is the clause as written, `attempt` what is attempted in the `try`, `fallback` the statement that takes
    its place, None where nothing does.
    """

    position: Position
    caught: str
    attempt: str
    fallback: str | None = None


def broad_handlers(source: Source) -> Iterator[BroadHandler]:
    """Yield the handlers of everything that neither tell anybody of the error nor say why that is right."""
    if source.tree is None or "except" not in source.text:
        return
    lines = lines_of(_BROAD, source.text)
    for statement, inside in statements(source.tree, lines=lines) if lines else ():
        if isinstance(statement, ast.Try | ast.TryStar):
            for handler in statement.handlers:
                if is_broad(handler.type):
                    yield from _judged(source, statement, handler, inside)


def is_broad(caught: ast.expr | None) -> bool:
    """Tell whether an `except` clause catches everything."""
    match caught:
        case None:
            return True
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="builtins"), attr=name):
            return name in _BROAD_NAMES
        case ast.Tuple(elts=elements):
            return any(is_broad(element) for element in elements)
    return False


def _judged(
    source: Source, attempt: ast.Try | ast.TryStar, handler: ast.ExceptHandler, inside: Surroundings
) -> Iterator[BroadHandler]:
    if (
        _tells(handler)
        or _does_nothing(attempt.body)
        or _cannot_fail(attempt.body)
        or _only_imports(attempt.body)
        or _only_converts(attempt.body)
    ):
        return
    fallback = None
    if _only_releases(attempt.body) and _returns(handler.body):
        return
    if not _does_nothing(handler.body):
        fallback = _fallback(attempt, handler, inside)
        if fallback is None or (inside.is_aftermath and (_holds_names(handler.body) or _is_told_before(inside))):
            return
        if all(is_only_told(statement, inside.function) for statement in handler.body):
            return
        if is_told_below(attempt, handler, inside.function):
            return
    elif inside.is_aftermath or _may_pass(attempt, inside):
        return
    if is_of_logging(inside, source.text) or only_logs(attempt.body, inside.function) or only_shows(inside.function):
        return
    if has_reason(source, handler) or _is_announced(source, inside) or _is_foreseen(source, attempt, inside):
        return
    yield BroadHandler(place_of(source, handler), caught_text(handler), _attempt_text(attempt.body), fallback)


def _is_told_before(inside: Surroundings) -> bool:
    """Tell whether the handler that a statement lies in logs the error that it handles."""
    return any(
        isinstance(node, ast.Try | ast.TryStar)
        and branch == "handler"
        and bool(node.handlers)
        and all(
            any(
                isinstance(part, ast.Call) and _called_name(part) in {"critical", "error", "exception", "warning"}
                for part in own_nodes(*each.body)
            )
            for each in node.handlers
        )
        for node, branch in inside.branches
    )


def _holds_names(body: list[ast.stmt]) -> bool:
    """Tell whether a fallback is made of something at hand: within a handler, of the error that is being handled."""
    values = (node.value for node in own_nodes(*body) if isinstance(node, ast.Assign | ast.Return) and node.value)
    return any(isinstance(part, ast.Name) for value in values for part in ast.walk(value))


def place_of(source: Source, handler: ast.ExceptHandler) -> Position:
    """Return the region of the word `except`."""
    column = handler.col_offset
    return source.region(handler.lineno, column, handler.lineno, column + len("except"))


def caught_text(handler: ast.ExceptHandler) -> str:
    """Return the clause as it is written."""
    return f"except {ast.unparse(handler.type)}" if handler.type is not None else "except:"


def _attempt_text(body: list[ast.stmt]) -> str:
    """Return what a `try` attempts: its first call, else its first expression."""
    nodes = list(own_nodes(*body))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    awaited = [node.value for node in nodes if isinstance(node, ast.Await) and isinstance(node.value, ast.Call)]
    for aside in (_CONVERSIONS | _ASIDE, _ASIDE, _CONVERSIONS):
        for call in (*awaited, *calls):
            if call in awaited or _called_name(call) not in aside or _asks_a_server(call):
                return shorten(call)
    for node in (*calls, *nodes):
        if isinstance(node, ast.Call | ast.Subscript | ast.Attribute | ast.BinOp):
            return shorten(node)
        if isinstance(node, ast.Await):
            return f"await {shorten(node.value)}"
    return "try"


def _tells(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler calls something, raises, yields, or uses the error."""
    for node in own_nodes(*handler.body):
        match node:
            case ast.Call() | ast.Raise() | ast.Await() | ast.Assert() | ast.AugAssign() | ast.Delete() | ast.Yield():
                return True
            case ast.Name(id=name) if name == handler.name:
                return True
            case ast.YieldFrom() | ast.With() | ast.AsyncWith() | ast.For() | ast.AsyncFor() | ast.While():
                return True
    return False


def _does_nothing(body: list[ast.stmt]) -> bool:
    return all(
        isinstance(statement, ast.Pass | ast.Continue)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in body
    )


def _cannot_fail(body: list[ast.stmt]) -> bool:
    """Tell whether a `try` does nothing but give names to what has one."""
    return all(
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant | ast.Name)
        and all(isinstance(target, ast.Name) for target in statement.targets)
        for statement in body
    )


def _returns(body: list[ast.stmt]) -> bool:
    """Tell whether a handler does no more than to leave its function."""
    return len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is None


def _only_imports(body: list[ast.stmt]) -> bool:
    """Tell whether a `try` makes a dependency optional, whose import may fail in any way."""
    return any(isinstance(statement, ast.Import | ast.ImportFrom) for statement in body) and not any(
        (isinstance(statement, ast.Return) and not isinstance(statement.value, ast.Name | ast.Constant | None))
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Await))
        for statement in body
    )


def _awaits_cancelled(body: list[ast.stmt], function: Function) -> bool:
    """Tell whether a `try` only waits for the end of a task that the same function cancels."""
    awaited = {
        ast.unparse(statement.value.value)
        for statement in body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Await)
    }
    if len(awaited) != len(body):
        return False
    return awaited <= _cancelled(function)


@of_the_run
@functools.lru_cache(maxsize=1)
def _cancelled(function: Function) -> frozenset[str]:
    """Return what a function cancels, as it is written; a function with many handlers is asked for each of them."""
    return frozenset(
        ast.unparse(node.func.value)
        for node in own_nodes(*function.body)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cancel"
    )


def _only_lets_go(body: list[ast.stmt], function: Function | None) -> bool:
    """Tell whether a `try` does nothing but end what is not needed any more, so that nobody is left to care."""
    if function is not None and (_lets_go(function.name) or _awaits_cancelled(body, function)):
        return True
    return _only_releases(body)


def _only_releases(body: list[ast.stmt]) -> bool:
    """Tell whether a `try` only lets go of things."""
    calls = [node for node in own_nodes(*body) if isinstance(node, ast.Call)]
    released = [call for call in calls if _is_release(_called_name(call))]
    return bool(released) and all(isinstance(statement, ast.Expr | ast.If | ast.Delete) for statement in body)


def _lets_go(name: str) -> bool:
    """Tell by its name whether a function does nothing but let go of something."""
    return name in {"__del__", "__exit__", "__aexit__"} or not {
        "aclose",
        "cleanup",
        "close",
        "disconnect",
        "dispose",
        "shutdown",
        "teardown",
    }.isdisjoint(name.split("_"))


def _is_release(name: str) -> bool:
    return name in _RELEASES or not _RELEASES.isdisjoint(name.split("_"))


def _only_converts(body: list[ast.stmt]) -> bool:
    """Tell whether a `try` does no more than to read a value as something that it may not be."""
    converts = False
    for node in own_nodes(*body):
        if isinstance(node, ast.Await):
            return False
        if isinstance(node, ast.Call) and not _reads_text(node):
            return False
        converts = converts or isinstance(node, ast.Call | ast.Subscript | ast.Attribute | ast.BinOp)
    return converts


def _is_announced(source: Source, inside: Surroundings) -> bool:
    """Tell whether the docstring of the function, or the comment above it, says what becomes of a failure."""
    function = inside.function
    if function is None:
        return False
    first = min((each.lineno for each in function.decorator_list), default=function.lineno)
    text = " ".join([ast.get_docstring(function, clean=False) or "", *_comment_above(source, first)])
    return _SAYS_SO.search(text) is not None


def _is_foreseen(source: Source, attempt: ast.Try | ast.TryStar, inside: Surroundings) -> bool:
    """Tell whether a comment directly above a `try`, or within its body, says what becomes of a failure.

    So does one above a loop that holds nothing but the `try`.
    """
    above = _comment_above(source, attempt.lineno)
    held: ast.stmt = attempt
    for node, field in reversed(inside.branches):
        if not isinstance(node, ast.For | ast.If) or field != "body" or node.orelse or node.body != [held]:
            break
        if isinstance(node, ast.For):  # what is said above an `if` is of its condition
            above += _comment_above(source, node.lineno)
        held = node
    within = source.lines[attempt.lineno : attempt.handlers[0].lineno - 1] if attempt.handlers else ()
    comments = [match[1].strip() for line in within if "#" in line and (match := _COMMENT.match(line))]
    return any(
        _SAYS_SO.search(_DIRECTIVE.sub(" ", " ".join(lines))) is not None for lines in (above, comments) if lines
    )


def _comment_above(source: Source, start: int) -> list[str]:
    """Return the lines of a comment directly above a line."""
    above: list[str] = []
    for line in reversed(source.lines[: start - 1]):
        if not line.lstrip().startswith("#"):
            break
        above.insert(0, line.strip("# \n"))
    return above


def _called_name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _reads_text(call: ast.Call) -> bool:
    """Tell whether a call reads a value as another, or looks a text over for a pattern: `re.search(pattern, text)`."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="re")):
            return True
    return _called_name(call) in _CONVERSIONS and not _asks_a_server(call)


def _asks_a_server(call: ast.Call) -> bool:
    """Tell whether a call named as one of a dict is a request: `requests.get(url)`."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="httpx" | "requests"), attr="get"):
            return True
    return False


def _fallback(attempt: ast.Try | ast.TryStar, handler: ast.ExceptHandler, inside: Surroundings) -> str | None:
    """Return the statement by which a handler puts something else in the place of the result; None if it does more."""
    attempted = {ast.unparse(target) for node in own_nodes(*attempt.body) for target in _targets(node)}
    found: str | None = None
    for statement in handler.body:
        match statement:
            case ast.Return(value=value):
                if _is_answer(value, inside) or _denies(value, attempt):
                    return None
                found = ast.unparse(statement)
            case ast.Assign() | ast.AnnAssign():
                if not all(ast.unparse(target) in attempted for target in _targets(statement)):
                    return None  # it takes down that there was an error
                if _is_answer(statement.value, inside) or _takes_down(statement, attempt):
                    return None
                found = found or ast.unparse(statement)
            case ast.Pass() | ast.Continue() | ast.Expr(value=ast.Constant()):
                pass
            case _:
                return None
    return found if found is None or len(found) <= 60 else found[:57] + "..."


def _targets(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Assign(targets=targets):
            return [part for target in targets for part in (target.elts if isinstance(target, ast.Tuple) else [target])]
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target) | ast.NamedExpr(target=target):
            return [target]
    return []


def _is_answer(value: ast.expr | None, inside: Surroundings) -> bool:
    """Tell whether what a handler returns tells the caller of the failure, as a predicate's False does."""
    if isinstance(value, ast.Constant) and isinstance(value.value, bool):
        name = inside.function.name if inside.function else ""
        return _PREDICATE.match(name) is not None
    if value is None:
        return False
    return any(_TELLING.search(text) for part in ast.walk(value) for text in _texts(part))


def _denies(value: ast.expr | None, attempt: ast.Try | ast.TryStar) -> bool:
    """Tell whether a handler returns False under a key or at a place where the `try` returns True, or what it found."""
    if isinstance(value, ast.Tuple):
        places = {number for number, part in enumerate(value.elts) if _is_flag(part, flag=False)}
        return any(
            isinstance(node, ast.Return)
            and isinstance(node.value, ast.Tuple)
            and any(number in places and _is_flag(part, flag=True) for number, part in enumerate(node.value.elts))
            for node in own_nodes(*attempt.body, *attempt.orelse)
        )
    denied = _flags(value, flag=False)
    return bool(denied) and any(
        isinstance(node, ast.Return) and denied & (_flags(node.value, flag=True) | _found(node.value))
        for node in own_nodes(*attempt.body, *attempt.orelse)
    )


def _is_flag(value: ast.expr, *, flag: bool) -> bool:
    return isinstance(value, ast.Constant) and value.value is flag


def _found(value: ast.expr | None) -> set[object]:
    """Return the keys of a dict literal under which stands the answer to a question: `{"ok": status < 500}`."""
    pairs = zip(value.keys, value.values, strict=True) if isinstance(value, ast.Dict) else ()
    return {key.value for key, part in pairs if isinstance(key, ast.Constant) and isinstance(part, ast.Compare)}


def _may_pass(attempt: ast.Try | ast.TryStar, inside: Surroundings) -> bool:
    """Tell whether a handler may do nothing: nobody is left to care, or the failure is told all the same."""
    return (
        _only_lets_go(attempt.body, inside.function)
        or tries_others(attempt, inside)
        or _notes_success(attempt, inside.function)
        or _is_a_sign(attempt, inside.function)
    )


def _is_a_sign(attempt: ast.Try | ast.TryStar, function: Function | None) -> bool:
    """Tell whether a predicate looks for one of several signs, where not to find it is an answer."""
    return (
        function is not None
        and _PREDICATE.match(function.name) is not None
        and any(
            isinstance(node, ast.AugAssign)  # so many of them answer
            or (isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value is True)
            for node in own_nodes(*attempt.body)
        )
    )


def _notes_success(attempt: ast.Try | ast.TryStar, function: Function | None) -> bool:
    """Tell whether a flag, False before, is made True at the end of a `try`, so that it tells of the failure."""
    match (attempt.orelse or attempt.body)[-1]:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=True)) if function is not None:
            return _denied(function).get(name, attempt.lineno) < attempt.lineno
    return False


@of_the_run
@functools.lru_cache(maxsize=1)
def _denied(function: Function) -> dict[str, int]:
    """Return the names that a function makes False, with the first line where it does."""
    found: dict[str, int] = {}
    for node in own_nodes(*function.body):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=False)):
                found[name] = min(node.lineno, found.get(name, node.lineno))
    return found


def _takes_down(statement: ast.Assign | ast.AnnAssign, attempt: ast.Try | ast.TryStar) -> bool:
    """Tell whether a handler makes False what the `try` makes True once it has succeeded."""
    if not isinstance(statement.value, ast.Constant) or statement.value.value is not False:
        return False
    names = {ast.unparse(target) for target in _targets(statement)}
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and node.value.value is True
        and any(ast.unparse(target) in names for target in node.targets)
        for node in own_nodes(*attempt.body, *attempt.orelse)
    )


def _flags(value: ast.expr | None, *, flag: bool) -> set[object]:
    """Return the keys of a dict literal with this value."""
    if not isinstance(value, ast.Dict):
        return set()
    return {
        key.value
        for key, part in zip(value.keys, value.values, strict=True)
        if isinstance(key, ast.Constant) and _is_flag(part, flag=flag)
    }


def _texts(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) | ast.Attribute(attr=text) | ast.Name(id=text):
            yield text


def has_reason(source: Source, handler: ast.ExceptHandler) -> bool:
    """Tell whether a comment on the lines of a handler, or directly above it, gives a reason."""
    last = handler.body[-1].end_lineno or handler.lineno
    return any(_is_reason(source.lines[line - 1]) for line in range(handler.lineno, last + 1)) or _above(
        source, handler
    )


def _above(source: Source, handler: ast.ExceptHandler) -> bool:
    line = source.lines[handler.lineno - 2].strip() if handler.lineno > 1 else ""
    return line.startswith("#") and _is_reason(line)


def _is_reason(line: str) -> bool:
    comment = _COMMENT.match(line) if "#" in line else None
    if comment is None:
        return False
    words = _WORD.findall(_DIRECTIVE.sub(" ", comment[1]))
    return any(word.lower() not in _EMPTY_WORDS for word in words)
