"""The evaluator against astroid and against Python itself: of what class is the value of an expression?

A program is drawn whose every probe returns an instance of some class. It is run for the truth; our evaluator and
astroid only read it. Neither may say anything but the truth, and ours has to know most of it.
"""

from __future__ import annotations

import collections
import dataclasses
import importlib
import itertools
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import astroid
import pytest
from astroid import nodes
from astroid.manager import AstroidManager

from flake8_planalign.config import Run
from flake8_planalign.project import Project
from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.evaluate import Evaluator

PROGRAMS = 50
LIBRARY = {
    "configparser.ConfigParser": "configparser.ConfigParser()",
    "queue.Queue": "queue.Queue()",
    "threading.Event": "threading.Event()",
    "threading.Thread": "threading.Thread(target=print)",
}
HEAD = """\
from __future__ import annotations
import configparser, contextlib, functools, queue, threading
from typing import Any, Iterator, Optional

def identity(value):
    return value

def wrapped(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper

class Holder:
    def __init__(self, held, other=None):
        self.held = held
        self.other = other

"""


@dataclasses.dataclass
class Kind:
    """A class: its full name, the number of the module that defines it (-1: a library), and its spelling by module."""

    full: str
    module: int
    bare: str
    bases: list[Kind]


class Program:
    """Three modules of a package; each imports the ones before it."""

    def __init__(self, chance: random.Random, package: str) -> None:
        self.chance = chance
        self.package = package
        self.numbers = itertools.count()
        self.kinds = [Kind(name, -1, name, []) for name in LIBRARY]
        self.lines: list[list[str]] = [[], [], []]
        #: For each module and full class name: expressions that were defined as instances of it.
        self.known: list[dict[str, list[str]]] = [collections.defaultdict(list) for _ in self.lines]
        self.probes: list[tuple[int, str]] = []
        for module in range(len(self.lines)):
            for _ in range(chance.randint(2, 4)):
                self.define_class(module)
            for _ in range(chance.randint(3, 6)):
                self.define_source(module)
            for _ in range(4):
                self.define_probe(module)

    def fresh(self, stem: str) -> str:
        return f"{stem}{next(self.numbers)}"

    def visible(self, module: int) -> list[Kind]:
        return [kind for kind in self.kinds if kind.module <= module]

    def spelled(self, name: str, there: int, here: int) -> str:
        """Return how a name of one module is written in another, which imports it."""
        if there in {here, -1}:
            return name
        alias = self.fresh("as_")
        package, root = self.package, f"m{there}"
        line, text = self.chance.choice(
            [
                (f"from .{root} import {name} as {alias}", alias),
                (f"from . import {root} as {alias}", f"{alias}.{name}"),
                (f"from {package}.{root} import {name}", name),
                (f"import {package}.{root}", f"{package}.{root}.{name}"),
                (f"import {package}.{root} as {alias}", f"{alias}.{name}"),
            ]
        )
        self.lines[here].append(line)
        return text

    # -- expressions

    def instance(self, kind: Kind, module: int, depth: int = 2) -> str:
        """Return an expression whose value is an instance of exactly this class."""
        chance = self.chance
        if depth == 0 or chance.random() < 0.2:
            if kind.module == -1:
                return LIBRARY[kind.full]
            return f"{self.spelled(kind.bare, kind.module, module)}()"
        if chance.random() < 0.5:
            sources = [(there, text) for there in range(module + 1) for text in self.known[there][kind.full]]
            if sources:
                there, text = chance.choice(sources)
                name = re.findall(r"^\w+", text)[0]
                return self.spelled(name, there, module) + text.removeprefix(name)
        inner = self.instance(kind, module, depth - 1)
        other = self.instance(chance.choice(self.visible(module)), module, 0)
        return chance.choice(
            [
                f"[{inner}][0]",
                f"({other}, {inner})[1]",
                f"({other}, {inner})[-1]",
                f'{{"a": {inner}, "b": {other}}}["a"]',
                f"(lambda: {inner})()",
                f"(lambda one: one)({inner})",
                f"identity({inner})",
                f"identity(value={inner})",
                f"Holder({inner}).held",
                f"Holder({other}, {inner}).other",
                f"Holder(other={inner}, held={other}).other",
                f"next(iter([{inner}]))",
                f"[one for one in [{inner}]][0]",
                f"next(one for one in ({inner},))",
                f"({inner} or {inner})",
                f"(None or {inner})",
                f"({inner} if id else {inner})",
                f"functools.partial(identity, {inner})()",
                f'getattr(Holder({inner}), "held")',
                f"dict(a={inner})['a']",
                f"sorted([{inner}], key=id)[0]",
                f"list(map(identity, [{inner}]))[0]",
            ]
        )

    # -- definitions

    def define_class(self, module: int) -> None:
        chance = self.chance
        name = self.fresh("K")
        project = [kind for kind in self.visible(module) if kind.module != -1]
        bases = chance.sample(project, 1) if project and chance.random() < 0.5 else []
        written = ", ".join(self.spelled(base.bare, base.module, module) for base in bases)
        kind = Kind(f"{self.package}.m{module}.{name}", module, name, bases)
        own: list[str] = [f"class {name}({written}):"]
        held = chance.choice(self.visible(module))
        part = self.fresh("part")
        own += ["    def __init__(self):"]
        if bases:
            own += ["        super().__init__()"]
        own += [f"        self.{part} = {self.instance(held, module, 1)}"]
        self.known[module][held.full].append(f"{name}().{part}")
        for _ in range(chance.randint(0, 3)):
            member = self.fresh("member")
            inside = self.instance(held, module, 1)
            match chance.choice(["method", "property", "static", "class", "self", "attribute", "kept"]):
                case "method":
                    own += [f"    def {member}(self):", f"        return self.{part}"]
                    self.known[module][held.full].append(f"{name}().{member}()")
                case "property":
                    own += ["    @property", f"    def {member}(self):", f"        return self.{part}"]
                    self.known[module][held.full].append(f"{name}().{member}")
                case "kept":
                    own += ["    @functools.cached_property", f"    def {member}(self):", f"        return {inside}"]
                    self.known[module][held.full].append(f"{name}().{member}")
                case "static":
                    own += ["    @staticmethod", f"    def {member}():", f"        return {inside}"]
                    self.known[module][held.full].append(f"{name}.{member}()")
                case "class":
                    own += ["    @classmethod", f"    def {member}(cls):", "        return cls()"]
                    self.known[module][kind.full].append(f"{name}.{member}()")
                case "self":
                    own += [f"    def {member}(self):", "        return self"]
                    self.known[module][kind.full].append(f"{name}().{member}()")
                case _:
                    own += [f"    {member} = {self.instance(held, module, 0)}"]
                    self.known[module][held.full].append(f"{name}.{member}")
        for base in bases:
            # what an instance of the base can do, one of this class can do; `self` and `cls` are then of this class
            inherited = [(full, text) for full, texts in self.known[base.module].items() for text in texts]
            for full, text in inherited:
                if text.startswith((f"{base.bare}(", f"{base.bare}.")):
                    means = kind.full if full == base.full else full
                    self.known[module][means].append(name + text.removeprefix(base.bare))
        self.lines[module] += [*own, ""]
        self.kinds.append(kind)

    def define_source(self, module: int) -> None:
        kind = self.chance.choice(self.visible(module))
        name = self.fresh("source")
        inside = self.instance(kind, module)
        written = kind.bare if kind.module in {-1, module} else self.spelled(kind.bare, kind.module, module)
        match self.chance.choice(
            ["plain", "annotated", "optional", "wrapped", "generator", "manager", "global", "kept", "call"]
        ):
            case "plain":
                lines, use = [f"def {name}():", f"    return {inside}"], f"{name}()"
            case "annotated":
                lines, use = [f"def {name}() -> {written}:", f"    return {inside}"], f"{name}()"
            case "optional":
                lines, use = [f"def {name}() -> Optional[{written}]:", f"    return {inside}"], f"{name}()"
            case "wrapped":
                lines, use = ["@wrapped", f"def {name}():", f"    return {inside}"], f"{name}()"
            case "kept":
                lines, use = ["@functools.lru_cache", f"def {name}():", f"    return {inside}"], f"{name}()"
            case "generator":
                made = self.fresh("made")
                lines = [f"def {name}():", f"    yield {inside}", f"def {made}():"]
                lines += [f"    for one in {name}():", "        return one"]
                use = f"{made}()"
            case "manager":
                made = self.fresh("made")
                lines = [
                    "@contextlib.contextmanager",
                    f"def {name}() -> Iterator[{written}]:",
                    f"    yield {inside}",
                    f"def {made}():",
                ]
                lines += [f"    with {name}() as one:", "        return one"]
                use = f"{made}()"
            case "call":
                made = self.fresh("made")
                lines = [f"class {name}:", "    def __call__(self):", f"        return {inside}", f"{made} = {name}()"]
                use = f"{made}()"
            case _:
                lines, use = [f"{name} = {inside}"], name
        self.lines[module] += [*lines, ""]
        self.known[module][kind.full].append(use)

    def define_probe(self, module: int) -> None:
        """Define a function that returns the value whose class is in question, on its last line."""
        kind = self.chance.choice(self.visible(module))
        name = self.fresh("probe")
        inside = self.instance(kind, module, 3)
        other = self.instance(self.chance.choice(self.visible(module)), module, 1)
        body = self.chance.choice(
            [
                [f"return {inside}"],
                [f"x = {inside}", "return x"],
                [f"x = {other}", f"x = {inside}", "return x"],
                [f"x = y = {inside}", "return y"],
                [f"x, (y, z) = {other}, ({inside}, {other})", "return y"],
                [f"for x in [{inside}]:", "    pass", "return x"],
                ["def inner(value=None):", f"    return {inside}", "return inner()"],
                [f"x = {inside}", "def inner():", "    return x", "return inner()"],
                ["try:", f"    x = {inside}", "except KeyError:", f"    x = {inside}", "return x"],
                [f"x = {inside}", "if id is None:", f"    x = {inside}", "return x"],
                [f"if (x := {inside}):", "    pass", "return x"],
                [f"h = Holder({other}, {inside})", "return h.other"],
                [f"x: Any = {inside}", "return x"],
            ]
        )
        self.lines[module] += [f"def {name}():", *(f"    {line}" for line in body), ""]
        self.probes.append((module, name))

    @property
    def files(self) -> dict[str, str]:
        named = {f"{self.package}/m{number}.py": HEAD + "\n".join(lines) for number, lines in enumerate(self.lines)}
        return {f"{self.package}/__init__.py": "", **named}


