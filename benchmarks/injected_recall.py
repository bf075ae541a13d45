"""Injected recall: asynchronous calls of real applications become their blocking twins, and the plugin must find them.

python -m benchmarks.injected_recall CORPUS --python PY [--seed 1] [--each 40] [--json OUT] [--keep DIR]

In a copy of each application, at seeded random sites, each in code of its own:

sleep       `await asyncio.sleep(x)`                                   -> `time.sleep(x)`
client      `async with httpx.AsyncClient() as c: await c.get(u)`      -> `with httpx.Client() as c: c.get(u)`
attribute   `self.c = httpx.AsyncClient()` ... `await self.c.get(u)`   -> `self.c = httpx.Client()` ... `self.c.get(u)`
session     `async def f(s: AsyncSession)` ... `await s.execute(q)`    -> `s: Session` ... `s.execute(q)`
redis       `async def f(r: redis.asyncio.Redis)` ... `await r.get(k)` -> `r: redis.Redis` ... `r.get(k)`
file        `async with aiofiles.open(p) as f: await f.read()`         -> `with open(p) as f: f.read()`

At distance 0 the call blocks where it stands. At distance 1 to 4 the site calls a helper in a new module, which calls
the next, through as many modules; the last one blocks. Lines never move: imports join an import statement that is
there. A line on which the untouched application has a finding of that code is no site. The expectation is a finding of
the right code on the line of the called name.
"""

from __future__ import annotations

import argparse
import ast
import collections
import dataclasses
import json
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.applications import APPLICATIONS, Application, run_flake8

__all__ = ["Edit", "Mutation", "Site", "apply_edits", "main", "sites_in"]

