"""Scores as they are given, over a websocket."""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter, Request, WebSocket

router = APIRouter(prefix="/live", tags=["live"])


@router.websocket("/scores")
async def follow_scores(websocket: WebSocket) -> None:
    """Send the last score three times. Between them the whole service sleeps, not this conversation alone."""
    await websocket.accept()
    for _ in range(3):
        last = await websocket.app.state.live_redis.get("last-score")
        await websocket.send_text((last or b"none").decode())
        time.sleep(0.02)
    await websocket.close()


@router.websocket("/scores/aside")
async def follow_scores_aside(websocket: WebSocket) -> None:
    """Send the last score three times. Right: this conversation sleeps, and nobody else."""
    await websocket.accept()
    for _ in range(3):
        last = await websocket.app.state.live_redis.get("last-score")
        await websocket.send_text((last or b"none").decode())
        await asyncio.sleep(0.02)
    await websocket.close()


@router.get("/last")
async def last_score(request: Request) -> str:
    """Return the last score. Right: the asynchronous client has the same methods, and they are awaited."""
    return (await request.app.state.live_redis.get("last-score") or b"none").decode()
