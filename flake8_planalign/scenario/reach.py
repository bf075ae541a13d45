"""Which modules make up the service: those with its application, what they import, and who imports the application."""

from __future__ import annotations

import collections
import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

__all__ = ["makes", "served"]

_IMPORT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]+)|import[ \t]+([\w., \t]+))", re.MULTILINE
)
_NAME: Final = re.compile(r"\w+")


def served(texts: Mapping[str, str], application: re.Pattern[str]) -> frozenset[str]:
    """Return the paths of the service's modules; `texts` are the project's modules by their path from its root.

    An import is looked for by the end of its dotted name, and the nearest of several modules is taken.
    """
    index: dict[str, list[str]] = collections.defaultdict(list)
    for path in texts:
        parts = _parts(path)
        for start in range(len(parts)):
            index[".".join(parts[start:])].append(path)
    applications = {path for path, text in texts.items() if application.search(text)}
    imported = {path: frozenset(_imported(path, text, index)) for path, text in texts.items()}
    found = applications | {path for path, others in imported.items() if others & applications}
    pending = list(found)
    while pending:
        new = imported[pending.pop()] - found
        found |= new
        pending += new
    return frozenset(found)


def makes(text: str, name: str) -> bool:
    """Tell whether a text makes an object of a class and keeps it: in a global, an attribute or an item."""
    made = rf"(?:^\w+|[\w\])]\.\w+|\])[ \t]*(?::[^=\n]+)?=[ \t]*(?:await[ \t]+)?(?:\w+\.)*{re.escape(name)}\("
    return re.search(made, text, re.MULTILINE) is not None


def _parts(path: str) -> list[str]:
    return path.removesuffix(".py").removesuffix("/__init__").split("/")


def _imported(path: str, text: str, index: Mapping[str, list[str]]) -> Iterator[str]:
    for dots, base, names, plain in _IMPORT.findall(text):
        if plain:
            candidates = [part.split()[0] for part in plain.split(",") if part.strip()]
        else:
            outer = path.split("/")[: -len(dots)] if dots else []
            prefix = ".".join((*outer, *filter(None, base.split("."))))
            inner = [f"{prefix}.{name}" if prefix else name for name in _NAME.findall(names)]
            candidates = [*inner, *([prefix] if prefix else [])]
        for candidate in candidates:
            known = index.get(candidate, ())
            if known:
                yield max(known, key=lambda other: (len(os.path.commonpath((path, other))), other))
