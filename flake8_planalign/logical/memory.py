"""What the view said of a file, as JSON: reused for as long as nothing that it is made of has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from flake8_planalign.cache import digest
from flake8_planalign.logical.facts import decode, encode

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["remembered"]

_NAMESPACE: Final = "logical-nodes"


def remembered(
    source: Source, project: Project, state: str | None, find: Callable[[], Iterable[object]]
) -> list[object]:
    """Return what `find` finds in a file; `state` is that of all files that count, None if nothing is to be kept."""
    if state is None or not project.owns(source.absolute):
        return list(find())
    key = digest(f"{state}\0{source.absolute}\0{source.text}")
    try:
        known = decode(project.cache.get(_NAMESPACE, key))
    except (ValueError, TypeError, KeyError):
        known = None
    if isinstance(known, tuple):
        return list(known)
    found = list(find())
    project.cache.put(_NAMESPACE, key, encode(tuple(found)))
    return found
