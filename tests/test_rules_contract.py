"""What every rule promises, whatever it looks for."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import string

import pytest
import rule_page

from flake8_planalign import engine
from flake8_planalign.rule import Rule

#: View -> (digit of its codes, beginning of its stories).
RANGES = {
    "process": ("1", "PROC-REV-01-0"),
    "logical": ("2", "LOG-REV-01-0"),
    "development": ("3", "DEV-REV-01-0"),
    "physical": ("4", "PHY-REV-01-0"),
    "scenario": ("5", "SCN-REV-01-0"),
    "tool": ("9", "PAL9"),
}


def _modules() -> list[tuple[str, str]]:
    return [
        (name, f"flake8_planalign.{name}.rules.{item.name}")
        for name in engine.VIEWS
        if engine.view(name)
        for item in pkgutil.iter_modules(importlib.import_module(f"flake8_planalign.{name}.rules").__path__)
    ]


@pytest.fixture(params=_modules(), ids=lambda param: param[1].rpartition(".")[2])
def module(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


def _rule(module: tuple[str, str]) -> Rule:
    rule = importlib.import_module(module[1]).RULE
    assert isinstance(rule, Rule)
    return rule


def test_no_code_and_no_name_is_given_twice() -> None:
    rules = [_rule(module) for module in _modules()]
    assert len({rule.code for rule in rules}) == len(rules)
    assert len({rule.name for rule in rules}) == len(rules)


def test_a_code_lies_in_the_range_of_its_view_and_story(module: tuple[str, str]) -> None:
    rule = _rule(module)
    digit, story = RANGES[module[0]]
    assert re.fullmatch(rf"PAL{digit}\d\d", rule.code)
    assert rule.story == (story if digit == "9" else f"{story}{rule.code[4]}")


def test_a_file_is_named_after_its_rule(module: tuple[str, str]) -> None:
    rule = _rule(module)
    assert module[1].rpartition(".")[2] == f"{rule.code.lower()}_{rule.name.replace('-', '_')}"


def test_a_page_has_its_headings_in_order(module: tuple[str, str]) -> None:
    page = rule_page.read(inspect.getdoc(importlib.import_module(module[1])) or "")
    assert page.summary.endswith(".")
    assert len(page.summary) <= 118
    order = [
        heading for heading in ("Why", "Bad", "Good", "Options", "Limits", "References") if heading in page.sections
    ]
    assert list(page.sections) == order
    assert order[:3] == ["Why", "Bad", "Good"]
    assert all(text.strip() for text in page.sections.values())


def test_a_message_is_one_line_without_full_stop(module: tuple[str, str]) -> None:
    message = _rule(module).message
    assert "\n" not in message
    assert not message.endswith(".")
    assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(message))


def test_a_rule_checks_something(module: tuple[str, str]) -> None:
    assert _rule(module).checks
