"""JSON values in Redis, through the asynchronous client."""

from __future__ import annotations

import json
from typing import Any

import redis.asyncio


class Cache:
    """Values that are cheap to compute again, kept for `ttl` seconds."""

    def __init__(self, client: redis.asyncio.Redis, ttl: int = 300) -> None:
        self._client = client
        self._ttl = ttl

    async def read(self, key: str) -> Any:
        """Return the value at `key`, or None; a Redis that does not answer has nothing."""
        try:
            text = await self._client.get(key)
        except redis.RedisError:
            return None
        return None if text is None else json.loads(text)

    async def write(self, key: str, value: Any) -> None:
        """Keep `value` at `key` for as long as the cache's time to live, if Redis answers."""
        try:
            await self._client.set(key, json.dumps(value), ex=self._ttl)
        except redis.RedisError:
            pass

    async def age(self, key: str) -> int:
        """Return for how many seconds `key` will still live."""
        return await self._client.ttl(key)
