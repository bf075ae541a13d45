"""Which runtime can take what: images and Pythons for daimojo, readers for a MOJO, locales for names."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from conftest import Flake8, Tree

DATA = Path(__file__).parent / "data" / "mojo"


def _zip(entries: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _mojo2(runtime: str) -> bytes:
    info = f'base_version="1.11.0"\nmojo2_runtime_version="{runtime}"\n'
    return _zip({"mojo/pipeline.pb": "x", "mojo/dai_build.info": info})


@pytest.mark.parametrize(
    ("base", "requirement", "text"),
    [
        ("python:3.13-slim", "daimojo==2.8.8", "daimojo 2.8.8 has no wheel for Python 3.13"),
        ("python:3.12", "daimojo==2.8.5", "daimojo 2.8.5 has no wheel for Python 3.12"),
        ("python:3.8", "daimojo==2.8.8", "has no wheel for Python 3.8"),
        ("python:3.14", "daimojo", "daimojo has no wheel for Python 3.14"),
        ("python:3.11-alpine", "daimojo==2.8.8", "Alpine's musl"),
        ("--platform=linux/arm64 python:3.11", "daimojo==2.8.8", "no wheel for linux/arm64"),
        ("--platform=linux/amd64 python:3.11", "daimojo==2.8.8", ""),
        ("python:3.11-slim", "daimojo==2.9.2", ""),
        ("python:3.11-slim", "daimojo==nightly", ""),
        ("debian:12", "daimojo==2.8.8", ""),
        ("python:${VERSION}", "daimojo==2.8.8", ""),
        ("scratch", "daimojo==2.8.8", ""),
    ],
)
def test_an_image_for_daimojo(tree: Tree, flake8: Flake8, base: str, requirement: str, text: str) -> None:
    dockerfile = f"FROM {base}\nCOPY requirements.txt /\nRUN pip install -r requirements.txt\n"
    root = tree({"requirements.txt": f"{requirement}\n", "Dockerfile": dockerfile})
    found = flake8("--select=PAL323", "--planalign-cache=off", cwd=root)
    assert [(item.path, item.line, text in item.text) for item in found] == [("Dockerfile", 1, True)] * bool(text)


@pytest.mark.parametrize(
    ("requires", "count"), [(">=3.13", 1), (">=3.11", 0), (">=3.8,<3.9", 1), ("nonsense", 0), ("==3.11.*", 0)]
)
def test_a_python_for_daimojo(tree: Tree, flake8: Flake8, requires: str, count: int) -> None:
    text = f'[project]\nrequires-python = "{requires}"\ndependencies = ["daimojo==2.8.8"]\n[tool.planalign]\n'
    assert len(flake8("--select=PAL323", cwd=tree({"pyproject.toml": text}))) == count


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"p.mojo": _mojo2("2.8.8")}, 1),
        ({"p.mojo": _mojo2("2.8.1")}, 0),
        ({"p.mojo": _mojo2("someday")}, 0),
        ({"p.mojo": _zip({"mojo/pipeline.pb": "x"})}, 0),
        ({"p.mojo": b"no archive"}, 0),
        ({"p.mojo": b"PK and no more"}, 0),
        ({"a.zip": _zip({"readme": "x"}), "p.mojo": _mojo2("2.9.0")}, 1),
    ],
)
def test_a_runtime_that_is_older_than_its_model(
    tree: Tree, flake8: Flake8, files: dict[str, str | bytes], count: int
) -> None:
    found = flake8("--select=PAL323", cwd=tree({"requirements.txt": "daimojo==2.8.5\n", **files}))
    assert [(item.path, item.line) for item in found] == [("requirements.txt", 1)] * count


@pytest.mark.parametrize(
    ("dockerfile", "count"),
    [
        ("FROM debian:12\nRUN apt-get install -y openjdk-17-jre-headless\n", 1),
        ("FROM ubuntu:22.04\nRUN apt-get install -y openjdk-11-jdk\n", 1),
        ("FROM debian:12\nENV LANG=C\nRUN apt-get install -y openjdk-17-jre-headless\n", 1),
        ("FROM eclipse-temurin:17-jre\nENV LC_ALL=POSIX\n", 1),
        ("FROM eclipse-temurin:17-jre\n", 0),
        ("FROM debian:12\nENV LANG=C.UTF-8\nRUN apt-get install -y openjdk-17-jre-headless\n", 0),
        ("FROM debian:13\nRUN apt-get install -y openjdk-21-jre-headless\n", 0),
        ("FROM debian:12\nRUN apt-get install -y openjdk-17-jre\nCMD java -Dfile.encoding=UTF-8 -jar a.jar\n", 0),
        ("FROM example.com/own:1\nRUN apt-get install -y openjdk-17-jre-headless\n", 0),
        ("FROM ${BASE}\nRUN apt-get install -y openjdk-17-jre-headless\n", 0),
        ("FROM debian:12\nRUN apt-get install -y python3\n", 0),
    ],
)
def test_the_locale_of_the_image_that_reads_a_name(tree: Tree, flake8: Flake8, dockerfile: str, count: int) -> None:
    root = tree({"m.zip": (DATA / "glm_bin.zip").read_bytes(), "Dockerfile": dockerfile})
    found = flake8("--select=PAL318", "--planalign-cache=off", cwd=root)
    assert len([item for item in found if "without a UTF-8 locale" in item.text]) == count


@pytest.mark.parametrize(
    ("pin", "model", "count"),
    [
        ("3.46.0.11", "gbm_bin", 0),
        ("3.30.0.1", "gbm_bin", 1),
        ("3.30.0.1", "kmeans", 0),
        ("3.46.*", "gbm_bin", 0),
    ],
)
def test_a_model_beyond_the_pinned_reader(tree: Tree, flake8: Flake8, pin: str, model: str, count: int) -> None:
    files: dict[str, str | bytes] = {"requirements.txt": f"h2o=={pin}\n"}
    root = tree({**files, "m.zip": (DATA / f"{model}.zip").read_bytes()})
    found = flake8("--select=PAL323", "--planalign-cache=off", cwd=root)
    assert [item.path for item in found] == ["m.zip"] * count
