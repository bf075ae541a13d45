"""SQLAlchemy expressions as the SQL that SQLAlchemy writes for PostgreSQL, with the places of the Python code."""

from __future__ import annotations

import ast
import functools
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal, NamedTuple

import msgspec

from flake8_planalign.formats.sql import read_condition
from flake8_planalign.formats.sql.syntax import (
    Array,
    Binary,
    Call,
    Cast,
    Constant,
    Expression,
    Identifier,
    Junction,
    Parameter,
    Query,
    Scope,
    Subscript,
    TableName,
    TypeName,
    Unary,
    Unknown,
)
from flake8_planalign.logical.code import Module, Names
from flake8_planalign.patterns import lazy
from flake8_planalign.source import lines_of

__all__ = ["Mapping", "matters", "queries", "render_bare"]

_FILTERS: Final = frozenset({"where", "filter", "having"})
_METHODS: Final = {
    "contains": "@>", "contained_by": "<@", "has_key": "?", "has_any": "?|", "has_all": "?&", "path_exists": "@?",
    "path_match": "@@", "like": "like", "ilike": "ilike", "startswith": "like", "endswith": "like", "in_": "in",
    "not_in": "not in", "notin_": "not in", "notlike": "not like", "not_like": "not like", "is_": "is",
    "is_not": "is not", "isnot": "is not", "regexp_match": "~", "eq_any": "= any",
}  # fmt: skip
_COMPARISONS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_AS: Final = {
    "as_string": ("character varying", True), "as_integer": ("integer", True), "as_float": ("double precision", True),
    "as_boolean": ("boolean", True), "as_numeric": ("numeric", True), "as_json": ("", False),
}  # fmt: skip
_TEXT: Final = lazy(r"\btext\(")
_COLUMNS: Final = ("c", "columns")
_JUNCTIONS: Final = {"and_": "and", "or_": "or"}


class Mapping(msgspec.Struct, frozen=True):
    """How names of the code become columns: `column` gives (table, column, its type) of a class's attribute.

    `subscripts` tells whether SQLAlchemy writes `a['k']` for a step into a JSONB document, as it does from 2.0.42 on.
    """

    column: Callable[[str, str], tuple[str, str, str] | None]
    subscripts: bool = True


def matters(text: str) -> bool:
    """Tell whether a file can choose rows."""
    return any(word in text for word in (".where(", ".filter(", ".having(", ".join(", ".outerjoin("))


def queries(
    module: Module, mapping: Mapping, documents: Iterable[str]
) -> Iterator[tuple[Query, tuple[Expression, ...]]]:
    """Yield a query for each chain of `where` or `filter` calls, with its conditions as SQL.

    Beside it stand the conditions that the same query has from chains before: of `query = query.where(...)`.
    Only the statements are read that name one of the attributes `documents`, or hold a condition as text.
    """
    there = frozenset(name for name in documents if name in module.text)
    asked = lines_of(_attributes(there), module.text) if there else []
    if "text(" in module.text:
        asked = sorted((*asked, *lines_of(_TEXT, module.text)))
    seen: set[int] = set()
    for node in itertools.chain.from_iterable(map(ast.walk, module.expressions_on(asked))):
        if not isinstance(node, ast.Call) or id(node) in seen or not (_is_filter(node) or _is_join(node)):
            continue
        chain = _chain(node)
        seen |= {id(call) for call in chain.calls}
        renderer = _Renderer(module, mapping, {})
        written = chain.conditions
        if _selects_nothing(chain.root):
            # `select(1).where(...).exists()` is about the rows of a query around it, by what it does not say.
            written = [item for item in written if len(_owners(item[1])) < 2]
        conditions = [(kind, renderer.render(item)) for kind, item in written]
        if renderer.tables:
            named = [item for _, item in chain.conditions if isinstance(item, ast.Name)]
            earlier = [*_before(module, chain.root), *(value for item in named for value in _values(module, item))]
            before = tuple(map(renderer.render, earlier))
            scope = Scope(tuple((name, TableName("", table, 0, 0)) for name, table in renderer.tables.items()))
            start, end = module.span(node)
            outer = [chain.outer.get(id(item), "") for _, item in written]
            kept = tuple(tuple(name for name in renderer.tables if joined not in ("", name)) for joined in outer)
            yield Query(scope, tuple(conditions), start, end, kept=kept), before


