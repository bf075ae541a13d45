"""Definitions: what CREATE, ALTER and DROP say of tables, columns, constraints and indexes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from flake8_planalign.formats.sql.expressions import Cursor, read_expression, read_type
from flake8_planalign.formats.sql.lexer import Kind, is_dynamic, string_value
from flake8_planalign.formats.sql.queries import read_table_name
from flake8_planalign.formats.sql.syntax import (
    Action,
    AddColumn,
    AddConstraint,
    AlterTable,
    AlterType,
    AttachPartition,
    ChangeNull,
    ColumnDefinition,
    Constraint,
    CreateDomain,
    CreateIndex,
    CreateTable,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropSchema,
    DropTable,
    DropTypes,
    Expression,
    IndexElement,
    MoveTable,
    OtherAction,
    OtherStatement,
    RenameColumn,
    RenameIndex,
    RenameTable,
    SetExpression,
    SetPath,
    Statement,
    TableName,
    TypeName,
)

__all__ = ["read_column", "read_constraint", "read_definition", "read_elements"]

_CONSTRAINT_WORDS = frozenset({"constraint", "primary", "unique", "foreign", "exclude", "check"})
_COLUMN_WORDS = frozenset({
    "constraint", "primary", "unique", "references", "check", "not", "null", "default", "generated", "collate",
    "storage", "compression", "deferrable", "initially", "on", "match", "no", "using",
})  # fmt: skip
#: Objects whose creation or change touches no table's columns and indexes.
_HARMLESS = frozenset({
    "type", "sequence", "extension", "schema", "role", "user", "database", "collation", "operator", "aggregate", "cast",
    "publication", "subscription", "server", "foreign", "event", "text", "language", "statistics", "default", "group",
    "conversion", "access", "transform", "tablespace", "view", "function", "procedure", "trigger", "policy", "rule",
    "materialized", "domain", "routine", "large", "comment", "grant", "revoke", "system",
})  # fmt: skip


def read_definition(cursor: Cursor) -> Iterator[Statement]:
    """Yield what a statement that begins with CREATE, ALTER, DROP, SET, COMMENT, GRANT or REVOKE defines."""
    verb = cursor.next().value
    if verb == "create":
        yield from _create(cursor)
    elif verb == "alter":
        yield from _alter(cursor)
    elif verb == "drop":
        yield from _drop(cursor)
    elif verb in ("set", "reset"):
        yield from _set(cursor)


def _set(cursor: Cursor) -> Iterator[Statement]:
    cursor.take_one("session", "local")
    if not cursor.take("search_path"):
        return
    schemas: list[str] = []
    if cursor.take("to") or cursor.take("="):
        while cursor.place < cursor.stop:
            token = cursor.next()
            if token.kind in (Kind.NAME, Kind.QUOTED, Kind.STRING) and token.value not in ("default", "$user"):
                schemas.append(string_value(token) if token.kind == Kind.STRING else token.value)
    yield SetPath(tuple(schemas))


def _create(cursor: Cursor) -> Iterator[Statement]:
    words: set[str] = set()
    while word := cursor.take_one("global", "local", "temp", "temporary", "unlogged", "or", "replace"):
        words.add(word)
    if cursor.take("table"):
        persistent = words.isdisjoint(("temp", "temporary"))
        yield from _create_table(cursor, persistent=persistent, unlogged="unlogged" in words)
        return
    start = cursor.token.start
    unique = cursor.take("unique")
    if cursor.take("index"):
        yield from _create_index(cursor, start, unique=unique)
    elif cursor.take("domain"):
        name = read_table_name(cursor)
        cursor.take("as")
        if name is not None:
            yield CreateDomain(name.name, read_type(cursor))


def _create_table(cursor: Cursor, *, persistent: bool, unlogged: bool) -> Iterator[Statement]:
    if_not_exists = cursor.take("if", "not", "exists")
    table = read_table_name(cursor)
    if table is None:
        return
    partition_of = read_table_name(cursor) if cursor.take("partition", "of") else None
    typed = cursor.take("of") and read_table_name(cursor) is not None
    made = CreateTable(
        table, (), (), persistent, if_not_exists, partition_of=partition_of, typed=typed, unlogged=unlogged
    )
    if cursor.at("("):
        made = _table_body(cursor, made)
    if cursor.take("inherits"):
        found = [read_table_name(item) for item in cursor.items()] if cursor.at("(") else []
        parents = tuple(name for name in found if name)
        made = replace(made, copies=(*made.copies, *parents), parents=parents)
    while cursor.place < cursor.stop:
        if cursor.at("(") or cursor.at("["):
            cursor.within()
        elif cursor.take("as"):
            made = replace(made, as_query=True)
            break
        elif cursor.take("partition", "by"):
            cursor.next()
            partitioned = cursor.items() if cursor.at("(") else []
            if any(token.value == "(" for item in partitioned for token in item.tokens[item.place : item.stop]):
                made = replace(made, keyless=True)
        else:
            cursor.next()
    yield made


def _table_body(cursor: Cursor, made: CreateTable) -> CreateTable:
    columns: list[ColumnDefinition] = []
    constraints: list[Constraint] = []
    copies: list[TableName] = []
    copies_keys = False
    for item in cursor.items():
        if item.at("like"):
            item.next()
            source = read_table_name(item)
            copies += [source] if source else []
            words = [token.value for token in item.tokens[item.place : item.stop]]
            for what in ("all", "indexes"):
                if what in words:
                    copies_keys = words[words.index(what) - 1] == "including"
        elif item.token.kind == Kind.NAME and item.token.value in _CONSTRAINT_WORDS and not _names_a_column(item):
            found = read_constraint(item)
            constraints += [found] if found else []
        elif item.token.kind in (Kind.NAME, Kind.QUOTED):
            columns.append(read_column(item))
    return replace(
        made,
        columns=tuple(columns),
        constraints=tuple(constraints),
        copies=tuple(copies),
        copies_keys=copies_keys,
    )


def _names_a_column(item: Cursor) -> bool:
    """Tell whether a word that begins constraints is the name of a column here (MySQL allows that, dumps quote it)."""
    word, after = item.token.value, item.ahead(1).value
    match word:
        case "primary" | "foreign":
            return after != "key"
        case "unique":
            return after not in ("(", "nulls", "using")
        case "check":
            return after != "("
        case "exclude":
            return after not in ("(", "using")
    return False


def read_column(item: Cursor) -> ColumnDefinition:
    """Return the column that the cursor's tokens define."""
    name = item.next()
    if item.place >= item.stop or (item.token.kind == Kind.NAME and item.token.value in _COLUMN_WORDS):
        # A column without a type: of a typed table, a partition or a view.
        type_name = TypeName("", name.end, name.end)
    else:
        type_name = read_type(item)
    constraints: list[Constraint] = []
    not_null = False
    default: Expression | None = None
    generated: Expression | None = None
    while item.place < item.stop:
        token = item.token
        if token.kind != Kind.NAME:
            if token.value == "(":
                item.within()
            else:
                item.next()
            continue
        if item.take("not", "null"):
            not_null = True
        elif item.take("default"):
            default = read_expression(item, 4)
        elif item.take("generated"):
            while item.place < item.stop and not item.at("as"):
                item.next()
            item.take("as")
            if item.at("("):
                generated = read_expression(item.within())
        elif token.value in ("constraint", "primary", "unique", "references", "check"):
            found = read_constraint(item, name.value)
            constraints += [found] if found else []
        else:
            item.next()
    return ColumnDefinition(
        name.value, type_name, name.start, name.end, tuple(constraints), not_null, default, generated
    )


