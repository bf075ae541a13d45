"""What one Python module says: definitions, calls, reads and stores, lowered from its tree to plain data.

Facts are JSON values (strings, numbers, lists, dicts), so that the cache can never run code. The lowering does the
part of the analysis that needs the tree: it tells which assignment a local name means at each place (reaching
definitions), so that what reads the facts later evaluates expressions on demand and in any order.

**Expressions** are one of

* `None`: nothing is known of the value;
* a string: a dotted chain that starts at a name. A root of digits (`"3|7.client.get"`) is the local definitions 3 or 7
  of the function, each `^` before it is one function further out, a root `@3` is class 3 (for names of a class body),
  any other root is a name of the module;
* a list with a tag: `["c", call]` `["a", E, "attr.attr"]` `["s", E, index]` `["w", E]` (awaited) `["u", E...]` (either)
  `["t", E...]` (tuple, list or set display) `["d", {key: E}]` `["k", constant]` `["f", function]` `["g", E]`
  (list or set comprehension) `["G", function, E]` (generator expression over E) `["/", E]` (divided)
  `["if", guard, E, guard, E]` (either, by conditions on parameters).

**Definitions** are expressions, or `["p", i]` (parameter), `["i", E, is_async]` (element of an iteration),
`["e", with]` (`with ... as`), `["n", E, position]` (unpacked), `["m", "dotted.name"]` (import),
`["F", function]`, `["C", class]`, `["=", annotation, E]` (annotated), `["?", E, types, positive]` (`isinstance`),
`["?c", E, positive]` (`iscoroutinefunction`), `["v", function, definition]` (a global that a function assigns).
"""

from __future__ import annotations

import ast
import re
import sys
from typing import Any, Final

__all__ = [
    "ABSTRACT",
    "ASKS_LOOP",
    "ASYNC",
    "AWAITED",
    "CLASSMETHOD",
    "COLLECTED",
    "DONE",
    "ENTERED",
    "FACTS_VERSION",
    "GENERATOR",
    "HEAVY",
    "KEPT",
    "LAMBDA",
    "PLAIN",
    "PROPERTY",
    "STATICMETHOD",
    "Expression",
    "extract",
]

#: Raised whenever facts of the same source may differ; part of the cache key.
FACTS_VERSION: Final = 1

Expression = Any  # a JSON value as described above; the recursion cannot be typed usefully

# flags of a function
# (HEAVY: arithmetic in a loop within a loop; ASKS_LOOP: asks whether an event loop is running;
# PLAIN: returns nothing that could be called, as its annotation or its `return`s say)
ASYNC, GENERATOR, LAMBDA, PROPERTY, STATICMETHOD, CLASSMETHOD, ABSTRACT, HEAVY, ASKS_LOOP, PLAIN = 1, 2, 4, 8, 16, 32, 64, 128, 256, 512
# flags of a call
# (COLLECTED: its value goes to `asyncio.gather` or the like; ENTERED: it is what an `async with` enters)
AWAITED, KEPT, DONE, COLLECTED, ENTERED = 1, 2, 4, 16, 32

#: More definitions than these reaching one place are taken as unknown.
_MAX_REACHING: Final = 12
_MAX_STRING: Final = 120
_WAIVER = re.compile(r"#\s*planalign:\s*nonblocking\b")

_PROPERTIES = frozenset({"property", "cached_property", "abstractproperty", "async_property", "hybrid_property"})
_FLAG_DECORATORS = {
    **dict.fromkeys(_PROPERTIES, PROPERTY),
    "abstractmethod": ABSTRACT,
    "classmethod": CLASSMETHOD,
    "overload": ABSTRACT,
    "staticmethod": STATICMETHOD,
}


def extract(tree: ast.Module, text: str) -> dict[str, Any]:
    """Return the facts of a module: `names`, `stars`, `functions`, `bodies`, `classes`, `waived`.

    `functions[0]` stands for the module's own body. Lines are 1-based, columns 0-based UTF-8 bytes as in `ast`.
    """
    lowering = _Module()
    lowering.run(tree)
    waived: list[int] = []
    if "planalign" in text:
        waived = [number for number, line in enumerate(text.splitlines(), 1) if _WAIVER.search(line)]
    return {
        "names": lowering.names,
        "stars": lowering.stars,
        "functions": lowering.functions,
        "bodies": lowering.bodies,
        "classes": lowering.classes,
        "waived": waived,
    }


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


class _Scope:
    """A function (or the module) while it is lowered: its tables, and which definitions reach here."""

    __slots__ = (
        "all",
        "calls",
        "class_index",
        "collected",
        "conditions",
        "definition_guards",
        "defs",
        "done",
        "env",
        "flags",
        "globals",
        "guarded",
        "guards",
        "index",
        "iters",
        "kept",
        "loads",
        "loops",
        "open_ended",
        "outer",
        "passed",
        "return_guards",
        "returns",
        "stores",
        "tested",
        "withs",
        "yields",
    )

    def __init__(self, index: int, outer: _Scope | None, class_index: int) -> None:
        self.index = index
        self.outer = outer
        self.class_index = class_index
        self.flags = 0
        self.kept = 0
        self.loops = 0
        self.collected = 0
        self.open_ended = False
        self.conditions: list[list[Any]] = []
        self.guards: list[list[list[Any]]] = [[]]
        self.guarded: dict[str, int] = {}
        self.return_guards: list[int] = []
        self.definition_guards: dict[str, int] = {}
        self.tested: set[int] = set()
        self.passed: set[int] = set()
        self.done: list[Expression] = []
        self.env: dict[str, str] = {}
        self.all: dict[str, str] = {}
        self.globals: set[str] = set()
        self.defs: list[Any] = []
        self.calls: list[list[Any]] = []
        self.loads: list[list[Any]] = []
        self.iters: list[list[Any]] = []
        self.withs: list[list[Any]] = []
        self.returns: list[Expression] = []
        self.yields: list[Expression] = []
        self.stores: list[list[Any]] = []

    def define(self, name: str, definition: Any) -> str:
        """Let `name` mean this definition from here on; returns the reference."""
        self.defs.append(definition)
        reference = str(len(self.defs) - 1)
        if self.conditions:
            self.definition_guards[reference] = self.guard()
        self.env[name] = reference
        self.all[name] = _either(self.all.get(name), reference)
        return reference

    def guard(self) -> int:
        """Return the number of the conditions under which the code being lowered runs; 0 for none."""
        if not self.conditions:
            return 0
        key = repr(self.conditions)
        number = self.guarded.get(key)
        if number is None:
            number = self.guarded[key] = len(self.guards)
            self.guards.append(list(self.conditions))
        return number

    def parameter(self, reference: str | None) -> int | None:
        """Return which parameter a reference means, if it means just that."""
        if reference is None or not reference.isdigit():
            return None
        match self.defs[int(reference)]:
            case ["p", int(position)]:
                return position
        return None

    def body(self) -> dict[str, Any]:
        tables = {
            "g": self.guards if len(self.guards) > 1 else [],
            "G": self.definition_guards,
            "R": self.return_guards if any(self.return_guards) else [],
            "d": self.defs,
            "c": self.calls,
            "l": self.loads,
            "i": self.iters,
            "w": self.withs,
            "r": self.returns,
            "y": self.yields,
            "s": self.stores,
        }
        return {key: value for key, value in tables.items() if value}


