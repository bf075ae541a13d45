"""The queries of a statement, one for each level of it: which tables they read, and by what they choose rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from flake8_planalign.formats.sql.expressions import Cursor, Tokens, read_expression
from flake8_planalign.formats.sql.lexer import Kind, Token
from flake8_planalign.formats.sql.syntax import (
    Delete,
    Expression,
    Insert,
    Query,
    Scope,
    TableName,
    Truncate,
    Update,
)

__all__ = ["STARTS", "read_queries", "read_table_name"]

#: Brackets within each other in which queries are still looked for.
NESTING_LIMIT: Final = 100

STARTS = frozenset({"select", "insert", "update", "delete", "with", "truncate", "merge", "explain"})
_BEGINS = frozenset({"select", "insert", "update", "delete", "values", "with", "merge"})
_AFTER_TABLE = frozenset({
    "where", "join", "on", "left", "right", "inner", "full", "cross", "natural", "using", "set", "group", "order",
    "limit", "offset", "having", "union", "intersect", "except", "returning", "window", "for", "fetch", "values",
    "select", "tablesample", "default", "overriding", "when", "then", "do", "loop", "from", "into",
})  # fmt: skip
_ASSIGNMENT_ENDS = frozenset({"from", "where", "returning", "on", "when"})
_JOIN_WORDS = frozenset({"left", "right", "inner", "full", "outer", "cross", "natural"})
_CLAUSE_ENDS = frozenset({"group", "order", "limit", "offset", "having", "union", "intersect", "except", "returning",
                          "window", "for", "fetch", "where", "select", "on"})  # fmt: skip
#: What is within a bracket, the tables around it, and the names that the `WITH`s around it give to queries.
_Inner = tuple[Cursor, Scope | None, tuple[set[str], ...]]
_Clause = tuple[Literal["where", "on", "having"], Expression]


def read_table_name(cursor: Cursor) -> TableName | None:
    """Return the table at the cursor and go on behind it; None if there is no name."""
    first = cursor.token
    if first.kind not in (Kind.NAME, Kind.QUOTED):
        return None
    cursor.next()
    parts = [first]
    while cursor.at(".") and cursor.ahead(1).kind in (Kind.NAME, Kind.QUOTED):
        cursor.next()
        parts.append(cursor.next())
    last = parts[-1]
    return TableName(parts[-2].value if len(parts) > 1 else "", last.value, last.start, last.end)


def read_queries(tokens: Tokens) -> Iterator[Query | Update | Insert | Delete | Truncate]:
    """Yield the queries of one statement, the outer before the inner; those too deep in each other are left out."""
    pending: list[_Inner] = [(Cursor(tokens), None, ())]
    while pending:
        cursor, outer, named = pending.pop()
        reader = _Reader(cursor, outer, named)
        yield from reader.read()
        if cursor.depth < NESTING_LIMIT:
            pending += reversed(reader.inner)


class _Reader:
    """The walk over one level of parentheses, which collects the queries in parentheses below it."""

    def __init__(self, cursor: Cursor, outer: Scope | None, around: tuple[set[str], ...]) -> None:
        self.cursor = cursor
        self.outer = outer
        self.own_names: set[str] = set()
        self.named = (*around, self.own_names)
        self.inner: list[_Inner] = []
        self.conflicts_until = -1
        self.merged: TableName | None = None
        self._begin()

    def _begin(self) -> None:
        self.tables: list[tuple[str, TableName | None]] = []
        self.conditions: list[tuple[Literal["where", "on", "having"], int, int, tuple[str, ...]]] = []
        self.joined = "", 0
        self.limited = False
        self.start = self.cursor.token.start
        self.first_inner = len(self.inner)

    def read(self) -> Iterator[Query | Update | Insert | Delete | Truncate]:
        cursor = self.cursor
        previous = ""
        while cursor.place < cursor.stop:
            token = cursor.token
            place = cursor.place
            if token.kind == Kind.MARK and token.value == "(":
                self._bracket()
            elif token.kind != Kind.NAME or previous == ".":
                cursor.next()
            else:
                match token.value:
                    case "union" | "intersect" | "except":
                        yield from self._end()
                        cursor.next()
                        self._begin()
                    case "select" if self.tables:
                        # Another statement, before which the semicolon is missing, or one in a loop over the first.
                        yield from self._end()
                        self._begin()
                        cursor.next()
                    case "with" if cursor.ahead(1).kind in (Kind.NAME, Kind.QUOTED) and self._names_queries():
                        pass
                    case "from" if previous != "distinct":
                        cursor.next()
                        self._from()
                    case "join":
                        self._join()
                    case "using" if self.tables and cursor.ahead(1).kind != Kind.MARK:
                        cursor.next()
                        self._from()
                    case "where" | "having" | "on":
                        self._condition(token.value)
                    case "limit" | "offset" | "fetch":
                        self.limited = True
                        cursor.next()
                    case "merge" if cursor.ahead(1).value == "into":
                        self._merge()
                    case "update" | "delete" if self.merged is not None and previous == "then":
                        yield self._merged_write(token)
                    case "update" if previous not in ("for", "do", "key", "on", "or", "before", "after"):
                        yield from self._update()
                    case "insert" if cursor.ahead(1).value == "into":
                        yield from self._insert()
                    case "delete" if cursor.ahead(1).value == "from":
                        yield from self._delete()
                    case "truncate":
                        yield from self._truncate()
                    case _:
                        cursor.next()
            previous = token.value if cursor.place == place + 1 else ""
        yield from self._end()

    def _end(self) -> Iterator[Query]:
        scope = Scope(tuple(self.tables), self.outer)
        conditions: list[_Clause] = []
        for kind, begin, stop, _ in self.conditions:
            inner = Cursor(self.cursor.tokens, begin, stop)
            conditions.append((kind, read_expression(inner)))
        kept = tuple(item[3] for item in self.conditions)
        for index in range(self.first_inner, len(self.inner)):
            cursor, _, named = self.inner[index]
            self.inner[index] = cursor, scope, named
        if conditions or self.tables:
            yield Query(scope, tuple(conditions), self.start, self.cursor.end_of_last, self.limited, kept)

    def _bracket(self) -> None:
        """Go on behind a bracket; what may hold a query is kept for later."""
        inner = self.cursor.within()
        if inner.place < inner.stop and not inner.at("where"):
            # A bracket that begins with WHERE is the FILTER of an aggregate.
            self.inner.append((inner, None, self.named))

    def _names_queries(self) -> bool:
        """Read `WITH name AS (...)`; tell whether it was that, and not a WITH of some other clause."""
        cursor = self.cursor
        place = cursor.place
        cursor.next()
        cursor.take("recursive")
        while True:
            name = cursor.next().value
            if cursor.at("("):
                cursor.within()
            if not cursor.take("as"):
                cursor.place = place + 1
                return True
            cursor.take("not")
            cursor.take("materialized")
            self.own_names.add(name)
            if cursor.at("("):
                self._bracket()
            if not cursor.take(","):
                return True

    def _from(self) -> None:
        self._item()
        while self.cursor.take(","):
            self._item()

    def _join(self) -> None:
        cursor = self.cursor
        before = [token.value for token in cursor.tokens[max(cursor.place - 2, 0) : cursor.place]]
        word = next((word for word in reversed(before) if word != "outer"), "")
        cursor.next()
        self.joined = word, len(self.tables)
        self._item()

    def _kept(self) -> tuple[str, ...]:
        """Return the tables, by the names that they have here, whose rows the last join keeps in any case."""
        word, first = self.joined
        sides = {"left": self.tables[:first], "right": self.tables[first:], "full": self.tables}
        return tuple(name for name, _ in sides.get(word, ()))

    def _item(self) -> None:
        cursor = self.cursor
        while cursor.take_one("only", "lateral"):
            pass
        if cursor.at("("):
            if cursor.ahead(1).value in _BEGINS or cursor.ahead(1).value == "(":
                self._bracket()
                self._alias("", None)
                return
            # A join in parentheses: its tables are tables of this level.
            close = cursor.closing()
            inner = Cursor(cursor.tokens, cursor.place + 1, close, cursor.depth + 1)
            if inner.depth < 40:
                nested = _Reader(inner, self.outer, self.named)
                nested._item()
                for _ in nested.read():
                    pass
                self.tables += nested.tables
                self.conditions += nested.conditions
                self.inner += nested.inner
            cursor.place = min(close + 1, cursor.stop)
            return
        table = read_table_name(cursor)
        if table is None:
            return
        if cursor.at("("):
            self._bracket()
            self._alias(table.name, None)
        else:
            is_table = table.schema or not any(table.name in names for names in self.named)
            self._alias(table.name, table if is_table else None)

    def _alias(self, name: str, table: TableName | None) -> None:
        cursor = self.cursor
        cursor.take("*")
        if cursor.take("with", "ordinality"):
            pass
        explicit = cursor.take("as")
        token = cursor.token
        if token.kind == Kind.QUOTED or (token.kind == Kind.NAME and (explicit or token.value not in _AFTER_TABLE)):
            name = cursor.next().value
            if cursor.at("("):
                cursor.within()
        self.tables.append((name, table))

    def _condition(self, word: str) -> None:
        cursor = self.cursor
        cursor.next()
        if word == "on" and (cursor.at("conflict") or cursor.at("delete") or cursor.at("update") or not self.tables):
            return
        begin = cursor.place
        while cursor.place < cursor.stop:
            token = cursor.token
            if token.kind == Kind.MARK and token.value == "(":
                self._bracket()
                continue
            if token.kind == Kind.MARK and token.value == ";":
                break
            if token.kind == Kind.NAME and (token.value in _CLAUSE_ENDS or self._joins()):
                break
            if token.value in ("then", "loop") and token.kind == Kind.NAME:
                break
            cursor.next()
        kind: Literal["where", "on", "having"] = "where" if word == "where" else "on" if word == "on" else "having"
        self.conditions.append((kind, begin, cursor.place, self._kept() if kind == "on" else ()))

    def _joins(self) -> bool:
        if self.cursor.token.value == "join":
            return True
        place = 0
        while self.cursor.ahead(place).value in _JOIN_WORDS and place < 3:
            place += 1
        return place > 0 and self.cursor.ahead(place).value == "join"

    def _merge(self) -> None:
        cursor = self.cursor
        cursor.place += 2
        cursor.take("only")
        self.merged = read_table_name(cursor)
        if self.merged is not None:
            self._alias(self.merged.name, self.merged)

    def _merged_write(self, word: Token) -> Update | Delete:
        """Return what a `WHEN MATCHED THEN` does to the table that a MERGE is about."""
        assert self.merged is not None
        self.cursor.next()
        if word.value == "delete":
            return Delete(self.merged, word.start, word.end)
        self.cursor.take("set")
        return Update(self.merged, self._assignments(), word.start, word.end)

    def _update(self) -> Iterator[Update]:
        cursor = self.cursor
        word = cursor.next()
        cursor.take("only")
        table = read_table_name(cursor)
        if table is None:
            return
        self._alias(table.name, table)
        if cursor.take("set"):
            yield Update(table, self._assignments(), word.start, word.end)

    def _assignments(self) -> tuple[str, ...]:
        """Return the columns that `SET` sets and stop before the next clause."""
        cursor = self.cursor
        columns: list[str] = []
        expecting = True
        while cursor.place < cursor.stop:
            token = cursor.token
            if expecting and token.kind == Kind.MARK and token.value == "(":
                inner = cursor.within()
                columns += [item.value for item in inner.tokens[inner.place : inner.stop] if item.kind != Kind.MARK]
                expecting = False
            elif token.kind == Kind.MARK and token.value == "(":
                self._bracket()
            elif (token.kind == Kind.NAME and token.value in _ASSIGNMENT_ENDS and not expecting) or (
                token.kind == Kind.MARK and token.value == ";"
            ):
                break
            else:
                if expecting and token.kind in (Kind.NAME, Kind.QUOTED):
                    name = token.value
                    while cursor.ahead(1).value == "." and cursor.ahead(2).kind in (Kind.NAME, Kind.QUOTED):
                        cursor.place += 2
                        name = cursor.token.value
                    columns.append(name)
                expecting = token.kind == Kind.MARK and token.value == ","
                cursor.next()
        return tuple(columns)

    def _insert(self) -> Iterator[Insert]:
        cursor = self.cursor
        cursor.place += 2
        table = read_table_name(cursor)
        if table is None:
            return
        if cursor.take("as"):
            cursor.next()
        if cursor.at("("):
            cursor.within()
        columns: tuple[str, ...] = ()
        conflict: tuple[int, int] | None = None
        previous = ""
        while cursor.place < cursor.stop:
            token = cursor.token
            if token.kind == Kind.MARK and token.value == "(":
                if previous in ("values", ","):
                    cursor.place = min(cursor.closing() + 1, cursor.stop)
                else:
                    self._bracket()
                previous = ","
                continue
            if token.kind == Kind.NAME and token.value in ("select", "with", "returning"):
                break
            if cursor.at("on", "conflict"):
                start = token.start
                end = cursor.ahead(1).end
                cursor.place += 2
                while cursor.place < cursor.stop and not cursor.at("do"):
                    cursor.place = cursor.closing() + 1 if cursor.at("(") else cursor.place + 1
                if cursor.take("do", "update", "set"):
                    conflict = start, end
                    columns = self._assignments()
                break
            previous = token.value
            cursor.next()
        yield Insert(table, columns, conflict, selects=cursor.at("select") or cursor.at("with"))
        if conflict is None and cursor.place < cursor.stop:
            yield from self._late_conflict(table)

    def _late_conflict(self, table: TableName) -> Iterator[Insert]:
        """Look for the `ON CONFLICT` behind the query of an `INSERT ... SELECT`."""
        cursor = self.cursor
        if cursor.place < self.conflicts_until:
            # What is ahead has been looked through for an INSERT before this one.
            return
        ahead = Cursor(cursor.tokens, cursor.place, cursor.stop, cursor.depth)
        self.conflicts_until = ahead.stop
        while ahead.place < ahead.stop:
            if ahead.at("("):
                ahead.place = ahead.closing() + 1
                continue
            if ahead.at("on", "conflict"):
                start, end = ahead.token.start, ahead.ahead(1).end
                self.conflicts_until = ahead.place
                while ahead.place < ahead.stop and not ahead.at("do", "update", "set"):
                    ahead.next()
                if ahead.take("do", "update", "set"):
                    reader = _Reader(ahead, None, ())
                    yield Insert(table, reader._assignments(), (start, end))
                return
            ahead.next()

    def _delete(self) -> Iterator[Delete]:
        cursor = self.cursor
        word = cursor.next()
        cursor.next()
        cursor.take("only")
        table = read_table_name(cursor)
        if table is not None:
            self._alias(table.name, table)
            yield Delete(table, word.start, word.end)

    def _truncate(self) -> Iterator[Truncate]:
        cursor = self.cursor
        word = cursor.next()
        cursor.take("table")
        cursor.take("only")
        tables: list[TableName] = []
        while (table := read_table_name(cursor)) is not None:
            tables.append(table)
            cursor.take("*")
            if not cursor.take(","):
                break
        if tables and tables[0].name not in ("on", "or"):
            yield Truncate(tuple(tables), word.start, word.end)
