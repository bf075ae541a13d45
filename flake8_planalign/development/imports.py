"""Every form of import: statements, functions that import, processes and files that are run, paths on sys.path."""

from __future__ import annotations

import ast
import functools
import os
import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from flake8_planalign.memos import of_the_run
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["Import", "imports_of"]


class Import(msgspec.Struct, frozen=True):
    """What a file imports: as written, how, the files and directories it may mean, and where it stands."""

    position: Position
    text: str
    form: str
    targets: tuple[str, ...]
    only_types: bool = False


#: The functions that import by name, with the keyword of the name.
_BY_NAME: Final = {
    "__import__": "name", "find_spec": "name", "import_module": "name", "resolve_name": "name",
    "run_module": "mod_name",
}  # fmt: skip
#: The functions that run a file, with the place and the keyword of its path.
_BY_PATH: Final = {"run_path": (0, "path_name"), "spec_from_file_location": (1, "location")}
_BY_COMMAND: Final = frozenset({
    "run", "call", "check_call", "check_output", "Popen", "system", "popen", "create_subprocess_shell",
    "getoutput", "getstatusoutput",
})  # fmt: skip
_DASH_M: Final = lazy(r"\bpython[\d.]*\s+(?:-\w+\s+)*-m\s+([\w.]+)")
_SCRIPT: Final = lazy(r"\bpython[\d.]*\s+(?:-[A-Za-z]+\s+)*([\w./-]+\.py)\b")


def imports_of(source: Source, project: Project) -> Iterator[Import]:
    """Yield every import of a file, in any form, that means something of the project."""
    assert source.tree is not None
    types = _type_checking(source.tree)
    reader = _Reader(source, project)
    for node in ast.walk(source.tree):
        for item in reader.imports(node):
            if item.targets:
                yield replace(item, only_types=id(node) in types)


