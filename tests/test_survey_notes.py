"""What the survey remembers of a file is what it said, and nothing else is read back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from flake8_planalign.config import Run
from flake8_planalign.process import notes
from flake8_planalign.process.survey import survey
from flake8_planalign.project import Project
from flake8_planalign.source import Source

CODE = """
import json
import asyncpg
import redis.asyncio
import requests
from fastapi import FastAPI

app = FastAPI()
cache = redis.asyncio.from_url("redis://cache")

@app.get("/health")
async def health():
    await asyncpg.create_pool("postgresql://database")
    return {"status": "ok"}

@app.get("/cart/{cart}")
async def add(cart: str, item: str):
    items = json.loads(await cache.get(f"cached_cart:{cart}") or "[]")
    await cache.set(f"cached_cart:{cart}", json.dumps([*items, item]))

def fetch(url):
    for attempt in range(3):
        try:
            return requests.get(url)
        except requests.RequestException:
            continue
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "app.py").write_text(CODE, encoding="utf-8")
    return Project(tmp_path, Run(cache=str(tmp_path / "cache")))


def said(project: Project) -> list[object]:
    return list(survey(Source.of_text(str(project.root / "app.py"), CODE, tree=ast.parse(CODE)), project))


def test_what_is_remembered_is_what_was_said(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first = said(project)
    assert {type(node).__name__ for node in first} >= {
        "CacheWrite",
        "CheckThenAct",
        "EndlessCall",
        "HealthResponse",
        "HealthWithoutReady",
        "PoolCreation",
        "Retry",
        "UncoveredAccess",
    }
    monkeypatch.setattr("flake8_planalign.process.survey._read", None)  # what is remembered is not read anew
    assert said(project) == first


@pytest.mark.parametrize("stored", [{}, [["Project", {}]], [["Retry", {"position": 1}]], [[1]]])
def test_what_is_not_of_our_making_is_a_miss(project: Project, stored: object) -> None:
    project.cache.put("survey", "0" * 32, stored)
    assert notes.recall(project, "0" * 32) is None
