"""A pool, engine or client that is made for every request.

## Why

A pool pays off by being kept: made for each request it opens fresh connections each time, hands them out once and
leaves them to the garbage collector. Under load the database reaches its limit of connections long before the service
is busy.

## Bad

```python
import redis.asyncio as redis
from fastapi import Depends, FastAPI

app = FastAPI()

@app.get("/profile/{key}")
async def profile(key: str):
    client = redis.from_url("redis://cache")  # PAL123:13
    return await client.get(key)

async def get_cache():
    yield redis.Redis(host="cache")  # PAL123:10

@app.get("/age/{key}")
async def age(key: str, cache=Depends(get_cache)):
    return await cache.ttl(key)
```

In a helper it is found as well, with the way on which a request reaches it.

`app/database.py`:

```python
import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

async def connect(url: str):
    return await asyncpg.create_pool(url)  # PAL123:17

class Warehouse:
    def __init__(self, url: str):
        self.engine = create_async_engine(url)  # PAL123:22
```

`app/main.py`:

```python
from fastapi import APIRouter

from app.database import Warehouse, connect

router = APIRouter()

@router.get("/scores")
async def scores():
    pool = await connect("postgresql://database/scores")
    return await pool.fetch("SELECT * FROM scores")

@router.post("/reports")
async def report():
    return Warehouse("postgresql+asyncpg://database/reports").engine.url
```

Whatever runs for each request: a middleware, a background task, a dependency.

```python
import redis.asyncio as redis
from fastapi import BackgroundTasks, Depends, FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

app = FastAPI()

@app.middleware("http")
async def count(request, call_next):
    await redis.from_url("redis://counters").incr("requests")  # PAL123:10
    return await call_next(request)

async def store(row: dict):
    engine = create_async_engine("postgresql+asyncpg://database/scores")  # PAL123:13
    async with engine.begin() as connection:
        await connection.execute("INSERT INTO scores DEFAULT VALUES")

def cache_of():
    return redis.Redis(host="cache")  # PAL123:11

@app.post("/scores")
async def score(row: dict, tasks: BackgroundTasks, cache=Depends(cache_of)):
    tasks.add_task(store, row)
    return await cache.get("score")
```

A client that a loop makes and throws away:

```python
import httpx
from fastapi import FastAPI

app = FastAPI()

@app.get("/all")
async def everything(urls: list[str]):
    answers = []
    for url in urls:
        client = httpx.AsyncClient()  # PAL123:17
        answers.append(await client.get(url))
    return answers
```

## Good

```python
from fastapi import FastAPI
from sqlalchemy import create_engine

app = FastAPI()

@app.delete("/users/{user}")
def forget(user: str, files: list[str]):
    for path in files:
        engine = create_engine(f"sqlite:///{path}")
        engine.dispose()
```

```python
import functools
from contextlib import asynccontextmanager

import asyncpg
import httpx
import redis.asyncio as redis
from fastapi import Depends, FastAPI, Request

@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool("postgresql://database/scores") as pool:
        app.state.pool = pool
        yield

app = FastAPI(lifespan=lifespan)
cache = redis.from_url("redis://cache")
session_cache = None

class Store:
    _pool = None

    async def pool(self):
        if self._pool is None:
            self._pool = await asyncpg.create_pool("postgresql://database/scores")
        return self._pool

_clients = {}

def _make(tenant: str):
    return redis.Redis(host=tenant)

def client_of(tenant: str):
    existing = _clients.get(tenant)
    if existing is not None:
        return existing
    client = _clients[tenant] = _make(tenant)
    return client

def _remembered(tenant: str):
    _clients[tenant] = redis.from_url("redis://" + tenant)
    return _clients[tenant]

def found(tenant: str = "own"):
    if tenant in _clients:
        return _clients[tenant]
    else:
        return _remembered(tenant)

class Limits:
    def __init__(self, app):
        self.app = app
        self.client = redis.from_url("redis://limits", max_connections=8, socket_timeout=2)

    async def __call__(self, scope, receive, send):
        await self.client.incr("requests")
        await self.app(scope, receive, send)

app.add_middleware(Limits)

class History:
    def __init__(self, key: str, client: redis.Redis | None = None):
        self.key, self.client = key, None
        self.client = client or redis.from_url("redis://history")

@app.delete("/history/{key}")
async def forget(key: str):
    await History(key, client=cache).client.delete(key)

@app.get("/found")
async def ask(client=Depends(found)):
    return await client.ping()

def listener_of(clients):
    found = clients.get_cache(key="listener")
    if found is not None:
        return found
    listener = _make("listener")
    clients.set_cache(key="listener", value=listener)
    return listener

@app.get("/heard")
async def heard(request: Request):
    return await listener_of(request.app.state.clients).get("heard")

@app.get("/seen/{tenant}")
async def seen(tenant: str):
    return await client_of(tenant).get("seen")

def connect():
    global session_cache
    session_cache = redis.from_url("redis://sessions")

def session_client():
    if session_cache is None:
        connect()
    return session_cache

def event_client():
    global events
    if "events" not in globals():
        events = redis.from_url("redis://events")
    return events

@app.get("/sessions")
async def sessions():
    return await session_client().get("sessions"), await event_client().get("events")

class Container:
    def __init__(self):
        self.redis = redis.from_url("redis://container")

def container(request: Request):
    found = getattr(request.app.state, "container", None)
    if not isinstance(found, Container):
        found = Container()
        request.app.state.container = found
    return found

@app.get("/contained")
async def contained(container=Depends(container)):
    return await container.redis.get("a")

@functools.lru_cache
def settings_cache():
    return redis.from_url("redis://settings")

def get_cache():
    return redis.Redis(connection_pool=cache.connection_pool)

@app.get("/scores")
async def scores(request: Request, store: Store = Depends(Store), mine=Depends(get_cache)):
    await settings_cache().get("limits")
    async with httpx.AsyncClient() as client:
        await client.get("https://example.org")
    await (await store.pool()).fetch("SELECT 1")
    return await request.app.state.pool.fetch("SELECT * FROM scores")
```

## Limits

The way from a request is followed through calls whose target is known; beyond one function behind the endpoint the
finding is probable, since somebody on the way may keep what is made. `async with httpx.AsyncClient()` in a handler is
silent: it closes what it opens.

## References

- [SQLAlchemy: how do I use engines with a connection pool](https://docs.sqlalchemy.org/en/20/core/connections.html#basic-usage)
- [asyncpg: connection pools](https://magicstack.github.io/asyncpg/current/usage.html#connection-pools)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.pools import PoolCreation, confidence_in
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL123",
    name="pool-per-request",
    message="`{maker}` is made for every request ({way}); make it once, at module level or in the lifespan, and hand it"
    " on",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-02",
    since="0.1.0",
)


@RULE.on(PoolCreation)
def check(creation: PoolCreation, _config: object) -> Iterator[Finding]:
    """Report pools and clients on a request path."""
    if creation.sort in {"pool", "client"} and creation.way is not None:
        yield RULE.finding(
            creation.position, confidence=confidence_in(creation.way), maker=creation.maker, way=creation.way
        )
