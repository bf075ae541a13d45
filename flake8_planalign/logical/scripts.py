"""SQL files: which of them are migrations, in what order they run, and what of a file an upgrade does not run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from flake8_planalign.formats.sql.syntax import Delete, Insert, Parameter, Query, Statement, Update
from flake8_planalign.logical.forms import walk
from flake8_planalign.patterns import lazy

__all__ = ["asks", "is_by_hand", "is_migration", "ordered", "upgrade_part"]

#: A file, or a folder of files, that takes back what migrations did.
_UNDOES = lazy(
    r"(?:^|[/._-])(?:down|rollback|revert|undo)\.sql$|(?:^|/)U\d[\d._]*__[^/]*$"
    r"|(?:^|/)(?:down|downgrades?|reverts?|rollbacks?|undo)(?:[_-][^/]*)?/",
    re.IGNORECASE,
)
_NUMBERED = lazy(
    r"^(?:V|R)?\d[\d._]*_{1,2}.*\.sql$|^V\d[\d._]*\.sql$|^R__.*\.sql$|\.up\.sql$|^\d+[_-]up\.sql$|^(?:up|migration)\.sql$",
    re.IGNORECASE,
)
_FOLDERS = frozenset({"migrations", "migration", "migrate", "versions", "alembic", "flyway", "liquibase", "sqitch"})
#: A file named after its day, in a folder of changes.
_DATED = lazy(
    r"(?:^|/)(?:changes|deltas?|patches|sql_updates|updates|upgrades?)/\d{4}-?\d\d-?\d\d\D[^/]*$", re.IGNORECASE
)
_DOWN = lazy(r"^--\s*(?:migrate:down|\+goose\s+down|\+migrate\s+down|rollback|down)\b.*$", re.IGNORECASE | re.MULTILINE)
_UP = lazy(r"^--\s*(?:migrate:up|\+goose\s+up|\+migrate\s+up|up)\b.*$", re.IGNORECASE | re.MULTILINE)
#: The name of a query, as aiosql, sqlc and HugSQL read it.
_NAMED = lazy(r"^--\s*:?name\s*:?\s*\w", re.IGNORECASE | re.MULTILINE)
#: A file by whose name rows are changed once; by the second one they may be changed again and again.
_MOVES = lazy(
    r"(?:^|[_.-])(?:backfill|convert|migrate|populate|repair|restore|seed|shrink|transfer)(?=[_.-])", re.IGNORECASE
)
_MAY_MOVE = lazy(r"(?:^|[_.-])(?:fix|import|move|remove)(?=[_.-])", re.IGNORECASE)
#: A variable of psql, which nothing else sets.
_VARIABLE = lazy(r"^\\set\s", re.MULTILINE)
_UNDONE = lazy(r"down|rollback", re.IGNORECASE)
_BODIES = ("function", "procedure", "trigger", "policy", "rule", "view")
#: One of these stands in every condition on a document.
_OF_DOCUMENTS = ("->", "@>", "#>", "@?", "@@", "?", "json_", "jsonb_", "[")
_WRITES = ("update", "delete", "truncate", "conflict", "merge")
_DIGITS = lazy(r"(\d+)")
_NOT_A_LINE_END = lazy(r"[^\r\n]")


def is_migration(path: str, text: str) -> bool:
    """Tell whether a SQL file, by its path below the project's root, is a step of a migration tool."""
    folders = path.replace(os.sep, "/").split("/")
    return (
        _NUMBERED.search(folders[-1]) is not None
        or _UNDOES.search("/".join(folders)) is not None
        or not _FOLDERS.isdisjoint(folders[:-1])
        or _DATED.search("/".join(folders)) is not None
        or _downgrade(text) is not None
    )


def asks(text: str, *, is_migration: bool, writes: bool) -> bool:
    """Tell whether a SQL file can hold a query or a write that is judged; `writes` tells whether writes of tables are.

    What a migration asks runs once; what the routines, views and policies ask that it makes runs again and again.
    """
    folded = text.lower()
    if is_migration and not any(word in folded for word in _BODIES):
        return False
    return any(word in folded for word in _OF_DOCUMENTS) or (writes and any(word in folded for word in _WRITES))


def is_by_hand(path: str, text: str, statements: Sequence[Statement]) -> bool:
    """Tell whether a SQL file is a script that somebody runs once: it changes rows, with no parameter.

    Its name says that it moves data, or it sets variables of psql and changes rows several times. What an application
    asks has values of its own, or a name by which a library finds it in the file (`-- name: ...`).
    """
    writes = sum(isinstance(item, Update | Insert | Delete) for item in statements)
    name = os.path.basename(path)
    if not writes or _NAMED.search(text):
        return False
    if writes > 1 and _VARIABLE.search(text):
        return True
    if not _MOVES.search(name) and (writes < 2 or not _MAY_MOVE.search(name)):
        return False
    asked = [condition for item in statements if isinstance(item, Query) for _, condition in item.conditions]
    return not any(isinstance(item, Parameter) for condition in asked for item in walk(condition))


def _downgrade(text: str) -> re.Match[str] | None:
    return _DOWN.search(text) if _UNDONE.search(text) else None


def upgrade_part(path: str, text: str) -> str:
    """Return the text with blanks for what only a downgrade runs."""
    if _UNDOES.search(path.replace(os.sep, "/")):
        return _NOT_A_LINE_END.sub(" ", text)
    down = _downgrade(text)
    if down is None:
        return text
    up = _UP.search(text, down.end())
    end = up.start() if up else len(text)
    return text[: down.start()] + _NOT_A_LINE_END.sub(" ", text[down.start() : end]) + text[end:]


def ordered(paths: Iterable[str]) -> list[str]:
    """Return paths in the order in which migration tools run them: by directory, numbers as numbers.

    Prisma, which gives every migration a folder of its own, sorts their names as text.
    """
    return sorted(paths, key=_order)


def _order(path: str) -> tuple[bool, list[tuple[int, str]]]:
    name = os.path.basename(path)
    if name == "migration.sql":
        return False, [(-1, part) for part in path.split("/")]
    parts = [(int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(path)]
    return name.startswith("R__"), parts
