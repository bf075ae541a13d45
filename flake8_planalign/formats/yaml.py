"""YAML composed from libyaml's events into nodes that know where they stand; aliases are shared, so no text is a bomb.

PyYAML's own `compose` overflows the C stack on deeply nested brackets, takes six times as long while the garbage
collector runs, and tells neither of keys that come twice nor where a tagged scalar begins.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec

from flake8_planalign.collector import collector_off
from flake8_planalign.patterns import lazy, uncompiled

with uncompiled():
    import yaml

__all__ = [
    "DEPTH_LIMIT",
    "SIZE_LIMIT",
    "Fault",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "Stream",
    "compose",
    "faults",
]

#: In characters.
SIZE_LIMIT = 4 * 2**20
DEPTH_LIMIT = 200

#: What gives events: libyaml's parser, without the loader around it that makes values of them. PyYAML is installed
#: without libyaml on some platforms; its own parser gives the same events, more slowly.
_PARSER: Final[Any] = yaml.cyaml.CParser if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader  # type: ignore[attr-defined]
_PROPERTIES: Final = lazy(r"(?:[!&]\S*[ \t]+)+")


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
    """The documents before the first fault, that fault if there is one, and the keys that their mapping already has."""

    documents: tuple[Node, ...]
    fault: Fault | None
    repeated: tuple[Fault, ...]


def faults(text: str, *, unique_keys: bool = False) -> Iterator[Fault]:
    """Yield what keeps a text from being read: at most one fault of syntax or size, with which reading ends.

    Before it come, with `unique_keys`, the keys that their mapping already has; YAML itself leaves it to the reader to
    refuse them (YAML 1.2.2, section 3.2.1.3), Compose does.
    """
    stream = compose(text)
    if unique_keys:
        yield from stream.repeated
    if stream.fault:
        yield stream.fault


@functools.lru_cache(maxsize=4)
def compose(text: str) -> Stream:
    """Return the documents of a text; those read last are remembered, since several views ask for the same file."""
    if len(text) > SIZE_LIMIT:
        return Stream((), Fault(0, 0, f"it is longer than {SIZE_LIMIT // 2**20} MiB"), ())
    composer = _Composer(text)
    fault: Fault | None = None
    with collector_off():
        try:
            fault = composer.run()
        except yaml.reader.ReaderError as error:
            index = len(text.encode()[: error.position].decode("utf-8", "replace"))
            if not hasattr(yaml, "CSafeLoader"):
                index = error.position
            fault = Fault(index, index + 1, f"{error.reason} (U+{error.character:04X})")
        except yaml.MarkedYAMLError as error:
            fault = _syntax_fault(text, error)
        except UnicodeEncodeError as error:
            fault = Fault(error.start, error.end, "it holds half of a surrogate pair")
    return Stream(tuple(composer.documents), fault, tuple(composer.repeated))


class _Composer:
    """The state of one reading: the open collections, what the anchors of this document name, what is done."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.documents: list[Node] = []
        self.repeated: list[Fault] = []

    def run(self) -> Fault | None:  # noqa: PLR0915 - one loop over all events, in which a call costs
        """Read all documents; return the fault that no parser tells."""
        text = self.text
        anchors: dict[str, Node] = {}
        # The collections around the innermost one, which is `owner`, and what waits in them.
        stack: list[tuple[Sequence | Mapping | None, Node | None, dict[str, int]]] = []
        owner: Sequence | Mapping | None = None
        # A mapping's `pairs`, the key that waits for its value and the keys so far; or a sequence's `items`.
        pairs: list[tuple[Node, Node]] | None = None
        key: Node | None = None
        keys: dict[str, int] = {}
        items: list[Node] = self.documents
        scalar, scalar_event = Scalar, yaml.ScalarEvent
        mapping_start, sequence_start = yaml.MappingStartEvent, yaml.SequenceStartEvent
        mapping_end, sequence_end = yaml.MappingEndEvent, yaml.SequenceEndEvent
        event: Any
        for event in iter(_PARSER(text).get_event, None):
            kind = type(event)
            node: Node
            if kind is scalar_event:
                start, end, value = event.start_mark.index, event.end_mark.index, event.value
                tag, anchor = event.tag, event.anchor
                if tag is not None or anchor is not None:
                    properties = _PROPERTIES.match(text, start)
                    if properties and properties.end() < end:
                        start = properties.end()
                node = scalar(value, start, end, event.style or "", tag)
                if anchor is not None:
                    anchors[anchor] = node
                if pairs is None:
                    items.append(node)
                elif key is None:
                    key = node
                    first = keys.setdefault(value, start)
                    if first != start:
                        self._repeat(value, start, end, first)
                else:
                    pairs.append((key, node))
                    key = None
            elif kind is mapping_end or kind is sequence_end:
                assert owner is not None
                owner.end = event.end_mark.index
                ended = owner
                owner, key, keys = stack.pop()
                if type(owner) is Mapping:
                    pairs = owner.pairs
                elif type(owner) is Sequence:
                    pairs, items = None, owner.items
                else:
                    pairs, items = None, self.documents
                    items.append(ended)
            elif kind is mapping_start or kind is sequence_start:
                start = event.start_mark.index
                opened = (Mapping if kind is mapping_start else Sequence)(start, event.tag)
                if event.anchor is not None:
                    anchors[event.anchor] = opened
                if pairs is not None:
                    if key is None:
                        key = opened
                    else:
                        pairs.append((key, opened))
                        key = None
                elif owner is not None:
                    items.append(opened)
                stack.append((owner, key, keys))
                if len(stack) > DEPTH_LIMIT:
                    return Fault(start, event.end_mark.index, f"it nests deeper than {DEPTH_LIMIT} levels")
                owner, key, keys = opened, None, {}
                if isinstance(opened, Mapping):
                    pairs = opened.pairs
                else:
                    pairs, items = None, opened.items
            elif kind is yaml.AliasEvent:
                start, anchor = event.start_mark.index, event.anchor
                if owner is None or anchor not in anchors:
                    return Fault(start, event.end_mark.index, f"found undefined alias `{anchor}`")
                node = anchors[anchor]
                if pairs is None:
                    owner.note_alias(len(items), start)
                    items.append(node)
                elif key is None:
                    key = node
                else:
                    owner.note_alias(len(pairs), start)
                    pairs.append((key, node))
                    key = None
            elif kind is yaml.DocumentStartEvent:
                anchors = {}
            elif kind is yaml.StreamEndEvent:
                break
        return None

    def _repeat(self, key: str, start: int, end: int, first: int) -> None:
        self.repeated.append(Fault(start, end, f"the key `{key}` is already on line {_line(self.text, first)}"))


def _syntax_fault(text: str, error: yaml.MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    index = mark.index if mark else 0
    reason = error.problem or "it is not well formed"
    if error.context:
        reason += f" {error.context}"
        opened = error.context_mark
        if opened and _line(text, opened.index) != _line(text, index):
            reason += f" that begins on line {_line(text, opened.index)}"
    return Fault(index, min(index + 1, len(text)), reason)


def _line(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1
