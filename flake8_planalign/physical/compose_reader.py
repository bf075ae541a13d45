"""Compose projects read into stacks of containers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flake8_planalign.formats import compose
from flake8_planalign.formats.compose_fields import go_text
from flake8_planalign.formats.located import Items, Table, Text, Value, text
from flake8_planalign.formats.quantities import compose_bytes
from flake8_planalign.formats.words import Word
from flake8_planalign.physical.model import Container, Limit, LimitState, Stack
from flake8_planalign.physical.runtime import jvms

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["stacks"]


def stacks(source: Source, project: Project) -> Iterator[Stack]:
    """Yield the stacks that a Compose file is part of."""
    folder = os.path.dirname(source.absolute)
    environment = compose.project_environment(folder, project.companion)
    model = compose.load([source], project.companion, environment)
    yield Stack(source.absolute, tuple(container(service) for service in model.services))


def container(service: compose.Service) -> Container:
    """Return a service as a container."""
    variables = {name: _as_text(variable) for name, variable in service.environment.items()}
    return Container(
        name=service.name,
        kind="service",
        owner=service.key,
        image=text(service.table.items.get("image")),
        limit=_limit(service.table),
        limit_key="deploy.resources.limits.memory",
        jvms=jvms(variables, _command(service.table)),
    )


def _as_text(variable: compose.Variable) -> Text:
    if variable.text.value == variable.value:
        return variable.text
    return Text(variable.value, variable.text.place, unknown=not variable.known)


def _command(service: Table) -> Sequence[Word] | Text | None:
    entrypoint, command = service.items.get("entrypoint"), service.items.get("command")
    if isinstance(command, Text) and not command.null and entrypoint is None:
        return command
    found = [*_words(entrypoint), *_words(command)]
    return found or None


def _words(value: Value | None) -> list[Word]:
    from flake8_planalign.formats.words import java_words

    if isinstance(value, Items):
        return [Word(go_text(item), item, not item.unknown) for item in value.items if isinstance(item, Text)]
    return java_words(value) if isinstance(value, Text) and not value.null else []


def _limit(service: Table) -> Limit:
    long = text(service.get("deploy", "resources", "limits", "memory"))
    short = text(service.items.get("mem_limit"))
    found = long or short
    if found is None:
        return Limit(LimitState.ABSENT)
    if found.unknown:
        return Limit(LimitState.UNKNOWN, text=found)
    size = compose_bytes(go_text(found))
    if size is None:
        return Limit(LimitState.INVALID, text=found, refused=found.value)
    return Limit(LimitState.SET if size > 0 else LimitState.UNLIMITED, size, found)
