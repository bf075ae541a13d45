"""What SQL statements say, as plain values; every `start` and `end` is a character index into the text."""

from __future__ import annotations

import dataclasses
from typing import Literal

__all__ = [
    "AddColumn", "AddConstraint", "AlterTable", "AlterType", "Array", "AttachPartition", "Binary", "Call", "Cast",
    "ChangeNull", "ColumnDefinition", "Constant", "Constraint", "CreateDomain", "CreateIndex", "CreateTable", "Delete",
    "DropColumn", "DropConstraint", "DropIndex", "DropTable", "Expression", "Identifier", "IndexElement", "Insert",
    "Junction", "MoveTable", "OtherAction", "OtherStatement", "Parameter", "Query", "RenameColumn", "RenameIndex",
    "RenameTable", "Routine", "Scope", "SetExpression", "Statement", "Subquery", "Subscript", "TableName", "Truncate",
    "TypeName", "Unary", "Unknown", "Update",
]  # fmt: skip


# -- expressions ----------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Identifier:
    """A column, with its table or alias before it: `e.data` is `("e", "data")`."""

    parts: tuple[str, ...]
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Constant:
    """A constant as its content; a number as it is written."""

    kind: Literal["string", "number", "word"]
    value: str
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the program binds: `$1`, `%s`, `:name`, `?`."""

    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class TypeName:
    """A type in PostgreSQL's own spelling (`integer`, `timestamp with time zone`, `jsonb[]`), without its schema."""

    name: str
    start: int
    end: int
    modifiers: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Cast:
    """`operand::type` or `CAST(operand AS type)`."""

    operand: Expression
    type: TypeName
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two operands; `not like` and `is distinct from` are operators too."""

    operator: str
    left: Expression
    right: Expression
    start: int
    end: int
    at: int
    at_end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Unary:
    """An operator with one operand: `not`, `-`, `is null`, `is not null`, `is true` ..."""

    operator: str
    operand: Expression
    start: int
    end: int
    at: int = -1
    at_end: int = -1


@dataclasses.dataclass(frozen=True, slots=True)
class Junction:
    """Terms that `and` or `or` joins, flat."""

    operator: Literal["and", "or"]
    terms: tuple[Expression, ...]
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A function call; `aggregate` tells of `FILTER`, `OVER`, `DISTINCT` or `ORDER BY` within it."""

    name: str
    arguments: tuple[Expression, ...]
    start: int
    end: int
    aggregate: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Subscript:
    """`operand['a']`."""

    operand: Expression
    index: Expression
    start: int
    end: int
    at: int


@dataclasses.dataclass(frozen=True, slots=True)
class Array:
    """`ARRAY[...]`, a row, or the list of an `IN`."""

    items: tuple[Expression, ...]
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Subquery:
    """A query in parentheses; it is judged as a query of its own."""

    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Unknown:
    """What was not understood."""

    start: int
    end: int


Expression = (
    Identifier | Constant | Parameter | Cast | Binary | Unary | Junction | Call | Subscript | Array | Subquery | Unknown
)


# -- tables ---------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class TableName:
    """A table or an index; `schema` is empty where none is written."""

    schema: str
    name: str
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a table or of a column; `columns` is empty where it has expressions instead."""

    kind: Literal["primary key", "unique", "foreign key", "exclude", "check"]
    name: str
    columns: tuple[str, ...]
    start: int
    end: int
    references: TableName | None = None
    using_index: str = ""
    words: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column with what is written behind its type."""

    name: str
    type: TypeName
    start: int
    end: int
    constraints: tuple[Constraint, ...] = ()
    not_null: bool = False
    default: Expression | None = None
    generated: Expression | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class CreateTable:
    """`persistent` is False for temporary tables; `copies` names the tables whose columns it takes."""

    table: TableName
    columns: tuple[ColumnDefinition, ...]
    constraints: tuple[Constraint, ...]
    persistent: bool = True
    if_not_exists: bool = False
    copies: tuple[TableName, ...] = ()
    copies_keys: bool = False
    partition_of: TableName | None = None
    as_query: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class IndexElement:
    """A column or an expression of an index; `operator_class` without its schema, empty for the default one."""

    expression: Expression
    operator_class: str
    collation: str
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class CreateIndex:
    """`name` is None where PostgreSQL chooses one."""

    name: TableName | None
    table: TableName
    method: str
    elements: tuple[IndexElement, ...]
    unique: bool
    where: Expression | None
    start: int
    end: int
    if_not_exists: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class AddColumn:
    """`ADD COLUMN`."""

    column: ColumnDefinition
    if_not_exists: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class DropColumn:
    """`DROP COLUMN`."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class AlterType:
    """`ALTER COLUMN ... TYPE`."""

    name: str
    type: TypeName


@dataclasses.dataclass(frozen=True, slots=True)
class ChangeNull:
    """`SET NOT NULL` or `DROP NOT NULL`."""

    name: str
    not_null: bool


@dataclasses.dataclass(frozen=True, slots=True)
class SetExpression:
    """`SET EXPRESSION` of a generated column."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class RenameColumn:
    """`RENAME COLUMN`."""

    name: str
    new_name: str


