"""What depends on a value that was read: by the data that flows from it, or by a decision that it takes part in."""

from __future__ import annotations

import ast
import enum
import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeGuard

from flake8_planalign.patterns import lazy
from flake8_planalign.process.statements import Function, own_nodes

__all__ = [
    "Dependence",
    "dependents",
    "fields_used",
    "holds_read",
    "is_claimed",
    "is_completed",
    "is_on_miss",
    "is_written_back",
]

_MAX_STEPS = 20_000
_MAX_ROUNDS = 5
_ROUNDS = 3
_CODECS = frozenset({"decode", "dumps", "encode", "loads"})
_MUTATORS = frozenset({"add", "append", "appendleft", "extend", "insert", "setdefault", "update"})


class Dependence(enum.Flag):
    """How something depends on a value that was read before."""

    NONE = 0
    #: What is written is made of what was read.
    DATA = enum.auto()
    #: Whether it is written is decided by whether something was there.
    PRESENCE = enum.auto()
    #: Whether it is written is decided by how much there was.
    AMOUNT = enum.auto()
    #: Whether it is written is decided by which of several states there was: `if state == "open"`.
    STATE = enum.auto()
    #: Whether it is written is decided by whether it may follow what there was: `if new in ALLOWED[state]`.
    STEP = enum.auto()


def dependents(function: Function, read: ast.Call, wanted: Iterable[ast.Call]) -> dict[ast.Call, Dependence]:
    """Return how each of the wanted calls of a function depends on the value of the call that reads."""
    flow = _Flow(read, set(wanted))
    flow.block(function.body, frozenset())
    return flow.found


def is_on_miss(function: Function, read: ast.Call, write: ast.Call, branches: Iterable[tuple[ast.AST, str]]) -> bool:
    """Tell whether a write is done where a read has found nothing; `branches` are those that the write lies in."""
    held = _held(function, read)
    for node, branch in reversed(list(branches)):
        found = _asks_presence(node.test, read, held) if isinstance(node, ast.If) else None
        if found is not None:
            return found is (branch == "orelse")
    for node in own_nodes(*function.body):
        if isinstance(node, ast.If) and read.lineno <= node.lineno < write.lineno and _ends(node.body):
            found = _asks_presence(node.test, read, held)
            if found is not None:  # what is refused when it is there is claimed, and no cache is filled
                return found and not isinstance(node.body[-1], ast.Raise)
    return False


def is_claimed(function: Function, read: ast.Call, write: ast.Call) -> bool:
    """Tell whether a key is refused by an error where a read has found something, and taken by a write after that."""
    held = _held(function, read)
    return any(
        isinstance(node, ast.If)
        and read.lineno <= node.lineno < write.lineno
        and isinstance(node.body[-1], ast.Raise)
        and _asks_presence(node.test, read, held) is True
        for node in own_nodes(*function.body)
    )


def _held(function: Function, read: ast.Call) -> set[str]:
    """Return the names that hold what was read, or something made of it."""
    return {
        target.id
        for node in own_nodes(*function.body)
        for value, targets in _assigned(node)
        if any(part is read for part in own_nodes(value))
        for target in targets
        if isinstance(target, ast.Name)
    }


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, list[ast.expr]]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield value, targets
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield value, [target]


def _ends(body: list[ast.stmt]) -> bool:
    return isinstance(body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)


