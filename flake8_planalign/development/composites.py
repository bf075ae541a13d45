"""Models made of others: ensembles, rule fits, pipelines; and encoders and additive models with files of their own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from flake8_planalign.development import java
from flake8_planalign.development.java import NumberFormatError
from flake8_planalign.development.model import Effect, Fault
from flake8_planalign.development.mojo import Reading
from flake8_planalign.development.trees import DISTRIBUTIONS, LINKS
from flake8_planalign.patterns import lazy

__all__ = ["SubmodelReader", "gam", "klime", "pipeline", "rulefit", "stacked_ensemble", "target_encoder"]

#: Reads a model below a directory, to which so many columns are handed: what is wrong with it, and what it says.
SubmodelReader = Callable[[Reading, str, int | None], tuple[list[Fault], Reading]]
DEPTH_LIMIT: Final = 16
_MAPS: Final = "feature_engineering/target_encoding/"
#: A count or an index as the writer writes it.
_SMALL: Final = lazy(r"[0-9]{1,9}")
_SECTION = lazy(r"\[(.*?)\]")


class _SubmodelRejectedError(Exception):
    """A submodel is rejected, and with it the whole; its faults are noted."""


def submodels(
    reading: Reading, read: SubmodelReader, widths: Mapping[str | None, int] = MappingProxyType({})
) -> dict[str | None, Reading] | None:
    """Return the submodels by their keys; None if one is rejected, whose fault is noted.

    `widths` says for a key how many columns the model is handed, where that is not up to its own number of features.
    """
    found: dict[str | None, Reading] = {}
    for index in range(reading.count("submodel_count", 0, 100_000)):
        key = reading.string(f"submodel_key_{index}")
        directory = reading.string(f"submodel_dir_{index}") or "null"
        if reading.info.values.get(f"submodel_dir_{index}") == "" or reading.depth >= DEPTH_LIMIT:
            raise reading.reject(f"submodel_dir_{index} leads back to the model itself", f"submodel_dir_{index}")
        if not reading.files.exists(f"{reading.prefix}{directory}model.ini"):
            remedy = "" if directory.endswith("/") else ": it must end with a slash"
            raise reading.reject(
                f"submodel_dir_{index} = {directory} leads to no model{remedy}", f"submodel_dir_{index}"
            )
        faults, submodel = read(reading, directory, widths.get(key))
        reading.faults += faults
        if any(fault.effect is Effect.REJECTED for fault in faults):
            return None
        found[key] = submodel
    return found


def _missing(reading: Reading, key: str, name: str | None, effect: Effect) -> None:
    state = "is missing" if name is None else f"= {name}, which is no submodel"
    reading.note(f"{key} {state}", effect, key)


def stacked_ensemble(reading: Reading, read: SubmodelReader) -> None:
    """Read a stacked ensemble; base models that the metalearner does not use are left out by H2O."""
    count, classes = reading.count("base_models_num", 0), reading.integer("n_classes")
    metalearner = reading.string("metalearner")
    answers = count * classes if classes > 2 else count
    models = submodels(reading, read, {metalearner: answers})
    if models is None:
        return
    transform = reading.string("metalearner_transform") or "NONE"
    if transform not in ("NONE", "Logit"):
        raise reading.reject(f"metalearner_transform = {transform} is neither NONE nor Logit", "metalearner_transform")
    if metalearner not in models:
        _missing(reading, "metalearner", metalearner, Effect.UNSCORABLE)
    used = {metalearner}
    for index in range(count):
        key = reading.string(f"base_model{index}")
        if key is None:
            continue
        used.add(key)
        if key not in models:
            raise reading.reject(f"base_model{index} = {key}, which is no submodel", f"base_model{index}")
        lacking = next((name for name in _features(models[key]) if name not in reading.info.columns), None)
        if lacking is not None:
            raise reading.reject(f"the submodel {key} needs the column `{lacking}`, which is not below [columns]")
        lacking = next((name for name in _features(models[key]) if name not in _features(reading)), None)
        if lacking is not None:
            problem = f"the submodel {key} needs the column `{lacking}`, which is no feature"
            reading.note(problem, Effect.UNSCORABLE, "n_features")
    unused = next((key for key in models if key not in used), None)
    if unused is not None:
        reading.note(f"no base_model names the submodel {unused}", Effect.DIFFERENT, "base_models_num")


def _features(model: Reading) -> Sequence[str | None]:
    return model.info.columns[: max(model.integer("n_features"), 0)]


def klime(reading: Reading, read: SubmodelReader) -> None:
    """Read a k-LIME model."""
    models = submodels(reading, read)
    if models is None:
        return
    clusters = reading.count("cluster_num", 0)
    for key in ("clustering_model", "global_regression_model"):
        name = reading.string(key)
        if name not in models:
            raise reading.reject(f"{key} = {name}, which is no submodel", key)
    for index in range(clusters):
        name = reading.string(f"cluster_regression_model_{index}")
        if name is not None and name not in models:
            _missing(reading, f"cluster_regression_model_{index}", name, Effect.DIFFERENT)


def pipeline(reading: Reading, read: SubmodelReader) -> None:
    """Read a pipeline of models, whose generated columns feed the main one."""
    models = submodels(reading, read)
    if models is None:
        return
    main = reading.string("main_model")
    generated: dict[str, str | None] = {}
    for index in range(reading.count("generated_column_count", 0)):
        name = reading.string(f"generated_column_name_{index}") or ""
        generated[name] = reading.string(f"generated_column_model_{index}")
        reading.integer(f"generated_column_index_{index}", 0)
    if main not in models:
        raise reading.reject(f"main_model = {main}, which is no submodel", "main_model")
    inputs = [name for name in _features(models[main]) if name not in generated]
    lacking = next((name for name in inputs if name not in reading.info.columns), None)
    if lacking is not None:
        raise reading.reject(f"the main model needs the column `{lacking}`, which nothing gives it", "main_model")
    for key, model in models.items():
        if key == main:
            continue
        if key not in generated.values():
            raise reading.reject(f"no generated column comes from the submodel {key}", "generated_column_count")
        lacking = next((name for name in _features(model) if name not in reading.info.columns), None)
        if lacking is not None:
            raise reading.reject(f"the submodel {key} needs the column `{lacking}`, which is not below [columns]")


def rulefit(reading: Reading, read: SubmodelReader) -> None:
    """Read rules, all of them keys of model.ini, and the linear model over them."""
    models = submodels(reading, read)
    if models is None:
        return
    linear = reading.string("linear_model")
    if linear not in models:
        _missing(reading, "linear_model", linear, Effect.UNSCORABLE)
    kind = reading.integer("model_type")
    depth, trees = reading.count("depth"), reading.count("ntrees")
    if kind != 0:
        idle = _idle_columns(models[linear]) if linear in models else set()
        for level in range(0 if _are_plain(reading, depth, trees) else depth):
            for tree in range(trees):
                for rule in range(reading.count(f"num_rules_M{level}T{tree}")):
                    _rule(reading, f"{level}_{tree}_{rule}", weighs=f"M{level}T{tree}" not in idle)
    for key in ("data_from_rules_codes", "linear_names"):
        if reading.integer(f"{key}_len") < 0:
            raise reading.reject(f"{key}_len is negative", f"{key}_len")
        for index in range(reading.count(f"{key}_len")):
            reading.string(f"{key}_{index}")
    reading.string("weights_column")
    if linear in models:
        _linear_names(reading, models[linear], kind)


def _linear_names(reading: Reading, model: Reading, kind: int) -> None:
    """Compare what the rules and the row give with the columns that the linear model takes."""
    takes, classes = model.integer("n_features"), reading.integer("n_classes")
    rules = reading.integer("depth") * reading.integer("ntrees") * (classes if classes > 2 else 1)
    gives = {0: reading.integer("n_features"), 1: rules + reading.integer("n_features")}.get(kind, rules)
    if gives != takes:
        problem = f"model_type = {kind}, depth and ntrees give {gives} columns, the linear model takes {takes}"
        reading.note(problem, Effect.UNSCORABLE, "model_type")
    names = [reading.string(f"linear_names_{index}") for index in range(reading.count("linear_names_len"))]
    if len(names) < takes:
        reading.note(f"linear_names_len = {len(names)}, but the linear model takes {takes}", Effect.UNSCORABLE,
                     "linear_names_len")  # fmt: skip
        return
    columns = set(model.info.columns)
    for index, name in enumerate(names[:takes]):
        if name not in columns:
            key = f"linear_names_{index}"
            reading.note(f"{key} = {name}, but the linear model has no such column", Effect.UNSCORABLE, key)
            return


def _idle_columns(model: Reading) -> set[str | None]:
    """Return the columns of levels all of which have the same coefficient, mostly 0, in a linear model.

    It does not matter which rule of such a tree a row fulfils, if any: neither does the level that takes the place of a
    missing one.
    """
    offsets, beta = model.ints("cat_offsets") or (), model.doubles("beta") or ()
    if not offsets or len(beta) != offsets[-1] + model.integer("nums", 0) + 1:
        return set()
    first = not model.flag("use_all_factor_levels", default=False)
    spans = zip(model.info.columns, itertools.pairwise(offsets), strict=False)
    return {name for name, (start, end) in spans if len({*beta[start:end], *((0.0,) if first else ())}) == 1}


def _are_plain(reading: Reading, depth: int, trees: int) -> bool:
    """Tell whether nothing can be wrong with the rules: each value is written as the writer writes it, and fits.

    There are thousands of values, of which most are the same; the different ones are looked at together.
    """
    get = reading.info.values.get
    seen = _Values(set(), set(), set(), set(), set())
    features, integers, doubles, flags, texts = seen
    for level, tree in itertools.product(range(depth), range(trees)):
        count = get(f"num_rules_M{level}T{tree}", "")
        if not _SMALL.fullmatch(count):
            return False
        for number in range(int(count)):
            rule = f"{level}_{tree}_{number}"
            conditions = get(f"num_conditions_rule_id_{rule}", "")
            name = get(f"var_name_rule_id_{rule}", "")
            if not _SMALL.fullmatch(conditions) or not name.startswith(f"M{level}T{tree}N"):
                return False
            for index in range(int(conditions)):
                condition = f"{index}_{rule}"
                match get(f"type_{condition}"):
                    case "0" if _has_levels(reading, condition, integers):
                        pass
                    case "1":
                        doubles.add(get(f"num_treshold{condition}", ""))
                    case _:
                        return False
                features.add(get(f"feature_index_{condition}", ""))
                integers.add(get(f"operator_{condition}", ""))
                flags.add(get(f"nas_included_{condition}", ""))
                texts.add(get(f"feature_name_{condition}", "null"))
                texts.add(get(f"language_condition{condition}", "null"))
            doubles.add(get(f"prediction_value_rule_id_{rule}", ""))
            doubles.add(get(f"coefficient_rule_id_{rule}", ""))
            doubles.add(get(f"support_rule_id_{rule}", "null").replace("null", "0.0"))
            texts.add(get(f"language_rule_rule_id_{rule}", "null"))
            if f"feature_index_{conditions}_{rule}" in reading.info.values:
                return False
        if f"num_conditions_rule_id_{level}_{tree}_{int(count)}" in reading.info.values:
            return False
    return seen.are_plain(reading.integer("n_features"))


def _has_levels(reading: Reading, condition: str, integers: set[str]) -> bool:
    """Tell whether the levels of a condition are all there; their numbers are added to `integers`."""
    get = reading.info.values.get
    named, numbered = (get(f"{key}_{condition}", "") for key in ("language_cat_treshold_length", "cat_treshold_length"))
    if not _SMALL.fullmatch(named) or not _SMALL.fullmatch(numbered):
        return False
    integers.update(get(f"cat_treshold_length_{index}_{condition}", "") for index in range(int(numbered)))
    return all(get(f"language_cat_treshold_{index}_{condition}", "null") != "null" for index in range(int(named)))


class _Values(NamedTuple):
    """The different values that rules have, by what they must be."""

    features: set[str]
    integers: set[str]
    doubles: set[str]
    flags: set[str]
    texts: set[str]

    def are_plain(self, features: int) -> bool:
        """Tell whether each is, as the writer writes it, and no column is beyond the number of features."""
        return (
            all(map(_SMALL.fullmatch, (*self.features, *self.integers)))
            and max(map(int, self.features), default=-1) < features
            and java.are_doubles(self.doubles)
            and self.flags <= {"true", "false"}
            and all(java.try_parse(text).kind in (java.STRING, java.NULL) for text in self.texts)
        )


def _rule(reading: Reading, rule: str, *, weighs: bool) -> None:
    conditions = reading.count(f"num_conditions_rule_id_{rule}")
    for index in range(conditions):
        _condition(reading, f"{index}_{rule}")
    reading.double(f"prediction_value_rule_id_{rule}")
    reading.string(f"language_rule_rule_id_{rule}")
    reading.double(f"coefficient_rule_id_{rule}")
    name = reading.string(f"var_name_rule_id_{rule}")
    if name is None or not name.startswith("M{}T{}N".format(*rule.split("_"))):
        reading.note(f"var_name_rule_id_{rule} = {name}", Effect.UNSCORABLE, f"var_name_rule_id_{rule}")
    if reading.info.values.get(f"support_rule_id_{rule}", "null") != "null":
        reading.double(f"support_rule_id_{rule}")
    if not weighs:
        return
    following = f"num_conditions_rule_id_{rule.rpartition('_')[0]}_{int(rule.rpartition('_')[2]) + 1}"
    tree = rule.split("_")
    key = f"num_rules_M{tree[0]}T{tree[1]}"
    if following in reading.info.values and reading.integer(key) == int(tree[2]) + 1:
        reading.note(f"{key} leaves out a rule that is there", Effect.DIFFERENT, key)
    if f"feature_index_{conditions}_{rule}" in reading.info.values:
        key = f"num_conditions_rule_id_{rule}"
        reading.note(f"{key} leaves out a condition that is there", Effect.DIFFERENT, key)


def _condition(reading: Reading, condition: str) -> None:
    feature = reading.integer(f"feature_index_{condition}")
    if not 0 <= feature < reading.integer("n_features"):
        key = f"feature_index_{condition}"
        reading.note(f"{key} = {feature}, but n_features = {reading.integer('n_features')}", Effect.UNSCORABLE, key)
    if reading.integer(f"type_{condition}") == 0:
        for index in range(reading.count(f"language_cat_treshold_length_{condition}")):
            key = f"language_cat_treshold_{index}_{condition}"
            if reading.info.values.get(key, "null") == "null":
                raise reading.reject(f"{key} is missing", key)
        for index in range(reading.count(f"cat_treshold_length_{condition}")):
            reading.integer(f"cat_treshold_length_{index}_{condition}")
    else:
        reading.double(f"num_treshold{condition}")
    reading.integer(f"operator_{condition}")
    reading.string(f"feature_name_{condition}")
    reading.flag(f"nas_included_{condition}")
    reading.string(f"language_condition{condition}")


def target_encoder(reading: Reading) -> None:
    """Read a target encoder and its maps."""
    reading.flag("keep_original_categorical_columns", default=False)
    if reading.flag("with_blending"):
        for key in ("inflection_point", "smoothing"):
            reading.double(key)
    reading.string("non_predictors")
    if not reading.files.exists(f"{reading.prefix}{_MAPS}encoding_map.ini"):
        raise reading.reject("is missing", entry=f"{_MAPS}encoding_map.ini")
    encodings = _encodings(reading, f"{_MAPS}encoding_map.ini")
    presence = _presence(reading, f"{_MAPS}te_column_name_to_missing_values_presence.ini")
    inputs = _mapping(reading, f"{_MAPS}input_encoding_columns_map.ini")
    outputs = _mapping(reading, f"{_MAPS}input_output_columns_map.ini")
    if encodings is None:
        return
    name = f"{_MAPS}input_encoding_columns_map.ini"
    if not inputs and not outputs:
        return
    if not inputs or len(inputs) < len(encodings):
        state = "is missing" if not reading.files.exists(reading.prefix + name) else "has not a line for each encoding"
        reading.note(f"{state}: columns stay unencoded", Effect.DIFFERENT, entry=name)
    for sources, targets in inputs:
        if targets[:1] and targets[0] not in encodings:
            reading.note(f"`{targets[0]}` has no encoding", Effect.UNSCORABLE, entry=f"{_MAPS}encoding_map.ini")
        for source in sources:
            if source not in _features(reading):
                reading.note(f"`{source}` is none of the features", Effect.UNSCORABLE, entry=name)
        if presence is not None and targets[:1] and targets[0] not in presence:
            problem = f"says nothing about `{targets[0]}`"
            reading.note(problem, Effect.UNSCORABLE, entry=f"{_MAPS}te_column_name_to_missing_values_presence.ini")


def _encodings(reading: Reading, entry: str) -> dict[str, set[int]] | None:
    lines = reading.text(entry)
    if lines is None:
        return None
    found: dict[str, set[int]] = {}
    section: str | None = None
    classes = reading.integer("n_classes")
    for raw in lines:
        line = java.trim(raw)
        match = _SECTION.search(line)
        if section is None or match:
            section = match[1] if match else None
            if section is not None:
                found[section] = set()
            continue
        pair = java.split_pair(line, "=")
        if pair is None:
            raise reading.reject(f"`{line[:40]}` has no `=`", entry=entry)
        try:
            level = java.parse_int(pair[0])
            parts = pair[1].split(" ")
            while parts and not parts[-1]:
                parts.pop()
            components = [java.parse_double(part) for part in parts]
        except NumberFormatError:
            raise reading.reject(f"`{line[:40]}` is no encoding", entry=entry) from None
        if len(components) != (3 if classes > 2 else 2):
            reading.note(f"`{line[:40]}` is no encoding for {classes} classes", Effect.UNSCORABLE, entry=entry)
            return None
        found[section].add(level)
    for name, levels in found.items():
        count = _level_count(reading, name)
        if count is None and name in reading.info.columns:
            reading.note(f"`{name}` is encoded, but has no domain in model.ini", Effect.UNSCORABLE, entry=entry)
            continue
        gap = next((level for level in range(max(levels, default=-1) + 1) if level not in levels), None)
        if not levels or gap is not None or (count is not None and len(levels) < count):
            reading.note(f"`{name}` has not an encoding for each level", Effect.UNSCORABLE, entry=entry)
    return found


def _level_count(reading: Reading, name: str) -> int | None:
    for index, column in enumerate(reading.info.columns):
        if column == name:
            return len(reading.levels[index]) if index in reading.levels else None
    return None


def _presence(reading: Reading, entry: str) -> set[str] | None:
    if not reading.files.exists(reading.prefix + entry):
        reading.note("is missing, so that missing values cannot be encoded", Effect.UNSCORABLE, entry=entry)
        return None
    found: set[str] = set()
    for raw in reading.text(entry) or ():
        pair = java.split_pair(java.trim(raw), "=")
        if pair is None:
            raise reading.reject(f"`{raw[:40]}` has no `=`", entry=entry)
        try:
            java.parse_int(pair[1])
        except NumberFormatError:
            raise reading.reject(f"`{raw[:40]}` says neither 0 nor 1", entry=entry) from None
        found.add(pair[0])
    return found


def _mapping(reading: Reading, entry: str) -> list[tuple[list[str], list[str]]]:
    if not reading.files.exists(reading.prefix + entry):
        return []
    found: list[tuple[list[str], list[str]]] = []
    sources: list[str] | None = None
    targets: list[str] | None = None
    current: list[str] | None = None
    for raw in reading.text(entry) or ():
        line = java.trim(raw)
        if line == "[from]":
            sources, targets = [], None
            current = sources
        elif line == "[to]":
            if sources is None:
                raise reading.reject("begins with [to]", entry=entry)
            targets = current = []
            found.append((sources, targets))
        elif line == "[to_domain]":
            current = []
        elif current is None:
            raise reading.reject(f"begins with `{line[:40]}` instead of [from]", entry=entry)
        else:
            current.append(line)
    for _, outputs in found:
        if not outputs and entry.endswith("input_encoding_columns_map.ini"):
            raise reading.reject("has a [to] without a column", entry=entry)
    return found


def gam(reading: Reading) -> None:
    """Read a generalized additive model; of thin plate splines only the sizes of blobs are not followed."""
    all_levels = reading.flag("use_all_factor_levels", default=False)
    for key in ("num_expanded_gam_columns", "num_expanded_gam_columns_center"):
        reading.integer(key, 0)
    family = reading.one_of("family", DISTRIBUTIONS)
    cats = reading.integer("cats", -1)
    reading.integer("num")
    centered = reading.integer("numsCenter")
    modes = reading.ints("catNAFills", default=True)
    fills = reading.doubles("numNAFillsCenter", default=True)
    imputes = reading.flag("mean_imputation", default=False)
    per_class, centered_per_class = (reading.integer(f"beta{kind} length per class", 0) for kind in ("", " center"))
    offsets = reading.ints("cat_offsets", default=True)
    assert modes is not None
    assert fills is not None
    assert offsets is not None
    if family != "multinomial" and reading.string("link") is not None:
        reading.one_of("link", LINKS)
    reading.double("tweedie_link_power", 0.0)
    if family in ("multinomial", "ordinal"):
        classes = reading.count("n_classes")
        reading.sized("beta_multinomial", classes * per_class * 8, f"{classes} rows of {per_class} numbers")
        reading.sized(
            "beta_multinomial_centering", classes * centered_per_class * 8, f"{classes} rows of {centered_per_class}"
        )
    else:
        reading.doubles("beta")
        beta = reading.doubles("beta_center")
        needed = (offsets[cats] if 0 <= cats < len(offsets) else 0) + centered + 1
        if beta is None or len(beta) != needed:
            problem = f"beta_center has {len(beta or ())} numbers, levels, numbers and intercept need {needed}"
            reading.note(problem, Effect.UNSCORABLE, "beta_center")
    _splines(reading)
    features = reading.integer("n_features")
    if cats < 0 or len(offsets) < cats + 1 or cats + centered != features:
        problem = (
            f"cats = {cats}, {len(offsets)} cat_offsets and numsCenter = {centered} do not make {features} features"
        )
        reading.note(problem, Effect.UNSCORABLE, "cats")
    elif not imputes and (modes or fills):
        problem = "mean_imputation is not true, but there are means to impute"
        reading.note(problem, Effect.DIFFERENT, "mean_imputation")
    elif imputes and (len(modes) < cats or len(fills) < centered):
        key = "catNAFills" if len(modes) < cats else "numNAFillsCenter"
        reading.note(f"{key} is missing or too short", Effect.UNSCORABLE, key)
    else:
        reading.count_levels("cat_offsets", offsets[: cats + 1], all_levels=all_levels)


def _splines(reading: Reading) -> None:
    """Read knots, names and transformations of the smoothed columns."""
    arrays: dict[str, tuple[int, ...]] = {}
    for key in ("num_knots", "num_knots_sorted", "gam_column_dim", "gam_column_dim_sorted", "bs", "bs_sorted",
                "gamColName_dim", "_d"):  # fmt: skip
        found = reading.ints(key)
        if found is None and key not in ("num_knots", "bs"):
            raise reading.reject(f"{key} is missing", key)
        arrays[key] = found or ()
    counts = {key: reading.integer(f"num_{key}_col") for key in ("TP", "CS", "IS", "MS")}
    if sum(counts.values()) > len(arrays["gam_column_dim"]):
        problem = f"num_CS_col, num_IS_col, num_MS_col and num_TP_col are above {len(arrays['gam_column_dim'])} columns"
        raise reading.reject(problem, "num_CS_col")
    _names(reading, "gam_columns", sum(arrays["gam_column_dim"]))
    _names(reading, "gam_columns_sorted", sum(arrays["gam_column_dim_sorted"]))
    _names(reading, "_names_no_centering", reading.count("total feature size"))
    _names(reading, "gamColNames", sum(arrays["gamColName_dim"]))
    knots = arrays["num_knots_sorted"]
    columns = len(arrays["gam_column_dim"])
    if len(knots) < columns or len(arrays["bs_sorted"]) < len(knots) or len(arrays["_d"]) < columns:
        raise reading.reject(
            f"num_knots_sorted, bs_sorted and _d are shorter than {columns} columns", "num_knots_sorted"
        )
    if counts["TP"] or counts["IS"] or counts["MS"]:
        for name in ("gamColNamesCenter", "zTranspose", "knots"):
            reading.sized(name, 0, "")
        return
    _names(reading, "gamColNamesCenter", sum(count - 1 for count in knots))
    reading.sized("zTranspose", sum((k - 1) * k for k in knots[:columns]) * 8, "the knots")
    reading.sized("knots", sum(d * k for d, k in zip(arrays["_d"], knots, strict=False)) * 8, "the knots")
    if counts["CS"] > 0:
        if counts["CS"] > len(knots):
            raise reading.reject(f"num_CS_col = {counts['CS']} for {len(knots)} columns", "num_CS_col")
        reading.sized("_binvD", sum((k - 2) * k for k in knots[: counts["CS"]]) * 8, "the knots")


def _names(reading: Reading, name: str, size: int) -> None:
    found = reading.text(name)
    if found is None:
        return
    if len(found) > size:
        raise reading.reject(f"has {len(found)} lines for {size} names", entry=name)
