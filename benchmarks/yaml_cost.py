"""What YAML costs: CPU of the views over CPU of what nobody can do without, on generated files and on given trees.

python -m benchmarks.yaml_cost                        the reader, files of no kind of ours, Compose files, growth
python -m benchmarks.yaml_cost --tree DIR ...         the same reader on the YAML files of real trees, too
python -m benchmarks.yaml_cost --plain PY --plugin PY flake8 with and without the plugin on a mixed tree

Ratios are medians of interleaved rounds; seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import functools
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from benchmarks.cost import Arm, ratio, rounds
from flake8_planalign import engine
from flake8_planalign.config import Run
from flake8_planalign.formats import yaml as reader
from flake8_planalign.formats import yaml_lines
from flake8_planalign.kinds import FileKind, kind_of
from flake8_planalign.project import Project
from flake8_planalign.source import Source

__all__ = ["main"]

MEBIBYTE = 2**20
WORKFLOW = """\
name: checks {number}
on: {{push: {{branches: [main]}}, pull_request: }}
jobs:
  test:
    runs-on: ubuntu-latest
    strategy: {{matrix: {{python: ["3.11", "3.12", "3.13"]}}}}
    services:
      postgres: {{image: "postgres:17", ports: ["5432:5432"]}}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {{python-version: "${{{{ matrix.python }}}}"}}
      - run: python -m pytest --junit-xml=report-{number}.xml
"""
OPENAPI = """\
openapi: 3.1.0
info: {{title: Scores {number}, version: "1"}}
paths:
  /scores/{{id}}:
    get:
      parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]
      responses:
        "200": {{description: a score, content: {{application/json: {{schema: {{type: number}}}}}}}}
        "404": {{description: no such score}}
"""
COMPOSE = """\
x-java: &java
  environment: &options
    JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=60 -Dnumber={number}
services:
  scorer:
    <<: *java
    image: registry.example.com/scorer:{number}
    ports: ["127.0.0.1:{port}:8080"]
    depends_on: {{database: {{condition: service_healthy}}, cache: {{condition: service_started}}}}
    mem_limit: ${{SCORER_MEMORY:-2g}}
  worker:
    image: registry.example.com/worker:{number}
    command: ["python", "-m", "worker", "--queue", "scores"]
    environment:
      DATABASE_URL: postgresql://scores@database:5432/scores
      REDIS_URL: redis://cache:6379/0
    deploy: {{resources: {{limits: {{memory: 512m}}}}}}
  database:
    image: postgres:17
    environment: [POSTGRES_DB=scores, "POSTGRES_PASSWORD=${{PASSWORD:?}}"]
    volumes: ["database:/var/lib/postgresql/data"]
    healthcheck: {{test: ["CMD", "pg_isready"], interval: 5s}}
  cache:
    image: redis:7.4
    ports: ["{port}:6379"]
volumes:
  database:
"""
MODULE = """\
import json
import pathlib


def scores_{number}(path):
    \"\"\"Return the scores of a file.\"\"\"
    rows = json.loads(pathlib.Path(path).read_text())
    return [row["score"] * {number} for row in rows if row["score"] > 0.5]


class Report{number}:
    def __init__(self, rows):
        self.rows = rows

    def lines(self):
        for row in self.rows:
            yield f"{{row['name']}}: {{row['score']:.2f}}"
"""
TABLE = "CREATE TABLE scores_{number} (id bigint PRIMARY KEY, body jsonb NOT NULL, created timestamptz);\n"


def spend(work: Callable[[], object]) -> float:
    """Return the CPU seconds that a call takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def paired(work: Callable[[], object], other: Callable[[], object], count: int = 5) -> tuple[float, float]:
    """Return the median ratio of two calls that take turns, and the least seconds of the first."""
    work(), other()
    taken = [(spend(work), spend(other)) for _ in range(count)]
    return statistics.median(one / two for one, two in taken), min(one for one, _ in taken)


def judge(folder: Path, paths: Sequence[Path], *, cache: str = "off") -> int:
    """Look at files with all views in a fresh project, as one process of flake8 does; return the findings' number."""
    project = Project(folder, Run(cache=cache))
    found = 0
    for path in paths:
        data = path.read_bytes()
        found += len(engine.check(Source.of_bytes(str(path), data, kind_of(str(path), data)), project))
    return found


def load(paths: Sequence[Path]) -> None:
    """Read files as every other tool does: PyYAML with libyaml, constructing Python values."""
    for path in paths:
        for document in yaml.compose_all(path.read_bytes(), Loader=yaml.CSafeLoader):
            str(document)[:1]


def events(texts: Sequence[str]) -> None:
    """Go through libyaml's events and do nothing with them."""
    for text in texts:
        for _ in yaml.parse(text, Loader=yaml.CSafeLoader):
            pass


def compose(texts: Sequence[str]) -> None:
    """Compose texts without the memory of those read last."""
    for text in texts:
        reader.compose.__wrapped__(text)


