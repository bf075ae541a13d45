"""The words of the Process view in code as people write it: files mark the lines that are told, and no other is."""

from __future__ import annotations

import re

import pytest
from conftest import Flake8, Tree

PLAN = {"pyproject.toml": "[tool.planalign]\n"}

#: Who answers for an error: handlers, `suppress`, decorators, callers.
COVERED = """
import contextlib
import functools
import redis.asyncio as redis
from fastapi import FastAPI
from redis.exceptions import RedisError

app = FastAPI()
cache = redis.from_url("redis://cache", max_connections=9, socket_timeout=1)
ERRORS = (RedisError, OSError)


def patient(times):
    def wrap(function):
        @functools.wraps(function)
        async def call(*arguments):
            try:
                return await function(*arguments)
            except RedisError:
                return times
        return call
    return wrap


def loud(function):
    @functools.wraps(function)
    async def call(*arguments):
        try:
            return await function(*arguments)
        except RedisError:
            raise
    return call


@app.get("/a")
async def bare():
    try:
        return await cache.get("cache:a")
    except:
        return None


@app.get("/b")
async def named_tuple():
    try:
        return await cache.get("cache:b")
    except ERRORS:
        return None


@app.get("/c")
async def not_known(errors):
    try:
        return await cache.get("cache:c")
    except errors.OfTheirs:
        return None


@app.get("/d")
async def goes_on():
    try:
        return await cache.get("cache:d")  # PAL134
    except RedisError:
        raise


@app.get("/e")
async def suppressed():
    with contextlib.suppress(ERRORS), open("file") as stream:
        return await cache.get("cache:e" + stream.read())


@app.get("/f")
async def suppressed_otherwise():
    with contextlib.suppress(ValueError):
        return await cache.get("cache:f")  # PAL134


@app.get("/g")
@patient(3)
async def decorated():
    return await cache.get("cache:g")


@app.get("/h")
@loud
async def decorated_loudly():
    return await cache.get("cache:h")  # PAL134


async def inner(key):
    return await cache.get(f"cache:{key}")


@app.get("/i")
async def outer():
    with contextlib.suppress(RedisError):
        return await inner("i")


@app.middleware("http")
async def count(request, call_next):
    await cache.set("cache:count", 1, ex=1)  # PAL134
    return await call_next(request)
"""

#: How long a key lives: constants, settings, parameters and wrappers.
LIVES = """
import redis

TTL = 60
cache = redis.Redis()


def times(user, ttl=TTL, other=None, *, later=None, **options):
    cache.set(f"cache:{user}:a", 1, ex=ttl)
    cache.set(f"cache:{user}:b", 1, ex=other)
    cache.set(f"cache:{user}:c", 1, ex=TTL if user else 30)
    cache.set(f"cache:{user}:d", 1, ex=TTL if user else None)
    cache.set(f"cache:{user}:e", 1, ex=other or TTL)
    cache.set(f"cache:{user}:f", 1, ex=later)
    cache.set(f"cache:{user}:g", 1, 60)
    cache.set(f"cache:{user}:h", *options)
    cache.set(f"cache:{user}:i", 1, ex=False)  # PAL132
    never = None
    cache.set(f"cache:{user}:j", 1, ex=never)  # PAL132
    cache.mset({})
    cache.mset({f"cache:{user}:k": 1})  # PAL132
    cache.set(*options)
    if TTL:
        cache.set(f"cache:{user}:l", 1)
    again = 60
    again = 30 if user else again
    cache.set(f"cache:{user}:m", 1, ex=again)


def keep(key, value, ttl=None):
    cache.set(f"cache:{key}", dumps(value), ex=ttl)


def keep_for_ever(key, value):
    cache.set(f"cache:{key}", value)  # PAL132


def callers(user, rest):
    keep(user, 1, TTL)
    keep(user, 1)  # PAL132
    keep(user, 1, **rest)
    keep_for_ever(user, 1)


def first(key):
    keep(key, 1, ttl=None)  # PAL132
"""

