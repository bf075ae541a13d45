"""Whether the service is there, and whether it can work."""

from __future__ import annotations

from typing import Annotated

import redis
import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException, Request
from sqlalchemy.ext.asyncio import AsyncSession

from service.dependencies import get_db

router = APIRouter(tags=["health"])


def load_average() -> float:  # planalign: nonblocking
    """Return the machine's load; what looks like a file here is answered by the kernel, from memory."""
    with open("/proc/loadavg", encoding="ascii") as answer:
        return float(answer.read().split()[0])


@router.get("/health")
async def alive() -> dict[str, str | float]:
    """Return that the process answers, and how busy its machine is."""
    return {"status": "alive", "load": load_average()}


@router.get("/ready")
async def ready(request: Request, db: Annotated[AsyncSession, Depends(get_db)]) -> dict[str, str]:
    """Return that Redis, the databases and the model are there."""
    try:
        await request.app.state.redis.ping()
    except redis.RedisError as error:
        raise HTTPException(503, "Redis does not answer") from error
    try:
        await db.execute(sa.text("SELECT 1"))
        async with request.app.state.warehouse.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError as error:
        raise HTTPException(503, "a database does not answer") from error
    if request.app.state.model is None:
        raise HTTPException(503, "there is no model")
    return {"status": "ready"}
