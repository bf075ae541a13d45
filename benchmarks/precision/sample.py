"""A seeded, stratified sample (code x confidence x package) of the findings on the pinned applications.

python -m benchmarks.precision.sample CORPUS --python PY --collect FINDINGS    runs flake8 twice, writes all findings
python -m benchmarks.precision.sample CORPUS --findings FINDINGS --size 200 --ledger LEDGER --reader 1
python -m benchmarks.precision.sample CORPUS --findings FINDINGS --size 200 --ledger LEDGER --redraw

The text of flake8 carries no confidence, so it comes from two runs: what `--planalign-min-confidence=certain` prints is
certain, what `probable` prints beyond it is probable.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.applications import APPLICATIONS, Application, Finding, has_async, run_flake8

__all__ = ["collect", "draw", "main"]

LEDGER = Path(__file__).with_name("ledger.jsonl")
SEED = "planalign"
CERTAIN, PROBABLE = "certain", "probable"


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Located:
    """A finding with the application that it is in and its confidence."""

    package: str
    path: str
    line: int
    column: int
    code: str
    confidence: str
    message: str

    @property
    def stratum(self) -> tuple[str, str, str]:
        """Return what the sample is stratified by."""
        return self.code, self.confidence, self.package

    def rank(self, seed: str) -> str:
        """Return a hash that orders the findings of a stratum, the same on every machine."""
        text = "\0".join((seed, self.package, self.path, str(self.line), str(self.column), self.code, self.message))
        return hashlib.sha256(text.encode()).hexdigest()


def collect(application: Application, corpus: Path, python: Path, select: str) -> list[Located]:
    """Run flake8 at both confidences over an application and return every finding with its own."""
    tree = application.tree(corpus)
    files = [path for path in application.files(corpus) if has_async(tree / path)]
    runs: dict[str, set[Finding]] = {}
    for confidence in (CERTAIN, PROBABLE):
        options = [f"--select={select}", f"--planalign-min-confidence={confidence}"]
        runs[confidence] = set(run_flake8(python, tree, files, options))
    return sorted(
        Located(
            application.name,
            finding.path,
            finding.line,
            finding.column,
            finding.code,
            CERTAIN if finding in runs[CERTAIN] else PROBABLE,
            finding.message,
        )
        for finding in runs[CERTAIN] | runs[PROBABLE]
    )


def draw(findings: Iterable[Located], size: int, seed: str = SEED) -> list[tuple[Located, int]]:
    """Return `size` findings, each with the size of its stratum.

    The strata take turns, smallest code first, so that every one of them is represented before any is twice; within a
    stratum the order is that of a seeded hash, so that a changed finding elsewhere moves nothing here.
    """
    strata: dict[tuple[str, str, str], list[Located]] = collections.defaultdict(list)
    for finding in findings:
        strata[finding.stratum].append(finding)
    for members in strata.values():
        members.sort(key=lambda finding: finding.rank(seed))
    chosen: list[tuple[Located, int]] = []
    depth = 0
    while len(chosen) < size:
        turn = [(members[depth], len(members)) for _, members in sorted(strata.items()) if depth < len(members)]
        if not turn:
            break
        chosen.extend(turn[: size - len(chosen)])
        depth += 1
    return sorted(chosen)


def record(finding: Located, stratum: int, reader: str) -> dict[str, Any]:
    """Return the ledger's row for a reader who has not judged yet."""
    wheel = next(application.sha256 for application in APPLICATIONS if application.name == finding.package)
    return {
        "package": finding.package,
        "wheel": wheel,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "code": finding.code,
        "confidence": finding.confidence,
        "message": finding.message,
        "stratum": stratum,
        "reader": reader,
        "verdict": None,
        "reason": "",
    }


def place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what identifies a finding across readers."""
    return tuple(row[key] for key in ("package", "wheel", "path", "line", "column", "code", "confidence", "message"))


def read(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON lines."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def redraw(rows: Sequence[dict[str, Any]], drawn: Sequence[dict[str, Any]]) -> int:
    """Say where the ledger and a fresh drawing differ; return the exit status."""
    kept, fresh = {place(row) for row in rows}, {place(row) for row in drawn}
    for row in sorted(kept - fresh):
        print("only in the ledger:", *row[2:])
    for row in sorted(fresh - kept):
        print("only in the drawing:", *row[2:])
    if kept == fresh:
        print(f"the ledger's {len(kept)} findings are the ones that are drawn")
    return int(kept != fresh)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="python with flake8 and the plugin")
    parser.add_argument("--select", default="PAL11,PAL122,PAL131", help="codes whose findings are sampled")
    parser.add_argument("--collect", type=Path, metavar="FINDINGS", help="run flake8 and write every finding here")
    parser.add_argument("--findings", type=Path, help="what --collect wrote")
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--seed", default=SEED)
    parser.add_argument("--reader", default="1")
    parser.add_argument("--ledger", type=Path, default=LEDGER)
    parser.add_argument("--redraw", action="store_true", help="compare the ledger with a fresh drawing")
    return parser.parse_args()


def main() -> int:
    """Collect, draw or redraw."""
    args = _arguments()
    if args.collect:
        corpus = args.corpus.resolve()
        found = [f for a in APPLICATIONS for f in collect(a, corpus, args.python.absolute(), args.select)]
        write(args.collect, map(dataclasses.asdict, found))
        for (code, confidence), count in sorted(collections.Counter((f.code, f.confidence) for f in found).items()):
            print(code, confidence, count)
        return 0
    findings = [Located(**row) for row in read(args.findings)]
    drawn = [record(finding, stratum, args.reader) for finding, stratum in draw(findings, args.size, args.seed)]
    rows = read(args.ledger)
    if args.redraw:
        return redraw(rows, drawn)
    known = {(place(row), row["reader"]) for row in rows}
    fresh = [row for row in drawn if (place(row), row["reader"]) not in known]
    write(args.ledger, [*rows, *fresh])
    print(f"{len(fresh)} findings to read, {len(drawn) - len(fresh)} read before")
    return 0


if __name__ == "__main__":
    sys.exit(main())
