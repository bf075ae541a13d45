"""The tests of a file that prove a scenario, told by their names and by what they do: pytest, unittest and locust.

What a test does includes the functions of its own file that it names, its fixtures among them.
"""

from __future__ import annotations

import ast
import collections
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.scenario import words

__all__ = ["Proof", "locust_users", "tests_in"]

Function = ast.FunctionDef | ast.AsyncFunctionDef
#: Libraries that detect drift.
_DETECTORS = frozenset({"alibi_detect", "evidently", "frouros", "nannyml"})
_SHAPES = frozenset({"beta", "exponential", "gamma", "lognormal", "normal", "poisson", "uniform"})
#: Calls that make data.
_DATA = _SHAPES | {
    "DataFrame",
    "Series",
    "arange",
    "array",
    "choice",
    "full",
    "linspace",
    "rand",
    "randn",
    "standard_normal",
}
_CHECKS = lazy(r"^(?:assert|check|expect|verify|wait)_?\w*", re.IGNORECASE)
_SETS_UP = lazy(r"^(?:async)?_?set_?up(?:_?class|_method)?$", re.IGNORECASE)
#: How many functions of its own file a test is followed into, and how far names are followed back.
_REACH = 40
_STEPS = 6


class Proof(msgspec.Struct, frozen=True):
    """A test: its node, its full name, and what it does for each of the two stories.

    `shows_drift` tells that drifting data is seen in the test; of other tests only the name has to do with drift.
    """

    node: ast.AST
    name: str
    drifts: bool
    shows_drift: bool
    asserts_trigger: bool
    asserts_export: bool
    swaps_under_load: bool
    minds_failures: bool

    @property
    def line(self) -> int:
        """Return the 1-based line of the test."""
        return getattr(self.node, "lineno", 1)

    @property
    def rank(self) -> int:
        """Return how far the test goes on the way from drift to a new model."""
        spoken = words.TRIGGER.search(self.name) is not None
        named = words.DRIFT.search(self.name.rpartition(".")[2]) is not None
        steps = 2 * self.asserts_trigger + 2 * self.asserts_export + spoken
        return 8 * self.shows_drift + 4 * named + steps


def tests_in(tree: ast.Module, stem: str, stories: frozenset[str]) -> Iterator[Proof]:
    """Yield the test functions of a file.

    `stem` is the file's name; `stories` are those that the plan says the file's tests prove.
    """
    from flake8_planalign.scenario import model

    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
    detectors = frozenset(_detector_names(tree))
    classes = frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    for owner, test, before in _tests(tree):
        reached = _reached(test, functions)
        nodes = [node for function in reached for node in ast.walk(function)]
        fed = [*_fed(test, functions), *before]
        name = ".".join(part for part in (owner, test.name) if part)
        parameters = [argument.arg for argument in test.args.args if not words.METRIC.search(argument.arg)]
        own = " ".join((test.name, *parameters))
        title = f"{stem} {owner} {own}"
        calls = [called(node) for node in nodes if isinstance(node, ast.Call)]
        names = frozenset(_words_of(nodes))
        asserted = _asserted(nodes)
        planned_drift, planned_swap = model.DRIFT in stories, model.SWAP in stories
        telling = frozenset(_telling(nodes, classes))
        yield Proof(
            test,
            name,
            planned_drift or _drifts(title, own, nodes, telling, names, detectors),
            planned_drift or _shows_drift(test, fed, functions),
            any(words.TRIGGER.search(word) or words.TRAINED.search(word) for word in asserted),
            any(map(words.EXPORT.search, asserted)),
            planned_swap or _swaps_under_load(title, test, nodes, calls),
            any(map(words.FAILURE.search, asserted)) or "raise_for_status" in calls,
        )


def _tests(tree: ast.Module) -> Iterator[tuple[str, Function, list[Function]]]:
    """Yield (name of the class or "", test, what the class does before each of its tests)."""
    for node in tree.body:
        if isinstance(node, Function) and node.name.startswith("test"):
            yield "", node, []
        elif isinstance(node, ast.ClassDef):
            methods = [item for item in node.body if isinstance(item, Function)]
            before = [item for item in methods if _SETS_UP.match(item.name)]
            yield from ((node.name, item, before) for item in methods if item.name.startswith("test"))


def _detector_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a file imports from libraries that detect drift."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if module.partition(".")[0] in _DETECTORS or module.startswith("river.drift"):
                yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (
                alias.asname or alias.name.partition(".")[0]
                for alias in node.names
                if alias.name.partition(".")[0] in _DETECTORS
            )


