"""Our verdict on an index is the planner's: both are asked about the same schema, index and query.

"Served" is: the condition appears as an Index Cond of a generic plan when sequential scans are switched off. PostgreSQL
runs in WebAssembly: `npm ci --prefix tests/oracle/postgres`.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_conditions import ODD
from oracle import planner

from flake8_planalign.formats.sql import read_statements
from flake8_planalign.formats.sql.syntax import Query
from flake8_planalign.logical.facts import Step
from flake8_planalign.logical.model import Origin, Predicate, Schema, Verdict
from flake8_planalign.logical.predicates import Judge
from flake8_planalign.logical.replay import Replay
from flake8_planalign.rule import Position

pytestmark = pytest.mark.skipif(not planner.is_there(), reason="needs node and PGlite")

COLUMNS = "id bigint PRIMARY KEY, doc jsonb, other jsonb, raw json, tenant int, active boolean, status text"
#: (index, query's condition, types of its parameters, served); the planner matrix of PostgreSQL 18.
MATRIX: list[tuple[str, str, list[str], bool]] = [
    *(
        ("USING gin (doc)", condition, [], served)
        for condition, served in (
            ("""doc @> '{"a": 1}'""", True), ("doc ? 'a'", True), ("doc ?| array['a']", True),
            ("doc ?& array['a']", True), ("doc @? '$.a ? (@ == 1)'", True), ("doc @@ '$.a == 1'", True),
            ("""'{"a": 1}' <@ doc""", True), ("""doc @> '{"a": 1}' AND doc->>'a' = 'x'""", True),
            ("doc->>'a' = 'x'", False), ("doc->>'a' IN ('x', 'y')", False), ("doc->>'a' LIKE 'x%'", False),
            ("doc->>'a' IS NULL", False), ("doc->'a' = '1'", False), ("doc['a'] = '1'", False),
            ("doc #>> '{a}' = 'x'", False), ("jsonb_path_exists(doc, '$.a')", False), ("doc->'a' @> '1'", False),
        )
    ),
    *(
        ("USING gin (doc jsonb_path_ops)", condition, [], served)
        for condition, served in (
            ("""doc @> '{"a": 1}'""", True), ("doc @? '$.a ? (@ == 1)'", True), ("doc @@ '$.a == 1'", True),
            ("doc ? 'a'", False), ("doc ?| array['a']", False), ("doc ?& array['a']", False),
        )
    ),
    *(
        ("((doc->>'a'))", condition, types, served)
        for condition, types, served in (
            ("doc->>'a' = 'x'", [], True), ("doc->>'a' = $1", ["text"], True), ("doc->>'a' IN ('x', 'y')", [], True),
            ("doc->>'a' = ANY($1)", ["text[]"], True), ("doc->>'a' IS NULL", [], True),
            ("t.doc->>'a' = 'x'", [], True),
            ("(doc->>'a')::text = 'x'", [], True), ("(doc->>'a')::varchar = 'x'", [], True),
            ("doc->>'a'::text = 'x'", [], True), ("'x' = doc->>'a'", [], True),
            ("doc->>'a' BETWEEN 'x' AND 'y'", [], True),
            ("doc->'a' = '1'", [], False), ("doc['a'] = '1'", [], False), ("doc #>> '{a}' = 'x'", [], False),
            ("lower(doc->>'a') = 'x'", [], False), ("jsonb_extract_path_text(doc, 'a') = 'x'", [], False),
            ("doc->>'b' = 'x'", [], False), ("doc->>$1 = $2", ["text", "text"], False),
            ("other->>'a' = 'x'", [], False),
        )
    ),
    ("(((doc->>'n')::int))", "(doc->>'n')::int = 5", [], True),
    ("(((doc->>'n')::int))", "CAST(doc->>'n' AS integer) BETWEEN 5 AND 7", [], True),
    ("(((doc->>'n')::int))", "(doc->>'n')::bigint = 5", [], False),
    ("(((doc->>'n')::int))", "doc->>'n' = '5'", [], False),
    ("(((doc->>'n')::int))", "(doc->>'n')::int = 5.5", [], False),
    ("USING gin ((doc->'tags'))", "doc->'tags' ? 'a'", [], True),
    ("USING gin ((doc->'tags'))", """doc->'tags' @> '["a"]'""", [], True),
    ("USING gin ((doc->'tags'))", """doc @> '{"tags": ["a"]}'""", [], False),
    ("((doc->'a'->'b'->>'c'))", "doc->'a'->'b'->>'c' = 'x'", [], True),
    ("((doc->'a'->'b'->>'c'))", "doc #>> '{a,b,c}' = 'x'", [], False),
    ("USING gin (doc) WHERE tenant = 3", """doc @> '{"a": 1}' AND tenant = 3""", [], True),
    ("USING gin (doc) WHERE tenant = 3", """doc @> '{"a": 1}'""", [], False),
    ("USING gin (doc) WHERE tenant = 3", """doc @> '{"a": 1}' AND tenant = $1""", ["int"], False),
    ("(doc)", """doc @> '{"a": 1}'""", [], False),
    ("((raw->>'a'))", "raw->>'a' = 'x'", [], True),
    *(
        ("USING hash ((doc->>'a'))", condition, [], served)
        for condition, served in (
            ("doc->>'a' = 'x'", True), ("doc->>'a' IN ('x', 'y')", True), ("doc->>'a' > 'x'", False),
            ("doc->>'a' IS NULL", False),
        )
    ),
    *(
        ("((doc->>'a') text_pattern_ops)", condition, [], served)
        for condition, served in (
            ("doc->>'a' LIKE 'x%'", True), ("doc->>'a' > 'x'", False), ("doc->>'a' = 'x'", True),
            ("doc->>'a' LIKE '%x'", False),
        )
    ),
    *(
        ("((doc->>'a') COLLATE \"C\")", condition, [], served)
        for condition, served in (
            ("doc->>'a' LIKE 'x%'", True), ("doc->>'a' IS NULL", True), ("doc->>'a' = 'x'", False),
        )
    ),
    *(
        ("((doc->>'a'))", condition, types, served)
        for condition, types, served in (
            ("doc->>'a' LIKE $1", ["text"], False), ("doc->>'a' ILIKE 'x%'", [], False),
            ("doc->>'a' = random()::text", [], False), ("doc->>'a' = now()::text", [], True),
            ("doc->>'a' = (SELECT 'x')", [], True), ("doc->>'a' = other->>'b'", [], False),
            ("doc->>'a' = status", [], False), ("doc->>'a' IN ('x', NULL)", [], True),
            ("doc->>'a' = 'x' || 'y'", [], True), ("doc->>'a' = ANY(ARRAY['x', 'y'])", [], True),
            ("doc->>'a' = ANY(ARRAY['x', $1])", ["text"], True),
        )
    ),
    ("(((doc->>'b')::boolean))", "(doc->>'b')::boolean IS TRUE", [], True),
    ("(((doc->>'b')::boolean))", "(doc->>'b')::boolean = true", [], True),
    ("USING brin ((doc->>'a'))", "doc->>'a' = 'x'", [], True),
    ("(lower(doc->>'a'))", "lower(doc->>'a') = 'x'", [], True),
    ("(lower(doc->>'a'))", "lower(doc->>'a') = lower('X')", [], True),
    ("((doc->>'a'), tenant)", "doc->>'a' = 'x' AND tenant = 3", [], True),
    ("(tenant, (doc->>'a'))", "doc->>'a' = 'x'", [], True),
    ("(((doc->>'n')::numeric))", "(doc->>'n')::numeric = 5.5", [], True),
    ("(((doc->>'n')::int))", "(doc->>'n')::int = 5::bigint", [], True),
    ("(((doc->>'n')::int))", "(doc->>'n')::int = '5'", [], True),
    ("((doc->>'a')) WHERE status IN ('x', 'y')", "doc->>'a' = 'x' AND status = 'x'", [], True),
    ("((doc->>'a')) WHERE status IS NOT NULL", "doc->>'a' = 'x' AND status = $1", ["text"], True),
    ("((doc->>'a')) WHERE tenant <> 5", "doc->>'a' = 'x' AND tenant <= 4", [], True),
    # What the texts offer for a key that only the query knows.
    ("USING gin (doc)", "doc @> jsonb_build_object($1, $2)", ["text", "text"], True),
    ("USING gin (doc)", "doc @> jsonb_build_object('a', jsonb_build_object($1::text, 'b'))", ["text"], True),
]  # fmt: skip


@pytest.fixture(scope="module")
def postgresql() -> Iterator[planner.PostgreSQL]:
    server = planner.PostgreSQL()
    yield server
    server.close()


def verdict(table: str, index: str, condition: str) -> Verdict | None:
    """Return what we say about the condition that the pair is about: the last one; None if nothing is judged."""
    replay = Replay({})
    script = f"CREATE TABLE {table} ({COLUMNS}); CREATE INDEX ON {table} {index};"
    replay.run(map(Step, read_statements(script)), Origin("schema.sql", ()))
    judge = Judge(Schema(replay.finished(), postgresql=True), lambda start, end: Position(1, start, 1, end))
    found = [
        predicate
        for query in read_statements(f"SELECT 1 FROM {table} t WHERE {condition}")
        if isinstance(query, Query)
        for predicate in judge.query(query)
        if isinstance(predicate, Predicate)
    ]
    if any(predicate.verdict is Verdict.SERVED for predicate in found):
        return Verdict.SERVED
    return found[-1].verdict if found else None


def disagreements(
    postgresql: planner.PostgreSQL, pairs: Sequence[tuple[str, str, Sequence[str]]], count: Counter[str]
) -> list[str]:
    """Return the pairs on which we and the planner differ; what PostgreSQL refuses is left out."""
    setup: list[str] = []
    queries: list[tuple[Sequence[str], str]] = []
    for number, (index, condition, types) in enumerate(pairs):
        setup += f"CREATE TABLE t{number} ({COLUMNS})", f"CREATE INDEX ON t{number} {index}"
        queries.append((types, f"SELECT 1 FROM t{number} t WHERE {condition}"))
    errors, plans = postgresql.conditions(setup, queries)
    wrong: list[str] = []
    for number, (index, condition, _) in enumerate(pairs):
        plan = plans[number]
        if errors[2 * number + 1] is not None or plan is None:
            count["refused"] += 1
            continue
        ours = verdict(f"t{number}", index, condition)
        if ours is None or ours is Verdict.UNKNOWN:
            count["not judged"] += 1
            continue
        served = bool(plan)
        count["served" if served else "not served"] += 1
        if (ours is Verdict.SERVED) is not served:
            wrong.append(f"{index} | {condition} | ours: {ours.value} | planner: {plan}")
    return wrong


def test_the_planner_matrix(postgresql: planner.PostgreSQL) -> None:
    pairs = [(index, condition, types) for index, condition, types, _ in MATRIX]
    assert disagreements(postgresql, pairs, Counter()) == []
    for index, condition, types, served in MATRIX:
        plans = postgresql.conditions(
            [f"CREATE TABLE t ({COLUMNS})", f"CREATE INDEX ON t {index}"],
            [(types, f"SELECT 1 FROM t WHERE {condition}")],
        )[1]
        assert bool(plans[0]) is served, (index, condition)


# -- generated pairs --------------------------------------------------------------------------------------------------

KEYS = ("a", "b", "tags")


def _chain(column: str, keys: Sequence[str], *, text: bool) -> str:
    arrows = [*["->"] * (len(keys) - 1), "->>" if text else "->"]
    return column + "".join(f"{arrow}'{key}'" for arrow, key in zip(arrows, keys, strict=True))


def _form(form: str, column: str, keys: Sequence[str]) -> str:
    match form:
        case "chain":
            return _chain(column, keys, text=True)
        case "path":
            return f"{column} #>> '{{{','.join(keys)}}}'"
        case "subscript":
            return column + "".join(f"['{key}']" for key in keys)
        case "function":
            listed = ", ".join(f"'{key}'" for key in keys)
            return f"jsonb_extract_path_text({column}, {listed})"
        case "document":
            return _chain(column, keys, text=False)
        case "lower":
            return f"lower({_chain(column, keys, text=True)})"
        case "integer" | "bigint" | "numeric" | "varchar":
            return f"({_chain(column, keys, text=True)})::{form}"
    raise AssertionError(form)


TEXTUAL = ("chain", "path", "function", "lower", "varchar")
FORMS = (*TEXTUAL, "subscript", "document", "integer", "bigint", "numeric")
_keys = st.lists(st.sampled_from(KEYS), min_size=1, max_size=3)
_columns = st.sampled_from(("doc", "doc", "doc", "other"))
#: The predicate of a partial index, and what the query says besides.
_partial = st.one_of(
    st.tuples(st.just(""), st.sampled_from(("", "", "", " AND active", " AND tenant = 3", " AND tenant = $9"))),
    st.sampled_from(
        (
            (" WHERE active", " AND active"),
            (" WHERE active", " AND active = true"),
            (" WHERE active", " AND tenant = 3"),
            (" WHERE tenant = 3", " AND tenant = 3"),
            (" WHERE tenant = 3", " AND tenant = 7"),
            (" WHERE tenant = 3", " AND tenant = $9"),
            (" WHERE tenant > 5", " AND tenant > 6"),
            (" WHERE tenant > 5", " AND tenant >= 5"),
            (" WHERE tenant > 5", " AND tenant = 7"),
            (" WHERE status = 'new'", " AND status = 'new'"),
            (" WHERE status = 'new'", " AND status = 'old'"),
            (" WHERE doc IS NOT NULL", ""),
            (" WHERE doc IS NOT NULL", " AND active"),
            (" WHERE status IN ('new', 'old')", " AND status = 'new'"),
            (" WHERE status <> 'new'", " AND status = 'old'"),
            (" WHERE tenant = 3 AND active", " AND active AND tenant = 3"),
            (" WHERE tenant = 3 AND active", " AND active"),
            (" WHERE tenant IS NOT NULL", " AND tenant = 3"),
            (" WHERE NOT active", " AND active = false"),
        )
    ),
)


@st.composite
def containment(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    column, keys = draw(_columns), draw(_keys)
    part = draw(st.sampled_from(("whole", "whole", "whole", "chain", "subscript")))
    indexed = {"whole": column, "chain": f"({_chain(column, keys, text=False)})",
               "subscript": f"({_form('subscript', column, keys)})"}[part]  # fmt: skip
    method = draw(st.sampled_from(("gin", "gin", "gin", "gin", "gin", "btree", "hash")))
    chosen = draw(st.sampled_from(("", " jsonb_path_ops"))) if method == "gin" else ""
    asked_part = draw(st.sampled_from((part, part, part, part, part, "whole", "chain", "subscript")))
    asked = {"whole": column, "chain": _chain(column, keys, text=False),
             "subscript": _form("subscript", column, keys)}[asked_part]  # fmt: skip
    operators = {
        "@>": ("""'{"a": 1}'""", "'[\"x\"]'", "$1", """'{"a": {}}'::jsonb""", "jsonb_build_object('a', $2)"),
        "?": ("'a'", "$3"), "?|": ("array['a', 'b']", "$4"), "?&": ("array['a']",), "@?": ("'$.a ? (@ == 1)'", "$5"),
        "@@": ("'$.a == 1'",), "<@": ("""'{"a": 1}'""",),
    }  # fmt: skip
    operator = draw(st.sampled_from(("@>", "@>", "?", "?|", "?&", "@?", "@@", "<@")))
    other = draw(st.sampled_from(operators[operator]))
    condition = f"{asked} {operator} {other}"
    if operator == "<@" and draw(st.booleans()):
        condition = f"{other} <@ {asked}"
    where, more = draw(_partial)
    return f"USING {method} ({indexed}{chosen}){where}", condition + more, []


@st.composite
def extraction(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    column, keys = draw(_columns), draw(_keys)
    form = draw(st.sampled_from(FORMS))
    method = draw(st.sampled_from(("btree", "btree", "btree", "btree", "btree", "hash", "gin")))
    indexed = f"({_form(form, column, keys)})" if method != "gin" else column
    same = draw(st.integers(0, 4)) > 0
    asked_form = form if same else draw(st.sampled_from(FORMS))
    asked_keys = keys if same or draw(st.booleans()) else draw(_keys)
    subject = _form(asked_form, "t." + column if draw(st.booleans()) else column, asked_keys)
    if asked_form in TEXTUAL:
        rest = draw(st.sampled_from(("= 'x'", "= $1", "IN ('x', 'y')", "= ANY($2)", "IS NULL", "IS NOT NULL", "> 'x'",
                                     "BETWEEN 'x' AND 'y'", "= 'x'::text", ">= $1")))  # fmt: skip
    elif asked_form in ("subscript", "document"):
        rest = draw(st.sampled_from(("= '1'", "= $3", "= '1'::jsonb", "> '1'", "IS NULL")))
    else:
        rest = draw(st.sampled_from(("= 5", "= $4", "IN (5, 6)", "BETWEEN 5 AND 7", "> 5", "= 5.5", "IS NULL", "= '5'",
                                     "= -5", "= 5::bigint", "< 5")))  # fmt: skip
    condition = f"{subject} {rest}"
    if rest.startswith("= ") and "ANY" not in rest and draw(st.integers(0, 5)) == 0:
        condition = f"{rest[2:]} = {subject}"
    where, more = draw(_partial)
    return f"USING {method} ({indexed}){where}", condition + more, []


def _numbered(pair: tuple[str, str, list[str]]) -> tuple[str, str, list[str]]:
    """Return the pair with its parameters numbered from one, without types: PostgreSQL infers them."""
    index, condition, _ = pair
    numbers = itertools.count(1)
    condition, count = re.subn(r"\$\d", lambda _: f"${next(numbers)}", condition)
    return index, condition, ["unknown"] * count


_COUNT: Counter[str] = Counter()


@settings(max_examples=45, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(st.one_of(containment(), extraction()).map(_numbered), min_size=45, max_size=60))
def test_generated_pairs(postgresql: planner.PostgreSQL, pairs: list[tuple[str, str, list[str]]]) -> None:
    assert disagreements(postgresql, pairs, _COUNT) == []


# -- every operator on every operator class, in every form -----------------------------------------------------------

OTHERS = {"@>": """'{"a": 1}'""", "?": "'a'", "?|": "array['a', 'b']", "?&": "array['a']", "@?": "'$.a ? (@ == 1)'",
          "@@": "'$.a == 1'"}  # fmt: skip
PARTS = ("whole", "chain", "subscript")
#: The predicate of a partial index, and what the query says besides: twice what implies it, twice what does not.
HALVES = (("", ""), (" WHERE active", " AND active"), (" WHERE tenant = 3", " AND tenant = 7"), (" WHERE active", ""))
COMPARISONS = {"= %": "=", "IN (%, %)": "in", "> %": ">", "IS NULL": "is null"}


def _part(part: str) -> str:
    return {
        "whole": "doc",
        "chain": _chain("doc", KEYS[:2], text=False),
        "subscript": _form("subscript", "doc", KEYS[:2]),
    }[part]


def _containments(operator: str, chosen: str, part: str) -> Iterator[tuple[str, str, list[str]]]:
    for where, more in HALVES:
        for asked in (part, part, part, PARTS[PARTS.index(part) - 1]):
            yield (
                f"USING gin (({_part(part)}) {chosen}){where}",
                f"{_part(asked)} {operator} {OTHERS[operator]}{more}",
                [],
            )


def _extractions(form: str, comparison: str) -> Iterator[tuple[str, str, list[str]]]:
    value = "'x'" if form in TEXTUAL else "'1'" if form in ("subscript", "document") else "5"
    rest = comparison.replace("%", value)
    other_form = FORMS[FORMS.index(form) - 1]
    for where, more in HALVES:
        for asked, keys in (
            (form, KEYS[:2]),
            (form, KEYS[:2]),
            (form, KEYS[:2]),
            (form, KEYS[1:]),
            (other_form, KEYS[:2]),
        ):
            if asked == form or comparison == "IS NULL":
                yield f"(({_form(form, 'doc', KEYS[:2])})){where}", f"{_form(asked, 'doc', keys)} {rest}{more}", []


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("chosen", ["jsonb_ops", "jsonb_path_ops"])
@pytest.mark.parametrize("operator", OTHERS)
def test_every_operator_on_every_operator_class(
    postgresql: planner.PostgreSQL, operator: str, chosen: str, part: str
) -> None:
    count: Counter[str] = Counter()
    assert disagreements(postgresql, list(_containments(operator, chosen, part)), count) == []
    if chosen == "jsonb_ops" or operator in ("@>", "@?", "@@"):
        _has_enough_of_each(count, 16)
    else:
        assert count == {"not served": 16}


@pytest.mark.parametrize("comparison", COMPARISONS)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_in_every_comparison(postgresql: planner.PostgreSQL, form: str, comparison: str) -> None:
    count: Counter[str] = Counter()
    assert disagreements(postgresql, list(_extractions(form, comparison)), count) == []
    _has_enough_of_each(count, 16)


def _has_enough_of_each(count: Counter[str], pairs: int) -> None:
    judged = count["served"] + count["not served"]
    assert judged >= 0.7 * pairs, count
    assert min(count["served"], count["not served"]) >= 0.3 * judged, count


def test_enough_pairs_of_either_verdict_were_generated() -> None:
    judged = _COUNT["served"] + _COUNT["not served"]
    assert judged >= 2000, _COUNT
    assert _COUNT["served"] >= 0.3 * judged, _COUNT
    assert _COUNT["not served"] >= 0.3 * judged, _COUNT
    assert _COUNT["not judged"] <= 0.35 * judged, _COUNT


# -- odd ways to write a condition ------------------------------------------------------------------------------------


def test_odd_conditions(postgresql: planner.PostgreSQL) -> None:
    pairs = [(index, condition, []) for index, conditions in ODD.items() for condition in conditions]
    numbered = [_numbered(pair) for pair in pairs]
    count: Counter[str] = Counter()
    assert disagreements(postgresql, numbered, count) == []
    assert count["refused"] == 0
    assert count["served"] >= 100
    assert count["not served"] >= 60
