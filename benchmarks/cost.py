"""What the plugin costs: ratios of CPU seconds between paired, interleaved runs of flake8 on the same files.

python -m benchmarks.cost CORPUS --create VENVS            makes the virtual environments, then measures
python -m benchmarks.cost CORPUS --plain PY --plugin PY [--neighbour PY]

CPU is user plus system time of the whole process tree; with --instructions, what callgrind (of valgrind) counts of one
process: fifty times slower, and the same figure however busy the machine is. Every round runs its arms side by side, in
changing order, and yields one ratio; the table shows the median of the rounds. Absolute seconds depend on the machine
and stay in the JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.applications import APPLICATIONS, has_async, lines_of

__all__ = ["main"]

KIB = 1024
CACHE = ".planalign_cache"
GROWTH = (10_000, 100_000, 1_000_000)
COPIES = (1, 6, 24)
COUNTER = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
_COLLECTED = re.compile(r"== Collected : (\d+)")
ROOT = Path(__file__).resolve().parent.parent

Files = dict[Path, list[Path]]  # tree -> files relative to it


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """What one run took: CPU and wall seconds, and the peak memory of its largest process in bytes.

    Where instructions are counted, `cpu` is in thousands of millions of them, and memory is callgrind's own.
    """

    cpu: float
    wall: float
    memory: int

    def __add__(self, other: Cost) -> Cost:
        """Return the cost of both runs, one after the other."""
        return Cost(self.cpu + other.cpu, self.wall + other.wall, max(self.memory, other.memory))


@dataclasses.dataclass(frozen=True, slots=True)
class Arm:
    """One way to run flake8: an interpreter, its options, and whether the plugin finds its cache empty."""

    name: str
    python: Path
    options: tuple[str, ...] = ()
    cold: bool = False
    counted: bool = False


def spend(arm: Arm, files: Files, jobs: str) -> Cost:
    """Run flake8 over each tree and return what all of it took."""
    total = Cost(0.0, 0.0, 0)
    for tree, paths in files.items():
        if arm.cold:
            shutil.rmtree(tree / CACHE, ignore_errors=True)
        own = [str(arm.python), "-m", "flake8", "--isolated", f"--jobs={jobs}", *arm.options, *map(str, paths)]
        total += _measure([*COUNTER, *own] if arm.counted else own, tree)
    return total


def _measure(command: Sequence[str], directory: Path) -> Cost:
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 (own command)
            command,
            cwd=directory,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        _, status, usage = os.wait4(process.pid, 0)  # the usage of the process and of every child that it reaped
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    if process.returncode not in {0, 1} or "Traceback" in text:
        message = f"flake8 failed with {process.returncode}: {text[-2000:]}"
        raise RuntimeError(message)
    counted = _COLLECTED.search(text)
    cpu = int(counted[1]) / 1e9 if counted else usage.ru_utime + usage.ru_stime
    return Cost(cpu, wall, usage.ru_maxrss * KIB)


def rounds(arms: Sequence[Arm], files: Files, jobs: str, count: int) -> list[dict[str, Cost]]:
    """Run the arms side by side `count` times, in changing order; the cold arm stays before the warm one."""
    taken = []
    for number in range(count):
        shift = number % 2
        order = [*arms[shift:], *arms[:shift]]
        taken.append({arm.name: spend(arm, files, jobs) for arm in order})
        print(f"  jobs {jobs}, round {number + 1}: " + _row(taken[-1]), file=sys.stderr)
    return taken


def _row(costs: dict[str, Cost]) -> str:
    return ", ".join(f"{name} {cost.cpu:.2f} s" for name, cost in costs.items())


def ratio(taken: Sequence[dict[str, Cost]], over: str, under: str) -> dict[str, Any]:
    """Return the median of the rounds' ratios, with the least and the greatest."""
    values = [costs[over].cpu / costs[under].cpu for costs in taken]
    return {"ratio": round(statistics.median(values), 4), "least": round(min(values), 4), "most": round(max(values), 4)}


def own(taken: Sequence[dict[str, Cost]], arm: str) -> float:
    """Return the median CPU seconds that an arm takes beyond plain flake8."""
    return statistics.median(costs[arm].cpu - costs["plain"].cpu for costs in taken)


