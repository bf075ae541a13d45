"""The written pages: they name what there is, and nothing else."""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from flake8_planalign import cli
from flake8_planalign.config import Config, Table, declared, read_config
from flake8_planalign.plugin import ToolItself
from flake8_planalign.stories import EPICS, STORIES

ROOT = Path(__file__).parent.parent
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
PAGES = sorted((ROOT / "docs").glob("**/*.md"))


def keys(of: type, outer: str = "") -> Iterator[tuple[str, object]]:
    """Yield each key of the plan as the page writes it, with its default."""
    defaults = of()
    for field, option in declared(of).items():
        name = f"{outer}{field.replace('_', '-')}"
        if isinstance(option, Table):
            yield from keys(option.of, f"{name}.NAME." if option.named else f"{name}.")
        else:
            yield name, getattr(defaults, field)


def test_every_key_of_the_plan_is_described_with_its_default_and_no_other() -> None:
    rows = dict(re.findall(r"^\| `([a-z][\w.-]*|scenarios\.NAME\.\w+)` \| (.*?) \|", CONFIGURATION, re.MULTILINE))
    declared = dict(keys(Config))
    assert rows.keys() == declared.keys()
    for name, default in declared.items():
        if default:
            assert tomllib.loads(f"value = {rows[name].strip('`')}")["value"] == (
                list(default) if isinstance(default, tuple) else default
            )


@pytest.mark.parametrize("page", ["docs/configuration.md", "README.md"])
def test_every_option_of_flake8_is_described(page: str) -> None:
    class Options:
        def add_option(self, name: str, **more: Any) -> None:
            if more["help"] is argparse.SUPPRESS:
                return  # what only our own commands ask for
            assert f"| `{name}` |" in (ROOT / page).read_text(encoding="utf-8")

    ToolItself.add_options(Options())


def test_the_example_of_a_plan_is_one(tmp_path: Path) -> None:
    text = next(found for found in re.findall(r"```toml\n(.*?)```", CONFIGURATION, re.DOTALL))
    for name in ("backend/app", "mage", "tests/integration", "reports"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "tests/integration/test_drift.py").touch()
    (tmp_path / "reports/drift.xml").touch()
    assert read_config(text, tmp_path, str(tmp_path / "pyproject.toml")).problems == ()


def test_every_command_is_described() -> None:
    page = (ROOT / "docs" / "command.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `planalign ([\w-]+)", page, re.MULTILINE)) == set(cli.COMMANDS)


def test_each_view_has_a_checklist_with_every_story_of_it() -> None:
    for epic in EPICS:
        page = (ROOT / "docs" / "views" / f"{epic.view}_view_review.md").read_text(encoding="utf-8")
        wanted = [f"{story.code} {story.title}" for story in STORIES.values() if story.view == epic.view]
        assert re.findall(r"^## (\w+-REV-.*)$", page, re.MULTILINE) == wanted


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_pages_that_exist_and_nothing_is_left_to_do(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    assert all((page.parent / target).is_file() for target in targets)
    assert not re.search(r"\b(?:TODO|FIXME|TBD)\b", text)


WRITTEN = [
    *PAGES,
    ROOT / "README.md",
    ROOT / "action.yml",
    ROOT / ".pre-commit-hooks.yaml",
    ROOT / "skills/code-reviewer/SKILL.md",
]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_no_address_and_no_name_in_an_index_is_made_up(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"https?://[^\s)>]*planalign", text)
    assert not re.search(r"\b(?!<)\w[\w.-]*/flake8-planalign@", text)
    assert not re.search(r"pip install (?:-\S+ )*[\"']?flake8-planalign\b", text)


def test_the_links_of_the_readme_lead_to_files_that_exist() -> None:
    text = re.sub(r"```.*?```", "", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    assert targets
    assert all((ROOT / target).exists() for target in targets)


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "ci.md"], ids=lambda page: page.name)
def test_the_snippets_of_yaml_are_yaml_and_run_commands_that_exist(page: Path) -> None:
    snippets = re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert snippets
    for snippet in snippets:
        assert yaml.safe_load(snippet)
    assert set(re.findall(r"\bplanalign (\w[\w-]*)", " ".join(snippets))) <= set(cli.COMMANDS)
