"""Programs: what of a project runs by itself, and which functions each program runs and which models it exports."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from flake8_planalign.development import mage, neighbours
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.python import members
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.modules import Module, called_name, last_name
from flake8_planalign.python.values import Frame, Value

__all__ = ["EXPORTS", "Program", "Programs", "is_aside"]

#: The methods that export a MOJO; no other library has them.
EXPORTS: Final = frozenset({"download_mojo", "save_mojo"})
#: A directory with one of these words in its name, or a file of tests.
_ASIDE: Final = lazy(
    r"(?:^|/)(?:[\w.]+[_-])?(?:tests?|testing|docs?|examples?|notebooks?|benchmarks?|demos?|tutorials?|samples?"
    r"|experiments?|playground|sandbox)(?:[_-][\w.-]*)?/"
    r"|(?:^|/)(?:(?:test|pyunit)_[^/]*|[^/]*_test|conftest)\.py$"
)
_MAIN: Final = lazy(r"""^if\s+__name__\s*==\s*["']__main__["']""", re.MULTILINE)
#: How many modules a program may have; of one that is larger nothing is said.
_MODULE_LIMIT: Final = 600
#: Tags of values that stand for a function, or wrap one.
_WRAPPERS: Final = frozenset({"kept", "cmf", "off", "pa"})
_CONTAINERS: Final = frozenset({"q", "di", "co", "ca", "cv"})
#: Bases of a library that run none of a class's methods.
_PLAIN_BASES: Final = frozenset(
    {"builtins.object", "abc.ABC", "typing.Protocol", "typing.Generic", "typing.NamedTuple"}
)

Place = tuple[str, int]  # the path of a module, the number of a function in it


def is_aside(path: str, project: Project) -> bool:
    """Tell whether a file is a test, documentation, an example or a notebook, and so part of no program."""
    return _ASIDE.search(project.relative(path)) is not None


class Program(msgspec.Struct, frozen=True):
    """Something that runs by itself: how to call it in a text, and the functions that it begins with."""

    where: str
    entries: tuple[Place, ...]


class _Runs(msgspec.Struct, frozen=True):
    """What running a function may run in turn: functions that are known, names of which only the name is known."""

    places: frozenset[Place]
    names: frozenset[str]
    exports: bool


class Programs:
    """The programs of one project, found and followed when something of them is asked."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.project = evaluator.project
        self._runs: dict[Place, _Runs] = {}
        self._modules: dict[Program, frozenset[str] | None] = {}
        self._imported: dict[str, frozenset[str]] = {}
        self._reached: dict[tuple[Program, bool], frozenset[Place]] = {}

    # -- which programs there are -------------------------------------------------------------------------------

    @functools.cached_property
    def all(self) -> tuple[Program, ...]:
        """The scripts, console commands and Mage pipelines of the project, in this order, tests and examples aside."""
        return (*self._scripts(), *self._commands(), *self._all_pipelines)

    @functools.cached_property
    def _all_pipelines(self) -> tuple[Program, ...]:
        return tuple(self._pipelines())

    def _scripts(self) -> Iterator[Program]:
        for path in self.project.files():
            text = "" if is_aside(path, self.project) else self.project.read(path) or ""
            guarded = "__main__" in text and _MAIN.search(text)
            # one that exports while it is imported can only be run
            exports = "_mojo" in text and self._runs_of((path, 0)).exports
            if os.path.basename(path) == "__main__.py" or guarded or exports:
                yield self._script(path)

    def _script(self, path: str) -> Program:
        return Program(f"the script {self.project.relative(path)}", ((path, 0),))

    def _is_imported(self, path: str) -> bool:
        """Tell whether another file of the project imports a file, so that it is more than a script."""
        return any(path in self._imports(other) for other in self.project.files() if other != path)

    def _commands(self) -> Iterator[Program]:
        for command in neighbours.commands(self.project):
            module = self.evaluator.modules.module(command.path)
            if module is not None and not is_aside(module.path, self.project):
                entries = tuple(self._named(module, command.function))
                if entries:
                    yield Program(f"the command {command.dotted}:{command.function}", entries)

    def _pipelines(self) -> Iterator[Program]:
        for pipeline in mage.pipelines(self.project):
            if is_aside(pipeline.path, self.project):
                continue
            modules = [self.evaluator.modules.module(path) for path in mage.files_of(pipeline, self.project)]
            entries = tuple(
                (module.path, number)
                for module in modules
                if module is not None
                for number, function in enumerate(module.functions)
                if number == 0 or any(last_name(item) in mage.DECORATORS for item in _decorators(module, function))
            )
            yield Program(f"the pipeline {pipeline.name}", entries)

    # -- what they are made of ----------------------------------------------------------------------------------

    def that_run(self, place: Place) -> Iterator[Program]:
        """Yield the programs that are sure to know a function, the one that begins in its own file first.

        A file that nothing imports is one as well: what stands at its top level runs when it is started.
        """
        candidates = list(self.all)
        own = self._script(place[0])
        if own not in candidates and os.path.basename(place[0]) != "__init__.py" and not self._is_imported(place[0]):
            candidates.append(own)
        for program in sorted(candidates, key=lambda program: all(path != place[0] for path, _ in program.entries)):
            modules = self._modules_of(program)
            if modules is not None and place[0] in modules and place in self._followed(program, by_name=False):
                yield program

    def export(self, program: Program) -> bool:
        """Tell whether a program may export a MOJO, itself or by a script beside it that is its next step.

        A method of whose object nothing is known may be any of that name in the program's modules; a program that is
        too large to follow may do anything.
        """
        if self._exports_itself(program):
            return True
        folders = {os.path.dirname(path) for path, _ in program.entries if program.where.startswith("the script")}
        return any(
            other != program
            and any(os.path.dirname(path) in folders for path, _ in other.entries)
            and self._exports_itself(other)
            for other in self.all
        )

    def _exports_itself(self, program: Program) -> bool:
        if self._modules_of(program) is None:
            return True
        return any(self._runs_of(place).exports for place in self._followed(program, by_name=True))

    def _modules_of(self, program: Program) -> frozenset[str] | None:
        """Return the files that a program imports, None if there are too many."""
        if program not in self._modules:
            found: set[str] = set()
            pending = [path for path, _ in program.entries]
            while pending and len(found) <= _MODULE_LIMIT:
                path = pending.pop()
                if path not in found:
                    found.add(path)
                    pending += self._imports(path)
            self._modules[program] = frozenset(found) if len(found) <= _MODULE_LIMIT else None
        return self._modules[program]

    def _imports(self, path: str) -> frozenset[str]:
        if path not in self._imported:
            text = self.project.read(path) or ""
            names = neighbours.imported(path, text, self.project)
            self._imported[path] = frozenset(file for name, files in names for file in files or self._by_ending(name))
        return self._imported[path]

    def _by_ending(self, dotted: str) -> list[str]:
        """Return the files that an import may mean where the place that it is looked up from is not known."""
        parts = dotted.split(".")
        if parts[0] in sys.stdlib_module_names or self.evaluator.registry.has(parts[0]):
            return []
        return [path for part in parts[-2:] for path in self._by_stem.get(part, ())]

    @functools.cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.project.files():
            if not is_aside(path, self.project):
                found.setdefault(os.path.basename(path).removesuffix(".py"), []).append(path)
        return found

    # -- what they run ------------------------------------------------------------------------------------------

    def _followed(self, program: Program, *, by_name: bool) -> frozenset[Place]:
        """Return the functions that a program runs, if need be also those of which only the name is known."""
        key = (program, by_name)
        if key not in self._reached:
            modules = self._modules_of(program) or frozenset()
            found: set[Place] = set()
            names: set[str] = set()
            pending = [*program.entries, *((path, 0) for path in modules), *self._registered(program)]
            while pending:
                place = pending.pop()
                if place in found:
                    continue
                found.add(place)
                runs = self._runs_of(place)
                pending += runs.places
                if by_name:
                    pending += self._with_names(runs.names - names, modules)
                    names |= runs.names
            self._reached[key] = frozenset(found)
        return self._reached[key]

    def _registered(self, program: Program) -> Iterator[Place]:
        """Yield the functions in a program's own files that a library's decorator takes, and so may run."""
        for path in {path for path, function in program.entries if function == 0}:
            module = self.evaluator.modules.module(path)
            for number in range(len(module.functions)) if module is not None else ():
                assert module is not None
                record = module.functions[number]
                if record.get("d") and "c" not in record and "o" not in record:
                    values = self.evaluator.function(module, number, None)
                    if not any(True for _ in self._places(values)):
                        yield path, number

    def _with_names(self, names: frozenset[str], modules: frozenset[str]) -> Iterator[Place]:
        for path in sorted(modules) if names else ():
            module = self.evaluator.modules.module(path)
            for name in names if module is not None else ():
                assert module is not None
                yield from self._named(module, name)

    def _named(self, module: Module, name: str) -> Iterator[Place]:
        """Yield the functions and methods of a name in a module."""
        for number, text in enumerate(module.functions.texts):
            if f'"{name}"' in text and module.functions[number]["n"] == name:
                yield module.path, number

    def _runs_of(self, place: Place) -> _Runs:
        if place not in self._runs:
            module = self.evaluator.modules.module(place[0])
            self._runs[place] = (
                self._read(module, place[1]) if module else _Runs(frozenset(), frozenset(), exports=False)
            )
        return self._runs[place]

    def _read(self, module: Module, function: int) -> _Runs:
        """Return what the body of a function mentions: whatever it mentions, it may run."""
        frame = self.evaluator.entry(module, function)
        places: set[Place] = set()
        names: set[str] = set()
        exports = False
        for expression in _expressions(module.body(function)):
            exports = exports or _is_export(expression)
            values = self.evaluator.value(expression, frame)
            places.update(self._places(values))
            if all(value[0] == "n" or (value[0] == "x" and not self._is_library(value[1])) for value in values):
                names.add(last_name(expression))
        exports = exports and not self._is_of_assembly(module, function)
        for call in module.body(function).get("c", ()):
            if called_name(call) == "trigger_pipeline":
                triggered = self._triggered(call, frame)
                places.update(triggered or ())
                exports = exports or triggered is None
        return _Runs(frozenset(places), frozenset(names - {""}), exports)

    def _triggered(self, call: list[Any], frame: Frame) -> tuple[Place, ...] | None:
        """Return what the pipeline begins with that a call triggers, None if that is none of the project's."""
        given = self.evaluator.arguments(call, frame).get(0, "pipeline_uuid")
        names = {f"the pipeline {value[1]}" for value in given if value[0] == "s"}
        return next((program.entries for program in self._all_pipelines if program.where in names), None)

    def _is_library(self, dotted: str) -> bool:
        root = dotted.partition(".")[0]
        return root == "builtins" or root in sys.stdlib_module_names or self.evaluator.registry.has(root)

    def _is_of_assembly(self, module: Module, function: int) -> bool:
        """Tell whether all that a function exports are assemblies, which are munging and no model."""
        frame = self.evaluator.entry(module, function)
        calls = [call for call in module.body(function).get("c", ()) if last_name(call[0]) in EXPORTS]
        owners = [value[1] for call in calls for value in self.evaluator.value(call[0], frame) if value[0] == "xm"]
        return bool(calls) and len(owners) == len(calls) and all(owner.endswith(".H2OAssembly") for owner in owners)

    def _places(self, values: Iterable[Value]) -> Iterator[Place]:
        for value in values:
            match value:
                case ("F", str(path), int(function), *_):
                    yield path, function
                case ("C" | "I", str(path), int(index), *_):
                    yield from self._methods(path, index)
                case (str(tag), tuple(inner), *_) if tag in _WRAPPERS:
                    yield from self._places((inner,))
                case ("ge" | "ag" | "cm", int(number)):
                    frame = self.evaluator.numbered(number)
                    yield frame.module.path, frame.function
                case (str(tag), frozenset() as inner) if tag in _CONTAINERS:
                    yield from self._places(inner)
                case ("tu", tuple(parts)):
                    for part in parts:
                        yield from self._places(part)
                case ("dk", tuple(items)):
                    for _, part in items:
                        yield from self._places(part)

    def _methods(self, path: str, index: int) -> Iterator[Place]:
        """Yield the methods that run without being called by name: special ones, or all where a library runs them."""
        lineage = members.lineage(self.evaluator, path, index)
        by_library = any(value[0] == "x" and value[1] not in _PLAIN_BASES for value in lineage)
        for base in lineage:
            module = self.evaluator.modules.module(base[1]) if base[0] == "C" else None
            for name, definitions in module.classes[base[2]]["m"].items() if module is not None else ():
                if by_library or (name.startswith("__") and name.endswith("__")):
                    for definition in definitions:
                        if isinstance(definition, list) and definition[0] == "F":
                            yield base[1], definition[1]


def _decorators(module: Module, function: dict[str, Any]) -> Iterator[Any]:
    """Yield what decorates a function at the top level of a module; of `@custom(...)` what is called."""
    for decorator in function.get("d", ()) if "o" not in function else ():
        match decorator:
            case ["c", int(number)]:
                yield module.body(0)["c"][number][0]
            case _:
                yield decorator


def _is_export(expression: Any) -> bool:
    """Tell whether an expression is a method that exports, or its name for `getattr`."""
    match expression:
        case ["k", str(text)]:
            return text in EXPORTS or ("mojo" in text and "/Models" in text)
    return last_name(expression) in EXPORTS


def _expressions(body: dict[str, Any]) -> Iterator[Any]:
    """Yield the expressions of a function's body, constants and parts of displays included."""
    pending: list[Any] = [*body.get("d", ()), *body.get("r", ()), *body.get("y", ())]
    for call in body.get("c", ()):
        pending += [call[0], *call[1], *call[2].values()]
    pending += [item[0] for key in ("l", "i", "w") for item in body.get(key, ())]
    pending += [item[2] for item in body.get("s", ())]
    while pending:
        item = pending.pop()
        match item:
            case ["t" | "u", *parts]:
                pending += parts
            case ["d", dict(table)]:
                pending += table.values()
            case ["p" | "e" | "m" | "F" | "C" | "v", *_] | None:
                continue
            case ["=", _, value]:
                pending.append(value)
                continue
            case ["i" | "n" | "g" | "w", inner, *_]:
                pending.append(inner)
                continue
        yield item
