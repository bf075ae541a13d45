"""PAL116 for pandas and numpy inside routes: precision and recall against what every operation really costs.

python -m benchmarks.frames_in_routes --python PY [--rows 1000000] [--limit 10] [--json OUT]

The interpreter that runs this has pandas and numpy; PY is one with flake8 and the plugin. Each call of a table of calls
as services make them, and of innocent neighbours, is run on `--rows` rows, and its processor time is taken
(the least of three for quick ones). What takes `--limit` milliseconds or more blocks, what takes less does not: that is
the truth. By default that is 10 ns a row: once through the memory of a column takes about 1 ns a row, while hashing,
sorting, grouping, text and Python objects take 10 to 1,000. Then each call is written into an asynchronous FastAPI
route, in four ways to come by the frame, and flake8 says what it thinks; PAL114 counts too, as it speaks of `to_json`.
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
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.applications import run_flake8

__all__ = ["main"]

#: Calls over `frame` (columns: numbers a and b, key k of 1,000 values, text x, day as text, at as time), `users` (a row
#: for each key), `array` (column a) and `MATRIX` (600 x 600).
CALLS = """
frame.merge(users, on="k")
frame.merge(users, on="k", how="left")
pd.merge(frame, users, on="k")
frame.join(users.set_index("k"), on="k")
pd.merge_asof(frame.sort_values("k"), users, on="k")
pd.concat([frame, frame])
pd.concat([frame, frame], ignore_index=True)
frame.groupby("k").mean(numeric_only=True)
frame.groupby("k")["a"].sum()
frame.groupby("k")["a"].mean().reset_index()
frame.groupby("k").agg({"a": "mean", "b": "max"})
frame.groupby("k").agg(total=("a", "sum"), top=("b", "max"))
frame.groupby("k").size()
frame.groupby("k")["x"].nunique()
frame.groupby("k")["a"].transform("mean")
frame.groupby("k")["a"].apply(lambda part: part.max())
frame.groupby(["k", "x"]).size()
frame.groupby("k")["a"].rank()
frame.groupby("k")["a"].cumsum()
frame.groupby("k")["a"].shift(1)
frame.groupby("k").first()
frame.groupby("k").get_group(3)
frame.groupby("k").head(3)
frame.groupby("k")["a"].describe()
{key: len(part) for key, part in frame.groupby("k")}
frame.sort_values("a")
frame.sort_values(["k", "a"], ascending=False)
frame.sort_values("a").head(10)
frame["a"].sort_values()
frame.set_index("k").sort_index()
frame.nlargest(10, "a")
frame["a"].nlargest(10)
frame["a"].rank()
frame.pivot_table(index="k", values="a", aggfunc="mean")
frame.pivot_table(index="k", columns=frame["a"] > 0.5, values="b")
pd.crosstab(frame["k"], frame["a"] > 0.5)
frame.melt(id_vars="k", value_vars=["a", "b"])
frame[["a", "b"]].stack()
frame[["a", "b"]].apply(sum)
frame.apply(lambda row: row["a"] + row["b"], axis=1)
frame["a"].apply(lambda value: value * 2)
frame["a"].map(lambda value: value * 2)
frame["k"].map({1: "one", 2: "two"})
frame[["a", "b"]].agg(["mean", "std"])
frame["a"].rolling(30).mean()
frame["a"].rolling(30).std()
frame["a"].rolling(30).apply(np.mean, raw=True)
frame["a"].expanding().max()
frame["a"].ewm(span=10).mean()
frame.set_index("at")["a"].resample("D").mean()
frame["k"].value_counts()
frame["x"].value_counts()
frame["x"].value_counts().to_dict()
frame["k"].unique()
frame["x"].unique()
frame["x"].nunique()
frame["k"].nunique()
frame.nunique()
frame.drop_duplicates()
frame.drop_duplicates(subset=["k"])
frame["x"].drop_duplicates()
frame.duplicated()
frame["x"].duplicated()
frame["a"].describe()
frame.describe()
frame["a"].median()
frame["a"].quantile(0.95)
frame[["a", "b"]].quantile([0.05, 0.95])
frame[["a", "b"]].corr()
frame["a"].corr(frame["b"])
frame[["a", "b"]].skew()
frame["a"].skew()
frame["a"].kurt()
frame["a"].mode()
frame["x"].str.contains("99")
frame[frame["x"].str.contains("99")]
frame["x"].str.lower()
frame["x"].str.upper()
frame["x"].str.strip()
frame["x"].str.replace("9", "0")
frame["x"].str.split("9")
frame["x"].str.startswith("99")
frame["x"].str.endswith("99")
frame["x"].str.len()
frame["x"].str[:2]
frame["x"].str.slice(0, 2)
frame["x"].str.zfill(8)
frame["x"].str.extract(r"(\\d\\d)")
frame["x"].str.get(0)
frame["x"].str.cat(sep=",")
frame["x"].str.isdigit()
frame["x"].str.title()
pd.to_datetime(frame["day"])
pd.to_datetime(frame["day"], format="%Y-%m-%d")
pd.to_numeric(frame["x"])
frame["at"].dt.strftime("%Y-%m-%d")
frame["at"].dt.date
frame["at"].dt.year
frame["at"].dt.dayofweek
frame["at"].dt.floor("h")
frame["a"].astype(str)
frame["x"].astype(int)
frame["x"].astype("category")
frame["a"].astype("float32")
frame["k"].astype(float)
frame.to_dict("records")
frame.to_dict(orient="list")
frame.to_json(orient="records")
frame[["a", "b"]].to_json()
frame.to_csv(index=False)
frame["a"].to_list()
frame["a"].tolist()
frame["x"].to_list()
list(frame["a"])
frame[["a", "b"]].values.tolist()
frame.to_records()
frame.to_parquet()
[row.a for row in frame.itertuples()]
frame["k"].isin([1, 2, 3])
frame[frame["k"].isin([1, 2, 3])]
frame["x"].isin(["1", "2"])
frame["x"].replace("1", "one")
frame["k"].replace({1: 10, 2: 20})
frame.replace({"x": {"1": "one"}})
frame.query("a > 0.5")
frame.query("k == 3")
frame.eval("a + b")
pd.cut(frame["a"], bins=10)
pd.qcut(frame["a"], 10)
pd.get_dummies(frame["k"] % 10)
pd.factorize(frame["x"])
frame["x"].factorize()
frame["a"].interpolate()
frame["x"].str.split("9").explode()
frame.dropna()
frame.fillna(0)
frame["a"].fillna(0)
frame.isna().sum()
frame.copy()
frame.reset_index()
frame.reset_index(drop=True)
frame.set_index("k")
frame.reindex(range(100))
frame.sample(1000)
frame.sample(frac=0.5)
frame["a"].where(frame["a"] > 0.5, 0)
frame["a"].shift(1)
frame["a"].diff()
frame["a"].pct_change()
frame["a"].cumsum()
frame["a"].clip(0, 1)
frame["a"].round(2)
frame.round(2)
frame["a"].between(0.2, 0.8)
frame["a"].abs()
frame["a"].std()
frame["a"].var()
frame["a"].sum()
frame["a"].mean()
frame["a"].max()
frame["a"].idxmax()
frame["a"].count()
frame["x"].max()
frame[["a", "b"]].mean()
frame[["a", "b"]].sum()
frame["a"] * 2 + frame["b"]
frame["a"] > 0.5
frame[frame["a"] > 0.5]
frame.loc[frame["k"] == 3, "a"]
frame["x"] == "99"
frame["x"] + "_"
frame.shape
frame.columns
list(frame.columns)
frame.dtypes
frame.index
frame.empty
len(frame)
frame["a"]
frame[["a", "b"]]
frame.a
frame.head()
frame.head(10).to_dict("records")
frame.head(20).to_json(orient="records")
frame.head().sort_values("a")
frame.tail(3)
frame.tail(20).to_dict("records")
frame.iloc[0]
frame.iloc[0].to_dict()
frame.iloc[:20]
frame.iloc[:20].to_dict("records")
frame.iloc[-1]["a"]
frame.loc[5]
frame.loc[5, "a"]
frame.at[5, "a"]
frame.iat[5, 0]
frame.groupby("k")
frame["a"].rolling(30)
frame.rename(columns={"a": "score"})
frame.drop(columns=["b"])
frame.assign(c=1)
frame.assign(c=frame["a"] * 2)
frame.T
frame["a"].to_numpy()
frame["a"].values
frame[["a", "b"]].to_numpy()
frame.select_dtypes("number")
frame.add_prefix("f_")
frame.memory_usage()
frame.describe
frame.items()
frame.to_dict
pd.DataFrame({"score": [0.5]})
pd.DataFrame([{"user": 1, "score": 0.5}])
pd.DataFrame({"score": [0.5, 0.2]}).to_dict("records")
pd.DataFrame([{"user": 1}]).merge(pd.DataFrame([{"user": 1, "score": 2}]), on="user")
pd.Series([1, 2, 3])
pd.Timestamp("2026-01-01")
pd.to_datetime("2026-01-01")
pd.Timedelta(days=1)
pd.isna(0.5)
pd.date_range("2026-01-01", periods=7)
users.shape
np.sort(array)
np.argsort(array)
array.argsort()
np.sort(array)[::-1][:10]
np.unique(array)
np.unique(frame["k"].to_numpy())
np.unique(array, return_counts=True)
np.percentile(array, 95)
np.percentile(array, [5, 50, 95])
np.quantile(array, 0.95)
np.median(array)
np.nanmedian(array)
np.partition(array, 10)
np.argpartition(array, -10)[-10:]
np.histogram(array, bins=50)
np.bincount(frame["k"].to_numpy())
np.digitize(array, [0.2, 0.5, 0.8])
np.searchsorted(np.array([0.2, 0.5, 0.8]), array)
np.isin(frame["k"].to_numpy(), [1, 2, 3])
np.intersect1d(array, array)
np.setdiff1d(array, array[:100])
np.union1d(array, array)
np.convolve(array, np.ones(50) / 50, mode="same")
np.correlate(array, np.ones(50))
np.fft.fft(array)
np.fft.rfft(array)
np.fft.ifft(array)
np.corrcoef(array, array)
np.cov(array, array)
np.linalg.inv(MATRIX)
np.linalg.svd(MATRIX)
np.linalg.eig(MATRIX)
np.linalg.eigh(MATRIX)
np.linalg.qr(MATRIX)
np.linalg.pinv(MATRIX)
np.linalg.det(MATRIX)
np.linalg.solve(MATRIX, MATRIX[0])
np.linalg.lstsq(MATRIX, MATRIX[0])
np.linalg.cholesky(MATRIX @ MATRIX.T + np.eye(600))
np.linalg.matrix_rank(MATRIX)
MATRIX @ MATRIX
np.dot(MATRIX, MATRIX)
np.matmul(MATRIX, MATRIX)
np.einsum("ij,jk->ik", MATRIX, MATRIX)
np.outer(MATRIX[0], MATRIX[0])
np.kron(MATRIX[:60, :60], MATRIX[:60, :60])
np.vectorize(lambda value: value * 2)(array)
np.apply_along_axis(np.sum, 1, array.reshape(-1, 2))
np.interp(array, [0.0, 1.0], [0.0, 10.0])
np.polyfit(array, array, 2)
np.gradient(array)
np.exp(array)
np.log1p(array)
np.sqrt(array)
np.sin(array)
np.power(array, 3)
np.tanh(array)
np.std(array)
np.var(array)
np.nanmean(array)
np.cumsum(array)
np.diff(array)
np.where(array > 0.5, 1, 0)
np.clip(array, 0, 1)
np.round(array, 2)
np.concatenate([array, array])
np.vstack([array, array])
np.select([array > 0.5, array > 0.2], [1, 2], default=0)
np.nan_to_num(array)
np.random.default_rng(0).normal(size=1_000_000)
np.random.default_rng(0).permutation(array)
array.tolist()
array.astype(str)
array.astype("float32")
array.sum()
array.mean()
array.max()
array.argmax()
array.shape
array.reshape(-1, 2)
array.copy()
array[:10]
array[array > 0.5]
array.std()
array * 2
np.sum(array)
np.mean(array)
np.max(array)
np.argmax(array)
np.isnan(array).any()
np.array_equal(array, array)
np.linalg.norm(array)
np.dot(array, array)
array @ array
np.count_nonzero(array > 0.5)
np.zeros(3)
np.array([1, 2, 3])
np.ones((3, 3))
np.eye(3)
np.arange(10)
np.linspace(0, 1, 11)
np.zeros_like(array)
np.asarray(array)
np.sqrt(2.0)
np.log(2.0)
np.exp(-0.5)
np.isnan(0.5)
np.float64(0.5).item()
np.sort([3, 1, 2])
np.unique(["a", "b"])
np.percentile([0.1, 0.2, 0.3], 50)
np.median([0.1, 0.2, 0.3])
np.dot([1, 2], [3, 4])
np.linalg.norm([3.0, 4.0])
np.mean([0.1, 0.2])
np.argsort([3, 1, 2])
np.random.default_rng(0).random()
"""
#: Bytes of address space for the measurement.
MEMORY = 6 << 30
#: Seconds after which a call is stopped; it blocks beyond doubt.
PATIENCE = 2
#: Milliseconds up to which a measurement is repeated, and how often.
QUICK, REPEATED = 100.0, 3
#: Ways to come by the frame in a route: the route's parameters, and what it does first.
WAYS = {
    "global": ("", "frame = TABLE"),
    "dependency": ("frame: Annotated[pd.DataFrame, Depends(load)]", ""),
    "helper": ("", "frame = load()"),
    "narrowed": ("", 'frame = load()[TABLE["a"] > 0]'),
}
HEAD = """\
from typing import Annotated

