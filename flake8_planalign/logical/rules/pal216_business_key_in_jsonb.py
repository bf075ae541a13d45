"""A key that identifies a business object, kept inside a document.

## Why

What joins, finds or distinguishes objects is relational: in a column it has a type, a foreign key, a unique constraint
and statistics. Inside of a document nothing keeps it from being missing, misspelt or of another type.

## Bad

`migrations/0001_orders.sql`:
```sql
CREATE TABLE customers (customer_id bigserial PRIMARY KEY, mail text);
CREATE TABLE orders (order_id bigserial PRIMARY KEY, body jsonb NOT NULL);
CREATE UNIQUE INDEX ix_sku ON orders ((body->>'sku')); -- PAL216:38
CREATE INDEX ix_body ON orders USING gin (body);
```

`queries/orders.sql`:
```sql
SELECT 1 FROM orders o JOIN customers c ON o.body->>'customer_id' = c.customer_id::text; -- PAL216:49
SELECT 1 FROM orders WHERE body @> '{"email": "a@b.c"}'; -- PAL216:32
SELECT 1 FROM orders WHERE body->'buyer'->>'uuid' IN ('a', 'b'); -- PAL216:40
```

## Good

`migrations/0001_orders.sql`:
```sql
CREATE TABLE orders (order_id bigserial PRIMARY KEY, sku text UNIQUE, body jsonb NOT NULL);
CREATE INDEX ix_body ON orders USING gin (body);
```

`queries/orders.sql`:
```sql
SELECT 1 FROM orders WHERE sku = 'a' AND body @> '{"colour": "red"}';
SELECT body->>'trace_id' FROM orders WHERE order_id = 1;
SELECT 1 FROM orders WHERE body->>'width' = '5';
SELECT 1 FROM orders WHERE body->>'session_id' IS NULL;
```

## Options

`[tool.planalign.logical] business-keys`: patterns of the names, by default `*_id`, `id`, `email`, `sku`, `uuid`.

## Limits

A key that is only selected, or tested for being there, is silent.

## References

- [PostgreSQL: designing JSON documents](https://www.postgresql.org/docs/current/datatype-json.html#JSON-DOC-DESIGN)
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from flake8_planalign.config import Config
from flake8_planalign.logical.model import Predicate, UniqueKey
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL216",
    name="business-key-in-jsonb",
    message="business key `{key}` is kept inside of `{table}.{column}` and used to {use}; give it a column of its own",
    severity=Severity.MEDIUM,
    story="LOG-REV-01-01",
    since="0.1.0",
)


def _is_business_key(key: str, config: Config) -> bool:
    return any(fnmatch.fnmatchcase(key.lower(), pattern.lower()) for pattern in config.logical.business_keys)


@RULE.on(Predicate)
def check(predicate: Predicate, config: Config) -> Iterator[Finding]:
    """Report identifiers that are compared for equality."""
    key = next((key for key in predicate.keys if _is_business_key(key, config)), None)
    if key is not None and predicate.equality:
        use = "join" if predicate.joins else "find rows"
        yield RULE.finding(predicate.position, key=key, table=predicate.table, column=predicate.column, use=use)


@RULE.on(UniqueKey)
def check_unique(unique: UniqueKey, config: Config) -> Iterator[Finding]:
    """Report identifiers that must be unique."""
    if _is_business_key(unique.key, config):
        use = "tell rows apart"
        yield RULE.finding(unique.position, key=unique.key, table=unique.table, column=unique.column, use=use)