@functools.lru_cache(16)
def _attributes(names: frozenset[str]) -> re.Pattern[str]:
    either = "|".join(map(re.escape, sorted(names)))
    return re.compile(rf"\.(?:{either})\b|\.c(?:olumns)?\[")


def _selects_nothing(root: ast.expr) -> bool:
    """Tell whether a chain begins with a `select` of constants alone."""
    return isinstance(root, ast.Call) and all(isinstance(item, ast.Constant) for item in root.args)


def _owners(condition: ast.expr) -> set[str]:
    """Return the names that seem to be classes whose attributes stand in a condition."""
    attributes = (node.value for node in ast.walk(condition) if isinstance(node, ast.Attribute))
    return {node.id for node in attributes if isinstance(node, ast.Name) and node.id[:1].isupper()}


class _Chain(NamedTuple):
    """Calls one behind the other: those that filter, their conditions, and what the first of all is called on.

    `outer` has for the condition of an outer join, by its identity, the class that is joined.
    """

    calls: list[ast.Call]
    conditions: list[tuple[Literal["where", "on", "having"], ast.expr]]
    root: ast.expr
    outer: dict[int, str]


def _chain(node: ast.expr) -> _Chain:
    found = _Chain([], [], node, {})
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if _is_filter(node):
            found.calls.append(node)
            kind: Literal["where", "having"] = "having" if node.func.attr == "having" else "where"
            found.conditions.extend((kind, argument) for argument in node.args)
        elif _is_join(node):
            found.calls.append(node)
            found.conditions.append(("on", node.args[1]))
            if isinstance(node.args[0], ast.Name) and _is_outer(node):
                found.outer[id(node.args[1])] = node.args[0].id
        node = node.func.value
    return found._replace(root=node)


def _before(module: Module, root: ast.expr) -> list[ast.expr]:
    """Return the conditions of the chains that a name was assigned before, in the function around."""
    if not isinstance(root, ast.Name):
        return []
    chains = map(_chain, _values(module, root))
    return [item for chain in chains for kind, item in chain.conditions[:20] if kind == "where"]


def _values(module: Module, name: ast.Name) -> list[ast.expr]:
    """Return what a name was assigned before, in the function around."""
    function = module.function_around(name)
    if function is None:
        return []
    assigned = module.once(f"assigned in {function.lineno}", lambda: _assigned(function))
    return [value for value in assigned.get(name.id, ()) if value.lineno < name.lineno][:20]