import numpy as np
import pandas as pd
from fastapi import APIRouter, Depends

router = APIRouter()
TABLE = pd.read_parquet("table.parquet")
users = pd.read_parquet("users.parquet")
MATRIX = np.load("matrix.npy")


def load():
    return pd.read_parquet("table.parquet")
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
    at = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.sort(random.integers(0, 10**8, rows)), unit="s")
    frame = pd.DataFrame(
        {
            "a": random.random(rows),
            "b": random.random(rows),
            "k": random.integers(0, 1000, rows),
            "x": random.integers(0, 100_000, rows).astype(str),
            "day": at.strftime("%Y-%m-%d"),
            "at": at,
        }
    )
    users = pd.DataFrame({"k": np.arange(1000), "name": np.arange(1000).astype(str)})
    matrix = random.random((600, 600))
    return {"pd": pd, "np": np, "frame": frame, "users": users, "MATRIX": matrix + matrix.T}


def cost(text: str, values: dict[str, Any]) -> float:
    """Return the milliseconds of processor time of one call; a refusal of the call is an error of the table."""
    scope = {**values, "frame": values["frame"].copy(), "array": values["frame"]["a"].to_numpy()}
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    started = time.process_time()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            eval(text, scope)  # noqa: S307 - our own constants
    except (_TooLongError, MemoryError):
        return PATIENCE * 1000.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return (time.process_time() - started) * 1000


