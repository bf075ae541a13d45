"""What happens around every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import redis
from fastapi import Request, Response


async def count_requests(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Count the request for its path, if Redis answers; other requests are served in the meantime."""
    counters = request.app.state.redis.pipeline()
    counters.incr(f"requests:{request.url.path}")
    counters.expire(f"requests:{request.url.path}", 3600)
    try:
        await counters.execute()
    except redis.RedisError:
        pass
    return await call_next(request)
