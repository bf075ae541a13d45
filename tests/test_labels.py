"""How the text of an expression is made short enough for a message."""

from __future__ import annotations

import ast

import pytest

from flake8_planalign.process.labels import Labels
from flake8_planalign.process.wording import shorten
from flake8_planalign.python.steps import CALL
from flake8_planalign.source import Source


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


ODD_PLACES = """
@decorated(1)
class A(base(2)):
    x = call(3); y = call(4)
    @decorated(5)
    async def f(self, z=default(6), *, w=default(7)) -> result(8):
        if test(9): body(10)
        elif test(11): body(12)
        else: body(13)
        for i in items(14): body(15); body(16)
        else: body(17)
        try: body(18)
        except error(19): body(20)
        else: body(21)
        finally: body(22)
        with manager(23) as (a, b), manager(24): body(25)
        match subject(26):
            case 1 if guard(27): body(28)
            case _: body(29)
        return [element(30), (element(31), element(32)), *element(33)], {key(34): value(35), **more(36)}, one(
            two(37),
            *three(38),
            four=five(39), **six(40),
        ), lambda v=default(41): body(42), {element(43) for _ in items(44) if test(45)}, test(46) < test(47) < test(48)
"""


def test_every_call_is_found_wherever_it_stands() -> None:
    tree = ast.parse(ODD_PLACES)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    labels = Labels(Source.of_text("a.py", ODD_PLACES, tree=tree))
    for call in calls:
        place = (call.lineno, call.col_offset, call.end_lineno or 0, call.end_col_offset or 0)
        assert labels.node(place, CALL) is call
    assert len(calls) == 49


def test_a_file_that_is_asked_for_many_places_gives_the_same_texts() -> None:
    text = "".join(f"first(a{number}.b.c(x)[0].d(y))(z) + a.b\n" for number in range(40))
    tree = ast.parse(text)
    source = Source.of_text("app.py", text, tree=tree)
    places = [
        (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call | ast.Attribute)
    ]
    many = Labels(source)
    for place in places:
        for role in (CALL, "read"):
            assert many.node(place, role) is Labels(source).node(place, role)
