"""The Process view: what runs on the event loop, and what keeps it from turning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.source import Source

__all__ = ["KINDS", "matters", "read"]

KINDS = frozenset({FileKind.PYTHON})
#: Without one of these words a file has no async frame, gives the loop no callback and offloads nothing.
_WORDS = re.compile(
    r"\basync\s+def\b|\bcall_(?:soon|later|at|soon_threadsafe)\b|\badd_(?:done_callback|signal_handler|reader|writer|task)\b"
    r"|\b(?:to_thread|to_process|run_in_executor|run_in_threadpool|sync_to_async|asyncify|run_sync)\b"
    r"|\b(?:ThreadPool|ProcessPool)Executor\b|\bmultiprocessing\b|\bThread\("
)


def matters(source: Source) -> bool:
    """Tell whether a file can have anything to do with the event loop."""
    return _WORDS.search(source.text) is not None


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield the blocking calls and the offloads of a file."""
    from flake8_planalign.process.radar import sweep

    return sweep(source, project)
