"""SQL files: which of them are migrations, in what order they run, and what of a file an upgrade does not run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

__all__ = ["is_migration", "ordered", "upgrade_part"]

_UNDOES = re.compile(r"(?:^|[._-])down\.sql$|(?:^|[._-])(?:rollback|revert|undo)\.sql$|^U\d[\d._]*__", re.IGNORECASE)
_NUMBERED = re.compile(
    r"^(?:V|R)?\d[\d._]*_{1,2}.*\.sql$|^V\d[\d._]*\.sql$|^R__.*\.sql$|\.up\.sql$|^(?:up|migration)\.sql$", re.IGNORECASE
)
_FOLDERS = frozenset({"migrations", "migration", "migrate", "versions", "alembic", "flyway", "liquibase", "sqitch"})
_DOWN = re.compile(
    r"^--\s*(?:migrate:down|\+goose\s+down|\+migrate\s+down|rollback|down)\b.*$", re.IGNORECASE | re.MULTILINE
)
_UP = re.compile(r"^--\s*(?:migrate:up|\+goose\s+up|\+migrate\s+up|up)\b.*$", re.IGNORECASE | re.MULTILINE)
_DIGITS = re.compile(r"(\d+)")
_NOT_A_LINE_END = re.compile(r"[^\r\n]")


def is_migration(path: str, text: str) -> bool:
    """Tell whether a SQL file, by its path below the project's root, is a step of a migration tool."""
    folders = path.replace(os.sep, "/").split("/")
    return (
        _NUMBERED.search(folders[-1]) is not None
        or bool(_UNDOES.search(folders[-1]))
        or not _FOLDERS.isdisjoint(folders[:-1])
        or _DOWN.search(text) is not None
    )


def upgrade_part(path: str, text: str) -> str:
    """Return the text with blanks for what only a downgrade runs."""
    if _UNDOES.search(os.path.basename(path)):
        return _NOT_A_LINE_END.sub(" ", text)
    down = _DOWN.search(text)
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
    parts = [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(path)]
    return name.startswith("R__"), parts
