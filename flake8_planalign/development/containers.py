"""Model files as containers: which of H2O's shapes an archive has, whether its bytes are whole, whether it is safe."""

from __future__ import annotations

import enum
import os
import re
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.development.model import Effect, Fault, Hazard
from flake8_planalign.development.mojo import MODEL_INI, MissingFileError
from flake8_planalign.formats import archive as archives
from flake8_planalign.formats.archive import Archive, Entry, EntryError
from flake8_planalign.patterns import lazy

__all__ = ["ArchiveFiles", "FolderFiles", "Shape", "damage", "hazards", "looks_like_mojo", "shape_of"]

#: In bytes: how much is decompressed to compare checksums; behind that, only the claims of an archive are judged.
INFLATE_BUDGET: Final = 128 * 2**20
#: Deflate cannot do better than 1032 to 1 (RFC 1951: 258 bytes for two bits).
_BEST_RATIO: Final = 1032
#: Trees and matrices of real models compress 2 to 10 to 1.
_SUSPICIOUS_RATIO: Final = 100
_SUSPICIOUS_SIZE: Final = 8 * 2**20
_TOTAL_LIMIT: Final = 8 * 2**30
_INT_MAX: Final = 2**31 - 1

_TYPICAL = lazy(
    r"model\.ini|domains/d\d{3,}\.txt|trees/t\d\d(?:_\d{3,}(?:_aux)?)?\.bin|experimental/modelDetails\.json"
    r"|boosterBytes|calib/thresholds_[xy]|gam_columns|gamColNames|zTranspose|eigenvectors_raw|archetypes|vocabulary|vectors"
)
#: Those of them that other archives have as well.
_COMMON_NAMES: Final = frozenset({"archetypes", "vectors", "vocabulary"})
_MOJO2 = ("mojo/pipeline.pb", "mojo/pipeline.toml")
_NESTED = lazy(r"\.(?:zip|jar|war|mojo|7z|rar|gz|tgz|bz2|xz|tar)$", re.IGNORECASE)
_TEXT = lazy(r"\.(?:txt|ini|json|md)$")
_INSIDE_DOWNLOAD = lazy(r"(?:.*/)?(?:pipeline\.mojo|mojo2-runtime[^/]*\.jar)")


class Shape(enum.Enum):
    """What an archive is, told by the names in it."""

    MOJO = "H2O-3 MOJO"
    REZIPPED = "H2O-3 MOJO below a directory"
    HEADLESS = "H2O-3 MOJO without model.ini"
    MOJO2 = "MOJO2 pipeline"
    DOWNLOAD = "Driverless AI download"
    FOREIGN = "none of H2O's"


def shape_of(archive: Archive) -> tuple[Shape, str]:
    """Return an archive's shape, and for a MOJO below a directory that directory with its slash."""
    names = archive.by_name
    plain = {_normal(name) for name in names}
    typical = sum(1 for name in plain - _COMMON_NAMES if _TYPICAL.fullmatch(name) and name != MODEL_INI)
    if MODEL_INI in names:
        return (Shape.MOJO if typical or _says_info(archive, names[MODEL_INI]) else Shape.FOREIGN), ""
    if any(name in names for name in _MOJO2):
        return Shape.MOJO2, ""
    if any(name == "pipeline.mojo" or name.endswith("/pipeline.mojo") for name in names):
        return Shape.DOWNLOAD, ""
    tops = {name.partition("/")[0] for name in names} - {"__MACOSX", ".DS_Store"}
    top = f"{tops.pop()}/" if len(tops) == 1 else ""
    if top and f"{top}{MODEL_INI}" in names:
        inner = sum(1 for name in names if _TYPICAL.fullmatch(name, len(top)))
        if inner > 1 or _says_info(archive, names[f"{top}{MODEL_INI}"]):
            return Shape.REZIPPED, top
    if typical > 1:
        return Shape.HEADLESS, ""
    return Shape.FOREIGN, ""


def _normal(name: str) -> str:
    """Return a name as H2O's writer spells it, from one that was packed by another tool."""
    name = name.replace("\\", "/").removeprefix("./").lower()
    return "experimental/modelDetails.json" if name == "experimental/modeldetails.json" else name


