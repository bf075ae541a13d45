"""The bullets of the plan's checklists: what each rule applies to, and by what a reader sees that it holds."""

from __future__ import annotations

from collections.abc import Mapping

from flake8_planalign.kinds import FileKind
from flake8_planalign.process.closing import CLOSES
from flake8_planalign.review.evidence import DEVELOPMENT, TESTED, Check, Seen

__all__ = ["CHECKS", "LOOKED_AT", "check_of"]

_PY = frozenset({FileKind.PYTHON})
_SCHEMA = frozenset({FileKind.PYTHON, FileKind.SQL})
_STACK = frozenset({FileKind.COMPOSE, FileKind.KUBERNETES, FileKind.HELM_TEMPLATE, FileKind.HELM_VALUES})
_IMAGES = _STACK | {FileKind.DOCKERFILE}
_PINS = frozenset({FileKind.REQUIREMENTS, FileKind.MANIFEST, FileKind.PLAN, FileKind.DOCKERFILE}) | _STACK
_MODELS = frozenset({FileKind.ARCHIVE, FileKind.MODEL_INI, FileKind.BINARY_MODEL, FileKind.JAVA})

_COROUTINES = Seen("coroutine(s)", _PY, r"^[ \t]*async def \w+")
_OFFLOADED = Seen(
    "offloaded call(s)",
    _PY,
    r"(?<!def )\b(?:to_thread|run_in_executor|run_in_threadpool|asyncify|sync_to_async)\("
    r"|\bto_(?:thread|process)\.run_sync\(|(?<!def )(?<![.\w])run_sync\(",
)
_INVOKES = Seen(
    "coroutine(s) asking a chain, a language model or AWS without `await`",
    _PY,
    r"^[ \t]*async def (?=(?:(?!^[ \t]*(?:async )?def )[\s\S]){0,9000}?"
    r"(?<!await )\b(?:\w*(?:agent|chain|chat|graph|llm|model|rag|retriever|runnable)\.invoke"
    r"|(?:s3|sns|sqs|ses|dynamodb|bedrock\w*|boto\w*|\w+_client)\.(?:(?:delete|receive|send)_message(?:_batch)?|(?:get|head|put)_object"
    r"|list_objects_v2|(?:get|put)_item|send_email|invoke_model|get_secret_value))\()",
    in_tests=False,
)
_PROCESSES = Seen(
    "process pool(s)",
    _PY,
    r"\bProcessPoolExecutor\(|\bto_process\b|\b(?:multiprocessing|mp)\.(?:pool\.)?Pool\("
    r"|(?<![\w.])Pool\((?:\)|processes\b|max_workers\b|\d|\w*cpu)",
)
_RUN_TEXTS = Seen("text(s) run as code", _PY, r"(?<![\w.])(?:exec|eval)(?=\(|,|\))")
_AWAITED_SLEEPS = Seen("awaited sleep(s)", _PY, r"await (?:asyncio|anyio|trio)\.sleep\(")
_ASYNC_HTTP = Seen(
    "asynchronous HTTP client(s)", _PY, r"\bhttpx\.AsyncClient\b|\baiohttp\.ClientSession\b", in_tests=False
)
_ASYNC_PROCESSES = Seen("awaited process(es)", _PY, r"\bcreate_subprocess_(?:exec|shell)\(|\banyio\.run_process\(")
_ASYNC_LOCKS = Seen("awaited lock(s) or queue(s)", _PY, r"\basyncio\.(?:Lock|Queue|Event|Semaphore|wrap_future)\(")
_IMPORTS_ASYNC_DATABASE = (
    r"^[ \t]*(?:from|import) "
    r"(?:asyncpg|aiosqlite|aiomysql|asyncmy|aioodbc|motor|tortoise|databases|sqlalchemy\.ext\.asyncio)\b"
    r"|^[ \t]*from psycopg import [^\n]*\bAsync"
)
_IMPORTS_DATABASE = (
    rf"{_IMPORTS_ASYNC_DATABASE}|^[ \t]*(?:from|import) "
    r"(?:sqlalchemy|sqlmodel|peewee|psycopg2?|pymysql|MySQLdb|sqlite3|pymssql|cx_Oracle|oracledb|pymongo|django\.db)\b"
)
_DATABASE_COROUTINES = Seen(
    "coroutine(s) beside a database", _PY, r"^[ \t]*async def \w+", within=_IMPORTS_DATABASE, in_tests=False
)
_ASYNC_DATABASES = Seen("use(s) of asynchronous drivers", _PY, _IMPORTS_ASYNC_DATABASE, in_tests=False)
_MAKES_POOL = r"\b(?:create_pool|create_(?:async_)?engine|from_url|AsyncClient|ClientSession|ConnectionPool|Redis)\("
_IMPORTS_CLIENT = (
    r"^[ \t]*(?:import|from) (?:aio\w+|asyncpg|httpx|motor|psycopg\w*|redis|coredis|sqlalchemy|sqlmodel|valkey)\b"
)
_POOLS = Seen("pool(s) or client(s)", _PY, _MAKES_POOL, within=_IMPORTS_CLIENT, in_tests=False)
_DATABASE_POOLS = Seen(
    "pool(s) of connections",
    _PY,
    r"\b(?:create_pool|create_(?:async_)?engine|\w*ConnectionPool)\((?![^\n]*NullPool)",
    within=r"\A(?![\s\S]*\brun_migrations)",
    in_tests=False,
)
#: Within a function a name of its own is kept only if it is handed out, and what it returns only if that is remembered.
_KEPT_POOLS = Seen(
    "kept pool(s) or client(s)",
    _PY,
    r"(?:^\w[^\n=]*=|^[ \t]+(?:_|[A-Z]|[\w.]+\.)\w*[^\n=(]*=|\byield\b)"
    rf"[ \t]*(?:await[ \t]+)?[\w.]*{_MAKES_POOL}"
    r"|^[ \t]*@[\w.]*(?:cache\w*|singleton)\b[^\n]*\n(?:[ \t]*@[^\n]*\n)*[ \t]*(?:async )?def "
    r"(?:(?!^[ \t]*(?:async )?def )[\s\S]){0,3000}?"
    rf"\breturn[ \t]+(?:await[ \t]+)?[\w.]*{_MAKES_POOL}"
    rf"|^[ \t]+([a-z]\w*)(?::[^\n=]*)?[ \t]*=[ \t]*(?:await[ \t]+)?[\w.]*{_MAKES_POOL}"
    r"(?=(?:(?!^[ \t]*(?:async )?def )[\s\S]){0,3000}?"
    r"^[ \t]+(?:return|yield|[\w.]+\.\w+[ \t]*=)[^\n]*\b\1\b(?!\.))",
    within=_IMPORTS_CLIENT,
    in_tests=False,
)
#: What wraps a function runs whenever that is called.
_WRAPPED_POOLS = Seen(
    "client(s) that a wrapper makes whenever it is called",
    _PY,
    r"^[ \t]+(?:async )?def _?(?:wrap|inner\b)\w*\((?:(?!^[ \t]*(?:async )?def )[\s\S]){0,3000}?"
    rf"=[ \t]*(?:await[ \t]+)?[\w.]*{_MAKES_POOL}",
    within=_IMPORTS_CLIENT,
    in_tests=False,
)
_POOL_SIZES = Seen(
    "setting(s) of size",
    _PY,
    r"(?<!\.)\b(?:pool_size|max_size|max_connections|max_overflow)=",
    within=_MAKES_POOL,
    in_tests=False,
)
_LONE_CONNECTIONS = Seen(
    "connection(s) outside of a pool",
    _PY,
    r"\b(?:asyncpg|psycopg2?|aiomysql|pymysql|aioodbc|asyncmy)\.connect\(|\b_?AsyncConnection\.connect\(",
    in_tests=False,
)
_CLOSED = Seen("closing(s) of a pool that something runs", _PY, CLOSES, fact="closings", in_tests=False)
_IMPORTS_REDIS = r"^[ \t]*(?:import|from) (?:redis|aioredis|coredis|valkey|fastapi_cache)\b"
_REDIS = Seen(
    "use(s) of Redis",
    _PY,
    rf"{_IMPORTS_REDIS}|\bredis(?:\.asyncio)?\.\w+\(|\bRedis\(",
    within=_IMPORTS_REDIS,
    in_tests=False,
)
_REDIS_COROUTINES = Seen(
    "coroutine(s) beside Redis", _PY, r"^[ \t]*async def \w+", within=_IMPORTS_REDIS, in_tests=False
)
_ASYNC_REDIS = Seen("use(s) of redis.asyncio", _PY, r"\bredis\.asyncio\b|\bfrom redis import asyncio\b")
_WRITES = (
    r"\b(?:\w*(?:redis|cache|valkey|pipe)\w*|r|\w*client|\w*conn|\w*store)"
    r"\.(?:(?:set|hset|setnx)\((?!\)|[^,()\n]*\))|mset\((?!\))|(?:setex|psetex)\()"
)
_READS = r"\b(?:\w*(?:redis|cache|valkey)\w*|r|\w*client|\w*conn|\w*store)\.(?:get|hget|mget)\((?!\))"
_CACHE_WRITES = Seen("write(s) to Redis", _PY, _WRITES, within=_IMPORTS_REDIS, in_tests=False)
_EXPIRES = Seen(
    "expiry time(s)",
    _PY,
    r"\b(?:ex|px|exat|pxat)=|\.(?:setex|psetex|p?expire)\(",
    within=_IMPORTS_REDIS,
    in_tests=False,
)
_LOOKS_ASIDE = Seen(
    "cache read(s) with a write after them in the same function",
    _PY,
    # between them a miss is told from a hit: what counts requests reads and writes a key, too
    rf"{_READS}(?:(?!^[ \t]*(?:async )?def )[\s\S]){{0,3000}}?(?:\breturn\b|\bis (?:not )?None\b|\bif (?:not )?[\w.]+:)"
    rf"(?:(?!^[ \t]*(?:async )?def )[\s\S]){{0,6000}}?{_WRITES}",
    within=rf"\A(?=[\s\S]*?(?i:cache))(?=[\s\S]*?(?m:{_IMPORTS_REDIS}))",
    in_tests=False,
)
_CACHE_KEYS = Seen(
    "cache key(s)",
    _PY,
    r"""\b(?:\w*(?:redis|cache|valkey|pipe)\w*|r|\w*client|\w*store)"""
    r"""\.(?:get|set|hget|hset|setex|delete|expire|incr|read|write)\(\s*f["'][\w-]+:[^"'\n]*\{"""
    r"""|\b\w*key\w*\s*=\s*f["'][\w-]+:[^"'\n]*\{""",
    within=r"(?i:redis|valkey|cache)",
    in_tests=False,
)
_SALTED_KEYS = Seen(
    "key(s) from `hash()` or `id()`",
    _PY,
    r"\b\w*key\w*\s*=[^\n=][^\n]*(?<![\w.])(?:hash|id)\(",
    in_tests=False,
)
_REDIS_ERRORS = Seen(
    "handler(s) of Redis errors that go on",
    _PY,
    r"^([ \t]*)except [^\n]*(?:RedisError|\bredis\.)[^\n]*:[^\n]*\n"
    r"(?>(?:(?>\1[ \t]++(?!raise\b)[^\n]*|[ \t]*)\n)+)(?!\1[ \t]|[ \t]*\n)",
    within=_IMPORTS_REDIS,
    in_tests=False,
)
_LUA = Seen(
    "Lua script(s)",
    frozenset({FileKind.PYTHON, FileKind.LUA}),
    # up to the end of the text or function, so that one script is not seen in each of its lines
    r"\.(?:evalsha|register_script)\("
    r"|\bredis\.call\b(?>(?:(?!\"{3}|'{3}|\n[ \t]*(?:async[ \t]+)?(?:def|class)\b)[\s\S])*)",
)
_UNTOLD_KEYS = Seen("key(s) that a script takes from data", _LUA.kinds, r"\bredis\.call\b", fact="keys from data")
_RETRIES = Seen(
    "repeated attempt(s)",
    _PY,
    r"(?<!def )\b(?:[Rr]etry|Async[Rr]etrying|[Rr]etrying|HTTPAdapter)\(|^[ \t]*@[\w.]*retr(?:y|ied)\b"
    r"|\bretries=|\bfor \w*attempt\w* in\b",
    in_tests=False,
)
_BACKOFF = Seen(
    "growing wait(s)",
    _PY,
    r"\bwait_(?:random_)?exponential\w*\(|\bstamina\.|\bbackoff\.(?:on_|expo)|\bbackoff\w*\s*=|\*\*\s*\w*attempt",
    in_tests=False,
)
_NETWORK = Seen(
    "call(s) to the outside",
    _PY,
    r"(?<![.\w])(?:requests|httpx)\.(?:get|post|put|patch|delete|head|options|request|stream|Session|Client|AsyncClient)\("
    r"|\baiohttp\.ClientSession\(|\burlopen\(|\bsmtplib\.SMTP|\bboto3\.(?:client|resource)\("
    r"|\b(?:asyncpg|psycopg2?|aiomysql)\.(?:connect|create_pool)\(|\b_?AsyncConnection\.connect\(",
    in_tests=False,
)
_TIMEOUTS = Seen("timeout(s)", _PY, r"\b\w*timeout\w*\s*=")
_CALL_TIMEOUTS = Seen(
    "timeout(s) beside such calls",
    _PY,
    r"^(?!\s*(?:async )?def )[^\n]*?\btimeout\w*\s*=",
    within=_NETWORK.pattern,
    in_tests=False,
)
_HANDLERS = Seen("exception handler(s)", _PY, r"^[ \t]*except\b", in_tests=False)
_KEPT_CAUSES = Seen(
    "log(s) or error(s) with their cause",
    _PY,
    r"\.exception\(|\bexc_info\s*=|\braise [\w.]+(?:\([^\n]*\))? from \w|\{(?:e|err|error|exc|ex)(?:!r)?\}",
    in_tests=False,
)
_CAUSELESS = Seen(
    "log(s) without the error that was caught",
    _PY,
    r"^([ \t]*)except[^\n]*:[ \t]*\n\1[ \t]+[\w.]*log\w*\.(?:error|warning|critical)\("
    r"(?![^\n]*(?:\b(?:e|err|error|exc|ex|exception)\b[^\w\s]|exc_info))[^\n]*\)[ \t]*$",
    in_tests=False,
)
_SILENT = Seen(
    "silent handler(s) for a conversion, a release, an import or the like",
    _PY,
    r"^([ \t]*)except(?:[ \t]*:|[ \t][^\n:]*\b(?:Base)?Exception\b[^\n]*:)[^\n]*\n"
    r"\1[ \t]+(?:pass|continue|\.{3})[ \t]*$",
    in_tests=False,
)
_TELLS = r"(?![^\n]*(?i:err|exc|fail|invalid|status|unavail|\be\b))"
_MADE_INSTEAD = Seen(
    "handler(s) falling back for a conversion, with a reason or to what a call gives",
    _PY,
    r"^([ \t]*)except(?:[ \t]*:|[ \t][^\n:]*\b(?:Base)?Exception\b[^\n]*:)[^\n]*\n"
    rf"\1[ \t]+(?:return\b{_TELLS}|[\w.]+[ \t]*=(?!=){_TELLS}[^\n]*(?:\n(?!\1[ \t]+\S)|\Z))",
    in_tests=False,
)
_TOLD = Seen(
    "handler(s) of every exception with a log or a raise",
    _PY,
    r"^([ \t]*)except(?:[ \t]*:|[ \t][^\n:]*\b(?:Base)?Exception\b[^\n]*:)[^\n]*\n"
    r"(?:(?>\1[ \t][^\n]*|[ \t]*)\n){0,8}?\1[ \t][^\n]*"
    r"(?:\braise\b|\.(?:exception|error|warning|critical|fatal)\(|\bexc_info\b|\bcapture_exception\()",
    in_tests=False,
)
_LOGGED = Seen("logged error(s)", _PY, r"\b(?:logger|logging|log)\.(?:exception|error|warning)\(")
_BODIES = Seen(
    "route(s) whose body is a model",
    _PY,
    r"^[ \t]*@[\w.]+\.(?:post|put|patch)\([^@]{0,600}?\)\s*\n[ \t]*(?:async )?def \w+"
    r"\((?:(?!\)[ \t]*(?:->|:))[^@]){0,400}?"
    r"\b(?!request\b|response\b|\w*tasks\b|db\b|\w*session\b|\w*user\b)\w+: "
    r"(?!Request|Response|BackgroundTasks|\w*Session|Annotated|Optional|UploadFile|Path|Any|UUID|Dict|List)"
    r"[A-Z]\w+[ \t]*(?:[,)\n]|=(?![ \t]*(?:Depends|Security|Query|Header|Path|Cookie)\())",
    in_tests=False,
)
_REGISTERS = r"""(?:^[ \t]*@[\w.]+|\b(?:add_(?:api_)?route|add_get|\w*Route|(?:re_)?path|url))\(\s*r?["'][\w/{}^-]*\b"""
_HEALTH = Seen(
    "health route(s)",
    _PY,
    rf"""{_REGISTERS}(?:health|healthz|healthcheck|live|livez|liveness)/?\$?["']""",
    in_tests=False,
)
_READY = Seen("readiness route(s)", _PY, rf"""{_REGISTERS}(?:ready|readyz|readiness)/?\$?["']""", in_tests=False)
_PROBES = Seen(
    "question(s) to what the service depends on",
    _PY,
    r"(?i:\bselect 1\b)|\.(?:ping|is_connected|list_buckets|head_bucket|admin\.command|ensure_connection)\(",
    in_tests=False,
)
_HEALTH_KEYS = Seen("`health-keys` in the plan", frozenset({FileKind.PLAN}), r"^\s*health-keys\s*=")
_OVERLOADS = Seen(
    "handler(s) of exhausted pools",
    _PY,
    r"except [^\n:]*(?:MaxConnections|TooMany(?:Connections|Requests)|PoolTimeout|Overload|Exhaust"
    r"|\bredis\.[\w.]*ConnectionError|\b(?:sqlalchemy|exc)\.[\w.]*TimeoutError)",
    in_tests=False,
)
_REFUSALS = Seen(
    "answer(s) with 429 or 503",
    _PY,
    r"\bHTTP_(?:429|503)_|\bstatus\w*\s*=\s*(?:429|503)\b|\w\(\s*(?:429|503)\b|\b(?:TOO_MANY_REQUESTS|SERVICE_UNAVAILABLE)\b",
    in_tests=False,
)
_PREDICTION_KEYS = Seen(
    "key(s) of predictions", _PY, r"""\bf["'][\w:-]*(?:predict|score|model|infer)[\w-]*:[\w{}:.-]*\{""", in_tests=False
)
_PRINTS = Seen(
    "module(s) with an app or router",
    _PY,
    r"=[ \t]*(?:FastAPI|APIRouter|Starlette|Flask|Blueprint|Litestar|Router|web\.Application)\(",
    in_tests=False,
)
_MAGE_IMPORT = r"\bmage_ai\b"
_MAGE = Seen("Mage block(s)", _PY, r"^@(?:transformer|data_loader|data_exporter|custom|sensor)\b", within=_MAGE_IMPORT)
_MAGE_TRAINING = Seen("training(s) in Mage blocks", _PY, r"\b\w+\.(?:fit|train)\(", within=_MAGE_IMPORT, in_tests=False)
_TRANSFORMERS = Seen("transformer(s)", _PY, r"^@transformer\b", within=_MAGE_IMPORT)
_FRAMES = Seen("function(s) returning a frame", _PY, r"->\s*[\w.]*DataFrame\b")
_PIPELINES = Seen("Mage pipeline(s)", frozenset({FileKind.MAGE_PIPELINE}))
_TASKS = Seen(
    "background task(s)",
    _PY,
    r"(?<!def )\badd_task\(\s*[\w.]+\s*[,)]"
    r"|\b(?!conf)\w+\.delay\((?!\s*f?[\"'{])|\.apply_async\(|\.enqueue_job\(|\b\w*(?:queue|redis|pool)\w*\.enqueue\(",
    in_tests=False,
)
_QUEUES = Seen(
    "queue(s) of tasks",
    _PY,
    r"\.apply_async\(|\.enqueue_job\(|\bCelery\(|\bdramatiq\.actor\b|\bQueue\(connection=",
    in_tests=False,
)
_TABLES = Seen("table(s)", _SCHEMA, r"\bcreate_table\(|(?i:\bCREATE TABLE\b)|__tablename__", fact="tables")
_KEYS = Seen("primary key(s)", _SCHEMA, r"\bprimary_key\s*=\s*True|(?i:\bPRIMARY KEY\b)|PrimaryKeyConstraint\(")
_FOREIGN = Seen(
    "foreign key(s)",
    _SCHEMA,
    r"\bForeignKey\w*\(|\bforeign_key\s*=|\bREFERENCES\s+[\w.\"`\[]+|(?i:\breferences\s+[\w.\"`\[]+\s*\()",
)
_JSON = Seen("json column(s) of PostgreSQL", _SCHEMA, r"(?i:json)", fact="json columns")
_JSONB = Seen("jsonb column(s)", _SCHEMA, r"(?i:jsonb)", fact="jsonb columns")
#: What asks for json, in a file that is no migration, whose conditions nobody has to serve.
_NAMES_JSON = r"\A(?![\s\S]*\bdown_revision\b)(?=[\s\S]*?(?:(?i:json)|@>|->>|#>>))"
_CONTAINS = (
    r"@>|(?:\b[A-Z]\w*|\bc)\.\w+(?:\[[^\]\n]*\])?\.has_(?:key|any|all)\(|\b(?i:jsonb?)\b[^\n]*\.contains\("
    r"|\w*(?:answers|attributes|data|document|extra|features|options|payload|properties|settings)(?:\[[^\]\n]*\])?\.contains\("
    r"|\b__contains\b|(?i:jsonb_path_(?:exists|match))"
)
_EXTRACTS = (
    r"(?i:\b(?:where|on|and|or|having|filter)\b)[^;\n]{0,160}?(?:->>|#>>|(?i:jsonb_extract_path))"
    r"|\.astext\b[^\n]*(?:[=!]=|<|>|\.i?like\(|\.in_\(|\.is_\(|\.cast\()"
    r"|\.as_(?:string|integer|float|boolean)\(\)[^\n]*(?:[=!]=|<|>|\.i?like\(|\.in_\()"
)
_CONTAINMENTS = Seen("containment(s) on json", _SCHEMA, _CONTAINS, within=_NAMES_JSON)
_EXTRACTIONS = Seen("extraction(s) from json", _SCHEMA, _EXTRACTS, within=_NAMES_JSON)
_PREDICATES = Seen("predicate(s) on json", _SCHEMA, rf"{_CONTAINS}|{_EXTRACTS}", within=_NAMES_JSON)
_GIN = Seen("GIN index(es) beside json", _SCHEMA, r"(?i:\bgin\b)", fact="GIN indexes")
_JSON_INDEXES = Seen("index(es) on json", _SCHEMA, r"(?i:index)", fact="indexes on json")
_VALUE_INDEXES = Seen("index(es) on values in json", _SCHEMA, r"(?i:index)", fact="indexes on values in json")
_FEATURES = Seen("feature table(s)", _SCHEMA, r"(?i:feature)", fact="feature tables")
_TIMES = Seen("time(s) of versions", _SCHEMA, r"\bevent_time(?:stamp)?\b|\bvalid_from\b")
_PAGES = Seen(
    "paginated result(s)",
    _PY,
    r"\.offset\(|\b(?:skip|offset|page|per_page|page_size)\s*(?::\s*(?:int\b\s*=|Annotated\b)|=\s*Query\()"
    r"|\b(?:skip|offset)\s*:\s*int\b|\blimit\s*:\s*int\s*=\s*Query\(",
    in_tests=False,
)
_TOTALS = Seen(
    "count(s) of all rows",
    _PY,
    r"\bfunc\.count\(|\.count\(\)|\bcount_documents\(|(?i:\bselect count\()|\.paginate\("
    r"|\btotal\w*[ \t]*=[ \t]*(?:await )?[\w.]*count\w*\(",
    in_tests=False,
)
_PAGE_TOTALS = Seen(
    "total(s) of what was fetched",
    _PY,
    r"\b(?:total|total_count|total_pages)(?:[ \t]*=|[\"'][ \t]*:)[ \t]*(?:len|count)\(",
    in_tests=False,
)
_H2O_TRAINING = Seen("training(s) of H2O", _PY, r"\.train\(", within=r"^[ \t]*(?:import|from) h2o\b")
_TRAINING = Seen("training(s)", _PY, r"\.train\(", within=r"^[ \t]*(?:import|from) h2o\b", fact="trainings")
_EXPORTS = Seen("MOJO export(s)", _PY, r"\b(?:download_mojo|save_mojo)\(")
_JARS = Seen("export(s) with the jar", _PY, r"get_genmodel_jar\s*=\s*True")
_ARTIFACTS = Seen("MOJO(s)", _MODELS, fact="mojos")
_H2O = Seen(
    "use(s) of H2O",
    _PINS | _PY,
    r"^[ \t]*(?:import|from) (?:h2o|daimojo)\b|(?<![\w-])(?:h2o(?:[-_](?:py|client|pysparkling[\w.-]*))?|daimojo)"
    r"(?:\[[^\]\n]*\])?[ \t]*(?:[<>~!=]=|=[ \t]*[\"'{]?[\^~<>=]*\d+\.\d+\.\d)"
    r"|\bh2oai/|\bh2o(?:-genmodel)?[\w.-]*\.(?:jar|zip)\b|\bh2o-version\b",
)
_H2O_PINS = Seen("exact pin(s)", _PINS, r"(?i:\bh2o[\w\[\]-]*\s*={2,3}\s*\d|h2o[\w./-]*:\d)")
_SERVICE = Seen("module(s) of the service beside a pipeline", _PY, fact="service modules")
_PIPELINE = Seen("module(s) of the pipeline", _PY, fact="pipeline modules")
_COMMON = Seen("module(s) that both may use", _PY, fact="common modules")
_JVMS = Seen(
    "JVM setting(s)",
    _IMAGES,
    r"-Xm[xs]\d|RAMPercentage|\bJ(?:AVA|VM)_(?:TOOL_)?OPT\w*|\bjava\b[\"', ]+-|\bh2o\.jar\b",
)
_HEAP = r"-Xmx\d|RAMPercentage="
_LIMIT = r"\bmem_limit:|^[ \t]+limits:(?:[ \t]*\{[^}\n]*|\s+(?:[\w.-]+:[^\n]*\s+)?)memory:"
_HEAPS = Seen("heap setting(s)", _IMAGES, _HEAP)
_LIMITED_HEAPS = Seen("heap(s) beside a limit", _STACK, _HEAP, within=_LIMIT)
_LIMITS = Seen("memory limit(s)", _STACK, _LIMIT)
_KEEPS = (
    r"postgres(?:ql)?|postgis|pgvector|timescaledb(?:-ha)?|mysql|mariadb|mongo(?:db)?|cassandra|elasticsearch|opensearch"
    r"|clickhouse(?:-server)?|influxdb|neo4j|minio|etcd|rabbitmq"
)
_IMAGE = r"image:[ \t]*[\"']?(?:[\w.:${}-]+/)*"
#: Queues and stores of objects are made to be reached from outside, and not judged.
_STORES = Seen(
    "datastore(s)",
    _STACK,
    rf"{_IMAGE}(?!minio|rabbitmq)(?:{_KEEPS}|redis|valkey|memcached)(?:[:@\"'\s]|\Z)",
    in_tests=False,
    but=DEVELOPMENT,
)
_VARIABLE_PORTS = Seen(
    "port(s) of a datastore from a variable",
    _STACK,
    rf"{_STORES.pattern}(?:(?!^[ \t]*image:)[\s\S]){{0,1500}}?^[ \t]*ports:[ \t]*\n"
    r"(?>(?:[ \t]*-[ \t]*[\"']?[^$\s\"'][^\n]*\n)*)[ \t]*-[ \t]*[\"']?\$\{?\w+\}?:",
    in_tests=False,
    but=DEVELOPMENT,
)
_KEEPERS = Seen("database(s)", _STACK, rf"{_IMAGE}(?:{_KEEPS})(?:[:@\"'\s]|\Z)", but=TESTED)
_SERVICES = Seen("service(s)", _STACK, r"^\s*(?:-\s+)?image:|^\s*build:")
_ADDRESSES = Seen(
    "address(es) of services",
    _STACK,
    r"\b(?:https?|redis|valkey|postgres\w*|mysql|mariadb|mongodb|amqp|kafka|nats|grpc)(?:\+\w+)?://(?:[^\s/@\"']*@)?(?!localhost)[A-Za-z][\w-]*(?=[:/\"'\s])"
    r"|\b\w*_?(?:HOST(?:NAME)?|SERVER)[\"']?\s*[:=]\s*[\"']?[A-Za-z][\w-]*[\"']?\s*$",
)
_NETWORKS = Seen("network(s)", _STACK, r"\bnetworks:|\bhostNetwork:|\bnetwork_mode:|kind: Service")
_PRIVATE_NETWORKS = Seen("private network(s)", _STACK, r"^\s+internal:[ \t]*true\b|^kind: (?:NetworkPolicy|Service)\b")
_VOLUMES = Seen("volume(s)", _STACK, r"\bvolumes:|\bvolumeClaimTemplates:|\bvolumeMounts:")
_NAMED_VOLUMES = Seen(
    "volume(s) with a name",
    _STACK,
    r"^[ \t]*-[ \t]+[\"']?[A-Za-z0-9][\w.-]*:[^\s:]*/|\bvolumeClaimTemplates:|\bpersistentVolumeClaim:"
    r"|\btype:[ \t]*[\"']?volume\b",
)
_MAGE_STACK = Seen("Mage service(s)", _STACK, rf"{_IMAGE}mageai\b|\bMAGE_[A-Z]+|/home/src\b", but=DEVELOPMENT)
_DRIFT_TESTS = Seen("drift test(s)", _PY, r"def test_\w*drift\w*", fact="drift tests")
_SWAPS = Seen("replacement(s) of the served model", _PY, r"(?i:reload|swap)", fact="model swaps")
_LOADS = Seen("model(s) loaded at the start of a service", _PY, r"\bload_model\b|_mojo\(|\.load\(", fact="model loads")
_SWAP_TESTS = Seen(
    "load test(s) of a swap",
    frozenset({FileKind.PYTHON, FileKind.K6}),
    r"def test_\w*(?:swap|reload)\w*|\bHttpUser\b",
    fact="swap tests",
)
_REPORTS = Seen("report(s) of scenarios", frozenset({FileKind.EVIDENCE}))
_PROVEN_CODE = Seen(
    "scenario(s) with their `code` in the plan",
    frozenset({FileKind.PLAN}),
    r"^\s*code\s*=",
    within=r"\btool\.planalign\.scenarios\b",
)

