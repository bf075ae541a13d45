"""Artifacts: archives and directories that are, or should be, models of H2O."""

from __future__ import annotations

import os
from collections.abc import Iterator

from flake8_planalign.development import containers
from flake8_planalign.development.algorithms import ALGORITHMS, NOT_READ
from flake8_planalign.development.containers import ArchiveFiles, FolderFiles, Shape
from flake8_planalign.development.model import Effect, Fault, InvalidMojo, UnsafeArchive
from flake8_planalign.development.mojo import MODEL_INI, Files, Reading, RejectedError, read_info
from flake8_planalign.formats.archive import Archive, ArchiveError, read_directory
from flake8_planalign.kinds import FileKind
from flake8_planalign.rule import Position
from flake8_planalign.source import Source

__all__ = ["faults_of_archive", "faults_of_files", "read"]

_START = Position(1, 0, 1, 0)


def read(source: Source) -> Iterator[InvalidMojo | UnsafeArchive]:
    """Yield what is wrong in an archive or in a directory that holds an unzipped MOJO."""
    if source.kind is FileKind.MODEL_INI:
        yield from _folder(source)
        return
    with source.open() as stream:
        try:
            archive = read_directory(stream)
        except ArchiveError as error:
            if containers.looks_like_mojo(source.data):
                yield InvalidMojo(_START, Fault("the archive", f"cannot be opened: {error}", Effect.REJECTED))
            return
        shape, top = containers.shape_of(archive)
        if shape is Shape.FOREIGN:
            return
        for hazard in containers.hazards(archive):
            yield UnsafeArchive(_START, hazard)
        for fault in faults_of_archive(archive, shape, top):
            yield InvalidMojo(_START, fault)


def faults_of_archive(archive: Archive, shape: Shape, top: str) -> Iterator[Fault]:
    """Yield what the reader stumbles over in an archive, or does not notice."""
    if shape in (Shape.MOJO2, Shape.DOWNLOAD):
        return
    if shape is Shape.REZIPPED:
        problem = f"lies below `{top}`: the directory was zipped instead of what is in it"
        yield Fault(f"{top}{MODEL_INI}", problem, Effect.REJECTED)
        return
    if shape is Shape.HEADLESS:
        yield Fault(MODEL_INI, "is missing", Effect.REJECTED)
        return
    if any(entry.encrypted for entry in archive.entries):
        return
    damaged: set[str] = set()
    for fault in containers.damage(archive):
        damaged.add(fault.entry)
        yield fault
    for fault in faults_of_files(ArchiveFiles(archive))[0]:
        if fault.entry not in damaged:
            yield fault


def faults_of_files(files: Files, prefix: str = "", depth: int = 0) -> tuple[list[Fault], Reading]:
    """Return what is wrong in one model, in the order in which the reader comes to it, and how far it came."""
    reading = Reading(files, prefix, depth)
    try:
        lines = reading.files.text(prefix + MODEL_INI, containers.INFLATE_BUDGET)
        reading.info = read_info(lines or "", reading.entry)
        algorithm = reading.info.values.get("algorithm")
        if algorithm is None:
            msg = "algorithm is missing"
            raise reading.reject(msg, "[info]")
        known = ALGORITHMS.get(algorithm)
        if algorithm in NOT_READ:
            return reading.faults, reading
        if known is None:
            msg = f"algorithm = {algorithm[:60]} is unknown"
            raise reading.reject(msg, "algorithm")
        reading.common()
        version = reading.number("mojo_version")
        if version > known[1]:
            msg = f"mojo_version = {version} is above {known[1]:.2f}, the highest known"
            raise reading.reject(msg, "mojo_version")
        known[0](reading)
    except RejectedError as rejected:
        return [*reading.faults, rejected.fault], reading
    return reading.faults, reading


def _folder(source: Source) -> Iterator[InvalidMojo]:
    root = os.path.dirname(source.absolute)
    if os.path.isfile(os.path.join(root, "..", "..", "..", MODEL_INI)):
        return
    faults, reading = faults_of_files(FolderFiles(root))
    for fault in faults:
        line = reading.info.places.get(fault.key, 1)
        yield InvalidMojo(Position(line, 0, line, 0), fault)
