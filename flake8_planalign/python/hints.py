"""What an annotation says of a value: instances of classes, elements of containers, results of callables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.python import contexts, members
from flake8_planalign.python.values import EMPTY, Frame, Values, ordered, single, union, wrap

if TYPE_CHECKING:
    from flake8_planalign.python.evaluate import Evaluator

__all__ = ["are_known", "instances", "is_plain", "made", "refined", "says", "told", "varies"]

_TYPE_VARIABLE: Final = ("xi", "typing.TypeVar")
_UNIONS: Final = frozenset({"Optional", "Union"})
_TRANSPARENT: Final = frozenset(
    {"ClassVar", "Final", "InitVar", "Mapped", "NotRequired", "ReadOnly", "Required", "TypeGuard"}
)
_SEQUENCES: Final = frozenset({
    "AbstractSet", "AsyncGenerator", "AsyncIterable", "AsyncIterator", "Collection", "ContextVar", "Deque", "FrozenSet",
    "Generator", "Iterable", "Iterator", "List", "MutableSequence", "MutableSet", "Sequence", "Set", "deque",
    "frozenset", "list", "set",
})  # fmt: skip
_MAPPINGS: Final = frozenset({
    "DefaultDict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "WeakValueDictionary", "defaultdict", "dict",
})  # fmt: skip
_AWAITABLES: Final = frozenset({"Awaitable", "Coroutine", "Future", "Task"})
_MANAGERS: Final = frozenset(
    {"AbstractAsyncContextManager", "AbstractContextManager", "AsyncContextManager", "ContextManager"}
)
_CONSTRUCTORS: Final = (
    "typing.",
    "typing_extensions.",
    "collections.",
    "builtins.",
    "contextlib.",
    "contextvars.",
    "asyncio.",
    "sqlalchemy.orm.Mapped",
)
#: Types that carry nothing of interest; an instance of them is as good as unknown.
_PLAIN: Final = frozenset({
    "Any", "Hashable", "LiteralString", "Never", "NoReturn", "None", "Sized", "Text", "bool", "bytearray", "bytes",
    "complex", "float", "int", "memoryview", "object", "range", "slice", "str",
})  # fmt: skip

_PLAIN_VALUES: Final = frozenset(("x", f"builtins.{name}") for name in ("bool", "bytes", "float", "int", "str"))


def instances(evaluator: Evaluator, annotation: Any, frame: Frame, inside: Frame | None = None) -> Values:
    """Return what a value of this annotation is; empty where it says nothing (`Any`, an unknown name).

    `frame` is where the annotation's names are looked up; `inside` is the function that `Self` speaks of.
    """
    if annotation is None:
        return EMPTY
    if type(annotation) is str:
        return _named(evaluator, annotation, frame, inside)
    tag = annotation[0]
    if tag == "u":
        values = EMPTY
        for part in annotation[1:]:
            values = union(values, instances(evaluator, part, frame, inside))
        return values
    if tag == "k" and type(annotation[1]) is str and annotation[1].replace(".", "").isidentifier():
        return _named(evaluator, annotation[1], evaluator.module_frame(frame.module), inside)
    if tag == "s":
        return _parametrised(evaluator, annotation, frame, inside)
    return EMPTY


def is_plain(evaluator: Evaluator, annotation: Any, frame: Frame) -> bool:
    """Tell whether an annotation is a builtin text, number or truth value, and nothing else."""
    return type(annotation) is str and _PLAIN_VALUES.issuperset(evaluator.value(annotation, frame) or {EMPTY})


def varies(evaluator: Evaluator, annotation: Any, frame: Frame) -> bool:
    """Tell whether what is given decides what a value of this annotation is: a union with a type variable."""
    match annotation:
        case ["u", *parts]:
            return any(type(part) is str and _TYPE_VARIABLE in evaluator.value(part, frame) for part in parts)
        case ["s", _, _] if _constructor(evaluator, annotation[1], frame) in _UNIONS:
            return varies(evaluator, ["u", *_parts(annotation)], frame)
    return False


def _named(evaluator: Evaluator, annotation: str, frame: Frame, inside: Frame | None) -> Values:
    values = EMPTY
    for value in ordered(evaluator.value(annotation, frame)):
        match value:
            case ("C", path, index):
                values = union(values, single(("I", path, index, ())))
            case ("x", dotted):
                root, _, last = dotted.rpartition(".")
                if last == "Self" and root in {"typing", "typing_extensions"} and inside is not None:
                    if inside.record.get("c") is not None:
                        values = union(values, evaluator.parameter(0, inside))
                elif root not in {"typing", "typing_extensions", "builtins", "types"} or evaluator.registry.entry(
                    dotted
                ):
                    values = union(values, single(("xi", dotted)))
                elif last not in _PLAIN and root == "builtins":
                    values = union(values, EMPTY)
    return values or _alias(evaluator, annotation, frame)


def says(evaluator: Evaluator, declared: Values) -> bool:
    """Tell whether a declaration says what a value is: an abstract class of the project only says what it can do."""
    says_much = any(value[0] != "I" or not contexts.is_abstract(evaluator, value) for value in declared)
    return says_much and are_known(evaluator, declared)


def are_known(evaluator: Evaluator, declared: Values) -> bool:
    """Tell whether anything is known of what a declaration names: of stubs (`mypy_boto3_s3`) there is nothing."""
    return any(value[0] != "xi" or evaluator.registry.has(value[1].partition(".")[0]) for value in declared)


def told(declared: Values, given: Values) -> Values:
    """Return what is given, or an abstract class that is declared where that is objects of no or of several classes.

    Which of several classes is used is mostly chosen by a setting.
    """
    if not declared:
        return given
    classes = {value[:3] for value in given if value[0] in {"I", "xi"}}
    return given if len(classes) == 1 else declared


def refined(evaluator: Evaluator, declared: Values, given: Values) -> Values:
    """Return what is given where that is objects of the declared class of which is known what they were made with.

    `def get_users() -> Users: return Users(SqlUsers(...))`: the class alone does not say whose methods it calls.
    """
    if len(declared) != 1 or not given:
        return declared
    (test,) = declared
    is_known = all(value[0] == "I" and value[3] and members.is_instance(evaluator, value, test) for value in given)
    return given if is_known else declared


def made(evaluator: Evaluator, frame: Frame, key: str) -> Values:
    """Return what a function makes with arguments and hands back, if it always does: by its returns or its yields."""
    values = EMPTY
    for expression in frame.body.get(key, ()):
        call = frame.body["d"][int(expression)] if type(expression) is str and expression.isdigit() else expression
        if type(call) is not list or call[0] != "c" or not any(frame.body["c"][call[1]][1:3]):
            return EMPTY
        values = union(values, evaluator.value(expression, frame))
    return values


def _alias(evaluator: Evaluator, annotation: str, frame: Frame) -> Values:
    """Return what a type alias of the project (`SessionDep = Annotated[Session, Depends(get_db)]`) says."""
    if annotation[0].isdigit() or annotation[0] in "^@":
        return EMPTY
    return evaluator.solver.solve(
        evaluator.settled, ("T", frame.module.path, annotation), _resolve_alias, evaluator, annotation, frame, 0
    )


def _resolve_alias(evaluator: Evaluator, annotation: str, frame: Frame, hops: int) -> Values:
    root, _, rest = annotation.partition(".")
    module = frame.module
    for binding in module.names.get(root, ()):
        if type(binding) is list and binding[0] == "m" and hops < 20:
            target = binding[1] + (f".{rest}" if rest else "")
            head, _, last = module.absolute(target).rpartition(".")
            file = evaluator.modules.find(head, evaluator.modules.roots(module)) if head else None
            if file is not None and file.endswith(".py"):
                owner = evaluator.modules.module(file)
                if owner is not None and owner is not module:
                    return _resolve_alias(evaluator, last, evaluator.module_frame(owner), hops + 1)
        elif not rest and type(binding) is list and binding[0] in {"s", "u"}:
            return instances(evaluator, binding, evaluator.module_frame(module))
        elif not rest and type(binding) is list and binding[0] == "=" and binding[2] is not None:
            return instances(evaluator, binding[2], evaluator.module_frame(module))
        elif not rest and type(binding) is str and binding != annotation:
            return instances(evaluator, binding, evaluator.module_frame(module))
    return EMPTY


def _parts(annotation: Any) -> list[Any]:
    index = annotation[2]
    parts = list(index[1:]) if type(index) is list and index and index[0] == "t" else [index]
    return parts or [None]


def _parametrised(evaluator: Evaluator, annotation: Any, frame: Frame, inside: Frame | None) -> Values:
    name = _constructor(evaluator, annotation[1], frame)
    if name is None:
        return instances(evaluator, annotation[1], frame, inside)
    parts = _parts(annotation)
    first = parts[0]
    if name in _UNIONS:
        return instances(evaluator, ["u", *parts], frame, inside)
    if name == "Annotated":
        declared = instances(evaluator, first, frame, inside)
        given = _metadata(evaluator, parts[1:], frame)
        return refined(evaluator, declared, given) if says(evaluator, declared) else told(declared, given)
    if name in _TRANSPARENT:
        return instances(evaluator, first, frame, inside)
    if name in {"tuple", "Tuple"}:
        items = tuple(instances(evaluator, part, frame, inside) for part in parts)
        if len(parts) == 2 and parts[1] is None:
            return wrap("q", items[0])
        return single(("tu", items)) if any(items) else EMPTY
    if name in _SEQUENCES:
        return wrap("q", instances(evaluator, first, frame, inside))
    if name in _MAPPINGS:
        return wrap("di", instances(evaluator, parts[-1], frame, inside))
    if name in {"type", "Type"}:
        return frozenset(
            ("C", v[1], v[2]) if v[0] == "I" else ("x", v[1])
            for v in instances(evaluator, first, frame, inside)
            if v[0] in {"I", "xi"}
        )
    if name in _AWAITABLES:
        return wrap("co", instances(evaluator, parts[-1], frame, inside))
    if name == "Callable":
        return wrap("ca", instances(evaluator, parts[-1], frame, inside))
    if name in _MANAGERS:
        return wrap("cv", instances(evaluator, first, frame, inside))
    return instances(evaluator, annotation[1], frame, inside)


def _constructor(evaluator: Evaluator, base: Any, frame: Frame) -> str | None:
    """Return the bare name of a generic of the typing world, None for any other class."""
    for value in ordered(evaluator.value(base, frame)):
        if value[0] == "x" and value[1].startswith(_CONSTRUCTORS):
            name: str = value[1].rpartition(".")[2]
            return name if name in _GENERICS else None
    return None


_GENERICS: Final = (
    _UNIONS | _TRANSPARENT | _SEQUENCES | _MAPPINGS | _AWAITABLES | _MANAGERS
    | {"Annotated", "Callable", "Tuple", "Type", "tuple", "type"}
)  # fmt: skip


def _metadata(evaluator: Evaluator, parts: list[Any], frame: Frame) -> Values:
    """Return what the dependency in `Annotated[Any, Depends(f)]` gives."""
    values = EMPTY
    for part in parts:
        if type(part) is list and part[0] == "c":
            values = union(values, evaluator.value(part, frame))
    return values
