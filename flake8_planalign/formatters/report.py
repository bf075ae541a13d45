"""What a report is made of: findings of any plugin with all that is known about them, and the files checked."""

from __future__ import annotations

import collections
import dataclasses
import functools
import hashlib
import os
import re
from collections.abc import Iterable, Iterator

from flake8_planalign.carried import finding_in
from flake8_planalign.rule import Confidence, Position, Related, Severity

__all__ = ["Item", "Report", "fingerprint", "item", "repository_path", "told_apart"]

#: What a code of another plugin weighs, by the beginning of the code; flake8 itself knows no severity.
_SEVERITIES = (
    ("E9", Severity.HIGH),
    ("F82", Severity.HIGH),
    ("F", Severity.MEDIUM),
    ("S", Severity.MEDIUM),
    ("B", Severity.MEDIUM),
    ("ASYNC", Severity.MEDIUM),
)
#: Line and column numbers in a text: they change when other lines do.
_PLACE = re.compile(r"(?<=[\w)\]]):\d+(?::\d+)?\b|\bline \d+\b")
_SPACE = re.compile(r"\s+")


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """A finding as reports show it: the path is relative to the repository; 1-based lines, 0-based columns."""

    path: str
    code: str
    message: str
    position: Position
    severity: Severity
    confidence: Confidence
    related: tuple[Related, ...]
    excerpt: str
    fingerprint: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """A run: the files that were checked, and what was found in them, by file and line."""

    files: tuple[str, ...]
    items: tuple[Item, ...]


def item(code: str, path: str, line: int, column: int, text: str, physical_line: str | None) -> Item:
    """Return what a violation of flake8 (1-based column) says, and what its text carries if it is one of ours."""
    excerpt = "" if physical_line is None else _its_own_line(path, line, physical_line)
    found = finding_in(text)
    if found is None:
        position = Position(max(line, 1), max(column - 1, 0), max(line, 1), max(column - 1, 0))
        weight = next((weight for start, weight in _SEVERITIES if code.startswith(start)), Severity.LOW)
        return Item(repository_path(path), code, str(text), position, weight, Confidence.CERTAIN, (), excerpt)
    related = tuple(dataclasses.replace(other, path=_step_path(path, other.path)) for other in found.related)
    return Item(
        repository_path(path), code, str(text), found.position, found.severity, found.confidence, related, excerpt
    )


def _step_path(path: str, step: str) -> str:
    """Return where a step of a chain is, which a finding names as seen from the root of its own project."""
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.isabs(step):
        if os.path.exists(os.path.join(folder, step)):
            return repository_path(os.path.join(folder, step))
        if os.path.dirname(folder) == folder:
            break
        folder = os.path.dirname(folder)
    return repository_path(step)


def _its_own_line(path: str, line: int, physical_line: str) -> str:
    """Return the line of a finding; flake8 hands over all lines of a string or statement that covers it."""
    if "\n" not in physical_line.rstrip("\r\n"):
        return physical_line.rstrip("\r\n")
    lines = _lines_of(path)
    return lines[line - 1] if 0 < line <= len(lines) else physical_line.partition("\n")[0].rstrip("\r")


@functools.lru_cache(maxsize=8)
def _lines_of(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read().split("\n")
    except (OSError, ValueError):
        return []


def told_apart(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the findings with fingerprints that no two share: the same thing said twice in a file is counted."""
    seen: collections.Counter[str] = collections.Counter()
    for found in items:
        base = fingerprint(found.path, found.code, found.message, found.excerpt)
        seen[base] += 1
        number = seen[base]
        yield dataclasses.replace(found, fingerprint=base if number == 1 else _hash(base, str(number)))


def fingerprint(path: str, code: str, message: str, excerpt: str) -> str:
    """Return a hash that stays while lines move: of path, code, the line's text and the message without places."""
    return _hash(path, code, _PLACE.sub("", message), _SPACE.sub(" ", excerpt).strip())


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def repository_path(path: str) -> str:
    """Return a path relative to the repository's root, with forward slashes; one outside of it stays as it is."""
    root = _root(os.getcwd())
    absolute = os.path.abspath(path)
    inside = absolute.startswith(root.rstrip(os.sep) + os.sep)
    return (os.path.relpath(absolute, root) if inside else os.path.normpath(path)).replace(os.sep, "/")


@functools.cache
def _root(folder: str) -> str:
    above = folder
    while not os.path.exists(os.path.join(above, ".git")):
        if os.path.dirname(above) == above:
            return folder
        above = os.path.dirname(above)
    return above
