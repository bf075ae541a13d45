"""What statements say, as PostgreSQL means it: expressions, definitions, and queries with their tables."""

from __future__ import annotations

import pytest

from flake8_planalign.formats.sql import read_condition, read_definitions, read_requests, read_statements
from flake8_planalign.formats.sql import syntax as s
from flake8_planalign.logical.forms import sql_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~a = 1", "~ a = 1"),
        ("- 5 < a", "-5 < a"),
        ("a = - - 5", "a = --5"),
        ("? = a", "... = a"),
        ("(SELECT 1) = a", "... = a"),
        ("(a b) = c", "... = c"),
        ("CASE WHEN a THEN CASE b WHEN 1 THEN 2 END ELSE 3 END = 4", "... = 4"),
        ("EXISTS (SELECT 1) AND a", "... and a"),
        ("CAST(a AS int) = 1", "a::integer = 1"),
        ("CAST(a int) = 1", "... = 1"),
        ("array(SELECT 1) && a", "... && a"),
        ("ROW(a, b) = (1, 2)", "(a, b) = (1, 2)"),
        ("t.* = a", "... = a"),
        ("s.t.c = d", "c = d"),
        ("count(DISTINCT a) FILTER (WHERE b) > 1", "count(a) > 1"),
        ("sum(a) OVER w > 1", "sum(a) > 1"),
        ("sum(a ORDER BY b) OVER (PARTITION BY c) > 1", "sum(a) > 1"),
        ("mode() WITHIN GROUP (ORDER BY a) > 1", "mode() > 1"),
        ('a COLLATE pg_catalog."C" = b', 'a collate "C" = b'),
        ("a OPERATOR(pg_catalog.=) b", "a = b"),
        ("a ~~ 'x' AND b !~~* 'y'", "a like 'x' and b not ilike 'y'"),
        ("substring(a FROM 2 FOR 3) = substring(a FOR 3)", "substring(a, 2, 3) = substring(a, 1, 3)"),
        ("trim(LEADING 'x' FROM a) = trim(FROM a)", "ltrim(a, 'x') = trim(a)"),
        ("extract(year FROM a) = f(VARIADIC a)", "extract(year, ...) = f(variadic, ...)"),
        ("json_value(a, '$.b' RETURNING int) = 1", "json_value(a, '$.b', ...) = 1"),
        ("a ISNULL AND b NOTNULL", "a is null and b is not null"),
        ("a IS NOT TRUE", "a is not true"),
        ("a IS NOT DISTINCT FROM b", "a is not distinct from b"),
        ("a NOT BETWEEN SYMMETRIC 1 AND 2 AND b", "a not between 1 and 2 and b"),
        ("a NOT IN (1, 2) OR b NOT ILIKE 'x'", "a not in (1, 2) or b not ilike 'x'"),
        ("a = ANY (ARRAY[1, 2])", "a = any (1, 2)"),
        ("a = ALL ($1) AND a = SOME ($2)", "a = all ... and a = any ..."),
        ("date '2026-01-01' = a", "'2026-01-01'::date = a"),
        ("timestamptz 'now' > a", "'now'::timestamp with time zone > a"),
        ("a AT TIME ZONE 'utc' = b", "timezone('utc', a) = b"),
        (r"E'a\tb' = a", "'a\tb' = a"),
        (r"a \:\:int = 1", "a::integer = 1"),
        ("left(a, 1) = 'b'", "left(a, 1) = 'b'"),
        ("a[1:2] = b", "a[...] = b"),
        ("NOT a = b AND NOT (c OR d)", "not a = b and not (c or d)"),
        ("a OR b AND c OR d", "a or (b and c) or d"),
        ("(" * 40 + "a" + ")" * 40, "..."),
        ("", "..."),
    ],
)
def test_an_expression(text: str, expected: str) -> None:
    assert sql_of(read_condition(text)) == expected


