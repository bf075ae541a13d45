"""What a file is, by its name and by its content."""

from __future__ import annotations

import fnmatch
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign import engine, kinds
from flake8_planalign.kinds import FileKind, kind_by_name, kind_of

#: Of what the names of files are made in the patterns that tell their kinds.
PIECES = [
    "compose", "docker-", "values", "requirements", "Dockerfile", "pylock", "drift", "swap", "k6", "h2o", "x",
    "constraints", "_model_python_", "Pipfile", "setup.cfg", ".", "-", "_", "/", ".yml", ".yaml", ".txt", ".in",
    ".json", ".js", ".jar", ".lock", ".toml", ".py", ".pyi",
]  # fmt: skip
KUBERNETES = "# licence\n---\napiVersion: apps/v1\nkind: Deployment\n"


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("a.py", "", FileKind.PYTHON),
        ("typing/a.pyi", "", FileKind.PYTHON),
        ("docker-compose.yml", "", FileKind.COMPOSE),
        ("deploy/docker-compose.prod.yaml", "", FileKind.COMPOSE),
        ("compose.override.yml", "", FileKind.COMPOSE),
        ("compose_notes.yaml", "", FileKind.COMPOSE),
        ("composer.yaml", "", FileKind.YAML),
        ("stack.yml", "version: '3'\nservices:\n  a: {}\n", FileKind.COMPOSE),
        ("stack.yml", "x:\n  services:\n", FileKind.YAML),
        ("stack.yml", "services:\n  a: {{ b }}\n", FileKind.YAML),
        ("k8s/api.yaml", KUBERNETES, FileKind.KUBERNETES),
        ("chart/templates/api.yaml", KUBERNETES + "metadata:\n  name: {{ x }}\n", FileKind.HELM_TEMPLATE),
        ("chart/templates/note.yaml", "{{ include }}\n", FileKind.HELM_TEMPLATE),
        ("chart/values.yaml", "", FileKind.HELM_VALUES),
        ("chart/values-prod.yaml", "", FileKind.HELM_VALUES),
        ("pipelines/train/metadata.yaml", "blocks:\n- uuid: a\n", FileKind.MAGE_PIPELINE),
        ("metadata.yaml", "blocks:\n", FileKind.YAML),
        (".github/workflows/ci.yml", "on: push\n", FileKind.YAML),
        ("planalign.toml", "", FileKind.PLAN),
        ("pyproject.toml", "[project]\n# tool.planalign\n", FileKind.MANIFEST),
        ("pyproject.toml", "[project]\n[tool.planalign.layers]\n", FileKind.PLAN),
        ("pyproject.toml", "[ tool . planalign ]\n", FileKind.PLAN),
        ("schema.sql", "", FileKind.SQL),
        ("limits.lua", "", FileKind.LUA),
        ("Dockerfile", "", FileKind.DOCKERFILE),
        ("docker/Dockerfile.gpu", "", FileKind.DOCKERFILE),
        ("requirements-dev.txt", "", FileKind.REQUIREMENTS),
        ("requirements/base.txt", "", FileKind.REQUIREMENTS),
        ("./app/requirements/base.txt", "", FileKind.REQUIREMENTS),
        ("notes.txt", "", FileKind.OTHER),
        ("poetry.lock", "", FileKind.MANIFEST),
        ("deploy/start.sh", "", FileKind.SHELL),
        ("models/gbm.zip", "", FileKind.ARCHIVE),
        ("models/GBM_model_python_1712345678901_1", "", FileKind.BINARY_MODEL),
        ("reports/drift.xml", "<testsuite/>", FileKind.EVIDENCE),
        ("reports/drift.xml", "<drift/>", FileKind.OTHER),
        ("out/last.xml", "<?xml?><testsuites>", FileKind.EVIDENCE),
        ("swap_stats.csv", "Type,Name,Request Count,Failure Count\n", FileKind.EVIDENCE),
        ("drift.csv", "day,value\n", FileKind.OTHER),
        ("k6.json", '{"metrics": {}}', FileKind.EVIDENCE),
        ("swap.json", '[{"num_failures": 0}]', FileKind.EVIDENCE),
        ("swap.html", "<title>Locust</title>", FileKind.EVIDENCE),
        ("swap.html", "<title>Swap your clothes</title>", FileKind.OTHER),
        ("load/swap.js", "import http from 'k6/http'", FileKind.K6),
        ("load/any.ts", 'import http from "k6/http"', FileKind.K6),
        ("k6/any.js", "import http from 'k6/http'", FileKind.K6),
        ("k6/any.js", "import http from 'axios'", FileKind.OTHER),
        ("web/swap.js", "export default {}", FileKind.OTHER),
        ("package.json", "{}", FileKind.OTHER),
        ("README", "", FileKind.OTHER),
    ],
)
def test_a_file_is_known_by_its_name_and_where_that_is_not_enough_by_its_content(
    path: str, text: str, kind: FileKind
) -> None:
    assert kind_of(path, text) is kind
    assert kind_of(path, text.encode()) is kind


