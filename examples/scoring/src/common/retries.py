"""A second chance for what fails now and then."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def retried(attempts: int, pause: float) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Call the decorated function up to `attempts` times, `pause` seconds apart and longer each time."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
            for attempt in range(1, attempts):
                try:
                    return function(*args, **kwargs)
                except OSError:
                    # The thread that sleeps here is the caller's, and the caller may be the event loop.
                    time.sleep(pause * 2**attempt)
            return function(*args, **kwargs)

        return wrapper

    return decorate
