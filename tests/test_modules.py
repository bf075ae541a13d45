"""Which file an import means, under which name a file is imported, and what of it is read."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest
from conftest import Tree

from flake8_planalign.config import Run
from flake8_planalign.project import Project
from flake8_planalign.python import modules as module_of_modules
from flake8_planalign.python.modules import Modules
from flake8_planalign.source import Source

PLAN = "[tool.planalign]\n"


def modules(root: Path) -> Modules:
    return Modules(Project(root, Run(cache="off")))


def found(root: Path, dotted: str, user: str = "main.py") -> str | None:
    """Return what an import of `dotted` in a file means, relative to the root."""
    project = Project(root, Run(cache="off"))
    path = Modules(project).find(dotted, project.import_roots(str(root / user)))
    return os.path.relpath(path, root) if path is not None else None


# -- names to files


def test_a_module_a_package_and_a_module_within_it(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "a.py": "", "b/__init__.py": "", "b/c.py": ""})
    assert found(root, "a") == "a.py"
    assert found(root, "b") == "b/__init__.py"
    assert found(root, "b.c") == "b/c.py"
    assert found(root, "b.nothing") is None
    assert found(root, "nothing") is None
    assert found(root, "") is None


def test_a_directory_without_init_is_a_namespace_package(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "spaces/inner/c.py": ""})
    assert found(root, "spaces") == "spaces"
    assert found(root, "spaces.inner") == "spaces/inner"
    assert found(root, "spaces.inner.c") == "spaces/inner/c.py"


def test_a_package_goes_before_a_module_and_a_module_before_a_namespace_package(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "a.py": "", "a/x.py": "", "b.py": "", "b/__init__.py": ""})
    assert found(root, "a") == "a.py"
    assert found(root, "b") == "b/__init__.py"


def test_the_standard_library_is_never_the_projects(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "json.py": "", "email/__init__.py": ""})
    assert found(root, "json") is None
    assert found(root, "email") is None


def test_a_module_below_src_is_imported_without_src(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "src/shop/__init__.py": "", "src/shop/cart.py": "", "tests/test_cart.py": ""})
    assert found(root, "shop.cart", "src/shop/__init__.py") == "src/shop/cart.py"
    assert found(root, "shop.cart", "tests/test_cart.py") == "src/shop/cart.py"


def test_a_script_finds_what_lies_beside_it_first(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "tools/run.py": "", "tools/shared.py": "", "shared.py": ""})
    assert found(root, "shared", "tools/run.py") == "tools/shared.py"
    assert found(root, "shared", "main.py") == "shared.py"


def test_odd_names_are_nobodys(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "a/x.py": ""})
    assert [found(root, name) for name in ("..", "a.\0", "a/x", "x" * 5000, ".".join(["x"] * 5000))] == [None] * 5


def test_a_directory_named_like_a_module_is_none(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "a.py/b.py": "", "c/__init__.py/d.py": ""})
    reader = modules(root)
    for name in ("a", "c"):
        path = reader.find(name, (str(root),))
        assert path is None or reader.module(path) is None


# -- files to names


@pytest.mark.parametrize(
    ("path", "written", "means"),
    [
        ("app/a.py", "app.b", "app/b.py"),
        ("app/a.py", ".b", "app/b.py"),
        ("app/a.py", ".", "app/__init__.py"),
        ("app/a.py", ".sub.c", "app/sub/c.py"),
        ("app/__init__.py", ".b", "app/b.py"),
        ("app/sub/__init__.py", ".c", "app/sub/c.py"),
        ("app/sub/__init__.py", "..b", "app/b.py"),
        ("app/sub/c.py", "..", "app/__init__.py"),
        ("app/sub/c.py", "..b", "app/b.py"),
        ("app/free/d.py", "..b", "app/b.py"),
        ("app/free/d.py", ".e", "app/free/e.py"),
        ("src/shop/cart.py", ".price", "src/shop/price.py"),
        ("src/shop/cart.py", "shop.price", "src/shop/price.py"),
        ("spaces/g.py", ".h", "spaces/h.py"),
    ],
)
def test_dots_lead_upwards_by_directories(path: str, written: str, means: str, tree: Tree) -> None:
    names = (
        "app/__init__.py",
        "app/a.py",
        "app/b.py",
        "app/sub/__init__.py",
        "app/sub/c.py",
        "app/free/d.py",
        "app/free/e.py",
    )
    names += ("src/shop/__init__.py", "src/shop/cart.py", "src/shop/price.py", "spaces/g.py", "spaces/h.py")
    root = tree({"pyproject.toml": PLAN, **dict.fromkeys(names, "")})
    reader = modules(root)
    module = reader.module(str(root / path))
    assert module is not None
    assert reader.find(module.absolute(written), reader.roots(module)) == str(root / means)


def test_more_dots_than_directories_lead_nowhere_and_do_not_fail(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "app/__init__.py": "", "app/a.py": ""})
    reader = modules(root)
    module = reader.module(str(root / "app/a.py"))
    assert module is not None
    assert [module.absolute("." * level) for level in (1, 2, 3, 9)] == ["app", "", "", ""]


# -- files to facts


def test_facts_are_read_once_and_bodies_when_they_are_asked_for(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "a.py": "def f(x):\n    return x.get(g())\n"})
    reader = modules(root)
    module = reader.module(str(root / "a.py"))
    assert module is not None
    assert module is reader.module(str(root / "a.py"))
    assert [record["n"] for record in module.functions] == ["<module>", "f"]
    assert module.body(1) is module.body(1)
    assert module.called(1) == {"get", "g"}


def test_what_is_decoded_may_be_forgotten_and_is_decoded_again(tree: Tree) -> None:
    root = tree(
        {"pyproject.toml": PLAN, "a.py": "".join(f"def f{number}():\n    g{number}()\n" for number in range(5))}
    )
    module = modules(root).module(str(root / "a.py"))
    assert module is not None
    for _ in range(2):
        assert [module.called(number) for number in range(1, 6)] == [{f"g{number}"} for number in range(5)]
        module_of_modules.forget()


@pytest.mark.parametrize(
    "content", [b"def f(:\n", b"\xff\xfe\x00", b"x = 1\n\0", b"# coding: nonsense\n", b"(" * 100_000]
)
def test_what_cannot_be_parsed_is_no_module(content: bytes, tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "a.py": content})
    assert modules(root).module(str(root / "a.py")) is None
    assert modules(root).module(str(root / "missing.py")) is None


def test_the_file_under_check_is_as_flake8_gave_it(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "a.py": "def old(): pass\n"})
    reader = modules(root)
    text = "def new(): pass\n"
    module = reader.module_of(Source.of_text(str(root / "a.py"), text, tree=ast.parse(text)))
    assert [record["n"] for record in module.functions] == ["<module>", "new"]
    assert reader.module(str(root / "a.py")) is module


def test_facts_from_the_cache_are_the_same(tree: Tree) -> None:
    root = tree({"pyproject.toml": PLAN, "a.py": "import time\n\nasync def f(x: int = 1):\n    time.sleep(x)\n"})
    first, second = (Modules(Project(root, Run())).module(str(root / "a.py")) for _ in range(2))
    assert first is not None
    assert second is not None
    assert list(first.functions) == list(second.functions)
    assert first.body(1) == second.body(1)
    assert first.names.get("time") == second.names.get("time") == [["m", "time"]]


# -- who names a name


def test_a_module_of_many_functions_is_asked_by_an_index_with_the_same_answer(tree: Tree) -> None:
    functions = "".join(f"def f{n}():\n    a.f{n + 1}.x()\n    return 'f{n + 3}', f{n // 2}\n" for n in range(1200))
    root = tree({"pyproject.toml": PLAN, "a.py": functions})
    module = modules(root).module(str(root / "a.py"))
    assert module is not None
    for name in ("f0", "f7", "f600", "f1202", "x", "nobody"):
        named = [n for n in range(len(module.functions)) if name in re.findall(r"\w+", module.raw(n))]
        assert module.naming(name) == named
