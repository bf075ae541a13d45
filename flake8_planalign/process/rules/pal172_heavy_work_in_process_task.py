"""Work for the processor in a background task of the serving process.

## Why

A background task runs in the process that serves: training or a large merge in it takes the processor, the memory and
the thread pool from the requests, is lost at the next deployment, and nobody sees that it failed.

## Bad

```python
import pandas as pd
from fastapi import BackgroundTasks, FastAPI
from sklearn.linear_model import LogisticRegression

app = FastAPI()

def retrain(path: str):
    frame = pd.read_csv(path)
    LogisticRegression().fit(frame, frame["target"])

@app.post("/retrain")
async def start(tasks: BackgroundTasks):
    tasks.add_task(retrain, "features.csv")  # PAL172:4
```

`main.py`:

```python
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()

@app.post("/update")
async def update(tasks: BackgroundTasks, frame: dict):
    from jobs import train

    tasks.add_task(train, frame)  # PAL172:4
```

`jobs.py`:

```python
from sklearn.linear_model import LogisticRegression

def train(frame):
    LogisticRegression().fit(frame, frame["target"])
```

## Good

```python
from fastapi import BackgroundTasks, FastAPI

app = FastAPI()

def note(event: str):
    with open("events.log", "a") as log:
        log.write(event)

@app.post("/retrain")
async def start(tasks: BackgroundTasks, queue):
    tasks.add_task(note, "retraining asked for")
    await queue.enqueue_job("retrain", "features.csv")
```

## Limits

Off by default: how heavy a task is cannot be seen. Of 3 findings that were read in real code 1 was wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.tasks import HeavyTask
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL172",
    name="heavy-work-in-process-task",
    message="the background task `{task}` does `{api}` in the process that serves; give it to a task queue (Celery,"
    " ARQ, RQ, Dramatiq)",
    severity=Severity.LOW,
    story="PROC-REV-01-07",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(HeavyTask)
def check(task: HeavyTask, _config: object) -> Iterator[Finding]:
    """Report heavy background tasks."""
    yield RULE.finding(task.position, task=task.task, api=task.api)
