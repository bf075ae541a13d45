"""An `evalsha` that fails when the server has forgotten the script.

## Why

Redis keeps scripts in memory only: a restart, a failover or `SCRIPT FLUSH` forgets them, and every `EVALSHA` then
answers `NOSCRIPT`. Without an answer to that, a limiter or a lock stays broken until somebody restarts the service.

## Bad

```python
import redis.asyncio

async def allow(client: redis.asyncio.Redis, sha: str, key: str):
    return await client.evalsha(sha, 1, key)  # PAL142:17
```

## Good

```python
import redis.asyncio
from redis.exceptions import NoScriptError

SCRIPT = "return redis.call('INCR', KEYS[1])"

async def allow(client: redis.asyncio.Redis, sha: str, key: str):
    try:
        return await client.evalsha(sha, 1, key)
    except NoScriptError:
        return await client.eval(SCRIPT, 1, key)

async def run(client: redis.asyncio.Redis, sha: str, key: str):
    return await client.evalsha(sha, 1, key)

async def count(client: redis.asyncio.Redis, key: str):
    try:
        await run(client, "cafe", key)
    except NoScriptError:
        await client.script_load(SCRIPT)
    return await client.register_script(SCRIPT)(keys=[key])
```

A handler may give the server the script again and use the digest once more:

```python
import redis
from redis.exceptions import NoScriptError

class Script:
    def __init__(self, client: redis.Redis, text: str):
        self.client, self.text, self.sha = client, text, ""

    def run(self, key: str):
        try:
            return self.client.evalsha(self.sha, 1, key)
        except NoScriptError:
            self.sha = self.client.script_load(self.text)
            return self.client.evalsha(self.sha, 1, key)
```

## References

- [Redis: EVALSHA](https://redis.io/docs/latest/commands/evalsha/)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.scripts import LooseDigest
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL142",
    name="evalsha-without-noscript",
    message="`{call}` fails for good once the server has forgotten the script (restart, failover); catch"
    " `NoScriptError` and use `eval`, or `register_script`",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-04",
    since="0.1.0",
)


@RULE.on(LooseDigest)
def check(digest: LooseDigest, _config: object) -> Iterator[Finding]:
    """Report digests that nobody answers for."""
    yield RULE.finding(digest.position, call=digest.call)
