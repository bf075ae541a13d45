"""A program twice as long is twice the work for the radar, by the calls that it makes."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_planalign import engine
from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.source import Source

APIS = ("time.sleep(1)", "os.system('x')", "requests.get('x')", "shutil.rmtree('x')", "subprocess.run('x')")
BASE = "import os, requests, shutil, subprocess, time\n\n\ndef base(name=None):\n" + "".join(
    f"    {api}\n" for api in APIS
)


def chain(count: int, call: str = "{}()") -> str:
    """Return functions that call each other in a line to several APIs, each with an async caller."""
    links = "".join(
        f"def s{number}(name=None):\n    {call.format(f's{number + 1}' if number < count - 1 else 'base')}\n\n\n"
        f"async def a{number}(name):\n    s{number}(name)\n\n\n"
        for number in range(count)
    )
    return f"{BASE}\n\n{links}"


SHAPES: dict[str, Callable[[int], str]] = {
    "a chain to several APIs": chain,
    "a chain whose steps are conditional": lambda n: chain(n, "if name:\n        {}(name)"),
    "a chain that only some names take": lambda n: chain(n, "if name.startswith('a/'):\n        {}(name)"),
}


def work(root: Path, text: str) -> int:
    """Return how many functions of Python the engine calls to judge a file."""
    (root / "pyproject.toml").write_text("[tool.planalign]\n", encoding="utf-8")
    path = root / "app.py"
    path.write_text(text, encoding="utf-8")
    source = Source.of_text(str(path), text, FileKind.PYTHON, ast.parse(text))
    project = Project(root, Run(cache="off"))
    count = 0

    def counts(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counts)
    try:
        found = list(engine.check(source, project))
    finally:
        sys.setprofile(None)
    assert not [finding for finding in found if finding.code == "PAL900"]
    assert len(found) >= len(APIS)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_as_many_links_are_twice_the_work(shape: str, tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.mkdir()
    large.mkdir()
    text = SHAPES[shape]
    work(small, text(20))  # what is imported and made once for each process
    assert work(large, text(600)) < 2.3 * work(small, text(300))
