"""Whether PostgreSQL can use an index for a condition: its planner's rules (indxpath.c, predtest.c), without a server.

"Served" means that the condition appears as an Index Cond under a generic plan, in which bound parameters are not
known. Every answer is True, False, or None where the rules needed are not modelled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from flake8_planalign.formats.sql.syntax import (
    Array,
    Binary,
    Call,
    Cast,
    Constant,
    Expression,
    Identifier,
    IndexElement,
    Junction,
    Parameter,
    Subquery,
    Unary,
)
from flake8_planalign.logical import forms
from flake8_planalign.logical.forms import Form, form_of
from flake8_planalign.logical.model import Index

__all__ = [
    "GIN_OPERATORS", "Atom", "atom_of", "collated", "conjuncts", "has_prefix", "immutable", "implied", "same_collation",
    "serves",
]  # fmt: skip

#: GIN operator class for jsonb -> the operators that it knows (PostgreSQL, "Built-in Operator Classes" of GIN).
GIN_OPERATORS: Final = {
    "jsonb_ops": frozenset({"@>", "?", "?|", "?&", "@?", "@@"}),
    "jsonb_path_ops": frozenset({"@>", "@?", "@@"}),
}
_COMMUTED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<=", "<@": "@>", "@>": "<@", "@@": ""}
_TESTS = frozenset({"is null", "is not null", "is true", "is false"})
_BTREE = frozenset({"=", "<", "<=", ">", ">=", "between", "in", "= any"}) | _TESTS
_PATTERNS = frozenset({"like", "~", "similar", "^@"})
_TRIGRAM = frozenset({"like", "ilike", "~", "~*", "="})
_INTEGERS = frozenset({"smallint", "integer", "bigint"})
_EXACT = frozenset({"numeric", *_INTEGERS})
_VOLATILE = frozenset(
    {"random", "gen_random_uuid", "uuid_generate_v4", "clock_timestamp", "nextval", "setval", "timeofday"}
)
#: Functions and casts of text that depend on settings (time zone, date style, locale) or on the clock.
_NOT_IMMUTABLE_CASTS = frozenset({
    "timestamp with time zone", "timestamp without time zone", "date", "time with time zone",
    "time without time zone",
})  # fmt: skip
_NOT_IMMUTABLE = frozenset({
    "now", "to_char", "to_timestamp", "to_date", "current_setting", "concat", "concat_ws", "format", "age",
    "clock_timestamp", "random", "statement_timestamp", "transaction_timestamp", "jsonb_path_exists_tz",
    "jsonb_path_query_first_tz", "unaccent", "to_json", "to_jsonb", "row_to_json",
})  # fmt: skip
_STRICT = frozenset({
    "lower", "upper", "length", "trim", "btrim", "md5", "abs", "substring", "jsonb_extract_path", "left", "right",
    "jsonb_extract_path_text", "jsonb_typeof", "jsonb_array_length", "replace", "reverse",
})  # fmt: skip


class Atom(msgspec.Struct, frozen=True):
    """A condition that an index might serve: an operator, an expression over the table, and what it is held against."""

    operator: str
    subject: Expression
    other: Expression | None
    start: int
    end: int
    at: int
    at_end: int


def conjuncts(expression: Expression) -> Iterator[Expression]:
    """Yield the terms that must all hold."""
    pending = [expression]
    while pending:
        found = pending.pop()
        if isinstance(found, Junction) and found.operator == "and":
            pending += reversed(found.terms)
        else:
            yield found


def atom_of(expression: Expression, own: frozenset[int]) -> Atom | None:
    """Return a term as an atom; `own` holds where the columns stand that belong to the table in question."""
    match expression:
        case Binary(operator=operator, left=left, right=right):
            here, there = _mentions(left, own), _mentions(right, own)
            if here and not there:
                return Atom(operator, left, right, expression.start, expression.end, expression.at, expression.at_end)
            if there and not here and (commuted := _COMMUTED.get(operator)):
                return Atom(commuted, right, left, expression.start, expression.end, expression.at, expression.at_end)
        case Unary(operator="is null" | "is not null" | "is true" | "is false" as operator, operand=operand) if (
            _mentions(operand, own)
        ):
            return Atom(operator, operand, None, expression.start, expression.end, expression.at, expression.at_end)
    return None


def _mentions(expression: Expression, own: frozenset[int]) -> bool:
    return any(isinstance(item, Identifier) and item.start in own for item in forms.walk(expression))


def serves(index: Index, atom: Atom, terms: Sequence[Expression], column_type: str = "jsonb") -> bool | None:
    """Tell whether an index serves an atom in a query whose conjuncts are `terms`.

    `column_type` is the type of the document's column.
    """
    subject = form_of(collated(atom.subject)[0])
    if subject is None:
        return None
    answers: list[bool | None] = [
        _element_serves(index, element, atom, subject, column_type)
        for element in index.elements
        if form_of(collated(element.expression)[0]) == subject
    ]
    unsure = any(form_of(element.expression) is None or _is_own(element.expression) for element in index.elements)
    if unsure and True not in answers:
        return None
    best = True if True in answers else None if None in answers else False
    if best is not False and index.where is not None:
        covered = implied(index.where, terms)
        return best if covered is True else covered
    return best


def _is_own(expression: Expression) -> bool:
    """Tell whether an expression is a function of the project's own over a whole column, which may take out of it."""
    return (
        isinstance(expression, Call)
        and not expression.name.startswith(("json", "to_"))
        and expression.name not in ("coalesce", "md5", "nullif", "greatest", "least", "hash_record", "row_to_json")
        and any(isinstance(item, Identifier) for item in expression.arguments)
    )


