"""In which context a function runs when it is called: what of its arguments is worth telling apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.python import exact, hints, members
from flake8_planalign.python.arguments import Arguments
from flake8_planalign.python.values import NONE, Context, Frame, Value, Values, constant_of, single, typed_at

if TYPE_CHECKING:
    from flake8_planalign.python.evaluate import Evaluator
    from flake8_planalign.python.modules import Module

__all__ = ["bind", "depth", "is_abstract", "is_constant", "told"]

#: Values that make a context worth telling apart.
_TELLING: Final = frozenset({"F", "C", "I", "M", "pa", "kept", "cmf", "off", "ge", "cm", "ca", "xm", "mem"})
_CONTAINERS: Final = frozenset({"q", "tu", "di", "dk", "co"})


def bind(evaluator: Evaluator, value: Value, arguments: Arguments) -> Frame | None:
    """Return the frame in which a function value runs when it is called with these arguments."""
    _, path, function, bound, outer_number = value
    module = evaluator.modules.module(path)
    if module is None:
        return None
    outer = evaluator.numbered(outer_number) if outer_number is not None else None
    record = module.functions[function]
    context: list[tuple[int, Values]] = []
    shift = 0
    if bound is not None:
        shift = 1
        if not (bound[0] == "I" and bound[1] == path and bound[2] == record.get("c") and not bound[3]):
            context.append((0, single(bound)))
    scope: Frame | None = None
    switches = record.get("g", ())
    for position, (name, kind, *rest) in enumerate(record["p"]):
        if kind == "**" and position in switches and not arguments.starred():
            named = {parameter[0] for parameter in record["p"]}
            context.append((position, single(("kw", tuple(sorted(set(arguments.names) - named))))))
        if position < shift or kind in {"*", "**"}:
            continue
        if position in switches:
            constant = _constant(evaluator, module, arguments, position - shift if kind == "p" else None, name, rest)
            if constant is not None:
                context.append((position, constant))
                continue
        given = arguments.get(position - shift if kind == "p" else None, name)
        if not given and _left_out(rest, arguments, position - shift, name):
            scope = scope or outer or evaluator.module_frame(module)
            if _telling(evaluator, hints.instances(evaluator, rest[0], scope)):
                context.append((position, NONE))
            continue
        if not given or not _telling(evaluator, given):
            continue
        if rest and rest[0] is not None and not any(value[0] == "mem" for value in given):
            scope = scope or outer or evaluator.module_frame(module)
            declared = hints.instances(evaluator, rest[0], scope)
            if declared and not any(v[0] in {"ca", "co", "ge"} or is_abstract(evaluator, v) for v in declared):
                continue
            if not hints.says(evaluator, declared) and hints.told(declared, given) == declared:
                continue
        context.append((position, given))
    return evaluator.frame(module, function, tuple(context), outer)


def told(evaluator: Evaluator, value: Value, arguments: Arguments) -> Context:
    """Return what a call tells of the parameters of a function value: constants, and what `*` and `**` are given.

    The types of those that `isinstance` is asked of, or whether they are None, stand at `typed_at` of their positions.
    """
    _, path, function, bound, _ = value
    module = evaluator.modules.module(path)
    arguments = arguments.spread()
    if module is None:
        return ()
    parameters, typed = module.functions[function]["p"], module.functions[function].get("T", ())
    shift = 0 if bound is None else 1
    context: list[tuple[int, Values]] = []
    for position, (name, kind, *more) in enumerate(parameters):
        if position < shift:
            continue
        if kind in {"p", "k"}:
            at = position - shift if kind == "p" else None
            constant = _constant(evaluator, module, arguments, at, name, more)
            if constant is not None:
                context.append((position, constant))
            elif position in typed:
                types = exact.types_of(evaluator, arguments.frame, arguments.expression(at, name))
                if types is not None:
                    context.append((typed_at(position), types))
        elif kind == "**" and "**" not in arguments.names:
            named = {parameter[0] for parameter in parameters}
            rest = tuple((key, _handed(arguments, None, key)) for key in sorted(arguments.names) if key not in named)
            context.append((position, single(("kd", rest))))
        elif kind == "*" and not arguments.starred():
            values = tuple(_handed(arguments, at, None) for at in range(position - shift, arguments.count))
            context.append((position, single(("tu", values))))
    return tuple(context)


def _handed(arguments: Arguments, position: int | None, keyword: str | None) -> Values:
    constant = constant_of(arguments.expression(position, keyword))
    return arguments.get(position, keyword) if constant is None else constant


def _constant(
    evaluator: Evaluator, module: Module, arguments: Arguments, position: int | None, name: str, rest: list[Any]
) -> Values | None:
    """Return the constant that a parameter is given or has by default, None where it is not known to be one."""
    written = arguments.expression(position, name)
    if written is None and not arguments.starred() and arguments.is_left_out(position, name):
        default = rest[1] if len(rest) > 1 else None
        if type(default) is str and "." in default and default.partition(".")[0].isidentifier():
            member = evaluator.value(default, evaluator.module_frame(module))
            return member if len(member) == 1 and next(iter(member))[0] == "s" else None
        return constant_of(default)
    constant = constant_of(written)
    if constant is not None:
        return constant
    if type(written) is str and written.replace("|", "").isdigit():
        given = arguments.settled(written)
    else:
        given = arguments.get(position, name)
    if len(given) == 1:
        (value,) = given
        if value[0] in {"l", "n", "s"}:
            return given
    return None


def _left_out(rest: list[Any], arguments: Arguments, position: int, name: str) -> bool:
    """Tell whether an annotated parameter that is None by default is not given."""
    if len(rest) < 2 or rest[0] is None or rest[1] != ["k", None]:
        return False
    return position >= arguments.count and name not in arguments.names and not arguments.starred()


def _telling(evaluator: Evaluator, values: Values) -> bool:
    """Tell whether it is worth knowing that an argument is this."""
    for value in values:
        tag = value[0]
        if tag in _TELLING:
            return True
        if tag in {"xi", "x"}:
            root = value[1].partition(".")[0]
            is_known = value[1] == root or evaluator.registry.entry(value[1]) is not None  # a module is an object, too
            if evaluator.registry.has(root) and is_known:
                return True
        elif tag in _CONTAINERS:
            inner = value[1]
            if tag == "tu":
                inner = frozenset().union(*inner)
            elif tag == "dk":
                inner = frozenset().union(*(part for _, part in inner))
            if _telling(evaluator, inner):
                return True
    return False


def is_abstract(evaluator: Evaluator, value: Value) -> bool:
    """Tell whether a value is only known to be of an abstract type, which says nothing of its class."""
    if value[0] == "I":
        return members.is_abstract(evaluator, value[1], value[2])
    return bool(value[0] == "xi" and value[1].startswith(("typing.", "collections.abc.")))


def is_constant(values: Values) -> bool:
    """Tell whether an argument is constants, or the one function that a decorator is given."""
    return all(value[0] in {"kw", "l", "n", "s"} or (value[0] == "F" and len(values) == 1) for value in values)


def depth(evaluator: Evaluator, item: Any) -> int:
    """Return the greatest depth of the frames within values."""
    deepest = 0
    for value in item:
        match value:
            case ("F", _, _, bound, outer):
                if outer is not None:
                    deepest = max(deepest, evaluator.numbered(outer).depth)
                if bound is not None:
                    deepest = max(deepest, depth(evaluator, (bound,)))
            case ("ge" | "ag" | "cm", number):
                deepest = max(deepest, evaluator.numbered(number).depth)
            case ("I", _, _, context):
                for _, values in context:
                    deepest = max(deepest, 1 + depth(evaluator, values))
            case ("kept" | "cmf" | "off", inner):
                deepest = max(deepest, depth(evaluator, (inner,)))
            case ("q" | "di" | "co" | "ca" | "cv", values):
                deepest = max(deepest, depth(evaluator, values))
            case ("pa", inner, arguments, _):
                deepest = max(
                    deepest, 1 + depth(evaluator, (inner,)), *(depth(evaluator, part) for part in arguments), 0
                )
    return deepest
