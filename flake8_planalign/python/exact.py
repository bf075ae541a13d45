"""What is sure of an argument's type, so that it decides `isinstance` in the function that it is handed to.

What the evaluator says of an expression is what it may be, as far as that is of interest: of `str | Path` it keeps the
path. Here everything that an expression can be is told, or nothing. A type is a value of one of these forms:

* `("I", path, class)` an instance that was made of just this class of the project, `("D", path, class)` one that is
  declared as such, so that it may be of a class below it
* `("xi", dotted)` an instance of a library's class, or of one below it
* `("ty", name)` an object of a built-in type, `("display",)` a list, set or tuple, `("call",)` a function or class
* `("n",)` None
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.python import members
from flake8_planalign.python.facts import ASYNC, GENERATOR
from flake8_planalign.python.values import NONE, Frame, Value, Values, constant_of, single, typed_at

if TYPE_CHECKING:
    from flake8_planalign.python.evaluate import Evaluator

__all__ = ["came_out", "types_of"]

_BUILT_IN: Final = frozenset(
    {"bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}
)
#: Other names of built-in types, in annotations.
_ALSO: Final = {"Dict": "dict", "FrozenSet": "frozenset", "List": "list", "Set": "set", "Text": "str", "Tuple": "tuple"}
#: Built-in types that others derive from.
_BELOW: Final = {"int": frozenset({"bool"})}
_DISPLAYS: Final = frozenset({"list", "set", "tuple"})
#: Modules of types that many classes are instances of, whatever they derive from.
_ABSTRACT: Final = frozenset({
    "_typeshed", "abc", "collections", "numbers", "os", "types", "typing", "typing_extensions",
})  # fmt: skip
#: Bases that say nothing of what else an object is.
_PLAIN_BASES: Final = frozenset({"abc.ABC", "builtins.object", "pydantic.BaseModel", "pydantic.main.BaseModel"})
_PROTOCOLS: Final = frozenset({"typing.Protocol", "typing_extensions.Protocol"})
#: An expression is followed through so many definitions.
_MOST_STEPS: Final = 30

Types = frozenset[Value]


def types_of(evaluator: Evaluator, frame: Frame, expression: Any, budget: list[None] | None = None) -> Types | None:
    """Return every type that an expression may be of, None if that is not known."""
    constant = constant_of(expression)
    if constant is not None:
        return _of_constants(constant)
    budget = [None] * _MOST_STEPS if budget is None else budget
    if not budget:
        return None
    budget.pop()
    match expression:
        case str() if expression.replace("|", "").isdigit():
            return _of_definitions(evaluator, frame, expression.split("|"), budget)
        case ["p", int(position)]:
            return _of_parameter(evaluator, frame, position)
        case ["=", annotation, value]:
            if value is not None and constant_of(value) is None:
                made = types_of(evaluator, frame, value, budget)
                if made is not None:
                    return made
            return _declared(evaluator, frame, annotation) if constant_of(value) != NONE else None
        case ["?", reference, types, True]:
            return _tested(evaluator, frame, types) or types_of(evaluator, frame, reference, budget)
        case ["?", reference, _, False]:
            return types_of(evaluator, frame, reference, budget)
        case ["if", then, body, otherwise, orelse]:
            ways = [part for guard, part in ((then, body), (otherwise, orelse)) if frame.runs(guard)]
            return _together([types_of(evaluator, frame, part, budget) for part in ways])
        case ["u", *parts]:
            return _together([types_of(evaluator, frame, part, budget) for part in parts])
        case ["c", int(number)]:
            return _of_call(evaluator, frame, number, awaited=False)
        case ["w", ["c", int(number)]]:
            return _of_call(evaluator, frame, number, awaited=True)
        case ["t", *_] | ["g", *_]:
            return single(("display",))
        case ["d", *_]:
            return single(("ty", "dict"))
        case ["f", _] | ["F", _] | ["C", _]:
            return single(("call",))
        case str() if len(bindings := frame.module.names.get(expression, ())) == 1:
            return types_of(evaluator, evaluator.module_frame(frame.module), bindings[0], budget)
        case str() if "." in expression:
            methods = evaluator.value(expression, frame)
            bound = bool(methods) and all(value[0] == "F" and value[3] is not None for value in methods)
            return single(("call",)) if bound else _of_attribute(evaluator, frame, expression)
    return None


def _of_definitions(evaluator: Evaluator, frame: Frame, parts: list[str], budget: list[None]) -> Types | None:
    """Return what a name may be that has one of these definitions; `if p is None: p = ...` leaves no None of `p`."""
    guards, definitions = frame.body.get("G", {}), frame.body.get("d", ())
    conditions = [frame.body["g"][guards[part]] for part in parts if guards.get(part)]
    found: list[Types | None] = []
    for part in parts:
        if not frame.runs(guards.get(part, 0)):
            continue
        definition = definitions[int(part)] if int(part) < len(definitions) else None
        match definition:
            case ["p", int(position)] if [[position, "=", None, True]] in conditions:
                found.append(_of_given(evaluator, frame, position))
            case _:
                found.append(types_of(evaluator, frame, definition, budget))
    return _together(found)


def _of_given(evaluator: Evaluator, frame: Frame, position: int) -> Types | None:
    """Return what a parameter is where it is not None."""
    types = frame.arguments.get(typed_at(position))
    if types is None:
        _, kind, annotation, _ = (*frame.record["p"][position], None, None)[:4]
        if kind in {"p", "k"} and annotation is not None:
            types = _declared(evaluator, evaluator.enclosing(frame), annotation)
    return types - NONE or None if types is not None else None


def _of_attribute(evaluator: Evaluator, frame: Frame, expression: str) -> Types | None:
    """Return what the class of an object declares an attribute to be: a field of a dataclass or model."""
    owner, _, name = expression.rpartition(".")
    found: list[Types | None] = []
    for value in evaluator.value(owner, frame):
        if value[0] != "I":
            return None
        found.append(_of_field(evaluator, value, name))
    return _together(found)


def _of_field(evaluator: Evaluator, owner: Value, name: str) -> Types | None:
    for base in members.lineage(evaluator, owner[1], owner[2]):
        module = evaluator.modules.module(base[1]) if base[0] == "C" else None
        bindings = module.classes[base[2]]["m"].get(name) if module is not None else None
        if module is not None and bindings:
            match bindings:
                case [["=", annotation, _]]:
                    return _declared(evaluator, evaluator.module_frame(module), annotation)
            return None
    return None


def came_out(evaluator: Evaluator, types: Iterable[Value], tests: list[Any], frame: Frame) -> bool | None:
    """Tell how `isinstance` comes out for an object of one of these types, None where that is not known.

    Args:
        evaluator: evaluates the names of the types.
        types: every type that the object may be of, or the constant that it is.
        tests: what is asked for, as expressions of `frame`.
        frame: the function that asks.
    """
    asked: list[Value] = []
    for test in tests:
        values = evaluator.value(test, frame) if type(test) is str else frozenset()
        if len(values) != 1 or next(iter(values))[0] not in {"C", "x"}:
            return None
        asked += values
    known = frozenset(types)
    known = _of_constants(known) or known
    answers = {_any(_is_instance(evaluator, one, test) for test in asked) for one in known}
    return answers.pop() if len(answers) == 1 else None


def _any(answers: Iterable[bool | None]) -> bool | None:
    known = list(answers)
    if True in known:
        return True
    return None if None in known else False


def _of_constants(values: Values) -> Types | None:
    found = set()
    for value in values:
        match value:
            case ("s", _):
                found.add(("ty", "str"))
            case ("l", constant):
                found.add(("ty", type(constant).__name__))
            case ("n",):
                found.add(value)
            case _:
                return None
    return frozenset(found) or None


def _together(several: list[Types | None]) -> Types | None:
    found: Types = frozenset()
    for types in several:
        if types is None:
            return None
        found |= types
    return found or None


def _of_parameter(evaluator: Evaluator, frame: Frame, position: int) -> Types | None:
    known = frame.arguments.get(typed_at(position))
    if known is not None:
        return known
    record = frame.record
    given = frame.arguments.get(position)
    constants = _of_constants(given) if given else None
    if constants is not None:
        return constants
    owner = record.get("c")
    name, kind, annotation, default = (*record["p"][position], None, None)[:4]
    if position == 0 and owner is not None and name == "self":
        return single(("D", frame.module.path, owner))
    if kind not in {"p", "k"} or annotation is None or constant_of(default) == NONE:
        return None
    return _declared(evaluator, evaluator.enclosing(frame), annotation)


def _of_call(evaluator: Evaluator, frame: Frame, number: int, *, awaited: bool) -> Types | None:
    found: list[Types | None] = []
    for callee in evaluator.value(frame.body["c"][number][0], frame):
        match callee:
            case ("C", path, index) if not awaited:
                found.append(single(("I", path, index)))
            case ("x", dotted) if not awaited:
                root, _, name = dotted.rpartition(".")
                entry = evaluator.registry.entry(dotted)
                if root == "builtins" and name in _BUILT_IN:
                    found.append(single(("ty", name)))
                elif entry is not None and entry.returns is None and name[:1].isupper():
                    found.append(single(("xi", entry.name)))
                else:
                    return None
            case ("F", path, function, *_):
                module = evaluator.modules.module(path)
                record = module.functions[function] if module is not None else {}
                if module is None or record["f"] & GENERATOR:
                    return None
                if bool(record["f"] & ASYNC) is not awaited:
                    return None
                found.append(_declared(evaluator, evaluator.module_frame(module), record.get("r")))
            case ("x", "asyncio.to_thread") if awaited:
                found.append(_of_offloaded(evaluator, frame, frame.body["c"][number][1]))
            case ("xm", owner, name):
                found.append(_of_result(evaluator, owner, name, awaited=awaited))
            case _:
                return None
    return _together(found)


def _of_offloaded(evaluator: Evaluator, frame: Frame, arguments: list[Any]) -> Types | None:
    """Return what the plain function returns that is handed to a thread."""
    found: list[Types | None] = []
    for value in evaluator.value(arguments[0], frame) if arguments else ():
        module = evaluator.modules.module(value[1]) if value[0] == "F" else None
        record = module.functions[value[2]] if module is not None else {"f": ASYNC}
        if module is None or record["f"] & (ASYNC | GENERATOR):
            return None
        found.append(_declared(evaluator, evaluator.module_frame(module), record.get("r")))
    return _together(found)


def _of_result(evaluator: Evaluator, owner: str, name: str, *, awaited: bool) -> Types | None:
    """Return the built-in type that a method of a library's class is known to return."""
    for entry in evaluator.registry.lineage(owner):
        result = entry.results.get(name)
        if result is not None:
            made = result.removeprefix("awaitable[").removesuffix("]") if awaited else result
            return single(("ty", made)) if made in _BUILT_IN and awaited is (made != result) else None
    return None


