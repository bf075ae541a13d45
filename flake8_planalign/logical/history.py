"""The schema of a project: its migrations replayed in order, its SQL files, and its models where nothing else is."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from flake8_planalign.formats.sql import LIMIT
from flake8_planalign.formats.sql.bodies import is_same_body
from flake8_planalign.formats.sql.syntax import AddColumn, AlterTable, BodyName, CreateTable, TypeName
from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import dependencies, depth, extraction, gist, scripts, state, words
from flake8_planalign.logical.facts import Facts, Model, Revision, Step, decode_schema, encode
from flake8_planalign.logical.model import DeepColumn, Origin, Schema, Table
from flake8_planalign.patterns import lazy

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = [
    "compares_whole",
    "deep_columns",
    "is_for_another",
    "is_migration_path",
    "is_planned",
    "is_test",
    "schema_of",
    "tables_in",
]

_TEST = lazy(
    r"(?:^|/)(?:tests?|__tests__|testing|testdata|stubs?|conftest\.py|fixtures)(?:/|$)|(?:^|/)test_[^/]*$|_test\.py$|(?:^|/)conftest\.py$"
)
#: Databases as words in the names of folders and files.
_OTHERS = frozenset({
    "bigquery", "clickhouse", "cockroach", "cockroachdb", "databricks", "duckdb", "mariadb", "mssql", "mysql", "oracle",
    "questdb", "redshift", "snowflake", "sqlite", "sqlite3", "sqlserver",
})  # fmt: skip
_OWN = frozenset({"postgres", "postgresql", "psql", "pg"})
_WORD = lazy(r"[_.-]")
_NAME = lazy(r"\w+")
#: A folder below that of the revisions for those that run no more.
_ASIDE = lazy(
    r"(?:^|/)(?:versions|migrations)/(?:[^/]+/)*_?(?:archived?|attic|deprecated|disabled|legacy|obsolete|old|unused)(?:_[^/]*)?/"
)
#: How many functions of one name are told apart.
_OVERLOADED = 50
#: Before a capital letter within a name: where underscores stand in names of tables.
_HUMP = lazy(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PRISMA = lazy(r"provider\s*=\s*\"(\w+)\"")
_MIGRATIONS = lazy(
    r"(?:^|[/_])migrations?/|(?:^|/)(?:alembic|versions)/"
    r"|/management/commands/(?:backfill|migrate|populate)_?\w*\.py$"
    r"|(?:^|/)scripts?/(?:[^/]+/)*(?:backfill|migrate|populate)_\w*\.py$"
)


def is_test(path: str) -> bool:
    """Tell whether a path below the project's root is one of tests."""
    return _TEST.search(path.replace(os.sep, "/")) is not None


def is_migration_path(path: str) -> bool:
    """Tell whether a path below the project's root is one of migrations and of what helps them."""
    return _MIGRATIONS.search(path) is not None


def compares_whole(project: Project, column: str) -> bool:
    """Tell whether some module compares a whole column of this name, or asks whether it is null.

    SQLAlchemy's `Host.system == ...` and `Host.system.in_(...)` do, and Django's `filter(system=...)`.
    """
    name = re.escape(column)
    compared = re.compile(
        rf"\.{name}\s*(?:==|\.(?:in_|is_)\()"
        rf"|\b(?:filter|exclude|get|Q)\((?:[^()]|\([^()]*\))*?\b{name}(?:__(?:exact|in|isnull))?\s*=(?!=)"
    )

    def is_compared() -> bool:
        texts = (project.read(path) for path in project.files("*.py") if not is_test(path))
        return any(text is not None and column in text and compared.search(text) for text in texts)

    return project.remembered(f"whole documents of {column}", is_compared)


def tables_in(project: Project, path: str) -> list[Table]:
    """Return the tables of the schema of which anything stands in a file."""
    return project.remembered("tables by path", lambda: _by_path(project)).get(path, [])


