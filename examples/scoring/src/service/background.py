"""Work that is done after the answer has been sent."""

from __future__ import annotations

import datetime
import pathlib


async def record_access(log: pathlib.Path, profile_id: int) -> None:
    """Note who was looked at. A coroutine, so Starlette awaits it on the loop, and the file is written there."""
    with open(log, "a", encoding="utf-8") as lines:
        lines.write(f"{datetime.datetime.now(datetime.UTC).isoformat()} {profile_id}\n")


def record_score(log: pathlib.Path, profile_id: int, score: float) -> None:
    """Note what was scored. A `def` function, so Starlette runs it in a thread: this one may write."""
    with open(log, "a", encoding="utf-8") as lines:
        lines.write(f"{profile_id} {score}\n")
