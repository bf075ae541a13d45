"""The rules as people read about them: found by code, with the page that each one's module is."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator, Mapping

import msgspec

from flake8_planalign import engine
from flake8_planalign.patterns import lazy
from flake8_planalign.rule import Rule

__all__ = ["VIEW_TITLES", "Page", "find", "page_of", "rules", "view_of"]

#: The 4+1 views in the order of their codes, and the tool itself.
VIEW_TITLES: Mapping[str, str] = {
    "process": "Process view",
    "logical": "Logical view",
    "development": "Development view",
    "physical": "Physical view",
    "scenario": "Scenario view",
    "tool": "The tool itself",
}
_HEADING = lazy(r"^## (Why|Bad|Good|Options|Limits|References)\n", re.MULTILINE)
_LINK = lazy(r"\]\((https?://[^)\s]+)\)")


class Page(msgspec.Struct, frozen=True):
    """A rule's page: its first line, its sections by heading, and all of it as Markdown."""

    summary: str
    sections: Mapping[str, str]
    text: str

    @property
    def link(self) -> str | None:
        """Return the first link of the references."""
        found = _LINK.search(self.sections.get("References", ""))
        return found[1] if found else None


def rules() -> Iterator[Rule]:
    """Yield every rule that there is, in the order of the codes."""
    for name in VIEW_TITLES:
        if engine.view(name) is not None:
            yield from engine.rules_of(name)


@functools.cache
def _by_code() -> Mapping[str, Rule]:
    return {rule.code: rule for rule in rules()}


def find(code: str) -> Rule | None:
    """Return the rule of a code, None if there is none."""
    return _by_code().get(code)


def view_of(code: str) -> str:
    """Return the name of the view that a code of ours belongs to."""
    names = list(VIEW_TITLES)
    digit = int(code[3])
    return names[digit - 1] if digit < len(names) else "tool"


@functools.cache
def _page(code: str) -> Page:
    rule = _by_code()[code]
    check = next(check for checks in rule.checks.values() for check in checks)
    text = (sys.modules[check.__module__].__doc__ or "").strip()
    parts = _HEADING.split(text)
    sections = {heading: body.strip() for heading, body in zip(parts[1::2], parts[2::2], strict=True)}
    return Page(text.partition("\n")[0], sections, text)


def page_of(rule: Rule) -> Page:
    """Return a rule's page."""
    return _page(rule.code)
