"""Dockerfiles as BuildKit reads them: instructions, stages, here-documents and variables, with their places.

Source: `frontend/dockerfile/parser` and `shell` of github.com/moby/buildkit. Every text keeps the characters that it
was written at, also across continuation lines.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from flake8_planalign.formats.interpolation import LENGTH_LIMIT
from flake8_planalign.formats.located import Origin, Piece, Place, Text
from flake8_planalign.formats.words import Word
from flake8_planalign.formats.yaml import Fault
from flake8_planalign.patterns import lazy
from flake8_planalign.source import Source

__all__ = ["Dockerfile", "Heredoc", "Image", "Instruction", "Stage", "expand", "image_of", "parse"]

_DIRECTIVE: Final = lazy(r"#[ \t]*([a-zA-Z][a-zA-Z0-9]*)[ \t]*=[ \t]*(.+?)[ \t\r\n]*")
_KEYWORD: Final = lazy(r"\s*([A-Za-z]+)(?:\s+|$)")
_FLAG: Final = lazy(r"--([a-zA-Z][a-zA-Z0-9-]*)(?:=(\S*))?(?:\s+|$)")
_HEREDOC: Final = lazy(r"(?:(?<=\s)|^)\d*<<(-?)(?:([\"'])([^\"'<>\s]+)\2|([A-Za-z0-9_.][^\"'<>\s;|&)]*))")
_JSON_STRING: Final = lazy(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_VARIABLE: Final = lazy(r"\$(?:([A-Za-z_]\w*|\d)|\{([A-Za-z_]\w*)(?:(:?[-+?])|\}|(##?|%%?|//?)))")
_FLAGGED: Final = frozenset({"ADD", "COPY", "FROM", "RUN", "HEALTHCHECK"})
_WITH_HEREDOCS: Final = frozenset({"ADD", "COPY", "RUN"})
_JSON: Final = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})
_KEYWORDS: Final = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
        "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip
#: How deep `${a:-${b:-...}}` may nest.
_NESTING_LIMIT: Final = 32
#: How many stages may start from each other in a row.
_STAGE_LIMIT: Final = 50

Lookup = Callable[[str], Text | None]


class Heredoc(msgspec.Struct, frozen=True):
    """A here-document of an instruction; `expand` is False where its name is quoted."""

    name: str
    content: Text
    expand: bool


class Instruction(msgspec.Struct, frozen=True, eq=False):
    """One instruction. `rest` is what follows the keyword and the flags, with continuation lines joined.

    `words` are the strings of the JSON form, None in the shell form. `stage` is -1 before the first FROM; `deferred`
    tells that it stands behind ONBUILD. `escape` is the sign that the file escapes with.
    """

    keyword: str
    place: Place
    flags: Mapping[str, Text]
    rest: Text
    words: tuple[Word, ...] | None
    heredocs: tuple[Heredoc, ...]
    stage: int
    deferred: bool
    escape: str

    def pairs(self) -> Iterator[tuple[Text, Text | None]]:
        """Yield the names and the values, quotes and variables as written, of an ENV, ARG or LABEL."""
        words = list(_words(self.rest.value, self.escape))
        if not words:
            return
        first = self.rest.value[words[0][0] : words[0][1]]
        if self.keyword != "ARG" and "=" not in first:
            start = words[1][0] if len(words) > 1 else len(self.rest.value)
            yield self.rest.part(*words[0]), self.rest.part(start, len(self.rest.value))
            return
        for start, end in words:
            name, sign, _ = self.rest.value[start:end].partition("=")
            at = start + len(name)
            yield self.rest.part(start, at), self.rest.part(at + 1, end) if sign else None

    def arguments(self) -> list[Text]:
        """Return the words of the shell form as written."""
        return [self.rest.part(start, end) for start, end in _words(self.rest.value, self.escape)]


class Stage(msgspec.Struct, frozen=True, eq=False):
    """A build stage: the FROM that begins it, what it starts from, its name in lower case, and its instructions."""

    index: int
    begin: Instruction
    base: Text
    name: str
    instructions: tuple[Instruction, ...]


class Dockerfile(msgspec.Struct, frozen=True, eq=False):
    """A file's instructions and stages; `fault` is what BuildKit would stop at, with what precedes it read."""

    source: Source
    instructions: tuple[Instruction, ...]
    stages: tuple[Stage, ...]
    fault: Fault | None

    def stage(self, name: str | None) -> Stage | None:
        """Return a stage by its name or number, the last one for None; None if there is no such stage."""
        if name is None:
            return self.stages[-1] if self.stages else None
        for stage in self.stages:
            if stage.name == name.lower() or str(stage.index) == name:
                return stage
        return None


