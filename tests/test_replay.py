"""A history of definitions leaves behind the schema that PostgreSQL would have."""

from __future__ import annotations

import ast

import pytest

from flake8_planalign.formats.sql import read_definitions
from flake8_planalign.formats.sql.lexer import HOLE
from flake8_planalign.logical import alembic, forms
from flake8_planalign.logical.code import Module
from flake8_planalign.logical.facts import OpaqueStep, Step
from flake8_planalign.logical.model import Origin, Table
from flake8_planalign.logical.replay import COLUMN_LIMIT, HEIR_LIMIT, INDEX_LIMIT, Replay

START = """
CREATE TABLE events (id bigserial PRIMARY KEY, doc jsonb NOT NULL, raw json, mail text UNIQUE, at timestamptz);
CREATE INDEX ix_doc ON events USING gin (doc jsonb_path_ops);
CREATE INDEX ix_kind ON events ((doc->>'kind')) WHERE raw IS NOT NULL;
"""


def replayed(text: str, *, certain: bool = True) -> dict[str, Table]:
    replay = Replay({})
    replay.run((Step(item) for item in read_definitions(START)), Origin("1.sql", ()))
    replay.run((Step(item, certain) for item in read_definitions(text)), Origin("2.sql", ()))
    return replay.finished()


def columns(table: Table) -> str:
    return " ".join(f"{name}:{column.type}" for name, column in table.columns.items())


def indexes(table: Table) -> str:
    return " ".join(sorted(index.name for index in table.indexes))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALTER TABLE events DROP COLUMN doc", "id:bigserial raw:json mail:text at:timestamp with time zone"),
        ("ALTER TABLE events ALTER raw TYPE jsonb USING raw::jsonb, DROP at",
         "id:bigserial doc:jsonb raw:jsonb mail:text"),
        ("ALTER TABLE events RENAME raw TO body; ALTER TABLE events DROP at, DROP mail",
         "id:bigserial doc:jsonb body:json"),
        ("ALTER TABLE events ADD IF NOT EXISTS raw text, DROP at, DROP mail", "id:bigserial doc:jsonb raw:json"),
        ("ALTER TABLE events ADD tags text[], DROP at, DROP mail, DROP raw", "id:bigserial doc:jsonb tags:text[]"),
        ("ALTER TABLE events ALTER missing TYPE json, DROP at, DROP mail, DROP raw",
         "id:bigserial doc:jsonb missing:json"),
        ("DO $$ BEGIN ALTER TABLE events DROP at, DROP mail; END $$", "id:bigserial doc:jsonb raw:json"),
        ("CREATE FUNCTION f() RETURNS void AS $$ ALTER TABLE events DROP at $$ LANGUAGE sql",
         "id:bigserial doc:jsonb raw:json mail:text at:timestamp with time zone"),
    ],
)  # fmt: skip
def test_columns(text: str, expected: str) -> None:
    assert columns(replayed(text)["events"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DROP INDEX ix_doc", "ix_kind"),
        ("DROP INDEX IF EXISTS public.ix_doc, other", "ix_kind"),
        ("ALTER INDEX ix_doc RENAME TO ix_new", "ix_kind ix_new"),
        ("ALTER TABLE events DROP COLUMN doc", ""),
        ("ALTER TABLE events DROP COLUMN raw", "ix_doc"),
        ("CREATE INDEX IF NOT EXISTS ix_doc ON events (mail)", "ix_doc ix_kind"),
        ("CREATE INDEX ON events (mail)", "events_mail_idx ix_doc ix_kind"),
        ("DROP TABLE events; CREATE TABLE events (a int)", ""),
        (f"CREATE INDEX {'i' * 80} ON events (mail)", f"{'i' * 63} ix_doc ix_kind"),
    ],
)  # fmt: skip
def test_indexes(text: str, expected: str) -> None:
    assert indexes(replayed(text)["events"]) == expected


