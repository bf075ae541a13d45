"""Where an async frame is started from: requests, or only start-up, a script or tests."""

from __future__ import annotations

import ast
import functools
import os
import re
from collections.abc import Iterator
from typing import Any, Final

from flake8_planalign.kinds import is_test
from flake8_planalign.memos import of_the_run
from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy, words_of
from flake8_planalign.process.gates import ASYNC_FUNCTION
from flake8_planalign.process.statements import own_nodes
from flake8_planalign.process.tables import Tables
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.facts import ASYNC, COLLECTED
from flake8_planalign.python.members import library_bases
from flake8_planalign.python.modules import Module, last_name

__all__ = ["Origins"]

_STARTUP_HOOKS: Final = frozenset({
    "add_event_handler", "after_serving", "after_server_stop", "before_server_start", "before_serving", "on_event",
    "on_shutdown", "on_startup", "while_serving",
})  # fmt: skip
#: Lists of what runs at start-up or shutdown: keywords, attributes of classes, and attributes that one appends to.
_STARTUP_LISTS: Final = frozenset({
    "after_startup", "cleanup_ctx", "lifespan", "on_cleanup", "on_shutdown", "on_startup", "shutdown", "startup",
})  # fmt: skip
#: What adds to such a list: `app.on_startup.append(connect)`, `dispatcher.startup.register(connect)`.
_ADDERS: Final = frozenset({"append", "extend", "register"})
#: What runs a coroutine as the only one of its loop, until it starts others or waits for what is asked of it.
_LOOPS: Final = frozenset({"run", "run_until_complete"})
#: What starts others, or serves: nobody waits for anything before.
_BEGINNINGS: Final = frozenset({
    "TaskGroup", "create_server", "create_task", "create_task_group", "ensure_future", "gather", "run_app",
    "run_forever", "serve", "serve_forever", "start", "start_polling", "start_server", "start_soon",
    "start_unix_server", "submit",
})  # fmt: skip
_AWAITED_BEGINNINGS: Final = frozenset({"listen", "run", "setup", "wait"})
#: Decorators of command-line frameworks: each command is a process, whose loop runs it alone.
_COMMANDS: Final = frozenset({"callback", "command", "default", "group"})
_COMMAND_LINES: Final = frozenset({"asyncclick", "asyncer", "click", "cyclopts", "typer"})
#: Job queues whose workers run each coroutine on a loop of its own, and their decorators.
_JOB_QUEUES: Final = frozenset({"django_rq", "rq"})
_JOBS: Final = frozenset({"job"})
_MAIN: Final = lazy(r"""^if\s+__name__\s*==\s*['"]__main__['"]\s*:""", re.MULTILINE)
#: What runs a coroutine on a loop of its own, by the names that projects give it.
_RUNNERS: Final = frozenset(
    {"async_to_sync", "run", "run_async", "run_coro_as_sync", "run_coroutine", "run_sync", "run_until_complete"}
)
#: Libraries that serve; of those that ask as well (aiohttp, websockets) the part that serves, or what they call for it.
_SERVERS: Final = frozenset({
    "aiohttp.web", "daphne", "fastapi", "granian", "grpc", "hypercorn", "litestar", "quart", "sanic", "socketio",
    "starlette", "tornado", "uvicorn",
})  # fmt: skip
_SERVING: Final = frozenset(
    {"create_server", "run_app", "run_forever", "serve", "serve_forever", "start_server", "start_unix_server"}
)
_NEVER: Final = frozenset({"Never", "NoReturn"})
#: Who calls a function is followed through so many callers.
_DEEPEST: Final = 200
_NAME: Final = lazy(r"[A-Za-z_]\w*")
#: What stands before a text in the tables of a function, which names nothing.
_CONSTANTS: Final = frozenset({'["k",', '"=",'})
#: Imports in the tables of a function.
_IMPORTS: Final = lazy(r'\["m","([^"]+)"')
#: Imports, those over several lines too, and texts that name a module (`"app.main:app"`).
_IMPORTING: Final = lazy(
    r"""^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]*\([^)]*\)|(?:from|import)[ \t][^\n#]*)"""
    r"""|["'](?:\w+\.)+\w+(?::\w+)?["']|["']\w+:\w+["']""",
    re.MULTILINE,
)


