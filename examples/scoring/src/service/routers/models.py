"""The models that are served."""

from __future__ import annotations

import asyncio
from typing import Annotated

import joblib
import pandas as pd
from fastapi import APIRouter, BackgroundTasks, Depends, Request
from sklearn.linear_model import LogisticRegression

from common.settings import Settings
from service.dependencies import get_settings

router = APIRouter(prefix="/models", tags=["models"])


@router.put("/challenger")
async def reload_challenger(request: Request, settings: Annotated[Settings, Depends(get_settings)]) -> str:
    """Replace the challenger while requests are served. The answer to how many fail meanwhile is nowhere: no test asks."""
    request.app.state.model = await asyncio.to_thread(joblib.load, settings.model_path)
    return str(settings.model_path)


def retrain(settings: Settings) -> None:
    """Train a challenger on what was scored."""
    history = pd.read_csv(settings.data_dir / "history.csv")
    joblib.dump(LogisticRegression().fit(history[["score"]], history["city"]), settings.model_path)


@router.post("/challenger/training")
def train_challenger(tasks: BackgroundTasks, settings: Annotated[Settings, Depends(get_settings)]) -> None:
    """Train another challenger. The process that serves does it, with its own processor and memory, if it lives on."""
    tasks.add_task(retrain, settings)
