"""What a test of an `if`, `while` or conditional expression tells about the code that it decides on."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from flake8_planalign.python.facts import Expression
from flake8_planalign.python.syntax import chain_text, last_name

if TYPE_CHECKING:
    from flake8_planalign.python.lowering import Lowering

__all__ = [
    "asks_length",
    "completed_names",
    "conditions_of",
    "done_names",
    "doubts_of",
    "failed_names",
    "fills_memo",
    "matched",
    "narrow",
    "returns_memo",
    "setting_of",
]

_COROUTINE_TESTS = frozenset(
    {"iscoroutinefunction", "iscoroutine", "isawaitable", "is_async_callable", "iscoroutinefunction_or_partial"}
)


def conditions_of(lowering: Lowering, test: ast.expr, *, positive: bool) -> list[list[Any]]:
    """Return what must hold of parameters where a test came out so: `[parameter, operator, constant, positive]`.

    Only tests of one parameter (or of an attribute that was just set to it) against constants are told: `p` (`t`),
    `p == c`, `p is c` (`=`), `p in cs` (`in`), `p.startswith(c)` (`^`), `p.endswith(c)` (`$`); a fifth item names the
    guards under which it is another value. What `isinstance` is asked is told as `[parameter, "is", [E, ...],
    positive]`. A call without arguments, or a name for its value, is told as
    `[-1, "loop", E, positive]`, since it may ask whether a loop is running; that its value is not None as `some`.
    What was read as `kwargs.get(key, default)` is told as `[parameter, "**", [key, default, operator, constant],
    positive]`, that the key is there as `given`; a test of a constant of the module, by which it chooses between
    definitions of other names, as `[-1, "setting", [name, operator, constant], positive]`, one of an attribute of the
    method's object as `[0, "@", [attribute, operator, constant], positive]`. `[-1, "or",
    [conditions, ...], True]` holds if all conditions of one list do.
    """
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
        positive = not positive
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.And) is positive:
            return [found for value in test.values for found in conditions_of(lowering, value, positive=positive)]
        ways = [conditions_of(lowering, value, positive=positive) for value in test.values]
        return [[-1, "or", ways, True]] if all(ways) else []
    if not lowering.scope.index:
        return []
    subject: ast.expr = test
    condition: list[Any] | None = None
    match test:
        case ast.Name() | ast.Attribute():
            condition = ["t", None]
        case ast.Compare(left=ast.Call() as asked, ops=[ast.Is()], comparators=[ast.Constant(value=bool(answer))]):
            return conditions_of(lowering, asked, positive=positive is answer)
        case ast.Compare(
            left=ast.Constant(value=str(key)), ops=[ast.In() | ast.NotIn() as asks], comparators=[ast.Name(id=rest)]
        ):
            position = lowering.rest_at(rest)
            positive = positive is isinstance(asks, ast.In)
            return [[position, "**", [key, None, "given", None], positive]] if position is not None else []
        case ast.Compare(
            left=ast.Call(func=ast.Name() | ast.Attribute() as asked, args=[], keywords=[]),
            ops=[ast.Is() | ast.IsNot() as asks],
            comparators=[ast.Constant(value=None)],
        ):
            callee = lowering.name(asked.id) if isinstance(asked, ast.Name) else lowering.chain(asked)
            positive = positive is isinstance(asks, ast.IsNot)
            return [[-1, "some", callee, positive]] if callee is not None else []
        case ast.Compare(left=subject, ops=[operator], comparators=[other]):
            condition = _comparison(operator, other)
        case ast.Call(
            func=ast.Attribute(value=subject, attr="startswith" | "endswith" as method),
            args=[ast.Constant(value=str(text))],
        ):
            condition = ["^" if method == "startswith" else "$", text.encode("utf-8", "replace").decode()]
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=rest), attr="get" | "pop"),
            args=[ast.Constant(value=str(key)), *defaults],
        ) if all(isinstance(default, ast.Constant) for default in defaults):
            position = lowering.rest_at(rest)
            default = defaults[0].value if defaults and isinstance(defaults[0], ast.Constant) else None
            return [[position, "**", [key, default, "t", None], positive]] if position is not None else []
        case ast.Call(func=ast.Name() | ast.Attribute() as asked, args=[], keywords=[]):
            callee = lowering.name(asked.id) if isinstance(asked, ast.Name) else lowering.chain(asked)
            return [[-1, "loop", callee, positive]] if callee is not None else []
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name() as asked, types], keywords=[]):
            return _type_test(lowering, asked.id, types, positive=positive)
    name = chain_text(subject) if condition is not None else None
    if condition is None or name is None:
        return _member_test(lowering, test, positive=positive)
    operator, constant = condition
    if operator.startswith("!"):
        operator, positive = operator[1:], not positive
    position, unless = lowering.parameter_at(name)
    if position is None:
        keyword = lowering.keyword_of(name)
        if keyword is not None:
            position, key, default = keyword
            return [[position, "**", [key, default, operator, constant], positive]]
        if (operator == "t") is positive and (operator == "t" or (operator == "=" and constant is None)):
            chosen = lowering.chosen_by(name)
            if chosen:
                # what it was chosen as may still be None or empty, so that the test is not sure to come out true
                return [*chosen, [-1, "some", None, True]]
        callee = lowering.answered_by(name)
        if callee is not None and operator == "t":
            return [[-1, "loop", callee, positive]]
        if callee is not None and operator == "=" and constant is None:
            return [[-1, "some", callee, not positive]]
        own = name.split(".")
        if len(own) == 2 and lowering.is_self(lowering.scope.env.get(own[0], "")):
            return [[0, "@", [own[1], operator, constant], positive]]
        setting = name in lowering.deciding and lowering.name(name) == name
        return [[-1, "setting", [name, operator, constant], positive]] if setting else []
    _note(lowering, position, condition)
    return [[position, operator, constant, positive, *([unless] if unless else [])]]


def _note(lowering: Lowering, position: int, condition: list[Any]) -> None:
    """Note that a parameter is tested, and that its type may decide a test for None."""
    lowering.scope.tested.add(position)
    if condition[0] in {"=", "!="} and condition[1] is None:
        lowering.scope.typed.add(position)


def _type_test(lowering: Lowering, name: str, types: ast.expr, *, positive: bool) -> list[list[Any]]:
    """Return what must hold of a parameter that `isinstance` is asked of: `[parameter, "is", [E, ...], positive]`."""
    position, unless = lowering.parameter_at(name, tested=True)
    written = lowering.annotation(types)
    parts = written[1:] if type(written) is list and written[0] in {"t", "u"} else [written]
    if position is None or "isinstance" in lowering.own or not all(type(part) is str for part in parts):
        return []
    lowering.scope.typed.add(position)
    return [[position, "is", parts, positive, *([unless] if unless else [])]]


def _member_test(lowering: Lowering, test: ast.expr, *, positive: bool) -> list[list[Any]]:
    """Return what must hold of a parameter where it is compared with members of an enumeration.

    `p == Kind.A` is told as `[parameter, "=E", ["Kind.A"], positive]`, `p in (Kind.A, Kind.B)` with both.
    """
    match test:
        case ast.Compare(
            left=subject, ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot() as asks], comparators=[other]
        ):
            members = [other]
        case ast.Compare(
            left=subject,
            ops=[ast.In() | ast.NotIn() as asks],
            comparators=[ast.Tuple(elts=members) | ast.List(elts=members) | ast.Set(elts=members)],
        ):
            pass
        case _:
            return []
    name = chain_text(subject)
    position, unless = lowering.parameter_at(name) if name is not None else (None, [])
    if position is None or not members or not all(map(_is_member, members)):
        return []
    known = [lowering.chain(_without_value(member)) for member in members]
    lowering.scope.tested.add(position)
    positive = positive is not isinstance(asks, ast.NotEq | ast.IsNot | ast.NotIn)
    return [[position, "=E", known, positive, *([unless] if unless else [])]]


def _is_member(node: ast.expr) -> bool:
    """Tell whether an expression is written like a member of an enumeration, or its value: `Kind.A`, `Kind.A.value`."""
    node = _without_value(node)
    if not isinstance(node, ast.Attribute) or not node.attr.isupper():
        return False
    holder = chain_text(node.value)
    return holder is not None and holder.rpartition(".")[2][:1].isupper()


def _without_value(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Attribute) and node.attr == "value" else node


def setting_of(lowering: Lowering, test: ast.expr) -> list[Any] | None:
    """Return a test of a constant of the module at its top level as `[[name, operator, constant], positive]`."""
    positive = True
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, positive = test.operand, False
    subject = test
    condition: list[Any] = ["t", None]
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        subject, condition = test.left, _comparison(test.ops[0], test.comparators[0]) or []
    if lowering.scope.index or not condition or not isinstance(subject, ast.Name) or not subject.id.isupper():
        return None
    operator, constant = condition
    if operator.startswith("!"):
        operator, positive = operator[1:], not positive
    return [[subject.id, operator, constant], positive]


def matched(subject: ast.expr, pattern: ast.pattern) -> ast.expr | None:
    """Return the comparison that a pattern of constants stands for: `case "a" | "b"` is `subject in ("a", "b")`."""
    parts = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
    values: list[ast.expr] = [
        part.value if isinstance(part, ast.MatchValue) else ast.Constant(part.value)
        for part in parts
        if isinstance(part, ast.MatchValue | ast.MatchSingleton)
    ]
    if len(values) != len(parts) or not all(isinstance(value, ast.Constant) for value in values):
        return None
    if len(values) == 1:
        return ast.Compare(subject, [ast.Eq()], values)
    return ast.Compare(subject, [ast.In()], [ast.Tuple(values, ast.Load())])


def doubts_of(test: ast.expr, conditions: list[list[Any]]) -> list[list[Any] | None]:
    """Return the conditions that decide a test, `[None]` if it depends on something that they do not tell.

    `conditions` is what `conditions_of` tells of the test.
    """
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    if isinstance(test, ast.Constant):
        return []
    if not conditions or isinstance(test, ast.BoolOp):
        return [None]
    return list(conditions)


def _comparison(operator: ast.cmpop, other: ast.expr) -> list[Any] | None:
    """Return `[operator, constant]` of a comparison with constants."""
    if isinstance(other, ast.Constant) and (other.value is None or type(other.value) in {bool, int, str}):
        if isinstance(operator, ast.Eq | ast.Is):
            return ["=", other.value]
        if isinstance(operator, ast.NotEq | ast.IsNot):
            return ["!=", other.value]
    if isinstance(other, ast.Tuple | ast.List | ast.Set) and isinstance(operator, ast.In | ast.NotIn):
        values = [element.value for element in other.elts if isinstance(element, ast.Constant)]
        if len(values) == len(other.elts) and all(value is None or type(value) in {bool, int, str} for value in values):
            return ["in" if isinstance(operator, ast.In) else "!in", values]
    return None


def narrow(lowering: Lowering, test: ast.expr, *, positive: bool) -> None:
    """Let a name mean less where `isinstance` was asked of it."""
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
        positive = not positive
    match test:
        case ast.BoolOp(op=ast.And(), values=values) if positive:
            for value in values:
                narrow(lowering, value, positive=True)
        case ast.BoolOp(op=ast.Or(), values=values) if not positive:
            for value in values:
                narrow(lowering, value, positive=False)
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), types]):
            reference = lowering.name(name)
            if lowering.scope.index != 0 and (reference[0].isdigit() or reference[0] == "^"):
                saved = lowering.scope.all.get(name)
                lowering.scope.define(name, ["?", reference, lowering.annotation(types), positive])
                if saved is not None:
                    lowering.scope.all[name] = saved
        case ast.Call(func=function, args=[ast.Name(id=name)]) if last_name(function) in _COROUTINE_TESTS:
            reference = lowering.name(name)
            if lowering.scope.index != 0 and (reference[0].isdigit() or reference[0] == "^"):
                saved = lowering.scope.all.get(name)
                lowering.scope.define(name, ["?c", reference, positive])
                if saved is not None:
                    lowering.scope.all[name] = saved


def fills_memo(lowering: Lowering, node: ast.If) -> bool:
    """Tell whether this `if` fills a memo: `if self._pool is None: self._pool = ...`, `if key not in CACHE: ...`.

    One of several tests is enough: `if not hasattr(cls, "_instance") or cls._instance is None: cls._instance = cls()`.
    """
    test = node.test
    tests = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) else [test]
    guarded = next(filter(None, map(_lacking, tests)), None)
    if guarded is None or not ("." in guarded or _outlives(lowering, guarded)):
        return False
    if guarded in lowering.empty and isinstance(test, ast.UnaryOp):
        return True  # `if not LOADED: load()`: what is called fills the container that the module begins with
    setters = lowering.setters.get(guarded, ())
    for statement in node.body:
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id in setters:
                return True
            if isinstance(inner, ast.Assign | ast.AnnAssign):
                for target in _parts_of(inner.targets if isinstance(inner, ast.Assign) else [inner.target]):
                    stored = target.value if isinstance(target, ast.Subscript) else target
                    if chain_text(stored) == guarded:
                        return True
    return False


def _parts_of(targets: list[ast.expr]) -> list[ast.expr]:
    """Return what is assigned, each part of a tuple by itself."""
    return [part for target in targets for part in (target.elts if isinstance(target, ast.Tuple) else [target])]


def _lacking(test: ast.expr) -> str | None:
    """Return the name that a test finds empty or missing: `self._pool` of `self._pool is None`."""
    match test:
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return chain_text(left)
        case ast.UnaryOp(
            op=ast.Not(), operand=ast.Call(func=ast.Name(id="hasattr"), args=[holder, ast.Constant(value=str(name))])
        ):
            owner = chain_text(holder)
            return f"{owner}.{name}" if owner is not None else None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return chain_text(operand)
        case ast.Compare(
            left=ast.Constant(value=str(name)), ops=[ast.NotIn()], comparators=[ast.Call(func=ast.Name(id="globals"))]
        ):
            return name
        case ast.Compare(ops=[ast.NotIn()], comparators=[container]):
            return chain_text(container)
    return None


def returns_memo(lowering: Lowering, node: ast.If) -> str | None:
    """Tell whether what follows an `if` fills the memo that it returns: `if self._x is not None: return self._x`.

    Returns the attribute of the object that `hasattr` was asked for in the test, "" for other memos, None for none.
    """
    flag = chain_text(node.test)
    if flag is not None and "." not in flag and _outlives(lowering, flag) and flag in _set_flags(lowering):
        return ""  # `if _tried: return _model`, and `_tried = True` behind it
    last = node.body[-1]
    returned = last.value if isinstance(last, ast.Return) else None
    kept = _chain_of(returned) if returned is not None else None
    if kept is None or not ("." in kept or _outlives(lowering, kept)):
        return None
    attribute = kept.rpartition(".")[2]
    asked = any(
        (isinstance(part, ast.Attribute) and part.attr == attribute)
        or (isinstance(part, ast.Name) and part.id == kept)
        or (isinstance(part, ast.Constant) and part.value == attribute)
        for part in ast.walk(node.test)
    )
    if not asked or kept not in _stored_chains(lowering):
        return None
    by_name = any(isinstance(part, ast.Call) and last_name(part) == "hasattr" for part in ast.walk(node.test))
    return attribute if by_name and kept.count(".") == 1 else ""


def _chain_of(node: ast.expr) -> str | None:
    """Return the dotted name that is read, that of the container for `CACHE[key]`."""
    return chain_text(node.value if isinstance(node, ast.Subscript) else node)


def _set_flags(lowering: Lowering) -> set[str | None]:
    """Return the dotted names that the function being lowered sets to True."""
    return {
        chain_text(target)
        for part in ast.walk(lowering.node)
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Constant) and part.value.value is True
        for target in part.targets
    }


def _stored_chains(lowering: Lowering) -> set[str | None]:
    """Return the dotted names that the function being lowered assigns."""
    stored: set[str | None] = set()
    for part in ast.walk(lowering.node):
        if isinstance(part, ast.Assign):
            stored.update(map(_chain_of, part.targets))
        elif isinstance(part, ast.AnnAssign | ast.AugAssign):
            stored.add(_chain_of(part.target))
    return stored


def _outlives(lowering: Lowering, name: str) -> bool:
    scope = lowering.scope
    return name in scope.globals or name not in scope.env


def asks_length(test: ast.expr) -> bool:
    """Tell whether a test is that a length is not that of a constant: `len(frame) != FRAME_SIZE`."""
    match test:
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="len"), args=[ast.Name()]),
            ops=[ast.NotEq()],
            comparators=[ast.Name(id=size)],
        ):
            return size.isupper()
    return False


def done_names(lowering: Lowering, test: ast.expr) -> list[Expression]:
    """Return the receivers of which a test says that they need not be waited for.

    These are `.done()`, `not .empty()`, and `.registry.has()` of a scoped session.
    """
    found = []
    tests = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    for part in tests:
        match part:
            case (
                ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="done"))
                | ast.UnaryOp(op=ast.Not(), operand=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="empty")))
            ):
                found.append(lowering.name(name))
            case (
                ast.Call(func=ast.Attribute(value=ast.Attribute() as value, attr="done"))
                | ast.UnaryOp(
                    op=ast.Not(), operand=ast.Call(func=ast.Attribute(value=ast.Attribute() as value, attr="empty"))
                )
            ):
                found.append(lowering.chain(value))
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr="registry"), attr="has")
            ):
                found.append(lowering.name(name))
            case ast.Name(id=name):
                asked = lowering.answered_by(name) or ""
                if asked.endswith(".done"):
                    found.append(asked.removesuffix(".done"))
    return found


def completed_names(lowering: Lowering, loop: ast.For | ast.AsyncFor | ast.comprehension) -> list[Expression]:
    """Return the future that a loop takes once it is done: `for future in as_completed(futures)`."""
    match loop.target, loop.iter:
        case ast.Name(id=name), ast.Call() as given if last_name(given) == "as_completed":
            return [lowering.name(name)]
    return []


def failed_names(lowering: Lowering, raised: ast.expr) -> list[Expression]:
    """Return the future whose error is raised, which has failed then: `raise future.exception()`."""
    match raised:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="exception"), args=[], keywords=[]):
            return [lowering.name(name)]
        case ast.Call(func=ast.Attribute(value=ast.Attribute() as value, attr="exception"), args=[], keywords=[]):
            return [lowering.chain(value)]
    return []
