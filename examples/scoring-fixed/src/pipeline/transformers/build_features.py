"""From profiles to what the models see."""

from __future__ import annotations

import pandas as pd

if "transformer" not in globals():
    from mage_ai.data_preparation.decorators import transformer


@transformer
def build_features(profiles: pd.DataFrame, *_args: object, **_kwargs: object) -> pd.DataFrame:
    """Return the feature columns and the outcome."""
    return pd.DataFrame(
        {
            "income": profiles["income"],
            "name_length": profiles["name"].str.len(),
            "address_length": profiles["address"].str.len(),
            "repaid": profiles["repaid"],
        }
    )
