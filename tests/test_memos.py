"""A process that runs flake8 several times, as an editor's or a hook's does."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Tree
from flake8.api import legacy
from flake8.main.options import JobsArgument

from flake8_planalign.python import evaluate, modules

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


def test_a_project_that_is_too_large_to_keep_everything_is_told_the_same(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = {
        f"app/step{number}.py": f"from app import step{number + 1}\n\ndef wait():\n    step{number + 1}.wait()\n"
        for number in range(4)
    }
    routes = {
        f"app/route{number}.py": f"from app import step{number}\n\nasync def route():\n    step{number}.wait()\n"
        for number in range(4)
    }
    root = tree({**chain, **routes, "app/__init__.py": "", "app/step4.py": BLOCKING, "setup.cfg": ""})
    assert run(root, guide()) == len(routes)
    monkeypatch.setattr(modules, "_UNPACKED", 0)
    monkeypatch.setattr(evaluate, "_MAX_SETTLED", 0)
    assert run(root, guide()) == len(routes)
