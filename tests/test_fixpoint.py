"""Mutually dependent values: every cycle has one answer, from wherever it is entered."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_planalign.python.fixpoint import Solver
from flake8_planalign.python.values import EMPTY, Value, Values, single, union

#: For each key what it is by itself, and the keys whose values it has as well.
Graph = dict[int, tuple[Values, list[int]]]


def value(number: int) -> Value:
    return ("x", f"library.{number}")


class Question:
    """The values of one graph, asked of one solver."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.solver = Solver()
        self.table: dict[int, Values] = {}
        self.computed: list[int] = []

    def ask(self, key: int) -> Values:
        return self.solver.solve(self.table, key, self.compute, key)

    def compute(self, key: int) -> Values:
        self.computed.append(key)
        values, others = self.graph[key]
        for other in others:
            values = union(values, self.ask(other))
        return values


def closure(graph: Graph, key: int) -> Values:
    """Return what a key is: all that the keys reachable from it are by themselves."""
    seen = {key}
    pending = [key]
    values = EMPTY
    while pending:
        own, others = graph[pending.pop()]
        values |= own
        pending += [other for other in others if other not in seen]
        seen.update(others)
    return values


def test_a_value_is_computed_once() -> None:
    question = Question({0: (EMPTY, [1, 1]), 1: (single(value(1)), [])})
    assert question.ask(0) == question.ask(0) == single(value(1))
    assert question.computed == [0, 1]


def test_what_nothing_is_known_of_is_not_computed_again_either() -> None:
    question = Question({0: (EMPTY, [])})
    assert question.ask(0) == question.ask(0) == EMPTY
    assert question.computed == [0]


def test_a_value_that_only_depends_on_itself_is_unknown() -> None:
    assert Question({0: (EMPTY, [0])}).ask(0) == EMPTY


def test_every_member_of_a_cycle_is_what_any_member_is() -> None:
    graph: Graph = {0: (EMPTY, [1]), 1: (single(value(1)), [2]), 2: (single(value(2)), [0])}
    for entry in graph:
        question = Question(graph)
        question.ask(entry)
        assert [question.ask(key) for key in graph] == [frozenset({value(1), value(2)})] * 3


def test_a_table_may_be_forgotten_at_any_time() -> None:
    question = Question({0: (EMPTY, [1]), 1: (single(value(1)), [0])})
    before = question.ask(0)
    question.table.clear()
    assert question.ask(1) == question.ask(0) == before


def test_tables_do_not_mix() -> None:
    solver = Solver()
    one: dict[str, Values] = {}
    other: dict[str, Values] = {}
    assert solver.solve(one, "key", single, value(1)) == single(value(1))
    assert solver.solve(other, "key", single, value(2)) == single(value(2))


def test_an_exception_leaves_no_trace_once_it_is_abandoned() -> None:
    solver = Solver()
    table: dict[str, Values] = {}
    broken = True

    def compute(key: str) -> Values:
        if broken and key == "c":
            raise KeyError
        return single(value(1)) if key == "c" else solver.solve(table, chr(ord(key) + 1), compute, chr(ord(key) + 1))

    with pytest.raises(KeyError):
        solver.solve(table, "a", compute, "a")
    solver.abandon()
    broken = False
    assert solver.solve(table, "a", compute, "a") == single(value(1))


def test_a_chain_too_long_to_follow_is_unknown_and_does_not_fail() -> None:
    length = 4000
    graph: Graph = {key: (EMPTY, [key + 1]) for key in range(length)} | {length: (single(value(1)), [])}
    assert Question(graph).ask(0) == EMPTY
    assert Question(graph).ask(length - 50) == single(value(1))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(1, 8))
    keys = st.integers(0, size - 1)
    own = st.one_of(st.just(EMPTY), st.integers(0, 3).map(lambda number: single(value(number))))
    return {key: (draw(own), draw(st.lists(keys, max_size=4))) for key in range(size)}


@settings(max_examples=300, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_any_graph_has_the_answers_of_its_closure_in_any_order_of_questions(
    graph: Graph, chance: random.Random
) -> None:
    question = Question(graph)
    for key in chance.sample(sorted(graph), len(graph)):
        assert question.ask(key) == closure(graph, key)
    assert question.table.keys() == graph.keys()


def test_a_cycle_of_everything_is_computed_twice() -> None:
    graph: Graph = {key: (single(value(key)), [other for other in range(9) if other != key]) for key in range(9)}
    question = Question(graph)
    assert question.ask(0) == {value(key) for key in range(9)}
    assert max(map(question.computed.count, question.computed)) <= 3