def read_constraint(item: Cursor, column: str = "") -> Constraint | None:
    """Return the constraint at the cursor, of the table or of the column of that name; None if it is none."""
    start = item.token.start
    name = ""
    if item.take("constraint"):
        name = item.next().value
        if item.at("not", "null"):
            item.place += 2
            return None
    token = item.next()
    columns: tuple[str, ...] = (column,) if column else ()
    kind: Literal["primary key", "unique", "foreign key", "exclude", "check"]
    references: TableName | None = None
    using_index = ""
    words: tuple[str, ...] = ()
    match token.value:
        case "primary" | "unique":
            kind = "unique" if token.value == "unique" else "primary key"
            item.take_one("key")
            if item.take("nulls"):
                item.take("not")
                item.take("distinct")
            if item.take("using", "index"):
                using_index = item.next().value
            elif item.at("(") and not column:
                items = item.items()
                columns = tuple(part.token.value for part in items)
                words = tuple(token.value for part in items for token in part.tokens[part.place : part.stop])
        case "foreign" | "references":
            kind = "foreign key"
            if token.value == "foreign":
                item.take("key")
                columns = tuple(part.token.value for part in item.items()) if item.at("(") else ()
                item.take("references")
            references = read_table_name(item)
            if item.at("("):
                item.within()
        case "exclude":
            kind = "exclude"
            words = tuple(token.value for token in item.tokens[item.place : item.stop])
            item.place = item.stop
        case "check":
            kind = "check"
            if item.at("("):
                item.within()
        case _:
            return None
    return Constraint(kind, name, columns, start, item.end_of_last, references, using_index, words)


