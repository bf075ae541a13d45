"""The Logical view keeps what the plan says of it: the cases of `data/logical_contract.md`, and what the texts tell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from logical_project import OFF, POSTGRESQL, check, findings, told, written

EVENTS = "CREATE TABLE events (id bigint PRIMARY KEY, code text, payload jsonb NOT NULL, tags jsonb);\n"
_CASE = re.compile(r"^## (?P<name>[^\n]+)\n(?P<body>.*?)(?=^##? |\Z)", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^`(?P<path>[^`\n]+)`:\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
CASES = {
    case["name"]: {file["path"]: file["text"] for file in _FILE.finditer(case["body"])}
    for case in _CASE.finditer((Path(__file__).parent / "data" / "logical_contract.md").read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_case(tmp_path: Path, files: dict[str, str]) -> None:
    marked = {code for code in OFF if any(f"«{code}" in text for text in files.values())}
    plan = files.get("pyproject.toml", POSTGRESQL)
    check(tmp_path, {path: text for path, text in files.items() if path != "pyproject.toml"}, plan, OFF - marked)


def asked(*conditions: str, more: str = "") -> dict[str, str]:
    queries = "".join(f"SELECT 1 FROM events WHERE {condition};\n" for condition in conditions)
    return {"migrations/0001_events.sql": EVENTS + more, "queries.sql": queries}


def test_a_condition_beside_an_indexed_one_is_probable(tmp_path: Path) -> None:
    files = asked("code = 'a' AND payload->>'kind' = 'b' AND tags ? 'c'", more="CREATE INDEX ON events (code);\n")
    found = findings(written(tmp_path, files), "queries.sql")
    assert [(item.code, item.severity.value, item.confidence.value) for item in found] == [
        ("PAL213", "medium", "probable"),
        ("PAL212", "medium", "probable"),
    ]


def test_a_lookup_of_django_beside_unknown_ones_is_probable(tmp_path: Path) -> None:
    fields = '("id", models.AutoField(primary_key=True)), ("meta", models.JSONField())'
    files = {
        "shop/migrations/0001_initial.py": "from django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n"
        f'    operations = [migrations.CreateModel(name="Item", fields=[{fields}])]\n',
        "shop/models.py": "from django.db import models\n\n\n"
        "class Item(models.Model):\n    meta = models.JSONField()\n",
        "shop/views.py": "from shop.models import Item\n\n\ndef found(kwargs):\n"
        "    return Item.objects.filter(**kwargs, meta__kind='a'), Item.objects.filter(meta__kind='a')\n",
    }
    found = findings(written(tmp_path, files), "shop/views.py")
    assert [(item.code, item.confidence.value) for item in found] == [("PAL213", "probable"), ("PAL213", "certain")]


def test_business_keys_are_those_that_are_compared(tmp_path: Path) -> None:
    files = asked(
        "payload->>'email' = 'a'",
        """payload @> '{"order_id": 5, "colour": "red"}'""",
        "payload->'buyer'->>'SKU' IN ('a', 'b')",
        "payload->>'email' IS NOT NULL",
        "payload->>'width' = '5'",
    )
    files["queries.sql"] += "SELECT 1 FROM events e JOIN events f ON e.payload->>'uuid' = f.code;\n"
    found = [item.partition("key ")[2] for item in told(tmp_path, files, "queries.sql") if "PAL216" in item]
    where, column = "is kept inside of `events.payload` and used to", "give it a column of its own"
    assert found == [
        f"`email` {where} find rows; {column}",
        f"`order_id` {where} find rows; {column}",
        f"`SKU` {where} find rows; {column}",
        f"`uuid` {where} join; {column}",
    ]


def test_their_names_are_the_plans(tmp_path: Path) -> None:
    plan = POSTGRESQL + '[tool.planalign.logical]\nbusiness-keys = ["kunde*"]\n'
    files = asked("payload->>'KundenNr' = 'a' AND payload->>'email' = 'b'")
    assert ["KundenNr" in item for item in told(tmp_path, files, "queries.sql", plan) if "PAL216" in item] == [True]


INDEX = "CREATE INDEX ix_events_payload ON events USING gin"
OPERATION = '(`op.create_index("ix_events_payload", "events",'
ANY_KEY = "which a GIN index on `payload` serves whatever the key is (where the values are JSON strings), or, where"
EACH_KEY = "use an index on the expression of each key that is asked for, written as a constant, or, where it may be"


@pytest.mark.parametrize(
    ("condition", "remedy"),
    [
        ("payload ? 'a'", f'`{INDEX} (payload)` {OPERATION} ["payload"], postgresql_using="gin")`)'),
        ("payload->'t' ? 'a'", f"""`{INDEX} ((payload -> 't'))` {OPERATION} [sa.text("(payload -> 't')")], postg"""),
        ("payload->>'k' = 'it''s'", """use `payload @> '{"k": "it''s"}'` with a GIN index on `payload`, or `CREATE"""),
        ("payload->>'k' = 'it''s'", "or `CREATE INDEX ix_events_payload_k ON events ((payload ->> 'k'))` (`op.create"),
        ("payload->'o''c'->>'k' = $1", "`payload @> jsonb_build_object('o''c', jsonb_build_object('k', ...))` with a"),
        ("payload->>'k' = $1", "with a GIN index on `payload` (where the values are JSON strings), or `CREATE INDEX"),
        ("payload->>'n' = '5'", "use `CREATE INDEX ix_events_payload_n ON events ((payload ->> 'n'))`"),
        ("(payload->>'n')::int > 5", "use `CREATE INDEX ix_events_payload_n ON events (((payload ->> 'n')::integer))`"),
        (
            "payload->>'n' LIKE 'a%'",
            "use `CREATE INDEX ix_events_payload_n ON events ((payload ->> 'n') text_pattern_ops)` (`op.create_index(",
        ),
        (
            "payload->>'n' ILIKE 'a%'",
            "use `CREATE INDEX ix_events_payload_n ON events USING gin ((payload ->> 'n') gin_trgm_ops)` (`op.",
        ),
        (
            "payload #>> '{a,b}' = $1",
            "use `payload @> jsonb_build_object('a', jsonb_build_object('b', ...))` with a",
        ),
        ("payload->0->>'b' = $1", "use `CREATE INDEX ix_events_payload_0_b ON events ((payload -> 0 ->> 'b'))`"),
        ("jsonb_path_exists(payload, '$.a')", "use `payload @? ...`, which a GIN index on `payload` serves"),
        ("payload->>$1 = $2", f"use `payload @> jsonb_build_object(the key, ...)`, {ANY_KEY}"),
        ("payload->'a'->>$1 = 'x'", "use `payload @> jsonb_build_object('a', jsonb_build_object(the key, ...))`, whi"),
        ("payload->>$1 > '5'", EACH_KEY),
        ("payload #>> $1 = 'x'", EACH_KEY),
    ],
)
def test_the_text_says_what_would_serve(tmp_path: Path, condition: str, remedy: str) -> None:
    (found,) = told(tmp_path, asked(condition), "queries.sql")
    assert remedy in found


