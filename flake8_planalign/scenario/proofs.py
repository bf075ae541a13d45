"""The tests of a file that prove a scenario, told by their names and by what they do: pytest, unittest and locust.

What a test does includes the functions of its own file that it names, its fixtures among them.
"""

from __future__ import annotations

import ast
import collections
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from flake8_planalign.scenario import words

__all__ = ["Proof", "locust_users", "parse", "tests_in"]

Function = ast.FunctionDef | ast.AsyncFunctionDef
#: Libraries that detect drift.
_DETECTORS = frozenset({"alibi_detect", "evidently", "frouros", "nannyml"})
_SHAPES = frozenset({"beta", "exponential", "gamma", "lognormal", "normal", "poisson", "uniform"})
_CHECKS = re.compile(r"^(?:assert|check|expect|verify|wait)_?\w*", re.IGNORECASE)
#: How many functions of its own file a test is followed into, and how far names are followed back.
_REACH = 40
_STEPS = 6


class Proof(msgspec.Struct, frozen=True):
    """A test: its node, its full name, and what it does for each of the two stories.

    `shows_drift` tells that drifting data is seen in the test, and not only told by its name.
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


def parse(text: str) -> ast.Module | None:
    """Return the tree of a Python text, None if it has none."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def tests_in(tree: ast.Module, stem: str, stories: frozenset[str]) -> Iterator[Proof]:
    """Yield the test functions of a file.

    `stem` is the file's name; `stories` are those that the plan says the file's tests prove.
    """
    from flake8_planalign.scenario import model

    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
    detectors = frozenset(_detector_names(tree))
    for owner, test in _tests(tree):
        reached = _reached(test, functions)
        nodes = [node for function in reached for node in ast.walk(function)]
        name = ".".join(part for part in (owner, test.name) if part)
        parameters = [argument.arg for argument in test.args.args if not words.METRIC.search(argument.arg)]
        own = " ".join((test.name, *parameters))
        title = f"{stem} {owner} {own}"
        calls = [called(node) for node in nodes if isinstance(node, ast.Call)]
        names = frozenset(_words_of(nodes))
        asserted = _asserted(nodes)
        planned_drift, planned_swap = model.DRIFT in stories, model.SWAP in stories
        yield Proof(
            test,
            name,
            planned_drift or _drifts(title, own, nodes, calls, names, detectors),
            planned_drift or _shows_drift(nodes),
            any(words.TRIGGER.search(word) or words.TRAINED.search(word) for word in asserted),
            any(map(words.EXPORT.search, asserted)),
            planned_swap or _swaps_under_load(title, nodes, calls),
            any(map(words.FAILURE.search, asserted)) or "raise_for_status" in calls,
        )


def _tests(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for node in tree.body:
        if isinstance(node, Function) and node.name.startswith("test"):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, Function) and item.name.startswith("test"):
                    yield node.name, item


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
    calls: Sequence[str],
    names: frozenset[str],
    detectors: frozenset[str],
) -> bool:
    """Tell whether a test shifts a distribution that is fed to the platform: by name, by a detector, or by doing so.

    `own` is what the test itself is called and given, `title` that with its class and file.
    """
    retrains = any(map(words.TRIGGER.search, names))
    if words.STEADY.search(own) or (words.REFUSED.search(own) and not retrains):
        return False
    telling = [
        name
        for name in calls
        if name
        and name not in words.NEUTRAL
        and name not in _SHAPES
        and not name.startswith("assert")
        and not words.MAKES.match(name)
    ]
    if all(words.METRIC.search(name) for name in telling) or _only_looks(nodes):
        return False
    if words.METRIC.search(own) and not retrains:
        return False
    moves = _moves_a_distribution(nodes)
    named = words.DRIFT.search(own if not moves else title) is not None and words.NO_DRIFT.search(title) is None
    about_data = words.PLATFORM.search(title) is not None or any(map(words.PLATFORM.search, names))
    if named and about_data:
        return True
    return retrains and (bool(names & detectors) or moves)


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


def _shows_drift(nodes: Sequence[ast.AST]) -> bool:
    """Tell whether data is seen to move: drawn otherwise, changed by a number, or handled by a name that says so."""
    if _moves_a_distribution(nodes):
        return True
    given = {node.arg for node in nodes if isinstance(node, ast.arg)}
    for node in nodes:
        match node:
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult(), left=left, right=right):
                if any(_is_data(side, given) for side in (left, right)) and any(map(_is_number, (left, right))):
                    return True
            case ast.AugAssign(target=ast.Subscript(), value=value) if _is_number(value):
                return True
            case ast.Name(id=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)) | ast.Attribute(attr=name):
                if words.SHIFTED.search(name):
                    return True
            case ast.Constant(value=str(text)) if "/" in text and words.SHIFTED.search(text):
                return True
    return False


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
    """Tell whether numbers are drawn from one distribution with different parameters."""
    drawn: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, ast.Call) and called(node) in _SHAPES:
            values = [ast.dump(item) for item in (*node.args, *node.keywords) if _is_constant(item)]
            drawn.setdefault(called(node), set()).add(" ".join(values))
    return any(len(parameters) > 1 for parameters in drawn.values())


def _is_constant(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.keyword) else node
    if isinstance(value, ast.UnaryOp):
        value = value.operand
    return isinstance(value, ast.Constant) and (not isinstance(node, ast.keyword) or node.arg in ("loc", "scale"))


def _swaps_under_load(title: str, nodes: Sequence[ast.AST], calls: Sequence[str]) -> bool:
    """Tell whether a test asks for answers again and again while something else goes on, and speaks of a swap."""
    runs_tool = any(isinstance(node, ast.Constant) and node.value in ("locust", "k6") for node in nodes)
    again = any(isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.comprehension) for node in nodes)
    asks = any(map(words.ASKS.match, calls)) or ("get" in calls and any(map(_is_client, nodes)))
    if not runs_tool and not (again and asks and not words.PARALLEL.isdisjoint(calls)):
        return False
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return any(map(words.SWAP.search, (title, *calls, *(text for text in texts if "/" in text))))


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
