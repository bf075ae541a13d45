"""Living with flake8-async: the registry in its words, and no line that two plugins speak of."""

from __future__ import annotations

import configparser
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Tree

from flake8_planalign.registry.__main__ import blocking_functions, main

ROOT = Path(__file__).parent.parent

with_flake8_async = pytest.mark.skipif(
    importlib.util.find_spec("flake8_async") is None, reason="flake8-async is not installed; the extra `async` has it"
)


def exported(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Return the exported option as flake8-async parses it."""
    assert main(["--flake8-async"]) == 0
    parser = configparser.ConfigParser()
    parser.read_string("[flake8]\n" + capsys.readouterr().out)
    value = parser["flake8"]["async200-blocking-calls"]
    pairs = [item.split("->") for item in value.split(",") if item.strip()]
    assert all(len(pair) == 2 for pair in pairs)
    return {name.strip(): use.strip() for name, use in pairs}


def test_the_export_is_an_option_of_functions_with_their_remedies(capsys: pytest.CaptureFixture[str]) -> None:
    option = exported(capsys)
    assert option["bcrypt.hashpw"]
    assert option["psycopg2.connect"] == "use asyncpg or psycopg.AsyncConnection"
    assert not {"time.sleep", "requests.get", "open", "redis.Redis", "redis.Redis.get"} & set(option)
    assert dict(blocking_functions()) == option


def test_an_unknown_request_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--flake8-async" in capsys.readouterr().err


def report(cwd: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "flake8", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.splitlines()


@with_flake8_async
def test_flake8_async_reads_the_export_and_finds_what_it_names(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--flake8-async"]) == 0
    option = capsys.readouterr().out
    code = "import asyncio\nimport bcrypt\n\n\nasync def f(word, salt):\n    return bcrypt.hashpw(word, salt)\n"
    root = tree({"app.py": code, "tox.ini": f"[flake8]\nselect = ASYNC200\n{option}"})
    (found,) = report(root, "app.py")
    assert found.startswith("app.py:6:12: ASYNC200")


@with_flake8_async
def test_with_the_recommended_configuration_no_line_has_to_be_silenced_twice(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (recommended,) = re.findall(r"^\[flake8\]\ndisable = ASYNC[^\n]*$", readme, re.MULTILINE)
    (tmp_path / "both.cfg").write_text(f"{recommended}\nselect = PAL,ASYNC\n", encoding="utf-8")
    both = report(ROOT, "--config", str(tmp_path / "both.cfg"), "examples/scoring")
    ours = report(ROOT, "--isolated", "--select=PAL", "examples/scoring")
    assert [line for line in both if " PAL" in line] == ours
    theirs = {line.rsplit(":", 2)[0] for line in both if " ASYNC" in line}
    blocking = {line.rsplit(":", 2)[0] for line in ours if re.search(r" PAL(?:11\d|122|131) ", line)}
    assert not theirs & blocking
