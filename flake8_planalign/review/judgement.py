"""From findings and what was seen to rows, and from rows to a verdict."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from flake8_planalign import catalogue
from flake8_planalign.formatters.report import Item
from flake8_planalign.kinds import FileKind
from flake8_planalign.review import bearing, checklist, evidence
from flake8_planalign.rule import Confidence, Position, Rule, Severity

__all__ = ["Review", "Row", "State", "Unread", "Verdict", "judged", "verdict_of", "weight"]

#: Codes whose probable findings block as well: the rows of the plan's decision matrix.
_CERTAIN_ENOUGH = frozenset({"PAL111", "PAL112", "PAL115", "PAL121", "PAL122"})


class State(enum.StrEnum):
    """What is known of a bullet."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    CANNOT_TELL = "cannot tell"


class Verdict(enum.StrEnum):
    """What the review asks for."""

    APPROVE = "APPROVE"
    REQUEST_CHANGES = "REQUEST CHANGES"
    BLOCK = "BLOCK"


class Unread(msgspec.Struct, frozen=True):
    """A file that was not judged, and why; `path` is relative to the repository, `name` is as the run names it."""

    path: str
    name: str
    line: int
    why: str
    kind: FileKind


class Row(msgspec.Struct, frozen=True):
    """A bullet of the checklist: the rule that decides it, what is known, and the evidence for that."""

    rule: Rule
    holds: str
    state: State
    evidence: str
    findings: tuple[Item, ...] = ()
    waived: tuple[Item, ...] = ()


class Review(msgspec.Struct, frozen=True):
    """A whole review; `files` are those that were judged, `base` is the revision that it is limited by, or empty."""

    rows: tuple[Row, ...]
    files: Mapping[str, FileKind]
    unread: tuple[Unread, ...]
    base: str
    changed: tuple[str, ...]
    block_on: frozenset[str]
    #: Why the tool could not do its work as the plan stands, empty if it could.
    unusable: str = ""

    @property
    def findings(self) -> list[Item]:
        """Return what is to be mended: first what blocks, then by severity and place."""
        heaviest, worst = list(reversed(Verdict)), list(Severity)
        return sorted(
            (item for row in self.rows for item in row.findings),
            key=lambda item: (
                heaviest.index(weight(item, self.block_on)),
                worst.index(item.severity),
                item.path,
                item.position,
                item.code,
            ),
        )

    @property
    def fixes(self) -> list[tuple[Item, int]]:
        """Return the findings as a person mends them: the first of each code at a place, and how many more it has."""
        found: dict[tuple[str, str, Position], list[Item]] = {}
        for item in self.findings:
            found.setdefault((item.path, item.code, item.position), []).append(item)
        return [(items[0], len(items) - 1) for items in found.values()]


def judged(
    items: Sequence[Item],
    waived: Sequence[Item],
    tree: evidence.Tree,
    unread: Iterable[Unread],
    paths: frozenset[str] | None,
    before: Sequence[Item] = (),
) -> tuple[Row, ...]:
    """Return a row for each rule that decides a bullet of the plan.

    `paths` are the files that the review is limited to, None for all; `before` are the findings that the revision has
    already with which these are compared, which nobody is asked to mend and which do not pass either.
    """
    unread, old = list(unread), _by_code(before)
    found = _by_code(items)
    waived_by_code = _by_code(waived)
    rows: list[Row] = []
    for rule in catalogue.rules():
        if catalogue.view_of(rule.code) == "tool":
            continue
        check = checklist.check_of(rule.code, catalogue.page_of(rule).summary)
        mine, let_pass = found.get(rule.code, ()), waived_by_code.get(rule.code, ())
        state, shown = _state(rule.code, check, tree, unread, paths, mine)
        if state is State.PASS and rule.code in old:
            state, shown = State.NOT_APPLICABLE, f"nothing new; there before: {_some(_places(old[rule.code]))}"
        rows.append(Row(rule, check.holds, state, shown, tuple(mine), tuple(let_pass)))
    return tuple(rows)


def _by_code(items: Iterable[Item]) -> dict[str, list[Item]]:
    table: dict[str, list[Item]] = {}
    for item in items:
        table.setdefault(item.code, []).append(item)
    return table


