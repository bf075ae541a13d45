"""What customers may ask for, and how often. Every way to go wrong with a cache that several workers share."""

from __future__ import annotations

import asyncio
import hashlib
import json
import pathlib
from typing import Any

import redis.asyncio
from fastapi import APIRouter, BackgroundTasks, HTTPException, Request
from redis.exceptions import MaxConnectionsError

router = APIRouter(prefix="/limits", tags=["limits"])

# One key is given to the script, and it makes up another, which may lie on another node of a cluster.
COUNT = """
redis.call("INCR", "asked:all")
return redis.call("INCR", KEYS[1])
"""
COUNT_DIGEST = hashlib.sha1(COUNT.encode(), usedforsecurity=False).hexdigest()


def audit(request: Request, customer: str) -> None:
    """Note that a limit was changed."""
    request.app.state.settings.audit(customer)


def scores_of(path: pathlib.Path, customer: str) -> list[float]:
    """Return the scores of a customer in a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [float(line.rpartition(",")[2]) for line in lines if line.startswith(customer)]


@router.post("/{customer}")
async def change_limit(customer: str, request: Request, tasks: BackgroundTasks) -> dict[str, Any]:
    """Change a limit. The body is taken apart by hand, a client is made for this request, and two clients that change
    the same limit at once lose one of the changes."""
    body = await request.json()
    limits = redis.asyncio.from_url(request.app.state.settings.redis_url)
    known = json.loads(await limits.get(f"limit:{customer}") or "{}")
    known["daily"] = body["daily"]
    await limits.set(f"limit:{customer}", json.dumps(known))
    tasks.add_task(audit, request, customer)
    return known


@router.get("/{customer}/score")
async def cached_score(customer: str, request: Request) -> float:
    """Return a score that is kept under a key that no other worker computes, for whatever model was there first."""
    cache: redis.asyncio.Redis = request.app.state.live_redis
    key = f"prediction:{hash(customer)}"
    try:
        known = await cache.get(key)
    except MaxConnectionsError as error:
        raise HTTPException(500, "no connection") from error
    return float(known or 0.5)


@router.get("/{customer}/history")
async def history(customer: str, request: Request) -> list[float]:
    """Return past scores. They are read before the cache is asked, which then saves nobody anything."""
    cache: redis.asyncio.Redis = request.app.state.live_redis
    scores = await asyncio.to_thread(scores_of, request.app.state.settings.data_dir / "history.csv", customer)
    known = await cache.get(f"history:{customer}")
    if known is not None:
        return json.loads(known)
    await cache.set(f"history:{customer}", json.dumps(scores), ex=60)
    return scores


@router.get("/{customer}/allowed")
async def allowed(customer: str, request: Request) -> bool:
    """Return whether a customer may ask once more. When Redis is away, everybody may, and nobody learns of it; when it
    was restarted as well, since it has forgotten the script."""
    cache: redis.asyncio.Redis = request.app.state.live_redis
    try:
        asked = int(await cache.evalsha(COUNT_DIGEST, 1, f"asked:{customer}"))
    except Exception:
        asked = 0
    try:
        await request.app.state.feed.publish("asked", customer)
    except Exception:
        pass
    return asked < 100
