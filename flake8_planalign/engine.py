"""Findings for one file: read it into the domain nodes of each view, and give every node to the rules for its type.

A view is a package of ours with `KINDS` (the file kinds that it reads), `read(source, project)` (an iterator of domain
nodes), optionally `matters(source)` (a cheap look at the text that tells whether reading is worth while), and a
subpackage `rules` of one module for each rule. Views and rules are imported when a file first needs them.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from flake8_planalign.kinds import FileKind, is_installed
from flake8_planalign.parsing import lent
from flake8_planalign.patterns import lazy, words_of
from flake8_planalign.rule import Confidence, Finding, Position, Rule, Severity

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source
    from flake8_planalign.tool.model import Failure

__all__ = [
    "EVERY_VIEW",
    "INDEX",
    "VIEWS",
    "Index",
    "check",
    "codes_of",
    "index_of",
    "judge",
    "reported",
    "rules_of",
    "seam_fault",
    "view",
]

VIEWS = ("process", "logical", "development", "physical", "scenario", "tool")
EVERY_VIEW: Final = frozenset(VIEWS)
_RULE_MODULE = lazy(r"(pal\d{3}_\w+)\.py")
_START = Position(1, 0, 1, 0)
#: In characters; a larger text is a table of data, which has more words than are looked for.
_WORDS_LIMIT: Final = 500_000
#: The file in a view's folder of rules that keeps its index; `tools/write_rule_pages.py` writes it.
INDEX: Final = "index.json"


@functools.cache
def view(name: str) -> ModuleType | None:
    """Return the package of a view, None while it does not exist or reads nothing."""
    package = f"{__package__}.{name}"
    if importlib.util.find_spec(package) is None:
        return None
    module = importlib.import_module(package)
    return module if hasattr(module, "KINDS") and hasattr(module, "read") else None


@functools.cache
def rules_of(name: str) -> tuple[Rule, ...]:
    """Return the rules of a view, one for each of its modules `palNNN_name.py`, in the order of their codes."""
    return tuple(_rule(name, module) for module in _modules_of(name))


def _modules_of(name: str) -> list[str]:
    names = os.listdir(os.path.join(os.path.dirname(__file__), name, "rules"))
    return sorted(found[1] for file in names if (found := _RULE_MODULE.fullmatch(file)))


@functools.cache
def _rule(name: str, module: str) -> Rule:
    rule: Rule = importlib.import_module(f"{__package__}.{name}.rules.{module}").RULE
    return rule


class Index(msgspec.Struct, frozen=True):
    """Which modules of a view judge which type of node, by its full name, and which codes are off by default."""

    judging: dict[str, list[str]]
    off: list[str]


def index_of(name: str) -> Index:
    """Return the index of a view, for which all of its rules are imported; `INDEX` beside them keeps it as JSON."""
    judging: dict[str, list[str]] = {}
    off: list[str] = []
    for module in _modules_of(name):
        rule = _rule(name, module)
        off += [] if rule.on_by_default else [rule.code]
        for node_type in rule.checks:
            judging.setdefault(_full_name(node_type), []).append(module)
    return Index(judging, off)


def _full_name(node_type: type) -> str:
    return f"{node_type.__module__}.{node_type.__qualname__}"


@functools.cache
def _index(name: str) -> Index | None:
    """Return the index of a view as it is kept, so that only rules that have something to judge are imported.

    None if a rule was added or removed since it was written: then all rules are imported.
    """
    try:
        with open(os.path.join(os.path.dirname(__file__), name, "rules", INDEX), "rb") as stream:
            index = msgspec.json.decode(stream.read(), type=Index)
    except (OSError, msgspec.DecodeError):
        return None
    listed = {module for modules in index.judging.values() for module in modules}
    return index if listed == set(_modules_of(name)) else None


def _rules_for(name: str, node_type: type) -> Sequence[Rule]:
    """Return the rules of a view that judge nodes of a type, in the order of their codes."""
    index = _index(name)
    if index is None:
        return _by_type(name).get(node_type, ())
    return [_rule(name, module) for module in index.judging.get(_full_name(node_type), ())]


@functools.cache
def _by_type(name: str) -> Mapping[type, list[Rule]]:
    table: dict[type, list[Rule]] = {}
    for rule in rules_of(name):
        for node_type in rule.checks:
            table.setdefault(node_type, []).append(rule)
    return table


@functools.cache
def codes_of(name: str) -> tuple[str, ...]:
    """Return the codes of a view's rules, which begin the names of their modules, without importing these."""
    return tuple(module[: len("pal111")].upper() for module in _modules_of(name))


