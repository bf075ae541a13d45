"""What a run has said of files, told again while nothing has changed, without reading or parsing them.

A result is kept under the hash of everything that it may depend on: the whole project (`Project.world`, which has the
file itself), the options that decide what a checker says, and the versions of flake8, Python and this tool. It is kept
as the checkers gave it, before comments and options leave anything out, so that these hold anew in each run.
"""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import flake8
from flake8 import checker

from flake8_planalign import runner
from flake8_planalign.cache import digest
from flake8_planalign.carried import CarriedText, finding_in
from flake8_planalign.kinds import FileKind, kind_by_name
from flake8_planalign.project import Project
from flake8_planalign.reading import bytes_of

if TYPE_CHECKING:
    import argparse

__all__ = ["retelling"]

_NAMESPACE: Final = "told"
#: Files that depend on the time, on git, or on neighbours of which only the names are watched.
_NEVER: Final = frozenset({FileKind.EVIDENCE, FileKind.MODEL_INI, FileKind.OTHER})
#: Results that say that something went wrong, which may go right the next time.
_FAILED: Final = frozenset({"E902", "PAL900", "PAL901"})
#: In nanoseconds: what changed so shortly before the project was looked at may have changed again unseen.
_JUST_NOW: Final = 100_000_000

Result = tuple[str, list[tuple[str, int, int, str, str | None]], dict[str, int]]


@contextlib.contextmanager
def retelling() -> Iterator[None]:
    """Let flake8 run its checkers only on files that something has changed for, while the context lasts."""
    original = checker.Manager.run

    @functools.wraps(original)
    def run(self: Any) -> None:
        memory = _Memory(self.options)
        if not memory.usable:
            original(self)
            return
        everything, jobs = self.filenames, self.jobs
        told = {name: result for name in everything if (result := memory.recall(name)) is not None}
        self.filenames = tuple(name for name in everything if name not in told)
        self.jobs = min(jobs, len(self.filenames))
        try:
            if self.filenames:
                with memory.listening():
                    original(self)
        finally:
            self.filenames, self.jobs = everything, jobs
        self.results = [*told.values(), *self.results]

    checker.Manager.run = run
    try:
        yield
    finally:
        checker.Manager.run = original


class _Memory:
    """The results of the projects of a run; a worker process that is forked off keeps what it finds as well."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.began = time.time_ns()
        self.usable = not runner.is_stdin(options) and not runner.fault(options) and options.planalign_cache != "off"

    @functools.cached_property
    def _circumstances(self) -> str:
        options = self.options
        named = options.planalign_files
        patterns = "default" if named is None else " ".join(named)
        baseline = ""
        if options.planalign_baseline:
            with contextlib.suppress(OSError):
                baseline = digest(bytes_of(options.planalign_baseline))
        shown = f"{options.disable_noqa} {options.show_source}"
        return f"{flake8.__version__}\0{shown}\0{patterns}\0{baseline}\0{os.getcwd()}"

    def _place(self, name: str) -> tuple[Project, str] | None:
        """Return the project of a file and the key of its result, None where it may not be kept."""
        if kind_by_name(name) in _NEVER:
            return None
        project = Project.of(name, runner.run_of(self.options))
        world = project.world
        path = os.path.abspath(name)
        if world is None or not project.owns(path):
            return None
        views = " ".join(sorted(runner.views_of(name, self.options)))
        return project, digest(f"{world}\0{name}\0{path}\0{views}\0{self._circumstances}")

    def recall(self, name: str) -> Result | None:
        """Return what was said of a file, None if that is not known or if something has changed."""
        place = self._place(name)
        stored = place[0].cache.get(_NAMESPACE, place[1]) if place is not None else None
        try:
            return _read(stored) if isinstance(stored, list) else None
        except (TypeError, ValueError, KeyError):
            return None

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Keep what the checkers say, while the context lasts."""
        original = checker.FileChecker.run_checks

        @functools.wraps(original)
        def run_checks(file_checker: Any) -> Any:
            result = original(file_checker)
            self._keep(file_checker.filename, result)
            return result

        checker.FileChecker.run_checks = run_checks
        try:
            yield
        finally:
            checker.FileChecker.run_checks = original

    def _keep(self, name: str, result: Result) -> None:
        if any(code in _FAILED for code, *_ in result[1]):
            return
        place = self._place(name)
        if place is None or place[0].strayed:
            return
        with contextlib.suppress(OSError):
            if os.stat(name).st_mtime_ns < self.began - _JUST_NOW:
                place[0].cache.put(_NAMESPACE, place[1], _written(result))


def _written(result: Result) -> list[Any]:
    from flake8_planalign import verdicts

    name, found, statistics = result
    items: list[list[Any]] = []
    for code, line, column, text, noqa in found:
        finding = finding_in(text)
        carried = None if finding is None else verdicts.written(finding)
        items.append(
            [code, line, column, None if finding is not None and finding.message == text else text, noqa, carried]
        )
    return [name, items, statistics]


def _read(stored: list[Any]) -> Result:
    name, items, statistics = stored
    found: list[tuple[str, int, int, str, str | None]] = []
    for code, line, column, text, noqa, carried in items:
        if carried is not None:
            from flake8_planalign import verdicts

            finding = verdicts.read(*carried)
            text = CarriedText(finding.message if text is None else text, finding)  # noqa: PLW2901
        found.append((str(code), int(line), int(column), text, noqa))
    return str(name), found, {str(key): int(value) for key, value in statistics.items()}
