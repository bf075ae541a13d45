"""A pool whose size is left to the library.

## Why

The number of connections is a contract with the database: workers times pool size must stay below its limit. A default
of the library knows neither.

## Bad

```python
import asyncpg
import redis.asyncio as redis
from sqlalchemy.ext.asyncio import create_async_engine

cache = redis.from_url("redis://cache")  # PAL126:8
engine = create_async_engine("postgresql+asyncpg://database/scores")  # PAL126:9

async def make():
    return await asyncpg.create_pool("postgresql://database/scores")  # PAL126:17
```

## Good

```python
import asyncpg
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://database/scores", pool_size=5, max_overflow=5)
beside = create_async_engine("sqlite+aiosqlite:///scores.db")
unpooled = create_async_engine("postgresql+asyncpg://database/scores", poolclass=NullPool)

async def count(url):
    pool = await asyncpg.create_pool(url)
    try:
        return await pool.fetchval("SELECT count(*) FROM scores")
    finally:
        await pool.close()

async def make(**options):
    await asyncpg.create_pool("postgresql://database/scores", **options)
    return await asyncpg.create_pool("postgresql://database/scores", min_size=2, max_size=10)
```

## Limits

Pools of servers that workers share. One that the function closes again, and one for a file, are left out.
Off by default: of 45 findings that were read in real code 3 were wrong (none of the last 19), 14 harmless.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.pools import PoolCreation
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL126",
    name="pool-size-default",
    message="`{maker}` leaves the size of its pool to the library; state it, so that workers times pool stays below the"
    " server's limit of connections",
    severity=Severity.LOW,
    story="PROC-REV-01-02",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(PoolCreation)
def check(creation: PoolCreation, _config: object) -> Iterator[Finding]:
    """Report pools without a size."""
    if creation.sort == "pool" and not creation.sized:
        yield RULE.finding(creation.position, maker=creation.maker)
