"""Tells the other instances that this one is alive."""

from __future__ import annotations

import asyncio
import os

import redis.asyncio


async def beat(client: redis.asyncio.Redis, period: float = 0.05) -> None:
    """Renew a key in Redis every `period` seconds, until cancelled; a Redis that does not answer is asked again."""
    while True:
        try:
            await client.setex(f"alive:{os.getpid()}", 30, "1")
        except redis.RedisError:
            pass
        await asyncio.sleep(period)
