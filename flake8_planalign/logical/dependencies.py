"""What a project's requirements say of its database and of the version of SQLAlchemy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

from flake8_planalign.patterns import lazy

__all__ = ["has_postgresql_driver", "is_before_subscripts", "services_of"]

_DRIVER: Final = lazy(r"\b(?:psycopg2?|asyncpg|pg8000|psycopg2-binary|aiopg)\b", re.IGNORECASE)
#: What stands behind the name: in PEP 508 or conda's form, poetry's and Pipfile's, a lock's, and Pipfile.lock's.
_SQLALCHEMY: Final = lazy(
    r"""(?<![\w.-])sqlalchemy(?![\w-])["']?[ \t]*(?:\[[^\]\n]{0,200}\][ \t]*)?
    (?:=[ \t]*(?:\{[^}\n]{0,400}?\bversion[ \t]*=[ \t]*)?["'](?P<poetry>[^"'\n]*)["']
    |\s*version[ \t]*=[ \t]*"(?P<lock>[^"\n]*)"
    |:[ \t]*\{[^}]{0,20000}?"version":[ \t]*"(?P<pipfile>[^"\n]*)"
    |(?P<range>[=<>~!][^"'\n;\#@]*))""",
    re.IGNORECASE | re.VERBOSE,
)
#: From this version on SQLAlchemy writes `a['k']` for a step into a JSONB document; those of two series stand for all.
_WITH_SUBSCRIPTS: Final = tuple(
    [f"2.0.{number}" for number in range(42, 100)] + [f"2.{minor}.{number}" for minor in (1, 2) for number in range(50)]
)


def has_postgresql_driver(text: str) -> bool:
    """Tell whether a file of requirements names a driver for PostgreSQL."""
    return _DRIVER.search(text) is not None


def services_of(paths: Iterable[str], folders: Iterable[str]) -> tuple[str, ...]:
    """Return for files the nearest folders around them that state requirements, or nothing for the whole project.

    `folders` are those of the files that state them; a folder `requirements` stands for the one in which it lies. A
    folder has a slash behind it.
    """
    own = {folder.removesuffix("requirements").rstrip("/") for folder in folders} - {"", "."}
    prefixes = sorted((f"{folder}/" for folder in own), key=len, reverse=True)
    return tuple(dict.fromkeys(next((name for name in prefixes if path.startswith(name)), "") for path in paths))


def is_before_subscripts(texts: Iterable[str]) -> bool:
    """Tell whether the requirements keep SQLAlchemy below 2.0.42: all pins do, or without a pin one of the ranges."""
    pinned: list[bool] = []
    ranged: list[bool] = []
    for text in texts:
        for specifiers in _specifiers(text):
            old = not any(specifiers.contains(version) for version in _WITH_SUBSCRIPTS)
            exact = any(item.operator[:2] == "==" and not item.version.endswith(".*") for item in specifiers)
            (pinned if exact else ranged).append(old)
    return all(pinned) if pinned else any(ranged)


def _specifiers(text: str) -> Iterator[SpecifierSet]:
    if _SQLALCHEMY.search(text) is None:
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    for found in _SQLALCHEMY.finditer(text):
        written = next(part for part in found.group("poetry", "lock", "pipfile", "range") if part is not None).strip()
        if found["range"] and re.match(r"=[\d.]+$", written):
            written = f"={written}.*"
        elif written[:1] == "^" or (written[:1] == "~" and written[:2] != "~="):
            bare = written.lstrip("^~ ").split(".")
            kept = bare[0] if written[0] == "^" or len(bare) == 1 else ".".join(bare[:2])
            written = f"=={kept}.*, >={'.'.join(bare)}"
        elif written[:1].isdigit():
            written = f"=={written}"
        try:
            yield SpecifierSet(written)
        except InvalidSpecifier:
            continue
