"""The radar: reads a module's async frames off the call graph as blocking calls, and its offloads."""

from __future__ import annotations

import ast
import functools
import itertools
import os
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from flake8_planalign.kinds import is_test
from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy
from flake8_planalign.process import memory
from flake8_planalign.process.handlers import is_broad
from flake8_planalign.process.keeping import fills
from flake8_planalign.process.labels import Labels
from flake8_planalign.process.locks import Locks, is_just_made
from flake8_planalign.process.model import REFUSED, BlockingCall, Step
from flake8_planalign.process.offloads import calls_any, handed_over
from flake8_planalign.process.origin import Origins
from flake8_planalign.process.repeats import Repeats
from flake8_planalign.process.tables import Tables, texts_given
from flake8_planalign.project import Project
from flake8_planalign.python.callgraph import CallGraph, Path
from flake8_planalign.python.chains import Chain
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.evaluation import evaluating
from flake8_planalign.python.facts import ASYNC, AWAITED, DONE, LAMBDA
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.python.steps import CALL, CALLBACK, ENTER, LOOP_RUNNERS, Edge, Place
from flake8_planalign.python.values import Frame
from flake8_planalign.python.ways import Ways
from flake8_planalign.registry import Api
from flake8_planalign.rule import Confidence
from flake8_planalign.source import Source

__all__ = ["sweep"]

_QUIET_OUTSIDE_REQUESTS: Final = frozenset({"cpu", "disk", "metadata"})

#: What opens a file, and the beginnings of the names of what is then done with it.
_OPENERS: Final = frozenset({
    "builtins.open", "codecs.open", "io.open", "os.fdopen", "pathlib.Path.open", "smart_open.open",
    "tempfile.NamedTemporaryFile", "tempfile.TemporaryFile",
})  # fmt: skip
_HANDLES: Final = ("io.Buffered", "io.FileIO.", "io.TextIOWrapper.", "tempfile._TemporaryFileWrapper.", "typing.")

#: Methods that give the event loop a callback.
_REGISTRARS: Final = frozenset({
    "add_done_callback", "add_reader", "add_signal_handler", "add_writer", "call_at", "call_later", "call_soon",
    "call_soon_threadsafe",
})  # fmt: skip

#: A way with more steps than these is told only if each of them is sure to be taken: of those that were read in real
#: code four in ten could not be taken, and of ways to files half of those with more than six (`benchmarks/precision`).
_FARTHEST: Final = 8
_FARTHEST_FILE: Final = 6

#: What replaces parts of a program in a test: fixtures that a test is given, and what is called or decorates it.
_REPLACERS: Final = frozenset({"class_mocker", "mocker", "module_mocker", "monkeypatch", "session_mocker"})
_REPLACES: Final = lazy(r'"(?:\w+\.)*patch\b')

#: What does not wait where it was asked before whether there is anything to wait for.
_DONE_AT_ONCE: Final = (".exception", ".result", "Queue.get")

#: What does not wait for a descriptor that is ready.
_READY_AT_ONCE: Final = frozenset({
    "os.read", "os.readv", "os.write", "os.writev", "socket.socket.accept", "socket.socket.recv",
    "socket.socket.recv_into", "socket.socket.recvfrom", "socket.socket.send", "socket.socket.sendto",
})  # fmt: skip

#: What sends something only where a relationship takes others with what is deleted, and who writes such a relationship.
_DELETES: Final = "sqlalchemy.orm.Session.delete"
_CASCADES: Final = lazy(r"""\bcascade(?:_delete)?["']?\s*[=:]\s*(?:True\b|["'][\w\s,-]*\b(?:all|delete)\b)""")

#: What takes a lock that no other process has.
_HOLDS: Final = tuple(f"threading.{lock}.{how}" for lock in ("Lock", "RLock") for how in ("__enter__", "acquire"))
#: What a script writes that starts threads, beside which it may have to wait for a lock.
_THREADS: Final = lazy(r"\b(?:\w*[Tt]hread\w*|\w*[Ee]xecutor\w*|\w*[Pp]ool\w*|asyncify|run_sync|sync_to_async)\b")


