"""A loop that tries a remote call again at the same pace, or for ever.

## Why

When a service is overloaded, clients that come back at once, all at the same pace, keep it down. And a loop without
an end hides that it is gone.

## Bad

```python
import time

import httpx
import requests

def fetch(url):
    for attempt in range(5):
        try:
            return requests.get(url, timeout=5)
        except requests.RequestException:  # PAL143:8
            time.sleep(1)

async def connect(client: httpx.AsyncClient, url):
    while True:
        try:
            answer = await client.get(url)
            break
        except httpx.HTTPError:  # PAL143:8
            continue
    return answer
```

Whatever else is done about the error:

```python
import requests

def report(error, attempt):
    print(f"attempt {attempt}: {error}")

def fetch(url):
    for attempt in range(5):
        try:
            return requests.get(url, timeout=5)
        except requests.RequestException as error:  # PAL143:8
            report(error, attempt)
```

However the loop learns that it may stop:

```python
import socket
import time

import redis.asyncio
from redis.exceptions import RedisError

def wait_for(host):
    while True:
        try:
            connection = socket.create_connection((host, 5432), timeout=1)
        except OSError:  # PAL143:8
            time.sleep(0.1)
            continue
        connection.close()
        return host

async def connect(client: redis.asyncio.Redis):
    connected = False
    while not connected:
        try:
            await client.ping()
            connected = True
        except RedisError:  # PAL143:8
            pass
```

A function that calls itself is a loop as well:

```python
import requests

def fetch(url, attempts=3):
    try:
        return requests.get(url, timeout=5)
    except requests.ConnectionError:  # PAL143:4
        if attempts == 0:
            raise
        return fetch(url, attempts - 1)
```

## Good

```python
import asyncio
import random
import socket
import time

import httpx
import redis.asyncio
import requests
import backoff
import boto3
import stamina
from redis.exceptions import RedisError
from tenacity import retry

def fetch(url):
    for attempt in range(5):
        try:
            return requests.get(url, timeout=5)
        except requests.RequestException:
            time.sleep(2**attempt + random.random())
    raise TimeoutError(url)

def settle(error, attempt):
    print(error)
    time.sleep(2**attempt)

def fetch_in_time(url):
    for attempt in range(5):
        try:
            return requests.get(url, timeout=5)
        except requests.RequestException as error:
            settle(error, attempt)

def wait_until_it_is_up(url):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            return requests.get(url, timeout=1)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise TimeoutError(url)

def fetch_any(hosts):
    for host in hosts:
        try:
            return requests.get(host, timeout=5)
        except requests.RequestException:
            continue

def fetch_from(peers):
    for attempt in range(5):
        number = peers.pop()
        peer = f"https://peer{number}"
        try:
            return requests.get(peer, timeout=5)
        except requests.RequestException:
            continue

def fetch_next(pool):
    for attempt in range(5):
        try:
            return requests.get(pool.url, timeout=5)
        except requests.RequestException:
            pool.rotate_url()

def answer(question, write, errors=""):
    for attempt in range(3):
        query = write(question, errors)
        try:
            return requests.get("https://search", params={"q": query}, timeout=5)
        except requests.RequestException as error:
            errors += str(error)
            continue

def store(client, names):
    for name in names:
        for attempt in range(3):
            try:
                secret = input(f"{name}: ")
                requests.post("https://secrets", data={name: secret}, timeout=5)
                break
            except Exception as error:
                print(f"{name} not stored: {error}")

async def login(client, codes):
    retries = 0
    while retries < 4:
        try:
            await client.send(await httpx.AsyncClient().get("https://code"))
            user = await codes.wait()
            break
        except asyncio.TimeoutError:
            retries += 1

@stamina.retry(on=OSError, attempts=5)
def connect(url):
    return requests.get(url, timeout=5)

def receive_for_ever(url):
    while True:
        try:
            connect(url)
        except OSError:
            continue
        break

def fetch_card(hosts):
    for host in hosts:
        try:
            answer = requests.get(host, timeout=5)
        except requests.RequestException:
            continue
        try:
            card = answer.json()
        except Exception:
            continue
        return card

def is_open(host, port):
    for found in socket.getaddrinfo(host, port):
        family, kind, _, _, address = found
        with socket.socket(family, kind) as probe:
            try:
                probe.connect(address)
                return True
            except OSError:
                continue
    return False

def free_port():
    for port in range(8000, 9000):
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
                return port
            except OSError:
                pass

def rename(client, name):
    for attempt in range(3):
        try:
            return requests.post(name, timeout=5)
        except requests.RequestException:
            name += "-new"

def parse(lines):
    for line in lines:
        try:
            return int(line)
        except ValueError:
            pass

def consume(queue, url):
    while True:
        try:
            requests.post(url, json=queue.get(), timeout=5)
        except requests.RequestException:
            time.sleep(1)

async def signal_of(client: redis.asyncio.Redis):
    reason = None
    while reason is None:
        try:
            reason = await client.get("signal")
        except RedisError:
            pass
        await asyncio.sleep(1)
    return reason

def address_of(bucket, name):
    storage = boto3.client("s3")
    for _ in range(10):
        try:
            return storage.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": name})
        except Exception:
            time.sleep(1)

def once_or_not(url):
    for _ in range(1):
        try:
            return requests.get(url, timeout=5)
        except requests.RequestException:
            time.sleep(1)

def serve(listener, answer):
    while True:
        try:
            connection = listener.accept()
        except OSError:
            continue
        answer(connection)

@retry
def once(url):
    return requests.get(url, timeout=5)

@backoff.on_exception(backoff.expo, requests.RequestException)
def twice(url):
    return requests.get(url, timeout=5)

def often(url):
    for attempt in stamina.retry_context(on=requests.RequestException):
        with attempt:
            return requests.get(url, timeout=5)
```

```python
import time

import requests

def patient(url, attempt=0):
    try:
        return requests.get(url, timeout=5)
    except requests.ConnectionError:
        time.sleep(2 ** attempt)
        return patient(url, attempt + 1)

def anywhere(url, mirrors):
    try:
        return requests.get(url, timeout=5)
    except requests.ConnectionError:
        return anywhere(mirrors[0], mirrors[1:])
```

## Limits

What is a retry is told by its form, so the finding is probable. Only calls that are known to leave the process, and
errors that may be gone the next time. A handler that changes what is tried is no retry. A loop that goes on after
success is a worker or polls, and no retry. A function that calls itself is seen where it hands a count on. How long
a function of the project sleeps that is called in between is not asked.

## References

- [Exponential backoff and jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.retries import Retry
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL143",
    name="retry-without-backoff",
    message="`{call}` is tried again {fault}; wait longer each time, with jitter, and give up in the end, or use"
    " tenacity",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-04",
    since="0.1.0",
    confidence=Confidence.PROBABLE,
)


@RULE.on(Retry)
def check(retry: Retry, _config: object) -> Iterator[Finding]:
    """Report retries without backoff or end."""
    yield RULE.finding(retry.position, call=retry.call, fault=retry.fault)
