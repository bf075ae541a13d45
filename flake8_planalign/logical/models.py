"""SQLAlchemy's declarative classes and tables, and SQLModel's, as the tables that they declare."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from flake8_planalign.formats.sql import read_name
from flake8_planalign.formats.sql.syntax import (
    AlterTable,
    ColumnDefinition,
    Constraint,
    CreateTable,
    OtherAction,
    Statement,
    TableName,
    TypeName,
)
from flake8_planalign.logical import columns
from flake8_planalign.logical.code import Module, keyword
from flake8_planalign.logical.facts import Model

__all__ = ["annotated", "read_models", "types"]

_NO_NAMES: dict[str, ast.expr] = {}
_PLAIN = {
    "int": "integer", "str": "character varying", "bool": "boolean", "float": "double precision", "bytes": "bytea",
    "datetime": "timestamp without time zone", "datetime.datetime": "timestamp without time zone", "date": "date",
    "datetime.date": "date", "UUID": "uuid", "uuid.UUID": "uuid", "Decimal": "numeric", "decimal.Decimal": "numeric",
}  # fmt: skip
_DECORATORS = frozenset({"TypeDecorator", "UserDefinedType", "TypeEngine"})


def read_models(module: Module) -> tuple[Model, ...]:
    """Return the models of a module: classes with columns, and `Table` objects under the name they are assigned to."""
    found = [*_classes(module), *_tables(module)]
    loose = list(_loose_indexes(module))
    if loose:
        by_name = {model.name: place for place, model in enumerate(found)}
        for owner, call in loose:
            place = by_name.get(owner)
            if place is not None:
                model = found[place]
                table = read_name(model.table, model.start, model.end)
                made = _index(module, call, table, dict(model.attributes))
                found[place] = replace(model, declarations=(*model.declarations, made))
    return tuple(found)


def _classes(module: Module) -> Iterator[Model]:
    names: set[str] = set()
    for node in module.classes.values():
        bases = tuple(module.dotted(base).rpartition(".")[2] for base in node.bases)
        model = _read_class(module, node, bases)
        if model is None and (_is_abstract(node) or not names.isdisjoint(bases)):
            # It hands on the columns of its bases.
            model = Model(node.name, "", (), bases, (), *module.name_span(node))
        if model is not None:
            names.add(node.name)
            yield model


def _is_abstract(node: ast.ClassDef) -> bool:
    targets = (item.targets[0] for item in node.body if isinstance(item, ast.Assign))
    return any(isinstance(target, ast.Name) and target.id == "__abstract__" for target in targets)


def _read_class(module: Module, node: ast.ClassDef, bases: tuple[str, ...]) -> Model | None:
    fields: list[tuple[str, ColumnDefinition, ast.Call | None]] = []
    name: str | None = None
    start, end = module.name_span(node)
    arguments: ast.expr | None = None
    names = False
    for item in node.body:
        target, value, annotation = _assignment(module, item)
        if target == "__tablename__" and value is not None:
            name = module.known_string(value)
            start, end = module.span(value)
        elif target == "__table_args__":
            arguments = value
        elif target == "__table__" and isinstance(value, ast.Call):
            made = _table(module, node.name, value)
            return replace(made, bases=bases) if made else None
        elif target and (field := _field(module, target, value, annotation)) is not None:
            fields.append(field)
        elif isinstance(item, ast.FunctionDef) and item.name == "__table_args__":
            last = item.body[-1]
            arguments = last.value if isinstance(last, ast.Return) and last.value is not None else ast.Name(item.name)
        elif isinstance(item, ast.FunctionDef) and item.name == "__tablename__":
            name = _returned(module, item)
            names = name is None
            start, end = module.name_span(node)
    is_sqlmodel = any(item.arg == "table" and module.constant(item.value) is True for item in node.keywords)
    default = name is None and is_sqlmodel
    if default:
        name = node.name.lower()
    if name is None and not fields and not names:
        return None
    table, constraints, indexes = _arguments(module, arguments, TableName("", name or "", start, end))
    attributes = tuple((target, column.name) for target, column, _ in fields)
    made_table = CreateTable(table, tuple(column for _, column, _ in fields), tuple(constraints))
    declarations: list[Statement] = [made_table] if name else []
    own = dict(attributes)
    if name:
        declarations += (_index(module, call, table, own) for call in indexes)
        declarations += _column_indexes(module, table, fields)
        if arguments is not None and not _is_understood(module, arguments):
            declarations.append(AlterTable(table, (OtherAction("table args", harmless=False),)))
    full_name = f"{table.schema}.{table.name}" if table.schema else table.name
    kept = tuple(declarations) if name else (CreateTable(TableName("", "", start, end), made_table.columns, ()),)
    return Model(node.name, full_name, attributes, bases, kept, start, end, names, default)


def _assignment(module: Module, item: ast.stmt) -> tuple[str, ast.expr | None, ast.expr | None]:
    match item:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value, None
        case ast.AnnAssign(target=ast.Name(id=name), value=value, annotation=annotation):
            return name, value, annotation
        case ast.FunctionDef(name=name, decorator_list=decorators, returns=annotation) if not name.startswith("__"):
            # A mixin's column is made anew for every model: `@declared_attr def data(cls): return Column(...)`.
            called = {module.dotted(node).rpartition(".")[2] for node in decorators}
            last = item.body[-1]
            if called & {"declared_attr", "directive", "cascading"} and isinstance(last, ast.Return):
                return name, last.value, annotation
    return "", None, None


def _returned(module: Module, function: ast.FunctionDef) -> str | None:
    last = function.body[-1] if function.body else None
    return module.known_string(last.value) if isinstance(last, ast.Return) and last.value else None


def _field(
    module: Module, target: str, value: ast.expr | None, annotation: ast.expr | None
) -> tuple[str, ColumnDefinition, ast.Call | None] | None:
    default = _annotated_type(module, annotation)
    resolved = module.value(value) if value is not None else None
    call = resolved if isinstance(resolved, ast.Call) else None
    if call is not None:
        name = module.dotted(call.func).rpartition(".")[2]
        if name == "Field" and annotation is not None:
            return _sqlmodel_field(module, target, call, annotation)
        if name == "deferred" and call.args and isinstance(call.args[0], ast.Call):
            call = call.args[0]
        if not columns.is_column(module, call, _NO_NAMES):
            return None
    elif default is None or value is not None:
        return None
    start, end = _target_span(module, value, annotation, target)
    if call is None:
        return target, ColumnDefinition(target, default or TypeName("", start, end), start, end), None
    made = columns.column(module, call, _NO_NAMES, target, default)
    return (target, made, call) if made else None


def _target_span(module: Module, value: ast.expr | None, annotation: ast.expr | None, target: str) -> tuple[int, int]:
    node = annotation if annotation is not None else value
    assert node is not None
    start = module.text.rfind(target, 0, module.span(node)[0])
    return max(start, 0), max(start, 0) + len(target)


def _annotated_type(module: Module, annotation: ast.expr | None) -> TypeName | None:
    """Return the type of `Mapped[...]`, `@` and the annotation where the project's map must say; None without it."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return None
    if not isinstance(annotation, ast.Subscript) or not module.dotted(annotation.value).endswith("Mapped"):
        return None
    start, end = module.span(annotation.slice)
    inner = _without_none(annotation.slice)
    text = ast.unparse(inner)
    return TypeName(_PLAIN.get(text, f"@{text}"), start, end)