def _by_path(project: Project) -> dict[str, list[Table]]:
    found: dict[str, list[Table]] = {}
    for table in schema_of(project).tables.values():
        places = {table.place.path, *(index.place.path for index in table.indexes)}
        for column in table.columns.values():
            places |= {column.named.path, column.typed.path}
        for place in places:
            found.setdefault(place, []).append(table)
    return found


def schema_of(project: Project, path: str | None = None) -> Schema:
    """Return the schema that the project's files make; made once, and kept in the cache for the same files.

    `path` is that of the file under check, which need not be on disk yet.
    """
    return project.remembered("schema", lambda: _found(project, path))


def _found(project: Project, path: str | None) -> Schema:
    if path is not None and not project.owns(path) and not os.path.exists(path):
        return _build(project, (path,))
    return _cached(project)


def _cached(project: Project) -> Schema:
    kept_under = state.of(project)
    if kept_under is not None:
        with contextlib.suppress(ValueError):
            return decode_schema(project.cache.get("logical-schema", kept_under))
    from flake8_planalign.collector import collector_off

    with collector_off():
        schema = _build(project)
    if kept_under is not None:
        project.cache.put("logical-schema", kept_under, encode(schema))
        gist.keep(project, schema, kept_under)
    return schema


def deep_columns(project: Project, source: Source, path: str) -> list[DeepColumn]:
    """Return the columns of a file, at `path` below the root, that go deep into documents.

    A file that is not part of the project, since it is ignored, is read by itself.
    """
    if project.owns(source.absolute) or not os.path.exists(source.absolute):
        return [column for column in schema_of(project).deep if column.place.path == path]
    if source.kind is not FileKind.SQL and not words.contributes(source.text):
        return []
    facts = extraction.facts_of(project, source.absolute, source.text, source.kind)
    return list(_deep(path, facts))


def _deep(path: str, facts: Facts) -> Iterator[DeepColumn]:
    statements: list[object] = [step.statement for step in extraction.steps_of(facts)]
    statements += facts.definitions
    statements += (item for model in facts.models for item in model.declarations)
    return depth.deep_columns(statements, Origin(path, facts.lines).place)


def _build(project: Project, more: tuple[str, ...] = ()) -> Schema:
    modules: dict[str, Facts] = {}
    learns = False
    unsaved = ((name, project.read(name) or "") for name in more if name.endswith(".py"))
    told = (*state.modules(project), *((name, words.contributes(text), words.learns(text)) for name, text in unsaved))
    for path, contributes, may_learn in told:
        learns = learns or may_learn
        text = project.read(path) if contributes else None
        if text is not None:
            inner = project.relative(path)
            if not (is_for_another(inner) and extraction.is_migration_text(text)):
                modules[inner] = extraction.facts_of(project, path, text, FileKind.PYTHON)
    sql: dict[str, Facts] = {}
    for path in (*state.files(project).sql, *(name for name in more if name.endswith(".sql"))):
        text = project.read_companion(path, LIMIT)
        if text is not None:
            inner = project.relative(path)
            sql[inner] = extraction.facts_of(project, path, text, FileKind.SQL)
    drivers, old = _drivers(project)
    folders = project.config.logical.migrations
    programs: dict[str, set[str]] = {}
    stepped = {os.path.dirname(path) for path, facts in sql.items() if facts.revision is not None}
    for path in state.files(project).programs if stepped else ():
        folder = os.path.dirname(project.relative(path))
        if folder in stepped:
            programs.setdefault(folder, set()).update(_NAME.findall(project.read(path) or ""))
    required = state.files(project).requirements
    services = [project.relative(os.path.dirname(path)) for path in required]
    return build(modules, sql, programs, services, drivers=drivers, old=old, learns=learns, folders=folders)


def _drivers(project: Project) -> tuple[bool, bool]:
    """Return whether the project declares a driver for PostgreSQL, and whether an SQLAlchemy older than 2.0.42."""
    key = state.of_requirements(project)
    match project.cache.get("logical-drivers", key) if key is not None else None:
        case [bool(postgresql), bool(old)]:
            return postgresql, old
    found = _stated_drivers(project)
    if key is not None:
        project.cache.put("logical-drivers", key, found)
    return found


