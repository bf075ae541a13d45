"""Where code trains a model, and where a service loads one: at its start, or again while it serves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.scenario import words

__all__ = ["APPLICATION", "Load", "is_replaced", "loads", "trainings"]

APPLICATION: Final = lazy(
    r"\b(?:FastAPI|Starlette|Litestar|Quart|Sanic|Flask|web\.Application|Robyn|BlackSheep|bentoml\.Service)\(|@bentoml\.service\b"
)
_LOADERS: Final = frozenset({
    "daimojo.model", "dill.load", "h2o.import_mojo", "h2o.load_model", "h2o.upload_mojo", "joblib.load",
    "H2OGenericEstimator.from_file", "cloudpickle.load", "pickle.load", "torch.load",
})  # fmt: skip
_LOADER_NAME: Final = lazy(
    r"(?:^|\.)(?:load_(?:model|mojo|champion|scorer|predictor)\w*"
    r"(?<!card)(?<!config)(?<!history)(?<!info)(?<!list)(?<!meta)(?<!metadata)(?<!metrics)(?<!names)(?<!params)(?<!path)"
    r"(?<!registry)(?<!report)(?<!stats)(?<!version)|import_mojo|upload_mojo)$"
)
_STARTUP: Final = lazy(
    r"lifespan|start_?up|^__init__$|^__post_init__$|^__enter__$|^__aenter__$|^main$|create_app|^set_?up|^init|warm|boot"
    r"|preload",
    re.IGNORECASE,
)
_AGAIN: Final = lazy(
    r"re_?load|swap|refresh|update|promot|replac|switch|rotat|rollout|deploy|activate|watch|poll|set_", re.IGNORECASE
)
#: What lets go of a model, so that the next request loads it again where it is loaded lazily.
_FORGETS: Final = lazy(r"clear|drop|evict|expire|flush|forget|invalidat|purge|reset|unload", re.IGNORECASE)
#: What answers a request and puts no other model into place.
_ANSWERS: Final = lazy(r"classif|detect|forecast|infer|predict|recommend|scor", re.IGNORECASE)
#: What is fitted to prepare data, and is no model.
_PREPARES: Final = lazy(r"encod|scal(?:er|ing)|vectori|impute|binari|normaliz|tokeniz|pca|preprocess", re.IGNORECASE)
_BLOCKS: Final = frozenset({"custom", "data_exporter", "data_loader", "sensor", "transformer"})
_TRAINS: Final = frozenset({"frame", "training_frame"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Load(msgspec.Struct, frozen=True):
    """A model that is loaded into a place that outlives the call.

    `when` is "start" (at import or start-up), "again" (the model that is served is replaced), or "" where that cannot
    be told. `owner` is the class that the load is a part of, unless a framework makes its instances.
    """

    node: ast.Call
    call: str
    target: str
    when: str
    function: Function | None
    owner: str = ""


def trainings(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield (place, name) of each training: an H2O estimator's `.train(`, or a Mage block that fits a model."""
    h2o = any(name.partition(".")[0] == "h2o" for name in _imports(tree))
    for node in ast.walk(tree):
        if h2o and isinstance(node, ast.Call) and _is_h2o_training(node):
            yield node.func, f"{ast.unparse(node.func)}()"[:80]
        elif isinstance(node, Function) and _is_block(node):
            fits = [
                item
                for item in ast.walk(node)
                if isinstance(item, ast.Call)
                and isinstance(item.func, ast.Attribute)
                and item.func.attr == "fit"
                and not _PREPARES.search(ast.unparse(item.func.value))
            ]
            if fits and not h2o:
                yield node, node.name


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def _is_h2o_training(node: ast.Call) -> bool:
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "train":
        return False
    return any(keyword.arg in _TRAINS or keyword.arg in ("x", "y") for keyword in node.keywords)


def _is_block(function: Function) -> bool:
    return any(_dotted(_undecorated(item)).rpartition(".")[2] in _BLOCKS for item in function.decorator_list)


def _undecorated(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts))


