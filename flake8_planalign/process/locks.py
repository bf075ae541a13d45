"""What is known of a lock that is held: whether anybody else has it yet, and how long it is held."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Final

import msgspec

from flake8_planalign.parsing import of_tree
from flake8_planalign.process.tables import Tables
from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.chains import Chain
from flake8_planalign.python.facts import ASYNC, DONE
from flake8_planalign.python.modules import Module
from flake8_planalign.python.steps import Edge, Place
from flake8_planalign.python.values import Frame, Value
from flake8_planalign.registry import Api

__all__ = ["Locks", "is_just_made"]

_LONG_WAITS: Final = frozenset({"disk", "network", "process", "wait"})


class _Held(msgspec.Struct, frozen=True):
    """A `with` of a lock: where it stands, where its body ends, and whether the body awaits."""

    function: int
    place: Place
    last_line: int
    awaits: int


class Locks:
    """The locks that the functions of a call graph hold by `with`, for the time of one file's check."""

    def __init__(self, graph: CallGraph) -> None:
        self._graph = graph
        #: Who holds a lock of this name in a module.
        self._holders: dict[str, dict[str, list[_Held]]] = {}
        #: The first functions of a module that hold a lock of this name for long; two are enough to know of any other.
        self._long: dict[tuple[str, str], list[int]] = {}

    def is_brief(self, frame: Frame, edge: Edge) -> bool:
        """Tell whether a lock is held only for work that neither awaits nor blocks, here and by its other holders."""
        lock = _manager(frame, edge).rpartition(".")[2]
        holders = self._holders_in(frame.module).get(lock, ())
        if any(self._is_held_long(frame, held) for held in holders if held.function == frame.function):
            return False
        key = frame.module.path, lock
        if key not in self._long:
            self._long[key] = self._holding_long(frame.module, holders)
        return all(function == frame.function for function in self._long[key])

    def is_of_the_loop(self, frame: Frame, edge: Edge) -> bool:
        """Tell whether coroutines alone take a lock, and await nothing within: nobody can have it meanwhile.

        They run on one thread. What else names the lock than its making and its holders may hand it to others.
        """
        evaluator = self._graph.evaluator
        lock = _manager(frame, edge).rpartition(".")[2]
        holders = self._holders_in(frame.module).get(lock, ())
        text = evaluator.project.read(frame.module.path) or ""
        return (
            bool(lock)
            and all(frame.module.functions[held.function]["f"] & ASYNC and not held.awaits for held in holders)
            and len(re.findall(rf"\b{re.escape(lock)}\b", text)) == len(holders) + 1
            and (
                lock.startswith("_")
                or not set(Tables.of(evaluator.project, evaluator.modules).mentioning(lock)) - {frame.module.path}
            )
        )

    def _holding_long(self, module: Module, holders: Iterable[_Held]) -> list[int]:
        found: list[int] = []
        for held in holders:
            if held.function not in found and self._is_held_long(self._graph.entry(module, held.function), held):
                found.append(held.function)
                if len(found) > 1:
                    break
        return found

    def _is_held_long(self, holder: Frame, held: _Held) -> bool:
        if held.awaits and holder.record["f"] & ASYNC:
            return True
        if held.place[:2] in _guarding_once(self._graph.evaluator.project.read(holder.module.path) or ""):
            return False
        return any(
            held.place[:2] < inner.place[:2] and inner.place[0] <= held.last_line and self._is_long(inner)
            for inner in self._graph.edges(holder)
        )

    def _is_long(self, edge: Edge) -> bool:
        """Tell whether a step may take long while a lock is held; who waits for a condition lets go of its lock.

        A future is asked for its error when it is done.
        """
        return any(
            api.tier in _LONG_WAITS
            and not api.name.endswith((".__enter__", ".acquire"))
            and not api.name.startswith(("concurrent.futures.Future.exception", "threading.Condition.wait"))
            and not (edge.flags & DONE and api.name.endswith(".result"))
            for api, _ in self._graph.blocking(edge)
        )

    def _holders_in(self, module: Module) -> dict[str, list[_Held]]:
        known = self._holders.get(module.path)
        if known is None:
            known = self._holders[module.path] = {}
            for function in range(len(module.functions)):
                for manager, _is_async, *place, awaits, last_line, _guard, _doubt in module.body(function).get("w", ()):
                    if isinstance(manager, str):
                        first, column, last, end = place
                        held = _Held(function, (first, column, last, end), last_line, awaits)
                        known.setdefault(manager.rpartition(".")[2], []).append(held)
        return known

    def is_new(self, first: tuple[Frame, Edge], chain: Chain | None, holder: Frame, last: Edge) -> bool:
        """Tell whether a lock is held by an object that is just being made, so that nobody else has it yet.

        That is its constructor, and the first method that is called on it where it is made.
        """
        owner, (receiver, _, name) = holder.record.get("c"), _manager(holder, last).partition(".")
        text = self._graph.evaluator.project.read(holder.module.path) or ""
        if (
            chain is None
            or owner is None
            or receiver != "0"
            or not re.search(rf"\bself\.{name}\b[^=\n]*=\s*(?:\w+\.)*[A-Z]\w*\(", text)
        ):
            return False
        for frame, step in reversed([first, *chain]):
            if frame.module is not holder.module or frame.record.get("c") != owner:
                return self._is_first_on_new(frame, step, ("C", holder.module.path, owner))
            if frame.record["n"] == "__init__":
                return True
        return False

    def _is_first_on_new(self, frame: Frame, step: Edge, owner: Value) -> bool:
        """Tell whether a step is the first thing done with an object of a class, which the function has just made."""
        calls = frame.body.get("c", ())
        number = next((n for n, call in enumerate(calls) if (*call[3:7],) == step.place and type(call[0]) is str), None)
        local = calls[number][0].partition(".")[0] if number is not None else ""
        made = frame.body["d"][int(local)] if local.isdigit() else None
        if number is None or type(made) is not list or made[0] != "c" or made[1] >= number:
            return False
        between = calls[made[1] + 1 : number]
        used = (part for call in between for part in (call[0], *call[1], *call[2].values()) if type(part) is str)
        return owner in self._graph.evaluator.value(calls[made[1]][0], frame) and not any(
            part.partition(".")[0] == local for part in used
        )


