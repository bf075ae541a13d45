"""What the views know of a tree better than a pattern would: trainings, scenario tests, layers, and the schema."""

from __future__ import annotations

import collections
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from flake8_planalign.development import containers, layers
from flake8_planalign.development.model import Layer
from flake8_planalign.development.mojo import MODEL_INI
from flake8_planalign.formats.archive import ArchiveError, read_directory
from flake8_planalign.formats.sql.syntax import Identifier
from flake8_planalign.logical import forms, history, model
from flake8_planalign.logical.features import Features
from flake8_planalign.physical import names
from flake8_planalign.process.closing import closings
from flake8_planalign.process.scripts import places_of_untold_keys
from flake8_planalign.project import Project
from flake8_planalign.review.evidence import DEVELOPMENT, TESTED, Place
from flake8_planalign.scenario import survey

__all__ = ["facts"]

_LAYERS: Final = {Layer.SERVICE: "service modules", Layer.PIPELINE: "pipeline modules", Layer.COMMON: "common modules"}
_JSON: Final = frozenset({"json", "jsonb"})


def facts(paths: Iterable[str], project_of: Mapping[str, Project]) -> dict[str, tuple[Place, ...]]:
    """Return the places of each fact, by its name, as far as they are in the files of the review.

    Paths are as the run names them; `project_of` tells the project of each.
    """
    found: dict[str, list[Place]] = collections.defaultdict(list)
    named = {os.path.abspath(path): path for path in paths}
    for project in dict.fromkeys(project_of.values()):
        for name, places in survey.places(project).items():
            found[name] += ((named[path], line) for path, line in places if path in named)
        for name, place in _of_schema(project):
            path = os.path.join(project.root, place.path)
            if path in named:
                found[name].append((named[path], place.line))
    for absolute, path in named.items():
        is_lua = path.endswith(".lua")
        if is_lua or path.endswith(".py"):
            text = project_of[path].read(absolute) or ""
            found["keys from data"] += ((path, line) for line in places_of_untold_keys(text, is_lua=is_lua))
    for project in dict.fromkeys(project_of.values()):
        own = [absolute for absolute, path in named.items() if path.endswith(".py") and project_of[path] is project]
        found["closings"] += ((named[path], line) for path, line in closings(project, own))
    found["mojos"] = [(path, 1) for absolute, path in named.items() if _is_mojo(absolute)]
    for absolute, path in named.items():
        relative = project_of[path].relative(absolute)
        if names.is_development(relative, project_of[path].config.physical.dev_files):
            found[DEVELOPMENT].append((path, 1))
        if names.is_test(relative):
            found[TESTED].append((path, 1))
    for absolute, path in named.items():
        layer = layers.layer_of(absolute, project_of[path]) if path.endswith(".py") else None
        if layer in _LAYERS:
            found[_LAYERS[layer]].append((path, 1))
    return {name: tuple(places) for name, places in found.items()}


def _is_mojo(path: str) -> bool:
    """Tell whether a file is a MOJO, as an archive or as the settings of one that was unpacked."""
    if os.path.basename(path) == MODEL_INI:
        return True
    if not path.endswith((".zip", ".mojo")):
        return False
    try:
        with open(path, "rb") as stream:
            return containers.shape_of(read_directory(stream))[0] is not containers.Shape.FOREIGN
    except (OSError, ArchiveError):
        return False


def _of_schema(project: Project) -> Iterator[tuple[str, model.Place]]:
    """Yield the tables, and what only PostgreSQL has, as (name of the fact, place)."""
    schema = history.schema_of(project)
    features = Features(project.config.logical, schema)
    for table in schema.tables.values():
        if not table.persistent:
            continue
        if not table.partial:
            yield "tables", table.place
        if features.includes(table.name, table.schema):
            yield "feature tables", table.place
        if schema.postgresql:
            yield from _of_documents(table)


def _of_documents(table: model.Table) -> Iterator[tuple[str, model.Place]]:
    """Yield the columns of a table that hold documents, and the indexes that may be on what is in them."""
    documents = [column for column in table.columns.values() if column.type in _JSON]
    for column in documents:
        yield "json columns", column.typed
        if column.type == "jsonb":
            yield "jsonb columns", column.typed
    of_documents = {column.name for column in documents}
    for index in table.indexes:
        on_them = [
            element.expression for element in index.elements if of_documents & forms.columns_of(element.expression)
        ]
        if on_them and (index.method == "gin" or any(not isinstance(found, Identifier) for found in on_them)):
            yield "indexes on json", index.place
        if any(not isinstance(found, Identifier) for found in on_them):
            yield "indexes on values in json", index.place
        if on_them and index.method == "gin":
            yield "GIN indexes", index.place
