"""What is to be seen in a tree that a rule looked at: where the rule applies, and where the code does it right.

A silent rule is no proof by itself: the review says "pass" only where there was something to judge, and shows it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from flake8_planalign.formatters.report import repository_path
from flake8_planalign.kinds import FileKind

__all__ = ["CHECKS", "LOOKED_AT", "Check", "Seen", "Sight", "Tree", "check_of"]

#: In bytes: more of a file is not looked at.
LIMIT: Final = 4 * 2**20


class Seen(msgspec.Struct, frozen=True):
    """Something to look for: in which kinds of files, by what pattern, and what it is called (plural).

    Without a pattern the file itself is what is seen.
    """

    noun: str
    kinds: frozenset[FileKind]
    pattern: str = ""


class Sight(msgspec.Struct, frozen=True):
    """What was seen: its name, and the places as (path, line)."""

    noun: str
    places: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        """Return a text such as `38 coroutines (app/a.py:3, app/b.py:7 ...)`."""
        shown = ", ".join(f"{path}:{line}" for path, line in self.places[:3])
        more = " ..." if len(self.places) > 3 else ""
        return f"{len(self.places)} {self.noun} ({shown}{more})"


class Check(msgspec.Struct, frozen=True):
    """A bullet of a checklist: what holds where a rule is silent, what it applies to, what shows that it holds."""

    holds: str
    applies: Seen
    shows: Seen | None = None


class Tree:
    """The files of a review, read once; `kinds` are the files with what they are."""

    def __init__(self, kinds: Mapping[str, FileKind]) -> None:
        self.kinds = kinds
        self._texts: dict[str, str] = {}
        self._found: dict[tuple[Seen, frozenset[str] | None], Sight] = {}

    def text(self, path: str) -> str:
        """Return a file's text, without what cannot be decoded; empty if it cannot be read."""
        if path not in self._texts:
            try:
                with open(path, "rb") as stream:
                    self._texts[path] = stream.read(LIMIT).decode("utf-8", "replace")
            except OSError:
                self._texts[path] = ""
        return self._texts[path]

    def look(self, seen: Seen, paths: frozenset[str] | None = None) -> Sight:
        """Return where something is seen, in all files or in some."""
        key = (seen, paths)
        if key not in self._found:
            wanted = [
                path for path, kind in self.kinds.items() if kind in seen.kinds and (paths is None or path in paths)
            ]
            self._found[key] = Sight(seen.noun, tuple(dict.fromkeys(self._places(seen, wanted))))
        return self._found[key]

    def _places(self, seen: Seen, paths: Iterable[str]) -> Iterable[tuple[str, int]]:
        for path in sorted(paths):
            shown = repository_path(path)
            if not seen.pattern:
                yield shown, 1
                continue
            text = self.text(path)
            for match in _compiled(seen.pattern).finditer(text):
                start = text.rfind("\n", 0, match.start()) + 1
                if not text[start : match.start()].lstrip().startswith(("#", "--", "//")):
                    yield shown, text.count("\n", 0, match.start()) + 1


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


_PY = frozenset({FileKind.PYTHON})
_SCHEMA = frozenset({FileKind.PYTHON, FileKind.SQL})
_STACK = frozenset({FileKind.COMPOSE, FileKind.KUBERNETES, FileKind.HELM_TEMPLATE, FileKind.HELM_VALUES})
_IMAGES = _STACK | {FileKind.DOCKERFILE}
_PINS = frozenset({FileKind.REQUIREMENTS, FileKind.MANIFEST, FileKind.PLAN, FileKind.DOCKERFILE}) | _STACK
_MODELS = frozenset({FileKind.ARCHIVE, FileKind.MODEL_INI, FileKind.BINARY_MODEL, FileKind.JAVA})

