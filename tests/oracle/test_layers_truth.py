"""A made monorepo with every form of import, as import-linter and tach judge it and as we do.

tach is not installed with the tests; what tach 0.35.3 said of the same files on 2026-11-22 stands in `TACH`.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("importlinter"), reason="needs import-linter")


class Form(NamedTuple):
    """A module of the service that reaches the pipeline, and the line and column (from 1) of our finding."""

    text: str
    line: int
    column: int


FORMS = {
    "plain": Form("import pipeline.train\n", 1, 8),
    "alias": Form("import pipeline.train as t\n", 1, 8),
    "member": Form("from pipeline import train\n", 1, 6),
    "star": Form("from pipeline.train import *\n", 1, 6),
    "function": Form("def f():\n    from pipeline.train import X\n    return X\n", 2, 10),
    "typing_only": Form("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pipeline import train\n", 3, 10),
    "attempt": Form("try:\n    import pipeline.train\nexcept ImportError:\n    pass\n", 2, 12),
    "indirect": Form("from common import bridge\n", 1, 6),
    "relative": Form("from ..pipeline import train\n", 1, 8),
    "below_src": Form("from src.pipeline.train import X\n", 1, 6),
    "by_importlib": Form('import importlib\nimportlib.import_module("pipeline.train")\n', 2, 25),
    "by_dunder": Form('__import__("pipeline.train")\n', 1, 12),
    "by_path": Form(
        'import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "pipeline"))\nimport train\n',
        3,
        8,
    ),
    "by_process": Form('import subprocess, sys\nsubprocess.run([sys.executable, "-m", "pipeline.train"])\n', 2, 39),
    "by_runpy": Form('import runpy\nrunpy.run_module("pipeline.train")\n', 2, 18),
}
#: What only we see: relative imports beyond the package, other roots, strings, paths.
BEYOND_IMPORT_LINTER = {"relative", "below_src", "by_importlib", "by_dunder", "by_path", "by_process", "by_runpy"}
TACH = {"plain": 1, "alias": 1, "member": 1, "star": 1, "function": 2, "attempt": 2, "relative": 1}
CONFIG = """
[project]
name = "monorepo"
version = "0"

[tool.importlinter]
root_packages = ["service", "pipeline", "common"]

[[tool.importlinter.contracts]]
name = "the service knows nothing of the pipeline"
type = "forbidden"
source_modules = ["service"]
forbidden_modules = ["pipeline"]
"""


@pytest.fixture(scope="module")
def monorepo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("monorepo")
    modules = {
        "service/__init__.py": "",
        **{f"service/{name}.py": form.text for name, form in FORMS.items()},
        "service/innocent.py": "import json\nfrom common import words\n",
        "pipeline/__init__.py": "",
        "pipeline/train.py": "from common import words\nX = 1\n",
        "common/__init__.py": "",
        "common/bridge.py": "from pipeline.train import X\n",
        "common/words.py": 'WORDS = ("pipeline",)\n',
    }
    for name, text in modules.items():
        path = root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "pyproject.toml").write_text(textwrap.dedent(CONFIG), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def ours(monorepo: Path) -> set[tuple[str, str, int, int]]:
    """Return code, module, line and column of our findings."""
    command = [sys.executable, "-m", "flake8", "--isolated", "--select=PAL33", "--exit-zero", "."]
    output = subprocess.run(command, cwd=monorepo, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^\./src/(\w+)/(\w+)\.py:(\d+):(\d+): (\w+) ", output, re.MULTILINE)
    return {(code, f"{package}.{name}", int(line), int(column)) for package, name, line, column, code in found}


@pytest.fixture(scope="module")
def import_linter(monorepo: Path) -> dict[str, int]:
    """Return the modules of the service that import-linter names, with the line where each way begins."""
    code = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", code, "--no-cache"]
    output = subprocess.run(command, cwd=monorepo, capture_output=True, text=True, check=False).stdout
    found = re.findall(r"^-\s+service\.(\w+) -> [\w.]+ \(l\.(\d+)\)", output, re.MULTILINE)
    return {name: int(line) for name, line in found}


def test_every_form_is_found_at_its_line_and_column(ours: set[tuple[str, str, int, int]]) -> None:
    wanted = {("PAL331", f"service.{name}", form.line, form.column) for name, form in FORMS.items()}
    assert ours == wanted | {("PAL333", "common.bridge", 1, 6)}


def test_all_that_import_linter_finds_is_found_and_as_many_forms_more(
    import_linter: dict[str, int], ours: set[tuple[str, str, int, int]]
) -> None:
    lines = {(module.removeprefix("service."), line) for code, module, line, _ in ours if code == "PAL331"}
    assert set(import_linter.items()) <= lines
    assert {name for name, _ in lines} - set(import_linter) == BEYOND_IMPORT_LINTER


def test_all_that_tach_finds_is_found(ours: set[tuple[str, str, int, int]]) -> None:
    lines = {(module.removeprefix("service."), line) for code, module, line, _ in ours if code == "PAL331"}
    assert set(TACH.items()) < lines
