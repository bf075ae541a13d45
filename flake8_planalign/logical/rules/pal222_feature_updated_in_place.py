"""Feature values that are written over.

## Why

A feature value that is updated in place is gone: no training set can be rebuilt as it was, and no past prediction can
be explained. SCD Type 2 closes the old version (`valid_to`, `is_current`) and inserts a new one.

## Bad

```toml
[tool.planalign.logical]
feature-tables = ["user_features"]
```

`app/features.py`:
```python
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class UserFeatures(Base):
    __tablename__ = "user_features"

    user_id: Mapped[int] = mapped_column(primary_key=True)
    clicks: Mapped[int]


async def write(connection, user, clicks):
    await connection.execute("UPDATE user_features SET clicks = $1 WHERE user_id = $2", clicks, user)  # PAL222:30
    await connection.execute(
        "INSERT INTO user_features VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET clicks = 1",  # PAL222:51
    )


def change(session, user, row: UserFeatures):
    session.execute(sa.update(UserFeatures).where(UserFeatures.user_id == user).values(clicks=1))  # PAL222:23
    session.query(UserFeatures).filter_by(user_id=user).update({"clicks": 1})  # PAL222:56
    row.clicks = 5  # PAL222:8
    known = session.get(UserFeatures, user)
    known.clicks += 1  # PAL222:10
    session.execute(insert(UserFeatures).on_conflict_do_update(set_={"clicks": 1}))  # PAL222:41
```

## Good

```toml
[tool.planalign.logical]
feature-tables = ["user_features"]
```

`migrations/0002_fill.sql`:
```sql
UPDATE user_features SET clicks = 0 WHERE clicks IS NULL;
```

`app/features.py`:
```python
async def write(connection, user, clicks):
    await connection.execute("UPDATE user_features SET valid_to = now(), is_current = false WHERE user_id = $1", user)
    await connection.execute("INSERT INTO user_features VALUES ($1, $2) ON CONFLICT DO NOTHING", user, clicks)
    await connection.execute("UPDATE users SET clicks = $1 WHERE user_id = $2", clicks, user)
```

## Options

`[tool.planalign.logical] feature-tables`, as for PAL221.

## Limits

Backfills in migrations are silent, and so are tests. An object counts as a row of the database where it is a parameter
of that type or comes from a query.

## References

- [Slowly changing dimension, type 2](https://en.wikipedia.org/wiki/Slowly_changing_dimension#Type_2:_add_new_row)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import FeatureWrite
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL222",
    name="feature-updated-in-place",
    message="{what} of feature table `{table}` destroys what was known before; close the version and insert a new one",
    severity=Severity.HIGH,
    story="LOG-REV-01-02",
    since="0.1.0",
)


#: Columns that end a version, or say when a row was touched.
CLOSING = frozenset({
    "valid_to", "valid_until", "is_current", "current", "active_to", "effective_to", "end_time", "end_date", "ended_at",
    "closed_at", "expired_at", "superseded_at", "superseded_by", "updated_at", "modified_at", "is_active",
})  # fmt: skip


@RULE.on(FeatureWrite)
def check(write: FeatureWrite, _config: object) -> Iterator[Finding]:
    """Report writes of value columns."""
    values = [column for column in write.columns if column.lower() not in CLOSING]
    if write.how in ("update", "conflict", "attribute") and values:
        listed = ", ".join(f"`{column}`" for column in values[:3])
        what = {"update": "updating", "conflict": "the upsert", "attribute": "assigning"}[write.how]
        confidence = None if write.configured else Confidence.PROBABLE
        yield RULE.finding(write.position, confidence=confidence, what=f"{what} {listed}", table=write.table)
