"""Text as the JVM reads it: lines, trimming, escapes and numbers by Java's rules, which are not Python's."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from flake8_planalign.patterns import lazy

__all__ = [
    "BOOLEAN",
    "DOUBLE",
    "DOUBLES",
    "INT",
    "INTS",
    "LONG",
    "LONGS",
    "NULL",
    "STRING",
    "NumberFormatError",
    "Value",
    "are_doubles",
    "lines",
    "lines_of",
    "parse_double",
    "parse_int",
    "split_pair",
    "trim",
    "try_parse",
    "unescape",
    "value_of",
]

NULL: Final = "null"
BOOLEAN: Final = "boolean"
INT: Final = "int"
LONG: Final = "long"
DOUBLE: Final = "double"
INTS: Final = "int[]"
LONGS: Final = "long[]"
DOUBLES: Final = "double[]"
STRING: Final = "string"

#: What `String.trim` takes off: everything up to the blank.
_TRIMMED = "".join(map(chr, range(0x21)))
#: What `\s` of `java.util.regex` matches.
_BLANK = " \t\n\x0b\f\r"
_LINE_END = lazy(r"\r\n|\r|\n")
_DOUBLE = lazy(
    r"[+-]?(?:NaN|Infinity|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|(?P<hex>0[xX](?:[0-9a-fA-F]+\.?|[0-9a-fA-F]*\.[0-9a-fA-F]+)[pP][+-]?[0-9]+))(?P<suffix>[fFdD]?))"
)
#: What begins no number: a letter other than those of NaN and Infinity, or a bracket.
_NO_NUMBER = lazy(r"[A-HJ-MO-Za-z\[]")
_DECIMAL = lazy(r"-?[0-9]{1,20}\.[0-9]{1,30}")
_DOUBLES = lazy(rf"(?:{_DECIMAL.pattern}(?:E-?[0-9]{{1,3}})?\n)*")
#: Numbers of which Python's int and float think like Java's.
_PLAIN_NUMBERS = lazy(r"[-0-9.E, ]*")
_ESCAPE = lazy(r"\\(.?)", re.DOTALL)


class NumberFormatError(ValueError):
    """`java.lang.NumberFormatException`."""


class Value(NamedTuple):
    """What `ParseUtils.tryParse` returns: which Java type, and the value as a Python one (tuples for arrays)."""

    kind: str
    value: bool | int | float | str | tuple[int, ...] | tuple[float, ...] | None


def lines(text: str) -> list[str]:
    r"""Return what `BufferedReader.readLine` returns one after the other: `\n`, `\r` and `\r\n` end a line."""
    found = _LINE_END.split(text) if "\r" in text else text.split("\n")
    if found[-1] == "":
        found.pop()
    return found


def lines_of(data: bytes) -> list[str]:
    """Return the lines of a text in UTF-8; of bytes that are none, U+FFFD stands for each of Python's replacements.

    Strings with a wide character take four bytes for each of all their characters, so only such lines are decoded so.
    """
    if data.isascii():
        return lines(data.decode("ascii"))
    return [
        line if line.isascii() else line.encode("latin-1").decode("utf-8", "replace")
        for line in lines(data.decode("latin-1"))
    ]


def trim(text: str) -> str:
    """Return what `String.trim` returns."""
    return text.strip(_TRIMMED)


def split_pair(line: str, sign: str) -> tuple[str, str] | None:
    r"""Return what `line.split("\\s*=\\s*", 2)` returns for a sign `=`, None if there is no second part."""
    left, found, right = line.partition(sign)
    return (left.rstrip(_BLANK), right.lstrip(_BLANK)) if found else None


def value_of(rest: str) -> str:
    """Return what `split_pair` leaves of a trimmed line behind the sign."""
    return rest.rstrip(_TRIMMED).lstrip(_BLANK)


def unescape(text: str) -> str:
    """Return what `StringEscapeUtils.unescapeNewlines` returns; a lone backslash at the end is dropped."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), text)


