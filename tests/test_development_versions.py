"""One version of H2O: every file that states one, and the place at which it does."""

from __future__ import annotations

import io
import json
import struct
import zipfile

import pytest
from conftest import Flake8, Tree

PLAN = "[tool.planalign]\n"


def _found(tree: Tree, flake8: Flake8, files: dict[str, str | bytes]) -> list[tuple[str, int, int, str]]:
    root = tree({"planalign.toml": "", **files})
    report = flake8("--select=PAL32,PAL9", "--planalign-cache=off", cwd=root)
    return sorted((item.path, item.line, item.column, item.code) for item in report)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['h2o>=3.46'])\n", (2, 24)),
        ("setup.py", "from setuptools import setup\nDEPS = ['x', 'h2o']\nsetup(extras_require={'a': DEPS})\n", (2, 13)),
        ("setup.cfg", "[options]\ninstall_requires =\n    pandas\n    h2o>=3.46\n", (4, 4)),
        ("setup.cfg", "[options.extras_require]\nml = h2o\n", (2, 5)),
        ("Pipfile", '[packages]\nh2o = "*"\n', (2, 0)),
        ("Pipfile", '[packages]\nh2o = {version = ">=3.46"}\n', (2, 0)),
        ("pyproject.toml", '[project.optional-dependencies]\nml = ["h2o"]\n', (2, 7)),
        ("pyproject.toml", '[dependency-groups]\ntrain = ["h2o~=3.46.0.1"]\n', (2, 10)),
        ("pyproject.toml", '[tool.uv]\ndev-dependencies = ["h2o>3"]\n', (2, 21)),
        ("pyproject.toml", '[tool.pdm.dev-dependencies]\ntest = ["h2o"]\n', (2, 9)),
        ("environment.yml", "dependencies:\n  - h2o-py=3.46.0.11\n", (2, 4)),
        ("requirements/train.txt", "pandas\nh2o\n", (2, 0)),
        ("constraints.txt", "h2o>=3.46\n", (1, 0)),
        ("requirements.txt", "h2o>=3.46 \\\n  --hash=sha256:00\n", (1, 0)),
        ("requirements.txt", "-r base.in.txt\n", (1, 3)),
        ("start.sh", "pip install --upgrade \\\n  h2o && h2o --version\n", (2, 2)),
        ("Dockerfile", "FROM python:3.11\nRUN <<EOF\nset -e\npip install h2o\nEOF\n", (4, 12)),
        ("Dockerfile", "FROM python:3.11 AS a\nFROM h2oai/h2o-open-source-k8s\n", (2, 5)),
        ("Dockerfile", "ARG TAG=latest\nFROM h2oai/h2o-open-source-k8s:${TAG}\n", (1, 8)),
        ("k8s.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  image: h2oai/h2o-open-source-k8s:nightly\n", (4, 9)),
        ("chart/values.yaml", "image:\n  repository: h2oai/h2o-open-source-k8s\n  tag: latest\n", (3, 7)),
    ],
)
def test_what_is_not_pinned_is_told_where_it_stands(
    name: str, text: str, place: tuple[int, int], tree: Tree, flake8: Flake8
) -> None:
    files: dict[str, str | bytes] = {name: text, "base.in.txt": "h2o\n" if "base.in" in text else ""}
    assert _found(tree, flake8, files) == [(name, *place, "PAL321")]


@pytest.mark.parametrize(
    "files",
    [
        {"setup.py": "NAMES = ['h2o']\nprint(NAMES)\n"},
        {"requirements.in": "h2o\n", "requirements.txt": "h2o==3.46.0.11\n"},
        {"requirements.txt": "-c constraints.txt\nh2o\n", "constraints.txt": "h2o==3.46.0.11\n"},
        {"Pipfile": '[packages]\nh2o = "==3.46.0.11"\n'},
        {"environment.yml": "dependencies:\n  - h2o==3.46.0.11\n  - pip:\n    - h2o==3.46.0.11\n"},
        {"Dockerfile": "FROM python:3.11\nARG H2O\nRUN pip install h2o==$H2O\n"},
        {"Dockerfile": "FROM h2oai/h2o-open-source-k8s@sha256:0123456789abcdef\n"},
        {"Dockerfile": "FROM registry.example.com/team/h2o:latest\nRUN pip install -r requirements.txt # h2o\n"},
        {"notes.yaml": "text: use h2o\n# image: h2oai/h2o-open-source-k8s:latest\n"},
        {"requirements.txt": "h2o-wave\nh2oai-client\n"},
        {"requirements.txt": "git+https://github.com/h2oai/h2o-3@jenkins-3.46.0.11#egg=h2o\n"},
    ],
)
def test_what_is_pinned_or_cannot_be_known_is_silent(files: dict[str, str | bytes], tree: Tree, flake8: Flake8) -> None:
    assert _found(tree, flake8, files) == []


