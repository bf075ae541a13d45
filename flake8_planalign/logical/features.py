"""Tables of features in time: which tables they are, what is missing in them, and who writes over their history."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

from flake8_planalign.config import Logical
from flake8_planalign.formats.sql.syntax import Delete, Insert, Statement, TableName, Truncate, Update
from flake8_planalign.logical.code import MANAGERS, Module, keyword
from flake8_planalign.logical.model import FeatureWrite, Schema, Table, TimelessFeatures, UnguardedVersions
from flake8_planalign.rule import Position

__all__ = ["Features", "orm_writes"]

_TIMES = frozenset({"event_time", "event_timestamp", "valid_from", "event_ts", "effective_from", "observed_at"})
#: Columns that may well be the time of what happened, in tables that only a default pattern takes for features.
_LIKE_TIMES = frozenset({"timestamp", "ts", "as_of", "as_of_date", "as_of_time", "feature_timestamp", "snapshot_date"})
_RANGES = frozenset({"tstzrange", "tsrange", "daterange", "tstzmultirange"})
_ZONED = frozenset({"timestamp with time zone", "date"})
#: Columns of a list of features: their names, what is said of them, and what no such list has.
_NAMES = frozenset({"name", "feature_name"})
_DESCRIBES = frozenset({"description", "value_type", "data_type", "dtype", "feature_type", "type"})
#: Columns of a table `features` whose rows are what a product can do.
_PLANNED = frozenset({"category", "priority", "status"})
_VALUES = frozenset({"value", "feature_value", "entity_id", "user_id", "customer_id"})
_GUARDING_WORDS = ("overlaps", "&&", "period")
_At = Callable[[int, int], Position]


class Features:
    """Which tables hold features: by the plan's patterns, or by the default ones where the project learns models."""

    def __init__(self, logical: Logical, schema: Schema) -> None:
        self.schema = schema
        self.patterns = logical.feature_tables
        self.configured = logical.feature_tables != Logical().feature_tables
        self.active = self.configured or schema.learns

    def includes(self, name: str, schema: str = "") -> bool:
        """Tell whether a table is one of features; never one of flags, nor by a default pattern one that lists them."""
        if not self.active or "flag" in name.lower():
            return False
        names = (name.lower(), f"{schema}.{name}".lower())
        if not self.configured and (table := self.schema.table(name, schema)) is not None and _names_features(table):
            return False
        return any(fnmatch.fnmatchcase(item, pattern.lower()) for item in names for pattern in self.patterns)

    def judge(self, table: Table, path: str, at: _At) -> Iterator[TimelessFeatures | UnguardedVersions]:
        """Yield what is missing in a table that is made in the file at `path`."""
        known = {name.lower(): column for name, column in table.columns.items()}
        if {"valid_from", "valid_to"} <= known.keys() and table.place.path == path and not _is_guarded(table):
            yield UnguardedVersions(at(table.place.start, table.place.end), table.full_name)
        if table.partial or table.derived or not self.includes(table.name, table.schema) or not known:
            return
        if not self.configured and not _LIKE_TIMES.isdisjoint(known):
            return
        if not self.configured and any(known[name].type in _ZONED for name in _keyed_by(table) & known.keys()):
            # The rows of each day, or of each moment, stand beside each other.
            return
        times = [known[name] for name in _TIMES if name in known]
        if any(column.type in _ZONED | {""} for column in times):
            return
        if any(column.type in _RANGES for column in table.columns.values()):
            return
        naive = next((column for column in times if column.type == "timestamp without time zone"), None)
        place = naive.typed if naive is not None else table.place
        if place.path == path:
            name = naive.name if naive is not None else ""
            yield TimelessFeatures(at(place.start, place.end), table.full_name, name, self.configured)

    def write(self, statement: Statement, function: str, at: _At) -> Iterator[FeatureWrite]:
        """Yield what a statement does to the history of features."""
        match statement:
            case Update(table=table, columns=columns, start=start, end=end) if self._includes(table):
                yield FeatureWrite(at(start, end), table.name, "update", columns, function, self.configured)
            case Insert(table=table, columns=columns, conflict=(start, end)) if self._includes(table):
                yield FeatureWrite(at(start, end), table.name, "conflict", columns, function, self.configured)
            case Delete(table=table, start=start, end=end) if self._includes(table):
                yield FeatureWrite(at(start, end), table.name, "delete", (), function, self.configured)
            case Truncate(tables=tables, start=start, end=end):
                for table in tables:
                    if self._includes(table):
                        yield FeatureWrite(at(start, end), table.name, "truncate", (), function, self.configured)

    def _includes(self, table: TableName) -> bool:
        return self.includes(table.name, table.schema)


