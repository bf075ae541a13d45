"""The suites of other tools, against this one: what their authors expect, and what we say.

    python -m benchmarks.peers [--flake8-async DIR] [--ruff DIR] [--sonar-python DIR] [--evloop-lint DIR] [--pycg DIR]

Each directory is a checkout of the tool's repository; nothing of it is copied here. Run it with the Python of an
environment that has the plugin, and pytest for evloop-lint's tests, from the root of a clone.

flake8-async  `tests/eval_files/async2*.py` but async200, which is configured: lines with `# error:` or `# ASYNC2xx:`.
              Most of these files import nothing of what they use, so their first line, a comment, becomes imports.
ruff          ASYNC2xx: the places in its snapshots.
sonar-python  the fixtures of blocking calls in coroutines: lines with `# Noncompliant`.
evloop-lint   its tests, by their own functions, with our findings in place of its own.
PyCG          the edges of its micro-benchmark between functions that are there, against our call graph.

A line that is expected and not told, or told and not expected, is printed with what we make of it: `DISPUTABLE` and
`TRUE` hold a reason for each, by file and line of the commits that they were read at (flake8-async c695f61, ruff
fca5c7c, sonar-python bc71972, PyCG 8d5dc40). One without a reason counts as missed or as extra.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.applications import Finding, run_flake8
from flake8_planalign.project import Project
from flake8_planalign.python.callgraph import CallGraph
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.python.evaluation import evaluating
from flake8_planalign.python.modules import Module
from flake8_planalign.python.values import Frame

__all__ = ["Case", "codes", "find_all", "has", "main", "run_project"]

OPTIONS: Final = (
    "--select=PAL11,PAL122,PAL131",
    "--planalign-tiers=all",
    "--planalign-cache=off",
    "--disable-noqa",
)
#: What the fixtures of flake8-async use and do not import.
PRELUDE: Final = (
    "from typing import Optional; import asyncio, io, os, os.path, subprocess, pathlib, time, urllib, urllib.request, "
    "urllib3, httpx, httpx2, requests, trio, anyio; import urllib.request as request; "
    "from urllib.request import urlopen; from io import TextIOWrapper, BufferedReader, BufferedRandom, BufferedWriter"
)
_NO_SUCH_METHOD: Final = "no such method exists"
_WRITER: Final = "a BufferedWriter cannot read: it raises before it asks the file"
_REBOUND: Final = "the name means something else by then; its author lists it as a known false positive"
_NOT_NONE: Final = "there is no file any more behind the test; its author lists it as a known false positive"
_PATH_TEXT: Final = "works on the text of the path"
_POOL: Final = "makes a pool, connects to nothing"
_CLOSES: Final = "closes sockets, waits for nothing"
#: Lines that are expected and not told, with the reason.
DISPUTABLE: Final[Mapping[str, Mapping[str, tuple[int, ...]]]] = {
    "ASYNC212.py": {_CLOSES: (27,)},
    "async212.py": {
        _CLOSES: (7,),
        "the global is an int when the function runs": (49,),
        _NO_SUCH_METHOD: (104, 106, 108, 110, 112, 114, 116, 118, 120, 122),
    },
    "async232.py": {_NO_SUCH_METHOD: (16, 17), _WRITER: (29, 45), _REBOUND: (204, 206), _NOT_NONE: (238,)},
    "async232_asyncio.py": {_NO_SUCH_METHOD: (17, 18), _WRITER: (30, 46), _REBOUND: (205, 207), _NOT_NONE: (239,)},
    "async240.py": {
        _PATH_TEXT: (8, 9, 12, 13, 14, 28),
        "awaits a bool, which raises: what is awaited is no blocking call to us": (30,),
    },
    "ASYNC240.py": {_PATH_TEXT: (67,)},
    "synchronousFileOperationsInAsync.py": {"stays in memory; what grows beyond it is told": (188,)},
    "synchronousHttpOperationsInAsync.py": {_POOL: (32, 96)},
    "timeSleepInAsync.py": {"a lambda that is handed back and not called": (77,)},
    "builtins/map": {"`map(list, function)` raises: its arguments are swapped": (4,)},
    "decorators/nested_decorators": {"the function is called by the inner wrapper, not by the module": (1,)},
    "kwargs/chained_call": {"the call hands over another function": (1,)},
    "mro/self_assignment": {"`self.func` is the subclass's": (1,)},
}
_READS: Final = "reads or writes what the line before opened"
_TLS: Final = "loads the certificates from disk"
_OPENS: Final = "opens a file"
#: Lines that are told and not expected, with the reason.
TRUE: Final[Mapping[str, Mapping[str, tuple[int, ...]]]] = {
    "async211.py": {"a request is sent whatever its verb": (19, 20, 22, 23, 24, 25, 26)},
    "async212.py": {_TLS: (6, 65, 97), "its author: not implemented": (98,)},
    "async232.py": {
        "its author: not handled": (70, 75),
        _OPENS: (106, 111, 116, 121, 125, 130, 211, 218, 261),
    },
    "async232_asyncio.py": {
        "its author: not handled": (71, 76),
        _OPENS: (107, 112, 117, 122, 126, 131, 212, 219, 262),
    },
    "async23x.py": {_OPENS: (19, 20, 33)},
    "ASYNC212.py": {_TLS: (26,)},
    "ASYNC240.py": {_OPENS: (60,)},
    "inputInAsyncAnyIO.py": {"a function that the coroutine calls": (100,)},
    "inputInAsyncTrio.py": {"a function that the coroutine calls": (123,)},
    "synchronousFileOperationsInAsync.py": {
        _READS: (5, 11, 16, 26, 103, 110, 118, 148, 154, 161, 167, 173, 175, 181, 183, 197, 203, 209)
    },
    "synchronousHttpOperationsInAsync.py": {_TLS: (45, 48, 126)},
    "timeSleepInAsync.py": {"a function that the coroutine calls": (34, 39)},
}


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A fixture: its text as it is linted, the lines that its author expects, and those that he knows to miss."""

    name: str
    text: str
    expected: frozenset[int]
    known_misses: frozenset[int] = frozenset()


