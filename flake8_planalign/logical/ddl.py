"""The statement that makes an index, in SQL and as the tool of the project's migrations writes it."""

from __future__ import annotations

from typing import Final

from flake8_planalign.formats.sql.syntax import Binary, Constant, Expression, Identifier
from flake8_planalign.logical import forms
from flake8_planalign.logical.model import Column, Table
from flake8_planalign.patterns import lazy

__all__ = ["creation"]

#: What PostgreSQL keeps of a name, in bytes, and what Django accepts for an index (`Index.max_name_length`).
_NAME_LIMIT: Final = 63
_DJANGO_NAME_LIMIT: Final = 30
_NO_NAME: Final = lazy(r"\W+")
#: What `sqlalchemy.text` takes for a parameter.
_BIND: Final = lazy(r"(?<![:\w\\]):(?=\w+(?!:))")
_TRANSFORMS: Final = {"->": "KeyTransform", "#>": "KeyTransform", "->>": "KeyTextTransform", "#>>": "KeyTextTransform"}


def creation(table: Table, column: Column, subject: Expression, *, gin: bool, operators: str = "") -> str:
    """Return the statement for an index on a column or an expression of it, ready to be run.

    `operators` is the operator class, if it is not the default one.
    """
    text = forms.sql_of(subject)
    whole = isinstance(subject, Identifier)
    steps = [] if gin else [_NO_NAME.sub("_", step or "") for step in forms.json_steps(subject)]
    gin = gin or operators.startswith("gin_")
    name = _cut("_".join(["ix", table.name, column.name, *steps]), _NAME_LIMIT)
    if any(index.name == name for index in table.indexes):
        name = _cut(f"{name}_{'gin' if gin else 'expression'}", _NAME_LIMIT)
    operators = operators and f" {operators}"
    where = ".".join(map(forms.quoted, filter(None, (table.schema, table.name))))
    element = forms.quoted(column.name) if whole else f"({text})"
    sql = f"`CREATE INDEX {forms.quoted(name)} ON {where}{' USING gin' if gin else ''} ({element}{operators})`"
    if table.origin == "django":
        by_tool = "" if operators else _by_django(column, subject, name, gin=gin)
    else:
        escaped = _BIND.sub(r"\\:", f"({text}){operators}")
        listed = _literal(column.name) if whole else f"sa.text({_literal(escaped)})"
        options = "".join(
            [', postgresql_using="gin"' if gin else "", f", schema={_literal(table.schema)}" if table.schema else ""]
        )
        by_tool = f"op.create_index({_literal(name)}, {_literal(table.name)}, [{listed}]{options})"
    made = f"{sql} (`{by_tool}`)" if by_tool else sql
    return f"{made} and the extension pg_trgm" if operators == " gin_trgm_ops" else made


def _by_django(column: Column, subject: Expression, name: str, *, gin: bool) -> str:
    """Return the index as an item of `Meta.indexes`, empty where the expression is none that Django writes so."""
    kind, name = "GinIndex" if gin else "models.Index", _cut(name, _DJANGO_NAME_LIMIT)
    if isinstance(subject, Identifier):
        return f"{kind}(fields=[{_literal(column.name)}], name={_literal(name)})"
    steps = [step for step in forms.json_steps(subject) if step is not None]
    plain = isinstance(subject, Binary) and subject.operator in _TRANSFORMS and isinstance(subject.right, Constant)
    if not plain or not steps or not isinstance(subject, Binary) or not isinstance(subject.left, Identifier):
        return ""
    inner = _literal(column.name)
    for step in steps[:-1]:
        inner = f"KeyTransform({_literal(step)}, {inner})"
    made = f"{_TRANSFORMS[subject.operator]}({_literal(steps[-1])}, {inner})"
    return f"{kind}({made}, name={_literal(name)})"


def _cut(name: str, limit: int) -> str:
    """Return a name within a limit in bytes; what is left out still tells two of them apart."""
    if len(name.encode()) <= limit:
        return name
    import hashlib

    digest = hashlib.blake2b(name.encode(), digest_size=3).hexdigest()
    return f"{name.encode()[: limit - 7].decode(errors='ignore').rstrip('_')}_{digest}"


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