def parse_int(text: str, bits: int = 32) -> int:
    """Return what `Integer.parseInt` returns, `Long.parseLong` for 64 bits; raises NumberFormatError.

    Any decimal digit of the Basic Multilingual Plane counts; blanks and underscores do not.
    """
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits or len(digits) > 1000:
        raise NumberFormatError(text[:40])
    if not (digits.isascii() and digits.isdigit()):
        found = [unicodedata.decimal(character, -1) if character <= "\uffff" else -1 for character in digits]
        if -1 in found:
            raise NumberFormatError(text[:40])
        digits = "".join(map(str, found))
    number = -int(digits) if text[0] == "-" else int(digits)
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise NumberFormatError(text[:40])
    return number


def parse_double(text: str) -> float:
    """Return what `Double.parseDouble` returns; raises NumberFormatError."""
    text = trim(text)
    found = _DOUBLE.fullmatch(text)
    if found is None:
        raise NumberFormatError(text[:40])
    digits = text[: len(text) - len(found["suffix"] or "")]
    try:
        return float.fromhex(digits) if found["hex"] else float(digits)
    except OverflowError:
        return float("-inf" if text.startswith("-") else "inf")


def try_parse(text: str, default: str | None = None) -> Value:
    """Return what `ParseUtils.tryParse` returns if its default value has the kind `default`; raises NumberFormatError.

    `null` is returned as such: the reader then takes its default.
    """
    return _try_parse_short(text, default) if len(text) < 24 else _try_parse(text, default)


def _try_parse(text: str, default: str | None) -> Value:
    if text == "null":
        return Value(NULL, None)
    if text in ("true", "false"):
        return Value(BOOLEAN, text == "true")
    match default:
        case "boolean":
            return Value(BOOLEAN, text.lower() == "true")
        case "int":
            return Value(INT, parse_int(text))
        case "long":
            return Value(LONG, parse_int(text, 64))
        case "double":
            return Value(DOUBLE, parse_double(text))
        case "int[]" | "double[]" if text == "[]":
            return Value(default, ())
    for kind in () if _NO_NUMBER.match(text) else (DOUBLE,) if _DECIMAL.fullmatch(text) else (INT, LONG, DOUBLE):
        try:
            return Value(kind, parse_double(text) if kind is DOUBLE else parse_int(text, 32 if kind is INT else 64))
        except NumberFormatError:
            continue
    for kind in (INTS, LONGS, DOUBLES) if text.startswith("[") else ():
        try:
            return Value(kind, _array(text, kind))
        except NumberFormatError:
            if default == kind:
                raise
    return Value(STRING, text)


def are_doubles(texts: Iterable[str]) -> bool:
    """Tell whether all texts are doubles to `try_parse` without a default, written as `Double.toString` does."""
    return _DOUBLES.fullmatch("".join([f"{text}\n" for text in texts])) is not None


#: Models repeat themselves: most of their values are flags, counts and zeros.
_try_parse_short = functools.lru_cache(4096)(_try_parse)


def _array(text: str, kind: str) -> tuple[int, ...] | tuple[float, ...]:
    if len(text) < 2 or text[0] != "[" or text[-1] != "]":
        raise NumberFormatError(text[:40])
    # `String.split` drops the empty parts at the end, but a text without any comma is one part, be it empty.
    parts = text[1:-1].split(",")
    if len(parts) > 1:
        while parts and not parts[-1]:
            parts.pop()
    if _PLAIN_NUMBERS.fullmatch(text, 1, len(text) - 1):
        try:
            return tuple(map(float, parts)) if kind is DOUBLES else _integers(parts, 32 if kind is INTS else 64)
        except ValueError:
            raise NumberFormatError(text[:40]) from None
    if kind is DOUBLES:
        return tuple(parse_double(part) for part in parts)
    return tuple(parse_int(trim(part), 32 if kind is INTS else 64) for part in parts)


def _integers(parts: list[str], bits: int) -> tuple[int, ...]:
    found = tuple(map(int, parts))
    if found and not -(2 ** (bits - 1)) <= min(found) <= max(found) < 2 ** (bits - 1):
        raise NumberFormatError(parts[0][:40])
    return found