def _names_features(table: Table) -> bool:
    """Tell whether a table lists which features there are, rather than what they are worth for whom."""
    columns = {name.lower() for name in table.columns}
    says = _DESCRIBES | _PLANNED if table.name.lower() in ("feature", "features") else _DESCRIBES
    return not _NAMES.isdisjoint(columns) and not says.isdisjoint(columns) and _VALUES.isdisjoint(columns)


def _keyed_by(table: Table) -> set[str]:
    """Return the columns of a table's primary key, in small letters."""
    return {name.lower() for item in table.constraints if item.kind == "primary key" for name in item.columns}


def _is_guarded(table: Table) -> bool:
    for constraint in table.constraints:
        if constraint.kind == "exclude" or any(word in _GUARDING_WORDS for word in constraint.words):
            return True
    return any(index.unique and index.where is not None for index in table.indexes)


def orm_writes(module: Module, features: Features, tables: Mapping[str, str], at: _At) -> Iterator[FeatureWrite]:
    """Yield what code does to feature rows by an ORM; `tables` are the tables of the classes that map features."""
    classes = set(tables)
    for function in ast.walk(module.tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        held = _held(module, function, classes)
        for node in _own_nodes(function):
            found = _written(module, node, classes, held)
            if found is None:
                continue
            how, name, columns, place = found
            position = at(*place)
            configured = features.configured
            yield FeatureWrite(position, tables[name].rpartition(".")[2], how, columns, function.name, configured)


def _own_nodes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            pending += ast.iter_child_nodes(node)


def _name(module: Module, node: ast.expr) -> str:
    return module.dotted(node).rpartition(".")[2]


def _held(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef, classes: set[str]) -> dict[str, str]:
    """Return the local names that hold a row that is in the database: what a query or a parameter gave."""
    held: dict[str, str] = {}
    for argument in (*function.args.args, *function.args.kwonlyargs):
        if argument.annotation is not None and _name(module, argument.annotation) in classes:
            held[argument.arg] = _name(module, argument.annotation)
    for node in _own_nodes(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            for call in module.calls(node.value):
                called = call.func.attr if isinstance(call.func, ast.Attribute) else _name(module, call.func)
                if called in ("get", "get_one", "query", "select", "scalar") and call.args:
                    name = _name(module, call.args[0])
                    if name in classes:
                        held[node.targets[0].id] = name
                elif called in _ONE_ROW and (name := _managed(module, call)) in classes:
                    held[node.targets[0].id] = name
    return held


def _managed(module: Module, node: ast.expr) -> str:
    """Return the class of a chain of calls on a manager of Django's (`Event.objects.filter(...)`), or nothing."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            return _name(module, node.value)
        node = node.func if isinstance(node, ast.Call) else node.value
    return ""


_How = Literal["update", "conflict", "attribute", "delete", "truncate"]
#: The methods of Django's managers and query sets that write rows which are there, and those that give one.
_BY_MANAGER: Final[dict[str, _How]] = {
    "update": "update", "aupdate": "update", "bulk_update": "update", "abulk_update": "update",
    "update_or_create": "conflict", "aupdate_or_create": "conflict", "bulk_create": "conflict",
    "abulk_create": "conflict", "delete": "delete", "adelete": "delete",
}  # fmt: skip
_ONE_ROW: Final = frozenset({"get", "aget", "first", "afirst", "last", "alast", "earliest", "latest"})
_Written = tuple[_How, str, tuple[str, ...], tuple[int, int]]


def _written(module: Module, node: ast.AST, classes: set[str], held: Mapping[str, str]) -> _Written | None:
    columns: tuple[str, ...]
    match node:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=owner), attr=attribute) as target]) if owner in held:
            end = module.span(target)[1]
            return "attribute", held[owner], (attribute,), (end - len(attribute), end)
        case ast.AugAssign(target=ast.Attribute(value=ast.Name(id=owner), attr=attribute) as target) if owner in held:
            end = module.span(target)[1]
            return "attribute", held[owner], (attribute,), (end - len(attribute), end)
        case ast.Call(func=ast.Attribute(attr=attribute)) if (
            attribute in _BY_MANAGER and (name := _managed(module, node)) in classes
        ):
            how = _BY_MANAGER[attribute]
            columns = ("?",)
            if attribute in ("update", "aupdate"):
                columns = tuple(item.arg for item in node.keywords if item.arg) or ("?",)
            elif attribute in ("bulk_update", "abulk_update"):
                columns = tuple(module.strings(node.args[1] if len(node.args) > 1 else keyword(node, "fields"))) or (
                    "?",
                )
            elif attribute in ("bulk_create", "abulk_create") and keyword(node, "update_conflicts") is None:
                return None
            elif isinstance(defaults := keyword(node, "defaults"), ast.Dict):
                columns = tuple(module.known_string(key) or "?" for key in defaults.keys if key is not None)
            return how, name, columns if how != "delete" else (), module.called_span(node)
        case ast.Call(func=ast.Attribute(attr="values", value=inner)) if made := _made(module, inner, "update"):
            name = _name(module, made.args[0]) if made.args else ""
            if name in classes:
                columns = tuple(item.arg for item in node.keywords if item.arg)
                return "update", name, columns, module.called_span(made)
        case ast.Call(func=ast.Attribute(attr="update", value=inner), args=[ast.Dict() as values, *_]):
            query = _made(module, inner, "query")
            name = _name(module, query.args[0]) if query is not None and query.args else ""
            if name in classes:
                keys = (module.known_string(key) or getattr(key, "attr", "") for key in values.keys if key is not None)
                return "update", name, tuple(keys), module.called_span(node)
        case ast.Call(func=ast.Attribute(attr="on_conflict_do_update", value=inner)):
            made = _made(module, inner, "insert")
            name = _name(module, made.args[0]) if made is not None and made.args else ""
            changed = keyword(node, "set_")
            if name in classes:
                known = changed.keys if isinstance(changed, ast.Dict) else []
                columns = tuple(module.known_string(key) or "" for key in known if key is not None) or ("?",)
                return "conflict", name, columns, module.called_span(node)
        case ast.Call(func=ast.Name() | ast.Attribute(), args=[argument, *_]) if (
            _name(module, node.func) == "delete" and _name(module, argument) in classes
        ):
            return "delete", _name(module, argument), (), module.called_span(node)
        case ast.Call(func=ast.Attribute(attr="delete", value=inner)):
            query = _made(module, inner, "query")
            name = _name(module, query.args[0]) if query is not None and query.args else ""
            if name in classes:
                return "delete", name, (), module.called_span(node)
    return None


def _made(module: Module, node: ast.expr, name: str) -> ast.Call | None:
    """Return the call of `update`, `insert` or `query` at the beginning of a chain of calls."""
    while isinstance(node, ast.Call):
        if _name(module, node.func) == name or (isinstance(node.func, ast.Attribute) and node.func.attr == name):
            return node
        node = node.func.value if isinstance(node.func, ast.Attribute) else ast.Constant(None)
    return None
