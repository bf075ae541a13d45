"""SQLAlchemy's models are read as the tables that they declare."""

from __future__ import annotations

import ast

from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import extraction
from flake8_planalign.logical.history import build
from flake8_planalign.logical.model import Table

MODELS = """
import sqlalchemy as sa
from sqlalchemy import Column, Index, Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, deferred, mapped_column
from sqlmodel import Field, SQLModel


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, str]: JSONB}


class Mixin:
    id: Mapped[int] = mapped_column(primary_key=True)

    @declared_attr
    def meta(cls) -> Mapped[dict]:
        return mapped_column("meta_data", JSONB)


class Event(Mixin, Base):
    __tablename__ = "events"
    __table_args__ = (Index("ix_doc", "doc", postgresql_using="gin"), sa.UniqueConstraint("code"), {"schema": "app"})

    doc: Mapped[dict[str, str]]
    code: Mapped[str | None] = mapped_column(sa.String(9), index=True)
    raw = deferred(Column(sa.JSON().with_variant(JSONB, "postgresql")))


class Note(SQLModel, table=True):
    key: int = Field(primary_key=True)
    body: dict = Field(sa_column=Column("body", JSONB))
    name: str = Field(default="")


class Named(Base):
    @declared_attr
    def __tablename__(cls):
        return "named"

    id = Column(sa.Integer, primary_key=True)


class Drawn(Base):
    __table__ = Table("drawn", Base.metadata, Column("a", sa.JSON), schema="app")
"""


def tables() -> dict[str, Table]:
    ast.parse(MODELS)
    facts = extraction.extract("app/models.py", MODELS, FileKind.PYTHON)
    return build({"app/models.py": facts}, {}, drivers=True).tables


def test_models_declare_tables() -> None:
    assert {"app.events", "note", "named"} <= tables().keys()


def test_columns_have_the_types_that_sqlalchemy_writes() -> None:
    columns = {name: column.type for name, column in tables()["app.events"].columns.items()}
    assert columns == {
        "doc": "jsonb", "code": "character varying", "raw": "jsonb", "id": "integer", "meta_data": "jsonb",
    }  # fmt: skip
    assert {name: column.type for name, column in tables()["note"].columns.items()}["body"] == "jsonb"


def test_indexes_are_those_of_the_table_and_of_its_columns() -> None:
    assert {(index.name, index.method) for index in tables()["app.events"].indexes} == {
        ("ix_doc", "gin"), ("ix_events_code", "btree"),
    }  # fmt: skip
