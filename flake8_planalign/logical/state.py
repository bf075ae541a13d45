"""Which files the Logical view reads, and a hash of them all, under which the schema is kept."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Final

from flake8_planalign.cache import digest

if TYPE_CHECKING:
    from flake8_planalign.project import Project

__all__ = ["DEPENDENCIES", "of"]

#: Files that tell which database and which SQLAlchemy a project uses.
DEPENDENCIES: Final = (
    "requirements*.txt", "requirements*.in", "pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "environment.yml",
    "environment.yaml",
)  # fmt: skip
_NAMES: Final = frozenset({
    "pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "environment.yml", "environment.yaml", "migration_lock.toml",
})  # fmt: skip
_known: weakref.WeakKeyDictionary[Project, str | None] = weakref.WeakKeyDictionary()


def of(project: Project) -> str | None:
    """Return a hash of everything that the schema is made of, None if nothing is to be kept."""
    if project not in _known:
        _known[project] = _hash(project)
    return _known[project]


def _hash(project: Project) -> str | None:
    if project.state is None:
        return None
    stamps = []
    for path in project.files("*"):
        if _counts(os.path.basename(path)):
            try:
                status = os.stat(path)
            except OSError:
                continue
            stamps.append(f"{path} {status.st_size} {status.st_mtime_ns} {status.st_ino}")
    return digest("\n".join((project.state, *stamps)))


def _counts(name: str) -> bool:
    return (
        name.endswith(".sql") or name in _NAMES or (name.startswith("requirements") and name.endswith((".txt", ".in")))
    )
