"""A view of which flake8 may show nothing is not evaluated, and what is shown stays the same for all options."""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import pytest
from conftest import Flake8, Tree
from flake8 import style_guide

from flake8_planalign import engine, runner
from flake8_planalign.command import baseline
from flake8_planalign.project import Project
from flake8_planalign.rule import Finding
from flake8_planalign.source import Source

#: A finding of each view that is on by itself, and of the tool.
FILES: dict[str, str | bytes] = {
    "app.py": (
        "import time\nimport joblib\nfrom fastapi import FastAPI\n\napp = FastAPI()\nmodel = joblib.load('m.pkl')\n\n\n"
        "@app.get('/predict')\nasync def predict():\n    time.sleep(1)\n"
        "    try:\n        return model.predict([[1]])\n    except Exception:\n        return None\n"
    ),
    "tests/test_app.py": "import time\n\n\nasync def test_it():\n    time.sleep(1)\n",
    "db/migrations/0001_init.sql": "CREATE TABLE user_features (user_id int, value jsonb, at timestamp);\n",
    "requirements.txt": "h2o>=3\n",
    "compose.yml": "services:\n  db:\n    image: postgres:16\n    ports: ['5432:5432']\n",
    "broken/compose.yml": "services:\n  api: }\n",
    "planalign.toml": "[tool.planalign.scenarios.drift]\nstory = 'SCN-REV-01-01'\n",
}
OPTIONS: list[list[str]] = [
    [],
    ["--select=PAL"],
    *([f"--select=PAL{digit}"] for digit in (1, 2, 3, 4, 5, 9)),
    ["--select=E,W"],
    ["--select=PAL1,PAL4", "--ignore=PAL15"],
    ["--select=PAL111"],
    ["--select=PAL15", "--extend-select=PAL153"],
    ["--ignore=PAL1"],
    ["--ignore=PAL1", "--extend-select=PAL111"],
    ["--ignore=PAL1,PAL42", "--select=PAL"],
    ["--extend-ignore=PAL1,PAL2"],
    ["--extend-ignore=P", "--select=PAL4"],
    ["--extend-ignore=PAL4", "--select=PAL"],
    ["--per-file-ignores=tests/*:PAL1"],
    ["--per-file-ignores=app.py:PAL1,PAL5 compose.yml:PAL4", "--select=PAL"],
    ["--per-file-ignores=*.py:PAL", "--select=PAL1"],
    ["--disable-noqa", "--select=PAL4"],
    ["--select=PAL4", "--planalign-files="],
    ["--select=PAL4", "--jobs=2"],
    ["--extend-ignore=PAL1", "--planalign-min-confidence=certain"],
    ["--select=PAL9", "--extend-select=PAL904"],
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_the_report_is_the_one_of_all_views(
    options: list[str], tree: Tree, flake8: Flake8, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(FILES)
    some = flake8(*options, "--planalign-cache=off", cwd=root)
    monkeypatch.setattr(runner, "views_of", lambda *_arguments: frozenset(engine.VIEWS))
    assert flake8(*options, "--planalign-cache=off", cwd=root) == some


def test_each_view_has_something_to_say_here(tree: Tree, flake8: Flake8) -> None:
    assert {found.code[:4] for found in flake8("--select=PAL", cwd=tree(FILES))} == {
        "PAL1", "PAL2", "PAL3", "PAL4", "PAL5", "PAL9"
    }  # fmt: skip


def test_what_is_kept_of_one_selection_is_not_told_in_another(tree: Tree, flake8: Flake8) -> None:
    root = tree(FILES)
    selections = ("--select=PAL4", "--ignore=PAL4", "--ignore=PAL1", "--per-file-ignores=app.py:PAL1", "--select=PAL1")
    fresh = [flake8(option, "--planalign-cache=off", cwd=root) for option in selections]
    for option, expected in itertools.islice(zip(selections * 2, fresh * 2, strict=True), 2 * len(selections)):
        assert flake8(option, cwd=root) == expected


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, frozenset[str]]:
    """Return the views that each file of a run is given to, by its path."""
    views: dict[str, frozenset[str]] = {}
    real = engine.check

    def check(source: Source, project: Project, chosen: frozenset[str]) -> list[Finding]:
        views[source.path.removeprefix("./")] = chosen
        return real(source, project, chosen)

    monkeypatch.setattr(engine, "check", check)
    return views


@pytest.mark.parametrize(
    ("options", "views"),
    [
        ("--select=PAL4", {"physical"}),
        ("--select=PAL411,PAL52", {"physical", "scenario"}),
        ("--select=E,W", set()),
        ("--ignore=PAL1,PAL2", {"development", "physical", "scenario", "tool"}),
        ("--per-file-ignores=app.py:PAL1,PAL5", {"logical", "development", "physical", "tool"}),
        ("--select=PAL4,PAL904", set(engine.VIEWS)),
        ("--max-line-length=100", set(engine.VIEWS)),
    ],
)
def test_only_views_whose_codes_may_be_shown_are_asked(
    options: str, views: set[str], tree: Tree, flake8: Flake8, asked: dict[str, frozenset[str]]
) -> None:
    flake8(options, cwd=tree(FILES))
    assert asked["app.py"] == views


def test_a_view_is_left_out_only_for_the_files_that_ignore_it(
    tree: Tree, flake8: Flake8, asked: dict[str, frozenset[str]]
) -> None:
    flake8("--per-file-ignores=tests/*:PAL1", cwd=tree(FILES))
    assert asked["tests/test_app.py"] == set(engine.VIEWS) - {"process"}
    assert asked["app.py"] == set(engine.VIEWS)


@pytest.mark.parametrize("comment", ["# noqa", "# NOQA: PAL111"])
def test_a_file_with_comments_that_hide_something_is_given_to_all_views(
    comment: str, tree: Tree, flake8: Flake8, asked: dict[str, frozenset[str]]
) -> None:
    flake8("--select=PAL4", cwd=tree({"app.py": f"import time\n\n\nasync def go():\n    time.sleep(1)  {comment}\n"}))
    assert set(asked["app.py"]) == set(engine.VIEWS)


def test_a_flake8_that_decides_otherwise_is_given_everything(
    tree: Tree, flake8: Flake8, asked: dict[str, frozenset[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def guide(_options: argparse.Namespace, formatter: object) -> object:
        return None if formatter is None else real(_options, formatter)

    real = style_guide.StyleGuideManager
    monkeypatch.setattr(style_guide, "StyleGuideManager", guide)
    flake8("--select=PAL4", cwd=tree(FILES))
    assert asked["app.py"] == set(engine.VIEWS)


def test_a_baseline_holds_what_the_options_leave_out(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(FILES)
    monkeypatch.chdir(root)
    assert baseline.main(["--isolated", "--jobs=1", "--file=all.json", "."]) == 0
    assert baseline.main(["--isolated", "--jobs=1", "--file=all.json", "--check", "--extend-ignore=PAL1", "."]) == 0
    assert "PAL111" in Path("all.json").read_text(encoding="utf-8")
