"""Where a project closes its pools and clients by something that is run: a `close` that nobody calls closes nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from flake8_planalign.kinds import is_test
from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, Code
from flake8_planalign.process.requests import callers
from flake8_planalign.process.statements import Function, own_nodes
from flake8_planalign.project import Project

__all__ = ["CLOSES", "closings"]

#: A pool or client, by its name, that is closed.
CLOSES: Final = r"(?:pool|client|engine|redis|http)\w*\.(?:aclose|dispose|close|disconnect|wait_closed)\(\)"
_CLOSES: Final = lazy(CLOSES)
_MAKES: Final = frozenset({
    "AsyncClient", "ClientSession", "ConnectionPool", "Redis", "Valkey", "create_async_engine", "create_engine",
    "create_pool", "from_url",
})  # fmt: skip


def closings(project: Project, paths: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield where files close a pool or client in code that something runs, as (absolute path, 1-based line).

    A function that has a decorator, a base class or a `yield`, or that itself makes what it closes, is taken to be run.
    """
    for path in paths:
        text = project.read(path) or ""
        if is_test(project.relative(path)) or not _CLOSES.search(text):
            continue
        code = Analysis.of(project).code(path)
        if code is not None:
            yield from ((path, line) for line in _in(code))


def _in(code: Code) -> Iterator[int]:
    for statement, inside in code.statements:
        for node in own_nodes(*code.parts(statement)):
            is_close = isinstance(node, ast.Call) and _CLOSES.search(f"{ast.unparse(node.func)}()")
            if is_close and _is_run(code, inside.function, set()):
                yield statement.lineno


def _is_run(code: Code, function: Function | None, asked: set[tuple[str, int]]) -> bool:
    """Tell whether the module runs a function itself, a library does, or a function that is run calls it."""
    if function is None or function.decorator_list or (function.name.startswith("__") and function.name.endswith("__")):
        return True
    number = code.functions.get(function)
    if number is None or code.module.functions[number].get("o", 0):
        return True  # nobody can tell who calls a function in a function
    if any(isinstance(part, ast.Yield) or _makes(part) for part in own_nodes(*function.body)):
        return True
    index = code.module.functions[number].get("c")
    if index is not None and code.module.classes[index].get("b"):
        return True
    asked.add((code.path, number))
    for caller in callers(code.analysis, code.module, number):
        other = code.analysis.code(caller.module.path)
        if other is None or (other.path, caller.function) in asked:
            continue
        if is_test(code.analysis.project.relative(other.path)):
            continue
        if not caller.function or _is_run(other, other.node(caller.function), asked):
            return True
    return False


def _makes(part: ast.AST) -> bool:
    match part:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _MAKES
    return False
