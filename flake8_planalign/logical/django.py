"""Django's migrations and models as the definitions that they make; its JSONField is jsonb under PostgreSQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from flake8_planalign.formats.sql import read_definitions
from flake8_planalign.formats.sql.syntax import (
    AddColumn,
    AddConstraint,
    AlterTable,
    AlterType,
    Binary,
    ColumnDefinition,
    Constant,
    Constraint,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    Expression,
    Identifier,
    IndexElement,
    Junction,
    RenameColumn,
    RenameIndex,
    RenameTable,
    Statement,
    TableName,
    TypeName,
    Unary,
    Unknown,
)
from flake8_planalign.logical.alembic import unread
from flake8_planalign.logical.code import Module, keyword
from flake8_planalign.logical.facts import Alias, Model, OpaqueStep, Revision, Step

__all__ = ["defines_models", "is_migration", "key_path", "read_migration", "read_models"]

_FIELDS = {
    "JSONField": "jsonb", "AutoField": "integer", "BigAutoField": "bigint", "SmallAutoField": "smallint",
    "BigIntegerField": "bigint", "IntegerField": "integer", "PositiveIntegerField": "integer",
    "PositiveBigIntegerField": "bigint", "SmallIntegerField": "smallint", "PositiveSmallIntegerField": "smallint",
    "CharField": "character varying", "SlugField": "character varying", "EmailField": "character varying",
    "URLField": "character varying", "FileField": "character varying", "TextField": "text", "BooleanField": "boolean",
    "DateTimeField": "timestamp with time zone", "DateField": "date", "TimeField": "time without time zone",
    "FloatField": "double precision", "DecimalField": "numeric", "UUIDField": "uuid", "BinaryField": "bytea",
    "DurationField": "interval", "GenericIPAddressField": "inet", "HStoreField": "hstore",
    "DateTimeRangeField": "tstzrange", "DateRangeField": "daterange",
}  # fmt: skip
_MODELS = ("django.db import models", "django.db.models as ", "django.contrib.gis.db import models", "models.Model)")
_RELATIONS = frozenset({"ForeignKey", "OneToOneField"})
#: Packages whose `JSONField` is a column of text, or one of another database.
_OF_TEXT = frozenset({"annoying", "django_extensions", "django_mysql", "json_field", "jsonfield"})
#: Operations that change one model.
_CHANGES = frozenset({
    "AddConstraint", "AddConstraintNotValid", "AddField", "AddIndex", "AddIndexConcurrently", "AlterField",
    "AlterUniqueTogether", "RemoveConstraint", "RemoveField", "RemoveIndex", "RemoveIndexConcurrently", "RenameField",
    "RenameIndex",
})  # fmt: skip
#: Operations after which the indexes, the keys and the types of documents are what they were before.
_HARMLESS = frozenset({
    "AlterIndexTogether", "AlterModelManagers", "AlterModelOptions", "AlterModelTableComment",
    "AlterOrderWithRespectTo", "RunPython", "AddTrigger", "RemoveTrigger", "ValidateConstraint",
})  # fmt: skip
#: The constraints of `unique_together`, which is changed as a whole.
_TOGETHER = "unique_together"
_METHODS = {"GinIndex": "gin", "GistIndex": "gist", "BTreeIndex": "btree", "HashIndex": "hash", "BrinIndex": "brin",
            "SpGistIndex": "spgist", "BloomIndex": "bloom", "Index": "btree"}  # fmt: skip


def is_migration(text: str) -> bool:
    """Tell whether a Python file can be a migration of Django's."""
    return "migrations.Migration" in text and "operations" in text


def defines_models(text: str) -> bool:
    """Tell whether a Python file can define models of Django's."""
    return any(words in text for words in _MODELS)


def read_models(module: Module) -> tuple[Model, ...]:
    """Return the models of a module, whose tables are those that Django names after the application."""
    folders = module.path.split("/")
    app = next((folders[at - 1] for at, part in enumerate(folders) if at and part in ("models", "models.py")), "")
    return tuple(_model(module, node, app) for node in module.classes.values() if app and node.bases)


