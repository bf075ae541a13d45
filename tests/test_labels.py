"""How the text of an expression is made short enough for a message."""

from __future__ import annotations

import ast

import pytest

from flake8_planalign.process.wording import shorten


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("name", "name"),
        ("repo.get(user, 7)", "repo.get()"),
        ("Repo(url)().get", "Repo()().get"),
        ("table[key].load()", "table[...].load()"),
        ("(await pool()).fetch('SELECT 1')", "(await pool()).fetch()"),
        ("(lambda: 1)()", "lambda()"),
        ("'; '.join(parts)", '"...".join()'),
        ("7 .bit_length()", "7.bit_length()"),
        ("(a + b).run()", "(...).run()"),
        ("[x for x in y]", "(...)"),
    ],
)
def test_arguments_and_literals_are_left_out(written: str, shown: str) -> None:
    assert shorten(ast.parse(written, mode="eval").body) == shown


def test_a_long_chain_keeps_its_end() -> None:
    text = shorten(ast.parse("first" + ".attribute_of_some_length" * 9, mode="eval").body)
    assert text.startswith("...")
    assert text.endswith(".attribute_of_some_length")
    assert len(text) == 63


def test_a_deep_chain_is_cut() -> None:
    assert "..." in shorten(ast.parse("x" + ".y" * 25, mode="eval").body)
