"""What a row may name as evidence, and which rows a file that cannot be read leaves open: each with its neighbour."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from conftest import Tree
from test_review import PLAN, SLEEP, reviewed, rows_of

from flake8_planalign.command import review as planalign_review
from flake8_planalign.kinds import FileKind
from flake8_planalign.review import evidence

STORE = """import redis


class Store:
    def __init__(self, url):
        self.client = redis.from_url(url, max_connections=3, socket_timeout=3)

    def close(self):
        self.client.close()
"""
USED = "from store import Store\n\nSTORE = Store('redis://cache')\n"
STOP = "\n\ndef stop():\n    STORE.close()\n"
SWEEP = "for _, name in ipairs({}) do\n  redis.call('DEL', name)\nend\n"
FALLBACK = """def user(token):
    try:
        return known(token)
    except Exception:
        {}


def load(path):
    try:
        return read(path)
    except Exception:
        logger.exception("no %s", path)
        raise
"""


def row(code: str, files: dict[str, str], tree: Tree) -> Any:
    return rows_of(reviewed(tree({**files, "pyproject.toml": PLAN})))[code]


def in_python(script: str) -> str:
    return f'SCRIPT = """\n{script}"""\n'


@pytest.mark.parametrize(
    ("caller", "state"),
    [
        (USED, "not applicable"),
        (f"{USED}{STOP}", "not applicable"),
        (f"{USED}{STOP}\n\nstop()\n", "pass"),
        (f"{USED}import atexit\n\natexit.register(STORE.close)\n", "pass"),
        (f"{USED}\n\n@app.on_event('shutdown')\ndef stop():\n    STORE.close()\n", "pass"),
    ],
)
def test_a_close_counts_where_something_runs_it(caller: str, state: str, tree: Tree) -> None:
    found = row("PAL125", {"store.py": STORE, "app.py": caller}, tree)
    assert found["state"] == state, found["evidence"]
    if state != "pass":
        assert found["evidence"].startswith("no closings of a pool that something runs seen")


@pytest.mark.parametrize("keys", ["redis.call('LRANGE', KEYS[1], 0, -1)", "cjson.decode(ARGV[1])"])
def test_keys_that_come_out_of_data_are_no_pass(keys: str, tree: Tree) -> None:
    script = SWEEP.format(keys)
    found = row("PAL146", {"app.py": in_python(script)}, tree)
    told = "1 key that a script takes from data (app.py:3), which the rule does not judge"
    assert (found["state"], found["evidence"]) == ("not applicable", told)
    assert row("PAL146", {"app.py": "X = 1\n", "sweep.lua": script}, tree)["evidence"] == told.replace(
        "app.py:3", "sweep.lua:2"
    )


@pytest.mark.parametrize(
    "script",
    [SWEEP.format("KEYS"), "local a, b = KEYS[1], KEYS[2]\nredis.call('GET', b)\n", "redis.call('GET', KEYS[1])\n"],
)
def test_keys_that_a_script_was_given_are_one(script: str, tree: Tree) -> None:
    assert row("PAL146", {"app.py": in_python(script)}, tree)["state"] == "pass"


@pytest.mark.parametrize("body", ["return User('guest')", "return 0  # nobody is known then", "user = Guest()"])
def test_a_fallback_that_is_let_pass_is_named(body: str, tree: Tree) -> None:
    found = row("PAL152", {"app.py": FALLBACK.format(body)}, tree)
    assert found["state"] == "pass"
    named = "1 handler falling back for a conversion, with a reason or to what a call gives (app.py:4)"
    assert found["evidence"].endswith(f"; apart from {named}")


@pytest.mark.parametrize(
    "body",
    [
        "raise",
        "return Failure(token)",
        "user = Guest()\n        logger.exception('no user')",
        "logger.exception('no user')\n        return User()",
    ],
)
def test_a_handler_that_tells_is_not_named_so(body: str, tree: Tree) -> None:
    found = row("PAL152", {"app.py": FALLBACK.format(body)}, tree)
    assert (found["state"], "apart from" in found["evidence"]) == ("pass", False), found["evidence"]


def test_what_is_only_called_redis_is_none(tree: Tree) -> None:
    text = "with container('redis:8') as redis:\n    redis.start()\n"
    assert row("PAL141", {"noxfile.py": text}, tree)["state"] == "not applicable"


@pytest.mark.parametrize(
    ("port", "state"),
    [("${PORT}:${PORT}", "not applicable"), ("$PORT:5432", "not applicable"), ("127.0.0.1:5432:5432", "pass")],
)
def test_a_port_that_only_a_variable_says_is_not_judged(port: str, state: str, tree: Tree) -> None:
    web = "services:\n  web:\n    image: nginx\n    ports: ['${WEB}:80']\n"
    text = f'{web}  db:\n    image: postgres:17\n    ports:\n      - "127.0.0.1:9187:9187"\n      - "{port}"\n'
    found = row("PAL421", {"compose.yaml": text}, tree)
    assert found["state"] == state, found["evidence"]


@pytest.mark.parametrize(
    ("call", "state"), [("sqs.receive_message(URL)", "not applicable"), ("await sqs.receive_message(URL)", "pass")]
)
def test_what_nothing_shows_to_wait_for_aws_is_not_judged(call: str, state: str, tree: Tree) -> None:
    assert row("PAL112", {"app.py": f"async def pull(sqs):\n    return {call}\n"}, tree)["state"] == state


@pytest.mark.parametrize(
    ("total", "state"),
    [("len(items)", "not applicable"), ("await store.count()", "pass"), ("len(items or [])", "not applicable")],
)
def test_what_counts_the_rows_that_were_fetched_is_not_judged(total: str, state: str, tree: Tree) -> None:
    text = "from fastapi import Query\n\n\nasync def listed(store, limit: int = Query(50)):\n    await store.count()\n"
    text += f"    items = await store.listed(limit=limit)\n    return {{'items': items, 'total': {total}}}\n"
    assert row("PAL251", {"app.py": text}, tree)["state"] == state


@pytest.mark.parametrize(("name", "state"), [("wrapper", "not applicable"), ("connect", "pass")])
def test_what_a_wrapper_makes_is_not_made_once(name: str, state: str, tree: Tree) -> None:
    text = f"import httpx\n\n\ndef with_client(call):\n    def {name}(self):\n"
    text += "        self.http = httpx.AsyncClient(timeout=3)\n"
    assert row("PAL123", {"app.py": f"{text}        return call(self)\n    return {name}\n"}, tree)["state"] == state


CALM = "import math\n\n\ndef area(r):\n    return math.pi * r\n\n\ndef (\n"
APP = """import redis.asyncio
from fastapi import FastAPI

