"""What each file of the project adds to what is known of the whole, remembered for as long as no file changes on disk.

An editor's buffer stands for one file: for all others the tables say what they say of the disk, so that a change of a
buffer does not read the project again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from flake8_planalign.cache import digest_of

if TYPE_CHECKING:
    from flake8_planalign.process.analysis import Analysis

__all__ = ["Table", "any_file", "gathered", "whole"]

_NAMESPACE: Final = "tables"

#: What a file adds, by its absolute path, as JSON values.
Table = dict[str, Any]
Find = Callable[[str, str], Any]


def gathered(analysis: Analysis, name: str, find: Find) -> Table:
    """Return what `find` gives, a JSON value, for the path and text of each file that is no test; None is left out.

    A name stands for one `find`.
    """
    key = ("table", name)
    if key not in analysis.memo:
        known = _recalled(analysis, name)
        if not isinstance(known, dict):
            known = {}
            for path, text in analysis.texts.items():
                _add(known, path, find(path, text))
            _remember(analysis, name, known)
        else:
            for source in analysis.project.overlays:
                known.pop(source.absolute, None)
                if source.tree is not None and not analysis.is_test(source.absolute):
                    _add(known, source.absolute, find(source.absolute, source.text))
        analysis.memo[key] = known
    return analysis.memo[key]  # type: ignore[no-any-return]


def any_file(analysis: Analysis, name: str, test: Callable[[str], object]) -> bool:
    """Tell whether the text of any file that is no test passes a test; a name stands for one test."""
    return bool(gathered(analysis, name, lambda _path, text: True if test(text) else None))


def whole(analysis: Analysis, name: str, make: Callable[[], list[str]]) -> list[str]:
    """Return what `make` finds out about the whole project; a buffer counts only once it is saved."""
    known = _recalled(analysis, name)
    if not isinstance(known, list):
        known = make()
        _remember(analysis, name, known)
    return known


def _add(table: Table, path: str, found: Any) -> None:
    if found is not None:
        table[path] = found


def _recalled(analysis: Analysis, name: str) -> object:
    state = analysis.project.disk_state
    return analysis.project.cache.get(_NAMESPACE, digest_of(state, name)) if state is not None else None


def _remember(analysis: Analysis, name: str, table: object) -> None:
    state = analysis.project.state
    if state is not None and not analysis.evaluator.modules.foreign:
        analysis.project.cache.put(_NAMESPACE, digest_of(state, name), table)
