"""The names that PostgreSQL keeps, and those that it gives to what has none."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from flake8_planalign.formats.sql.syntax import (
    Array,
    Call,
    Cast,
    Constraint,
    Expression,
    Identifier,
    IndexElement,
    Subscript,
    TableName,
    Unary,
)

__all__ = ["NAME_LIMIT", "as_sqlalchemy_keeps", "constraint_name", "index_names", "truncated"]

#: PostgreSQL keeps this many bytes of a name (NAMEDATALEN - 1).
NAME_LIMIT: Final = 63
#: PostgreSQL's own names of types.
_INTERNAL: Final = {
    "integer": "int4", "bigint": "int8", "smallint": "int2", "boolean": "bool", "double precision": "float8",
    "real": "float4", "character varying": "varchar", "character": "bpchar",
    "timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp",
    "time with time zone": "timetz", "time without time zone": "time",
}  # fmt: skip


def truncated(name: str) -> str:
    """Return a name as PostgreSQL keeps it."""
    encoded = name.encode("utf-8", "surrogatepass")
    return name if len(encoded) <= NAME_LIMIT else encoded[:NAME_LIMIT].decode("utf-8", "ignore")


def index_names(table: str, elements: Sequence[IndexElement]) -> Iterator[str]:
    """Yield the names that PostgreSQL tries for an index without one (ChooseIndexName in indexcmds.c)."""
    used: list[str] = []
    for element in elements:
        name = first = _column_name(element.expression) or "expr"
        for number in itertools.count(1):
            if name not in used:
                break
            name = f"{first}{number}"
        used.append(name)
    for number in itertools.count():
        yield _composed(table, "_".join(used), f"idx{number or ''}")


def _composed(table: str, columns: str, label: str) -> str:
    """Return the parts of a name in one that is not too long (makeObjectName in indexcmds.c)."""
    room = NAME_LIMIT - len(label) - 2
    while len(table.encode()) + len(columns.encode()) > room:
        if len(table.encode()) > len(columns.encode()):
            table = table[:-1]
        else:
            columns = columns[:-1]
    return f"{table}_{columns}_{label}"


def _column_name(expression: Expression) -> str:
    """Return how PostgreSQL calls an expression of an index (FigureColnameInternal in parse_target.c)."""
    for _ in range(60):
        match expression:
            case Identifier(parts=parts):
                return parts[-1]
            case Call(name=name):
                return "btrim" if name == "trim" else name
            case Cast(operand=operand, type=made):
                inner = _column_name(operand)
                return inner or _INTERNAL.get(made.name, made.name)
            case Array():
                return "array"
            case Unary(operator=operator, operand=operand) if operator.startswith("collate "):
                expression = operand
            case Subscript(operand=operand):
                expression = operand
            case _:
                break
    return ""


def constraint_name(table: str, made: Constraint) -> str:
    """Return the name that PostgreSQL gives a constraint without one."""
    match made.kind:
        case "primary key":
            return f"{table}_pkey"
        case "foreign key":
            return f"{table}_{'_'.join(made.columns)}_fkey"
        case "unique":
            return f"{table}_{'_'.join(made.columns)}_key"
    return ""


def as_sqlalchemy_keeps(name: TableName | None) -> TableName | None:
    """Return the name of an index as SQLAlchemy writes it, which ends one that is too long in a part of its hash."""
    if name is None or len(name.name) <= NAME_LIMIT:
        return name
    import hashlib

    tail = hashlib.md5(name.name.encode(), usedforsecurity=False).hexdigest()[-4:]
    return replace(name, name=f"{name.name[: NAME_LIMIT - 8]}_{tail}")
