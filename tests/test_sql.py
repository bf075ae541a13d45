"""SQL is read as PostgreSQL reads it, at exact places, whatever stands in the text."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from flake8_planalign.formats.sql import read_condition, read_statements
from flake8_planalign.formats.sql.lexer import Kind, Token, lexer, tokenize
from flake8_planalign.formats.sql.syntax import (
    AlterTable,
    Binary,
    CreateIndex,
    CreateTable,
    Insert,
    Query,
    Routine,
    Update,
)
from flake8_planalign.logical.forms import form_of, sql_of


def values(text: str) -> list[str]:
    return [token.value for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'\\' x", ["'\\'", "x"]),
        ("a[x; y]", ["a", "[", "x", ";", "y", "]"]),
        ("/* a /* b */ c */ d", ["d"]),
        ("a#>'{x}' #>> '{y}' #- z", ["a", "#>", "'{x}'", "#>>", "'{y}'", "#-", "z"]),
        ("a ? 'b' ?| c ?& d @? e", ["a", "?", "'b'", "?|", "c", "?&", "d", "@?", "e"]),
        ("$fn$ ' $$ ; $fn$ x", ["$fn$ ' $$ ; $fn$", "x"]),
        ("a=-1", ["a", "=", "-", "1"]),
        ("id=? and b=%s", ["id", "=", "?", "and", "b", "=", "%s"]),
        ("c=:name and d::text=$1", ["c", "=", ":name", "and", "d", "::", "text", "=", "$1"]),
        ("copy t from stdin;\n1\t'\n\\.\nselect", ["select"]),
        ("\\set x 'y\nselect", ["select"]),
        ("E'it\\'s' x", ["E'it\\'s'", "x"]),
        ('"A ""b"""', ['A "b"']),
        ("SELECT Foo", ["select", "foo"]),
    ],
)  # fmt: skip
def test_tokens_are_those_of_postgresql(text: str, expected: list[str]) -> None:
    assert values(text) == expected


