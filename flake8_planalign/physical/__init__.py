"""The Physical view: memory, ports and volumes of the containers that the code runs in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["KINDS", "matters", "read"]

KINDS = frozenset({FileKind.COMPOSE, FileKind.KUBERNETES, FileKind.HELM_TEMPLATE, FileKind.DOCKERFILE, FileKind.PYTHON})
_MANIFEST: Final = lazy(
    r"""\bimage["']?:[ \t]*["'\w]"""
    r"""|\bkind["']?:[ \t]*["']?(?:Service|ConfigMap|Secret|LimitRange|Kustomization|Elasticsearch)\b"""
    r"""|\blimits["']?:|hostNetwork|-Xm|MaxRAM|^(?:patches|resources|bases|configMapGenerator|secretGenerator)\w*:""",
    re.MULTILINE,
)


def matters(source: Source) -> bool:
    """Tell whether a file can say anything about a container.

    A Dockerfile does if it speaks of a JVM, a manifest if it names an image or what images are configured with; a
    definition of a resource, which may have megabytes, does neither; a module does if it sizes an H2O cluster.
    """
    if source.kind is FileKind.PYTHON:
        return "max_mem_size" in source.text or "mojo_predict_" in source.text
    if source.kind is FileKind.KUBERNETES:
        return _MANIFEST.search(source.text) is not None
    if source.kind is not FileKind.DOCKERFILE:
        return True
    from flake8_planalign.physical.dockerfile_reader import sized

    return sized(source)


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield the stacks that a file is part of."""
    if source.kind is FileKind.COMPOSE:
        from flake8_planalign.physical import compose_reader

        yield from compose_reader.stacks(source, project)
    elif source.kind is FileKind.PYTHON:
        from flake8_planalign.physical import python_reader

        yield from python_reader.stacks(source, project)
    elif source.kind is FileKind.DOCKERFILE:
        from flake8_planalign.physical import compose_reader

        yield from compose_reader.dockerfile_stacks(source, project)
    else:
        from flake8_planalign.physical import kubernetes_reader

        yield from kubernetes_reader.stacks(source, project)
