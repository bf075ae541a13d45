"""What texts say of a project is asked of each file once, and of a changed file again."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Tree

from flake8_planalign.answers import Answers
from flake8_planalign.config import Run
from flake8_planalign.logical import history
from flake8_planalign.project import Project

MODEL = (
    "from sqlalchemy import Column, Integer\nfrom sqlalchemy.orm import declarative_base\n"
    "Base = declarative_base()\n\n\n"
    "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n"
)


def project_of(root: Path, cache: str = "") -> Project:
    return Project(root, Run(cache=cache or str(root / "cache")))


def asked(project: Project) -> list[str]:
    """Return the names of the files that are asked for what they say."""
    names: list[str] = []

    def find(path: str, text: str) -> str | None:
        names.append(Path(path).name)
        return text or None

    Answers.of(project).to("texts", find, project.files())
    return names


def test_without_a_cache_there_are_no_answers(tree: Tree) -> None:
    project = project_of(tree({"a.py": "x = 1\n", "pyproject.toml": ""}), "off")
    assert Answers.of(project).to("texts", lambda _path, text: text, project.files()) is None


def test_a_file_that_cannot_be_read_is_asked_each_time_and_says_nothing(tree: Tree) -> None:
    root = tree({"a.py": "x = 1\n", "b.py": b"\xff\xfe", "pyproject.toml": ""})
    project = project_of(root)
    assert Answers.of(project).to("texts", lambda _path, text: text, project.files()) == {str(root / "a.py"): "x = 1\n"}


@pytest.mark.parametrize(("name", "text", "expected"), [
    ("a.py", "x = 2\n", ["a.py"]), ("c.py", "z = 2\n", ["c.py"]), ("notes.txt", "x", []),
])  # fmt: skip
def test_only_what_has_changed_is_asked_again(tree: Tree, name: str, text: str, expected: list[str]) -> None:
    root = tree({"a.py": "x = 1\n", "b.py": "y = 1\n", "pyproject.toml": ""})
    assert asked(project_of(root)) == ["a.py", "b.py"]
    (root / name).write_text(text, encoding="utf-8")
    assert asked(project_of(root)) == expected
    assert asked(project_of(root)) == []


def test_what_has_no_record_of_the_files_is_asked_anew(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"a.py": "x = 1\n", "b.py": "y = 1\n", "pyproject.toml": ""})
    with monkeypatch.context() as patch:
        patch.setattr(Answers, "_keep", lambda _self, _state: None)
        asked(project_of(root))
    (root / "a.py").write_text("x = 2\n", encoding="utf-8")
    assert asked(project_of(root)) == ["a.py", "b.py"]


def tables(root: Path) -> set[str]:
    return {table.name for table in history.schema_of(project_of(root)).tables.values()}


def test_the_schema_is_kept_until_a_file_that_adds_to_it_changes(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"models.py": MODEL, "app.py": "x = 1\n", "pyproject.toml": ""})
    first = tables(root)
    made: list[str] = []
    build = history.build
    monkeypatch.setattr(history, "build", lambda *given, **named: made.append("anew") or build(*given, **named))
    (root / "app.py").write_text("x = 2\n", encoding="utf-8")
    assert (tables(root), made) == (first, [])
    (root / "models.py").write_text(MODEL.replace("'users'", "'people'"), encoding="utf-8")
    assert (tables(root) != first, made) == (True, ["anew"])
    (root / "more.py").write_text(MODEL.replace("User", "Pet").replace("'users'", "'pets'"), encoding="utf-8")
    assert (len(tables(root)), made) == (2, ["anew", "anew"])
    (root / "more.py").unlink()
    assert len(tables(root)) == 1
