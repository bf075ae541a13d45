"""What the draws from whole trees have in common: a run in each tree, and a draw of what no ledger holds.

A tree is an unpacked wheel or the checkout of a repository, called by the name of its directory. A draw is printed as
JSON lines without verdicts.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from benchmarks.precision.sample import Located, read, write

__all__ = ["collect_or_draw", "reported"]

Collect = Callable[[Path, Path], Iterable[Located]]
Draw = Callable[[Sequence[Located], int, str], Iterable[tuple[Located, int]]]


def reported(tree: Path, python: Path, *options: str) -> Iterator[Located]:
    """Run `planalign check` in a tree, without its cache and in one process, and yield every finding."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.sarif"
        own = ["--jobs=1", "--planalign-cache=off", "--format=planalign-sarif", f"--output-file={report}"]
        command = [str(python), "-m", "flake8_planalign", "check", *options, *own, "."]
        subprocess.run(command, cwd=tree, check=False, capture_output=True)  # noqa: S603 (own command)
        runs = json.loads(report.read_text(encoding="utf-8"))["runs"]
    for result in (result for run in runs for result in run["results"]):
        place: dict[str, Any] = result["locations"][0]["physicalLocation"]
        path = unquote(place["artifactLocation"]["uri"]).removeprefix("./")
        line, column = place["region"]["startLine"], place["region"]["startColumn"]
        confidence = result["properties"]["confidence"]
        yield Located(tree.name, path, line, column, result["ruleId"], confidence, result["message"]["text"])


def collect_or_draw(description: str, seed: str, amount: tuple[str, int], collect: Collect, draw: Draw) -> int:
    """Do what the command line asks for; `amount` is the option that says how much is drawn, and its default."""
    option, default = amount
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", type=Path, nargs="*")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="python with the plugin")
    parser.add_argument("--collect", type=Path, metavar="FINDINGS", help="write every finding here")
    parser.add_argument("--findings", type=Path, help="what --collect wrote")
    parser.add_argument("--seed", default=seed)
    parser.add_argument(option, dest="amount", type=int, default=default)
    parser.add_argument("--but", type=Path, help="a ledger whose findings are not drawn again")
    args = parser.parse_args()
    if args.collect:
        found = [f for tree in args.trees for f in collect(tree.resolve(), args.python.absolute())]
        write(args.collect, map(dataclasses.asdict, found))
        return 0
    keys = ("package", "path", "line", "code")
    known = {tuple(row[key] for key in keys) for row in (read(args.but) if args.but else ())}
    findings = [Located(**row) for row in read(args.findings)]
    unread = [f for f in findings if tuple(getattr(f, key) for key in keys) not in known]
    for finding, stratum in draw(unread, args.amount, args.seed):
        row = {**dataclasses.asdict(finding), "stratum": stratum, "sample": args.seed, "verdict": None, "reason": ""}
        print(json.dumps(row))
    return 0
