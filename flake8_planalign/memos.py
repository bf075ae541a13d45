"""Answers about the disk, remembered for one run of flake8; a process may make many runs, as an editor's does."""

from __future__ import annotations

from typing import Final, Protocol, TypeVar

from flake8_planalign.patterns import OfTexts

__all__ = ["forget", "of_the_run"]


class Memo(Protocol):
    """What `functools.cache` and `functools.lru_cache` make of a function."""

    def cache_clear(self) -> None:
        """Forget all answers."""


AnyMemo = TypeVar("AnyMemo", bound=Memo)

_MEMOS: Final[list[Memo]] = []


def of_the_run(memo: AnyMemo) -> AnyMemo:
    """Return a memo that forgets its answers when the next run begins."""
    _MEMOS.append(memo)
    return memo


def forget() -> None:
    """Forget what was remembered of the disk, which may have changed since."""
    for memo in _MEMOS:
        memo.cache_clear()
    OfTexts.forget_all()
