"""Write the rules' pages from their modules' docstrings: `docs/rules/PALnnn.md` and an index of them all.

python tools/write_rule_pages.py [--check]

With `--check` nothing is written: what is missing, superfluous or out of date is named, and the exit code is 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from flake8_planalign import catalogue
from flake8_planalign.rule import Rule

__all__ = ["main", "pages"]

FOLDER = Path(__file__).parent.parent / "docs" / "rules"


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and text of every page, the index first."""
    rules = list(catalogue.rules())
    yield "README.md", "\n".join(_index(rules)) + "\n"
    for rule in rules:
        head, _, rest = catalogue.page_of(rule).text.partition("\n")
        facts = f"`{rule.code}` · {rule.severity.value} · {rule.confidence.value} · {_default(rule)}since {rule.since}"
        yield f"{rule.code}.md", f"# {rule.name}\n\n{head}\n\n{facts}\n\n{rest.strip()}\n"


def _index(rules: list[Rule]) -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield f"{len(rules)} rules; `python tools/write_rule_pages.py` writes these pages from the modules' docstrings."
    view = ""
    for rule in rules:
        title = catalogue.VIEW_TITLES[catalogue.view_of(rule.code)]
        if title != view:
            view = title
            yield from ("", f"## {view}", "", "| code | name | severity | says |", "|---|---|---|---|")
        summary = catalogue.page_of(rule).summary.replace("|", r"\|")
        off = "" if rule.on_by_default else " (off by default)"
        yield f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.severity.value}{off} | {summary} |"


def _default(rule: Rule) -> str:
    return "" if rule.on_by_default else "off by default · "


def main(arguments: list[str]) -> int:
    """Write the pages, or say how they differ."""
    wanted = dict(pages())
    known = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.md")} if FOLDER.is_dir() else {}
    stale = sorted(name for name in wanted.keys() | known.keys() if wanted.get(name) != known.get(name))
    if arguments == ["--check"]:
        for name in stale:
            print(f"docs/rules/{name} is not what the rules say; run python tools/write_rule_pages.py")
        return int(bool(stale))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    print(f"{len(wanted)} pages, {len(stale)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
