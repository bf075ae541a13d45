"""The reader of lines: what it reads is what libyaml gives, to the character; the rest it leaves to libyaml."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.formats import yaml_events, yaml_lines
from flake8_planalign.formats.yaml_nodes import Mapping, Node, Scalar

READ = {
    "nothing": "",
    "comments": "# a\n\n  # b\n#c",
    "a mapping": "a: 1\nb: x y  # z\nc : d:e#f\n'g': ''\n\"h i\": \"\"\n-j: -k\n?l: :m\n",
    "mappings in mappings": "a:\n  b:\n    c: 1\n\n  d: 2\ne:\n      f: 3\n",
    "what is empty": "a:\nb:\n  c:\n\nd:\n  -\n  - # nothing\n  - e:\n",
    "lists": "- a\n- - b\n  -  - c\n     - d\n-   e: 1\n    f: 2\n-\n  g: 3\n",
    "a list at the column of its key": "a:\n- b\n- c:\n  - d\n  e: f\nf:\n- g\n",
    "a text alone": "  a b  # c\n",
    "a text of lines": "a\nb\n\n\nc\n",
    "texts of lines": "a: b\n  c  \n\n  - d\n   'e' # f\ng: h\n",
    "a list of texts of lines": "- a\n  b\n-\n  c\n  d\n",
    "escapes": r'a: "\t\n\\ \"\x41\u00e9\/ \e"' + "\nb: 'it''s'\n\"\\x63\": d\n",
    "quotes of lines": "a: \"b\n  c\n\n\n   d \"\ne: 'f\n\n  g''h\n  '\n",
    "block scalars": "a: |\n  b\n   c\n\n  d\n\n\ne: |-  # f\n    g\n  # h\ni: |+\n  j\n\n\nk: l\n",
    "block scalars in lists": "- |\n b\n- c: |\n    d\n- >-\n  e\n  f\n",
    "a block scalar with an empty beginning": "a: |\n\n\n  b\nc: d\n",
    "folded scalars": "a: >\n  b\n  c\n\n  d\n    e\n    f\n  g\n\n\n  h\ni: >+\n  j\n\n",
    "brackets": "a: [b, 'c', \"d\", e:f, g h]\ni: {j: k, l: [m, {n: o}], \"p\": q,}\nr: []\ns: {}\n",
    "brackets of lines": "a: [\n  b,  # c\n  d\n]\ne: {\n  f: g,\n\n  h: i }\n",
    "a list of brackets": "- [a]\n- {b: c}\n-\n  [d]\n",
    "brackets alone": "[a, {b: c}]\n",
    "anchors": "a: &x\n  b: 1\nc: *x\nd: &y e\nf: [1]\ng:\n- *y\n- &z |\n  h\n-  *z # i\nj:\n  <<: *x\n",
    "an anchor before a list": "a: &x\n- b\nc: *x\n",
    "documents": "---\na: 1\n---\n---\n# b\n---\n- c\n---\nd\n---",
    "a document behind another": "a:\n  b:\n---\nc\n---\n",
    "other signs": "a: é\nb: 😀 \u3000\nc: \xa0d\n",
    "keys that come twice": "a: 1\nb:\n  c: 1\n  c: 2\na: 3\n",
}  # fmt: skip
LEFT = {
    "tags": "a: !reset []\n",
    "tabs": "a:\tb\n",
    "carriage returns": "a: b\r\n",
    "directives": "%YAML 1.1\n---\na: b\n",
    "keys with a question mark": "? a\n: b\n",
    "the end of a document": "a: b\n...\n",
    "text behind a document's beginning": "--- a\n",
    "a key in a value": "a: b: c\n",
    "a key deeper than its mapping": "a: b\n  c: d\n",
    "a key less deep than its mapping": "  a: b\nc: d\n",
    "a list in a mapping": "a: b\n- c\n",
    "a key in a list": "- a\nb: c\n",
    "a bracket that is not closed": "a: [b\n",
    "a bracket that is not opened": "a: b]\n- ]\n",
    "a pair in a list": "a: [b: c]\n",
    "an alias of nothing": "a: *x\n",
    "an alias as a key": "a: &x b\n*x : c\n",
    "an anchor of nothing": "a: &x\nb: c\n",
    "an indentation that is told": "a: |2\n   b\n",
    "a block scalar after a line of more blanks": "a: |\n    \n  b\n",
    "a block scalar that is empty": "a: |\nb: c\n",
    "an escape that is none": 'a: "\\q"\n',
    "half of a surrogate pair": 'a: "\\ud800"\n',
    "a quote that is not closed": "a: 'b\n",
    "a long key": "a" * 1_025 + ": b\n",
    "deep lists": "- " * 201 + "a\n",
    "deep brackets": "[" * 60 + "]" * 60,
    "a sign that no text has": "a: \x01\n",
}


def _shape(node: Node, seen: dict[int, int]) -> object:
    """Return all that is known of a node; what is there again by its number."""
    number = seen.setdefault(id(node), len(seen))
    if number < len(seen) - 1:
        return number
    if isinstance(node, Scalar):
        return node.value, node.start, node.end, node.style, node.tag
    inner = (
        [(_shape(key, seen), _shape(value, seen)) for key, value in node.pairs]
        if isinstance(node, Mapping)
        else [_shape(item, seen) for item in node.items]
    )
    return type(node), node.start, node.end, node.tag, node.aliases, inner


def _agrees(text: str) -> bool:
    """Tell whether a text is read, and make sure that it is read as libyaml does."""
    documents = yaml_lines.read(text)
    if documents is None:
        return False
    stream = yaml_events.compose(text)
    assert stream.fault is None
    assert [_shape(node, {}) for node in documents] == [_shape(node, {}) for node in stream.documents]
    return True


@pytest.mark.parametrize("name", READ)
def test_what_most_files_have_is_read(name: str) -> None:
    assert _agrees(READ[name])
    assert _agrees(READ[name].rstrip("\n")) or "|" in READ[name] or ">" in READ[name]


@pytest.mark.parametrize("name", LEFT)
def test_the_rest_is_left_to_libyaml(name: str) -> None:
    assert not _agrees(LEFT[name])


_PARTS = (
    "a", "b c", "d:", "e: ", "- ", "-", "f: g\n", "- h\n", "\n", "\n  ", "\n    ", "\n\n", "[", "]", "{", "}", ", ",
    "&x", "&x ", "*x", "<<: *x\n", "!t ", "'i'", '"j"', "'k\n", '"l\\n"', "# m", " # n\n", "? ", "---",
    "---\n", "  ---\n", "...", "|\n", ">-\n", "|+", "\\", "~", "\t", "é", "  o:\n", "  p: q\n", "    - r\n",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PARTS), max_size=16).map("".join))
def test_what_is_read_is_what_libyaml_gives(text: str) -> None:
    _agrees(text)


@given(st.lists(st.sampled_from([*READ.values(), *_PARTS]), max_size=4), st.data())
def test_texts_that_are_cut_and_mended_are_read_as_libyaml_does(texts: list[str], data: st.DataObject) -> None:
    text = "".join(texts)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3)))
    _agrees(text[:start] + data.draw(st.sampled_from(["", " ", "  ", "\n", *_PARTS])) + text[end:])


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "b " * 500_000,
        "a: " + "b:" * 500_000,
        "- " * 500_000,
        "-" * 1_000_000,
        "a: " + "[" * 500_000,
        "a: [" + "b, " * 300_000 + "]\n",
        "a: '" + "b\n  " * 300_000,
        "a: b\n" + "  c\n" * 200_000,
        "a: |\n" + " b\n\n" * 200_000,
        ("a: |\n" + " " * 90 + "b\n") * 10_000,
        "#\n" * 500_000,
        " \n" * 500_000,
        "---\n" * 200_000,
        "a: &a b\n" * 100_000,
    ],
)
def test_time_grows_with_the_text(text: str) -> None:
    started = time.process_time()
    yaml_lines.read(text)
    assert time.process_time() - started < 4
