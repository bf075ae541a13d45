"""Every rule does what its page says: the examples are run through real flake8, once for each rule."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest
import rule_page
from conftest import Flake8, Tree

from flake8_planalign import engine
from flake8_planalign.rule import Rule

#: What an example cannot provoke, and where it is tested instead.
ELSEWHERE = {"PAL900": "test_engine.py", "PAL901": "test_seam.py"}
TOOL = ("PAL900", "PAL901", "PAL902", "PAL903")


def _rules() -> list[Rule]:
    return [rule for name in engine.VIEWS if engine.view(name) for rule in engine.rules_of(name)]


def page_of(rule: Rule) -> rule_page.Page:
    check = next(check for checks in rule.checks.values() for check in checks)
    return rule_page.read(inspect.getdoc(importlib.import_module(check.__module__)) or "")


@pytest.mark.parametrize("rule", [rule for rule in _rules() if rule.code not in ELSEWHERE], ids=lambda rule: rule.code)
def test_a_rule_finds_the_bad_and_is_silent_on_the_good(rule: Rule, tree: Tree, flake8: Flake8) -> None:
    page = page_of(rule)
    assert page.bad, "a page has at least one bad example"
    assert page.good, "a page has at least one good example"
    files: dict[str, str | bytes] = {}
    expected: set[rule_page.Expected] = set()
    for kind, examples in (("bad", page.bad), ("good", page.good), ("noqa", page.bad)):
        for number, example in enumerate(examples):
            folder = f"{kind}{number}"
            contents = example.suppressed(rule.code) if kind == "noqa" else example.files
            files[f"{folder}/pyproject.toml"] = rule_page.PLAN
            files |= {f"{folder}/{path}": text for path, text in contents.items()}
            if kind == "bad":
                expected |= {
                    (f"{folder}/{path}", line, column, code)
                    for path, line, column, code in example.expected
                    if code == rule.code
                }
    assert expected, "a bad example marks where its findings stand"
    report = flake8(f"--select={','.join({*TOOL, rule.code})}", "--jobs=1", "--planalign-cache=off", cwd=tree(files))
    assert {(found.path, found.line, found.column, found.code) for found in report} == expected
    template = re.compile(re.sub(r"\\\{\w+\\\}", "(.*?)", re.escape(rule.message)), re.DOTALL)
    filled = [found.groups() for found in map(template.fullmatch, (found.text for found in report)) if found]
    assert len(filled) == len(report)
    assert all(any(values) for values in zip(*filled, strict=True)), "some example fills each placeholder"
