"""Work that is done after the answer has been sent. `def` functions, so Starlette runs them in threads."""

from __future__ import annotations

import datetime
import pathlib


def record_access(log: pathlib.Path, profile_id: int) -> None:
    """Note who was looked at."""
    with open(log, "a", encoding="utf-8") as lines:
        lines.write(f"{datetime.datetime.now(datetime.UTC).isoformat()} {profile_id}\n")


def record_score(log: pathlib.Path, profile_id: int, score: float) -> None:
    """Note what was scored."""
    with open(log, "a", encoding="utf-8") as lines:
        lines.write(f"{profile_id} {score}\n")
