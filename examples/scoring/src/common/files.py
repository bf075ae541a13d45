"""The platform's files: notes on profiles, exports of scores."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self


class ProfileFolder:
    """What is kept about a profile outside the database."""

    def __init__(self, root: pathlib.Path, profile_id: int) -> None:
        self._path = root / str(profile_id)

    @property
    def notes(self) -> str:
        """The clerk's notes. It looks like an attribute and reads the disk."""
        return (self._path / "notes.txt").read_text(encoding="utf-8")


class ScoreExport:
    """A CSV file that is open for as long as the `with` block runs."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, profile_id: int, score: float) -> None:
        """Append a score."""
        self._file.write(f"{profile_id},{score}\n")


def exported_scores(path: pathlib.Path) -> Iterator[tuple[int, float]]:
    """Yield the exported scores. A generator: the file is read where someone iterates, not where this is called."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            profile_id, score = line.split(",")
            yield int(profile_id), float(score)
