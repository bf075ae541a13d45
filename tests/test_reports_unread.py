"""A report that the plan names as evidence and that cannot be read is told, so that its silence is no proof."""

from __future__ import annotations

import pytest
from conftest import Flake8, Tree

PLAN = '[scenarios.drift]\nstory = "SCN-REV-01-01"\nevidence = ["reports/*.xml", "reports/*.json"]\n'
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("reports/cut.xml", '<testsuite>\n<testcase name="x"/>\n<testcase na', 3),
        ("reports/bomb.xml", f'<?xml version="1.0"?>{ENTITIES}<testsuite><testcase name="&b;"/></testsuite>', 1),
        ("reports/deep.json", '{"metrics":' + '{"a":' * 100_000, 1),
        ("reports/cut.json", '{"metrics": {\n"http_req_failed": {"val', 2),
        ("reports/whole.xml", '<testsuite><testcase name="x"/></testsuite>', None),
        ("reports/whole.json", '{"metrics": {}}', None),
        ("elsewhere/cut.xml", "<testsuite><testcase", None),
    ],
)
def test_evidence_that_cannot_be_read_is_told(
    name: str, text: str, line: int | None, tree: Tree, flake8: Flake8
) -> None:
    root = tree({"planalign.toml": PLAN, name: text, "reports/one.xml": "<testsuite/>", "reports/one.json": "{}"})
    found = [(item.code, item.line) for item in flake8("--select=PAL9", cwd=root) if item.path == name]
    assert found == ([("PAL902", line)] if line else [])
