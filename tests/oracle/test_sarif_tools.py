"""SARIF as Microsoft's sarif-tools reads it: the same findings, at the same places."""

from __future__ import annotations

import collections
import csv
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "scoring"

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("sarif"), reason="needs sarif-tools")


def test_every_finding_of_the_example_is_read_at_its_line(tmp_path: Path) -> None:
    log, table = tmp_path / "found.sarif", tmp_path / "found.csv"
    flake8 = [sys.executable, "-m", "flake8", "--select=PAL", "."]
    plain = subprocess.run(flake8, cwd=EXAMPLE, capture_output=True, text=True, check=False).stdout
    wanted: collections.Counter[tuple[str, str]] = collections.Counter()
    for line in plain.splitlines():
        path, number, _, text = line.split(":", 3)
        wanted[f"{path.removeprefix('./')}:{number}", text.split()[0]] += 1
    subprocess.run([*flake8, "--format=planalign-sarif", f"--output-file={log}"], cwd=EXAMPLE, check=False)
    subprocess.run([sys.executable, "-m", "sarif", "csv", str(log), "-o", str(table)], check=True, capture_output=True)
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = collections.Counter(
        (f"{row['Location'].rpartition('examples/scoring/')[2]}:{row['Line']}", row["Code"].split()[0]) for row in rows
    )
    assert wanted
    assert found == wanted
