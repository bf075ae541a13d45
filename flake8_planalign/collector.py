"""The garbage collector: off while much is made that stays, and not shown again what has stayed for long.

What is known of a project lives as long as the run. CPython's collector walks all of it whenever the young objects of
flake8 itself (tokens, trees) have added a quarter; on 128,000 lines that was a third of flake8's own time.
"""

from __future__ import annotations

import gc
import itertools
from typing import Final

__all__ = ["collector_off", "settle", "settle_between_files", "spare", "spare_new", "unsettle"]

#: Settled objects are left out of collections when this share of them has come to stay anew, so a run settles seldom.
_GROWTH: Final = 4
#: So many times the collector itself has walked everything before a look at what has stayed is worth its while.
_PATIENCE: Final = 3


class collector_off:  # noqa: N801 - used as a statement
    """The garbage collector, off while many long-lived objects are made: it would only look at them again and again."""

    def __enter__(self) -> None:
        """Switch it off."""
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_exception: object) -> None:
        """Switch it on again if it was on."""
        if self._was_on:
            gc.enable()


#: So many new objects are worth being spared, as often as that; what is in use then is spared too, garbage or not.
_MANY: Final = 20_000
_TIMES: Final = 8

_spared = 0


def spare_new() -> None:
    """Spare what was made while the collector was off, if it is much: it has come to stay, and is not walked once."""
    global _spared, _has_settled  # noqa: PLW0603 - the collector is one for each process
    if _spared < _TIMES and gc.get_count()[0] > _MANY:
        gc.freeze()
        _spared += 1
        _has_settled = True


_full_collections = 0
_has_settled = False


def settle() -> None:
    """Spare what has stayed the next collections; to be called between two files, when nothing of a file is in use.

    Only after the collector has itself walked everything several times, so that a short run is not slowed; garbage is
    collected first, so that none is kept. What is spared is still freed when its last reference goes.
    """
    global _full_collections, _has_settled  # noqa: PLW0603 - the collector is one for each process
    if gc.isenabled() and gc.get_stats()[2]["collections"] >= _full_collections + _PATIENCE:
        if len(gc.get_objects()) > gc.get_freeze_count() // _GROWTH:
            gc.collect()
            gc.freeze()
            _has_settled = True
        _full_collections = gc.get_stats()[2]["collections"]


#: The collector is asked what it has done once for so many files.
_EACH: Final = 8

_files = itertools.count()


def settle_between_files() -> None:
    """Settle, but not for each of many small files; to be called before each."""
    if next(_files) % _EACH == 0:
        settle()


def spare() -> None:
    """Spare all that there is at the start of a run, which is code that stays: it is walked by no collection after."""
    global _has_settled  # noqa: PLW0603 - the collector is one for each process
    gc.freeze()
    _has_settled = True


def unsettle() -> None:
    """Let the collector look again at what `settle` spared: another run begins, and the last one's may be garbage."""
    global _spared, _has_settled  # noqa: PLW0603 - the collector is one for each process
    _spared = 0
    if _has_settled:
        gc.unfreeze()
        _has_settled = False
