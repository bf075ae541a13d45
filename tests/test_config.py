"""The plan: every option checked, every problem told at its line, everything optional."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_planalign import config, registry
from flake8_planalign.config import Config, Problem, Run, load_config, place_of_key, read_config
from flake8_planalign.project import Project, read_plan

FULL = """\
[tool.planalign]
roots = ["backend"]

[tool.planalign.layers]
service = ["src/service"]
pipeline = ["src/pipe*"]
common = ["src/common"]

[tool.planalign.deny]
"legacy.client.fetch" = { kind = "network", use = "legacy.aio.fetch" }

[tool.planalign.process]
health-keys = ["status"]

[tool.planalign.logical]
feature-tables = ["user_features", "*_features"]
business-keys = ["*_id", "email", "sku"]
migrations = ["alembic/versions"]
retention = ["purge_*"]
frame-types = ["geopandas.GeoDataFrame"]

[tool.planalign.development]
h2o-version = "3.46.0.11"
h2o-secure = true

[tool.planalign.physical]
heap-share = 1
per-image-profiles = true
dev-files = ["*dev*"]

[tool.planalign.scenarios.drift]
story = "SCN-REV-01-01"
tests = ["tests/test_drift.py::test_shift"]
evidence = ["reports/**/*.xml"]
code = []

[tool.planalign.severity]
PAL114 = "medium"
"""
PATHS = ["backend/a", "src/service/a", "src/pipeline/a", "src/common/a", "alembic/versions/a", "tests/test_drift.py"]


def _project(root: Path) -> Path:
    for name in [*PATHS, "reports/2024/drift.xml"]:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def _problems(text: str, root: Path) -> list[tuple[int, str]]:
    return [(problem.line, problem.text) for problem in read_plan(text, root, "pyproject.toml").problems]


def test_everything_that_a_plan_may_state_is_read(tmp_path: Path) -> None:
    plan = read_plan(FULL, _project(tmp_path), "pyproject.toml")
    assert plan.problems == ()
    read = plan.config
    assert read.layers == config.Layers(("src/service",), ("src/pipe*",), ("src/common",))
    assert read.scenarios["drift"].tests == ("tests/test_drift.py::test_shift",)
    assert read.physical == config.Physical(1.0, per_image_profiles=True, dev_files=("*dev*",))
    assert read.severity == {"PAL114": "medium"}
    assert read.deny["legacy.client.fetch"]["use"] == "legacy.aio.fetch"
    assert read.development == config.Development("3.46.0.11", h2o_secure=True)


def test_without_a_plan_everything_has_its_default(tmp_path: Path) -> None:
    assert load_config(tmp_path) == config.Plan(Config(), None, ())
    (tmp_path / "pyproject.toml").write_text("[project]\n# no planalign here\n")
    assert load_config(tmp_path).config == Config()
    assert Config().layers.service == ("src/service",)


def test_one_layer_given_keeps_the_defaults_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    read = read_config('[tool.planalign.layers]\nservice = ["api"]\n', tmp_path, "pyproject.toml").config
    assert (read.layers.service, read.layers.pipeline) == (("api",), ("src/pipeline",))


def test_all_problems_come_at_once_each_at_its_key(tmp_path: Path) -> None:
    text = """\
