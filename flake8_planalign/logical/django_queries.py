"""Filters of Django's ORM as the SQL that Django writes for PostgreSQL, with the places of the Python code."""

from __future__ import annotations

import ast
import functools
import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Final, Literal

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
    TableName,
    TypeName,
    Unary,
    Unknown,
)
from flake8_planalign.logical.code import MANAGERS, Module
from flake8_planalign.logical.django import key_path
from flake8_planalign.logical.orm import Mapping
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.source import lines_of

__all__ = ["lookup", "matters", "own_lookups", "queries"]

_FILTERS: Final = frozenset({"filter", "get", "get_or_create", "aget", "complex_filter"})
_MANAGER: Final = lazy(r"\.(?:objects|_default_manager|_base_manager)\b")
#: Methods that choose no rows, or whose conditions are read.
_KEEPING: Final = frozenset({
    *_FILTERS, "aggregate", "alias", "all", "annotate", "count", "defer", "delete", "distinct", "exclude", "exists",
    "explain", "first", "get_queryset", "in_bulk", "iterator", "last", "latest", "earliest", "only", "order_by",
    "prefetch_related", "reverse", "select_for_update", "select_related", "update", "using", "values", "values_list",
    "acount", "adelete", "aexists", "afirst", "alast", "aupdate", "aiterator", "db_manager",
})  # fmt: skip
_NAMED: Final = frozenset({"defaults", "create_defaults"})
_EXACT: Final = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "contains": "@>", "contained_by": "<@"}
_EXISTENCE: Final = {"has_key": "?", "has_keys": "?&", "has_any_keys": "?|"}
#: Lookups on the text of a value; those that ignore its case compare it in upper case.
_TEXT: Final = {
    "iexact": "like", "icontains": "like", "startswith": "like", "istartswith": "like", "endswith": "like",
    "iendswith": "like", "regex": "~", "iregex": "~*",
}  # fmt: skip
_LOOKUP_NAME: Final = lazy(r"""^\s+lookup_name\s*(?::[^=\n]+)?=\s*["'](\w+)["']""", re.MULTILINE)
_LOOKUPS: Final = frozenset({*_EXACT, *_EXISTENCE, *_TEXT, "in", "range", "isnull"})


def matters(text: str) -> bool:
    """Tell whether a file can choose rows by Django's ORM."""
    return "filter(" in text or (".objects" in text and (".get(" in text or ".get_or_create(" in text))


def own_lookups(project: Project) -> frozenset[str]:
    """Return the names of the lookups that a project registers itself, for which nobody knows the SQL."""
    return project.remembered(
        "lookups of its own",
        lambda: frozenset(
            name
            for path in project.files("*.py")
            if "lookup_name" in (text := project.read(path) or "")
            for name in _LOOKUP_NAME.findall(text)
        ),
    )


def queries(
    module: Module,
    mapping: Mapping,
    own: Callable[[], frozenset[str]] = frozenset,
    models: frozenset[str] = frozenset(),
) -> Iterator[Query]:
    """Yield a query for each chain of `filter` or `get` calls on a model's manager, with its conditions as SQL.

    `own` gives the project's own lookups, and is asked where a path may end in one. What a method of one of the classes
    `models` gives is filtered like its manager: `Event.visible_to(user).filter(...)`.
    """
    seen: set[int] = set()
    lines = lines_of(_MANAGER, module.text)
    if models and any(f"{name}." in module.text for name in models):
        lines = sorted({*lines, *lines_of(_methods(models), module.text)})
    on_managers = module.expressions_on(lines)
    for node in itertools.chain.from_iterable(map(ast.walk, on_managers)):
        if not isinstance(node, ast.Call) or id(node) in seen or not _is_filter(node):
            continue
        calls: list[ast.Call] = []
        current: ast.expr = node
        model = ""
        while not (isinstance(current, ast.Attribute) and current.attr in MANAGERS):
            name = current.attr if isinstance(current, ast.Attribute) else getattr(current, "id", "")
            if name in models and calls and not (_is_filter(calls[-1]) and _called_on(calls[-1]) is current):
                model = name
                break
            if isinstance(current, ast.Call):
                if isinstance(current.func, ast.Attribute):
                    calls.append(current)
                    seen.add(id(current))
                current = current.func
            elif isinstance(current, ast.Attribute):
                current = current.value
            else:
                break
        if not model and isinstance(current, ast.Attribute) and isinstance(current.value, ast.Name | ast.Attribute):
            model = module.dotted(current.value).rpartition(".")[2]
        if model:
            reader = _Reader(module, mapping, model, own)
            conditions = [item for call in reversed(calls) for item in reader.conditions(call)]
            if any(not isinstance(item, Unknown) for item in conditions) and reader.table:
                if any(isinstance(call.func, ast.Attribute) and call.func.attr not in _KEEPING for call in calls):
                    # A method of the project's own may choose rows too.
                    conditions.append(Unknown(*module.span(node)))
                scope = Scope(((reader.table, TableName("", reader.table, 0, 0)),))
                start, end = module.span(node)
                where: Literal["where"] = "where"
                yield Query(scope, tuple((where, item) for item in conditions), start, end)


