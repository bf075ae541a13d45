"""What the readers of tree models ask of a MOJO, and what their scorers need (hex.genmodel.algos.tree and others)."""

from __future__ import annotations

import math
import struct
from collections.abc import Container
from typing import Final

from flake8_planalign.development.model import Effect
from flake8_planalign.development.mojo import Reading
from flake8_planalign.patterns import lazy

__all__ = [
    "DISTRIBUTIONS",
    "LINKS",
    "calibration",
    "drf",
    "encoding",
    "extended_isolation_forest",
    "gbm",
    "isolation_forest",
    "isotonic",
    "uplift_drf",
    "xgboost",
]

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
#: In bytes: how much of the trees is walked node by node.
WALK_BUDGET: Final = 2**19
_TREE = lazy(r"trees/t(\d{2,})_(\d{3,})\.bin")
_LEAF: Final = 0xFFFF


def shared_tree(reading: Reading) -> None:
    """Read what GBM, DRF, isolation forest and uplift DRF share."""
    per_class = reading.value("n_trees_per_class", "int")
    classes = reading.integer("n_classes")
    if per_class is None:
        double_trees = reading.value("binomial_double_trees", "boolean")
        per_class = 1 if classes == 2 and not double_trees else classes
    groups = reading.count("n_trees")
    assert isinstance(per_class, int)
    if per_class < 0:
        raise reading.reject(f"n_trees_per_class = {per_class} is no size of an array", "n_trees_per_class")
    if per_class < classes and (classes, per_class) != (2, 1):
        problem = f"n_trees_per_class = {per_class}, but n_classes = {classes}"
        reading.note(problem, Effect.DIFFERENT, "n_trees_per_class")
    version = reading.number("mojo_version")
    written = reading.info.values.get("_genmodel_encoding", "AUTO")
    if not version < 1.40:
        encoding(reading, _TREE_ENCODINGS)
    elif written != "AUTO":
        problem = f"mojo_version = {version} knows no encoding, but _genmodel_encoding = {written}"
        reading.note(problem, Effect.DIFFERENT, "mojo_version")
    _trees(reading, groups, per_class, with_aux=version > 1.0)
    if version >= 1.2 or "_genmodel_encoding" in reading.info.values:
        _walk_trees(reading, groups, per_class, version)
    calibration(reading)


def encoding(reading: Reading, known: frozenset[str]) -> None:
    """Read how categorical columns were encoded, with the names and levels before it."""
    name = reading.info.values.get("_genmodel_encoding", "null")
    if name == "null":
        raise reading.reject("_genmodel_encoding is missing", "_genmodel_encoding")
    if name not in known:
        reading.note(f"_genmodel_encoding = {name} is unknown", Effect.UNSCORABLE, "_genmodel_encoding")
    reading.doubles("_orig_projection_array", default=True)
    names = reading.value("_n_orig_names", "int")
    if isinstance(names, int):
        reading.strings("_orig_names", reading.count("_n_orig_names"))
    values = reading.value("_n_orig_domain_values", "int")
    if isinstance(values, int):
        for index in range(reading.count("_n_orig_domain_values")):
            levels = reading.integer(f"_m_orig_domain_values_{index}")
            if levels < 0 and reading.files.exists(f"{reading.prefix}_orig_domain_values_{index}"):
                key = f"_m_orig_domain_values_{index}"
                reading.note(f"{key} is negative, so that the levels are lost", Effect.UNSCORABLE, key)
            if levels > 0:
                reading.strings(f"_orig_domain_values_{index}", levels)
    if names is not None and values != names:
        problem = f"_n_orig_domain_values = {values}, but _n_orig_names = {names}"
        reading.note(problem, Effect.UNSCORABLE, "_n_orig_domain_values")
    expanded = {"OneHotExplicit", "Binary", "Eigen", "EnumLimited", "LabelEncoder"}
    if name in expanded and names is None:
        reading.note(f"_n_orig_names is missing for the encoding {name}", Effect.UNSCORABLE, "_n_orig_names")
    if name not in expanded and names is not None:
        problem = f"_genmodel_encoding = {name}, but there are names from before an encoding"
        reading.note(problem, Effect.DIFFERENT, "_genmodel_encoding")