def _reached(test: Function, functions: dict[str, Function]) -> list[Function]:
    """Return a test with the functions of its file that it names, directly or through others, and its fixtures."""
    reached = {test.name: test}
    pending = collections.deque([test])
    while pending and len(reached) < _REACH:
        function = pending.popleft()
        named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        named |= {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
        named |= {argument.arg for argument in function.args.args}
        for name in sorted(named & functions.keys() - reached.keys()):
            reached[name] = functions[name]
            pending.append(functions[name])
    return list(reached.values())


def _fed(test: Function, functions: dict[str, Function]) -> list[Function]:
    """Return a test with the fixtures of its file that it is given, directly or through others."""
    fed = [test]
    for function in fed:
        fed += [
            functions[argument.arg]
            for argument in function.args.args
            if argument.arg in functions and functions[argument.arg] not in fed
        ]
    return fed


def called(call: ast.Call) -> str:
    """Return the last name of what a call calls, empty for what has none."""
    function = call.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _words_of(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.Constant(value=str(text)) if len(text) < 200:
                yield text
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name


def _drifts(
    title: str,
    own: str,
    nodes: Sequence[ast.AST],
    telling: frozenset[str],
    names: frozenset[str],
    detectors: frozenset[str],
) -> bool:
    """Tell whether a test shifts a distribution that is fed to the platform: by name, by a detector, or by doing so.

    `own` is what the test itself is called and given, `title` that with its class and file; `telling` is what it calls
    beside what only prepares.
    """
    retrains = any(map(words.TRIGGER.search, names))
    if words.STEADY.search(own) or (words.REFUSED.search(own) and not retrains):
        return False
    if all(words.METRIC.search(name) for name in telling) or _only_looks(nodes) or _asserts_metrics_alone(nodes):
        return False
    moving = {name for name in telling if words.MOVES.match(name)}
    if not retrains and (
        all(words.METRIC.search(name) or name in moving for name in telling)
        or any(own.removeprefix("test_").startswith(name) for name in moving)
    ):
        return False
    if words.METRIC.search(own) and not retrains:
        return False
    moves = _moves_a_distribution(nodes)
    named = words.DRIFT.search(own if not moves else title) is not None and words.NO_DRIFT.search(title) is None
    about_data = words.PLATFORM.search(title) is not None or any(map(words.PLATFORM.search, names))
    if named and about_data:
        return True
    return retrains and (bool(names & detectors) or moves)


def _asserts_metrics_alone(nodes: Sequence[ast.AST]) -> bool:
    """Tell whether each assertion is about what a metric gives for its samples: `assert psi(old, new) > 0.2`."""
    asserts = [node for node in nodes if isinstance(node, ast.Assert)]
    measured = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and words.METRIC.search(called(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return bool(asserts) and all(any(_is_metric(item, measured) for item in ast.walk(node.test)) for node in asserts)


def _is_metric(node: ast.AST, measured: set[str]) -> bool:
    """Tell whether a node is a metric: its call, or the bare name that was given its value."""
    if isinstance(node, ast.Compare):
        return any(isinstance(side, ast.Name) and side.id in measured for side in (node.left, *node.comparators))
    return isinstance(node, ast.Call) and words.METRIC.search(called(node)) is not None


def _telling(nodes: Sequence[ast.AST], classes: frozenset[str]) -> Iterator[str]:
    """Yield the names of the calls that may be the platform's: no library's, no assertion, and no maker of data.

    What a test makes of a library, or of one of the `classes` of its own file, is not the platform's either; and an
    object of a class that is made of nothing has been told nothing.
    """
    foreign = words.LIBRARIES | classes
    made = [node for node in nodes if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    foreign |= {
        target.id
        for node in made
        if isinstance(node.value, ast.Call) and _owner(node.value.func) in foreign
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        if (
            name
            and name not in words.NEUTRAL
            and name not in _SHAPES
            and not name.startswith("assert")
            and not words.MAKES.match(name)
            and _owner(node.func) not in foreign
            and (node.args or node.keywords or not name[0].isupper())
        ):
            yield name


def _owner(node: ast.expr) -> str:
    """Return the name that a dotted chain begins with."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _only_looks(nodes: Sequence[ast.AST]) -> bool:
    """Tell whether a test hands nothing over: it asks for pages, and compares what is returned for a number."""
    asserted = {id(item) for node in nodes if isinstance(node, ast.Assert) for item in ast.walk(node)}
    for node in nodes:
        if not isinstance(node, ast.Call) or called(node) in words.NEUTRAL:
            continue
        constant = all(
            isinstance(value, ast.Constant) for value in (*node.args, *(item.value for item in node.keywords))
        )
        if not constant or not (id(node) in asserted or called(node) in ("get", "head", "json")):
            return False
    return True


def _shows_drift(test: Function, fed: Sequence[Function], functions: dict[str, Function]) -> bool:
    """Tell whether data is seen to move: drawn otherwise, changed by a number, or handled by a name that says so.

    What the functions do that a test calls says nothing, since they make what does not drift as well; how differently
    it calls them does.
    """
    nodes = [node for function in fed for node in ast.walk(function)]
    if _moves_a_distribution(nodes) or _makes_otherwise(ast.walk(test), functions):
        return True
    given = {argument.arg for function in fed for argument in function.args.args}
    limits = {
        id(item)
        for node in nodes
        if isinstance(node, ast.Call) and words.LIMITS.search(called(node))
        for item in node.keywords
    }
    for node in nodes:
        match node:
            case ast.keyword() if id(node) in limits:
                continue
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult(), left=left, right=right):
                if any(_is_data(side, given) for side in (left, right)) and any(map(_is_number, (left, right))):
                    return True
            case ast.AugAssign(target=ast.Subscript(), value=value) if _is_number(value):
                return True
            case ast.keyword(arg=str(name), value=ast.Constant(value=0 | 1 | None)) if words.SHIFTED.search(name):
                continue
            case ast.Name(id=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)) | ast.Attribute(attr=name):
                if words.SHIFTED.search(name) and not name.isupper():
                    return True
            case ast.Constant(value=str(text)) if "/" in text and words.SHIFTED.search(text):
                return True
    return False


def _makes_otherwise(nodes: Iterable[ast.AST], functions: dict[str, Function]) -> bool:
    """Tell whether a function of the file that makes data is called with different numbers, no amounts and no seeds."""
    made: dict[tuple[str, str], set[str]] = {}
    for node in nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in functions:
            continue
        if not any(isinstance(item, ast.Call) and called(item) in _DATA for item in ast.walk(functions[node.func.id])):
            continue
        wanted = functions[node.func.id].args
        names = [argument.arg for argument in (*wanted.posonlyargs, *wanted.args)]
        given = [*zip(names, node.args, strict=False), *((item.arg or "", item.value) for item in node.keywords)]
        defaults = dict(zip(reversed(names), reversed(wanted.defaults), strict=False))
        defaults |= {a.arg: value for a, value in zip(wanted.kwonlyargs, wanted.kw_defaults, strict=True) if value}
        for name, value in {**defaults, **dict(given)}.items():
            if _is_constant(value) and not words.AMOUNT.search(name):
                made.setdefault((node.func.id, name), set()).add(ast.unparse(value))
    return any(len(values) > 1 and any(map(_reads_as_number, values)) for values in made.values())


def _reads_as_number(text: str) -> bool:
    return re.fullmatch(r"-?[\d._]+(?:e-?\d+)?", text) is not None


def _is_data(node: ast.expr, given: set[str]) -> bool:
    """Tell whether an operand is a column or a sample: a fixture, an item by its name or a slice, or what is drawn."""
    if isinstance(node, ast.Name):
        return node.id in given
    if isinstance(node, ast.Call):
        return called(node) in _SHAPES or called(node) in ("randn", "standard_normal", "rand")
    if not isinstance(node, ast.Subscript):
        return False
    index = node.slice
    return (isinstance(index, ast.Constant) and isinstance(index.value, str)) or isinstance(
        index, ast.Slice | ast.Tuple | ast.Name
    )


def _is_number(node: ast.expr) -> bool:
    value = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(value, ast.Constant) and isinstance(value.value, int | float) and value.value not in (0, 1)


def _moves_a_distribution(nodes: Sequence[ast.AST]) -> bool:
    """Tell whether numbers are drawn from one distribution with different parameters.

    The columns of one frame are different anyway: those of the same name in two frames are compared.
    """
    columns: dict[int, str] = {}
    for node in nodes:
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                name = key.value if isinstance(key, ast.Constant) else ""
                columns |= {id(item): f"{name!r} of a frame" for item in ast.walk(value)}
    drawn: dict[tuple[str, str], set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Call) and called(node) in _SHAPES:
            values = [ast.dump(item) for item in (*node.args, *node.keywords) if _is_constant(item)]
            drawn.setdefault((called(node), columns.get(id(node), "")), set()).add(" ".join(values))
    return any(len(parameters) > 1 for parameters in drawn.values())


def _is_constant(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.keyword) else node
    if isinstance(value, ast.UnaryOp):
        value = value.operand
    return isinstance(value, ast.Constant) and (not isinstance(node, ast.keyword) or node.arg in ("loc", "scale"))


def _swaps_under_load(title: str, test: Function, nodes: Sequence[ast.AST], calls: Sequence[str]) -> bool:
    """Tell whether a test asks for answers again and again while something else goes on, and speaks of a swap.

    A model that the test itself puts into place before anything goes on is not swapped.
    """
    runs_tool = any(isinstance(node, ast.Constant) and node.value in ("locust", "k6") for node in nodes)
    again = any(isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.comprehension) for node in nodes)
    asks = any(map(words.ASKS.match, calls)) or ("get" in calls and any(map(_is_client, nodes)))
    if not runs_tool and not (again and asks and not words.PARALLEL.isdisjoint(calls)):
        return False
    own = set(map(id, ast.walk(test)))
    made = [node for node in nodes if isinstance(node, ast.Call)]
    begins = min((node.lineno for node in made if called(node) in words.PARALLEL and id(node) in own), default=0)
    swaps = (called(node) for node in made if id(node) not in own or node.lineno >= begins)
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return any(map(words.SWAP.search, (title, *swaps, *(text for text in texts if "/" in text))))


def _is_client(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Name | ast.arg)
        and re.search(r"client|session|http", node.id if isinstance(node, ast.Name) else node.arg, re.IGNORECASE)
        is not None
    )


def _asserted(nodes: Sequence[ast.AST]) -> list[str]:
    """Return the words of everything that is asserted, with those that the asserted names come from."""
    origins: dict[str, list[ast.AST]] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    for item in ast.walk(target):
                        if isinstance(item, ast.Name):
                            origins.setdefault(item.id, []).append(value)
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name)):
                origins.setdefault(name, []).append(value)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                for item in ast.walk(target):
                    if isinstance(item, ast.Name):
                        origins.setdefault(item.id, []).append(value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend" | "add"), args=[value]):
                origins.setdefault(name, []).append(value)
    pending: list[ast.AST] = [node for node in nodes if isinstance(node, ast.Assert)]
    pending += [node for node in nodes if isinstance(node, ast.Call) and _CHECKS.match(called(node))]
    found: list[str] = []
    seen: set[str] = set()
    for _step in range(_STEPS):
        inside = [item for node in pending for item in ast.walk(node)]
        found += [*_words_of(inside), *(str(item.value) for item in inside if isinstance(item, ast.Constant))]
        names = {item.id for item in inside if isinstance(item, ast.Name)} - seen
        seen |= names
        pending = [value for name in names for value in origins.get(name, ())]
        if not pending:
            break
    return found


def locust_users(tree: ast.Module) -> Iterator[tuple[ast.ClassDef, str, bool]]:
    """Yield (user class, how it lets failures pass or "", whether the file swaps the model) of a locust file."""
    texts = list(_words_of(ast.walk(tree)))
    swaps = any(map(words.SWAP.search, texts))
    how = _how_locust_passes(tree, texts)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(
            _last(base) in ("FastHttpUser", "HttpUser", "User") for base in node.bases
        ):
            yield node, how, swaps


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _how_locust_passes(tree: ast.Module, texts: Sequence[str]) -> str:
    """Return how a locust file makes failures count as success, which locust itself never does."""
    exit_codes = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(_is_exit_code(target) for target in node.targets)
    ]
    # Who also sets another exit code has looked at the failures first.
    if exit_codes and all(isinstance(value, ast.Constant) and value.value == 0 for value in exit_codes):
        return "it sets `process_exit_code` to 0 whatever failed"
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.With)
            and any(_last_call(item.context_expr) == "catch_response" for item in node.items)
            and any(map(_is_success, node.body))
            and not any(map(_may_fail, ast.walk(node)))
        ):
            return "it calls `success()` on every response"
    joined = " ".join(texts)
    return "it runs with `--exit-code-on-error 0`" if re.search(r"--exit-code-on-error[ =]0", joined) else ""


def _may_fail(node: ast.AST) -> bool:
    """Tell whether a part of the body calls a response a failure, or leaves before it is called a success."""
    return isinstance(node, ast.Raise | ast.Assert | ast.Return) or (
        isinstance(node, ast.Call) and called(node) == "failure"
    )


def _is_exit_code(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == "process_exit_code"


def _last_call(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if (
                keyword.arg == "catch_response"
                and isinstance(keyword.value, ast.Constant)
                and keyword.value.value is True
            ):
                return "catch_response"
    return ""


def _is_success(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and called(statement.value) == "success"
    )
