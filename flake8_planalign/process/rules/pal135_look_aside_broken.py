"""A cached computation that does not ask first, compute on a miss, and keep the result.

## Why

A look-aside cache asks, computes on a miss, and writes. A function that computes first pays for the computation and for
the cache every time: the cache only adds a round trip. One that only writes pays every time, too; one that only
reads fails as soon as the value has expired.

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

```python
import json

import redis.asyncio

async def forecast(cache: redis.asyncio.Redis, city: str, load):
    weather = await load(city)
    await cache.set(f"forecast:{city}", json.dumps(weather), ex=600)  # PAL135:10
    return weather

async def keep_rates(cache: redis.asyncio.Redis, day: str, rates: dict):
    await cache.setex(f"rates:{day}", 3600, json.dumps(rates))

async def rates_of(cache: redis.asyncio.Redis, day: str):
    return json.loads(await cache.get(f"rates:{day}"))  # PAL135:28
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

Who asks may be another function, and who asks may do without:

```python
import json

import redis.asyncio

async def forecast(cache: redis.asyncio.Redis, city: str, load):
    weather = await load(city)
    await cache.set(f"forecast:{city}", json.dumps(weather), ex=600)
    return weather

async def last_forecast(cache: redis.asyncio.Redis, city: str):
    text = await cache.get(f"forecast:{city}")
    return json.loads(text) if text else None

async def limits(cache: redis.asyncio.Redis, user: str):
    return json.loads(await cache.get(f"limits:{user}"))

async def begin(cache: redis.asyncio.Redis, job: str, start):
    number = await start(job)
    await cache.set(f"job-status:{job}", number, ex=60)
    return number
```

## Limits

Asking and computing have to stand in one function. That a value is never asked for is probable: its key is written
nowhere else in the project, but another service may know it. That a miss is not computed is told only where the same
file lets the key expire and the reader fails on None.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.lookaside import BrokenLookAside
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL135",
    name="look-aside-broken",
    message="what is cached under `{key}` {fault}; {remedy}",
    severity=Severity.LOW,
    story="PROC-REV-01-03",
    since="0.1.0",
)


@RULE.on(BrokenLookAside)
def check(aside: BrokenLookAside, _config: object) -> Iterator[Finding]:
    """Report caches that are asked too late, never, or as if they knew everything."""
    yield RULE.finding(
        aside.position, confidence=aside.confidence, key=aside.key, fault=aside.fault, remedy=aside.remedy
    )
