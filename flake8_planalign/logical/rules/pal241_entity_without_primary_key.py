"""A table without primary key.

## Why

Without one, nothing tells two rows apart: no foreign key can point to it, a duplicate can be neither found nor deleted
alone, and logical replication refuses its updates.

## Bad

```sql
CREATE TABLE measurements ( -- PAL241:13
    sensor_id bigint NOT NULL,
    value double precision,
    taken_at timestamptz NOT NULL
);
CREATE TABLE sensors (sensor_id bigserial PRIMARY KEY); -- PAL241:13
ALTER TABLE sensors DROP CONSTRAINT sensors_pkey;
CREATE TABLE keys (code text UNIQUE NOT NULL, name jsonb); -- PAL241:13
CREATE TABLE readings (reading_id bigint NOT NULL);
CREATE TABLE failures (LIKE readings INCLUDING ALL); -- PAL241:13
ALTER TABLE readings ADD PRIMARY KEY (reading_id);
```

## Good

```sql
CREATE TABLE sensors (sensor_id bigserial PRIMARY KEY, name text);
CREATE TABLE measurements (
    sensor_id bigint REFERENCES sensors,
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (sensor_id, taken_at)
) PARTITION BY RANGE (taken_at);
CREATE TABLE measurements_2026 PARTITION OF measurements FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE measurements_copy (LIKE measurements INCLUDING ALL);
CREATE TABLE measurements_shape (LIKE measurements);
CREATE TABLE summary AS SELECT count(*) FROM measurements;
CREATE TEMP TABLE incoming (line text);
CREATE TABLE measurements_staging (line text);
CREATE TABLE late (id bigint);
ALTER TABLE late ADD CONSTRAINT late_key PRIMARY KEY (id);
ALTER TABLE elsewhere ADD COLUMN name text;
```

## Limits

By the schema that the whole history leaves. What is made `LIKE` another table with its indexes has the key that this
one has then, and none if it gets it later. A table that some migration changes in a way that cannot be read, and tables
known by models alone, are silent. So are tables that rows are loaded through or put aside in, by their names
(`_staging`, `_temp`, `_backup`, `_old` and the like) or those of their schemas (`staging`, `stg`), tables that a script
drops, makes and fills by a query each time or makes unlogged, and scripts outside of migrations where neither the file
nor one beside it has anything that only PostgreSQL's SQL has.

## References

- [PostgreSQL: primary keys](https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import Keyless
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL241",
    name="entity-without-primary-key",
    message="table `{table}` has no primary key{harm}",
    severity=Severity.MEDIUM,
    story="LOG-REV-01-04",
    since="0.1.0",
)


@RULE.on(Keyless)
def check(keyless: Keyless, _config: object) -> Iterator[Finding]:
    """Report tables without primary key in the final schema."""
    harm = ", so nothing tells its rows apart; add one"
    if keyless.unique:
        harm = f"; make the columns that are unique and never null one: PRIMARY KEY ({', '.join(keyless.unique)})"
    yield RULE.finding(keyless.position, table=keyless.table, harm=harm)
