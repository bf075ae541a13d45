"""The words by which a text tells what it may say about the data model, before anything of it is parsed."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable
from typing import Final

from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import OfTexts, lazy, words_of

__all__ = [
    "BLOCK_FOLDERS",
    "SQL_BEGINS",
    "chooses",
    "contributes",
    "defaults_in",
    "defines",
    "dialects_in",
    "embeds",
    "engines_in",
    "is_block_file",
    "learns",
    "matters",
    "names_databases",
    "names_one",
    "pages",
    "speaks",
]

#: Words one of which stands in every file that defines something, below the words of the library that it needs.
_LIBRARIES: Final = ("sqlalchemy", "sqlmodel", "alembic")
_DEFINITIONS: Final = (
    "down_revision", "__tablename__", "Table(", "TypeDecorator", "with_variant", "type_annotation_map",
    "mapped_column", "Column(", "table=True",
)  # fmt: skip
_DEFINING: Final = (*_DEFINITIONS, "JSON")
#: `create_engine(...)` and `create_async_engine(...)`.
_ENGINE: Final = "_engine("
_URL: Final = lazy(r"\b(postgres(?:ql)?|sqlite|mysql|mariadb|mssql|oracle)(?:\+\w+)?://")
_OTHERS: Final = ("sqlite", "mysql", "mariadb", "mssql", "oracle")
#: A URL of another database that a setting has where none is given: of a field, behind `or`, as an argument of a call.
_DEFAULT: Final = lazy(
    rf"""(?:^[ \t]*+(?:(?=\w*?(?:database|db|sql))|(?=(?:url|uri|dsn)\b))\w++[ \t]*+
    (?::[^=\n]{{1,80}}=[ \t]*+(?:[\w.]++\([^()]{{0,200}}?)?
    |=[ \t]*+(?!\w*_engine\b)[\w.]++\([^()]{{0,200}}?
    |=[^\n]{{0,120}}?\bor[ \t\\\n]++)
    |\b(?:getenv|environ\.get|config|env)\(\s*+["'](?=\w*?(?:database|db|sql))\w++["'],\s*+(?:default\s*+=\s*+)?)
    ["']({"|".join(_OTHERS)})(?:\+\w+)?://""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
#: A name or a class of a module that may stand for a type of documents.
_OWN_TYPE: Final = lazy(
    r"^\w+[ \t]*(?::[^\n=]*)?=[^\n]*(?:\n[ \t)][^\n]*){0,5}?\bJSONB?\b"
    r"|^[ \t]*class[ \t]+\w+\([^)]{0,300}\b(?:JSON|Json)",
    re.MULTILINE,
)
_LEARNING: Final = ("h2o", "mage_ai", "feast", "sklearn", "xgboost", "lightgbm", "catboost", "torch", "keras", "mlflow")
_DJANGO: Final = ("migrations.Migration", "models.Model", "django.db import models", "django.db.models as ")
#: Words, the common ones first; one stands in every file that asks for, writes or computes what a rule here judges.
_CONCERNS: Final = (
    "json", "update(", "total", "delete", "JSON", "update ", "UPDATE ", "DELETE ", ".objects", ".contains(", "astext",
    "transformer", "data_loader", "data_exporter", "->>", "@>", "#>", "@?", "@@", "?|", "?&", " ? ", "->'", "-> '",
    ".has_key(", "__contains", "__has_key", "TRUNCATE", "ON CONFLICT", "on_conflict", "valid_from",
)  # fmt: skip
#: The beginning of a string literal that may be SQL. A word with one capital letter begins a sentence, unless the word
#: that goes with it follows; `"--name"` is an option of a command; behind the end of a string stands Python's `with`.
SQL_BEGINS: Final = lazy(
    # Most strings begin otherwise, of which a look at one character tells.
    r"[\"'](?=[\\\s(/\-cdimstuwCDIMSTUW])(?:\\[nrt]|\s)*+\(?\s*+"
    r"(?:--\s|/\*|(?:select|insert|update|delete|truncate|merge|create"
    r"|SELECT|INSERT|UPDATE|DELETE|TRUNCATE|MERGE|CREATE)[\\\s]"
    r"|(?i:with\s[^\"']{1,500}?\bas\s*+(?:(?:not\s++)?materialized\s*+)?\("
    r"|(?:select\s[^\"']{1,300}?\sfrom|insert\s{1,9}into|update\s{1,9}\S{1,99}\s{1,9}set|delete\s{1,9}from"
    r"|merge\s{1,9}into)\s))"
)
#: One of these stands in every condition on a document.
_OF_DOCUMENTS = ("->>", "@>", "#>", "@?", "@@", " ? ", "?|", "?&", "->'", "-> '", "->%", "->$", "->:", "jsonb_", "['")
_CONDITIONS = ("WHERE", "where", "Where", " ON ", " on ")
_WRITES = ("UPDATE", "DELETE", "TRUNCATE", "ON CONFLICT", "update ", "delete from", "truncate", "on conflict")
#: The words of these; behind `\\n` and its like they begin with its letter.
_SQL_WORDS: Final = frozenset(
    f"{escape}{words.split()[0]}" for escape in ("", "n", "r", "t") for words in (*_CONDITIONS, *_WRITES)
)
#: The end of a slice that may be a window: `[skip : skip + limit]`.
_WINDOW_END: Final = lazy(r"\b(?:limit|offset|page|page_size|per_page|skip)\b[^\[\]=:]{0,200}\]")
_BRACKET: Final = lazy(r"[\[\]=]")
#: The folders of a Mage project that hold blocks, with the type of block.
BLOCK_FOLDERS: Final = {
    "transformers": "transformer", "data_loaders": "data_loader", "data_exporters": "data_exporter",
    "sensors": "sensor", "custom": "custom", "conditionals": "condition", "callbacks": "callback",
}  # fmt: skip
#: Columns of a table by their names: `table.c["payload"]`.
_KEYED: Final = (".c[", ".columns[")
#: Words of a file that chooses rows by SQLAlchemy.
_CHOOSING: Final = ("select(", ".query", "session.")
_DIALECT: Final = r"\b(?:{0})(?:\+\w+)?://|dialects\.{1}|dialects import .*\b{1}\b|[\"']{1}[\"']|{2}"
_DIALECTS: Final = tuple(
    (words, name, lazy(_DIALECT.format("|".join(words), name, more)))
    for words, name, more in (
        (
            ("postgres", "postgresql", "asyncpg", "psycopg", "JSONB"),
            "postgresql",
            r"\b(?:asyncpg|psycopg2?|JSONB|postgresql_\w+)\b|django\.contrib\.postgres\b",
        ),
        (("sqlite",), "sqlite", r"\bsqlite_where\b"),
        (("mysql", "mariadb", "MySQL"), "mysql", r"\bMySQLdb\b"),
        (("mssql",), "mssql", r"\bmssql_\w+"),
        (("oracle",), "oracle", r"\bcx_Oracle\b"),
    )
)


def matters(text: str, kind: FileKind, path: str) -> bool:
    """Tell whether a file can say anything that a rule of this view judges."""
    if kind is FileKind.SQL or contributes(text) or chooses(text):
        return True
    may_ask = ".objects" in text or "sqlalchemy" in text or "sqlmodel" in text
    if not (may_ask or embeds(text, writes=True) or pages(text) or is_block_file(path, text)):
        return False
    return _holds(text, _CONCERNS) or ("['" in text and ("WHERE" in text or "where" in text))


def _holds(text: str, words: Iterable[str]) -> bool:
    """Tell whether one of several words stands in a text; without a frame for each word, of which there are many."""
    return any(map(text.__contains__, words))


def chooses(text: str) -> bool:
    """Tell whether a Python file can choose rows by an ORM that it has from another module of the project."""
    if ".filter(" not in text and ".where(" not in text:
        return False
    if "models." in text:
        return True
    return ('["' in text or "['" in text) and _holds(text, _CHOOSING)


def embeds(text: str, *, writes: bool) -> bool:
    """Tell whether a Python file can hold SQL that is judged; `writes` tells whether writes of tables are."""
    words = words_of.known.get(text)
    if words is not None and _SQL_WORDS.isdisjoint(words.each):
        return False
    asks = _holds(text, _CONDITIONS) and _holds(text, _OF_DOCUMENTS)
    return (asks or (writes and _holds(text, _WRITES))) and SQL_BEGINS.search(text) is not None


def names_one(text: str, attributes: Iterable[str]) -> bool:
    """Tell whether a Python file may name one of several attributes, or columns by their names as strings."""
    keyed = _holds(text, _KEYED)
    return any(f".{name}" in text or (keyed and name in text) for name in attributes)


def pages(text: str) -> bool:
    """Tell whether a Python file can answer with a page and a total."""
    return (
        ("total" in text or "count" in text or "pages" in text)
        and ("len(" in text or ".count(" in text)
        and _holds(text, ("limit", "LIMIT", "offset", "skip", "page"))
        and (".limit(" in text or ".offset(" in text or _has_window(text))
    )


def _has_window(text: str) -> bool:
    """Tell whether a text has a slice whose end may be that of a page, or a query with `LIMIT` and `OFFSET`."""
    if _holds(text, (" limit ", " LIMIT ")) and _holds(text, (" offset ", " OFFSET ")):
        return True
    for end in _WINDOW_END.finditer(text):
        before = _BRACKET.split(text[max(end.start() - 200, 0) : end.start()])[-1]
        if ":" in before:
            return True
    return False


def is_block_file(path: str, text: str) -> bool:
    """Tell whether a Python file can hold blocks of Mage: by what it imports, or by its folder in a Mage project."""
    return "mage_ai" in text or _is_block_folder(os.path.dirname(path))


@functools.lru_cache(maxsize=64)
def _is_block_folder(folder: str) -> bool:
    return not BLOCK_FOLDERS.keys().isdisjoint(folder.replace("\\", "/").split("/"))


@OfTexts
def contributes(text: str) -> bool:
    """Tell whether a Python file can define anything that the schema of the project is made of."""
    if "down_revision" in text or names_databases(text):
        return True
    return _holds(text, _DJANGO) or bool(defaults_in(text))


def names_databases(text: str) -> bool:
    """Tell whether a file imports SQLAlchemy or Alembic and makes an engine or defines something."""
    return _holds(text, _LIBRARIES) and (_ENGINE in text or speaks(text))


def defaults_in(text: str) -> tuple[str, ...]:
    """Return the other databases than PostgreSQL that settings in a Python file name where nothing else is set."""
    if "://" not in text or not _holds(text, _OTHERS):
        return ()
    return tuple(dict.fromkeys(found[1].lower() for found in _DEFAULT.finditer(text)))


def speaks(text: str) -> bool:
    """Tell whether a file that imports SQLAlchemy or Alembic says more than what engine there is."""
    return _holds(text, _DEFINING)


def engines_in(text: str) -> tuple[str, ...]:
    """Return the databases of the URLs in a Python file that makes an engine of SQLAlchemy's."""
    found = _URL.findall(text) if _ENGINE in text and "://" in text else ()
    return tuple(dict.fromkeys("postgresql" if name == "postgres" else name for name in found))


def defines(text: str) -> bool:
    """Tell whether what a file contributes is more than the names of databases: definitions, models or types."""
    if _holds(text, (*_DEFINITIONS, *_DJANGO)):
        return True
    return _OWN_TYPE.search(text) is not None


def learns(text: str) -> bool:
    """Tell whether a Python file imports a library that trains, serves or feeds models."""
    return _holds(text, _LEARNING) and any(
        name in text and (f"import {name}" in text or f"from {name}" in text) for name in _LEARNING
    )


def dialects_in(text: str) -> tuple[str, ...]:
    """Return the databases that a Python file speaks of."""
    return tuple(name for words, name, pattern in _DIALECTS if _holds(text, words) and pattern.search(text))
