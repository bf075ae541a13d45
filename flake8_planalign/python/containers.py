"""Lists, tuples, dicts and iterators: what their items and the results of their methods are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.python import libraries, members
from flake8_planalign.python.values import EMPTY, Value, Values, constant_of, single, union, wrap

if TYPE_CHECKING:
    from flake8_planalign.python.arguments import Arguments
    from flake8_planalign.python.evaluate import Evaluator

__all__ = ["item", "method_result"]

_SAME: Final = frozenset({"copy", "difference", "intersection", "symmetric_difference", "union"})
_ONE: Final = frozenset({"get", "pop", "popleft", "setdefault", "__getitem__", "__next__", "send"})


def item(evaluator: Evaluator, values: Values, index: Any) -> Values:
    """Return what `values[index]` is; `index` is a constant or None for one that is not known."""
    result = EMPTY
    for value in values:
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
    return result


def method_result(evaluator: Evaluator, receiver: Value, name: str, arguments: Arguments) -> Values:
    """Return what a method of a container gives."""
    if receiver[0] == "s":
        return EMPTY
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