def shown(statement: s.Statement) -> str:
    """Return a query or a write in short: its tables by their aliases, what it asks or sets."""
    match statement:
        case s.Query(scope=scope, conditions=conditions, limited=limited):
            tables = " ".join(f"{alias}={table.name}" if table else alias for alias, table in scope.tables)
            asked = "; ".join(f"{kind} {sql_of(term)}" for kind, term in conditions)
            return f"query {tables} [{asked}]{' limited' if limited else ''}"
        case s.Update(table=table, columns=columns):
            return f"update {table.name} {' '.join(columns)}"
        case s.Insert(table=table, columns=columns, conflict=conflict):
            return f"insert {table.name}{' on conflict ' + ' '.join(columns) if conflict else ''}"
        case s.Delete(table=table):
            return f"delete {table.name}"
        case s.Truncate(tables=names):
            return f"truncate {' '.join(table.name for table in names)}"
        case s.Routine(body=body, at_once=at_once):
            return f"{'at once' if at_once else 'later'} ({', '.join(map(shown, body))})"
    return type(statement).__name__


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1 FROM a UNION ALL SELECT 2 FROM b WHERE c", "query a=a [], query b=b [where c]"),
        ("SELECT 1 FROM f(1) AS g(x), LATERAL h(1) WITH ORDINALITY t WHERE x", "query g t [where x]"),
        ("SELECT 1 FROM (a JOIN b ON a.c = b.d) LEFT JOIN e USING (f) WHERE g",
         "query a=a b=b e=e [on c = d; where g]"),
        ("SELECT 1 FROM a NATURAL LEFT OUTER JOIN b CROSS JOIN c WHERE d", "query a=a b=b c=c [where d]"),
        ("SELECT 1 FROM a AS x (y, z) WHERE y", "query x=a [where y]"),
        ("SELECT 1 FROM a TABLESAMPLE system (1) WHERE b", "query a=a [where b]"),
        ("SELECT 1 FROM (SELECT 2 FROM a) b, (VALUES (1)) c (d) WHERE e FETCH FIRST ROW ONLY",
         "query b c [where e] limited, query a=a []"),
        ("SELECT DISTINCT ON (a) b FROM c WHERE d ORDER BY e LIMIT 5", "query c=c [where d] limited"),
        ("SELECT a FROM b WHERE c IN (SELECT d FROM e WHERE f = b.g)",
         "query b=b [where c in ...], query e=e [where f = g]"),
        ("SELECT 1 FROM a GROUP BY b HAVING count(*) > 1", "query a=a [having count(...) > 1]"),
        ("WITH x AS (SELECT 1 FROM a WHERE b), y (z) AS NOT MATERIALIZED (SELECT 2) SELECT FROM x JOIN y ON x.c = y.d",
         "query x y [on c = d], query a=a [where b]"),
        ("EXPLAIN ANALYZE SELECT 1 FROM a WHERE b", "query a=a [where b]"),
        ("COPY (SELECT 1 FROM a WHERE b) TO STDOUT", "query a=a [where b]"),
        ("SELECT 1 FROM a FOR UPDATE OF a", "query a=a []"),
        ("UPDATE ONLY a AS b SET (c, d) = (1, 2), b.e = f(g, (SELECT 1 FROM h WHERE i)) FROM j WHERE k RETURNING l",
         "update a c d e, query b=a j=j [where k], query h=h [where i]"),
        ("UPDATE a", "query a=a []"),
        ("DELETE FROM ONLY a AS b USING c WHERE b.d = c.e", "delete a, query b=a c=c [where d = e]"),
        ("TRUNCATE TABLE ONLY a *, b RESTART IDENTITY", "truncate a b"),
        ("INSERT INTO a AS b (c) VALUES (1), (2) ON CONFLICT (c) WHERE d DO UPDATE SET c = excluded.c",
         "insert a on conflict c"),
        ("INSERT INTO a SELECT 1 FROM b ON CONFLICT DO NOTHING", "insert a, query b=b []"),
        ("INSERT INTO a (c) (SELECT (1) FROM b) ON CONFLICT (c) DO UPDATE SET c = 1",
         "insert a on conflict c, query b=b []"),
        ("INSERT INTO (a)", ""),
        ("MERGE INTO a AS t USING b ON t.c = b.d WHEN MATCHED THEN UPDATE SET e = 1, f = b.f WHEN NOT MATCHED THEN DO",
         "update a e f, query t=a b=b [on c = d]"),
        ("MERGE INTO a USING b ON a.c = b.d WHEN MATCHED AND b.e THEN DELETE", "delete a, query a=a b=b [on c = d]"),
        ("CREATE OR REPLACE RECURSIVE VIEW v (c) AS SELECT 1 FROM a WHERE b", "later (query a=a [where b])"),
        ("CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT 1 FROM a WHERE b", "later (query a=a [where b])"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM a WHERE b'", "later (query a=a [where b])"),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN b THEN c END FROM a; DELETE FROM d; END",
         "later (query a=a [], delete d, query d=d [])"),
        ("CREATE FUNCTION f() RETURNS int AS 'it''s' LANGUAGE c", "later ()"),
        ("CREATE POLICY p ON a AS RESTRICTIVE FOR SELECT TO public USING (b) WITH CHECK (c)",
         "later (query a=a [where b])"),
        ("ALTER POLICY p ON a USING (b)", "later (query a=a [where b])"),
        ("CREATE POLICY p", "later ()"),
        ("DO $$ BEGIN IF a THEN UPDATE b SET c = CASE WHEN d THEN 1 ELSE 2 END; ELSE DELETE FROM e; END IF; END $$",
         "at once (update b c, query b=b [], delete e, query e=e [])"),
        ("DO LANGUAGE plpgsql $$ BEGIN FOR r IN SELECT 1 FROM a WHERE b LOOP UPDATE c SET d = 1; END LOOP; END $$",
         "at once (query a=a [where b], update c d, query c=c [])"),
        ("CREATE FUNCTION f() RETURNS int AS $$ BEGIN EXECUTE 'DROP TABLE a'; PERFORM 1 FROM b WHERE c; END $$",
         "later (DropTable, query b=b [where c])"),
        ("DO $$ BEGIN EXECUTE a; EXECUTE 'SELECT 1 FROM b'; EXECUTE format('DROP TABLE %I', c) USING d; END $$",
         "at once (Execute, DropTable)"),
    ],
)  # fmt: skip
def test_queries_and_writes(text: str, expected: str) -> None:
    assert ", ".join(map(shown, read_statements(text))) == expected


