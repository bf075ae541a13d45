"""Which files the Logical view reads besides Python, and a hash of them all, under which the schema is kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from flake8_planalign.answers import Answers
from flake8_planalign.cache import digest, digest_of
from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import words

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["Files", "files", "modules", "of", "of_requirements"]

_NAMES: Final = frozenset({
    "pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "environment.yml", "environment.yaml",
})  # fmt: skip
_LOCKS: Final = tuple(os.sep + name for name in ("poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock"))
_PRISMA: Final = f"{os.sep}migration_lock.toml"


class Files(msgspec.Struct, frozen=True):
    """The absolute paths of a project's files, sorted: SQL, requirements, their locks, and Prisma's lock files.

    `programs` are steps of migrations in other languages, which tools run between those in SQL.
    """

    sql: tuple[str, ...]
    requirements: tuple[str, ...]
    locks: tuple[str, ...]
    prisma: tuple[str, ...]
    programs: tuple[str, ...]

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """All of them."""
        return self.sql, self.requirements, self.locks, self.prisma, self.programs


def files(project: Project) -> Files:
    """Return the files that the schema is made of besides Python; one walk over the names of each project."""
    return project.remembered("logical files", lambda: _files(project))


def _files(project: Project) -> Files:
    sql: list[str] = []
    requirements: list[str] = []
    locks: list[str] = []
    prisma: list[str] = []
    programs: list[str] = []
    for path in project.files("*"):
        if not path.endswith(_ALL_ENDINGS):
            continue
        if path.endswith(".sql"):
            sql.append(path)
        elif path.endswith(_LOCKS):
            locks.append(path)
        elif path.endswith(_PRISMA):
            prisma.append(path)
        elif path.endswith(_PROGRAMS):
            if os.path.basename(path).lstrip("Vv")[:1].isdigit():
                programs.append(path)
        elif _states_requirements(path):
            requirements.append(path)
    return Files(*map(tuple, (sql, requirements, locks, prisma, programs)))


_PROGRAMS: Final = (".go", ".java", ".js", ".kt", ".php", ".rb", ".ts")
_ENDINGS: Final = (".txt", ".in", *_NAMES)
#: One look at the end of a name tells most files apart from all of these.
_ALL_ENDINGS: Final = (".sql", *_LOCKS, _PRISMA, *_ENDINGS, *_PROGRAMS)


def _states_requirements(path: str) -> bool:
    """Tell whether a file states requirements: `requirements-dev.txt`, `requirements/base.in`, `pyproject.toml`."""
    if not path.endswith(_ENDINGS):
        return False
    folder, name = os.path.split(path)
    if name in _NAMES:
        return True
    return name.endswith((".txt", ".in")) and (name.startswith("requirements") or folder.endswith("requirements"))


def of(project: Project) -> str | None:
    """Return a hash of everything that the schema is made of, None if nothing is to be kept."""
    return project.remembered("state of the schema", lambda: _hash(project))


def _hash(project: Project) -> str | None:
    sources = _sources(project)
    if sources is None or not all(_is_beside(project, buffer) for buffer in project.overlays):
        return None
    learns = any(told & _LEARNS for told in sources.values())
    defining = (f"{path} {project.contents[path]}" for path, told in sources.items() if told & _CONTRIBUTES)
    return digest_of(str(project.root), project.plan.text, str(learns), *defining, *_stamps(project))


_CONTRIBUTES: Final = 1
_LEARNS: Final = 2


def modules(project: Project) -> Iterator[tuple[str, bool, bool]]:
    """Yield the Python files that contribute to the schema or learn, and which of both they do."""
    sources = _sources(project)
    if sources is None:
        sources = {path: _told(path, project.read(path) or "") or 0 for path in project.files()}
    for buffer in project.overlays:
        if buffer.kind is FileKind.PYTHON and project.owns(buffer.absolute):
            sources = {**sources, buffer.absolute: _told(buffer.absolute, project.read(buffer.absolute) or "") or 0}
    for path, told in sorted(sources.items()):
        if told:
            yield path, bool(told & _CONTRIBUTES), bool(told & _LEARNS)


def _sources(project: Project) -> dict[str, int] | None:
    """Return which of both each file on disk does that does any; None without a cache."""
    return project.remembered(
        "sources of the schema", lambda: Answers.of(project).to("sources of the schema", _told, project.files())
    )


def _told(_path: str, text: str) -> int | None:
    return _CONTRIBUTES * words.contributes(text) + _LEARNS * words.learns(text) or None


def _is_beside(project: Project, buffer: Source) -> bool:
    """Tell whether a buffer adds to the schema what the file that it stands for adds: nothing, or the same."""
    if buffer.kind is not FileKind.PYTHON:
        return False
    saved = project.on_disk(buffer.absolute) or ""
    if words.learns(buffer.text) != words.learns(saved):
        return False
    if not (words.contributes(buffer.text) or words.contributes(saved)):
        return True
    return _says_the_same(project, buffer, saved)


def _says_the_same(project: Project, buffer: Source, saved: str) -> bool:
    """Tell whether the facts of a buffer are those of the saved file, and all stand before what was changed."""
    from flake8_planalign.logical import extraction
    from flake8_planalign.logical.facts import encode

    if extraction.is_migration_text(buffer.text) is not extraction.is_migration_text(saved):
        return False
    known, now = (
        encode(extraction.facts_of(project, buffer.absolute, text, buffer.kind)) for text in (saved, buffer.text)
    )
    # The beginnings of the lines are the last field of all.
    return known[:-1] == now[:-1] and _last_place(now[:-1]) < _first_change(buffer.text, saved)


def _last_place(encoded: object) -> int:
    """Return the greatest number in encoded facts, which is the place of what stands last, or more."""
    last = 0
    pending = [encoded]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending += item
        elif isinstance(item, int) and item > last:
            last = item
    return last


def _first_change(text: str, other: str) -> int:
    """Return the length of the beginning that two texts share."""
    low, high = 0, min(len(text), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if text[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def of_requirements(project: Project) -> str | None:
    """Return a hash of the files that tell of drivers and versions; None if a buffer stands for one of them."""
    known = files(project)
    if any(buffer.absolute in group for buffer in project.overlays for group in known.groups):
        return None
    return digest("\n".join(_stamps_of((known.requirements, known.locks, known.prisma))))


def _stamps(project: Project) -> Iterator[str]:
    return _stamps_of(files(project).groups)


def _stamps_of(groups: Iterable[Iterable[str]]) -> Iterator[str]:
    for group in groups:
        for path in group:
            try:
                status = os.stat(path)
            except OSError:
                continue
            yield f"{path} {status.st_size} {status.st_mtime_ns} {status.st_ino}"
