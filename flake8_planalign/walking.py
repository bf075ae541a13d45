"""The project's own files: a walk over its directories, and what is kept of it for who asks about few files.

An editor wants the diagnostics of one file. It does not wait for each directory to be listed: one whose times of
modification and change and whose inode are those of the walk before holds the same names (as in git's untracked cache).
"""

from __future__ import annotations

import collections
import itertools
import os
import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from flake8_planalign import gitignore
from flake8_planalign.cache import Cache, digest_of
from flake8_planalign.gitignore import Rules
from flake8_planalign.kinds import any_of, of_whole_paths

__all__ = ["STRAY_LIMIT", "walk", "walk_again"]

#: How many files, and directories, are looked at where only files were named and nothing says where a project begins.
STRAY_LIMIT: Final = 2000
#: Directories that hold other people's code, whatever the ignore files say.
_VENDORED: Final = frozenset(
    {"node_modules", "site-packages", "_vendor", "vendor", "vendored", "third_party", "__pypackages__"}
)
_NAMESPACE: Final = "folders"
#: In nanoseconds: what was changed so shortly before it is looked at may be changed again in the same tick of a clock.
_TICK: Final = 2 * 10**9
#: So many directories are listed each time before what is kept of all is written anew.
_STALE: Final = 16

#: The times of modification and of change and the inode of a directory; for a file its size before them.
_Stamp = tuple[int, ...]
Excludes = Callable[[str, str], bool]


class _Listing(msgspec.Struct, frozen=True):
    """The names in a directory that are the project's, the rules that hold in it, and whether it has links."""

    files: list[str]
    folders: list[str]
    rules: Rules
    has_ignore_file: bool = False
    has_links: bool = False


class _Folder(msgspec.Struct, frozen=True, array_like=True):
    """What a directory holds: the names of the project's files and directories in it, and its ignore file's stamp.

    `stamp` is empty where it must be listed again.
    """

    stamp: _Stamp
    files: list[str]
    folders: list[str]
    ignoring: _Stamp | None = None


def walk(root: str, exclude: tuple[str, ...], limit: int | None = None) -> Iterator[str]:
    """Yield the paths of the project's own files, the first ones from the root down if there is a limit.

    Symbolic links to directories are not followed, so there are no loops.
    """
    found = _files_below(root, exclude, limit)
    return found if limit is None else itertools.islice(found, limit)


def _files_below(root: str, exclude: tuple[str, ...], limit: int | None) -> Iterator[str]:
    pending = collections.deque([(root, gitignore.above(root))])
    excludes = _excluding(exclude)
    while pending:
        folder, rules = pending.pop() if limit is None else pending.popleft()
        listed = _listed(folder, rules, excludes, is_root=folder == root)
        if listed is None:
            continue
        for name in listed.files:
            yield os.path.join(folder, name)
        for name in listed.folders:
            if limit is None or len(pending) < limit:
                pending.append((os.path.join(folder, name), listed.rules))


def walk_again(root: str, exclude: tuple[str, ...], cache: Cache) -> Iterator[str]:
    """Yield what `walk` does; directories that are as the cache remembers them are not listed again."""
    above = gitignore.above(root)
    key = digest_of(root, *exclude, "", *above.words())
    known = _recalled(cache.get(_NAMESPACE, key))
    folders: dict[str, _Folder] = {}
    stale = 0
    excludes = _excluding(exclude)
    #: Each with the directories around it that have ignore files, and whether these are as they were.
    pending: list[tuple[str, tuple[str, ...], bool]] = [(root, (), True)]
    ruling: dict[tuple[str, ...], Rules] = {(): above}
    while pending:
        folder, around, is_known = pending.pop()
        before = known.get(folder)
        now = _unchanged(folder, before) if is_known else None
        if now is None:
            now = _looked_at(folder, _rules(around, ruling), excludes, is_root=folder == root)
            if now is None:
                continue
            stale += 1
            is_known = is_known and before is not None and before.ignoring == now.ignoring
        folders[folder] = now
        inside = (*around, folder) if now.ignoring is not None else around
        prefix = folder if folder.endswith(os.sep) else folder + os.sep
        for name in now.files:
            yield prefix + name
        pending += [(prefix + name, inside, is_known) for name in now.folders]
    if stale > _STALE or (stale and not known):
        cache.put(_NAMESPACE, key, msgspec.to_builtins(folders))


def _recalled(value: object) -> dict[str, _Folder]:
    try:
        return msgspec.convert(value, dict[str, _Folder])
    except msgspec.ValidationError:
        return {}


def _rules(around: tuple[str, ...], ruling: dict[tuple[str, ...], Rules]) -> Rules:
    """Return the rules that the ignore files of some directories make, from the outermost in."""
    if around not in ruling:
        ruling[around] = _rules(around[:-1], ruling).within(around[-1])
    return ruling[around]


def _unchanged(folder: str, before: _Folder | None) -> _Folder | None:
    """Return what was known of a directory if it still holds, its ignore file included."""
    if before is None or not before.stamp or before.stamp != _stamp(folder):
        return None
    return before if before.ignoring is None or before.ignoring == _stamp_of_ignore_file(folder) else None


def _looked_at(folder: str, rules: Rules, excludes: Excludes, *, is_root: bool) -> _Folder | None:
    """Return what a directory holds, with the stamps by which it can be told later whether it still does."""
    stamp = _stamp(folder)
    listed = _listed(folder, rules, excludes, is_root=is_root)
    if listed is None:
        return None
    ignoring = _stamp_of_ignore_file(folder) if listed.has_ignore_file else None
    is_settled = not listed.has_links and max((*stamp[:2], *(ignoring or ())[1:3]), default=0) < time.time_ns() - _TICK
    return _Folder(stamp if is_settled else (), listed.files, listed.folders, ignoring)


def _stamp(path: str) -> _Stamp:
    """Return the stamp of a directory, an empty one if it cannot be had."""
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _stamp_of_ignore_file(folder: str) -> _Stamp:
    try:
        status = os.stat(os.path.join(folder, ".gitignore"))
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _listed(folder: str, rules: Rules, excludes: Excludes, *, is_root: bool) -> _Listing | None:
    """Return what a directory holds; None if it cannot be listed.

    A directory with a repository or an environment of its own is another project's.
    """
    try:
        with os.scandir(folder) as entries:
            items = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return None
    files: list[str] = []
    folders: list[str] = []
    names = {item.name for item in items}
    if not is_root and (".git" in names or "pyvenv.cfg" in names or "conda-meta" in names):
        return _Listing(files, folders, rules)
    has_ignore_file = ".gitignore" in names
    if has_ignore_file:
        rules = rules.within(folder)
    for item in items:
        path = item.path
        is_folder = item.is_dir(follow_symlinks=False)
        if is_folder and (item.name in _VENDORED or item.name.startswith(".")):
            continue
        if (not is_folder and not _is_file(item)) or excludes(item.name, path):
            continue
        if not rules.ignores(path, is_folder=is_folder):
            (folders if is_folder else files).append(item.name)
    return _Listing(files, folders, rules, has_ignore_file, any(item.is_symlink() for item in items))


def _excluding(exclude: tuple[str, ...]) -> Excludes:
    """Return what tells whether flake8's excludes match the last name of a path, or the whole of it."""
    excludes_name, wide = any_of(exclude), of_whole_paths(exclude)
    excludes_path = any_of(wide)
    return lambda name, path: excludes_name(name) or (bool(wide) and excludes_path(path))


def _is_file(item: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a regular file or a link to one; a link to itself is none."""
    try:
        return item.is_file()
    except OSError:
        return False
