"""Django's filters become, in our reading, the SQL that the installed Django writes for PostgreSQL."""

from __future__ import annotations

import ast
import functools
import json
from typing import Any

import pytest

from flake8_planalign.formats.sql import read_statements
from flake8_planalign.formats.sql.syntax import Query
from flake8_planalign.logical import django_queries, forms
from flake8_planalign.logical.code import Module
from flake8_planalign.logical.orm import Mapping

django = pytest.importorskip("django", minversion="5.2")
pytest.importorskip("psycopg2")

FILTERS = [
    'data__k="v"', 'data__a__b="v"', 'data__contains={"a": "?"}', 'data__has_key="x"', 'data__a__has_key="x"',
    'data__a__b__has_key="x"', 'data__has_keys=["x"]', 'data__has_any_keys=["x"]', "data__k__isnull=True",
    "data__k__isnull=False", 'data__k__icontains="x"', 'data__k__startswith="x"', 'data__k__istartswith="x"',
    'data__k__endswith="x"', 'data__k__iendswith="x"', 'data__k__iexact="x"', 'data__k__regex="x"',
    'data__k__iregex="x"', 'data__k__in=["a", "b"]', "data__k__gt=5", "data__k__gte=5", "data__k__lt=5",
    "data__a__b__lte=5", "data__contained_by={}", 'data__0="x"', 'data__k__contains="x"', "data={}", "n=1",
    'data__k="v", n=1', 'Q(data__k="v") | Q(data__has_key="x")', '~Q(data__k="v")', 'Q(data__k="v", n=1) & Q(n=2)',
]  # fmt: skip


@functools.cache
def _model() -> Any:
    from django.conf import settings

    postgresql = {"ENGINE": "django.db.backends.postgresql", "NAME": "a", "USER": "a"}
    settings.configure(DATABASES={"default": postgresql}, INSTALLED_APPS=[], USE_TZ=True)
    django.setup()
    from django.db import models

    class T(models.Model):  # noqa: DJ008
        id = models.BigAutoField(primary_key=True)
        data = models.JSONField()
        n = models.IntegerField()

        class Meta:
            app_label = "a"

    return T


def _written(code: str) -> list[Any]:
    """Return the forms of the conditions that Django writes."""
    model = _model()
    from django.db.models import Q
    from django.db.models.fields.json import KT

    query = eval(code, {"T": model, "Q": Q, "KT": KT})  # noqa: S307 - our own expressions
    text, parameters = query.values("n").query.sql_with_params()
    for value in parameters:
        text = text.replace("%s", _literal(value), 1)
    (made,) = read_statements(text)
    assert isinstance(made, Query)
    return [_values_apart(forms.form_of(condition)) for _, condition in made.conditions]


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return "'{" + ",".join(value) + "}'"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f"'{value}'"
    return f"'{json.dumps(value.obj if hasattr(value, 'obj') else value.adapted)}'"


def _values_apart(form: Any) -> Any:
    """Return a form without what is compared with, which Django binds."""
    if not isinstance(form, tuple):
        return form
    if form[:1] == ("operator",) and form[1] not in ("->", "->>", "#>", "#>>"):
        return form[0], form[1], _values_apart(form[2])
    return tuple(map(_values_apart, form))


def _read(code: str) -> list[Any]:
    module = Module(code, ast.parse(code))
    columns = {"data": ("a_t", "data", "jsonb"), "n": ("a_t", "n", "integer")}
    mapping = Mapping(lambda owner, name: columns.get(name) if owner == "T" else None)
    (query,) = django_queries.queries(module, mapping)
    return [_values_apart(forms.form_of(condition)) for _, condition in query.conditions]


def _conjuncts(conditions: list[Any]) -> list[Any]:
    """Return the terms of all conditions, which Django joins by AND."""
    terms: list[Any] = []
    for form in conditions:
        terms += _conjuncts(list(form[2:])) if form[:2] == ("junction", "and") else [form]
    return terms


@pytest.mark.parametrize("filters", FILTERS)
def test_a_filter_is_read_as_django_writes_it(filters: str) -> None:
    code = f"T.objects.filter({filters})"
    assert _conjuncts(_read(code)) == _conjuncts(_written(code))


def test_what_is_annotated_is_filtered_as_it_is_written() -> None:
    code = 'T.objects.annotate(k=KT("data__k")).filter(k="v")'
    assert _read(code) == _written(code)


def test_filters_one_behind_the_other_are_one_query() -> None:
    code = 'T.objects.filter(data__k="v").exclude(n=1).filter(n=2)'
    assert len(_read(code)) == 2