def collated(expression: Expression) -> tuple[Expression, str]:
    """Return an expression without the `COLLATE` behind it, and that collation; "default" if it has none."""
    if isinstance(expression, Unary) and expression.operator.startswith("collate "):
        return expression.operand, expression.operator.removeprefix("collate ")
    return expression, "default"


def same_collation(element: IndexElement, atom: Atom) -> bool:
    """Tell whether an index holds texts in the order by which a condition compares them."""
    asked = {collated(side)[1] for side in (atom.subject, atom.other) if side is not None} - {"default"}
    return (element.collation or collated(element.expression)[1]) == (asked.pop() if len(asked) == 1 else "default")


def _element_serves(index: Index, element: IndexElement, atom: Atom, subject: Form, column_type: str) -> bool | None:
    if not _is_stable(atom.other):
        return False if atom.other is not None and _is_volatile(atom.other) else None
    match index.method:
        case "gin":
            return _gin_serves(element, atom, subject)
        case "btree":
            return _btree_serves(element, atom, column_type)
        case "hash":
            if atom.operator not in ("=", "in", "= any"):
                return False
            return _comparable(atom, element) if same_collation(element, atom) else False
    return None


def _gin_serves(element: IndexElement, atom: Atom, subject: Form) -> bool | None:
    chosen = element.operator_class or "jsonb_ops"
    if chosen in GIN_OPERATORS:
        return atom.operator in GIN_OPERATORS[chosen] if not _is_text_form(subject) else None
    if chosen == "gin_trgm_ops":
        return atom.operator in _TRIGRAM and same_collation(element, atom)
    return None


def _is_text_form(form: Form) -> bool:
    return form[0] == "operator" and form[1] in ("->>", "#>>")


def _btree_serves(element: IndexElement, atom: Atom, column_type: str) -> bool | None:
    if atom.operator in _PATTERNS:
        return _pattern_serves(element, atom)
    if atom.operator == "ilike" and _ignores_case(atom):
        return None
    if atom.operator not in _BTREE or element.operator_class.endswith("bpchar_pattern_ops"):
        return False
    if element.operator_class.endswith("_pattern_ops") and atom.operator in ("<", "<=", ">", ">=", "between"):
        return False
    if isinstance(element.expression, Identifier) and column_type == "jsonb":
        return True
    if atom.operator not in _TESTS and not same_collation(element, atom):
        return False
    return _comparable(atom, element)


def _ignores_case(atom: Atom) -> bool:
    """Tell whether a pattern for `ILIKE` may begin with what has no case."""
    pattern = atom.other.operand if isinstance(atom.other, Cast) else atom.other
    return not isinstance(pattern, Constant) or not pattern.value[:1].isalpha()


def has_prefix(atom: Atom) -> bool:
    """Tell whether a condition is `LIKE` with a constant that begins with plain text."""
    pattern = atom.other.operand if isinstance(atom.other, Cast) else atom.other
    if atom.operator != "like" or not isinstance(pattern, Constant):
        return False
    prefix = re.match(r"(?:[^%_\\]|\\.)*", pattern.value)
    return prefix is not None and bool(prefix[0])


