"""Which chains are certain: those of which each function always takes the next step; and what is done once."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest

from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.process.model import BlockingCall
from flake8_planalign.process.radar import sweep
from flake8_planalign.project import Project
from flake8_planalign.rule import Confidence
from flake8_planalign.source import Source

#: A line that ends in `# blocks` has a certain finding, one in `# may block` a probable one, all others none.
CASES = {
    "a condition in a helper, and none": """
        def always(x):
            time.sleep(x)
        def sometimes(x):
            if x:
                time.sleep(x)
        def anyway(x):
            if True:
                time.sleep(x)
        async def go(x):
            always(x)  # blocks
            sometimes(x)  # may block
            anyway(x)  # blocks
            if x:
                time.sleep(x)  # blocks
                always(x)  # blocks
    """,
    "conditions that arguments decide": """
        def fetch(wait=True, times=None, mode="slow", **options):
            if times is None:
                if mode == "slow":
                    if not options.get("dry"):
                        if wait:
                            time.sleep(1)
        async def go(wait):
            fetch()  # blocks
            fetch(wait=wait)  # may block
            fetch(wait=True)  # blocks
            fetch(wait=False)
            fetch(times=3)
            fetch(mode="fast")
            fetch(dry=True)
            fetch(dry=wait)  # may block
            fetch(**wait)  # may block
    """,
    "a function that may have been left": """
        def found(x):
            if x in CACHE:
                return CACHE[x]
            time.sleep(1)
        def refused(x):
            if not x:
                raise ValueError
            time.sleep(1)
        def in_loop(xs):
            for x in xs:
                if x:
                    return x
            time.sleep(1)
        def tried(x):
            try:
                return int(x)
            except ValueError:
                pass
            time.sleep(1)
        def tried_else(x):
            try:
                int(x)
            except ValueError:
                pass
            else:
                return x
            time.sleep(1)
        def matched(x):
            match x:
                case 1:
                    return x
            time.sleep(1)
        def either(x):
            if x:
                y = 1
            else:
                return 2
            time.sleep(y)
        def skipped(xs):
            for x in xs:
                if x:
                    continue
                time.sleep(1)
        def first(xs):
            for x in xs:
                return x
            time.sleep(1)
        def while_it_lasts(x):
            while x:
                return x
            time.sleep(1)
        async def go(x):
            found(x)  # may block
            refused(x)  # blocks
            in_loop(x)  # may block
            tried(x)  # may block
            tried_else(x)  # may block
            matched(x)  # may block
            either(x)  # may block
            skipped(x)  # may block
            first(x)  # may block
            while_it_lasts(x)  # may block
    """,
    "a way of many steps is told where each is sure": """
        def s1(x): time.sleep(x)
        def s2(x): s1(x)
        def s3(x): s2(x)
        def s4(x): s3(x)
        def s5(x): s4(x)
        def s6(x): s5(x)
        def s7(x): s6(x)
        def s8(x): s7(x)
        def s9(x): s8(x)
        def seldom_of_eight(x):
            if x:
                s7(x)
        def seldom_of_nine(x):
            if x:
                s8(x)
        async def go(x):
            s8(x)  # blocks
            s9(x)  # blocks
            seldom_of_eight(x)  # may block
            seldom_of_nine(x)
    """,
    "a way of more than six steps to a file is told where each is sure": """
        def s1(x): open(x)
        def s2(x): s1(x)
        def s3(x): s2(x)
        def s4(x): s3(x)
        def s5(x): s4(x)
        def s6(x): s5(x)
        def s7(x): s6(x)
        def seldom_of_six(x):
            if x:
                s5(x)
        def seldom_of_seven(x):
            if x:
                s6(x)
        @app.get("/")
        async def go(x):
            s7(x)  # blocks
            seldom_of_six(x)  # may block
            seldom_of_seven(x)
    """,
    "files and the processor, by who is known to run them": """
        async def nobody(x):
            open("a")  # may block
            time.sleep(1)  # blocks
        @app.get("/")
        async def route(x):
            open("a")  # blocks
            await awaited(x)
            asyncio.create_task(beside(x))
            await told("a")
        async def awaited(x):
            open("a")  # blocks
        async def beside(x):
            open("a")  # blocks
        async def told(name):
            open(name)  # blocks
        def hook(function):
            KNOWN.append(function)
            return function
        @hook
        async def hooked(x):
            open("a")  # may block
        @job
        async def at_work(x):
            open("a")  # may block
        @job
        async def program(x):
            open("a")  # may block
        program(1)
        class Page(fastapi.Response):
            async def render(self, x):
                open("a")  # blocks
        async def polled(x):
            open("a")  # may block
        @app.on_event("startup")
        async def start():
            await polled(1)
        class Watch:
            def go_on(self, x):
                asyncio.create_task(polled(x))
    """,
    "parts of expressions and of loops": """
        def either(x):
            return x or time.sleep(1)
        def both(x):
            return x and time.sleep(1)
        def chosen(x):
            return time.sleep(1) if x else None
        def first(x):
            return time.sleep(1) or x
        def each(xs):
            return [time.sleep(x) for x in xs]
        def some(xs):
            return [time.sleep(x) for x in xs if x]
        def after(xs):
            ys = [x for x in xs if x]
            time.sleep(1)
            return ys
        def polled(x):
            while x.busy:
                time.sleep(1)
        def for_ever():
            while True:
                time.sleep(1)
        def handled():
            try:
                print()
            except OSError:
                time.sleep(1)
        def finally_():
            try:
                print()
            finally:
                time.sleep(1)
        def by_case(x):
            match x:
                case 1:
                    time.sleep(1)
        async def go(x):
            either(x)  # may block
            both(x)  # may block
            chosen(x)  # may block
            first(x)  # blocks
            each(x)  # blocks
            some(x)  # may block
            after(x)  # blocks
            polled(x)  # may block
            for_ever()  # blocks
            handled()  # may block
            finally_()  # blocks
            by_case(x)  # may block
    """,
    "the surest way is told, however long": """
        def short(x):
            if x:
                time.sleep(1)
            long()
        def long():
            longer()
        def longer():
            time.sleep(2)
        async def go(x):
            short(x)  # blocks
    """,
    "a container in the place of a client": """
        if os.environ.get("URL"):
            POOL = redis.Redis()
        else:
            POOL = {}
        CLIENT = None
        def start():
            global CLIENT
            CLIENT = redis.Redis()
        async def go():
            POOL.get("a")  # may block
            CLIENT.get("a")  # blocks
    """,
    "a continue that constants decide": """
        def expand(models, wide=True):
            for model in models:
                if not wide:
                    continue
                time.sleep(1)
        async def go(models):
            expand(models)  # blocks
            expand(models, wide=False)
    """,
    "what is done once in a process, and was done before": """
        class Server:
            _one = None
            def __new__(cls):
                if cls._one is None:
                    cls._one = super().__new__(cls)
                return cls._one
            def start(self):
                if not self.running:
                    self.running = True
                    time.sleep(1)
        def client(kind=None):
            if os.environ.get("EPHEMERAL"):
                Server().start()
        async def other():
            client()  # may block
        async def sometimes(x):
            if x:
                client()  # may block
        async def go(x):
            client()  # may block
            client("b")
        async def after_another(x):
            await other()
            client(x)
        async def after_what_is_told_itself(x):
            await sometimes(x)
            client(x)
        async def in_branches(x):
            if x:
                client(x)  # may block
            client(x)  # may block
    """,
    "what is done once was done by what makes the object, or by all that call": """
        class Server:
            _one = None
            def __new__(cls):
                if cls._one is None:
                    cls._one = super().__new__(cls)
                return cls._one
            def start(self):
                if not self.running:
                    self.running = True
                    time.sleep(1)
        def client():
            if os.environ.get("EPHEMERAL"):
                Server().start()
        class Worker:
            def __init__(self):
                self.client = client()
            async def __aenter__(self):
                self.client = client()
            @classmethod
            async def made(cls):
                return client()  # may block
        class Idle:
            def __init__(self, wanted):
                if wanted:
                    self.client = client()
            async def run(self):
                client()  # may block
        class Entered:
            async def __aenter__(self):
                await self.set_up()
                return self
            async def set_up(self):
                self.client = client()  # may block
            async def run(self):
                client()
        async def watch(x):
            client()
        async def move(item):
            client()
        async def asked_first(x):
            client()  # may block
        async def alone(x):
            client()  # may block
        async def command(x, together):
            async with client():  # may block
                async def each(item):
                    await move(item)
                await watch(x)
                await together(each, x)
        async def second(x):
            client()  # may block
            await watch(x)
        async def third(x):
            await asked_first(x)
            client()
        def restored(saved=None):
            if saved:
                client()
        async def resume(x, saved):
            restored(saved)  # may block
            await within(x)
        async def within(x):
            client()  # may block
    """,
    "what is kept by an argument, or for each object, is done again": """
        @functools.lru_cache
        def secret(name):
            return requests.get(name)
        def rate(name):
            if name not in CACHE:
                CACHE[name] = requests.get(name)
            return CACHE[name]
        class Session:
            def user(self):
                if self._user is None:
                    self._user = requests.get("x")
                return self._user
        @functools.cache
        def settings():
            return requests.get("settings")
        def names():
            return settings()
        async def go():
            secret("a")  # blocks
            secret("b")  # blocks
            rate("a")  # may block
            rate("b")  # may block
            Session().user()  # may block
            Session().user()  # may block
            names()  # blocks
            names()
    """,
    "what has nothing to wait for: a lock that is only tried, a response that is read, a buffer, the first rows": """
        def tried():
            with filelock.FileLock("a", timeout=0):
                pass
        def waited():
            filelock.FileLock("a", timeout=5).acquire()
        def made():
            return httpx.Response(200, content=b"").read()
        def got(response: httpx.Response):
            return response.read()
        def streamed():
            with httpx.stream("GET", "x") as response:
                return list(response.iter_bytes())
        def packed():
            return zipfile.ZipFile(tempfile.SpooledTemporaryFile(), "w")
        @app.get("/")
        async def go(response, table: polars.DataFrame):
            streamed()  # blocks
            packed()
            table.to_dicts()  # blocks
            table.head(50).to_dicts()
            table.head().to_dicts()
            table.head(response).to_dicts()  # blocks
            tried()
            waited()  # blocks
            filelock.FileLock("b", 0).acquire()
            filelock.FileLock("b").acquire()  # blocks
            made()
            got(response)
    """,
}
HEAD = """\
import asyncio, fastapi, filelock, functools, httpx, os, polars, redis, requests, tempfile, time, zipfile
from package.jobs import job
CACHE = {}
app = fastapi.FastAPI()
"""


@pytest.mark.parametrize("case", CASES)
def test_confidence(case: str, tmp_path: Path) -> None:
    text = HEAD + textwrap.dedent(CASES[case])
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.planalign]\n", encoding="utf-8")
    (tmp_path / "package").mkdir()  # of which no part is there
    source = Source.of_text(str(tmp_path / "app.py"), text, FileKind.PYTHON, ast.parse(text))
    found = {
        node.position.line: "blocks" if node.confidence is Confidence.CERTAIN else "may block"
        for node in sweep(source, Project(tmp_path, Run(cache="off")))
        if isinstance(node, BlockingCall)
    }
    expected = {
        number: line.rpartition("# ")[2]
        for number, line in enumerate(text.split("\n"), 1)
        if line.endswith(("# blocks", "# may block"))
    }
    lines = text.split("\n")
    assert {lines[number - 1].strip(): word for number, word in found.items()} == {
        lines[number - 1].strip(): word for number, word in expected.items()
    }
    assert found == expected
