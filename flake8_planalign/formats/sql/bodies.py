"""Which routines, views and policies a statement makes or drops, by the names that later statements know them by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flake8_planalign.formats.sql.expressions import Cursor, Tokens
from flake8_planalign.formats.sql.lexer import Kind
from flake8_planalign.formats.sql.queries import read_table_name
from flake8_planalign.formats.sql.syntax import BodyName, TableName

__all__ = ["is_same_body", "read_bodies"]

_OPTIONS: Final = ("or", "replace", "recursive", "materialized", "temp", "temporary")
_MODES: Final = ("in", "inout", "variadic")


def read_bodies(tokens: Tokens) -> Iterator[BodyName]:
    """Yield what a statement that begins with CREATE or DROP makes or drops, if it is such."""
    cursor = Cursor(tokens)
    verb = cursor.take_one("create", "drop")
    while cursor.take_one(*_OPTIONS):
        pass
    word = cursor.take_one("function", "procedure", "routine", "view", "policy")
    if not verb or not word:
        return
    kind = word if word in ("view", "policy") else "routine"
    cursor.take("if", "not", "exists") or cursor.take("if", "exists")
    policy = ""
    if kind == "policy":
        policy = f"{cursor.next().value} on "
        cursor.take("on")
    while (name := read_table_name(cursor)) is not None:
        arguments = None
        if kind == "routine" and cursor.at("("):
            found = (_type_of(item) for item in cursor.items())
            arguments = tuple(argument for argument in found if argument)
        yield BodyName(kind, policy + _full(name), arguments, verb == "create", tokens[0].start)
        if verb == "create" or not cursor.take(","):
            return


def _full(name: TableName) -> str:
    return name.name if name.schema in ("", "public") else f"{name.schema}.{name.name}"


def _type_of(item: Cursor) -> str:
    """Return an argument's name, if it has one, and type; nothing for what is only handed back."""
    if item.take("out"):
        return ""
    item.take_one(*_MODES)
    words: list[str] = []
    while item.place < item.stop and not item.at("default") and not item.at("="):
        token = item.next()
        words.append(token.value if token.kind in (Kind.NAME, Kind.QUOTED, Kind.MARK) else "?")
    return " ".join(words)


def is_same_body(one: BodyName, other: BodyName) -> bool:
    """Tell whether two statements of the same kind and name are about the same thing, of overloaded functions too."""
    if one.arguments is None or other.arguments is None:
        return True
    return len(one.arguments) == len(other.arguments) and all(
        mine == its or mine.endswith(f" {its}") or its.endswith(f" {mine}")
        for mine, its in zip(one.arguments, other.arguments, strict=True)
    )
