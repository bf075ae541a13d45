"""A handler of pool exhaustion that does not tell the client to come back later.

## Why

An exhausted pool is a matter of moments. A 500 tells the client that the request is broken; a 429 or 503 without
`Retry-After` lets all of them come back at once.

## Bad

```python
import asyncpg
from fastapi import FastAPI, HTTPException
from redis.exceptions import ConnectionError, MaxConnectionsError
from sqlalchemy.exc import TimeoutError

app = FastAPI()

class PoolOverloadError(Exception):
    pass

@app.get("/profile")
async def profile(store):
    try:
        return await store.profile()
    except MaxConnectionsError:  # PAL145:4
        raise HTTPException(status_code=500, detail="no connection")
    except (ConnectionError, TimeoutError) as error:  # PAL145:4
        raise HTTPException(503, "busy") from error
    except asyncpg.TooManyConnectionsError:  # PAL145:4
        raise HTTPException(500, "no connection")
    except PoolOverloadError as error:  # PAL145:4
        raise HTTPException(status_code=429) from error
```

An answer of the whole application, one that is called a success, and an error that is passed on until it is a 500:

```python
from aiohttp import web
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from redis.exceptions import MaxConnectionsError
from sqlalchemy.exc import TimeoutError

app = FastAPI()

class StoreUnavailableError(Exception):
    pass

@app.exception_handler(MaxConnectionsError)  # PAL145:1
async def no_connection(request, error):
    return JSONResponse({"detail": "no connection"}, status_code=500)

@app.get("/age")
async def age(store):
    try:
        return await store.age()
    except TimeoutError:  # PAL145:4
        return {"error": "busy"}

@app.get("/name")
async def name(store):
    try:
        return await store.name()
    except TimeoutError as error:  # PAL145:4
        raise StoreUnavailableError from error

async def mail(request):
    try:
        return web.json_response(await request.app["store"].mail())
    except MaxConnectionsError as error:  # PAL145:4
        raise web.HTTPServiceUnavailable from error
```

## Good

```python
import builtins

from fastapi import FastAPI, HTTPException
from redis.exceptions import ConnectionError, MaxConnectionsError

app = FastAPI()

@app.get("/profile")
async def profile(store):
    try:
        return await store.profile()
    except MaxConnectionsError as error:
        raise HTTPException(503, "busy", headers={"Retry-After": "1"}) from error
    except ConnectionError:
        return {}
    except builtins.ConnectionError as error:
        raise HTTPException(502, "no upstream") from error

@app.get("/ready")
async def ready(store):
    try:
        await store.ping()
    except ConnectionError as error:
        raise HTTPException(503, "no Redis") from error
```

One handler of the application may answer for all of them:

```python
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy.exc import TimeoutError

app = FastAPI()

class StoreUnavailableError(Exception):
    pass

@app.exception_handler(StoreUnavailableError)
async def later(request, error):
    return JSONResponse({"detail": "busy"}, status_code=503, headers={"Retry-After": "1"})

async def read(store, key):
    try:
        return await store.read(key)
    except TimeoutError as error:
        raise StoreUnavailableError from error

@app.get("/name")
async def name(store):
    return await read(store, "name")
```

## Limits

An answer that is no status, and an error that is passed on, are probable, and judged only where a request reaches the
handler and no middleware of the project handles errors. Health and readiness routes answer orchestrators, not clients.

## References

- [RFC 9110: Retry-After](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.overload import OverloadAnswer
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL145",
    name="overload-not-429",
    message="`{caught}` {answer} when the pool is exhausted; answer 429 or 503 with `Retry-After`, so that clients"
    " come back later",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-04",
    since="0.1.0",
)


@RULE.on(OverloadAnswer)
def check(answer: OverloadAnswer, _config: object) -> Iterator[Finding]:
    """Report answers to exhaustion that say nothing of later."""
    yield RULE.finding(answer.position, confidence=answer.confidence, caught=answer.caught, answer=answer.answer)
