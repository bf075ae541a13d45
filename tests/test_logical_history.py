"""What is known of a project's files: kept in the cache, made anew where the cache holds something else, read alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from logical_project import findings, written

from flake8_planalign.config import Run
from flake8_planalign.formats.sql import read_condition
from flake8_planalign.logical import history, state
from flake8_planalign.logical.code import Module
from flake8_planalign.logical.facts import decode, encode
from flake8_planalign.logical.forms import form_of, rename, sql_of
from flake8_planalign.project import Project
from flake8_planalign.source import Source

EVENTS = 'CREATE TABLE events (id int PRIMARY KEY, doc jsonb DEFAULT \'{"a": {"b": {"c": 1}}}\');\n'
DEEP = {"migrations/0001_events.sql": EVENTS}


def cached(folder: Path) -> Project:
    written(folder, DEEP)
    return Project(folder, Run(cache=str(folder / "cache"), exclude=("cache",)))


def test_the_schema_is_kept_for_the_same_files(tmp_path: Path) -> None:
    first = history.schema_of(cached(tmp_path))
    again = Project(tmp_path, Run(cache=str(tmp_path / "cache"), exclude=("cache",)))
    assert decode(again.cache.get("logical-schema", state.of(again) or "")) == first
    assert history.schema_of(again) == first
    (tmp_path / "migrations" / "0002_more.sql").write_text("ALTER TABLE events ADD COLUMN tags jsonb;\n")
    assert set(history.schema_of(cached(tmp_path)).tables["events"].columns) == {"id", "doc", "tags"}


@pytest.mark.parametrize("rubbish", [["!Schema"], ["!Schema", *range(20)], "text", {"a": 1}, None])
def test_what_the_cache_holds_instead_is_not_believed(tmp_path: Path, rubbish: object) -> None:
    first = history.schema_of(cached(tmp_path))
    project = cached(tmp_path)
    project.cache.put("logical-schema", state.of(project) or "", rubbish)
    assert history.schema_of(project) == first


def test_nor_what_it_holds_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = history.schema_of(cached(tmp_path))
    project = cached(tmp_path)
    monkeypatch.setattr(project.cache, "get", lambda *_: ["!Facts", *range(20)])
    assert history.schema_of(project) == first


def test_a_file_that_is_ignored_is_read_by_itself(tmp_path: Path) -> None:
    written(tmp_path, {**DEEP, ".gitignore": "migrations/\n", "app.py": "import asyncpg\n"})
    (tmp_path / ".git").mkdir()
    project = Project(tmp_path, Run(cache="off", exclude=()))
    assert not project.owns(str(tmp_path / "migrations/0001_events.sql"))
    assert [item.code for item in findings(project, "migrations/0001_events.sql")] == ["PAL214"]


def test_a_file_that_is_not_on_disk_yet_counts(tmp_path: Path) -> None:
    project = written(tmp_path, {"queries.sql": "SELECT 1;\n"})
    missing = str(tmp_path / "migrations" / "versions" / "0001.py")
    assert history.schema_of(project, missing).tables == {}


@pytest.mark.parametrize("text", ["a", "f(a, lower(a))", "a in (a, 1)", "a['x']", "not a", "a::int", "a and (a or a)"])
def test_a_column_is_renamed_wherever_it_stands(text: str) -> None:
    renamed = rename(read_condition(text), "a", "b")
    assert sql_of(renamed) == sql_of(read_condition(text.replace("a", "b").replace("bnd", "and")))
    assert form_of(renamed) == form_of(read_condition(text.replace("a", "b").replace("bnd", "and")))


def test_facts_survive_the_cache(tmp_path: Path) -> None:
    schema = history.schema_of(written(tmp_path, DEEP))
    assert decode(encode(schema)) == schema
    assert encode({"a": (1, "b", None)}) == {"a": [1, "b", None]}
    assert decode({"a": [1, "b", None]}) == {"a": (1, "b", None)}


def test_a_place_behind_the_end_is_the_end() -> None:
    import ast

    module = Module("é = 1\n", ast.parse("é = 1\n"))
    assert module.index(1, 3) == 2
    assert module.index(99, 0) == len(module.text)
    assert module.lines(1, 1) == "é = 1\n"


MODEL = """\
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events"
    id = sa.Column(sa.Integer, primary_key=True)
    data = sa.Column(JSONB)


def first(session):
    return session.get(Event, 1)
"""


def with_buffer(folder: Path, text: str) -> Project:
    """Return a project of which an editor holds a file, after a run over what is on disk."""
    written(folder, {"app/models.py": MODEL, "app/jobs.py": "import asyncpg\n"})
    history.schema_of(Project(folder, Run(cache=str(folder / "cache"), exclude=("cache",))))
    project = Project(folder, Run(cache=str(folder / "cache"), exclude=("cache",)))
    project.overlay(Source.of_text(str(folder / "app" / "models.py"), text))
    return project


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("session.get(Event, 1)", "session.get(Event, 2)  # changed\n\n\nMORE = 5", True),
        ("    return", "    session.flush()\n    return", True),
        ("data = sa.Column(JSONB)", "data = sa.Column(sa.JSON)", False),
        ("data = sa.Column(JSONB)", "data = sa.Column(JSONB)\n    more = sa.Column(JSONB)", False),
        ("class Event(Base):\n", "class Event(Base):\n    # a line more\n", False),
        ("    id = sa.Column(sa.Integer, primary_key=True)\n", "", False),
        (
            "def first",
            "class Note(Base):\n    __tablename__ = 'notes'\n    id = sa.Column(sa.Integer)\n\n\ndef first",
            False,
        ),
    ],
)
def test_the_schema_is_kept_while_a_buffer_says_the_same(tmp_path: Path, old: str, new: str, kept: bool) -> None:  # noqa: FBT001
    assert MODEL.count(old) == 1
    project = with_buffer(tmp_path, MODEL.replace(old, new))
    assert (state.of(project) is not None) is kept
    anew = Project(tmp_path, Run(cache="off", exclude=("cache",)))
    (tmp_path / "app" / "models.py").write_text(MODEL.replace(old, new), encoding="utf-8")
    assert history.schema_of(project).tables == history.schema_of(anew).tables
