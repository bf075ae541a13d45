"""One self-contained page: the verdict, the 4+1 views with their stories, where the findings are, and each of them.

It needs no network and is read without scripts too; the script filters, and shows many findings in parts.
"""

from __future__ import annotations

import collections
import importlib.resources
from collections.abc import Iterator, Sequence
from html import escape

import msgspec

from flake8_planalign import __version__, catalogue
from flake8_planalign.formatters.report import Item, Report
from flake8_planalign.patterns import lazy
from flake8_planalign.rule import Severity
from flake8_planalign.stories import EPICS, STORIES

__all__ = ["Document", "StoryView", "page", "render"]

#: How many files the plot of findings shows.
BARS = 15
_CODE = lazy(r"`([^`]+)`")


class StoryView(msgspec.Struct, frozen=True):
    """A story as the page shows it; `checks` are (state, what holds, evidence)."""

    code: str
    title: str
    view: str
    state: str
    criterion: str
    checks: tuple[tuple[str, str, str], ...] = ()


class Document(msgspec.Struct, frozen=True):
    """What a page says."""

    title: str
    verdict: str
    reason: str
    stories: tuple[StoryView, ...]
    items: tuple[Item, ...]
    closing: str
    not_judged: tuple[str, ...] = ()


def render(report: Report) -> str:
    """Return the page of a flake8 run, which says what was found and, not being a review, not what passed."""
    counts = collections.Counter(_story_of(item) for item in report.items)
    views = tuple(
        StoryView(
            story.code,
            story.title,
            story.view,
            f"{counts[story.code]} found" if counts[story.code] else "no findings",
            story.criterion,
        )
        for story in STORIES.values()
    )
    severities = collections.Counter(item.severity for item in report.items)
    told = ", ".join(f"{severities[severity]} {severity}" for severity in Severity if severities[severity])
    files = f"{len(report.files)} files checked"
    return page(
        Document(
            f"flake8: {len(report.items)} findings",
            "",
            f"{told or 'nothing found'}; {files}",
            views,
            report.items,
            f"flake8 with planalign {__version__}",
        )
    )


def _story_of(item: Item) -> str:
    rule = catalogue.find(item.code)
    return rule.story if rule else ""


def page(document: Document) -> str:
    """Return the whole page."""
    resources = importlib.resources.files("flake8_planalign.formatters")
    style = resources.joinpath("page.css").read_text(encoding="utf-8")
    script = resources.joinpath("page.js").read_text(encoding="utf-8")
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(document.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>",
            '<a class="skip" href="#findings">Skip to the findings</a>',
            f"<header>\n<h1>{_heading(document)}</h1>\n<p>{escape(document.reason)}</p>\n</header>\n<main>",
            *_views(document),
            *_places(document.items),
            *_findings(document.items),
            *_reasons(document.items),
            *_not_judged(document.not_judged),
            f'</main>\n<footer class="quiet"><p>{escape(document.closing)}</p></footer>',
            f"<script>\n{script}</script>\n</body>\n</html>\n",
        )
    )


def _heading(document: Document) -> str:
    if not document.verdict:
        return escape(document.title)
    kind = document.verdict.partition(" ")[0]
    return f'{escape(document.title)}: <span class="{kind}">{escape(document.verdict)}</span>'


def _views(document: Document) -> Iterator[str]:
    yield '<section aria-labelledby="views">\n<h2 id="views">The views</h2>\n<div class="views">'
    for epic in EPICS:
        title = catalogue.VIEW_TITLES[epic.view]
        yield f'<section class="view" aria-labelledby="view-{epic.view}"><h3 id="view-{epic.view}">{title}</h3>'
        yield f'<p class="quiet">{escape(epic.mandate)}</p>\n<ul>'
        for story in document.stories:
            if story.view == epic.view:
                yield from _story(story)
        yield "</ul></section>"
    yield "</div>\n</section>"


def _story(story: StoryView) -> Iterator[str]:
    failed = "fail" if story.state.endswith("found") else ""
    kind = failed or story.state.partition(" ")[0].replace("no", "low")
    name = f'{escape(story.title)} <small class="quiet">{story.code}</small>'
    head = f'<span class="story"><span>{name}</span> <span class="badge {kind}">{escape(story.state)}</span></span>'
    yield f"<li><details><summary>{head}</summary>\n<p>{escape(story.criterion)}</p>"
    if story.checks:
        yield '<dl class="checks">'
        for state, holds, evidence in story.checks:
            mark = f'<span class="{state.partition(" ")[0]}">{state}</span>'
            yield f"<dt>{mark}: {_marked(holds)}</dt><dd>{escape(evidence)}</dd>"
        yield "</dl>"
    yield "</details></li>"


