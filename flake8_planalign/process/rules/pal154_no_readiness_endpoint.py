"""An application with a health route and no readiness route.

## Why

A health route says that the process lives, so that the orchestrator does not restart it. Whether requests may be sent
is another question: while the model loads or Redis is away the pod must be taken out of the load balancer, not killed.

## Bad

```python
from fastapi import FastAPI

app = FastAPI()

@app.get("/health")  # PAL154:1
async def health():
    return {"status": "ok"}
```

`app/health.py`:

```python
from fastapi import APIRouter

router = APIRouter()

@router.get("/")  # PAL154:1
async def status():
    return {"status": "ok"}
```

`app/main.py`:

```python
from fastapi import FastAPI

from app import health

app = FastAPI()
app.include_router(health.router, prefix="/healthz")
```

```python
from fastapi import FastAPI

async def live():
    return {"status": "ok"}

app = FastAPI()
app.add_api_route("/livez", live)  # PAL154:0
```

A state in the body is for people; an orchestrator looks at the status:

```python
from fastapi import FastAPI

app = FastAPI()
models = {}

@app.get("/health")  # PAL154:1
async def health():
    return {"status": "ok" if models else "degraded"}
```

## Good

`app/health.py`:

```python
from fastapi import APIRouter

router = APIRouter(prefix="/health")

@router.get("/live")
async def live():
    return {"status": "ok"}

@router.get("/ready")
async def ready():
    return {"status": "ok"}
```

`app/main.py`:

```python
from fastapi import FastAPI

from app.health import router

app = FastAPI()
app.include_router(router)

@app.get("/healthy-food")
async def food():
    return []
```

What is posted to is no health route:

```python
from flask import Flask

app = Flask(__name__)

@app.route("/live", methods=["POST"])
def begin_live_search():
    return []
```

A health route that fails with what the service depends on says by its status whether it is ready, whatever its name:

```python
from fastapi import FastAPI, HTTPException
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

app = FastAPI()
engine = create_async_engine("postgresql+asyncpg://database/scores")

@app.get("/healthz")
async def healthz():
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise HTTPException(503, "no database") from error
    return {"status": "ok"}
```

```python
from fastapi import FastAPI, HTTPException

app = FastAPI()
bundle = None

def bundle_or_503():
    if bundle is None:
        raise HTTPException(status_code=503, detail="no model")
    return bundle

@app.get("/health")
def health():
    return {"status": "ok", "version": bundle_or_503().version}
```

```python
import joblib
from fastapi import FastAPI

app = FastAPI()

def model():
    return joblib.load("champion.joblib")

@app.get("/health")
def health():
    return {"status": "ok", "model": type(model()).__name__}
```

So does one that answers 503 by what the process knows of itself:

```python
from fastapi import FastAPI
from fastapi.responses import JSONResponse

app = FastAPI()
app.state.reader = None

@app.get("/healthcheck")
def healthcheck():
    if app.state.reader is None:
        return JSONResponse(status_code=503, content={"status": "no reader"})
    return {"status": "ok"}
```

Wherever the readiness route lies:

```python
from fastapi import APIRouter, FastAPI

router = APIRouter(prefix="/monitoring")

@router.get("/ready")
async def ready():
    return {"status": "ok"}

app = FastAPI()
app.include_router(router)

@app.get("/health")
async def health():
    return {"status": "ok"}
```

A route that is not there any more is none:

```python
from fastapi import FastAPI
from fastapi.responses import JSONResponse

app = FastAPI()

@app.get("/health", include_in_schema=False)
def moved():
    return JSONResponse(status_code=404, content={"error": "Moved to /monitor"})
```

## Limits

Routes are told by whole segments of their paths. Where any health route fails with what the service depends on, nothing
is told: as a liveness probe it would restart a healthy process, but it may be used for readiness alone. Probable where
the route's handler is not in the file that registers it.

## References

- [Kubernetes: liveness, readiness and startup probes](https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.routes import HealthWithoutReady
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL154",
    name="no-readiness-endpoint",
    message="`{path}` answers for liveness and no route answers for readiness: add `/ready`, which answers 503 until"
    " the service can take requests",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-05",
    since="0.1.0",
)


@RULE.on(HealthWithoutReady)
def check(health: HealthWithoutReady, _config: object) -> Iterator[Finding]:
    """Report the health route of an application that is never ready."""
    confidence = Confidence.CERTAIN if health.is_read else Confidence.PROBABLE
    yield RULE.finding(health.position, confidence=confidence, path=health.path)
