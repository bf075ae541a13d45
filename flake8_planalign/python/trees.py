"""Trees that were parsed for a neighbour before flake8 came to that file, so that no file is parsed twice."""

from __future__ import annotations

import ast
from collections import OrderedDict
from typing import Final

__all__ = ["keep", "take"]

#: Characters of source text whose trees are kept; a tree takes some thirty times as many bytes.
_LIMIT: Final = 2_000_000

_kept: OrderedDict[str, tuple[str, ast.Module]] = OrderedDict()
_size = 0


def keep(path: str, text: str, tree: ast.Module) -> None:
    """Keep the tree of the file at an absolute path; the oldest trees go when there are too many."""
    global _size
    _kept[path] = text, tree
    _size += len(text)
    while _size > _LIMIT:
        _, (dropped, _tree) = _kept.popitem(last=False)
        _size -= len(dropped)


def take(path: str, lines: list[str]) -> ast.Module | None:
    """Return the tree of a file and forget it, if it was kept for exactly this text."""
    global _size
    kept = _kept.pop(path, None)
    if kept is None:
        return None
    _size -= len(kept[0])
    return kept[1] if "".join(lines) == kept[0] else None