class Image(msgspec.Struct, frozen=True, eq=False):
    """What a stage's image says of the containers made from it; `base` is None where it starts from scratch.

    `base` is the first name that is no stage of the file; what that image brings along is not part of this.
    """

    base: Text | None
    environment: Mapping[str, Text]
    entrypoint: Instruction | None
    command: Instruction | None
    volumes: tuple[Text, ...]
    ports: tuple[Text, ...]


def parse(source: Source) -> Dockerfile:
    """Return the instructions of a Dockerfile; raises nothing."""
    reader = _Reader(source)
    reader.run()
    stages: list[Stage] = []
    for begin in (item for item in reader.instructions if item.keyword == "FROM" and not item.deferred):
        words = begin.arguments()
        if not words:
            continue
        named = words[2].value.lower() if len(words) > 2 and words[1].value.lower() == "as" else ""
        inside = tuple(item for item in reader.instructions if item.stage == begin.stage and item is not begin)
        stages.append(Stage(begin.stage, begin, words[0], named, inside))
    return Dockerfile(source, tuple(reader.instructions), tuple(stages), reader.fault)


class _Reader:
    """The walk over the lines."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.origin = Origin.of(source)
        self.text = source.text
        self.instructions: list[Instruction] = []
        self.fault: Fault | None = None
        self.stage = -1
        self.lines = list(source.lines)
        self.starts: list[int] = []
        start = 0
        for line in self.lines:
            self.starts.append(start)
            start += len(line)
        self.at = 0
        self.escape = self._directives()
        self.continued = re.compile(rf"{re.escape(self.escape)}[ \t]*(?:\r?\n|\r)?\Z")

    def _directives(self) -> str:
        escape = "\\"
        for index, line in enumerate(self.lines):
            found = _DIRECTIVE.fullmatch(line)
            if not found:
                break
            if found[1].lower() == "escape":
                if found[2] in ("\\", "`"):
                    escape = found[2]
                else:
                    start = self.starts[index]
                    self.fault = Fault(start, start + len(line.rstrip()), "the escape sign is neither \\ nor `")
        return escape

    def run(self) -> None:
        while self.at < len(self.lines) and not self.fault:
            line = self.lines[self.at]
            if not line.strip() or line.lstrip().startswith("#"):
                self.at += 1
                continue
            self._instruction()

    def _instruction(self) -> None:
        first = self.at
        start = self.starts[first] + len(self.lines[first]) - len(self.lines[first].lstrip())
        runs: list[tuple[str, int]] = []
        open_line = True
        while open_line and self.at < len(self.lines):
            line = self.lines[self.at]
            if self.at != first and (not line.strip() or line.lstrip().startswith("#")):
                self.at += 1
                continue
            cut = self.continued.search(line)
            open_line = cut is not None
            body = line[: cut.start()] if cut else line.rstrip("\r\n")
            begin = start - self.starts[first] if self.at == first else 0
            runs.append((body[begin:], self.starts[self.at] + begin))
            self.at += 1
        end = runs[-1][1] + len(runs[-1][0].rstrip())
        self._add(self._joined(runs, start, end), Place(self.origin, start, end), deferred=False)

    def _joined(self, runs: list[tuple[str, int]], start: int, end: int) -> Text:
        pieces: list[Piece] = []
        length = 0
        for body, at in runs:
            if body:
                pieces.append(Piece(length, length + len(body), at - start, at - start + len(body)))
                length += len(body)
        value = "".join(body for body, _ in runs)
        return Text(value, Place(self.origin, start, end), template=self.text[start:end], pieces=tuple(pieces))

    def _add(self, line: Text, place: Place, *, deferred: bool) -> None:
        if not line.value.strip():
            return
        found = _KEYWORD.match(line.value)
        keyword = found[1].upper() if found else ""
        if not found or keyword not in _KEYWORDS:
            word = line.value.split(maxsplit=1)[0]
            start = line.value.index(word)
            where = line.at(start, start + len(word))
            self.fault = Fault(where.start, where.end, f"`{word}` is no instruction")
            return
        if keyword == "ONBUILD" and not deferred:
            self._add(line.part(found.end(), len(line.value)), place, deferred=True)
            return
        if keyword == "FROM" and not deferred:
            self.stage += 1
        at = found.end()
        flags: dict[str, Text] = {}
        while keyword in _FLAGGED and (flag := _FLAG.match(line.value, at)):
            span = flag.span(2) if flag[2] is not None else (flag.end(1), flag.end(1))
            flags[flag[1]] = line.part(*span)
            at = flag.end()
        end = max(len(line.value.rstrip()), at)
        rest = line.part(at, end)
        heredocs = tuple(self._heredocs(rest)) if keyword in _WITH_HEREDOCS else ()
        words = _json_words(rest) if keyword in _JSON else None
        self.instructions.append(
            Instruction(keyword, place, flags, rest, words, heredocs, self.stage, deferred, self.escape)
        )

    def _heredocs(self, rest: Text) -> Iterator[Heredoc]:
        for found in _HEREDOC.finditer(rest.value):
            name = found[3] or found[4]
            first = self.at
            while self.at < len(self.lines):
                line = self.lines[self.at].rstrip("\r\n")
                self.at += 1
                if (line.lstrip("\t") if found[1] else line) == name:
                    break
            else:
                at = rest.at(*found.span())
                self.fault = Fault(at.start, at.end, f"the here-document `{name}` is not closed")
                return
            start, end = self.starts[first], self.starts[self.at - 1]
            content = Text(self.text[start:end], Place(self.origin, start, end))
            yield Heredoc(name, content, not found[2])


def _json_words(rest: Text) -> tuple[Word, ...] | None:
    """Return the strings of a JSON list, None for what BuildKit takes for the shell form."""
    if not rest.value.startswith("["):
        return None
    try:
        # What stands behind the list is left alone.
        listed, end = json.JSONDecoder().raw_decode(rest.value)
    except (ValueError, RecursionError):
        return None
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        return None
    places = [found.span() for found in _JSON_STRING.finditer(rest.value, 0, end)]
    return tuple(Word(item, rest.part(start + 1, end - 1)) for item, (start, end) in zip(listed, places, strict=True))


def _words(line: str, escape: str) -> Iterator[tuple[int, int]]:
    """Yield where the words of a line begin and end; quotes and escapes keep blanks within a word."""
    start, quote, at = -1, "", 0
    while at < len(line):
        sign = line[at]
        if sign.isspace() and not quote:
            if start >= 0:
                yield start, at
                start = -1
        else:
            start = at if start < 0 else start
            if sign == escape and quote != "'":
                at += 1
            elif quote:
                quote = "" if sign == quote else quote
            elif sign in "\"'":
                quote = sign
        at += 1
    if start >= 0:
        yield start, len(line)


def expand(written: Text, lookup: Lookup, escape: str = "\\") -> Text:
    """Return a word with its quotes taken away and its variables put in, as in ENV, ARG and FROM.

    A variable that `lookup` does not know is empty, and the result is unknown.
    """
    expander = _Expander(written, lookup, escape)
    expander.run(0, len(written.value), 0)
    return expander.result()


class _Expander:
    """The expansion of one word: runs of the result, each with the part of the word that it came from."""

    def __init__(self, written: Text, lookup: Lookup, escape: str) -> None:
        self.written, self.lookup, self.escape = written, lookup, escape
        self.runs: list[tuple[str, int, int]] = []
        self.unknown = written.unknown

    def run(self, at: int, end: int, depth: int) -> None:
        value = self.written.value
        quote = ""
        while at < end:
            sign = value[at]
            if sign == self.escape and quote != "'" and at + 1 < end:
                kept = value[at + 1] if not quote or value[at + 1] in f'"${self.escape}' else value[at : at + 2]
                self.runs.append((kept, at, at + 2))
                at += 2
            elif quote and sign == quote:
                quote, at = "", at + 1
            elif not quote and sign in "\"'":
                quote, at = sign, at + 1
            elif sign == "$" and quote != "'" and (found := _VARIABLE.match(value, at, end)):
                at = self._variable(found, end, depth)
            else:
                self.runs.append((sign, at, at + 1))
                at += 1

    def _variable(self, found: re.Match[str], end: int, depth: int) -> int:
        held = self.lookup(found[1] or found[2])
        operator = found[3]
        if found[4]:
            # A part that is cut off or replaced by a pattern.
            close = _closing(self.written.value, found.end(), end)
            self.unknown = True
            return close + 1 if close >= 0 else end
        close = _closing(self.written.value, found.end(), end) if operator else found.end() - 1
        if close < 0 or depth > _NESTING_LIMIT:
            self.unknown = True
            return end
        present = held is not None and (held.value != "" or not operator or operator[0] != ":")
        if operator and present == (operator[-1] == "+"):
            self.run(found.end(), close, depth + 1)
        elif held is not None:
            self.runs.append((held.value, found.start(), close + 1))
            self.unknown = self.unknown or held.unknown
        else:
            self.unknown = True
        return close + 1

    def result(self) -> Text:
        if sum(len(run[0]) for run in self.runs) > LENGTH_LIMIT:
            return Text("", self.written.place, unknown=True)
        value = "".join(run[0] for run in self.runs)
        place = self.written.place
        if value == self.written.value:
            return self.written if self.unknown == self.written.unknown else _unknown(self.written)
        shown = place.origin.source.text[place.start : place.end]
        pieces: list[Piece] = []
        length = 0
        for text, start, end in self.runs:
            if text:
                at = self.written.at(start, end)
                pieces.append(Piece(length, length + len(text), at.start - place.start, at.end - place.start))
                length += len(text)
        return Text(value, place, template=shown, pieces=tuple(pieces), unknown=self.unknown)


def _unknown(text: Text) -> Text:
    return Text(text.value, text.place, template=text.written, pieces=text.pieces, unknown=True)


def _closing(value: str, at: int, end: int) -> int:
    deep = 1
    while at < end:
        if value[at] == "{":
            deep += 1
        elif value[at] == "}":
            deep -= 1
            if deep == 0:
                return at
        at += 1
    return -1


def image_of(file: Dockerfile, stage: str | None = None, arguments: Mapping[str, Text] | None = None) -> Image | None:
    """Return what the image of a stage says (the last stage for None), built with some arguments.

    None if there is no such stage.
    """
    chosen = file.stage(stage)
    return _image(file, chosen, arguments or {}, frozenset()) if chosen else None


def _image(file: Dockerfile, stage: Stage, given: Mapping[str, Text], seen: frozenset[int]) -> Image:
    outside: dict[str, Text] = {}
    for instruction in file.instructions:
        if instruction.stage == -1 and instruction.keyword == "ARG":
            for name, default in instruction.pairs():
                if name.value in given:
                    outside[name.value] = given[name.value]
                elif default is not None:
                    outside[name.value] = expand(default, outside.get, instruction.escape)
    base: Text | None = expand(stage.base, outside.get, stage.begin.escape)
    parent = file.stage(base.value) if base and not base.unknown and not base.value.isdigit() else None
    inherited: Image | None = None
    if parent is not None and parent.index < stage.index and len(seen) < _STAGE_LIMIT:
        inherited = _image(file, parent, given, seen | {stage.index})
        base = inherited.base
    elif base is not None and base.value == "scratch":
        base = None
    state = _Build(inherited, outside, given)
    for instruction in stage.instructions:
        if not instruction.deferred:
            state.take(instruction)
    return Image(base, state.environment, state.entrypoint, state.command, tuple(state.volumes), tuple(state.ports))


class _Build:
    """What the instructions of a stage have said so far."""

    def __init__(self, inherited: Image | None, outside: Mapping[str, Text], given: Mapping[str, Text]) -> None:
        self.outside, self.given = outside, given
        self.environment: dict[str, Text] = dict(inherited.environment) if inherited else {}
        self.entrypoint = inherited.entrypoint if inherited else None
        self.command = inherited.command if inherited else None
        #: Whether this stage has said what the command is; an inherited one goes with the entrypoint that it was for.
        self.commanded = False
        self.volumes = list(inherited.volumes) if inherited else []
        self.ports = list(inherited.ports) if inherited else []
        self.arguments: dict[str, Text] = {}

    def lookup(self, name: str) -> Text | None:
        return self.environment.get(name) or self.arguments.get(name)

    def take(self, instruction: Instruction) -> None:
        known = functools.partial(expand, lookup=self.lookup, escape=instruction.escape)
        match instruction.keyword:
            case "ENV":
                changed = {name.value: known(value) for name, value in instruction.pairs() if value is not None}
                self.environment |= changed
            case "ARG":
                for name, default in instruction.pairs():
                    held = self.given.get(name.value) or (known(default) if default else self.outside.get(name.value))
                    if held is not None:
                        self.arguments[name.value] = held
            case "ENTRYPOINT":
                self.entrypoint = instruction
                self.command = self.command if self.commanded else None
            case "CMD":
                self.command, self.commanded = instruction, True
            case "VOLUME":
                words = instruction.words
                self.volumes += [word.text for word in words] if words else map(known, instruction.arguments())
            case "EXPOSE":
                self.ports += map(known, instruction.arguments())
