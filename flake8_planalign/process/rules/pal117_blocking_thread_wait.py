"""Waiting for a thread, a lock or a future on the event loop.

## Why

A thread that holds a lock gives it up when it has done its work; the event loop that waits for it meanwhile serves
nobody, and where the thread needs the loop to go on (`run_coroutine_threadsafe`) both wait for ever. Awaiting while a
`threading.Lock` is held is worse: the next task that wants the lock stops the loop, and with it the task that would
release it.

## Bad

```python
import asyncio
import concurrent.futures
import queue
import threading

lock = threading.Lock()
jobs: queue.Queue[str] = queue.Queue(maxsize=100)

async def work(ready: threading.Event):
    ready.wait()  # PAL117:4
    lock.acquire()  # PAL117:4
    job = jobs.get()  # PAL117:10
    jobs.put(job)  # PAL117:4
    worker = threading.Thread(target=print)
    worker.join()  # PAL117:4
    return input("more? ")  # PAL117:11

async def hold():
    with lock:  # PAL117:9
        await asyncio.sleep(1)
```

Futures of threads are not awaitable, their results are waited for:

```python
import asyncio
from concurrent.futures import ThreadPoolExecutor, as_completed

class Fleet:
    pool: ThreadPoolExecutor

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor()

    async def run(self, job):
        return self.pool.submit(job).result()  # PAL117:15

    async def run_all(self, jobs):
        futures = [self.pool.submit(job) for job in jobs]
        for future in as_completed(futures):  # PAL117:22
            yield future

async def nested(coroutine):
    asyncio.run(coroutine)  # PAL117:4
    asyncio.get_event_loop().run_until_complete(coroutine)  # PAL117:4
```

A cache that guards itself with a lock, in a module of its own; its holder computes while it holds it:

`app/cache.py`:

```python
import threading
import time

class Cache:
    def __init__(self):
        self._lock = threading.RLock()
        self._values = {}

    def get(self, key):
        with self._lock:
            time.sleep(0.1)
            return self._values.get(key)
```

`app/routes.py`:

```python
from app.cache import Cache

cache = Cache()

async def read(key):
    return cache.get(key)  # PAL117:11
```

The result of a Celery task is polled for:

```python
from celery import Celery

app = Celery("jobs")

async def total(numbers):
    return app.send_task("add", numbers).get(timeout=10)  # PAL117:11
```

## Good

```python
import asyncio
import concurrent.futures
import queue
import threading

jobs: queue.Queue[str] = queue.Queue()
full = asyncio.Queue(maxsize=10)
lock = asyncio.Lock()
ready = threading.Event()
guard = threading.Lock()

async def work(pool: concurrent.futures.ThreadPoolExecutor):
    async with lock:
        await asyncio.sleep(1)
    await full.put("job")
    jobs.put("job")
    jobs.put_nowait("job")
    jobs.get_nowait()
    jobs.get(block=False)
    guard.acquire(blocking=False)
    await asyncio.to_thread(ready.wait)
    future = pool.submit(print)
    return await asyncio.wrap_future(future)

async def settled(future: concurrent.futures.Future):
    if future.done():
        return future.result()
    concurrent.futures.wait([future], timeout=0)
    ready.set()
    return ready.is_set()

async def finished(tasks: list[asyncio.Task]):
    done, _ = await asyncio.wait(tasks)
    return [task.result() for task in done], ", ".join(["a", "b"])
```

The entry point of a program is no coroutine:

```python
import asyncio

async def serve():
    await asyncio.sleep(1)

def main():
    asyncio.run(serve())
```

## Options

`--planalign-tiers` without `wait` switches off this rule and PAL111.

## Limits

`with lock:` is of severity high where its body awaits, or where this or another holder of the lock in the module waits
or does I/O. Otherwise the wait is as short as the longest body: severity low and probable, and silent in a helper,
as is a lock that coroutines of one module alone take, which await nothing while they have it. What is done once behind
a lock (`if ready: return`) does not make it long.
It is certain only where a route, a library or what the coroutine is handed to is known to run it.

## References

- [asyncio: concurrency and multithreading](https://docs.python.org/3/library/asyncio-dev.html#concurrency-and-multithreading)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import BLOCKS, BlockingCall, blocking_findings
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL117",
    name="blocking-thread-wait",
    message=BLOCKS,
    severity=Severity.CRITICAL,
    story="PROC-REV-01-01",
    since="0.1.0",
)


@RULE.on(BlockingCall)
def check(call: BlockingCall, _config: object) -> Iterator[Finding]:
    """Report calls of kind `wait`; `with lock:` weighs less, and little where the lock is held for a moment."""
    return blocking_findings(RULE, call, "wait", _severity(call))


def _severity(call: BlockingCall) -> Severity | None:
    if call.brief:
        return Severity.LOW
    return Severity.HIGH if call.api.name.endswith(".__enter__") else None