#: What the review says of each changed file that it looked at.
LOOKED_AT: Mapping[str, tuple[Seen, ...]] = {
    "atomicity": (_MAGE, _CACHE_WRITES, _LUA, _TABLES, _TASKS),
    "errors": (_HANDLERS, _LOGGED, _TIMEOUTS, _RETRIES),
    "event loop": (_COROUTINES, _OFFLOADED, _POOLS),
}

CHECKS: Mapping[str, Check] = {
    "PAL110": Check("What a process pool is given can be pickled", _PROCESSES),
    "PAL111": Check("No coroutine sleeps with `time.sleep`", _COROUTINES, _AWAITED_SLEEPS),
    "PAL112": Check("No coroutine waits for the network synchronously", _COROUTINES, _ASYNC_HTTP, unless=_INVOKES),
    "PAL113": Check("No coroutine waits for a child process", _COROUTINES, _ASYNC_PROCESSES),
    "PAL114": Check("While it serves, no coroutine reads or writes files synchronously", _COROUTINES, _OFFLOADED),
    "PAL115": Check("No coroutine trains or scores on the loop", _COROUTINES, _OFFLOADED),
    "PAL116": Check("While it serves, no coroutine computes for long", _COROUTINES, _OFFLOADED),
    "PAL117": Check("No coroutine waits for a thread", _COROUTINES, _ASYNC_LOCKS),
    "PAL118": Check("Executors are given functions, not results", _OFFLOADED),
    "PAL119": Check(
        "Python-bound work goes to processes, not to threads",
        _OFFLOADED,
        _PROCESSES,
        needs=_PROCESSES,
        unless=_RUN_TEXTS,
    ),
    "PAL121": Check("The service imports no synchronous driver", _ASYNC_DATABASES),
    "PAL122": Check("No coroutine asks a database synchronously", _DATABASE_COROUTINES, _ASYNC_DATABASES),
    "PAL123": Check("Pools and clients are made once", _KEPT_POOLS, unless=_WRAPPED_POOLS),
    "PAL124": Check("Connections come from a pool", _DATABASE_POOLS, unless=_LONE_CONNECTIONS),
    "PAL125": Check(
        "What start-up opens is closed at the end", _KEPT_POOLS, _CLOSED, needs=_CLOSED, beside=True, each=True
    ),
    "PAL126": Check(
        "Pools have a chosen size", _DATABASE_POOLS, _POOL_SIZES, needs=_POOL_SIZES, beside=True, each=True
    ),
    "PAL131": Check(
        "Coroutines use the asynchronous Redis client", _REDIS_COROUTINES, _ASYNC_REDIS, needs=_ASYNC_REDIS
    ),
    "PAL132": Check("What is cached expires", _CACHE_WRITES, _EXPIRES, needs=_EXPIRES, beside=True, each=True),
    "PAL133": Check(
        "Cached predictions are kept by model version", _CACHE_WRITES, _PREDICTION_KEYS, needs=_PREDICTION_KEYS
    ),
    "PAL134": Check(
        "Without Redis the service answers on",
        _CACHE_WRITES,
        _REDIS_ERRORS,
        needs=_REDIS_ERRORS,
        beside=True,
        each=True,
    ),
    "PAL135": Check("The cache is asked, missed, computed and set, in turn", _LOOKS_ASIDE),
    "PAL136": Check(
        "Keys are the same in every process", _CACHE_KEYS, _CACHE_WRITES, needs=_CACHE_WRITES, unless=_SALTED_KEYS
    ),
    "PAL141": Check("Shared state is not read and then written", _REDIS, _CACHE_WRITES),
    "PAL142": Check("Scripts survive a restart of Redis", _LUA),
    "PAL143": Check("Retries wait longer each time", _RETRIES, _BACKOFF, needs=_BACKOFF, beside=True, each=True),
    "PAL144": Check("Clients are bounded", _POOLS, _POOL_SIZES, needs=_POOL_SIZES, beside=True, each=True),
    "PAL145": Check("Overload is answered with 429 or 503", _OVERLOADS, _REFUSALS, needs=_REFUSALS, beside=True),
    "PAL146": Check("Scripts declare the keys that they touch", _LUA, unless=_UNTOLD_KEYS),
    "PAL147": Check(
        "Every call that leaves the process has a timeout",
        _NETWORK,
        _CALL_TIMEOUTS,
        needs=_CALL_TIMEOUTS,
        beside=True,
        each=True,
    ),
    "PAL151": Check("No handler swallows every error", _TOLD, apart=_SILENT),
    "PAL152": Check("No handler falls back in silence", _TOLD, apart=_MADE_INSTEAD),
    "PAL153": Check(
        "Logged and raised errors keep their cause", _HANDLERS, _KEPT_CAUSES, needs=_KEPT_CAUSES, unless=_CAUSELESS
    ),
    "PAL154": Check(
        "There is a readiness route beside the health route", _HEALTH, _READY, needs=_READY, beside=True, each=True
    ),
    "PAL155": Check(
        "Readiness asks everything that the service depends on", _READY, _PROBES, needs=_PROBES, beside=True, each=True
    ),
    "PAL156": Check("Bodies are parsed by models", _BODIES),
    "PAL157": Check("Services log and do not print", _PRINTS, _LOGGED, beside=True),
    "PAL158": Check("Health responses hold what the plan asks for", _HEALTH, needs=_HEALTH_KEYS),
    "PAL161": Check("No block trains one model after the other in a loop", _MAGE_TRAINING, _PIPELINES),
    "PAL171": Check("Background tasks are given no connection, session or request", _TASKS),
    "PAL172": Check("Heavy work has a queue of its own", _TASKS, _QUEUES, needs=_QUEUES),
    "PAL211": Check("Columns of PostgreSQL are jsonb, not json", _JSON, _JSONB, needs=_JSONB, each=True),
    "PAL212": Check("Containment on jsonb is served by a GIN index", _CONTAINMENTS, _GIN, needs=_GIN),
    "PAL213": Check("Extraction in a filter has its expression index", _EXTRACTIONS, _JSON_INDEXES, needs=_JSON),
    "PAL214": Check("Paths into json are shallow", _PREDICATES, _JSON, needs=_JSON),
    "PAL215": Check("Every index can serve its predicates", _JSON_INDEXES, _PREDICATES),
    "PAL216": Check("Business keys are columns", _PREDICATES, _KEYS, needs=_JSON),
    "PAL217": Check(
        "Queries render the form that the index declares", _VALUE_INDEXES, _EXTRACTIONS, needs=_EXTRACTIONS
    ),
    "PAL221": Check("Feature tables have a time with a zone", _FEATURES, _TIMES),
    "PAL222": Check("Features are never updated in place", _FEATURES, _TIMES),
    "PAL223": Check("Feature history is never deleted", _FEATURES, _TIMES),
    "PAL224": Check("Intervals of versions cannot overlap", _FEATURES, _TIMES),
    "PAL231": Check("Transformers return data frames", _TRANSFORMERS, _FRAMES),
    "PAL232": Check("Transformers do no I/O", _TRANSFORMERS, _FRAMES),
    "PAL233": Check("A block is one function that takes what is upstream", _MAGE, _PIPELINES),
    "PAL241": Check("Every table has a primary key", _TABLES, _KEYS),
    "PAL242": Check("References are declared", _TABLES, _FOREIGN),
    "PAL251": Check("Totals count all rows", _PAGES, _TOTALS, needs=_TOTALS, beside=True, unless=_PAGE_TOTALS),
    "PAL310": Check("What is trained is exported as a MOJO", _H2O_TRAINING, _EXPORTS),
    "PAL311": Check("No POJO is exported", _H2O_TRAINING, _EXPORTS),
    "PAL312": Check("No model is dumped in H2O's binary form", _H2O_TRAINING, _EXPORTS),
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
    "PAL331": Check("The service imports nothing of the pipeline", _SERVICE),
    "PAL332": Check("The pipeline imports nothing of the service", _PIPELINE, needs=_SERVICE),
    "PAL333": Check("Common code imports neither", _COMMON, needs=_PIPELINE),
    "PAL334": Check("Nothing is written twice across the layers", _SERVICE, _PIPELINE, needs=_PIPELINE),
    "PAL411": Check("Every JVM has a heap", _JVMS, _HEAPS, needs=_HEAPS),
    "PAL412": Check("Every heap has a limit around it", _LIMITED_HEAPS, _LIMITS, beside=True),
    "PAL413": Check("Heaps take at most the agreed share", _LIMITED_HEAPS, _LIMITS, beside=True),
    "PAL414": Check("The JVM takes its settings", _JVMS, _HEAPS, needs=_HEAPS),
    "PAL415": Check("Limits are spelled as their tool reads them", _LIMITS),
    "PAL421": Check("No datastore is published", _STORES, _NETWORKS, beside=True, unless=_VARIABLE_PORTS),
    "PAL422": Check("Services find each other by name", _SERVICES, _ADDRESSES, needs=_ADDRESSES, beside=True),
    "PAL423": Check(
        "Datastores are on a private network",
        _STORES,
        _PRIVATE_NETWORKS,
        needs=_PRIVATE_NETWORKS,
        beside=True,
        each=True,
    ),
    "PAL431": Check("Databases write to volumes that outlive them", _KEEPERS, _VOLUMES, needs=_VOLUMES, beside=True),
    "PAL432": Check(
        "Mage's project lies on a volume", _MAGE_STACK, _NAMED_VOLUMES, needs=_NAMED_VOLUMES, beside=True, each=True
    ),
    "PAL511": Check("A test simulates drift", _TRAINING, _DRIFT_TESTS),
    "PAL512": Check("The drift test asserts the retraining", _DRIFT_TESTS),
    "PAL513": Check("The drift test asserts the new MOJO", _DRIFT_TESTS),
    "PAL521": Check("A load test runs during the swap", _SWAPS, _SWAP_TESTS),
    "PAL522": Check("The swap test fails on failed requests", _SWAP_TESTS),
    "PAL523": Check("The last runs of the scenarios passed", _REPORTS),
    "PAL524": Check("The reports are newer than the code", _REPORTS, needs=_PROVEN_CODE),
    "PAL525": Check("The service can load another model", _LOADS, _SWAPS),
}  # fmt: skip


def check_of(code: str, summary: str) -> Check:
    """Return the bullet of a rule; for one without, its summary said as what must not be."""
    known = CHECKS.get(code)
    return known or Check(f"Not seen: {summary.rstrip('.')}", Seen("files", frozenset(FileKind) - {FileKind.OTHER}))
