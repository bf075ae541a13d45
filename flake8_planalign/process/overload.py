"""Reads how handlers of pool exhaustion answer: whether the client learns that it should come back later."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, Code
from flake8_planalign.process.coverage import caught_names, is_covered, is_covered_at
from flake8_planalign.process.handlers import caught_text, place_of
from flake8_planalign.process.requests import Caller, entrance, request_path
from flake8_planalign.process.statements import Function, Surroundings, own_nodes
from flake8_planalign.rule import Confidence, Position
from flake8_planalign.source import Source

__all__ = ["OverloadAnswer", "overload_answers"]

#: Errors that say that a pool is empty and nothing else.
_PURE: Final = frozenset({
    "asyncpg.TooManyConnectionsError", "asyncpg.exceptions.TooManyConnectionsError", "psycopg_pool.PoolTimeout",
    "psycopg_pool.TooManyRequests", "redis.exceptions.MaxConnectionsError", "sqlalchemy.exc.TimeoutError",
    "valkey.exceptions.MaxConnectionsError",
})  # fmt: skip
_EXHAUSTION: Final = _PURE | {"redis.exceptions.ConnectionError", "valkey.exceptions.ConnectionError"}
#: What no pool raises and no library calls an error of its own; most clauses catch one of these.
_GENERAL: Final = frozenset({"AttributeError", "BaseException", "Exception", "KeyError", "TypeError", "ValueError"})
_OVERLOAD: Final = lazy(r"Overload|TooManyConnections|Exhaust")
_SAYS_LATER: Final = lazy(r"Overload|Unavailable")
_STATUS: Final = lazy(r"(?:HTTP_)?(\d{3})(?:_\w+)?")
_RESPONSE: Final = lazy(r"(?:HTTPException|Response|abort|json_response)$")
#: What says by its name which status it gives.
_NAMED: Final = {
    "HTTPBadGateway": "502", "HTTPGatewayTimeout": "504", "HTTPInternalServerError": "500",
    "HTTPServiceUnavailable": "503", "HTTPTooManyRequests": "429", "HttpResponseServerError": "500",
    "InternalServerError": "500", "InternalServerException": "500", "ServiceUnavailable": "503",
    "ServiceUnavailableException": "503", "TooManyRequests": "429", "TooManyRequestsException": "429",
}  # fmt: skip
_TELLS: Final = lazy(r"\b(?:429|503)\b|TOO_MANY|SERVICE_UNAVAILABLE|TooMany|ServiceUnavailable")
_HANDLERS: Final = frozenset({"errorhandler", "exception_handler"})
_WORDS: Final = ("add_exception_handler", "errorhandler", "exception_handler", "exception_handlers")
_MIDDLEWARE: Final = lazy(r"\bcall_next\b|@\w+\.middleware\b|BaseHTTPMiddleware")


class OverloadAnswer(msgspec.Struct, frozen=True):
    """A handler of pool exhaustion, and what is wrong with its answer."""

    position: Position
    caught: str
    answer: str
    confidence: Confidence = Confidence.CERTAIN


def overload_answers(source: Source, analysis: Analysis) -> Iterator[OverloadAnswer]:
    """Yield the handlers of a file that answer pool exhaustion with another status, or without `Retry-After`."""
    code = analysis.code_of(source)
    if code is None:
        return
    for statement, inside in code.statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _registered(source, code, statement)
        if not isinstance(statement, ast.Try) or inside.function is None or _is_probe(inside.function.name):
            continue
        for handler in statement.handlers:
            if handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in _GENERAL):
                continue
            answer = _wrong_answer(handler.body)
            if answer is None and not _goes_on(handler):
                continue
            caught = _exhaustion(code, handler.type, inside.function)
            if caught and answer is not None:
                yield OverloadAnswer(place_of(source, handler), caught_text(handler), answer)
            elif caught:
                answer = _silent_answer(code, handler, inside, caught) or _unmapped(code, handler, inside, caught)
                if answer is not None:
                    yield OverloadAnswer(place_of(source, handler), caught_text(handler), answer, Confidence.PROBABLE)


def _registered(source: Source, code: Code, function: Function) -> Iterator[OverloadAnswer]:
    """Yield the application's own handlers of exhaustion that give a wrong answer: `@app.exception_handler(E)`."""
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr=name), args=[caught, *_]) if name in _HANDLERS:
                answer = _wrong_answer(function.body)
                if answer is not None and _exhaustion(code, caught, None):
                    yield OverloadAnswer(source.position(decorator), ast.unparse(caught), answer)


def _exhaustion(code: Code, caught: ast.expr, function: Function | None) -> frozenset[str]:
    """Return which of the errors that a clause catches say that a pool is exhausted."""
    names = caught_names(code, caught, function) or frozenset()
    return names & _EXHAUSTION | {name for name in names if _is_class_named(code.analysis, name, _OVERLOAD)}


def _is_probe(name: str) -> bool:
    return re.search(r"health|ready|readiness|live|ping|startup", name) is not None


def _is_class_named(analysis: Analysis, name: str, words: re.Pattern[str]) -> bool:
    """Tell whether a name means a class of the project that is called so."""
    path, _, index = name.partition("#")
    module = analysis.evaluator.modules.module(path) if index else None
    return module is not None and words.search(module.classes[int(index)]["n"]) is not None


def _wrong_answer(body: list[ast.stmt]) -> str | None:
    """Return the status that a handler answers with, if it is none that says `later`, or says not when."""
    for node in own_nodes(*body):
        status = None
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            status = _status(node) if _RESPONSE.search(called) else _NAMED.get(called.rpartition(".")[2])
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Attribute | ast.Name):
            status = _NAMED.get(ast.unparse(node.exc).rpartition(".")[2])
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            status = next((found for part in node.value.elts if (found := _as_status(part))), None)
        if status is None:
            continue
        if status not in {"429", "503"}:
            return f"answers {status}" if status >= "500" else None
        if not re.search(r"retry.?after", ast.unparse(node), re.IGNORECASE) and not _hands_headers(node):
            return f"answers {status} without `Retry-After`"
    return None


