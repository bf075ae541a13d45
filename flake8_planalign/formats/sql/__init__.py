"""SQL as PostgreSQL reads it: statements and expressions with exact positions, of any text, without raising."""

from typing import Final

from flake8_planalign.formats.sql.dialects import is_foreign, names_encoding
from flake8_planalign.formats.sql.statements import (
    read_condition,
    read_definitions,
    read_name,
    read_requests,
    read_statements,
)

__all__ = [
    "LIMIT",
    "is_foreign",
    "names_encoding",
    "read_condition",
    "read_definitions",
    "read_name",
    "read_requests",
    "read_statements",
]

#: A larger text, in bytes, is a dump of data and is not read.
LIMIT: Final = 32 * 2**20
