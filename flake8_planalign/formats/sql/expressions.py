"""Expressions read with PostgreSQL's operator precedence (its manual, section 4.1.6); never raises."""

from __future__ import annotations

import functools
from typing import Final

import msgspec

from flake8_planalign.formats.sql.lexer import HOLE, Kind, Token, is_dynamic, string_value
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
    Subquery,
    Subscript,
    TypeName,
    Unary,
    Unknown,
)

__all__ = ["Cursor", "Tokens", "read_expression", "read_type"]

#: Beyond these the rest of an expression is `Unknown`: of expressions within each other, and of operators in a row, by
#: the depth at which they stand. Together they bound the height of the tree, which other modules walk by recursion.
DEPTH_LIMIT: Final = 30
CHAIN_LIMITS: Final = (40, 20, 12)
DEEP_CHAIN_LIMIT: Final = 6

#: Other names of operators: `~~` is how PostgreSQL itself writes LIKE.
_SYNONYMS: Final = {"!=": "<>", "~~": "like", "~~*": "ilike", "!~~": "not like", "!~~*": "not ilike"}
_TRIMS: Final = {"leading": "ltrim", "trailing": "rtrim", "both": "btrim"}
_END = Token("end", "", -1, -1)
_VERBATIM = frozenset({Kind.QUOTED, Kind.STRING})
_OR, _AND, _NOT, _IS, _COMPARISON, _RANGE, _OTHER, _SUM, _PRODUCT, _POWER, _ZONE, _COLLATE, _SIGN = range(1, 14)
_BINDING = {
    "<": _COMPARISON, ">": _COMPARISON, "=": _COMPARISON, "<=": _COMPARISON, ">=": _COMPARISON, "<>": _COMPARISON,
    "!=": _COMPARISON, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT, "^": _POWER,
}  # fmt: skip
_QUERY_WORDS = frozenset({"select", "with", "values", "insert", "update", "delete", "table"})
_ENDS = frozenset({
    "from", "where", "group", "having", "order", "limit", "offset", "fetch", "for", "union", "intersect", "except",
    "window", "returning", "on", "then", "else", "when", "end", "as", "join", "left", "right", "inner", "full", "cross",
    "natural", "using", "set", "do", "loop", "asc", "desc", "nulls", "include", "with", "tablespace", "and", "or",
})  # fmt: skip
_WORDS = frozenset({
    "true", "false", "null", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
    "current_user", "session_user", "user", "current_role", "default",
})  # fmt: skip
_LONG_TYPES = {
    ("double", "precision"): "double precision",
    ("character", "varying"): "character varying",
    ("char", "varying"): "character varying",
    ("national", "character"): "character",
    ("bit", "varying"): "bit varying",
}
_TYPE_NAMES = {
    "int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "float8": "double precision",
    "float4": "real", "float": "double precision", "bool": "boolean", "decimal": "numeric", "dec": "numeric",
    "varchar": "character varying", "char": "character", "bpchar": "character",
    "timestamptz": "timestamp with time zone", "timetz": "time with time zone",
    "timestamp": "timestamp without time zone", "time": "time without time zone", "serial4": "serial",
    "serial8": "bigserial", "varbit": "bit varying",
}  # fmt: skip


class Tokens(list[Token]):
    """The tokens of one statement, which know where each bracket is closed."""

    @functools.cached_property
    def closings(self) -> dict[int, int]:
        """Return the index of the closing bracket for that of each opening one; what nothing closes has none."""
        found: dict[int, int] = {}
        pending: list[int] = []
        for index, (kind, value, _, _) in enumerate(self):
            if kind == Kind.MARK:
                if value in ("(", "["):
                    pending.append(index)
                elif value in (")", "]") and pending:
                    found[pending.pop()] = index
        return found


