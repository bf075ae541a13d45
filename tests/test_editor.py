"""The plugin through python-lsp-server, as an editor drives it: a file is opened and typed in, and never saved."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from conftest import Tree

pytest.importorskip("pylsp")

HELPER = """\
import requests


def rates():
    return requests.get("https://rates.example", timeout=3).json()
"""
ROUTE = """\
import asyncio

from fastapi import FastAPI

from app.rates import rates

app = FastAPI()


@app.get("/rates")
async def read() -> dict:
    return await asyncio.to_thread(rates)
"""
PLUGINS = {"pycodestyle", "pyflakes", "mccabe", "pylint", "pydocstyle", "autopep8", "yapf", "rope_autoimport"}


class Editor:
    """A client of the language server protocol over the server's standard streams."""

    def __init__(self, server: subprocess.Popen[bytes]) -> None:
        assert server.stdin is not None
        assert server.stdout is not None
        self._to: IO[bytes] = server.stdin
        self._from: IO[bytes] = server.stdout
        self._number = 0

    def notify(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, **params: Any) -> Any:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        return self._wait(lambda message: message.get("id") == self._number and "method" not in message)["result"]

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """Return what the server says next about a file."""
        wanted = "textDocument/publishDiagnostics"
        told = self._wait(lambda message: message.get("method") == wanted and message["params"]["uri"] == uri)
        found: list[dict[str, Any]] = told["params"]["diagnostics"]
        return found

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._to.flush()

    def _wait(self, is_it: Any) -> dict[str, Any]:
        while True:
            length = 0
            while (line := self._from.readline().strip()) or not length:
                assert line, "the server has ended"
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            message: dict[str, Any] = json.loads(self._from.read(length))
            if is_it(message):
                return message


@contextlib.contextmanager
def editing(root: Path) -> Iterator[Editor]:
    """Give an editor that has the directory open, with flake8 as the only linter."""
    command = [sys.executable, "-m", "pylsp"]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        editor = Editor(server)
        try:
            editor.ask("initialize", processId=None, rootUri=root.as_uri(), capabilities={})
            editor.notify("initialized")
            flake8 = {"enabled": True, "executable": str(Path(sys.executable).with_name("flake8"))}
            plugins = {**{name: {"enabled": False} for name in PLUGINS}, "flake8": flake8}
            editor.notify("workspace/didChangeConfiguration", settings={"pylsp": {"plugins": plugins}})
            yield editor
            editor.ask("shutdown")
            editor.notify("exit")
            server.wait(30)
        finally:
            server.kill()


def test_what_is_typed_is_judged_with_its_neighbours_before_it_is_saved(tree: Tree) -> None:
    root = tree({"app/__init__.py": "", "app/rates.py": HELPER, "app/main.py": ROUTE, "pyproject.toml": ""})
    uri = (root / "app/main.py").as_uri()
    worse = ROUTE.replace("await asyncio.to_thread(rates)", "rates()")
    with editing(root) as editor:
        editor.notify("textDocument/didOpen", textDocument=dict(uri=uri, languageId="python", version=1, text=ROUTE))  # noqa: C408
        assert editor.diagnostics(uri) == []
        editor.notify(
            "textDocument/didChange", textDocument={"uri": uri, "version": 2}, contentChanges=[{"text": worse}]
        )
        found = {item["code"]: item for item in editor.diagnostics(uri)}
        editor.notify(
            "textDocument/didChange", textDocument={"uri": uri, "version": 3}, contentChanges=[{"text": ROUTE}]
        )
        assert editor.diagnostics(uri) == []
    assert {code for code in found if not code.startswith("ASYNC")} == {"PAL112", "F401"}  # flake8-async may be there
    told = found["PAL112"]
    assert told["range"]["start"] == {"line": 11, "character": 11}
    assert "rates (app/rates.py:5) -> `requests.get`" in told["message"]
