"""What the SQL migrations of a real package leave behind is, in our replay, what PostgreSQL has when it has run them.

The same comparison for packages that upgrade by Alembic is `benchmarks/replay_truth.py`, which needs a whole server.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from oracle import planner

from flake8_planalign.config import Run
from flake8_planalign.formats.sql import read_statements
from flake8_planalign.formats.sql.syntax import CreateIndex
from flake8_planalign.logical import forms, history, scripts
from flake8_planalign.project import Project

found = importlib.util.find_spec("litellm_proxy_extras")
pytestmark = pytest.mark.skipif(
    not planner.is_there() or found is None, reason="needs node, PGlite and litellm-proxy-extras"
)

COLUMNS = """
    select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) as type, t.typtype from pg_class c
    join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
"""
INDEXES = """
    select t.relname, i.relname as name, pg_get_indexdef(i.oid) as text from pg_index x
    join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
    join pg_namespace n on n.oid = t.relnamespace
    where n.nspname = 'public' and not x.indisprimary and not exists
        (select 1 from pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u', 'x'))
"""
SERIALS = {"bigserial": "bigint", "serial": "integer"}
#: An enumeration of the migrations' own, which keeps its name here.
ENUMERATIONS = {"JobStatus"}


def test_the_schema_is_that_of_the_database() -> None:
    assert found is not None
    assert found.submodule_search_locations
    folder = Path(found.submodule_search_locations[0])
    texts = [
        Path(path).read_text(encoding="utf-8") for path in scripts.ordered(map(str, folder.rglob("migration.sql")))
    ]
    server = planner.PostgreSQL()
    try:
        # A script is one transaction here, which CONCURRENTLY does not allow.
        script = ";\n".join(texts).replace("CONCURRENTLY", "")
        error, (columns, indexes) = server.run(script, COLUMNS, INDEXES)
    finally:
        server.close()
    assert error is None
    tables = history.schema_of(Project(folder, Run(cache="off"))).tables.values()
    ours = {(table.name, name): column.type for table in tables for name, column in table.columns.items()}
    real = {
        (row["relname"], row["attname"]): "enum" if row["typtype"] == "e" else re.sub(r"\(\d+\)", "", row["type"])
        for row in columns
    }
    assert len(real) > 1000
    assert {key: "enum" if made in ENUMERATIONS else SERIALS.get(made, made) for key, made in ours.items()} == real
    our_indexes = {
        (table.name, index.name): (
            index.method,
            index.unique,
            [forms.form_of(item.expression) for item in index.elements],
        )
        for table in tables
        for index in table.indexes
    }
    real_indexes = {}
    for row in indexes:
        (made,) = read_statements(row["text"])
        assert isinstance(made, CreateIndex)
        elements = [forms.form_of(item.expression) for item in made.elements]
        real_indexes[row["relname"], row["name"]] = made.method, made.unique, elements
    assert len(real_indexes) > 100
    assert our_indexes == real_indexes
