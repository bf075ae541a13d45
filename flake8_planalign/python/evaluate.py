"""What expressions mean: from facts to abstract values, on demand, across the modules of a project."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.python import containers, contexts, exact, hints, libraries, members
from flake8_planalign.python.arguments import Arguments
from flake8_planalign.python.facts import ASYNC, CLASSMETHOD, GENERATOR, STATICMETHOD
from flake8_planalign.python.fixpoint import Solver
from flake8_planalign.python.modules import Module, Modules
from flake8_planalign.python.texts import Texts
from flake8_planalign.python.values import EMPTY, Context, Frame, Value, Values, nesting, ordered, single, union, wrap
from flake8_planalign.registry import Registry

if TYPE_CHECKING:
    from flake8_planalign.project import Project

__all__ = ["Evaluator"]

#: Predicates of libraries that are true wherever code runs on a loop.
_TRUE_ON_LOOP: Final = frozenset({"asyncio.get_running_loop", "asyncio._get_running_loop"})
_LOOP_RUNS: Final = ("xm", "asyncio.AbstractEventLoop", "is_running")
#: A thread of the project's own works while a service does: what it is asked for otherwise is done before and after.
_THREAD_RUNS: Final = ("xm", "threading.Thread", "is_alive")
_BUILTINS: Final = frozenset(dir(builtins))
#: A function is told apart by what its arguments are in at most this many contexts.
_MAX_CONTEXTS: Final = 32
_MAX_CONSTANT_CONTEXTS: Final = 600
_MAX_FRAME_DEPTH: Final = 5
#: In a million lines a file asks little of what the files before it asked.
_MAX_SETTLED: Final = 20_000


class Evaluator:
    """Evaluates expressions of one project; all results are memoised and independent of the order of questions."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.registry: Registry = project.registry
        self.modules = Modules(project)
        self.texts = Texts(project)
        self.solver = Solver()
        #: What is settled of names, attributes, decorated functions and results; a frame keeps its own parts.
        self.settled: dict[Any, Values] = {}
        #: The method resolution order of classes whose bases are settled, by file and index.
        self.lineages: dict[tuple[str, int], tuple[Value, ...]] = {}
        self._frames: dict[Any, Frame] = {}
        self._frame_list: list[Frame] = []
        self._contexts: dict[tuple[str, int], int] = {}
        #: What frames ask; each would keep a method of its own.
        self._ask = self.truth

    def leave(self) -> None:
        """Let go of what is settled where it is much; what is asked for again is settled again."""
        self._contexts.clear()
        if len(self.settled) > _MAX_SETTLED:
            self.settled.clear()
            for frame in self._frame_list:
                frame.memo.clear()

    # -- frames -------------------------------------------------------------------------------------------------

    def frame(self, module: Module, function: int, context: Context = (), outer: Frame | None = None) -> Frame:
        """Return the frame of a function; one that nests too deeply, or in too many contexts, has none."""
        if outer is not None:
            outer = self._frame_list[outer.id]
        key = (module.path, function, context, outer.id if outer else -1)
        frame = self._frames.get(key)
        if frame is not None:
            return frame
        if context:
            depth = 1 + max((contexts.depth(self, values) for _, values in context), default=0)
            place = (module.path, function)
            constant = all(contexts.is_constant(values) for _, values in context)
            limit = _MAX_CONSTANT_CONTEXTS if constant else _MAX_CONTEXTS
            if depth > _MAX_FRAME_DEPTH or self._contexts.get(place, 0) >= limit:
                return self.frame(module, function, (), outer)
            self._contexts[place] = self._contexts.get(place, 0) + 1
        else:
            depth = 0
        if outer is not None:
            depth = max(depth, outer.depth)
        frame = Frame(len(self._frame_list), module, function, context, outer, depth, self._ask)
        self._frames[key] = frame
        self._frame_list.append(frame)
        return frame

    def numbered(self, number: int) -> Frame:
        """Return the frame of a generator or context manager value."""
        return self._frame_list[number]

    def module_frame(self, module: Module) -> Frame:
        """Return the frame of a module's own body."""
        return self.frame(module, 0)

    def enclosing(self, frame: Frame) -> Frame:
        """Return the frame in which a function's decorators, annotations and defaults are evaluated."""
        return frame.outer or self.module_frame(frame.module)

    # -- expressions --------------------------------------------------------------------------------------------

    def value(self, expression: Any, frame: Frame) -> Values:
        """Return what an expression of this frame may be."""
        if expression is None:
            return EMPTY
        if type(expression) is str:
            return self._chain(expression, frame)
        tag = expression[0]
        if tag == "c":
            return self.solver.solve(frame.memo, ("c", expression[1]), self._call, expression[1], frame)
        if tag == "a":
            return self.attributes(self.value(expression[1], frame), expression[2].split("."))
        if tag == "s":
            return containers.subscripted(self, self.value(expression[1], frame), expression[2], frame)
        if tag == "w":
            return self.awaited(self.value(expression[1], frame))
        if tag == "u":
            values = EMPTY
            for part in expression[1:]:
                values = union(values, self.value(part, frame))
            return values
        if tag == "t":
            parts = tuple(self.value(part, frame) for part in expression[1:])
            value = ("tu", parts if any(parts) else ())
            return single(value) if nesting(value) <= 5 else EMPTY
        if tag == "d":
            items = tuple((key, self.value(part, frame)) for key, part in expression[1].items())
            table = ("dk", items if any(part for _, part in items) else ())
            return single(table) if nesting(table) <= 5 else EMPTY
        if tag == "k":
            return single(("s", expression[1])) if type(expression[1]) is str else EMPTY
        if tag == "f":
            return single(("F", frame.module.path, expression[1], None, frame.id if frame.function else None))
        if tag == "g":
            return wrap("q", self.value(expression[1], frame))
        if tag == "G":
            given = self.value(expression[2], frame)
            context = ((0, given),) if given and nesting(given) <= 4 else ()
            made = self.frame(frame.module, expression[1], context, frame if frame.function else None)
            return single(("ag" if made.record["f"] & ASYNC else "ge", made.id))
        if tag == "if":
            _, then, body, otherwise, orelse = expression
            values = self.value(body, frame) if frame.runs(then) else EMPTY
            return union(values, self.value(orelse, frame)) if frame.runs(otherwise) else values
        if tag == "/":
            return frozenset(
                v for v in self.value(expression[1], frame) if v[0] == "xi" and v[1].startswith("pathlib.")
            )
        return self.defined(expression, frame)

    def _chain(self, chain: str, frame: Frame) -> Values:
        root, _, rest = chain.partition(".")
        first = root[0]
        if first.isdigit():
            values = self._local(root, frame)
        elif first == "^":
            outer: Frame | None = frame
            while root[0] == "^":
                outer = outer.outer if outer is not None else None
                root = root[1:]
            values = self._local(root, outer) if outer is not None else EMPTY
        elif first == "@":
            values = single(("C", frame.module.path, int(root[1:])))
        else:
            values = self.name(frame.module, root)
        return self.attributes(values, rest.split(".")) if rest else values

    def _local(self, reference: str, frame: Frame) -> Values:
        if reference.isdigit():
            return self.definition(int(reference), frame)
        values = EMPTY
        guards = frame.body.get("G", {})
        for number in reference.split("|"):
            if frame.runs(guards.get(number, 0)):
                values = union(values, self.definition(int(number), frame))
        return values

    def definition(self, number: int, frame: Frame) -> Values:
        """Return what a definition of this frame's function gives its name."""
        settled = frame.memo.get(number)
        if settled is not None:
            return settled
        definitions = frame.body.get("d", ())
        if number >= len(definitions):
            return EMPTY
        definition = definitions[number]
        if definition is None:
            return EMPTY
        if definition[0] == "p" and type(definition) is list:
            return self.parameter(definition[1], frame)
        return self.solver.solve(frame.memo, number, self._definition, number, frame)

    def _definition(self, number: int, frame: Frame) -> Values:
        definitions = frame.body.get("d", ())
        return self.defined(definitions[number], frame) if number < len(definitions) else EMPTY

    def defined(self, definition: Any, frame: Frame) -> Values:
        """Return what a definition, as facts write it, gives its name."""
        match definition:
            case ["p", int(position)]:
                return self.parameter(position, frame)
            case ["i", iterated, is_async]:
                return self.element(self.value(iterated, frame), is_async=is_async)
            case ["e", int(number)]:
                manager, is_async = frame.body["w"][number][:2]
                return self.entered(self.value(manager, frame), is_async=is_async)
            case ["n", whole, int(position)]:
                return containers.item(self, self.value(whole, frame), position)
            case ["m", str(dotted)]:
                return self.imported(frame.module, dotted)
            case ["F", int(function)]:
                return self.function(frame.module, function, frame if frame.function else None)
            case ["C", int(index)]:
                return single(("C", frame.module.path, index))
            case ["=", annotation, value]:
                return self._declared(annotation, value, frame)
            case ["?", reference, types, positive]:
                return members.narrowed(self, self.value(reference, frame), types, frame, positive=positive)
            case ["?c", reference, positive]:
                return frozenset(v for v in self.value(reference, frame) if self.is_coroutine_function(v) is positive)
            case ["b", str(name), [*excluded]]:
                values = EMPTY
                for number, binding in enumerate(frame.module.names.get(name, ())):
                    if number not in excluded:
                        values = union(values, self.defined(binding, self.module_frame(frame.module)))
                return values
            case ["put", table, [*changes]]:
                return containers.put(self, self.defined(table, frame), changes, frame)
            case ["v", int(function), int(number)]:
                return self.definition(number, self.frame(frame.module, function))
            case None | str() | ["c" | "a" | "s" | "w" | "u" | "t" | "d" | "k" | "f" | "g" | "G" | "if" | "/", *_]:
                return self.value(definition, frame)
        return EMPTY

    def _declared(self, annotation: Any, value: Any, frame: Frame) -> Values:
        """Return what an annotated name is: the assigned value where its class derives from the declared one.

        A text or number is no object of a library, whatever a call with several results may give.
        """
        declared, assigned = hints.instances(self, annotation, frame), self.value(value, frame)
        if not declared and hints.is_plain(self, annotation, frame):
            return frozenset(one for one in assigned if one[0] != "xi")
        is_known = all(any(members.is_instance(self, one, test) for test in declared) for one in assigned)
        return assigned if (assigned and is_known) or not hints.are_known(self, declared) else declared

    def is_coroutine_function(self, value: Value) -> bool:
        """Tell whether calling a value gives something to await."""
        match value:
            case ("F", path, function, _, _):
                module = self.modules.module(path)
                return bool(module and module.functions[function]["f"] & ASYNC)
            case ("pa" | "kept", inner, *_):
                return self.is_coroutine_function(inner)
            case ("off", _) | ("co", _):
                return True
        return False

    # -- names --------------------------------------------------------------------------------------------------

    def name(self, module: Module, name: str) -> Values:
        """Return what a name means at the top level of a module, built-in names included."""
        return self.solver.solve(self.settled, ("N", module.path, name), self._name, module, name)

    def _name(self, module: Module, name: str) -> Values:
        bindings = module.names.get(name)
        if bindings is None:
            for star in module.stars:
                values = self.imported(module, f"{star}.{name}" if not star.endswith(".") else star + name)
                if values and not all(value[0] == "x" for value in values):
                    return values
            return single(("x", f"builtins.{name}")) if name in _BUILTINS else EMPTY
        values = EMPTY
        frame = self.module_frame(module)
        for binding in bindings:
            values = union(values, self.defined(binding, frame))
        return members.known_as(values, name) if len(bindings) == 1 and members.is_built(bindings[0]) else values

    def imported(self, module: Module, dotted: str) -> Values:
        """Return what an imported name means: a module, something in one, or a name of a library."""
        absolute = module.absolute(dotted)
        if not absolute:
            return EMPTY
        roots = self.modules.roots(module)
        file = self.modules.find(absolute, roots)
        if file is not None and not file.endswith(".py"):
            file = None if "." in absolute else file
        head, _, last = absolute.rpartition(".")
        if head:
            parent = self.modules.find(head, roots)
            if parent is not None and parent.endswith(".py"):
                owner = self.modules.module(parent)
                if (
                    owner is not None
                    and (last in owner.names or not file)
                    and not (owner is module and dotted.startswith("."))
                ):
                    values = self.name(owner, last) if last in owner.names or owner.stars else EMPTY
                    if values or file is None:
                        return values
        if file is not None:
            return single(("M", file)) if file.endswith(".py") else single(("P", absolute))
        namespace = self.modules.find(absolute, roots)
        if namespace is not None:
            return single(("P", absolute))
        if self.modules.find(absolute.partition(".")[0], roots) is not None:
            if head and self.modules.find(head, roots) is None:
                return self.attributes(self.imported(module, head), [last])
            return EMPTY
        return single(("x", self.canonical(absolute)))

    def canonical(self, dotted: str) -> str:
        """Return the registry's name of a library's name."""
        entry = self.registry.entry(dotted)
        return entry.name if entry is not None else dotted

    # -- functions ----------------------------------------------------------------------------------------------

    def function(self, module: Module, function: int, outer: Frame | None, bound: Value | None = None) -> Values:
        """Return what the name of a decorated function means."""
        plain = single(("F", module.path, function, bound, outer.id if outer else None))
        decorators = module.functions[function].get("d")
        if not decorators:
            return plain
        key = ("D", module.path, function, bound, outer.id if outer else -1)
        return self.solver.solve(self.settled, key, self._decorated, module, decorators, plain, outer)

    def _decorated(self, module: Module, decorators: list[Any], plain: Values, outer: Frame | None) -> Values:
        frame = outer or self.module_frame(module)
        values = plain
        (written,) = plain
        is_async = self.is_coroutine_function(written)
        for decorator in reversed(decorators):
            values = libraries.decorated(self, decorator, frame, values)
            if len(values) > 1:
                # a decorator with a wrapper for each sort of function returns the one of the sort it is given
                values = frozenset(v for v in values if self.is_coroutine_function(v) is is_async) or values
        return values

    def parameter(self, position: int, frame: Frame) -> Values:
        """Return what a parameter may be: its argument in this context, else what its annotation or default says."""
        given = frame.arguments.get(position)
        if given is not None:
            return given
        return self.solver.solve(frame.memo, ("p", position), self._parameter, position, frame)

    def _parameter(self, position: int, frame: Frame) -> Values:
        record = frame.record
        index = record.get("c")
        if position == 0 and index is not None and not record["f"] & STATICMETHOD:
            own = single(("C", frame.module.path, index))
            if record["f"] & CLASSMETHOD or record["n"] in {"__new__", "__init_subclass__", "__class_getitem__"}:
                return own
            return single(("I", frame.module.path, index, ()))
        kind, annotation, default = (*record["p"][position][1:], None, None)[:3]
        scope = self.enclosing(frame)
        values = hints.instances(self, annotation, scope) if annotation is not None else EMPTY
        if kind == "*":
            return wrap("q", values)
        if kind == "**":
            return wrap("di", values)
        says = hints.says(self, values)
        given = self.value(default, scope) if not says or (type(default) is list and default[0] == "c") else EMPTY
        return hints.refined(self, values, given) if says else hints.told(values, given)

    def state(self, name: str) -> Values:
        """Return what the project stores under `app.state.name` (Starlette's state of an application or request)."""
        return self.solver.solve(self.settled, ("st", name), self._state, name)

    def _state(self, name: str) -> Values:
        values = EMPTY
        for path in self.texts.state_files.get(name, ()):
            module = self.modules.module(path)
            for function in range(len(module.functions)) if module is not None else ():
                assert module is not None
                stores = module.body(function).get("s", ()) if f'"{name}"' in module.raw(function) else ()
                for receiver, attribute, value, *_ in stores:
                    if attribute == name and type(receiver) is str and receiver.endswith(".state"):
                        values = union(values, self.value(value, self.entry(module, function)))
        return values

    def truth(self, callee: Any, frame: Frame, calls: int = 0) -> bool | None:
        """Return what a predicate of the project (`is_event_loop_running()`) answers while a loop runs, if known."""
        if type(callee) is list and type(callee[0]) is tuple:
            return containers.is_member(self, callee[0], callee[1:], frame)
        if type(callee) is list and type(callee[0]) is frozenset:
            return exact.came_out(self, callee[0], callee[1:], frame)
        values = self.value(callee, frame)
        if len(values) != 1 or calls > _MAX_FRAME_DEPTH:
            return None
        (value,) = values
        if value[0] == "x":
            return True if value[1] in _TRUE_ON_LOOP else None
        if value == _LOOP_RUNS or (value == _THREAD_RUNS and frame.is_self(callee.partition(".")[0])):
            return True
        module = self.modules.module(value[1]) if value[0] == "F" else None
        if module is None:
            return None
        told = module.functions[value[2]].get("t")
        return self._truth(told, self.entry(module, value[2]), calls + 1) if told is not None else None

    def _truth(self, told: Any, frame: Frame, calls: int) -> bool | None:
        match told:
            case bool():
                return told
            case ["not", inner]:
                answer = self._truth(inner, frame, calls)
                return None if answer is None else not answer
            case ["and" | "or" as operator, *parts]:
                answers = [self._truth(part, frame, calls) for part in parts]
                decisive: bool = operator == "or"
                if decisive in answers:
                    return decisive
                return None if None in answers else not decisive
            case ["call", callee]:
                return self.truth(callee, frame, calls)
        return None

    def entry(self, module: Module, function: int) -> Frame:
        """Return the frame of a function about whose arguments only its signature speaks."""
        outer = module.functions[function].get("o")
        return self.frame(module, function, (), self.entry(module, outer) if outer else None)

    def returned(self, frame: Frame) -> Values:
        """Return what the function returns when its body has run (what `await` gives, if it is asynchronous)."""
        return self.solver.solve(self.settled, (frame.id, "r"), self._returned, frame)

    def _returned(self, frame: Frame) -> Values:
        annotation = frame.record.get("r")
        abstract = EMPTY
        if annotation is not None:
            scope = self.enclosing(frame)
            declared = hints.instances(self, annotation, scope, frame)
            if declared and hints.varies(self, annotation, scope):
                return EMPTY
            says_much = any(not contexts.is_abstract(self, value) for value in declared)
            if says_much and hints.are_known(self, declared) and not (len(declared) > 1 and frame.context):
                return hints.refined(self, declared, hints.made(self, frame, "r"))
            abstract = frozenset(value for value in declared if value[0] == "I")
        values = EMPTY
        guards = frame.body.get("R")
        for at, expression in enumerate(frame.body.get("r", ())):
            values = union(values, self.value(expression, frame) if not guards or frame.runs(guards[at]) else EMPTY)
        return hints.told(abstract, values)

    def yielded(self, frame: Frame) -> Values:
        """Return what a generator yields."""
        return self.solver.solve(self.settled, (frame.id, "y"), self._yielded, frame)

    def _yielded(self, frame: Frame) -> Values:
        annotation = frame.record.get("r")
        declared = hints.instances(self, annotation, self.enclosing(frame), frame) if annotation is not None else EMPTY
        elements = self.element(declared, is_async=False)
        if hints.says(self, elements):
            return hints.refined(self, elements, hints.made(self, frame, "y"))
        values = EMPTY
        for expression in frame.body.get("y", ()):
            values = union(values, self.value(expression, frame))
        return hints.told(elements, values)

    # -- calls --------------------------------------------------------------------------------------------------

    def arguments(self, call: list[Any], frame: Frame) -> Arguments:
        """Return the arguments of a call record."""
        return Arguments(self, frame, call[1], call[2])

    def _call(self, number: int, frame: Frame) -> Values:
        call = frame.body["c"][number]
        arguments = self.arguments(call, frame)
        values = EMPTY
        for callee in ordered(self.value(call[0], frame)):
            values = union(values, self.result(callee, arguments, frame))
        return values

    def result(self, callee: Value, arguments: Arguments, frame: Frame | None = None) -> Values:
        """Return what calling a value gives."""
        match callee:
            case ("F", *_):
                target = contexts.bind(self, callee, arguments)
                if target is None:
                    return EMPTY
                flags = target.record["f"]
                if flags & GENERATOR:
                    return single(("ag" if flags & ASYNC else "ge", target.id))
                if flags & ASYNC:
                    return single(("co", self.returned(target)))
                return self.returned(target)
            case ("kept", inner):
                return self.result(inner, arguments, frame)
            case ("off", inner):
                return single(("co", self.result(inner, arguments, frame)))
            case ("cmf", inner):
                return frozenset(
                    ("cm", value[1]) for value in self.result(inner, arguments, frame) if value[0] in {"ge", "ag"}
                )
            case ("C", path, index):
                return members.instance(self, path, index, arguments)
            case ("I", *_):
                values = EMPTY
                for method in ordered(members.load(self, callee, "__call__")):
                    values = union(values, self.result(method, arguments, frame))
                return values
            case ("pa", inner, first, more):
                return self.result(inner, arguments.behind_partial(first, more), frame)
            case ("ca", values):
                return values  # type: ignore[no-any-return]
            case ("bm", receiver, name):
                return containers.method_result(self, receiver, name, arguments)
            case ("x", dotted):
                return libraries.result(self, dotted, arguments, frame)
            case ("xi", class_name):
                return libraries.method_result(self, class_name, "__call__", arguments, callee)
            case ("xm", class_name, name):
                return libraries.method_result(self, class_name, name, arguments, ("xi", class_name))
        return EMPTY

    # -- attributes, iteration, contexts ------------------------------------------------------------------------

    def attributes(self, values: Values, names: list[str]) -> Values:
        """Return what a chain of attribute reads gives."""
        for name in names:
            if not values and name != "state":
                return EMPTY
            if name == "state" and all(value[0] in {"xi", "xm"} for value in values):
                values = single(("st",))
            elif len(values) == 1:
                (value,) = values
                values = members.load(self, value, name)
            else:
                read = EMPTY
                for value in ordered(values):
                    read = union(read, members.load(self, value, name))
                values = read
        return values

    def element(self, values: Values, *, is_async: bool) -> Values:
        """Return what iterating over these values gives."""
        result = EMPTY
        for value in ordered(values):
            match value:
                case ("q", inner):
                    result = union(result, inner)
                case ("tu", parts):
                    for part in parts:
                        result = union(result, part)
                case ("ge" | "ag", number):
                    result = union(result, self.yielded(self._frame_list[number]))
                case ("I", *_):
                    for name in ("__aiter__", "__anext__") if is_async else ("__iter__", "__next__"):
                        for method in ordered(members.load(self, value, name)):
                            made = self.result(method, self.no_arguments())
                            if name in {"__anext__", "__next__"}:
                                result = union(result, self.awaited(made) if is_async else made)
                            else:
                                result = union(
                                    result,
                                    self.element(
                                        frozenset(m for m in made if m != value and m[0] != "I"), is_async=is_async
                                    ),
                                )
                case ("xi" | "mem", class_name):
                    result = union(result, libraries.element(self, class_name, value))
        return result

    def entered(self, values: Values, *, is_async: bool) -> Values:
        """Return what `with ... as` binds."""
        result = EMPTY
        for value in ordered(values):
            match value:
                case ("cm", number):
                    result = union(result, self.yielded(self._frame_list[number]))
                case ("cv", inner):
                    result = union(result, inner)
                case ("I", *_):
                    made = EMPTY
                    for method in members.load(self, value, "__aenter__" if is_async else "__enter__"):
                        made = union(made, self.result(method, self.no_arguments()))
                    result = union(result, self.awaited(made) if is_async else made)
                case ("xi", class_name):
                    result = union(result, libraries.entered(self, class_name, value))
                case ("mem", _):
                    result = union(result, single(value))
                case ("co", inner) if is_async:
                    result = union(result, self.entered(inner, is_async=True) or inner)
                case ("q" | "x" | "tu", *_):
                    pass
        return result

    def awaited(self, values: Values) -> Values:
        """Return what `await` gives."""
        result = EMPTY
        for value in ordered(values):
            if value[0] == "co":
                result = union(result, value[1])
        return result

    def no_arguments(self) -> Arguments:
        """Return the arguments of a call that has none, as the interpreter makes for special methods."""
        return Arguments(self, self._frame_list[0], [], {}) if self._frame_list else Arguments(self, None, [], {})  # type: ignore[arg-type]