def test_requests_are_the_statements_without_definitions() -> None:
    text = """CREATE TABLE a (b int); DROP TABLE c; COMMENT ON TABLE a IS 'x'; SELECT 1 FROM a;
        CREATE VIEW v AS SELECT 1 FROM d; DO $$ BEGIN DELETE FROM e; END $$"""
    assert [shown(item) for item in read_requests(text)] == [
        "query a=a []", "later (query d=d [])", "at once (delete e, query e=e [])",
    ]  # fmt: skip
    assert [shown(item) for item in read_requests(text, bodies_only=True)] == [
        "later (query d=d [])", "at once (delete e, query e=e [])",
    ]  # fmt: skip


def made(statement: s.Statement) -> str:
    """Return a definition in short."""
    match statement:
        case s.CreateTable():
            columns = [
                f"{item.name} {item.type.name}{' not null' if item.not_null else ''}" for item in statement.columns
            ]
            columns += [f"{item.name} = {sql_of(item.generated)}" for item in statement.columns if item.generated]
            columns += [f"{item.kind} {' '.join(item.columns)}".strip() for item in statement.constraints]
            words = [f"like {item.name}" for item in statement.copies]
            words += ["keys"] * statement.copies_keys + ["temporary"] * (not statement.persistent)
            words += ["query"] * statement.as_query
            words += [f"partition of {statement.partition_of.name}"] if statement.partition_of else []
            return " ".join([f"table {statement.table.name}({', '.join(columns)})", *words])
        case s.CreateIndex(elements=elements, where=where):
            inner = ", ".join(
                " ".join(filter(None, (sql_of(e.expression), e.collation, e.operator_class))) for e in elements
            )
            name = statement.name.name if statement.name else ""
            return f"index {name} {statement.method}({inner})" + (f" where {sql_of(where)}" if where else "")
        case s.AlterTable(actions=actions):
            return f"alter {statement.table.name}: " + ", ".join(map(action, actions))
    return type(statement).__name__


