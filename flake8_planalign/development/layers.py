"""Reads the imports of a monorepo: every form of them, from which layer to which, also through common code."""

from __future__ import annotations

import ast
import functools
import os
import re
from collections import deque
from collections.abc import Iterator
from typing import Final

from flake8_planalign.cache import digest
from flake8_planalign.development import has_pipeline, neighbours
from flake8_planalign.development.imports import Import, imports_of
from flake8_planalign.development.model import DuplicateFunction, Layer, LayerImport
from flake8_planalign.kinds import matches
from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.rule import Position, Related
from flake8_planalign.source import Source

__all__ = ["duplicates", "imports", "layer_of"]

_ASIDE: Final = lazy(
    r"(?:^|/)(?:tests?|testing|scripts?|bin|tools|notebooks?|docs?|examples?|benchmarks?|migrations|alembic)(?:/|$)"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest|setup|noxfile|tasks|manage)\.py$"
)
_RUNS: Final = lazy(r"""^if\s+__name__\s*==\s*["']__main__["']""", re.MULTILINE)
_DECLARES_APP: Final = lazy(
    r"^\w+\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(?:FastAPI|APIRouter|Starlette|Flask|Litestar|Sanic)\(", re.MULTILINE
)
_FORBIDDEN: Final = {Layer.SERVICE: Layer.PIPELINE, Layer.PIPELINE: Layer.SERVICE}
#: How many modules a chain may pass, and how many are read to find one.
_CHAIN_LIMIT: Final = 12
_READ_LIMIT: Final = 2_000
_DUPLICATE_LINES: Final = 20


