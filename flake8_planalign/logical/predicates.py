"""Conditions on documents, judged against the indexes of the final schema."""

from __future__ import annotations

import collections
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from flake8_planalign.formats.sql.syntax import (
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
    Unary,
    Unknown,
)
from flake8_planalign.logical import forms, matcher
from flake8_planalign.logical.depth import (
    DEEP,
    EXTRACTING,
    EXTRACTORS,
    is_extraction,
    jsonpath_steps,
    named_steps,
    outermost,
)
from flake8_planalign.logical.model import Column, DeepPath, Index, Predicate, Schema, Table, Verdict
from flake8_planalign.logical.remedies import SOUGHT, remedy
from flake8_planalign.rule import Position

__all__ = ["Judge"]

#: A query with more conditions or tables is no query that somebody wrote; each condition is held against all others.
TERM_LIMIT: Final = 300
_CONTAINMENT = frozenset({"@>", "?", "?|", "?&", "@?", "@@"})
_COMPARED = frozenset({"=", "<", "<=", ">", ">=", "between", "in", "= any", "like", "ilike", "~", "~*", "is null",
                       "is not null", "is true", "is false"})  # fmt: skip
_FUNCTIONS = {
    "jsonb_path_exists": "@?", "json_exists": "@?", "jsonb_path_match": "@@", "jsonb_contains": "@>",
    "jsonb_exists": "?", "jsonb_exists_any": "?|", "jsonb_exists_all": "?&",
}  # fmt: skip
#: Functions of many rows (PostgreSQL, section 9.21); no index holds what they give.
_AGGREGATES = frozenset({
    "array_agg", "avg", "bit_and", "bit_or", "bool_and", "bool_or", "corr", "count", "every", "json_agg",
    "json_object_agg", "jsonb_agg", "jsonb_object_agg", "max", "min", "mode", "percentile_cont", "percentile_disc",
    "range_agg", "stddev", "stddev_pop", "stddev_samp", "string_agg", "sum", "var_pop", "var_samp", "variance",
})  # fmt: skip
#: What no rule tells, so that no remedy is asked for.
_QUIET = frozenset({Verdict.SERVED, Verdict.UNKNOWN})


class _Found(msgspec.Struct, frozen=True):
    """A table and a column of it that an identifier means, and the name that the table has in the query."""

    table: Table
    column: Column
    alias: str


class _Clause(msgspec.Struct, frozen=True):
    """Where a condition stands: whether it joins, and the tables whose rows an outer join keeps whatever it says.

    `loose` has the tables that an outer join keeps for each term of the query, by the term's identity.
    """

    joins: bool
    kept: tuple[str, ...]
    loose: Mapping[int, tuple[str, ...]]