def _places(items: Sequence[Item]) -> Iterator[str]:
    counts = collections.Counter(item.path for item in items)
    if not counts:
        return
    yield '<section aria-labelledby="where">\n<h2 id="where">Where the findings are</h2>\n<table class="bars">'
    yield "<caption class=quiet>Findings by file</caption>"
    most = max(counts.values())
    for path, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:BARS]:
        bar = f'<span class="bar" style="width:{max(70 * count // most, 1)}%"></span>'
        name = escape(path).replace("/", "/<wbr>")  # a narrow screen breaks it where its folders end
        yield f'<tr><th scope="row"><code>{name}</code></th><td>{bar}{count}</td></tr>'
    yield "</table>"
    if len(counts) > BARS:
        yield f'<p class="quiet">and {len(counts) - BARS} more files</p>'
    yield "</section>"


def _findings(items: Sequence[Item]) -> Iterator[str]:
    yield '<section aria-labelledby="findings">\n<h2 id="findings" tabindex="-1">Findings</h2>'
    if not items:
        yield "<p>Nothing found.</p></section>"
        return
    boxes = "".join(
        f'<label><input type="checkbox" name="severity" value="{severity}" checked>{severity}</label>'
        for severity in Severity
    )
    titles = {epic.view: catalogue.VIEW_TITLES[epic.view] for epic in EPICS}
    titles |= {"tool": catalogue.VIEW_TITLES["tool"], "other": "Other plugins"}
    used = {_view_of(item) for item in items}
    options = "".join(f'<option value="{name}">{title}</option>' for name, title in titles.items() if name in used)
    yield f'<form id="filters" aria-label="Filters"><fieldset><legend>Severity</legend>{boxes}</fieldset>'
    yield f'<label class="stacked">View <select name="view"><option value="">all</option>{options}</select></label>'
    yield '<label class="stacked">Path, code or text <input name="path" type="search" autocomplete="off"></label>'
    yield '<button type="reset">Reset</button></form>'
    yield f'<p id="status" role="status">{len(items)} findings</p>\n<ol class="findings">'
    order = list(Severity)
    for item in sorted(items, key=lambda item: (order.index(item.severity), item.path, item.position, item.code)):
        yield from _finding(item)
    yield '</ol>\n<p id="rest" hidden><button type="button"></button> <button type="button"></button></p>\n</section>'


def _view_of(item: Item) -> str:
    return catalogue.view_of(item.code) if catalogue.find(item.code) else "other"


def _finding(item: Item) -> Iterator[str]:
    rule = catalogue.find(item.code)
    name = f"{item.code} {rule.name}" if rule else item.code
    place = f"{item.path}:{item.position.line}:{item.position.column + 1}"
    text = escape(f"{place} {name} {item.message}", quote=True)
    yield f'<li data-severity="{item.severity}" data-view="{_view_of(item)}" data-text="{text}">'
    sure = "" if item.confidence == "certain" else ', <span class="quiet">probable</span>'
    badge = f'<span class="badge {item.severity}">{item.severity}</span>{sure}'
    yield f"<h3>{badge} {escape(name)}</h3>\n<p><code>{escape(place)}</code></p>\n<p>{_marked(item.message)}</p>"
    if line := item.excerpt.strip():
        yield f'<pre tabindex="0" aria-label="Line {item.position.line}"><code>{escape(line)}</code></pre>'
    if item.related:
        steps = "".join(
            f"<li><code>{escape(step.path)}:{step.position.line}</code> {escape(step.text)}</li>"
            for step in item.related
        )
        yield f"<p>By way of</p><ol>{steps}</ol>"
    if rule:
        yield f'<p><a href="#why-{item.code}">Why {item.code} matters</a></p>'
    yield "</li>"


def _reasons(items: Sequence[Item]) -> Iterator[str]:
    """Yield why the rules are there, once for each that found something."""
    rules = [rule for code in sorted({item.code for item in items}) if (rule := catalogue.find(code))]
    if not rules:
        return
    yield '<section aria-labelledby="why">\n<h2 id="why">Why it matters</h2>'
    for rule in rules:
        yield f'<article id="why-{rule.code}" tabindex="-1"><h3>{rule.code} {rule.name} ({escape(rule.story)})</h3>'
        why = catalogue.page_of(rule).sections.get("Why", "")
        yield from (f"<p>{_marked(part)}</p>" for part in why.split("\n\n") if part.strip())
        yield "</article>"
    yield "</section>"


def _not_judged(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield '<section aria-labelledby="not-judged">\n<h2 id="not-judged">Not judged</h2>\n<ul>'
        yield from (f"<li><code>{escape(line)}</code></li>" for line in lines)
        yield "</ul></section>"


def _marked(text: str) -> str:
    """Return a text with its code spans as such."""
    return _CODE.sub(r"<code>\1</code>", escape(text))
