"""What operators ask for."""

from __future__ import annotations

import asyncio
import pathlib
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import httpx
import pandas as pd
from fastapi import APIRouter, Depends

from common.cache import Cache
from common.settings import Settings
from service.dependencies import get_cache, get_http, get_settings

router = APIRouter(prefix="/administration", tags=["administration"])

Configured = Annotated[Settings, Depends(get_settings)]

_threads = ThreadPoolExecutor(max_workers=1)
_limits: dict[str, int] = {}
_limits_lock = asyncio.Lock()


def count_rows(path: pathlib.Path) -> int:
    """Return how many rows a file of past scores has."""
    return len(pd.read_csv(path))


@router.get("/keys")
async def keys_by_age(keys: str, cache: Annotated[Cache, Depends(get_cache)]) -> list[str]:
    """Return keys, the oldest first. Redis is asked for all of them before anything is sorted."""
    names = keys.split(",")
    ages = dict(zip(names, await asyncio.gather(*(cache.age(name) for name in names)), strict=True))
    return sorted(names, key=lambda name: ages[name])


@router.put("/limits/{name}")
async def set_limit(name: str, limit: int) -> int:
    """Set a limit, under a lock of asyncio."""
    async with _limits_lock:
        await asyncio.sleep(0.01)
        _limits[name] = limit
    return limit


@router.get("/rates/age")
async def age_of_rates(settings: Configured, http: Annotated[httpx.AsyncClient, Depends(get_http)]) -> int:
    """Return how old the rates are."""
    return int((await http.get(settings.rates_url)).headers.get("Age", "0"))


@router.post("/history")
async def measure_history(settings: Configured) -> int:
    """Return the number of past scores. The work is in a thread, and its future is awaited."""
    return await asyncio.wrap_future(_threads.submit(count_rows, settings.data_dir / "history.csv"))
