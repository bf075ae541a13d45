"""Django's migrations and models are read as the tables and indexes that they make."""

from __future__ import annotations

import ast

import pytest

from flake8_planalign.formats.sql.syntax import Statement
from flake8_planalign.logical import django, forms
from flake8_planalign.logical.code import Module
from flake8_planalign.logical.facts import OpaqueStep, Step
from flake8_planalign.logical.model import Origin, Table
from flake8_planalign.logical.replay import Replay

HEAD = """
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.fields import json
from django.db.models.fields.json import KT


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.CreateModel(name="Product", fields=[
            ("id", models.BigAutoField(primary_key=True)),
            ("data", models.JSONField()),
            ("code", models.CharField(max_length=9, unique=True)),
            ("maker", models.ForeignKey(to="shop.Maker", on_delete=models.CASCADE)),
            ("price", models.DecimalField(db_index=True)),
            ("tags", models.ManyToManyField(to="shop.Tag")),
        ]),
        %s
    ]
"""


def replayed(operations: str = "") -> dict[str, Table]:
    text = HEAD % operations
    revision = django.read_migration(Module(text, ast.parse(text), "shop/migrations/0002_more.py"))
    assert revision is not None
    assert revision.follows == ("shop/0001_initial",)
    replay = Replay({})
    replay.run(revision.steps, Origin("shop/migrations/0002_more.py", ()))
    return replay.finished()


def product(operations: str = "") -> Table:
    return replayed(operations)["shop_product"]


def test_fields_are_columns() -> None:
    columns = {name: column.type for name, column in product().columns.items()}
    assert columns == {
        "id": "bigint", "data": "jsonb", "code": "character varying", "maker_id": "", "price": "numeric",
    }  # fmt: skip


def test_relations_and_what_is_asked_for_have_indexes() -> None:
    indexed = [forms.sql_of(index.elements[0].expression) for index in product().indexes]
    assert indexed == ["maker_id", "price"]
    assert product().primary_key == ("id",)
    assert [item.columns for item in product().constraints if item.kind == "unique"] == [("code",)]


@pytest.mark.parametrize(
    ("index", "method", "expected"),
    [
        ('models.Index(fields=["data"], name="i")', "btree", "data"),
        ('GinIndex(fields=["data"], name="i", opclasses=["jsonb_path_ops"])', "gin", "data jsonb_path_ops"),
        ('models.Index(KT("data__k"), name="i")', "btree", "data ->> 'k'"),
        ('models.Index(KT("data__a__b"), name="i")', "btree", "data #>> '{a,b}'"),
        ('models.Index(models.F("data__k"), name="i")', "btree", "data -> 'k'"),
        ('models.Index(json.KeyTransform("k", "data"), name="i")', "btree", "data -> 'k'"),
        ('models.Index(json.KeyTextTransform("k", "data"), name="i")', "btree", "data ->> 'k'"),
        (
            'models.Index(json.KeyTextTransform("b", json.KeyTransform("a", "data")), name="i")',
            "btree",
            "data #>> '{a,b}'",
        ),
        ('models.Index(json.KeyTransform(0, models.F("data")), name="i")', "btree", "data -> 0"),
        ('models.Index(json.KeyTransform(key(), "data"), name="i")', "btree", "..."),
        ('GinIndex(OpClass(models.F("data"), name="jsonb_path_ops"), name="i")', "gin", "data jsonb_path_ops"),
        ('models.Index(Upper("code"), name="i")', "btree", "..."),
    ],
)  # fmt: skip
def test_an_index_is_what_django_makes_of_it(index: str, method: str, expected: str) -> None:
    made = product(f'migrations.AddIndex(model_name="product", index={index}),').indexes[-1]
    (element,) = made.elements
    assert made.method == method
    assert f"{forms.sql_of(element.expression)} {element.operator_class}".strip() == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ('migrations.AddField("product", "more", models.JSONField())', {"more"}),
        ('migrations.RemoveField("product", "data")', {"-data"}),
        ('migrations.RenameField("product", "data", "document")', {"-data", "document"}),
        ('migrations.RenameField("product", "maker", "by")', {"-maker_id", "by_id"}),
        ('migrations.AlterField("product", "price", models.IntegerField())', set()),
        ('migrations.SeparateDatabaseAndState([migrations.RemoveField("product", "data")])', {"-data"}),
        ('migrations.RunSQL("ALTER TABLE shop_product ADD COLUMN raw json")', {"raw"}),
        ("migrations.RunPython(forwards)", set()),
    ],
)
def test_an_operation_changes_the_columns(operation: str, expected: set[str]) -> None:
    before, after = set(product().columns), set(product(f"{operation},").columns)
    assert {*(after - before), *(f"-{name}" for name in before - after)} == expected


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ('migrations.DeleteModel("Product")', []),
        ('migrations.RenameModel("Product", "Item")', ["shop_item"]),
        ('migrations.AlterModelTable("product", "items")', ["items"]),
        ('migrations.CreateModel("Old", [("id", models.AutoField(primary_key=True))], options={"db_table": "old"})',
         ["old", "shop_product"]),
        ('migrations.CreateModel("View", [], options={"managed": False})', ["shop_product"]),
        ('migrations.CreateModel("Other", [], options={"proxy": True})', ["shop_product"]),
    ],
)  # fmt: skip
def test_an_operation_changes_the_tables(operation: str, expected: list[str]) -> None:
    assert sorted(replayed(f"{operation},")) == expected


