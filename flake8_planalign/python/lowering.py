"""The lowering of a module: names, targets, annotations and signatures; one body after the other, outer ones first."""

from __future__ import annotations

import ast
from typing import Any

from flake8_planalign.python.expressions import EXPRESSIONS, comprehension_parts
from flake8_planalign.python.facts import (
    ABSTRACT,
    ASYNC,
    AWAITED,
    CLASSMETHOD,
    GENERATOR,
    LAMBDA,
    PLAIN,
    PROPERTY,
    STATICMETHOD,
    Expression,
)
from flake8_planalign.python.fills import fill, parts_of
from flake8_planalign.python.reaching import MAX_REACHING, Scope, rebound_names
from flake8_planalign.python.statements import STATEMENTS
from flake8_planalign.python.syntax import MAX_STRING, asks_loop, is_docstring, is_empty, last_name, union

__all__ = ["Lowering"]

#: A predicate of more statements is not looked into.
_LONGEST_PREDICATE = 3
#: A function of so few calls hands on what it is given, so that constants are followed through it.
_THIN = 4
_PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_PROPERTIES = frozenset({"property", "cached_property", "abstractproperty", "async_property", "hybrid_property"})
_FLAG_DECORATORS = {
    **dict.fromkeys(_PROPERTIES, PROPERTY),
    "abstractmethod": ABSTRACT,
    "classmethod": CLASSMETHOD,
    "overload": ABSTRACT,
    "staticmethod": STATICMETHOD,
}
_PLAIN_TYPES = frozenset(
    {"Dict", "List", "bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}
)


class Lowering:
    """The lowering of one module: what its parts share, and how they refer to names and bind them."""

    def __init__(self) -> None:
        self.names: dict[str, list[Any]] = {}
        self.stars: list[str] = []
        self.functions: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.classes: list[dict[str, Any]] = []
        self.modules: set[str] = set()
        self.pending: list[tuple[ast.AST, Scope]] = []
        self.scope = Scope(0, None, -1)
        self.node: ast.AST = ast.Module([], [])
        self.class_names: dict[str, list[Any]] | None = None
        self.class_index = -1
        self.qualname = ""
        #: Names that the module defines or imports at its top level, so that they are not the built-in ones.
        self.own: set[str] = set()
        #: Names of the module that begin as empty containers, and by which functions its names are set.
        self.empty: set[str] = set()
        self.setters: dict[str, set[str]] = {}
        #: The tests of the module's constants that the statement at its top level lies under, the constants that
        #: choose between definitions of other names, and for each such name under which tests which of them holds.
        self.settings: list[list[Any]] = []
        self.deciding: set[str] = set()
        self.choices: dict[str, dict[int, list[list[Any]]]] = {}
        #: How often the module still rebinds a name at its top level; what its body reads until then is told apart.
        self.rebound: dict[str, int] = {}
        #: The last line of the assignment that is being lowered.
        self.statement_end = 0
        #: How many branches and loops the statement being lowered lies in.
        self.conditional = 0

    def run(self, tree: ast.Module) -> None:
        """Lower the whole module."""
        top = self.scope
        for statement in tree.body:
            self.own.add(getattr(statement, "name", ""))
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.own.update(alias.asname or alias.name for alias in statement.names)
            elif isinstance(statement, ast.Assign | ast.AnnAssign) and is_empty(statement.value):
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                self.empty.update(target.id for target in targets if isinstance(target, ast.Name))
            elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                for name in (
                    name for part in statement.body[:2] if isinstance(part, ast.Global) for name in part.names
                ):
                    self.setters.setdefault(name, set()).add(statement.name)
        self.rebound = rebound_names(tree.body)
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
            thin = len(scope.calls) <= _THIN
            switches = scope.tested | {at for at in scope.passed if thin or _is_switch(record["p"][at])}
            if switches:
                record["g"] = sorted(switches)
            typed = scope.typed | scope.passed if thin else scope.typed
            if typed:
                record["T"] = sorted(typed)
            self.bodies[scope.index] = scope.body()

    def block(self, statements: list[ast.stmt], *, doubt: bool = False) -> bool:
        """Lower the statements of a branch or loop in order; returns True if the path ends here (return, raise).

        `doubt`: whether they run when the function does cannot be told.
        """
        scope = self.scope
        self.conditional += 1
        conditions, doubts, leaves = len(scope.conditions), len(scope.doubts), scope.leaves
        if doubt:
            scope.doubts.append(None)
        ended = self.sequence(statements)
        scope.left = scope.left or scope.leaves > leaves
        del scope.conditions[conditions:]
        del scope.doubts[doubts:]
        self.conditional -= 1
        return ended

    def sequence(self, statements: list[ast.stmt]) -> bool:
        """Lower statements that run one after the other; returns True if the path ends here."""
        for statement in statements:
            method = STATEMENTS.get(type(statement))
            if method is not None and method(self, statement):
                return True
        return False

    def bind(self, name: str, definition: Any) -> None:
        """Let a name mean a definition from here on, in the class, module or function being lowered."""
        scope = self.scope
        if self.class_names is not None:
            self.class_names.setdefault(name, []).append(definition)
        elif scope.index == 0 or name in scope.globals:
            bindings = self.names.setdefault(name, [])
            if scope.index == 0 and name in self.rebound:
                self.rebound[name] -= not self.conditional
                scope.define(name, definition)
            if scope.index == 0 and not self.conditional:
                bindings.clear()
                self.choices.pop(name, None)
            elif scope.index == 0 and self.settings:
                self.deciding.update(test[0] for test, _ in self.settings)
                self.choices.setdefault(name, {})[len(bindings)] = list(self.settings)
            if scope.index != 0:
                # assigned from within a function: the expression is evaluated in that function
                scope.defs.append(definition)
                definition = ["v", scope.index, len(scope.defs) - 1]
            if len(bindings) < MAX_REACHING:
                bindings.append(definition)
        else:
            scope.define(name, definition)

    def name(self, name: str) -> str:
        """Return the reference that a name means here."""
        scope = self.scope
        if self.class_names is not None and name in self.class_names:
            return f"@{self.class_index}.{name}"
        if scope.index == 0 and self.rebound.get(name, 0) > 0:
            return scope.env.get(name, name)
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
        return self._chosen(name) if name in self.choices and scope.conditions else name

    def _chosen(self, name: str) -> str:
        """Return the reference of a module's name without the definitions that the tests passed here rule out."""
        known = [[condition[2], not condition[3]] for condition in self.scope.conditions if condition[1] == "setting"]
        excluded = [at for at, tests in self.choices[name].items() if any(test in known for test in tests)]
        if not excluded:
            return name
        self.scope.defs.append(["b", name, excluded])
        return str(len(self.scope.defs) - 1)

    def expr(self, node: ast.expr) -> Expression:
        """Lower an expression."""
        method = EXPRESSIONS.get(type(node))
        return method(self, node) if method is not None else None

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

    def argument(self, node: ast.expr) -> Expression:
        """Lower an argument; small constants are kept, since an API may not block with them."""
        if type(node) is ast.Constant:
            value = node.value
            if value is None or type(value) is bool:
                return ["k", value]
            if isinstance(value, float | int):
                return ["k", value if abs(value) < 1 << 53 else 1 << 53]
            if type(value) is str and len(value) <= MAX_STRING:
                return ["k", value.encode("utf-8", "replace").decode()]
            return None
        if type(node) is ast.Starred:
            self.expr(node)
            return ["*", self.name(node.value.id)] if type(node.value) is ast.Name else ["*"]
        return self.expr(node)

    def iterated(self, node: ast.expr, lowered: Expression, *, is_async: bool = False) -> None:
        """Note that an expression is iterated over here."""
        if lowered is not None:
            place = [node.lineno, node.col_offset, node.end_lineno, node.end_col_offset]
            self.scope.iters.append([lowered, is_async, *place, self.scope.guard(), self.scope.doubt()])
        if is_async:
            self.awaited(lowered)

    def awaited(self, inner: Expression, flag: int = AWAITED) -> None:
        """Flag a call as awaited, by itself or by a name for its value, or as what `async with` enters."""
        if type(inner) is str and inner.isdigit():
            inner = _assigned(self.scope.defs[int(inner)])
        if type(inner) is list and inner[0] == "c":
            self.scope.calls[inner[1]][7] |= flag

    def parameter_at(self, name: str, *, tested: bool = False) -> tuple[int | None, list[int]]:
        """Return which parameter a name means here, and the guards of the definitions that may stand in its place.

        `tested`: a parameter that `isinstance` was asked of before is still the same.
        """
        scope = self.scope
        reference = scope.env.get(name)
        if reference is None:
            return None, []
        position: int | None = None
        unless: list[int] = []
        for part in self.untested(reference) if tested else reference.split("|"):
            found = scope.parameter(part)
            guard = scope.definition_guards.get(part, 0)
            if found is not None:
                position = found
            elif guard:
                unless.append(guard)
            else:
                return None, []
        return position, unless

    def untested(self, reference: str) -> list[str]:
        """Return the definitions that a reference means, those of which `isinstance` was asked as they were before.

        Of a name that it was asked of often, what it means here is left as it is.
        """
        found: list[str] = []
        parts = dict.fromkeys(reference.split("|"))
        pending = list(parts)
        while pending and len(parts) <= MAX_REACHING:
            part = pending.pop(0)
            match self.scope.defs[int(part)] if part.isdigit() else None:
                case ["?", str(before), *_] if before[0] != "^":
                    more = [one for one in before.split("|") if one not in parts]
                    parts.update(dict.fromkeys(more))
                    pending += more
                case _:
                    found.append(part)
        return [reference] if pending else found

    def answered_by(self, name: str) -> str | None:
        """Return what was called without arguments for the value that a name has here, if that is its only one."""
        reference = self.scope.env.get(name, "")
        for part in reference.split("|"):
            if self.never(part):
                reference = "|".join(other for other in reference.split("|") if other != part)
        match self._call_behind(reference):
            case [str(callee), [], {**keywords}, *_] if not keywords:
                return callee
        return None

    def chosen_by(self, name: str) -> list[list[Any]]:
        """Return under which conditions a name is given something else than None: `path = Path(x) if x else None`."""
        reference = self.scope.env.get(name, "")
        match _assigned(self.scope.defs[int(reference)]) if reference.isdigit() else None:
            case ["if", int(then), _, _, ["k", None]]:
                return self.scope.guards[then]
        return []

    def _call_behind(self, reference: str) -> list[Any] | None:
        """Return the call whose value a reference means, if it means just that."""
        match _assigned(self.scope.defs[int(reference)]) if reference.isdigit() else None:
            case ["c", int(number)]:
                return self.scope.calls[number]
        return None

    def keyword_of(self, name: str) -> tuple[int, str, Any] | None:
        """Return what a name was read from as `kwargs.get("key", default)`: the parameter, the key and the default."""
        match self._call_behind(self.scope.env.get(name, "")):
            case [str(callee), [["k", str(key)], *rest], {}, *_] if callee.endswith((".get", ".pop")):
                position = self.rest_at(callee.rpartition(".")[0])
                default = rest[0] if rest else ["k", None]
                if position is not None and type(default) is list and default[0] == "k":
                    return position, key, default[1]
        return None

    def rest_at(self, name: str) -> int | None:
        """Return the position of the `**` parameter that a name or reference means here; it becomes a switch."""
        scope = self.scope
        position = scope.parameter(name if name.isdigit() else scope.env.get(name))
        if position is None or self.functions[scope.index]["p"][position][1] != "**":
            return None
        scope.tested.add(position)
        return position

    def never(self, reference: str) -> bool:
        """Tell whether a definition stands where no code runs while a loop does."""
        guard = self.scope.definition_guards.get(reference, 0)
        return any(condition[1] == "never" for condition in self.scope.guards[guard])

    def truth(self, node: ast.expr | None) -> Any:
        """Lower a predicate's answer: a truth, `["not", T]`, `["and" | "or", T...]`, `["call", E]`; None if unknown."""
        match node:
            case ast.Constant(value=bool(value)):
                return value
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ["not", self.truth(operand)]
            case ast.BoolOp(op=operator, values=values):
                return ["and" if isinstance(operator, ast.And) else "or", *map(self.truth, values)]
            case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
                return ["call", self.name(name)]
            case ast.Call(func=ast.Attribute() as function, args=[], keywords=[]):
                chain = self.chain(function)
                return ["call", chain] if chain is not None else None
        return None

    def predicate(self, node: ast.FunctionDef) -> Any:
        """Return what a function answers while a loop runs, if it is a predicate of one `return` or of one `try`."""
        body = node.body[1:] if node.body and is_docstring(node.body[0]) else node.body
        match body:
            case [ast.Return(value=value)]:
                return self.truth(value)
            case [ast.Try(body=tried, orelse=orelse), *after] if asks_loop(tried):
                for statement in (*tried, *orelse, *after):
                    if isinstance(statement, ast.Return):
                        if statement in tried and isinstance(statement.value, ast.Call):
                            return asks_loop([statement]) or None
                        return self.truth(statement.value) if isinstance(statement.value, ast.Constant) else None
        return None

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
                while isinstance(current, ast.BinOp) and len(parts) < MAX_REACHING:
                    parts.append(self._admitted(current.right))
                    current = current.left
                return union([self._admitted(current), *reversed(parts)]) if len(parts) < MAX_REACHING else None
        return None

    def _admitted(self, node: ast.expr) -> Expression:
        """Lower one of the types of a union, in which None has a name."""
        return "None" if isinstance(node, ast.Constant) and node.value is None else self.annotation(node)

    def target(self, node: ast.expr, definition: Any) -> None:
        """Bind an assignment's target to what the definition says."""
        match node:
            case ast.Name(id=name):
                self.bind(name, definition)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                self.unpack(elts, definition)
            case ast.Starred(value=value):
                self.target(value, definition)
            case ast.Attribute():
                self.store(node, definition)
            case ast.Subscript():
                self.expr(node.value)
                self.expr(node.slice)
                if self.scope.index and type(node.value) is ast.Name:
                    self.filled(node.value.id, node.slice)
                fill(self, node, definition)

    def filled(self, name: str, key: ast.expr) -> None:
        """Note that a `**` parameter is given another keyword: `options["timeout"] = 3`; "*" if any."""
        scope = self.scope
        for reference in scope.env.get(name, "").split("|"):
            position = scope.parameter(reference)
            if position is not None and self.functions[scope.index]["p"][position][1] == "**":
                constant = key.value if isinstance(key, ast.Constant) else None
                added = constant.encode("utf-8", "replace").decode() if isinstance(constant, str) else "*"
                self.functions[scope.index].setdefault("a", []).append(added)

    def unpack(self, elements: list[ast.expr], definition: Any) -> None:
        """Bind each target of an unpacking to its part."""
        scope = self.scope
        parts = parts_of(elements, definition)
        if parts is not None:
            for element, part in zip(elements, parts, strict=True):
                self.target(element, part)
            return
        whole = definition
        if self.class_names is None and scope.index:
            scope.defs.append(definition)
            whole = str(len(scope.defs) - 1)
        known, rest = _is_expression(whole), False
        for position, element in enumerate(elements):
            behind = position - len(elements)
            if isinstance(element, ast.Starred):
                rest = True
                self.target(element, ["s", whole, ["sl", position, behind + 1 or None]] if known else None)
            else:
                self.target(element, ["n", whole, behind if rest else position] if known else None)

    def store(self, node: ast.Attribute, definition: Any) -> None:
        """Note `receiver.attribute = value`; the local meaning of `self.x` is kept in flow order by its chain."""
        receiver = self.expr(node.value)
        scope = self.scope
        if receiver is None or self.class_names is not None:
            return
        scope.defs.append(definition)
        value = str(len(scope.defs) - 1)
        if scope.index and isinstance(node.value, ast.Name):
            known = scope.parameter(definition) if type(definition) is str else None
            scope.env[f"{node.value.id}.{node.attr}"] = definition if known is not None else value
            scope.has_attributes = True
        scope.stores.append([receiver, node.attr, value, scope.guard(), scope.doubt(), self.statement_end])
        own = self.classes[scope.class_index] if scope.class_index >= 0 else None
        if type(receiver) is str and own is not None and (self.is_self(receiver) or receiver == own["n"]):
            table = own["s"].setdefault(node.attr, [])
            if len(table) < MAX_REACHING:
                table.append([scope.index, value])

    def is_self(self, receiver: str) -> bool:
        """Tell whether a reference is the first parameter of the method being lowered."""
        definition = self.scope.defs[int(receiver)] if receiver.isdigit() else None
        return definition == ["p", 0]

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.GeneratorExp, name: str) -> int:
        """Register a function and lower its signature here; its body comes later, when the names outside are known."""
        index = len(self.functions)
        record: dict[str, Any] = {"n": name, "q": self.qualname + name, "l": node.lineno, "f": 0}
        self.functions.append(record)
        self.bodies.append({})
        in_class = self.class_names is not None
        scope = Scope(index, self.scope, self.class_index if in_class else -1)
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
                flag = _FLAG_DECORATORS.get(last_name(decorator), 0)
                if flag:
                    record["f"] |= flag
                lowered = self.expr(decorator)
                if flag == 0 and lowered is not None:
                    decorators.append(lowered)
                elif last_name(decorator) == "cached_property":
                    record["k"] = True
            if decorators:
                record["d"] = decorators
                if self.scope.index:
                    place = [getattr(node.decorator_list[0], at) for at in _PLACE]
                    self.scope.decorated.append([index, *place, self.scope.guard(), self.scope.doubt()])
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
        """Return `[name, kind, annotation, default]` of each parameter; kind: p (positional), k (keyword), *, **."""
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
                lowered = [
                    argument.arg,
                    kind,
                    self.annotation(argument.annotation),
                    self.argument(default) if default else None,
                ]
                while len(lowered) > 2 and lowered[-1] is None:
                    lowered.pop()
                parameters.append(lowered)
        return parameters

    def function_body(self, node: ast.AST) -> None:
        """Lower the body of a function, generator expression or lambda in its own scope."""
        scope = self.scope
        self.node = node
        for position, (name, *_rest) in enumerate(self.functions[scope.index]["p"]):
            scope.define(name, ["p", position])
        if isinstance(node, ast.GeneratorExp):
            comprehension_parts(self, node.generators, self.name(".0"))
            scope.yields.append(self.expr(node.elt))
        elif isinstance(node, ast.Lambda):
            scope.returns.append(self.expr(node.body))
            scope.return_guards.append(0)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if isinstance(node, ast.FunctionDef) and len(node.body) <= _LONGEST_PREDICATE:
                truth = self.predicate(node)
                if truth is not None:
                    self.functions[scope.index]["t"] = truth
            self.sequence(node.body)


def _assigned(definition: Any) -> Any:
    """Return what an annotated definition assigns, or the definition itself."""
    return definition[2] if type(definition) is list and definition[0] == "=" else definition


def _is_expression(definition: Any) -> bool:
    return (
        definition is None or type(definition) is str or definition[0] in {"c", "a", "s", "w", "u", "t", "d", "g", "G"}
    )


def _is_switch(parameter: list[Any]) -> bool:
    """Tell whether a parameter is a constant by default that a caller may hand on to decide something."""
    return len(parameter) > 3 and parameter[3] in (["k", None], ["k", False], ["k", True])