def _declared(evaluator: Evaluator, frame: Frame, annotation: Any) -> Types | None:
    """Return every type that an annotation admits, None if it admits what is not known."""
    match annotation:
        case "None":
            return single(("n",))
        case str():
            found: list[Types | None] = [_named(value) for value in evaluator.value(annotation, frame)]
            return _together(found)
        case ["u", *parts]:
            return _together([_declared(evaluator, frame, part) for part in parts])
        case ["s", base, index]:
            for value in evaluator.value(base, frame):
                if value[0] != "x":
                    return _together([_named(value)])
                root, _, name = value[1].rpartition(".")
                parts = index[1:] if type(index) is list and index and index[0] == "t" else [index]
                if name in {"Optional", "Union"}:
                    admitted = [_declared(evaluator, frame, part) for part in parts]
                    return _together([*admitted, single(("n",))] if name == "Optional" else admitted)
                if name == "Annotated":
                    return _declared(evaluator, frame, parts[0])
                if root in {"builtins", "typing"} and _ALSO.get(name, name) in _BUILT_IN:
                    return single(("ty", _ALSO.get(name, name)))
    return None


def _named(value: Value) -> Types | None:
    match value:
        case ("C", path, index):
            return single(("D", path, index))
        case ("x", dotted):
            root, _, name = dotted.rpartition(".")
            if root == "builtins" and name in _BUILT_IN:
                return single(("ty", name))
            if root and root.partition(".")[0] not in _ABSTRACT | {"builtins"}:
                return single(("xi", dotted))
    return None