def _says_info(archive: Archive, entry: Entry) -> bool:
    try:
        text = archive.read(entry, 4096)
    except EntryError:
        return False
    return (
        sum(1 for word in (b"[info]", b"algorithm", b"mojo_version", b"[columns]", b"h2o_version") if word in text) > 1
    )


def looks_like_mojo(head: bytes) -> bool:
    """Tell whether the local headers at the beginning of a broken archive name the parts of a MOJO."""
    return head.startswith(b"PK") and sum(1 for name in archives.local_names(head) if _TYPICAL.fullmatch(name)) > 1


class ArchiveFiles(msgspec.Struct, eq=False):
    """An archive as `ZipfileMojoReaderBackend` serves it."""

    archive: Archive

    def exists(self, name: str) -> bool:
        """Tell whether there is an entry of that name."""
        return self.archive.find(name) is not None

    def size(self, name: str) -> int:
        """Return the claimed size of an entry in bytes, -1 if there is none."""
        entry = self.archive.find(name)
        return -1 if entry is None else entry.size

    def blob(self, name: str, limit: int) -> bytes:
        """Return the first bytes of an entry; raises MissingFileError."""
        entry = self.archive.find(name)
        if entry is None:
            msg = "is missing"
            raise MissingFileError(msg)
        try:
            return self.archive.read(entry, limit)
        except EntryError as error:
            msg = f"cannot be read: {error}"
            raise MissingFileError(msg) from None

    def names(self) -> Iterator[str]:
        """Yield the names of all entries."""
        return iter(self.archive.by_name)


class FolderFiles(msgspec.Struct, eq=False):
    """A directory as `FolderMojoReaderBackend` serves it."""

    root: str

    def exists(self, name: str) -> bool:
        """Tell whether there is a file of that name."""
        return os.path.exists(self._path(name))

    def size(self, name: str) -> int:
        """Return the size of a file in bytes, -1 if there is none."""
        try:
            return os.stat(self._path(name)).st_size
        except (OSError, ValueError):
            return -1

    def blob(self, name: str, limit: int) -> bytes:
        """Return the first bytes of a file; raises MissingFileError."""
        path = self._path(name)
        try:
            if not os.path.isfile(path):
                msg = "is missing"
                raise MissingFileError(msg)
            with open(path, "rb") as stream:
                return stream.read(limit)
        except (OSError, ValueError) as error:
            msg = f"cannot be read: {error.__class__.__name__}"
            raise MissingFileError(msg) from None

    def names(self) -> Iterator[str]:
        """Yield the names of all files below the directory."""
        for folder, folders, names in os.walk(self.root):
            folders.sort()
            inner = os.path.relpath(folder, self.root).replace(os.sep, "/")
            for name in sorted(names):
                yield name if inner == "." else f"{inner}/{name}"

    def _path(self, name: str) -> str:
        return os.path.join(self.root, *name.split("/"))


def damage(archive: Archive) -> Iterator[Fault]:
    """Yield the entries whose bytes are not what the directory says, up to the budget of what is decompressed."""
    budget = INFLATE_BUDGET
    for entry in archive.by_name.values():
        if entry.encrypted:
            continue
        if entry.method not in (archives.STORED, archives.DEFLATED):
            yield Fault(entry.name, f"is compressed by method {entry.method}; write it deflated", Effect.REJECTED)
            continue
        if entry.size > _INT_MAX and not _TEXT.search(entry.name):
            problem = f"claims {entry.size:,} bytes, more than a Java array holds"
            yield Fault(entry.name, problem, Effect.REJECTED)
            continue
        if budget <= 0:
            return
        problem, effect, used = _compared(archive, entry, budget)
        budget -= used
        if problem:
            yield Fault(entry.name, problem, effect)


