"""YAML composed from libyaml's events into nodes that know where they stand; aliases are shared, so no text is a bomb.

PyYAML's own `compose` overflows the C stack on deeply nested brackets, takes six times as long while the garbage
collector runs, and tells neither of keys that come twice nor where a tagged scalar begins.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
import yaml

from flake8_planalign.collector import collector_off
from flake8_planalign.patterns import lazy

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

#: PyYAML is installed without libyaml on some platforms; its own parser gives the same events, more slowly.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PROPERTIES: Final = lazy(r"(?:[!&]\S*[ \t]+)+")


class Fault(msgspec.Struct, frozen=True):
    """Why a text cannot be read, and the character indexes between which that shows."""

    start: int
    end: int
    reason: str


class Scalar(NamedTuple):
    """A text between two character indexes, quotes included; `style` is its first sign, empty for a plain scalar.

    A tuple, since a file has many of them and a tuple is made without running any Python.
    """

    value: str
    start: int
    end: int
    style: str
    tag: str | None


class Sequence:
    """A list; an alias stands as the very node that it means, so a node may be in several places, even within itself.

    `starts` are where the items stand: for an alias, where it does. `end` is 0 while the node is being read.
    """

    __slots__ = ("end", "items", "start", "starts", "tag")

    def __init__(self, start: int, tag: str | None) -> None:
        self.start, self.end, self.tag = start, 0, tag
        self.items: list[Node] = []
        self.starts: list[int] = []


class Mapping:
    """Pairs of key and value, in order; merge keys (`<<`) are pairs like all others."""

    __slots__ = ("end", "pairs", "start", "starts", "tag")

    def __init__(self, start: int, tag: str | None) -> None:
        self.start, self.end, self.tag = start, 0, tag
        self.pairs: list[tuple[Node, Node]] = []
        self.starts: list[int] = []


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
        stack: list[tuple[Mapping | Sequence, Node | None, dict[str, int]]] = []
        # The innermost open collection, the key that waits for its value, and the keys so far.
        owner: Mapping | Sequence | None = None
        key: Node | None = None
        keys: dict[str, int] = {}
        following = _LOADER(text).get_event
        scalar_event = yaml.ScalarEvent
        mapping_start, sequence_start = yaml.MappingStartEvent, yaml.SequenceStartEvent
        mapping_end, sequence_end = yaml.MappingEndEvent, yaml.SequenceEndEvent
        make: Callable[[type[Scalar], tuple[Any, ...]], Scalar] = tuple.__new__
        while True:
            event: Any = following()
            kind = type(event)
            node: Node
            if kind is scalar_event:
                start, end, value = event.start_mark.index, event.end_mark.index, event.value
                tag, anchor = event.tag, event.anchor
                if tag is None and anchor is None:
                    node = make(Scalar, (value, start, end, event.style or "", None))
                else:
                    properties = _PROPERTIES.match(text, start)
                    if properties and properties.end() < end:
                        start = properties.end()
                    node = make(Scalar, (value, start, end, event.style or "", tag))
                    if anchor is not None:
                        anchors[anchor] = node
                if type(owner) is Mapping:
                    if key is None:
                        key = node
                        first = keys.setdefault(value, start)
                        if first != start:
                            self._repeat(value, start, end, first)
                    else:
                        owner.pairs.append((key, node))
                        owner.starts.append(start)
                        key = None
                    continue
                place = start
            elif kind is mapping_start or kind is sequence_start:
                place = event.start_mark.index
                node = (Mapping if kind is mapping_start else Sequence)(place, event.tag)
                if event.anchor is not None:
                    anchors[event.anchor] = node
            elif kind is mapping_end or kind is sequence_end:
                assert owner is not None
                owner.end = event.end_mark.index
                if not stack:
                    self.documents.append(owner)
                    owner = None
                else:
                    owner, key, keys = stack.pop()
                continue
            elif kind is yaml.AliasEvent:
                place = event.start_mark.index
                if event.anchor not in anchors:
                    return Fault(place, event.end_mark.index, f"found undefined alias `{event.anchor}`")
                node = anchors[event.anchor]
            elif kind is yaml.StreamEndEvent:
                return None
            else:
                if kind is yaml.DocumentStartEvent:
                    anchors = {}
                continue
            if owner is None:
                if kind is scalar_event:
                    self.documents.append(node)
                    continue
            elif type(owner) is Sequence:
                owner.items.append(node)
                owner.starts.append(place)
            elif key is None:
                key = node
            else:
                owner.pairs.append((key, node))  # type: ignore[union-attr]
                owner.starts.append(place)
                key = None
            if kind is mapping_start or kind is sequence_start:
                if owner is not None:
                    stack.append((owner, key, keys))
                owner, key, keys = node, None, {}  # type: ignore[assignment]
                if len(stack) >= DEPTH_LIMIT:
                    return Fault(place, event.end_mark.index, f"it nests deeper than {DEPTH_LIMIT} levels")

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
