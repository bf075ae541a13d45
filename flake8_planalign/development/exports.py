"""Reads how models of H2O leave a program: exports, dumps and the names of what is deployed."""

from __future__ import annotations

import ast
import os
import re
import sys
import weakref
from collections.abc import Iterator
from typing import Any, Final

from flake8_planalign.development import pins, pipelines
from flake8_planalign.development.model import (
    MissingJar,
    ModelExport,
    UnavailableExport,
    UnexportedTraining,
    WrongArtifact,
)
from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.modules import collector_off, forget
from flake8_planalign.python.values import Values
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["exports", "named_artifacts", "other_extension"]

#: A name for what is deployed with the path of a POJO or a binary model.
_NAMES: Final = re.compile(
    r"""(?P<name>\b[A-Za-z_]*(?:MOJO|MODEL)[A-Za-z_]*)["']?\]?\s*(?::\s*\w+\s*)?[:=]\s*["']?"""
    r"""(?P<path>[\w./${}:@-]*(?:\.java|\b\w+_model_python_\d+\w*))["']?\s*(?:[,)#]|$)""",
    re.IGNORECASE | re.MULTILINE,
)
_ARTIFACT: Final = re.compile(r"PATH|FILE|URI|ARTIFACT", re.IGNORECASE)
_RECURSION_LIMIT: Final = 40_000
#: The first build of open-source H2O that exports nothing (h2oai/h2o-3, commit 558eca80).
_GATED: Final = (3, 46, 0, 12)

_FORMS: Final = {
    "download_mojo": "mojo",
    "save_mojo": "mojo",
    "download_pojo": "pojo",
    "download_model": "binary",
    "save_model": "binary",
}
#: Methods that no other library has, so that the receiver is a model of H2O even where its type is not known.
_UNIQUE: Final = frozenset({"download_mojo", "save_mojo", "download_pojo"})
_FUNCTIONS: Final = {
    "h2o.download_pojo": "pojo",
    "h2o.download_model": "binary",
    "h2o.save_model": "binary",
    "mlflow.h2o.log_model": "binary",
    "mlflow.h2o.save_model": "binary",
}
_PICKLES: Final = frozenset(
    f"{library}.{function}" for library in ("pickle", "joblib", "dill", "cloudpickle") for function in ("dump", "dumps")
)
_NOT_MODELS: Final = frozenset({"h2o.H2OFrame", "h2o.frame.H2OFrame", "h2o.assembly.H2OAssembly"})
#: Extensions that a MOJO does not have; anything else behind a dot may be part of a directory's name.
_OTHER_EXTENSIONS: Final = frozenset(
    {".java", ".jar", ".mojo", ".pojo", ".model", ".bin", ".pkl", ".pickle", ".joblib", ".h2o", ".json", ".h5", ".onnx",
     ".tar", ".gz", ".tgz", ".pb", ".dat"}
)  # fmt: skip

_EVALUATORS: weakref.WeakKeyDictionary[Project, Evaluator] = weakref.WeakKeyDictionary()


def exports(
    source: Source, project: Project
) -> Iterator[ModelExport | UnavailableExport | MissingJar | UnexportedTraining]:
    """Yield the exports and trainings of a Python file, with what keeps them from being of use."""
    evaluator = _EVALUATORS.get(project)
    if evaluator is None:
        evaluator = _EVALUATORS[project] = Evaluator(project)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    try:
        with collector_off():
            found = list(_exports(source, evaluator))
            forget()
    finally:
        sys.setrecursionlimit(limit)
        evaluator.solver.abandon()
    yield from (item for item in found if isinstance(item, ModelExport))
    yield from _unavailable([item for item in found if isinstance(item, ModelExport)], project)
    yield from _without_jar([item for item in found if isinstance(item, ModelExport)], project)
    trainings = [item for item in found if isinstance(item, UnexportedTraining)]
    if trainings and not any(isinstance(item, ModelExport) and item.form == "mojo" for item in found):
        where = pipelines.unexported(source, project)
        if where is not None:
            yield from (UnexportedTraining(item.position, item.call, where) for item in trainings)


def _exports(source: Source, evaluator: Evaluator) -> Iterator[ModelExport | UnexportedTraining]:
    module = evaluator.modules.module_of(source)
    nodes = _calls(source)
    for function in range(len(module.functions)):
        frame = None
        for call in module.body(function).get("c", ()):
            name = _last_name(call[0])
            if name not in _FORMS and name not in ("train", "log_model", "dump", "dumps"):
                continue
            frame = frame or evaluator.entry(module, function)
            node = nodes.get(tuple(call[3:7]))
            position = source.region(*call[3:7])
            callees = evaluator.value(call[0], frame)
            label = _label(node, name)
            found = _judged(name, callees, position, label)
            if found is None and name in ("dump", "dumps"):
                pickles = any(value[0] == "x" and value[1] in _PICKLES for value in callees)
                dumped = evaluator.value(call[1][0], frame) if pickles and call[1] else frozenset()
                if any(_is_model(value) for value in dumped):
                    found = ModelExport(position, label, "binary", certain=True)
            if isinstance(found, ModelExport) and found.form == "mojo":
                found = _with_path(found, call, node, source, lambda item, at=frame: evaluator.value(item, at))
            if found is not None:
                yield found


def _judged(name: str, callees: Values, position: Position, label: str) -> ModelExport | UnexportedTraining | None:
    for value in callees:
        match value:
            case ("x", str(dotted)) if dotted in _FUNCTIONS:
                return ModelExport(position, label, _FUNCTIONS[dotted], certain=True)
            case ("xm", str(owner), str(method)) if owner.startswith("h2o.") and owner not in _NOT_MODELS:
                if method == "train":
                    return UnexportedTraining(position, label, "")
                if method in _FORMS and method != "save_model":
                    return ModelExport(position, label, _FORMS[method], certain=True)
    if name in _UNIQUE and not callees:
        return ModelExport(position, label, _FORMS[name], certain=False)
    return None


