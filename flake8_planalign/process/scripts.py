"""Reads Redis scripts: Lua in files and in the strings of Python, and how Python calls them by their digest."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.formats.lua import Token, tokens
from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, Code, place_of_call
from flake8_planalign.process.coverage import is_covered, is_covered_at
from flake8_planalign.process.requests import callers
from flake8_planalign.process.statements import Function, own_nodes
from flake8_planalign.rule import Confidence, Position
from flake8_planalign.source import Source

__all__ = ["LooseDigest", "UndeclaredKey", "digests", "lua_keys", "places_of_untold_keys", "python_scripts"]

_ERROR: Final = "redis.exceptions.NoScriptError"
_REDIS_CALL: Final = lazy(r"\bredis\s*\.\s*p?call\s*\(")
#: Where the keys of a command stand, counted behind its name; all others have theirs first.
_KEYS_AT: Final = {
    "BITOP": (1, 2), "COPY": (0, 1), "LMOVE": (0, 1), "RENAME": (0, 1), "RENAMENX": (0, 1), "RPOPLPUSH": (0, 1),
    "SMOVE": (0, 1), "XREAD": (), "XREADGROUP": (),
}  # fmt: skip
#: Commands without keys.
_KEYLESS: Final = frozenset({
    "CLIENT", "CONFIG", "DBSIZE", "ECHO", "EVAL", "EVALSHA", "FCALL", "FLUSHALL", "FLUSHDB", "INFO", "KEYS", "PING",
    "PUBLISH", "RANDOMKEY", "SCAN", "SCRIPT", "SELECT", "SPUBLISH", "TIME", "WAIT",
})  # fmt: skip


class UndeclaredKey(msgspec.Struct, frozen=True):
    """A key that a Redis script touches without having been given it in `KEYS`."""

    position: Position
    command: str
    key: str
    confidence: Confidence


class LooseDigest(msgspec.Struct, frozen=True):
    """An `evalsha` for whose script nobody answers if the server does not know it."""

    position: Position
    call: str


def lua_keys(source: Source) -> Iterator[UndeclaredKey]:
    """Yield the undeclared keys of a Lua file."""
    if _REDIS_CALL.search(source.text):
        for found in _undeclared(source.text):
            yield UndeclaredKey(source.position_at(found.start, found.end), found.command, found.key, found.confidence)


def python_scripts(source: Source, _analysis: Analysis) -> Iterator[UndeclaredKey]:
    """Yield the undeclared keys of the scripts in a Python file's strings, at their place in the string."""
    if source.tree is None:
        return
    documentation: set[ast.AST] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Expr):
            documentation.add(node.value)  # a string that stands alone is run by nobody
        elif node in documentation:
            continue
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _REDIS_CALL.search(node.value):
            begin = _inside(source, node)
            for found in _undeclared(node.value):
                place = source.position(node)
                if begin is not None:
                    place = source.position_at(begin + found.start, begin + found.end)
                yield UndeclaredKey(place, found.command, found.key, found.confidence)


def _inside(source: Source, node: ast.Constant) -> int | None:
    """Return the index of the text at which a string's value begins, None where it is not written as it is."""
    lines = source.lines
    start = sum(map(len, lines[: node.lineno - 1])) + source.column(node.lineno, node.col_offset)
    end_line, end_offset = node.end_lineno or node.lineno, node.end_col_offset or 0
    end = sum(map(len, lines[: end_line - 1])) + source.column(end_line, end_offset)
    written = source.text[start:end]
    match = re.match(r"[a-zA-Z]{0,2}(\"\"\"|'''|\"|')", written)
    if match is None or written[match.end() : len(written) - len(match[1])] != node.value:
        return None
    return start + match.end()


def places_of_untold_keys(text: str, *, is_lua: bool) -> list[int]:
    """Return the lines on which a script touches a key of which nobody can tell whether it was declared.

    That is one that comes out of data or that a function of the script is given. `text` is Lua, or Python with scripts
    in its strings, of which none is taken where it cannot be parsed.
    """
    if not _REDIS_CALL.search(text):
        return []
    if is_lua:
        return [text.count("\n", 0, start) + 1 for start in _untold(text)]
    tree = parsed(text)
    return [
        node.lineno + node.value.count("\n", 0, start)
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _REDIS_CALL.search(node.value)
        for start in _untold(node.value)
    ]


def _untold(text: str) -> Iterator[int]:
    script = tokens(text)
    given, made = _names(script)
    declared = _declared(script)
    for _command, key in _keys(script):
        names = {token.value for token in key if token.kind == "name"}
        if names - declared and _judge(key, given, made) is None:
            yield key[0].start


def _declared(script: list[Token]) -> frozenset[str]:
    """Return `KEYS` and the names that hold one of them, or each of them in turn."""
    found = {"KEYS"}
    for number, token in enumerate(script):
        if token.kind != "name":
            continue
        if token.value == "for":
            end = next((at for at in range(number, len(script)) if script[at].value == "do"), number)
            parts = script[number + 1 : end]
            if _hands_on(parts, found):
                found.update(part.value for part in parts if part.kind == "name")
        elif _is(script, number + 1, "=") or _is(script, number + 1, ","):
            last = number
            while _is(script, last + 1, ","):
                last += 2
            if not _is(script, last + 1, "="):
                continue
            value = _expression(script, last + 2)
            if _hands_on(value, found):
                found.add(token.value)
    return frozenset(found)


def _hands_on(value: list[Token], declared: set[str]) -> bool:
    """Tell whether an expression gives a declared key, and not what Redis keeps there."""
    names = {part.value for part in value if part.kind == "name"}
    return not names.isdisjoint(declared) and "redis" not in names


