"""What SQL costs: CPU for each MB of SQL files, of their tokens, of the schema, and of what they are judged by.

python -m benchmarks.sql_cost DIR ...

Each DIR is one project; its SQL files are read as the plugin reads them, without a cache: once for what they define
(`extraction`), and once when they are judged themselves. `schema` is all of the schema: these files, those of Python
that define something, and the replay. `sqlparse` is what its own loop takes for the same tokens under the same table.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from flake8_planalign import engine, logical
from flake8_planalign.config import Run
from flake8_planalign.formats.sql.lexer import lexer, tokenize
from flake8_planalign.kinds import FileKind
from flake8_planalign.logical import extraction, history
from flake8_planalign.logical.facts import Facts
from flake8_planalign.project import Project
from flake8_planalign.source import Source

__all__ = ["main"]

MEGABYTE = 1e6


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _extracted(source: Source, project: Project) -> Facts:
    return extraction.extract(os.path.relpath(source.absolute, project.root), source.text, FileKind.SQL)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print seconds of CPU for each MB, of each tree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", type=Path)
    # What is imported and compiled but once is no part of what a MB costs.
    list(tokenize("SELECT 1"))
    engine.rules_of("logical")
    for tree in parser.parse_args(arguments).trees:
        project = Project(tree.resolve(), Run(cache="off"))
        files = [Path(path) for path in project.files("*.sql")]
        sources = [Source.of_bytes(str(path), path.read_bytes(), FileKind.SQL) for path in files]
        texts = [source.text for source in sources]
        size = sum(len(source.data) for source in sources) / MEGABYTE

        def judge(sources: Sequence[Source] = sources, project: Project = project) -> int:
            return sum(
                len(engine.judge("logical", list(logical.read(source, project)), project, [])) for source in sources
            )

        costs = {
            "sqlparse": _seconds(lambda texts=texts: [list(lexer().get_tokens(text)) for text in texts]),
            "tokens": _seconds(lambda texts=texts: [list(tokenize(text)) for text in texts]),
            "extraction": _seconds(
                lambda sources=sources, project=project: [_extracted(item, project) for item in sources]
            ),
            "schema": _seconds(lambda project=project: history.schema_of(project)),
            "judging": _seconds(judge),
        }
        shown = ", ".join(f"{name} {cost / size:.2f}" for name, cost in costs.items())
        print(f"{tree.name}: {len(files)} files, {size:.2f} MB; s/MB: {shown}, extraction and judging"
              f" {(costs['extraction'] + costs['judging']) / size:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
