"""Nodes meet the rules for their type; what raises is told and stops nothing else."""

from __future__ import annotations

import ast
import dataclasses
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
from conftest import FakeView, Flake8, Tree
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_planalign import engine
from flake8_planalign.config import Run
from flake8_planalign.kinds import FileKind
from flake8_planalign.process.model import BlockingCall
from flake8_planalign.project import Project
from flake8_planalign.rule import Confidence, Finding, Position, Rule, Severity
from flake8_planalign.source import Source


@dataclasses.dataclass(frozen=True)
class Name:
    text: str
    position: Position


def _rule(code: str, *, on: bool = True, confidence: Confidence = Confidence.CERTAIN) -> Rule:
    story = f"LOG-REV-01-0{code[4]}"
    rule = Rule(code, f"rule-{code}", "name {text}", Severity.HIGH, story, "0", confidence, on)

    @rule.on(Name)
    def check(node: Name, _config: object) -> Iterator[Finding]:
        yield rule.finding(node.position, text=node.text)

    return rule


def _names(source: Source, _project: object) -> Iterator[Name]:
    assert source.tree
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name):
            yield Name(node.id, source.position(node))


def _check(text: str, run: Run | None = None, root: Path = Path("/nowhere")) -> list[tuple[str, int, int, str]]:
    source = Source.of_text(str(root / "a.py"), text, tree=ast.parse(text))
    findings = engine.check(source, Project(root, msgspec.structs.replace(run or Run(), cache="off")))
    return [(found.code, found.position.line, found.position.column, found.message) for found in findings]


def test_findings_come_in_the_order_of_the_file_each_once(fake_view: FakeView) -> None:
    twice = _rule("PAL212")
    twice.checks[Name] *= 2
    fake_view(_names, _rule("PAL213"), twice, kinds=[FileKind.PYTHON])
    assert _check("b\na = b\n") == [
        ("PAL212", 1, 0, "name b"),
        ("PAL213", 1, 0, "name b"),
        ("PAL212", 2, 0, "name a"),
        ("PAL213", 2, 0, "name a"),
        ("PAL212", 2, 4, "name b"),
        ("PAL213", 2, 4, "name b"),
    ]


def test_a_view_sees_only_its_kinds_and_what_matters_to_it(fake_view: FakeView) -> None:
    fake_view(_names, _rule("PAL212"), kinds=[FileKind.SQL])
    assert _check("a") == []
    fake_view(_names, _rule("PAL212"), kinds=[FileKind.PYTHON], matters=lambda source: "z" in source.text)
    assert _check("a") == []
    assert len(_check("z")) == 1


def test_a_rule_that_raises_is_told_once_and_the_others_go_on(fake_view: FakeView) -> None:
    broken = Rule("PAL211", "broken", "x", Severity.LOW, "LOG-REV-01-01", "0")

    @broken.on(Name)
    def check(node: Name, _config: object) -> Iterable[Finding]:
        raise KeyError(node.text)

    fake_view(_names, broken, _rule("PAL212"), kinds=[FileKind.PYTHON])
    found = _check("\na\nb")
    assert [place[:3] for place in found] == [("PAL212", 2, 0), ("PAL900", 2, 0), ("PAL212", 3, 0)]
    assert found[1][3].startswith("rule PAL211 (broken) failed: KeyError: 'a' at test_engine.py:")


@pytest.mark.parametrize("error", [RecursionError(), MemoryError(), ValueError("two\nlines")])
def test_a_reader_that_raises_keeps_what_was_found_before(error: Exception, fake_view: FakeView) -> None:
    def read(source: Source, project: object) -> Iterator[Name]:
        yield from _names(source, project)
        raise error

    fake_view(read, _rule("PAL212"), kinds=[FileKind.PYTHON])
    found = _check("a")
    assert [place[0] for place in found] == ["PAL900", "PAL212"]
    assert "the reader of the logical view failed: " in found[0][3]
    assert "\n" not in found[0][3]


def test_a_view_that_raises_before_it_reads_is_told_as_well(fake_view: FakeView) -> None:
    def matters(_source: Source) -> bool:
        raise ImportError(name="gone")

    fake_view(_names, _rule("PAL212"), kinds=[FileKind.PYTHON], matters=matters)
    assert [(place[0], place[3].partition(":")[0]) for place in _check("a")] == [("PAL900", "the logical view failed")]


def test_a_failure_without_a_place_or_a_trace_stands_at_the_start(fake_view: FakeView) -> None:
    broken = Rule("PAL211", "broken", "x", Severity.LOW, "LOG-REV-01-01", "0")

    @broken.on(str)
    def check(_node: str, _config: object) -> Iterable[Finding]:
        raise RuntimeError

    fake_view(lambda *_: ["node"], broken, kinds=[FileKind.PYTHON])
    assert [place[:3] for place in _check("\n\na")] == [("PAL900", 1, 0)]
    assert engine._failure("x", RuntimeError("y"), Position(1, 0, 1, 0)).where == "unknown place"


