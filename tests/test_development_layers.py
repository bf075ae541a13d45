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


@pytest.mark.parametrize(
    "text",
    [
        "import importlib\nimportlib.import_module('.train', package='pipeline')\n",
        "import importlib\nimportlib.import_module('.train', 'pipeline')\n",
        "import importlib\nimportlib.import_module(name='pipeline.train')\n",
        "from importlib import import_module as load\nload('pipeline.train')\n",
        "NAME = 'pipeline.train'\n__import__(NAME)\n",
        "import pkgutil\npkgutil.resolve_name('pipeline.train:X')\n",
        "import importlib.util\nimportlib.util.spec_from_file_location('t', 'src/pipeline/train.py')\n",
        "import runpy\nrunpy.run_path('src/pipeline/train.py')\n",
        "import subprocess\nsubprocess.run(['python', 'src/pipeline/train.py'])\n",
        "import subprocess\nsubprocess.run(['poetry', 'run', 'python', '-u', '-m', 'pipeline.train'])\n",
        "import subprocess\nsubprocess.run('python -m pipeline.train --fast', shell=True)\n",
        "import os\nos.system('python3 src/pipeline/train.py')\n",
        "import asyncio\nf = asyncio.create_subprocess_exec('python', '-m', 'pipeline.train')\n",
        "import asyncio\nf = asyncio.create_subprocess_shell('python -m pipeline.train')\n",
        "import sys; sys.path += ['../pipeline']\nimport train\n",
        "import sys; sys.path[:0] = ['../pipeline']\nimport train\n",
        "import sys; sys.path = ['../pipeline'] + sys.path\nimport train\n",
        "from sys import path; path.append('../pipeline')\nimport train\n",
        "import site; site.addsitedir('../pipeline')\nimport train\n",
    ],
)
def test_every_form_of_import_counts(tree: Tree, flake8: Flake8, text: str) -> None:
    found = flake8("--select=PAL33", cwd=tree({**TREE, "src/service/api.py": text}))
    assert [(item.path, item.line, item.code) for item in found] == [("src/service/api.py", 2, "PAL331")]


@pytest.mark.parametrize(
    "text",
    [
        "import pipelines\nfrom sklearn import pipeline\nfrom sklearn.pipeline import Pipeline\n",
        "from . import pipeline\nfrom .pipeline import X\n",
        "X = 'pipeline.train'\nprint('python -m pipeline.train')\n",
        "import importlib\nNAME = 'pipeline.train'\nNAME = input()\nimportlib.import_module(NAME)\n",
        "import subprocess\nsubprocess.run(['grep', '-m', 'pipeline.train'])\n",
        "import subprocess\nsubprocess.run(['python', 'src/service/job.py', 'src/pipeline/train.py'])\n",
        "from common import other\n",
    ],
)
def test_what_only_looks_like_an_import_of_the_pipeline_is_none(tree: Tree, flake8: Flake8, text: str) -> None:
    files = {**TREE, "src/service/pipeline.py": "X = 1\n", "src/service/job.py": "", "src/common/other.py": "Y = 1\n"}
    assert flake8("--select=PAL33", cwd=tree({**files, "src/service/api.py": text})) == []


