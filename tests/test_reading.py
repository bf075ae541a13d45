"""Only regular files are read: what a link or a pipe leads to may never end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Tree

from flake8_planalign.reading import bytes_of

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there are no devices here")
APP = "import time\n\n\nasync def go():\n    time.sleep(1)\n"


def test_no_more_than_one_byte_beyond_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    assert [bytes_of(path, limit) for limit in (None, 10, 4)] == [b"0123456789", b"0123456789", b"01234"]


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "."])
def test_what_is_no_regular_file_is_an_error(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with pytest.raises(OSError, match=r"regular|directory"):
        bytes_of(name)


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("planalign.toml", 2, "PAL903 planalign.toml:1: cannot be read: it is no regular file"),
        ("pyproject.toml", 2, "PAL903 pyproject.toml:1: cannot be read: it is no regular file"),
        ("compose.yml", 1, "not readable: 1 (./compose.yml:0: E902 OSError: [Errno 22] it is no regular file"),
        ("model.zip", 1, "not readable: 1 (./model.zip:0: E902 OSError: [Errno 22] it is no regular file"),
        ("requirements.txt", 1, "not readable: 1 (./requirements.txt:0: E902"),
        (".gitignore", 1, "planalign: judged 1 Python file\n"),
        ("baseline.json", 1, "baseline.json: cannot be read: it is no regular file, so nothing is left out"),
    ],
)
def test_a_link_to_an_endless_device_is_told_and_does_not_end_the_run(
    name: str, status: int, message: str, tree: Tree
) -> None:
    root = tree({"app.py": APP})
    (root / name).symlink_to("/dev/zero")
    more = ["--planalign-baseline=baseline.json"] if name == "baseline.json" else []
    command = [sys.executable, "-m", "flake8_planalign", "check", "--isolated", "--jobs=1", *more, "."]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False)
    assert "app.py:5:5: PAL111" in done.stdout
    assert message in done.stderr
