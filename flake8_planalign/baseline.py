"""A baseline: the findings of a day, kept in a file, that a run leaves out so that an old project starts green."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from flake8_planalign.fingerprints import Numbered, repository_path
from flake8_planalign.memos import of_the_run
from flake8_planalign.patterns import lazy
from flake8_planalign.reading import bytes_of
from flake8_planalign.rule import Finding

__all__ = ["Baseline", "BaselineError", "Entry", "idle", "read", "read_of_both", "told_apart", "without"]

VERSION = 1
_SURROGATE = lazy("[\ud800-\udfff]")


class BaselineError(ValueError):
    """A file that is no baseline; the text says why."""


class Entry(msgspec.Struct, frozen=True):
    """A finding that is let pass, with the reason for that."""

    fingerprint: str
    path: str
    line: int
    code: str
    message: str
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Baseline:
    """The entries of a file."""

    entries: tuple[Entry, ...] = ()

    @functools.cached_property
    def fingerprints(self) -> frozenset[str]:
        """Return what is let pass."""
        return frozenset(entry.fingerprint for entry in self.entries)

    def text(self) -> str:
        """Return the file's text, an entry on each line, so that a change shows as one and those of two people meet."""
        entries = sorted(self.entries, key=lambda entry: (entry.path, entry.line, entry.code, entry.fingerprint))
        text = _laid_out(entries, ascii_only=False)
        # A name that is not UTF-8 can be read again from escapes alone.
        return text if text.isascii() or not _SURROGATE.search(text) else _laid_out(entries, ascii_only=True)


def _laid_out(entries: Iterable[Entry], *, ascii_only: bool) -> str:
    lines = [json.dumps(msgspec.structs.asdict(entry), ensure_ascii=ascii_only) for entry in entries]
    listed = ",".join(f"\n  {line}" for line in lines) + ("\n " if lines else "")
    return f'{{\n "version": {VERSION},\n "entries": [{listed}]\n}}\n'


@of_the_run
@functools.cache
def read(path: str) -> Baseline:
    """Return the baseline in a file; raises BaselineError if there is none."""
    try:
        document = json.loads(bytes_of(path).decode("utf-8"))
        known = document["version"] == VERSION
        entries = tuple(Entry(**entry) for entry in document["entries"]) if known else ()
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        msg = f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"
        raise BaselineError(msg) from error
    if not known:
        msg = f"version {document['version']} is not known"
        raise BaselineError(msg)
    return Baseline(entries)


def read_of_both(path: str) -> Baseline:
    """Return the baseline in a file, of both sides where git left a conflict; raises BaselineError if there is none."""
    try:
        return read(path)
    except BaselineError:
        try:
            lines = bytes_of(path).decode("utf-8").splitlines()
            if not any(line.startswith("<<<<<<< ") for line in lines):
                raise
            entries = [Entry(**json.loads(line.strip().rstrip(","))) for line in lines if line.startswith('  {"')]
        except (OSError, ValueError, TypeError) as error:
            if isinstance(error, BaselineError):
                raise
            msg = f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"
            raise BaselineError(msg) from error
        return Baseline(tuple({entry.fingerprint: entry for entry in entries}.values()))


def told_apart(path: str, findings: Iterable[Finding], lines: Sequence[str]) -> Iterator[tuple[Finding, str]]:
    """Yield the findings of a file, in its order, with their fingerprints."""
    numbered, shown = Numbered(), repository_path(path)
    for finding in findings:
        line = finding.position.line
        excerpt = lines[line - 1] if 0 < line <= len(lines) else ""
        yield finding, numbered.of(shown, finding.code, finding.message, excerpt)


def without(path: str, findings: Iterable[Finding], lines: Sequence[str], file: str) -> list[Finding]:
    """Return the findings of a file that a baseline does not let pass; all of them if it cannot be read."""
    try:
        known = read(file).fingerprints
    except BaselineError:
        return list(findings)
    return [finding for finding, fingerprint in told_apart(path, findings, lines) if fingerprint not in known]


def idle(path: str, findings: Iterable[Finding], lines: Sequence[str], file: str) -> list[Entry]:
    """Return the entries about a file that none of its findings has; none if the baseline cannot be read."""
    try:
        entries = read(file).entries
    except BaselineError:
        return []
    shown = repository_path(path)
    mine = [entry for entry in entries if entry.path == shown]
    found = {fingerprint for _, fingerprint in told_apart(path, findings, lines)} if mine else frozenset()
    return [entry for entry in mine if entry.fingerprint not in found]
