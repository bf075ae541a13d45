"""Trains the champion with H2O AutoML."""

from __future__ import annotations

import os

import h2o
import pandas as pd
from h2o.automl import H2OAutoML

from common.features import COLUMNS

if "custom" not in globals():
    from mage_ai.data_preparation.decorators import custom


@custom
def train_champion(features: pd.DataFrame, *_args: object, **_kwargs: object) -> str:
    """Train, and return the key under which the cluster keeps the leader."""
    h2o.connect(url=os.environ.get("H2O_URL", "http://h2o:54321"))
    frame = h2o.H2OFrame(features)
    frame["repaid"] = frame["repaid"].asfactor()
    search = H2OAutoML(max_runtime_secs=600, seed=7, project_name="champion")
    search.train(x=list(COLUMNS), y="repaid", training_frame=frame)
    return search.leader.model_id
