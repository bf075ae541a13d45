"""By what a text gives away that it is not PostgreSQL's SQL, or in which encoding a client is to read it."""

from __future__ import annotations

import re
from typing import Final

from flake8_planalign.patterns import lazy

__all__ = ["is_foreign", "names_encoding"]

#: Words that only other databases know, or that make a text a template of dbt; each pattern is looked for only where
#: the word before it stands somewhere in the text, which is found many times faster.
_FOREIGN: Final = tuple(
    (word, lazy(pattern, re.IGNORECASE | re.MULTILINE))
    for word, pattern in (
        ("`", r"`\w+`"),
        ("engine", r"\bengine\s{0,9}=\s{0,9}\w"),
        ("autoincrement", r"\bautoincrement\b"),
        ("auto_increment", r"\bauto_increment\b"),
        ("identity", r"\bidentity\s{0,9}\(\s{0,9}\d"),
        ("nvarchar", r"\bnvarchar\b"),
        ("go", r"^[ \t]*go[ \t]*$"),
        ("pragma", r"\bpragma\s+\w"),
        ("varchar2", r"\bvarchar2\b"),
        ("number", r"\bnumber\s{0,9}\(\d"),
        ("{{", r"\{\{\s{0,99}(?:ref|source|config)\s{0,9}\("),
        ("mergetree", r"\bmergetree\b"),
        ("double", r"\w\s{1,99}double\s{0,9}(?:,|\)|(?:not\s{1,9}null|default|primary|unique)\b)"),
        ("sqlite_master", r"\bsqlite_master\b"),
        # Spark, Hive and Trino over files, Redshift, Cassandra, BigQuery and ClickHouse.
        ("tblproperties", r"\btblproperties\s{0,9}\("),
        ("partitioned", r"\bpartitioned\s{1,9}by\b"),
        ("using", r"\)\s{0,99}using\s{1,9}(?:delta|hudi|iceberg|orc|parquet)\b"),
        ("stored", r"\bstored\s{1,9}as\s{1,9}(?:avro|orc|parquet|textfile)\b"),
        ("diststyle", r"\bdiststyle\s{1,9}(?:all|auto|even|key)\b"),
        ("sortkey", r"\bsortkey\b"),
        ("clustering", r"\bclustering\s{1,9}order\s{1,9}by\b"),
        ("int64", r"\w\s{1,99}int64\b"),
        ("float64", r"\w\s{1,99}float64\b"),
        ("lowcardinality", r"\blowcardinality\s{0,9}\("),
        ("string", r"[(,]\s{0,99}\w+\s{1,99}string\s{0,9}(?:,|\)|not\s{1,9}null\b|comment\b)"),
    )
)
#: Comments quote names with backticks in every dialect.
_COMMENT: Final = lazy(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_HEAD: Final = 2**16


def is_foreign(text: str) -> bool:
    """Tell whether a text is evidently SQL of another database than PostgreSQL, or a template."""
    return _has_foreign_words(text) and _has_foreign_words(_COMMENT.sub(" ", text))


def _has_foreign_words(text: str) -> bool:
    folded = text.lower()
    return any(word in folded and pattern.search(text) is not None for word, pattern in _FOREIGN)


def names_encoding(text: str) -> bool:
    """Tell whether a text says at its beginning in which encoding it is, as `pg_dump` writes it."""
    return "client_encoding" in text[:_HEAD].lower()
