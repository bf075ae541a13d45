"""Tells the other instances that this one is alive."""

from __future__ import annotations

import asyncio
import os

import redis


class Heartbeat:
    """A key in Redis, renewed every few seconds."""

    def __init__(self, client: redis.Redis, period: float = 0.05) -> None:
        self._client = client
        self._period = period
        self._timer: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Beat for the first time after one period. What the loop calls runs on the loop: the beat stops everybody."""
        self._timer = loop.call_later(self._period, self._beat, loop)

    def stop(self) -> None:
        """Beat no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._client.setex(f"alive:{os.getpid()}", 30, "1")
        self.start(loop)