def _stated_drivers(project: Project) -> tuple[bool, bool]:
    files = state.files(project)
    required = [project.read(path) or "" for path in files.requirements]
    postgresql = any(map(dependencies.has_postgresql_driver, required))
    locked = (project.read(path) or "" for path in files.locks)
    for path in files.prisma:
        found = _PRISMA.search(project.read(path) or "")
        postgresql = postgresql or (found is not None and found[1] == "postgresql")
    return postgresql, dependencies.is_before_subscripts((*required, *locked))


def build(
    modules: Mapping[str, Facts],
    sql: Mapping[str, Facts],
    programs: Mapping[str, Container[str]] | None = None,
    services: Iterable[str] = (),
    *,
    drivers: bool,
    old: bool = False,
    learns: bool = False,
    folders: Sequence[str] = (),
) -> Schema:
    """Return the schema that the facts of modules and SQL files, by their paths, make together.

    `folders` are those of migrations, where the plan names them; what lies elsewhere is then no migration. `programs`
    are the words of migrations in other languages, by the folder of the SQL files between which they run, `services`
    the folders whose files state requirements.
    """
    from flake8_planalign.logical.replay import Replay

    if folders:
        modules = {path: _as_planned(path, facts, folders) for path, facts in modules.items()}
        sql = {path: _as_planned(path, facts, folders) for path, facts in sql.items()}
    types = _types(modules.values())
    tables: dict[str, Table] = {}
    domains = []
    mapped = {name: model.table for name, (_, model) in _unique_models(modules).items() if model.table}
    for history in (*_revisions(modules), *_scripts(sql)):
        replay = Replay(types, models=mapped)
        for path, steps, lines in history:
            found = modules[path].revision if path in modules else None
            kind = "django" if found is not None and found.tool == "django" else "migrations"
            replay.run(steps, Origin(path, lines, kind))
        for folder in {os.path.dirname(path) for path, _, _ in history}:
            replay.run_unread((programs or {}).get(folder, ()))
        _merge(tables, replay.finished())
        domains += [place for name, place in replay.domains.values() if name == "json"]
    replay = Replay(types)
    whole = (path for path, facts in sql.items() if facts.definitions and not is_for_another(path, named=True))
    own = {os.path.dirname(path) for path, facts in sql.items() if "postgresql" in facts.dialects}
    for path in scripts.ordered(path for path in whole if not is_test(path)):
        kind = "sql" if os.path.dirname(path) in own else "script"
        replay.run(map(Step, sql[path].definitions), Origin(path, sql[path].lines, kind))
    _add(tables, replay.finished())
    domains += [place for name, place in replay.domains.values() if name == "json"]
    _add(tables, _declared(modules, types))
    spoken = {
        dialect
        for path, facts in (*modules.items(), *sql.items())
        if not is_test(path) and not is_for_another(path)
        for dialect in facts.dialects
    }
    return Schema(
        tables,
        postgresql=drivers or "postgresql" in spoken,
        several=bool(spoken - {"postgresql"}),
        portable=dependencies.services_of(
            (path for path, facts in modules.items() if facts.defaults and not is_test(path)), services
        ),
        subscripts=not old,
        learns=learns,
        domains=tuple(domains),
        models=_models(modules, tables),
        deep=tuple(column for path, facts in (*modules.items(), *sql.items()) for column in _deep(path, facts)),
        replaced=_replaced([[(path, sql[path].bodies) for path, _, _ in history] for history in _scripts(sql)]),
    )


def _replaced(histories: Iterable[Iterable[tuple[str, Iterable[BodyName]]]]) -> dict[str, tuple[int, ...]]:
    """Return the places, by path, of the bodies that later migrations of the same history replace or drop."""
    found: dict[str, list[int]] = {}
    for history in histories:
        there: dict[tuple[str, str], list[tuple[str, BodyName]]] = {}
        for path, body in ((path, body) for path, bodies in history for body in bodies):
            known = there.setdefault((body.kind, body.name), [])
            gone = [item for item in known if is_same_body(item[1], body)] if len(known) < _OVERLOADED else []
            for item in gone:
                found.setdefault(item[0], []).append(item[1].start)
                known.remove(item)
            if body.made:
                known.append((path, body))
    return {path: tuple(places) for path, places in found.items()}