def _model(module: Module, node: ast.ClassDef, app: str) -> Model:
    attributes = []
    table = f"{app}_{node.name.lower()}"
    for item in node.body:
        match item:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as field)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as field)
            ):
                kind = module.dotted(field.func).rpartition(".")[2]
                if kind in _FIELDS or kind in _RELATIONS:
                    column = f"{name}_id" if kind in _RELATIONS else name
                    column = module.known_string(keyword(field, "db_column")) or column
                    attributes.append((name, column))
                    if kind in _RELATIONS:
                        attributes.append((f"{name}_id", column))
                    if module.constant(keyword(field, "primary_key")) is True:
                        attributes.append(("pk", column))
            case ast.ClassDef(name="Meta"):
                settings = {target.id: inner.value for inner in item.body if isinstance(inner, ast.Assign)
                            for target in inner.targets if isinstance(target, ast.Name)}  # fmt: skip
                label = module.known_string(settings.get("app_label"))
                table = module.known_string(settings.get("db_table")) or f"{label or app}_{node.name.lower()}"
                if module.constant(settings.get("abstract")) is True:
                    table = ""
    if not any(name == "pk" for name, _ in attributes):
        attributes += [("pk", "id"), ("id", "id")]
    bases = tuple(module.dotted(base).rpartition(".")[2] for base in node.bases)
    return Model(node.name, table, tuple(attributes), bases, (), *module.name_span(node))


def read_migration(module: Module) -> Revision | None:
    """Return the migration that a module is; its name is `app/name`. None if it is none."""
    folders = module.path.split("/")
    if len(folders) < 3 or "Migration" not in module.classes:
        return None
    app = folders[-3]
    name = folders[-1].removesuffix(".py")
    steps: list[Step] = []
    follows: list[str] = []
    for item in module.classes["Migration"].body:
        match item:
            case ast.Assign(targets=[ast.Name(id="dependencies")], value=value):
                for pair in module.items(value) or ():
                    parts = module.strings(pair)
                    if len(parts) == 2:
                        follows.append("/".join(parts))
            case ast.Assign(targets=[ast.Name(id="operations")], value=value):
                reader = _Reader(module, app)
                for operation in module.items(value) or ():
                    steps += (Step(found) for found in reader.operation(module.value(operation)))
    return Revision("django", f"{app}/{name}", tuple(follows), tuple(steps))


