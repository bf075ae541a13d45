"""A review as text, as Markdown for a comment on a pull request, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from flake8_planalign import __version__, catalogue
from flake8_planalign.formatters.report import Item
from flake8_planalign.review.evidence import counted
from flake8_planalign.review.judgement import Review, Row, State, Verdict, verdict_of, weight
from flake8_planalign.stories import EPICS, STORIES, Story

__all__ = ["as_html", "as_json", "as_markdown", "as_text", "by_story", "reason", "state_of"]

_MARKS: Final = {State.PASS: "ok", State.FAIL: "FAIL", State.NOT_APPLICABLE: "n/a", State.CANNOT_TELL: "?"}
_SIGNS: Final = {State.PASS: "✅", State.FAIL: "❌", State.NOT_APPLICABLE: "⚪", State.CANNOT_TELL: "❔"}
_ASKS: Final = {
    Verdict.BLOCK: "blocks",
    Verdict.REQUEST_CHANGES: "asks for a change",
    Verdict.APPROVE: "is a suggestion",
}
#: GitHub cuts a comment at 65,536 characters.
_COMMENT_LIMIT: Final = 60_000

#: How many files that could not be read are named.
_UNREAD_SHOWN: Final = 20
#: So many fixes are seen at once in a comment.
_FIXES_SHOWN: Final = 20

#: path -> what was looked at -> what was seen there
LookedAt = Mapping[str, Mapping[str, str]]


def by_story(review: Review) -> Iterator[tuple[Story, list[Row]]]:
    """Yield each story with its rows, in the order of the plan; a story without rules yet has none."""
    for epic in EPICS:
        for story in STORIES.values():
            if story.view == epic.view:
                yield story, [row for row in review.rows if row.rule.story == story.code]


def state_of(rows: Sequence[Row]) -> State:
    """Return the state of a story: failed if a bullet failed, passed if one passed and none is open."""
    states = {row.state for row in rows}
    for state in (State.FAIL, State.CANNOT_TELL, State.PASS):
        if state in states:
            return state
    return State.NOT_APPLICABLE if rows else State.CANNOT_TELL


def reason(review: Review) -> str:
    """Return a sentence on why the verdict is what it is."""
    counts = dict.fromkeys(Verdict, 0)
    for item, _ in review.fixes:
        counts[weight(item, review.block_on)] += 1
    untold = sum(row.state is State.CANNOT_TELL for row in review.rows)
    names = {Verdict.BLOCK: "blocking", Verdict.REQUEST_CHANGES: "to be changed", Verdict.APPROVE: "suggested"}
    parts = [f"the plan cannot be used ({review.unusable})" if review.unusable else ""]
    parts += [f"{counts[verdict]} {names[verdict]}" for verdict in reversed(Verdict) if counts[verdict]]
    unread = counted(len({file.path for file in review.unread}), "file(s)")
    parts += [f"{untold} that cannot be told, because {unread} could not be read" if untold else ""]
    passed = sum(row.state is State.PASS for row in review.rows)
    idle = sum(row.state is State.NOT_APPLICABLE for row in review.rows)
    nothing = f"nothing to judge{' among the changes' if review.base else ''}" if not passed else "nothing to mend"
    said = ", ".join(part for part in parts if part) or nothing
    rest = f", {idle} not applicable" if idle else ""
    return f"{said}; {passed} of {len(review.rows)} checks passed with evidence{rest}"


def _sign_off(review: Review, commit: str, summary: str) -> str:
    of = f" of {commit}" if commit else ""
    since = f" since {review.base}" if review.base else ""
    return f"Reviewed by planalign {__version__}{of}{since}: {verdict_of(review)}. {summary[:1].upper()}{summary[1:]}."


def _not_judged(review: Review) -> Iterator[str]:
    """Yield a line for each file that could not be read, the first ones of many."""
    for file in review.unread[:_UNREAD_SHOWN]:
        yield f"{file.path}:{file.line} {file.why}"
    if len(review.unread) > _UNREAD_SHOWN:
        yield f"and {len(review.unread) - _UNREAD_SHOWN} more"


def _line(item: Item, review: Review) -> str:
    sure = "" if item.confidence == "certain" else ", probable"
    asks = _ASKS[weight(item, review.block_on)]
    return f"{item.path}:{item.position.line}:{item.position.column + 1} {item.code} [{item.severity}{sure}; {asks}]"


def as_text(review: Review, looked_at: LookedAt, commit: str, summary: str) -> str:
    """Return the review for a terminal."""
    return "\n".join(map(_one_line, _text(review, looked_at, commit, summary))) + "\n"


def _one_line(text: str) -> str:
    """Return a line in which what a file's name has of control characters is escaped: none begins another line."""
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    return repr(character)[1:-1] if ord(character) < 32 or ord(character) == 127 else character


