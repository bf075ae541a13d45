"""SQLAlchemy expressions become, in our reading, the SQL that the installed SQLAlchemy writes."""

from __future__ import annotations

import ast

import pytest

from flake8_planalign.formats.sql import read_condition
from flake8_planalign.logical import forms, orm
from flake8_planalign.logical.code import Module

sqlalchemy = pytest.importorskip("sqlalchemy", minversion="2.0.42")

EXPRESSIONS = [
    'T.a["k"].astext == "v"',
    'T.a["k"]["l"].astext == "v"',
    'T.a["k"]["l"]["m"].astext.in_(["x", "y"])',
    'T.a[("k", "l")].astext == "v"',
    'T.a["k"].as_string() == "v"',
    'T.a["k"].as_integer() > 5',
    'T.a["k"].astext.is_(None)',
    'T.a["k"].astext.cast(sqlalchemy.Integer) == 5',
    'sqlalchemy.cast(T.a["k"].astext, sqlalchemy.BigInteger).between(1, 2)',
    'T.a.contains({"k": "v"})',
    'T.a.has_key("k")',
    'T.a["k"].astext.contains("v")',
    'T.a["k"].as_string().contains("v")',
    'T.a["k"].contains(["v"])',
    'T.a["k"].astext.endswith("v")',
    'T.a["k"].as_numeric(10, 2) > 1',
    'sqlalchemy.cast(T.a["k"].astext, sqlalchemy.Numeric(precision=10)) > 1',
    'sqlalchemy.func.lower(T.a["k"].astext).contains("v")',
    'T.a.has_any(sqlalchemy.dialects.postgresql.array(["k"]))',
    'T.a["tags"].has_key("k")',
    'T.a.path_exists("$.a")',
    'T.a.op("->>")("k") == "v"',
    'sqlalchemy.func.lower(T.a["k"].astext) == "v"',
    'sqlalchemy.and_(T.a["k"].astext == "v", T.b["k"].astext == "w")',
    '(T.a["k"].astext == "v") | (T.a.has_key("k"))',
    'T.b["k"]["l"].astext == "v"',
    'T.a["k"].astext.like("x%")',
]


def _written(expression: str) -> str:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.orm import declarative_base

    base = declarative_base()

    class Mapped(base):  # type: ignore[misc, valid-type]
        __tablename__ = "t"
        id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        a = sqlalchemy.Column(postgresql.JSONB)
        b = sqlalchemy.Column(postgresql.JSON)

    dialect = postgresql.dialect()
    dialect._supports_jsonb_subscripting = True
    compiled = eval(expression, {"T": Mapped, "sqlalchemy": sqlalchemy}).compile(  # noqa: S307 - our own expressions
        dialect=dialect, compile_kwargs={"render_postcompile": True}
    )
    text = str(compiled)
    for name in sorted(compiled.params, key=len, reverse=True):
        text = text.replace(f"%({name})s", f"${name}$")
    for name, value in sorted(compiled.params.items(), key=lambda item: -len(item[0])):
        content = "{" + ", ".join(value) + "}" if isinstance(value, tuple) else value
        literal = f"'{content}'" if isinstance(content, str) else str(content) if isinstance(content, int) else "$1"
        text = text.replace(f"${name}$", literal)
    return text


def _values_apart(form: object) -> object:
    """Return a form without what is compared with, which SQLAlchemy may bind in another shape."""
    if (
        isinstance(form, tuple)
        and form[:1] == ("operator",)
        and form[1] in ("=", ">", "in", "@>", "?|", "between", "like")
    ):
        return (*form[:2], _values_apart(form[2]))
    return tuple(map(_values_apart, form)) if isinstance(form, tuple) else form


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_is_read_as_sqlalchemy_writes_it(expression: str) -> None:
    module = Module(expression, ast.parse(expression))
    kinds = {"a": "jsonb", "b": "json"}
    mapping = orm.Mapping(lambda owner, name: ("t", name, kinds[name]) if owner == "T" else None)
    statement = module.tree.body[0]
    assert isinstance(statement, ast.Expr)
    ours = orm._Renderer(module, mapping, {}).render(statement.value)
    written = read_condition(_written(expression))
    assert _values_apart(forms.form_of(ours)) == _values_apart(forms.form_of(written)), forms.sql_of(written)
