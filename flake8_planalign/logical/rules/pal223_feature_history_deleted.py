"""Feature history that is deleted outside of a retention job.

## Why

What is deleted cannot be trained on again, and the prediction that it explains cannot be explained any more. Retention
is a decision of its own, with a name, a schedule and an owner.

## Bad

```toml
[tool.planalign.logical]
feature-tables = ["user_features"]
retention = ["purge_*"]
```

`app/features.py`:
```python
async def reset(connection, user):
    await connection.execute("DELETE FROM user_features WHERE user_id = $1", user)  # PAL223:30
    await connection.execute("TRUNCATE user_features")  # PAL223:30
```

`scripts/reset.sql`:
```sql
DELETE FROM user_features WHERE clicks > now() - interval '1 day'; -- PAL223:0
```

## Good

```toml
[tool.planalign.logical]
feature-tables = ["user_features"]
retention = ["purge_*"]
```

`app/features.py`:
```python
async def purge_old_features(connection):
    await connection.execute("DELETE FROM user_features WHERE valid_to < now() - interval '3 years'")


async def forget(connection, user):
    await connection.execute("DELETE FROM users WHERE user_id = $1", user)
```

## Options

`[tool.planalign.logical] retention`: patterns of the names of functions that may delete. `feature-tables`, as for
PAL221.

## Limits

Migrations and tests are silent, and so is SQL that is only told to somebody: printed, logged, raised, or handed over
under a name such as `fix` or `hint`.

## References

- [Slowly changing dimension, type 2](https://en.wikipedia.org/wiki/Slowly_changing_dimension#Type_2:_add_new_row)
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from flake8_planalign.config import Config
from flake8_planalign.logical.model import FeatureWrite
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL223",
    name="feature-history-deleted",
    message="{how} of feature table `{table}` loses its history; leave that to a retention job",
    severity=Severity.MEDIUM,
    story="LOG-REV-01-02",
    since="0.1.0",
)


@RULE.on(FeatureWrite)
def check(write: FeatureWrite, config: Config) -> Iterator[Finding]:
    """Report deletions outside of the functions that the plan names."""
    if write.how in ("delete", "truncate") and not any(
        fnmatch.fnmatchcase(write.function, pattern) for pattern in config.logical.retention
    ):
        confidence = None if write.configured else Confidence.PROBABLE
        yield RULE.finding(write.position, confidence=confidence, how=write.how.upper(), table=write.table)
