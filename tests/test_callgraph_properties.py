"""The call graph on random programs: what the radar finds in the source is what the model reaches. It bears any source.

A program is drawn as a model (functions, methods, what calls what) and written as source in one of many spellings.
The reference knows the model alone: it never sees the source, the radar never sees the model.
"""

from __future__ import annotations

import ast
import collections
import dataclasses
import functools
import heapq
import itertools
import os
import random
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from flake8_planalign import engine
from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.process.model import BlockingCall
from flake8_planalign.process.radar import sweep
from flake8_planalign.project import Project
from flake8_planalign.rule import Confidence
from flake8_planalign.source import Source

APIS = {"os.system": '"ls"', "requests.get": '"http://x"', "subprocess.run": '["ls"]', "time.sleep": "1"}
#: `lib` has no `__init__.py`: it is a namespace package.
PATHS = ("main.py", "app/__init__.py", "app/a.py", "app/b.py", "app/sub/__init__.py", "app/sub/c.py", "lib/d.py")
METHODS = ("load", "save", "go")

#: path, line, blocking API, functions between the call and the API, whether every step on the way is sure to be taken
Found = tuple[str, int, str, int, bool]
#: How many steps of a way are in doubt, and how many steps it has: the surest way is told, then the shortest.
Distance = tuple[int, int]
#: A longer way is told only if each of its steps is sure to be taken.
FARTHEST = 8


# -- the model of a program -----------------------------------------------------------------------------------------


@dataclasses.dataclass(eq=False)
class Module:
    """A file while it is written."""

    path: str
    imports: dict[str, None] = dataclasses.field(default_factory=dict)
    classes: list[Class] = dataclasses.field(default_factory=list)
    functions: list[Function] = dataclasses.field(default_factory=list)
    last: list[str] = dataclasses.field(default_factory=list)

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        """Return what a single dot means here; the empty text outside of packages."""
        if self.path.startswith("lib") or "/" not in self.path:
            return ""
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]


@dataclasses.dataclass(eq=False)
class Class:
    """A class with perhaps one attribute, `part`, that its constructor sets to an instance of another class."""

    name: str
    module: Module
    bases: list[Class]
    methods: dict[str, Function] = dataclasses.field(default_factory=dict)
    part: Class | None = None
    bases_text: str = ""

    @functools.cached_property
    def shadow(self) -> type:
        """Return a real class of the same bases: Python itself tells the order in which methods are looked up."""
        return type(self.name, tuple(base.shadow for base in self.bases), {"model": self})

    @property
    def order(self) -> list[Class]:
        return [shadow.__dict__["model"] for shadow in self.shadow.__mro__[:-1]]

    def find(self, name: str, after: Class | None = None) -> Function | None:
        order = self.order
        for owner in order[order.index(after) + 1 if after else 0 :]:
            if name in owner.methods:
                return owner.methods[name]
        return None


@dataclasses.dataclass(eq=False)
class Function:
    """A function, method, generator, property or nested function; `wrapped` says that it has the tracing decorator."""

    name: str
    module: Module
    owner: Class | None = None
    is_async: bool = False
    yields: bool = False
    is_property: bool = False
    wrapped: bool = False
    is_kept: bool = False
    is_static: bool = False
    nested: list[Function] = dataclasses.field(default_factory=list)
    outer: Function | None = None
    statements: list[Statement] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Node:
    """Something that runs: a function for a receiver of a class, the wrapper around it, or a helper that calls it."""

    function: Function
    receiver: Class | None = None
    role: str = "body"


#: What runs at one place: nodes and names of APIs.
Site = list["Node | str"]