def _create_index(cursor: Cursor, start: int, *, unique: bool) -> Iterator[Statement]:
    _skip_option(cursor)
    if_not_exists = cursor.take("if", "not", "exists")
    unnamed = cursor.at("on")
    name = None if unnamed else read_table_name(cursor)
    if not cursor.take("on"):
        return
    only = cursor.take("only")
    table = read_table_name(cursor)
    if table is None:
        return
    method = cursor.next().value if cursor.take("using") else "btree"
    if not cursor.at("("):
        return
    elements = tuple(read_elements(cursor))
    where: Expression | None = None
    while cursor.place < cursor.stop:
        if cursor.at("("):
            cursor.within()
        elif cursor.take("where"):
            where = read_expression(cursor)
            break
        else:
            cursor.next()
    end = cursor.end_of_last
    yield CreateIndex(name, table, method, elements, unique, where, start, end, if_not_exists, unnamed, only)


def _skip_option(cursor: Cursor) -> None:
    """Go on behind CONCURRENTLY, and behind what a program may put there: `CREATE INDEX {option} IF NOT EXISTS ix`."""
    after = cursor.ahead(1)
    if is_dynamic(cursor.token.value) and after.kind in (Kind.NAME, Kind.QUOTED) and after.value != "on":
        cursor.next()
    cursor.take("concurrently")


def read_elements(cursor: Cursor) -> Iterator[IndexElement]:
    """Yield the columns and expressions in the bracket at the cursor."""
    for item in cursor.items():
        start = item.token.start
        expression = read_expression(item, 12)
        collation = operator_class = ""
        if item.take("collate"):
            collation = item.next().value
            while item.take("."):
                collation = item.next().value
        if item.token.kind in (Kind.NAME, Kind.QUOTED) and item.token.value not in ("asc", "desc", "nulls", "with"):
            operator_class = item.next().value
            while item.take("."):
                operator_class = item.next().value
            if item.at("("):
                item.within()
        yield IndexElement(expression, operator_class, collation, start, item.end_of_last)


def _alter(cursor: Cursor) -> Iterator[Statement]:
    if cursor.take("foreign", "table") or cursor.take("table"):
        yield from _alter_table(cursor)
    elif cursor.take("index"):
        cursor.take("if", "exists")
        index = read_table_name(cursor)
        if index is not None and cursor.take("rename", "to"):
            yield RenameIndex(index, cursor.token.value)
    elif cursor.at("view") or cursor.at("materialized") or cursor.token.value in _HARMLESS:
        yield OtherStatement(f"alter {cursor.token.value}")


def _alter_table(cursor: Cursor) -> Iterator[Statement]:
    cursor.take("if", "exists")
    cursor.take("only")
    table = read_table_name(cursor)
    if table is None:
        return
    cursor.take("*")
    actions: list[Action] = []
    begin = index = cursor.place
    while index <= cursor.stop:
        at_end = index == cursor.stop
        token = cursor.tokens[index] if not at_end else None
        if token is None or (token.kind == Kind.MARK and token.value == ","):
            if begin < index:
                actions.append(_action(Cursor(cursor.tokens, begin, index, cursor.depth)))
            begin = index + 1
        elif token.kind == Kind.MARK and token.value in ("(", "["):
            index = min(cursor.tokens.closings.get(index, cursor.stop), cursor.stop - 1)
        index += 1
    yield AlterTable(table, tuple(actions))


