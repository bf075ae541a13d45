"""What names tell: which words speak of drift, of a swap, of retraining and of an exported model."""

from __future__ import annotations

import re
from typing import Final

from flake8_planalign.patterns import lazy

__all__ = [
    "AMOUNT",
    "ASKS",
    "DRIFT",
    "EXPORT",
    "FAILURE",
    "LIBRARIES",
    "LIMITS",
    "MAKES",
    "METRIC",
    "MODEL",
    "MOVES",
    "NEUTRAL",
    "NO_DRIFT",
    "PARALLEL",
    "PLATFORM",
    "REFUSED",
    "SHIFTED",
    "STEADY",
    "SWAP",
    "TRAINED",
    "TRIGGER",
    "story_of",
]

DRIFT: Final = lazy(r"drift", re.IGNORECASE)
#: Drift of other things than data, and things that are named after drift.
NO_DRIFT: Final = lazy(
    r"(?:clock|time|schema|config(?:uration)?|version|migration|infra\w*|terraform|plan|table|contract|docs?|price"
    r"|lock|rounding|parity(?:_detects)?|performance|accuracy|latency|quality)[\s_-]*drift|structural\w*drift"
    r"|drift(?:ed|s|ing)?[\s_-]*(?:apart|down|past|up|from(?![\s_-]*(?:base|ref|train)))|drift[\s_-]*(?:alignment|baseline|config\w*|dashboard|endpoint|page|route|schema|settings)",
    re.IGNORECASE,
)
#: A test that says of itself that nothing drifts.
STEADY: Final = lazy(
    r"(?:^|_)(?:no|not|without|non|un|zero|never)_?(?:data_|feature_|model_)?drift"
    r"|(?:^|_)(?:stationary|unchanged)(?:_|$)|(?:^|_)false_(?:alarm|positive)s?(?![a-z])",
    re.IGNORECASE,
)
#: A test of what is refused or missing, in which nothing can drift.
REFUSED: Final = lazy(
    r"(?:^|_)(?:not_found|missing|unknown|empty|invalid|bad_request|disabled|unavailable|unauthori[sz]ed|forbidden|insufficient\w*"
    r"|no_(?:baseline|data|history|logs?|model|predictions?|production|records?|reference|report|samples?)"
    r"|raises|rejects?|small_(?:logs?|samples?)|too_(?:few|small)|[45]\d\d)(?![a-z0-9])",
    re.IGNORECASE,
)
#: What is said of data that somebody moves.
SHIFTED: Final = lazy(
    r"(?:^|[_/?=.-])(?:shift(?:ed|s)?|skew(?:ed)?|perturb\w*|inject\w*|corrupt\w*|inflat\w*|induc\w*|simulat\w*"
    r"|drifted_(?:data\w*|df|frame|batch\w*|sample\w*|features?_(?:df|frame)|rows|inputs?|values|distribution))(?:[_/?&=.-]|$)",
    re.IGNORECASE,
)
#: What drifts, if it is data.
PLATFORM: Final = lazy(
    r"data|feature|model|psi\b|\bks\b|covariate|concept|distribution|frame|population|retrain|score|predict|sample",
    re.IGNORECASE,
)
#: Functions that measure drift and do nothing about it.
METRIC: Final = lazy(
    r"(?:^|_)(?:(?:categorical|column|numeric(?:al)?)_drift$|drift_share$|psi|mmd|cramer\w*|energy|hellinger|ks|ks_2samp|kl|js|jensen\w*|kolmogorov\w*|population_stability\w*|wasserstein\w*|chi2?\w*|distance"
    r"|divergence|statistics?|metrics?|p_?values?|index|histogram|compute\w*|calculate\w*)(?:_|$)",
    re.IGNORECASE,
)
#: Functions that make or read data.
MAKES: Final = lazy(
    r"_?(?:create|fake|gen|generate|load|make|read|sample|simulate|synthesi[sz]e)_(?!\w*(?:drift|model|monitor|pipeline|report))\w+$"
    r"|\w*Data(?:Generator|Simulator|Maker)$",
    re.IGNORECASE,
)
#: Functions that move data themselves: a test of one alone shows no platform.
MOVES: Final = lazy(
    r"_?(?:inject|perturb|shift|simulate|skew)(?:_\w*)?$"
    r"|_?(?:add|apply|create|gen|generate|induce|introduce|make|sample)_\w*(?:drift|noise|outliers?|shift|skew)(?:ed)?(?:_\w*)?$",
    re.IGNORECASE,
)
#: Parameters that say how much data is made and not which.
AMOUNT: Final = lazy(
    r"^(?:n|k|m|i|count|days?|hours?|id|idx|index|len|length|name|num|path|rows?|samples?|seed|size|steps?|version)$"
    r"|^(?:n|num)_|_(?:count|days?|id|len|rows|seed|size|state|version)$",
    re.IGNORECASE,
)
#: Calls that say from when on something counts as drift.
LIMITS: Final = lazy(r"config|limit|option|param|setting|threshold", re.IGNORECASE)
#: Names by which tests know libraries and what comes from them.
LIBRARIES: Final = frozenset({
    "MagicMock", "Mock", "Path", "__import__", "collections", "csv", "dataclasses", "datetime", "gen", "generator",
    "io", "itertools", "json", "logging", "math", "mock", "monkeypatch", "nn", "np", "numpy", "os", "pandas", "patch",
    "pd", "pl", "polars", "pytest", "random", "re", "rng", "rs", "scipy", "shutil", "stats", "sys", "tempfile", "tf",
    "time", "timedelta", "timezone", "tmp_path", "torch", "unittest", "uuid", "warnings",
})  # fmt: skip
#: Calls that prepare or compare, and touch no platform.
NEUTRAL: Final = frozenset({
    "DataFrame", "Series", "__import__", "abs", "abspath", "all", "any", "append", "approx", "array", "asarray",
    "assert_allclose", "astype", "backward", "bool", "capitalize", "choice", "concatenate", "copy", "deepcopy",
    "default_rng", "detach", "dict", "dropna", "dump", "dumps", "endswith", "enumerate", "exists", "exponential",
    "extend", "fillna", "fixture", "float", "format", "fromkeys", "full", "gamma", "getattr", "groupby", "hasattr",
    "head", "int", "isclose", "isfinite", "isinstance", "isna", "isnull", "issubset", "item", "items", "join", "keys",
    "len", "linspace", "list", "lognormal", "lower", "mark", "max", "mean", "merge", "min", "mkdir", "next",
    "no_grad", "normal", "notna", "nunique", "ones", "parameters", "parametrize", "poisson", "print", "raises",
    "randint", "randn", "random", "range", "read_text", "replace", "repr", "reset_index", "reshape", "reversed",
    "round", "seed", "set", "setattr", "skip", "sort", "sort_values", "sorted", "split", "startswith", "std", "str",
    "strip", "sum", "super", "tail", "to_csv", "to_dict", "to_frame", "to_json", "to_list", "to_numpy", "to_parquet",
    "tolist", "tuple", "type", "uniform", "union", "unique", "unlink", "upper", "usefixtures", "value_counts",
    "values", "write_text", "zero_grad", "zeros", "zip",
})  # fmt: skip
#: What an assertion says of a training that was started: `mock_train.assert_called_once()`.
TRAINED: Final = lazy(r"(?:^|_)(?:train|training|fit)(?:_|$)|train_?(?:called|started|runs?)", re.IGNORECASE)
TRIGGER: Final = lazy(
    r"trigger|retrain|pipeline_?run|pipeline_?schedule|run_pipeline|start_pipeline|re_?fit\b|api/pipeline",
    re.IGNORECASE,
)
EXPORT: Final = lazy(
    r"mojo|genmodel|model_?(?:path|file|version)|artifact|artefact|exported|\.zip\b|new_?(?:model|champion)",
    re.IGNORECASE,
)
SWAP: Final = lazy(
    r"swap|(?<!p)reload|zero_?downtime|(?:replac|promot|switch|roll)\w*_?(?:model|champion|mojo)"
    r"|(?:model|champion|mojo)_?(?:replac|promot|switch|roll)|deploy_(?:model|mojo|champion)",
    re.IGNORECASE,
)
#: Calls by which a test does several things at once.
PARALLEL: Final = frozenset({
    "Greenlet", "Process", "TaskGroup", "Thread", "ThreadPoolExecutor", "as_completed", "create_task", "ensure_future",
    "gather", "run_in_executor", "start_soon", "to_thread",
})  # fmt: skip
#: Calls that ask the service for an answer, or its model for a score.
ASKS: Final = lazy(
    r"^_?(?:post|put|patch|request|fetch|(?:predict|score|infer|ask|query|invoke|call|hit|send)(?:_\w+|ions?|ing)?)$",
    re.IGNORECASE,
)
FAILURE: Final = lazy(
    r"status|fail|error|exception|crash|dropped|raise_for_status|is_success|\bok\b|success|\b[245]\d\d\b|exit_?code|returncode",
    re.IGNORECASE,
)
MODEL: Final = lazy(r"model|mojo|champion|challenger|scorer|predictor|estimator|booster|classifier", re.IGNORECASE)

_SWAP_NAME: Final = lazy(r"swap|zero[_-]?downtime|(?<!p)reload", re.IGNORECASE)


def story_of(name: str) -> str | None:
    """Return the story that a report's or suite's name speaks of, None if of neither."""
    from flake8_planalign.scenario.model import DRIFT as DRIFT_STORY
    from flake8_planalign.scenario.model import SWAP as SWAP_STORY

    if _SWAP_NAME.search(name):
        return SWAP_STORY
    return DRIFT_STORY if DRIFT.search(name) and not NO_DRIFT.search(name) else None
