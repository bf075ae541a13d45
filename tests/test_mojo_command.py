"""`python -m flake8_planalign.mojo`: models judged on their own, and beside H2O's own reader."""

from __future__ import annotations

import json
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from flake8_planalign import mojo

DATA = Path(__file__).parent / "data" / "mojo"


def _damaged(path: Path) -> Path:
    with zipfile.ZipFile(DATA / "glm_bin.zip") as archive, zipfile.ZipFile(path, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, archive.read(name).replace(b"link = logit", b"link = logarithm"))
    return path


def test_valid_models_are_told_to_be_valid(capsys: pytest.CaptureFixture[str]) -> None:
    assert mojo.main([str(path) for path in sorted(DATA.glob("*.zip"))]) == 0
    assert capsys.readouterr().out.count(": valid\n") == 28


def test_a_damaged_model_is_told_in_text_and_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _damaged(tmp_path / "glm.zip")
    assert mojo.main([str(path)]) == 1
    assert "PAL316 model.ini link = logarithm is none of" in capsys.readouterr().out
    assert mojo.main(["--format=json", str(path)]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert report["rejected"]
    assert report["problems"][0]["entry"] == "model.ini"


def test_other_forms_of_a_model_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "model"
    with zipfile.ZipFile(DATA / "kmeans.zip") as archive:
        archive.extractall(folder)
    names = ("gbm_bin.java", "GBM_model_python_1763772000000_1")
    assert mojo.main([str(folder), *(str(DATA / name) for name in names)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": valid")
    assert "PAL315 POJO of H2O 3.46.0.11" in lines[1]
    assert "PAL315 binary model of H2O 3.46.0.11" in lines[2]


@pytest.mark.parametrize(
    ("name", "entries", "form", "status"),
    [
        ("mojo.zip", {"mojo/pipeline.pb": b"\x08\x02", "mojo/dai_build.info": b""}, "MOJO2 pipeline", 0),
        ("old.mojo", {"mojo/pipeline.toml": b"mojo_version = 2.0\n"}, "MOJO2 pipeline", 0),
        ("download.zip", {"mojo-pipeline/pipeline.mojo": b"PK"}, "Driverless AI download", 0),
        (
            "folder.zip",
            {"churn/model.ini": b"[info]\nalgorithm = x\n", "churn/domains/d000.txt": b"no"},
            "H2O-3 MOJO below a directory",
            1,
        ),
        ("gbm_bin.java", None, "POJO", 1),
        ("GBM_model_python_1763772000000_1", None, "binary model", 1),
        ("kmeans.zip", None, "H2O-3 MOJO", 0),
    ],
)
def test_the_form_of_a_model_is_told_in_json(
    name: str,
    entries: dict[str, bytes] | None,
    form: str,
    status: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = DATA / name
    if entries is not None:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            for entry, content in entries.items():
                archive.writestr(entry, content)
    assert mojo.main(["--format=json", str(path)]) == status
    (report,) = json.loads(capsys.readouterr().out)
    assert form in report["form"]


@pytest.mark.parametrize(
    ("name", "content"), [("Main.java", b"class Main {}\n"), ("x_model_python_1", b"\x1c\xed\x01")]
)
def test_what_is_no_model_is_not_valid(
    name: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert mojo.main([str(tmp_path / name)]) == 2
    assert capsys.readouterr().out.endswith("cannot be read: is no MOJO of H2O-3\n")


def test_what_cannot_be_read_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "readme.txt"
    text.write_text("hello")
    assert mojo.main([str(text), str(tmp_path / "none.zip")]) == 2
    assert capsys.readouterr().out.splitlines() == [
        f"{text}: cannot be read: is no MOJO of H2O-3",
        f"{tmp_path / 'none.zip'}: cannot be read: No such file or directory",
    ]


def test_models_of_driverless_ai_are_told_and_other_archives_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "pipeline.mojo", "w") as archive:
        archive.writestr("mojo/pipeline.pb", b"\x08\x02")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("README.md", "hello")
    assert mojo.main([str(tmp_path / "pipeline.mojo")]) == 0
    assert capsys.readouterr().out.endswith("pipeline.mojo: MOJO2 pipeline, not judged\n")
    assert mojo.main([str(tmp_path / "other.zip")]) == 2


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a program in the place of java that answers with the lines of the file `answers` beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "java"
    program.write_text(f'#!/bin/sh\ncat "{folder}/answers"\n')
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / "answers"


def test_the_real_reader_is_asked_and_disagreements_are_told(
    tmp_path: Path, java: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jar = tmp_path / "h2o-genmodel.jar"
    jar.touch()
    good, bad = str(DATA / "kmeans.zip"), str(_damaged(tmp_path / "glm.zip"))
    java.write_text("loaded\njava.lang.UnsupportedOperationException\n")
    assert mojo.main(["--with-genmodel", str(jar), good, bad]) == 1
    assert "disagreement" not in capsys.readouterr().out
    java.write_text("java.lang.NullPointerException\nloaded\n")
    assert mojo.main(["--with-genmodel", str(jar), good, bad]) == 1
    out = capsys.readouterr().out
    assert f"{good}: disagreement: h2o-genmodel rejects it: java.lang.NullPointerException" in out
    assert f"{bad}: disagreement: h2o-genmodel loads it" in out
    java.write_text("")
    assert mojo.main(["--with-genmodel", str(jar), good]) == 2


def test_a_missing_jar_or_java_is_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(DATA / "kmeans.zip")
    assert mojo.main(["--with-genmodel", str(tmp_path / "none.jar"), model]) == 2
    assert "there is no such jar" in capsys.readouterr().err
    (tmp_path / "some.jar").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("java") is None
    assert mojo.main(["--with-genmodel", str(tmp_path / "some.jar"), model]) == 2
    assert "java is not installed" in capsys.readouterr().err
