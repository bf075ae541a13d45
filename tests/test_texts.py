"""What the texts of a project tell before they are parsed, with and without a cache, on disk and in a buffer."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Tree

from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.python.texts import Texts
from flake8_planalign.source import Source

FILES = {
    "app/main.py": "app.state.pool = make()\napp.state.model: Model = load()\n",
    "app/other.py": "other.state.pool = make()\nif app.state.ready == 1: pass\n",
    "app/none.py": "x = 1\n",
    "pyproject.toml": "",
}


def _stored(root: Path, cache: str, **buffers: str) -> dict[str, list[str]]:
    project = Project(root, Run(cache=cache))
    for name, text in buffers.items():
        project.overlay(Source.of_text(str(root / "app" / f"{name}.py"), text, FileKind.PYTHON))
    files = Texts(project).state_files
    return {name: [Path(path).name for path in paths] for name, paths in files.items()}


@pytest.mark.parametrize("cache", ["cache", "off"])
def test_a_buffer_says_what_is_stored_in_its_place(cache: str, tree: Tree) -> None:
    root = tree(FILES)
    cache = str(root / cache) if cache != "off" else cache
    on_disk = {"model": ["main.py"], "pool": ["main.py", "other.py"]}
    assert _stored(root, cache) == on_disk
    assert _stored(root, cache, none="app.state.pool = 1\n", main="x = 1\n") == {"pool": ["none.py", "other.py"]}
    assert _stored(root, cache, outside="app.state.pool = 1\n") == on_disk
    (root / "app" / "other.py").write_text("y.state.late = 1\n")
    assert _stored(root, cache) == {"model": ["main.py"], "pool": ["main.py"], "late": ["other.py"]}
