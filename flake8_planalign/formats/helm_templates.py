"""Named templates of Helm charts: what `include` and `tpl` yield, as a text, where all that it depends on is known.

What stands in a line and is not known becomes a sign of which no YAML consists; what is not known about the lines
themselves (a condition, a loop, a tree) makes the whole text unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from flake8_planalign.formats import yaml
from flake8_planalign.formats.helm_language import (
    ABSENT,
    MADE,
    ROOT,
    UNCERTAIN,
    evaluated,
    field_of,
    holds,
    is_boolean,
    kind,
    number_of,
    printed,
)
from flake8_planalign.formats.located import Items, Origin, Place, Table, Text, Value
from flake8_planalign.formats.trees import build
from flake8_planalign.patterns import lazy
from flake8_planalign.source import Source

__all__ = ["INDENT", "TREE", "Named", "actions", "declared", "look_up", "parsed"]

_COMMENT: Final = lazy(r"\{\{-?\s*/\*")
_DECLARED: Final = lazy(r"\$(\w+)(?:\s*,\s*\$(\w+))?\s*:?=\s*(.*)", re.DOTALL)
_ASSIGNED: Final = lazy(r"\$(\w*)\s*(:?=)\s*(.*)", re.DOTALL)
_HEAD: Final = lazy(r"(if|else if|else with|else|end|range|with|define|block)\b\s*(.*)", re.DOTALL)
_DEFINED: Final = lazy(r"\{\{-?\s*define\s+[\"`]([^\"`\n]+)[\"`]")
_QUOTED: Final = lazy(r'"([^"\\]+)"|`([^`]+)`')
TREE: Final = lazy(r"\b(?:toYaml|nindent|indent|toToml|toJson)\b")
INDENT: Final = lazy(r"\b(n?)indent\s+(\d{1,3})\b")
#: Indentation that is known to be that of all lines.
_INDENTED: Final = lazy(r".*\|\s*(n?)indent\s+(\d{1,3})\s*", re.DOTALL)
#: What changes values in place, or makes a text of a tree in another way than YAML's.
_BEYOND: Final = lazy(
    r"\b(?:set|unset|merge|mergeOverwrite|mustMerge|mustMergeOverwrite|toToml|toJson|break|continue)\b"
)
#: How many closing braces may stand in the texts of one action, and more actions than any chart has in one file.
_BRACES_LIMIT: Final = 5
_ACTION_LIMIT: Final = 20_000
#: How deep templates that include each other and blocks in them nest, how many actions one chart takes in all, how long
#: what one of its templates yields may be, and all of that together.
_DEPTH_LIMIT: Final = 30
_WORK_LIMIT: Final = 50_000
_LENGTH_LIMIT: Final = 100_000
#: Between these numbers are written without an exponent.
_SMALL: Final = 1e-4
_LARGE: Final = 1e15
_TOTAL_LIMIT: Final = 5_000_000
#: How much of a line is looked at before an action, in characters.
_LINE_LIMIT: Final = 1_000
_NOWHERE: Final = Origin.of(Source.of_text("nowhere", ""))


class _NotKnown(Exception):  # noqa: N818 - it is no error
    """What a template yields is not known."""


class _Action(msgspec.Struct, frozen=True):
    """What stands between braces, and whether it stands alone in its line up to there."""

    body: str
    inline: bool


class _Branch(msgspec.Struct, frozen=True):
    """One way through a block: its keyword (`if`, `else`, `with`, `range`), what decides on it, and what is in it."""

    keyword: str
    head: str
    nodes: list[str | _Action | _Block]


class _Block(msgspec.Struct, frozen=True):
    branches: list[_Branch]


_Nodes = Sequence[str | _Action | _Block]
_Scope = dict[str, Value | None]


def actions(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where the actions of a text begin and end, and what stands in them."""
    at = 0
    for _ in range(_ACTION_LIMIT):
        start = text.find("{{", at)
        if start < 0:
            return
        comment = _COMMENT.match(text, start) is not None
        behind = text.find("*/", start) if comment else start + 2
        first = end = text.find("}}", behind) if behind > 0 else -1
        if first < 0:
            return
        for _ in range(_BRACES_LIMIT):
            if comment or text.count('"', start, end) % 2 == 0:
                break
            # These stand within a text, which ends on its line.
            end = text.find("}}", end + 2)
            if end < 0 or "\n" in text[first:end] or "`" in text[start:first]:
                end = first
                break
        body = text[start + 2 : end]
        body = body[1:] if body[:1] == "-" and body[1:2].isspace() else body
        body = body[:-1] if body[-1:] == "-" and body[-2:-1].isspace() else body
        at = end + 2
        yield start, at, body.strip()


