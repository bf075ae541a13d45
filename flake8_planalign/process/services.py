"""The service layer: what the plan calls so, else the modules that declare an application and what they import."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from typing import Final

from flake8_planalign.process.analysis import Analysis
from flake8_planalign.python.modules import Module

__all__ = ["has_layers", "in_service"]

_DECLARES: Final = re.compile(
    r"\b(?:FastAPI|APIRouter|Starlette|Litestar|Quart|Sanic|RouteTableDef|web\.Application)\("
)
_ASIDE: Final = re.compile(r"(?:^|/)(?:migrations?|alembic|scripts?|tools|versions|docs|examples?|benchmarks?)/")


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
        analysis.memo["service modules"] = _reached(analysis)
    return path in analysis.memo["service modules"]


def _declared(analysis: Analysis) -> tuple[str, ...]:
    if "service layer" not in analysis.memo:
        root = str(analysis.project.root)
        patterns = (pattern.rstrip("/").removeprefix("./") for pattern in analysis.project.config.layers.service)
        analysis.memo["service layer"] = tuple(
            pattern for pattern in patterns if any(c in pattern for c in "*?[") or os.path.exists(f"{root}/{pattern}")
        )
    return analysis.memo["service layer"]  # type: ignore[no-any-return]


def _reached(analysis: Analysis) -> frozenset[str]:
    """Return the modules that declare an application or a router, and what they import in the project."""
    pending = [
        path
        for path, text in analysis.texts.items()
        if _DECLARES.search(text) and not _ASIDE.search(analysis.relative(path))
    ]
    reached: set[str] = set()
    while pending:
        path = pending.pop()
        if path in reached or path not in analysis.texts or _ASIDE.search(analysis.relative(path)):
            continue
        reached.add(path)
        module = analysis.evaluator.modules.module(path)
        if module is not None:
            pending.extend(_imports(analysis, module))
    return frozenset(reached)


def _imports(analysis: Analysis, module: Module) -> Iterator[str]:
    modules = analysis.evaluator.modules
    roots = modules.roots(module)
    dotted = {binding[1] for bindings in module.names.values() for binding in bindings if _is_import(binding)}
    for name in sorted({*dotted, *module.stars}):
        absolute = module.absolute(name)
        for candidate in (absolute, absolute.rpartition(".")[0]):
            file = modules.find(candidate, roots) if candidate else None
            if file is not None and file.endswith(".py"):
                yield file


def _is_import(binding: object) -> bool:
    return type(binding) is list and bool(binding) and binding[0] == "m"
