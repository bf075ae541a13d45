"""Scores as they are given, over a websocket."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, WebSocket

router = APIRouter(prefix="/live", tags=["live"])


@router.websocket("/scores")
async def follow_scores(websocket: WebSocket) -> None:
    """Send the last score three times. This conversation sleeps, and nobody else."""
    await websocket.accept()
    for _ in range(3):
        last = await websocket.app.state.redis.get("last-score")
        await websocket.send_text((last or b"none").decode())
        await asyncio.sleep(0.02)
    await websocket.close()


@router.get("/last")
async def last_score(request: Request) -> str:
    """Return the last score."""
    return (await request.app.state.redis.get("last-score") or b"none").decode()
