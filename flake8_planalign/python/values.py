"""What an expression may be at run time: abstract values, their sets, and the frames in which they are computed.

A value is a tuple whose first item is its tag, so that it hashes and compares cheaply:

* `("M", path)` a module of the project, `("P", dotted)` a namespace package of it
* `("C", path, class)` a class of the project, `("I", path, class, context)` an instance of it
* `("F", path, function, bound, outer)` a function: `bound` is the value of `self` or None, `outer` the frame around it
* `("x", dotted)` a name of a library, `("xi", dotted)` an instance of its class, `("xm", dotted, name)` a method
* `("mem", dotted)` an instance of a library's class of files or databases that lies in memory, or of data from there
* `("pa", value, arguments, keywords)` a `functools.partial`
* `("kept", value)` `lru_cache`d, `("cmf", value)` `@contextmanager`, `("off", value)` offloaded function
* `("ge", frame)` generator, `("ag", frame)` asynchronous generator, `("cm", frame)` context manager of a generator
* `("co", values)` awaitable, `("q", values)` sequence or iterator, `("tu", (values, ...))` tuple,
  `("di", values)` dict by unknown key, `("dk", ((key, values), ...))` dict by known keys
* `("ca", values)` something callable that returns these, `("cv", values)` a context manager that yields these
* `("n",)` None, `("l", constant)` another constant, where it matters which argument was given
* `("kw", names)` the keywords that a `**` parameter is given, `("kd", ((name, values), ...))` with what they are
* `("bm", value, name)` method of a container, `("s", text)` a string, `("su", instance, path, class)` `super()`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from flake8_planalign.python.modules import Module

__all__ = [
    "EMPTY", "NONE", "Context", "Frame", "Value", "Values", "came_out", "constant_of", "nesting", "ordered", "single",
    "typed_at", "union", "wrap",
]  # fmt: skip

Value = tuple[Any, ...]
Values = frozenset[Value]
#: What is known of a call's arguments: parameter positions and their values, in order.
Context = tuple[tuple[int, Values], ...]

#: Nothing is known.
EMPTY: Final[Values] = frozenset()
#: The argument was left out and is None by default.
NONE: Final[Values] = frozenset({("n",)})
#: A set of more values than these says nothing.
_MAX_VALUES: Final = 12
_MAX_NESTING: Final = 4


_CONSTANTS: Final = frozenset({"l", "n", "s"})
_NO_ARGUMENTS: Final[Mapping[int, Values]] = {}


class Frame:
    """A function in a context: what its arguments are where that is known, and the frame that encloses it."""

    __slots__ = ("arguments", "ask", "context", "depth", "function", "id", "informs", "memo", "module", "outer")

    def __init__(
        self,
        number: int,
        module: Module,
        function: int,
        context: Context,
        outer: Frame | None,
        depth: int,
        ask: Callable[[Any, Frame], bool | None],
    ) -> None:
        #: Answers what a predicate of no arguments says while an event loop runs, and whether a value, the first of a
        #: list, is one of the members of enumerations behind it.
        self.ask = ask
        self.id = number
        self.module = module
        self.function = function
        self.context = context
        self.arguments: Mapping[int, Values] = dict(context) if context else _NO_ARGUMENTS
        self.outer = outer
        self.depth = depth
        self.memo: dict[Any, Values] = {}
        #: The frame of the call graph that this one knows more of, None for those of the graph.
        self.informs: Frame | None = None

    @property
    def real(self) -> Frame:
        """Return the frame of the call graph that stands for this one."""
        return self.informs or self

    def runs(self, guard: int) -> bool:
        """Tell whether code under a guard may run, as far as the arguments of this context tell."""
        return not guard or all(self._holds(*condition) is not False for condition in self.body["g"][guard])

    def surely_runs(self, doubt: int) -> bool:
        """Tell whether code is sure to run when this function does, as far as its arguments tell."""
        return doubt == 0 or (doubt > 0 and all(self._holds(*condition) for condition in self.body["g"][doubt]))

    def _holds(
        self,
        parameter: int,
        operator: str,
        constant: Any,
        positive: bool,  # noqa: FBT001 - as in facts
        unless: Sequence[int] = (),
    ) -> bool | None:
        """Tell whether a condition holds, None where that cannot be told."""
        match operator:
            case "never":
                return False
            case "setting" | "@":
                return None
            case "or":
                possible = any(all(self._holds(*condition) is not False for condition in way) for way in constant)
                return None if possible else False
            case "some":
                return positive if self.ask(constant, self) else None
            case "unset":
                return False if self._is_set_by_constructor(constant) else None
            case "loop":
                answer = self.ask(constant, self)
            case _ if any(self.runs(guard) for guard in unless):
                return None
            case "is":
                answer = self._is_instance(parameter, constant)
            case _:
                answer = self._answer(parameter, operator, constant)
        return None if answer is None else answer is positive

    def _answer(self, parameter: int, operator: str, constant: Any) -> bool | None:
        """Return how a test of an argument comes out, None where that cannot be told."""
        given = self.arguments.get(parameter)
        types = self.arguments.get(typed_at(parameter)) if operator == "=" and constant is None else None
        if types is not None:
            answers = {value == ("n",) for value in types}
            return answers.pop() if len(answers) == 1 else None
        if given is None or len(given) != 1:
            return None
        (value,) = given
        if operator == "**":
            key, default, operator, constant = constant
            given = dict(value[1]).get(key) if value[0] == "kd" else None
            if given is None:
                left_out = value[0] in {"kd", "kw"} and key not in value[1]
                return came_out(default, operator, constant) if left_out else None
            if operator == "given" or len(given) != 1:
                return True if operator == "given" else None
            (value,) = given
        if value[0] not in _CONSTANTS:
            return None
        if operator == "=E":
            return self.ask([value, *constant], self)
        return came_out(value[1] if len(value) > 1 else None, operator, constant)

    def _is_instance(self, parameter: int, tests: list[Any]) -> bool | None:
        """Return how `isinstance` comes out for an argument, None where that cannot be told."""
        types = self.arguments.get(typed_at(parameter))
        if types is None:
            types = self.arguments.get(parameter, EMPTY)
            if len(types) != 1 or next(iter(types))[0] not in _CONSTANTS:
                return None
        return self.ask([types, *tests], self)

    def _is_set_by_constructor(self, attribute: str) -> bool:
        """Tell whether the constructor sets an attribute to what this very method returns."""
        functions = self.module.functions
        for function, reference in self.module.classes[self.record["c"]]["s"].get(attribute, ()):
            if functions[function]["n"] == "__init__":
                body = self.module.body(function)
                match body["d"][int(reference)]:
                    case ["c", int(number)] | ["=", _, ["c", int(number)]]:
                        callee = body["c"][number][0]
                        if type(callee) is str and callee.partition(".")[2] == self.record["n"]:
                            return True
        return False

    def is_self(self, reference: str) -> bool:
        """Tell whether a reference is the object that a method is called on."""
        return reference.isdigit() and self.record.get("c") is not None and self.body["d"][int(reference)] == ["p", 0]

    @property
    def body(self) -> dict[str, Any]:
        """Return the tables of the function's body."""
        return self.module.body(self.function)

    @property
    def record(self) -> dict[str, Any]:
        """Return the function's facts."""
        record: dict[str, Any] = self.module.functions[self.function]
        return record


