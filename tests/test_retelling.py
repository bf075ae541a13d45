"""What `planalign check` said of a file is told again exactly as long as nothing has changed that it may depend on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import flake8
import pytest
from conftest import Tree, _forgetful
from flake8 import checker

from flake8_planalign import baseline
from flake8_planalign.command import check, retelling

ROUTE = "from app.rates import rates\n\n\nasync def read():\n    return rates()\n"
QUICK = "def rates():\n    return {}\n"
SLOW = "import requests\n\n\ndef rates():\n    return requests.get('https://rates.example', timeout=3).json()\n"
COMPOSE = """\
services:
  h2o:
    image: h2oai/h2o-open-source-k8s:3.46.0.11
    command: java ${HEAP} -jar h2o.jar
    mem_limit: 4g
"""
FILES = {
    "app/__init__.py": "",
    "app/main.py": ROUTE,
    "app/rates.py": QUICK,
    "app/broken.py": "def broken(:\n",
    "compose.yaml": COMPOSE,
    ".env": "HEAP=-Xmx2g\n",
    "pyproject.toml": "[tool.planalign]\n",
}

Told = Callable[..., tuple[list[str], set[str]]]


@pytest.fixture
def told(tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Told]:
    """Return a function that runs `planalign check` and gives its lines and the files that were looked into."""
    monkeypatch.chdir(tree(FILES))
    checked: set[str] = set()
    original = checker.FileChecker.__init__

    def noted(self: object, **arguments: object) -> None:
        checked.add(os.path.normpath(str(arguments["filename"])))
        original(self, **arguments)

    monkeypatch.setattr(checker.FileChecker, "__init__", noted)

    def run(*arguments: str) -> tuple[list[str], set[str]]:
        settle(Path())
        baseline.read.cache_clear()
        checked.clear()
        with _forgetful():
            check.main(["--isolated", "--jobs=1", *arguments])
        return capsys.readouterr().out.splitlines(), set(checked)

    return run


def settle(root: Path) -> None:
    """Let every file look as if it had been written some time ago."""
    now = time.time_ns()
    for path in root.rglob("*"):
        if path.is_file() and now - path.stat().st_mtime_ns < 10**9 and ".planalign_cache" not in path.parts:
            os.utime(path, ns=(now - 2 * 10**9, path.stat().st_mtime_ns - 2 * 10**9))


def test_nothing_is_looked_into_while_nothing_has_changed(told: Told) -> None:
    first, looked_into = told()
    assert looked_into >= {"app/main.py", "app/rates.py", "app/broken.py", "compose.yaml"}
    told()  # the first run has found out that an override of the Compose file would count as well
    assert told() == (first, set())
    assert told("--jobs=2") == (first, set())


def test_a_change_in_a_neighbour_counts(told: Told) -> None:
    told()
    Path("app/rates.py").write_text(SLOW)
    lines, _ = told()
    assert [line for line in lines if line.startswith("./app/main.py:5:12: PAL112 ")]
    Path("app/rates.py").write_text(QUICK)
    lines, _ = told()
    assert not [line for line in lines if "PAL112" in line]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda: Path(".env").write_text("HEAP=-Xmx3g\n"), "./compose.yaml:4:19: PAL413 "),
        (lambda: Path("app/rates.py").unlink(), ""),
        (
            lambda: Path("app/more.py").write_text("import time\n\nasync def f():\n    time.sleep(1)\n"),
            "./app/more.py:4",
        ),
        (lambda: Path("pyproject.toml").write_text("[tool.planalign]\nroot = 1\n"), "./pyproject.toml:2:1: PAL903 "),
        (
            lambda: Path("app/broken.py").write_text("import time\nasync def f():\n    time.sleep(1)\n"),
            "./app/broken.py:3",
        ),
    ],
    ids=["environment file", "removed", "added", "plan", "content"],
)
def test_a_changed_tree_is_looked_into(change: Callable[[], object], expected: str, told: Told) -> None:
    before, _ = told()
    change()
    after, looked_into = told()
    assert looked_into
    assert any(line.startswith(expected) for line in after if line not in before) or not expected
    assert told("--planalign-cache=off")[0] == after
    told()
    assert told() == (after, set())


def test_other_options_are_another_run(told: Told) -> None:
    told()
    assert told("--planalign-min-confidence=certain")[1]
    assert told("--disable-noqa")[1]
    assert told("--select=PAL904,PAL1")[1]
    assert told("--planalign-files=")[1]


def test_comments_and_options_of_the_report_hold_without_a_new_look(told: Told) -> None:
    Path("app/rates.py").write_text(SLOW)
    lines, _ = told()
    assert [line for line in lines if "PAL112" in line]
    told()
    lines, looked_into = told("--extend-ignore=PAL112")
    assert not looked_into
    assert not [line for line in lines if "PAL112" in line]
    Path("app/main.py").write_text(ROUTE.replace("rates()\n", "rates()  # noqa: PAL112\n"))
    assert not [line for line in told()[0] if "PAL112" in line]
    lines, looked_into = told()
    assert not looked_into
    assert not [line for line in lines if "PAL112" in line]


def test_another_version_looks_anew(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told()
    monkeypatch.setattr(flake8, "__version__", "7.99.0")
    assert told()[1]
    told()
    monkeypatch.setattr("flake8_planalign.project._fingerprint", lambda: "0123456789ab")
    assert told()[1]


def test_a_baseline_that_has_changed_counts(told: Told) -> None:
    Path("app/rates.py").write_text(SLOW)
    Path("b.json").write_text('{"version": 1, "entries": []}')
    assert [line for line in told("--planalign-baseline=b.json")[0] if "PAL112" in line]
    from flake8_planalign.command import baseline as command

    baseline.read.cache_clear()
    with _forgetful():
        command.main(["--file=b.json", "--isolated", "--jobs=1"])
    assert not [line for line in told("--planalign-baseline=b.json")[0] if "PAL112" in line]


def test_a_report_of_any_form_is_the_same(told: Told) -> None:
    Path("app/rates.py").write_text(SLOW)
    first, looked_into = told("--format=planalign-sarif")
    told("--format=planalign-sarif")
    again, nothing = told("--format=planalign-sarif")
    assert looked_into
    assert not nothing
    assert first == again


def test_a_file_that_has_just_been_written_is_not_kept(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retelling, "_JUST_NOW", 10**12)
    told()
    assert told()[1] >= {"app/main.py", "app/rates.py"}


def test_damaged_memories_are_misses(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    first, looked_into = told()
    monkeypatch.setattr(retelling, "_read", lambda _stored: int("no number"))
    assert told() == (first, looked_into)
