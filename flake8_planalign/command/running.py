"""flake8's own run, with our plugins alone: its options, config files, noqa, per-file-ignores, formats and exit codes.

Other plugins are left out before they are loaded. Without plugins that look at tokens nobody needs these, so a file is
not tokenised; where that cannot be arranged (worker processes that are not forked), the findings are still the same.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import io
import os
import stat
import sys
import threading
import tokenize
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

from flake8 import checker, exceptions, processor, utils
from flake8.main.application import Application
from flake8.options import manager
from flake8.plugins import finder

from flake8_planalign.command.retelling import retelling
from flake8_planalign.formatters.whole import encoded
from flake8_planalign.kinds import FileKind, any_of, kind_by_name

__all__ = ["NOT_READ", "Run", "missing_paths", "run"]

#: flake8's codes for a file that it could not read, and ours.
NOT_READ = {"E902": "cannot be opened", "E999": "is not Python", "PAL902": "cannot be read"}
_PACKAGE = "flake8-planalign"
#: In seconds: a run that ends sooner shows no progress.
_SHOW_AFTER = 2.0


@dataclasses.dataclass(frozen=True)
class Run:
    """A run that is over: flake8's exit code, its options, and what the checkers said before anything was left out.

    `results` are (path, [(code, line, column, text, noqa text)]).
    """

    exit_code: int
    options: argparse.Namespace
    results: Sequence[tuple[str, Sequence[tuple[str, int, int, str, str | None]]]]


def missing_paths(arguments: Sequence[str]) -> list[str]:
    """Return the arguments that look like paths and name nothing; flake8 says so with a code that is not ours."""
    return [name for name in arguments if not os.path.exists(name) and name != "-"]


def run(
    arguments: Sequence[str],
    handle: Callable[[Any], None] | None = None,
    *,
    name: str = "planalign check",
    paths: Sequence[str] | None = None,
) -> Run:
    """Run flake8 with our plugins.

    `handle` is given each violation that is reported, in the place of flake8's formatter; `name` is the command in help
    and errors; `paths` are the files to judge, whatever the arguments name. Raises SystemExit as flake8 does for
    options that are wrong.
    """
    application = _Application()
    application.called = name
    with (
        _called(name),
        _only_our_plugins(),
        _without_tokens(),
        _lines_alone(),
        _quick_names(),
        _any_stdin(),
        _no_pipes(),
        _progress(sys.stderr, application),
        _instead(paths),
        retelling(),
    ):
        application.begin(arguments, handle)
    manager = application.file_checker_manager
    assert manager is not None
    return Run(application.exit_code(), application.options, [(path, found) for path, found, _ in manager.results])


class _Application(Application):  # type: ignore[misc] # flake8 is published without types
    """flake8's application, whose formatter can be replaced by a function; `called` is the command in errors."""

    called = "planalign check"

    def begin(self, arguments: Sequence[str], handle: Callable[[Any], None] | None) -> None:
        self._handle = handle
        self._is_stopped = False
        try:
            self.run(list(arguments))
        except SystemExit:
            if self.file_checker_manager is None:
                raise
        if self._is_stopped:
            raise KeyboardInterrupt
        if self.catastrophic_failure:
            raise SystemExit(2)

    def _run(self, argv: Sequence[str]) -> None:
        try:
            super()._run(argv)
        except (KeyboardInterrupt, exceptions.EarlyQuit):
            # flake8 ends its run with what it has by then, of which nothing can be said.
            self._is_stopped = True
            raise

    def make_formatter(self) -> None:
        chosen, known = self.options.format, sorted(self.plugins.reporters)
        if chosen.startswith("planalign-") and chosen not in known:  # flake8 would print the name for each finding
            print(f"{self.called}: there is no format `{chosen}`; there are {', '.join(known)}", file=sys.stderr)
            raise SystemExit(2)
        super().make_formatter()
        if self._handle is not None:
            # What a configuration wants to be printed beside the findings would stand in the middle of another text.
            options: Any = self.options
            options.benchmark = options.count = options.statistics = options.show_source = False
            formatter: Any = self.formatter
            formatter.handle = self._handle
            formatter.start = formatter.stop = lambda: None
        else:
            self._show_any_name()

    def _show_any_name(self) -> None:
        """Let the formatter write names that are no UTF-8 with escapes, at which flake8's own would end."""
        formatter: Any = self.formatter
        write = formatter._write  # noqa: SLF001 # all that a formatter says goes through it

        def write_any(output: str) -> None:
            try:
                write(output)
            except UnicodeEncodeError:
                write(encoded(output).decode("utf-8", "backslashreplace"))

        formatter._write = write_any  # noqa: SLF001


@contextlib.contextmanager
def _called(name: str) -> Iterator[None]:
    """Let flake8's help and errors name the command that was given, while the context lasts."""
    original = manager.OptionManager.__init__

    @functools.wraps(original)
    def begin(self: Any, *arguments: Any, **more: Any) -> None:
        original(self, *arguments, **more)
        self.parser.prog = name

    manager.OptionManager.__init__ = begin
    try:
        yield
    finally:
        manager.OptionManager.__init__ = original


@contextlib.contextmanager
def _only_our_plugins() -> Iterator[None]:
    """Let flake8 find no checks but ours, while the context lasts."""
    original = finder.find_plugins

    @functools.wraps(original)
    def find_plugins(*arguments: Any, **more: Any) -> list[Any]:
        return [
            plugin
            for plugin in original(*arguments, **more)
            if plugin.entry_point.group == "flake8.report" or plugin.package == _PACKAGE
        ]

    finder.find_plugins = find_plugins
    try:
        yield
    finally:
        finder.find_plugins = original


