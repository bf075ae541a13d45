"""The `planalign` command: as flake8 where it does what flake8 does, and clear in what it says beside."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest
import yaml
from conftest import Tree
from flake8 import checker

from flake8_planalign import catalogue, cli, kinds
from flake8_planalign.command import running
from flake8_planalign.config import load_config
from flake8_planalign.kinds import FileKind
from flake8_planalign.stories import STORIES

CODE = """\
import time
import os
import requests


async def wait():
    time.sleep(1)
    time.sleep(2)  # noqa: PAL111
    time.sleep(3)  # noqa
    requests.get("https://example.com", timeout=1)
"""
COMPOSE = """\
services:
  h2o:
    image: h2oai/h2o-open-source-k8s:3.46.0.11
    command: java -Xmx2g -jar h2o.jar
"""
FILES = {
    "app/wait.py": CODE,
    "legacy/wait.py": CODE,
    "compose.yaml": COMPOSE,
    "broken.py": "def broken(:\n",
    "pyproject.toml": "[tool.planalign]\n",
    ".flake8": "[flake8]\nmax-line-length = 10\nper-file-ignores =\n    legacy/*: PAL112\nselect = E, F\n",
}


DRIFT_TEST = """\
import numpy as np


def test_drift_of_data_retrains(platform):
    platform.feed(np.random.normal(5.0, 1.0, 500))
    assert platform.retrained