@functools.lru_cache(16)
def _methods(models: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(models)))})(?:\s*\.\s*[a-z]\w*)+\(")


def _called_on(call: ast.Call) -> ast.expr | None:
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _is_filter(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr in _FILTERS and bool(node.args or node.keywords)


class _Reader:
    """The walk over the calls of one chain, which begins at the manager of a model."""

    def __init__(self, module: Module, mapping: Mapping, model: str, own: Callable[[], frozenset[str]]) -> None:
        self.own = own
        self.module = module
        self.mapping = mapping
        self.model = model
        self.table = ""
        self.annotated: dict[str, Expression] = {}

    def conditions(self, call: ast.Call) -> Iterator[Expression]:
        """Yield the conditions that a call of the chain adds."""
        assert isinstance(call.func, ast.Attribute)
        if call.func.attr in ("annotate", "alias"):
            for item in call.keywords:
                if item.arg and (found := self._annotation(item.value)) is not None:
                    self.annotated[item.arg] = found
        elif _is_filter(call):
            for argument in call.args:
                yield self._object(argument, 0)
            yield from self._keywords(call)

    def _annotation(self, node: ast.expr) -> Expression | None:
        node = self.module.value(node)
        if not isinstance(node, ast.Call) or not node.args:
            return None
        kind = self.module.dotted(node.func).rpartition(".")[2]
        path = self.module.known_string(node.args[0])
        if kind not in ("KT", "F") or path is None or self._column(path.split("__")[0]) is None:
            return None
        return key_path(path, *self.module.span(node), as_text=kind == "KT")

    def _keywords(self, call: ast.Call) -> Iterator[Expression]:
        for item in call.keywords:
            if item.arg is not None:
                if item.arg not in _NAMED:
                    start = self.module.index(item.lineno, item.col_offset)
                    yield self._lookup(item.arg, item.value, start, start + len(item.arg))
            elif isinstance(item.value, ast.Dict):
                for key, value in zip(item.value.keys, item.value.values, strict=True):
                    name = self.module.known_string(key) if key is not None else None
                    if name is not None and key is not None:
                        yield self._lookup(name, value, *self.module.span(key))
                    else:
                        yield Unknown(*self.module.span(value))
            else:
                yield Unknown(*self.module.span(item.value))

    def _object(self, node: ast.expr, depth: int) -> Expression:
        """Return the condition of a `Q` object and what is made of such."""
        start, end = self.module.span(node)
        node = self.module.value(node)
        if depth < 10:
            match node:
                case ast.BinOp(op=ast.BitAnd() | ast.BitOr() as operator, left=left, right=right):
                    word: Literal["and", "or"] = "and" if isinstance(operator, ast.BitAnd) else "or"
                    return Junction(word, (self._object(left, depth + 1), self._object(right, depth + 1)), start, end)
                case ast.UnaryOp(op=ast.Invert(), operand=operand):
                    return Unary("not", self._object(operand, depth + 1), start, end, start, start + 1)
                case ast.Call() if self.module.dotted(node.func).rpartition(".")[2] == "Q":
                    terms = (*(self._object(item, depth + 1) for item in node.args), *self._keywords(node))
                    return terms[0] if len(terms) == 1 else Junction("and", terms, start, end)
        return Unknown(start, end)

    def _column(self, attribute: str) -> tuple[str, str, str] | None:
        found = self.mapping.column(self.model, attribute)
        if found is not None:
            self.table = found[0]
        return found

    def _lookup(self, name: str, value: ast.expr, start: int, end: int) -> Expression:
        first, *rest = name.split("__")
        if first in self.annotated:
            operator = rest[0] if rest else "exact"
            sign = {"exact": "=", "in": "= any"}.get(operator)
            other = Parameter(*self.module.span(value))
            return Binary(sign, self.annotated[first], other, start, end, start, end) if sign else Unknown(start, end)
        column = self._column(first)
        if column is None:
            return Unknown(start, end)
        subject = Identifier((column[0], column[1]), start, start + len(first))
        if column[2] not in ("jsonb", "json"):
            # Only a comparison for equality says something about how many rows are left.
            sign = {(): "=", ("exact",): "=", ("in",): "= any"}.get(tuple(rest))
            return Binary(sign, subject, Parameter(start, end), start, end, start, end) if sign else Unknown(start, end)
        if rest and rest[-1] not in _LOOKUPS and rest[-1] in self.own():
            return Unknown(start, end)
        return lookup(subject, rest, self._value(value), start, end)

    def _value(self, node: ast.expr) -> Expression:
        """Return a value as the JSON that Django binds, as far as it is known."""
        start, end = self.module.span(node)
        items = self.module.items(node)
        if items is not None:
            return Array(tuple(self._value(item) for item in items[:100]), start, end)
        node = self.module.value(node)
        if isinstance(node, ast.Dict) and (document := self.module.document(node)) is not None:
            return Constant("string", json.dumps(document), start, end)
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None):
            return Constant("string", json.dumps(node.value), start, end)
        return Parameter(start, end)


def lookup(subject: Expression, path: list[str], value: Expression, start: int, end: int) -> Expression:
    """Return the condition that Django writes for the lookup `path` on a JSON column, `Unknown` if it is not known."""
    named = path[-1] if path and path[-1] in _LOOKUPS else "exact"
    keys = path[:-1] if path and path[-1] in _LOOKUPS else path
    document = _within(subject, keys, start, end, as_text=False)
    if named == "isnull":
        is_null = isinstance(value, Constant) and value.value == "true"
        return Unary("is null" if is_null else "is not null", document, start, end, start, end)
    if named in _EXISTENCE:
        if named == "has_key" and isinstance(value, Constant):
            value = Constant("string", str(json.loads(value.value)), value.start, value.end)
        return Binary(_EXISTENCE[named], document, value, start, end, start, end)
    if named == "in":
        operator = "in" if isinstance(value, Array) else "= any"
        return Binary(operator, document, value, start, end, start, end)
    if named in _EXACT:
        if isinstance(value, Array):
            value = Constant("string", "[]", value.start, value.end)
        return Binary(_EXACT[named], document, value, start, end, start, end)
    if named in _TEXT and keys:
        text: Expression = _within(subject, keys, start, end, as_text=True)
        text = Cast(text, TypeName("text", start, end), start, end)
        if named in ("iexact", "icontains", "istartswith", "iendswith"):
            text = Call("upper", (text,), start, end)
            if named == "iexact":
                return Binary("=", text, Parameter(value.start, value.end), start, end, start, end)
        pattern: Expression = Parameter(value.start, value.end)
        if named == "startswith" and isinstance(value, Constant):
            pattern = Constant("string", f"{json.loads(value.value)}%", value.start, value.end)
        return Binary(_TEXT[named], text, pattern, start, end, start, end)
    return Unknown(start, end)


def _within(subject: Expression, keys: list[str], start: int, end: int, *, as_text: bool) -> Expression:
    """Return what Django writes for the keys of a path: `->` for one, `#>` for several."""
    if not keys:
        return subject
    if len(keys) == 1:
        number = keys[0].lstrip("-").isdigit()
        key = Constant("number" if number else "string", keys[0], start, end)
        return Binary("->>" if as_text else "->", subject, key, start, end, start, end)
    listed = Constant("string", "{" + ",".join(keys) + "}", start, end)
    return Binary("#>>" if as_text else "#>", subject, listed, start, end, start, end)
