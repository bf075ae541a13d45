"""What the attributes of an object are while its constructor runs, as far as constants tell: `self.hook` is None.

An object that was made without an argument has None where the constructor keeps it, until something else is stored
there. The ways through a constructor are looked at with that, from one method of the object to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.python.facts import ASYNC, GENERATOR
from flake8_planalign.python.steps import CALL, Edge, Place
from flake8_planalign.python.values import NONE, Frame, Value, Values, came_out, constant_of, single

if TYPE_CHECKING:
    from flake8_planalign.python.ways import Ways

__all__ = ["attributes_at", "found", "given_attribute", "handed_on", "is_excluded", "is_known_otherwise"]

#: The place, in what a method is known to be given, of the attributes of the new object that it is called on.
_ATTRIBUTES: Final = -2
#: The place of what tests of attributes of its object have found before a method is called.
_FOUND: Final = -3
_NOTHING_FOUND: Final = single(("fd", ()))
#: Methods so far behind a call are taken to store anything.
_DEEPEST: Final = 5
#: An expression is followed through so many definitions.
_MOST_DEFINITIONS: Final = 6

Attributes = dict[str, Values]


def handed_on(ways: Ways, frame: Frame, call: list[Any], callee: Value) -> tuple[tuple[int, Values], ...]:
    """Return what a constructor, or a method that a new object calls on itself, knows of its attributes."""
    if callee[0] == "C":
        return ((_ATTRIBUTES, single(("kd", ()))),)
    if _ATTRIBUTES not in frame.arguments or not _is_on_self(frame, call[0]):
        return ()
    known = attributes_at(ways, frame, (call[3], call[4], call[5], call[6]))
    return ((_ATTRIBUTES, single(("kd", tuple(sorted(known.items()))))),)


def given_attribute(ways: Ways, frame: Frame, place: Place, written: Any) -> Values | None:
    """Return the constant that an argument is which is an attribute of a new object, None if that is not known."""
    if _ATTRIBUTES not in frame.arguments or type(written) is not str:
        return None
    receiver, _, name = written.partition(".")
    return attributes_at(ways, frame, place).get(name) if name and frame.is_self(receiver) else None


def is_excluded(ways: Ways, frame: Frame, guard: int, place: Place) -> bool:
    """Tell whether a test of an attribute of a new object comes out so that the code under a guard does not run."""
    if not guard or _ATTRIBUTES not in frame.arguments:
        return False
    tests = [condition for condition in frame.body["g"][guard] if condition[1] == "@"]
    known = attributes_at(ways, frame, place) if tests else {}
    for _, _, (name, operator, constant), positive, *_ in tests:
        for value in known.get(name, ()):
            if came_out(value[1] if len(value) > 1 else None, operator, constant) is not positive:
                return True
    return False


def found(frame: Frame, call: list[Any]) -> tuple[tuple[int, Values], ...]:
    """Return what tests of attributes have found where a method calls another one on its object: `self.data` is set.

    What the method stores itself counts for nothing.
    """
    if not _is_on_self(frame, call[0]):
        return ()
    ((_, known),) = frame.arguments.get(_FOUND, _NOTHING_FOUND)
    tests = dict(known)
    for condition in frame.body["g"][call[8]] if call[8] else ():
        if condition[1] == "@":
            name, operator, constant = condition[2]
            tests[name, operator, repr(constant)] = condition[3]
    stored = {row[1] for row in _stores(frame)} if tests else set()
    kept = tuple(sorted((test, positive) for test, positive in tests.items() if test[0] not in stored))
    return ((_FOUND, single(("fd", kept))),) if kept else ()


def is_known_otherwise(frame: Frame, guard: int) -> bool:
    """Tell whether a test of an attribute has come out otherwise in the method that called this one."""
    if not guard or _FOUND not in frame.arguments:
        return False
    ((_, known),) = frame.arguments[_FOUND]
    tests = dict(known)
    for condition in frame.body["g"][guard]:
        if condition[1] == "@":
            name, operator, constant = condition[2]
            if tests.get((name, operator, repr(constant)), condition[3]) is not condition[3]:
                return True
    return False


def attributes_at(ways: Ways, frame: Frame, place: Place) -> Attributes:
    """Return the attributes of the new object that are known to be constants when a method comes to a place."""
    found = ways.newborn.get((id(frame), place))
    if found is None:
        found = ways.newborn[id(frame), place] = _attributes_at(ways, frame, place)
    return found


def _attributes_at(ways: Ways, frame: Frame, place: Place) -> Attributes:
    ((_, given),) = frame.arguments[_ATTRIBUTES]
    known: Attributes = dict(given)
    events: list[tuple[int, int, Any]] = [(row[5], 1, row) for row in _stores(frame) if row[5] < place[0]]
    events += [(edge.place[0], 0, edge) for edge in ways.graph.edges(frame.real) if edge.place[:2] < place[:2]]
    for call in frame.body.get("c", ()):
        handed = (*call[1], *call[2].values())
        if tuple(call[3:5]) < place[:2] and any(type(one) is str and frame.is_self(one) for one in handed):
            return {}  # who is given the object may store anything in it
    for _, is_store, event in sorted(events, key=lambda event: event[:2]):
        if is_store:
            _store(ways, frame, known, event)
        elif known:
            stored = _stored_by(ways, frame, event, 0)
            if stored is None:
                known.clear()
            for name in stored or ():
                known.pop(name, None)
    return known


def _stores(frame: Frame) -> list[list[Any]]:
    """Return the rows of the attributes that a method stores in its object."""
    return [row for row in frame.body.get("s", ()) if type(row[0]) is str and frame.is_self(row[0])]


def _store(ways: Ways, frame: Frame, known: Attributes, row: list[Any]) -> None:
    _, name, reference, guard, doubt, _ = row
    if guard and not frame.runs(guard):
        return
    known.pop(name, None)
    constant = _constant(ways, frame, reference)
    if constant is not None and frame.surely_runs(doubt):
        known[name] = constant


def _stored_by(ways: Ways, frame: Frame, edge: Edge, depth: int) -> set[str] | None:
    """Return the attributes of its object that a step may store, None if that is not known."""
    target = edge.target
    if not isinstance(target, Frame) or not ways.runs(frame, edge):
        return set()
    if edge.role != CALL or target.record.get("c") is None or target.record["f"] & ASYNC:
        return set()
    told = ways.told(frame, edge)
    if not any(position == _ATTRIBUTES for position, _ in told):
        return set()  # a method of another object
    if depth >= _DEEPEST:
        return None
    inner = ways.informed(target, told)
    stored = {row[1] for row in _stores(inner) if not row[3] or inner.runs(row[3])}
    for step in ways.graph.edges(inner.real):
        more = _stored_by(ways, inner, step, depth + 1)
        if more is None:
            return None
        stored |= more
    return stored


def _constant(ways: Ways, frame: Frame, expression: Any) -> Values | None:
    """Return the constant that an expression is, None if it is not known to be one."""
    for _ in range(_MOST_DEFINITIONS):
        match expression:
            case str() if expression.isdigit():
                expression = frame.body["d"][int(expression)]
            case ["=", _, inner]:
                expression = inner
            case ["p", int(position)]:
                given = frame.arguments.get(position, frozenset())
                return given if len(given) == 1 and next(iter(given))[0] in {"l", "n", "s"} else None
            case ["if", int(then), body, int(otherwise), orelse]:
                if frame.runs(then) and frame.runs(otherwise):
                    return None
                expression = body if frame.runs(then) else orelse
            case ["c", int(number)]:
                return _returned(ways, frame, frame.body["c"][number])
            case _:
                return constant_of(expression)
    return None


def _returned(ways: Ways, frame: Frame, call: list[Any]) -> Values | None:
    """Return None as a value if that is all that a call gives, by every `return` that its function may come to."""
    place = call[3], call[4], call[5], call[6]
    edges = [edge for edge in ways.graph.edges(frame.real) if edge.place == place and edge.role == CALL]
    target = edges[0].target if len(edges) == 1 else None
    if not isinstance(target, Frame) or target.record["f"] & (ASYNC | GENERATOR):
        return None
    inner = ways.informed(target, ways.told(frame, edges[0]))
    guards = inner.body.get("R")
    given = {
        constant_of(returned)
        for number, returned in enumerate(inner.body.get("r", ()))
        if not guards or inner.runs(guards[number])
    }
    return NONE if given == {NONE} else None


def _is_on_self(frame: Frame, callee: Any) -> bool:
    """Tell whether a call is one of a method of the object that a method is called on: `self.m()`, `super().m()`."""
    match callee:
        case str():
            receiver, _, name = callee.partition(".")
            return bool(name) and "." not in name and frame.is_self(receiver)
        case ["a", ["c", int(number)], str(name)]:
            return "." not in name and frame.body["c"][number][0] == "super"
    return False
