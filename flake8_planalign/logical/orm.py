"""SQLAlchemy expressions as the SQL that SQLAlchemy 2.x writes for PostgreSQL."""

from __future__ import annotations

import ast

from flake8_planalign.formats.sql.syntax import Expression, Identifier
from flake8_planalign.logical.code import Module, Names

__all__ = ["render_bare"]


def render_bare(module: Module, node: ast.expr, names: Names, attributes: dict[str, str]) -> Expression | None:
    """Return the expression of an index element: a column of its own table, or what is made of one."""
    node = module.value(node, names)
    start, end = module.span(node)
    match node:
        case ast.Name(id=name):
            return Identifier((attributes.get(name, name),), start, end)
        case ast.Attribute(attr=name):
            return Identifier((attributes.get(name, name),), start, end)
    return None
