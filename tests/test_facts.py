"""What the facts of a module say: which assignment a name means where, what is read, called, iterated and entered."""

from __future__ import annotations

import ast
import json
import textwrap
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_planalign.python.facts import (
    ABSTRACT,
    ASYNC,
    AWAITED,
    CLASSMETHOD,
    DONE,
    ENTERED,
    GENERATOR,
    KEPT,
    LAMBDA,
    PROPERTY,
    STATICMETHOD,
    extract,
)


def facts(source: str) -> dict[str, Any]:
    text = textwrap.dedent(source).lstrip("\n")
    return extract(ast.parse(text), text)


def function(source: str, name: str = "f") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record and the tables of a function."""
    found = facts(source)
    index = next(number for number, record in enumerate(found["functions"]) if record["n"] == name)
    return found["functions"][index], found["bodies"][index]


def meanings(expression: Any, definitions: list[Any]) -> set[str]:
    """Return the module-level names that an expression may be, followed through local definitions."""
    found: set[str] = set()
    pending, seen = [expression], set()
    while pending:
        one = pending.pop()
        if isinstance(one, str) and one[0].isdigit():
            for number in one.split("|"):
                if number not in seen:
                    seen.add(number)
                    pending.append(definitions[int(number)])
        elif isinstance(one, str):
            found.add(one)
        elif isinstance(one, list) and one[0] == "u":
            pending += one[1:]
        elif isinstance(one, list) and one[0] == "if":
            pending += one[2::2]
        elif isinstance(one, list) and one[0] == "=":
            pending.append(one[2])
        elif isinstance(one, list) and one[0] == "p":
            found.add(f"parameter{one[1]}")
        else:
            found.add(one[0])
    return found


def argument_of_use(body: str) -> set[str]:
    """Return what `x` may be in the call `use(x)` of a function with this body and the parameter `p`."""
    source = "def f(p):\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    _, tables = function(source)
    uses = [call for call in tables["c"] if call[0] == "use"]
    assert len(uses) == 1
    return meanings(uses[0][1][0], tables["d"])


# -- which assignment a name means


@pytest.mark.parametrize(
    ("body", "means"),
    {
        "x = a\nx = b\nuse(x)": "b",
        "x = a\nuse(x)\nx = b": "a",
        "x = y = a\nuse(x)": "a",
        "x: T = a\nuse(x)": "a",
        "x, y = a, b\nuse(x)": "a",
        "(y, [x]) = (a, [b])\nuse(x)": "b",
        "y = a\nx = y\nuse(x)": "a",
        "use(x := a)": "a",
        "x = a\nx += b\nuse(x)": "a",
        "x = p\nuse(x)": "parameter0",
        "use(x)": "x",
        # branches
        "x = a\nif p: x = b\nuse(x)": "a b",
        "if p: x = a\nelse: x = b\nuse(x)": "a b",
        "if p: x = a\nelif q: x = b\nelse: x = c\nuse(x)": "a b c",
        "x = a\nif p:\n    x = b\n    return\nuse(x)": "a",
        "x = a\nif p:\n    x = b\nelse:\n    raise E\nuse(x)": "b",
        "if p:\n    x = a\n    use(x)\nelse:\n    x = b": "a",
        "x = a if p else b\nuse(x)": "a b",
        "x = a or b\nuse(x)": "a b",
        # loops
        "x = a\nfor i in p: x = b\nuse(x)": "a b",
        "x = a\nfor i in p:\n    use(x)\n    x = b": "a b",
        "x = a\nwhile p:\n    use(x)\n    x = b": "a b",
        "x = a\nwhile p:\n    if q:\n        x = b\n    use(x)": "a b",
        "x = a\nfor i in p:\n    x = b\nelse:\n    x = c\nuse(x)": "c",
        "x = a\nfor i in p:\n    for j in p:\n        use(x)\n    x = b": "a b",
        "x = a\nfor i in p:\n    y = x\n    x = b\n    use(y)": "a b",
        "for x in p: use(x)": "i",
        "for y, x in p: use(x)": "n",
        # exceptions, contexts, patterns
        "x = a\ntry:\n    x = b\nexcept E:\n    use(x)": "a b",
        "x = a\ntry:\n    x = b\nexcept E:\n    x = c\nuse(x)": "b c",
        "try:\n    x = a\nexcept E:\n    return\nuse(x)": "a",
        "x = a\ntry:\n    pass\nfinally:\n    x = b\nuse(x)": "b",
        "try:\n    x = a\nexcept E:\n    x = b\nelse:\n    x = c\nuse(x)": "b c",
        "x = a\ntry:\n    x = b\nexcept* E:\n    x = c\nuse(x)": "b c",
        "with p as x: use(x)": "e",
        "x = a\nwith p:\n    x = b\nuse(x)": "b",
        "x = a\nmatch p:\n    case 1: x = b\n    case 2: x = c\nuse(x)": "a b c",
        # modules, functions, classes
        "import x\nuse(x)": "m",
        "def x(): pass\nuse(x)": "F",
        "class x: pass\nuse(x)": "C",
        "global x\nx = a\nuse(x)": "x",
        # scopes of their own
        "x = a\n[x for x in p]\nuse(x)": "a",
        "x = a\n[use(x) for y in p]": "a",
        "x = a\n{x: use(x) for x in p}": "i",
        "x = a\n[0 for y in p if use(x)]": "a",
    }.items(),
)
def test_a_name_means_the_assignments_that_reach_it(body: str, means: str) -> None:
    assert argument_of_use(body) == set(means.split())


def test_a_free_name_means_any_assignment_of_the_function_around() -> None:
    source = """
        def f():
            x = a
            def g():
                use(x)
            x = b
            return g
    """
    _, outer = function(source)
    _, inner = function(source, "g")
    [call] = inner["c"]
    assert call[1][0][0] == "^"
    assert meanings(call[1][0][1:], outer["d"]) == {"a", "b"}


def test_a_free_name_is_found_two_functions_out() -> None:
    source = """
        def f(x):
            def g():
                def h():
                    use(x)
    """
    _, inner = function(source, "h")
    assert inner["c"][0][1] == ["^^0"]


def test_the_names_of_a_class_body_are_not_those_of_its_methods() -> None:
    source = """
        class K:
            x = a
            def f(self):
                use(x)
    """
    _, tables = function(source)
    assert tables["c"][0][1] == ["x"]
    assert facts(source)["classes"][0]["m"]["x"] == ["a"]


def test_of_very_many_conditions_the_innermost_count() -> None:
    ladder = "".join(f"    elif x == {number}:\n        g{number}()\n" for number in range(1, 200))
    _, body = function(f"def f(x):\n    if x == 0:\n        g0()\n{ladder}")
    guards = {call[0].removeprefix("^"): body["g"][call[8]] for call in body["c"]}
    assert [len(guards[f"g{number}"]) for number in (0, 9, 199)] == [1, 10, 64]
    assert guards["g199"][-1][2:4] == [199, True]
    _, body = function(f"def f(x):\n    if {' and '.join(['x'] * 20_000)}:\n        g()\n")
    assert len(body["c"]) == 1


def test_a_module_level_name_has_all_its_bindings() -> None:
    names = facts("try:\n    import a as x\nexcept ImportError:\n    x = None\n")["names"]
    assert names["x"] == [["m", "a"], ["k", None]]


# -- narrowing


@pytest.mark.parametrize(
    ("body", "asked"),
    {
        "if isinstance(p, T): use(p)": ["?", "0", "T", True],
        "if not isinstance(p, T): return\nuse(p)": ["?", "0", "T", True],
        "if isinstance(p, T): return\nuse(p)": ["?", "0", "T", False],
        "if isinstance(p, T): pass\nelse: use(p)": ["?", "0", "T", False],
        "if q and isinstance(p, T): use(p)": ["?", "0", "T", True],
        "use(p) if isinstance(p, T) else None": ["?", "0", "T", True],
        "while isinstance(p, T): use(p)": ["?", "0", "T", True],
        "[use(p) for i in q if isinstance(p, T)]": ["?", "0", "T", True],
    }.items(),
)
def test_isinstance_narrows_a_name_where_it_was_asked(body: str, asked: list[Any]) -> None:
    _, tables = function("def f(p):\n" + textwrap.indent(body, "    "))
    [call] = [call for call in tables["c"] if call[0] == "use"]
    assert tables["d"][int(call[1][0])] == asked


def test_after_the_branches_meet_a_name_is_no_longer_narrow() -> None:
    _, tables = function("def f(p):\n    if isinstance(p, T):\n        pass\n    use(p)\n")
    [call] = [call for call in tables["c"] if call[0] == "use"]
    assert "0" in call[1][0].split("|")


# -- flags of calls


def flags(body: str, name: str = "use") -> int:
    _, tables = function(
        "async def f(self, key, future):\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    )
    [call] = [call for call in tables["c"] if isinstance(call[0], str) and call[0].rpartition(".")[2] == name]
    return int(call[7])


@pytest.mark.parametrize(
    "body",
    [
        "if self._pool is None:\n    self._pool = use()",
        "if not self._pool:\n    self._pool = use()",
        "if key not in CACHE:\n    CACHE[key] = use()",
        "global POOL\nif POOL is None:\n    POOL = use()",
        "if key not in self.cache:\n    value = use()\n    self.cache[key] = value",
    ],
)
def test_what_fills_a_memo_is_paid_once(body: str) -> None:
    assert flags(body) & KEPT


@pytest.mark.parametrize(
    "body",
    [
        "if self._pool is None:\n    other = use()",
        "if self._pool is not None:\n    self._pool = use()",
        "pool = None\nif pool is None:\n    pool = use()",
        "if self._pool is None:\n    self._pool = 1\nuse()",
    ],
)
def test_what_fills_no_memo_is_paid_every_time(body: str) -> None:
    assert not flags(body) & KEPT


def test_awaited_calls_are_marked() -> None:
    assert flags("await use()") & AWAITED
    assert flags("async with use(): pass") & ENTERED
    assert flags("async for x in use(): pass") & AWAITED
    assert not flags("use()") & AWAITED
    assert not flags("await other(use())") & AWAITED


def test_a_result_is_marked_where_the_same_future_is_done() -> None:
    assert flags("if future.done():\n    future.result()", "result") & DONE
    assert not flags("future.result()", "result") & DONE
    assert not flags("if self.done():\n    future.result()", "result") & DONE


# -- functions and classes


def test_a_function_says_what_it_is() -> None:
    record, _ = function("async def f(a, /, b: int, *c, d=1, **e) -> T: yield a")
    assert record["f"] & ASYNC
    assert record["f"] & GENERATOR
    assert [parameter[:2] for parameter in record["p"]] == [["a", "p"], ["b", "p"], ["c", "*"], ["d", "k"], ["e", "**"]]
    assert record["r"] == "T"


@pytest.mark.parametrize(
    ("decorator", "flag"),
    {
        "property": PROPERTY,
        "functools.cached_property": PROPERTY,
        "staticmethod": STATICMETHOD,
        "classmethod": CLASSMETHOD,
    }.items(),
)
def test_a_decorator_that_python_defines_is_a_flag(decorator: str, flag: int) -> None:
    record, _ = function(f"class K:\n    @{decorator}\n    def f(self): pass\n")
    assert record["f"] & (PROPERTY | STATICMETHOD | CLASSMETHOD) == flag
    assert record["q"] == "K.f"


def test_abstract_methods_and_lambdas() -> None:
    record, _ = function("class K:\n    @abstractmethod\n    def f(self): pass\n")
    assert record["f"] & ABSTRACT
    record, tables = function("x = lambda p: use(p)", "<lambda>")
    assert record["f"] & LAMBDA
    assert tables["r"] == [["c", 0]]


def test_what_methods_store_on_self_belongs_to_the_class() -> None:
    found = facts(
        "class K:\n    def f(self, x):\n        self.x = x\n        x.y = 1\n    def g(this):\n        this.z = a\n"
    )
    assert {name: len(stores) for name, stores in found["classes"][0]["s"].items()} == {"x": 1, "z": 1}


def test_what_is_iterated_and_entered_is_noted_with_its_kind() -> None:
    _, tables = function(
        "async def f(p):\n for x in p: pass\n async for x in p: pass\n with p: await p\n async with p: pass\n"
    )
    assert [iterated[:2] for iterated in tables["i"]] == [["0", False], ["0", True]]
    assert [entered[:2] for entered in tables["w"]] == [["0", False], ["0", True]]


def test_a_call_stands_at_its_start_or_on_the_line_of_its_method_and_ends_where_it_ends() -> None:
    _, tables = function("def f(p):\n    g(1)\n    (p\n     .h(\n     ))\n")
    assert [call[3:7] for call in tables["c"]] == [[2, 4, 2, 8], [4, 6, 5, 6]]


def test_waived_lines_are_noted() -> None:
    found = facts("def f():  # planalign: nonblocking\n    pass\n\ndef g(): pass  # noqa\n")
    assert found["waived"] == [1]


# -- whatever the source


NAMES = st.sampled_from(["a", "b", "x", "self", "f", "g", "K"])


def statements(depth: int) -> st.SearchStrategy[str]:
    """Return source of statements that nest `depth` times at most."""
    expression = st.recursive(
        NAMES,
        lambda inner: st.one_of(
            st.builds("{}.{}".format, inner.filter(lambda text: text[-1].isalnum()), NAMES),
            st.builds("{}({})".format, inner, inner),
            st.builds("({} if {} else {})".format, inner, inner, inner),
            st.builds("[{} for {} in {}]".format, inner, NAMES, inner),
            st.builds("(lambda {}: {})".format, NAMES, inner),
            st.builds("({}, *{})".format, inner, inner),
            st.builds('{{"k": {}}}["k"]'.format, inner),
            st.builds("(yield {})".format, inner),
            st.builds("(x := {})".format, inner),
            st.builds("({} | {})".format, inner, inner),
        ),
        max_leaves=5,
    ).filter(lambda text: "(yield" not in text or "for" not in text)
    simple = st.one_of(
        st.builds("{} = {}".format, NAMES, expression),
        st.builds("{}, self.{} = {}".format, NAMES, NAMES, expression),
        st.builds("{}: {} = {}".format, NAMES, expression, expression),
        st.builds("return {}".format, expression),
        st.builds("from .{} import {} as {}".format, NAMES, NAMES, NAMES),
        st.builds("import {}.{}".format, NAMES, NAMES),
        st.sampled_from(["from .. import *", "pass", "raise", "break", "continue", "global g", "del x"]),
        expression,
    )
    if depth == 0:
        return simple
    block = st.lists(statements(depth - 1), min_size=1, max_size=3).map(
        lambda lines: textwrap.indent("\n".join(lines), " ")
    )
    return st.one_of(
        simple,
        st.builds("if isinstance({}, {}):\n{}\nelse:\n{}".format, NAMES, expression, block, block),
        st.builds("for {} in {}:\n{}".format, NAMES, expression, block),
        st.builds("while not {}:\n{}".format, expression, block),
        st.builds("try:\n{}\nexcept {} as x:\n{}\nfinally:\n{}".format, block, expression, block, block),
        st.builds("with {} as ({}, *{}):\n{}".format, expression, NAMES, NAMES, block),
        st.builds(
            "match {}:\n case {}(a=[x, *b]) | {{'k': x, **b}} if {}:\n  pass".format, expression, NAMES, expression
        ),
        st.builds(
            "@{}\ndef {}(self, a: {} = {}, *b, **x):\n{}".format, expression, NAMES, expression, expression, block
        ),
        st.builds(
            "async def {}(self):\n await {}\n async with {} as b:\n  pass\n{}".format,
            NAMES,
            expression,
            expression,
            block,
        ),
        st.builds("@{}\nclass {}({}, metaclass={}):\n{}".format, expression, NAMES, expression, expression, block),
    )


def references(item: Any) -> list[str]:
    """Return the references to local definitions within an expression or definition."""
    if isinstance(item, str):
        return [item.partition(".")[0]] if item[:1].isdigit() else []
    if isinstance(item, dict):
        return [found for part in item.values() for found in references(part)]
    if not isinstance(item, list) or item[:1] in (["k"], ["m"]):
        return []
    parts = item[1:2] if item[0] == "a" else item[1:]
    return [found for part in parts for found in references(part)]


@settings(max_examples=150, deadline=None)
@given(st.lists(statements(3), max_size=6).map("\n".join))
def test_facts_are_json_and_refer_to_what_there_is(text: str) -> None:
    found = extract(ast.parse(text), text)
    assert json.loads(json.dumps(found)) == found
    assert len(found["functions"]) == len(found["bodies"])
    for body in found["bodies"]:
        size = len(body.get("d", ()))
        for definition in body.get("d", ()):
            for reference in references(definition):
                assert all(int(number) < size for number in reference.split("|"))
        for table in ("c", "l", "i", "w", "s"):
            for row in body.get(table, ()):
                for reference in references(row[0]):
                    assert all(int(number) < size for number in reference.split("|"))
