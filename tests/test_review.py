"""The review: a row for every rule, evidence for what passed, and a verdict by the matrix."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Tree

from flake8_planalign import catalogue, stories
from flake8_planalign.command import review as planalign_review
from flake8_planalign.review import checklist

ROOT = Path(__file__).parent.parent
FIXED = ROOT / "examples" / "scoring-fixed"
#: When the copies of its files were written, in seconds since 1970: before the runs that they are proved by.
WRITTEN = 1_750_000_000
PLANNED = {
    *(f"{view}-REV-01-0{number}" for view in ("PROC", "LOG", "DEV", "PHY") for number in (1, 2, 3)),
    "SCN-REV-01-01",
    "SCN-REV-01-02",
}
PLAN = "[tool.planalign]\n"
SLEEP = "import time\n\n\nasync def wait():\n    time.sleep(1)\n"
PROBABLE = "async def score(x, frame):\n    return x.fit_transform(frame)\n"
LOW = "from sqlalchemy import create_engine\n\nengine = create_engine('postgresql+psycopg://database/scores')\n"


def review(*arguments: str, cwd: Path, code: int | None = None) -> Any:
    command = [sys.executable, "-m", "flake8_planalign", "review", "--format=json", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert code is None or done.returncode == code, done.stderr
    return json.loads(done.stdout)


def reviewed(root: Path) -> Any:
    """Return what `planalign review` writes, run in this process, which spares it the start and the imports."""
    written = io.TextIOWrapper(io.BytesIO())
    with contextlib.chdir(root), contextlib.redirect_stdout(written), contextlib.redirect_stderr(io.StringIO()):
        planalign_review.main(["--format=json", "--jobs=1"])
    return json.loads(written.buffer.getvalue())


def copied(folder: Path) -> Path:
    """Return a copy of the example done right, outside of git and no younger than the reports in it."""
    root = folder / "platform"
    shutil.copytree(FIXED, root, ignore=shutil.ignore_patterns(".planalign_cache", "__pycache__"))
    for path in root.rglob("*"):
        os.utime(path, (WRITTEN, WRITTEN))
    return root


def states(document: Any) -> dict[str, str]:
    return {story["story"]: story["state"] for story in document["stories"]}


def rows_of(document: Any) -> dict[str, Any]:
    return {check["code"]: check for story in document["stories"] for check in story["checks"]}


def test_every_story_of_the_plan_is_there_and_every_rule_is_in_one() -> None:
    assert {story.code for story in stories.STORIES.values() if story.planned} == PLANNED
    of_views = [rule for rule in catalogue.rules() if catalogue.view_of(rule.code) != "tool"]
    assert {rule.story for rule in of_views} <= set(stories.STORIES)
    assert all(stories.STORIES[rule.story].view == catalogue.view_of(rule.code) for rule in of_views)


def test_every_rule_has_a_bullet() -> None:
    codes = {rule.code for rule in catalogue.rules() if catalogue.view_of(rule.code) != "tool"}
    assert codes <= set(checklist.CHECKS)


def test_the_example_is_blocked_with_a_reason_for_each_finding() -> None:
    document = review(cwd=ROOT / "examples" / "scoring", code=1)
    assert document["verdict"] == "BLOCK"
    assert all(fix["message"] for fix in document["fixes"])
    asks = [fix["asks"] for fix in document["fixes"]]
    assert asks == sorted(asks, key=["BLOCK", "REQUEST CHANGES", "APPROVE"].index)
    assert document["fixes"][0]["severity"] == "critical"
    # there is no load test of a swap (PAL521), so that none can pass whatever fails; how old a report is says git
    idle = {code for code, row in rows_of(document).items() if row["state"] in ("not applicable", "cannot tell")}
    assert idle == {"PAL522"}


def test_the_example_done_right_is_approved_with_evidence() -> None:
    document = review(cwd=FIXED, code=0)
    assert document["verdict"] == "APPROVE"
    checks = [check for story in document["stories"] for check in story["checks"]]
    assert {check["state"] for check in checks} == {"pass"}
    assert all(check["evidence"] for check in checks)
    assert set(states(document).values()) == {"pass"}


Mutant = Callable[[Path], None]


def replaced(path: str, old: str, new: str) -> Mutant:
    def change(root: Path) -> None:
        text = (root / path).read_text(encoding="utf-8")
        assert old in text
        (root / path).write_text(text.replace(old, new), encoding="utf-8")

    return change


def added(path: str, text: str) -> Mutant:
    def change(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")

    return change


#: One way to break each story, and it alone.
NOTES = """\
\"\"\"Notes.\"\"\"

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "9001"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("credits", sa.Column("notes", postgresql.JSON))


