"""The service layer: what the plan calls so, else the modules that declare an application and what they import."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from typing import Final

from flake8_planalign.patterns import lazy
from flake8_planalign.process import gates
from flake8_planalign.process.analysis import Analysis

__all__ = ["has_layers", "in_service"]

_ASIDE: Final = lazy(r"(?:^|/)(?:migrations?|alembic|scripts?|tools|versions|docs|examples?|benchmarks?)/")


def has_layers(analysis: Analysis) -> bool:
    """Tell whether the plan's service layer exists on disk."""
    return bool(_declared(analysis))


def in_service(analysis: Analysis, path: str) -> bool:
    """Tell whether a file belongs to the service layer."""
    relative = analysis.relative(path)
    declared = _declared(analysis)
    if declared:
        return any(
            relative == pattern or relative.startswith(pattern + "/") or fnmatch.fnmatch(relative, pattern)
            for pattern in declared
        )
    if "service modules" not in analysis.memo:
        found = analysis.tables.whole("service modules", lambda: sorted(_reached(analysis)))
        analysis.memo["service modules"] = frozenset(found)
    return path in analysis.memo["service modules"]


def _declared(analysis: Analysis) -> tuple[str, ...]:
    if "service layer" not in analysis.memo:
        root = str(analysis.project.root)
        patterns = (pattern.rstrip("/").removeprefix("./") for pattern in analysis.project.config.layers.service)
        analysis.memo["service layer"] = tuple(
            pattern for pattern in patterns if any(c in pattern for c in "*?[") or os.path.exists(f"{root}/{pattern}")
        )
    return analysis.memo["service layer"]  # type: ignore[no-any-return]


def _reached(analysis: Analysis) -> set[str]:
    """Return the modules that declare an application or a router, and what they import in the project."""
    pending = analysis.tables.any_of("declares an application", gates.SERVICE.search)
    reached: set[str] = set()
    while pending:
        path = pending.pop()
        if path in reached or analysis.tables.is_test(path) or _ASIDE.search(analysis.relative(path)):
            continue
        text = analysis.project.read(path) if analysis.project.owns(path) else None
        if text is not None:
            reached.add(path)
            pending.extend(_imports(analysis, path, text))
    return reached


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