def _graph_of(project: Project) -> tuple[CallGraph, Origins, Ways]:
    """Return the call graph of a project, where its frames start and the ways through it, one for each process."""
    return project.remembered("graph", lambda: _new_graph(Evaluator(project)))


def _new_graph(evaluator: Evaluator) -> tuple[CallGraph, Origins, Ways]:
    calls = CallGraph(evaluator)
    tables = Tables.of(evaluator.project, evaluator.modules)
    ways = Ways(calls, functools.partial(texts_given, tables))
    return calls, Origins(ways), ways


def sweep(source: Source, project: Project) -> Iterator[object]:
    """Yield the `BlockingCall`s of the tiers that this run asks for and the `Offload`s of a Python file."""
    for node in _remembered(source, project):
        if not isinstance(node, BlockingCall) or node.api.tier in project.config.tiers:
            yield node


def _remembered(source: Source, project: Project) -> list[memory.Node]:
    digest = memory.key(source, project)
    nodes = memory.recall(project, digest) if digest is not None else None
    if nodes is None:
        graph, origins, ways = _graph_of(project)
        with evaluating(graph.evaluator):
            nodes = list(_sweep(source, project, origins, ways))
            ways.forget()
        if digest is not None and not graph.evaluator.modules.foreign:
            memory.remember(project, digest, nodes)
    return nodes


def _sweep(source: Source, project: Project, origins: Origins, ways: Ways) -> Iterator[memory.Node]:
    graph = ways.graph
    module = graph.evaluator.modules.module_of(source)
    labels = Labels(source)
    locks = Locks(graph)
    repeats = project.remembered("repeats", lambda: Repeats(ways, origins.mentions))
    found = list(handed_over(graph, module, source, labels))
    yield from (offload for _, offload in found)
    results = {place for place, offload in found if offload.result_of_call}
    sighted: dict[tuple[Place, str], list[_Sighting]] = {}
    outer = {record.get("o") for record in module.functions}
    for function, record in enumerate(module.functions):
        if record["f"] & ASYNC:
            sites = _sites(graph, graph.entry(module, function), set())
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
                    sighting = _Sighting(edge, api, path, frame, function)
                    sighted.setdefault((edge.place, api.name), []).append(sighting)
    best = {key: taken for key, several in sighted.items() if (taken := _taken(ways, several)) is not None}
    calls: list[BlockingCall] = []
    tested = bool(best) and is_test(_relative(project, module))
    for sighting in _telling(best):
        function, line = sighting.function, sighting.edge.place[0]
        if origins.off_loop(module, function):
            continue
        if _is_ready(sighting) or _only_marks(sighting.api, Tables.of(project, graph.evaluator.modules)):
            continue
        if sighting.frame.function == function and origins.handed.excludes(sighting.frame, sighting.edge):
            continue
        aside = origins.aside(module, function) or origins.begins(module, function, line)
        call = _judged(source, project, locks, labels, sighting, aside=aside)
        if call is None or (tested and not _holds_in_test(module, sighting, call)):
            continue
        holds = call.api.name.endswith(_HOLDS)
        if holds and origins.is_script(module) and _THREADS.search(source.text) is None:
            continue
        if not aside and (holds or call.api.tier in _QUIET_OUTSIDE_REQUESTS):
            if not holds and (origins.starts(module, function) or _is_kept(ways, sighting)):
                continue
            is_sure = call.confidence is Confidence.PROBABLE or call.api.kind == "inference"
            if not is_sure and not origins.serves(module, function):
                call = msgspec.structs.replace(call, confidence=Confidence.PROBABLE)
        if not repeats.repeats(sighting.frame, sighting.edge.place, sighting.api.name, sighting.chain):
            calls.append(call)
    yield from _without_handles(calls)