@of_tree
def _guarding_once(tree: ast.Module) -> frozenset[tuple[int, int]]:
    """Return where a file takes locks for what is done once: `with lock: if ready: return`, and what makes it ready.

    For that one waits at most once; afterwards such a lock is held to ask whether it was done.
    """
    return frozenset(
        (item.context_expr.lineno, item.context_expr.col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.With) and _does_once(node.body)
        for item in node.items
    )


def _does_once(body: list[ast.stmt]) -> bool:
    match body:
        case [ast.If(test=test, body=[*_, ast.Return()], orelse=[]), _, *_]:
            return any(_is_of_state(part) for part in (test.values if isinstance(test, ast.BoolOp) else [test]))
        case [ast.If(test=test, orelse=[])] | [ast.If(test=test, orelse=[]), ast.Return()]:
            return _is_missing(test)
    return False


def _is_of_state(test: ast.expr) -> bool:
    """Tell whether a test asks for a flag, or for something that is kept: `self._ready`, `_client is not None`."""
    match test:
        case ast.Name() | ast.Attribute():
            return True
        case ast.Compare(left=ast.Name() | ast.Attribute(), ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return True
    return False


def _is_missing(test: ast.expr) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name() | ast.Attribute()):
            return True
        case ast.Compare(left=ast.Name() | ast.Attribute(), ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return True
    return False


def is_just_made(holder: Frame, last: Edge) -> bool:
    """Tell whether a lock is taken by the call behind the one that makes it: `lock = Lock()`, `lock.acquire()`."""
    api = last.target
    if not isinstance(api, Api) or not api.name.startswith("threading.") or not api.name.endswith(".acquire"):
        return False
    definitions = holder.body.get("d", ())
    for number, call in enumerate(holder.body.get("c", ())):
        if (call[3], call[4], call[5], call[6]) == last.place and type(call[0]) is str:
            root, _, method = call[0].partition(".")
            return method == "acquire" and root.isdigit() and definitions[int(root)] == ["c", number - 1]
    return False


def _manager(frame: Frame, edge: Edge) -> str:
    for manager, _is_async, *place, _awaits, _last_line, _guard, _doubt in frame.body.get("w", ()):
        if tuple(place) == edge.place and isinstance(manager, str):
            return manager
    return ""
