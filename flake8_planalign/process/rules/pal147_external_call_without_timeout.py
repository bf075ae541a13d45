"""A network call with no timeout in force.

## Why

A server that accepts and never answers is the commonest way in which networks fail. Without a timeout the caller waits
for ever, and with it its thread, its connection and in the end the service.

## Bad

```python
import smtplib
import socket
import urllib.request

import httpx
import requests

def fetch(url):
    requests.get(url)  # PAL147:4
    urllib.request.urlopen(url)  # PAL147:4
    urllib.request.urlretrieve(url, "copy")  # PAL147:4
    with requests.Session() as session:
        session.post(url, json={})  # PAL147:8
        return session.get(url, timeout=None)  # PAL147:15

def send(host):
    socket.create_connection((host, 25))  # PAL147:4
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.connect((host, 25))  # PAL147:4
    return smtplib.SMTP(host)  # PAL147:11

async def stream(url):
    async with httpx.AsyncClient(timeout=None) as client:  # PAL147:15
        return await client.get(url)
```

```python
import poplib

import aiohttp
import asyncpg
import botocore.config
import psycopg2

SLOW = botocore.config.Config(read_timeout=None)  # PAL147:7

def mails(host):
    return poplib.POP3_SSL(host)  # PAL147:11

async def connect(url):
    async with aiohttp.ClientSession() as session:
        await session.get(url, timeout=None)  # PAL147:14
    aiohttp.ClientTimeout(total=None)  # PAL147:4
    await asyncpg.connect(url, timeout=None)  # PAL147:10
    return psycopg2.connect(host="database", dbname="scores")  # PAL147:11
```

A timeout for the connection alone leaves the wait for the answer without an end:

```python
import aiohttp
import httpx
import requests

def fetch(url):
    return requests.get(url, timeout=(3, None))  # PAL147:11

LIMITS = httpx.Timeout(5, read=None)  # PAL147:9
SOME = httpx.Timeout(None, connect=5)  # PAL147:7

async def session():
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(connect=3))  # PAL147:41
```

## Good

```python
import smtplib
import urllib.request

import aiohttp
import asyncpg
import httpx
import psycopg2
import requests

def fetch(url, **options):
    requests.get(url, timeout=5)
    requests.get(url, **options)
    urllib.request.urlopen(url, None, 5)
    with requests.Session() as session:
        return session.get(url, timeout=(1, 5))

def send(host):
    return smtplib.SMTP(host, timeout=5)

async def stream(url):
    async with httpx.AsyncClient() as client, aiohttp.ClientSession(timeout=None) as session:
        await session.get(url)
        aiohttp.ClientTimeout(total=None, sock_read=5)
        return await client.get(url)

async def connect(url):
    await asyncpg.connect(url)
    psycopg2.connect(url)
    return psycopg2.connect(host="database", dbname="scores", connect_timeout=5)
```

```python
import aiohttp
import httpx
import requests

LIMITS = httpx.Timeout(5, connect=1)
QUICK = aiohttp.ClientTimeout(total=60, connect=1)
PARTS = aiohttp.ClientTimeout(sock_connect=1, sock_read=5)

def fetch(url):
    return requests.get(url, timeout=(None, 5))
```

What reads a stream waits for its next part:

```python
import httpx

async def lines(url):
    async with httpx.AsyncClient(timeout=httpx.Timeout(5, read=None)) as client:
        async with client.stream("GET", url) as answer:
            return [line async for line in answer.aiter_lines()]
```

What hands a stream on lasts for as long as the stream:

```python
import aiohttp
from aiohttp import web

async def handed_on(request: web.Request, session: aiohttp.ClientSession, url: str):
    async with session.get(url, timeout=aiohttp.ClientTimeout(total=None)) as found:
        answer = web.StreamResponse(status=found.status)
        await answer.prepare(request)
        async for part in found.content.iter_chunked(65536):
            await answer.write(part)
        return answer
```

```python
import http.client
import socket

def ask_through(path):
    open_already = socket.socket(socket.AF_UNIX)
    open_already.settimeout(5)
    open_already.connect(path)
    connection = http.client.HTTPConnection("localhost")
    connection.sock = open_already
    connection.request("GET", "/")
    return connection.getresponse()
```

```python
import httpx

def client_that_waits_while_one_debugs(settings):
    return httpx.Client(timeout=None if settings.debug else 60)

def client_of(application):
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), timeout=None)
```

```python
import socket

def is_open(host, port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0

def tell(host):
    connection = socket.socket()
    connection.settimeout(5)
    connection.connect((host, 25))
```

A project can give all its calls a timeout:

```python
import requests
from requests.adapters import HTTPAdapter

class Patient(HTTPAdapter):
    def send(self, request, **options):
        options["timeout"] = options.get("timeout") or 5
        return super().send(request, **options)

def fetch(url):
    session = requests.Session()
    session.mount("https://", Patient())
    return session.get(url)
```

What an own deadline of each request bounds needs none:

```python
import asyncio
import httpx

client = httpx.AsyncClient(timeout=None)

async def ask(url):
    return await asyncio.wait_for(client.get(url), 10)
```

## Limits

httpx, aiohttp (also with `ClientSession(timeout=None)`), asyncpg, psycopg 3 and boto3 have timeouts by default; what
switches them off is reported. Silent are a connection string that is not written out and may hold one, pools of
urllib3, whose maker may have given them one, and timeouts for a part of the wait in files that speak of streams.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.timeouts import EndlessCall
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL147",
    name="external-call-without-timeout",
    message="`{api}` {lack}, so a server that never answers keeps it waiting for ever; {remedy}",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-04",
    since="0.1.0",
)
#: What to do where the call has no such argument.
_REMEDIES = {
    "socket.socket.connect": "call its `settimeout` before",
    "urllib.request.urlretrieve": "read it with `urlopen(url, timeout=...)`, which takes one",
}


@RULE.on(EndlessCall)
def check(call: EndlessCall, _config: object) -> Iterator[Finding]:
    """Report calls that may wait for ever."""
    lack = "has its timeout switched off" if call.is_switched_off else "has no timeout"
    if call.is_partial:
        lack = "limits only a part of the wait"
    remedy = _REMEDIES.get(call.api, f"give `{call.argument}` in seconds")
    yield RULE.finding(call.position, api=call.api, lack=lack, remedy=remedy)