#: Retries: what ends them, what changes what is tried, what waits for something.
TRIES = """
import random
import socket
import time
import requests

PAUSE = 1


def both_ways(url):
    for attempt in range(3):
        try:
            return requests.get(url, timeout=5)
        except requests.ConnectionError:
            if attempt:
                raise
            else:
                return None


def asked(url, prompt):
    while True:
        try:
            return requests.get(url, timeout=5)
        except requests.ConnectionError:
            prompt.confirm("again?")


def waits(url, event):
    while True:
        try:
            return requests.get(url, timeout=5)
        except requests.ConnectionError:
            event.wait()


def grows(url):
    pause = 1
    while True:
        try:
            return requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(pause)
            pause *= 2


def setting(url):
    for attempt in range(3):
        try:
            return fetch(url)
        except requests.ConnectionError:  # PAL143
            time.sleep(PAUSE)


def fetch(url):
    return ask(url)


def ask(url):
    return requests.get(url, timeout=5)


def refused(url):
    for attempt in range(3):
        try:
            return requests.get(url, timeout=5)
        except requests.exceptions.InvalidURL:
            continue
        except Unknown:
            continue


def until(url):
    done = False
    while not done:
        try:
            requests.get(url, timeout=5)
            done = True
        except OSError:  # PAL143
            pass


def behind(host):
    while True:
        try:
            connection = socket.create_connection((host, 1), timeout=1)
        except OSError:
            time.sleep(random.random())
            continue
        return connection
"""

#: What handlers make of everything.
HANDLERS = '''
import builtins
import os


def pairs(read, lock):
    try:
        first, second = read()
    except builtins.Exception:  # PAL152
        first = second = None
    try:
        third: int = read()
    except (ValueError, Exception):  # PAL152
        """Nothing."""
        third = 0
    try:
        first.name += read()
    except Exception:
        third += 1
    try:
        os.environ["x"]
    except Exception:
        with lock:
            return None
    try:
        first.value
    except Exception:
        pass
    try:
        read()
    except Exception:
        del first
    try:
        read()
    except Exception:
        if first:
            return None
    try:
        read()
    except:  # PAL151
        continue_ = None
        pass
    return first, second, third


def generator(read):
    try:
        read()
    except Exception:
        yield from ()


async def told(self, read):
    try:
        await read()
    except Exception:
        assert not read
    try:
        await read()
    except BaseException:  # PAL151
        ...


def reader(read, text):
    while True:
        try:
            return read(text), "found"
        except Exception:  # PAL152
            return None, 7
'''.replace("        continue_ = None\n", "")

#: Pools that start-up makes, and who closes them.
POOLS = """
import asyncpg
import httpx
import redis.asyncio as redis
from fastapi import FastAPI
from contextlib import asynccontextmanager

app = FastAPI()
_pool = None
pools = {}


@app.on_event("startup")
async def startup():
    app.state.pool = await asyncpg.create_pool("postgresql://a", min_size=1)  # PAL125
    pools["x"] = await asyncpg.create_pool("postgresql://b", min_size=1)
    handed: object = await asyncpg.create_pool("postgresql://c", min_size=1)
    register(handed)
    async with asyncpg.create_pool("postgresql://d", min_size=1) as entered:
        await entered.fetch("SELECT 1")
    connect_all()


def connect_all():
    app.state.cache = redis.from_url("redis://cache", max_connections=9, socket_timeout=1)


@app.on_event("shutdown")
async def shutdown():
    await pools["x"].close()
    await app.state.cache.aclose()


@asynccontextmanager
async def lifespan(app):
    pool = await asyncpg.create_pool("postgresql://e", min_size=1)
    yield {"pool": pool}


async def shared():
    global _pool
    if _pool is None:
        _pool = await asyncpg.create_pool("postgresql://f", min_size=1)
    return _pool


async def keyed(name):
    try:
        return pools[name]
    except KeyError:
        pools[name] = await asyncpg.create_pool("postgresql://g", min_size=1)
        return pools[name]


def attribute(request):
    if not hasattr(request.app.state, "late"):
        request.app.state.late = redis.from_url("redis://late", max_connections=9, socket_timeout=1)
    return request.app.state.late


@app.get("/")
async def use(request, name: str):
    await (await shared()).fetch("SELECT 1")
    await (await keyed(name)).fetch("SELECT 1")
    await attribute(request).get("cache:x")
    connection = await asyncpg.connect("postgresql://h")  # PAL124
    urls = [1, 2]
    while urls:
        async with httpx.AsyncClient() as client:
            await client.get(urls.pop())
    return connection
"""

