"""Reads the imports of a monorepo: every form of them, from which layer to which, also through common code."""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import itertools
import os
import re
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Final

from flake8_planalign.development.model import DuplicateFunction, Layer, LayerImport
from flake8_planalign.kinds import matches
from flake8_planalign.project import Project
from flake8_planalign.rule import Position, Related
from flake8_planalign.source import Source

__all__ = ["duplicates", "imports", "layer_of"]

_ASIDE: Final = re.compile(
    r"(?:^|/)(?:tests?|testing|scripts?|bin|tools|notebooks?|docs?|examples?|benchmarks?|migrations|alembic)(?:/|$)"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest|setup|noxfile|tasks|manage)\.py$"
)
_RUNS: Final = re.compile(r"""^if\s+__name__\s*==\s*["']__main__["']""", re.MULTILINE)
_DECLARES_APP: Final = re.compile(
    r"^\w+\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(?:FastAPI|APIRouter|Starlette|Flask|Litestar|Sanic)\(", re.MULTILINE
)
_DASH_M: Final = re.compile(r"\bpython[\d.]*\s+(?:-\w+\s+)*-m\s+([\w.]+)")
_FORBIDDEN: Final = {Layer.SERVICE: Layer.PIPELINE, Layer.PIPELINE: Layer.SERVICE}
#: How many modules a chain may pass, and how many are read to find one.
_CHAIN_LIMIT: Final = 12
_READ_LIMIT: Final = 2_000
_DUPLICATE_LINES: Final = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Import:
    """What a file imports: as written, how, the files and directories it may mean, and where it stands."""

    position: Position
    text: str
    form: str
    targets: tuple[str, ...]
    only_types: bool = False


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

    @functools.cached_property
    def exist(self) -> bool:
        """Tell whether there is a pipeline layer at all, without which nothing can cross."""
        return any(os.path.exists(os.path.join(self.root, path)) or "*" in path for path in self.pipeline)

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
        relative = os.path.relpath(path, self.root).replace(os.sep, "/")
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
        if text and _RUNS.search(text):
            return Layer.ASIDE
        if os.path.basename(path) == "__main__.py":
            return Layer.ASIDE
        return Layer.COMMON

    def imports(self, path: str) -> tuple[Import, ...]:
        """Return the imports of a file of the project."""
        found = self._imports.get(path)
        if found is None:
            text = self.project.read(path)
            tree = None
            if text is not None:
                try:
                    tree = ast.parse(text)
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    tree = None
            source = Source.of_text(path, text or "", tree=tree)
            found = self._imports[path] = tuple(_imports(source, self.project)) if tree is not None else ()
        return found


_LAYERS: weakref.WeakKeyDictionary[Project, _Layers] = weakref.WeakKeyDictionary()


def _layers(project: Project) -> _Layers:
    found = _LAYERS.get(project)
    if found is None:
        found = _LAYERS[project] = _Layers(project)
    return found


def layer_of(path: str, project: Project) -> Layer | None:
    """Return the layer of a file, None where the project has no pipeline layer."""
    layers = _layers(project)
    return layers.of(path) if layers.exist else None


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
    if source.tree is None or not layers.exist:
        return
    importer = layers.of(source.absolute)
    if importer is None or importer is Layer.ASIDE:
        return
    for item in _imports(source, project):
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
        relative = os.path.relpath(path, layers.root).replace(os.sep, "/")
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


def _imports(source: Source, project: Project) -> Iterator[Import]:
    """Yield every import of a file, in any form, that means something of the project."""
    assert source.tree is not None
    roots = (*_path_additions(source), *project.import_roots(source.absolute))
    types = _type_checking(source.tree)
    for node in ast.walk(source.tree):
        for item in _imports_of(node, source, roots):
            if item.targets:
                yield dataclasses.replace(item, only_types=id(node) in types)


def _imports_of(node: ast.AST, source: Source, roots: tuple[str, ...]) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                yield Import(source.position(alias), f"import {alias.name}", "", _found(alias.name, roots))
        case ast.ImportFrom():
            yield from _from(node, source, roots)
        case ast.Call():
            yield from _dynamic(node, source, roots)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            yield from _commands(elements, source, roots)


