"""Syntax trees of Python texts, each parsed once where two want it: a view that looks ahead, and flake8 after it.

What a file's calls reach is read before flake8 comes to those files; their trees wait for it here, within a limit.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flake8_planalign.memos import of_the_run

if TYPE_CHECKING:
    from flake8_planalign.source import Source

__all__ = ["handed_over", "keep_last", "lent", "of_tree", "parsed"]

Answer = TypeVar("Answer")

#: In characters of all the texts whose trees wait; a tree takes 34 bytes for each character (CPython 3.11).
_WAITING_LIMIT: Final = 2**19


class _Kept:
    """A tree, and what `of_tree` found in it."""

    __slots__ = ("answers", "tree")

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.answers: dict[Any, Any] = {}


class _Waiting:
    """Trees that somebody may still ask for by their text, the one asked for last at the end."""

    def __init__(self) -> None:
        self._trees: dict[str, _Kept] = {}
        self._size = 0
        self._limit = _WAITING_LIMIT
        #: The text and tree of the file under check.
        self.lent: tuple[str, _Kept] | None = None

    def __bool__(self) -> bool:
        return bool(self._trees)

    def get(self, text: str) -> _Kept | None:
        """Return the tree of a text, which goes on waiting."""
        if self.lent is not None and self.lent[0] == text:
            return self.lent[1]
        kept = self._trees.pop(text, None)
        if kept is not None:
            self._trees[text] = kept
        return kept

    def put(self, text: str, kept: _Kept) -> None:
        """Let a tree wait, in the place of those that have not been asked for the longest time; the last one may."""
        self._trees[text] = kept
        self._size += len(text)
        while self._size > self._limit and len(self._trees) > 1:
            self.pop(next(iter(self._trees)))

    def pop(self, text: str) -> _Kept | None:
        """Return the tree of a text, which no longer waits."""
        kept = self._trees.pop(text, None)
        if kept is not None:
            self._size -= len(text)
        return kept

    def keep_last(self) -> None:
        """Let no tree wait any more but the last one that was asked for."""
        self._limit = 0
        while len(self._trees) > 1:
            self.pop(next(iter(self._trees)))

    def cache_clear(self) -> None:
        """Forget all trees."""
        self._trees.clear()
        self._size = 0
        self._limit = _WAITING_LIMIT
        self.lent = None


_waiting: Final = of_the_run(_Waiting())


def parsed(text: str, *, whole: bool = True) -> ast.Module | None:
    """Return the tree of a Python text, which is shared and must not be changed; None for what is no Python.

    Nobody else asks for that of a text which is not the `whole` of a file.
    """
    kept = _kept(text, whole=whole)
    return kept.tree if kept is not None else None


def _kept(text: str, *, whole: bool = True) -> _Kept | None:
    kept = _waiting.get(text)
    if kept is None:
        try:
            kept = _Kept(ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        if whole:
            _waiting.put(text, kept)
    return kept


def of_tree(find: Callable[[ast.Module], Answer]) -> Callable[[str], Answer]:
    """Return a function of a file's text that gives what `find` does of its tree, of an empty one for no Python.

    It is found once for as long as the tree is kept.
    """

    @functools.wraps(find)
    def found(text: str) -> Answer:
        kept = _kept(text) or _Kept(ast.Module([], []))
        if find not in kept.answers:
            kept.answers[find] = find(kept.tree)
        answer: Answer = kept.answers[find]
        return answer

    return found


@contextmanager
def lent(source: Source) -> Iterator[None]:
    """Let the tree of the file under check be that of its text while the context lasts."""
    before = _waiting.lent
    _waiting.lent = (source.text, _Kept(source.tree)) if source.tree is not None else None
    try:
        yield
    finally:
        _waiting.lent = before


def keep_last() -> None:
    """Let only the last tree wait for the rest of the run: in a large project few are asked for again in time."""
    _waiting.keep_last()


def handed_over(lines: Iterable[str]) -> ast.Module | None:
    """Return the tree of a text if it was parsed before, to somebody who may do with it as they please."""
    kept = _waiting.pop("".join(lines)) if _waiting else None
    return kept.tree if kept is not None else None
