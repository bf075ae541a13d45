"""A callable or argument that cannot be sent to another process.

## Why

A process pool pickles the function and its arguments. A lambda, a nested function, a generator or a method of an
object that holds a lock, a client or an executor cannot be pickled: the call raises `cannot pickle '_thread.lock'
object` at run time, when the first request arrives. It is the usual first attempt at moving CPU-bound work off the
event loop, because the work sits in a method of the service.

## Bad

```python
import asyncio
from concurrent.futures import ProcessPoolExecutor

pool = ProcessPoolExecutor()

async def score(rows):
    def work():
        return sum(rows)

    loop = asyncio.get_running_loop()
    await loop.run_in_executor(pool, lambda: sum(rows))  # PAL110:10
    return await loop.run_in_executor(pool, work)  # PAL110:17
```

The service that owns the pool cannot be sent through it, nor can what owns a lock or a client:

```python
import asyncio
import threading
from concurrent.futures import ProcessPoolExecutor

import redis.asyncio

class Solver:
    def __init__(self):
        self.pool = ProcessPoolExecutor()
        self.cache = redis.asyncio.Redis()

    def solve(self, equation):
        return equation

    async def answer(self, equation):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, self.solve, equation)  # PAL110:21

class Counter:
    def __init__(self):
        self.lock = threading.Lock()

    def count(self, rows):
        return len(rows)

def totals(pool: ProcessPoolExecutor, counter: Counter, batches):
    return [pool.submit(counter.count, batch) for batch in batches]  # PAL110:12
```

Arguments are pickled too, and the pools of `multiprocessing` and AnyIO do the same:

```python
import functools
import multiprocessing

import anyio.to_process

def count(stream):
    return sum(1 for _ in stream)

def numbers():
    yield 1

async def lines(path):
    with open(path) as stream:
        await anyio.to_process.run_sync(count, stream)  # PAL110:14
    await anyio.to_process.run_sync(functools.partial(count, numbers()))  # PAL110:10

def squares(values):
    with multiprocessing.Pool() as pool:
        return pool.map(lambda value: value**2, values)  # PAL110:15
```

## Good

A function of a module and plain data, or an instance that holds data only:

```python
import asyncio
import dataclasses
import functools
import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

def solve(equation, precision=10):
    return equation, precision

@dataclasses.dataclass
class Polynomial:
    coefficients: list[float]

    def roots(self):
        return self.coefficients

class Solver:
    def __init__(self):
        self.pool = ProcessPoolExecutor()
        self.threads = ThreadPoolExecutor()
        self.lock = threading.Lock()

    def load(self):
        return self.lock

    @staticmethod
    def refine(equation):
        return equation

    async def answer(self, equation, polynomial: Polynomial):
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.pool, functools.partial(solve, equation, precision=20))
        await loop.run_in_executor(self.pool, polynomial.roots)
        await loop.run_in_executor(self.pool, Solver.refine, equation)
        await loop.run_in_executor(self.threads, self.load)
        await loop.run_in_executor(None, lambda: equation)
        return await asyncio.to_thread(self.load)

def squares(values):
    with multiprocessing.Pool() as pool:
        pool.map_async(abs, (value + 1 for value in values))
        return pool.map(abs, values)
```

An instance that says how it is pickled:

```python
import threading
from concurrent.futures import ProcessPoolExecutor

class Counter:
    def __init__(self):
        self.lock = threading.Lock()

    def __getstate__(self):
        return {}

    def count(self, rows):
        return len(rows)

def total(pool: ProcessPoolExecutor, counter: Counter, rows):
    return pool.submit(counter.count, rows)
```

## References

- [pickle: what can be pickled and unpickled](https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled)
- [concurrent.futures: ProcessPoolExecutor](https://docs.python.org/3/library/concurrent.futures.html#processpoolexecutor)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import Offload
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL110",
    name="unpicklable-for-process-pool",
    message="`{taker}` cannot pickle {what}; hand it a function of a module and plain data",
    severity=Severity.HIGH,
    story="PROC-REV-01-01",
    since="0.1.0",
)


@RULE.on(Offload)
def check(offload: Offload, _config: object) -> Iterator[Finding]:
    """Report what `pickle` refuses where a process is to run it."""
    if offload.unpicklable is not None:
        yield RULE.finding(
            offload.position, confidence=offload.confidence, taker=offload.taker, what=offload.unpicklable
        )
