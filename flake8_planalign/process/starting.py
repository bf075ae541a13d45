"""How a function runs a coroutine: what it calls for it, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.modules import Module, last_name

__all__ = ["RUNNERS", "TASKS", "is_called", "means", "schedules", "starting", "starts"]

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
#: What hands a job to a scheduler, and the schedulers that run it on the loop they are started on.
_SCHEDULES: Final = frozenset({"add_job", "add_schedule"})
_SCHEDULERS: Final = frozenset({"AsyncIOScheduler", "AsyncScheduler"})
#: What a job that runs once is given as its trigger.
_ONCE: Final = ("date", "DateTrigger")


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


def schedules(evaluator: Evaluator, module: Module, function: int, name: str) -> bool:
    """Tell whether a function hands another one to a scheduler on the loop (APScheduler), to be run again and again."""
    calls = module.body(function).get("c", ())
    for call in calls:
        if last_name(call[0]) not in _SCHEDULES or not call[1] or not is_called(module, function, call[1][0], name):
            continue
        trigger = call[2].get("trigger", call[1][1] if len(call[1]) > 1 else None)
        if type(trigger) is list and trigger[0] == "c":
            trigger = ["k", last_name(calls[trigger[1]][0])]
        if trigger is None or (trigger[0] == "k" and trigger[1] in _ONCE):
            continue
        owner = call[0].rpartition(".")[0] if type(call[0]) is str else call[0][1]
        values = evaluator.value(owner, evaluator.entry(module, function)) if owner else frozenset()
        if any(value[0] == "xi" and value[1].rpartition(".")[2] in _SCHEDULERS for value in values):
            return True
    return False


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