# -- suites of lines ------------------------------------------------------------------------------------------------


def _flake8_async(checkout: Path, *, prelude: bool = True) -> Iterator[Case]:
    for path in sorted((checkout / "tests/eval_files").glob("async2*.py")):
        if path.name == "async200.py":
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        expected, misses = set(), set()
        for number, line in enumerate(map(str.strip, lines), 1):
            if line.startswith("#") or "#" not in line:
                continue
            if re.search(r"#\s*(should error|not handled)", line):
                misses.add(number)
            if re.search(r"(error|ASYNC\d\d\d)(_.*)?:([^#]*)(?=#|$)", line):
                expected.add(number)
        if prelude and lines[0].startswith("#"):
            lines[0] = PRELUDE
        yield Case(path.name, "\n".join(lines) + "\n", frozenset(expected), frozenset(misses))


def _ruff(checkout: Path) -> Iterator[Case]:
    linter = checkout / "crates/ruff_linter"
    expected: dict[str, set[int]] = collections.defaultdict(set)
    for snapshot in sorted((linter / "src/rules/flake8_async/snapshots").glob("*ASYNC2*.snap")):
        for name, line in re.findall(r"-->\s*(\S+?):(\d+):\d+", snapshot.read_text(encoding="utf-8")):
            expected[name].add(int(line))
    for name, lines in sorted(expected.items()):
        text = (linter / "resources/test/fixtures/flake8_async" / name).read_text(encoding="utf-8")
        yield Case(name, text, frozenset(lines))


def _sonar(checkout: Path) -> Iterator[Case]:
    for path in sorted((checkout / "python-checks/src/test/resources/checks").glob("*InAsync*.py")):
        if not path.name.startswith(("input", "synchronous", "timeSleep")):
            continue
        text = path.read_text(encoding="utf-8")
        expected, misses = set(), set()
        for number, line in enumerate(text.splitlines(), 1):
            found = re.search(r"#\s*Noncompliant(@[+-]\d+)?", line)
            if found:
                expected.add(number + int((found[1] or "@0")[1:]))
            if re.search(r"[^\s#].*#\s*FN", line):
                misses.add(number)
        yield Case(path.name, text, frozenset(expected), frozenset(misses))


def _lines_told(cases: Iterable[Case]) -> dict[str, set[int]]:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "pyproject.toml").touch()
        files = []
        for case in cases:
            (root / case.name).write_text(case.text, encoding="utf-8")
            files.append(Path(case.name))
        told: dict[str, set[int]] = collections.defaultdict(set)
        for finding in run_flake8(sys.executable, root, files, OPTIONS):
            told[finding.path].add(finding.line)
        return told


