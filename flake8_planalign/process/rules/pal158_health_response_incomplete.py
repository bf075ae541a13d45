"""A health route whose response lacks what the plan wants in it.

## Why

Dashboards and alerts read the health route of every service in the same way. One that leaves out the version or the
state of the model is a hole in the picture.

## Bad

```toml
[tool.planalign.process]
health-keys = ["status", "version"]
```

```python
from fastapi import FastAPI

app = FastAPI()

@app.get("/health")
async def health():
    return {"status": "ok"}  # PAL158:11
```

## Good

```toml
[tool.planalign.process]
health-keys = ["status", "version"]
```

```python
from fastapi import FastAPI

app = FastAPI()

def state():
    return {}

@app.get("/health")
async def health(brief: bool = False):
    if brief:
        return {**state(), "status": "ok"}
    return {"status": "ok", "version": "1.0", "model": "gbm"}
```

## Options

`[tool.planalign.process] health-keys`: the keys that the response of a health route must have. Without it the rule is
silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.config import Config
from flake8_planalign.process.routes import HealthResponse
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL158",
    name="health-response-incomplete",
    message="`{path}` answers without {missing}, which the plan asks of every health route; add it to the response",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-05",
    since="0.1.0",
)


@RULE.on(HealthResponse)
def check(response: HealthResponse, config: Config) -> Iterator[Finding]:
    """Report literal responses that lack a key."""
    missing = [f"`{key}`" for key in config.process.health_keys if key not in response.keys]
    if missing:
        yield RULE.finding(response.position, path=response.path, missing=" and ".join(missing))
