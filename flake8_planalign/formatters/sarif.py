"""SARIF 2.1.0, for code scanning and its viewers.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

import flake8

from flake8_planalign import __version__, catalogue
from flake8_planalign.formatters.report import Item, Report, repository_path
from flake8_planalign.formatters.whole import encoded
from flake8_planalign.patterns import lazy
from flake8_planalign.rule import Confidence, Position, Rule, Severity

__all__ = ["render"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
#: Rules about attacks, with GitHub's `security-severity` (the scale of CVSS).
_SECURITY: Mapping[str, str] = {"PAL317": "8.1", "PAL421": "7.5", "PAL423": "5.3"}
_ABSOLUTE = lazy(r"^(?:/|[A-Za-z]:/)")


def render(report: Report) -> str:
    """Return the log of one run."""
    codes = list(dict.fromkeys(sorted(item.code for item in report.items)))
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "flake8-planalign",
                        "semanticVersion": __version__,
                        "version": f"{__version__} with flake8 {flake8.__version__}",
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "automationDetails": {"id": "flake8-planalign/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
                "invocations": [{"executionSuccessful": not {"PAL900", "PAL901"} & set(codes)}],
                "artifacts": [{"location": _artifact(repository_path(path))} for path in report.files],
                "results": [_result(item, codes.index(item.code)) for item in report.items],
            }
        ],
    }
    return json.dumps(log, indent=1) + "\n"


def _rule(code: str) -> dict[str, object]:
    """Return what is known of a code, which may be another plugin's."""
    rule = catalogue.find(code)
    if rule is None:
        return {"id": code, "shortDescription": {"text": f"{code} of another flake8 plugin"}}
    page = catalogue.page_of(rule)
    described: dict[str, object] = {
        "id": code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": page.summary},
        "fullDescription": {"text": page.sections.get("Why", page.summary)},
        "help": {"text": page.text, "markdown": page.text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.on_by_default},
        "properties": _properties(rule),
    }
    if page.link:
        described["helpUri"] = page.link
    return described


def _properties(rule: Rule) -> dict[str, object]:
    properties: dict[str, object] = {
        "tags": [catalogue.view_of(rule.code), rule.story, *(["security"] if rule.code in _SECURITY else [])],
        "precision": "very-high" if rule.confidence is Confidence.CERTAIN else "medium",
        "problem.severity": {"error": "error", "warning": "warning", "note": "recommendation"}[_LEVELS[rule.severity]],
    }
    if rule.code in _SECURITY:
        properties["security-severity"] = _SECURITY[rule.code]
    return properties


def _result(item: Item, index: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": item.code,
        "ruleIndex": index,
        "level": _LEVELS[item.severity],
        "message": {"text": item.message},
        "locations": [{"physicalLocation": _place(item.path, item.position, item.excerpt)}],
        "partialFingerprints": {"planalign/v1": item.fingerprint},
        "properties": {"severity": item.severity, "confidence": item.confidence},
    }
    if item.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(step.path, step.position), "message": {"text": step.text}}
            for number, step in enumerate(item.related, 1)
        ]
    return result


def _artifact(path: str) -> dict[str, object]:
    """Return where a file is, by a URI: relative to the root of the repository if it is in it."""
    if _ABSOLUTE.match(path):
        return {"uri": f"file:///{quote(encoded(path.lstrip('/')), safe='/:')}"}
    return {"uri": quote(encoded(path), safe="/"), "uriBaseId": "SRCROOT"}


def _place(path: str, position: Position, excerpt: str = "") -> dict[str, object]:
    region: dict[str, object] = {"startLine": position.line, "startColumn": position.column + 1}
    if (position.end_line, position.end_column) > (position.line, position.column):
        region |= {"endLine": position.end_line, "endColumn": position.end_column + 1}
    place: dict[str, object] = {"artifactLocation": _artifact(path), "region": region}
    if excerpt.strip():
        line = position.line
        place["contextRegion"] = {"startLine": line, "endLine": line, "snippet": {"text": excerpt}}
    return place