def test_an_index_follows_the_name_of_its_column() -> None:
    table = replayed("ALTER TABLE events RENAME COLUMN doc TO body; ALTER TABLE events RENAME raw TO old")["events"]
    assert [forms.sql_of(item.expression) for index in table.indexes for item in index.elements] == [
        "body", "body ->> 'kind'",
    ]  # fmt: skip
    assert [forms.sql_of(index.where) for index in table.indexes if index.where] == ["old is not null"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALTER TABLE events RENAME TO logs", ["logs"]),
        ("ALTER TABLE events SET SCHEMA app", ["app.events"]),
        ("ALTER TABLE public.events SET SCHEMA app; ALTER TABLE events RENAME TO logs", ["app.logs"]),
        ("ALTER TABLE events SET SCHEMA app; ALTER TABLE app.events SET SCHEMA public", ["events"]),
        ("DROP TABLE events, other", []),
        ("CREATE TABLE app.logs (id int); DROP SCHEMA IF EXISTS app, other CASCADE", ["events"]),
        ("CREATE TABLE app.logs (id int); DROP SCHEMA public CASCADE", ["app.logs"]),
        ("CREATE TABLE app.logs (id int); DROP SCHEMA app", ["app.logs", "events"]),
        ("CREATE TABLE copied (LIKE events INCLUDING ALL)", ["copied", "events"]),
    ],
)
def test_tables(text: str, expected: list[str]) -> None:
    assert sorted(replayed(text)) == expected


def test_a_copy_has_what_it_copies() -> None:
    made = replayed("CREATE TABLE copied (LIKE events INCLUDING ALL, more int)")["copied"]
    assert made.derived
    assert "more:integer" in columns(made)
    assert len(made.indexes) == 2
    assert made.primary_key == ("id",)
    part = replayed("CREATE TABLE part PARTITION OF events FOR VALUES IN (1)")["part"]
    assert part.derived
    assert part.primary_key == ("id",)
    assert replayed("CREATE TABLE c (LIKE nobody)")["c"].opaque
    assert replayed("CREATE TABLE c (a int); ALTER TABLE events ATTACH PARTITION c DEFAULT")["c"].derived


def test_parts_of_a_table_have_what_it_has() -> None:
    made = replayed(
        "CREATE TABLE log (id int, doc json) PARTITION BY RANGE (id);"
        "CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (9); CREATE TABLE log_2 (id int, doc json);"
        "ALTER TABLE log ATTACH PARTITION log_2 DEFAULT; ALTER TABLE log ALTER doc TYPE jsonb, ADD more int;"
        "CREATE INDEX ix_log ON log USING gin (doc); CREATE INDEX ix_part ON log_1 (more);"
        "CREATE INDEX ix_only ON ONLY log (id); ALTER TABLE log DETACH PARTITION log_2; ALTER TABLE log DROP more"
    )
    assert columns(made["log_1"]) == "id:integer doc:jsonb"
    assert columns(made["log_2"]) == "id:integer doc:jsonb more:integer"
    assert indexes(made["log_1"]) == "ix_log"
    assert indexes(made["log"]) == "ix_log ix_only"
    assert sorted(replayed("CREATE TABLE e1 PARTITION OF events DEFAULT; DROP TABLE events")) == []
    several = ";".join(f"CREATE TABLE e{n} PARTITION OF events DEFAULT" for n in range(HEIR_LIMIT + 1))
    assert [name for name, table in replayed(several).items() if table.opaque] == [f"e{HEIR_LIMIT}"]
    assert not replayed("ALTER TABLE events ATTACH PARTITION events DEFAULT")["events"].opaque


@pytest.mark.parametrize(
    ("element", "name"),
    [
        ("a", "t_a_idx"), ("(a->>'b')", "t_expr_idx"), ("a['b']", "t_a_idx"), ("lower(a)", "t_lower_idx"),
        ("trim(a)", "t_btrim_idx"), ("(a->>'b')::int", "t_int4_idx"), ("a::int", "t_a_idx"),
        ("array[a]", "t_array_idx"),
        ('a collate "C"', "t_a_idx"), ("a->'b', a->'c', a", "t_expr_expr1_a_idx"),
        (f"{'a' * 60}, {'b' * 20}", f"t_{'a' * 57}_idx"),
    ],
)  # fmt: skip
def test_an_index_without_a_name_gets_one(element: str, name: str) -> None:
    text = ", ".join(part if part.isidentifier() else f"({part})" for part in element.split(", "))
    (index,) = replayed(f"CREATE TABLE t (a jsonb); CREATE INDEX ON t ({text})")["t"].indexes
    assert index.name == name
    first, second = replayed(f"CREATE TABLE t (a jsonb); CREATE INDEX ON t ({text}); CREATE INDEX ON t ({text})")[
        "t"
    ].indexes
    assert (first.name, second.name[-5:]) == (name, "_idx1")


