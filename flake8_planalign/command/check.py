"""`planalign check`: what `flake8 --select=PAL` finds, without loading or running other plugins."""

from __future__ import annotations

import collections
import os
import sys
from collections.abc import Iterable, Sequence

from flake8_planalign import runner
from flake8_planalign.command import running
from flake8_planalign.kinds import FileKind, kind_by_name, kind_of
from flake8_planalign.project import Project

__all__ = ["UNUSABLE", "is_unusable", "judged", "kind", "main", "summary"]

#: What the plural of a file's kind is called; the others are `<kind> files`.
_PLURALS = {FileKind.PLAN: "plan files", FileKind.DOCKERFILE: "Dockerfiles", FileKind.ARCHIVE: "model archives"}
#: Findings that say that the tool could not do its work as the plan or flake8 stands.
UNUSABLE = frozenset({"PAL901", "PAL903"})


def main(arguments: Sequence[str]) -> int:
    """Check paths with flake8's options; return 0 without findings, 1 with some, 2 if it could not be done."""
    done = running.run(["--select=PAL", *arguments])
    if missing := running.missing_paths(done.options.filenames or ()):
        for name in missing:
            print(f"planalign: {name}: there is no such file or directory", file=sys.stderr)
        return 2
    print(f"planalign: {summary(done)}", file=sys.stderr)
    return 2 if is_unusable(done) and not done.options.exit_zero else done.exit_code


def is_unusable(done: running.Run) -> bool:
    """Tell whether the tool could not do its work, also where the plan that does not hold was not among the paths."""
    if any(code in UNUSABLE for _, found in done.results for code, *_ in found):
        return True
    options = runner.run_of(done.options)
    names = options.arguments[: runner.ARGUMENTS_LOOKED_AT] or (".",)
    folders = {name if os.path.isdir(name) else os.path.dirname(name) for name in names}
    projects = {Project.of(os.path.join(folder, "file"), options) for folder in sorted(folders)}
    return any(project.plan.problems for project in projects)


def judged(results: running.Run) -> tuple[collections.Counter[FileKind], list[tuple[str, int, str]]]:
    """Return how many files of each kind were judged, and (path, line, why) for what could not be read."""
    counts: collections.Counter[FileKind] = collections.Counter()
    unread: list[tuple[str, int, str]] = []
    for path, found in results.results:
        reasons = [(path, line, f"{code} {text}") for code, line, _, text, _ in found if code in running.NOT_READ]
        sort = kind(path)
        if reasons and (sort is not FileKind.OTHER or "E902" in reasons[0][2]):
            unread += reasons
        else:  # a file that was named and is of no kind that is read, which flake8 takes for Python
            counts[sort] += 1
    return counts, unread


def kind(path: str) -> FileKind:
    """Return what a file on disk is."""
    named = kind_by_name(path)
    if named not in (FileKind.YAML, FileKind.PLAN, FileKind.EVIDENCE, FileKind.K6):
        return named
    try:
        with open(path, "rb") as stream:
            return kind_of(path, stream.read(2**16))
    except OSError:
        return named


def summary(done: running.Run) -> str:
    """Return a sentence on what was judged and what was not, such as `judged 12 Compose files; 1 file not readable`."""
    counts, unread = judged(done)
    recognised = {sort: count for sort, count in counts.items() if sort not in (FileKind.OTHER, FileKind.YAML)}
    passed_by = sum(counts.values()) - sum(recognised.values())
    parts = [_counted(sort, count) for sort, count in sorted(recognised.items(), key=lambda item: -item[1])]
    said = f"judged {_listed(parts)}" if parts else "judged nothing: no file of a kind that is read"
    if passed_by:
        said += f"; not judged: {passed_by} {'file' if passed_by == 1 else 'files'} of no kind that is read"
    if unread:
        more = f" and {len(unread) - 3} more" if len(unread) > 3 else ""
        shown = "; ".join(f"{path}:{line}: {why}" for path, line, why in unread[:3])
        said += f"; not judged because not readable: {len({path for path, _, _ in unread})} ({shown}{more})"
    return said


def _counted(sort: FileKind, count: int) -> str:
    plural = _PLURALS.get(sort, f"{sort.value} files")
    return f"{count} {plural.removesuffix('s') if count == 1 else plural}"


def _listed(parts: Iterable[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