_COROUTINES = Seen("coroutines", _PY, r"^[ \t]*async def \w+")
_OFFLOADED = Seen(
    "offloaded calls", _PY, r"\b(?:to_thread|run_in_executor|run_in_threadpool|run_sync|asyncify|sync_to_async)\("
)
_PROCESSES = Seen("process pools", _PY, r"\bProcessPoolExecutor\(|\bto_process\b|\bPool\(")
_AWAITED_SLEEPS = Seen("awaited sleeps", _PY, r"await (?:asyncio|anyio|trio)\.sleep\(")
_ASYNC_HTTP = Seen("asynchronous HTTP clients", _PY, r"\bhttpx\.AsyncClient\b|\baiohttp\.ClientSession\b")
_ASYNC_PROCESSES = Seen("awaited processes", _PY, r"\bcreate_subprocess_(?:exec|shell)\(|\banyio\.run_process\(")
_ASYNC_LOCKS = Seen("awaited locks and queues", _PY, r"\basyncio\.(?:Lock|Queue|Event|Semaphore|wrap_future)\(")
_DATABASES = Seen(
    "uses of a database",
    _PY,
    r"\b(?:create_async_engine|create_engine|AsyncSession|Session|asyncpg|psycopg2?|aiosqlite|sqlite3|pymysql|aiomysql"
    r"|AsyncIOMotorClient|MongoClient)\b",
)
_ASYNC_DATABASES = Seen(
    "uses of asynchronous drivers",
    _PY,
    r"\b(?:create_async_engine|AsyncSession|asyncpg|aiosqlite|aiomysql|AsyncConnection|AsyncIOMotorClient)\b",
)
_POOLS = Seen(
    "pools and clients",
    _PY,
    r"\b(?:create_pool|create_(?:async_)?engine|from_url|AsyncClient|ClientSession|ConnectionPool|Redis)\(",
)
_POOL_SIZES = Seen("settings of size", _PY, r"\b(?:pool_size|max_size|max_connections|maxsize|max_overflow)\s*=")
_CLOSED = Seen("closed pools", _PY, r"\.(?:aclose|dispose|close|disconnect|wait_closed)\(\)")
_REDIS = Seen("uses of Redis", _PY, r"\bredis(?:\.asyncio)?\b")
_ASYNC_REDIS = Seen("uses of redis.asyncio", _PY, r"\bredis\.asyncio\b|\bfrom redis import asyncio\b")
_CACHE_WRITES = Seen("cache writes", _PY, r"\.(?:set|setex|psetex|hset|mset|setnx)\(")
_EXPIRES = Seen("expiry times", _PY, r"\b(?:ex|px|exat|pxat)\s*=|\.(?:setex|psetex|expire)\(")
_CACHE_READS = Seen("cache reads", _PY, r"\b\w*(?:redis|cache)\w*\.(?:get|hget|mget)\(")
_CACHE_KEYS = Seen("cache keys", _PY, r"""\bf?["'][\w-]*:[\w{}:.-]*\{|\bkey\b\s*=""")
_REDIS_ERRORS = Seen("handlers of Redis errors", _PY, r"except [^\n]*RedisError|except [^\n]*redis\.")
_LUA = Seen("Lua scripts", _PY, r"\b(?:evalsha|register_script|eval|redis\.call)\b\(?")
_RETRIES = Seen("retries", _PY, r"\bretr(?:y|ies|ied)\w*\b|\bfor \w*attempt\w* in\b")
_BACKOFF = Seen("growing waits", _PY, r"\btenacity\b|\bstamina\b|\bbackoff\b|\*\*\s*\w*attempt|wait_exponential")
_NETWORK = Seen(
    "calls that leave the process", _PY, r"\b(?:requests|httpx|aiohttp|urllib|smtplib|boto3|asyncpg|psycopg2?)\b"
)
_TIMEOUTS = Seen("timeouts", _PY, r"\b\w*timeout\w*\s*=")
_HANDLERS = Seen("exception handlers", _PY, r"^[ \t]*except\b")
_LOGGED = Seen("logged errors", _PY, r"\b(?:logger|logging|log)\.(?:exception|error|warning)\(")
_ROUTES = Seen("routes", _PY, r"^[ \t]*@[\w.]+\.(?:get|post|put|patch|delete|websocket|api_route|route)\(")
_HEALTH = Seen("health and readiness routes", _PY, r"""["']/\w*(?:health|live|ready|readiness)\w*["']""")
_BODIES = Seen("request models", _PY, r"^class \w+\([\w.]*BaseModel\)")
_PRINTS = Seen("service modules", _PY, r"^(?:from|import) (?:fastapi|starlette|flask|litestar)\b")
_MAGE = Seen("Mage blocks", _PY, r"^@(?:transformer|data_loader|data_exporter|custom|sensor)\b")
_TRANSFORMERS = Seen("transformers", _PY, r"^@transformer\b")
_FRAMES = Seen("functions that return a frame", _PY, r"->\s*[\w.]*DataFrame\b")
_PIPELINES = Seen("Mage pipelines", frozenset({FileKind.MAGE_PIPELINE}))
_TASKS = Seen("background tasks", _PY, r"\badd_task\(|\.delay\(|\.apply_async\(|\.enqueue(?:_job)?\(")
_TABLES = Seen("table definitions", _SCHEMA, r"\bcreate_table\(|(?i:\bCREATE TABLE\b)|__tablename__\s*=")
_KEYS = Seen("primary keys", _SCHEMA, r"(?i:\bPRIMARY[ _]KEY\b)|PrimaryKeyConstraint")
_FOREIGN = Seen("foreign keys", _SCHEMA, r"\bForeignKey\w*\(|(?i:\bREFERENCES\b)")
_JSON = Seen("json columns", _SCHEMA, r"\bJSONB?\s*[(),]|(?i:\bjsonb\b)|^\s*\w+\s+(?i:json)\b")
_JSONB = Seen("jsonb columns", _SCHEMA, r"\bJSONB\s*[(),]|(?i:\bjsonb\b)")
_PREDICATES = Seen(
    "predicates on json", _SCHEMA, r"@>|->>|#>>|\.astext\b|\.has_key\(|\.contains\(|(?i:jsonb_extract_path)"
)
_INDEXES = Seen("indexes", _SCHEMA, r"\bcreate_index\(|(?i:\bCREATE (?:UNIQUE )?INDEX\b)|\bIndex\(")
_FEATURES = Seen("feature tables", _SCHEMA, r"""\b\w*features?\w*["']|(?i:TABLE \w*features\b)|(?i:features? table)""")
_TIMES = Seen("times of versions", _SCHEMA, r"\bevent_time(?:stamp)?\b|\bvalid_from\b")
_PAGES = Seen("paginated results", _PY, r"\.(?:limit|offset)\(|\bskip\b\s*[:=]")
_TRAINING = Seen("trainings", _PY, r"\.train\(")
_EXPORTS = Seen("MOJO exports", _PY, r"\b(?:download_mojo|save_mojo)\(")
_JARS = Seen("exports with the jar", _PY, r"get_genmodel_jar\s*=\s*True")
_ARTIFACTS = Seen("model artifacts", _MODELS)
_H2O = Seen("mentions of H2O", _PINS | _PY, r"(?i:\bh2o\b)")
_H2O_PINS = Seen("exact pins", _PINS, r"(?i:\bh2o[\w\[\]-]*\s*={2,3}\s*\d|h2o[\w./-]*:\d)")
_IMPORTS = Seen("imports in layers", _PY, r"^[ \t]*(?:from|import)\s+(?:src\.)?(?:service|pipeline|common)\b")
_PACKAGES = Seen("modules", _PY)
_JVMS = Seen("JVM settings", _IMAGES, r"-Xm[xs]|RAMPercentage|\bJAVA_\w+|\bjava\b|(?i:h2o)")
_HEAPS = Seen("heap settings", _IMAGES, r"-Xmx|RAMPercentage")
_LIMITS = Seen("memory limits", _STACK, r"\bmem_limit:|\bmemory:")
_STORES = Seen(
    "datastores",
    _STACK,
    r"image:\s*\S*(?:postgres|redis|valkey|mysql|mariadb|mongo|cassandra|elasticsearch|minio|timescale)",
)
_SERVICES = Seen("services", _STACK, r"^\s*(?:-\s+)?image:|^\s*build:")
_ADDRESSES = Seen("addresses of services", _STACK, r"\w+://[\w.-]+|_HOST\b")
_NETWORKS = Seen("networks", _STACK, r"\bnetworks:|\bhostNetwork:|\bnetwork_mode:|kind: Service")
_VOLUMES = Seen("volumes", _STACK, r"\bvolumes:|\bvolumeClaimTemplates:|\bvolumeMounts:")
_MAGE_STACK = Seen("Mage services", _STACK, r"image:\s*\S*mage|MAGE_\w+|/home/src")
_TESTS = Seen("tests", _PY, r"^[ \t]*(?:async )?def test_\w+")
_DRIFT_TESTS = Seen("drift tests", _PY, r"def test_\w*drift\w*")
_SWAPS = Seen(
    "models loaded into the service",
    _PY,
    r"\b\w*(?:model|mojo|champion)\w*\s*=\s*(?:await )?.*\b(?:load|import_mojo)\w*\b",
)
_SWAP_TESTS = Seen("swap tests", _PY, r"def test_\w*(?:swap|reload)\w*|class \w+\((?:Fast)?HttpUser\)")
_REPORTS = Seen("reports of scenarios", frozenset({FileKind.EVIDENCE}))

