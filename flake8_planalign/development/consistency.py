"""What every scorer takes for granted and no reader checks: counts, columns, levels and classes that fit together."""

from __future__ import annotations

import re

from flake8_planalign.development.model import Effect
from flake8_planalign.development.mojo import Reading

__all__ = ["check"]

_UNSUPERVISED = frozenset({"Clustering", "DimReduction", "AnomalyDetection", "AutoEncoder", "WordEmbedding"})
_CLASSES = {"Binomial": 2, "BinomialUplift": 2, "Regression": 1, "CoxPH": 1, **dict.fromkeys(_UNSUPERVISED, 1)}


def check(reading: Reading) -> None:
    """Note where the numbers at the head of a model do not fit its columns and domains."""
    info = reading.info
    columns = len(info.columns)
    unnamed = sum(1 for name in info.columns if name is None)
    if unnamed:
        count = info.values["n_columns"]
        problem = f"n_columns = {count}, but there are {columns - unnamed} lines below [columns]: the rest has no name"
        reading.note(problem, Effect.DIFFERENT, "n_columns")
        return
    supervised = reading.flag("supervised")
    features = reading.features
    treatment = reading.string("category") == "BinomialUplift"
    least = 0 if reading.string("category") == "WordEmbedding" else 1
    if features < least or (reading.width is None and features + supervised + treatment > columns):
        problem = f"n_features = {features}, but there are {columns - supervised} columns beside the response"
        reading.note(problem, Effect.UNSCORABLE, "n_features")
        return
    _classes(reading)
    _escapes(reading)


def _classes(reading: Reading) -> None:
    """Compare the number of classes with the category and the response's levels."""
    category, classes = reading.string("category"), reading.integer("n_classes")
    needed = _CLASSES.get(category or "")
    if reading.info.values["algorithm"].startswith("Principal"):
        needed = None
    supervised = reading.flag("supervised")
    if supervised != (category not in _UNSUPERVISED) and category not in ("Unknown", "KLime"):
        problem = f"supervised = {str(supervised).lower()}, but category = {category}"
        reading.note(problem, Effect.DIFFERENT, "supervised")
        return
    if needed is not None and classes != needed:
        reading.note(f"n_classes = {classes}, but category = {category}", Effect.UNSCORABLE, "n_classes")
        return
    if category in ("Multinomial", "Ordinal") and classes < 2:
        reading.note(f"n_classes = {classes}, but category = {category}", Effect.UNSCORABLE, "n_classes")
        return
    response = reading.levels.get(len(reading.info.columns) - 1)
    by_levels = category in ("Binomial", "Multinomial", "Ordinal", "TargetEncoder")
    if supervised and by_levels and response is not None and len(response) != classes:
        problem = f"n_classes = {classes}, but the response has {len(response)} levels"
        reading.note(problem, Effect.UNSCORABLE, "n_classes")


def _escapes(reading: Reading) -> None:
    """Note levels with a backslash that are not unescaped, though the H2O that wrote them escaped it (since 3.26)."""
    if reading.info.values.get("escape_domain_values") == "true":
        return
    version = re.match(r"3\.(\d+)\.", reading.info.values.get("h2o_version", ""))
    if version is None or int(version[1]) < 26:
        return
    for column, levels in reading.levels.items():
        level = next((level for level in levels if "\\" in level), None)
        if level is not None:
            problem = f"escape_domain_values is not true, so that column {column} keeps the escapes of `{level[:40]}`"
            reading.note(problem, Effect.DIFFERENT, "escape_domain_values")
            return
