"""A request that fails when Redis does.

## Why

A cache is there to make things faster. A request that dies with a `ConnectionError` because the cache is away has made
an optional part into a required one.

## Bad

```python
import redis.asyncio as redis
from fastapi import FastAPI

app = FastAPI()
cache = redis.from_url("redis://cache")

@app.get("/profile/{user}")
async def profile(user: str):
    found = await cache.get(f"profile:{user}")  # PAL134:18
    if found is None:
        found = f"the profile of {user}"
        await cache.set(f"profile:{user}", found, ex=60)  # PAL134:14
    return found
```

`app/store.py`:

```python
import redis.asyncio

class Cache:
    def __init__(self, client: redis.asyncio.Redis):
        self.client = client

    async def read(self, key: str):
        try:
            return await self.client.get(key)  # PAL134:25
        except ValueError:
            return None
```

`app/main.py`:

```python
import redis.asyncio
from fastapi import FastAPI

from app.store import Cache

app = FastAPI()
cache = Cache(redis.asyncio.Redis())

@app.get("/age/{user}")
async def age(user: str):
    return await cache.read(f"age:{user}")
```

## Good

```python
import contextlib
import functools

import redis.asyncio as redis
from fastapi import FastAPI

app = FastAPI()
cache = redis.from_url("redis://cache")
store = redis.from_url("redis://store")

def tolerant(function):
    @functools.wraps(function)
    async def wrapper(*arguments):
        try:
            return await function(*arguments)
        except redis.RedisError:
            return None
    return wrapper

@tolerant
async def read(key: str):
    return await cache.get(key)

async def age(user: str):
    return await cache.get(f"age:{user}")

async def warm_up():
    await cache.set("warm", 1, ex=60)

class ScopeRepository:
    async def load(self, name: str):
        return await store.get(f"scope:{name}")

scopes = ScopeRepository()

@app.get("/scopes/{name}")
async def scope(name: str):
    return await scopes.load(name)

@app.get("/login/{code}")
async def login(code: str):
    return await store.get(f"login-code:{code}")

@app.post("/views/{view}")
async def save(view: str, text: str):
    await store.set(f"view:{view}", text)

@app.get("/views/{view}")
async def load(view: str):
    return await store.get(f"view:{view}")

@app.get("/views")
async def views():
    return [await store.get(key) async for key in store.scan_iter("view:*")]

@app.post("/steps/{step}")
async def take(step: str):
    return await store.set(f"step:{step}", 1, nx=True, ex=60)

@app.get("/profile/{user}")
async def profile(user: str):
    with contextlib.suppress(redis.RedisError):
        await cache.set(f"seen:{user}", 1, ex=60)
    try:
        return await age(user)
    except (redis.ConnectionError, redis.TimeoutError):
        return await read(f"profile:{user}")
```

What is kept behind a class that is called a cache may have its home there:

```python
import redis.asyncio as redis
from fastapi import FastAPI

app = FastAPI()
client = redis.from_url("redis://store")

class RedisCache:
    async def set(self, key: str, value: str, seconds: int):
        await client.setex(key, seconds, value)

class TokenBlacklist:
    def __init__(self):
        self.cache = RedisCache()

    async def blacklist(self, token: str):
        await self.cache.set(f"blacklist:{token}", "1", 3600)

blacklist = TokenBlacklist()

@app.post("/logout")
async def logout(token: str):
    await blacklist.blacklist(token)
```

A client that is called a cache may keep codes and challenges as well, and what is refused when it is not there has
nothing to go on with:

```python
import redis.asyncio as redis
from fastapi import FastAPI, HTTPException

app = FastAPI()
cache = redis.from_url("redis://cache")

async def get_cached(client: redis.Redis, key: str):
    return await client.get(key)

@app.post("/register/verify")
async def verify_registration(challenge: str):
    return await get_cached(cache, f"challenge:{challenge}")

@app.post("/target")
async def add_target(user: str, mail: str, given: str):
    return await cache.get(f"{user}-target-{mail}") == given

@app.get("/availability/{flight}")
async def availability_from_cache(flight: str):
    found = await cache.get(f"availability:{flight}")
    if found is None:
        raise HTTPException(404)
    return found
```

## Limits

Only what requests reach, and only clients whose type is known. Certain where key, function or class are called a cache,
or where the function puts there what it did not find there; probable where the key speaks of predictions. Any other
value may have its home in Redis, with nothing to go on without it: records, sessions, tokens, tasks, locks.

Off by default: of its findings that were read in the last three draws (process19 to process21) 30 of 36 were right,
and 95 % are asked for.

## References

- [redis-py: exceptions](https://redis.readthedocs.io/en/stable/exceptions.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.caching import UncoveredAccess
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL134",
    name="cache-without-fallback",
    message="when Redis fails, `{command}` fails the request ({way}); catch `redis.RedisError` and go on without the"
    " cache",
    severity=Severity.LOW,
    story="PROC-REV-01-03",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(UncoveredAccess)
def check(access: UncoveredAccess, _config: object) -> Iterator[Finding]:
    """Report commands whose failure nobody on the way answers for."""
    yield RULE.finding(access.position, confidence=access.confidence, command=access.command, way=access.way)
