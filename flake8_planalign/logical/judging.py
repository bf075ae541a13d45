"""The domain nodes of one file: what it defines and asks, seen with the schema of the whole project."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from flake8_planalign.formats.sql import LIMIT, is_foreign, read_requests
from flake8_planalign.formats.sql.syntax import (
    CreateTable,
    Delete,
    DropTable,
    Identifier,
    Insert,
    Query,
    Routine,
    Statement,
    Truncate,
    Update,
)
from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import embedded, extraction, forms, history, matcher, scripts, words
from flake8_planalign.logical.depth import DEEP, named_steps
from flake8_planalign.logical.features import Features, orm_writes
from flake8_planalign.logical.model import (
    DeepPath,
    Index,
    JsonColumn,
    Keyless,
    LooseReference,
    Place,
    Schema,
    Table,
    UnindexedFeature,
    UniqueKey,
    UselessIndex,
)
from flake8_planalign.logical.predicates import Judge
from flake8_planalign.patterns import lazy

if TYPE_CHECKING:
    from flake8_planalign.logical.code import Module
    from flake8_planalign.project import Project
    from flake8_planalign.rule import Position
    from flake8_planalign.source import Source

__all__ = ["read"]

#: Tables that rows are loaded through, or put aside in, and schemas of such: no entities.
_IN_PASSING: Final = lazy(
    r"^_*(?:backup|bak|staging|stg|temp|tmp)(?:_|\d*$)|_(?:backup|bak|bk|bkp|import|old|stage|staging|temp|tmp)\d*$",
    re.IGNORECASE,
)
_PASSED_THROUGH: Final = lazy(r"(?:^|_)(?:backup|bak|landing|stage|staging|stg|temp|tmp)\d*(?:_|$)", re.IGNORECASE)


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield the domain nodes of a file."""
    path = project.relative(source.absolute)
    reader = _Reader(source, project, path)
    yield from reader.declared()
    if source.kind is FileKind.SQL:
        yield from reader.script()
    elif source.tree is not None:
        yield from reader.module()


