"""Exception coverage: which handlers, `suppress`es, decorators and callers of the project answer for an error."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from flake8_planalign.patterns import lazy
from flake8_planalign.process.analysis import Analysis, Code, place_of_call
from flake8_planalign.process.requests import Caller
from flake8_planalign.process.statements import Function, Surroundings, own_nodes
from flake8_planalign.python.values import Values

__all__ = ["catches", "caught_names", "is_covered", "is_covered_at", "surroundings_of"]

_EVERYTHING: Final = frozenset({"builtins.BaseException", "builtins.Exception"})
#: Decorators whose name says that they answer for errors.
_ANSWERING: Final = lazy(r"fallback|safe|suppress|ignore|swallow|handle|circuit|catch|guard|resilien", re.IGNORECASE)


def caught_names(code: Code, caught: ast.expr | None, function: Function | None) -> frozenset[str] | None:
    """Return the dotted names of what an `except` clause catches; None if it is not known."""
    if caught is None:
        return _EVERYTHING
    parts = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    names: set[str] = set()
    for part in parts:
        values = code.named(part, function)
        if not values:
            return None
        names |= set(_names(code.analysis, values))
    return frozenset(names)


def _names(analysis: Analysis, values: Values) -> Iterator[str]:
    for value in values:
        match value:
            case ("x", dotted):
                yield dotted
            case ("tu", parts):
                for part in parts:
                    yield from _names(analysis, part)
            case ("C", path, index):
                yield f"{path}#{index}"


def catches(analysis: Analysis, names: frozenset[str] | None, error: str) -> bool:
    """Tell whether handlers of these names answer for an error of a library; what is not known is taken to."""
    if names is None or names & _EVERYTHING:
        return True
    lineage = {entry.name for entry in analysis.registry.lineage(error)} | {error}
    if names & lineage:
        return True
    root, _, last = error.rpartition(".")
    return last in {"RedisError", "ValkeyError"} and {f"{root}.ConnectionError", f"{root}.TimeoutError"} <= names


def is_covered(code: Code, inside: Surroundings, error: str) -> bool:
    """Tell whether an error that is raised at a statement with these surroundings is answered for in its function."""
    for attempt in inside.tries:
        names: frozenset[str] | None = frozenset()
        for handler in attempt.handlers:
            if _only_raises(handler):
                continue
            caught = caught_names(code, handler.type, inside.function)
            names = None if caught is None or names is None else names | caught
        if catches(code.analysis, names, error):
            return True
    for block in inside.withs:
        for item in block.items:
            if _suppresses(code, item.context_expr, inside.function, error):
                return True
    return inside.function is not None and any(
        _answers(code, decorator, error) for decorator in inside.function.decorator_list
    )


def _only_raises(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler lets the error go on as it is."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None and len(handler.body) <= 2


def _suppresses(code: Code, manager: ast.expr, function: Function | None, error: str) -> bool:
    if not isinstance(manager, ast.Call):
        return False
    for value in code.named(manager.func, function):
        if value == ("x", "contextlib.suppress"):
            names = [caught_names(code, argument, function) for argument in manager.args]
            known = [name for name in names if name is not None]
            return len(known) < len(names) or catches(code.analysis, frozenset().union(*known), error)
    text = ast.unparse(manager.func)
    return _ANSWERING.search(text) is not None


def _answers(code: Code, decorator: ast.expr, error: str) -> bool:
    """Tell whether a decorator's wrapper answers for an error of what it wraps."""
    written = decorator.func if isinstance(decorator, ast.Call) else decorator
    if _ANSWERING.search(ast.unparse(written).rpartition(".")[2]):
        return True
    for value in code.named(written):
        if value[0] == "F":
            other = code.analysis.code(value[1])
            node = other.node(value[2]) if other is not None else None
            for part in ast.walk(node) if node is not None else ():
                if isinstance(part, ast.Try) and other is not None:
                    for handler in part.handlers:
                        if not _only_raises(handler) and catches(
                            code.analysis, caught_names(other, handler.type, None), error
                        ):
                            return True
    return False


def surroundings_of(code: Code, place: tuple[int, int, int, int]) -> Surroundings | None:
    """Return the surroundings of the statement that holds the call at a place."""
    for statement, inside in reversed(code.statements):
        if statement.lineno <= place[0] and place[2] <= (statement.end_lineno or statement.lineno):
            for node in own_nodes(statement):
                if isinstance(node, ast.Call) and place_of_call(node) == place:
                    return inside
    return None


def is_covered_at(analysis: Analysis, caller: Caller, error: str) -> bool:
    """Tell whether a caller answers for an error that its call raises."""
    code = analysis.code(caller.module.path)
    call = caller.call
    inside = surroundings_of(code, (call[3], call[4], call[5], call[6])) if code is not None else None
    return code is not None and inside is not None and is_covered(code, inside, error)
