"""Network I/O by a synchronous client on the event loop.

## Why

While a synchronous client waits for an answer, the event loop serves nobody. One slow upstream with a timeout of
30 seconds stands for 30 seconds without a health check, and every pooled connection of the process times out with
it. The call is told by what it means and by the type of its receiver, however it is spelled and however deep below
the coroutine it lies; the finding names the chain.

## Bad

```python
import urllib.request

import requests
from requests import post as send

fetch = requests.get

async def notify(url):
    requests.get(url)  # PAL112:4
    send(url, json={})  # PAL112:4
    fetch(url)  # PAL112:4
    import smtplib
    smtplib.SMTP("mail.internal")  # PAL112:4
    with urllib.request.urlopen(url) as answer:  # PAL112:9
        return answer.status
```

A client that an object keeps, whether it makes it or is given it:

```python
import httpx
import requests

class Prices:
    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.session = requests.Session()

    async def quote(self, symbol: str) -> str:
        return self.http.get(f"/quote/{symbol}").text  # PAL112:15

    async def publish(self, symbol: str) -> None:
        self.session.post("/quote", json=symbol)  # PAL112:8
```

Through a property, a constructor, and three modules:

`shop/__init__.py`:

```python
from shop.geo import Locator as Locator
```

`shop/http.py`:

```python
import requests

session = requests.Session()

def get_json(url):
    return session.get(url, timeout=5).json()
```

`shop/geo.py`:

```python
from . import http

class Locator:
    def __init__(self, address):
        self.place = http.get_json(f"/geocode?q={address}")

    @property
    def country(self):
        return http.get_json(f"/country/{self.place['id']}")
```

`shop/routes.py`:

```python
from shop import Locator

async def locate(address: str):
    where = Locator(address)  # PAL112:12
    return where.country  # PAL112:11
```

What FastAPI injects, and a client that a factory makes without an annotation:

```python
from typing import Annotated

import boto3
import requests
from fastapi import Depends, FastAPI

app = FastAPI()

def storage():
    return boto3.client("s3")

def session():
    with requests.Session() as http:
        yield http

@app.get("/report")
async def report(http=Depends(session), s3: Annotated[object, Depends(storage)] = None):
    http.get("https://upstream.internal/report")  # PAL112:4
    s3.put_object(Bucket="reports", Key="latest", Body=b"")  # PAL112:4
```

A callback given to the loop runs on the loop:

```python
import asyncio
import urllib.request

class Heart:
    def beat(self):
        urllib.request.urlopen("https://uptime.internal/beat")

    def start(self):
        asyncio.get_running_loop().call_later(30, self.beat)  # PAL112:8
```

The project's own blocking functions, from its plan:

```toml
[tool.planalign.deny]
"legacy.client.fetch" = { kind = "network", use = "await `legacy.aio.fetch`" }
```

```python
from legacy import client

async def balance(account):
    return client.fetch(f"/balance/{account}")  # PAL112:11
```

## Good

The asynchronous clients:

```python
import aiohttp
import httpx
import redis.asyncio as redis

async def quote(symbol: str) -> str:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"/quote/{symbol}")
        return answer.text

async def quote_again(symbol: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"/quote/{symbol}") as answer:
        return await answer.text()
```

The same call in a thread, by each of the ways there are:

```python
import asyncio
import functools
import threading

import anyio.to_thread
import requests
from asgiref.sync import sync_to_async
from fastapi import APIRouter, BackgroundTasks, Depends
from fastapi.concurrency import run_in_threadpool

router = APIRouter()

@sync_to_async
def load(url):
    return requests.get(url)

def push(url):
    requests.post(url)

def prices():
    return requests.get("/prices").json()

async def offloaded(url):
    loop = asyncio.get_running_loop()
    await asyncio.to_thread(requests.get, url, timeout=5)
    await loop.run_in_executor(None, functools.partial(requests.get, url, timeout=5))
    await loop.run_in_executor(None, lambda: requests.get(url))
    await anyio.to_thread.run_sync(push, url)
    await run_in_threadpool(requests.get, url)
    await sync_to_async(push)(url)
    await load(url)
    threading.Thread(target=push, args=(url,)).start()

@router.get("/prices")
def endpoint(current=Depends(prices)):
    return requests.get("/more").json()

@router.post("/push")
async def endpoint_with_task(tasks: BackgroundTasks, current=Depends(prices)):
    tasks.add_task(push, "/prices")
```

Names that only look like it, and functions that are passed on, not called:

```python
import requests

async def get(url, requests):
    handlers = {"get": requests.get}
    return handlers, requests.get(url)

async def prepare(url):
    request = requests.Request("GET", url)
    session = requests.Session()
    return session, request.prepare(), lambda: requests.get(url)

class Client:
    async def get(self, url):
        return url

async def call(client: Client):
    return await client.get("/")
```

## Options

`[tool.planalign.deny]` adds the project's own functions, classes and methods, in the schema of the registry; with
`kind = "network"` they are reported under this code. `--planalign-tiers` without `network` switches off this rule,
PAL122 and PAL131 together.

## Limits

What lies in installed packages is known by the registry only. A call on an object whose type cannot be told is
silent.

## References

- [Developing with asyncio: running blocking code](https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code)
- [FastAPI: concurrency and async / await](https://fastapi.tiangolo.com/async/)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import BLOCKS, BlockingCall, blocking_findings
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL112",
    name="blocking-network-call",
    message=BLOCKS,
    severity=Severity.CRITICAL,
    story="PROC-REV-01-01",
    since="0.1.0",
)


@RULE.on(BlockingCall)
def check(call: BlockingCall, _config: object) -> Iterator[Finding]:
    """Report calls of kind `network`."""
    return blocking_findings(RULE, call, "network")
