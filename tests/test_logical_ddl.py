"""The statement that a text offers makes the index, in SQL and by the project's own tool, and then there is silence."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from logical_project import told

TABLE = """CREATE TABLE {table} (id bigint PRIMARY KEY, payload jsonb NOT NULL, "From" jsonb);\n"""
CONDITIONS = [
    "payload ? 'a'", "payload->'t' @> '[1]'", "payload->>'n' = '5'", "(payload->>'n')::int > 5",
    "payload->>'a b' > 'x'",
    "payload->'a'->>'b' > 'x'", "payload #>> '{a,b}' > 'x'", "payload->>'n' LIKE 'a%'", "payload->>'n' ILIKE 'a%'",
    "payload->>'it''s' > 'x'", "payload->>'q\"q' > 'x'", "payload->>'x :y' > 'x'", "lower(payload->>'n') > 'x'",
    '"From" ? \'a\'', '"From"->>\'k\' > \'x\'', "payload->>'back\\slash' > 'x'", "payload->>'schlüssel' > 'x'",
    f"payload->>'{'k' * 70}' > 'x'",
]  # fmt: skip
TABLES = ["events", "shop.events", '"Order"', "a_table_with_a_name_that_is_almost_as_long_as_postgresql_lets"]


def offered(tmp_path: Path, table: str, condition: str, more: str = "") -> list[str]:
    schema = "CREATE SCHEMA shop;\n" if "." in table else ""
    files = {
        "migrations/0001_events.sql": schema + TABLE.format(table=table) + more,
        "queries.sql": f"SELECT 1 FROM {table} WHERE {condition};\n",
    }
    return [text for text in told(tmp_path, files, "queries.sql") if "PAL212" in text or "PAL213" in text]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_statement_serves_the_condition(tmp_path: Path, table: str, condition: str) -> None:
    (text,) = offered(tmp_path, table, condition)
    (statement,) = re.findall(r"`(CREATE INDEX .*?)`", text)
    assert len(re.sub(r'"', "", statement.split()[2])) <= 63
    assert offered(tmp_path / "again", table, condition, more=f"{statement};\n") == []


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_alembic_makes_the_same_index(tmp_path: Path, table: str, condition: str) -> None:
    migration: Any = pytest.importorskip("alembic.migration")
    operations: Any = pytest.importorskip("alembic.operations")
    sqlalchemy: Any = pytest.importorskip("sqlalchemy")
    (text,) = offered(tmp_path, table, condition)
    (statement,) = re.findall(r"`(CREATE INDEX .*?)`", text)
    (call,) = re.findall(r"`(op\.create_index\(.*?\))`", text)
    written = io.StringIO()
    context = migration.MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written}
    )
    eval(call, {"op": operations.Operations(context), "sa": sqlalchemy})  # noqa: S307 (it is our own text)
    assert squeezed(written.getvalue()) == squeezed(f"{statement};")


def squeezed(statement: str) -> str:
    """Return a statement without what SQLAlchemy writes in another way: blanks, signs that it doubles, quotes."""
    return re.sub(r"[\s\"]+", "", statement).replace("%%", "%").lower()


@pytest.mark.parametrize(
    "condition",
    [
        "(payload->>'t')::timestamptz > now()",
        "(payload->>'t')::date = '2026-01-01'",
        "coalesce((payload->>'t')::timestamp, now()) < now()",
    ],
)
def test_no_index_is_offered_that_postgresql_refuses(tmp_path: Path, condition: str) -> None:
    (text,) = offered(tmp_path, "events", condition)
    assert "CREATE INDEX" not in text
    assert "a column of its own for it" in text
