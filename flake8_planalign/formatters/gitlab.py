"""GitLab's Code Quality report: a subset of Code Climate's issues.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json

from flake8_planalign import catalogue
from flake8_planalign.formatters.report import Item, Report
from flake8_planalign.rule import Severity

__all__ = ["render"]

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
}


def render(report: Report) -> str:
    """Return the JSON array of issues."""
    return json.dumps([_issue(item) for item in report.items], indent=1) + "\n"


def _issue(item: Item) -> dict[str, object]:
    rule = catalogue.find(item.code)
    place = item.position
    issue: dict[str, object] = {
        "type": "issue",
        "check_name": f"{item.code} {rule.name}" if rule else item.code,
        "description": f"{item.code} {item.message}",
        "fingerprint": item.fingerprint,
        "severity": _SEVERITIES[item.severity],
        "location": {"path": item.path, "lines": {"begin": place.line, "end": place.end_line}},
    }
    if rule:
        issue["content"] = {"body": catalogue.page_of(rule).sections["Why"]}
    return issue
