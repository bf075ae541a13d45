"""Mutants of real MOJOs: each breaks one thing, from the container down to one number of one key.

`mutants(folder)` yields them in a fixed order; a name tells the model, what is changed and how.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

#: What no reader needs, and most of the size of a MOJO.
LEFT_OUT = re.compile(r"(?:.*/)?experimental/(?:modelDetails\.json|README\.md)")
INI = "model.ini"
#: Models of whose keys every one is mutated; of the others only what tells them from these.
RULES_OF_RULEFIT = re.compile(
    r".*_(?:id_)?\d+_\d+_\d+$|.*condition\d|.*treshold\d|num_rules_M(?!0T[01]$)|.*_codes_\d+|linear_names_\d\d+"
)
FIRST_RULE = re.compile(r".*_0_0_0$|.*0_0_0_0$")

Model = dict[str, bytes]


class Mutant(NamedTuple):
    """A file that differs from a real model in one thing."""

    name: str
    base: str
    data: bytes


def read(path: Path) -> Model:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not LEFT_OUT.fullmatch(name)}


def packed(model: Model, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in model.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def mutants(folder: Path) -> Iterator[Mutant]:
    for path in sorted(folder.glob("*.zip")):
        base, model = path.stem, read(path)
        yield Mutant(f"{base}: as it is", base, packed(model))
        for name, data in _contents(base, model):
            yield Mutant(f"{base}: {name}", base, data)
        if base in ("gbm_bin", "glm_multi", "kmeans"):
            for name, data in _containers(path.read_bytes(), model):
                yield Mutant(f"{base}: container: {name}", base, data)
        if base in ("gbm_bin", "te", "word2vec"):
            for name, data in _grammar(model):
                yield Mutant(f"{base}: grammar: {name}", base, data)


def _contents(base: str, model: Model) -> Iterator[tuple[str, bytes]]:
    for entry, data in model.items():
        if entry.endswith(INI) and b"[info]" in data:
            for name, changed in _ini(data.decode(), brief=entry != INI, base=base):
                yield f"{entry}: {name}", packed({**model, entry: changed.encode()})
        if base in ("rulefit", "stacked") and entry.count("/") > 2 and "d000" not in entry and not entry.endswith(INI):
            continue
        for name, changed in _entry(entry, data):
            altered = {other: content for other, content in model.items() if other != entry}
            yield f"{entry}: {name}", packed(altered if changed is None else {**model, entry: changed})


def _ini(text: str, *, brief: bool, base: str) -> Iterator[tuple[str, str]]:
    """Yield texts in which one key is gone or has another value."""
    head, separator, tail = text.partition("\n[columns]")
    lines = head.split("\n")
    for index, line in enumerate(lines):
        key, found, value = line.partition(" = ")
        if not found or key in ("timestamp", "license", "endianness", "uuid"):
            continue
        if base == "rulefit" and RULES_OF_RULEFIT.match(key) and not FIRST_RULE.match(key):
            continue
        if brief and key not in ("n_features", "category", "beta", "link", "cats", "mojo_version", "algorithm"):
            continue
        for name, changed in _values(value):
            replaced = [*lines[:index], *([] if changed is None else [f"{key} = {changed}"]), *lines[index + 1 :]]
            yield f"{key} {name}", "\n".join(replaced) + separator + tail


def _values(value: str) -> Iterator[tuple[str, str | None]]:
    yield "removed", None
    if value != "null":
        yield "null", "null"
        yield "abc", "abc"
    if re.fullmatch(r"-?\d+", value):
        yield "made a double", f"{value}.0"
        yield "one more", str(int(value) + 1)
        yield "one less", str(int(value) - 1)
        yield "negative", "-7"
        yield "beyond 32 bits", "4294967296"
        yield "with a plus", f"+{value}" if value[0] != "-" else value
        yield "with an underscore", f"1_{value}"
        yield "empty", ""
    elif re.fullmatch(r"-?\d+\.\d+(?:E-?\d+)?", value):
        yield "made an integer", value.partition(".")[0]
        yield "with a suffix", f"{value}d"
        yield "not finite", "NaN"
    elif value in ("true", "false"):
        yield "flipped", "false" if value == "true" else "true"
        yield "in capitals", value.upper()
        yield "made a number", "1"
    elif value.startswith("["):
        parts = value[1:-1].split(", ")
        yield "shorter", f"[{', '.join(parts[:-1])}]"
        yield "longer", f"[{value[1:-1]}, {parts[-1]}]"
        yield "empty array", "[]"
        yield "trailing comma", f"[{value[1:-1]},]"
        yield "unclosed", value[:-1]
        if "." in value:
            yield "made integers", "[" + ", ".join(part.partition(".")[0] or "0" for part in parts) + "]"
        else:
            yield "made doubles", "[" + ", ".join(f"{part}.0" for part in parts) + "]"
    elif value != "null":
        yield "in capitals", value.upper()
        yield "made a number", "5"


def _entry(entry: str, data: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Yield what may happen to a file of a model; None: it is gone."""
    yield "removed", None
    if not data:
        return
    yield "emptied", b""
    if entry.endswith((".txt", "_map.ini")) or entry.rpartition("/")[2] in _TEXTS:
        lines = data.split(b"\n")
        yield (
            "without its last line",
            b"\n".join(lines[:-2]) + b"\n" if data.endswith(b"\n") else b"\n".join(lines[:-1]),
        )
        yield "with one line more", data.rstrip(b"\n") + b"\nmore\n"
        yield "with CRLF", data.replace(b"\n", b"\r\n")
        yield "with a blank line", b"\n" + data
        if "d000" in entry:
            yield "with U+0085 in it", data.replace(lines[0], lines[0] + "\x85x".encode(), 1)
            yield "not UTF-8", b"\xff" + data
    elif not entry.endswith(INI):
        yield "cut by one byte", data[:-1]
        yield "cut in half", data[: len(data) // 2]
        yield "with 16 bytes more", data + bytes(16)


_TEXTS = frozenset(
    {"losses", "vocabulary", "gam_columns", "gam_columns_sorted", "_names_no_centering", "gamColNames",
     "gamColNamesCenter", "_orig_names", "te_column_name_to_missing_values_presence.ini"}
)  # fmt: skip


def _grammar(model: Model) -> Iterator[tuple[str, bytes]]:
    """Yield other spellings of model.ini, valid and not."""
    text = model[INI].decode()
    changes: dict[str, str | bytes] = {
        "CRLF": text.replace("\n", "\r\n"),
        "CR alone": text.replace("\n", "\r"),
        "NEL for one line end": text.replace("\n", "\x85", 3),
        "form feed around": text.replace("\nsupervised", "\n\x0csupervised\x0c"),
        "byte order mark": "\ufeff" + text,
        "text before the first section": "hello\n" + text,
        "a comment in each section": re.sub(r"(\[\w+\])\n", r"\1\n# comment\n", text),
        "a comment behind a value": text.replace("n_features = ", "n_features = # ", 1),
        "no blanks around the sign": text.replace(" = ", "="),
        "tabs around the sign": text.replace(" = ", "\t=\t"),
        "no-break space around the sign": text.replace("n_classes = ", "n_classes =\xa0"),
        "no-break space behind a section": text.replace("[info]", "[info]\xa0", 1),
        "section in capitals": text.replace("[info]", "[INFO]"),
        "section with blanks inside": text.replace("[columns]", "[ columns ]"),
        "without [info]": text.replace("[info]\n", ""),
        "without [columns]": text.replace("[columns]\n", ""),
        "without [domains]": text.partition("[domains]")[0],
        "[columns] first": "[columns]\n" + text,
        "[domains] before [columns]": _swapped(text),
        "a line without a sign": text.replace("\nsupervised", "\nsomething\nsupervised"),
        "a key twice, the last wins": text.replace("n_features", "n_features = 99\nn_features", 1),
        "a key twice, the last is wrong": text.replace("\n[columns]", "n_columns = 1\n[columns]", 1),
        "one column more": text.replace("[columns]\n", "[columns]\nmore\n"),
        "one column less": re.sub(r"(\[columns\]\n)[^\n]*\n", r"\1", text),
        "a column that is a comment": re.sub(r"(\[columns\]\n)", r"\1#", text),
        "a column named [domains]": re.sub(r"(\[columns\]\n)[^\n]*\n", r"\1[domains]\n", text),
        "a column with a blank before it": re.sub(r"(\[columns\]\n)", r"\1 ", text),
        "Arabic digits": text.replace("n_columns = ", "n_columns = \u0660", 1),
        "another case of a key": text.replace("supervised", "Supervised", 1),
        "an unknown key": text.replace("\n[columns]", "colour = red\n[columns]", 1),
        "latin-1": text.replace("[columns]", "# S\xe3o\n[columns]").encode("latin-1", "replace"),
        "NUL at the end": text + "\0",
        "a superscript digit": text.replace("n_classes = ", "n_classes = \xb2", 1),
    }
    for line in re.findall(r"^\d+: .*$", text, re.MULTILINE)[:1]:
        index, _, rest = line.partition(": ")
        count, _, name = rest.partition(" ")
        changes |= {
            "domain count one more": text.replace(line, f"{index}: {int(count) + 1} {name}"),
            "domain count one less": text.replace(line, f"{index}: {int(count) - 1} {name}"),
            "domain count no number": text.replace(line, f"{index}: many {name}"),
            "domain without a file": text.replace(line, f"{index}: {count}"),
            "domain of a missing file": text.replace(line, f"{index}: {count} d999.txt"),
            "domain of a negative column": text.replace(line, f"-1: {count} {name}"),
            "domain of a column beyond": text + f"99: {count} {name}\n",
            "domain without a colon": text.replace(line, f"{index} {count} {name}"),
            "domain with a blank before the colon": text.replace(line, f"{index} : {count} {name}"),
            "domain without a blank": text.replace(line, f"{index}:{count} {name}"),
            "domain with two blanks": text.replace(line, f"{index}:  {count}  {name}"),
            "domain of another column": text.replace(line, f"{int(index) + 1}: {count} {name}"),
            "domain dropped": text.replace(line + "\n", ""),
            "domain twice": text.replace(line, f"{line}\n{line}"),
        }
    for name, changed in changes.items():
        yield name, packed({**model, INI: changed if isinstance(changed, bytes) else changed.encode()})


def _swapped(text: str) -> str:
    head, _, tail = text.partition("[columns]")
    columns, _, domains = tail.partition("[domains]")
    return f"{head}[domains]{domains}\n[columns]{columns}"


def _containers(real: bytes, model: Model) -> Iterator[tuple[str, bytes]]:
    """Yield archives whose structure is not that of a MOJO, with whole contents."""
    plain = packed(model)
    yield "as H2O wrote it", real
    yield "deflated", packed(model, zipfile.ZIP_DEFLATED)
    for share in (1, 10, 50, 90, 99):
        yield f"cut at {share} %", real[: len(real) * share // 100]
    yield "cut by one byte", real[:-1]
    yield "empty", b""
    yield "no archive", b"hello, world\n" * 50
    yield "bytes before it", b"#!/bin/sh\n" + plain
    yield "bytes behind it", plain + b"trailing"
    yield "with a comment", plain[:-2] + struct.pack("<H", 5) + b"hello"
    yield "with a wrong comment length", plain[:-2] + struct.pack("<H", 50)
    yield "twice", plain + plain
    yield "in a directory", packed({f"model/{name}": data for name, data in model.items()})
    yield "with backslashes", packed({name.replace("/", "\\"): data for name, data in model.items()})
    yield "with a leading ./", packed({f"./{name}": data for name, data in model.items()})
    yield "in capitals", packed({name.upper(): data for name, data in model.items()})
    yield "with directory entries", packed({"domains/": b"", "trees/": b"", **model})
    yield "with another file", packed({**model, "notes.md": b"hello"})
    yield "with an empty file", packed({**model, "empty": b""})
    yield "model.ini twice, the same", _appended(plain, INI, model[INI])
    yield "model.ini twice, the last is empty", _appended(plain, INI, b"")
    yield "a symbolic link", _with_entry(model, "link", b"/etc/passwd", 0o120777)
    yield "climbing out", packed({**model, "../../evil.sh": b"echo"})
    yield "an absolute path", packed({**model, "/etc/evil": b"echo"})
    yield "an archive inside", packed({**model, "inner.zip": plain})
    yield "encrypted", _flagged(plain, 0x1)
    yield "compressed by LZMA", packed(model, zipfile.ZIP_LZMA)
    yield "compressed by bzip2", packed(model, zipfile.ZIP_BZIP2)
    yield "its names in Latin-1", plain.replace(b"model.ini", b"mod\xe9l.ini")
    yield "wrong signature in the directory", plain.replace(b"PK\x01\x02", b"PK\x09\x09", 1)
    yield "wrong signature of an entry", plain.replace(b"PK\x03\x04", b"PK\x09\x09", 1)
    yield "another name in the local header", plain.replace(b"model.ini", b"madel.ini", 1)
    yield "a directory that claims more entries", _end(plain, entries=lambda count: count + 3)
    yield "a directory that claims less entries", _end(plain, entries=lambda count: count - 1)
    yield "a directory at another offset", _end(plain, offset=lambda offset: offset + 7)
    yield "a directory before another offset", _end(plain, offset=lambda offset: offset - 7)
    yield "a directory that is larger", _end(plain, length=lambda length: length + 7)
    yield "a directory that is smaller", _end(plain, length=lambda length: length - 7)
    yield "a bomb", packed({**model, "domains/d900.txt": bytes(40 * 2**20)}, zipfile.ZIP_DEFLATED)
    for name in (INI, next(name for name in model if name != INI)):
        yield f"{name} with a wrong checksum", _record(plain, name, 16, lambda crc: crc ^ 1)
        yield f"{name} with a flipped byte", _flipped(plain, model[name])
        yield f"{name} claims one byte more", _record(plain, name, 24, lambda size: size + 1)
        yield f"{name} claims one byte less", _record(plain, name, 24, lambda size: size - 1)
        yield f"{name} claims 3 GiB", _record(plain, name, 24, lambda _: 3 * 2**30)
        yield f"{name} has one compressed byte less", _record(plain, name, 20, lambda size: size - 1)
        yield f"{name} at another offset", _record(plain, name, 42, lambda offset: offset + 1)
        deflated = packed(model, zipfile.ZIP_DEFLATED)
        yield f"{name} deflated with a byte less", _record(deflated, name, 20, lambda size: size - 1)
        yield f"{name} deflated, claims one byte more", _record(deflated, name, 24, lambda size: size + 1)
        yield f"{name} deflated, claims one byte less", _record(deflated, name, 24, lambda size: size - 1)
        yield f"{name} deflated, damaged", _damaged(deflated, name)


def _appended(archive: bytes, name: str, data: bytes) -> bytes:
    import warnings

    buffer = io.BytesIO(archive)
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "a") as opened:
        warnings.simplefilter("ignore")
        opened.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def _with_entry(model: Model, name: str, data: bytes, mode: int) -> bytes:
    buffer = io.BytesIO(packed(model))
    with zipfile.ZipFile(buffer, "a") as opened:
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, mode << 16
        opened.writestr(entry, data)
    return buffer.getvalue()


def _flagged(archive: bytes, bit: int) -> bytes:
    changed = bytearray(archive)
    for signature, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        index = changed.find(signature)
        while index >= 0:
            changed[index + place] |= bit
            index = changed.find(signature, index + 4)
    return bytes(changed)


def _end(
    archive: bytes,
    entries: Callable[[int], int] = int,
    length: Callable[[int], int] = int,
    offset: Callable[[int], int] = int,
) -> bytes:
    place = archive.rfind(b"PK\x05\x06")
    count, total, size, start = struct.unpack_from("<2H2L", archive, place + 8)
    changed = bytearray(archive)
    struct.pack_into("<2H2L", changed, place + 8, entries(count), entries(total), length(size), offset(start))
    return bytes(changed)


def _record(archive: bytes, name: str, place: int, change: Callable[[int], int]) -> bytes:
    """Return an archive in which a number of an entry's record in the directory is another."""
    directory = archive.rfind(b"PK\x05\x06")
    index = archive.rfind(name.encode(), 0, directory) - 46
    changed = bytearray(archive)
    (number,) = struct.unpack_from("<L", changed, index + place)
    struct.pack_into("<L", changed, index + place, change(number))
    return bytes(changed)


def _flipped(archive: bytes, content: bytes) -> bytes:
    """Return an archive in which one bit within an entry's bytes is another, late enough to be no section's name."""
    place = archive.find(content) + len(content) * 2 // 3
    return archive[:place] + bytes([archive[place] ^ 1]) + archive[place + 1 :]


def _damaged(archive: bytes, name: str) -> bytes:
    place = archive.find(name.encode()) + len(name) + 2
    return archive[:place] + b"\xff\xff\xff" + archive[place + 3 :]
