"""Where an async frame is started from: requests, or only start-up, a script or tests."""

from __future__ import annotations

import functools
import os
import re

from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.modules import Module

__all__ = ["Origins", "is_test"]

_TEST_FILE = re.compile(r"(?:^|/)(?:tests?|testing)/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$")
_LIFESPAN = frozenset({"on_event", "on_startup", "on_shutdown", "add_event_handler"})


def is_test(path: str) -> bool:
    """Tell by its name whether a file belongs to the tests."""
    return _TEST_FILE.search(path.replace(os.sep, "/")) is not None


class Origins:
    """The origins of one module's async frames."""

    def __init__(self, graph: CallGraph, module: Module) -> None:
        self._graph = graph
        self._module = module

    @functools.cached_property
    def _in_tests(self) -> bool:
        root = str(self._graph.evaluator.project.root)
        return is_test(os.path.relpath(self._module.path, root))

    def aside(self, function: int) -> bool:
        """Tell whether a frame runs only in tests, at start-up or shutdown, or in a script."""
        return self._in_tests