def _state(
    code: str,
    check: evidence.Check,
    tree: evidence.Tree,
    unread: Sequence[Unread],
    paths: frozenset[str] | None,
    mine: Sequence[Item],
) -> tuple[State, str]:
    if mine:
        return State.FAIL, _some(_places(mine))
    sight = tree.look(check.applies, paths)
    in_the_way = [file for file in unread if _is_in_the_way(file, code, check, tree, paths, seen=bool(sight.places))]
    if in_the_way:
        places = _some([f"{file.path}:{file.line}" for file in in_the_way])
        return State.CANNOT_TELL, f"{evidence.counted(len(in_the_way), 'file(s)')} could not be read: {places}"
    if not sight.places:
        where = "among the changes" if paths is not None else "seen"
        only_in_tests = not check.applies.in_tests and tree.look(replace(check.applies, in_tests=True), paths).places
        aside = " outside of tests" if only_in_tests else ""
        return State.NOT_APPLICABLE, f"no {evidence.many(check.applies.noun)} {where}{aside}"
    if check.needs and not tree.look(check.needs).places:
        return State.NOT_APPLICABLE, f"no {evidence.many(check.needs.noun)} seen"
    if check.needs and check.each and (without := tree.lacking(check.applies, check.needs, paths)):
        return State.NOT_APPLICABLE, f"no {evidence.many(check.needs.noun)} seen in {_some(without)}"
    if check.needs and check.beside and not tree.beside(check.needs, check.applies, paths).places:
        return State.NOT_APPLICABLE, f"no {evidence.many(check.needs.noun)} beside {evidence.many(check.applies.noun)}"
    unknown = tree.beside(check.unless, check.applies, paths) if check.unless else None
    if unknown and unknown.places:
        return State.NOT_APPLICABLE, f"{unknown}, which the rule does not judge"
    shown = None
    if check.shows and check.beside:
        shown = tree.beside(check.shows, check.applies, paths)
    elif check.shows:
        shown = tree.look(check.shows, paths)
        shown = shown if shown.places else tree.look(check.shows)
    apart = tree.look(check.apart, paths) if check.apart else None
    let_pass = f"; apart from {apart}" if apart and apart.places else ""
    return State.PASS, f"{sight}" + (f"; {shown}" if shown and shown.places else "") + let_pass


def _is_in_the_way(
    file: Unread,
    code: str,
    check: evidence.Check,
    tree: evidence.Tree,
    paths: frozenset[str] | None,
    *,
    seen: bool,
) -> bool:
    """Tell whether a row depends on a file that could not be read.

    It does where the text of the file shows that there may be something in it to judge, and where there is something
    elsewhere in which it may have a part: a module of a layer, a file with the words of what breaks the bullet.
    """
    if file.kind not in check.applies.kinds:
        return False
    is_looked_at = (paths is None or file.name in paths) and not check.applies.by_place
    if is_looked_at and tree.may_hold(check.applies, file.name):
        return True
    if not seen or file.kind is not FileKind.PYTHON:
        return seen
    if check.applies.by_place:
        own = frozenset({file.name})
        return any(tree.look(layer, own).places for layer in (check.applies, check.needs) if layer is not None)
    return bearing.may_bear(code, tree.text(file.name))


def _places(items: Iterable[Item]) -> list[str]:
    return list(dict.fromkeys(f"{item.path}:{item.position.line}" for item in items))


def _some(places: Sequence[str]) -> str:
    """Return the first places, and how many more there are."""
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return ", ".join(places[:3]) + more


def weight(item: Item, block_on: frozenset[str]) -> Verdict:
    """Return what one finding asks for; what is only probable does not block but for the rows of the matrix."""
    if item.severity in block_on:
        certain = item.confidence is Confidence.CERTAIN or item.code in _CERTAIN_ENOUGH
        return Verdict.BLOCK if certain else Verdict.REQUEST_CHANGES
    return Verdict.APPROVE if item.severity is Severity.LOW else Verdict.REQUEST_CHANGES


def verdict_of(review: Review) -> Verdict:
    """Return the heaviest of what the findings ask for; what could not be judged is not approved."""
    asked = {weight(item, review.block_on) for item in review.findings}
    if Verdict.BLOCK in asked:
        return Verdict.BLOCK
    untold = bool(review.unusable) or any(row.state is State.CANNOT_TELL for row in review.rows)
    return Verdict.REQUEST_CHANGES if Verdict.REQUEST_CHANGES in asked or untold else Verdict.APPROVE
