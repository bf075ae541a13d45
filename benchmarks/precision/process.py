"""Findings of the Process view's second half (PAL12x to PAL17x) in whole trees, and a seeded sample of them to read.

python -m benchmarks.precision.process TREE... --python PY --collect FINDINGS
python -m benchmarks.precision.process --findings FINDINGS --seed SEED --size 90 --but process.jsonl

Codes that are off by default are switched on by their stories; what the radar says under the same stories is left out.
What a ledger holds already (`--but`) is not drawn again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.precision.sample import Located, draw
from benchmarks.precision.trees import collect_or_draw, reported

__all__ = ["collect", "main"]

STORIES = "PAL12,PAL13,PAL14,PAL15,PAL16,PAL17"
RADAR = frozenset({"PAL122", "PAL131"})


def collect(tree: Path, python: Path) -> Iterator[Located]:
    """Yield the findings in a tree; raises RuntimeError if a rule failed, so that a crash never looks like silence."""
    for finding in reported(tree, python, "--isolated", f"--select={STORIES},PAL900", "--planalign-files="):
        if finding.code == "PAL900":
            failed = f"{finding.package}/{finding.path}: {finding.message}"
            raise RuntimeError(failed)
        if finding.code.startswith("PAL") and finding.code not in RADAR:
            yield finding


def main() -> int:
    """Collect or draw."""
    return collect_or_draw(__doc__ or "", "process", ("--size", 90), collect, draw)


if __name__ == "__main__":
    sys.exit(main())
