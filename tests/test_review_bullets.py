"""The review's bullets, one by one: each holds of the example done right, and there is a way to break it alone."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from test_review import FEATURES, MUTANTS, Mutant, added, copied, replaced, reviewed, rows_of

EXPORT = "src/pipeline/data_exporters/export_champion.py"
EXPORTED = '    model.download_mojo(path="/models/champion.zip", get_genmodel_jar=True)\n'
HEALTH = "src/service/routers/health.py"
LIMITS = "src/service/routers/limits.py"
QUERIES = "src/common/applications.py"
MOJO = "models/champion.zip"
SWAPPED = "2026-11-20T09:00:00"
DATA = Path(__file__).parent / "data" / "mojo"
TRAINING = "src/pipeline/custom/train_champion.py"
ROUTER = "from fastapi import APIRouter, Request\n\nrouter = APIRouter()\n\n\n"
LONG = "".join(f"    total += values[{number}] * {number}\n" for number in range(24))
MIGRATION = '''"""Another change."""

import sqlalchemy as sa
from alembic import op

revision = "9003"
down_revision = "0004"


def upgrade() -> None:
    {change}


def downgrade() -> None:
    """Keep it."""
'''
PIPELINE = """\
uuid: train_rival
name: train_rival
type: python
blocks:
  - uuid: train_rival
    type: custom
    upstream_blocks: []
