"""The statements of a SQL text: its definitions as values, its queries, and those in the bodies of routines."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from flake8_planalign.formats.sql import definitions
from flake8_planalign.formats.sql.bodies import read_bodies
from flake8_planalign.formats.sql.expressions import Cursor, Tokens, read_expression
from flake8_planalign.formats.sql.lexer import HOLE, Kind, Token, string_value, tokenize
from flake8_planalign.formats.sql.queries import read_queries, read_table_name
from flake8_planalign.formats.sql.syntax import (
    BodyName,
    Delete,
    Execute,
    Expression,
    Insert,
    Query,
    Routine,
    Statement,
    TableName,
    Truncate,
    Update,
)
from flake8_planalign.patterns import lazy

__all__ = ["read_condition", "read_definitions", "read_name", "read_requests", "read_statements", "split"]

_Places = Sequence[int] | None


class _Reading(msgspec.Struct, frozen=True):
    """What is read: queries and writes too, or definitions alone; and the texts of routines that are worth it."""

    queries: bool
    worth: Callable[[str], object]


#: How many bodies may lie in each other (a `DO` block that creates a function that holds a `DO` block).
BODY_LIMIT = 4
_BLOCK_WORDS = frozenset({"begin", "then", "else", "loop", "declare"})
_DEFINES = frozenset({"create", "alter", "drop", "comment", "grant", "revoke", "set", "reset"})
_BEGINS = frozenset({"begin", "start"})
_ENDS = frozenset({"commit", "end", "rollback", "abort"})
#: One of these words stands in every body that defines something.
_MAY_DEFINE: Final = lazy(r"\b(?:create|alter|drop|execute)\b", re.IGNORECASE)
_ALL: Final = _Reading(queries=True, worth=len)


def split(tokens: Iterable[Token]) -> Iterator[Tokens]:
    """Yield the tokens of each statement, without the semicolon; the body of `BEGIN ATOMIC ... END` is not split."""
    statement = Tokens()
    depth = blocks = 0
    for token in tokens:
        kind, value, _, _ = token
        if kind == Kind.MARK:
            if value == ";" and depth <= 0 and not blocks:
                if statement:
                    yield statement
                statement, depth = Tokens(), 0
                continue
            depth += (value in ("(", "[")) - (value in (")", "]"))
        elif kind == Kind.NAME:
            if not statement and value[:1] == HOLE and not value.strip(HOLE):
                # A template's own command (`{{ end }}`) or a call of it stands before the statement.
                continue
            if value == "atomic" and statement and statement[-1].value == "begin":
                blocks = 1
            elif blocks and value in ("case", "end"):
                blocks += 1 if value == "case" else -1
        statement.append(token)
    if statement:
        yield statement


def read_statements(text: str, places: Sequence[int] | None = None) -> Iterator[Statement]:
    """Yield what the statements of a text say; never raises, and leaves out what is not understood.

    `places` gives the position of each character (and of the end) where the text is part of another one, such as a
    string in a program.
    """
    for tokens in split(_placed(tokenize(text), places)):
        yield from _read(tokens, BODY_LIMIT, places, _ALL)


def read_requests(
    text: str,
    places: Sequence[int] | None = None,
    *,
    bodies_only: bool = False,
    worth: Callable[[str], bool] | None = None,
) -> Iterator[Statement]:
    """Yield the queries and writes of a text, and the bodies of routines; only these if `bodies_only`.

    A body of which `worth` says no is not read.
    """
    reading = _ALL if worth is None else _Reading(queries=True, worth=worth)
    for tokens in split(_placed(tokenize(text), places)):
        first = tokens[0].value if tokens[0].kind == Kind.NAME else ""
        if first in ("create", "alter"):
            yield from _body_of(tokens, BODY_LIMIT, places, reading)
        elif first == "do" or not (bodies_only or first in _DEFINES):
            yield from _read(tokens, BODY_LIMIT, places, reading)


def read_definitions(
    text: str, places: Sequence[int] | None = None, bodies: list[BodyName] | None = None
) -> Iterator[Statement]:
    """Yield what the statements of a text define when they run: no queries, and no bodies that run later.

    What a transaction defines that is rolled back is not there. The names of what has a body are added to `bodies`.
    """
    pending: list[Statement] | None = None
    reading = _Reading(queries=False, worth=_MAY_DEFINE.search)
    for tokens in split(_placed(tokenize(text), places)):
        first = tokens[0].value if tokens[0].kind == Kind.NAME else ""
        if bodies is not None and first in ("create", "drop"):
            bodies += read_bodies(tokens)
        if first in _DEFINES or first == "do":
            found = _defining(_read(tokens, BODY_LIMIT, places, reading))
            if pending is None:
                yield from found
            else:
                pending += found
        elif first in _BEGINS and pending is None:
            pending = []
        elif first in _ENDS and pending is not None and not any(token.value in ("to", "prepared") for token in tokens):
            yield from pending if first in ("commit", "end") else ()
            pending = None
    yield from pending or ()


def _defining(statements: Iterable[Statement]) -> Iterator[Statement]:
    for statement in statements:
        match statement:
            case Routine(at_once=at_once, body=body):
                defined = tuple(_defining(body))
                if defined:
                    yield Routine(defined, at_once)
            case Query() | Update() | Insert() | Delete() | Truncate():
                pass
            case _:
                yield statement


def read_condition(text: str, places: Sequence[int] | None = None) -> Expression:
    """Return the expression that a text is."""
    return read_expression(Cursor(Tokens(_placed(tokenize(text), places))))


def read_name(text: str, start: int, end: int) -> TableName:
    """Return the table or index of a name as it is written (`public.events`), at a place of its own."""
    found = read_table_name(Cursor(Tokens(tokenize(text))))
    return TableName(found.schema, found.name, start, end) if found else TableName("", text, start, end)


def _placed(tokens: Iterable[Token], places: Sequence[int] | None) -> Iterable[Token]:
    if places is None:
        return tokens
    return (Token(kind, value, places[start], places[end - 1] + 1) for kind, value, start, end in tokens)


def _read(tokens: Tokens, bodies: int, places: _Places, reading: _Reading) -> Iterator[Statement]:
    first = tokens[0].value if tokens[0].kind == Kind.NAME else ""
    if first in _DEFINES:
        yield from _definition(tokens, bodies, places, reading)
    elif first == "do":
        body = next((token for token in tokens if token.kind in (Kind.DOLLAR, Kind.STRING)), None)
        if body is not None and bodies:
            yield Routine(tuple(_body(body, bodies - 1, places, reading)), at_once=True)
    elif reading.queries:
        yield from read_queries(tokens)


def _definition(tokens: Tokens, bodies: int, places: _Places, reading: _Reading) -> Iterator[Statement]:
    routine = tuple(_body_of(tokens, bodies, places, reading))
    yield from routine or definitions.read_definition(Cursor(tokens))


def _body_of(tokens: Tokens, bodies: int, places: _Places, reading: _Reading) -> Iterator[Routine]:
    """Yield the routine, view or policy that a statement makes, which holds statements of its own."""
    cursor = Cursor(tokens)
    if cursor.take("create"):
        words = []
        while word := cursor.take_one("or", "replace", "recursive", "materialized", "constraint", "temp", "temporary"):
            words.append(word)
        match cursor.token.value:
            case "function" | "procedure" | "trigger" | "policy" | "rule":
                yield from _routine(tokens, bodies, places, reading)
            case "view":
                cursor.next()
                cursor.take("if", "not", "exists")
                name = cursor.token.value
                queries = tuple(read_queries(Tokens(tokens[cursor.place :]))) if reading.queries else ()
                yield Routine(queries, at_once=False, view=name, start=tokens[0].start)
    elif cursor.at("alter", "policy"):
        yield from _routine(tokens, bodies, places, reading)


def _routine(tokens: Tokens, bodies: int, places: _Places, reading: _Reading) -> Iterator[Routine]:
    body = next((token for token in tokens if token.kind == Kind.DOLLAR), None)
    if body is None:
        previous = ""
        for token in tokens:
            if token.kind == Kind.STRING and previous == "as":
                body = token
            previous = token.value
    if body is not None:
        found = tuple(_body(body, bodies - 1, places, reading)) if bodies else ()
    elif not reading.queries:
        found = ()
    elif tokens[1].value == "policy":
        found = tuple(_policy(tokens))
    else:
        atomic = next((place for place, token in enumerate(tokens) if token.value == "atomic"), -1)
        found = tuple(item for part in split(tokens[atomic + 1 :]) for item in read_queries(part))
    yield Routine(found, at_once=False, start=tokens[0].start)


def _policy(tokens: Tokens) -> Iterator[Statement]:
    """Yield the conditions of a row security policy as those of a query of its table."""
    cursor = Cursor(tokens, 3)
    if not cursor.take("on"):
        return
    start = cursor.place
    while cursor.place < cursor.stop and not cursor.at("using", "("):
        cursor.next()
    if cursor.take("using"):
        where = cursor.tokens[cursor.place - 1]._replace(value="where")
        table = tokens[start : next((i for i in range(start, len(tokens)) if tokens[i].value in _POLICY), len(tokens))]
        select = Token(Kind.NAME, "from", where.start, where.end)
        condition = tokens[cursor.place : cursor.closing() + 1]
        yield from read_queries(Tokens([select, *table, where, *condition]))


#: What `format` replaces.
_SPECIFIER: Final = lazy(r"%(?:\d+\$)?-?\d*[ILs]")
_POLICY = frozenset({"as", "for", "to", "using", "with"})


def _body(token: Token, bodies: int, places: _Places, reading: _Reading) -> Iterator[Statement]:
    """Yield the statements in a routine's body, which is a string constant, at their places in the whole text."""
    content = string_value(token)
    if content not in token.value or not reading.worth(content):
        return
    first = token.start if places is None else bisect.bisect_left(places, token.start)
    first += token.value.index(content)
    within = range(first, first + len(content) + 1) if places is None else places[first : first + len(content) + 1]
    for statement in split(_placed(tokenize(content), within)):
        for part in _between_control_words(statement):
            if part[0].value == "execute" and part[0].kind == Kind.NAME:
                yield from _executed(part, bodies, reading)
            else:
                yield from _read(part, bodies, within, reading)


