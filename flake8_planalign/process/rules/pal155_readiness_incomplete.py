"""A readiness route that does not check everything that the application depends on.

## Why

A pod that says it is ready while its database is away gets requests and answers them with errors. A readiness route is
worth as much as what it asks.

## Bad

```python
import redis.asyncio as redis
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

app = FastAPI()
counters = redis.from_url("redis://counters")
engine = create_async_engine("postgresql+asyncpg://database/scores")

@app.get("/ready")  # PAL155:1
async def ready():
    await counters.ping()
    return {"status": "ok"}

@app.get("/readyz")  # PAL155:1
async def readyz():
    health = {"engine": str(engine.url)}
    return {"status": "ok" if all(health.values()) else "down"}
```

```python
import joblib
import minio
from fastapi import FastAPI

app = FastAPI()
champion = joblib.load("champion.joblib")
files = minio.Minio("objects:9000")

@app.get("/ready")  # PAL155:1
async def ready():
    return {"champion": champion is not None}
```

Everything that keeps state counts: the model, the object store, the services of others.

```python
import boto3
import openai
import joblib
from fastapi import FastAPI

app = FastAPI()
booster = joblib.load("booster.joblib")
files = boto3.client("s3")
writer = openai.AsyncOpenAI()

@app.get("/readiness")  # PAL155:1
async def readiness():
    files.head_bucket(Bucket="scores")
    return {"status": "ok" if booster is not None else "loading"}
```

```python
import openai
from fastapi import FastAPI

app = FastAPI()

class Job:
    pass

class Summary(Job):
    def __init__(self):
        self.client = openai.AsyncOpenAI()

summary = Summary()

@app.get("/ready")  # PAL155:1
async def ready():
    return {"jobs": summary is not None}
```

## Good

```python
import redis.asyncio as redis
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

app = FastAPI()
counters = redis.from_url("redis://counters")
engine = create_async_engine("postgresql+asyncpg://database/scores")

async def can_query():
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))

async def check_redis():
    await counters.ping()

@app.get("/ready")
async def ready():
    for check in (can_query(), check_redis()):
        await check
    return {"status": "ok"}
```

```python
import boto3
import openai
from fastapi import FastAPI, Response

app = FastAPI()
jobs = boto3.client("sqs")
writer = openai.AsyncOpenAI()

@app.get("/ready")
async def ready(response: Response):
    try:
        await writer.models.list(timeout=2)
    except openai.APIError:
        response.status_code = 503
    return {"openai": response.status_code != 503}
```

What loads the model on its first call asks where the model lies:

```python
import functools

import boto3
import joblib
from fastapi import FastAPI, HTTPException

app = FastAPI()

def download():
    boto3.client("s3").download_file("models", "champion.joblib", "/tmp/champion.joblib")

@functools.lru_cache(maxsize=1)
def champion():
    download()
    return joblib.load("/tmp/champion.joblib")

@app.get("/ready")
def ready():
    try:
        return {"model": str(champion())}
    except OSError as error:
        raise HTTPException(503, "no model") from error
```

What a library's object asks when it is told to check its connections, nobody here knows, nor what a probe does that is
handed in:

```python
import redis
from fastapi import FastAPI, HTTPException, Request, Response
from jobs import orchestrator

app = FastAPI()
queue = redis.Redis(max_connections=8, socket_timeout=2, socket_connect_timeout=2)

@app.get("/ready")
async def ready():
    try:
        await orchestrator().check_connection()
    except ConnectionError as error:
        raise HTTPException(503, "no queue") from error
    return {"status": "ok"}

@app.get("/readyz")
async def readyz(request: Request, response: Response):
    if not request.app.state.container.readiness_probe.is_ready():
        response.status_code = 503
```

A route that sends the caller to another one leaves the asking to that one, and a client that is given an address speaks
to another service than the one whose library it is of:

```python
import openai
from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse

app = FastAPI()
writer = openai.AsyncOpenAI(base_url="http://local-model:8000/v1")

@app.get("/api/ready")
async def moved():
    return RedirectResponse("/ready")

@app.get("/ready")
async def ready(response: Response):
    try:
        await writer.models.list(timeout=2)
    except openai.APIError:
        response.status_code = 503
```

What is used only where a setting says so, and the application goes on without, is not needed either:

`app/cache.py`:

```python
import logging
import os

import redis

logger = logging.getLogger(__name__)
REDIS_URL = os.getenv("REDIS_URL")

class Cache:
    def __init__(self):
        self.client, self.values = None, {}
        if REDIS_URL:
            try:
                self.client = redis.from_url(REDIS_URL, max_connections=10, socket_timeout=1)
            except redis.RedisError:
                logger.warning("no Redis: values are kept in memory")
```

`app/main.py`:

```python
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.cache import Cache

app = FastAPI()
cache = Cache()
engine = create_async_engine("postgresql+asyncpg://database/scores")

@app.get("/ready")
async def ready():
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
```

Of several providers that stand in for one another none is needed as such; the database is:

```python
import anthropic
import openai
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

app = FastAPI()
engine = create_async_engine("postgresql+asyncpg://database/scores")

class Provider:
    pass

class First(Provider):
    def __init__(self):
        self.client = openai.AsyncOpenAI()

class Second(Provider):
    def __init__(self):
        self.client = anthropic.AsyncAnthropic()

@app.get("/ready")
async def ready():
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
```

`probes.py`:

```python
from typing import Protocol

class Probe(Protocol):
    def is_ready(self) -> bool: ...
```

`service.py`:

```python
import redis
from fastapi import FastAPI, Response
from probes import Probe

app = FastAPI()
queue = redis.Redis(max_connections=8, socket_timeout=2, socket_connect_timeout=2)

def watch(readiness_probe: Probe):
    @app.get("/ready")
    def ready(response: Response):
        if not readiness_probe.is_ready():
            response.status_code = 503
```

What keeps all that it has in the process is no server:

```python
from fastapi import FastAPI
from qdrant_client import QdrantClient

app = FastAPI()
found = QdrantClient(location=":memory:")

@app.get("/ready")
def ready():
    return {"status": "ok"}
```

What only a command line calls in a module that the service imports for another function is not asked:

`registry.py`:

```python
import boto3
import joblib

def load(path):
    return joblib.load(path)

def upload(path):
    boto3.client("s3").upload_file(path, "models", path)

def register(model, path):
    joblib.dump(model, path)
    upload(path)
```

`serving.py`:

```python
import registry
from fastapi import FastAPI, HTTPException

app = FastAPI()
model = registry.load("champion.joblib")

@app.get("/ready")
async def ready():
    if model is None:
        raise HTTPException(503)
    return {"status": "ok"}
```

Nor is what another application of the repository uses:

`jobs/main.py`:

```python
import redis
from fastapi import FastAPI

app = FastAPI()
queue = redis.Redis(max_connections=8, socket_timeout=2, socket_connect_timeout=2)
```

`pages/routes.py`:

```python
from fastapi import APIRouter

router = APIRouter()

@router.get("/ready")
async def ready():
    return {"status": "ok"}
```

`pages/main.py`:

```python
from fastapi import FastAPI
from pages.routes import router

app = FastAPI()
app.include_router(router)
```

Nor does anybody know what is registered while the program runs:

```python
import redis
from fastapi import FastAPI, HTTPException

app = FastAPI()
queue = redis.Redis(max_connections=8, socket_timeout=2, socket_connect_timeout=2)

class Checks:
    def __init__(self):
        self.all = {}

    async def failed(self):
        return [name for name, check in self.all.items() if not await check()]

checks = Checks()

@app.get("/ready")
async def ready():
    if await checks.failed():
        raise HTTPException(503)
    return {"status": "ok"}
```

## Limits

A dependency counts as checked where the route, or a function that it reaches, speaks of it. What is made a client of in
the service's modules counts as depended on, even if a setting decides whether it is used: the finding is probable.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.routes import ReadinessGap
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL155",
    name="readiness-incomplete",
    message="`{path}` does not check {unchecked}, which the application depends on; ask each before it says it is"
    " ready",
    severity=Severity.LOW,
    story="PROC-REV-01-05",
    since="0.1.0",
    confidence=Confidence.PROBABLE,
)


@RULE.on(ReadinessGap)
def check(gap: ReadinessGap, _config: object) -> Iterator[Finding]:
    """Report readiness routes with a gap."""
    yield RULE.finding(gap.position, path=gap.path, unchecked=" and ".join(gap.unchecked))
