"""Parts of a key that another process, or the same values in another order, make into another key."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.process.analysis import Code
from flake8_planalign.process.caches import Access
from flake8_planalign.process.statements import Function, own_nodes
from flake8_planalign.process.templates import Gap, Templates
from flake8_planalign.rule import Confidence, Position
from flake8_planalign.source import Source

__all__ = ["UnstableKey", "unstable_keys"]

_SALTED: Final = "`hash()` of a text is salted anew in every process"
_ADDRESS: Final = "`id()` is an address in this process"
_SET: Final = "the order of a set is another one in every process"
_ORDERED: Final = frozenset({"len", "max", "min", "sorted", "sum"})
#: Functions whose text of a dict keeps the order in which it was filled.
_DUMPS: Final = frozenset({"dumps", "repr", "str", "urlencode"})
_DICTS: Final = frozenset({"Dict", "Mapping", "MutableMapping", "dict"})
#: Methods of a dict whose results hold all of it.
_WHOLE: Final = frozenset({"copy", "items", "keys", "values"})
_FUNCTIONS: Final = frozenset({"Callable", "Awaitable", "Coroutine"})
_TEXTS: Final = frozenset({"__format__", "__repr__", "__str__"})
_MAX_NODES: Final = 400


class UnstableKey(msgspec.Struct, frozen=True):
    """A key that other processes, or the next run, compute differently."""

    position: Position
    part: str
    why: str
    confidence: Confidence


def unstable_keys(source: Source, code: Code, function: Function, found: list[Access]) -> Iterator[UnstableKey]:
    """Yield the keys of a function's commands that have an unstable part, each key once."""
    templates = Templates(code, function)
    seen: set[str] = set()
    for access in found:
        if not access.is_typed or str(access.key) in seen:
            continue
        for gap in access.key.gaps:
            why = _why(gap, templates)
            if why is not None:
                seen.add(str(access.key))
                yield UnstableKey(source.position(access.key_node), gap.text, *why)
                break


def _why(gap: Gap, templates: Templates) -> tuple[str, Confidence] | None:
    """Return what is unstable of a gap and how sure that is."""
    function = templates.function
    if function is None:
        return None
    for whole in templates.expanded(gap.node):
        for node in itertools.islice(own_nodes(whole), _MAX_NODES):
            match node:
                case ast.Call(func=ast.Name(id="hash"), args=[argument]) if not _is_number(argument, function):
                    return _SALTED, Confidence.CERTAIN
                case ast.Call(func=ast.Name(id="id"), args=[_]):
                    return _ADDRESS, Confidence.CERTAIN
                case ast.Set(elts=[_, _, *_]) | ast.SetComp() if not _is_within(whole, node, _ORDERED):
                    if not _is_choice(whole, node):
                        return _SET, Confidence.CERTAIN
                case ast.Call(func=ast.Name(id="set" | "frozenset"), args=[_]) if not _is_within(whole, node, _ORDERED):
                    return _SET, Confidence.CERTAIN
                case ast.Name(id=name):
                    why = _why_parameter(templates.code, function, whole, node, name)
                    if why is not None:
                        return why
    return None


def _is_choice(whole: ast.expr, node: ast.expr) -> bool:
    """Tell whether a set only says which fields are taken: `row.model_dump_json(exclude={"page", "size"})`."""
    return any(
        isinstance(part, ast.keyword) and part.arg in {"exclude", "include"} and part.value is node
        for part in own_nodes(whole)
    )


def _why_parameter(
    code: Code, function: Function, whole: ast.expr, node: ast.Name, name: str
) -> tuple[str, Confidence] | None:
    """Return why the text of a parameter says less, or more, than what it is."""
    if function.args.kwarg is not None and function.args.kwarg.arg == name:
        return _why_dict(whole, node)
    annotation = _annotation(function, name)
    if annotation is None:
        return None
    written = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    last = written.attr if isinstance(written, ast.Attribute) else written.id if isinstance(written, ast.Name) else ""
    if last in _DICTS:
        return _why_dict(whole, node)
    if not _is_text_of(whole, node):
        return None
    if last in _FUNCTIONS:
        return "the text of a function holds its address in this process", Confidence.CERTAIN
    kind = _without_text(code, written, function)
    if kind is not None:
        return f"the text of a `{kind}`, which has no `__repr__`, is its address in this process", Confidence.CERTAIN
    return None


def _why_dict(whole: ast.expr, node: ast.Name) -> tuple[str, Confidence] | None:
    if whole is not node and not _is_within(whole, node, _DUMPS) and not _is_text_of(whole, node):
        return None
    if _is_asked(whole, node):
        return None
    for part in own_nodes(whole):
        if isinstance(part, ast.keyword) and part.arg in {"sort_keys", "option", "default"} and _is_on(part):
            return None
    if _is_within(whole, node, _ORDERED):
        return None
    return f"equal dicts that were filled in another order give another text of `{node.id}`", Confidence.PROBABLE


def _is_asked(whole: ast.expr, node: ast.Name) -> bool:
    """Tell whether no more of a dict is taken than one of its values: `options["tenant"]`, `options.get("tenant")`."""
    for part in own_nodes(whole):
        match part:
            case ast.Subscript(value=inner) if inner is node:
                return True
            case ast.Attribute(value=inner, attr=method) if inner is node:
                return method not in _WHOLE
    return False


def _is_on(keyword: ast.keyword) -> bool:
    """Tell whether an argument may make the text independent of the order."""
    if keyword.arg == "default":
        return False
    return not isinstance(keyword.value, ast.Constant) or bool(keyword.value.value)


def _annotation(function: Function, name: str) -> ast.expr | None:
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return next((argument.annotation for argument in arguments if argument.arg == name), None)


def _is_text_of(whole: ast.expr, node: ast.Name) -> bool:
    """Tell whether a part of an expression is no more than the text of a name: itself, or `str`, `repr`, `{}` of it."""
    if whole is node:
        return True
    for part in own_nodes(whole):
        match part:
            case ast.Call(func=ast.Name(id="str" | "repr"), args=[inner], keywords=[]) if inner is node:
                return True
            case ast.FormattedValue(value=inner) if inner is node:
                return True
    return False


def _is_within(whole: ast.expr, part: ast.AST, names: frozenset[str]) -> bool:
    """Tell whether a part of an expression is an argument of one of these functions."""
    return any(
        isinstance(node, ast.Call) and _called(node) in names and any(part in ast.walk(a) for a in node.args)
        for node in ast.walk(whole)
    )


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _without_text(code: Code, annotation: ast.expr, function: Function) -> str | None:
    """Return the name of a class of the project whose instances have no text of their own, None for any other type."""
    for value in code.named(annotation, function):
        if value[0] == "C":
            module = code.analysis.evaluator.modules.module(value[1])
            record = module.classes[value[2]] if module is not None else None
            other = code.analysis.code(value[1])
            node = _class_node(other, record["n"]) if other is not None and record is not None else None
            if node is not None and not node.bases and not node.keywords and not node.decorator_list:
                defined = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
                return None if defined & _TEXTS else node.name
    return None


def _class_node(code: Code, name: str) -> ast.ClassDef | None:
    found = [node for node, _ in code.statements if isinstance(node, ast.ClassDef) and node.name == name]
    return found[0] if len(found) == 1 else None


def _is_number(node: ast.expr, function: Function) -> bool:
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float)
        case ast.Tuple(elts=elements):
            return all(_is_number(element, function) for element in elements)
        case ast.Name(id=name):
            annotation = _annotation(function, name)
            return isinstance(annotation, ast.Name) and annotation.id in {"int", "float"}
    return False
