"""Lists, tuples, dicts and iterators: what their items and the results of their methods are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.python import libraries, members
from flake8_planalign.python.values import (
    EMPTY,
    Frame,
    Value,
    Values,
    constant_of,
    nesting,
    ordered,
    single,
    union,
    wrap,
)

if TYPE_CHECKING:
    from flake8_planalign.python.arguments import Arguments
    from flake8_planalign.python.evaluate import Evaluator
    from flake8_planalign.python.modules import Module

__all__ = ["is_member", "item", "key", "method_result", "put", "sliced", "subscripted"]

#: Places behind these, in a list that is filled by number, are not told apart.
_LONGEST: Final = 20
#: A name is followed through so many imports.
_MOST_IMPORTS: Final = 8

_SAME: Final = frozenset({"copy", "difference", "intersection", "symmetric_difference", "union"})
_ONE: Final = frozenset({"get", "pop", "popleft", "setdefault", "__getitem__", "__next__", "send"})


def subscripted(evaluator: Evaluator, values: Values, index: Any, frame: Frame) -> Values:
    """Return the items, or the slices, of these values at an index as it is written."""
    if type(index) is list and index[0] == "sl":
        return sliced(evaluator, values, index[1], index[2])
    return item(evaluator, values, key(evaluator, index, frame))


def item(evaluator: Evaluator, values: Values, index: Any) -> Values:
    """Return what `values[index]` is; `index` is a constant or None for one that is not known."""
    result = EMPTY
    for value in ordered(values):
        match value:
            case ("tu", parts):
                if type(index) is int and -len(parts) <= index < len(parts):
                    result = union(result, parts[index])
                else:
                    for part in parts:
                        result = union(result, part)
            case ("q" | "di", inner):
                result = union(result, inner)
            case ("dk" | "kd", pairs):
                for key, part in pairs:
                    if index is None or key in {index, "*"}:
                        result = union(result, part)
            case ("ge" | "ag", number):
                result = union(result, evaluator.yielded(evaluator.numbered(number)))
            case ("C", *_) | ("x", _):
                result = union(result, single(value))
            case ("I", *_):
                for method in members.load(evaluator, value, "__getitem__"):
                    result = union(result, evaluator.result(method, evaluator.no_arguments()))
            case ("xi", class_name):
                result = union(
                    result,
                    libraries.method_result(evaluator, class_name, "__getitem__", evaluator.no_arguments(), value),
                )
            case ("mem", class_name):
                given = libraries.held_result(evaluator, class_name, "__getitem__", evaluator.no_arguments())
                result = union(result, given)
    return result


def sliced(evaluator: Evaluator, values: Values, low: int | None, high: int | None) -> Values:
    """Return what `values[low:high]` is; two bounds that are None may also be bounds that are not known."""
    result = EMPTY
    for value in ordered(values):
        match value:
            case ("tu", parts) if low is not None or high is not None:
                result = union(result, single(("tu", parts[low:high])))
            case ("tu", parts):
                result = union(result, wrap("q", frozenset().union(*parts)))
            case ("q", _):
                result = union(result, single(value))
            case _:
                result = union(result, item(evaluator, single(value), None))
    return result


def put(evaluator: Evaluator, values: Values, changes: list[Any], frame: Frame) -> Values:
    """Return what a table is when values have been put into it, one after the other."""
    for keys, expression in changes:
        given = evaluator.value(expression, frame)
        values = frozenset(_changed(value, keys, given) for value in values)
    return values if nesting(values) <= 5 else EMPTY


def _changed(value: Value, keys: list[Any], given: Values) -> Value:
    """Return a table with something else at a key, or at a key of what lies at a key."""
    key, *rest = keys
    match value:
        case ("dk", pairs):
            items: dict[str, Values] = dict(pairs)
            name = key if type(key) is str else "*"
            if rest:
                inner = items.get(name, EMPTY)
                given = frozenset(_changed(one, rest, given) for one in inner)
            items[name] = given if name == key else union(items.get(name, EMPTY), given)
            return ("dk", tuple(items.items()))
        case ("tu", parts) if type(key) is int and not rest and -len(parts) <= key < _LONGEST:
            known = [*parts, *([EMPTY] * (key + 1 - len(parts)))]
            known[key] = given
            return ("tu", tuple(known))
        case ("tu", parts) if key is None and not rest:
            return ("q", given.union(*parts))
        case ("q" | "di" as tag, inner) if not rest:
            return (tag, union(inner, given))
    return value


def key(evaluator: Evaluator, index: Any, frame: Frame) -> Any:
    """Return the constant that an index is, None where it is not known to be one."""
    if type(index) is not str:
        return index[1] if type(index) is list and index[0] == "k" else None
    if not index.isdigit():
        return _constant(evaluator, frame.module, index) if index.isidentifier() else None
    match frame.body["d"][int(index)]:
        case ["p", int(position)]:
            given = frame.arguments.get(position, EMPTY)
            if len(given) == 1:
                (value,) = given
                return value[1] if value[0] in {"l", "s"} else None
    return None


def is_member(evaluator: Evaluator, value: Value, members: list[Any], frame: Frame) -> bool | None:
    """Tell whether a constant is the value of one of these members of enumerations, None where that is not known."""
    known = [evaluator.value(member, frame) for member in members]
    if any(len(one) != 1 or next(iter(one))[0] != "s" for one in known):
        return None
    return value in frozenset().union(*known)


def _constant(evaluator: Evaluator, module: Module, name: str) -> Any:
    """Return the constant that a name of a module is, imported ones included, None if it is not known to be one."""
    for _ in range(_MOST_IMPORTS):
        match module.names.get(name):
            case [["k", found]]:
                return found
            case [["m", str(dotted)]]:
                head, _, name = module.absolute(dotted).rpartition(".")
                file = evaluator.modules.find(head, evaluator.modules.roots(module)) if head else None
                owner = evaluator.modules.module(file) if file is not None and file.endswith(".py") else None
                if owner is None:
                    return None
                module = owner
            case _:
                return None
    return None


def method_result(evaluator: Evaluator, receiver: Value, name: str, arguments: Arguments) -> Values:
    """Return what a method of a container gives."""
    if receiver[0] == "s":
        return EMPTY
    if receiver[0] == "mem":
        return libraries.held_result(evaluator, receiver[1], name, arguments)
    if receiver[0] == "kd" and name in {"get", "pop"}:
        known, key = arguments.constant(0, "key")
        if known and key not in dict(receiver[1]):
            return constant_of(arguments.expression(1, "default") or ["k", None]) or arguments.at(1)
    if name in _SAME:
        return single(receiver)
    inner = item(evaluator, single(receiver), None)
    if name in _ONE:
        if receiver[0] in {"dk", "kd"} and arguments.count:
            known, key = arguments.constant(0, "key")
            if known:
                inner = item(evaluator, single(receiver), key)
        return union(inner, arguments.at(1)) if name in {"get", "pop", "setdefault"} else inner
    if name == "values":
        return wrap("q", inner)
    if name == "items":
        return wrap("q", single(("tu", (EMPTY, inner)))) if inner else EMPTY
    if name == "popitem":
        return single(("tu", (EMPTY, inner))) if inner else EMPTY
    return EMPTY
