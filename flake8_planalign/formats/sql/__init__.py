"""SQL as PostgreSQL reads it: statements and expressions with exact positions, of any text, without raising."""

from flake8_planalign.formats.sql.statements import read_condition, read_name, read_statements

__all__ = ["read_condition", "read_name", "read_statements"]
