"""Write what the code says itself: a page for each rule and for each view below `docs`, the index of each view's rules.

python tools/write_rule_pages.py [--check]

A rule's page is its module's docstring; a view's page is its review checklist, from the stories and the rules that
decide them. With `--check` nothing is written: what is missing, superfluous or out of date is named, and the exit code
is 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from flake8_planalign import catalogue, engine
from flake8_planalign.review import checklist, evidence
from flake8_planalign.rule import Rule, Severity
from flake8_planalign.stories import EPICS, STORIES, Epic, Story

__all__ = ["FOLDERS", "indexes", "main", "pages"]

DOCS = Path(__file__).parent.parent / "docs"
FOLDERS = ("rules", "views")
ASKS = {
    Severity.CRITICAL: "blocks",
    Severity.HIGH: "blocks",
    Severity.MEDIUM: "asks for changes",
    Severity.LOW: "suggestion",
}
#: What a person has to ask, because the tree does not show it; by view.
BY_HAND = {
    "process": (
        "How long does the slowest call take under load, and is the timeout below what the caller waits?",
        "Does the pool's size times the number of workers stay below what the database and Redis admit?",
        "Is the expiry time of a cached prediction shorter than the time for which it is true?",
        "Is the number of threads of the executor enough for what is offloaded at the same time?",
    ),
    "logical": (
        "Is the table large, or will it be, so that an index pays for what it costs on each write?",
        "Does the planner use the index with the real distribution of values (`EXPLAIN (ANALYZE, BUFFERS)`)?",
        "Is the event time the time at which the fact became known, and not the time of the load?",
        "Who still reads the old column, and can both versions of the service run during the migration?",
    ),
    "development": (
        "Was the model that is deployed trained on the data and by the code that the release names?",
        "Does the scoring side send its columns with the names, types and levels of the training?",
        "Is the licence of what exports or scores the model the one that production needs?",
        "Is what both layers share really common, or does it drag one layer into the other?",
    ),
    "physical": (
        "Was the heap chosen from a measurement of the live set after a full collection?",
        "Does the host have the memory for the sum of all limits?",
        "Is the volume backed up, and has a restore been tried?",
        "Which firewall or policy stands in front of what is published on purpose?",
    ),
    "scenario": (
        "Is the drift that the test makes of the size that production has seen?",
        "Is the load of the swap test at least the peak of production?",
        "Who is told when a retrained model is worse than the one that serves, and what happens then?",
        "How does one go back to the previous model, and has that been tried?",
    ),
}
MORE = {
    "process": "[Blocking calls and the event loop](../reference/async_concurrency.md)",
    "logical": "[Indexes for JSONB](../reference/jsonb_indexing.md)",
    "development": "[MOJO, POJO and binary models](../reference/mojo_vs_pojo.md)",
    "physical": "[The memory of a JVM in a container](../reference/jvm_memory.md)",
}


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path below `docs` and the text of every page."""
    rules = list(catalogue.rules())
    yield "rules/README.md", "\n".join(_index(rules)) + "\n"
    for rule in rules:
        head, _, rest = catalogue.page_of(rule).text.partition("\n")
        facts = f"`{rule.code}` · {rule.severity.value} · {rule.confidence.value} · {_default(rule)}since {rule.since}"
        yield f"rules/{rule.code}.md", f"# {rule.name}\n\n{head}\n\n{facts}\n\n{rest.strip()}\n"
    for epic in EPICS:
        yield f"views/{epic.view}_view_review.md", "\n".join(_checklist(epic, rules)) + "\n"


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


def _checklist(epic: Epic, rules: list[Rule]) -> Iterator[str]:
    title = catalogue.VIEW_TITLES[epic.view]
    digit = list(catalogue.VIEW_TITLES).index(epic.view) + 1
    yield f"# {title}: review checklist"
    yield from ("", f"{epic.mandate}", "")
    yield f"Epic {epic.code} · size {epic.size} · risk {epic.risk} · depends on {epic.depends_on}"
    yield from ("", "`planalign review` fills in this list with evidence; the findings alone come from:", "")
    yield from ("```sh", f"planalign check --select=PAL{digit}", "```")
    for story in STORIES.values():
        if story.view == epic.view:
            yield from ("", f"## {story.code} {story.title}", "", *_story(story, rules))
    yield from ("", "## What the tree does not show", "", "A person has to ask:", "")
    yield from (f"- [ ] {question}" for question in BY_HAND[epic.view])
    if epic.view in MORE:
        yield from ("", f"Background: {MORE[epic.view]}.")


def _story(story: Story, rules: list[Rule]) -> Iterator[str]:
    origin = "Acceptance criterion" if story.planned else "Criterion (added by this tool)"
    yield from (f"{origin}: {story.criterion}", "")
    for rule in rules:
        if rule.story == story.code:
            check = checklist.check_of(rule.code, catalogue.page_of(rule).summary)
            off = ", off by default" if not rule.on_by_default else ""
            yield (
                f"- [ ] {check.holds}. [{rule.code}](../rules/{rule.code}.md), {rule.severity.value}"
                f" ({ASKS[rule.severity]}){off}; judged where there are {_judged_where(check)}."
            )


def _judged_where(check: evidence.Check) -> str:
    """Return what a rule applies to, and what else it needs, as a list of nouns."""
    needs = f" and {evidence.many(check.needs.noun)}" if check.needs else ""
    return evidence.many(check.applies.noun) + needs


def indexes() -> Iterator[tuple[Path, str]]:
    """Yield the file and the text of the index of each view's rules."""
    for view in engine.VIEWS:
        text = msgspec.json.format(msgspec.json.encode(engine.index_of(view)), indent=1).decode()
        yield Path(engine.__file__).parent / view / "rules" / engine.INDEX, f"{text}\n"


def main(arguments: list[str]) -> int:
    """Write the files, or say how they differ."""
    wanted = {DOCS / name: text for name, text in pages()} | dict(indexes())
    known = {file for folder in FOLDERS for file in (DOCS / folder).glob("*.md")}
    known |= {file for file in wanted if file.exists()}
    stale = sorted(file for file in wanted.keys() | known if file not in known or wanted.get(file) != _text(file))
    if arguments == ["--check"]:
        for file in stale:
            print(f"{file} is not what the code says; run python tools/write_rule_pages.py")
        return int(bool(stale))
    for file in stale:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file in wanted:
            file.write_text(wanted[file], encoding="utf-8")
        else:
            file.unlink()
    print(f"{len(wanted)} files, {len(stale)} changed")
    return 0


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
