"""What git would leave out of a project, read from its .gitignore files without asking git.

Source: gitignore(5), "PATTERN FORMAT". Not read: `core.excludesFile` and `.git/info/exclude`, which belong to a person
and not to the project, so that two machines see the same files.
"""

from __future__ import annotations

import contextlib
import os
import re

import msgspec

from flake8_planalign.patterns import lazy

__all__ = ["Rules", "above"]


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
        with (
            contextlib.suppress(OSError),
            open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="replace") as stream,
        ):
            patterns = tuple(pattern for line in stream if (pattern := _parse(line)))
        return Rules((*self.files, (folder, patterns))) if patterns else self

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
    regex = _translate(text.lstrip("/"))
    try:
        return _Pattern(re.compile(regex if anchored else rf"(?:.*/)?{regex}", re.DOTALL), negated, folders_only)
    except re.error:
        return None


_TOKEN = lazy(r"^\*\*/|/\*\*/|/\*\*$|\*+|\?|\[[!^]?\]?[^\]]*\]|\\.|.", re.DOTALL)
_MEANING = {"**/": "(?:.*/)?", "/**/": "/(?:.*/)?", "/**": "/.+", "?": "[^/]"}


def _translate(pattern: str) -> str:
    parts = []
    for token in _TOKEN.findall(pattern):
        if token in _MEANING:
            parts.append(_MEANING[token])
        elif token.startswith("*"):
            parts.append("[^/]*")
        elif token.startswith("[") and len(token) > 1:
            parts.append("[" + re.sub(r"^[!^]", "^", token[1:-1].replace("\\", r"\\")) + "]")
        else:
            parts.append(re.escape(token[-1]))
    return "".join(parts)