[tool.planalign]
root = ["backend"]
roots = "backend"
logical = 3
scenarios = []
[tool.planalign.layers]
service = ["src/*", "src/nowhere", "[z-a]", "/absolute/*"]
[tool.planalign.physical]
heap-share = 70
heap_share = 0.5
per-image-profiles = "yes"
[tool.planalign.development]
h2o-version = 3
[tool.planalign.severity]
PAL114 = "severe"
[tool.planalign.deny]
legacy.fetch = { kind = "netwrok", uses = "x" }
"""
    assert _problems(text, tmp_path) == [
        (2, "unknown key `root`; did you mean `roots`?"),
        (3, "`roots` takes a list of strings"),
        (4, "`logical` takes a table"),
        (5, "`scenarios` takes one table for each name"),
        (7, "`layers.service`: nothing matches `/absolute/*`"),
        (7, "`layers.service`: nothing matches `[z-a]`"),
        (7, "`layers.service`: nothing matches `src/*`"),
        (7, "`layers.service`: nothing matches `src/nowhere`"),
        (9, "`physical.heap-share` takes a number above 0 and up to 1, such as 0.70"),
        (10, "unknown key `physical.heap_share`; did you mean `heap-share`?"),
        (11, "`physical.per-image-profiles` takes true or false"),
        (13, "`development.h2o-version` takes a string"),
        (14, "`severity` takes codes with one of critical, high, medium, low"),
        (17, "deny.legacy: unknown key `fetch`"),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.planalign.severity]\nPAL1 = 'low'\n", (1, "`severity` takes full codes such as PAL114, not `PAL1`")),
        ("[tool.planalign.severity]\nPAL199 = 'low'\n", (2, "no rule has the code `PAL199`")),
        ("[tool.planalign]\ndeny = 1\n", (2, "`deny` takes tables by dotted name")),
        ("[tool]\nplanalign = 1\n", (2, "`tool.planalign` takes a table")),
        ("[tool.planalign]\nzzz = 1\n", (2, "unknown key `zzz`")),
        ('[tool.planalign.deny]\n"a.b" = { kinds = "x" }\n', (2, "deny.a.b: unknown key `kinds`")),
        ("[tool.planalign]\nroots = [\n", (2, "is not TOML: ")),
        ('[tool.planalign]\nroots = ["\\u0000"]\n', (2, "`roots`: nothing matches `\0`")),
        ("[tool.planalign]\nroots = " + "[" * 100_000 + "\n", (1, "nests too deeply to be read")),
        ("[tool.planalign]\nroots = ]\n\n", (2, "is not TOML: Invalid value")),
        ('[tool.planalign]\nx = "a\n', (2, "is not TOML: ")),
    ],
)
def test_a_problem_says_what_is_wrong(text: str, problem: tuple[int, str], tmp_path: Path) -> None:
    [(line, message)] = _problems(text, tmp_path)
    assert line == problem[0]
    assert message.startswith(problem[1])


def test_a_file_of_its_own_wins_and_needs_no_prefix(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.planalign.development]\nh2o-version = '1'\n")
    (tmp_path / "planalign.toml").write_text("[development]\nh2o-version = '2'\n[deny]\n'a.b' = { kind = 'x' }\n")
    plan = Project(tmp_path).plan
    assert plan.config.development.h2o_version == "2"
    assert [(problem.line, problem.text.partition(":")[0]) for problem in plan.problems] == [(4, "deny.a.b")]
    (tmp_path / "planalign.toml").write_text("[tool.planalign.development]\nh2o-version = '3'\n")
    assert load_config(tmp_path).config.development.h2o_version == "3"


def test_a_file_that_cannot_be_read_is_a_problem_of_the_plan(tmp_path: Path) -> None:
    assert load_config(tmp_path, tmp_path / "no.toml").problems == (Problem(1, 0, 0, "there is no such file"),)
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xff")
    assert not load_config(tmp_path).problems, "whose file it is cannot be told"
    (tmp_path / "planalign.toml").write_bytes(b"\xff\xff")
    assert "cannot be read" in load_config(tmp_path).problems[0].text


def test_a_config_named_on_the_command_line_makes_its_directory_the_project(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    file = tmp_path / "plans" / "strict.toml"
    file.write_text("[tool.planalign.development]\nh2o-version = '9'\n")
    project = Project.of(str(tmp_path / "a.py"), Run(config=str(file)))
    assert project.root == tmp_path / "plans"
    assert project.config.development.h2o_version == "9"


@pytest.mark.parametrize(
    ("keys", "line", "column"),
    [
        (("tool", "planalign"), 2, 1),
        (("tool", "planalign", "a", "b"), 3, 0),
        (("tool", "planalign", "text"), 4, 0),
        (("tool", "planalign", "fake"), 2, 1),
        (("tool", "planalign", "deny", "x.y"), 8, 0),
        (("tool", "planalign", "deny", "x.y", "kind"), 8, 10),
        (("tool", "planalign", "deny", "x.y", "gone"), 8, 0),
        (("tool", "planalign", "list"), 9, 2),
        (("other",), 1, 0),
    ],
)
def test_a_key_is_found_where_it_stands(keys: tuple[str, ...], line: int, column: int) -> None:
    text = (
        "# [tool.planalign]\n[tool.planalign]\na.b = 1\ntext = '''\nfake = 1\n''' # end\n"
        '[tool.\'planalign\'."deny"]\n"x.y" = { kind = 1 }\n[[tool.planalign.list]]\n'
    )
    tomllib.loads(text)
    assert place_of_key(text, keys)[:2] == (line, column)


@given(st.text(st.sampled_from("[]tol.planig=\"'{}\n #1,"), max_size=60))
def test_any_text_is_a_plan_or_a_problem(text: str) -> None:
    plan = read_plan(text, Path("/nowhere"), "planalign.toml")
    lines = text.count("\n") + 1
    assert all(1 <= problem.line <= lines for problem in plan.problems)


def _documented(of: type) -> Iterator[str]:
    for option in config.declared(of).values():
        yield option.doc
        if isinstance(option, config.Table):
            yield from _documented(option.of)


def test_every_option_is_documented() -> None:
    texts = list(_documented(Config))
    assert len(texts) > 20
    assert all(text.endswith(".") for text in texts)


def test_tiers_are_the_registrys() -> None:
    assert config.TIERS == registry.TIERS
