"""What tells, without the schema, that a Python file says nothing of it: most do not, and the schema is large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import state, words

if TYPE_CHECKING:
    from flake8_planalign.logical.model import Schema
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["Gist", "is_silent", "keep"]

_NAMESPACE: Final = "logical-gist"
#: What a Python file that asks for rows by an ORM has.
_ASKING: Final = ("sqlalchemy", "sqlmodel", ".objects")
_CHOOSING: Final = (".where(", ".filter(", ".having(", ".join(", ".outerjoin(")


class Gist(msgspec.Struct, frozen=True):
    """Where anything of a schema stands, and what those who ask for its documents must name."""

    paths: frozenset[str]
    documents: tuple[str, ...]
    postgresql: bool
    #: Whether a model maps a table of features.
    features: bool


def keep(project: Project, schema: Schema, key: str) -> None:
    """Keep the gist of a schema that is kept under a key."""
    from flake8_planalign.logical.features import Features

    features = Features(project.config.logical, schema)
    paths = {place.path for place in schema.domains} | {column.place.path for column in schema.deep}
    for table in schema.tables.values():
        paths |= {table.place.path, *(index.place.path for index in table.indexes)}
        paths |= {place.path for column in table.columns.values() for place in (column.named, column.typed)}
    told = Gist(
        frozenset(paths) | schema.replaced.keys(),
        tuple(sorted(schema.documents)),
        schema.postgresql,
        any(features.includes(table.rpartition(".")[2]) for _, table, _ in schema.models),
    )
    project.cache.put(_NAMESPACE, key, msgspec.to_builtins(told))


def is_silent(source: Source, project: Project) -> bool:
    """Tell whether a Python file is sure to have no node, by what is kept of the schema; False where nothing is."""
    if source.kind is not FileKind.PYTHON or not project.owns(source.absolute):
        return False
    gist = project.remembered("gist of the schema", lambda: _recalled(project))
    path, text = project.relative(source.absolute), source.text
    if gist is None or path in gist.paths or words.is_block_file(path, text) or words.pages(text):
        return False
    if words.embeds(text, writes=True) or (gist.features and any(word in text for word in _ASKING)):
        return False
    if not gist.postgresql or not (".objects" in text or any(word in text for word in _CHOOSING)):
        return True
    return not (words.names_one(text, gist.documents) or any(f"{name}__" in text for name in gist.documents))


def _recalled(project: Project) -> Gist | None:
    key = state.of(project)
    try:
        return msgspec.convert(project.cache.get(_NAMESPACE, key), Gist) if key is not None else None
    except msgspec.ValidationError:
        return None
