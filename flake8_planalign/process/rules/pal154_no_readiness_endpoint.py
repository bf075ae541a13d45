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

## References

- [Kubernetes: liveness, readiness and startup probes](https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.routes import HealthWithoutReady
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL154",
    name="no-readiness-endpoint",
    message="`{path}` tells that the process lives, and no route tells whether it is ready; add `/ready`, which checks"
    " what the service depends on",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-05",
    since="0.1.0",
)


@RULE.on(HealthWithoutReady)
def check(health: HealthWithoutReady, _config: object) -> Iterator[Finding]:
    """Report the health route of an application that is never ready."""
    yield RULE.finding(health.position, path=health.path)