#: What the review says of each changed file that it looked at.
LOOKED_AT: Mapping[str, tuple[Seen, ...]] = {
    "atomicity": (_MAGE, _CACHE_WRITES, _LUA, _TABLES, _TASKS),
    "errors": (_HANDLERS, _LOGGED, _TIMEOUTS, _RETRIES),
    "event loop": (_COROUTINES, _OFFLOADED, _POOLS),
}

CHECKS: Mapping[str, Check] = {
    "PAL110": Check("What a process pool is given can be pickled", _PROCESSES),
    "PAL111": Check("No coroutine sleeps with `time.sleep`", _COROUTINES, _AWAITED_SLEEPS),
    "PAL112": Check("No coroutine waits for the network synchronously", _COROUTINES, _ASYNC_HTTP),
    "PAL113": Check("No coroutine waits for a child process", _COROUTINES, _ASYNC_PROCESSES),
    "PAL114": Check("No coroutine reads or writes files synchronously", _COROUTINES, _OFFLOADED),
    "PAL115": Check("No coroutine trains or scores on the loop", _COROUTINES, _OFFLOADED),
    "PAL116": Check("No coroutine computes for long", _COROUTINES, _OFFLOADED),
    "PAL117": Check("No coroutine waits for a thread", _COROUTINES, _ASYNC_LOCKS),
    "PAL118": Check("Executors are given functions, not results", _OFFLOADED),
    "PAL119": Check("Python-bound work goes to processes, not to threads", _OFFLOADED, _PROCESSES),
    "PAL121": Check("The service imports no synchronous driver", _DATABASES, _ASYNC_DATABASES),
    "PAL122": Check("No coroutine asks a database synchronously", _DATABASES, _ASYNC_DATABASES),
    "PAL123": Check("Pools and clients are made once", _POOLS),
    "PAL124": Check("Connections come from a pool", _DATABASES, _POOLS),
    "PAL125": Check("What start-up opens is closed at the end", _POOLS, _CLOSED),
    "PAL126": Check("Pools have a chosen size", _POOLS, _POOL_SIZES),
    "PAL131": Check("Coroutines use the asynchronous Redis client", _REDIS, _ASYNC_REDIS),
    "PAL132": Check("What is cached expires", _CACHE_WRITES, _EXPIRES),
    "PAL133": Check("Keys of cached predictions hold the model's version", _CACHE_WRITES, _CACHE_KEYS),
    "PAL134": Check("Without Redis the service answers on", _REDIS, _REDIS_ERRORS),
    "PAL135": Check("The cache is asked, missed, computed and set, in this order", _CACHE_WRITES, _CACHE_READS),
    "PAL136": Check("Keys are the same in every process", _CACHE_WRITES, _CACHE_KEYS),
    "PAL141": Check("Shared state is not read and then written", _REDIS, _CACHE_WRITES),
    "PAL142": Check("Scripts survive a restart of Redis", _LUA),
    "PAL143": Check("Retries wait longer and end", _RETRIES, _BACKOFF),
    "PAL144": Check("Clients are bounded", _POOLS, _POOL_SIZES),
    "PAL145": Check("Overload is answered with 429 or 503", _HANDLERS),
    "PAL146": Check("Scripts declare the keys that they touch", _LUA),
    "PAL147": Check("Every call that leaves the process has a timeout", _NETWORK, _TIMEOUTS),
    "PAL151": Check("No handler swallows every error", _HANDLERS, _LOGGED),
    "PAL152": Check("No handler falls back in silence", _HANDLERS, _LOGGED),
    "PAL153": Check("Logged and raised errors keep their cause", _HANDLERS, _LOGGED),
    "PAL154": Check("There is a readiness route beside the health route", _ROUTES, _HEALTH),
    "PAL155": Check("Readiness asks everything that the service depends on", _HEALTH),
    "PAL156": Check("Bodies are parsed by models", _ROUTES, _BODIES),
    "PAL157": Check("Services log and do not print", _PRINTS, _LOGGED),
    "PAL158": Check("Health responses hold what the plan asks for", _HEALTH),
    "PAL161": Check("Training fans out by dynamic blocks", _MAGE, _PIPELINES),
    "PAL171": Check("Background tasks are given plain data", _TASKS),
    "PAL172": Check("Heavy work has a queue of its own", _TASKS),
    "PAL211": Check("Columns of PostgreSQL are jsonb, not json", _JSON, _JSONB),
    "PAL212": Check("Containment on jsonb is served by a GIN index", _JSON, _INDEXES),
    "PAL213": Check("Extraction in a filter has its expression index", _JSON, _INDEXES),
    "PAL214": Check("Paths into json are shallow", _JSON, _PREDICATES),
    "PAL215": Check("Every index can serve its predicates", _INDEXES, _PREDICATES),
    "PAL216": Check("Business keys are columns", _JSON, _KEYS),
    "PAL217": Check("Queries render the form that the index declares", _JSON, _INDEXES),
    "PAL221": Check("Feature tables have a time with a zone", _FEATURES, _TIMES),
    "PAL222": Check("Features are never updated in place", _FEATURES, _TIMES),
    "PAL223": Check("Feature history is never deleted", _FEATURES, _TIMES),
    "PAL224": Check("Intervals of versions cannot overlap", _FEATURES, _TIMES),
    "PAL231": Check("Transformers return data frames", _TRANSFORMERS, _FRAMES),
    "PAL232": Check("Transformers do no I/O", _TRANSFORMERS, _FRAMES),
    "PAL233": Check("A block is one function that takes what is upstream", _MAGE, _PIPELINES),
    "PAL241": Check("Every table has a primary key", _TABLES, _KEYS),
    "PAL242": Check("References are declared", _TABLES, _FOREIGN),
    "PAL251": Check("Totals count all rows", _PAGES),
    "PAL310": Check("What is trained is exported as a MOJO", _TRAINING, _EXPORTS),
    "PAL311": Check("No POJO is exported", _TRAINING, _EXPORTS),
    "PAL312": Check("No model is dumped in H2O's binary form", _TRAINING, _EXPORTS),
    "PAL313": Check("MOJOs are `.zip` files", _EXPORTS),
    "PAL314": Check("The jar that scores comes with the MOJO", _EXPORTS, _JARS),
    "PAL315": Check("No POJO or binary model is in the tree", _H2O, _EXPORTS),
    "PAL316": Check("H2O's reader loads every MOJO", _ARTIFACTS),
    "PAL317": Check("Archives are safe to unpack", _ARTIFACTS),
    "PAL318": Check("Names in MOJOs survive writing and reading", _ARTIFACTS),
    "PAL319": Check("The pinned H2O can export", _EXPORTS, _H2O_PINS),
    "PAL321": Check("H2O is pinned exactly", _H2O, _H2O_PINS),
    "PAL322": Check("All places state one version of H2O", _H2O, _H2O_PINS),
    "PAL323": Check("The runtime takes the models and packages", _H2O, _H2O_PINS),
    "PAL331": Check("The service imports nothing of the pipeline", _IMPORTS),
    "PAL332": Check("The pipeline imports nothing of the service", _IMPORTS),
    "PAL333": Check("Common code imports neither", _IMPORTS),
    "PAL334": Check("Nothing is written twice across the layers", _PACKAGES),
    "PAL411": Check("Every JVM has a heap", _JVMS, _HEAPS),
    "PAL412": Check("Every heap has a limit around it", _JVMS, _LIMITS),
    "PAL413": Check("Heaps take at most the agreed share", _JVMS, _LIMITS),
    "PAL414": Check("The JVM takes its settings", _JVMS, _HEAPS),
    "PAL415": Check("Limits are spelled as their tool reads them", _LIMITS),
    "PAL421": Check("No datastore is published", _STORES, _NETWORKS),
    "PAL422": Check("Services find each other by name", _SERVICES, _ADDRESSES),
    "PAL423": Check("Datastores are on a private network", _STORES, _NETWORKS),
    "PAL431": Check("Databases write to volumes that outlive them", _STORES, _VOLUMES),
    "PAL432": Check("Mage's project lies on a volume", _MAGE_STACK, _VOLUMES),
    "PAL511": Check("A test simulates drift", _TRAINING, _DRIFT_TESTS),
    "PAL512": Check("The drift test asserts the retraining", _DRIFT_TESTS),
    "PAL513": Check("The drift test asserts the new MOJO", _DRIFT_TESTS),
    "PAL521": Check("A load test runs during the swap", _SWAPS, _SWAP_TESTS),
    "PAL522": Check("The swap test fails on failed requests", _SWAP_TESTS),
    "PAL523": Check("The last runs of the scenarios passed", _REPORTS),
    "PAL524": Check("The reports are newer than the code", _REPORTS),
    "PAL525": Check("The service can load another model", _SWAPS),
}  # fmt: skip


def check_of(code: str, summary: str) -> Check:
    """Return the bullet of a rule; for one without, its summary said as what must not be."""
    known = CHECKS.get(code)
    return known or Check(f"Not seen: {summary.rstrip('.')}", Seen("files", frozenset(FileKind) - {FileKind.OTHER}))
