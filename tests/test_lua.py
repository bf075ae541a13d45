"""Tokens of Redis scripts: nothing raises, places are exact, and another lexer of Lua reads the same words."""

from __future__ import annotations

import itertools

from hypothesis import assume, example, given
from hypothesis import strategies as st
from pygments.lexers import LuaLexer  # type: ignore[import-untyped]  # pytest itself needs Pygments
from pygments.token import Comment, Literal, Name, Number, String  # type: ignore[import-untyped]

from flake8_planalign.formats.lua import SIZE_LIMIT, Token, tokens
from flake8_planalign.process.scripts import _undeclared

SIGNS = ("=", "==", "~=", "<=", "..", "...", "(", ")", "{", "}", "[", "]", ",", ";", ".", ":", "#", "+", "-", "*", "/")
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
NUMBERS = st.from_regex(r"0|[1-9][0-9]{0,4}(\.[0-9]{1,3})?(e[0-9]{1,2})?|0x[0-9a-f]{1,4}", fullmatch=True)
PLAIN = st.text("abc :{}.-[]=#%", max_size=8)


@st.composite
def pieces(draw: st.DrawFn) -> tuple[str, str, str]:
    """Return a token's kind, its value and how it is written."""
    kind = draw(st.sampled_from(["name", "number", "sign", "text", "long text"]))
    if kind == "name":
        value = draw(NAMES)
        return kind, value, value
    if kind == "number":
        value = draw(NUMBERS)
        return kind, value, value
    if kind == "sign":
        value = draw(st.sampled_from(SIGNS))
        return kind, value, value
    value = draw(PLAIN)
    if kind == "text":
        quote = draw(st.sampled_from("'\""))
        return "text", value, f"{quote}{value}{quote}"
    level = "=" * draw(st.integers(2, 4))
    end = f"]{level}]"
    assume(f"{value}{end}".index(end) == len(value))  # `]==` before `]==]` would end the text earlier
    return "text", value, f"[{level}[{value}{end}"


GAPS = st.sampled_from([" ", "\n", " -- a 'comment' \n", " --[==[ a\nlonger [[one]] ]==] ", "\t"])
SCRIPTS = st.lists(st.tuples(pieces(), GAPS), max_size=20)


@given(SCRIPTS)
def test_a_script_is_read_as_it_was_put_together(script: list[tuple[tuple[str, str, str], str]]) -> None:
    text = "".join(written + gap for (_, _, written), gap in script)
    assert [(token.kind, token.value) for token in tokens(text)] == [(kind, value) for (kind, value, _), _ in script]
    assert [text[token.start : token.end] for token in tokens(text)] == [written for (_, _, written), _ in script]


#: Behind these Pygments looks for nothing but a name.
LEADING = (".", ":", "function", "goto")


@given(SCRIPTS.map(lambda script: [item for item in script if item[0][1] not in LEADING]))
def test_another_lexer_reads_the_same_words_and_texts(script: list[tuple[tuple[str, str, str], str]]) -> None:
    text = "".join(written + gap for (_, _, written), gap in script)
    ours = [text[token.start : token.end] for token in tokens(text) if token.kind != "sign"]
    assert ours == list(_by_pygments(text))


def _by_pygments(text: str) -> list[str]:
    """Return the names, numbers and texts that Pygments sees, the parts of one text put together."""
    found: list[str] = []
    is_open = False
    for _, kind, value in LuaLexer(stripnl=False, ensurenl=False).get_tokens_unprocessed(text):
        if kind in String and kind not in Comment:
            found[-1:] = [found[-1] + value] if is_open else [*found[-1:], value]
            is_open = not is_open if value in ("'", '"') else is_open
        elif kind in Number or kind in Literal or kind in Name or value.isidentifier():
            found.append(value)
    return found


@given(st.text())
@example("--[[")
@example("[==[ never closed ]=]")
@example("'a\\")
@example('"a\nb"')
def test_nothing_raises_and_tokens_stand_one_behind_the_other(text: str) -> None:
    found = tokens(text)
    for token in found:
        assert 0 <= token.start < token.end
        assert token.value in text[token.start : token.end]
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    list(_undeclared(text))


@given(st.text("redis.call(KEYS[1]ARGV,\"'- \n=localforfunction{}"))
def test_no_script_stops_the_search_for_its_keys(text: str) -> None:
    for found in _undeclared(text):
        assert text[found.start : found.end] == found.key


def test_what_lies_behind_the_limit_is_not_read() -> None:
    text = "a " * (SIZE_LIMIT // 2) + "b"
    assert len(tokens(text)) == SIZE_LIMIT // 2
    assert tokens("x = [[" + "y" * 9)[-1] == Token("text", "y" * 9, 4, 17)


def test_hostile_scripts_are_read_once() -> None:
    """In quadratic time this would not end today."""
    for text in ("[=" * 100_000, "--[" * 100_000, "'\\" * 100_000, "redis.call(" * 20_000):
        assert len(tokens(text)) < len(text)
