"""What the radar said of a file is said again for as long as nothing of the project has changed."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Tree

from flake8_planalign.config import Run
from flake8_planalign.process import memory, radar, read
from flake8_planalign.process.model import BlockingCall, Offload
from flake8_planalign.project import Project
from flake8_planalign.source import Source

APP = """
import asyncio
from concurrent.futures import ProcessPoolExecutor

from sympy import simplify

import repo


async def f(url):
    repo.get(url)
    open(url)
    await asyncio.to_thread(repo.get(url))
    await asyncio.to_thread(simplify, url)
    with ProcessPoolExecutor() as pool:
        pool.submit(lambda: 1)
"""
FILES: dict[str, str | bytes] = {
    "pyproject.toml": "[tool.planalign]\n",
    "app.py": APP,
    "repo.py": "import requests\n\n\ndef get(url):\n    return requests.get(url)\n",
}
Look = Callable[[Path], tuple[int, list[object]]]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Look:
    """Return a function that reads app.py anew, as a fresh process would, and notes how often it had to work."""
    works: list[Path] = []

    def sweep(source: Source, project: Project, *rest: Any) -> object:
        works.append(project.root)
        return real(source, project, *rest)

    real = radar._sweep
    monkeypatch.setattr(radar, "_sweep", sweep)

    def run(root: Path) -> tuple[int, list[object]]:
        works.clear()
        text = (root / "app.py").read_text(encoding="utf-8")
        source = Source.of_text(str(root / "app.py"), text, tree=ast.parse(text))
        nodes = list(read(source, Project(root, Run())))
        return len(works), nodes

    return run


def test_a_second_run_says_the_same_without_working(tree: Tree, look: Look) -> None:
    root = tree(FILES)
    works, nodes = look(root)
    assert works == 1
    assert {type(node) for node in nodes} == {BlockingCall, Offload}
    assert look(root) == (0, nodes)


@pytest.mark.parametrize("name", ["app.py", "repo.py", "new.py", "pyproject.toml"])
def test_a_change_anywhere_in_the_project_makes_it_look_again(name: str, tree: Tree, look: Look) -> None:
    root = tree(FILES)
    _, nodes = look(root)
    path = root / name
    path.write_bytes((path.read_bytes() if path.exists() else b"") + b"\n\n")
    assert look(root) == (1, nodes)


def test_what_depends_on_files_that_are_none_of_the_project_is_not_remembered(tree: Tree, look: Look) -> None:
    root = tree({**FILES, ".gitignore": "repo.py\n"})
    _, nodes = look(root)
    assert look(root) == (1, nodes)


def test_without_a_cache_nothing_is_remembered(tree: Tree) -> None:
    root = tree(FILES)
    source = Source.of_text(str(root / "app.py"), APP)
    assert memory.key(source, Project(root, Run(cache="off"))) is None


@pytest.mark.parametrize("damage", ["text", [["call", [1, 2, 3, 4]]], [["offload"]], [[1, 2]], [7]])
def test_what_is_not_of_our_making_is_a_miss(damage: object, tree: Tree) -> None:
    project = Project(tree(FILES), Run())
    project.cache.put("radar", "0", damage)
    assert memory.recall(project, "0") is None
