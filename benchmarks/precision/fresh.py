"""What a new user reads: every finding of a default run in trees that nobody looked at before, and a draw of them.

python -m benchmarks.precision.fresh TREE... --python PY --collect FINDINGS
python -m benchmarks.precision.fresh --findings FINDINGS --seed SEED --each 2 --but benchmarks/precision/fresh.jsonl

`planalign check` finds what `flake8 --select=PAL` finds, without the time of other plugins; a crash is a finding too
(PAL900). The draw takes `--each` findings of every tree, code and confidence, and one more where there are over twenty;
a seeded hash decides, and what the ledger holds is left out.
"""

from __future__ import annotations

import collections
import hashlib
import sys
from collections.abc import Iterable, Iterator

from benchmarks.precision.sample import Located
from benchmarks.precision.trees import collect_or_draw, reported

__all__ = ["drawn", "main"]

_MANY = 20


def drawn(findings: Iterable[Located], each: int, seed: str) -> Iterator[tuple[Located, int]]:
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
    return collect_or_draw(__doc__ or "", "fresh6", ("--each", 2), reported, drawn)


if __name__ == "__main__":
    sys.exit(main())
