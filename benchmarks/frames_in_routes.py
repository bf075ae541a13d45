"""PAL116 for pandas and numpy inside routes: precision and recall against what every operation really costs.

python -m benchmarks.frames_in_routes --python PY [--rows 1000000] [--limit 20] [--json OUT]

The interpreter that runs this has pandas and numpy; PY is one with flake8 and the plugin. Every public method of
DataFrame, Series, `.str`, a group-by and ndarray, and every public function of pandas, numpy, numpy.linalg and
numpy.fft is called with the first of a few arguments that it accepts, on a table of `--rows` rows, and its processor
time is taken. What takes `--limit` milliseconds or more blocks, what takes less does not: that is the truth. Then each
call is written into an asynchronous FastAPI route, in four ways to come by the table, and flake8 says what it thinks.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import io
import json
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.applications import run_flake8

__all__ = ["main"]

#: Arguments that are tried in turn, as source text over `frame`, `series`, `text`, `grouped`, `array`, `matrix`.
ARGUMENTS = (
    "", "'a'", "['a']", "frame[['a', 'b']]", "series", "'mean'", "array", "matrix", "(array, array)", "0.5", "2", "'x'",
    "lambda part: part", "{'a': 'float32'}", "'a > 0.5'", "'x', 'y'", "array, array", "0, 1", "matrix, matrix",
    "index='k', values='a'", "'D'", "array, 2", "0, array", "series, series",
)  # fmt: skip
#: What does not compute: files, plots, printing, in-place changes, time zones, and what needs another library.
SKIPPED = {
    "boxplot", "fromfile", "fromregex", "genfromtxt", "hist", "info", "insert", "load", "loadtxt", "memmap", "plot",
    "pop", "resize", "save", "savetxt", "savez", "savez_compressed", "set_flags", "setfield", "setflags", "show_config",
    "show_runtime", "show_versions", "style", "test", "to_clipboard", "to_csv", "to_excel", "to_feather", "to_file",
    "to_hdf", "to_parquet", "to_pickle", "to_sql", "to_stata", "to_xarray", "tofile", "update", "fill", "partition",
    "put", "sort", "itemset", "byteswap", "dump", "dumps", "DataFrame", "Series",
}  # fmt: skip
#: Bytes of address space for the measurement; an outer product of the table would take terabytes.
MEMORY = 4 << 30
RECEIVERS = ("frame", "series", "text.str", "grouped", "array")
MODULES = {"pd": pd, "np": np, "np.linalg": np.linalg, "np.fft": np.fft}
#: Ways to come by the table in a route: the route's parameters, and what it does first.
WAYS = {
    "global": ("", "frame = TABLE"),
    "dependency": ("frame: Annotated[pd.DataFrame, Depends(load)]", ""),
    "helper": ("", "frame = load()"),
    "narrowed": ("", "frame = load()[TABLE['a'] > 0]"),
}
PARTS = {
    "series": "frame['a']",
    "text": "frame['x']",
    "grouped": "frame.groupby('k')",
    "array": "frame['a'].to_numpy()",
}
HEAD = """\
from typing import Annotated

import numpy as np
import pandas as pd
from fastapi import APIRouter, Depends

router = APIRouter()
TABLE = pd.read_parquet("table.parquet")
matrix = np.eye(600)


def load():
    return pd.DataFrame({"a": [0.5], "k": [1]})
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """A call as source text, and what it costs in milliseconds of processor time."""

    text: str
    cost: float


class _TooLongError(Exception):
    pass


def _raise(_number: int, _frame: object) -> None:
    raise _TooLongError


