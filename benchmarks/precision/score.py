"""Precision by draw, confidence, code and package from a ledger, with Wilson intervals, and how far the readers agree.

python -m benchmarks.precision.score [--ledger LEDGER] [--json OUT]

Verdicts: `true`, `wrong`, `disputable` (two competent readers may differ), `explained` (true by the rule's text, and a
reason in the reading says why it does no harm there). Precision is true + explained over everything but the disputable;
the shares of disputable and explained are shown beside it, so that neither can hide anything. Where a row says how many
findings its stratum has, precision is also weighted by that. Where readers differ and one of their rows says what was
`decided` when both reasons were read, the draws are also counted by what was decided.

The rows of reviews (`review.jsonl`) have a `state` (pass, fail, not applicable, cannot tell) in the place of a
confidence and name a bullet instead of a line: their draws are told apart by it.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import json
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.precision.sample import LEDGER, read, write

__all__ = ["main", "wilson"]

VERDICTS = ("true", "wrong", "disputable", "explained")
PLACE = ("draw", "package", "at", "path", "line", "column", "code", "confidence", "message")
TABLES = ("draw", "confidence", "code", "package")
Z95 = 1.959964
Row = dict[str, Any]
#: What a row of a review has no word for; its confidence is the state.
_BULLET: Row = {"path": "", "line": 0, "column": 0, "reader": 1}


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share; (0, 1) for an empty sample."""
    if not total:
        return 0.0, 1.0
    share, square = hits / total, Z95 * Z95
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z95 * math.sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def readings(path: Path) -> list[Row]:
    """Return the rows of a ledger with `package`, `at` (the state of it) and `draw`, however they are called there.

    A row with the verdict of a second reader under `second` is two readings.
    """
    found: list[Row] = []
    for row in read(path):
        if "state" in row:
            row = {**_BULLET, **row, "draw": f"{row['draw']} {row['state']}", "message": row["evidence"]}  # noqa: PLW2901
        one = {
            **row,
            "package": row.get("package") or row["repository"],
            "at": row.get("wheel") or row.get("commit") or row.get("version") or row.get("sha256"),
            "confidence": row.get("confidence") or row.get("state"),
            "reader": str(row["reader"]),
            "draw": row.get("draw") or row.get("sample") or path.stem,
        }
        found.append(one)
        if row.get("second"):
            found.append({**one, "reader": "2", "verdict": row["second"]})
    return found


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Return counts, precision with its interval, and precision weighted by the size of the strata."""
    counts = collections.Counter(row["verdict"] for row in rows)
    right, judged = counts["true"] + counts["explained"], len(rows) - counts["disputable"]
    low, high = wilson(right, judged)
    return {
        "read": len(rows),
        **{verdict: counts[verdict] for verdict in VERDICTS},
        "precision": round(right / judged, 4) if judged else None,
        "interval": [round(low, 4), round(high, 4)],
        "weighted precision": weighted(rows),
        "disputable share": round(counts["disputable"] / len(rows), 4) if rows else None,
        "explained share": round(counts["explained"] / len(rows), 4) if rows else None,
    }


def weighted(rows: Iterable[Row]) -> float | None:
    """Return the precision over all findings: each stratum's share counts as often as the stratum has findings.

    None where the rows do not say how many that are.
    """
    rows = list(rows)
    if not all("stratum" in row for row in rows):
        return None
    strata: dict[tuple[str, ...], list[Row]] = collections.defaultdict(list)
    for row in rows:
        if row["verdict"] != "disputable":
            strata[row["code"], row["confidence"], row["package"]].append(row)
    total = sum(members[0]["stratum"] for members in strata.values())
    if not total:
        return None
    right = sum(
        members[0]["stratum"] * sum(row["verdict"] != "wrong" for row in members) / len(members)
        for members in strata.values()
    )
    return float(round(right / total, 4))


def agreement(rows: Iterable[Row]) -> dict[str, Any]:
    """Return for each two readers how often they gave the same verdict, with Cohen's kappa, and where they did not."""
    by_place: dict[tuple[Any, ...], dict[str, Row]] = collections.defaultdict(dict)
    for row in rows:
        by_place[_place(row)][row["reader"]] = row
    readers = sorted({reader for found in by_place.values() for reader in found})
    return {
        f"{one} and {other}": _agreement(
            [(at, f[one], f[other]) for at, f in by_place.items() if {one, other} <= f.keys()]
        )
        for one, other in itertools.combinations(readers, 2)
    }


