"""What changed since a revision: which files, and which of the findings there were before."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO

import msgspec

from flake8_planalign.fingerprints import Numbered
from flake8_planalign.formatters.report import Item

__all__ = ["Base", "ChangesError", "base_of", "changed_files", "known_before"]

#: In seconds.
_PATIENCE = 1800
#: In bytes: what is larger is linked to where it cannot share its content.
_LARGE = 32 * 2**20
_LINK, _SUBMODULE = "120000", "160000"
#: What git says where its store lacks a commit, a tree or a file's content.
_LACKS = re.compile(
    r"missing|bad object|bad tree|bad revision|not a tree object|not our ref|promisor|unable to (?:read|parse|find)"
    r"|(?:cannot|could not|failed to) (?:read|parse|fetch)|not a valid object"
)


class ChangesError(Exception):
    """What git could not tell; the text is git's, or says what brings the objects that it lacks."""


class Base(msgspec.Struct, frozen=True):
    """What a review compares with: the name that was given, the commit, and the root of the working tree."""

    name: str
    commit: str
    top: str


class _Entry(msgspec.Struct, frozen=True):
    mode: str
    blob: str
    path: str


def _git(*arguments: str, cwd: str | None = None, given: bytes | None = None, silent: bool = False) -> bytes:
    """Return what git says; raises ChangesError if it fails, unless that is what is asked."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program
            ["git", *arguments],  # noqa: S607
            cwd=cwd,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ChangesError(str(error)) from error
    if done.returncode and not silent:
        said = done.stderr.decode("utf-8", "replace").strip()
        if _LACKS.search(said):
            raise _incomplete()
        msg = f"git: {said.removeprefix('fatal: ')}"
        raise ChangesError(msg)
    return done.stdout


def _incomplete() -> ChangesError:
    """Return the error of a repository without all objects of the revision, which says what brings them."""
    if _git("rev-parse", "--is-shallow-repository", silent=True).strip() == b"true":
        advice = "this clone is shallow: `git fetch --unshallow` brings them (in GitHub Actions: `fetch-depth: 0`)"
    else:
        advice = "`git fsck` names them, `git fetch --refetch` brings them again"
    return ChangesError(f"this repository lacks objects that the comparison needs; {advice}")


def _names(listed: bytes) -> list[str]:
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def base_of(name: str) -> Base:
    """Return the commit from which a review begins: where the branch left the revision, or the revision itself.

    What was done to the revision since the branch left it is no part of the review. Raises ChangesError outside of a
    working tree or for a revision that is none.
    """
    top = os.fsdecode(_git("rev-parse", "--show-toplevel").rstrip(b"\n"))
    found = _git("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}", silent=True)
    commit = found.decode().strip()
    if not commit:
        told = _git("rev-parse", "--quiet", "--verify", "--end-of-options", name, silent=True).decode().strip()
        if told and told != name and not _git("cat-file", "-t", told, silent=True):
            raise _incomplete()
        shallow = _git("rev-parse", "--is-shallow-repository", silent=True).strip() == b"true"
        advice = f"; this clone is shallow: {_advice(name)}" if shallow else ""
        msg = f"{name!r} is no commit of this repository{advice}"
        raise ChangesError(msg)
    common = _git("merge-base", "HEAD", commit, silent=True).decode().split()
    return Base(name, common[0] if common else commit, top)


def _advice(name: str) -> str:
    """Return by what command a shallow clone gets a commit of this name."""
    if re.search(r"[~^@:]|\A(?:HEAD)?\Z", name):
        return "`git fetch --unshallow` brings all that came before"
    remote, _, branch = name.partition("/")
    if branch and remote in _git("remote", silent=True).decode("utf-8", "replace").split():
        return f"`git fetch --depth=1 {remote} {branch}:refs/remotes/{name}` brings it"
    return f"`git fetch --depth=1 origin {name}` brings it"


def changed_files(base: Base) -> tuple[str, ...]:
    """Return the files that differ from a revision or are new, relative to the repository's root."""
    changed = _git("diff", "--name-only", "--no-ext-diff", "-z", "--diff-filter=d", base.commit, cwd=base.top)
    new = _git("ls-files", "--others", "--exclude-standard", "-z", cwd=base.top)
    return tuple(sorted({*_names(changed), *_names(new)}))


def known_before(base: Base, arguments: Sequence[str], items: Sequence[Item]) -> frozenset[str]:
    """Return the fingerprints of those findings that the revision has already, or that are in files that git ignores.

    Only the files that have findings now are judged again, as the revision has them: under their old names where they
    were renamed, and beside all other files of the revision, which are written to a temporary directory. What did not
    change shares its content with the working tree; the repository is not touched.
    """
    entries = list(_entries(base.top, base.commit))
    known = _ignored(base, items, [entry.path for entry in entries if entry.mode == _SUBMODULE])
    renamed = _renamed(base)
    now = {renamed.get(item.path, item.path): item.path for item in items if item.fingerprint not in known}
    if not now:
        return frozenset(known)
    with tempfile.TemporaryDirectory(prefix="planalign-") as folder:
        _write_tree(base.top, base.commit, entries, folder)
        os.makedirs(os.path.join(folder, ".git"), exist_ok=True)  # the root of the repository, as for the tree now
        there = sorted(path for path in now if os.path.isfile(os.path.join(folder, path)))
        found = _judged(folder, os.path.relpath(os.getcwd(), base.top), arguments, there) if there else []
    numbered = Numbered()
    return frozenset({*known, *(numbered.of(now.get(path, path), *rest) for path, *rest in found)})