def check(source: Source, project: Project, views: frozenset[str] = EVERY_VIEW) -> list[Finding]:
    """Return what the views say about a file, in the order of the file; never raises for what the file holds.

    `views` are those of which anybody wants to know; what the tool says of itself belongs to every run.
    """
    from flake8_planalign import verdicts

    if is_installed(project.relative(source.absolute)):
        return []  # flake8 was led to it; what was installed in an environment is not the project's
    asked, left_out = _asked(views)
    key = verdicts.key(source, project, left_out) if len(asked) > 1 else None
    known = verdicts.recall(project, key) if key is not None else None
    if known is not None:
        return known
    findings: list[Finding] = []
    failures: list[Failure] = []
    if source.kind is FileKind.PYTHON and len(source.text) < _WORDS_LIMIT and len(asked) > 1:
        words_of(source.text)  # the views are about to look for some hundred
    with lent(source):
        for name in asked:
            try:
                package = view(name)
                if package is None or source.kind not in package.KINDS:
                    continue
                matters = getattr(package, "matters", None)
                if matters is not None and not matters(source):
                    continue
                nodes = package.read(source, project)
                findings += judge(name, _guarded(name, nodes, failures), project, failures)
            except (Exception, MemoryError) as error:  # noqa: BLE001
                failures.append(_failure(f"the {name} view", error, _START))
    if failures:
        findings += judge("tool", failures, project, [])
    result = reported(findings, project)
    if key is not None and not failures:
        verdicts.remember(project, key, result)
    return result


@functools.cache
def _asked(views: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """Return the views that are evaluated, in their order, and the names of all others."""
    asked = tuple(name for name in VIEWS if name in views or name == "tool")
    return asked, " ".join(name for name in VIEWS if name not in asked)


def _guarded(name: str, nodes: Iterable[object], failures: list[Failure]) -> Iterator[object]:
    """Yield the nodes of a reader until it ends or raises."""
    try:
        yield from nodes
    except (Exception, MemoryError) as error:  # noqa: BLE001
        failures.append(_failure(f"the reader of the {name} view", error, _START))


def judge(name: str, nodes: Iterable[object], project: Project, failures: list[Failure]) -> list[Finding]:
    """Return what the rules of a view say about domain nodes; a rule that raises is noted once and left out."""
    findings: list[Finding] = []
    broken: set[str] = set()
    config = project.config
    judges: dict[type, Sequence[Rule]] = {}
    for node in nodes:
        rules = judges.get(type(node))
        if rules is None:
            rules = judges[type(node)] = _rules_for(name, type(node))
        for rule in rules:
            if rule.code in broken:
                continue
            try:
                findings.extend(rule.run(node, config))
            except (Exception, MemoryError) as error:  # noqa: BLE001
                broken.add(rule.code)
                place = getattr(node, "position", None)
                position = place if isinstance(place, Position) else _START
                failures.append(_failure(f"rule {rule.code} ({rule.name})", error, position))
    return findings


def _failure(who: str, error: BaseException, position: Position) -> Failure:
    from flake8_planalign.tool.model import Failure

    what = traceback.format_exception_only(error)[-1].strip().partition("\n")[0]
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    where = f"{os.path.basename(last.filename)}:{last.lineno}" if last else "unknown place"
    return Failure(who, what, where, position)


def seam_fault(text: str, project: Project) -> list[Finding]:
    """Return the finding that flake8 does not let us see companion files."""
    from flake8_planalign.tool.model import SeamFault

    return reported(judge("tool", [SeamFault(_START, text)], project, []), project)


def reported(findings: Iterable[Finding], project: Project) -> list[Finding]:
    """Return the findings that this run wants, with the project's severities, each once, sorted."""
    config, selected = project.config, project.run.selected
    kept = {
        _with_severity(finding, config.severity)
        for finding in findings
        if (config.min_confidence is Confidence.PROBABLE or finding.confidence is Confidence.CERTAIN)
        and (_is_on(finding.code) or finding.code in selected or finding.code[:5] in selected)
    }
    return sorted(kept, key=lambda finding: (finding.position, finding.code, finding.message))


def _is_on(code: str) -> bool:
    view_name = _view_of(code)
    index = _index(view_name)
    off = index.off if index is not None else [rule.code for rule in rules_of(view_name) if not rule.on_by_default]
    return code not in off


def _view_of(code: str) -> str:
    digit = int(code[3])
    return VIEWS[digit - 1] if digit <= len(VIEWS) - 1 else "tool"


def _with_severity(finding: Finding, severities: Mapping[str, str]) -> Finding:
    severity = severities.get(finding.code)
    return replace(finding, severity=Severity(severity)) if severity else finding