class Judge(msgspec.Struct):
    """Judges the conditions of one file; `position` makes a position of two character indexes."""

    schema: Schema
    position: Callable[[int, int], Position]
    rendered: bool = False
    extra_terms: Sequence[Expression] = ()
    extra_scope: Scope | None = None

    def query(self, query: Query) -> Iterator[Predicate | DeepPath]:
        """Yield what a query's conditions ask of documents."""
        terms = [term for _, condition in query.conditions for term in matcher.conjuncts(condition)]
        kept = query.kept or ((),) * len(query.conditions)
        loose: dict[int, tuple[str, ...]] = {}
        for (_, condition), names in zip(query.conditions, kept, strict=True):
            loose.update((id(term), names) for term in matcher.conjuncts(condition) if names)
        if len(terms) > TERM_LIMIT or len(query.scope.tables) > TERM_LIMIT:
            return
        found: list[Predicate | DeepPath] = []
        for place, (kind, condition) in enumerate(query.conditions):
            if kind == "having" and any(isinstance(item, Call) and _aggregates(item) for item in forms.walk(condition)):
                continue
            clause = _Clause(kind == "on", kept[place], loose)
            for term in matcher.conjuncts(condition):
                found += self._term(term, query.scope, terms, clause)
                found += self._deep(term, query.scope)
        # Whether a key is there is asked of what the conditions beside it leave.
        sought = {item.table for item in found if isinstance(item, Predicate) and item.equality}
        for item in found:
            if not isinstance(item, Predicate) or not item.tests_null or item.table not in sought:
                yield item

    # -- which column ---------------------------------------------------------------------------------------------

    def _resolve(self, identifier: Identifier, scope: Scope | None) -> _Found | None:
        *before, name = identifier.parts
        while scope is not None:
            if before:
                for alias, table_name in scope.tables:
                    # SQL within an expression of an ORM speaks of the table, the expression of its class.
                    named = self.rendered and table_name is not None and table_name.name == before[-1]
                    if alias == before[-1] or named:
                        table = self._table(table_name)
                        column = table.columns.get(name) if table else None
                        return _Found(table, column, alias) if table and column else None
            else:
                tables = [(alias, table) for alias, item in scope.tables if (table := self._table(item)) is not None]
                known = [(alias, table) for alias, table in tables if name in table.columns]
                if len(known) == 1:
                    alias, table = known[0]
                    return _Found(table, table.columns[name], alias)
                if known or len(tables) < len(scope.tables):
                    return None
            scope = scope.outer
        return None

    def _type(self, identifier: Identifier, scope: Scope) -> str:
        found = self._resolve(identifier, scope)
        return found.column.type if found is not None else ""

    def _table(self, name: TableName | None) -> Table | None:
        return self.schema.table(name.name, name.schema) if name is not None else None

    # -- one condition --------------------------------------------------------------------------------------------

    def _term(
        self, term: Expression, scope: Scope, terms: Sequence[Expression], clause: _Clause
    ) -> Iterator[Predicate]:
        if isinstance(term, Junction):
            # The terms of an OR must all be served; they are judged where they are all about documents.
            parts = [list(self._term(part, scope, [*terms, part], clause)) for part in term.terms]
            if all(parts) and not any(item.verdict is Verdict.SERVED for part in parts for item in part):
                # Several values of one expression are one question.
                asked: dict[tuple[str, str, str], Predicate] = {}
                for item in itertools.chain.from_iterable(parts):
                    asked.setdefault((item.table, item.text, item.column), item)
                yield from asked.values()
            return
        term = forms.settled(term, lambda identifier: self._type(identifier, scope))
        if isinstance(term, Cast) and term.type.name == "boolean":
            # `WHERE (a->>'b')::boolean` is what `... = true` is to PostgreSQL.
            true = Constant("word", "true", term.end, term.end)
            term = Binary("=", term, true, term.start, term.end, term.start, term.end)
        subject = self._subject(term, scope)
        if subject is None:
            return
        atom, found, shape = subject
        if found.table.opaque:
            # What is asked for may be a column, an index or a type that nobody could read.
            return
        yield self._judged(atom, found, shape, scope, terms, clause=clause, term=term)

    def _subject(
        self, term: Expression, scope: Scope
    ) -> tuple[matcher.Atom, _Found, Literal["containment", "extraction", "function"]] | None:
        """Return the document's column in a term, with the term as an atom over it."""
        if isinstance(term, Call) and term.name in _FUNCTIONS and len(term.arguments) > 1:
            column = forms.root_column(term.arguments[0])
            found = self._resolve(column, scope) if column else None
            if found is None or found.column.type != "jsonb":
                return None
            name_end = term.start + len(term.name)
            operator = _FUNCTIONS[term.name]
            atom = matcher.Atom(
                operator, term.arguments[0], term.arguments[1], term.start, term.end, term.start, name_end
            )
            return atom, found, "function"
        sides = forms.children(term) if isinstance(term, Binary) else (term.operand,) if isinstance(term, Unary) else ()
        for side in sides:
            column = forms.root_column(side)
            found = self._resolve(column, scope) if column else None
            if found is None or column is None or found.column.type not in ("jsonb", "json"):
                continue
            own = frozenset(
                item.start
                for item in forms.walk(term)
                if isinstance(item, Identifier)
                and (other := self._resolve(item, scope)) is not None
                and other.table is found.table
                and item.parts[:-1] == column.parts[:-1]
            )
            atom_found = matcher.atom_of(term, own)
            if atom_found is None or not _is_same(atom_found.subject, side):
                continue
            if atom_found.operator in _CONTAINMENT:
                return (atom_found, found, "containment") if found.column.type == "jsonb" else None
            if atom_found.operator in _COMPARED and _takes_out(atom_found.subject):
                if atom_found.operator in SOUGHT and not _has_prefix(atom_found.other):
                    return None
                if forms.form_of(side) is None and None not in forms.json_steps(side):
                    # No index could be named for it.
                    return None
                return atom_found, found, "extraction"
        return None

    def _judged(
        self,
        atom: matcher.Atom,
        found: _Found,
        shape: Literal["containment", "extraction", "function"],
        scope: Scope,
        terms: Sequence[Expression],
        *,
        clause: _Clause,
        term: Expression,
    ) -> Predicate:
        table, column = found.table, found.column
        # What the query has from chains before may be what a partial index holds.
        known = [*terms, *self.extra_terms]
        verdict, index, reason = self._verdict(atom, found, shape, known)
        if verdict is not Verdict.SERVED and any(_holds_its_rows(index, term, known) for index in table.indexes):
            verdict = Verdict.SERVED
        if column.type == "json" and not column.explicit and self.schema.runs_elsewhere(column.typed.path):
            # Where it is no json of PostgreSQL, no index of PostgreSQL's is asked for.
            verdict = Verdict.UNKNOWN
        selectivity = self._selectivity(table, scope, terms, clause.loose)
        if selectivity == "key":
            verdict = Verdict.SERVED if verdict is not Verdict.UNKNOWN else verdict
        elif found.alias in clause.kept:
            # Every row is in the result, so no index chooses any.
            verdict = Verdict.UNKNOWN
        elif selectivity == "index" and verdict is Verdict.NO_INDEX and _tells_presence(atom):
            # Of the rows that another index finds, it keeps those that have a key, or lack one.
            verdict = Verdict.UNKNOWN
        elif verdict is not Verdict.SERVED and not (
            _is_looked_up(atom) and self._is_looked_up_here(atom, found, scope, terms)
        ):
            verdict = Verdict.UNKNOWN
        at, at_end = _place(atom, shape)
        if self.rendered and shape != "containment":
            at, at_end = atom.start, atom.start
        return Predicate(
            position=self.position(at, at_end),
            shape=shape,
            table=table.full_name,
            column=column.name,
            declared=column.named,
            operator=atom.operator if shape != "extraction" else _extractor(atom.subject),
            text=f"{forms.sql_of(atom.subject)} {atom.operator} ...",
            verdict=verdict,
            index=index.name if index else "",
            reason=reason,
            remedy="" if verdict in _QUIET else remedy(atom, table, column, shape),
            rendered=self.rendered,
            keys=_keys(atom, shape),
            equality=atom.operator in ("=", "in", "= any", "@>"),
            tests_null=atom.operator in ("is null", "is not null"),
            joins=clause.joins,
            bound_key=_bound_key(atom.subject) and not self.rendered,
            selective=selectivity == "index",
        )

    def _verdict(
        self,
        atom: matcher.Atom,
        found: _Found,
        shape: Literal["containment", "extraction", "function"],
        terms: Sequence[Expression],
    ) -> tuple[Verdict, Index | None, str]:
        table, column = found.table, found.column
        related = [_settled(index, table) for index in table.indexes if _is_about(index, column.name)]
        if shape == "function":
            called = any(isinstance(item.expression, Call) for index in related for item in index.elements)
            return Verdict.UNKNOWN if called else Verdict.NO_INDEX, None, ""
        answers = [(index, matcher.serves(index, atom, terms, column.type)) for index in related]
        if any(answer is True for _, answer in answers):
            return Verdict.SERVED, None, ""
        if any(answer is None for _, answer in answers) or any(
            item.kind == "exclude" and column.name in item.words for item in table.constraints
        ):
            # The index of an exclusion may serve as well.
            return Verdict.UNKNOWN, None, ""
        if _bound_key(atom.subject) and not self.rendered:
            bound = next((index for index in related if _is_expression(index, column.name)), None)
            if bound is not None:
                return Verdict.OTHER_FORM, bound, "a key that is bound matches no index under a generic plan"
        for index in related:
            why = _why_not(index, atom, column, shape, terms)
            if why is not None:
                other_form, reason = why
                verdict = Verdict.OTHER_FORM if other_form else Verdict.CANNOT_SERVE
                return verdict, index, reason
        return Verdict.NO_INDEX, None, ""

    def _selectivity(
        self, table: Table, scope: Scope, terms: Sequence[Expression], loose: Mapping[int, tuple[str, ...]]
    ) -> str:
        """Return "key" if the terms fix a key of the table, "index" if an indexed column, else nothing.

        A term that is not known (`WHERE {scope} AND ...`) may well fix one. A term of an outer join fixes nothing of
        the tables that are kept whole, which `loose` has for it.
        """
        fixed: set[str] = set()
        pairs = [(scope, term) for term in terms]
        if self.extra_scope is not None:
            pairs += ((self.extra_scope, term) for term in self.extra_terms)
        for where, term in pairs:
            match term:
                case Binary(operator="=" | "in" | "= any", left=left, right=right):
                    for side in (left, right):
                        plain = side.operand if isinstance(side, Cast) else side
                        found = self._resolve(plain, where) if isinstance(plain, Identifier) else None
                        if found is not None and found.table is table and found.alias not in loose.get(id(term), ()):
                            fixed.add(found.column.name)
        keys = [item.columns for item in table.constraints if item.kind in ("primary key", "unique")]
        for index in table.indexes:
            names = [item.expression.parts[-1] for item in index.elements if isinstance(item.expression, Identifier)]
            if index.unique and index.where is None and len(names) == len(index.elements):
                keys.append(tuple(names))
        if any(key and fixed.issuperset(key) for key in keys):
            return "key"
        leading = {key[0] for key in keys if key}
        for index in table.indexes:
            first = index.elements[0].expression if index.elements else None
            known = [term for _, term in pairs]
            if isinstance(first, Identifier) and (index.where is None or matcher.implied(index.where, known) is True):
                leading.add(first.parts[-1])
        unknown = any(isinstance(term, Unknown | Parameter) for _, term in pairs)
        return "index" if fixed & leading or unknown else ""

    def _is_looked_up_here(self, atom: matcher.Atom, found: _Found, scope: Scope, terms: Sequence[Expression]) -> bool:
        """Tell whether a join may find rows by their documents, and not for them those of the other table by its key.

        It does the latter where the query narrows the document's table and nothing else.
        """
        other = forms.uncast(atom.other)
        owner = self._owner(other, scope) if atom.operator == "=" and isinstance(other, Identifier) else ""
        if not isinstance(other, Identifier) or owner in ("", found.alias):
            return True
        target = self._resolve(other, scope)
        if target is not None and not _is_key(target.table, target.column.name):
            return True
        narrowed: set[str] = set()
        for term in terms:
            names = {self._owner(item, scope) for item in forms.walk(term) if isinstance(item, Identifier)} - {""}
            narrowed |= names if len(names) == 1 else set()
        return narrowed != {found.alias}

    def _owner(self, identifier: Identifier, scope: Scope) -> str:
        """Return the name in the query of the table that a column is of, whether that table is known or not."""
        if len(identifier.parts) > 1 and any(alias == identifier.parts[-2] for alias, _ in scope.tables):
            return identifier.parts[-2]
        found = self._resolve(identifier, scope)
        return found.alias if found is not None else ""

    # -- deep paths -----------------------------------------------------------------------------------------------

    def _deep(self, term: Expression, scope: Scope) -> Iterator[DeepPath]:
        for item in outermost(term):
            column = forms.root_column(item)
            found = self._resolve(column, scope) if column else None
            if found is not None and not found.table.opaque and found.column.type in ("json", "jsonb"):
                steps = named_steps(item)
                if len(steps) >= DEEP:
                    at, at_end = (item.at, item.at_end) if isinstance(item, Binary) else (item.start, item.end)
                    if self.rendered:
                        at, at_end = item.start, item.end
                    yield DeepPath(self.position(at, at_end), forms.sql_of(item), len(steps), "a condition")
        if isinstance(term, Binary) and term.operator in ("@?", "@@"):
            column = forms.root_column(term.left)
            found = self._resolve(column, scope) if column else None
            path = term.right.operand if isinstance(term.right, Cast) else term.right
            known = found is not None and not found.table.opaque and found.column.type == "jsonb"
            if known and isinstance(path, Constant):
                steps_in = jsonpath_steps(path.value)
                if steps_in >= DEEP:
                    yield DeepPath(self.position(term.at, term.at_end), path.value, steps_in, "a condition")


