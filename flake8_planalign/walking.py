"""The first-party files of a project: not what git ignores, what is vendored, or what another project below it has."""

from __future__ import annotations

import collections
import itertools
import os
from collections.abc import Iterator

from flake8_planalign import gitignore
from flake8_planalign.kinds import any_of, of_whole_paths

__all__ = ["STRAY_LIMIT", "walk"]

#: How many files, and directories, are looked at where only files were named and nothing says where a project begins.
STRAY_LIMIT = 2000
#: Directories that hold other people's code, whatever the ignore files say.
VENDORED = frozenset(
    {"node_modules", "site-packages", "_vendor", "vendor", "vendored", "third_party", "__pypackages__"}
)


def walk(root: str, exclude: tuple[str, ...], limit: int | None = None) -> Iterator[str]:
    """Yield the project's own files, the first ones from the root down if there is a limit.

    Symbolic links to directories are not followed, so there are no loops.
    """
    found = _files_below(root, exclude, limit)
    return found if limit is None else itertools.islice(found, limit)


def _files_below(root: str, exclude: tuple[str, ...], limit: int | None) -> Iterator[str]:
    pending = collections.deque([(root, gitignore.above(root))])
    excludes_name, wide = any_of(exclude), of_whole_paths(exclude)
    excludes_path = any_of(wide)
    while pending:
        folder, rules = pending.pop() if limit is None else pending.popleft()
        try:
            with os.scandir(folder) as entries:
                items = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        names = {item.name for item in items}
        if folder != root and (".git" in names or "pyvenv.cfg" in names or "conda-meta" in names):
            continue
        if ".gitignore" in names:
            rules = rules.within(folder)
        for item in items:
            path = item.path
            is_folder = item.is_dir(follow_symlinks=False)
            if is_folder and (item.name in VENDORED or item.name.startswith(".")):
                continue
            if (not is_folder and not _is_file(item)) or excludes_name(item.name) or (wide and excludes_path(path)):
                continue
            if rules.ignores(path, is_folder=is_folder):
                continue
            if not is_folder:
                yield path
            elif limit is None or len(pending) < limit:
                pending.append((path, rules))


def _is_file(item: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a regular file or a link to one; a link to itself is none."""
    try:
        return item.is_file()
    except OSError:
        return False
