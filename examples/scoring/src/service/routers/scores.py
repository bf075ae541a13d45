"""Scores: the service's reason to be."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ProcessPoolExecutor
from typing import Annotated

import pandas as pd
from fastapi import APIRouter, BackgroundTasks, Depends, Request
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
async def score_profile(profile_id: int, features: Features, model: Model) -> float:
    """Return the challenger's score.

    Neither line looks as if it waited. The first asks Redis, and after a miss the database, three modules further down;
    the second keeps the processor busy. While it does, no other request is served, not even the health check.
    """
    vector = features.vector(profile_id)
    return float(model.predict(pd.DataFrame([vector], columns=COLUMNS))[0])


@router.post("/aside/{profile_id}")
async def score_profile_aside(
    profile_id: int,
    features: Features,
    model: Model,
    settings: Annotated[Settings, Depends(get_settings)],
    background: BackgroundTasks,
) -> float:
    """Return the challenger's score. Right: both lines run in a thread, and so does the task after the answer."""
    vector = await asyncio.to_thread(features.vector, profile_id)
    predictions = await run_in_threadpool(model.predict, pd.DataFrame([vector], columns=COLUMNS))
    background.add_task(record_score, settings.data_dir / "scores.log", profile_id, float(predictions[0]))
    return float(predictions[0])


@router.post("/plain/{profile_id}")
def score_profile_plainly(profile_id: int, features: Features, model: Model) -> float:
    """Return the challenger's score. Right: a `def` endpoint, which FastAPI runs in a thread as a whole."""
    return float(model.predict(pd.DataFrame([features.vector(profile_id)], columns=COLUMNS))[0])


@router.post("/latest/{profile_id}")
async def score_with_latest(profile_id: int, request: Request, features: Features) -> float:
    """Return the score of whatever model is there. Nothing says what it is, but what predicts is a model."""
    model = request.app.state.latest
    vector = await asyncio.to_thread(features.vector, profile_id)
    return float(model.predict(pd.DataFrame([vector], columns=COLUMNS))[0])


@router.post("/champion/{profile_id}")
async def score_with_champion(
    profile_id: int, features: Features, settings: Annotated[Settings, Depends(get_settings)]
) -> float:
    """Return the champion's score. H2O starts a Java process and waits for its end, on the loop."""
    vector = await asyncio.to_thread(features.vector, profile_id)
    frame = pd.DataFrame([vector], columns=COLUMNS)
    return champion_score(frame, settings.data_dir / "champion.zip")[0]


@router.post("/batch")
async def score_batch(batch: Batch, features: Features, model: Model) -> list[float]:
    """Return the scores of several profiles.

    It seems to use the executor, but the parentheses call `predict` at once, here, on the loop; the executor then gets
    an array, which it cannot call.
    """
    vectors = [await asyncio.to_thread(features.vector, profile_id) for profile_id in batch.profile_ids]
    frame = pd.DataFrame(vectors, columns=COLUMNS)
    loop = asyncio.get_running_loop()
    return list(await loop.run_in_executor(None, model.predict(frame)))


@router.post("/batch-aside")
async def score_batch_aside(batch: Batch, features: Features, model: Model) -> list[float]:
    """Return the scores of several profiles. Right: the executor gets something to call."""
    vectors = [await asyncio.to_thread(features.vector, profile_id) for profile_id in batch.profile_ids]
    frame = pd.DataFrame(vectors, columns=COLUMNS)
    loop = asyncio.get_running_loop()
    return list(await loop.run_in_executor(None, functools.partial(model.predict, frame)))


@router.post("/sensitivity")
async def explain_in_thread(weights: list[float]) -> str:
    """Return the gradient. A thread does not help: SymPy holds the interpreter lock, and the loop waits for it."""
    return await asyncio.to_thread(sensitivity, weights)


@router.post("/nearest")
async def find_nearest_in_thread(vectors: list[list[float]]) -> tuple[int, int]:
    """Return the two profiles most alike. Two loops in pure Python hold the interpreter lock in a thread as well."""
    return await asyncio.to_thread(nearest_pair, vectors)


@router.post("/sensitivity/lambda")
async def explain_with_lambda(weights: list[float], processes: Processes) -> str:
    """Return the gradient. A process would help, but a lambda cannot be sent to one: it has no name to find it by."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(processes, lambda: sensitivity(weights))


@router.post("/sensitivity/process")
async def explain_in_process(weights: list[float], processes: Processes) -> str:
    """Return the gradient. Right: a function of a module, and its argument, for another process."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(processes, sensitivity, weights)


@router.post("/sensitivity/here")
async def explain_here(weights: list[float]) -> str:
    """Return the gradient, computed on the loop while everybody else waits for it."""
    return sensitivity(weights)
