"""Command lines as words: a shell's quoting, operators and variables, each word knowing where it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from flake8_planalign.formats.interpolation import LENGTH_LIMIT
from flake8_planalign.formats.located import Text
from flake8_planalign.patterns import lazy

__all__ = ["Word", "commands", "java_words", "program_at"]

_OPERATOR: Final = lazy(r"&&|\|\||[;&|\n()]")
_HEREDOC: Final = lazy(r"<<(-?)[ \t]*([\"']?)([A-Za-z_]\w*)\2")
_VARIABLE: Final = lazy(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-([^{}$]*))?\})")

#: Commands whose words are files, names and texts, not programs that they start.
_ABOUT_WORDS: Final = frozenset(
    {
        "[", "[[", "apk", "apt", "apt-get", "cd", "chmod", "chown", "cp", "dnf", "echo", "export", "grep", "hash",
        "kill", "killall", "ln", "local", "ls", "microdnf", "mkdir", "mv", "pgrep", "pkill", "printf", "readonly", "rm",
        "test", "touch", "type", "which", "yum",
    }
)  # fmt: skip

Lookup = Callable[[str], Text | None]


class Word(msgspec.Struct, frozen=True):
    """One word of a command; `known` is False if something in it is only known when it runs."""

    value: str
    text: Text
    known: bool = True


def java_words(options: Text) -> list[Word]:
    """Return the words of a variable such as JAVA_TOOL_OPTIONS, which the launcher splits at blanks, with quotes.

    A variable that nobody states is a word that is not known.
    """
    found: list[tuple[int, Word]] = []
    ends: list[tuple[int, int]] = []
    for value, start, end in _split(options.value):
        quoted = options.value[start] in "\"'" and options.value[start + 1 : end - 1] == value
        part = options.part(start + 1, end - 1) if quoted else options.part(start, end)
        found.append((start, Word(value, part, not part.unknown)))
        ends.append((start, end))
    if not options.holes:
        return [word for _, word in found]
    found += [
        (hole, Word("", options.part(hole, hole), known=False))
        for hole in options.holes
        if not any(start <= hole <= end for start, end in ends)
    ]
    return [word for _, word in sorted(found, key=lambda item: item[0])]


def _split(line: str) -> Iterator[tuple[str, int, int]]:
    found: list[str] = []
    start, quote = -1, ""
    for index, sign in enumerate(line):
        if quote:
            if sign == quote:
                quote = ""
            else:
                found.append(sign)
        elif sign.isspace():
            if start >= 0:
                yield "".join(found), start, index
                found, start = [], -1
        else:
            start = index if start < 0 else start
            if sign in "\"'":
                quote = sign
            else:
                found.append(sign)
    if start >= 0:
        yield "".join(found), start, len(line)


def program_at(words: Sequence[Word], program: str) -> int | None:
    """Return which word of a simple command starts a program, by its name or a path to it, behind whatever else."""
    if not words or words[0].value in _ABOUT_WORDS or [word.value for word in words[:2]] == ["command", "-v"]:
        return None
    for index, word in enumerate(words):
        folder, slash, name = word.value.rpartition("/")
        # A directory may be called like a program: `JAVA_HOME=/usr/lib/jvm/java`.
        if name == program and (not slash or folder.endswith(("bin", ".", "}", "scripts", "run-java")) or not index):
            return index
    return None


def commands(line: Text, lookup: Lookup) -> list[list[Word]]:
    """Return the simple commands of a shell's line, in order; variables that `lookup` knows are put in and split."""
    reader = _Shell(line, lookup)
    return reader.run()


def _behind(text: str, at: int, delimiter: str, indented: bool) -> int:  # noqa: FBT001 - as `<<-` says
    """Return where the line after a here-document's last one begins; where it begins itself if nothing ends it."""
    start = at
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        start = end + 1
        if (line.lstrip("\t") if indented else line) == delimiter:
            return min(start, len(text))
    return at


class _Shell:
    """The reading of one line."""

    def __init__(self, line: Text, lookup: Lookup) -> None:
        self.line, self.lookup = line, lookup
        self.done: list[list[Word]] = []
        self.words: list[Word] = []
        self.found: list[str] = []
        self.start = -1
        self.known = True
        self.length = 0

    def run(self) -> list[list[Word]]:
        value = self.line.value
        at, quote = 0, ""
        heredocs: list[tuple[str, bool]] = []
        while at < len(value):
            sign = value[at]
            if quote == "'" or (quote and sign not in '"$\\'):
                quote = "" if sign == quote else quote
                if quote:
                    self._add(sign, at)
                at += 1
            elif quote and sign == quote:
                quote, at = "", at + 1
            elif sign == "\\" and at + 1 < len(value):
                if value[at + 1] != "\n":
                    self._add(value[at + 1], at)
                at += 2
            elif sign in "\"'":
                quote, at = sign, at + 1
                self._add("", at - 1)
            elif sign == "$":
                at = self._variable(at, quoted=bool(quote))
            elif sign == "<" and (heredoc := _HEREDOC.match(value, at)):
                self._end_word(at)
                heredocs.append((heredoc[3], bool(heredoc[1])))
                at = heredoc.end()
            elif operator := _OPERATOR.match(value, at):
                self._end_word(at)
                self._end_command()
                at = operator.end()
                if sign == "\n":
                    while heredocs:
                        at = _behind(value, at, *heredocs.pop(0))
            elif sign.isspace():
                self._end_word(at)
                at += 1
            elif sign == "#" and self.start < 0:
                at = value.find("\n", at) if "\n" in value[at:] else len(value)
            else:
                self._add(sign, at)
                at += 1
        self._end_word(len(value))
        self._end_command()
        return self.done

    def _add(self, text: str, at: int) -> None:
        self.start = at if self.start < 0 else self.start
        self.found.append(text)

    def _variable(self, at: int, *, quoted: bool) -> int:
        found = _VARIABLE.match(self.line.value, at)
        if not found:
            self._add("$", at)
            self.known = self.known and self.line.value[at + 1 : at + 2] not in ("(", "{", "@", "*")
            return at + 1
        held = self.lookup(found[1] or found[2])
        self.length += len(held.value) if held is not None else 0
        if self.length > LENGTH_LIMIT:
            self.known = False
            return found.end()
        if held is None and found[3] is not None:
            self._add(found[3], at)
        elif held is None:
            self._add("", at)
            self.known = False
        elif quoted or self.start >= 0:
            self._add(held.value, at)
            self.known = self.known and not held.unknown
        else:
            self._end_word(at)
            self.words += java_words(held)
        return found.end()

    def _end_word(self, at: int) -> None:
        if self.start >= 0:
            part = self.line.part(self.start, at)
            self.words.append(Word("".join(self.found), part, self.known and not part.unknown))
        self.found, self.start, self.known = [], -1, True

    def _end_command(self) -> None:
        if self.words:
            self.done.append(self.words)
        self.words = []
