"""How a function runs a coroutine: what it calls for it, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flake8_planalign.python.modules import Module, last_name

__all__ = ["RUNNERS", "TASKS", "is_called", "means", "starting", "starts"]

#: What lets a coroutine go on beside the one that starts it.
TASKS: Final = frozenset({"create_task", "ensure_future", "start_soon"})
#: What runs a coroutine on a loop of its own, by the names that projects give it.
RUNNERS: Final = frozenset(
    {
        "async_run",
        "async_to_sync",
        "run",
        "run_async",
        "run_coro_as_sync",
        "run_coroutine",
        "run_sync",
        "run_until_complete",
    }
)


def means(expression: Any, name: str) -> bool:
    """Tell whether an expression of the facts is a name, or an attribute of such a name."""
    return type(expression) is str and expression.rpartition(".")[2] == name


def starts(module: Module, function: int, name: str, runners: frozenset[str] = RUNNERS) -> bool:
    """Tell whether a function does `asyncio.run(name())`."""
    return any(starting(module, function, name, runners))


def starting(module: Module, function: int, name: str, runners: frozenset[str]) -> Iterator[list[Any]]:
    """Yield the calls by which a function does `asyncio.run(name())`."""
    calls = module.body(function).get("c", ())
    for call in calls:
        if last_name(call[0]) in runners:
            for argument in call[1]:
                called = calls[argument[1]][0] if type(argument) is list and argument[0] == "c" else None
                if means(argument, name) or is_called(module, function, called, name):
                    yield call
                    break


def is_called(module: Module, function: int, called: Any, name: str) -> bool:
    """Tell whether what a function calls has this name, also if it defines or imports it within itself."""
    if last_name(called) == name:
        return True
    definitions = module.body(function).get("d", ())
    if type(called) is not str or not called.isdigit() or int(called) >= len(definitions):
        return False
    match definitions[int(called)]:
        case ["F", int(inner)]:
            return bool(module.functions[inner]["n"] == name)
        case ["m", str(dotted)]:
            return dotted.rpartition(".")[2] == name
    return False
