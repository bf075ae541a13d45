"""Where a project begins, what belongs to it, and where its imports are looked up."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Tree

from flake8_planalign import gitignore
from flake8_planalign import project as module
from flake8_planalign.config import Run
from flake8_planalign.project import Project, decode_python
from flake8_planalign.source import Source

PLAN = "[tool.planalign]\n"


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    for memo in vars(module).values():
        if hasattr(memo, "cache_clear"):
            memo.cache_clear()


def _names(project: Project, pattern: str = "*.py") -> list[str]:
    return [os.path.relpath(path, project.root) for path in project.files(pattern)]


def test_the_nearest_plan_makes_the_project(tree: Tree) -> None:
    root = tree({".git/HEAD": "", "pyproject.toml": PLAN, "a/b/pyproject.toml": PLAN, "a/b/c/x.py": "", "a/y.py": ""})
    assert Project.of(str(root / "a/b/c/x.py")).root == root / "a/b"
    assert Project.of(str(root / "a/y.py")).root == root
    assert Project.of(str(root / "a/not/there.py")).root == root


def test_a_plan_above_wins_over_a_repository_and_a_package_nearby(tree: Tree) -> None:
    root = tree({"planalign.toml": "", "a/.git/HEAD": "", "a/setup.cfg": "", "a/x.py": ""})
    assert Project.of(str(root / "a/x.py")).root == root


def test_without_a_plan_it_is_the_repository(tree: Tree) -> None:
    root = tree({".git": "gitdir: elsewhere\n", "a/pyproject.toml": "[project]\n", "a/x.py": ""})
    assert Project.of(str(root / "a/x.py")).root == root


def test_without_a_repository_it_is_the_nearest_package(tree: Tree) -> None:
    root = tree({"setup.cfg": "", "a/pyproject.toml": "[project]\n", "a/b/x.py": ""})
    assert Project.of(str(root / "a/b/x.py")).root == root / "a"


def test_else_it_is_what_the_arguments_have_in_common(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"a/b/x.py": "", "a/c/y.py": ""})
    monkeypatch.chdir(root)
    run = Run(arguments=("a/b/x.py", "a/c"))
    assert Project.of("a/b/x.py", run).root == root / "a"
    assert Project.of("a/b/x.py", Run(arguments=("-",))).root == root
    assert Project.of("/elsewhere/x.py", Run(arguments=("a",))).root == Path("/elsewhere")


def test_a_package_is_never_cut_by_what_the_arguments_have_in_common(tree: Tree) -> None:
    root = tree({"app/__init__.py": "", "app/api/__init__.py": "", "app/api/x.py": ""})
    for argument in ("app/api/x.py", "app/api", "app", "."):
        run = Run(arguments=(str(root / argument),))
        assert Project.of(str(root / "app/api/x.py"), run).root == root


def test_around_a_file_in_no_project_so_many_are_neighbours(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STRAY_LIMIT", 3)
    root = tree({"a.py": "", "b/c/d.py": "", "b/e.py": "", "f.py": "", "g.py": ""})
    alone = Project.of(str(root / "a.py"), Run(arguments=(str(root / "a.py"),)))
    assert [os.path.basename(path) for path in alone.files()] == ["a.py", "f.py", "g.py"]
    assert alone.is_cut
    named = Project.of(str(root / "a.py"), Run(arguments=(str(root),)))
    assert len(named.files()) == 5
    assert not named.is_cut


def test_all_files_of_a_project_share_it(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "a/x.py": "", "b/y.py": ""})
    assert Project.of(str(root / "a/x.py")) is Project.of(str(root / "b/y.py"))
    assert Project.of(str(root / "a/x.py"), Run(cache="off")) is not Project.of(str(root / "a/x.py"))


def test_the_inventory_holds_first_party_files_only(tree: Tree) -> None:
    root = tree(
        {
            "pyproject.toml": PLAN,
            "app/main.py": "",
            "app/static.txt": "",
            "app/node_modules/x.py": "",
            "app/_vendor/x.py": "",
            "venv/pyvenv.cfg": "",
            "venv/lib/x.py": "",
            "other/.git/HEAD": "",
            "other/x.py": "",
            ".hidden/x.py": "",
            ".env.py": "",
            "__pycache__/x.py": "",
            "build/x.py": "",
            ".gitignore": "/build/\n",
            "skipped/x.py": "",
            "one_two.py": "",
        }
    )
    (root / "app" / "again").symlink_to(root)
    (root / "dangling.py").symlink_to(root / "nowhere")
    project = Project(root, Run(exclude=("__pycache__", "one_*", str(root / "skipped"))))
    assert _names(project) == [".env.py", "app/main.py"]
    assert _names(project, "*.txt") == ["app/static.txt"]


def test_a_link_to_itself_is_left_out(tree: Tree) -> None:
    root = tree({"x.py": ""})
    (root / "loop.py").symlink_to(root / "loop.py")
    assert _names(Project(root)) == ["x.py"]
    assert Project(root).read(str(root / "loop.py")) is None


def test_a_directory_that_cannot_be_read_is_left_out(tree: Tree) -> None:
    assert Project(tree({"x.py": ""}) / "gone").files() == ()


@pytest.mark.parametrize(
    ("rules", "path", "ignored"),
    [
        ("build", "build/", True),
        ("build", "a/build", True),
        ("/build", "a/build/", False),
        ("build/", "build", False),
        ("build/", "a/build/", True),
        ("a/*.py", "a/x.py", True),
        ("a/*.py", "a/b/x.py", False),
        ("a/**/x.py", "a/x.py", True),
        ("a/**/x.py", "a/b/c/x.py", True),
        ("**/gen", "a/b/gen/", True),
        ("gen/**", "gen/x.py", True),
        ("gen/**", "gen/", False),
        ("*.py\n!keep.py", "keep.py", False),
        ("!keep.py\n*.py", "keep.py", True),
        ("# comment\n\n  ", "# comment", False),
        ("\\#x", "#x", True),
        ("\\!x", "!x", True),
        ("x?y", "xzy", True),
        ("x?y", "x/y", False),
        ("[a-c]x", "bx", True),
        ("[!a-c]x", "bx", False),
        ("[", "[", True),
        ("[z-a]", "z", False),
        ("trail  ", "trail", True),
        ("a.b", "aXb", False),
        ("*a*b*c", "xabbbc", True),
        ("*a*b*c", "xacb", False),
        ("*.*", "a.b.c", True),
        ("[!a]b", "a/b", False),
        ("a/**/b/**/c/*.py", "a/x/b/b/x/c/c/x.py", True),
        ("a/**/b/**/c", "a/c/b", False),
        ("**/a*/**/b", "x/ab/y/b", True),
    ],
)
def test_ignore_files_mean_what_they_mean_to_git(rules: str, path: str, *, ignored: bool, tree: Tree) -> None:
    root = tree({".gitignore": rules + "\n"})
    found = gitignore.Rules().within(str(root))
    assert found.ignores(str(root / path.rstrip("/")), is_folder=path.endswith("/")) is ignored


@pytest.mark.parametrize("rule", ["*a" * 20 + "b", "**/a/" * 20 + "b", "a*/**/" * 10 + "b", "?*" * 50 + "b"])
def test_an_ignore_file_of_many_wildcards_takes_no_time(rule: str, tree: Tree) -> None:
    root = tree({".gitignore": rule + "\n"})
    found = gitignore.Rules().within(str(root))
    started = time.process_time()
    assert not found.ignores(str(root / ("a" * 250)), is_folder=False)
    assert not found.ignores(str(root / "/".join("a" * 100)), is_folder=False)
    assert time.process_time() - started < 2


def test_ignore_files_above_and_below_hold_the_nearest_last(tree: Tree) -> None:
    root = tree(
        {
            ".git/HEAD": "",
            ".gitignore": "*.gen.py\nlocal.py\n",
            "app/pyproject.toml": PLAN,
            "app/x.gen.py": "",
            "app/local.py": "",
            "app/deep/.gitignore": "!local.py\n",
            "app/deep/local.py": "",
        }
    )
    assert _names(Project(root / "app")) == ["deep/local.py"]
    assert gitignore.above("/") == gitignore.Rules()


def test_imports_are_looked_up_from_the_nearest_root_outwards(tree: Tree) -> None:
    root = tree(
        {
            "pyproject.toml": PLAN + 'roots = ["tools"]\n[tool.pytest.ini_options]\npythonpath = ["lib", "lib2"]\n',
            "tools/t.py": "",
            "backend/pyproject.toml": '[tool.setuptools.packages.find]\nwhere = ["code"]\n',
            "backend/app/__init__.py": "",
            "backend/app/api/__init__.py": "",
            "backend/app/api/routes.py": "",
            "backend/src/s.py": "",
            "src/pkg/__init__.py": "",
            "script/run.py": "",
        }
    )
    project = Project(root)
    assert [os.path.relpath(path, root) for path in project.import_roots(str(root / "backend/app/api/routes.py"))] == [
        "backend",
        "backend/code",
        "backend/src",
        "lib",
        "lib2",
        "src",
        ".",
        "tools",
    ]
    assert project.import_roots(str(root / "script/run.py"))[0] == str(root / "script")
    assert project.import_roots(str(root / "src/pkg/a.py"))[0] == str(root / "src")
    assert project.import_roots(str(root / "src/pkg/a.py")) is project.import_roots(str(root / "src/pkg/b.py"))


def test_a_directory_without_init_inside_of_a_package_is_no_import_root(tree: Tree) -> None:
    root = tree(
        {
            "backend/app/__init__.py": "",
            "backend/app/utils/redis.py": "",
            "backend/app/utils/deep/__init__.py": "",
            "backend/app/utils/deep/x.py": "",
            "backend/app/template/pyproject.toml": "[project]\n",
            "backend/app/template/code/main.py": "",
            "script/deep/run.py": "",
        }
    )
    project = Project(root)

    def first(path: str) -> str:
        return os.path.relpath(project.import_roots(str(root / path))[0], root)

    assert first("backend/app/utils/redis.py") == "backend"
    assert first("backend/app/utils/deep/x.py") == "backend"
    assert first("backend/app/template/code/main.py") == "backend/app/template/code"
    assert first("script/deep/run.py") == "script/deep"


def test_a_project_that_is_itself_a_package_is_imported_from_above(tree: Tree) -> None:
    root = tree({"a/__init__.py": "", "a/b/__init__.py": "", "a/b/c/x.py": ""})
    assert Project(root / "a/b").import_roots(str(root / "a/b/c/x.py")) == (str(root), str(root / "a/b"))


@pytest.mark.parametrize(
    ("declared", "root"),
    [
        ('[tool.setuptools]\npackage-dir = { "" = "lib" }\n', "lib"),
        ('[tool.pytest.ini_options]\npythonpath = "lib"\n', "lib"),
        ("[tool.setuptools]\nbroken\n", None),
        ("[tool.setuptools.packages]\nfind = []\n", None),
        ("[project]\n", None),
    ],
)
def test_roots_are_read_as_packaging_tools_state_them(declared: str, root: str | None, tree: Tree) -> None:
    top = tree({"pyproject.toml": declared, "x.py": ""})
    roots = Project(top).import_roots(str(top / "x.py"))
    assert set(roots) == {str(top)} | ({str(top / root)} if root else set())


def test_a_file_outside_of_its_project_still_has_roots(tree: Tree) -> None:
    root = tree({"a/x.py": "", "b/y.py": ""})
    assert Project(root / "a").import_roots(str(root / "b/y.py")) == (str(root / "b"),)


def test_a_neighbour_is_read_as_python_reads_it(tree: Tree) -> None:
    root = tree(
        {
            "utf8.py": "é\r\nx\rz\n",
            "bom.py": b"\xef\xbb\xbfx",
            "latin.py": "# -*- coding: latin-1 -*-\n'é'\n".encode("latin-1"),
            "bad.py": b"\xff",
            "unknown.py": b"# coding: klingon\n",
            "late.py": "\n\n# coding: latin-1\n'é'\n",
        }
    )
    project = Project(root)
    assert project.read(str(root / "utf8.py")) == "é\nx\nz\n"
    assert project.read(str(root / "bom.py")) == "x"
    assert project.read(str(root / "latin.py")) == "# -*- coding: latin-1 -*-\n'é'\n"
    assert project.read(str(root / "late.py")) == "\n\n# coding: latin-1\n'é'\n"
    assert [project.read(str(root / name)) for name in ("bad.py", "unknown.py", "gone.py", "nul\0.py")] == [None] * 4
    assert decode_python(b"") == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_a_device_is_not_waited_for(tree: Tree) -> None:
    root = tree({".git/HEAD": "", "app/x.py": ""})
    os.mkfifo(root / "pipe.py")
    os.mkfifo(root / "app/pyproject.toml")
    (root / "null.py").symlink_to(os.devnull)
    project = Project.of(str(root / "app/x.py"))
    assert project.root == root
    assert [project.read(str(root / name)) for name in ("pipe.py", "null.py")] == [None, None]
    assert _names(project) == ["app/x.py"]
    assert project.state


def test_a_file_that_ceases_to_be_one_has_no_content(tree: Tree) -> None:
    root = tree({"x.py": "x"})
    assert Project(root)._stamp(str(root / "gone.py"), None) == [0, 0, 0, ""]
    assert Project(root)._stamp(str(root), None)[3] == ""


def test_a_file_beyond_the_limit_is_not_read(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"x.py": "12345"})
    monkeypatch.setattr(module, "SIZE_LIMIT", 4)
    assert Project(root).read(str(root / "x.py")) is None


def test_a_file_is_the_same_for_the_whole_run_in_a_large_project_too(tree: Tree) -> None:
    root = tree({"x.py": "12345"})
    project, path = Project(root), str(root / "x.py")
    assert project.read(path) == "12345"
    Path(path).write_text("new", encoding="utf-8")
    assert (project.read(path), Project(root).read(path)) == ("12345", "new")
    project.economise()
    assert project.read(path) == "12345"


def test_an_editors_buffer_stands_for_its_file(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"x.py": "old", "y.py": "y"})
    monkeypatch.chdir(root)
    project = Project(root)
    project.overlay(Source.of_text("x.py", "new"))
    assert project.read(str(root / "x.py")) == "new"
    assert project.read(str(root / "y.py")) == "y"


def test_the_cache_lies_in_the_project_unless_told_otherwise(tree: Tree) -> None:
    root = tree({"x.py": ""})
    assert Project(root).cache.directory == root / ".planalign_cache"
    assert Project(root, Run(cache="off")).cache.directory is None
    assert Project(root, Run(cache=str(root / "c"))).cache.directory == root / "c"


def test_the_state_of_a_project_changes_with_its_files_and_its_plan(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "x.py": "x", "y.txt": ""})
    states = [Project(root).state, Project(root).state]
    changes = {"x.py": "y", "z.py": "", "pyproject.toml": PLAN + 'roots = ["lib"]\n', "lib/pyproject.toml": ""}
    for name, content in changes.items():
        tree({name: content})
        states.append(Project(root).state)
    assert states[0] == states[1]
    assert len(set(states)) == 5
    tree({"y.txt": "changed"})
    assert Project(root).state == states[-1]


def test_an_unchanged_file_is_not_read_for_the_state(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"x.py": "x"})
    state = Project(root).state
    monkeypatch.setattr(module, "content_of", lambda *_arguments: b"")
    assert Project(root).state == state


def test_without_a_cache_or_under_an_overlay_there_is_no_state(tree: Tree) -> None:
    root = tree({"x.py": ""})
    project = Project(root)
    project.overlay(Source.of_text(str(root / "x.py"), "new"))
    assert (Project(root, Run(cache="off")).state, project.state) == (None, None)


def test_a_projects_own_names_are_in_its_registry(tree: Tree) -> None:
    root = tree(
        {"pyproject.toml": PLAN + '[tool.planalign.deny]\n"legacy.fetch" = { kind = "network" }\n"b" = { x = 1 }\n'}
    )
    project = Project(root)
    api = project.registry.function("legacy.fetch")
    assert api
    assert api.tier == "network"
    assert [problem.text for problem in project.plan.problems] == ["deny.b: unknown key `x`"]


@pytest.mark.parametrize(
    "inner", ["x.py", "a/x.py", "a/.hidden/x.py", "a//b/x.py", "a/./x.py", "a/../x.py", "../x.py", "a..b/x.py", "."]
)
def test_a_path_as_findings_name_it_is_the_one_from_the_root(tree: Tree, inner: str) -> None:
    root = tree({"pyproject.toml": PLAN, "a/b.py": ""})
    project = Project.of(str(root / "a/b.py"))
    assert project.relative(f"{root}/{inner}") == os.path.relpath(f"{root}/{inner}", root)
