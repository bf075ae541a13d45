"""What the rules of the Logical view speak of: the schema that the history makes, and what the code asks of it."""

from __future__ import annotations

import bisect
import enum
import functools
from typing import Final, Literal

import msgspec

from flake8_planalign.formats.sql.syntax import Constraint, Expression, IndexElement, TableName, Word
from flake8_planalign.rule import Position

__all__ = [
    "BlockFault",
    "BlockIO",
    "BlockReturn",
    "Column",
    "DeepColumn",
    "DeepPath",
    "FeatureWrite",
    "Index",
    "JsonColumn",
    "Keyless",
    "LooseReference",
    "Origin",
    "PageTotal",
    "Place",
    "Predicate",
    "Schema",
    "Table",
    "TimelessFeatures",
    "UnguardedVersions",
    "UnindexedFeature",
    "UniqueKey",
    "UselessIndex",
    "Verdict",
]  # fmt: skip


class Place(Word, frozen=True):
    """Where something is written: the path below the project's root, the line, and the characters of the file."""

    path: str
    line: int
    start: int
    end: int


class Origin(msgspec.Struct, frozen=True):
    """The file that steps come from: its path, where its lines begin, and whether it is rendered by an ORM."""

    path: str
    lines: tuple[int, ...]
    kind: str = "migrations"
    rendered: bool = False

    @property
    def sql(self) -> bool:
        """Tell whether the file is SQL, whose types are the database's own."""
        return self.path.endswith(".sql")

    def place(self, start: int, end: int) -> Place:
        """Return the place of a region of the file."""
        return Place(self.path, bisect.bisect_right(self.lines, start) if self.lines else 0, start, end)


class Column(Word, frozen=True):
    """A column as the whole history leaves it; `type` is PostgreSQL's name of its type, empty if it is not known.

    `named` is where its name stands, `typed` where its type was written last. `mapped` is the type of the project's own
    (`?JSONType`) that stands there, if one does; `explicit` tells that the type is
    PostgreSQL's own and not a portable one.
    """

    name: str
    type: str
    named: Place
    typed: Place
    not_null: bool = False
    generated: bool = False
    mapped: str = ""
    explicit: bool = False


class Index(Word, frozen=True):
    """An index; `name` is empty where it is not known.

    `inherited` tells that it is one of a table that this one is a part of, or of one of its parts.
    """

    name: str
    method: str
    elements: tuple[IndexElement, ...]
    unique: bool
    where: Expression | None
    place: Place
    rendered: bool = False
    inherited: bool = False


class Table(Word, frozen=True):
    """A table; where `opaque`, columns and indexes may have been changed in a way that could not be read.

    `keys` are the primary and unique keys, as columns; `partial` tells that the table is known only by what was
    changed in it, `unread` that a change could not be read. `origin` is the kind of source: "migrations", "django",
    "models", "sql" or, where a SQL file and those beside it have nothing that only PostgreSQL knows, "script". `bare`
    is what was made like another table that had no primary key yet.
    """

    name: str
    schema: str
    columns: dict[str, Column]
    indexes: tuple[Index, ...]
    constraints: tuple[Constraint, ...]
    place: Place
    opaque: bool = False
    partial: bool = False
    persistent: bool = True
    derived: bool = False
    origin: str = "migrations"
    unread: bool = False
    bare: bool = False

    @property
    def full_name(self) -> str:
        """Return the name with its schema, if that is known."""
        return f"{self.schema}.{self.name}" if self.schema else self.name

    @property
    def primary_key(self) -> tuple[str, ...] | None:
        """Return the columns of the primary key, None without one."""
        return next((item.columns for item in self.constraints if item.kind == "primary key"), None)


class DeepColumn(Word, frozen=True):
    """A column whose generation or default goes deep into a document: `where` tells which, `steps` how deep."""

    table: TableName
    place: Place
    text: str
    steps: int
    where: str


class Schema(Word, frozen=True, dict=True):
    """All tables by their full name.

    `postgresql` tells that the project's database is known to be PostgreSQL, `several` that it can be another one too,
    `portable` the folders, each with a slash behind it, of the services that can run on another one, `subscripts` that
    SQLAlchemy writes `a['k']` for a step into a document, `learns` that the project trains or serves models;
    `domains` are those over json, `models` the classes that map tables: name, table, attribute -> column;
    `deep` are the columns that go deep into documents, `replaced` the places in migrations, by their paths, of the
    routines, views and policies that later ones replace or drop.
    """

    tables: dict[str, Table]
    postgresql: bool
    several: bool = False
    subscripts: bool = True
    learns: bool = False
    domains: tuple[Place, ...] = ()
    models: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = ()
    deep: tuple[DeepColumn, ...] = ()
    replaced: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)
    portable: tuple[str, ...] = ()

    def runs_elsewhere(self, path: str) -> bool:
        """Tell whether what a file below the root defines can be made in another database than PostgreSQL too."""
        return self.several or path.startswith(self.portable)

    def table(self, name: str, schema: str = "") -> Table | None:
        """Return the table of a name; without a schema the one of that name, if there is only one."""
        found = self.tables.get(f"{schema}.{name}" if schema and schema != "public" else name)
        if found is None and not schema:
            same = self._named.get(name, ())
            found = same[0] if len(same) == 1 else None
        return found

    @functools.cached_property
    def documents(self) -> frozenset[str]:
        """The names of the models' attributes that hold documents."""
        return frozenset(
            attribute
            for owner, _, attributes in self.models
            for attribute, _ in attributes
            if (found := self.mapped(owner, attribute)) is not None and found[2] in ("json", "jsonb")
        )

    @functools.cached_property
    def document_models(self) -> frozenset[str]:
        """The names of the models that have such an attribute."""
        return frozenset(
            owner
            for owner, _, attributes in self.models
            if any((found := self.mapped(owner, name)) and found[2] in ("json", "jsonb") for name, _ in attributes)
        )

    def mapped(self, owner: str, attribute: str) -> tuple[str, str, str] | None:
        """Return the table, the column and its type that an attribute of a model stands for."""
        table_name, attributes = self._classes.get(owner, ("", {}))
        name = attributes.get(attribute)
        table = self.table(table_name.rpartition(".")[2], table_name.rpartition(".")[0]) if name else None
        column = table.columns.get(name) if table is not None and name else None
        return (table_name, column.name, column.type) if column is not None else None

    @functools.cached_property
    def _classes(self) -> dict[str, tuple[str, dict[str, str]]]:
        """Return the models by their name: the table, and attribute -> column."""
        return {name: (table, dict(attributes)) for name, table, attributes in self.models}

    @functools.cached_property
    def _named(self) -> dict[str, list[Table]]:
        """Return the tables by their bare name."""
        found: dict[str, list[Table]] = {}
        for table in self.tables.values():
            found.setdefault(table.name, []).append(table)
        return found