# -- three answers ------------------------------------------------------------------------------------------------


def full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def truths(program: Program) -> Iterator[str]:
    for module, name in program.probes:
        value = getattr(importlib.import_module(f"{program.package}.m{module}"), name)()
        yield full_name(type(value))


def ours(program: Program, root: Path) -> Iterator[set[str]]:
    """Yield the classes that the evaluator gives for each probe."""
    evaluator = Evaluator(Project(root, Run(cache="off")))
    graph = CallGraph(evaluator)
    for number, name in program.probes:
        module = evaluator.modules.module(str(root / program.package / f"m{number}.py"))
        assert module is not None
        function = next(i for i, record in enumerate(module.functions) if record["n"] == name)
        found = set()
        for value in evaluator.returned(graph.entry(module, function)):
            if value[0] == "I":
                owner = evaluator.modules.module(value[1])
                assert owner is not None
                found.add(f"{owner.name}.{owner.classes[value[2]]['q']}")
            else:
                assert value[0] == "xi", value
                found.add(value[1])
        yield found


def astroids(program: Program, root: Path) -> Iterator[set[str]]:
    manager = AstroidManager()
    for number, name in program.probes:
        tree = manager.ast_from_file(str(root / program.package / f"m{number}.py"), f"{program.package}.m{number}")
        values = tree[name].infer_call_result(None)
        instances = [
            value for value in values if isinstance(value, astroid.Instance) and not isinstance(value, nodes.Const)
        ]
        yield {value._proxied.qname() for value in instances}