def declared(written: str) -> tuple[str | None, str | None, str]:
    """Return the variables that the head of a block declares, and the rest of it."""
    found = _DECLARED.fullmatch(written)
    return (found[1], found[2], found[3]) if found else (None, None, written)


def look_up(start: Value | None, keys: list[str], values: Table | None, about: Table | None) -> Value | None:
    """Return the field at a path of keys from a value, which may be or hold what the whole chart knows."""
    keys = [key for key in keys if key]
    for index, key in enumerate(keys):
        if start is not ROOT:
            start = field_of(start, [key])
            continue
        rest = keys[index + 1 :]
        if key == "Values":
            return field_of(values, rest)
        if key == "Chart" and len(rest) == 1:
            return field_of(about, [rest[0][:1].lower() + rest[0][1:]])
        return None
    return start


def parsed(made: Text) -> Value | None:
    """Return the YAML that a text of a template is; None if it is none. What is not known of it is so there."""
    stream = yaml.compose(made.value)
    if stream.fault is not None or len(stream.documents) != 1:
        return None
    value, faults = build(stream.documents[0], _NOWHERE, _scalar)
    return None if faults or (isinstance(value, Text) and value.unknown) else value


def _scalar(node: yaml.Scalar, place: Place) -> Text:
    unknown = UNCERTAIN in node.value
    return Text(node.value, place, plain=not node.style and not unknown, tag=node.tag, unknown=unknown)


class Named:
    """The named templates of a chart, by what its files define; what is defined in several ways is left out."""

    def __init__(self, sources: Callable[[], list[Source]], values: Table | None, about: Table | None) -> None:
        self.values, self.about = values, about
        self.sources = sources
        self.left, self.room = _WORK_LIMIT, _TOTAL_LIMIT
        #: The files that define a template, by its name; what each of them defines is read when it is asked for.
        self.where: dict[str, list[Source]] | None = None
        self.read: dict[str, dict[str, tuple[_Nodes, str]]] = {}
        self.bodies: dict[str, _Nodes | None] = {}
        #: What templates yield for the whole chart.
        self.yielded: dict[str, Text | None] = {}

    def included(self, name: str, given: Value) -> Text | None:
        """Return what a template yields for what it is given; None if that is not known."""
        if given is ROOT and name in self.yielded:
            return self.yielded[name]
        body = self._body(name)
        made = None if body is None else self._text(body, given, 0)
        if given is ROOT:
            self.yielded[name] = made
        return made

    def expanded(self, written: str, given: Value) -> Text | None:
        """Return what a text that is a template itself yields."""
        return self._text(_nodes(written)[0], given, 0) if len(written) < _LENGTH_LIMIT else None

    def _body(self, name: str) -> _Nodes | None:
        """Return what a template consists of."""
        if self.where is None:
            self.where = {}
            for source in self.sources():
                for found in _DEFINED.finditer(source.text):
                    self.where.setdefault(found[1], []).append(source)
        if name not in self.bodies:
            made = [self._defined(source).get(name) for source in self.where.get(name, ())]
            texts = {None if one is None else one[1] for one in made}
            self.bodies[name] = made[0][0] if len(texts) == 1 and made[0] is not None else None
        return self.bodies[name]

    def _defined(self, source: Source) -> Mapping[str, tuple[_Nodes, str]]:
        if source.absolute not in self.read:
            self.read[source.absolute] = _nodes(source.text)[1]
        return self.read[source.absolute]

    def _text(self, nodes: _Nodes, given: Value, depth: int) -> Text | None:
        run = _Run(self, given, depth)
        try:
            run.do(nodes, given, [{}], depth)
        except _NotKnown:
            return None
        made = "".join(run.made)
        self.room -= len(made)
        return None if self.room < 0 else Text(made, Place(_NOWHERE, 0, 0), tag=MADE, unknown=UNCERTAIN in made)


