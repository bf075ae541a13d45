"""Facts by content hash, on disk: JSON that parallel runs share and that a killed run cannot harm.

A cache directory holds sixteen append-only packs. A record is one line, written with one `write` in append mode, that
carries a checksum; a torn, foreign or damaged line is not a record, so it is a miss. Writing costs half of what one
file for each entry does; reading costs the same, three quarters of it being the JSON itself.

Beside a pack that has grown stands an index of it, so that a process that wants few records, as an editor's does, need
not read them all to learn where they are. An index that is wrong leads to bytes whose checksum is not that of a record.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import tempfile
import weakref
import zlib
from _blake2 import blake2b  # as in `hashlib`, which loads OpenSSL: two hundredths of what an editor waits for flake8
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from flake8_planalign.patterns import lazy
from flake8_planalign.reading import bytes_of

__all__ = ["GROUPS", "RECORDS", "Cache", "decoded", "digest", "digest_of", "encoded", "encoded_records"]

SCHEMA = 1
PACK_LIMIT = 16 * 2**20
GENERATIONS = 6

#: A record is a key, a checksum and a value as JSON, with a blank between them; in bytes.
_KEY: Final = 32
_HEAD: Final = _KEY + 1 + 8 + 1
_BLANK: Final = ord(" ")
#: What an index begins with: the inode of its pack, how much of it is indexed, and a checksum of the entries.
_INDEX_HEAD: Final = struct.Struct("<QQ8s")
#: A record's key, where its payload begins, how long it is, and the payload's checksum.
_ENTRY: Final = struct.Struct("<32sII8s")
#: An index is written again when so many bytes have come to its pack since.
_UNINDEXED: Final = 2**16
_GENERATION = lazy(r"v\d+-py\d+-[0-9a-f]*")
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# This directory is a cache of flake8-planalign and may be deleted.\n"
)


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder()


def encoded(value: object) -> bytes:
    """Return a value of JSON types as JSON in UTF-8; numbers are finite, and keys of dicts become strings."""
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        # half of a surrogate pair, which Python takes into a string
        import json

        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), check_circular=False).encode(
            "utf-8", "surrogatepass"
        )


#: Between records, and between groups of them: signs that JSON escapes and that end no line.
RECORDS: Final = "\x1e"
GROUPS: Final = "\x1d"


def encoded_records(values: Iterable[object]) -> str:
    """Return values of JSON types as JSON, with `RECORDS` between them."""
    values = list(values)
    try:
        return _ENCODER.encode_lines(values)[:-1].decode().replace("\n", RECORDS)
    except UnicodeEncodeError:
        return RECORDS.join(encoded(value).decode("utf-8", "surrogatepass") for value in values)


def decoded(payload: bytes | str) -> Any:
    """Return the value that a JSON text of `encoded` says; raises ValueError if it is none."""
    try:
        return _DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeError):
        import json

        return json.loads(payload)


def digest(content: bytes | str) -> str:
    """Return the BLAKE2b hash of a content, 32 hexadecimal digits."""
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    return blake2b(content, digest_size=16).hexdigest()


def digest_of(*parts: str) -> str:
    """Return the BLAKE2b hash of several texts, 32 hexadecimal digits, which tells where one ends."""
    return blake2b("\0".join((*parts, "")).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _checksum(payload: bytes) -> bytes:
    # It tells torn and foreign lines, as 32 bits of a hash did; a hash takes ten times as long.
    return b"%08x" % zlib.crc32(payload)


class _Pack:
    """One pack as far as this process has read it: where each record's payload lies in the file."""

    __slots__ = ("index", "inode", "is_listed", "path", "places", "reading", "size", "writing")

    def __init__(self, path: str) -> None:
        self.path = path
        #: The entries of the index, for what `places` does not have.
        self.index = b""
        #: Whether it was looked at whether enough is there for an index.
        self.is_listed = False
        self.places: dict[bytes, tuple[int, int, bytes]] = {}
        self.inode = 0
        self.size = 0
        self.reading: int | None = None
        self.writing: int | None = None

    def place(self, key: bytes) -> tuple[int, int, bytes] | None:
        """Return where the payload of a key lies, its length and its checksum, None if it is not known."""
        place = self.places.get(key)
        at = self.index.find(key) if place is None else -1
        if at < 0 or at % _ENTRY.size:
            return place
        _, offset, length, checksum = _ENTRY.unpack_from(self.index, at)
        return offset, length, checksum

    def load_index(self, most: int) -> None:
        """Take what the index tells of the beginning of the pack, which has `most` bytes, if it is one of it."""
        try:
            content = bytes_of(f"{self.path}.index", PACK_LIMIT)
            inode, size, checksum = _INDEX_HEAD.unpack_from(content)
        except (OSError, struct.error):
            return
        entries = content[_INDEX_HEAD.size :]
        if inode == self.inode and size <= most and len(entries) % _ENTRY.size == 0 and _checksum(entries) == checksum:
            self.index, self.size = entries, size

    def write_index(self) -> None:
        """Keep where the records lie that are known now."""
        known = {key: tuple(place) for key, *place in _ENTRY.iter_unpack(self.index)} | self.places
        entries = b"".join(_ENTRY.pack(key, *place) for key, place in known.items())
        content = _INDEX_HEAD.pack(self.inode, self.size, _checksum(entries)) + entries
        with contextlib.suppress(OSError):
            _replace_file(f"{self.path}.index", content)