def is_planned(path: str, folders: Sequence[str]) -> bool:
    """Tell whether a path below the root lies in one of the folders, which may be shell patterns."""
    return any(path.startswith(f"{folder.rstrip('/')}/") or fnmatch.fnmatchcase(path, folder) for folder in folders)


def _as_planned(path: str, facts: Facts, folders: Sequence[str]) -> Facts:
    """Return facts without a history outside of the folders of migrations; SQL within them is a part of it."""
    if not is_planned(path, folders):
        return replace(facts, revision=None)
    if facts.revision is None and path.endswith(".sql"):
        return replace(facts, revision=Revision("sql", path, (), tuple(map(Step, facts.definitions))))
    return facts


def _models(
    modules: Mapping[str, Facts], tables: Mapping[str, Table]
) -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
    """Return the classes that map tables: their name, the table, and attribute -> column with those of their bases."""
    known = _unique_models(modules)
    made = {table.name for table in tables.values()}
    found = []
    for name, (_, model) in known.items():
        table = model.table or _named_by_base(model, known, made)
        if table:
            attributes = {key: value for base in _bases(model, known) for key, value in base.attributes}
            found.append((name, table, tuple({**attributes, **dict(model.attributes)}.items())))
    return tuple(found)


def _named_by_base(model: Model, known: Mapping[str, tuple[str, Model]], made: Container[str]) -> str:
    """Return the table of a class for which a function of a base class makes the name; nothing where it is not known.

    Such functions write the name of the class in small letters, with underscores, or in the plural: what is taken is
    the one of these that a table has which a migration makes.
    """
    if not any(base.names for base in _bases(model, known)):
        return ""
    apart = _HUMP.sub("_", model.name)
    names = (model.name, model.name.lower(), apart.lower())
    plurals = (plural for name in names for plural in (f"{name}s", f"{name}es", f"{name.removesuffix('y')}ies"))
    found = {name for name in (*names, *plurals) if name in made}
    return found.pop() if len(found) == 1 else ""


def _unique_models(modules: Mapping[str, Facts]) -> dict[str, tuple[str, Model]]:
    found: dict[str, tuple[str, Model]] = {}
    ambiguous: set[str] = set()
    for path, facts in sorted(modules.items()):
        if is_test(path):
            continue
        for model in facts.models:
            if model.name in found and found[model.name][1].table != model.table:
                ambiguous.add(model.name)
            found[model.name] = path, model
    known = {name: item for name, item in found.items() if name not in ambiguous}
    for name, (path, model) in known.items():
        if model.default and any(base.names for base in _bases(model, known)):
            # The name that SQLModel would give is not the one that it has.
            known[name] = path, replace(model, table="")
    return known


def _bases(model: Model, known: Mapping[str, tuple[str, Model]]) -> list[Model]:
    """Return the models that a model inherits columns from, the nearest last."""
    found: dict[str, Model] = {}
    pending = list(model.bases)
    while pending:
        name = pending.pop()
        if name in known and name not in found:
            found[name] = known[name][1]
            pending += found[name].bases
    return list(reversed(found.values()))


def _declared(modules: Mapping[str, Facts], types: Mapping[str, TypeName]) -> dict[str, Table]:
    """Return the tables that models declare."""
    from flake8_planalign.logical.replay import Replay

    known = _unique_models(modules)
    apart = _folders_of_others(modules)
    annotated = {
        text: (made, Origin(path, facts.lines))
        for path, facts in modules.items()
        for text, made in facts.annotations
        if not is_test(path)
    }
    replay = Replay(types, annotated)
    for path, model in known.values():
        if not model.table or os.path.dirname(path) in apart:
            continue
        origin = Origin(path, modules[path].lines, "models", rendered=True)
        replay.run(map(Step, model.declarations), origin)
        created = model.declarations[0] if model.declarations else None
        if not isinstance(created, CreateTable):
            continue
        for base in _bases(model, known):
            inherited = base.declarations[0] if base.declarations and not base.table else None
            if isinstance(inherited, CreateTable):
                actions = tuple(AddColumn(column, if_not_exists=True) for column in inherited.columns)
                base_path = known[base.name][0]
                base_origin = Origin(base_path, modules[base_path].lines, "models", rendered=True)
                replay.run([Step(AlterTable(created.table, actions))], base_origin)
    return replay.finished()