"""


def ran(module: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("app", "compose.yaml"),
        ("--exit-zero",),
        ("--disable-noqa",),
        ("--statistics", "--count"),
        ("--format=planalign-gitlab",),
        ("--format=pylint", "--jobs=1"),
        ("--extend-ignore=PAL111,PAL112",),
        ("--isolated", "--show-source"),
    ],
    ids=" ".join,
)
def test_check_says_and_returns_what_flake8_does(arguments: tuple[str, ...], tree: Tree) -> None:
    root = tree(FILES)
    with_flake8 = ran("flake8", "--select=PAL", *arguments, cwd=root)
    ours = ran("flake8_planalign", "check", *arguments, cwd=root)
    assert (ours.stdout, ours.returncode) == (with_flake8.stdout, with_flake8.returncode)
    assert ours.stdout or "PAL111,PAL112" in str(arguments)


@pytest.mark.parametrize("waiver", ["", "  # noqa: PAL111", "  # NoQA", "  # noqa: PAL112"])
@pytest.mark.parametrize("options", [(), ("--show-source",), ("--disable-noqa",), ("--format=planalign-gitlab",)])
def test_check_takes_the_lines_of_a_text_for_one_as_flake8_does(
    waiver: str, options: tuple[str, ...], tree: Tree
) -> None:
    code = f'import time\n\n\nasync def wait():\n    time.sleep(1); print("""\n    text"""){waiver}\n'
    root = tree({"wait.py": code, "pyproject.toml": ""})
    with_flake8 = ran("flake8", "--select=PAL", *options, cwd=root)
    for _ in range(2):  # the second time as it was told the first time
        ours = ran("flake8_planalign", "check", *options, cwd=root)
        assert (ours.stdout, ours.returncode) == (with_flake8.stdout, with_flake8.returncode)
    sources = ran("flake8_planalign", "check", "--show-source", cwd=root)
    assert ("    text" in sources.stdout) == (waiver in {"", "  # noqa: PAL112"})


def test_check_loads_no_other_check_and_looks_at_no_tokens(tree: Tree) -> None:
    script = (
        "import sys; from flake8_planalign import cli; cli.main(['check', '--jobs=1']); "
        "print(sorted({'pyflakes.checker', 'pycodestyle'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tree(FILES), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_check_says_what_it_judged_and_what_it_did_not(tree: Tree) -> None:
    done = ran("flake8_planalign", "check", cwd=tree(FILES | {"bad/compose.yaml": "services: [\n"}))
    assert "judged 2 Python files, 1 Compose file and 1 plan file" in done.stderr
    assert "not readable: 2 (" in done.stderr
    assert "broken.py:1: E999 SyntaxError" in done.stderr


@pytest.mark.parametrize("name", ["stdin", "a.py"])
def test_standard_input_is_read_as_a_file_is_whatever_its_bytes(name: str, tree: Tree) -> None:
    text = b"import time\r\nasync def wait():\r\n    x = '\xff'; time.sleep(1)\r\n"
    command = [
        sys.executable,
        "-m",
        "flake8_planalign",
        "check",
        *([f"--stdin-display-name={name}"] * (name != "stdin")),
    ]
    done = subprocess.run([*command, "-"], input=text, cwd=tree({"notes.txt": ""}), capture_output=True, check=False)
    assert (done.returncode, done.stdout.split(b" ")[:2]) == (1, [f"{name}:3:14:".encode(), b"PAL111"])
    assert done.stderr == b"planalign: judged 1 Python file\n"


@pytest.mark.parametrize("option", ["--jobs=1", "--output-file=found.txt"])
def test_a_name_that_is_no_utf_8_is_shown_with_escapes(option: str, tree: Tree) -> None:
    root = tree({"notes.txt": ""})
    (root / os.fsdecode(b"caf\xe9.py")).write_text("import time\nasync def wait(): time.sleep(1)\n", encoding="utf-8")
    done = ran("flake8_planalign", "check", option, cwd=root)
    said = done.stdout if option == "--jobs=1" else (root / "found.txt").read_text(encoding="utf-8")
    assert said.startswith("./caf\\xe9.py:2:19: PAL111 "), done.stderr


def test_check_of_nothing_does_not_look_like_approval(tree: Tree) -> None:
    root = tree({"notes.txt": ""})
    done = ran("flake8_planalign", "check", "nowhere", cwd=root)
    assert done.returncode == 2
    assert "nowhere: there is no such file or directory" in done.stderr
    assert "judged nothing" in ran("flake8_planalign", "check", cwd=root).stderr


def test_check_returns_2_for_a_plan_that_does_not_hold(tree: Tree) -> None:
    root = tree({"a.py": "", "pyproject.toml": "[tool.planalign]\nno-such-key = 1\n"})
    assert ran("flake8_planalign", "check", cwd=root).returncode == 2
    assert ran("flake8_planalign", "check", "--exit-zero", cwd=root).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [("check", "a.py"), ("review", "a.py"), ("baseline", "a.py"), ("detect-blocking-calls", "--source-dir", "a.py")],
)
def test_a_plan_that_does_not_hold_counts_for_every_command_and_path(arguments: tuple[str, ...], tree: Tree) -> None:
    root = tree({"a.py": "", "pyproject.toml": "[tool.planalign]\nno-such-key = 1\n"})
    done = ran("flake8_planalign", *arguments, cwd=root)
    assert done.returncode == 2
    assert "PAL903 pyproject.toml:2: unknown key `no-such-key`" in done.stderr
    assert not (root / "planalign-baseline.json").exists()


def test_explain_prints_pages_by_code_story_and_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "pal111", "PAL13", "swallowed-exception"]) == 0
    text = capsys.readouterr().out
    assert "# PAL111 blocking-sleep" in text
    assert "# PAL131 sync-redis-in-async" in text
    assert "# PAL151 swallowed-exception" in text
    assert "## Why" in text


def test_explain_suggests_what_may_be_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "blocking-sleeps"]) == 2
    assert "did you mean blocking-sleep" in capsys.readouterr().err


def test_rules_lists_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    codes = [rule.code for rule in catalogue.rules()]
    assert cli.main(["rules", "--format", "json"]) == 0
    assert [rule["code"] for rule in json.loads(capsys.readouterr().out)] == codes
    assert cli.main(["rules"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == codes
    assert cli.main(["rules", "--format", "markdown"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(codes) + 2


@pytest.mark.parametrize(
    ("command", "option", "path", "code"),
    [
        ("detect-blocking-calls", "--source-dir", "app", 1),
        ("detect-blocking-calls", "--source-dir", "silent", 0),
        ("detect-blocking-calls", "--source-dir", "nowhere", 2),
        ("validate-schema-migration", "--migration-dir", "app", 0),
        ("verify-mojo-artifact", "--pipeline-dir", "app", 0),
        ("verify-mojo-artifact", "--pipeline-dir", "empty", 2),
        ("check-memory-allocation", "--compose-file", "compose.yaml", 1),
        ("detect-blocking-calls", "--source-dir", "partly", 2),
        ("validate-schema-migration", "--migration-dir", "partly", 2),
        ("check-memory-allocation", "--compose-file", "partly", 0),
        ("check-memory-allocation", "--compose-file", "silent/a.py", 2),
        ("detect-blocking-calls", "--source-dir", "compose.yaml", 2),
    ],
)
def test_the_four_checks_go_by_their_own_names(command: str, option: str, path: str, code: int, tree: Tree) -> None:
    partly = {"partly/a.py": "A = 1\n", "partly/b.py": "def (\n", "partly/compose.yaml": "services: {}\n"}
    root = tree(FILES | partly | {"silent/a.py": "A = 1\n", "empty/notes.txt": ""})
    script = Path(__file__).parent.parent / "scripts" / f"{command.replace('-', '_')}.py"
    done = subprocess.run(
        [sys.executable, str(script), option, path], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert {line.split()[1][:4] for line in done.stdout.splitlines()} <= {"PAL1", "PAL4"}


def test_init_writes_what_fits_the_project(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree(
        {
            "pyproject.toml": '[project]\nname = "a"\n',
            "src/service/main.py": "app = FastAPI()\n",
            "src/service/routers/a.py": "router = APIRouter()\n",
            "src/pipeline/transformers/t.py": "from mage_ai import transformer\n\n@transformer\ndef t(df): return df\n",
            "src/common/db.py": "X = 1\n",
            "src/common/frames.py": "import h2o\n\n\ndef frame(rows): return h2o.H2OFrame(rows)\n",
            "migrations/versions/1.py": "revision = '1'\n\ndef upgrade(): op.create_table('user_features')\n",
            "compose.yaml": COMPOSE,
            "tests/test_drift.py": DRIFT_TEST,
            "tests/test_clock.py": "def test_clock_drift(): assert now() < 5\n",
            "tests/locustfile.py": "from locust import HttpUser\n\nclass Reader(HttpUser): ...\n",
        }
    )
    assert cli.main(["init", "--dry-run", str(root)]) == 0
    assert "tool.planalign" not in (root / "pyproject.toml").read_text()
    assert cli.main(["init", str(root)]) == 0
    assert "service: src/service\n  pipeline: src/pipeline\n" in capsys.readouterr().out
    plan = load_config(root)
    assert plan.problems == ()
    assert plan.config.layers.service == ("src/service",)
    assert plan.config.layers.pipeline == ("src/pipeline",)
    assert plan.config.logical.feature_tables == ("user_features",)
    assert plan.config.logical.migrations == ("migrations/versions",)
    assert {name: scenario.tests for name, scenario in plan.config.scenarios.items()} == {
        "drift": ("tests/test_drift.py",)
    }
    before = (root / "pyproject.toml").read_text()
    assert cli.main(["init", str(root)]) == 0
    assert (root / "pyproject.toml").read_text() == before
    assert cli.main(["init", str(root / "nowhere")]) == 2


@pytest.mark.parametrize(
    ("there", "left_alone"),
    [
        ({"pyproject.toml": "[project\nname = 1\n"}, {"pyproject.toml", ".flake8"}),
        ({"pyproject.toml": "tool = {}\n"}, {"pyproject.toml", ".flake8"}),
        ({"pyproject.toml": "tool.planalign.severity.PAL114 = 'low'\n"}, {"pyproject.toml"}),
        ({"pyproject.toml": "[tool]\nplanalign = {}\n"}, {"pyproject.toml"}),
        ({"planalign.toml": "[tool.planalign]\n"}, {"planalign.toml", "pyproject.toml"}),
        ({"setup.cfg": "[flake8]\nmax-line-length = 99\n"}, {"setup.cfg", ".flake8"}),
        ({"setup.cfg": "[flake8:local-plugins]\n"}, {"setup.cfg", ".flake8"}),
        ({"../tox.ini": "[flake8]\n"}, {"../tox.ini", ".flake8"}),
        ({"pyproject.toml": "[a]\r\nb = 1"}, set()),
    ],
)
def test_init_leaves_alone_what_is_there(there: dict[str, str], left_alone: set[str], tree: Tree) -> None:
    root = tree({f"inner/{name}": text for name, text in there.items() if not name.startswith("../")}) / "inner"
    root.mkdir(parents=True, exist_ok=True)
    for name, text in there.items():
        (root / name).write_bytes(text.encode())
    code = cli.main(["init", str(root)])
    after = {name: (root / name).read_bytes() if (root / name).exists() else None for name in (*there, *left_alone)}
    assert all((after[name] or b"").startswith(text.encode()) for name, text in there.items())
    assert all(after[name] == (there[name].encode() if name in there else None) for name in left_alone)
    assert code == (2 if left_alone == {"pyproject.toml", ".flake8"} else 0)
    if not code:
        assert load_config(root).problems == ()
        assert cli.main(["init", str(root)]) == 0
        assert {name: (root / name).read_bytes() if name in there else None for name in after} == after


def test_init_keeps_links_and_kinds_of_lines_and_every_name(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree({"conf/shared.toml": "", "\U0001f4e6/main.py": "app = FastAPI()\n", "build/tool.py": "A = 1\n"})
    (root / "conf/shared.toml").write_bytes(b"[a]\r\nb = 1\r\n")
    (root / "pyproject.toml").symlink_to("conf/shared.toml")
    (root / os.fsdecode(b"caf\xe9.py")).write_text("app = FastAPI()\n", encoding="utf-8")
    assert cli.main(["init", str(root)]) == 0
    assert (root / "pyproject.toml").is_symlink()
    written = (root / "conf/shared.toml").read_bytes()
    assert written.count(b"\n") == written.count(b"\r\n") > 4
    assert load_config(root).config.layers.service == ("\U0001f4e6",)
    assert (root / ".flake8").read_text(encoding="utf-8") == "[flake8]\nextend-exclude = .venv,dist\n"
    assert "\U0001f4e6" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lint", "told"),
    [
        ("[flake8]\nselect = F,E9\n", True),
        ("[flake8]\nselect = F,\n    # ours\n    PAL\n", False),
        ("[flake8]\nselect = F\nextend-select = PAL1\n", False),
        ("[flake8]\nmax-line-length = 100\n", False),
    ],
)
def test_init_says_where_flake8_leaves_our_codes_out(
    lint: str, *, told: bool, tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", str(tree({"setup.cfg": lint, "pyproject.toml": "[tool.planalign]\n"}))]) == 0
    assert ("`select` in setup.cfg leaves PAL out" in capsys.readouterr().out) is told


def test_init_finds_what_aiohttp_serves_and_shows_django_without_a_layer(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    migration = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    operations = []\n"
    root = tree(
        {
            "gate/main.py": "from aiohttp import web\n\napp = web.Application()\n",
            "site/wsgi.py": "from django.core.wsgi import get_wsgi_application\n\napp = get_wsgi_application()\n",
            "people/api.py": "from ninja import NinjaAPI\n\napi = NinjaAPI()\n",
            "people/migrations/0001_initial.py": migration,
        }
    )
    assert cli.main(["init", str(root)]) == 0
    told = capsys.readouterr().out
    assert "service: gate\n" in told
    assert "Django, read without settings: people, people/migrations, site\n" in told
    assert 'service = ["gate"]' in (root / "pyproject.toml").read_text()
    assert "migrations" not in (root / "pyproject.toml").read_text()


def test_init_names_the_package_of_the_service_and_no_scenario_without_a_pipeline(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(
        {
            "server/shop/__init__.py": "",
            "server/shop/cart/endpoints.py": "router = APIRouter()\n",
            "server/shop/order/endpoints.py": "router = APIRouter()\n",
            "server/tests/test_prices.py": "def test_price_drift_is_refused(): assert refused(1)\n",
        }
    )
    assert cli.main(["init", "--dry-run", str(root)]) == 0
    told = capsys.readouterr().out
    assert "service: server/shop\n" in told
    assert "scenarios" not in told


def test_help_and_errors_name_the_command_that_was_given(tree: Tree) -> None:
    root = tree(FILES)
    assert ran("flake8_planalign", "check", "--help", cwd=root).stdout.startswith("usage: planalign check [options]")
    for command in ("check", "review", "baseline"):
        done = ran("flake8_planalign", command, "--nonsense", cwd=root)
        assert (done.returncode, f"planalign {command}: error: " in done.stderr) == (2, True), done.stderr


def test_what_is_not_judged_is_named(tree: Tree) -> None:
    root = tree({**FILES, "notes.yaml": "a: 1\n"})
    said = ran("flake8_planalign", "check", cwd=root).stderr
    assert "1 file of no kind that is read (./notes.yaml)" in said
    assert "./broken.py:1: E999" in said
    assert f"read as Python {sys.version_info.major}.{sys.version_info.minor}" in said


def test_the_skill_names_every_story_and_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["skill"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("---\nname: code-reviewer\n")
    assert all(story in text for story in STORIES)
    assert all(rule.code in text for rule in catalogue.rules() if catalogue.view_of(rule.code) != "tool")
    written = (Path(__file__).parent.parent / "skills" / "code-reviewer" / "SKILL.md").read_text(encoding="utf-8")
    # Rules come and go with every change; the parts that people wrote must be those that are generated.
    assert written.partition("## Epics")[0] == text.partition("## Epics")[0]


def test_the_action_and_the_hooks_run_what_there_is() -> None:
    root = Path(__file__).parent.parent
    hooks = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert all(hook["entry"].split()[0] == "planalign" for hook in hooks)
    assert all(hook["entry"].split()[1] in cli.COMMANDS for hook in hooks)
    action = yaml.safe_load((root / "action.yml").read_text(encoding="utf-8"))
    scripts = " ".join(step.get("run", "") for step in action["runs"]["steps"])
    assert set(re.findall(r'"\$PLANALIGN" (\w+)', scripts)) <= set(cli.COMMANDS)
    assert "${{" not in scripts, "inputs reach a script through its environment only"


def test_the_hook_is_given_every_kind_of_file_that_is_read() -> None:
    root = Path(__file__).parent.parent
    hook = yaml.safe_load((root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
    names = [pattern for pattern, kind in kinds.NAMES if kind in kinds.READ or kind is FileKind.PYTHON]
    examples = [f"deploy/{name.replace('[._-]', '.').replace('*', 'x')}" for name in names]
    assert [name for name in examples if not re.search(hook["files"], name)] == []
    assert not any(re.search(hook["files"], name) for name in ("notes.txt", "package.json", "web/app.js", "index.html"))


def test_a_long_run_shows_on_a_terminal_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(running, "_SHOW_AFTER", 0)
    monkeypatch.setattr(checker.FileChecker, "run_checks", lambda _: None)
    application = types.SimpleNamespace(file_checker_manager=types.SimpleNamespace(filenames=["a.py"] * 4))
    shown, file = Terminal(), types.SimpleNamespace()
    with running._progress(shown, application):
        checker.FileChecker.run_checks(file)
        checker.FileChecker.run_checks(file)
        deadline = time.monotonic() + 20
        while "files" not in shown.getvalue() and time.monotonic() < deadline:
            time.sleep(0.02)
    assert f"[{'#' * 15}{' ' * 15}] 2/4 files" in shown.getvalue()
    assert shown.getvalue().endswith("\r\x1b[K")
    quiet = io.StringIO()
    with running._progress(quiet, application):
        checker.FileChecker.run_checks(file)
    assert quiet.getvalue() == ""


def test_who_stops_to_read_is_no_error_of_ours(tree: Tree) -> None:
    root = tree(FILES)
    command = [sys.executable, "-m", "flake8_planalign", "rules", "--format=json"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()
    assert b"Traceback" not in said
    assert process.returncode in (0, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("baseline",),
        ("review",),
        ("detect-blocking-calls", "--source-dir", "app"),
        ("check-memory-allocation", "--compose-file", "compose.yaml"),
    ],
)
def test_every_command_ends_with_what_was_judged(arguments: tuple[str, ...], tree: Tree) -> None:
    done = ran("flake8_planalign", *arguments, cwd=tree(FILES))
    last = (done.stdout + done.stderr).rstrip().splitlines()[-1]
    assert re.search(r"[Jj]udged \d+ (?:Python|Compose) files?", last), last


def test_an_unknown_command_is_an_error_and_help_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["chekc"]) == 2
    assert "no command `chekc`" in capsys.readouterr().err
    assert cli.main(["--help"]) == 0
    assert "usage: planalign" in capsys.readouterr().out
    assert cli.main(["--version"]) == 0
