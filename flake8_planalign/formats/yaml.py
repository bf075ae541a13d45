"""YAML as nodes that know where they stand; aliases are shared, so no text is a bomb."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from flake8_planalign.collector import collector_off
from flake8_planalign.formats import yaml_lines
from flake8_planalign.formats.yaml_nodes import (
    DEPTH_LIMIT,
    Fault,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Stream,
    repeated,
)

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


def faults(text: str, *, unique_keys: bool = False) -> Iterator[Fault]:
    """Yield what keeps a text from being read: at most one fault of syntax or size, with which reading ends.

    Before it come, with `unique_keys`, the keys that their mapping already has; YAML itself leaves it to the reader to
    refuse them (YAML 1.2.2, section 3.2.1.3), Compose does.
    """
    stream = compose(text)
    if unique_keys:
        roots = stream.documents if stream.broken is None else (*stream.documents, stream.broken)
        yield from repeated(text, roots)
    if stream.fault:
        yield stream.fault


@functools.lru_cache(maxsize=4)
def compose(text: str) -> Stream:
    """Return the documents of a text; those read last are remembered, since several views ask for the same file."""
    if len(text) > SIZE_LIMIT:
        return Stream((), Fault(0, 0, f"it is longer than {SIZE_LIMIT // 2**20} MiB"))
    with collector_off():
        documents = yaml_lines.read(text)
        if documents is not None:
            return Stream(tuple(documents))
        # PyYAML is imported when it is needed: that takes as long as reading twenty files.
        from flake8_planalign.formats import yaml_events

        return yaml_events.compose(text)
