"""What one file says about the data model, as plain values that the cache keeps; places are character indexes."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final

import msgspec

from flake8_planalign.formats.sql import syntax
from flake8_planalign.formats.sql.syntax import Statement, TableName, TypeName
from flake8_planalign.logical import model

__all__ = ["NOTHING", "Alias", "Facts", "Model", "OpaqueStep", "Revision", "Step", "decode", "decode_schema", "encode"]


class OpaqueStep(msgspec.Struct, frozen=True):
    """Something that may change a table in a way that cannot be read.

    `table` is None for any table, or for the one that has the index named `index`, if that is given.
    """

    table: TableName | None
    index: str = ""


class Alias(msgspec.Struct, frozen=True):
    """A name that migrations use for a table which has another one in the database."""

    name: str
    table: str


class Step(msgspec.Struct, frozen=True):
    """A definition of a migration; `certain` is False where it depends on what is known at run time only."""

    statement: Statement | OpaqueStep | Alias
    certain: bool = True


class Revision(msgspec.Struct, frozen=True):
    """A migration's place in its history: its own name and those of the revisions that it follows."""

    tool: str
    name: str
    follows: tuple[str, ...]
    steps: tuple[Step, ...]


class Model(msgspec.Struct, frozen=True):
    """A class that maps a table: attribute -> column, and what it declares.

    `names` tells that it has a function which names the tables of the classes that inherit from it, `default` that its
    table has the name that SQLModel gives where no base class has such a function.
    """

    name: str
    table: str
    attributes: tuple[tuple[str, str], ...]
    bases: tuple[str, ...]
    declarations: tuple[Statement, ...]
    start: int
    end: int
    names: bool = False
    default: bool = False


class Facts(msgspec.Struct, frozen=True):
    """What one file contributes to the project's schema.

    `types` are the SQLAlchemy types that the module names or defines, `dialects` the databases that it speaks of,
    `engines` those of the URLs beside which it makes an engine, `defaults` the others than PostgreSQL on which it may
    run, `bodies` what a migration makes and drops that has one, `lines` the character indexes at which its lines begin.
    """

    revision: Revision | None = None
    definitions: tuple[Statement, ...] = ()
    models: tuple[Model, ...] = ()
    types: tuple[tuple[str, TypeName], ...] = ()
    annotations: tuple[tuple[str, TypeName], ...] = ()
    dialects: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()
    bodies: tuple[syntax.BodyName, ...] = ()
    lines: tuple[int, ...] = ()


NOTHING: Final = Facts()


def _words(module: ModuleType) -> Iterator[type[msgspec.Struct]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, msgspec.Struct):
            yield value


_KINDS: Final[tuple[type[msgspec.Struct], ...]] = (
    *_words(syntax), OpaqueStep, Alias, Step, Revision, Model, Facts, *_words(model),
)  # fmt: skip
_CLASSES: Final = {kind.__name__: kind for kind in _KINDS}
_PLAIN: Final = frozenset({str, int, bool, float, type(None)})


def encode(value: Any) -> Any:
    """Return a value of this module's types as JSON: a word as its name and its fields, a tuple as a list."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple:
        return [item if type(item) in _PLAIN else encode(item) for item in value]
    if kind is dict:
        return {key: encode(item) for key, item in value.items()}
    return [f"!{kind.__name__}", *[encode(getattr(value, field)) for field in kind.__struct_fields__]]


def decode_schema(value: Any) -> model.Schema:
    """Return the schema that `encode` was given; raises ValueError for anything else.

    `decode` does the same in five times the time, for words of all kinds.
    """
    return msgspec.convert(value, model.Schema)


def decode(value: Any) -> Any:
    """Return what `encode` was given; raises ValueError, TypeError or KeyError for what it never returns."""
    if isinstance(value, list):
        if value and isinstance(value[0], str) and value[0][:1] == "!" and value[0][1:] in _CLASSES:
            return _CLASSES[value[0][1:]](*map(decode, value[1:]))
        return tuple([item if type(item) in _PLAIN else decode(item) for item in value])
    if isinstance(value, dict):
        return {key: decode(item) for key, item in value.items()}
    return value
