"""What the readers of models made of coefficients and vectors ask of a MOJO, and what their scorers need."""

from __future__ import annotations

import math
from typing import Final

from flake8_planalign.development.java import unescape
from flake8_planalign.development.model import Effect
from flake8_planalign.development.mojo import Reading
from flake8_planalign.development.trees import DISTRIBUTIONS, encoding

__all__ = ["coxph", "deep_learning", "glm", "glrm", "kmeans", "pca", "svm", "word2vec"]

_GLM_LINKS: Final = ("identity", "logit", "log", "inverse", "tweedie")
_TWO_CLASSES: Final = ("binomial", "quasibinomial", "fractionalbinomial")
_LAYER_ENCODINGS: Final = frozenset({"AUTO", "SortByResponse", "OneHotInternal", "Binary", "Eigen", "LabelEncoder"})
_ACTIVATIONS: Final = frozenset(
    {
        "Linear", "Softmax", "ExpRectifierWithDropout", "ExpRectifier", "Rectifier", "RectifierWithDropout",
        "MaxoutWithDropout", "Maxout", "TanhWithDropout", "Tanh",
    }
)  # fmt: skip
_LOSSES: Final = frozenset(
    {"Quadratic", "Absolute", "Huber", "Poisson", "Periodic", "Logistic", "Hinge", "Categorical", "Ordinal"}
)
_REGULARIZERS: Final = frozenset(
    {"None", "Quadratic", "L2", "L1", "NonNegative", "OneSparse", "UnitOneSparse", "Simplex"}
)
_INITIALIZATIONS: Final = frozenset({"Random", "SVD", "PlusPlus", "User", "Power"})


def _lack(reading: Reading, key: str, effect: Effect = Effect.UNSCORABLE) -> None:
    reading.note(f"{key} is missing", effect, key)


def _length(reading: Reading, key: str, found: int, needed: int, why: str, effect: Effect = Effect.UNSCORABLE) -> bool:
    """Note an array that is too short or too long for what reads it; tell whether it fits."""
    if found == needed:
        return True
    reading.note(f"{key} has {found} numbers where {why} {needed}", effect, key)
    return False


def glm(reading: Reading) -> None:
    """Read a generalized linear model."""
    all_levels = reading.flag("use_all_factor_levels", default=False)
    cats, nums = reading.integer("cats", -1), reading.integer("nums", -1)
    modes, offsets = reading.ints("cat_modes", default=True), reading.ints("cat_offsets", default=True)
    means = reading.doubles("num_means", default=True)
    imputes = reading.flag("mean_imputation", default=False)
    beta = reading.doubles("beta")
    family = reading.string("family")
    reading.double("dispersion_estimated", 1.0)
    assert modes is not None
    assert offsets is not None
    assert means is not None
    classes = 1
    if family in ("multinomial", "ordinal"):
        classes = reading.integer("n_classes")
        if beta is None or classes <= 0 or len(beta) % classes:
            state = "is missing" if beta is None else f"has {len(beta)} numbers for {classes} classes"
            raise reading.reject(f"beta {state}", "beta")
        if not 0 <= cats < len(offsets):
            raise reading.reject(f"cat_offsets has {len(offsets)} numbers for cats = {cats}", "cat_offsets")
    else:
        link = reading.string("link")
        if link not in _GLM_LINKS:
            raise reading.reject(f"link = {link} is none of {', '.join(_GLM_LINKS)}", "link")
        reading.double("tweedie_link_power", 0.0)
    _family(reading, family)
    if beta is None:
        _lack(reading, "beta")
        return
    if not cats >= 0 or not _length(reading, "cat_offsets", len(offsets), cats + 1, f"cats = {cats} needs"):
        if cats < 0:
            _lack(reading, "cats")
        return
    if nums < 0:
        _lack(reading, "nums", Effect.DIFFERENT)
        return
    if not reading.fits(cats + nums):
        problem = f"cats = {cats} and nums = {nums} are not n_features = {reading.features}"
        reading.note(problem, Effect.UNSCORABLE, "nums")
        return
    _length(reading, "beta", len(beta), (offsets[-1] + nums + 1) * classes, "levels, numbers and intercept need")
    _ascending(reading, "cat_offsets", offsets)
    if imputes:
        if len(modes) < cats:
            _length(reading, "cat_modes", len(modes), cats, "mean_imputation needs")
        if len(means) < nums:
            _length(reading, "num_means", len(means), nums, "mean_imputation needs")
    elif modes or means:
        problem = "mean_imputation is not true, but there are means to impute"
        reading.note(problem, Effect.DIFFERENT, "mean_imputation")
    reading.count_levels("cat_offsets", offsets, all_levels=all_levels)