def table(rows: int) -> dict[str, Any]:
    """Return the values that the calls are made on."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "a": random.random(rows),
            "b": random.random(rows),
            "k": random.integers(0, 1000, rows),
            "x": random.integers(0, 100_000, rows).astype(str),
        }
    )
    return {
        "pd": pd, "np": np, "frame": frame, "series": frame["a"], "text": frame["x"], "grouped": frame.groupby("k"),
        "array": frame["a"].to_numpy(), "matrix": np.eye(600),
    }  # fmt: skip


def candidates(values: dict[str, Any]) -> Iterator[str]:
    """Yield what may be called: methods of the receivers and functions of the modules."""
    for receiver in RECEIVERS:
        owner = eval(receiver, values)  # noqa: S307 - our own constants
        for name in dir(owner):
            if name[0] != "_" and name not in SKIPPED and callable(getattr(type(owner), name, None)):
                yield f"{receiver}.{name}"
    for prefix, module in MODULES.items():
        for name in dir(module):
            function = getattr(module, name, None)
            if name[0] == "_" or name in SKIPPED or name.startswith("read_") or isinstance(function, type):
                continue
            if callable(function):
                yield f"{prefix}.{name}"


def measured(candidate: str, values: dict[str, Any]) -> Operation | None:
    """Return the first call of a candidate that works, with its cost; None if none does."""
    for arguments in ARGUMENTS:
        text = f"{candidate}({arguments})"
        signal.setitimer(signal.ITIMER_REAL, 4)
        started = time.process_time()
        try:
            with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")
                eval(text, dict(values))  # noqa: S307 - our own constants
        except _TooLongError:
            return Operation(text, 4000.0)
        except (Exception, MemoryError):  # noqa: BLE001, S112 - any refusal means other arguments
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return Operation(text, (time.process_time() - started) * 1000)
    return None


def routes(operations: list[Operation], way: str) -> tuple[str, dict[int, Operation]]:
    """Return a module with a route for each operation, and on which line each is called."""
    parameters, first = WAYS[way]
    lines = HEAD.splitlines()
    called: dict[int, Operation] = {}
    for number, operation in enumerate(operations):
        lines += ["", "", f'@router.get("/{number}")', f"async def route_{number}({parameters}):"]
        lines += [f"    {first}"] if first else []
        lines += [f"    {name} = {value}  # noqa" for name, value in PARTS.items() if name in operation.text]
        lines.append(f"    return {operation.text}")
        called[len(lines)] = operation
    return "\n".join(lines) + "\n", called


def judged(operations: list[Operation], python: Path, limit: float) -> dict[str, Any]:
    """Return for every way what was found, rightly and wrongly, and what was missed."""
    report: dict[str, Any] = {}
    for way in WAYS:
        text, called = routes(operations, way)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "pyproject.toml").write_text("[tool.planalign]\n", encoding="utf-8")
            Path(folder, "routes.py").write_text(text, encoding="utf-8")
            found = {
                confidence: {
                    finding.line
                    for finding in run_flake8(
                        python,
                        Path(folder),
                        [Path("routes.py")],
                        ["--select=PAL116", f"--planalign-min-confidence={confidence}"],
                    )
                }
                for confidence in ("certain", "probable")
            }
        counts: collections.Counter[str] = collections.Counter()
        wrong, missed = [], []
        for line, operation in called.items():
            blocks = operation.cost >= limit
            confidence = next((c for c in ("certain", "probable") if line in found[c]), None)
            counts[f"{confidence or 'silent'} {'blocks' if blocks else 'quick'}"] += 1
            if confidence and not blocks:
                wrong.append(f"{operation.text}: {operation.cost:.1f} ms")
            if blocks and not confidence:
                missed.append(f"{operation.text}: {operation.cost:.0f} ms")
        report[way] = {"counts": dict(counts), "wrong": sorted(wrong), "missed": sorted(missed)}
    return report


def main() -> int:
    """Measure, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", type=Path, required=True, help="python with flake8 and the plugin")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--limit", type=float, default=20.0, help="milliseconds from which an operation blocks")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    signal.signal(signal.SIGALRM, _raise)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    values = table(args.rows)
    operations = [found for name in candidates(values) if (found := measured(name, values)) is not None]
    report = judged(operations, args.python.absolute(), args.limit)
    print(f"pandas {pd.__version__}, numpy {np.__version__}: {len(operations)} operations")
    for way, result in report.items():
        counts = collections.Counter(result["counts"])
        right = {c: counts[f"{c} blocks"] for c in ("certain", "probable")}
        said = {c: right[c] + counts[f"{c} quick"] for c in right}
        blocking = sum(counts[f"{kind} blocks"] for kind in ("certain", "probable", "silent"))
        shares = ", ".join(f"{c} {right[c]}/{said[c]}" for c in right)
        print(f"{way}: precision {shares}; recall {sum(right.values())}/{blocking}")
    if args.json:
        args.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