@pytest.fixture
def _importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("oracle_"):
            del sys.modules[name]


@pytest.mark.usefixtures("_importable")
def test_the_evaluator_says_nothing_but_the_truth_and_most_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        monkeypatch.syspath_prepend(str(root))
        (root / "pyproject.toml").write_text("[tool.planalign]\n", encoding="utf-8")
        for seed in range(PROGRAMS):
            program = Program(random.Random(seed), f"oracle_{seed}")  # noqa: S311
            for path, text in program.files.items():
                (root / path).parent.mkdir(exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            importlib.invalidate_caches()
            answers = zip(program.probes, truths(program), ours(program, root), astroids(program, root), strict=True)
            for (module, name), truth, our, their in answers:
                place = f"seed {seed} m{module}.{name}: truth {truth}, ours {our}, astroid {their}"
                assert not our or truth in our, f"{place}\n{program.files[f'{program.package}/m{module}.py']}"
                counts["probes"] += 1
                counts["ours exactly"] += our == {truth}
                counts["astroid exactly"] += their == {truth}
                counts["both answer"] += bool(our and their)
                counts["both answer alike"] += bool(our and their) and bool(our & their)
                counts["ours alone"] += bool(our) and not their
                counts["astroid alone"] += bool(their) and not our
    assert counts["ours exactly"] >= 0.95 * counts["probes"], counts
    assert counts["ours exactly"] > counts["astroid exactly"]
    assert counts["both answer alike"] >= 0.97 * counts["both answer"]
