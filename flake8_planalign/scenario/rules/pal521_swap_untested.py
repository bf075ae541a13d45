"""A model that is replaced while the service runs, and no load test that runs meanwhile.

## Why

A swap that is right when nobody asks is easy. Under load some requests hold the old model, some get none, and a reader
sees the new scorer with the old columns. Only requests that run while the model is replaced show that none fails.

## Bad

`src/service/models.py`:

```python
import daimojo.model
from fastapi import FastAPI

app = FastAPI()

@app.post("/model")
async def reload_model(path: str):  # PAL521:10
    app.state.model = daimojo.model(path)
```

`tests/test_models.py`:

```python
def test_reload_model_changes_the_score(client):
    before = client.post("/scores").json()
    client.post("/model?path=second.mojo")
    assert client.post("/scores").json() != before
```

A scenario of the plan whose tests hold none:

`pyproject.toml`:

```toml
[tool.planalign.scenarios.hot-swap]  # PAL521:1
story = "SCN-REV-01-02"
tests = ["tests/load.py"]
```

`tests/load.py`:

```python
USERS = 50
```

## Good

`src/service/models.py`:

```python
import daimojo.model
from fastapi import FastAPI

app = FastAPI()

@app.post("/model")
async def reload_model(path: str):
    app.state.model = daimojo.model(path)
```

`tests/test_swap.py`:

```python
import asyncio

async def ask(client, statuses):
    for _ in range(100):
        statuses.append((await client.post("/scores")).status_code)

async def test_swap_under_load(client):
    statuses = []
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(ask(client, statuses))
        group.create_task(client.post("/model?path=second.mojo"))
    assert set(statuses) == {200}
```

Or with locust, which counts failures by itself:

`src/service/models.py`:

```python
import h2o
from fastapi import FastAPI

app = FastAPI()

def swap_model(path: str):
    app.state.model = h2o.import_mojo(path)
```

`load/locustfile.py`:

```python
from locust import HttpUser, task

class Applicant(HttpUser):
    @task(100)
    def score(self):
        self.client.post("/scores", json={"profile": 7})

    @task
    def swap_model(self):
        self.client.post("/model?path=second.mojo")
```

## Options

`[tool.planalign.scenarios.NAME]` with `story = "SCN-REV-01-02"` names the tests in `tests`; then the finding stands at
that table.

## Limits

A load test is a locust file, a k6 script, or a test that does several things at once; it counts if its names or paths
speak of the swap.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.scenario.model import SWAP, ModelSwap, Planned

RULE = Rule(
    code="PAL521",
    name="swap-untested",
    message="`{function}` replaces {target}, and no load test runs while it does; add one that sends requests during"
    " the swap and asserts that none fails",
    severity=Severity.MEDIUM,
    story=SWAP,
    since="0.1.0",
)


@RULE.on(ModelSwap)
def check_swap(swap: ModelSwap, _config: object) -> Iterator[Finding]:
    """Report swaps without a load test."""
    if not swap.tests:
        yield RULE.finding(swap.position, function=swap.function, target=f"`{swap.target}`")


@RULE.on(Planned)
def check_plan(planned: Planned, _config: object) -> Iterator[Finding]:
    """Report a swap scenario of the plan without tests."""
    if planned.story == SWAP and not planned.tests:
        yield RULE.finding(planned.position, function=planned.name, target="the model")
