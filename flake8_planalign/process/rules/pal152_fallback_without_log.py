"""A handler of every exception that goes on with a fallback and tells nobody.

## Why

A fallback keeps the service up and hides that it is broken: the score that is always the default, the font that is
never found, the cache that never hits. Without a line in the log the first to notice is the customer.

## Bad

```python
def load_font(library, path):
    try:
        font = library.open(path)
    except Exception:  # PAL152:4
        font = None
    return font

async def store(redis, key, value):
    try:
        await redis.set(key, value, ex=60)
        return True
    except Exception:  # PAL152:4
        return False

def score(model, row):
    try:
        return model.score(row)
    except:  # PAL152:4
        return 0.5

def state(store):
    try:
        return store.read(), True
    except Exception:  # PAL152:4
        return None, True

def lyrics(library, log, name):
    try:
        found = library.search(name)
    except Exception:  # PAL152:4
        found = None
    if found is None:
        log.debug("no lyrics for %s", name)
    return found

async def channel(bot, number):
    try:
        found = await bot.fetch_channel(number)
    except Exception:  # PAL152:4
        found = None
    if found is None:
        found = bot.channels[0]
    return found

def version(package):
    try:
        return package.compute_version()
    except Exception:  # PAL152:4  # pragma: no cover
        return ""
```

```python
import requests

def rates(url):
    try:
        return requests.get(url, timeout=2).json()
    except Exception:  # PAL152:4
        return {}
```

## Good

```python
import json
import logging

logger = logging.getLogger(__name__)

def load_font(library, path):
    try:
        font = library.open(path)
    except Exception:
        logger.exception("cannot open %s", path)
        font = None
    return font

def parse(text):
    try:
        return json.loads(text)
    except ValueError:
        return None

def score(model, row, on_error):
    try:
        return model.score(row)
    except Exception:
        return on_error()

def read(reader):
    try:
        return reader.read()
    except Exception as error:
        return {"detail": str(error)}
```

An answer that tells of the failure is no fallback: what a predicate is asked, an error response, a note of it. To read
a value as what it may not be is no failure at all. And a comment or the docstring may give the reason.

```python
def is_reachable(host):
    try:
        host.ping()
        return True
    except Exception:
        return False

async def port_open(host, port):
    try:
        _, writer = await host.open_connection(port)
    except Exception:
        return False
    writer.close()
    return True

def isDirectory(server, path):
    try:
        server.enter(path)
        return True
    except Exception:
        return False

def end(client):
    try:
        client.shutdown()
    except Exception:
        return

def verify_connection(broker):
    try:
        broker.list_queues()
        return True
    except Exception:
        return False

def _connector_supports_resuming(source):
    try:
        return source.find_connector().resumes
    except Exception:
        return False

async def _model_ready(client):
    try:
        return (await client.get("/tags")).is_success
    except Exception:
        return False

def patch(model, name):
    try:
        model.rename(name)
        renamed = True
    except Exception:
        renamed = False
    return renamed

def file_looks_like_embedding(path):
    try:
        return path.measure() > 9
    except Exception:
        return False

def in_docker():
    try:
        return "docker" in read("/proc/1/cgroup")
    except Exception:
        return False

def is_authorized(tokens):
    try:
        tokens.get_token()
        authorized = True
    except Exception:
        authorized = False
    return {"authorized": authorized}

def dependencies(store):
    found = {}
    try:
        found["postgres"] = store.measure()
    except Exception:
        found["postgres"] = "error"
    try:
        found["redis"] = store.count()
    except Exception:
        found["redis"] = "nok"
    return found

def health(database):
    try:
        database.ping()
    except Exception:
        return {"database": "unreachable"}
    return {"database": "ok"}

async def update(sockets, data):
    try:
        await sockets.send(data)
        return {"sent": True, "data": data}
    except Exception:
        return {"sent": False, "data": data}

async def ping_store(store):
    try:
        await store.ask()
        return True
    except Exception:
        return False

async def status(client):
    try:
        answer = await client.ask()
        return {"configured": True, "reachable": answer.status < 500}
    except Exception:
        return {"configured": True, "reachable": False}

class Probe:
    def run(self):
        try:
            value = self.measure()
        except Exception:
            self.failed = True
            value = None
        return value

    def __repr__(self):
        try:
            return f"<Probe {self.measure()}>"
        except Exception:
            return "<Probe>"

def limit(text):
    try:
        return int(text)
    except Exception:
        return None

def range_of(text):
    try:
        found = re.search("([0-9]+)-([0-9]+)", re.sub("[^0-9-]", " ", text))
        return (float(found.group(1)), float(found.group(2)))
    except Exception:
        return None

def wait_of(name, default):
    try:
        return float(os.getenv(name, default))
    except Exception:
        return default

def install(process):
    try:
        process.wait(120)
    except Exception:
        return "Timeout reached"

def last_used(text):
    try:
        _, end = json.loads(text)[-1]
        return end if end is not None else int(time.time())
    except Exception:
        return -1

def describe(thing):
    '''Return what a thing says of itself; an empty text if that fails.'''
    try:
        return thing.describe()
    except Exception:
        return ""

def version(package):
    try:
        return package.compute_version()
    except Exception:  # some packages compute it lazily and need a display
        return ""

def shown(value):
    try:
        return value.render()
    except Exception:
        return UNPRINTABLE

def written(node):
    try:
        return node.unparse()
    except Exception:  # pragma: no cover - malformed nodes
        return None
```

```python
def workspace(sdk):
    # Only for the heading. A failure here is not fatal: the heading then goes
    # without the name of the workspace.
    try:
        return sdk.get_user_workspace()
    except Exception:
        return None

def pages(reader):
    try:
        # an empty password first; give up if that fails
        return reader.decrypt("").pages
    except Exception:
        return []

def explained(answer):
    try:
        return answer.text()
    except ValueError as error:
        try:
            detail = answer.parse()["error"]
        except Exception:
            detail = f"no answer: {error}"
        return detail

def checked(url):
    try:
        parts = urlparse(url)
        if not all([parts.scheme, parts.netloc]):
            url = None
    except Exception:
        url = None
    return url

def backend(name):
    try:
        return importlib.import_module(name)
    except Exception:
        return None

def settled(text):
    try:
        return json_dumps(json_loads(text), indent=2)
    except Exception:
        return text

def name(url):
    try:
        return "/".join(urlparse(url).path.strip("/").split("/")[:2])
    except Exception:
        return None

def day(element):
    try:
        return parsedate_to_datetime(element.text.removeprefix("on ")).strftime("%Y-%m-%d")
    except Exception:
        return element.text
```

Who asks below for what is missing, and says so, tells of it too:

```python
async def announce(bot, answer, number):
    try:
        channel = await bot.fetch_channel(number)
    except Exception:
        channel = None
    if channel is None or not channel.is_open:
        await answer.send("There is no such channel.")
        return
    await channel.send("Hello")

def found(store, key):
    try:
        row = store.find(key)
    except Exception:
        row = None
    if not row:
        raise LookupError(key)
    return row

async def peer(client, log, name, known):
    if not known:
        try:
            known = await client.find_peer(name)
        except Exception:
            known = None
    if not known:
        log.warning("there is no peer for %s", name)
        return None
    return known

async def check(store):
    try:
        await store.ask()
        return True, {}
    except Exception:
        return False, {}

def validated(connection, log):
    try:
        return connection.validate()
    except Exception as error:
        log.error("validation failed: %s", error)
        try:
            advice = connection.recommendations()
        except Exception:
            advice = ["Look at the connection."]
        return advice

def shown(value):
    for name in ("model_dump", "to_dict"):
        try:
            return value.call(name)
        except Exception:
            pass
    return repr(value)

# best effort: without the library there is no trace
def tracer(library):
    try:
        return library.get_tracer("scores")
    except Exception:
        return None

def message(answer):
    try:
        return answer.parse_message()
    except Exception:
        return "Erro de comunicação"
```

What stands in for a text that is only logged, or told in an error, misleads nobody:

```python
import logging

log = logging.getLogger(__name__)

async def checked(answer):
    try:
        detail = await answer.read_all()
    except Exception:
        detail = "N/A"
    log.warning("refused: " + detail)
    raise RuntimeError(f"refused: {detail}")
```

## Limits

Files of tests and stand-ins (`mocks/`, `mock_server.py`) are not judged, nor are imports that may fail.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.handlers import BroadHandler
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL152",
    name="fallback-without-log",
    message="`{caught}` silently turns every error of `{attempt}` into `{fallback}`; log it with `exc_info`, or catch"
    " only what is expected here",
    severity=Severity.HIGH,
    story="PROC-REV-01-05",
    since="0.1.0",
)


@RULE.on(BroadHandler)
def check(handler: BroadHandler, _config: object) -> Iterator[Finding]:
    """Report handlers that put a fallback in the place of what failed."""
    if handler.fallback is not None:
        yield RULE.finding(handler.position, caught=handler.caught, attempt=handler.attempt, fallback=handler.fallback)
