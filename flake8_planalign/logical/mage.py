"""Blocks of a Mage project: one function, from frames to a frame, that touches nothing else."""

from __future__ import annotations

import ast
import functools
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from flake8_planalign.logical.code import Module
from flake8_planalign.logical.model import BlockFault, BlockIO, BlockReturn
from flake8_planalign.logical.words import BLOCK_FOLDERS
from flake8_planalign.parsing import parsed
from flake8_planalign.rule import Position

if TYPE_CHECKING:
    from flake8_planalign.project import Project

__all__ = ["blocks"]

#: The folder of a block type -> the decorator that marks its function.
_TYPES = frozenset(BLOCK_FOLDERS.values())
#: Types of blocks of which Mage runs every function.
_ALL_RUN = frozenset({"callback", "condition"})
_IO_KINDS = frozenset({"network", "database", "file", "process", "redis"})
_SINKS = frozenset({"to_csv", "to_parquet", "to_sql", "to_excel", "to_feather", "to_hdf", "to_pickle", "to_orc",
                    "to_gbq", "to_stata", "to_xml", "write_csv", "write_parquet"})  # fmt: skip
_SINKS_AND_TEXT = frozenset({"to_json", "to_html", "to_latex", "to_markdown", "to_string"})
_MADE = frozenset({"makedirs", "mkdir", "remove", "unlink", "rename", "rmdir", "removedirs", "symlink", "replace"})
_OF_IO = frozenset({"export", "load", "execute", "sample"})
_CALL_LIMIT = 8
_At = Callable[[int, int], Position]
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def blocks(module: Module, project: Project, at: _At) -> Iterator[BlockReturn | BlockIO | BlockFault]:
    """Yield what keeps the blocks of a module from being steps of their own."""
    if "mage_ai" not in module.text and not _in_mage_project(module.path, project):
        return
    functions = {
        node.name: (node, kind)
        for node in module.tree.body
        if isinstance(node, _Function) and (kind := _block_type(module, node)) is not None
    }
    if not functions:
        return
    reader = _Reader(module, project, at, {name: function for name, (function, _) in functions.items()})
    own = _own_type(module.path)
    seen: set[str] = set()
    for function, kind in functions.values():
        if kind in seen - _ALL_RUN and (own is None or kind == own):
            yield reader.second(function, kind)
        seen.add(kind)
        if kind == "transformer":
            yield from reader.returns(function)
            yield from reader.io(function)
        yield from reader.calls_of_blocks(function)
    yield from reader.module_level()
    first = next((function for function, kind in functions.values() if own is None or kind == own), None)
    if first is not None:
        yield from reader.parameters(first)


def _in_mage_project(path: str, project: Project) -> bool:
    """Tell whether the folder above the block's folder is a Mage project: it has metadata.yaml and block folders."""
    folders = path.split("/")
    place = next((index for index, name in enumerate(folders[:-1]) if name in BLOCK_FOLDERS), None)
    if place is None:
        return False
    top = os.path.join(project.root, *folders[:place])
    return os.path.isfile(os.path.join(top, "metadata.yaml")) and os.path.isdir(os.path.join(top, "pipelines"))


def _own_type(path: str) -> str | None:
    return next((BLOCK_FOLDERS[name] for name in path.split("/")[:-1] if name in BLOCK_FOLDERS), None)


def _block_type(module: Module, function: _Function) -> str | None:
    for decorator in function.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        dotted = module.dotted(target)
        name = dotted.rpartition(".")[2]
        if name in _TYPES and (dotted == name or "mage_ai" in dotted) and name not in module.functions:
            return name
    return None


