"""What a new user reads: every finding of a default run in trees that nobody looked at before, and a draw of them.

python -m benchmarks.precision.fresh TREE... --python PY --collect FINDINGS
python -m benchmarks.precision.fresh --findings FINDINGS --seed SEED --each 2 --but benchmarks/precision/fresh.jsonl

A tree is an unpacked wheel or the checkout of a repository, called by the name of its directory. `planalign check`
finds what `flake8 --select=PAL` finds, without the time of other plugins. The draw takes `--each` findings of every
tree, code and confidence, and one more where there are over twenty; a seeded hash decides, and what the ledger holds is
left out.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from benchmarks.precision.sample import Located, read, write

__all__ = ["collect", "drawn", "main"]

_MANY = 20


def collect(tree: Path, python: Path) -> Iterator[Located]:
    """Run `planalign check` with its defaults in a tree and yield every finding; a crash is one too (PAL900)."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.sarif"
        options = ["--jobs=1", "--planalign-cache=off", "--format=planalign-sarif", f"--output-file={report}"]
        command = [str(python), "-m", "flake8_planalign", "check", *options, "."]
        subprocess.run(command, cwd=tree, check=False, capture_output=True)  # noqa: S603 (own command)
        runs = json.loads(report.read_text(encoding="utf-8"))["runs"]
    for result in (result for run in runs for result in run["results"]):
        place: dict[str, Any] = result["locations"][0]["physicalLocation"]
        path = unquote(place["artifactLocation"]["uri"]).removeprefix("./")
        line, column = place["region"]["startLine"], place["region"]["startColumn"]
        confidence = result["properties"]["confidence"]
        yield Located(tree.name, path, line, column, result["ruleId"], confidence, result["message"]["text"])


def drawn(findings: Iterable[Located], seed: str, each: int) -> Iterator[tuple[Located, int]]:
    """Yield the findings of a draw, each with the size of its stratum."""
    strata: dict[tuple[str, str, str], list[Located]] = collections.defaultdict(list)
    for finding in findings:
        strata[finding.package, finding.code, finding.confidence].append(finding)
    for _, members in sorted(strata.items()):
        members.sort(key=lambda finding: _rank(finding, seed))
        for finding in members[: each + (len(members) > _MANY)]:
            yield finding, len(members)


def _rank(finding: Located, seed: str) -> str:
    place = (seed, finding.package, finding.path, finding.line, finding.column, finding.code)
    return hashlib.sha256("|".join(map(str, place)).encode()).hexdigest()


def main() -> int:
    """Collect or draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", type=Path, nargs="*")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="python with the plugin")
    parser.add_argument("--collect", type=Path, metavar="FINDINGS", help="write every finding here")
    parser.add_argument("--findings", type=Path, help="what --collect wrote")
    parser.add_argument("--seed", default="fresh6")
    parser.add_argument("--each", type=int, default=2)
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
    for finding, stratum in drawn(unread, args.seed, args.each):
        row = {**dataclasses.asdict(finding), "stratum": stratum, "sample": args.seed, "verdict": None, "reason": ""}
        print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