def _without_none(node: ast.expr) -> ast.expr:
    match node:
        case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional"), slice=inner):
            return inner
        case ast.BinOp(op=ast.BitOr(), left=left, right=ast.Constant(value=None)):
            return left
    return node


def _sqlmodel_field(
    module: Module, target: str, call: ast.Call, annotation: ast.expr
) -> tuple[str, ColumnDefinition, ast.Call | None] | None:
    start, end = _target_span(module, None, annotation, target)
    column = keyword(call, "sa_column")
    if isinstance(column, ast.Call):
        made = columns.column(module, column, _NO_NAMES, target)
        return (target, made, column) if made else None
    type_node = keyword(call, "sa_type")
    plain = _PLAIN.get(ast.unparse(_without_none(annotation)), "")
    made_type = columns.type_of(module, type_node, _NO_NAMES) if type_node else TypeName(plain, start, end)
    keys: tuple[Constraint, ...] = ()
    if module.constant(keyword(call, "primary_key")) is True:
        keys = (Constraint("primary key", "", (target,), start, end),)
    return target, ColumnDefinition(target, made_type, start, end, keys), call


def _arguments(
    module: Module, node: ast.expr | None, table: TableName
) -> tuple[TableName, list[Constraint], list[ast.Call]]:
    """Return the table with its schema, the constraints and the calls of `Index` in `__table_args__`."""
    constraints: list[Constraint] = []
    indexes: list[ast.Call] = []
    items: Sequence[ast.expr] = ()
    if node is not None:
        value = module.value(node)
        items = [value] if isinstance(value, ast.Dict) else module.items(value) or ()
    for item in items:
        value = module.value(item)
        if isinstance(value, ast.Dict):
            for key, part in zip(value.keys, value.values, strict=True):
                if key is not None and module.known_string(key) == "schema":
                    table = replace(table, schema=module.known_string(part) or "")
        elif isinstance(value, ast.Call) and module.dotted(value.func).rpartition(".")[2] == "Index":
            indexes.append(value)
        elif (found := columns.constraint(module, value, _NO_NAMES)) is not None:
            constraints.append(found)
    return table, constraints, indexes