def _place(row: Row) -> tuple[Any, ...]:
    return tuple(row[key] for key in PLACE)


def _agreement(twice: Sequence[tuple[tuple[Any, ...], Row, Row]]) -> dict[str, Any]:
    if not twice:
        return {"read twice": 0}
    pairs = [(a["verdict"], b["verdict"], at) for at, a, b in twice]
    same = sum(a == b for a, b, _ in pairs) / len(pairs)
    first = collections.Counter(a for a, _, _ in pairs)
    second = collections.Counter(b for _, b, _ in pairs)
    chance = sum(first[verdict] * second[verdict] for verdict in VERDICTS) / len(pairs) ** 2
    return {
        "read twice": len(pairs),
        "same": round(same, 4),
        "kappa": round((same - chance) / (1 - chance), 4) if chance < 1 else 1.0,
        "differ": [f"{at[1]}/{at[3]}:{at[4]} {at[6]}: {a} / {b}" for a, b, at in pairs if a != b],
    }


def decided(rows: Iterable[Row]) -> list[Row]:
    """Return the first reader's rows of the draws in which a difference was decided, with what was decided."""
    rows = list(rows)
    verdicts = {_place(row): row["decided"] for row in rows if "decided" in row}
    draws = {row["draw"] for row in rows if "decided" in row}
    first = (row for row in rows if row["reader"] == "1" and row["draw"] in draws)
    return [{**row, "verdict": verdicts.get(_place(row), row["verdict"])} for row in first]


def table(rows: Sequence[Row], title: str, key: Callable[[Row], str]) -> list[str]:
    """Return a Markdown table of precision, one row for each value of `key`."""
    lines = [f"| {title} | read | true | wrong | disputable | explained | precision | 95 % interval | weighted |"]
    lines.append("|---" * 9 + "|")
    for value in dict.fromkeys(key(row) for row in rows) if title == "draw" else sorted({key(row) for row in rows}):
        s = summary([row for row in rows if key(row) == value])
        shown = [s["read"], *(s[verdict] for verdict in VERDICTS), s["precision"]]
        interval = f"{s['interval'][0]:.3f}-{s['interval'][1]:.3f}"
        lines.append("| " + " | ".join(map(str, (value, *shown, interval, s["weighted precision"]))) + " |")
    return lines


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ledger", type=Path, default=LEDGER)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = readings(args.ledger)
    unread = [row for row in rows if row["verdict"] is None]
    strange = [
        row for row in rows if row["verdict"] not in (*VERDICTS, None) or row.get("decided", "true") not in VERDICTS
    ]
    if strange:
        parser.error(f"{len(strange)} rows with a verdict that is none of {', '.join(VERDICTS)}")
    rows = [row for row in rows if row["verdict"] is not None]
    print(f"{len(rows)} readings, {len(unread)} not read yet")
    result = {"agreement": agreement(rows)}
    for reader in sorted({row["reader"] for row in rows}):
        mine = [row for row in rows if row["reader"] == reader]
        print(f"\nReader {reader}\n")
        for title in TABLES:
            print("\n".join(table(mine, title, lambda row, title=title: str(row[title]))), end="\n\n")  # type: ignore[misc]
        result[f"reader {reader}"] = {
            confidence: summary([row for row in mine if row["confidence"] == confidence])
            for confidence in sorted({row["confidence"] for row in mine})
        }
    if settled := decided(rows):
        print("\nDecided\n")
        for title in TABLES:
            print("\n".join(table(settled, title, lambda row, title=title: str(row[title]))), end="\n\n")  # type: ignore[misc]
    print(json.dumps(result["agreement"], indent=1))
    if args.json:
        write(args.json, [result])


if __name__ == "__main__":
    main()
