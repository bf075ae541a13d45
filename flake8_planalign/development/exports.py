"""Reads how models of H2O leave a program: exports, dumps and the names of what is deployed."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from flake8_planalign.development import pins, scoring
from flake8_planalign.development.model import (
    MissingJar,
    ModelExport,
    MojoPath,
    UnavailableExport,
    UnexportedTraining,
    WrongArtifact,
)
from flake8_planalign.development.programs import EXPORTS, Programs, is_aside
from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.python import contexts, members
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.evaluation import evaluating
from flake8_planalign.python.modules import Module, called_name, last_name
from flake8_planalign.python.values import Frame, Value, Values
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["exports", "named_artifacts", "other_extension"]

#: A name for what is deployed with the path of a POJO or a binary model.
_NAMES: Final = lazy(
    r"""(?P<name>\b[A-Za-z_]*(?:MOJO|MODEL)[A-Za-z_]*)["']?\]?\s*(?::\s*\w+\s*)?[:=]\s*["']?"""
    r"""(?P<path>[\w./${}:@-]*(?:\.java|\b\w+_model_python_\d+\w*))["']?\s*(?:[,)#]|$)""",
    re.IGNORECASE | re.MULTILINE,
)
_ARTIFACT: Final = lazy(r"PATH|FILE|URI|ARTIFACT", re.IGNORECASE)
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
_TRAINS: Final = frozenset({"train", "fit"})
_NAMES_OF_CALLS: Final = frozenset({*_FORMS, *_TRAINS, "log_model", "dump", "dumps"})
_MODEL: Final = "h2o.model.model_base.ModelBase"
#: What trains and has models, and is none itself.
_TRAINERS: Final = frozenset({"h2o.automl.H2OAutoML", "h2o.grid.H2OGridSearch"})
_NOT_MODELS: Final = frozenset({"h2o.H2OFrame", "h2o.frame.H2OFrame", "h2o.assembly.H2OAssembly"})
#: Extensions that a MOJO does not have; anything else behind a dot may be part of a directory's name.
_OTHER_EXTENSIONS: Final = frozenset(
    {".java", ".jar", ".mojo", ".pojo", ".model", ".bin", ".pkl", ".pickle", ".joblib", ".h2o", ".json", ".h5", ".onnx",
     ".tar", ".gz", ".tgz", ".pb", ".dat"}
)  # fmt: skip
#: How many helper functions deep a model is followed.
_DEPTH: Final = 4

_Judged = ModelExport | UnexportedTraining
Found = _Judged | MojoPath | UnavailableExport | MissingJar


def exports(source: Source, project: Project) -> Iterator[Found]:
    """Yield the exports and trainings of a Python file, with what keeps them from being of use."""
    reader = project.remembered("exports of models", lambda: _Reader(project))
    with evaluating(reader.evaluator):
        found = list(reader.read(source))
    yield from found


