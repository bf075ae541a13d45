"""`planalign explain CODE` and `planalign rules`: what the rules say about themselves."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Sequence

from flake8_planalign import catalogue
from flake8_planalign.rule import Rule

__all__ = ["explain", "rules"]


def explain(arguments: Sequence[str]) -> int:
    """Print the pages of rules, named by code, by name, or by the beginning of a code; return 2 if one is unknown."""
    parser = argparse.ArgumentParser("planalign explain", description="Print the page of a rule.")
    parser.add_argument(
        "code", nargs="+", help="a code (PAL111), the beginning of one (PAL11) or a name (blocking-sleep)"
    )
    known = list(catalogue.rules())
    unknown = False
    pages: list[str] = []
    for wanted in parser.parse_args(arguments).code:
        matching = [rule for rule in known if rule.code.startswith(wanted.upper()) or rule.name == wanted.lower()]
        pages += [_page(rule) for rule in matching]
        if not matching:
            unknown = True
            names = [*(rule.code for rule in known), *(rule.name for rule in known)]
            close = [
                name for word in (wanted.upper(), wanted.lower()) for name in difflib.get_close_matches(word, names)
            ]
            hint = f"; did you mean {' or '.join(close[:3])}?" if close else "; `planalign rules` lists them"
            print(f"planalign explain: there is no rule {wanted}{hint}", file=sys.stderr)
    print("\n\n".join(pages))
    return 2 if unknown else 0


def _page(rule: Rule) -> str:
    view = catalogue.VIEW_TITLES[catalogue.view_of(rule.code)]
    default = "" if rule.on_by_default else f", off until selected by `{rule.code}` or `{rule.code[:5]}`"
    head = f"# {rule.code} {rule.name}"
    facts = f"{view}, story {rule.story}; {rule.severity}, {rule.confidence}{default}; since {rule.since}"
    return f"{head}\n\n{facts}\n\n{catalogue.page_of(rule).text}"


def rules(arguments: Sequence[str]) -> int:
    """Print every rule, as a table or as JSON."""
    parser = argparse.ArgumentParser("planalign rules", description="List the rules.")
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    chosen = parser.parse_args(arguments).format
    known = list(catalogue.rules())
    if chosen == "json":
        print(json.dumps([_described(rule) for rule in known], indent=1))
    elif chosen == "markdown":
        print("\n".join(_table(known)))
    else:
        for rule in known:
            off = "" if rule.on_by_default else " (off)"
            print(f"{rule.code} {rule.name:32} {rule.severity:9}{rule.story:16}{catalogue.page_of(rule).summary}{off}")
    return 0


def _described(rule: Rule) -> dict[str, object]:
    page = catalogue.page_of(rule)
    return {
        "code": rule.code,
        "name": rule.name,
        "view": catalogue.view_of(rule.code),
        "story": rule.story,
        "severity": rule.severity,
        "confidence": rule.confidence,
        "on_by_default": rule.on_by_default,
        "since": rule.since,
        "message": rule.message,
        "summary": page.summary,
        "page": page.text,
    }


def _table(known: Sequence[Rule]) -> Iterator[str]:
    yield "| code | name | summary | severity | story |"
    yield "|---|---|---|---|---|"
    for rule in known:
        off = "" if rule.on_by_default else ", off"
        summary = catalogue.page_of(rule).summary.replace("|", "\\|")
        yield f"| {rule.code} | {rule.name} | {summary} | {rule.severity}{off} | {rule.story} |"
