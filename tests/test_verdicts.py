"""What was said of a file is said again without a look at it, for as long as nothing has changed that it depends on."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_planalign import engine, verdicts
from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind, kind_of
from flake8_planalign.process.mentions import Mentions
from flake8_planalign.process.tables import Tables
from flake8_planalign.project import Project
from flake8_planalign.python.evaluate import Evaluator
from flake8_planalign.rule import Confidence
from flake8_planalign.source import Source

FILES = {
    "pyproject.toml": "[tool.planalign]\n",
    "app.py": "from helper import load\nasync def go():\n    load()\n",
    "helper.py": "import time\ndef load():\n    time.sleep(1)\n",
    "compose.yml": "services:\n  model:\n    image: redis:7\n    env_file: model.conf\n    ports: ['${PORT}:6379']\n",
    "deploy/.env": "UNUSED=1\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def source_of(root: Path, name: str) -> Source:
    text = (root / name).read_text(encoding="utf-8")
    if name.endswith(".py"):
        return Source.of_text(str(root / name), text, FileKind.PYTHON, ast.parse(text))
    return Source.of_bytes(str(root / name), text.encode(), kind_of(name, text))


def said(root: Path, name: str, run: Run | None = None) -> list[str]:
    """Return what a new process says of a file."""
    findings = engine.check(source_of(root, name), Project(root, run or Run()))
    return [f"{finding.code} {finding.message}" for finding in findings]


def is_known(root: Path, name: str, run: Run | None = None) -> bool:
    """Tell whether a new process knows what to say of a file."""
    project = Project(root, run or Run())
    key = verdicts.key(source_of(root, name), project)
    return key is not None and verdicts.recall(project, key) is not None


def test_a_finding_comes_back_as_it_was(root: Path) -> None:
    project = Project(root, Run())
    source = source_of(root, "app.py")
    first = engine.check(source, project)
    assert [finding.code for finding in first] == ["PAL111"]
    assert first[0].related
    key = verdicts.key(source, Project(root, Run()))
    assert key is not None
    assert verdicts.recall(Project(root, Run()), key) == first


def test_what_is_known_is_not_looked_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = said(root, "app.py")
    monkeypatch.setattr(engine, "view", lambda name: pytest.fail(f"the {name} view was asked"))
    assert said(root, "app.py") == before


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text(text, encoding="utf-8")


CHANGES: dict[str, Callable[[Path], object]] = {
    "the file": write("app.py", "async def go():\n    pass\n"),
    "a neighbour": write("helper.py", "def load():\n    pass\n"),
    "a new module": write("time.py", "def sleep(seconds): ...\n"),
    "a module that is gone": lambda root: (root / "helper.py").unlink(),
    "the plan": write("pyproject.toml", '[tool.planalign.severity]\nPAL111 = "low"\n'),
    "a companion": write("compose.yml", "services: {}\n"),
    "a new companion": write("deploy/compose.yml", "services: {}\n"),
    "variables": write("deploy/.env", "UNUSED=2\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_asks_again(root: Path, change: str) -> None:
    said(root, "app.py")
    assert is_known(root, "app.py")
    CHANGES[change](root)
    assert not is_known(root, "app.py")
    said(root, "app.py")
    assert is_known(root, "app.py")


@pytest.mark.parametrize(
    "other",
    [
        Run(tiers=frozenset({"network"})),
        Run(min_confidence=Confidence.CERTAIN),
        Run(selected=frozenset({"PAL126"})),
        Run(exclude=("helper.py",)),
    ],
    ids=["tiers", "confidence", "selection", "exclusion"],
)
def test_other_options_ask_again(root: Path, other: Run) -> None:
    said(root, "app.py")
    assert not is_known(root, "app.py", other)


def test_which_files_are_named_changes_nothing(root: Path) -> None:
    said(root, "app.py", Run(arguments=("app.py",)))
    assert is_known(root, "app.py", Run(arguments=(".",)))


def test_without_a_cache_nothing_is_known(root: Path) -> None:
    said(root, "app.py")
    assert not is_known(root, "app.py", Run(cache="off"))


def test_a_buffer_of_an_editor_is_never_remembered(root: Path) -> None:
    project = Project(root, Run())
    source = source_of(root, "app.py")
    project.overlay(source)
    engine.check(source, project)
    assert verdicts.key(source, project) is None
    assert not is_known(root, "app.py")


def test_a_file_that_git_ignores_is_watched_once_it_was_read(root: Path) -> None:
    (root / ".gitignore").write_text("model.conf\n.env\n", encoding="utf-8")
    (root / ".env").write_text("PORT=127.0.0.1:6379\n", encoding="utf-8")
    (root / "model.conf").write_text("A=1\n", encoding="utf-8")
    first = said(root, "compose.yml")
    assert not is_known(root, "compose.yml")  # this run learned that `.env` matters, the next one watches it
    assert said(root, "compose.yml") == first
    assert is_known(root, "compose.yml")
    (root / ".env").write_text("PORT=6379\n", encoding="utf-8")
    assert not is_known(root, "compose.yml")
    assert any(line.startswith("PAL421") for line in said(root, "compose.yml"))


def test_a_file_that_git_ignores_is_seen_when_it_comes(root: Path) -> None:
    (root / ".gitignore").write_text("compose.override.yml\n", encoding="utf-8")
    first = said(root, "compose.yml")
    assert is_known(root, "compose.yml")
    override = "services:\n  cache:\n    image: redis:7.4\n    ports: ['6379:6379']\n"
    (root / "compose.override.yml").write_text(override, encoding="utf-8")
    assert not is_known(root, "compose.yml")
    assert said(root, "compose.yml") != [] or first == []


def test_many_small_projects_are_remembered_in_their_first_run(root: Path) -> None:
    for number in range(60):
        folder = root / f"stack{number}"
        folder.mkdir()
        (folder / "compose.yml").write_text("services: {a: {image: x}}\n", encoding="utf-8")
    project = Project(root, Run())
    for number in range(60):
        engine.check(source_of(root, f"stack{number}/compose.yml"), project)
    assert not project.strayed
    assert all(is_known(root, f"stack{number}/compose.yml") for number in range(60))


def test_a_package_that_is_none_is_not_looked_for(root: Path) -> None:
    (root / "app.py").write_text("async def main(x):\n    await x.go()\n", encoding="utf-8")
    (root / "lib").mkdir()
    (root / "lib/starter.py").write_text("async def go():\n    pass\n", encoding="utf-8")
    project = Project(root, Run())
    evaluator = Evaluator(project)
    module = evaluator.modules.module(str(root / "lib/starter.py"))
    assert project.world
    assert module
    assert not list(Mentions(evaluator, Tables.of(project, evaluator.modules)).of(module, 1))
    assert not project.strayed


def test_a_failure_is_not_remembered(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(engine, "view", lambda _name: 1 / 0)
        assert [line.partition(" ")[0] for line in said(root, "app.py")] == ["PAL900"] * len(engine.VIEWS)
    assert not is_known(root, "app.py")


@pytest.mark.parametrize("stored", [{}, [[]], [["PAL111"]], [["PAL111", "text", [1], "high", "certain", []]], 7])
def test_what_is_not_of_our_making_is_a_miss(root: Path, stored: object) -> None:
    project = Project(root, Run())
    key = verdicts.key(source_of(root, "app.py"), project)
    assert key is not None
    project.cache.put("verdict", key, stored)
    assert verdicts.recall(project, key) is None