def _tested(evaluator: Evaluator, frame: Frame, types: Any) -> Types | None:
    """Return the types that `isinstance` was asked for, where it said yes."""
    parts = types[1:] if type(types) is list and types and types[0] in {"t", "u"} else [types]
    return _together([_declared(evaluator, frame, part) for part in parts])


def _is_instance(evaluator: Evaluator, one: Value, test: Value) -> bool | None:
    """Tell whether an object of a type is an instance of a class, None where that is not known."""
    if test[0] == "x":
        root, _, name = test[1].rpartition(".")
        if root == "builtins":
            return _is_built_in(evaluator, one, name)
        if root.partition(".")[0] in _ABSTRACT:
            return None
        return _is_of_library(evaluator, one, test[1])
    bases = members.lineage(evaluator, test[1], test[2])
    libraries = {base[1] for base in bases if base[0] == "x"}
    if not _PROTOCOLS.isdisjoint(libraries):
        return None
    match one:
        case ("I" | "D", path, index):
            if test in members.lineage(evaluator, path, index):
                return True
            return False if one[0] == "I" else None
        case ("xi", _):
            return None if libraries - _PLAIN_BASES else False
        case ("ty", name):
            return None if libraries - _PLAIN_BASES and f"builtins.{name}" in libraries else False
    return False


