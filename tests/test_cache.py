"""Facts on disk: shared by parallel runs, never believed without a checksum, never in the way."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign import cache as module
from flake8_planalign.cache import Cache, digest

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.text(st.characters(categories=["Cs", "Lu"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def _packs(directory: Path) -> list[Path]:
    return sorted(directory.glob("v*/*.pack"))


def test_a_value_is_found_again_by_this_run_and_by_the_next(tmp_path: Path) -> None:
    first = Cache(tmp_path / "cache")
    key = digest("content")
    assert first.get("facts", key) is None
    first.put("facts", key, {"a": [1, "é", None]})
    assert first.get("facts", key) == {"a": [1, "é", None]}
    assert first.get("other", key) is None
    assert first.get("facts", digest(b"more")) is None
    assert Cache(tmp_path / "cache").get("facts", key) == {"a": [1, "é", None]}


@given(st.dictionaries(st.text(max_size=5), JSON.filter(lambda value: value is not None)))
def test_whatever_json_can_say_comes_back(tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]) -> None:
    directory = tmp_path_factory.mktemp("cache")
    cache = Cache(directory)
    for name, value in values.items():
        cache.put("facts", digest(name), value)
    for reader in (cache, Cache(directory)):
        assert {name: reader.get("facts", digest(name)) for name in values} == values


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="open files can be counted on Linux only")
def test_a_cache_that_is_no_longer_used_leaves_no_file_open(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    for number in range(3):
        cache = Cache(tmp_path / str(number))
        cache.put("facts", digest("a"), 1)
        assert cache.get("facts", digest("a")) == 1
    del cache
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_the_last_value_wins(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for value in (1, 2):
        cache.put("facts", digest(""), value)
    assert Cache(tmp_path).get("facts", digest("")) == 2
    assert cache.get("facts", digest("")) == 2


def test_one_process_sees_what_another_puts_meanwhile(tmp_path: Path) -> None:
    mine, theirs = Cache(tmp_path), Cache(tmp_path)
    mine.put("facts", digest("a"), 1)
    assert theirs.get("facts", digest("a")) == 1
    theirs.put("facts", digest("a"), 2)
    assert mine.get("facts", digest("a")) == 2


def test_other_code_never_reads_our_values(tmp_path: Path) -> None:
    Cache(tmp_path, "aa").put("facts", digest("a"), 1)
    assert Cache(tmp_path, "bb").get("facts", digest("a")) is None
    assert Cache(tmp_path, "aa").get("facts", digest("a")) == 1


def test_the_directory_says_what_it_is(tmp_path: Path) -> None:
    Cache(tmp_path / "cache").put("facts", digest("a"), 1)
    assert (tmp_path / "cache" / ".gitignore").read_text() == "*\n"
    assert (tmp_path / "cache" / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


def test_a_cache_that_is_off_remembers_nothing() -> None:
    cache = Cache(None)
    cache.put("facts", digest("a"), 1)
    assert cache.get("facts", digest("a")) is None


@pytest.mark.parametrize("damage", [b"", b"\n", b"\x00" * 500, b"\nnot a record\n", b"\n" + b"a" * 32 + b" 00000000 1"])
def test_damage_is_a_miss_and_heals(damage: bytes, tmp_path: Path) -> None:
    Cache(tmp_path).put("facts", digest("a"), [1])
    [pack] = _packs(tmp_path)
    pack.write_bytes(damage)
    again = Cache(tmp_path)
    assert again.get("facts", digest("a")) is None
    again.put("facts", digest("a"), [2])
    assert again.get("facts", digest("a")) == [2]
    assert Cache(tmp_path).get("facts", digest("a")) == [2]


def test_no_single_changed_byte_is_believed(tmp_path: Path) -> None:
    Cache(tmp_path).put("facts", digest("a"), {"key": "value"})
    [pack] = _packs(tmp_path)
    whole = pack.read_bytes()
    for place in range(len(whole)):
        pack.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert Cache(tmp_path).get("facts", digest("a")) in (None, {"key": "value"})
    for length in range(len(whole)):
        pack.write_bytes(whole[:length])
        assert Cache(tmp_path).get("facts", digest("a")) is None


def test_a_record_that_is_no_json_is_a_miss(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("facts", digest("a"), 1)
    [pack] = _packs(tmp_path)
    key, _, _ = pack.read_bytes().strip().partition(b" ")
    for payload in (b"import os", b"[" * 100_000):
        pack.write_bytes(b"\n%b %b %b\n" % (key, module._checksum(payload), payload))
        assert Cache(tmp_path).get("facts", digest("a")) is None


def test_a_pack_that_vanishes_or_shrinks_under_a_reader_is_a_miss(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("facts", digest("a"), "x" * 100)
    assert cache.get("facts", digest("a"))
    [pack] = _packs(tmp_path)
    shrunk = Cache(tmp_path)
    shrunk.get("facts", digest("a"))
    os.truncate(pack, 10)
    assert shrunk.get("facts", digest("a")) is None
    assert cache.get("facts", digest("a")) is None
    other = tmp_path / "other.pack"
    other.write_bytes(b"")
    other.replace(pack)
    assert all(shrunk.get("facts", digest(str(number))) is None for number in range(64))
    assert shrunk.get("facts", digest("a")) is None
    pack.unlink()
    assert cache.get("facts", digest("b")) is None
    assert cache.get("facts", digest("a")) is None


def test_a_directory_that_cannot_be_written_is_tolerated_silently(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "below")
    cache.put("facts", digest("a"), 1)
    assert cache.get("facts", digest("a")) is None


def test_a_pack_does_not_grow_for_ever_and_keeps_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACK_LIMIT", 1000)
    for number in range(100):
        Cache(tmp_path).put("facts", digest("a"), number)
        Cache(tmp_path).put("facts", digest("a"), f"{number} and some text to fill the pack")
    [pack] = _packs(tmp_path)
    assert pack.stat().st_size < 1200
    assert Cache(tmp_path).get("facts", digest("a")) == "99 and some text to fill the pack"
    Cache(tmp_path).put("facts", digest("a"), "x" * 2000)
    assert pack.stat().st_size < 1200, "a value that alone is too large is not kept"


def test_a_pack_that_cannot_be_halved_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Cache(tmp_path).put("facts", digest("a"), "x" * 100)
    monkeypatch.setattr(module, "PACK_LIMIT", 50)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "replace", refuse)
    Cache(tmp_path).put("facts", digest("a"), 1)
    assert Cache(tmp_path).get("facts", digest("a")) == "x" * 100
    assert not list(tmp_path.glob("v*/*.tmp"))


def test_old_versions_of_the_tool_leave_no_packs_behind(tmp_path: Path) -> None:
    for number in range(10):
        Cache(tmp_path, f"{number}").put("facts", digest("a"), number)
        (stamp,) = tmp_path.glob(f"v*-{number}")
        (stamp / "0.pack.index").touch()
        os.utime(stamp, (number, number))
    kept = {folder.name.rpartition("-")[2] for folder in tmp_path.glob("v*")}
    assert len(kept) == module.GENERATIONS
    assert "9" in kept
    assert "0" not in kept


def _work(directory: Path, worker: int) -> None:
    cache = Cache(directory)
    for number in range(300):
        cache.put("facts", digest(str(number)), {"number": number, "fill": "x" * 500})
        cache.get("facts", digest(str((number * 7 + worker) % 300)))


def test_parallel_workers_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_work, args=(tmp_path, number)) for number in range(4)]
    for worker in workers:
        worker.start()
    _work(tmp_path, 4)
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    cache = Cache(tmp_path)
    assert [cache.get("facts", digest(str(number))) for number in range(300)] == [
        {"number": number, "fill": "x" * 500} for number in range(300)
    ]


def test_a_killed_writer_leaves_a_cache_that_works(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom flake8_planalign.cache import Cache, digest\ncache = Cache(sys.argv[1])\n"
        "for number in range(10**9):\n    cache.put('facts', digest(str(number)), {'n': number, 'fill': 'y' * 5000})\n"
    )
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
        while not _packs(tmp_path):
            time.sleep(0.01)
        time.sleep(0.05)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    cache = Cache(tmp_path)
    number = 0
    while (value := cache.get("facts", digest(str(number)))) is not None:
        assert value == {"n": number, "fill": "y" * 5000}
        number += 1
    assert number
    cache.put("facts", digest("after"), 1)
    assert Cache(tmp_path).get("facts", digest("after")) == 1


def test_a_project_of_three_thousand_files_is_warm_in_well_under_a_second(tmp_path: Path) -> None:
    value = {"calls": [[f"module.name{number}", number, [1, 2, 3]] for number in range(150)]}
    assert len(json.dumps(value)) > 5000
    cache = Cache(tmp_path)
    keys = [digest(str(number)) for number in range(3000)]
    for key in keys:
        cache.put("facts", key, value)
    start = time.process_time()
    warm = Cache(tmp_path)
    assert all(warm.get("facts", key) for key in keys)
    assert time.process_time() - start < 1


def _filled(folder: Path, count: int, text: str = "x" * 2000) -> None:
    """Put so many values that their packs have indexes once another process has read them."""
    cache = Cache(folder)
    for number in range(count):
        cache.put("facts", digest(str(number)), [number, text])


def _indexes(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.index"))


def test_a_pack_that_has_grown_gets_an_index_from_which_the_next_process_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled(tmp_path, 1000)
    assert _indexes(tmp_path) == []
    reader = Cache(tmp_path)
    assert all(reader.get("facts", digest(str(number))) for number in range(1000))
    assert len(_indexes(tmp_path)) == 16
    read: list[int] = []
    pread = os.pread

    def noted(descriptor: int, length: int, offset: int) -> bytes:
        read.append(length)
        return pread(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", noted)
    assert Cache(tmp_path).get("facts", digest("7")) == [7, "x" * 2000]
    assert len(read) == 1
    assert read[0] < 3000


def test_what_was_put_after_the_index_wins(tmp_path: Path) -> None:
    _filled(tmp_path, 1000)
    for number in range(1000):
        Cache(tmp_path).get("facts", digest(str(number % 64)))
    Cache(tmp_path).put("facts", digest("7"), "newer")
    assert Cache(tmp_path).get("facts", digest("7")) == "newer"
    assert Cache(tmp_path).get("facts", digest("8")) == [8, "x" * 2000]
    assert Cache(tmp_path).get("facts", digest("never")) is None


def test_an_index_grows_with_its_pack(tmp_path: Path) -> None:
    _filled(tmp_path, 1000)
    assert all(Cache(tmp_path).get("facts", digest(str(number))) for number in range(64))
    before = [path.stat().st_size for path in _indexes(tmp_path)]
    _filled(tmp_path, 2000, "y" * 2000)
    reader = Cache(tmp_path)
    assert all(reader.get("facts", digest(str(number))) == [number, "y" * 2000] for number in range(2000))
    assert all(path.stat().st_size > size for path, size in zip(_indexes(tmp_path), before, strict=True))
    again = Cache(tmp_path)
    assert all(again.get("facts", digest(str(number))) == [number, "y" * 2000] for number in range(2000))


@pytest.mark.parametrize("place", [0, 8, 20, 30, 70, -1])
def test_a_damaged_index_changes_no_answer(place: int, tmp_path: Path) -> None:
    _filled(tmp_path, 1000)
    for number in range(64):
        Cache(tmp_path).get("facts", digest(str(number)))
    for path in _indexes(tmp_path):
        content = bytearray(path.read_bytes())
        content[place] ^= 1
        path.write_bytes(content)
    reader = Cache(tmp_path)
    assert all(reader.get("facts", digest(str(number))) == [number, "x" * 2000] for number in range(1000))


def test_an_index_of_another_pack_is_not_believed(tmp_path: Path) -> None:
    _filled(tmp_path, 1000)
    for number in range(64):
        Cache(tmp_path).get("facts", digest(str(number)))
    for path in _indexes(tmp_path):
        pack = path.with_suffix("")
        content = pack.read_bytes()
        pack.unlink()
        pack.write_bytes(content[len(content) // 2 :])
    found = [Cache(tmp_path).get("facts", digest(str(number))) for number in range(1000)]
    assert all(value in (None, [number, "x" * 2000]) for number, value in enumerate(found))
    assert sum(value is not None for value in found) > 300


def test_an_index_that_cannot_be_written_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(tmp_path, 1000)

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "replace", refuse)
    assert Cache(tmp_path).get("facts", digest("7")) == [7, "x" * 2000]
    assert _indexes(tmp_path) == []
    assert list(tmp_path.glob("*/*.tmp")) == []
