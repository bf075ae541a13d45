"""Helm templates without Helm: actions replaced by what values.yaml says or taken out, every character in its place.

What a template yields is only known where values.yaml and simple expressions tell; the rest is left out and remembered
as opaque, so that nothing is concluded from its absence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Final

import msgspec

from flake8_planalign.formats import yaml
from flake8_planalign.formats.located import Items, Origin, Piece, Place, Table, Text, Value
from flake8_planalign.formats.trees import build
from flake8_planalign.patterns import lazy
from flake8_planalign.source import Source

__all__ = ["Rendered", "render", "values_of"]

_ACTION: Final = lazy(r"\{\{-?(?:\s*/\*.*?\*/\s*|.*?)-?\}\}", re.DOTALL)
_CONTROL: Final = lazy(r"(if|else if|else|end|range|with|define|block)\b\s*(.*)", re.DOTALL)
_TREE: Final = lazy(r"\b(?:toYaml|nindent|indent|toToml|toJson)\b")
_TOKEN: Final = lazy(r'\s*("(?:[^"\\]|\\.)*"|`[^`]*`|\(|\)|\||[^\s()|]+)')
_INJECTED: Final = lazy(r"\s*:[ \t]*(?:\r?\n)?\s*")
_PASSING: Final = frozenset(
    {"quote", "squote", "toString", "int", "int64", "trim", "nindent", "indent", "toYaml", "tpl"}
)
#: More actions than any chart has in one file.
_ACTION_LIMIT: Final = 20_000
_DEPTH_LIMIT: Final = 50
#: The longest value that is put into a line, in characters.
_VALUE_LIMIT: Final = 10_000

Read = Callable[[str], Source | None]


class Rendered(msgspec.Struct, frozen=True):
    """The documents of a template, and the spans of it whose meaning is not known."""

    documents: tuple[Value, ...]
    opaque: tuple[tuple[int, int], ...]
    readable: bool


def values_of(source: Source, read: Read) -> Table | None:
    """Return the default values of the chart that a template belongs to, those that its parent sets on top."""
    folders = source.absolute.split(os.sep)
    if "templates" not in folders:
        return None
    last = len(folders) - 1 - folders[::-1].index("templates")
    chart = os.sep.join(folders[:last])
    own = _values(read(os.path.join(chart, "values.yaml")))
    if len(folders) > last - 2 >= 0 and folders[last - 2] == "charts":
        above = _values(read(os.path.join(os.sep.join(folders[: last - 2]), "values.yaml")))
        given = above.items.get(folders[last - 1]) if above is not None else None
        if isinstance(given, Table):
            own = _over(own, given, 0) if own is not None else given
        shared = above.items.get("global") if above is not None else None
        if own is not None and isinstance(shared, Table):
            own = own.copy()
            own.put("global", shared.place, shared)
    return own


def _values(source: Source | None) -> Table | None:
    if source is None:
        return None
    roots = yaml.compose(source.text).documents
    value = build(roots[0], Origin.of(source))[0] if roots else None
    return value if isinstance(value, Table) else None


def _over(base: Table, upper: Table, depth: int) -> Table:
    made = base.copy()
    for key, value in upper.items.items():
        held = made.items.get(key)
        if isinstance(held, Table) and isinstance(value, Table) and depth < _DEPTH_LIMIT:
            made.items[key] = _over(held, value, depth + 1)
        else:
            made.put(key, upper.keys[key], value)
    return made


def render(source: Source, values: Table | None) -> Rendered:
    """Return what a template yields with some values."""
    reader = _Reader(source, values)
    neutral = reader.run()
    stream = yaml.compose(neutral)
    origin = Origin.of(source)
    documents: list[Value] = []
    for root in stream.documents:
        value, _ = build(root, origin, reader.scalar)
        documents.append(reader.injected(value, 0))
    return Rendered(tuple(documents), tuple(reader.opaque), stream.fault is None)


class _Block(msgspec.Struct):
    """An open control block: what `.` is in it, whether it is left out, and whether one of its branches was taken."""

    keyword: str
    dot: Value | None
    dropped: bool
    taken: bool | None
    start: int


class _Reader:
    """The walk over the actions of one template."""

    def __init__(self, source: Source, values: Table | None) -> None:
        self.source, self.values = source, values
        self.text = source.text
        self.signs = list(source.text)
        self.opaque: list[tuple[int, int]] = []
        #: Actions within a line, by where they start: where they end, and what they yield (None: not known).
        self.inline: dict[int, tuple[int, str | None]] = {}
        #: Actions that yield a tree, by where they start.
        self.trees: dict[int, Value] = {}
        self.blocks: list[_Block] = []

    def run(self) -> str:
        """Return the text as YAML, character by character in its place."""
        at = 0
        for number, action in enumerate(_ACTION.finditer(self.text)):
            if number > _ACTION_LIMIT:
                break
            start, end = action.span()
            if self._dropped():
                self._blank(at, start)
            self._action(start, end, action[0].strip("{}").strip("-").strip())
            at = end
        return "".join(self.signs)

    def _dropped(self) -> bool:
        return bool(self.blocks) and self.blocks[-1].dropped

    def _blank(self, start: int, end: int) -> None:
        for index in range(start, end):
            if self.signs[index] not in "\r\n":
                self.signs[index] = " "

    def _action(self, start: int, end: int, body: str) -> None:
        control = _CONTROL.fullmatch(body)
        if control:
            self._blank(start, end)
            self._control(control[1], control[2], start)
            return
        if self._dropped() or body.startswith("/*") or re.match(r"\$[\w.]*\s*:?=", body):
            self._blank(start, end)
            return
        line = self.text.rfind("\n", 0, start) + 1
        stop = self.text.find("\n", end)
        before = "".join(self.signs[line:start])
        after = self.text[end : stop if stop >= 0 else len(self.text)]
        value = self._evaluate(body)
        tree = _TREE.search(body) is not None
        if tree or "\n" in self.text[start:end] or (not before.strip() and not _ACTION.sub("", after).strip(" \t\r")):
            self._blank(start, end)
            if value is not None and tree:
                self.trees[start] = value
            else:
                self.opaque.append((start, end))
        elif not before.strip(" \t-") and re.match(r"[\"']?\s*:", after):
            stop = stop if stop >= 0 else len(self.text)
            self._blank(line, stop)
            self.opaque.append((start, end))
        else:
            known = isinstance(value, Text) and not value.unknown and value is not _ABSENT
            scalar = value.value if known and isinstance(value, Text) else None
            scalar = scalar if scalar is not None and len(scalar) < _VALUE_LIMIT else None
            self.inline[start] = (end, scalar)
            for index in range(start, end):
                self.signs[index] = "x"

    def _control(self, keyword: str, rest: str, start: int) -> None:
        if keyword == "end":
            if self.blocks:
                block = self.blocks.pop()
                if block.taken is None and block.keyword != "define":
                    self.opaque.append((block.start, start))
            return
        outer_dropped = (
            self._dropped()
            if keyword not in ("else", "else if")
            else (len(self.blocks) > 1 and self.blocks[-2].dropped)
        )
        dot = self.blocks[-1].dot if self.blocks else None
        if keyword in ("else", "else if"):
            if not self.blocks:
                return
            block = self.blocks[-1]
            if block.taken is False:
                truth = self._truth(rest) if keyword == "else if" else True
                block.dropped = outer_dropped or truth is False
                block.taken = truth if truth is not False else False
            else:
                block.dropped = True
            return
        if keyword == "if":
            truth = self._truth(rest)
            self.blocks.append(_Block(keyword, dot, outer_dropped or truth is False, truth, start))
        elif keyword == "with":
            value = self._evaluate(rest) if not rest.startswith("$") or "." in rest else None
            truth = None if value is None else _is_true(value)
            self.blocks.append(_Block(keyword, value, outer_dropped or truth is False, truth, start))
        elif keyword == "range":
            value = self._evaluate(rest.rpartition(":=")[2].strip())
            empty = value is not None and not _is_true(value)
            self.blocks.append(_Block(keyword, _UNKNOWN, outer_dropped or empty, False if empty else None, start))
        else:
            self.blocks.append(_Block("define", _UNKNOWN, dropped=True, taken=True, start=start))

    def _truth(self, condition: str) -> bool | None:
        value = _Expression(condition, self._look_up).run()
        return None if value is None else _is_true(value)

    def _evaluate(self, body: str) -> Value | None:
        return _Expression(body, self._look_up).run()

    def _look_up(self, name: str) -> Value | None:
        """Return what a name such as `.Values.a.b` or `.` stands for; None if it is not known."""
        dot = next((block.dot for block in reversed(self.blocks) if block.dot is not None), None)
        keys = name.lstrip("$").split(".")[1:]
        if name in (".", "$."):
            return dot if dot is not None and dot is not _UNKNOWN and name == "." else None
        if keys[:1] == ["Values"]:
            if dot is not None and not name.startswith("$"):
                return None
            if self.values is None:
                return None
            found: Value | None = self.values
            for key in keys[1:]:
                if isinstance(found, Text) and not found.null:
                    return None
                if not isinstance(found, Table) or key not in found.items:
                    return _ABSENT
                found = found.items[key]
            return found
        if dot is not None and dot is not _UNKNOWN and not name.startswith("$") and all(keys):
            found = dot
            for key in keys:
                found = found.items.get(key) if isinstance(found, Table) else None
            return found
        return None

    def scalar(self, node: yaml.Scalar, place: Place) -> Text:
        """Return a scalar with its actions replaced by what they yield."""
        plain = not node.style
        if node.style in ("|", ">") and any(node.start < start < node.end for start, _ in self.opaque):
            return Text(self.text[node.start : node.end], place, tag=node.tag, unknown=True)
        inner, last = (node.start, node.end) if plain else (node.start + 1, node.end - 1)
        starts = [start for start in self.inline if inner <= start < last] if "x" in node.value else []
        if not starts:
            return Text(node.value, place, plain=plain, tag=node.tag)
        if node.style in ("|", ">") or self.text[inner:last].count("\n"):
            return Text(self.text[inner:last], place, tag=node.tag, unknown=True)
        runs: list[tuple[str, int, int]] = []
        at, unknown = inner, False
        for start in starts:
            end, value = self.inline[start]
            runs += [(self.text[at:start], at, start), (self.text[start:end] if value is None else value, start, end)]
            at, unknown = end, unknown or value is None
        runs.append((self.text[at:last], at, last))
        pieces: list[Piece] = []
        length = 0
        for run, start, end in runs:
            if run:
                pieces.append(Piece(length, length + len(run), start - inner, end - inner))
                length += len(run)
        value = "".join(run for run, _, _ in runs)
        written = self.text[inner:last]
        return Text(value, place, plain=False, tag=node.tag, written=written, pieces=tuple(pieces), unknown=unknown)

    def injected(self, value: Value, depth: int) -> Value:
        """Return a value with the trees that actions yield in the places of the keys that they stand behind."""
        if depth > yaml.DEPTH_LIMIT:
            return value
        if isinstance(value, Items):
            value.items = [self.injected(item, depth + 1) for item in value.items]
        elif isinstance(value, Table):
            for key, item in value.items.items():
                if isinstance(item, Text) and item.null:
                    found = _INJECTED.match(self.text, value.keys[key].end)
                    tree = self.trees.get(found.end()) if found else None
                    if tree is not None:
                        end = self.text.index("}}", found.end()) + 2  # type: ignore[union-attr]
                        place = Place(value.place.origin, found.end(), end)  # type: ignore[union-attr]
                        value.items[key] = _placed(tree, place, 0)
                else:
                    value.items[key] = self.injected(item, depth + 1)
        return value


def _placed(value: Value, place: Place, depth: int) -> Value:
    """Return a value from values.yaml as what stands at an action of the template."""
    if isinstance(value, Text):
        unknown = value.unknown or "{{" in value.value
        return Text(value.value, place, plain=value.plain, unknown=unknown)
    if depth > yaml.DEPTH_LIMIT:
        return Text("", place, plain=True)
    if isinstance(value, Items):
        return Items(place, [_placed(item, place, depth + 1) for item in value.items])
    made = Table(place)
    for key, item in value.items.items():
        made.put(key, place, _placed(item, place, depth + 1))
    return made


_NOWHERE: Final = Place(Origin.of(Source.of_text("nowhere", "")), 0, 0)
#: What `.` is where it is not known, and what a value is that values.yaml does not have.
_UNKNOWN: Final = Table(_NOWHERE)
_ABSENT: Final = Text("", _NOWHERE, plain=True)


def _is_true(value: Value) -> bool:
    if isinstance(value, Table):
        return bool(value.items)
    if isinstance(value, Items):
        return bool(value.items)
    if value.null:
        return False
    return not (value.plain and value.value in ("false", "False", "0")) and value.value != ""


class _Expression:
    """A pipeline of the template language, as far as names, literals, and a handful of functions go."""

    def __init__(self, written: str, look_up: Callable[[str], Value | None]) -> None:
        self.tokens = [found[1] for found in _TOKEN.finditer(written)][:200]
        self.look_up = look_up
        self.at = 0

    def run(self) -> Value | None:
        value = self._pipeline(0)
        return value if self.at >= len(self.tokens) else None

    def _pipeline(self, depth: int) -> Value | None:
        value = self._call(depth, None, piped=False)
        while self._peek() == "|":
            self.at += 1
            value = self._call(depth, value, piped=True)
        return value

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _call(self, depth: int, given: Value | None, *, piped: bool) -> Value | None:
        words: list[str | Value | None] = []
        while self.at < len(self.tokens) and self._peek() not in ("|", ")"):
            token = self._peek()
            self.at += 1
            if token == "(":  # noqa: S105 - a token of the template language
                words.append(self._pipeline(depth + 1) if depth < _DEPTH_LIMIT else None)
                if self._peek() == ")":
                    self.at += 1
            else:
                words.append(token)
        if not words:
            return None
        head, *rest = words
        arguments = [self._value(word) if isinstance(word, str) else word for word in rest]
        if piped:
            arguments.append(given)
        if not isinstance(head, str):
            return head if not arguments else None
        if head[0] in '."`$' or head[0].isdigit() or head in ("true", "false"):
            return self._value(head) if not arguments else None
        return _applied(head, arguments)

    def _value(self, token: str) -> Value | None:
        if token[0] in '"`':
            return Text(token[1:-1], _NOWHERE)
        if token in ("true", "false") or token.isdigit():
            return Text(token, _NOWHERE, plain=True)
        return self.look_up(token) if token[0] in ".$" else None


def _applied(name: str, arguments: list[Value | None]) -> Value | None:
    """Return what a function yields; None if that is not known."""
    if name == "default" and len(arguments) == 2:
        fallback, value = arguments
        return value if value is None or _is_true(value) else fallback
    if name in ("and", "or") and arguments:
        wanted = name == "or"
        for value in arguments:
            if value is not None and _is_true(value) == wanted:
                return value
        return None if any(value is None for value in arguments) else arguments[-1]
    if any(value is None for value in arguments) or not arguments:
        return None
    known = [value for value in arguments if value is not None]
    if name in _PASSING:
        return known[-1]
    if name == "not":
        return _boolean(not _is_true(known[0]))
    if name in ("eq", "ne") and len(known) == 2:
        texts = [value.value for value in known if isinstance(value, Text)]
        return _boolean((texts[0] == texts[1]) == (name == "eq")) if len(texts) == 2 else None
    return None


def _boolean(truth: bool) -> Text:  # noqa: FBT001
    return Text("true" if truth else "false", _NOWHERE, plain=True)
