"""SQLAlchemy's columns, types, constraints and indexes as the definitions that they make."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence

from flake8_planalign.formats.sql import read_condition, read_name
from flake8_planalign.formats.sql.definitions import read_elements
from flake8_planalign.formats.sql.expressions import Cursor, Tokens
from flake8_planalign.formats.sql.lexer import Kind, Token, tokenize
from flake8_planalign.formats.sql.syntax import (
    ColumnDefinition,
    Constant,
    Constraint,
    CreateIndex,
    Expression,
    Identifier,
    IndexElement,
    TableName,
    TypeName,
    Unknown,
)
from flake8_planalign.logical.code import Module, Names, keyword

__all__ = ["column", "constraint", "index", "index_elements", "is_column", "is_library", "type_of"]

#: SQLAlchemy's types by their last name; the dialect's own types are named as PostgreSQL names them.
TYPES = {
    "JSON": "json", "JSONB": "jsonb", "Text": "text", "TEXT": "text", "UnicodeText": "text", "CITEXT": "citext",
    "String": "character varying", "Unicode": "character varying", "VARCHAR": "character varying",
    "AutoString": "character varying", "CHAR": "character", "Integer": "integer", "INTEGER": "integer",
    "INT": "integer", "BigInteger": "bigint", "BIGINT": "bigint", "SmallInteger": "smallint", "SMALLINT": "smallint",
    "Boolean": "boolean", "BOOLEAN": "boolean", "Date": "date", "DATE": "date", "Float": "double precision",
    "FLOAT": "double precision", "REAL": "real", "Double": "double precision", "DOUBLE": "double precision",
    "DOUBLE_PRECISION": "double precision", "Numeric": "numeric", "NUMERIC": "numeric", "DECIMAL": "numeric",
    "LargeBinary": "bytea", "BYTEA": "bytea", "BLOB": "bytea", "UUID": "uuid", "Uuid": "uuid", "Interval": "interval",
    "INTERVAL": "interval", "HSTORE": "hstore", "TSVECTOR": "tsvector", "INET": "inet", "CIDR": "cidr",
    "TSTZRANGE": "tstzrange", "TSRANGE": "tsrange", "DATERANGE": "daterange", "INT4RANGE": "int4range",
    "INT8RANGE": "int8range", "NUMRANGE": "numrange", "TSTZMULTIRANGE": "tstzmultirange", "OID": "oid",
    "PickleType": "bytea", "Enum": "enum", "ENUM": "enum", "BIT": "bit", "MACADDR": "macaddr", "MONEY": "money",
    "JSONPATH": "jsonpath", "XML": "xml",
}  # fmt: skip
_TIMES = {"DateTime": "timestamp", "TIMESTAMP": "timestamp", "DATETIME": "timestamp", "Time": "time", "TIME": "time"}
_LIBRARIES = ("sqlalchemy", "sqlmodel", "geoalchemy2", "advanced_alchemy", "pgvector")
_MUTABLE = frozenset({"as_mutable", "associate_with_type"})


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


#: The keywords of what stands in a type's brackets.
_MODIFIERS = {"character varying": ("length",), "numeric": ("precision", "scale")}


def type_of(module: Module, node: ast.expr, names: Names) -> TypeName:
    """Return the PostgreSQL type of an SQLAlchemy type, at its place; `?Name` for one of the project's own."""
    start, end = module.span(node)
    name, modifiers = _type_name(module, node, names, 0)
    return TypeName(name, start, end, modifiers)


def _type_name(module: Module, node: ast.expr, names: Names, depth: int) -> tuple[str, tuple[str, ...]]:
    node = module.value(node, names)
    if depth > 8:
        return "", ()
    arguments: list[ast.expr] = []
    call: ast.Call | None = None
    if isinstance(node, ast.Call):
        call, arguments = node, node.args
        if isinstance(node.func, ast.Attribute):
            match node.func.attr:
                case "with_variant" if len(node.args) > 1:
                    dialects = [module.known_string(item, names) for item in node.args[1:]]
                    chosen = node.args[0] if "postgresql" in dialects else node.func.value
                    return _type_name(module, chosen, names, depth + 1)
                case name if name in _MUTABLE and node.args:
                    return _type_name(module, node.args[0], names, depth + 1)
                case "evaluates_none" | "copy" | "adapt":
                    return _type_name(module, node.func.value, names, depth + 1)
        node = node.func
    dotted = module.dotted(node, names)
    name = _last(dotted)
    of_flask = dotted.split(".")[-2:-1] == ["db"]
    known = is_library(dotted) or of_flask or not (dotted.startswith(".") or name in module.classes or "." in dotted)
    if known and name in ("Enum", "ENUM") and call is not None and _is_false(keyword(call, "native_enum")):
        return "character varying", ()
    if known and name in TYPES:
        if name == "JSON" and "postgresql" in dotted:
            return "json", ("postgresql",)
        keywords = _MODIFIERS.get(TYPES[name], ())
        return TYPES[name], _modifiers(module, arguments, call, keywords, names)
    if known and name in _TIMES:
        zone = keyword(call, "timezone") if call else None
        zone = zone or (arguments[0] if arguments else None)
        zoned = isinstance(zone, ast.Constant) and zone.value is True
        return f"{_TIMES[name]} {'with' if zoned else 'without'} time zone", ()
    if known and name == "ARRAY" and arguments:
        return f"{_type_name(module, arguments[0], names, depth + 1)[0]}[]", ()
    return (f"?{name}" if name else ""), ()