#: Overload, answered by all kinds of frameworks.
OVERLOAD = """
from aiohttp import web
from fastapi import FastAPI, HTTPException, status
from fastapi.responses import JSONResponse
from flask import abort
from redis.exceptions import ConnectionError, MaxConnectionsError
from sqlalchemy.exc import TimeoutError

app = FastAPI()


class QueueUnavailableError(Exception):
    pass


class PoolExhaustedError(Exception):
    status_code = 503


@app.get("/a")
async def a(store, headers, extra):
    try:
        return await store()
    except MaxConnectionsError:  # PAL145
        return {"message": "no"}, 500
    except PoolExhaustedError:
        return {"message": "later"}, 503, headers


@app.get("/b")
async def b(store, headers, extra):
    try:
        return await store()
    except MaxConnectionsError:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, headers=headers)
    except TimeoutError:
        raise HTTPException(**extra)


@app.get("/c")
async def c(store):
    try:
        return await store()
    except MaxConnectionsError:  # PAL145
        raise HTTPException(status.HTTP_500_INTERNAL_SERVER_ERROR)
    except ConnectionError:
        raise
    except TimeoutError:  # PAL145
        raise


@app.get("/d")
async def d(store, response):
    try:
        return await store()
    except TimeoutError:
        response.status_code = 503
        return {"error": "later"}


@app.get("/e")
async def e(store):
    try:
        return await store()
    except TimeoutError:
        return {"profile": None}


@app.get("/f")
async def f(store):
    try:
        return await store()
    except TimeoutError as error:
        raise PoolExhaustedError from error


@app.get("/g")
async def g(store):
    try:
        return await read(store)
    except QueueUnavailableError:
        return None


async def read(store):
    try:
        return await store()
    except TimeoutError as error:
        raise QueueUnavailableError from error


@app.get("/h")
async def h(store):
    try:
        return await store()
    except TimeoutError:
        abort(404)


async def health(store):
    try:
        return await store()
    except TimeoutError:
        raise HTTPException(500)
"""

#: Bodies read by hand, and those that are somebody else's.
BODIES = """
import json
from fastapi import FastAPI, Request

app = FastAPI()


@app.post("/a")
async def a(request: Request):
    body = await request.body()
    data = json.loads(body.decode())  # PAL156
    return data["name"]


@app.post("/b")
async def b(request: Request):
    return json.loads(await request.body())["name"]  # PAL156


@app.post("/c")
async def c(request: Request, store):
    data = await request.json()
    store({**data})
    return data["name"]


@app.post("/d")
async def d(request: Request, store):
    data = await request.json()
    store(data)
    return data["name"]


@app.post("/e")
async def e(request: Request, verify):
    body = await request.body()
    verify(body, request.headers["X-Signature"])
    return json.loads(body)["name"]


@app.post("/f")
async def f(request: Request):
    data = await request.json()
    data["name"] = "x"
    return sorted(data)


@app.post("/g")
async def g(request: Request):
    data: dict = await request.json()  # PAL156
    return data.pop("name")
"""

#: Requests that come in by way of classes.
CLASSES = """
import asyncpg
from aiohttp import web
from starlette.middleware.base import BaseHTTPMiddleware


class Scores(web.View):
    async def get(self):
        return await asyncpg.connect("postgresql://a")  # PAL124

    async def helper(self):
        return await asyncpg.connect("postgresql://b")


class Count(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        await asyncpg.connect("postgresql://c")  # PAL124
        return await call_next(request)


class Pure:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await asyncpg.connect("postgresql://d")  # PAL124


def add(app):
    app.add_middleware(Pure)
    app.router.add_get("/", answer)


async def answer(request):
    return await asyncpg.connect("postgresql://e")  # PAL124
"""

#: What tasks are given, and what they do.
TASKS = """
import httpx
import redis
import pandas as pd
from fastapi import BackgroundTasks, FastAPI
from rq import Queue

app = FastAPI()
queue = Queue()
client = httpx.Client()


@app.post("/")
def start(tasks: BackgroundTasks, frame: pd.DataFrame):
    queue.enqueue(report, client)  # PAL171
    queue.enqueue(report, 7)
    report.apply_async(kwargs={"url": DATABASE_URL})  # PAL171
    report.apply_async(kwargs={"id": 7})
    tasks.add_task(client.get, "http://x")
    tasks.add_task(pd.merge, frame, frame)  # PAL172
    tasks.add_task(frame.merge, frame)  # PAL172
    tasks.add_task(unknown, 7)


def report(*arguments): ...
"""

#: Drivers, by all kinds of imports.
DRIVERS = """
import mysql.connector  # PAL121
from . import sqlite3
from mysql import connector  # PAL121
from sqlalchemy import create_engine
from fastapi import FastAPI

app = FastAPI()
connection = mysql.connector.connect()
other = connector.connect()
unknown = create_engine(other.url)
strange = create_engine("strange://x")
late = create_engine(url="mysql+pymysql://x")  # PAL121
files = [create_engine("sqlite:///a")]  # PAL121
"""

