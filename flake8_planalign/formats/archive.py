"""Zip archives as `java.util.zip.ZipFile` reads them, without extraction, whatever the archive claims.

Python's zipfile and Java's ZipFile accept different files. What counts here is what a JVM that is given the path would
see: the central directory found from the end, the last entry of a name, no checksum (JDK 17, `ZipFile.Source.initCEN`).
The container itself is described by .ZIP File Format Specification 6.3.10 (APPNOTE).
"""

from __future__ import annotations

import dataclasses
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

__all__ = [
    "DEFLATED",
    "ENTRY_LIMIT",
    "KEPT_LIMIT",
    "STORED",
    "Archive",
    "ArchiveError",
    "Entry",
    "EntryError",
    "local_names",
    "read_directory",
]

STORED: Final = 0
DEFLATED: Final = 8
#: The largest number of entries that are looked at; a model of 10,000 trees and ten classes has 200,000.
ENTRY_LIMIT: Final = 250_000
#: In bytes.
DIRECTORY_LIMIT: Final = 48 * 2**20
CHUNK: Final = 2**16
#: How many bytes of decompressed entries are kept.
KEPT_LIMIT: Final = 2 * 2**20

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_SIGNATURE = b"PK\x05\x06"
_CENTRAL_SIGNATURE = b"PK\x01\x02"
_LOCAL_SIGNATURE = b"PK\x03\x04"
_COMMENT_LIMIT = 2**16 - 1
_MAX16, _MAX32 = 2**16 - 1, 2**32 - 1
_ZIP64_EXTRA = 1
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x1, 0x8, 0x800


class ArchiveError(Exception):
    """The file is no zip archive to a reader that is given its path; the text says what it stumbles over."""


class EntryError(Exception):
    """The bytes of one entry cannot be had; the text says why."""


class Entry(NamedTuple):
    """A record of the central directory; sizes and the offset of the local header in bytes, as they are claimed."""

    name: str
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int
    host: int
    attributes: int

    @property
    def encrypted(self) -> bool:
        """Tell whether the entry is encrypted."""
        return bool(self.flags & _ENCRYPTED)

    @property
    def is_symlink(self) -> bool:
        """Tell whether the entry is a symbolic link, which only Unix hosts write."""
        return self.host == 3 and (self.attributes >> 16) & 0o170000 == 0o120000


@dataclasses.dataclass(eq=False)
class Archive:
    """An archive whose directory has been read; its entries are read from the stream on demand.

    `prefix` is the number of bytes before the archive proper, `directory` where the central directory begins, `ends`
    how many end records there are that could be meant.
    """

    stream: BinaryIO
    size: int
    prefix: int
    directory: int
    end: int
    ends: int
    trailing: int
    entries: tuple[Entry, ...]
    by_name: dict[str, Entry]
    #: The bytes of entries that were read to their end, by their identity, and how many more can be kept.
    _kept: dict[int, bytes] = dataclasses.field(default_factory=dict, init=False)
    _room: int = dataclasses.field(default=KEPT_LIMIT, init=False)

    def keep(self, entry: Entry, data: bytes) -> None:
        """Keep all the bytes of an entry of this archive, if there is room for them."""
        if len(data) <= self._room:
            self._kept[id(entry)] = data
            self._room -= len(data)

    def find(self, name: str) -> Entry | None:
        """Return the entry that `ZipFile.getEntry` returns: the last one of that name, else the directory of it."""
        return self.by_name.get(name) or self.by_name.get(f"{name}/")

    def local_name(self, entry: Entry) -> str:
        """Return the name in the entry's local header, which only a reader of streams looks at; raises EntryError."""
        _, _, flags, *_, length, _ = self._local(entry)
        return _decoded(self.stream.read(length), flags)

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """Yield the decompressed bytes in pieces of at most 64 KiB; raises EntryError where a JVM cannot go on.

        There may be more or fewer of them than the entry's size claims: the caller stops when it has enough.
        """
        _, _, _, _, _, _, _, _, _, name_length, extra_length = self._local(entry)
        position = self.prefix + entry.offset + _LOCAL.size + name_length + extra_length
        left = entry.compressed
        inflater = zlib.decompressobj(-15) if entry.method == DEFLATED else None
        while left > 0:
            self.stream.seek(position)
            raw = self.stream.read(min(CHUNK, left))
            if not raw:
                msg = "the archive ends within it"
                raise EntryError(msg)
            position += len(raw)
            left -= len(raw)
            if inflater is None:
                yield raw
                continue
            while raw:
                try:
                    piece = inflater.decompress(raw, CHUNK)
                except zlib.error as error:
                    msg = f"its compressed data is damaged ({_reason(error)})"
                    raise EntryError(msg) from None
                raw = inflater.unconsumed_tail
                if piece:
                    yield piece
                if inflater.eof:
                    return
        if inflater is not None and not inflater.eof:
            # `ZipFile` hands the inflater one byte more than there is, so that the last one may be missing.
            rest = inflater.decompress(b"\0", CHUNK)
            if rest:
                yield rest
            if not inflater.eof:
                msg = "its compressed data ends too early"
                raise EntryError(msg)

    def read(self, entry: Entry, limit: int) -> bytes:
        """Return the first `limit` decompressed bytes, all of them if there are fewer; raises EntryError."""
        kept = self._kept.get(id(entry))
        if kept is not None:
            return kept[:limit]
        found = bytearray()
        for piece in self.chunks(entry):
            found += piece
            if len(found) >= limit:
                return bytes(found[:limit])
        return bytes(found)

    def _local(self, entry: Entry) -> tuple[bytes, int, int, int, int, int, int, int, int, int, int]:
        self.stream.seek(self.prefix + entry.offset)
        header = self.stream.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(_LOCAL_SIGNATURE):
            msg = "there is no local header where the directory says"
            raise EntryError(msg)
        found: tuple[bytes, int, int, int, int, int, int, int, int, int, int] = _LOCAL.unpack(header)
        return found


