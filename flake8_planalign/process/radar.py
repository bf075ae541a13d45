"""The radar: reads a module's async frames off the call graph as blocking calls, and its offloads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from flake8_planalign.process import memory
from flake8_planalign.process.labels import Labels
from flake8_planalign.process.model import BlockingCall
from flake8_planalign.process.offloads import calls_any, handed_over
from flake8_planalign.process.sighting import DONE_AT_ONCE, Sighting
from flake8_planalign.project import Project
from flake8_planalign.python.callgraph import CallGraph, Path
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.evaluation import evaluating
from flake8_planalign.python.facts import ASYNC, LAMBDA
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.python.steps import CALLBACK, Edge, Place
from flake8_planalign.python.values import Frame
from flake8_planalign.registry import Api
from flake8_planalign.source import Source

__all__ = ["graph_of", "sweep"]

#: Methods that give the event loop a callback.
_REGISTRARS: Final = frozenset({
    "add_done_callback", "add_reader", "add_signal_handler", "add_writer", "call_at", "call_later", "call_soon",
    "call_soon_threadsafe",
})  # fmt: skip


def graph_of(project: Project) -> CallGraph:
    """Return the call graph of a project, one for each process."""
    return project.remembered("graph", lambda: CallGraph(Evaluator(project)))


def sweep(source: Source, project: Project) -> Iterator[object]:
    """Yield the `BlockingCall`s of the tiers that this run asks for and the `Offload`s of a Python file."""
    for node in _remembered(source, project):
        if not isinstance(node, BlockingCall) or node.api.tier in project.config.tiers:
            yield node


def _remembered(source: Source, project: Project) -> list[memory.Node]:
    digest = memory.key(source, project)
    nodes = memory.recall(project, digest) if digest is not None else None
    if nodes is None:
        graph = graph_of(project)
        with evaluating(graph.evaluator):
            nodes = list(_sweep(source, project, graph))
        if digest is not None and not graph.evaluator.modules.foreign:
            memory.remember(project, digest, nodes)
    return nodes


def _sweep(source: Source, project: Project, graph: CallGraph) -> Iterator[memory.Node]:
    module = graph.evaluator.modules.module_of(source)
    labels = Labels(source)
    found = list(handed_over(graph, module, source, labels))
    yield from (offload for _, offload in found)
    results = {place for place, offload in found if offload.result_of_call}
    sighted: dict[tuple[Place, str], list[Sighting]] = {}
    outer = {record.get("o") for record in module.functions}
    for function, record in enumerate(module.functions):
        if record["f"] & ASYNC:
            sites = _all_sites(graph, module, function)
        elif function and not record["f"] & LAMBDA and calls_any(module, function, _REGISTRARS):
            frame = graph.entry(module, function)
            sites = ((edge, frame) for edge in graph.edges(frame) if edge.role == CALLBACK)
        else:
            continue
        for first, frame in sites:
            for api, first_path in graph.blocking(first):
                edge, path = first, first_path
                if function in outer:
                    edge, path = _innermost(graph, module, function, edge, path)
                if edge.place not in results and not _is_over(module, function, api):
                    sighting = Sighting(edge, api, path, frame, function)
                    sighted.setdefault((edge.place, api.name), []).append(sighting)
    if sighted:
        # what tells takes as long to import as all this takes for a small file, and most files hold nothing to tell
        from flake8_planalign.process.telling import told

        yield from told(source, project, graph, labels, sighted)


def _all_sites(graph: CallGraph, module: Module, function: int) -> Iterator[tuple[Edge, Frame]]:
    """Yield the steps of an async function, and those that it takes with what another one of its module gives it."""
    known: set[tuple[Place, str]] = set()
    for edge, frame in _sites(graph, graph.entry(module, function), set()):
        known.update((edge.place, api.name) for api, _ in graph.blocking(edge))
        yield edge, frame
    for given in _given(graph, module, function):
        for edge, frame in _sites(graph, given, set()):
            if any((edge.place, api.name) not in known for api, _ in graph.blocking(edge)):
                yield replace(edge, certain=False), frame


def _given(graph: CallGraph, module: Module, function: int) -> list[Frame]:
    """Return an async function in what those of its module that await it give parameters without annotation."""
    record = module.functions[function]
    untyped = {at for at, (_, kind, *more) in enumerate(record["p"]) if kind in {"k", "p"} and not any(more[:1])}
    if not untyped - ({0} if record.get("c") is not None else set()):
        return []
    found: dict[int, Frame] = {}
    for caller in module.naming(record["n"]):
        if caller != function and module.functions[caller]["f"] & ASYNC:
            for target in graph.awaited(graph.entry(module, caller)):
                if (
                    target.module is module
                    and target.function == function
                    and untyped & {at for at, _ in target.context}
                ):
                    found[target.id] = target
    return list(found.values())


def _is_over(module: Module, function: int, api: Api) -> bool:
    """Tell whether an API asks a future that is done, since it calls the function: `future.add_done_callback(tell)`."""
    outer = module.functions[function].get("o")
    if not outer or not api.name.endswith(DONE_AT_ONCE):
        return False
    body = module.body(outer)
    return any(
        last_name(call[0]) == "add_done_callback"
        and any(
            type(given) is str and given.isdigit() and body["d"][int(given)] == ["F", function] for given in call[1]
        )
        for call in body.get("c", ())
    )


def _innermost(
    graph: CallGraph, module: Module, function: int, edge: Edge, path: Path | None
) -> tuple[Edge, Path | None]:
    """Return the step at which a way leaves the async function for good: the call in a lambda that it hands out."""
    best = edge, path
    current: Path | None = path
    target = edge.target
    while current is not None and isinstance(target, Frame):
        if edge.role != CALLBACK and _nested(target, module, function):
            following = current.edge.target
            best = current.edge, graph.reach(following).get(current.api.name) if isinstance(following, Frame) else None
        target = current.edge.target
        current = graph.reach(target).get(current.api.name) if isinstance(target, Frame) else None
    return best


def _sites(graph: CallGraph, frame: Frame, seen: set[int]) -> Iterator[tuple[Edge, Frame]]:
    """Yield the steps of an async frame; those of a function nested in it stand for the call of that function."""
    seen.add(frame.id)
    for edge in graph.edges(frame):
        target = edge.target
        if isinstance(target, Frame) and edge.role != CALLBACK and _nested(target, frame.module, frame.function):
            if target.id not in seen:
                yield from _sites(graph, target, seen)
        else:
            yield edge, frame


def _nested(target: Frame, module: Module, function: int) -> bool:
    """Tell whether a function is written within another one."""
    if target.module is not module:
        return False
    outer = target.record.get("o")
    while outer:
        if outer == function:
            return True
        outer = module.functions[outer].get("o")
    return False
