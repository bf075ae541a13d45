"""A real PostgreSQL in WebAssembly (PGlite, from npm), which tells how it plans queries."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "postgres"
#: Where `npm install` put PGlite, if not beside the script.
MODULES = Path(os.environ.get("PLANALIGN_PGLITE", HERE))


def is_there() -> bool:
    return shutil.which("node") is not None and (MODULES / "node_modules" / "@electric-sql" / "pglite").is_dir()


class PostgreSQL:
    """A server process; every request begins with an empty database."""

    def __init__(self) -> None:
        script = MODULES / "explain.mjs"
        if MODULES != HERE:
            shutil.copy(HERE / "explain.mjs", script)
        self._process = subprocess.Popen(
            ["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=MODULES
        )

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def conditions(
        self, setup: Sequence[str], queries: Sequence[tuple[Sequence[str], str]]
    ) -> tuple[list[str | None], list[list[str] | None]]:
        """Return the error of each definition, and the Index Conds of each query's generic plan, None if it fails."""
        answer = self._ask({"setup": setup, "queries": [{"types": list(t), "sql": sql} for t, sql in queries]})
        return answer["setup"], [
            None if isinstance(p, dict) else list(_conditions(p[0]["Plan"])) for p in answer["plans"]
        ]

    def run(self, script: str, *ask: str) -> tuple[str | None, list[list[dict[str, Any]]]]:
        """Run a script in an empty database; return its error and the rows of each question."""
        answer = self._ask({"script": script, "ask": ask})
        return answer["error"], answer["rows"]


def _conditions(node: dict[str, Any]) -> Iterator[str]:
    if "Index Cond" in node:
        yield node["Index Cond"]
    for inner in node.get("Plans", ()):
        yield from _conditions(inner)