def _judge_lines(suite: str, cases: list[Case]) -> None:
    told = _lines_told(cases)
    total: collections.Counter[str] = collections.Counter()
    for case in cases:
        lines = case.text.splitlines()
        found = told[case.name]
        total["expected"] += len(case.expected)
        total["caught"] += len(case.expected & found)
        total["known misses"] += len(case.known_misses)
        total["of them caught"] += len(case.known_misses & found)
        for kind, numbers, reasons in (
            ("missed", case.expected - found, DISPUTABLE),
            ("extra", found - case.expected - case.known_misses, TRUE),
        ):
            for number in sorted(numbers):
                reason = _reason(reasons, case.name, number)
                total[kind if reason is None else f"{kind} with a reason"] += 1
                print(f"    {case.name}:{number}: {kind}: {lines[number - 1].strip()[:70]}  [{reason or '?'}]")
    _summary(suite, total)


def _reason(table: Mapping[str, Mapping[str, tuple[int, ...]]], name: str, line: int) -> str | None:
    return next((reason for reason, lines in table.get(name, {}).items() if line in lines), None)


def _summary(suite: str, total: collections.Counter[str]) -> None:
    missed, extra = total["missed"], total["extra"]
    print(
        f"{suite}: {total['caught']} of {total['expected']} caught, {total['missed with a reason']} disputable, "
        f"{missed} missed; {extra} extra ({total['extra with a reason']} true ones beside them)"
        + (f"; known misses: {total['of them caught']} of {total['known misses']}" * bool(total["known misses"]))
    )


# -- evloop-lint: its tests import these four functions ---------------------------------------------------------------

_FAMILY: Final = {"PAL116": "EVL002", "PAL122": "EVL011"}


def run_project(files: Mapping[str, str], **_: object) -> types.SimpleNamespace:
    """Return our findings on a project in the shape of evloop-lint's; its options have no meaning here."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "pyproject.toml").touch()
        for relative, text in files.items():
            path = root / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            waivers = text.replace("EVL001", "PAL111,PAL112,PAL113,PAL114").replace("EVL002", "PAL116")
            path.write_text(waivers, encoding="utf-8")
        options = [option for option in OPTIONS if option != "--disable-noqa"]
        found = run_flake8(sys.executable, root, [Path()], options)
    return types.SimpleNamespace(findings=list(map(_as_theirs, found)))


def _as_theirs(finding: Finding) -> types.SimpleNamespace:
    """Return a finding as evloop-lint gives it: it stands where the chain ends, ours where it begins."""
    steps = re.findall(r"\(([\w/]+\.py):(\d+)\)", finding.message)
    path, line = steps[-1] if steps else (finding.path, finding.line)
    labels = ["async entry", *["calls"] * len(steps), "blocks via", "blocks via"]
    return types.SimpleNamespace(
        code=types.SimpleNamespace(value=_FAMILY.get(finding.code, "EVL001")),
        path=path,
        lineno=int(line),
        entry_path=finding.path,
        chain=[types.SimpleNamespace(label=label) for label in labels],
        location=lambda: f"{finding.path}:{finding.line}: {finding.message}",
    )


def codes(result: types.SimpleNamespace) -> list[str]:
    """Return the codes of all findings, sorted."""
    return sorted(found.code.value for found in result.findings)


def find_all(result: types.SimpleNamespace, code: str) -> list[types.SimpleNamespace]:
    """Return the findings of one code."""
    return [found for found in result.findings if found.code.value == code]


def has(result: types.SimpleNamespace, code: str, *, line: int | None = None, path: str | None = None) -> bool:
    """Tell whether there is a finding of this code, on this line and in this file if they are given."""
    return any(line in (None, found.lineno) and path in (None, found.path) for found in find_all(result, code))


def _judge_evloop(checkout: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path in (checkout / "tests").glob("test_*.py"):
            shutil.copy(path, root)
        (root / "harness.py").write_text("from benchmarks.peers import codes, find_all, has, run_project\n")
        places = [str(Path(__file__).resolve().parent.parent), str(checkout.resolve() / "src")]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", "--rootdir=.", "."],
            cwd=root,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            capture_output=True,
            text=True,
            check=False,
        )
    rows = [row for row in done.stdout.splitlines() if row.startswith("FAILED") or " passed" in row]
    print("\n".join(f"    {row}" for row in rows[:-1]))
    print(f"evloop-lint: {rows[-1] if rows else done.stdout + done.stderr}")


# -- PyCG: edges of the call graph ----------------------------------------------------------------------------------

Edges = set[tuple[str, str]]


def _our_edges(root: Path) -> Edges:
    """Return the edges between the functions of a project, all of which are taken to run, by PyCG's names."""
    evaluator = Evaluator(Project(root))
    graph = CallGraph(evaluator)
    edges: Edges = set()
    with evaluating(evaluator):
        modules = [m for m in (evaluator.modules.module(str(p)) for p in sorted(root.rglob("*.py"))) if m is not None]
        pending = [graph.entry(module, 0) for module in modules]
        rest = [(module, number) for module in modules for number in range(1, len(module.functions))]
        seen: set[int] = set()
        reached: set[tuple[str, int]] = set()
        while pending or rest:
            if not pending:  # PyCG looks at functions that nothing calls, too
                module, number = rest.pop(0)
                if (module.path, number) in reached:
                    continue
                pending.append(graph.entry(module, number))
            frame = pending.pop()
            reached.add((frame.module.path, frame.function))
            if frame.id in seen:
                continue
            seen.add(frame.id)
            for edge in graph.edges(frame):
                if isinstance(edge.target, Frame):
                    edges.add((_pycg_name(frame, root), _pycg_name(edge.target, root)))
                    pending.append(edge.target)
    return edges


