"""What happens around every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request, Response


async def count_requests(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Count the request for its path.

    A pipeline buffers, so adding to it costs nothing; carrying it out waits for Redis, here in front of every answer.
    """
    counters = request.app.state.redis.pipeline()
    counters.incr(f"requests:{request.url.path}")
    counters.expire(f"requests:{request.url.path}", 3600)
    counters.execute()
    return await call_next(request)
