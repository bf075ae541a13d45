"""A column that is named after a table and does not reference it.

## Why

Without the foreign key, rows that refer to nothing appear sooner or later, and no one notices until a join loses them.

## Bad

```sql
CREATE TABLE users (id bigserial PRIMARY KEY);
CREATE TABLE categories (id bigserial PRIMARY KEY);
CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    user_id bigint NOT NULL, -- PAL242:4
    category_id bigint -- PAL242:4
);
```

## Good

```sql
CREATE TABLE users (id bigserial PRIMARY KEY);
CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id),
    trace_id text
);
CREATE TABLE visits (id bigserial PRIMARY KEY, user_id bigint);
ALTER TABLE visits ADD FOREIGN KEY (user_id) REFERENCES users (id);
```

## Limits

Off by default. Feature tables are excepted: what they describe may live in another database.

## References

- [PostgreSQL: foreign keys](https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import LooseReference
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL242",
    name="reference-without-foreign-key",
    message="`{table}.{column}` is named after table `{target}` and does not reference it; add a foreign key",
    severity=Severity.LOW,
    story="LOG-REV-01-04",
    on_by_default=False,
    since="0.1.0",
)


@RULE.on(LooseReference)
def check(reference: LooseReference, _config: object) -> Iterator[Finding]:
    """Report references that the database does not know."""
    yield RULE.finding(reference.position, table=reference.table, column=reference.column, target=reference.target)