@pytest.mark.parametrize(
    ("body", "opaque"),
    [
        ("EXECUTE 'DROP INDEX ix_doc'", False),
        ("EXECUTE 'DROP TABLE ' || quote_ident(r.name) || ' CASCADE'", False),
        ("EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', r.t, r.c)", False),
        ("EXECUTE format('CREATE INDEX %s ON %I USING gin (doc)', 'i', t) USING 5", True),
        ("EXECUTE format('CREATE INDEX i ON %I (mail)', t)", False),
        ("EXECUTE r.command", True), ("EXECUTE 'SELECT 1' INTO x", False),
    ],
)  # fmt: skip
def test_what_a_block_executes(body: str, opaque: bool) -> None:  # noqa: FBT001
    made = replayed(f"DO $$ BEGIN {body}; END $$")["events"]
    assert made.opaque is opaque
    if "ix_doc" in body:
        assert indexes(made) == "ix_kind"


def test_a_function_may_have_been_called() -> None:
    function = "CREATE FUNCTION f() RETURNS void AS $$ BEGIN %s; END $$ LANGUAGE plpgsql"
    assert replayed(function % "CREATE INDEX i ON events (doc)")["events"].opaque
    assert not replayed(function % "EXECUTE command")["events"].opaque
    assert not replayed(function % "UPDATE events SET doc = NULL")["events"].opaque


def test_constraints() -> None:
    table = replayed(
        "ALTER TABLE events ADD CONSTRAINT u UNIQUE (at), DROP CONSTRAINT events_mail_key;"
        "CREATE UNIQUE INDEX ix ON events (raw); ALTER TABLE events ADD CONSTRAINT p UNIQUE USING INDEX ix;"
        "ALTER TABLE events ALTER at SET NOT NULL, ALTER doc DROP NOT NULL"
    )["events"]
    assert [(item.name, item.columns) for item in table.constraints] == [
        ("events_pkey", ("id",)), ("u", ("at",)), ("p", ("raw",)),
    ]  # fmt: skip
    assert {name for name, column in table.columns.items() if column.not_null} == {"id", "at"}


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE events", "DROP INDEX ix_doc", "ALTER TABLE events DROP COLUMN doc",
        "ALTER TABLE events RENAME doc TO body", "CREATE INDEX i ON events (doc)",
    ],
)  # fmt: skip
def test_what_may_have_happened_makes_a_table_opaque(text: str) -> None:
    assert any(table.opaque for table in replayed(text, certain=False).values())


def test_a_column_that_may_have_been_added_takes_nothing_away() -> None:
    assert not replayed("ALTER TABLE events ADD more int", certain=False)["events"].opaque


@pytest.mark.parametrize(
    ("text", "opaque"),
    [
        (f"ALTER TABLE {HOLE} DROP COLUMN doc", True),
        (f"ALTER TABLE {HOLE} DROP COLUMN id", False),
        (f"ALTER TABLE {HOLE} DROP COLUMN {HOLE}", True),
        (f"ALTER TABLE {HOLE} ADD COLUMN doc jsonb", False),
        (f"ALTER TABLE {HOLE} DROP CONSTRAINT c, ADD UNIQUE (id)", False),
        (f"ALTER TABLE {HOLE} ALTER COLUMN {HOLE} TYPE bigint", False),
        (f"ALTER TABLE {HOLE} ALTER COLUMN mail TYPE jsonb", True),
        (f"ALTER TABLE {HOLE} ALTER COLUMN {HOLE} TYPE jsonb", True),
        (f"ALTER TABLE {HOLE} RENAME TO other", True),
        (f"CREATE INDEX i ON {HOLE} (id)", False),
        (f"CREATE INDEX i ON {HOLE} USING gin (doc)", True),
        (f"CREATE TABLE {HOLE} (doc jsonb)", False),
        (f"DROP INDEX ix_{HOLE}", True),
        (f"DROP INDEX fk_{HOLE}", False),
        (f"ALTER TABLE events DROP COLUMN {HOLE}", True),
        (f"ALTER TABLE events ADD COLUMN {HOLE} int", False),
        ("ALTER TABLE events INHERIT other", True),
        ("CREATE TABLE events (a int)", True),
        ("CREATE TABLE IF NOT EXISTS events (a int)", False),
    ],
)  # fmt: skip
def test_what_has_no_name_makes_opaque_only_what_it_may_touch(text: str, opaque: bool) -> None:  # noqa: FBT001
    assert replayed(text)["events"].opaque is opaque


