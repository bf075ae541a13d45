"""A query that asks for the same value in another form than the index on it.

## Why

PostgreSQL uses an index on an expression only for that very expression. `a->'b'->>'c'`, `a['b']->>'c'` and
`a #>> '{b,c}'` are the same value and three different expressions. From SQLAlchemy 2.0.42 on `column["b"]["c"].astext`
is written with a subscript, so indexes on `->` chains silently stop being used; and a key that is bound as a parameter
(`->> $1`) matches no index once the plan is generic.

## Bad

`alembic/versions/0001_events.py`:
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("events", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("payload", JSONB()))
    op.create_index("ix_mail", "events", [sa.text("(payload -> 'user' ->> 'mail')")])
    op.create_index("ix_kind", "events", [sa.text("(payload ->> 'kind')")])
```

`app/events.py`:
```python
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    payload: Mapped[dict] = mapped_column(JSONB)


def by_mail(mail):
    return sa.select(Event).where(Event.payload["user"]["mail"].astext == mail)  # PAL217:34


def by_path(mail):
    return sa.select(Event).where(Event.payload[("user", "mail")].astext == mail)  # PAL217:34


async def by_key(connection, key, value):
    return await connection.fetch("SELECT id FROM events WHERE payload->>$1 = $2", key, value)  # PAL217:70
```

Django compares the document (`->`) in a filter; only `KT` asks for its text (`->>`):

`shop/migrations/0001_initial.py`:
```python
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models.fields.json import KT


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Product",
            [("id", models.BigAutoField(primary_key=True)), ("data", models.JSONField()), ("tags", models.JSONField())],
        ),
        migrations.AddIndex("product", models.Index(KT("data__color"), name="product_color")),
        migrations.AddIndex("product", GinIndex(fields=["tags"], name="product_tags")),
    ]
```

`shop/models.py`:
```python
from django.db import models


class Product(models.Model):
    data = models.JSONField()
    tags = models.JSONField()
```

`shop/views.py`:
```python
from shop.models import Product


def red(request):
    return Product.objects.filter(data__color="red")  # PAL217:34
```

## Good

`alembic/versions/0001_events.py`:
```python
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("events", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("payload", JSONB()))
    op.create_index("ix_mail", "events", [sa.text("(payload['user'] ->> 'mail')")])
    op.create_index("ix_kind", "events", [sa.text("(payload ->> 'kind')")])
```

`app/events.py`:
```python
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    payload: Mapped[dict] = mapped_column(JSONB)


def by_mail(mail):
    return sa.select(Event).where(Event.payload["user"]["mail"].astext == mail, Event.payload["kind"].astext == "a")
```

`shop/migrations/0001_initial.py`:
```python
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models.fields.json import KT


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Product",
            [("id", models.BigAutoField(primary_key=True)), ("data", models.JSONField()), ("tags", models.JSONField())],
        ),
        migrations.AddIndex("product", models.Index(KT("data__color"), name="product_color")),
        migrations.AddIndex("product", GinIndex(fields=["tags"], name="product_tags")),
    ]
```

`shop/models.py`:
```python
from django.db import models


class Product(models.Model):
    data = models.JSONField()
    tags = models.JSONField()
```

`shop/views.py`:
```python
from django.db.models.fields.json import KT

from shop.models import Product


def red(request):
    return Product.objects.annotate(color=KT("data__color")).filter(color="red", tags__has_key="new")
```

## Limits

The form is that of the SQLAlchemy that the project pins, else of the newest; of Django that of 5.2. Raw SQL in another
form than the index is PAL215.

## References

- [SQLAlchemy: changes of 2.0.42](https://github.com/sqlalchemy/sqlalchemy/issues/12868)
- [PostgreSQL: PREPARE, generic plans](https://www.postgresql.org/docs/current/sql-prepare.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import Predicate, Verdict
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL217",
    name="index-form-drifts",
    message="`{text}` is not what index `{index}` is on: {reason}; {remedy}",
    severity=Severity.MEDIUM,
    story="LOG-REV-01-01",
    since="0.1.0",
)


@RULE.on(Predicate)
def check(predicate: Predicate, _config: object) -> Iterator[Finding]:
    """Report conditions whose form differs from that of the index on the same value."""
    if predicate.verdict is Verdict.OTHER_FORM and (predicate.rendered or predicate.bound_key):
        remedy = f"use {predicate.remedy}" if predicate.bound_key else "index and ask for it in the same form"
        yield RULE.finding(
            predicate.position, text=predicate.text, index=predicate.index, reason=predicate.reason, remedy=remedy
        )
