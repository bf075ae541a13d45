"""The key of a shared cache that another process computes differently.

## Why

`hash()` of a text is salted when the interpreter starts, `id()` is an address, and a set has no order. Two workers
never find each other's values, and after a restart nobody finds any: the cache fills and never hits.

## Bad

```python
import redis.asyncio

async def answer(cache: redis.asyncio.Redis, query: str, tags: list[str]):
    await cache.get(f"answer:{hash(query)}")  # PAL136:20
    await cache.get("tags:" + ",".join([str(set(tags))]))  # PAL136:20
    key = f"plan:{id(query)}"
    return await cache.get(key)  # PAL136:27
```

## Good

```python
import hashlib
import json

import redis.asyncio

async def answer(cache: redis.asyncio.Redis, query: str, number: int, tags: list[str]):
    digest = hashlib.sha256(query.encode()).hexdigest()
    await cache.get(f"answer:{digest}")
    await cache.get(f"number:{hash(number)}")
    await cache.get(f"tags:{json.dumps(sorted(set(tags)))}")
    return await cache.get(f"count:{len(set(tags))}")
```

## References

- [Python: PYTHONHASHSEED](https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.caching import UnstableKey
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL136",
    name="unstable-cache-key",
    message="`{part}` in the key: {why}, so workers and restarts miss each other's values; use a digest such as"
    " `hashlib.sha256`",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-03",
    since="0.1.0",
)


@RULE.on(UnstableKey)
def check(key: UnstableKey, _config: object) -> Iterator[Finding]:
    """Report keys that differ from process to process."""
    yield RULE.finding(key.position, part=key.part, why=key.why)
