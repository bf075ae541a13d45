"""One project as the survey sees it: its call graph, the texts of its files, and their trees beside their facts."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from typing import Any, Final

from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy
from flake8_planalign.process import radar
from flake8_planalign.process.statements import Function, Surroundings, expressions, own_nodes, statements
from flake8_planalign.process.tables import Tables
from flake8_planalign.project import Project
from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.modules import Module
from flake8_planalign.python.syntax import attribute_place
from flake8_planalign.python.values import EMPTY, Frame, Value, Values
from flake8_planalign.source import Source

__all__ = ["Analysis", "CallRecord", "Code", "Place", "dotted_names", "place_of_call"]

_IDENTIFIER: Final = lazy(r"[^\W\d]\w*")
#: How many files are kept as trees: few are asked about from other files, and what lives long slows every collection.
_MAX_CODES: Final = 8

CallRecord = list[Any]
Place = tuple[int, int, int, int]


class Analysis:
    """What is known of one project, in one process; everything is computed on demand."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.graph: CallGraph = radar.graph_of(project)  # one graph for both readers of a process
        self.evaluator = self.graph.evaluator
        self.registry = project.registry
        self.tables = Tables.of(project, self.evaluator.modules)
        self._codes: dict[str, Code | None] = {}
        #: What words of the domain model remember of the project, by their own keys.
        self.memo: dict[Any, Any] = {}

    @classmethod
    def of(cls, project: Project) -> Analysis:
        """Return the analysis of a project, one for each process."""
        return project.remembered("analysis", lambda: cls(project))

    def code_of(self, source: Source) -> Code | None:
        """Return the code of the file under check."""
        if source.tree is None:
            return None
        code = self._codes.get(source.absolute)
        if code is None or code.given is not source.tree:
            code = self._keep(source.absolute, Code(self, self.evaluator.modules.module_of(source), source.tree))
            code.text = source.text
        return code

    def code(self, path: str) -> Code | None:
        """Return the code of a file of the project, None if it cannot be parsed."""
        if path not in self._codes:
            module = self.evaluator.modules.module(path)
            self._keep(path, Code(self, module) if module is not None else None)
        return self._codes[path]

    def _keep(self, path: str, code: Any) -> Any:
        self._codes.pop(path, None)
        if len(self._codes) >= _MAX_CODES:
            self._codes.pop(next(iter(self._codes)))
        self._codes[path] = code
        return code

    def leave(self, source: Source) -> None:
        """Let go of the tree of the file under check, which flake8 is done with soon."""
        code = self._codes.get(source.absolute)
        if code is not None and code.given is source.tree:
            del self._codes[source.absolute]


