"""What the Process view does for long functions, many clients and long chains stays within bounds."""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Tree

from flake8_planalign import engine
from flake8_planalign.project import Project, Run
from flake8_planalign.source import Source


def _each(text: str, count: int) -> str:
    return "".join(text.replace("#", str(number)) for number in range(count))


SHAPES: dict[str, Callable[[int], str]] = {
    "clients of an object": lambda n: (
        "import redis\n\n\nclass Big:\n    def __init__(self):\n"
        + _each("        self.r# = redis.Redis(socket_timeout=1)\n", n)
    ),
    "clients of a function": lambda n: (
        "import redis\n\n\ndef f():\n" + _each("    r# = redis.Redis(socket_timeout=1)\n    r#.get('k')\n", n)
    ),
    "commands in handlers": lambda n: (
        "import redis\n\nR = redis.Redis()\n\n\ndef f():\n"
        + _each("    try:\n        R.get('k#')\n    except Exception:\n        return\n", n)
    ),
    "functions that only call each other": lambda n: (
        "import boto3\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/ready')\ndef ready():\n"
        "    return {}\n\n\ndef f0():\n    boto3.client('s3')\n\n\n"
        + "".join(f"def f{i}():\n    f{i - 1}() or f{max(i - 2, 0)}()\n\n\n" for i in range(1, n))
    ),
}


#: A service as a monorepo has many of, all written after one model.
SERVICE = {
    "main.py": """\
        from fastapi import FastAPI, Response

        from # import jobs
        from #.store import Store, connect, remember

        app = FastAPI()
        store = Store()


        @app.get("/health")
        async def health():
            return Response(status_code=404)


        @app.on_event("startup")
        async def begin():
            remember("begin")


        @app.get("/items")
        async def items():
            connect("items")
            remember("items")
            await jobs.work(store)
            return await store.load("items")
        """,
    "store.py": """\
        import functools
        import json
        import time

        import boto3


        @functools.lru_cache
        def client():
            return boto3.client("s3")


        def connect(name):
            time.sleep(1)


        def remember(name):
            with open(name) as file:
                return json.load(file)


        class Store:
            async def load(self, name):
                remember(name)
                client().list_buckets()
                return await self.more(name)

            async def more(self, name):
                connect(name)
        """,
    "jobs.py": """\
        from .store import Store, remember


        async def work(store: Store):
            remember("work")
            await store.load("a")
            await retry(store, "b")


        async def retry(store, name):
            await store.load(name)
            await store.more(name)
        """,
}


def _work(root: Path, name: str, text: str) -> int:
    """Return how many functions are called while a file is judged, those that are written in C included."""
    (root / name).write_text(text)
    return _work_on(root, [name])


def _work_on(root: Path, names: list[str]) -> int:
    """Return how many functions are called while the files of a project are judged."""
    count = 0

    def counts(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    project = Project(root, Run(cache="off"))
    texts = {str(root / name): (root / name).read_text() for name in names}
    sources = [Source.of_text(path, text, tree=ast.parse(text)) for path, text in texts.items()]
    sys.setprofile(counts)
    try:
        found = [finding for source in sources for finding in engine.check(source, project, frozenset({"process"}))]
    finally:
        sys.setprofile(None)
    assert not [finding.message for finding in found if finding.code == "PAL900"]
    return count


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_work_grows_with_the_square_of_the_file_at_most(shape: Callable[[int], str], tree: Tree) -> None:
    root = tree({"pyproject.toml": "[tool.planalign]\n"})
    _work(root, "a.py", shape(20))
    few = _work(root, "a.py", shape(80))
    many = _work(root, "a.py", shape(320))
    assert many < 18 * few


def test_the_work_grows_with_the_number_of_packages_that_use_the_same_names(tree: Tree) -> None:
    works = []
    for count in (2, 8, 32):
        files = {
            f"service{number}/{name}": textwrap.dedent(text).replace("#", f"service{number}")
            for number in range(count)
            for name, text in (*SERVICE.items(), ("__init__.py", ""))
        }
        works.append(_work_on(tree({"pyproject.toml": "[tool.planalign]\n", **files}), list(files)) / count)
    assert works[2] < 1.5 * works[1], works
