"""Where an async frame is started from: requests, or only start-up, a script or tests."""

from __future__ import annotations

import ast
import functools
import os
import re
from typing import Any, Final

from flake8_planalign.kinds import is_test
from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy
from flake8_planalign.process.beginnings import Beginnings, is_named, node_of
from flake8_planalign.process.handed import Handed
from flake8_planalign.process.mentions import Mentions
from flake8_planalign.process.portals import Portals
from flake8_planalign.process.runners import TRANSPARENT, Runners, decorators_of
from flake8_planalign.process.schedulers import Schedulers
from flake8_planalign.process.starting import RUNNERS, TASKS, means, schedules, starts
from flake8_planalign.process.statements import own_nodes
from flake8_planalign.process.tables import Tables
from flake8_planalign.python.facts import ASYNC, COLLECTED
from flake8_planalign.python.members import library_bases
from flake8_planalign.python.modules import Module, is_import, last_name
from flake8_planalign.python.ways import Ways

__all__ = ["Origins"]

_STARTUP_HOOKS: Final = frozenset({
    "add_event_handler", "after_server_stop", "after_serving", "before_server_start", "before_server_stop",
    "before_serving", "main_process_start", "main_process_stop", "on_app_shutdown", "on_app_startup", "on_event",
    "on_shutdown", "on_startup", "post_init", "post_shutdown", "post_stop", "while_serving",
})  # fmt: skip
#: Lists of what runs at start-up or shutdown: keywords, attributes of classes, and attributes that one appends to.
_STARTUP_LISTS: Final = frozenset({
    "after_startup", "cleanup_ctx", "lifespan", "on_cleanup", "on_shutdown", "on_startup", "shutdown", "startup",
})  # fmt: skip
#: What registers a function for an event.
_REGISTRARS: Final = frozenset({"add_listener", "register_event_handler", "register_listener"})
#: What adds to such a list: `app.on_startup.append(connect)`, `dispatcher.startup.register(connect)`.
_ADDERS: Final = frozenset({"append", "extend", "register"})
#: Methods that a library calls at the start or end of a service or bot that derives from one of its classes.
_HOOKS: Final = {
    **dict.fromkeys(("discord", "disnake", "nextcord"), frozenset({"cog_load", "cog_unload", "setup_hook"})),
    "mode": frozenset({"on_first_start", "on_shutdown", "on_start", "on_started", "on_startup_finished", "on_stop"}),
}
#: Decorators of command-line frameworks: each command is a process, whose loop runs it alone.
_COMMANDS: Final = frozenset({"callback", "command", "default", "group"})
_COMMAND_LINES: Final = frozenset({"asyncclick", "asyncer", "click", "cyclopts", "typer"})
#: What asks a person at a terminal, or shows one a page.
_DIALOGUES: Final = frozenset({
    "click.confirm", "click.prompt", "getpass.getpass", "input", "typer.confirm", "typer.prompt", "webbrowser.open",
})  # fmt: skip
#: Frameworks whose asynchronous views each have a loop of their own, and what registers a view.
_FLASK: Final = frozenset({"flask"})
_VIEWS: Final = frozenset({"delete", "get", "patch", "post", "put", "route"})
#: Libraries that load extensions, and what these are entered and left by.
_BOTS: Final = frozenset({"discord", "disnake", "nextcord"})
_EXTENSIONS: Final = frozenset({"setup", "teardown"})
#: What such a function adds to a bot, by which it is known where the library is imported elsewhere.
_COGS: Final = frozenset({"add_cog", "remove_cog"})
#: Job queues whose workers run each coroutine on a loop of its own, and their decorators.
_JOB_QUEUES: Final = frozenset({"django_rq", "rq"})
_JOBS: Final = frozenset({"job"})
_MAIN: Final = lazy(r"""^if\s+__name__\s*==\s*['"]__main__['"]\s*:""", re.MULTILINE)
#: Libraries that serve; of those that ask as well (aiohttp, websockets) the part that serves, or what they call for it.
_SERVERS: Final = frozenset({
    "aiohttp.web", "daphne", "fastapi", "granian", "grpc", "hypercorn", "litestar", "quart", "sanic", "socketio",
    "starlette", "tornado", "uvicorn",
})  # fmt: skip
_SERVING: Final = frozenset(
    {"create_server", "run_app", "run_forever", "serve", "serve_forever", "start_server", "start_unix_server"}
)
#: What gives the loop that runs, of which who stops it ends the program.
_LOOPS: Final = frozenset({"current", "get_event_loop", "get_running_loop"})
_LOOP_NAMES: Final = frozenset({"_io_loop", "_loop", "event_loop", "io_loop", "loop"})
_NEVER: Final = frozenset({"Never", "NoReturn"})
#: Who calls a function is followed through so many callers.
_DEEPEST: Final = 200
_NAME: Final = lazy(r"[A-Za-z_]\w*")
#: A text that may name a module.
_DOTTED_TEXT: Final = lazy(r"""["']((?:\w+\.)+\w+)["']""")
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

    def __init__(self, ways: Ways) -> None:
        evaluator = ways.evaluator
        self._evaluator = evaluator
        self._project = evaluator.project
        self._tables = Tables.of(self._project, evaluator.modules)
        self.mentions = Mentions(evaluator, self._tables)
        self._portals = Portals(ways.graph)
        self._beginnings = Beginnings(evaluator, self._tables, self.mentions, self._portals)
        self._schedulers = Schedulers(evaluator, self._tables, self.mentions)
        self._runners = Runners(evaluator, self._tables, self.mentions, self.aside, self._is_aside_in)
        self.handed = Handed(ways, self.mentions, self._tables, self._runners.others_may_call)
        self._aside: dict[tuple[str, int], bool] = {}
        #: The functions that are being asked about, each with its depth, and the lowest of them that was asked again;
        #: what was found of functions meanwhile, if these run aside.
        self._pending: dict[tuple[str, int], int] = {}
        self._lowest = 0
        self._assumed: dict[tuple[str, int], bool | None] = {}
        self._programs: dict[str, bool] = {}
        self._servers: dict[str, bool] = {}
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

    def starts(self, module: Module, function: int) -> bool:
        """Tell whether all that is known to run a frame are start-up, tests or scripts, if others may."""
        return self._runners.start(module, function)

    def serves(self, module: Module, function: int) -> bool:
        """Tell whether a frame is known to run beside others that are served."""
        return self._runners.serve(module, function)

    def off_loop(self, module: Module, function: int) -> bool:
        """Tell whether a coroutine runs on no event loop, but is driven by a scheduler of the project's own."""
        return self._schedulers.drive(module, function)

    def begins(self, module: Module, function: int, line: int) -> bool:
        """Tell whether a line of a function runs before anybody else does on the loop, or at the end of a program."""
        return self._beginnings.holds(module, function, line)

    def _find(self, module: Module, function: int) -> bool | None:
        if is_test(self._project.relative(module.path)):
            return True
        decorators = [last_name(decorator) for decorator in decorators_of(module, function)]
        if any(name in _STARTUP_HOOKS or name == "fixture" for name in decorators) or _is_lifespan(
            module.functions[function]["n"], decorators
        ):
            return True
        if any(
            self._is_view_alone(module, each) or self._is_alone_by(module, each)
            for each in decorators_of(module, function)
        ):
            return True
        outer = module.functions[function].get("o")
        if outer and self._is_left_running(module, function, outer):
            return False
        if outer:
            return self._runs_script(module, outer, module.functions[function]["n"]) or self._is_aside(module, outer)
        if self._is_command_line(module) or self.is_script(module) or self._is_loaded_by_script(module):
            return True
        if not _COMMANDS.isdisjoint(decorators) and (
            _imports(module, _COMMAND_LINES) or self._is_command(module, function)
        ):
            return True
        if not _JOBS.isdisjoint(decorators) and _imports(module, _JOB_QUEUES):
            return True
        if module.functions[function]["f"] & ASYNC and (
            _stops_loop(module, function)
            or self._is_hook(module, function)
            or _is_extension(module, function)
            or _asks_person(module, function)
        ):
            return True
        if not TRANSPARENT.issuperset(decorators):
            return False
        return self._all_mentions_aside(module, function)

    def _is_view_alone(self, module: Module, decorator: Any) -> bool:
        """Tell whether a decorator makes a view of Flask, which runs each coroutine on a loop of its own."""
        owner = decorator.rpartition(".")[0] if type(decorator) is str else ""
        if last_name(decorator) not in _VIEWS or not _imports(module, _FLASK):
            return False
        frame = self._evaluator.module_frame(module)
        values = self._evaluator.value(owner, frame) if owner and not owner[0].isdigit() else ()
        return all(value[0] == "xi" and value[1].partition(".")[0] in _FLASK for value in values)

    def _is_alone_by(self, module: Module, decorator: Any) -> bool:
        """Tell whether a decorator of the project runs each coroutine on a loop of its own."""
        values = self._evaluator.value(decorator, self._evaluator.module_frame(module))
        others = ((self._evaluator.modules.module(value[1]), value[2]) for value in values if value[0] == "F")
        return any(other is not None and self._portals.decorates_alone(other, number) for other, number in others)

    def _is_hook(self, module: Module, function: int) -> bool:
        """Tell whether a method is what a library's class calls at the start or end."""
        record = module.functions[function]
        if record.get("c") is None or not any(record["n"] in names for names in _HOOKS.values()):
            return False
        bases = library_bases(self._evaluator, module.path, record["c"])
        return any(record["n"] in _HOOKS.get(base.partition(".")[0], ()) for base in bases)

    def _is_command_line(self, module: Module) -> bool:
        """Tell by its name whether a module is of a command line: `cli.py`, or in a package `cli`; no server is."""
        *folders, name = self._project.relative(module.path).split("/")
        named = (
            "cli" in folders
            or "_cli" in folders
            or name in {"__main__.py", "cli.py"}
            or folders[-2:] == ["management", "commands"]
        )
        return named and not self._serves(module)

    def is_script(self, module: Module) -> bool:
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

    def _is_loaded_by_script(self, module: Module) -> bool:
        """Tell whether only scripts load a module, by its name in a text: `import_module(SOURCES[name])`."""
        if module.name not in self._loaded or self._serves(module):
            return False
        scripts = [self._evaluator.modules.module(path) for path in self._loaded[module.name]]
        return all(script is not None and self.is_script(script) for script in scripts) and not self._is_imported(
            module, texts=False
        )

    @functools.cached_property
    def _loaded(self) -> dict[str, list[str]]:
        """The files that load modules by texts, by the names of modules in their texts."""
        found: dict[str, list[str]] = {}
        told = self._tables.told("loaded modules", lambda _path, text: _loaded_names(text) or None)
        for path, names in told.items():
            for name in names:
                found.setdefault(name, []).append(path)
        return found

    def _serves(self, module: Module) -> bool:
        """Tell by what a module imports and calls whether it runs a server."""
        known = self._servers.get(module.path)
        if known is None:
            known = self._servers[module.path] = _imports(module, _SERVERS) or any(
                not _SERVING.isdisjoint(module.called(function)) for function in range(len(module.functions))
            )
        return known

    def _is_imported(self, module: Module, *, texts: bool = True) -> bool:
        """Tell whether another file of the project, but for tests, imports a module or names it in a text."""
        last = os.path.basename(module.path).removesuffix(".py")
        if last not in self._imported:
            return False
        named = re.compile(rf"""["']{re.escape(module.name)}(?::\w+)?["']""")
        ways = (module.name, f"{module.name.rpartition('.')[0] or last} import", "from .")
        for path, names in self._importing.items():
            if path == module.path or last not in names or is_test(self._project.relative(path)):
                continue
            text = self._tables.text(path)
            if texts and named.search(text):
                return True
            if not any(way in text for way in ways):
                continue  # so that a large project is not loaded for it
            if self._loaded and module.path in self._loaded.get(self._evaluator.modules.name_of(path), ()):
                continue  # what it loads itself
            other = self._evaluator.modules.module(path)
            if other is None:
                return True
            dotted = {binding[1] for bindings in other.names.values() for binding in bindings if is_import(binding)}
            for function in other.naming(last):
                dotted.update(_IMPORTS.findall(other.raw(function)))
            wholes = {other.absolute(each) for each in dotted}
            is_named = any(each == module.name or each.startswith(f"{module.name}.") for each in wholes)
            if is_named and not self._only_runs(other, text):
                return True
        return False

    def _only_runs(self, module: Module, text: str) -> bool:
        """Tell whether a file is a script that only runs what it imports, such as an old name of another script."""
        return len(module.functions) == 1 and _MAIN.search(text) is not None and not self._serves(module)

    def _is_command(self, module: Module, function: int) -> bool:
        """Tell whether a decorator is a method of a command-line framework's application."""
        evaluator = self._evaluator
        for decorator in decorators_of(module, function):
            owner = decorator.rpartition(".")[0] if type(decorator) is str else ""
            if owner and last_name(decorator) in _COMMANDS:
                for value in evaluator.value(owner, evaluator.module_frame(module)):
                    names = library_bases(evaluator, *value[1:3]) if value[0] == "I" else [str(value[-1])]
                    if any(name.partition(".")[0] in _COMMAND_LINES for name in names):
                        return True
        return False

    def _all_mentions_aside(self, module: Module, function: int) -> bool | None:
        """Tell whether a function is named at all, and only in what runs at start-up, in tests or in a script.

        Tests alone tell nothing of a method that others have too: a library may call it as it calls those.
        """
        found: bool | None = True if _is_setting(module, function) else None
        tested = True
        for other, caller in self.mentions.of(module, function):
            is_aside = self._is_aside_in(module, function, other, caller)
            if is_aside is False:
                return False
            found = found or is_aside
            tested = tested and self._tables.is_test(other.path)
        return False if tested and (module.path, function) in self.mentions.shared else found

    def _is_aside_in(self, module: Module, function: int, other: Module, caller: int) -> bool | None:
        """Tell whether a function runs at start-up, in tests or in a script where another one names it."""
        name = module.functions[function]["n"]
        if caller == 0:
            return _is_registration(other, name) or (
                self._portals.starts_alone(other, 0, name) and not self._serves(other)
            )
        if _hands_to_hook(other, caller, name) or self._runs_script(other, caller, name):
            return True
        if self._begins_with(other, caller, name):
            self._prologues.add((module.path, function))
            return True
        if self._beginnings.names(other, caller, name):
            return True
        is_aside = self._is_aside(other, caller)
        if is_aside and (
            self._starts_task(other, caller, name)
            or self._goes_on(module, function, other, caller)
            or self._is_job(module, function, other, caller)
        ):
            return False
        return is_aside

    def _runs_script(self, module: Module, caller: int, name: str) -> bool:
        """Tell whether a plain function is an entry point: `def main(): asyncio.run(serve())`."""
        return (
            not module.functions[caller]["f"] & ASYNC
            and self._portals.starts_alone(module, caller, name)
            and not self._serves(module)
        )

    def _begins_with(self, module: Module, caller: int, name: str) -> bool:
        """Tell whether a service that never returns names a function only before its loop, which is at its start."""
        record = module.functions[caller]
        if not record["f"] & ASYNC or last_name(record.get("r")) not in _NEVER:
            return False
        node = node_of(self._project.read(module.path) or "", record)
        if node is None:
            return False
        loops = (part for part in ast.walk(node) if isinstance(part, ast.AsyncFor | ast.For | ast.While))
        return not any(is_named(part, name) for loop in loops for part in ast.walk(loop))

    def _starts_task(self, module: Module, caller: int, name: str) -> bool:
        """Tell whether what a service does before its loop starts a function as a task, which goes on beside it."""
        calls = module.body(caller).get("c", ())
        return (module.path, caller) in self._prologues and any(
            last_name(call[0]) == name and call[7] & COLLECTED for call in calls
        )

    def _goes_on(self, module: Module, function: int, other: Module, caller: int) -> bool:
        """Tell whether a service starts a coroutine as a task that loops, and so goes on beside its requests."""
        record = module.functions[function]
        if not starts(other, caller, record["n"], TASKS) or self._serves_nobody(other):
            return False
        node = node_of(self._project.read(module.path) or "", record)
        return node is not None and any(isinstance(part, ast.While) for part in own_nodes(*node.body))

    def _is_job(self, module: Module, function: int, other: Module, caller: int) -> bool:
        """Tell whether a service hands a coroutine to a scheduler on its loop, which runs it beside requests."""
        record = module.functions[function]
        return bool(
            record["f"] & ASYNC
            and schedules(self._evaluator, other, caller, record["n"])
            and not self._serves_nobody(other)
        )

    def _is_left_running(self, module: Module, function: int, outer: int) -> bool:
        """Tell whether a coroutine within another one goes on beside it: a task that loops, or a job."""
        return self._goes_on(module, function, module, outer) or self._is_job(module, function, module, outer)

    def _serves_nobody(self, module: Module) -> bool:
        """Tell whether a module is of tests, a command line or a script."""
        return self._tables.is_test(module.path) or self._is_command_line(module) or self.is_script(module)

    @functools.cached_property
    def _imported(self) -> frozenset[str]:
        """The last names of all modules that the project's files may import, those named in texts among them."""
        return frozenset(name for names in self._importing.values() for name in names)

    @functools.cached_property
    def _importing(self) -> dict[str, list[str]]:
        """The names of modules and of what is in them that each file may import."""
        return self._tables.told("imported names", lambda _path, text: _imported_names(text), tests=True)