def _trees(reading: Reading, groups: int, per_class: int, *, with_aux: bool) -> None:
    prefix = len(reading.prefix)
    present: dict[int, set[int]] = {}
    for name in reading.files.names():
        if name.startswith(reading.prefix) and (found := _TREE.fullmatch(name, prefix)):
            present.setdefault(int(found[1]), set()).add(int(found[2]))
    beyond = [tree for trees in present.values() for tree in trees if tree >= groups]
    if beyond:
        reading.note(f"n_trees = {groups} leaves out tree {min(beyond)}", Effect.DIFFERENT, "n_trees")
    ignored = [number for number in present if number >= per_class]
    if ignored:
        problem = f"there are trees of class {min(ignored)}, but only {per_class} in each group"
        reading.note(problem, Effect.DIFFERENT, "n_trees_per_class")
    prior = reading.doubles("prior_class_distrib") or ()
    for number in range(per_class):
        trees = present.get(number, set())
        if not trees and (number >= _class_count(reading) or (per_class > 2 and prior[number : number + 1] == (0.0,))):
            continue
        for group in range(groups):
            name = f"trees/t{number:02d}_{group:03d}"
            if group not in trees:
                if reading.files.exists(f"{reading.prefix}{name}_aux.bin") or trees or per_class < 3:
                    reading.note("is missing and left out of the sum", Effect.DIFFERENT, entry=f"{name}.bin")
                else:
                    reading.note("is missing: the class has no trees", Effect.DIFFERENT, entry=f"{name}.bin")
                break
            if reading.files.size(f"{reading.prefix}{name}.bin") == 0:
                reading.note("is empty", Effect.UNSCORABLE, entry=f"{name}.bin")
            if with_aux and not reading.files.exists(f"{reading.prefix}{name}_aux.bin"):
                raise reading.reject("is missing beside its tree", entry=f"{name}_aux.bin")


def _class_count(reading: Reading) -> int:
    """Return how many classes have trees, by what the model says beside n_trees_per_class."""
    classes = reading.integer("n_classes")
    if classes == 2 and reading.string("category") == "Binomial":
        return 2 if reading.info.values.get("binomial_double_trees") == "true" else 1
    return max(classes, 1)


def _walk_trees(reading: Reading, groups: int, per_class: int, version: float) -> None:
    """Walk the trees, the first ones if there are many, and note the first that is not built as its scorer reads it."""
    budget = WALK_BUDGET
    features = reading.features
    for group in range(groups):
        for number in range(per_class):
            name = f"trees/t{number:02d}_{group:03d}.bin"
            size = reading.files.size(reading.prefix + name)
            if size <= 0:
                continue
            budget -= size
            if budget < 0:
                return
            problem = tree_fault(reading.blob(name), features, reading.levels, large_sets=version not in (1.0, 1.1))
            if problem:
                reading.note(problem, Effect.UNSCORABLE, entry=name)
                return