def _replace_file(path: str, content: bytes) -> None:
    """Write a file as a whole, so that who reads it sees all of the old or all of the new one."""
    handle, name = tempfile.mkstemp(dir=os.path.dirname(path), suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(name, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _close(packs: dict[str, _Pack]) -> None:
    for pack in packs.values():
        for descriptor in (pack.reading, pack.writing):
            if descriptor is not None:
                os.close(descriptor)


class Cache:
    """A store of JSON values under (namespace, digest); `Cache(None)` remembers nothing.

    No method raises for what is on disk or for a directory that cannot be written: what cannot be read is a miss,
    what cannot be written is forgotten. `fingerprint` names the code that makes the values, so that no other code
    reads them.
    """

    def __init__(self, directory: Path | str | None, fingerprint: str = "") -> None:
        # Reads must not share a file position with a forked worker; a system without pread runs without a cache.
        self._packs: dict[str, _Pack] = {}
        # A process may outlive many runs, as an editor does.
        weakref.finalize(self, _close, self._packs)
        self.directory = Path(directory) if directory is not None and hasattr(os, "pread") else None
        version = "".join(map(str, sys.version_info[:2]))
        self._generation = f"v{SCHEMA}-py{version}-{fingerprint}"

    def get(self, namespace: str, digest: str) -> object | None:
        """Return the value that was put under this key, None if there is none."""
        payload = self._payload(namespace, digest)
        if payload is None:
            return None
        try:
            return decoded(payload)  # type: ignore[no-any-return]
        except (ValueError, RecursionError):
            return None

    def text(self, namespace: str, digest: str) -> str | None:
        """Return the text that was put under this key by `put_text`, None if there is none."""
        payload = self._payload(namespace, digest)
        try:
            return None if payload is None else payload.decode("utf-8", "surrogatepass")
        except UnicodeError:
            return None

    def _payload(self, namespace: str, digest: str) -> bytes | None:
        if self.directory is None:
            return None
        key, pack = self._locate(namespace, digest)
        place = pack.place(key)
        if place is None:
            if not self._refresh(pack):
                return None
            place = pack.place(key)
            if place is None:
                return None
        offset, length, checksum = place
        assert pack.reading is not None
        try:
            payload = os.pread(pack.reading, length, offset)
        except OSError:
            return None
        return payload if _checksum(payload) == checksum else None

    def put(self, namespace: str, digest: str, value: object) -> None:
        """Keep a value of JSON types, its numbers finite, under a key; the last one put wins."""
        if self.directory is not None:
            self._append(namespace, digest, encoded(value))

    def put_text(self, namespace: str, digest: str, text: str) -> None:
        """Keep a text without line feeds under a key; `text` gives it back as it is, and nothing in it is escaped."""
        if self.directory is not None:
            self._append(namespace, digest, text.encode("utf-8", "surrogatepass"))

    def _append(self, namespace: str, digest: str, record: bytes) -> None:
        key, pack = self._locate(namespace, digest)
        line = b"\n%b %b %b\n" % (key, _checksum(record), record)
        try:  # a context manager takes as long as the write
            if pack.writing is None:
                self._open_for_writing(pack)
            if pack.writing is not None and len(line) < PACK_LIMIT:
                os.write(pack.writing, line)
        except OSError:
            pass

    def _locate(self, namespace: str, digest: str) -> tuple[bytes, _Pack]:
        key = blake2b(f"{namespace}\0{digest}".encode(), digest_size=16).hexdigest()
        shard = key[0]
        pack = self._packs.get(shard)
        if pack is None:
            assert self.directory is not None
            pack = self._packs[shard] = _Pack(str(self.directory / self._generation / f"{shard}.pack"))
        return key.encode(), pack

    def _refresh(self, pack: _Pack) -> bool:
        """Read what was appended since the last look, by us or by another process; False if nothing was."""
        try:
            status = os.stat(pack.path)
            is_new = status.st_ino != pack.inode or status.st_size < pack.size
            if is_new:
                if pack.reading is not None:
                    os.close(pack.reading)
                pack.reading = None
                pack.places.clear()
                pack.inode, pack.size, pack.index, pack.is_listed = status.st_ino, 0, b"", False
                pack.load_index(status.st_size)
            if pack.reading is None:
                pack.reading = os.open(pack.path, os.O_RDONLY)
            if status.st_size == pack.size:
                return is_new
            tail = os.pread(pack.reading, status.st_size - pack.size, pack.size)
        except OSError:
            return False
        whole = start = 0
        while (end := tail.find(b"\n", start)) >= 0:
            if end - start > _HEAD and tail[start + _KEY] == _BLANK == tail[start + _HEAD - 1]:
                place = pack.size + start + _HEAD, end - start - _HEAD, tail[start + _KEY + 1 : start + _HEAD - 1]
                pack.places[tail[start : start + _KEY]] = place
            whole = start = end + 1
        pack.size += whole
        if not pack.is_listed and whole > _UNINDEXED:
            pack.write_index()
        pack.is_listed = True
        return whole > 0 or is_new

    def _open_for_writing(self, pack: _Pack) -> None:
        assert self.directory is not None
        folder = os.path.dirname(pack.path)
        if not os.path.isdir(folder):
            self._create(Path(folder))
        with contextlib.suppress(FileNotFoundError):
            if os.stat(pack.path).st_size > PACK_LIMIT:
                self._halve(pack)
        pack.writing = os.open(pack.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def _create(self, folder: Path) -> None:
        assert self.directory is not None
        new = not self.directory.exists()
        folder.mkdir(parents=True, exist_ok=True)
        if new or not (self.directory / "CACHEDIR.TAG").exists():
            (self.directory / ".gitignore").write_text("*\n", encoding="ascii")
            (self.directory / "CACHEDIR.TAG").write_text(_TAG, encoding="ascii")
        self._forget_old_generations()

    def _forget_old_generations(self) -> None:
        """Delete the packs of the tool versions that were used longest ago."""
        assert self.directory is not None
        folders = [item for item in self.directory.iterdir() if _GENERATION.fullmatch(item.name)]
        folders.sort(key=lambda item: item.stat().st_mtime_ns, reverse=True)
        for folder in folders[GENERATIONS:]:
            for pack in folder.glob("?.pack*"):
                pack.unlink(missing_ok=True)
            folder.rmdir()

    def _halve(self, pack: _Pack) -> None:
        """Keep the newer half of a pack that has grown too large; who still appends to the old one loses a record."""
        with open(pack.path, "rb") as stream:
            content = stream.read()
        _replace_file(pack.path, content[content.find(b"\n", len(content) // 2) :])
