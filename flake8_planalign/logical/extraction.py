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

__all__ = ["contributes", "extract", "extract_module", "matters", "steps_of"]

_CONTRIBUTES: Final = re.compile(
    r"\bdown_revision\b|__tablename__|\bTable\(|\bTypeDecorator\b|\bwith_variant\b|\btype_annotation_map\b|\bJSONB?\b"
    r"|\bmigrations\.Migration\b|\bmodels\.Model\b|\bJSONField\b|\btable=True\b"
)
_CONCERNS: Final = re.compile(
    r"->>|@>|#>|@\?|@@|\bjsonb?_|\bastext\b|\.contains\(|\.has_key\(|\.has_any\(|\.has_all\(|__contains|__has_key"
    r"|\bas_(?:string|integer|float|boolean|json)\(|\bUPDATE\b|\bDELETE\b|\bTRUNCATE\b|\bON CONFLICT\b|\bupdate\b"
    r"|\.delete\(|\btotal|\btransformer\b|\bdata_loader\b|\bdata_exporter\b|\bcustom\b|\bon_conflict_do_update\b"
)
_DIALECTS: Final = tuple(
    (
        name,
        re.compile(
            rf"\b(?:{names})(?:\+\w+)?://|dialects\.{name}|dialects import .*\b{name}\b|[\"']{name}[\"']|{more}"
        ),
    )
    for name, names, more in (
        ("postgresql", "postgres|postgresql", r"\b(?:asyncpg|psycopg2?|pg8000|JSONB|postgresql_\w+)\b"),
        ("sqlite", "sqlite", r"\bsqlite_where\b"),
        ("mysql", "mysql|mariadb", r"\bMySQLdb\b"),
        ("mssql", "mssql", r"\bmssql_\w+"),
        ("oracle", "oracle", r"\bcx_Oracle\b"),
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
    return contributes(text) or _CONCERNS.search(text) is not None


def contributes(text: str) -> bool:
    """Tell whether a Python file can define anything that the schema of the project is made of."""
    return _CONTRIBUTES.search(text) is not None


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
    from flake8_planalign.logical import alembic
    from flake8_planalign.logical.code import Module

    module = Module(text, tree, path)
    dialects = tuple(name for name, pattern in _DIALECTS if pattern.search(text))
    revision = alembic.read_revision(module) if alembic.is_revision(text) else None
    return Facts(revision, dialects=dialects, lines=tuple(module.line_starts))


def steps_of(facts: Facts) -> tuple[Step, ...]:
    """Return the steps of a migration."""
    return facts.revision.steps if facts.revision else ()


def _line_starts(text: str) -> tuple[int, ...]:
    return tuple(itertools.accumulate(map(len, split_lines(text)), initial=0))
