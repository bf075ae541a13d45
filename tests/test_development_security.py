"""Archives that are made to do harm: each way is told as PAL317, nothing is written, and memory stays bounded."""

from __future__ import annotations

import io
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Flake8, Tree

from flake8_planalign.development import artifacts
from flake8_planalign.development.model import InvalidMojo, UnsafeArchive
from flake8_planalign.kinds import FileKind
from flake8_planalign.source import Source

DATA = Path(__file__).parent / "data" / "mojo"
Archive = Callable[[zipfile.ZipFile], None]


def _model() -> dict[str, bytes]:
    with zipfile.ZipFile(DATA / "kmeans.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with(add: Archive | None = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in _model().items():
            archive.writestr(name, content)
        if add is not None:
            add(archive)
    return buffer.getvalue()


def _entry(name: str, content: bytes = b"x") -> bytes:
    return _with(lambda archive: archive.writestr(name, content))


def _symlink() -> bytes:
    info = zipfile.ZipInfo("domains/d009.txt")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return _with(lambda archive: archive.writestr(info, "/etc/passwd"))


def _patched(data: bytes, name: str, offset: int, form: str, value: int) -> bytes:
    """Return an archive with one field of an entry's record in the directory changed."""
    changed = bytearray(data)
    at = changed.rindex(b"PK\x01\x02", 0, changed.rindex(name.encode()))
    struct.pack_into(form, changed, at + offset, value)
    return bytes(changed)


def _renamed_in_local_header() -> bytes:
    data = bytearray(_with())
    at = data.index(b"model.ini")
    data[at : at + 9] = b"other.ini"
    return bytes(data)


def _with_two_ends() -> bytes:
    """Return an archive in whose comment a second directory stands, with an end record of its own."""
    data = _with()
    length, offset = struct.unpack_from("<2I", data, len(data) - 10)
    directory, end = data[offset : offset + length], bytearray(data[-22:])
    struct.pack_into("<H", end, 20, length + 22)
    second = bytearray(data[-22:])
    struct.pack_into("<I", second, 16, len(data))
    return data[:-22] + bytes(end) + directory + bytes(second)


def _told(data: bytes) -> list[str]:
    found = artifacts.read(Source.of_bytes("model.zip", data, FileKind.ARCHIVE))
    return [f"{item.hazard.entry} {item.hazard.problem}" for item in found if isinstance(item, UnsafeArchive)]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (_entry("../../etc/cron.d/job"), "../../etc/cron.d/job climbs out of the directory"),
        (_entry("domains\\..\\..\\job"), "climbs out of the directory"),
        (_entry("/etc/passwd"), "/etc/passwd is an absolute path"),
        (_entry("C:\\Windows\\x"), "is an absolute path"),
        (_symlink(), "domains/d009.txt is a symbolic link"),
        (_entry("payload.jar", b"PK"), "payload.jar is an archive within the archive"),
        (_entry("domains/d900.txt", bytes(2**27)), "a decompression bomb"),
        (_patched(_with(), "model.ini", 24, "<I", 2**30), "compressed bytes cannot hold"),
        (_patched(_with(method=zipfile.ZIP_STORED), "model.ini", 24, "<I", 9), "and claims 9"),
        (_patched(_with(), "model.ini", 8, "<H", 1), "model.ini is encrypted"),
        (_patched(_with(), "model.ini", 20, "<I", 2**24), "overlaps what follows it"),
        (_patched(_with(), "experimental/README.md", 42, "<I", 0), "overlaps what follows it"),
        (_renamed_in_local_header(), "model.ini is `other.ini` to a reader of streams"),
        (b"#!/bin/sh\n" + _with(), "10 bytes stand before the archive"),
        (_with() + b"more", "4 bytes follow its end record"),
        (_with_two_ends(), "it has two end records"),
    ],
)
def test_what_is_dangerous_to_unpack_is_told(data: bytes, text: str) -> None:
    assert any(text in told for told in _told(data)), _told(data)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_stands_twice_is_told() -> None:
    (told,) = _told(_entry("model.ini", b"[info]\n"))
    assert told.startswith("model.ini stands twice in the directory")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_model_that_does_no_harm_is_silent(method: int) -> None:
    assert _told(_with(method=method)) == []


@pytest.mark.parametrize(
    ("name", "offset", "form", "value", "problem"),
    [
        ("model.ini", 10, "<H", 12, "is compressed by method 12"),
        ("model.ini", 16, "<I", 1, "does not match its CRC-32"),
        ("model.ini", 24, "<I", 20, "claims 20 bytes and holds more"),
        ("model.ini", 24, "<I", 9000, "claims 9,000 bytes and holds"),
    ],
)
def test_an_entry_that_is_not_what_the_directory_says_is_told(
    name: str, offset: int, form: str, value: int, problem: str
) -> None:
    data = _patched(_with(), name, offset, form, value)
    found = artifacts.read(Source.of_bytes("model.zip", data, FileKind.ARCHIVE))
    assert any(problem in item.fault.problem for item in found if isinstance(item, InvalidMojo))


def test_bytes_that_cannot_be_inflated_are_told() -> None:
    data = bytearray(_with())
    at = data.index(b"model.ini") + len("model.ini")
    data[at : at + 40] = b"\xff" * 40
    found = artifacts.read(Source.of_bytes("model.zip", bytes(data), FileKind.ARCHIVE))
    assert any(
        "its compressed data is damaged" in item.fault.problem for item in found if isinstance(item, InvalidMojo)
    )


def test_a_thousand_entries_of_zeros_take_bounded_memory() -> None:
    def add(archive: zipfile.ZipFile) -> None:
        for number in range(1000):
            archive.writestr(f"domains/d{number + 100}.txt", bytes(2**20))

    data = _with(add)
    tracemalloc.start()
    _told(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 2**20


def test_a_name_with_a_line_break_makes_no_second_finding(tree: Tree, flake8: Flake8) -> None:
    root = tree({"models/k.zip": _entry("../x\nsetup.py:1:1: PAL900 forged")})
    found = flake8("--select=PAL", "--planalign-cache=off", cwd=root)
    assert {item.path for item in found} == {"models/k.zip"}
    assert {item.code for item in found} == {"PAL317"}
