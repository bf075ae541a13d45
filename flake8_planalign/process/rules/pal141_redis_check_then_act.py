"""A read and a dependent write of the same Redis key, in two commands.

## Why

Between the two commands another client runs its own pair. Both find the idempotency key free and charge twice, both
count below the limit and pass it, both append to the same last hash and fork the audit chain.

## Bad

```python
import hashlib
import json
import time

import redis.asyncio

async def append_event(client: redis.asyncio.Redis, event: dict):
    last = await client.get("audit:last_hash")
    record = json.dumps({**event, "previous": last and last.decode()})
    digest = hashlib.sha256(record.encode()).hexdigest()
    await client.rpush("audit:events", json.dumps({"record": record, "hash": digest}))
    await client.set("audit:last_hash", digest)  # PAL141:10

async def pay(client: redis.asyncio.Redis, key: str, charge):
    if await client.get(f"idempotency:{key}"):
        return None
    await client.set(f"idempotency:{key}", "done", ex=86400)  # PAL141:10
    return await charge()

async def allow(client: redis.asyncio.Redis, user: str, limit: int) -> bool:
    now = time.time()
    await client.zremrangebyscore(f"rate:{user}", 0, now - 60)
    count = await client.zcard(f"rate:{user}")
    if count >= limit:
        return False
    await client.zadd(f"rate:{user}", {str(now): now})  # PAL141:10
    return True
```

```python
import json

import redis

def reserve(client: redis.Redis, item: str):
    stock = int(client.get(f"stock:{item}") or 0)
    if stock > 0:
        client.decr(f"stock:{item}")  # PAL141:8
    pipe = client.pipeline()
    pipe.zcard("queue")
    (waiting,) = pipe.execute()
    if waiting < 10:
        client.zadd("queue", {item: waiting})  # PAL141:8

def add_item(client: redis.Redis, cart: str, item: str):
    items = json.loads(client.hget("carts", cart) or "[]")
    items.append(item)
    client.hset("carts", cart, json.dumps(items))  # PAL141:4
    data = json.loads(client.get(cart) or "{}")
    data["last"] = item
    client.set(cart, json.dumps(data), ex=60)  # PAL141:4
```

```python
import redis

def begin(client: redis.Redis, job: str):
    if not client.exists(f"job-lock:{job}"):
        client.set(f"job-lock:{job}", 1, ex=60)  # PAL141:8

def submit(client: redis.Redis, capture: str, send):
    if not client.exists(f"sent:{capture}"):
        client.set(f"sent:{capture}", 1, ex=3600)  # PAL141:8
        send(capture)

def count(client: redis.Redis, page: str):
    views = int(client.get(f"views:{page}") or 0)
    client.set(f"views:{page}", views + 1, ex=86400)  # PAL141:4
    clicks = int(client.hget(f"page:{page}", "clicks") or 0)
    client.hset(f"page:{page}", "clicks", clicks + 1)  # PAL141:4

def add_up(client: redis.Redis, page: str, views: int):
    total = client.hgetall(f"total:{page}")
    client.hset(f"total:{page}", mapping={"views": int(total.get(b"views") or 0) + views})  # PAL141:4

def see(client: redis.Redis, page: str, name: str):
    seen = client.hgetall(f"seen:{page}")
    seen[b"names"] = seen.get(b"names", b"") + name.encode()
    client.hset(f"seen:{page}", mapping=seen)  # PAL141:4

def append(client: redis.Redis, chain: str, digest_of):
    last = client.lrange(f"chain:{chain}", -1, -1)
    client.rpush(f"chain:{chain}", digest_of(last))  # PAL141:4
```

```python
import redis

def take(client: redis.Redis, job: str, work):
    if client.get(f"state:{job}") == b"waiting":
        client.set(f"state:{job}", "running")  # PAL141:8
        work(job)

ALLOWED = {b"open": {"paid", "closed"}, b"paid": {"sent"}}

def register(client: redis.Redis, phone: str, address: str):
    if client.get(f"address:{phone}") is not None:
        raise ValueError(phone)
    client.set(f"address:{phone}", address, ex=86400)  # PAL141:4

def advance(client: redis.Redis, order: str, state: str):
    current = client.hget(order, "state")
    if state not in ALLOWED[current]:
        raise ValueError(state)
    client.hset(order, "state", state)  # PAL141:4
```

```python
import redis.asyncio

class Store:
    def __init__(self, client: redis.asyncio.Redis):
        self.client = client

    async def get(self, *args, **kwargs):
        return await self.client.get(*args, **kwargs)

    async def set(self, *args, **kwargs):
        return await self.client.set(*args, **kwargs)

async def add(store: Store, page: str):
    hits = int(await store.get(f"hits:{page}") or 0)
    await store.set(f"hits:{page}", hits + 1)  # PAL141:10
```

## Good

One script does both; `SET NX` asks and writes at once; a watched transaction notices the other client; a lock keeps it
out. A look-aside cache writes what it computed, not what it read.

```python
import hashlib
import json

import redis.asyncio
from redis.exceptions import NoScriptError

APPEND = '''
local last = redis.call("GET", KEYS[1]) or ""
redis.call("RPUSH", KEYS[2], ARGV[1])
redis.call("SET", KEYS[1], ARGV[2])
return last
'''

async def append_event(client: redis.asyncio.Redis, event: str, digest: str, sha: str):
    try:
        return await client.evalsha(sha, 2, "audit:last_hash", "audit:events", event, digest)
    except NoScriptError:
        return await client.eval(APPEND, 2, "audit:last_hash", "audit:events", event, digest)

async def looked_up(client: redis.asyncio.Redis, key: str, now: float):
    found = await client.hgetall(f"{key}:meta")
    if not found:
        return None
    await client.hset(f"{key}:meta", "seen", now)
    return found

async def used(client: redis.asyncio.Redis, token: str, now: float, idle: float):
    last = await client.get(f"token:activity:{token}")
    if last is not None and now - float(last) > idle:
        raise PermissionError(token)
    await client.setex(f"token:activity:{token}", 3600, str(now))

async def pay(client: redis.asyncio.Redis, key: str, charge):
    if not await client.set(f"idempotency:{key}", "done", nx=True, ex=86400):
        return None
    return await charge()

async def allow(client: redis.asyncio.Redis, user: str, limit: int) -> bool:
    count = await client.incr(f"rate:{user}")
    if count == 1:
        await client.expire(f"rate:{user}", 60)
    return count <= limit

async def reserve(client: redis.asyncio.Redis, item: str):
    async with client.lock(f"lock:{item}", timeout=5):
        stock = int(await client.get(f"stock:{item}") or 0)
        if stock > 0:
            await client.set(f"stock:{item}", stock - 1)

async def finish(client: redis.asyncio.Redis, task: str):
    if await client.get(f"pending:{task}") is None:
        return -1
    return await client.decrby(f"pending:{task}", 1)

async def dispatch(client: redis.asyncio.Redis, event: str, work):
    if await client.exists(f"done:{event}"):
        return
    lock_acquired = await client.set(f"guard:{event}", "1", nx=True, ex=60)
    if not lock_acquired:
        return
    await work()
    await client.set(f"done:{event}", "1", ex=86400)

async def rename(client: redis.asyncio.Redis, user: str, name: str):
    async with client.pipeline() as pipe:
        await pipe.watch(f"user:{user}")
        data = json.loads(await pipe.get(f"user:{user}"))
        pipe.multi()
        pipe.set(f"user:{user}", json.dumps({**data, "name": name}))
        await pipe.execute()

async def profile(client: redis.asyncio.Redis, user: str, load):
    cached = await client.get(f"profile:{user}")
    if cached is None:
        cached = json.dumps(await load(user))
        await client.set(f"profile:{user}", cached, ex=60)
    return json.loads(cached)

async def profiles(client: redis.asyncio.Redis, users: list[str], load):
    found, missing = {}, []
    for user in users:
        cached = await client.get(f"profile:{user}")
        if cached is None:
            missing.append(user)
        else:
            found[user] = json.loads(cached)
    found |= await load(missing)
    for user in missing:
        await client.set(f"profile:{user}", json.dumps(found[user]), ex=60)
    return found

async def remembered(client: redis.asyncio.Redis, key: str, compute, hit: bool = False):
    result = None
    if cached := await client.get(key):
        result = json.loads(cached)
        hit = True
    if result is None:
        result = await compute()
    if not hit:
        await client.set(key, json.dumps(result), ex=60)
    return result

async def redeem(client: redis.asyncio.Redis, code: str, claim, create):
    state = json.loads(await client.get(f"pairing:{code}"))
    claimed = await claim(client, code)
    if not claimed:
        return
    state["device"] = await create()
    await client.setex(f"pairing:{code}", 300, json.dumps(state))

class States:
    def __init__(self, client: redis.asyncio.Redis):
        self.client = client

    async def load(self, name: str):
        url = await self.client.get(f"state:{name}")
        return url.decode(), True

    async def fade(self, name: str, seconds: int):
        url, _ = await self.load(name)
        await self.client.setex(f"state:{name}", seconds, url)

async def work(client: redis.asyncio.Redis, job: str, compute):
    data = await client.hgetall(f"job:{job}")
    if not data:
        return
    await client.hset(f"job:{job}", mapping={"status": "done", "result": await compute(data["prompt"])})
    text = await client.hget(f"job:{job}", "text")
    await client.hset(f"job:{job}", "words", len(text.split()))

async def complete(client: redis.asyncio.Redis, address: str, fetch):
    item = json.loads(await client.get(f"collectible_cache:{address}"))
    known = item["metadata"]
    metadata = known if known else await fetch(item["uri"])
    await client.set(f"collectible_cache:{address}", json.dumps({**item, "metadata": metadata}), ex=3600)

def key_of(*parts: object) -> str:
    return "app:" + ":".join(map(str, parts))

async def tasks(client: redis.asyncio.Redis, actor: str, load):
    version = await client.get(key_of("version", actor)) or 0
    await client.setex(key_of("tasks", actor, version), 60, json.dumps(await load(actor)))

async def resolved(client: redis.asyncio.Redis, host: str, look_up):
    address = await client.get(f"dns:{host}")
    if address is None:
        address, ttl = await look_up(host)
        await client.set(f"dns:{host}", address, ex=ttl)
    return address

async def described(client: redis.asyncio.Redis, code: str, load):
    cached = await client.get(f"description:{code}")
    if cached is not None:
        return cached
    found = await load(code)
    if found is None:
        await client.setex(f"description:{code}", 60, None)
        return None
    await client.setex(f"description:{code}", 600, found)
    return found

class Attempts:
    def __init__(self, client: redis.asyncio.Redis):
        self.client = client

    async def is_blocked(self, mail: str):
        return await self.client.exists(f"blocked:{mail}")

    async def note(self, mail: str):
        if await self.client.incr(f"attempts:{mail}") >= 5:
            await self.client.set(f"blocked:{mail}", "1", ex=600)

async def sign_in(attempts: Attempts, mail: str, is_right):
    if await attempts.is_blocked(mail):
        return False
    if not is_right(mail):
        await attempts.note(mail)
    return True

async def give_kinds(client: redis.asyncio.Redis, keys: list[str]):
    for key in keys:
        if not await client.hget(key, "kind"):
            await client.hset(key, "kind", "message")
```

```python
import redis

ALLOWED = {b"open": {"paid", "closed"}, b"paid": {"sent"}}

def charge(client: redis.Redis, tenant: str) -> bool:
    if int(client.get(f"budget:{tenant}") or 0) <= 0:
        return False
    if client.decr(f"budget:{tenant}") < 0:
        client.incr(f"budget:{tenant}")
        return False
    return True

def move(client: redis.Redis, phone: str, address: str):
    if client.get(f"address:{phone}") is None:
        raise ValueError(phone)
    client.set(f"address:{phone}", address, ex=86400)

def label(client: redis.Redis, order: str, state: str, note: str):
    if state in ALLOWED[client.hget(order, "state")]:
        client.hset(order, "note", note)
        client.hset(order, "asked", state)

def lock(client: redis.Redis, path: str, pid: str):
    while True:
        head = client.lindex(f"queue:{path}", 0)
        if head is None:
            client.rpush(f"queue:{path}", pid)
        elif head == pid:
            return
```

## Limits

Both commands have to be seen under the same key, in one function or through thin wrappers of the project.

Off by default: of its findings that were read in the last two draws (process20, process21) 23 of 27 certain and 8 of
17 probable ones were right, and 95 % and 80 % are asked for.

## References

- [Redis: transactions](https://redis.io/docs/latest/develop/using-commands/transactions/)
- [Redis: scripting with Lua](https://redis.io/docs/latest/develop/programmability/eval-intro/)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.atomicity import CheckThenAct
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL141",
    name="redis-check-then-act",
    message="`{write}` of `{key}` comes after `{read}` and is {why}; {remedy}",
    severity=Severity.HIGH,
    story="PROC-REV-01-04",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(CheckThenAct)
def check(act: CheckThenAct, _config: object) -> Iterator[Finding]:
    """Report writes that trust an earlier read."""
    yield RULE.finding(
        act.position,
        confidence=act.confidence,
        write=act.write,
        key=act.key,
        read=act.read,
        why=act.why,
        remedy=act.remedy,
    )
