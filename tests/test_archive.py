"""Zip archives as a JVM reads them: the same entries as Python's zipfile where both agree, and no trust where not."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.formats import archive as archives
from flake8_planalign.formats.archive import ArchiveError, EntryError, read_directory


def _zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, *, wide: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with archive.open(info, "w", force_zip64=wide) as stream:
                stream.write(content)
    return buffer.getvalue()


@given(
    st.dictionaries(st.text("abc/é", min_size=1, max_size=6), st.binary(max_size=2000), max_size=5),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_every_entry_is_read_as_it_was_written(entries: dict[str, bytes], method: int) -> None:
    archive = read_directory(io.BytesIO(_zipped(entries, method)))
    assert [entry.name for entry in archive.entries] == list(entries)
    for entry in archive.entries:
        assert archive.local_name(entry) == entry.name
        assert archive.read(entry, 10_000) == entries[entry.name]
        assert archive.read(entry, 3) == entries[entry.name][:3]
        assert entry.size == len(entries[entry.name])


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    try:
        archive = read_directory(io.BytesIO(data + _zipped({"a": b"x"})[-60:]))
        for entry in archive.entries:
            archive.read(entry, 100)
    except (ArchiveError, EntryError):
        pass


def test_a_directory_behind_64_bit_records_is_found() -> None:
    data = bytearray(_zipped({"a": b"hello", "b": b"world"}, wide=True))
    end = data.rfind(b"PK\x05\x06")
    count, length, offset = struct.unpack_from("<H2L", data, end + 10)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    archive = read_directory(io.BytesIO(bytes(data[:end]) + record + locator + tail))
    assert [archive.read(entry, 10) for entry in archive.entries] == [b"hello", b"world"]


def test_64_bit_sizes_of_an_entry_come_from_its_extra_field() -> None:
    data = bytearray(_zipped({"a": b"hello"}, zipfile.ZIP_STORED))
    central, end = data.find(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    struct.pack_into("<2L", data, central + 20, 0xFFFFFFFF, 0xFFFFFFFF)
    extra = struct.pack("<2H", 9, 2) + b"xx" + struct.pack("<2H2Q", 1, 16, 5, 5)
    struct.pack_into("<H", data, central + 30, len(extra))
    struct.pack_into("<L", data, end + 12, end - central + len(extra))
    archive = read_directory(io.BytesIO(bytes(data[:end]) + extra + bytes(data[end:])))
    assert archive.entries[0].size == archive.entries[0].compressed == 5
    assert archive.read(archive.entries[0], 10) == b"hello"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data[:-5], "no end record"),
        (lambda data: data.replace(b"PK\x01\x02", b"PK\x01\x09"), "damaged at byte 0"),
        (lambda data: data.replace(b"\xc3\xa9", b"\xff\xff"), "is not UTF-8"),
        (lambda data: data[:-10] + struct.pack("<L", 10**6) + data[-6:], "larger than the file"),
    ],
)
def test_what_a_jvm_refuses_is_refused_with_the_reason(change: object, reason: str) -> None:
    assert callable(change)
    with pytest.raises(ArchiveError, match=reason):
        read_directory(io.BytesIO(change(_zipped({"é": b"x", "b": b"y"}))))


def test_an_entry_whose_bytes_are_not_there_is_an_error() -> None:
    whole = _zipped({"a": bytes(range(256)) * 20, "b": b"x"})
    archive = read_directory(io.BytesIO(whole))
    for change in ({"offset": 7}, {"compressed": 40}, {"offset": 10**6}):
        with pytest.raises(EntryError):
            archive.read(archive.entries[0]._replace(**change), 10_000)
    last = archive.entries[1]._replace(method=archives.STORED, compressed=10**6)
    with pytest.raises(EntryError, match="the archive ends within it"):
        archive.read(last, 10**7)


def test_names_are_seen_in_an_archive_that_is_cut_off() -> None:
    data = _zipped({"model.ini": b"[info]", "domains/d000.txt": b"a\nb\n"})
    assert list(archives.local_names(data[:80])) == ["model.ini"]
    assert list(archives.local_names(data)) == ["model.ini", "domains/d000.txt"]
