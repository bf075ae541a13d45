"""Why a YAML text cannot be read, at the character at which that shows."""

from __future__ import annotations

import time

import pytest
import yaml as reference
from hypothesis import assume, given
from hypothesis import strategies as st

from flake8_planalign import engine
from flake8_planalign.formats.yaml import SIZE_LIMIT, Mapping, Node, Scalar, Sequence, compose, faults
from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.source import Source


def _fault(text: str) -> tuple[int, str] | None:
    found = list(faults(text))
    assert len(found) <= 1
    return (found[0].start, found[0].reason) if found else None


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("a: [1, 2\nb: 3\n", ": 3", "expected ',' or ']' while parsing a flow sequence that begins on line 1"),
        ("a: é\nb: ñ: 4\n", ": 4", "mapping values are not allowed in this context"),
        ("😀😀: 'é' x", "x", "did not find expected key"),
        ("é: \x01b", "\x01", "control characters are not allowed (U+0001)"),
        ("\ta: 1", "\t", "cannot start any token"),
        ("a: 1\n---\nb: }", "}", "did not find expected node content"),
        ("- a\nb: 1\n", "b", "expected '-' indicator while parsing a block collection that begins on line 1"),
        ("a: &x 1\n---\nb: *x\n", "*x", "found undefined alias `x`"),
        ("ü: \u2028x\nb: ]\n", "b:", "could not find expected ':'"),
        ("a: \ud800", "\ud800", "half of a surrogate pair"),
        ("a: {b: c\n", "", "while parsing a flow mapping"),
        ("%YAML 3\n---\na", "\n---", "did not find expected digit or '.' character"),
    ],
)
def test_a_fault_stands_at_its_character(text: str, at: str, reason: str) -> None:
    found = _fault(text)
    assert found
    assert text[found[0] :].startswith(at)
    assert (found[0] == len(text)) == (not at)
    assert reason in found[1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "a: 1\n---\nb: 2\n...\n",
        "\ufeffa: 1\n",
        "a: &x [1]\nb: *x\nc: {<<: *x}\n",
        "!tag x",
        "? a\n: b\n",
    ],
)
def test_what_is_well_formed_is_silent(text: str) -> None:
    assert _fault(text) is None


def test_nothing_is_expanded() -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 40))
    assert _fault(text) is None
    assert _fault("a: &a [*a]\n") is None


def test_depth_and_size_have_limits_and_cost_little() -> None:
    start = time.process_time()
    assert (_fault("[" * 200_000) or (0, ""))[1] == "it nests deeper than 200 levels"
    assert (_fault("[" * 200 + "]" * 200)) is None
    assert (_fault("a: " * SIZE_LIMIT) or (0, ""))[1] == "it is longer than 4 MiB"
    assert time.process_time() - start < 2


def test_keys_that_come_twice_are_told_where_the_reader_refuses_them() -> None:
    text = "a: {x: 1, y: 2, x: 3}\nb: [x, x]\nx: x\n? [a]\n: 1\na:\n  - {b: 1}\n  - {b: 1}\n---\na: 1\n"
    found = list(faults(text, unique_keys=True))
    assert [(fault.start, fault.reason) for fault in found] == [
        (text.index("x: 3"), "the key `x` is already on line 1"),
        (text.index("a:\n  -"), "the key `a` is already on line 1"),
    ]
    assert not list(faults(text))


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"%@`#,? \n\t\r\x85é😀\u2028\x00\ud800"), max_size=40))
def test_a_text_has_a_fault_exactly_if_it_cannot_be_composed(text: str) -> None:
    try:
        for _ in reference.compose_all(text, Loader=reference.CSafeLoader):
            pass
        error = ""
    except (reference.YAMLError, UnicodeEncodeError) as raised:
        error = str(raised)
    # YAML 1.2.2, section 3.2.2.2: an anchor may come again; PyYAML refuses it.
    assume("duplicate anchor" not in error)
    found = list(faults(text))
    assert bool(found) == bool(error)
    assert all(0 <= fault.start <= len(text) for fault in found)


def _theirs(node: reference.Node, seen: tuple[int, ...] = ()) -> object:
    """Return PyYAML's node as a tuple: what it is, where it ends, and what is in it."""
    if id(node) in seen:
        return "again"
    inner = (*seen, id(node))
    if isinstance(node, reference.ScalarNode):
        return node.value, node.end_mark.index
    if isinstance(node, reference.SequenceNode):
        return "sequence", node.start_mark.index, node.end_mark.index, [_theirs(item, inner) for item in node.value]
    pairs = [(_theirs(key, inner), _theirs(value, inner)) for key, value in node.value]
    return "mapping", node.start_mark.index, node.end_mark.index, pairs


def _ours(node: Node, seen: tuple[int, ...] = ()) -> object:
    if id(node) in seen:
        return "again"
    inner = (*seen, id(node))
    if isinstance(node, Scalar):
        return node.value, node.end
    if isinstance(node, Sequence):
        return "sequence", node.start, node.end, [_ours(item, inner) for item in node.items]
    return "mapping", node.start, node.end, [(_ours(key, inner), _ours(value, inner)) for key, value in node.pairs]


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "b: ",
                "- ",
                "[",
                "]",
                "{",
                "}",
                ", ",
                "\n",
                "\n  ",
                "&x ",
                "*x",
                "!t ",
                "'c'",
                "# d",
                "? ",
                "---\n",
                "|\n  e",
            ]
        ),
        max_size=14,
    ).map("".join)
)
def test_nodes_are_those_of_pyyaml(text: str) -> None:
    try:
        theirs = [
            _theirs(node) for node in reference.compose_all(text, Loader=reference.CSafeLoader) if node is not None
        ]
    except reference.YAMLError:
        return
    assert [_ours(node) for node in compose(text).documents] == theirs


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: &x 1\nb: *x\nc: 2\n", [6, 11, 17]),
        ("[&x 1, *x, 2, *x]", [4, 7, 11, 14]),
        ("a: &x [1]\nb: [*x]\n", [3, 13]),
    ],
)
def test_an_alias_stands_where_it_is_written(text: str, places: list[int]) -> None:
    (root,) = compose(text).documents
    assert isinstance(root, Sequence | Mapping)
    items = root.items if isinstance(root, Sequence) else [value for _, value in root.pairs]
    assert [root.place_of(index, item) for index, item in enumerate(items)] == places


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-16"))))
def test_no_bytes_break_the_check_of_any_yaml_kind(data: bytes) -> None:
    for kind in (FileKind.COMPOSE, FileKind.KUBERNETES, FileKind.HELM_VALUES, FileKind.PLAN):
        source = Source.of_bytes("compose.yml", data, kind)
        findings = engine.check(source, Project.of("compose.yml"))
        assert all(finding.code in {"PAL902", "PAL903"} for finding in findings)
        assert all(1 <= finding.position.line <= max(len(source.lines), 1) for finding in findings)
