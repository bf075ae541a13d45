"""What we read in SQL is what PostgreSQL's own parser reads in it (libpg_query, through postgast).

`benchmarks/parser_truth.py` makes the same comparison on the migrations of any package; here they are those of one, and
statements that are hard to read.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

pytest.importorskip("postgast")
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "parser_truth.py"
spec = importlib.util.spec_from_file_location("parser_truth", SCRIPT)
assert spec is not None
assert spec.loader is not None
parser_truth = importlib.util.module_from_spec(spec)
sys.modules["parser_truth"] = parser_truth
spec.loader.exec_module(parser_truth)

HARD = r"""
SELECT '\' || E'it\'s' || U&'d\0061t' || $a$ '; $$ $a$ || 'two ''quotes''' || B'01' || X'ff';
SELECT a[1:2], b['k'], (array[x, y])[1], (c).d, 1.5e-3, .5, 1_000, 0xff, a::int[]::text, -a, a - -1 FROM t;
SELECT /* one /* inside */ of another */ 1 -- and a line
  , "A ""quoted"" name", "select" FROM "Schema"."Table";
SELECT * FROM t WHERE d @> '{}' AND d ? 'a' AND d ?| array['a'] AND d ?& '{a}' AND d @? '$.a' AND d @@ '$.a == 1';
SELECT * FROM t WHERE d->'a'->>'b' = 'c' AND d #>> '{a,b}' = 'c' AND d #> '{a}' <@ '1' AND d #- '{a}' = '{}';
SELECT * FROM t WHERE (d->>'n')::numeric(10,2) BETWEEN -1 AND +2 OR NOT a IS DISTINCT FROM b
    AND c !~* 'x' AND c LIKE 'a\_' ESCAPE '\';
CREATE TABLE a (b double precision, c timestamp(3) with time zone, d character varying(20)[], e "Own"."Type", f jsonb
    DEFAULT '{"a": 1}'::jsonb NOT NULL CHECK (f ? 'a'), g int GENERATED ALWAYS AS (b * 2) STORED, h bit varying(5),
    i interval hour to minute, PRIMARY KEY (b, c), UNIQUE NULLS NOT DISTINCT (d), LIKE other INCLUDING ALL,
    CONSTRAINT k FOREIGN KEY (b) REFERENCES z (y) ON DELETE CASCADE DEFERRABLE, EXCLUDE USING gist (c WITH =));
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t USING gin (d jsonb_path_ops, lower(e) COLLATE "C" text_ops
    DESC NULLS LAST, (f->>'a')) INCLUDE (g) WITH (fastupdate = off) WHERE h IS NOT NULL AND i > 5;
ALTER TABLE IF EXISTS ONLY s.t ADD COLUMN IF NOT EXISTS a json, ALTER b TYPE jsonb USING b::jsonb, DROP c CASCADE;
ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i, ALTER COLUMN a SET DATA TYPE timestamptz;
ALTER TABLE t RENAME COLUMN a TO "B";
CREATE TABLE p PARTITION OF t FOR VALUES FROM ('a') TO (MAXVALUE) PARTITION BY LIST (b);
CREATE FUNCTION f(a json) RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN IF a->>'b' THEN RETURN NULL; END IF; END $f$;
CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
INSERT INTO t (a, b) VALUES (1, 'x;y'), (2, NULL) ON CONFLICT (a) WHERE b > 0 DO UPDATE SET b = excluded.b || '!';
WITH x AS MATERIALIZED (DELETE FROM t WHERE a = 1 RETURNING *) UPDATE u SET (c, d) = (x.c, x.d) FROM x WHERE u.e = x.e;
SELECT count(*) FILTER (WHERE a), sum(b) OVER (PARTITION BY c ORDER BY d ROWS UNBOUNDED PRECEDING) FROM t;
SELECT a FROM t TABLESAMPLE system (10), LATERAL jsonb_each(t.d) WITH ORDINALITY AS e(k, v, n) FETCH FIRST 5 ROWS ONLY;
SELECT a<-1, a>=-1, a<>-b, a@>b, a*-b, a||b, @a, |/ 4, a!=b, a%b, a^b, a#b, a&b, a<<b, ~a FROM t
"""


def scored(text: str) -> parser_truth.Score:
    score = parser_truth.Score()
    for statement in parser_truth.statements(text):
        parser_truth.judge(statement, score)
    return score


def test_statements_that_are_hard_to_read() -> None:
    score = scored(HARD)
    assert score.examples == []
    assert score.same["tokens"] > 600
    assert score.same["columns"] == 11
    assert score.same["operators"] == 16


def test_the_migrations_of_a_package() -> None:
    found = importlib.util.find_spec("litellm_proxy_extras")
    if found is None or not found.submodule_search_locations:
        pytest.skip("needs litellm-proxy-extras")
    score = scored("\n".join(parser_truth.texts(Path(found.submodule_search_locations[0]))))
    assert score.examples == []
    assert score.same["columns"] > 1_000
    assert score.same["indexes"] > 100
