"""A containment, existence or jsonpath condition on a JSONB column that no GIN index serves.

## Why

`@>`, `?`, `?|`, `?&`, `@?` and `@@` are what GIN indexes are made for. Without one, PostgreSQL reads and decompresses
every document of the table for each query. Whether an index exists is told by the whole history: one that a later
migration drops does not count, and neither does one that the model declares and no migration creates.

## Bad

`migrations/0001_events.sql`:
```sql
CREATE TABLE events (id bigserial PRIMARY KEY, payload jsonb NOT NULL);
CREATE INDEX ix_events_payload ON events USING gin (payload);
```

`migrations/0002_smaller.sql`:
```sql
DROP INDEX ix_events_payload;
```

`queries/recent.sql`:
```sql
SELECT id FROM events e WHERE e.payload @> '{"kind": "login"}'; -- PAL212:40
SELECT id FROM events WHERE payload ? 'error' AND id > 5; -- PAL212:36
SELECT id FROM events WHERE payload->'tags' ?| array['a', 'b']; -- PAL212:44
```

`app/events.py`:
```python
async def logins(connection, kind):
    query = "SELECT id FROM events "
    query = "SELECT id FROM events WHERE payload @> $1"  # PAL212:49
    return await connection.fetch(query, kind)
```

The model declares the index, the migrations never made it:

`alembic/versions/0001_events.py`:
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("events", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("payload", postgresql.JSONB()))
```

`app/models.py`:
```python
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (sa.Index("ix_events_payload", "payload", postgresql_using="gin"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payload: Mapped[dict] = mapped_column(JSONB)


def logins():
    return sa.select(Event.id).where(Event.payload.contains({"kind": "login"}))  # PAL212:51
```

A column of a table that the project names as a feature table needs its index from the start:

```toml
[tool.planalign.logical]
feature-tables = ["user_features"]
```

`migrations/0001_features.sql`:
```sql
CREATE TABLE user_features (
    user_id bigint PRIMARY KEY,
    vector jsonb NOT NULL, -- PAL212:4
    event_time timestamptz NOT NULL
);
```

## Good

`migrations/0001_events.sql`:
```sql
CREATE TABLE events (id bigserial PRIMARY KEY, payload jsonb NOT NULL, tags text[] NOT NULL, other jsonb);
CREATE INDEX ix_events_payload ON events USING gin (payload);
CREATE INDEX ix_events_kinds ON events USING gin ((other->'kinds'));
UPDATE events SET other = '{}' WHERE other @> '{"old": true}';
```

`queries/recent.sql`:
```sql
SELECT id FROM events e WHERE e.payload @> '{"kind": "login"}' AND e.payload ? 'error';
SELECT id FROM events WHERE other -> 'kinds' ? 'a';
SELECT id FROM events WHERE tags @> array['a'];
SELECT other @> '{"kind": "login"}' FROM events;
SELECT id FROM events WHERE id = 1 AND other @> '{"kind": "login"}';
SELECT id FROM events WHERE NOT (other @> '{"kind": "login"}');
SELECT id FROM other_events WHERE other @> '{"kind": "login"}';
```

## Options

`[tool.planalign.logical] feature-tables`: tables whose JSONB columns need a GIN index even before a query is seen. The
default patterns do not count for this.

## Limits

What runs once is silent: conditions in migrations, in scripts that move data by their name (`migrate_*.py`,
`transfer_*.sql`), in `DO` blocks, and in SQL files that fill a table which they make. Functions, views and policies of
migrations count, the last body of each. Silent are scripts of other databases by their name (`duckdb.sql`), a query
that fixes a primary or unique key of the table, everything about a table that some migration changes in a way that
cannot be read, and a path by which GIN finds nothing: one that goes through no member before it compares, and compares
otherwise than by `==`. Where another condition of the query can use an index, the finding is probable, and medium.

## References

- [PostgreSQL: jsonb indexing](https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING)
- [PostgreSQL: built-in GIN operator classes](https://www.postgresql.org/docs/current/gin.html#GIN-BUILTIN-OPCLASSES)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import Predicate, UnindexedFeature, Verdict
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL212",
    name="jsonb-filter-without-gin",
    message="no GIN index serves {what}; add {remedy}",
    severity=Severity.HIGH,
    story="LOG-REV-01-01",
    since="0.1.0",
)


@RULE.on(Predicate)
def check(predicate: Predicate, _config: object) -> Iterator[Finding]:
    """Report conditions for which no index exists."""
    if predicate.shape == "containment" and predicate.verdict is Verdict.NO_INDEX:
        declared = f"{predicate.declared.path}:{predicate.declared.line}"
        yield RULE.finding(
            predicate.position,
            severity=Severity.MEDIUM if predicate.selective else None,
            confidence=Confidence.PROBABLE if predicate.selective else None,
            what=f"`{predicate.operator}` on `{predicate.table}.{predicate.column}` ({declared})",
            remedy=predicate.remedy,
        )


@RULE.on(UnindexedFeature)
def check_feature(column: UnindexedFeature, _config: object) -> Iterator[Finding]:
    """Report the JSONB columns of feature tables."""
    what = f"the feature column `{column.table}.{column.column}`"
    yield RULE.finding(column.position, what=what, remedy=column.remedy)
