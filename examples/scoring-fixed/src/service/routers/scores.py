"""Scores: the service's reason to be."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ProcessPoolExecutor
from typing import Annotated

import pandas as pd
from fastapi import APIRouter, BackgroundTasks, Depends
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sklearn.pipeline import Pipeline

from common.champion import score as champion_score
from common.explanations import nearest_pair, sensitivity
from common.features import COLUMNS, FeatureAccess
from common.settings import Settings
from service.background import record_score
from service.dependencies import get_features, get_model, get_processes, get_settings

router = APIRouter(prefix="/scores", tags=["scores"])

Features = Annotated[FeatureAccess, Depends(get_features)]
Model = Annotated[Pipeline, Depends(get_model)]
Processes = Annotated[ProcessPoolExecutor, Depends(get_processes)]


class Batch(BaseModel):
    """The profiles to be scored together."""

    profile_ids: list[int]


@router.post("/challenger/{profile_id}")
async def score_profile(
    profile_id: int,
    features: Features,
    model: Model,
    settings: Annotated[Settings, Depends(get_settings)],
    background: BackgroundTasks,
) -> float:
    """Return the challenger's score. What waits is awaited, what computes is in a thread."""
    vector = await features.vector(profile_id)
    predictions = await run_in_threadpool(model.predict, pd.DataFrame([vector], columns=COLUMNS))
    background.add_task(record_score, settings.data_dir / "scores.log", profile_id, float(predictions[0]))
    return float(predictions[0])


@router.post("/champion/{profile_id}")
async def score_with_champion(
    profile_id: int, features: Features, settings: Annotated[Settings, Depends(get_settings)]
) -> float:
    """Return the champion's score. H2O starts a Java process and waits for its end, in a thread."""
    vector = await features.vector(profile_id)
    frame = pd.DataFrame([vector], columns=COLUMNS)
    scores = await asyncio.to_thread(champion_score, frame, settings.data_dir / "champion.zip")
    return scores[0]


@router.post("/batch")
async def score_batch(batch: Batch, features: Features, model: Model) -> list[float]:
    """Return the scores of several profiles. The executor gets something to call."""
    vectors = [await features.vector(profile_id) for profile_id in batch.profile_ids]
    frame = pd.DataFrame(vectors, columns=COLUMNS)
    loop = asyncio.get_running_loop()
    return list(await loop.run_in_executor(None, functools.partial(model.predict, frame)))


@router.post("/sensitivity")
async def explain(weights: list[float], processes: Processes) -> str:
    """Return the gradient, from another process: SymPy would keep this one's interpreter to itself."""
    return await asyncio.get_running_loop().run_in_executor(processes, sensitivity, weights)


@router.post("/nearest")
async def find_nearest(vectors: list[list[float]], processes: Processes) -> tuple[int, int]:
    """Return the two profiles most alike, from another process."""
    return await asyncio.get_running_loop().run_in_executor(processes, nearest_pair, vectors)
