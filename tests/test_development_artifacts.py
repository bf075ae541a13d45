"""Models as artifacts: real MOJOs are silent, whatever is no MOJO is left alone, and no archive can do harm."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from conftest import Flake8, Tree

from flake8_planalign.development import artifacts
from flake8_planalign.development.model import InvalidMojo, UnsafeArchive
from flake8_planalign.kinds import FileKind
from flake8_planalign.source import Source

DATA = Path(__file__).parent / "data" / "mojo"
MODELS = sorted(DATA.glob("*.zip"))


def _findings(data: bytes) -> list[InvalidMojo | UnsafeArchive]:
    return list(artifacts.read(Source.of_bytes("model.zip", data, FileKind.ARCHIVE)))


def _archive(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_real_model_is_silent(path: Path) -> None:
    assert _findings(path.read_bytes()) == []


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_real_model_is_silent_as_a_directory(path: Path, tree: Tree, flake8: Flake8) -> None:
    with zipfile.ZipFile(path) as archive:
        root = tree({f"models/{path.stem}/{name}": archive.read(name) for name in archive.namelist()})
    found = flake8("--select=PAL31,PAL9", cwd=root)
    assert [(item.line, item.code) for item in found] == ([(45, "PAL318")] if path.stem == "gbm_onehot" else [])


def test_a_fault_of_a_directory_stands_at_its_line(tree: Tree, flake8: Flake8) -> None:
    with zipfile.ZipFile(DATA / "stacked.zip") as archive:
        files = {f"models/stacked/{name}": archive.read(name) for name in archive.namelist()}
    ini = "models/stacked/models/GLM/se_glm/model.ini"
    files[ini] = files[ini].replace(b"link = logit", b"link = logarithm")
    found = flake8("--select=PAL31,PAL9", cwd=tree(files))
    assert [(item.path, item.code) for item in found] == [("models/stacked/model.ini", "PAL316")]
    assert "models/GLM/se_glm/model.ini link = logarithm is none of" in found[0].text


def test_an_archive_on_stdin_is_judged_as_the_one_on_disk(tree: Tree) -> None:
    data = (DATA / "gbm_bin.zip").read_bytes()[:-10]
    root = tree({"gbm.zip": data})
    on_disk = Source.of_bytes(str(root / "gbm.zip"), data[:4096], FileKind.ARCHIVE, whole=False)
    assert list(artifacts.read(on_disk)) == _findings(data) != []


@pytest.mark.parametrize(
    "entries",
    [
        {"README.md": b"hello"},
        {"../../escape.txt": b"any other archive"},
        {"model.ini": b"[camera]\nname = D90\n"},
        {"project/src/app.py": b"", "project/tests/mojo/model.ini": b"[info]\nalgorithm = x\n[columns]\n"},
        {"vocabulary": b"red", "vectors": b"\0\0\0\0", "README.md": b"word vectors of another library"},
        {"word/document.xml": b"<x/>", "[Content_Types].xml": b"<x/>"},
    ],
)
def test_an_archive_that_is_none_of_h2os_is_left_alone(entries: dict[str, bytes]) -> None:
    assert _findings(_archive(entries)) == []


@pytest.mark.parametrize(
    "entries",
    [
        {"mojo/pipeline.pb": b"\x08\x02", "mojo/dai_build.info": b'base_version="1.10.5"\n'},
        {"mojo/pipeline.toml": b"mojo_version = 2.0\n"},
        {
            "mojo-pipeline/pipeline.mojo": b"PK",
            "mojo-pipeline/mojo2-runtime.jar": b"PK",
            "mojo-pipeline/README.txt": b"",
        },
    ],
)
def test_models_of_driverless_ai_are_told_apart(entries: dict[str, bytes]) -> None:
    assert _findings(_archive(entries)) == []


def test_a_bomb_is_told_and_takes_no_memory() -> None:
    with zipfile.ZipFile(DATA / "gbm_bin.zip") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    bomb = _archive({**entries, "domains/d900.txt": bytes(2**28)})
    assert len(bomb) < 2**20
    tracemalloc.start()
    found = _findings(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert any(isinstance(item, UnsafeArchive) and "bomb" in item.hazard.problem for item in found)
    assert peak < 2**24


def test_nothing_is_written_for_names_that_climb_out(tree: Tree, flake8: Flake8) -> None:
    with zipfile.ZipFile(DATA / "kmeans.zip") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    evil = _archive({**entries, "../../evil.txt": b"x", "/etc/evil": b"x", "C:\\evil": b"x"})
    root = tree({"models/k.zip": evil})
    before = sorted(root.parent.rglob("*"))
    found = flake8("--select=PAL31", "--planalign-cache=off", cwd=root)
    assert [item.code for item in found] == ["PAL317"] * 3
    after = [path for path in root.parent.rglob("*") if not path.name.startswith("report")]
    assert sorted(after) == before


def test_a_pojo_and_a_binary_model_are_told_with_their_version(tree: Tree, flake8: Flake8) -> None:
    names = ("gbm_bin.java", "GBM_model_python_1763772000000_1")
    found = flake8("--select=PAL31", cwd=tree({name: (DATA / name).read_bytes() for name in names}))
    assert [(item.path, item.line, item.code) for item in sorted(found)] == [
        (name, 1, "PAL315") for name in sorted(names)
    ]
    assert all("3.46.0.11" in item.text for item in found)


def test_an_old_pojo_tells_its_version_behind_slashes() -> None:
    text = "// AUTOGENERATED BY H2O at 2015-09-24T18:17:10.430-07:00\n// 3.3.0.99999\nclass A extends GenModel {}\n"
    assert artifacts.pojo_version(text) == "3.3.0.99999"


_HEAD = """[info]
algorithm = {algorithm}
mojo_version = 1.00
category = {category}
supervised = false
n_features = 1
n_classes = 1
n_columns = 1
balance_classes = false
default_threshold = 0.5
{values}

