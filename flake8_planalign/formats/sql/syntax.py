"""What SQL statements say, as plain values; every `start` and `end` is a character index into the text."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "AddColumn", "AddConstraint", "AlterTable", "AlterType", "Array", "AttachPartition", "Binary", "Call",
    "Cast", "ChangeNull", "ColumnDefinition", "Constant", "Constraint", "CreateDomain", "CreateIndex",
    "CreateTable", "Delete", "DetachPartition", "DropColumn", "DropConstraint", "DropIndex", "DropSchema",
    "DropTable", "DropTypes", "Execute", "Expression", "Identifier", "IndexElement", "Insert", "Junction",
    "MoveTable", "OtherAction", "OtherStatement", "Parameter", "Query", "RenameColumn", "RenameIndex",
    "RenameTable", "Routine", "Scope", "SetExpression", "SetPath", "Statement", "Subquery", "Subscript",
    "TableName", "Truncate", "TypeName", "Unary", "Unknown", "Update",
    "Word",
]  # fmt: skip


class Word(msgspec.Struct, frozen=True, array_like=True, tag="!{}".format, tag_field="!"):
    """What a schema is made of; it is kept as a list of its name and its fields."""


# -- expressions ----------------------------------------------------------------------------------------------------


class Identifier(Word, frozen=True):
    """A column, with its table or alias before it: `e.data` is `("e", "data")`."""

    parts: tuple[str, ...]
    start: int
    end: int


class Constant(Word, frozen=True):
    """A constant as its content; a number as it is written."""

    kind: Literal["string", "number", "word"]
    value: str
    start: int
    end: int


class Parameter(Word, frozen=True):
    """A value that the program binds: `$1`, `%s`, `:name`, `?`."""

    start: int
    end: int


class TypeName(Word, frozen=True):
    """A type in PostgreSQL's own spelling (`integer`, `timestamp with time zone`, `jsonb[]`), without its schema."""

    name: str
    start: int
    end: int
    modifiers: tuple[str, ...] = ()


class Cast(Word, frozen=True):
    """`operand::type` or `CAST(operand AS type)`."""

    operand: Expression
    type: TypeName
    start: int
    end: int


class Binary(Word, frozen=True):
    """An operator between two operands; `not like` and `is distinct from` are operators too."""

    operator: str
    left: Expression
    right: Expression
    start: int
    end: int
    at: int
    at_end: int


class Unary(Word, frozen=True):
    """An operator with one operand: `not`, `-`, `is null`, `is not null`, `is true` ..."""

    operator: str
    operand: Expression
    start: int
    end: int
    at: int = -1
    at_end: int = -1


class Junction(Word, frozen=True):
    """Terms that `and` or `or` joins, flat."""

    operator: Literal["and", "or"]
    terms: tuple[Expression, ...]
    start: int
    end: int


class Call(Word, frozen=True):
    """A function call; `aggregate` tells of `FILTER`, `OVER`, `DISTINCT` or `ORDER BY` within it."""

    name: str
    arguments: tuple[Expression, ...]
    start: int
    end: int
    aggregate: bool = False


class Subscript(Word, frozen=True):
    """`operand['a']`."""

    operand: Expression
    index: Expression
    start: int
    end: int
    at: int


class Array(Word, frozen=True):
    """`ARRAY[...]`, a row, or the list of an `IN`."""

    items: tuple[Expression, ...]
    start: int
    end: int


class Subquery(Word, frozen=True):
    """A query in parentheses; it is judged as a query of its own."""

    start: int
    end: int


class Unknown(Word, frozen=True):
    """What was not understood."""

    start: int
    end: int


Expression = (
    Identifier | Constant | Parameter | Cast | Binary | Unary | Junction | Call | Subscript | Array | Subquery | Unknown
)


# -- tables ---------------------------------------------------------------------------------------------------------


class TableName(Word, frozen=True):
    """A table or an index; `schema` is empty where none is written."""

    schema: str
    name: str
    start: int
    end: int


