"""The example platform: what flake8 says about it is what expected.txt says, and nothing about the one done right."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"

PROCESS_CODES = {f"PAL11{digit}" for digit in range(10)} | {"PAL122", "PAL131"}


def report(*arguments: str, cwd: Path = ROOT) -> list[str]:
    """Return the lines that flake8 prints, run as a person would run it."""
    command = [sys.executable, "-m", "flake8", "--select=PAL", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    assert done.stderr == ""
    return done.stdout.splitlines()


def expected() -> list[str]:
    return (EXAMPLES / "scoring" / "expected.txt").read_text(encoding="utf-8").splitlines()


def test_the_example_is_reported_as_expected() -> None:
    assert report("examples/scoring") == expected()


def test_the_example_done_right_is_silent() -> None:
    assert report("examples/scoring-fixed") == []


def test_every_code_of_the_blocking_rules_is_in_the_example() -> None:
    codes = {re.findall(r": (PAL\d{3}) ", line)[0] for line in expected()}
    assert codes >= PROCESS_CODES


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_number_of_jobs_changes_nothing(jobs: str) -> None:
    assert report(f"--jobs={jobs}", "examples/scoring") == expected()


def test_a_file_alone_is_reported_as_in_the_whole_tree() -> None:
    for path in sorted({line.partition(":")[0] for line in expected()}):
        assert report(path) == [line for line in expected() if line.startswith(f"{path}:")]


def test_the_example_says_the_same_from_within() -> None:
    inside = [line.removeprefix("./") for line in report(".", cwd=EXAMPLES / "scoring")]
    outside = [line.replace("examples/scoring/", "") for line in expected()]
    assert inside == outside


def test_every_wrong_file_says_why_in_prose() -> None:
    for path in sorted({line.partition(":")[0] for line in expected() if line.partition(":")[0].endswith(".py")}):
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
        assert all(ast.get_docstring(function) for function in functions), path


def test_the_readme_shows_real_output() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^examples/scoring/.*$", readme, re.MULTILINE)
    assert shown
    assert set(shown) <= set(expected())
