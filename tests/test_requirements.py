"""Requirements wherever they are written: what is exact, what is a range, and what does not tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign.formats import requirements
from flake8_planalign.formats.requirements import Requirement

WHEEL = "https://h2o-release.s3.amazonaws.com/h2o/rel-3.46.0/7/Python/h2o-3.46.0.7-py2.py3-none-any.whl"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("h2o", Requirement("h2o", None, "")),
        ("H2O==3.46.0.11", Requirement("h2o", "3.46.0.11", "==3.46.0.11")),
        ("h2o === 3.46.0.11", Requirement("h2o", "3.46.0.11", "===3.46.0.11")),
        ("h2o==3.46.*", Requirement("h2o", None, "==3.46.*")),
        ("h2o[full]~=3.46.0 ; python_version > '3.8'", Requirement("h2o", None, "~=3.46.0")),
        ("h2o==3.46.0.11 --hash=sha256:00", Requirement("h2o", "3.46.0.11", "==3.46.0.11")),
        (f"h2o @ {WHEEL}", Requirement("h2o", "3.46.0.7", "==3.46.0.7")),
        (WHEEL, Requirement("h2o", "3.46.0.7", "==3.46.0.7")),
        ("./wheels/daimojo-2.8.5-cp39-cp39-linux_x86_64.whl", Requirement("daimojo", "2.8.5", "==2.8.5")),
        ("git+https://github.com/h2oai/h2o-3@abc#egg=h2o", Requirement("h2o", None, "", known=False)),
        ("not a requirement", None),
        ("", None),
    ],
)
def test_a_requirement_is_exact_a_range_or_unknown(text: str, found: Requirement | None) -> None:
    assert requirements.parse(text) == found


@pytest.mark.parametrize(
    ("constraint", "version", "specifier"),
    [
        ("3.46.0.11", "3.46.0.11", "==3.46.0.11"),
        ("==3.46.0.11", "3.46.0.11", "==3.46.0.11"),
        ("^3.46", None, ">=3.46"),
        ("~3.46", None, ">=3.46"),
        ("*", None, ""),
        (">=3.40,<4", None, "<4,>=3.40"),
    ],
)
def test_a_bare_version_is_exact_to_poetry(constraint: str, version: str | None, specifier: str) -> None:
    assert requirements.poetry("H2O", constraint) == Requirement("h2o", version, specifier)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("h2o==3.46.0.11", "3.46.0.11"),
        ("h2o=3.46.0.11=py_0", "3.46.0.11"),
        ("h2oai::h2o=3.46.0.11", None),
        ("h2o", None),
        ("h2o>=3.46", None),
    ],
)
def test_one_sign_is_a_prefix_to_conda(text: str, version: str | None) -> None:
    found = requirements.conda(text)
    assert found is not None
    assert (found.name, found.version) == ("h2o", version)


def test_the_newest_version_that_a_range_admits() -> None:
    versions = ("3.46.0.12", "3.46.0.11", "3.44.0.3")
    assert requirements.admitted(">=3.46", versions) == "3.46.0.12"
    assert requirements.admitted("<3.46", versions) == "3.44.0.3"
    assert requirements.admitted("<3", versions) is None
    assert requirements.admitted("nonsense", versions) is None


def test_lines_of_a_requirements_file_know_where_they_stand() -> None:
    text = "# h2o\n-r base.txt\n--index-url https://x\n\n  h2o==1 \\\n    --hash=sha256:00  # pinned\npandas\n-e .\nh2o"
    found = list(requirements.lines(text))
    assert [(line.option, text[line.start : line.end]) for line in found] == [
        ("-r", "base.txt"),
        ("--index-url", "https://x"),
        ("", "h2o"),
        ("", "pandas"),
        ("", "h2o"),
    ]


@given(st.text(alphabet="h2o=<>~!*.,;[]@ -\\#\n\"'0123456789rcxyz", max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for line in requirements.lines(text):
        assert 0 <= line.start <= line.end <= len(text)
        requirements.parse(line.text)
        requirements.conda(line.text)
        requirements.poetry("h2o", line.text)
