"""The key of a cached prediction that does not name the version of the model.

## Why

After a new model is rolled out, the cache goes on answering with what the old one said, for as long as the keys live,
and a canary mixes the answers of both.

## Bad

```python
import json

import redis.asyncio

async def score(cache: redis.asyncio.Redis, model, customer: str, row):
    cached = await cache.get(f"customer:{customer}")  # PAL133:29
    if cached is not None:
        return json.loads(cached)
    answer = model.predict(row)
    await cache.set(f"customer:{customer}", json.dumps(answer.tolist()), ex=60)
    return answer

def key_of(customer):
    return "prediction:%s" % customer

async def lookup(cache: redis.asyncio.Redis, customer: str):
    await cache.delete("scores")
    return await cache.get(key_of(customer))  # PAL133:27

async def others(cache: redis.asyncio.Redis, customer: str):
    await cache.get("score:" + customer)  # PAL133:20
    await cache.get("inference:{}".format(customer))  # PAL133:20
    return await cache.get(":".join(["model", customer, "answer"]))  # PAL133:27
```

## Good

```python
import json

import redis.asyncio

MODEL_VERSION = "2024-05"

async def score(cache: redis.asyncio.Redis, model, customer: str, row):
    key = f"prediction:{model.version}:{customer}"
    cached = await cache.get(key)
    if cached is not None:
        return json.loads(cached)
    answer = model.predict(row)
    await cache.set(key, json.dumps(answer.tolist()), ex=60)
    return answer

async def lookup(cache: redis.asyncio.Redis, customer: str, key: str):
    await cache.get(key)
    await cache.get(f"profile:{customer}")
    await cache.get("prediction:" + MODEL_VERSION + ":" + customer)
    await cache.get(":".join(["score", "v2", customer]))
    return await cache.get("prediction:v3:{}".format(customer))
```

What is known of a model is no answer of one:

```python
import redis.asyncio

async def demote(client: redis.asyncio.Redis, name: str):
    await client.hset(f"model:reputation:{name}", mapping={"status": "demoted"})
```

## Limits

Certain where a model's answer is written under the key, probable where only the key speaks of one. A key whose parts
are made by functions that cannot be seen is silent.

Off by default: none of the four findings that were read in public code was right.

"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.caching import PredictionKey
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL133",
    name="cache-key-without-model-version",
    message="`{key}` caches what a model says and does not name its version, so a new model is answered with the old"
    " one's values; make the version part of the key",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-03",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(PredictionKey)
def check(key: PredictionKey, _config: object) -> Iterator[Finding]:
    """Report keys of predictions without a version."""
    yield RULE.finding(key.position, confidence=key.confidence, key=key.key)
