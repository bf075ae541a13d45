-- Histories, each with a query of what it leaves behind (tests/oracle/test_schema_truth.py).

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e USING gin (doc);
DROP INDEX e_doc_idx;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e ((doc->>'a'));
DROP INDEX e_expr_idx;
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e (lower(doc->>'a'));
DROP INDEX e_lower_idx;
-- ask: SELECT 1 FROM e WHERE lower(doc->>'a') = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e ((doc->>'a'));
CREATE INDEX ON e ((doc->>'b'));
DROP INDEX e_expr_idx1;
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e ((doc->>'a'));
CREATE INDEX ON e ((doc->>'b'));
DROP INDEX e_expr_idx;
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix0 ON e (tenant);
CREATE INDEX ON e ((doc->>'a'));
DROP INDEX ix0;
CREATE INDEX ON e ((doc->>'b'));
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e (kind, (doc->>'a'), lower(kind));
DROP INDEX e_kind_expr_lower_idx;
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e ((doc->>'a'), (doc->>'b'));
DROP INDEX e_expr_expr1_idx;
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE UNIQUE INDEX ON e ((doc->>'a'));
DROP INDEX e_expr_idx;
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e (((doc->>'a')::int));
DROP INDEX e_int4_idx;
-- ask: SELECT 1 FROM e WHERE (doc->>'a')::int = 5

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e ((doc['a']));
DROP INDEX IF EXISTS e_doc_idx;
-- ask: SELECT 1 FROM e WHERE doc['a'] = '1'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ON e (coalesce(doc->>'a',''));
DROP INDEX e_coalesce_idx;
-- ask: SELECT 1 FROM e WHERE coalesce(doc->>'a','') = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix ON public.e USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON ONLY e USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX "Ix Doc" ON "e" USING "gin" ("doc" "jsonb_path_ops");
DROP INDEX "Ix Doc";
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX "IX" ON e USING gin (doc);
DROP INDEX IF EXISTS ix;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX IX ON E USING GIN (DOC);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE "E" (id int, "Doc" jsonb);
CREATE INDEX ON "E" USING gin ("Doc");
-- ask: SELECT 1 FROM "E" WHERE "Doc" @> '{}'

CREATE TABLE "E" (id int, "Doc" jsonb);
CREATE TABLE e (id int, doc jsonb);
CREATE INDEX ON "E" USING gin ("Doc");
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
CREATE INDEX ix ON e USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
CREATE INDEX ix ON e USING gin (doc);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE INDEX ix ON e USING gin (doc);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
CREATE INDEX ix ON e1 USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
CREATE TABLE e2 PARTITION OF e DEFAULT;
CREATE INDEX ix ON e1 USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
CREATE INDEX ix ON ONLY e USING gin (doc);
CREATE INDEX ix1 ON e1 USING gin (doc);
ALTER INDEX ix ATTACH PARTITION ix1;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE e1 (id int, doc jsonb);
CREATE INDEX ix ON e USING gin (doc);
ALTER TABLE e ATTACH PARTITION e1 FOR VALUES FROM (0) TO (10);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id int) PARTITION BY RANGE (id);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
ALTER TABLE e ADD doc jsonb;
CREATE INDEX ix ON e USING gin (doc);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id int, doc json) PARTITION BY RANGE (id);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
ALTER TABLE e ALTER doc TYPE jsonb;
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
DROP TABLE e;
-- ask: SELECT 1

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE INDEX ix ON e USING gin(doc);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
DROP INDEX ix;
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE INDEX ix ON e USING gin(doc);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
ALTER TABLE e DETACH PARTITION e1;
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
ALTER TABLE e RENAME doc TO body;
CREATE INDEX ix ON e USING gin (body);
-- ask: SELECT 1 FROM e1 WHERE body @> '{}'

CREATE TABLE e (id int, doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (0) TO (10);
ALTER TABLE e DROP doc;
-- ask: SELECT 1

CREATE TABLE e (id int, doc jsonb);
CREATE TABLE e1 (x int) INHERITS (e);
CREATE INDEX ON e USING gin (doc);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb);
CREATE TABLE e1 (x int) INHERITS (e);
CREATE INDEX ON e1 USING gin (doc);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id int);
CREATE TABLE e1 (x int) INHERITS (e);
ALTER TABLE e ADD doc jsonb;
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb);
CREATE TABLE e1 (x int) INHERITS (e);
ALTER TABLE e DROP doc;
-- ask: SELECT 1