def _executed(tokens: Tokens, bodies: int, reading: _Reading) -> Iterator[Statement]:
    """Yield what a text says that PL/pgSQL executes: a constant, `format('...', ...)`, or constants with others."""
    start, end = tokens[0].start, tokens[-1].end
    place = 3 if tokens[1:3] and [token.value for token in tokens[1:3]] == ["format", "("] else 1
    parts: list[str] = []
    constant = False
    for token in tokens[place:]:
        if token.kind in (Kind.STRING, Kind.DOLLAR):
            parts.append(string_value(token))
            constant = True
        elif (token.kind == Kind.NAME and token.value in ("using", "into")) or (place == 3 and token.value == ","):
            break
        elif token.value != "||" and parts[-1:] != [HOLE]:
            parts.append(HOLE)
    text = "".join(parts[:-1] if place == 3 and parts[-1:] == [HOLE] else parts)
    text = _SPECIFIER.sub(HOLE, text) if place == 3 else text
    if not constant or not bodies:
        yield Execute(start, end)
        return
    for statement in split(tokenize(text)):
        if statement[0].value not in _DEFINES:
            # What is asked for has no exact place here.
            continue
        yield from _read(Tokens(Token(kind, value, start, end) for kind, value, _, _ in statement), 0, None, reading)


def _between_control_words(tokens: Tokens) -> Iterator[Tokens]:
    """Yield the parts of a PL/pgSQL statement between its control words: `FOR r IN SELECT ... LOOP UPDATE ...` has two.

    Those of a CASE within an expression are none.
    """
    begin = cases = 0
    for index, (kind, value, _, _) in enumerate(tokens):
        if kind != Kind.NAME:
            continue
        if value == "case" and index > begin:
            cases += 1
        elif value == "end" and cases:
            cases -= 1
        elif value in _BLOCK_WORDS and not cases:
            if begin < index:
                yield Tokens(tokens[begin:index])
            begin = index + 1
    if begin < len(tokens):
        yield Tokens(tokens[begin:])
