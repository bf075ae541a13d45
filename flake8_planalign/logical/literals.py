"""Strings in Python code: their content, and where in the file each character of it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from flake8_planalign.formats.sql.lexer import HOLE
from flake8_planalign.patterns import lazy

__all__ = ["Text", "joined", "read_literal", "with_holes"]

_OPENING = lazy(r"([A-Za-z]{0,3})('''|\"\"\"|'|\")")
_BETWEEN = lazy(r"(?:\s|\\\r?\n|#[^\n]*)*")
_ESCAPE = lazy(r"\\(?:\r?\n|N\{[^}]*\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|.)", re.DOTALL)
_QUOTED = lazy(r"'''.*?'''|\"\"\".*?\"\"\"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)


class Text(msgspec.Struct, frozen=True):
    """A string's content, and the place of each of its characters in the file, with that of its end."""

    value: str
    places: Sequence[int]


_SPECIFIER: Final = lazy(r"%%|%(?:\(\w+\))?[-+ 0#]*\d*(?:\.\d+)?[sdrif]")


def with_holes(template: Text) -> Text:
    """Return a template of the operator `%` with holes of the same width for what is put into it."""
    value = _SPECIFIER.sub(lambda found: found[0] if found[0] == "%%" else HOLE * len(found[0]), template.value)
    return Text(value, template.places)


def joined(parts: Sequence[Text]) -> Text:
    """Return the strings one behind the other."""
    if len(parts) == 1:
        return parts[0]
    places: list[int] = []
    for part in parts:
        places += part.places[: len(part.value)]
    places.append(parts[-1].places[-1] if parts else 0)
    return Text("".join(part.value for part in parts), places)


def read_literal(segment: str, start: int, value: ast.expr, constant: Callable[[ast.expr], str | None]) -> Text | None:
    """Return the string that the code in `segment`, which begins at `start` of its file, stands for.

    The value of a hole in an f-string is what `constant` gives for its expression, else as many `HOLE` characters as
    the hole is wide. None if the code is not understood.
    """
    parts: list[Text] = []
    inner = value.values if isinstance(value, ast.JoinedStr) else []
    holes = [part for part in inner if isinstance(part, ast.FormattedValue)]
    place = 0
    taken = 0
    while True:
        gap = _BETWEEN.match(segment, place)
        place = gap.end() if gap else place
        if place >= len(segment):
            return joined(parts) if parts else Text("", [start, start])
        opening = _OPENING.match(segment, place)
        if opening is None:
            return None
        prefix = opening[1].lower()
        formatted = "f" in prefix
        end = _closing(segment, opening.end(), opening[2], formatted=formatted)
        if end is None or "b" in prefix:
            return None
        if "\\" not in segment[opening.end() : end] and not formatted:
            parts.append(Text(segment[opening.end() : end], range(start + opening.end(), start + end + 1)))
        else:
            part, taken = _content(segment, opening.end(), end, start, prefix, holes, taken, constant)
            parts.append(part)
        place = end + len(opening[2])


def _closing(segment: str, place: int, quotes: str, *, formatted: bool) -> int | None:
    while place < len(segment):
        character = segment[place]
        if character == "\\":
            place += 2
        elif segment.startswith(quotes, place):
            return place
        elif formatted and character == "{":
            place = place + 2 if segment.startswith("{{", place) else _hole_end(segment, place)
        else:
            place += 1
    return None


def _hole_end(segment: str, place: int) -> int:
    """Return where the hole that opens at `place` ends, behind its brace."""
    depth = 0
    while place < len(segment):
        character = segment[place]
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return place + 1
        elif character in "'\"" and (quoted := _QUOTED.match(segment, place)):
            place = quoted.end()
            continue
        place += 1
    return place


def _content(
    segment: str,
    place: int,
    end: int,
    start: int,
    prefix: str,
    holes: Sequence[ast.FormattedValue],
    taken: int,
    constant: Callable[[ast.expr], str | None],
) -> tuple[Text, int]:
    characters: list[str] = []
    places: list[int] = []

    def add(text: str, at: int) -> None:
        characters.append(text)
        places.extend([start + at] * len(text))

    while place < end:
        character = segment[place]
        if character == "\\" and "r" not in prefix and (escape := _ESCAPE.match(segment, place)):
            add(_unescaped(escape[0]), place)
            place = escape.end()
        elif "f" in prefix and character in "{}":
            if segment.startswith(character * 2, place):
                add(character, place)
                place += 2
                continue
            after = _hole_end(segment, place)
            known = constant(holes[taken].value) if taken < len(holes) else None
            taken += 1
            if known is None:
                characters.append(HOLE * (after - place))
                places.extend(range(start + place, start + after))
            else:
                add(known, place)
            place = after
        else:
            characters.append(character)
            places.append(start + place)
            place += 1
    places.append(start + end)
    return Text("".join(characters), places), taken


def _unescaped(escape: str) -> str:
    if escape in ("\\\n", "\\\r\n"):
        return ""
    try:
        value = ast.literal_eval(f'"{escape}"') if escape != '\\"' else '"'
    except (SyntaxError, ValueError):
        return escape
    return value if isinstance(value, str) else escape
