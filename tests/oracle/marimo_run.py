"""Runs the server of marimo, somebody else's application, and prints what kept its loop waiting: `marimo_run.py OUT`.

The server is the one that `marimo edit DIRECTORY` starts, without authentication and without a kernel; the requests are
those of its file browser, its home page and its settings.
"""

from __future__ import annotations

import asyncio
import collections
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import types
from typing import Any

import control_case
import httpx
from recorder import Recorder, Row, report

ROUNDS = 3

ROWS = (Row(subprocess.Popen, "wait"), Row(subprocess.Popen, "communicate"))


def make_app(directory: pathlib.Path) -> Any:
    """Return the server's application over the notebooks in `directory`, as marimo's own start-up composes it."""
    from marimo._config.manager import get_default_config_manager
    from marimo._server.api import lifespans
    from marimo._server.config import StarletteServerStateInit
    from marimo._server.lsp import NoopLspServer
    from marimo._server.main import create_starlette_app
    from marimo._server.session_manager import SessionManager
    from marimo._server.tokens import AuthToken
    from marimo._server.workspace import DirectoryWorkspace
    from marimo._session.model import SessionMode
    from marimo._utils.lifespans import Lifespans

    config = get_default_config_manager(current_path=str(directory))
    sessions = SessionManager(
        workspace=DirectoryWorkspace(str(directory), include_markdown=True),
        mode=SessionMode.EDIT,
        quiet=True,
        include_code=True,
        lsp_server=NoopLspServer(),
        config_manager=config,
        cli_args={},
        argv=None,
        auth_token=AuthToken(""),
        redirect_console_to_browser=False,
        ttl_seconds=None,
    )
    app = create_starlette_app(
        base_url="", host="localhost", lifespan=Lifespans([lifespans.etc]), enable_auth=False, skew_protection=False
    )
    StarletteServerStateInit(
        port=80,
        host="localhost",
        base_url="",
        asset_url=None,
        headless=True,
        quiet=True,
        session_manager=sessions,
        config_manager=config,
        remote_url=None,
        mcp_server_enabled=False,
        skew_protection=False,
        enable_auth=False,
    ).apply(app.state)
    return app


def expire_memos() -> None:
    """Let the memo of what is a notebook, kept for five seconds, run out at each question.

    Which request happens to be the first of five seconds would otherwise differ from run to run.
    """
    from marimo._server.files import os_file_system

    seconds = itertools.count(step=5)
    os_file_system.time = types.SimpleNamespace(monotonic=lambda: next(seconds))


def requests_in(directory: pathlib.Path) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the requests of one round; each round leaves `directory` as it was."""
    notebook, copied, moved, made = (str(directory / name) for name in ("nb.py", "copy.py", "moved.py", "made"))
    create = {"path": str(directory), "type": "directory", "name": "made"}
    return [
        ("GET", "/", {}),
        ("GET", "/?file=nb.py", {}),
        ("GET", "/health", {}),
        ("GET", "/api/status", {}),
        ("GET", "/api/version", {}),
        ("GET", "/api/environment", {}),
        ("GET", "/api/usage", {}),
        ("GET", "/favicon.ico", {}),
        ("GET", "/public-files-sw.js", {}),
        ("GET", "/og/thumbnail?file=nb.py", {}),
        ("GET", "/api/files/roots", {}),
        ("POST", "/api/files/list_files", {"json": {"path": str(directory)}}),
        ("POST", "/api/files/file_details", {"json": {"path": notebook}}),
        ("GET", "/api/files/download", {"params": {"path": notebook}}),
        ("POST", "/api/files/create", {"data": create, "files": {"none": ""}}),
        ("POST", "/api/files/copy", {"json": {"path": notebook, "newPath": copied}}),
        ("POST", "/api/files/move", {"json": {"path": copied, "newPath": moved}}),
        ("POST", "/api/files/update", {"json": {"path": moved, "contents": "import marimo\n"}}),
        ("POST", "/api/files/search", {"json": {"query": "nb", "path": str(directory)}}),
        ("POST", "/api/files/delete", {"json": {"path": moved}}),
        ("POST", "/api/files/delete", {"json": {"path": made}}),
        ("POST", "/api/home/recent_files", {"json": {}}),
        ("POST", "/api/home/workspace_files", {"json": {"includeMarkdown": True}}),
        ("POST", "/api/home/running_notebooks", {"json": {}}),
        ("POST", "/api/home/tutorial/open", {"json": {"tutorialId": "intro"}}),
        ("POST", "/api/kernel/save_user_config", {"json": {"config": {"display": {"theme": "dark"}}}}),
        ("GET", "/api/packages/list", {}),
        ("GET", "/api/packages/tree", {}),
        ("GET", "/api/export/availability", {}),
    ]


async def drive(app: Any, directory: pathlib.Path, recorder: Recorder) -> dict[str, list[int]]:
    """Send every request in every round; returns the answers' status codes."""
    answers: dict[str, list[int]] = collections.defaultdict(list)
    watcher = asyncio.create_task(recorder.watch())
    await asyncio.sleep(0.05)
    await control_case.block()
    await asyncio.sleep(0.05)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        for number in range(1, ROUNDS + 2):
            recorder.round = number
            if number > ROUNDS:
                recorder.trace()
            for method, path, extra in requests_in(directory):
                answers[f"{method} {path}"].append((await client.request(method, path, **extra)).status_code)
                await asyncio.sleep(0.005)
    watcher.cancel()
    return answers


def main(result: pathlib.Path) -> None:
    """Observe marimo; the record goes to `result` as JSON."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        (directory / "nb.py").write_text("import marimo\n\napp = marimo.App()\n", encoding="utf-8")
        os.environ |= {"HOME": name, "XDG_CONFIG_HOME": name, "XDG_STATE_HOME": name, "XDG_CACHE_HOME": name}
        os.chdir(directory)
        import marimo

        package = str(pathlib.Path(marimo.__file__).parent) + os.sep
        app = make_app(directory)
        expire_memos()
        recorder = Recorder((package, control_case.__file__))
        recorder.activate(ROWS)
        answers = asyncio.run(drive(app, directory, recorder))
        sys.settrace(None)
    result.write_text(json.dumps({**report(recorder), "answers": answers}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
