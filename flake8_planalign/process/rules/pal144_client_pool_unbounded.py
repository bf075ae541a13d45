"""A Redis or HTTP client of the service without a bound on its connections or without timeouts.

## Why

When Redis hangs, a client without a timeout waits for ever, and one without a bound opens a connection for each waiting
request. The service then falls with the cache instead of falling back.

## Bad

```python
import asyncio

import aiohttp
import httpx
import redis.asyncio as redis

cache = redis.from_url("redis://cache")  # PAL144:8
sessions = redis.Redis(host="sessions", max_connections=50)  # PAL144:11

limits = httpx.Limits(max_connections=None)  # PAL144:9

async def connector():
    return aiohttp.TCPConnector(limit=0)  # PAL144:11

async def all_of(url: str, keys: list[str]):
    client = redis.from_url(url, socket_timeout=1)  # PAL144:13
    return await asyncio.gather(*(client.get(key) for key in keys))
```

## Good

```python
import redis.asyncio as redis

pool = redis.BlockingConnectionPool(max_connections=50, timeout=2)
limits = {"max_connections": 50, "socket_timeout": 1}
cache = redis.from_url("redis://cache", max_connections=50, socket_timeout=1, socket_connect_timeout=1)
sessions = redis.Redis(connection_pool=pool)
counters = redis.Redis(host="counters", **limits)
beats = redis.Redis(host="beats", max_connections=10, health_check_interval=5)
tokens = redis.from_url("redis://tokens?max_connections=20&socket_timeout=1")

async def count(url: str):
    client = redis.from_url(url)
    try:
        return await client.dbsize()
    finally:
        await client.aclose()
```

```python
import redis

def alive(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        return client.ping()
```

A client that has one user at a time has one connection: what stays in the function that makes it, and what a command
line makes.

```python
import argparse

import redis

def depth(url: str) -> int:
    queue = redis.Redis.from_url(url, socket_timeout=2)
    return queue.llen("jobs")

def main(args: argparse.Namespace):
    queue = redis.Redis(host=args.host, port=args.port, socket_timeout=2)
    replay(queue)
```

## Limits

With one of the two limits missing the finding is probable. Of what is made for each request (PAL123), of what has one
user, and in scripts only the timeouts are asked for. Where the plan has a service layer, only its files are
judged; a client that its function closes again is left out. redis 8 and later are bounded and have timeouts by default:
where the project requires them, Redis is silent.

## References

- [redis-py: connecting to Redis](https://redis.readthedocs.io/en/stable/connections.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.pools import PoolCreation, confidence_of
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL144",
    name="client-pool-unbounded",
    message="`{maker}` sets {missing}, so {harm}; set {remedy}",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-04",
    since="0.1.0",
)
#: What comes of it, and what to set, by what is missing.
_HARMS: dict[tuple[str, ...], tuple[str, str]] = {
    ("a bound on connections",): ("a burst of requests opens as many as there are", "`max_connections`"),
    ("a timeout",): ("a server that hangs keeps all who ask", "`socket_timeout` and `socket_connect_timeout`"),
}
_BOTH = (
    "a server that hangs takes the service with it",
    "`max_connections`, `socket_timeout` and `socket_connect_timeout`",
)


@RULE.on(PoolCreation)
def check(creation: PoolCreation, _config: object) -> Iterator[Finding]:
    """Report clients that lack a limit."""
    if creation.missing:
        confidence = Confidence.CERTAIN if creation.sort == "limits" else confidence_of(creation.missing)
        missing = f"no {creation.missing[0].partition(' ')[2]}"
        if len(creation.missing) > 1:
            missing = "neither " + " nor ".join(creation.missing)
        harm, remedy = _HARMS.get(creation.missing, _BOTH)
        yield RULE.finding(
            creation.position, confidence=confidence, maker=creation.maker, missing=missing, harm=harm, remedy=remedy
        )