class _Layers:
    """The layers of one project, and the imports of its modules as far as they were asked for."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.root = str(project.root)
        self._imports: dict[str, tuple[Import, ...]] = {}
        self._layers: dict[str, Layer] = {}

    @functools.cached_property
    def has_service(self) -> bool:
        """Tell whether a directory of the service layer exists; else the files that declare an app stand for it."""
        return any(os.path.exists(os.path.join(self.root, path)) or "*" in path for path in self.service)

    @property
    def service(self) -> tuple[str, ...]:
        return self.project.config.layers.service

    @property
    def pipeline(self) -> tuple[str, ...]:
        return self.project.config.layers.pipeline

    def of(self, path: str) -> Layer | None:
        """Return the layer of a file or directory of the project, None for anything outside of it."""
        layer = self._layers.get(path)
        if layer is None:
            found = self._of(path)
            if found is None:
                return None
            layer = self._layers[path] = found
        return layer

    def _of(self, path: str) -> Layer | None:
        relative = self.project.relative(path)
        if relative.startswith("..") or "site-packages" in relative:
            return None
        aside = _ASIDE.search(relative)
        for layer, patterns in ((Layer.SERVICE, self.service), (Layer.PIPELINE, self.pipeline)):
            inner = _inside(relative, patterns)
            if inner is not None:
                return Layer.ASIDE if _ASIDE.search(inner) else layer
        common = self.project.config.layers.common
        if aside:
            return Layer.ASIDE
        if common:
            return Layer.COMMON if _inside(relative, common) is not None else Layer.ASIDE
        text = self.project.read(path) if path.endswith(".py") else ""
        if text and not self.has_service and _DECLARES_APP.search(text):
            return Layer.SERVICE
        if (text and _RUNS.search(text)) or path in self._commands:
            return Layer.ASIDE
        if os.path.basename(path) == "__main__.py":
            return Layer.ASIDE
        return Layer.COMMON

    @functools.cached_property
    def _commands(self) -> frozenset[str]:
        """The modules that console commands begin in."""
        return frozenset(command.path for command in neighbours.commands(self.project))

    def imports(self, path: str) -> tuple[Import, ...]:
        """Return the imports of a file of the project."""
        found = self._imports.get(path)
        if found is None:
            text = self.project.read(path)
            tree = parsed(text) if text is not None else None
            source = Source.of_text(path, text or "", tree=tree)
            found = self._imports[path] = tuple(imports_of(source, self.project)) if tree is not None else ()
        return found


def _layers(project: Project) -> _Layers:
    return project.remembered("layers", lambda: _Layers(project))


def layer_of(path: str, project: Project) -> Layer | None:
    """Return the layer of a file, None where the project has no pipeline layer."""
    layers = _layers(project)
    return layers.of(path) if has_pipeline(project) else None


def _inside(relative: str, patterns: tuple[str, ...]) -> str | None:
    """Return what of a path lies below the first directory or glob that holds it, None if none does."""
    for pattern in patterns:
        plain = pattern.rstrip("/")
        if relative == plain:
            return ""
        if relative.startswith(f"{plain}/"):
            return relative[len(plain) + 1 :]
        if "*" in plain and matches(relative, (plain, f"{plain}/*")):
            return os.path.basename(relative)
    return None


def imports(source: Source, project: Project) -> Iterator[LayerImport]:
    """Yield the imports of a Python file that cross the layers, direct ones and those through common code."""
    layers = _layers(project)
    if source.tree is None or not has_pipeline(project):
        return
    importer = layers.of(source.absolute)
    if importer is None or importer is Layer.ASIDE:
        return
    for item in imports_of(source, project):
        imported = _crossed(importer, item, layers)
        if imported is not None:
            yield LayerImport(item.position, importer, imported, item.text, item.form)
        elif importer in _FORBIDDEN:
            chain = _chain(item, _FORBIDDEN[importer], layers)
            if chain:
                yield LayerImport(item.position, importer, _FORBIDDEN[importer], item.text, item.form, chain)


def _crossed(importer: Layer, item: Import, layers: _Layers) -> Layer | None:
    found = {layers.of(target) for target in item.targets}
    if importer is Layer.COMMON:
        return next((layer for layer in (Layer.SERVICE, Layer.PIPELINE) if layer in found), None)
    forbidden = _FORBIDDEN[importer]
    return forbidden if forbidden in found else None


def _chain(item: Import, forbidden: Layer, layers: _Layers) -> tuple[Related, ...]:
    """Return the shortest way from an import of common code to the other layer, empty if there is none."""
    pending: deque[tuple[str, tuple[Related, ...]]] = deque(
        (target, ()) for target in item.targets if layers.of(target) is Layer.COMMON
    )
    seen = set(item.targets)
    while pending and len(seen) < _READ_LIMIT:
        path, way = pending.popleft()
        if len(way) >= _CHAIN_LIMIT or not path.endswith(".py"):
            continue
        relative = layers.project.relative(path)
        for following in layers.imports(path):
            if following.only_types:
                continue
            step = (*way, Related(relative, following.position, following.text))
            kinds = {target: layers.of(target) for target in following.targets}
            if forbidden in kinds.values():
                return step
            for target, layer in kinds.items():
                if layer is Layer.COMMON and target not in seen:
                    seen.add(target)
                    pending.append((target, step))
    return ()


def duplicates(source: Source, project: Project) -> Iterator[DuplicateFunction]:
    """Yield the functions of 20 lines or more whose body stands in the other layer as well."""
    layer = layer_of(source.absolute, project)
    if source.tree is None or layer not in _FORBIDDEN:
        return
    other = _FORBIDDEN[layer]
    others = project.remembered(f"bodies of {other.value}", lambda: _bodies(project, other))
    for function, content in _functions(source.tree):
        if content in others:
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            place = source.position(function)
            column = source.lines[place.line - 1].find(function.name, place.column)
            position = Position(place.line, column, place.line, column + len(function.name))
            yield DuplicateFunction(position, function.name, lines, others[content], _FORBIDDEN[layer])


def _bodies(project: Project, layer: Layer) -> dict[str, str]:
    """Return the bodies of a layer's functions, by digest, with the place of each."""
    found: dict[str, str] = {}
    for path in project.files("*.py"):
        if layer_of(path, project) is layer:
            tree = parsed(project.read(path) or "")
            if tree is None:
                continue
            relative = project.relative(path)
            for function, content in _functions(tree):
                found.setdefault(content, f"{relative}:{function.lineno}")
    return found


def _functions(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if body and (node.end_lineno or 0) - body[0].lineno + 1 >= _DUPLICATE_LINES:
                text = "\n".join(ast.dump(statement, annotate_fields=False) for statement in body)
                yield node, digest(text)