def _is_built_in(evaluator: Evaluator, one: Value, name: str) -> bool | None:
    """Tell whether an object of a type is of a built-in one."""
    if name not in _BUILT_IN:
        return True if name == "object" else None
    match one:
        case ("I" | "D", path, index):
            bases = members.lineage(evaluator, path, index)
            libraries = {base[1] for base in bases if base[0] == "x"}
            if f"builtins.{name}" in libraries:
                return True
            known = {"str", "bytes", "bool", "int", "float"}
            return False if not libraries - _PLAIN_BASES or name in known else None
        case ("xi", dotted):
            return False if evaluator.registry.entry(dotted) is not None else None
        case ("ty", own):
            if own == name or own in _BELOW.get(name, ()):
                return True
            return None if name in _BELOW.get(own, ()) else False
        case ("display",):
            return None if name in _DISPLAYS else False
    return False


def _is_of_library(evaluator: Evaluator, one: Value, dotted: str) -> bool | None:
    """Tell whether an object of a type is of a library's class."""
    registry = evaluator.registry
    asked = registry.entry(dotted)
    name = asked.name if asked is not None else dotted
    match one:
        case ("I" | "D", path, index):
            libraries = {base[1] for base in members.lineage(evaluator, path, index) if base[0] == "x"}
            if name in libraries or any(entry.name == name for base in libraries for entry in registry.lineage(base)):
                return True
            return None if libraries - _PLAIN_BASES else False
        case ("xi", own):
            if any(entry.name == name for entry in registry.lineage(own)) or own == dotted:
                return True
            if name.startswith("pathlib.") and "path" not in own.lower():
                return False
            if asked is None or registry.entry(own) is None:
                return None
            return None if any(entry.name == own for entry in registry.lineage(name)) else False
    return False