DISTANCES = (0, 1, 2, 3, 4)
VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "send"})
STATEMENTS = frozenset(
    {"execute", "exec", "scalar", "scalars", "get", "commit", "refresh", "rollback", "flush", "merge"}
)
CODES = {
    "sleep": {"PAL111"},
    "client": {"PAL112"},
    "attribute": {"PAL112", "PAL131"},
    "session": {"PAL122"},
    "redis": {"PAL131"},
    "file": {"PAL114"},
}
SLEEPS = {"asyncio.sleep", "anyio.sleep", "trio.sleep"}
TWINS = {  # asynchronous class -> its blocking twin: module, name
    "httpx.AsyncClient": ("httpx", "Client"),
    "sqlalchemy.ext.asyncio.AsyncSession": ("sqlalchemy.orm", "Session"),
    "sqlmodel.ext.asyncio.session.AsyncSession": ("sqlmodel", "Session"),
    "redis.asyncio.Redis": ("redis", "Redis"),
    "redis.asyncio.StrictRedis": ("redis", "Redis"),
    "redis.asyncio.client.Redis": ("redis", "Redis"),
}
KIND_OF_TWIN = {"httpx": "client", "sqlalchemy.orm": "session", "sqlmodel": "session", "redis": "redis"}
NOQA = re.compile(rb"#\s*noqa", re.IGNORECASE)
FILE_NOQA = re.compile(rb"#\s*flake8[:=]\s*noqa", re.IGNORECASE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A replacement within one line: 1-based line, columns in UTF-8 bytes, the end exclusive."""

    line: int
    start: int
    end: int
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """An awaited call of a site: what stands before the parenthesis, the receiver if it has one, the method."""

    line: int
    start: int
    end: int
    receiver: str
    method: str


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """A place where blocking code can be injected: edits that turn it synchronous, and the calls that then block.

    `twin` is the module and name of the blocking class that the receivers become, `alias` the local name it needs.
    """

    kind: str
    calls: tuple[Call, ...]
    edits: tuple[Edit, ...]
    twin: tuple[str, str] | None = None
    alias: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Mutation:
    """A site, how far away its blocking calls are moved, and where the findings must stand."""

    application: str
    path: Path
    site: Site
    distance: int
    number: int

    @property
    def lines(self) -> frozenset[int]:
        """Return the lines that this mutation changes or expects something of."""
        return frozenset(edit.line for edit in self.site.edits) | {call.line for call in self.site.calls}


class Module:
    """The text of a module with what sites need to know: its imports, the names it binds, where an import can join."""

    def __init__(self, content: bytes) -> None:
        self.lines = content.split(b"\n")
        self.tree = ast.parse(content)
        self.imports: dict[str, set[str]] = collections.defaultdict(set)
        self.bound: set[str] = set()
        self.anchor: tuple[int, int] | None = None
        for node in ast.walk(self.tree):
            self._note(node)
        for statement in self.tree.body:
            if isinstance(statement, ast.Import) or (
                isinstance(statement, ast.ImportFrom) and statement.module != "__future__"
            ):
                self.anchor = (statement.end_lineno or 0, statement.end_col_offset or 0)
                break

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Import():
                for alias in node.names:
                    self.imports[alias.asname or alias.name.split(".")[0]].add(
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            case ast.ImportFrom(module=str(module), level=0):
                for alias in node.names:
                    self.imports[alias.asname or alias.name].add(f"{module}.{alias.name}")
            case ast.Name(ctx=ast.Store()):
                self.bound.add(node.id)
            case ast.arg():
                self.bound.add(node.arg)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.bound.add(node.name)

    def dotted(self, node: ast.expr) -> str:
        """Return the full name of a name or attribute chain whose root is imported under one meaning, else ''."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self.bound or len(self.imports[node.id]) != 1:
            return ""
        return ".".join([*self.imports[node.id], *reversed(parts)])

    def plain_line(self, line: int) -> bool:
        """Tell whether findings on a line are not waived."""
        return not NOQA.search(self.lines[line - 1])

    def awaited(self, node: ast.AST) -> Call | None:
        """Return the call of `await receiver.method(...)` or `await f(...)` whose head stands on one line."""
        if not (isinstance(node, ast.Await) and isinstance(node.value, ast.Call)):
            return None
        function = node.value.func
        line, end = function.end_lineno or 0, function.end_col_offset or 0
        if node.lineno != line or self.lines[line - 1][end : end + 1] != b"(" or not self.plain_line(line):
            return None
        if isinstance(function, ast.Attribute):
            return Call(line, node.col_offset, end, ast.unparse(function.value), function.attr)
        return Call(line, node.col_offset, end, "", ast.unparse(function))


def sites_in(module: Module) -> Iterator[Site]:
    """Yield every place of a module where blocking code can be injected."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Await():
                yield from _sleep(module, node)
            case ast.AsyncWith():
                yield from _with_client(module, node)
                yield from _with_file(module, node)
            case ast.AsyncFunctionDef():
                yield from _parameters(module, node)
                yield from _declared(module, node)
            case ast.ClassDef():
                yield from _attributes(module, node)


def _sleep(module: Module, node: ast.Await) -> Iterator[Site]:
    match module.awaited(node), node.value:
        case Call() as call, ast.Call(args=[argument], keywords=[]) if module.dotted(node.value.func) in SLEEPS:
            if not (isinstance(argument, ast.Constant) and not argument.value):  # sleep(0) only yields
                yield Site("sleep", (call,), ())


def _with_client(module: Module, node: ast.AsyncWith) -> Iterator[Site]:
    match node.items:
        case [ast.withitem(context_expr=ast.Call(func=function), optional_vars=ast.Name(id=name))]:
            full = module.dotted(function)
            if full != "httpx.AsyncClient" or function.lineno != node.lineno:
                return
            calls = _every_use(module, node.body, name, VERBS)
            if calls:
                twin = TWINS[full]
                alias, edit = _renamed(module, function, twin)
                yield Site("client", calls, (_without_async(node), edit), twin, alias)


def _with_file(module: Module, node: ast.AsyncWith) -> Iterator[Site]:
    match node.items:
        case [ast.withitem(context_expr=ast.Call(func=function), optional_vars=ast.Name(id=name))]:
            if module.dotted(function) != "aiofiles.open" or function.lineno != node.lineno or "open" in module.bound:
                return
            calls = _every_use(module, node.body, name, frozenset({"read", "write", "readline", "readlines"}))
            if calls and module.plain_line(node.lineno):
                opened = Edit(function.lineno, function.col_offset, function.end_col_offset or 0, "open")
                yield Site("file", calls, (_without_async(node), opened))


def _parameters(module: Module, node: ast.AsyncFunctionDef) -> Iterator[Site]:
    arguments = node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        for part in ast.walk(argument.annotation) if argument.annotation else ():
            if not isinstance(part, ast.Name | ast.Attribute) or module.dotted(part) not in TWINS:
                continue
            twin = TWINS[module.dotted(part)]
            kind = KIND_OF_TWIN[twin[0]]
            methods = {"session": STATEMENTS, "client": VERBS}.get(kind)
            calls = _awaited_on(module, node.body, argument.arg, methods)
            rebound = any(
                (isinstance(n, ast.Name) and n.id == argument.arg and isinstance(n.ctx, ast.Store))
                or _asks_class(n, argument.arg)
                for n in ast.walk(node)
            )
            if calls and not rebound and part.lineno == part.end_lineno:
                alias, edit = _renamed(module, part, twin)
                yield Site(kind, calls, (edit,), twin, alias)
            break


def _asks_class(node: ast.AST, name: str) -> bool:
    """Tell whether a node is `isinstance(name, ...)`: behind it, the annotation is not what the name is."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id=asked), _]):
            return asked == name
    return False


def _declared(module: Module, node: ast.AsyncFunctionDef) -> Iterator[Site]:
    for part in ast.walk(node):
        match part:
            case ast.AnnAssign(
                target=ast.Name(id=name), annotation=ast.Name() | ast.Attribute() as annotation, value=value
            ):
                full = module.dotted(annotation)
                calls = _awaited_on(module, node.body, name, None)
                if full in TWINS and TWINS[full][0] == "redis" and calls and not isinstance(value, ast.Call):
                    alias, edit = _renamed(module, annotation, TWINS[full])
                    yield Site("redis", calls, (edit,), TWINS[full], alias)


def _attributes(module: Module, node: ast.ClassDef) -> Iterator[Site]:
    made: dict[str, list[ast.expr]] = collections.defaultdict(list)
    for part in ast.walk(node):
        match part:
            case (
                ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value)
                | ast.AnnAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=name), value=ast.expr() as value)
            ):
                made[name].append(value)
    for name, values in made.items():
        classes = [_constructed(module, value) for value in values]
        if None in classes or len({module.dotted(c) for c in classes if c}) != 1:
            continue
        found = [c for c in classes if c is not None]
        twin = TWINS[module.dotted(found[0])]
        calls = _awaited_on(module, node.body, f"self.{name}", VERBS if twin[0] == "httpx" else None)
        if calls:
            alias, _ = _renamed(module, found[0], twin)
            edits = tuple(_renamed(module, c, twin)[1] for c in found)
            yield Site("attribute", calls, edits, twin, alias)


