"""What git would leave out of a project, read from its .gitignore files without asking git.

Source: gitignore(5), "PATTERN FORMAT". Not read: `core.excludesFile` and `.git/info/exclude`, which belong to a person
and not to the project, so that two machines see the same files.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.reading import bytes_of

__all__ = ["Rules", "above"]

_SIZE_LIMIT = 2**20


class _Pattern(msgspec.Struct, frozen=True):
    regex: re.Pattern[str]
    negated: bool
    folders_only: bool


class Rules(msgspec.Struct, frozen=True):
    """The ignore files that hold in a directory, outermost first, each with the directory that it stands in."""

    files: tuple[tuple[str, tuple[_Pattern, ...]], ...] = ()

    def within(self, folder: str) -> Rules:
        """Return the rules that hold below a directory which has a .gitignore of its own."""
        patterns: tuple[_Pattern, ...] = ()
        with contextlib.suppress(OSError):
            lines = bytes_of(os.path.join(folder, ".gitignore"), _SIZE_LIMIT).decode("utf-8", "replace").split("\n")
            patterns = tuple(pattern for line in lines if (pattern := _parse(line)))
        return Rules((*self.files, (folder, patterns))) if patterns else self

    def words(self) -> Iterator[str]:
        """Yield texts that together say what the rules say."""
        for folder, patterns in self.files:
            yield folder
            for pattern in patterns:
                yield f"{pattern.regex.pattern} {pattern.negated} {pattern.folders_only}"

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether git would ignore a path whose parents it does not ignore: the last pattern that matches wins."""
        for folder, patterns in reversed(self.files):
            relative = path[len(folder) :].lstrip(os.sep).replace(os.sep, "/")
            for pattern in reversed(patterns):
                if (is_folder or not pattern.folders_only) and pattern.regex.fullmatch(relative):
                    return not pattern.negated
        return False


def above(root: str) -> Rules:
    """Return the rules that hold at a directory because of the repository around it."""
    folders = []
    folder = root
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return Rules()
        folders.append(parent)
        folder = parent
    rules = Rules()
    for outer in reversed(folders):
        rules = rules.within(outer)
    return rules


def _parse(line: str) -> _Pattern | None:
    text = line.rstrip("\r\n")
    text = re.sub(r"(?<!\\) +$", "", text)
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text[negated:]
    folders_only = text.endswith("/")
    text = text.rstrip("/")
    anchored = "/" in text
    try:
        regex = re.compile(_translate(text.lstrip("/") if anchored else f"**/{text}"), re.DOTALL)
    except re.error:
        return None
    return _Pattern(regex, negated, folders_only)


_PIECE = lazy(r"^\*\*/|/\*\*/|/\*\*$|\*+|\?|\[[!^]?\]?[^\]]*\]|\\.|.", re.DOTALL)
_FOLDERS = "(?:[^/]*/)*?"


def _translate(pattern: str) -> str:
    """Return a regex that takes no longer for many wildcards than for one.

    What stands between two `*` matches where it first can, or it never does, since the second takes all that follows;
    so it is not tried further on (an atomic group). The same holds for what stands between two `**`.
    """
    parts: list[list[list[str]]] = [[[]]]  # between `**`, between `*`, and each piece in it
    for piece in _PIECE.findall(pattern):
        last = parts[-1][-1]
        if piece in ("**/", "/**/"):
            last += ["/"] * piece.startswith("/")
            parts.append([[]])
        elif piece == "/**":
            last.append("/.+")
        elif piece.startswith("*"):
            parts[-1].append([])
        elif piece == "?":
            last.append("[^/]")
        elif piece.startswith("[") and len(piece) > 1:
            last.append("(?!/)[" + re.sub(r"^[!^]", "^", piece[1:-1].replace("\\", r"\\")) + "]")
        else:
            last.append(re.escape(piece[-1]))
    names = (_one_after_the_other("[^/]*", map("".join, between)) for between in parts)
    return _one_after_the_other(_FOLDERS, names)


def _one_after_the_other(wildcard: str, parts: Iterable[str]) -> str:
    """Return a regex of parts with a wildcard between each two; all but the last stay where they first match."""
    first, *others = parts
    between = [f"(?>{wildcard.removesuffix('?')}?{part})" for part in others[:-1]]
    return "".join((first, *between, *(wildcard + part for part in others[-1:])))
