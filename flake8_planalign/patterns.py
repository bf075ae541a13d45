"""Regular expressions that are compiled when they are first asked.

The plugin has some three hundred, of which one file needs a few; compiling all was a quarter of what it adds to the
start of flake8, which an editor pays for each change of a buffer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, AnyStr, Final, Generic, TypeVar, cast

import msgspec

__all__ = ["Look", "OfTexts", "Panel", "Pieces", "Words", "lazy", "pieces", "uncompiled", "words_of"]

Answer = TypeVar("Answer")

_SPECIAL: Final = frozenset("[](){}*+?|^$.")
_QUANTIFIERS: Final = frozenset("*+?{")
_SHORTEST: Final = 2
_BOUNDARY: Final = r"\b"
#: In characters of texts of which something is kept; their words take thrice as many bytes.
_ROOM: Final = 1_000_000


#: `uncompiled` puts another function in its place.
_compile: Final = re.compile


class _Uncompiled:
    """Becomes what `re.compile` gives as soon as anything is asked of it."""

    def __init__(self, text: Any, flags: int) -> None:
        self._given = (text, flags)

    def __getattr__(self, name: str) -> Any:
        compiled = _compile(*self._given)
        for method in ("findall", "finditer", "fullmatch", "match", "search", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        self.pattern, self.flags = compiled.pattern, compiled.flags
        return getattr(compiled, name)


def lazy(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a compiled pattern, to all purposes here; raises re.error on first use if it is not one."""
    return cast("re.Pattern[AnyStr]", _Uncompiled(text, flags))


class uncompiled:  # noqa: N801 - used as a statement
    """What `re.compile` gives to a library that is imported meanwhile is compiled when it is first asked as well.

    PyYAML compiles a class of a million characters for its own reader, in whose place libyaml's stands: four fifths of
    what its import takes, which is more than reading fifty small files.
    """

    def __enter__(self) -> None:
        """Put `lazy` in the place of `re.compile`."""
        self._compile = re.compile
        re.compile = lazy  # type: ignore[assignment]

    def __exit__(self, *_exception: object) -> None:
        """Put `re.compile` back."""
        re.compile = self._compile


_WORD: Final = lazy(r"[A-Za-z0-9_]+")
#: What a pattern goes on with where a word must have ended: a boundary, white space or another sign.
_ENDS: Final = lazy(r"\\b|\\s\+|(?:\\s\*)?(?:\\[^\w\s]|[=,:;<>@%&'\"/~-])(?![*+?{])")


class Words(msgspec.Struct, frozen=True):
    """The words of a text: each of them, and all in a row, which is shorter than the text that repeats them.

    Only ASCII counts: what is not ends a word, so that more of them may be seen than there are, and none is missed.
    """

    each: frozenset[str]
    row: str


#: What is no part of a word in ASCII becomes a blank.
_WORD_SIGNS: Final = bytes(sign if bytes((sign,)).isalnum() or sign == ord("_") else ord(" ") for sign in range(256))


class OfTexts(Generic[Answer]):
    """What a function finds out about texts, kept while all texts together are few; a decorator."""

    __slots__ = ("_find", "_room", "known")
    _all: Final[list[OfTexts[Any]]] = []

    def __init__(self, find: Callable[[str], Answer]) -> None:
        self._find = find
        self._room = _ROOM
        #: The answers for the texts that were asked about last.
        self.known: dict[str, Answer] = {}
        self._all.append(self)

    def __call__(self, text: str) -> Answer:
        """Return what there is to find out about a text."""
        answer = self.known.get(text)
        if answer is None:
            answer = self._find(text)
            if len(text) > self._room:
                self.forget()
            self.known[text] = answer
            self._room -= len(text)
        return answer

    def forget(self) -> None:
        """Let go of all texts and answers."""
        self.known.clear()
        self._room = _ROOM

    @classmethod
    def forget_all(cls) -> None:
        """Let go of all texts."""
        for memo in cls._all:
            memo.forget()