def test_a_model_is_called_by_its_name_whatever_its_table_is_called() -> None:
    fields = '[("id", models.AutoField(primary_key=True)), ("data", models.JSONField())]'
    index = 'GinIndex(fields=["data"], name="gin")'
    made = f'migrations.CreateModel("Old", {fields}, options={{"db_table": "old-ones"}}),'
    assert [item.name for item in replayed(f'{made} migrations.AddIndex("old", {index}),')["old-ones"].indexes] == [
        "gin"
    ]
    moved = f'migrations.AlterModelTable("product", "items"), migrations.AddIndex("product", {index}),'
    assert "gin" in [item.name for item in replayed(moved)["items"].indexes]


def test_indexes_are_removed_and_renamed() -> None:
    add = 'migrations.AddIndex("product", GinIndex(fields=["data"], name="gin")),'
    assert "gin" not in [item.name for item in product(f'{add} migrations.RemoveIndex("product", "gin"),').indexes]
    renamed = product(f'{add} migrations.RenameIndex("product", "new", old_name="gin"),')
    assert "new" in [item.name for item in renamed.indexes]
    unique = 'migrations.AddConstraint("product", models.UniqueConstraint(fields=["price"], name="u")),'
    assert ("price",) in [item.columns for item in product(unique).constraints]


def test_sql_that_is_not_known_makes_what_it_names_opaque() -> None:
    text = (HEAD % "migrations.RunSQL(made()),") + '\nSQL = "ALTER TABLE shop_product DROP COLUMN data"\n'
    revision = django.read_migration(Module(text, ast.parse(text), "shop/migrations/0002_more.py"))
    assert revision is not None
    opaque: list[Statement | OpaqueStep] = [step.statement for step in revision.steps if isinstance(step, Step)]
    assert any(isinstance(item, OpaqueStep) and item.table is not None for item in opaque)


MODELS = """
from django.db import models


class Dated(models.Model):
    at = models.DateTimeField()

    class Meta:
        abstract = True


class Product(Dated):
    data = models.JSONField()
    maker = models.ForeignKey("Maker", on_delete=models.CASCADE)
    size: int = models.IntegerField(db_column="size_cm")
    name = other()


class Old(models.Model):
    key = models.CharField(primary_key=True)

    class Meta:
        db_table = "old"
        app_label = "archive"


class Plain:
    data = 1
"""


def test_models_name_their_tables_and_columns() -> None:
    found = {item.name: item for item in django.read_models(Module(MODELS, ast.parse(MODELS), "app/shop/models.py"))}
    assert {name: item.table for name, item in found.items()} == {"Dated": "", "Product": "shop_product", "Old": "old"}
    attributes = dict(found["Product"].attributes)
    assert attributes == {
        "data": "data", "maker": "maker_id", "maker_id": "maker_id", "size": "size_cm", "pk": "id", "id": "id",
    }  # fmt: skip
    assert dict(found["Old"].attributes) == {"key": "key", "pk": "key"}
    assert found["Product"].bases == ("Dated",)


def test_a_module_without_an_application_has_no_models() -> None:
    assert django.read_models(Module(MODELS, ast.parse(MODELS), "models.py")) == ()
