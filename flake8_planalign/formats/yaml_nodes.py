"""What YAML is composed to: nodes that know where they stand, and what keeps a text from being composed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec

__all__ = ["DEPTH_LIMIT", "Fault", "Mapping", "Node", "Scalar", "Sequence", "Stream", "repeated"]

DEPTH_LIMIT: Final = 200


class Fault(msgspec.Struct, frozen=True):
    """Why a text cannot be read, and the character indexes between which that shows."""

    start: int
    end: int
    reason: str


class Scalar(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A text between two character indexes, quotes included; `style` is its first sign, empty for a plain scalar."""

    value: str
    start: int
    end: int
    style: str
    tag: str | None


class _Collection(msgspec.Struct, eq=False):
    """What has items; `end` is 0 while it is being read.

    An alias stands as the very node that it means, so a node may be in several places, even within itself. `aliases`
    are the character indexes of the aliases, by the number of their item.
    """

    start: int
    tag: str | None
    end: int = 0
    aliases: dict[int, int] | None = None

    def note_alias(self, index: int, start: int) -> None:
        """Remember where the alias stands that is the item of this number."""
        self.aliases = self.aliases or {}
        self.aliases[index] = start

    def place_of(self, index: int, item: Node) -> int:
        """Return where an item stands: where it is written, or where its alias is."""
        return item.start if self.aliases is None else self.aliases.get(index, item.start)


class Sequence(_Collection, eq=False):
    """A list."""

    items: list[Node] = msgspec.field(default_factory=list)


class Mapping(_Collection, eq=False):
    """Pairs of key and value, in order; merge keys (`<<`) are pairs like all others."""

    pairs: list[tuple[Node, Node]] = msgspec.field(default_factory=list)


Node: TypeAlias = Scalar | Sequence | Mapping


class Stream(msgspec.Struct, frozen=True):
    """The documents before the first fault, that fault if there is one, and the document that it stands in."""

    documents: tuple[Node, ...]
    fault: Fault | None = None
    broken: Node | None = None


def repeated(text: str, roots: Iterable[Node]) -> list[Fault]:
    """Return the keys that their mapping already has, in the order of the text; keys that are aliases do not count."""
    found: list[Fault] = []
    seen: set[int] = set()
    pending = list(roots)
    while pending:
        node = pending.pop()
        if type(node) is Scalar or id(node) in seen:
            continue
        seen.add(id(node))
        if type(node) is Sequence:
            pending += node.items
        elif type(node) is Mapping:
            keys: dict[str, int] = {}
            for key, value in node.pairs:
                pending.append(value)
                if type(key) is not Scalar:
                    pending.append(key)
                elif key.start >= node.start:
                    first = keys.setdefault(key.value, key.start)
                    if first != key.start:
                        line = text.count("\n", 0, first) + 1
                        found.append(Fault(key.start, key.end, f"the key `{key.value}` is already on line {line}"))
    return sorted(found, key=lambda fault: fault.start)
