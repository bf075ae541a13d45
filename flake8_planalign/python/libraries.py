"""Names of libraries: what their calls, methods and attributes give, by the registry and by what Python defines."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.patterns import lazy
from flake8_planalign.python import hints, members
from flake8_planalign.python.arguments import Arguments
from flake8_planalign.python.values import EMPTY, Frame, Value, Values, nesting, ordered, single, union, wrap

if TYPE_CHECKING:
    from flake8_planalign.python.evaluate import Evaluator
    from flake8_planalign.registry import Entry, Unless

__all__ = [
    "BUFFERS",
    "attribute",
    "class_attribute",
    "decorated",
    "defines",
    "element",
    "entered",
    "given",
    "held_attribute",
    "held_result",
    "in_memory",
    "is_data",
    "is_memory_database",
    "method_result",
    "opens_nothing",
    "result",
]

_DOTTED: Final = lazy(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_CACHES: Final = frozenset({
    "aiocache.cached", "cachetools.cached", "cachetools.func.lru_cache", "cachetools.func.ttl_cache", "functools.cache",
    "functools.lru_cache", "joblib.Memory.cache",
})  # fmt: skip
_CONTEXT_MANAGERS: Final = frozenset({"contextlib.asynccontextmanager", "contextlib.contextmanager"})
_DEPENDS: Final = frozenset(
    {"fastapi.Depends", "fastapi.Security", "fastapi.param_functions.Depends", "fastapi.param_functions.Security"}
)
_SAME_ELEMENTS: Final = frozenset({"iter", "list", "reversed", "set", "sorted", "tuple", "frozenset", "filter"})
_TASKS: Final = frozenset({"asyncio.ensure_future", "asyncio.create_task"})
_FIRST_ARGUMENT: Final = frozenset({
    "asyncio.ensure_future", "asyncio.create_task", "asyncio.shield", "asyncio.wait_for", "copy.copy", "copy.deepcopy",
})  # fmt: skip


# -- decorators -----------------------------------------------------------------------------------------------------


def decorated(evaluator: Evaluator, decorator: Any, frame: Frame, values: Values) -> Values:
    """Return what a function becomes under a decorator; a library's decorator is taken to keep what it wraps."""
    callee = decorator
    if type(decorator) is list and decorator[0] == "c":
        callee = frame.body["c"][decorator[1]][0]
    for value in ordered(evaluator.value(callee, frame)):
        if value[0] == "x":
            return _decorated_by_library(evaluator, value[1], values)
    result_values = EMPTY
    for value in ordered(evaluator.value(decorator, frame)):
        match value:
            case ("F", *_) | ("C", *_) | ("I", *_):
                result_values = union(result_values, evaluator.result(value, _handed(evaluator, frame, values)))
            case ("pa", ("x", dotted), _, _):
                result_values = union(result_values, _decorated_by_library(evaluator, dotted, values))
    return result_values or values


def _decorated_by_library(evaluator: Evaluator, dotted: str, values: Values) -> Values:
    if dotted in _CACHES:
        return frozenset(("kept", value) for value in values)
    if dotted in _CONTEXT_MANAGERS:
        return frozenset(("cmf", value) for value in values)
    entry = evaluator.registry.entry(dotted)
    if entry is not None and entry.callable is not None and entry.callable.runs in {"thread", "process"}:
        return frozenset(("off", value) for value in values)
    return values


def _handed(evaluator: Evaluator, frame: Frame, *values: Values) -> Arguments:
    return Arguments(evaluator, frame, [], {}, tuple(values))


# -- calls ----------------------------------------------------------------------------------------------------------