class _Run:
    """One template at work."""

    def __init__(self, named: Named, given: Value, depth: int) -> None:
        self.named, self.given, self.depth = named, given, depth
        self.made: list[str] = []
        self.length = 0

    def do(self, nodes: _Nodes, dot: Value | None, scopes: list[_Scope], nested: int) -> None:
        if nested > _DEPTH_LIMIT:
            raise _NotKnown
        for node in nodes:
            self.depth = nested
            self.named.left -= 1
            if self.named.left < 0:
                raise _NotKnown
            if isinstance(node, str):
                self._write(node)
            elif isinstance(node, _Action):
                self._act(node, dot, scopes)
            else:
                self._choose(node, dot, scopes, nested)

    def _write(self, text: str) -> None:
        self.length += len(text)
        if self.length > _LENGTH_LIMIT:
            raise _NotKnown
        self.made.append(text)

    def _act(self, action: _Action, dot: Value | None, scopes: list[_Scope]) -> None:
        body = action.body
        if body.startswith("/*") or not body:
            return
        if _BEYOND.search(body):
            raise _NotKnown
        assigned = _ASSIGNED.fullmatch(body)
        if assigned:
            value = self._value(assigned[3], dot, scopes)
            scope = next((scope for scope in reversed(scopes) if assigned[1] in scope), None)
            if assigned[2] == "=" and scope is None:
                raise _NotKnown
            (scopes[-1] if assigned[2] == ":=" or scope is None else scope)[assigned[1]] = value
            return
        self._write(self._printed(action, self._value(body, dot, scopes, partial=True)))

    def _printed(self, action: _Action, value: Value | None) -> str:
        tree = TREE.search(action.body) is not None
        if value is None or value is ROOT or value is ABSENT:
            if tree or not action.inline:
                raise _NotKnown
            return UNCERTAIN
        indented = _INDENTED.fullmatch(action.body)
        if tree and len(INDENT.findall(action.body)) != (indented is not None):
            raise _NotKnown
        if isinstance(value, Text) and "toYaml" not in action.body:
            text = printed(value)
        elif "toYaml" in action.body:
            text = "\n".join(_lines(value, 0))
        else:
            raise _NotKnown
        if indented is None:
            return text
        blanks = " " * int(indented[2])
        return ("\n" if indented[1] else "") + blanks + text.replace("\n", f"\n{blanks}")

    def _choose(self, block: _Block, dot: Value | None, scopes: list[_Scope], nested: int) -> None:
        for branch in block.branches:
            first, second, written = declared(branch.head)
            if _BEYOND.search(branch.head):
                raise _NotKnown
            if branch.keyword == "else":
                self.do(branch.nodes, dot, [*scopes, {}], nested + 1)
                return
            deciding = branch.keyword == "if"
            value = self._value(written, dot, scopes, as_condition=deciding)
            if value is None or value is ROOT:
                raise _NotKnown
            if not holds(value):
                continue
            if deciding:
                self.do(branch.nodes, dot, [*scopes, {first: value} if first else {}], nested + 1)
            elif branch.keyword == "with":
                self.do(branch.nodes, value, [*scopes, {first: value} if first else {}], nested + 1)
            else:
                self._repeat(branch, value, (first, second), scopes, nested)
            return

    def _repeat(
        self, branch: _Branch, value: Value, names: tuple[str | None, str | None], scopes: list[_Scope], nested: int
    ) -> None:
        if isinstance(value, Text):
            raise _NotKnown
        pairs: list[tuple[Value, Value]]
        if isinstance(value, Table):
            pairs = [(Text(key, value.keys[key]), value.items[key]) for key in sorted(value.items)]
        else:
            pairs = [(Text(str(at), value.place, plain=True), item) for at, item in enumerate(value.items)]
        for key, item in pairs:
            first, second = names
            scope: _Scope = {second: item} if second else {first: item} if first else {}
            if first and second:
                scope[first] = key
            self.do(branch.nodes, item, [*scopes, scope], nested + 1)

    def _value(
        self,
        written: str,
        dot: Value | None,
        scopes: list[_Scope],
        *,
        as_condition: bool = False,
        partial: bool = False,
    ) -> Value | None:
        def find(name: str) -> Value | None:
            first, *keys = name.split(".")
            if not first:
                start = dot
            elif first == "$":
                start = self.given
            else:
                start = next((scope[first[1:]] for scope in reversed(scopes) if first[1:] in scope), None)
            return look_up(start, keys, self.named.values, self.named.about)

        return evaluated(written, find, self._template, as_condition=as_condition, partial=partial)

    def _template(self, name: str, written: str, given: Value) -> Text | None:
        named = self.named
        if self.depth >= _DEPTH_LIMIT:
            return None
        if name == "tpl":
            return named._text(_nodes(written)[0], given, self.depth + 1)  # noqa: SLF001 - one machine in two classes
        if given is ROOT and written in named.yielded:
            return named.yielded[written]
        body = named._body(written)  # noqa: SLF001
        return None if body is None else named._text(body, given, self.depth + 1)  # noqa: SLF001