def test_a_table_that_is_only_changed_is_partial() -> None:
    table = replayed("ALTER TABLE other ADD doc jsonb; CREATE INDEX i ON other (doc)")["other"]
    assert (table.partial, table.opaque, table.unread, indexes(table)) == (True, True, False, "i")


def test_opaque_steps() -> None:
    replay = Replay({})
    replay.run(
        map(Step, read_definitions(START + "CREATE TABLE a (x int); CREATE TABLE b (x int)")), Origin("1.sql", ())
    )
    from flake8_planalign.formats.sql.syntax import TableName

    replay.run([Step(OpaqueStep(TableName("", "a", 0, 0))), Step(OpaqueStep(None, "ix_doc"))], Origin("2.sql", ()))
    assert {key: table.opaque for key, table in replay.finished().items()} == {"events": True, "a": True, "b": False}
    replay.run([Step(OpaqueStep(None)), Step(OpaqueStep(None))], Origin("3.sql", ()))
    assert all(table.opaque for table in replay.finished().values())


def test_a_table_without_bounds_is_opaque() -> None:
    wide = f"CREATE TABLE wide ({', '.join(f'c{number} int' for number in range(COLUMN_LIMIT + 9))})"
    assert replayed(wide)["wide"].opaque
    many = replayed("".join(f"CREATE INDEX i{number} ON events (at);" for number in range(INDEX_LIMIT + 9)))["events"]
    assert many.opaque
    assert many.indexes == ()
    assert replayed("ALTER TABLE events " + ", ".join(["ADD CHECK (true)"] * 300))["events"].opaque


# -- Alembic ----------------------------------------------------------------------------------------------------------

REVISION = """
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

revision = "2"
down_revision = ("1",)
TABLES = ["events", "other"]


def add_index(name, table="events"):
    op.create_index(name, table, ["mail"])


def upgrade():
{body}
"""


def after(body: str) -> dict[str, Table]:
    text = REVISION.format(body="\n".join(f"    {line}" for line in body.strip().splitlines()))
    revision = alembic.read_revision(Module(text, ast.parse(text)))
    assert revision is not None
    assert (revision.name, revision.follows) == ("2", ("1",))
    replay = Replay({})
    replay.run((Step(item) for item in read_definitions(START)), Origin("1.sql", ()))
    replay.run(revision.steps, Origin("2.py", ()))
    return replay.finished()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("op.drop_column('events', 'doc')", "id raw mail at"),
        ("op.drop_column(table_name='events', column_name='doc')", "id raw mail at"),
        ("op.alter_column('events', 'raw', new_column_name='body')", "id doc body mail at"),
        ("with op.batch_alter_table('events') as batch:\n    batch.drop_column('at')", "id doc raw mail"),
        ("for name in ['at', 'mail']:\n    op.drop_column('events', name)", "id doc raw"),
        ("for name, kind in (('x', sa.Integer()), ('y', JSONB())):\n    op.add_column('events', sa.Column(name, kind))",
         "id doc raw mail at x y"),
        ("column = sa.Column('x', JSONB)\nop.add_column('events', column)", "id doc raw mail at x"),
        ("if op.get_bind().dialect.name == 'sqlite':\n    op.drop_column('events', 'doc')", "id doc raw mail at"),
        ("if op.get_bind().dialect.name != 'sqlite':\n    op.drop_column('events', 'doc')", "id raw mail at"),
        ("if op.get_bind().dialect.name in ('mysql', 'sqlite'):\n    return\nop.drop_column('events', 'doc')",
         "id raw mail at"),
        ("op.execute('ALTER TABLE events DROP COLUMN doc')", "id raw mail at"),
        ("op.execute(sa.text('ALTER TABLE events ' 'DROP COLUMN doc'))", "id raw mail at"),
        ("table = 'events'\nop.execute(f'ALTER TABLE {table} DROP COLUMN doc')", "id raw mail at"),
        ("op.get_bind().execute(sa.text('ALTER TABLE events DROP doc'))", "id raw mail at"),
        ("try:\n    op.drop_column('events', 'doc')\nexcept Exception:\n    pass", "id raw mail at"),
        ("def inner():\n    op.drop_column('events', 'doc')\ninner()", "id raw mail at"),
        ("while False:\n    op.drop_column('events', 'doc')", "id doc raw mail at"),
        ("return op.drop_column('events', 'doc')", "id raw mail at"),
        ("names = inspector.get_columns('events')\nif 'x' not in names:\n    op.add_column('events', sa.Column('x'))",
         "id doc raw mail at x"),
        ("op.execute('UPDATE events SET doc = 1')", "id doc raw mail at"),
        ("op.execute(sa.update(events).values(doc=1))", "id doc raw mail at"),
    ],
)  # fmt: skip
def test_a_revision_changes_columns(body: str, expected: str) -> None:
    assert " ".join(after(body)["events"].columns) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("op.drop_index('ix_doc')", "ix_kind"),
        ("op.drop_index(op.f('ix_doc'), table_name='events')", "ix_kind"),
        ("add_index('a')", "a ix_doc ix_kind"),
        ("add_index(name='a', table='events')", "a ix_doc ix_kind"),
        ("op.create_index('a', 'events', [sa.text('lower(mail)')], unique=True)", "a ix_doc ix_kind"),
        ("op.create_index('a', 'events', ['doc'], postgresql_using='gin', postgresql_ops={'doc': 'jsonb_path_ops'})",
         "a ix_doc ix_kind"),
        ("with op.batch_alter_table('events') as batch:\n    batch.create_index('a', ['mail'])", "a ix_doc ix_kind"),
        ("op.add_column('events', sa.Column('x', sa.Integer, index=True))", "ix_doc ix_events_x ix_kind"),
        ("[op.drop_index(name) for name in ('ix_doc', 'ix_kind')]", "ix_doc ix_kind"),
    ],
)  # fmt: skip
def test_a_revision_changes_indexes(body: str, expected: str) -> None:
    assert indexes(after(body)["events"]) == expected