def loads(tree: ast.Module) -> Iterator[Load]:
    """Yield the models that a file loads into attributes, globals and memos."""
    pending: list[tuple[ast.AST, Function | None, bool, str]] = [(tree, None, False, "")]
    while pending:
        node, function, guarded, owner = pending.pop()
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, Function) else function
            outer = _class_name(child, function) if isinstance(child, ast.ClassDef) else owner
            pending.append((child, inner, guarded or _asks_whether_missing(child), outer))
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            call = _loader(node.value) or _loaded_before(node.value, function)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if call is not None and _outlives(target, function) and words.MODEL.search(ast.unparse(target)):
                    yield Load(
                        call, _name(call), ast.unparse(target)[:80], _when(function, guarded=guarded), function, owner
                    )
        elif (
            isinstance(node, ast.Return)
            and node.value is not None
            and function is not None
            and _is_memo(function)
            and not function.args.args  # who asks with other arguments gets what is there then
        ):
            call = _loader(node.value)
            if call is not None and words.MODEL.search(f"{function.name} {ast.unparse(node.value)}"):
                yield Load(call, _name(call), f"{function.name}()", "start", function, owner)


def is_replaced(tree: ast.Module, load: Load) -> bool:
    """Tell whether another function puts a model into the place of the one that is loaded, as training does.

    So does one that forgets the model, if it is loaded where it is found missing.
    """
    is_lazy = load.function is not None and any(map(_asks_whether_missing, ast.walk(load.function)))
    for function in ast.walk(tree):
        if not isinstance(function, Function) or function is load.function or _STARTUP.search(function.name):
            continue
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Assign)
                and any(ast.unparse(target)[:80] == load.target for target in node.targets)
                and (not isinstance(node.value, ast.Constant) or (is_lazy and _FORGETS.search(function.name)))
                and _outlives(node.targets[0], function)
            ):
                return True
    return False


def _class_name(node: ast.ClassDef, function: Function | None) -> str:
    """Return the name of a class; empty for one that a decorator such as `bentoml.service` makes a service.

    Who makes objects of a class that a function makes cannot be told, so its name is no class's.
    """
    if function is not None:
        return f"<{node.name}>"
    services = (_dotted(_undecorated(item)).rpartition(".")[2] for item in node.decorator_list)
    return "" if "service" in services or "deployment" in services else node.name


def _loader(value: ast.expr) -> ast.Call | None:
    """Return the call in an expression that loads a model, itself or handed to a thread."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and any(
            _is_loader(_dotted(item))
            for item in (node.func, *node.args[:2])
            if isinstance(item, ast.Attribute | ast.Name)
        ):
            return node
    return None


def _is_loader(dotted: str) -> bool:
    return dotted in _LOADERS or _LOADER_NAME.search(dotted) is not None


def _name(call: ast.Call) -> str:
    names = [_dotted(item) for item in (call.func, *call.args[:2]) if isinstance(item, ast.Attribute | ast.Name)]
    return next(name for name in names if _is_loader(name))


def _loaded_before(value: ast.expr, function: Function | None) -> ast.Call | None:
    """Return the load that a local variable was assigned from in the same function."""
    if not isinstance(value, ast.Name) or function is None:
        return None
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == value.id for target in node.targets
        ):
            return _loader(node.value)
    return None


def _outlives(target: ast.expr, function: Function | None) -> bool:
    """Tell whether what is assigned is still there when the function has returned."""
    if isinstance(target, ast.Attribute | ast.Subscript):
        return True
    if not isinstance(target, ast.Name):
        return False
    return function is None or any(
        isinstance(node, ast.Global | ast.Nonlocal) and target.id in node.names for node in ast.walk(function)
    )


def _asks_whether_missing(node: ast.AST) -> bool:
    """Tell whether a branch is taken only while something is not there yet, as a lazy load does."""
    if not isinstance(node, ast.If):
        return False
    test = node.test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return True
    return isinstance(test, ast.Compare) and any(isinstance(item, ast.Is) for item in test.ops)


def _is_memo(function: Function) -> bool:
    return any(
        _dotted(_undecorated(item)).rpartition(".")[2] in ("cache", "lru_cache") for item in function.decorator_list
    )


def _when(function: Function | None, *, guarded: bool) -> str:
    if function is None or guarded or _STARTUP.search(function.name) or _is_memo(function):
        return "start"
    decorators = [_dotted(_undecorated(item)) for item in function.decorator_list]
    if any(name.rpartition(".")[2] in ("on_event", "on_startup", "asynccontextmanager") for name in decorators):
        return "start"
    is_told = any(name.rpartition(".")[2] in ("patch", "post", "put") for name in decorators)
    if _AGAIN.search(function.name) or (is_told and not _ANSWERS.search(function.name)):
        return "again"
    return ""