def _family(reading: Reading, family: str | None) -> None:
    category = reading.string("category")
    expected = {"Binomial": _TWO_CLASSES, "Multinomial": ("multinomial",), "Ordinal": ("ordinal",)}
    wanted = expected.get(category or "")
    others = {name for names in expected.values() for name in names}
    if (wanted is not None and family not in wanted) or (category == "Regression" and family in others):
        state = "is missing" if family is None else f"= {family}"
        reading.note(f"family {state}, but category = {category}", Effect.DIFFERENT, "family")


def _ascending(reading: Reading, key: str, offsets: tuple[int, ...]) -> None:
    if list(offsets) != sorted(offsets) or (offsets and offsets[0] != 0):
        reading.note(f"{key} does not ascend from 0", Effect.UNSCORABLE, key)


def deep_learning(reading: Reading) -> None:
    """Read a neural network, whose layers are arrays in model.ini."""
    reading.integer("mini_batch_size")
    nums, cats = reading.integer("nums"), reading.integer("cats")
    offsets = reading.ints("cat_offsets", default=True)
    multipliers, means = reading.doubles("norm_mul", default=True), reading.doubles("norm_sub", default=True)
    response = reading.doubles("norm_resp_mul"), reading.doubles("norm_resp_sub")
    all_levels = reading.flag("use_all_factor_levels")
    activation = reading.string("activation")
    reading.flag("mean_imputation")
    reading.one_of("distribution", DISTRIBUTIONS)
    reading.ints("cat_modes", default=True)
    units = reading.ints("neural_network_sizes", default=True)
    dropouts = reading.doubles("hidden_dropout_ratios", default=True)
    assert offsets is not None
    assert multipliers is not None
    assert means is not None
    assert units is not None
    assert dropouts is not None
    if not units:
        raise reading.reject("neural_network_sizes is missing", "neural_network_sizes")
    layers = len(units) - 1
    if layers == 0:
        raise reading.reject("neural_network_sizes has one layer only", "neural_network_sizes")
    for layer in range(layers):
        _layer(reading, layer, units, activation or "")
    if not reading.number("mojo_version") < 1.10:
        encoding(reading, _LAYER_ENCODINGS)
    if activation not in _ACTIVATIONS:
        reading.note(f"activation = {activation} is unknown", Effect.UNSCORABLE, "activation")
    if len(dropouts) < layers:
        _length(reading, "hidden_dropout_ratios", len(dropouts), layers, "the layers need")
    if not 0 <= cats < len(offsets):
        _length(reading, "cat_offsets", len(offsets), cats + 1, f"cats = {cats} needs")
        return
    if not reading.fits(nums + cats):
        problem = f"cats = {cats} and nums = {nums} are not n_features = {reading.features}"
        reading.note(problem, Effect.UNSCORABLE, "nums")
    elif units[0] != nums + offsets[cats]:
        problem = f"the network takes {units[0]} inputs, cat_offsets and nums make {nums + offsets[cats]}"
        reading.note(problem, Effect.UNSCORABLE, "neural_network_sizes")
    elif len(offsets) == cats + 1:
        reading.count_levels("cat_offsets", offsets, all_levels=all_levels, missing=1)
    if bool(means) != bool(multipliers):
        _lack(
            reading, "norm_sub" if multipliers else "norm_mul", Effect.UNSCORABLE if multipliers else Effect.DIFFERENT
        )
    elif means and min(len(means), len(multipliers)) < nums:
        shorter = "norm_sub" if len(means) < nums else "norm_mul"
        _length(reading, shorter, min(len(means), len(multipliers)), nums, "nums needs")
    if f"weight_layer{layers}" in reading.info.values:
        problem = f"neural_network_sizes has {len(units)} layers, but there is weight_layer{layers}"
        reading.note(problem, Effect.DIFFERENT, "neural_network_sizes")
    if (response[0] is None) != (response[1] is None):
        _lack(reading, "norm_resp_mul" if response[0] is None else "norm_resp_sub")
    if reading.string("category") in ("Binomial", "Multinomial") and units[-1] != reading.integer("n_classes"):
        problem = f"the network has {units[-1]} outputs for n_classes = {reading.integer('n_classes')}"
        reading.note(problem, Effect.UNSCORABLE, "neural_network_sizes")


