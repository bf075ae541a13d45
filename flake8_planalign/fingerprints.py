"""What stays the same of a finding while lines move, so that it can be known again."""

from __future__ import annotations

import collections
import functools
import hashlib
import os

from flake8_planalign.memos import of_the_run
from flake8_planalign.patterns import lazy

__all__ = ["Numbered", "absolute_path", "fingerprint", "repository_path", "without_places"]

#: Line and column numbers in a text: they change when other lines do.
_PLACE = lazy(r"(?<=[\w)\]]):\d+(?::\d+)?\b|\bline \d+\b")
_SPACE = lazy(r"\s+")


class Numbered:
    """Fingerprints that no two findings share: the same thing said again is counted, in the order of the file."""

    def __init__(self) -> None:
        self._seen: collections.Counter[str] = collections.Counter()

    def of(self, path: str, code: str, message: str, excerpt: str) -> str:
        """Return the fingerprint of the next finding."""
        base = fingerprint(path, code, message, excerpt)
        self._seen[base] += 1
        number = self._seen[base]
        return base if number == 1 else _hash(base, str(number))


def fingerprint(path: str, code: str, message: str, excerpt: str) -> str:
    """Return a hash that stays while lines move: of path, code, the line's text and the message without places."""
    return _hash(path, code, without_places(message), _SPACE.sub(" ", excerpt).strip())


def without_places(message: str) -> str:
    """Return a message without the line and column numbers that it names."""
    return _PLACE.sub("", message)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def repository_path(path: str) -> str:
    """Return a path relative to the repository's root, with forward slashes; one outside of it stays as it is."""
    root = _root(os.getcwd())
    absolute = os.path.abspath(path)
    inside = absolute.startswith(root.rstrip(os.sep) + os.sep)
    return (os.path.relpath(absolute, root) if inside else os.path.normpath(path)).replace(os.sep, "/")


def absolute_path(path: str) -> str:
    """Return where a path is that `repository_path` gave."""
    return os.path.join(_root(os.getcwd()), path)


@of_the_run
@functools.cache
def _root(folder: str) -> str:
    above = folder
    while not os.path.exists(os.path.join(above, ".git")):
        if os.path.dirname(above) == above:
            return folder
        above = os.path.dirname(above)
    return above
