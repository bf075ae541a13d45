"""A write to Redis that nothing lets expire.

## Why

A cached value without a time to live stays for ever: it is served long after it is wrong, and the memory of Redis fills
until it evicts what is needed or refuses to write.

## Bad

```python
import json

import redis
import redis.asyncio

async def profile(cache: redis.asyncio.Redis, user: str, load):
    text = await cache.get(f"profile:{user}")
    if text is None:
        text = json.dumps(await load(user))
        await cache.set(f"profile:{user}", text)  # PAL132:14
    return json.loads(text)

def remember(client: redis.Redis, token: str, claims: dict):
    client.hset(f"session:{token}", mapping=claims)  # PAL132:4
    pipe = client.pipeline()
    pipe.set(f"session:{token}:seen", 1, ex=None)  # PAL132:4
    pipe.setnx("cache:lock", token)  # PAL132:4
    pipe.execute()
```

Whatever the command, and for both clients:

```python
import redis
import redis.asyncio

def fill(cache: redis.Redis, user: str, rows: dict):
    cache.mset({f"cache:{user}:rows": rows["rows"]})  # PAL132:4
    cache.setnx(f"cache:{user}:first", "1")  # PAL132:4
    cache.json().set(f"cache:{user}:tree", "$", rows)  # PAL132:4

async def note(cache: redis.asyncio.Redis, user: str):
    async with cache.pipeline() as pipe:
        pipe.hset(f"session:{user}", "seen", "1")  # PAL132:8
        await pipe.execute()
```

An expiry must follow on every path. A wrapper of the project is seen through.

```python
import redis.asyncio

class Cache:
    def __init__(self, client: redis.asyncio.Redis):
        self._client = client

    async def put(self, key: str, value: str, ttl: int | None = None):
        await self._client.set(key, value, ex=ttl)

class Predictions:
    def __init__(self, cache: Cache, client: redis.asyncio.Redis):
        self.cache = cache
        self.client = client

    async def keep(self, row: int, score: str, final: bool):
        await self.cache.put(f"score:{row}", score)  # PAL132:14
        await self.client.hset("scores", str(row), score)  # PAL132:14
        if final:
            await self.client.expire("scores", 60)
```

A function that is called after a cache, and keeps what it is given under the key that it is given:

```python
import redis

client = redis.from_url("redis://cache")

def set_cached_prediction(key: str, value: dict):
    client.set(key, str(value))  # PAL132:4
```

What a wrapper hands on is what it is given:

```python
import redis.asyncio

class Cache:
    def __init__(self, client: redis.asyncio.Redis):
        self.client = client

    async def set(self, *args, **kwargs):
        return await self.client.set(*args, **kwargs)

    async def put(self, key, value, **options):
        return await self.client.set(key, value, **options)

async def keep(cache: Cache, user: str, row: str):
    await cache.set(f"cache:{user}:row", row)  # PAL132:10
    await cache.put(f"cache:{user}:last", row)  # PAL132:10
    await cache.set(f"cache:{user}:seen", row, ex=60)
    await cache.put(f"cache:{user}:next", row, ex=60)
```

## Good

```python
import json

import redis
import redis.asyncio

TTL = 300

async def profile(cache: redis.asyncio.Redis, user: str, load):
    text = await cache.get(f"profile:{user}")
    if text is None:
        text = json.dumps(await load(user))
        await cache.set(f"profile:{user}", text, ex=TTL)
    return json.loads(text)

def remember(client: redis.Redis, token: str, claims: dict, **options):
    key = f"session:{token}"
    client.hset(key, mapping=claims)
    client.expire(key, TTL)
    pipe = client.pipeline()
    pipe.setex(f"{key}:seen", 60, 1)
    pipe.set("cache:lock", token, nx=True, px=1000)
    pipe.set("cache:state", token, keepttl=True)
    pipe.hset("cache:states", token, 1).expire("cache:states", TTL)
    pipe.set("cache:options", token, **options)
    pipe.execute()

class Cache:
    def __init__(self, client: redis.asyncio.Redis, ttl: int):
        self._client = client
        self._ttl = ttl

    async def put(self, key: str, value: str, ttl: int | None = None):
        await self._client.set(key, value, ex=ttl or self._ttl)

    async def keep(self, row: int, score: str):
        await self.put(f"score:{row}", score)
        await self.put(f"score:{row}", score, ttl=60)

def fill(cache: redis.Redis, user: str, rows: str, until: int):
    cache.set(f"cache:{user}:a", rows, exat=until)
    cache.set(f"cache:{user}:b", rows, pxat=until * 1000)
    cache.psetex(f"cache:{user}:c", 1000, rows)
    cache.json().set(f"cache:{user}:tree", "$", rows)
    cache.expireat(f"cache:{user}:tree", until)

def count(counters: dict, key: str):
    counters.setdefault(key, 0)
```

What lives in Redis has no time to live: a record, the place of a queue, one key that the project takes away itself.

```python
import redis

class Receipts:
    def __init__(self, client: redis.Redis):
        self.client = client

    def store(self, receipt: str, text: str):
        self.client.set(f"receipt:{receipt}", text)
        self.client.zadd("receipts", {receipt: 0})

    def move(self, queue: str, position: int):
        if position > int(self.client.get(f"position:{queue}") or 0):
            self.client.set(f"position:{queue}", position)

def register(client: redis.Redis, name: str, agent: str):
    if client.get(f"agent:{name}"):
        raise ValueError(name)
    client.set(f"agent:{name}", agent)

def sign_in(redis_client, session: str, claims: dict):
    redis_client.hset(f"session:{session}", mapping=claims)
    redis_client.expire(
        f"session:{session}", 3600
    )

def touch(client: redis.Redis, session: str, now: str):
    client.hset(f"session:{session}", "seen", now)

def point(client: redis.Redis, session_id: str, schema: str):
    client.set(f"agent:{session_id}", schema)

def begin(client: redis.Redis, process: int, status: str):
    client.hset("tree_cache", str(process), status)

def end(client: redis.Redis):
    client.delete("tree_cache")
```

```python
import redis

def cached_for(client: redis.Redis, key: str, value: str, seconds: int):
    client.set(key, value, ex=seconds)

def put(client: redis.Redis, key: str, value: str):
    client.set(key, value)
```

What is counted or kept in Redis and nowhere else is no cache:

```python
import redis

DEFAULT_BUDGET = 20

class PredictionService:
    def __init__(self, client: redis.Redis):
        self.client = client

    def begin(self, tenant: str):
        if not self.client.exists(f"budget:{tenant}:left"):
            self.client.set(f"budget:{tenant}:left", DEFAULT_BUDGET)

    def count(self, rate: float):
        self.client.set("churn_rate", rate)
```

## Limits

Certain where key, client, function or class speak of a cache or of predictions, or where the function puts there what
it did not find there; probable where they speak of a session, a token, a rate or a lock. Any other value may have its
home in Redis.

Off by default: of its findings that were read in the last three draws (process19 to process21) 2 of 5 were right.

## References

- [Redis: SET](https://redis.io/docs/latest/commands/set/)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.caching import CacheWrite
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL132",
    name="cache-set-without-ttl",
    message="`{command}` keeps `{key}` for ever: it goes stale and fills Redis; give a time to live (`ex=`, or `expire`"
    " right behind it)",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-03",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(CacheWrite)
def check(write: CacheWrite, _config: object) -> Iterator[Finding]:
    """Report writes that never expire."""
    yield RULE.finding(write.position, confidence=write.confidence, command=write.command, key=write.key)
