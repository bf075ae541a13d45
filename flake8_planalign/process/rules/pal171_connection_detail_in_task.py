"""A connection, its address or the request, handed to a background task or a job queue.

## Why

A background task runs when the request is over: its session is closed or shared with the next request. A job queue
pickles what it is given, or writes it down: the database's address ends, password included, in the broker and in its
logs.

## Bad

```python
from fastapi import BackgroundTasks, Depends, FastAPI, Request
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

app = FastAPI()
engine = create_engine("postgresql://database/scores")

def get_db() -> Session: ...

def report(*arguments): ...

@app.post("/reports")
def start(tasks: BackgroundTasks, request: Request, db: Session = Depends(get_db)):
    tasks.add_task(report, db)  # PAL171:4
    tasks.add_task(report, 7, url=db.bind.url)  # PAL171:4
    tasks.add_task(report, request)  # PAL171:4
    report_job.delay(db)  # PAL171:4
    report_job.delay(engine)  # PAL171:4
    report_job.delay(db.connection())  # PAL171:4
    report_job.apply_async(args=[7, settings.database_url])  # PAL171:4
```

## Good

```python
from fastapi import BackgroundTasks, Depends, FastAPI, Request
from sqlalchemy.orm import Session

app = FastAPI()

def get_db() -> Session: ...

def report(identity: int): ...

@app.post("/reports/{identity}")
def start(identity: int, tasks: BackgroundTasks, request: Request, db: Session = Depends(get_db)):
    tasks.add_task(report, identity)
    report_job.delay(identity, request.url.path)
    report_job.apply_async(args=[identity], countdown=5)
```

## Limits

Types are followed as in the radar; an address is told by its name and probable.

## References

- [FastAPI: background tasks](https://fastapi.tiangolo.com/tutorial/background-tasks/)
- [Celery: database transactions and state](https://docs.celeryq.dev/en/stable/userguide/tasks.html#state)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.tasks import TaskArgument
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL171",
    name="connection-detail-in-task",
    message="`{taker}` is given {what} which does not outlive the request or must not leave the process; hand over an"
    " id and open a connection in the task",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-07",
    since="0.1.0",
)


@RULE.on(TaskArgument)
def check(argument: TaskArgument, _config: object) -> Iterator[Finding]:
    """Report connections that are handed on."""
    yield RULE.finding(argument.position, confidence=argument.confidence, taker=argument.taker, what=argument.what)
