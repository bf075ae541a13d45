"""What is put into tables after they are made: `HANDLERS["x"] = f`, `HANDLERS.update({"x": f})`, `steps.append(f)`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from flake8_planalign.python.expressions import constant_key
from flake8_planalign.python.facts import Expression
from flake8_planalign.python.modules import last_name
from flake8_planalign.python.reaching import MAX_REACHING

if TYPE_CHECKING:
    from flake8_planalign.python.lowering import Lowering
    from flake8_planalign.python.reaching import Scope

__all__ = ["fill", "fill_from", "parts_of"]

#: More values than these, put into one table, are not followed.
_MOST = 4 * MAX_REACHING


def fill(lowering: Lowering, target: ast.Subscript, value: Any) -> None:
    """Note that a table of the module is given a value at a key."""
    keys: list[Any] = []
    node: ast.expr = target
    while isinstance(node, ast.Subscript):
        key = constant_key(node.slice)
        keys.append(key[1] if key is not None else None)
        node = node.value
    match node:
        case ast.Name(id=name):
            _put(lowering, name, list(reversed(keys)), value)
        case ast.Attribute(value=ast.Name(id=owner), attr=attribute) if len(keys) == 1 and _is_object(value):
            scope = lowering.scope
            if scope.class_index >= 0 and lowering.is_self(lowering.name(owner)):
                table = lowering.classes[scope.class_index].setdefault("f", {}).setdefault(attribute, [])
                if len(table) < MAX_REACHING:
                    scope.defs.append(["d", {"*" if type(keys[0]) is not str else keys[0]: value}])
                    table.append([scope.index, str(len(scope.defs) - 1)])


def _is_object(value: Any) -> bool:
    """Tell whether what is put into a table may be an object: what a call gives, or a name means."""
    return type(value) is str or (type(value) is list and value[0] == "c")


def fill_from(lowering: Lowering, call: ast.expr, lowered: Expression) -> None:
    """Note what `TABLE.update({...})` and `table.append(...)` put into a table; `lowered` is the call."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[_], keywords=[]):
            match lowered:
                case ["c", int(number)]:
                    _put(lowering, name, [None], lowering.scope.calls[number][1][0])
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="update"), args=[ast.Dict()], keywords=[]):
            match lowered:
                case ["c", int(number)]:
                    for key, value in lowering.scope.calls[number][1][0][1].items():
                        _put(lowering, name, [None if key == "*" else key], value)


def _put(lowering: Lowering, name: str, keys: list[Any], value: Any) -> None:
    scope = lowering.scope
    if value is None or (type(value) is list and value[0] == "k") or lowering.class_names is not None:
        return
    if lowering.name(name) != name:
        _put_here(lowering, name, keys, value)
        return
    bindings = lowering.names.get(name, [])
    if scope.index == 0 and len(bindings) == 1 and not lowering.conditional:
        (table,) = bindings
        if type(table) is list and table and table[0] == "put" and len(table[2]) < _MOST:
            table[2].append([keys, value])
        elif type(table) is list and table and table[0] in {"d", "t"}:
            lowering.names[name] = [["put", table, [[keys, value]]]]
    elif scope.index and len(keys) == 1 and type(keys[0]) is not int and _is_table(bindings):
        scope.defs.append(["d", {"*" if keys[0] is None else keys[0]: value}])
        bindings.append(["v", scope.index, len(scope.defs) - 1])


def _put_here(lowering: Lowering, name: str, keys: list[Any], value: Any) -> None:
    """Note that a table of the function being lowered is given a function, or an object that is made for it."""
    scope = lowering.scope
    reference = scope.env.get(name, "")
    if not reference or not reference.replace("|", "").isdigit() or not _is_callable(scope, value):
        return
    tables = [scope.defs[int(part)] for part in reference.split("|")]
    if any(type(table) is not list or table[0] not in {"d", "put", "t"} for table in tables):
        return
    if tables[0][0] == "put" and len(tables) == 1 and not lowering.conditional:
        if len(tables[0][2]) < _MOST:
            tables[0][2].append([keys, value])
    elif scope.all[name].count("|") < MAX_REACHING:
        scope.define(name, ["put", reference, [[keys, value]]])


def _is_callable(scope: Scope, value: Any) -> bool:
    """Tell whether a value may be a function, a method, or an object of a class, or holds one; a local name is none."""
    match value:
        case str():
            return "." in value or not value.isdigit() or _is_function(scope.defs[int(value)])
        case ["f", _]:
            return True
        case ["c", int(number)]:
            return last_name(scope.calls[number][0])[:1].isupper()
        case ["t", *parts]:
            return any(_is_callable(scope, part) for part in parts if part is not None)
    return False


def _is_function(definition: Any) -> bool:
    return type(definition) is list and definition[0] in {"F", "f"}


def _is_table(bindings: list[Any]) -> bool:
    """Tell whether a name of the module begins as a dict, and more can be put into it."""
    if not 0 < len(bindings) < MAX_REACHING:
        return False
    first = bindings[0]
    return type(first) is list and bool(first) and first[0] in {"d", "put"}


def parts_of(elements: list[ast.expr], definition: Any) -> list[Any] | None:
    """Return what each target of an unpacking is given by a display, None where it is not one of that many parts."""
    if type(definition) is not list or not definition or definition[0] != "t":
        return None
    parts = definition[1:]
    starred = [at for at, element in enumerate(elements) if isinstance(element, ast.Starred)]
    if not starred:
        return parts if len(parts) == len(elements) else None
    before, after = starred[0], len(elements) - starred[0] - 1
    if len(parts) < before + after:
        return None
    end = len(parts) - after
    return [*parts[:before], ["t", *parts[before:end]], *parts[end:]]