def downgrade() -> None:
    op.drop_column("credits", "notes")
"""
FEATURES = """\
\"\"\"Features.\"\"\"

import sqlalchemy as sa
from alembic import op

revision = "9002"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "score_features",
        sa.Column("profile_id", sa.Integer(), sa.ForeignKey("profiles.profile_id"), primary_key=True),
        sa.Column("income", sa.Numeric(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("profile_features")
"""
MUTANTS: dict[str, Mutant] = {
    "PROC-REV-01-01": added(
        "src/service/pause.py", '"""Pauses."""\n\nimport time\n\n\nasync def pause():\n    time.sleep(1)\n'
    ),
    "PROC-REV-01-02": added(
        "src/service/audit.py",
        '"""Audit."""\n\nimport psycopg2\n\n\ndef dsn(parts):\n    return psycopg2.connect(**parts)\n',
    ),
    "PROC-REV-01-03": added(
        "src/service/sessions.py",
        '"""Sessions."""\n\nimport redis\n\n\nasync def seen(client: redis.Redis):\n    client.ping()\n',
    ),
    "LOG-REV-01-01": added("migrations/versions/9001_notes.py", NOTES),
    "LOG-REV-01-02": added("migrations/versions/9002_features.py", FEATURES),
    "LOG-REV-01-03": replaced(
        "src/pipeline/transformers/build_features.py",
        "    return pd.DataFrame(",
        '    profiles.to_csv("profiles.csv")\n    return pd.DataFrame(',
    ),
    "DEV-REV-01-01": replaced(
        "src/pipeline/data_exporters/export_champion.py", "model.download_mojo(path=", "model.download_pojo(path="
    ),
    "DEV-REV-01-02": replaced("requirements.txt", "h2o==3.46.0.11", "h2o==3.46.0.10"),
    "DEV-REV-01-03": added(
        "src/service/training.py",
        '"""Training."""\n\nfrom pipeline.transformers.build_features import build_features\n',
    ),
    "PHY-REV-01-01": replaced("compose.yaml", "-Xmx1g", "-Xmx100g"),
    "PHY-REV-01-02": replaced(
        "compose.yaml", "    image: redis:7.4-alpine\n", '    image: redis:7.4-alpine\n    ports: ["6379:6379"]\n'
    ),
    "PHY-REV-01-03": replaced("compose.yaml", "      - database:/var/lib/postgresql/data\n", "      - data:/data\n"),
    "SCN-REV-01-01": replaced("tests/test_drift.py", "    assert platform.mojo_path.stat().st_mtime_ns > before\n", ""),
    "SCN-REV-01-02": replaced(
        "tests/test_swap.py", "    assert len(statuses) == 200\n    assert set(statuses) == {200}\n", ""
    ),
}


def test_there_is_a_way_to_break_each_criterion() -> None:
    assert set(MUTANTS) == PLANNED


@pytest.fixture(scope="module")
def unbroken() -> dict[str, str]:
    return states(review(cwd=FIXED))


@pytest.mark.parametrize("story", MUTANTS)
def test_what_breaks_a_criterion_flips_it_and_no_other(story: str, unbroken: dict[str, str], tmp_path: Path) -> None:
    root = copied(tmp_path)
    MUTANTS[story](root)
    after = states(reviewed(root))
    assert {name for name in unbroken if unbroken[name] != after[name]} == {story}
    assert after[story] == "fail"


def test_silence_is_no_pass_where_there_is_nothing_to_judge(tree: Tree) -> None:
    document = review(cwd=tree({"a.py": "X = 1\n", "pyproject.toml": PLAN}), code=0)
    assert set(states(document).values()) <= {"not applicable", "cannot tell", "pass"}
    rows = rows_of(document)
    assert rows["PAL111"]["state"] == "not applicable"
    assert rows["PAL111"]["evidence"] == "no coroutines seen"


def test_a_file_that_cannot_be_read_leaves_its_rows_open(tree: Tree) -> None:
    document = review(
        cwd=tree({"a.py": "async def ok(): ...\n", "b.py": "import time\ndef (\n", "pyproject.toml": PLAN}), code=0
    )
    rows = rows_of(document)
    assert rows["PAL111"]["state"] == "cannot tell"
    assert rows["PAL111"]["evidence"] == "1 file could not be read: b.py:2"
    assert document["verdict"] == "REQUEST CHANGES"
    assert document["not_judged"]


def test_a_file_that_cannot_be_read_leaves_rows_alone_that_nothing_is_for(tree: Tree) -> None:
    document = review(cwd=tree({"a.py": "async def ok(): ...\n", "b.py": "def (\n", "pyproject.toml": PLAN}), code=0)
    rows = rows_of(document)
    assert {rows[code]["state"] for code in ("PAL131", "PAL211", "PAL310", "PAL511")} == {"not applicable"}
    hidden = tree({"b.py": "import redis\nasync def a():\n    redis.Redis()\ndef (\n", "pyproject.toml": PLAN})
    assert rows_of(review(cwd=hidden, code=0))["PAL131"]["state"] == "cannot tell"


@pytest.mark.parametrize(
    ("code", "path", "text"),
    [
        ("PAL154", "app.py", "app = FastAPI()\n\n\n@app.get('/items')\nasync def items(): return []\n"),
        (
            "PAL154",
            "app.py",
            "app = FastAPI()\nHEALTH = '/health'\n\n\n@app.get(HEALTH)\nasync def health(): return {}\n",
        ),
        ("PAL123", "tests/test_app.py", "import httpx\n\nCLIENT = httpx.AsyncClient()\n"),
        ("PAL143", "app.py", "from tenacity import retry\n\nRETRY = retry\n"),
        ("PAL145", "app.py", "try:\n    X = 1\nexcept ConnectionError:\n    raise\n"),
        ("PAL121", "app.py", "from jupyter_client.session import Session\n"),
        ("PAL158", "app.py", "app = FastAPI()\n\n\n@app.get('/health')\nasync def health(): return {}\n"),
        ("PAL132", "app.py", "import contextvars\n\nSESSION = contextvars.ContextVar('s')\nSESSION.set(1)\n"),
        ("PAL142", "app.py", "def run(model):\n    model.eval()\n"),
        ("PAL145", "app.py", "try:\n    X = 1\nexcept ValueError:\n    raise\n"),
        ("PAL211", "models.py", "import sqlalchemy as sa\n\nT = sa.Table('t', M, sa.Column('c', sa.JSON()))\n"),
        ("PAL221", "flags.py", "FLAG = 'beta_features'\n"),
        ("PAL334", "app.py", "X = 1\n"),
        ("PAL511", "train.py", "def fit(model):\n    model.train()\n"),
        ("PAL512", "tests/test_clock.py", "def test_clock_drift(): assert now() < 5\n"),
        ("PAL521", "app.py", "model = load_model('a')\n"),
        ("PAL111", "app.py", 'def guard():\n    """\n    async def teapot(): ...\n    """\n'),
        ("PAL121", "apm.py", "import tracing\n\ntracing.patch(asyncpg=True)\n"),
        ("PAL122", "views.py", "import sqlite3\n\nDB = sqlite3.connect('a.db')\n"),
        ("PAL131", "wait.py", "import redis\n\nredis.Redis().ping()\n"),
        ("PAL132", "app.py", "import redis\n\nCLIENT = redis.Redis()\nrelease_first.set()\n"),
        ("PAL135", "store.py", "import redis\n\nclient = redis.Redis()\nclient.set('a', 1)\nclient.get('a')\n"),
        ("PAL143", "mail.py", "def run():\n    for attempt in range(3):\n        send()\n"),
        ("PAL144", "app.py", "import httpx\n\nCLIENT = httpx.AsyncClient()\nmax_size = 0\n"),
        ("PAL171", "app.py", "batcher.enqueue(1)\n"),
        ("PAL251", "app.py", "def export(path):\n    skip = {path}\n    return query.limit(5), skip\n"),
        ("PAL316", "java/Client.java", "class Client {}\n"),
        ("PAL411", "Dockerfile", "FROM ubuntu\nRUN sdk install java 14\n"),
        ("PAL421", "compose.dev.yaml", "services:\n  db:\n    image: postgres:17\n    ports: ['5432:5432']\n"),
        ("PAL431", "compose.yaml", "services:\n  cache:\n    image: redis:8\n"),
        ("PAL432", "compose.yaml", "services:\n  a:\n    image: b\n    environment: {IMAGE_TAG: c}\n"),
        ("PAL125", "a.py", "import httpx\n\nHTTP = httpx.AsyncClient()\n"),
        ("PAL153", "a.py", "try:\n    X = 1\nexcept OSError:\n    X = 2\n"),
        ("PAL156", "a.py", "@app.route('/oauth')\ndef oauth(): ...\n"),
        ("PAL147", "scan.py", "size = pod.spec.requests.get('storage')\n"),
        ("PAL171", "pool.py", "def run(pool):\n    pool.add_task(work())\n"),
        ("PAL171", "config.py", "confi.delay('{URL}/data')\n"),
        ("PAL172", "a.py", "def a(tasks):\n    tasks.add_task(notify)\n"),
        ("PAL171", "repo.py", "class Repo:\n    def add_task(self, text):\n        self.tasks.append(text)\n"),
        ("PAL251", "pdf.py", "offset = 1\n"),
        (
            "PAL431",
            "regtest/compose.yaml",
            "services:\n  db:\n    image: postgres:17\n  web:\n    image: a\n    volumes: [b:/c]\n",
        ),
        (
            "PAL524",
            "reports/swap.xml",
            "<testsuites><testsuite name='swap'><testcase name='a'/></testsuite></testsuites>\n",
        ),
        ("PAL522", "locustfile.py", "from locust import HttpUser\n\n\nclass Reader(HttpUser): ...\n"),
        ("PAL122", "tests/test_a.py", "import sqlite3\n\n\nasync def a():\n    return sqlite3.Row\n"),
        (
            "PAL123",
            "cli.py",
            "from sqlalchemy import create_engine\n\n\ndef upgrade(url):\n    engine = create_engine(url)\n",
        ),
        (
            "PAL423",
            "compose.yaml",
            (
                "services:\n  db:\n    image: postgres:17\n    networks: [all]\n  web:\n    image: a\n"
                "    ports: ['80:80']\n    networks: [all]\nnetworks: {all: }\n"
            ),
        ),
        (
            "PAL119",
            "app.py",
            (
                "import asyncio\nfrom concurrent.futures import ProcessPoolExecutor\n\nPOOL = ProcessPoolExecutor(2)\n"
                "\n\nasync def run(text):\n    await asyncio.to_thread(exec, text, {})\n"
            ),
        ),
        (
            "PAL126",
            "app.py",
            "import httpx\nimport redis\n\nA = httpx.AsyncClient(timeout=3)\nB = redis.Redis(max_connections=9)\n",
        ),
        (
            "PAL134",
            "app.py",
            "import redis\n\nC = redis.Redis()\ntry:\n    C.ping()\nexcept redis.RedisError:\n    raise\n",
        ),
        (
            "PAL135",
            "cache.py",
            (
                "import redis\n\n\nclass Cache:\n    def get(self, key):\n        return self.client.get(key)\n\n"
                "    def put(self, key, value):\n        self.client.setex(key, 9, value)\n"
            ),
        ),
        ("PAL152", "app.py", "try:\n    X = 1\nexcept OSError:\n    X = 2\n"),
        (
            "PAL112",
            "app.py",
            "import parts\n\n\nasync def title(text):\n    return parts.rag.invoke([text])\n",
        ),
        ("PAL123", "app.py", "import redis\n\n\ndef connect():\n    return redis.Redis(host=HOST)\n"),
        (
            "PAL124",
            "app.py",
            (
                "import asyncpg\n\n\nasync def start(url):\n    pool = await asyncpg.create_pool(url, max_size=9)\n"
                "    return pool, await asyncpg.connect(url, timeout=3)\n"
            ),
        ),
        (
            "PAL135",
            "cache.py",
            (
                "import redis\n\nclient = redis.Redis()\n\n\ndef count(key, now):\n"
                "    left = float(client.hget(key, 'left') or 0)\n"
                "    client.hset(key, 'left', left - now)\n"
            ),
        ),
        (
            "PAL136",
            "app.py",
            (
                "import store\n\n\ndef answer(cache, redis, question):\n    cache_key = f'answer:{hash(question)}:x'\n"
                "    redis.set(cache_key, 1, ex=9)\n    return store.ask(cache, cache_key)\n"
            ),
        ),
        (
            "PAL147",
            "app.py",
            (
                "import httpx\nfrom psycopg import AsyncConnection\n\n\nasync def start(url):\n"
                "    return await AsyncConnection.connect(url)\n"
            ),
        ),
        (
            "PAL153",
            "app.py",
            (
                "def page(title):\n    try:\n        return ask(title)\n    except ValueError:\n"
                "        log.error(f'no page {title}')\n        return None\n\n\ndef other():\n"
                "    try:\n        work()\n    except OSError as error:\n        log.error(f'{error}')\n"
            ),
        ),
        (
            "PAL251",
            "app.py",
            (
                "@app.get('/payments')\nasync def payments(page: int = Query(1), size: int = 20):\n"
                "    items = await ask(limit=size)\n    total = len(items)\n"
                "    return {'total': total, 'of': items.count()}\n"
            ),
        ),
        (
            "PAL310",
            "train.py",
            "from mage_ai.x import transformer\n\n\n@transformer\ndef train(data):\n    return Linear().fit(data)\n",
        ),
        (
            "PAL161",
            "blocks/clean.py",
            "from mage_ai.x import transformer\n\n\n@transformer\ndef clean(data):\n    return data.dropna()\n",
        ),
        ("PAL321", "app.py", "def start(logger):\n    logger.info('Starting H2O Water')\n"),
        ("PAL322", "species.py", "h2o = 18.015\nSPECIES = ['h2o', 'co2']\n"),
        (
            "PAL432",
            "compose.yaml",
            "services:\n  mage:\n    build: .\n    environment: {MAGE_CODE_PATH: code}\n    volumes: ['.:/$CODE']\n",
        ),
        (
            "PAL155",
            "app.py",
            "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/ready')\ndef ready(): return {}\n",
        ),
        ("PAL156", "a.py", "@app.post('/a')\ndef a(request: Request) -> Answer:\n    return Answer()\n"),
        ("PAL156", "b.py", "@app.post('/a')\ndef a(key: str, service: Service = Depends(get)): ...\n"),
        ("PAL214", "store.py", "def has(self, key):\n    return self._rows.has_any(key)  # ->>\n"),
        ("PAL241", "views.sql", "CREATE INDEX a ON facts (kind);\n"),
        ("PAL251", "app.py", "def page(query, offset: int):\n    return query.offset(offset)\n"),
        ("PAL422", "compose.yaml", "services:\n  web:\n    image: a\n"),
        (
            "PAL423",
            "compose.yaml",
            "services:\n  db:\n    image: postgres:17\n    volumes: ['a:/var/lib/postgresql/data']\nvolumes: {a: }\n",
        ),
        (
            "PAL134",
            "app.py",
            "import redis\n\nC = redis.Redis()\ntry:\n    C.ping()\nexcept redis.RedisError:\n    log()\n",
        ),
        (
            "PAL423",
            "tests/compose.yaml",
            "services:\n  db:\n    image: postgres:17\n    volumes: ['a:/var/lib/postgresql/data']\n",
        ),
    ],
)
def test_what_only_looks_like_the_thing_is_no_evidence(code: str, path: str, text: str, tree: Tree) -> None:
    rows = rows_of(review(cwd=tree({path: text, "pyproject.toml": PLAN})))
    assert rows[code]["state"] == "not applicable", rows[code]["evidence"]


@pytest.mark.parametrize(
    ("code", "text", "place"),
    [
        ("PAL123", "from sqlalchemy import create_engine\n\nENGINE = create_engine(URL)\n", "app.py:3"),
        ("PAL123", "import httpx\n\n\ndef client():\n    made = httpx.AsyncClient()\n    return made\n", "app.py:5"),
        (
            "PAL134",
            (
                "import redis\n\nrdb_client = redis.Redis()\ntry:\n    rdb_client.set('a', 1, ex=9)\n"
                "except redis.RedisError:\n\n    log()\n"
            ),
            "app.py:6",
        ),
        (
            "PAL135",
            (
                "import redis\n\ncache = redis.Redis()\n\n\ndef ask(key):\n    found = cache.get(key)\n"
                "    if found is None:\n        found = work(key)\n        cache.set(key, found, ex=9)\n"
            ),
            "app.py:7",
        ),
        ("PAL151", "try:\n    X = 1\nexcept Exception:\n    X = 2\n    log.exception('no x')\n", "app.py:3"),
        (
            "PAL123",
            "import functools\nimport redis\n\n\n@functools.cache\ndef client():\n    return redis.Redis()\n",
            "app.py:5",
        ),
        (
            "PAL151",
            (
                "try:\n    X = 1\nexcept Exception:\n    log.exception('no x')\n\n\ndef size(text):\n    try:\n"
                "        return int(text)\n    except Exception:\n        pass\n"
            ),
            "apart from 1 silent handler for a conversion, a release, an import or the like (app.py:10)",
        ),
        ("PAL321", "import h2o\n\nh2o.init()\n", "1 use of H2O (app.py:1)"),
        (
            "PAL251",
            "def page(query, skip: int):\n    total = query.count()\n    return query.offset(skip), total\n",
            "app.py:2",
        ),
    ],
)
def test_what_is_the_thing_is_shown_with_its_place(code: str, text: str, place: str, tree: Tree) -> None:
    row = rows_of(review(cwd=tree({"app.py": text, "pyproject.toml": PLAN})))[code]
    assert (row["state"], place in row["evidence"]) == ("pass", True), row


@pytest.mark.parametrize(
    "text", ["except Exception:\n" + " \t\n" * 3000, "except redis.Error:\n" + "    x\n   \n" * 3000]
)
def test_evidence_is_found_in_time_that_grows_with_the_file(text: str, tree: Tree) -> None:
    started = time.monotonic()
    review(cwd=tree({"app.py": f"import redis\ntry:\n    redis.Redis()\n{text}    x\n", "pyproject.toml": PLAN}))
    assert time.monotonic() - started < 60


def test_one_file_proves_nothing_of_another(tree: Tree) -> None:
    health = "@app.get('/health')\nasync def health(): return {}\n"
    ready = "\n\n@app.get('/ready')\nasync def ready(): return {}\n"
    one = tree({"gate.py": health + ready, "other.py": health, "pyproject.toml": PLAN})
    row = rows_of(review(cwd=one))["PAL154"]
    assert row["state"] != "pass"
    assert row["state"] == "fail" or row["evidence"] == "no readiness routes seen in other.py"
    (one / "other.py").write_text(health + ready)
    assert rows_of(review(cwd=one))["PAL154"]["state"] == "pass"


def test_a_handler_in_one_file_does_not_cover_the_writes_of_another(tree: Tree) -> None:
    write = "import redis\n\nredis_client = redis.Redis()\n\n\ndef keep():\n    redis_client.set('a', 1, ex=9)\n"
    covered = write.replace(
        "    redis_client.set('a', 1, ex=9)\n", "    try:\n        redis_client.set('a', 1, ex=9)\n"
    )
    covered += "    except redis.RedisError:\n        log()\n"
    root = tree({"a.py": covered, "b.py": write, "pyproject.toml": PLAN})
    row = rows_of(review(cwd=root))["PAL134"]
    assert (row["state"], row["evidence"]) == ("not applicable", "no handlers of Redis errors that go on seen in b.py")
    (root / "b.py").unlink()
    assert rows_of(review(cwd=root))["PAL134"]["state"] == "pass"


def test_json_in_one_file_is_not_proven_by_jsonb_in_another(tree: Tree) -> None:
    migration = (
        "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n\n"
        "revision = '{0}'\ndown_revision = {1}\n\n\ndef upgrade():\n"
        "    op.create_table('t{0}', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('d', {2}))\n"
    )
    first = migration.format("1", None, "postgresql.JSONB()")
    second = (
        migration.format("2", "'1'", "sa.JSON()") + "    if op.get_bind().dialect.name == 'sqlite':\n        pass\n"
    )
    folder = "migrations/versions"
    root = tree({f"{folder}/1.py": first, f"{folder}/2.py": second, "pyproject.toml": PLAN})
    assert rows_of(review(cwd=root))["PAL211"]["state"] != "pass"
    (root / folder / "2.py").unlink()
    assert rows_of(review(cwd=root))["PAL211"]["state"] == "pass"


def test_what_only_tests_have_is_named_so(tree: Tree) -> None:
    rows = rows_of(
        review(cwd=tree({"tests/test_a.py": "import httpx\n\nC = httpx.AsyncClient()\n", "pyproject.toml": PLAN}))
    )
    assert rows["PAL123"]["evidence"] == "no kept pools or clients seen outside of tests"


def test_a_reference_in_prose_is_no_foreign_key(tree: Tree) -> None:
    files = {
        "models.py": "class A(Base):\n    __tablename__ = 'a'\n    id = Column(Integer, primary_key=True)\n",
        "prompt.py": "ASKED = 'Find references for building it, and all references'\n",
        "sql.py": "MADE = 'create table b (id int primary key, a int references a (id))'\n",
        "sqlmodel.py": "class C(SQLModel, table=True):\n    a: int = Field(foreign_key='a.id')\n",
        "schema.sql": "CREATE TABLE d (id int PRIMARY KEY, a int REFERENCES a);\n",
        "pyproject.toml": PLAN,
    }
    evidence = rows_of(review(cwd=tree(files)))["PAL242"]["evidence"]
    assert "3 foreign keys (schema.sql:1, sql.py:1, sqlmodel.py:2)" in evidence


def test_a_script_of_several_lines_is_one(tree: Tree) -> None:
    lines = "local a = redis.call('GET', KEYS[1])\nredis.call('SET', KEYS[1], a)\nreturn redis.call('GET', KEYS[1])\n"
    files = {
        "app.py": f'ONE = """\n{lines}"""\nTWO = """\n{lines}"""\n',
        "short.py": "def a(r):\n    r.eval(\"redis.call('GET', KEYS[1])\", 1, 'a')\n\n\n"
        "def b(r):\n    r.eval(\"redis.call('GET', KEYS[1])\", 1, 'b')\n",
        "three.lua": lines,
        "pyproject.toml": PLAN,
    }
    evidence = rows_of(review(cwd=tree(files)))["PAL146"]["evidence"]
    assert "5 Lua scripts (app.py:2, app.py:7, short.py:2 ...)" in evidence


def test_a_size_is_one_of_a_pool(tree: Tree) -> None:
    pool = "import asyncpg\n\n\nasync def start():\n    await (await asyncpg.create_pool(A, max_size=9)).close()\n"
    other = "class Limit:\n    def __init__(self, max_size):\n        self.max_size = max_size\n"
    rows = rows_of(review(cwd=tree({"pool.py": pool, "limit.py": other, "pyproject.toml": PLAN})))
    assert rows["PAL126"]["state"] == "pass"
    assert "pool.py:5" in rows["PAL126"]["evidence"]
    assert "limit.py" not in rows["PAL126"]["evidence"]


def test_many_fixes_are_folded_away_in_a_comment(tree: Tree) -> None:
    sleeps = "import time\n\n\nasync def f():\n" + "    time.sleep(1)\n" * 23
    root = tree({"a.py": sleeps, "pyproject.toml": PLAN})
    command = [sys.executable, "-m", "flake8_planalign", "review", "--format=markdown"]
    text = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout
    shown, _, folded = text.partition("<details><summary>3 more</summary>")
    assert (shown.count("**PAL111**"), folded.count("**PAL111**")) == (20, 3)
    assert text.count("<details>") == text.count("</details>")


def test_one_of_a_kind_is_told_in_the_singular(tree: Tree) -> None:
    root = tree({"a.py": "async def ok(): ...\n", "pyproject.toml": PLAN})
    assert rows_of(review(cwd=root))["PAL111"]["evidence"] == "1 coroutine (a.py:1)"


def test_a_waiver_is_shown_and_does_not_block(tree: Tree) -> None:
    root = tree({"a.py": SLEEP.replace("sleep(1)", "sleep(1)  # noqa: PAL111"), "pyproject.toml": PLAN})
    document = review(cwd=root, code=0)
    rows = rows_of(document)
    assert rows["PAL111"]["state"] == "pass"
    assert rows["PAL111"]["waived"] == ["a.py:5"]


def test_the_plan_says_what_blocks(tree: Tree) -> None:
    root = tree({"a.py": SLEEP, "pyproject.toml": "[tool.planalign.review]\nblock-on = []\n"})
    assert review(cwd=root, code=0)["verdict"] == "REQUEST CHANGES"


def test_rules_that_are_off_by_default_are_judged_all_the_same(tree: Tree) -> None:
    root = tree({"a.py": LOW, "pyproject.toml": PLAN})
    assert [fix["code"] for fix in review(cwd=root)["fixes"]] == ["PAL126"]


def test_a_base_limits_the_review_to_what_is_new(tree: Tree) -> None:
    root = tree({"old.py": SLEEP, "helper.py": "def slow():\n    pass\n", "pyproject.toml": PLAN})
    (root / "caller.py").write_text("from helper import slow\n\n\nasync def call():\n    slow()\n")

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "one")
    (root / "helper.py").write_text("import time\n\n\ndef slow():\n    time.sleep(1)\n")
    (root / "old.py").write_text("# moved\n" + SLEEP)
    document = review("--base", "HEAD", cwd=root, code=1)
    assert [(fix["path"], fix["code"]) for fix in document["fixes"]] == [("caller.py", "PAL111")]
    assert sorted(document["files"]["looked_at"]) == ["helper.py", "old.py"]
    git("commit", "-qam", "two")
    (root / "old.py").write_text("# moved again\n" + SLEEP)
    document = review("--base", "HEAD", cwd=root, code=0)
    assert document["fixes"] == []
    row = rows_of(document)["PAL111"]
    assert row["state"] == "not applicable", "what is there already does not pass either"
    assert row["evidence"] == "nothing new; there before: caller.py:5, old.py:6"


@pytest.mark.parametrize("option", ["--exclude=app", "--exclude=nothing"])
def test_to_judge_nothing_is_no_approval(option: str, tree: Tree) -> None:
    root = tree({"app/a.py": SLEEP, "notes/a.txt": "", "pyproject.toml": PLAN})
    command = [sys.executable, "-m", "flake8_planalign", "review", option]
    path = "app" if option == "--exclude=app" else "notes"
    done = subprocess.run([*command, path], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "judged nothing" in done.stderr


def test_a_base_that_is_none_is_an_error(tree: Tree) -> None:
    root = tree({"a.py": SLEEP, "pyproject.toml": PLAN})
    command = [sys.executable, "-m", "flake8_planalign", "review", "--base", "nowhere"]
    assert subprocess.run(command, cwd=root, capture_output=True, check=False).returncode == 2


def test_each_changed_file_says_what_was_looked_at(tree: Tree) -> None:
    files = {"app/a.py": SLEEP, "tests/test_a.py": "from app import a\n", "app/__init__.py": "", "pyproject.toml": PLAN}
    looked = review(cwd=tree(files), code=1)["files"]["looked_at"]["app/a.py"]
    assert looked["event loop"] == "1 coroutine"
    assert "test_a.py" in looked["tests"]
    assert looked["review points"] == "PAL111 at line 5"


def test_the_review_is_a_page_too(tree: Tree) -> None:
    root = tree({"a.py": SLEEP, "pyproject.toml": PLAN})
    command = [sys.executable, "-m", "flake8_planalign", "review", "--format=html", "--output=out/review.html"]
    assert subprocess.run(command, cwd=root, capture_output=True, check=False).returncode == 1
    page = (root / "out" / "review.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "BLOCK" in page
    assert not re.search(r"(?:src|href)=.https?://(?!flake8-planalign)[^>]*\.(?:js|css)", page), "it needs no network"


def test_what_is_not_there_and_a_plan_that_does_not_hold_are_errors(tree: Tree) -> None:
    root = tree({"a.py": SLEEP, "pyproject.toml": "[tool.planalign]\nnonsense = 1\n"})
    for argument, said in (("nowhere.py", "there is no such file or directory"), ("a.py", "PAL903")):
        command = [sys.executable, "-m", "flake8_planalign", "review", argument]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert (done.returncode, said in done.stderr) == (2, True)


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_people_are_told_the_same(form: str, tree: Tree) -> None:
    root = tree({"a.py": SLEEP, "pyproject.toml": PLAN})
    command = [sys.executable, "-m", "flake8_planalign", "review", f"--format={form}", "--output=out/review.txt"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    text = (root / "out" / "review.txt").read_text(encoding="utf-8")
    assert done.returncode == 1
    for part in ("BLOCK", "PROC-REV-01-01", "a.py:5", "await `asyncio.sleep`", "Reviewed by planalign"):
        assert part in text
    assert text.count("<details>") == text.count("</details>")


def test_what_an_environment_has_installed_is_not_judged_and_said_so(tree: Tree) -> None:
    root = tree({"a.py": SLEEP, "env/lib/site-packages/b.py": SLEEP, "pyproject.toml": PLAN})
    document = review(cwd=root, code=1)
    assert [fix["path"] for fix in document["fixes"]] == ["a.py"]
    assert rows_of(document)["PAL112"]["evidence"] == "1 coroutine (a.py:4)"
    said = "judged 1 Python file and 1 plan file; not judged: 1 file that an environment has installed"
    assert document["summary"].startswith(said)
