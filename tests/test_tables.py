"""What files add to what is known of the project: found once for a state of the disk, of a buffer each time anew."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import Tree

from flake8_planalign import engine
from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.process.analysis import Analysis
from flake8_planalign.project import Project
from flake8_planalign.source import Source

FILES = {"app/a.py": "x = 1\n", "app/b.py": "y = 2\n", "tests/test_a.py": "x = 3\n", "pyproject.toml": ""}


SCRIPT = "import asyncio\nfrom app.jobs import copy_all\n\nif __name__ == '__main__':\n    asyncio.run(copy_all())\n"
JOB = "async def copy_all():\n    return open('all.txt').read()\n"


class Counted:
    """Finds whether a text holds an `x`, and notes which files it was asked about."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.asked: list[str] = []

    def __call__(self, path: str, text: str) -> str | None:
        self.asked.append(Path(path).name)
        return text.strip() if "x" in text else None

    def found(self, given: str | None = None) -> dict[str, str]:
        tables = Analysis.of(self.project).tables
        table = tables.gathered("xs", self) if given is None else tables.told("xs", self, given=given)
        return {Path(path).name: value for path, value in table.items()}


@pytest.fixture
def root(tree: Tree) -> Path:
    return tree(FILES)


def run(root: Path) -> Counted:
    return Counted(Project(root, Run(cache=str(root / "cache"))))


def test_files_that_add_nothing_and_tests_are_left_out(root: Path) -> None:
    assert run(root).found() == {"a.py": "x = 1"}


def test_the_text_of_a_test_is_had_whatever_was_asked_before(root: Path) -> None:
    tables = Analysis.of(Project(root, Run(cache=str(root / "cache")))).tables
    path = str(root / "tests" / "test_a.py")
    before = tables.text(path)
    assert list(tables.texts())
    assert (before, tables.text(path)) == ("x = 3\n", "x = 3\n")


def test_a_second_run_asks_nothing(root: Path) -> None:
    run(root).found()
    second = run(root)
    assert (second.found(), second.asked) == ({"a.py": "x = 1"}, [])


def test_what_has_changed_on_disk_is_asked_again(root: Path) -> None:
    run(root).found()
    (root / "app/b.py").write_text("x = 22\n", encoding="utf-8")
    assert run(root).found() == {"a.py": "x = 1", "b.py": "x = 22"}


@pytest.mark.parametrize(("change", "asked", "found"), [
    ({"app/b.py": "x = 22\n"}, ["b.py"], {"a.py": "x = 1", "b.py": "x = 22"}),
    ({"app/a.py": "z = 22\n"}, ["a.py"], {}),
    ({"app/c.py": "x = 5\n"}, ["c.py"], {"a.py": "x = 1", "c.py": "x = 5"}),
    ({"tests/test_a.py": "x = 4\n"}, [], {"a.py": "x = 1"}),
])  # fmt: skip
def test_of_what_is_told_by_the_text_only_changed_files_are_asked_again(
    root: Path, change: dict[str, str], asked: list[str], found: dict[str, str]
) -> None:
    run(root).found("")
    for name, text in change.items():
        (root / name).write_text(text, encoding="utf-8")
    second = run(root)
    assert (second.found(""), second.asked) == (found, asked)
    third = run(root)
    assert (third.found(""), third.asked) == (found, [])


def test_what_the_answers_depend_on_besides_the_text_makes_them_anew(root: Path) -> None:
    run(root).found("one")
    (root / "app/b.py").write_text("x = 22\n", encoding="utf-8")
    second = run(root)
    assert second.found("two") == {"a.py": "x = 1", "b.py": "x = 22"}
    assert sorted(second.asked) == ["a.py", "b.py"]


def test_a_file_that_is_gone_adds_nothing(root: Path) -> None:
    run(root).found("")
    (root / "app/a.py").unlink()
    assert run(root).found("") == {}