def of_applications(
    corpus: Path, limit: int, keep: Callable[[Path], bool], names: Collection[str] | None = None
) -> Files:
    """Return each application's files that `keep` admits, whole files in path order up to `limit` lines of each.

    `names` are those of the trees that are wanted, all if None.
    """
    chosen: Files = {}
    for application in APPLICATIONS:
        tree = application.tree(corpus)
        if names is not None and tree.name not in names:
            continue
        lines, paths = 0, []
        for path in application.files(corpus):
            if lines >= limit:
                break
            if keep(tree / path):
                paths.append(path)
                lines += lines_of(tree / path)
        if paths:
            chosen[tree] = paths
    return chosen


def copy_of(corpus: Path, lines: int, into: Path) -> tuple[Files, int]:
    """Copy whole packages of the applications, largest application first, until `lines` lines; return files and lines.

    The copy holds nothing else, so that a small selection has no large neighbourhood, and is marked as a project:
    where only files are named and nothing marks their root, no more than the first 2,000 files are looked at.
    """
    taken, paths = 0, []
    (into / "pyproject.toml").touch()
    order = sorted(APPLICATIONS, key=lambda application: len(application.files(corpus)), reverse=True)
    for application in order:
        tree = application.tree(corpus)
        for path in application.files(corpus):
            if taken >= lines:
                break
            target = into / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree / path, target)
            paths.append(path)
            taken += lines_of(target)
    return {into: paths}, taken


def copies_of(corpus: Path, count: int, into: Path) -> tuple[Files, int]:
    """Write so many copies of chainlit, each a package of its own that the others do not know; return files and lines.

    They use the same names, as the services of a monorepo do, and what is written per line is the same for any number.
    """
    application = next(each for each in APPLICATIONS if each.name == "chainlit")
    tree, word = application.tree(corpus), re.compile(r"\bchainlit\b")
    (into / "pyproject.toml").touch()
    texts = {path: (tree / path).read_text(encoding="utf-8") for path in application.files(corpus)}
    paths = []
    for number in range(count):
        for path, text in texts.items():
            paths.append(Path(*(word.sub(f"chainlit{number}", part) for part in path.parts)))
            target = into / paths[-1]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(word.sub(f"chainlit{number}", text), encoding="utf-8")
    return {into: paths}, sum(lines_of(into / path) for path in paths)


def shares(corpus: Path, arms: Sequence[Arm], args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the ratios on whole applications and on files without `async def`."""
    everything = of_applications(corpus, args.lines, lambda path: path.suffix == ".py", args.applications)
    synchronous = of_applications(corpus, args.lines, lambda path: not has_async(path), args.applications)
    for title, files in (("applications", everything), ("files without async def", synchronous)):
        for jobs in args.jobs:
            taken = rounds(arms, files, jobs, args.rounds)
            for over in ("cold", "warm"):
                yield {
                    "measure": title,
                    "cache": over,
                    "jobs": jobs,
                    "lines": sum(lines_of(tree / path) for tree, paths in files.items() for path in paths),
                    **ratio(taken, over, "plain"),
                    "own seconds": round(own(taken, over), 3),
                    "peak MiB": round(max(costs[over].memory for costs in taken) / KIB / KIB, 1),
                    "rounds": [{name: dataclasses.asdict(cost) for name, cost in costs.items()} for costs in taken],
                }


def against_neighbour(corpus: Path, arms: Sequence[Arm], args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the plugin's own time over flake8-async's own time, on files with `async def`."""
    neighbour = Arm("flake8-async", args.neighbour, ("--enable=ASYNC",), counted=args.instructions)
    files = of_applications(
        corpus, args.neighbour_lines // len(args.applications or APPLICATIONS), has_async, args.applications
    )
    taken = rounds([*arms, neighbour], files, "1", args.rounds)
    theirs = own(taken, neighbour.name)
    for over in ("cold", "warm"):
        yield {
            "measure": "own time over flake8-async's own time",
            "cache": over,
            "jobs": "1",
            "lines": sum(lines_of(tree / path) for tree, paths in files.items() for path in paths),
            "ratio": round(own(taken, over) / theirs, 4),
            "own seconds": round(own(taken, over), 3),
            "their seconds": round(theirs, 3),
        }


def growth(corpus: Path, arms: Sequence[Arm], args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the plugin's own time per 1,000 lines and the peak memory of one process, for growing trees."""
    trees = [(f"{lines:,} lines", copy_of, lines) for lines in args.growth]
    trees += [(f"{count:,} copies of chainlit", copies_of, count) for count in args.copies]
    for what, made, size in trees:
        with tempfile.TemporaryDirectory(prefix="planalign-cost-") as directory:
            files, taken_lines = made(corpus, size, Path(directory))
            taken = rounds(arms, files, "1", min(args.rounds, 2))
            for over in ("cold", "warm"):
                yield {
                    "measure": f"growth, {what}",
                    "cache": over,
                    "jobs": "1",
                    "lines": taken_lines,
                    **ratio(taken, over, "plain"),
                    "own seconds": round(own(taken, over), 3),
                    "own ms per 1000 lines": round(own(taken, over) * 1e6 / taken_lines, 3),
                    "peak MiB": round(max(costs[over].memory for costs in taken) / KIB / KIB, 1),
                    "peak MiB of plain flake8": round(max(c["plain"].memory for c in taken) / KIB / KIB, 1),
                }


def create(directory: Path) -> dict[str, Path]:
    """Make the three virtual environments that are missing and return their interpreters."""
    wanted = {"plain": ["flake8"], "plugin": ["flake8", str(ROOT)], "neighbour": ["flake8", "flake8-async"]}
    pythons = {}
    for name, packages in wanted.items():
        python = directory / name / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(directory / name)], check=True)  # noqa: S603
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)  # noqa: S603
        pythons[name] = python
    return pythons