def _asks_presence(test: ast.expr, read: ast.Call, held: set[str]) -> bool | None:
    """Return whether a test holds where a read found something (True) or nothing (False), None if it asks neither."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            found = _asks_presence(inner, read, held)
            return None if found is None else not found
        case ast.Compare(left=left, ops=[ast.Is() | ast.Eq()], comparators=[ast.Constant(value=None)]):
            return False if _is_held(left, read, held) else None
        case ast.Compare(left=left, ops=[ast.IsNot() | ast.NotEq()], comparators=[ast.Constant(value=None)]):
            return True if _is_held(left, read, held) else None
        case ast.BoolOp(values=[first, *_]):
            return _asks_presence(first, read, held)
    return True if _is_held(test, read, held) else None


def _is_held(node: ast.expr, read: ast.Call, held: set[str]) -> bool:
    """Tell whether an expression is what was read, as it is or awaited, or a name of it."""
    match node:
        case ast.Await(value=inner) | ast.NamedExpr(value=inner):
            return _is_held(inner, read, held)
        case ast.Name(id=name):
            return name in held
    return node is read


def is_written_back(function: Function, read: ast.Call, value: ast.expr | None) -> bool:
    """Tell whether what is written is what was read, unchanged, or what was computed without it: a cache is filled."""
    written = _decoded(value) if value is not None else None
    if not isinstance(written, ast.Name):
        return False
    nodes = list(own_nodes(*function.body))
    copies, made = _made_of(nodes, read)
    if written.id not in copies:
        return False
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=assigned):
                changes = any(_base(target) in copies and not isinstance(target, ast.Name) for target in targets)
                named = any(isinstance(target, ast.Name) and target.id in copies for target in targets)
                if changes or (named and not _is_copy(assigned, read, copies) and _holds(assigned, read, made)):
                    return False
            case ast.AugAssign(target=target) if _base(target) in copies:
                return False
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if name in copies:
                if method not in _CODECS:
                    return False
    return True


def _made_of(nodes: list[ast.AST], read: ast.Call) -> tuple[set[str], set[str]]:
    """Return the names that hold what was read as it is, and all that hold something made of it."""
    copies: set[str] = set()
    made: set[str] = set()
    for _round in range(_ROUNDS):
        for node in nodes:
            match node:
                case ast.Assign(targets=targets, value=value):
                    if _is_copy(value, read, copies):
                        copies |= {target.id for target in targets if isinstance(target, ast.Name)}
                        # `value, is_fresh = read(key)`: a wrapper gives what it has read among other things
                        copies |= {
                            part.id
                            for target in targets
                            if isinstance(target, ast.Tuple) and _awaited(value) is read
                            for part in target.elts
                            if isinstance(part, ast.Name)
                        }
                    if _holds(value, read, made):
                        made |= {
                            part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)
                        }
                case ast.NamedExpr(target=ast.Name(id=name), value=value) if _holds(value, read, made):
                    copies |= {name} if _is_copy(value, read, copies) else set()
                    made.add(name)
    return copies, made


def _is_copy(value: ast.expr, read: ast.Call, copies: set[str]) -> bool:
    origin = _decoded(value)
    return origin is read or (isinstance(origin, ast.Name) and origin.id in copies)


def _holds(value: ast.expr, read: ast.Call, made: set[str]) -> bool:
    return any(part is read or (isinstance(part, ast.Name) and part.id in made) for part in own_nodes(value))


def is_made_directly(function: Function, read: ast.Call, value: ast.expr | None) -> bool:
    """Tell whether a value is made of what was read by nothing but codecs, arithmetic and changes of its parts.

    What a function of the project makes of it, and of other things, may hold no more of it than a number.
    """
    nodes = list(own_nodes(*function.body))
    direct: set[str] = set()
    for _round in range(_ROUNDS):
        for node in nodes:
            match node:
                case ast.Assign(targets=targets, value=given) if _holds_directly(given, read, direct):
                    direct |= {name for target in targets for name in _names_of(target)}
                case (
                    ast.AnnAssign(target=target, value=ast.expr() as given)
                    | ast.AugAssign(target=target, value=given)
                    | ast.NamedExpr(target=target, value=given)
                ) if _holds_directly(given, read, direct):
                    direct |= _names_of(target)
                case ast.For(target=target, iter=given) if _holds_directly(given, read, direct):
                    direct |= _names_of(target)
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=arguments) if (
                    method in _MUTATORS and any(_holds_directly(argument, read, direct) for argument in arguments)
                ):
                    direct.add(name)
    return value is not None and _holds_directly(value, read, direct)


def _holds_directly(node: ast.expr, read: ast.Call, direct: set[str]) -> bool:
    """Tell whether an expression holds what was read outside of what other functions are given."""
    pending: list[ast.AST] = [node]
    while pending:
        part = pending.pop()
        if part is read or (isinstance(part, ast.Name) and part.id in direct):
            return True
        if isinstance(part, ast.Call) and not _KEEPING.search(ast.unparse(part.func)):
            pending.append(part.func)  # `read.method()`
        elif not isinstance(part, ast.Lambda):
            pending.extend(ast.iter_child_nodes(part))
    return False


#: Functions that give what they are given in another form: codecs, types, classes.
_KEEPING: Final = lazy(
    r"(?:^|[._])(?:loads?|dumps?|decode|encode|parse\w*|from_\w+|to_\w+|as\w*dict|model_\w+|validate\w*|copy|deepcopy"
    r"|replace|int|float|str|bytes|dict|list|set|tuple|max|min|sum|round|sorted|digest|sha\d+|md5|hexdigest|hash\w*|get"
    r"|pop|items|values|keys|join|format|cast|packb|unpackb|serialize|deserialize|[A-Z]\w*)$"
)


def _awaited(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Await) else node


def fields_used(function: Function, read: ast.Call) -> frozenset[str] | None:
    """Return the fields of a hash that a function uses after it has read all; None where it uses the whole."""
    nodes = list(own_nodes(*function.body))
    copies, _made = _made_of(nodes, read)
    picked = {held: field for node in nodes for held, field in _picked(node)}
    asked = {node.test if isinstance(node, ast.If) else node.operand for node in nodes if _asks_truth(node)}
    for part in nodes:
        is_read = isinstance(part, ast.Name) and part.id in copies and isinstance(part.ctx, ast.Load)
        if is_read and part not in picked and part not in asked:
            return None
    return frozenset(field for held, field in picked.items() if held.id in copies) if copies else None


def _picked(node: ast.AST) -> Iterator[tuple[ast.Name, str]]:
    """Yield the name and the field where a field is picked: `data["last"]`, `data.get(b"last")`."""
    match node:
        case (
            ast.Subscript(value=ast.Name() as held, slice=ast.Constant(value=str() | bytes() as field))
            | ast.Call(
                func=ast.Attribute(value=ast.Name() as held, attr="get"),
                args=[ast.Constant(value=str() | bytes() as field), *_],
            )
        ):
            yield held, field if isinstance(field, str) else field.decode(errors="replace")


def _asks_truth(node: ast.AST) -> TypeGuard[ast.If | ast.UnaryOp]:
    return isinstance(node, ast.If) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def holds_read(function: Function, read: ast.Call, value: ast.expr) -> bool:
    """Tell whether an expression holds a hash that was read as a whole, and not only fields of it."""
    copies, _made = _made_of(list(own_nodes(*function.body)), read)
    picked = {held for node in own_nodes(value) for held, _field in _picked(node)}
    return any(isinstance(part, ast.Name) and part.id in copies and part not in picked for part in own_nodes(value))


def is_completed(function: Function, read: ast.Call) -> bool:
    """Tell whether a function computes what was not there in what it read: `found or compute()`."""
    _copies, made = _made_of(list(own_nodes(*function.body)), read)
    for node in own_nodes(*function.body):
        match node:
            case ast.IfExp(test=test, body=body, orelse=ast.Call() | ast.Await()) if ast.dump(test) == ast.dump(body):
                held: ast.expr = test
            case ast.BoolOp(op=ast.Or(), values=[held, ast.Call() | ast.Await()]):
                pass
            case _:
                continue
        if isinstance(held, ast.Name) and held.id in made:
            return True
    return False


def _decoded(node: ast.expr) -> ast.expr:
    """Return what an expression awaits, encodes or decodes."""
    match node:
        case ast.Await(value=inner):
            return _decoded(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr="decode" | "encode")):
            return _decoded(inner)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[inner, *_]) if name in _CODECS:
            return _decoded(inner)
    return node


def _base(target: ast.expr) -> str | None:
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


class _Flow:
    """A walk over the statements of a function with the names that hold what was read."""

    def __init__(self, read: ast.Call, wanted: set[ast.Call]) -> None:
        self.read = read
        self.wanted = wanted
        self.found: dict[ast.Call, Dependence] = {}
        self.decided = Dependence.NONE
        self.steps = 0
        #: The names that a test has asked to follow what was read.
        self.following: frozenset[str] = frozenset()

    def block(self, body: list[ast.stmt], names: frozenset[str]) -> tuple[frozenset[str], bool]:
        """Walk over statements in order; returns the names after them and whether the path ends there."""
        outside = self.decided
        for statement in body:
            self.steps += 1
            if self.steps > _MAX_STEPS:
                break
            names, ended = self.statement(statement, names)
            if ended:
                self.decided = outside
                return names, True
        self.decided = outside
        return names, False

    def statement(self, statement: ast.stmt, names: frozenset[str]) -> tuple[frozenset[str], bool]:
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                self.look(test, names)
                names = self.named(test, names)
                decision = self.decision(test, names)
                saved = self.decided
                self.decided |= decision
                after, ended = self.block(body, names)
                other, else_ended = self.block(orelse, names)
                # what follows runs only if a branch that ends was not taken
                self.decided = saved | decision if ended or else_ended else saved
                if ended and else_ended:
                    return names, True
                return (other if ended else after if else_ended else after | other), False
            case ast.For(iter=test, body=body, orelse=orelse) | ast.AsyncFor(iter=test, body=body, orelse=orelse):
                self.look(test, names)
                if self.touches(test, names):
                    names |= _names_of(statement.target)
                return self.loop(body, orelse, names), False
            case ast.While(test=test, body=body, orelse=orelse):
                self.look(test, names)
                names = self.named(test, names)
                saved = self.decided
                self.decided |= self.decision(test, names)
                names = self.loop(body, orelse, names)
                self.decided = saved
                return names, False
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    self.look(item.context_expr, names)
                return self.block(body, names)
            case ast.Try() | ast.TryStar():
                after, ended = self.block(statement.body, names)
                if not ended:
                    after, ended = self.block(statement.orelse, after)
                for handler in statement.handlers:
                    after |= self.block(handler.body, names | after)[0]
                    ended = False
                final, final_ended = self.block(statement.finalbody, after)
                return final, final_ended or ended
            case ast.Match(subject=subject, cases=cases):
                self.look(subject, names)
                saved = self.decided
                if self.touches(subject, names):
                    self.decided |= Dependence.PRESENCE
                after = names
                for case in cases:
                    after |= self.block(case.body, names)[0]
                self.decided = saved
                return after, False
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return names, False
        return self.simple(statement, names), isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break)

    def loop(self, body: list[ast.stmt], orelse: list[ast.stmt], names: frozenset[str]) -> frozenset[str]:
        for _round in range(_MAX_ROUNDS):
            after = names | self.block(body, names)[0]
            if after == names:
                break
            names = after
        return self.block(orelse, names)[0]

    def simple(self, statement: ast.stmt, names: frozenset[str]) -> frozenset[str]:
        targets: list[ast.expr] = []
        value: ast.expr | None = None
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign):
            targets, value = [statement.target], statement.value
        elif isinstance(statement, ast.AugAssign):
            self.look(statement.value, names)
            return names | _names_of(statement.target) if self.touches(statement.value, names) else names
        for part in ast.iter_child_nodes(statement):
            if isinstance(part, ast.expr):
                self.look(part, names)
        for node in own_nodes(statement):
            if isinstance(node, ast.NamedExpr) and self.touches(node.value, names):
                names |= _names_of(node.target)
            # `entries.append(read)` makes `entries` hold what was read
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method), args=arguments):
                    if method in _MUTATORS and any(self.touches(argument, names) for argument in arguments):
                        names |= {name}
        if value is None:
            return names
        touched = self.touches(value, names)
        for target in targets:
            if touched:
                names |= _names_of(target)
            elif isinstance(target, ast.Name | ast.Tuple | ast.List):
                names -= {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
        return names

    def look(self, node: ast.expr, names: frozenset[str]) -> None:
        """Note how the wanted calls in an expression depend on what was read."""
        for part in own_nodes(node):
            if isinstance(part, ast.Call) and part in self.wanted:
                dependence = self.decided
                handed = [*part.args, *(keyword.value for keyword in part.keywords)]
                if any(self.touches(argument, names) for argument in handed):
                    dependence |= Dependence.DATA
                if not any(self.following & _names_in(argument) for argument in handed):
                    dependence &= ~Dependence.STEP
                self.found[part] = self.found.get(part, Dependence.NONE) | dependence

    def named(self, test: ast.expr, names: frozenset[str]) -> frozenset[str]:
        """Return the names with those that a test gives to what was read: `if cached := get()`."""
        for node in own_nodes(test):
            if isinstance(node, ast.NamedExpr) and self.touches(node.value, names):
                names |= _names_of(node.target)
        return names

    def touches(self, node: ast.expr, names: frozenset[str]) -> bool:
        """Tell whether an expression holds what was read."""
        return any(part is self.read or (isinstance(part, ast.Name) and part.id in names) for part in own_nodes(node))

    def decision(self, test: ast.expr, names: frozenset[str]) -> Dependence:
        """Return in which way a test asks what was read."""
        if not self.touches(test, names):
            return Dependence.NONE
        for part in own_nodes(test):
            if isinstance(part, ast.Compare) and _compares_amounts(part) and self.touches(part, names):
                return Dependence.AMOUNT
        for part in own_nodes(test):
            if isinstance(part, ast.Compare) and _compares_states(part) and self.touches(part, names):
                return Dependence.STATE
        for part in own_nodes(test):
            if isinstance(part, ast.Compare) and self._asks_a_step(part, names):
                self.following |= _names_in(part.left)
                return Dependence.STEP
        return Dependence.PRESENCE

    def _asks_a_step(self, test: ast.Compare, names: frozenset[str]) -> bool:
        """Tell whether a test looks up, by what was read, what may follow it: `new not in ALLOWED[state]`."""
        match test:
            case ast.Compare(
                ops=[ast.In() | ast.NotIn()],
                comparators=[
                    ast.Subscript(slice=looked_up) | ast.Call(func=ast.Attribute(attr="get"), args=[looked_up, *_])
                ],
            ):
                return self.touches(looked_up, names) and not self.touches(test.left, names)
        return False


def _names_in(node: ast.expr) -> frozenset[str]:
    return frozenset(part.id for part in own_nodes(node) if isinstance(part, ast.Name))


def _compares_amounts(test: ast.Compare) -> bool:
    return any(isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for operator in test.ops)


def _compares_states(test: ast.Compare) -> bool:
    """Tell whether a test compares with a text that says more than that something is there."""
    texts = [part.value for part in test.comparators if isinstance(part, ast.Constant)]
    asks = any(isinstance(operator, ast.Eq | ast.NotEq) for operator in test.ops)
    return asks and any(isinstance(text, str | bytes) and _STATE.search(str(text)) for text in texts)


_STATE: Final = lazy(r"[a-z]{4}", re.IGNORECASE)


def _names_of(target: ast.AST) -> frozenset[str]:
    """Return the names that an assignment to a target changes: `data` for `data["key"]`."""
    return frozenset(_iterate_names(target))


def _iterate_names(target: ast.AST) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _iterate_names(element)
        case ast.Starred(value=value) | ast.Subscript(value=value):
            yield from _iterate_names(value)
