"""The lowering of expressions: a function for each kind of node, called by `Lowering.expr`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.python.branches import completed_names, conditions_of, done_names, doubts_of, narrow
from flake8_planalign.python.facts import ASKS_LOOP, COLLECTED, DONE, GENERATOR, HEAVY, KEPT, SMALL, Expression
from flake8_planalign.python.syntax import ARITHMETIC, MAX_STRING, attribute_place, is_written_out, last_name, union

if TYPE_CHECKING:
    from flake8_planalign.python.lowering import Lowering

__all__ = ["EXPRESSIONS", "comprehension_parts", "constant_key", "read_attribute"]

#: Built-in functions that run nothing of their arguments and give nothing of interest.
_DULL = frozenset({
    "ArithmeticError", "AssertionError", "AttributeError", "Exception", "FileNotFoundError", "IndexError", "KeyError",
    "LookupError", "NotImplementedError", "OSError", "RuntimeError", "StopIteration", "TimeoutError", "TypeError",
    "ValueError", "abs", "ascii", "bin", "bool", "bytes", "callable", "chr", "complex", "dir", "divmod", "float",
    "format", "globals", "hasattr", "hash", "hex", "id", "int", "isinstance", "issubclass", "len", "locals", "oct",
    "ord", "pow", "print", "range", "repr", "round", "slice", "str", "vars",
})  # fmt: skip
#: Methods of texts and times that nothing else is called by; logging never counts.
_TEXT_METHODS = frozenset({
    "casefold", "endswith", "isalnum", "isdigit", "isidentifier", "isoformat", "lower", "lstrip", "removeprefix",
    "removesuffix", "rstrip", "splitlines", "startswith", "strip", "total_seconds", "upper", "zfill",
})  # fmt: skip
#: What writes a document.
_DUMPERS = frozenset({"dump", "dump_all", "dumps", "safe_dump", "safe_dump_all"})
_LEVELS = frozenset({"critical", "debug", "error", "exception", "info", "log", "trace", "warn", "warning"})
_LOGGERS = frozenset({"LOG", "LOGGER", "_log", "_logger", "log", "logger", "logging"})
_COLLECTORS = frozenset({
    "as_completed", "create_task", "ensure_future", "gather", "run_coroutine_threadsafe", "shield", "start_soon",
    "wait", "wait_for",
})  # fmt: skip
_LOOP_QUESTIONS = frozenset(
    {"_get_running_loop", "current_async_library", "get_running_loop", "is_running", "nest_asyncio"}
)


def _name(lowering: Lowering, node: ast.Name) -> Expression:
    return lowering.name(node.id)


def read_attribute(lowering: Lowering, node: ast.Attribute) -> Expression:
    """Lower an attribute chain and note it as a read, since it may be a property."""
    chain = lowering.chain(node)
    if chain is not None and not (
        type(chain) is str and chain.count(".") == 1 and chain.partition(".")[0] in lowering.modules
    ):
        lowering.scope.loads.append([chain, *attribute_place(node), lowering.scope.guard(), lowering.scope.doubt()])
    return chain


def _call(lowering: Lowering, node: ast.Call) -> Expression:
    function = node.func
    if type(function) is ast.Attribute:
        if function.attr in _TEXT_METHODS or (function.attr in _LEVELS and _is_logger(function.value)):
            if type(function.value) is not ast.Name:
                lowering.expr(function.value)
            return _dull(lowering, node)
        called = lowering.chain(function)
    elif type(function) is ast.Name and function.id in _DULL and function.id not in lowering.own:
        return _dull(lowering, node)
    else:
        called = lowering.expr(function)
    scope = lowering.scope
    if scope.index and type(function) is ast.Subscript and type(function.slice) is ast.Name:
        position = scope.parameter(scope.env.get(function.slice.id))
        if position is not None:  # HANDLERS[key]()
            scope.tested.add(position)
    collects = last_name(function) in _COLLECTORS
    scope.collected += collects
    arguments = [lowering.argument(argument) for argument in node.args]
    keywords = {keyword.arg or "**": lowering.argument(keyword.value) for keyword in node.keywords}
    if scope.index:
        for handed in (*arguments, *keywords.values()):
            if type(handed) is str:
                position = scope.parameter(handed)
                if position is not None:
                    scope.passed.add(position)
    scope.collected -= collects
    if scope.has_attributes and _may_set_attributes(called, arguments):
        scope.forget_attributes()
    flags = (KEPT if scope.kept else 0) | (COLLECTED if scope.collected else 0)
    if scope.small or (last_name(function) in _DUMPERS and node.args and is_written_out(node.args[0])):
        flags |= SMALL
    if scope.done and type(called) is str:
        asked = [called.rpartition(".")[0], *arguments, *keywords.values()]
        flags |= DONE if any(type(one) is str and one in scope.done for one in asked) else 0
    if type(function) is ast.Attribute:
        if function.attr in _LOOP_QUESTIONS:
            scope.flags |= ASKS_LOOP
        if function.end_lineno != node.lineno:
            line, column = attribute_place(function)[:2]
        else:
            line, column = node.lineno, node.col_offset
    else:
        if type(function) is ast.Name and function.id in _LOOP_QUESTIONS:
            scope.flags |= ASKS_LOOP
        line, column = node.lineno, node.col_offset
    place = [line, column, node.end_lineno, node.end_col_offset]
    scope.calls.append([called, arguments, keywords, *place, flags, scope.guard(), scope.doubt()])
    return ["c", len(scope.calls) - 1]


def _may_set_attributes(called: Expression, arguments: list[Expression]) -> bool:
    """Tell whether a call can set an attribute of an object at hand: a method of it, or a function given it."""
    if type(called) is not str or called.count(".") == 1:
        return True
    return any(type(argument) is str and "." not in argument for argument in arguments)


def _dull(lowering: Lowering, node: ast.Call) -> Expression:
    """Lower the arguments of a call that is not worth noting itself."""
    for argument in node.args:
        lowering.expr(argument)
    for keyword in node.keywords:
        lowering.expr(keyword.value)
    return None


def _starred(lowering: Lowering, node: ast.Starred) -> Expression:
    lowering.iterated(node.value, lowering.expr(node.value))
    return None


def _await(lowering: Lowering, node: ast.Await) -> Expression:
    inner = lowering.expr(node.value)
    lowering.awaited(inner)
    return ["w", inner] if inner is not None else None


def _boolop(lowering: Lowering, node: ast.BoolOp) -> Expression:
    values = []
    scope = lowering.scope
    done, conditions, doubts = len(scope.done), len(scope.conditions), len(scope.doubts)
    is_and = type(node.op) is ast.And
    for value in node.values:
        values.append(lowering.expr(value))
        if is_and:
            scope.done.extend(done_names(lowering, value))
        found = conditions_of(lowering, value, positive=is_and)
        scope.conditions.extend(found)
        scope.doubts.extend(doubts_of(value, found))
    del scope.done[done:]
    del scope.conditions[conditions:]
    del scope.doubts[doubts:]
    return union(values)


def _ifexp(lowering: Lowering, node: ast.IfExp) -> Expression:
    lowering.expr(node.test)
    scope = lowering.scope
    saved = dict(scope.env)
    done, conditions, doubts = len(scope.done), len(scope.conditions), len(scope.doubts)
    narrow(lowering, node.test, positive=True)
    scope.done.extend(done_names(lowering, node.test))
    found = conditions_of(lowering, node.test, positive=True)
    scope.conditions.extend(found)
    scope.doubts.extend(doubts_of(node.test, found))
    then = scope.guard() if found else 0
    body = lowering.expr(node.body)
    del scope.done[done:]
    del scope.conditions[conditions:]
    del scope.doubts[doubts:]
    scope.env = dict(saved)
    narrow(lowering, node.test, positive=False)
    found = conditions_of(lowering, node.test, positive=False)
    scope.conditions.extend(found)
    scope.doubts.extend(doubts_of(node.test, found))
    otherwise = scope.guard() if found else 0
    orelse = lowering.expr(node.orelse)
    del scope.conditions[conditions:]
    del scope.doubts[doubts:]
    scope.env = saved
    if then or otherwise:
        return ["if", then, body, otherwise, orelse]
    return union([body, orelse])


def _display(lowering: Lowering, node: ast.Tuple | ast.List | ast.Set) -> Expression:
    values = [lowering.expr(element) for element in node.elts]
    return ["t", *values] if any(value is not None for value in values) else ["t"]


def _dict(lowering: Lowering, node: ast.Dict) -> Expression:
    table: dict[str, Expression] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None and type(key) is not ast.Constant:
            lowering.expr(key)
        lowered = lowering.expr(value)
        if lowered is not None:
            name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else "*"
            name = name.encode("utf-8", "replace").decode()
            table[name] = union([table[name], lowered]) if name in table else lowered
    return ["d", table]


def _subscript(lowering: Lowering, node: ast.Subscript) -> Expression:
    value = lowering.expr(node.value)
    index = constant_key(node.slice)
    if index is None:
        index = lowering.expr(node.slice)
        if type(node.slice) is ast.Slice:
            index = ["sl", *(_bound(part) for part in (node.slice.lower, node.slice.upper))]
            if node.slice.step is not None or False in index:
                index = ["sl", None, None]
    return ["s", value, index] if value is not None else None


def constant_key(node: ast.expr) -> Expression:
    """Return the index of a subscript that is a text or a whole number, None for any other."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and _is_int(node.operand):
        return ["k", -node.operand.value]  # type: ignore[attr-defined]
    if type(node) is ast.Constant and type(node.value) is int:
        return ["k", node.value]
    if type(node) is ast.Constant and type(node.value) is str:
        return ["k", node.value[:MAX_STRING].encode("utf-8", "replace").decode()]
    return None