CREATE TABLE e (id int, doc json);
CREATE TABLE e1 (x int) INHERITS (e);
ALTER TABLE e ALTER doc TYPE jsonb;
CREATE INDEX ON e1 USING gin(doc);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
CREATE TABLE e1 (LIKE e INCLUDING ALL);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
CREATE TABLE e1 (LIKE e INCLUDING INDEXES);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
CREATE TABLE e1 (LIKE e INCLUDING ALL EXCLUDING INDEXES);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
CREATE TABLE e1 (LIKE e);
-- ask: SELECT 1 FROM e1 WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
DROP TABLE e CASCADE;
CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
ALTER TABLE e RENAME TO f;
ALTER TABLE f RENAME doc TO body;
-- ask: SELECT 1 FROM f WHERE body @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
ALTER TABLE e RENAME TO f;
CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
ALTER TABLE e RENAME doc TO x;
ALTER TABLE e RENAME other TO doc;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
ALTER TABLE e DROP COLUMN doc CASCADE;
ALTER TABLE e ADD doc jsonb;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
ALTER TABLE e DROP doc, ADD doc jsonb;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e ((doc->>'a')) WHERE other IS NOT NULL;
ALTER TABLE e DROP other;
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
ALTER INDEX ix RENAME TO iy;
DROP INDEX iy;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
ALTER TABLE ix RENAME TO iy;
DROP INDEX iy;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
DROP INDEX CONCURRENTLY ix;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
DROP INDEX ix CASCADE;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
CREATE INDEX iy ON e USING gin (other);
DROP INDEX ix, iy;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
ALTER TABLE e SET SCHEMA public;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE SCHEMA a;
CREATE TABLE a.e (id int, doc jsonb);
CREATE INDEX ix ON a.e USING gin (doc);
DROP SCHEMA a CASCADE;
CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE SCHEMA a;
CREATE TABLE a.e (id int, doc jsonb);
CREATE INDEX ix ON a.e USING gin (doc);
DROP INDEX a.ix;
DROP SCHEMA a CASCADE;
-- ask: SELECT 1

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE DOMAIN jd AS jsonb;
ALTER TABLE e ADD c jd;
CREATE INDEX ON e USING gin (c);
-- ask: SELECT 1 FROM e WHERE c @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE DOMAIN jd AS jsonb;
ALTER TABLE e ADD c jd;
-- ask: SELECT 1 FROM e WHERE c @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE FUNCTION f(jsonb) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT $1->>'a' $$; CREATE INDEX ix ON e (f(doc));
-- ask: SELECT 1 FROM e WHERE f(doc) = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE FUNCTION f(jsonb) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT $1->>'a' $$; CREATE INDEX ix ON e (f(doc));
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE FUNCTION ts(text) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS $$ SELECT $1::timestamptz $$; CREATE INDEX ix ON e (ts(doc->>'t'));
-- ask: SELECT 1 FROM e WHERE ts(doc->>'t') > '2020-01-01'

CREATE TABLE e (id int, doc json);
ALTER TABLE e ALTER COLUMN doc TYPE jsonb USING doc::jsonb;
CREATE INDEX ix ON e USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc text);
ALTER TABLE e ALTER COLUMN doc SET DATA TYPE jsonb USING doc::jsonb;
CREATE INDEX ix ON e USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc json);
CREATE INDEX ix ON e ((doc->>'a'));
ALTER TABLE e ALTER doc TYPE jsonb;
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id int, doc json);
ALTER TABLE e ADD d2 jsonb;
UPDATE e SET d2 = doc;
ALTER TABLE e DROP doc;
ALTER TABLE e RENAME d2 TO doc;
CREATE INDEX ix ON e USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
ALTER TABLE e ALTER doc TYPE text;
ALTER TABLE e ALTER doc TYPE jsonb USING doc::jsonb;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb, a text GENERATED ALWAYS AS (doc->>'a') STORED);
CREATE INDEX ix ON e (a);
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id int, doc jsonb, a text GENERATED ALWAYS AS (doc->>'a') STORED);
CREATE INDEX ix ON e (a);
-- ask: SELECT 1 FROM e WHERE a = 'x'

CREATE TABLE e (id int, doc jsonb, a text GENERATED ALWAYS AS (doc->>'a'));
-- ask: SELECT 1 FROM e WHERE a = 'x'

