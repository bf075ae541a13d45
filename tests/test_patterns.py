"""A pattern that is compiled late is to its user what `re.compile` gives."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.patterns import lazy, pieces


@given(st.text("ab1 _", max_size=20))
def test_it_finds_what_a_pattern_finds(text: str) -> None:
    late, early = lazy(r"(?P<word>[ab]+)|\d", re.IGNORECASE), re.compile(r"(?P<word>[ab]+)|\d", re.IGNORECASE)
    assert [found.groupdict() for found in late.finditer(text)] == [found.groupdict() for found in early.finditer(text)]
    assert [late.sub("-", text), late.split(text), late.findall(text)] == [
        early.sub("-", text), early.split(text), early.findall(text)
    ]  # fmt: skip
    for way in ("search", "match", "fullmatch"):
        assert (getattr(late, way)(text) is None) == (getattr(early, way)(text) is None)
    assert (late.pattern, late.flags, late.groupindex) == (early.pattern, early.flags, early.groupindex)


def test_bytes_are_searched_too() -> None:
    assert lazy(rb"\d+").findall(b"a1b22") == [b"1", b"22"]


def test_what_is_no_pattern_is_told_when_it_is_used() -> None:
    broken = lazy("(")
    with pytest.raises(re.error, match="unterminated"):
        broken.search("")


_PIECES = (
    r"\bRedis\s*\(", r"timeout\s*=\s*None\b", r"\.get\(", r"run_(?:sync|in_executor)\b", "@custom", r"psycopg2?\.",
)  # fmt: skip
_PARTS = "Redis|(|Red|is|timeout|=|None|Nones| |.get(|get|run_|sync|_|@custom|a|2|.|psycopg"


@given(st.lists(st.sampled_from(_PARTS.split("|"))))
def test_pieces_find_what_an_alternation_finds(words: list[str]) -> None:
    text = "".join(words)
    assert pieces(*_PIECES).search(text) == (re.search("|".join(_PIECES), text) is not None)


@pytest.mark.parametrize("pattern", ["", r"\bx", r"\w+", "a?b", "(ab)", "ab|cd", r"\s+import"])
def test_a_piece_without_a_literal_beginning_is_told_when_it_is_used(pattern: str) -> None:
    with pytest.raises(ValueError, match="literal"):
        pieces(pattern).search("")
