"""Expressions as PostgreSQL compares them: the same tree of operators, functions and casts over the same columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from flake8_planalign.formats.sql.syntax import (
    Array,
    Binary,
    Call,
    Cast,
    Constant,
    Expression,
    Identifier,
    Junction,
    Parameter,
    Subscript,
    Unary,
)
from flake8_planalign.patterns import lazy

__all__ = [
    "Form",
    "children",
    "columns_of",
    "form_of",
    "json_steps",
    "quoted",
    "rename",
    "root_column",
    "settled",
    "sql_of",
    "text_constant",
    "uncast",
    "walk",
]

#: A nested tuple; equal forms are equal expressions to PostgreSQL. None for what cannot be an index expression.
Form = tuple[Any, ...]
#: Longer documents, in characters, are compared as they are written.
_DOCUMENT_LIMIT = 10_000
#: An item of an array's text, which may be in quotes.
_ITEM = lazy(r'\s*"(?:[^"\\]|\\.)*"\s*|[^,]+')
_MEMBERS = lazy(r"\s*(?:lax\s)?\s*\$(?:\.\w+)+\s*")
_ESCAPE = lazy(r"\\(.)")
_MEMBER = lazy(r"\.(\w+)")
_PLAIN_NAME = lazy(r"[a-z_][a-z0-9_$]*")
#: Those of PostgreSQL's reserved words that are names in real schemas.
_RESERVED = frozenset({
    "all", "analyse", "analyze", "array", "case", "check", "column", "constraint", "default", "desc", "end", "fetch",
    "for", "foreign", "from", "grant", "group", "limit", "offset", "on", "only", "or", "order", "primary", "references",
    "select", "table", "to", "union", "unique", "user", "using", "when", "where", "window", "with",
})  # fmt: skip
_TEXTUAL = frozenset({"text", "character varying"})
_TEXT_FUNCTIONS = frozenset({
    "lower", "upper", "trim", "btrim", "ltrim", "rtrim", "jsonb_extract_path_text", "json_extract_path_text", "concat",
    "replace", "substring", "substr", "left", "right", "md5", "text", "jsonb_typeof",
})  # fmt: skip
_DOCUMENTS = frozenset({"json", "jsonb"})
_WITHIN = frozenset({"->", "#>", "#-", "-", "||"})
#: Names by which other functions go (to `char_length` PostgreSQL has a function of its own).
_FUNCTIONS = {"trim": "btrim"}
#: Types whose name may be written as a function: `int4(a)` is `a::int4`.
_CASTING = {"int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
            "text": "text", "date": "date", "uuid": "uuid"}  # fmt: skip


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the operands of an expression."""
    match expression:
        case Binary(left=left, right=right):
            return left, right
        case Unary(operand=operand) | Cast(operand=operand):
            return (operand,)
        case Junction(terms=items) | Call(arguments=items) | Array(items=items):
            return items
        case Subscript(operand=operand, index=index):
            return operand, index
    return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and all that it is made of."""
    pending = [expression]
    while pending:
        found = pending.pop()
        yield found
        pending += reversed(children(found))


def uncast(expression: Expression | None) -> Expression | None:
    """Return an expression without the cast around it."""
    return expression.operand if isinstance(expression, Cast) else expression


def columns_of(expression: Expression) -> set[str]:
    """Return the names of the columns in an expression."""
    return {item.parts[-1] for item in walk(expression) if isinstance(item, Identifier)}


def rename(expression: Expression, name: str, new_name: str) -> Expression:
    """Return the expression with a column renamed."""
    match expression:
        case Identifier(parts=(*before, last)) if last == name:
            return replace(expression, parts=(*before, new_name))
        case Binary():
            return replace(
                expression, left=rename(expression.left, name, new_name), right=rename(expression.right, name, new_name)
            )
        case Unary() | Cast():
            return replace(expression, operand=rename(expression.operand, name, new_name))
        case Junction():
            return replace(expression, terms=tuple(rename(item, name, new_name) for item in expression.terms))
        case Call():
            arguments = tuple(rename(item, name, new_name) for item in expression.arguments)
            return replace(expression, arguments=arguments)
        case Array():
            return replace(expression, items=tuple(rename(item, name, new_name) for item in expression.items))
        case Subscript():
            return replace(
                expression,
                operand=rename(expression.operand, name, new_name),
                index=rename(expression.index, name, new_name),
            )
    return expression


def form_of(expression: Expression) -> Form | None:
    """Return the normal form of an expression, None if a part of it is not known.

    Aliases, blanks, parentheses and casts that change nothing (`::text` of a text, a string constant's type) do not
    count; `->`, `#>`, subscripts and functions for the same thing stay different, as they are to PostgreSQL.
    """
    match expression:
        case Identifier(parts=parts):
            return "column", parts[-1]
        case Constant(kind=kind, value=value):
            return "constant", kind, value
        case Cast(operand=Constant(kind="string") as constant, type=type_name) if type_name.name in _TEXTUAL:
            return form_of(constant)
        case Cast(operand=Constant(kind="number") as constant, type=type_name) if type_name.name == "integer":
            return form_of(constant) if constant.value.lstrip("-").isdigit() else None
        case Cast(operand=operand, type=type_name):
            return _cast(operand, type_name.name, type_name.modifiers)
        case Binary(operator="->" | "->>" as operator, left=left, right=Binary() | Call() as key):
            # PostgreSQL computes a key of constants beforehand.
            return _joined("operator", operator, (left, key)) if columns_of(key) else None
        case Binary(operator="@>" | "<@" as operator, left=left, right=right):
            sides = [_document(side) or form_of(side) for side in (left, right)]
            return None if None in sides else ("operator", operator, *sides)
        case Binary(operator="#>" | "#>>" | "#-" as operator, left=left, right=path) if steps := _constant_path(path):
            inner = form_of(left)
            return None if inner is None else ("operator", operator, inner, ("path", *steps))
        case Binary(operator=operator, left=left, right=right):
            return _joined("operator", operator, (left, right))
        case Unary(operator=operator, operand=operand):
            return _joined("unary", operator, (operand,))
        case Subscript(operand=operand, index=index):
            return _joined("subscript", "[]", (operand, index))
        case Call(name=name, arguments=(operand,), aggregate=False) if name in _CASTING:
            return _cast(operand, _CASTING[name], ())
        case Call(name="coalesce", arguments=arguments):
            found = [_document(item) or form_of(item) for item in arguments]
            return None if None in found else ("call", "coalesce", *found)
        case Call(name=name, arguments=arguments, aggregate=False):
            return _joined("call", _FUNCTIONS.get(name, name), arguments)
        case Junction(operator=operator, terms=terms):
            return _joined("junction", operator, terms)
        case Array(items=items):
            return _joined("array", "", items)
        case Parameter():
            return ("parameter",)
    return None


def _cast(operand: Expression, name: str, modifiers: tuple[str, ...]) -> Form | None:
    if name in _DOCUMENTS and (document := _document(operand)) is not None:
        return document
    inner = form_of(operand)
    if inner is None:
        return None
    if not modifiers and ((name in _TEXTUAL and _is_text(operand)) or inner[:3] == ("cast", name, ())):
        return inner
    return "cast", name, modifiers, inner


def _document(expression: Expression) -> Form | None:
    """Return the form of a constant document, however it is written; None of anything else."""
    inner = expression
    if isinstance(expression, Cast) and expression.type.name in _DOCUMENTS:
        inner = expression.operand
    if not isinstance(inner, Constant) or inner.kind != "string" or not inner.value.lstrip().startswith(("{", "[")):
        return None
    if len(inner.value) > _DOCUMENT_LIMIT:
        return None
    try:
        return "constant", "document", json.dumps(json.loads(inner.value), sort_keys=True)
    except (ValueError, RecursionError):
        return None


def settled(expression: Expression, kind_of: Callable[[Identifier], str]) -> Expression:
    """Return an expression without the casts to the type that a document has anyway; `kind_of` tells a column's."""
    if not any(isinstance(item, Cast) and item.type.name in _DOCUMENTS for item in walk(expression)):
        return expression
    match expression:
        case Cast(operand=operand, type=type_name):
            inner = settled(operand, kind_of)
            if type_name.name in _DOCUMENTS and _document_type(inner, kind_of) == type_name.name:
                return inner
            return replace(expression, operand=inner)
        case Binary(left=left, right=right):
            return replace(expression, left=settled(left, kind_of), right=settled(right, kind_of))
        case Unary(operand=operand):
            return replace(expression, operand=settled(operand, kind_of))
        case Subscript(operand=operand):
            return replace(expression, operand=settled(operand, kind_of))
        case Junction(terms=terms):
            return replace(expression, terms=tuple(settled(item, kind_of) for item in terms))
        case Call(arguments=arguments):
            return replace(expression, arguments=tuple(settled(item, kind_of) for item in arguments))
    return expression


def _document_type(expression: Expression, kind_of: Callable[[Identifier], str]) -> str:
    """Return "json" or "jsonb" where an expression is known to be that, else nothing."""
    for _ in range(60):
        match expression:
            case Identifier():
                return kind_of(expression)
            case Binary(operator=operator, left=inner) if operator in _WITHIN:
                expression = inner
            case Subscript(operand=inner):
                expression = inner
            case Cast(type=type_name):
                return type_name.name
            case _:
                break
    return ""


def _constant_path(path: Expression) -> list[str] | None:
    """Return the keys of a path that is constant, however it is written: `'{a, b}'` or `ARRAY['a', 'b']`."""
    keys = [key for key in _path(path) if key is not None]
    return keys if len(keys) == len(_path(path)) else None


def _joined(kind: str, name: str, parts: tuple[Expression, ...]) -> Form | None:
    found = [form_of(part) for part in parts]
    return None if None in found else (kind, name, *found)


def _is_text(expression: Expression) -> bool:
    """Tell whether the value of an expression is known to be text."""
    match expression:
        case Binary(operator="->>" | "#>>" | "||"):
            return True
        case Call(name=name):
            return name in _TEXT_FUNCTIONS
        case Cast(type=type_name):
            return type_name.name in _TEXTUAL
    return False


def root_column(expression: Expression) -> Identifier | None:
    """Return the column that JSON operators, subscripts, casts and one-argument wrappers extract from."""
    for _ in range(60):
        match expression:
            case Identifier():
                return expression
            case Binary(operator="->" | "->>" | "#>" | "#>>", left=inner):
                expression = inner
            case Cast(operand=inner) | Subscript(operand=inner) | Unary(operand=inner):
                expression = inner
            case Call(arguments=(inner, *_)):
                expression = inner
            case _:
                return None
    return None


def json_steps(expression: Expression) -> tuple[str | None, ...]:
    """Return the keys that an expression follows into a document, from the column on; None for one not known."""
    steps: list[str | None] = []
    for _ in range(60):
        match expression:
            case Binary(operator="->" | "->>", left=inner, right=key):
                steps.append(_key(key))
                expression = inner
            case Binary(operator="#>" | "#>>", left=inner, right=path):
                steps += reversed(_path(path))
                expression = inner
            case Subscript(operand=inner, index=key):
                steps.append(_key(key))
                expression = inner
            case Call(
                name="jsonb_extract_path" | "jsonb_extract_path_text" | "json_extract_path_text" | "json_extract_path",
                arguments=(inner, *keys),
            ):
                steps += (_key(key) for key in reversed(keys))
                expression = inner
            case Call(name="json_value", arguments=(inner, Constant(value=path), *_)):
                steps += reversed(_MEMBER.findall(path) if _MEMBERS.fullmatch(path) else [path])
                expression = inner
            case Cast(operand=inner) | Unary(operand=inner) | Call(arguments=(inner, *_)):
                expression = inner
            case _:
                break
    return tuple(reversed(steps))


def _key(expression: Expression) -> str | None:
    if isinstance(expression, Cast):
        expression = expression.operand
    return expression.value if isinstance(expression, Constant) else None


def _path(expression: Expression) -> list[str | None]:
    """Return the keys of a path: `'{a,b}'` or `ARRAY['a', 'b']`."""
    if isinstance(expression, Cast):
        expression = expression.operand
    if isinstance(expression, Array):
        return [_key(item) for item in expression.items]
    if isinstance(expression, Constant) and expression.kind == "string":
        inner = expression.value.strip().removeprefix("{").removesuffix("}")
        return [_unquoted(part) for part in _ITEM.findall(inner)] if inner else []
    return [None]


def _unquoted(item: str) -> str:
    """Return an item of an array's text without its quotes."""
    item = item.strip()
    return _ESCAPE.sub(r"\1", item[1:-1]) if item[:1] == '"' and item[-1:] == '"' and len(item) > 1 else item


def quoted(name: str) -> str:
    """Return a name as SQL must write it: in quotes, unless it is in lower case and no word of the language."""
    if _PLAIN_NAME.fullmatch(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def text_constant(text: str) -> str:
    """Return a text as a constant of SQL."""
    return "'" + text.replace("'", "''") + "'"


def sql_of(expression: Expression) -> str:
    """Return an expression as SQL, without aliases; `...` for what is not known."""
    match expression:
        case Identifier(parts=parts):
            return quoted(parts[-1])
        case Constant(kind="string", value=value):
            return "'" + value.replace("'", "''") + "'"
        case Constant(value=value):
            return value
        case Cast(operand=operand, type=type_name):
            inner = sql_of(operand)
            size = f"({','.join(type_name.modifiers)})" if type_name.modifiers else ""
            return f"({inner})::{type_name.name}{size}" if " " in inner else f"{inner}::{type_name.name}{size}"
        case Binary(operator="between" | "not between" as operator, left=left, right=Array(items=items)):
            return f"{sql_of(left)} {operator} {' and '.join(map(sql_of, items))}"
        case Binary(operator=operator, left=left, right=right):
            return f"{sql_of(left)} {operator} {sql_of(right)}"
        case Unary(operator=operator, operand=operand) if operator.startswith("is "):
            return f"{sql_of(operand)} {operator}"
        case Unary(operator=operator, operand=operand) if operator.startswith("collate "):
            return f"{sql_of(operand)} collate {quoted(operator.removeprefix('collate '))}"
        case Unary(operator=operator, operand=operand):
            return (
                f"{operator} ({sql_of(operand)})" if isinstance(operand, Junction) else f"{operator} {sql_of(operand)}"
            )
        case Subscript(operand=operand, index=index):
            return f"{sql_of(operand)}[{sql_of(index)}]"
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(map(sql_of, arguments))})"
        case Junction(operator=operator, terms=terms):
            parts_of = (f"({sql_of(term)})" if isinstance(term, Junction) else sql_of(term) for term in terms)
            return f" {operator} ".join(parts_of)
        case Array(items=items):
            return f"({', '.join(map(sql_of, items))})"
    return "..."
