"""Companion files are checked in the same flake8 run, however flake8 is started, and nothing else changes."""

from __future__ import annotations

import argparse
import io
import multiprocessing
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import FakeView, Flake8, Reported, Tree
from flake8 import checker, processor

from flake8_planalign import engine, runner
from flake8_planalign.kinds import FileKind
from flake8_planalign.project import Project
from flake8_planalign.rule import Finding, Position, Rule, Severity
from flake8_planalign.source import Source

BROKEN = "services:\n  api:\n    ports: [80\n    image: x\n"
PLACE = (4, 9, "PAL902")
FILES: dict[str, str | bytes] = {
    "app.py": "import os\n",
    "compose.yml": BROKEN,
    "deploy/prod/docker-compose.prod.yaml": BROKEN,
    "k8s/api.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {\n",
    "unknown.yaml": "a: [\n",
}
FOUND = {("compose.yml", *PLACE), ("deploy/prod/docker-compose.prod.yaml", *PLACE), ("k8s/api.yaml", 3, 11, "PAL902")}


def _places(report: list[Reported]) -> set[tuple[str, int, int, str]]:
    return {(found.path, found.line, found.column, found.code) for found in report if found.code.startswith("PAL")}


def test_a_walk_finds_companion_files_and_lints_python_as_before(tree: Tree, flake8: Flake8) -> None:
    root = tree(FILES)
    report = flake8(".", cwd=root)
    assert _places(report) == FOUND
    assert [(found.path, found.code) for found in report if not found.code.startswith("PAL")] == [("app.py", "F401")]
    assert _places(flake8(cwd=root)) == FOUND


ASTRAY = (
    "drift/data.json", "drift/x.csv", "swap/a.ts", "k6/load.js", "Dockerfile.d/notes",
    "a_model_python_b/readme.md", "h2o/other.jar",
)  # fmt: skip


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_name_of_ours_on_a_directory_leads_to_no_syntax_errors(jobs: str, tree: Tree, flake8: Flake8) -> None:
    cwd = tree({**dict.fromkeys(ASTRAY, "no: [python\n"), "app.py": "import os\n", "drift/app.py": "import os\n"})
    found = [(finding.path, finding.code) for finding in flake8(".", f"--jobs={jobs}", cwd=cwd)]
    assert found == [("app.py", "F401"), ("drift/app.py", "F401")]


def test_who_names_such_a_file_or_a_pattern_for_it_has_it_checked_as_before(tree: Tree, flake8: Flake8) -> None:
    cwd = tree({"drift/data.json": "no: [python\n", "drift/tool.cfg": "import os\n"})
    assert {finding.path for finding in flake8("drift/data.json", cwd=cwd)} == {"drift/data.json"}
    assert {finding.path for finding in flake8("--filename=*.cfg", cwd=cwd)} == {"drift/tool.cfg"}


def test_a_directory_and_explicit_paths_are_walked_alike(tree: Tree, flake8: Flake8) -> None:
    root = tree(FILES)
    assert _places(flake8("deploy", "k8s", cwd=root)) == {place for place in FOUND if "/" in place[0]}
    assert _places(flake8(*FILES, cwd=root)) == FOUND
    absolute = _places(flake8(str(root), cwd=root.parent))
    assert absolute == {(str(root / path), *rest) for path, *rest in FOUND}


