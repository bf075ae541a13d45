"""Which files may give commands to Redis: only for these is imported, and read, what judges how they cache."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.analysis import Analysis
from flake8_planalign.source import Source

__all__ = ["commands"]


def commands(source: Source, analysis: Analysis) -> Iterator[object]:
    """Yield what there is to say of a file's commands to Redis."""
    if not _knows_redis(analysis):
        return
    from flake8_planalign.process.caches import may_hold

    if not may_hold(analysis, source.text):
        return
    from flake8_planalign.process.caching import caching

    yield from caching(source, analysis)


def _knows_redis(analysis: Analysis) -> bool:
    return analysis.tables.any_file("knows Redis", lambda text: "redis" in text or "valkey" in text)
