"""The texts of a project's Python files, kept for the run: the first ones as they are, all others packed."""

from __future__ import annotations

import zlib
from typing import Final

__all__ = ["KeptTexts"]

#: In characters; so many are kept as they are, for about 100,000 lines.
_PLAIN: Final = 4 * 2**20
#: In bytes of what is packed, which takes a quarter; a text beyond is read again when it is asked for.
_PACKED: Final = 32 * 2**20
#: The quickest level of zlib: to unpack a text takes half as long as to open, read and decode its file.
_LEVEL: Final = 1


class KeptTexts:
    """Texts by the path of their file, within limits."""

    def __init__(self) -> None:
        self._plain: dict[str, str] = {}
        self._packed: dict[str, bytes] = {}
        self._plain_left = _PLAIN
        self._packed_left = _PACKED

    def get(self, path: str) -> str | None:
        """Return the text of a file, None if it is not kept."""
        text = self._plain.get(path)
        if text is None and path in self._packed:
            text = zlib.decompress(self._packed[path]).decode("utf-8", "surrogatepass")
        return text

    def put(self, path: str, text: str) -> None:
        """Keep the text of a file that is not kept yet, as far as there is room."""
        if len(text) <= self._plain_left:
            self._plain[path] = text
            self._plain_left -= len(text)
        else:
            self._pack(path, text)

    def pack(self) -> None:
        """Keep nothing but what is packed, now and from now on."""
        self._plain_left = 0
        while self._plain:
            self._pack(*self._plain.popitem())

    def _pack(self, path: str, text: str) -> None:
        packed = zlib.compress(text.encode("utf-8", "surrogatepass"), _LEVEL)
        if len(packed) <= self._packed_left:
            self._packed[path] = packed
            self._packed_left -= len(packed)
