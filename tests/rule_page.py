"""A rule's docstring read as what it is: the docs page, and the examples in it as files with expected findings."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from collections.abc import Iterator

FILES = {
    "python": "example.py",
    "py": "example.py",
    "sql": "example.sql",
    "toml": "pyproject.toml",
    "yaml": "compose.yaml",
    "dockerfile": "Dockerfile",
}
PLAN = "[tool.planalign]\n"

_HEADING = re.compile(r"^(?:#+ )?(Why|Bad|Good|Options|Limits|References)\n(?:-+\n)?", re.MULTILINE)
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$|^`([^`\n]+)`:$|^(\S[^\n]*)$", re.MULTILINE | re.DOTALL)
_MARKER = re.compile(r"(?:#|--|//)[ \t]*((?:PAL\d{3}:\d+(?:,?[ \t]+|$))+)", re.MULTILINE)
_EXPECTED = re.compile(r"(?P<path>.+):(?P<line>\d+):(?P<column>\d+):? (?P<code>PAL\d{3})")

#: (path, line, 0-based column, code)
Expected = tuple[str, int, int, str]


@dataclasses.dataclass
class Example:
    """The files of one example and what is expected of them."""

    files: dict[str, str | bytes] = dataclasses.field(default_factory=dict)
    explicit: set[Expected] = dataclasses.field(default_factory=set)

    @property
    def expected(self) -> set[Expected]:
        return self.explicit | {
            (path, line, column, code)
            for path, text in self.files.items()
            if isinstance(text, str)
            for line, column, code in _marked(text)
        }

    def suppressed(self, code: str) -> dict[str, str | bytes]:
        """Return the files with a suppression comment for a code in the place of each marker of it.

        No files where a finding stands in a binary file or a test report, which has no place for a comment.
        """
        if any(_takes_no_comment(path, self.files) for path, _, _, found in self.explicit if found == code):
            return {}

        def replace(marker: re.Match[str]) -> str:
            sign = marker[0][:2] if marker[0].startswith(("--", "//")) else "#"
            return f"{sign} noqa: {code}" if code in marker[1] else marker[0]

        return {
            path: _MARKER.sub(replace, text) if isinstance(text, str) else text for path, text in self.files.items()
        }


@dataclasses.dataclass
class Page:
    """A docs page."""

    summary: str
    sections: dict[str, str]

    @property
    def bad(self) -> list[Example]:
        return list(_examples(self.sections.get("Bad", "")))

    @property
    def good(self) -> list[Example]:
        return list(_examples(self.sections.get("Good", "")))


def read(docstring: str) -> Page:
    parts = _HEADING.split(docstring)
    return Page(docstring.partition("\n")[0], dict(zip(parts[1::2], parts[2::2], strict=True)))


def _examples(section: str) -> Iterator[Example]:
    """Yield the examples: fences that follow each other are one example if a path stands before each of them.

    A `toml` fence without a path is the plan of the example that it begins; prose, a path seen before and a fence
    without a path begin a new example; `text` and `console` fences are prose. A `hex` fence is a file of these bytes,
    a `zip` fence an archive, in which a line `--- name` begins each entry (`---hex name` one of bytes).
    """
    example = Example()
    named: str | None = None
    open_to_more = True
    for language, body, path, _prose in _FENCE.findall(section):
        if path:
            named = path
            continue
        if not language or language in ("text", "console"):
            if example.files:
                yield example
                example = Example()
            continue
        if language == "expect":
            matches = (_EXPECTED.fullmatch(line.strip()) for line in body.splitlines())
            example.explicit |= {(m["path"], int(m["line"]), int(m["column"]), m["code"]) for m in matches if m}
            continue
        name = named or FILES[language]
        is_plan = language == "toml" and not named
        begun_by_plan = set(example.files) == {FILES["toml"]}
        joins = name not in example.files and open_to_more and (named or begun_by_plan)
        if example.files and not joins:
            yield example
            example = Example()
        example.files[name] = _BINARY[language](body) if language in _BINARY else body
        open_to_more = bool(named) or is_plan
        named = None
    if example.files:
        yield example


def _takes_no_comment(path: str, files: dict[str, str | bytes]) -> bool:
    return isinstance(files.get(path), bytes) or path.endswith((".csv", ".html", ".json", ".xml"))


def _zipped(body: str) -> bytes:
    """Return the archive that a `zip` fence describes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in re.split(r"^---", body, flags=re.MULTILINE)[1:]:
            head, _, content = part.partition("\n")
            form, _, name = head.partition(" ")
            archive.writestr(zipfile.ZipInfo(name), bytes.fromhex(content) if form == "hex" else content)
    return buffer.getvalue()


_BINARY = {"hex": bytes.fromhex, "zip": _zipped}


def _marked(text: str) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        for marker in _MARKER.finditer(line):
            alone = not line[: marker.start()].strip()
            for item in re.findall(r"PAL\d{3}:\d+", marker[1]):
                code, _, column = item.partition(":")
                yield number + alone, int(column), code