class JsonColumn(msgspec.Struct, frozen=True):
    """A column that the whole history leaves as json; `type` is what makes it that."""

    position: Position
    table: str
    column: str
    type: str


NO_PLACE: Final = Place("", 0, 0, 0)


class Verdict(enum.Enum):
    """What the indexes of the final schema do for a predicate; `UNKNOWN` is what must be kept quiet."""

    SERVED = "served"
    UNKNOWN = "unknown"
    NO_INDEX = "no index"
    CANNOT_SERVE = "an index cannot serve it"
    OTHER_FORM = "an index has another form"


class Predicate(msgspec.Struct, frozen=True):
    """A condition on what is within a JSON column.

    `shape` is "containment" for the operators that a GIN index knows, "extraction" for a comparison of what is taken
    out, "function" for a function in the place of an operator. `text` is the condition as PostgreSQL sees it,
    `reason` why `index` does not serve it, `remedy` the definition that would, in SQL and as Alembic's operation.
    `keys` are the keys that the condition compares, `equality` tells that it compares for equality, `tests_null` that
    it asks only whether something is there.
    """

    position: Position
    shape: Literal["containment", "extraction", "function"]
    table: str
    column: str
    declared: Place
    operator: str
    text: str
    verdict: Verdict
    index: str
    reason: str
    remedy: str
    rendered: bool
    keys: tuple[str, ...] = ()
    equality: bool = False
    tests_null: bool = False
    joins: bool = False
    bound_key: bool = False
    selective: bool = False


class UselessIndex(msgspec.Struct, frozen=True):
    """An index that can serve nothing by itself: why, and what would serve."""

    position: Position
    index: str
    table: str
    reason: str
    remedy: str


class DeepPath(msgspec.Struct, frozen=True):
    """A path of several steps into a document; `where` tells what uses it."""

    position: Position
    path: str
    steps: int
    where: str


class UnindexedFeature(msgspec.Struct, frozen=True):
    """A JSONB column of a configured feature table that no GIN index covers."""

    position: Position
    table: str
    column: str
    remedy: str


class UniqueKey(msgspec.Struct, frozen=True):
    """A unique index over a key within a document."""

    position: Position
    table: str
    column: str
    key: str


class TimelessFeatures(msgspec.Struct, frozen=True):
    """A feature table without a point in time; `naive` names a time without a zone, if it has one."""

    position: Position
    table: str
    naive: str
    configured: bool


class FeatureWrite(msgspec.Struct, frozen=True):
    """A statement that changes or removes feature rows: how, which columns, and in which function it stands."""

    position: Position
    table: str
    how: Literal["update", "conflict", "attribute", "delete", "truncate"]
    columns: tuple[str, ...]
    function: str
    configured: bool


class UnguardedVersions(msgspec.Struct, frozen=True):
    """A table with `valid_from` and `valid_to` in which nothing keeps versions from overlapping."""

    position: Position
    table: str


class Keyless(msgspec.Struct, frozen=True):
    """A table without primary key; `unique` are columns that are unique together and never null, if there are such."""

    position: Position
    table: str
    unique: tuple[str, ...] = ()


class LooseReference(msgspec.Struct, frozen=True):
    """A column that is named after a table and does not reference it."""

    position: Position
    table: str
    column: str
    target: str


class PageTotal(msgspec.Struct, frozen=True):
    """A total that is computed from the page alone; `value` is how."""

    position: Position
    name: str
    value: str


class BlockReturn(msgspec.Struct, frozen=True):
    """What a Mage transformer certainly returns that is no DataFrame; `type` is the name of its type."""

    position: Position
    block: str
    what: str
    type: str


class BlockIO(msgspec.Struct, frozen=True):
    """Input or output that a Mage transformer does, with the functions that lead to it."""

    position: Position
    block: str
    call: str
    chain: tuple[str, ...]
    certain: bool


class BlockFault(msgspec.Struct, frozen=True):
    """Why a Mage block is not one step: the text says what is wrong and what to do."""

    position: Position
    text: str
