"""Real flake8, run in this process on a tree of files."""

from __future__ import annotations

import contextlib
import itertools
import os
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from flake8.main import cli
from hypothesis import settings

from flake8_planalign import engine, runner
from flake8_planalign.kinds import FileKind
from flake8_planalign.rule import Rule

# How long one example takes says more about a busy machine than about the code.
settings.register_profile("any machine", deadline=None)
# A gate that turns red says something about the change: it tries the same examples in every run.
settings.register_profile("gate", deadline=None, derandomize=True)
# What the gate has not tried: `HYPOTHESIS_PROFILE=search pytest`, overnight or after a change of a parser.
settings.register_profile("search", deadline=None, max_examples=3000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "any machine"))


class Reported(NamedTuple):
    """A line of flake8's report; the column is 0-based."""

    path: str
    line: int
    column: int
    code: str
    text: str


Flake8 = Callable[..., list[Reported]]
Tree = Callable[[dict[str, str | bytes]], Path]
FakeView = Callable[..., None]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Return a function that writes files below a fresh directory and returns it."""
    root = tmp_path / "tree"

    def write(files: dict[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return write


@pytest.fixture
def flake8(tmp_path: Path) -> Flake8:
    """Return a function that runs flake8 with the given arguments in a directory and returns what it reports."""
    numbers = itertools.count()

    def run(*arguments: str, cwd: Path, isolated: bool = True) -> list[Reported]:
        output = tmp_path / f"report{next(numbers)}.txt"
        output.touch()
        form = "%(path)s\t%(row)d\t%(col)d\t%(code)s\t%(text)s"
        own = ["--jobs=1", *(["--isolated"] if isolated else [])]
        with _forgetful(), contextlib.chdir(cwd):
            cli.main([*own, f"--format={form}", f"--output-file={output}", *arguments])
        lines = (line.split("\t") for line in output.read_text(encoding="utf-8").splitlines())
        return [
            Reported(os.path.normpath(path), int(row), int(column) - 1, code, text)
            for path, row, column, code, text in lines
        ]

    return run


@pytest.fixture
def fake_view(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return a function that stands a reader and rules in the place of the Logical view."""

    def install(read: Callable[..., Iterable[object]], *rules: Rule, kinds: Iterable[FileKind], **more: object) -> None:
        package = types.SimpleNamespace(KINDS=frozenset(kinds), read=read, **more)
        real_view, real_rules = engine.view, engine.rules_of
        monkeypatch.setattr(engine, "view", lambda name: package if name == "logical" else real_view(name))
        monkeypatch.setattr(engine, "rules_of", lambda name: rules if name == "logical" else real_rules(name))
        real_index = engine._index
        monkeypatch.setattr(engine, "_index", lambda name: None if name == "logical" else real_index(name))
        engine._by_type.cache_clear()

    yield install
    engine._by_type.cache_clear()


@contextlib.contextmanager
def _forgetful() -> Iterator[None]:
    """Forget what flake8 was given on stdin, which in real life does not change under it."""
    runner._stdin.cache_clear()
    yield
