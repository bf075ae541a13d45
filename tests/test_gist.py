"""What is told by a few facts of the schema alone to say nothing of the data model says nothing of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from logical_project import POSTGRESQL, plain, written
from test_logical_contract import CASES
from test_rules_examples import page_of

from flake8_planalign import engine
from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import gist, judging
from flake8_planalign.project import Project
from flake8_planalign.source import Source

EXAMPLES = {
    f"{rule.code}, {kind} {number}": example.files
    for rule in engine.rules_of("logical")
    for kind, examples in (("bad", page_of(rule).bad), ("good", page_of(rule).good))
    for number, example in enumerate(examples)
}
QUIET = "import json\n\n\ndef kind(payload):\n    return json.loads(payload)['kind']\n"


def remembering(folder: Path, files: dict[str, str]) -> tuple[Project, Project]:
    """Return a project without a cache, and one that has kept in its cache what the schema is made of."""
    apart = written(folder, files, files.get("pyproject.toml", POSTGRESQL))
    run = Run(cache=str(folder.with_name("cache")), exclude=())
    first = Project(folder, run)
    judging.history.schema_of(first)
    return apart, Project(folder, run)


def source_of(project: Project, path: str) -> Source:
    text = (project.root / path).read_text(encoding="utf-8")
    return Source.of_text(str(project.root / path), text, FileKind.PYTHON, ast.parse(text))


@pytest.mark.parametrize("files", [*CASES.values(), *EXAMPLES.values()], ids=[*CASES, *EXAMPLES])
def test_a_file_that_is_told_to_be_silent_is(tmp_path: Path, files: dict[str, str]) -> None:
    told = {path: plain(text) for path, text in files.items()}
    apart, known = remembering(tmp_path / "project", {**told, "quiet.py": QUIET})
    paths = [path for path in (*told, "quiet.py") if path.endswith(".py")]
    silent = [path for path in paths if gist.is_silent(source_of(known, path), known)]
    assert "quiet.py" in silent
    assert {path: list(judging.read(source_of(apart, path), apart)) for path in silent} == {path: [] for path in silent}
