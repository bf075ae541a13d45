"""The modules of the project that a file imports, as its text tells, and those that console commands begin in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.source import Source

__all__ = ["Command", "commands", "imported", "mention"]

_IMPORT: Final = lazy(
    r"^[ \t]*(?:from[ \t]+(?P<module>\.*[\w.]*)[ \t]+import[ \t]+(?P<names>\([^)]{0,5000}\)|[^\n]*)"
    r"|import[ \t]+(?P<plain>[\w., \t]+))",
    re.MULTILINE,
)
_NAME: Final = lazy(r"(\w+)(?:[ \t]+as[ \t]+\w+)?")
_COMMENT: Final = lazy(r"#[^\n]*")
#: A console command: `train = "churn.train:main"` in pyproject.toml, `train = churn.train:main` in setup.cfg.
_COMMAND: Final = lazy(r"""=\s*["']?([A-Za-z_][\w.]*):([A-Za-z_]\w*)["']?\s*[,\]\n"']""")
#: The files that name console commands.
_MANIFESTS: Final = ("pyproject.toml", "setup.cfg", "setup.py")
#: So many modules are looked into for one file.
_LIMIT: Final = 200


def mention(source: Source, project: Project, word: str) -> bool:
    """Tell whether a module that a file imports, directly or by others, has a word in its text."""
    known: dict[str, tuple[bool, list[str]]] = project.remembered(f"who mentions {word}", dict)
    seen: set[str] = {source.absolute}
    pending = _files_imported(source.absolute, source.text, project)
    while pending and len(seen) <= _LIMIT:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        if path not in known:
            text = project.read(path) or ""
            known[path] = word in text, _files_imported(path, text, project)
        mentions, others = known[path]
        if mentions:
            return True
        pending += others
    return False


def _files_imported(path: str, text: str, project: Project) -> list[str]:
    return list(dict.fromkeys(file for _, files in imported(path, text, project) for file in files))


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


class Command(NamedTuple):
    """A console command: the module that it begins in, by name and by path, and the function."""

    dotted: str
    path: str
    function: str


def commands(project: Project) -> tuple[Command, ...]:
    """Return the console commands that a project's manifests name, whose modules are its own."""
    return project.remembered("console commands", lambda: tuple(_commands(project)))


def _commands(project: Project) -> Iterator[Command]:
    for pattern in _MANIFESTS:
        for manifest in project.files(pattern):
            text = project.read_companion(manifest, 2**20) or ""
            for dotted, function in _COMMAND.findall(text):
                for root in project.import_roots(manifest):
                    own = [file for file in _files(root, dotted) if project.owns(file) and _is_module(file, dotted)]
                    if own:
                        yield Command(dotted, own[0], function)
                        break


def _is_module(path: str, dotted: str) -> bool:
    """Tell whether a file is a module itself and not one of the packages that it is in."""
    stem = path.removesuffix(".py").removesuffix(f"{os.sep}__init__")
    return stem.endswith(os.path.join(*dotted.split(".")))
