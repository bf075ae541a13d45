"""Which files are the project's, found by a walk and by one that remembers the walk before."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_planalign import walking
from flake8_planalign.cache import Cache

#: In seconds: what the clocks of file systems may take for the same time.
_TICK = 0.02


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project of some directories, with ignore files in two of them."""
    root = tmp_path / "project"
    for name in ("app/api/a.py", "app/b.py", "app/gone/c.py", "docs/d.md", "docs/out/e.html", "node_modules/f.js"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / ".git").mkdir()
    (root / ".gitignore").write_text("*.log\n")
    (root / "docs" / ".gitignore").write_text("out/\n")
    (root / "nested" / ".git").mkdir(parents=True)
    (root / "nested" / "g.py").touch()
    return root


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Believe that a directory is as it was, however short ago it was changed."""
    monkeypatch.setattr(walking, "_TICK", -(10**10))


def _both(root: Path, cache: Cache) -> tuple[list[str], list[str]]:
    """Return what a walk finds and what the walk that remembers finds, below the root."""
    found = (
        walking.walk(str(root), ("*.tmp",)),
        walking.walk_again(str(root), ("*.tmp",), cache),
    )
    first, second = (sorted(os.path.relpath(path, root) for path in paths) for paths in found)
    return first, second


def _add_file(root: Path) -> None:
    (root / "app" / "api" / "new.py").touch()


def _remove_file(root: Path) -> None:
    (root / "app" / "b.py").unlink()


def _add_folder(root: Path) -> None:
    (root / "app" / "more" / "deep").mkdir(parents=True)
    (root / "app" / "more" / "deep" / "h.py").touch()


def _remove_folder(root: Path) -> None:
    shutil.rmtree(root / "app" / "gone")


def _replace_folder(root: Path) -> None:
    (root / "app" / "api").rename(root / "docs" / "api")


def _ignore_in_place(root: Path) -> None:
    with (root / ".gitignore").open("a") as stream:
        stream.write("api/\n")


def _ignore_no_more(root: Path) -> None:
    (root / "docs" / ".gitignore").unlink()


def _ignore_below(root: Path) -> None:
    (root / "app" / ".gitignore").write_text("*.py\n!b.py\n")


def _begin_a_repository(root: Path) -> None:
    (root / "docs" / ".git").mkdir()


def _end_a_repository(root: Path) -> None:
    (root / "nested" / ".git").rmdir()


def _link(root: Path) -> None:
    (root / "app" / "link.py").symlink_to(root / "docs" / "d.md")


CHANGES = (
    _add_file, _remove_file, _add_folder, _remove_folder, _replace_folder, _ignore_in_place, _ignore_no_more,
    _ignore_below, _begin_a_repository, _end_a_repository, _link,
)  # fmt: skip


def test_a_walk_leaves_out_what_is_not_the_projects(root: Path) -> None:
    assert [os.path.relpath(path, root) for path in sorted(walking.walk(str(root), ("b.py",)))] == [
        ".gitignore", "app/api/a.py", "app/gone/c.py", "docs/.gitignore", "docs/d.md",
    ]  # fmt: skip


def test_a_walk_with_a_limit_finds_the_first_files_from_the_root_down(root: Path) -> None:
    assert [os.path.relpath(path, root) for path in walking.walk(str(root), (), 2)] == [".gitignore", "app/b.py"]


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_the_walk_that_remembers_finds_the_same(
    change: Callable[[Path], None], root: Path, tmp_path: Path
) -> None:
    cache = Cache(tmp_path / "cache")
    first, second = _both(root, cache)
    assert first == second
    time.sleep(_TICK)
    change(root)
    first, second = _both(root, cache)
    assert first == second


@pytest.mark.usefixtures("settled")
def test_all_changes_after_another(root: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    for change in CHANGES:
        time.sleep(_TICK)
        change(root)
        first, second = _both(root, cache)
        assert first == second


@pytest.mark.usefixtures("settled")
def test_what_has_not_changed_is_not_listed_again(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path / "cache")
    _both(root, cache)
    listed: list[str] = []
    scandir = os.scandir

    def noted(path: str) -> object:
        listed.append(os.path.relpath(path, root))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noted)
    found = sorted(walking.walk_again(str(root), ("*.tmp",), cache))
    assert listed == []
    time.sleep(_TICK)
    _add_file(root)
    again = sorted(walking.walk_again(str(root), ("*.tmp",), cache))
    assert listed == ["app/api"]
    assert set(again) - set(found) == {str(root / "app" / "api" / "new.py")}


def test_a_directory_that_was_changed_a_moment_ago_is_listed_each_time(root: Path, tmp_path: Path) -> None:
    """Two changes in one tick of the clock leave the same modification time."""
    cache = Cache(tmp_path / "cache")
    _add_file(root)
    _both(root, cache)
    status = os.stat(root / "app" / "api")
    (root / "app" / "api" / "second.py").touch()
    os.utime(root / "app" / "api", ns=(status.st_atime_ns, status.st_mtime_ns))
    first, second = _both(root, cache)
    assert first == second


@pytest.mark.usefixtures("settled")
def test_a_link_whose_target_goes_is_no_file_any_more(root: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    _link(root)
    _both(root, cache)
    time.sleep(_TICK)
    (root / "docs" / "d.md").unlink()
    first, second = _both(root, cache)
    assert first == second


@pytest.mark.usefixtures("settled")
def test_the_ignore_files_above_count(root: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    inner = root / "app"
    assert sum(map(len, _both(inner, cache))) == 6
    (root / ".gitignore").write_text("gone/\n")
    first, second = _both(inner, cache)
    assert first == second == ["api/a.py", "b.py"]


def test_a_record_of_another_form_is_a_miss(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path / "cache")
    monkeypatch.setattr(cache, "get", lambda *_: {"a": 1})
    first, second = _both(root, cache)
    assert first == second


def test_a_directory_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    first, second = _both(tmp_path / "gone", Cache(tmp_path / "cache"))
    assert first == second == []


@pytest.mark.usefixtures("settled")
def test_an_ignore_file_that_leads_nowhere_ignores_nothing(root: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    (root / "docs" / ".gitignore").unlink()
    (root / "docs" / ".gitignore").symlink_to("nowhere")
    first, second = _both(root, cache)
    assert first == second
    assert "docs/out/e.html" in first
    (root / "docs" / "nowhere").write_text("out/\n")
    first, second = _both(root, cache)
    assert first == second
    assert "docs/out/e.html" not in first