def _is_understood(module: Module, arguments: ast.expr) -> bool:
    """Tell whether all of `__table_args__` is known, so that there are no indexes beside those that are."""
    value = module.value(arguments)
    if isinstance(value, ast.Dict):
        return True
    items = module.items(value)
    if items is None:
        return False
    return not any(isinstance(node, ast.Starred) for node in ast.walk(value)) and all(
        isinstance(module.value(item), ast.Call | ast.Dict) for item in items
    )


def _index(module: Module, call: ast.Call, table: TableName, attributes: dict[str, str]) -> Statement:
    name_node = call.args[0] if call.args else None
    known = module.known_string(name_node) if name_node is not None else None
    name = TableName(table.schema, known, *module.span(name_node)) if known and name_node is not None else None
    return columns.index(module, call, _NO_NAMES, table, call.args[1:], name, attributes)


def _column_indexes(
    module: Module, table: TableName, fields: Sequence[tuple[str, ColumnDefinition, ast.Call | None]]
) -> Iterator[Statement]:
    for _, column, call in fields:
        if call is not None and module.constant(keyword(call, "index")) is True:
            start, end = module.span(call)
            name = TableName(table.schema, f"ix_{table.name}_{column.name}", start, end)
            made = columns.index(module, call, _NO_NAMES, table, [], name)
            from flake8_planalign.formats.sql.syntax import Identifier, IndexElement

            element = IndexElement(Identifier((column.name,), start, end), "", "", start, end)
            yield replace(made, elements=(element,), unique=False)


def _tables(module: Module) -> Iterator[Model]:
    for name, value in module.assigned.items():
        if isinstance(value, ast.Call) and module.dotted(value.func).rpartition(".")[2] == "Table":
            made = _table(module, name, value)
            if made is not None:
                yield made


def _table(module: Module, name: str, call: ast.Call) -> Model | None:
    text = module.known_string(call.args[0]) if call.args else None
    if text is None:
        return None
    start, end = module.span(call.args[0])
    table = TableName(module.known_string(keyword(call, "schema")) or "", text, start, end)
    fields: list[tuple[str, ColumnDefinition, ast.Call | None]] = []
    constraints: list[Constraint] = []
    indexes: list[ast.Call] = []
    for item in call.args[1:]:
        value = module.value(item)
        if columns.is_column(module, value, _NO_NAMES) and isinstance(value, ast.Call):
            made = columns.column(module, value, _NO_NAMES)
            if made is not None:
                fields.append((made.name, made, value))
        elif isinstance(value, ast.Call) and module.dotted(value.func).rpartition(".")[2] == "Index":
            indexes.append(value)
        elif (found := columns.constraint(module, item, _NO_NAMES)) is not None:
            constraints.append(found)
    created = CreateTable(table, tuple(column for _, column, _ in fields), tuple(constraints))
    attributes = tuple((column.name, column.name) for _, column, _ in fields)
    declarations: list[Statement] = [created]
    declarations += (_index(module, item, table, dict(attributes)) for item in indexes)
    declarations += _column_indexes(module, table, fields)
    full_name = f"{table.schema}.{table.name}" if table.schema else table.name
    return Model(name, full_name, attributes, (), tuple(declarations), start, end)