class _Reader:
    """One block file; `own` are its blocks."""

    def __init__(self, module: Module, project: Project, at: _At, own: Mapping[str, _Function]) -> None:
        self.module = module
        self.project = project
        self.at = at
        self.own = own
        #: What `with ... as name` binds in the function that is read.
        self.bound: dict[str, ast.expr] = {}

    def second(self, function: _Function, kind: str) -> BlockFault:
        text = f"`{function.name}` never runs: Mage runs the first `@{kind}` of a file only; give it a file of its own"
        return BlockFault(self.at(*self.module.name_span(function)), text)

    # -- what it returns ----------------------------------------------------------------------------------------

    def returns(self, function: _Function) -> Iterator[BlockReturn]:
        found = [node for node in _inside(function) if isinstance(node, ast.Return)]
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _inside(function)):
            return
        local = _single_values(function)
        for node in found:
            what, kind = _not_a_frame(self.module, node.value, local)
            if what and not (kind == "list" and self._is_dynamic()):
                yield BlockReturn(self.at(*self.module.span(node)), function.name, what, kind)
        if not found and not isinstance(function.body[-1], ast.Raise):
            yield BlockReturn(self.at(*self.module.name_span(function)), function.name, "nothing", "None")

    # -- what it touches ----------------------------------------------------------------------------------------

    def io(self, function: _Function) -> Iterator[BlockIO]:
        frames = {item.arg for item in (*function.args.posonlyargs, *function.args.args)}
        self.bound = {
            item.optional_vars.id: item.context_expr
            for node in _inside(function)
            if isinstance(node, ast.With)
            for item in node.items
            if isinstance(item.optional_vars, ast.Name)
        }
        for node in _inside(function):
            if not isinstance(node, ast.Call):
                continue
            found = self._io_of(self.module, node, frames)
            if found is not None:
                name, certain = found
                yield BlockIO(self.at(*self.module.called_span(node)), function.name, name, (), certain)
                continue
            chain = self._chain(self.module, node, 0, set())
            if chain:
                yield BlockIO(
                    self.at(*self.module.called_span(node)), function.name, chain[-1], tuple(chain[:-1]), certain=True
                )

    def _io_of(self, module: Module, call: ast.Call, frames: set[str]) -> tuple[str, bool] | None:
        """Return the name of the API that a call does input or output by, and whether that is certain."""
        function = call.func
        dotted = module.dotted(function)
        root = dotted.partition(".")[0]
        if isinstance(function, ast.Attribute):
            owner = function.value
            of_frame = isinstance(owner, ast.Name) and owner.id in frames
            if of_frame and (function.attr in _SINKS or (function.attr in _SINKS_AND_TEXT and call.args)):
                return f"{ast.unparse(owner)}.{function.attr}", False
            if function.attr in _OF_IO and "mage_ai.io" in self._origin(module, owner):
                return f"{self._origin(module, owner).rpartition('.')[2]}.{function.attr}", True
        if dotted == "open" and "open" not in module.imports and "open" not in module.functions:
            return "open", True
        if root in module.imports.values() or dotted.partition(".")[0] in _roots(module):
            if dotted.startswith("os.") and dotted.rpartition(".")[2] in _MADE and not dotted.startswith("os.path"):
                return dotted, True
            if self.project.registry.has(root):
                api = self.project.registry.function(dotted)
                if api is not None and api.kind in _IO_KINDS and api.tier != "metadata":
                    return dotted, True
        if isinstance(function, ast.Attribute):
            made = self._origin(module, function.value)
            if made and self.project.registry.has(made.partition(".")[0]):
                api = self.project.registry.method(made, function.attr)
                if api is not None and api.kind in _IO_KINDS and api.tier != "metadata":
                    return f"{made}.{function.attr}", True
        return None

    def _origin(self, module: Module, node: ast.expr) -> str:
        """Return the class whose constructor gave a value, by its dotted name; empty if that is not known."""
        if isinstance(node, ast.Name) and module is self.module:
            node = self.bound.get(node.id, node)
        while isinstance(node, ast.Call) or (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call)):
            node = node.func if isinstance(node, ast.Call) else node.value
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                dotted = module.dotted(node)
                return dotted.rpartition(".")[0] if node.attr[:1].islower() else dotted
        return module.dotted(node)

    def _chain(self, module: Module, call: ast.Call, depth: int, seen: set[str]) -> list[str]:
        """Return the project functions that lead from a call to input or output, with that at the end."""
        found = self._function(module, call) if depth < _CALL_LIMIT else None
        if found is None:
            return []
        where, function = found
        key = f"{where.path}:{function.name}"
        if key in seen or (where is self.module and function.name in self.own):
            return []
        seen.add(key)
        for node in _inside(function):
            if isinstance(node, ast.Call):
                direct = self._io_of(where, node, set())
                if direct is not None and direct[1]:
                    return [function.name, direct[0]]
                rest = self._chain(where, node, depth + 1, seen)
                if rest:
                    return [function.name, *rest]
        return []

    def _function(self, module: Module, call: ast.Call) -> tuple[Module, _Function] | None:
        """Return the project function that a call calls, with the module that defines it."""
        if isinstance(call.func, ast.Name) and call.func.id in module.functions:
            return module, module.functions[call.func.id]
        dotted = module.dotted(call.func)
        package, _, name = dotted.rpartition(".")
        if not package or package.startswith("."):
            return None
        other = self._module(package)
        return (other, other.functions[name]) if other is not None and name in other.functions else None

    def _module(self, name: str) -> Module | None:
        path = os.path.join(self.project.root, self.module.path)
        for root in self.project.import_roots(path):
            for end in (".py", "/__init__.py"):
                candidate = os.path.join(root, *name.split(".")) + end
                if self.project.owns(candidate):
                    text = self.project.read(candidate)
                    tree = parsed(text) if text is not None else None
                    return Module(text or "", tree, self.project.relative(candidate)) if tree else None
        return None

    # -- whether it is one step ---------------------------------------------------------------------------------

    def calls_of_blocks(self, function: _Function) -> Iterator[BlockFault]:
        for node in _inside(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                target = node.func.id
                imported = self.module.imports.get(target, "")
                if (target in self.own and target != function.name) or _is_block_module(imported):
                    text = f"block `{function.name}` calls block `{target}`; connect them in the pipeline instead"
                    yield BlockFault(self.at(*self.module.called_span(node)), text)

    def module_level(self) -> Iterator[BlockFault]:
        for statement in self.module.tree.body:
            if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.With):
                for call in self.module.calls(statement):
                    found = self._io_of(self.module, call, set())
                    if found is not None and found[1]:
                        text = f"`{found[0]}` runs whenever Mage loads the file; do it in the block"
                        yield BlockFault(self.at(*self.module.called_span(call)), text)

    def parameters(self, function: _Function) -> Iterator[BlockFault]:
        upstream = self._upstream()
        positional = [*function.args.posonlyargs, *function.args.args]
        needed = len(positional) - len(function.args.defaults)
        if upstream is not None and needed > upstream:
            text = (
                f"`{function.name}` takes {needed} inputs and the pipeline gives it {upstream}, so Mage refuses to run "
                "it; connect the blocks or drop the parameters"
            )
            yield BlockFault(self.at(*self.module.name_span(function)), text)

    def _upstream(self) -> int | None:
        """Return the largest number of upstream blocks that a pipeline gives this block, None if none names it."""
        given = (block.get("upstream_blocks") or [] for block in self._placed)
        return max((len(blocks) for blocks in given if isinstance(blocks, list)), default=None)

    def _is_dynamic(self) -> bool:
        """Tell whether a pipeline runs what comes next once for each item of what this block returns, a list."""
        settings = (block.get("configuration") for block in self._placed)
        return any(isinstance(setting, dict) and setting.get("dynamic") is True for setting in settings)

    @functools.cached_property
    def _placed(self) -> list[dict[str, object]]:
        """What the pipelines say of this block."""
        folders = self.module.path.split("/")
        place = next((index for index, name in enumerate(folders[:-1]) if name in BLOCK_FOLDERS), None)
        if place is None:
            return []
        uuid = "/".join(folders[place + 1 :]).removesuffix(".py")
        top = os.path.join(self.project.root, *folders[:place], "pipelines") + os.sep
        named = re.compile(rf"\b{re.escape(uuid)}\b")
        found: list[dict[str, object]] = []
        for path in self.project.files("metadata.yaml"):
            if path.startswith(top) and (text := self.project.read(path)) and named.search(text):
                found += _blocks_of(text, uuid)
        return found