def _either(one: str | None, other: str) -> str:
    if one is None or one == other:
        return other
    both = {*one.split("|"), *other.split("|")}
    return "|".join(sorted(both, key=int)[-_MAX_REACHING:])


def _join(into: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """Return the environment after two paths meet."""
    joined = dict(other)
    for name, reference in into.items():
        theirs = joined.get(name)
        if theirs != reference:
            joined[name] = reference if theirs is None else _either(theirs, reference)
    return joined


def _stored_names(statements: list[ast.stmt], names: set[str]) -> set[str]:
    """Collect the names that these statements assign, not looking into nested functions."""
    pending: list[ast.AST] = list(statements)
    while pending:
        node = pending.pop()
        match node:
            case ast.Assign(targets=targets):
                pending.extend(targets)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                pending.append(target)
            case ast.Name(id=name):
                names.add(name)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                pending.extend(elts)
            case ast.Starred(value=value):
                pending.append(value)
            case ast.For() | ast.AsyncFor():
                pending.append(node.target)
                pending.extend(node.body)
                pending.extend(node.orelse)
            case ast.While() | ast.If():
                pending.extend(node.body)
                pending.extend(node.orelse)
            case ast.With() | ast.AsyncWith():
                pending.extend(item.optional_vars for item in node.items if item.optional_vars)
                pending.extend(node.body)
            case ast.Try() | ast.TryStar():
                for part in (node.body, node.orelse, node.finalbody):
                    pending.extend(part)
                for handler in node.handlers:
                    pending.extend(handler.body)
            case ast.Match(cases=cases):
                for match_case in cases:
                    pending.extend(match_case.body)
    return names


class _Module:
    """The lowering of one module; `visit_*` methods are looked up by node class once."""

    def __init__(self) -> None:
        self.names: dict[str, list[Any]] = {}
        self.stars: list[str] = []
        self.functions: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.classes: list[dict[str, Any]] = []
        self.modules: set[str] = set()
        self.pending: list[tuple[ast.AST, _Scope]] = []
        self.scope = _Scope(0, None, -1)
        self.node: ast.AST = ast.Module([], [])
        self.class_names: dict[str, list[Any]] | None = None
        self.class_index = -1
        self.qualname = ""
        #: Names that the module defines or imports at its top level, so that they are not the built-in ones.
        self.own: set[str] = set()
        #: How many branches and loops the statement being lowered lies in.
        self.conditional = 0

    # -- driving ------------------------------------------------------------------------------------------------

    def run(self, tree: ast.Module) -> None:
        top = self.scope
        for statement in tree.body:
            self.own.add(getattr(statement, "name", ""))
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.own.update(alias.asname or alias.name for alias in statement.names)
        self.functions.append({"n": "<module>", "q": "", "l": 1, "f": 0})
        self.bodies.append({})
        self.sequence(tree.body)
        self.bodies[0] = top.body()
        while self.pending:
            node, scope = self.pending.pop()
            self.scope = scope
            self.class_names = None
            self.class_index = scope.class_index
            self.qualname = self.functions[scope.index]["q"] + "."
            self.function_body(node)
            record = self.functions[scope.index]
            record["f"] |= scope.flags
            if not scope.open_ended and not record["f"] & (LAMBDA | GENERATOR):
                record["f"] |= PLAIN
            switches = scope.tested | {at for at in scope.passed if _is_switch(record["p"][at])}
            if switches:
                record["g"] = sorted(switches)
            self.bodies[scope.index] = scope.body()

    def block(self, statements: list[ast.stmt]) -> bool:
        """Lower the statements of a branch or loop in order; returns True if the path ends here (return, raise)."""
        self.conditional += 1
        conditions = len(self.scope.conditions)
        ended = self.sequence(statements)
        del self.scope.conditions[conditions:]
        self.conditional -= 1
        return ended

    def sequence(self, statements: list[ast.stmt]) -> bool:
        """Lower statements that run one after the other; returns True if the path ends here."""
        for statement in statements:
            method = _STATEMENTS.get(type(statement))
            if method is not None and method(self, statement):
                return True
        return False

    # -- names --------------------------------------------------------------------------------------------------

    def bind(self, name: str, definition: Any) -> None:
        scope = self.scope
        if self.class_names is not None:
            self.class_names.setdefault(name, []).append(definition)
        elif scope.index == 0 or name in scope.globals:
            bindings = self.names.setdefault(name, [])
            if scope.index == 0 and not self.conditional:
                bindings.clear()
            if scope.index != 0:
                # assigned from within a function: the expression is evaluated in that function
                scope.defs.append(definition)
                definition = ["v", scope.index, len(scope.defs) - 1]
            if len(bindings) < _MAX_REACHING:
                bindings.append(definition)
        else:
            scope.define(name, definition)

    def name(self, name: str) -> str:
        """Return the reference that a name means here."""
        scope = self.scope
        if self.class_names is not None and name in self.class_names:
            return f"@{self.class_index}.{name}"
        if scope.index == 0 or name in scope.globals:
            return name
        reference = scope.env.get(name)
        if reference is not None:
            return reference
        outer = scope.outer
        prefix = "^"
        while outer is not None and outer.index != 0:
            reference = outer.all.get(name)
            if reference is not None:
                return prefix + reference
            outer = outer.outer
            prefix += "^"
        return name

    # -- expressions --------------------------------------------------------------------------------------------

    def expr(self, node: ast.expr) -> Expression:
        method = _EXPRESSIONS.get(type(node))
        return method(self, node) if method is not None else None

    def visit_name(self, node: ast.Name) -> Expression:
        return self.name(node.id)

    def chain(self, node: ast.Attribute) -> Expression:
        """Lower an attribute chain without noting it as a read."""
        attributes = [node.attr]
        value = node.value
        while type(value) is ast.Attribute:
            attributes.append(value.attr)
            value = value.value
        attributes.reverse()
        path = ".".join(attributes)
        if type(value) is ast.Name:
            return f"{self.name(value.id)}.{path}"
        inner = ["k", ""] if type(value) is ast.Constant and type(value.value) is str else self.expr(value)
        return ["a", inner, path] if inner is not None else None

    def visit_attribute(self, node: ast.Attribute) -> Expression:
        chain = self.chain(node)
        if chain is not None and not (type(chain) is str and chain.count(".") == 1 and chain.partition(".")[0] in self.modules):
            self.scope.loads.append([chain, *_attribute_place(node), self.scope.guard()])
        return chain

    def visit_call(self, node: ast.Call) -> Expression:
        function = node.func
        if type(function) is ast.Attribute:
            if function.attr in _TEXT_METHODS or (function.attr in _LEVELS and _is_logger(function.value)):
                if type(function.value) is not ast.Name:
                    self.expr(function.value)
                return self.dull(node)
            called = self.chain(function)
        elif type(function) is ast.Name and function.id in _DULL and function.id not in self.own:
            return self.dull(node)
        else:
            called = self.expr(function)
        scope = self.scope
        collects = _last_name(function) in _COLLECTORS
        scope.collected += collects
        arguments = [self.argument(argument) for argument in node.args]
        keywords = {keyword.arg or "**": self.argument(keyword.value) for keyword in node.keywords}
        if scope.index:
            for handed in (*arguments, *keywords.values()):
                if type(handed) is str:
                    position = scope.parameter(handed)
                    if position is not None:
                        scope.passed.add(position)
        scope.collected -= collects
        flags = (KEPT if scope.kept else 0) | (COLLECTED if scope.collected else 0)
        if scope.done and type(function) is ast.Attribute and type(called) is str:
            flags |= DONE if called.rpartition(".")[0] in scope.done else 0
        if type(function) is ast.Attribute:
            if function.attr in _LOOP_QUESTIONS:
                scope.flags |= ASKS_LOOP
            if function.end_lineno != node.lineno:
                line, column = _attribute_place(function)[:2]
            else:
                line, column = node.lineno, node.col_offset
        else:
            if type(function) is ast.Name and function.id in _LOOP_QUESTIONS:
                scope.flags |= ASKS_LOOP
            line, column = node.lineno, node.col_offset
        scope.calls.append([called, arguments, keywords, line, column, node.end_lineno, node.end_col_offset, flags, scope.guard()])
        return ["c", len(scope.calls) - 1]

    def dull(self, node: ast.Call) -> Expression:
        """Lower the arguments of a call that is not worth noting itself."""
        for argument in node.args:
            self.expr(argument)
        for keyword in node.keywords:
            self.expr(keyword.value)
        return None

    def argument(self, node: ast.expr) -> Expression:
        if type(node) is ast.Constant:
            value = node.value
            if value is None or type(value) in {bool, int}:
                return ["k", value if type(value) is not int or abs(value) < 1 << 53 else 0]
            if type(value) is str and len(value) <= _MAX_STRING:
                return ["k", value.encode("utf-8", "replace").decode()]
            return None
        if type(node) is ast.Starred:
            self.visit_starred(node)
            return ["*"]
        return self.expr(node)

    def visit_starred(self, node: ast.Starred) -> Expression:
        self.iterated(node.value, self.expr(node.value))
        return None

    def iterated(self, node: ast.expr, lowered: Expression, *, is_async: bool = False) -> None:
        """Note that an expression is iterated over here."""
        if lowered is not None:
            place = [node.lineno, node.col_offset, node.end_lineno, node.end_col_offset]
            self.scope.iters.append([lowered, is_async, *place, self.scope.guard()])
        if is_async:
            self.awaited(lowered)

    def visit_await(self, node: ast.Await) -> Expression:
        inner = self.expr(node.value)
        self.awaited(inner)
        return ["w", inner] if inner is not None else None

    def awaited(self, inner: Expression, flag: int = AWAITED) -> None:
        if type(inner) is list and inner[0] == "c":
            self.scope.calls[inner[1]][7] |= flag

    def visit_boolop(self, node: ast.BoolOp) -> Expression:
        values = []
        scope = self.scope
        done, conditions = len(scope.done), len(scope.conditions)
        is_and = type(node.op) is ast.And
        for value in node.values:
            values.append(self.expr(value))
            if is_and:
                scope.done.extend(self.done_names(value))
            scope.conditions.extend(self.conditions(value, positive=is_and))
        del scope.done[done:]
        del scope.conditions[conditions:]
        return _union(values)

    def visit_ifexp(self, node: ast.IfExp) -> Expression:
        self.expr(node.test)
        scope = self.scope
        saved = dict(scope.env)
        done, conditions = len(scope.done), len(scope.conditions)
        self.narrow(node.test, positive=True)
        scope.done.extend(self.done_names(node.test))
        scope.conditions.extend(self.conditions(node.test, positive=True))
        then = scope.guard() if len(scope.conditions) > conditions else 0
        body = self.expr(node.body)
        del scope.done[done:]
        del scope.conditions[conditions:]
        scope.env = dict(saved)
        self.narrow(node.test, positive=False)
        scope.conditions.extend(self.conditions(node.test, positive=False))
        otherwise = scope.guard() if len(scope.conditions) > conditions else 0
        orelse = self.expr(node.orelse)
        del scope.conditions[conditions:]
        scope.env = saved
        if then or otherwise:
            return ["if", then, body, otherwise, orelse]
        return _union([body, orelse])

    def conditions(self, test: ast.expr, *, positive: bool) -> list[list[Any]]:
        """Return what must hold of parameters where a test came out so: `[parameter, operator, constant, positive]`.

        Only tests of one unchanged parameter against constants are told: `p` (`t`), `p == c`, `p is c` (`=`), `p in cs` (`in`).
        """
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test = test.operand
            positive = not positive
        if isinstance(test, ast.BoolOp):
            if isinstance(test.op, ast.And) is positive:
                return [found for value in test.values for found in self.conditions(value, positive=positive)]
            return []
        condition: list[Any] | None = None
        match test:
            case ast.Name(id=name):
                condition = [name, "t", None]
            case ast.Compare(left=ast.Name(id=name), ops=[operator], comparators=[other]):
                condition = _comparison(name, operator, other)
        if condition is None or not self.scope.index:
            return []
        position = self.scope.parameter(self.scope.env.get(condition[0]))
        if position is None:
            return []
        self.scope.tested.add(position)
        operator = condition[1]
        if operator.startswith("!"):
            operator, positive = operator[1:], not positive
        return [[position, operator, condition[2], positive]]

    def visit_display(self, node: ast.Tuple | ast.List | ast.Set) -> Expression:
        values = [self.expr(element) for element in node.elts]
        return ["t", *values] if any(value is not None for value in values) else None

    def visit_dict(self, node: ast.Dict) -> Expression:
        table: dict[str, Expression] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None and type(key) is not ast.Constant:
                self.expr(key)
            lowered = self.expr(value)
            if lowered is not None:
                name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else "*"
                name = name.encode("utf-8", "replace").decode()
                table[name] = _union([table[name], lowered]) if name in table else lowered
        return ["d", table] if table else None

    def visit_subscript(self, node: ast.Subscript) -> Expression:
        value = self.expr(node.value)
        index: Expression = None
        if isinstance(node.slice, ast.UnaryOp) and isinstance(node.slice.op, ast.USub) and _is_int(node.slice.operand):
            index = ["k", -node.slice.operand.value]  # type: ignore[attr-defined]
        elif type(node.slice) is ast.Constant and type(node.slice.value) in {str, int}:
            index = ["k", node.slice.value if type(node.slice.value) is int else str(node.slice.value)[:_MAX_STRING]]
            if type(index[1]) is str:
                index[1] = index[1].encode("utf-8", "replace").decode()
        else:
            index = self.expr(node.slice)
        return ["s", value, index] if value is not None else None

    def visit_lambda(self, node: ast.Lambda) -> Expression:
        return ["f", self.function(node, "<lambda>")]

    def visit_comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp) -> Expression:
        scope = self.scope
        if scope.index == 0 or self.class_names is not None:
            for generator in node.generators:
                self.expr(generator.iter)
            return None
        saved = dict(scope.env)
        self.generators(node.generators)
        if isinstance(node, ast.DictComp):
            self.expr(node.key)
            element = self.expr(node.value)
            result: Expression = ["d", {"*": element}] if element is not None else None
        else:
            element = self.expr(node.elt)
            result = ["g", element] if element is not None else None
        scope.env = saved
        return result

    def generators(self, generators: list[ast.comprehension], first: Expression = None) -> None:
        """Lower the `for` and `if` parts of a comprehension; `first` is what its first `for` iterates over, if known."""
        for position, generator in enumerate(generators):
            iterated = first if position == 0 and first is not None else self.expr(generator.iter)
            is_async = bool(generator.is_async)
            self.iterated(generator.iter, iterated, is_async=is_async)
            self.target(generator.target, ["i", iterated, is_async])
            for test in generator.ifs:
                self.expr(test)
                self.narrow(test, positive=True)

    def visit_generator(self, node: ast.GeneratorExp) -> Expression:
        """Lower a generator expression as what it is: a nested generator that is given its first iterable."""
        first = self.expr(node.generators[0].iter)
        index = self.function(node, "<genexpr>")
        return ["G", index, first]

    def visit_named(self, node: ast.NamedExpr) -> Expression:
        value = self.expr(node.value)
        self.bind(node.target.id, value)
        return value

    def visit_yield(self, node: ast.Yield) -> Expression:
        self.scope.flags |= GENERATOR
        if node.value is not None:
            self.scope.yields.append(self.expr(node.value))
        return None

    def visit_yield_from(self, node: ast.YieldFrom) -> Expression:
        self.scope.flags |= GENERATOR
        inner = self.expr(node.value)
        self.iterated(node.value, inner)
        self.scope.defs.append(["i", inner, False])
        self.scope.yields.append(str(len(self.scope.defs) - 1))
        return None

    def visit_children(self, node: ast.expr) -> Expression:
        """Lower the parts of an expression whose own value is of no interest."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expr(child)
        return None

    def visit_binop(self, node: ast.BinOp) -> Expression:
        if self.scope.loops > 1 and type(node.op) in _ARITHMETIC and not isinstance(node.left, ast.Constant | ast.JoinedStr):
            self.scope.flags |= HEAVY
        spine: list[ast.expr] = []
        current: ast.expr = node
        while type(current) is ast.BinOp:
            spine.append(current.right)
            current = current.left
        spine.append(current)
        values = [self.expr(part) for part in reversed(spine)]
        if type(node.op) is ast.BitOr:
            return _union(values)
        if type(node.op) is ast.Div and len(values) > 1:
            return ["/", values[0]] if values[0] is not None else None
        return None

    def visit_constant(self, node: ast.Constant) -> Expression:
        return ["k", None] if node.value is None else None

    # -- annotations --------------------------------------------------------------------------------------------

    def annotation(self, node: ast.expr | None) -> Expression:
        """Lower an annotation; a quoted one is parsed first."""
        if node is None:
            return None
        if type(node) is ast.Constant and type(node.value) is str:
            try:
                node = ast.parse(node.value.strip(), mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None
            if type(node) is ast.Constant:
                return None
        match node:
            case ast.Name():
                return self.name(node.id)
            case ast.Attribute():
                return self.chain(node)
            case ast.Subscript(value=value, slice=index):
                base = self.annotation(value)
                if base is None:
                    return None
                if base.rpartition(".")[2] == "Literal" if type(base) is str else False:
                    return None
                if isinstance(base, str) and base.rpartition(".")[2] == "Annotated" and isinstance(index, ast.Tuple):
                    return ["s", base, ["t", self.annotation(index.elts[0]), *map(self.expr, index.elts[1:])]]
                return ["s", base, self.annotation(index)]
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                return ["t", *(self.annotation(element) for element in elts)]
            case ast.BinOp(op=ast.BitOr()):
                parts: list[Expression] = []
                current: ast.expr = node
                while isinstance(current, ast.BinOp) and len(parts) < _MAX_REACHING:
                    parts.append(self.annotation(current.right))
                    current = current.left
                return _union([self.annotation(current), *reversed(parts)]) if len(parts) < _MAX_REACHING else None
        return None

    # -- targets ------------------------------------------------------------------------------------------------

    def target(self, node: ast.expr, definition: Any) -> None:
        """Bind an assignment's target to what the definition says."""
        match node:
            case ast.Name(id=name):
                self.bind(name, definition)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                self.unpack(elts, definition)
            case ast.Starred(value=value):
                self.target(value, None)
            case ast.Attribute():
                self.store(node, definition)
            case ast.Subscript():
                self.expr(node.value)
                self.expr(node.slice)

    def unpack(self, elements: list[ast.expr], definition: Any) -> None:
        scope = self.scope
        if type(definition) is list and definition and definition[0] == "t" and len(definition) == len(elements) + 1:
            for element, part in zip(elements, definition[1:], strict=True):
                self.target(element, part)
            return
        if self.class_names is not None or scope.index == 0:
            for position, element in enumerate(elements):
                self.target(element, ["n", definition, position] if _is_expression(definition) else None)
            return
        scope.defs.append(definition)
        whole = str(len(scope.defs) - 1)
        for position, element in enumerate(elements):
            self.target(element, ["n", whole, position])

    def store(self, node: ast.Attribute, definition: Any) -> None:
        """Note `receiver.attribute = value`; the local meaning of `self.x` is kept in flow order by its chain."""
        receiver = self.expr(node.value)
        scope = self.scope
        if receiver is None or self.class_names is not None:
            return
        scope.defs.append(definition)
        value = str(len(scope.defs) - 1)
        scope.stores.append([receiver, node.attr, value])
        if type(receiver) is str and scope.class_index >= 0 and self.is_self(receiver):
            table = self.classes[scope.class_index]["s"].setdefault(node.attr, [])
            if len(table) < _MAX_REACHING:
                table.append([scope.index, value])

    def is_self(self, receiver: str) -> bool:
        """Tell whether a reference is the first parameter of the method being lowered."""
        definition = self.scope.defs[int(receiver)] if receiver.isdigit() else None
        return definition == ["p", 0]

    # -- narrowing ----------------------------------------------------------------------------------------------

    def narrow(self, test: ast.expr, *, positive: bool) -> None:
        """Let a name mean less where `isinstance` was asked of it."""
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test = test.operand
            positive = not positive
        match test:
            case ast.BoolOp(op=ast.And(), values=values) if positive:
                for value in values:
                    self.narrow(value, positive=True)
            case ast.BoolOp(op=ast.Or(), values=values) if not positive:
                for value in values:
                    self.narrow(value, positive=False)
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=name), types]):
                reference = self.name(name)
                if self.scope.index != 0 and (reference[0].isdigit() or reference[0] == "^"):
                    saved = self.scope.all.get(name)
                    self.scope.define(name, ["?", reference, self.annotation(types), positive])
                    if saved is not None:
                        self.scope.all[name] = saved
            case ast.Call(func=function, args=[ast.Name(id=name)]) if _last_name(function) in _COROUTINE_TESTS:
                reference = self.name(name)
                if self.scope.index != 0 and (reference[0].isdigit() or reference[0] == "^"):
                    saved = self.scope.all.get(name)
                    self.scope.define(name, ["?c", reference, positive])
                    if saved is not None:
                        self.scope.all[name] = saved

    # -- statements ---------------------------------------------------------------------------------------------

    def stmt_expr(self, node: ast.Expr) -> bool:
        self.expr(node.value)
        return False

    def stmt_assign(self, node: ast.Assign) -> bool:
        value = self.value(node.value)
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List) and isinstance(node.value, ast.Call | ast.Name):
                self.iterated(node.value, value)
            self.target(target, value)
        return False

    def value(self, node: ast.expr) -> Expression:
        """Lower an assigned value; a short string constant is kept, since it may name a module or a URL."""
        if type(node) is ast.Constant and type(node.value) is str and len(node.value) <= _MAX_STRING:
            return ["k", node.value.encode("utf-8", "replace").decode()]
        return self.expr(node)

    def stmt_annassign(self, node: ast.AnnAssign) -> bool:
        annotation = self.annotation(node.annotation)
        value = self.value(node.value) if node.value is not None else None
        if annotation is None and node.value is None:
            return False
        self.target(node.target, ["=", annotation, value] if annotation is not None else value)
        return False

    def stmt_augassign(self, node: ast.AugAssign) -> bool:
        if self.scope.loops > 1 and type(node.op) in _ARITHMETIC:
            self.scope.flags |= HEAVY
        self.expr(node.value)
        if isinstance(node.target, ast.Attribute):
            self.visit_attribute(node.target)
        return False

    def stmt_delete(self, node: ast.Delete) -> bool:
        for target in node.targets:
            self.expr(target)
        return False

    def stmt_type_alias(self, node: Any) -> bool:
        self.bind(node.name.id, self.annotation(node.value))
        return False

    def stmt_return(self, node: ast.Return) -> bool:
        if node.value is not None:
            self.scope.open_ended = self.scope.open_ended or not _is_plain(node.value)
            self.scope.returns.append(self.expr(node.value))
            self.scope.return_guards.append(self.scope.guard())
        return True

    def stmt_raise(self, node: ast.Raise) -> bool:
        for part in (node.exc, node.cause):
            if part is not None:
                self.expr(part)
        return True

    def stmt_if(self, node: ast.If) -> bool:
        if _is_type_checking(node.test):
            self.block(node.body)
            return self.block(node.orelse) if node.orelse else False
        self.expr(node.test)
        scope = self.scope
        before = scope.env
        kept = self.guards(node)
        done = self.done_names(node.test)
        scope.env = dict(before)
        self.narrow(node.test, positive=True)
        scope.kept += kept
        outside, conditions = len(scope.done), len(scope.conditions)
        scope.done.extend(done)
        scope.conditions.extend(self.conditions(node.test, positive=True))
        ended = self.block(node.body)
        del scope.done[outside:]
        del scope.conditions[conditions:]
        scope.kept -= kept
        if ended and isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not):
            scope.done.extend(self.done_names(node.test.operand))
        after = scope.env
        scope.env = dict(before)
        self.narrow(node.test, positive=False)
        if not node.orelse:
            if ended:
                # what follows runs only where the test came out false
                scope.kept += self.returns_memo(node)
                scope.conditions.extend(self.conditions(node.test, positive=False))
                return False
            scope.env = _join(after, before)
            return False
        scope.conditions.extend(self.conditions(node.test, positive=False))
        else_ended = self.block(node.orelse)
        if not ended:
            del scope.conditions[conditions:]
        if ended and else_ended:
            return True
        if else_ended:
            scope.env = after
            scope.conditions.extend(self.conditions(node.test, positive=True))
        elif not ended:
            scope.env = _join(after, scope.env)
        return False

    def guards(self, node: ast.If) -> bool:
        """Tell whether this `if` fills a memo: `if self._pool is None: self._pool = ...`, `if key not in CACHE: ...`."""
        guarded: str | None = None
        match node.test:
            case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
                guarded = _chain_text(left)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                guarded = _chain_text(operand)
            case ast.Compare(ops=[ast.NotIn()], comparators=[container]):
                guarded = _chain_text(container)
        if guarded is None or not ("." in guarded or self.outlives(guarded)):
            return False
        for statement in node.body:
            for inner in ast.walk(statement):
                if isinstance(inner, ast.Assign | ast.AnnAssign):
                    for target in inner.targets if isinstance(inner, ast.Assign) else [inner.target]:
                        if isinstance(target, ast.Subscript):
                            target = target.value
                        if _chain_text(target) == guarded:
                            return True
        return False

    def returns_memo(self, node: ast.If) -> bool:
        """Tell whether what follows an `if` fills the memo that the `if` returns: `if self._x is not None: return self._x`."""
        last = node.body[-1]
        kept = _chain_text(last.value) if isinstance(last, ast.Return) and last.value is not None else None
        if kept is None or not ("." in kept or self.outlives(kept)):
            return False
        attribute = kept.rpartition(".")[2]
        asked = any(
            (isinstance(part, ast.Attribute) and part.attr == attribute)
            or (isinstance(part, ast.Name) and part.id == kept)
            or (isinstance(part, ast.Constant) and part.value == attribute)
            for part in ast.walk(node.test)
        )
        return asked and kept in self.stored_chains()

    def stored_chains(self) -> set[str | None]:
        """Return the dotted names that the function being lowered assigns."""
        stored: set[str | None] = set()
        for part in ast.walk(self.node):
            if isinstance(part, ast.Assign):
                stored.update(map(_chain_text, part.targets))
            elif isinstance(part, ast.AnnAssign | ast.AugAssign):
                stored.add(_chain_text(part.target))
        return stored

    def outlives(self, name: str) -> bool:
        scope = self.scope
        return name in scope.globals or name not in scope.env

    def done_names(self, test: ast.expr) -> list[Expression]:
        """Return the receivers whose `.done()` is asked in a test."""
        found = []
        tests = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
        for part in tests:
            match part:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="done")):
                    found.append(self.name(name))
                case ast.Call(func=ast.Attribute(value=ast.Attribute() as value, attr="done")):
                    found.append(self.chain(value))
        return found

    def loop_entry(self, body: list[ast.stmt]) -> dict[str, list[Any]]:
        """Give every name that the loop assigns a definition that joins its values before and within the loop."""
        scope = self.scope
        entries: dict[str, list[Any]] = {}
        if scope.index == 0 or self.class_names is not None:
            return entries
        for name in sorted(_stored_names(body, set())):
            reference = scope.env.get(name)
            if reference is not None and name not in scope.globals:
                entry: list[Any] = ["u", reference]
                scope.defs.append(entry)
                scope.env[name] = str(len(scope.defs) - 1)
                entries[name] = entry
        return entries

    def loop_exit(self, entries: dict[str, list[Any]], before: dict[str, str]) -> None:
        scope = self.scope
        for name, entry in entries.items():
            reference = scope.env.get(name)
            if reference is not None and reference not in entry:
                entry.append(reference)
        scope.env = _join(scope.env, before)

    def stmt_for(self, node: ast.For | ast.AsyncFor) -> bool:
        is_async = type(node) is ast.AsyncFor
        iterated = self.expr(node.iter)
        self.iterated(node.iter, iterated, is_async=is_async)
        scope = self.scope
        before = dict(scope.env)
        entries = self.loop_entry(node.body)
        self.target(node.target, ["i", iterated, is_async])
        scope.loops += 1
        self.block(node.body)
        scope.loops -= 1
        self.loop_exit(entries, before)
        self.block(node.orelse)
        return False

    def stmt_while(self, node: ast.While) -> bool:
        before = dict(self.scope.env)
        entries = self.loop_entry(node.body)
        self.expr(node.test)
        self.narrow(node.test, positive=True)
        self.scope.loops += 1
        ended = self.block(node.body)
        self.scope.loops -= 1
        self.loop_exit(entries, before)
        self.block(node.orelse)
        return ended and isinstance(node.test, ast.Constant) and bool(node.test.value)

    def stmt_with(self, node: ast.With | ast.AsyncWith) -> bool:
        is_async = type(node) is ast.AsyncWith
        scope = self.scope
        entered = []
        for item in node.items:
            manager = self.expr(item.context_expr)
            if is_async:
                self.awaited(manager, ENTERED)
            context = item.context_expr
            place = [context.lineno, context.col_offset, context.end_lineno, context.end_col_offset]
            scope.withs.append([manager, is_async, *place, False, 0, scope.guard()])
            entered.append(scope.withs[-1])
            if item.optional_vars is not None:
                self.target(item.optional_vars, ["e", len(scope.withs) - 1])
        first = len(scope.calls)
        ended = self.sequence(node.body)
        if not is_async:
            # whether the body awaits, and its last line
            awaits = any(call[7] & AWAITED for call in scope.calls[first:])
            for record in entered:
                record[6:8] = [awaits, node.end_lineno]
        return ended

    def stmt_try(self, node: ast.Try | ast.TryStar) -> bool:
        scope = self.scope
        before = dict(scope.env)
        body_ended = self.block(node.body)
        raised = _join(scope.env, before)
        if not body_ended:
            body_ended = self.block(node.orelse)
        ends: list[dict[str, str]] = [] if body_ended else [scope.env]
        for handler in node.handlers:
            scope.env = dict(raised)
            if handler.type is not None:
                self.expr(handler.type)
            if handler.name:
                self.bind(handler.name, None)
            if not self.block(handler.body):
                ends.append(scope.env)
        if ends:
            joined = ends[0]
            for end in ends[1:]:
                joined = _join(joined, end)
            scope.env = joined
        else:
            scope.env = raised
        final_ended = self.block(node.finalbody)
        return final_ended or not ends

    def stmt_match(self, node: ast.Match) -> bool:
        self.expr(node.subject)
        scope = self.scope
        before = scope.env
        after = dict(before)
        for case in node.cases:
            scope.env = dict(before)
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                if isinstance(name, str):
                    self.bind(name, None)
            if case.guard is not None:
                self.expr(case.guard)
            if not self.block(case.body):
                after = _join(after, scope.env)
        scope.env = after
        return False

    def stmt_import(self, node: ast.Import) -> bool:
        for alias in node.names:
            local = alias.asname or alias.name.partition(".")[0]
            if self.scope.index == 0:
                self.modules.add(local)
            self.bind(local, ["m", alias.name if alias.asname else local])
            if not alias.asname and "." in alias.name:
                self.bind(local, ["m", alias.name.partition(".")[0]])
        return False

    def stmt_import_from(self, node: ast.ImportFrom) -> bool:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                if self.scope.index == 0 and self.class_names is None:
                    self.stars.append(module)
                continue
            joint = "" if module.endswith(".") else "."
            self.bind(alias.asname or alias.name, ["m", f"{module}{joint}{alias.name}"])
        return False

    def stmt_global(self, node: ast.Global) -> bool:
        self.scope.globals.update(node.names)
        return False

    def stmt_def(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        index = self.function(node, node.name)
        self.bind(node.name, ["F", index])
        return False

    def function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.GeneratorExp, name: str
    ) -> int:
        """Register a function and lower its signature here; its body comes later, when the names outside are known."""
        index = len(self.functions)
        record: dict[str, Any] = {"n": name, "q": self.qualname + name, "l": node.lineno, "f": 0}
        self.functions.append(record)
        self.bodies.append({})
        in_class = self.class_names is not None
        scope = _Scope(index, self.scope, self.class_index if in_class else -1)
        if isinstance(node, ast.GeneratorExp):
            scope.collected = self.scope.collected
        if in_class:
            record["c"] = self.class_index
        if self.scope.index:
            record["o"] = self.scope.index
        if isinstance(node, ast.GeneratorExp):
            is_async = any(generator.is_async for generator in node.generators)
            record["f"] |= LAMBDA | GENERATOR | (ASYNC if is_async else 0)
            record["p"] = [[".0", "p"]]
            self.pending.append((node, scope))
            return index
        if isinstance(node, ast.Lambda):
            record["f"] |= LAMBDA
        else:
            if type(node) is ast.AsyncFunctionDef:
                record["f"] |= ASYNC
            decorators = []
            for decorator in node.decorator_list:
                flag = _FLAG_DECORATORS.get(_last_name(decorator), 0)
                if flag:
                    record["f"] |= flag
                lowered = self.expr(decorator)
                if flag == 0 and lowered is not None:
                    decorators.append(lowered)
                elif _last_name(decorator) == "cached_property":
                    record["k"] = True
            if decorators:
                record["d"] = decorators
            if isinstance(node.returns, ast.Constant) and node.returns.value is None:
                record["f"] |= PLAIN
            returns = self.annotation(node.returns)
            if returns is not None:
                record["r"] = returns
                head = returns[1] if type(returns) is list and returns[0] == "s" else returns
                if type(head) is str and head in _PLAIN_TYPES:
                    record["f"] |= PLAIN
        record["p"] = self.parameters(node.args)
        self.pending.append((node, scope))
        return index

    def parameters(self, arguments: ast.arguments) -> list[list[Any]]:
        """Return `[name, kind, annotation, default]` for each parameter; kind is p, k, * or ** (positional, keyword, rest)."""
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
        defaults.extend(arguments.defaults)
        parameters: list[list[Any]] = []
        for kind, names, values in (
            ("p", positional, defaults),
            ("*", [arguments.vararg] if arguments.vararg else [], [None]),
            ("k", arguments.kwonlyargs, arguments.kw_defaults),
            ("**", [arguments.kwarg] if arguments.kwarg else [], [None]),
        ):
            for argument, default in zip(names, values, strict=False):
                lowered = [argument.arg, kind, self.annotation(argument.annotation), self.argument(default) if default else None]
                while len(lowered) > 2 and lowered[-1] is None:
                    lowered.pop()
                parameters.append(lowered)
        return parameters

    def function_body(self, node: ast.AST) -> None:
        scope = self.scope
        self.node = node
        for position, (name, *_rest) in enumerate(self.functions[scope.index]["p"]):
            scope.define(name, ["p", position])
        if isinstance(node, ast.GeneratorExp):
            self.generators(node.generators, self.name(".0"))
            scope.yields.append(self.expr(node.elt))
        elif isinstance(node, ast.Lambda):
            scope.returns.append(self.expr(node.body))
            scope.return_guards.append(0)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.sequence(node.body)

    def stmt_class(self, node: ast.ClassDef) -> bool:
        index = len(self.classes)
        names: dict[str, list[Any]] = {}
        record: dict[str, Any] = {"n": node.name, "q": self.qualname + node.name, "l": node.lineno, "b": [], "m": names, "s": {}}
        self.classes.append(record)
        record["b"] = [base for base in map(self.annotation, node.bases) if base is not None]
        decorators = [lowered for lowered in map(self.expr, node.decorator_list) if lowered is not None]
        for keyword in node.keywords:
            self.expr(keyword.value)
        if decorators:
            record["d"] = decorators
        if self.scope.index:
            record["o"] = self.scope.index
        saved = self.class_names, self.class_index, self.qualname
        self.class_names, self.class_index, self.qualname = names, index, record["q"] + "."
        self.sequence(node.body)
        self.class_names, self.class_index, self.qualname = saved
        self.bind(node.name, ["C", index])
        return False