def _lines(value: Value, depth: int) -> list[str]:
    """Return a value as lines of YAML."""
    if depth > _DEPTH_LIMIT:
        raise _NotKnown
    if isinstance(value, Text):
        if value.unknown:
            return [UNCERTAIN]
        return [_written(value)]
    if not value.items:
        return ["{}" if isinstance(value, Table) else "[]"]
    made: list[str] = []
    if isinstance(value, Items):
        for item in value.items:
            first, *rest = _lines(item, depth + 1)
            made += [f"- {first}", *(f"  {line}" for line in rest)]
    else:
        for key in sorted(value.items):
            if is_boolean(key):
                # Without quotes it is another key.
                raise _NotKnown
            item, name = value.items[key], json.dumps(key)
            inner = _lines(item, depth + 1)
            scalar = isinstance(item, Text) or not item.items
            made += [f"{name}: {inner[0]}"] if scalar else [f"{name}:", *(f"  {line}" for line in inner)]
    if len(made) > _LENGTH_LIMIT:
        raise _NotKnown
    return made


def _written(value: Text) -> str:
    """Return a scalar as YAML, whole numbers without an exponent."""
    named = kind(value)
    if named == "string":
        return json.dumps(value.value)
    number = number_of(value)
    if number is None:
        return "null" if named == "invalid" else printed(value)
    if number and not _SMALL < abs(number) < _LARGE:
        raise _NotKnown
    return str(int(number)) if number == int(number) else repr(number)


def _nodes(text: str) -> tuple[list[str | _Action | _Block], dict[str, tuple[_Nodes, str]]]:
    """Return what a template consists of, and the templates that it defines, with their texts."""
    top: list[str | _Action | _Block] = []
    defined: dict[str, tuple[_Nodes, str]] = {}
    #: Open blocks: what stands around them, their branches (None: a definition), its name, and where they begin.
    open_blocks: list[tuple[list[str | _Action | _Block], list[_Branch] | None, str, int]] = []
    now = top
    at, trimmed, inline = 0, False, False
    for start, end, body in actions(text):
        between = text[at:start]
        between = between.lstrip() if trimmed else between
        if text.startswith("{{-", start) and text[start + 3 : start + 4].isspace():
            between = between.rstrip()
        if between:
            now.append(between)
        line = text[max(text.rfind("\n", max(start - _LINE_LIMIT, 0), start) + 1, start - _LINE_LIMIT, 0) : start]
        inline = bool(line.strip(" \t"))
        trimmed = text.startswith("-}}", end - 3) and text[end - 4 : end - 3].isspace()
        at = end
        head = _HEAD.fullmatch(body)
        if head is None:
            now.append(_Action(body, inline))
            continue
        keyword, rest = head[1], head[2].strip()
        if keyword in ("define", "block"):
            name = _QUOTED.match(rest)
            open_blocks.append((now, None, (name[1] or name[2]) if name else "", end))
            if keyword == "block":
                now.append(_Action("set", inline=False))
            now = []
        elif keyword in ("if", "with", "range"):
            branch = _Branch(keyword, rest, [])
            block = _Block([branch])
            now.append(block)
            open_blocks.append((now, block.branches, "", end))
            now = branch.nodes
        elif keyword == "end":
            if open_blocks:
                outer, branches, name_of, begin = open_blocks.pop()
                if branches is None and name_of:
                    defined[name_of] = (now, text[begin:start])
                now = outer
        elif open_blocks and open_blocks[-1][1] is not None:
            branch = _Branch(keyword.removeprefix("else ") if keyword != "else" else "else", rest, [])
            open_blocks[-1][1].append(branch)
            now = branch.nodes
    rest_of = text[at:].lstrip() if trimmed else text[at:]
    if rest_of:
        now.append(rest_of)
    return top, defined
