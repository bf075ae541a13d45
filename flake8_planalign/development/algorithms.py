"""The readers by the value of `algorithm` in model.ini (hex.genmodel.ModelMojoFactory of 3.46.0.11)."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from typing import Final

from flake8_planalign.development import composites, consistency, java, numeric, trees
from flake8_planalign.development.composites import SubmodelReader
from flake8_planalign.development.model import Fault
from flake8_planalign.development.mojo import MODEL_INI, Files, Info, Reader, Reading, RejectedError, read_info

__all__ = ["NOT_READ", "PLAIN", "faults_of"]

#: The reader of each algorithm, with the highest mojo_version that it takes.
PLAIN: Final[Mapping[str, tuple[Reader, float]]] = {
    "Gradient Boosting Machine": (trees.gbm, 1.40),
    "Gradient Boosting Method": (trees.gbm, 1.40),
    "Distributed Random Forest": (trees.drf, 1.40),
    "Isolation Forest": (trees.isolation_forest, 1.40),
    "Uplift Distributed Random Forest": (trees.uplift_drf, 1.40),
    "Extended Isolation Forest": (trees.extended_isolation_forest, 1.00),
    "XGBoost": (trees.xgboost, 1.10),
    "Generalized Linear Modeling": (numeric.glm, 1.00),
    "Generalized Linear Model": (numeric.glm, 1.00),
    "Generalized Additive Model": (composites.gam, 1.00),
    "Deep Learning": (numeric.deep_learning, 1.10),
    "deep learning": (numeric.deep_learning, 1.10),
    "K-means": (numeric.kmeans, 1.00),
    "Principal Components Analysis": (numeric.pca, 1.00),
    "Generalized Low Rank Modeling": (numeric.glrm, 1.10),
    "Generalized Low Rank Model": (numeric.glrm, 1.10),
    "Word2Vec": (numeric.word2vec, 1.00),
    "TargetEncoder": (composites.target_encoder, 1.00),
    "Isotonic Regression": (trees.isotonic, 1.00),
    "Cox Proportional Hazards": (numeric.coxph, 1.00),
    "Support Vector Machine (*Spark*)": (numeric.svm, 1.00),
}
_COMPOSED: Final = {
    "RuleFit": (composites.rulefit, 1.00),
    "Stacked Ensemble": (composites.stacked_ensemble, 1.01),
    "StackedEnsemble": (composites.stacked_ensemble, 1.01),
    "k-LIME": (composites.klime, 1.00),
    "MOJO Pipeline": (composites.pipeline, 1.00),
}
#: Algorithms whose readers have their own jar, so that nothing is known about their files.
NOT_READ: Final = frozenset({"Deep Water", "Deepwater"})


def faults_of(files: Files, prefix: str = "", depth: int = 0, width: int | None = None) -> tuple[list[Fault], Reading]:
    """Return what is wrong in one model, in the order in which the reader comes to it, and how far it came.

    `width` is how many columns a model above hands a submodel, None if it goes by its own number of features.
    """
    reading = Reading(files, prefix, depth, width)
    try:
        lines = reading.text(MODEL_INI)
        if lines is None:
            return [], reading
        if "\ufffd" in "".join(lines) and any("\ufffd" in line and not line.startswith("#") for line in lines):
            reading.check_text(MODEL_INI)
        try:
            read_info(lines, reading.entry, reading.info)
        finally:
            reading.misread = _misread(lines, reading.info)
        algorithm = reading.info.values.get("algorithm")
        if algorithm in NOT_READ:
            return [], reading
        if algorithm is None:
            raise reading.reject("algorithm is missing", "[info]")
        read, highest = _reader(algorithm)
        if read is None:
            raise reading.reject(f"algorithm = {algorithm[:60]} is unknown to h2o-genmodel", "algorithm")
        reading.common()
        version = reading.number("mojo_version")
        if version > highest:
            problem = f"mojo_version = {version:.2f} is above {highest:.2f}, the highest of h2o-genmodel 3.46"
            raise reading.reject(problem, "mojo_version")
        read(reading)
        consistency.check(reading)
    except RejectedError as rejected:
        return [*reading.faults, rejected.fault], reading
    return reading.faults, reading


def _misread(lines: list[str], info: Info) -> list[tuple[int, str, str]]:
    """Return the names of columns that the reader takes for something else, with their lines, and for what.

    The writer writes the names as they are, one a line, and an empty line behind them.
    """
    start = next(
        (number for number in range(len(info.head), len(lines)) if java.trim(lines[number]) == "[columns]"), None
    )
    if start is None:
        return []
    names = list(itertools.takewhile(java.trim, lines[start + 1 :]))
    is_whole = info.values.get("n_columns") == str(len(names))
    found: list[tuple[int, str, str]] = []
    for number, name in enumerate(names, start + 2):
        seen = java.trim(name)
        if seen in ("[info]", "[columns]", "[domains]"):
            if not is_whole:
                break
            found.append((number, name, "the beginning of a section to the reader"))
        elif seen.startswith("#"):
            if is_whole:
                found.append((number, name, "a comment to the reader, so that all names behind it shift"))
        elif seen != name.rstrip("\r\n"):
            found.append((number, name, f"`{seen}` to the reader, which trims names"))
    return found


def _reader(algorithm: str) -> tuple[Reader | None, float]:
    if algorithm in PLAIN:
        return PLAIN[algorithm]
    if algorithm in _COMPOSED:
        composed, highest = _COMPOSED[algorithm]
        return functools.partial(composed, read=_submodel), highest
    return None, 0.0


def _submodel(reading: Reading, directory: str, width: int | None) -> tuple[list[Fault], Reading]:
    return faults_of(reading.files, reading.prefix + directory, reading.depth + 1, width)


_: SubmodelReader = _submodel