#: Scripts in strings, however they are written, and calls by digest.
SCRIPTS = """
import redis
from redis.exceptions import NoScriptError

ESCAPED = "redis.call(\\"SET\\", ARGV[1], 1)"  # PAL146
PLAIN = 'return redis.call("SET", "fixed", 1)'  # PAL146
MOVES = 'redis.call("RENAME", KEYS[1], "other")'  # PAL146
NONE = 'redis.call("PING") redis.call(ARGV[1], "x") redis.call("TIME", "x") redis.log("call")'
LOCAL = 'local function f(key) return redis.call("GET", key) end for i, key in ipairs(KEYS) do f(key) end'


def loose(client: redis.Redis, sha):
    return client.evalsha(sha, 0)  # PAL142


def piped(client: redis.Redis, sha):
    pipe = client.pipeline()
    pipe.evalsha(sha, 0)
    return pipe.execute()


def bound(client: redis.Redis, sha):
    return client.evalsha(sha, 0)


def answers(client, sha):
    try:
        return bound(client, sha)
    except NoScriptError:
        return None


module_level = redis.Redis().evalsha("x", 0)
"""

#: Keys of predictions and keys that are not what they seem, put together in all ways.
KEYS = """
import redis


class Scores:
    PREFIX = "score"
    KIND: str = "prediction"

    def __init__(self, client: redis.Redis):
        self.client = client

    def read(self, user, numbers: list, value: float, text: str):
        self.client.get(f"{self.PREFIX}:{user}")  # PAL133
        self.client.get(f"{self.KIND}:{self.version}:{user}")
        self.client.get(f"n:{hash(3)}:{hash((1, value))}:{hash(value)}")
        self.client.get(f"t:{hash((1, text))}")  # PAL136
        self.client.get(f"s:{set(numbers)}")  # PAL136
        self.client.get(f"s:{ {n for n in numbers} }")  # PAL136
        self.client.get(f"one:{ {1} }:{max(set(numbers))}")
        first, *rest = numbers
        user += "x"
        self.client.get(f"r:{rest}:{user}:{first}")

    def keep(self, user, model, row):
        answer: dict = model.predict(row)
        self.client.set(f"kept:{user}", answer, ex=60)  # PAL133
"""

FILES = {
    "covered": COVERED,
    "lives": LIVES,
    "tries": TRIES,
    "handlers": HANDLERS,
    "pools": POOLS,
    "overload": OVERLOAD,
    "bodies": BODIES,
    "classes": CLASSES,
    "tasks": TASKS,
    "drivers": DRIVERS,
    "scripts": SCRIPTS,
    "keys": KEYS,
}


@pytest.mark.parametrize("name", FILES)
def test_the_lines_that_are_marked_are_told(name: str, tree: Tree, flake8: Flake8) -> None:
    text = FILES[name]
    marked = {
        (number, code) for number, line in enumerate(text.split("\n"), 1) for code in re.findall(r"# (PAL\d{3})$", line)
    }
    root = tree({**PLAN, "app.py": text})
    codes = ",".join(sorted({code for _, code in marked}))
    told = {(found.line, found.code) for found in flake8(f"--select={codes}", "--planalign-cache=off", cwd=root)}
    assert told == marked


#: A health route that asks, and fails with what it asks or not.
ASKING = """
import redis.asyncio as redis
from fastapi import FastAPI

app = FastAPI()
cache = redis.from_url("redis://cache", max_connections=9, socket_timeout=1)


@app.get("/health")
async def health():
    try:
        {}
        return {{"status": "healthy", "redis": state}}
    except Exception:
        return "no redis", 500
"""
CAUGHT = """state = "healthy"
        try:
            await cache.ping()
        except Exception:
            state = "away"
"""


SPOKEN_OF = "state = await sizes(max_redis_cache=cache_limit)"


@pytest.mark.parametrize(("asked", "told"), [("state = await cache.ping()", 0), (CAUGHT, 1), (SPOKEN_OF, 1)])
def test_a_health_route_fails_with_what_it_asks_unless_it_catches_that(
    asked: str, told: int, tree: Tree, flake8: Flake8
) -> None:
    root = tree({**PLAN, "app.py": ASKING.format(asked)})
    assert len(flake8("--select=PAL154", "--planalign-cache=off", cwd=root)) == told


@pytest.mark.parametrize(
    ("attempt", "named"),
    [
        ("for i, line in enumerate(lines):\n            lines[i] = clean(line)", "clean()"),
        ("logger.info('%s', lines)\n        lines = read_all(os.path.join(lines))", "read_all()"),
    ],
)
def test_a_handler_names_what_may_fail(attempt: str, named: str, tree: Tree, flake8: Flake8) -> None:
    code = f"def f(lines):\n    try:\n        {attempt}\n    except Exception:\n        return None\n"
    root = tree({**PLAN, "app.py": code})
    [found] = flake8("--select=PAL152", "--planalign-cache=off", cwd=root)
    assert f"every error of `{named}`" in found.text