CREATE TABLE e (id int, doc jsonb, a text GENERATED ALWAYS AS (doc->>'a'));
CREATE INDEX ix ON e ((doc->>'a'));
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id int, doc jsonb NOT NULL DEFAULT '{}'::jsonb CHECK (doc ? 'a'));
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb, CONSTRAINT c CHECK (jsonb_typeof(doc) = 'object'), UNIQUE (doc));
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE UNIQUE INDEX ix ON e ((doc->>'a')) WHERE kind = 'x';
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x' AND kind = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e (kind) WHERE doc ? 'a';
-- ask: SELECT 1 FROM e WHERE doc ? 'a' AND kind = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE STATISTICS s ON (doc->>'a'), kind FROM e;
-- ask: SELECT 1 FROM e WHERE doc->>'a' = 'x'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
BEGIN;
CREATE INDEX ix ON e USING gin (doc);
COMMIT;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
DO $$ BEGIN CREATE INDEX ix ON e USING gin (doc); EXCEPTION WHEN duplicate_table THEN NULL; END $$;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'ix') THEN CREATE INDEX ix ON e USING gin (doc); END IF; END $$;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
DO $$ BEGIN EXECUTE 'CREATE INDEX ix ON e USING gin (doc)'; END $$;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['e'] LOOP EXECUTE format('CREATE INDEX ix_%s ON %I USING gin (doc)', t, t); END LOOP; END $$;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
DO $$ BEGIN EXECUTE 'ALTER TABLE e RENAME doc TO body'; END $$;
-- ask: SELECT 1 FROM e WHERE body @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
DO LANGUAGE plpgsql 'BEGIN CREATE INDEX ix ON e USING gin (doc); END';
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE FUNCTION mk() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE INDEX ix ON e USING gin (doc); END $$; SELECT mk();
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE PROCEDURE mk() LANGUAGE plpgsql AS $$ BEGIN CREATE INDEX ix ON e USING gin (doc); END $$; CALL mk();
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE PROCEDURE mk() LANGUAGE sql BEGIN ATOMIC SELECT 1;
END;
CREATE INDEX ix ON e USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE UNLOGGED TABLE IF NOT EXISTS public.e (id int GENERATED BY DEFAULT AS IDENTITY, doc pg_catalog.jsonb DEFAULT '{"a":1}');
CREATE INDEX ix ON ONLY public.e USING gin (doc pg_catalog.jsonb_path_ops) WITH (fastupdate=off) TABLESPACE pg_default;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb STORAGE EXTERNAL COMPRESSION pglz NOT NULL) WITH (fillfactor=70);
CREATE INDEX ON e USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, "select" jsonb, "a b" jsonb, "q""q" jsonb);
CREATE INDEX ON e USING gin ("a b");
CREATE INDEX ON e USING gin ("q""q");
-- ask: SELECT 1 FROM e WHERE "q""q" @> '{}'

CREATE TABLE e (id int, doc jsonb); /* CREATE INDEX a ON e USING gin (doc); /* nested */ */ -- CREATE INDEX b ON e USING gin (doc);
 SELECT 1;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb); COMMENT ON TABLE e IS 'CREATE INDEX x ON e USING gin (doc); it''s';
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb); INSERT INTO e VALUES (1, '{"a": "; CREATE INDEX x ON e USING gin (doc);"}');
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id int, doc jsonb); SELECT $tag$ CREATE INDEX x ON e USING gin (doc); $tag$; SELECT E'\'; CREATE INDEX x ON e USING gin (doc);';
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX ix ON e USING gin (doc);
ALTER TABLE e RENAME CONSTRAINT e_pkey TO pk;
ALTER TABLE e DROP CONSTRAINT pk;
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
ALTER TABLE IF EXISTS ONLY e ADD COLUMN IF NOT EXISTS extra jsonb, ADD COLUMN extra2 jsonb DEFAULT '{}', ALTER COLUMN kind TYPE varchar(10);
-- ask: SELECT 1 FROM e WHERE extra @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
ALTER TABLE e ADD COLUMN arr jsonb[];
ALTER TABLE e ADD COLUMN j2 json ARRAY;
ALTER TABLE e ADD COLUMN j3 json[3][];
-- ask: SELECT 1

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE TABLE f (id int, e_id int REFERENCES e, data jsonb);
DROP TABLE e CASCADE;
-- ask: SELECT 1 FROM f WHERE data @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
TRUNCATE e;
CLUSTER e USING e_pkey;
REINDEX TABLE e;
ANALYZE e;
LOCK TABLE e;
CREATE INDEX ix ON e USING gin (doc);
-- ask: SELECT 1 FROM e WHERE doc @> '{}'

CREATE TABLE e (id bigint PRIMARY KEY, doc jsonb, other jsonb, tenant int, kind text);
CREATE INDEX IF NOT EXISTS ix ON e USING gin (doc);
CREATE INDEX IF NOT EXISTS ix ON e USING gin (other);
-- ask: SELECT 1 FROM e WHERE other @> '{}'

CREATE TABLE IF NOT EXISTS e (id int, doc json);
CREATE TABLE IF NOT EXISTS e (id int, doc jsonb);
-- ask: SELECT 1

CREATE TABLE a (id int, doc jsonb);
CREATE TABLE b (id int, doc jsonb);
CREATE INDEX ix ON a USING gin (doc);
CREATE INDEX IF NOT EXISTS ix ON b USING gin (doc);
-- ask: SELECT 1 FROM b WHERE doc @> '{}'