def _action(cursor: Cursor) -> Action:
    words = " ".join(token.value for token in cursor.tokens[cursor.place : cursor.place + 2])
    match cursor.next().value:
        case "add":
            return _add(cursor)
        case "drop":
            return _drop_action(cursor)
        case "alter":
            return _alter_column(cursor, words)
        case "rename":
            return _rename(cursor, words)
        case "set":
            if cursor.take("schema"):
                return MoveTable(cursor.token.value)
        case "attach":
            cursor.take("partition")
            partition = read_table_name(cursor)
            if partition is not None:
                return AttachPartition(partition)
        case "detach":
            cursor.take("partition")
            partition = read_table_name(cursor)
            if partition is not None:
                return DetachPartition(partition)
        case "inherit":
            return OtherAction(words, harmless=False)
    return OtherAction(words, harmless=True)


def _add(cursor: Cursor) -> Action:
    if cursor.token.kind == Kind.NAME and cursor.token.value in _CONSTRAINT_WORDS:
        constraint = read_constraint(cursor)
        return AddConstraint(constraint) if constraint else OtherAction("add constraint", harmless=True)
    cursor.take("column")
    if_not_exists = cursor.take("if", "not", "exists")
    if cursor.place >= cursor.stop or cursor.at("("):
        return OtherAction("add", harmless=False)
    return AddColumn(read_column(cursor), if_not_exists)


def _drop_action(cursor: Cursor) -> Action:
    constraint = cursor.take("constraint")
    cursor.take("column")
    cursor.take("if", "exists")
    name = cursor.token.value
    return DropConstraint(name) if constraint else DropColumn(name)


def _alter_column(cursor: Cursor, words: str) -> Action:
    if cursor.take("constraint"):
        return OtherAction(words, harmless=True)
    cursor.take("column")
    name = cursor.next().value
    if cursor.take("set", "data", "type") or cursor.take("type"):
        return AlterType(name, read_type(cursor))
    if cursor.take("set", "not", "null"):
        return ChangeNull(name, not_null=True)
    if cursor.take("drop", "not", "null"):
        return ChangeNull(name, not_null=False)
    if cursor.at("set", "expression"):
        return SetExpression(name)
    return OtherAction(words, harmless=True)


def _rename(cursor: Cursor, words: str) -> Action:
    if cursor.take("to"):
        return RenameTable(cursor.token.value)
    if cursor.take("constraint"):
        return OtherAction(words, harmless=True)
    cursor.take("column")
    name = cursor.next().value
    if cursor.take("to"):
        return RenameColumn(name, cursor.token.value)
    return OtherAction(words, harmless=False)


def _drop(cursor: Cursor) -> Iterator[Statement]:
    if cursor.take("schema"):
        cursor.take("if", "exists")
        schemas = [cursor.next().value]
        while cursor.take(","):
            schemas.append(cursor.next().value)
        if cursor.at("cascade"):
            yield DropSchema(tuple(schemas))
        return
    if cursor.take("type") or cursor.take("domain"):
        yield from _drop_types(cursor)
        return
    is_index = cursor.take("index")
    if not is_index and not (cursor.take("table") or cursor.take("foreign", "table")):
        return
    _skip_option(cursor)
    cursor.take("if", "exists")
    names: list[TableName] = []
    while (name := read_table_name(cursor)) is not None:
        names.append(name)
        if not cursor.take(","):
            break
    if names:
        yield DropIndex(tuple(names)) if is_index else DropTable(tuple(names))


def _drop_types(cursor: Cursor) -> Iterator[Statement]:
    cursor.take("if", "exists")
    names: list[str] = []
    while (name := read_table_name(cursor)) is not None:
        names.append(name.name)
        if not cursor.take(","):
            break
    yield DropTypes(tuple(names), cascade=cursor.at("cascade"))
