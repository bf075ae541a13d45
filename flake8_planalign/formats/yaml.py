"""YAML as a stream of events: nothing is composed and no alias is expanded, so that no text is a bomb."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import yaml

__all__ = ["DEPTH_LIMIT", "SIZE_LIMIT", "Fault", "faults"]

#: In characters.
SIZE_LIMIT = 4 * 2**20
DEPTH_LIMIT = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """Why a text cannot be read, and the character indexes between which that shows."""

    start: int
    end: int
    reason: str


def faults(text: str, *, unique_keys: bool = False) -> Iterator[Fault]:
    """Yield what keeps a text from being read: at most one fault of syntax or size, with which reading ends.

    Before it come, with `unique_keys`, the keys that their mapping already has; YAML itself leaves it to the reader to
    refuse them (YAML 1.2.2, section 3.2.1.3), Compose does.
    """
    if len(text) > SIZE_LIMIT:
        yield Fault(0, 0, f"it is longer than {SIZE_LIMIT // 2**20} MiB")
        return
    try:
        yield from _walk(text, unique_keys=unique_keys)
    except yaml.reader.ReaderError as error:
        index = len(text.encode()[: error.position].decode("utf-8", "replace"))
        yield Fault(index, index + 1, f"{error.reason} (U+{error.character:04X})")
    except yaml.MarkedYAMLError as error:
        yield _syntax_fault(text, error)
    except UnicodeEncodeError as error:
        yield Fault(error.start, error.end, "it holds half of a surrogate pair")


@dataclasses.dataclass(slots=True)
class _Collection:
    """An open mapping or sequence; in a mapping every other node is a key."""

    keys: dict[str, int] | None
    at_key: bool = True


def _walk(text: str, *, unique_keys: bool) -> Iterator[Fault]:
    stack: list[_Collection] = []
    anchors: set[str] = set()
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        match event:
            case yaml.DocumentStartEvent():
                anchors.clear()
            case yaml.NodeEvent():
                start, end = _span(event)
                if isinstance(event, yaml.AliasEvent):
                    if event.anchor not in anchors:
                        yield Fault(start, end, f"found undefined alias `{event.anchor}`")
                        return
                elif event.anchor:
                    anchors.add(event.anchor)
                if unique_keys and stack:
                    yield from _repeated_key(text, stack[-1], event)
                if isinstance(event, yaml.CollectionStartEvent):
                    stack.append(_Collection({} if isinstance(event, yaml.MappingStartEvent) else None))
                    if len(stack) > DEPTH_LIMIT:
                        yield Fault(start, end, f"it nests deeper than {DEPTH_LIMIT} levels")
                        return
            case yaml.CollectionEndEvent():
                stack.pop()


def _repeated_key(text: str, owner: _Collection, event: yaml.NodeEvent) -> Iterator[Fault]:
    if owner.keys is None:
        return
    if owner.at_key and isinstance(event, yaml.ScalarEvent):
        start, end = _span(event)
        first = owner.keys.setdefault(event.value, start)
        if first != start:
            yield Fault(start, end, f"the key `{event.value}` is already on line {_line(text, first)}")
    owner.at_key = not owner.at_key


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


def _span(event: yaml.Event) -> tuple[int, int]:
    assert event.start_mark is not None
    assert event.end_mark is not None
    return event.start_mark.index, event.end_mark.index


def _line(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1