def action(item: s.Action) -> str:
    match item:
        case s.OtherAction(harmless=harmless):
            return "harmless" if harmless else "unknown"
        case s.AddColumn(column=column):
            return f"+{column.name} {column.type.name}"
    name = getattr(item, "name", "")
    return " ".join(filter(None, (type(item).__name__, name, getattr(item, "new_name", ""))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE TABLE", ""),
        ("CREATE TABLE a () INHERITS (b, c)", "table a() like b like c"),
        ("CREATE TABLE a (b int, LIKE c INCLUDING INDEXES)", "table a(b integer) like c keys"),
        ("CREATE TABLE a (exclude int, check int, unique int, primary int, EXCLUDE (b WITH =))",
         "table a(exclude integer, check integer, unique integer, primary integer, exclude)"),
        ('CREATE TABLE a (b int COLLATE "C" (x) GENERATED ALWAYS AS IDENTITY (START 1), c int CONSTRAINT d NOT NULL)',
         "table a(b integer, c integer)"),
        ("CREATE TABLE a (b int NOT NULL UNIQUE, c int GENERATED ALWAYS AS (b + 1) STORED)",
         "table a(b integer not null, c integer, c = b + 1)"),
        ("CREATE TABLE a (CONSTRAINT b NOT NULL c, CONSTRAINT d PERIOD)", "table a()"),
        ("CREATE TABLE a (b int, PRIMARY KEY (b), UNIQUE NULLS NOT DISTINCT (b), FOREIGN KEY (b) REFERENCES c (d))",
         "table a(b integer, primary key b, unique b, foreign key b)"),
        ("CREATE UNLOGGED TABLE a AS SELECT 1", "table a() query"),
        ("CREATE TEMPORARY TABLE a (b json)", "table a(b json) temporary"),
        ("CREATE TABLE a PARTITION OF b FOR VALUES IN ('c')", "table a() partition of b"),
        ("CREATE INDEX ON", ""),
        ("CREATE INDEX a b", ""),
        ("CREATE INDEX a ON b USING brin", ""),
        ('CREATE INDEX a ON b (c COLLATE pg_catalog."C" public.text_pattern_ops (x = 1) DESC) INCLUDE (d) WHERE e',
         "index a btree(c C text_pattern_ops) where e"),
        ("ALTER MATERIALIZED VIEW a RENAME TO b; ALTER SEQUENCE c RESTART", "OtherStatement, OtherStatement"),
        ("ALTER TABLE", ""),
        ("ALTER TABLE a OWNER TO b, ADD, ALTER b SET STATISTICS 5, RENAME CONSTRAINT c TO d, INHERIT e",
         "alter a: harmless, unknown, harmless, harmless, unknown"),
        ("ALTER TABLE a ADD b json, DROP c, ALTER d TYPE jsonb, ALTER e SET NOT NULL, ALTER f SET EXPRESSION AS (b)",
         "alter a: +b json, DropColumn c, AlterType d, ChangeNull e, SetExpression f"),
        ("ALTER TABLE a RENAME b TO c; ALTER TABLE a RENAME TO d; ALTER TABLE a SET SCHEMA e; ALTER TABLE a RENAME b",
         "alter a: RenameColumn b c, alter a: RenameTable d, alter a: MoveTable, alter a: unknown"),
        ("ALTER TABLE a ATTACH PARTITION b DEFAULT, ADD UNIQUE (d), DROP CONSTRAINT e, ALTER f SET DEFAULT 1",
         "alter a: AttachPartition, AddConstraint, DropConstraint e, harmless"),
        ("ALTER INDEX IF EXISTS a RENAME TO b; DROP INDEX CONCURRENTLY IF EXISTS a; DROP TABLE IF EXISTS a, b CASCADE",
         "RenameIndex, DropIndex, DropTable"),
        ("CREATE DOMAIN a AS json CHECK (true); DROP VIEW b; COMMENT ON TABLE c IS 'd'", "CreateDomain"),
    ],
)  # fmt: skip
def test_definitions(text: str, expected: str) -> None:
    assert ", ".join(map(made, read_definitions(text))) == expected