def _judged(folder: str, inside: str, arguments: Sequence[str], paths: Sequence[str]) -> list[list[str]]:
    """Return (path, code, message, line's text) of what is found in some files of a tree."""
    cwd = os.path.normpath(os.path.join(folder, inside))
    os.makedirs(cwd, exist_ok=True)
    names = [os.path.relpath(os.path.join(folder, path), cwd) for path in paths]
    with tempfile.TemporaryDirectory(prefix="planalign-") as beside:
        answer = os.path.join(beside, "found.json")
        command = [sys.executable, "-m", "flake8_planalign.command.before", answer]
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            cwd=cwd,
            input=json.dumps({"arguments": list(arguments), "paths": names}),
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        try:
            with open(answer, encoding="utf-8") as stream:
                found: list[list[str]] = json.load(stream)
        except (OSError, ValueError):
            raise ChangesError(done.stderr.strip() or done.stdout.strip()) from None
    return found


def _renamed(base: Base) -> Mapping[str, str]:
    """Return the old names of what was renamed, by its new ones."""
    told = _git("diff", "--name-status", "--no-ext-diff", "-z", "-M", "--diff-filter=R", base.commit, cwd=base.top)
    names = _names(told)
    return dict(zip(names[2::3], names[1::3], strict=True))


def _ignored(base: Base, items: Sequence[Item], submodules: Sequence[str]) -> set[str]:
    """Return the fingerprints of findings in files that git ignores, which are no part of any change."""
    paths = {
        item.path
        for item in items
        if not os.path.isabs(item.path)
        and not item.path.startswith("../")
        and not any(item.path.startswith(f"{submodule}/") for submodule in submodules)
    }
    given = b"".join(os.fsencode(path) + b"\0" for path in sorted(paths))
    told = _git("check-ignore", "-z", "--stdin", cwd=base.top, given=given, silent=True) if paths else b""
    ignored = set(_names(told))
    return {item.fingerprint for item in items if item.path in ignored}


def _entries(top: str, commit: str) -> Iterator[_Entry]:
    """Yield the files of a commit; names that lead out of the tree are left out."""
    for line in _git("ls-tree", "-r", "-z", "--full-tree", commit, cwd=top).split(b"\0"):
        described, _, name = line.partition(b"\t")
        path = os.fsdecode(name)
        if name and not {"..", ".git", ""} & set(path.split("/")):
            mode, _, blob = described.decode().split()
            yield _Entry(mode, blob, path)


def _write_tree(top: str, commit: str, entries: Iterable[_Entry], folder: str) -> None:
    """Write the files of a commit: what is the same in the working tree from there, the others from git."""
    differing = set(_names(_git("diff", "--name-only", "--no-ext-diff", "-z", "--no-renames", commit, cwd=top)))
    made: set[str] = set()
    stored: list[_Entry] = []
    for entry in entries:
        target = os.path.join(folder, entry.path)
        if (parent := os.path.dirname(target)) not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        if entry.mode == _SUBMODULE:
            _write_submodule(os.path.join(top, entry.path), entry.blob, target)
        elif entry.mode == _LINK or entry.path in differing or not _share(os.path.join(top, entry.path), target):
            stored.append(entry)
    if stored:
        _write_stored(top, stored, folder)


def _write_submodule(top: str, commit: str, folder: str) -> None:
    """Write a submodule as the revision has it, if it is checked out and has that commit."""
    os.makedirs(folder, exist_ok=True)
    if os.path.exists(os.path.join(top, ".git")):
        try:
            _write_tree(top, commit, _entries(top, commit), folder)
        except ChangesError:
            return


def _share(path: str, target: str) -> bool:
    """Let a file be in two places, without copying it where that can be; return False if it is not there."""
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    try:
        os.link(path, target)
    except OSError:
        try:
            if os.path.getsize(path) > _LARGE:
                os.symlink(path, target)
            else:
                shutil.copyfile(path, target)
        except OSError:
            return False
    return True


def _write_stored(top: str, entries: Sequence[_Entry], folder: str) -> None:
    """Write files from git's store, one process for all of them; links last, so that nothing is written through one."""
    links: list[tuple[str, str]] = []
    with tempfile.TemporaryFile() as asked:
        asked.write("".join(f"{entry.blob}\n" for entry in entries).encode())
        asked.seek(0)
        with subprocess.Popen(
            ["git", "cat-file", "--batch"],  # noqa: S607
            cwd=top,
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as git:
            assert git.stdout is not None
            for entry in entries:
                size = git.stdout.readline().split()[-1:]
                if not size or not size[0].isdigit():
                    raise _incomplete()
                if entry.mode == _LINK:
                    links.append((entry.path, os.fsdecode(git.stdout.read(int(size[0])))))
                else:
                    with open(os.path.join(folder, entry.path), "wb") as stream:
                        _copy(git.stdout, stream, int(size[0]))
                git.stdout.read(1)
    for path, target in links:
        inside = os.path.normpath(os.path.join(os.path.dirname(path), target))
        if (
            not os.path.isabs(target)
            and not inside.startswith("..")
            and not os.path.lexists(os.path.join(folder, path))
        ):
            os.symlink(target, os.path.join(folder, path))


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    while size > 0 and (chunk := source.read(min(size, 2**20))):
        target.write(chunk)
        size -= len(chunk)
