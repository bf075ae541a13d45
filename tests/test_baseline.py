"""A baseline lets what was there pass, and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import Flake8, Tree, _forgetful

from flake8_planalign import baseline, cli

SLEEPS = "import time\n\n\nasync def wait():\n    time.sleep(1)\n    time.sleep(1)\n"
COMPOSE = "services:\n  h2o:\n    image: h2oai/h2o-open-source-k8s:3.46.0.11\n    command: java -Xmx2g -jar h2o.jar\n"
FILES = {"a.py": SLEEPS, "compose.yaml": COMPOSE, "pyproject.toml": "[tool.planalign]\n"}


def run(flake8: Flake8, root: Path) -> list[tuple[str, int]]:
    baseline.read.cache_clear()
    found = flake8("--select=PAL", "--planalign-baseline=planalign-baseline.json", cwd=root)
    return [(item.path, item.line) for item in found]


def command(*arguments: str) -> int:
    """Return the exit code of a run, which in real life is a process of its own."""
    baseline.read.cache_clear()
    with _forgetful():
        return cli.main(["baseline", "--jobs=1", "--isolated", *arguments])


def test_an_old_project_starts_green(tree: Tree, flake8: Flake8, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(FILES)
    monkeypatch.chdir(root)
    assert command("--reason", "before the plan") == 0
    entries = json.loads(Path("planalign-baseline.json").read_text())["entries"]
    assert {entry["reason"] for entry in entries} == {"before the plan"}
    assert [entry["path"] for entry in entries].count("a.py") == 2
    assert run(flake8, root) == []
    # What moves is known again; what is new is not.
    Path("a.py").write_text("# moved\n\n" + SLEEPS + "    time.sleep(2)\n")
    assert run(flake8, root) == [("a.py", 9)]


def test_what_is_fixed_can_go_and_reasons_stay(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(FILES)
    monkeypatch.chdir(root)
    command("--reason", "old")
    assert command("--check") == 0
    Path("a.py").write_text(SLEEPS.replace("    time.sleep(1)\n", "", 1))
    assert command("--check") == 1
    assert "fixed, can go: a.py:6 PAL111" in capsys.readouterr().out
    assert command() == 0
    entries = json.loads(Path("planalign-baseline.json").read_text())["entries"]
    assert [entry["path"] for entry in entries].count("a.py") == 1
    assert {entry["reason"] for entry in entries} == {"old"}


def test_a_baseline_is_not_written_over_what_is_none_or_for_what_is_not_there(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tree({**FILES, "kept.json": "[]"}))
    assert command("--file=kept.json") == 2
    assert Path("kept.json").read_text() == "[]"
    assert command("nowhere.py") == 2
    assert not Path("planalign-baseline.json").exists()
    told = capsys.readouterr().err
    assert "planalign baseline: kept.json: " in told
    assert "nowhere.py: there is no such file or directory" in told


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2}', '{"version": 1, "entries": [{}]}', "[" * 100_000])
def test_a_file_that_is_no_baseline_hides_nothing(
    text: str, tree: Tree, flake8: Flake8, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(FILES | {"planalign-baseline.json": text})
    assert len(run(flake8, root)) >= 2
    assert "so nothing is left out" in capsys.readouterr().err


def test_an_entry_that_hides_nothing_is_told_in_its_file_if_asked_for(
    tree: Tree, flake8: Flake8, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree(FILES))
    command()
    Path("a.py").write_text("\n".join(SLEEPS.splitlines()[:-1]) + "\n")
    Path("compose.yaml").write_text(COMPOSE.replace("java -Xmx2g", "java -Xmx3g"))
    baseline.read.cache_clear()
    options = ["--planalign-baseline=planalign-baseline.json", "."]
    assert [item.code for item in flake8("--select=PAL", *options, cwd=Path.cwd())] == ["PAL412"]
    found = flake8("--select=PAL904,PAL1", *options, cwd=Path.cwd())
    assert [(item.path, item.line, item.column, item.code) for item in found] == [
        ("a.py", 5, 4, "PAL904"),
        ("compose.yaml", 2, 2, "PAL904"),
    ]
    assert "`PAL111 " in found[0].text
    assert flake8("--select=PAL904", "--planalign-min-confidence=certain", *options, cwd=Path.cwd()) == []


def test_a_part_of_the_project_is_brought_up_to_date_from_its_own_folder(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree({"app/a.py": SLEEPS, "lib/b.py": SLEEPS, "pyproject.toml": "[tool.planalign]\n", ".git/HEAD": ""})
    monkeypatch.chdir(root)
    assert command("--reason", "old") == 0
    monkeypatch.chdir(root / "app")
    (root / "app" / "a.py").write_text("")
    assert command("--file", "../planalign-baseline.json", ".") == 0
    entries = json.loads((root / "planalign-baseline.json").read_text())["entries"]
    assert {entry["path"] for entry in entries} == {"lib/b.py"}


def test_a_reason_goes_with_a_file_to_its_new_name(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree({"a.py": SLEEPS, "pyproject.toml": "[tool.planalign]\n"}))
    assert command("--reason", "old") == 0
    Path("a.py").rename("b.py")
    assert command("--reason", "new") == 0
    entries = json.loads(Path("planalign-baseline.json").read_text())["entries"]
    assert {(entry["path"], entry["reason"]) for entry in entries} == {("b.py", "old")}


def test_a_name_that_is_no_utf_8_is_kept(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"pyproject.toml": "[tool.planalign]\n"})
    (root / os.fsdecode(b"caf\xe9.py")).write_text(SLEEPS)
    monkeypatch.chdir(root)
    assert command() == 0
    known = baseline.read("planalign-baseline.json")
    assert {entry.path for entry in known.entries} == {os.fsdecode(b"caf\xe9.py")}


def test_two_people_s_baselines_come_together(
    tree: Tree, flake8: Flake8, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree({"a.py": SLEEPS, "pyproject.toml": "[tool.planalign]\n"})
    monkeypatch.chdir(root)
    assert command("--reason", "mine") == 0
    mine = Path("planalign-baseline.json").read_text()
    tree({"a.py": "", "b.py": SLEEPS})
    Path("planalign-baseline.json").unlink()
    assert command("--reason", "theirs") == 0
    theirs = Path("planalign-baseline.json").read_text()
    tree({"a.py": SLEEPS})
    sides = [text[text.index('  {"') : text.index("\n ]")] for text in (mine, theirs)]
    conflict = f"<<<<<<< HEAD\n{sides[0]}\n=======\n{sides[1]}\n>>>>>>> theirs\n"
    Path("planalign-baseline.json").write_text(f'{{\n "version": 1,\n "entries": [\n{conflict} ]\n}}\n')
    capsys.readouterr()
    assert len(run(flake8, root)) == 4  # a conflict lets nothing pass
    assert command() == 0
    assert "4 entries, 0 of them new" in capsys.readouterr().out
    assert run(flake8, root) == []
    entries = json.loads(Path("planalign-baseline.json").read_text())["entries"]
    assert {(entry["path"], entry["reason"]) for entry in entries} == {("a.py", "mine"), ("b.py", "theirs")}


def test_a_conflict_that_is_no_baselines_is_told(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree({"a.py": "", "planalign-baseline.json": '<<<<<<< HEAD\n  {"odd": 1}\n>>>>>>> b\n'}))
    assert command() == 2


def test_what_could_not_be_read_is_let_pass_and_still_not_judged(
    tree: Tree, flake8: Flake8, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree({**FILES, "compose.yaml": "services: [\n"})
    monkeypatch.chdir(root)
    assert command() == 0
    assert run(flake8, root) == []
    capsys.readouterr()
    baseline.read.cache_clear()
    with _forgetful():
        assert cli.main(["check", "--jobs=1", "--isolated", "--planalign-baseline=planalign-baseline.json", "."]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "not judged because not readable: 1 (./compose.yaml:" in said.err
