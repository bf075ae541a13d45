"""YAML composed from libyaml's events: whatever stands in a text, and what is wrong with it.

PyYAML's own `compose` overflows the C stack on deeply nested brackets, takes six times as long while the garbage
collector runs, and tells not where a tagged scalar begins.
"""

from __future__ import annotations

from typing import Any, Final

from flake8_planalign.formats.yaml_nodes import DEPTH_LIMIT, Fault, Mapping, Node, Scalar, Sequence, Stream
from flake8_planalign.patterns import lazy, uncompiled

with uncompiled():
    import yaml

__all__ = ["compose"]

#: What gives events: libyaml's parser, without the loader around it that makes values of them. PyYAML is installed
#: without libyaml on some platforms; its own parser gives the same events, more slowly.
_PARSER: Final[Any] = yaml.cyaml.CParser if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader  # type: ignore[attr-defined]
#: What libyaml says since 0.2.6 where it has opened 1,000 collections. It reads brackets ahead of the events that it
#: gives, so it may refuse a text before we have counted to our own limit.
_TOO_DEEP: Final = "exceeded maximum nesting depth"
_PROPERTIES: Final = lazy(r"(?:[!&]\S*[ \t]+)+")


def compose(text: str) -> Stream:
    """Return the documents of a text."""
    composer = _Composer(text)
    fault: Fault | None = None
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
    return Stream(tuple(composer.documents), fault, composer.root)


class _Composer:
    """The state of one reading: the open collections, what the anchors of this document name, what is done."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.documents: list[Node] = []
        #: The collection that is the document that is being read.
        self.root: Node | None = None

    def run(self) -> Fault | None:  # noqa: PLR0915 - one loop over all events, in which a call costs
        """Read all documents; return the fault that no parser tells."""
        text = self.text
        anchors: dict[str, Node] = {}
        # The collections around the innermost one, which is `owner`, and what waits in them.
        stack: list[tuple[Sequence | Mapping | None, Node | None]] = []
        owner: Sequence | Mapping | None = None
        # A mapping's `pairs` and the key that waits for its value; or a sequence's `items`.
        pairs: list[tuple[Node, Node]] | None = None
        key: Node | None = None
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
                else:
                    pairs.append((key, node))
                    key = None
            elif kind is mapping_end or kind is sequence_end:
                assert owner is not None
                owner.end = event.end_mark.index
                ended = owner
                owner, key = stack.pop()
                if type(owner) is Mapping:
                    pairs = owner.pairs
                elif type(owner) is Sequence:
                    pairs, items = None, owner.items
                else:
                    pairs, items = None, self.documents
                    items.append(ended)
                    self.root = None
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
                else:
                    self.root = opened
                stack.append((owner, key))
                if len(stack) > DEPTH_LIMIT:
                    return Fault(start, event.end_mark.index, f"it nests deeper than {DEPTH_LIMIT} levels")
                owner, key = opened, None
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


def _syntax_fault(text: str, error: yaml.MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    index = mark.index if mark else 0
    if error.problem == _TOO_DEEP:
        return Fault(index, min(index + 1, len(text)), f"it nests deeper than {DEPTH_LIMIT} levels")
    reason = error.problem or "it is not well formed"
    if error.context:
        reason += f" {error.context}"
        opened = error.context_mark
        if opened and _line(text, opened.index) != _line(text, index):
            reason += f" that begins on line {_line(text, opened.index)}"
    return Fault(index, min(index + 1, len(text)), reason)


def _line(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1