def _from(node: ast.ImportFrom, source: Source, roots: tuple[str, ...]) -> Iterator[Import]:
    if node.level:
        base = source.absolute
        for _ in range(node.level):
            base = os.path.dirname(base)
        roots = (base,)
    written = f"from {'.' * node.level}{node.module or ''} import "
    module = _found(node.module, roots) if node.module else ()
    start = source.position(node)
    inner: list[tuple[ast.alias, tuple[str, ...]]] = []
    for alias in node.names:
        dotted = f"{node.module}.{alias.name}" if node.module else alias.name
        inner.append((alias, _found(dotted, roots, package=False) if alias.name != "*" else ()))
    named = [target for _, targets in inner for target in targets]
    if node.module and (module or named):
        column = source.lines[start.line - 1].find(node.module, start.column) if len(source.lines) >= start.line else -1
        place = dataclasses.replace(start, column=column) if column >= 0 else start
        text = written + ", ".join(alias.name for alias in node.names)
        if not (named and _is_directory(module)):
            yield Import(place, text, "", tuple(dict.fromkeys((*module, *named))))
            return
    for alias, targets in inner:
        yield Import(source.position(alias), written + alias.name, "", targets or module)


def _is_directory(targets: tuple[str, ...]) -> bool:
    """Tell whether a module is only a directory, so that the names taken from it decide what is imported."""
    return not any(target.endswith(".py") for target in targets)


def _dynamic(node: ast.Call, source: Source, roots: tuple[str, ...]) -> Iterator[Import]:
    name = _called(node.func)
    if name in ("import_module", "__import__", "run_module", "find_spec", "resolve_name") and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            dotted = first.value.partition(":")[0]
            if dotted.startswith("."):
                package = next((item.value for item in node.keywords if item.arg == "package"), None)
                package = package or (node.args[1] if len(node.args) > 1 else None)
                if not (isinstance(package, ast.Constant) and isinstance(package.value, str)):
                    return
                dotted = package.value + dotted
            if re.fullmatch(r"[\w.]+", dotted):
                yield Import(source.position(first), f"{name}({first.value!r})", f"by `{name}`", _found(dotted, roots))
    elif name in ("run", "call", "check_call", "check_output", "Popen", "system", "popen") and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            for found in _DASH_M.finditer(first.value):
                yield Import(source.position(first), f"python -m {found[1]}", "in a process", _found(found[1], roots))


def _commands(elements: list[ast.expr], source: Source, roots: tuple[str, ...]) -> Iterator[Import]:
    """Yield the module of a command `[sys.executable, "-m", "pipeline.train"]`."""
    for flag, module in itertools.pairwise(elements):
        if (
            isinstance(flag, ast.Constant)
            and flag.value == "-m"
            and isinstance(module, ast.Constant)
            and isinstance(module.value, str)
            and re.fullmatch(r"[\w.]+", module.value)
            and _is_python(elements[0])
        ):
            yield Import(
                source.position(module), f"python -m {module.value}", "in a process", _found(module.value, roots)
            )