@dataclasses.dataclass(frozen=True, slots=True)
class RenameTable:
    """`RENAME TO`."""

    new_name: str


@dataclasses.dataclass(frozen=True, slots=True)
class MoveTable:
    """`SET SCHEMA`."""

    schema: str


@dataclasses.dataclass(frozen=True, slots=True)
class AddConstraint:
    """`ADD CONSTRAINT`."""

    constraint: Constraint


@dataclasses.dataclass(frozen=True, slots=True)
class DropConstraint:
    """`DROP CONSTRAINT`."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class AttachPartition:
    """`ATTACH PARTITION`."""

    partition: TableName


@dataclasses.dataclass(frozen=True, slots=True)
class OtherAction:
    """An action that changes neither columns nor indexes, if `harmless`."""

    words: str
    harmless: bool


Action = (
    AddColumn | DropColumn | AlterType | ChangeNull | SetExpression | RenameColumn | RenameTable | MoveTable
    | AddConstraint | DropConstraint | AttachPartition | OtherAction
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class AlterTable:
    """`ALTER TABLE` with its actions in order."""

    table: TableName
    actions: tuple[Action, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class DropTable:
    """`DROP TABLE`."""

    tables: tuple[TableName, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class DropIndex:
    """`DROP INDEX`."""

    indexes: tuple[TableName, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class RenameIndex:
    """`ALTER INDEX ... RENAME TO`."""

    index: TableName
    new_name: str


@dataclasses.dataclass(frozen=True, slots=True)
class CreateDomain:
    """`CREATE DOMAIN`."""

    name: str
    type: TypeName


@dataclasses.dataclass(frozen=True, slots=True)
class OtherStatement:
    """A statement that is not modelled; `tables` are those that it may change."""

    words: str
    tables: tuple[TableName, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Routine:
    """A function, a procedure, a view or a `DO` block: where its body's text begins, and whether it runs at once."""

    body: tuple[Statement, ...]
    at_once: bool
    view: str = ""


# -- queries --------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """The tables that a clause can name: alias -> table, None for what is no table (a subquery, a function)."""

    tables: tuple[tuple[str, TableName | None], ...]
    outer: Scope | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """One level of a query: the conditions that choose its rows, each with the clause that it is written in."""

    scope: Scope
    conditions: tuple[tuple[Literal["where", "on", "having"], Expression], ...]
    start: int
    end: int
    limited: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Update:
    """`columns` are those that are set; `start` and `end` are those of the word UPDATE."""

    table: TableName
    columns: tuple[str, ...]
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Insert:
    """`conflict` is where `ON CONFLICT ... DO UPDATE` begins, None without it; `columns` are those that it sets."""

    table: TableName
    columns: tuple[str, ...]
    conflict: tuple[int, int] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Delete:
    """`DELETE`; `start` and `end` are those of the word."""

    table: TableName
    start: int
    end: int


@dataclasses.dataclass(frozen=True, slots=True)
class Truncate:
    """`TRUNCATE`; `start` and `end` are those of the word."""

    tables: tuple[TableName, ...]
    start: int
    end: int


Statement = (
    CreateTable | CreateIndex | AlterTable | DropTable | DropIndex | RenameIndex | CreateDomain | OtherStatement
    | Routine | Query | Update | Insert | Delete | Truncate
)  # fmt: skip