def _folders_of_others(modules: Mapping[str, Facts]) -> set[str]:
    """Return the folders whose modules make engines of other databases alone: what they map lies there."""
    engines: dict[str, set[str]] = {}
    for path, facts in modules.items():
        if facts.engines and not is_test(path):
            engines.setdefault(os.path.dirname(path), set()).update(facts.engines)
    return {folder for folder, names in engines.items() if "postgresql" not in names}


def _types(modules: Iterable[Facts]) -> dict[str, TypeName]:
    """Return the project's own types by name; a name with two meanings has none."""
    found: dict[str, TypeName] = {}
    ambiguous: set[str] = set()
    for facts in modules:
        for name, made in facts.types:
            if name in found and found[name].name != made.name:
                ambiguous.add(name)
            found[name] = made
    return {name: made for name, made in found.items() if name not in ambiguous}


def _merge(tables: dict[str, Table], more: Mapping[str, Table]) -> None:
    """Add the tables of another history; one that two histories make is opaque."""
    others = {table.name: key for key, table in tables.items()}
    for key, table in more.items():
        known = tables.get(key)
        other = others.get(table.name)
        if known is None and other is not None and bool(table.schema) is not bool(tables[other].schema):
            # One history names the schema that the other's names without one are looked up in.
            tables[key], tables[other] = _opaque(table), _opaque(tables[other])
        elif known is None:
            tables[key] = table
        elif known.partial and not table.partial:
            tables[key] = _opaque(table)
        else:
            tables[key] = _opaque(known)


def _add(tables: dict[str, Table], whole: Mapping[str, Table]) -> None:
    """Add tables that are defined as a whole where no history makes them, and complete those that one only changes."""
    named = {table.name for table in tables.values() if table.schema}
    for key, table in whole.items():
        known = tables.get(key)
        if known is None and not table.schema and table.name in named:
            # The history makes it in the schema that names without one are looked up in.
            continue
        tables[key] = table if known is None else _completed(known, table) if known.partial else known


def _completed(partial: Table, declared: Table) -> Table:
    """Return a table that its model or a file of SQL declares as a whole, with what migrations changed in it.

    Its first migrations are not there any more, or it is older than they are. What they did add stands in them.
    """
    if partial.unread:
        return partial
    columns = {name: partial.columns.get(name, column) for name, column in declared.columns.items()}
    columns = {name: made if made.type else declared.columns[name] for name, made in columns.items()}
    known = {index.name for index in partial.indexes}
    indexes = (*partial.indexes, *(index for index in declared.indexes if not index.name or index.name not in known))
    constraints = (*declared.constraints, *partial.constraints)
    return replace(declared, columns=columns, indexes=indexes, constraints=constraints, opaque=declared.opaque)


def _opaque(table: Table) -> Table:
    return replace(table, opaque=True, unread=True)


def is_for_another(path: str, *, named: bool = False) -> bool:
    """Tell whether a path is one of another database: below `sqlite`, `sqlite_zip` or the like.

    The file's own name counts if `named`; that of a migration may tell what it does (`0007_leave_mysql.sql`), and
    counts only between dots (`0007_users.mysql.up.sql`).
    """
    *folders, name = path.lower().split("/")
    words = {word for part in ((*folders, name) if named else folders) for word in _WORD.split(part)}
    words.update(name.split(".")[1:-1])
    return not _OTHERS.isdisjoint(words) and _OWN.isdisjoint(words)


_Files = list[tuple[str, tuple[Step, ...], tuple[int, ...]]]