def _hands_headers(node: ast.AST) -> bool:
    """Tell whether an answer has headers that are not written out on the spot."""
    if isinstance(node, ast.Return):
        return isinstance(node.value, ast.Tuple) and len(node.value.elts) > 2
    return isinstance(node, ast.Call) and any(
        keyword.arg is None or (keyword.arg == "headers" and not isinstance(keyword.value, ast.Dict))
        for keyword in node.keywords
    )


def _status(call: ast.Call) -> str | None:
    given = [keyword.value for keyword in call.keywords if keyword.arg in {"status", "status_code"}]
    return next((status for node in (*given, *call.args) if (status := _as_status(node))), None)


def _as_status(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=int(status)) if 100 <= status <= 599 and not isinstance(status, bool):
            return str(status)
        case ast.Attribute(attr=name):
            match = _STATUS.fullmatch(name)
            return match[1] if match else None
    return None


# -- answers without a status -----------------------------------------------------------------------------------------


def _goes_on(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler ends with an error, or with an answer that is written out."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) or (isinstance(last, ast.Return) and isinstance(last.value, ast.Dict))


def _silent_answer(code: Code, handler: ast.ExceptHandler, inside: Surroundings, caught: frozenset[str]) -> str | None:
    """Say that an endpoint answers 200 with the word error in it, when nothing but exhaustion was caught."""
    last = handler.body[-1]
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Dict) or caught - _PURE:
        return None
    keys = {key.value for key in last.value.keys if isinstance(key, ast.Constant)}
    if not keys & {"detail", "error", "errors"}:
        return None
    if any(isinstance(node, ast.Attribute) and node.attr == "status_code" for node in own_nodes(*handler.body)):
        return None
    is_endpoint = entrance(code.analysis, code.module, code.number(inside.function)) is not None
    return "answers 200 with an error in it" if is_endpoint else None


def _unmapped(code: Code, handler: ast.ExceptHandler, inside: Surroundings, caught: frozenset[str]) -> str | None:
    """Say that a handler passes exhaustion on, under its own or another name, and nobody makes 429 or 503 of it."""
    last = handler.body[-1]
    if not isinstance(last, ast.Raise) or is_covered(code, inside, next(iter(sorted(caught)))):
        return None
    raised = last.exc.func if isinstance(last.exc, ast.Call) else last.exc
    if raised is None or (isinstance(raised, ast.Name) and raised.id == handler.name):
        names = caught
        if caught - _PURE:
            return None  # an error of the connection may be anything
    else:
        names = caught_names(code, raised, inside.function) or frozenset()
        if not names or not all(_is_class_named(code.analysis, name, _SAYS_LATER) for name in names):
            return None
    if _may_be_mapped(code.analysis, names):
        return None

    def passes(caller: Caller) -> bool:
        return not any(is_covered_at(code.analysis, caller, name) for name in names)

    number = code.number(inside.function)
    return "is passed on and becomes a 500" if request_path(code.analysis, code.module, number, passes) else None


def _may_be_mapped(analysis: Analysis, names: frozenset[str]) -> bool:
    """Tell whether the application turns one of these errors, or all of them, into 429 or 503."""
    if "answered errors" not in analysis.memo:
        analysis.memo["answered errors"] = _answered(analysis)
    answered: frozenset[str] | None = analysis.memo["answered errors"]
    if answered is None or not answered.isdisjoint(names | {"builtins.Exception"}):
        return True
    return any(_says_itself(analysis, name) for name in names)


def _says_itself(analysis: Analysis, name: str) -> bool:
    """Tell whether a class of the project says its status itself, or is made of a class that may."""
    path, _, index = name.partition("#")
    module = analysis.evaluator.modules.module(path) if index else None
    code = analysis.code(path) if module is not None else None
    if module is None or code is None:
        return False
    called = module.classes[int(index)]["n"]
    for node, _inside in code.statements:
        if isinstance(node, ast.ClassDef) and node.name == called:
            bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
            return bool(bases - {"Exception", "RuntimeError"}) or _TELLS.search(ast.unparse(node)) is not None
    return False


def _answered(analysis: Analysis) -> frozenset[str] | None:
    """Return which errors the application's handlers turn into 429 or 503; None if a middleware may do so."""
    if analysis.tables.any_file("has a middleware", lambda text: "except" in text and _MIDDLEWARE.search(text)):
        return None
    found: set[str] = set()
    for path in sorted({path for word in _WORDS for path in analysis.tables.mentioning(word)}):
        code = analysis.code(path)
        for statement, inside in code.statements if code is not None else ():
            assert code is not None
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in statement.decorator_list:
                    match decorator:
                        case ast.Call(func=ast.Attribute(attr=name), args=[caught, *_]) if name in _HANDLERS:
                            if _TELLS.search(ast.unparse(statement)):
                                found |= caught_names(code, caught, None) or frozenset()
                continue
            for node in own_nodes(*code.parts(statement)):
                match node:
                    case ast.Call(func=ast.Attribute(attr="add_exception_handler"), args=[caught, *_]):
                        found |= caught_names(code, caught, inside.function) or frozenset()
                    case ast.keyword(arg="exception_handlers", value=ast.Dict(keys=keys)):
                        for key in keys:
                            found |= (caught_names(code, key, None) if key is not None else None) or frozenset()
                    case ast.keyword(arg="exception_handlers"):
                        return None
    return frozenset(found)