def _constructed(module: Module, value: ast.expr) -> ast.expr | None:
    match value:
        case ast.Call(func=ast.Attribute(value=owner, attr="from_url")) if module.dotted(owner) in TWINS:
            return owner
        case ast.Call(func=function) if module.dotted(function) in TWINS:
            return function
    return None


def _awaited_on(
    module: Module, body: Iterable[ast.AST], receiver: str, methods: frozenset[str] | None
) -> tuple[Call, ...]:
    calls = (module.awaited(node) for statement in body for node in ast.walk(statement))
    return tuple(
        call
        for call in calls
        if call and call.receiver == receiver and (call.method in methods if methods else call.method not in _SETUP)
    )


_SETUP = frozenset({"aclose", "initialize", "close", "execute", "__aenter__", "__aexit__"})


def _every_use(module: Module, body: Sequence[ast.stmt], name: str, methods: frozenset[str]) -> tuple[Call, ...]:
    calls = _awaited_on(module, body, name, methods)
    uses = sum(isinstance(n, ast.Name) and n.id == name for statement in body for n in ast.walk(statement))
    return calls if uses == len(calls) else ()


def _without_async(node: ast.AsyncWith) -> Edit:
    return Edit(node.lineno, node.col_offset, node.col_offset + len("async "), "")


def _renamed(module: Module, node: ast.expr, twin: tuple[str, str]) -> tuple[str, Edit]:
    """Return the alias under which the twin must be imported ('' if its module is at hand) and the edit."""
    line, start, end = node.lineno, node.col_offset, node.end_col_offset or 0
    if isinstance(node, ast.Attribute) and twin[0] == "httpx" and isinstance(node.value, ast.Name):
        return "", Edit(line, end - len(node.attr), end, twin[1])
    alias = twin[1] if twin[1] not in module.bound and twin[1] not in module.imports else f"Planalign{twin[1]}"
    return alias, Edit(line, start, end, alias)


CLASS = (
    "from {module} import run as step\n\n\n"
    "class Step:\n    def take(self, *args, **kwargs):\n        return step(*args, **kwargs)\n\n\n"
)
HOPS = (
    "from {module} import run as step\n\n\ndef run(*args, **kwargs):\n    return step(*args, **kwargs)\n",
    "import {module} as following\n\n\ndef run(*args, **kwargs):\n    return following.run(*args, **kwargs)\n",
    CLASS + "def run(*args, **kwargs):\n    return Step().take(*args, **kwargs)\n",
    CLASS + "STEP = Step()\n\n\ndef run(*args, **kwargs):\n    return STEP.take(*args, **kwargs)\n",
    "from {module} import run\n\n__all__ = ['run']\n",
)