#: `+` is left out: it also joins texts and lists.
_ARITHMETIC = frozenset({ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift, ast.BitXor, ast.MatMult})
#: Built-in functions that run nothing of their arguments and give nothing of interest.
_DULL = frozenset({
    "ArithmeticError", "AssertionError", "AttributeError", "Exception", "FileNotFoundError", "IndexError", "KeyError",
    "LookupError", "NotImplementedError", "OSError", "RuntimeError", "StopIteration", "TimeoutError", "TypeError", "ValueError",
    "abs", "ascii", "bin", "bool", "bytes", "callable", "chr", "complex", "dir", "divmod", "float", "format", "globals",
    "hasattr", "hash", "hex", "id", "int", "isinstance", "issubclass", "len", "locals", "oct", "ord", "pow", "print", "range",
    "repr", "round", "slice", "str", "vars",
})  # fmt: skip
#: Methods of texts and times that nothing else is called by; logging never counts.
_TEXT_METHODS = frozenset({
    "casefold", "endswith", "isalnum", "isdigit", "isidentifier", "isoformat", "lower", "lstrip", "removeprefix", "removesuffix",
    "rstrip", "splitlines", "startswith", "strip", "total_seconds", "upper", "zfill",
})  # fmt: skip
_LEVELS = frozenset({"critical", "debug", "error", "exception", "info", "log", "trace", "warn", "warning"})
_LOGGERS = frozenset({"LOG", "LOGGER", "_log", "_logger", "log", "logger", "logging"})
_COLLECTORS = frozenset({
    "as_completed", "create_task", "ensure_future", "gather", "run_coroutine_threadsafe", "shield", "start_soon", "wait", "wait_for",
})  # fmt: skip
_LOOP_QUESTIONS = frozenset({"_get_running_loop", "current_async_library", "get_running_loop", "is_running", "nest_asyncio"})
_COROUTINE_TESTS = frozenset({"iscoroutinefunction", "iscoroutine", "isawaitable", "is_async_callable", "iscoroutinefunction_or_partial"})


