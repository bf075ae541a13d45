"""What customers may ask for, and how often, kept in a cache that several workers share."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Annotated

import pandas as pd
import redis
import redis.asyncio
from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from redis.exceptions import MaxConnectionsError
from sklearn.pipeline import Pipeline

from common.features import COLUMNS, FeatureAccess
from service.dependencies import get_features, get_model

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/limits", tags=["limits"])

Features = Annotated[FeatureAccess, Depends(get_features)]
Model = Annotated[Pipeline, Depends(get_model)]

MONTH = 30 * 24 * 60 * 60
#: Counts and, the first time, says when to forget: the server does both or neither.
COUNT = """
local asked = redis.call("INCR", KEYS[1])
if asked == 1 then
  redis.call("EXPIRE", KEYS[1], ARGV[1])
end
return asked
"""


class Limit(BaseModel):
    """A limit as a customer may change it."""

    daily: int


def audit(customer: str) -> None:
    """Note that a limit was changed."""
    logger.info("the limit of %s was changed", customer)


@router.post("/{customer}")
async def change_limit(customer: str, limit: Limit, request: Request, tasks: BackgroundTasks) -> Limit:
    """Change a limit: one field of a hash, which no other change touches."""
    cache: redis.asyncio.Redis = request.app.state.redis
    try:
        await cache.hset(f"limit:{customer}", "daily", limit.daily)
        await cache.expire(f"limit:{customer}", MONTH)
    except redis.RedisError as error:
        raise HTTPException(503, "try again", headers={"Retry-After": "5"}) from error
    tasks.add_task(audit, customer)
    return limit


@router.get("/{customer}/score")
async def cached_score(customer: int, request: Request, features: Features, model: Model) -> float:
    """Return a score that is kept under the model's version and a digest that every worker computes alike."""
    cache: redis.asyncio.Redis = request.app.state.redis
    version = request.app.state.settings.model_path
    vector = await features.vector(customer)
    key = f"prediction:version-{version}:{hashlib.sha256(json.dumps(vector).encode()).hexdigest()}"
    try:
        known = await cache.get(key)
    except MaxConnectionsError as error:
        raise HTTPException(503, "no connection", headers={"Retry-After": "1"}) from error
    except redis.RedisError:
        known = None
    if known is not None:
        return float(known)
    score = float((await run_in_threadpool(model.predict, pd.DataFrame([vector], columns=COLUMNS)))[0])
    try:
        await cache.set(key, score, ex=MONTH)
    except redis.RedisError:
        logger.warning("cannot keep the score of %s", customer, exc_info=True)
    return score


@router.get("/{customer}/allowed")
async def allowed(customer: str, request: Request) -> bool:
    """Return whether a customer may ask once more. When Redis is away, everybody may, and the log says so."""
    cache: redis.asyncio.Redis = request.app.state.redis
    try:
        asked = int(await cache.register_script(COUNT)(keys=[f"asked:{customer}"], args=[MONTH]))
    except redis.RedisError:
        logger.warning("cannot count what %s asks", customer, exc_info=True)
        asked = 0
    return asked <= 100
