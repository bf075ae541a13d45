"""What the radar tells of what it has seen: which blocking calls do harm where they stand, how, and how sure it is."""

from __future__ import annotations

import ast
import functools
import itertools
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from flake8_planalign.kinds import is_test
from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy
from flake8_planalign.process.ending import ends_process, opens_server
from flake8_planalign.process.handlers import is_broad
from flake8_planalign.process.keeping import fills
from flake8_planalign.process.labels import Labels
from flake8_planalign.process.locks import Locks, is_just_made
from flake8_planalign.process.model import REFUSED, BlockingCall, Step
from flake8_planalign.process.origin import Origins
from flake8_planalign.process.repeats import Repeats
from flake8_planalign.process.sighting import DONE_AT_ONCE, Sighting
from flake8_planalign.process.slight import is_repeated, is_slight, leaves_idle_threads, may_be_slight
from flake8_planalign.process.tables import Tables, texts_given
from flake8_planalign.process.unraised import is_unraised
from flake8_planalign.project import Project
from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.chains import Chain
from flake8_planalign.python.facts import AWAITED, DONE
from flake8_planalign.python.modules import Module, last_name
from flake8_planalign.python.steps import CALL, CALLBACK, ENTER, LOOP_RUNNERS, Edge, Place
from flake8_planalign.python.values import Frame
from flake8_planalign.python.ways import Ways
from flake8_planalign.registry import Api
from flake8_planalign.rule import Confidence
from flake8_planalign.source import Source

__all__ = ["told"]

_QUIET_OUTSIDE_REQUESTS: Final = frozenset({"cpu", "disk", "metadata"})

#: What opens a file, and the beginnings of the names of what is then done with it.
_OPENERS: Final = frozenset({
    "builtins.open", "codecs.open", "io.open", "os.fdopen", "pathlib.Path.open", "smart_open.open",
    "tempfile.NamedTemporaryFile", "tempfile.TemporaryFile",
})  # fmt: skip
_HANDLES: Final = ("io.Buffered", "io.FileIO.", "io.TextIOWrapper.", "tempfile._TemporaryFileWrapper.", "typing.")

#: A way with more steps than these is told only if each of them is sure to be taken: of those that were read in real
#: code four in ten could not be taken, and of ways to files half of those with more than six (`benchmarks/precision`).
_FARTHEST: Final = 8
_FARTHEST_FILE: Final = 6

#: What replaces parts of a program in a test: fixtures that a test is given, and what is called or decorates it.
_REPLACERS: Final = frozenset({"class_mocker", "mocker", "module_mocker", "monkeypatch", "session_mocker"})
_REPLACES: Final = lazy(r'"(?:\w+\.)*patch\b')

#: What does not wait for a descriptor that is ready.
_READY_AT_ONCE: Final = frozenset({
    "os.read", "os.readv", "os.write", "os.writev", "socket.socket.accept", "socket.socket.recv",
    "socket.socket.recv_into", "socket.socket.recvfrom", "socket.socket.send", "socket.socket.sendto",
})  # fmt: skip

#: What gives an iterator that works when it is asked, and the responses that ask a plain one in a thread.
_ITERATORS: Final = (".stream", ".stream_log", ".transform")
_STREAMED: Final = frozenset({"EventSourceResponse", "StreamingResponse"})

#: What takes a lock that no other process has.
_HOLDS: Final = tuple(f"threading.{lock}.{how}" for lock in ("Lock", "RLock") for how in ("__enter__", "acquire"))
#: What waits for the threads of an executor where its `with` ends.
_LEFT: Final = "concurrent.futures.Executor.__exit__"
#: What a script writes that starts threads, beside which it may have to wait for a lock.
_THREADS: Final = lazy(r"\b(?:\w*[Tt]hread\w*|\w*[Ee]xecutor\w*|\w*[Pp]ool\w*|asyncify|run_sync|sync_to_async)\b")


def told(
    source: Source,
    project: Project,
    graph: CallGraph,
    labels: Labels,
    sighted: dict[tuple[Place, str], list[Sighting]],
) -> Iterator[BlockingCall]:
    """Yield the blocking calls of a file's sightings, which are those of each place and API."""
    ways = _ways_of(project, graph)
    yield from _without_handles(list(_blocking(source, project, ways, labels, sighted)))
    ways.forget()


def _ways_of(project: Project, graph: CallGraph) -> Ways:
    tables = Tables.of(project, graph.evaluator.modules)
    return project.remembered("ways", lambda: Ways(graph, functools.partial(texts_given, tables)))


def _blocking(
    source: Source, project: Project, ways: Ways, labels: Labels, sighted: dict[tuple[Place, str], list[Sighting]]
) -> Iterator[BlockingCall]:
    module = ways.graph.evaluator.modules.module_of(source)
    origins = project.remembered("origins", lambda: Origins(ways))
    locks = Locks(ways.graph)
    repeats = project.remembered("repeats", lambda: Repeats(ways, origins.mentions))
    best = {key: taken for key, several in sighted.items() if (taken := _taken(ways, several)) is not None}
    tested = bool(best) and is_test(project.relative(module.path))
    for sighting in _telling(best):
        function, line = sighting.function, sighting.edge.place[0]
        if origins.off_loop(module, function):
            continue
        if _is_ready(sighting) or _is_iterated_in_threads(sighting) or _has_little_to_do(project, ways, sighting):
            continue
        if sighting.chain is not None and is_unraised(ways.graph.evaluator, sighting.chain):
            continue
        if sighting.frame.function == function and origins.handed.excludes(sighting.frame, sighting.edge):
            continue
        if sighting.api.name.startswith(_HANDLES) and origins.handed.holds_in_memory(sighting.frame, sighting.edge):
            continue
        aside = (
            origins.aside(module, function)
            or origins.begins(module, function, line)
            or ends_process(project, *_last_step(sighting))
            or opens_server(project, sighting.frame, sighting.edge)
        )
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
            yield call


