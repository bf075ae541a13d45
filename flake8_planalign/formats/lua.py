"""Lua as Redis runs it: words, texts and signs with their places, comments left out; no grammar is needed for keys."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from flake8_planalign.patterns import lazy

__all__ = ["SIZE_LIMIT", "Token", "tokens"]

#: In characters; a longer script gives no tokens behind it.
SIZE_LIMIT: Final = 1 << 20
_TOKEN: Final = lazy(
    r"(?P<comment>--(?!\[=*\[)[^\n]*)"
    r"|(?P<long>(?:--)?\[(?P<level>=*)\[)"
    r"""|(?P<text>"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?)"""
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<number>0[xX][\da-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?)"
    r"|(?P<sign>\.\.\.|\.\.|[=~<>]=|[-+*/%^#<>=(){}\[\];:,.])",
    re.DOTALL,
)


class Token(NamedTuple):
    """A piece of a script: its kind (`name`, `text`, `number`, `sign`), its value and where it begins and ends.

    The value of a text is what stands between its quotes, as it is written.
    """

    kind: str
    value: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Return the tokens of a script; what is no token is passed over, and an open text ends with its line."""
    found: list[Token] = []
    position, limit = 0, min(len(text), SIZE_LIMIT)
    while position < limit:
        match = _TOKEN.match(text, position)
        if match is None:
            position += 1
            continue
        position = match.end()
        kind = match.lastgroup or ""
        if match["long"] is not None:
            closing = f"]{match['level']}]"
            end = text.find(closing, position)
            end = len(text) if end < 0 else end
            if not match["long"].startswith("--"):
                found.append(Token("text", text[position:end], match.start(), end + len(closing)))
            position = end + len(closing)
        elif match["comment"] is None:
            value = match[0][1:].removesuffix(match[0][0]) if match["text"] is not None else match[0]
            kind = next(name for name in ("text", "name", "number", "sign") if match[name] is not None)
            found.append(Token(kind, value, match.start(), match.end()))
    return found
