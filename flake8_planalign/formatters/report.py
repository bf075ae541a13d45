"""What a report is made of: findings of any plugin with all that is known about them, and the files checked."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from flake8_planalign import fingerprints
from flake8_planalign.carried import finding_in
from flake8_planalign.fingerprints import repository_path
from flake8_planalign.memos import of_the_run
from flake8_planalign.rule import Confidence, Position, Related, Severity

__all__ = ["Item", "Report", "item", "repository_path", "told_apart"]

#: What a code of another plugin weighs, by the beginning of the code; flake8 itself knows no severity.
_SEVERITIES = (
    ("E9", Severity.HIGH),
    ("F82", Severity.HIGH),
    ("F", Severity.MEDIUM),
    ("S", Severity.MEDIUM),
    ("B", Severity.MEDIUM),
    ("ASYNC", Severity.MEDIUM),
)


#: In characters: more of a line is not shown, unless the finding is further to the right, up to the second limit.
_SHOWN = (1_000, 4_000)


class Item(msgspec.Struct, frozen=True):
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


class Report(msgspec.Struct, frozen=True):
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
    related = tuple(replace(other, path=_step_path(path, other.path)) for other in found.related)
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


@of_the_run
@functools.lru_cache(maxsize=8)
def _lines_of(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read().split("\n")
    except (OSError, ValueError):
        return []


def told_apart(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the findings with fingerprints that no two share."""
    numbered = fingerprints.Numbered()
    for found in items:
        fingerprint = numbered.of(found.path, found.code, found.message, found.excerpt)
        yield replace(found, fingerprint=fingerprint, excerpt=_shown(found.excerpt, found.position.end_column))


def _shown(line: str, end_column: int) -> str:
    """Return a line without an end that nobody reads, such as that of minified code or of data."""
    usual, most = _SHOWN
    limit = min(max(usual, end_column), most)
    return line if len(line) <= limit else f"{line[:limit]}\N{HORIZONTAL ELLIPSIS}"
