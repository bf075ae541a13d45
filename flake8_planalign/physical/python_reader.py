"""Modules that start an H2O cluster of a stated size, read as part of the containers that are built from them."""

from __future__ import annotations

import ast
import dataclasses
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_planalign.formats import compose
from flake8_planalign.formats.located import Origin, Place, Text, table, text
from flake8_planalign.formats.quantities import java_bytes
from flake8_planalign.formats.words import Word
from flake8_planalign.kinds import FileKind
from flake8_planalign.physical.compose_reader import stack_of
from flake8_planalign.physical.jvm import Flag, Jvm, Setting
from flake8_planalign.physical.model import Container, Stack

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["stacks"]


def stacks(source: Source, project: Project) -> Iterator[Stack]:
    """Yield the containers that run a module's `h2o.init(max_mem_size=...)`, where one Compose project builds them."""
    heaps = list(_heaps(source))
    if not heaps:
        return
    for stack in _builders(source, project):
        made = tuple(
            Container(
                name=container.name,
                kind=container.kind,
                owner=container.owner,
                known=container.known,
                limit=container.limit,
                limit_key=container.limit_key,
                jvms=tuple(Jvm("h2o", (heap,)) for heap in heaps[:1]),
            )
            for container in stack.containers
        )
        yield dataclasses.replace(stack, containers=made)


def _heaps(source: Source) -> Iterator[Flag]:
    for node in ast.walk(source.tree) if source.tree is not None else ():
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "h2o.init":
            continue
        for keyword in node.keywords:
            value = keyword.value
            if keyword.arg == "max_mem_size" and isinstance(value, ast.Constant) and isinstance(value.value, str):
                position = source.position(value)
                start = sum(map(len, source.lines[: position.line - 1])) + position.column
                place = Place(Origin.of(source), start, start + len(ast.unparse(value)))
                size = java_bytes(value.value)
                word = Word(f"max_mem_size={ast.unparse(value)}", Text(value.value, place))
                yield Flag(Setting.MAX, word, size, None if size else "it is no size", "`h2o.init`", 3)


def _builders(source: Source, project: Project) -> Iterator[Stack]:
    """Yield the services that are built from a directory that holds a module, if only one project does so."""
    found: list[Stack] = []
    for pattern in ("*.yml", "*.yaml"):
        for path in project.files(pattern):
            other = project.companion(path)
            if other is None or other.kind is not FileKind.COMPOSE or "build" not in other.text:
                continue
            files = compose.files_of(other, project.companion)
            if files[0].absolute != path:
                continue
            model = compose.remembered(files, project)
            names = {service.name for service in model.services if _holds(service, source.absolute)}
            if names:
                stack = stack_of(files, project, source.absolute)
                kept = tuple(container for container in stack.containers if container.name in names)
                found.append(dataclasses.replace(stack, containers=kept))
    if len(found) == 1 and len(found[0].containers) == 1:
        yield found[0]


def _holds(service: compose.Service, path: str) -> bool:
    build = service.table.items.get("build")
    if build is None:
        return False
    context = text(build) or text(table(build).items.get("context"))
    if context is not None and (context.unknown or "://" in context.value):
        return False
    folder = os.path.normpath(os.path.join(build.place.origin.folder, context.value if context else "."))
    return path.startswith(folder + os.sep)
