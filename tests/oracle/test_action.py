"""The GitHub Action as a runner does it: its steps, with their shells, files and contexts, in a fresh environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
SLEEPS = "import time\n\n\nasync def wait():\n    time.sleep(1)\n"
PLAN = "[tool.planalign]\n"
#: The inputs of other people's actions, as their action.yml has them at the commit that ours is pinned to.
KNOWN = {
    "github/codeql-action/upload-sarif": {
        "sarif_file",
        "checkout_path",
        "ref",
        "sha",
        "token",
        "matrix",
        "category",
        "wait-for-processing",
    }
}

pytestmark = pytest.mark.skipif(
    not (shutil.which("git") and shutil.which("bash") and (ROOT / ".git").exists()),
    reason="needs git, bash and this repository",
)


class Done(NamedTuple):
    """What a run left: the first step that failed and its status, what was printed, and what others were asked."""

    failed: str
    status: int
    printed: str
    used: dict[str, dict[str, str]]
    outputs: dict[str, str]
    summary: str


class Runner:
    """A runner: its folder for what is temporary, and the action as it was fetched."""

    def __init__(self, folder: Path) -> None:
        self.temporary = folder / "temp"
        self.action = folder / "action"
        self.temporary.mkdir()
        subprocess.run(["git", "clone", "--quiet", "--depth=1", ROOT.as_uri(), str(self.action)], check=True)
        # what is not committed yet is tested as well
        shutil.copy(ROOT / "action.yml", self.action)
        shutil.rmtree(self.action / "flake8_planalign")
        shutil.copytree(
            ROOT / "flake8_planalign", self.action / "flake8_planalign", ignore=shutil.ignore_patterns("__pycache__")
        )
        self.installed: dict[str, str] = {}

    def run(self, workspace: Path, **given: str) -> Done:
        """Run the steps in a folder; the action is installed by the first run alone."""
        inputs = {name: value.get("default", "") for name, value in ACTION["inputs"].items()} | given
        outputs: dict[str, dict[str, str]] = {"install": self.installed} if self.installed else {}
        files = {name: self.temporary / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        printed, used, failed, status = "", {}, "", 0
        files["GITHUB_STEP_SUMMARY"].write_text("", encoding="utf-8")
        (self.temporary / "planalign-review.md").unlink(missing_ok=True)
        for step in ACTION["runs"]["steps"]:
            context = {
                "runner.temp": str(self.temporary),
                **{f"inputs.{name}": value for name, value in inputs.items()},
                **{f"steps.{at}.outputs.{name}": text for at, told in outputs.items() for name, text in told.items()},
            }
            if not _holds(step.get("if", ""), context) or (step.get("id") == "install" and self.installed):
                continue
            if "uses" in step:
                used[step["uses"]] = {name: _filled(value, context) for name, value in step["with"].items()}
                continue
            assert step["shell"] == "bash"
            environment = {
                **{name: os.environ[name] for name in os.environ if not name.startswith(("COVERAGE", "PYTHON"))},
                **{name: _filled(value, context) for name, value in step.get("env", {}).items()},
                **{name: str(path) for name, path in files.items()},
                "RUNNER_TEMP": str(self.temporary),
                "GITHUB_ACTION_PATH": str(self.action),
                "GITHUB_WORKSPACE": str(workspace),
            }
            files["GITHUB_OUTPUT"].write_text("", encoding="utf-8")
            script = self.temporary / "step.sh"
            script.write_text(step["run"], encoding="utf-8")
            # this is how `shell: bash` is defined
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
            done = subprocess.run(
                command, cwd=workspace, env=environment, capture_output=True, text=True, check=False, timeout=600
            )
            printed += done.stdout + done.stderr
            lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
            outputs[step.get("id", step["name"])] = dict(line.split("=", 1) for line in lines)
            if step.get("id") == "install" and not done.returncode:
                self.installed = outputs["install"]
            if done.returncode:
                failed, status = step["name"], done.returncode
                break
        context = {f"steps.{at}.outputs.{name}": text for at, told in outputs.items() for name, text in told.items()}
        told = {name: _filled(output["value"], context) for name, output in ACTION["outputs"].items()}
        return Done(failed, status, printed, used, told, files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"))


def _filled(value: str, context: Mapping[str, str]) -> str:
    """Return a value with its expressions evaluated; what nobody has set is empty, as GitHub defines it."""
    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: context.get(found[1], ""), value)


def _holds(condition: str, context: Mapping[str, str]) -> bool:
    """Tell whether a step is run; without a condition it is, as long as none has failed."""
    if not condition:
        return True
    compared = re.fullmatch(r"([\w.-]+) == '(\w*)'", condition)
    assert compared, condition
    return context.get(compared[1], "") == compared[2]


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return Runner(tmp_path_factory.mktemp("runner"))


def project(folder: Path, files: Mapping[str, str]) -> Path:
    root = folder / "work space"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def test_what_blocks_is_annotated_uploaded_told_and_fails_the_job(runner: Runner, tmp_path: Path) -> None:
    root = project(tmp_path, {"app/wait.py": SLEEPS, "pyproject.toml": PLAN})
    done = runner.run(root)
    assert (done.failed, done.status) == ("Review", 1), done.printed
    assert "::error " in done.printed
    assert "file=app/wait.py,line=5,col=5," in done.printed
    assert done.outputs["sarif"] == "planalign.sarif"
    (uploaded,) = done.used.values()
    document = json.loads((root / uploaded["sarif_file"]).read_text(encoding="utf-8"))
    assert [found["ruleId"] for found in document["runs"][0]["results"]] == ["PAL111"]
    assert "BLOCK" in done.summary
    assert Path(done.outputs["review"]).read_text(encoding="utf-8") == done.summary


def test_a_job_without_findings_passes(runner: Runner, tmp_path: Path) -> None:
    done = runner.run(project(tmp_path, {"app/a.py": "X = 1\n", "pyproject.toml": PLAN}))
    assert (done.failed, done.status) == ("", 0), done.printed
    assert "APPROVE" in done.summary


def test_with_a_base_what_was_there_before_does_not_fail_the_job(runner: Runner, tmp_path: Path) -> None:
    root = project(tmp_path, {"app/wait.py": SLEEPS, "pyproject.toml": PLAN})
    git(root, "init")
    git(root, "add", "--all")
    git(root, "commit", "--message=one")
    (root / "app" / "more.py").write_text("X = 1\n", encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--message=two")
    done = runner.run(root, base="HEAD~1", upload="false", sarif="out/found.sarif", paths="app pyproject.toml")
    assert (done.failed, done.status) == ("", 0), done.printed
    assert done.used == {}
    assert done.outputs["sarif"] == "out/found.sarif"
    assert (root / "out" / "found.sarif").is_file()


def test_a_base_that_is_not_there_fails_the_job_and_says_so(runner: Runner, tmp_path: Path) -> None:
    root = project(tmp_path, {"app/a.py": "X = 1\n", "pyproject.toml": PLAN})
    git(root, "init")
    done = runner.run(root, base="origin/gone")
    assert (done.failed, done.status) == ("Review", 2)
    assert "origin/gone" in done.printed
    assert (done.summary, done.outputs["review"]) == ("", "")


def test_a_path_that_is_not_there_fails_the_first_step_that_reads_it(runner: Runner, tmp_path: Path) -> None:
    done = runner.run(project(tmp_path, {"app/a.py": "X = 1\n"}), paths="nowhere")
    assert (done.failed, done.status) == ("Annotate", 2)
    assert "nowhere" in done.printed


def test_what_others_have_made_is_pinned_and_given_inputs_that_it_has() -> None:
    for step in ACTION["runs"]["steps"]:
        if "uses" in step:
            name, _, commit = step["uses"].partition("@")
            assert re.fullmatch(r"[0-9a-f]{40}", commit)
            assert set(step["with"]) <= KNOWN[name]


def test_each_expression_names_what_there_is() -> None:
    steps = ACTION["runs"]["steps"]
    written = {
        f"steps.{step['id']}.outputs.{name}"
        for step in steps
        if "id" in step
        for name in re.findall(r'echo "(\w+)=[^\n]*>> "\$GITHUB_OUTPUT"', step["run"])
    }
    known = written | {f"inputs.{name}" for name in ACTION["inputs"]} | {"runner.temp"}
    values = [*(step.get("env", {}) | step.get("with", {}) for step in steps), ACTION["outputs"]]
    named = set(re.findall(r"\$\{\{ ([^}]+) \}\}", json.dumps(values)))
    assert named <= known
    assert {name for name in known if name.startswith("inputs.")} - named == {"inputs.upload"}
