"""What the Process view does for long functions, many clients and long chains stays within bounds."""

from __future__ import annotations

import ast
import sys
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


def _work(root: Path, name: str, text: str) -> int:
    """Return how many functions are called while a file is judged, those that are written in C included."""
    count = 0

    def counts(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    path = root / name
    path.write_text(text)
    source, project = Source.of_text(str(path), text, tree=ast.parse(text)), Project(root, Run(cache="off"))
    sys.setprofile(counts)
    try:
        found = engine.check(source, project, frozenset({"process"}))
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
