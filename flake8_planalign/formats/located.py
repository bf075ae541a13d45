"""Values that know where they were written: texts, tables and lists with the file and the characters they stand at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = [
    "EMPTY",
    "Items",
    "Origin",
    "Piece",
    "Place",
    "Table",
    "Text",
    "Value",
    "known_text",
    "table",
    "tables",
    "text",
    "texts",
]

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})


class Origin(msgspec.Struct, frozen=True, eq=False):
    """A file, and the directory that relative paths in it begin at."""

    source: Source
    folder: str

    @classmethod
    def of(cls, source: Source) -> Origin:
        """Return the origin of a file whose paths begin where it lies."""
        return cls(source, os.path.dirname(source.absolute))


class Place(msgspec.Struct, frozen=True, gc=False):
    """Two character indexes of a file."""

    origin: Origin
    start: int
    end: int

    @property
    def position(self) -> Position:
        """Return the lines and columns."""
        return self.origin.source.position_at(self.start, self.end)

    @property
    def path(self) -> str:
        """Return the absolute path of the file."""
        return self.origin.source.absolute

    @property
    def label(self) -> str:
        """Return file name and line, for a text."""
        return f"{os.path.basename(self.path)}:{self.position.line}"


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A run of a value and the run of the text as written that it came from; both as long if it was copied."""

    start: int
    end: int
    written: int
    written_end: int


class Text(msgspec.Struct, eq=False, gc=False):
    """A scalar. `value` is what it means, `template` what it was before variables were put in (None: the same).

    `plain` tells that it stood without quotes, so that it may be a number or nothing at all, `tag` is its YAML tag.
    `unknown` tells that a variable whose value nobody states in the tree is part of it, `holes` where in the value it
    would stand (None: anywhere).
    """

    value: str
    place: Place
    plain: bool = False
    tag: str | None = None
    template: str | None = None
    pieces: tuple[Piece, ...] | None = None
    unknown: bool = False
    holes: tuple[int, ...] | None = None

    @property
    def written(self) -> str:
        """Return what it was before variables were put in."""
        return self.value if self.template is None else self.template

    @property
    def null(self) -> bool:
        """Tell whether YAML reads it as nothing."""
        return self.plain and (self.value if self.template is None else self.template) in _NULL

    def part(self, start: int, end: int) -> Text:
        """Return a part of the value, with its own place."""
        if self.holes is None:
            return Text(self.value[start:end], self.at(start, end), unknown=self.unknown)
        holes = tuple(hole - start for hole in self.holes if start <= hole <= end)
        return Text(self.value[start:end], self.at(start, end), unknown=bool(holes), holes=holes)

    def at(self, start: int, end: int) -> Place:
        """Return where a part of the value was written; for what a variable holds, where the variable is named."""
        if self.pieces is not None:
            start, end = self._as_written(start, end)
        origin, first = self.place.origin, self.place.start
        shown = origin.source.text[first : self.place.end]
        written = self.written
        if shown == written:
            return Place(origin, first + start, first + end)
        if len(shown) > 1 and shown[0] in "\"'" and shown[1:-1] == written:
            return Place(origin, first + 1 + start, first + 1 + end)
        wanted = written[start:end]
        if wanted and "\n" not in wanted:
            at = -1
            for _ in range(written.count(wanted, 0, start) + 1):
                at = shown.find(wanted, at + 1)
            if at >= 0:
                return Place(origin, first + at, first + at + len(wanted))
        return self.place

    def _as_written(self, start: int, end: int) -> tuple[int, int]:
        found = [piece for piece in self.pieces or () if piece.start < max(end, start + 1) and piece.end > start]
        if not found:
            return 0, len(self.written)
        first, last = found[0], found[-1]
        copied = first.end - first.start == first.written_end - first.written
        begin = first.written + (start - first.start if copied else 0)
        copied = last.end - last.start == last.written_end - last.written
        return begin, last.written + (end - last.start) if copied else last.written_end


class Table:
    """A mapping by the text of its keys, with the places of the keys."""

    __slots__ = ("items", "keys", "place", "tag")

    def __init__(self, place: Place, tag: str | None = None) -> None:
        self.place, self.tag = place, tag
        self.items: dict[str, Value] = {}
        self.keys: dict[str, Place] = {}

    def put(self, key: str, at: Place, value: Value) -> None:
        """Set the value of a key."""
        self.items[key] = value
        self.keys[key] = at

    def copy(self) -> Table:
        """Return a table with the same values."""
        made = Table(self.place, self.tag)
        made.items, made.keys = dict(self.items), dict(self.keys)
        return made

    def get(self, *keys: str) -> Value | None:
        """Return the value at a path of keys, None if there is none."""
        value: Value | None = self
        for key in keys:
            value = value.items.get(key) if isinstance(value, Table) else None
        return value


class Items:
    """A list."""

    __slots__ = ("items", "place", "tag")

    def __init__(self, place: Place, items: list[Value] | None = None, tag: str | None = None) -> None:
        self.place, self.tag = place, tag
        self.items = [] if items is None else items


Value: TypeAlias = Text | Table | Items

EMPTY: Final = Table(Place(Origin.of(Source.of_text("nowhere", "")), 0, 0))


def table(value: Value | None) -> Table:
    """Return a value that is a table, an empty one for everything else."""
    return value if isinstance(value, Table) else EMPTY


def known_text(value: Value | None) -> str:
    """Return the text of a scalar, empty if there is none or nobody knows it."""
    return value.value if isinstance(value, Text) and not value.unknown else ""


def text(value: Value | None) -> Text | None:
    """Return a value that is a text which says something, None for everything else."""
    return value if isinstance(value, Text) and not value.null else None


def tables(value: Value | None) -> Iterator[Table]:
    """Yield the tables of a list."""
    for item in value.items if isinstance(value, Items) else ():
        if isinstance(item, Table):
            yield item


def texts(value: Value | None) -> list[Text]:
    """Return the texts of a list, or the one text that stands in its place."""
    if value is None:
        return []
    items = value.items if isinstance(value, Items) else (value,)
    return [item for item in items if isinstance(item, Text) and not item.null]