def measured(text: str, values: dict[str, Any]) -> Operation:
    """Return a call with what it costs."""
    least = cost(text, values)
    for _ in range(REPEATED - 1):
        if least < QUICK:
            least = min(least, cost(text, values))
    return Operation(text, least)


def routes(operations: list[Operation], way: str) -> tuple[str, dict[int, Operation]]:
    """Return a module with a route for each operation, and on which line each is called."""
    parameters, first = WAYS[way]
    lines = HEAD.splitlines()
    called: dict[int, Operation] = {}
    for number, operation in enumerate(operations):
        lines += ["", "", f'@router.get("/{number}")', f"async def route_{number}({parameters}):"]
        lines += [f"    {first}"] if first else []
        lines += ['    array = frame["a"].to_numpy()'] if "array" in operation.text else []
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
                        ["--select=PAL114,PAL116", f"--planalign-min-confidence={confidence}"],
                    )
                }
                for confidence in ("certain", "probable")
            }
        counts: collections.Counter[str] = collections.Counter()
        rows: dict[str, list[str]] = {"wrong certain": [], "wrong probable": [], "missed": []}
        for line, operation in called.items():
            blocks = operation.cost >= limit
            confidence = next((c for c in ("certain", "probable") if line in found[c]), None)
            counts[f"{confidence or 'silent'} {'blocks' if blocks else 'quick'}"] += 1
            if bool(confidence) != blocks:
                rows["missed" if blocks else f"wrong {confidence}"].append(f"{operation.text}: {operation.cost:.1f} ms")
        report[way] = {"counts": dict(counts), **rows}
    return report


def main() -> int:
    """Measure, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", type=Path, required=True, help="python with flake8 and the plugin")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--limit", type=float, default=10.0, help="milliseconds from which an operation blocks")
    parser.add_argument("--costs", type=Path, help="costs of an earlier run: read if the file is there, else written")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    if args.costs and args.costs.exists():
        operations = [Operation(*row) for row in json.loads(args.costs.read_text(encoding="utf-8"))]
    else:
        signal.signal(signal.SIGALRM, _raise)
        limits = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, limits[1]))
        values = table(args.rows)
        operations = [measured(text, values) for text in CALLS.strip().splitlines()]
        resource.setrlimit(resource.RLIMIT_AS, limits)
        if args.costs:
            args.costs.write_text(json.dumps([dataclasses.astuple(o) for o in operations], indent=1), encoding="utf-8")
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
