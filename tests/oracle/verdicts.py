"""Compares what the radar says with what the recorder saw, line by line of the observed code."""

from __future__ import annotations

import ast
import dataclasses
import functools
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recorder import METADATA, TRACED

# What lags is compared only when it did so in this many rounds, all that are not traced: fewer may be the machine's.
LAG_ROUNDS = 3

_LINE = re.compile(r"(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): (?P<code>PAL\d{3}) (?P<text>.*)")


@dataclasses.dataclass(frozen=True, order=True)
class Said:
    """A finding, with the source of its line: a key that does not change when lines are added above it."""

    path: str
    line: int
    code: str
    text: str
    source: str


@dataclasses.dataclass(frozen=True, order=True)
class Seen:
    """A site that kept the loop waiting, `path` relative to the root; `api` is what the recorder caught there."""

    path: str
    line: int
    function: str
    api: str
    leaf: str
    in_coroutine: bool


def findings(root: pathlib.Path, *options: str) -> list[Said]:
    """Return what flake8 says about blocking calls below `root`."""
    own = ["--isolated", "--select=PAL11,PAL122,PAL131", "--exit-zero"]
    command = [sys.executable, "-m", "flake8", *own, *options, "."]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=600)
    return sorted(_said(root, line) for line in done.stdout.splitlines())


def _said(root: pathlib.Path, output: str) -> Said:
    match = _LINE.fullmatch(output)
    assert match is not None, output
    path = os.path.normpath(match["path"])
    line = int(match["line"])
    source = (root / path).read_text(encoding="utf-8").splitlines()[line - 1].strip()
    return Said(path, line, match["code"], match["text"], source)


def sites(record: Mapping[str, Any], root: pathlib.Path) -> Iterator[Seen]:
    """Yield the sites of a record that count: no cheap system calls, no lag that was not there in every round."""
    for event in record["events"]:
        steady = event["source"] != "lag" or len(event["rounds"]) >= LAG_ROUNDS
        path = os.path.relpath(event["site"]["path"], root)
        if steady and event["api"] not in METADATA and not path.startswith(".."):
            site, leaf = event["site"], event["leaf"]
            yield Seen(path, site["line"], site["function"], event["api"], leaf["function"], event["in_coroutine"])


def unsaid(record: Mapping[str, Any], root: pathlib.Path, said: Sequence[Said]) -> list[Seen]:
    """Return the sites that no finding stands at.

    A callback of the loop has no coroutine around it; its finding stands where it was registered and names it.
    """
    covered = {(one.path, line) for one in said for line in statement_lines(root / one.path, one.line)}
    return sorted(
        {
            site
            for site in sites(record, root)
            if (site.path, site.line) not in covered
            and not (not site.in_coroutine and any(_names(one.text, site.function) for one in said))
        }
    )


def unseen(record: Mapping[str, Any], root: pathlib.Path, said: Sequence[Said]) -> list[Said]:
    """Return the findings on lines that ran on the loop without the recorder's seeing anything there."""
    executed = {(os.path.relpath(path, root), line) for path, line in record["executed"]}
    seen = {
        (os.path.relpath(event["site"]["path"], root), event["site"]["line"])
        for event in record["events"]
        if event["source"] != "lag" or event["rounds"] != [TRACED]
    }
    callbacks = {event["site"]["function"] for event in record["events"] if not event["in_coroutine"]}
    quiet = []
    for one in said:
        lines = {(one.path, line) for line in statement_lines(root / one.path, one.line)}
        if lines & executed and not lines & seen and not any(_names(one.text, name) for name in callbacks):
            quiet.append(one)
    return quiet


def ran(record: Mapping[str, Any], root: pathlib.Path, said: Sequence[Said]) -> list[Said]:
    """Return the findings on lines that ran on the loop."""
    executed = {(os.path.relpath(path, root), line) for path, line in record["executed"]}
    return [one for one in said if {(one.path, line) for line in statement_lines(root / one.path, one.line)} & executed]


def _names(text: str, function: str) -> bool:
    return re.search(rf"\b{re.escape(function.rpartition('.')[2])}\b", text) is not None


@functools.cache
def _statements(path: pathlib.Path) -> list[tuple[int, int]]:
    tree = ast.parse(path.read_bytes())
    spans = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            end = max(node.lineno, body[0].lineno - 1) if isinstance(body, list) else node.end_lineno or node.lineno
            spans.append((node.lineno, end))
    return spans


def statement_lines(path: pathlib.Path, line: int) -> range:
    """Return the lines of the innermost statement at `line`, of a compound statement those of its head.

    A call over several lines runs at the line of its name or of one of its arguments, as the interpreter likes.
    """
    first, last = min(
        (span for span in _statements(path) if span[0] <= line <= span[1]),
        key=lambda span: span[1] - span[0],
        default=(line, line),
    )
    return range(first, last + 1)
