"""One file under check: its text, lines and positions in characters, and where its suppression comments count."""

from __future__ import annotations

import ast
import bisect
import codecs
import functools
import io
import itertools
import os
import re
from collections.abc import Sequence
from typing import BinaryIO

import msgspec

from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy
from flake8_planalign.rule import Position

__all__ = ["WITHOUT_TEXT", "Source", "any_within", "decode", "lines_of", "split_lines"]

#: In the order in which they must be tried: the UTF-32 mark begins with the UTF-16 one.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SQL_NOQA = lazy(r"--(\s*)(?=flake8[:=]\s*noqa|noqa)", re.IGNORECASE)
_SCRIPT_NOQA = lazy(r"//(\s*)(?=flake8[:=]\s*noqa|noqa)", re.IGNORECASE)
_COMMENT_ABOVE = frozenset({FileKind.DOCKERFILE, FileKind.MODEL_INI})
#: What no line of has a place in.
WITHOUT_TEXT = frozenset({FileKind.ARCHIVE, FileKind.BINARY_MODEL})


def decode(data: bytes) -> tuple[str, int | None]:
    """Return the text of a companion file and the character index of the first byte sequence that is no text.

    The byte order mark decides between UTF-8, UTF-16 and UTF-32 and is not part of the text; without one the file is
    UTF-8. What cannot be decoded becomes U+FFFD, so that the lines before and after it can still be read.
    """
    encoding = "utf-8"
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], name
            break
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError as error:
        return data.decode(encoding, "replace"), len(data[: error.start].decode(encoding, "replace"))


def split_lines(text: str) -> list[str]:
    r"""Return the lines with their ends; only `\n`, `\r\n` and `\r` end a line, as for Python and for editors."""
    return list(io.StringIO(text, newline=""))


class Source(msgspec.Struct, eq=False, dict=True):
    """A file as flake8 hands it over; `path` is what a finding is reported under, `tree` is shared and read-only.

    The lines of a Python file are flake8's own; `data` is empty for them. Of an archive on disk, `data` is only the
    beginning (`whole` is False): its reader opens it and takes what it needs.
    """

    path: str
    kind: FileKind
    lines: Sequence[str]
    tree: ast.Module | None = None
    data: bytes = b""
    undecodable: int | None = None
    whole: bool = True

    @classmethod
    def of_text(cls, path: str, text: str, kind: FileKind = FileKind.PYTHON, tree: ast.Module | None = None) -> Source:
        """Return the source of a text that is at hand."""
        return cls(path, kind, split_lines(text), tree)

    @classmethod
    def of_bytes(cls, path: str, data: bytes, kind: FileKind, *, whole: bool = True) -> Source:
        """Return the source of a companion file; an archive has no lines."""
        if kind in WITHOUT_TEXT:
            return cls(path, kind, (), None, data, None, whole)
        text, undecodable = decode(data)
        return cls(path, kind, split_lines(text), None, data, undecodable)

    def open(self) -> BinaryIO:
        """Return a stream of all bytes; raises OSError if the file has gone."""
        return io.BytesIO(self.data) if self.whole else open(self.absolute, "rb")

    @functools.cached_property
    def absolute(self) -> str:
        """Return the absolute path."""
        return os.path.abspath(self.path)

    @functools.cached_property
    def text(self) -> str:
        """Return the whole text."""
        return "".join(self.lines)

    @functools.cached_property
    def is_ascii(self) -> bool:
        """Tell whether bytes and characters are the same thing in the whole file."""
        return self.text.isascii()

    @functools.cached_property
    def _line_starts(self) -> list[int]:
        return [0, *itertools.accumulate(map(len, self.lines))]

    def column(self, line: int, offset: int) -> int:
        """Return the column in characters of a column in UTF-8 bytes, which is what `ast` counts."""
        if offset <= 0 or self.is_ascii or not 0 < line <= len(self.lines):
            return max(offset, 0)
        text = self.lines[line - 1]
        if text.isascii():
            return offset
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))

    def position(self, node: ast.AST) -> Position:
        """Return where a node stands, in characters; the first line for a node that has no place."""
        line = getattr(node, "lineno", 1)
        offset = getattr(node, "col_offset", 0)
        end_line = getattr(node, "end_lineno", None) or line
        end_offset = getattr(node, "end_col_offset", None) or offset
        return self.region(line, offset, end_line, end_offset)

    def region(self, line: int, offset: int, end_line: int, end_offset: int) -> Position:
        """Return a region whose columns are counted in UTF-8 bytes, as facts keep them, in characters."""
        return Position(line, self.column(line, offset), end_line, self.column(end_line, end_offset))

    def index(self, line: int, column: int) -> int:
        """Return the character index of a line and a column."""
        return self._line_starts[line - 1] + column

    def position_at(self, start: int, end: int | None = None) -> Position:
        """Return the region between two character indexes of the text; the end of the text is that of its last line."""
        first = self._place(start)
        last = first if end is None else self._place(end)
        return Position(*first, *last)

    def _place(self, index: int) -> tuple[int, int]:
        starts = self._line_starts
        last = len(self.lines)
        if index >= starts[-1]:
            return max(last, 1), len(self.lines[-1].rstrip("\r\n")) if last else 0
        line = bisect.bisect_right(starts, max(index, 0))
        return line, max(index, 0) - starts[line - 1]

    @functools.cached_property
    def noqa_lines(self) -> Sequence[str]:
        """Return the lines in the spelling in which flake8 looks for `# noqa` and `# flake8: noqa`."""
        if self.kind in {FileKind.SQL, FileKind.LUA}:
            return [_SQL_NOQA.sub(r"# ", line) for line in self.lines]
        if self.kind is FileKind.K6:
            return [_SCRIPT_NOQA.sub(r"# ", line) for line in self.lines]
        return self.lines

    def noqa(self, line: int) -> str:
        """Return the text in which a `# noqa` for a finding on `line` may stand, never None.

        In a format without trailing comments a comment line directly above counts as well; an archive has none.
        """
        lines = self.noqa_lines
        if not 0 < line <= len(lines):
            return ""
        own = lines[line - 1]
        if self.kind in _COMMENT_ABOVE and line > 1 and lines[line - 2].lstrip().startswith("#"):
            return lines[line - 2] + own
        return own


def lines_of(pattern: re.Pattern[str], text: str) -> list[int]:
    """Return the lines (1-based) on which a pattern begins to match, in ascending order."""
    lines: list[int] = []
    line, seen = 1, 0
    for match in pattern.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        lines.append(line)
    return lines


def any_within(lines: Sequence[int], first: int, last: int) -> bool:
    """Tell whether one of the lines, which ascend, lies between two lines, these included."""
    place = bisect.bisect_left(lines, first)
    return place < len(lines) and lines[place] <= last
