"""The bytes of a regular file, within a limit; a pipe or a device, which a link in a tree may lead to, is not read."""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import Final

__all__ = ["SIZE_LIMIT", "bytes_of", "content_of"]

#: In bytes; what is larger is no source text.
SIZE_LIMIT: Final = 8 * 2**20

_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
#: How much more is asked for, in bytes, of a file that has grown or whose size the system does not tell.
_MORE: Final = 2**16


def bytes_of(path: str | os.PathLike[str], limit: int | None = None) -> bytes:
    """Return the bytes of a regular file, at most one more than the limit; raises OSError for anything else.

    A pipe that nobody writes to would keep `open` waiting for ever; without blocking it is opened at once.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", os.fspath(path))
        # One byte more than there is tells that the file has ended; a buffer of the limit's size would cost more.
        most = sys.maxsize if limit is None else limit + 1
        parts, wanted = [], min(status.st_size + 1, most)
        while wanted and (part := os.read(descriptor, wanted)):
            parts.append(part)
            most -= len(part)
            wanted = min(wanted - len(part) or _MORE, most)
    finally:
        os.close(descriptor)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def content_of(path: str, limit: int | None = SIZE_LIMIT) -> bytes | None:
    """Return the bytes of a regular file, at most one more than the limit; None for anything else, such as a pipe."""
    try:
        return bytes_of(path, limit)
    except (OSError, ValueError):
        return None
