"""Reads what a module hands to threads and processes off the call graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flake8_planalign.process import model
from flake8_planalign.process.labels import Labels
from flake8_planalign.python import contexts, members
from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.facts import ASYNC, GENERATOR, HEAVY, LAMBDA, PLAIN
from flake8_planalign.python.modules import Module
from flake8_planalign.python.steps import CALL, Offload, Place
from flake8_planalign.python.values import Frame, Value, Values
from flake8_planalign.registry import Api
from flake8_planalign.rule import Confidence
from flake8_planalign.source import Source

__all__ = ["calls_any", "handed_over"]

_CALLABLE: Final = frozenset({"C", "F", "bm", "ca", "cmf", "kept", "off", "pa", "x", "xm"})
#: Instances that `pickle` refuses, since they hold a lock, a socket, a handle of the operating system or a frame.
_UNPICKLABLE: Final = frozenset({
    "asyncio.AbstractEventLoop", "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.ThreadPoolExecutor",
    "httpx.AsyncClient", "httpx.Client", "io.BufferedRandom", "io.BufferedReader", "io.BufferedWriter",
    "io.TextIOWrapper", "psycopg.Connection", "psycopg2.extensions.connection", "redis.Redis", "redis.asyncio.Redis",
    "socket.socket", "sqlalchemy.engine.Engine", "sqlalchemy.ext.asyncio.AsyncEngine", "sqlite3.Connection",
    "sqlite3.Cursor", "subprocess.Popen", "threading.Condition", "threading.Event", "threading.Lock",
    "threading.RLock", "threading.Semaphore", "threading.Thread",
})  # fmt: skip
#: Threads that nobody awaits: what they compute keeps no coroutine waiting for its result.
_THREADS: Final = frozenset({"_thread.start_new_thread", "threading.Thread", "threading.Timer"})
#: A forked process inherits its target instead of unpickling it.
_INHERIT: Final = frozenset(
    {"multiprocessing.Process", "multiprocessing.process.BaseProcess", "multiprocessing.context.Process"}
)


#: The last names of the functions that take a callable for a thread or process.
_TAKERS: Final = frozenset({
    "Process", "Thread", "Timer", "add_task", "apply", "apply_async", "asyncify", "defer_to_thread", "imap",
    "imap_unordered", "map", "map_async", "run_in_executor", "run_in_threadpool", "run_sync", "starmap",
    "starmap_async", "submit", "sync_to_async", "to_thread", "BackgroundTask", "start_new_thread",
})  # fmt: skip


def calls_any(module: Module, function: int, names: frozenset[str]) -> bool:
    """Tell by their last names whether a function calls any of these."""
    return not names.isdisjoint(module.called(function))


def handed_over(
    graph: CallGraph, module: Module, source: Source, labels: Labels
) -> Iterator[tuple[Place | None, model.Offload]]:
    """Yield what every function of a module offloads, with the place of the argument if that is a call."""
    for function, record in enumerate(module.functions):
        if record["f"] & LAMBDA or not calls_any(module, function, _TAKERS):
            continue
        offloads = list(graph.offloads(graph.entry(module, function), _TAKERS))
        threads = {offload.place for offload in offloads if offload.runs == "thread"}
        for offload in offloads:
            judged = _judged(graph, offload, source, labels, may_be_threads=offload.place in threads)
            if judged is not None:
                yield judged


def _judged(
    graph: CallGraph, offload: Offload, source: Source, labels: Labels, *, may_be_threads: bool
) -> tuple[Place | None, model.Offload] | None:
    call = _inner_call(offload)
    if call is not None:
        confidence = _result_is_no_callable(graph, offload, call)
        if confidence is not None:
            place = _place(call)
            return place, model.Offload(
                source.region(*place),
                offload.taker,
                labels.at(place, CALL),
                offload.runs,
                confidence,
                result_of_call=True,
            )
    reason: str | None = None
    held: tuple[str, Confidence] | None = None
    if offload.runs == "process" and offload.taker not in _INHERIT:
        reason = _unpicklable(graph, offload)
    elif offload.runs == "thread" and offload.taker not in _THREADS:
        held = _holds_gil(graph, offload.values)
    if reason is None and held is None:
        return None
    is_sure = len(offload.values) == 1 and not (may_be_threads and reason is not None)
    certain = Confidence.CERTAIN if is_sure else Confidence.PROBABLE
    return None, model.Offload(
        source.region(*offload.place),
        offload.taker,
        labels.called(offload.place),
        offload.runs,
        held[1] if held else certain,
        unpicklable=reason,
        holds_gil=held[0] if held else None,
    )


def _inner_call(offload: Offload) -> list[Any] | None:
    match offload.expression:
        case ["c", int(number)]:
            return offload.frame.body["c"][number]  # type: ignore[no-any-return]
    return None


def _place(call: list[Any]) -> Place:
    return (call[3], call[4], call[5], call[6])


# -- PAL118: the value of a call where a callable belongs -------------------------------------------------------------


def _result_is_no_callable(graph: CallGraph, offload: Offload, call: list[Any]) -> Confidence | None:
    """Tell whether the value of a call can certainly not be called; None if it may be a callable."""
    evaluator = graph.evaluator
    if offload.values:
        if any(_is_callable(graph, value) for value in offload.values):
            return None
        return Confidence.CERTAIN
    callees = evaluator.value(call[0], offload.frame)
    if not callees:
        inferred = any(
            edge.place == _place(call) and getattr(edge.target, "name", "").startswith("?.")
            for edge in graph.edges(offload.frame)
        )
        return Confidence.PROBABLE if inferred else None
    if all(_returns_plain_value(graph, callee) for callee in callees):
        return Confidence.CERTAIN
    if all(_works(graph, callee, offload, call) for callee in callees):
        return Confidence.PROBABLE
    return None


def _works(graph: CallGraph, callee: Value, offload: Offload, call: list[Any]) -> bool:
    """Tell whether a project function blocks itself, so that its value is hardly the callable to be offloaded."""
    if callee[0] != "F":
        return False
    frame = contexts.bind(graph.evaluator, callee, graph.evaluator.arguments(call, offload.frame))
    return frame is not None and not frame.record["f"] & ASYNC and bool(graph.reach(frame))


def _is_callable(graph: CallGraph, value: Value) -> bool:
    if value[0] in _CALLABLE:
        return True
    if value[0] == "I":
        return bool(members.load(graph.evaluator, value, "__call__")) or bool(
            members.library_bases(graph.evaluator, value[1], value[2])
        )
    if value[0] == "xi":
        known = graph.registry.entry(value[1])
        return known is None or "__call__" in known.methods or "__call__" in known.results or "*" in known.methods
    return False


def _returns_plain_value(graph: CallGraph, callee: Value) -> bool:
    """Tell whether a call gives None or the result of a known blocking API, of which none returns a callable."""
    match callee:
        case ("F", path, function, _, _):
            module = graph.evaluator.modules.module(path)
            if module is None or module.functions[function]["f"] & GENERATOR:
                return False
            return bool(module.functions[function]["f"] & (ASYNC | PLAIN))
        case ("x", dotted):
            return graph.registry.function(dotted) is not None
        case ("xm", class_name, name):
            return graph.registry.method(class_name, name) is not None
    return False


# -- PAL110: what a process cannot take -------------------------------------------------------------------------------


#: Methods of pools that hand over the elements of what they are given.
_SPREADS: Final = frozenset({"imap", "imap_unordered", "map", "map_async", "starmap", "starmap_async"})


def _unpicklable(graph: CallGraph, offload: Offload) -> str | None:
    spread = offload.taker.rpartition(".")[2] in _SPREADS
    for value in (*offload.values, *(value for other in offload.others for value in other)):
        if spread and value[0] == "ge":
            continue  # its elements are handed over, one by one
        reason = _why_unpicklable(graph, value)
        if reason is not None and not (value in offload.values and len(offload.values) > 1):
            return reason
    return None


def _why_unpicklable(graph: CallGraph, value: Value) -> str | None:
    match value:
        case ("F", path, function, bound, _):
            module = graph.evaluator.modules.module(path)
            record = module.functions[function] if module else {}
            if record.get("f", 0) & LAMBDA:
                return "a lambda"
            if record.get("o"):
                return f"the nested function `{record['n']}`"
            if bound is not None and bound[0] == "I":
                held = _unpicklable_attribute(graph, bound)
                return f"`{record['n']}` of an instance that holds {held}" if held else None
        case ("pa", inner, arguments, _):
            for part in ((inner,), *arguments):
                for one in part:
                    reason = _why_unpicklable(graph, one)
                    if reason is not None:
                        return reason
        case ("ge" | "ag", _):
            return "a generator"
        case ("xi", class_name) if class_name in _UNPICKLABLE and not class_name.endswith("Executor"):
            return f"a `{class_name}`"
        case ("I", *_):
            held = _unpicklable_attribute(graph, value)
            return f"an instance that holds {held}" if held else None
    return None


def _unpicklable_attribute(graph: CallGraph, instance: Value) -> str | None:
    evaluator = graph.evaluator
    if members.load(evaluator, instance, "__getstate__") or members.load(evaluator, instance, "__reduce__"):
        return None
    for base in members.lineage(evaluator, instance[1], instance[2]):
        module = evaluator.modules.module(base[1]) if base[0] == "C" else None
        for name in module.classes[base[2]]["s"] if module else ():
            for value in members.load(evaluator, instance, name):
                if value[0] == "xi" and value[1] in _UNPICKLABLE:
                    return f"`self.{name}`, a `{value[1]}`"
    return None


# -- PAL119: what a thread cannot speed up ----------------------------------------------------------------------------


def _holds_gil(graph: CallGraph, values: Values) -> tuple[str, Confidence] | None:
    for value in values:
        match value:
            case ("x", dotted):
                api = graph.registry.function(dotted)
                if api is not None and api.gil == "holds":
                    return f"`{api.name}` holds the GIL", Confidence.CERTAIN
            case ("xm", class_name, name):
                api = graph.registry.method(class_name, name)
                if api is not None and api.gil == "holds":
                    return f"`{api.name}` holds the GIL", Confidence.CERTAIN
            case ("pa", inner, _, _) | ("kept", inner):
                return _holds_gil(graph, frozenset((inner,)))
            case ("F", *_):
                frame = contexts.bind(graph.evaluator, value, graph.evaluator.no_arguments())
                if frame is not None and not frame.record["f"] & ASYNC:
                    return _loops(graph, frame)
    return None


def _loops(graph: CallGraph, frame: Frame) -> tuple[str, Confidence] | None:
    """Tell whether a function's own time goes into Python code: it computes in loops and waits for nothing."""
    name = frame.record["q"]
    for edge in graph.edges(frame):
        if isinstance(edge.target, Api) and edge.target.gil == "holds":
            return f"`{name}` calls `{edge.target.name}`, which holds the GIL", Confidence.PROBABLE
    if frame.record["f"] & HEAVY and not graph.reach(frame):
        return f"`{name}` computes in nested loops of Python code", Confidence.PROBABLE
    return None