def written(folder: Path, name: str, template: str, count: int) -> list[Path]:
    """Write files from a template, one directory each if the name is a path."""
    paths = []
    for number in range(count):
        path = folder / name.format(number=number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(template.format(number=number, port=20_000 + number), encoding="utf-8")
        paths.append(path)
    return paths


def small_files(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what files of no kind of ours cost."""
    paths = written(folder / "others", ".github/workflows/w{number}.yml", WORKFLOW, 250)
    paths += written(folder / "others", "api/openapi{number}.yaml", OPENAPI, 250)
    share, seconds = paired(lambda: judge(folder, paths), lambda: load(paths))
    yield {
        "measure": "500 small files of no kind of ours, over composing them with PyYAML",
        "ratio": round(share, 3),
        "ms per file": round(seconds / len(paths) * 1e3, 4),
    }


def stacks(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what 1,000 Compose projects cost, with an empty and with a filled cache."""
    paths = written(folder / "stacks", "s{number}/compose.yaml", COMPOSE, 1_000)
    share, seconds = paired(lambda: judge(folder, paths), lambda: load(paths), 3)
    yield {
        "measure": "1,000 Compose files, cold, over composing them with PyYAML",
        "ratio": round(share, 2),
        "CPU seconds": round(seconds, 2),
    }
    cache = str(folder / "cache")
    cold = spend(lambda: judge(folder, paths, cache=cache))
    with mock.patch.object(yaml_lines, "read", side_effect=AssertionError("YAML is parsed in a warm run")):
        warm = spend(lambda: judge(folder, paths, cache=cache))
    yield {"measure": "the same, warm over cold", "ratio": round(warm / cold, 3), "CPU seconds": round(warm, 2)}


def speed(texts: Sequence[str], what: str) -> dict[str, Any]:
    """Return how fast our composer is, and what it costs over libyaml's bare events."""
    size = sum(map(len, texts)) / 1e6
    share, seconds = paired(lambda: compose(texts), lambda: events(texts))
    return {
        "measure": f"composing {what} ({size:.1f} MB), over libyaml's events alone",
        "ratio": round(share, 2),
        "MB/s": round(size / seconds, 1),
    }


def growth() -> Iterator[dict[str, Any]]:
    """Yield how the reader's time grows with one file, its limit lifted; a file beyond the limit costs nothing."""
    body = COMPOSE.partition("services:\n")[2].partition("volumes:\n  database")[0]
    one = body.replace("<<: *java\n", "restart: always\n").format(number=1, port=1).replace("  scorer:", "  s{n}:", 1)
    large = "services:\n" + "".join(one.replace("{n}", str(n)) for n in range(12 * 10**6 // len(one)))
    small = large[: len(large) // 4].rpartition("\n  s")[0] + "\n"
    with mock.patch.object(reader, "SIZE_LIMIT", 2**30):
        share, seconds = paired(lambda: compose([large]), lambda: compose([small]), 3)
    yield {"measure": "one file of 12 MB over one of 3 MB", "ratio": round(share, 2), "CPU seconds": round(seconds, 2)}
    refused = spend(lambda: compose([large]))
    yield {"measure": "12 MB with the limit of 4 MiB", "CPU seconds": round(refused, 4)}


def real(trees: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield the same for the YAML files of trees."""
    for tree in trees:
        paths = [path for name in ("*.yml", "*.yaml") for path in tree.rglob(name) if path.is_file()]
        held = [(path, path.read_bytes()) for path in sorted(paths)]
        texts = [data.decode("utf-8", "replace") for _, data in held if b"{{" not in data and len(data) < MEBIBYTE]
        texts = [text for text in texts if reader.compose.__wrapped__(text).fault is None]
        yield speed(texts, f"{len(texts)} files of {tree.name}")
        others = [path for path, data in held if kind_of(str(path), data) is FileKind.YAML and len(data) < 20_000]
        if others:
            seconds = min(spend(functools.partial(judge, tree, others)) for _ in range(3))
            yield {
                "measure": f"{len(others)} small files of no kind of ours of {tree.name}",
                "ms per file": round(seconds / len(others) * 1e3, 4),
            }


def mixed(folder: Path, args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield what flake8 costs with the plugin over without it, on Python, YAML and SQL side by side."""
    (folder / "pyproject.toml").write_text("[project]\nname = 'mixed'\n", encoding="utf-8")
    paths = written(folder, "package/m{number}.py", MODULE, args.modules)
    written(folder, ".github/workflows/w{number}.yml", WORKFLOW, args.modules // 20)
    written(folder, "deploy/s{number}/compose.yaml", COMPOSE, args.modules // 20)
    written(folder, "migrations/V{number}__table.sql", TABLE, args.modules // 20)
    arms = [Arm("plain", args.plain), Arm("cold", args.plugin, cold=True), Arm("warm", args.plugin)]
    taken = rounds(arms, {folder: [Path()]}, "1", args.rounds)
    for over in ("cold", "warm"):
        yield {
            "measure": f"flake8 on {len(paths)} modules and {len(paths) // 20 * 3} YAML and SQL files, {over}",
            **ratio(taken, over, "plain"),
        }


def main() -> int:
    """Print a line of JSON for each figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", type=Path, nargs="*", default=[])
    parser.add_argument("--plain", type=Path)
    parser.add_argument("--plugin", type=Path)
    parser.add_argument("--modules", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="planalign-yaml-"))
    try:
        texts = [COMPOSE.format(number=number, port=number) for number in range(2_000)]
        figures = [
            *small_files(folder),
            *stacks(folder),
            speed(texts, "2,000 Compose files"),
            *growth(),
            *real(args.tree),
        ]
        if args.plain and args.plugin:
            mixture = folder / "mixed"
            mixture.mkdir()
            figures += mixed(mixture, args)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for figure in figures:
        sys.stdout.write(f"{json.dumps(figure)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
