"""Handlers of errors that nothing raises: what is tried only makes coroutines, which raise when they are awaited."""

from __future__ import annotations

import ast

from flake8_planalign.parsing import of_tree
from flake8_planalign.process.statements import own_nodes
from flake8_planalign.python.chains import Chain
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.values import Frame

__all__ = ["is_unraised"]


def is_unraised(evaluator: Evaluator, chain: Chain) -> bool:
    """Tell whether a way leads through a handler that is never entered, as in a decorator for plain functions.

    `try: return function(*args)`, and `except errors: time.sleep(delay)`, around a function that is a coroutine's.
    """
    for frame, step in chain.end:
        calls = frame.body.get("c", ())
        if not any(type(call[0]) is str and call[0].startswith("^") for call in calls):
            continue
        for attempt in _attempts(evaluator.project.read(frame.module.path) or ""):
            if any(part.lineno <= step.place[0] <= (part.end_lineno or 0) for part in attempt.handlers):
                return _makes_coroutines(evaluator, frame, attempt)
    return False


def _makes_coroutines(evaluator: Evaluator, frame: Frame, attempt: ast.Try) -> bool:
    """Tell whether a `try` does nothing but call functions that give coroutines."""
    nodes = list(own_nodes(*attempt.body))
    if not all(isinstance(each, ast.Assign | ast.Expr | ast.Return) for each in attempt.body):
        return False
    if any(isinstance(node, ast.Await | ast.Yield | ast.YieldFrom) for node in nodes):
        return False
    ends = {(node.end_lineno, node.end_col_offset) for node in nodes if isinstance(node, ast.Call)}
    called = [call[0] for call in frame.body.get("c", ()) if (call[5], call[6]) in ends]
    if not called or len(called) != len(ends):
        return False
    return all(
        (values := evaluator.value(each, frame)) and all(evaluator.is_coroutine_function(value) for value in values)
        for each in called
    )


@of_tree
def _attempts(tree: ast.Module) -> list[ast.Try]:
    """Return the `try` statements of a file, inner ones first."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Try)][::-1]