@given(st.text(alphabet="ab'\"$/*-\\;()[]?|@:%{}e \n1.", max_size=60))
def test_every_token_stands_where_it_says(text: str) -> None:
    end = 0
    for token in tokenize(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end
        # SQLAlchemy's `text()` takes `\\:\\:` for a cast.
        if token.kind in (Kind.MARK, Kind.NUMBER, Kind.STRING) and token.value != "::":
            assert text[token.start : token.end] == token.value


@given(st.text(alphabet="ab'\"$/*-\\;()[]?|@:%{}e \n1.", max_size=60))
@example('?"?')  # the name of the open quotes is a question mark, and no placeholder
@example('?"?')  # the name in the quotes left open is a question mark, not a placeholder
def test_the_table_as_one_expression_finds_what_sqlparse_finds_entry_by_entry(text: str) -> None:
    assume("/*" not in text)  # of nested comments sqlparse is never told
    start = 0
    starts = []
    found = ""
    for kind, value in lexer().get_tokens(text):
        if lexer().kinds.get(kind) is not None:
            starts.append(start)
            found += value
        start += len(value)
    ours = list(tokenize(text))
    # A placeholder behind an operator is a token of its own only here.
    assert [token.start for token in ours if not is_behind_operator(token, text)] == starts
    assert "".join(text[token.start : token.end] for token in ours) == found


def is_behind_operator(token: Token, text: str) -> bool:
    behind = token.start > 0 and text[token.start - 1] in "-+*/<>=~!@#%^&|`?"
    return behind and text[token.start : token.end] == "?"


_KEYWORDS = """select from where update set insert into values on conflict do create table index alter add column drop
    ( ) , ; a b 'x' 1 -> ->> @> = and or not is null in between case end :: json jsonb . [ ] as with using gin unique
    key primary default like ? $1 %s join begin atomic $$ policy function view references check constraint exclude"""
_WORDS = st.sampled_from(_KEYWORDS.split())


@given(st.lists(_WORDS, max_size=40).map(" ".join))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    list(read_statements(text))


@given(st.text(max_size=80))
def test_not_even_one_that_is_no_sql(text: str) -> None:
    list(read_statements(text))


@pytest.mark.parametrize(
    "text",
    [
        "select " + "(" * 5000,
        "select * from t where " + "(" * 5000 + "a" + ")" * 5000 + " = 1",
        "select * from (" * 500,
        "with a as (" * 500,
        "select a from t where " + " and ".join(["x = 1"] * 5000),
        "select a from t where " + " || ".join(["x"] * 5000),
        "insert into t values " + ",".join(["(1, 'a', (2))"] * 60_000),
        "not " * 5000,
        "'" * 10_001,
        "/*" * 10_000,
        "\x00" * 1000,
    ],
    ids=range(11),
)
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    list(read_statements(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("data->'a'->>'b' = 'x'", "((data -> 'a') ->> 'b') = 'x'"),
        ("a || b = c", "(a || b) = c"),
        ("data @> '{}' and not a or b", "((data @> '{}') and (not a)) or b"),
        ("data->>'n' like 'x%'", "(data ->> 'n') like 'x%'"),
        ("(data->>'n')::int between 1 and 2 and c", "((cast(data ->> 'n' as integer)) between 1 and 2) and c"),
        ("a = any($1)", "a = any ($1)"),
        ("a + b * c", "a + (b * c)"),
        ("a is not null and b", "(a is not null) and b"),
    ],
)
def test_operators_bind_as_in_postgresql(text: str, expected: str) -> None:
    assert form_of(read_condition(text)) == form_of(read_condition(expected))
    assert form_of(read_condition(text)) is not None


def test_a_form_leaves_out_what_changes_nothing() -> None:
    plain = form_of(read_condition("data ->> 'k'"))
    for same in (
        "t.data->>'k'",
        "(data->>'k')::text",
        "data->>'k'::text",
        "CAST(data->>'k' AS varchar)",
        "((data)->>('k'))",
    ):
        assert form_of(read_condition(same)) == plain
    for other in ("data->'k'", "data['k']", "data#>>'{k}'", "lower(data->>'k')", "(data->>'k')::int", "data->>$1"):
        assert form_of(read_condition(other)) != plain


@given(st.lists(st.sampled_from(["->", "->>", "[]", "#>"]), max_size=4))
def test_what_is_written_is_read_the_same(steps: list[str]) -> None:
    text = "data"
    for step in steps:
        text += {"->": "->'a'", "->>": "->>'b'", "[]": "['c']", "#>": "#>'{d,e}'"}[step]
    read = read_condition(text)
    assert form_of(read_condition(sql_of(read))) == form_of(read)


def test_a_table_with_everything() -> None:
    text = """CREATE TABLE IF NOT EXISTS app.events (
        id bigserial PRIMARY KEY, "Data" jsonb NOT NULL DEFAULT '{}'::jsonb, at timestamp(3) with time zone,
        mail text GENERATED ALWAYS AS ("Data"->>'mail') STORED, tags text[], amount numeric(10, 2) CHECK (amount > 0),
        user_id int REFERENCES users (id) ON DELETE CASCADE, CONSTRAINT uq UNIQUE (user_id, at)
    )"""
    (made,) = read_statements(text)
    assert isinstance(made, CreateTable)
    assert (made.table.schema, made.table.name) == ("app", "events")
    assert [(column.name, column.type.name) for column in made.columns] == [
        ("id", "bigserial"), ("Data", "jsonb"), ("at", "timestamp with time zone"), ("mail", "text"),
        ("tags", "text[]"), ("amount", "numeric"), ("user_id", "integer"),
    ]  # fmt: skip
    assert text[made.columns[1].type.start : made.columns[1].type.end] == "jsonb"
    assert isinstance(made.columns[3].generated, Binary)
    assert [constraint.kind for constraint in made.constraints] == ["unique"]


def test_an_index_with_everything() -> None:
    (made,) = read_statements(
        "CREATE UNIQUE INDEX CONCURRENTLY ix ON app.e USING gin ((data->'a') public.jsonb_path_ops, b DESC) WHERE c"
    )
    assert isinstance(made, CreateIndex)
    assert (made.method, made.unique, made.table.name) == ("gin", True, "e")
    assert [element.operator_class for element in made.elements] == ["jsonb_path_ops", ""]
    assert made.where is not None


def test_bodies_of_routines_are_read_in_their_place() -> None:
    text = (
        "CREATE FUNCTION f() RETURNS int AS $$ BEGIN IF x THEN UPDATE t SET a = 1 WHERE b->>'c' = 'd'; END IF; END $$"
    )
    (made,) = read_statements(text)
    assert isinstance(made, Routine)
    assert not made.at_once
    update, query = made.body
    assert isinstance(update, Update)
    assert isinstance(query, Query)
    assert text[update.start : update.end] == "UPDATE"
    (condition,) = (condition for _, condition in query.conditions)
    assert isinstance(condition, Binary)
    assert isinstance(condition.left, Binary)
    assert text[condition.left.at : condition.left.at_end] == "->>"


def test_a_do_block_runs_at_once() -> None:
    (made,) = read_statements("DO $$ BEGIN ALTER TABLE t ADD COLUMN a jsonb; END $$")
    assert isinstance(made, Routine)
    assert made.at_once
    assert isinstance(made.body[0], AlterTable)


def test_an_upsert_says_what_it_sets() -> None:
    found = list(
        read_statements("INSERT INTO t (a) SELECT 1 FROM u ON CONFLICT (a) DO UPDATE SET b = excluded.b, c = 1")
    )
    assert [statement.columns for statement in found if isinstance(statement, Insert) and statement.conflict] == [
        ("b", "c")
    ]
