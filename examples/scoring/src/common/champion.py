"""The champion: the H2O model that the pipeline exported, scored from its MOJO."""

from __future__ import annotations

import pathlib

import pandas as pd


def score(frame: pd.DataFrame, mojo: pathlib.Path) -> list[float]:
    """Return the champion's scores; H2O's helper starts a Java process and waits for it."""
    import h2o

    return list(h2o.mojo_predict_pandas(frame, mojo_zip_path=str(mojo))["predict"])