class Cursor(msgspec.Struct):
    """A place in the tokens of a statement; what lies at or behind `stop` is not seen."""

    tokens: Tokens
    place: int = 0
    stop: int = -1
    depth: int = 0

    def __post_init__(self) -> None:
        """See to the end of the tokens where no other stop is given."""
        if self.stop < 0:
            self.stop = len(self.tokens)

    @property
    def token(self) -> Token:
        """Return the token at the place; one of kind "end" at the end."""
        return self.tokens[self.place] if self.place < self.stop else _END

    def ahead(self, count: int) -> Token:
        """Return the token `count` places ahead."""
        return self.tokens[self.place + count] if self.place + count < self.stop else _END

    def next(self) -> Token:
        """Return the token at the place and go on behind it."""
        token = self.token
        self.place += 1
        return token

    def at(self, *words: str) -> bool:
        """Tell whether these words or marks come next."""
        place = self.place
        for word in words:
            if place >= self.stop:
                return False
            kind, value, _, _ = self.tokens[place]
            if value != word or kind in _VERBATIM:
                return False
            place += 1
        return True

    def take(self, *words: str) -> bool:
        """Go on behind these words if they come next, and tell whether they did."""
        if self.at(*words):
            self.place += len(words)
            return True
        return False

    def take_one(self, *words: str) -> str:
        """Go on behind one of these words if one comes next; return it, or nothing."""
        token = self.token
        if token.value in words and token.kind not in _VERBATIM:
            self.place += 1
            return token.value
        return ""

    @property
    def end_of_last(self) -> int:
        """Return where the token before the place ends."""
        return self.tokens[min(self.place, self.stop) - 1].end if self.place else 0

    def closing(self) -> int:
        """Return the index of the mark that closes the one at the place, the stop if nothing does."""
        return min(self.tokens.closings.get(self.place, self.stop), self.stop)

    def within(self) -> Cursor:
        """Return a cursor over what the bracket at the place encloses, and go on behind the bracket."""
        close = self.closing()
        inner = Cursor(self.tokens, self.place + 1, close, self.depth + 1)
        self.place = min(close + 1, self.stop)
        return inner

    def items(self) -> list[Cursor]:
        """Return a cursor for each item of the list in the bracket at the place, and go on behind the bracket."""
        inner = self.within()
        found: list[Cursor] = []
        begin = index = inner.place
        closings, stop = self.tokens.closings, inner.stop
        while index < stop:
            kind, value, _, _ = self.tokens[index]
            if kind == Kind.MARK:
                if value in ("(", "["):
                    index = closings.get(index, stop)
                elif value == ",":
                    found.append(Cursor(self.tokens, begin, index, inner.depth))
                    begin = index + 1
            index += 1
        if begin < stop:
            found.append(Cursor(self.tokens, begin, stop, inner.depth))
        return found


def read_expression(cursor: Cursor, binding: int = 0) -> Expression:
    """Return the expression at the cursor up to where one ends whose operators bind tighter than `binding`."""
    start = cursor.token.start
    if cursor.depth > DEPTH_LIMIT:
        return _rest(cursor, start)
    left = _prefix(cursor)
    chain = CHAIN_LIMITS[cursor.depth] if cursor.depth < len(CHAIN_LIMITS) else DEEP_CHAIN_LIMIT
    while (longer := _infix(cursor, left, binding)) is not None:
        if not chain:
            return _rest(cursor, start)
        chain -= 1
        left = longer
    return left


def _rest(cursor: Cursor, start: int) -> Unknown:
    """Skip what belongs to an expression at this level of parentheses, as far as that shows."""
    while cursor.place < cursor.stop:
        token = cursor.token
        if token.kind == Kind.MARK and token.value in (",", ")", "]", ";"):
            break
        if token.kind == Kind.NAME and token.value in _ENDS and token.value not in ("and", "or"):
            break
        cursor.place = cursor.closing() + 1 if token.value in ("(", "[") else cursor.place + 1
    return Unknown(start, cursor.end_of_last)


def _nested(cursor: Cursor, binding: int) -> Expression:
    cursor.depth += 1
    found = read_expression(cursor, binding)
    cursor.depth -= 1
    return found


def _prefix(cursor: Cursor) -> Expression:
    token = cursor.token
    start = token.start
    match token.kind:
        case Kind.STRING | Kind.DOLLAR:
            cursor.next()
            value = string_value(token)
            return Unknown(start, token.end) if is_dynamic(value) else Constant("string", value, start, token.end)
        case Kind.NUMBER:
            cursor.next()
            return Constant("number", token.value, start, token.end)
        case Kind.PARAMETER:
            cursor.next()
            return Parameter(start, token.end)
        case Kind.OPERATOR:
            return _prefix_operator(cursor)
        case Kind.MARK if token.value == "(":
            return _parenthesised(cursor)
        case Kind.QUOTED:
            return _name(cursor)
        case Kind.NAME if (
            token.value not in _ENDS
            or cursor.ahead(1).value == "."
            or cursor.at("left", "(")
            or cursor.at("right", "(")
        ):
            return _word(cursor)
    if token.kind != "end" and not (token.kind == Kind.MARK or token.value in _ENDS):
        cursor.next()
    return Unknown(max(start, 0), max(token.end, 0))


