"""What breaks a model, algorithm by algorithm: a real one with one thing changed, and what is said of it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from conftest import Flake8, Tree

from flake8_planalign.development import artifacts
from flake8_planalign.development.model import InvalidMojo
from flake8_planalign.kinds import FileKind
from flake8_planalign.source import Source

DATA = Path(__file__).parent / "data" / "mojo"
SVM = """[info]
algorithm = Support Vector Machine (*Spark*)
mojo_version = 1.00
category = Binomial
supervised = true
n_features = 2
n_classes = 2
n_columns = 3
balance_classes = false
default_threshold = 0.5
meanImputation = true
means = [0.5, 1.5]
weights = [0.1, 0.2]
interceptor = 0.0
defaultThreshold = 0.0
threshold = 0.0

[columns]
x1
x2
y

[domains]
2: 2 d002.txt
"""


def _told(entries: dict[str, bytes]) -> list[str]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    found = artifacts.read(Source.of_bytes("model.zip", buffer.getvalue(), FileKind.ARCHIVE))
    return [f"{item.fault.entry}: {item.fault.problem}" for item in found if isinstance(item, InvalidMojo)]


def _changed(model: str, entry: str, old: bytes, new: bytes) -> dict[str, bytes]:
    """Return the entries of a real model with one text in one of them replaced; an empty one means all of it."""
    with zipfile.ZipFile(DATA / f"{model}.zip") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    assert old in entries[entry]
    entries[entry] = entries[entry].replace(old, new) if old else new
    return entries


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("", "", ""),
        ("means = [0.5, 1.5]\n", "", "means is missing"),
        ("meanImputation = true\nmeans = [0.5, 1.5]\n", "meanImputation = false\n", ""),
        ("weights = [0.1, 0.2]\n", "", "weights is missing"),
        ("weights = [0.1, 0.2]", "weights = [0.1]", "weights has 1"),
        ("interceptor = 0.0", "interceptor = NaN", "interceptor is not finite"),
        ("threshold = 0.0\n\n", "threshold = 0\n\n", "threshold = 0 is an integer to the reader"),
    ],
)
def test_a_support_vector_machine(old: str, new: str, problem: str) -> None:
    told = _told({"model.ini": SVM.replace(old, new).encode(), "domains/d002.txt": b"no\nyes\n"})
    assert [problem in text for text in told] == [True] * bool(problem)


@pytest.mark.parametrize(
    ("model", "entry", "old", "new", "problem"),
    [
        ("rulefit", "model.ini", b"num_rules_M0T0 = 2", b"num_rules_M0T0 = x", "num_rules_M0T0 = x is text"),
        ("rulefit", "model.ini", b"feature_index_0_0_0_0 = 1\n", b"feature_index_0_0_0_0 = 99\n", "n_features"),
        ("rulefit", "model.ini", b"type_0_0_0_0 = 1", b"type_0_0_0_0 = 0", "language_cat_treshold_length_0_0_0_0"),
        ("rulefit", "model.ini", b"nas_included_0_0_0_0 = false", b"nas_included_0_0_0_0 = 1", "takes true or false"),
        ("rulefit", "model.ini", b"operator_0_0_0_0 = 1", b"operator_0_0_0_0 = 1.5", "takes an integer"),
        ("rulefit", "model.ini", b"support_rule_id_0_0_0 = 0.", b"support_rule_id_0_0_0 = x.", "is text to the reader"),
        ("rulefit", "model.ini", b"var_name_rule_id_0_0_0 = M0T0N4", b"var_name_rule_id_0_0_0 = M9T0N4", "= M9T0N4"),
        ("rulefit", "model.ini", b"coefficient_rule_id_0_0_0 = 0.0", b"coefficient_rule_id_0_0_0 = 0", "(0.0)"),
        ("rulefit", "model.ini", b"\ndepth = ", b"\ndepth = -", "is no size of an array"),
        ("rulefit", "model.ini", b"linear_names_0 = ", b"linear_names_0 = other", "no such column"),
        ("gbm_bin", "trees/t00_001.bin", b"", b"\x00\x01", "is cut off"),
        ("gbm_bin", "trees/t00_001.bin", b"", b"", "is empty"),
        ("gbm_bin", "trees/t00_001.bin", b"", b"\x00\xf0\x00\x00\x00\x00\x00\x00\x00\x00", "splits on column 240"),
        ("gbm_bin", "trees/t00_001.bin", b"", b"\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00", "no such direction"),
        ("gbm_bin", "trees/t00_001.bin", b"", b"\x20\x00\x00\x02" + bytes(7), "no such node as 0x20"),
        ("isotonic", "calib/thresholds_x", b"", b"\x00\x00", "has 2 bytes, fewer than its count takes"),
        ("isotonic", "calib/thresholds_x", b"", b"\xff\xff\xff\xff", "its count -1 is negative"),
        ("isotonic", "calib/thresholds_y", b"", b"\x00\x00\x00\x09", "9 numbers"),
        ("kmeans", "model.ini", b"center_num = ", b"center_num = 9", "center_"),
        ("glm_bin", "model.ini", b"family = binomial", b"family = gaussian", "but category = Binomial"),
        ("te", "feature_engineering/target_encoding/encoding_map.ini", b" = ", b" : ", "has no `=`"),
        ("stacked", "model.ini", b"metalearner_transform = NONE", b"metalearner_transform = Exp", "neither NONE"),
    ],
)  # fmt: skip
def test_a_real_model_with_one_thing_changed(model: str, entry: str, old: bytes, new: bytes, problem: str) -> None:
    told = _told(_changed(model, entry, old, new))
    assert any(problem in text for text in told), told


@pytest.mark.parametrize(
    ("model", "name", "content", "text"),
    [
        ("gbm_bin", "trees/t00_004.bin", None, "trees/t00_004.bin is missing"),
        ("glm_bin", "domains/d002.txt", None, "domains/d002.txt is missing"),
        ("isotonic", "calib/thresholds_y", None, "calib/thresholds_y is missing"),
        ("isotonic", "calib/thresholds_y", b"\0\0\0\1", "calib/thresholds_y has 4 bytes"),
        ("isotonic", "experimental/README.md", None, ""),
    ],
)
def test_a_directory_that_holds_an_unzipped_model_is_read_like_an_archive(
    model: str, name: str, content: bytes | None, text: str, tree: Tree, flake8: Flake8
) -> None:
    with zipfile.ZipFile(DATA / f"{model}.zip") as archive:
        entries: dict[str, str | bytes] = {f"m/{entry}": archive.read(entry) for entry in archive.namelist()}
    del entries[f"m/{name}"]
    if content is not None:
        entries[f"m/{name}"] = content
    found = flake8("--select=PAL316", "--planalign-cache=off", cwd=tree(entries))
    assert [(item.path, text in item.text) for item in found] == [("m/model.ini", True)] * bool(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (" lead", "the column ` lead` is `lead` to the reader, which trims names; rename it before training"),
        ("trail ", "the column `trail ` is `trail` to the reader"),
        ("#rooms", "the column `#rooms` is a comment to the reader, so that all names behind it shift"),
        ("[domains]", "the column `[domains]` is the beginning of a section to the reader"),
        ("[info]", "the column `[info]` is the beginning of a section to the reader"),
        ("plain", ""),
        ("a = b", ""),
        ("a # b", ""),
    ],
)
def test_a_name_that_the_writer_writes_and_the_reader_misreads(
    name: str, text: str, tree: Tree, flake8: Flake8
) -> None:
    entries = _changed("gbm_reg", "model.ini", b"[columns]\nx 1\n", f"[columns]\n{name}\n".encode())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    found = flake8("--select=PAL318", "--planalign-cache=off", cwd=tree({"m.zip": buffer.getvalue()}))
    assert [item.text.startswith(text) for item in found] == [True] * bool(text)


def test_a_comment_among_the_columns_is_one() -> None:
    text = SVM.replace("x1\n", "# the first\nx1\n")
    assert _told({"model.ini": text.encode(), "domains/d002.txt": b"no\nyes\n"}) == []
