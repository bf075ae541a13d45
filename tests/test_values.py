"""Values of the evaluator: what is known of an expression."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

ORDER = """
from flake8_planalign.python.values import ordered
parts = [frozenset({("s", first), ("s", second), ("s", "c")}) for first, second in (("a", "b"), ("d", "e"), ("f", "g"))]
print([sorted(map(repr, value[1])) for value in ordered(frozenset(("l", part) for part in parts))])
"""


@pytest.fixture(scope="module")
def order() -> str:
    return in_a_run_with("0")


def in_a_run_with(seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run(
        [sys.executable, "-c", ORDER], env=environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_values_that_hold_sets_are_ordered_alike_in_every_run(order: str, seed: str) -> None:
    assert in_a_run_with(seed) == order