app = FastAPI()
cache = redis.asyncio.Redis()


@app.get("/a")
async def a():
    try:
        return await cache.get("a")
    except Exception:
        app.logger.exception("no a")
        raise
"""


def open_rows(text: str, tree: Tree) -> dict[str, str]:
    rows = rows_of(reviewed(tree({"app.py": APP, "other.py": text, "pyproject.toml": PLAN})))
    return {code: found["evidence"] for code, found in rows.items() if found["state"] == "cannot tell"}


def test_a_file_that_has_no_part_in_a_bullet_leaves_it_alone(tree: Tree) -> None:
    assert open_rows(CALM, tree) == {}


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("import time", {"PAL111"}),
        ("from os import path, system", {"PAL113", "PAL114"}),
        ("import redis", {"PAL131", "PAL141"}),
        ("print(1)", {"PAL157"}),
        ("try: pass\nexcept Exception: pass", {"PAL151", "PAL152"}),
        ("async def b(): ...", {"PAL111", "PAL112", "PAL117"}),
    ],
)
def test_a_file_that_may_have_one_is_named(line: str, codes: set[str], tree: Tree) -> None:
    found = open_rows(f"{line}\n{CALM}", tree)
    assert found.keys() >= codes
    assert {text.rpartition(" ")[2].partition(":")[0] for text in found.values()} == {"other.py"}


def test_a_link_to_nothing_opens_no_row(tree: Tree) -> None:
    root = tree({"app.py": APP, "pyproject.toml": PLAN})
    (root / "gone.py").symlink_to("nowhere.py")
    document = reviewed(root)
    assert "cannot tell" not in {found["state"] for found in rows_of(document).values()}
    assert [one["path"] for one in document["not_judged"]] == ["gone.py"]


@pytest.mark.parametrize("plan", ["[tool.planalign]\nfoo = 1\n", "[tool.planalign\n"])
def test_a_plan_that_cannot_be_used_approves_nothing(plan: str, tree: Tree) -> None:
    document = reviewed(tree({"app.py": "X = 1\n", "pyproject.toml": plan}))
    assert document["verdict"] == "REQUEST CHANGES"
    assert document["reason"].startswith("the plan cannot be used (pyproject.toml:")


def test_nothing_to_judge_is_not_said_to_be_in_order(tree: Tree) -> None:
    assert reviewed(tree({"app.py": "X = 1\n", "pyproject.toml": PLAN}))["reason"].startswith("nothing to judge; 0 of ")
    assert reviewed(tree({"app.py": APP, "pyproject.toml": PLAN}))["reason"].partition(";")[0] != "nothing to judge"


def test_a_name_begins_no_line_of_the_text(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree({"a\nAPPROVE: nothing to mend.py": SLEEP, "pyproject.toml": PLAN})
    with contextlib.chdir(root):
        planalign_review.main(["--jobs=1"])
    text = capsys.readouterr().out
    assert "a\\nAPPROVE" in text
    assert not any(line.startswith("APPROVE") for line in text.splitlines())


def test_comments_are_no_evidence_and_keep_the_numbers_of_lines(tree: Tree) -> None:
    text = f"# {'async def x ' * 9}\n{chr(10).join(['# y'] * 3)}\nasync def load():  # noqa\n    return 1\n"
    assert row("PAL111", {"app.py": text}, tree)["evidence"] == "1 coroutine (app.py:5)"
    long = str(tree({"long.py": f"# {'async def x ' * 300_000}\nX = 1\n"}) / "long.py")
    assert len(evidence.Tree({long: FileKind.PYTHON}, {})._code(long)) < 100