def table(results: Sequence[dict[str, Any]]) -> str:
    """Return the results as a Markdown table of ratios."""
    rows = ["| measure | cache | jobs | lines | ratio | least-most | own ms per 1000 lines | peak MiB |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    for result in results:
        spread = f"{result['least']}-{result['most']}" if "least" in result else ""
        per_line = result["own seconds"] * 1e6 / result["lines"]
        cells = (result["measure"], result["cache"], result["jobs"], f"{result['lines']:,}", result["ratio"], spread)
        rows.append("| " + " | ".join(map(str, (*cells, f"{per_line:.1f}", result.get("peak MiB", "")))) + " |")
    return "\n".join(rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--create", type=Path, metavar="DIR", help="make the environments here")
    parser.add_argument("--plain", type=Path, help="python with flake8 alone")
    parser.add_argument("--plugin", type=Path, help="python with flake8 and this plugin")
    parser.add_argument("--neighbour", type=Path, help="python with flake8 and flake8-async")
    parser.add_argument("--instructions", action="store_true", help="count instructions instead of seconds")
    parser.add_argument("--applications", nargs="+", metavar="NAME", help="only these, by the names of their trees")
    parser.add_argument("--jobs", nargs="+", default=["1", "auto"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=sys.maxsize, help="at most so many lines of each application")
    parser.add_argument("--neighbour-lines", type=int, default=20_000)
    parser.add_argument("--growth", type=int, nargs="*", default=list(GROWTH), metavar="LINES")
    parser.add_argument("--copies", type=int, nargs="*", default=list(COPIES), metavar="COUNT")
    parser.add_argument("--only", nargs="+", choices=["shares", "neighbour", "growth"])
    parser.add_argument("--json", type=Path, help="write every number here")
    args = parser.parse_args()
    if args.create:
        made = create(args.create.resolve())
        args.plain, args.plugin = args.plain or made["plain"], args.plugin or made["plugin"]
        args.neighbour = args.neighbour or made["neighbour"]
    if not (args.plain and args.plugin):
        parser.error("name --plain and --plugin, or --create")
    return args


def main() -> None:
    """Measure, print the table, write the JSON."""
    args = _arguments()
    corpus = args.corpus.resolve()
    arms = [
        Arm("plain", args.plain.absolute(), counted=args.instructions),
        Arm("cold", args.plugin.absolute(), cold=True, counted=args.instructions),
        Arm("warm", args.plugin.absolute(), counted=args.instructions),
    ]
    wanted = args.only or ["shares", "growth", *(["neighbour"] if args.neighbour else [])]
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="planalign-cost-") as directory:
        Path(directory, "warm_up.py").write_text("", encoding="utf-8")
        for arm in arms:
            spend(arm, {Path(directory): [Path("warm_up.py")]}, "1")
    if "shares" in wanted:
        results.extend(shares(corpus, arms, args))
    if "neighbour" in wanted:
        args.neighbour = args.neighbour.absolute()
        results.extend(against_neighbour(corpus, arms, args))
    if "growth" in wanted:
        results.extend(growth(corpus, arms, args))
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