def typed_at(position: int) -> int:
    """Return where a context says what is sure of the type of a parameter; the numbers above have other meanings."""
    return -10 - position


def came_out(known: Any, operator: str, constant: Any) -> bool | None:
    """Return how a test of a known constant comes out, None where that cannot be told."""
    if operator in {"given", "t"}:
        return bool(known)
    if operator in {"^", "$"}:
        if not isinstance(known, str):
            return None
        return known.startswith(constant) if operator == "^" else known.endswith(constant)
    if operator == "in":
        return known in constant
    return bool(known == constant) and type(known) is type(constant)


def constant_of(written: Any) -> Values | None:
    """Return the value of an expression that is a constant, None of any other."""
    if type(written) is not list or written[0] != "k":
        return None
    if written[1] is None:
        return NONE
    return single(("s" if type(written[1]) is str else "l", written[1]))


def single(value: Value) -> Values:
    """Return the set of one value."""
    return frozenset((value,))


def union(one: Values, other: Values) -> Values:
    """Return the values that either set has; nothing is known of a value that may be too many things."""
    if not other or one is other:
        return one
    if not one:
        return other
    both = one | other
    return both if len(both) <= _MAX_VALUES else EMPTY


def ordered(values: Values) -> Iterable[Value]:
    """Return values in an order that does not depend on the run: frames are made and numbered in that order."""
    return values if len(values) < 2 else sorted(values, key=_written)


def _written(value: Any) -> str:
    """Return a value as text, in which sets stand in an order that does not depend on the run."""
    text = repr(value)
    if "frozenset" not in text:
        return text
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(_written, value)))}}}"
    return f"({', '.join(map(_written, value))})" if isinstance(value, tuple) else text


def wrap(tag: str, values: Values) -> Values:
    """Return the container of these values; unknown if it nests too deeply to be of use."""
    if not values:
        return EMPTY
    value = (tag, values)
    return frozenset((value,)) if nesting(value) <= _MAX_NESTING else EMPTY


def nesting(item: object) -> int:
    """Return how deeply values lie within a value, sets and contexts included."""
    deepest = 0
    if isinstance(item, tuple):
        for part in item:
            if isinstance(part, tuple | frozenset):
                deepest = max(deepest, nesting(part))
        return deepest + (1 if item and isinstance(item[0], str) else 0)
    if isinstance(item, frozenset):
        for part in item:
            deepest = max(deepest, nesting(part))
    return deepest