class _Reader:
    """What is known of the exports of one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.evaluator = Evaluator(project)
        self.programs = Programs(self.evaluator)
        self._inner: dict[int, tuple[_Judged, ...]] = {}
        self._path_parameters: dict[tuple[str, int], frozenset[int]] = {}

    def read(self, source: Source) -> Iterator[Found]:
        """Yield what a file exports and trains."""
        module = self.evaluator.modules.module_of(source)
        nodes = _calls(source)
        found: list[ModelExport] = []
        trainings: list[tuple[int, UnexportedTraining]] = []
        for function in range(len(module.functions)):
            frame = self.evaluator.entry(module, function)
            for call in module.body(function).get("c", ()):
                node = nodes.get(tuple(call[3:7]))
                position, label = source.region(*call[3:7]), _label(node, called_name(call))
                item = self.judged(call, frame, label, position)
                if isinstance(item, UnexportedTraining):
                    trainings.append((function, item))
                elif item is not None:
                    found.append(item)
                    yield from self._named_path(call, frame, item, node, source)
                else:
                    for inner in self._through(call, frame, label, position):
                        if isinstance(inner, UnexportedTraining):
                            trainings.append((function, inner))
                        else:
                            found.append(inner)
                    yield from self._paths_through(call, frame, label, position)
        yield from found
        yield from _unavailable(found, self.project)
        yield from _without_jar(found, self.evaluator)
        yield from self._unexported(module, trainings)

    # -- what one call is ---------------------------------------------------------------------------------------

    def judged(self, call: list[Any], frame: Frame, label: str, position: Position) -> _Judged | None:
        """Return what a call is by itself: an export, a dump, a training, or none of these."""
        name = called_name(call)
        if name not in _NAMES_OF_CALLS:
            name = ""
        callees = self.evaluator.value(call[0], frame)
        for value in callees:
            match value:
                case ("x", str(dotted)) if dotted in _FUNCTIONS:
                    return ModelExport(position, label, _FUNCTIONS[dotted], certain=True)
                case ("x", str(dotted)) if dotted in _PICKLES and call[1]:
                    if any(self.is_model(dumped) for dumped in self.evaluator.value(call[1][0], frame)):
                        return ModelExport(position, label, "binary", certain=True)
                case ("xm", str(owner), str(method)) if self._is_owner(owner):
                    if method in _TRAINS:
                        return UnexportedTraining(position, label, "")
                    if method in _FORMS and method != "save_model":
                        return self._export(call, frame, ModelExport(position, label, _FORMS[method], certain=True))
        if name in _UNIQUE and not callees:
            return self._export(call, frame, ModelExport(position, label, _FORMS[name], certain=False))
        return None

    def _is_owner(self, owner: str) -> bool:
        """Tell whether a class of a library is a model of H2O, or trains some."""
        if not owner.startswith("h2o.") or owner in _NOT_MODELS:
            return False
        lineage = {entry.name for entry in self.evaluator.registry.lineage(owner)}
        return ".estimators." in owner or not lineage.isdisjoint({_MODEL, *_TRAINERS})

    def is_model(self, value: Value) -> bool:
        """Tell whether a value is a model of H2O, or one of the project's classes that derives from one."""
        match value:
            case ("xi", str(owner)):
                return self._is_owner(owner)
            case ("I", str(path), int(index), *_):
                return any(self._is_owner(base) for base in members.library_bases(self.evaluator, path, index))
        return False

    def _export(self, call: list[Any], frame: Frame, export: ModelExport) -> ModelExport:
        """Return an export with whether it also fetches the jar; None where that cannot be known."""
        if called_name(call) != "download_mojo":
            return export
        arguments = self.evaluator.arguments(call, frame)
        left_out = arguments.is_left_out(1, "get_genmodel_jar") and not arguments.starred()
        known, given = arguments.constant(1, "get_genmodel_jar")
        return replace(export, jar=False if left_out or (known and not given) else None)

    # -- helper functions ---------------------------------------------------------------------------------------

    def _through(
        self, call: list[Any], frame: Frame, label: str, position: Position
    ) -> Iterator[ModelExport | UnexportedTraining]:
        """Yield what a call of a project's function does with the models that it is given here.

        What the function does whatever it is given is told where it stands.
        """
        for target in self._targets(call, frame):
            for item in self._within(target, 1):
                yield replace(item, position=position, call=f"{label} -> {item.call}")

    def _targets(self, call: list[Any], frame: Frame) -> Iterator[Frame]:
        """Yield the functions of the project that a call runs, each with what it is given."""
        arguments = self.evaluator.arguments(call, frame)
        for value in sorted(self.evaluator.value(call[0], frame), key=repr):
            target = contexts.bind(self.evaluator, value, arguments) if value[0] == "F" else None
            if target is not None:
                yield target

    def _within(self, frame: Frame, depth: int) -> tuple[_Judged, ...]:
        """Return what a function does with models only since its arguments are what they are in this frame."""
        known = self._inner.get(frame.id)
        if known is not None or depth > _DEPTH or "'h2o." not in repr(frame.context):
            return known or ()
        self._inner[frame.id] = ()
        plain = self.evaluator.entry(frame.module, frame.function)
        found: list[_Judged] = []
        for call in frame.body.get("c", ()):
            place = Position(*call[3:7])
            label = f"{_written(call[0], frame.module)}()"
            item = self.judged(call, frame, label, place)
            if item is not None:
                if self.judged(call, plain, label, place) is None:
                    found.append(item)
                continue
            told = {item for target in self._targets(call, plain) for item in self._within(target, depth + 1)}
            for target in self._targets(call, frame):
                inner = [item for item in self._within(target, depth + 1) if item not in told]
                found += [replace(item, call=f"{label} -> {item.call}") for item in inner]
        self._inner[frame.id] = tuple(found)
        return self._inner[frame.id]

    # -- where a MOJO is written --------------------------------------------------------------------------------

    def _named_path(
        self, call: list[Any], frame: Frame, export: ModelExport, node: ast.Call | None, source: Source
    ) -> Iterator[MojoPath]:
        """Yield the path that an export of a MOJO writes to, if it is known and has another extension."""
        if export.form != "mojo":
            return
        keyword = _path_keyword(call)
        given = call[2].get(keyword, call[1][0] if call[1] else None)
        written = _argument(node, keyword) if node is not None else None
        path = _text(self.evaluator.value(given, frame)) or (_ending(written) if written is not None else None)
        if path is not None and other_extension(path):
            place = source.position(written) if written is not None else export.position
            yield MojoPath(place, export.call, path)

    def _paths_through(self, call: list[Any], frame: Frame, label: str, position: Position) -> Iterator[MojoPath]:
        """Yield the paths that a call of a project's function gives for a MOJO, with another extension."""
        arguments = self.evaluator.arguments(call, frame)
        for value in sorted(self.evaluator.value(call[0], frame), key=repr):
            module = self.evaluator.modules.module(value[1]) if value[0] == "F" else None
            if module is None:
                continue
            shift = 1 if value[3] is not None else 0
            for number in sorted(self._written_to(module, value[2], 1)):
                name, kind = module.functions[value[2]]["p"][number][:2]
                path = _text(arguments.get(number - shift if kind == "p" else None, name))
                if path is not None and other_extension(path):
                    yield MojoPath(position, label, path)

    def _written_to(self, module: Module, function: int, depth: int) -> frozenset[int]:
        """Return the parameters of a function that are the path of a MOJO which it exports."""
        key = (module.path, function)
        known = self._path_parameters.get(key)
        if known is not None or depth > _DEPTH:
            return known or frozenset()
        self._path_parameters[key] = frozenset()
        frame = self.evaluator.entry(module, function)
        found: set[int | None] = set()
        for call in module.body(function).get("c", ()):
            if called_name(call) in EXPORTS:
                found.add(
                    _parameter(call[2].get(_path_keyword(call), call[1][0] if call[1] else None), module, function)
                )
                continue
            arguments = self.evaluator.arguments(call, frame)
            for value in self.evaluator.value(call[0], frame):
                inner = self.evaluator.modules.module(value[1]) if value[0] == "F" else None
                for number in self._written_to(inner, value[2], depth + 1) if inner is not None else ():
                    name, kind = inner.functions[value[2]]["p"][number][:2] if inner is not None else ("", "p")
                    shift = 1 if value[3] is not None else 0
                    given = arguments.expression(number - shift if kind == "p" else None, name)
                    found.add(_parameter(given, module, function))
        self._path_parameters[key] = frozenset(number for number in found if number is not None)
        return self._path_parameters[key]

    # -- trainings ----------------------------------------------------------------------------------------------

    def _unexported(
        self, module: Module, trainings: list[tuple[int, UnexportedTraining]]
    ) -> Iterator[UnexportedTraining]:
        """Yield the trainings of a file that some program runs, where none of those programs exports a MOJO."""
        if not trainings or is_aside(module.path, self.project):
            return
        for function, training in trainings:
            programs = list(self.programs.that_run((module.path, function)))
            if programs and not any(self.programs.export(program) for program in programs):
                yield replace(training, where=programs[0].where)


