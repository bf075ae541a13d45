"""What every reader of values does around its questions to the evaluator."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from flake8_planalign.collector import collector_off, spare_new
from flake8_planalign.python.modules import forget

if TYPE_CHECKING:
    from flake8_planalign.python.evaluate import Evaluator

__all__ = ["evaluating"]

#: Evaluation recurses over the project's own definitions; frames of Python code live on the heap.
_RECURSION_LIMIT: Final = 40_000


@contextlib.contextmanager
def evaluating(evaluator: Evaluator) -> Iterator[None]:
    """Prepare for evaluation, and tidy up behind it."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    try:
        with collector_off():
            yield
            forget(everything=evaluator.modules.are_many)
            evaluator.leave()
            if not evaluator.modules.are_many:
                spare_new()
    finally:
        sys.setrecursionlimit(limit)
        evaluator.solver.abandon()
