"""`planalign baseline`: write what is found today to a file that `--planalign-baseline` leaves out from then on."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from flake8_planalign import baseline
from flake8_planalign.carried import finding_in
from flake8_planalign.command import check, running
from flake8_planalign.fingerprints import absolute_path, repository_path, without_places
from flake8_planalign.formatters.whole import write_whole
from flake8_planalign.reading import bytes_of
from flake8_planalign.source import Source

__all__ = ["main"]

FILE = "planalign-baseline.json"


def main(arguments: Sequence[str]) -> int:
    """Write or check a baseline; return 1 if `--check` finds entries that can go, 2 if it could not be done."""
    chosen, rest = _parser().parse_known_args(arguments)
    try:
        old = baseline.read_of_both(chosen.file) if os.path.exists(chosen.file) else baseline.Baseline()
    except baseline.BaselineError as error:
        print(f"planalign baseline: {chosen.file}: {error}", file=sys.stderr)
        return 2
    everything = ["--select=PAL", *rest, "--planalign-baseline=", "--planalign-every-view"]
    done = running.run(everything, lambda _violation: None, name="planalign baseline")
    if missing := running.missing_paths(done.options.filenames or ()):
        print(f"planalign baseline: {missing[0]}: there is no such file or directory", file=sys.stderr)
        return 2
    if check.is_unusable(done):
        return 2
    now = {entry.fingerprint: entry for entry in _entries(done)}
    judged = {repository_path(path) for path, _ in done.results}
    gone = [entry for entry in old.entries if entry.fingerprint not in now and _can_go(entry, judged)]
    for entry in gone:
        print(f"fixed, can go: {entry.path}:{entry.line} {entry.code} {entry.message}")
    if chosen.check:
        return int(bool(gone))
    kept = [entry for entry in old.entries if entry.fingerprint not in now and entry not in gone]
    reasons = _reasons(old.entries, now)
    new = _write(chosen.file, kept, now.values(), reasons, chosen.reason)
    print(f"{chosen.file}: {len(kept) + len(now)} entries, {new} of them new; {len(gone)} removed")
    print(f"planalign: {check.summary(done)}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "planalign baseline",
        usage="%(prog)s [--file FILE] [--reason REASON] [--check] [path ...]",
        description="Let today's findings pass from now on. Other options are those of flake8, which"
        " `planalign check --help` lists.",
    )
    parser.add_argument("--file", default=FILE, help="the baseline (default: %(default)s)")
    parser.add_argument("--reason", default="", help="why the new entries are let pass")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; list the entries that hide nothing any more"
    )
    return parser


def _write(
    path: str,
    kept: Iterable[baseline.Entry],
    found: Iterable[baseline.Entry],
    reasons: Mapping[str, str],
    reason: str,
) -> int:
    """Write a baseline of what is kept and what was found, with the reasons of before or a new one.

    Return how many entries are new.
    """
    entries = [replace(entry, reason=reasons.get(entry.fingerprint, reason)) for entry in found]
    write_whole(path, baseline.Baseline((*kept, *entries)).text())
    return sum(entry.fingerprint not in reasons for entry in entries)


def _can_go(entry: baseline.Entry, judged: set[str]) -> bool:
    """Tell whether an entry's file was judged now, or is no more."""
    return entry.path in judged or not _is_there(entry)


def _is_there(entry: baseline.Entry) -> bool:
    return os.path.exists(absolute_path(entry.path))


def _reasons(old: Iterable[baseline.Entry], now: Mapping[str, baseline.Entry]) -> dict[str, str]:
    """Return the reasons that are known of what is found, by fingerprint.

    What was said of a file that is gone is taken over by the same finding in a file that is new, its new name.
    """
    old = list(old)
    reasons = {entry.fingerprint: entry.reason for entry in old}
    named = {entry.path for entry in old}
    moved = {(entry.code, without_places(entry.message)): entry.reason for entry in old if not _is_there(entry)}
    for fingerprint, entry in now.items():
        said = (entry.code, without_places(entry.message))
        if fingerprint not in reasons and entry.path not in named and said in moved:
            reasons[fingerprint] = moved[said]
    return reasons


def _entries(done: running.Run) -> Iterator[baseline.Entry]:
    for path, results in done.results:
        findings = [finding for *_, text, _ in results if (finding := finding_in(text)) is not None]
        if not findings:
            continue
        for finding, fingerprint in baseline.told_apart(path, findings, _lines(path)):
            shown, line = repository_path(path), finding.position.line
            yield baseline.Entry(fingerprint, shown, line, finding.code, finding.message)


def _lines(path: str) -> Sequence[str]:
    try:
        return Source.of_bytes(path, bytes_of(path, 2**25), check.kind(path)).lines
    except OSError:
        return ()
