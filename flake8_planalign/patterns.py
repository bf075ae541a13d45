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

    __slots__ = ("_given", "_pairs")

    def __init__(self, given: Sequence[str]) -> None:
        self._given = given
        self._pairs: list[tuple[str, re.Pattern[str] | None]] | None = None

    def search(self, text: str) -> bool:
        """Tell whether one of the patterns matches anywhere; raises ValueError for one without a literal beginning."""
        if self._pairs is None:
            self._pairs = list(map(_divided, self._given))
        for literal, pattern in self._pairs:
            if literal in text and (pattern is None or pattern.search(text) is not None):
                return True
        return False


def pieces(*given: str) -> Pieces:
    r"""Return patterns one of which is looked for; each begins with two literal characters or more, `\b` aside."""
    return Pieces(given)


def _divided(pattern: str) -> tuple[str, re.Pattern[str] | None]:
    """Return the literal text that a pattern begins with, and what it is then tried as, if more than that text.

    The boundary in front of a word becomes a look behind it, so that `re` can skip to where the literal text occurs.
    """
    bounded = pattern.startswith(r"\b")
    rest = pattern[2:] if bounded else pattern
    literal, place = "", 0
    while place < len(rest) and rest[place] not in _SPECIAL:
        escaped = rest[place] == "\\"
        if escaped and rest[place + 1].isalnum():
            break
        literal += rest[place + escaped]
        place += 1 + escaped
    if place < len(rest) and rest[place] in _QUANTIFIERS:
        literal = literal[:-1]
        place -= 1 + (rest[place - 2 : place - 1] == "\\")
    if len(literal) < _SHORTEST or "|" in rest[place:].split("(")[0]:
        msg = f"{pattern!r} does not begin with a literal text"
        raise ValueError(msg)
    if place == len(rest) and not bounded:
        return literal, None
    behind = rf"(?<!\w{re.escape(literal)})" if bounded else ""
    return literal, re.compile(rf"{re.escape(literal)}{behind}{rest[place:]}")
