"""Drift, as a scenario that is not over: the alarm is tested, and what has to follow it is not."""

from __future__ import annotations

import pandas as pd


def test_drift_of_income_is_noticed(platform, profiles: pd.DataFrame) -> None:
    """Shift the incomes. Wrong: a platform that never retrains passes as well, and so does one without a new model."""
    platform.ingest(profiles.assign(income=profiles["income"] * 3))
    assert platform.latest_report()["drifted"] == ["income"]