"""


def appended(path: str, text: str) -> Mutant:
    def change(root: Path) -> None:
        with (root / path).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def removed(path: str) -> Mutant:
    return lambda root: (root / path).unlink()


def both(*changes: Mutant) -> Mutant:
    def change(root: Path) -> None:
        for each in changes:
            each(root)

    return change


def module(path: str, text: str) -> Mutant:
    return added(path, f'"""Another part."""\n\n{text}')


def migrated(change: str) -> Mutant:
    return added("migrations/versions/9003_another.py", MIGRATION.format(change=change))


def executed(sql: str) -> Mutant:
    return migrated(f'op.execute("{sql}")')


def archived(old: str = "", new: str = "", *, without: str = "", extra: str = "") -> Mutant:
    def change(root: Path) -> None:
        with zipfile.ZipFile(root / MOJO) as archive:
            entries = {name: archive.read(name) for name in archive.namelist() if name != without}
        assert old.encode() in entries["model.ini"]
        entries["model.ini"] = entries["model.ini"].replace(old.encode(), new.encode()) if old else entries["model.ini"]
        with zipfile.ZipFile(root / MOJO, "w") as archive:
            for name, data in entries.items():
                archive.writestr(name, data)
            if extra:
                archive.writestr(extra, "x")

    return change


#: One way to break each bullet.
BROKEN: dict[str, Mutant] = {
    "PAL110": module(
        "src/service/pool.py",
        "from concurrent.futures import ProcessPoolExecutor\n\n_pool = ProcessPoolExecutor(max_workers=1)\n\n\n"
        "def begin():\n    return _pool.submit(lambda: 1)\n",
    ),
    "PAL111": MUTANTS["PROC-REV-01-01"],
    "PAL112": module(
        "src/service/rates.py", "import requests\n\n\nasync def ask(url):\n    return requests.get(url, timeout=3)\n"
    ),
    "PAL113": module(
        "src/service/pack.py",
        "import subprocess\n\n\nasync def pack():\n    subprocess.run(['gzip', 'a'], check=True, timeout=3)\n",
    ),
    "PAL114": module(
        "src/service/notes.py",
        f"{ROUTER}@router.get('/notes')\nasync def notes():\n    with open('/data/notes.txt') as file:\n"
        "        return file.read()\n",
    ),
    "PAL115": module(
        "src/service/score.py",
        "from sklearn.pipeline import Pipeline\n\n\nasync def score(model: Pipeline, rows):\n"
        "    return model.predict(rows)\n",
    ),
    "PAL116": module(
        "src/service/secrets.py",
        f"import hashlib\n\n{ROUTER}@router.get('/secret')\nasync def secret(text: str):\n"
        "    return hashlib.pbkdf2_hmac('sha256', text.encode(), b'salt', 600_000).hex()\n",
    ),
    "PAL117": module(
        "src/service/queues.py", "import queue\n\n\nasync def take(jobs: queue.Queue):\n    return jobs.get()\n"
    ),
    "PAL118": module(
        "src/service/threads.py",
        "import asyncio\n\n\ndef work(number: int) -> int:\n    return number + 1\n\n\n"
        "async def run():\n    return await asyncio.to_thread(work(3))\n",
    ),
    "PAL119": module(
        "src/service/explain.py",
        "import asyncio\n\nfrom common.explanations import nearest_pair\n\n\n"
        "async def explain(vectors):\n    return await asyncio.to_thread(nearest_pair, vectors)\n",
    ),
    "PAL121": module(
        "src/service/old.py", "import pymysql\n\n\ndef dsn(parts):\n    return pymysql.connect(**parts)\n"
    ),
    "PAL122": module(
        "src/service/names.py",
        "import sqlalchemy as sa\nfrom sqlalchemy.orm import Session\n\n\nasync def names(db: Session):\n"
        "    return db.execute(sa.text('SELECT 1'))\n",
    ),
    "PAL123": module(
        "src/service/engines.py",
        f"from sqlalchemy.ext.asyncio import create_async_engine\n\n{ROUTER}@router.get('/engine')\n"
        "async def ask(url: str):\n    engine = create_async_engine(url, pool_size=1)\n"
        "    async with engine.connect() as connection:\n        return await connection.get_raw_connection()\n",
    ),
    "PAL124": module(
        "src/service/direct.py",
        f"import asyncpg\n\n{ROUTER}@router.get('/direct')\nasync def ask(url: str):\n"
        "    return await asyncpg.connect(url, timeout=3)\n",
    ),
    "PAL125": replaced("src/service/main.py", "    await app.state.warehouse.dispose()\n", ""),
    "PAL126": appended(
        "src/common/database.py", "archive = create_async_engine(Settings.from_environment().warehouse_url)\n"
    ),
    "PAL131": MUTANTS["PROC-REV-01-03"],
    "PAL132": replaced(LIMITS, '        await cache.expire(f"limit:{customer}", MONTH)\n', ""),
    "PAL133": module(
        "src/service/remembered.py",
        "import redis.asyncio\nfrom sklearn.pipeline import Pipeline\n\n\n"
        "async def keep(cache: redis.asyncio.Redis, model: Pipeline, customer: str, score: float):\n    try:\n"
        "        await cache.set(f'prediction:{customer}', score, ex=9)\n"
        "    except redis.RedisError:\n        return\n",
    ),
    "PAL134": replaced(
        LIMITS,
        "    except redis.RedisError:\n        known = None\n",
        "    except redis.exceptions.DataError:\n        known = None\n",
    ),
    "PAL135": module(
        "src/service/cached.py",
        "import json\n\nimport redis.asyncio\n\n\nasync def report(client: redis.asyncio.Redis, month: str, load):\n"
        "    rows = await load(month)\n    try:\n        known = await client.get(f'report:{month}')\n"
        "        if known is not None:\n            return json.loads(known)\n"
        "        await client.set(f'report:{month}', json.dumps(rows), ex=60)\n"
        "    except redis.RedisError:\n        return rows\n    return rows\n",
    ),
    "PAL136": replaced(LIMITS, "{hashlib.sha256(json.dumps(vector).encode()).hexdigest()}", "{hash(str(vector))}"),
    "PAL141": module(
        "src/service/counters.py",
        "import redis.asyncio\n\n\nasync def count(client: redis.asyncio.Redis):\n    try:\n"
        "        number = int(await client.get('number') or 0)\n        await client.set('number', number + 1, ex=9)\n"
        "    except redis.RedisError:\n        return\n",
    ),
    "PAL142": module(
        "src/service/scripts.py",
        "import redis.asyncio\n\n\nasync def count(client: redis.asyncio.Redis, digest: str, key: str):\n"
        "    return await client.evalsha(digest, 1, key)\n",
    ),
    "PAL143": module(
        "src/service/patience.py",
        "import asyncio\n\nimport httpx\n\n\nasync def ask(client: httpx.AsyncClient, url: str):\n"
        "    for _ in range(3):\n        try:\n            return await client.get(url)\n"
        "        except httpx.TransportError:\n            await asyncio.sleep(1)\n    return None\n",
    ),
    "PAL144": replaced("src/service/main.py", ", socket_timeout=2.0", ""),
    "PAL145": replaced(
        LIMITS,
        'raise HTTPException(503, "no connection", headers={"Retry-After": "1"}) from error',
        'raise HTTPException(500, "no connection") from error',
    ),
    "PAL146": replaced(LIMITS, '"EXPIRE", KEYS[1]', '"EXPIRE", "asked:all"'),
    "PAL147": replaced("src/service/main.py", "httpx.AsyncClient(timeout=2.0)", "httpx.AsyncClient(timeout=None)"),
    "PAL151": module(
        "src/service/warmth.py",
        "import joblib\n\n\ndef warm(path):\n    try:\n        joblib.load(path)\n"
        "    except Exception:\n        pass\n",
    ),
    "PAL152": module(
        "src/service/guess.py",
        "import joblib\n\n\ndef guess(path):\n    try:\n        model = joblib.load(path)\n"
        "    except Exception:\n        model = None\n    return model\n",
    ),
    "PAL153": replaced(
        LIMITS, 'logger.warning("cannot count what %s asks", customer, exc_info=True)', 'logger.warning("cannot count")'
    ),
    "PAL154": replaced(HEALTH, '"/ready"', '"/state"'),
    "PAL155": both(
        replaced(HEALTH, "Redis, the databases and the model are there", "this is there"),
        replaced(
            HEALTH,
            "    try:\n        await request.app.state.redis.ping()\n    except redis.RedisError as error:\n"
            '        raise HTTPException(503, "Redis does not answer") from error\n',
            "",
        ),
    ),
    "PAL156": module(
        "src/service/raw.py",
        f"{ROUTER}@router.post('/raw')\nasync def raw(request: Request):\n    body = await request.json()\n"
        "    return body['name'], body['income']\n",
    ),
    "PAL157": module("src/service/talk.py", "def talk():\n    print('hello')\n"),
    "PAL158": replaced(HEALTH, '"load": load_average()', '"busy": load_average()'),
    "PAL161": replaced(
        TRAINING,
        '    search = H2OAutoML(max_runtime_secs=600, seed=7, project_name="champion")\n'
        '    search.train(x=list(COLUMNS), y="repaid", training_frame=frame)\n',
        "    for seed in (7, 8, 9):\n"
        '        search = H2OAutoML(max_runtime_secs=600, seed=seed, project_name="champion")\n'
        '        search.train(x=list(COLUMNS), y="repaid", training_frame=frame)\n',
    ),
    "PAL171": replaced(LIMITS, "tasks.add_task(audit, customer)", "tasks.add_task(audit, request)"),
    "PAL172": module(
        "src/service/refit.py",
        "import pandas as pd\nfrom fastapi import APIRouter, BackgroundTasks\n"
        "from sklearn.linear_model import LogisticRegression\n\nrouter = APIRouter()\n\n\n"
        "def refit(path: str):\n    frame = pd.read_csv(path)\n    LogisticRegression().fit(frame, frame['y'])\n\n\n"
        "@router.post('/refit')\nasync def begin(tasks: BackgroundTasks):\n    tasks.add_task(refit, 'a.csv')\n",
    ),
    "PAL211": MUTANTS["LOG-REV-01-01"],
    "PAL212": appended(
        QUERIES, 'SENT = sa.text("SELECT application_id FROM applications WHERE sent @> \'{\\"by\\": 1}\'")\n'
    ),
    "PAL213": appended(
        QUERIES, "BY_BROWSER = sa.text(\"SELECT application_id FROM applications WHERE sent ->> 'browser' = :name\")\n"
    ),
    "PAL214": executed("CREATE INDEX deep ON applications USING gin ((answers -> 'a' -> 'b' -> 'c'))"),
    "PAL215": executed("CREATE INDEX whole ON applications (answers)"),
    "PAL216": appended(
        QUERIES,
        'OF_ONE = sa.text("SELECT application_id FROM applications WHERE answers @> \'{\\"customer_id\\": 1}\'")\n',
    ),
    "PAL217": replaced(QUERIES, "sent ->> 'channel'", "sent ->> :part"),
    "PAL221": MUTANTS["LOG-REV-01-02"],
    "PAL222": appended(QUERIES, 'RAISED = sa.text("UPDATE profile_features SET income = :income")\n'),
    "PAL223": appended(QUERIES, 'FORGOTTEN = sa.text("DELETE FROM profile_features WHERE profile_id = :profile")\n'),
    "PAL224": added(
        "migrations/versions/9002_features.py",
        FEATURES.replace(
            "primary_key=True),\n",
            "nullable=False),\n"
            '        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),\n'
            '        sa.Column("valid_to", sa.DateTime(timezone=True)),\n'
            '        sa.Column("row_id", sa.Integer(), primary_key=True),\n',
        ),
    ),
    "PAL231": replaced(
        "src/pipeline/transformers/build_features.py",
        "    return pd.DataFrame(",
        "    if profiles.empty:\n        return {}\n    return pd.DataFrame(",
    ),
    "PAL232": MUTANTS["LOG-REV-01-03"],
    "PAL233": appended(
        "src/pipeline/transformers/build_features.py",
        "\n\n@transformer\ndef build_more(profiles: pd.DataFrame) -> pd.DataFrame:\n"
        '    """Return them as they are."""\n    return profiles\n',
    ),
    "PAL241": migrated('op.create_table("visits", sa.Column("day", sa.Date(), nullable=False))'),
    "PAL242": migrated('op.add_column("payments", sa.Column("profile_id", sa.Integer()))'),
    "PAL251": replaced("src/service/routers/profiles.py", "total=total or 0", "total=len(names)"),
    "PAL310": both(
        module(
            "src/pipeline/custom/train_rival.py",
            "from h2o.estimators import H2OGradientBoostingEstimator\n"
            "from mage_ai.data_preparation.decorators import custom\n\n\n@custom\ndef train_rival(*_args, **_kwargs):\n"
            "    model = H2OGradientBoostingEstimator()\n"
            "    model.train(x=['income'], y='repaid', training_frame=None)\n    return model.model_id\n",
        ),
        added("src/pipeline/pipelines/train_rival/metadata.yaml", PIPELINE),
    ),
    "PAL311": replaced(EXPORT, EXPORTED, f'{EXPORTED}    model.download_pojo(path="/models")\n'),
    "PAL312": replaced(EXPORT, EXPORTED, f'{EXPORTED}    h2o.save_model(model, path="/models")\n'),
    "PAL313": replaced(EXPORT, "champion.zip", "champion.mojo"),
    "PAL314": replaced(EXPORT, "get_genmodel_jar=True", "get_genmodel_jar=False"),
    "PAL315": lambda root: shutil.copy(DATA / "gbm_bin.java", root / "models"),
    "PAL316": archived(without="trees/t00_004.bin"),
    "PAL317": archived(extra="../evil.txt"),
    "PAL318": archived("\nx2\n", "\n x2\n"),
    "PAL319": both(
        replaced("requirements.txt", "3.46.0.11", "3.46.0.12"),
        replaced("compose.yaml", "3.46.0.11", "3.46.0.12"),
        replaced("cluster/Dockerfile", "3.46.0.11", "3.46.0.12"),
        replaced("cluster/Dockerfile", "3.46.0/11", "3.46.0/12"),
        archived("3.46.0.11", "3.46.0.12"),
    ),
    "PAL321": replaced("requirements.txt", "h2o==3.46.0.11", "h2o>=3.46.0.11,<3.46.0.12"),
    "PAL322": MUTANTS["DEV-REV-01-02"],
    "PAL323": both(
        appended("requirements.txt", "daimojo==2.8.8\n"), replaced("Dockerfile", "python:3.11-slim", "python:3.13-slim")
    ),
    "PAL331": MUTANTS["DEV-REV-01-03"],
    "PAL332": module("src/pipeline/notes.py", "from service.background import record_score\n\nNOTE = record_score\n"),
    "PAL333": module(
        "src/common/bridge.py",
        "from pipeline.transformers.build_features import build_features\n\nB = build_features\n",
    ),
    "PAL334": both(
        module("src/service/sums.py", f"def weigh(values):\n    total = 0\n{LONG}    return total\n"),
        module("src/pipeline/sums.py", f"def weigh(values):\n    total = 0\n{LONG}    return total\n"),
    ),
    "PAL411": replaced("compose.yaml", '"java", "-Xmx320m", "-jar"', '"java", "-jar"'),
    "PAL412": replaced("compose.yaml", '"/srv/reports.jar"]\n    mem_limit: 512m\n', '"/srv/reports.jar"]\n'),
    "PAL413": MUTANTS["PHY-REV-01-01"],
    "PAL414": replaced("compose.yaml", "-Xmx320m", "-Xmx=320m"),
    "PAL415": replaced("compose.yaml", "mem_limit: 512m", "mem_limit: 512Mi"),
    "PAL421": MUTANTS["PHY-REV-01-02"],
    "PAL422": replaced("compose.yaml", "redis://cache:6379/0", "redis://localhost:6379/0"),
    "PAL423": replaced(
        "compose.yaml",
        "    image: redis:7.4-alpine\n    networks: [inside]\n",
        "    image: redis:7.4-alpine\n    networks: [edge, inside]\n",
    ),
    "PAL431": MUTANTS["PHY-REV-01-03"],
    "PAL432": replaced("compose.yaml", "      - mage:/home/src\n", ""),
    "PAL511": removed("tests/test_drift.py"),
    "PAL512": replaced(
        "tests/test_drift.py",
        '    run = platform.wait_for_pipeline_run("train_scoring")\n    assert run["status"] == "completed"\n'
        '    assert run["triggered_by"] == "drift"\n',
        "",
    ),
    "PAL513": MUTANTS["SCN-REV-01-01"],
    "PAL521": removed("tests/test_swap.py"),
    "PAL522": MUTANTS["SCN-REV-01-02"],
    "PAL523": both(
        replaced("reports/swap.xml", 'failures="0"', 'failures="1"'),
        replaced("reports/swap.xml", 'time="8.1"/>', 'time="8.1"><failure message="502"/></testcase>'),
    ),
    "PAL524": replaced("reports/swap.xml", SWAPPED, "2020-02-20T20:20:20"),
    "PAL525": both(
        replaced(
            "src/service/routers/models.py",
            "    request.app.state.model = await asyncio.to_thread(joblib.load, settings.model_path)\n",
            "",
        ),
        # what was changed was run again
        replaced("reports/swap.xml", SWAPPED, "2999-01-01T00:00:00"),
    ),
}
#: What a bullet is about may be gone with that which broke another one: without a drift test nothing is asserted in it.
GONE = {"PAL154": {"PAL155"}, "PAL511": {"PAL512", "PAL513"}, "PAL521": {"PAL522"}, "PAL525": {"PAL521"}}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return states_of(copied(tmp_path_factory.mktemp("unbroken")))


def states_of(root: Path) -> dict[str, str]:
    return {code: row["state"] for code, row in rows_of(reviewed(root)).items()}


def test_every_bullet_holds_and_there_is_a_way_to_break_each(unbroken: dict[str, str]) -> None:
    assert set(unbroken.values()) == {"pass"}
    assert set(BROKEN) == set(unbroken)


@pytest.mark.parametrize("code", BROKEN)
def test_what_breaks_a_bullet_flips_it_and_no_other(code: str, unbroken: dict[str, str], tmp_path: Path) -> None:
    root = copied(tmp_path)
    BROKEN[code](root)
    after = states_of(root)
    assert after[code] == "fail"
    gone = GONE.get(code, set())
    assert {other for other in unbroken if unbroken[other] != after[other]} == {code, *gone}
    assert {after[other] for other in gone} <= {"not applicable"}
