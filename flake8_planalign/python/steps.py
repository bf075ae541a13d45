"""What a function runs, step by step, at once and on the same thread: its calls, reads, loops and `with`s."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from flake8_planalign.python import contexts, members
from flake8_planalign.python.arguments import Arguments
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.facts import (
    ASKS_LOOP,
    ASYNC,
    AWAITED,
    COLLECTED,
    DONE,
    ENTERED,
    GENERATOR,
    KEPT,
    RAISED,
    SMALL,
)
from flake8_planalign.python.libraries import decorated, given, in_memory, is_data, is_memory_database, opens_nothing
from flake8_planalign.python.modules import called_name, last_name
from flake8_planalign.python.values import EMPTY, Frame, Value, Values, ordered
from flake8_planalign.registry import Api, Entry, Slot

__all__ = [
    "CALL", "CALLBACK", "DOUBT", "DOUBTFUL", "ENTER", "ITERATE", "LOOP_RUNNERS", "READ", "RETURNED", "Edge", "Offload",
    "Place", "Walk",
]  # fmt: skip

Place = tuple[int, int, int, int]
#: How a function comes to run: called, read as a property, iterated, entered by `with`, or given to the event loop.
CALL, READ, ITERATE, ENTER, CALLBACK = "call", "read", "iterate", "enter", "callback"
#: The call's value is what the function returns; a flag of an edge beside `AWAITED` and `KEPT`.
RETURNED: Final = 8
#: The function may run without taking this step; a flag of an edge.
DOUBTFUL: Final = 64
#: How much longer a way is for each step that is not sure to be taken: the surest way is told, then the shortest.
DOUBT: Final = 1 << 12
_CONSUMERS: Final = frozenset({
    "all", "any", "dict", "enumerate", "frozenset", "list", "max", "min", "next", "set", "sorted", "sum", "tuple",
})  # fmt: skip
_CONTAINER_CONSUMERS: Final = frozenset({"extend", "join", "update"})
#: What raises RuntimeError while a loop runs; who has asked whether one does never calls it.
LOOP_RUNNERS: Final = frozenset({
    "asyncio.AbstractEventLoop.run_forever", "asyncio.AbstractEventLoop.run_until_complete", "asyncio.Runner.run",
    "asyncio.run",
})  # fmt: skip
#: What is done with the session of a thread where there is one, which is where it has been asked for something.
_SCOPED: Final = tuple(f"sqlalchemy.orm.scoped_session.{name}" for name in ("commit", "remove", "rollback"))
#: Methods that give a few rows of a table.
_FIRST_ROWS: Final = frozenset({"head", "limit", "tail"})
#: Products of vectors, or of a matrix.
_PRODUCTS: Final = frozenset({"dot", "inner", "vdot"})
#: Methods that mean inference by convention, whatever object they are called on.
_INFERENCE: Final = frozenset({"predict", "predict_proba"})


class Edge(msgspec.Struct, frozen=True):
    """One step of the call graph: at `place` of the source function, `target` runs."""

    place: Place
    target: Frame | Api
    role: str
    certain: bool
    flags: int

    @property
    def length(self) -> int:
        """Return what this step adds to the length of a way: 1, and much more where it may not be taken."""
        return 1 if self.certain and not self.flags & DOUBTFUL else 1 + DOUBT


class Offload(msgspec.Struct, frozen=True):
    """A callable handed to a thread or process: who takes it, how it is written, what it is, and what goes with it."""

    place: Place
    taker: str
    runs: str
    expression: Any
    values: Values
    others: tuple[Values, ...]
    frame: Frame


class Walk:
    """One pass over the facts of a function: what runs at each call, read, loop and `with`."""

    def __init__(self, evaluator: Evaluator, frame: Frame) -> None:
        self.evaluator = evaluator
        self.registry = evaluator.registry
        self.frame = frame
        self.offloads: list[Offload] = []
        #: The coroutines that are awaited, each with whether that is so whenever the function runs.
        self.awaited: list[tuple[Place, Frame, bool]] = []
        self.found: dict[tuple[Any, ...], Edge] = {}
        self.place: Place = (0, 0, 0, 0)
        self.is_bounded = False
        self.flags = 0

    def edges(self) -> list[Edge]:
        """Return the steps of the whole function, in the order of the source."""
        body = self.frame.body
        runs = self.frame.runs
        waived = self.frame.module.waived
        self.calls()
        self.definitions()
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
            elif is_async and runs(guard):
                self.at(place, 0, doubt)
                self.awaited += [
                    (self.place, self.evaluator.numbered(value[1]), not self.flags & DOUBTFUL)
                    for value in self.evaluator.value(manager, self.frame)
                    if value[0] == "cm"
                ]
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

    def definitions(self) -> None:
        """Look at the decorated functions that are defined here: their decorators run, as calls that nobody writes."""
        functions = self.frame.module.functions
        if self.frame.function:
            defined = self.frame.body.get("D", ())
        else:
            tops = (at for at, record in enumerate(functions) if "d" in record and "o" not in record)
            defined = [[at, functions[at]["l"], 0, functions[at]["l"], 0, 0, 0] for at in tops]
        for function, *place, guard, doubt in defined:
            if self.frame.runs(guard):
                self.at(place, 0, doubt)
                self.decorate(function, functions[function]["d"])

    def decorate(self, function: int, decorators: list[Any]) -> None:
        """Add what the decorators of the project's own run when they are given a function."""
        frame = self.frame
        values: Values = frozenset({("F", frame.module.path, function, None, frame.id if frame.function else None)})
        for decorator in decorators[::-1]:
            arguments = Arguments(self.evaluator, frame, [], {}, (values,))
            found = self.evaluator.value(decorator, frame)
            for value in ordered(found):
                if value[0] in {"F", "C", "I"}:
                    self.run(value, arguments, certain=len(found) == 1, role=READ)
            values = decorated(self.evaluator, decorator, frame, values)

    def at(self, place: Iterable[int], flags: int, doubt: int) -> None:
        """Go to a place; `doubt` is the number of the conditions under which the function comes to it."""
        line, column, end_line, end_column = place
        self.place = (line, column, end_line, end_column)
        self.flags = flags if self.frame.surely_runs(doubt) else flags | DOUBTFUL

    def add(self, target: Frame | Api, role: str, *, certain: bool, flags: int = 0) -> None:
        """Add a step at this place."""
        name = target.name if isinstance(target, Api) else target.id
        key = (self.place, name, role)
        edge = Edge(self.place, target, role, certain, self.flags | flags)
        known = self.found.get(key)
        if known is None or (certain and not known.certain):
            self.found[key] = edge

    # -- the four ways to run something -------------------------------------------------------------------------

    def call(self, call: list[Any]) -> None:
        """Add what a call runs."""
        expression = call[0]
        self.is_bounded = _is_bounded(expression, self.frame.body) or _is_of_vectors(call, self.frame.body)
        self.prefix_reads(expression)
        callees = self.evaluator.value(expression, self.frame)
        arguments = self.evaluator.arguments(call, self.frame)
        if call[7] & RAISED:
            callees = frozenset(value for value in callees if value[0] == "C")
        elif not callees:
            self.unknown_call(expression)
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
        for callee in ordered(callees):
            before = len(self.found)
            self.run(callee, arguments, certain=False)
            new = [key for key in list(self.found)[before:] if isinstance(self.found[key].target, Api)]
            apis += new
            free = free or not new
        for key in sorted(apis)[1:]:
            del self.found[key]
        if apis and not free:
            self.found[min(apis)] = replace(self.found[min(apis)], certain=True)

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
        receiver: Any
        name: str
        match expression:
            case str() if "." in expression:
                receiver, _, name = expression.rpartition(".")
            case ["a", inner, str(names)] if "." not in names:
                receiver, name = inner, names
            case _:
                return
        if name in _INFERENCE and not self.evaluator.value(receiver, self.frame):
            self.add(_inference(name), CALL, certain=False)

    def run(self, callee: Value, arguments: Arguments, *, certain: bool, flags: int = 0, role: str = CALL) -> None:
        """Add what calling a value runs."""
        evaluator = self.evaluator
        match callee:
            case ("F", *_):
                target = contexts.bind(evaluator, callee, arguments)
                if target is not None and not target.record["f"] & (ASYNC | GENERATOR):
                    self.add(target, role, certain=certain, flags=flags)
                elif target is not None and certain and self.flags & (AWAITED | ENTERED):
                    self.awaited.append((self.place, target, not self.flags & DOUBTFUL))
            case ("kept", inner):
                self.run(inner, arguments, certain=certain, flags=flags | KEPT)
            case ("C", path, index):
                self.construct(path, index, arguments, certain=certain, flags=flags)
            case ("I", *_):
                for method in ordered(members.load(evaluator, callee, "__call__")):
                    self.run(method, arguments, certain=certain, flags=flags)
            case ("pa", inner, first, more):
                self.run(inner, arguments.behind_partial(first, more), certain=certain, flags=flags)
            case ("x", dotted):
                self.library_function(dotted, arguments, certain=certain)
            case ("xm", class_name, name):
                self.library_method(class_name, name, arguments, certain=certain)
            case ("xi", class_name):
                self.library_method(class_name, "__call__", arguments, certain=certain)
            case ("bm", ("mem", class_name), name):
                if arguments.count and is_data(evaluator, class_name):  # it is told where to write to
                    self.library_method(class_name, name, arguments, certain=certain)
            case ("bm", _, name):
                if name in _CONTAINER_CONSUMERS:
                    self.iterate(arguments.at(0))
                elif name == "sort":
                    self.run_all(arguments.named("key"))

    def run_all(self, values: Values) -> None:
        """Add what calling a callable that was handed over runs; its arguments are not known."""
        for value in ordered(values):
            self.run(value, self.evaluator.no_arguments(), certain=len(values) == 1)

    def construct(self, path: str, index: int, arguments: Arguments, *, certain: bool, flags: int) -> None:
        """Add what making an instance of a class of the project runs."""
        evaluator = self.evaluator
        own: Value = ("I", path, index, ())
        if members.is_singleton(evaluator, path, index):
            flags |= KEPT
        for name in ("__init__", "__new__", "__post_init__"):
            bound = own if name != "__new__" else ("C", path, index)
            found = members.methods(evaluator, members.lineage(evaluator, path, index), name, bound)
            for method in ordered(found or EMPTY):
                if method[0] == "F":
                    self.run(method, arguments, certain=certain, flags=flags)
            if name == "__init__" and found is None:
                for base in members.library_bases(evaluator, path, index):
                    self.api(self.registry.method(base, name), arguments, certain=certain)

    def library_function(self, dotted: str, arguments: Arguments, *, certain: bool) -> None:
        """Add what calling a library's function or class runs."""
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
        """Add what calling a method of a library's class runs."""
        self.api(self.registry.method(class_name, name), arguments, certain=certain, method=True)
        for entry in self.registry.lineage(class_name):
            own = self.registry.entry(f"{entry.name}.{name}")
            if own is not None and own.callable is not None:
                self.slot(own.name, own.callable, arguments)
                break

    def api(self, api: Api | None, arguments: Arguments, *, certain: bool, method: bool = False) -> None:
        """Add a blocking API, unless its arguments, or how the call is used, keep it from blocking."""
        if api is None or self.flags & AWAITED or (self.flags & ENTERED and method):
            return
        if self.flags & DONE and api.name.endswith((".result", ".exception", "Queue.get", *_SCOPED)):
            return
        if api.kind == "file" and (in_memory(self.evaluator, api.name, arguments) or not _is_given(api, arguments)):
            self.api(api.without_file(), arguments, certain=certain, method=method)
            return
        if api.kind == "database" and (
            is_memory_database(api.name.removesuffix(".__init__"), arguments) or opens_nothing(api.name, arguments)
        ):
            return
        if api.tier == "cpu" and (self.is_bounded or self.flags & SMALL):
            return
        if api.name in LOOP_RUNNERS and self.frame.record["f"] & ASKS_LOOP and not self.frame.record["f"] & ASYNC:
            return
        for condition in api.unless:
            known, value = arguments.constant(condition.position, condition.keyword)
            if known and value == condition.value:
                return
            given_as = arguments.get(condition.position, condition.keyword) if not known else EMPTY
            if given_as == {("l", condition.value)}:  # what the function was given, or has by default
                return
            if not given_as.isdisjoint({("x", condition.value), ("xi", condition.value)}):
                return
        if not _is_given(api, arguments):
            return
        self.add(api, CALL, certain=certain and not api.probable)

    def slot(self, taker: str, slot: Slot, arguments: Arguments) -> None:
        """Add what becomes of a callable argument."""
        values = arguments.get(slot.position, slot.keyword)
        if slot.runs == "now":
            self.run_all(values)
        elif slot.runs == "loop":
            for value in ordered(values):
                before = set(self.found)
                self.run(value, self.evaluator.no_arguments(), certain=len(values) == 1)
                for key in self.found.keys() - before:
                    edge = self.found.pop(key)
                    self.found[*key[:2], CALLBACK] = replace(edge, role=CALLBACK)
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
            for value in ordered(values):
                for getter, kept in members.properties(evaluator, value, name):
                    if not getter.record["f"] & ASYNC:
                        self.add(getter, READ, certain=len(values) == 1, flags=KEPT if kept else 0)
            values = evaluator.attributes(values, [name])

    def iterate(self, values: Values) -> None:
        """Add what iterating over values runs."""
        for value in ordered(values):
            certain = len(values) == 1
            match value:
                case ("ge", number):
                    self.add(self.evaluator.numbered(number), ITERATE, certain=certain)
                case ("I", *_):
                    self.special(value, ("__iter__", "__next__"), ITERATE, certain=certain)
                case ("xi", class_name):
                    self.first_of_library(class_name, ("__iter__", "__next__"), ITERATE, certain=certain)

    def enter(self, values: Values) -> None:
        """Add what entering and leaving context managers runs."""
        for value in ordered(values):
            certain = len(values) == 1
            match value:
                case ("cm", number):
                    frame = self.evaluator.numbered(number)
                    if not frame.record["f"] & ASYNC:
                        self.add(frame, ENTER, certain=certain)
                case ("I", *_):
                    self.special(value, ("__enter__", "__exit__"), ENTER, certain=certain)
                case ("xi", class_name):
                    self.first_of_library(class_name, ("__enter__", "__exit__"), ENTER, certain=certain)

    def first_of_library(self, class_name: str, names: tuple[str, ...], role: str, *, certain: bool) -> None:
        """Add the first special method of a library's class that blocks, which stands for those behind it."""
        api = next(filter(None, (self.registry.method(class_name, name) for name in names)), None)
        if api is not None:
            self.add(api, role, certain=certain and not api.probable)

    def special(self, value: Value, names: tuple[str, ...], role: str, *, certain: bool) -> None:
        """Add the special methods that the interpreter runs on an instance."""
        for name in names:
            for method in ordered(members.load(self.evaluator, value, name)):
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
    """Tell whether a method is called on the first few rows of a table: `frame.head(min(50, n)).to_dicts()`."""
    match expression:
        case ["a", ["c", int(number)], str()]:
            callee, given, named, *_ = body["c"][number]
            rows = given[0] if given else named.get("n", ["k", 5])
            match rows:
                case ["c", int(inner)] if body["c"][inner][0] == "min":
                    rows = next((part for part in body["c"][inner][1] if part and part[0] == "k"), None)
            return last_name(callee) in _FIRST_ROWS and type(rows) is list and rows[0] == "k"
    return False


def _is_of_vectors(call: list[Any], body: dict[str, Any]) -> bool:
    """Tell whether a product is that of vectors, since the function asks for a length: `dot(a, b) / norm(a)`."""
    return last_name(call[0]) in _PRODUCTS and any(
        last_name(other[0]) == "norm" and len(other[1]) == 1 and not other[2] and other[1][0] in filter(None, call[1])
        for other in body["c"]
    )


def _inference(name: str) -> Api:
    return Api(f"?.{name}", "inference", "cpu", "offload it with `asyncio.to_thread`", None, None, probable=True)


def _is_given(api: Api, arguments: Arguments) -> bool:
    """Tell whether a call is given an argument without which it does not block."""
    return not api.only or any(given(arguments, condition) for condition in api.only)