# On many lines, since Python 3.12.1 keeps a copy of the whole line with each of its tokens.
@pytest.mark.parametrize("item", ["a +\n", "-\n"])
def test_python_that_nests_too_deeply_for_its_parser_ends_nothing(item: str, tree: Tree, flake8: Flake8) -> None:
    text = f"x = (\n{item * 100_000}a)\n"
    report = flake8("--jobs=1", "--select=E9,PAL", ".", cwd=tree({**FILES, "deep.py": text}))
    assert _places(report) == FOUND
    assert {(found.path, found.code) for found in report if found.code.startswith("E")} == {("deep.py", "E999")}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_jobs_change_nothing(jobs: str, tree: Tree, flake8: Flake8) -> None:
    assert _places(flake8(f"--jobs={jobs}", ".", cwd=tree(FILES))) == FOUND


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_every_way_to_start_workers_gives_the_same(method: str, tree: Tree) -> None:
    script = (
        "import multiprocessing, sys\n"
        "from flake8.main.cli import main\n"
        "if __name__ == '__main__':\n"
        f"    multiprocessing.set_start_method({method!r})\n"
        "    sys.exit(main(['--isolated', '--jobs=2', '.']))\n"
    )
    root = tree(FILES)
    start = root.parent / "start.py"
    start.write_text(script)
    done = subprocess.run([sys.executable, start], cwd=root, capture_output=True, text=True, check=False)
    assert not done.stderr
    assert sorted(line.split(" ")[0] for line in done.stdout.splitlines() if "PAL902" in line) == sorted(
        f"./{path}:{line}:{column + 1}:" for path, line, column, _ in FOUND
    )


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("compose.yml", BROKEN.encode(), {PLACE}),
        ("deep/down/compose.yaml", BROKEN.encode("utf-16"), {PLACE}),
        ("app.py", b"x = 1\n", set()),
        ("pyproject.toml", b"[tool.planalign]\nrots = []\n", {(2, 0, "PAL903")}),
    ],
)
def test_stdin_is_what_its_display_name_says(
    name: str,
    text: bytes,
    expected: set[tuple[int, int, str]],
    tree: Tree,
    flake8: Flake8,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    processor.utils.stdin_get_value.cache_clear()
    report = flake8(f"--stdin-display-name={name}", "-", cwd=tree({"other.py": ""}))
    assert _places(report) == {(name, *place) for place in expected}


def test_noqa_and_per_file_ignores_hold_in_companion_files(tree: Tree, flake8: Flake8) -> None:
    broken = "services:\n  api: }{comment}\n"
    root = tree(
        {
            "a/compose.yml": broken.replace("{comment}", "  # noqa: PAL902"),
            "b/compose.yml": broken.replace("{comment}", "  # noqa"),
            "c/compose.yml": broken.replace("{comment}", "  # noqa: E501"),
            "d/compose.yml": "# flake8: noqa\n" + broken.replace("{comment}", ""),
            "e/compose.yml": broken.replace("{comment}", ""),
        }
    )
    assert {found.path[0] for found in flake8(cwd=root)} == {"c", "e"}
    assert {found.path[0] for found in flake8("--disable-noqa", cwd=root)} == {"a", "b", "c", "d", "e"}
    assert {found.path[0] for found in flake8("--per-file-ignores=e/*:PAL902", cwd=root)} == {"c"}
    assert not flake8("--extend-ignore=PAL9", cwd=root)
    assert not flake8("--select=E", cwd=root)


def test_the_users_own_filename_option_does_not_switch_ours_off(tree: Tree, flake8: Flake8) -> None:
    root = tree({**FILES, "setup.cfg": "[flake8]\nfilename = *.py\n", "compose.yml": BROKEN})
    assert _places(flake8(cwd=root, isolated=False)) == FOUND


def test_an_empty_filename_option_still_means_every_file(tree: Tree, flake8: Flake8) -> None:
    root = tree({"script": "import os\n", "compose.yml": BROKEN})
    assert {(found.path, found.code) for found in flake8("--filename=", cwd=root)} == {
        ("script", "F401"),
        ("compose.yml", "PAL902"),
    }


def test_companion_files_can_be_switched_off_and_chosen(tree: Tree, flake8: Flake8) -> None:
    root = tree(FILES)
    assert not _places(flake8("--planalign-files=", cwd=root))
    assert _places(flake8("--planalign-files=*/compose.yml", cwd=root)) == {("compose.yml", *PLACE)}
    explicit = flake8("--planalign-files=", "compose.yml", cwd=root)
    assert {found.code[:2] for found in explicit} & {"E9"}, "then flake8 says what it would say without us"


def test_a_file_that_cannot_be_opened_is_flake8s_own_error(tree: Tree, flake8: Flake8) -> None:
    assert [found.code for found in flake8("missing.yml", cwd=tree({"a.py": ""}))] == ["E902"]


def test_recognised_files_of_other_contents_are_silent(tree: Tree, flake8: Flake8) -> None:
    root = tree({"pyproject.toml": "[tool.other\n", "empty.yml": "", "compose.yml": "", "values.yaml": b"\xff\xfe"})
    assert flake8(".", "pyproject.toml", cwd=root) == []
    assert flake8(cwd=tree({"compose.yml": "services:\n{% for x in y %}\n  {{ x }}: }\n"})) == []


RULE = Rule("PAL211", "fake", "found {what}", Severity.HIGH, "LOG-REV-01-01", "0")


@RULE.on(str)
def _report(node: str, _config: object) -> Iterator[Finding]:
    number, _, what = node.partition(":")
    yield RULE.finding(Position(int(number), 0, int(number), 1), what=what)


def _drops(source: Source, _project: object) -> Iterator[str]:
    for number, line in enumerate(source.lines, 1):
        if "DROP" in line:
            yield f"{number}:DROP"


def test_sql_comments_suppress_in_their_own_spelling(tree: Tree, flake8: Flake8, fake_view: FakeView) -> None:
    fake_view(_drops, RULE, kinds=[FileKind.SQL])
    root = tree(
        {
            "a.sql": "DROP a; -- noqa: PAL211\nDROP b;\nDROP c; --noqa\nDROP d; -- noqa: E1\nDROP e; -- NOQA:PAL211\n",
            "b.sql": "-- flake8: noqa\nDROP a;\n",
        }
    )
    report = flake8("--planalign-files=*.sql", cwd=root)
    assert _places(report) == {("a.sql", 2, 0, "PAL211"), ("a.sql", 4, 0, "PAL211")}


def test_a_comment_above_suppresses_where_lines_have_no_trailing_comments(
    tree: Tree, flake8: Flake8, fake_view: FakeView
) -> None:
    fake_view(_drops, RULE, kinds=[FileKind.DOCKERFILE])
    root = tree({"Dockerfile": "# noqa: PAL211\nDROP a\nDROP b\n"})
    assert _places(flake8("--planalign-files=*/Dockerfile", cwd=root)) == {("Dockerfile", 3, 0, "PAL211")}


def test_an_archive_is_handed_over_as_bytes_and_has_no_comments(
    tree: Tree, flake8: Flake8, fake_view: FakeView
) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("# noqa", "# flake8: noqa\n")
    data = content.getvalue() + b"\n# flake8: noqa\n"
    seen: list[bytes] = []

    def read(source: Source, _project: object) -> Iterator[str]:
        seen.append(source.data)
        yield "1:archive"

    fake_view(read, RULE, kinds=[FileKind.ARCHIVE])
    root = tree({"model.zip": data})
    assert _places(flake8("--planalign-files=*.zip", cwd=root)) == {("model.zip", 1, 0, "PAL211")}
    assert seen == [data]
    assert not flake8("--planalign-files=*.zip", "--per-file-ignores=model.zip:PAL211", cwd=root)


def test_the_six_plugins_share_one_analysis_of_a_file(
    tree: Tree, flake8: Flake8, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    real = engine.check

    def count(source: Source, project: Project, views: frozenset[str]) -> list[Finding]:
        checked.append(source.path)
        return real(source, project, views)

    monkeypatch.setattr(engine, "check", count)
    flake8(cwd=tree({"a.py": "x = 1\n", "b.py": "x = 1\n"}))
    assert sorted(checked) == ["./a.py", "./b.py"]


def test_methods_are_wrapped_once_and_keep_their_names(tree: Tree, flake8: Flake8) -> None:
    root = tree(FILES)
    flake8(cwd=root)
    first = checker.FileChecker.run_checks, checker.FileChecker._make_processor
    flake8(cwd=root)
    assert (checker.FileChecker.run_checks, checker.FileChecker._make_processor) == first
    assert [method.__name__ for method in first] == ["run_checks", "_make_processor"]


def test_another_plugins_file_checker_is_wrapped_as_well(
    tree: Tree, flake8: Flake8, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Other(checker.FileChecker):  # type: ignore[misc]
        def run_checks(self) -> object:
            return super().run_checks()

    monkeypatch.setattr(checker, "FileChecker", Other)
    assert _places(flake8(cwd=tree(FILES))) == FOUND


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_flake8_that_is_built_otherwise_is_reported_once(
    jobs: str, tree: Tree, flake8: Flake8, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "_METHODS", ("_make_processor", "check_everything"))
    root = tree({**FILES, "b.py": "x = 1\n", "c/d.py": "x = 1\n"})
    report = flake8(f"--jobs={jobs}", cwd=root)
    assert _places(report) == {("app.py", 1, 0, "PAL901")}
    assert [found.code for found in report if found.path == "app.py"] == ["PAL901", "F401"]
    assert capsys.readouterr().err.count("PAL901") == 1
    assert not _places(flake8("--planalign-files=", cwd=root))


def test_a_file_processor_that_takes_other_arguments_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    options = argparse.Namespace(planalign_files=None)
    assert runner.fault(options) is None
    monkeypatch.setattr(processor, "FileProcessor", lambda path: path)
    assert "FileProcessor" in (runner.fault(options) or "")


def test_problems_of_the_plan_are_on_stderr_even_if_no_config_file_is_visited(
    tree: Tree, flake8: Flake8, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree({"pyproject.toml": "[tool.planalign]\nrots = []\nx = 1\n", "app/a.py": "x = 1\n"})
    assert not _places(flake8("app/a.py", cwd=root))
    assert capsys.readouterr().err == (
        "flake8-planalign: PAL903 pyproject.toml:2: unknown key `rots`; did you mean `roots`? (and 1 more)\n"
    )


def test_a_worker_leaves_it_to_its_parent_to_speak(
    tree: Tree, flake8: Flake8, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: "a parent")
    flake8(cwd=tree({"pyproject.toml": "[tool.planalign]\nrots = []\n", "a.py": ""}))
    assert not capsys.readouterr().err


def test_all_tiers_have_a_name_together(tree: Tree, flake8: Flake8) -> None:
    assert flake8("--planalign-tiers=all", cwd=tree({"a.py": ""})) == []


@pytest.mark.parametrize("option", ["--planalign-tiers=wait,none", "--planalign-min-confidence=sure"])
def test_a_wrong_option_is_refused_with_the_choices(
    option: str, tree: Tree, flake8: Flake8, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        flake8(option, cwd=tree({"a.py": ""}))
    assert option.partition("=")[0] in capsys.readouterr().err


def test_start_up_imports_nothing_that_only_some_file_needs(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "before = set(sys.modules)\n"  # what measures coverage is there already
        "import flake8_planalign.plugin, flake8_planalign.project, flake8_planalign.engine\n"
        "print(sorted({'yaml', 'sqlparse', 'astroid', 'tomllib', 'packaging'} & (set(sys.modules) - before)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_script_of_k6_is_told_by_its_folder_and_says_the_same_alone(tree: Tree, flake8: Flake8) -> None:
    script = (
        'import http from "k6/http";\n\nexport const options = { vus: 5 };\n\nexport default function () {\n'
        '  http.post("http://service/scores");\n  http.post("http://service/model/reload");\n}\n'
    )
    cwd = tree({"k6/soak.js": script, "src/pipeline/train.py": "import h2o\n", "pyproject.toml": "[tool.planalign]\n"})
    found = {(item.path, item.line, item.code) for item in flake8("--select=PAL5", ".", cwd=cwd)}
    assert ("k6/soak.js", 5, "PAL522") in found
    alone = {(item.path, item.line, item.code) for item in flake8("--select=PAL5", "k6/soak.js", cwd=cwd)}
    assert alone == {item for item in found if item[0] == "k6/soak.js"}
