"""Work that would keep the service busy, in a list of Redis at which a worker waits."""

from __future__ import annotations

import json

import redis.asyncio

JOBS = "jobs"


class JobQueue:
    """The service's end of the list."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client

    async def enqueue_job(self, name: str, *arguments: str) -> None:
        """Put a job at the end of the list."""
        await self._client.rpush(JOBS, json.dumps([name, *arguments]))