def test_under_a_buffer_what_is_on_disk_is_kept_for_the_next_run(root: Path) -> None:
    first = run(root)
    text = "x = 4\n"
    tree = compile(text, "b", "exec", 1024)
    first.project.overlay(Source.of_text(str(root / "app/b.py"), text, FileKind.PYTHON, tree=tree))
    assert first.found("") == {"a.py": "x = 1", "b.py": "x = 4"}
    second = run(root)
    assert (second.found(""), second.asked) == ({"a.py": "x = 1"}, [])


@pytest.mark.parametrize(("name", "text", "found"), [
    ("app/b.py", "x = 4\n", {"a.py": "x = 1", "b.py": "x = 4"}),
    ("app/a.py", "z = 4\n", {}),
    ("tests/test_a.py", "x = 4\n", {"a.py": "x = 1"}),
])  # fmt: skip
def test_of_a_buffer_only_its_own_file_is_asked(root: Path, name: str, text: str, found: dict[str, str]) -> None:
    run(root).found()
    buffer = run(root)
    buffer.project.overlay(
        Source.of_text(str(root / name), text, FileKind.PYTHON, tree=compile(text, name, "exec", 1024))
    )
    assert buffer.found() == found
    assert buffer.asked in ([], [Path(name).name])


def test_what_a_buffer_says_is_not_kept_for_later(root: Path) -> None:
    buffer = run(root)
    text = "x = 4\n"
    buffer.project.overlay(
        Source.of_text(str(root / "app/b.py"), text, FileKind.PYTHON, tree=compile(text, "b", "exec", 1024))
    )
    assert buffer.found() == {"a.py": "x = 1", "b.py": "x = 4"}
    assert run(root).found() == {"a.py": "x = 1"}


def test_without_a_cache_everything_is_asked(root: Path) -> None:
    for _ in range(2):
        table = Counted(Project(root, Run(cache="off")))
        assert table.found() == {"a.py": "x = 1"}
        assert table.asked == ["a.py", "b.py"]


def test_what_is_known_of_the_whole_waits_for_the_buffer_to_be_saved(root: Path) -> None:
    assert Analysis.of(run(root).project).tables.whole("names", lambda: ["a", "b"]) == ["a", "b"]
    assert Analysis.of(run(root).project).tables.whole("names", lambda: ["c"]) == ["a", "b"]


def test_any_file(root: Path) -> None:
    analysis = Analysis.of(run(root).project)
    assert analysis.tables.any_file("has an x", lambda text: "x" in text)
    assert not analysis.tables.any_file("has a three", lambda text: "3" in text)


def test_files_that_hold_a_word(root: Path) -> None:
    (root / "app/c.py").write_text("xs = ax = 1\n", encoding="utf-8")
    tables = Analysis.of(run(root).project).tables
    assert [Path(path).name for path in tables.mentioning("x")] == ["a.py"]


def test_texts_are_read_alone_or_with_all_others(root: Path) -> None:
    tables = Analysis.of(run(root).project).tables
    assert (tables.text(str(root / "app/a.py")), tables.text(str(root / "app/none.py"))) == ("x = 1\n", "")
    assert [text for _, text in tables.texts()] == ["x = 1\n", "y = 2\n"]
    assert tables.text(str(root / "app/b.py")) == "y = 2\n"


@pytest.mark.parametrize("named", [True, False])
def test_an_async_function_that_is_only_in_the_buffer_is_looked_for_in_all_files(tree: Tree, *, named: bool) -> None:
    root = tree(
        {"app/jobs.py": "", "app/__init__.py": "", "app/start.py": SCRIPT if named else "", "pyproject.toml": ""}
    )
    for text in ("", JOB):
        project = Project(root, Run(cache=str(root / "cache")))
        source = Source.of_text(str(root / "app/jobs.py"), text, FileKind.PYTHON, tree=ast.parse(text))
        if text:
            project.overlay(source)
        findings = engine.check(source, project)
    assert {finding.code for finding in findings} == (set() if named else {"PAL114"})
