"""A project written down in a test, and what the Logical view says of it: `«PAL211:json»` tells what is found where."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from flake8_planalign import engine
from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.rule import Finding
from flake8_planalign.source import Source

OFF = frozenset({"PAL224", "PAL242"})
_MARK = re.compile(r"«((?:PAL\d{3},?)+):([^«»]*)»")
POSTGRESQL = '[project]\nname = "shop"\ndependencies = ["asyncpg"]\n[tool.planalign]\n'


def plain(text: str) -> str:
    """Return a text without its markers."""
    return _MARK.sub(r"\2", text)


def marked(path: str, text: str) -> set[tuple[str, int, int, str]]:
    """Return the path, line, column and code of what the markers in a text tell."""
    found = set()
    for mark in _MARK.finditer(text):
        before = plain(text[: mark.start()])
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
        found |= {(path, line, column, code) for code in mark[1].split(",")}
    return found


def written(folder: Path, files: dict[str, str], plan: str = POSTGRESQL) -> Project:
    for path, text in {"pyproject.toml": plan, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(plain(text), encoding="utf-8")
    return Project(folder, Run(cache="off", exclude=()))


def findings(project: Project, path: str) -> list[Finding]:
    """Return what the view says of one file, with the rules that are off by default."""
    absolute = project.root / path
    text = absolute.read_text(encoding="utf-8")
    if path.endswith(".sql"):
        source = Source.of_bytes(str(absolute), absolute.read_bytes(), FileKind.SQL)
    else:
        source = Source.of_text(str(absolute), text, FileKind.PYTHON, ast.parse(text))
    view = engine.view("logical")
    assert view is not None
    if not view.matters(source):
        return []
    return engine.judge("logical", list(view.read(source, project)), project, [])


def check(folder: Path, files: dict[str, str], plan: str = POSTGRESQL, off: frozenset[str] = OFF) -> None:
    """Hold what is found against the markers in the files; the rules that are off by default only where they are."""
    project = written(folder, files, plan)
    found = {
        (path, item.position.line, item.position.column, item.code)
        for path in files
        if path.endswith((".py", ".sql"))
        for item in findings(project, path)
        if item.code not in off
    }
    assert found == set().union(*(marked(path, text) for path, text in files.items()))


def told(folder: Path, files: dict[str, str], path: str, plan: str = POSTGRESQL) -> list[str]:
    """Return the texts of what is found in one file."""
    return [f"{item.code} {item.message}" for item in findings(written(folder, files, plan), path)]