def _blocks_of(text: str, uuid: str) -> Iterator[dict[str, object]]:
    """Yield what a pipeline says of its block of that name."""
    import yaml

    try:
        document = yaml.load(text, Loader=yaml.CSafeLoader) if text.count("&") < 50 else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    listed = document.get("blocks") if isinstance(document, dict) else None
    for block in listed if isinstance(listed, list) else []:
        if isinstance(block, dict) and block.get("uuid") == uuid:
            yield block


def _is_block_module(dotted: str) -> bool:
    parts = dotted.split(".")
    return len(parts) > 2 and not set(BLOCK_FOLDERS).isdisjoint(parts[:-2])


def _roots(module: Module) -> set[str]:
    return {name.partition(".")[0] for name in module.imports.values()}


def _inside(function: _Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function's own body, in the order of the code, without nested functions."""
    pending: list[ast.AST] = list(reversed(function.body))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _Function | ast.Lambda | ast.ClassDef):
            pending += reversed(list(ast.iter_child_nodes(node)))


def _single_values(function: _Function) -> dict[str, ast.expr]:
    """Return the local names that are assigned once, with their values."""
    found: dict[str, list[ast.expr | None]] = {}
    for node in _inside(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).append(None)
    for node in _inside(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id][0] = node.value
    return {name: values[0] for name, values in found.items() if len(values) == 1 and values[0] is not None}


