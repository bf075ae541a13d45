"""The radar on small projects: what is found is what is marked, in every file, for every idiom.

A case is a project given as its files; a trailing `# PAL112` marks a line that must have exactly one such finding
(`# PAL112 PAL112` two), `# PAL112:8` also fixes the column. The pages of the rules show the same in prose.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_planalign import engine
from flake8_planalign.config import TIERS, Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.rule import Confidence, Finding, Severity
from flake8_planalign.source import Source

CODES = re.compile(r"PAL(11\d|122|131)")
MARKER = re.compile(r"#((?: PAL\d{3}(?::\d+)?)+)$")

#: The files of a project by path, or the text of its only file, app.py.
Files = dict[str, str]
Cases = dict[str, Files | str]

SPELLINGS: Cases = {
    "module alias, member alias, import inside the function": """
        import time as clock
        from time import sleep as pause

        async def f():
            import time
            clock.sleep(1)  # PAL111:4
            pause(1)  # PAL111:4
            time.sleep(1)  # PAL111:4
    """,
    "a name assigned from a function, in the module, the function, the class and the instance": """
        import time

        nap = time.sleep

        class Clock:
            pause = time.sleep

            def __init__(self):
                self.wait = time.sleep

            async def tick(self):
                rest = nap
                rest(1)  # PAL111
                self.wait(1)  # PAL111
                Clock.pause(1)  # PAL111
    """,
    "an optional import": """
        try:
            import requests
        except ImportError:
            requests = None

        async def f(url):
            return requests.get(url)  # PAL112
    """,
    "one of two functions": """
        import httpx
        import requests

        async def f(url, modern):
            get = httpx.get if modern else requests.get
            return get(url)  # PAL112
    """,
    "a submodule imported by its parts": """
        import concurrent.futures as cf
        import os.path
        import urllib.request
        from concurrent import futures
        from urllib import request

        async def f(tasks):
            urllib.request.urlopen("")  # PAL112
            request.urlopen("")  # PAL112
            futures.wait(tasks)  # PAL117
            cf.wait(tasks)  # PAL117
            os.system("")  # PAL113
    """,
    "re-exports, star imports and relative imports over a package": {
        "app/__init__.py": "from .api import fetch\n",
        "app/api/__init__.py": """
            from .http import *
            from ..clock import wait as pause
        """,
        "app/api/http.py": """
            import requests

            __all__ = ["fetch"]

            def fetch(url):
                return requests.get(url)
        """,
        "app/clock.py": """
            import time

            def wait():
                time.sleep(1)
        """,
        "app/api/v1/routes.py": """
            import app
            from app import fetch
            from app.api import fetch as load
            from ... import clock
            from ...api import pause

            async def f(url):
                app.fetch(url)  # PAL112
                fetch(url)  # PAL112
                load(url)  # PAL112
                clock.wait()  # PAL111
                pause()  # PAL111
        """,
    },
    "a source directory": {
        "src/shop/clock.py": """
            import time

            def wait():
                time.sleep(1)
        """,
        "src/shop/routes.py": """
            from shop.clock import wait

            async def f():
                wait()  # PAL111
        """,
    },
    "partial objects": """
        import functools
        import requests
        from functools import partial

        get = partial(requests.get, timeout=5)

        async def f(url):
            get(url)  # PAL112
            functools.partial(get, url)()  # PAL112
    """,
    "a module that is handed over as an object": {
        "jobs.py": """
            import time

            def main():
                time.sleep(1)
        """,
        "quiet.py": """
            def main():
                pass
        """,
        "app.py": """
            import asyncio
            import time

            import jobs
            import quiet

            class Clock:
                def __init__(self, timer):
                    self.timer = timer

                def wait(self):
                    self.timer.sleep(1)

            def run(module):
                return module.main()

            async def f():
                Clock(time).wait()  # PAL111
                await Clock(asyncio).timer.sleep(1)
                run(jobs)  # PAL111
                run(quiet)
        """,
    },
    "every kind of statement and expression": """
        import time

        async def f(items, flag):
            if time.sleep(1):  # PAL111
                pass
            elif time.sleep(2):  # PAL111
                pass
            while time.sleep(1):  # PAL111
                break
            else:
                time.sleep(1)  # PAL111
            try:
                time.sleep(1)  # PAL111
            except ValueError:
                time.sleep(2)  # PAL111
            else:
                time.sleep(3)  # PAL111
            finally:
                time.sleep(4)  # PAL111
            match flag:
                case 1 if time.sleep(1):  # PAL111
                    time.sleep(2)  # PAL111
            values = [time.sleep(item) for item in items]  # PAL111
            values += [item async for item in items if time.sleep(1)]  # PAL111
            table = {key: time.sleep(1) for key in items}  # PAL111
            text = f"{time.sleep(1)}"  # PAL111
            assert time.sleep(1) is None, text  # PAL111
            (found := time.sleep(1))  # PAL111
            await f(*[time.sleep(1)], **{"flag": time.sleep(2)})  # PAL111 PAL111
            yield time.sleep(1)  # PAL111
            if found and (flag or time.sleep(1)):  # PAL111
                raise ValueError(time.sleep(1))  # PAL111
            del table[time.sleep(1)]  # PAL111
            async with values[time.sleep(1)]:  # PAL111
                return
    """,
    "a call over several lines stands at the attribute, else at its start": """
        import requests
        import time

        session = requests.Session()

        async def f(url):
            answer = (
                session
                .get(url)  # PAL112:9
            )
            time.sleep(  # PAL111:4
                1,
            )
            return answer, session.get(  # PAL112:19
                url,
            ).json()
    """,
    "columns count characters": """
        import time

        async def f():
            x = "äöü €"; time.sleep(1)  # PAL111:17
    """,
}

SHADOWED: Cases = {
    "a parameter, a local variable, a loop variable": """
        import time
        import requests

        async def f(time):
            time.sleep(1)

        async def g(clocks):
            for time in clocks:
                time.sleep(1)
            requests = clocks[0]
            requests.get("")
            return [time.sleep(1) for time in clocks]
    """,
    "a function of the project with the name of a builtin": """
        def open(path):
            return path

        def input():
            return ""

        async def f():
            open("x")
            input()
    """,
    "a module of the project with the name of a library": {
        "app/__init__.py": "",
        "app/requests.py": """
            def get(url):
                return url
        """,
        "app/routes.py": """
            from app import requests
            from .requests import get

            async def f(url):
                return requests.get(url), get(url)
        """,
    },
    "a method with the name of a function": """
        from time import sleep

        class Clock:
            def sleep(self, seconds):
                return seconds

            async def tick(self):
                self.sleep(1)
                sleep(1)  # PAL111
    """,
    "a name that means something else by now": """
        import asyncio
        import time

        async def f():
            sleep = time.sleep
            sleep(1)  # PAL111
            sleep = asyncio.sleep
            await sleep(1)
    """,
    "a redefinition at the end of the module": """
        from time import sleep

        async def f():
            sleep(1)

        def sleep(seconds):
            return seconds
    """,
}

RECEIVERS: Cases = {
    "a type of stubs of which nothing is known says less than what is assigned": """
        import boto3
        from fastapi import Depends
        from mypy_boto3_dynamodb.service_resource import Table
        from mypy_boto3_s3 import S3Client

        class Users:
            def __init__(self, name: str) -> None:
                self.table: Table = boto3.resource("dynamodb").Table(name)

            async def find(self, key):
                return self.table.query(KeyConditionExpression=key)  # PAL112

            async def fill(self, items):
                with self.table.batch_writer() as batch:  # PAL112
                    for item in items:
                        batch.put_item(Item=item)  # PAL112

        def get_s3() -> S3Client:
            return boto3.client("s3")

        async def route(s3: S3Client = Depends(get_s3)):
            s3.get_object(Bucket="b", Key="k")  # PAL112

        async def unknown(s3: S3Client):
            s3.get_object(Bucket="b", Key="k")
    """,
    "a context variable holds what its annotation or its default says": """
        import contextvars
        from contextvars import ContextVar

        import httpx
        import requests

        current: ContextVar[requests.Session | None] = ContextVar("current", default=None)
        shared = contextvars.ContextVar("shared", default=requests.Session())
        later: ContextVar[httpx.AsyncClient] = ContextVar("later")
        plain: ContextVar[str] = ContextVar("plain")

        async def f():
            current.get().get("https://example.org")  # PAL112
            session = shared.get()
            session.get("https://example.org")  # PAL112
            current.set(None)
            await later.get().get("https://example.org")
            plain.get().strip()
    """,
    "a service that a factory makes, with a store of which only the interface is declared": """
        from abc import ABC, abstractmethod
        from collections.abc import Generator
        from typing import Annotated

        from fastapi import APIRouter, Depends
        from sqlalchemy.ext.asyncio import AsyncSession
        from sqlalchemy.orm import Session

        router = APIRouter()

        class Users(ABC):
            @abstractmethod
            def find(self, name): ...

        class SqlUsers(Users):
            def __init__(self, session: Session) -> None:
                self.session = session

            def find(self, name):
                return self.session.get(Users, name)

        class ListedUsers(Users):
            def __init__(self) -> None:
                self.users = {}

            def find(self, name):
                return self.users.get(name)

        class Service:
            def __init__(self, users: Users) -> None:
                self.users = users

            def greet(self, name):
                return self.users.find(name)

        def get_users(session: Session = Depends(Session)) -> Users:
            return SqlUsers(session)

        def get_service(users: Users = Depends(get_users)) -> Service:
            return Service(users=users)

        def given_service(users: Users = Depends(get_users)) -> Generator[Service, None, None]:
            service = Service(users)
            yield service

        def listed_service() -> Service:
            return Service(ListedUsers())

        def any_service(name: str, users: Users) -> Service:
            return SERVICES[name] if name in SERVICES else Service(users)

        SERVICES: dict[str, Service] = {}

        @router.get("/a")
        async def a(service: Service = Depends(get_service)):
            return service.greet("a")  # PAL122:11

        @router.get("/b")
        async def b(service: Annotated[Service, Depends(given_service)]):
            return service.greet("b")  # PAL122:11

        @router.get("/c")
        async def c():
            return get_service(SqlUsers(Session())).greet("c")  # PAL122

        @router.get("/d")
        async def d(service: Service = Depends(listed_service)):
            return service.greet("d")

        @router.get("/e")
        async def e(service: Service):
            return service.greet("e")

        @router.get("/f")
        async def f(users: Users):
            return any_service("f", users).greet("f")
    """,
    "an element of a comprehension of the module or of a class": """
        import redis

        HOSTS = ["a", "b"]
        shards = [redis.Redis(host) for host in HOSTS]
        by_name = {host: redis.Redis(host) for host in HOSTS}
        lazy = [redis.Redis(host).ping for host in HOSTS]

        class Pool:
            members = [redis.Redis(host) for host in HOSTS]

            async def serve(self):
                self.members[0].get("k")  # PAL131

        async def f(name):
            shards[0].get("k")  # PAL131
            by_name[name].get("k")  # PAL131
            for shard in shards:
                shard.get("k")  # PAL131
            lazy[0]()  # PAL131
    """,
    "an attribute set in another method, from another method, and through super().__init__": {
        "base.py": """
            class Store:
                def __init__(self, client):
                    self.client = client
        """,
        "app.py": """
            import redis
            from base import Store

            class Cache(Store):
                def __init__(self):
                    super().__init__(redis.Redis())

                def connect(self):
                    self.replica = self.make()

                def make(self):
                    return redis.Redis()

                async def get(self, key):
                    self.client.get(key)  # PAL131
                    return self.replica.get(key)  # PAL131
        """,
    },
    "annotated parameters: optional, union, string, Annotated, alias": """
        from __future__ import annotations

        import typing as t
        from typing import TYPE_CHECKING, Annotated, Optional, Union

        if TYPE_CHECKING:
            import redis

        Client: t.TypeAlias = "redis.Redis"
        MaybeClient = Optional["redis.Redis"]

        async def f(
            a: Optional[redis.Redis],
            b: redis.Redis | None,
            c: "redis.Redis",
            d: Annotated[redis.Redis, "the cache"],
            e: Client,
            g: MaybeClient,
            h: Union[redis.Redis, None] = None,
        ):
            a.get("k")  # PAL131
            b.get("k")  # PAL131
            c.get("k")  # PAL131
            d.get("k")  # PAL131
            e.get("k")  # PAL131
            g.get("k")  # PAL131
            h.get("k")  # PAL131
    """,
    "injected into the constructor, by annotation and by default": """
        import redis
        from redis import Redis

        class Cache:
            def __init__(self, r: Redis, other: redis.Redis | None = None, third=None):
                self._r = r
                self._other = other or redis.Redis()
                self._third = third if third is not None else redis.Redis()

            async def get(self, key):
                self._r.get(key)  # PAL131
                self._other.get(key)  # PAL131
                self._third.get(key)  # PAL131
    """,
    "class-level annotations and class attributes": """
        from typing import ClassVar

        import redis

        class Cache:
            client: redis.Redis
            shared: ClassVar[redis.Redis]
            made = redis.Redis()

            async def get(self, key):
                self.client.get(key)  # PAL131
                self.shared.get(key)  # PAL131
                self.made.get(key)  # PAL131
                Cache.made.get(key)  # PAL131

            @classmethod
            async def warm(cls):
                cls.made.ping()  # PAL131
    """,
    "a base class in another module": {
        "core/__init__.py": "",
        "core/base.py": """
            import requests

            class Base:
                session: requests.Session

            class Client(Base):
                def __init__(self):
                    self.http = requests.Session()
        """,
        "app.py": """
            from core import base
            from core.base import Client

            class Api(Client):
                async def get(self, url):
                    self.http.get(url)  # PAL112
                    return self.session.get(url)  # PAL112

            class Other(base.Base):
                async def get(self, url):
                    return self.session.get(url)  # PAL112
        """,
    },
    "fields of dataclasses, models and named tuples": """
        from dataclasses import dataclass, field
        from typing import NamedTuple

        import redis
        from pydantic import BaseModel

        @dataclass
        class Resources:
            cache: redis.Redis
            other: object = field(default_factory=redis.Redis)

            async def warm(self):
                self.cache.ping()  # PAL131
                self.other.ping()  # PAL131

        class Settings(BaseModel):
            cache: redis.Redis

        class Pair(NamedTuple):
            cache: redis.Redis
            name: str

        async def f(resources: Resources, settings: Settings, pair: Pair):
            resources.cache.get("k")  # PAL131
            settings.cache.get("k")  # PAL131
            pair.cache.get("k")  # PAL131
            Resources(redis.Redis()).cache.get("k")  # PAL131
    """,
    "properties, cached or not": """
        import functools
        from functools import cached_property

        import redis

        class Cache:
            @cached_property
            def client(self):
                return redis.Redis()

            @property
            def replica(self) -> redis.Redis:
                return self._connect()

            @functools.cached_property
            def third(self):
                return self.replica

            async def get(self, key):
                self.client.get(key)  # PAL131
                self.replica.get(key)  # PAL131
                self.third.get(key)  # PAL131
    """,
    "factories with and without annotation, awaited, over modules and as class methods": {
        "factory.py": """
            import redis

            def plain():
                client = redis.Redis()
                return client

            def annotated() -> "redis.Redis | None":
                return REGISTRY["cache"]

            async def awaited():
                return plain()

            class Cache(redis.Redis):
                @classmethod
                def create(cls):
                    return cls(host="cache")
        """,
        "app.py": """
            import redis
            import factory
            from factory import Cache, plain

            async def f():
                plain().get("k")  # PAL131
                factory.annotated().get("k")  # PAL131
                (await factory.awaited()).get("k")  # PAL131
                client = await factory.awaited()
                client.get("k")  # PAL131
                Cache.create().get("k")  # PAL131
                redis.Redis.from_url("redis://").get("k")  # PAL131
                redis.from_url("redis://").get("k")  # PAL131
        """,
    },
    "globals of a module: annotated, assigned on start, behind a getter": {
        "state.py": """
            import redis

            client: redis.Redis
            late = None
            pool = None

            def start():
                global late
                late = redis.Redis()

            def get_pool():
                global pool
                if pool is None:
                    pool = redis.Redis()
                return pool
        """,
        "app.py": """
            import state
            from state import client, get_pool

            async def f():
                state.client.get("k")  # PAL131
                client.get("k")  # PAL131
                state.late.get("k")  # PAL131
                get_pool().get("k")  # PAL131
        """,
    },
    "elements of containers, as annotated": """
        from collections.abc import Iterable, Mapping, Sequence
        from typing import Dict, List

        import redis

        class Shards:
            nodes: dict[str, redis.Redis]

            def __init__(self):
                self.ring: list[redis.Redis] = []

            async def get(self, key):
                self.ring[0].get(key)  # PAL131
                self.nodes["a"].get(key)  # PAL131
                self.nodes.get("b").get(key)  # PAL131
                for node in self.nodes.values():
                    node.get(key)  # PAL131
                for _, node in self.nodes.items():
                    node.get(key)  # PAL131
                return [node.get(key) for node in self.ring]  # PAL131

        async def f(
            a: List[redis.Redis],
            b: Dict[str, redis.Redis],
            c: Iterable[redis.Redis],
            d: Mapping[str, redis.Redis],
            e: Sequence[redis.Redis],
        ):
            a[0].get("k")  # PAL131
            b["k"].get("k")  # PAL131
            for client in c:
                client.get("k")  # PAL131
            d["k"].get("k")  # PAL131
            for number, client in enumerate(e):
                client.get(number)  # PAL131
            for one, other in zip(a, e):
                one.get("k")  # PAL131
                other.get("k")  # PAL131
    """,
    "unpacked, conditional, walrus and `with` targets": """
        import contextlib

        import httpx
        import redis
        import requests

        def both():
            return redis.Redis(), requests.Session()

        async def f(flag):
            cache, session = redis.Redis(), requests.Session()
            cache.get("k")  # PAL131
            session.get("u")  # PAL112
            other, http = both()
            other.get("k")  # PAL131
            http.get("u")  # PAL112
            (redis.Redis() if flag else None).get("k")  # PAL131
            if (found := redis.Redis()) is not None:
                found.get("k")  # PAL131
            with requests.Session() as session, contextlib.closing(redis.Redis()) as closing:
                session.get("u")  # PAL112
                closing.get("k")  # PAL131
            with contextlib.ExitStack() as stack:
                entered = stack.enter_context(requests.Session())
                entered.get("u")  # PAL112
    """,
    "what FastAPI injects": {
        "deps.py": """
            from typing import Annotated

            from fastapi import Depends
            from sqlalchemy import create_engine
            from sqlalchemy.orm import Session, sessionmaker

            engine = create_engine("postgresql://db")
            SessionLocal = sessionmaker(engine)

            def get_db():
                with SessionLocal() as session:
                    yield session

            async def get_db_async():
                session = SessionLocal()
                try:
                    yield session
                finally:
                    session.close()

            SessionDep = Annotated[Session, Depends(get_db)]

            class Repository:
                def __init__(self, session: SessionDep):
                    self.session = session

                def all(self):
                    return self.session.query(object).all()

            def get_repository(session=Depends(get_db)):
                return Repository(session)
        """,
        "app.py": """
            from typing import Annotated

            import fastapi
            from fastapi import APIRouter, Depends, Security
            from sqlalchemy.orm import Session

            from deps import Repository, SessionDep, get_db, get_db_async, get_repository

            router = APIRouter()

            @router.get("/a")
            async def a(session=Depends(get_db)):
                session.commit()  # PAL122

            @router.get("/b")
            async def b(session: Annotated[Session, Depends(get_db)]):
                session.commit()  # PAL122

            @router.get("/c")
            async def c(session: SessionDep):
                session.commit()  # PAL122

            @router.get("/d")
            async def d(session=fastapi.Depends(get_db_async)):
                session.commit()  # PAL122

            @router.get("/e")
            async def e(repository: Repository = Depends()):
                return repository.all()  # PAL122

            @router.get("/f")
            async def f(repository=Depends(Repository)):
                return repository.all()  # PAL122

            @router.get("/g")
            async def g(repository: Annotated[Repository, Depends(get_repository)]):
                return repository.all()  # PAL122

            @router.get("/h")
            async def h(repository=Security(get_repository)):
                return repository.all()  # PAL122
        """,
    },
    "what start-up and middleware keep in the state of the application and of the request": {
        "main.py": """
            import contextlib

            import httpx
            import redis
            import requests
            from fastapi import FastAPI

            import routes

            @contextlib.asynccontextmanager
            async def lifespan(app: FastAPI):
                app.state.cache = redis.Redis()
                app.state.http = httpx.AsyncClient()
                yield

            app = FastAPI(lifespan=lifespan)
            app.include_router(routes.router)

            @app.middleware("http")
            async def middleware(request, call_next):
                request.state.session = requests.Session()
                return await call_next(request)

            @app.on_event("startup")
            async def start():
                app.state.late = redis.Redis()
        """,
        "routes.py": """
            from fastapi import APIRouter, Request, WebSocket

            router = APIRouter()

            @router.get("/{key}")
            async def read(request: Request, key: str):
                request.app.state.cache.get(key)  # PAL131
                request.app.state.late.get(key)  # PAL131
                request.state.session.get(key)  # PAL112
                return await request.app.state.http.get(key)

            @router.websocket("/{key}")
            async def watch(websocket: WebSocket, key: str):
                websocket.app.state.cache.get(key)  # PAL131
        """,
    },
    "an argument whose type only the caller knows": {
        "keys.py": """
            def read(client, key):
                return client.get(key)

            def hold(client, key):
                return read(client=client, key=key)
        """,
        "app.py": """
            import httpx
            import redis
            import redis.asyncio
            from keys import hold, read

            async def f(key):
                read(redis.Redis(), key)  # PAL131
                hold(redis.Redis(), key)  # PAL131
                await read(redis.asyncio.Redis(), key)
                return await hold(httpx.AsyncClient(), key)
        """,
    },
    "isinstance, in both branches": """
        import redis
        import redis.asyncio

        async def f(client, other: redis.Redis | redis.asyncio.Redis):
            if isinstance(client, redis.Redis):
                client.get("k")  # PAL131
            else:
                await client.get("k")
            if isinstance(other, redis.asyncio.Redis):
                await other.get("k")
            else:
                other.get("k")  # PAL131
            if not isinstance(other, redis.Redis):
                return await other.get("k")
            return other.get("k")  # PAL131
    """,
    "a subclass of a library's class": """
        import redis
        import requests

        class Cache(redis.Redis):
            def fetch(self, key):
                return self.get(key)

            async def set(self, key, value):
                return None

        class Session(requests.Session):
            pass

        async def f(cache: Cache):
            cache.get("k")  # PAL131
            cache.fetch("k")  # PAL131
            await cache.set("k", 1)
            Session().get("u")  # PAL112
    """,
    "an attribute that starts as None": """
        import redis

        class Cache:
            def __init__(self, client: redis.Redis) -> None:
                self.client: redis.Redis = client
                self._late: redis.Redis | None = None
                self._later = None

            def connect(self):
                self._later = redis.Redis()

            async def get(self, key):
                if self._late is None:
                    self._late = redis.Redis()
                assert self._later is not None
                self.client.get(key)  # PAL131
                self._late.get(key)  # PAL131
                return self._later.get(key)  # PAL131
    """,
    "mixins, generic bases and the order of bases": """
        from typing import Generic, TypeVar

        import redis
        import redis.asyncio

        T = TypeVar("T")

        class WithCache:
            cache: redis.Redis

        class WithAsyncCache:
            cache: redis.asyncio.Redis

        class Repository(Generic[T]):
            def __init__(self, client: redis.Redis) -> None:
                self.client = client

        class Users(Repository[int], WithCache):
            async def get(self, key):
                self.client.get(key)  # PAL131
                return self.cache.get(key)  # PAL131

        class Modern(WithAsyncCache, WithCache):
            async def get(self, key):
                return await self.cache.get(key)
    """,
    "a closure: what the function around has": """
        import asyncio

        import redis
        from fastapi import FastAPI

        def create_app():
            app = FastAPI()
            client = redis.Redis()

            @app.get("/")
            async def route(key: str):
                return client.get(key)  # PAL131

            return app

        class Cache:
            def __init__(self):
                self.client = redis.Redis()

            async def get(self, key):
                async def fetch():
                    return self.client.get(key)  # PAL131

                def read():
                    return self.client.get(key)

                return await fetch(), await asyncio.to_thread(read)
    """,
    "globals made by a factory, and made in a coroutine": {
        "clients.py": """
            import redis

            def make():
                return redis.Redis()

            client = make()
            late = None

            async def start():
                global late
                late = make()
        """,
        "app.py": """
            import clients
            from clients import client as cache

            async def f(key):
                cache.get(key)  # PAL131
                return clients.late.get(key)  # PAL131
        """,
    },
    "attributes of attributes over modules": {
        "core.py": """
            import redis

            class Store:
                def __init__(self):
                    self.client = redis.Redis()

            class Container:
                def __init__(self, store: Store):
                    self.store = store

            container = Container(Store())
        """,
        "app.py": """
            import core
            from core import Container

            class Service:
                def __init__(self, container: Container):
                    self.container = container

                async def get(self, key):
                    self.container.store.client.get(key)  # PAL131
                    return core.container.store.client.get(key)  # PAL131
        """,
    },
    "a default value, a cast, a keyword": """
        from typing import cast

        import redis

        r = redis.Redis()

        async def f(key, client=r, *, other=redis.Redis(), anything=None):
            client.get(key)  # PAL131
            other.get(key)  # PAL131
            cast(redis.Redis, anything).get(key)  # PAL131
            cast("redis.Redis", anything).get(key)  # PAL131
    """,
}

WAYS: Cases = {
    "a coroutine whose parameter has no type is given one by the coroutines of its module": """
        import time

        import httpx
        import requests

        def slow():
            time.sleep(1)

        async def f(session):
            await fetch(requests.Session(), "https://example.org")
            await later(httpx.AsyncClient())
            await typed(httpx.AsyncClient())
            await run(slow)
            await Feed().read(requests.Session())

        async def fetch(session, url):
            url.strip()
            return session.get(url)  # PAL112

        async def later(client):
            return await client.get("https://example.org")

        async def typed(client: httpx.AsyncClient):
            return await client.get("https://example.org")

        async def run(step):
            step()  # PAL111

        async def unknown(session):
            return session.get("https://example.org")

        class Feed:
            async def read(self, session):
                return session.get("https://example.org")  # PAL112

            async def skip(self, session):
                return session.get("https://example.org")
    """,
    "a table or list that a function fills with functions": """
        import asyncio
        import time

        def slow():
            time.sleep(1)

        def fast():
            return 1

        class Steps:
            def wait(self):
                time.sleep(1)

            async def run(self, kind, is_long):
                handlers = {}
                handlers["fast"] = fast
                handlers["slow"] = slow
                handlers["fast"]()
                handlers["slow"]()  # PAL111
                handlers[kind]()  # PAL111
                steps = [fast]
                if is_long:
                    steps.append(self.wait)
                for step in steps:
                    step()  # PAL111
                named = []
                named.append(("wait", self.wait))
                named.append(("fast", fast))
                for name, step in named:
                    step()  # PAL111
                others = []
                others.append(fast)
                for other in others:
                    other()
                waits = []
                waits.append(lambda: asyncio.sleep(1))
                for wait in waits:
                    await wait()

        async def emptied():
            steps = []
            steps.append(slow)
            steps = [fast]
            for step in steps:
                step()
    """,
    "a job, or a task that loops, which start-up defines": """
        import asyncio
        from contextlib import asynccontextmanager

        from apscheduler.schedulers.asyncio import AsyncIOScheduler
        from fastapi import FastAPI

        scheduler = AsyncIOScheduler()

        @asynccontextmanager
        async def lifespan(app):
            async def poll():
                while True:
                    open("state").close()  # PAL114
                    await asyncio.sleep(5)

            async def job():
                open("state").close()  # PAL114

            async def once():
                open("state").close()

            async def warm():
                open("state").close()

            scheduler.add_job(job, "interval", seconds=3)
            scheduler.add_job(warm, "date")
            task = asyncio.create_task(poll())
            await once()
            yield

        app = FastAPI(lifespan=lifespan)

        @app.get("/")
        async def index():
            return {}
    """,
    "four modules deep, and every caller is told": {
        "a.py": """
            import time

            def a():
                time.sleep(1)
        """,
        "b.py": """
            from a import a

            def b():
                return a()
        """,
        "c.py": """
            import b

            def c():
                b.b()
        """,
        "d.py": """
            from c import c

            async def first():
                c()  # PAL111

            async def second():
                await first()
                c()  # PAL111
                c()  # PAL111

            def third():
                c()
        """,
    },
    "recursion, alone and mutual, over modules that import each other": {
        "even.py": """
            import odd

            def even(n):
                return n == 0 or odd.odd(n - 1)
        """,
        "odd.py": """
            import time
            import even

            def odd(n):
                time.sleep(1)
                return even.even(n - 1)

            def down(n):
                return down(n - 1) if n else time.sleep(1)

            async def f():
                even.even(3)  # PAL111
                down(3)  # PAL111
                odd(3)  # PAL111
        """,
    },
    "constructors: own, inherited, of a dataclass, of a subclass": """
        import time
        from dataclasses import dataclass

        class Slow:
            def __init__(self):
                time.sleep(1)

        class Slower(Slow):
            def __init__(self, more):
                super().__init__()
                self.more = more

        class Heir(Slow):
            pass

        @dataclass
        class Record:
            value: int

            def __post_init__(self):
                time.sleep(1)

        async def f():
            Slow()  # PAL111
            Slower(1)  # PAL111
            Heir()  # PAL111
            Record(1)  # PAL111
    """,
    "properties are read": """
        import functools
        import time

        class Slow:
            @property
            def value(self):
                time.sleep(1)
                return self

            @functools.cached_property
            def once(self):
                time.sleep(1)
                return self

            async def read(self):
                self.value  # PAL111
                self.value.name  # PAL111
                self.once.run()  # PAL111
                return f"{self.value}"  # PAL111

        async def f(slow: Slow):
            if slow.value:  # PAL111
                return [one.once for one in [slow]]  # PAL111
    """,
    "`with` runs __enter__ and __exit__, `for` __iter__ and __next__": """
        import time

        class Enters:
            def __enter__(self):
                time.sleep(1)
                return self

            def __exit__(self, *error):
                return None

        class Exits:
            def __enter__(self):
                return self

            def __exit__(self, *error):
                time.sleep(1)

        class Iterates:
            def __iter__(self):
                time.sleep(1)
                return iter([])

        class Steps:
            def __iter__(self):
                return self

            def __next__(self):
                time.sleep(1)

        class Calls:
            def __call__(self):
                time.sleep(1)

        async def f(calls: Calls):
            with Enters():  # PAL111
                pass
            with Exits() as exits:  # PAL111
                print(exits)
            for _ in Iterates():  # PAL111
                pass
            for _ in Steps():  # PAL111
                pass
            [step for step in Steps()]  # PAL111
            calls()  # PAL111
    """,
    "generators work where they are consumed": """
        import time

        def ticks():
            while True:
                time.sleep(1)
                yield 1

        def more():
            yield 0
            yield from ticks()

        async def f():
            source = ticks()
            for _ in source:  # PAL111
                break
            sum(ticks())  # PAL111
            list(more())  # PAL111
            next(ticks())  # PAL111
            [tick for tick in ticks()]  # PAL111
            first, *rest = ticks()  # PAL111
            print(*ticks(), [*ticks()])  # PAL111 PAL111
            unused = ticks()
            return unused
    """,
    "generators that other functions return or wrap": """
        import time

        from starlette.concurrency import iterate_in_threadpool
        from starlette.responses import StreamingResponse

        def ticks():
            time.sleep(1)
            yield 1

        def source():
            return ticks()

        def total(values):
            return sum(values)

        async def f():
            for _ in source():  # PAL111
                pass
            for number, _ in enumerate(ticks()):  # PAL111
                print(number)
            total(ticks())  # PAL111
            async for tick in iterate_in_threadpool(ticks()):
                print(tick)
            return StreamingResponse(ticks())
    """,
    "generator expressions work where they are consumed": """
        import time

        def consume(items):
            return sum(items)

        async def f(values):
            total = sum(time.sleep(value) for value in values)  # PAL111
            any(time.sleep(value) for value in values)  # PAL111
            "".join(time.sleep(value) for value in values)  # PAL111
            unused = (time.sleep(value) for value in values)
            return total, unused
    """,
    "@contextmanager runs at the `with`": """
        import contextlib
        import time
        from contextlib import contextmanager

        @contextmanager
        def held():
            time.sleep(1)
            yield

        @contextlib.contextmanager
        def nested():
            with held():
                yield

        async def f():
            with held():  # PAL111
                pass
            with nested() as name:  # PAL111
                print(name)
            unused = held()
            return unused
    """,
    "lambdas and nested functions, when they are called": """
        import functools
        import time

        async def f(items):
            def work(item):
                time.sleep(item)  # PAL111

            def unused():
                time.sleep(1)

            work(1)
            nap = lambda: time.sleep(1)  # PAL111
            nap()
            later = lambda: time.sleep(1)
            sorted(items, key=lambda item: time.sleep(item))  # PAL111
            list(map(lambda item: time.sleep(item), items))  # PAL111
            list(filter(lambda item: time.sleep(item), items))  # PAL111
            max(items, key=lambda item: time.sleep(item))  # PAL111
            min(items, key=lambda item: time.sleep(item))  # PAL111
            functools.reduce(lambda one, other: time.sleep(one), items)  # PAL111
            items.sort(key=lambda item: time.sleep(item))
            return later, unused
    """,
    "a function of the module as key": """
        import functools
        import time

        def rank(item):
            time.sleep(1)
            return item

        class Ranker:
            def rank(self, item):
                return rank(item)

            async def best(self, items):
                sorted(items, key=self.rank)  # PAL111
                return max(items, key=rank)  # PAL111

        async def f(items):
            list(map(rank, items))  # PAL111
            functools.reduce(rank, items)  # PAL111
            for item in map(rank, items):  # PAL111
                print(item)
    """,
    "a function that calls what it is given": """
        import asyncio
        import requests

        def attempt(function, *arguments):
            return function(*arguments)

        async def in_thread(function, *arguments):
            return await asyncio.to_thread(function, *arguments)

        def load(url):
            return requests.get(url)

        async def f(url):
            attempt(load, url)  # PAL112
            attempt(requests.get, url)  # PAL112
            await in_thread(load, url)
            await in_thread(requests.get, url)
    """,
    "decorators: with wraps, with arguments, as a class, of the standard library": """
        import contextlib
        import functools
        import time

        def plain(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return function(*args, **kwargs)
            return wrapper

        def tagged(tag):
            def decorate(function):
                def wrapper(*args):
                    print(tag)
                    return function(*args)
                return wrapper
            return decorate

        class Counted:
            def __init__(self, function):
                self.function = function

            def __call__(self, *args):
                return self.function(*args)

        def same(function):
            return function

        def slow(function):
            def wrapper(*args):
                time.sleep(1)
                return function(*args)
            return wrapper

        @plain
        def a():
            time.sleep(1)

        @tagged("b")
        def b():
            time.sleep(1)

        @Counted
        def c():
            time.sleep(1)

        @same
        @plain
        def d():
            time.sleep(1)

        @slow
        def e():
            return 1

        async def f():
            a()  # PAL111
            b()  # PAL111
            c()  # PAL111
            d()  # PAL111
            e()  # PAL111
    """,
    "a decorated coroutine is a frame, and so is a wrapper that blocks": """
        import functools
        import time

        def timed(function):
            @functools.wraps(function)
            async def wrapper(*args):
                time.sleep(1)  # PAL111
                return await function(*args)
            return wrapper

        @timed
        async def f():
            time.sleep(1)  # PAL111
    """,
    "methods: class, static, inherited, overridden, by super()": """
        import time

        class Base:
            def load(self):
                time.sleep(1)

            def run(self):
                return self.load()

            @classmethod
            def make(cls):
                time.sleep(1)
                return cls()

            @staticmethod
            def wait():
                time.sleep(1)

        class Fast(Base):
            def load(self):
                return None

        class Sure(Base):
            def load(self):
                super().load()

        async def f(fast: Fast, sure: Sure):
            fast.run()
            fast.load()
            sure.run()  # PAL111
            Base.make()  # PAL111
            Base.make().wait()  # PAL111 PAL111
            Base().wait()  # PAL111
            Base.load(fast)  # PAL111
    """,
    "asynchronous special methods and generators are frames": """
        import time

        class Session:
            async def __aenter__(self):
                time.sleep(1)  # PAL111
                return self

            async def __aexit__(self, *error):
                time.sleep(1)  # PAL111

            async def __anext__(self):
                time.sleep(1)  # PAL111

        async def stream():
            time.sleep(1)  # PAL111
            yield 1

        def outer():
            async def inner():
                time.sleep(1)  # PAL111
            return inner
    """,
    "callbacks stand where they are given to the loop": """
        import asyncio
        import functools
        import signal
        import time

        def beat(*arguments):
            time.sleep(1)

        class Heart:
            def beat(self):
                time.sleep(1)

            def start(self):
                loop = asyncio.get_running_loop()
                loop.call_soon(self.beat)  # PAL111
                loop.call_later(1, self.beat)  # PAL111
                loop.call_at(1, self.beat)  # PAL111
                loop.call_soon_threadsafe(self.beat)  # PAL111
                loop.add_signal_handler(signal.SIGTERM, self.beat)  # PAL111

        async def f(loop: asyncio.AbstractEventLoop):
            loop.add_reader(0, beat)  # PAL111
            loop.add_writer(0, functools.partial(beat, 1))  # PAL111
            loop.call_soon(lambda: beat())  # PAL111
            task = asyncio.create_task(asyncio.sleep(1))
            task.add_done_callback(beat)  # PAL111
            asyncio.ensure_future(asyncio.sleep(1)).add_done_callback(beat)  # PAL111
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(1)).add_done_callback(beat)  # PAL111

        async def begin(heart: Heart):
            heart.start()

        async def quick(loop: asyncio.AbstractEventLoop, event: asyncio.Event):
            loop.call_soon(event.set)
            loop.call_soon(print, "done")
    """,
    "arguments of an offload are evaluated on the loop": """
        import asyncio
        import requests

        def work(data):
            return data

        async def f(url):
            loop = asyncio.get_running_loop()
            await asyncio.to_thread(work, requests.get(url))  # PAL112
            await loop.run_in_executor(None, work, requests.get(url))  # PAL112
    """,
    "waivers at the helper, at its call and further up": """
        import time

        def settle():  # planalign: nonblocking
            time.sleep(0.001)

        def pause():
            time.sleep(0.001)  # planalign: nonblocking

        def both():
            settle()
            pause()

        def rest():
            pause()
            time.sleep(1)

        async def f():
            settle()
            pause()
            both()
            rest()  # PAL111
    """,
    "a plain function that returns what has to be awaited": """
        import httpx
        import requests

        client = httpx.AsyncClient()

        def get(url):
            return client.get(url)

        def logged(url):
            requests.post("/log")
            return client.get(url)

        async def f(url):
            await get(url)
            return await logged(url)  # PAL112
    """,
    "two APIs behind one call are two findings, one API on two ways is one": """
        import requests
        import time

        def often(url):
            requests.get(url)
            requests.get(url)
            time.sleep(1)

        async def f(url):
            often(url)  # PAL112 PAL111
    """,
    "module code, defaults and decorators run at import": """
        import time

        time.sleep(1)

        def wait(seconds):
            time.sleep(seconds)
            return lambda function: function

        @wait(1)
        async def f(value=time.sleep(1)):
            return value
    """,
    "what is put into a table of the module": {
        "app.py": """
            import time
            from keys import CHOSEN, OTHER

            def free(seconds):
                return seconds

            TABLE = {"a": time.sleep}
            TABLE["b"] = time.sleep
            TABLE["a"] = free
            EMPTY = {}
            NESTED = {"a": {"b": free}}
            NESTED["a"]["b"] = time.sleep
            MERGED = {"a": free}
            MERGED.update({"a": time.sleep})
            LATER = {}
            PLACES = [None]
            PLACES[0] = time.sleep
            ORDER = [free, time.sleep]

            def register(key):
                LATER[key] = time.sleep

            def run(key):
                ORDER[key](1)

            async def f():
                TABLE["a"](1)
                TABLE["b"](1)  # PAL111
                NESTED["a"]["b"](1)  # PAL111
                MERGED["a"](1)  # PAL111
                LATER["x"](1)  # PAL111
                PLACES[0](1)  # PAL111
                EMPTY["a"](1)
                ORDER[CHOSEN](1)  # PAL111
                ORDER[OTHER](1)
                run(0)
                run(1)  # PAL111
        """,
        "keys.py": """
            CHOSEN = 1
            OTHER = 0
        """,
    },
    "parts of a sequence": """
        import time

        def free(seconds):
            return seconds

        async def f(start):
            calls = [free, time.sleep, free, time.sleep]
            calls[:1][0](1)
            calls[1:3][0](1)  # PAL111
            calls[-1:][0](1)  # PAL111
            calls[start:][0](1)  # PAL111
            for call in calls[1:2]:
                call(1)  # PAL111
            first, *rest, last = calls
            first(1)
            rest[0](1)  # PAL111
            rest[1](1)
            last(1)  # PAL111
            one, *_ = time.sleep, free
            one(1)  # PAL111
    """,
    "a name that the module binds anew": """
        import time

        def free(seconds):
            return seconds

        call = time.sleep
        first = call
        call = free

        async def f():
            first(1)  # PAL111
            call(1)
    """,
    "decorators and classes that are raised": """
        import time

        def slow(function):
            time.sleep(1)
            return function

        def made(function):
            def wrapper():
                time.sleep(1)
                return function()
            return wrapper

        class Failure(Exception):
            def __init__(self):
                time.sleep(1)

        async def f(error):
            @slow  # PAL111:5
            def inner():
                return 1

            @made
            def other():
                return 1

            if error:
                raise error
            if inner():
                raise Failure  # PAL111:14
            try:
                other()  # PAL111
            except Failure as failure:
                raise failure
    """,
}


OFF_THE_LOOP: Cases = {
    "what a thread has made is asked on the loop": """
        import asyncio
        import functools
        import sqlite3

        import anyio
        import pandas as pd
        import requests
        from fastapi.concurrency import run_in_threadpool
        from sentence_transformers import SentenceTransformer

        def load(name):
            try:
                return SentenceTransformer(name)
            except OSError:
                return None

        class Search:
            def __init__(self):
                self.model = None

            async def start(self, name):
                model = await asyncio.to_thread(load, name)
                if model is not None:
                    self.model = model

            async def find(self, text):
                await asyncio.to_thread(self.model.encode, text)
                return self.model.encode(text)  # PAL115

        async def f(path):
            loop = asyncio.get_running_loop()
            connection = await loop.run_in_executor(None, sqlite3.connect, path)
            connection.execute("SELECT 1")  # PAL122
            other = await loop.run_in_executor(None, functools.partial(sqlite3.connect, path))
            other.commit()  # PAL122
            table = await run_in_threadpool(lambda: pd.read_csv(path))
            table.groupby("a").sum()  # PAL116
            table, number = await asyncio.gather(asyncio.to_thread(pd.read_csv, path), asyncio.to_thread(len, path))
            await asyncio.to_thread(table.merge, table)
            answer = await anyio.to_thread.run_sync(requests.get, path)
            return answer.json(), number
    """,
    "threads, processes and executors": """
        import asyncio
        import functools
        import multiprocessing
        import threading
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

        import anyio
        import anyio.to_process
        import anyio.to_thread
        import asyncer
        import requests
        import trio
        from asgiref.sync import sync_to_async
        from starlette.background import BackgroundTask
        from starlette.concurrency import run_in_threadpool

        def load(url):
            return requests.get(url)

        class Client:
            def load(self, url):
                return requests.get(url)

            async def run(self, url):
                await asyncio.to_thread(self.load, url)
                await asyncio.get_event_loop().run_in_executor(None, self.load, url)

        async def f(url, client: Client):
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor() as pool:  # PAL117
                pool.submit(load, url)
                await loop.run_in_executor(pool, client.load, url)
            processes = ProcessPoolExecutor()
            await loop.run_in_executor(processes, load, url)
            await loop.run_in_executor(executor=None, func=functools.partial(load, url))
            await anyio.to_thread.run_sync(load, url)
            await anyio.to_process.run_sync(load, url)
            await trio.to_thread.run_sync(load, url)
            await asyncer.asyncify(load)(url)
            await sync_to_async(load, thread_sensitive=False)(url)
            await run_in_threadpool(load, url)
            await functools.partial(asyncio.to_thread, load)(url)
            threading.Thread(target=load, args=(url,)).start()
            threading.Thread(None, load, args=(url,)).start()
            multiprocessing.Process(target=load, args=(url,))
            return BackgroundTask(load, url)
    """,
    "decorated into a coroutine": """
        import functools
        import asyncio
        import requests
        from asgiref.sync import sync_to_async
        from textual import work

        @sync_to_async
        def load(url):
            return requests.get(url)

        @work(thread=True)
        def show(url):
            return requests.get(url)

        @sync_to_async(thread_sensitive=False)
        def fetch(url):
            return requests.get(url)

        def threaded(function):
            @functools.wraps(function)
            async def wrapper(*args):
                return await asyncio.to_thread(function, *args)
            return wrapper

        @threaded
        def read(url):
            return requests.get(url)

        async def f(url):
            return await load(url), await fetch(url), await read(url), show(url)
    """,
    "plain endpoints, dependencies and background tasks": """
        import requests
        from fastapi import BackgroundTasks, Depends, FastAPI

        app = FastAPI()

        def load():
            return requests.get("/")

        class Loader:
            def __init__(self):
                self.value = requests.get("/")

            def __call__(self):
                return requests.get("/")

        def stream():
            yield requests.get("/")

        @app.get("/a")
        def a():
            return requests.get("/")

        @app.get("/b")
        async def b(tasks: BackgroundTasks, x=Depends(load), y=Depends(Loader), z=Depends(stream)):
            tasks.add_task(load)
            tasks.add_task(func=load)

        @app.get("/c", dependencies=[Depends(load)])
        async def c():
            return None

        @app.middleware("http")
        async def middleware(request, call_next):
            requests.post("/log")  # PAL112
            return await call_next(request)

        @app.exception_handler(ValueError)
        def handler(request, error):
            return requests.post("/log")
    """,
    "closures, methods and gathered threads": """
        import asyncio
        import requests

        class Client:
            def __init__(self):
                self.session = requests.Session()

            def fetch(self, url):
                return self.session.get(url)

            async def fetch_all(self, urls):
                def work():
                    return [self.fetch(url) for url in urls]

                await asyncio.gather(*(asyncio.to_thread(self.fetch, url) for url in urls))
                task = asyncio.create_task(asyncio.to_thread(work))
                return await task, await asyncio.to_thread(lambda: self.fetch(urls[0]))
    """,
    "back on the loop": """
        import asyncio
        import anyio.from_thread
        import time

        async def on_loop():
            time.sleep(1)  # PAL111

        def in_thread(loop):
            time.sleep(1)
            anyio.from_thread.run(on_loop)
            asyncio.run_coroutine_threadsafe(on_loop(), loop)

        async def f(loop):
            await asyncio.to_thread(in_thread, loop)
    """,
    "the loop runs in a thread of its own": """
        import asyncio
        import threading

        async def main():
            await asyncio.sleep(1)

        def serve():
            asyncio.run(main())

        async def f():
            threading.Thread(target=serve).start()
            await asyncio.to_thread(asyncio.run, main())
    """,
}

INNOCENT: Cases = {
    "what is awaited by its name is a coroutine": """
        import asyncio
        import time

        def dispatch(twin):
            def decorator(function):
                def wrapper(*args, _sync=None, **kwargs):
                    chosen = function if _sync else twin
                    return chosen(*args, **kwargs)
                return wrapper
            return decorator

        async def aload(): ...

        @dispatch(aload)
        def load():
            time.sleep(1)

        async def f():
            loading = load()
            await loading
            load(_sync=True)  # PAL111
    """,
    "a keyword that is not given": """
        import time

        def complete(model, **options):
            delay = options.get("delay")
            if delay is not None:
                time.sleep(delay)
            if options.pop("slow", False):
                time.sleep(1)
            if "patient" in options:
                time.sleep(1)

        async def f(more):
            complete("m")
            complete("m", other=1)
            complete("m", delay=1)  # PAL111
            complete("m", **more)  # PAL111
            complete("m", slow=True)  # PAL111
            complete("m", patient=False)  # PAL111
    """,
    "a predicate that always says yes": """
        import redis

        class Cache:
            client = redis.Redis()

            def is_async(self):
                return True

            def is_slow(self):
                return False

            async def get(self): ...

            async def read(self):
                if self.is_async() is True:
                    return await self.get()
                else:
                    return self.client.get("k")

            async def read_slowly(self):
                if self.is_slow() is False:
                    return self.client.get("k")  # PAL131
    """,
    "what the constructor has already read": """
        import requests

        class Session:
            def __init__(self):
                self.config = self.get_config()

            def get_config(self):
                if hasattr(self, "config") and self.config:
                    return self.config
                config = requests.get("https://config").json()
                self.config = config
                return config

        class Lazy:
            def __init__(self):
                self.name = "lazy"

            def get_config(self):
                if hasattr(self, "config") and self.config:
                    return self.config
                self.config = requests.get("https://config").json()
                return self.config

        async def f(session: Session, lazy: Lazy):
            session.get_config()
            lazy.get_config()  # PAL112
    """,
    "a container that is filled once": """
        import yaml

        LOADED = {}
        APPS = {}
        names = []

        def load():
            LOADED.update(yaml.safe_load(open("config.yaml")))

        def ensure():
            if not LOADED:
                load()

        def app(key, again=False):
            if key in APPS and not again:
                return APPS[key]

            def read():
                return open("app.html").read()

            made = read()
            APPS[key] = made
            return made

        async def f():
            ensure()
            app("k")
            if names:
                open("x")  # PAL114
    """,
    "a lock of a file that is not waited for": """
        import fcntl

        async def f(handle, shared):
            mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(handle, mode | fcntl.LOCK_NB)
            fcntl.flock(handle, fcntl.LOCK_UN)
            fcntl.flock(handle, mode)  # PAL117
    """,
    "a command of an application that another module makes": {
        "cli/__init__.py": "",
        "cli/application.py": """
            import typer

            class Application(typer.Typer):
                pass

            app = Application()
        """,
        "cli/deploy.py": """
            from cli.application import app

            @app.command("deploy")
            async def deploy():
                await one()

            async def one():
                open("deploy.yaml").read()
        """,
    },
    "what runs only where no loop does, asked by a helper that returns the loop or None": """
        import asyncio
        import time

        def running_loop():
            try:
                return asyncio.get_running_loop()
            except RuntimeError:
                return None

        def report():
            loop = running_loop()
            if loop is not None:
                loop.create_task(send())
                return
            time.sleep(1)

        def report_directly():
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                loop = None
            if loop and loop.is_running():
                return
            time.sleep(1)

        def report_without_loop():
            loop = running_loop()
            if loop is None:
                time.sleep(1)

        def slow():
            loop = running_loop()
            if loop is not None:
                time.sleep(1)

        async def send(): ...

        async def f():
            report()
            report_directly()
            report_without_loop()
            slow()  # PAL111
    """,
    "an attribute that was just set to an argument which was left out": """
        import time

        class Manager:
            def __init__(self, prompt: str | None = None):
                self.prompt = prompt
                if self.prompt:
                    self.load()

            def load(self):
                time.sleep(1)

        class Mended:
            def __init__(self, prompt: str | None = None):
                self.prompt = prompt
                self.mend()
                if self.prompt:
                    time.sleep(1)

            def mend(self):
                self.prompt = "default"

        async def f():
            Manager()
            Manager("x")  # PAL111
            Mended()  # PAL111
    """,
    "arguments with which a call does not wait": """
        import ssl
        import time

        import httpx
        import psutil

        async def f(context: ssl.SSLContext):
            time.sleep(0.0)
            time.sleep(0.5)  # PAL111
            psutil.cpu_percent(interval=None)
            psutil.cpu_percent(interval=0.1)  # PAL117
            httpx.Client(verify=False)
            httpx.Client(verify=context)
            httpx.Client()  # PAL114
    """,
    "one of several tests must hold": """
        import time

        def load(path: str | None = None, url: str | None = None):
            if path or url:
                time.sleep(1)

        async def f():
            load()
            load("x")  # PAL111
            load(url="x")  # PAL111
    """,
    "an instance that was built without a part, and is never given it": {
        "caches.py": """
            from __future__ import annotations

            import redis

            class Dual:
                def __init__(self, backend: redis.Redis | None = None):
                    self.backend = backend

                def attach(self, backend: redis.Redis | None = None):
                    self.backend = backend

                def get(self, key):
                    if self.backend is not None:
                        return self.backend.get(key)

            plain = Dual()
            wired = Dual()
            handed_out = Dual()
            full = Dual(redis.Redis())

            def start(backend: redis.Redis):
                wired.attach(backend)
                for one in (handed_out,):
                    one.attach(backend)

            class Service:
                shared = Dual()

                def __init__(self):
                    self.own = Dual()
                    self.late = Dual()

                def start(self, backend: redis.Redis):
                    self.late.attach(backend)

                async def serve(self):
                    self.shared.get("k")
                    self.own.get("k")
                    self.late.get("k")  # PAL131
        """,
        "app.py": """
            from caches import full, handed_out, plain, wired

            async def f():
                plain.get("k")
                wired.get("k")  # PAL131
                handed_out.get("k")  # PAL131
                full.get("k")  # PAL131
        """,
    },
    "asynchronous twins": """
        import asyncio
        import httpx
        import redis.asyncio as redis
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

        engine = create_async_engine("postgresql+asyncpg://db")
        Session = async_sessionmaker(engine)
        r = redis.Redis()

        class Api:
            def __init__(self):
                self.http = httpx.AsyncClient()
                self.queue = asyncio.Queue()
                self.lock = asyncio.Lock()

            async def run(self, session: AsyncSession):
                await self.http.get("/")
                await self.queue.get()
                await self.queue.put(1)
                await self.lock.acquire()
                async with self.lock, Session() as other:
                    await other.execute("SELECT 1")
                await session.commit()
                await r.get("k")
                pipe = r.pipeline()
                pipe.get("k")
                await pipe.execute()
                await asyncio.wait_for(r.ping(), 1)
                await asyncio.gather(r.get("a"), r.get("b"))
                task = asyncio.create_task(r.get("k"))
                await task
                return task.result()
    """,
    "objects of unknown type, dictionaries, strings and contexts": """
        import contextvars
        import os
        import re

        current = contextvars.ContextVar("current")

        async def f(client, values: dict[str, str], queue):
            client.get("k")
            values.get("k")
            await queue.get()
            await client.execute("SELECT 1")
            current.get()
            os.environ.get("HOME")
            re.match("a", "b").group()
            ",".join(["a"])
            {"run": 1}.get("run")
            client.fit(values)
            return client.run(values), client.transform(values)
    """,
    "either twin, awaited": """
        import redis

        try:
            import redis.asyncio as aioredis
        except ImportError:
            import redis as aioredis

        class Cache:
            def __init__(self, modern: bool) -> None:
                self.client = redis.asyncio.Redis() if modern else redis.Redis()

            async def get(self, key):
                return await self.client.get(key), await aioredis.Redis().get(key)
    """,
    "references that nobody calls here": """
        import time
        import requests

        HANDLERS = {"get": requests.get, "sleep": time.sleep}

        def register(function):
            return {"function": function}

        async def f(app):
            app.register(time.sleep)
            register(requests.get)
            callback = requests.get
            return lambda: time.sleep(1), callback, HANDLERS
    """,
    "constructors that open nothing": """
        import boto3
        import httpx
        import redis
        import requests
        from h2o.automl import H2OAutoML
        from pymongo import MongoClient
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session

        async def f():
            client = redis.Redis()
            pipe = client.pipeline()
            pipe.set("k", 1)
            pool = redis.ConnectionPool.from_url("redis://")
            session = requests.Session()
            session.headers.update({"a": "b"})
            request = requests.Request("GET", "/")
            engine = create_engine("postgresql://db")
            async with httpx.AsyncClient() as http:
                await http.get("/")
            return pool, request, engine, Session(engine), H2OAutoML(), MongoClient()
    """,
    "helpers whose result is kept": """
        import functools
        from functools import cache
        from pathlib import Path

        import pandas as pd

        _table = None

        @functools.lru_cache(maxsize=1)
        def template():
            return Path("t.html").read_text()

        @cache
        def frame():
            return pd.read_csv("t.csv")

        def table():
            global _table
            if _table is None:
                _table = Path("t.txt").read_text()
            return _table

        class Loader:
            def __init__(self):
                self._text = None

            @property
            def text(self):
                if self._text is None:
                    self._text = Path("t.txt").read_text()
                return self._text

            @functools.cached_property
            def other(self):
                return Path("t.txt").read_text()

        async def f(loader: Loader):
            return template(), frame(), table(), loader.text, loader.other
    """,
    "a kept result does not excuse waiting": """
        import functools
        import requests

        @functools.lru_cache
        def token():
            return requests.post("/token").text

        async def f():
            return token()  # PAL112
    """,
    "logging": """
        import logging
        import sys

        logger = logging.getLogger(__name__)
        logger.addHandler(logging.FileHandler("app.log"))

        async def f():
            logger.info("a")
            logging.warning("b")
            logger.exception("c")
            print("d")
            sys.stdout.write("e")
            sys.stderr.flush()
    """,
    "waits that end at once": """
        import concurrent.futures
        import multiprocessing
        import queue
        import threading

        inbox = queue.Queue()
        simple = queue.SimpleQueue()
        bounded = queue.Queue(10)
        lock = threading.Lock()
        event = threading.Event()

        class Worker:
            def __init__(self):
                self.jobs = queue.Queue()
                self.few = queue.Queue(maxsize=2)

            async def work(self):
                self.jobs.put(1)
                self.few.put(1)  # PAL117
                self.few.put_nowait(1)

        async def f(future: concurrent.futures.Future, futures):
            inbox.put(1)
            simple.put(1)
            bounded.put(1)  # PAL117
            bounded.put(1, False)
            bounded.put(1, block=False)
            bounded.put(1, timeout=0)
            bounded.get_nowait()
            lock.acquire(blocking=False)
            lock.acquire(False)
            lock.release()
            event.is_set()
            event.wait(timeout=0)
            concurrent.futures.wait(futures, timeout=0)
            if future.done():
                future.result()
            print(future.done() and future.result(), future.result() if future.done() else None)
            if not future.done():
                return
            future.result()
    """,
    "a lock that has just been made is free, unless somebody was given it": """
        import threading

        async def f(locks, share):
            own = threading.Lock()
            own.acquire()
            locks["a"] = own
            shared = threading.Lock()
            share(shared)
            shared.acquire()  # PAL117
            own.acquire()  # PAL117
    """,
    "a lock of an object that has just been made is free at the first thing that is done with it": """
        import threading

        class Worker:
            def __init__(self):
                self._lock = threading.Lock()
                self.thread = threading.Thread(target=print)

            def start(self):
                with self._lock:
                    self.thread.start()

            def begin(self):
                self.start()

            def stop(self):
                with self._lock:
                    self.thread.join()

        async def f(work):
            worker = Worker()
            work.append(1)
            worker.begin()
            worker.begin()  # PAL117

        async def g(worker: Worker, share):
            worker.begin()  # PAL117
            other = Worker()
            share(other)
            other.begin()  # PAL117
    """,
    "a lock that nobody holds for long, since who asks a future under it knows that it is done": """
        import concurrent.futures
        import threading

        def outcome(future):
            try:
                return future.result()
            except OSError as error:
                return error

        class Lookups:
            def __init__(self):
                self._lock = threading.Lock()
                self._other = threading.Lock()
                self._late, self.first = set(), concurrent.futures.Future()

            def abandon(self, key, future: concurrent.futures.Future):
                with self._lock:
                    if future.done():
                        return outcome(future)
                    self._late.add(key)

            def wait(self):
                with self._other:
                    return outcome(self.first)

            def note(self, key):
                with self._other:
                    self._late.add(key)

        async def f(lookups: Lookups, future: concurrent.futures.Future):
            lookups.abandon("a", future)
            lookups.note("a")  # PAL117
    """,
    "a text stream that one is given is the terminal as a rule": """
        from typing import BinaryIO, TextIO

        async def f(out: TextIO, stored: BinaryIO, table: TextIO):
            out.write("done")
            out.flush()
            stored.write(b"done")  # PAL114
            return table.read()  # PAL114
    """,
    "what start-up starts as a task that loops goes on beside the requests": """
        import asyncio
        from contextlib import asynccontextmanager

        from fastapi import FastAPI

        class Worker:
            async def start(self):
                open("a")
                self.task = asyncio.create_task(self._run())
                await asyncio.gather(asyncio.create_task(self._prepare()))

            async def _prepare(self):
                open("b")

            async def _run(self):
                while True:
                    open("c")  # PAL114
                    await self._once()
                    await asyncio.sleep(60)

            async def _once(self):
                open("d")  # PAL114

        worker = Worker()

        @asynccontextmanager
        async def lifespan(app):
            await worker.start()
            yield

        app = FastAPI(lifespan=lifespan)
    """,
    "what start-up runs, though a protocol that the class does not fulfil has a method of that name": """
        from contextlib import asynccontextmanager
        from typing import Protocol

        import anyio.abc
        from fastapi import FastAPI

        class Adapter(Protocol):
            async def start(self, context): ...
            async def stop(self): ...

        class Writer:
            async def start(self):
                open("a")

        class Both:
            async def start(self):
                open("a")  # PAL114

            async def stop(self): ...

        writer, both = Writer(), Both()

        @asynccontextmanager
        async def lifespan(app):
            await writer.start()
            await both.start()
            yield

        app = FastAPI(lifespan=lifespan)

        class Supervisor:
            def __init__(self, adapter: Adapter, group: anyio.abc.TaskGroup):
                self.adapter = adapter
                self.group = group

            async def run(self):
                await self.adapter.start(self)
                await self.group.start(print)

        @app.get("/")
        async def route(supervisor: Supervisor):
            await supervisor.run()
    """,
    "a future that is known to be done, by a name or by what is raised": """
        import asyncio
        import concurrent.futures

        class Job:
            def __init__(self, future: concurrent.futures.Future):
                self.future = future

            @property
            def status(self):
                completed = self.future.done()
                if completed:
                    return "failed" if self.future.exception() else "done"
                return "pending"

            async def wait(self):
                while self.status == "pending":
                    await asyncio.sleep(0.1)
                if self.status == "failed":
                    raise self.future.exception()
                return self.future.result()  # PAL117

        async def f(future: concurrent.futures.Future):
            done = future.done()
            if not done:
                return future.result()  # PAL117
            raise future.exception()
    """,
    "what lies beside tests": {
        "tests/test_app.py": """
            import time

            import pandas as pd

            async def test_app(tmp_path):
                (tmp_path / "a").write_text("b")
                open("a").read()
                pd.read_csv("a.csv").merge(pd.read_csv("b.csv"))
                time.sleep(1)  # PAL111
        """,
    },
    "a script that others only have the name of, or that hands its coroutine to a runner of the project": {
        "app/__init__.py": "",
        "app/commands.py": """
            import asyncio

            def exit_main(main):
                raise SystemExit(asyncio.run(main([])))
        """,
        "app/certificates.py": """
            from app.commands import exit_main

            async def main(argv):
                open("a.crt")

            if __name__ == "__main__":
                exit_main(main)
        """,
        "app/client.py": """
            import asyncio

            async def export(session):
                open("exported")

            COMMANDS = {"export": export}

            def main(workflow):
                asyncio.run(COMMANDS["export"](None))
                asyncio.run(other())
                workflow.async_run(another())

            def report(workflow):
                from app.reports import write

                workflow.async_run(write())

            async def other():
                open("other")

            async def another():
                open("another")

            if __name__ == "__main__":
                main()
        """,
        "app/reports.py": """
            async def write():
                open("written")
        """,
        "app/other.py": """
            from library import client

            def use():
                return client
        """,
        "app/shared.py": """
            import asyncio

            async def work():
                open("shared")  # PAL114

            if __name__ == "__main__":
                asyncio.run(work())
        """,
        "app/user.py": """
            from .shared import work
            from .web import app

            @app.get("/")
            async def handle():
                await work()
        """,
    },
    "texts, keywords and functions of the same name elsewhere call nothing": {
        "app/main.py": """
            from fastapi import FastAPI

            app = FastAPI()

            async def prepare(path):
                open(path)

            async def serve_page(path):
                open(path)  # PAL114

            async def lifespan(app):
                await prepare("settings")
                yield
        """,
        "app/other.py": """
            from app import main

            def prepare(method, **settings):
                return method

            async def handle(request, store):
                if request.method == "prepare":
                    return {"prepare": store.find("prepare")}
                return prepare(request, prepare=True)

            async def index(request):
                await main.serve_page(request)
        """,
    },
    "functions that call each other run aside if only start-up calls them": {
        "app/main.py": """
            from fastapi import FastAPI

            app = FastAPI()

            async def load(path):
                open(path)
                await load_all([path])

            async def load_all(paths):
                for path in paths:
                    open(path)
                    await load(path)

            async def read(path):
                open(path)  # PAL114
                await read_all([path])

            async def read_all(paths):
                for path in paths:
                    open(path)  # PAL114
                    await read(path)

            async def even(path):
                open(path)  # PAL114
                await odd(path)

            async def odd(path):
                open(path)  # PAL114
                await even(path)

            @app.get("/")
            async def index():
                await read_all(["index.html"])

            async def lifespan(app):
                await load("settings")
                await read("index.html")
                yield
        """,
    },
    "start-up in the forms of other frameworks": {
        "app/web.py": """
            from aiohttp import web

            async def read_settings(app):
                open("settings.json")

            async def database(app):
                open("database.json")
                yield
                open("closed", "w")

            async def hello(request):
                return open("hello.html")  # PAL114

            def make():
                app = web.Application()
                app.on_startup.append(read_settings)
                app.cleanup_ctx.extend([database])
                app.router.add_get("/", hello)
                return app
        """,
        "app/bot.py": """
            from aiogram import Dispatcher
            from arq import Worker
            from quart import Quart

            app = Quart(__name__)
            dispatcher = Dispatcher()

            @app.before_serving
            async def warm():
                open("model.bin")

            @app.route("/")
            async def show():
                return open("index.html")  # PAL114

            async def greet():
                open("greeting")

            async def connect(ctx):
                open("address")

            dispatcher.startup.register(greet)
            worker = Worker(functions=[], on_startup=connect)
        """,
        "app/sanic_app.py": """
            from functools import partial

            from sanic import Sanic

            async def load(path, app, loop):
                open(path)

            async def write(path, app):
                open(path)  # PAL114

            def make(path):
                app = Sanic("a")
                app.register_listener(partial(load, path), "before_server_start")
                app.register_listener(partial(write, path), "http.routing.after")
                return app
        """,
        "app/helper.py": """
            import discord
            from mode.services import Service

            class Bot(discord.Client):
                async def setup_hook(self):
                    open("greetings")

                async def on_message(self, message):
                    open("answers")  # PAL114

            class Table(Service):
                async def on_first_start(self):
                    open("table")

            class Other:
                async def on_first_start(self):
                    open("other")  # PAL114
        """,
        "app/cogs.py": """
            from discord.ext import commands

            from app.parts import Parts

            class Quiz(commands.Cog):
                def __init__(self, bot):
                    self.bot = bot

                async def cog_load(self):
                    open("questions")

                @commands.command()
                async def ask(self, context):
                    open("answers")  # PAL114
        """,
        "app/parts.py": """
            class Parts:
                def __init__(self, bot):
                    open("parts")

            async def setup(bot):
                await bot.add_cog(Parts(bot))

            async def prepare(bot):
                open("tools")  # PAL114
        """,
        "app/pytest_plugin.py": """
            import pytest

            @pytest.fixture
            def served(request):
                async def serve(path):
                    open(path)

                return serve
        """,
    },
    "decorators that give each coroutine a loop of its own, and some that do not": {
        "app/deco.py": """
            import asyncio
            import functools

            def job(function):
                @functools.wraps(function)
                def wrapper(*args, **kwargs):
                    return asyncio.run(function(*args, **kwargs))
                return wrapper

            class Plugin:
                def wrapped(self, progress=0):
                    def decorator(function):
                        @functools.wraps(function)
                        def wrapper(*args, **kwargs):
                            async def run():
                                await function(*args, **kwargs)
                            return asyncio.run(run())
                        return wrapper
                    return decorator

            def served(function):
                @functools.wraps(function)
                async def wrapper(*args, **kwargs):
                    return await function(*args, **kwargs)
                return wrapper

            def shared(loop):
                def decorator(function):
                    @functools.wraps(function)
                    def wrapper(*args, **kwargs):
                        return asyncio.run_coroutine_threadsafe(function(*args), loop).result()
                    return wrapper
                return decorator

            def beside(function):
                asyncio.run(function.prepare())
                return function

            plugin = Plugin()
        """,
        "app/use.py": """
            from app.deco import beside, job, plugin, served, shared

            @job
            async def first():
                open("a")

            @plugin.wrapped(progress=1)
            async def second():
                open("b")

            @served
            async def third():
                open("c")  # PAL114

            @shared(None)
            async def fourth():
                open("d")  # PAL114

            @beside
            async def fifth():
                open("e")  # PAL114
        """,
    },
    "what the main coroutine of a program does before anybody else is on the loop": {
        "app/server.py": """
            import asyncio
            import time
            from contextlib import asynccontextmanager

            import uvicorn
            from fastapi import FastAPI

            app = FastAPI()

            @asynccontextmanager
            async def loaded(path):
                settings = open(path)
                yield settings
                open("stopped", "w")

            async def migrate():
                open("schema.sql")

            async def watch():
                while True:
                    open("watched")  # PAL114
                    await asyncio.sleep(1)

            async def again():
                open("again")  # PAL114

            async def serve(settings):
                open("log")  # PAL114
                await uvicorn.Server(uvicorn.Config(app)).serve()

            async def main():
                open("settings.json")
                time.sleep(1)  # PAL111
                await migrate()
                await again()
                async with loaded("a") as settings:
                    watcher = asyncio.create_task(watch())
                    open("late")  # PAL114
                    await serve(settings)
                await again()

            def start():
                asyncio.run(main())

            @app.get("/")
            async def show():
                await asyncio.wait_for(again(), 1)
                return open("index.html")  # PAL114
        """,
        "app/run.py": """
            import asyncio

            def run(master):
                async def main():
                    open("options.json")
                    await master.run()

                asyncio.run(main())
        """,
    },
    "methods that only share a name, and calls for a plain value, call no method of a class": {
        "app/stores.py": """
            class Store:
                async def open(self):
                    open("store.json")

                async def close(self):
                    open("closed.json")  # PAL114

                @staticmethod
                async def prepare():
                    open("prepared")

            class Cache:
                async def open(self):
                    open("cache.json")  # PAL114

            class Bare:
                async def handle(self, event):
                    open("bare")  # PAL114

            class Other:
                async def handle(self, event):
                    open("other")  # PAL114
        """,
        "app/main.py": """
            import re

            from fastapi import FastAPI

            from app.stores import Cache, Other, Store

            app = FastAPI()
            store = Store()
            cache = Cache()

            async def lifespan(app):
                await store.open()
                await Store.prepare()
                yield
                await store.close()

            @app.get("/")
            async def index(found, other: Other):
                found.open()
                if found.open() > 1:
                    await cache.open()
                await other.handle(None)

            @app.get("/closed")
            async def closed(anything):
                await anything.close()
        """,
        "tests/test_stores.py": """
            from app.stores import Bare

            async def test_bare():
                await Bare().handle(None)
        """,
    },
    "what the main coroutine waits for first, a method or not, and what cleans up after all": {
        "app/service.py": """
            import asyncio

            import uvicorn

            class Service:
                async def run(self):
                    open("pid", "w")
                    await self.prepare()
                    task = asyncio.create_task(self.work())
                    open("started", "w")  # PAL114
                    await task

                async def prepare(self):
                    open("settings.json")

                async def work(self):
                    open("work")  # PAL114

                async def leave(self):
                    open("left", "w")

                async def watch(self):
                    open("watch")  # PAL114

            async def main():
                open("main.json")
                service = Service()
                try:
                    await service.run()
                    open("late")  # PAL114
                finally:
                    open("pid", "w")
                    await service.leave()

            async def supervise(service: Service):
                await asyncio.gather(service.watch(), service.watch())

            def start():
                asyncio.run(main())
        """,
    },
    "commands that a parser of the command line knows, and what ends the loop": {
        "app/client.py": """
            import argparse
            import asyncio

            class Session:
                def __init__(self):
                    self.loop = asyncio.new_event_loop()

                async def export(self):
                    open("exported", "w")
                    while True:
                        open("again")  # PAL114
                        await asyncio.sleep(1)

                async def follow(self):
                    open("followed")  # PAL114

                async def end(self):
                    open("end", "w")
                    self.loop.stop()

                async def cancel(self):
                    open("cancelled", "w")
                    loop = asyncio.get_running_loop()
                    loop.stop()

                async def pause(self):
                    open("paused", "w")  # PAL114
                    self.watch.stop()

            def parser():
                parser = argparse.ArgumentParser()
                parser.set_defaults(func=Session.export)
                return parser
        """,
    },
    "a script that another script only runs by its old name": {
        "app/__init__.py": "",
        "app/certificates.py": """
            import asyncio

            async def main():
                open("a.crt")

            if __name__ == "__main__":
                asyncio.run(main())
        """,
        "app/certs.py": """
            import asyncio

            from app.certificates import main

            if __name__ == "__main__":
                asyncio.run(main())
        """,
    },
    "a field that is declared as one of several types decides isinstance where it is handed to": """
        from pathlib import Path
        from typing import Optional, Union

        from pydantic import BaseModel

        class Store:
            def __init__(self, path=None):
                if path:
                    self.open(path)

            def open(self, path):
                self.file = open(path)

        class Settings(BaseModel):
            store: Optional[Store] = None
            place: Union[str, Store] = ""

        class Holder:
            @property
            def settings(self) -> Settings:
                return Settings()

            @settings.setter
            def settings(self, value: Settings) -> None:
                self.own = value

            @property
            def work(self):
                return Work(self.settings.store)

        class Work:
            def __init__(self, root: str | Path | Store):
                if isinstance(root, str) or isinstance(root, Path):
                    self.store = Store(path=Path(root))
                elif isinstance(root, Store):
                    self.store = root

            async def run(self):
                return self.store

        async def f(settings: Settings, holder: Holder):
            await holder.work.run()
            Work(settings.store)
            Work(settings.place)  # PAL114
    """,
    "what is surely given is not None in the function that it is given to": """
        from typing import Optional

        def engine_of(url: Optional[str] = None):
            if url is None:
                url = open("address").read()
            return url

        class Jobs:
            def __init__(self, name, *, url: Optional[str] = None):
                self.engine = engine_of(url=url)

        def address() -> str:
            return "a"

        async def g(url: Optional[str] = None, other: Optional[str] = None):
            if url is None:
                url = address()
            engine_of(url)
            if other is None:
                url = address()
            engine_of(other)  # PAL114

        async def f(url: str, perhaps: Optional[str], anything, default: str = None):
            engine_of(url)
            engine_of(address())
            Jobs("a", url=url)
            engine_of()  # PAL114
            engine_of(perhaps)  # PAL114
            engine_of(anything)  # PAL114
            engine_of(default)  # PAL114
    """,
    "what as_completed gives is done": """
        from concurrent.futures import Future, as_completed

        async def f(futures: list[Future], other: Future):
            for future in as_completed(futures):  # PAL117
                future.result()
                other.result()  # PAL117
            for future in futures:
                future.result()  # PAL117
            return [future.result() for future in as_completed(futures)]  # PAL117
    """,
    "names that begin as nobody who asks has heard of": {
        "app/secrets.py": """
            import os

            def secret(name, default=None):
                if name.startswith("oidc/"):
                    with open(name.removeprefix("oidc/")) as stream:
                        return stream.read()
                return os.environ.get(name, default)

            def address():
                return secret("DATABASE_URL") or secret("REDIS_URL") or secret(name="QUEUE_URL")
        """,
        "app/loading.py": """
            def load(path):
                if path.startswith("file:"):
                    return open(path.removeprefix("file:")).read()
                return path
        """,
        "app/providers.py": """
            from app.secrets import secret

            def key_of(provider):
                return secret(provider["key"])

            def explain(error):
                raise ValueError("no oidc/ reference: " + error)
        """,
        "app/named.py": """
            from app.secrets import secret

            PREFIX = "oidc/"

            def token_at(path):
                return secret(PREFIX + path)
        """,
        "app/azure.py": """
            from app.secrets import secret

            def token_of(settings):
                token = settings["token"]
                if token.startswith("oidc/"):
                    return secret(token)
                return token
        """,
        "app/main.py": """
            from app.azure import token_of
            from app.loading import load
            from app.named import token_at
            from app.providers import key_of

            async def f(provider, settings, path):
                key_of(provider)
                token_at(path)  # PAL114
                token_of(settings)  # PAL114
                return load(path)  # PAL114
        """,
    },
    "who is called by a future that is done hands on one that is": """
        import asyncio
        from concurrent.futures import Future

        class Server:
            def __init__(self):
                self._loop: asyncio.AbstractEventLoop | None = None

            def handle(self, result: Future, other: Future):
                loop = self._loop

                def tell(future: Future, name="a"):
                    loop.call_soon_threadsafe(self._finish, name, future)

                def ask(name="a"):
                    loop.call_soon_threadsafe(self._finish, name, other)  # PAL117

                result.add_done_callback(tell)
                return ask

            def _finish(self, name, future: Future):
                print(name, future.result())
    """,
    "a scheduler of the project's own is no event loop": {
        "app/scheduler.py": """
            class Steps:
                def __init__(self, steps):
                    self.steps = steps

                def __await__(self):
                    result = yield from self.steps
                    return result

            class Registry:
                def __init__(self):
                    self.known = {}

                def _wait_for(self, name):
                    while name not in self.known:
                        yield
                    return self.known[name]

                async def get(self, name):
                    return await Steps(self._wait_for(name))

            registry = Registry()

            def run(jobs):
                for job in jobs:
                    for _ in job.__await__():
                        pass
        """,
        "app/light.py": """
            import requests

            from app.scheduler import registry

            async def to_code(config):
                bus = await registry.get("bus")
                write(bus)
                await finish(bus)

            async def finish(bus):
                requests.get(bus)

            def write(bus):
                open(bus)
        """,
        "app/sensor.py": """
            async def to_code(config):
                open("sensor.h")
        """,
        "app/dashboard.py": """
            import asyncio

            class Job:
                def __init__(self, future):
                    self.future = future

                def __await__(self):
                    return self.future.__await__()

            async def show(future):
                await Job(future)
                return open("dashboard.html")  # PAL114

            async def index():
                return open("index.html")  # PAL114
        """,
    },
    "start-up and shutdown": """
        import contextlib
        import json
        import time

        from fastapi import FastAPI

        def read():
            with open("settings.json") as stream:
                return json.load(stream)

        @contextlib.asynccontextmanager
        async def lifespan(app):
            app.settings = read()
            await warm_up()
            time.sleep(1)  # PAL111
            yield
            open("down").close()

        async def warm_up():
            return open("more").read()

        app = FastAPI(lifespan=lifespan)

        @app.on_event("startup")
        async def start():
            return read()

        @app.on_event("shutdown")
        async def stop():
            return read()

        @app.get("/")
        async def route():
            return read()  # PAL114 PAL114
    """,
    "a runner of the project that hands a coroutine to a loop which all share is no script's": {
        "app/loops.py": """
            import asyncio
            import threading

            class LoopThread:
                def __init__(self):
                    self.loop = asyncio.new_event_loop()
                    threading.Thread(target=self.loop.run_forever, daemon=True).start()

                def submit(self, coroutine):
                    return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

            shared = LoopThread()

            def the_loop() -> LoopThread:
                return shared

            def run_sync(coroutine):
                runner = the_loop()
                return runner.submit(coroutine).result()

            def run_async(coroutine):
                return asyncio.new_event_loop().run_until_complete(coroutine)
        """,
        "app/work.py": """
            import anyio.from_thread

            from app.loops import run_async, run_sync

            async def beside_others():
                open("a")  # PAL114

            async def alone():
                open("a")

            async def back_on_the_loop():
                open("a")  # PAL114

            def export():
                run_sync(beside_others())

            def report():
                run_async(alone())

            def in_thread():
                anyio.from_thread.run(back_on_the_loop)
        """,
    },
    "what an object does once, to fill an attribute that is missing": """
        import time

        class Service:
            def __init__(self):
                self.client = self.cache = self.busy = None

            async def connect(self):
                settings = open("a").read()
                time.sleep(1)  # PAL111
                self.client = settings

            async def the_client(self):
                if self.client is None:
                    await self.connect()
                return self.client

            async def ensure(self):
                if self.cache is not None:
                    return
                self.cache = {}
                open("a")
                time.sleep(1)  # PAL111

            async def update(self):
                if self.busy:
                    return
                self.busy = True
                open("a")  # PAL114
                self.busy = False

            async def reload(self):
                self.cache = open("a").read()  # PAL114 PAL114

            async def refresh(self):
                if self.client is None:
                    await self.reload()
    """,
    "a document that is written out, and two vectors whose lengths are asked for": """
        import numpy as np
        import yaml
        from numpy.linalg import norm

        def similarity(a, b):
            return np.dot(a, b) / (np.linalg.norm(a) * norm(b))

        def product(a, b):
            return np.dot(a, b) / norm(a, axis=1)

        async def f(name, rows, a, b, file):
            yaml.dump({"name": f"Project {name}", "settings": {}, "models": ["a", 1]}, file)
            yaml.dump({"name": name, "rows": [*rows]})  # PAL116
            yaml.dump({**rows})  # PAL116
            yaml.dump([row for row in rows])  # PAL116
            similarity(a, b)
            product(a, b)  # PAL116
    """,
    "what a server says of start-up in the words of ASGI": """
        class Middleware:
            async def __call__(self, scope, receive, send):
                if scope["type"] == "lifespan":
                    open("a")

                    async def told(message):
                        if message["type"] == "lifespan.startup.complete":
                            open("a")
                            await self.set_up()
                        else:
                            open("a")  # PAL114
                        await send(message)

                    return await self.app(scope, receive, told)
                if scope["type"] == "http":
                    open("a")  # PAL114

            async def set_up(self):
                open("a")
    """,
    "what a worker's settings, a bot's extension and Flask name": {
        "worker.py": """
            async def connect(ctx):
                open("a")

            async def job(ctx):
                open("a")  # PAL114

            class WorkerSettings:
                functions = [job]
                on_startup = connect
        """,
        "extension.py": """
            from discord.ext import commands

            class Tags(commands.Cog):
                @commands.command()
                async def show(self, ctx):
                    open("a")  # PAL114

            async def setup(bot):
                open("a")
                await bot.add_cog(Tags(bot))
        """,
        "views.py": """
            import time

            from flask import Flask

            app = Flask(__name__)

            @app.route("/")
            async def index():
                open("a")
                time.sleep(1)  # PAL111

            def create_app():
                made = Flask(__name__)

                @made.get("/")
                async def view():
                    open("a")

                return made
        """,
        "quarts.py": """
            from quart import Quart

            app = Quart(__name__)

            @app.route("/")
            async def index():
                open("a")  # PAL114
        """,
    },
    "what a function of the module keeps, and a socket that is asked without waiting": """
        import zmq

        pipeline = None

        class Pipeline:
            async def load(self):
                self.text = open("a").read()

            async def reload(self):
                self.text = open("a").read()  # PAL114 PAL114

        async def the_pipeline():
            global pipeline
            if pipeline is None:
                pipeline = Pipeline()
                await pipeline.load()
            return pipeline

        class Router:
            def __init__(self, context: zmq.Context):
                self.socket = context.socket(zmq.PULL)

            async def run(self):
                first = self.socket.recv_pyobj(zmq.NOBLOCK)
                self.socket.send_pyobj(first, flags=zmq.DONTWAIT)
                return self.socket.recv_pyobj()  # PAL112
    """,
    "a script": {
        "script.py": """
            import asyncio
            import time

            async def work():
                return open("a").read()

            async def main():
                await work()
                time.sleep(1)  # PAL111

            if __name__ == "__main__":
                asyncio.run(main())
        """,
    },
    "loops that run within themselves, as a module that runs them has it": {
        "tests/base.py": """
            import asyncio

            import nest_asyncio

            nest_asyncio.apply()
            loop = asyncio.new_event_loop()

            def as_plain(function):
                def wrapper(*args):
                    return loop.run_until_complete(function(*args))
                return wrapper

            class Base:
                @as_plain
                async def setUp(self):
                    await asyncio.sleep(1)
        """,
        "tests/test_cohort.py": """
            from tests.base import Base

            class TestCohort(Base):
                async def asyncSetUp(self):
                    super().setUp()
        """,
        "tests/plain.py": """
            import asyncio

            loop = asyncio.new_event_loop()

            def as_plain(function):
                def wrapper(*args):
                    return loop.run_until_complete(function(*args))
                return wrapper

            class Base:
                @as_plain
                async def setUp(self):
                    await asyncio.sleep(1)
        """,
        "tests/test_plain.py": """
            from tests.plain import Base

            class TestPlain(Base):
                async def asyncSetUp(self):
                    super().setUp()  # PAL117
        """,
    },
    "a lock in a script of one thread, and in one of several": {
        "app/tenants.py": """
            import threading
            import time

            lock = threading.RLock()

            def synchronise():
                with lock:
                    time.sleep(1)
        """,
        "mend.py": """
            import asyncio

            from app.tenants import synchronise

            async def main():
                synchronise()  # PAL111

            if __name__ == "__main__":
                asyncio.run(main())
        """,
        "mend_all.py": """
            import asyncio
            from concurrent.futures import ThreadPoolExecutor

            from app.tenants import synchronise

            async def main():
                with ThreadPoolExecutor() as pool:  # PAL117
                    pool.submit(synchronise)
                    synchronise()  # PAL111 PAL117

            if __name__ == "__main__":
                asyncio.run(main())
        """,
    },
    "what all who call a coroutine give it, and what only some do": {
        "app/guide.py": """
            import asyncio
            from io import BytesIO
            from pathlib import Path

            from PIL import Image

            def encode(picture) -> str:
                return "data:"

            class Guide:
                async def predict(self, picture: str | Path | bytes):
                    size = len(picture) if isinstance(picture, bytes) else 0
                    return size, await self.load(picture)

                async def load(self, picture: str | Path | bytes):
                    if isinstance(picture, bytes):
                        return Image.open(BytesIO(picture))
                    return Image.open(picture)

                async def show(self, picture: str | Path | bytes):
                    if isinstance(picture, bytes):
                        return Image.open(BytesIO(picture))
                    return Image.open(picture)  # PAL114

                async def rank(self, picture):
                    uri = await asyncio.to_thread(encode, picture)
                    return await self.message(picture, uri)

                async def message(self, picture, uri: str | None = None):
                    if uri is None:
                        return open(picture)
                    return uri

            async def every(picture: str | bytes):
                if not isinstance(picture, bytes):
                    open(picture)  # PAL114

            HANDLERS = [every]
        """,
        "app/routes.py": """
            from fastapi import Depends, FastAPI, UploadFile

            from app.guide import Guide, every

            app = FastAPI()

            @app.post("/predict")
            async def predict(image: UploadFile, guide: Guide = Depends()):
                content = await image.read()
                await every(content)
                return await guide.predict(content), await guide.show(content), await guide.rank(content)

            @app.get("/show")
            async def show(path: str, guide: Guide = Depends()):
                return await guide.show(path)
        """,
    },
    "what a package hands on, what scripts load by its name, and a branch of `match`": {
        "app/candles/__init__.py": """
            from .loader import load

            __all__ = ["load"]
        """,
        "app/candles/loader.py": """
            async def load(path):
                open(path)
        """,
        "app/backfill.py": """
            import argparse
            import asyncio

            from app.candles import load

            async def run(paths):
                for path in paths:
                    await load(path)

            def main():
                asyncio.run(run(["a"]))

            if __name__ == "__main__":
                main()
        """,
        "etl/runner.py": """
            import asyncio
            import importlib
            import sys

            SOURCES = {"hud": "etl.sources.hud"}

            class Result: ...

            async def main(name):
                return await importlib.import_module(SOURCES[name]).run()

            if __name__ == "__main__":
                asyncio.run(main(sys.argv[1]))
        """,
        "etl/sources/hud.py": """
            async def run():
                from etl.runner import Result

                open("hud.csv")
                return Result()
        """,
        "etl/sources/other.py": """
            async def run():
                open("other.csv")  # PAL114
        """,
        "app/models.py": """
            class Local:
                def __init__(self, name):
                    open(name)

            def model_of(source, name):
                match source:
                    case "ollama" | "local":
                        return Local(name)
                    case None:
                        open(name)
                return name

            async def show(name):
                model_of("ollama", name)  # PAL114
                return model_of("huggingface", name)
        """,
    },
    "what the loop calls when a descriptor is ready": """
        import asyncio
        import os
        import socket

        def watch(loop: asyncio.AbstractEventLoop, master: int, listener: socket.socket, notes):
            def read():
                return os.read(master, 1024)

            def note():
                open(notes)

            loop.add_reader(master, read)
            loop.add_reader(listener, listener.accept)
            loop.call_soon(read)  # PAL114
            loop.add_reader(master, note)  # PAL114
    """,
    "what is read once: two globals filled at once, and a flag that says that it has been tried": """
        import joblib

        model = features = None
        tried = False
        other = None

        def fill():
            global model, features
            if model is None:
                policy = joblib.load("a")
                model, features = policy["model"], policy["features"]
            return model, features

        def attempt():
            global other, tried
            if tried:
                if other is None:
                    raise RuntimeError
                return other
            tried = True
            other = joblib.load("b")
            return other

        def asked(tried):
            if tried:
                return None
            return joblib.load("c")

        class Box:
            async def close(self):
                if self.closed:
                    return
                self.closed = True
                joblib.load("d")  # PAL114

        async def f(tried):
            fill()
            attempt()
            asked(tried)  # PAL114
    """,
    "what Django refuses to do on an event loop, and what takes that": """
        from django.core.exceptions import SynchronousOnlyOperation
        from django.db import models

        class Config(models.Model):
            name = models.CharField(max_length=8)

        def default():
            try:
                return Config.objects.first()
            except SynchronousOnlyOperation:
                return None

        def stated():
            try:
                return Config.objects.first()
            except Config.DoesNotExist:
                return None

        async def f():
            default()
            stated()  # PAL122
    """,
    "what channels runs in a thread": """
        from channels.db import database_sync_to_async
        from django.db import models

        class Event(models.Model):
            name = models.CharField(max_length=8)

        @database_sync_to_async
        def both():
            return Event.objects.first(), Event.objects.last()

        def one():
            return [Event.objects.first()]

        async def f():
            first, last = await both()
            return first, last, await database_sync_to_async(one)()
    """,
    "a deletion sends nothing before the commit where no relationship takes others with it": """
        from sqlalchemy import ForeignKey
        from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

        class Base(DeclarativeBase):
            pass

        class Machine(Base):
            __tablename__ = "machines"
            id: Mapped[int] = mapped_column(primary_key=True)
            logs: Mapped[list["Log"]] = relationship(cascade="save-update, merge")

        class Log(Base):
            __tablename__ = "logs"
            id: Mapped[int] = mapped_column(primary_key=True)
            machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id", ondelete="CASCADE"))

        async def f(db: Session, machine: Machine):
            db.delete(machine)
            db.commit()  # PAL122
    """,
    "a deletion may load what a relationship takes with it": """
        from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

        class Base(DeclarativeBase):
            pass

        class Machine(Base):
            __tablename__ = "machines"
            id: Mapped[int] = mapped_column(primary_key=True)
            logs: Mapped[list["Log"]] = relationship(cascade="all, delete-orphan")

        async def f(db: Session, machine: Machine):
            db.delete(machine)  # PAL122
            db.commit()  # PAL122
    """,
    "a deletion may load what SQLModel takes with it": """
        from sqlmodel import Relationship, Session, SQLModel

        class Machine(SQLModel, table=True):
            logs: list["Log"] = Relationship(back_populates="machine", cascade_delete=True)

        async def f(db: Session, machine: Machine):
            db.delete(machine)  # PAL122
    """,
    "a deletion takes nothing with it where the model has no such relationship, whatever another has": {
        "models.py": """
            from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

            class Base(DeclarativeBase):
                pass

            class Order(Base):
                __tablename__ = "orders"
                lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan")

            class Line(Base):
                __tablename__ = "lines"

            class Urgent(Order):
                pass
        """,
        "app.py": """
            from sqlalchemy.orm import Session
            from models import Base, Line, Order, Urgent

            async def f(db: Session, line: Line, order: Order, urgent: Urgent, any_one: Base, other):
                db.delete(line)
                db.delete(order)  # PAL122
                db.delete(urgent)  # PAL122
                db.delete(any_one)  # PAL122
                db.delete(other)  # PAL122

            async def g(db: Session, number: int):
                line = db.query(Line).filter(Line.id == number).first()  # PAL122
                if line:
                    db.delete(line)
                order = db.get(Order, number)  # PAL122
                db.delete(order)  # PAL122
        """,
    },
    "what has been fetched, and one date": """
        import feedparser
        import pandas as pd
        from pydantic import BaseModel

        class Span(BaseModel):
            start: str
            days: list[str]

        async def f(session, url, span: Span, day: str, days: list[str]):
            async with session.get(url) as answer:
                text = await answer.text()
            feedparser.parse(text)
            feedparser.parse(await answer.read())
            feedparser.parse(url)  # PAL112
            feedparser.parse(await answer.address())  # PAL112
            pd.to_datetime(day)
            pd.to_datetime(span.start)
            pd.to_datetime(span.days)  # PAL116
            pd.to_datetime(days)  # PAL116
    """,
    "a document that is written out by names of texts": """
        import json
        import yaml
        import zlib

        async def f(name: str, rows: list[str], others):
            yaml.dump({"name": name, "title": f"Project {name}"})
            settings = {"name": name, "url": f"/projects/{name}"}
            zlib.compress(json.dumps(settings).encode("utf-8"))
            yaml.dump({"rows": rows})  # PAL116
            zlib.compress(json.dumps({"others": others}).encode())  # PAL116
    """,
    "a text that a call with several results gives": """
        import pathlib
        from typing import overload

        class Config:
            def __init__(self):
                self.message: str = self.option("text")
                self.file: pathlib.Path = self.option(pathlib.Path())
                self.either = self.option(pathlib.Path())

            @overload
            def option(self, default: str) -> str: ...
            @overload
            def option(self, default: pathlib.Path) -> pathlib.Path: ...
            def option(self, default):
                return default

        async def f(config: Config):
            config.message.replace("a", "b")
            config.file.replace("a")  # PAL114
            config.either.replace("a")  # PAL114
    """,
    "a handler around what makes a coroutine": """
        import time
        from functools import wraps

        def backoff(errors, delay=1):
            def decorator(function):
                @wraps(function)
                def wrapper(*args, **kwargs):
                    while True:
                        try:
                            found = function(*args, **kwargs)
                        except errors:
                            time.sleep(delay)
                        else:
                            return found
                return wrapper
            return decorator

        class Store:
            @backoff((OSError,))
            async def read(self, key):
                return key

            @backoff((OSError,))
            def load(self, key):
                return key

        async def f(store: Store):
            await store.read("a")
            store.load("a")  # PAL111
    """,
    "a file that all who call hand in from memory": """
        from io import BytesIO
        from typing import IO

        async def store(file: IO[bytes], name: str):
            file.seek(0)
            return name, file.read()

        async def keep(file: IO[bytes]):
            return file.read()  # PAL114

        class Shelf:
            def __init__(self, file: IO[bytes]):
                self.file = file

            async def read(self):
                return self.file.read()  # PAL114

        async def f(data: bytes, file: IO[bytes]):
            buffer = BytesIO(data)
            await store(buffer, "a")
            await store(file=BytesIO(data), name="b")
            await keep(buffer)
            await keep(file)
            await Shelf(buffer).read()

        async def g(data: bytes):
            from app import store as save

            await save(BytesIO(data), "c")
    """,
    "two vectors, and a byte that wakes a thread": """
        import multiprocessing
        from sklearn.metrics.pairwise import cosine_similarity

        async def f(first, second, rows):
            cosine_similarity([first], [second])
            cosine_similarity(first.reshape(1, -1), second.reshape(1, -1))
            cosine_similarity([first], rows)  # PAL116
            cosine_similarity([*rows], [second])  # PAL116
            for row in rows:
                cosine_similarity([row], [second])  # PAL116
            here, there = multiprocessing.Pipe()
            here.send_bytes(b".")
            here.send_bytes(first)  # PAL117
    """,
    "few texts, products of vectors and small pictures": """
        import cv2
        import numpy as np
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.metrics.pairwise import cosine_similarity

        def likeness(first, second):
            table = TfidfVectorizer().fit_transform([first, second])
            return cosine_similarity(table)[0, 1], cosine_similarity(table[0:1], table[1:2])

        def ranked(text, texts):
            table = TfidfVectorizer().fit_transform([text, *texts])  # a row for each text
            return cosine_similarity(table[0:1], table)

        def angle(first, second):
            product = np.dot(first, second)
            return float(1 - product)

        async def f(text, texts, image, vectors: np.ndarray, matrix: np.ndarray):
            likeness(text, text)
            ranked(text, texts)  # PAL115 PAL116
            angle(vectors[0], vectors[1])
            for vector in vectors:
                angle(vector, vectors[0])  # PAL116
            float(1 - np.dot(vectors[0], vectors[1]))
            np.dot(vectors, matrix)  # PAL116
            cv2.resize(image, (512, 512))
            small = (64, 64)
            cv2.resize(image, small)
            cv2.resize(image, image.size)  # PAL116
            cv2.resize(image, (8192, 4096))  # PAL116
    """,
    "an iterator that a response asks in a thread": """
        from fastapi import FastAPI
        from fastapi.responses import StreamingResponse
        from langchain_openai import ChatOpenAI

        app = FastAPI()
        model = ChatOpenAI()

        @app.get("/answer")
        async def answer(question: str):
            return StreamingResponse(model.stream(question), media_type="text/event-stream")

        @app.get("/parts")
        async def parts(question: str):
            return [part for part in model.stream(question)]  # PAL112
    """,
    "what a list has, and what lies beside the module": """
        from pathlib import Path

        import numpy as np
        import yaml

        PROMPTS = Path(__file__).parent / "prompts"
        SETTINGS = Path.home() / ".tool.yml"
        TEMPLATE = "name: {name}"

        def prompt(name):
            with open(PROMPTS / f"{name}.yaml") as opened:
                return yaml.safe_load(opened)

        def settings(path=None):
            target = Path(path) if path else PROMPTS / "settings.yaml"
            with target.open(encoding="utf-8") as opened:
                return yaml.safe_load(opened) or {}

        def given(path):
            with open(path) as opened:
                return yaml.safe_load(opened)

        def sent(name):
            text = (Path(__file__).parent / "uploads" / name).read_text()
            return yaml.safe_load(text)

        def strange(data):
            data = data.read()
            return yaml.safe_load(data)

        def configured(config_path):
            with open(config_path) as opened:
                return yaml.safe_load(opened)

        def head(text):
            front_matter = text.split("---")[1]
            return yaml.safe_load(front_matter)

        async def f(name, times: list[float], image: np.ndarray, requests):
            prompt(name)  # PAL114
            settings()  # PAL114
            given(name)  # PAL114 PAL116
            sent(name)  # PAL114 PAL116
            strange(name)  # PAL116
            configured(name)  # PAL114
            head(name)
            yaml.safe_load(await requests[0].body())  # PAL116
            text = TEMPLATE.format(name=name)
            yaml.safe_load(text)
            yaml.safe_load(name.format(name=name))  # PAL116
            yaml.safe_load(SETTINGS.read_text())  # PAL114
            np.percentile(times, 95)
            np.median([each.time for each in requests])
            np.percentile(image, 95)  # PAL116
    """,
    "a lock that coroutines alone take": """
        import threading

        _buckets = {}
        _lock = threading.Lock()
        _shared = threading.Lock()
        _lent = threading.Lock()
        _kept = threading.Lock()
        public = threading.Lock()
        writing = threading.Lock()

        def sweep():
            with _shared:
                _buckets.clear()

        async def limit(key, lend):
            lend(_lent)
            with _lock:
                _buckets[key] = 1
            with _shared:  # PAL117
                _buckets[key] = 1
            with _lent:  # PAL117
                _buckets[key] = 1
            with public:
                _buckets[key] = 1
            with _kept:  # PAL117
                await key.wait()
            with writing:
                open(key)  # PAL114

        async def forget(key):
            with _lock:
                _buckets.pop(key)
    """,
    "a client that has been answered waits for nobody to be closed": """
        import httpx

        client = httpx.Client(timeout=5)

        async def f():
            client.get("https://example.com")  # PAL112
            client.close()
    """,
    "a Chroma in the process, and on a server": """
        import chromadb

        class Local:
            def __init__(self, path):
                self.collection = chromadb.PersistentClient(path=path).get_or_create_collection("a")

            async def count(self):
                return self.collection.count()  # PAL114

        class Remote:
            def __init__(self, host):
                self.collection = chromadb.HttpClient(host).get_or_create_collection("a")

            async def count(self):
                return self.collection.count()  # PAL112
    """,
    "an executor that is left when all is awaited": """
        import asyncio
        from concurrent.futures import ThreadPoolExecutor

        async def f(loop, work, times):
            with ThreadPoolExecutor() as executor:
                await loop.run_in_executor(executor, work, 1)
                await loop.run_in_executor(executor, work, 2)
            with ThreadPoolExecutor() as executor:
                future = loop.run_in_executor(executor, work)
                await future
            with ThreadPoolExecutor() as executor:  # PAL117
                future = loop.run_in_executor(executor, work)
                await asyncio.wait_for(future, 1)
            with ThreadPoolExecutor() as executor:  # PAL117
                first = loop.run_in_executor(executor, work, 1)
                second = loop.run_in_executor(executor, work, 2)
                await first
                await second
            with ThreadPoolExecutor() as executor:  # PAL117
                await loop.run_in_executor(executor, work)
                executor.submit(work)
    """,
    "a snapshot that is looked for in the cache alone": """
        from huggingface_hub import snapshot_download

        async def f(name):
            snapshot_download(name, local_files_only=True)
            return snapshot_download(repo_id=name, local_files_only=False)  # PAL112
    """,
}

LIBRARIES: Cases = {
    "clients of language models that are wrapped, routed or put into a pipeline": """
        import instructor
        import litellm
        import openai
        from crewai import Agent, Crew
        from haystack import Pipeline
        from mistralai import Mistral

        sync_client = instructor.from_openai(openai.OpenAI())
        async_client = instructor.from_openai(openai.AsyncOpenAI())
        router = litellm.Router(model_list=[])
        pipeline = Pipeline()

        async def f(crew: Crew, client: instructor.Instructor, later: instructor.AsyncInstructor, mistral: Mistral):
            sync_client.chat.completions.create(model="m", messages=[])  # PAL112
            await async_client.chat.completions.create(model="m", messages=[])
            client.messages.create(messages=[], response_model=dict)  # PAL112
            await later.messages.create(messages=[], response_model=dict)
            litellm.completion(model="m", messages=[])  # PAL112
            await litellm.acompletion(model="m", messages=[])
            router.embedding(model="m", input=[])  # PAL112
            await router.aembedding(model="m", input=[])
            crew.kickoff(inputs={})  # PAL112
            await crew.kickoff_async(inputs={})
            pipeline.run({})  # PAL112
            await pipeline.run_async({})
            mistral.chat.complete(model="m", messages=[])  # PAL112
            await mistral.chat.complete_async(model="m", messages=[])
            return litellm.token_counter(model="m", text="a"), Agent(role="a", goal="b", backstory="c")
    """,
    "an encoding is fetched once, and encodes at once; a batch waits for threads": """
        import tiktoken

        async def f(text, texts):
            encoding = tiktoken.get_encoding("cl100k_base")
            encoding.encode_batch(texts)  # PAL116
            return len(encoding.encode(text))
    """,
    "sheets, services of Google, keys of a server, and what looks up an address": """
        import gspread
        import jwt
        from email_validator import validate_email
        from firebase_admin import auth, firestore
        from googleapiclient.discovery import build

        keys = jwt.PyJWKClient("https://example.org/jwks")

        async def f(credentials, token, mail):
            sheet = gspread.authorize(credentials).open_by_key("k").sheet1  # PAL112
            sheet.append_row([1])  # PAL112
            service = build("drive", "v3", credentials=credentials)
            request = service.files().list(pageSize=10)
            request.execute()  # PAL112
            service.files().get(fileId="a").execute()  # PAL112
            key = keys.get_signing_key_from_jwt(token)  # PAL112
            jwt.decode(token, key, algorithms=["RS256"])
            validate_email(mail)  # PAL112
            validate_email(mail, check_deliverability=False)
            auth.verify_id_token(token)  # PAL112
            firestore.client()
    """,
    "what is read from a buffer is worked on, from a path is waited for": """
        import asyncio
        import io

        import docx
        import openpyxl
        import pandas as pd
        import polars as pl
        from fastapi import UploadFile

        async def f(data: bytes, upload: UploadFile):
            pd.read_excel(io.BytesIO(data))  # PAL116
            pd.read_csv(upload.file)  # PAL114
            pl.read_parquet(io.BytesIO(data))  # PAL116
            docx.Document(io.BytesIO(data))  # PAL116
            openpyxl.load_workbook(io.BytesIO(data)).save(io.BytesIO())  # PAL116
            pd.read_excel("orders.xlsx")  # PAL114
            await asyncio.to_thread(pd.read_excel, io.BytesIO(data))
    """,
    "Gemini's clients of both libraries, and their own asynchronous ways": """
        import google.generativeai as old
        from google import genai

        client = genai.Client(api_key="key")
        model = old.GenerativeModel("gemini")

        async def told():
            client.models.generate_content(model="gemini", contents="x")  # PAL112
            client.chats.create(model="gemini").send_message("x")  # PAL112
            model.generate_content("x")  # PAL112
            model.start_chat().send_message("x")  # PAL112

        async def innocent():
            await client.aio.models.generate_content(model="gemini", contents="x")
            await client.aio.chats.create(model="gemini").send_message("x")
            await model.generate_content_async("x")
            await model.start_chat().send_message_async("x")
    """,
    "where a collection of Chroma lies is told by the client; in memory it waits for nothing": """
        import chromadb

        local = chromadb.Client().create_collection("a")
        ephemeral = chromadb.EphemeralClient().get_or_create_collection("a")
        disk = chromadb.PersistentClient("there").get_collection("a")
        remote = chromadb.HttpClient("there").get_collection("a")

        async def told(given: chromadb.Collection):
            disk.query("x")  # PAL114
            remote.query("x")  # PAL112
            given.query("x")  # PAL112

        async def innocent():
            local.query("x")
            ephemeral.add("x")
    """,
    "queries of Supabase are sent by execute, and what GitPython's attributes are": """
        import git
        from supabase import acreate_client, create_client

        client = create_client("there", "key")
        repo = git.Repo("there")

        async def told():
            client.table("a").select("*").eq("id", 1).single().execute()  # PAL112
            client.rpc("f", {}).execute()  # PAL112
            repo.remotes.origin.pull()  # PAL113
            repo.remotes[0].fetch()  # PAL113
            repo.head.commit.diff("HEAD~1")  # PAL113
            for remote in repo.remotes:
                remote.push()  # PAL113

        async def innocent():
            query = client.table("a").select("*").eq("id", 1)
            other = await acreate_client("there", "key")
            await other.table("a").select("*").execute()
            return query, repo.active_branch.name, repo.head.commit.message
    """,
    "a chain asks the model in it; what only computes, or imitates a model, waits for nothing": """
        from langchain.chains import create_retrieval_chain
        from langchain.chains.combine_documents import create_stuff_documents_chain
        from langchain_community.document_loaders import PyPDFLoader
        from langchain_community.vectorstores import FAISS, PGVector
        from langchain_core.language_models import BaseChatModel, FakeListChatModel
        from langchain_core.output_parsers import StrOutputParser
        from langchain_core.prompts import ChatPromptTemplate
        from langchain_core.vectorstores import InMemoryVectorStore
        from langchain_openai import ChatOpenAI, OpenAIEmbeddings

        prompt = ChatPromptTemplate.from_template("Tell of {it}.")
        model = ChatOpenAI(model="gpt-4o")
        chain = prompt | model | StrOutputParser()
        fake = prompt | FakeListChatModel(responses=["yes"]) | StrOutputParser()
        retriever = PGVector.from_documents([], OpenAIEmbeddings()).as_retriever()
        documents = create_retrieval_chain(retriever, create_stuff_documents_chain(model, prompt))

        async def told(given: BaseChatModel, path: str):
            chain.invoke({"it": "rain"})  # PAL112
            model.with_structured_output(dict).invoke("rain")  # PAL112
            (prompt | model.bind_tools([])).invoke({})  # PAL112
            given.invoke("rain")  # PAL112
            documents.invoke({"input": "rain"})  # PAL112
            PyPDFLoader(path).load()  # PAL114
            for token in chain.stream({"it": "rain"}):  # PAL112
                yield token

        async def innocent(texts):
            prompt.invoke({"it": "rain"})
            fake.invoke({"it": "rain"})
            await chain.ainvoke({"it": "rain"})
            FAISS.from_texts(texts, OpenAIEmbeddings()).similarity_search("rain")
            InMemoryVectorStore.from_texts(texts, OpenAIEmbeddings()).similarity_search("rain")
            async for token in chain.astream({"it": "rain"}):
                yield token
    """,
    "a graph that runs its nodes, and what a class method gives that waits itself": """
        import git
        from langgraph.graph import StateGraph

        builder = StateGraph(dict)
        builder.add_node("answer", print)
        graph = builder.compile()

        async def told():
            graph.invoke({})  # PAL112
            clone = git.Repo.clone_from("there", "here")  # PAL113
            clone.is_dirty()  # PAL113

        async def innocent():
            builder.add_node("other", print)
            await graph.ainvoke({})
    """,
    "duckdb plans a query, and computes it when its rows are asked for": """
        import duckdb

        async def f(connection: duckdb.DuckDBPyConnection):
            rows = duckdb.sql("SELECT 1")
            rows.fetchall()  # PAL122
            duckdb.connect().execute("SELECT 1")  # PAL122
            duckdb.connect(database=":memory:")
            duckdb.connect("a.db")  # PAL122
            connection.read_parquet("a.parquet").filter("x > 1").df()  # PAL122
            table = connection.query("SELECT 1")
            connection.execute("SELECT 1")  # PAL122
            return table.arrow()  # PAL122
    """,
    "a listing that comes in pages waits where it is iterated": """
        from azure.storage.blob import ContainerClient
        from google.cloud import storage

        async def f(container: ContainerClient, client: storage.Client):
            listed = container.list_blobs()
            for blob in listed:  # PAL112
                print(blob.name)
            names = []
            names.extend(client.list_blobs("a"))  # PAL112
            buckets = client.list_buckets()
            first = next(iter(buckets))
            for found in client.list_blobs("a"):  # PAL112
                found.download_as_bytes()  # PAL112
            return list(container.list_blob_names()), first  # PAL112
    """,
    "a loop that waits until a future is done": """
        import asyncio
        import concurrent.futures

        async def f(future: concurrent.futures.Future, other: concurrent.futures.Future):
            while not future.done():
                await asyncio.sleep(0.1)
            future.result()
            while not other.done():
                if not other.running():
                    break
            other.result()  # PAL117
    """,
    "what is given decides what a union with a type variable is": """
        from typing import TypeVar, Union, overload

        import requests

        T = TypeVar("T")

        def ask(url, model: type[T] | None = None) -> Union[requests.Response, T]:
            response = requests.Request("GET", url)
            return model(response) if model is not None else requests.Response()

        class Client:
            @overload
            def ask(self, url, model: type[T]) -> T: ...
            @overload
            def ask(self, url, model: None = None) -> requests.Response: ...
            def ask(self, url, model: type[T] | None = None) -> Union[requests.Response, T]:
                return requests.Response()

        def ask_again(url) -> requests.Response | T:
            return requests.Response()

        def ask_plainly(url) -> Union[requests.Response, None]:
            return requests.Response()

        async def f(url):
            [item for item in ask(url, list)]
            [item for item in ask_again(url)]
            [item for item in Client().ask(url, list)]
            return [item for item in ask_plainly(url)]  # PAL112
    """,
    "a datagram waits where it is received, not where its socket is connected": """
        import socket

        async def f(address):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            s.connect(address)
            s.send(b"a")
            other = socket.socket(type=socket.SOCK_DGRAM)
            other.recv(8)  # PAL112
            stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            stream.connect(address)  # PAL112
    """,
    "who waits for a condition lets go of its lock": """
        import threading
        import time

        class Buffer:
            def __init__(self):
                self.ready = threading.Condition()
                self.lock = threading.Lock()

            def read(self):
                with self.ready:
                    self.ready.wait()

            def close(self):
                with self.ready:
                    self.ready.notify_all()

            def save(self):
                with self.lock:
                    time.sleep(1)

            def ask(self):
                with self.lock:
                    return 1

        async def f(buffer: Buffer):
            buffer.close()
            buffer.ask()  # PAL117
    """,
    "a thread of the project does what it is asked for where it works": """
        import queue
        import sqlite3
        import threading

        class Writer(threading.Thread):
            def __init__(self):
                super().__init__()
                self.jobs = queue.Queue()
                self.connection = sqlite3.connect("a.db")

            def run_in_order(self, statement):
                if self.is_alive():
                    self.jobs.put_nowait(statement)
                else:
                    self.connection.execute(statement)

            def stop(self):
                if self.is_alive():
                    self.join()

        async def f(writer: Writer, other: threading.Thread, connection: sqlite3.Connection):
            writer.run_in_order("SELECT 1")
            writer.stop()  # PAL117
            if not other.is_alive():
                connection.execute("SELECT 1")  # PAL122
    """,
    "a singleton is made once, whoever asks for it": """
        from pathlib import Path

        class SingletonMeta(type):
            made = {}

            def __call__(cls, *args):
                if cls not in cls.made:
                    cls.made[cls] = super().__call__(*args)
                return cls.made[cls]

        class Settings(metaclass=SingletonMeta):
            def __init__(self):
                self.text = Path("settings.json").read_text()

        class Own(Settings):
            pass

        class Each(metaclass=type):
            def __init__(self):
                self.text = Path("settings.json").read_text()

        class Manager:
            def __init__(self):
                self.text = Path("settings.json").read_text()

            @classmethod
            def instance(cls):
                if not hasattr(cls, "_instance") or cls._instance is None:
                    cls._instance = cls()
                return cls._instance

            @classmethod
            def other(cls):
                if not hasattr(cls, "_instance") or cls._instance is None:
                    return cls()

        async def f():
            Settings()
            Own()
            Each()  # PAL114
            Manager.instance()
            Manager.other()  # PAL114
    """,
    "a singleton is what the methods of its class assign to the class": """
        import requests

        class ByClass:
            _one = None

            @classmethod
            def instance(cls):
                if cls._one is None:
                    cls._one = cls()
                return cls._one

            def call(self):
                return requests.get("there")

        class Derived(ByClass):
            def call(self):
                return b""

        class ByName:
            _one = None

            @staticmethod
            def instance():
                if ByName._one is None:
                    ByName._one = ByName()
                return ByName._one

            def call(self):
                return requests.get("there")

        class Other:
            _one = None

            def set(self):
                self._one = ByName()

            @classmethod
            def instance(cls):
                return cls._one

        async def f():
            ByClass.instance().call()  # PAL112
            Derived.instance().call()
            ByName.instance().call()  # PAL112
            Other.instance().call()
    """,
    "what the methods of a class put into a table of theirs is in it, unless another thing is known of the table": """
        from collections.abc import Mapping

        import requests

        class Tracker:
            def add(self, number):
                requests.post("there", json=number)

        class Silent:
            def add(self, number):
                return number

        class Bot:
            known = {}

            def __init__(self, given):
                self.usage = {}
                self.silent = {}
                self.declared: dict[str, Silent] = {}
                self.given = given

            async def handle(self, user):
                if user not in self.usage:
                    self.usage[user] = Tracker()
                self.usage[user].add(1)  # PAL112
                tracker = self.usage.get(user)
                tracker.add(2)  # PAL112
                for each in self.usage.values():
                    each.add(3)  # PAL112
                self.known[user] = tracker
                self.known["me"].add(4)  # PAL112

            async def innocent(self, user):
                self.silent[user] = Silent()
                self.silent[user].add(1)
                self.declared[user] = Tracker()
                self.declared[user].add(1)
                self.given[user] = Tracker()
                self.given.get(user).add(1)
                self.usage.clear()
    """,
    "an abstract class is declared and one of its classes is given; of several a setting chooses": """
        from abc import ABC, abstractmethod
        from typing import Annotated, Protocol

        import requests
        from fastapi import Depends, FastAPI

        app = FastAPI()

        class Store(ABC):
            @abstractmethod
            def get(self, key: str) -> bytes: ...

            def both(self, key: str) -> bytes:
                return requests.get(key).content

        class Reader(Protocol):
            def get(self, key: str) -> bytes: ...

        class Remote(Store):
            def get(self, key: str) -> bytes:
                return requests.get(key).content

        class Memory(Store):
            def get(self, key: str) -> bytes:
                return b""

        def make() -> Store:
            return Remote()

        def maybe(key: str) -> Store | None:
            if not key:
                return None
            return Remote()

        def chosen(name: str) -> Store:
            return Remote() if name == "remote" else Memory()

        def unknown(name: str) -> Store:
            return STORES[name]

        def load(store: Store, key: str) -> bytes:
            return store.get(key)

        class Service:
            def __init__(self, reader: Reader):
                self.reader = reader

            def load(self, key: str) -> bytes:
                return self.reader.get(key)

        remote, memory = Service(Remote()), Service(Memory())

        @app.get("/given")
        async def given(key: str, store: Store = Depends(make)):
            return store.get(key)  # PAL112

        @app.get("/annotated")
        async def annotated(key: str, store: Annotated[Store, Depends(make)]):
            return store.get(key)  # PAL112

        @app.get("/made")
        async def made(key: str):
            make().get(key)  # PAL112
            load(Remote(), key)  # PAL112
            load(Memory(), key)
            load(unknown(key), key)
            remote.load(key)  # PAL112
            memory.load(key)
            if store := maybe(key):
                store.get(key)  # PAL112

        @app.get("/chosen")
        async def selected(key: str):
            chosen(key).get(key)
            load(chosen(key), key)
            chosen(key).both(key)  # PAL112
            unknown(key).both(key)  # PAL112
    """,
    "what an insert does on a conflict is said before it is executed": """
        from peewee import CharField, Model

        class Usage(Model):
            day = CharField()

        async def add(day):
            Usage.insert(day=day).on_conflict(conflict_target=[Usage.day], update={}).execute()  # PAL122
            Usage.insert(day=day).on_conflict_ignore().execute()  # PAL122
            Usage.replace(day=day).execute()  # PAL122
            return Usage.insert(day=day).on_conflict_replace()
    """,
    "what a model is asked for one of is an object of it": """
        from peewee import CharField, Model

        class User(Model):
            name = CharField()

        async def rename(name):
            user = User.get_or_none(User.name == name)  # PAL122
            if user is None:
                user = User.create(name=name)  # PAL122
            user.save()  # PAL122
            other, made = User.get_or_create(name=name)  # PAL122
            other.delete_instance()  # PAL122
            return User.get_by_id(3)  # PAL122

        async def innocent(user):
            rows = [row.get("name") for row in await fetch(User.select().dicts())]
            user.save()
            return rows, User.name.contains("a"), User(name="a").name.upper()
    """,
    "a caller's argument decides `isinstance` where its type is sure": """
        import pathlib
        from enum import Enum
        from typing import Optional, Protocol, Union

        import requests
        from library import Tag, documented

        class Repo:
            def __init__(self, path: str):
                self.path = path

        class Sub(Repo):
            pass

        class Other:
            pass

        class Word(str, Enum):
            A = "a"

        class Duck(Protocol):
            path: str

        def load(repo):
            if repo is None:
                repo = "."
            if isinstance(repo, pathlib.Path):
                repo = str(repo)
            if isinstance(repo, str):
                requests.get(repo)
            return repo

        def below(repo):
            if isinstance(repo, Sub):
                requests.get(repo.path)

        def quacks(repo):
            if isinstance(repo, Duck):
                requests.get(repo.path)

        def other(repo):
            if not isinstance(repo, (str, bytes)):
                return repo.path
            requests.get(repo)

        def handed_on(repo):
            return load(repo)

        def read(page):
            if isinstance(page, pathlib.Path):
                return page.read_text()

        def tag() -> Tag:
            return Tag("p")

        @documented
        def make() -> Repo:
            return Repo("a")

        async def f(
            repo: Repo, maybe: Optional[Repo], path: pathlib.Path | None, either: Union[str, Repo], any, w: Word,
        ):
            load(repo)
            load(maybe)  # PAL112
            load(path)  # PAL112
            load(either)  # PAL112
            load(any)  # PAL112
            load(w)  # PAL112
            load(make())
            load("a")  # PAL112
            load([either])
            handed_on(repo)
            handed_on(either)  # PAL112
            load(Repo("a"))
            load(f)
            below(repo)  # PAL112
            below(Repo("a"))
            below(Sub("a"))  # PAL112
            below(either)  # PAL112
            quacks(repo)  # PAL112
            other(repo)
            other({})
            other("a")  # PAL112
            other(either)  # PAL112
            made = Repo("b")
            load(made)
            read(tag())
            read(any)  # PAL114
            if isinstance(any, Other):
                load(any)
            else:
                load(any)  # PAL112

        def outer(one, many):
            if many:
                one = many[0]

            def inner():
                if isinstance(one, Repo):
                    if isinstance(one, str):
                        requests.get(one)

            return inner

        class Hook:
            def run(self):
                load(self)
                load(self.run)

            async def start(self):
                self.run()
    """,
    "a queue behind a method is not waited for where it was found not to be empty": """
        import queue
        import threading
        from concurrent.futures import Future

        class Ordered:
            def __init__(self):
                self.inner = queue.PriorityQueue()
                self.lock = threading.Lock()
                self.active = set()

            def empty(self):
                return self.inner.empty()

            def get(self):
                return self.inner.get()

            def finished(self, future: Future):
                with self.lock:
                    self.active.discard(future)
                    print(future.exception())

            def track(self, future: Future):
                with self.lock:
                    self.active.add(future)

        class Environment:
            def __init__(self):
                self.pending = Ordered()

            async def flush(self, future: Future):
                while not self.pending.empty():
                    self.pending.get()
                self.pending.get()  # PAL117
                self.pending.track(future)
    """,
    "a datagram socket waits for nobody when it is connected, and numbers need not be looked up": """
        import socket

        NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV

        async def f(host, port):
            found = socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_DGRAM, 0)  # PAL112
            for family, kind, protocol, _, address in found:
                with socket.socket(family, kind, protocol) as datagram:
                    datagram.connect(address)
            for address in socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=NUMERIC):
                family, kind, protocol, _, where = address
                with socket.socket(family, kind, protocol) as datagram:
                    datagram.connect(where)
            for address in socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST):
                family, kind, protocol, _, where = address
                with socket.socket(family, kind, protocol) as stream:
                    stream.connect(where)  # PAL112
    """,
    "a stream of gRPC waits where it is iterated, and a client of MQTT where it connects": """
        import grpc
        import paho.mqtt.client as mqtt

        async def f(request, method):
            channel = grpc.insecure_channel("localhost:1")
            call = channel.unary_stream(method)(request)
            for answer in call:  # PAL112
                print(answer)
            channel.unary_unary(method)(request)  # PAL112
            client = mqtt.Client()
            client.connect("localhost")  # PAL112
            client.disconnect()
    """,
    "what lies in memory is no file, whatever it is annotated as": """
        import io
        import tarfile
        import zipfile

        import pyarrow as pa
        import pyarrow.ipc

        def first(archive: tarfile.TarFile) -> bytes:
            return archive.extractfile("a").read()

        def named(archive: zipfile.ZipFile, name: str) -> bytes:
            with archive.open(name) as stream:
                return stream.read()

        def written(table):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_file(sink, table.schema) as writer:
                writer.write(table)
            return sink.getvalue()

        async def f(data: bytes, table):
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                first(archive)
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                named(packed, "a")
            written(table)
            with zipfile.ZipFile("a.zip") as packed:  # PAL114
                named(packed, "a")  # PAL114 PAL114
    """,
    "network": """
        import ftplib
        import http.client
        import smtplib
        import socket
        import ssl
        import urllib.request

        import boto3
        import geocoder
        import httpx
        import paramiko
        import pika
        import urllib3
        from geopy.geocoders import Nominatim
        from kafka import KafkaProducer

        s3 = boto3.client("s3")
        table = boto3.resource("dynamodb").Table("t")
        geo = Nominatim(user_agent="a")
        pool = urllib3.PoolManager()
        producer = KafkaProducer()

        async def f(url, sock: socket.socket):
            s3.get_object(Bucket="b", Key="k")  # PAL112
            table.put_item(Item={})  # PAL112
            geo.geocode("x")  # PAL112
            geocoder.osm("x")  # PAL112
            pool.request("GET", url)  # PAL112
            httpx.get(url)  # PAL112
            with httpx.stream("GET", url) as answer:  # PAL112
                answer.read()  # PAL112
            connection = http.client.HTTPConnection("h")
            connection.request("GET", "/")  # PAL112
            connection.getresponse()  # PAL112
            sock.recv(1)  # PAL112
            socket.create_connection(("h", 1))  # PAL112
            socket.getaddrinfo("h", 1)  # PAL112
            ssh = paramiko.SSHClient()
            ssh.connect("h")  # PAL112
            ftplib.FTP("h")  # PAL112
            urllib.request.urlopen(url)  # PAL112
    """,
    "processes": """
        import os
        import subprocess

        async def f(process: subprocess.Popen):
            subprocess.run(["a"])  # PAL113
            subprocess.call(["a"])  # PAL113
            subprocess.check_call(["a"])  # PAL113
            subprocess.check_output(["a"])  # PAL113
            subprocess.getoutput("a")  # PAL113
            subprocess.Popen(["a"])  # PAL113
            os.system("a")  # PAL113
            os.popen("a")  # PAL113
            os.waitpid(1, 0)  # PAL113
            os.spawnl(os.P_WAIT, "a", "a")  # PAL113
            process.communicate()  # PAL113
            process.wait(timeout=1)  # PAL113
            process.poll()
            process.terminate()
    """,
    "files": """
        import bz2
        import codecs
        import glob
        import gzip
        import io
        import lzma
        import os
        import pathlib
        import shutil
        import tarfile
        import tempfile
        import zipfile

        import joblib
        import numpy as np
        import pandas as pd
        import pyarrow.parquet as pq
        from PIL import Image

        HERE = pathlib.Path(__file__).parent

        async def f(p: pathlib.Path):
            io.open("a")  # PAL114
            codecs.open("a")  # PAL114
            gzip.open("a")  # PAL114
            bz2.open("a")  # PAL114
            lzma.open("a")  # PAL114
            zipfile.ZipFile("a")  # PAL114
            tarfile.open("a")  # PAL114
            p.read_bytes()  # PAL114
            p.write_text("a")  # PAL114
            (p / "a" / "b").write_bytes(b"")  # PAL114
            p.parent.joinpath("a").read_text()  # PAL114
            p.with_suffix(".b").open()  # PAL114
            (HERE / "a").read_text()  # PAL114
            list(p.iterdir())  # PAL114
            shutil.copy("a", "b")  # PAL114
            shutil.rmtree("a")  # PAL114
            os.listdir("a")  # PAL114
            glob.glob("*")  # PAL114
            list(os.walk("a"))  # PAL114
            tempfile.NamedTemporaryFile()  # PAL114
            joblib.load("a")  # PAL114
            np.load("a.npy")  # PAL114
            np.save("a.npy", [])  # PAL114
            pd.read_csv("a.csv")  # PAL114
            pd.DataFrame().to_parquet("a")  # PAL114
            pq.read_table("a")  # PAL114
            Image.open("a").save("b")  # PAL114 PAL114
    """,
    "inference": """
        import h2o
        import lightgbm as lgb
        import onnxruntime as ort
        import xgboost as xgb
        from catboost import CatBoostClassifier
        from h2o.estimators import H2OGradientBoostingEstimator
        from sklearn.ensemble import GradientBoostingClassifier
        from sklearn.pipeline import Pipeline, make_pipeline
        from sklearn.preprocessing import StandardScaler
        from transformers import AutoModelForCausalLM

        session = ort.InferenceSession("m.onnx")
        chat = AutoModelForCausalLM.from_pretrained("m")
        chain = make_pipeline(StandardScaler(), GradientBoostingClassifier())

        async def f(x, y, frame: h2o.H2OFrame, booster: lgb.Booster, pipeline: Pipeline):
            h2o.init()  # PAL115
            h2o.H2OFrame(x)  # PAL115
            h2o.load_model("m").predict(frame)  # PAL115 PAL115
            gbm = H2OGradientBoostingEstimator(ntrees=10)
            gbm.train(x=x, y=y, training_frame=frame)  # PAL115
            frame.as_data_frame()  # PAL115
            GradientBoostingClassifier().fit(x, y).predict(x)  # PAL115 PAL115
            StandardScaler().fit_transform(x)  # PAL115
            pipeline.predict(x)  # PAL115
            chain.fit(x, y)  # PAL115
            booster.predict(x)  # PAL115
            xgb.train({}, x)  # PAL115
            CatBoostClassifier().predict_proba(x)  # PAL115
            session.run(None, {"x": x})  # PAL115
            chat.generate(x)  # PAL115
    """,
    "databases": """
        import sqlite3

        import psycopg
        import psycopg2
        import psycopg2.pool
        import pymysql
        from pymongo import MongoClient
        from sqlalchemy import create_engine, select, text
        from sqlalchemy.orm import scoped_session, sessionmaker
        from sqlmodel import Session

        engine = create_engine("postgresql://db")
        Local = sessionmaker(bind=engine)
        scoped = scoped_session(Local)

        async def f(pool: psycopg2.pool.ThreadedConnectionPool, model_session: Session):
            with psycopg.connect("db") as connection, connection.cursor() as cursor:  # PAL122 PAL122
                cursor.execute("SELECT 1").fetchone()  # PAL122 PAL122
            with psycopg2.connect("db") as other:  # PAL122 PAL122
                other.cursor().execute("SELECT 1")  # PAL122
            pool.getconn()  # PAL122
            pymysql.connect(host="db").commit()  # PAL122 PAL122
            with engine.begin() as begun:  # PAL122
                begun.execute(text("SELECT 1"))  # PAL122
            with Local() as session:
                session.scalars(select(1)).all()  # PAL122
                session.get(object, 1)  # PAL122
            with Local.begin() as session:  # PAL122
                session.execute(text("SELECT 1"))  # PAL122
            scoped.execute(text("SELECT 1"))  # PAL122
            scoped.query(object).first()  # PAL122
            model_session.exec(select(1))  # PAL122
            MongoClient().db.users.find_one({})  # PAL122
            rows = sqlite3.connect("a").cursor().execute("SELECT 1")  # PAL122 PAL122
            return rows.fetchall()  # PAL122
    """,
    "redis": """
        import redis
        from redis.cluster import RedisCluster
        from redis.sentinel import Sentinel

        r = redis.Redis()
        script = r.register_script("return 1")

        async def f(cluster: RedisCluster, sentinel: Sentinel):
            with r.pipeline() as pipe:
                pipe.get("a").set("b", 1)
                pipe.execute()  # PAL131
            r.pipeline().get("a").execute()  # PAL131
            lock = r.lock("a")
            lock.acquire()  # PAL131
            for key in r.scan_iter("a*"):  # PAL131
                print(key)
            script(keys=["a"])  # PAL131
            cluster.get("a")  # PAL131
            sentinel.master_for("m").get("a")  # PAL131
            channel = r.pubsub()
            channel.get_message()  # PAL131
            r.json().get("a")  # PAL131
    """,
    "computation": """
        import gzip
        import hashlib
        import zlib

        import bcrypt
        import numpy as np
        import pandas as pd
        import sympy
        from cryptography.hazmat.primitives.asymmetric import rsa
        from passlib.context import CryptContext
        from PIL import Image

        passwords = CryptContext(schemes=["bcrypt"])

        async def f(frame: pd.DataFrame, image: Image.Image, a: np.ndarray, data: bytes):
            frame.groupby("a").sum()  # PAL116
            frame.groupby("a")["b"].mean()  # PAL116
            frame.pivot_table("a")  # PAL116
            frame["a"].apply(str)  # PAL116
            frame.apply(sum, axis=1)  # PAL116
            pd.merge(frame, frame)  # PAL116
            pd.concat([frame]).drop_duplicates()  # PAL116 PAL116
            np.linalg.svd(a)  # PAL116
            np.fft.rfft(a)  # PAL116
            np.sort(a)  # PAL116
            sympy.solve("x")  # PAL116
            bcrypt.checkpw(data, data)  # PAL116
            passwords.verify("a", "b")  # PAL116
            hashlib.scrypt(data, salt=data, n=1, r=1, p=1)  # PAL116
            zlib.compress(data)  # PAL116
            gzip.compress(data)  # PAL116
            image.resize((1, 1)).rotate(90)  # PAL116 PAL116
            rsa.generate_private_key(65537, 2048)  # PAL116
            return frame.shape, frame.columns, frame.iloc[0], a.shape, a.T
    """,
    "waits": """
        import asyncio
        import multiprocessing
        import queue
        import threading
        from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed, wait
        from multiprocessing.pool import Pool

        class Worker(threading.Thread):
            def run(self):
                return None

        class Owner:
            def __init__(self):
                self.thread = threading.Thread(target=print)
                self.process = multiprocessing.Process(target=print)
                self.ready = threading.Event()
                self.changed = threading.Condition()
                self.slots = threading.BoundedSemaphore(2)
                self.inbox = queue.PriorityQueue()

            async def stop(self):
                self.thread.join()  # PAL117
                self.process.join()  # PAL117
                self.ready.wait(1)  # PAL117
                self.changed.wait()  # PAL117
                self.slots.acquire()  # PAL117
                self.inbox.get()  # PAL117
                self.inbox.get(timeout=5)  # PAL117
                self.inbox.join()  # PAL117

        async def f(future: Future, pool: Pool, threads: ThreadPoolExecutor, futures):
            Worker().join()  # PAL117
            future.result()  # PAL117
            future.result(timeout=5)  # PAL117
            future.exception()  # PAL117
            threads.submit(print).result()  # PAL117
            list(threads.map(print, [1]))  # PAL117
            wait(futures)  # PAL117
            for done in as_completed(futures):  # PAL117
                done.result()
            pool.map(print, [1])  # PAL117
            pool.apply_async(print).get()  # PAL117
            one, other = multiprocessing.Pipe()
            one.recv()  # PAL117
            input()  # PAL117
            asyncio.run(asyncio.sleep(1))  # PAL117
            asyncio.get_running_loop().run_until_complete(asyncio.sleep(1))  # PAL117
            asyncio.run_coroutine_threadsafe(asyncio.sleep(1), asyncio.get_running_loop()).result()  # PAL117
    """,
}

OFFLOADS: Cases = {
    "PAL118 instead of a second finding for the same call": """
        import asyncio
        import threading
        import time
        from concurrent.futures import ThreadPoolExecutor

        import requests
        from fastapi import BackgroundTasks

        def load(url):
            return requests.get(url).text

        def log(text) -> None:
            print(text)

        async def f(url, model, pool: ThreadPoolExecutor, tasks: BackgroundTasks):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, model.predict(url))  # PAL118:37
            await loop.run_in_executor(pool, load(url))  # PAL118:37
            await loop.run_in_executor(None, func=load(url))  # PAL118:42
            await asyncio.to_thread(time.sleep(1))  # PAL118:28
            pool.submit(time.sleep(1))  # PAL118
            pool.map(load(url), [])  # PAL117 PAL118
            tasks.add_task(log("done"))  # PAL118
            threading.Thread(target=log("done"))  # PAL118

        def start():
            threading.Thread(target=log("done")).start()  # PAL118
    """,
    "values that certainly cannot be called, by annotation and by what is returned": """
        import asyncio
        from collections.abc import Callable
        from typing import Any

        import pandas as pd

        def table() -> dict[str, int]:
            return LIMITS["table"]

        def ready() -> bool:
            return LIMITS["ready"]

        def frame() -> pd.DataFrame:
            return LIMITS["frame"]

        def nothing() -> None:
            LIMITS.clear()

        def display():
            return {"a": 1}

        def text(name):
            return f"Hello {name}"

        def rows(values):
            if not values:
                return None
            return [value for value in values]

        def anything() -> Any:
            return LIMITS["anything"]

        def callback() -> Callable[[], None]:
            return LIMITS["callback"]

        def same(value):
            return value

        async def f(name, data: pd.DataFrame):
            await asyncio.to_thread(table())  # PAL118:28
            await asyncio.to_thread(ready())  # PAL118
            await asyncio.to_thread(frame())  # PAL118
            await asyncio.to_thread(nothing())  # PAL118
            await asyncio.to_thread(display())  # PAL118
            await asyncio.to_thread(text(name))  # PAL118
            await asyncio.to_thread(rows(name))  # PAL118
            await asyncio.to_thread(data.merge(data))  # PAL118
            await asyncio.to_thread(anything())
            await asyncio.to_thread(callback())
            await asyncio.to_thread(same(name))
    """,
    "callables that calls return": """
        import asyncio
        import functools
        import operator

        class Scorer:
            def __call__(self, rows):
                return rows

        class Plain:
            pass

        def make(flag):
            def work():
                return flag
            return work

        def choose(name):
            return {"print": print}[name]

        def bound(scorer):
            return scorer.score

        async def f(registry, name):
            await asyncio.to_thread(Scorer(), 1)
            await asyncio.to_thread(make(True))
            await asyncio.to_thread(choose("print"), 1)
            await asyncio.to_thread(bound(name), 1)
            await asyncio.to_thread(registry.get(name), 1)
            await asyncio.to_thread(getattr(registry, name), 1)
            await asyncio.to_thread(functools.partial(print, 1))
            await asyncio.to_thread(operator.itemgetter(0), [1])
            await asyncio.to_thread(functools.lru_cache(print), 1)
            await asyncio.to_thread(Plain())  # PAL118
    """,
    "what a process cannot be given": """
        import asyncio
        import multiprocessing
        import socket
        import threading
        from concurrent.futures import ProcessPoolExecutor
        from functools import partial

        import anyio.to_process
        import redis

        def work(*arguments):
            return arguments

        class Base:
            def __init__(self):
                self._lock = threading.Lock()

        class Service(Base):
            executor = None

            def __init__(self):
                super().__init__()
                self.executor = ProcessPoolExecutor(2)

            def compute(self, x):
                return x

            async def run(self, x):
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self.executor, self.compute, x)  # PAL110
                await loop.run_in_executor(self.executor, partial(self.compute, x))  # PAL110
                await loop.run_in_executor(self.executor, work, self)  # PAL110
                await loop.run_in_executor(self.executor, work, x)

        class Cache:
            def __init__(self, client: redis.Redis):
                self.client = client

            def warm(self):
                return None

        async def f(cache: Cache, sock: socket.socket, x):
            await anyio.to_process.run_sync(cache.warm)  # PAL110
            await anyio.to_process.run_sync(work, sock)  # PAL110
            await anyio.to_process.run_sync(work, x)

        def g(cache: Cache, values):
            def nested(value):
                return value

            with ProcessPoolExecutor() as pool:
                pool.submit(cache.warm)  # PAL110
                pool.submit(work, lock=threading.Lock())  # PAL110
                pool.submit(work, key=lambda value: value)  # PAL110
                list(pool.map(lambda value: value, values))  # PAL110
                list(pool.map(nested, values))  # PAL110
                list(pool.map(work, values))
            with multiprocessing.Pool(2) as workers:
                workers.map(nested, values)  # PAL110
                workers.apply_async(cache.warm)  # PAL110
                workers.starmap(work, values)
    """,
    "work that holds the GIL": """
        import asyncio
        import time
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

        import anyio.to_thread
        import bcrypt
        import sympy

        def crunch(matrix):
            total = 0
            for row in matrix:
                for value in row:
                    total += value * value
            return total

        def once(rows):
            return [row * 2 for row in rows]

        def patient(rows):
            for row in rows:
                for value in row:
                    time.sleep(value)

        class Solver:
            def __init__(self):
                self.threads = ThreadPoolExecutor()
                self.processes = ProcessPoolExecutor()

            async def solve(self, text):
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self.threads, sympy.solve, text)  # PAL119
                self.threads.submit(sympy.solve, text)  # PAL119
                self.processes.submit(sympy.solve, text)
                await loop.run_in_executor(self.processes, sympy.solve, text)

        async def f(matrix, text):
            loop = asyncio.get_running_loop()
            await asyncio.to_thread(crunch, matrix)  # PAL119
            await anyio.to_thread.run_sync(crunch, matrix)  # PAL119
            await loop.run_in_executor(None, sympy.expand, text)  # PAL119
            await asyncio.to_thread(once, matrix)
            await asyncio.to_thread(patient, matrix)
            await asyncio.to_thread(bcrypt.hashpw, b"", b"")
    """,
}

#: Ways that what a caller hands over, or a setting of the module, keeps from being taken.
EXCLUDED: Cases = {
    "what a helper is given, or has by default, keeps a call from blocking": """
        import queue

        from email_validator import validate_email

        jobs = queue.Queue()

        def take(block=False):
            return jobs.get(block=block)

        def normalized(mail, check=True):
            return validate_email(mail, check_deliverability=check).normalized

        async def f(mail, block):
            take()
            take(block=True)  # PAL117
            take(block)  # PAL117
            normalized(mail)  # PAL112
            normalized(mail, False)
            normalized(mail, check=False)
    """,
    "an attribute that was found set is set in the methods that are called then": """
        import time

        class Image:
            def __init__(self, content, url):
                self.content = content
                self.url = url

            def data(self):
                if self.content:
                    return self.content
                elif self.url:
                    time.sleep(1)

            def text(self):
                return self.data()

            def to_dict(self):
                if self.url and self.content:
                    return self.text()
                return {}

            def in_any_case(self):
                if self.url:
                    return self.text()

            def forgotten(self):
                if self.content:
                    self.content = None
                    return self.text()

            def of_another(self, other: "Image"):
                if self.content:
                    return other.text()

        async def f(image: Image, other: Image):
            image.to_dict()
            image.in_any_case()  # PAL111
            image.forgotten()  # PAL111
            image.of_another(other)  # PAL111
    """,
    "a keyword that nobody gives, through wrappers that hand on what they are given": {
        "lib.py": """
            import functools
            import time

            def answer(model, text=None, **options):
                quickly = options.get("quickly") or False
                delay = options.get("delay", None)
                if delay is not None and not quickly:
                    time.sleep(delay)
                if "patient" in options:
                    time.sleep(1)

            def set_up(original, *args, **kwargs):
                kwargs["id"] = 3
                return object(), kwargs

            def client(original):
                @functools.wraps(original)
                def wrapper(*args, **kwargs):
                    log = kwargs.get("log")
                    if log is None:
                        log, kwargs = set_up(original, *args, **kwargs)
                    kwargs["start"] = 1
                    kwargs.setdefault("number", 2)
                    kwargs.update(name="a")
                    return original(*args, **kwargs)
                return wrapper

            @client
            def complete(model, messages=None, **kwargs):
                check(model)
                check(messages)
                check(len(messages))
                check(kwargs)
                return answer(model, text="a", delay=kwargs.get("delay", None))

            @client
            def complete_all(model, messages=None, **kwargs):
                return answer(model, **kwargs)

            @client
            def complete_slowly(model, **kwargs):
                kwargs["delay"] = 3
                return answer(model, **kwargs)

            def with_more(more, **kwargs):
                kwargs.update(more)
                return complete(**kwargs)

            def with_some(**kwargs):
                for key in sorted(kwargs):
                    kwargs[key] = 1
                return complete(**kwargs)

            def check(value): ...
        """,
        "app.py": """
            from functools import partial
            from lib import complete, complete_all, complete_slowly, with_more, with_some

            async def f(data):
                complete(model="a", messages=[])
                complete("a", [])
                complete_all("a", [], text="b")
                partial(complete, "a")(messages=[])
                complete(model="a", delay=3)  # PAL111
                complete(model="a", delay=data)  # PAL111
                complete(model="a", delay=None)
                complete(model="a", **data)  # PAL111
                complete(*data)
                complete_all("a", patient=None)  # PAL111
                complete_all("a", **data)  # PAL111
                partial(complete, "a", delay=2)()  # PAL111
                complete_slowly("a")  # PAL111
                with_more(data, model="a")  # PAL111
                with_some(model="a")  # PAL111
        """,
    },
    "an argument that is left out, through a dispatcher": {
        "blocks.py": """
            import requests

            def dispatch(twin):
                def decorator(function):
                    def wrapper(*args, **kwargs):
                        alone = kwargs.pop("_sync", None)
                        chosen = function if alone else twin
                        return chosen(*args, **kwargs)
                    return wrapper
                return decorator

            async def aload(name, client=None): ...

            @dispatch(aload)
            def load(name, client=None):
                first = describe(name)
                second = describe(first)
                third = describe(second)
                fourth = describe(third)
                if client is None:
                    client = make()
                    return fetch(client, fourth)
                return pull(client, name)

            def make():
                return object()

            def pull(client, name):
                if client is not None:
                    requests.get(name)

            def describe(name): ...

            def fetch(client, name):
                client.send(name)
        """,
        "app.py": """
            from blocks import load

            async def f(client, names):
                load("a", _sync=True)
                load("a", None, _sync=True)
                load("a", client, _sync=True)  # PAL112
                load("a", client=client, _sync=True)  # PAL112
                load(*names, _sync=True)  # PAL112
        """,
    },
    "another way to the same call, callable objects, memos, and arguments of which one part is not known": """
        import functools
        import requests

        def short(url, wait=None, **options):
            prepare(url, options)
            prepare(url, wait)
            prepare(options, wait)
            prepare(wait, url)
            prepare(wait, options)
            if wait is not None:
                return requests.get(url)
            if options.get("twice"):
                return longer(url)

        def longer(url):
            return longest(url)

        def longest(url):
            return requests.get(url)

        def prepare(value, other): ...

        class Fetch:
            def __call__(self, url, **options):
                return short(url, **options)

        @functools.lru_cache
        def once(url, **options):
            return short(url, **options)

        def chosen(url, wait=None):
            if url:
                wait = prepare(url, wait)
            return short(url, wait)

        def told(url, wait=None):
            if not url:
                wait = None
            return short(url, wait)

        def with_default(url):
            first = second = third = prepare(url, url)

            def later(wait=first, then=(third, second)):
                return short(url, wait)
            return later()

        async def f(url):
            short(url)
            with_default(url)  # PAL112
            short(url, twice=True)  # PAL112
            Fetch()(url)
            Fetch()(url, wait=1)  # PAL112
            once(url)
            once(url, wait=1)  # PAL112
            chosen(url)  # PAL112
            told(url)
            told(url, 1)  # PAL112
    """,
    "what the constructor is not given": """
        import requests
        from pathlib import Path

        class Prompts:
            def __init__(self, name=None, directory: str | None = None, file=None):
                self.directory = Path(directory) if directory else None
                self.file = file
                self.table = {}
                if self.directory:
                    self.load()
                if self.file is not None:
                    self.load()

            def load(self):
                requests.get("a")

        async def f(x):
            Prompts()
            Prompts("a")
            Prompts("a", "")
            Prompts("a", "b")  # PAL112
            Prompts(directory=x)  # PAL112
            Prompts(file=x)  # PAL112
    """,
    "the session of a thread, where it has one": """
        from sqlalchemy.orm import scoped_session, sessionmaker

        Session = scoped_session(sessionmaker())

        def commit():
            if not Session.registry.has():
                return
            try:
                Session.commit()
            finally:
                Session.remove()

        def ask():
            if Session.registry.has():
                Session.commit()
            return Session.execute("a")

        async def f():
            commit()
            ask()  # PAL122
            Session.commit()  # PAL122
    """,
    "work on data of one small size": """
        import polars
        import scipy.signal

        FRAME = 960

        def resample(frame):
            if len(frame) != FRAME:
                raise ValueError
            return scipy.signal.resample(frame, 320)

        def resample_pair(frames):
            if len(frames) != 2:
                raise ValueError
            return scipy.signal.resample(frames[0], 320)

        async def f(frame, table: polars.DataFrame, n):
            resample(frame)
            resample_pair(frame)  # PAL116
            table.head(min(50, len(table))).to_dicts()
            table.head(min(n, len(table))).to_dicts()  # PAL116
    """,
    "files that are none": """
        import os
        import subprocess

        def quiet():
            with open(os.devnull, "w") as nowhere:
                nowhere.write("a")
                subprocess.run(["a"], stdout=nowhere)

        async def f(descriptor, name):
            quiet()  # PAL113
            open(name)  # PAL114
            with os.fdopen(descriptor, "w") as file:
                file.write("a")  # PAL114
    """,
    "a script that nobody imports": {
        "tools/rebuild.py": """
            import asyncio
            import time

            class Tool:
                async def run(self):
                    open("a")
                    time.sleep(1)  # PAL111

            def main():
                return asyncio.run(Tool().run())

            if __name__ == "__main__":
                main()
        """,
        "tools/shared.py": """
            import asyncio

            class Tool:
                async def run(self):
                    open("a")  # PAL114

            if __name__ == "__main__":
                asyncio.run(Tool().run())
        """,
        "other.py": """
            from tools import (
                shared,
            )

            async def run(worker):
                worker.add_task(shared.Tool().run)
        """,
    },
    "what only start-up is known to run, beside what nobody calls and objects of which nothing is known": {
        "app/stores.py": """
            import asyncio
            import functools

            from traitlets import Unicode, default

            def logged(function):
                @functools.wraps(function)
                async def wrapper(*args):
                    print(function)
                    return await function(*args)
                return wrapper

            class Store:
                path = Unicode()

                @default("path")
                async def _path(self):
                    open("path")  # PAL114

                async def start(self):
                    await self._load("a")
                    await self._check("a")
                    await self._fill("b")
                    self.tasks = [self._watch("c")]

                async def _load(self, path):
                    open(path)

                @logged
                async def _check(self, path):
                    open(path)

                async def check(self, path):
                    await self._check(path)

                async def _fill(self, path):
                    open(path)  # PAL114

                async def _watch(self, path):
                    open(path)  # PAL114

                async def read(self, path):
                    open(path)  # PAL114

                def read_now(self, path):
                    return asyncio.run(self.read(path))

                async def read_all(self, paths):
                    return [await self.read(path) for path in paths]

                async def reload(self):
                    await self._load("d")
        """,
        "app/scripts/clean.py": """
            from twisted.internet import defer

            def clean(config):
                return defer.Deferred.fromCoroutine(clean_all(config))

            async def clean_all(config):
                open(config)
        """,
        "app/main_program.py": """
            class Program:
                async def __aenter__(self):
                    open("running")

                async def __aexit__(self, *error):
                    open("stopped")

            class Session:
                async def __aenter__(self):
                    open("session")  # PAL114

            class Transaction:
                async def __aexit__(self, *error):
                    open("committed")  # PAL114

            class Nested(Transaction):
                pass
        """,
        "app/cli.py": """
            import asyncio

            from app.main_program import Program, Session, Transaction

            async def run():
                async with Program(), Session(), Transaction():
                    pass

            def main():
                asyncio.run(run())
        """,
        "app/sessions.py": """
            from app.main_program import Session

            async def ask(request):
                async with Session():
                    pass

            def setup(app):
                app.add_route("/", ask)
        """,
        "app/workers.py": """
            class Worker:
                async def start(self):
                    open("worker")  # PAL114
        """,
        "app/main.py": """
            from fastapi import FastAPI

            from app.stores import Store

            app = FastAPI()
            store = Store()

            async def lifespan(app):
                await store.start()
                yield

            @app.get("/")
            async def index(anything):
                anything.start()
                await anything.start()
                await store._fill("e")
        """,
    },
    "a script that only its tests import, and one that asks by a library that serves as well": {
        "tools/release.py": """
            import asyncio

            import aiohttp
            import click

            async def publish(name, session: aiohttp.ClientSession):
                open(name)

            async def main():
                async with aiohttp.ClientSession() as session:
                    await publish("a", session)

            if __name__ == "__main__":
                asyncio.run(main())
        """,
        "tools/serve.py": """
            import asyncio

            from aiohttp import web

            async def show(request):
                return open("a")  # PAL114

            async def warm():
                await asyncio.sleep(1)

            def main(start):
                asyncio.run(warm())
                app = web.Application()
                app.router.add_get("/", show)
                start(app)

            if __name__ == "__main__":
                main(web.run)
        """,
        "tests/test_release.py": """
            from tools.release import publish

            async def test_publish(session):
                await publish("a", session)
        """,
    },
    "a job that a worker runs on a loop of its own": {
        "jobs.py": """
            import requests
            from rq.decorators import job

            @job("default")
            async def export(name):
                requests.get(name)  # PAL112
                return open(name)
        """,
        "service.py": """
            from jobs import export

            async def begin(name):
                export.delay(name)
        """,
    },
    "a helper that opens a file, and what it does with it": """
        import tempfile

        def read(name):
            with open(name) as stream:
                return stream.read()

        async def f(name):
            read(name)  # PAL114
            with tempfile.NamedTemporaryFile() as stream:  # PAL114
                stream.write(b"a")  # PAL114
    """,
    "queues and pools of multiprocessing": """
        import multiprocessing
        from multiprocessing.pool import Pool, ThreadPool

        jobs = multiprocessing.Queue()
        few = multiprocessing.Queue(3)

        async def f(pool: Pool, threads: ThreadPool, rows):
            jobs.put(1)
            few.put(1)  # PAL117
            jobs.get()  # PAL117
            threads.map_async(lambda row: row, rows)
            pool.map_async(lambda row: row, rows)  # PAL110
            threads.map(lambda row: row, rows)  # PAL117
    """,
    "a frame that is written into a text": """
        import io
        import pandas as pd

        async def f(frame: pd.DataFrame, name):
            frame.to_json(name)  # PAL114
            frame.to_csv(path_or_buf=name)  # PAL114
            frame.head(20).to_csv()
            frame.to_csv(io.StringIO())  # PAL116
            return frame.to_csv(), frame.to_json(orient="records")  # PAL116:11 PAL116:27
    """,
    "a queue that is not empty": """
        import multiprocessing
        import queue

        jobs = queue.Queue()

        class Worker:
            def __init__(self):
                self.results = multiprocessing.Queue()

            async def drain(self):
                if not self.results.empty():
                    self.results.get()
                while not jobs.empty():
                    jobs.get()
                last = jobs.get() if not jobs.empty() else None
                self.results.get()  # PAL117
                return jobs.get(), last  # PAL117
    """,
    "the start of an application that a function makes": """
        import contextlib

        from fastapi import FastAPI

        def create_app():
            @contextlib.asynccontextmanager
            async def lifespan(app):
                app.settings = open("settings.json").read()
                yield

            app = FastAPI(lifespan=lifespan)

            @app.on_event("shutdown")
            async def stop():
                open("down").close()

            @app.get("/")
            async def route():
                return open("a")  # PAL114

            return app
    """,
    "a lock that nobody else has yet": """
        import threading
        import time

        class Store:
            def __init__(self):
                self.lock = threading.Lock()
                self._migrate()

            def _migrate(self):
                with self.lock:
                    time.sleep(1)

            def save(self):
                with self.lock:
                    time.sleep(1)

            async def wait(self):
                with self.lock:  # PAL117
                    return 1

        class Memory:
            def __init__(self):
                self.store = Store()

        async def f():
            memory = Memory()  # PAL111
            memory.store.save()  # PAL111 PAL117
    """,
    "a stream of the project's own": """
        import gzip
        import io
        import zipfile
        from typing import BinaryIO, cast

        class Chunks(io.RawIOBase):
            def __init__(self):
                self.parts = []

            def write(self, part):
                self.parts.append(part)

        async def f(path):
            chunks = Chunks()
            with zipfile.ZipFile(cast(BinaryIO, chunks), "w") as archive:
                archive.writestr("a", "b")
            with zipfile.ZipFile(path, "w") as archive:  # PAL114
                archive.writestr("a", "b")  # PAL114
            with gzip.GzipFile(fileobj=io.BytesIO(), mode="wb") as file:
                file.write(b"a")
            with gzip.GzipFile(path, mode="wb") as file:  # PAL114
                file.write(b"a")  # PAL114
    """,
    "a buffer for a file": """
        from io import BytesIO, StringIO
        from typing import IO

        class Parser:
            def __init__(self):
                self.make = StringIO

            def check(self, file: IO[str]):
                return file.readlines()

            async def parse(self, text, file: IO[str]):
                self.check(self.make(text))
                self.check(StringIO(text))
                self.check(file)  # PAL114
    """,
    "a script whose names another module hands on": {
        "script.py": """
            import asyncio
            import gzip
            import sys

            def main(path):
                asyncio.run(execute(path))

            async def execute(data):
                return gzip.decompress(data)

            if __name__ == "__main__":
                main(sys.argv[1])
        """,
        "old.py": """
            __all__ = ["execute"]

            def __getattr__(name):
                from script import execute
                return execute
        """,
        "other.py": """
            import gzip

            async def execute_too(data):
                return gzip.decompress(data)  # PAL116
        """,
        "service.py": """
            from other import execute_too

            def get(name):
                return execute_too
        """,
    },
    "what a service does once, before its loop": """
        import asyncio
        import gzip
        import time
        from contextlib import asynccontextmanager
        from typing import NoReturn

        @asynccontextmanager
        async def consumer(data):
            gzip.decompress(data)
            time.sleep(1)  # PAL111
            await prepare(data)
            listener = asyncio.create_task(listen(data))
            yield

        async def prepare(data):
            gzip.decompress(data)

        async def listen(data):
            while True:
                gzip.decompress(await data.get())  # PAL116

        @asynccontextmanager
        async def each(data):
            yield gzip.decompress(data)  # PAL116

        @asynccontextmanager
        async def other(data):
            yield gzip.decompress(data)  # PAL116

        class Service:
            async def start(self, queue) -> NoReturn:
                async with consumer(b""):
                    while True:
                        async with each(await queue.get()):
                            pass

            async def run(self) -> None:
                async with other(b""):
                    pass
    """,
    "an attribute of that name, and an import of it within a function": {
        "script.py": """
            import asyncio
            import gzip

            async def execute(data):
                return gzip.decompress(data)

            async def execute_too(data):
                return gzip.decompress(data)  # PAL116

            if __name__ == "__main__":
                asyncio.run(execute(b""))
                asyncio.run(execute_too(b""))
        """,
        "script_user.py": """
            async def run(cursor):
                await cursor.execute("script")

            async def serve(data):
                from script import execute_too
                await execute_too(data)

            HANDLERS = [serve]
        """,
    },
    "what an earlier call of the same function has done for the whole process": """
        import requests

        LAYER, READY, USERS = None, False, {}

        def layer():
            global LAYER, READY
            if not READY:
                LAYER = requests.get("a")
                READY = True
            return LAYER

        async def user(name):
            if name in USERS:
                return USERS[name]
            return layer()  # PAL112

        async def after(name, bot):
            if bot:
                return None
            with open(name):  # PAL114
                found = await user(name)
            if found:
                return layer()

        async def after_one_of_two(name, bot):
            if bot:
                await user(name)
            return layer()  # PAL112

        async def after_a_choice(name, bot):
            found = bot or await user(name)
            return found, layer()  # PAL112
    """,
    "a name that a called function sets once": """
        import sys
        import yaml

        RULES, LEVEL = None, 0

        def load():
            global RULES
            RULES = yaml.safe_load(sys.argv[1])

        def set_level(level):
            global LEVEL
            LEVEL = level

        def rules():
            if RULES is None:
                load()
            return RULES

        def details():
            if not LEVEL:
                return None
            return yaml.safe_load(sys.argv[1])

        def other():
            if not LEVEL:
                yaml.safe_load(sys.argv[1])

        def named():
            global PAGES
            if "PAGES" not in globals():
                PAGES = yaml.safe_load(sys.argv[1])
            return PAGES

        async def f():
            rules()
            details()  # PAL116
            other()  # PAL116
            named()
            load()  # PAL116
    """,
    "a member of an enumeration that is given, or stands for what is left out": """
        import enum
        import time

        class Kind(str, enum.Enum):
            SLOW = "slow"
            FAST = "fast"
            NONE = "none"

        def run(kind=Kind.FAST):
            if kind == Kind.SLOW:
                time.sleep(1)

        def other(kind):
            if kind != Kind.FAST.value:
                time.sleep(1)

        def several(kind):
            if kind in (Kind.FAST, Kind.NONE):
                return
            time.sleep(1)

        class Store:
            def __init__(self, kind=Kind.FAST):
                if kind == Kind.SLOW:
                    time.sleep(1)
                elif kind is Kind.FAST:
                    pass

        async def f(kind):
            run()
            run(Kind.FAST)
            run(kind=Kind.SLOW)  # PAL111
            run("slow")  # PAL111
            run(kind)  # PAL111
            other(Kind.FAST)
            other(Kind.NONE)  # PAL111
            several(Kind.NONE)
            several(Kind.SLOW)  # PAL111
            Store()
            Store(Kind.SLOW)  # PAL111
    """,
    "what a constructor keeps of an argument that is left out": """
        import time

        class Log:
            def __init__(self, name, hooks=None, later=None):
                self.name = name
                self.hooks: list[str] | None = hooks
                self.later = later
                self.process()

            def add(self, hook):
                self.hooks = [hook]

            def process(self):
                self.hooks = self._process(self.hooks, "hooks")
                self.later = self._process(self.later, "later")
                if self.later:
                    time.sleep(3)

            def _process(self, hooks, kind):
                if hooks is None:
                    return None
                for hook in hooks:
                    time.sleep(2)
                    self.later = []
                return hooks

        class Child(Log):
            def __init__(self, name, later=None):
                super().__init__(name, later=later)

        class Late:
            def __init__(self, delay=None):
                self.delay = delay
                self.setup()
                self.run()

            def setup(self):
                self.delay = 3

            def run(self):
                if self.delay:
                    time.sleep(self.delay)

        class Kept:
            def __init__(self, delay=None):
                self.delay = delay if delay else None
                self.run()

            def run(self):
                if self.delay is not None:
                    time.sleep(self.delay)

        class Shown:
            def __init__(self, delay=None):
                self.delay = delay
                fill(self)
                self.run()

            def run(self):
                if self.delay:
                    time.sleep(self.delay)

        def fill(thing):
            thing.delay = 3

        async def f(hooks):
            Log("a")
            Log("a", ["x"])  # PAL111
            Log("a", hooks)  # PAL111
            Child("a")
            Child("a", later=hooks)  # PAL111
            Late()  # PAL111
            Kept()
            Kept(1)  # PAL111
            Shown()  # PAL111
    """,
    "one setting of the module chooses both what a name means and what is done with it": {
        "settings.py": """
            import os

            MANAGER = os.environ.get("MANAGER", "")
        """,
        "app.py": """
            import redis
            from settings import MANAGER

            class Remote:
                def items(self):
                    return redis.Redis().hgetall("a")

                def batches(self):
                    return redis.Redis().hscan("a")

            if MANAGER == "redis":
                POOL = Remote()
            else:
                POOL = {}

            def batches():
                if MANAGER == "redis":
                    return POOL.batches()
                return POOL.items()

            def either():
                return POOL.items()

            def chosen():
                return None if MANAGER == "redis" else POOL.items()

            def other():
                if MANAGER != "redis":
                    return None
                return POOL.items()

            def another_setting():
                if MANAGER == "valkey":
                    return None
                return POOL.items()

            async def f():
                batches()  # PAL131
                either()  # PAL131
                chosen()
                other()  # PAL131
                another_setting()  # PAL131
                if MANAGER != "redis":
                    POOL.items()
                POOL.items()  # PAL131
        """,
    },
}

CASES = {
    f"{group}: {name}": {"app.py": files} if isinstance(files, str) else files
    for group, cases in {
        "spelling": SPELLINGS,
        "shadowing": SHADOWED,
        "receiver": RECEIVERS,
        "way": WAYS,
        "off the loop": OFF_THE_LOOP,
        "innocent": INNOCENT,
        "library": LIBRARIES,
        "offload": OFFLOADS,
        "excluded": EXCLUDED,
    }.items()
    for name, files in cases.items()
}


def check(root: Path, files: Files, run: Run | None = None) -> Iterator[tuple[str, Finding]]:
    """Yield the radar's findings for each file of a project."""
    for name, text in {"pyproject.toml": "[tool.planalign]\n", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    project = Project(root, run or Run(cache="off"))
    for name in files:
        text = (root / name).read_text(encoding="utf-8")
        source = Source(str(root / name), FileKind.PYTHON, text.splitlines(keepends=True), ast.parse(text))
        for finding in engine.check(source, project):
            if CODES.fullmatch(finding.code) or finding.code.startswith("PAL9"):
                yield name, finding


def marks(files: Files) -> Iterator[tuple[str, int, str, int | None]]:
    """Yield what is marked: path, line, code and perhaps the column."""
    for name, text in files.items():
        for number, line in enumerate(textwrap.dedent(text).lstrip("\n").split("\n"), 1):
            for item in MARKER.findall(line):
                for mark in item.split():
                    code, _, column = mark.partition(":")
                    yield name, number, code, int(column) if column else None


def test_so_many_coroutines_that_call_each_other_are_followed_without_deep_recursion(tmp_path: Path) -> None:
    """The last one is called by nobody, so none of them runs at start-up only."""
    many = 5000
    calls = "".join(f"async def f{n}():\n    await f{n - 1}()\n    open(f)\n" for n in range(1, many))
    found = list(check(tmp_path, {"app.py": f"async def f0():\n    open(f)\n{calls}"}))
    assert {finding.code for _, finding in found} == {"PAL114"}
    assert len(found) == many


def test_of_a_very_long_way_the_ends_are_told(tmp_path: Path) -> None:
    """Each caller on the way has its own finding, whose places do not grow with the way."""
    many = 200
    calls = "".join(f"def s{n}():\n    s{n - 1}()\n\nasync def f{n}():\n    s{n}()\n\n" for n in range(1, many))
    text = f"import time\n\ndef s0():\n    time.sleep(1)\n\n{calls}"
    *_, before, last = [finding for _, finding in check(tmp_path, {"app.py": text})]
    assert "s199 -> s198 -> s197 -> ... 195 more ... -> s1 -> s0 (app.py:4) -> `time.sleep`" in last.message
    assert "... 194 more ..." in before.message
    assert [step.text for step in last.related] == [f"s{n}" for n in (*range(199, 183, -1), *range(15, -1, -1))]


def test_the_main_coroutine_of_a_program_may_hold_a_deep_expression(tmp_path: Path) -> None:
    deep = " + ".join(["1"] * 1500)
    text = f"import asyncio\n\nasync def main():\n    open('a')\n    return {deep}\n\nasyncio.run(main())\n"
    assert list(check(tmp_path, {"app.py": text})) == []


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_what_is_found_is_what_is_marked(files: Files, tmp_path: Path) -> None:
    found = list(check(tmp_path, files))
    marked = list(marks(files))
    assert sorted((name, finding.position.line, finding.code) for name, finding in found) == sorted(
        (name, line, code) for name, line, code, _ in marked
    ), "\n".join(f"{name}:{finding.position.line} {finding.code} {finding.message}" for name, finding in found)
    columns = {(name, finding.position.line, finding.code, finding.position.column) for name, finding in found}
    assert {mark for mark in marked if mark[3] is not None} <= columns


def severities(root: Path, source: str, name: str = "app.py") -> list[Severity]:
    return [finding.severity for _, finding in check(root, {name: source})]


def test_a_lock_weighs_by_what_its_holders_wait_for(tmp_path: Path) -> None:
    head = """
        import asyncio
        import threading
        import time

        lock = threading.Lock()
    """
    brief = """
        async def f(values):
            with lock:
                values.append(1)

        def clear(values):
            with lock:
                values.clear()
    """
    alone = """
        async def f(values):
            with lock:
                values.append(1)
    """
    awaiting = """
        async def f(values):
            with lock:
                await asyncio.sleep(1)
    """
    deeper = """
        def add(values):
            with lock:
                values.append(1)

        async def f(values):
            add(values)
    """
    other_waits = """
        def g():
            with lock:
                time.sleep(1)
    """
    assert severities(tmp_path / "a", head + brief) == [Severity.LOW]
    assert severities(tmp_path / "alone", head + alone) == []
    assert severities(tmp_path / "b", head + awaiting) == [Severity.HIGH]
    assert severities(tmp_path / "c", head + brief + other_waits) == [Severity.HIGH]
    assert severities(tmp_path / "d", head + deeper) == []
    assert severities(tmp_path / "e", head + deeper + other_waits) == [Severity.HIGH]
    once = """
        client = None

        def get():
            global client
            with lock:
                if client is not None:
                    return client
                time.sleep(1)
                client = object()
                return client

        async def f():
            get()
    """
    each = once.replace("if client is not None:", "if client == 'busy':")
    assert severities(tmp_path / "once", head + once) == [Severity.CRITICAL]
    assert sorted(severities(tmp_path / "each", head + each)) == sorted([Severity.CRITICAL, Severity.HIGH])


def test_outside_of_requests_a_wait_is_one_severity_lower(tmp_path: Path) -> None:
    source = """
        import time

        async def test_f():
            time.sleep(1)
    """
    assert severities(tmp_path / "a", source) == [Severity.CRITICAL]
    assert severities(tmp_path / "b", source, "tests/test_app.py") == [Severity.HIGH]
    ending = """
        import os
        import time

        def restart(delay):
            time.sleep(delay)
            os.execv("python", ["python"])

        def check(path, failed):
            if failed:
                open(path).close()
                os.kill(os.getpid(), 9)

        def begin():
            os.abort
            time.sleep(1)

        async def f(delay):
            restart(delay)
            check("failed", delay)
    """
    assert severities(tmp_path / "ending", ending) == [Severity.HIGH]
    assert severities(
        tmp_path / "going", ending.replace("restart(delay)\n            check", "begin()\n            check")
    ) == [Severity.CRITICAL]
    opening = """
        import ssl
        import time

        from aiohttp import web

        class Dashboard:
            async def start(self, runner):
                context = ssl.create_default_context()
                site = web.TCPSite(runner, ssl_context=context)
                await site.start()
                time.sleep(1)
    """
    assert severities(tmp_path / "opening", opening) == [Severity.CRITICAL]
    dialogue = """
        import time

        async def log_in():
            input("Press return when you are done.")
            time.sleep(1)
    """
    assert severities(tmp_path / "c", dialogue) == [Severity.HIGH, Severity.HIGH]


def test_that_a_lock_is_held_is_sure_only_where_requests_take_it(tmp_path: Path) -> None:
    source = """
        import contextlib
        import threading
        import time

        from fastapi import FastAPI

        app = FastAPI()
        lock = threading.Lock()

        def load():
            with lock:
                time.sleep(1)

        @contextlib.asynccontextmanager
        async def lifespan(app):
            load()
            yield

        @app.get("/")
        async def handle():
            load()
    """
    found = [(f.position.line, f.confidence) for _, f in check(tmp_path, {"app.py": source}) if f.code == "PAL117"]
    assert found == [(16, Confidence.PROBABLE), (21, Confidence.CERTAIN)]


def test_what_may_be_a_pool_of_threads_is_not_sure_to_pickle(tmp_path: Path) -> None:
    source = """
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

        def either(fork, values):
            pool = ProcessPoolExecutor() if fork else ThreadPoolExecutor()
            pool.map(lambda value: value, values)

        def sure(values):
            ProcessPoolExecutor().map(lambda value: value, values)
    """
    found = [(f.position.line, f.confidence) for _, f in check(tmp_path, {"app.py": source}) if f.code == "PAL110"]
    assert found == [(5, Confidence.PROBABLE), (8, Confidence.CERTAIN)]


def test_what_is_installed_in_an_environment_of_the_project_is_not_judged(tmp_path: Path) -> None:
    text = "import time\nasync def f():\n    time.sleep(1)\n"
    files = {"app.py": text, "venv/lib/python3.12/site-packages/library/a.py": text, "pyproject.toml": ""}
    assert [name for name, _ in check(tmp_path, files)] == ["app.py"]


def test_in_a_test_only_what_is_sure_to_run_is_told(tmp_path: Path) -> None:
    source = """
        from unittest import mock
        from unittest.mock import patch

        import requests

        def load(url, cached=None):
            return requests.get(url)

        def perhaps(url, cached):
            return cached or requests.get(url)

        async def test_sure(url):
            load(url)

        async def test_direct(url, monkeypatch):
            requests.get(url)

        async def test_perhaps(url, cached):
            perhaps(url, cached)

        async def test_replaced(url):
            with patch("requests.get"):
                load(url)

        async def test_replaced_object(url):
            with mock.patch.object(requests, "get"):
                load(url)

        @patch("requests.get")
        async def test_decorated(get, url):
            load(url)

        async def test_given(url, monkeypatch):
            monkeypatch.setattr(requests, "get", print)
            load(url)
    """
    lines = [finding.position.line for _, finding in check(tmp_path / "a", {"tests/test_app.py": source})]
    assert lines == [13, 16]
    lines = [finding.position.line for _, finding in check(tmp_path / "b", {"app.py": source})]
    assert lines == [13, 16, 19, 23, 27, 31, 35]


def test_what_a_name_only_suggests_is_probable(tmp_path: Path) -> None:
    source = """
        async def f(model, rows):
            return model.predict(rows)
    """
    [(_, finding)] = check(tmp_path, {"app.py": source})
    assert finding.confidence is Confidence.PROBABLE
    assert not list(check(tmp_path, {"app.py": source}, Run(cache="off", min_confidence=Confidence.CERTAIN)))


def test_of_what_django_refuses_it_is_told_that_it_raises(tmp_path: Path) -> None:
    source = """
        from django.db import models

        class Config(models.Model):
            name = models.CharField(max_length=8)

        async def f():
            return Config.objects.first()
    """
    [(_, finding)] = check(tmp_path, {"app.py": source})
    assert "raises SynchronousOnlyOperation on the event loop" in finding.message


def test_a_file_of_bytes_is_told_as_what_it_is_opened_as(tmp_path: Path) -> None:
    source = """
        from pathlib import Path

        async def f(path: Path, data: bytes, mode: str):
            async with held():
                text, kept = open("a"), open("b", mode)
                written, read, both = open("c", "wb"), open("d", mode="rb"), path.open("r+b")
            text.read()
            kept.read()
            written.write(data)
            read.read()
            both.write(data)
    """
    streams = [finding.message.partition("it is `io.")[2] for _, finding in check(tmp_path, {"app.py": source})]
    told = ["TextIOWrapper", "TextIOWrapper", "BufferedWriter", "BufferedReader", "BufferedRandom"]
    assert [stream.partition(".")[0] for stream in streams if stream] == told


def test_metadata_is_reported_on_request(tmp_path: Path) -> None:
    source = """
        import os
        from pathlib import Path

        async def f(path: Path):
            os.path.exists("a")
            path.exists()
            path.stat()
            return os.stat("a")
    """
    everything = Run(cache="off", tiers=frozenset(TIERS))
    assert not list(check(tmp_path, {"app.py": source}))
    assert [finding.position.line for _, finding in check(tmp_path, {"app.py": source}, everything)] == [5, 6, 7, 8]


def test_a_finding_tells_the_shortest_chain_and_where_its_steps_are(tmp_path: Path) -> None:
    files = {
        "repo.py": """
            import requests

            class Repo:
                def get(self, url):
                    return requests.get(url)
        """,
        "app.py": """
            from repo import Repo

            def again(url):
                return load(url)

            def load(url):
                again(url)
                return Repo().get(url)

            async def f(url):
                return load(url)
        """,
    }
    [(_, finding)] = check(tmp_path, files)
    assert finding.message == (
        "`load()` blocks the event loop: load -> Repo.get (repo.py:5) -> `requests.get`; "
        "await `httpx.AsyncClient.get` or offload it"
    )
    assert [(step.path, step.position.line, step.text) for step in finding.related] == [
        ("app.py", 8, "load"),
        ("repo.py", 5, "Repo.get"),
    ]
