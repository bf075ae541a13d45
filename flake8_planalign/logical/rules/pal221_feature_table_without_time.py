"""A feature table that does not say when its values were true.

## Why

Training joins each outcome with the features as they were known at its time. Without that time in the table, the values
of today leak into the past, and the model is better in the experiment than it will ever be in service. A timestamp
without time zone means another moment in each session's zone.

## Bad

```toml
[tool.planalign.logical]
feature-tables = ["user_features", "*_features"]
```

`migrations/0001_features.sql`:
```sql
CREATE TABLE user_features ( -- PAL221:13
    user_id bigint PRIMARY KEY,
    clicks integer NOT NULL
);
CREATE TABLE item_features (
    item_id bigint,
    price numeric,
    event_time timestamp NOT NULL, -- PAL221:15
    PRIMARY KEY (item_id, event_time)
);
```

By the default patterns, in a project that trains models:

`alembic/versions/0001_features.py`:
```python
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "customer_features",  # PAL221:8
        sa.Column("customer_id", sa.BigInteger(), primary_key=True),
        sa.Column("income", sa.Float()),
    )
```

`train.py`:
```python
import h2o

h2o.init()
```

## Good

```toml
[tool.planalign.logical]
feature-tables = ["*_features"]
```

`migrations/0001_features.sql`:
```sql
CREATE TABLE user_features (
    user_id bigint,
    clicks integer NOT NULL,
    event_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, event_time)
);
CREATE TABLE item_features (item_id bigint, price numeric, valid tstzrange NOT NULL);
CREATE TABLE plan_features (plan_id bigint, feature text);
ALTER TABLE plan_features ADD COLUMN valid_from timestamp with time zone;
CREATE TABLE features_flags (name text PRIMARY KEY, active boolean);
```

`migrations/0001_plans.sql`:
```sql
CREATE TABLE plan_features (plan_id bigint, feature text);
```

## Options

`[tool.planalign.logical] feature-tables`: patterns of the names, by default `features`, `*_features`, `feature_store*`,
`feature_values*`. The default counts only where the project learns models, and its findings are probable.

## Limits

A time is a column named `event_time`, `event_timestamp`, `valid_from`, `effective_from` or `observed_at`, or one of a
range type; where the plan names no feature tables, a date or `timestamptz` in the primary key too. Tables of feature
flags are left alone, and those that list features by name where the plan names no feature tables.

## References

- [Feast: point-in-time joins](https://docs.feast.dev/getting-started/concepts/point-in-time-joins)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import TimelessFeatures
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL221",
    name="feature-table-without-time",
    message="feature table `{table}` {lacks}, so training sees values that were not known yet; {remedy}",
    severity=Severity.HIGH,
    story="LOG-REV-01-02",
    since="0.1.0",
)


@RULE.on(TimelessFeatures)
def check(features: TimelessFeatures, _config: object) -> Iterator[Finding]:
    """Report feature tables without a point in time."""
    lacks, remedy = "has no event time", "add `event_time timestamptz NOT NULL`"
    if features.naive:
        lacks = f"keeps `{features.naive}` without a time zone"
        remedy = "make it `timestamptz`"
    confidence = None if features.configured else Confidence.PROBABLE
    yield RULE.finding(features.position, confidence=confidence, table=features.table, lacks=lacks, remedy=remedy)