def _compared(archive: Archive, entry: Entry, budget: int) -> tuple[str, Effect, int]:
    """Return what is wrong with an entry (empty: nothing), what comes of it, and how many bytes were looked at."""
    length = checksum = 0
    pieces: list[bytes] = []
    keeps = "experimental/" not in entry.name  # which is large, and no reader looks at it
    try:
        for piece in archive.chunks(entry):
            length += len(piece)
            checksum = zlib.crc32(piece, checksum)
            if keeps and length <= archives.KEPT_LIMIT:
                pieces.append(piece)
            if length > entry.size or length > budget:
                break
    except EntryError as error:
        harmless = entry.name.startswith("experimental/")
        return f"cannot be read: {error}", Effect.UNNOTICED if harmless else Effect.REJECTED, length
    if length > entry.size:
        return f"claims {entry.size:,} bytes and holds more", Effect.UNNOTICED, length
    if length > budget:
        return "", Effect.UNNOTICED, length
    if length < entry.size:
        effect = Effect.UNNOTICED if _TEXT.search(entry.name) else Effect.REJECTED
        return f"claims {entry.size:,} bytes and holds {length:,}", effect, length
    if checksum != entry.crc:
        return "does not match its CRC-32: its bytes were changed", Effect.UNNOTICED, length
    if keeps and length <= archives.KEPT_LIMIT:
        archive.keep(entry, b"".join(pieces))
    return "", Effect.UNNOTICED, length


def hazards(archive: Archive) -> Iterator[Hazard]:
    """Yield what makes an archive dangerous to unpack, or two readers see two different models in it."""
    if archive.prefix:
        yield Hazard("", f"{archive.prefix:,} bytes stand before the archive, which a reader of streams does not skip")
    if archive.ends > 1:
        yield Hazard("", "it has two end records: readers disagree which of two archives it is")
    if archive.trailing > 0:
        yield Hazard("", f"{archive.trailing:,} bytes follow its end record")
    yield from _layout(archive)
    seen: set[str] = set()
    total = 0
    for entry in archive.entries:
        total += entry.size
        if entry.name in seen:
            yield Hazard(entry.name, "stands twice in the directory: the file reader takes the last, others the first")
        seen.add(entry.name)
        reason = _entry_hazard(entry)
        if reason:
            yield Hazard(entry.name, reason)
    if total > _TOTAL_LIMIT:
        yield Hazard("", f"its entries claim {total:,} bytes")


#: A name that may be dangerous has one of these.
_ODD_NAME: Final = lazy(r"\A[/\\]|:|\.\.|\0")


def _entry_hazard(entry: Entry) -> str:
    name = entry.name
    if _ODD_NAME.search(name):
        if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
            return "is an absolute path: unpacking writes outside of the directory"
        if ".." in re.split(r"[/\\]", name):
            return "climbs out of the directory that it is unpacked to"
        if "\0" in name:
            return "has a NUL in its name, at which some readers end it"
    if entry.is_symlink:
        return "is a symbolic link"
    if entry.encrypted:
        return "is encrypted: the H2O reader refuses the archive, and no scanner sees what is in it"
    if entry.size > entry.compressed * _BEST_RATIO + 64 and entry.method != archives.STORED:
        return f"claims {entry.size:,} bytes, which its {entry.compressed:,} compressed bytes cannot hold"
    if entry.method == archives.STORED and entry.size != entry.compressed:
        return f"is stored in {entry.compressed:,} bytes and claims {entry.size:,}"
    if entry.size > _SUSPICIOUS_SIZE and entry.size > entry.compressed * _SUSPICIOUS_RATIO:
        return f"grows from {entry.compressed:,} to {entry.size:,} bytes: a decompression bomb"
    if _NESTED.search(name) and not _INSIDE_DOWNLOAD.fullmatch(name):
        return "is an archive within the archive, which the format does not have"
    return ""


def _layout(archive: Archive) -> Iterator[Hazard]:
    """Yield entries whose bytes overlap those of the next one, or whose local header has another name."""
    placed = sorted((entry for entry in archive.entries), key=lambda entry: entry.offset)
    for entry, following in zip(placed, [*placed[1:], None], strict=True):
        limit = archive.directory - archive.prefix if following is None else following.offset
        if entry.offset + 30 + len(entry.name.encode()) + entry.compressed > limit:
            yield Hazard(entry.name, "overlaps what follows it: its size does not fit where it stands")
            return
    for entry in placed:
        try:
            name = archive.local_name(entry)
        except (EntryError, archives.ArchiveError):
            continue
        if name != entry.name:
            yield Hazard(entry.name, f"is `{name[:60]}` to a reader of streams: its two headers disagree")
            return