def _loaded_names(text: str) -> list[str]:
    return sorted(set(_DOTTED_TEXT.findall(text))) if "import_module(" in text else []


def _imported_names(text: str) -> list[str]:
    return sorted({name for match in _IMPORTING.finditer(text) for name in _NAME.findall(match[0])})


def _imports(module: Module, roots: frozenset[str]) -> bool:
    """Tell whether a module imports one of these libraries, or such a part of one, at its top level."""
    return any(
        is_import(binding) and not roots.isdisjoint((binding[1].partition(".")[0], ".".join(binding[1].split(".")[:2])))
        for bindings in module.names.values()
        for binding in bindings
    )


def _is_lifespan(name: str, decorators: list[str]) -> bool:
    return "lifespan" in name or ("asynccontextmanager" in decorators and name in {"startup", "app_context"})


def _is_registration(module: Module, name: str) -> bool:
    """Tell whether a module's own body names a function only to register it as a lifespan or event handler."""
    return _hands_to_hook(module, 0, name)


def _is_setting(module: Module, function: int) -> bool:
    """Tell whether a class names a function of its module for start-up: `class Settings: on_startup = connect`."""
    record = module.functions[function]
    return record.get("c") is None and any(
        means(binding, record["n"])
        for each in module.classes
        for hook in _STARTUP_LISTS.intersection(each["m"])
        for binding in each["m"][hook]
    )


