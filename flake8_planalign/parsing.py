"""Syntax trees of Python texts, each parsed once where two want it: a view that looks ahead, and flake8 after it.

What a file's calls reach is read before flake8 comes to those files; their trees wait for it here, within a limit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from flake8_planalign.memos import of_the_run

__all__ = ["handed_over", "keep_none", "parsed"]

#: In characters of all the texts whose trees wait; a tree takes 34 bytes for each character (CPython 3.11).
_WAITING_LIMIT: Final = 2**19


class _Waiting:
    """Trees that somebody may still ask for by their text, the one asked for last at the end."""

    def __init__(self) -> None:
        self._trees: dict[str, ast.Module] = {}
        self._size = 0
        self._limit = _WAITING_LIMIT

    def __bool__(self) -> bool:
        return bool(self._trees)

    def get(self, text: str) -> ast.Module | None:
        """Return the tree of a text, which goes on waiting."""
        tree = self._trees.pop(text, None)
        if tree is not None:
            self._trees[text] = tree
        return tree

    def put(self, text: str, tree: ast.Module) -> None:
        """Let a tree wait, in the place of those that have not been asked for the longest time."""
        if len(text) > self._limit:
            return
        self._trees[text] = tree
        self._size += len(text)
        while self._size > self._limit:
            oldest = next(iter(self._trees))
            self.pop(oldest)

    def pop(self, text: str) -> ast.Module | None:
        """Return the tree of a text, which no longer waits."""
        tree = self._trees.pop(text, None)
        if tree is not None:
            self._size -= len(text)
        return tree

    def close(self) -> None:
        """Forget all trees, and let none wait any more."""
        self.cache_clear()
        self._limit = 0

    def cache_clear(self) -> None:
        """Forget all trees."""
        self._trees.clear()
        self._size = 0
        self._limit = _WAITING_LIMIT


_waiting: Final = of_the_run(_Waiting())


def parsed(text: str, *, whole: bool = True) -> ast.Module | None:
    """Return the tree of a Python text, which is shared and must not be changed; None for what is no Python.

    Nobody else asks for that of a text which is not the `whole` of a file.
    """
    tree = _waiting.get(text)
    if tree is None:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        if whole:
            _waiting.put(text, tree)
    return tree


def keep_none() -> None:
    """Let no tree wait for the rest of the run: what a large project has is seldom asked for again in time."""
    _waiting.close()


def handed_over(lines: Iterable[str]) -> ast.Module | None:
    """Return the tree of a text if it was parsed before, to somebody who may do with it as they please."""
    return _waiting.pop("".join(lines)) if _waiting else None
