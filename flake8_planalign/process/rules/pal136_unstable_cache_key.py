"""The key of a shared cache that another process computes differently.

## Why

`hash()` of a text is salted when the interpreter starts, `id()` is an address, and a set has no order. Two workers
never find each other's values, and after a restart nobody finds any: the cache fills and never hits.

## Bad

```python
import redis.asyncio

async def answer(cache: redis.asyncio.Redis, query: str, tags: list[str]):
    await cache.get(f"answer:{hash(query)}")  # PAL136:20
    await cache.get("tags:" + ",".join([str(set(tags))]))  # PAL136:20
    key = f"plan:{id(query)}"
    return await cache.get(key)  # PAL136:27
```

The text of what has none of its own is its address; the text of a dict keeps the order in which it was filled:

```python
import hashlib
import json
from collections.abc import Callable

import redis.asyncio

class Query:
    def __init__(self, words: list[str]):
        self.words = words

async def answer(cache: redis.asyncio.Redis, query: Query, call: Callable[[], str], options: dict[str, str]):
    await cache.get(f"answer:{query}")  # PAL136:20
    await cache.get("call:" + str(call))  # PAL136:20
    await cache.get("query:%s" % repr(query))  # PAL136:20
    text = json.dumps(options)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return await cache.get(f"options:{digest}")  # PAL136:27

async def page(cache: redis.asyncio.Redis, **filters: str):
    return await cache.get(f"page:{filters}")  # PAL136:27
```

## Good

```python
import hashlib
import json

import redis.asyncio

async def answer(cache: redis.asyncio.Redis, query: str, number: int, tags: list[str]):
    digest = hashlib.sha256(query.encode()).hexdigest()
    await cache.get(f"answer:{digest}")
    await cache.get(f"number:{hash((number, 1))}")
    await cache.get(f"tags:{json.dumps(sorted(set(tags)))}")
    return await cache.get(f"count:{len(set(tags))}")
```

```python
import dataclasses
import json
from collections.abc import Callable

import redis.asyncio

@dataclasses.dataclass
class Query:
    words: list[str]

class Page:
    def __init__(self, number: int):
        self.number = number

    def __str__(self) -> str:
        return str(self.number)

async def answer(cache: redis.asyncio.Redis, query: Query, page: Page, call: Callable, options: dict[str, str]):
    await cache.get(f"answer:{query}:{page}:{call.__name__}")
    await cache.get("options:" + json.dumps(options, sort_keys=True))
    await cache.get(f"options:{sorted(options.items())}")
    await cache.get("tenant:" + str(options.get("tenant") or "none"))
    await cache.get(f"page:{page.model_dump_json(exclude={'number', 'size'})}")
    await cache.mset(options)
    return await cache.get(f"user:{options['user']}:{len(options)}")
```

## Limits

Only clients whose type is known. That a text depends on the order of a dict is probable: callers may keep one order.

Off by default: three of the six findings that were read in public code were right.

## References

- [Python: PYTHONHASHSEED](https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.unstable import UnstableKey
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL136",
    name="unstable-cache-key",
    message="`{part}` in the key: {why}, so workers and restarts miss each other's values; use a digest such as"
    " `hashlib.sha256`",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-03",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(UnstableKey)
def check(key: UnstableKey, _config: object) -> Iterator[Finding]:
    """Report keys that differ from process to process."""
    yield RULE.finding(key.position, confidence=key.confidence, part=key.part, why=key.why)
