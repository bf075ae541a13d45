"""Where a project begins, and where the absolute imports of its files are looked up."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator

from flake8_planalign.memos import of_the_run
from flake8_planalign.patterns import lazy
from flake8_planalign.reading import content_of

__all__ = ["find_root", "import_roots"]

_PLAN_TABLE = lazy(rb"^\s*\[+\s*tool\s*\.\s*planalign\b", re.MULTILINE)


def find_root(folder: str, arguments: tuple[str, ...]) -> tuple[str, bool]:
    """Return the root of the project around a directory, and whether nothing but the names of files leads to it."""
    for holds in (_holds_plan, _holds_git, _holds_package):
        for directory in _upwards(folder):
            if holds(directory):
                return directory, False
    places = [os.path.abspath(argument) for argument in arguments if argument != "-"] or [os.getcwd()]
    common = os.path.commonpath([place if os.path.isdir(place) else os.path.dirname(place) for place in places])
    inside = folder == common or folder.startswith(common.rstrip(os.sep) + os.sep)
    guessed = not inside or (bool(arguments) and not any(map(os.path.isdir, arguments)))
    return _above_packages(common if inside else folder), guessed


def import_roots(folder: str, root: str) -> Iterator[str]:
    """Yield the directories in which a file in a directory of a project finds its imports, nearest first.

    They are what holds its topmost package, and of each directory upwards that is installed what its settings
    declare, `src` and itself. A directory outside of the project has only the first.
    """
    inside = os.path.commonpath([root, folder]) == root
    outwards = list(_upwards(folder))
    outwards = outwards[: outwards.index(root) + 1] if inside else [folder]
    installed = [directory for directory in outwards if directory == root or _has(directory, "pyproject.toml")]
    yield _top(outwards[: outwards.index(installed[0]) + 1] if installed else outwards)
    if inside:
        for directory in installed:
            yield from _declared_roots(directory)
            yield from _sources(directory)
            yield directory


@of_the_run
@functools.cache
def _sources(directory: str) -> tuple[str, ...]:
    source = os.path.join(directory, "src")
    return (source,) if os.path.isdir(source) else ()


def _top(outwards: list[str]) -> str:
    """Return the parent of the topmost package among directories from the innermost outwards, else the innermost.

    A directory without `__init__.py` inside of a package is a namespace package and no place to import from: its
    `redis.py` must not stand for the library.
    """
    top = next((directory for directory in reversed(outwards) if _has(directory, "__init__.py")), None)
    if top is None:
        return outwards[0]
    return _above_packages(top)


def _above_packages(directory: str) -> str:
    """Return the nearest directory upwards that is no package, which holds the whole of the package below it."""
    while _has(directory, "__init__.py") and os.path.dirname(directory) != directory:
        directory = os.path.dirname(directory)
    return directory


@of_the_run
@functools.cache
def _has(directory: str, name: str) -> bool:
    return os.path.isfile(os.path.join(directory, name))


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


@of_the_run
@functools.cache
def _holds_plan(directory: str) -> bool:
    if _has(directory, "planalign.toml"):
        return True
    return _PLAN_TABLE.search(_pyproject(directory)) is not None


def _pyproject(directory: str) -> bytes:
    return content_of(os.path.join(directory, "pyproject.toml")) or b""


@of_the_run
@functools.cache
def _holds_git(directory: str) -> bool:
    return os.path.exists(os.path.join(directory, ".git"))


@of_the_run
@functools.cache
def _holds_package(directory: str) -> bool:
    return _has(directory, "pyproject.toml") or _has(directory, "setup.cfg")


@of_the_run
@functools.cache
def _declared_roots(directory: str) -> tuple[str, ...]:
    """Return the import roots that the directory's pyproject.toml declares for setuptools and pytest."""
    data = _pyproject(directory)
    if b"setuptools" not in data and b"pythonpath" not in data:
        return ()
    import tomllib

    try:
        tool = tomllib.loads(data.decode()).get("tool", {})
    except ValueError:
        return ()
    found: list[object] = []
    for keys in (("pytest", "ini_options", "pythonpath"), ("setuptools", "packages", "find", "where")):
        value = _dig(tool, keys)
        found += value if isinstance(value, list) else [value]
    package_dir = _dig(tool, ("setuptools", "package-dir"))
    if isinstance(package_dir, dict):
        found.append(package_dir.get(""))
    return tuple(os.path.normpath(os.path.join(directory, name)) for name in found if isinstance(name, str))


def _dig(table: object, keys: tuple[str, ...]) -> object:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table
