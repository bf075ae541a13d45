"""`planalign check`: what `flake8 --select=PAL` finds, without loading or running other plugins."""

from __future__ import annotations

import collections
import os
import sys
from collections.abc import Iterable, Iterator, Sequence

from flake8_planalign import runner
from flake8_planalign.command import running
from flake8_planalign.kinds import FileKind, is_installed, kind_by_name, kind_of
from flake8_planalign.project import Project
from flake8_planalign.reading import bytes_of
from flake8_planalign.walking import STRAY_LIMIT

__all__ = ["UNUSABLE", "installed", "is_unusable", "judged", "judged_nothing", "kind", "main", "summary"]

#: What the plural of a file's kind is called; the others are `<kind> files`.
_PLURALS = {FileKind.PLAN: "plan files", FileKind.DOCKERFILE: "Dockerfiles", FileKind.ARCHIVE: "model archives"}
#: What is no file that a view reads; flake8 hands over YAML of all sorts.
_NO_KIND = frozenset({FileKind.OTHER, FileKind.YAML})
#: What flake8 calls standard input that has no name.
_STDIN = "stdin"
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
    not_ours = installed(results)
    for path, found in results.results:
        if path in not_ours:
            continue
        reasons = [(path, line, f"{code} {text}") for code, line, _, text, _ in found if code in running.NOT_READ]
        sort = kind(path)
        if reasons and (sort is not FileKind.OTHER or "E902" in reasons[0][2]):
            unread += reasons
        else:  # a file that was named and is of no kind that is read, which flake8 takes for Python
            counts[sort] += 1
    return counts, unread


def installed(done: running.Run) -> frozenset[str]:
    """Return the paths of a run that lie in an environment within their project, which no view judges."""
    options = runner.run_of(done.options)
    paths = (path for path, _ in done.results if "site-packages" in os.path.abspath(path))
    return frozenset(path for path in paths if is_installed(Project.of(path, options).relative(os.path.abspath(path))))


def judged_nothing(done: running.Run) -> bool:
    """Tell whether there was no file of a kind that is read, be it readable or not."""
    counts, unread = judged(done)
    return not unread and not counts.keys() - _NO_KIND


def kind(path: str) -> FileKind:
    """Return what a file on disk is; what comes from stdin without a name is Python to flake8."""
    if path == _STDIN and not os.path.exists(path):
        return FileKind.PYTHON
    named = kind_by_name(path)
    may_be_report = named is FileKind.OTHER and path.endswith(runner.REPORTS)
    if not may_be_report and named not in (FileKind.YAML, FileKind.PLAN, FileKind.EVIDENCE, FileKind.K6):
        return named
    try:
        return kind_of(path, bytes_of(path, 2**16))
    except OSError:
        return named


def summary(done: running.Run, about: frozenset[FileKind] | None = None) -> str:
    """Return a sentence on what was judged and what was not, such as `judged 12 Compose files; 1 file not readable`.

    Only files of the kinds that a check is `about` are judged by it, where it is about some alone.
    """
    counts, unread = judged(done)
    recognised = {sort: count for sort, count in counts.items() if sort not in _NO_KIND}
    others = sum(count for sort, count in recognised.items() if about is not None and sort not in about)
    if about is not None:
        recognised = {sort: count for sort, count in recognised.items() if sort in about}
    parts = [_counted(sort, count) for sort, count in sorted(recognised.items(), key=lambda item: -item[1])]
    said = f"judged {_listed(parts)}" if parts else "judged nothing: no file of a kind that is read"
    said += f"; {_files(others)} of kinds that this check is not about" if others else ""
    unread_paths = list(dict.fromkeys(path for path, _, _ in unread))
    aside = {*unread_paths, *(not_ours := installed(done))}
    passed_by = [path for path, _ in done.results if path not in aside and kind(path) in _NO_KIND]
    if passed_by:
        said += f"; not judged: {_files(len(passed_by))} of no kind that is read ({_first(passed_by)})"
    if not_ours:
        said += f"; not judged: {_files(len(not_ours))} that an environment has installed ({_first(sorted(not_ours))})"
    if unread:
        reasons = [f"{path}:{line}: {why}" for path, line, why in unread]
        said += f"; not judged because not readable: {len(unread_paths)} ({_first(reasons, '; ')}{_advice(unread)})"
    return said + "".join(map(_of_what_is_no_project, _projects(done)))


def _projects(done: running.Run) -> Iterator[Project]:
    """Yield each project of the files of a run."""
    options = runner.run_of(done.options)
    yield from dict.fromkeys(Project.of(path, options) for path, _ in done.results)


def _of_what_is_no_project(project: Project) -> str:
    """Return what was not looked at around files in a directory that nothing shows to be a project's."""
    if not project.is_cut:
        return ""
    told = "has no plan, git repository, pyproject.toml or setup.cfg"
    return f"; {project.root} {told}, so only the first {STRAY_LIMIT} files there were taken for neighbours"


def _advice(unread: Sequence[tuple[str, int, str]]) -> str:
    """Return what helps where a file may be written for a newer Python than the one that runs this."""
    if not any(why.startswith("E999") for _, _, why in unread):
        return ""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"; read as Python {version}, which runs this: if the project is written for a newer one, run it there"


def _first(items: Sequence[str], separator: str = ", ") -> str:
    """Return the first three of a list, and how many more there are."""
    return separator.join(items[:3]) + (f" and {len(items) - 3} more" if len(items) > 3 else "")


def _files(count: int) -> str:
    return f"{count} file{'s' if count != 1 else ''}"


def _counted(sort: FileKind, count: int) -> str:
    plural = _PLURALS.get(sort, f"{sort.value} files")
    return f"{count} {plural.removesuffix('s') if count == 1 else plural}"


def _listed(parts: Iterable[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
