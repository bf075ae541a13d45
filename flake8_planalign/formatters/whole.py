"""The part that all reports share: collect what flake8 found, and write it as a whole at the end."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any, ClassVar

from flake8.formatting.base import BaseFormatter

if TYPE_CHECKING:
    from flake8_planalign.formatters import report

__all__ = ["WholeReport", "encoded", "write_out", "write_whole"]


class WholeReport(BaseFormatter):  # type: ignore[misc] # flake8 is published without types
    """A flake8 formatter that knows everything before it writes anything.

    `renderer` names the module beside this one whose `render(report)` returns the text.
    """

    renderer: ClassVar[str]

    def after_init(self) -> None:
        """Begin to collect."""
        self._files: list[str] = []
        self._items: list[report.Item] = []

    def start(self) -> None:
        """Open nothing yet: a file that is there stays whole until the new one is."""

    def beginning(self, filename: str) -> None:
        """Note a file that was checked."""
        self._files.append(filename)

    def handle(self, error: Any) -> None:
        """Note a finding."""
        from flake8_planalign.formatters import report

        self._items.append(
            report.item(
                error.code, error.filename, error.line_number, error.column_number, error.text, error.physical_line
            )
        )

    def stop(self) -> None:
        """Write the report."""
        from flake8_planalign.formatters import report

        renderer = importlib.import_module(f"flake8_planalign.formatters.{self.renderer}")
        text: str = renderer.render(report.Report(tuple(self._files), tuple(report.told_apart(self._items))))
        if self.filename:
            write_whole(self.filename, text)
        if not self.filename or self.options.tee:
            write_out(text)

    def _write(self, output: str) -> None:
        """Write what flake8 says beside the findings, such as `--statistics`, where it is no part of the report."""
        print(output, file=sys.stderr)  # noqa: T201


def encoded(text: str) -> bytes:
    """Return a text as UTF-8; a file's name that is not UTF-8 stands in it as the file system has it."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def write_out(text: str) -> None:
    """Write a report to standard output, as UTF-8 whatever the terminal's encoding is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(encoded(text))
    sys.stdout.flush()


def write_whole(path: str, text: str) -> None:
    """Put a text where `path` says, so that a reader sees the old content or the new one, never a part.

    A link is followed, and a file that is there keeps its mode. What is no regular file, such as `/dev/stdout`, is
    written to as it is.
    """
    path = os.path.realpath(path)
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as stream:
            stream.write(encoded(text))
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=folder)
    except OSError as error:  # it is the file that a person has named, and not the one beside it
        raise OSError(error.errno, error.strerror, path) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(encoded(text))
        os.chmod(name, os.stat(path).st_mode & 0o7777 if os.path.exists(path) else 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
