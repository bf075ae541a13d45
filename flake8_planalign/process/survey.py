"""The survey: reads a module's pools, caches, handlers and routes, each only where its text may hold one."""

from __future__ import annotations

import os
from collections.abc import Iterator

from flake8_planalign.process.handlers import broad_handlers, has_broad_handler
from flake8_planalign.process.origin import is_test
from flake8_planalign.project import Project
from flake8_planalign.source import Source

__all__ = ["matters", "survey"]


def matters(source: Source) -> bool:
    """Tell by its text whether a file can hold anything that the survey reads."""
    return has_broad_handler(source.text)


def survey(source: Source, project: Project) -> Iterator[object]:
    """Yield what the rules beside the radar judge in a Python file; tests are not judged."""
    if is_test(os.path.relpath(source.absolute, project.root)):
        return
    yield from broad_handlers(source)
