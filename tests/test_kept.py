"""The texts that are kept for the run are what was read, whether plain or packed, within limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign import kept
from flake8_planalign.kept import KeptTexts

TEXTS = st.lists(st.text(st.characters(exclude_categories=[]), max_size=40), max_size=8)


@given(before=TEXTS, after=TEXTS)
def test_a_text_is_had_as_it_was_put(before: list[str], after: list[str]) -> None:
    texts = KeptTexts()
    for number, text in enumerate(before):
        texts.put(str(number), text)
    texts.pack()
    for number, text in enumerate(after, len(before)):
        texts.put(str(number), text)
    assert [texts.get(str(number)) for number in range(len(before) + len(after))] == [*before, *after]
    assert texts.get("other") is None


def test_what_is_beyond_the_limits_is_packed_and_then_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_PLAIN", 100)
    monkeypatch.setattr(kept, "_PACKED", 100)
    texts = KeptTexts()
    long = "".join(map(chr, range(300, 600)))
    for name, text in {"plain": "x" * 100, "packed": "y" * 1000, "beyond": long}.items():
        texts.put(name, text)
    assert (texts.get("plain"), texts.get("packed"), texts.get("beyond")) == ("x" * 100, "y" * 1000, None)