def read_directory(stream: BinaryIO) -> Archive:
    """Return the archive of a seekable stream; raises ArchiveError where `new ZipFile(path)` would throw.

    An encrypted entry or an unknown compression method, at which a JVM throws as well, is left to the caller.
    """
    size = stream.seek(0, 2)
    end, count, length, offset, trailing, ends = _find_end(stream, size)
    directory = end - length
    if directory < 0:
        msg = "its end record claims a directory larger than the file"
        raise ArchiveError(msg)
    prefix = directory - offset
    if prefix < 0:
        msg = "its end record claims a directory behind itself"
        raise ArchiveError(msg)
    if length > DIRECTORY_LIMIT or count > ENTRY_LIMIT:
        msg = f"its directory has more than {ENTRY_LIMIT:,} entries or {DIRECTORY_LIMIT // 2**20} MiB"
        raise ArchiveError(msg)
    stream.seek(directory)
    entries = tuple(_entries(stream.read(length)))
    return Archive(
        stream, size, prefix, directory, end, ends, trailing, entries, {entry.name: entry for entry in entries}
    )


def _find_end(stream: BinaryIO, size: int) -> tuple[int, int, int, int, int, int]:
    """Return place, entry count, directory length, directory offset, bytes behind it, and how many there are."""
    reach = min(size, _COMMENT_LIMIT + _END.size)
    stream.seek(size - reach)
    tail = stream.read(reach)
    found: list[tuple[int, int, int, int, int]] = []
    index = tail.rfind(_END_SIGNATURE)
    while index >= 0:
        record = tail[index : index + _END.size]
        if len(record) == _END.size:
            candidate = _end_record(stream, size, size - reach + index, record)
            if candidate is not None:
                found.append(candidate)
        if len(found) > 1:
            break
        index = tail.rfind(_END_SIGNATURE, 0, index + 3)
    if not found:
        msg = "it has no end record: it is cut off or no zip archive"
        raise ArchiveError(msg)
    return *found[0], len(found)


def _end_record(stream: BinaryIO, size: int, place: int, record: bytes) -> tuple[int, int, int, int, int] | None:
    _, _, _, _, count, length, offset, comment = _END.unpack(record)
    trailing = size - place - _END.size - comment
    if trailing < 0:
        return None
    if trailing != 0 and not _is_framed(stream, place - length, place - length - offset):
        return None
    if _MAX32 in (length, offset) or count == _MAX16:
        wide = _zip64_end(stream, place)
        if wide is not None:
            return *wide, trailing
    return place, count, length, offset, trailing


