"""What would serve a condition on a document: another condition, or the index that is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from flake8_planalign.formats.sql.syntax import Binary, Constant, Parameter
from flake8_planalign.logical import ddl, forms, matcher
from flake8_planalign.logical.model import Column, Table
from flake8_planalign.patterns import lazy

__all__ = ["SOUGHT", "remedy"]

#: Operators that look for a pattern within a text.
SOUGHT: Final = frozenset({"like", "ilike", "~", "~*"})


def remedy(atom: matcher.Atom, table: Table, column: Column, shape: str) -> str:
    """Return the text of what would serve a condition; `shape` is that of `Predicate`."""
    if shape != "function" and any(step is None for step in forms.json_steps(atom.subject)):
        return _remedy_for_any_key(atom, column)
    if shape == "function":
        subject = forms.sql_of(atom.subject)
        return f"`{subject} {atom.operator} ...`, which a GIN index on `{subject}` serves"
    if why := matcher.immutable(atom.subject):
        return f"a column of its own for it: {why} is not immutable, so no index can hold the expression"
    operators = "text_pattern_ops" if matcher.has_prefix(atom) else "gin_trgm_ops" if atom.operator in SOUGHT else ""
    create = ddl.creation(table, column, atom.subject, gin=shape == "containment", operators=operators)
    if shape == "containment":
        return create
    steps = forms.json_steps(atom.subject)
    value = forms.uncast(atom.other)
    plain = isinstance(atom.subject, Binary) and atom.subject.operator in ("->>", "#>>")
    if atom.operator == "=" and plain and column.type == "jsonb" and isinstance(value, Constant | Parameter):
        document = _nested(steps, value)
        if document:
            shown = forms.quoted(column.name)
            texts = " (where the values are JSON strings)" if isinstance(value, Parameter) else ""
            return f"`{shown} @> {document}` with a GIN index on `{shown}`{texts}, or {create}"
    return create


def _remedy_for_any_key(atom: matcher.Atom, column: Column) -> str:
    """Return what serves a condition whose key is only known when the query runs; no index on an expression does."""
    steps = forms.json_steps(atom.subject)
    plain = isinstance(atom.subject, Binary) and atom.subject.operator == "->>"
    by_steps = all(item.operator in ("->", "->>") for item in forms.walk(atom.subject) if isinstance(item, Binary))
    if atom.operator == "=" and plain and by_steps and column.type == "jsonb":
        text = "..."
        for step in reversed(steps):
            name = "the key" if step is None else forms.text_constant(step)
            text = f"jsonb_build_object({name}, {text})"
        shown = forms.quoted(column.name)
        return (
            f"`{shown} @> {text}`, which a GIN index on `{shown}` serves whatever the key is (where the values are "
            "JSON strings), or, where only a few keys are asked for, an index on the expression of each"
        )
    return (
        "an index on the expression of each key that is asked for, written as a constant, or, where it may be any key, "
        "a table with a row for each key and value"
    )


_OTHER_THAN_TEXT: Final = lazy(r"true|false|null|-?\d[\d.eE+-]*", re.IGNORECASE)


def _nested(steps: Sequence[str | None], value: Constant | Parameter) -> str:
    """Return the document that holds a value at the end of a path, as SQL; empty where there is none for sure.

    That is so for a path through arrays, and for what may be the text of a number, a truth or null: `->>` gives the
    text of any of them, a document holds one of them.
    """
    if any(step is None or step.lstrip("-").isdigit() for step in steps):
        return ""
    if isinstance(value, Constant) and _OTHER_THAN_TEXT.fullmatch(str(value.value)):
        return ""
    if isinstance(value, Parameter):
        text = "..."
        for step in reversed(steps):
            text = f"jsonb_build_object({forms.text_constant(step or '')}, {text})"
        return text
    document: object = value.value
    for step in reversed(steps):
        document = {str(step): document}
    return forms.text_constant(json.dumps(document, ensure_ascii=False))
