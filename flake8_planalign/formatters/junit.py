"""JUnit XML as Jenkins and GitLab read it: a suite for each file, in which each finding is a failed case.

A file without findings is a case that passed, so that a report says what was checked.
Source: the schema `junit-10.xsd` of Jenkins' xUnit plugin.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from flake8_planalign import catalogue
from flake8_planalign.formatters.report import Item, Report, repository_path
from flake8_planalign.patterns import lazy

__all__ = ["render"]

#: What XML 1.0 has no place for.
_NO_TEXT = lazy("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """Return the document."""
    by_path: dict[str, list[Item]] = {repository_path(path): [] for path in report.files}
    for item in report.items:
        by_path.setdefault(item.path, []).append(item)
    cases = sum(len(items) or 1 for items in by_path.values())
    failed = len(report.items)
    root = ET.Element("testsuites", {"name": "flake8", "tests": str(cases), "failures": str(failed), "errors": "0"})
    for path, items in sorted(by_path.items()):
        root.append(_suite(path, items))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(path: str, items: Sequence[Item]) -> ET.Element:
    numbers = {"tests": str(len(items) or 1), "failures": str(len(items)), "errors": "0", "skipped": "0"}
    suite = ET.Element("testsuite", {"name": _text(path), **numbers})
    if not items:
        ET.SubElement(suite, "testcase", {"name": "flake8", "classname": _text(path)})
    for item in items:
        rule = catalogue.find(item.code)
        place = f"{item.path}:{item.position.line}:{item.position.column + 1}"
        name = f"{item.code} {rule.name}" if rule else item.code
        case = ET.SubElement(suite, "testcase", {"name": _text(f"{name} at {place}"), "classname": _text(path)})
        failure = ET.SubElement(case, "failure", {"type": item.severity, "message": _text(item.message)})
        failure.text = _text(f"{place}: {item.code} {item.message}\n{item.excerpt}")
    return suite


def _text(text: str) -> str:
    return _NO_TEXT.sub("\ufffd", text)
