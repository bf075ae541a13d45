"""Which files of a project may import a module, told by their texts alone, so that no other is looked into."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.process.tables import Tables
from flake8_planalign.project import Project

__all__ = ["Importing"]

#: Import statements over several lines too, after a colon or semicolon as well, and texts that name a module.
_STATEMENTS: Final = lazy(
    r"""(?:^|[:;])[ \t]*(?:from[ \t]+(?P<base>[\w.]+)[ \t]+import[ \t]*(?P<names>\([^)]*\)|(?:[^\n#\\]|\\\r?\n)*)"""
    r"""|import[ \t]+(?P<modules>(?:[^\n#\\]|\\\r?\n)+))"""
    r"""|["'](?P<text>(?:\w+\.)+\w+(?::\w+)?|\w+:\w+)["']""",
    re.MULTILINE,
)
#: What is imported, without the name that it is given.
_IMPORTED: Final = lazy(r"([\w.]+)(?:[ \t]+as[ \t]+\w+)?")
#: What loads modules by names that no text may hold.
_LOADS: Final = lazy(r"\b(?:import_module|__import__|load_module|spec_from_file_location|exec_module|run_path)\b")


class _Imports(msgspec.Struct, frozen=True):
    """The dotted names that a file imports, and the last names of those that no directory of the project begins."""

    names: frozenset[str]
    foreign: frozenset[str]


class Importing:
    """The imports of a project's files, each read once."""

    def __init__(self, project: Project, tables: Tables) -> None:
        self._project = project
        self._tables = tables
        self._imports: dict[str, _Imports | None] = {}
        self._tails: dict[str, tuple[frozenset[str], str]] = {}

    def may(self, path: str, module: str) -> bool:
        """Tell whether a file may import the module of another file, or a package that it lies in.

        Names count from any directory on, since nobody knows all that stands on `sys.path`; so do modules of packages
        that the project does not have, which may be its own under another name.
        """
        imports = self._imports_of(path)
        if imports is None:
            return True
        names, home = self._names(module)
        return not names.isdisjoint(imports.names) or home in imports.foreign

    def _imports_of(self, path: str) -> _Imports | None:
        """Return what a file may import, None for one that loads modules by other names."""
        if path not in self._imports:
            text = self._tables.text(path)
            self._imports[path] = None if _LOADS.search(text) else self._read(text, path.split(os.sep)[:-1])
        return self._imports[path]

    def _read(self, text: str, folders: list[str]) -> _Imports:
        names = frozenset(filter(None, (_absolute(name, folders) for name in _imported(text))))
        foreign = (name for name in names if name.partition(".")[0] not in self._known)
        return _Imports(names, frozenset(sys.intern(name.rpartition(".")[2]) for name in foreign))

    def _names(self, module: str) -> tuple[frozenset[str], str]:
        """Return the names by which a module and the packages that it lies in may be imported, and its last name."""
        if module not in self._tails:
            parts = _parts(module)
            above = len(parts) - len(self._project.relative(module).split("/"))
            places = (parts[:end] for end in range(len(parts), max(above, 0), -1))
            self._tails[module] = frozenset(name for place in places for name in _tails(place)), parts[-1]
        return self._tails[module]

    @functools.cached_property
    def _known(self) -> frozenset[str]:
        """The names of the project's directories and modules, which mean these and no library's."""
        return frozenset(
            part.removesuffix(".py")
            for path in self._project.files()
            for part in self._project.relative(path).split("/")
        )


def _parts(path: str) -> list[str]:
    """Return the names of a module's file and of the directories above it; a package is its directory."""
    parts = path.removesuffix(".py").split(os.sep)
    return parts[:-1] if parts[-1] == "__init__" else parts


def _tails(parts: list[str]) -> Iterator[str]:
    """Yield the dotted names of a place from each directory above it on."""
    name = ""
    for part in reversed(parts):
        if not part:
            return
        name = f"{part}.{name}" if name else part
        yield name


def _imported(text: str) -> Iterator[str]:
    """Yield the dotted names that a text's imports and texts name, relative ones as they are written."""
    for match in _STATEMENTS.finditer(text):
        base, names, modules, named = match.groups()
        if base is not None:
            yield base
            for name in _IMPORTED.findall(names):
                yield f"{base}{name}" if base.endswith(".") else f"{base}.{name}"
        elif modules is not None:
            yield from _IMPORTED.findall(modules)
        else:
            module, _, name = named.partition(":")
            yield module
            if name:
                yield f"{module}.{name}"
            elif "." in module:  # of a module or of what is in it
                yield module.rpartition(".")[0]


def _absolute(dotted: str, folders: list[str]) -> str | None:
    """Return an imported name as it is written, a relative one from the file's directories on; None for a library's."""
    name = dotted.lstrip(".")
    level = len(dotted) - len(name)
    if level:
        base = ".".join(filter(None, folders[: len(folders) - level + 1]))
        return f"{base}.{name}" if name else base
    return None if name.partition(".")[0] in sys.stdlib_module_names else sys.intern(name)
