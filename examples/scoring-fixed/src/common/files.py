"""The platform's files: notes on profiles, exports of scores. All of it is for threads; the coroutines say so."""

from __future__ import annotations

import asyncio
import pathlib
from collections.abc import Iterator


class ProfileFolder:
    """What is kept about a profile outside the database."""

    def __init__(self, root: pathlib.Path, profile_id: int) -> None:
        self._path = root / str(profile_id)

    async def notes(self) -> str:
        """Return the clerk's notes, read in a thread."""
        return await asyncio.to_thread((self._path / "notes.txt").read_text, encoding="utf-8")


def append_score(path: pathlib.Path, profile_id: int, score: float) -> None:
    """Append a score to an export."""
    with path.open("a", encoding="utf-8") as export:
        export.write(f"{profile_id},{score}\n")


def exported_scores(path: pathlib.Path) -> Iterator[tuple[int, float]]:
    """Yield the exported scores."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            profile_id, score = line.split(",")
            yield int(profile_id), float(score)


def total_of(path: pathlib.Path) -> float:
    """Return the sum of the exported scores."""
    return sum(score for _profile_id, score in exported_scores(path))
