"""SQL of any size and kind is read to its end, with work in proportion to it; what is no text is told once."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_planalign import engine
from flake8_planalign.config import Run
from flake8_planalign.formats import sql
from flake8_planalign.formats.sql import read_condition, read_statements
from flake8_planalign.formats.sql.syntax import Query
from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import embedded, extraction, facts, forms, words
from flake8_planalign.logical.code import Module
from flake8_planalign.logical.history import build
from flake8_planalign.logical.predicates import Judge
from flake8_planalign.project import Project
from flake8_planalign.rule import Position
from flake8_planalign.source import Source


def findings(folder: Path, data: bytes, name: str = "schema.sql") -> list[str]:
    (folder / "pyproject.toml").write_text('[project]\nname = "a"\ndependencies = ["asyncpg"]\n')
    (folder / name).write_bytes(data)
    source = Source.of_bytes(str(folder / name), data, FileKind.SQL)
    found = engine.check(source, Project(folder, Run(cache="off", exclude=())))
    return [f"{item.position.line}:{item.position.column} {item.code} {item.message}" for item in found]


JSON = b"CREATE TABLE t (id int PRIMARY KEY, doc json);\n"
NO_TEXT = "PAL902 SQL file cannot be read: these bytes are no text in the file's encoding"
ZERO = "PAL902 SQL file cannot be read: PostgreSQL takes no text that holds a zero byte"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (JSON + b"-- caf\xe9\n", f"2:6 {NO_TEXT}"),
        (JSON + b"SELECT '\0';\n", f"2:8 {ZERO}"),
        ("SELECT 1;".encode("utf-16-le"), f"1:1 {ZERO}"),
        (b"SELECT 'ok';\n" * 2 + b"\xff\xfe", f"3:0 {NO_TEXT}"),
    ],
    ids=["latin-1", "zero byte", "utf-16 without mark", "mark in the wrong place"],
)  # fmt: skip
def test_what_is_no_text_is_told_once_at_its_place(tmp_path: Path, data: bytes, expected: str) -> None:
    assert [item for item in findings(tmp_path, data) if "PAL902" in item] == [expected]


def test_megabytes_of_no_text_at_all_are_told_once(tmp_path: Path) -> None:
    data = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(100_000))
    assert b"{{" in data
    assert [item.partition(" ")[2] for item in findings(tmp_path, data)] in ([NO_TEXT], [ZERO])


def test_what_can_be_read_beside_it_is_still_judged(tmp_path: Path) -> None:
    assert [item[:11] for item in findings(tmp_path, JSON + b"-- caf\xe9\n")] == ["1:40 PAL211", "2:6 PAL902 "]


@pytest.mark.parametrize(
    "data",
    [
        b"SET client_encoding = 'LATIN1';\n-- caf\xe9\n",
        b"CREATE TABLE `t` (a int) ENGINE=InnoDB; -- caf\xe9\n",
        b"select * from {{ ref('t') }} -- caf\xe9\n",
        JSON.replace(b"doc json", b"doc jsonb").decode().encode("utf-16"),
        b"\xef\xbb\xbfSELECT 1;",
        b"",
    ],
    ids=["says its encoding", "another database", "template", "utf-16", "utf-8 with mark", "empty"],
)
def test_what_another_program_reads_is_left_alone(tmp_path: Path, data: bytes) -> None:
    assert findings(tmp_path, data) == []


def test_a_file_in_utf_16_is_judged_where_it_stands(tmp_path: Path) -> None:
    assert [item[:11] for item in findings(tmp_path, JSON.decode().encode("utf-16"))] == ["1:40 PAL211"]


def test_lines_that_end_as_on_windows_keep_their_places(tmp_path: Path) -> None:
    data = b"-- one\r\n-- two\r\n" + JSON.replace(b"\n", b"\r\n")
    assert [item[:11] for item in findings(tmp_path, data)] == ["3:40 PAL211"]


def test_a_file_beyond_the_limit_is_told_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "LIMIT", 100)
    monkeypatch.setattr("flake8_planalign.logical.judging.LIMIT", 100)
    monkeypatch.setattr("flake8_planalign.logical.history.LIMIT", 100)
    told = findings(tmp_path, JSON + b"SELECT id FROM t WHERE doc->>'k' = 'v';\n" * 3)
    assert told == ["1:0 PAL902 SQL file cannot be read: it is larger than 0 MiB"]


def test_ten_megabytes_are_read(tmp_path: Path) -> None:
    rows = b"INSERT INTO t VALUES\n" + b",\n".join([b"(1, '" + b"x" * 170_000 + b"')"] * 60)
    data = rows + b";\nCOPY t FROM stdin;\n" + b"1\t{}\n" * 10_000 + b"\\.\n" + JSON
    assert len(data) > 10_000_000
    assert [item.partition(" ")[2][:6] for item in findings(tmp_path, data)] == ["PAL211"]


# -- work in proportion -----------------------------------------------------------------------------------------------


def _work(run: Callable[[], object]) -> int:
    """Return how many functions a run calls, those that are written in C included."""
    count = 0

    def counts(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counts)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def _judged(text: str) -> None:
    """Read a SQL file as the view does: into the schema, and against it."""
    found = extraction.extract("a.sql", text, FileKind.SQL)
    schema = build({}, {"a.sql": facts.decode(facts.encode(found))}, drivers=True)
    judge = Judge(schema, lambda start, end: Position(1, start, 1, end))
    for statement in read_statements(text):
        if isinstance(statement, Query):
            list(judge.query(statement))


def each(text: str, count: int, between: str = "") -> str:
    """Return a text for each number, which stands for `#` in it."""
    return between.join(text.replace("#", str(number)) for number in range(count))


TABLE = "create table t (id int primary key, doc jsonb);\n"
SHAPES: dict[str, Callable[[int], str]] = {
    "rows": lambda n: "insert into t values " + ",".join(["(1, 'a', (2))"] * n),
    "statements": lambda n: "select a from t where a->>'k' = 'v';\n" * n,
    "parentheses": lambda n: "select * from t where " + "(" * n + "a" + ")" * n + " = 1",
    "parentheses that nothing closes": lambda n: "select " + "(" * n,
    "brackets": lambda n: "select " + "a[" * n,
    "subqueries": lambda n: "select * from t where id in (" * n,
    "subqueries beside each other": lambda n: "select * from t where " + " and ".join(["id in (select 1 from t)"] * n),
    "joins in parentheses": lambda n: "select * from " + "(t join " * n,
    "queries with names": lambda n: "with " + each("a# as (select * from a#)", n, ", ") + " select 1",
    "queries with names within each other": lambda n: "with a as (" * n,
    "conditions": lambda n: TABLE + "select * from t where " + " and ".join(["doc->>'k' = 'v'"] * n),
    "choices": lambda n: TABLE + "select * from t where " + " or ".join(["doc @> '{}'"] * n),
    "both": lambda n: TABLE + "select * from t where " + " and ".join(["(doc ? 'k' or doc ? 'l')"] * n),
    "joins": lambda n: TABLE + "select * from t " + each("join t t# on t#.doc ? 'k'", n, " "),
    "tables": lambda n: TABLE + "select * from " + each("t t#", n, ", ") + " where t1.doc ? 'k'",
    "operators": lambda n: "select * from t where a" + " || b" * n + " = 1",
    "negations": lambda n: "select * from t where " + "not " * n + "a",
    "signs": lambda n: "select " + "+" * n,
    "inserts in one statement": lambda n: "insert into t select " * n,
    "conflicts in one statement": lambda n: "insert into t select 1 on conflict do update set a = 1 " * n,
    "assignments": lambda n: "update t set " + ", ".join(["a = (1)"] * n),
    "columns": lambda n: "create table t (" + each("c# int", n, ", ") + ")",
    "columns that are renamed": lambda n: TABLE + each("alter table t add c# int; alter table t rename c# to d#;", n),
    "indexes of one table": lambda n: TABLE + each("create index i# on t (doc); alter table t rename id to id;", n),
    "tables that come and go": lambda n: each("create table t# (a int); drop table t#;", n),
    "tables that go at last": lambda n: each("create table t# (a int);", n) + each("drop table t#;", n),
    "indexes that go": lambda n: each("create table t# (a int); create index i# on t# (a); drop index i#;", n),
    "tables that move": lambda n: each("create table t# (a int); alter table t# rename to s#;", n),
    "tables that nobody knows": lambda n: TABLE + each("alter table t# drop a;", n),
    "partitions": lambda n: TABLE + each("create table t# partition of t default; create index i# on t (id);", n),
    "partitions that change": lambda n: (
        TABLE + each("create table t# partition of t default;", n) + "alter table t rename id to id;" * n
    ),
    "partitions of each other": lambda n: each(
        "create table a# (b int); alter table a# attach partition a default; alter table a attach partition a#;", n
    ),
    "partitions within each other": lambda n: (
        TABLE + each("create table t# partition of t; alter table t rename to u#; create table t partition of u#;", n)
    ),
    "indexes without names": lambda n: TABLE + "create index on t ((doc->>'a'), id);" * n,
    "schemas that go": lambda n: TABLE + each("create table s#.t (a int); drop schema s#, s cascade;", n),
    "executed": lambda n: "do $$ begin " + each("execute 'create table t# (a int)'; execute b;", n) + " end $$",
    "executed in parts": lambda n: "do $$ begin execute 'drop table a'" + " || b || 'c'" * n + "; end $$",
    "casts": lambda n: TABLE + "create index i on t ((doc" + "::jsonb" * n + "));",
    "functions with words": lambda n: "select * from t where " + "substring(" * n + "a" + " from 1)" * n + " = 1",
    "actions": lambda n: TABLE + "alter table t " + each("add c# int", n, ", "),
    "bodies": lambda n: "do $$ begin " * n,
    "policies": lambda n: "create policy p on t using (a = 1);" * n,
    "copies": lambda n: "copy from stdin " * n,
    "texts that nothing closes": lambda n: "select '" + "a''" * n,
    "names that nothing closes": lambda n: 'select "' + 'a""' * n,
    "comments": lambda n: "/* */" * n,
    "comments in each other": lambda n: "/*" * n,
    "templates": lambda n: "{{ " * n,
    "dollars": lambda n: "$a$ $b$ " * n,
    "zero bytes": lambda n: "\0" * n,
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_work_grows_with_the_text_and_no_faster(shape: Callable[[int], str]) -> None:
    small, large = shape(300), shape(1200)
    _judged(small)
    ratio = _work(lambda: _judged(large)) / max(_work(lambda: _judged(small)), 1)
    assert ratio <= 1.1 * len(large) / len(small)


@pytest.mark.parametrize(
    "text",
    [
        "+" * 100_000, "-+" * 50_000, "\n" * 100_000, " " * 100_000, "e'" + "\\'" * 50_000, "copy " * 20_000,
        "go \n" * 30_000,
        "{{" * 50_000, "${" * 50_000, "{%" * 50_000, "/* " * 100_000, "/*/" * 100_000, "$a" * 50_000, "1" * 100_000,
        "1e" * 50_000, "a." * 50_000, "'" * 99_999, '"' * 99_999, "\\" * 100_000, ":" * 100_000, "%(" * 50_000,
        "using" + " " * 100_000, "with" + " " * 100_000, "identity" + " " * 100_000, "--" + " " * 100_000,
    ],
    ids=lambda text: repr(text[:6]),
)  # fmt: skip
def test_no_pattern_looks_at_a_text_again_and_again(text: str) -> None:
    _judged("create " + text)


@pytest.mark.parametrize(
    "string",
    [
        "(" + " " * 100_000, "-- a\\n" + " " * 100_000, "/**/" * 20_000, "--\\n" * 20_000, "select " * 20_000,
        "with as " * 20_000,
    ],
    ids=lambda text: repr(text[:6]),
)  # fmt: skip
def test_a_string_that_is_no_sql_is_told_at_once(string: str) -> None:
    text = f'query = "{string}"\n'
    assert list(embedded.statements(Module(text, ast.parse(text)))) == []
    words.embeds(text + "WHERE ->>", writes=True)


def test_the_deepest_expression_is_not_too_deep_for_those_who_walk_it() -> None:
    text = "a"
    for _ in range(200):
        text = f"({text}" + "".join(f" || f(b{number}::int)" for number in range(45)) + ")"
    for written in (text, text.replace("||", "and not"), "not " * 500 + "a", "f(" * 500, "- " * 500 + "a", "a[" * 500):
        found = read_condition(written)
        forms.form_of(found)
        forms.sql_of(found)
        forms.rename(found, "a", "b")
        assert facts.decode(facts.encode(found)) == found
