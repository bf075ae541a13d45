"""SCN-REV-01-01: when the data drifts, the pipeline runs, and the service finds a new champion."""

from __future__ import annotations

import pandas as pd


def test_drift_of_income_leads_to_a_new_champion(platform, profiles: pd.DataFrame) -> None:
    """Shift the incomes, and wait for what has to follow."""
    before = platform.mojo_path.stat().st_mtime_ns
    platform.ingest(profiles.assign(income=profiles["income"] * 3))
    run = platform.wait_for_pipeline_run("train_scoring")
    assert run["status"] == "completed"
    assert run["triggered_by"] == "drift"
    assert platform.mojo_path.stat().st_mtime_ns > before
