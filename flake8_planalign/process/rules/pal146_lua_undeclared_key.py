"""A Redis script that touches a key that it was not given in `KEYS`.

## Why

A cluster sends a script to the node of the keys that it is given. A key that the script makes up may lie on another
node: the call fails with `CROSSSLOT` or `Script attempted to access a non local key`, after the move to a cluster, in
production.

## Bad

`limit.lua`:

```lua
local user = ARGV[1]
local count = redis.call("INCR", "rate:" .. user) -- PAL146:33
redis.call("EXPIRE", KEYS[1] .. ":seen", 60) -- PAL146:21
return count
```

```python
import redis

APPEND = '''
redis.call("SET", "audit:last", ARGV[1]) --# PAL146:18
return redis.call("RPUSH", KEYS[1], ARGV[1])
'''

def append(client: redis.Redis, event: str):
    client.eval("return redis.call('GET', 'audit:last')", 0)  # PAL146:42
    return client.eval(APPEND, 1, "audit", event)
```

## Good

`limit.lua`:

```lua
-- redis.call("INCR", "rate")
local rate, seen = KEYS[1], KEYS[2]
local count = redis.call("INCR", rate)
redis.call("EXPIRE", seen, 60)
for _, key in ipairs(KEYS) do
  redis.pcall("EXPIRE", key, ARGV[1])
end
local function drop(key)
  redis.call("DEL", key)
end
drop(KEYS[1])
redis.call("PUBLISH", "events", ARGV[1])
return {count, redis.call("TIME")[1]}
```

```python
APPEND = '''
local last = redis.call("GET", KEYS[1])
redis.call("SET", KEYS[1], ARGV[1])
return last
'''
```

## Limits

A key that is made of one of `KEYS` is probable: with a hash tag it lies on the same node. Names that a function is
given, or that come out of data, are silent.

## References

- [Redis: scripting with Lua](https://redis.io/docs/latest/develop/programmability/eval-intro/#script-parameterization)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.scripts import UndeclaredKey
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL146",
    name="lua-undeclared-key",
    message="`{command}` touches `{key}`, which the script was not given in `KEYS` and a cluster may keep on another"
    " node; pass it as a key",
    severity=Severity.MEDIUM,
    story="PROC-REV-01-04",
    since="0.1.0",
)


@RULE.on(UndeclaredKey)
def check(key: UndeclaredKey, _config: object) -> Iterator[Finding]:
    """Report keys that a script makes up."""
    yield RULE.finding(key.position, confidence=key.confidence, command=key.command, key=key.key)
