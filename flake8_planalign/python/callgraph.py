"""Who runs what, at once and on the same thread: the call graph, and the blocking APIs that a function reaches."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from flake8_planalign.python import contexts, members
from flake8_planalign.python.arguments import Arguments
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.facts import ASKS_LOOP, ASYNC, AWAITED, COLLECTED, DONE, ENTERED, GENERATOR, KEPT
from flake8_planalign.python.libraries import given, in_memory
from flake8_planalign.python.modules import Module, called_name, last_name
from flake8_planalign.python.values import EMPTY, Frame, Value, Values
from flake8_planalign.registry import Api, Entry, Slot

__all__ = [
    "CALL",
    "CALLBACK",
    "DOUBTFUL",
    "ENTER",
    "ITERATE",
    "LOOP_RUNNERS",
    "READ",
    "RETURNED",
    "CallGraph",
    "Edge",
    "Offload",
    "Path",
    "Place",
]

Place = tuple[int, int, int, int]
#: How a function comes to run: called, read as a property, iterated, entered by `with`, or given to the event loop.
CALL, READ, ITERATE, ENTER, CALLBACK = "call", "read", "iterate", "enter", "callback"
#: The call's value is what the function returns; a flag of an edge beside `AWAITED` and `KEPT`.
RETURNED: Final = 8
#: The function may run without taking this step; a flag of an edge.
DOUBTFUL: Final = 64
#: How much longer a way is for each step that is not sure to be taken: the surest way is told, then the shortest.
_DOUBT: Final = 1 << 12
#: Tiers that are paid once where a helper keeps its result.
_PAID_ONCE: Final = frozenset({"cpu", "disk", "metadata"})
_CONSUMERS: Final = frozenset({
    "all", "any", "dict", "enumerate", "frozenset", "list", "max", "min", "next", "set", "sorted", "sum", "tuple",
})  # fmt: skip
_CONTAINER_CONSUMERS: Final = frozenset({"extend", "join", "update"})
#: What raises RuntimeError while a loop runs; who has asked whether one does never calls it.
LOOP_RUNNERS: Final = frozenset({
    "asyncio.AbstractEventLoop.run_forever", "asyncio.AbstractEventLoop.run_until_complete", "asyncio.Runner.run",
    "asyncio.run",
})  # fmt: skip
#: Methods that give a few rows of a table.
_FIRST_ROWS: Final = frozenset({"head", "limit", "tail"})
#: Methods that mean inference by convention, whatever object they are called on.
_INFERENCE: Final = frozenset({"predict", "predict_proba"})


class Edge(NamedTuple):
    """One step of the call graph: at `place` of the source function, `target` runs."""

    place: Place
    target: Frame | Api
    role: str
    certain: bool
    flags: int

    @property
    def length(self) -> int:
        """Return what this step adds to the length of a way: 1, and much more where it may not be taken."""
        return 1 if self.certain and not self.flags & DOUBTFUL else 1 + _DOUBT


class Offload(NamedTuple):
    """A callable handed to a thread or process: who takes it, how it is written, what it is, and what goes with it."""

    place: Place
    taker: str
    runs: str
    expression: Any
    values: Values
    others: tuple[Values, ...]
    frame: Frame


class Path(NamedTuple):
    """The surest and then shortest way from a function to a blocking API: its first step and its length."""

    api: Api
    length: int
    edge: Edge


class CallGraph:
    """The call graph of one project, built as far as it is asked for."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.registry = evaluator.registry
        self._edges: dict[int, tuple[list[Edge], list[Offload], list[tuple[Place, Frame]]]] = {}
        self._reach: dict[int, dict[str, Path]] = {}

    # -- nodes --------------------------------------------------------------------------------------------------

    def entry(self, module: Module, function: int) -> Frame:
        """Return the frame of a function about whose arguments only its signature speaks."""
        return self.evaluator.entry(module, function)

    def edges(self, frame: Frame) -> list[Edge]:
        """Return what a function runs, in the order of the source."""
        return self._analysed(frame)[0]

    def steps(self, frame: Frame) -> Iterator[Edge]:
        """Yield what runs while a function runs; a callback that it gives to the loop runs later."""
        for edge in self.edges(frame):
            if edge.role != CALLBACK or (frame.context and edge.place not in self._registered(frame)):
                yield edge

    def _registered(self, frame: Frame) -> set[Place]:
        """Return where a function registers callbacks that are known without its arguments, and so reported there."""
        plain = self.evaluator.frame(frame.module, frame.function, (), frame.outer)
        return {edge.place for edge in self.edges(plain) if edge.role == CALLBACK}

    def offloads(self, frame: Frame, takers: frozenset[str]) -> list[Offload]:
        """Return what a function hands to threads and processes by calls of these last names."""
        if frame.record["f"] & ASYNC or frame.id in self._edges:
            return self._analysed(frame)[1]
        walk = _Walk(self, frame)
        walk.calls(takers)
        frame.memo.clear()
        return walk.offloads

    def run_before(self, frame: Frame, place: Place) -> list[Frame]:
        """Return the functions that a function is sure to have run when it comes to a place, awaited ones included."""
        edges, _, awaited = self._analysed(frame)
        called = [
            (edge.place, edge.target)
            for edge in edges
            if isinstance(edge.target, Frame) and edge.length == 1 and edge.role in {CALL, ENTER, READ}
        ]
        return [target for where, target in (*called, *awaited) if where[:2] < place[:2]]

    def _analysed(self, frame: Frame) -> tuple[list[Edge], list[Offload], list[tuple[Place, Frame]]]:
        found = self._edges.get(frame.id)
        if found is None:
            walk = _Walk(self, frame)
            found = self._edges[frame.id] = (walk.edges(), walk.offloads, walk.awaited)
            frame.memo.clear()
        return found

    # -- reachability -------------------------------------------------------------------------------------------

    def reach(self, frame: Frame) -> dict[str, Path]:
        """Return the blocking APIs that running a function reaches, by name, each with the shortest way to it."""
        if frame.id not in self._reach:
            self._settle(frame)
        return self._reach[frame.id]

    def _settle(self, start: Frame) -> None:
        """Compute the reach of everything that is reachable and not settled yet, cycles included."""
        members_: dict[int, Frame] = {}
        pending = [start]
        while pending:
            frame = pending.pop()
            if frame.id in members_ or frame.id in self._reach:
                continue
            members_[frame.id] = frame
            if not self._waived(frame):
                pending.extend(edge.target for edge in self.steps(frame) if isinstance(edge.target, Frame))
        distances, apis = self._distances(members_)
        for number, frame in members_.items():
            paths: dict[str, Path] = {}
            for name, length in sorted(distances.get(number, {}).items()):
                edge = self._first_step(frame, name, length, distances)
                if edge is not None:
                    paths[name] = Path(apis[name], length, edge)
            self._reach[number] = paths

    def _distances(self, frames: dict[int, Frame]) -> tuple[dict[int, dict[str, int]], dict[str, Api]]:
        """Return how far it is from each frame to each API (Dijkstra from all at once)."""
        callers: dict[int, list[tuple[int, Edge]]] = {}
        heap: list[tuple[int, str, int]] = []
        distances: dict[int, dict[str, int]] = {}
        apis: dict[str, Api] = {}

        def offer(number: int, name: str, length: int) -> None:
            known = distances.setdefault(number, {})
            if length < known.get(name, 1 << 30):
                known[name] = length
                heapq.heappush(heap, (length, name, number))

        for number, frame in frames.items():
            if self._waived(frame):
                continue
            for edge in self.steps(frame):
                target = edge.target
                if isinstance(target, Api):
                    apis.setdefault(target.name, target)
                    if _passes(edge, target):
                        offer(number, target.name, edge.length)
                elif target.id in frames:
                    callers.setdefault(target.id, []).append((number, edge))
                else:
                    for name, path in self._reach[target.id].items():
                        apis.setdefault(name, path.api)
                        if _passes(edge, path.api):
                            offer(number, name, path.length + edge.length)
        while heap:
            length, name, number = heapq.heappop(heap)
            if length > distances[number][name]:
                continue
            for caller, edge in callers.get(number, ()):
                if _passes(edge, apis[name]):
                    offer(caller, name, length + edge.length)
        return distances, apis

    def _first_step(self, frame: Frame, name: str, length: int, distances: dict[int, dict[str, int]]) -> Edge | None:
        best: Edge | None = None
        for edge in self.steps(frame):
            target = edge.target
            if isinstance(target, Api):
                there = 0 if target.name == name else None
            elif target.id in self._reach:
                path = self._reach[target.id].get(name)
                there = path.length if path else None
            else:
                there = distances.get(target.id, {}).get(name)
            if there is None or there + edge.length != length:
                continue
            if best is None or (edge.certain and not best.certain):
                best = edge
                if edge.certain:
                    break
        return best

    def _waived(self, frame: Frame) -> bool:
        return bool(frame.module.waived) and frame.record["l"] in frame.module.waived

    def blocking(self, edge: Edge) -> Iterator[tuple[Api, Path | None]]:
        """Yield the blocking APIs behind one step, each with the way from the step's target to it.

        What a directly awaited call of a plain function returns is awaitable, so a call whose value it returns
        cannot be the synchronous twin and does not count.
        """
        target = edge.target
        if isinstance(target, Api):
            if _passes(edge, target):
                yield target, None
            return
        if self._waived(target):
            return
        returned = edge.flags & AWAITED and edge.role == CALL and not target.record["f"] & ASYNC
        paths = self._awaited_reach(target, set()) if returned else self.reach(target)
        for _, path in sorted(paths.items()):
            if _passes(edge, path.api):
                yield path.api, path

    def _awaited_reach(self, frame: Frame, seen: set[int]) -> dict[str, Path]:
        if frame.id in seen or self._waived(frame):
            return {}
        seen.add(frame.id)
        awaitable = any(value[0] == "co" for value in self.evaluator.returned(frame))
        paths: dict[str, Path] = {}
        for edge in self.steps(frame):
            target = edge.target
            if isinstance(target, Api):
                found = {} if edge.flags & RETURNED else {target.name: Path(target, edge.length, edge)}
            else:
                if (
                    edge.flags & RETURNED
                    and awaitable
                    and not any(v[0] == "co" for v in self.evaluator.returned(target))
                ):
                    continue  # another of the calls that may be returned gives what is awaited
                inner = self._awaited_reach(target, seen) if edge.flags & RETURNED else self.reach(target)
                found = {name: Path(path.api, path.length + edge.length, edge) for name, path in inner.items()}
            for name, path in found.items():
                if _passes(edge, path.api) and (name not in paths or path.length < paths[name].length):
                    paths[name] = path
        return paths

    def chain(self, path: Path | None) -> list[Edge]:
        """Return the steps of a way, from the function that it starts in to the call of the API."""
        steps: list[Edge] = []
        while path is not None:
            steps.append(path.edge)
            target = path.edge.target
            path = self.reach(target).get(path.api.name) if isinstance(target, Frame) else None
        return steps