def _attribute_place(node: ast.Attribute) -> list[int]:
    """Return line, column, end line and end column of the read; of the attribute's own name if it spans lines."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    if end_line != node.lineno:
        return [end_line, max(0, end_column - len(node.attr.encode())), end_line, end_column]
    return [node.lineno, node.col_offset, end_line, end_column]


def _is_expression(definition: Any) -> bool:
    return definition is None or type(definition) is str or definition[0] in {"c", "a", "s", "w", "u", "t", "d", "g", "G"}


def _union(values: list[Expression]) -> Expression:
    known = [value for value in values if value is not None]
    if len(known) <= 1:
        return known[0] if known else None
    return ["u", *known]


def _chain_text(node: ast.expr) -> str | None:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    names.append(node.id)
    return ".".join(reversed(names))


def _is_logger(node: ast.expr) -> bool:
    """Tell by its name whether an expression is a logger: `logger`, `self.log`, `verbose_logger`."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in _LOGGERS or name.endswith(("_logger", "_LOGGER"))


def _is_int(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _is_plain(node: ast.expr) -> bool:
    """Tell whether an expression is a literal, a display or a comparison, which nobody can call."""
    if isinstance(node, ast.IfExp):
        return _is_plain(node.body) and _is_plain(node.orelse)
    return isinstance(node, _PLAIN_NODES)


_PLAIN_NODES = (
    ast.Compare, ast.Constant, ast.Dict, ast.DictComp, ast.JoinedStr, ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Tuple,
)  # fmt: skip
_PLAIN_TYPES = frozenset({"Dict", "List", "bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"})


def _comparison(name: str, operator: ast.cmpop, other: ast.expr) -> list[Any] | None:
    """Return `[name, operator, constant]` of a comparison with constants."""
    if isinstance(other, ast.Constant) and (other.value is None or type(other.value) in {bool, int, str}):
        if isinstance(operator, ast.Eq | ast.Is):
            return [name, "=", other.value]
        if isinstance(operator, ast.NotEq | ast.IsNot):
            return [name, "!=", other.value]
    if isinstance(other, ast.Tuple | ast.List | ast.Set) and isinstance(operator, ast.In | ast.NotIn):
        values = [element.value for element in other.elts if isinstance(element, ast.Constant)]
        if len(values) == len(other.elts) and all(value is None or type(value) in {bool, int, str} for value in values):
            return [name, "in" if isinstance(operator, ast.In) else "!in", values]
    return None


def _is_switch(parameter: list[Any]) -> bool:
    """Tell whether a parameter is a constant by default that a caller may hand on to decide something."""
    return len(parameter) > 3 and parameter[3] in (["k", None], ["k", False], ["k", True])


def _is_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name | ast.Attribute) and _last_name(test) == "TYPE_CHECKING"


