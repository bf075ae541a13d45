"""PostgreSQL's tokens in a text, with exact character positions: sqlparse's lexer under a configuration of our own.

The configuration repairs where sqlparse's own one differs from PostgreSQL's scanner: a backslash escapes nothing in a
plain string, `[x; y]` is no name, comments nest, operators are as long as PostgreSQL makes them (`#>>`, `?|`, `@?`),
and dollar quotes are case-sensitive. Beyond PostgreSQL it reads what migrations and programs put between statements:
psql commands, the data of `COPY ... FROM stdin`, templates and the placeholders of drivers.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from flake8_planalign.patterns import lazy, uncompiled

__all__ = ["HOLE", "Kind", "Token", "is_dynamic", "lexer", "string_value", "tokenize"]

#: A letter that no program uses, which stands for each character of something that is known at run time only.
HOLE: Final = "\ua66e"


class Kind:
    """What a token is, as plain strings: an enumeration's members would cost a look-up for each token."""

    NAME = "name"
    QUOTED = "quoted"
    STRING = "string"
    DOLLAR = "dollar"
    NUMBER = "number"
    OPERATOR = "operator"
    MARK = "mark"
    PARAMETER = "parameter"
    ERROR = "error"


class Token(NamedTuple):
    """A token that means something: names are folded to lower case, quoted names unquoted, all else is as written."""

    kind: str
    value: str
    start: int
    end: int


_PARAMETER_AHEAD = r"%s\b|%\("
_STOP = rf"--|/\*|{_PARAMETER_AHEAD}"
_ESCAPED = r"""[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+"""

#: A sign ends no operator without one of `~!@#%^&|`?` in it (PostgreSQL, section 4.1.3), and no operator is longer than
#: a name, which bounds how far a row of signs is looked through again and again.
_OPERATOR = (
    rf"(?:(?!{_STOP})[-+*/<>=]){{0,62}}(?!{_STOP})[~!@#%^&|`?](?:(?!{_STOP})[-+*/<>=~!@#%^&|`?]){{0,62}}"
    rf"|(?:(?!{_STOP})[-+*/<>=]){{0,62}}(?!{_STOP})[*/<>=]|[-+]"
)

#: In the order in which they are tried; the first that matches makes the token. The first one is that of blanks.
_TABLE: Final = [
    (r"\s+", "Whitespace"),
    (r"(?!copy\b|[ebxn]'|u&['\"])[^\W\d][\w$]*", "Name"),
    (r"[(),;\[\]]", "Punctuation"),
    (r"'[^']*(?:''[^']*)*(?:'|\Z)", "String.Single"),
    (r'"[^"]*(?:""[^"]*)*(?:"|\Z)', "String.Symbol"),
    (r"--[^\r\n]*", "Comment.Single"),
    (r"(?s:/\*.*?(?:\*/|\Z))", "Comment.Multiline"),
    (r"(?:0x[\da-f_]+|\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:e[-+]?\d+)?", "Number"),
    (r"%s\b|%\(\w{1,99}\)[a-z]|(?<![:\w]):(?=[^\W\d])\w+|\$\d+|:'\w+'|:\"\w+\"", "Name.Placeholder"),
    (r"::|:=|\\:\\:|\.\.|\.|:", "PostgreSQL.Mark"),
    (_OPERATOR, "Operator"),
    (r"(?s-i:(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?:(?P=tag)|\Z))", "Literal"),
    (rf"(?s:e'{_ESCAPED}(?:'|\Z))|[bxn]'[^']*(?:''[^']*)*(?:'|\Z)|u&'[^']*(?:''[^']*)*(?:'|\Z)", "PostgreSQL.Prefixed"),
    (r'u&"[^"]*(?:""[^"]*)*(?:"|\Z)', "String.Symbol"),
    (
        r"(?sm:copy\b[^;']{1,300}?\bfrom\s{1,30}stdin\b[^;]{0,300};[^\n]*\n.*?(?:^\\\.[^\n]*|\Z))",
        "PostgreSQL.Meta",
    ),
    (r"copy\b", "Name"),
    (r"\\[^\r\n]*", "PostgreSQL.Meta"),
    (r"\{\{[^{}]*\}\}|\$?\{[\w.!:]*\}|<%=[^%]*%>", "PostgreSQL.Hole"),
    (r"\{%[^%]*%\}|\{#[^#]*#\}", "PostgreSQL.Meta"),
]
_HOLE: Final = "PostgreSQL.Hole"
_KINDS: Final = {
    "Name": Kind.NAME,
    "Punctuation": Kind.MARK,
    "String.Single": Kind.STRING,
    "String.Symbol": Kind.QUOTED,
    "Number": Kind.NUMBER,
    "Name.Placeholder": Kind.PARAMETER,
    "PostgreSQL.Mark": Kind.MARK,
    "Operator": Kind.OPERATOR,
    "Literal": Kind.DOLLAR,
    "PostgreSQL.Prefixed": Kind.STRING,
    _HOLE: Kind.NAME,
}
_NESTED = lazy(r"/\*(?:(?!\*/)[^/]|/(?!\*))*/\*")
_HIDES = lazy(
    r"""(?sx) (?<![\w$])[eE]'[^'\\]*+(?:(?:\\.|\'\')[^'\\]*+)*+(?:'|\Z) | '[^']*(?:'|\Z) | "[^"]*(?:"|\Z) | --[^\r\n]*
    | (?<![\w$])(\$(?:[^\W\d]\w*)?\$).*?(?:\1|\Z) | /\* """
)
_COMMENT_EDGE = lazy(r"/\*|\*/")
_NOT_A_LINE_END = lazy(r"[^\r\n]")


