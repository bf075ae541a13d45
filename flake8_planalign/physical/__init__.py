"""The Physical view: memory, ports and volumes of the containers that the code runs in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_planalign.kinds import FileKind

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["KINDS", "read"]

KINDS = frozenset({FileKind.COMPOSE, FileKind.KUBERNETES})


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield the stacks that a file is part of."""
    if source.kind is FileKind.COMPOSE:
        from flake8_planalign.physical import compose_reader

        yield from compose_reader.stacks(source, project)
    else:
        from flake8_planalign.physical import kubernetes_reader

        yield from kubernetes_reader.stacks(source, project)