def result(evaluator: Evaluator, dotted: str, arguments: Arguments, frame: Frame | None) -> Values:
    """Return what calling a name of a library gives."""
    special = _SPECIAL.get(dotted)
    if special is not None:
        return special(evaluator, arguments, frame)
    if dotted in _FIRST_ARGUMENT:
        return union(arguments.at(0), single(("xi", "asyncio.Task")) if dotted in _TASKS else EMPTY)
    if dotted in _DEPENDS:
        return _dependency(evaluator, arguments.get(0, "dependency"))
    root, _, last = dotted.rpartition(".")
    if root == "builtins" and last in _SAME_ELEMENTS:
        position = 1 if last == "filter" else 0
        return wrap("q", evaluator.element(arguments.at(position), is_async=False))
    registry = evaluator.registry
    entry = registry.entry(dotted)
    if entry is not None:
        if (entry.kind == "file" and in_memory(evaluator, entry.name, arguments)) or is_memory_database(
            entry.name, arguments
        ):
            return _kept_in_memory(evaluator, entry, arguments)
        if entry.enters is not None and ("arg[" in entry.enters or not _is_class_name(last)):
            return wrap("cv", typed(evaluator, entry.enters, ("xi", root), arguments))
        if entry.callable is not None and entry.callable.runs in {"thread", "process"} and entry.returns is None:
            handed = arguments.get(entry.callable.position, entry.callable.keyword)
            if handed and not entry.kind and not _is_class_name(last):
                return frozenset(("off", value) for value in handed)
        if entry.returns is not None:
            return typed(evaluator, entry.returns, ("xi", root), arguments)
        if _is_class_name(last) or entry.methods or entry.results:
            return single(("xi", registry.variant(entry.name, lambda condition: given(arguments, condition))))
        return EMPTY
    owner = registry.entry(root) if root else None
    if owner is not None and (owner.methods or owner.results or defines(evaluator, owner.name, last)):
        return method_result(evaluator, owner.name, last, arguments, ("xi", owner.name))
    return single(("xi", dotted)) if _is_class_name(last) and root else EMPTY


BUFFERS: Final = frozenset(
    {"io.BytesIO", "io.StringIO", "pyarrow.BufferOutputStream", "pyarrow.BufferReader", "tempfile.SpooledTemporaryFile"}
)
#: What a class derives from that is a stream of its own, whatever it reads and writes.
_STREAMS: Final = frozenset({
    "io.BufferedIOBase", "io.BytesIO", "io.IOBase", "io.RawIOBase", "io.StringIO", "io.TextIOBase",
})  # fmt: skip
_NOWHERE: Final = ("x", "os.devnull")
_COPIES: Final = frozenset({"shutil.copyfileobj"})
_CONNECTS: Final = frozenset({"sqlite3.Connection", "sqlite3.connect"})


def in_memory(evaluator: Evaluator, name: str, arguments: Arguments) -> bool:
    """Tell whether what a reader or writer of files is given is a buffer, a stream of the project's own, or nothing.

    What is copied from a buffer to somewhere else is written there.
    """
    if name in _COPIES and not _any_in_memory(evaluator, arguments.at(1)):
        return False
    return _any_in_memory(evaluator, arguments.at(0)) or _any_in_memory(evaluator, arguments.named("fileobj"))


def _any_in_memory(evaluator: Evaluator, values: Values) -> bool:
    for value in values:
        if value == _NOWHERE or value[0] == "mem" or (value[0] == "xi" and value[1] in BUFFERS):
            return True
        if value[0] == "I" and not _STREAMS.isdisjoint(members.library_bases(evaluator, value[1], value[2])):
            return True
    return False


def is_memory_database(name: str, arguments: Arguments) -> bool:
    """Tell whether a call opens a database of SQLite that lies in memory, where nothing is waited for."""
    if name not in _CONNECTS:
        return False
    known, path = arguments.constant(0, "database")
    return known and isinstance(path, str) and (path == ":memory:" or path.startswith("file::memory:"))


def opens_nothing(name: str, arguments: Arguments) -> bool:
    """Tell whether a call makes a database of DuckDB that lies in memory, which takes a while only when it is asked."""
    if name != "duckdb.connect":
        return False
    known, path = arguments.constant(0, "database")
    return (known and path == ":memory:") or (not arguments.starred() and arguments.is_left_out(0, "database"))


def _kept_in_memory(evaluator: Evaluator, entry: Entry, arguments: Arguments) -> Values:
    """Return what a reader or writer of files gives that is given a buffer: of the same type, but no file."""
    made = typed(evaluator, entry.returns, ("xi", entry.name), arguments) if entry.returns is not None else EMPTY
    if not made and _is_class_name(entry.name.rpartition(".")[2]):
        made = single(("xi", entry.name))
    return _inside(made)


def _inside(values: Values) -> Values:
    """Return what is given by what lies in memory: it lies there, too."""
    found = frozenset(("mem", value[1]) for value in values if value[0] == "xi")
    for value in values:
        if value[0] == "q":
            found |= wrap("q", _inside(value[1]))
    return found


