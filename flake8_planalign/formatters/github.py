"""Workflow commands of GitHub Actions: one annotation for each finding, the worst first.

GitHub shows the first ten errors and the first ten warnings of a step, so the findings come by severity, each in a
group that the log can fold.
Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign import catalogue
from flake8_planalign.formatters.report import Item, Report
from flake8_planalign.rule import Severity

__all__ = ["render"]

_COMMANDS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
}


def render(report: Report) -> str:
    """Return the commands, nothing if there is nothing to say."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    for severity in Severity:
        items = [item for item in report.items if item.severity is severity]
        if items:
            yield f"::group::{severity} ({len(items)})"
            yield from map(_annotation, items)
            yield "::endgroup::"


def _annotation(item: Item) -> str:
    """Return one command; a column is only given where the region is on one line, as GitHub asks."""
    place = item.position
    rule = catalogue.find(item.code)
    properties: dict[str, object] = {"file": item.path, "line": place.line}
    if place.end_line > place.line:
        properties["endLine"] = place.end_line
    else:
        properties["col"] = place.column + 1
        if place.end_column > place.column:
            properties["endColumn"] = place.end_column
    properties["title"] = f"{item.code} {rule.name} ({item.severity})" if rule else f"{item.code} ({item.severity})"
    stated = ",".join(f"{name}={_escaped_property(str(value))}" for name, value in properties.items())
    text = (
        f"{item.message} [{rule.story}]" if rule and rule.story[-1:].isdigit() and "-" in rule.story else item.message
    )
    return f"::{_COMMANDS[item.severity]} {stated}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