def _pattern_serves(element: IndexElement, atom: Atom) -> bool | None:
    """Tell whether a B-tree serves `LIKE`: for a constant prefix, under the C collation or a pattern class."""
    pattern = atom.other.operand if isinstance(atom.other, Cast) else atom.other
    if not isinstance(pattern, Constant):
        return False if isinstance(pattern, Parameter) else None
    if atom.operator != "like":
        return None
    if not has_prefix(atom):
        return False
    if element.operator_class in ("text_pattern_ops", "varchar_pattern_ops") or element.collation == "C":
        return True
    return None


def _comparable(atom: Atom, element: IndexElement) -> bool | None:
    """Tell whether the comparison is one of the index's own type, and not one after a cast of the expression."""
    expression = collated(element.expression)[0]
    cast = expression.type.name if isinstance(expression, Cast) else "text"
    if atom.other is None:
        return cast == "boolean" or atom.operator not in ("is true", "is false")
    other = collated(atom.other)[0]
    values = other.items if isinstance(other, Array) else (other,)
    if any(isinstance(value, Constant) and value.value == "null" and value.kind == "word" for value in values):
        return None
    for value in values:
        kind = _kind(value)
        if kind == "number":
            inner = value.operand if isinstance(value, Cast) else value
            fraction = isinstance(inner, Constant) and not inner.value.lstrip("-").isdigit()
            if cast in _INTEGERS and fraction:
                return False
            if cast not in _EXACT and cast not in ("double precision", "real"):
                return None
        elif kind not in ("string", "parameter", cast):
            if kind in _INTEGERS and cast in _INTEGERS:
                continue
            if kind in ("text", "character varying") and cast in ("text", "character varying"):
                continue
            return None
    if isinstance(atom.other, Subquery):
        return None
    return True


def _kind(value: Expression) -> str:
    match value:
        case Constant(kind="string" | "number" as kind):
            return kind
        case Constant(value="true" | "false"):
            return "boolean"
        case Parameter():
            return "parameter"
        case Cast(type=type_name):
            return type_name.name
        case Binary(operator="->>" | "#>>" | "||"):
            return "text"
        case Array(items=items) if items:
            kinds = {_kind(item) for item in items}
            return kinds.pop() if len(kinds) == 1 else "?"
    return "?"


def _is_stable(expression: Expression | None) -> bool:
    if expression is None:
        return True
    return not any(
        isinstance(item, Subquery) or (isinstance(item, Call) and item.name in _VOLATILE)
        for item in forms.walk(expression)
    ) and (form_of(expression) is not None)


def _is_volatile(expression: Expression) -> bool:
    return any(isinstance(item, Call) and item.name in _VOLATILE for item in forms.walk(expression))


# -- partial indexes ------------------------------------------------------------------------------------------------


def implied(where: Expression, terms: Sequence[Expression]) -> bool | None:
    """Tell whether the conjuncts of a query imply the predicate of a partial index."""
    answers = [_term_implied(needed, terms) for needed in conjuncts(where)]
    return False if False in answers else None if None in answers else True


def _term_implied(needed: Expression, terms: Sequence[Expression]) -> bool | None:
    needed = _plain(needed)
    wanted = form_of(needed)
    if wanted is None:
        return None
    flat = [_plain(part) for term in terms for part in conjuncts(term)]
    if any(form_of(part) == wanted and not _has_parameter(wanted) for part in flat):
        return True
    match needed:
        case Unary(operator="is not null", operand=operand):
            subject = form_of(operand)
            answers = [_strict_for(part, subject) for part in flat]
            return True if True in answers else None if None in answers else False
        case Binary(operator=operator, left=left, right=Constant() as bound) if operator in _COMMUTED:
            return _bound_implied(operator, form_of(left), bound, flat)
        case Binary(operator="in", left=left, right=Array(items=items)):
            allowed = [form_of(item) for item in items]
            for part in flat:
                match part:
                    case Binary(operator="=", left=side, right=value) if form_of(side) == form_of(left):
                        return form_of(value) in allowed
            return None if _touches(flat, form_of(left)) else False
        case Identifier() | Unary(operator="not", operand=Identifier()) | Unary(operator="is null"):
            return None if _touches(flat, _root(needed)) else False
    return None


def _root(expression: Expression) -> Form | None:
    return form_of(expression.operand if isinstance(expression, Unary) else expression)


