"""What a history of odd definitions leaves behind in PostgreSQL is what our replay says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oracle import planner

from flake8_planalign.formats.sql import read_statements
from flake8_planalign.formats.sql.syntax import CreateIndex, Query
from flake8_planalign.logical import forms
from flake8_planalign.logical.facts import Step
from flake8_planalign.logical.model import Origin, Predicate, Schema, Table, Verdict
from flake8_planalign.logical.predicates import Judge
from flake8_planalign.logical.replay import Replay
from flake8_planalign.rule import Position

pytestmark = pytest.mark.skipif(not planner.is_there(), reason="needs node and PGlite")

COLUMNS = """
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type from pg_class c
    join pg_attribute a on a.attrelid = c.oid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
"""
#: The indexes that no constraint made; `part` tells of those that came with the index of a table above.
INDEXES = """
    select t.relname as table, i.relname as name, pg_get_indexdef(i.oid) as text, i.relispartition as part
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
    join pg_namespace n on n.oid = t.relnamespace where n.nspname = 'public' and t.relkind in ('r', 'p')
    and not exists (select 1 from pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u', 'x'))
"""
#: Scripts, each with a query behind it.
HISTORIES = (Path(__file__).parents[1] / "data" / "histories.sql").read_text(encoding="utf-8").partition("\n\n")[2]
CASES = re.findall(r"((?:.|\n)+?)\n-- ask: (.+)\n", HISTORIES)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[planner.PostgreSQL]:
    server = planner.PostgreSQL()
    yield server
    server.close()


@pytest.mark.parametrize(("script", "query"), CASES)
def test_a_history(postgresql: planner.PostgreSQL, script: str, query: str) -> None:
    # A script is one transaction here, which CONCURRENTLY does not allow.
    run = script.replace("CONCURRENTLY ", "")
    error, (columns, indexes) = postgresql.run(run, COLUMNS, INDEXES)
    assert error is None
    replay = Replay({})
    replay.run(map(Step, read_statements(script)), Origin("schema.sql", ()))
    tables = [table for table in replay.finished().values() if not table.unread]
    opaque = {table.name for table in replay.finished().values() if table.unread}
    real = {(row["table"], row["column"]): row["type"] for row in columns if row["table"] not in opaque}
    assert {(table.name, name): column.type for table in tables for name, column in table.columns.items()} == real
    wanted = {(row["table"], *_meant(row["text"])) for row in indexes if row["table"] not in opaque}
    parents = {table.name for table in tables for index in table.indexes if index.inherited}
    ours = {(table.name, *meant) for table in tables for meant in _indexes(table)}
    assert {key for key in ours if key[0] not in parents} == {key for key in wanted if key[0] not in parents}
    assert wanted <= ours
    named = {(row["table"], row["name"]) for row in indexes if row["table"] not in opaque and not row["part"]}
    copies = {(row["table"], row["name"]) for row in indexes if row["part"]}
    own = {(table.name, index.name) for table in tables for index in table.indexes if not index.inherited}
    assert own - copies <= named
    assert {key for key in named if key[0] not in parents} <= own
    (plan,) = postgresql.conditions([run], [([], query)])[1]
    judge = Judge(Schema(replay.finished(), postgresql=True), lambda start, end: Position(1, start, 1, end))
    found = [
        predicate
        for asked in read_statements(query)
        if isinstance(asked, Query)
        for predicate in judge.query(asked)
        if isinstance(predicate, Predicate)
    ]
    if found and found[0].verdict is not Verdict.UNKNOWN:
        assert (found[0].verdict is Verdict.SERVED) is bool(plan)


def _indexes(table: Table) -> Iterator[tuple[Any, ...]]:
    for index in table.indexes:
        elements = tuple((_plain(forms.form_of(item.expression)), item.operator_class) for item in index.elements)
        where = _plain(forms.form_of(index.where)) if index.where is not None else None
        yield index.method, index.unique, elements, where


def _meant(text: str) -> tuple[Any, ...]:
    (made,) = read_statements(text)
    assert isinstance(made, CreateIndex)
    elements = tuple((_plain(forms.form_of(item.expression)), item.operator_class) for item in made.elements)
    return made.method, made.unique, elements, _plain(forms.form_of(made.where)) if made.where is not None else None


def _plain(form: Any) -> Any:
    """Return a form without the casts that the server writes out: to text, and of constants to their type."""
    if not isinstance(form, tuple):
        return form
    if form[:1] == ("cast",) and (form[1] in ("text", "text[]") or form[3][0] == "constant"):
        return _plain(form[3])
    return tuple(map(_plain, form))
