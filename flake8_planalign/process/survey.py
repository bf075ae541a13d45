"""The survey: reads a module's pools, caches, handlers and routes, each only where its text may hold one."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_planalign.kinds import FileKind, is_stand_in, is_test
from flake8_planalign.process import gates
from flake8_planalign.project import Project
from flake8_planalign.source import Source

if TYPE_CHECKING:
    from flake8_planalign.process.analysis import Analysis

__all__ = ["matters", "survey"]


def matters(source: Source) -> bool:
    """Tell by its text whether a file can hold anything that the survey reads."""
    if source.kind is FileKind.LUA:
        return True
    text = source.text
    return "except" in text or "print(" in text or next(gates.readers(text), None) is not None


def survey(source: Source, project: Project) -> Iterator[object]:
    """Yield what the rules beside the radar judge in a file of Python or a Redis script; not of tests and stand-ins."""
    if source.kind is FileKind.LUA:
        from flake8_planalign.process.scripts import lua_keys

        yield from lua_keys(source)
        return
    path = project.relative(source.absolute)
    if is_test(path) or is_stand_in(path):
        return
    if "except" in source.text:
        from flake8_planalign.process.handlers import broad_handlers

        yield from broad_handlers(source)
    if project.run.selected & {"PAL153", "PAL157", "PAL15"}:
        from flake8_planalign.process.messages import lost_contexts, prints

        yield from lost_contexts(source)
        yield from prints(source, path)
    readers = list(gates.readers(source.text))
    if readers:
        yield from _remembered(source, project, readers)


def _remembered(source: Source, project: Project, readers: list[str]) -> list[object]:
    from flake8_planalign.process import memory, notes

    digest = memory.key(source, project)
    nodes = notes.recall(project, digest) if digest is not None else None
    if nodes is None:
        from flake8_planalign.process.analysis import Analysis
        from flake8_planalign.python.evaluation import evaluating

        analysis = Analysis.of(project)
        with evaluating(analysis.evaluator):
            nodes = [node for reader in readers for node in _read(reader, source, analysis)]
            analysis.leave(source)
        if digest is not None and not analysis.evaluator.modules.foreign:
            notes.remember(project, digest, nodes)
    return nodes


def _read(reader: str, source: Source, analysis: Analysis) -> Iterator[object]:
    module, _, function = reader.partition(".")
    return getattr(importlib.import_module(f"{__package__}.{module}"), function)(source, analysis)  # type: ignore[no-any-return]
