"""A service that loads its model once, at its start, and has no way to load another.

## Why

The new champion reaches such a service by a restart, and a restart drops the requests in flight, empties the caches and
fails as a whole if the new file is broken. A service that can replace its model checks the new one first and keeps the
old one if it does not load.

## Bad

`src/service/main.py`:

```python
import contextlib

import h2o
from fastapi import FastAPI

@contextlib.asynccontextmanager
async def lifespan(app):
    app.state.model = h2o.import_mojo("/models/champion.zip")  # PAL525:26
    yield None

app = FastAPI(lifespan=lifespan)
```

`src/service/main.py`:

```python
import daimojo.model
from fastapi import FastAPI

app = FastAPI()
MODEL = daimojo.model("/models/pipeline.mojo")  # PAL525:16
```

## Good

`src/service/main.py`:

```python
import asyncio
import contextlib

import h2o
from fastapi import FastAPI

@contextlib.asynccontextmanager
async def lifespan(app):
    app.state.model = h2o.import_mojo("/models/champion.zip")
    yield None

app = FastAPI(lifespan=lifespan)

async def watch(path):
    while True:
        await asyncio.sleep(5)
        app.state.model = await asyncio.to_thread(h2o.import_mojo, path)
```

`tests/test_swap.py`:

```python
import asyncio

async def test_model_swap_under_load(client, models):
    asked = [asyncio.create_task(client.post("/scores")) for _ in range(200)]
    models.replace("champion.zip")
    assert all(answer.status_code == 200 for answer in await asyncio.gather(*asked))
```

What is kept by what it is asked with, is loaded again with the next path or time of change:

```python
from functools import lru_cache

import joblib
from fastapi import FastAPI

app = FastAPI()

@lru_cache(maxsize=4)
def model_of(path, changed):
    return joblib.load(path)
```

A batch job ends before its model is old:

```python
import h2o

MODEL = h2o.import_mojo("/models/champion.zip")
```

## Limits

The service is the module with the application object of a web framework, what it imports, and who imports it; a model
that an object loads counts if the service makes and keeps such an object. Code that could load the model again, even
where that is not certain, silences the rule, as does a memo that is cleared somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.scenario.model import SWAP, ModelLoad

RULE = Rule(
    code="PAL525",
    name="model-not-hot-swappable",
    message="`{call}` loads the model once, {when}, and nothing loads it again, so a new one needs a restart; add a way"
    " to replace it while requests are served",
    severity=Severity.LOW,
    story=SWAP,
    since="0.1.0",
)


@RULE.on(ModelLoad)
def check(load: ModelLoad, _config: object) -> Iterator[Finding]:
    """Report models that are only ever loaded at the start."""
    if not load.reloadable:
        yield RULE.finding(load.position, call=load.call, when=load.when)