@contextlib.contextmanager
def _no_pipes() -> Iterator[None]:
    """Let flake8 pass by pipes and devices that it comes upon and would read itself, which never end.

    Our own readers say of the others that they are no regular files.
    """
    original = checker.expand_paths

    @functools.wraps(original)
    def expand(**arguments: Any) -> Iterator[str]:
        return (path for path in original(**arguments) if path in arguments["paths"] or not _is_endless(path))

    checker.expand_paths = expand
    try:
        yield
    finally:
        checker.expand_paths = original


def _is_endless(path: str) -> bool:
    try:
        return kind_by_name(path) is FileKind.PYTHON and not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


@contextlib.contextmanager
def _instead(paths: Sequence[str] | None) -> Iterator[None]:
    """Let flake8 take these files for those that its arguments name, while the context lasts."""
    if paths is None:
        yield
        return
    original = checker.expand_paths
    checker.expand_paths = lambda **_arguments: iter(paths)
    try:
        yield
    finally:
        checker.expand_paths = original


@contextlib.contextmanager
def _without_tokens() -> Iterator[None]:
    """Let flake8's checker skip the tokens of a file, while the context lasts."""
    original = checker.FileChecker.process_tokens

    @functools.wraps(original)
    def process_tokens(self: Any) -> None:
        if self.plugins.logical_line or self.plugins.physical_line:
            original(self)

    checker.FileChecker.process_tokens = process_tokens
    try:
        yield
    finally:
        checker.FileChecker.process_tokens = original


@contextlib.contextmanager
def _lines_alone() -> Iterator[None]:
    """Let flake8 take the line of a finding alone where no comment can waive it, while the context lasts.

    Which lines a `# noqa` holds for it tells by the tokens of the whole file.
    """
    original = processor.FileProcessor.noqa_line_for
    last: tuple[Any, bool] = None, False  # findings come file by file

    def may_waive(file: Any) -> bool:
        nonlocal last
        if last[0] is not file:
            last = file, any("noqa" in line.lower() for line in file.lines)
        return last[1]

    @functools.wraps(original)
    def noqa_line_for(self: Any, line_number: int) -> str | None:
        if not 0 < line_number <= len(self.lines) or self.options.show_source or may_waive(self):
            line: str | None = original(self, line_number)
            return line
        own: str = self.lines[line_number - 1]
        return own

    processor.FileProcessor.noqa_line_for = noqa_line_for
    try:
        yield
    finally:
        processor.FileProcessor.noqa_line_for = original


@contextlib.contextmanager
def _quick_names() -> Iterator[None]:
    """Let flake8 match a name against all its patterns at once, while the context lasts.

    One after the other, the patterns of all our kinds of files take longer than the rest of a run that changes nothing.
    """
    original = utils.fnmatch
    compiled: dict[int, tuple[Sequence[str], Callable[[str], bool]]] = {}

    @functools.wraps(original)
    def matches(filename: str, patterns: Sequence[str]) -> bool:
        if not patterns:
            return True
        known = compiled.get(id(patterns))
        if known is None or known[0] is not patterns:
            known = compiled[id(patterns)] = patterns, any_of(tuple(map(os.path.normcase, patterns)))
        return known[1](os.path.normcase(filename))

    utils.fnmatch = matches
    try:
        yield
    finally:
        utils.fnmatch = original


@contextlib.contextmanager
def _any_stdin() -> Iterator[None]:
    """Let flake8 read bytes on stdin that are no UTF-8 as it reads such a file, as Latin-1, while the context lasts."""
    original = utils.stdin_get_value

    @functools.cache
    def value() -> str:
        data = sys.stdin.buffer.read()
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            return io.TextIOWrapper(io.BytesIO(data), encoding).read()
        except (LookupError, SyntaxError, UnicodeError):
            return io.TextIOWrapper(io.BytesIO(data), "latin-1").read()

    utils.stdin_get_value = value
    try:
        yield
    finally:
        utils.stdin_get_value = original


@contextlib.contextmanager
def _progress(stream: TextIO, application: Any) -> Iterator[None]:
    """Show on a terminal how far a long run is."""
    if not stream.isatty():
        yield
        return
    import multiprocessing

    done = multiprocessing.Value("L", 0)
    original = checker.FileChecker.run_checks

    @functools.wraps(original)
    def run_checks(self: Any) -> Any:
        with done.get_lock():
            done.value += 1
        return original(self)

    over = threading.Event()

    def show() -> None:
        if over.wait(_SHOW_AFTER):
            return
        while not over.wait(0.1):
            names = getattr(application.file_checker_manager, "filenames", ())
            if names:
                stream.write(f"\r{_bar(done.value, len(names))}")
                stream.flush()
        stream.write("\r\x1b[K")
        stream.flush()

    thread = threading.Thread(target=show, daemon=True)
    checker.FileChecker.run_checks = run_checks
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        checker.FileChecker.run_checks = original


def _bar(done: int, all_of_them: int, width: int = 30) -> str:
    """Return a line such as `[#####     ] 12/24 files`."""
    filled = width * min(done, all_of_them) // max(all_of_them, 1)
    return f"[{'#' * filled}{' ' * (width - filled)}] {done}/{all_of_them} files"
