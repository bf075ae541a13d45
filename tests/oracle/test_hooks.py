"""The pre-commit hooks, as pre-commit itself installs and runs them from this repository."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SLEEPS = "import time\n\n\nasync def wait():\n    time.sleep(1)\n"

pytestmark = pytest.mark.skipif(
    not (importlib.util.find_spec("pre_commit") and shutil.which("git") and (ROOT / ".git").exists()),
    reason="needs pre-commit, git and this repository",
)


def git(*arguments: str, cwd: Path) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=cwd, check=True, capture_output=True)


def test_both_hooks_find_what_is_committed(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    git("init", cwd=root)
    files = {"app.py": SLEEPS, "pyproject.toml": "[tool.planalign]\n", "notes.txt": "no Python", "package.json": "{}"}
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    git("add", "--all", cwd=root)
    git("commit", "--message=one", cwd=root)
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(ROOT)]
    checked, reviewed = (
        subprocess.run(
            [*command, hook, "--ref=HEAD", *more],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        for hook, more in (("planalign", ["--all-files"]), ("planalign-review", ["--hook-stage=manual"]))
    )
    assert checked.returncode == 1, checked.stdout
    assert "app.py:5:5: PAL111 " in checked.stdout
    assert "planalign: judged 1 Python file and 1 plan file\n" in checked.stdout
    assert reviewed.returncode == 1, reviewed.stdout
    assert "BLOCK" in reviewed.stdout
