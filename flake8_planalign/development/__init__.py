"""The Development view: models as artifacts, one H2O version everywhere, layers that hold."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.source import Source

__all__ = ["KINDS", "matters", "read"]

KINDS = frozenset({FileKind.ARCHIVE, FileKind.MODEL_INI, FileKind.JAVA, FileKind.BINARY_MODEL})


def matters(source: Source) -> bool:
    """Tell whether a file can be one of H2O's artifacts."""
    if source.kind is FileKind.ARCHIVE:
        return source.data.startswith(b"PK")
    if source.kind is FileKind.BINARY_MODEL:
        return source.data.startswith(b"\x1c\xed")
    return ("GenModel" if source.kind is FileKind.JAVA else "[info]") in source.text


def read(source: Source, project: Project) -> Iterator[object]:  # noqa: ARG001
    """Yield the artifacts of a file, with what is wrong in them."""
    from flake8_planalign.development import artifacts

    return artifacts.read(source)