def _is_key(table: Table, column: str) -> bool:
    """Tell whether one column alone tells the rows of a table apart."""
    keys = [item.columns for item in table.constraints if item.kind in ("primary key", "unique")]
    return (column,) in map(tuple, keys)


def _aggregates(call: Call) -> bool:
    return call.aggregate or call.name in _AGGREGATES


def _tells_presence(atom: matcher.Atom) -> bool:
    """Tell whether a condition asks only whether there is anything: is it null, is it the empty text."""
    value = forms.uncast(atom.other)
    is_empty = isinstance(value, Constant) and value.kind == "string" and not value.value
    return atom.operator in ("is null", "is not null") or (atom.operator == "=" and is_empty)


def _is_looked_up(atom: matcher.Atom) -> bool:
    """Tell whether GIN finds rows by a condition: by the members that a path goes through, or by `==` or `exists`."""
    path = forms.uncast(atom.other)
    if atom.operator not in ("@?", "@@") or not isinstance(path, Constant):
        return True
    members = atom.operator == "@?" and "." in path.value.partition("?")[0]
    return members or "==" in path.value or "exists" in path.value


def _takes_out(subject: Expression) -> bool:
    return any(is_extraction(item) for item in forms.walk(subject))


def _is_same(one: Expression, other: Expression) -> bool:
    return one.start == other.start and one.end == other.end


