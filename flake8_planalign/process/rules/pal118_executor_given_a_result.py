"""The result of a call where a callable was meant to be offloaded.

## Why

`run_in_executor(None, model.predict(x))` predicts first, on the event loop, and then hands the array to a thread,
which fails with `'numpy.ndarray' object is not callable`. Where the value is None or the error is swallowed (a
background task, a `Thread`), nothing tells that the loop does all the work.

## Bad

```python
import asyncio
import time

import requests

async def refresh(url):
    loop = asyncio.get_running_loop()
    await asyncio.to_thread(time.sleep(1))  # PAL118:28
    await loop.run_in_executor(None, requests.get(url))  # PAL118:37
```

The same slip with project functions, a model of unknown type, threads and background tasks:

```python
import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import requests
from fastapi import BackgroundTasks
from starlette.concurrency import run_in_threadpool

def load(url):
    return requests.get(url).json()

def push(url) -> None:
    requests.post(url)

async def start(url, model, rows, tasks: BackgroundTasks, pool: ThreadPoolExecutor):
    threading.Thread(target=push(url)).start()  # PAL118:28
    tasks.add_task(push(url))  # PAL118:19
    pool.submit(load(url))  # PAL118:16
    await run_in_threadpool(load(url))  # PAL118:28
    await anyio.to_thread.run_sync(func=load(url))  # PAL118:40
    await asyncio.to_thread(model.predict(rows))  # PAL118:28
```

A coroutine is no callable either:

```python
import asyncio

async def fetch(url):
    return url

async def refresh(url):
    await asyncio.to_thread(fetch(url))  # PAL118:28
```

## Good

```python
import asyncio
import functools
import operator
import threading

import requests

def loader(url):
    def load():
        return requests.get(url)
    return load

class Job:
    def __init__(self, url):
        self.url = url

    def __call__(self):
        return requests.get(self.url)

async def refresh(url, registry, model, rows):
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, requests.get, url)
    await loop.run_in_executor(None, functools.partial(requests.get, url, timeout=5))
    await loop.run_in_executor(None, lambda: requests.get(url))
    await asyncio.to_thread(loader(url))
    await asyncio.to_thread(Job(url))
    await asyncio.to_thread(registry.handler("load"), url)
    await asyncio.to_thread(operator.methodcaller("predict", rows), model)
    await asyncio.to_thread(model.predict, rows)
    threading.Thread(target=loader(url)).start()
```

## Limits

A project function that returns something of unknown type is taken for a factory, unless it blocks itself.

## References

- [asyncio: loop.run_in_executor](https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import Offload
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL118",
    name="executor-given-a-result",
    message="`{argument}` runs here and `{taker}` is given its result; hand over the function, its arguments beside it",
    severity=Severity.CRITICAL,
    story="PROC-REV-01-01",
    since="0.1.0",
)


@RULE.on(Offload)
def check(offload: Offload, _config: object) -> Iterator[Finding]:
    """Report calls whose value cannot be called."""
    if offload.result_of_call:
        yield RULE.finding(
            offload.position, confidence=offload.confidence, argument=offload.argument, taker=offload.taker
        )