def _is_ready(sighting: _Sighting) -> bool:
    """Tell whether an API asks for what the loop has found ready: in what `add_reader(descriptor, read)` is given."""
    return (
        sighting.edge.role == CALLBACK
        and sighting.api.name in _READY_AT_ONCE
        and any(
            (call[3], call[4], call[5], call[6]) == sighting.edge.place
            and last_name(call[0]) in {"add_reader", "add_writer"}
            for call in sighting.frame.body.get("c", ())
        )
    )


def _only_marks(api: Api, tables: Tables) -> bool:
    """Tell whether a session only notes what is to be deleted, since no relationship takes anything with it."""
    return api.name == _DELETES and not tables.any_file("cascades of deletes", _CASCADES.search)


def _is_kept(ways: Ways, sighting: _Sighting) -> bool:
    """Tell whether a method does something once, where an attribute is missing that it sets itself."""
    frame = sighting.frame
    guards = ways.guards_at(frame, sighting.edge.place)
    return bool(guards) and fills(frame.module, frame.function, guards)


def _is_over(module: Module, function: int, api: Api) -> bool:
    """Tell whether an API asks a future that is done, since it calls the function: `future.add_done_callback(tell)`."""
    outer = module.functions[function].get("o")
    if not outer or not api.name.endswith(_DONE_AT_ONCE):
        return False
    body = module.body(outer)
    return any(
        last_name(call[0]) == "add_done_callback"
        and any(
            type(given) is str and given.isdigit() and body["d"][int(given)] == ["F", function] for given in call[1]
        )
        for call in body.get("c", ())
    )


def _taken(ways: Ways, sightings: list[_Sighting]) -> _Sighting | None:
    """Return the sighting with the shortest way of those whose way can be taken."""
    for sighting in sorted(sightings, key=lambda sighting: sighting.length):
        edge, path = sighting.edge, sighting.path
        if path is None:
            return sighting
        if path.is_doubtful and path.steps > _farthest(sighting.api):
            continue
        if edge.flags & AWAITED and edge.role == CALL:
            assert isinstance(edge.target, Frame)
            return sighting._replace(chain=ways.chains.along(edge.target, path))
        chain = ways.way(sighting.frame, edge, path)
        if chain is not None:
            return sighting._replace(chain=chain)
    return None


def _holds_in_test(module: Module, sighting: _Sighting, call: BlockingCall) -> bool:
    """Tell whether a call that blocks in general is sure to do so in a test, which chooses what the program runs with.

    A test hands in constants and replaces parts (`with patch(...)`, `monkeypatch`), so that nothing is known of what
    may block, and nothing of what is called where parts are replaced.
    """
    if call.confidence is not Confidence.CERTAIN:
        return False
    function: int | None = sighting.function
    while sighting.chain is not None and function:
        record = module.functions[function]
        if any(name in _REPLACERS for name, *_ in record["p"]) or _REPLACES.search(module.raw(function)):
            return False
        if any(_REPLACES.search(f'"{decorator}') for decorator in _written(module, record)):
            return False
        function = record.get("o")
    return True


def _written(module: Module, record: dict[str, Any]) -> Iterator[str]:
    """Yield the names of a function's decorators as they are written."""
    calls = module.body(record.get("o", 0)).get("c", ())
    for decorator in record.get("d", ()):
        called = calls[decorator[1]][0] if type(decorator) is list and decorator[0] == "c" else decorator
        if type(called) is str:
            yield called


def _telling(best: dict[tuple[Place, str], _Sighting]) -> Iterator[_Sighting]:
    """Yield the sightings but for those of a helper closing what it has waited for, which is told at the same place."""
    waits = {place for place, name in best if not name.endswith(".close")}
    for (place, name), sighting in best.items():
        if not (sighting.path is not None and name.endswith(".close") and place in waits):
            yield sighting


def _without_handles(calls: list[BlockingCall]) -> Iterator[BlockingCall]:
    """Yield the calls but for the reading, writing and leaving of a file whose opening is told at the same place."""
    opened = {(call.position, call.confidence) for call in calls if call.api.name in _OPENERS}
    for call in calls:
        places = {(call.position, Confidence.CERTAIN), (call.position, call.confidence)}
        if not call.api.name.startswith(_HANDLES) or opened.isdisjoint(places):
            yield call