@OfTexts
def words_of(text: str) -> Words:
    """Return the words of a text, which are kept while the project is small."""
    each = frozenset(text.encode("ascii", "replace").translate(_WORD_SIGNS).decode("ascii").split())
    return Words(each, " ".join(each))


_known: Final = words_of.known


class Marks(msgspec.Struct, frozen=True):
    """What a text must have for one of several patterns to match: a word, a part of one, or signs."""

    whole: frozenset[str]
    parts: tuple[str, ...]
    signs: tuple[str, ...]


class Pieces:
    """Several patterns of which a text may hold one, each looked for by the literal text that it begins with.

    `str.__contains__` takes a third of a nanosecond for each character; an alternation of words that begin with
    different letters is tried at every character, which takes a hundred times as long. Where the words of the text
    are known (`words_of`), a pattern whose word is not among them is not looked for at all.
    """

    __slots__ = ("_given", "_made", "_marks")

    def __init__(self, given: Sequence[str]) -> None:
        self._given = given
        self._made: list[tuple[str, _Piece]] | None = None

    def _make(self) -> list[tuple[str, _Piece]]:
        made = [_Piece(pattern) for pattern in self._given]
        self._marks = Marks(
            frozenset(piece.word for piece in made if piece.is_whole),
            tuple(dict.fromkeys(piece.word for piece in made if piece.word and not piece.is_whole)),
            tuple(piece.literal for piece in made if not piece.word),
        )
        self._made = [(piece.literal, piece) for piece in made]
        return self._made

    @property
    def marks(self) -> Marks:
        """Return what a text must have for one of the patterns to match; raises ValueError as `search` does."""
        if self._made is None:
            self._make()
        return self._marks

    def search(self, text: str) -> bool:
        """Tell whether one of the patterns matches anywhere; raises ValueError for one without a literal beginning."""
        made = self._made if self._made is not None else self._make()
        words = _known.get(text)
        if words is not None and not self._may_match(text, words):
            return False
        for literal, piece in made:  # noqa: SIM110 - `any` of a generator takes twice as long for short texts
            if literal in text and piece.search(text):
                return True
        return False

    def _may_match(self, text: str, words: Words) -> bool:
        """Tell whether the words of a text, or else the text, hold what one of the patterns begins with."""
        marks = self._marks
        if not marks.whole.isdisjoint(words.each):
            return True
        row = words.row
        for part in marks.parts:
            if part in row:
                return True
        for sign in marks.signs:  # noqa: SIM110 - as above
            if sign in text:
                return True
        return False


class Panel:
    """Pieces under names, of which a text is asked at once: what is known of its words is gone through only once.

    For signs, which are no words, the text is searched when their name is asked for.
    """

    __slots__ = ("_by_part", "_by_word", "_last", "_with_signs", "given")

    def __init__(self, given: Mapping[str, Pieces]) -> None:
        self.given = given
        self._by_word: dict[str, set[str]] | None = None
        self._last = Look(self, "", None)

    def _make(self) -> dict[str, set[str]]:
        by_word: dict[str, set[str]] = {}
        by_part: dict[str, set[str]] = {}
        for name, asked in self.given.items():
            for word in asked.marks.whole:
                by_word.setdefault(word, set()).add(name)
            for part in asked.marks.parts:
                by_part.setdefault(part, set()).add(name)
        self._by_part = tuple(by_part.items())
        self._with_signs = frozenset(name for name, asked in self.given.items() if asked.marks.signs)
        self._by_word = by_word
        return by_word

    def look(self, text: str) -> Look:
        """Return under which names a text has a match; the last answer is kept."""
        if self._last.text is not text:
            words = _known.get(text)
            self._last = Look(self, text, self._candidates(words) if words is not None else None)
        return self._last

    def _candidates(self, words: Words) -> set[str]:
        by_word = self._by_word if self._by_word is not None else self._make()
        found = set(self._with_signs)
        for word in by_word.keys() & words.each:
            found |= by_word[word]
        row = words.row
        for part, names in self._by_part:
            if part in row:
                found |= names
        return found


