"""What depends on a read is what a walk over every path of the function finds to depend on it."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from hypothesis import example, given
from hypothesis import strategies as st

from flake8_planalign.process.dependence import Dependence, dependents

NAMES = ("a", "b", "c")
AMOUNT, DATA, PRESENCE = Dependence.AMOUNT, Dependence.DATA, Dependence.PRESENCE


def found(code: str) -> dict[str, Dependence]:
    """Return how the `put`s of a function depend on its `get`, by the name of their key."""
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    (read,) = (call for call in calls if ast.unparse(call.func) == "get")
    puts = [call for call in calls if ast.unparse(call.func) == "put"]
    how = dependents(function, read, puts)
    return {ast.unparse(put.args[0]): how.get(put, Dependence.NONE) for put in puts}


def lines(draw: st.DrawFn, depth: int) -> list[str]:
    written: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["copy", "sum", "fresh", "append", "put", *(["if", "if else"] if depth else [])]))
        one, other, third = (draw(st.sampled_from(NAMES)) for _ in range(3))
        match kind:
            case "copy":
                written.append(f"{one} = f({other})")
            case "sum":
                written.append(f"{one} = {other} + [{third}]")
            case "fresh":
                written.append(f"{one} = fresh()")
            case "append":
                written.append(f"{one}.append({other})")
            case "put":
                written.append(f"put(KEY, {one})")
            case _:
                test = draw(st.sampled_from(["flag", *NAMES, f"len({one}) > 3", f"{one} is None"]))
                written += [f"if {test}:", *(f"    {line}" for line in lines(draw, depth - 1))]
                if draw(st.booleans()) and depth == 2:
                    written.append("    return")
                if kind == "if else":
                    written += ["else:", *(f"    {line}" for line in lines(draw, depth - 1))]
    return written


@st.composite
def functions(draw: st.DrawFn) -> str:
    """Return a function without loops that reads once, at a place where `a` takes what was read."""
    body = [*lines(draw, 2)[:2], "a = get()", *lines(draw, 2), *lines(draw, 2), "put(KEY, a)"]
    body = [f"a, b, c = [], [], []", *(line for line in body if line.strip())]  # noqa: F541
    text = "def function(flag):\n" + "\n".join(f"    {line}" for line in body)
    numbers = itertools.count()
    return "\n".join(line.replace("KEY", f"k{next(numbers)}") if "KEY" in line else line for line in text.split("\n"))


def is_code(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


class Paths:
    """A walk over all paths through a function: which names hold what was read, on each of them."""

    def __init__(self) -> None:
        self.found: dict[str, Dependence] = {}

    def walk(
        self, body: list[ast.stmt], names: frozenset[str], decided: Dependence
    ) -> Iterator[tuple[frozenset[str], Dependence]]:
        """Yield what holds behind the statements, once for every path on which they end without a return."""
        if not body:
            yield names, decided
            return
        first, *rest = body
        for after, then in self.step(first, names, decided):
            yield from self.walk(rest, after, then)

    def step(
        self, statement: ast.stmt, names: frozenset[str], decided: Dependence
    ) -> Iterator[tuple[frozenset[str], Dependence]]:
        match statement:
            case ast.Return():
                return
            case ast.If(test=test, body=body, orelse=orelse):
                inner = decided | self.decision(test, names)
                for branch, other in ((body, orelse), (orelse, body)):
                    ends = other[-1:] and isinstance(other[-1], ast.Return)
                    for after, _ in self.walk(branch, names, inner):
                        yield after, inner if ends else decided
            case ast.Assign(targets=[ast.Tuple()]):
                yield names, decided
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield names | {name} if self.holds(value, names) else names - {name}, decided
            case ast.Expr(value=ast.Call(func=ast.Name(id="put"), args=[ast.Name(id=key), value])):
                how = decided | (DATA if self.holds(value, names) else Dependence.NONE)
                self.found[key] = self.found.get(key, Dependence.NONE) | how
                yield names, decided
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)), args=[value])):
                yield names | {name} if self.holds(value, names) else names, decided
            case _:  # pragma: no cover
                raise AssertionError(ast.unparse(statement))

    @staticmethod
    def holds(node: ast.expr, names: frozenset[str]) -> bool:
        text = ast.unparse(node)
        return text == "get()" or any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))

    def decision(self, test: ast.expr, names: frozenset[str]) -> Dependence:
        if not self.holds(test, names):
            return Dependence.NONE
        return AMOUNT if ">" in ast.unparse(test) else PRESENCE


@given(functions().filter(is_code))
def test_the_data_that_flows_is_what_flows_on_some_path(code: str) -> None:
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    paths = Paths()
    list(paths.walk(function.body, frozenset(), Dependence.NONE))
    ours = found(code)
    for key, how in paths.found.items():
        assert (DATA in ours[key]) == (DATA in how), (key, code)


@given(functions().filter(is_code))
def test_what_decides_is_what_decides_on_some_path(code: str) -> None:
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    paths = Paths()
    list(paths.walk(function.body, frozenset(), Dependence.NONE))
    ours = found(code)
    for key, how in paths.found.items():
        assert ours[key] & (AMOUNT | PRESENCE) == how & (AMOUNT | PRESENCE), (key, code)


def test_a_look_aside_depends_on_presence_alone() -> None:
    code = "def f():\n    a = get()\n    if a is not None:\n        return a\n    b = fresh()\n    put(k, b)\n"
    assert found(code) == {"k": PRESENCE}


def test_loops_carry_what_was_read_to_their_beginning() -> None:
    code = "def f(xs):\n    b = 0\n    for x in xs:\n        put(k, b)\n        b = c\n        c = get()\n"
    assert DATA in found(code)["k"]


def test_a_value_that_is_matched_or_walked_over_counts() -> None:
    code = "def f():\n    for x in get():\n        put(a, x)\n    while (y := get2()):\n        put(b, y)\n"
    assert found(code) == {"a": DATA, "b": Dependence.NONE}
    code = "def f():\n    x = get()\n    match x:\n        case None:\n            put(a, 1)\n    put(b, 2)\n"
    assert found(code) == {"a": PRESENCE, "b": Dependence.NONE}


def test_handlers_see_what_their_try_has_done() -> None:
    code = "def f():\n    try:\n        x = get()\n    except E:\n        put(a, x)\n    finally:\n        put(b, x)\n"
    assert found(code) == {"a": DATA, "b": DATA}


def test_nested_functions_are_not_walked() -> None:
    assert found("def f():\n    x = get()\n    def g():\n        put(a, x)\n") == {"a": Dependence.NONE}


@example("pass")
@given(
    st.lists(st.sampled_from(["if a:", "  x = get()", "for a in x:", "return", "put(k, x)", "while True:"])).map(
        "\n".join
    )
)
def test_nothing_raises(text: str) -> None:
    try:
        tree = ast.parse("def f():\n" + "\n".join(f"    {line}" for line in text.split("\n")))
    except SyntaxError:
        return
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
        dependents(function, call, [call])


def test_every_kind_of_assignment_hands_on_what_was_read() -> None:
    code = (
        "def f(xs):\n    x: int = get()\n    xs['k'] = x\n    put(a, xs)\n    n = 0\n    n += x\n    put(b, n)\n"
        "    if (m := x):\n        put(c, m)\n    first, *rest = [x]\n    put(d, rest)\n"
        "    with open(put(e, x)) as s:\n        put(g, s)\n    n += 1\n    put(h, n)\n"
    )
    data = {name: how for name, how in found(code).items() if DATA in how}
    assert set(data) == {"a", "b", "c", "d", "e", "h"}
    assert PRESENCE in data["c"]


def test_a_function_that_ends_on_both_branches_goes_no_further() -> None:
    code = "def f():\n    x = get()\n    if x:\n        return 1\n    else:\n        return 2\n    put(a, x)\n"
    assert found(code) == {"a": Dependence.NONE}
