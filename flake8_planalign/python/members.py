"""Attributes: what `value.name` is, through modules, classes and their bases, instances and libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flake8_planalign.python import contexts, hints, libraries
from flake8_planalign.python.facts import CLASSMETHOD, PROPERTY, STATICMETHOD
from flake8_planalign.python.modules import last_name
from flake8_planalign.python.values import EMPTY, NONE, Context, Frame, Value, Values, nesting, ordered, single, union

if TYPE_CHECKING:
    from flake8_planalign.python.arguments import Arguments
    from flake8_planalign.python.evaluate import Evaluator
    from flake8_planalign.python.modules import Module

__all__ = [
    "instance", "is_abstract", "is_built", "is_instance", "is_singleton", "known_as", "library_bases", "lineage",
    "load", "narrowed", "properties",
]  # fmt: skip

_MAX_BASES = 60
#: What a class derives from that only says what others do.
_ABSTRACT = frozenset(("x", name) for name in ("abc.ABC", "typing.Protocol", "typing_extensions.Protocol"))
#: Decorators of what sets or deletes a property: `@name.setter`.
_SETTERS = frozenset({"deleter", "setter"})
#: What a table is that begins with nothing known in it.
_EMPTY_TABLE = single(("dk", ()))
#: The place in an instance's context of the name that it is known as; arguments have positions from 0 on.
_KNOWN_AS = -1


def lineage(evaluator: Evaluator, path: str, index: int) -> tuple[Value, ...]:
    """Return a class and its bases in method resolution order: `("C", path, class)` and `("x", dotted)` values."""
    order = evaluator.lineages.get((path, index))
    if order is None:
        order = tuple(_linearised(evaluator, ("C", path, index), ()))
        if all(base[0] != "C" or ("B", *base[1:]) in evaluator.settled for base in order):
            evaluator.lineages[path, index] = order
    return order


def _linearised(evaluator: Evaluator, own: Value, below: tuple[Value, ...]) -> list[Value]:
    """Return the C3 order of a class (https://docs.python.org/3/howto/mro.html), depth first where there is none."""
    if own[0] != "C" or own in below or len(below) > _MAX_BASES:
        return [own]
    bases = _bases(evaluator, own)
    if len(bases) == 1:
        return [own, *(base for base in _linearised(evaluator, bases[0], (*below, own)) if base != own)]
    orders = [_linearised(evaluator, base, (*below, own)) for base in bases]
    merged = _merged([*orders, bases])
    if merged is None:
        merged = list(dict.fromkeys(base for order in orders for base in order))
    return [own, *(base for base in merged if base != own)]


def _merged(orders: list[list[Value]]) -> list[Value] | None:
    result: list[Value] = []
    orders = [list(order) for order in orders if order]
    while orders:
        for order in orders:
            candidate = order[0]
            if not any(candidate in other[1:] for other in orders):
                break
        else:
            return None
        result.append(candidate)
        orders = [rest for rest in ([base for base in order if base != candidate] for order in orders) if rest]
    return result


def _bases(evaluator: Evaluator, own: Value) -> list[Value]:
    """Return the direct bases of a class in the order in which they are written."""
    placed = evaluator.solver.solve(evaluator.settled, ("B", *own[1:]), _placed_bases, evaluator, own)
    ordered = sorted(placed, key=lambda item: (item[0], repr(item[1]))) if len(placed) > 1 else placed
    return list(dict.fromkeys(base for _, base in ordered))


def _placed_bases(evaluator: Evaluator, own: Value) -> Values:
    """Return the direct bases of a class, each as `(position, base)`."""
    module = evaluator.modules.module(own[1])
    if module is None:
        return EMPTY
    record = module.classes[own[2]]
    frame = _scope(evaluator, module, record)
    return frozenset(
        (position, base)
        for position, written in enumerate(record["b"])
        for base in evaluator.value(written[1] if type(written) is list and written[0] == "s" else written, frame)
        if base[0] in {"C", "x"}
    )


def _scope(evaluator: Evaluator, module: Any, record: dict[str, Any]) -> Frame:
    """Return the frame in which a class body is evaluated."""
    return _outer(evaluator, module, record) or evaluator.module_frame(module)


def _outer(evaluator: Evaluator, module: Any, record: dict[str, Any]) -> Frame | None:
    """Return the frame of the function that a class is written in, None for a class of the module."""
    outer = record.get("o")
    return evaluator.frame(module, outer) if outer else None


def library_bases(evaluator: Evaluator, path: str, index: int) -> list[str]:
    """Return the dotted names of the library classes that a class derives from."""
    return [value[1] for value in lineage(evaluator, path, index) if value[0] == "x"]


def is_abstract(evaluator: Evaluator, path: str, index: int) -> bool:
    """Tell whether a class of the project is itself an abstract class or a protocol: its objects are of others."""
    return not _ABSTRACT.isdisjoint(_bases(evaluator, ("C", path, index)))


def is_singleton(evaluator: Evaluator, path: str, index: int) -> bool:
    """Tell whether a class is made once: its metaclass, or that of a base, is called a singleton's."""
    for base in lineage(evaluator, path, index):
        module = evaluator.modules.module(base[1]) if base[0] == "C" else None
        made_by = module.classes[base[2]].get("t") if module is not None else None
        if made_by is not None and module is not None:
            for value in evaluator.value(made_by, evaluator.module_frame(module)):
                other = evaluator.modules.module(value[1]) if value[0] == "C" else None
                name = other.classes[value[2]]["n"] if other is not None else str(value[1])
                if "singleton" in name.lower():
                    return True
    return False


def is_instance(evaluator: Evaluator, value: Value, test: Value) -> bool:
    """Tell whether a value is known to be an instance of what `test` is an instance of."""
    if value[:3] == test[:3]:
        return True
    if value[0] == "I":
        for base in lineage(evaluator, value[1], value[2]):
            if base[0] == "C" and test[0] == "I" and base[1:] == test[1:3]:
                return True
            if base[0] == "x" and test[0] == "xi" and base[1] == test[1]:
                return True
    if value[0] in {"xi", "mem"} and test[0] == "xi":
        return any(entry.name == test[1] for entry in evaluator.registry.lineage(value[1]))
    return False


def narrowed(evaluator: Evaluator, values: Values, types: Any, frame: Frame, *, positive: bool) -> Values:
    """Return what values are known to be where `isinstance` was asked of them, and answered so."""
    tested = hints.instances(evaluator, types, frame)
    if type(types) is list and types[0] == "t":
        tested = frozenset().union(*(hints.instances(evaluator, part, frame) for part in types[1:]))
    if not tested:
        return EMPTY if positive else values
    matching = frozenset(value for value in values if any(is_instance(evaluator, value, test) for test in tested))
    if positive:
        return matching or tested
    return values - matching


def instance(evaluator: Evaluator, path: str, index: int, arguments: Arguments) -> Values:
    """Return the instance that calling a class gives; it remembers arguments that its attributes depend on."""
    context: Context = ()
    for base in lineage(evaluator, path, index):
        if base[0] != "C":
            continue
        module = evaluator.modules.module(base[1])
        bindings = module.classes[base[2]]["m"].get("__init__") if module else None
        if bindings and module is not None and type(bindings[0]) is list and bindings[0][0] == "F":
            frame = contexts.bind(evaluator, ("F", base[1], bindings[0][1], ("I", path, index, ()), None), arguments)
            if frame is not None:
                context = tuple(item for item in frame.context if item[0] != 0)
            break
    value = ("I", path, index, context)
    return single(value if nesting(value) <= 4 else ("I", path, index, ()))


def is_built(definition: Any) -> bool:
    """Tell whether a name is given the value of a call, with or without an annotation."""
    match definition:
        case ["c", _] | ["=", _, ["c", _]]:
            return True
    return False


def known_as(values: Values, name: str) -> Values:
    """Return what a module's name or an attribute (`.cache`) stands for; an instance that lacks a part keeps the name.

    By the name it is told which of the methods that could set the missing part later are called on this instance.
    """
    return frozenset(
        (*value[:3], ((_KNOWN_AS, single(("s", name))), *value[3]))
        if value[0] == "I" and any(given == NONE for _, given in value[3])
        else value
        for value in values
    )


def load(evaluator: Evaluator, value: Value, name: str) -> Values:
    """Return what `value.name` may be."""
    match value:
        case ("M", path):
            return _module_member(evaluator, path, name)
        case ("P", dotted):
            return _namespace_member(evaluator, dotted, name)
        case ("C", path, index):
            return evaluator.solver.solve(
                evaluator.settled, ("A", value, name), _class_member, evaluator, path, index, name
            )
        case ("I", path, index, _):
            return evaluator.solver.solve(
                evaluator.settled, ("A", value, name), _instance_member, evaluator, value, name
            )
        case ("su", bound, path, index):
            found = methods(evaluator, lineage(evaluator, bound[1], bound[2]), name, bound, after=("C", path, index))
            return found if found is not None else _library_member(evaluator, bound[1], bound[2], name)
        case ("x", dotted):
            return single(("x", evaluator.canonical(f"{dotted}.{name}")))
        case ("xi", class_name):
            return libraries.attribute(evaluator, class_name, name, value)
        case ("mem", _):
            return libraries.held_attribute(evaluator, value, name)
        case ("q" | "tu" | "di" | "dk" | "kd" | "s" | "ge", *_):
            return single(("bm", value, name))
        case ("n",):
            return NONE
        case ("st",):
            return evaluator.state(name)
        case ("kept" | "cmf", inner) if name == "__wrapped__":
            return single(inner)
    return EMPTY


def _module_member(evaluator: Evaluator, path: str, name: str) -> Values:
    module = evaluator.modules.module(path)
    if module is None:
        return EMPTY
    if name in module.names or module.stars:
        values = evaluator.name(module, name)
        if values and name in module.names:
            return values
        if values and not all(value[0] == "x" and value[1].startswith("builtins.") for value in values):
            return values
    if module.is_package:
        file = evaluator.modules.find(f"{module.name}.{name}", evaluator.modules.roots(module))
        if file is not None:
            return single(("M", file)) if file.endswith(".py") else single(("P", f"{module.name}.{name}"))
    return EMPTY


def _namespace_member(evaluator: Evaluator, dotted: str, name: str) -> Values:
    for roots in list(evaluator.modules.searched):
        file = evaluator.modules.find(f"{dotted}.{name}", roots)
        if file is not None:
            return single(("M", file)) if file.endswith(".py") else single(("P", f"{dotted}.{name}"))
    return EMPTY


def _class_member(evaluator: Evaluator, path: str, index: int, name: str) -> Values:
    own: Value = ("C", path, index)
    order = lineage(evaluator, path, index)
    found = methods(evaluator, order, name, own)
    if found is not None:
        return found
    values = EMPTY
    for base in order:
        if base[0] == "C":
            values = union(values, _class_level(evaluator, base, name))
        else:
            values = union(values, libraries.class_attribute(evaluator, base[1], name))
        if values:
            return values
    for base in order:
        values = union(values, _stored_in_class(evaluator, base, name, own))
    return values


def methods(
    evaluator: Evaluator, order: tuple[Value, ...], name: str, bound: Value, after: Value | None = None
) -> Values | None:
    """Return the method `name` bound to an instance or class; None if no class of the project defines one.

    A property gives what its getter returns.
    """
    skip = after is not None
    for base in order:
        if skip:
            skip = base != after
            continue
        if base[0] != "C":
            continue
        module = evaluator.modules.module(base[1])
        if module is None:
            continue
        record = module.classes[base[2]]
        values = EMPTY
        for binding in record["m"].get(name, ()):
            if type(binding) is not list or binding[0] != "F":
                continue
            function = binding[1]
            flags = module.functions[function]["f"]
            if any(last_name(decorator) in _SETTERS for decorator in module.functions[function].get("d", ())):
                continue  # who reads the property does not get it
            outer = _outer(evaluator, module, record)
            if flags & PROPERTY and bound[0] == "I":
                values = union(values, evaluator.returned(_getter(evaluator, module, function, bound, outer)))
            elif flags & STATICMETHOD:
                values = union(values, evaluator.function(module, function, outer))
            elif flags & CLASSMETHOD:
                owner = bound if bound[0] == "C" else ("C", bound[1], bound[2])
                values = union(values, evaluator.function(module, function, outer, owner))
            elif bound[0] == "C":
                values = union(values, evaluator.function(module, function, outer))
            else:
                values = union(values, evaluator.function(module, function, outer, bound))
        if values or any(type(b) is list and b[0] == "F" for b in record["m"].get(name, ())):
            return values
    return None


def _getter(evaluator: Evaluator, module: Any, function: int, bound: Value, outer: Frame | None) -> Frame:
    own = bound[1] == module.path and bound[2] == module.functions[function].get("c") and not bound[3]
    context: Context = () if own else ((0, single(bound)),)
    return evaluator.frame(module, function, context, outer)


def properties(evaluator: Evaluator, value: Value, name: str) -> list[tuple[Frame, bool]]:
    """Return the getters that reading `value.name` runs, each with whether its result is kept."""
    if value[0] != "I":
        return []
    for base in lineage(evaluator, value[1], value[2]):
        if base[0] != "C":
            continue
        module = evaluator.modules.module(base[1])
        record = module.classes[base[2]] if module else None
        bindings = record["m"].get(name, ()) if record else ()
        if not bindings or module is None or record is None:
            continue
        outer = _outer(evaluator, module, record)
        for binding in bindings:
            if type(binding) is list and binding[0] == "F" and module.functions[binding[1]]["f"] & PROPERTY:
                if len(module.functions[binding[1]]["p"]) != 1:
                    continue
                kept = module.functions[binding[1]].get("k", False)
                return [(_getter(evaluator, module, binding[1], value, outer), kept)]
        return []
    return []


def _class_level(evaluator: Evaluator, base: Value, name: str) -> Values:
    """Return what a class body assigns or declares for a name."""
    module = evaluator.modules.module(base[1])
    if module is None:
        return EMPTY
    record = module.classes[base[2]]
    bindings = record["m"].get(name)
    if not bindings:
        return EMPTY
    frame = _scope(evaluator, module, record)
    values = EMPTY
    for binding in bindings:
        if type(binding) is list and binding and binding[0] == "F":
            continue
        values = union(values, evaluator.defined(binding, frame))
    return known_as(values, f".{name}") if len(bindings) == 1 and is_built(bindings[0]) else values


def _instance_member(evaluator: Evaluator, value: Value, name: str) -> Values:
    _, path, index, _ = value
    order = lineage(evaluator, path, index)
    found = methods(evaluator, order, name, value)
    if found is not None:
        return found
    assigned = EMPTY
    declared = EMPTY
    for base in order:
        if base[0] != "C":
            continue
        assigned = union(assigned, _stored(evaluator, base, name, value))
        declared = declared or _class_level(evaluator, base, name)
    if assigned and declared:
        return _more_exact(evaluator, assigned, declared)
    if (assigned or declared) == _EMPTY_TABLE:
        for base in order:
            assigned = union(assigned, _filled(evaluator, base, name, value))
    return assigned or declared or _library_member(evaluator, path, index, name)


def _more_exact(evaluator: Evaluator, assigned: Values, declared: Values) -> Values:
    """Return what is assigned where that is of a project's or known class, else what is declared."""
    known = frozenset(
        v
        for v in assigned
        if v[0] in {"I", "F", "C", "mem", "pa"} or (v[0] == "xi" and evaluator.registry.entry(v[1]) is not None)
    )
    return known or union(declared, assigned)


def _stored(evaluator: Evaluator, base: Value, name: str, value: Value) -> Values:
    """Return what the methods of a class assign to `self.name`."""
    module = evaluator.modules.module(base[1])
    if module is None:
        return EMPTY
    record = module.classes[base[2]]
    outer = _outer(evaluator, module, record)
    values = EMPTY
    own = value[1] == base[1] and value[2] == base[2]
    for function, reference in record["s"].get(name, ()):
        if module.functions[function]["n"] == "__init__":
            frames = [
                frame
                for frame in _initialisers(evaluator, value)
                if frame.module is module and frame.function == function
            ]
        elif _is_never_set(evaluator, module, function, reference, value):
            continue
        else:
            frames = []
        if not frames:
            frames = [evaluator.frame(module, function, () if own else ((0, single(value)),), outer)]
        built = is_built(module.body(function)["d"][int(reference)])
        for frame in frames:
            stored = evaluator.value(reference, frame)
            values = union(values, known_as(stored, f".{name}") if built else stored)
    return values


def _own_class(evaluator: Evaluator, base: Value) -> tuple[Module, dict[str, Any]] | None:
    """Return the module and the record of a class of the project, None for a library's."""
    module = evaluator.modules.module(base[1]) if base[0] == "C" else None
    return (module, module.classes[base[2]]) if module is not None else None


def _stored_in_class(evaluator: Evaluator, base: Value, name: str, owner: Value) -> Values:
    """Return what the methods of a class assign to `cls.name`, or to the attribute of the class by its name."""
    own = _own_class(evaluator, base)
    if own is None:
        return EMPTY
    module, record = own
    values = EMPTY
    for function, reference in record["s"].get(name, ()):
        method = module.functions[function]
        is_given = method["f"] & CLASSMETHOD or method["n"] == "__new__"
        rows = module.body(function).get("s", ())
        if is_given or any(row[:3] == [record["n"], name, reference] for row in rows):
            context = ((0, single(owner)),) if is_given and owner != base else ()
            frame = evaluator.frame(module, function, context, _outer(evaluator, module, record))
            values = union(values, evaluator.value(reference, frame))
    return values


def _filled(evaluator: Evaluator, base: Value, name: str, value: Value) -> Values:
    """Return what the methods of a class put into the table that is `self.name`, each as a table of its own."""
    own = _own_class(evaluator, base)
    if own is None:
        return EMPTY
    module, record = own
    context: Context = () if value[1:3] == base[1:] else ((0, single(value)),)
    values = EMPTY
    for function, reference in record.get("f", {}).get(name, ()):
        frame = evaluator.frame(module, function, context, _outer(evaluator, module, record))
        values = union(values, evaluator.value(reference, frame))
    return values


def _is_never_set(evaluator: Evaluator, module: Module, function: int, reference: str, value: Value) -> bool:
    """Tell whether what a method would set is what it is given, and nobody calls it on the instance of this name."""
    name = next((given for position, given in value[3] if position == _KNOWN_AS), None)
    definitions = module.body(function)["d"]
    given = definitions[int(reference)]
    if name is None or type(given) is not str or not given.isdigit():
        return False
    match definitions[int(given)]:
        case ["p", int(position)] if position:
            ((_, text),) = name
            return not evaluator.texts.is_called_on(text, module.functions[function]["n"])
    return False


def _initialisers(evaluator: Evaluator, value: Value) -> list[Frame]:
    """Return the frames of the `__init__` methods that run for an instance: its own, and those of bases they call."""
    _, path, index, context = value
    frames: list[Frame] = []
    found = methods(evaluator, lineage(evaluator, path, index), "__init__", value)
    for method in ordered(found or EMPTY):
        if method[0] == "F":
            module = evaluator.modules.module(method[1])
            if module is not None:
                own = method[1] == path and module.functions[method[2]].get("c") == index and not context
                frames.append(evaluator.frame(module, method[2], () if own else ((0, single(value)), *context)))
    position = 0
    while position < len(frames) <= _MAX_BASES:
        frame = frames[position]
        position += 1
        if '__init__"' not in frame.module.raw(frame.function):
            continue
        for call in frame.body.get("c", ()):
            callee = call[0]
            if type(callee) is list:
                callee = callee[2] if callee[0] == "a" else None
            if callee is None or callee.rpartition(".")[2] != "__init__":
                continue
            callee = call[0]
            for method in ordered(evaluator.value(callee, frame)):
                if method[0] == "F":
                    called = contexts.bind(evaluator, method, evaluator.arguments(call, frame))
                    if called is not None and called not in frames:
                        frames.append(called)
    return frames


def _library_member(evaluator: Evaluator, path: str, index: int, name: str) -> Values:
    for dotted in library_bases(evaluator, path, index):
        if libraries.defines(evaluator, dotted, name):
            return libraries.attribute(evaluator, dotted, name, ("xi", dotted))
    return EMPTY
