"""Where the platform's parts are, from the environment."""

from __future__ import annotations

import dataclasses
import os
import pathlib


@dataclasses.dataclass(frozen=True)
class Settings:
    """Addresses and paths; the defaults are those of compose.yaml."""

    redis_url: str
    database_url: str
    warehouse_url: str
    geocoder_url: str
    rates_url: str
    model_path: pathlib.Path
    data_dir: pathlib.Path

    @classmethod
    def from_environment(cls) -> Settings:
        """Return the settings of this process."""
        return cls(
            redis_url=os.environ.get("REDIS_URL", "redis://cache:6379/0"),
            database_url=os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///scoring.db"),
            warehouse_url=os.environ.get("WAREHOUSE_URL", "sqlite+aiosqlite:///warehouse.db"),
            geocoder_url=os.environ.get("GEOCODER_URL", "http://geocoder:8080/lookup"),
            rates_url=os.environ.get("RATES_URL", "http://rates:8080/latest"),
            model_path=pathlib.Path(os.environ.get("MODEL_PATH", "/models/challenger.joblib")),
            data_dir=pathlib.Path(os.environ.get("DATA_DIR", "/data")),
        )
