"""`planalign review`: the checklists of the plan, what decides them here, and a verdict."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from flake8_planalign import catalogue, runner
from flake8_planalign.command import check, running
from flake8_planalign.formatters import report
from flake8_planalign.formatters.whole import write_out, write_whole
from flake8_planalign.kinds import FileKind, is_test
from flake8_planalign.project import Project
from flake8_planalign.review import changes, checklist, evidence, judgement, written
from flake8_planalign.review.facts import facts

__all__ = ["main"]

PROBABLE = "--planalign-min-confidence=probable"
FORMATS = {"text": written.as_text, "markdown": written.as_markdown, "json": written.as_json, "html": written.as_html}


def main(arguments: Sequence[str]) -> int:
    """Review paths; return 1 if the verdict is to block, 2 if the review could not be done, else 0."""
    parser = argparse.ArgumentParser(
        "planalign review",
        usage="%(prog)s [--base REV] [--format FORMAT] [--output FILE] [path ...]",
        description="Review a project, or what changed in it, against its plan. Other options are those of flake8,"
        " which `planalign check --help` lists.",
    )
    parser.add_argument("--base", default="", metavar="REV", help="only what is new since this revision")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", default="", metavar="FILE", help="write to a file instead of the terminal")
    chosen, rest = parser.parse_known_args(arguments)
    try:
        base = changes.base_of(chosen.base) if chosen.base else None
        changed = changes.changed_files(base) if base else ()
    except changes.ChangesError as error:
        print(f"planalign review: {error}", file=sys.stderr)
        return 2
    done, items, waived = _findings(rest)
    if missing := running.missing_paths(done.options.filenames or ()):
        print(f"planalign review: {missing[0]}: there is no such file or directory", file=sys.stderr)
        return 2
    if check.judged_nothing(done):
        print(f"planalign review: {check.summary(done)}", file=sys.stderr)
        return 2
    try:
        arguments = [_selection(), PROBABLE, *rest]
        known = changes.known_before(base, arguments, items) if base else frozenset()
    except changes.ChangesError as error:
        print(f"planalign review: {error}", file=sys.stderr)
        return 2
    broken = [item for item in items if item.code in check.UNUSABLE]
    before = [item for item in items if item.fingerprint in known]
    items = [item for item in items if item.fingerprint not in known]
    tree = _tree(done)
    review = _review(done, tree, items, waived, before, chosen.base, changed)
    if broken or check.is_unusable(done):
        told = [f"{item.path}:{item.position.line}: {item.message.removeprefix('plan: ')}" for item in broken]
        review = replace(review, unusable="; ".join(told[:3]) or "see what planalign says of it")
    text = FORMATS[chosen.format](review, _looked_at(review, tree), _commit(), check.summary(done))
    if chosen.output:
        write_whole(chosen.output, text)
    else:
        write_out(text)
    for item in broken:
        print(f"planalign review: {item.path}:{item.position.line}: {item.code} {item.message}", file=sys.stderr)
    if review.unusable:
        return 2
    return int(judgement.verdict_of(review) is judgement.Verdict.BLOCK)


def _selection() -> str:
    """Return the option that switches on every rule, those that are off by default included."""
    stories = sorted({rule.code[:5] for rule in catalogue.rules()})
    return f"--select=PAL,{','.join(stories)}"


def _findings(arguments: Sequence[str]) -> tuple[running.Run, list[report.Item], list[report.Item]]:
    """Return a run with what it reports, and what comments and the configuration let pass."""
    reported: list[Any] = []
    done = running.run([_selection(), PROBABLE, *arguments], reported.append, name="planalign review")
    keys = {(found.filename, found.code, found.line_number, found.column_number, str(found.text)) for found in reported}
    items = [
        report.item(found.code, found.filename, found.line_number, found.column_number, found.text, found.physical_line)
        for found in reported
    ]
    waived = [
        report.item(code, path, line, column + 1, text, noqa)
        for path, found in done.results
        for code, line, column, text, noqa in found
        if code.startswith("PAL") and (path, code, line, column + 1, str(text)) not in keys
    ]
    return done, list(report.told_apart(items)), list(report.told_apart(waived))


def _tree(done: running.Run) -> evidence.Tree:
    """Return the files of a run, and what the views know of them."""
    options = runner.run_of(done.options)
    not_ours = check.installed(done)
    kinds = {os.path.normpath(path): check.kind(path) for path, _ in done.results if path not in not_ours}
    return evidence.Tree(kinds, facts(kinds, {path: Project.of(path, options) for path in kinds}))


def _review(
    done: running.Run,
    tree: evidence.Tree,
    items: Sequence[report.Item],
    waived: Sequence[report.Item],
    before: Sequence[report.Item],
    base: str,
    changed: tuple[str, ...],
) -> judgement.Review:
    unread = tuple(_unread(done, items))
    names = set(changed)
    paths = frozenset(path for path in tree.kinds if report.repository_path(path) in names) if base else None
    rows = judgement.judged(items, waived, tree, unread, paths, before)
    project = Project.of(os.path.join(_folder(done.options.filenames), "file"), runner.run_of(done.options))
    block_on = frozenset(project.config.review.block_on)
    return judgement.Review(rows, tree.kinds, unread, base, changed, block_on)


def _unread(done: running.Run, items: Sequence[report.Item]) -> Iterator[judgement.Unread]:
    """Yield the files that could not be read, and those on which a rule of ours failed."""
    for path, line, why in check.judged(done)[1]:
        name = os.path.normpath(path)
        # a link to nothing has no part in any bullet
        kind = check.kind(path) if os.path.exists(path) or not os.path.islink(path) else FileKind.OTHER
        yield judgement.Unread(report.repository_path(path), name, line, why, kind)
    for item in items:
        if item.code == "PAL900":
            yield judgement.Unread(item.path, item.path, item.position.line, item.message, check.kind(item.path))


def _folder(names: Sequence[str] | None) -> str:
    name = next(iter(names or ()), ".")
    return name if os.path.isdir(name) else os.path.dirname(name)


def _looked_at(review: judgement.Review, tree: evidence.Tree) -> dict[str, dict[str, str]]:
    """Return what was looked at in each changed file, or in each file with findings if nothing limits the review."""
    shown = {report.repository_path(path): path for path in review.files}
    wanted = review.changed if review.base else sorted({item.path for item in review.findings})
    return {name: _file(review, tree, name, shown[name]) for name in wanted if name in shown}


def _file(review: judgement.Review, tree: evidence.Tree, name: str, path: str) -> dict[str, str]:
    """Return what was seen in a file, by what it is about, its tests, and what is to be mended; empty if nothing."""
    seen: dict[str, str] = {}
    for title, sights in checklist.LOOKED_AT.items():
        looked = [tree.look(sight, frozenset({path})) for sight in sights]
        told = ", ".join(evidence.counted(len(sight.places), sight.noun) for sight in looked if sight.places)
        if told:
            seen[title] = told
    is_code = review.files[path] is FileKind.PYTHON and not is_test(name)
    if is_code and seen:
        seen["tests"] = _tests_of(review.files, tree, path)
    points = [f"{item.code} at line {item.position.line}" for item, _ in review.fixes if item.path == name]
    if seen or points:
        seen["review points"] = ", ".join(points) or "none"
    return seen


def _tests_of(files: Mapping[str, FileKind], tree: evidence.Tree, path: str) -> str:
    """Return which tests import the module."""
    stem = os.path.splitext(os.path.basename(path))[0]
    stem = os.path.basename(os.path.dirname(path)) if stem == "__init__" else stem
    imports = re.compile(rf"^\s*(?:from|import)\b[^\n]*\b{re.escape(stem)}\b", re.MULTILINE)
    named = sorted(
        report.repository_path(other)
        for other, kind in files.items()
        if kind is FileKind.PYTHON
        and stem
        and is_test(report.repository_path(other))
        and imports.search(tree.text(other))
    )
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    return f"{', '.join(named[:3])}{more}" if named else "no test imports it"


def _commit() -> str:
    """Return the commit that is checked out, empty outside of git."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
