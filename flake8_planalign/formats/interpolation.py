"""`${VARIABLE}` as Compose replaces it: all operators, nested, with what each part of the result was made from.

Source: the package `template` of github.com/compose-spec/compose-go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import msgspec

from flake8_planalign.formats.located import Piece
from flake8_planalign.patterns import lazy

__all__ = ["LENGTH_LIMIT", "Filled", "TemplateError", "fill"]

#: How deep `${a:-${b:-...}}` may nest; real files nest three deep.
DEPTH_LIMIT: Final = 32
#: How long a text may become, in characters; variables that hold each other double with every step.
LENGTH_LIMIT: Final = 131_072
_NAMED: Final = lazy(r"\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|(\{))")
_BRACED: Final = lazy(r"\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+?])|\})")

Lookup = Callable[[str], str | None]
#: A part of the result (None: a variable that is not set), and the indexes of what it was made from.
Run: TypeAlias = tuple[str | None, int, int]


class TemplateError(ValueError):
    """A `${` that Compose refuses."""


class Filled(msgspec.Struct, frozen=True):
    """A text with its variables replaced.

    `unset` are the variables that nobody states and that have no default, so that what runs may see another text.
    """

    value: str
    pieces: tuple[Piece, ...]
    unset: tuple[str, ...]
    #: Where in the value these would stand.
    holes: tuple[int, ...]


def fill(written: str, lookup: Lookup) -> Filled:
    """Return a text with every variable replaced by what `lookup` says (None: not set).

    Raises TemplateError for what Compose calls an invalid template.
    """
    unset: list[str] = []
    runs = list(_runs(written, 0, len(written), lookup, unset, 0))
    pieces: list[Piece] = []
    length = 0
    holes: list[int] = []
    for value, start, end in runs:
        if length > LENGTH_LIMIT:
            msg = f"it becomes longer than {LENGTH_LIMIT} characters"
            raise TemplateError(msg)
        if value is None:
            holes.append(length)
        elif value:
            pieces.append(Piece(length, length + len(value), start, end))
            length += len(value)
    return Filled("".join(run[0] or "" for run in runs), tuple(pieces), tuple(unset), tuple(holes))


def _runs(written: str, start: int, end: int, lookup: Lookup, unset: list[str], depth: int) -> Iterator[Run]:
    """Yield the runs of a result: their text and the indexes of what they were made from."""
    if depth > DEPTH_LIMIT:
        msg = f"it nests deeper than {DEPTH_LIMIT} levels"
        raise TemplateError(msg)
    at = start
    while found := _NAMED.search(written, at, end):
        if found.start() > at:
            yield written[at : found.start()], at, found.start()
        at = found.end()
        if found[1]:
            yield "$", found.start(), at
        elif found[2]:
            yield _known(found[2], lookup, unset), found.start(), at
        else:
            braced = _BRACED.match(written, at - 1, end)
            close = _closing(written, at - 1, end) if braced and braced[2] else -1
            if not braced or (braced[2] and close < 0):
                msg = f"`{written[found.start() : end]}` is no variable; a dollar sign is written `$$`"
                raise TemplateError(msg)
            if braced[2]:
                yield from _operated(written, (found.start(), close), braced, lookup, unset, depth)
                at = close + 1
            else:
                at = braced.end()
                yield _known(braced[1], lookup, unset), found.start(), at
    if at < end:
        yield written[at:end], at, end


def _operated(
    written: str,
    span: tuple[int, int],
    braced: re.Match[str],
    lookup: Lookup,
    unset: list[str],
    depth: int,
) -> Iterator[Run]:
    name, operator = braced[1], braced[2]
    value = lookup(name)
    present = value is not None and (value != "" or operator[0] != ":")
    if operator[-1] == "?" and not present:
        unset.append(name)
        yield None, span[0], span[1] + 1
    elif present == (operator[-1] == "+"):
        yield from _runs(written, braced.end(), span[1], lookup, unset, depth + 1)
    else:
        yield value or "", span[0], span[1] + 1


def _known(name: str, lookup: Lookup, unset: list[str]) -> str | None:
    value = lookup(name)
    if value is None:
        unset.append(name)
    return value


def _closing(written: str, start: int, end: int) -> int:
    """Return the index of the brace that closes the one at `start`, -1 if none does on its line."""
    deep = 0
    for index in range(start, end):
        sign = written[index]
        if sign == "\n":
            return -1
        if sign == "{":
            deep += 1
        elif sign == "}":
            deep -= 1
            if deep == 0:
                return index
    return -1