def _prefix_operator(cursor: Cursor) -> Expression:
    token = cursor.next()
    if token.value == "?":
        return Parameter(token.start, token.end)
    if token.value == "*":
        return Unknown(token.start, token.end)
    operand = _nested(cursor, _SIGN if token.value in ("-", "+") else _OTHER)
    if token.value in ("-", "+") and isinstance(operand, Constant) and operand.kind == "number":
        sign = "-" if token.value == "-" else ""
        return Constant("number", sign + operand.value, token.start, operand.end)
    return Unary(token.value, operand, token.start, cursor.end_of_last, token.start, token.end)


def _parenthesised(cursor: Cursor) -> Expression:
    start = cursor.token.start
    if cursor.depth >= DEPTH_LIMIT:
        cursor.within()
        return Unknown(start, cursor.end_of_last)
    after = cursor.ahead(1)
    if after.kind == Kind.NAME and after.value in _QUERY_WORDS:
        cursor.within()
        return Subquery(start, cursor.end_of_last)
    items = cursor.items()
    if len(items) == 1:
        return _whole(items[0])
    return Array(tuple(map(_whole, items)), start, cursor.end_of_last)


def _whole(cursor: Cursor) -> Expression:
    """Return the expression that takes all of a cursor; `Unknown` if one ends before."""
    start = cursor.token.start
    found = read_expression(cursor)
    if cursor.place < cursor.stop:
        return Unknown(start, cursor.tokens[cursor.stop - 1].end)
    return found


def _word(cursor: Cursor) -> Expression:
    token = cursor.token
    start = token.start
    match token.value:
        case "not":
            cursor.next()
            return Unary("not", _nested(cursor, _NOT), start, cursor.end_of_last, start, token.end)
        case "case":
            return _case(cursor)
        case "exists" if cursor.ahead(1).value == "(":
            cursor.next()
            cursor.within()
            return Subquery(start, cursor.end_of_last)
        case "cast" if cursor.ahead(1).value == "(":
            cursor.next()
            inner = cursor.within()
            operand = read_expression(inner)
            if not inner.take("as"):
                return Unknown(start, cursor.end_of_last)
            return Cast(operand, read_type(inner), start, cursor.end_of_last)
        case "array" if cursor.ahead(1).value == "[":
            cursor.next()
            items = cursor.items()
            return Array(tuple(map(_whole, items)), start, cursor.end_of_last)
        case "array" if cursor.ahead(1).value == "(":
            cursor.next()
            cursor.within()
            return Subquery(start, cursor.end_of_last)
        case "row" if cursor.ahead(1).value == "(":
            cursor.next()
            return Array(tuple(map(_whole, cursor.items())), start, cursor.end_of_last)
        case "interval" | "date" | "timestamp" | "timestamptz" | "time" if cursor.ahead(1).kind == Kind.STRING:
            type_token = cursor.next()
            constant = _prefix(cursor)
            name = _TYPE_NAMES.get(type_token.value, type_token.value)
            return Cast(constant, TypeName(name, start, type_token.end), start, cursor.end_of_last)
    if token.value in _WORDS and cursor.ahead(1).value not in (".", "("):
        cursor.next()
        return Constant("word", token.value, start, token.end)
    return _name(cursor)


def _case(cursor: Cursor) -> Expression:
    start = cursor.next().start
    depth = 1
    while cursor.place < cursor.stop and depth:
        token = cursor.next()
        if token.kind == Kind.NAME:
            depth += (token.value == "case") - (token.value == "end")
    return Unknown(start, cursor.end_of_last)