HEALTH = """
import joblib
from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, text

app = FastAPI()
engine = create_engine("postgresql+psycopg://database/scores")
model = None


def load():
    try:
        return joblib.load("model.pkl")
    except Exception as error:
        print(error)
        return None


def ping():
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def state():
    database = load()
    return {{"status": "UP", "details": {{"database": {{"status": database}}}}}}


def require():
    if model is None:
        raise RuntimeError("no model")


def through():
    try:
        model.describe()
    except Exception:
        print("no model")
    require()


def model_name():
    return {{"model": "scores"}}.get("model")


@app.get("/health")
def health():
{body}
"""

ANSWERED = """
from fastapi import FastAPI, HTTPException

app = FastAPI()


async def all_queues():
    return [await queue.info() for queue in app.state.queues]


@app.get("/health")
async def health():
    if await all_queues():
        return "OK"
    raise HTTPException(500)
"""


#: A health route that answers 500 where what it waits for fails.
FAILING = """
from fastapi import FastAPI, HTTPException
from fastapi.concurrency import run_in_threadpool

app = FastAPI()


@app.get("/health")
async def health():
    try:
        await run_in_threadpool(app.state.base.verify)
    except Exception as error:
        raise HTTPException(status_code=500, detail=str(error)) from error
    return {"base": "OK"}
"""


@pytest.mark.parametrize("answers", [ANSWERED, FAILING])
def test_a_health_route_that_fails_by_what_it_waits_for_is_silent(answers: str, tree: Tree, flake8: Flake8) -> None:
    assert flake8("--select=PAL154", "--planalign-cache=off", cwd=tree({**PLAN, "app.py": answers})) == []


#: What a health route says that answers 200 whatever it finds.
ALWAYS_200 = [
    '    return {"status": "ok"}',
    '    return {"status": "ok", "model_loaded": model is not None}',
    '    return {"status": "ok" if model else "degraded"}',
    "    return state()",
    (
        '    answer = {"status": "ok"}\n    try:\n        ping()\n    except Exception:\n'
        '        answer["status"] = "degraded"\n    return answer'
    ),
    (
        "    try:\n        return {'status': 'ok', 'name': model_name()}\n    except Exception as error:\n"
        "        raise HTTPException(500) from error"
    ),
]
#: What one says whose status depends on what the service needs.
BY_STATUS = [
    '    app.store.ping()\n    return {"status": "ok" if model else "degraded"}',
    '    if load() is None:\n        return "ERR", 500\n    return "OK", 200',
    "    ping()\n    if model is None:\n        raise HTTPException(503)\n    return {}",
    (
        "    errors = []\n    try:\n        app.stores.ping()\n    except Exception as error:\n"
        "        errors.append(str(error))\n    return errors, 500 if errors else 200"
    ),
    "    require()\n    return {}",
    "    through()\n    return {}",
    "    try:\n        require()\n    except ValueError:\n        return {}",
]


@pytest.mark.parametrize(("body", "told"), [(b, 1) for b in ALWAYS_200] + [(b, 0) for b in BY_STATUS])
def test_a_health_route_is_told_unless_its_status_says_what_is_ready(
    body: str, told: int, tree: Tree, flake8: Flake8
) -> None:
    root = tree({"app.py": HEALTH.replace("{body}", body), **PLAN})
    assert len(flake8("--select=PAL154", "--planalign-cache=off", cwd=root)) == told


def test_any_health_route_may_say_by_its_status_what_is_ready(tree: Tree, flake8: Flake8) -> None:
    other = '\n\n@app.get("/health/database")\ndef database():\n    ping()\n    if not model:\n        return "", 503\n'
    root = tree({"app.py": HEALTH.replace("{body}", "    return {}") + other, **PLAN})
    assert flake8("--select=PAL154", "--planalign-cache=off", cwd=root) == []


def test_a_handler_of_another_file_is_not_read(tree: Tree, flake8: Flake8) -> None:
    app = "from fastapi import FastAPI\nfrom routes import health\n\napp = FastAPI()\n"
    root = tree(
        {
            **PLAN,
            "app.py": app + "app.add_api_route('/health', health)\n",
            "routes.py": "async def health():\n    return {}\n",
        }
    )
    [found] = flake8("--select=PAL154", "--planalign-cache=off", cwd=root)
    assert "no route answers for readiness" in found.text
