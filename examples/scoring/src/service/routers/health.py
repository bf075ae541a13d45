"""Whether the service is there, and whether it can work."""

from __future__ import annotations

from typing import Annotated

import redis
import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException, Request
from sqlalchemy.orm import Session

from service.dependencies import get_db

router = APIRouter(tags=["health"])


@router.get("/health")
async def alive() -> dict[str, str]:
    """Return that the process answers."""
    return {"status": "alive"}


@router.get("/ready")
def ready(request: Request, db: Annotated[Session, Depends(get_db)]) -> dict[str, str]:
    """Return that Redis and the database answer. A `def` endpoint: FastAPI runs it in a thread, so it may wait."""
    try:
        request.app.state.redis.ping()
    except redis.RedisError as error:
        raise HTTPException(503, "Redis does not answer") from error
    db.execute(sa.text("SELECT 1"))
    return {"status": "ready"}
