"""A process that runs flake8 several times, as an editor's or a hook's does."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flake8.api import legacy
from flake8.main.options import JobsArgument

from tests.conftest import Tree

CALLER = "from app import helpers\n\nasync def route():\n    helpers.wait()\n"
BLOCKING = "import time\n\ndef wait():\n    time.sleep(1)\n"
QUICK = "def wait():\n    return 1\n"


def guide(cache: Path | str = "off") -> legacy.StyleGuide:
    return legacy.get_style_guide(
        select=["PAL111"], jobs=JobsArgument("1"), planalign_cache=str(cache), output_file=os.devnull
    )


def run(root: Path, guide: legacy.StyleGuide) -> int:
    return guide.check_files([str(root)]).total_errors


@pytest.mark.parametrize("guides", [lambda: itertools.repeat(guide()), lambda: map(guide, itertools.repeat("off"))])
def test_a_second_run_sees_what_changed_since_the_first(
    tree: Tree, guides: Callable[[], Iterator[legacy.StyleGuide]]
) -> None:
    root = tree({"app/__init__.py": "", "app/main.py": CALLER, "app/helpers.py": BLOCKING, "setup.cfg": ""})
    made = guides()
    assert run(root, next(made)) == 1
    (root / "app" / "helpers.py").write_text(QUICK)
    assert run(root, next(made)) == 0
    (root / "app" / "helpers.py").write_text(BLOCKING)
    assert run(root, next(made)) == 1


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="open files can be counted on Linux only")
def test_many_runs_hold_no_more_files_open_than_one(tree: Tree, tmp_path: Path) -> None:
    root = tree({"app/__init__.py": "", "app/main.py": CALLER, "app/helpers.py": BLOCKING, "setup.cfg": ""})
    run(root, guide(tmp_path / "cache0"))
    after_one = len(os.listdir("/proc/self/fd"))
    for number in range(1, 4):
        run(root, guide(tmp_path / f"cache{number}"))
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= after_one