def tree_fault(tree: bytes, features: int, levels: Container[int], *, large_sets: bool = True) -> str:
    """Return why `SharedTreeMojoModel.scoreTree` could not walk a compressed tree, empty if it can.

    `features` is how many columns a row has, `levels` holds those of them that are categorical. The scorers of
    mojo_version 1.0 and 1.1 differ in one thing: sets of more than 32 levels had another form (`large_sets` False).

    A node is its type, the column, the direction of missing values and the split; then the left subtree, behind its
    size unless it is a leaf, and the right one. A column of 65535 is a tree of one leaf.
    """
    pending = [(0, len(tree))]
    while pending:
        position, end = pending.pop()
        if end - position < 7:
            return f"is cut off at byte {position}"
        kind = tree[position]
        column = int.from_bytes(tree[position + 1 : position + 3], "little")
        if column == _LEAF:
            continue
        if column >= features:
            return f"splits on column {column}, but n_features = {features}"
        direction = tree[position + 3]
        if direction > 5:
            return f"has no such direction of missing values as {direction} at byte {position + 3}"
        position += 4
        if direction != 1:
            if kind & 8 and column not in levels:
                return f"splits column {column} by its levels, but the column has no domain in model.ini"
            if kind & 12 == 12 and not large_sets:
                return "holds a set of more than 32 levels as mojo_version 1.20 and later write it"
            position += _split_size(tree, position, kind & 12)
        left, right = kind & 51, (kind & 0xC0) >> 2
        if left <= 3:
            size = int.from_bytes(tree[position : position + left + 1], "little")
            position += left + 1
            pending.append((position, min(position + size, end)))
            position += size
        elif left == 48:
            position += 4
        else:
            return f"has no such node as {kind:#x}"
        if position + 4 > end:
            return f"is cut off at byte {len(tree)}: a node reaches beyond it"
        if not right & 16:
            pending.append((position, end))
    return ""


def _split_size(tree: bytes, position: int, equal: int) -> int:
    """Return how many bytes the split value or the set of levels takes."""
    if equal in (0, 8):
        return 4
    bits = int.from_bytes(tree[position + 2 : position + 6], "little", signed=True)
    return 6 + max(((bits - 1) >> 3) + 1, 0)


def calibration(reading: Reading) -> None:
    """Read how probabilities were calibrated."""
    method = reading.string("calib_method")
    if method == "platt":
        beta = reading.doubles("calib_glm_beta", default=True) or ()
        if len(beta) < 2:
            problem = f"calib_glm_beta has {len(beta)} numbers, Platt scaling takes 2"
            reading.note(problem, Effect.UNSCORABLE, "calib_glm_beta")
    elif method == "isotonic":
        isotonic(reading)
    elif method is not None:
        raise reading.reject(f"calib_method = {method} is neither platt nor isotonic", "calib_method")
    elif reading.info.values.get("calib_glm_beta", reading.info.values.get("calib_min_x", "null")) != "null":
        reading.note("calib_method is missing, so that nothing is calibrated", Effect.DIFFERENT, "calib_glm_beta")


def isotonic(reading: Reading) -> None:
    """Read an isotonic calibrator: two arrays of the same length."""
    lowest, highest = reading.double("calib_min_x", math.nan), reading.double("calib_max_x", math.nan)
    sizes = [_threshold_count(reading, f"calib/thresholds_{axis}") for axis in "xy"]
    if sizes[0] != sizes[1] or not sizes[0]:
        problem = f"has {sizes[1]} thresholds, thresholds_x has {sizes[0]}"
        reading.note(problem, Effect.UNSCORABLE, entry="calib/thresholds_y")
        return
    data = reading.blob("calib/thresholds_x")
    if len(data) < 4 + 8 * sizes[0]:
        return
    first, last = struct.unpack_from(">d", data, 4)[0], struct.unpack_from(">d", data, 8 * sizes[0] - 4)[0]
    for key, value in (("calib_min_x", lowest), ("calib_max_x", highest)):
        end = first if key == "calib_min_x" else last
        if value != end:
            problem = f"{key} = {value}, but {end} in thresholds_x"
            reading.note(problem, Effect.DIFFERENT, key)


def _threshold_count(reading: Reading, name: str) -> int:
    head = reading.blob(name, 4)
    if len(head) < 4:
        raise reading.reject(f"has {len(head)} bytes, fewer than its count takes", entry=name)
    count = int.from_bytes(head, "big", signed=True)
    if count < 0:
        raise reading.reject(f"its count {count} is negative", entry=name)
    reading.sized(name, 4 + 8 * count, f"{count:,} numbers")
    return count