class Constraint(Word, frozen=True):
    """A constraint of a table or of a column; `columns` is empty where it has expressions instead."""

    kind: Literal["primary key", "unique", "foreign key", "exclude", "check"]
    name: str
    columns: tuple[str, ...]
    start: int
    end: int
    references: TableName | None = None
    using_index: str = ""
    words: tuple[str, ...] = ()


class ColumnDefinition(msgspec.Struct, frozen=True):
    """A column with what is written behind its type."""

    name: str
    type: TypeName
    start: int
    end: int
    constraints: tuple[Constraint, ...] = ()
    not_null: bool = False
    default: Expression | None = None
    generated: Expression | None = None


class CreateTable(msgspec.Struct, frozen=True):
    """`persistent` is False for temporary tables; `copies` names the tables whose columns it takes.

    `parents` are those of them that it inherits from; `typed` tells that its columns are those of a type, `keyless`
    that it is partitioned by an expression, so that it cannot have a primary key, `unlogged` that a crash may empty it.
    """

    table: TableName
    columns: tuple[ColumnDefinition, ...]
    constraints: tuple[Constraint, ...]
    persistent: bool = True
    if_not_exists: bool = False
    copies: tuple[TableName, ...] = ()
    copies_keys: bool = False
    partition_of: TableName | None = None
    as_query: bool = False
    parents: tuple[TableName, ...] = ()
    typed: bool = False
    keyless: bool = False
    unlogged: bool = False


class IndexElement(Word, frozen=True):
    """A column or an expression of an index; `operator_class` without its schema, empty for the default one."""

    expression: Expression
    operator_class: str
    collation: str
    start: int
    end: int


class CreateIndex(msgspec.Struct, frozen=True):
    """`name` is None where it is not known; `unnamed` tells that PostgreSQL chooses one.

    `only` tells that the partitions of the table get none.
    """

    name: TableName | None
    table: TableName
    method: str
    elements: tuple[IndexElement, ...]
    unique: bool
    where: Expression | None
    start: int
    end: int
    if_not_exists: bool = False
    unnamed: bool = False
    only: bool = False


class AddColumn(msgspec.Struct, frozen=True):
    """`ADD COLUMN`."""

    column: ColumnDefinition
    if_not_exists: bool = False


class DropColumn(msgspec.Struct, frozen=True):
    """`DROP COLUMN`."""

    name: str


class AlterType(msgspec.Struct, frozen=True):
    """`ALTER COLUMN ... TYPE`."""

    name: str
    type: TypeName


class ChangeNull(msgspec.Struct, frozen=True):
    """`SET NOT NULL` or `DROP NOT NULL`."""

    name: str
    not_null: bool


class SetExpression(msgspec.Struct, frozen=True):
    """`SET EXPRESSION` of a generated column."""

    name: str


class RenameColumn(msgspec.Struct, frozen=True):
    """`RENAME COLUMN`."""

    name: str
    new_name: str


class RenameTable(msgspec.Struct, frozen=True):
    """`RENAME TO`."""

    new_name: str


class MoveTable(msgspec.Struct, frozen=True):
    """`SET SCHEMA`."""

    schema: str


class AddConstraint(msgspec.Struct, frozen=True):
    """`ADD CONSTRAINT`."""

    constraint: Constraint


class DropConstraint(msgspec.Struct, frozen=True):
    """`DROP CONSTRAINT`."""

    name: str


class AttachPartition(msgspec.Struct, frozen=True):
    """`ATTACH PARTITION`."""

    partition: TableName


class DetachPartition(msgspec.Struct, frozen=True):
    """`DETACH PARTITION`."""

    partition: TableName


class OtherAction(msgspec.Struct, frozen=True):
    """An action that changes neither columns nor indexes, if `harmless`."""

    words: str
    harmless: bool


Action = (
    AddColumn | DropColumn | AlterType | ChangeNull | SetExpression | RenameColumn | RenameTable | MoveTable
    | AddConstraint | DropConstraint | AttachPartition | DetachPartition | OtherAction
)  # fmt: skip