def test_every_pattern_matches_the_walked_path_of_its_names() -> None:
    patterns = kinds.discovery_patterns()
    for path in ("./compose.yml", "deploy/compose.yaml", "/abs/pyproject.toml", "compose.yml", "./k8s/x.yaml"):
        assert kinds.matches(path, patterns), path
    for path in ("./a.py", "./notes.txt", "./README.md", "./other.toml"):
        assert not kinds.matches(path, patterns), path


def test_a_name_promises_the_same_as_the_pattern_that_finds_it() -> None:
    for pattern, _ in kinds.NAMES:
        name = pattern.replace("[._-]*", ".x").replace("*", "x")
        assert kind_by_name(f"some/where/{name}") is not FileKind.OTHER


def test_whatever_a_view_reads_is_claimed() -> None:
    for name in engine.VIEWS:
        package = engine.view(name)
        if package is not None:
            assert package.KINDS - {FileKind.PYTHON} <= kinds.READ


@given(st.lists(st.text(alphabet="ab./*?[]!", max_size=8), max_size=6), st.text(alphabet="ab./[]", max_size=8))
def test_patterns_together_match_what_one_of_them_does(patterns: list[str], path: str) -> None:
    expected = any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)
    assert kinds.any_of(tuple(patterns))(path) is expected
    assert kinds.matches(path, tuple(patterns)) is expected
    assert kinds.matches(path, patterns) is expected


@given(st.lists(st.sampled_from([*PIECES, "*", "?"]), min_size=1).map("".join), st.lists(st.sampled_from(PIECES)))
def test_a_pattern_that_is_an_ending_matches_what_ends_so(pattern: str, pieces: list[str]) -> None:
    pattern, name = pattern.replace("/", "") or "*", "".join(pieces).replace("/", "") or "x"
    ending = kinds.ending_of(pattern)
    if ending is not None:
        assert f"{os.sep}p{os.sep}{name}".endswith(ending) is kinds.any_of((pattern,))(name)


def test_every_name_is_told_by_the_first_pattern_that_matches() -> None:
    for pattern, _ in kinds.NAMES:
        example = f"deploy/{pattern.replace('[._-]', '-').replace('*', 'x')}"
        name = example.rpartition("/")[2]
        first = next(
            kind for other, kind in kinds.NAMES if fnmatch.fnmatchcase(example if "/" in other else name, other)
        )
        assert kind_by_name(example) is first


@given(
    st.lists(st.text(st.sampled_from("ab*?./["), min_size=1, max_size=6), max_size=4).map(tuple),
    st.lists(st.text(st.sampled_from("ab.*["), min_size=1, max_size=3), min_size=1, max_size=3),
)
def test_only_some_patterns_need_the_whole_path(patterns: tuple[str, ...], parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    expected = any(fnmatch.fnmatchcase(text, pattern) for text in (path, parts[-1]) for pattern in patterns)
    found = kinds.any_of(patterns)(parts[-1]) or kinds.any_of(kinds.of_whole_paths(patterns))(path)
    assert found == expected


@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=7,
    ).map("".join)
)
def test_the_first_pattern_that_matches_names_the_kind(path: str) -> None:
    name = os.path.basename(path)
    texts = ((path if "/" in pattern else name, pattern, kind) for pattern, kind in kinds.NAMES)
    expected = next((kind for text, pattern, kind in texts if fnmatch.fnmatchcase(text, pattern)), FileKind.OTHER)
    assert kind_by_name(path) is expected


@pytest.mark.parametrize(
    ("path", "stands_in"),
    [
        ("docker/corp-llm-mock/app.py", True),
        ("mocks/api.py", True),
        ("tools/mock_server.py", True),
        ("app/fake.py", True),
        ("app/payment_stub.py", True),
        ("app/mock_interview/router.py", False),
        ("app/smock.py", False),
        ("app/fakenews/router.py", False),
        ("app/deep_fake/router.py", False),
        ("app/mockups.py", False),
    ],
)
def test_a_stand_in_is_told_by_its_name(path: str, *, stands_in: bool) -> None:
    assert kinds.is_stand_in(path) is stands_in