@pytest.mark.parametrize(
    "text", ["import pipeline.train\n", "from pipeline import train\n", "from ..pipeline import train\n"]
)
@pytest.mark.parametrize("prefix", ["src", "backend/src"])
def test_packages_without_init_and_other_roots(tree: Tree, flake8: Flake8, text: str, prefix: str) -> None:
    plan = f"[layers]\nservice = ['{prefix}/service']\npipeline = ['{prefix}/pipeline']\n"
    files = {"planalign.toml": plan, f"{prefix}/pipeline/train.py": "X = 1\n", f"{prefix}/service/api.py": text}
    found = flake8("--select=PAL33", cwd=tree({**files, "backend/pyproject.toml": "[project]\nname = 'x'\n"}))
    assert [(item.path, item.line, item.code) for item in found] == [(f"{prefix}/service/api.py", 1, "PAL331")]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            {"common/a.py": "from common import b\n", "common/b.py": "import pipeline.train\n"},
            [("common/b.py", "PAL333"), ("service/api.py", "PAL331")],
        ),
        (
            {"common/__init__.py": "from .a import X\n", "common/a.py": "from pipeline.train import X\n"},
            [("common/a.py", "PAL333"), ("service/api.py", "PAL331")],
        ),
        ({"common/a.py": "from common import b\n", "common/b.py": "from common import a\n"}, []),
        # what only a type checker imports takes nothing along
        (
            {"common/a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pipeline.train\n"},
            [("common/a.py", "PAL333")],
        ),
        # a module of the service is told itself, and not everything that imports it
        (
            {
                "common/a.py": "",
                "service/other.py": "import pipeline.train\n",
                "service/api.py": "import service.other\n",
            },
            [("service/other.py", "PAL331")],
        ),
    ],
)
def test_chains_go_through_common_code_alone(
    tree: Tree, flake8: Flake8, files: dict[str, str], found: list[tuple[str, str]]
) -> None:
    text = {**TREE, "src/service/api.py": "from common import a\n", "src/common/__init__.py": ""}
    report = flake8("--select=PAL33", cwd=tree({**text, **{f"src/{name}": content for name, content in files.items()}}))
    assert [(item.path, item.code) for item in report] == [(f"src/{name}", code) for name, code in found]


def test_a_module_that_a_console_command_begins_in_puts_the_layers_together(tree: Tree, flake8: Flake8) -> None:
    text = "import pipeline.train\nimport service\n\ndef main():\n    pass\n"
    files = {**TREE, "src/cli.py": text, "pyproject.toml": "[project.scripts]\nrun = 'cli:main'\n[tool.planalign]\n"}
    assert flake8("--select=PAL33", cwd=tree(files)) == []
    assert len(flake8("--select=PAL33", cwd=tree({**files, "pyproject.toml": "[tool.planalign]\n"}))) == 2


LONG = "".join(f"    value_{number} = number + {number}\n" for number in range(20))


@pytest.mark.parametrize(
    ("other", "count"),
    [
        (f"def total(number):\n    '''Another text.'''\n{LONG}    return value_3\n", 1),
        (f"async def other_name(number):\n{LONG}    return value_3\n", 1),
        (f"def total(number):\n{LONG}    return value_4\n", 0),
        ("def total(number):\n    return number\n", 0),
        ("def total(:\n", 0),
    ],
)
def test_a_body_that_stands_in_both_layers(tree: Tree, flake8: Flake8, other: str, count: int) -> None:
    files = {
        **TREE,
        "src/pipeline/sums.py": other,
        "src/service/api.py": f"def total(number):\n{LONG}    return value_3\n",
    }
    found = flake8("--select=PAL334", cwd=tree(files))
    assert [(item.path, item.line, item.column) for item in found if "service" in item.path] == [
        ("src/service/api.py", 1, 4)
    ] * count
    assert flake8("--select=PAL", "--ignore=PAL9", cwd=tree(files)) == []


@pytest.mark.parametrize(
    ("plan", "name", "code"),
    [
        ("[layers]\ncommon = ['src/common']\n", "src/common/a.py", "PAL333"),
        ("[layers]\ncommon = ['src/common']\n", "src/other.py", ""),
        ("[layers]\nservice = ['src/web']\n", "src/web/a.py", "PAL331"),
        ("[layers]\nservice = ['src/web_*.py']\n", "src/web_api.py", "PAL331"),
        ("[layers]\nservice = ['src/web.py']\n", "src/web.py", "PAL331"),
        ("[layers]\npipeline = ['src/nothing']\n", "src/other.py", ""),
    ],
)
def test_a_layer_is_what_the_plan_says(tree: Tree, flake8: Flake8, plan: str, name: str, code: str) -> None:
    found = flake8("--select=PAL33", cwd=tree({**TREE, "planalign.toml": plan, name: "import pipeline.train\n"}))
    assert [(item.path, item.code) for item in found] == [(name, code)] * bool(code)