def _has_prefix(pattern: Expression | None) -> bool:
    """Tell whether a pattern is known to begin with something that an index could look up."""
    inner = forms.uncast(pattern)
    return isinstance(inner, Constant) and bool(re.match(r"[^%_^(\[.*\\]", inner.value))


def _extractor(subject: Expression) -> str:
    for item in forms.walk(subject):
        if isinstance(item, Binary) and item.operator in EXTRACTING:
            return item.operator
        if isinstance(item, Subscript):
            return "[]"
        if isinstance(item, Call) and item.name in EXTRACTORS:
            return f"{item.name}()"
    return ""


def _place(atom: matcher.Atom, shape: str) -> tuple[int, int]:
    if shape == "extraction":
        for item in forms.walk(atom.subject):
            if isinstance(item, Binary) and item.operator in EXTRACTING:
                return item.at, item.at_end
            if isinstance(item, Subscript):
                return item.at, item.end
            if isinstance(item, Call) and item.name in EXTRACTORS:
                return item.start, item.start + len(item.name)
    return atom.at, atom.at_end


def _settled(index: Index, table: Table) -> Index:
    """Return an index without the casts in its expressions to what a column has become since."""

    def kind_of(identifier: Identifier) -> str:
        column = table.columns.get(identifier.parts[-1])
        return column.type if column is not None else ""

    if all(isinstance(item.expression, Identifier) for item in index.elements):
        return index
    elements = tuple(replace(item, expression=forms.settled(item.expression, kind_of)) for item in index.elements)
    return replace(index, elements=elements)