def _bound(node: ast.expr | None) -> int | bool | None:
    """Return the bound of a slice, None where it is left out, False where it is not a constant."""
    key = constant_key(node) if node is not None else None
    if node is None:
        return None
    return key[1] if key is not None and type(key[1]) is int else False


def _lambda(lowering: Lowering, node: ast.Lambda) -> Expression:
    return ["f", lowering.function(node, "<lambda>")]


def _comprehension(lowering: Lowering, node: ast.ListComp | ast.SetComp | ast.DictComp) -> Expression:
    scope = lowering.scope
    if scope.index == 0 or lowering.class_names is not None:
        # its names would be those of the module or class, so it is lowered as a function that yields the elements
        value = node.value if isinstance(node, ast.DictComp) else node.elt
        yielding = ast.copy_location(ast.GeneratorExp(value, node.generators), node)
        generator = _generator(lowering, yielding)
        lowering.iterated(node, generator)
        element: Expression = ["i", generator, False]
        return ["d", {"*": element}] if isinstance(node, ast.DictComp) else ["g", element]
    saved = dict(scope.env)
    doubts, outside = len(scope.doubts), len(scope.done)
    comprehension_parts(lowering, node.generators)
    if isinstance(node, ast.DictComp):
        lowering.expr(node.key)
        element = lowering.expr(node.value)
        result: Expression = ["d", {"*": element}] if element is not None else None
    else:
        element = lowering.expr(node.elt)
        result = ["g", element] if element is not None else None
    del scope.doubts[doubts:]
    del scope.done[outside:]
    scope.env = saved
    return result


