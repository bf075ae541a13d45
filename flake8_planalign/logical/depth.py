"""How deep an expression, a default or a generated column goes into a document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from flake8_planalign.formats.sql.syntax import (
    AddColumn,
    AlterTable,
    Binary,
    Call,
    Cast,
    ColumnDefinition,
    Constant,
    CreateTable,
    Expression,
    Subscript,
    TableName,
)
from flake8_planalign.logical import forms
from flake8_planalign.logical.model import DeepColumn, Place
from flake8_planalign.patterns import lazy

__all__ = [
    "DEEP", "EXTRACTING", "EXTRACTORS", "deep_columns", "document_depth", "is_extraction", "jsonpath_steps",
    "named_steps", "outermost",
]  # fmt: skip

#: So many steps are deep.
DEEP: Final = 3
EXTRACTING: Final = frozenset({"->", "->>", "#>", "#>>"})
EXTRACTORS: Final = frozenset(
    {"jsonb_extract_path", "jsonb_extract_path_text", "json_extract_path", "json_extract_path_text", "json_value"}
)
_Placing = Callable[[int, int], Place]
_MEMBER = lazy(r"\.\s*(?:\"(?:[^\"\\]|\\.)*\"|[\w$]+)(?!\s*\()")
_ARRAY = lazy(r"\s*\[[^\]]*\]")


def deep_columns(statements: Iterable[object], place: _Placing) -> Iterator[DeepColumn]:
    """Yield the generated columns and the defaults that go deep into a document; `place` makes one of two indexes."""
    for statement in statements:
        if isinstance(statement, CreateTable):
            for column in statement.columns:
                if column.generated is not None or column.default is not None:
                    yield from _deep_column(statement.table, column, place)
        elif isinstance(statement, AlterTable):
            for action in statement.actions:
                if isinstance(action, AddColumn):
                    yield from _deep_column(statement.table, action.column, place)


def _deep_column(
    table: TableName, column: ColumnDefinition, place: Callable[[int, int], Place]
) -> Iterator[DeepColumn]:
    if column.generated is not None:
        for item in outermost(column.generated):
            steps = named_steps(item)
            if len(steps) >= DEEP:
                at = (item.at, item.at_end) if isinstance(item, Binary) else (item.start, item.end)
                yield DeepColumn(table, place(*at), forms.sql_of(item), len(steps), "a generated column")
    default = column.default.operand if isinstance(column.default, Cast) else column.default
    if isinstance(default, Constant) and default.kind == "string" and "{" in default.value:
        depth = document_depth(default.value)
        if depth >= DEEP:
            yield DeepColumn(table, place(default.start, default.end), default.value[:60], depth, "a default")


def named_steps(expression: Expression) -> list[str | None]:
    """Return the keys that an expression follows into a document, without the indexes of arrays."""
    return [step for step in forms.json_steps(expression) if step is None or not step.lstrip("-").isdigit()]


def document_depth(text: str) -> int:
    """Return how many objects lie in each other in a JSON text, 0 if it is none."""
    try:
        level = [json.loads(text)]
    except (ValueError, RecursionError):
        return 0
    depth = 0
    while level:
        level = [item for items in level for item in (items if isinstance(items, list) else [items])]
        level = [item for item in level if isinstance(item, dict)]
        depth += bool(level)
        level = [value for item in level for value in item.values() if isinstance(value, dict | list)]
    return depth


def jsonpath_steps(path: str) -> int:
    """Return the largest number of member accessors in a row of a jsonpath."""
    longest = 0
    place = 0
    while place < len(path):
        run = 0
        while match := _MEMBER.match(path, place):
            run += 1
            place = match.end()
            array = _ARRAY.match(path, place)
            place = array.end() if array else place
        longest = max(longest, run)
        place += 1
    return longest


def outermost(term: Expression) -> Iterator[Expression]:
    """Yield the extractions in a term that are not part of a longer one."""
    pending = [term]
    while pending:
        item = pending.pop()
        if is_extraction(item):
            yield item
        else:
            pending += reversed(forms.children(item))


def is_extraction(item: Expression) -> bool:
    """Tell whether an expression takes something out of a document."""
    return (
        (isinstance(item, Binary) and item.operator in EXTRACTING)
        or isinstance(item, Subscript)
        or (isinstance(item, Call) and item.name in EXTRACTORS)
    )