def _is_ready(sighting: Sighting) -> bool:
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


def _last_step(sighting: Sighting) -> tuple[Frame, Edge]:
    """Return the function that makes the blocking call, and the call."""
    return (sighting.frame, sighting.edge) if sighting.chain is None else sighting.chain.end[-1]


def _is_iterated_in_threads(sighting: Sighting) -> bool:
    """Tell whether an API makes an iterator that a response is given, which asks it in a thread for each part."""
    if sighting.chain is not None or not sighting.api.name.endswith(_ITERATORS):
        return False
    calls = sighting.frame.body.get("c", ())
    made = [number for number, call in enumerate(calls) if (call[3], call[4], call[5], call[6]) == sighting.edge.place]
    return any(
        last_name(call[0]) in _STREAMED and call[1] and call[1][0] == ["c", number] for call in calls for number in made
    )


def _has_little_to_do(project: Project, ways: Ways, sighting: Sighting) -> bool:
    """Tell whether what the blocking call itself is given shows that it has little to do."""
    if not may_be_slight(sighting.api.name):
        return False
    holder, last = _last_step(sighting)
    text = project.read(holder.module.path) or ""
    if not is_slight(text, Tables.of(project, ways.graph.evaluator.modules), sighting.api.name, last.place):
        return False
    steps = [(sighting.frame, sighting.edge), *(sighting.chain.end if sighting.chain is not None else ())]
    return not any(
        is_repeated(project.read(frame.module.path) or "", sighting.api.name, edge.place) for frame, edge in steps[:-1]
    )


def _is_kept(ways: Ways, sighting: Sighting) -> bool:
    """Tell whether a method does something once, where an attribute is missing that it sets itself."""
    frame = sighting.frame
    guards = ways.guards_at(frame, sighting.edge.place)
    return bool(guards) and fills(frame.module, frame.function, guards)


def _taken(ways: Ways, sightings: list[Sighting]) -> Sighting | None:
    """Return the sighting with the shortest way of those whose way can be taken."""
    for sighting in sorted(sightings, key=lambda sighting: sighting.length):
        edge, path = sighting.edge, sighting.path
        if path is None:
            return sighting
        if path.is_doubtful and path.steps > _farthest(sighting.api):
            continue
        if edge.flags & AWAITED and edge.role == CALL:
            assert isinstance(edge.target, Frame)
            return replace(sighting, chain=ways.chains.along(edge.target, path))
        chain = ways.way(sighting.frame, edge, path)
        if chain is not None:
            return replace(sighting, chain=chain)
    return None


def _holds_in_test(module: Module, sighting: Sighting, call: BlockingCall) -> bool:
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


def _telling(best: dict[tuple[Place, str], Sighting]) -> Iterator[Sighting]:
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


def _judged(
    source: Source, project: Project, locks: Locks, labels: Labels, sighting: Sighting, *, aside: bool
) -> BlockingCall | None:
    """Return the blocking call of a sighting, None where it does no harm."""
    edge, api, frame, chain = sighting.edge, sighting.api, sighting.frame, sighting.chain
    if aside and api.tier in _QUIET_OUTSIDE_REQUESTS:
        return None
    if api.name.endswith(DONE_AT_ONCE) and (edge.flags | (chain.flags if chain is not None else 0)) & DONE:
        return None
    holder, last = _last_step(sighting)
    entered = last.role == ENTER and isinstance(last.target, Api)
    if (entered and locks.is_new((frame, edge), chain, holder, last)) or is_just_made(holder, last):
        return None
    if api.name == _LEFT and leaves_idle_threads(project.read(holder.module.path) or "", last.place):
        return None
    if api.name.startswith(REFUSED) and _is_taken(project, holder.module, last.place[0]):
        return None
    if api.name in LOOP_RUNNERS and (_nests(frame.module) or _nests(holder.module)):
        return None
    brief = entered and locks.is_brief(holder, last)
    if (brief and chain is not None) or (entered and locks.is_of_the_loop(holder, last)):
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


def _told(project: Project, chain: Chain | None) -> tuple[tuple[Step, ...], int]:
    """Return the steps of a chain, of a long one those at its ends, and how many are left out between them."""
    if chain is None:
        return (), 0
    most = 2 * len(chain.end)
    first = itertools.islice(chain, min(chain.length, most // 2))
    taken = tuple(chain) if chain.length <= most else (*first, *chain.end)
    steps = (
        Step(_name(frame), project.relative(frame.module.path), step.place[0], step.place[1]) for frame, step in taken
    )
    return tuple(steps), chain.length - len(taken)


def _name(frame: Frame) -> str:
    name: str = frame.record["q"]
    return name.removesuffix(".__init__") if name.endswith(".__init__") else name
