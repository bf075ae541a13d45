"""What customers may ask for, and how often, kept in a cache that several workers share."""

from __future__ import annotations

import hashlib
import logging

import redis
import redis.asyncio
from fastapi import APIRouter, BackgroundTasks, HTTPException, Request
from pydantic import BaseModel
from redis.exceptions import MaxConnectionsError

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/limits", tags=["limits"])

MONTH = 30 * 24 * 60 * 60


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
async def cached_score(customer: str, request: Request) -> float:
    """Return a score that is kept under the model's version and a digest that every worker computes alike."""
    cache: redis.asyncio.Redis = request.app.state.redis
    version = request.app.state.settings.model_path
    key = f"prediction:version-{version}:{hashlib.sha256(customer.encode()).hexdigest()}"
    try:
        known = await cache.get(key)
    except MaxConnectionsError as error:
        raise HTTPException(503, "no connection", headers={"Retry-After": "1"}) from error
    except redis.RedisError:
        known = None
    return float(known or 0.5)


@router.get("/{customer}/allowed")
async def allowed(customer: str, request: Request) -> bool:
    """Return whether a customer may ask once more. When Redis is away, everybody may, and the log says so."""
    cache: redis.asyncio.Redis = request.app.state.redis
    try:
        asked = int(await cache.get(f"asked:{customer}") or 0)
        await cache.publish("asked", customer)
    except redis.RedisError:
        logger.warning("cannot count what %s asks", customer, exc_info=True)
        asked = 0
    return asked < 100