def _name(cursor: Cursor) -> Expression:
    token = cursor.next()
    start, parts = token.start, [token.value]
    while cursor.at(".") and cursor.ahead(1).kind in (Kind.NAME, Kind.QUOTED):
        cursor.next()
        parts.append(cursor.next().value)
    if cursor.at(".") and cursor.ahead(1).value == "*":
        cursor.place += 2
        return Unknown(start, cursor.end_of_last)
    if cursor.at("("):
        return _call(cursor, parts[-1], start)
    if any(map(is_dynamic, parts)):
        whole_value = len(parts) == 1 and not parts[0].strip(HOLE)
        return Parameter(start, cursor.end_of_last) if whole_value else Unknown(start, cursor.end_of_last)
    return Identifier(tuple(parts), start, cursor.end_of_last)


def _call(cursor: Cursor, name: str, start: int) -> Expression:
    aggregate = False
    arguments: list[Expression] = []
    items = cursor.items()
    if len(items) == 1 and name in ("substring", "trim"):
        name, arguments = _worded_call(items.pop(), name)
    for item in items:
        if item.take_one("distinct", "all"):
            aggregate = True
        arguments.append(read_expression(item))
        if item.at("order"):
            aggregate = True
        else:
            arguments += _left_over(item)
    while (cursor.at("filter", "(") or cursor.at("over")) or cursor.at("within", "group"):
        aggregate = True
        cursor.place += 2 if cursor.at("within") else 1
        if cursor.at("("):
            cursor.within()
        else:
            cursor.next()
    return Call(name, tuple(arguments), start, cursor.end_of_last, aggregate)


def _left_over(item: Cursor) -> list[Expression]:
    """Return as an unknown argument what stands behind one: `JSON_VALUE(a, '$' RETURNING int)` says more."""
    return [Unknown(item.token.start, item.tokens[item.stop - 1].end)] if item.place < item.stop else []


def _worded_call(item: Cursor, name: str) -> tuple[str, list[Expression]]:
    """Return the function and arguments of `substring(a FROM 1 FOR 3)` or `trim(LEADING 'x' FROM a)`."""
    side = item.take_one(*_TRIMS) if name == "trim" else ""
    arguments = [] if item.at("from") else [read_expression(item)]
    if name == "trim":
        if item.take("from"):
            arguments.insert(0, read_expression(item))
        return _TRIMS.get(side, name), arguments + _left_over(item)
    for word in ("from", "for"):
        if item.take(word):
            if word == "for" and len(arguments) == 1:
                arguments.append(Constant("number", "1", item.token.start, item.token.start))
            arguments.append(read_expression(item))
    return name, arguments + _left_over(item)


def _infix(cursor: Cursor, left: Expression, binding: int) -> Expression | None:
    """Return the expression that the operator at the cursor makes of `left`; None if it does not bind that tightly."""
    token = cursor.token
    if token.kind == Kind.MARK:
        if token.value == "::":
            cursor.next()
            return Cast(left, read_type(cursor), left.start, cursor.end_of_last)
        if token.value == "[":
            inner = cursor.within()
            index = _whole(inner)
            return Subscript(left, index, left.start, cursor.end_of_last, token.start)
        return None
    if token.kind == Kind.OPERATOR:
        tightness = _BINDING.get(token.value, _OTHER)
        if tightness <= binding:
            return None
        cursor.next()
        return _binary(cursor, left, token.value, tightness, token)
    if token.kind == Kind.NAME:
        return _infix_word(cursor, left, binding)
    return None


def _binary(cursor: Cursor, left: Expression, operator: str, tightness: int, first: Token) -> Expression:
    at_end = cursor.end_of_last
    if operator in ("=", "<>", "!=", "<", ">", "<=", ">=") and (quantifier := cursor.take_one("any", "some", "all")):
        operator = f"{operator} {'all' if quantifier == 'all' else 'any'}"
        right: Expression = _parenthesised(cursor) if cursor.at("(") else Unknown(first.start, first.end)
    else:
        right = _nested(cursor, tightness)
    operator = _SYNONYMS.get(operator, operator)
    return Binary(operator, left, right, left.start, max(right.end, at_end), first.start, at_end)


