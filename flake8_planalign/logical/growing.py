"""A table while a history is replayed, and what other tables inherit from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from flake8_planalign.formats.sql.syntax import AddColumn, AlterTable, Constraint, IndexElement
from flake8_planalign.logical import forms
from flake8_planalign.logical.model import Column, Index, Place

__all__ = [
    "HEIR_LIMIT",
    "PLAIN_TYPES",
    "Growing",
    "column_of",
    "heirs",
    "holds_document",
    "indexes_of_parts",
    "only_adds",
    "renamed",
]


class Growing(msgspec.Struct, eq=False):
    """A table under construction."""

    name: str
    schema: str
    place: Place
    columns: dict[str, Column] = msgspec.field(default_factory=dict)
    indexes: dict[str, Index] = msgspec.field(default_factory=dict)
    constraints: list[Constraint] = msgspec.field(default_factory=list)
    opaque: bool = False
    partial: bool = False
    persistent: bool = True
    derived: bool = False
    bare: bool = False
    origin: str = "migrations"
    key: str = ""
    full: bool = False
    #: The tables that inherit this one's columns; True for partitions, which its indexes are made for too.
    heirs: dict[Growing, bool] = msgspec.field(default_factory=dict)


def renamed(elements: Sequence[IndexElement], name: str, new_name: str) -> tuple[IndexElement, ...]:
    """Return the elements of an index with another name for a column."""
    return tuple(replace(item, expression=forms.rename(item.expression, name, new_name)) for item in elements)


def column_of(table: Growing, name: str) -> str:
    """Return the column that a name means; Django names the field, `user`, of a column `user_id`."""
    if table.origin == "django" and name not in table.columns and f"{name}_id" in table.columns:
        return f"{name}_id"
    return name


#: Tables that inherit from one, and what inherits from them; more are not followed.
HEIR_LIMIT = 100


def heirs(table: Growing, *, partitions: bool = False) -> dict[Growing, None]:
    """Return the tables that inherit columns from a table, and what inherits from them; only partitions if so asked."""
    found: dict[Growing, None] = {}
    pending = [table]
    while pending and len(found) < HEIR_LIMIT:
        more = [heir for heir, is_part in pending.pop().heirs.items() if is_part or not partitions]
        found |= dict.fromkeys(more)
        pending += more
    return found


def indexes_of_parts(table: Growing) -> Iterator[Index]:
    """Yield the indexes of a table's parts, which a query of it uses too."""
    for part in heirs(table):
        yield from (replace(index, inherited=True) for index in part.indexes.values() if not index.inherited)


#: A column that gets one of these holds no document before or after.
PLAIN_TYPES = frozenset({
    "integer", "bigint", "smallint", "boolean", "uuid", "date", "numeric", "real", "double precision", "enum",
    "timestamp with time zone", "timestamp without time zone", "time with time zone", "time without time zone",
})  # fmt: skip


def holds_document(table: Growing, name: str) -> bool:
    """Tell whether a column may hold a document; one whose name begins with `=` may be made to."""
    column = table.columns.get(name.removeprefix("="))
    if column is None:
        return table.partial
    return name.startswith("=") or column.type in ("json", "jsonb", "json[]", "jsonb[]", "")


def only_adds(statement: AlterTable) -> bool:
    """Tell whether a change of a table takes nothing away from what is known of it."""
    return all(isinstance(item, AddColumn) for item in statement.actions)
