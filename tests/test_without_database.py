"""A project without SQL pays next to nothing for the Logical view: one look at the words of each module."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

#: What a program has that uses no database, with words that SQL has too: in sentences, options, slices and totals.
MODULES = {
    "options.py": '''"""Select what is shown where it is asked for: ['name'] first."""
import argparse

PARSER = argparse.ArgumentParser()
PARSER.add_argument("--update", help="Update the index; with --delete, what is gone is removed")
''',
    "table.py": '''"""Tables of text."""
import json


def shown(rows, limit):
    """Delete what is too long, update the counts and return the rest.

    Insert a line below the head, where there is one.
    """
    total = len(rows)
    with open("rows.json") as stream:
        json.dump(rows[limit], stream)
    return {"rows": rows[:80], "total": total, "first": rows[0]['name']}
''',
    "pages.py": '''def split(text, offset):
    """Return the pages of a text; with a mark between them."""
    pages = text[offset:].split("\\f")
    return [page for page in pages if page.strip()], len(pages)
''',
}
SCRIPT = """
import json, sys
from collections import Counter
opened = Counter()
sys.addaudithook(lambda event, given: opened.update([str(given[0])]) if event == "open" else None)
from flake8_planalign.logical import words
looks = Counter()
real = words.matters
words.matters = lambda text, kind, path: looks.update([path]) or real(text, kind, path)
from flake8.main import cli
cli.main(["--jobs=1", "--isolated", "--planalign-cache=off", sys.argv[1], "."])
named = sorted(name for name in sys.modules if name.startswith(("sqlparse", "flake8_planalign.logical")))
own = {name: count for name, count in opened.items() if name.endswith((".py", ".toml")) and "site-packages" not in name}
print(json.dumps([named, looks, own]), file=sys.stderr)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'plain'\n", encoding="utf-8")
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(tree: Path, select: str) -> tuple[list[str], dict[str, int], dict[str, int]]:
    """Return the modules that were imported, how often each file was looked at, and how often each was opened."""
    command = [sys.executable, "-c", SCRIPT, f"--select={select}"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    named, looks, opened = json.loads(done.stderr)
    return named, looks, {name: count for name, count in opened.items() if Path(name).name in MODULES}


def test_only_the_words_are_imported_and_each_module_is_looked_at_once(tree: Path) -> None:
    named, looks, _ = run(tree, "PAL2")
    assert named == ["flake8_planalign.logical", "flake8_planalign.logical.words"]
    assert {Path(path).name: count for path, count in looks.items()} == dict.fromkeys(MODULES, 1)


def test_no_file_is_opened_that_flake8_does_not_open(tree: Path) -> None:
    assert run(tree, "PAL2")[2] == run(tree, "PAL9")[2]
