"""Lines, trims, escapes and numbers by Java's rules, which are not Python's."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.development import java
from flake8_planalign.development.java import BOOLEAN, DOUBLE, DOUBLES, INT, INTS, LONG, NULL, STRING, NumberFormatError


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\n\n", ["a", ""]),
        ("a\r\nb\rc\nd", ["a", "b", "c", "d"]),
        ("a\x85b\u2028c\x0bd\x0ce\x1cf", ["a\x85b\u2028c\x0bd\x0ce\x1cf"]),
    ],
)
def test_only_newline_and_return_end_a_line(text: str, lines: list[str]) -> None:
    assert java.lines(text) == lines


def test_trim_takes_controls_and_blanks_but_no_other_space() -> None:
    assert java.trim("\x00\t a\xa0b \x1f") == "a\xa0b"
    assert java.trim("\u2003a\xa0") == "\u2003a\xa0"


@pytest.mark.parametrize(
    ("text", "value"), [(r"a\nb", "a\nb"), (r"a\\n", r"a\n"), (r"\x\r", "x\r"), ("a\\", "a"), ("plain", "plain")]
)
def test_escapes_are_undone_as_the_reader_undoes_them(text: str, value: str) -> None:
    assert java.unescape(text) == value


@given(st.text())
def test_what_the_writer_escapes_the_reader_gives_back(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    assert java.unescape(escaped) == text


@given(st.integers(-(2**31), 2**31 - 1))
def test_an_int_is_read_as_java_writes_it(number: int) -> None:
    assert java.parse_int(str(number)) == number
    assert java.try_parse(str(number)) == (INT, number)


@pytest.mark.parametrize("text", ["", "+", "-", "1_0", " 1", "1 ", "0x5", "2147483648", "1.0", "\xb2", "\U0001d7d9"])
def test_what_is_no_int_to_java(text: str) -> None:
    with pytest.raises(NumberFormatError):
        java.parse_int(text)


def test_a_plus_and_any_decimal_digit_are_an_int() -> None:
    assert java.parse_int("+5") == 5
    assert java.parse_int("\u0661\u0662") == 12
    assert java.parse_int("-2147483648") == -(2**31)


@given(st.floats(allow_nan=False))
def test_a_double_is_read_as_python_writes_it(number: float) -> None:
    text = repr(number).replace("inf", "Infinity")
    assert java.parse_double(text) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("5d", 5.0), ("5F", 5.0), ("0x1.8p1", 3.0), (" 7 ", 7.0),
     ("1e999", math.inf), ("-Infinity", -math.inf)],
)  # fmt: skip
def test_other_spellings_of_a_double(text: str, value: float) -> None:
    assert java.parse_double(text) == value


@pytest.mark.parametrize("text", ["", ".", "e5", "1e", "nan", "inf", "infinity", "1_0.0", "0x1", "1,5", "1 2"])
def test_what_is_no_double_to_java(text: str) -> None:
    with pytest.raises(NumberFormatError):
        java.parse_double(text)
    assert java.try_parse(text).kind == STRING


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", (NULL, None)),
        ("true", (BOOLEAN, True)),
        ("TRUE", (STRING, "TRUE")),
        ("7", (INT, 7)),
        ("4294967296", (LONG, 2**32)),
        ("7.0", (DOUBLE, 7.0)),
        ("NaN", (DOUBLE, math.nan)),
        ("[1, 2]", (INTS, (1, 2))),
        ("[1, 2,]", (INTS, (1, 2))),
        ("[,]", (INTS, ())),
        ("[4294967296]", (java.LONGS, (2**32,))),
        ("[1, 2.5]", (DOUBLES, (1.0, 2.5))),
        ("[]", (STRING, "[]")),
        ("[1, 2", (STRING, "[1, 2")),
        ("logit", (STRING, "logit")),
        ("3.46.0.11", (STRING, "3.46.0.11")),
    ],
)
def test_a_value_has_the_first_type_that_parses(text: str, value: tuple[str, object]) -> None:
    found = java.try_parse(text)
    assert found.kind == value[0]
    assert found.value == value[1] or (isinstance(found.value, float) and math.isnan(found.value))


def test_a_default_decides_the_type() -> None:
    assert java.try_parse("TRUE", BOOLEAN) == (BOOLEAN, True)
    assert java.try_parse("1", DOUBLE) == (DOUBLE, 1.0)
    assert java.try_parse("[]", DOUBLES) == (DOUBLES, ())
    for text, default in (("abc", INT), ("1.5", LONG), ("[1.5]", INTS), ("[a]", DOUBLES)):
        with pytest.raises(NumberFormatError):
            java.try_parse(text, default)