def _passes(edge: Edge, api: Api) -> bool:
    return not (edge.flags & KEPT and api.tier in _PAID_ONCE)


class _Walk:
    """One pass over the facts of a function: what runs at each call, read, loop and `with`."""

    def __init__(self, graph: CallGraph, frame: Frame) -> None:
        self.evaluator = graph.evaluator
        self.registry = graph.registry
        self.frame = frame
        self.offloads: list[Offload] = []
        #: The coroutines that are awaited whenever the function runs.
        self.awaited: list[tuple[Place, Frame]] = []
        self.found: dict[tuple[Any, ...], Edge] = {}
        self.place: Place = (0, 0, 0, 0)
        self.is_bounded = False
        self.flags = 0

    def edges(self) -> list[Edge]:
        body = self.frame.body
        runs = self.frame.runs
        waived = self.frame.module.waived
        self.calls()
        for read in body.get("l", ()):
            if runs(read[5]):
                self.at(read[1:5], 0, read[6])
                self.read(read[0])
        for iterated, is_async, *place, guard, doubt in body.get("i", ()):
            if not is_async and runs(guard):
                self.at(place, 0, doubt)
                self.iterate(self.evaluator.value(iterated, self.frame))
        for manager, is_async, *place, _awaits, _last_line, guard, doubt in body.get("w", ()):
            if not is_async and place[0] not in waived and runs(guard):
                self.at(place, 0, doubt)
                self.enter(self.evaluator.value(manager, self.frame))
        return sorted(self.found.values(), key=lambda edge: edge.place[:2])

    def calls(self, names: frozenset[str] | None = None) -> None:
        """Look at the calls of the function, or only at those of these last names."""
        body = self.frame.body
        waived = self.frame.module.waived
        returned = _returned_calls(body.get("r", ()))
        for number, call in enumerate(body.get("c", ())):
            if names is not None and called_name(call) not in names:
                continue
            if call[3] not in waived and self.frame.runs(call[8]):
                self.at(call[3:7], call[7] | (RETURNED if number in returned else 0), call[9])
                self.call(call)

    def at(self, place: Iterable[int], flags: int, doubt: int) -> None:
        line, column, end_line, end_column = place
        self.place = (line, column, end_line, end_column)
        self.flags = flags if self.frame.surely_runs(doubt) else flags | DOUBTFUL

    def add(self, target: Frame | Api, role: str, *, certain: bool, flags: int = 0) -> None:
        name = target.name if isinstance(target, Api) else target.id
        key = (self.place, name, role)
        edge = Edge(self.place, target, role, certain, self.flags | flags)
        known = self.found.get(key)
        if known is None or (certain and not known.certain):
            self.found[key] = edge

    # -- the four ways to run something -------------------------------------------------------------------------

    def call(self, call: list[Any]) -> None:
        expression = call[0]
        self.is_bounded = _is_bounded(expression, self.frame.body)
        self.prefix_reads(expression)
        callees = self.evaluator.value(expression, self.frame)
        arguments = self.evaluator.arguments(call, self.frame)
        if not callees:
            self.unknown_call(expression)
            return
        if len(callees) > 1 and self.flags & (AWAITED | COLLECTED | ENTERED):
            callees = frozenset(v for v in callees if self.evaluator.is_coroutine_function(v)) or callees
        if len(callees) == 1:
            (callee,) = callees
            self.run(callee, arguments, certain=True)
        else:
            self.alternatives(callees, arguments)

    def alternatives(self, callees: Values, arguments: Arguments) -> None:
        """Add what a call runs that may mean several things: blocking APIs count as one, certain if no way is free."""
        apis: list[tuple[Any, ...]] = []
        free = False
        for callee in _ordered(callees):
            before = len(self.found)
            self.run(callee, arguments, certain=False)
            new = [key for key in list(self.found)[before:] if isinstance(self.found[key].target, Api)]
            apis += new
            free = free or not new
        for key in sorted(apis)[1:]:
            del self.found[key]
        if apis and not free:
            self.found[min(apis)] = self.found[min(apis)]._replace(certain=True)

    def prefix_reads(self, expression: Any) -> None:
        """Note the properties that are read on the way to the called attribute."""
        match expression:
            case str() if expression.count(".") > 1:
                self.read(expression.rpartition(".")[0])
            case ["a", inner, str(names)] if "." in names:
                self.read(["a", inner, names.rpartition(".")[0]])

    def unknown_call(self, expression: Any) -> None:
        """Add a method whose name alone means inference, as probable where nothing is known of its receiver."""
        if self.flags & (AWAITED | COLLECTED):
            return
        match expression:
            case str() if "." in expression:
                receiver, _, name = expression.rpartition(".")
            case ["a", inner, str(names)] if "." not in names:
                receiver, name = inner, names
            case _:
                return
        if name in _INFERENCE and not self.evaluator.value(receiver, self.frame):
            self.add(_inference(name), CALL, certain=False)

    def run(self, callee: Value, arguments: Arguments, *, certain: bool, flags: int = 0) -> None:
        """Add what calling a value runs."""
        evaluator = self.evaluator
        match callee:
            case ("F", *_):
                target = contexts.bind(evaluator, callee, arguments)
                if target is not None and not target.record["f"] & (ASYNC | GENERATOR):
                    self.add(target, CALL, certain=certain, flags=flags)
                elif target is not None and certain and self.flags & (AWAITED | ENTERED) and not self.flags & DOUBTFUL:
                    self.awaited.append((self.place, target))
            case ("kept", inner):
                self.run(inner, arguments, certain=certain, flags=flags | KEPT)
            case ("C", path, index):
                self.construct(path, index, arguments, certain=certain, flags=flags)
            case ("I", *_):
                for method in _ordered(members.load(evaluator, callee, "__call__")):
                    self.run(method, arguments, certain=certain, flags=flags)
            case ("pa", inner, first, more):
                self.run(inner, arguments.behind_partial(first, more), certain=certain, flags=flags)
            case ("x", dotted):
                self.library_function(dotted, arguments, certain=certain)
            case ("xm", class_name, name):
                self.library_method(class_name, name, arguments, certain=certain)
            case ("xi", class_name):
                self.library_method(class_name, "__call__", arguments, certain=certain)
            case ("bm", _, name):
                if name in _CONTAINER_CONSUMERS:
                    self.iterate(arguments.at(0))
                elif name == "sort":
                    self.run_all(arguments.named("key"))

    def run_all(self, values: Values) -> None:
        """Add what calling a callable that was handed over runs; its arguments are not known."""
        for value in _ordered(values):
            self.run(value, self.evaluator.no_arguments(), certain=len(values) == 1)

    def construct(self, path: str, index: int, arguments: Arguments, *, certain: bool, flags: int) -> None:
        evaluator = self.evaluator
        own: Value = ("I", path, index, ())
        for name in ("__init__", "__new__", "__post_init__"):
            bound = own if name != "__new__" else ("C", path, index)
            found = members.methods(evaluator, members.lineage(evaluator, path, index), name, bound)
            for method in _ordered(found or EMPTY):
                if method[0] == "F":
                    self.run(method, arguments, certain=certain, flags=flags)
            if name == "__init__" and found is None:
                for base in members.library_bases(evaluator, path, index):
                    self.api(self.registry.method(base, name), arguments, certain=certain)

    def library_function(self, dotted: str, arguments: Arguments, *, certain: bool) -> None:
        root, _, last = dotted.rpartition(".")
        if root == "builtins" and last in _CONSUMERS:
            self.iterate(arguments.at(0))
        entry = self.registry.entry(dotted)
        if entry is not None:
            api = self.registry.method(dotted, "__init__") if _is_class(entry) else self.registry.function(dotted)
            self.api(api, arguments, certain=certain)
            if entry.callable is not None:
                self.slot(entry.name, entry.callable, arguments)
        elif root and self.registry.entry(root) is not None:
            self.library_method(root, last, arguments, certain=certain)

    def library_method(self, class_name: str, name: str, arguments: Arguments, *, certain: bool) -> None:
        self.api(self.registry.method(class_name, name), arguments, certain=certain, method=True)
        for entry in self.registry.lineage(class_name):
            own = self.registry.entry(f"{entry.name}.{name}")
            if own is not None and own.callable is not None:
                self.slot(own.name, own.callable, arguments)
                break

    def api(self, api: Api | None, arguments: Arguments, *, certain: bool, method: bool = False) -> None:
        if api is None or self.flags & AWAITED or (self.flags & ENTERED and method):
            return
        if self.flags & DONE and api.name.endswith((".result", ".exception")):
            return
        if (api.kind == "file" and in_memory(arguments)) or (self.is_bounded and api.tier == "cpu"):
            return
        if api.name in LOOP_RUNNERS and self.frame.record["f"] & ASKS_LOOP and not self.frame.record["f"] & ASYNC:
            return
        for condition in api.unless:
            known, value = arguments.constant(condition.position, condition.keyword)
            if known and value == condition.value:
                return
            dotted = isinstance(condition.value, str) and "." in condition.value
            mentioned = arguments.get(condition.position, condition.keyword) if dotted else EMPTY
            if not mentioned.isdisjoint({("x", condition.value), ("xi", condition.value)}):
                return
        if api.only and not any(given(arguments, condition) for condition in api.only):
            return
        self.add(api, CALL, certain=certain and not api.probable)

    def slot(self, taker: str, slot: Slot, arguments: Arguments) -> None:
        """Add what becomes of a callable argument."""
        values = arguments.get(slot.position, slot.keyword)
        if slot.runs == "now":
            self.run_all(values)
        elif slot.runs == "loop":
            for value in _ordered(values):
                before = set(self.found)
                self.run(value, self.evaluator.no_arguments(), certain=len(values) == 1)
                for key in self.found.keys() - before:
                    edge = self.found.pop(key)
                    self.found[*key[:2], CALLBACK] = edge._replace(role=CALLBACK)
        else:
            expression = arguments.expression(slot.position, slot.keyword)
            others = (
                *(arguments.at(position) for position in range(arguments.count) if position != slot.position),
                *(arguments.named(name) for name in sorted(arguments.names) if name not in {slot.keyword, "**"}),
            )
            processes = any(value[0] == "xi" and value[1].endswith("ProcessPoolExecutor") for value in arguments.at(0))
            runs = "process" if processes else slot.runs
            self.offloads.append(Offload(self.place, taker, runs, expression, values, others, self.frame))

    def read(self, expression: Any) -> None:
        """Add the property getters that reading an attribute chain runs."""
        evaluator = self.evaluator
        if type(expression) is str:
            root, *names = expression.split(".")
            values = evaluator.value(root, self.frame)
        else:
            values = evaluator.value(expression[1], self.frame)
            names = expression[2].split(".")
        for name in names:
            if not values:
                return
            for value in _ordered(values):
                for getter, kept in members.properties(evaluator, value, name):
                    if not getter.record["f"] & ASYNC:
                        self.add(getter, READ, certain=len(values) == 1, flags=KEPT if kept else 0)
            values = evaluator.attributes(values, [name])

    def iterate(self, values: Values) -> None:
        for value in _ordered(values):
            certain = len(values) == 1
            match value:
                case ("ge", number):
                    self.add(self.evaluator.numbered(number), ITERATE, certain=certain)
                case ("I", *_):
                    self.special(value, ("__iter__", "__next__"), ITERATE, certain=certain)
                case ("xi", class_name):
                    for name in ("__iter__", "__next__"):
                        api = self.registry.method(class_name, name)
                        if api is not None:
                            self.add(api, ITERATE, certain=certain and not api.probable)
                            break

    def enter(self, values: Values) -> None:
        for value in _ordered(values):
            certain = len(values) == 1
            match value:
                case ("cm", number):
                    frame = self.evaluator.numbered(number)
                    if not frame.record["f"] & ASYNC:
                        self.add(frame, ENTER, certain=certain)
                case ("I", *_):
                    self.special(value, ("__enter__", "__exit__"), ENTER, certain=certain)
                case ("xi", class_name):
                    for name in ("__enter__", "__exit__"):
                        api = self.registry.method(class_name, name)
                        if api is not None:
                            self.add(api, ENTER, certain=certain and not api.probable)
                            break

    def special(self, value: Value, names: tuple[str, ...], role: str, *, certain: bool) -> None:
        """Add the special methods that the interpreter runs on an instance."""
        for name in names:
            for method in _ordered(members.load(self.evaluator, value, name)):
                match method:
                    case ("F", *_):
                        target = contexts.bind(self.evaluator, method, self.evaluator.no_arguments())
                        if target is not None and not target.record["f"] & ASYNC:
                            self.add(target, role, certain=certain)
                    case ("xm", class_name, _):
                        api = self.registry.method(class_name, name)
                        if api is not None:
                            self.add(api, role, certain=certain and not api.probable)


