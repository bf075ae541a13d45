"""Between two files: what stays for the whole run is taken out of the collector's sight, and garbage is not kept."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from flake8_planalign.collector import collector_off


def run(program: str) -> str:
    """Return what a program prints that has a collector to itself."""
    program = "import gc\nfrom flake8_planalign.collector import settle\n" + textwrap.dedent(program)
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip()


def test_what_stays_is_spared_once_the_collector_has_walked_everything() -> None:
    assert (
        run(
            "stays = [[] for _ in range(9_999)]; settle(); gc.collect(); settle(); print(gc.get_freeze_count() > 9_999)"
        )
        == "True"
    )


def test_a_short_run_is_left_alone() -> None:
    assert run("gc.disable(); gc.enable(); settle(); settle(); print(gc.get_freeze_count())") == "0"


def test_garbage_is_collected_first() -> None:
    assert (
        run(
            """
        import weakref
        class Node: pass
        node = Node(); node.parent = node; known = weakref.ref(node); del node
        settle(); print(known())
        gc.collect(); settle(); print(known())
        """
        ).split()[-1]
        == "None"
    )


def test_little_that_is_new_is_not_worth_a_freeze() -> None:
    assert (
        run(
            """
        stays = [[] for _ in range(200_000)]; gc.collect(); settle(); first = gc.get_freeze_count()
        more = [[] for _ in range(999)]; gc.collect(); settle(); print(gc.get_freeze_count() - first < 999)
        """
        )
        == "True"
    )


def test_a_run_without_collector_stays_without() -> None:
    assert run("gc.collect(); gc.disable(); settle(); print(gc.isenabled(), gc.get_freeze_count())") == "False 0"


def test_the_collector_is_on_again_after_an_error() -> None:
    with pytest.raises(KeyError), collector_off():
        raise KeyError
