"""Versions of a row that nothing keeps from overlapping.

## Why

Two versions that are valid at the same moment make every join return the row twice, silently. Only the database can
rule that out under concurrent writers.

## Bad

```sql
CREATE TABLE prices ( -- PAL224:13
    item_id bigint NOT NULL,
    price numeric NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    PRIMARY KEY (item_id, valid_from)
);
```

## Good

```sql
CREATE TABLE prices (
    item_id bigint NOT NULL,
    price numeric NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    PRIMARY KEY (item_id, valid_from)
);
CREATE UNIQUE INDEX ix_prices_current ON prices (item_id) WHERE valid_to IS NULL;
CREATE TABLE rates (
    item_id bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    EXCLUDE USING gist (item_id WITH =, tstzrange(valid_from, valid_to) WITH &&)
);
CREATE TABLE terms (
    item_id bigint,
    valid_from date,
    valid_to date,
    valid daterange,
    PRIMARY KEY (item_id, valid WITHOUT OVERLAPS)
);
```

## Limits

Off by default. A unique index over the current rows, an exclusion constraint and a temporal key count as guards.

## References

- [PostgreSQL: exclusion constraints](https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-CONSTRAINT)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import UnguardedVersions
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL224",
    name="version-interval-unguarded",
    message="nothing keeps versions in `{table}` from overlapping; add a unique index on current rows or an exclusion",
    severity=Severity.LOW,
    story="LOG-REV-01-02",
    on_by_default=False,
    since="0.1.0",
)


@RULE.on(UnguardedVersions)
def check(versions: UnguardedVersions, _config: object) -> Iterator[Finding]:
    """Report intervals without a guard."""
    yield RULE.finding(versions.position, table=versions.table)