def test_a_key_that_is_bound_drifts_from_the_index_on_it(tmp_path: Path) -> None:
    files = asked("payload->>$1 = $2", more="CREATE INDEX ix_kind ON events ((payload->>'kind'));\n")
    (found,) = told(tmp_path, files, "queries.sql")
    assert found.startswith("PAL217 `payload ->> ... = ...` is not what index `ix_kind` is on: a key that is bound")
    assert "use `payload @> jsonb_build_object(the key, ...)`" in found


def test_the_migration_and_line_of_the_column_are_named(tmp_path: Path) -> None:
    (found,) = told(tmp_path, asked("tags ? 'a'"), "queries.sql")
    assert "`?` on `events.tags` (migrations/0001_events.sql:1)" in found


def test_a_unique_key_that_is_never_null_could_be_the_primary_one(tmp_path: Path) -> None:
    text = "CREATE TABLE a (code text UNIQUE NOT NULL, x int);\nCREATE TABLE b (code text UNIQUE);\n"
    text += "CREATE TABLE c (x int NOT NULL, y int NOT NULL);\nCREATE UNIQUE INDEX ON c (x, y);\n"
    assert told(tmp_path, {"migrations/1_a.sql": text}, "migrations/1_a.sql") == [
        "PAL241 table `a` has no primary key; make the columns that are unique and never null one: PRIMARY KEY (code)",
        "PAL241 table `b` has no primary key, so nothing tells its rows apart; add one",
        "PAL241 table `c` has no primary key; make the columns that are unique and never null one: PRIMARY KEY (x, y)",
    ]


ONE = """import sqlalchemy as sa
from alembic import op
{}
revision = "1"
down_revision = None


def upgrade():
    op.create_table("a", sa.Column("id", sa.Integer, primary_key=True), sa.Column("b", {}))
"""


@pytest.mark.parametrize("line", ["import pymysql", "", 'URL = "sqlite:///a.db"'])
def test_json_is_silent_without_evidence_of_postgresql(tmp_path: Path, line: str) -> None:
    check(tmp_path, {"migrations/versions/1.py": ONE.format(line, "sa.JSON()")}, "[tool.planalign]\n")


@pytest.mark.parametrize(
    "line",
    [
        'URL = "postgresql+asyncpg://db/shop"',
        "import psycopg",
        "from sqlalchemy.dialects.postgresql import UUID",
        'if op.get_bind().dialect.name == "postgresql": pass',
    ],
)
def test_a_driver_a_url_a_type_and_a_dialect_are_evidence(tmp_path: Path, line: str) -> None:
    check(tmp_path, {"migrations/versions/1.py": ONE.format(line, "«PAL211:sa.JSON()»")}, "[tool.planalign]\n")


@pytest.mark.parametrize(
    ("engine", "json"),
    [
        ('engine = create_engine(getenv("URL", "postgresql://db/shop"))', "«PAL211:sa.JSON()»"),
        ('if URL.startswith("sqlite"):\n    engine = create_engine(URL, connect_args={})', "sa.JSON()"),
    ],
)
def test_a_branch_for_another_database_is_evidence_that_json_is_meant(tmp_path: Path, engine: str, json: str) -> None:
    files = {
        "migrations/versions/1.py": ONE.format("import psycopg", json),
        "app/database.py": f"from sqlalchemy import create_engine\n\n{engine}\n",
    }
    check(tmp_path, files, "[tool.planalign]\n")
