"""Other flake8 plugins, installed beside this one, change nothing for it, and it changes nothing for them."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Tree

NEIGHBOURS = ("flake8-pyi", "flake8-noqa", "flake8-bugbear", "flake8-async", "wemake-python-styleguide")
OURS = r"PAL\d{3}"


def _missing(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return True
    return False


MISSING = [name for name in NEIGHBOURS if _missing(name)]
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; `tox -e neighbours` has them"
)

FILES: dict[str, str | bytes] = {
    "app.py": "import os\nimport time\n\n\nasync def f(x=[]):\n    time.sleep(1)  # noqa: E501\n    return lambda: x\n",
    "stub.pyi": "import os\nx: int = 1\ndef f(x: int = 12345678901234567890): ...\n",
    "compose.yml": "services:\n  api:\n    ports: [80\n    image: x\n",
    "quiet/compose.yml": "services:\n  api: }  # noqa: PAL902\n",
    "pyproject.toml": "[tool.planalign]\nrots = []\n",
}
PLACES = {("compose.yml", "4:10", "PAL902"), ("pyproject.toml", "2:1", "PAL903")}


def _report(root: Path, *arguments: str) -> set[tuple[str, str, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", *arguments, "."],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    found = re.findall(r"^\./(.+?):(\d+:\d+): ([A-Z]+\d+)", done.stdout, re.MULTILINE)
    assert found, done.stdout
    return {(path, place, code) for path, place, code in found}


def _places(report: set[tuple[str, str, str]], *, ours: bool) -> set[tuple[str, str, str]]:
    return {found for found in report if bool(re.fullmatch(OURS, found[2])) is ours}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_companion_files_are_checked_beside_all_of_them(jobs: str, tree: Tree) -> None:
    ours = _places(_report(tree(FILES), f"--jobs={jobs}", "--format=default"), ours=True)
    assert ours >= PLACES
    assert not {found for found in ours if found[2] in ("PAL900", "PAL901")}
    assert {found[0] for found in ours if not found[0].endswith(".py")} == {"compose.yml", "pyproject.toml"}


def test_they_see_what_they_would_see_without_our_files(tree: Tree) -> None:
    root = tree(FILES)
    beside = _places(_report(root, "--format=default"), ours=False)
    alone = _places(_report(root, "--format=default", "--planalign-files=", "--extend-ignore=PAL"), ours=False)
    assert beside == alone
    assert {found[0] for found in beside} == {"app.py", "stub.pyi"}
    assert {"B", "Y"} <= {found[2][0] for found in beside}


def test_a_tool_that_checks_noqa_comments_knows_our_codes(tree: Tree) -> None:
    root = tree({"a.py": "x = 1  # noqa: PAL111\n", "compose.yml": "services: }  # noqa: PAL902\n"})
    report = _report(root, "--format=default", "--select=NQA,PAL", "--noqa-require-code")
    assert report == {("a.py", "1:8", "NQA102")}