def is_library(dotted: str) -> bool:
    """Tell whether a name is one of SQLAlchemy or of what is built on it."""
    return dotted.startswith(tuple(f"{library}." for library in _LIBRARIES))


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _modifiers(
    module: Module, arguments: Sequence[ast.expr], call: ast.Call | None, keywords: Sequence[str], names: Names
) -> tuple[str, ...]:
    """Return the numbers in a type's brackets, by their keywords or in this order; `text` has none."""
    given = [keyword(call, name) if call else None for name in keywords]
    given = [item or (arguments[place] if place < len(arguments) else None) for place, item in enumerate(given)]
    values = [module.constant(item, names) for item in given]
    return tuple(str(value) for value in values if isinstance(value, int))


def is_column(module: Module, node: ast.expr, names: Names) -> bool:
    """Tell whether an expression is a call that makes a column."""
    return isinstance(node, ast.Call) and _last(module.dotted(node.func, names)) in ("Column", "mapped_column")


def column(
    module: Module, call: ast.Call, names: Names, name: str = "", default_type: TypeName | None = None
) -> ColumnDefinition | None:
    """Return the column that a call of `Column` or `mapped_column` makes; None if its name is not known."""
    arguments = list(call.args)
    start, end = module.span(call)
    if arguments and (first := module.string(arguments[0], names)) is not None:
        name = first.value
        start, end = module.span(arguments[0])
        arguments.pop(0)
    elif (named := keyword(call, "name")) is not None and (text := module.known_string(named, names)):
        name = text
    if not name:
        return None
    made_type = default_type or TypeName("", start, end)
    type_node = keyword(call, "type_")
    constraints: list[Constraint] = []
    generated: Expression | None = None
    for argument in arguments:
        value = module.value(argument, names)
        kind = _last(module.dotted(value.func, names)) if isinstance(value, ast.Call) else ""
        if kind == "ForeignKey" and isinstance(value, ast.Call):
            constraints.append(_foreign_key(module, value, names, (name,)))
        elif kind == "Computed" and isinstance(value, ast.Call) and value.args:
            computed = module.string(value.args[0], names)
            generated = read_condition(computed.value, computed.places) if computed else None
        elif kind not in ("Identity", "Sequence", "CheckConstraint", "FetchedValue", "DefaultClause"):
            type_node = type_node or argument
    if type_node is not None:
        made_type = type_of(module, type_node, names)
    if _is_true(module, keyword(call, "primary_key"), names):
        constraints.append(Constraint("primary key", "", (name,), start, end))
    if _is_true(module, keyword(call, "unique"), names):
        constraints.append(Constraint("unique", "", (name,), start, end))
    nullable = keyword(call, "nullable")
    not_null = isinstance(nullable, ast.Constant) and nullable.value is False
    default = _default(module, keyword(call, "server_default") or keyword(call, "default"), names)
    return ColumnDefinition(name, made_type, start, end, tuple(constraints), not_null, default, generated)


def _default(module: Module, node: ast.expr | None, names: Names) -> Expression | None:
    """Return a constant default as SQL: text as it is written, a document of Python's as JSON."""
    if node is None:
        return None
    start, end = module.span(node)
    value = module.value(node, names)
    if isinstance(value, ast.Lambda):
        value = value.body
    if isinstance(value, ast.Dict | ast.List):
        try:
            return Constant("string", json.dumps(ast.literal_eval(value)), start, end)
        except (ValueError, TypeError, RecursionError):
            return None
    text = module.string(value, names)
    return Constant("string", text.value.strip().strip("'"), start, end) if text else None


def _is_true(module: Module, node: ast.expr | None, names: Names) -> bool:
    return module.constant(node, names) is True


def _foreign_key(module: Module, call: ast.Call, names: Names, columns: tuple[str, ...]) -> Constraint:
    start, end = module.span(call)
    target = module.known_string(call.args[0], names) if call.args else None
    name = module.known_string(keyword(call, "name"), names) or ""
    table = (target or "").rpartition(".")[0]
    return Constraint("foreign key", name, columns, start, end, read_name(table, start, end) if table else None)


