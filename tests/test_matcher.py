"""The fixed cases of the planner matrix, without a server: `test_planner_truth.py` holds them against a real one."""

from __future__ import annotations

import pytest
from test_planner_truth import MATRIX, verdict

from flake8_planalign.formats.sql import read_condition
from flake8_planalign.logical import matcher
from flake8_planalign.logical.model import Verdict


@pytest.mark.parametrize(("index", "condition", "_types", "served"), MATRIX)
def test_the_matrix(index: str, condition: str, _types: list[str], served: bool) -> None:  # noqa: FBT001
    found = verdict("t", index, condition)
    allowed = {Verdict.SERVED, Verdict.UNKNOWN, None} if served else {None, *Verdict} - {Verdict.SERVED}
    assert found in allowed


@pytest.mark.parametrize(
    ("where", "terms", "expected"),
    [
        ("active", ["active"], True), ("active", ["active = true"], True), ("active", ["b = 1"], False),
        ("a = 3", ["a = 3"], True), ("a = 3", ["a = 4"], False), ("a = 3", ["a = $1"], False),
        ("a > 5", ["a > 6"], True), ("a > 5", ["a >= 5"], False), ("a >= 5", ["a > 5"], True),
        ("a < 5", ["a < 4"], True),
        ("a <= 5", ["a < 5"], True), ("a < 5", ["a <= 4"], True), ("a <> 5", ["a = 4"], True),
        ("a <> 5", ["a > 5"], True),
        ("a <> 5", ["a <> 5"], True), ("a > 5", ["a = 7"], True), ("a > 5", ["a in (7, 8)"], None),
        ("a = 'x'", ["a = 'x'"], True), ("a = 'x'", ["a = 'y'"], False), ("a <> 'x'", ["a = 'y'"], True),
        ("a in ('x', 'y')", ["a = 'x'"], True), ("a in ('x', 'y')", ["a = 'z'"], False),
        ("a in ('x', 'y')", ["b = 1"], False),
        ("a is not null", ["a = 1"], True), ("a is not null", ["b = 1"], False),
        ("a is not null", ["a is null"], False),
        ("a is not null", ["lower(a) = 'x'"], True), ("a is not null", ["coalesce(a, 'x') = 'x'"], None),
        ("a is not null", ["a::int between 1 and 2"], True), ("a is null", ["a is null"], True),
        ("not active", ["active = false"], True), ("a = 1 and b = 2", ["b = 2", "a = 1"], True),
        ("a = 1 and b = 2", ["a = 1"], False),
        ("a <> 5", ["a <= 4"], True), ("a <> 5", ["a <= 5"], False), ("a <> 5", ["a >= 6"], True),
        ("a <> 5", ["a < 5"], True), ("a <> 5", ["a <> 6"], False), ("a >= 5", ["a <= 5"], False),
        ("a > 5", ["a between 6 and 7"], None), ("a > 'x'", ["a = 'y'"], None), ("a <> 'x'", ["a > 'x'"], None),
        ("a > 'x'", ["a > 'y'"], None), ("a is null", ["b = 1"], False), ("not active", ["b"], False),
        ("a is null", ["a = 1"], None), ("active", ["not active"], None),
        ("a is not null", ["not a"], True), ("a is not null", ["a is distinct from 1"], None),
        ("a is not null", ["a = 1 or b = 2"], None), ("a is not null", ["b = a + 1"], True),
        ("case when a then b end", ["a"], None), ("a > 5", ["case when a then b end"], None),
        ("a in (1, 2)", ["a > 0"], None), ("f(a) = 1", ["f(a) = 1"], True),
    ],
)  # fmt: skip
def test_a_partial_index_needs_its_predicate_implied(where: str, terms: list[str], expected: bool | None) -> None:  # noqa: FBT001
    assert matcher.implied(read_condition(where), [read_condition(term) for term in terms]) is expected


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("(doc->>'at')::timestamptz", "the cast to timestamp with time zone"),
        ("(doc->>'at')::date", "the cast to date"),
        ("to_char(at, 'x')", "`to_char()`"),
        ("lower(doc->>'a')", ""), ("at::date", ""),
    ],
)  # fmt: skip
def test_what_is_not_immutable_is_named(expression: str, why: str) -> None:
    assert matcher.immutable(read_condition(expression)) == why
