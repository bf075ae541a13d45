"""Between two files: what stays for the whole run is taken out of the collector's sight, and garbage is not kept."""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import textwrap
import types

import pytest

from flake8_planalign import runner
from flake8_planalign.collector import collector_off

PRELUDE = """
import gc
from flake8_planalign.collector import collector_off, settle, spare_new, unsettle

def walked(times=3):
    for _ in range(times):
        gc.collect()

def stay(count):
    kept.extend([] for _ in range(count))

def spared():
    return gc.get_freeze_count() - begun  # some versions of Python begin with a few

begun = gc.get_freeze_count()
kept = []
"""


def run(program: str) -> str:
    """Return what a program prints that has a collector to itself."""
    program = PRELUDE + textwrap.dedent(program)
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip()


def test_what_stays_is_spared_once_the_collector_has_walked_everything_often() -> None:
    assert run("stay(9_999); walked(); settle(); print(spared() > 9_999)") == "True"


def test_a_short_run_is_left_alone() -> None:
    assert run("stay(9_999); walked(2); settle(); settle(); print(spared())") == "0"


def test_garbage_is_collected_first() -> None:
    program = """
        import weakref

        class Node:
            pass

        walked()
        node = Node(); node.itself = node; known = weakref.ref(node); del node
        settle(); print(known(), spared() > 0)
    """
    assert run(program) == "None True"


def test_little_that_is_new_is_not_worth_a_freeze() -> None:
    program = """
        stay(200_000); walked(); settle(); first = spared()
        stay(999); walked(); settle(); print(spared() - first < 999)
    """
    assert run(program) == "True"


def test_much_that_was_made_without_the_collector_is_spared_at_once_a_few_times_in_a_run() -> None:
    program = """
        def made(count):
            before = spared()
            with collector_off():
                stay(count)
                spare_new()
            return spared() - before >= count

        print(made(999), *(made(30_000) for _ in range(9)))
        unsettle(); begun = gc.get_freeze_count()
        print(made(30_000))
    """
    assert run(program).split() == ["False", *["True"] * 8, "False", "True"]


def test_a_run_without_collector_stays_without() -> None:
    assert run("walked(); gc.disable(); settle(); print(gc.isenabled(), spared())") == "False 0"


def test_the_collector_is_on_again_after_an_error() -> None:
    with pytest.raises(KeyError), collector_off():
        raise KeyError


def test_what_a_buffer_leaves_is_spared_before_the_collector_is_on_again(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[bool] = []
    monkeypatch.setattr(runner, "spare_new", lambda: called.append(gc.isenabled()))
    run_checks = runner._wrap_run_checks(lambda _checker: "result")
    assert run_checks(types.SimpleNamespace(options=argparse.Namespace(filenames=["-"]))) == "result"
    assert called == [False]
    assert gc.isenabled()
