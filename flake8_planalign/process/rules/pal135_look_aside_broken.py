"""A cached computation that is done before the cache is asked.

## Why

A look-aside cache asks, computes on a miss, and writes. A function that computes first pays for the computation and for
the cache every time: the cache only adds a round trip.

## Bad

```python
import json

import redis.asyncio

async def report(cache: redis.asyncio.Redis, month: str, load):
    rows = await load(month)
    cached = await cache.get(f"report:{month}")
    if cached is not None:
        return json.loads(cached)
    await cache.set(f"report:{month}", json.dumps(rows), ex=60)  # PAL135:10
    return rows
```

## Good

```python
import json

import redis.asyncio

async def report(cache: redis.asyncio.Redis, month: str, load, authorise):
    user = await authorise(month)
    cached = await cache.get(f"report:{month}")
    if cached is not None:
        return json.loads(cached)
    rows = await load(month, user)
    await cache.set(f"report:{month}", json.dumps(rows), ex=60)
    return rows

async def refresh(cache: redis.asyncio.Redis, month: str, load):
    rows = await load(month)
    before = await cache.get(f"report:{month}")
    await cache.set(f"report:{month}", json.dumps(rows), ex=60)
    return before != rows
```

## Limits

Only where one function asks and writes, and returns early on what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.caching import BrokenLookAside
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL135",
    name="look-aside-broken",
    message="what is cached under `{key}` {fault}, so the cache saves nothing; ask first, and compute on a miss",
    severity=Severity.LOW,
    story="PROC-REV-01-03",
    since="0.1.0",
)


@RULE.on(BrokenLookAside)
def check(aside: BrokenLookAside, _config: object) -> Iterator[Finding]:
    """Report caches that are asked too late."""
    yield RULE.finding(aside.position, confidence=aside.confidence, key=aside.key, fault=aside.fault)
