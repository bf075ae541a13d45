"""What each algorithm's reader asks of a model, and what its scorer needs beyond that (hex.genmodel 3.46.0.11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from flake8_planalign.development.model import Effect
from flake8_planalign.development.mojo import Reader, Reading

__all__ = ["ALGORITHMS", "NOT_READ"]

DISTRIBUTIONS: Final = frozenset(
    {
        "AUTO", "bernoulli", "quasibinomial", "modified_huber", "multinomial", "ordinal", "gaussian", "poisson",
        "gamma", "tweedie", "huber", "laplace", "quantile", "fractionalbinomial", "negativebinomial", "custom",
    }
)  # fmt: skip
LINKS: Final = frozenset({"log", "logit", "identity", "ologit", "ologlog", "oprobit", "inverse", "tweedie"})
_TREE_ENCODINGS = frozenset(
    {"AUTO", "Enum", "SortByResponse", "OneHotExplicit", "Binary", "EnumLimited", "Eigen", "LabelEncoder"}
)
_TREE = re.compile(r"trees/t(\d{2,})_(\d{3,})\.bin")


def shared_tree(reading: Reading, encodings: frozenset[str] = _TREE_ENCODINGS) -> None:
    """Read what GBM, DRF, isolation forest and uplift DRF share."""
    per_class = reading.value("n_trees_per_class", "int")
    if per_class is None:
        double_trees = reading.value("binomial_double_trees", "boolean")
        classes = reading.integer("n_classes")
        per_class = 1 if classes == 2 and not double_trees else classes
    groups = reading.count("n_trees")
    assert isinstance(per_class, int)
    if per_class < 0:
        msg = f"n_trees_per_class = {per_class} is no size of an array"
        raise reading.reject(msg, "n_trees_per_class")
    version = reading.number("mojo_version")
    if not version < 1.40:
        _encoding(reading, encodings)
    _trees(reading, groups, per_class, with_aux=version > 1.0)
    _calibration(reading)


def _encoding(reading: Reading, known: frozenset[str]) -> None:
    encoding = reading.info.values.get("_genmodel_encoding", "null")
    if encoding == "null":
        msg = "_genmodel_encoding is missing"
        raise reading.reject(msg, "_genmodel_encoding")
    if encoding not in known:
        reading.note(f"_genmodel_encoding = {encoding} is unknown", Effect.UNSCORABLE, "_genmodel_encoding")
    reading.doubles("_orig_projection_array", default=True)
    names = reading.value("_n_orig_names", "int")
    if isinstance(names, int):
        reading.strings("_orig_names", names)
    values = reading.value("_n_orig_domain_values", "int")
    if isinstance(values, int):
        for index in range(reading.count("_n_orig_domain_values")):
            levels = reading.integer(f"_m_orig_domain_values_{index}")
            if levels > 0:
                reading.strings(f"_orig_domain_values_{index}", levels)


def _trees(reading: Reading, groups: int, per_class: int, *, with_aux: bool) -> None:
    prefix = len(reading.prefix)
    present: dict[int, set[int]] = {}
    for name in reading.files.names():
        if name.startswith(reading.prefix) and (found := _TREE.fullmatch(name, prefix)):
            present.setdefault(int(found[1]), set()).add(int(found[2]))
    for group in sorted({tree for trees in present.values() for tree in trees}):
        if group >= groups:
            reading.note(f"n_trees = {groups} leaves out tree {group}", Effect.DIFFERENT, "n_trees")
            break
    for number in range(per_class):
        trees = present.get(number, set())
        for group in range(groups):
            name = f"trees/t{number:02d}_{group:03d}"
            if group not in trees:
                reading.note("is missing and left out of the sum", Effect.DIFFERENT, entry=f"{name}.bin")
                break
            if reading.files.size(f"{reading.prefix}{name}.bin") == 0:
                reading.note("is empty", Effect.UNSCORABLE, entry=f"{name}.bin")
            if with_aux and not reading.files.exists(f"{reading.prefix}{name}_aux.bin"):
                msg = "is missing beside its tree"
                raise reading.reject(msg, entry=f"{name}_aux.bin")
    for number in present:
        if number >= per_class:
            problem = f"there are trees for class {number}, but only {per_class} per group"
            reading.note(problem, Effect.DIFFERENT, "n_trees_per_class")
            break


def _calibration(reading: Reading) -> None:
    method = reading.string("calib_method")
    if method == "platt":
        reading.doubles("calib_glm_beta", default=True)
    elif method == "isotonic":
        isotonic(reading)
    elif method is not None:
        msg = f"calib_method = {method} is neither platt nor isotonic"
        raise reading.reject(msg, "calib_method")


def isotonic(reading: Reading) -> None:
    """Read an isotonic calibrator: two arrays of the same length."""
    reading.double("calib_min_x", 0.0)
    reading.double("calib_max_x", 0.0)
    sizes = [_threshold_count(reading, f"calib/thresholds_{axis}") for axis in "xy"]
    if sizes[0] != sizes[1]:
        reading.note(
            f"has {sizes[1]} thresholds, thresholds_x {sizes[0]}", Effect.UNSCORABLE, entry="calib/thresholds_y"
        )


def _threshold_count(reading: Reading, name: str) -> int:
    head = reading.blob(name, 4)
    if len(head) < 4:
        msg = f"has {len(head)} bytes, fewer than its count takes"
        raise reading.reject(msg, entry=name)
    count = int.from_bytes(head, "big", signed=True)
    if count < 0:
        msg = f"its count {count} is negative"
        raise reading.reject(msg, entry=name)
    reading.sized(name, 4 + 8 * count, f"{count:,} numbers")
    return count


def gbm(reading: Reading) -> None:
    """Read a gradient boosting machine."""
    shared_tree(reading)
    reading.one_of("distribution", DISTRIBUTIONS)
    reading.double("init_f")
    if reading.string("link_function") is not None:
        reading.one_of("link_function", LINKS)


def drf(reading: Reading) -> None:
    """Read a distributed random forest."""
    shared_tree(reading)
    reading.flag("binomial_double_trees")


#: The reader by the value of `algorithm`, with the highest mojo_version that it takes.
ALGORITHMS: Final[Mapping[str, tuple[Reader, float]]] = {
    "Gradient Boosting Machine": (gbm, 1.40),
    "Gradient Boosting Method": (gbm, 1.40),
    "Distributed Random Forest": (drf, 1.40),
}

#: Algorithms whose readers have their own jar, so that nothing is known about their files.
NOT_READ: Final = frozenset({"Deep Water"})