class _Sighting(NamedTuple):
    """A blocking API seen from an async function: by which step, and the way behind it."""

    edge: Edge
    api: Api
    path: Path | None
    frame: Frame
    function: int
    chain: Chain | None = None

    @property
    def length(self) -> int:
        return self.path.length if self.path is not None else 0


def _judged(
    source: Source, project: Project, locks: Locks, labels: Labels, sighting: _Sighting, *, aside: bool
) -> BlockingCall | None:
    """Return the blocking call of a sighting, None where it does no harm."""
    edge, api, _, frame, _, chain = sighting
    if aside and api.tier in _QUIET_OUTSIDE_REQUESTS:
        return None
    if api.name.endswith(_DONE_AT_ONCE) and (edge.flags | (chain.flags if chain is not None else 0)) & DONE:
        return None
    holder, last = (frame, edge) if chain is None else chain.end[-1]
    entered = last.role == ENTER and isinstance(last.target, Api)
    if (entered and locks.is_new((frame, edge), chain, holder, last)) or is_just_made(holder, last):
        return None
    if api.name.startswith(REFUSED) and _is_taken(project, holder.module, last.place[0]):
        return None
    if api.name in LOOP_RUNNERS and (_nests(frame.module) or _nests(holder.module)):
        return None
    brief = entered and locks.is_brief(holder, last)
    if brief and chain is not None:
        return None
    sure = chain is None or chain.is_sure
    # at start-up, in tests and in scripts nobody is known to hold a lock
    certain = edge.certain and not api.probable and not brief and sure and not (aside and api.name.endswith(_HOLDS))
    if not certain and chain is not None and chain.length > _farthest(api):
        return None
    steps, left_out = _told(project, chain)
    return BlockingCall(
        source.region(*edge.place),
        labels.at(edge.place, edge.role),
        api,
        steps,
        Confidence.CERTAIN if certain else Confidence.PROBABLE,
        aside,
        brief,
        left_out,
    )


def _is_taken(project: Project, module: Module, line: int) -> bool:
    """Tell whether a handler takes what Django raises at a line, so that the query is left for later."""
    text = project.read(module.path) or ""
    tree = parsed(text) if "SynchronousOnlyOperation" in text else None
    return tree is not None and any(
        isinstance(node, ast.Try)
        and node.body[0].lineno <= line <= (node.body[-1].end_lineno or line)
        and any(is_broad(each.type) or "SynchronousOnlyOperation" in ast.unparse(each) for each in node.handlers)
        for node in ast.walk(tree)
    )


def _nests(module: Module) -> bool:
    """Tell whether a module lets loops run within themselves as soon as it is imported: `nest_asyncio.apply()`."""
    return any(call[0] == "nest_asyncio.apply" for call in module.body(0).get("c", ()))


def _farthest(api: Api) -> int:
    """Return how many steps a way to an API may have of which not each is sure."""
    return _FARTHEST_FILE if api.tier == "disk" else _FARTHEST


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


def _told(project: Project, chain: Chain | None) -> tuple[tuple[Step, ...], int]:
    """Return the steps of a chain, of a long one those at its ends, and how many are left out between them."""
    if chain is None:
        return (), 0
    most = 2 * len(chain.end)
    first = itertools.islice(chain, min(chain.length, most // 2))
    taken = tuple(chain) if chain.length <= most else (*first, *chain.end)
    steps = (
        Step(_name(frame), _relative(project, frame.module), step.place[0], step.place[1]) for frame, step in taken
    )
    return tuple(steps), chain.length - len(taken)


def _name(frame: Frame) -> str:
    name: str = frame.record["q"]
    return name.removesuffix(".__init__") if name.endswith(".__init__") else name


def _relative(project: Project, module: Module) -> str:
    return _from(str(project.root), module.path)


@functools.lru_cache(maxsize=256)
def _from(root: str, path: str) -> str:
    return os.path.relpath(path, root).replace(os.sep, "/")
