"""YAML nodes made into located values: aliases and merge keys resolved, within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flake8_planalign.formats.located import Items, Origin, Place, Table, Text, Value
from flake8_planalign.formats.yaml import DEPTH_LIMIT, Fault, Mapping, Node, Scalar, Sequence

__all__ = ["EXPANSION_LIMIT", "as_written", "build"]

#: How many nodes the aliases of a document may stand for, and how many pairs its merge keys may copy.
EXPANSION_LIMIT: Final = 1_000_000
_MERGE: Final = frozenset({None, "tag:yaml.org,2002:merge"})

Make = Callable[[Scalar, Place], Text]


def as_written(node: Scalar, place: Place) -> Text:
    """Return the text of a scalar without variables."""
    return Text(node.value, place, not node.style, node.tag)


def build(root: Node, origin: Origin, make: Make = as_written) -> tuple[Value, list[Fault]]:
    """Return a document's value and what is wrong with its aliases; what is wrong is left out of the value."""
    builder = _Builder(origin, make)
    value = builder.value(root)
    return value, builder.faults


class _Builder:
    """One document. Anchors stand before their aliases, so what an alias means has been built when it comes."""

    def __init__(self, origin: Origin, make: Make) -> None:
        self.origin, self.make = origin, make
        self.faults: list[Fault] = []
        self.copied = 0
        #: What stands for a node, how many nodes that is with all aliases expanded, and how deep they nest.
        self.built: dict[int, tuple[Value | None, int, int]] = {}

    def value(self, node: Node) -> Value:
        if isinstance(node, Scalar):
            made = self.make(node, Place(self.origin, node.start, node.end))
            self.built[id(node)] = made, 1, 1
            return made
        self.built[id(node)] = None, 0, 0
        return self._table(node) if isinstance(node, Mapping) else self._items(node)

    def _child(self, node: Node, start: int) -> tuple[Value, int, int]:
        """Return the value of a collection or an alias; `start` differs from where the node stands if it is an alias.

        What else is a scalar is made where it stands, without a note of what it means.
        """
        known = self.built.get(id(node))
        if known is None:
            self.value(node)
            known = self.built[id(node)]
        elif known[0] is None:
            self._refuse(start, "the alias stands within what it means")
        value, size, depth = known
        if size > EXPANSION_LIMIT or depth > DEPTH_LIMIT:
            if size > EXPANSION_LIMIT:
                self._refuse(start, f"its aliases stand for more than {EXPANSION_LIMIT:,} nodes")
            else:
                self._refuse(start, f"its aliases nest deeper than {DEPTH_LIMIT} levels")
            value = None
        if value is None:
            return Text("", Place(self.origin, start, start), plain=True), 1, 1
        return value, size, depth

    def _refuse(self, start: int, reason: str) -> None:
        """Note the first fault of a kind; the rest of a bomb is more of the same."""
        if any(fault.reason == reason for fault in self.faults):
            return
        text = self.origin.source.text
        end = start + 1
        while end < len(text) and not text[end].isspace() and text[end] not in ",]}":
            end += 1
        self.faults.append(Fault(start, end, reason))

    def _items(self, node: Sequence) -> Items:
        origin, make = self.origin, self.make
        items: list[Value] = []
        size, deepest = 1, 0
        aliases = node.aliases
        for index, item in enumerate(node.items):
            if type(item) is Scalar and (aliases is None or index not in aliases):
                items.append(make(item, Place(origin, item.start, item.end)))
                size, deepest = size + 1, deepest or 1
                continue
            value, nodes, depth = self._child(item, node.place_of(index, item))
            items.append(value)
            size, deepest = size + nodes, max(deepest, depth)
        made = Items(Place(origin, node.start, node.end), items, node.tag)
        self.built[id(node)] = made, size, deepest + 1
        return made

    def _table(self, node: Mapping) -> Table:
        origin, make = self.origin, self.make
        made = Table(Place(origin, node.start, node.end), node.tag)
        items, keys = made.items, made.keys
        merged: list[tuple[Value, int]] = []
        size, deepest = 1, 0
        aliases = node.aliases
        value: Value
        for index, (key, child) in enumerate(node.pairs):
            if type(child) is Scalar and (aliases is None or index not in aliases):
                value = make(child, Place(origin, child.start, child.end))
                size, deepest = size + 2, deepest or 1
            else:
                value, nodes, depth = self._child(child, node.place_of(index, child))
                size, deepest = size + nodes + 1, max(deepest, depth)
            if type(key) is not Scalar:
                continue
            name = key.value
            if name == "<<" and not key.style and key.tag in _MERGE:
                merged.append((value, node.place_of(index, child)))
            else:
                items[name] = value
                keys[name] = Place(origin, key.start, key.end)
        for value, start in merged:
            for given in value.items if isinstance(value, Items) else [value]:
                if isinstance(given, Table):
                    self._merge(made, given, start)
        self.built[id(node)] = made, size, deepest + 1
        return made

    def _merge(self, into: Table, given: Table, start: int) -> None:
        self.copied += len(given.items)
        if self.copied > EXPANSION_LIMIT:
            self._refuse(start, f"the merge keys of the file copy more than {EXPANSION_LIMIT:,} pairs")
            return
        for key, value in given.items.items():
            if key not in into.items:
                into.put(key, given.keys[key], value)