def comprehension_parts(lowering: Lowering, generators: list[ast.comprehension], first: Expression = None) -> None:
    """Lower the `for` and `if` parts of a comprehension; `first` is what its first `for` iterates over, if known.

    Whether what stands behind an `if` runs is in doubt until the caller takes that back.
    """
    for position, generator in enumerate(generators):
        iterated = first if position == 0 and first is not None else lowering.expr(generator.iter)
        is_async = bool(generator.is_async)
        lowering.iterated(generator.iter, iterated, is_async=is_async)
        lowering.target(generator.target, ["i", iterated, is_async])
        lowering.scope.done.extend(completed_names(lowering, generator))
        for test in generator.ifs:
            lowering.expr(test)
            narrow(lowering, test, positive=True)
            lowering.scope.doubts.append(None)


def _generator(lowering: Lowering, node: ast.GeneratorExp) -> Expression:
    """Lower a generator expression as what it is: a nested generator that is given its first iterable."""
    first = lowering.expr(node.generators[0].iter)
    index = lowering.function(node, "<genexpr>")
    return ["G", index, first]


def _named(lowering: Lowering, node: ast.NamedExpr) -> Expression:
    value = lowering.expr(node.value)
    lowering.bind(node.target.id, value)
    return value


def _yield(lowering: Lowering, node: ast.Yield) -> Expression:
    lowering.scope.flags |= GENERATOR
    if node.value is not None:
        lowering.scope.yields.append(lowering.expr(node.value))
    return None


