"""The domain nodes of one file: what it defines and asks, seen with the schema of the whole project."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_planalign.logical import history
from flake8_planalign.logical.model import JsonColumn, Place, Schema

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.rule import Position
    from flake8_planalign.source import Source

__all__ = ["read"]


def read(source: Source, project: Project) -> Iterator[object]:
    """Yield the domain nodes of a file."""
    schema = history.schema_of(project)
    path = os.path.relpath(source.absolute, project.root).replace(os.sep, "/")
    yield from _json_columns(schema, path, source)


def _position(source: Source, place: Place) -> Position:
    return source.position_at(place.start, place.end)


def _json_columns(schema: Schema, path: str, source: Source) -> Iterator[JsonColumn]:
    if not schema.postgresql:
        return
    seen: set[Place] = set()
    for table in schema.tables.values():
        if not table.persistent:
            continue
        for column in table.columns.values():
            if column.typed.path != path or column.type not in ("json", "json[]") or column.typed in seen:
                continue
            if column.explicit or not schema.several:
                seen.add(column.typed)
                name = column.mapped or column.type
                yield JsonColumn(_position(source, column.typed), table.name, column.name, name)
    for place in schema.domains:
        if place.path == path:
            yield JsonColumn(_position(source, place), "", "", "json")
