"""The `planalign` command: as flake8 where it does what flake8 does, and clear in what it says beside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Tree

from flake8_planalign import catalogue, cli

CODE = """\
import time
import os
import requests


async def wait():
    time.sleep(1)
    time.sleep(2)  # noqa: PAL111
    time.sleep(3)  # noqa
    requests.get("https://example.com", timeout=1)
"""
COMPOSE = """\
services:
  h2o:
    image: h2oai/h2o-open-source-k8s:3.46.0.11
    command: java -Xmx2g -jar h2o.jar
"""
FILES = {
    "app/wait.py": CODE,
    "legacy/wait.py": CODE,
    "compose.yaml": COMPOSE,
    "broken.py": "def broken(:\n",
    "pyproject.toml": "[tool.planalign]\n",
    ".flake8": "[flake8]\nmax-line-length = 10\nper-file-ignores =\n    legacy/*: PAL112\nselect = E, F\n",
}


def ran(module: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("app", "compose.yaml"),
        ("--exit-zero",),
        ("--disable-noqa",),
        ("--statistics", "--count"),
        ("--format=planalign-gitlab",),
        ("--format=pylint", "--jobs=1"),
        ("--extend-ignore=PAL111,PAL112",),
        ("--isolated", "--show-source"),
    ],
    ids=" ".join,
)
def test_check_says_and_returns_what_flake8_does(arguments: tuple[str, ...], tree: Tree) -> None:
    root = tree(FILES)
    with_flake8 = ran("flake8", "--select=PAL", *arguments, cwd=root)
    ours = ran("flake8_planalign", "check", *arguments, cwd=root)
    assert (ours.stdout, ours.returncode) == (with_flake8.stdout, with_flake8.returncode)
    assert ours.stdout or "PAL111,PAL112" in str(arguments)


def test_check_loads_no_other_check_and_looks_at_no_tokens(tree: Tree) -> None:
    script = (
        "import sys; from flake8_planalign import cli; cli.main(['check', '--jobs=1']); "
        "print(sorted({'pyflakes.checker', 'pycodestyle'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tree(FILES), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_check_says_what_it_judged_and_what_it_did_not(tree: Tree) -> None:
    done = ran("flake8_planalign", "check", cwd=tree(FILES | {"bad/compose.yaml": "services: [\n"}))
    assert "judged 2 Python files, 1 Compose file and 1 plan file" in done.stderr
    assert "not readable: 2 (" in done.stderr
    assert "broken.py:1: E999 SyntaxError" in done.stderr


def test_check_of_nothing_does_not_look_like_approval(tree: Tree) -> None:
    root = tree({"notes.txt": ""})
    done = ran("flake8_planalign", "check", "nowhere", cwd=root)
    assert done.returncode == 2
    assert "nowhere: there is no such file or directory" in done.stderr
    assert "judged nothing" in ran("flake8_planalign", "check", cwd=root).stderr


def test_check_returns_2_for_a_plan_that_does_not_hold(tree: Tree) -> None:
    root = tree({"a.py": "", "pyproject.toml": "[tool.planalign]\nno-such-key = 1\n"})
    assert ran("flake8_planalign", "check", cwd=root).returncode == 2


def test_explain_prints_pages_by_code_story_and_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "pal111", "PAL13", "swallowed-exception"]) == 0
    text = capsys.readouterr().out
    assert "# PAL111 blocking-sleep" in text
    assert "# PAL131 sync-redis-in-async" in text
    assert "# PAL151 swallowed-exception" in text
    assert "## Why" in text


def test_explain_suggests_what_may_be_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "blocking-sleeps"]) == 2
    assert "did you mean blocking-sleep" in capsys.readouterr().err


def test_rules_lists_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    codes = [rule.code for rule in catalogue.rules()]
    assert cli.main(["rules", "--format", "json"]) == 0
    assert [rule["code"] for rule in json.loads(capsys.readouterr().out)] == codes
    assert cli.main(["rules"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == codes
    assert cli.main(["rules", "--format", "markdown"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(codes) + 2


def test_an_unknown_command_is_an_error_and_help_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["chekc"]) == 2
    assert "no command `chekc`" in capsys.readouterr().err
    assert cli.main(["--help"]) == 0
    assert "usage: planalign" in capsys.readouterr().out
    assert cli.main(["--version"]) == 0