def _holds_its_rows(index: Index, term: Expression, terms: Sequence[Expression]) -> bool:
    """Tell whether an index holds just the rows of a condition: it is one of those that it is partial by."""
    if index.where is None:
        return False
    wanted = forms.form_of(term)
    held = any(forms.form_of(item) == wanted for item in matcher.conjuncts(index.where))
    return wanted is not None and held and matcher.implied(index.where, terms) is True


def _is_about(index: Index, column: str) -> bool:
    return any(column in forms.columns_of(item.expression) for item in index.elements)


def _is_expression(index: Index, column: str) -> bool:
    """Tell whether an index is on something that is taken out of a column."""
    return any(
        not isinstance(item.expression, Identifier) and column in forms.columns_of(item.expression)
        for item in index.elements
    )


def _bound_key(subject: Expression) -> bool:
    return any(
        (isinstance(item, Binary) and item.operator in EXTRACTING and isinstance(item.right, Parameter))
        or (isinstance(item, Subscript) and isinstance(item.index, Parameter))
        for item in forms.walk(subject)
    )


def _keys(atom: matcher.Atom, shape: str) -> tuple[str, ...]:
    """Return the keys whose values a condition compares."""
    if shape == "extraction":
        steps = forms.json_steps(atom.subject)
        return (steps[-1],) if steps and steps[-1] is not None else ()
    if atom.operator == "@>":
        value = forms.uncast(atom.other)
        if isinstance(value, Constant) and value.kind == "string":
            try:
                document = json.loads(value.value)
            except (ValueError, RecursionError):
                return ()
            return tuple(_compared(document))
        if isinstance(value, Call):
            return tuple(_built(value))
    return ()


