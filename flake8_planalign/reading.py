"""The bytes of a regular file, within a limit; a pipe or a device, which a link in a tree may lead to, is not read."""

from __future__ import annotations

import errno
import os
import stat

__all__ = ["bytes_of"]


def bytes_of(path: str | os.PathLike[str], limit: int | None = None) -> bytes:
    """Return the bytes of a regular file, at most one more than the limit; raises OSError for anything else.

    A pipe that nobody writes to would keep `open` waiting for ever; without blocking it is opened at once.
    """
    with open(path, "rb", opener=_open_at_once) as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", os.fspath(path))
        # A buffer of the limit's size would cost more than reading most files does.
        return stream.read(-1 if limit is None or status.st_size <= limit else limit + 1)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