class _Reader:
    """One file: where its imports are looked up, what it calls the functions that import, its constants."""

    def __init__(self, source: Source, project: Project) -> None:
        assert source.tree is not None
        self.source = source
        self.project = project
        self.tree = source.tree
        self.roots = (*self._additions(), *project.import_roots(source.absolute))

    @functools.cached_property
    def renamed(self) -> dict[str, str]:
        """What names that are imported under another one are called where they come from."""
        return _renamed(self.tree)

    @functools.cached_property
    def texts(self) -> dict[str, str]:
        """The names that are bound to a text and to nothing else."""
        return _texts(self.tree)

    def imports(self, node: ast.AST) -> Iterator[Import]:
        """Yield the imports that one node of the tree makes."""
        match node:
            case ast.Import(names=names):
                for alias in names:
                    found = _found(alias.name, self.roots)
                    yield Import(self.source.position(alias), f"import {alias.name}", "", found)
            case ast.ImportFrom():
                yield from _from(node, self.source, self.roots)
            case ast.Call():
                yield from self._call(node)
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                yield from self._command(elements)

    def _called(self, node: ast.expr) -> str:
        """Return the last name of what is called, under its own name where it was imported under another."""
        name = _last_name(node)
        return self.renamed.get(name, name) if isinstance(node, ast.Name) else name

    def _text(self, node: ast.expr | None) -> str | None:
        """Return the text of a literal, or of a name that is bound to one and to nothing else."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=name):
                return self.texts.get(name)
        return None

    def _call(self, node: ast.Call) -> Iterator[Import]:
        name = self._called(node.func)
        if name in _BY_NAME:
            yield from self._by_name(node, name)
        elif name in _BY_PATH:
            written = _argument(node, *_BY_PATH[name])
            yield from self._run(written, f"{name}({{!r}})", f"by `{name}`") if written is not None else ()
        elif name == "create_subprocess_exec" or name.startswith(("execl", "spawnl")):
            yield from self._command(node.args)
        elif name in _BY_COMMAND and node.args and (text := self._text(node.args[0])) is not None:
            place = self.source.position(node.args[0])
            for found in _DASH_M.finditer(text):
                yield Import(place, f"python -m {found[1]}", "in a process", _found(found[1], self.roots))
            for found in _SCRIPT.finditer(text):
                yield Import(place, f"python {found[1]}", "in a process", self._file(found[1]))

    def _by_name(self, node: ast.Call, name: str) -> Iterator[Import]:
        written = _argument(node, 0, _BY_NAME[name])
        text = self._text(written)
        if written is None or text is None:
            return
        dotted = text.partition(":")[0]
        if dotted.startswith("."):
            package = self._text(_argument(node, 1, "package"))
            if package is None:
                return
            dotted = package + dotted
        if re.fullmatch(r"[\w.]+", dotted):
            place = self.source.position(written)
            yield Import(place, f"{name}({text!r})", f"by `{name}`", _found(dotted, self.roots))

    def _command(self, elements: list[ast.expr]) -> Iterator[Import]:
        """Yield what the words of a command run: `[sys.executable, "-m", "pipeline.train"]`."""
        words = [self._text(element) for element in elements]
        start = next((place for place, element in enumerate(elements) if _is_python(element)), None)
        if start is None:
            return
        for place in range(start + 1, len(words)):
            word = words[place]
            if word == "-m" and place + 1 < len(words):
                module = words[place + 1]
                if module is not None and re.fullmatch(r"[\w.]+", module):
                    at = self.source.position(elements[place + 1])
                    yield Import(at, f"python -m {module}", "in a process", _found(module, self.roots))
                return
            if word is None or not word.startswith("-"):
                yield from self._run(elements[place], "python {}", "in a process")
                return

    def _run(self, written: ast.expr, text: str, form: str) -> Iterator[Import]:
        """Yield the file of the project that a path means."""
        path = self._text(written) or _path(written, self.source.absolute)
        if path is not None and path.endswith(".py"):
            shown = path if self._text(written) else os.path.basename(path)
            yield Import(self.source.position(written), text.format(shown), form, self._file(path))

    def _file(self, path: str) -> tuple[str, ...]:
        """Return the file that a path means, from the root of the project or from beside this file."""
        for folder in (str(self.project.root), os.path.dirname(self.source.absolute)):
            full = os.path.normpath(os.path.join(folder, path))
            if _is_file(full):
                return (full,)
        return ()

    # -- sys.path -----------------------------------------------------------------------------------------------

    def _additions(self) -> Iterator[str]:
        """Yield the directories that a file adds to `sys.path`, as far as they are literals and beside the file."""
        if not any(word in self.source.text for word in ("sys.path", "addsitedir", "from sys import")):
            return
        folder = os.path.dirname(self.source.absolute)
        for node in ast.walk(self.tree):
            for added in self._added(node):
                for item in added.elts if isinstance(added, ast.List | ast.Tuple) else [added]:
                    path = self._text(item) or _path(item, self.source.absolute)
                    if path is not None:
                        yield os.path.normpath(os.path.join(folder, path))

    def _added(self, node: ast.AST) -> Iterator[ast.expr]:
        match node:
            case ast.Call(func=ast.Attribute(attr="append" | "insert" | "extend", value=target), args=[*_, last]):
                if self._is_sys_path(target):
                    yield last
            case ast.Call(args=[first, *_]) if self._called(node.func) == "addsitedir":
                yield first
            case ast.AugAssign(target=target, value=value) if self._is_sys_path(target):
                yield value
            case ast.Assign(targets=[ast.Subscript(value=target)], value=value) if self._is_sys_path(target):
                yield value
            case ast.Assign(targets=[target], value=ast.BinOp(left=left, right=right)) if self._is_sys_path(target):
                yield from (left, right)

    def _is_sys_path(self, node: ast.expr) -> bool:
        match node:
            case ast.Attribute(attr="path", value=ast.Name(id=name)):
                return self.renamed.get(name, name) == "sys"
            case ast.Name(id=name):
                return self.renamed.get(name) == "sys.path"
        return False


def _renamed(tree: ast.Module) -> dict[str, str]:
    """Return the names of a file that are imported under another one; of `from sys import path`, `sys.path`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = "sys.path" if isinstance(node, ast.ImportFrom) and node.module == "sys" else alias.name
                if alias.asname or name == "sys.path":
                    found[alias.asname or alias.name] = name
    return found


def _texts(tree: ast.Module) -> dict[str, str]:
    """Return the names of a file that are bound once, at its top level, and to a text."""
    found: dict[str, str] = {}
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            if node.id in bound:
                found[node.id] = ""
            bound.add(node.id)
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))) if name not in found:
                found[name] = text
    return {name: text for name, text in found.items() if text}


def _argument(node: ast.Call, place: int, keyword: str) -> ast.expr | None:
    named = next((item.value for item in node.keywords if item.arg == keyword), None)
    return named or (node.args[place] if len(node.args) > place else None)


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
        place = replace(start, column=column) if column >= 0 else start
        text = written + ", ".join(alias.name for alias in node.names)
        if not (named and _is_directory(module)):
            yield Import(place, text, "", tuple(dict.fromkeys((*module, *named))))
            return
    for alias, targets in inner:
        yield Import(source.position(alias), written + alias.name, "", targets or module)


def _is_directory(targets: tuple[str, ...]) -> bool:
    """Tell whether a module is only a directory, so that the names taken from it decide what is imported."""
    return not any(target.endswith(".py") for target in targets)


def _is_python(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and "python" in node.value
    return _last_name(node) == "executable"


def _last_name(node: ast.expr) -> str:
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


@of_the_run
@functools.lru_cache(20_000)
def _is_file(path: str) -> bool:
    return os.path.isfile(path)


@of_the_run
@functools.lru_cache(20_000)
def _is_folder(path: str) -> bool:
    try:
        return any(name.endswith(".py") or os.path.isdir(os.path.join(path, name)) for name in os.listdir(path))
    except OSError:
        return False


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
        if isinstance(node, ast.If) and _last_name(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
