"""A pool that start-up makes and nothing closes.

## Why

When the process ends, or is reloaded, open connections are cut in the middle of whatever they do: the server logs
errors, transactions hang until it notices, and a rolling update holds old and new connections at once.

## Bad

```python
from contextlib import asynccontextmanager

import asyncpg
import redis.asyncio as redis
from fastapi import FastAPI

@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.database = await asyncpg.create_pool("postgresql://database/scores")  # PAL125:31
    cache = redis.from_url("redis://cache")  # PAL125:12
    app.state.cache = cache
    yield

app = FastAPI(lifespan=lifespan)
```

```python
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

app = FastAPI()

@app.on_event("startup")
async def start():
    engine = create_async_engine("postgresql+asyncpg://database/scores")  # PAL125:13
    app.state.sessions = async_sessionmaker(engine)
```

## Good

```python
from contextlib import asynccontextmanager

import asyncpg
import redis.asyncio as redis
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.cache = redis.from_url("redis://cache")
    async with asyncpg.create_pool("postgresql://database/scores") as pool:
        app.state.pool = pool
        yield
    await app.state.cache.aclose()

app = FastAPI(lifespan=lifespan)

@app.on_event("startup")
async def start():
    app.state.reports = await asyncpg.create_pool("postgresql://database/reports")

@app.on_event("shutdown")
async def stop():
    await app.state.reports.close()

@app.on_event("startup")
async def trace():
    engine = create_async_engine("postgresql+asyncpg://database/traces")
    app.state.tracer = Tracer(engine)

@asynccontextmanager
async def locked(name: str):
    client = redis.from_url("redis://locks")
    await client.set(name, "held", ex=60)
    yield
    await client.delete(name)
```

## Limits

Any call of the project that closes something of that name counts, and what it is handed to may close it, unless that is
a factory of sessions.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.pools import PoolCreation
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL125",
    name="pool-never-closed",
    message="nothing closes `{name}`, which `{maker}` makes at start-up; close it after the `yield` of the lifespan, or"
    " make it with `async with`",
    severity=Severity.LOW,
    story="PROC-REV-01-02",
    since="0.1.0",
)


@RULE.on(PoolCreation)
def check(creation: PoolCreation, _config: object) -> Iterator[Finding]:
    """Report pools of start-up that nothing closes."""
    if creation.never_closed is not None:
        yield RULE.finding(creation.position, maker=creation.maker, name=creation.never_closed)