def _is_class(entry: Entry) -> bool:
    return bool(entry.methods or entry.results or entry.attributes) or entry.kind is None


def _ordered(values: Values) -> list[Value]:
    """Return values in an order that does not depend on the run."""
    return list(values) if len(values) < 2 else sorted(values, key=repr)


def _returned_calls(returns: Iterable[Any]) -> set[int]:
    """Return the numbers of the calls whose value a function returns as it is."""
    found: set[int] = set()
    pending = list(returns)
    while pending:
        match pending.pop():
            case ["c", int(number)]:
                found.add(number)
            case ["u", *parts]:
                pending.extend(parts)
            case ["if", _, body, _, orelse]:
                pending += [body, orelse]
    return found


def _is_bounded(expression: Any, body: dict[str, Any]) -> bool:
    """Tell whether a method is called on the first few rows of a table: `frame.head(50).to_dicts()`."""
    match expression:
        case ["a", ["c", int(number)], str()]:
            callee, given, named, *_ = body["c"][number]
            rows = given[0] if given else named.get("n", ["k", 5])
            return last_name(callee) in _FIRST_ROWS and type(rows) is list and rows[0] == "k"
    return False


def _inference(name: str) -> Api:
    return Api(f"?.{name}", "inference", "cpu", "offload it with `asyncio.to_thread`", None, None, probable=True)
