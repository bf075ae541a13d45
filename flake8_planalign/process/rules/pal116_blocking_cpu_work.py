"""Expensive computation on the event loop.

## Why

The event loop can only switch tasks where code awaits; a `merge`, a password hash or the compression of a response
runs to its end first. A service that spends 50 ms of CPU time per request on its loop serves 20 requests a second,
however many connections it holds.

## Bad

```python
import bcrypt
import hashlib
import zlib

async def register(password: bytes, body: bytes):
    hashed = bcrypt.hashpw(password, bcrypt.gensalt())  # PAL116:13
    key = hashlib.pbkdf2_hmac("sha256", password, b"salt", 600_000)  # PAL116:10
    return hashed, key, zlib.compress(body)  # PAL116:24
```

Operations of pandas and NumPy that scan the data, on frames told by annotation, by constructor or by result:

```python
import numpy as np
import pandas as pd

def load_frame() -> pd.DataFrame:
    return pd.DataFrame({"user": [1, 2], "value": [0.5, 0.7]})

async def profile(orders: pd.DataFrame, matrix: np.ndarray):
    users = load_frame()
    joined = orders.merge(users, on="user")  # PAL116:13
    means = joined.groupby("user").agg({"value": "mean"})  # PAL116:12
    ranked = means.sort_values("value")  # PAL116:13
    text = orders.to_csv(index=False)  # PAL116:11
    return ranked, text, np.linalg.inv(matrix), np.fft.fft(matrix)  # PAL116:25 PAL116:48
```

Symbolic algebra in a helper of another module:

`app/explain.py`:

```python
import sympy

def simplified(text: str) -> str:
    return str(sympy.simplify(text))
```

`app/routes.py`:

```python
from app import explain

async def formula(text: str) -> str:
    return explain.simplified(text)  # PAL116:11
```

A decorated function, and a class that computes when it is made:

```python
import functools

from passlib.hash import argon2

def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper

@logged
def digest(password):
    return argon2.hash(password)

class Account:
    def __init__(self, password):
        self.digest = digest(password)

async def sign_up(password):
    Account(password)  # PAL116:4
    return digest(password)  # PAL116:11
```

Tables, pages and images that are read from a buffer in memory:

```python
import io

import pandas as pd
import pypdf
from PIL import Image

async def totals(data: bytes):
    orders = pd.read_csv(io.BytesIO(data))  # PAL116:13
    return orders.groupby("user").sum()  # PAL116:11

async def texts(data: bytes):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]  # PAL116:12

async def small(data: bytes):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        image.resize((100, 100)).save(out := io.BytesIO(), "PNG")  # PAL116:8
    return out.getvalue()
```

## Good

```python
import asyncio
import hashlib
import io
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache

import bcrypt
import numpy as np
import pandas as pd
import sympy

pool = ProcessPoolExecutor()

@lru_cache
def simplified(text):
    return str(sympy.simplify(text))

def joined(orders: pd.DataFrame, users: pd.DataFrame) -> pd.DataFrame:
    return orders.merge(users, on="user")

async def sheet(data: bytes):
    return await asyncio.to_thread(pd.read_excel, io.BytesIO(data))

async def profile(orders: pd.DataFrame, users: pd.DataFrame, password: bytes):
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(pool, joined, orders, users)
    await loop.run_in_executor(pool, sympy.simplify, "sin(x)**2 + cos(x)**2")
    await asyncio.to_thread(bcrypt.checkpw, password, b"")
    return orders.shape, orders["value"], orders.columns, len(users), simplified("x + x")

async def tiny(values: list[float]):
    frame = pd.DataFrame({"value": values})
    digest = hashlib.sha256(b"key").hexdigest()
    return frame.head().to_csv(), np.array(values), np.zeros(3), sorted(values), sum(values), digest
```

## Options

`[tool.planalign.deny]` adds the project's own functions with `kind = "cpu"`; `--planalign-tiers` without `cpu`
switches off this rule and PAL115.

## Limits

A finding is certain where a route, a library or what the coroutine is handed to is known to run it, and
probable elsewhere.

The cost of an operation on data whose size is not known is judged by its kind: attribute access, constructors and
plain reductions are silent. Loops written in Python are not measured.

## References

- [asyncio: executing code in thread or process pools](https://docs.python.org/3/library/asyncio-eventloop.html#executing-code-in-thread-or-process-pools)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import BLOCKS, BlockingCall, blocking_findings
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL116",
    name="blocking-cpu-work",
    message=BLOCKS,
    severity=Severity.HIGH,
    story="PROC-REV-01-01",
    since="0.1.0",
)


@RULE.on(BlockingCall)
def check(call: BlockingCall, _config: object) -> Iterator[Finding]:
    """Report calls of kind `cpu`."""
    return blocking_findings(RULE, call, "cpu")
