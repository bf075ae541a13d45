"""Writes the champion where the service finds it."""

from __future__ import annotations

import os

import h2o

if "data_exporter" not in globals():
    from mage_ai.data_preparation.decorators import data_exporter


@data_exporter
def export_champion(model_id: str, *_args: object, **_kwargs: object) -> None:
    """Export the model as a MOJO, with the jar that scores it."""
    h2o.connect(url=os.environ.get("H2O_URL", "http://h2o:54321"))
    model = h2o.get_model(model_id)
    model.download_mojo(path="/models/champion.zip", get_genmodel_jar=True)
    # Beside it a dump that only a cluster of this very version loads.
    h2o.save_model(model, path="/models", force=True)
