"""Which modules make up the service: those with its application, what they import, and who imports the application."""

from __future__ import annotations

import collections
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from flake8_planalign.patterns import lazy

__all__ = ["keeps", "served"]

_IMPORT: Final = lazy(
    r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]+)|import[ \t]+([\w., \t]+))", re.MULTILINE
)
_NAME: Final = lazy(r"\w+")
#: What a module does with an application that it imports and belongs to: it runs it, names it for a server, or adds
#: to it. One that only tries it is a script.
_STARTS: Final = lazy(
    r"\b(?:uvicorn|hypercorn|gunicorn|waitress|granian|daphne)\b|\.run\(|\brun_app\(|\bserve\(|^application\b"
    r"|^[ \t]*@\w+\.(?:route|get|post|put|patch|delete|websocket|on_event|before_request|middleware)\b"
    r"|\.(?:register_blueprint|include_router|add_\w+|mount)\(",
    re.MULTILINE,
)
#: The decorator above a class, if there is one, and its name.
_CLASS: Final = lazy(r"^((?:@[^\n]*\n)?)class[ \t]+(\w+)", re.MULTILINE)
#: A decorator by which a framework makes the objects of a class.
_SERVED: Final = lazy(r"\b(?:service|deployment)\b")


def served(texts: Mapping[str, str], application: re.Pattern[str]) -> frozenset[str]:
    """Return the paths of the service's modules; `texts` are the project's modules by their path from its root.

    Who imports an application belongs to it if it starts it or adds to it. An import is looked for
    by the end of its dotted name, and the nearest of several modules is taken.
    """
    index: dict[str, list[str]] = collections.defaultdict(list)
    for path in texts:
        parts = _parts(path)
        for start in range(len(parts)):
            index[".".join(parts[start:])].append(path)
    applications = {path for path, text in texts.items() if application.search(text)}
    imported = {path: frozenset(_imported(path, text, index)) for path, text in texts.items()}
    found = applications | {
        path for path, others in imported.items() if others & applications and _STARTS.search(texts[path])
    }
    pending = list(found)
    while pending:
        new = imported[pending.pop()] - found
        found |= new
        pending += new
    return frozenset(found)


def keeps(texts: Sequence[str], name: str) -> bool:
    """Tell whether some text makes an object of a class and keeps it: in a global or an item, or in an object kept so.

    An object that a function makes for itself is gone with the call, and so is what its attributes hold.
    """
    pending, seen = [name], {name}
    while pending:
        wanted = pending.pop()
        made = re.compile(
            rf"(?:^\w+|[\w\])]\.\w+|\])[ \t]*(?::[^=\n]+)?=[ \t]*(?:await[ \t]+)?(?:\w+\.)*{re.escape(wanted)}\(",
            re.MULTILINE,
        )
        for text in texts:
            for match in made.finditer(text):
                owner = _owner(text, match) if match[0].startswith("f.") else ""
                if not owner:
                    return True
                if owner not in seen:
                    seen.add(owner)
                    pending.append(owner)
    return False


def _owner(text: str, match: re.Match[str]) -> str:
    """Return the class whose `self` an attribute is set on; empty where it is not `self`, or a framework makes it."""
    if not re.search(r"\bsel$", text[: match.start()]):
        return ""
    classes = list(_CLASS.finditer(text, 0, match.start()))
    return classes[-1][2] if classes and not _SERVED.search(classes[-1][1]) else ""


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
