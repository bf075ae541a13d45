"""JSON values in Redis, through the synchronous client.

Every call waits for the network. That is right for the pipeline, whose blocks have a process to themselves, and wrong
for the service, whose coroutines share one thread: nothing here says so, and no signature shows it.
"""

from __future__ import annotations

import json
from typing import Any

import redis


class Cache:
    """Values that are cheap to compute again, kept for `ttl` seconds."""

    def __init__(self, client: redis.Redis, ttl: int = 300) -> None:
        self._client = client
        self._ttl = ttl

    def read(self, key: str) -> Any:
        """Return the value at `key`, or None."""
        text = self._client.get(key)
        return None if text is None else json.loads(text)

    def write(self, key: str, value: Any) -> None:
        """Keep `value` at `key` for as long as the cache's time to live."""
        self._client.set(key, json.dumps(value), ex=self._ttl)

    def age(self, key: str) -> int:
        """Return for how many seconds `key` will still live."""
        return self._client.ttl(key)