def _infix_word(cursor: Cursor, left: Expression, binding: int) -> Expression | None:
    first = cursor.token
    negated = "not " if first.value == "not" else ""
    word = cursor.ahead(1).value if negated else first.value
    match word:
        case "and" | "or" if not negated:
            tightness = _AND if word == "and" else _OR
            return _junction(cursor, left, word, tightness) if tightness > binding else None
        case "is" | "isnull" | "notnull" if not negated and binding < _IS:
            return _is(cursor, left)
        case "in" | "between" | "like" | "ilike" | "similar" if binding < _RANGE:
            cursor.place += 2 if negated else 1
            return _range(cursor, left, f"{negated}{word}", first)
        case "collate" if not negated and binding < _COLLATE:
            cursor.next()
            name = cursor.next().value
            while cursor.take("."):
                name = cursor.next().value
            return Unary(f"collate {name}", left, left.start, cursor.end_of_last, first.start, first.end)
        case "at" if cursor.at("at", "time", "zone") and binding < _ZONE:
            cursor.place += 3
            zone = _nested(cursor, _ZONE)
            return Call("timezone", (zone, left), left.start, cursor.end_of_last)
        case "operator" if cursor.ahead(1).value == "(" and binding < _OTHER:
            cursor.next()
            inner = cursor.within()
            name = inner.tokens[inner.stop - 1].value if inner.stop > inner.place else ""
            return _binary(cursor, left, name, _OTHER, first)
    return None


def _junction(cursor: Cursor, left: Expression, word: str, tightness: int) -> Expression:
    terms = [left]
    while cursor.take(word):
        terms.append(_nested(cursor, tightness))
    end = max(term.end for term in terms)
    return Junction("and" if word == "and" else "or", tuple(terms), left.start, end)


def _is(cursor: Cursor, left: Expression) -> Expression:
    first = cursor.next()
    if first.value in ("isnull", "notnull"):
        operator = "is null" if first.value == "isnull" else "is not null"
        return Unary(operator, left, left.start, first.end, first.start, first.end)
    negated = "not " if cursor.take("not") else ""
    if cursor.take("distinct", "from"):
        return _binary(cursor, left, f"is {negated}distinct from", _IS, first)
    word = cursor.next().value
    return Unary(f"is {negated}{word}", left, left.start, cursor.end_of_last, first.start, cursor.end_of_last)


def _range(cursor: Cursor, left: Expression, operator: str, first: Token) -> Expression:
    at_end = cursor.end_of_last
    if operator.endswith("between"):
        cursor.take_one("symmetric", "asymmetric")
        low = _nested(cursor, _RANGE)
        cursor.take("and")
        high = _nested(cursor, _RANGE)
        right: Expression = Array((low, high), low.start, high.end)
    elif operator.endswith("in"):
        right = _parenthesised_list(cursor)
    else:
        cursor.take("to")
        right = _nested(cursor, _RANGE)
        if cursor.take("escape"):
            _nested(cursor, _RANGE)
            right = Unknown(right.start, right.end)
    return Binary(operator, left, right, left.start, max(right.end, at_end), first.start, at_end)


def _parenthesised_list(cursor: Cursor) -> Expression:
    if not cursor.at("("):
        return _nested(cursor, _RANGE)
    start = cursor.token.start
    found = _parenthesised(cursor)
    return found if isinstance(found, Subquery | Array) else Array((found,), start, cursor.end_of_last)


def read_type(cursor: Cursor) -> TypeName:
    """Return the type at the cursor."""
    first = cursor.next()
    name = first.value
    while cursor.at(".") and cursor.ahead(1).kind in (Kind.NAME, Kind.QUOTED):
        cursor.next()
        first = cursor.next()
        name = first.value
    if first.kind == Kind.NAME and (long := _LONG_TYPES.get((name, cursor.token.value))):
        cursor.next()
        name = "character varying" if cursor.take("varying") else long
    modifiers: tuple[str, ...] = ()
    if cursor.at("("):
        inner = cursor.within()
        modifiers = tuple(token.value for token in inner.tokens[inner.place : inner.stop] if token.value != ",")
    if name in ("timestamp", "time") and cursor.token.value in ("with", "without") and cursor.ahead(1).value == "time":
        name = f"{name} {cursor.token.value} time zone"
        cursor.place += 3
    elif first.kind == Kind.NAME:
        name = _TYPE_NAMES.get(name, name)
    while cursor.at("[") or cursor.at("array"):
        if cursor.next().value == "[":
            cursor.place -= 1
            cursor.within()
        # PostgreSQL keeps neither the bounds nor the number of dimensions.
        name = name if name.endswith("[]") else f"{name}[]"
    return TypeName(name, first.start, cursor.end_of_last, modifiers)
