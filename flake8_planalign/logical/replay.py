"""The schema that a history of definitions leaves behind."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from flake8_planalign.formats.sql.lexer import HOLE, is_dynamic
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
    Execute,
    Identifier,
    IndexElement,
    MoveTable,
    OtherAction,
    RenameColumn,
    RenameIndex,
    RenameTable,
    Routine,
    SetExpression,
    SetPath,
    Statement,
    TableName,
    TypeName,
)
from flake8_planalign.logical import forms, naming
from flake8_planalign.logical.facts import Alias, OpaqueStep, Step
from flake8_planalign.logical.growing import (
    HEIR_LIMIT,
    PLAIN_TYPES,
    Growing,
    column_of,
    heirs,
    holds_document,
    indexes_of_parts,
    only_adds,
    renamed,
)
from flake8_planalign.logical.model import Column, Index, Origin, Place, Table
from flake8_planalign.logical.naming import truncated

__all__ = ["Replay"]

#: A table of PostgreSQL has no more columns.
COLUMN_LIMIT = 1600
#: Beyond these a table is opaque, and its indexes are forgotten.
INDEX_LIMIT = CONSTRAINT_LIMIT = 250
#: Changes of what tables inherit beyond which those are opaque.
CHANGE_LIMIT = 1_000_000


class Replay:
    """The state of a database; `types` are the project's own types by name."""

    def __init__(
        self,
        types: Mapping[str, TypeName],
        annotated: Mapping[str, tuple[TypeName, Origin]] | None = None,
        models: Mapping[str, str] | None = None,
    ) -> None:
        self.types = types
        self.models = models or {}
        self.annotated = annotated or {}
        self.tables: dict[str, Growing] = {}
        # Look-ups, so that no step costs more than it changes: tables by their bare name, and by that of an index.
        self._named: dict[str, dict[int, Growing]] = {}
        self._holders: dict[str, dict[int, Growing]] = {}
        self._schemas: dict[str, dict[int, Growing]] = {}
        self._made = self._made_when_all_were_opaque = self._count = self._inherited = 0
        self.aliases: dict[str, str] = {}
        self.domains: dict[str, tuple[str, Place]] = {}
        #: The schema of names without one, as `SET search_path` says in the file that is run.
        self._schema = ""

    def run(self, steps: Iterable[Step], origin: Origin) -> None:
        """Take the steps of one file."""
        self._schema = ""
        for step in steps:
            self._step(step.statement, origin, certain=step.certain)

    def run_unread(self, words: Container[str]) -> None:
        """Take a program that nobody reads here, by its words: tables that it names, and columns of these."""
        for table in self.tables.values():
            if table.name in words:
                table.opaque = True
                for name, column in table.columns.items():
                    if name in words:
                        table.columns[name] = replace(column, type="")

    def finished(self) -> dict[str, Table]:
        """Return the tables as they are now."""
        return {
            key: Table(
                table.name,
                table.schema,
                table.columns,
                (*table.indexes.values(), *indexes_of_parts(table)),
                tuple(table.constraints),
                table.place,
                table.opaque or table.partial,
                table.partial,
                table.persistent,
                table.derived,
                table.origin,
                table.opaque,
                table.bare,
            )
            for key, table in self.tables.items()
        }

    def _step(self, statement: Statement | OpaqueStep | Alias, origin: Origin, *, certain: bool) -> None:
        touched: TableName | None = None
        if isinstance(statement, CreateTable | CreateIndex | AlterTable) and is_dynamic(statement.table.name):
            self._anywhere(statement)
            return
        match statement:
            case Alias(name=name_used, table=real):
                self.aliases[name_used] = real
            case OpaqueStep(table=None, index=index):
                touched_by_name = self._with_index(index) if index else self.tables
                if index or self._made != self._made_when_all_were_opaque:
                    for table in touched_by_name.values():
                        table.opaque = True
                if not index:
                    self._made_when_all_were_opaque = self._made
            case OpaqueStep(table=TableName() as name):
                if found := self._find(name):
                    found.opaque = True
            case CreateTable():
                touched = statement.table
                self._create(statement, origin)
            case CreateIndex():
                touched = statement.table
                self._create_index(statement, origin)
            case AlterTable():
                touched = None if only_adds(statement) else statement.table
                self._alter(statement, origin, certain=certain)
            case DropTable():
                self._drop_tables(statement, certain=certain)
            case SetPath(schemas=schemas):
                first = next((name for name in schemas if name != "pg_catalog"), "")
                self._schema = "" if first == "public" else first
            case DropTypes() if certain:
                self._drop_types(statement)
            case DropSchema():
                self._drop_schemas(statement, certain=certain)
            case DropIndex():
                self._drop_indexes(statement, certain=certain)
            case RenameIndex():
                self._rename_index(statement)
            case Execute() if self._made != self._made_when_all_were_opaque:
                for table in self.tables.values():
                    table.opaque = True
                self._made_when_all_were_opaque = self._made
            case CreateDomain():
                place = origin.place(statement.type.start, statement.type.end)
                self.domains[statement.name] = statement.type.name, place
            case Routine(at_once=at_once, body=body):
                for inner in body:
                    if at_once or not isinstance(inner, Execute):
                        # A function changes what it changes when something calls it.
                        self._step(inner, origin, certain=certain and at_once)
        if touched is not None and not certain and (changed := self._find(touched)):
            changed.opaque = True

    def _with_index(self, name: str) -> Mapping[Any, Growing]:
        """Return the tables with an index of a name; if a part of that is not known, those with one on documents."""
        if not is_dynamic(name):
            return self._holders.get(truncated(name), {})
        parts = [re.escape(part) for part in name.split(HOLE) if part]
        pattern = re.compile(".*".join(["", *parts, ""] if parts else [".*"]), re.DOTALL)
        return {
            key: table
            for known, held in self._holders.items()
            if pattern.fullmatch(known)
            for key, table in held.items()
            if any(
                holds_document(table, column)
                for element in table.indexes[known].elements
                for column in forms.columns_of(element.expression)
            )
        }

    def _anywhere(self, statement: CreateTable | CreateIndex | AlterTable) -> None:
        """Make the tables opaque that a change of a table without a known name may have changed.

        What it adds takes nothing away from what is known, and only what holds documents is of interest.
        """
        names: set[str] = set()
        if isinstance(statement, CreateIndex):
            for element in statement.elements:
                names |= forms.columns_of(element.expression) or {HOLE}
        elif isinstance(statement, AlterTable):
            for action in statement.actions:
                match action:
                    case DropColumn(name=name) | RenameColumn(name=name):
                        names.add(name)
                    case AlterType(name=name, type=made) if made.name in PLAIN_TYPES and is_dynamic(name):
                        pass
                    case AlterType(name=name, type=made):
                        names.add(name if made.name in PLAIN_TYPES else f"={name}")
                    case RenameTable() | MoveTable() | AttachPartition() | OtherAction(harmless=False):
                        names.add(HOLE)
        if any(map(is_dynamic, names)):
            self._step(OpaqueStep(None), Origin("", ()), certain=True)
        elif names:
            for table in self.tables.values():
                table.opaque = table.opaque or any(holds_document(table, name) for name in names)

    def _key(self, name: TableName) -> str:
        if name.name.startswith("<"):
            # A migration that names a table by its model.
            return self.models.get(name.name[1:-1], name.name)
        short = truncated(self.aliases.get(name.name, name.name))
        schema = self._schema_of(name)
        return f"{schema}.{short}" if schema else short

    def _schema_of(self, name: TableName) -> str:
        """Return the schema that a table is made in; nothing for `public`."""
        return self._schema if not name.schema else name.schema if name.schema != "public" else ""

    def _find(self, name: TableName) -> Growing | None:
        found = self.tables.get(self._key(name))
        if found is None and name.name.startswith("<") and name.name[1:-1] not in self.models:
            return None
        if found is None and not name.schema:
            found = self.tables.get(truncated(name.name)) if self._schema else None
        if found is None and (not name.schema or not self._schemas.get(name.schema)):
            # In a schema of which nothing is known: the one that a database looks up names in by itself.
            same = self._named.get(truncated(name.name), {})
            found = next(iter(same.values())) if len(same) == 1 else None
        return found

    def _put(self, key: str, table: Growing) -> None:
        self.tables[key] = table
        table.key = key
        self._named.setdefault(table.name, {})[id(table)] = table
        self._schemas.setdefault(table.schema, {})[id(table)] = table
        self._made += 1

    def _remove(self, table: Growing) -> None:
        if self.tables.get(table.key) is table:
            del self.tables[table.key]
        self._named.get(table.name, {}).pop(id(table), None)
        self._schemas.get(table.schema, {}).pop(id(table), None)
        for name in table.indexes:
            self._release(table, name)

    def _hold(self, table: Growing, name: str, index: Index) -> None:
        if len(table.indexes) >= INDEX_LIMIT:
            table.opaque = table.full = True
            for known in table.indexes:
                self._release(table, known)
            table.indexes = {}
        if table.full:
            return
        table.indexes[name] = index
        self._holders.setdefault(name, {})[id(table)] = table

    def _release(self, table: Growing, name: str) -> None:
        holders = self._holders.get(name, {})
        holders.pop(id(table), None)
        if not holders:
            self._holders.pop(name, None)

    def _unknown(self, name: TableName, origin: Origin) -> Growing:
        """Return a table that is known by a change alone."""
        place = origin.place(name.start, name.end)
        table = Growing(truncated(name.name), self._schema_of(name), place, partial=True, origin=origin.kind)
        self._put(self._key(name), table)
        return table

    def _create(self, made: CreateTable, origin: Origin) -> None:
        key = self._key(made.table)
        known = self.tables.get(key)
        if known is not None:
            # `IF NOT EXISTS`, or a guard that was taken for granted: what is there stays.
            known.opaque = known.opaque or not made.if_not_exists
            return
        place = origin.place(made.table.start, made.table.end)
        table = Growing(
            key.rpartition(".")[2], self._schema_of(made.table), place, persistent=made.persistent, origin=origin.kind
        )
        self._put(key, table)
        sources = [*made.copies, *([made.partition_of] if made.partition_of else [])]
        table.derived = bool(sources) or made.as_query or made.typed
        if made.keyless:
            # None can be asked for: it stands as a key of nothing.
            table.constraints.append(Constraint("primary key", "", (), made.table.start, made.table.end))
        table.opaque = made.as_query or made.typed
        table.bare = made.copies_keys and not made.parents and all(map(self._is_keyless, made.copies))
        for source in sources:
            parent = self._find(source)
            if parent is None:
                table.opaque = True
                continue
            table.columns |= parent.columns
            if source is made.partition_of:
                self._part(parent, table)
            elif source in made.parents:
                self._inherit(parent, table, partition=False)
            if made.copies_keys or made.partition_of:
                table.constraints += parent.constraints
            if made.copies_keys:
                for index in parent.indexes.values():
                    copied = replace(index, name=self._chosen_name(table, index.elements), inherited=True)
                    self._hold(table, copied.name, copied)
        for column in made.columns:
            self._add_column(table, column, origin)
        for constraint in made.constraints:
            self._add_constraint(table, constraint)

    def _is_keyless(self, name: TableName) -> bool:
        """Tell whether a table is wholly known and has no primary key at this point of the history."""
        table = self._find(name)
        if table is None or table.opaque or table.partial or (table.derived and not table.bare):
            return False
        return bool(table.columns) and all(item.kind != "primary key" for item in table.constraints)

    def _part(self, table: Growing, partition: Growing) -> None:
        """Make a table a partition of another one, which has the indexes of that."""
        if partition is table or table in heirs(partition):
            return
        self._inherit(table, partition, partition=True)
        for name, index in table.indexes.items():
            self._hold(partition, f"{partition.name}:{name}", replace(index, inherited=True))

    def _inherit(self, table: Growing, heir: Growing, *, partition: bool) -> None:
        if len(table.heirs) < HEIR_LIMIT:
            table.heirs[heir] = partition
        else:
            heir.opaque = True

    def _add_column(self, table: Growing, made: ColumnDefinition, origin: Origin) -> None:
        if len(table.columns) >= COLUMN_LIMIT:
            table.opaque = True
            return
        named = origin.place(made.start, made.end)
        not_null = made.not_null or any(item.kind == "primary key" for item in made.constraints)
        column = Column(made.name, "", named, named, not_null, made.generated is not None)
        table.columns[made.name] = self._typed(column, made.type, origin)
        for constraint in made.constraints:
            self._add_constraint(table, constraint)

    def _typed(self, column: Column, made: TypeName, origin: Origin) -> Column:
        if made.name.startswith("@"):
            mapped_to = self.annotated.get(made.name[1:])
            if mapped_to is None:
                return replace(column, typed=origin.place(made.start, made.end))
            made, origin = mapped_to
        name, mapped = made.name, ""
        if name.startswith("?"):
            mapped = name.removesuffix("[]")[1:]
            name = self._own_type(mapped) + ("[]" if name.endswith("[]") else "")
        place = origin.place(made.start, made.end)
        explicit = origin.sql or "postgresql" in made.modifiers
        return replace(column, type=name, typed=place, mapped=mapped, explicit=explicit)

    def _own_type(self, name: str) -> str:
        """Return the PostgreSQL type of one of the project's own types, empty if it is not known."""
        for _ in range(8):
            found = self.types.get(name)
            if found is None:
                return ""
            if not found.name.startswith("?"):
                return found.name
            name = found.name[1:]
        return ""

    def _add_constraint(self, table: Growing, made: Constraint) -> None:
        if len(table.constraints) >= CONSTRAINT_LIMIT:
            table.opaque = True
            return
        if made.using_index and (index := table.indexes.get(made.using_index)):
            columns = tuple(
                item.expression.parts[-1] for item in index.elements if isinstance(item.expression, Identifier)
            )
            made = replace(made, columns=columns)
        made = replace(made, columns=tuple(column_of(table, name) for name in made.columns))
        name = made.name or naming.constraint_name(table.name, made)
        table.constraints.append(replace(made, name=truncated(name)))
        if made.kind == "primary key":
            for name in made.columns:
                if column := table.columns.get(name):
                    table.columns[name] = replace(column, not_null=True)

    def _create_index(self, made: CreateIndex, origin: Origin) -> None:
        table = self._find(made.table)
        if table is None:
            table = self._unknown(made.table, origin)
        if made.unnamed:
            name = self._chosen_name(table, made.elements)
        else:
            name = truncated(made.name.name) if made.name else f"?{self._count}"
        self._count += 1
        elements = made.elements
        for name_used in {name for item in elements for name in forms.columns_of(item.expression)}:
            if (column := column_of(table, name_used)) != name_used:
                elements = renamed(elements, name_used, column)
        if made.if_not_exists and any(held.schema == table.schema for held in self._holders.get(name, {}).values()):
            return
        position = made.name or made
        place = origin.place(position.start, position.end)
        shown = name if made.name or made.unnamed else ""
        index = Index(shown, made.method, elements, made.unique, made.where, place, origin.rendered)
        self._hold(table, name, index)
        for part in () if made.only else heirs(table, partitions=True):
            self._hold(part, f"{part.name}:{name}", replace(index, inherited=True))

    def _chosen_name(self, table: Growing, elements: Sequence[IndexElement]) -> str:
        """Return the name that PostgreSQL gives an index without one."""
        choices = naming.index_names(table.name, elements)
        return next(name for name in choices if not self._holders.get(name) and name not in self.tables)

    def _alter(self, made: AlterTable, origin: Origin, *, certain: bool) -> None:
        table = self._find(made.table)
        if table is None and made.table.name in self._holders:
            # Indexes are renamed by ALTER TABLE too.
            for action in made.actions:
                if isinstance(action, RenameTable):
                    self._rename_index(RenameIndex(made.table, action.new_name))
            return
        if table is None:
            table = self._unknown(made.table, origin)
        for action in made.actions:
            self._act(table, action, origin, certain=certain)
            if isinstance(action, AddColumn | DropColumn | AlterType | RenameColumn):
                for part in heirs(table):
                    self._inherited += 1 + len(part.columns) * isinstance(action, RenameColumn)
                    if self._inherited > CHANGE_LIMIT:
                        part.opaque = True
                    else:
                        self._act(part, action, origin, certain=certain)

    def _act(self, table: Growing, action: Action, origin: Origin, *, certain: bool) -> None:
        match action:
            case AddColumn(column=made) if is_dynamic(made.name):
                pass
            case DropColumn(name=name) | AlterType(name=name) | RenameColumn(name=name) if is_dynamic(name):
                table.opaque = True
            case AddColumn(column=made):
                if made.name not in table.columns or not action.if_not_exists:
                    self._add_column(table, made, origin)
            case DropColumn(name=name):
                if certain:
                    table.columns.pop(name, None)
                    self._forget(table, name)
            case AlterType(name=name, type=made_type):
                known = table.columns.get(name)
                if known is not None:
                    table.columns[name] = self._typed(known, made_type, origin)
                else:
                    place = origin.place(made_type.start, made_type.end)
                    table.columns[name] = self._typed(Column(name, "", place, place), made_type, origin)
            case ChangeNull(name=name, not_null=not_null):
                if column := table.columns.get(name):
                    table.columns[name] = replace(column, not_null=not_null)
            case SetExpression():
                pass
            case RenameColumn(name=name, new_name=new_name):
                self._rename_column(table, name, new_name)
            case RenameTable(new_name=new_name):
                self._move(table, table.schema, new_name)
            case MoveTable(schema=schema):
                self._move(table, "" if schema == "public" else schema, table.name)
            case AddConstraint(constraint=constraint):
                self._add_constraint(table, constraint)
            case DropConstraint(name=name):
                table.constraints = [item for item in table.constraints if not name or item.name != truncated(name)]
            case AttachPartition(partition=partition):
                if child := self._find(partition):
                    child.derived = True
                    self._part(table, child)
            case DetachPartition(partition=partition):
                if child := self._find(partition):
                    table.heirs.pop(child, None)
            case OtherAction(harmless=False):
                table.opaque = True

    def _forget(self, table: Growing, column: str) -> None:
        """Drop the indexes and constraints that need a column which is dropped."""
        for name, index in list(table.indexes.items()):
            if any(column in forms.columns_of(item.expression) for item in index.elements) or (
                index.where is not None and column in forms.columns_of(index.where)
            ):
                del table.indexes[name]
                self._release(table, name)
        table.constraints = [item for item in table.constraints if column not in item.columns]

    def _rename_column(self, table: Growing, name: str, new_name: str) -> None:
        table.columns = {
            (new_name if key == name else key): (replace(column, name=new_name) if key == name else column)
            for key, column in table.columns.items()
        }
        table.indexes = {
            key: replace(
                index,
                elements=renamed(index.elements, name, new_name),
                where=forms.rename(index.where, name, new_name) if index.where is not None else None,
            )
            for key, index in table.indexes.items()
        }
        table.constraints = [
            replace(item, columns=tuple(new_name if column == name else column for column in item.columns))
            for item in table.constraints
        ]

    def _move(self, table: Growing, schema: str, name: str) -> None:
        if self.tables.get(table.key) is table:
            del self.tables[table.key]
        self._named.get(table.name, {}).pop(id(table), None)
        self._schemas.get(table.schema, {}).pop(id(table), None)
        table.schema, table.name = schema, truncated(name)
        self._put(f"{schema}.{table.name}" if schema else table.name, table)

    def _drop_tables(self, made: DropTable, *, certain: bool) -> None:
        for name in made.tables:
            table = self._find(name)
            if table is None:
                continue
            if certain:
                for dropped in (table, *heirs(table, partitions=True)):
                    self._remove(dropped)
            else:
                table.opaque = True

    def _drop_schemas(self, made: DropSchema, *, certain: bool) -> None:
        held = (self._schemas.get("" if name == "public" else name, {}) for name in made.schemas)
        for table in [table for tables in held for table in tables.values()]:
            table.opaque = True
            if certain:
                self._remove(table)

    def _drop_types(self, made: DropTypes) -> None:
        for name in made.names:
            self.domains.pop(name, None)
            for table in self.tables.values() if made.cascade else ():
                for column in [known.name for known in table.columns.values() if known.type == name]:
                    self._act(table, DropColumn(column), Origin("", ()), certain=True)

    def _drop_indexes(self, made: DropIndex, *, certain: bool) -> None:
        for name in made.indexes:
            short = truncated(name.name)
            if is_dynamic(short):
                for table in self._with_index(short).values():
                    table.opaque = True
            for table in list(self._holders.get(short, {}).values()):
                if name.schema and table.schema not in (name.schema, ""):
                    continue
                if certain:
                    for held, key in (
                        (table, short),
                        *((part, f"{part.name}:{short}") for part in heirs(table, partitions=True)),
                    ):
                        held.indexes.pop(key, None)
                        self._release(held, key)
                else:
                    table.opaque = True

    def _rename_index(self, made: RenameIndex) -> None:
        old, new = truncated(made.index.name), truncated(made.new_name)
        for table in list(self._holders.get(old, {}).values()):
            index = table.indexes.pop(old)
            self._release(table, old)
            self._hold(table, new, replace(index, name=new))
