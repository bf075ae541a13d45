"""What an editor waits for: the diagnostics of one file that has just changed, with and without the plugin.

python -m benchmarks.editor CORPUS --plain PY --plugin PY

A language server hands the buffer to `flake8 -` with the file's name. Each round takes files of every
application, changes each by a comment that no run has seen, and runs both arms side by side, in changing
order. Warm: a whole run has filled the cache before. Cold: the cache is empty. The table shows the median of
the ratios, of CPU seconds of the process tree and of wall time. With `--saved` the change is on disk when flake8
is asked, as it is for editors that lint what was saved.

Each tree is given an empty `.git`, as a checkout has: where nothing tells how far a project goes, only its first 2,000
files are looked at, and what a whole run has found out does not hold for them.

The plugin must be installed with its bytecode (`pip install .`, not `-e` under PYTHONDONTWRITEBYTECODE).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.applications import APPLICATIONS, Application, lines_of

__all__ = ["main"]

CACHE = ".planalign_cache"


def chosen(application: Application, corpus: Path, count: int, seed: str) -> list[Path]:
    """Return `count` Python files of 50 to 2,000 lines, drawn by a seeded hash of their paths."""
    tree = application.tree(corpus)
    paths = [path for path in application.files(corpus) if 50 <= lines_of(tree / path) <= 2000]
    return sorted(paths, key=lambda path: hashlib.sha256(f"{seed} {path}".encode()).digest())[:count]


def spend(python: Path, tree: Path, path: Path, text: str, *, saved: bool = False) -> tuple[float, float]:
    """Return the CPU and wall seconds of flake8 on a text that stands for a file, or is saved in it for the moment."""
    if saved:
        before = (tree / path).read_bytes()
        (tree / path).write_text(text, encoding="utf-8")
        try:
            return _spent([str(python), "-m", "flake8", "--isolated", str(path)], tree, "")
        finally:
            (tree / path).write_bytes(before)
    return _spent([str(python), "-m", "flake8", "--isolated", "-", "--stdin-display-name", str(path)], tree, text)


def _spent(command: list[str], tree: Path, text: str) -> tuple[float, float]:
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 (own command)
        command, cwd=tree, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONHASHSEED": "0"}
    ) as process:
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, wall


def ratios(args: argparse.Namespace, application: Application, *, warm: bool) -> Iterator[tuple[float, float, float]]:
    """Yield (CPU ratio, wall ratio, CPU seconds without the plugin) for each file and round."""
    tree = application.tree(args.corpus)
    for number in range(args.rounds):
        for path in chosen(application, args.corpus, args.files, args.seed):
            if not warm:
                shutil.rmtree(tree / CACHE, ignore_errors=True)
            text = f"{(tree / path).read_text(encoding='utf-8')}\n# {args.seed} {number} {warm} {time.time_ns()}\n"
            taken = {}
            for arm in (args.plain, args.plugin)[:: 1 if number % 2 else -1]:
                taken[arm] = spend(arm, tree, path, text, saved=args.saved)
            (cpu, wall), (more_cpu, more_wall) = taken[args.plain], taken[args.plugin]
            yield more_cpu / cpu, more_wall / wall, cpu


def fill(python: Path, tree: Path) -> None:
    """Run the plugin over the whole application, so that its cache knows every file."""
    command = [str(python), "-m", "flake8", "--isolated", "--select=PAL", "."]
    subprocess.run(command, cwd=tree, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 (own command)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--plain", type=Path, required=True, help="python with flake8 alone")
    parser.add_argument("--plugin", type=Path, required=True, help="python with flake8 and this plugin")
    parser.add_argument("--only", nargs="+", help="names of applications")
    parser.add_argument("--files", type=int, default=5, help="of each application")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", default="planalign")
    parser.add_argument("--saved", action="store_true", help="the change is on disk")
    args = parser.parse_args()
    args.corpus, args.plain, args.plugin = args.corpus.resolve(), args.plain.absolute(), args.plugin.absolute()
    print("| application | cache | CPU | least-most | wall |\n|---|---|---|---|---|")
    for application in APPLICATIONS:
        if args.only and application.name not in args.only:
            continue
        (application.tree(args.corpus) / ".git").mkdir(exist_ok=True)
        for warm in (False, True):
            if warm:
                fill(args.plugin, application.tree(args.corpus))
            found = list(ratios(args, application, warm=warm))
            cpu, wall = ([item[index] for item in found] for index in (0, 1))
            spread = f"{min(cpu):.2f}-{max(cpu):.2f}"
            name = f"| {application.name} | {'warm' if warm else 'cold'} |"
            print(f"{name} {statistics.median(cpu):.2f} | {spread} | {statistics.median(wall):.2f} |", flush=True)


if __name__ == "__main__":
    main()