class _Reader:
    """The file, its place in the project, and the schema."""

    def __init__(self, source: Source, project: Project, path: str) -> None:
        self.source = source
        self.project = project
        self.path = path
        self.schema: Schema = history.schema_of(project, source.absolute)
        self.features = Features(project.config.logical, self.schema)

    def _at(self, place: Place) -> Position:
        return self.source.position_at(place.start, place.end)

    # -- what the file declares ---------------------------------------------------------------------------------

    def declared(self) -> Iterator[object]:
        """Yield what is said of the columns, indexes and tables that stand in this file."""
        schema = self.schema
        tables = [table for table in history.tables_in(self.project, self.path) if table.persistent]
        for table in tables:
            yield from self.features.judge(table, self.path, self.source.position_at)
        if not schema.postgresql:
            return
        seen: set[Place] = set()
        for table in tables:
            for column in table.columns.values():
                if column.typed.path != self.path or column.type not in ("json", "json[]") or column.typed in seen:
                    continue
                if column.explicit or not schema.runs_elsewhere(self.path):
                    seen.add(column.typed)
                    yield JsonColumn(self._at(column.typed), table.name, column.name, column.mapped or column.type)
            yield from self._indexes(table)
            yield from self._features(table)
            yield from self._relations(table)
        yield from self._deep()
        for place in schema.domains:
            if place.path == self.path:
                yield JsonColumn(self._at(place), "", "", "json")

    def _indexes(self, table: Table) -> Iterator[object]:
        for index in () if table.opaque else table.indexes:
            if index.place.path != self.path or index.inherited:
                continue
            useless = _useless(table, index)
            if useless is not None and not self._finds_whole_documents(index):
                yield UselessIndex(self._at(index.place), index.name, table.full_name, *useless)
            for element in index.elements:
                column = forms.root_column(element.expression)
                known = table.columns.get(column.parts[-1]) if column else None
                if known is None or known.type not in ("json", "jsonb") or isinstance(element.expression, Identifier):
                    continue
                steps = forms.json_steps(element.expression)
                named = named_steps(element.expression)
                if len(named) >= DEEP:
                    position = self.source.position_at(element.start, element.end)
                    yield DeepPath(position, forms.sql_of(element.expression), len(named), "an index")
                if index.unique and steps and steps[-1] is not None:
                    position = self.source.position_at(element.start, element.end)
                    yield UniqueKey(position, table.full_name, known.name, steps[-1])

    def _finds_whole_documents(self, index: Index) -> bool:
        """Tell whether the project compares the column of a B-tree or hash index as a whole, or with null."""
        column = index.elements[0].expression
        plain = isinstance(column, Identifier) and index.method in ("btree", "hash")
        return plain and isinstance(column, Identifier) and history.compares_whole(self.project, column.parts[-1])

    def _features(self, table: Table) -> Iterator[UnindexedFeature]:
        """Yield the JSONB columns without a GIN index of the tables that the project itself names as feature tables."""
        if not self.features.configured or table.opaque or not self.features.includes(table.name, table.schema):
            return
        for column in table.columns.values():
            if column.named.path != self.path or column.type != "jsonb":
                continue
            if not any(
                index.method == "gin" and column.name in forms.columns_of(element.expression)
                for index in table.indexes
                for element in index.elements
            ):
                name = f"ix_{table.name}_{column.name}"
                remedy = f"`CREATE INDEX {name} ON {table.full_name} USING gin ({column.name})`"
                yield UnindexedFeature(self._at(column.named), table.full_name, column.name, remedy)

    def _deep(self) -> Iterator[DeepPath]:
        """Yield the generated columns and the defaults of this file that go deep into a document."""
        for column in history.deep_columns(self.project, self.source, self.path):
            table = self.schema.table(column.table.name, column.table.schema)
            if table is not None and table.opaque:
                continue
            yield DeepPath(self._at(column.place), column.text, column.steps, column.where)

    def _relations(self, table: Table) -> Iterator[Keyless | LooseReference]:
        """Yield what is missing in a table of the relational core."""
        if table.opaque or table.partial or (table.derived and not table.bare) or not table.columns:
            return
        if table.origin in ("models", "django", "script"):
            # Django gives every model a primary key, whatever its migrations say of it, and a script may be of any
            # database.
            return
        if table.name == "alembic_version" or _IN_PASSING.search(table.name) or _PASSED_THROUGH.search(table.schema):
            return
        here = table.place.path == self.path
        if here and table.primary_key is None and (table.schema, table.name) not in self._made_anew:
            yield Keyless(self._at(table.place), table.full_name, _unique_key(table))
        if table.bare or self.features.includes(table.name, table.schema):
            return
        referring = {name for item in table.constraints if item.kind == "foreign key" for name in item.columns}
        for column in table.columns.values():
            if column.named.path != self.path or column.name in referring or not column.name.endswith("_id"):
                continue
            target = self._named_after(column.name.removesuffix("_id"))
            if target is not None and target is not table:
                yield LooseReference(self._at(column.named), table.full_name, column.name, target.full_name)

    @functools.cached_property
    def _made_anew(self) -> frozenset[tuple[str, str]]:
        """The tables that a script drops and makes each time, to fill them by a query or with what is imported."""
        if self.source.kind is not FileKind.SQL:
            return frozenset()
        facts = extraction.facts_of(self.project, self.source.absolute, self.source.text, self.source.kind)
        defined = (*facts.definitions, *(step.statement for step in extraction.steps_of(facts)))
        dropped = (table for item in defined if isinstance(item, DropTable) for table in item.tables)
        gone = {(table.schema, table.name) for table in dropped}
        migrates = scripts.is_migration(self.path, self.source.text)
        filled = () if migrates or not gone else read_requests(self.source.text)
        made = {(item.table.schema, item.table.name) for item in filled if isinstance(item, Insert) and item.selects}
        if not migrates:
            # What a crash may empty is made anew from where it came.
            made |= {
                (item.table.schema, item.table.name)
                for item in defined
                if isinstance(item, CreateTable) and item.unlogged
            }
        return frozenset(one for one in gone if one in made or one[1].startswith("import_"))

    def _named_after(self, name: str) -> Table | None:
        plurals = (name, f"{name}s", f"{name}es", f"{name.removesuffix('y')}ies")
        return next((table for plural in plurals if (table := self.schema.table(plural)) is not None), None)

    # -- what the file asks -------------------------------------------------------------------------------------

    def script(self) -> Iterator[object]:
        """Yield what a SQL file asks for."""
        if len(self.source.data) > LIMIT or is_foreign(self.source.text):
            return
        text = scripts.upgrade_part(self.path, self.source.text)
        folders = self.project.config.logical.migrations
        planned = history.is_planned(self.path, folders)
        is_migration = planned if folders else scripts.is_migration(self.path, text)
        if history.is_for_another(self.path, named=not is_migration):
            return
        writes = self.features.active
        if not scripts.asks(text, is_migration=is_migration, writes=writes):
            return
        judge = Judge(self.schema, self.source.position_at)
        worth = functools.partial(scripts.asks, is_migration=False, writes=writes)
        own: list[Statement] = []
        asked: list[object] = []
        replaced = self.schema.replaced.get(self.path, ())
        for statement in read_requests(text, bodies_only=is_migration, worth=worth):
            if not isinstance(statement, Routine):
                own.append(statement)
            elif statement.start in replaced:
                continue
            found = self._statement(statement, judge, backfill=is_migration)
            if isinstance(statement, Query):
                asked += found
            else:
                yield from found
        if asked and not self._fills(own) and not scripts.is_by_hand(self.path, text, own):
            yield from asked

    def _fills(self, statements: list[Statement]) -> bool:
        """Tell whether a SQL file fills a table that it makes itself: a set-up, which runs once."""
        filled = {(item.table.schema, item.table.name) for item in statements if isinstance(item, Insert)}
        if not filled:
            return False
        facts = extraction.facts_of(self.project, self.source.absolute, self.source.text, self.source.kind)
        made = (item.table for item in facts.definitions if isinstance(item, CreateTable))
        return any((table.schema, table.name) in filled for table in made)

    def _statement(self, statement: Statement, judge: Judge, *, backfill: bool, function: str = "") -> Iterator[object]:
        match statement:
            case Query() if not backfill and self.schema.postgresql:
                yield from judge.query(statement)
            case Update() | Insert() | Delete() | Truncate() if not backfill:
                yield from self.features.write(statement, function, self.source.position_at)
            case Routine(at_once=at_once, body=body):
                for inner in body:
                    if at_once and isinstance(inner, Query):
                        # A block is run once, by hand or by a migration.
                        continue
                    yield from self._statement(inner, judge, backfill=backfill and at_once, function=function)

    def module(self) -> Iterator[object]:
        """Yield what a Python module asks for."""
        tree = self.source.tree
        assert tree is not None
        text = self.source.text
        if history.is_test(self.path) or extraction.is_migration_text(text):
            return
        from flake8_planalign.logical import mage, paging
        from flake8_planalign.logical.code import Module

        module = Module(text, tree, self.path)
        if words.is_block_file(self.path, text):
            yield from mage.blocks(module, self.project, self.source.position_at)
        if words.pages(text):
            yield from paging.totals(module, self.source.position_at)
        if history.is_migration_path(self.path):
            return
        if words.embeds(text, writes=self.features.active):
            yield from self._embedded(module)
        if self.schema.postgresql and (".objects" in text or ".filter(" in text):
            yield from self._filtered(module)
        if any(word in text for word in ("sqlalchemy", "sqlmodel", ".objects")) and (
            tables := self.project.remembered("models of features", self._feature_models)
        ):
            yield from orm_writes(module, self.features, tables, self.source.position_at)
        if self.schema.postgresql and words.names_one(text, self.schema.documents):
            yield from self._rendered(module)

    def _feature_models(self) -> dict[str, str]:
        """Return the classes that map tables of features, and those."""
        models = {name: table for name, table, _ in self.schema.models}
        return {name: table for name, table in models.items() if self.features.includes(table.rpartition(".")[2])}

    def _embedded(self, module: Module) -> Iterator[object]:
        judge = Judge(self.schema, self.source.position_at)
        for statement, function in embedded.statements(module):
            name = function.name if function is not None else ""
            yield from self._statement(statement, judge, backfill=False, function=name)

    def _rendered(self, module: Module) -> Iterator[object]:
        from flake8_planalign.logical import orm

        if not orm.matters(module.text):
            return
        mapping = orm.Mapping(self.schema.mapped, subscripts=self.schema.subscripts)
        judge = Judge(self.schema, self.source.position_at, rendered=True)
        for query, before in orm.queries(module, mapping, self.schema.documents):
            judge.extra_scope, judge.extra_terms = query.scope, before
            yield from judge.query(query)

    def _filtered(self, module: Module) -> Iterator[object]:
        names = [f"{name}__" for name in self.schema.documents]
        if any(name in module.text for name in names):
            from flake8_planalign.logical import django_queries, orm

            if not django_queries.matters(module.text):
                return
            judge = Judge(self.schema, self.source.position_at, rendered=True)
            own = functools.partial(django_queries.own_lookups, self.project)
            models = self.schema.document_models
            for query in django_queries.queries(module, orm.Mapping(self.schema.mapped), own, models):
                yield from judge.query(query)