def constraint(module: Module, node: ast.expr, names: Names) -> Constraint | None:
    """Return the constraint that a call of SQLAlchemy's makes, None if it is none."""
    node = module.value(node, names)
    if not isinstance(node, ast.Call):
        return None
    start, end = module.span(node)
    name = module.known_string(keyword(node, "name"), names) or ""
    match _last(module.dotted(node.func, names)):
        case "PrimaryKeyConstraint":
            return Constraint("primary key", name, tuple(_strings(module, node.args, names)), start, end)
        case "UniqueConstraint":
            return Constraint("unique", name, tuple(_strings(module, node.args, names)), start, end)
        case "ForeignKeyConstraint":
            columns = tuple(module.strings(node.args[0], names)) if node.args else ()
            targets = module.strings(node.args[1], names) if len(node.args) > 1 else []
            table = targets[0].rpartition(".")[0] if targets else ""
            references = read_name(table, start, end) if table else None
            return Constraint("foreign key", name, columns, start, end, references)
        case "ExcludeConstraint":
            words = [str(item.value) for item in ast.walk(node) if isinstance(item, ast.Constant)]
            return Constraint("exclude", name, (), start, end, words=("using", "gist", *words))
        case "CheckConstraint":
            return Constraint("check", name, (), start, end)
    return None


def _strings(module: Module, nodes: Sequence[ast.expr], names: Names) -> Iterator[str]:
    for node in nodes:
        value = module.known_string(node, names)
        yield value if value is not None else (node.attr if isinstance(node, ast.Attribute) else "")


def index(
    module: Module,
    call: ast.Call,
    names: Names,
    table: TableName,
    elements: Sequence[ast.expr],
    name: TableName | None,
    attributes: dict[str, str] | None = None,
) -> CreateIndex:
    """Return the index that a call with SQLAlchemy's keywords makes over the given elements."""
    start, end = module.span(call)
    spread = _spread(module, call, names)

    def option(name: str) -> ast.expr | None:
        return keyword(call, name) or (spread or {}).get(name)

    method = module.known_string(option("postgresql_using"), names)
    # Whatever an index is that takes options from elsewhere, nothing is said of it.
    method = "?" if spread is None else method or "btree"
    operators = _operator_classes(module, option("postgresql_ops"), names)
    where_node = option("postgresql_where")
    where: Expression | None = None
    if where_node is not None:
        text = module.string(where_node, names)
        where = read_condition(text.value, text.places) if text else _rendered(module, where_node, names, attributes)
    unique = _is_true(module, option("unique"), names)
    made = tuple(index_elements(module, elements, names, operators, attributes))
    return CreateIndex(name, table, method.lower(), made, unique, where, start, end, if_not_exists=False)


def _spread(module: Module, call: ast.Call, names: Names) -> dict[str, ast.expr] | None:
    """Return the keywords that a call takes from dictionaries (`**options`), None where they are not known."""
    found: dict[str, ast.expr] = {}
    for item in call.keywords:
        if item.arg is None:
            value = module.value(item.value, names)
            if not isinstance(value, ast.Dict):
                return None
            for key, part in zip(value.keys, value.values, strict=True):
                name = key.value if isinstance(key, ast.Constant) else module.constant(key, names)
                if not isinstance(name, str):
                    return None
                found[name] = part
    return found


def _operator_classes(module: Module, node: ast.expr | None, names: Names) -> dict[str, str]:
    if node is None:
        return {}
    node = module.value(node, names)
    if not isinstance(node, ast.Dict):
        return {"": "?"}
    found = {}
    for key, value in zip(node.keys, node.values, strict=True):
        name = module.known_string(key, names) if key is not None else None
        chosen = module.known_string(value, names)
        # Some write the order of a column here, which is no operator class.
        found[name or ""] = "?" if chosen is None else re.sub(r"(?i)\b(?:asc|desc)\b", "", chosen).strip()
    return found


def index_elements(
    module: Module,
    nodes: Sequence[ast.expr],
    names: Names,
    operators: dict[str, str],
    attributes: dict[str, str] | None = None,
) -> Iterator[IndexElement]:
    """Yield the elements of an index: column names, `text()`, and SQLAlchemy expressions as the SQL they become."""
    for node in nodes:
        start, end = module.span(node)
        value = module.value(node, names)
        label = ""
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "label":
            label = module.known_string(value.args[0], names) or "" if value.args else ""
            value = value.func.value
        text = module.string(value, names)
        if text is None:
            expression = _rendered(module, value, names, attributes)
            yield IndexElement(expression, operators.get(label or _name_of(expression), ""), "", start, end)
        elif isinstance(value, ast.Call):
            bracket = [Token(Kind.MARK, "(", start, start), *_placed(text.value, start, end)]
            tokens = Tokens([*bracket, Token(Kind.MARK, ")", end, end)])
            yield from read_elements(Cursor(tokens))
        else:
            column_name = (attributes or {}).get(text.value, text.value)
            identifier = Identifier((column_name,), start, end)
            yield IndexElement(identifier, operators.get(text.value, ""), "", start, end)


def _placed(text: str, start: int, end: int) -> Iterator[Token]:
    for token in tokenize(text):
        yield Token(token.kind, token.value, start, end)


def _name_of(expression: Expression) -> str:
    return expression.parts[-1] if isinstance(expression, Identifier) else ""


def _rendered(module: Module, node: ast.expr, names: Names, attributes: dict[str, str] | None) -> Expression:
    from flake8_planalign.logical import orm

    found = orm.render_bare(module, node, names, attributes or {})
    start, end = module.span(node)
    return found if found is not None else Unknown(start, end)