def _is_python(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and "python" in node.value
    return _called(node) == "executable"


def _called(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _found(dotted: str, roots: tuple[str, ...], *, package: bool = True) -> tuple[str, ...]:
    """Return the files that importing a dotted name runs, in the first root that has it; a bare directory counts."""
    parts = dotted.split(".")
    for root in roots:
        path = os.path.join(root, *parts)
        if _is_file(path + ".py"):
            return (*_packages(root, parts[:-1]), path + ".py") if package else (path + ".py",)
        if _is_file(os.path.join(path, "__init__.py")):
            inits = _packages(root, parts)
            return inits if package else inits[-1:]
        if _is_folder(path):
            return (*_packages(root, parts[:-1]), path) if package else (path,)
        if package and len(parts) > 1 and _found(parts[0], (root,)):
            return _found(".".join(parts[:-1]), (root,))
    return ()


def _packages(root: str, parts: list[str]) -> tuple[str, ...]:
    found = []
    for index in range(1, len(parts) + 1):
        init = os.path.join(root, *parts[:index], "__init__.py")
        if _is_file(init):
            found.append(init)
    return tuple(found)


@functools.lru_cache(20_000)
def _is_file(path: str) -> bool:
    return os.path.isfile(path)


@functools.lru_cache(20_000)
def _is_folder(path: str) -> bool:
    try:
        return any(name.endswith(".py") or os.path.isdir(os.path.join(path, name)) for name in os.listdir(path))
    except OSError:
        return False


def _path_additions(source: Source) -> Iterator[str]:
    """Yield the directories that a file adds to `sys.path`, as far as they are literals and beside the file."""
    assert source.tree is not None
    if "sys.path" not in source.text:
        return
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(
                func=ast.Attribute(
                    attr="append" | "insert" | "extend", value=ast.Attribute(attr="path", value=ast.Name("sys"))
                ),
                args=[*_, last],
            ):
                for item in last.elts if isinstance(last, ast.List | ast.Tuple) else [last]:
                    path = _path(item, source.absolute)
                    if path is not None:
                        yield os.path.normpath(os.path.join(os.path.dirname(source.absolute), path))


def _path(node: ast.expr, here: str) -> str | None:
    """Return the path that an expression of literals and `__file__` means, None if it needs more than that."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id="__file__"):
            return here
        case ast.Call(func=ast.Attribute(attr="join" | "joinpath"), args=parts):
            found = [_path(part, here) for part in parts]
            return None if None in found else os.path.join(*(part for part in found if part is not None))
        case ast.Call(func=ast.Attribute(attr="dirname"), args=[inner]):
            outer = _path(inner, here)
            return None if outer is None else os.path.dirname(outer)
        case ast.Call(func=ast.Attribute(attr="abspath" | "realpath" | "fspath"), args=[inner]):
            return _path(inner, here)
        case ast.Call(func=ast.Name(id="str" | "Path") | ast.Attribute(attr="Path"), args=[inner]):
            return _path(inner, here)
        case ast.Call(func=ast.Attribute(attr="resolve" | "absolute", value=inner)):
            return _path(inner, here)
        case ast.Attribute(attr="parent", value=inner):
            outer = _path(inner, here)
            return None if outer is None else os.path.dirname(outer)
        case ast.Subscript(value=ast.Attribute(attr="parents", value=inner), slice=ast.Constant(value=int(level))):
            outer = _path(inner, here)
            for _ in range(level + 1):
                outer = None if outer is None else os.path.dirname(outer)
            return outer
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            first, second = _path(left, here), _path(right, here)
            return None if first is None or second is None else os.path.join(first, second)
    return None


def _type_checking(tree: ast.Module) -> set[int]:
    """Return the nodes below `if TYPE_CHECKING:`, which only a type checker runs."""
    return {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and _called(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }


def duplicates(source: Source, project: Project) -> Iterator[DuplicateFunction]:
    """Yield the functions of 20 lines or more whose body stands in the other layer as well."""
    layer = layer_of(source.absolute, project)
    if source.tree is None or layer not in _FORBIDDEN:
        return
    others = _bodies(project, _FORBIDDEN[layer])
    for function, digest in _functions(source.tree):
        if digest in others:
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            place = source.position(function)
            column = source.lines[place.line - 1].find(function.name, place.column)
            position = Position(place.line, column, place.line, column + len(function.name))
            yield DuplicateFunction(position, function.name, lines, others[digest], _FORBIDDEN[layer])


_BODIES: weakref.WeakKeyDictionary[Project, dict[Layer, dict[str, str]]] = weakref.WeakKeyDictionary()


def _bodies(project: Project, layer: Layer) -> dict[str, str]:
    """Return the bodies of a layer's functions, by digest, with the place of each."""
    known = _BODIES.setdefault(project, {})
    if layer not in known:
        found: dict[str, str] = {}
        for path in project.files("*.py"):
            if layer_of(path, project) is layer:
                try:
                    tree = ast.parse(project.read(path) or "")
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue
                relative = os.path.relpath(path, project.root).replace(os.sep, "/")
                for function, digest in _functions(tree):
                    found.setdefault(digest, f"{relative}:{function.lineno}")
        known[layer] = found
    return known[layer]


def _functions(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if body and (node.end_lineno or 0) - body[0].lineno + 1 >= _DUPLICATE_LINES:
                text = "\n".join(ast.dump(statement, annotate_fields=False) for statement in body)
                yield node, hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