def _pycg_name(frame: Frame, root: Path) -> str:
    """Return a function's name as PyCG writes it: lambdas are numbered, comprehensions belong to their function."""
    module = ".".join(Path(frame.module.path).relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    name = _lambda_name(frame.module, frame.function) or frame.record["q"].replace(".<locals>", "")
    name = name.removesuffix("<genexpr>").rstrip(".")
    return f"{module}.{name}" if frame.function and name else module


def _lambda_name(module: Module, number: int) -> str | None:
    records = module.functions
    if records[number]["n"] != "<lambda>":
        return None
    outer = records[number].get("o")
    earlier = (records[at] for at in range(number + 1))
    place = sum(record["n"] == "<lambda>" and record.get("o") == outer for record in earlier)
    around = f"{records[outer]['q'].replace('.<locals>', '')}." if outer else ""
    return f"{around}<lambda{place}>"


def _judge_pycg(checkout: Path) -> None:
    snippets = checkout / "micro-benchmark/snippets"
    total: collections.Counter[str] = collections.Counter()
    for graph in sorted(snippets.glob("*/*/callgraph.json")):
        name = graph.parent.relative_to(snippets).as_posix()
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory).resolve() / "snippet"
            shutil.copytree(graph.parent, root)
            (root / "pyproject.toml").touch()
            found = _our_edges(root)
        their: dict[str, list[str]] = json.loads(graph.read_text(encoding="utf-8"))
        listed = {(caller, target) for caller, targets in their.items() for target in targets}
        expected = {edge for edge in listed if not edge[1].startswith(("<", "ext."))}  # builtins, and what is not there
        found = {(caller, target) for caller, target in found if caller != target or (caller, target) in expected}
        total["expected"] += len(expected)
        total["caught"] += len(expected & found)
        missed = sorted(expected - found)
        reasons = DISPUTABLE.get(name, {})
        reason = next((why for why, counts in reasons.items() if counts == (len(missed),)), None)
        total["missed" if reason is None else "missed with a reason"] += len(missed)
        total["extra"] += len(found - expected)
        for kind, edges in (("missed", missed), ("extra", sorted(found - expected))):
            for caller, target in edges:
                print(f"    {name}: {kind}: {caller} -> {target}  [{(reason if kind == 'missed' else None) or '?'}]")
    _summary("PyCG", total)


def main() -> None:
    """Judge the suites that are given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    judges: dict[str, Callable[[Path], Any]] = {
        "flake8-async": lambda checkout: _judge_lines("flake8-async", list(_flake8_async(checkout))),
        "ruff": lambda checkout: _judge_lines("ruff", list(_ruff(checkout))),
        "sonar-python": lambda checkout: _judge_lines("sonar-python", list(_sonar(checkout))),
        "evloop-lint": _judge_evloop,
        "pycg": _judge_pycg,
    }
    for name in judges:
        parser.add_argument(f"--{name}", type=Path, metavar="DIR")
    given = vars(parser.parse_args())
    for name, judge in judges.items():
        checkout = given[name.replace("-", "_")]
        if checkout is not None:
            judge(checkout)


if __name__ == "__main__":
    main()