class Look:
    """One text as a panel sees it."""

    __slots__ = ("_candidates", "_panel", "text")

    def __init__(self, panel: Panel, text: str, candidates: set[str] | None) -> None:
        self._panel, self.text, self._candidates = panel, text, candidates

    def __bool__(self) -> bool:
        """Tell whether any name may have a match."""
        return self._candidates is None or bool(self._candidates)

    def __contains__(self, name: str) -> bool:
        """Tell whether one of the pieces of a name matches."""
        return (self._candidates is None or name in self._candidates) and self._panel.given[name].search(self.text)


class _Piece:
    """A pattern that begins with a literal text, behind a boundary or not, and may end with a boundary."""

    __slots__ = ("_after", "_before", "_rest", "is_whole", "literal", "word")

    def __init__(self, pattern: str) -> None:
        self._before = pattern.startswith(_BOUNDARY)
        if (name := _plain_name(pattern)) and len(name) >= _SHORTEST:
            # nearly all patterns are names, of which nothing has to be found out
            self._before = self._after = self.is_whole = True
            self.literal = self.word = name
            self._rest = None
            return
        self.literal, rest = _divided(pattern.removeprefix(_BOUNDARY))
        self._after = rest == _BOUNDARY
        self._rest = lazy(rest) if rest and not self._after else None
        #: A word of the literal text, which is a whole word of every text that matches, or a part of one.
        self.word, self.is_whole = _word_of(self.literal, rest, begins=self._before)

    def search(self, text: str) -> bool:
        """Tell whether the pattern matches anywhere in a text that holds its literal text."""
        literal, place = self.literal, -1
        while (place := text.find(literal, place + 1)) >= 0:
            end = place + len(literal)
            if (
                not (self._before and place and _is_word(text[place - 1]))
                and not (self._after and end < len(text) and _is_word(text[end]))
                and (self._rest is None or self._rest.match(text, end) is not None)
            ):
                return True
        return False


def _plain_name(pattern: str) -> str:
    """Return the name that a pattern finds as a whole word, "" for all other patterns."""
    inner = pattern[len(_BOUNDARY) : -len(_BOUNDARY)]
    return inner if pattern == f"{_BOUNDARY}{inner}{_BOUNDARY}" and inner.isidentifier() and inner.isascii() else ""


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _word_of(literal: str, rest: str, *, begins: bool) -> tuple[str, bool]:
    """Return the word of a literal text that tells most, "" if there is none, and whether it is a whole one.

    It is whole where it stands between signs or boundaries: in the literal text, or in what the pattern has around it.
    """
    ends = _ENDS.match(rest) is not None
    found: list[tuple[bool, int, str]] = []
    for match in _WORD.finditer(literal):
        is_whole = (match.start() > 0 or begins) and (match.end() < len(literal) or ends)
        found.append((is_whole, len(match[0]), match[0]))
    is_whole, _, word = max(found, default=(False, 0, ""))
    return word, is_whole


def pieces(*given: str) -> Pieces:
    r"""Return patterns one of which is looked for; each begins with two literal characters or more, `\b` aside."""
    return Pieces(given)


def _divided(pattern: str) -> tuple[str, str]:
    """Return the literal text that a pattern begins with, and the rest of the pattern."""
    literal: list[str] = []
    place = 0
    while place < len(pattern) and pattern[place] not in _SPECIAL:
        escaped = pattern[place] == "\\"
        if escaped and pattern[place + 1].isalnum():
            break
        literal.append(pattern[place : place + 1 + escaped])
        place += 1 + escaped
    if place < len(pattern) and pattern[place] in _QUANTIFIERS:
        place -= len(literal.pop())
    rest = pattern[place:]
    if len(literal) < _SHORTEST or rest.startswith("|"):
        msg = f"{pattern!r} does not begin with a literal text"
        raise ValueError(msg)
    return "".join(part[-1] for part in literal), rest
