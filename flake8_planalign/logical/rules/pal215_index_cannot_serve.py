"""An index that was meant for a condition and cannot serve it, or that can serve nothing.

## Why

The index is there, `EXPLAIN` on a small table even shows it, and the query still reads the whole table: the operator is
not in the operator class, the index is of the wrong kind or on the wrong expression, or it holds only some of the rows.
Each write pays for it nevertheless.

## Bad

`migrations/0001_events.sql`:
```sql
CREATE TABLE events (id bigserial PRIMARY KEY, payload jsonb, extra jsonb, whole jsonb, active boolean, old json);
CREATE INDEX ix_path ON events USING gin (payload jsonb_path_ops);
CREATE INDEX ix_extra ON events USING gin (extra) WHERE active;
CREATE INDEX ix_whole ON events (whole); -- PAL215:13
CREATE INDEX ix_text ON events USING gin ((payload->>'kind')); -- PAL215:13
CREATE INDEX ix_day ON events (((payload->>'day')::date)); -- PAL215:13
CREATE INDEX ix_old ON events USING gin (old); -- PAL215:13
CREATE INDEX ix_mail ON events ((payload->'user'->>'mail'));
```

`queries/recent.sql`:
```sql
SELECT id FROM events WHERE payload ? 'kind'; -- PAL215:36
SELECT id FROM events WHERE extra @> '{"a": 1}'; -- PAL215:34
SELECT id FROM events WHERE whole @> '{"a": 1}'; -- PAL215:34
SELECT id FROM events WHERE payload->'tags' @> '["a"]'; -- PAL215:44
SELECT id FROM events WHERE payload #>> '{user,mail}' = 'a@b.c'; -- PAL215:36
```

## Good

`migrations/0001_events.sql`:
```sql
CREATE TABLE events (id bigserial PRIMARY KEY, payload jsonb, extra jsonb, active boolean, tenant int);
CREATE INDEX ix_path ON events USING gin (payload jsonb_path_ops);
CREATE INDEX ix_extra ON events USING gin (extra) WHERE active;
CREATE INDEX ix_mail ON events ((payload->'user'->>'mail'));
CREATE INDEX ix_day ON events (((payload->>'day')::int));
CREATE INDEX ix_mixed ON events (tenant, payload);
CREATE UNIQUE INDEX ix_documents ON events (extra);
```

`queries/recent.sql`:
```sql
SELECT id FROM events WHERE payload @> '{"kind": "a"}';
SELECT id FROM events WHERE extra @> '{"a": 1}' AND active;
SELECT id FROM events WHERE payload->'user'->>'mail' = 'a@b.c';
```

## Limits

Where another index serves the condition, or may serve it, nothing is said of the condition. An index behind other
columns, operator classes of extensions and collations are left alone, and so is a B-tree on a whole column that some
module of the project compares as a whole or with null (`Host.system == ...`, `Host.objects.filter(system=...)`).

## References

- [PostgreSQL: built-in GIN operator classes](https://www.postgresql.org/docs/current/gin.html#GIN-BUILTIN-OPCLASSES)
- [PostgreSQL: partial indexes](https://www.postgresql.org/docs/current/indexes-partial.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import Predicate, UselessIndex, Verdict
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL215",
    name="index-cannot-serve",
    message="{index} {cannot}: {reason}; use {remedy}",
    severity=Severity.HIGH,
    story="LOG-REV-01-01",
    since="0.1.0",
)


@RULE.on(Predicate)
def check(predicate: Predicate, _config: object) -> Iterator[Finding]:
    """Report conditions that an index was meant for."""
    other_form = predicate.verdict is Verdict.OTHER_FORM and not predicate.rendered and not predicate.bound_key
    if predicate.verdict is Verdict.CANNOT_SERVE or other_form:
        yield RULE.finding(
            predicate.position,
            index=_named(predicate.index),
            cannot=f"cannot serve `{predicate.text}`",
            reason=predicate.reason,
            remedy=predicate.remedy,
        )


@RULE.on(UselessIndex)
def check_index(index: UselessIndex, _config: object) -> Iterator[Finding]:
    """Report indexes that can serve nothing."""
    yield RULE.finding(
        index.position,
        index=_named(index.index),
        cannot=f"on `{index.table}` serves no search",
        reason=index.reason,
        remedy=index.remedy,
    )


def _named(index: str) -> str:
    return f"index `{index}`" if index else "an index without a name of its own"
