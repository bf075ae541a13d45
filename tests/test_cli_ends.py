"""How a command ends when it cannot write, is stopped, or has nobody to write to: one line, and a code of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import Tree

from flake8_planalign import cli, engine

APP = "import time\n\n\nasync def go():\n    time.sleep(1)\n"


def run(root: object, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "flake8_planalign", *arguments]
    return subprocess.run(command, cwd=str(root), capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")
@pytest.mark.parametrize("command", ["check", "review", "rules", "skill"])
def test_a_full_disk_is_one_line_and_no_verdict(command: str, tree: Tree) -> None:
    options = ["--isolated", "--jobs=1", "."] if command in ("check", "review") else []
    done = run(tree({"app.py": APP}), ">/dev/full", command, *options)
    assert (done.returncode, done.stderr.splitlines()[-1:]) == (
        2,
        [f"planalign {command}: No space left on device"],
    )
    assert "Traceback" not in done.stderr


def test_a_report_that_cannot_be_put_anywhere_is_one_line(tree: Tree) -> None:
    root = tree({"app.py": APP, "taken": ""})
    for arguments in (
        ("check", "--isolated", "--jobs=1", "--format=planalign-html", "--output-file=taken/report.html", "."),
        ("review", "--isolated", "--jobs=1", "--output=taken/review.md", "."),
        ("baseline", "--isolated", "--jobs=1", "--file=taken/baseline.json", "app.py"),
    ):
        done = run(root, "", *arguments)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert done.stderr.startswith(f"planalign {arguments[0]}: ")


def test_closed_streams_change_no_exit_code(tree: Tree) -> None:
    root = tree({"app.py": APP})
    assert run(root, ">&-", "check", "--isolated", "--jobs=1", ".").returncode == 1
    assert run(root, ">&- 2>&-", "rules").returncode == 0


@pytest.mark.parametrize("command", ["check", "review"])
def test_who_stops_a_run_is_given_no_verdict(
    command: str, tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "check", stop)
    monkeypatch.chdir(tree({"app.py": APP}))
    assert cli.main([command, "--isolated", "--jobs=1", "--planalign-cache=off", "."]) == 130
    assert capsys.readouterr().err == f"planalign {command}: stopped\n"


def test_a_report_that_cannot_be_written_is_named_as_it_was_asked_for(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree({"app.py": APP})
    monkeypatch.chdir(root)

    def refuse(**_options: object) -> None:
        raise PermissionError(13, "Permission denied", str(root / ".r.md.x1"))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    assert cli.main(["review", "--isolated", "--jobs=1", "--output=r.md", "app.py"]) == 2
    assert capsys.readouterr().err == f"planalign review: {root / 'r.md'}: Permission denied\n"


def test_a_format_of_ours_that_there_is_not_is_an_error(tree: Tree) -> None:
    done = run(tree({"app.py": APP}), "", "check", "--isolated", "--format=planalign-xml", "app.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "planalign check: there is no format `planalign-xml`; there are default, planalign-github,"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs here")
@pytest.mark.parametrize("command", ["check", "review"])
def test_a_pipe_in_the_tree_is_not_waited_for(command: str, tree: Tree) -> None:
    root = tree({"app.py": APP})
    os.mkfifo(root / "pipe.py")
    (root / "zero.py").symlink_to("/dev/zero")
    done = run(root, "", command, "--isolated", "--jobs=1")
    assert (done.returncode, "PAL111" in done.stdout) == (1, True)
    assert "judged 1 Python file" in (done.stdout + done.stderr).lower().replace("python", "Python")