def _touches(terms: Sequence[Expression], form: Form | None) -> bool:
    """Tell whether some term says anything about an expression, or says something that is not understood."""
    return any(form_of(term) is None or any(form_of(item) == form for item in forms.walk(term)) for term in terms)


def _plain(expression: Expression) -> Expression:
    """Return `active` for `active = true`, `NOT active` for `active = false`, and `a = 1` for `1 = a`."""
    match expression:
        case Binary(operator=operator, left=Constant() as left, right=right) if _COMMUTED.get(operator):
            turned = replace(expression, operator=_COMMUTED[operator], left=right, right=left)
            return turned if isinstance(right, Constant) else _plain(turned)
        case Binary(operator="=", left=left, right=Constant(kind="word", value="true")):
            return left
        case Binary(operator="=", left=left, right=Constant(kind="word", value="false")):
            return Unary("not", left, expression.start, expression.end)
    return expression


def _has_parameter(form: Form) -> bool:
    return any(part == "parameter" or (isinstance(part, tuple) and _has_parameter(part)) for part in form)


def _strict_for(expression: Expression, subject: Form | None) -> bool | None:
    """Tell whether a condition cannot be true where `subject` is null."""
    if form_of(expression) == subject:
        return True
    match expression:
        case Binary(operator=operator) if operator.startswith("is "):
            return None
        case Binary(operator="between" | "in" | "= any", left=left):
            return _strict_for(left, subject)
        case Binary(left=left, right=right):
            answers = [_strict_for(left, subject), _strict_for(right, subject)]
            return True if True in answers else None if None in answers else False
        case Cast(operand=operand):
            return _strict_for(operand, subject)
        case Unary(operator="not" | "-", operand=operand):
            return _strict_for(operand, subject)
        case Call(name=name, arguments=arguments) if name in _STRICT:
            return any(_strict_for(item, subject) is True for item in arguments)
        case Call() | Junction():
            return None
    return False


def _bound_implied(operator: str, subject: Form | None, bound: Constant, terms: Sequence[Expression]) -> bool | None:
    """Tell whether some comparison with a constant implies `subject operator bound`."""
    unsure = False
    for term in terms:
        match term:
            case Binary(operator=given, left=side, right=Constant() as value) if form_of(side) == subject:
                answer = _comparison_implies(given, value, operator, bound)
                if answer is True:
                    return True
                unsure = unsure or answer is None
            case Binary(operator=given, left=side, right=Parameter()) if given in _COMMUTED:
                # What a program binds is not known when the plan is made.
                unsure = unsure or (form_of(side) != subject and _touches([side], subject))
            case _:
                unsure = unsure or _touches([term], subject)
    return None if unsure else False


def _comparison_implies(given: str, value: Constant, needed: str, bound: Constant) -> bool | None:
    if value.kind != "number" or bound.kind != "number":
        if given == "=" and needed in ("=", "<>") and value.kind == bound.kind:
            return (value.value == bound.value) is (needed == "=")
        return None if given == "=" or (given in "<=>=" and needed != "=") else False
    if value.value.lstrip("-").isdigit() is not bound.value.lstrip("-").isdigit():
        return None
    left, right = float(value.value), float(bound.value)
    if given == "=":
        return {"=": left == right, "<>": left != right, "<": left < right, "<=": left <= right,
                ">": left > right, ">=": left >= right}.get(needed)  # fmt: skip
    match given, needed:
        case ("<", "<") | ("<=", "<=") | ("<", "<="):
            return left <= right
        case ("<=", "<"):
            return left < right
        case (">", ">") | (">=", ">=") | (">", ">="):
            return left >= right
        case (">=", ">"):
            return left > right
        case ("<", "<>") | (">", "<>"):
            return left <= right if given == "<" else left >= right
        case ("<=", "<>") | (">=", "<>"):
            return left < right if given == "<=" else left > right
        case ("<>", "<>"):
            return left == right
    return False


def immutable(expression: Expression) -> str:
    """Return what keeps an expression from being immutable, as an index demands; empty if nothing does."""
    for item in forms.walk(expression):
        match item:
            case Cast(operand=operand, type=type_name) if type_name.name in _NOT_IMMUTABLE_CASTS and _taken_out(
                operand
            ):
                return f"the cast to {type_name.name}"
            case Call(name=name) if name in _NOT_IMMUTABLE:
                return f"`{name}()`"
    return ""


def _taken_out(expression: Expression) -> bool:
    return isinstance(expression, Binary) and expression.operator in ("->>", "#>>")