def _compared(document: object) -> Iterator[str]:
    """Yield the keys of a document, at any depth, that hold values and no documents."""
    pending = collections.deque([document])
    while pending:
        inner = pending.popleft()
        if isinstance(inner, list):
            pending += inner
        elif isinstance(inner, dict):
            yield from (key for key, value in inner.items() if not isinstance(value, dict | list) or not value)
            pending += (value for value in inner.values() if isinstance(value, dict | list))


def _built(call: Call) -> Iterator[str]:
    """Yield those keys of a document that `jsonb_build_object` makes."""
    pending = collections.deque([call])
    while pending:
        inner = pending.popleft()
        if inner.name in ("jsonb_build_object", "json_build_object"):
            for key, value in zip(inner.arguments[::2], inner.arguments[1::2], strict=False):
                if isinstance(value, Call) and value.name.endswith(("build_object", "build_array")):
                    pending.append(value)
                elif isinstance(key, Constant):
                    yield key.value
        elif inner.name in ("jsonb_build_array", "json_build_array"):
            pending += (item for item in inner.arguments if isinstance(item, Call))


def _why_not(
    index: Index, atom: matcher.Atom, column: Column, shape: str, terms: Sequence[Expression]
) -> tuple[bool, str] | None:
    """Return whether it is the form in which an index differs, and why it does not serve; None if not meant for it."""
    wanted = forms.form_of(matcher.collated(atom.subject)[0])
    steps = forms.json_steps(atom.subject)
    for place, element in enumerate(index.elements):
        expression = matcher.collated(element.expression)[0]
        same = forms.form_of(expression) == wanted
        if shape == "containment":
            if same and index.method == "gin":
                chosen = element.operator_class or "jsonb_ops"
                if atom.operator not in matcher.GIN_OPERATORS.get(chosen, ()):
                    return False, f"its operator class {chosen} does not know `{atom.operator}`"
            elif same and index.method in ("btree", "hash") and place == 0:
                method = "B-tree" if index.method == "btree" else "hash"
                return False, f"a {method} index does not know `{atom.operator}`"
            elif index.method == "gin" and isinstance(expression, Identifier) and steps:
                return False, f"it indexes `{column.name}` as a whole, and the condition is on a part of it"
            elif index.method == "gin" and steps and forms.json_steps(expression) == steps and not same:
                return True, f"it indexes `{forms.sql_of(expression)}`, which is another expression"
        elif (
            index.method in ("btree", "hash")
            and not isinstance(expression, Identifier)
            and forms.json_steps(expression) == steps
            and not same
        ):
            return True, f"it indexes `{forms.sql_of(expression)}`, which is another expression"
        elif same and index.method in ("btree", "hash") and not matcher.same_collation(element, atom):
            return False, "it is ordered by another collation"
        if same and index.where is not None and matcher.implied(index.where, terms) is False:
            return False, f"it holds only rows with `{forms.sql_of(index.where)}`, which the query does not imply"
    return None