@pytest.mark.parametrize(
    ("body", "opaque"),
    [
        ("op.drop_index(name)", True),
        ("op.drop_index(f'fk_{name}')", False),
        ("op.drop_table(name)", True),
        ("op.add_column(name, sa.Column('doc', JSONB))", False),
        ("for table in tables():\n    op.drop_column(table, 'id')", False),
        ("for table in tables():\n    op.drop_column(table, 'doc')", True),
        ("op.create_index('a', 'events', columns)", True),
        ("op.sync_enum_values('public', 'kind', ['a'], [('events', 'kind')])", False),
        ("op.something_else('events')", True),
        ("if unknown():\n    op.drop_column('events', 'doc')", True),
        ("with op.batch_alter_table(name) as batch:\n    batch.drop_column('doc')", True),
        ("op.rename_table('events', name)", True),
        ("imported(op, 'events')", False),
        ("op.bulk_insert(events, [])", False),
        ("op.create_check_constraint('c', 'events', 'true')", False),
    ],
)  # fmt: skip
def test_a_revision_makes_opaque_what_cannot_be_read(body: str, opaque: bool) -> None:  # noqa: FBT001
    assert after(body)["events"].opaque is opaque


def test_a_revision_makes_tables() -> None:
    tables = after(
        """
op.create_table("notes", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("raw", sa.JSON(), nullable=False),
    sa.Column("kind", sa.Enum("a", name="kind", native_enum=False)), sa.Column("owner", sa.ForeignKey("users.id")),
    sa.Column("mail", sa.String(9), sa.Computed("raw ->> 'mail'")), sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("list", postgresql.ARRAY(JSONB)), sa.UniqueConstraint("kind", name="u"), sa.Index("ix", "kind"))
op.create_unique_constraint("v", "notes", ["mail", "kind"])
op.create_foreign_key("f", "notes", "users", ["kind"], ["id"])
op.create_primary_key("p", "notes", ["id"])
op.create_exclude_constraint("x", "notes", ("at", "&&"), using="gist")
op.drop_constraint("u", "notes")
op.create_table("later", *columns)
op.rename_table("events", "logs")
sa.Table("drawn", sa.MetaData(), sa.Column("a", sa.Integer)).create(op.get_bind())
"""
    )
    assert sorted(tables) == ["drawn", "later", "logs", "notes"]
    assert columns(tables["notes"]).split(" owner:") == [
        "id:integer raw:json kind:character varying",
        " mail:character varying at:timestamp with time zone list:jsonb[]",
    ]
    assert [item.kind for item in tables["notes"].constraints] == [
        "primary key", "foreign key", "unique", "foreign key", "primary key", "exclude",
    ]  # fmt: skip
    assert indexes(tables["notes"]) == "ix"
    assert tables["notes"].columns["mail"].generated
    assert tables["later"].opaque
