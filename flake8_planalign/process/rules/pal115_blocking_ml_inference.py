"""Model inference or training on the event loop.

## Why

A prediction takes milliseconds to seconds of CPU time, a call of the H2O client a round trip to its cluster and a
job there. For that long the service answers nothing, readiness probes included, and a load test shows it as latency
of every route. Native libraries release the GIL while they compute, so a thread is enough for them; pure Python
models want a process.

## Bad

```python
import h2o
import joblib
from h2o.automl import H2OAutoML
from sklearn.ensemble import RandomForestClassifier

class Scorer:
    def __init__(self) -> None:
        self.model = RandomForestClassifier()

    async def score(self, rows):
        return self.model.predict_proba(rows)[:, 1]  # PAL115:15

async def train(path):
    frame = h2o.import_file(path)  # PAL115:12
    automl = H2OAutoML(max_models=20)
    automl.train(y="churn", training_frame=frame)  # PAL115:4
    return automl.leader.download_mojo("/models")  # PAL115:11
```

A method named `predict` on an object of unknown type is reported as probable:

```python
async def score(model, rows):
    return model.predict(rows)  # PAL115:11
```

A model that a loader returns, kept in a module, two steps below the endpoint:

`service/model.py`:

```python
import daimojo

_model = None

def champion() -> daimojo.model:
    global _model
    if _model is None:
        _model = daimojo.model("champion.mojo")
    return _model

def score(frame):
    return champion().predict(frame)
```

`service/routes.py`:

```python
from fastapi import APIRouter

from service import model

router = APIRouter()

@router.post("/score")
async def score(rows: list[dict]):
    return model.score(rows)  # PAL115:11
```

A network and a pipeline are called like functions:

```python
import torch
from transformers import pipeline

classify = pipeline("sentiment-analysis")

class Net(torch.nn.Module):
    def forward(self, x):
        return x

net = Net()

async def sentiment(text):
    return classify(text)  # PAL115:11

async def activations(batch):
    return net(batch)  # PAL115:11
```

A generator expression works where it is consumed:

```python
from xgboost import Booster

async def best(booster: Booster, batches):
    return max(booster.predict(batch) for batch in batches)  # PAL115:15
```

## Good

```python
import asyncio
import functools
from concurrent.futures import ProcessPoolExecutor

import h2o
from h2o.automl import H2OAutoML
from sklearn.linear_model import LogisticRegression

model = LogisticRegression()
pool = ProcessPoolExecutor()

def score_rows(rows):
    return model.predict_proba(rows)

async def score(rows):
    loop = asyncio.get_running_loop()
    await asyncio.to_thread(model.predict_proba, rows)
    await loop.run_in_executor(pool, score_rows, rows)
    await loop.run_in_executor(None, functools.partial(model.predict, rows))
    return await asyncio.to_thread(lambda: model.predict(rows))

async def prepare():
    automl = H2OAutoML(max_models=20)
    return automl, LogisticRegression(C=0.5), h2o.__version__

class Champion:
    async def predict(self, rows):
        return rows

async def ask(champion: Champion, remote, rows):
    return await champion.predict(rows), await remote.predict(rows)

def score_now(rows):
    return model.predict(rows)
```

## Limits

`fit`, `transform`, `run` and `generate` of an object of unknown type are silent, since the words mean too many
things; `predict` and `predict_proba` are reported as probable.

## References

- [H2O-3: scoring with MOJO](https://docs.h2o.ai/h2o/latest-stable/h2o-docs/mojo-quickstart.html)
- [asyncio: executing code in thread or process pools](https://docs.python.org/3/library/asyncio-eventloop.html#executing-code-in-thread-or-process-pools)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import BLOCKS, BlockingCall, blocking_findings
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL115",
    name="blocking-ml-inference",
    message=BLOCKS,
    severity=Severity.CRITICAL,
    story="PROC-REV-01-01",
    since="0.1.0",
)


@RULE.on(BlockingCall)
def check(call: BlockingCall, _config: object) -> Iterator[Finding]:
    """Report calls of kind `inference`."""
    return blocking_findings(RULE, call, "inference")