def _text(values: Values) -> str | None:
    """Return the text that an expression is sure to be."""
    texts = [value[1] for value in values if value[0] == "s" and isinstance(value[1], str)]
    return texts[0] if len(texts) == len(values) == 1 else None


def _parameter(expression: Any, module: Module, function: int) -> int | None:
    """Return the number of the parameter that an expression is, None if it is none."""
    if isinstance(expression, str) and expression.isdigit():
        match module.body(function)["d"][int(expression)]:
            case ["p", int(number)]:
                return number
    return None


def _written(callee: Any, module: Module) -> str:
    """Return how a function is called in another file, as far as its facts tell."""
    if isinstance(callee, str) and callee.partition(".")[0] in module.names:
        return callee
    return last_name(callee)


def _path_keyword(call: list[Any]) -> str:
    return "filename" if called_name(call) == "save_mojo" and "filename" in call[2] else "path"


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


def _argument(node: ast.Call, keyword: str) -> ast.expr | None:
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
        name = project.relative(statement.path)
        where = f"{name}:{statement.position.line}"
    for item in gated:
        certain = item.certain and statement.version is not None
        yield UnavailableExport(item.position, item.call, version, where, certain)


def _is_gated(version: str) -> bool:
    parts = version.split(".")
    return all(part.isdecimal() and len(part) < 9 for part in parts) and tuple(map(int, parts)) >= _GATED


def _without_jar(found: list[ModelExport], evaluator: Evaluator) -> Iterator[MissingJar]:
    without = [item for item in found if item.form == "mojo" and item.jar is False]
    if without:
        evidence = scoring.java_scoring(evaluator)
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
