"""A column of type json, which PostgreSQL keeps as text, without equality and GIN indexes.

## Why

`json` keeps the text as it came and parses it again for every look at it. It has no equality, so `DISTINCT`, `GROUP BY`
and `UNION` fail on it, no containment (`@>`) and no GIN operator class. `jsonb` is parsed once, compares, and can be
indexed. A later change rewrites the whole table under an exclusive lock.

## Bad

```sql
CREATE TABLE events (
    id bigserial PRIMARY KEY,
    payload json NOT NULL, -- PAL211:12
    tags json[], -- PAL211:9
    received_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE events ADD COLUMN extra json; -- PAL211:36
CREATE DOMAIN document AS json; -- PAL211:26
```

`migrations/versions/0001_events.py`:
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("payload", sa.JSON(), nullable=False),  # PAL211:29
        sa.Column("context", postgresql.JSON(astext_type=sa.Text())),  # PAL211:29
    )
```

## Good

```sql
CREATE TABLE events (
    id bigserial PRIMARY KEY,
    payload jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE TEMP TABLE incoming (line json);
CREATE FUNCTION answer(question json) RETURNS json LANGUAGE sql AS $$ SELECT question $$;
```

A column that a later migration converts, a variant, and another database:

`migrations/versions/0001_events.py`:
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("context", sa.JSON().with_variant(JSONB(), "postgresql")),
    )
```

`migrations/versions/0002_jsonb.py`:
```python
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("ALTER TABLE events ALTER COLUMN payload TYPE jsonb USING payload::jsonb")
```

`migrations/versions/0001_events.py`:
```python
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("events", sa.Column("payload", sa.JSON()))
```

## Limits

Only in projects that use PostgreSQL: by a driver among the requirements, a dialect in the migrations, or SQL that
only PostgreSQL understands. Where the project also speaks to another database, `sa.JSON` is silent, `postgresql.JSON`
is not; so is a service whose settings name another one where none is given (`url: str = "sqlite:///app.db"`). Models
beside an engine of another database are left alone. Where order or duplicate keys of the text must be
kept, `json` is right: say so with `noqa`.

## References

- [PostgreSQL: JSON types](https://www.postgresql.org/docs/current/datatype-json.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import JsonColumn
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL211",
    name="json-not-jsonb",
    message="{owner} is {type}, which cannot be compared or indexed for search; make it jsonb",
    severity=Severity.HIGH,
    story="LOG-REV-01-01",
    since="0.1.0",
)


@RULE.on(JsonColumn)
def check(column: JsonColumn, _config: object) -> Iterator[Finding]:
    """Report columns that the whole history leaves as json."""
    owner = f"column `{column.table}.{column.column}`" if column.column else "this domain"
    yield RULE.finding(column.position, owner=owner, type=f"`{column.type}`")
