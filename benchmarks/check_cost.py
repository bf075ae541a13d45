"""What `planalign check` costs: its CPU over that of `ast.parse` of the same files in one process.

python -m benchmarks.check_cost CORPUS --plugin PY [--only NAME ...]

Cold: the cache is empty. Warm: a run has filled it, and nothing has changed. Both arms are processes of their
own, run in turn; `ast.parse` counts with reading the files and without the start of Python, `planalign` with
everything. The ratio is that of the medians of the rounds; the start alone (`planalign check` of an empty
directory) is printed beside it. The plugin must be installed with its bytecode (`pip install .`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.applications import APPLICATIONS

__all__ = ["main"]

CACHE = ".planalign_cache"
PARSE = """\
import ast, sys, time, warnings
warnings.simplefilter("ignore")
started = time.process_time()
for path in sys.stdin.read().splitlines():
    with open(path, "rb") as stream:
        ast.parse(stream.read())
print(time.process_time() - started)
"""


def parse(python: Path, tree: Path, files: list[Path]) -> float:
    """Return the CPU seconds of `ast.parse` of all files in one process."""
    names = "\n".join(str(path) for path in files)
    command = [str(python), "-c", PARSE]
    done = subprocess.run(command, cwd=tree, input=names, capture_output=True, text=True, check=True)  # noqa: S603
    return float(done.stdout)


def check(python: Path, tree: Path) -> float:
    """Return the CPU seconds of `planalign check` of a directory, whole process tree."""
    command = [str(python), "-m", "flake8_planalign", "check", "--isolated", "--jobs=1", "."]
    with subprocess.Popen(  # noqa: S603 (own command)
        command,
        cwd=tree,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        message = f"planalign check failed with {process.returncode}"
        raise RuntimeError(message)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--plugin", type=Path, default=Path(sys.executable), help="python with the plugin")
    parser.add_argument("--only", nargs="+", help="names of applications")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    corpus, python = args.corpus.resolve(), args.plugin.absolute()
    with tempfile.TemporaryDirectory() as empty:
        check(python, Path(empty))
        start = statistics.median(check(python, Path(empty)) for _ in range(args.rounds))
    print("| application | lines | ast.parse | start | cold | warm |\n|---|---|---|---|---|---|")
    for application in APPLICATIONS:
        if args.only and application.name not in args.only:
            continue
        tree, files = application.tree(corpus), application.files(corpus)
        taken: dict[str, list[float]] = {"parse": [], "cold": [], "warm": []}
        for _ in range(args.rounds):
            taken["parse"].append(parse(python, tree, files))
            shutil.rmtree(tree / CACHE, ignore_errors=True)
            taken["cold"].append(check(python, tree))
            taken["warm"].append(check(python, tree))
        seconds = {name: statistics.median(values) for name, values in taken.items()}
        lines = sum((tree / path).read_bytes().count(b"\n") for path in files)
        ratios = " | ".join(f"{seconds[name] / seconds['parse']:.2f}" for name in ("cold", "warm"))
        print(f"| {application.name} | {lines:,} | {seconds['parse']:.2f} s | {start:.2f} s | {ratios} |", flush=True)


if __name__ == "__main__":
    main()