def _asks_person(module: Module, function: int) -> bool:
    """Tell whether a coroutine asks a person at the terminal, whose program serves nobody else."""
    return any(type(call[0]) is str and call[0] in _DIALOGUES for call in module.body(function).get("c", ()))


def _is_extension(module: Module, function: int) -> bool:
    """Tell whether a library of bots calls a function once, when it loads or leaves the module."""
    record = module.functions[function]
    return (
        record["n"] in _EXTENSIONS
        and record.get("c") is None
        and (_imports(module, _BOTS) or not _COGS.isdisjoint(module.called(function)))
    )


def _hands_to_hook(module: Module, function: int, name: str) -> bool:
    for call in module.body(function).get("c", ()):
        if any(_is_handed(call[2].get(hook), name) for hook in _STARTUP_LISTS):
            return True
        called = last_name(call[0])
        adds = called in _ADDERS and type(call[0]) is str and last_name(call[0].rpartition(".")[0]) in _STARTUP_LISTS
        if (called in _STARTUP_HOOKS or adds or _names_hook(call)) and any(
            _is_handed(argument, name) or _is_part(module, function, argument, name) for argument in call[1]
        ):
            return True
    return False


def _names_hook(call: list[Any]) -> bool:
    """Tell whether a call registers something for a named event: `register_listener(load, "before_server_start")`."""
    return last_name(call[0]) in _REGISTRARS and any(
        type(argument) is list and argument[0] == "k" and argument[1] in _STARTUP_HOOKS for argument in call[1]
    )