def is_data(evaluator: Evaluator, class_name: str) -> bool:
    """Tell whether a class is of data (a table, an image), with which the processor works wherever it comes from."""
    entry = evaluator.registry.entry(class_name)
    return entry is not None and entry.kind == "cpu"


def held_attribute(evaluator: Evaluator, value: Value, name: str) -> Values:
    """Return an attribute of what lies in memory; files and databases have no methods there that block."""
    class_name = value[1]
    for entry in evaluator.registry.lineage(class_name):
        if name in entry.attributes:
            return _inside(typed(evaluator, entry.attributes[name], ("xi", class_name), None))
    if is_data(evaluator, class_name):
        api = evaluator.registry.method(class_name, name)
        if api is None or api.kind != "file":
            return attribute(evaluator, class_name, name, ("xi", class_name))
    return single(("bm", value, name))


def held_result(evaluator: Evaluator, class_name: str, name: str, arguments: Arguments) -> Values:
    """Return what a method gives of what lies in memory."""
    return _inside(method_result(evaluator, class_name, name, arguments, ("xi", class_name)))


def given(arguments: Arguments, condition: Unless) -> bool:
    """Tell whether an argument is given as a value that counts."""
    known, value = arguments.constant(condition.position, condition.keyword)
    if condition.exact and isinstance(condition.value, str) and "." in condition.value:
        return ("x", condition.value) in arguments.get(condition.position, condition.keyword)
    if condition.exact:
        return known and bool(value == condition.value)
    if known:
        return value is not None and bool(value != condition.value)
    if condition.keyword in arguments.names or "**" in arguments.names:
        return True
    return condition.position is not None and condition.position < arguments.count


def _is_class_name(name: str) -> bool:
    stripped = name.lstrip("_")
    return stripped[:1].isupper() and not stripped.isupper()


def _dependency(evaluator: Evaluator, values: Values) -> Values:
    """Return what FastAPI hands over for `Depends(f)`: results are awaited, generators give what they yield."""
    given = EMPTY
    for value in ordered(values):
        made = evaluator.result(value, evaluator.no_arguments())
        for one in made:
            match one:
                case ("co", inner):
                    given = union(given, inner)
                case ("ge" | "ag" | "cm", number):
                    given = union(given, evaluator.yielded(evaluator.numbered(number)))
                case _:
                    given = union(given, single(one))
    return given


