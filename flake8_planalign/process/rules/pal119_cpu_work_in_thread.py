"""Work that holds the GIL, offloaded to a thread where it needs a process.

## Why

A thread frees the event loop only while it lets go of the GIL. Code that computes in Python does so every 5 ms
(`sys.getswitchinterval`), so that each step of the loop waits for as long, and two such requests take twice the
time of one, however many cores there are. Native code that keeps the GIL stops the loop altogether. Hashes of
bcrypt, compression and most of NumPy release it, and are right in a thread.

## Bad

```python
import asyncio

import sympy

async def solve(equation):
    return await asyncio.to_thread(sympy.solve, equation)  # PAL119:17
```

A project function that computes in nested loops, or that ends in such a library:

```python
import asyncio
import functools

import sympy
from fastapi.concurrency import run_in_threadpool

def distances(points):
    result = {}
    for a in points:
        for b in points:
            result[a, b] = sum((x - y) ** 2 for x, y in zip(a, b)) ** 0.5
    return result

def derivative(text):
    return str(sympy.diff(text, "x"))

async def table(points, text):
    loop = asyncio.get_running_loop()
    await run_in_threadpool(distances, points)  # PAL119:10
    await loop.run_in_executor(None, derivative, text)  # PAL119:10
    await loop.run_in_executor(None, functools.partial(sympy.factor, text))  # PAL119:10
    return await asyncio.to_thread(lambda: sympy.simplify(text))  # PAL119:17
```

## Good

```python
import asyncio
from concurrent.futures import ProcessPoolExecutor

import bcrypt
import numpy as np
import requests
import sympy

pool = ProcessPoolExecutor()

def distances(points):
    result = {}
    for a in points:
        for b in points:
            result[a, b] = sum((x - y) ** 2 for x, y in zip(a, b)) ** 0.5
    return result

def names(rows):
    return [row["name"].strip() for row in rows]

def crawl(urls, words):
    return [[word in requests.get(url).text for word in words] for url in urls]

def depths(client, bucket):
    found = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for number, content in enumerate(page["Contents"]):
            found[content["Key"]] = number * 2 + len(content["Key"])
    return found

async def table(points, password, matrix, urls, words):
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(pool, distances, points)
    await loop.run_in_executor(pool, sympy.solve, "x**2 - 2")
    await asyncio.to_thread(bcrypt.hashpw, password, bcrypt.gensalt())
    await asyncio.to_thread(np.linalg.inv, matrix)
    await asyncio.to_thread(names, points)
    await asyncio.to_thread(crawl, urls, words)
    await asyncio.to_thread(depths, matrix, "models")
```

## Limits

Loops are judged by their shape, not by their length: a project function is reported as probable if loops are nested
over data and it neither waits nor does I/O. A single loop or comprehension is silent.

## References

- [asyncio: executing code in thread or process pools](https://docs.python.org/3/library/asyncio-eventloop.html#executing-code-in-thread-or-process-pools)
- [sys.setswitchinterval](https://docs.python.org/3/library/sys.html#sys.setswitchinterval)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import Offload
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL119",
    name="cpu-work-in-thread",
    message="{why}, so in a thread (`{taker}`) it takes turns with the event loop and slows it; "
    "run it in a `ProcessPoolExecutor`",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-01",
    since="0.1.0",
)


@RULE.on(Offload)
def check(offload: Offload, _config: object) -> Iterator[Finding]:
    """Report work that keeps the GIL from the event loop."""
    if offload.holds_gil is not None:
        yield RULE.finding(offload.position, confidence=offload.confidence, why=offload.holds_gil, taker=offload.taker)
