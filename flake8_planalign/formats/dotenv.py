r"""`.env` and `env_file` as Compose reads them.

Source: the package `dotenv` of github.com/compose-spec/compose-go: `KEY=value`, `KEY: value`, `export`, comments,
quotes over several lines, variables in unquoted and double-quoted values, `KEY` alone for one that is inherited.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from flake8_planalign.formats.interpolation import TemplateError, fill
from flake8_planalign.patterns import lazy

__all__ = ["DotenvError", "parse", "parse_raw"]

_BLANK: Final = "\t\v\f\r \x85\xa0"
_KEY: Final = lazy(rf"[\w.\-\[\]{_BLANK}]*")
_ESCAPE: Final = lazy(r'\\(?:[abcfnrtv$"\\]|0\d{0,3})')
_ESCAPED: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\", "$": "$$",
}  # fmt: skip

Lookup = Callable[[str], str | None]


class DotenvError(ValueError):
    """A file that Compose refuses; the text begins with the line."""


def parse(text: str, lookup: Lookup = lambda _: None, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of a file on top of those of the files before it.

    `lookup` knows those that are set outside, which win in references. Raises DotenvError.
    """
    found: dict[str, str] = dict(before or {})

    def known(name: str) -> str | None:
        outside = lookup(name)
        return found.get(name) if outside is None else outside

    at = 0
    while True:
        at = _statement(text, at)
        if at >= len(text):
            return found
        line = text.count("\n", 0, at) + 1
        if exported := re.compile(r"export\s+").match(text, at):
            at = exported.end()
        end = _KEY.match(text, at).end()  # type: ignore[union-attr]
        sign = text[end : end + 1]
        key = text[at:end].rstrip()
        if sign not in ("=", ":", "\n", ""):
            msg = f"line {line}: unexpected `{sign}` in the name of a variable"
            raise DotenvError(msg)
        if any(blank in key for blank in _BLANK):
            msg = f"line {line}: the name `{key}` has a blank in it"
            raise DotenvError(msg)
        at = end + 1
        if sign in ("\n", ""):
            value = lookup(key)
            if value is not None:
                found[key] = value
            continue
        while at < len(text) and text[at] in _BLANK:
            at += 1
        try:
            found[key], at = _value(text, at, known, line)
        except TemplateError as error:
            msg = f"line {line}: {error}"
            raise DotenvError(msg) from None


def parse_raw(text: str) -> dict[str, str]:
    """Return the variables of a file with `format: raw`: everything after the first `=` of a line."""
    pairs = (line.partition("=") for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return {key.strip(): value for key, sign, value in pairs if sign}


def _statement(text: str, at: int) -> int:
    while at < len(text):
        if text[at] == "#":
            at = text.find("\n", at)
            if at < 0:
                return len(text)
        elif not text[at].isspace():
            return at
        else:
            at += 1
    return at


def _value(text: str, at: int, known: Lookup, line: int) -> tuple[str, int]:
    quote = text[at : at + 1]
    if quote not in ("'", '"') or not quote:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        return fill(text[at:end].partition(" #")[0].rstrip(), known).value, end + 1
    found: list[str] = []
    index = at + 1
    while index < len(text) and text[index] != quote:
        if text[index] == "\\" and index + 1 < len(text):
            index += 1
            found.append(text[index] if text[index] == quote else "\\" + text[index])
        else:
            found.append(text[index])
        index += 1
    if index >= len(text):
        msg = f"line {line}: a quoted value is not closed"
        raise DotenvError(msg)
    value = "".join(found)
    if quote == '"':
        value = fill(_ESCAPE.sub(_unescaped, value), known).value
    return value, index + 1


def _unescaped(escape: re.Match[str]) -> str:
    sign = escape[0][1]
    if sign == "0":
        digits = escape[0][2:]
        return chr(int(digits, 8) & 0xFF) if len(digits) == 3 and digits < "400" and digits.isdigit() else escape[0]
    return _ESCAPED.get(sign, escape[0])