class _Pieces(msgspec.Struct, frozen=True):
    """A table as one expression, and what each of its groups is: a kind of tokens, or None for what means nothing."""

    expression: re.Pattern[str]
    kinds: dict[str | None, str | None]
    holes: frozenset[str]


@functools.cache
def lexer() -> Any:
    """Return sqlparse's lexer under our table; its `pieces` find the same tokens in a third of the time."""
    with uncompiled():
        from sqlparse import tokens
        from sqlparse.lexer import Lexer

    class TableLexer(Lexer):
        """sqlparse's lexer, which tries its table entry by entry at each place, and makes a token of every blank."""

        def set_SQL_REGEX(self, table: list[tuple[str, Any]]) -> None:  # noqa: N802 - sqlparse's own name
            """Take the table: expressions, the first of them that of blanks, with the type of what they match."""
            self.kinds, self.table = kinds, table
            (blanks, _), *entries = table
            one = "|".join(f"(?P<entry{number}>{pattern})" for number, (pattern, _) in enumerate(entries))
            types = {f"entry{number}": type_of for number, (_, type_of) in enumerate(entries)}
            self.pieces = _Pieces(
                re.compile(f"(?:{blanks})?+(?:{one}|(?P<error>(?s:.))|\\Z)", re.IGNORECASE),
                {**{group: kinds.get(type_of) for group, type_of in types.items()}, "error": Kind.ERROR, None: None},
                frozenset(group for group, type_of in types.items() if type_of is hole),
            )

        def get_tokens(self, text: str, encoding: str | None = None) -> Any:
            """Return sqlparse's own tokens, for which alone it needs the entries one by one."""
            if not self._SQL_REGEX:
                super().set_SQL_REGEX(self.table)  # type: ignore[no-untyped-call]
            return super().get_tokens(text, encoding)  # type: ignore[no-untyped-call]

    def type_named(name: str) -> Any:
        return functools.reduce(getattr, name.split("."), tokens.Token)

    kinds = {type_named(name): kind for name, kind in _KINDS.items()} | {tokens.Error: Kind.ERROR}
    hole = type_named(_HOLE)
    made = TableLexer()
    made.clear()  # type: ignore[no-untyped-call]
    made.set_SQL_REGEX([(pattern, type_named(name)) for pattern, name in _TABLE])
    return made


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of a text without blanks and comments; never raises, in time linear in the text."""
    pieces: _Pieces = lexer().pieces
    kinds, holes = pieces.kinds, pieces.holes
    text_of = _without_nested_comments(text)
    for found in pieces.expression.finditer(text_of):
        group = found.lastgroup
        kind = kinds[group]
        if kind is None:
            continue
        start, end = found.span(group)  # type: ignore[arg-type]  # each entry is a group
        value = text_of[start:end]
        if kind == Kind.NAME:
            value = HOLE * len(value) if group in holes else value.lower()
        elif kind == Kind.OPERATOR:
            yield from _operators(value, start, end)
            continue
        elif kind == Kind.QUOTED:
            value = value[value.index('"') + 1 :].removesuffix('"').replace('""', '"')
        elif value == r"\:\:":
            value = "::"
        yield Token(kind, value, start, end)


def _operators(value: str, start: int, end: int) -> Iterator[Token]:
    """Yield an operator, and the placeholder that programs write behind it without a blank (`id=?`)."""
    if len(value) > 1 and value[-1] == "?" and value != "@?":
        yield Token(Kind.OPERATOR, value[:-1], start, end - 1)
        yield Token(Kind.OPERATOR, "?", end - 1, end)
    else:
        yield Token(Kind.OPERATOR, value.replace("%%", "%"), start, end)


def _without_nested_comments(text: str) -> str:
    """Return the text with blanks for each comment, if one holds another; sqlparse ends it at the inner one's end."""
    if text.count("/*") < 2 or not _NESTED.search(text):
        return text
    parts: list[str] = []
    done = place = 0
    while found := _HIDES.search(text, place):
        place = found.end()
        if found[0] != "/*":
            continue
        depth = 1
        while depth and (edge := _COMMENT_EDGE.search(text, place)):
            depth += 1 if edge[0] == "/*" else -1
            place = edge.end()
        if depth:
            place = len(text)
        parts += text[done : found.start()], _NOT_A_LINE_END.sub(" ", text[found.start() : place])
        done = place
    parts.append(text[done:])
    return "".join(parts)


def is_dynamic(value: str) -> bool:
    """Tell whether a name or a string has a part that is known at run time only."""
    return HOLE in value


_SIMPLE_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def string_value(token: Token) -> str:
    """Return the content of a string constant; octal, hexadecimal and Unicode escapes are left as they are written."""
    if token.kind == Kind.DOLLAR:
        tag = token.value[: token.value.index("$", 1) + 1]
        return token.value[len(tag) :].removesuffix(tag)
    quote = token.value.index("'")
    content = token.value[quote + 1 :].removesuffix("'").replace("''", "'")
    if quote and token.value[0] in "eE":
        content = re.sub(r"\\([^\dxuU])", lambda found: _SIMPLE_ESCAPES.get(found[1], found[1]), content)
    return content