def _assigned(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, list[ast.expr]]:
    """Return what each name of a function is assigned."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _is_filter(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr in _FILTERS and bool(node.args)


def _is_join(node: ast.Call) -> bool:
    """Tell whether a call joins a table under a condition of its own."""
    return isinstance(node.func, ast.Attribute) and node.func.attr in ("join", "outerjoin") and len(node.args) > 1


def _is_outer(node: ast.Call) -> bool:
    outer = (item.value for item in node.keywords if item.arg == "isouter")
    is_true = any(isinstance(value, ast.Constant) and value.value is True for value in outer)
    return is_true or (isinstance(node.func, ast.Attribute) and node.func.attr == "outerjoin")


def render_bare(module: Module, node: ast.expr, names: Names, attributes: dict[str, str]) -> Expression | None:
    """Return the expression of an index over its own table, whose attributes are columns; None if it is not known."""

    def column(_owner: str, attribute: str) -> tuple[str, str, str] | None:
        return "", attributes.get(attribute, attribute), "jsonb"

    renderer = _Renderer(module, Mapping(column), names, bare=True)
    found = renderer.render(node)
    return None if isinstance(found, Unknown) else found


class _Renderer:
    """The walk over one expression; `tables` are the tables that it names, by the names of their classes."""

    def __init__(self, module: Module, mapping: Mapping, names: Names, *, bare: bool = False) -> None:
        self.module = module
        self.mapping = mapping
        self.names = names
        self.bare = bare
        self.tables: dict[str, str] = {}
        self.types: dict[int, str] = {}
        self.depth = 0
        #: Within a jsonpath, whose operators stand in the constant parts of an f-string.
        self.in_path = False

    def render(self, node: ast.expr) -> Expression:
        """Return the SQL of an expression, `Unknown` for what is not understood."""
        self.depth += 1
        try:
            start, end = self.module.span(node)
            found = self._render(node, start, end) if self.depth < 40 else None
            return found if found is not None else Unknown(start, end)
        finally:
            self.depth -= 1

    def _render(self, node: ast.expr, start: int, end: int) -> Expression | None:
        match node:
            case ast.Constant(value=value):
                return _constant(value, start, end)
            case ast.Attribute(attr="astext", value=inner):
                return self._text(inner, start, end)
            case ast.Attribute():
                return self._column(node, start, end)
            case ast.Name():
                known = self.module.value(node, self.names)
                if self.bare and known is not node:
                    return self.render(known)
                return self._column(node, start, end) if self.bare else Parameter(start, end)
            case ast.Subscript(value=value, slice=index):
                keyed = self._keyed(node, start, end)
                return self._step(value, index, start, end, text=False) if keyed is None else keyed
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._compare(left, operator, right, start, end)
            case ast.UnaryOp(op=ast.Invert() | ast.Not(), operand=operand):
                return Unary("not", self.render(operand), start, end, start, start + 1)
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr() as operator, left=left, right=right):
                word: Literal["and", "or"] = "and" if isinstance(operator, ast.BitAnd) else "or"
                return Junction(word, (self.render(left), self.render(right)), start, end)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return Array(tuple(map(self.render, items)), start, end)
            case ast.Dict():
                return self._document(node, start, end)
            case ast.Call():
                return self._call(node, start, end)
            case ast.JoinedStr() if self.in_path:
                text = self.module.string(node, self.names)
                return Constant("string", text.value, start, end) if text else None
            case ast.JoinedStr() | ast.BinOp() | ast.IfExp() | ast.Await():
                return Parameter(start, end)
        return None

    def _column(self, node: ast.expr, start: int, end: int) -> Expression | None:
        """Return the column that `Model.attribute`, `table.c.column` or (in an index) a bare name is."""
        if isinstance(node, ast.Name):
            found = self.mapping.column("", node.id)
            return Identifier((found[1],), start, end) if found else None
        assert isinstance(node, ast.Attribute)
        owner = node.value
        if isinstance(owner, ast.Attribute) and owner.attr in _COLUMNS:
            owner = owner.value
        return (self._of(owner, node.attr, start, end) if isinstance(owner, ast.Name) else None) or Parameter(
            start, end
        )

    def _keyed(self, node: ast.Subscript, start: int, end: int) -> Expression | None:
        """Return the column that `table.c["column"]` is; None for a step into a document that is called `c`."""
        value = node.value
        if not (isinstance(value, ast.Attribute) and value.attr in _COLUMNS and isinstance(value.value, ast.Name)):
            return None
        key = self.module.constant(node.slice, self.names)
        owner = value.value
        if not isinstance(key, str) or self.mapping.column(self._class(owner), value.attr) is not None:
            return None
        return self._of(owner, key, start, end)

    def _of(self, owner: ast.Name, attribute: str, start: int, end: int) -> Expression | None:
        """Return the column that an attribute of a class or a column of a table is, None if it is none."""
        found = self.mapping.column(self._class(owner), attribute)
        if found is None:
            return None
        table, column, kind = found
        self.types[start] = kind
        if self.bare:
            return Identifier((column,), start, end)
        self.tables[owner.id] = table
        return Identifier((owner.id, column), start, end)

    def _class(self, owner: ast.Name) -> str:
        """Return the class that a name stands for: by an alias (`aliased(Event)`), an import or itself."""
        value = self.module.value(owner, self.names)
        if value is owner and owner.id not in self.module.imports:
            value = next((item for item in _values(self.module, owner) if isinstance(item, ast.Call)), value)
        if isinstance(value, ast.Call) and self.module.dotted(value.func).endswith("aliased") and value.args:
            value = value.args[0]
        dotted = self.module.dotted(value) if isinstance(value, ast.Name | ast.Attribute) else ""
        return (dotted or owner.id).rpartition(".")[2]

    def _text(self, inner: ast.expr, start: int, end: int) -> Expression | None:
        if isinstance(inner, ast.Subscript):
            return self._step(inner.value, inner.slice, start, end, text=True)
        return None

    def _step(self, value: ast.expr, index: ast.expr, start: int, end: int, *, text: bool) -> Expression | None:
        document = self.render(value)
        if isinstance(document, Unknown | Parameter):
            return Parameter(start, end) if isinstance(document, Parameter) else None
        first, last = self.module.span(index)
        items = self.module.items(index, self.names)
        if items is not None:
            keys = [self.module.constant(item, self.names) for item in items]
            path: Expression = Unknown(first, last)
            if all(isinstance(key, str | int) for key in keys):
                path = Constant("string", "{" + ", ".join(map(str, keys)) + "}", first, last)
            return Binary("#>>" if text else "#>", document, path, start, end, start, end)
        constant = self.module.constant(index, self.names)
        key = _constant(constant, first, last) if constant is not None else Parameter(first, last)
        if text or not self._by_subscript(document):
            return Binary("->>" if text else "->", document, key, start, end, start, end)
        return Subscript(document, key, start, end, first)

    def _by_subscript(self, document: Expression) -> bool:
        if not self.mapping.subscripts:
            return False
        return self.types.get(document.start, "jsonb") == "jsonb"

    def _compare(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, start: int, end: int) -> Expression | None:
        sign = _COMPARISONS.get(type(operator))
        if sign is None:
            return None
        first, second = self.render(left), self.render(right)
        if isinstance(second, Constant) and second.kind == "word" and second.value == "null" and sign in ("=", "<>"):
            return Unary("is null" if sign == "=" else "is not null", first, start, end, start, end)
        return Binary(sign, first, second, start, end, first.start, first.end)

    def _document(self, node: ast.Dict, start: int, end: int) -> Expression:
        """Return a JSON document as a constant, as far as its keys are known."""
        document = self.module.document(node, self.names)
        return Parameter(start, end) if document is None else Constant("string", json.dumps(document), start, end)

    def _call(self, call: ast.Call, start: int, end: int) -> Expression | None:
        function = call.func
        if isinstance(function, ast.Attribute):
            found = self._method(function, call, start, end)
            if found is not None:
                return found
        if isinstance(function, ast.Call) and isinstance(function.func, ast.Attribute) and function.func.attr == "op":
            operator = self.module.known_string(function.args[0], self.names) if function.args else None
            if operator and call.args:
                first, last = self.module.called_span(function)
                left, right = self.render(function.func.value), self.render(call.args[0])
                return Binary(operator, left, right, start, end, first, last)
        name = self.module.dotted(function, self.names).rpartition(".")[2]
        if name in _JUNCTIONS:
            word: Literal["and", "or"] = "and" if name == "and_" else "or"
            terms = tuple(self.render(item) for item in call.args if not isinstance(item, ast.Starred))
            return Junction(word, terms, start, end)
        match name:
            case "not_" if call.args:
                return Unary("not", self.render(call.args[0]), start, end, start, end)
            case "cast" | "type_coerce" if len(call.args) > 1:
                operand = self.render(call.args[0])
                return operand if name == "type_coerce" else self._cast(operand, call.args[1], start, end)
            case "desc" | "asc" | "nulls_first" | "nulls_last" | "nullsfirst" | "nullslast" if self.bare and call.args:
                return self._bare_column(call.args[0])
            case "column" | "literal_column" if self.bare and call.args:
                return self._bare_column(call.args[0])
            case "text" if call.args:
                text = self.module.string(call.args[0], self.names)
                return read_condition(text.value, text.places) if text else None
        return None if self.bare else Parameter(start, end)

    def _bare_column(self, node: ast.expr) -> Expression:
        """Return the column of the table around that a string names, or the expression that is no string."""
        text = self.module.string(node, self.names)
        if text is None:
            return self.render(node)
        start, end = self.module.span(node)
        return Identifier((text.value,), start, end) if text.value.isidentifier() else read_condition(text.value)

    def _cast(self, operand: Expression, type_node: ast.expr, start: int, end: int) -> Expression:
        from flake8_planalign.logical import columns

        return Cast(operand, columns.type_of(self.module, type_node, self.names), start, end)

    def _method(self, function: ast.Attribute, call: ast.Call, start: int, end: int) -> Expression | None:
        name = function.attr
        first, last = self.module.called_span(call)
        if isinstance(function.value, ast.Name | ast.Attribute) and self._is_func(function.value):
            self.in_path, around = name.startswith("jsonb_path_"), self.in_path
            arguments = tuple(map(self.render, call.args))
            self.in_path = around
            return Call(name, arguments, start, end)
        if name in _AS and isinstance(function.value, ast.Subscript):
            type_name, as_text = _AS[name]
            inner = self._step(function.value.value, function.value.slice, start, end, text=as_text)
            digits = map(self.module.constant, call.args if name == "as_numeric" else ())
            cast = TypeName(type_name, first, last, tuple(str(digit) for digit in digits if isinstance(digit, int)))
            return Cast(inner, cast, start, end) if inner and as_text else inner
        if name == "cast" and call.args and not self.module.dotted(function).startswith("sqlalchemy."):
            return self._cast(self.render(function.value), call.args[0], start, end)
        if name in ("label", "self_group", "op", "bool_op"):
            return self.render(function.value) if name in ("label", "self_group") else None
        if name in ("desc", "asc", "nullslast", "nullsfirst", "nulls_last", "nulls_first") and not call.args:
            return self.render(function.value)
        if name == "between" and len(call.args) > 1:
            subject = self.render(function.value)
            bounds = Array((self.render(call.args[0]), self.render(call.args[1])), first, last)
            return Binary("between", subject, bounds, start, end, first, last)
        operator = _METHODS.get(name)
        if operator is None or not call.args:
            return None
        subject = self.render(function.value)
        if isinstance(subject, Parameter | Unknown):
            return Parameter(start, end)
        other = self.render(call.args[0])
        placed = start, end, first, last
        if operator in ("is", "is not"):
            words = {"null", "true", "false"} & {getattr(other, "value", "")}
            return Unary(f"{operator} {words.pop()}", subject, start, end, first, last) if words else None
        if name in ("contains", "endswith") and _is_text(subject):
            sign = Constant("string", "%", first, last)
            operator, other = "like", Binary("||", sign, other, *placed)
            other = Binary("||", other, sign, *placed) if name == "contains" else other
        if operator in ("in", "not in") and not isinstance(other, Array):
            operator = "= any" if operator == "in" else "<> all"
        return Binary(operator, subject, other, start, end, first, last)

    def _is_func(self, node: ast.expr) -> bool:
        return self.module.dotted(node, self.names).rpartition(".")[2] == "func"


def _is_text(expression: Expression) -> bool:
    """Tell whether an expression on a document gives text, of which `contains` asks by LIKE."""
    match expression:
        case Binary(operator="->>" | "#>>"):
            return True
        case Cast(operand=operand, type=kind):
            return "json" not in kind.name and (_is_text(operand) or kind.name.startswith(("character", "text")))
        case Call(name="lower" | "upper"):
            return True
    return False


def _constant(value: object, start: int, end: int) -> Expression:
    match value:
        case bool():
            return Constant("word", str(value).lower(), start, end)
        case int() | float():
            return Constant("number", str(value), start, end)
        case None:
            return Constant("word", "null", start, end)
        case str():
            return Constant("string", value, start, end)
    return Parameter(start, end)