class _Reader:
    """The operations of one application's migration."""

    def __init__(self, module: Module, app: str) -> None:
        self.module = module
        self.app = app

    def operation(self, node: ast.expr) -> Iterator[Statement | OpaqueStep | Alias]:
        if not isinstance(node, ast.Call):
            return
        kind = self.module.dotted(node.func).rpartition(".")[2]
        match kind:
            case "CreateModel":
                yield from self._create(node)
            case "RunSQL":
                sql = _argument(node, 0, "sql")
                text = self.module.string(sql) if sql is not None else None
                if text is not None:
                    yield from read_definitions(text.value, text.places)
                else:
                    yield from unread(self.module)
            case "SeparateDatabaseAndState":
                operations = _argument(node, 0, "database_operations")
                for item in (self.module.items(operations) or ()) if operations is not None else ():
                    yield from self.operation(self.module.value(item))
            case "DeleteModel":
                if (table := self._table(_argument(node, 0, "name"))) is not None:
                    yield DropTable((table,))
            case "RenameModel":
                table = self._table(_argument(node, 0, "old_name"))
                new = self._table(_argument(node, 1, "new_name"))
                if table is not None and new is not None:
                    yield AlterTable(table, (RenameTable(new.name),))
            case "AlterModelTable":
                table = self._table(_argument(node, 0, "name"))
                name = self.module.known_string(_argument(node, 1, "table"))
                if table is not None and name:
                    yield AlterTable(table, (RenameTable(name),))
                    yield Alias(table.name, name)
            case _ if kind in _CHANGES:
                yield from self._change(kind, node)
            case _ if kind not in _HARMLESS and not kind.endswith(("Extension", "Collation")):
                yield from self._own(node)

    def _change(self, kind: str, node: ast.Call) -> Iterator[Statement | OpaqueStep]:
        table = self._table(_argument(node, 0, "name" if kind == "AlterUniqueTogether" else "model_name"))
        if table is None:
            return
        name = self.module.known_string(_argument(node, 1, "name")) or ""
        match kind:
            case "AddField" | "AlterField":
                field = _argument(node, 2, "field")
                column = self._column(name, field) if field is not None else None
                if column is not None and kind == "AddField":
                    yield AlterTable(table, (AddColumn(column),))
                    yield from self._own_index(table, field, column.name)
                elif column is not None:
                    changed = AlterType(column.name, column.type)
                    yield AlterTable(table, (changed, *map(AddConstraint, column.constraints)))
            case "RemoveField":
                yield AlterTable(table, (DropColumn(name), DropColumn(f"{name}_id")))
            case "RenameField":
                new = self.module.known_string(_argument(node, 2, "new_name")) or ""
                yield AlterTable(table, (RenameColumn(name, new), RenameColumn(f"{name}_id", f"{new}_id")))
            case "AddIndex" | "AddIndexConcurrently":
                index = _argument(node, 1, "index")
                made = self._index(table, self.module.value(index)) if index is not None else None
                if made is not None:
                    yield made
            case "RemoveIndex" | "RemoveIndexConcurrently":
                yield DropIndex((TableName("", name, 0, 0),))
            case "RenameIndex":
                new = self.module.known_string(_argument(node, 1, "new_name")) or ""
                old = self.module.known_string(_argument(node, 2, "old_name")) or ""
                yield RenameIndex(TableName("", old, 0, 0), new)
            case "AddConstraint" | "AddConstraintNotValid":
                constraint = self._unique(_argument(node, 1, "constraint"))
                if constraint is not None:
                    yield AlterTable(table, (AddConstraint(constraint),))
            case "RemoveConstraint":
                yield AlterTable(table, (DropConstraint(name),))
            case "AlterUniqueTogether":
                together = self._together(_argument(node, 1, _TOGETHER))
                yield AlterTable(table, (DropConstraint(_TOGETHER), *map(AddConstraint, together)))

    def _unique(self, node: ast.expr | None) -> Constraint | None:
        """Return the constraint that keeps columns unique in all rows, None for another."""
        node = self.module.value(node) if node is not None else None
        if not isinstance(node, ast.Call) or self.module.dotted(node.func).rpartition(".")[2] != "UniqueConstraint":
            return None
        fields = tuple(self.module.strings(keyword(node, "fields")))
        name = self.module.known_string(keyword(node, "name")) or ""
        if not fields or keyword(node, "condition") is not None:
            return None
        return Constraint("unique", name, fields, *self.module.span(node))

    def _together(self, node: ast.expr | None) -> list[Constraint]:
        """Return the constraints of `{("a", "b"), ("c", "d")}`, or of `("a", "b")` alone."""
        if node is None:
            return []
        span = self.module.span(node)
        alone = self.module.strings(node)
        groups = [alone] if alone else map(self.module.strings, self.module.items(node) or ())
        return [Constraint("unique", _TOGETHER, tuple(fields), *span) for fields in groups if fields]

    def _own(self, node: ast.Call) -> Iterator[OpaqueStep]:
        """Yield the tables that an operation of the project's own may change: those that it names or has SQL of."""
        for item in (*node.args, *(item.value for item in node.keywords)):
            for name in self.module.strings(item):
                yield OpaqueStep(TableName("", name, *self.module.span(item)))
                yield OpaqueStep(TableName("", f"{self.app}_{name.lower()}", *self.module.span(item)))
        yield from unread(self.module)

    def _table(self, node: ast.expr | None) -> TableName | None:
        name = self.module.known_string(node) if node is not None else None
        if name is None or node is None:
            return None
        start, end = self.module.span(node)
        return TableName("", f"{self.app}_{name.lower()}", start, end)

    def _create(self, node: ast.Call) -> Iterator[Statement | Alias]:
        table = self._table(_argument(node, 0, "name"))
        if table is None:
            return
        made: list[ColumnDefinition] = []
        fields_made: list[tuple[str, ast.expr]] = []
        fields = _argument(node, 1, "fields")
        for pair in (self.module.items(fields) or ()) if fields is not None else ():
            parts = self.module.items(pair) or ()
            name = self.module.known_string(parts[0]) if len(parts) == 2 else None
            column = self._column(name, parts[1]) if name else None
            if column is not None:
                made.append(column)
                fields_made.append((column.name, parts[1]))
        options = _argument(node, 2, "options")
        settings = self._options(options) if options is not None else {}
        if (own := self.module.known_string(settings.get("db_table"))) is not None:
            yield Alias(table.name, own)
            table = replace(table, name=own)
        if (
            self.module.constant(settings.get("managed")) is False
            or self.module.constant(settings.get("proxy")) is True
        ):
            return
        unique = self._together(settings.get(_TOGETHER))
        for item in (self.module.items(settings["constraints"]) or ()) if "constraints" in settings else ():
            if (constraint := self._unique(item)) is not None:
                unique.append(constraint)
        yield CreateTable(table, tuple(made), tuple(unique))
        for column_name, field in fields_made:
            yield from self._own_index(table, field, column_name)
        if (indexes := settings.get("indexes")) is not None:
            for item in self.module.items(indexes) or ():
                found = self._index(table, self.module.value(item))
                if found is not None:
                    yield found

    def _options(self, node: ast.expr) -> dict[str, ast.expr]:
        value = self.module.value(node)
        if not isinstance(value, ast.Dict):
            return {}
        pairs = zip(value.keys, value.values, strict=True)
        return {self.module.known_string(key) or "": item for key, item in pairs if key is not None}

    def _column(self, name: str, field: ast.expr) -> ColumnDefinition | None:
        field = self.module.value(field)
        if not isinstance(field, ast.Call):
            return None
        kind = self.module.dotted(field.func).rpartition(".")[2]
        if kind == "ManyToManyField":
            return None
        start, end = self.module.span(field)
        column = self.module.known_string(keyword(field, "db_column")) or (f"{name}_id" if kind in _RELATIONS else name)
        constraints: tuple[Constraint, ...] = ()
        if self.module.constant(keyword(field, "primary_key")) is True:
            constraints = (Constraint("primary key", "", (column,), start, end),)
        elif self.module.constant(keyword(field, "unique")) is True or kind == "OneToOneField":
            constraints = (Constraint("unique", "", (column,), start, end),)
        if kind in _RELATIONS:
            constraints = (*constraints, Constraint("foreign key", "", (column,), start, end, TableName("", "?", 0, 0)))
        not_null = self.module.constant(keyword(field, "null")) is not True
        is_text = kind == "JSONField" and self.module.dotted(field.func).partition(".")[0] in _OF_TEXT
        type_name = TypeName("text" if is_text else _FIELDS.get(kind, ""), start, end)
        return ColumnDefinition(column, type_name, start, end, constraints, not_null)

    def _own_index(self, table: TableName, field: ast.expr | None, column: str) -> Iterator[CreateIndex]:
        """Yield the index that a field has by itself: one with `db_index`, and a relation without `db_index=False`."""
        field = self.module.value(field) if field is not None else None
        if not isinstance(field, ast.Call):
            return
        wanted = self.module.constant(keyword(field, "db_index"))
        related = self.module.dotted(field.func).rpartition(".")[2] == "ForeignKey"
        if wanted is True or (related and wanted is not False):
            start, end = self.module.span(field)
            element = IndexElement(Identifier((column,), start, end), "", "", start, end)
            yield CreateIndex(None, table, "btree", (element,), unique=False, where=None, start=start, end=end)

    def _index(self, table: TableName, node: ast.expr) -> CreateIndex | None:
        if not isinstance(node, ast.Call):
            return None
        kind = self.module.dotted(node.func).rpartition(".")[2]
        if kind not in _METHODS:
            return None
        start, end = self.module.span(node)
        classes = self.module.strings(keyword(node, "opclasses"))
        elements: list[IndexElement] = []
        for place, field in enumerate(self.module.strings(keyword(node, "fields"))):
            chosen = classes[place] if place < len(classes) else ""
            column = Identifier((field.lstrip("-"),), start, end)
            elements.append(IndexElement(column, chosen, "", start, end))
        for item in node.args:
            first, last = self.module.span(item)
            expression, chosen = self._expression(self.module.value(item))
            elements.append(IndexElement(expression, chosen, "", first, last))
        name = self.module.known_string(keyword(node, "name"))
        condition = keyword(node, "condition")
        where = self._condition(self.module.value(condition)) if condition is not None else None
        named = TableName("", name, start, end) if name else None
        return CreateIndex(
            named, table, _METHODS[kind], tuple(elements), unique=False, where=where, start=start, end=end
        )

    def _condition(self, node: ast.expr) -> Expression:
        """Return the SQL of `Q(a__b__isnull=False)` or `Q(a=1)`, as migrations write it too; `Unknown` for more."""
        start, end = self.module.span(node)
        pairs: list[tuple[str | None, ast.expr]] = []
        if isinstance(node, ast.Call) and self.module.dotted(node.func).rpartition(".")[2] == "Q":
            pairs = [(item.arg, item.value) for item in node.keywords]
            for item in node.args:
                parts = item.elts if isinstance(item, ast.Tuple) and len(item.elts) == 2 else [item, item]
                pairs.append((self.module.known_string(parts[0]), parts[1]))
        terms = [self._held(name, value, start, end) for name, value in pairs]
        if len(terms) == 1:
            return terms[0]
        return Junction("and", tuple(terms), start, end) if terms else Unknown(start, end)

    def _held(self, name: str | None, value: ast.expr, start: int, end: int) -> Expression:
        known = self.module.constant(value)
        column, *rest = (name or "").split("__")
        if rest[-1:] == ["isnull"] and isinstance(known, bool):
            path = "__".join((column, *rest[:-1]))
            operator = "is null" if known else "is not null"
            return Unary(operator, key_path(path, start, end, as_text=False), start, end, start, end)
        if name and not rest and isinstance(known, bool | int | str):
            kind: Literal["word", "number", "string"] = "string"
            if not isinstance(known, str):
                kind = "word" if isinstance(known, bool) else "number"
            found = Constant(kind, str(known).lower() if kind == "word" else str(known), start, end)
            return Binary("=", Identifier((column,), start, end), found, start, end, start, end)
        return Unknown(start, end)

    def _keys(self, node: ast.expr) -> str | None:
        """Return `column__a__b` of `KeyTransform("b", KeyTransform("a", "column"))`, None if a part is not known."""
        keys: list[str] = []
        for _ in range(20):
            if not isinstance(node, ast.Call):
                column = self.module.known_string(node)
                return "__".join((column, *reversed(keys))) if column else None
            if self.module.dotted(node.func).rpartition(".")[2] == "F" and node.args:
                node = node.args[0]
                continue
            key = _key_of(self.module, node.args[0]) if len(node.args) > 1 else None
            if key is None:
                return None
            keys.append(key)
            node = self.module.value(node.args[1])
        return None

    def _expression(self, node: ast.expr) -> tuple[Expression, str]:
        """Return the SQL of an index expression, with the operator class that wraps it."""
        start, end = self.module.span(node)
        if isinstance(node, ast.Call):
            name = self.module.dotted(node.func).rpartition(".")[2]
            text = self.module.known_string(node.args[0]) if node.args else None
            if name == "OpClass" and node.args:
                inner, _ = self._expression(self.module.value(node.args[0]))
                return inner, self.module.known_string(keyword(node, "name")) or ""
            if name in ("KT", "F") and text:
                return key_path(text, start, end, as_text=name == "KT"), ""
            if name in ("KeyTransform", "KeyTextTransform"):
                path = self._keys(node)
                return (key_path(path, start, end, as_text="Text" in name) if path else Unknown(start, end)), ""
        return Unknown(start, end), ""


def _key_of(module: Module, node: ast.expr) -> str | None:
    value = module.constant(node)
    return str(value) if isinstance(value, str | int) else None


def key_path(path: str, start: int, end: int, *, as_text: bool) -> Expression:
    """Return what Django writes for `column__a__b`: `->` or `->>` for one key, `#>` or `#>>` for several."""
    column, *keys = path.split("__")
    found: Expression = Identifier((column,), start, end)
    if len(keys) == 1:
        kind = "number" if keys[0].lstrip("-").isdigit() else "string"
        key = Constant("number" if kind == "number" else "string", keys[0], start, end)
        return Binary("->>" if as_text else "->", found, key, start, end, start, end)
    if keys:
        listed = Constant("string", "{" + ",".join(keys) + "}", start, end)
        return Binary("#>>" if as_text else "#>", found, listed, start, end, start, end)
    return found


def _argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    return call.args[place] if place < len(call.args) else keyword(call, name)
