"""Where the main coroutine of a program begins to serve: what it does before, nobody else on the loop waits for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from flake8_planalign.parsing import of_tree
from flake8_planalign.patterns import lazy
from flake8_planalign.process.mentions import Mentions
from flake8_planalign.process.portals import Portals
from flake8_planalign.process.starting import means
from flake8_planalign.process.statements import own_nodes
from flake8_planalign.process.tables import Tables
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.facts import ASYNC, CLASSMETHOD, STATICMETHOD
from flake8_planalign.python.modules import Module, last_name

__all__ = ["Beginnings", "is_named", "node_of"]

#: What runs a coroutine as the only one of its loop, until it starts others or waits for what is asked of it.
_LOOPS: Final = frozenset({"run", "run_until_complete"})
#: What starts others, or serves: nobody waits for anything before.
_BEGINNINGS: Final = frozenset({
    "TaskGroup", "create_server", "create_task", "create_task_group", "ensure_future", "gather", "run_app",
    "run_forever", "serve", "serve_forever", "start", "start_polling", "start_server", "start_soon",
    "start_unix_server", "submit",
})  # fmt: skip
_AWAITED_BEGINNINGS: Final = frozenset({"listen", "run", "setup", "wait"})
#: How a parser of command lines is told what runs a command: `parser.set_defaults(func=export)`.
_COMMAND_TABLES: Final = frozenset({"set_defaults"})
#: What a server says of start-up and shutdown in ASGI's words.
_LIFESPANS: Final = lazy(r"""["']lifespan(?:\.\w+)?["']""")

#: What holds statements: of a statement, of a handler of exceptions and of a case.
_BODIES: Final = ("body", "orelse", "finalbody", "handlers", "cases")


class _Main(msgspec.Struct, frozen=True):
    """The main coroutine of a program: the line at which it begins to serve, and the lines that clean up after it."""

    beginning: int = 0
    after: tuple[range, ...] = ()

    def serves_at(self, line: int) -> bool:
        return line >= self.beginning and not any(line in lines for lines in self.after)


class Beginnings:
    """The main coroutines of a project, and those that they wait for before anything else is on the loop."""

    def __init__(self, evaluator: Evaluator, tables: Tables, mentions: Mentions, portals: Portals) -> None:
        self._project = evaluator.project
        self._tables = tables
        self._mentions = mentions
        self._portals = portals
        self._mains: dict[tuple[str, int], _Main] = {}
        self._speaking: dict[str, bool] = {}

    def holds(self, module: Module, function: int, line: int) -> bool:
        """Tell whether a line of a function runs before anybody else does on the loop, or when all is served."""
        main = self._main(module, function)
        if main.beginning > 0 and not main.serves_at(line):
            return True
        return any(line in lines for lines in self._lifespans(module, function))

    def names(self, module: Module, caller: int, name: str) -> bool:
        """Tell whether the main coroutine of a program names a function only before it serves, or after."""
        main = self._main(module, caller)
        lifespans = self._lifespans(module, caller)
        lines = self._lines_naming(module, caller, name) if main.beginning or lifespans else ()
        return bool(lines) and all(
            (main.beginning > 0 and not main.serves_at(line)) or any(line in span for span in lifespans)
            for line in lines
        )

    def _lifespans(self, module: Module, function: int) -> list[range]:
        """Return the lines of a function that run at start-up or shutdown by what a server says in ASGI's words."""
        record = module.functions[function]
        if not record["f"] & ASYNC or not self._speaks_of_lifespans(module):
            return []
        node = node_of(self._project.read(module.path) or "", record)
        return [
            range(part.body[0].lineno, (part.body[-1].end_lineno or 0) + 1)
            for part in (own_nodes(*node.body) if node is not None else ())
            if isinstance(part, ast.If) and _is_of_lifespan(part.test)
        ]

    def _speaks_of_lifespans(self, module: Module) -> bool:
        """Tell whether the text of a module has ASGI's words for start-up and shutdown; asked once for each module."""
        known = self._speaking.get(module.path)
        if known is None:
            text = self._project.read(module.path) or ""
            known = self._speaking[module.path] = _LIFESPANS.search(text) is not None
        return known

    def _main(self, module: Module, function: int) -> _Main:
        """Return what is known of a main coroutine, a beginning of 0 for any other function."""
        key = (module.path, function)
        known = self._mains.get(key)
        if known is None:
            self._mains[key] = _Main()
            known = self._mains[key] = (
                self._found(module, function) if self._is_main(module, function) else self._mains[key]
            )
        return known

    def _is_main(self, module: Module, function: int) -> bool:
        """Tell whether a coroutine is only ever run as the first of a loop (`asyncio.run(main())`) or by such a one."""
        record = module.functions[function]
        if not record["f"] & ASYNC or (record.get("d") and not record["f"] & (CLASSMETHOD | STATICMETHOD)):
            return False
        if record.get("o"):
            outer = module.functions[record["o"]]
            return not outer["f"] & ASYNC and self._portals.starts_alone(module, record["o"], record["n"], _LOOPS)
        started = False
        for other, caller in self._mentions.of(module, function):
            if self._tables.is_test(other.path):
                continue
            if other.functions[caller]["f"] & ASYNC:
                if not self._leads_to(other, caller, record["n"]):
                    return False
            elif not (
                self._portals.starts_alone(other, caller, record["n"], _LOOPS)
                or _is_command(other, caller, record["n"])
            ):
                return False
            started = True
        return started

    def _leads_to(self, module: Module, caller: int, name: str) -> bool:
        """Tell whether a main coroutine waits for a function before all others, or begins to serve by it."""
        beginning = self._main(module, caller).beginning
        lines = self._lines_naming(module, caller, name) if beginning else ()
        return (
            bool(lines)
            and max(lines) <= beginning
            and (max(lines) < beginning or self._is_awaited_at(module, caller, name, beginning))
        )

    def _is_awaited_at(self, module: Module, caller: int, name: str, line: int) -> bool:
        node = node_of(self._project.read(module.path) or "", module.functions[caller])
        return node is not None and any(
            isinstance(part, ast.Await)
            and part.lineno == line
            and isinstance(part.value, ast.Call)
            and _called(part.value.func) == name
            for part in own_nodes(*node.body)
        )

    def _lines_naming(self, module: Module, caller: int, name: str) -> tuple[int, ...]:
        """Return the lines of an async function that name another one, none if a function within it does."""
        node = node_of(self._project.read(module.path) or "", module.functions[caller])
        if node is None:
            return ()
        lines = tuple(
            part.lineno
            for part in own_nodes(*node.body)
            if isinstance(part, ast.Name | ast.Attribute) and is_named(part, name)
        )
        return lines if len(lines) == sum(is_named(part, name) for part in ast.walk(node)) else ()

    def _found(self, module: Module, function: int) -> _Main:
        node = node_of(self._project.read(module.path) or "", module.functions[function])
        if node is None:
            return _Main()
        lines = [
            part.lineno
            for part in own_nodes(*node.body)
            if isinstance(part, ast.expr | ast.stmt) and _is_beginning(part)
        ]
        beginning = min(lines, default=(node.end_lineno or node.lineno) + 1)
        return _Main(beginning, tuple(_cleaning(node, beginning)))


def _cleaning(node: ast.AsyncFunctionDef, beginning: int) -> Iterator[range]:
    """Yield the lines of each `finally` around what serves: nothing is served any more then."""
    for part in own_nodes(*node.body):
        if isinstance(part, ast.Try) and part.finalbody and part.lineno < beginning <= part.finalbody[0].lineno:
            yield range(part.finalbody[0].lineno, (part.finalbody[-1].end_lineno or 0) + 1)


def node_of(text: str, record: dict[str, Any]) -> ast.AsyncFunctionDef | None:
    """Return the tree of an async function."""
    return _async_functions(text).get((record["n"], record["l"]))


@of_tree
def _async_functions(tree: ast.Module) -> dict[tuple[str, int], ast.AsyncFunctionDef]:
    """Return the trees of the async functions of a file by name and line."""
    found: dict[tuple[str, int], ast.AsyncFunctionDef] = {}
    pending: list[Any] = [tree]
    for node in pending:
        for field in _BODIES:
            pending += getattr(node, field, ())
        if type(node) is ast.AsyncFunctionDef:
            found[node.name, node.lineno] = node
    return found


def is_named(node: ast.AST, name: str) -> bool:
    """Tell whether a node is a name, or an attribute of such a name."""
    return (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)


def _is_beginning(node: ast.AST) -> bool:
    match node:
        case ast.AsyncFor() | ast.While():
            return True
        case ast.Await(value=ast.Call(func=function)):
            return _called(function) in _AWAITED_BEGINNINGS
        case ast.Call(func=function):
            return _called(function) in _BEGINNINGS
    return False


def _is_of_lifespan(test: ast.expr) -> bool:
    """Tell whether a test asks for start-up or shutdown: `message["type"] == "lifespan.startup"`."""
    match test:
        case ast.Compare(ops=[ast.Eq()], comparators=[ast.Constant(value=str(text))]):
            return text == "lifespan" or text.startswith("lifespan.")
    return False


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_command(module: Module, function: int, name: str) -> bool:
    """Tell whether a function gives another one to a parser of command lines, as what runs a command."""
    return any(
        last_name(call[0]) in _COMMAND_TABLES and any(means(given, name) for given in call[2].values())
        for call in module.body(function).get("c", ())
    )
