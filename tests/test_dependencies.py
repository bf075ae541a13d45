"""A project's requirements tell which database it speaks to, and what its SQLAlchemy writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import state
from flake8_planalign.logical.dependencies import has_postgresql_driver, is_before_subscripts
from flake8_planalign.logical.history import schema_of
from flake8_planalign.project import Project
from flake8_planalign.source import Source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sqlalchemy==2.0.41", True),
        ("SQLAlchemy[asyncio] == 2.0.42 ; python_version > '3.8'", False),
        ("sqlalchemy<2.0.42", True),
        ("sqlalchemy<=2.0.42", False),
        ("sqlalchemy>=1.4,<2", True),
        ("sqlalchemy>=1.4", False),
        ("sqlalchemy~=2.0.30", False),
        ("sqlalchemy~=1.4.0", True),
        ("sqlalchemy==1.4.*", True),
        ("sqlalchemy", False),
        ("sqlalchemy-utils==0.41\nflask-sqlalchemy==3.0", False),
        ("sqlalchemy==unknown", False),
        ("sqlalchemy==2.0.45\nsqlalchemy==1.4.54 ; python_version < '3.9'", False),
        ("sqlalchemy<2\nsqlalchemy==2.0.45", False),
        ('dependencies = ["sqlalchemy[asyncio]<2", "fastapi"]', True),
        ('sqlalchemy = "^1.4"', True),
        ('sqlalchemy = "^2.0.20"', False),
        ('sqlalchemy = "~1.4.3"', True),
        ('sqlalchemy = "2.0.30"', True),
        ('sqlalchemy = {extras = ["asyncio"], version = "1.4.46"}', True),
        ('sqlalchemy = "*"', False),
        ("  - sqlalchemy=1.4\n  - pip", True),
        ('[[package]]\nname = "sqlalchemy"\nversion = "2.0.30"\n', True),
        ('[[package]]\nname = "sqlalchemy"\nversion = "2.0.43"\n', False),
        ('{"default": {"sqlalchemy": {"hashes": ["sha256:0"], "version": "==2.0.30"}}}', True),
        ("fastapi==0.1", False),
    ],
)
def test_a_version_before_subscripts_is_told_by_pins_else_by_ranges(text: str, *, expected: bool) -> None:
    assert is_before_subscripts([text]) is expected


def test_a_lock_decides_what_a_range_leaves_open() -> None:
    assert is_before_subscripts(["sqlalchemy>=1.4", 'name = "sqlalchemy"\nversion = "2.0.30"'])
    assert not is_before_subscripts(["sqlalchemy<3", 'name = "sqlalchemy"\nversion = "2.0.43"'])


@pytest.mark.parametrize("text", ["asyncpg>=0.29", "psycopg[binary]", "psycopg2-binary==2.9", '"pg8000"', "aiopg"])
def test_a_driver_tells_that_the_database_is_postgresql(text: str) -> None:
    assert has_postgresql_driver(text)


def test_a_driver_of_another_database_does_not() -> None:
    assert not has_postgresql_driver("aiosqlite\npymysql\nduckdb")


@pytest.mark.parametrize(
    "path",
    ["requirements.txt", "requirements-dev.in", "requirements/base.txt", "deploy/prod-requirements/all.in", "setup.py",
     "environment.yml", "Pipfile", "backend/pyproject.toml"],
)  # fmt: skip
def test_requirements_are_found_wherever_they_stand(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("asyncpg==0.29\nsqlalchemy==2.0.30\n")
    schema = schema_of(Project(tmp_path, Run(cache="off", exclude=())))
    assert schema.postgresql
    assert not schema.subscripts


@pytest.mark.parametrize("path", ["notes.txt", "requirements/README.md", "docs/requirements.rst", "my_setup.py.txt"])
def test_other_files_state_no_requirements(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("asyncpg==0.29\n")
    assert not schema_of(Project(tmp_path, Run(cache="off", exclude=()))).postgresql


def test_a_lock_tells_the_version_and_no_driver(tmp_path: Path) -> None:
    extras = '\n[package.extras]\npostgresql = ["psycopg2 (>=2.7)"]\n'
    (tmp_path / "poetry.lock").write_text('[[package]]\nname = "sqlalchemy"\nversion = "2.0.30"\n' + extras)
    schema = schema_of(Project(tmp_path, Run(cache="off", exclude=())))
    assert not schema.postgresql
    assert not schema.subscripts


def test_prisma_says_its_provider(tmp_path: Path) -> None:
    (tmp_path / "migration_lock.toml").write_text('provider = "postgresql"\n')
    assert schema_of(Project(tmp_path, Run(cache="off", exclude=()))).postgresql


def test_a_changed_requirement_makes_the_schema_anew(tmp_path: Path) -> None:
    folder = tmp_path / "requirements"
    folder.mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.planalign]\n")
    (folder / "base.txt").write_text("asyncpg\n")
    first = state.of(Project(tmp_path, Run(cache=str(tmp_path / "cache"), exclude=())))
    (folder / "base.txt").write_text("aiosqlite==0.19\n")
    assert state.of(Project(tmp_path, Run(cache=str(tmp_path / "cache"), exclude=()))) != first


def test_a_buffer_of_requirements_counts_at_once(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("asyncpg\n")
    saved, edited = (Project(tmp_path, Run(cache=str(tmp_path / "cache"))) for _ in range(2))
    assert schema_of(saved).postgresql
    edited.overlay(Source.of_text(str(path), "aiomysql\n", FileKind.REQUIREMENTS))
    assert not schema_of(edited).postgresql