def gbm(reading: Reading) -> None:
    """Read a gradient boosting machine."""
    shared_tree(reading)
    family = reading.one_of("distribution", DISTRIBUTIONS)
    if not math.isfinite(reading.double("init_f")) and family != "multinomial":
        reading.note("init_f is not finite", Effect.DIFFERENT, "init_f")
    link = None
    if reading.string("link_function") is not None:
        link = reading.one_of("link_function", LINKS)
    category = reading.string("category")
    two_classes = family in ("bernoulli", "quasibinomial", "modified_huber")
    if (category == "Binomial") != (two_classes or (family == "multinomial" and reading.integer("n_classes") == 2)) or (
        category == "Multinomial" and family != "multinomial"
    ):
        reading.note(f"distribution = {family}, but category = {category}", Effect.DIFFERENT, "distribution")
    elif link is not None and family != "custom" and link != _DEFAULT_LINKS.get(family, "identity"):
        reading.note(f"link_function = {link}, but distribution = {family}", Effect.DIFFERENT, "link_function")


_DEFAULT_LINKS: Final = {
    **dict.fromkeys(("bernoulli", "fractionalbinomial", "quasibinomial", "modified_huber", "ordinal"), "logit"),
    **dict.fromkeys(("multinomial", "poisson", "gamma", "tweedie"), "log"),
}


def drf(reading: Reading) -> None:
    """Read a distributed random forest."""
    shared_tree(reading)
    double = reading.flag("binomial_double_trees")
    two = reading.files.exists(f"{reading.prefix}trees/t01_000.bin")
    if reading.integer("n_classes") == 2 and reading.integer("n_trees") > 0 and two != double:
        problem = f"binomial_double_trees = {str(double).lower()}, but there are trees of {1 + two} class{'es' * two}"
        reading.note(problem, Effect.DIFFERENT, "binomial_double_trees")


def isolation_forest(reading: Reading) -> None:
    """Read an isolation forest."""
    shared_tree(reading)
    shortest, longest = reading.integer("min_path_length", 0), reading.integer("max_path_length", 0)
    if longest <= shortest and reading.integer("n_trees"):
        problem = f"max_path_length = {longest} is not above min_path_length = {shortest}: every score is 1"
        reading.note(problem, Effect.DIFFERENT, "max_path_length")
    for key in ("min_path_length", "max_path_length"):
        if reading.value(key, "int", "int") is None:
            reading.note(f"{key} is missing and becomes 0", Effect.DIFFERENT, key)
        elif reading.integer(key) < 0:
            reading.note(f"{key} is negative", Effect.DIFFERENT, key)
    if reading.flag("output_anomaly_flag", default=False) and reading.double("default_threshold") == -1.0:
        problem = "output_anomaly_flag = true, but default_threshold = -1.0, which means none"
        reading.note(problem, Effect.DIFFERENT, "output_anomaly_flag")


def uplift_drf(reading: Reading) -> None:
    """Read an uplift random forest."""
    shared_tree(reading)
    reading.string("treatment_column")
    reading.doubles("thresholds")


def extended_isolation_forest(reading: Reading) -> None:
    """Read an extended isolation forest."""
    trees = reading.count("ntrees", 0)
    sample = reading.integer("sample_size", 0)
    if trees <= 0 or sample <= 1:
        key = "ntrees" if trees <= 0 else "sample_size"
        reading.note(f"{key} = {trees if trees <= 0 else sample}: every score is NaN", Effect.DIFFERENT, key)
    for tree in range(trees):
        name = f"trees/t{tree:02d}.bin"
        reading.sized(name, 0, "")
        if tree * 8192 < WALK_BUDGET:
            problem = _isolation_tree_fault(reading.blob(name), reading.features)
            if problem:
                reading.note(problem, Effect.UNSCORABLE, entry=name)
                break
    if reading.files.exists(f"{reading.prefix}trees/t{trees:02d}.bin"):
        reading.note(f"ntrees = {trees} leaves out tree {trees}", Effect.DIFFERENT, "ntrees")


