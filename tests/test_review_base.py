"""A review since a revision: what is new, whatever git and the file system make of names, links and submodules."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Tree

from flake8_planalign.review import changes

PLAN = "[tool.planalign]\n"
SLEEP = "import time\n\n\nasync def wait():\n    time.sleep(1)\n"
CALM = "def rest():\n    return 1\n"
PERSON = ("-c", "user.name=x", "-c", "user.email=x@y", "-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false")


def git(*arguments: str, cwd: Path) -> str:
    return subprocess.run(["git", *PERSON, *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout


def commit(root: Path) -> str:
    git("add", "-A", cwd=root)
    git("commit", "-qm", "x", cwd=root)
    return git("rev-parse", "HEAD", cwd=root).strip()


def started(root: Path) -> Path:
    git("init", "-q", "-b", "main", cwd=root)
    commit(root)
    return root


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flake8_planalign", "review", "--format=json", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def fixes(*arguments: str, cwd: Path) -> list[str]:
    done = run(*arguments, cwd=cwd)
    assert done.returncode in (0, 1), done.stderr
    document: Any = json.loads(done.stdout)
    assert document["verdict"] == ("BLOCK" if document["fixes"] else "APPROVE")
    return sorted({fix["path"] for fix in document["fixes"]})


def test_a_path_that_is_named_as_a_whole_is_compared_too(tree: Tree) -> None:
    root = started(tree({"pyproject.toml": PLAN, "old.py": SLEEP, "new.py": CALM}))
    (root / "new.py").write_text(SLEEP)
    assert fixes("--base=HEAD", str(root), cwd=root) == ["new.py"]
    assert fixes("--base=HEAD", str(root / "new.py"), cwd=root.parent.parent / root.parent.name / root.name) == [
        "new.py"
    ]


@pytest.mark.parametrize("name", ["mit leer.py", "näme.py", "日本.py", "a'b.py", "-dash.py", "new\nline.py"])
def test_any_name_of_a_file_is_known_again(name: str, tree: Tree) -> None:
    root = started(tree({"pyproject.toml": PLAN, name: SLEEP}))
    (root / name).write_text(f"# moved\n{SLEEP}")
    assert fixes("--base=HEAD", cwd=root) == []
    (root / name).write_text(f"{SLEEP}    time.sleep(2)\n")
    assert fixes("--base=HEAD", cwd=root) == [name]


def test_what_was_renamed_is_not_new(tree: Tree) -> None:
    root = started(tree({"pyproject.toml": PLAN, "old.py": SLEEP}))
    git("mv", "old.py", "new.py", cwd=root)
    assert fixes("--base=HEAD", cwd=root) == []
    (root / "new.py").write_text(f"{SLEEP}    time.sleep(2)\n")
    assert fixes("--base=HEAD", cwd=root) == ["new.py"]


def test_what_an_archive_leaves_out_was_there_before(tree: Tree) -> None:
    root = started(tree({"pyproject.toml": PLAN, "old.py": SLEEP, ".gitattributes": "*.py export-ignore\n"}))
    (root / "README").write_text("changed")
    assert fixes("--base=HEAD", cwd=root) == []


def test_links_that_lead_anywhere_do_no_harm(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "old.py": SLEEP})
    os.symlink("/etc/hostname", root / "absolute")
    os.symlink("../../..", root / "outside")
    os.symlink("old.py", root / "same.py")
    os.symlink("nowhere", root / "broken")
    started(root)
    (root / "absolute").unlink()
    assert fixes("--base=HEAD", cwd=root) == []


def test_a_submodule_is_compared_at_its_own_commit(tree: Tree, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "old.py").write_text(SLEEP)
    started(other)
    root = started(tree({"pyproject.toml": PLAN}))
    git("submodule", "add", "-q", str(other), "part", cwd=root)
    commit(root)
    assert fixes("--base=HEAD", cwd=root) == []
    (root / "part" / "new.py").write_text(SLEEP)
    assert fixes("--base=HEAD", cwd=root) == ["part/new.py"]


def test_what_git_ignores_is_no_part_of_a_change(tree: Tree) -> None:
    root = started(tree({"pyproject.toml": PLAN, ".gitignore": "made/\n"}))
    (root / "made").mkdir()
    (root / "made" / "client.py").write_text(SLEEP)
    assert fixes("--base=HEAD", cwd=root) == []
    (root / "fresh.py").write_text(SLEEP)
    assert fixes("--base=HEAD", cwd=root) == ["fresh.py"]


def test_what_the_main_branch_mended_since_is_not_asked_of_the_branch(tree: Tree) -> None:
    root = started(tree({"pyproject.toml": PLAN, "old.py": SLEEP}))
    git("checkout", "-qb", "work", cwd=root)
    (root / "mine.py").write_text(CALM)
    commit(root)
    git("checkout", "-q", "main", cwd=root)
    (root / "old.py").write_text(CALM)
    commit(root)
    git("checkout", "-q", "work", cwd=root)
    done = run("--base=main", cwd=root)
    document: Any = json.loads(done.stdout)
    assert (document["verdict"], list(document["files"]["looked_at"])) == ("APPROVE", ["mine.py"])


def test_histories_without_a_common_commit_are_compared_as_they_are(tree: Tree) -> None:
    root = started(tree({"pyproject.toml": PLAN, "old.py": SLEEP}))
    git("checkout", "-q", "--orphan", "other", cwd=root)
    (root / "new.py").write_text(SLEEP)
    commit(root)
    assert fixes("--base=main", cwd=root) == ["new.py"]


def test_a_shallow_clone_says_what_to_fetch(tree: Tree, tmp_path: Path) -> None:
    root = started(tree({"pyproject.toml": PLAN, "old.py": SLEEP}))
    first = git("rev-parse", "HEAD", cwd=root).strip()
    (root / "new.py").write_text(SLEEP)
    commit(root)
    clone = tmp_path / "clone"
    git("clone", "-q", "--depth=1", f"file://{root}", str(clone), cwd=tmp_path)
    done = run(f"--base={first}", cwd=clone)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"git fetch --depth=1 origin {first}" in done.stderr
    for name, advice in (("HEAD~1", "--unshallow"), ("origin/dev", "--depth=1 origin dev:refs/remotes/origin/dev")):
        assert f"this clone is shallow: `git fetch {advice}` brings" in run(f"--base={name}", cwd=clone).stderr
    assert fixes("--base=HEAD", cwd=clone) == []


def test_a_second_working_tree_and_no_branch_are_fine(tree: Tree, tmp_path: Path) -> None:
    root = started(tree({"pyproject.toml": PLAN, "old.py": SLEEP}))
    second = tmp_path / "second"
    git("worktree", "add", "-q", "--detach", str(second), cwd=root)
    (second / "new.py").write_text(SLEEP)
    assert fixes("--base=main", cwd=second) == ["new.py"]


@pytest.mark.parametrize("bare", [True, False])
def test_outside_of_a_working_tree_there_is_no_base(bare: bool, tmp_path: Path) -> None:  # noqa: FBT001
    if bare:
        git("init", "-q", "--bare", cwd=tmp_path)
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    command = [sys.executable, "-m", "flake8_planalign", "review", "--base=HEAD"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "git" in done.stderr or "work tree" in done.stderr


def test_a_folder_that_is_new_has_nothing_before(tree: Tree) -> None:
    root = started(tree({"pyproject.toml": PLAN, "old.py": SLEEP}))
    (root / "inner").mkdir()
    (root / "inner" / "new.py").write_text(SLEEP)
    assert fixes("--base=HEAD", cwd=root / "inner") == ["inner/new.py"]


def test_what_a_configuration_prints_does_not_stand_in_the_report(tree: Tree) -> None:
    config = "[flake8]\ncount = True\nstatistics = True\nshow-source = True\ntee = True\noutput-file = out\n"
    root = started(tree({"pyproject.toml": PLAN, "old.py": SLEEP, "setup.cfg": config}))
    assert fixes("--base=HEAD", cwd=root) == []
    assert fixes(cwd=root) == ["old.py"]


FILES = {"pyproject.toml": PLAN, "old.py": SLEEP}


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "old.py").unlink(),
        lambda root: (root / "old.py").write_bytes(bytes(range(256))),
        lambda root: (root / "old.py").chmod(0o755),
        lambda root: git("rm", "-q", "--cached", "old.py", cwd=root),
        lambda root: git("update-index", "--skip-worktree", "old.py", cwd=root),
    ],
    ids=["removed", "binary now", "mode", "no longer tracked", "kept out of the tree"],
)
def test_a_change_of_another_kind_is_no_new_finding(change: Callable[[Path], object], tree: Tree) -> None:
    root = started(tree(FILES))
    change(root)
    done = run("--base=HEAD", cwd=root)
    document: Any = json.loads(done.stdout)
    assert document["fixes"] == []


def test_content_is_shared_or_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source"
    source.write_text("x")
    assert changes._share(str(source), str(tmp_path / "linked"))
    assert (tmp_path / "linked").stat().st_ino == source.stat().st_ino

    def refused(*_arguments: object) -> None:
        raise OSError

    monkeypatch.setattr(changes.os, "link", refused)
    assert changes._share(str(source), str(tmp_path / "copied"))
    assert (tmp_path / "copied").stat().st_ino != source.stat().st_ino
    monkeypatch.setattr(changes, "_LARGE", 0)
    assert changes._share(str(source), str(tmp_path / "large"))
    assert (tmp_path / "large").is_symlink()
    monkeypatch.setattr(shutil, "copyfile", refused)
    monkeypatch.setattr(changes, "_LARGE", 9)
    assert not changes._share(str(source), str(tmp_path / "none"))
    assert not changes._share(str(tmp_path / "missing"), str(tmp_path / "none"))


@pytest.mark.parametrize("lost", ["HEAD~1", "HEAD~1^{tree}", "HEAD~1:a.py"])
def test_a_repository_that_lacks_objects_says_what_brings_them(lost: str, tree: Tree) -> None:
    root = started(tree({"pyproject.toml": PLAN, "a.py": CALM}))
    (root / "a.py").write_text(SLEEP)
    commit(root)
    git("branch", "before", "HEAD~1", cwd=root)
    name = git("rev-parse", lost, cwd=root).strip()
    (root / ".git" / "objects" / name[:2] / name[2:]).unlink()
    done = run("--base=before", cwd=root)
    told = "planalign review: this repository lacks objects that the comparison needs; `git fsck` names them"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [f"{told}, `git fetch --refetch` brings them again"]