def _is_framed(stream: BinaryIO, central: int, local: int) -> bool:
    """Tell whether a directory and a first local header stand where an end record says, for a JVM to believe it."""
    return (
        central >= 0
        and local >= 0
        and _bytes_at(stream, central, 4) == _CENTRAL_SIGNATURE
        and _bytes_at(stream, local, 4) == _LOCAL_SIGNATURE
    )


def _bytes_at(stream: BinaryIO, place: int, count: int) -> bytes:
    stream.seek(place)
    return stream.read(count)


def _zip64_end(stream: BinaryIO, place: int) -> tuple[int, int, int, int] | None:
    if place < _END64_LOCATOR.size:
        return None
    locator = _bytes_at(stream, place - _END64_LOCATOR.size, _END64_LOCATOR.size)
    signature, _, where, _ = _END64_LOCATOR.unpack(locator)
    if signature != b"PK\x06\x07":
        return None
    record = _bytes_at(stream, min(where, place), _END64.size)
    if len(record) < _END64.size or not record.startswith(b"PK\x06\x06"):
        return None
    *_, count, length, offset = _END64.unpack(record)
    return where, count, length, offset


def _entries(directory: bytes) -> Iterator[Entry]:
    position, total = 0, len(directory)
    while position + _CENTRAL.size <= total:
        (
            signature, made_by, _, flags, method, _, _, crc, compressed, size,
            name_length, extra_length, comment_length, _, _, attributes, offset,
        ) = _CENTRAL.unpack_from(directory, position)  # fmt: skip
        if signature != _CENTRAL_SIGNATURE:
            msg = f"its directory is damaged at byte {position}"
            raise ArchiveError(msg)
        name_end = position + _CENTRAL.size + name_length
        extra_end = name_end + extra_length
        if extra_end + comment_length > total:
            msg = "the last record of its directory is cut off"
            raise ArchiveError(msg)
        name = _decoded(directory[position + _CENTRAL.size : name_end], flags)
        if _MAX32 in (compressed, size, offset):
            compressed, size, offset = _wide(directory[name_end:extra_end], compressed, size, offset)
        yield Entry(name, flags, method, crc, compressed, size, offset, made_by >> 8, attributes)
        position = extra_end + comment_length
    if position != total:
        msg = "its directory is longer than its records"
        raise ArchiveError(msg)


def _wide(extra: bytes, compressed: int, size: int, offset: int) -> tuple[int, int, int]:
    """Return the 64-bit values that an extra field gives for those of the record that are all ones."""
    position = 0
    while position + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, position)
        field = extra[position + 4 : position + 4 + length]
        position += 4 + length
        if tag != _ZIP64_EXTRA:
            continue
        numbers = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
        size = next(numbers, size) if size == _MAX32 else size
        compressed = next(numbers, compressed) if compressed == _MAX32 else compressed
        offset = next(numbers, offset) if offset == _MAX32 else offset
        break
    return compressed, size, offset


def _decoded(name: bytes, flags: int) -> str:
    """Return a name; a JVM takes UTF-8 whether or not the flag says so, and refuses what is neither."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        if flags & _UTF8:
            msg = f"the name {name[:60]!r} in its directory is not UTF-8, as its flag says"
            raise ArchiveError(msg) from None
        msg = f"the name {name[:60]!r} in its directory is not UTF-8"
        raise ArchiveError(msg) from None


def local_names(head: bytes) -> Iterator[str]:
    """Yield the names in the local headers within the first bytes of a file, whose directory may be missing."""
    place = head.find(_LOCAL_SIGNATURE)
    while place >= 0:
        if place + _LOCAL.size <= len(head):
            length = int.from_bytes(head[place + 26 : place + 28], "little")
            name = head[place + _LOCAL.size : place + _LOCAL.size + length]
            if 0 < len(name) == length:
                yield name.decode("utf-8", "replace")
        place = head.find(_LOCAL_SIGNATURE, place + 4)


def _reason(error: zlib.error) -> str:
    """Return zlib's own words out of `Error -3 while decompressing data: invalid block type`."""
    return str(error).rpartition(": ")[2]