def _partial(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    functions = arguments.at(0)
    positional = tuple(arguments.at(position) for position in range(1, arguments.count))
    keywords = tuple((name, arguments.named(name)) for name in sorted(arguments.names) if name != "**")
    made = frozenset(("pa", function, positional, keywords) for function in functions)
    return made if nesting(made) <= 5 else EMPTY


def _cast(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    made = EMPTY
    for value in arguments.at(0):
        match value:
            case ("C", path, index):
                made = union(made, single(("I", path, index, ())))
            case ("x", dotted) if not dotted.startswith(("typing.", "builtins.")):
                made = union(made, single(("xi", dotted)))
            case ("s", text) if frame is not None and _DOTTED.fullmatch(text):
                made = union(made, hints.instances(evaluator, text, evaluator.module_frame(frame.module)))
    return made or arguments.at(1)


def _field(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    made = arguments.named("default")
    for factory in union(arguments.named("default_factory"), arguments.named("factory")):
        made = union(made, evaluator.result(factory, evaluator.no_arguments()))
    return made


def _super(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    while frame is not None and frame.record.get("c") is None:
        frame = frame.outer
    if frame is None:
        return EMPTY
    index = frame.record["c"]
    return frozenset(
        ("su", value, frame.module.path, index) for value in evaluator.parameter(0, frame) if value[0] in {"I", "C"}
    )


def _getattr(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    known, name = arguments.constant(1, "name")
    if known and isinstance(name, str) and name.isidentifier():
        return union(evaluator.attributes(arguments.at(0), [name]), arguments.at(2))
    return EMPTY


def _type(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    return frozenset(
        ("C", value[1], value[2]) if value[0] == "I" else ("x", value[1])
        for value in arguments.at(0)
        if value[0] in {"I", "xi"} and arguments.count == 1
    )


def _next(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    return union(evaluator.element(arguments.at(0), is_async=False), arguments.at(1))


def _anext(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    return wrap("co", evaluator.element(arguments.at(0), is_async=True))


def _map(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    if frame is None:
        return EMPTY
    elements = tuple(
        evaluator.element(arguments.at(position), is_async=False) for position in range(1, arguments.count)
    )
    made = EMPTY
    for function in arguments.at(0):
        made = union(made, evaluator.result(function, _handed(evaluator, frame, *elements)))
    return wrap("q", made)


def _enumerate(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    element = evaluator.element(arguments.at(0), is_async=False)
    return wrap("q", single(("tu", (EMPTY, element)))) if element else EMPTY


def _zip(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    parts = tuple(evaluator.element(arguments.at(position), is_async=False) for position in range(arguments.count))
    return wrap("q", single(("tu", parts))) if any(parts) else EMPTY


def _dict(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    items = tuple((name, arguments.named(name)) for name in sorted(arguments.names) if name != "**")
    if any(values for _, values in items):
        return single(("dk", items))
    return frozenset(value for value in arguments.at(0) if value[0] in {"di", "dk"})


def _gather(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    parts = tuple(evaluator.awaited(arguments.at(position)) for position in range(arguments.count))
    return single(("co", single(("tu", parts)))) if any(parts) else EMPTY


def _import_module(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    known, name = arguments.constant(0, "name")
    if known and frame is not None and isinstance(name, str) and name and not name.startswith("."):
        return evaluator.imported(frame.module, name)
    return EMPTY


def _wraps(evaluator: Evaluator, arguments: Arguments, frame: Frame | None) -> Values:
    return EMPTY


_SPECIAL: Final[dict[str, Callable[[Any, Any, Any], Values]]] = {
    "asyncio.gather": _gather,
    "builtins.anext": _anext,
    "builtins.dict": _dict,
    "builtins.enumerate": _enumerate,
    "builtins.getattr": _getattr,
    "builtins.map": _map,
    "builtins.max": _next,
    "builtins.min": _next,
    "builtins.next": _next,
    "builtins.super": _super,
    "builtins.type": _type,
    "builtins.zip": _zip,
    "attr.ib": _field,
    "attrs.field": _field,
    "contextvars.ContextVar": lambda _evaluator, arguments, _frame: wrap("q", arguments.named("default")),
    "dataclasses.field": _field,
    "functools.partial": _partial,
    "functools.update_wrapper": lambda _evaluator, arguments, _frame: arguments.at(0),
    "functools.wraps": _wraps,
    "importlib.import_module": _import_module,
    "pydantic.Field": _field,
    "typing.cast": _cast,
}


# -- instances of a library's classes ---------------------------------------------------------------------------------


def defines(evaluator: Evaluator, class_name: str, name: str) -> bool:
    """Tell whether the registry says anything of this attribute of a class or its bases."""
    return any(
        name in entry.methods
        or name in entry.results
        or name in entry.attributes
        or evaluator.registry.entry(f"{entry.name}.{name}") is not None
        or "*" in entry.methods
        for entry in evaluator.registry.lineage(class_name)
    )


def class_attribute(evaluator: Evaluator, class_name: str, name: str) -> Values:
    """Return what an attribute of a library's class is: of the type that the registry gives, else a name below it."""
    for entry in evaluator.registry.lineage(class_name):
        declared = entry.attributes.get(name)
        if declared is not None:
            return typed(evaluator, declared, ("xi", class_name), None)
    return single(("x", evaluator.canonical(f"{class_name}.{name}")))


def attribute(evaluator: Evaluator, class_name: str, name: str, receiver: Value) -> Values:
    """Return what an attribute of an instance is: of the type that the registry gives, else a method."""
    for entry in evaluator.registry.lineage(class_name):
        declared = entry.attributes.get(name)
        if declared is not None:
            return typed(evaluator, declared, receiver, None)
    if not name.startswith("_") and not defines(evaluator, class_name, name):
        for entry in evaluator.registry.lineage(class_name):
            if "__getattr__" in entry.results:
                return typed(evaluator, entry.results["__getattr__"], receiver, None)
    return single(("xm", class_name, name))


def method_result(evaluator: Evaluator, class_name: str, name: str, arguments: Arguments, receiver: Value) -> Values:
    """Return what a method of a library's class gives."""
    registry = evaluator.registry
    for entry in registry.lineage(class_name):
        declared = entry.results.get(name)
        own = registry.entry(f"{entry.name}.{name}")
        if own is not None and own.enters is not None:
            return wrap("cv", typed(evaluator, own.enters, receiver, arguments))
        if declared is None:
            declared = own.returns if own is not None else None
        if declared is not None:
            return typed(evaluator, declared, receiver, arguments)
    return EMPTY


def element(evaluator: Evaluator, class_name: str, receiver: Value) -> Values:
    """Return what iterating over an instance of a library's class gives."""
    for entry in evaluator.registry.lineage(class_name):
        declared = entry.yields or entry.results.get("__next__") or entry.results.get("__anext__")
        if declared is not None:
            given = typed(evaluator, declared, ("xi", class_name), None)
            return _inside(given) if receiver[0] == "mem" else given
    return EMPTY


def entered(evaluator: Evaluator, class_name: str, receiver: Value) -> Values:
    """Return what `with` binds for an instance of a library's class: by default the instance itself."""
    for entry in evaluator.registry.lineage(class_name):
        if entry.enters is not None:
            return typed(evaluator, entry.enters, receiver, None)
    return single(receiver)


# -- the registry's types ---------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def typed(evaluator: Evaluator, text: str, receiver: Value, arguments: Arguments | None) -> Values:
    """Return the values of a type as the registry writes it (`SCHEMA.md` beside the registry)."""
    node = _parsed(text)
    return _typed(evaluator, node, receiver, arguments) if node is not None else EMPTY


def _typed(evaluator: Evaluator, node: ast.expr, receiver: Value, arguments: Arguments | None) -> Values:
    match node:
        case ast.Name(id="self"):
            return single(receiver)
        case ast.Subscript(value=ast.Name(id="arg"), slice=ast.Constant(value=int(position))):
            return arguments.at(position) if arguments is not None else EMPTY
        case ast.Subscript(
            value=ast.Name(id="arg"),
            slice=ast.Tuple([ast.Constant(value=int(position)), ast.Constant(value=str(keyword))]),
        ):
            return arguments.get(position, keyword) if arguments is not None else EMPTY
        case ast.Subscript(
            value=ast.Name(id="call"),
            slice=ast.Tuple([ast.Constant(value=int(position)), ast.Constant(value=str(keyword))]),
        ):
            return _called(evaluator, arguments, position, keyword) if arguments is not None else EMPTY
        case ast.Subscript(value=ast.Name(id="variant"), slice=ast.Tuple([owner, ast.Constant(str(word))])):
            return single(("xi", f"{evaluator.canonical(ast.unparse(owner))}#{word}"))
        case ast.Subscript(value=ast.Name(id="stream"), slice=ast.Constant(value=int(position))):
            return single(("xi", _stream(arguments, position)))
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            parts = index.elts if isinstance(index, ast.Tuple) else [index]
            values = tuple(_typed(evaluator, part, receiver, arguments) for part in parts)
            match name:
                case "tuple" if not (len(parts) == 2 and isinstance(parts[1], ast.Constant)):
                    return single(("tu", values)) if any(values) else EMPTY
                case "dict":
                    return wrap("di", values[-1])
                case "awaitable":
                    return single(("co", values[0]))
            return wrap("q", values[0])
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return union(_typed(evaluator, left, receiver, arguments), _typed(evaluator, right, receiver, arguments))
        case ast.Attribute():
            return single(("xi", evaluator.canonical(ast.unparse(node))))
    return EMPTY


def _called(evaluator: Evaluator, arguments: Arguments, position: int, keyword: str) -> Values:
    """Return what a function gives that is handed over, when it is called with what stands behind it."""
    made = EMPTY
    for function in arguments.get(position, keyword):
        made = union(made, evaluator.result(function, arguments.behind(position)))
    return made


def _stream(arguments: Arguments | None, position: int) -> str:
    """Return the class of what a file is opened as: that of a text unless a constant says otherwise."""
    mode = arguments.constant(position, "mode")[1] if arguments is not None else None
    if not isinstance(mode, str) or "b" not in mode:
        return "io.TextIOWrapper"
    return "io.BufferedRandom" if "+" in mode else "io.BufferedReader" if "r" in mode else "io.BufferedWriter"
