"""What changed since a revision: which files, and which findings there were before."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence

__all__ = ["ChangesError", "changed_files", "fingerprints_at"]

#: In seconds.
_PATIENCE = 1800


class ChangesError(Exception):
    """What git could not tell; the text is git's."""


def _git(*arguments: str, cwd: str | None = None) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program
            ["git", *arguments],  # noqa: S607
            cwd=cwd,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ChangesError(str(error)) from error
    if done.returncode:
        raise ChangesError(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


def _commit(base: str) -> str:
    return _git("rev-parse", "--verify", "--end-of-options", f"{base}^{{commit}}").decode().strip()


def changed_files(base: str) -> tuple[str, ...]:
    """Return the files that differ from a revision or are new, relative to the repository's root.

    Raises ChangesError outside of a repository or for a revision that is none.
    """
    commit = _commit(base)
    top = _git("rev-parse", "--show-toplevel").decode().strip()
    changed = _git("diff", "--name-only", "-z", "--diff-filter=d", commit, cwd=top)
    new = _git("ls-files", "--others", "--exclude-standard", "-z", cwd=top)
    return tuple(sorted({name for name in (changed + new).decode("utf-8", "surrogateescape").split("\0") if name}))


def fingerprints_at(base: str, arguments: Sequence[str]) -> frozenset[str]:
    """Return the fingerprints of what flake8 finds with these arguments in the tree of a revision.

    The tree is written to a temporary directory; the repository is not touched.
    """
    commit = _commit(base)
    top = _git("rev-parse", "--show-toplevel").decode().strip()
    inside = os.path.relpath(os.getcwd(), top)
    archive = _git("archive", "--format=tar", commit, cwd=top)
    with tempfile.TemporaryDirectory(prefix="planalign-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        os.mkdir(os.path.join(folder, ".git"))  # the root of the repository, as for the tree that is reviewed
        cwd = os.path.join(folder, inside)
        if not os.path.isdir(cwd):
            return frozenset()
        command = [sys.executable, "-m", "flake8_planalign", "check", *arguments, "--format=planalign-gitlab"]
        done = subprocess.run(  # noqa: S603 - our own program
            command, cwd=cwd, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
    try:
        return frozenset(issue["fingerprint"] for issue in json.loads(done.stdout))
    except ValueError:
        raise ChangesError(done.stderr.strip() or done.stdout.strip()) from None
