"""What is to be seen in a tree that a rule looked at: where the rule applies, and where the code does it right.

A silent rule is no proof by itself: the review says "pass" only where there was something to judge, and shows it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from flake8_planalign.formatters.report import repository_path
from flake8_planalign.kinds import FileKind, is_test
from flake8_planalign.patterns import lazy
from flake8_planalign.reading import bytes_of

__all__ = ["DEVELOPMENT", "TESTED", "Check", "Seen", "Sight", "Tree", "counted", "many"]

#: In bytes: more of a file is not looked at.
LIMIT: Final = 4 * 2**20
#: The names of the facts that tell which files of stacks are for development, and which for tests.
DEVELOPMENT: Final = "development files"
TESTED: Final = "files of tested stacks"
_PLURAL: Final = lazy(r"\((e?s)\)")
_TOKENS: Final = lazy(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"""|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}'''
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*""",
    re.DOTALL,
)

#: (path as the run names it, 1-based line)
Place = tuple[str, int]


class Seen(msgspec.Struct, frozen=True):
    """Something to look for: what it is called, in which kinds of files, and by what pattern.

    `noun` marks its plural, as in `use(s) of Redis`. Without a pattern the file itself is what is seen; with `within`
    only files that have that pattern too are looked at. A `fact` is what the views know better than a pattern does:
    its places are handed to the tree, and the pattern is for files that cannot be parsed. What a service must have is
    not looked for `in_tests`: a client of a test is no proof that those of the service are made once. The files of the
    fact `but` are left out, which a rule exempts. Comments and docstrings are no evidence.
    """

    noun: str
    kinds: frozenset[FileKind]
    pattern: str = ""
    within: str = ""
    fact: str = ""
    in_tests: bool = True
    but: str = ""

    @property
    def by_place(self) -> bool:
        """Tell whether a fact says by a file's place alone that it is seen, whatever is in it."""
        return bool(self.fact) and not self.pattern


class Sight(msgspec.Struct, frozen=True):
    """What was seen: its name, and the places as (path in the repository, line)."""

    noun: str
    places: tuple[Place, ...]

    def __str__(self) -> str:
        """Return a text such as `38 coroutines (app/a.py:3, app/b.py:7 ...)`."""
        shown = ", ".join(f"{path}:{line}" for path, line in self.places[:3])
        more = " ..." if len(self.places) > 3 else ""
        return f"{counted(len(self.places), self.noun)} ({shown}{more})"


class Check(msgspec.Struct, frozen=True):
    """A bullet of a checklist: what holds where a rule is silent, what it applies to, what shows that it holds.

    `needs` is what the rule asks for beside what it applies to: where that is not in the tree, silence says nothing.
    What shows it is looked for `beside` that alone, in the same files, where another file proves nothing of it; and
    `each` of these files must have what is needed where one proves nothing of another.
    """

    holds: str
    applies: Seen
    shows: Seen | None = None
    needs: Seen | None = None
    beside: bool = False
    each: bool = False
    #: Of what this is, beside what the check applies to, no rule knows anything, so that silence says nothing either.
    unless: Seen | None = None
    #: What the rule lets pass for a reason of its own, which a row that passes says.
    apart: Seen | None = None


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 use of Redis` for `use(s) of Redis`."""
    return f"{number} {many(noun) if number != 1 else _PLURAL.sub('', noun)}"


def many(noun: str) -> str:
    """Return the plural of a noun that marks it."""
    return _PLURAL.sub(r"\1", noun)


class Tree:
    """The files of a review, read once.

    `kinds` are the files with what they are; `facts` are what the views have found, by its name.
    """

    def __init__(self, kinds: Mapping[str, FileKind], facts: Mapping[str, tuple[Place, ...]]) -> None:
        self.kinds = kinds
        self._facts = facts
        self._texts: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._found: dict[Seen, dict[str, list[Place]]] = {}

    def text(self, path: str) -> str:
        """Return a file's text, without what cannot be decoded; empty if it cannot be read."""
        if path not in self._texts:
            try:
                self._texts[path] = bytes_of(path, LIMIT).decode("utf-8", "replace")
            except OSError:
                self._texts[path] = ""
        return self._texts[path]

    def look(self, seen: Seen, paths: frozenset[str] | None = None) -> Sight:
        """Return where something is seen, in all files or in some."""
        shown = dict.fromkeys((repository_path(path), line) for path, line in self._seen(seen, paths))
        return Sight(seen.noun, tuple(shown))

    def beside(self, seen: Seen, other: Seen, paths: frozenset[str] | None = None) -> Sight:
        """Return where something is seen in the files in which something else is."""
        return self.look(seen, frozenset(path for path, _ in self._seen(other, paths)))

    def lacking(self, seen: Seen, other: Seen, paths: frozenset[str] | None = None) -> list[str]:
        """Return the files, as in the repository, in which something is seen and something else is not."""
        with_it = frozenset(path for path, _ in self._seen(seen, paths))
        return sorted(map(repository_path, with_it - {path for path, _ in self._seen(other, with_it)}))

    def _seen(self, seen: Seen, paths: frozenset[str] | None) -> Iterator[Place]:
        """Yield the places of something, which are looked for once and kept by file."""
        found = self._found.get(seen)
        if found is None:
            found = self._found[seen] = {}
            for place in self._facts.get(seen.fact, ()) if seen.fact else self._places(seen):
                found.setdefault(place[0], []).append(place)
        wanted = found if paths is None else [path for path in found if path in paths] if len(paths) > 1 else paths
        for path in wanted:
            yield from found.get(path, ())

    def may_hold(self, seen: Seen, path: str) -> bool:
        """Tell whether something may be in a file that could not be read as what it is."""
        if self.kinds.get(path) not in seen.kinds:
            return False
        text = self.text(path)
        return not text or not seen.pattern or _compiled(seen.pattern).search(text) is not None

    def _code(self, path: str) -> str:
        """Return a file's text, that of a Python file without comments and docstrings; lines keep their numbers."""
        if self.kinds[path] is not FileKind.PYTHON:
            return self.text(path)
        if path not in self._codes:
            self._codes[path] = _TOKENS.sub(_blank, self.text(path))
        return self._codes[path]

    def _places(self, seen: Seen) -> Iterable[Place]:
        left_out = {path for path, _ in self._facts.get(seen.but, ())}
        for path in sorted(path for path, kind in self.kinds.items() if kind in seen.kinds):
            if path in left_out or (is_test(repository_path(path)) and not seen.in_tests):
                continue
            if not seen.pattern:
                yield path, 1
                continue
            text = self._code(path)
            if seen.within and not _compiled(seen.within).search(text):
                continue
            for match in _compiled(seen.pattern).finditer(text):
                start = text.rfind("\n", 0, match.start()) + 1
                if not text[start : match.start()].lstrip().startswith(("#", "--", "//")):
                    yield path, text.count("\n", 0, match.start()) + 1


def _blank(token: re.Match[str]) -> str:
    """Return the line ends alone of a comment or a string that is a statement of its own, any other token as it is."""
    text = token[0]
    if text[0] != "#":
        line = token.string.rfind("\n", 0, token.start()) + 1
        if token.string[line : token.start()].strip(" \tbBrRuU") or _is_inside(token.string, line):
            return text
    return "\n" * text.count("\n")


def _is_inside(text: str, line: int) -> bool:
    """Tell whether a line goes on with what the one before has begun."""
    return text[max(0, line - 400) : line].rstrip()[-1:] in tuple("(,=[{+%\\")


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)
