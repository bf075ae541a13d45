"""A second chance for what fails now and then."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import httpx

P = ParamSpec("P")
T = TypeVar("T")


def retried(attempts: int, backoff: float) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Await the decorated coroutine up to `attempts` times, `backoff` seconds apart and longer each time."""

    def decorate(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(function)
        async def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
            for attempt in range(1, attempts):
                try:
                    return await function(*args, **kwargs)
                except httpx.TransportError:
                    await asyncio.sleep(backoff * 2**attempt)
            return await function(*args, **kwargs)

        return wrapper

    return decorate