class AlterTable(msgspec.Struct, frozen=True):
    """`ALTER TABLE` with its actions in order."""

    table: TableName
    actions: tuple[Action, ...]


class DropTable(msgspec.Struct, frozen=True):
    """`DROP TABLE`."""

    tables: tuple[TableName, ...]


class DropSchema(msgspec.Struct, frozen=True):
    """`DROP SCHEMA ... CASCADE`, with all that is in it."""

    schemas: tuple[str, ...]


class DropTypes(msgspec.Struct, frozen=True):
    """`DROP TYPE` and `DROP DOMAIN`; with `CASCADE` the columns of such a type go with it."""

    names: tuple[str, ...]
    cascade: bool


class SetPath(msgspec.Struct, frozen=True):
    """`SET search_path`: where names without a schema are looked up; empty for what it is by default."""

    schemas: tuple[str, ...]


class DropIndex(msgspec.Struct, frozen=True):
    """`DROP INDEX`."""

    indexes: tuple[TableName, ...]


class RenameIndex(msgspec.Struct, frozen=True):
    """`ALTER INDEX ... RENAME TO`."""

    index: TableName
    new_name: str


class CreateDomain(msgspec.Struct, frozen=True):
    """`CREATE DOMAIN`."""

    name: str
    type: TypeName


class Execute(msgspec.Struct, frozen=True):
    """PL/pgSQL's `EXECUTE` of what cannot be read."""

    start: int
    end: int


class OtherStatement(msgspec.Struct, frozen=True):
    """A statement that is not modelled; `tables` are those that it may change."""

    words: str
    tables: tuple[TableName, ...] = ()


class Routine(msgspec.Struct, frozen=True):
    """A function, a procedure, a view or a `DO` block: its body, whether it runs at once, and where it begins."""

    body: tuple[Statement, ...]
    at_once: bool
    view: str = ""
    start: int = -1


class BodyName(msgspec.Struct, frozen=True):
    """The name of a routine, a view or a policy, which a statement that begins at `start` makes or drops.

    `arguments` are None where none are named.
    """

    kind: str
    name: str
    arguments: tuple[str, ...] | None
    made: bool
    start: int


# -- queries --------------------------------------------------------------------------------------------------------


class Scope(msgspec.Struct, frozen=True):
    """The tables that a clause can name: alias -> table, None for what is no table (a subquery, a function)."""

    tables: tuple[tuple[str, TableName | None], ...]
    outer: Scope | None = None


class Query(msgspec.Struct, frozen=True):
    """One level of a query: the conditions that choose its rows, each with the clause that it is written in.

    `kept` names for each condition the tables all of whose rows an outer join keeps, whatever the condition says.
    """

    scope: Scope
    conditions: tuple[tuple[Literal["where", "on", "having"], Expression], ...]
    start: int
    end: int
    limited: bool = False
    kept: tuple[tuple[str, ...], ...] = ()


class Update(msgspec.Struct, frozen=True):
    """`columns` are those that are set; `start` and `end` are those of the word UPDATE."""

    table: TableName
    columns: tuple[str, ...]
    start: int
    end: int


class Insert(msgspec.Struct, frozen=True):
    """`conflict` is where `ON CONFLICT ... DO UPDATE` begins, None without it; `columns` are those that it sets.

    `selects` tells whether its rows are those of a query.
    """

    table: TableName
    columns: tuple[str, ...]
    conflict: tuple[int, int] | None
    selects: bool = False


class Delete(msgspec.Struct, frozen=True):
    """`DELETE`; `start` and `end` are those of the word."""

    table: TableName
    start: int
    end: int


class Truncate(msgspec.Struct, frozen=True):
    """`TRUNCATE`; `start` and `end` are those of the word."""

    tables: tuple[TableName, ...]
    start: int
    end: int


Statement = (
    CreateTable | CreateIndex | AlterTable | DropTable | DropSchema | DropTypes | DropIndex | RenameIndex |
    CreateDomain | SetPath | OtherStatement | Execute | Routine | Query | Update | Insert | Delete | Truncate
)  # fmt: skip