def _text(review: Review, looked_at: LookedAt, commit: str, summary: str) -> Iterator[str]:
    yield f"{verdict_of(review)}: {reason(review)}"
    view = ""
    for story, rows in by_story(review):
        if story.view != view:
            view = story.view
            yield from ("", catalogue.VIEW_TITLES[view].upper())
        yield from ("", f"{story.code} {story.title}: {state_of(rows)}", f"  {story.criterion}")
        for row in rows:
            if row.state is State.NOT_APPLICABLE and not row.waived:
                yield f"  {_MARKS[row.state]:>4}  {row.rule.code} {row.holds} ({row.evidence})"
                continue
            yield f"  {_MARKS[row.state]:>4}  {row.rule.code} {row.holds}"
            yield f"              {row.evidence}"
            if row.waived:
                places = ", ".join(f"{item.path}:{item.position.line}" for item in row.waived[:3])
                yield f"              waived: {len(row.waived)} ({places})"
    if review.findings:
        yield from ("", "FIXES, IN THIS ORDER")
        for number, (item, more) in enumerate(review.fixes, 1):
            yield from ("", f"{number}. {_line(item, review)}", f"   {item.message}{_and_more(more)}")
    if review.unread:
        yield from ("", "NOT JUDGED", *(f"  {line}" for line in _not_judged(review)))
    if looked_at:
        yield from ("", "FILES")
        for path, seen in looked_at.items():
            if seen:
                yield path
                yield from (f"  {name}: {text}" for name, text in seen.items())
        yield from _nothing_in(looked_at)
    yield from ("", _sign_off(review, commit, summary))


def as_markdown(review: Review, looked_at: LookedAt, commit: str, summary: str) -> str:
    """Return the review as a comment for a pull request, not longer than GitHub takes."""
    text = "\n".join(_markdown(review, looked_at, commit, summary)) + "\n"
    if len(text) <= _COMMENT_LIMIT:
        return text
    kept = text[:_COMMENT_LIMIT].rpartition("\n")[0]
    closing = "\n</details>" * (kept.count("<details>") - kept.count("</details>"))
    return f"{kept}\n{closing}\n\nThe rest does not fit; `planalign review` prints all.\n"


def _markdown(review: Review, looked_at: LookedAt, commit: str, summary: str) -> Iterator[str]:
    verdict = verdict_of(review)
    sign = {Verdict.BLOCK: "⛔", Verdict.REQUEST_CHANGES: "🔶", Verdict.APPROVE: "✅"}[verdict]
    yield from (f"## {sign} Plan alignment: {verdict}", "", f"{reason(review)}.", "")
    yield from _to_be_mended(review)
    for epic in EPICS:
        stories = [(story, rows) for story, rows in by_story(review) if story.view == epic.view]
        states = " ".join(_SIGNS[state_of(rows)] for _, rows in stories)
        title = catalogue.VIEW_TITLES[epic.view]
        yield from (f"<details><summary><b>{title}</b> {states}</summary>", "")
        for story, rows in stories:
            yield from (f"#### {_SIGNS[state_of(rows)]} {story.code} {story.title}", "", story.criterion, "")
            yield from _checks(rows)
            yield ""
        yield from ("</details>", "")
    if review.unread:
        count = len({file.path for file in review.unread})
        yield from (f"<details><summary><b>Not judged</b>: {counted(count, 'file(s)')}</summary>", "")
        yield from (f"- {_safe(line)}" for line in _not_judged(review))
        yield from ("", "</details>", "")
    if looked_at:
        yield from ("<details><summary><b>Files</b></summary>", "")
        for path, seen in looked_at.items():
            if seen:
                yield f"- `{path}`: " + "; ".join(f"{name}: {_safe(text)}" for name, text in seen.items())
        yield from ("", *_nothing_in(looked_at))
        yield from ("", "</details>", "")
    yield f"_{_sign_off(review, commit, summary)}_"


