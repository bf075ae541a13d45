"""What a file says about the data model, from its text alone."""

from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING, Final

from flake8_planalign.cache import digest
from flake8_planalign.formats.sql import is_foreign, read_definitions
from flake8_planalign.formats.sql.syntax import BodyName
from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import scripts, words
from flake8_planalign.logical.facts import NOTHING, Facts, Revision, Step, decode, encode
from flake8_planalign.parsing import parsed
from flake8_planalign.patterns import lazy, pieces
from flake8_planalign.source import split_lines

if TYPE_CHECKING:
    from flake8_planalign.project import Project

__all__ = ["extract", "extract_module", "facts_of", "is_migration_text", "steps_of"]

_REVISION: Final = lazy(r"^down_revision\b", re.MULTILINE)
#: What only PostgreSQL's SQL has, in small letters.
_SQL_OF_POSTGRESQL: Final = pieces(
    r"\bjsonb\b", r"\btimestamptz\b", r"\bbigserial\b", r"\bserial\b", r"\buuid\b", r"\bbytea\b", r"\$\$", r"::\s*\w",
    "->>", r"\bnow\(\)", r"\bplpgsql\b", r"\busing\s+(?:gin|gist|brin|hash)\b", r"\bgen_random_uuid\b",
    r"\bcreate\s+extension\b", r"\bwith\s+time\s+zone\b", r"\bjson_\w+\(", r"\bjsonb_\w+\(",
)  # fmt: skip
_UNDOES: Final = lazy(r"^def downgrade\b", re.MULTILINE)
#: What stands at the beginning of a line and closes no bracket.
_TOP_LEVEL: Final = lazy(r"^[^\s)\]}#]", re.MULTILINE)
_DEFINES: Final = lazy(r"\b(?:create|alter|drop)\s", re.IGNORECASE)


def extract(path: str, text: str, kind: FileKind) -> Facts:
    """Return the facts of a file at a path below the project's root; nothing for what cannot be parsed."""
    if kind is FileKind.SQL:
        return _script(path, text)
    if not words.defines(text):
        return _of_databases(text)
    tree = _tree(text)
    return NOTHING if tree is None else extract_module(path, text, tree)


def facts_of(project: Project, path: str, text: str, kind: FileKind) -> Facts:
    """Return the facts of a file, from the cache if its content is known there."""
    inner = project.relative(path)
    key = digest(f"{inner}\0{text}")
    known = project.cache.get("logical", key)
    if known is not None:
        try:
            facts = decode(known)
        except (ValueError, TypeError, KeyError):
            facts = None
        if isinstance(facts, Facts):
            return facts
    facts = extract(inner, text, kind)
    if project.cache.directory is not None:
        project.cache.put("logical", key, encode(facts))
    return facts


def _of_databases(text: str) -> Facts:
    """Return what a module that defines nothing says of the databases that the project runs on."""
    defaults = words.defaults_in(text)
    if not words.names_databases(text):
        return Facts(defaults=defaults)
    dialects, engines = words.dialects_in(text), words.engines_in(text)
    if "postgresql" in engines:
        # What makes an engine of PostgreSQL's URL or of another one runs on either.
        defaults = (*defaults, *(name for name in engines if name != "postgresql"))
    if not words.speaks(text):
        # An engine says nothing of what is defined elsewhere, but a branch for another database than its own does.
        dialects = tuple(name for name in dialects if name not in ("postgresql", *engines))
    return Facts(dialects=dialects, engines=engines, defaults=defaults)


def _tree(text: str) -> ast.Module | None:
    """Return the tree of a module; of a revision without the function that undoes it, if that is the last thing."""
    parts = [text]
    undoes = _UNDOES.search(text)
    if undoes is not None and _TOP_LEVEL.search(text, undoes.end()) is None and "down_revision" in text:
        parts.insert(0, text[: undoes.start()])
    return next((tree for part in parts if (tree := parsed(part, whole=part is text)) is not None), None)


def _script(path: str, text: str) -> Facts:
    if is_foreign(text) or not _DEFINES.search(text):
        return NOTHING
    bodies: list[BodyName] = []
    statements = tuple(read_definitions(scripts.upgrade_part(path, text), bodies=bodies))
    dialects = ("postgresql",) if _SQL_OF_POSTGRESQL.search(text.lower()) else ()
    if scripts.is_migration(path, text):
        revision = Revision("sql", path, (), tuple(map(Step, statements)))
        return Facts(revision, dialects=dialects, bodies=tuple(bodies), lines=_line_starts(text))
    return Facts(None, statements, dialects=dialects, lines=_line_starts(text))


def extract_module(path: str, text: str, tree: ast.Module) -> Facts:
    """Return the facts of a Python module."""
    from flake8_planalign.logical import alembic, django, models
    from flake8_planalign.logical.code import Module

    module = Module(text, tree, path)
    dialects = words.dialects_in(text)
    revision = alembic.read_revision(module) if alembic.is_revision(text) else None
    if revision is None and django.is_migration(text):
        revision = django.read_migration(module)
    if revision is not None:
        return Facts(revision, types=models.types(module), dialects=dialects, lines=tuple(module.line_starts))
    mapped = models.read_models(module)
    if django.defines_models(text):
        mapped = (*mapped, *django.read_models(module))
    return Facts(
        models=mapped,
        types=models.types(module),
        annotations=models.annotated(module),
        dialects=dialects,
        engines=words.engines_in(text),
        defaults=words.defaults_in(text),
        lines=tuple(module.line_starts),
    )


def is_migration_text(text: str) -> bool:
    """Tell whether a Python file is a migration, whose queries run once."""
    if "down_revision" in text and _REVISION.search(text) is not None:
        return True
    return "migrations.Migration" in text and "operations" in text


def steps_of(facts: Facts) -> tuple[Step, ...]:
    """Return the steps of a migration."""
    return facts.revision.steps if facts.revision else ()


def _line_starts(text: str) -> tuple[int, ...]:
    return tuple(itertools.accumulate(map(len, split_lines(text)), initial=0))
