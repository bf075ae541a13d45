"""What operators ask for."""

from __future__ import annotations

import asyncio
import functools
import pathlib
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import pandas as pd
import requests
from asgiref.sync import sync_to_async
from fastapi import APIRouter, Depends

from common.cache import Cache
from common.settings import Settings
from service.dependencies import get_cache, get_settings

router = APIRouter(prefix="/administration", tags=["administration"])

Configured = Annotated[Settings, Depends(get_settings)]

_threads = ThreadPoolExecutor(max_workers=1)
_limits: dict[str, int] = {}
_limits_lock = threading.Lock()
_async_limits_lock = asyncio.Lock()
_counts: queue.Queue[int] = queue.Queue()


def count_rows(path: pathlib.Path) -> int:
    """Return how many rows a file of past scores has."""
    return len(pd.read_csv(path))


def announce_rows(path: pathlib.Path) -> None:
    """Put the number of a file's rows into the queue."""
    _counts.put(count_rows(path))


@sync_to_async
def ages_of(cache: Cache, keys: list[str]) -> list[int]:
    """Return how long keys will live. Right: the decorator makes this a coroutine that works in a thread."""
    return [cache.age(key) for key in keys]


@router.get("/keys")
async def keys_by_age(keys: str, cache=Depends(get_cache)) -> list[str]:
    """Return keys, the oldest first. The lambda looks harmless and asks Redis once for every key."""
    return sorted(keys.split(","), key=lambda key: cache.age(key))


@router.get("/keys/aside")
async def ages_aside(keys: str, cache: Annotated[Cache, Depends(get_cache)]) -> list[int]:
    """Return how long keys will live. Right: awaited, from a thread."""
    return await ages_of(cache, keys.split(","))


@router.put("/limits/{name}")
async def set_limit(name: str, limit: int) -> int:
    """Set a limit. The lock is one of threads: the coroutine that waits for it stops the one that has it."""
    with _limits_lock:
        await asyncio.sleep(0.01)
        _limits[name] = limit
    return limit


@router.put("/limits/{name}/aside")
async def set_limit_aside(name: str, limit: int) -> int:
    """Set a limit. Right: a lock of asyncio."""
    async with _async_limits_lock:
        await asyncio.sleep(0.01)
        _limits[name] = limit
    return limit


@router.get("/rates/age")
async def age_of_rates(settings: Configured) -> int:
    """Return how old the rates are. A `partial` is the call that it was made from."""
    fetch = functools.partial(requests.get, settings.rates_url, timeout=2.0)
    return int(fetch().headers.get("Age", "0"))


@router.post("/history")
async def measure_history(settings: Configured) -> int:
    """Return the number of past scores. The work is in a thread, but the loop waits for it: `result` is not awaited."""
    future = _threads.submit(count_rows, settings.data_dir / "history.csv")
    return future.result()


@router.post("/history/queued")
async def measure_history_queued(settings: Configured) -> int:
    """Return the number of past scores. A queue of threads is no better: the loop waits until there is something."""
    _threads.submit(announce_rows, settings.data_dir / "history.csv")
    return _counts.get()


@router.post("/history/aside")
async def measure_history_aside(settings: Configured) -> int:
    """Return the number of past scores. Right: the future is wrapped, and awaited."""
    return await asyncio.wrap_future(_threads.submit(count_rows, settings.data_dir / "history.csv"))
