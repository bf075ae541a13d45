"""The same findings for a file, however it is linted: alone, on stdin, in any order, by any jobs, with any cache."""

from __future__ import annotations

import collections
import functools
import os
import random
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "scoring"

#: The lines of flake8's report for each file.
Report = dict[str, list[str]]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example, which has a cache of its own."""
    root = tmp_path_factory.mktemp("same") / "scoring"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return root


def flake8(root: Path, *arguments: str, stdin: bytes | None = None) -> Report:
    command = [sys.executable, "-m", "flake8", "--isolated", "--select=PAL", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=300, input=stdin)
    assert done.stderr == b""
    report = collections.defaultdict(list)
    for line in done.stdout.decode().splitlines():
        path, _, rest = line.partition(":")
        report[os.path.normpath(path)].append(rest)
    return {path: sorted(lines) for path, lines in report.items()}


@pytest.fixture(scope="module")
def whole(tree: Path) -> Report:
    """Return what is said of each file when the whole tree is linted in one process without a cache."""
    return flake8(tree, "--jobs=1", "--planalign-cache=off", ".")


@functools.cache
def files(tree: Path) -> list[str]:
    """Return the paths of the platform's files, but for those of a cache."""
    paths = (os.path.relpath(path, tree) for path in tree.rglob("*") if path.is_file())
    return sorted(path for path in paths if not path.startswith((".planalign_cache", "expected")))


def test_there_is_something_to_compare(tree: Path, whole: Report) -> None:
    assert len(files(tree)) > 20
    assert sum(map(len, whole.values())) > 30
    assert len(whole) > 8


def test_a_file_alone(tree: Path, whole: Report) -> None:
    for path in files(tree):
        if path in whole or path.endswith(("features.py", "settings.py")):
            assert flake8(tree, "--jobs=1", "--planalign-cache=off", path).get(path, []) == whole.get(path, []), path


def test_a_file_on_stdin(tree: Path, whole: Report) -> None:
    for path in whole.keys() & set(files(tree)):
        report = flake8(
            tree, f"--stdin-display-name={path}", "--planalign-cache=off", "-", stdin=(tree / path).read_bytes()
        )
        assert report == {path: whole[path]}


def test_two_jobs_and_a_cache_that_is_cold_warm_or_of_another_file(tree: Path, whole: Report) -> None:
    shutil.rmtree(tree / ".planalign_cache", ignore_errors=True)
    first = next(iter(whole))
    assert flake8(tree, "--jobs=1", first) == {first: whole[first]}
    for jobs in (2, 2, 1):
        assert flake8(tree, f"--jobs={jobs}", ".") == whole
    assert flake8(tree, "--jobs=2", "--planalign-cache=off", ".") == whole


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_files(tree: Path, whole: Report, seed: int) -> None:
    order = random.Random(seed).sample(files(tree), len(files(tree)))  # noqa: S311
    assert flake8(tree, "--jobs=1", "--planalign-cache=off", *order) == whole


def test_a_cache_does_not_remember_what_has_changed(tree: Path, whole: Report) -> None:
    flake8(tree, "--jobs=1", ".")
    changed = tree / "src/common/geocoding.py"
    text = changed.read_text(encoding="utf-8")
    try:
        changed.write_text("", encoding="utf-8")
        without = flake8(tree, "--jobs=1", "--planalign-cache=off", ".")
        assert without != whole
        assert flake8(tree, "--jobs=1", ".") == without
    finally:
        changed.write_text(text, encoding="utf-8")
    assert flake8(tree, "--jobs=1", ".") == whole


def test_many_functions_with_one_decorator(tmp_path: Path) -> None:
    """What a decorator is given is told apart in each file, however many the files before it asked for."""
    transacted = """
        import functools, time

        def transacted(function):
            @functools.wraps(function)
            def wrapper(*arguments, **more):
                return function(*arguments, **more)
            return wrapper
    """
    (tmp_path / "db.py").write_text(textwrap.dedent(transacted), encoding="utf-8")
    for number in range(50):
        text = f"import time, db\n\n\n@db.transacted\ndef load{number}():\n    time.sleep({number + 1})\n"
        (tmp_path / f"store{number:02}.py").write_text(text, encoding="utf-8")
        text = f"from store{number:02} import load{number}\n\n\nasync def get():\n    load{number}()\n"
        (tmp_path / f"view{number:02}.py").write_text(text, encoding="utf-8")
    found = flake8(tmp_path, "--jobs=1", "--planalign-cache=off", ".")
    assert [path for path, lines in found.items() if len(lines) == 1] == [f"view{number:02}.py" for number in range(50)]
