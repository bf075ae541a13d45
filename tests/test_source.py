"""Positions are characters, whatever the encoding; suppression comments are found in every format."""

from __future__ import annotations

import ast
import codecs
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.kinds import FileKind
from flake8_planalign.rule import Position
from flake8_planalign.source import Source, any_within, decode, lines_of, split_lines

WORDS = st.text(st.characters(codec="utf-8", exclude_characters='"\\\r\n{}\x00', exclude_categories=["Cs"]), max_size=8)


def test_a_node_stands_at_its_characters() -> None:
    text = 'x = "äöü"; call("😀", é)\n'
    tree = ast.parse(text)
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call))
    source = Source.of_text("a.py", text, tree=tree)
    assert source.position(call) == Position(1, text.index("call"), 1, text.index(")") + 1)
    assert source.position(call.args[1]) == Position(1, text.index("é"), 1, text.index("é") + 1)


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_every_string_constant_is_found_at_its_own_text(words: list[str]) -> None:
    text = "f(" + ",\n ".join(f'"{word}", marker' for word in words) + ")\n"
    source = Source.of_text("a.py", text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and node.id == "marker":
            place = source.position(node)
            assert split_lines(text)[place.line - 1][place.column : place.end_column] == "marker"


def test_a_node_without_a_place_stands_at_the_start() -> None:
    assert Source.of_text("a.py", "").position(ast.Load()) == Position(1, 0, 1, 0)


def test_columns_beyond_the_text_are_kept_inside_it() -> None:
    source = Source.of_text("a.py", "é\n")
    assert source.column(1, 99) == 2
    assert source.column(7, 3) == 3
    assert source.column(1, -1) == 0
    assert source.position_at(99) == Position(1, 1, 1, 1)
    assert source.position_at(-1, 1) == Position(1, 0, 1, 1)
    assert Source.of_text("a.py", "").position_at(3) == Position(1, 0, 1, 0)
    mixed = Source.of_text("a.py", "plain\né\n")
    assert mixed.column(1, 3) == 3


def test_only_what_ends_a_line_for_python_and_editors_ends_a_line() -> None:
    assert split_lines("a\x0cb\u2028c\x85d\r\ne\rf\ng") == ["a\x0cb\u2028c\x85d\r\n", "e\r", "f\n", "g"]


@given(st.text())
def test_lines_are_the_text_and_every_index_has_a_place_in_them(text: str) -> None:
    source = Source.of_text("a.py", text)
    assert source.text == text
    for index in range(len(text)):
        place = source.position_at(index)
        assert source.lines[place.line - 1][place.column] == text[index]


@pytest.mark.parametrize(
    "data",
    [
        "aé😀".encode(),
        codecs.BOM_UTF8 + "aé😀".encode(),
        "aé😀".encode("utf-16"),
        "aé😀".encode("utf-32"),
        codecs.BOM_UTF16_BE + "aé😀".encode("utf-16-be"),
    ],
)
def test_the_byte_order_mark_decides_and_is_no_part_of_the_text(data: bytes) -> None:
    assert decode(data) == ("aé😀", None)


def test_what_is_no_text_is_told_at_its_character() -> None:
    assert decode("é".encode() + b"\xffx") == ("é\ufffdx", 1)


@given(st.binary())
def test_any_bytes_can_be_read_as_a_companion_file(data: bytes) -> None:
    source = Source.of_bytes("a.yml", data, FileKind.YAML)
    assert source.undecodable is None or source.undecodable <= len(source.text)


def test_an_archive_has_bytes_and_no_lines() -> None:
    source = Source.of_bytes("a.zip", b"PK # noqa", FileKind.ARCHIVE)
    assert (source.data, source.lines, source.noqa(1)) == (b"PK # noqa", (), "")


def test_a_comment_above_counts_in_a_dockerfile_and_nowhere_else() -> None:
    text = "# noqa: PAL321\nRUN x\n"
    assert Source.of_text("Dockerfile", text, FileKind.DOCKERFILE).noqa(2) == "# noqa: PAL321\nRUN x\n"
    assert Source.of_text("Dockerfile", text, FileKind.DOCKERFILE).noqa(1) == "# noqa: PAL321\n"
    assert Source.of_text("a.yml", text, FileKind.YAML).noqa(2) == "RUN x\n"


def test_sql_comments_are_spelled_as_flake8_searches_them() -> None:
    source = Source.of_text("a.sql", "x -- noqa: PAL211\n--NOQA\n-- flake8: noqa\nx -- a note\n", FileKind.SQL)
    assert source.noqa_lines == ["x # noqa: PAL211\n", "# NOQA\n", "# flake8: noqa\n", "x -- a note\n"]


@given(st.text(alphabet="ab\n", max_size=60), st.integers(1, 20), st.integers(0, 5))
def test_lines_of_a_pattern_are_those_that_a_search_of_each_line_gives(text: str, first: int, more: int) -> None:
    lines = lines_of(re.compile("a"), text)
    expected = [number for number, line in enumerate(text.split("\n"), 1) for _ in range(line.count("a"))]
    assert lines == expected
    assert any_within(lines, first, first + more) is any(first <= line <= first + more for line in expected)
