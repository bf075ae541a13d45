"""A Python text is parsed once where a view looks ahead and flake8 comes to the file after it."""

from __future__ import annotations

import ast
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest
from conftest import Tree

from flake8_planalign import memos, parsing
from flake8_planalign.collector import collector_off
from flake8_planalign.parsing import handed_over, lent, of_tree, parsed
from flake8_planalign.project import Project
from flake8_planalign.runner import with_known_tree
from flake8_planalign.source import Source

TEXT = "x = 1\ny = 2\n"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    memos.forget()
    yield
    memos.forget()


def test_a_tree_is_made_once_and_handed_over_once() -> None:
    tree = parsed(TEXT)
    assert tree is not None
    assert parsed(TEXT) is tree
    assert handed_over(TEXT.splitlines(keepends=True)) is tree
    assert handed_over([TEXT]) is None
    assert parsed(TEXT) is not tree


def test_what_is_no_python_has_no_tree() -> None:
    assert [parsed(text) for text in ("def", "x = \0", "(" * 10_000)] == [None] * 3


def test_a_part_of_a_file_does_not_wait_for_anybody() -> None:
    assert parsed(TEXT, whole=False) is not None
    assert handed_over([TEXT]) is None


def test_the_trees_that_wait_are_limited_and_the_ones_longest_unasked_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"a{number} = 1\n" for number in range(4)]
    monkeypatch.setattr(parsing, "_WAITING_LIMIT", 3 * len(texts[0]))
    memos.forget()
    for text in (*texts[:3], texts[0], texts[3]):
        parsed(text)
    assert [handed_over([text]) is not None for text in texts] == [True, False, True, True]


def test_the_last_tree_waits_however_large_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_WAITING_LIMIT", len(TEXT))
    memos.forget()
    large = parsed("x" * 100)
    assert parsed("x" * 100) is large
    parsed(TEXT)
    assert handed_over(["x" * 100]) is None


def test_another_run_begins_with_nothing() -> None:
    parsed(TEXT)
    memos.forget()
    assert handed_over([TEXT]) is None


def test_in_a_large_project_only_the_last_tree_waits_until_the_next_run(tree: Tree) -> None:
    others = [parsed(TEXT), parsed("y = 1\n")]
    Project(tree({})).economise()
    assert parsed("y = 1\n") is others[1]
    assert parsed(TEXT) is not others[0]
    assert handed_over(["y = 1\n"]) is None
    memos.forget()
    parsed(TEXT)
    parsed("y = 1\n")
    assert handed_over([TEXT]) is not None


def test_what_is_found_in_a_tree_is_found_once_for_as_long_as_the_tree_is_kept() -> None:
    asked: list[ast.Module] = []

    @of_tree
    def assigned(tree: ast.Module) -> int:
        asked.append(tree)
        return len(tree.body)

    assert [assigned(TEXT), assigned(TEXT), assigned("no python")] == [2, 2, 0]
    assert asked[0] is parsed(TEXT)
    handed_over([TEXT])
    assert assigned(TEXT) == 2
    assert len(asked) == 3


def test_the_file_under_check_has_the_tree_that_flake8_made_of_it() -> None:
    source = Source.of_text("a.py", TEXT, tree=ast.parse(TEXT))
    with lent(source):
        assert parsed(TEXT) is source.tree
        assert handed_over([TEXT]) is None
    assert parsed(TEXT) is not source.tree


def test_what_flake8_holds_of_a_file_goes_with_the_file() -> None:
    class Processor:
        lines = (TEXT,)

        def build_ast(self) -> ast.Module:
            return ast.parse(TEXT)

    made = with_known_tree(Processor())
    made.build_ast()
    left = weakref.ref(made)
    with collector_off():
        del made
        assert left() is None


def test_flake8_takes_the_tree_that_a_view_has_made(tree: Tree) -> None:
    names = ["a.py", "b.py", "c.py"]
    root = tree({
        "a.py": "import time\n\nfrom b import nap\n\n\nasync def f():\n    nap()\n    time.sleep(1)\n",
        "b.py": "from c import doze\n\n\ndef nap():\n    doze()\n",
        "c.py": "import time\n\n\ndef doze():\n    time.sleep(1)\n\n\ndef unused():\n    import os\n",
    })  # fmt: skip
    (root / "counting.py").write_text(COUNTING, encoding="utf-8")
    command = [sys.executable, "counting.py", "--isolated", "--jobs=1", "--planalign-cache=off", *names]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "{'a.py': 1, 'b.py': 1, 'c.py': 1}"
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["a.py:7:5:", "PAL111"], ["a.py:8:5:", "PAL111"], ["c.py:9:5:", "F401"],
    ]  # fmt: skip


#: Runs flake8 and says how often the text of each file was parsed.
COUNTING = """
import ast, collections, sys
from pathlib import Path
from flake8.main.cli import main

texts = {Path(name).read_text(): name for name in ("a.py", "b.py", "c.py")}
counts, parse = collections.Counter(), ast.parse

def counted(text, *rest, **options):
    if text in texts:
        counts[texts[text]] += 1
    return parse(text, *rest, **options)

ast.parse = counted
main(sys.argv[1:])
print(dict(sorted(counts.items())), file=sys.stderr)
"""