def _jar() -> bytes:
    def constant(text: bytes) -> bytes:
        return b"\x01" + struct.pack(">H", len(text)) + text

    pool = constant(b"jenkins-3.46.0.9-12-gabc") + constant(b"3.46.0.7") + constant(b"water/init/BuildVersion")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("water/init/BuildVersion.class", b"\xca\xfe\xba\xbe" + pool)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("poetry.lock", '[[package]]\nname = "h2o-client"\nversion = "3.46.0.7"\n', (3, 11)),
        ("lib/h2o-genmodel.jar", _jar(), (1, 0)),
        ("models/GBM_model_python_1_1", b"\x1c\xed\x093.46.0.7\x01\xff", (1, 0)),
        ("compose.yaml", "services:\n  h2o:\n    build:\n      args:\n        H2O_VERSION: 3.46.0.7\n", (5, 21)),
        ("Dockerfile", "FROM x\nENV H2O_VERSION=3.46.0.7\nRUN pip install h2o==$H2O_VERSION\n", (2, 16)),
        ("install.sh", "wget https://h2o-release.s3.amazonaws.com/h2o/rel-zorn/3/h2o-3.36.0.3.zip\n", (1, 5)),
        ("chart/values.yaml", "image:\n  name: h2oai/h2o-open-source-k8s\n  tag: '3.46.0.7'\n", (3, 8)),
        ("a/requirements.txt", "h2o==3.46.0.7\n", (1, 0)),
        ("a/requirements.txt", "h2o-pysparkling-3.5==3.46.0.7.post1\n", (1, 0)),
    ],
)
def test_a_version_that_deviates_from_the_pin_is_told_where_it_stands(
    name: str, content: str | bytes, place: tuple[int, int], tree: Tree, flake8: Flake8
) -> None:
    lock = '[[package]]\nname = "h2o"\nversion = "3.46.0.11"\n'
    found = _found(tree, flake8, {"pdm.lock": lock, name: content})
    assert found == [(name, *place, "PAL322")]


def test_a_lock_of_pipenv_is_a_pin(tree: Tree, flake8: Flake8) -> None:
    lock = json.dumps({"default": {"h2o": {"hashes": [], "version": "==3.46.0.11"}}}, indent=4)
    files: dict[str, str | bytes] = {"Pipfile.lock": lock, "Pipfile": '[packages]\nh2o = "*"\n'}
    files["Dockerfile"] = "FROM x\nRUN pip install h2o==3.46.0.7\n"
    assert _found(tree, flake8, files) == [("Dockerfile", 2, 16, "PAL322")]


def test_an_address_that_disagrees_with_itself_needs_no_pin(tree: Tree, flake8: Flake8) -> None:
    text = "FROM x\nADD http://h2o-release.s3.amazonaws.com/h2o/rel-yau/3/h2o-3.26.0.11.zip /opt/\n"
    assert _found(tree, flake8, {"Dockerfile": text}) == [("Dockerfile", 2, 4, "PAL322")]


def test_the_pin_of_the_plan_stands_above_all(tree: Tree, flake8: Flake8) -> None:
    root = tree(
        {
            "pyproject.toml": '[tool.planalign.development]\nh2o-version = "3.46.0.11"\n',
            "requirements.txt": "h2o==3.46.0.7\n",
        }
    )
    (found,) = flake8("--select=PAL322", cwd=root)
    assert "the pin is 3.46.0.11 ([tool.planalign.development])" in found.text


@pytest.mark.parametrize(
    ("name", "text", "places"),
    [
        (
            "Dockerfile",
            (
                "FROM debian:12\nARG V=3.46.0.7\n"
                "ADD https://repo1.maven.org/maven2/ai/h2o/h2o-genmodel/${V}/h2o-genmodel-${V}.jar /\n"
            ),
            [(2, 6)],
        ),
        ("fetch.sh", "mvn dependency:get -Dartifact=ai.h2o:h2o-genmodel:3.46.0.7:jar\n", [(1, 50)]),
        ("fetch.sh", "mvn dependency:get -Dartifact=ai.h2o:h2o-genmodel:3.46.0.11\n", []),
        ("fetch.sh", "mvn dependency:get -Dartifact=ai.h2o:h2o-genmodel:$VERSION\n", []),
        ("fetch.sh", "# ai.h2o:h2o-genmodel:3.46.0.7\n", []),
    ],
)
def test_the_jar_of_a_maven_repository_has_the_pins_version(
    tree: Tree, flake8: Flake8, name: str, text: str, places: list[tuple[int, int]]
) -> None:
    found = _found(tree, flake8, {"requirements.txt": "h2o==3.46.0.11\n", name: text})
    assert found == [(name, line, column, "PAL322") for line, column in places]