def _is_model(value: Any) -> bool:
    return (
        value[0] == "xi"
        and value[1].startswith("h2o.")
        and value[1] not in _NOT_MODELS
        and (".estimators." in value[1] or value[1].startswith(("h2o.model.", "h2o.automl.")))
    )


def _last_name(callee: Any) -> str:
    if isinstance(callee, str):
        return callee.rpartition(".")[2]
    if isinstance(callee, list) and callee and callee[0] == "a":
        return str(callee[-1])
    return ""


def _calls(source: Source) -> dict[tuple[int, ...], ast.Call]:
    """Return the calls of a file by the places that facts note them at."""
    from flake8_planalign.python.syntax import attribute_place

    found: dict[tuple[int, ...], ast.Call] = {}
    for node in ast.walk(source.tree) if source.tree is not None else ():
        if isinstance(node, ast.Call):
            line, column = node.lineno, node.col_offset
            if isinstance(node.func, ast.Attribute) and node.func.end_lineno != node.lineno:
                line, column = attribute_place(node.func)[:2]
            found[line, column, node.end_lineno or line, node.end_col_offset or column] = node
    return found


def _label(node: ast.Call | None, name: str) -> str:
    if node is None:
        return f"{name}()"
    text = ast.unparse(node.func)
    return f"{text}()" if len(text) <= 60 else f"{name}()"


def _with_path(export: ModelExport, call: list[Any], node: ast.Call | None, source: Source, value: Any) -> ModelExport:
    """Return an export with the path and the jar that its arguments name."""
    method = _last_name(call[0])
    jar = call[2].get("get_genmodel_jar")
    if jar is None and method == "download_mojo" and len(call[1]) > 1:
        jar = call[1][1]
    has_jar = None if method != "download_mojo" else jar is not None and jar != ["k", False]
    path: str | None = None
    place: Position | None = None
    keyword = "filename" if method == "save_mojo" and "filename" in call[2] else "path"
    given = call[2].get(keyword, call[1][0] if call[1] else None)
    written = _argument(node, keyword)
    if given is not None:
        texts = [item[1] for item in value(given) if item[0] == "s" and isinstance(item[1], str)]
        path = texts[0] if len(texts) == 1 else None
    if written is not None:
        place = source.position(written)
        path = path or _ending(written)
    return ModelExport(export.position, export.call, export.form, export.certain, path, place, has_jar)


def _argument(node: ast.Call | None, keyword: str) -> ast.expr | None:
    if node is None:
        return None
    named = next((item.value for item in node.keywords if item.arg == keyword), None)
    return named or (node.args[0] if node.args else None)


def _ending(node: ast.expr) -> str | None:
    """Return the constant end of a path: of an f-string, a sum, a join or a division of paths."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[*_, ast.Constant(value=str(text))]):
            return text
        case ast.BinOp(right=right):
            return _ending(right)
        case ast.Call(func=ast.Attribute(attr="join" | "joinpath"), args=[*_, last]):
            return _ending(last)
        case ast.Call(func=ast.Name(id="str") | ast.Attribute(attr="fspath"), args=[only]):
            return _ending(only)
    return None


def other_extension(path: str) -> str | None:
    """Return the extension of a path if it is one that a MOJO does not have."""
    extension = os.path.splitext(path)[1].lower()
    return extension if extension in _OTHER_EXTENSIONS else None


def _unavailable(found: list[ModelExport], project: Project) -> Iterator[UnavailableExport]:
    gated = [item for item in found if item.form in ("mojo", "pojo")]
    if not gated or project.config.development.h2o_secure:
        return
    decided = pins.resolved(project)
    if decided is None:
        return
    version, statement = decided
    if not _is_gated(version):
        return
    where = "[tool.planalign.development]"
    if statement.path:
        name = os.path.relpath(statement.path, project.root).replace(os.sep, "/")
        where = f"{name}:{statement.position.line}"
    for item in gated:
        certain = item.certain and statement.version is not None
        yield UnavailableExport(item.position, item.call, version, where, certain)


def _is_gated(version: str) -> bool:
    parts = version.split(".")
    return all(part.isdigit() for part in parts) and tuple(map(int, parts)) >= _GATED


def _without_jar(found: list[ModelExport], project: Project) -> Iterator[MissingJar]:
    without = [item for item in found if item.form == "mojo" and item.jar is False]
    if without:
        evidence = pipelines.java_scoring(project)
        if evidence is not None:
            yield from (MissingJar(item.position, item.call, evidence) for item in without)


def named_artifacts(source: Source, project: Project) -> Iterator[WrongArtifact]:
    """Yield the names of deployed artifacts that are given the path of a POJO or a binary model."""
    text = source.text
    for found in _NAMES.finditer(text):
        if not _ARTIFACT.search(found["name"]):
            continue
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if "#" in line or (source.kind is FileKind.PYTHON and not _is_code(source, found.start("path"))):
            continue
        if pins.resolved(project) is None:
            return
        yield WrongArtifact(source.position_at(*found.span("path")), found["name"], found["path"])


def _is_code(source: Source, index: int) -> bool:
    """Tell whether a text is the beginning of a constant on one line, and so no part of a longer text."""
    place = source.position_at(index)
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.lineno == node.end_lineno == place.line
        and source.position(node).column in (place.column - 1, place.column)
        for node in (ast.walk(source.tree) if source.tree is not None else ())
    )