def leaf(site: Site, call: Call) -> str:
    """Return the module that blocks at the end of a chain of helpers."""
    if site.kind == "sleep":
        return "import time\n\n\ndef run(seconds):\n    time.sleep(seconds)\n"
    if site.twin is None:
        return f"def run(handle, *args):\n    return handle.{call.method}(*args)\n"
    module, name = site.twin
    return (
        f"from {module} import {name}\n\n\ndef run(receiver: {name}, *args, **kwargs):\n"
        f"    return receiver.{call.method}(*args, **kwargs)\n"
    )


def chain(mutation: Mutation, call: Call, index: int, luck: random.Random) -> tuple[str, dict[Path, str]]:
    """Return the import of the first helper, and the helpers' modules by path."""
    package = mutation.path.parent
    top = Path(*package.parts[:1])
    stem = f"_planalign_helper_{mutation.number}_{index}_"
    modules: dict[Path, str] = {}
    names: list[str] = []
    for step in range(1, mutation.distance + 1):
        place = package if step == 1 or luck.random() < 0.5 else top
        names.append(".".join([*place.parts, f"{stem}{step}"]))
    for step, name in enumerate(names):
        last = step == len(names) - 1
        text = leaf(mutation.site, call) if last else luck.choice(HOPS).format(module=names[step + 1])
        modules[Path(*name.split(".")).with_suffix(".py")] = text
    local = f"planalign_run_{mutation.number}_{index}"
    relative = luck.random() < 0.5
    source = f".{stem}1" if relative and package.parts else names[0]
    return f"from {source} import run as {local}", modules


def edits_of(mutation: Mutation, module: Module, luck: random.Random) -> tuple[list[Edit], list[str], dict[Path, str]]:
    """Return a mutation's edits, the imports that it needs, and its helper modules."""
    site, edits, imports = mutation.site, list(mutation.site.edits), list[str]()
    helpers: dict[Path, str] = {}
    if site.twin and site.alias:
        imports.append(f"from {site.twin[0]} import {site.twin[1]} as {site.alias}")
    for index, call in enumerate(site.calls):
        if mutation.distance:
            needed, modules = chain(mutation, call, index, luck)
            imports.append(needed)
            helpers.update(modules)
            local = needed.rpartition(" ")[2]
            receiver = f"{call.receiver}, " if site.kind != "sleep" else ""
            edits.append(Edit(call.line, call.start, call.end + 1, f"{local}({receiver}"))
        elif site.kind == "sleep":
            clash = "time" in module.bound or module.imports["time"] - {"time"}
            name = "planalign_time" if clash else "time"
            imports.append(f"import time as {name}" if clash else "import time")
            edits.append(Edit(call.line, call.start, call.end, f"{name}.sleep"))
        else:
            edits.append(Edit(call.line, call.start, call.end, f"{call.receiver}.{call.method}"))
    return edits, imports, helpers


def apply_edits(lines: Sequence[bytes], edits: Iterable[Edit]) -> bytes:
    """Return the text with every edit made; they must not overlap."""
    changed = list(lines)
    for edit in sorted(set(edits), reverse=True):
        line = changed[edit.line - 1]
        changed[edit.line - 1] = line[: edit.start] + edit.text.encode() + line[edit.end :]
    return b"\n".join(changed)


def choose(application: Application, tree: Path, each: int, luck: random.Random) -> list[Mutation]:
    """Return up to `each` mutations of every kind at every distance, all in lines of their own."""
    found: dict[str, list[tuple[Path, Site]]] = collections.defaultdict(list)
    for path in application.files(tree.parent.parent):
        content = (tree / path).read_bytes()
        if b"async def" not in content or FILE_NOQA.search(content) or b"\r" in content or b"\f" in content:
            continue
        try:
            module = Module(content)
        except SyntaxError:
            continue
        if module.anchor is None or b"\\" in module.lines[module.anchor[0] - 1]:
            continue
        for site in sites_in(module):
            found[site.kind].append((path, site))
    taken: dict[Path, set[int]] = collections.defaultdict(set)
    chosen: list[Mutation] = []
    for kind in sorted(found):
        places = found[kind]
        luck.shuffle(places)
        for number, (path, site) in enumerate(places[: each * len(DISTANCES)]):
            distance = 0 if kind == "file" else DISTANCES[number % len(DISTANCES)]
            mutation = Mutation(application.name, path, site, distance, len(chosen))
            if not mutation.lines & taken[path]:
                taken[path] |= mutation.lines
                chosen.append(mutation)
    return chosen


