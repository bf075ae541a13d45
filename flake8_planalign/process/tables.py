"""What each file of the project adds to what is known of the whole, remembered for as long as no file changes on disk.

An editor's buffer stands for one file: for all others the tables say what they say of the disk, so that a change of a
buffer does not read the project again.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from flake8_planalign.answers import Answers
from flake8_planalign.cache import digest_of
from flake8_planalign.kinds import is_test
from flake8_planalign.patterns import lazy
from flake8_planalign.project import Project
from flake8_planalign.python.modules import Modules

__all__ = ["Table", "Tables", "bases_of", "derived_from", "texts_given"]

_NAMESPACE: Final = "tables"
#: Classes as they are written, with their bases; one whose bases fill a page is left out.
_CLASSES: Final = lazy(r"^[ \t]*class[ \t]+(\w+)[ \t]*(?:\(([^()]{0,400})|:)", re.MULTILINE)
_WORD: Final = lazy(r"\w+")

#: What a file adds, by its absolute path, as JSON values.
Table = dict[str, Any]


class Tables:
    """The tables of one project."""

    def __init__(self, project: Project, modules: Modules) -> None:
        self._project = project
        #: They know whether anything outside of the project was read, of which no state of the disk tells.
        self._modules = modules
        self._tables: dict[str, Table] = {}

    @classmethod
    def of(cls, project: Project, modules: Modules) -> Tables:
        """Return the tables of a project, which are the same for all who ask."""
        return project.remembered("tables", lambda: cls(project, modules))

    @functools.cached_property
    def _untested(self) -> tuple[str, ...]:
        """The project's own files but for its tests."""
        return tuple(path for path in self._project.files() if not self.is_test(path))

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the absolute paths of the project's own files but for its tests, and their texts."""
        return self._read(self._untested)

    def text(self, path: str) -> str:
        """Return the text of one file, a test's too, empty if there is none."""
        return self._project.read(path) or ""

    def is_test(self, path: str) -> bool:
        """Tell by its name whether a file belongs to the tests."""
        return is_test(self._project.relative(path))

    def gathered(
        self, name: str, find: Callable[[str, str], Any], *, gate: Callable[[str], object] | None = None
    ) -> Table:
        """Return what `find` gives, a JSON value, for the path and text of each file but for tests; None is left out.

        A name stands for one `find`, which is asked only about files whose text passes the gate.
        """
        if name not in self._tables:
            known = self._recalled(name)
            if isinstance(known, dict):
                self._replace(known, find, gate)
            else:
                known = {}
                for path, text in self._read(self._untested if gate is None else self.any_of(f"may be {name}", gate)):
                    _add(known, path, find(path, text))
                self._remember(name, known)
            self._tables[name] = known
        return self._tables[name]

    def told(self, name: str, find: Callable[[str, str], Any], *, tests: bool = False, given: str = "") -> Table:
        """Return what `gathered` does where `find` looks at nothing but the text; with `tests` for files of tests too.

        `given` is what its answers depend on besides. After a change only changed files are asked again.
        """
        if name not in self._tables:
            paths = self._project.files() if tests else self._untested
            known = Answers.of(self._project).to(name, find, paths, given, self._on_disk)
            if known is None:
                known = {}
                for path, text in self._read(paths):
                    _add(known, path, find(path, text))
            else:
                self._replace(known, find, tests=tests)
            self._tables[name] = known
        return self._tables[name]

    def _read(self, paths: Collection[str]) -> Iterator[tuple[str, str]]:
        for path in paths:
            text = self._project.read(path)
            if text is not None:
                yield path, text

    def _on_disk(self, paths: Collection[str]) -> Iterator[tuple[str, str]]:
        buffers = {source.absolute for source in self._project.overlays}
        for path, text in self._read(paths):
            saved = self._project.on_disk(path) if path in buffers else text
            if saved is not None:
                yield path, saved

    def _replace(
        self,
        known: Table,
        find: Callable[[str, str], Any],
        gate: Callable[[str], object] | None = None,
        *,
        tests: bool = False,
    ) -> None:
        """Let buffers say what the files that they stand for have said."""
        for source in self._project.overlays:
            known.pop(source.absolute, None)
            is_asked = source.tree is not None and (tests or not self.is_test(source.absolute))
            if is_asked and (gate is None or gate(source.text)):
                _add(known, source.absolute, find(source.absolute, source.text))

    def any_file(self, name: str, test: Callable[[str], object]) -> bool:
        """Tell whether the text of any file passes a test; a name stands for one test."""
        return bool(self.any_of(name, test))

    def any_of(self, name: str, test: Callable[[str], object]) -> list[str]:
        """Return the files whose text passes a test; a name stands for one test."""
        return sorted(self.told(name, lambda _path, text: True if test(text) else None))

    def mentioning(self, name: str) -> list[str]:
        """Return the files that hold an identifier."""
        return self.any_of(f"mentions {name}", lambda text: _is_word_of(text, name))

    def whole(self, name: str, make: Callable[[], list[str]]) -> list[str]:
        """Return what `make` finds out about the whole project; a buffer counts only once it is saved."""
        known = self._recalled(name)
        if not isinstance(known, list):
            known = make()
            self._remember(name, known)
        return known

    def _recalled(self, name: str) -> object:
        state = self._project.disk_state
        return self._project.cache.get(_NAMESPACE, digest_of(state, name)) if state is not None else None

    def _remember(self, name: str, table: object) -> None:
        state = self._project.state
        if state is not None and not self._modules.foreign:
            self._project.cache.put(_NAMESPACE, digest_of(state, name), table)


def _is_word_of(text: str, name: str) -> bool:
    """Tell whether an identifier stands in a text; far quicker than by a pattern."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if not _is_part(text[start - 1 : start]) and not _is_part(text[end : end + 1]):
            return True
        start = text.find(name, end)
    return False


def _is_part(sign: str) -> bool:
    """Tell whether a sign, which may be none, belongs to a word."""
    return sign == "_" or sign.isalnum()


def bases_of(tables: Tables, name: str) -> frozenset[str]:
    """Return the names in the bases of the classes of a name; empty where the project has no such class."""
    told = tables.told(f"bases of {name}", lambda _, text: _bases(text, name) or None)
    return frozenset(base for bases in told.values() for base in bases)


def _bases(text: str, name: str) -> list[str]:
    return [word for each, bases in _CLASSES.findall(text) if each == name for word in [name, *_WORD.findall(bases)]]


def derived_from(tables: Tables, name: str) -> int:
    """Return how many classes of a project's own files name a class of this name among their bases."""
    told = tables.told(
        f"derived from {name}",
        lambda _, text: (
            (name in text and sum(name in _WORD.findall(each[1]) for each in _CLASSES.findall(text))) or None
        ),
    )
    return sum(told.values())


def texts_given(tables: Tables, name: str) -> frozenset[str]:
    """Return the texts that functions of a name are given as their first argument in a project's own files."""
    call = f"{name}("
    calls = re.compile(rf"""\b{re.escape(call)}\s*(?:\w+\s*=\s*)?["']([^"'\n]*)["']""")
    found = tables.told(
        f"texts given to {name}", lambda _, text: (call in text and sorted(set(calls.findall(text)))) or None
    )
    return frozenset(text for texts in found.values() for text in texts)


def _add(table: Table, path: str, found: Any) -> None:
    if found is not None:
        table[path] = found