def _isolation_tree_fault(tree: bytes, features: int) -> str:
    if len(tree) < 4:
        return f"has {len(tree)} bytes, fewer than its first number takes"
    width = int.from_bytes(tree[:4], "little", signed=True)
    if width != features:
        return f"splits on {width} columns, but n_features = {features}"
    position = 4
    while position < len(tree):
        kind = tree[position + 4 : position + 5]
        size = {b"N": 16 * width, b"L": 4}.get(kind)
        if size is None and not any(tree[position:]):
            return ""  # the buffer that the tree was written to is longer than the tree
        if size is None:
            return f"has no node at byte {position}"
        position += 5 + size
    return "" if position == len(tree) else f"is cut off at byte {len(tree)}"


def xgboost(reading: Reading) -> None:
    """Read an XGBoost model, whose booster has XGBoost's own binary format."""
    booster = reading.blob("boosterBytes")
    if reading.files.exists(f"{reading.prefix}auxNodeWeights"):
        reading.blob("auxNodeWeights", 1)
    reading.string("booster")
    reading.integer("ntrees", 0)
    nums, cats = reading.integer("nums"), reading.integer("cats")
    offsets = reading.ints("cat_offsets")
    all_levels = reading.flag("use_all_factor_levels")
    reading.flag("sparse")
    calibration(reading)
    if reading.flag("has_offset", default=False) != (reading.string("offset_column") is not None):
        problem = f"has_offset = {reading.info.values.get('has_offset')} and offset_column do not fit"
        reading.note(problem, Effect.UNSCORABLE, "has_offset")
    if offsets is None:
        reading.note("cat_offsets is missing", Effect.UNSCORABLE, "cat_offsets")
    elif nums < 0 or cats < 0 or len(offsets) < cats + 1:
        reading.note(f"cat_offsets has {len(offsets)} numbers for cats = {cats}", Effect.UNSCORABLE, "cats")
    elif not reading.fits(nums + cats):
        problem = f"cats = {cats} and nums = {nums} are not n_features = {reading.features}"
        reading.note(problem, Effect.UNSCORABLE, "nums")
    else:
        reading.count_levels("cat_offsets", offsets[: cats + 1], all_levels=all_levels, missing=1)
        _booster(reading, booster, nums + offsets[cats])


def _booster(reading: Reading, data: bytes, width: int) -> None:
    """Walk the booster: header, objective, trees of 20 bytes a node and 16 of statistics, the class of each tree."""
    position = 4 if data.startswith(b"binf") else 0
    features = int.from_bytes(data[position + 4 : position + 8], "little")
    position += 136
    names = []
    for _ in range(2):
        length = int.from_bytes(data[position : position + 8], "little")
        if length > 100:
            raise reading.reject("has no objective where the format has it", entry="boosterBytes")
        names.append(data[position + 8 : position + 8 + length].decode("latin-1"))
        position += 8 + length
    if len(data) < position:
        raise reading.reject(f"is cut off at byte {len(data):,}", entry="boosterBytes")
    if names[1] not in ("gbtree", "dart", "gblinear"):
        raise reading.reject(f"its booster `{names[1][:20]}` is unknown", entry="boosterBytes")
    if features > width:
        problem = f"was trained on {features} columns, but cat_offsets and nums make {width}"
        reading.note(problem, Effect.UNSCORABLE, entry="boosterBytes")
    if names[1] == "gblinear":
        return
    trees = int.from_bytes(data[position : position + 4], "little", signed=True)
    position += 160
    for tree in range(max(trees, 0)):
        nodes = int.from_bytes(data[position + 4 : position + 8], "little", signed=True)
        position += 148
        if nodes < 1 or position + 36 * nodes > len(data):
            raise reading.reject(f"is cut off in tree {tree}", entry="boosterBytes")
        position += 36 * nodes
    if position + 4 * trees > len(data):
        raise reading.reject("is cut off behind its trees", entry="boosterBytes")