#: Of these every class is one of models, of what makes them, or of what they compute with.
_LEARNERS = ("sklearn.", "xgboost.", "lightgbm.", "catboost.", "h2o.estimators", "h2o.automl", "torch.", "keras.")
_CONVERTED = {"to_dict": "dict", "to_json": "str", "to_records": "recarray", "tolist": "list", "to_list": "list"}


def _not_a_frame(module: Module, value: ast.expr | None, local: Mapping[str, ast.expr]) -> tuple[str, str]:
    """Return what an expression certainly is that is no DataFrame, with its type; nothing if it may be one."""
    if isinstance(value, ast.Name):
        value = local.get(value.id, value)
    match value:
        case None | ast.Constant(value=None):
            return "None", "None"
        case ast.Dict() | ast.DictComp():
            return "a dict", "dict"
        case ast.List() | ast.ListComp():
            return "a list", "list"
        case ast.Tuple():
            return "a tuple", "tuple"
        case ast.Set() | ast.SetComp():
            return "a set", "set"
        case ast.Constant(value=constant):
            return f"a {type(constant).__name__}", type(constant).__name__
        case ast.JoinedStr():
            return "a str", "str"
        case ast.Call(func=ast.Attribute(attr=name)) if name in _CONVERTED:
            return f"what `{name}()` gives", _CONVERTED[name]
        case ast.Call(func=ast.Name(id="dict" | "list" | "tuple" | "set" | "str" | "float" as name)):
            return f"a {name}", name
        case ast.Call(func=ast.Name(id="int" | "len")):
            return "an int", "int"
        case ast.Call(func=ast.Name() | ast.Attribute() as function):
            dotted = module.dotted(function)
            name = dotted.rpartition(".")[2]
            made = module.classes.get(name) if dotted == name else None
            own = made is not None and not any("rame" in ast.unparse(base) for base in made.bases)
            if own or (name[:1].isupper() and dotted.startswith(_LEARNERS)):
                return f"a `{name}`", name
    return "", ""
