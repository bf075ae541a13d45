"""The Process view: what runs on the event loop, and what keeps it from turning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy
from flake8_planalign.process import survey
from flake8_planalign.project import Project
from flake8_planalign.source import Source

__all__ = ["KINDS", "matters", "read"]

KINDS = frozenset({FileKind.PYTHON, FileKind.LUA})
#: Without one of these words a file has no async frame, gives the loop no callback and offloads nothing. The second
#: column is only looked for if the first occurs, and begins with it, which lets `re` skip to where it occurs.
_WORDS: Final = tuple(
    (piece, lazy(rf"{re.escape(piece)}(?<!\w{re.escape(piece)})(?:{rest})"))
    for piece, rest in (
        ("async", r"\s+def\b|ify\b"),
        ("sync_to_async", r"\b"),
        ("run_", r"(?:in_executor|in_threadpool|sync)\b"),
        ("to_thread", r"\b"),
        ("to_process", r"\b"),
        ("Thread", r"\(|PoolExecutor\b"),
        ("ProcessPoolExecutor", r"\b"),
        ("multiprocessing", r"\b"),
        ("call_", r"(?:soon|later|at|soon_threadsafe)\b"),
        ("add_", r"(?:done_callback|signal_handler|reader|writer|task)\b"),
    )
)


def matters(source: Source) -> bool:
    """Tell whether a file can have anything to do with the event loop, or with what the survey reads."""
    return _concerns_loop(source) or survey.matters(source)


def _concerns_loop(source: Source) -> bool:
    text = source.text
    return source.kind is FileKind.PYTHON and any(
        piece in text and pattern.search(text) is not None for piece, pattern in _WORDS
    )


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield the blocking calls and the offloads of a file, and what the survey finds beside them."""
    if _concerns_loop(source):
        from flake8_planalign.process.radar import sweep

        yield from sweep(source, project)
    if survey.matters(source):
        yield from survey.survey(source, project)