def _to_be_mended(review: Review) -> Iterator[str]:
    """Yield the fixes as a numbered list, of which many are folded away so that a comment stays short."""
    if not review.fixes:
        return
    yield from ("### To be mended, in this order", "")
    for number, (item, more) in enumerate(review.fixes, 1):
        if number == _FIXES_SHOWN + 1:
            yield from ("", f"<details><summary>{len(review.fixes) - _FIXES_SHOWN} more</summary>", "")
        place = f"`{item.path}:{item.position.line}`"
        asks = _ASKS[weight(item, review.block_on)]
        yield f"{number}. **{item.code}** ({item.severity}, {asks}) {place}: {_safe(item.message)}{_and_more(more)}"
    yield from (("", "</details>", "") if len(review.fixes) > _FIXES_SHOWN else ("",))


def _nothing_in(looked_at: LookedAt) -> Iterator[str]:
    """Yield a line on the files in which there was nothing that the views look at."""
    idle = [path for path, seen in looked_at.items() if not seen]
    if idle:
        yield f"Nothing to look at in {', '.join(idle)}"


def _and_more(more: int) -> str:
    """Return a remark on further findings of the same rule at the same place."""
    return f" (and {more} more here)" if more else ""


def _checks(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a table of the bullets that were judged, and a line each of those that are open or for which is nothing."""
    brief = [
        row
        for row in rows
        if row.state in (State.NOT_APPLICABLE, State.CANNOT_TELL) and not (row.waived or row.findings)
    ]
    judged = [row for row in rows if row not in brief]
    if judged:
        yield from ("| | check | evidence |", "|---|---|---|")
    for row in judged:
        waived = f" ({len(row.waived)} waived)" if row.waived else ""
        checked = f"{row.rule.code} {_cell(row.holds)}{waived}"
        yield f"| {_SIGNS[row.state]} {row.state} | {checked} | {_cell(row.evidence)} |"
    for state in (State.CANNOT_TELL, State.NOT_APPLICABLE):
        reasons: dict[str, list[str]] = {}
        for row in brief:
            if row.state is state:
                reasons.setdefault(row.evidence, []).append(row.rule.code)
        if reasons:
            told = "; ".join(f"{', '.join(codes)} ({_safe(why)})" for why, codes in reasons.items())
            yield from ("", f"{_SIGNS[state]} {state.capitalize()}: {told}")


def _safe(text: str) -> str:
    """Return a text that Markdown shows as it is, with its code spans."""
    return text.replace("<", "&lt;").replace("\n", " ")


def _cell(text: str) -> str:
    return _safe(text).replace("|", "\\|")


def as_html(review: Review, looked_at: LookedAt, commit: str, summary: str) -> str:
    """Return the review as one self-contained page."""
    from flake8_planalign.formatters import html

    del looked_at
    views = tuple(
        html.StoryView(
            story.code,
            story.title,
            story.view,
            state_of(rows),
            story.criterion,
            tuple((str(row.state), f"{row.rule.code} {row.holds}", row.evidence) for row in rows),
        )
        for story, rows in by_story(review)
    )
    closing = _sign_off(review, commit, summary)
    return html.page(
        html.Document(
            "Plan alignment",
            verdict_of(review),
            reason(review),
            views,
            tuple(review.findings),
            closing,
            tuple(_not_judged(review)),
        )
    )


def as_json(review: Review, looked_at: LookedAt, commit: str, summary: str) -> str:
    """Return everything, for other programs."""
    stories = [
        {
            "story": story.code,
            "view": story.view,
            "title": story.title,
            "criterion": story.criterion,
            "state": state_of(rows),
            "checks": [_row(row) for row in rows],
        }
        for story, rows in by_story(review)
    ]
    document = {
        "verdict": verdict_of(review),
        "reason": reason(review),
        "base": review.base or None,
        "commit": commit or None,
        "stories": stories,
        "fixes": [_item(item, review) for item in review.findings],
        "files": {"judged": len(review.files), "looked_at": looked_at},
        "not_judged": [{"path": file.path, "line": file.line, "why": file.why} for file in review.unread],
        "summary": summary,
    }
    return json.dumps(document, indent=1) + "\n"


def _row(row: Row) -> dict[str, object]:
    return {
        "code": row.rule.code,
        "holds": row.holds,
        "severity": row.rule.severity,
        "state": row.state,
        "evidence": row.evidence,
        "findings": len(row.findings),
        "waived": [f"{item.path}:{item.position.line}" for item in row.waived],
    }


def _item(item: Item, review: Review) -> dict[str, object]:
    return {
        "code": item.code,
        "path": item.path,
        "line": item.position.line,
        "column": item.position.column + 1,
        "severity": item.severity,
        "confidence": item.confidence,
        "asks": weight(item, review.block_on),
        "message": item.message,
        "fingerprint": item.fingerprint,
    }
