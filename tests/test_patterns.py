"""A pattern that is compiled late is to its user what `re.compile` gives."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.patterns import OfTexts, Panel, lazy, pieces, uncompiled, words_of


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


def test_what_a_library_compiles_meanwhile_waits_until_it_is_asked() -> None:
    with uncompiled():
        waiting = re.compile(r"a(b", re.IGNORECASE)
        found = re.compile(r"a(b)", re.IGNORECASE)
    with pytest.raises(re.error):
        waiting.search("ab")
    assert found.fullmatch("AB")
    assert isinstance(re.compile("a"), re.Pattern)


def test_pyyaml_reads_and_refuses_what_it_does_elsewhere() -> None:
    ask = (
        "import re, sys\n{first}import yaml\n"
        "texts = ['a: 1', 'a: 2026-11-23', 'a: ~', 'a: 1_000.5', 'b: yes', chr(1)]\n"
        "for text in texts:\n    try:\n        print(yaml.safe_load(text), yaml.dump({{'a': '1', 'b': text}}))\n"
        "    except yaml.YAMLError as error:\n        print(type(error))\nassert type(re.compile('a')) is re.Pattern\n"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", ask.format(first=first)], capture_output=True, text=True, check=True
        ).stdout
        for first in ("", "from flake8_planalign.formats import yaml_events\n")
    ]
    assert said[0] == said[1] != ""


_PIECES = (
    r"\bRedis\s*\(", r"timeout\s*=\s*None\b", r"\.get\(", r"run_(?:sync|in_executor)\b", "@custom", r"psycopg2?\.",
    r"\bdel\b", r"from_url\s*\(", r"\.query\b", r"\['",
)  # fmt: skip
_PARTS = "Redis|(|Red|is|timeout|=|None|Nones| |.get(|get|run_|sync|_|@custom|a|2|.|psycopg|é|del|from_url|.query|["


@given(st.lists(st.sampled_from(_PARTS.split("|"))), st.booleans())
def test_pieces_find_what_an_alternation_finds_whether_the_words_of_the_text_are_known_or_not(
    words: list[str],
    are_known: bool,  # noqa: FBT001
) -> None:
    text = "".join(words)
    OfTexts.forget_all()
    if are_known:
        words_of(text)
    assert pieces(*_PIECES).search(text) == (re.search("|".join(_PIECES), text) is not None)
    for piece in _PIECES:
        assert pieces(piece).search(text) == (re.search(piece, text) is not None)


@given(st.lists(st.sampled_from(_PARTS.split("|"))), st.booleans())
def test_a_panel_says_of_each_name_what_its_pieces_say(words: list[str], are_known: bool) -> None:  # noqa: FBT001
    text = "".join(words)
    OfTexts.forget_all()
    if are_known:
        words_of(text)
    named = {str(place): pieces(*_PIECES[place : place + 3]) for place in range(len(_PIECES))}
    look = Panel(named).look(text)
    assert {name for name in named if name in look} == {name for name, asked in named.items() if asked.search(text)}


def test_a_panel_tells_texts_apart_that_come_one_after_the_other() -> None:
    panel = Panel({"redis": pieces("Redis"), "time": pieces(r"timeout\b")})
    looks = [panel.look(text) for text in ("Redis(timeout=1)", "timeouts", "Redis(timeout=1)")]
    assert [("redis" in look, "time" in look) for look in looks] == [(True, True), (False, False), (True, True)]


@given(st.text("ab_1 .é\U0001f600"))
def test_no_word_of_ascii_is_missed(text: str) -> None:
    words = words_of(text)
    assert words.each >= {word for word in re.findall(r"\w+", text) if word.isascii()}
    assert sorted(words.row.split()) == sorted(words.each)


@pytest.mark.parametrize("pattern", ["", r"\bx", r"\w+", "a?b", "(ab)", "ab|cd", r"\s+import"])
def test_a_piece_without_a_literal_beginning_is_told_when_it_is_used(pattern: str) -> None:
    with pytest.raises(ValueError, match="literal"):
        pieces(pattern).search("")
