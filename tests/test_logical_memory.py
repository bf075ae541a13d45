"""What the Logical view said of a file is said again from the cache, until something that it is made of changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_planalign import engine
from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import history
from flake8_planalign.project import Project
from flake8_planalign.source import Source

MIGRATION = "CREATE TABLE events (id bigint PRIMARY KEY, doc jsonb, user_id int);\n"
APP = """import asyncpg


async def find(pool: asyncpg.Pool) -> list:
    return await pool.fetch("SELECT id FROM events WHERE doc @> $1", '{}')
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\n[tool.planalign]\n")
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1_first.sql").write_text(MIGRATION)
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def findings(folder: Path, name: str = "app.py", buffer: str | None = None) -> list[str]:
    """Return the codes for a file as it is on disk, or as an editor has it."""
    path = folder / name
    text = path.read_text() if buffer is None else buffer
    source = Source.of_text(str(path), text, FileKind.PYTHON, compile(text, name, "exec", 1024))
    project = Project(folder, Run(cache=str(folder / "cache"), exclude=("cache",)))
    if buffer is not None:
        project.overlay(source)
    return [item.code for item in engine.check(source, project)]


@pytest.fixture
def schemas_made(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    made: list[None] = []
    real = history.build

    def build(*arguments: object, **named: object) -> object:
        made.append(None)
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(history, "build", build)
    return made


def test_the_second_run_makes_no_schema(folder: Path, schemas_made: list[None]) -> None:
    assert findings(folder) == ["PAL212"]
    assert findings(folder) == ["PAL212"]
    assert len(schemas_made) == 1


def test_a_buffer_that_adds_nothing_to_the_schema_makes_none(folder: Path, schemas_made: list[None]) -> None:
    findings(folder)
    assert findings(folder, buffer=APP.replace("'{}'", "'[]'")) == ["PAL212"]
    assert findings(folder, buffer=APP.replace("doc @> $1", "id = 1")) == []
    assert len(schemas_made) == 1


def test_a_buffer_that_adds_to_the_schema_makes_one_that_is_not_kept(folder: Path, schemas_made: list[None]) -> None:
    findings(folder)
    model = "\n\nclass Event(Base):\n    __tablename__ = 'events'\n    doc = mapped_column(JSONB)\n"
    findings(folder, buffer="from sqlalchemy.orm import mapped_column\n" + APP + model)
    assert len(schemas_made) == 2
    assert findings(folder) == ["PAL212"]
    assert len(schemas_made) == 2


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("migrations/2_index.sql", "CREATE INDEX ix ON events USING gin (doc);\n", []),
        ("migrations/1_first.sql", MIGRATION.replace("jsonb", "text "), []),
        ("app.py", APP.replace("@>", "?|"), ["PAL212"]),
        ("app.py", APP.replace("doc @> $1", "id = 1"), []),
        ("models.py", "import sqlalchemy\ne = sqlalchemy.create_engine('sqlite://')\n", ["PAL212"]),
    ],
    ids=["a migration more", "another column", "another query", "no query", "another module"],
)
def test_what_changes_is_seen(folder: Path, name: str, text: str, expected: list[str]) -> None:
    assert findings(folder) == ["PAL212"]
    (folder / name).write_text(text)
    assert findings(folder) == expected


def test_another_sqlalchemy_writes_another_form(folder: Path) -> None:
    (folder / "requirements.txt").write_text("sqlalchemy==2.0.30\nasyncpg\n")
    (folder / "models.py").write_text(
        """from sqlalchemy import Index, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    raw: Mapped[dict] = mapped_column(JSONB)


def find(key: str) -> object:
    return select(Note).where(Note.raw["a"]["b"].astext == key)
"""
    )
    (folder / "migrations" / "2_notes.sql").write_text(
        "CREATE TABLE notes (id int PRIMARY KEY, raw jsonb);\nCREATE INDEX ix ON notes ((raw->'a'->>'b'));\n"
    )
    assert findings(folder, "models.py") == []
    (folder / "requirements.txt").write_text("sqlalchemy==2.0.44\nasyncpg\n")
    assert findings(folder, "models.py") == ["PAL217"]