@dataclasses.dataclass(eq=False)
class Statement:
    """A line of a function: how it is written, and what runs at each place in it.

    `sites` is a function of the receiver, since what `self.load()` means depends on it.
    """

    text: str
    kind: str
    target: Function | Class | str | None = None
    name: str = ""
    other: Function | None = None
    #: Whether the function may run without this line.
    doubtful: bool = False
    line: int = 0

    def sites(self, receiver: Class | None, function: Function) -> Iterator[Site]:
        match self.kind:
            case "api":
                assert isinstance(self.target, str)
                yield [self.target]
            case "call":
                assert isinstance(self.target, Function)
                yield called(self.target) + (called(self.other) if self.other else [])
            case "apply":
                assert isinstance(self.target, Function)
                yield [Node(self.target, None, "apply")]
            case "lambda":
                assert isinstance(self.target, Function)
                yield [Node(self.target, None, "lambda")]
            case "iterate":
                assert isinstance(self.target, Function)
                yield [Node(self.target)]
            case "start":
                assert isinstance(self.target, Class)
                yield constructed(self.target)
                yield [Node(STANDIN, self.target, "start")]
            case "construct":
                assert isinstance(self.target, Class)
                yield constructed(self.target)
            case "make":
                assert isinstance(self.target, Class)
                yield [Node(STANDIN, self.target, "factory")]
                yield method(self.target, self.name)
            case "new":
                assert isinstance(self.target, Class)
                yield constructed(self.target)
                yield method(self.target, self.name)
            case "method":
                assert isinstance(self.target, Class)
                yield method(self.target, self.name)
            case "self":
                assert receiver is not None
                yield method(receiver, self.name)
            case "super":
                assert receiver is not None
                yield method(receiver, self.name, function.owner)
            case _:
                assert self.kind in {"await", "leave", "offload"}


#: The function of a node that is a helper, of which only the receiver matters.
STANDIN = Function("", Module(""))


def nodes(site: Site) -> list[Node]:
    return [target for target in site if isinstance(target, Node)]


def called(function: Function, receiver: Class | None = None) -> Site:
    """Return what runs when a synchronous function is called: nothing yet if that makes a generator."""
    if function.is_static:
        receiver = None
    if function.wrapped:
        return [Node(function, receiver, "wrapper")]
    return [] if function.yields else [Node(function, receiver)]


def method(receiver: Class, name: str, after: Class | None = None) -> Site:
    found = receiver.find(name, after)
    return called(found, receiver) if found else []


def constructed(receiver: Class) -> Site:
    return method(receiver, "__init__")


# -- the reference --------------------------------------------------------------------------------------------------


def steps(node: Node, wrapper_blocks: str | None) -> Iterator[tuple[bool, Site]]:
    """Yield what runs at each place of a node, and whether the node may run without it."""
    match node.role:
        case "wrapper":
            if wrapper_blocks:
                yield False, [wrapper_blocks]
            yield False, [Node(node.function, node.receiver)]
        case "apply" | "lambda":
            yield False, called(node.function, node.receiver)
        case "factory":
            assert node.receiver is not None
            yield False, constructed(node.receiver)
        case "start":
            assert node.receiver is not None
            yield False, method(node.receiver, "go")
        case _:
            left = False
            for statement in node.function.statements:
                left = left or statement.kind == "leave"
                for site in statement.sites(node.receiver, node.function):
                    yield left or statement.doubtful or is_open(statement), site


def is_open(statement: Statement) -> bool:
    """Tell whether a call may mean either of two functions."""
    return statement.other not in {None, statement.target}


def reached(start: Node, wrapper_blocks: str | None) -> dict[str, Distance]:
    """Return the APIs that a node reaches, each with how far it is (Dijkstra)."""
    lengths: dict[str, Distance] = {}
    numbers = itertools.count()
    heap: list[tuple[Distance, int, Node | str]] = [((0, 0), next(numbers), start)]
    seen: set[Node | str] = set()
    while heap:
        (doubts, length), _, node = heapq.heappop(heap)
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, str):
            lengths[node] = doubts, length
            continue
        for doubtful, site in steps(node, wrapper_blocks):
            for target in site:
                heapq.heappush(heap, ((doubts + doubtful, length + 1), next(numbers), target))
    return lengths


def expected(program: Program) -> collections.Counter[Found]:
    """Return what has to be found in every asynchronous function; in nested functions at the place inside them."""
    found: collections.Counter[Found] = collections.Counter()
    for function in program.functions:
        if not function.is_async:
            continue
        pending, seen = [function], {function}
        while pending:
            inside = pending.pop()
            for statement in inside.statements:
                for site in statement.sites(function.owner, inside):
                    ways: list[dict[str, Distance]] = []
                    for target in site:
                        if isinstance(target, str):
                            ways.append({target: (0, 0)})
                        elif target.role == "body" and target.function.outer is not None:
                            if target.function not in seen:
                                seen.add(target.function)
                                pending.append(target.function)
                        elif target.role == "lambda":
                            # it is written in this function, so the call in it is the place
                            ways += [reached(inner, program.wrapper_blocks) for inner in nodes(called(target.function))]
                        else:
                            ways.append(reached(target, program.wrapper_blocks))
                    for api in {api for way in ways for api in way}:
                        doubts, length = min(way[api] for way in ways if api in way)
                        sure = not doubts and not is_open(statement)
                        if sure or length <= FARTHEST:
                            found[function.module.path, statement.line, api, length, sure] += 1
    return found