_STATEMENTS: Final[dict[type, Any]] = {
    ast.AnnAssign: _Module.stmt_annassign,
    ast.Assert: lambda self, node: bool(self.expr(node.test)) and False,
    ast.Assign: _Module.stmt_assign,
    ast.AsyncFor: _Module.stmt_for,
    ast.AsyncFunctionDef: _Module.stmt_def,
    ast.AsyncWith: _Module.stmt_with,
    ast.AugAssign: _Module.stmt_augassign,
    ast.ClassDef: _Module.stmt_class,
    ast.Delete: _Module.stmt_delete,
    ast.Expr: _Module.stmt_expr,
    ast.For: _Module.stmt_for,
    ast.FunctionDef: _Module.stmt_def,
    ast.Global: _Module.stmt_global,
    ast.If: _Module.stmt_if,
    ast.Import: _Module.stmt_import,
    ast.ImportFrom: _Module.stmt_import_from,
    ast.Match: _Module.stmt_match,
    ast.Raise: _Module.stmt_raise,
    ast.Return: _Module.stmt_return,
    ast.Try: _Module.stmt_try,
    ast.TryStar: _Module.stmt_try,
    ast.While: _Module.stmt_while,
    ast.With: _Module.stmt_with,
}

_EXPRESSIONS: Final[dict[type, Any]] = {
    ast.Attribute: _Module.visit_attribute,
    ast.Await: _Module.visit_await,
    ast.BinOp: _Module.visit_binop,
    ast.BoolOp: _Module.visit_boolop,
    ast.Call: _Module.visit_call,
    ast.Compare: _Module.visit_children,
    ast.Constant: _Module.visit_constant,
    ast.Dict: _Module.visit_dict,
    ast.DictComp: _Module.visit_comprehension,
    ast.FormattedValue: _Module.visit_children,
    ast.GeneratorExp: _Module.visit_generator,
    ast.IfExp: _Module.visit_ifexp,
    ast.JoinedStr: _Module.visit_children,
    ast.Lambda: _Module.visit_lambda,
    ast.List: _Module.visit_display,
    ast.ListComp: _Module.visit_comprehension,
    ast.Name: _Module.visit_name,
    ast.NamedExpr: _Module.visit_named,
    ast.Set: _Module.visit_display,
    ast.SetComp: _Module.visit_comprehension,
    ast.Slice: _Module.visit_children,
    ast.Starred: _Module.visit_starred,
    ast.Subscript: _Module.visit_subscript,
    ast.Tuple: _Module.visit_display,
    ast.UnaryOp: _Module.visit_children,
    ast.Yield: _Module.visit_yield,
    ast.YieldFrom: _Module.visit_yield_from,
}
if sys.version_info >= (3, 12):
    _STATEMENTS[ast.TypeAlias] = _Module.stmt_type_alias
