"""What a file says about the data model, from its text alone."""

from __future__ import annotations

import ast
import itertools
import re
from typing import Final

from flake8_planalign.formats.sql import read_statements, syntax
from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import scripts
from flake8_planalign.logical.facts import NOTHING, Facts, Revision, Step
from flake8_planalign.source import split_lines

__all__ = ["contributes", "extract", "extract_module", "is_migration_text", "matters", "steps_of"]

#: Words one of which stands in every file that defines something, below the words of the library that it needs.
_REVISION: Final = re.compile(r"^down_revision\b", re.MULTILINE)
_LIBRARIES: Final = ("sqlalchemy", "sqlmodel", "alembic")
_DEFINING: Final = (
    "down_revision", "__tablename__", "Table(", "TypeDecorator", "with_variant", "type_annotation_map", "JSON",
    "mapped_column", "Column(", "table=True",
)  # fmt: skip
_LEARNING: Final = ("h2o", "mage_ai", "feast", "sklearn", "xgboost", "lightgbm", "catboost", "torch", "keras", "mlflow")
_DJANGO: Final = ("migrations.Migration", "models.Model")
#: Words one of which stands in every file that asks for, writes or computes what a rule of this view judges.
_CONCERNS: Final = (
    "->>", "@>", "#>", "@?", "@@", "json", "JSON", "astext", ".contains(", ".has_key(", "__contains", "__has_key",
    "UPDATE ", "update ", "DELETE ", "delete", "TRUNCATE", "ON CONFLICT", "on_conflict", "update(", "total",
    "transformer", "data_loader", "data_exporter", "valid_from",
)  # fmt: skip
_DIALECT: Final = r"\b(?:{0})(?:\+\w+)?://|dialects\.{1}|dialects import .*\b{1}\b|[\"']{1}[\"']|{2}"
_DIALECTS: Final = tuple(
    (words, name, re.compile(_DIALECT.format("|".join(words), name, more)))
    for words, name, more in (
        (
            ("postgres", "postgresql", "asyncpg", "psycopg", "JSONB"),
            "postgresql",
            r"\b(?:asyncpg|psycopg2?|JSONB|postgresql_\w+)\b",
        ),
        (("sqlite",), "sqlite", r"\bsqlite_where\b"),
        (("mysql", "mariadb", "MySQL"), "mysql", r"\bMySQLdb\b"),
        (("mssql",), "mssql", r"\bmssql_\w+"),
        (("oracle",), "oracle", r"\bcx_Oracle\b"),
    )
)
_SQL_OF_POSTGRESQL: Final = re.compile(
    r"\bjsonb\b|\btimestamptz\b|\bbigserial\b|\$\$|\bplpgsql\b|\busing\s+(?:gin|gist|brin|hash)\b|::\s*\w"
    r"|\bgen_random_uuid\b"
    r"|\bcreate\s+extension\b|\buuid\b|\bbytea\b|\bwith\s+time\s+zone\b|\bnow\(\)|\bserial\b|\bjsonb?_\w+\(|->>",
    re.IGNORECASE,
)
_DEFINES: Final = re.compile(r"\b(?:create|alter|drop)\s", re.IGNORECASE)


def matters(text: str, kind: FileKind) -> bool:
    """Tell whether a file can say anything that a rule of this view judges."""
    if kind is FileKind.SQL:
        return True
    return contributes(text) or any(word in text for word in _CONCERNS)


def contributes(text: str) -> bool:
    """Tell whether a Python file can define anything that the schema of the project is made of."""
    if "down_revision" in text:
        return True
    if any(word in text for word in _LIBRARIES):
        return any(word in text for word in _DEFINING)
    return any(word in text for word in _DJANGO)


def learns(text: str) -> bool:
    """Tell whether a Python file imports a library that trains, serves or feeds models."""
    return any(f"import {name}" in text or f"from {name}" in text for name in _LEARNING)


def dialects_in(text: str) -> tuple[str, ...]:
    """Return the databases that a Python file speaks of."""
    return tuple(
        name for words, name, pattern in _DIALECTS if any(word in text for word in words) and pattern.search(text)
    )


def extract(path: str, text: str, kind: FileKind) -> Facts:
    """Return the facts of a file at a path below the project's root; nothing for what cannot be parsed."""
    if kind is FileKind.SQL:
        return _script(path, text)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return NOTHING
    return extract_module(path, text, tree)


def _script(path: str, text: str) -> Facts:
    if scripts.foreign(text) or not _DEFINES.search(text):
        return NOTHING
    statements = tuple(
        statement
        for statement in read_statements(scripts.upgrade_part(path, text))
        if not isinstance(statement, syntax.Query | syntax.Update | syntax.Insert | syntax.Delete | syntax.Truncate)
    )
    dialects = ("postgresql",) if _SQL_OF_POSTGRESQL.search(text) else ()
    if scripts.is_migration(path, text):
        revision = Revision("sql", path, (), tuple(map(Step, statements)))
        return Facts(revision, dialects=dialects, lines=_line_starts(text))
    return Facts(None, statements, dialects=dialects, lines=_line_starts(text))


def extract_module(path: str, text: str, tree: ast.Module) -> Facts:
    """Return the facts of a Python module."""
    from flake8_planalign.logical import alembic, django, models
    from flake8_planalign.logical.code import Module

    module = Module(text, tree, path)
    dialects = dialects_in(text)
    revision = alembic.read_revision(module) if alembic.is_revision(text) else None
    if revision is None and django.is_migration(text):
        revision = django.read_migration(module)
    if revision is not None:
        return Facts(revision, types=models.types(module), dialects=dialects, lines=tuple(module.line_starts))
    return Facts(
        models=models.read_models(module),
        types=models.types(module),
        annotations=models.annotated(module),
        dialects=dialects,
        lines=tuple(module.line_starts),
    )


def is_migration_text(text: str) -> bool:
    """Tell whether a Python file is a migration, whose queries run once."""
    return _REVISION.search(text) is not None or ("migrations.Migration" in text and "operations" in text)


def steps_of(facts: Facts) -> tuple[Step, ...]:
    """Return the steps of a migration."""
    return facts.revision.steps if facts.revision else ()


def _line_starts(text: str) -> tuple[int, ...]:
    return tuple(itertools.accumulate(map(len, split_lines(text)), initial=0))