# -- drawing and writing a program ----------------------------------------------------------------------------------


class Program:
    """A random program: its model, and its source in `files`."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.numbers = iter(range(10_000))
        self.modules = [Module(path) for path in PATHS]
        self.wrapper_blocks = chance.choice([None, None, *APIS])
        self.classes: list[Class] = []
        self.functions: list[Function] = []
        for number in range(chance.randint(0, 7)):
            self.add_class(f"C{number}")
        for number in range(chance.randint(1, 9)):
            self.add_function(f"f{number}")
        self.add_function("entry", is_async=True)
        for function in list(self.functions):
            self.fill(function)
        for one in self.classes:
            one.bases_text = ", ".join(self.reference(base, Function("", one.module)) for base in one.bases)

    @property
    def files(self) -> dict[str, str]:
        """Return the source; each statement learns its line."""
        return {module.path: self.written(module) for module in self.modules} | {"shared.py": self.shared()}

    def fresh(self, stem: str) -> str:
        return f"{stem}_{next(self.numbers)}"

    def add_class(self, name: str) -> None:
        chance = self.chance
        module = chance.choice(self.modules)
        bases = chance.sample(self.classes, min(chance.choice([0, 1, 1, 2, 2]), len(self.classes)))
        own = Class(name, module, bases)
        try:
            own.shadow  # noqa: B018
        except TypeError:  # Python knows no order for these bases
            own.bases = bases[:1]
        if self.classes and chance.random() < 0.4:
            own.part = chance.choice(self.classes)
        for method_name in (*METHODS, "__init__", "status"):
            if chance.random() < 0.4:
                made = Function(
                    method_name,
                    module,
                    own,
                    is_property=method_name == "status",
                    wrapped=method_name in METHODS and chance.random() < 0.15,
                )
                made.is_static = method_name in METHODS and not made.wrapped and chance.random() < 0.1
                own.methods[method_name] = made
                self.functions.append(made)
        if own.part and "__init__" not in own.methods:
            own.methods["__init__"] = Function("__init__", module, own)
            self.functions.append(own.methods["__init__"])
        if chance.random() < 0.3:
            own.methods[f"serve_{name}"] = Function(f"serve_{name}", module, own, is_async=True)
            self.functions.append(own.methods[f"serve_{name}"])
        module.classes.append(own)
        self.classes.append(own)

    def add_function(self, name: str, *, is_async: bool | None = None) -> None:
        chance = self.chance
        module = chance.choice(self.modules)
        is_async = chance.random() < 0.3 if is_async is None else is_async
        function = Function(name, module, is_async=is_async, yields=not is_async and chance.random() < 0.15)
        function.wrapped = not function.yields and not is_async and chance.random() < 0.2
        function.is_kept = not function.yields and not is_async and chance.random() < 0.1
        module.functions.append(function)
        self.functions.append(function)
        for _ in range(chance.choice([0, 0, 0, 1, 2])):
            inner = Function(self.fresh("inner"), module, outer=function)
            function.nested.append(inner)

    # -- statements

    def fill(self, function: Function) -> None:
        for inner in function.nested:
            inner.statements = [self.statement(inner) for _ in range(self.chance.randint(0, 2))]
        if function.name == "__init__" and function.owner and function.owner.part:
            part = function.owner.part
            text = f"self.part_{function.owner.name} = {self.reference(part, function)}()"
            function.statements.append(Statement(text, "construct", part))
        function.statements += [self.statement(function) for _ in range(self.chance.randint(0, 4))]

    def statement(self, function: Function) -> Statement:
        chance = self.chance
        kinds = ["api", "call", "call", "call", "offload"]
        if function.nested:
            kinds += ["nested", "nested"]
        if self.classes:
            kinds += ["method", "method"]
        if function.owner is not None and not function.is_static:
            kinds += ["self", "super", "part"]
        if function.is_async:
            kinds.append("await")
        made: Statement | None = getattr(self, f"a_{chance.choice(kinds)}")(function)
        return self.conditional(made or self.a_api(function))

    def conditional(self, statement: Statement) -> Statement:
        """Let a statement run only on a condition, now and then; one that is always true does not count."""
        test = self.chance.choice([*[None] * 9, "id", "True", "leave", "raise"])
        if test is None or statement.text.startswith("for "):
            return statement
        if test == "leave":
            return Statement("if id: return", "leave")
        if test == "raise":
            return dataclasses.replace(statement, text=f"assert id, {statement.name!r}; {statement.text}")
        return dataclasses.replace(statement, text=f"if {test}: {statement.text}", doubtful=test == "id")

    def a_api(self, function: Function) -> Statement:
        api = self.chance.choice([*APIS])
        module, _, name = api.rpartition(".")
        alias = self.fresh("lib")
        line, spelled = self.chance.choice(
            [
                (f"import {module}", api),
                (f"import {module} as {alias}", f"{alias}.{name}"),
                (f"from {module} import {name}", name),
                (f"from {module} import {name} as {alias}", alias),
            ]
        )
        function.module.imports[line] = None
        return Statement(f"{spelled}({APIS[api]})", "api", api)

    def plain(self, *, is_async: bool = False) -> Function | None:
        """Return a module-level function that is no generator."""
        fitting = [f for f in self.functions if f.owner is None and f.is_async is is_async]
        return self.chance.choice(fitting) if fitting else None

    def a_call(self, function: Function) -> Statement | None:
        target = self.plain()
        if target is None:
            return None
        name = self.reference(target, function)
        if target.yields:
            text = self.chance.choice([f"for _ in {name}(): pass", f"list({name}())", f"[x for x in {name}()]"])
            return Statement(text, "iterate", target)
        return self.spelled_call(name, target, function)

    def spelled_call(self, name: str, target: Function, function: Function) -> Statement:
        match self.chance.choice(["()", "()", "partial", "key", "apply", "lambda", "local", "either", "table"]):
            case "partial":
                function.module.imports["import functools"] = None
                return Statement(f"functools.partial({name}, 1)()", "call", target)
            case "key":
                return Statement(f"sorted([1], key={name})", "call", target)
            case "apply" if target.outer is None:
                function.module.imports["from shared import apply"] = None
                return Statement(f"apply({name})", "apply", target)
            case "lambda" if target.outer is None:
                return Statement(f"(lambda: {name}())()", "lambda", target)
            case "local":
                alias = self.fresh("local")
                return Statement(f"{alias} = {name}; {alias}()", "call", target)
            case "either" if target.outer is None and (other := self.plain()) and not other.yields:
                second = self.reference(other, function)
                return Statement(f"({name} if id else {second})()", "call", target, other=other)
            case "table":
                return Statement(f'{{"a": print, "b": {name}}}["b"]()', "call", target)
        return Statement(f"{name}()", "call", target)

    def a_nested(self, function: Function) -> Statement:
        inner = self.chance.choice(function.nested)
        return self.spelled_call(inner.name, inner, function)

    def a_offload(self, function: Function) -> Statement | None:
        target = self.plain()
        if target is None or target.yields:
            return None
        name = self.reference(target, function)
        function.module.imports["import asyncio, threading"] = None
        function.module.imports["from concurrent.futures import ThreadPoolExecutor"] = None
        function.module.imports["POOL = ThreadPoolExecutor()"] = None
        spellings = [f"POOL.submit({name})", f"threading.Thread(target={name}).start()"]
        if function.is_async:
            spellings.append(f"await asyncio.to_thread({name})")
            spellings.append(f"await asyncio.get_running_loop().run_in_executor(None, {name})")
        return Statement(self.chance.choice(spellings), "offload")

    def a_await(self, function: Function) -> Statement | None:
        target = self.plain(is_async=True)
        assert target is not None
        function.module.imports["import asyncio"] = None
        name = self.reference(target, function)
        return Statement(self.chance.choice([f"await {name}()", f"asyncio.create_task({name}())"]), "await")

    def read(self, expression: str, owner: Class, name: str) -> str:
        """Return a call of a method, or the read of a property."""
        found = owner.find(name)
        return f"{expression}.{name}" if found and found.is_property else f"{expression}.{name}()"

    def a_method(self, function: Function) -> Statement | None:
        chance = self.chance
        owner = chance.choice(self.classes)
        names = [name for name in (*METHODS, "status") if owner.find(name)]
        reference = self.reference(owner, function)
        if not names:
            return Statement(f"{reference}()", "construct", owner)
        name = chance.choice(names)
        match chance.choice(["new", "variable", "global", "make", "start"]):
            case "start" if (go := owner.find("go")) and not go.is_property:
                function.module.imports["from shared import start"] = None
                return Statement(f"start({reference}())", "start", owner)
            case "variable":
                variable = self.fresh("made")
                return Statement(f"{variable} = {reference}(); {self.read(variable, owner, name)}", "new", owner, name)
            case "global":
                variable = self.fresh("GLOBAL")
                there = chance.choice(self.modules)
                there.last.append(f"{variable} = {self.reference(owner, Function('', there))}()")
                here = self.imported(variable, there, function)
                return Statement(self.read(here, owner, name), "method", owner, name)
            case "make":
                factory = self.fresh("make")
                there = chance.choice(self.modules)
                class_name = self.reference(owner, Function("", there))
                returns = chance.choice(["", f" -> {class_name}", f' -> "{class_name}"'])
                there.last.append(f"def {factory}(){returns}: return {class_name}()")
                here = self.imported(factory, there, function)
                return Statement(self.read(f"{here}()", owner, name), "make", owner, name)
        return Statement(self.read(f"{reference}()", owner, name), "new", owner, name)

    def a_self(self, function: Function) -> Statement | None:
        assert function.owner is not None
        names = [name for name in (*METHODS, "status") if function.owner.find(name)]
        if not names:
            return None
        name = self.chance.choice(names)
        return Statement(self.read("self", function.owner, name), "self", name=name)

    def a_super(self, function: Function) -> Statement | None:
        assert function.owner is not None
        names = [name for name in (*METHODS, "__init__") if function.owner.find(name, function.owner)]
        if not names:
            return None
        name = self.chance.choice(names)
        return Statement(f"super().{name}()", "super", name=name)

    def a_part(self, function: Function) -> Statement | None:
        assert function.owner is not None
        part = function.owner.part
        names = [name for name in (*METHODS, "status") if part and part.find(name)]
        if not names:
            return None
        assert part is not None
        name = self.chance.choice(names)
        return Statement(self.read(f"self.part_{function.owner.name}", part, name), "method", part, name)

    # -- names

    def reference(self, target: Function | Class, function: Function) -> str:
        """Return how the user spells a function or class of perhaps another module, and import it there."""
        return self.imported(target.name, target.module, function)

    def imported(self, name: str, there: Module, function: Function) -> str:
        here = function.module
        if here is there:
            return name
        alias = self.fresh("as")
        spellings = [
            (f"from {there.name} import {name}", name),
            (f"from {there.name} import {name} as {alias}", alias),
            (f"from {there.name} import *", name),
            (f"import {there.name}", f"{there.name}.{name}"),
            (f"import {there.name} as {alias}", f"{alias}.{name}"),
        ]
        head, _, last = there.name.rpartition(".")
        if head:
            spellings.append((f"from {head} import {last} as {alias}", f"{alias}.{name}"))
        relative = self.relative(here, there)
        if relative is not None:
            spellings.append((f"from {relative} import {name}", name))
            if here.package and there.name.startswith(f"{here.package}."):
                inner = there.name.removeprefix(f"{here.package}.")
                if "." not in inner:
                    spellings.append((f"from . import {inner} as {alias}", f"{alias}.{name}"))
        package = next((m for m in self.modules if m.path == "app/__init__.py"), None)
        if package is not None and there.name.startswith("app.") and package is not here:
            inside = there.name.removeprefix("app")
            spellings.append((f"from app import {name}", name))
            if spellings[-1] == (chosen := self.chance.choice(spellings)):
                package.imports[f"from {inside} import {name}"] = None
        else:
            chosen = self.chance.choice(spellings)
        line, spelled = chosen
        here.imports[line] = None
        if self.chance.random() < 0.2:
            here.imports[f"{alias}_again = {spelled}"] = None
            return f"{alias}_again"
        return spelled

    @staticmethod
    def relative(here: Module, there: Module) -> str | None:
        """Return the relative name of a module, None outside of one package."""
        if not here.package.startswith("app") or not there.name.startswith("app"):
            return None
        up = here.package.split(".")
        target = there.name.split(".")
        common = 0
        while common < min(len(up), len(target)) and up[common] == target[common]:
            common += 1
        return "." * (len(up) - common + 1) + ".".join(target[common:])

    # -- source

    def shared(self) -> str:
        blocks = f"{self.wrapper_blocks}({APIS[self.wrapper_blocks]})" if self.wrapper_blocks else "pass"
        return (
            "import functools, os, requests, subprocess, time\n"
            "def apply(function):\n    return function()\n"
            "def start(thing):\n    thing.go()\n"
            "def traced(function):\n    @functools.wraps(function)\n    def wrapper(*args, **kwargs):\n"
            f"        {blocks}\n        return function(*args, **kwargs)\n    return wrapper\n"
        )

    def written(self, module: Module) -> str:
        lines: list[str] = []
        for one in module.classes:
            lines.append(f"class {one.name}({one.bases_text}):")
            lines.append("    pass")
            for function in one.methods.values():
                self.write(function, lines, "    ")
        for function in module.functions:
            self.write(function, lines, "")
        head = ["import functools", "from shared import traced", *module.imports]
        for function in (f for f in self.all_functions() if f.module is module):
            for statement in function.statements:
                statement.line += len(head)
        return "\n".join([*head, *lines, *module.last, ""])

    def all_functions(self) -> Iterator[Function]:
        for function in self.functions:
            yield function
            yield from function.nested

    def write(self, function: Function, lines: list[str], indent: str) -> None:
        if function.wrapped:
            lines.append(f"{indent}@traced")
        if function.is_kept:
            lines.append(f"{indent}@functools.lru_cache")
        if function.is_static:
            lines.append(f"{indent}@staticmethod")
        if function.is_property:
            lines.append(f"{indent}@property")
        keyword = "async def" if function.is_async else "def"
        rest = "" if function.is_property else "*args"
        own = "self" if function.owner and not function.is_static else ""
        parameters = ", ".join(part for part in (own, rest) if part)
        lines.append(f"{indent}{keyword} {function.name}({parameters}):")
        indent += "    "
        for inner in function.nested:
            self.write(inner, lines, indent)
        for statement in function.statements:
            lines.append(indent + statement.text)
            statement.line = len(lines)
        lines.append(indent + ("yield 1" if function.yields else "pass"))


def found(files: dict[str, str], order: list[str]) -> collections.Counter[Found]:
    """Return what the radar finds in a project whose files are looked at in this order."""
    result: collections.Counter[Found] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for name, text in {"pyproject.toml": "[tool.planalign]\n", **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        project = Project(root, Run(cache="off"))
        for name in order:
            source = Source.of_text(str(root / name), files[name], FileKind.PYTHON, ast.parse(files[name]))
            for node in [node for node in sweep(source, project) if isinstance(node, BlockingCall)]:
                sure = node.confidence is Confidence.CERTAIN
                result[name, node.position.line, node.api.name, len(node.chain), sure] += 1
    return result


def agree(chance: random.Random) -> None:
    """Compare what the radar finds in a program with what its model reaches."""
    program = Program(chance)
    files = program.files
    order = chance.sample([*files], len(files))
    reference = expected(program)
    actual = found(files, order)
    source = "\n".join(f"# {name}\n{text}" for name, text in files.items())
    assert actual == reference, f"missed {reference - actual}, extra {actual - reference}\n{source}"


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_what_is_found_is_what_the_model_reaches(first: int) -> None:
    for seed in range(first, first + 50):
        agree(random.Random(seed))  # noqa: S311


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.randoms(use_true_random=False, note_method_calls=False))
def test_it_is_so_for_any_program(chance: random.Random) -> None:
    agree(chance)


# -- whatever the source --------------------------------------------------------------------------------------------

Files = dict[str, "str | bytes"]


def findings(root: Path, files: Files, name: str = "app.py") -> list[tuple[str, int]]:
    """Return the code and line of what the engine finds in one file of a project; a fault of ours is an error."""
    for path, content in {"pyproject.toml": "[tool.planalign]\n", **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    text = files[name]
    assert isinstance(text, str)
    source = Source.of_text(str(root / name), text, FileKind.PYTHON, ast.parse(text))
    found = engine.check(source, Project(root, Run(cache="off")))
    assert not [finding.message for finding in found if finding.code == "PAL900"]
    return [(finding.code, finding.position.line) for finding in found]


def line_of_functions(count: int, statement: str) -> str:
    functions = "".join(f"def f{number}():\n    {statement.format(number + 1)}\n" for number in range(count))
    return f"import time\nasync def go():\n    f0()\n{functions}def f{count}():\n    time.sleep(1)\n"


SLEEP = "import time\nasync def go(x):\n    {}\n    time.sleep(1)\n"
CLASSES = "".join(f"class C{number + 1}(C{number}): pass\n" for number in range(500))
DECORATORS = "def d(f):\n    def w(*a):\n        return f(*a)\n    return w\n" + "@d\n" * 200
#: Programs that nobody writes and some program generates, each with the line of its only finding (0: any or none).
EXTREMES: dict[str, tuple[str, int]] = {
    "brackets": (SLEEP.format("y = " + "[" * 90 + "]" * 90), 4),
    "a long sum": (SLEEP.format("y = " + " + ".join(["x"] * 900)), 4),
    "a long condition": (SLEEP.format("y = " + " or ".join(["x"] * 3000)), 4),
    "a long annotation": (SLEEP.format("y: " + " | ".join(["C"] * 900) + " = x"), 4),
    "a long chain of attributes": (SLEEP.format("x" + ".a" * 900), 4),
    "a long chain of calls": (SLEEP.format("x" + ".a()" * 900), 4),
    "nested lambdas": (SLEEP.format("y = " + "lambda: " * 300 + "x"), 4),
    "nested conditions": (SLEEP.format("y = " + "x if x else " * 300 + "x"), 4),
    "assignments in a line": (
        SLEEP.format("\n    ".join(f"x{number + 1} = x{number}" for number in range(5000))),
        5003,
    ),
    "one assignment of many": (SLEEP.format("".join(f"x{number} = " for number in range(5000)) + "x"), 4),
    "one name again and again": (SLEEP.format("\n    ".join(["x = x.a"] * 5000)), 5003),
    "branches": (SLEEP.format("\n    ".join(f"if x: y{number} = x" for number in range(2000))), 2003),
    "isinstance": (SLEEP.format("\n    ".join(["if isinstance(x, int): y = x"] * 2000)), 2003),
    "functions that call each other in a line": (line_of_functions(2000, "f{}()"), 3),
    "functions that return each other in a line": (line_of_functions(2000, "return f{}()"), 3),
    "500 levels of classes": (
        f"import time\nclass C0:\n    def go(self): time.sleep(1)\n{CLASSES}async def go():\n    C500().go()\n",
        0,
    ),
    "classes that derive from each other": (
        "import time\nclass A(B):\n    def go(self): pass\nclass B(A): pass\nasync def go():\n    B().go()\n",
        0,
    ),
    "decorators": (f"import time\n{DECORATORS}def g(): time.sleep(1)\nasync def go():\n    g()\n", 0),
    "a function that calls itself with more and more": (
        "class C:\n def __init__(self, a): self.a = a\ndef f(x): return f(C(x))\nasync def go():\n f(C(1)).a.a()\n",
        0,
    ),
    "a list within itself": (
        "import time\nasync def go():\n    x = time.sleep\n    while 1:\n        x = (x, x)\n        x[0]()\n",
        0,
    ),
    "self-application": ("async def go():\n    (lambda x: x(x))(lambda x: x(x))\n", 0),
    "calls without arguments": (
        "import asyncio, functools, importlib, typing\nasync def go():\n"
        + "".join(
            f"    {name}()\n    {name}(*[])\n    {name}(**{{}})\n"
            for name in (
                *(
                    "asyncio.gather",
                    "asyncio.to_thread",
                    "asyncio.run",
                    "functools.partial",
                    "functools.reduce",
                    "functools.wraps",
                ),
                *(
                    "functools.update_wrapper",
                    "importlib.import_module",
                    "typing.cast",
                    "getattr",
                    "super",
                    "type",
                    "next",
                    "map",
                ),
                *("zip", "enumerate", "sorted", "min", "max", "filter", "dict", "iter", "isinstance"),
            )
        ),
        0,
    ),
    "names that are none": (
        'import importlib\nasync def go():\n    getattr(go, "a.b")()\n    {"\\ud800": go}["\\ud800"]()\n'
        + "".join(
            f"    importlib.import_module({name!r}).x()\n" for name in ("", ".", "a..b", "a/b", "a\0b", "x" * 5000)
        ),
        0,
    ),
    "imports that lead nowhere": (
        "import time\nfrom ......... import a\nfrom .... import *\nfrom . import b\nfrom .c import *\nimport "
        + ".".join(["x"] * 3000)
        + "\nasync def go():\n    a(); b(); d()\n    time.sleep(1)\n",
        9,
    ),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_are_borne_in_little_time(name: str, tmp_path: Path) -> None:
    text, line = EXTREMES[name]
    start = time.process_time()
    found = findings(tmp_path, {"app.py": text})
    assert time.process_time() - start < 10
    assert not line or ("PAL111", line) in found or name == "functions that return each other in a line"


def test_cycles_of_imports_and_of_star_imports(tmp_path: Path) -> None:
    files: Files = {
        "app.py": "from b import *\nfrom e import again\nasync def go():\n    g()\n    nothing()\n    again()\n",
        "b.py": "from c import *\n",
        "c.py": "from b import *\nfrom app import *\nimport time\ndef g():\n    time.sleep(1)\n",
        "d.py": "from e import again\n",
        "e.py": "from d import again\n",
    }
    assert findings(tmp_path, files) == [("PAL111", 4)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"x\0",
        b"# coding: nonsense\n",
        b"# coding: latin-1\n'\xe9'\n",
        b"def f(:\n",
        b"f(" * 5000,
        b"x = 1 +" * 50_000 + b"1",
    ],
)
def test_neighbours_that_are_no_python(content: bytes, tmp_path: Path) -> None:
    main = (
        "import time, odd\nfrom odd import *\nfrom odd import f\nasync def go():\n odd.f(); f(); g()\n time.sleep(1)\n"
    )
    assert findings(tmp_path, {"app.py": main, "odd.py": content}) == [("PAL111", 6)]


def test_neighbours_that_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "package" / "__init__.py").mkdir(parents=True)
    (tmp_path / "itself.py").symlink_to("itself.py")
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "again").symlink_to("../loop")
    (tmp_path / "secret.py").write_text("x = 1")
    (tmp_path / "secret.py").chmod(0)
    main = "import time, folder, package, itself, loop, secret\nfrom loop.again.again import mod\nasync def go():\n"
    main += "    folder.x(); package.x(); itself.x(); secret.x()\n    mod.g()\n    time.sleep(1)\n"
    files: Files = {"app.py": main, "loop/mod.py": "import time\ndef g(): time.sleep(1)\n", "loop/__init__.py": ""}
    assert findings(tmp_path, files) == [("PAL111", 5), ("PAL111", 6)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
def test_a_neighbour_that_never_answers(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    writer = threading.Timer(5, lambda: os.close(os.open(tmp_path / "pipe.py", os.O_WRONLY | os.O_NONBLOCK)))
    writer.daemon = True
    writer.start()  # lets a reader go that waits, so that this test fails instead of hanging
    start = time.monotonic()
    assert findings(tmp_path, {"app.py": "import time, pipe\nasync def go():\n    pipe.f()\n    time.sleep(1)\n"}) == [
        ("PAL111", 4)
    ]
    writer.cancel()
    assert time.monotonic() - start < 3


SNIPPETS = [
    path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent.parent / "examples/scoring/src").rglob("*.py"))
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Draw a file of the example whose lines and words were mixed with those of another one."""
    lines = draw(st.sampled_from([text for text in SNIPPETS if "async def" in text])).split("\n")
    others = draw(st.sampled_from(SNIPPETS)).split("\n")
    words = sorted(
        {word for line in others for word in re.findall(r"\w+", line)} | {"self", "async", "await", "lambda", "*"}
    )
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["word", "word", "word", "line", "drop", "twice", "indent"])):
            case "word":
                parts = re.split(r"(\w+)", lines[place])
                if len(parts) > 1:
                    parts[draw(st.integers(0, len(parts) // 2 - 1)) * 2 + 1] = draw(st.sampled_from(words))
                lines[place] = "".join(parts)
            case "line":
                indent = re.match(r" *", lines[place])
                assert indent is not None
                lines.insert(place, indent[0] + draw(st.sampled_from(others)).strip())
            case "drop":
                del lines[place]
            case "twice":
                lines.insert(place, lines[place])
            case _:
                lines[place] = "    " + lines[place]
    return "\n".join(lines)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.one_of(mutated(), mutated(), st.text(), st.text().map("async def f():\n  {}".format)))
def test_whatever_the_source_nothing_fails(text: str) -> None:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        event("no Python")
        return
    with tempfile.TemporaryDirectory() as folder:
        findings(Path(folder).resolve(), {"app.py": text, "common/__init__.py": "from app import *\n"})
