"""Reports of a scenario's last run, JUnit XML, locust's files, k6's summary: what they show, their age, their model."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import re
import subprocess
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from flake8_planalign.patterns import lazy
from flake8_planalign.rule import Position
from flake8_planalign.scenario.model import Failing, OtherModel, Report
from flake8_planalign.scenario.words import story_of

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["outcomes"]

#: What locust's page is given, a script's last assignment of it.
_TEMPLATE_ARGUMENTS: Final = lazy(r"\bwindow\.templateArgs\s*=\s*(?=\{)")
_FAILURES: Final = lazy(r'"num_failures"\s*:\s*\d+')
#: What a report says of the model that it was about: `<property name="model_version" value="7"/>`.
#: A number of failures that is not zero.
_COUNT: Final = lazy(r"0*[1-9][0-9]{0,17}\Z")
_MODEL: Final = lazy(
    r"""<property\s+name=["']((?:model|mojo)[_.-](?:version|uuid|id))["']\s+value=["']([^"'<>]{1,200})["']"""
)
#: What the code says of the model that it serves: `MODEL_VERSION = "7"`, `MOJO_UUID: 7`, `uuid = 7` of model.ini.
_SERVED: Final = lazy(
    r"""(?:\b(?:MODEL|MOJO)_(?:VERSION|UUID|ID)\b["']?\s*(?::\s*\w+\s*)?[=:]|^uuid\s*=)\s*["']?([\w.:+-]{1,200})""",
    re.IGNORECASE | re.MULTILINE,
)
#: In bytes: more of a file is not searched for the model's version.
_SEARCHED: Final = 2**20
_TIMESTAMP: Final = lazy(r'\btimestamp="([^"]+)"')
#: Seconds that a commit of code and report together may lie apart.
_TOGETHER: Final = 1.0


def outcomes(source: Source, project: Project) -> Iterator[Failing | Report | OtherModel]:
    """Yield what a report shows against its scenario, and the report itself with its age; nothing for other reports."""
    relative = project.relative(source.absolute)
    configured = [
        (name, scenario)
        for name, scenario in project.config.scenarios.items()
        if any(_matches(relative, pattern) for pattern in scenario.evidence)
    ]
    by_name = story_of(os.path.basename(relative)) or ""
    scenario = configured[0][0] if configured else by_name
    if source.path.endswith(".xml"):
        yield from _junit(source, scenario)
    elif scenario and not _is_told_beside(source, project, [patterns.evidence for _, patterns in configured]):
        yield from _rows(source, scenario)
    if configured and {"PAL524", "PAL52"} & project.run.selected:
        yield from _age(source, project, *configured[0])


def _is_told_beside(source: Source, project: Project, patterns: Sequence[Sequence[str]]) -> bool:
    """Tell whether locust's list of failures, which has their errors, is evidence too and tells what its table does."""
    prefix, ending, _ = source.absolute.rpartition("_stats.csv")
    if not ending:
        return False
    failures = f"{prefix}_failures.csv"
    relative = project.relative(failures)
    belongs = not patterns or any(_matches(relative, pattern) for those in patterns for pattern in those)
    text = project.read_companion(failures, _SEARCHED) if belongs else None
    return text is not None and text.strip().count("\n") > 0


def _rows(source: Source, scenario: str) -> Iterator[Failing]:
    """Yield what locust's and k6's files show."""
    if source.path.endswith(".csv"):
        return _csv(source, scenario)
    if source.path.endswith(".html"):
        return _html(source, scenario)
    try:
        summary = json.loads(source.text)
    except (ValueError, RecursionError):
        return iter(())
    return _requests(source, 0, summary, scenario) if isinstance(summary, list) else _k6(source, summary, scenario)


def _matches(relative: str, pattern: str) -> bool:
    import fnmatch

    return fnmatch.fnmatch(relative, pattern) or relative.startswith(f"{pattern.rstrip('/')}/")


class _Cases(ContentHandler):
    """The test cases of a JUnit report with their lines, suites and outcomes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, int, str, str, str]] = []
        self._suites: list[str] = []
        self._case: tuple[int, int, str] | None = None
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 - the name is SAX's
        self._locator = locator

    def startElement(self, name: str, attributes: Any) -> None:  # noqa: N802
        if name == "testsuite":
            self._suites.append(attributes.get("name", ""))
        elif name == "testcase":
            self._case = self._locator.getLineNumber(), self._locator.getColumnNumber(), attributes.get("name", "")
        elif name in ("failure", "error", "skipped") and self._case is not None:
            suite = " ".join(self._suites)
            self.found.append((*self._case, name, f"{suite}\n{attributes.get('message', '')}"))
            self._case = None

    def endElement(self, name: str) -> None:  # noqa: N802
        if name == "testsuite" and self._suites:
            self._suites.pop()
        elif name == "testcase":
            self._case = None


def _junit(source: Source, scenario: str) -> Iterator[Failing]:
    """Yield the cases that failed or were skipped; without a scenario, those of suites whose names speak of one."""
    from defusedxml import DefusedXmlException, sax

    cases = _Cases()
    try:
        sax.parseString(source.data or source.text.encode(), cases)
    except (SAXException, DefusedXmlException, ValueError):
        return
    verbs = {"failure": "failed", "error": "ended with an error", "skipped": "was skipped"}
    for line, column, name, outcome, told in cases.found:
        suite, _, message = told.partition("\n")
        belongs = scenario or story_of(suite) or story_of(name)
        if belongs:
            said = f": {message.split(chr(10))[0].strip()[:120]}" if message.strip() else ""
            place = Position(line, column, line, column + len("<testcase"))
            yield Failing(place, belongs, f"`{name}` {verbs[outcome]}{said}")


def _csv(source: Source, scenario: str) -> Iterator[Failing]:
    """Yield the rows of locust's stats or failures that count a failure; the total only if no other row does."""
    reader = csv.reader(io.StringIO(source.text))
    rows: list[tuple[int, dict[str, str]]] = []
    header: list[str] = []
    before = 0
    try:
        for row in reader:
            if not header:
                header = row
            elif row:
                rows.append((before + 1, dict(zip(header, row, strict=False))))
            before = reader.line_num
    except csv.Error:
        return
    counted = "Failure Count" if "Failure Count" in header else "Occurrences"
    failed = [(line, row, int(row[counted])) for line, row in rows if _COUNT.match(row.get(counted, ""))]
    single = [item for item in failed if item[1].get("Name") != "Aggregated"]
    for line, entry, count in single or failed:
        text = source.lines[line - 1].rstrip("\r\n") if line <= len(source.lines) else ""
        what = f"{count} of `{entry.get('Method') or entry.get('Type', '')} {entry.get('Name', '')}`".replace("` ", "`")
        said = f": {entry['Error'][:120]}" if entry.get("Error") else ""
        yield Failing(Position(line, 0, line, len(text)), scenario, f"{what} failed{said}")


def _html(source: Source, scenario: str) -> Iterator[Failing]:
    """Yield the requests that failed by the data in locust's page (2.20 and later)."""
    given = _TEMPLATE_ARGUMENTS.search(source.text)
    if given is None:
        return
    try:
        arguments, _ = json.JSONDecoder().raw_decode(source.text, given.end())
    except (ValueError, RecursionError):
        return
    start = source.text.find('"requests_statistics"', given.end())
    if isinstance(arguments, dict) and start >= 0:
        yield from _requests(source, start, arguments.get("requests_statistics"), scenario)


def _requests(source: Source, start: int, entries: object, scenario: str) -> Iterator[Failing]:
    """Yield the entries of locust's statistics that count a failure; the total only if no other does."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return
    failed = [
        (place, entry)
        for place, entry in zip(_FAILURES.finditer(source.text, start), entries, strict=False)
        if isinstance(entry.get("num_failures"), int) and entry["num_failures"] > 0
    ]
    single = [item for item in failed if item[1].get("name") != "Aggregated"]
    for place, entry in single or failed:
        name = f"{entry.get('method') or ''} {entry.get('name', '')}".strip()
        yield Failing(source.position_at(*place.span()), scenario, f"{entry['num_failures']} of `{name}` failed")


def _k6(source: Source, summary: object, scenario: str) -> Iterator[Failing]:
    """Yield the metrics of a k6 summary that show failed requests, failed checks or crossed thresholds."""
    metrics = summary.get("metrics") if isinstance(summary, dict) else None
    for name, metric in metrics.items() if isinstance(metrics, dict) else ():
        if not isinstance(metric, dict):
            continue
        inner = metric.get("values")
        values: dict[str, Any] = inner if isinstance(inner, dict) else metric
        rate = values.get("rate", values.get("value", 0))
        if name == "http_req_failed" and isinstance(rate, int | float) and rate > 0:
            yield Failing(_key(source, name), scenario, f"{rate:.2%} of the requests failed")
        elif name == "checks" and isinstance(values.get("fails"), int) and values["fails"] > 0:
            yield Failing(_key(source, name), scenario, f"{values['fails']} checks failed")
        elif crossed := _crossed(metric.get("thresholds")):
            yield Failing(_key(source, name), scenario, f"`{name}` crossed its threshold `{crossed}`")


def _crossed(thresholds: object) -> str:
    """Return the first threshold crossed: `true` in `--summary-export`, `{"ok": false}` in `handleSummary`."""
    if isinstance(thresholds, dict):
        for text, state in thresholds.items():
            if state is True or (isinstance(state, dict) and state.get("ok") is False):
                return str(text)
    return ""


def _key(source: Source, name: str) -> Position:
    found = re.search(rf'"{re.escape(name)}"\s*:', source.text)
    return source.position_at(found.start(), found.start() + len(name) + 2) if found else Position(1, 0, 1, 0)


def _age(source: Source, project: Project, name: str, scenario: Any) -> Iterator[Report | OtherModel]:
    """Yield the report with its time and that of the newest file of the code that it proves, and its model if other."""
    code = [path for pattern in scenario.code for path in project.root.glob(pattern) if path.is_file()]
    changes = [(_committed(str(path)) or os.path.getmtime(path), str(path)) for path in code]
    if not changes:
        return
    if (stated := _MODEL.search(source.text)) is not None:
        served = sorted({version for path in code for version in _served(str(path))})
        if served and stated[2] not in served:
            yield OtherModel(source.position_at(*stated.span(2)), name, stated[2], ", ".join(served[:3]))
    ran = _committed(source.absolute) or _stated(source.text) or os.path.getmtime(source.absolute)
    changed, newest = max(changes)
    relative = project.relative(newest)
    yield Report(Position(1, 0, 1, 0), name, ran + _TOGETHER, changed, relative)


def _committed(path: str) -> float | None:
    """Return when the last commit changed a file, None outside of git."""
    command = ["git", "log", "-1", "--format=%ct", "--", os.path.basename(path)]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, and a name after `--`
            command, cwd=os.path.dirname(path), capture_output=True, text=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return float(done.stdout) if done.stdout.strip().isdigit() else None


def _stated(text: str) -> float | None:
    """Return the time that a JUnit report states, as the local one where it names no zone."""
    found = _TIMESTAMP.search(text[:10_000])
    try:
        return dt.datetime.fromisoformat(found[1]).timestamp() if found else None
    except ValueError:
        return None


def _served(path: str) -> Iterator[str]:
    """Yield the versions of the model that a file of the code names; of a MOJO, its `uuid`."""
    try:
        if path.endswith((".zip", ".mojo")):
            with zipfile.ZipFile(path) as archive, archive.open("model.ini") as entry:
                data = entry.read(_SEARCHED)
        else:
            with open(path, "rb") as stream:
                data = stream.read(_SEARCHED)
    except (OSError, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error):
        return
    for found in _SERVED.finditer(data.decode("utf-8", "replace")):
        yield found[1]