def test_a_rule_that_is_off_reports_only_if_its_code_or_story_is_selected(fake_view: FakeView) -> None:
    fake_view(_names, _rule("PAL213", on=False), kinds=[FileKind.PYTHON])
    for selected, count in (
        ((), 0),
        (("PAL",), 0),
        (("PAL2",), 0),
        (("PAL21",), 1),
        (("PAL213",), 1),
        (("PAL212",), 0),
    ):
        assert len(_check("a", Run(selected=frozenset(selected)))) == count


def test_no_replaced_ignore_list_switches_a_rule_on(tree: Tree, flake8: Flake8, fake_view: FakeView) -> None:
    fake_view(_names, _rule("PAL213", on=False), _rule("PAL212"), kinds=[FileKind.PYTHON])
    root = tree({"a.py": "print\n"})

    def codes(*arguments: str) -> list[str]:
        return [found.code for found in flake8(*arguments, cwd=root)]

    assert codes("--ignore=W605") == ["PAL212"]
    assert codes("--extend-select=PAL") == ["PAL212"]
    assert codes("--extend-select=PAL213") == ["PAL212", "PAL213"]
    assert codes("--select=PAL213") == ["PAL213"]
    assert codes("--select=PAL21", "--extend-ignore=PAL212") == ["PAL213"]


def test_only_certain_findings_are_reported_on_demand(fake_view: FakeView) -> None:
    fake_view(_names, _rule("PAL212", confidence=Confidence.PROBABLE), _rule("PAL213"), kinds=[FileKind.PYTHON])
    assert [place[0] for place in _check("a")] == ["PAL212", "PAL213"]
    assert [place[0] for place in _check("a", Run(min_confidence=Confidence.CERTAIN))] == ["PAL213"]


def test_the_plan_sets_severities(fake_view: FakeView, tree: Tree) -> None:
    fake_view(_names, _rule("PAL212"), _rule("PAL213"), kinds=[FileKind.PYTHON])
    root = tree({"pyproject.toml": "[tool.planalign.severity]\nPAL212 = 'low'\n"})
    source = Source.of_text(str(root / "a.py"), "a", tree=ast.parse("a"))
    findings = engine.check(source, Project(root))
    assert [finding.severity for finding in findings] == [Severity.LOW, Severity.HIGH]


def test_views_that_do_not_exist_are_skipped() -> None:
    assert engine.view("no_such_view") is None
    assert engine.view("formats") is None


def test_every_view_belongs_to_a_range_of_codes() -> None:
    assert [engine._view_of(f"PAL{digit}11") for digit in "123459"] == list(engine.VIEWS)


@given(
    st.one_of(st.text(), st.text(st.sampled_from("async def await f():\n x=time.sleep(1)\t.[]{}'\"#\\é"), max_size=80))
)
@settings(max_examples=300)
def test_no_python_text_breaks_the_check(text: str) -> None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, UnicodeEncodeError):
        return
    source = Source.of_text("/nowhere/a.py", text, tree=tree)
    findings = engine.check(source, Project(Path("/nowhere"), Run(cache="off")))
    assert not [finding.message for finding in findings if finding.code == "PAL900"]


@pytest.mark.parametrize("name", engine.VIEWS)
def test_the_index_of_a_view_names_the_rules_that_judge_each_node(name: str) -> None:
    assert engine._index(name) == engine.index_of(name), "run python tools/write_rule_pages.py"
    for node_type, rules in engine._by_type(name).items():
        assert list(engine._rules_for(name, node_type)) == rules
    for rule in engine.rules_of(name):
        assert engine._is_on(rule.code) is rule.on_by_default


def test_only_rules_that_have_something_to_judge_are_imported(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom flake8.main import cli\ncli.main(['--jobs=1', '--isolated', '--select=PAL', 'a.py'])\n"
        "print(*(name.rpartition('.')[2][:6].upper() for name in sys.modules if '.rules.pal' in name), file=sys.stderr)"
    )
    (tmp_path / "a.py").write_text("import time\n\nasync def wait():\n    time.sleep(1)\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "PAL111" in done.stdout
    assert sorted(done.stderr.split()) == [rule.code for rule in engine._by_type("process")[BlockingCall]]


@pytest.mark.parametrize("kept", [None, "", "[]", '{"judging": 1, "off": []}', '{"judging": {}, "off": []}'])
def test_without_an_index_of_just_these_rules_all_are_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str | None
) -> None:
    index = tmp_path / "index.json"
    if kept is not None:
        index.write_text(kept, encoding="utf-8")
    monkeypatch.setattr(engine, "INDEX", str(index))
    engine._index.cache_clear()
    assert engine._index("process") is None
    assert list(engine._rules_for("process", BlockingCall)) == engine._by_type("process")[BlockingCall]
    assert not engine._is_on("PAL153")
    engine._index.cache_clear()