class _Found(msgspec.Struct, frozen=True):
    start: int
    end: int
    command: str
    key: str
    confidence: Confidence


def _undeclared(text: str) -> Iterator[_Found]:
    script = tokens(text)
    given, made = _names(script)
    for command, key in _keys(script):
        confidence = _judge(key, given, made)
        if confidence is not None:
            written = text[key[0].start : key[-1].end]
            yield _Found(key[0].start, key[-1].end, command, written, confidence)


def _keys(script: list[Token]) -> Iterator[tuple[str, list[Token]]]:
    """Yield the commands of a script, each with the tokens of a key that it touches."""
    for number, token in enumerate(script):
        if token.value != "redis" or not _is(script, number + 1, ".") or not _is(script, number + 3, "("):
            continue
        if script[number + 2].value not in {"call", "pcall"}:
            continue
        arguments = _arguments(script, number + 4)
        if not arguments or len(arguments[0]) != 1 or arguments[0][0].kind != "text":
            continue
        command = arguments[0][0].value.upper()
        if command in _KEYLESS:
            continue
        for position in _KEYS_AT.get(command, (0,)):
            if position + 1 < len(arguments):
                yield command, arguments[position + 1]


def _is(script: list[Token], number: int, value: str) -> bool:
    return number < len(script) and script[number].value == value and script[number].kind == "sign"


def _arguments(script: list[Token], number: int) -> list[list[Token]]:
    """Return the arguments of a call, each as its tokens, from behind its bracket on."""
    arguments: list[list[Token]] = [[]]
    depth = 0
    for token in script[number:]:
        if token.kind == "sign" and token.value in "([{":
            depth += 1
        elif token.kind == "sign" and token.value in ")]}":
            if depth == 0:
                break
            depth -= 1
        if depth == 0 and token.kind == "sign" and token.value == ",":
            arguments.append([])
        else:
            arguments[-1].append(token)
    return [argument for argument in arguments if argument]


def _names(script: list[Token]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that hold keys as they are given or that nobody can tell, and those that are made of others."""
    given: set[str] = set()
    made: set[str] = set()
    for number, token in enumerate(script):
        if token.kind == "name" and token.value == "for":
            given.update(part.value for part in script[number + 1 : number + 4] if part.kind == "name")
        if token.kind == "name" and token.value == "function":
            given.update(part.value for argument in _arguments(script, number + 3) for part in argument)
        if token.kind != "name" or not _is(script, number + 1, "="):
            continue
        value = _expression(script, number + 2)
        if value and _judge(value, frozenset(given), frozenset(made)) is not None:
            made.add(token.value)
        else:
            given.add(token.value)
    return frozenset(given), frozenset(made - given)


_STATEMENTS: Final = frozenset({
    "and", "break", "do", "else", "elseif", "end", "for", "function", "goto", "if", "local", "or", "repeat", "return",
    "then", "until", "while",
})  # fmt: skip


def _expression(script: list[Token], number: int) -> list[Token]:
    """Return the tokens of an assigned value: up to the next statement."""
    value: list[Token] = []
    for token in script[number:]:
        last = value[-1] if value else None
        operand = token.kind in {"name", "text", "number"}
        if token.value in _STATEMENTS and token.kind == "name":
            break
        if operand and last is not None and (last.kind != "sign" or last.value in {")", "]", "}"}):
            break
        if token.kind == "sign" and token.value in {";", ",", "="}:
            break
        value.append(token)
    return value


def _judge(key: list[Token], given: frozenset[str], made: frozenset[str]) -> Confidence | None:
    """Return how sure it is that an expression is no key of `KEYS`; None where it is one or nobody can tell."""
    names = [token.value for token in key if token.kind == "name"]
    calls = any(
        token.kind == "name" and following.kind == "sign" and following.value == "("
        for token, following in itertools.pairwise(key)
    )
    if calls or any(name in given for name in names):
        return None
    if "KEYS" in names:
        derived = any(token.kind == "sign" and token.value == ".." for token in key)
        return Confidence.PROBABLE if derived else None
    if all(name in made or name == "ARGV" for name in names):
        return Confidence.CERTAIN
    return None


# -- digests ----------------------------------------------------------------------------------------------------------


def digests(source: Source, analysis: Analysis) -> Iterator[LooseDigest]:
    """Yield the calls of scripts by digest that fail when the server has forgotten the script."""
    code = analysis.code_of(source)
    if code is None:
        return
    for statement, inside in code.statements:
        for node in own_nodes(*code.parts(statement)):
            match node:
                case ast.Call(func=ast.Attribute(value=receiver, attr="evalsha" | "evalsha_ro")):
                    if "pipe" in ast.unparse(receiver):
                        continue  # it fails where the pipeline is executed
                    if inside.function is None or is_covered(code, inside, _ERROR):
                        continue
                    if _is_loaded_anew(inside.function, node):
                        continue
                    if not _callers_answer(code, code.number(inside.function)):
                        yield LooseDigest(source.region(*place_of_call(node)), ast.unparse(node.func))


def _is_loaded_anew(function: Function, call: ast.Call) -> bool:
    """Tell whether a call stands in a handler that gives the server the script again before it."""
    return any(
        isinstance(handler, ast.ExceptHandler)
        and any(part is call for part in own_nodes(*handler.body))
        and any(isinstance(part, ast.Attribute) and part.attr == "script_load" for part in own_nodes(*handler.body))
        for handler in own_nodes(*function.body)
    )


def _callers_answer(code: Code, function: int) -> bool:
    found = callers(code.analysis, code.module, function)
    return bool(found) and all(is_covered_at(code.analysis, caller, _ERROR) for caller in found)
