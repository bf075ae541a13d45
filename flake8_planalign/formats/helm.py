"""Helm templates without Helm: actions replaced by what values.yaml says or taken out, every character in its place.

What a template yields is only known where values.yaml and simple expressions tell; the rest is left out and remembered
as opaque, so that nothing is concluded from its absence.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from flake8_planalign.formats import yaml
from flake8_planalign.formats.helm_language import ABSENT, MADE, ROOT, evaluated, holds, printed
from flake8_planalign.formats.helm_templates import INDENT, TREE, Named, actions, declared, look_up, parsed
from flake8_planalign.formats.located import Items, Origin, Piece, Place, Table, Text, Value
from flake8_planalign.formats.trees import build
from flake8_planalign.patterns import lazy
from flake8_planalign.source import Source

__all__ = ["Chart", "Rendered", "chart_of", "render"]

_CONTROL: Final = lazy(r"(if|else if|else with|else|end|range|with|define|block)\b\s*(.*)", re.DOTALL)
_ASSIGNED: Final = lazy(r"\$(\w+)\s*(:?=)\s*(.*)", re.DOTALL)
_SIGN: Final = lazy(r"[^\r\n]")
_BLANKS: Final = lazy(r"^[ \t]+$", re.MULTILINE)
_INJECTED: Final = lazy(r"\s*:[ \t]*(?:\r?\n)?\s*")
#: How many files with named templates a chart may have.
_HELPER_LIMIT: Final = 200
#: In how many blocks around an action a variable is looked for.
_NESTING_LIMIT: Final = 50
#: How many values the trees may have that are put into one template.
_TREE_LIMIT: Final = 100_000
#: The longest value that is put into a line, and how much of a line is looked at beside an action, in characters.
_VALUE_LIMIT: Final = 10_000
_LINE_LIMIT: Final = 10_000

Read = Callable[[str], Source | None]


class Chart(msgspec.Struct, frozen=True, eq=False):
    """What a chart says of itself: its default values, its name and versions (Chart.yaml), and its named templates."""

    values: Table | None
    about: Table | None
    named: Named | None = None


class Rendered(msgspec.Struct, frozen=True):
    """The documents of a template, and the spans of it whose meaning is not known, in their order."""

    documents: tuple[Value, ...]
    opaque: tuple[tuple[int, int], ...]
    readable: bool


def chart_of(source: Source, read: Read, helpers: Sequence[str] = ()) -> Chart:
    """Return the chart that a template belongs to; its values are its own and those that its parent sets on top.

    `helpers` are files in which named templates may be; those of its own, of its parts and of its parent are known.
    """
    folders = source.absolute.split(os.sep)
    if "templates" not in folders:
        return Chart(None, None)
    last = len(folders) - 1 - folders[::-1].index("templates")
    chart = os.sep.join(folders[:last])
    own = _document(read(os.path.join(chart, "values.yaml")))
    if len(folders) > last - 2 >= 0 and folders[last - 2] == "charts":
        above = _document(read(os.path.join(os.sep.join(folders[: last - 2]), "values.yaml")))
        given = above.items.get(folders[last - 1]) if above is not None else None
        if isinstance(given, Table):
            own = _over(own, given, {}) if own is not None else given
        shared = above.items.get("global") if above is not None else None
        if own is not None and isinstance(shared, Table):
            own = own.copy()
            own.put("global", shared.place, shared)
    about = _document(read(os.path.join(chart, "Chart.yaml")))
    top = os.sep.join(folders[: last - 2]) if folders[last - 2] == "charts" else chart
    return Chart(own, about, Named(functools.partial(_below, top + os.sep, helpers, read), own, about))


def _below(folder: str, helpers: Sequence[str], read: Read) -> list[Source]:
    """Return the files that lie in a folder; none if there are too many to know which ones count."""
    first = bisect.bisect_left(helpers, folder)
    near = list(itertools.takewhile(lambda path: path.startswith(folder), helpers[first : first + _HELPER_LIMIT + 1]))
    found = [read(path) for path in near] if len(near) <= _HELPER_LIMIT else []
    return [source for source in found if source is not None]


def _document(source: Source | None) -> Table | None:
    if source is None:
        return None
    roots = yaml.compose(source.text).documents
    value = build(roots[0], Origin.of(source))[0] if roots else None
    return value if isinstance(value, Table) else None


def _over(base: Table, upper: Table, made: dict[tuple[int, int], Table]) -> Table:
    """Return values with others on top; what is null there is taken away. Aliases make it the same table often."""
    if (id(base), id(upper)) in made:
        return made[id(base), id(upper)]
    over = made[id(base), id(upper)] = base.copy()
    for key, value in upper.items.items():
        held = base.items.get(key)
        if isinstance(value, Text) and value.null:
            over.items.pop(key, None)
        elif isinstance(held, Table) and isinstance(value, Table):
            over.items[key] = _over(held, value, made)
        else:
            over.put(key, upper.keys[key], value)
    return over


def render(source: Source, chart: Chart) -> Rendered:
    """Return what a template yields with the values of its chart."""
    reader = _Reader(source, chart)
    neutral = reader.run()
    stream = yaml.compose(neutral)
    origin = Origin.of(source)
    documents: list[Value] = []
    for root in stream.documents:
        value, _ = build(root, origin, reader.scalar)
        documents.append(reader.injected(value, 0))
    spans = [(block.start, len(source.text)) for block in reader.blocks[1:] if block.taken is None]
    documents = [_veiled(value, [*reader.undecided, *spans], neutral) for value in documents]
    reader.opaque += [(start, end) for start, (end, _) in reader.trees.items() if start not in reader.used]
    return Rendered(tuple(documents), tuple(sorted([*reader.opaque, *reader.undecided, *spans])), stream.fault is None)


def _veiled(value: Value, spans: list[tuple[int, int]], neutral: str) -> Value:
    """Return a document without what stands in it where it is not known whether that is part of it."""
    begin, stop = value.place.start, value.place.end
    while stop > begin and neutral[stop - 1].isspace():
        stop -= 1
    outer: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if end > begin and start < stop and (start > begin or end < stop) and (not outer or start >= outer[-1][1]):
            outer.append((start, end))
    starts = [start for start, _ in outer]
    made: dict[int, Value] = {}

    def veil(now: Value, depth: int) -> Value:
        if isinstance(now, Text):
            at = bisect.bisect_right(starts, now.place.start) - 1
            return Text("", now.place, unknown=True) if at >= 0 and now.place.start < outer[at][1] else now
        if depth > yaml.DEPTH_LIMIT:
            return now
        if id(now) not in made:
            made[id(now)] = now
            if isinstance(now, Items):
                now.items = [veil(item, depth + 1) for item in now.items]
            else:
                now.items = {key: veil(item, depth + 1) for key, item in now.items.items()}
        return now

    return veil(value, 0) if outer else value


class _Block(msgspec.Struct):
    """An open control block.

    What `.` is in it, whether it is left out, whether one of its branches was taken (None: not known), and the
    variables that it declares.
    """

    keyword: str
    dot: Value | None
    dropped: bool
    taken: bool | None
    start: int
    variables: dict[str, Value | None] = msgspec.field(default_factory=dict)


class _Reader:
    """The walk over the actions of one template."""

    def __init__(self, source: Source, chart: Chart) -> None:
        self.source, self.chart = source, chart
        self.text = source.text
        self.signs = list(source.text)
        #: What cannot be read, and the blocks of which it is not known whether they are taken.
        self.opaque: list[tuple[int, int]] = []
        self.undecided: list[tuple[int, int]] = []
        #: Actions within a line, by where they start: where they end, and what they yield (None: not known).
        self.inline: dict[int, tuple[int, str | None]] = {}
        #: Where these and the blanks among other text start, in order.
        self.starts: list[int] = []
        #: Actions that yield a tree, by where they start: where they end, and the tree.
        self.trees: dict[int, tuple[int, Value]] = {}
        #: Actions that yield a tree by where a sign stands for them among the items of a list or the keys of a table.
        self.signed: dict[int, int] = {}
        self.used: set[int] = set()
        self.room = _TREE_LIMIT
        self.blocks: list[_Block] = [_Block("", ROOT, dropped=False, taken=True, start=0)]
        self.edges: list[int] = []
        self.neutral = ""

    def run(self) -> str:
        """Return the text as YAML, character by character in its place."""
        at = 0
        for start, end, body in actions(self.text):
            if self.blocks[-1].dropped:
                self._blank(at, start)
            self._action(start, end, body)
            at = end
        self.starts = sorted(self.inline)
        self.edges = sorted([*(start for start, _ in (*self.opaque, *self.undecided)), *self.trees])
        # Blanks that stand alone would say how deep a block is.
        self.neutral = _BLANKS.sub(lambda found: "\n" * len(found[0]), "".join(self.signs))
        return self.neutral

    def _blank(self, start: int, end: int) -> None:
        """Take out a part of the text."""
        self.signs[start:end] = _SIGN.sub(" ", self.text[start:end])
        if end > start:
            self.inline[start] = (end, "")

    def _action(self, start: int, end: int, body: str) -> None:
        control = _CONTROL.fullmatch(body)
        if control:
            self._blank(start, end)
            self._control(control[1], control[2], start)
            return
        if self.blocks[-1].dropped or body.startswith("/*"):
            self._blank(start, end)
            return
        assigned = _ASSIGNED.fullmatch(body)
        if assigned:
            self._blank(start, end)
            self._assign(assigned[1], self._evaluate(assigned[3]), new=assigned[2] == ":=")
            return
        self._print(start, end, body)

    def _print(self, start: int, end: int, body: str) -> None:
        line, stop = self._line(start, end)
        before = "".join(self.signs[line:start])
        after = self.text[end:stop]
        value = self._evaluate(body, partial=True)
        alone = not (before + after).strip()
        made = isinstance(value, Text) and value.tag == MADE
        tree = TREE.search(body) is not None and not (
            isinstance(value, Text) and before.strip(" \t-") and after.strip()
        )
        if tree or "\n" in self.text[start:end] or (not before.strip() and not _without_actions(after).strip(" \t\r")):
            self._blank(start, end)
            if made and isinstance(value, Text) and (tree or alone):
                self._insert(start, end, body, value, alone=alone)
            elif value is not None and tree:
                line, (_, size) = self.text.rfind("\n", 0, start) + 1, (INDENT.findall(body) or [("", "")])[-1]
                at = line + int(size) + (0 if "nindent" in body else start - line) if size else end
                self._keep_tree(start, end, value, at if alone else end)
            else:
                self.opaque.append((start, end))
        elif not before.strip(" \t-\"'") and re.match(r"[\"']?\s*:", after):
            self._blank(line, stop)
            self.opaque.append((start, end))
        else:
            known = isinstance(value, Text) and not value.unknown and value is not ABSENT
            scalar = printed(value) if known and isinstance(value, Text) else None
            scalar = scalar if scalar is not None and len(scalar) < _VALUE_LIMIT else None
            self.inline[start] = (end, scalar)
            self.signs[start:end] = "x" * (end - start)

    def _line(self, start: int, end: int) -> tuple[int, int]:
        """Return where the line of an action begins and ends, as far as it is of interest."""
        line = self.text.rfind("\n", max(start - _LINE_LIMIT, 0), start) + 1
        stop = self.text.find("\n", end, end + _LINE_LIMIT)
        return line or max(start - _LINE_LIMIT, 0), stop if stop >= 0 else min(end + _LINE_LIMIT, len(self.text))

    def _insert(self, start: int, end: int, body: str, made: Text, *, alone: bool) -> None:
        """Keep what a named template yields as a tree, which stands as deep as its own text and the action say."""
        if not made.value.strip():
            return
        value = parsed(made)
        before = made.value[: len(made.value) - len(made.value.lstrip())]
        own, indents = len(before.rpartition("\n")[2]), INDENT.findall(body)
        line = self.text.rfind("\n", 0, start) + 1
        fresh = "\n" in before or (bool(indents) and indents[-1][0] == "n")
        depth = int(indents[-1][1]) if indents else 0
        exact = len(indents) < 2 and (fresh or not self.text.startswith("{{-", start))
        if value is None or (alone and (isinstance(value, Text) or not exact)):
            self.opaque.append((start, end))
            return
        self._keep_tree(start, end, value, line + own + depth + (0 if fresh else start - line) if alone else end)

    def _keep_tree(self, start: int, end: int, value: Value, at: int) -> None:
        """Remember a tree, and put a sign for it in its line if there is room, as an item of a list or as a key."""
        if isinstance(value, Items | Table) and not value.items:
            return
        self.trees[start] = (end, value)
        sign = "- x" if isinstance(value, Items) else f"x{len(self.signed)}:"
        if not isinstance(value, Text) and at + len(sign) < end:
            self.signs[at : at + len(sign)] = sign
            self.signed[at + 2 if isinstance(value, Items) else at] = start

    def _assign(self, name: str, value: Value | None, *, new: bool) -> None:
        if new:
            self.blocks[-1].variables[name] = value
            return
        for block in (*reversed(self.blocks[-_NESTING_LIMIT:]), self.blocks[0]):
            if name in block.variables:
                block.variables[name] = value
                return
            if block.taken is None:
                # Whether this is done is not known.
                value = None

    def _control(self, keyword: str, rest: str, start: int) -> None:
        if keyword == "end":
            if len(self.blocks) > 1:
                block = self.blocks.pop()
                if block.taken is None:
                    self.undecided.append((block.start, start))
            return
        if keyword.startswith("else"):
            if len(self.blocks) > 1:
                self._turn(self.blocks[-1], keyword, rest)
            return
        above = self.blocks[-1]
        block = _Block(keyword, above.dot, above.dropped, None, start)
        if keyword == "if":
            self._decide(block, self._truth(declared(rest)[2]))
        elif keyword == "with":
            name, _, written = declared(rest)
            block.dot = self._evaluate(written)
            block.variables |= {name: block.dot} if name else {}
            self._decide(block, None if block.dot is None else holds(block.dot))
        elif keyword == "range":
            self._repeat(block, rest)
        else:
            block.dot = None
            block.dropped = block.dropped or keyword == "define"
            block.taken = True if keyword == "define" else None
        self.blocks.append(block)

    def _decide(self, block: _Block, truth: bool | None) -> None:  # noqa: FBT001
        block.dropped, block.taken = block.dropped or truth is False, truth

    def _repeat(self, block: _Block, rest: str) -> None:
        """Begin a loop, which is only known where it goes round once at most."""
        key, item, written = declared(rest)
        value = self._evaluate(written)
        names = [name for name in (key, item) if name]
        block.variables |= dict.fromkeys(names)
        block.dot = None
        if value is None or value is ROOT:
            return
        if not holds(value):
            self._decide(block, truth=False)
        elif isinstance(value, Text):
            return
        elif len(value.items) == 1:
            found = value.items[0] if isinstance(value, Items) else next(iter(value.items.values()))
            block.dot, block.taken = found, True
            if names:
                block.variables[names[-1]] = found
            if len(names) == 2 and isinstance(value, Table):
                only = next(iter(value.items))
                block.variables[names[0]] = Text(only, value.keys[only])

    def _turn(self, block: _Block, keyword: str, rest: str) -> None:
        """Go on with another branch of a block."""
        outer = self.blocks[-2]
        block.dot, block.variables = outer.dot, {}
        if block.taken is not False:
            # Which one is taken is known, or which of them it is will not be.
            block.dropped = True
            return
        block.dropped = outer.dropped
        if keyword == "else with":
            block.dot = self._evaluate(rest)
            self._decide(block, None if block.dot is None else holds(block.dot))
        else:
            self._decide(block, self._truth(rest) if keyword == "else if" else True)

    def _truth(self, condition: str) -> bool | None:
        value = evaluated(condition, self._look_up, self._template, as_condition=True)
        return None if value is None else holds(value)

    def _evaluate(self, body: str, *, partial: bool = False) -> Value | None:
        return evaluated(body, self._look_up, self._template, partial=partial)

    def _template(self, name: str, written: str, given: Value) -> Text | None:
        """Return what `include` or `tpl` makes of a value."""
        named = self.chart.named
        if named is None:
            return None
        return named.expanded(written, given) if name == "tpl" else named.included(written, given)

    def _look_up(self, name: str) -> Value | None:
        """Return what a name such as `.Values.a.b`, `.` or `$x` stands for; None if it is not known."""
        first, *keys = name.split(".")
        if not first:
            found = self.blocks[-1].dot
        elif first == "$":
            found = ROOT
        else:
            inner = (*reversed(self.blocks[-_NESTING_LIMIT:]), self.blocks[0])
            found = next((block.variables[first[1:]] for block in inner if first[1:] in block.variables), None)
        return look_up(found, keys, self.chart.values, self.chart.about)

    def scalar(self, node: yaml.Scalar, place: Place) -> Text:
        """Return a scalar with its actions replaced by what they yield."""
        plain = not node.style
        hidden = _among(self.edges, node.start, node.end)
        if node.style in ("|", ">") and hidden:
            return Text(self.text[node.start : node.end], place, tag=node.tag, unknown=True)
        inner, last = (node.start, node.end) if plain else (node.start + 1, node.end - 1)
        starts = self.starts[bisect.bisect_left(self.starts, inner) : bisect.bisect_left(self.starts, last)]
        if not starts:
            return Text(node.value, place, plain=plain, tag=node.tag)
        if node.style == "|":
            return self._block(node, place, starts)
        if node.style == ">" or self.text[inner:last].count("\n"):
            if node.style and not hidden and all(self.inline[start][1] == "" for start in starts):
                return Text(node.value, place, tag=node.tag)
            return Text(self.text[inner:last], place, tag=node.tag, unknown=True)
        runs = list(self._runs(inner, last, starts))
        pieces: list[Piece] = []
        length = 0
        for run, start, end in runs:
            if run:
                pieces.append(Piece(length, length + len(run), start - inner, end - inner))
                length += len(run)
        value = "".join(run for run, _, _ in runs)
        if plain and len(value) > 1 and value[0] in "\"'" and value[0] == value[-1]:
            value, pieces = value[1:-1], [Piece(0, len(value) - 2, 0, last - inner)]
        written = self.text[inner:last]
        escaped = not plain and ("\\" in written if node.style == '"' else "''" in written)
        unknown = escaped or hidden or any(self.inline[start][1] is None for start in starts)
        return Text(value, place, plain=False, tag=node.tag, template=written, pieces=tuple(pieces), unknown=unknown)

    def _block(self, node: yaml.Scalar, place: Place, starts: list[int]) -> Text:
        """Return a literal block line by line, with its actions replaced by what they yield."""
        printing = [(start, *self.inline[start]) for start in starts if self.neutral[start] == "x"]
        if any(value is None for _, _, value in printing):
            return Text(self.text[node.start : node.end], place, tag=node.tag, unknown=True)
        made: list[str] = []
        pieces: list[Piece] = []
        length, at = 0, self.neutral.find("\n", node.start) + 1
        for number, line in enumerate(node.value.split("\n")):
            if number:
                made.append("\n")
                length += 1
            begin = self.neutral.find(line, at)
            at = begin + len(line)
            within = bisect.bisect_left(printing, (begin,)), bisect.bisect_left(printing, (at,))
            for run, start, end in self._runs(begin, at, [start for start, _, _ in printing[slice(*within)]]):
                if run:
                    made.append(run)
                    pieces.append(Piece(length, length + len(run), start - node.start, end - node.start))
                    length += len(run)
        written = self.text[node.start : node.end]
        return Text("".join(made), place, tag=node.tag, template=written, pieces=tuple(pieces))

    def _runs(self, at: int, last: int, starts: list[int]) -> Iterator[tuple[str, int, int]]:
        """Yield what a text consists of with what its actions yield, and where each part is written."""
        trimmed = False
        for start in starts:
            end, value = self.inline[start]
            between = self.text[at:start]
            left = len(between) - len(between.lstrip()) if trimmed else 0
            right = len(between.rstrip()) if self.text.startswith("{{-", start) else len(between)
            yield between[left:right], at + left, at + max(left, right)
            yield (self.text[start:end] if value is None else value), start, end
            trimmed = self.text.startswith("-}}", end - 3)
            at = end
        rest = self.text[at:last]
        left = len(rest) - len(rest.lstrip()) if trimmed else 0
        yield rest[left:], at + left, last

    def injected(self, value: Value, depth: int) -> Value:
        """Return a value with the trees that actions yield in the places where they stand."""
        if depth > yaml.DEPTH_LIMIT:
            return value
        if isinstance(value, Items):
            found: list[Value] = []
            for item in value.items:
                tree = self._tree(self.signed.get(item.place.start)) if isinstance(item, Text) else None
                found += tree.items if isinstance(tree, Items) else [self.injected(item, depth + 1)]
            value.items = found
        elif isinstance(value, Table):
            for key, item in list(value.items.items()):
                at = value.keys[key]
                tree = self._tree(self.signed.get(at.start))
                if isinstance(tree, Table):
                    del value.items[key], value.keys[key]
                    for name, inner in tree.items.items():
                        value.put(name, tree.keys[name], inner)
                elif isinstance(item, Text) and item.null:
                    behind = _INJECTED.match(self.text, at.end)
                    tree = self._tree(behind.end()) if behind else None
                    value.items[key] = item if tree is None else tree
                else:
                    value.items[key] = self.injected(item, depth + 1)
        return value

    def _tree(self, start: int | None) -> Value | None:
        """Return the tree that the action at a place yields, as what stands there."""
        if start is None or start not in self.trees:
            return None
        end, tree = self.trees[start]
        self.room -= _size(tree, self.room)
        if self.room <= 0:
            return None
        self.used.add(start)
        return _placed(tree, Place(Origin.of(self.source), start, end), 0)


def _size(value: Value, most: int) -> int:
    """Return how many values a tree has, as far as it is of interest."""
    pending, found = [value], 0
    while pending and found < most:
        now = pending.pop()
        found += 1
        if isinstance(now, Items):
            pending += now.items
        elif isinstance(now, Table):
            pending += now.items.values()
    return found


def _among(places: list[int], start: int, end: int) -> bool:
    at = bisect.bisect_left(places, start)
    return at < len(places) and places[at] < end


def _without_actions(text: str) -> str:
    at, kept = 0, []
    for start, end, _ in actions(text):
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


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
