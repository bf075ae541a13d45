"""A condition on a value taken out of a JSON column, without an index on that very expression.

## Why

`payload->>'kind' = 'login'` takes the value out of every document of the table. A GIN index on `payload` does not
serve it: only an index on the same expression does, or the containment operator `@>` with a GIN index. A function in
the place of an operator (`jsonb_path_exists(...)`) is served by no index at all.

## Bad

`migrations/0001_events.sql`:
```sql
CREATE TABLE events (id bigserial PRIMARY KEY, payload jsonb NOT NULL);
CREATE INDEX ix_events_payload ON events USING gin (payload);
```

`queries/recent.sql`:
```sql
SELECT id FROM events WHERE payload->>'kind' = 'login'; -- PAL213:35
SELECT id FROM events e JOIN users u ON e.payload #>> '{user,mail}' = u.mail; -- PAL213:50
SELECT id FROM events WHERE (payload->>'age')::int BETWEEN 5 AND 7; -- PAL213:36
SELECT id FROM events WHERE payload['kind'] = '"login"'; -- PAL213:35
SELECT id FROM events WHERE jsonb_path_exists(payload, '$.error'); -- PAL213:28
SELECT id FROM events WHERE jsonb_extract_path_text(payload, 'kind') IN ('a', 'b'); -- PAL213:28
SELECT id FROM events WHERE json_value(payload, '$.kind') = 'login'; -- PAL213:28
SELECT id FROM events WHERE json_exists(payload, '$.error'); -- PAL213:28
SELECT id FROM events WHERE (payload->>'done')::boolean; -- PAL213:36
SELECT id FROM events WHERE payload->>'state' = 'open'; -- PAL213:35
```

`app/events.py`:
```python
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    payload: Mapped[dict] = mapped_column(JSONB)


def logins(session, table):
    session.execute(sa.text(f"SELECT id FROM {table} t, events WHERE events.payload->>'kind' = :kind"))  # PAL213:83
    return session.query(Event).filter(Event.payload["kind"].astext == "login")  # PAL213:39
```

## Good

`migrations/0001_events.sql`:
```sql
CREATE TABLE events (id bigserial PRIMARY KEY, payload jsonb NOT NULL, at timestamptz, code text UNIQUE);
CREATE INDEX ix_events_payload ON events USING gin (payload);
CREATE INDEX ix_events_kind ON events ((payload->>'kind'));
CREATE INDEX ix_events_age ON events (((payload->>'age')::int));
CREATE INDEX ix_events_open ON events (at) WHERE payload->>'state' = 'open';
UPDATE events SET at = now() WHERE payload->>'old' = 'yes';
```

`queries/recent.sql`:
```sql
SELECT id FROM events e WHERE e.payload ->> 'kind' = $1 ORDER BY e.payload->>'at';
SELECT id FROM events WHERE (payload->>'age')::int > 5;
SELECT id FROM events WHERE payload->>'state' = 'open' ORDER BY at;
SELECT id FROM events WHERE payload @> '{"kind": "login"}';
SELECT payload->>'other' FROM events WHERE id = 5 AND payload->>'other' = 'x';
SELECT id FROM events WHERE code = 'a' AND payload->>'other' = 'x';
SELECT id FROM events WHERE payload->>'other' LIKE '%x%';
SELECT count(*) FILTER (WHERE payload->>'other' = 'x') FROM events;
SELECT e.id FROM events e LEFT JOIN users u ON u.id = e.id AND e.payload->>'other' = 'x';
```

## Limits

As for PAL212. Searches for a pattern that does not begin with fixed text, negations, terms of an OR, a test for
null or for the empty text of rows that another index finds, and what an outer join asks of the table that it keeps
whole are silent. So is a join to the key of another table where the query narrows the document's table alone: the rows
of the other one are looked up; and so are `sa.JSON` columns of a project or service that may run on another database.

## References

- [PostgreSQL: jsonb indexing](https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING)
- [PostgreSQL: indexes on expressions](https://www.postgresql.org/docs/current/indexes-expressional.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import Predicate, Verdict
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL213",
    name="json-extraction-in-filter",
    message="no index serves `{text}` on `{table}.{column}`; use {remedy}",
    severity=Severity.HIGH,
    story="LOG-REV-01-01",
    since="0.1.0",
)


@RULE.on(Predicate)
def check(predicate: Predicate, _config: object) -> Iterator[Finding]:
    """Report comparisons of what is taken out of a document."""
    if predicate.shape != "containment" and predicate.verdict is Verdict.NO_INDEX:
        yield RULE.finding(
            predicate.position,
            severity=Severity.MEDIUM if predicate.selective else None,
            confidence=Confidence.PROBABLE if predicate.selective else None,
            text=predicate.text,
            table=predicate.table,
            column=predicate.column,
            remedy=predicate.remedy,
        )