def _yield_from(lowering: Lowering, node: ast.YieldFrom) -> Expression:
    lowering.scope.flags |= GENERATOR
    inner = lowering.expr(node.value)
    lowering.iterated(node.value, inner)
    lowering.scope.defs.append(["i", inner, False])
    lowering.scope.yields.append(str(len(lowering.scope.defs) - 1))
    return None


def _children(lowering: Lowering, node: ast.expr) -> Expression:
    """Lower the parts of an expression whose own value is of no interest."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            lowering.expr(child)
    return None


def _binop(lowering: Lowering, node: ast.BinOp) -> Expression:
    if (
        lowering.scope.loops > 1
        and type(node.op) in ARITHMETIC
        and not isinstance(node.left, ast.Constant | ast.JoinedStr)
    ):
        lowering.scope.flags |= HEAVY
    spine: list[ast.expr] = []
    current: ast.expr = node
    while type(current) is ast.BinOp:
        spine.append(current.right)
        current = current.left
    spine.append(current)
    values = [lowering.expr(part) for part in reversed(spine)]
    if type(node.op) is ast.BitOr:
        return union(values)
    if type(node.op) is ast.Div and len(values) > 1:
        return ["/", values[0]] if values[0] is not None else None
    return None


def _constant(lowering: Lowering, node: ast.Constant) -> Expression:
    return ["k", None] if node.value is None else None


def _is_logger(node: ast.expr) -> bool:
    """Tell by its name whether an expression is a logger: `logger`, `self.log`, `verbose_logger`."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in _LOGGERS or name.endswith(("_logger", "_LOGGER"))


def _is_int(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


EXPRESSIONS: Final[dict[type, Any]] = {
    ast.Attribute: read_attribute,
    ast.Await: _await,
    ast.BinOp: _binop,
    ast.BoolOp: _boolop,
    ast.Call: _call,
    ast.Compare: _children,
    ast.Constant: _constant,
    ast.Dict: _dict,
    ast.DictComp: _comprehension,
    ast.FormattedValue: _children,
    ast.GeneratorExp: _generator,
    ast.IfExp: _ifexp,
    ast.JoinedStr: _children,
    ast.Lambda: _lambda,
    ast.List: _display,
    ast.ListComp: _comprehension,
    ast.Name: _name,
    ast.NamedExpr: _named,
    ast.Set: _display,
    ast.SetComp: _comprehension,
    ast.Slice: _children,
    ast.Starred: _starred,
    ast.Subscript: _subscript,
    ast.Tuple: _display,
    ast.UnaryOp: _children,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
}