def _loose_indexes(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Yield the module-level calls of `Index`, each with the model whose attributes it names."""
    for statement in module.tree.body:
        value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
        if isinstance(value, ast.Call) and module.dotted(value.func).rpartition(".")[2] == "Index":
            for node in itertools.chain.from_iterable(map(ast.walk, value.args)):
                if isinstance(node, ast.Attribute):
                    base = node.value
                    if isinstance(base, ast.Attribute) and base.attr in ("c", "columns"):
                        base = base.value
                    if isinstance(base, ast.Name):
                        yield base.id, value
                        break


# -- types ----------------------------------------------------------------------------------------------------------


def types(module: Module) -> tuple[tuple[str, TypeName], ...]:
    """Return the SQLAlchemy types that the module names: aliases of JSON types, and its own type decorators."""
    found: list[tuple[str, TypeName]] = []
    for name, value in module.assigned.items():
        if isinstance(value, ast.Call | ast.Attribute | ast.Name):
            made = columns.type_of(module, value, _NO_NAMES)
            if made.name in ("json", "jsonb"):
                found.append((name, made))
    for node in module.classes.values():
        bases = [module.dotted(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases]
        last = [base.rpartition(".")[2] for base in bases]
        decorated = _decorated(module, node)
        if decorated is not None:
            found.append((node.name, decorated))
        elif not _DECORATORS.isdisjoint(last):
            found.append((node.name, TypeName("", *module.name_span(node))))
        elif any(base in columns.TYPES or base.startswith(("JSON", "Json")) for base in last):
            found.append((node.name, columns.type_of(module, node.bases[0], _NO_NAMES)))
    return tuple(found)


def _decorated(module: Module, node: ast.ClassDef) -> TypeName | None:
    """Return the type that a decorator stands for under PostgreSQL, None if the class is none."""
    made: TypeName | None = None
    for item in node.body:
        target, value, _ = _assignment(module, item)
        if target == "impl" and value is not None:
            made = columns.type_of(module, value, _NO_NAMES)
        elif target == "__visit_name__" and value is not None:
            visited = module.known_string(value) or ""
            if visited in columns.TYPES:
                return TypeName(columns.TYPES[visited], *module.name_span(node))
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name in ("load_dialect_impl", "dialect_impl"):
            words = {module.dotted(part) for part in ast.walk(item) if isinstance(part, ast.Attribute | ast.Name)}
            if any(word.endswith("JSONB") for word in words):
                start, end = module.name_span(node)
                return TypeName("jsonb", start, end)
            if any("postgresql" in word and word.endswith(".JSON") for word in words):
                start, end = module.name_span(node)
                return TypeName("json", start, end, ("postgresql",))
            if made is not None and made.name == "json" and _chooses(module, item):
                return TypeName("", *module.name_span(node))
    return made


def _chooses(module: Module, function: ast.FunctionDef) -> bool:
    """Tell whether what a decorator is may be another type than json for PostgreSQL."""
    parts = list(ast.walk(function))
    if not any(isinstance(part, ast.Constant) and part.value == "postgresql" for part in parts):
        return False
    made = [part for part in parts if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)]
    return any(columns.type_of(module, part, _NO_NAMES).name != "json" for part in made)


def annotated(module: Module) -> tuple[tuple[str, TypeName], ...]:
    """Return what `type_annotation_map` says: the annotation as text, and the type at its entry."""
    found: list[tuple[str, TypeName]] = []
    for node in module.classes.values():
        for item in node.body:
            target, value, _ = _assignment(module, item)
            if target == "type_annotation_map" and isinstance(value, ast.Dict):
                for key, part in zip(value.keys, value.values, strict=True):
                    if key is not None:
                        found.append((ast.unparse(key), columns.type_of(module, part, _NO_NAMES)))
    return tuple(found)