class Origins:
    """The origins of a project's async frames."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._project = evaluator.project
        self._tables = Tables.of(self._project, evaluator.modules)
        self._aside: dict[tuple[str, int], bool] = {}
        #: The functions that are being asked about, each with its depth, and the lowest of them that was asked again;
        #: what was found of functions meanwhile, if these run aside.
        self._pending: dict[tuple[str, int], int] = {}
        self._lowest = 0
        self._assumed: dict[tuple[str, int], bool | None] = {}
        self._programs: dict[str, bool] = {}
        self._servers: dict[str, bool] = {}
        self._entries: dict[tuple[str, int], int] = {}
        #: What services that never return do before their loop.
        self._prologues: set[tuple[str, int]] = set()

    def aside(self, module: Module, function: int) -> bool:
        """Tell whether a frame runs only in tests, at start-up or shutdown, or in a script that serves nobody."""
        return self._is_aside(module, function) is True

    def _is_aside(self, module: Module, function: int) -> bool | None:
        """Tell whether a frame runs aside, None where nothing but functions that are being asked about names it.

        Functions that call each other are aside together if all that calls them from elsewhere is.
        """
        key = (module.path, function)
        known = self._aside.get(key)
        if known is not None:
            return known
        if key in self._pending or key in self._assumed:
            self._lowest = min(self._lowest, self._pending.get(key, 0))
            return self._assumed.get(key)
        depth = len(self._pending)
        if depth >= _DEEPEST:
            return False
        before, self._lowest = self._lowest, depth
        self._pending[key] = depth
        found = self._find(module, function)
        del self._pending[key]
        if self._lowest < depth and found is not False:
            self._assumed[key] = found
            self._lowest = min(before, self._lowest)
            return found
        # of functions that only call each other none starts at start-up
        self._aside[key] = found is True
        if not found or not depth:
            self._assumed.clear()
        self._lowest = before
        return found is True

    def begins(self, module: Module, function: int, line: int) -> bool:
        """Tell whether a line of a function runs before anybody else does on the loop: at the start of a program."""
        return line < self._beginning(module, function)

    def _beginning(self, module: Module, function: int) -> int:
        """Return the line at which the main coroutine of a program begins to serve, 0 for any other function."""
        key = (module.path, function)
        known = self._entries.get(key)
        if known is None:
            self._entries[key] = 0
            known = self._entries[key] = self._served_from(module, function) if self._is_main(module, function) else 0
        return known

    def _is_main(self, module: Module, function: int) -> bool:
        """Tell whether a coroutine is only ever run as the first of a loop: `asyncio.run(main())`."""
        record = module.functions[function]
        if not record["f"] & ASYNC or record.get("d") or record.get("c") is not None:
            return False
        if record.get("o"):
            outer = module.functions[record["o"]]
            return not outer["f"] & ASYNC and _starts(module, record["o"], record["n"], _LOOPS)
        started = False
        for other, caller in self._mentions(module, function):
            if other.functions[caller]["f"] & ASYNC or not _starts(other, caller, record["n"], _LOOPS):
                return False
            started = True
        return started

    def _served_from(self, module: Module, function: int) -> int:
        """Return the first line of a function with a loop, or with a call that starts something or serves."""
        node = _node_of(self._project.read(module.path) or "", module.functions[function])
        if node is None:
            return 0
        last = node.end_lineno or node.lineno
        return min(
            (
                part.lineno
                for part in own_nodes(*node.body)
                if isinstance(part, ast.expr | ast.stmt) and _is_beginning(part)
            ),
            default=last + 1,
        )

    def _find(self, module: Module, function: int) -> bool | None:
        if is_test(os.path.relpath(module.path, self._project.root)):
            return True
        decorators = [last_name(decorator) for decorator in _decorators(module, function)]
        if any(name in _STARTUP_HOOKS for name in decorators) or _is_lifespan(
            module.functions[function]["n"], decorators
        ):
            return True
        outer = module.functions[function].get("o")
        if outer:
            return self._runs_script(module, outer, module.functions[function]["n"]) or self._is_aside(module, outer)
        if self._is_command_line(module) or self._is_program(module):
            return True
        if not _COMMANDS.isdisjoint(decorators) and (
            _imports(module, _COMMAND_LINES) or self._is_command(module, function)
        ):
            return True
        if not _JOBS.isdisjoint(decorators) and _imports(module, _JOB_QUEUES):
            return True
        if decorators and not set(decorators) <= {"asynccontextmanager", "contextmanager", "wraps"}:
            return False
        return self._all_mentions_aside(module, function)

    def _is_command_line(self, module: Module) -> bool:
        """Tell by its name whether a module is of a command line: `cli.py`, or in a package `cli`; no server is."""
        *folders, name = os.path.relpath(module.path, self._project.root).split(os.sep)
        named = "cli" in folders or name in {"__main__.py", "cli.py"} or folders[-2:] == ["management", "commands"]
        return named and not self._serves(module)

    def _is_program(self, module: Module) -> bool:
        """Tell whether a module is a script that serves nobody and starts its loop itself, and that nobody imports."""
        known = self._programs.get(module.path)
        if known is None:
            text = self._project.read(module.path) or ""
            known = self._programs[module.path] = (
                "__main__" in text
                and _MAIN.search(text) is not None
                and not self._serves(module)
                and (
                    _hands_over(module, text) or any(_starts_any(module, each) for each in range(len(module.functions)))
                )
                and not self._is_imported(module)
            )
        return known

    def _serves(self, module: Module) -> bool:
        """Tell by what a module imports and calls whether it runs a server."""
        known = self._servers.get(module.path)
        if known is None:
            known = self._servers[module.path] = _imports(module, _SERVERS) or any(
                not _SERVING.isdisjoint(module.called(function)) for function in range(len(module.functions))
            )
        return known

    def _is_imported(self, module: Module) -> bool:
        """Tell whether another file of the project, but for tests, imports a module or names it in a text."""
        last = os.path.basename(module.path).removesuffix(".py")
        if last not in self._imported:
            return False
        named = re.compile(rf"""["']{re.escape(module.name)}(?::\w+)?["']""")
        ways = (module.name, f"{module.name.rpartition('.')[0] or last} import", "from .")
        for path, names in self._importing.items():
            if path == module.path or last not in names or is_test(os.path.relpath(path, self._project.root)):
                continue
            text = self._tables.text(path)
            if named.search(text):
                return True
            if not any(way in text for way in ways):
                continue  # so that a large project is not loaded for it
            other = self._evaluator.modules.module(path)
            if other is None:
                return True
            dotted = {binding[1] for bindings in other.names.values() for binding in bindings if _is_import(binding)}
            for function in other.naming(last):
                dotted.update(_IMPORTS.findall(other.raw(function)))
            wholes = {other.absolute(each) for each in dotted}
            if any(each == module.name or each.startswith(f"{module.name}.") for each in wholes):
                return True
        return False

    def _is_command(self, module: Module, function: int) -> bool:
        """Tell whether a decorator is a method of a command-line framework's application."""
        evaluator = self._evaluator
        for decorator in _decorators(module, function):
            if type(decorator) is str and last_name(decorator) in _COMMANDS:
                for value in evaluator.value(decorator.rpartition(".")[0], evaluator.module_frame(module)):
                    names = library_bases(evaluator, *value[1:3]) if value[0] == "I" else [str(value[-1])]
                    if any(name.partition(".")[0] in _COMMAND_LINES for name in names):
                        return True
        return False

    def _all_mentions_aside(self, module: Module, function: int) -> bool | None:
        """Tell whether a function is named at all, and only in what runs at start-up, in tests or in a script."""
        found: bool | None = None
        for other, caller in self._mentions(module, function):
            is_aside = self._is_aside_in(module, function, other, caller)
            if is_aside is False:
                return False
            found = found or is_aside
        return found

    def _mentions(self, module: Module, function: int) -> Iterator[tuple[Module, int]]:
        """Yield the functions that name a function, each with its module; 0 is the body of the module."""
        name = module.functions[function]["n"]
        mention = re.compile(rf'["^.]{re.escape(name)}["\\.]')
        for path in self._files_naming(name):
            if not self._may_import(module, function, path):
                continue
            other = self._evaluator.modules.module(path)
            for caller in other.naming(name) if other is not None else ():
                assert other is not None
                if (other is module and caller == function) or not mention.search(other.raw(caller)):
                    continue
                if module.functions[function].get("c") is None and not self._may_mean(module, other, caller, name):
                    continue
                if other.functions[caller]["n"] == "__getattr__" and other.functions[caller].get("c") is None:
                    continue  # a module that hands on names of another one
                yield other, caller

    def _is_aside_in(self, module: Module, function: int, other: Module, caller: int) -> bool | None:
        """Tell whether a function runs at start-up, in tests or in a script where another one names it."""
        name = module.functions[function]["n"]
        if caller == 0:
            return _is_registration(other, name) or (_starts(other, 0, name) and not self._serves(other))
        if _hands_to_hook(other, caller, name) or self._runs_script(other, caller, name):
            return True
        if self._begins_with(other, caller, name):
            self._prologues.add((module.path, function))
            return True
        if self._is_named_before(other, caller, name):
            return True
        is_aside = self._is_aside(other, caller)
        return False if is_aside and self._starts_task(other, caller, name) else is_aside

    def _may_mean(self, module: Module, other: Module, caller: int, name: str) -> bool:
        """Tell whether a function names a plain function of a module, and not an attribute of some object only."""
        mention = re.compile(rf'(\["[mk]",|"=",)?"([^"]*)(?<![^".^]){re.escape(name)}(?:\.|"(:)?)')
        prefixes = [
            (before, prefix)
            for before, prefix, is_key in mention.findall(other.raw(caller))
            if not is_key and before not in _CONSTANTS
        ]
        if any(before or not prefix.endswith(".") for before, prefix in prefixes):
            return other is module or not _defines(other, name) or any(before for before, _ in prefixes)
        evaluator = self._evaluator
        owners = {prefix.removesuffix(".") for _, prefix in prefixes}
        values = [value for owner in owners for value in evaluator.value(owner, evaluator.entry(other, caller))]
        modules = [evaluator.modules.module(value[1]) for value in values if value[0] == "M"]
        return any(named is module or (named is not None and _hands_on(named, name)) for named in modules)

    def _may_import(self, module: Module, function: int, path: str) -> bool:
        """Tell by its text whether a file can mean this function by its name: a plain function has to be imported."""
        if path == module.path or module.functions[function].get("c") is not None:
            return True
        return os.path.basename(path) == "__init__.py" or module.home in self._tables.text(path)

    def _runs_script(self, module: Module, caller: int, name: str) -> bool:
        """Tell whether a plain function is an entry point: `def main(): asyncio.run(serve())`."""
        return not module.functions[caller]["f"] & ASYNC and _starts(module, caller, name) and not self._serves(module)

    def _begins_with(self, module: Module, caller: int, name: str) -> bool:
        """Tell whether a service that never returns names a function only before its loop, which is at its start."""
        record = module.functions[caller]
        if not record["f"] & ASYNC or last_name(record.get("r")) not in _NEVER:
            return False
        node = _node_of(self._project.read(module.path) or "", record)
        if node is None:
            return False
        loops = (part for part in ast.walk(node) if isinstance(part, ast.AsyncFor | ast.For | ast.While))
        return not any(_is_named(part, name) for loop in loops for part in ast.walk(loop))

    def _is_named_before(self, module: Module, caller: int, name: str) -> bool:
        """Tell whether the main coroutine of a program names a function only before it begins to serve."""
        beginning = self._beginning(module, caller)
        if not beginning:
            return False
        node = _node_of(self._project.read(module.path) or "", module.functions[caller])
        if node is None:
            return False
        lines = [
            part.lineno
            for part in own_nodes(*node.body)
            if isinstance(part, ast.Name | ast.Attribute) and _is_named(part, name)
        ]
        everywhere = sum(_is_named(part, name) for part in ast.walk(node))
        return len(lines) == everywhere and 0 < max(lines, default=0) < beginning

    def _starts_task(self, module: Module, caller: int, name: str) -> bool:
        """Tell whether what a service does before its loop starts a function as a task, which goes on beside it."""
        calls = module.body(caller).get("c", ())
        return (module.path, caller) in self._prologues and any(
            last_name(call[0]) == name and call[7] & COLLECTED for call in calls
        )

    @functools.cached_property
    def _imported(self) -> frozenset[str]:
        """The last names of all modules that the project's files may import, those named in texts among them."""
        return frozenset(name for names in self._importing.values() for name in names)

    @functools.cached_property
    def _importing(self) -> dict[str, list[str]]:
        """The names of modules and of what is in them that each file may import."""
        return self._tables.gathered("imported names", lambda _path, text: _imported_names(text), tests=True)

    def _files_naming(self, name: str) -> list[str]:
        """Return the files in which the name of an async function of the project occurs."""
        if name in self._unsaved:
            texts = ((path, self._project.read(path) or "") for path in self._project.files())
            return [path for path, text in texts if name in text and name in _NAME.findall(text)]
        return self._mentioning.get(name, [])

    @functools.cached_property
    def _mentioning(self) -> dict[str, list[str]]:
        """The files in which the name of each async function that stands on disk occurs."""
        defined = self._tables.gathered("async names", lambda _path, text: _async_names(text) or None, tests=True)
        wanted = frozenset(name for names in defined.values() for name in names)
        foreign = [name for name in wanted if not name.isascii()]

        def mentioned(_path: str, text: str) -> list[str] | None:
            found = wanted & words_of(text).each
            return sorted(found.union(name for name in foreign if name in text)) or None

        table = self._tables.gathered("async mentions", mentioned, tests=True)
        files: dict[str, list[str]] = {}
        for path, names in table.items():
            for name in names:
                files.setdefault(name, []).append(path)
        return files

    @functools.cached_property
    def _unsaved(self) -> frozenset[str]:
        """The names of async functions of a buffer that it has not on disk, so that no table knows who names them."""
        found: set[str] = set()
        for source in self._project.overlays:
            on_disk = _async_names(self._project.on_disk(source.absolute) or "")
            found.update(set(_async_names(source.text)).difference(on_disk))
        return frozenset(found)


def _async_names(text: str) -> list[str]:
    return sorted(set(ASYNC_FUNCTION.findall(text))) if "async" in text else []


def _imported_names(text: str) -> list[str]:
    return sorted({name for match in _IMPORTING.finditer(text) for name in _NAME.findall(match[0])})


def _hands_on(module: Module, name: str) -> bool:
    """Tell whether a name of a module is imported by it, or what it means there cannot be told."""
    return all(type(binding) is list and binding[0] == "m" for binding in module.names.get(name, ()))


def _defines(module: Module, name: str) -> bool:
    """Tell whether a name of a module is a function or class of its own, and nothing else."""
    bindings = module.names.get(name, ())
    return bool(bindings) and all(type(binding) is list and binding[0] in {"F", "C"} for binding in bindings)


def _is_named(node: ast.AST, name: str) -> bool:
    return (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)


def _decorators(module: Module, function: int) -> Iterator[Any]:
    """Yield the decorators of a function, those with arguments as what is called."""
    calls = module.body(module.functions[function].get("o") or 0).get("c", ())
    for decorator in module.functions[function].get("d", ()):
        yield calls[decorator[1]][0] if type(decorator) is list and decorator[0] == "c" else decorator


def _imports(module: Module, roots: frozenset[str]) -> bool:
    """Tell whether a module imports one of these libraries, or such a part of one, at its top level."""
    return any(
        _is_import(binding)
        and not roots.isdisjoint((binding[1].partition(".")[0], ".".join(binding[1].split(".")[:2])))
        for bindings in module.names.values()
        for binding in bindings
    )


def _is_lifespan(name: str, decorators: list[str]) -> bool:
    return "lifespan" in name or ("asynccontextmanager" in decorators and name in {"startup", "app_context"})


def _mentions(expression: Any, name: str) -> bool:
    return type(expression) is str and expression.rpartition(".")[2] == name


def _is_registration(module: Module, name: str) -> bool:
    """Tell whether a module's own body names a function only to register it as a lifespan or event handler."""
    return _hands_to_hook(module, 0, name)


def _hands_to_hook(module: Module, function: int, name: str) -> bool:
    for call in module.body(function).get("c", ()):
        if any(_is_handed(call[2].get(hook), name) for hook in _STARTUP_LISTS):
            return True
        called = last_name(call[0])
        adds = called in _ADDERS and type(call[0]) is str and last_name(call[0].rpartition(".")[0]) in _STARTUP_LISTS
        if (called in _STARTUP_HOOKS or adds) and any(_is_handed(argument, name) for argument in call[1]):
            return True
    return False


def _is_handed(argument: Any, name: str) -> bool:
    """Tell whether a function is given by its name, or in a list."""
    if type(argument) is list and argument and argument[0] == "t":
        return any(_mentions(part, name) for part in argument[1:])
    return _mentions(argument, name)


def _node_of(text: str, record: dict[str, Any]) -> ast.AsyncFunctionDef | None:
    """Return the tree of an async function."""
    return _async_functions(text).get((record["n"], record["l"]))


@of_the_run
@functools.lru_cache(maxsize=1)
def _async_functions(text: str) -> dict[tuple[str, int], ast.AsyncFunctionDef]:
    """Return the trees of the async functions of a file by name and line."""
    tree = parsed(text)
    nodes = ast.walk(tree) if tree is not None else ()
    return {(node.name, node.lineno): node for node in nodes if isinstance(node, ast.AsyncFunctionDef)}


def _is_beginning(node: ast.AST) -> bool:
    match node:
        case ast.AsyncFor() | ast.While():
            return True
        case ast.Await(value=ast.Call(func=function)):
            return _called(function) in _AWAITED_BEGINNINGS
        case ast.Call(func=function):
            return _called(function) in _BEGINNINGS
    return False


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _starts(module: Module, function: int, name: str, runners: frozenset[str] = _RUNNERS) -> bool:
    """Tell whether a function does `asyncio.run(name())`."""
    calls = module.body(function).get("c", ())
    for call in calls:
        if last_name(call[0]) in runners:
            for argument in call[1]:
                if _mentions(argument, name):
                    return True
                called = calls[argument[1]][0] if type(argument) is list and argument[0] == "c" else None
                if last_name(called) == name or _is_inner(module, function, called, name):
                    return True
    return False


def _is_inner(module: Module, function: int, called: Any, name: str) -> bool:
    """Tell whether what is called is a function of this name that is defined within the function that calls it."""
    definitions = module.body(function).get("d", ())
    if type(called) is not str or not called.isdigit() or int(called) >= len(definitions):
        return False
    match definitions[int(called)]:
        case ["F", int(inner)]:
            return bool(module.functions[inner]["n"] == name)
    return False


def _hands_over(module: Module, text: str) -> bool:
    """Tell whether what runs as a script hands a coroutine to what runs it: `exit_main(main)`."""
    main = {record["n"] for record in module.functions if record["f"] & ASYNC and not record.get("o")}
    tree = parsed(text)
    blocks = [node for node in tree.body if isinstance(node, ast.If)] if tree is not None else []
    return any(
        isinstance(argument, ast.Name) and argument.id in main
        for block in blocks
        if "__name__" in ast.unparse(block.test)
        for part in ast.walk(block)
        if isinstance(part, ast.Call)
        for argument in part.args
    )


def _is_import(binding: Any) -> bool:
    return type(binding) is list and bool(binding) and binding[0] == "m"


def _starts_any(module: Module, function: int) -> bool:
    """Tell whether a function runs a coroutine that it names on a loop of its own."""
    return any(
        last_name(call[0]) in _RUNNERS and call[1] and type(call[1][0]) is list and call[1][0][0] == "c"
        for call in module.body(function).get("c", ())
    )
