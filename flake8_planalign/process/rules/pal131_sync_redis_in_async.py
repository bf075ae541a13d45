"""A command of the synchronous Redis client on the event loop.

## Why

Redis answers in a fraction of a millisecond, until it does not: a fail-over, a `KEYS *` of somebody else or a full
network queue makes every command wait, up to the socket timeout, which by default is for ever. `redis.asyncio` has
the same commands and waits without stopping the loop.

## Bad

```python
import redis
from redis import StrictRedis
from redis.client import Redis as Client

r = redis.from_url("redis://cache")

async def cached(key: str, client: StrictRedis, other: Client):
    r.get(key)  # PAL131:4
    r.set(key, "value", ex=60)  # PAL131:4
    client.incr(key)  # PAL131:4
    other.ping()  # PAL131:4
    pipe = r.pipeline()
    pipe.get(key)
    pipe.execute()  # PAL131:4
    with r.lock("job"):  # PAL131:9
        print("locked")
```

An attribute that a base class in another module sets, a subscription and a cached property:

`app/base.py`:

```python
import redis

class WithRedis:
    def __init__(self, url):
        self.redis = redis.Redis.from_url(url)
```

`app/listener.py`:

```python
from functools import cached_property

from .base import WithRedis

class Listener(WithRedis):
    @cached_property
    def channel(self):
        return self.redis.pubsub()

    async def listen(self):
        self.channel.subscribe("models")  # PAL131:8
        for message in self.channel.listen():  # PAL131:23
            print(message)

    async def forget(self, *keys):
        for key in keys:
            self.redis.delete(key)  # PAL131:12
```

A look-aside cache whose helper is a decorator:

```python
import functools
import redis

r = redis.Redis()

def cached(function):
    @functools.wraps(function)
    async def wrapper(key):
        value = r.get(key)  # PAL131:16
        if value is None:
            value = await function(key)
            r.setex(key, 60, value)  # PAL131:12
        return value
    return wrapper
```

A client that a dependency or a factory returns:

```python
import functools
from typing import Annotated

import redis
from fastapi import Depends, FastAPI

app = FastAPI()

@functools.lru_cache
def get_redis():
    return redis.Redis(host="cache")

Cache = Annotated[redis.Redis, Depends(get_redis)]

@app.get("/score/{user}")
async def score(user: str, cache: Cache, other=Depends(get_redis)):
    other.hgetall(user)  # PAL131:4
    get_redis().expire(user, 60)  # PAL131:4
    return cache.get(user)  # PAL131:11
```

## Good

```python
import redis
import redis.asyncio
from redis import asyncio as aioredis
from redis.asyncio import Redis

r = redis.asyncio.from_url("redis://cache")
sync = redis.Redis()

class Cache:
    def __init__(self, client: Redis) -> None:
        self.client = client

    async def get(self, key):
        return await self.client.get(key)

async def cached(key: str, cache: Cache, other: aioredis.Redis):
    await cache.get(key)
    await other.set(key, "value", ex=60)
    async with r.pipeline(transaction=True) as pipe:
        await pipe.get(key).set(key, 1).execute()
    async with r.lock("job"):
        print("locked")
    async with r.pubsub() as channel:
        await channel.subscribe("models")
        async for message in channel.listen():
            print(message)
```

Building commands sends nothing, and a worker thread may wait:

```python
import asyncio
import redis

r = redis.Redis()

def warm(keys):
    return r.mget(keys)

async def load(keys):
    pipe = r.pipeline()
    for key in keys:
        pipe.get(key)
    await asyncio.to_thread(pipe.execute)
    await asyncio.to_thread(warm, keys)
    return r.connection_pool, r.pubsub()
```

A client that may be either, told apart:

```python
import redis
import redis.asyncio

async def get(client: redis.Redis | redis.asyncio.Redis, key: str):
    if isinstance(client, redis.asyncio.Redis):
        return await client.get(key)
    return None
```

## References

- [redis-py: asyncio examples](https://redis.readthedocs.io/en/stable/examples/asyncio_examples.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import BLOCKS, BlockingCall, blocking_findings
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL131",
    name="sync-redis-in-async",
    message=BLOCKS,
    severity=Severity.CRITICAL,
    story="PROC-REV-01-03",
    since="0.1.0",
)


@RULE.on(BlockingCall)
def check(call: BlockingCall, _config: object) -> Iterator[Finding]:
    """Report calls of kind `redis`."""
    return blocking_findings(RULE, call, "redis")
