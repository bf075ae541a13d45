"""The service layer: what the plan calls so, else the modules that declare an application and what they import."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from flake8_planalign.patterns import lazy
from flake8_planalign.process import gates
from flake8_planalign.process.analysis import Analysis

__all__ = ["has_layers", "in_service", "is_aside", "same_service"]

_ASIDE: Final = lazy(r"(?:^|/)(?:migrations?|alembic|scripts?|tools|versions|docs|examples?|benchmarks?)/")


def has_layers(analysis: Analysis) -> bool:
    """Tell whether the plan's service layer exists on disk."""
    return bool(_declared(analysis))


def in_service(analysis: Analysis, path: str) -> bool:
    """Tell whether a file belongs to the service layer."""
    relative = analysis.project.relative(path)
    declared = _declared(analysis)
    if declared:
        return any(
            relative == pattern or relative.startswith(pattern + "/") or fnmatch.fnmatch(relative, pattern)
            for pattern in declared
        )
    return path in _graph(analysis)


def is_aside(analysis: Analysis, path: str) -> bool:
    """Tell by its directory whether a file is a script, a migration or an example, which no service runs."""
    return _ASIDE.search(analysis.project.relative(path)) is not None


def same_service(analysis: Analysis, path: str) -> frozenset[str]:
    """Return the service modules of the applications that a file belongs to: a repository may hold many.

    An application is a module that nobody imports; to it belongs what it imports, directly or not.
    """
    memo = analysis.memo.setdefault("same service", {})
    if path not in memo:
        graph = _graph(analysis)
        importers: dict[str, set[str]] = {}
        for module, imported in graph.items():
            for other in imported:
                importers.setdefault(other, set()).add(module)
        above = _closure(path, importers)
        tops = {module for module in above if not importers.get(module, set()) - {module}}
        memo[path] = frozenset().union(*(_closure(top, graph) for top in tops or above))
    return memo[path]  # type: ignore[no-any-return]


def _closure(start: str, graph: Mapping[str, Iterable[str]]) -> set[str]:
    reached: set[str] = set()
    pending = [start]
    while pending:
        module = pending.pop()
        if module not in reached:
            reached.add(module)
            pending.extend(graph.get(module, ()))
    return reached


def _graph(analysis: Analysis) -> dict[str, list[str]]:
    """Return the service modules, each with what it imports of the project."""
    if "service modules" not in analysis.memo:
        lines = analysis.tables.whole("imports of service modules", lambda: sorted(map("\n".join, _reached(analysis))))
        rows = [line.split("\n") for line in lines]
        analysis.memo["service modules"] = {module: imported for module, *imported in rows}
    return analysis.memo["service modules"]  # type: ignore[no-any-return]


def _declared(analysis: Analysis) -> tuple[str, ...]:
    if "service layer" not in analysis.memo:
        root = str(analysis.project.root)
        patterns = (pattern.rstrip("/").removeprefix("./") for pattern in analysis.project.config.layers.service)
        analysis.memo["service layer"] = tuple(
            pattern for pattern in patterns if any(c in pattern for c in "*?[") or os.path.exists(f"{root}/{pattern}")
        )
    return analysis.memo["service layer"]  # type: ignore[no-any-return]


def _reached(analysis: Analysis) -> Iterator[list[str]]:
    """Yield the modules that declare an application or a router, and what they import in the project.

    Each comes with the modules that it imports behind it.
    """
    pending = analysis.tables.any_of("declares an application", gates.SERVICE.search)
    reached: set[str] = set()
    while pending:
        path = pending.pop()
        if path in reached or analysis.tables.is_test(path) or is_aside(analysis, path):
            continue
        text = analysis.project.read(path) if analysis.project.owns(path) else None
        if text is not None:
            reached.add(path)
            imported = sorted(set(_imports(analysis, path, text)))
            yield [path, *imported]
            pending.extend(imported)


def _imports(analysis: Analysis, path: str, text: str) -> Iterator[str]:
    """Yield the files of the project that a file imports, by a look at its text."""
    modules = analysis.evaluator.modules
    roots = analysis.project.import_roots(path)
    name = modules.name_of(path)
    package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
    for match in _IMPORT.finditer(text):
        base, names = (match[1], match[2]) if match[1] else ("", match[3])
        level = len(base) - len(base.lstrip("."))
        if level:
            outer = package.split(".")[: max(len(package.split(".")) - level + 1, 0)]
            base = ".".join([*outer, *filter(None, [base[level:]])])
        for part in re.split(r"[\s,()]+", re.sub(r"\bas\s+\w+|#[^\n]*", "", names)):
            for dotted in (f"{base}.{part}" if base and part else base or part, base):
                file = modules.find(dotted, roots) if dotted else None
                if file is not None and file.endswith(".py"):
                    yield file


_IMPORT: Final = lazy(
    r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^()]*\)|[^\n]*)|import[ \t]+([^\n]*))", re.MULTILINE
)
