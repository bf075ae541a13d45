"""Scores as they are given, over a websocket."""

from __future__ import annotations

import asyncio

import redis
import redis.asyncio
from fastapi import APIRouter, Request, WebSocket

router = APIRouter(prefix="/live", tags=["live"])


async def read_last_score(cache: redis.asyncio.Redis) -> str:
    """Return the last score; a Redis that does not answer has none."""
    try:
        return (await cache.get("last-score") or b"none").decode()
    except redis.RedisError:
        return "none"


@router.websocket("/scores")
async def follow_scores(websocket: WebSocket) -> None:
    """Send the last score three times. This conversation sleeps, and nobody else."""
    await websocket.accept()
    for _ in range(3):
        await websocket.send_text(await read_last_score(websocket.app.state.redis))
        await asyncio.sleep(0.02)
    await websocket.close()


@router.get("/last")
async def last_score(request: Request) -> str:
    """Return the last score."""
    return await read_last_score(request.app.state.redis)
