"""A handler of pool exhaustion that does not tell the client to come back later.

## Why

An exhausted pool is a matter of moments. A 500 tells the client that the request is broken; a 429 or 503 without
`Retry-After` lets all of them come back at once.

## Bad

```python
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
    except PoolOverloadError as error:  # PAL145:4
        raise HTTPException(status_code=429) from error
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

## Limits

Judged where the handler itself answers with a status. Health and readiness routes answer orchestrators, not clients.

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
    yield RULE.finding(answer.position, caught=answer.caught, answer=answer.answer)
