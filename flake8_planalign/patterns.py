"""Regular expressions that are compiled when they are first asked.

The plugin has some three hundred, of which one file needs a few; compiling all was a quarter of what it adds to the
start of flake8, which an editor pays for each change of a buffer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, AnyStr, Final, cast

__all__ = ["Pieces", "lazy", "pieces"]

_SPECIAL: Final = frozenset("[](){}*+?|^$.")
_QUANTIFIERS: Final = frozenset("*+?{")
_SHORTEST: Final = 2
_BOUNDARY: Final = r"\b"


class _Uncompiled:
    """Becomes what `re.compile` gives as soon as anything is asked of it."""

    def __init__(self, text: Any, flags: int) -> None:
        self._given = (text, flags)

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(*self._given)
        for method in ("findall", "finditer", "fullmatch", "match", "search", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        self.pattern, self.flags = compiled.pattern, compiled.flags
        return getattr(compiled, name)


def lazy(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a compiled pattern, to all purposes here; raises re.error on first use if it is not one."""
    return cast("re.Pattern[AnyStr]", _Uncompiled(text, flags))


class Pieces:
    """Several patterns of which a text may hold one, each looked for by the literal text that it begins with.

    `str.__contains__` takes a third of a nanosecond for each character; an alternation of words that begin with
    different letters is tried at every character, which takes a hundred times as long.
    """

    __slots__ = ("_given", "_made")

    def __init__(self, given: Sequence[str]) -> None:
        self._given = given
        self._made: list[tuple[str, _Piece]] | None = None

    def search(self, text: str) -> bool:
        """Tell whether one of the patterns matches anywhere; raises ValueError for one without a literal beginning."""
        if self._made is None:
            self._made = [(piece.literal, piece) for piece in map(_Piece, self._given)]
        for literal, piece in self._made:  # noqa: SIM110 - `any` of a generator takes twice as long for short texts
            if literal in text and piece.search(text):
                return True
        return False


class _Piece:
    """A pattern that begins with a literal text, behind a boundary or not, and may end with a boundary."""

    __slots__ = ("_after", "_before", "_rest", "literal")

    def __init__(self, pattern: str) -> None:
        self._before = pattern.startswith(_BOUNDARY)
        self.literal, rest = _divided(pattern.removeprefix(_BOUNDARY))
        self._after = rest == _BOUNDARY
        self._rest = lazy(rest) if rest and not self._after else None

    def search(self, text: str) -> bool:
        """Tell whether the pattern matches anywhere in a text that holds its literal text."""
        literal, place = self.literal, -1
        while (place := text.find(literal, place + 1)) >= 0:
            end = place + len(literal)
            if (
                not (self._before and place and _is_word(text[place - 1]))
                and not (self._after and end < len(text) and _is_word(text[end]))
                and (self._rest is None or self._rest.match(text, end) is not None)
            ):
                return True
        return False


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def pieces(*given: str) -> Pieces:
    r"""Return patterns one of which is looked for; each begins with two literal characters or more, `\b` aside."""
    return Pieces(given)


def _divided(pattern: str) -> tuple[str, str]:
    """Return the literal text that a pattern begins with, and the rest of the pattern."""
    literal: list[str] = []
    place = 0
    while place < len(pattern) and pattern[place] not in _SPECIAL:
        escaped = pattern[place] == "\\"
        if escaped and pattern[place + 1].isalnum():
            break
        literal.append(pattern[place : place + 1 + escaped])
        place += 1 + escaped
    if place < len(pattern) and pattern[place] in _QUANTIFIERS:
        place -= len(literal.pop())
    rest = pattern[place:]
    if len(literal) < _SHORTEST or rest.startswith("|"):
        msg = f"{pattern!r} does not begin with a literal text"
        raise ValueError(msg)
    return "".join(part[-1] for part in literal), rest
