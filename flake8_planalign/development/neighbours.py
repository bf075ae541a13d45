"""The modules of the project that a file imports, directly or by others, as its text tells."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

from flake8_planalign.project import Project
from flake8_planalign.source import Source

__all__ = ["imported", "mention"]

_IMPORT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>\.*[\w.]*)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n]*)"
    r"|import[ \t]+(?P<plain>[\w., \t]+))",
    re.MULTILINE,
)
_NAME: Final = re.compile(r"(\w+)(?:[ \t]+as[ \t]+\w+)?")
_COMMENT: Final = re.compile(r"#[^\n]*")
#: So many modules are looked into for one file.
_LIMIT: Final = 200


def mention(source: Source, project: Project, word: str) -> bool:
    """Tell whether a module that a file imports, directly or by others, has a word in its text."""
    seen: set[str] = {source.absolute}
    pending = [file for _, files in imported(source.absolute, source.text, project) for file in files]
    while pending and len(seen) <= _LIMIT:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        text = project.read(path) or ""
        if word in text:
            return True
        pending += [file for _, files in imported(path, text, project) for file in files]
    return False


def imported(path: str, text: str, project: Project) -> Iterator[tuple[str, list[str]]]:
    """Yield the dotted names that a text imports, without their dots in front, and the project's files they may mean.

    These are the module, the packages that it is in, and for `from a import b` the module `a.b` as well.
    """
    for found in _IMPORT.finditer(text):
        module = found["module"] or ""
        name = module.lstrip(".")
        folder = path
        for _ in range(len(module) - len(name)):
            folder = os.path.dirname(folder)
        if found["plain"]:
            dotted = [part.split()[0] for part in found["plain"].split(",") if part.split()]
        else:
            names = _NAME.findall(_COMMENT.sub("", found["names"]))
            dotted = [name, *(f"{name}.{inner}".lstrip(".") for inner in names)]
        roots = project.import_roots(path) if folder == path else (folder,)
        for item in dotted:
            yield item, [file for root in roots for file in _files(root, item) if project.owns(file)]


def _files(root: str, dotted: str) -> Iterator[str]:
    parts = dotted.split(".") if dotted else []
    for count in range(len(parts) + 1):
        yield os.path.join(root, *parts[:count], "__init__.py")
    if parts:
        yield f"{os.path.join(root, *parts)}.py"
