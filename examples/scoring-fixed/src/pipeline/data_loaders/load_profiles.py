"""The profiles with the outcome of their credits."""

from __future__ import annotations

import os

import pandas as pd
import sqlalchemy as sa

if "data_loader" not in globals():
    from mage_ai.data_preparation.decorators import data_loader


@data_loader
def load_profiles(*_args: object, **_kwargs: object) -> pd.DataFrame:
    """Return one row for each credit. A block has a process to itself: here everything may wait."""
    query = sa.text(
        "SELECT profiles.profile_id, name, address, income, repaid"
        " FROM profiles JOIN credits ON credits.profile_id = profiles.profile_id"
    )
    engine = sa.create_engine(os.environ.get("DATABASE_URL", "sqlite:///scoring.db"), pool_size=2)
    with engine.connect() as connection:
        return pd.read_sql(query, connection)