def _layer(reading: Reading, layer: int, units: tuple[int, ...], activation: str) -> None:
    biases = reading.doubles(f"bias_layer{layer}", default=True)
    weights = reading.doubles(f"weight_layer{layer}", default=True)
    assert biases is not None
    assert weights is not None
    inputs, outputs = units[layer], units[layer + 1]
    width = 1
    if activation.startswith("Maxout") and outputs and layer < len(units) - 2:
        width = max(len(biases) // outputs, 1)
    for key, found, needed in (
        (f"weight_layer{layer}", len(weights), inputs * outputs * width),
        (f"bias_layer{layer}", len(biases), outputs * width),
    ):
        if found < needed:
            _length(reading, key, found, needed, "the layers need")


def kmeans(reading: Reading) -> None:
    """Read the centers of clusters."""
    standardized = reading.flag("standardize")
    features = reading.features
    if standardized:
        scales = {key: reading.doubles(key) for key in ("standardize_means", "standardize_mults")}
        modes = reading.ints("standardize_modes")
        numbers = [index for index, mode in enumerate(modes or ()) if mode == -1]
        for key, found in (*scales.items(), ("standardize_modes", modes)):
            needed = features if key == "standardize_modes" else max(numbers, default=-1) + 1
            if found is None:
                _lack(reading, key)
            elif len(found) < needed:
                _length(reading, key, len(found), needed, "the columns need")
    elif reading.info.values.get("standardize_means", "null") != "null":
        problem = "standardize = false, but there are means to standardize with"
        reading.note(problem, Effect.DIFFERENT, "standardize")
    centers = reading.count("center_num")
    for index in range(centers):
        center = reading.doubles(f"center_{index}")
        if center is None:
            _lack(reading, f"center_{index}")
            return
        if not _length(reading, f"center_{index}", len(center), features, "n_features needs"):
            return
    if f"center_{centers}" in reading.info.values:
        reading.note(f"center_num = {centers} leaves out center_{centers}", Effect.DIFFERENT, "center_num")


def pca(reading: Reading) -> None:
    """Read principal components."""
    all_levels = reading.flag("use_all_factor_levels")
    reading.string("pca_methods")
    reading.string("pca_impl")
    k = reading.count("k")
    permutation = reading.ints("permutation")
    cats, nums = reading.integer("ncats"), reading.integer("nnums")
    means = reading.doubles("normSub") if nums else ()
    multipliers = reading.doubles("normMul") if nums else ()
    offsets = reading.ints("catOffsets")
    size = reading.count("eigenvector_size")
    reading.sized("eigenvectors_raw", size * k * 8, f"{size} rows of {k} components")
    for key, value, needed in (
        ("permutation", permutation, cats + nums),
        ("normSub", means, nums),
        ("normMul", multipliers, nums),
    ):
        if value is None:
            _lack(reading, key)
        elif len(value) < needed:
            _length(reading, key, len(value), needed, "ncats and nnums need")
    features = reading.features
    if cats + nums != features:
        reading.note(f"ncats = {cats} and nnums = {nums} are not n_features = {features}", Effect.UNSCORABLE, "nnums")
    elif offsets is None or len(offsets) < cats + 1:
        _length(reading, "catOffsets", len(offsets or ()), cats + 1, f"ncats = {cats} needs")
    else:
        if offsets[cats] + nums != size:
            problem = f"eigenvector_size = {size}, but catOffsets and nnums make {offsets[cats] + nums}"
            reading.note(problem, Effect.UNSCORABLE, "eigenvector_size")
        reading.count_levels("catOffsets", offsets[: cats + 1], all_levels=all_levels, columns=permutation or ())
    surplus = reading.files.size(f"{reading.prefix}eigenvectors_raw") - size * k * 8
    if size and surplus and surplus % (size * 8) == 0:
        problem = f"k = {k} leaves out {surplus // size // 8} of the components in eigenvectors_raw"
        reading.note(problem, Effect.DIFFERENT, "k")


def glrm(reading: Reading) -> None:
    """Read a generalized low rank model."""
    columns = reading.count("ncolA")
    width, height = reading.count("ncolY"), reading.count("nrowY")
    rank = reading.integer("ncolX")
    reading.one_of("regularizationX", _REGULARIZERS)
    if not math.isfinite(reading.double("gammaX")):
        reading.note("gammaX is not finite", Effect.DIFFERENT, "gammaX")
    reading.one_of("initialization", _INITIALIZATIONS)
    cats, nums = reading.integer("num_categories"), reading.integer("num_numeric")
    means, multipliers = reading.doubles("norm_sub"), reading.doubles("norm_mul")
    permutation = reading.ints("cols_permutation")
    losses = reading.text("losses")
    if losses is not None:
        if len(losses) > columns:
            raise reading.reject(f"has {len(losses)} lines for ncolA = {columns}", entry="losses")
        unknown = next((line for line in losses if line not in _LOSSES), None)
        if unknown is not None:
            raise reading.reject(f"`{unknown[:40]}` is no loss function", entry="losses")
        if len(losses) < columns:
            reading.note(f"has {len(losses)} lines for ncolA = {columns}", Effect.UNSCORABLE, entry="losses")
    levels = reading.ints("num_levels_per_category")
    reading.sized("archetypes", width * height * 8, f"{height} rows of {width} columns")
    reading.value("seed", "long", "long")
    transposed = [reading.value(key, "boolean") for key in ("reverse_transform", "transposed")]
    offsets = reading.ints("catOffsets")
    if reading.number("mojo_version") > 1.0:
        for key, value in (
            ("reverse_transform", transposed[0]),
            ("transposed", transposed[1]),
            ("catOffsets", offsets),
        ):
            if value is None:
                _lack(reading, key, Effect.DIFFERENT)
        if reading.value("seed", "long", "long") is None:
            _lack(reading, "seed", Effect.DIFFERENT)
    if offsets is not None and len(offsets) < cats + 1:
        _length(reading, "catOffsets", len(offsets), cats + 1, f"num_categories = {cats} needs", Effect.DIFFERENT)
    needs = (("norm_sub", means, nums), ("norm_mul", multipliers, nums), ("cols_permutation", permutation, columns),
             ("num_levels_per_category", levels, cats))  # fmt: skip
    for key, value, needed in needs:
        if value is None:
            if not (key.startswith("norm") and not nums):
                _lack(reading, key)
        elif len(value) < needed:
            _length(reading, key, len(value), needed, "the columns need")
    if offsets is not None and 0 <= cats < len(offsets) and width != offsets[cats] + nums:
        problem = f"ncolY = {width}, but catOffsets and num_numeric make {offsets[cats] + nums}"
        reading.note(problem, Effect.UNSCORABLE, "ncolY")
    if cats + nums != columns or columns != reading.features:
        problem = f"num_categories = {cats} and num_numeric = {nums}, but ncolA = {columns}"
        reading.note(problem, Effect.UNSCORABLE, "ncolA")
    if rank != height:
        reading.note(f"ncolX = {rank}, but nrowY = {height}", Effect.UNSCORABLE, "ncolX")


def word2vec(reading: Reading) -> None:
    """Read word vectors: as many as there are words, of the size that is stated."""
    words, width = reading.integer("vocab_size", -1), reading.integer("vec_size", -1)
    if words < 0:
        raise reading.reject(f"vocab_size = {words}", "vocab_size")
    size = reading.files.size(f"{reading.prefix}vectors")
    if size < 0:
        raise reading.reject("is missing", entry="vectors")
    if size != words * width * 4:
        raise reading.reject(
            f"has {size:,} bytes, but {words} words of {width} numbers take {words * width * 4:,}", entry="vectors"
        )
    vocabulary = reading.text("vocabulary")
    if vocabulary is None:
        return
    if len(vocabulary) > words:
        raise reading.reject(f"has {len(vocabulary)} words for vocab_size = {words}", entry="vocabulary")
    different = {unescape(word).strip("".join(map(chr, range(33)))) for word in vocabulary}
    if len(different) != words:
        raise reading.reject(f"has {len(different)} different words for vocab_size = {words}", entry="vocabulary")


def coxph(reading: Reading) -> None:
    """Read a proportional hazards model."""
    means = {}
    for kind in ("cat", "num"):
        rows, columns = (reading.count(f"x_mean_{kind}_size{axis}") for axis in (1, 2))
        reading.sized(f"x_mean_{kind}", rows * columns * 8, f"{rows} rows of {columns} means")
        means[kind] = rows, columns
    coefficients = reading.doubles("coef")
    strata = reading.count("strata_count")
    for index in range(strata):
        if reading.doubles(f"strata_{index}") is None:
            raise reading.reject(f"strata_{index} is missing", f"strata_{index}")
    offsets = reading.ints("cat_offsets")
    cats = reading.integer("cats")
    all_levels = reading.flag("use_all_factor_levels")
    if coefficients is None or len(coefficients) < means["cat"][1] + means["num"][1]:
        raise reading.reject(
            f"coef has {len(coefficients or ())} numbers for {means['cat'][1] + means['num'][1]} means", "coef"
        )
    for kind in ("cat", "num"):
        if means[kind][0] < max(strata, 1):
            problem = f"x_mean_{kind}_size1 = {means[kind][0]} for {max(strata, 1)} strata"
            raise reading.reject(problem, f"x_mean_{kind}_size1")
    targets = reading.ints("interaction_targets")
    nums = reading.integer("num_numerical_columns", -1)
    starts = reading.ints("num_offsets")
    summed = next((i for i, start in enumerate((starts or ())[: max(nums, 0)]) if start >= len(coefficients)), nums)
    if targets is not None:
        first, second = reading.ints("interactions_1"), reading.ints("interactions_2")
        if first is None or second is None or min(len(first), len(second)) < len(targets):
            raise reading.reject(
                "interactions_1 and interactions_2 are shorter than interaction_targets", "interactions_1"
            )
    if offsets is None or not 0 <= cats < len(offsets):
        _length(reading, "cat_offsets", len(offsets or ()), cats + 1, f"cats = {cats} needs")
    elif nums >= 0 and (starts is None or len(starts) < summed):
        _length(reading, "num_offsets", len(starts or ()), nums, "num_numerical_columns needs")
    elif offsets[cats] != means["cat"][1]:
        problem = f"cats = {cats} and cat_offsets do not fit {means['cat'][1]} means of levels"
        reading.note(problem, Effect.DIFFERENT, "cats")
    elif targets is None and nums != -1 and summed != means["num"][1]:
        problem = f"num_numerical_columns = {nums}, but there are {means['num'][1]} means"
        reading.note(problem, Effect.DIFFERENT, "num_numerical_columns")
    elif targets is None and nums >= 0 and not 1 <= reading.features - cats - summed - _strata(reading) <= 2:
        problem = f"n_features = {reading.features}, but cats = {cats} and num_numerical_columns = {nums}"
        reading.note(problem, Effect.DIFFERENT, "n_features")
    else:
        reading.count_levels(
            "cat_offsets",
            offsets[: cats + 1],
            all_levels=all_levels,
            columns=range(_strata(reading), len(reading.info.columns)),
        )


def _strata(reading: Reading) -> int:
    """Return how many columns make up a stratum; they come before the others."""
    return len(reading.doubles("strata_0") or ()) if reading.integer("strata_count") else 0


def svm(reading: Reading) -> None:
    """Read a support vector machine of Sparkling Water."""
    if reading.flag("meanImputation") and reading.doubles("means") is None:
        _lack(reading, "means")
    weights = reading.doubles("weights")
    if weights is None:
        _lack(reading, "weights")
    else:
        _length(reading, "weights", len(weights), reading.features, "n_features needs")
    for key in ("interceptor", "defaultThreshold", "threshold"):
        if not math.isfinite(reading.double(key)):
            reading.note(f"{key} is not finite", Effect.DIFFERENT, key)