def _revisions(modules: Mapping[str, Facts]) -> Iterator[_Files]:
    """Yield the histories of revisions, each in an order in which every revision comes behind those that it follows."""
    named = {}
    aside = _set_aside(modules)
    for path, facts in modules.items():
        if facts.revision is not None and path not in aside and not is_for_another(path) and not is_test(path):
            named[facts.revision.tool, _family(path, facts), facts.revision.name] = path
    order = _sorted(named, modules)
    groups = _connected(order, named, modules)
    for family in dict.fromkeys(groups.values()):
        yield [
            (path, modules[path].revision.steps, modules[path].lines)  # type: ignore[union-attr]
            for path in order
            if groups[path] == family
        ]


def _set_aside(modules: Mapping[str, Facts]) -> set[str]:
    """Return the revisions below a folder that says that they run no more, and that no other ones follow."""
    revisions = {path: facts.revision for path, facts in modules.items() if facts.revision is not None}
    aside = {path for path in revisions if _ASIDE.search(path)}
    followed = {name for path, found in revisions.items() if path not in aside for name in found.follows}
    return set() if any(revisions[path].name in followed for path in aside) else aside


def _family(path: str, facts: Facts) -> str:
    """Return what tells revisions of the same name apart: nothing for Alembic, whose names are unique per database."""
    assert facts.revision is not None
    return os.path.dirname(path) if facts.revision.tool == "alembic" else ""


def _parents(path: str, named: Mapping[tuple[str, str, str], str], modules: Mapping[str, Facts]) -> Iterator[str]:
    revision = modules[path].revision
    assert revision is not None
    for name in revision.follows:
        own = named.get((revision.tool, _family(path, modules[path]), name))
        if own is None:
            others = [other for (tool, _, known), other in named.items() if known == name and tool == revision.tool]
            own = others[0] if len(others) == 1 else None
        if own is not None:
            yield own


def _sorted(named: Mapping[tuple[str, str, str], str], modules: Mapping[str, Facts]) -> list[str]:
    """Return the paths so that parents come first, those that are not there aside; among equals by path, no cycles."""
    waiting: Counter[str] = Counter()
    children: dict[str, list[str]] = {}
    for path in sorted(named.values()):
        parents = list(dict.fromkeys(_parents(path, named, modules)))
        waiting[path] = len(parents)
        for parent in parents:
            children.setdefault(parent, []).append(path)
    first = [path for path in waiting if waiting[path] == 0]
    order: list[str] = []
    for follows in (False, True):
        # What follows a revision that is not there comes behind all that follows from the beginning.
        ready = [path for path in first if bool(modules[path].revision.follows) is follows]  # type: ignore[union-attr]
        place = 0
        while place < len(ready):
            path = ready[place]
            place += 1
            order.append(path)
            for child in children.get(path, ()):
                waiting[child] -= 1
                if waiting[child] == 0:
                    ready.append(child)
    return order


def _connected(
    order: Iterable[str], named: Mapping[tuple[str, str, str], str], modules: Mapping[str, Facts]
) -> dict[str, str]:
    """Return for each revision the name of its history: revisions that follow each other, or share a directory."""
    group: dict[str, str] = {}
    alias: dict[str, str] = {}

    def top(name: str) -> str:
        while alias.get(name, name) != name:
            name = alias[name]
        return name

    for path in order:
        own = f"dir:{os.path.dirname(path)}"
        group[path] = own
        for parent in _parents(path, named, modules):
            if top(group[parent]) != top(own):
                alias[top(group[parent])] = top(own)
    return {path: top(name) for path, name in group.items()}


def _scripts(sql: Mapping[str, Facts]) -> Iterator[_Files]:
    """Yield the histories of SQL migrations, one for each directory of them."""
    folders: dict[str, list[str]] = {}
    for path, facts in sql.items():
        if facts.revision is not None and not is_for_another(path) and not is_test(path):
            folder = os.path.dirname(path)
            if os.path.basename(path) in ("migration.sql", "up.sql"):
                folder = os.path.dirname(folder)
            folders.setdefault(folder, []).append(path)
    for paths in folders.values():
        yield [(path, extraction.steps_of(sql[path]), sql[path].lines) for path in scripts.ordered(paths)]