def _unique_key(table: Table) -> tuple[str, ...]:
    """Return the columns, none of them nullable, that a constraint or an index keeps unique; nothing without such."""
    keys = [item.columns for item in table.constraints if item.kind == "unique"]
    for index in table.indexes:
        plain = [item.expression.parts[-1] for item in index.elements if isinstance(item.expression, Identifier)]
        if index.unique and index.where is None and len(plain) == len(index.elements):
            keys.append(tuple(plain))
    not_null = {name for name, column in table.columns.items() if column.not_null}
    return next((key for key in keys if key and not_null.issuperset(key)), ())


def _useless(table: Table, index: Index) -> tuple[str, str] | None:
    """Return why an index serves nothing, and what would; None if it may serve something."""
    first = index.elements[0] if index.elements else None
    if first is None:
        return None
    expression = first.expression
    column = forms.root_column(expression)
    known = table.columns.get(column.parts[-1]) if column else None
    alone = not index.unique and len(index.elements) == 1 and isinstance(expression, Identifier)
    if known is not None and known.type == "jsonb" and alone and index.method in ("btree", "hash"):
        method = "B-tree" if index.method == "btree" else "hash"
        remedy = f"`USING gin ({known.name})`, or index the expression that is compared"
        return f"a {method} index on a whole jsonb column serves only comparisons of whole documents", remedy
    if known is not None and known.type in ("json", "jsonb") and index.method == "gin":
        inner = expression
        if getattr(inner, "operator", "") in ("->>", "#>>") and not first.operator_class:
            return (
                "GIN has no operator class for the text that `->>` yields, so this fails",
                "a B-tree on the same expression",
            )
        if known.type == "json" and isinstance(expression, Identifier):
            return "type json has no operator class for GIN, so this fails", "change the column to jsonb first"
    for element in index.elements:
        why = matcher.immutable(element.expression)
        root = forms.root_column(element.expression)
        kind = table.columns.get(root.parts[-1]) if root else None
        if why and kind is not None and kind.type in ("json", "jsonb"):
            return (
                f"{why} is not immutable, so PostgreSQL refuses it",
                "index the text, or keep the value in a column of its own",
            )
    return None