def inject(tree: Path, mutations: Sequence[Mutation], luck: random.Random) -> None:
    """Write the mutations into the copy of an application; raise SyntaxError if one of them breaks a file."""
    by_path: dict[Path, list[Mutation]] = collections.defaultdict(list)
    for mutation in mutations:
        by_path[mutation.path].append(mutation)
    for path, here in sorted(by_path.items()):
        module = Module((tree / path).read_bytes())
        edits: list[Edit] = []
        imports: list[str] = []
        for mutation in here:
            more, needed, helpers = edits_of(mutation, module, luck)
            edits += more
            imports += needed
            for name, text in helpers.items():
                ast.parse(text)
                (tree / name).write_text(text, encoding="utf-8")
        assert module.anchor is not None
        line, column = module.anchor
        edits.append(Edit(line, column, column, "".join(f"; {needed}" for needed in dict.fromkeys(imports))))
        changed = apply_edits(module.lines, edits)
        ast.parse(changed)
        (tree / path).write_bytes(changed)


def examine(
    application: Application, corpus: Path, directory: Path, args: argparse.Namespace
) -> tuple[list[dict[str, Any]], list[str]]:
    """Mutate a copy of an application, run flake8 on the mutated files and return what was expected and found."""
    luck = random.Random(f"{args.seed} {application.name}")  # noqa: S311 (a seeded choice)
    tree = directory / "src" / application.name
    shutil.copytree(application.tree(corpus), tree, ignore=shutil.ignore_patterns("*.so", ".planalign_cache"))
    (tree / "pyproject.toml").write_text("[tool.planalign]\n", encoding="utf-8")
    mutations = choose(application, tree, args.each, luck)
    files = sorted({mutation.path for mutation in mutations})
    if not files:
        return [], []
    python, options = args.python.absolute(), ["--select=PAL1", f"--jobs={args.jobs}"]
    before = {(f.path, f.line, f.code) for f in run_flake8(python, tree, files, options)}
    inject(tree, mutations, luck)
    shutil.rmtree(tree / ".planalign_cache", ignore_errors=True)
    findings = run_flake8(python, tree, files, options)
    texts = {(f.path, f.line, f.code): f.message for f in findings}
    rows = []
    for mutation in mutations:
        for call in mutation.site.calls:
            path, codes = str(mutation.path), CODES[mutation.site.kind]
            if any((path, call.line, code) in before for code in codes):
                continue
            hits = [code for code in sorted(codes) if (path, call.line, code) in texts]
            twin = mutation.site.twin
            rows.append(
                {
                    "application": application.name,
                    "path": path,
                    "line": call.line,
                    "kind": mutation.site.kind,
                    "api": ".".join([*(twin or ()), call.method]),
                    "distance": mutation.distance,
                    "found": bool(hits),
                    "message": texts[path, call.line, hits[0]] if hits else "",
                }
            )
    expected = {(row["path"], row["line"]) for row in rows}
    beyond = [
        f"{application.name}/{path}:{line} {code} {text}"
        for (path, line, code), text in sorted(texts.items())
        if (path, line, code) not in before and (path, line) not in expected
    ]
    return rows, beyond


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return recall by kind and distance as Markdown."""
    lines = [
        "| kind | " + " | ".join(f"distance {d}" for d in DISTANCES) + " | all |",
        "|---" * (len(DISTANCES) + 2) + "|",
    ]
    for kind in [*sorted({row["kind"] for row in rows}), "all"]:
        cells = []
        for distance in [*DISTANCES, None]:
            some = [r for r in rows if kind in (r["kind"], "all") and distance in (r["distance"], None)]
            hits = sum(row["found"] for row in some)
            cells.append(f"{hits}/{len(some)} = {hits / len(some):.3f}" if some else "")
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Inject, look, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="python with flake8 and the plugin")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=40, help="sites of every kind at every distance per application")
    parser.add_argument("--jobs", default="1")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="leave the mutated copies here")
    args = parser.parse_args()
    rows: list[dict[str, Any]] = []
    beyond: list[str] = []
    with tempfile.TemporaryDirectory(prefix="planalign-recall-") as temporary:
        directory = args.keep.resolve() if args.keep else Path(temporary)
        for application in APPLICATIONS:
            some, more = examine(application, args.corpus.resolve(), directory, args)
            rows += some
            beyond += more
            print(f"{application.name}: {sum(r['found'] for r in some)}/{len(some)}", file=sys.stderr)
    if args.json:
        result = {"seed": args.seed, "rows": rows, "new findings that nothing was injected for": beyond}
        args.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
