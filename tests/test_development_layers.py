"""Which file belongs to which layer, and every way to write a path that is put on sys.path."""

from __future__ import annotations

import pytest
from conftest import Flake8, Tree

TREE = {"src/pipeline/__init__.py": "", "src/pipeline/train.py": "X = 1\n", "src/service/__init__.py": ""}


@pytest.mark.parametrize(
    "path",
    [
        "str(Path(__file__).resolve().parent.parent / 'pipeline')",
        "str(Path(__file__).absolute().parents[1] / 'pipeline')",
        "str(pathlib.Path(__file__).parent.joinpath('..', 'pipeline'))",
        "os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'pipeline')",
        "os.path.realpath(os.path.join(os.path.dirname(__file__), '../pipeline'))",
    ],
)
def test_a_path_on_sys_path_is_followed(tree: Tree, flake8: Flake8, path: str) -> None:
    text = f"import os, pathlib, sys\nfrom pathlib import Path\nsys.path.append({path})\nimport train\n"
    found = flake8("--select=PAL33", cwd=tree({**TREE, "src/service/api.py": text}))
    assert [(item.path, item.line, item.code) for item in found] == [("src/service/api.py", 4, "PAL331")]


@pytest.mark.parametrize("path", ["os.environ['PIPELINE']", "str(ROOT / 'pipeline')", "f()[0]"])
def test_a_path_that_is_not_known_is_not_guessed(tree: Tree, flake8: Flake8, path: str) -> None:
    text = f"import os, sys\nfrom settings import ROOT, f\nsys.path.append({path})\nimport train\n"
    assert flake8("--select=PAL33", cwd=tree({**TREE, "src/service/api.py": text})) == []


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("src/words.py", "import pipeline.train\n", 1),
        ("src/run/__main__.py", "import pipeline.train\n", 0),
        ("src/run.py", "import pipeline.train\nif __name__ == '__main__':\n    print(1)\n", 0),
        ("scripts/words.py", "import pipeline.train\n", 0),
    ],
)
def test_what_puts_the_layers_together_is_no_common_code(
    tree: Tree, flake8: Flake8, name: str, text: str, count: int
) -> None:
    found = flake8("--select=PAL33", cwd=tree({**TREE, name: text}))
    assert [(item.path, item.code) for item in found] == [(name, "PAL333")] * count


def test_without_a_directory_of_the_service_the_files_that_declare_an_app_are_it(tree: Tree, flake8: Flake8) -> None:
    text = "from fastapi import FastAPI\nfrom pipeline import train\napp = FastAPI()\n"
    files = {name: content for name, content in TREE.items() if "service" not in name}
    found = flake8("--select=PAL33", cwd=tree({**files, "src/web/main.py": text}))
    assert [(item.path, item.line, item.code) for item in found] == [("src/web/main.py", 2, "PAL331")]
