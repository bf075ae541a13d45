"""A path of three or more steps into a document.

## Why

A document that queries reach into over three levels is a table in hiding: each level is looked up again in every row,
none of it has a type, a constraint or statistics, and each new path needs an index of its own. What is asked for
belongs into a column.

## Bad

`migrations/0001_events.sql`:
```sql
CREATE TABLE events (
    id bigserial PRIMARY KEY,
    payload jsonb NOT NULL,
    mail text GENERATED ALWAYS AS (payload->'user'->'contact'->>'mail') STORED -- PAL214:61
);
CREATE INDEX ix_mail ON events ((payload #>> '{user,contact,mail}')); -- PAL214:32
```

`queries/recent.sql`:
```sql
SELECT id FROM events WHERE payload->'user'->'contact'->>'mail' = 'a@b.c'; -- PAL214:54
SELECT id FROM events WHERE payload @@ '$.user.contact.mail == "a@b.c"'; -- PAL214:36
SELECT id FROM events WHERE payload['user']['contact']['mail'] = '"a@b.c"'; -- PAL214:28
```

A default that nests as deep:

`alembic/versions/0001_settings.py`:
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "settings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("value", JSONB(), server_default='{"mail": {"smtp": {"port": 25}}}'),  # PAL214:51
    )
```

## Good

`migrations/0001_events.sql`:
```sql
CREATE TABLE events (id bigserial PRIMARY KEY, payload jsonb NOT NULL DEFAULT '{"user": {"mail": ""}}');
CREATE INDEX ix_mail ON events ((payload->'user'->>'mail'));
```

`queries/recent.sql`:
```sql
SELECT id FROM events WHERE payload->'items'->0->>'mail' = 'a@b.c';
SELECT payload->'user'->'contact'->>'mail' FROM events WHERE id = 1;
SELECT id FROM events WHERE payload @> '{"user": {"contact": {"mail": "a@b.c"}}}';
```

## Limits

Array indexes do not count as steps, and neither do the literals of `@>`. A path in a SELECT list is silent.

## References

- [PostgreSQL: designing JSON documents](https://www.postgresql.org/docs/current/datatype-json.html#JSON-DOC-DESIGN)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import DeepPath
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL214",
    name="deep-json-path",
    message="{where} goes {steps} levels into a document (`{path}`); keep what is asked for in a column of its own",
    severity=Severity.MEDIUM,
    story="LOG-REV-01-01",
    since="0.1.0",
)


@RULE.on(DeepPath)
def check(path: DeepPath, _config: object) -> Iterator[Finding]:
    """Report paths of three or more steps."""
    yield RULE.finding(path.position, where=path.where, steps=path.steps, path=path.path)