class Code:
    """A file of the project as tree and as facts, and the way from the one to the other."""

    def __init__(self, analysis: Analysis, module: Module, tree: ast.Module | None = None) -> None:
        self.analysis = analysis
        self.module = module
        #: The tree of the file under check; that of another file is made when it is asked for.
        self.given = tree
        #: What words of the domain model remember of the file, by their own keys.
        self.memo: dict[Any, Any] = {}

    @property
    def path(self) -> str:
        """Return the absolute path of the file."""
        return self.module.path

    @functools.cached_property
    def text(self) -> str:
        """Return the text of the file."""
        return self.analysis.project.read(self.path) or ""

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The tree of the file; an empty one if it cannot be parsed any more."""
        return self.given or parsed(self.text) or ast.Module([], [])

    @functools.cached_property
    def statements(self) -> list[tuple[ast.stmt, Surroundings]]:
        """All statements with their surroundings, in the order of the source."""
        return sorted(statements(self.tree), key=lambda item: (item[0].lineno, item[0].col_offset))

    @functools.cached_property
    def _by_function(self) -> dict[Function | None, list[tuple[ast.stmt, Surroundings]]]:
        found: dict[Function | None, list[tuple[ast.stmt, Surroundings]]] = {}
        for statement, inside in self.statements:
            found.setdefault(inside.function, []).append((statement, inside))
        return found

    def statements_of(self, function: Function | None) -> list[tuple[ast.stmt, Surroundings]]:
        """Return the statements of a function with their surroundings, in the order of the source."""
        return self._by_function.get(function, [])

    @staticmethod
    def parts(statement: ast.stmt) -> list[ast.expr]:
        """Return the expressions that a statement itself evaluates, not those of the statements in it."""
        return list(expressions(statement))

    @functools.cached_property
    def functions(self) -> dict[Function, int]:
        """The functions written with `def`, with their numbers in the facts."""
        numbers = {(record["l"], record["n"]): number for number, record in enumerate(self.module.functions) if number}
        found: dict[Function, int] = {}
        for statement, _inside in self.statements:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                number = numbers.get((statement.lineno, statement.name))
                if number is not None:
                    found[statement] = number
        return found

    @functools.cached_property
    def _nodes(self) -> dict[int, Function]:
        return {number: node for node, number in self.functions.items()}

    def node(self, function: int) -> Function | None:
        """Return the `def` of a function of the facts; None for a lambda or the module itself."""
        return self._nodes.get(function)

    def number(self, node: Function | None) -> int:
        """Return the number of a function in the facts; 0 for the module's own body."""
        return self.functions.get(node, 0) if node is not None else 0

    def frame(self, function: int) -> Frame:
        """Return the frame of a function about whose arguments only its signature speaks."""
        return self.analysis.evaluator.entry(self.module, function)

    @functools.cached_property
    def _records(self) -> dict[Place, tuple[int, int]]:
        """Where each call stands, with its function and its number in it."""
        found: dict[Place, tuple[int, int]] = {}
        for function in range(len(self.module.functions)):
            for number, call in enumerate(self.module.body(function).get("c", ())):
                found[call[3], call[4], call[5], call[6]] = function, number
        return found

    def record(self, call: ast.Call) -> tuple[int, int] | None:
        """Return the function in which a call stands and its number there, None for one that facts leave out."""
        return self._records.get(place_of_call(call))

    def callees(self, call: ast.Call) -> Values:
        """Return what a call may call."""
        found = self.record(call)
        if found is None:
            return EMPTY
        function, number = found
        return self.analysis.evaluator.value(self.module.body(function)["c"][number][0], self.frame(function))

    def value(self, call: ast.Call) -> Values:
        """Return what a call may give."""
        found = self.record(call)
        if found is None:
            return EMPTY
        return self.analysis.evaluator.value(["c", found[1]], self.frame(found[0]))

    def named(self, node: ast.expr, function: Function | None = None) -> Values:
        """Return what a name or dotted name means that is defined or imported in the module or the function."""
        match node:
            case ast.Name(id=name):
                imported = self._imported_in(function).get(name) if function is not None else None
                if imported is not None:
                    return self.analysis.evaluator.imported(self.module, imported)
                return self.analysis.evaluator.name(self.module, name)
            case ast.Attribute(value=value, attr=attribute):
                return self.analysis.evaluator.attributes(self.named(value, function), [attribute])
        return EMPTY

    def _imported_in(self, function: Function) -> dict[str, str]:
        known = self.memo.setdefault("local imports", {})
        if function not in known:
            names: dict[str, str] = {}
            for node in own_nodes(*function.body):
                if isinstance(node, ast.Import):
                    for alias in node.names:
                        names[alias.asname or alias.name.partition(".")[0]] = (
                            alias.name if alias.asname else alias.name.partition(".")[0]
                        )
                elif isinstance(node, ast.ImportFrom):
                    base = "." * node.level + (node.module or "")
                    for alias in node.names:
                        joint = "" if base.endswith(".") else "."
                        names[alias.asname or alias.name] = f"{base}{joint}{alias.name}"
            known[function] = names
        return known[function]  # type: ignore[no-any-return]


def place_of_call(call: ast.Call) -> Place:
    """Return where facts note a call: at its beginning, or at the attribute's name if it stands on a later line."""
    line, column = call.lineno, call.col_offset
    if isinstance(call.func, ast.Attribute) and call.func.end_lineno != call.lineno:
        line, column = attribute_place(call.func)[:2]
    return line, column, call.end_lineno or line, call.end_col_offset or column


def dotted_names(values: Values) -> set[str]:
    """Return the dotted names of libraries among values: functions, classes and `class.method`."""
    return {name for value in values for name in _dotted(value)}


def _dotted(value: Value) -> Iterator[str]:
    match value:
        case ("x", dotted):
            yield dotted
        case ("xm", class_name, name):
            yield f"{class_name}.{name}"
        case ("kept" | "off" | "cmf", inner) | ("pa", inner, *_):
            yield from _dotted(inner)