[columns]
x

[domains]
"""


def _model(algorithm: str, category: str, values: str) -> bytes:
    return _HEAD.format(algorithm=algorithm, category=category, values=values).encode()


_CENTERS = _model("K-means", "Clustering", "standardize = false\ncenter_num = 1\ncenter_0 = [1.0]")
_PARTS = """submodel_count = 2
submodel_key_0 = a
submodel_dir_0 = models/a/
submodel_key_1 = b
submodel_dir_1 = models/b/
"""


@pytest.mark.parametrize(
    ("algorithm", "category", "values", "problem"),
    [
        ("k-LIME", "KLime", "clustering_model = a\nglobal_regression_model = b", ""),
        ("k-LIME", "KLime", "clustering_model = a\nglobal_regression_model = c", "global_regression_model = c"),
        ("MOJO Pipeline", "Clustering", "main_model = a", "no generated column comes from the submodel b"),
        (
            "MOJO Pipeline", "Clustering",
            "main_model = a\ngenerated_column_count = 1\ngenerated_column_name_0 = y\ngenerated_column_model_0 = b", "",
        ),
        ("MOJO Pipeline", "Clustering", "main_model = c", "main_model = c, which is no submodel"),
        ("Support Vector Machine (*Spark*)", "Clustering", "", "meanImputation is missing"),
        ("Quantum Forest", "Clustering", "", "algorithm = Quantum Forest is unknown"),
        ("Deep Water", "Clustering", "", ""),
    ],
)  # fmt: skip
def test_models_made_of_others_are_followed(algorithm: str, category: str, values: str, problem: str) -> None:
    entries = {
        "model.ini": _model(algorithm, category, _PARTS + values),
        "models/a/model.ini": _CENTERS,
        "models/b/model.ini": _CENTERS,
        "experimental/README.md": b"",
    }
    found = [item.fault.problem for item in _findings(_archive(entries)) if isinstance(item, InvalidMojo)]
    assert len(found) == bool(problem)
    assert all(text.startswith(problem) for text in found)