def _is_part(module: Module, function: int, argument: Any, name: str) -> bool:
    """Tell whether a function is given with some of its arguments: `partial(load, path)`."""
    if type(argument) is not list or argument[0] != "c":
        return False
    call = module.body(function)["c"][argument[1]]
    return last_name(call[0]) == "partial" and bool(call[1]) and means(call[1][0], name)


def _is_handed(argument: Any, name: str) -> bool:
    """Tell whether a function is given by its name, or in a list."""
    if type(argument) is list and argument and argument[0] == "t":
        return any(means(part, name) for part in argument[1:])
    return means(argument, name)


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


def _stops_loop(module: Module, function: int) -> bool:
    """Tell whether a coroutine stops the loop that runs it, so that it ends the program."""
    body = module.body(function)
    calls = body.get("c", ())
    for call in calls:
        if last_name(call[0]) == "stop":
            owner = call[0][1] if type(call[0]) is list else call[0].rpartition(".")[0]
            if type(owner) is str and owner.isdigit():
                owner = body["d"][int(owner)]
            if type(owner) is list and owner[0] == "c" and last_name(calls[owner[1]][0]) in _LOOPS:
                return True
            if type(owner) is str and last_name(owner) in _LOOP_NAMES:
                return True
    return False


def _starts_any(module: Module, function: int) -> bool:
    """Tell whether a function runs a coroutine that it names on a loop of its own."""
    return any(
        last_name(call[0]) in RUNNERS and call[1] and type(call[1][0]) is list and call[1][0][0] == "c"
        for call in module.body(function).get("c", ())
    )
