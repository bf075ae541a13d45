"""Findings of the Process view's second half (PAL12x to PAL17x) in whole trees, and a seeded sample of them to read.

python -m benchmarks.precision.process TREE... --python PY --collect FINDINGS
python -m benchmarks.precision.process --findings FINDINGS --seed SEED --size 90 --but process.jsonl

A tree is an unpacked wheel or the checkout of a repository, called by the name of its directory. Codes that are off by
default are switched on by their stories; what the radar says under the same stories is left out. The sample is printed
as JSON lines without verdicts; what a ledger holds already (`--but`) is not drawn again.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from benchmarks.precision.sample import Located, draw, read, write

__all__ = ["collect", "main"]

STORIES = "PAL12,PAL13,PAL14,PAL15,PAL16,PAL17"
RADAR = frozenset({"PAL122", "PAL131"})


def collect(tree: Path, python: Path) -> Iterator[Located]:
    """Run `planalign check` in a tree and yield every finding with its confidence.

    Raises RuntimeError if a rule failed (PAL900), so that a crash never looks like silence.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.sarif"
        options = [
            "--isolated",
            "--jobs=1",
            f"--select={STORIES},PAL900",
            "--planalign-files=",
            "--planalign-cache=off",
        ]
        command = [str(python), "-m", "flake8_planalign", "check", *options, "--format=planalign-sarif"]
        subprocess.run([*command, f"--output-file={report}", "."], cwd=tree, check=False)  # noqa: S603 (own command)
        runs = json.loads(report.read_text(encoding="utf-8"))["runs"]
    for result in (result for run in runs for result in run["results"]):
        place: dict[str, Any] = result["locations"][0]["physicalLocation"]
        path = unquote(place["artifactLocation"]["uri"]).removeprefix("./")
        code, message = result["ruleId"], result["message"]["text"]
        if code == "PAL900":
            failed = f"{tree.name}/{path}: {message}"
            raise RuntimeError(failed)
        if code.startswith("PAL") and code not in RADAR:
            line, column = place["region"]["startLine"], place["region"]["startColumn"]
            yield Located(tree.name, path, line, column, code, result["properties"]["confidence"], message)


def main() -> int:
    """Collect or draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", type=Path, nargs="*")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="python with the plugin")
    parser.add_argument("--collect", type=Path, metavar="FINDINGS", help="write every finding here")
    parser.add_argument("--findings", type=Path, help="what --collect wrote")
    parser.add_argument("--seed", default="process")
    parser.add_argument("--size", type=int, default=90)
    parser.add_argument("--but", type=Path, help="a ledger whose findings are not drawn again")
    args = parser.parse_args()
    if args.collect:
        found = [f for tree in args.trees for f in collect(tree.resolve(), args.python.absolute())]
        write(args.collect, map(dataclasses.asdict, found))
        return 0
    keys = ("package", "path", "line", "code")
    known = {tuple(row[key] for key in keys) for row in (read(args.but) if args.but else ())}
    findings = [Located(**row) for row in read(args.findings)]
    fresh = [f for f in findings if tuple(getattr(f, key) for key in keys) not in known]
    for finding, stratum in draw(fresh, args.size, args.seed):
        row = {**dataclasses.asdict(finding), "stratum": stratum, "sample": args.seed, "verdict": None, "reason": ""}
        print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
