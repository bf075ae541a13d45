"""A handler of every exception that does nothing.

## Why

`except Exception: pass` hides the failure that it was written for and every other one with it: the typo, the changed
signature, the database that is down. The service answers on, wrongly, and nobody can tell since when.

## Bad

```python
def warm_up(cache, keys):
    for key in keys:
        try:
            cache.refresh(key)
        except Exception:  # PAL151:8
            continue
    try:
        cache.touch()
    except:  # PAL151:4
        pass

async def publish(events, event):
    try:
        await events.send(event)
    except (ValueError, BaseException):  # PAL151:4
        ...
```

A comment that only repeats the code, or speaks to a tool, is no reason:

```python
def emit(metrics):
    try:
        metrics.emit()
    except Exception:  # pylint: disable=broad-except # PAL151:4
        pass  # ignore errors
```

Whoever counts what went well does not say what did not:

```python
def send_all(client, letters):
    sent = 0
    for letter in letters:
        try:
            client.send(letter)
            sent += 1
        except Exception:  # PAL151:8
            pass
    return sent
```

A loop over things, of which none has to succeed:

```python
def first(text, forms):
    try:
        return text.primary()
    except Exception:  # PAL151:4
        pass
    for form in forms:
        try:
            return form.read(text)
        except Exception:  # PAL151:8
            continue
    return None
```

## Good

```python
import contextlib
import logging

logger = logging.getLogger(__name__)

def warm_up(cache, keys):
    for key in keys:
        try:
            cache.refresh(key)
        except Exception:
            logger.warning("cannot refresh %s", key, exc_info=True)
    try:
        cache.touch()
    except TimeoutError:
        pass
    with contextlib.suppress(KeyError):
        cache.forget(keys[0])

async def publish(events, event, failures):
    try:
        await events.send(event)
    except Exception as error:
        failures.append(error)
    try:
        await events.flush_metrics()
    except Exception:
        raise RuntimeError from None
```

Ignoring is right where a comment says why, and where a thing is only let go of: nobody is left to care.

```python
import asyncio

try:
    import uvloop
except Exception:
    pass

def merged(issues):
    for issue in issues:
        try:
            # only a change can be read as one, otherwise this will throw
            yield issue.as_change()
        except Exception:
            continue

def policy():
    try:
        from winloop import EventLoopPolicy
        return EventLoopPolicy
    except Exception:
        return None

def prepare(streams):
    # one that cannot be changed falls back to what it was
    for stream in streams:
        if stream.is_text:
            try:
                stream.reconfigure(errors="replace")
            except Exception:
                pass

def identities(mentions):
    for mention in mentions:
        try:
            identity = mention
        except Exception:
            continue
        yield str(identity)

def number(value):
    if hasattr(value, "item"):
        try:
            return float(value.item())
        except Exception:
            pass
    return float(value)

def first_of(primary, secondary):
    try:
        return primary.read()
    except Exception:
        pass
    raise LookupError(secondary)

def is_in_container(files):
    try:
        if "docker" in files.read("/proc/self/cgroup"):
            return True
    except Exception:
        pass
    return files.has("/.dockerenv")

def draw(page, box):
    if hasattr(page, "rounded_box"):
        try:
            page.rounded_box(*box, radius=3)
            return
        except Exception:
            pass
    page.box(*box)

def health_check(client, names):
    reached = 0
    for name in names:
        try:
            client.retrieve(name)
            reached += 1
        except Exception:
            pass
    return {"reached": reached, "of": len(names)}

class Worker:
    def stop(self):
        try:
            self.connection.close()
        except Exception:
            pass

    def __del__(self):
        try:
            self.pool.drain()
        except Exception:
            pass

    def _close_pool(self):
        try:
            self.wrapped(self.pool)()
        except Exception:
            pass

    async def shutdown(self):
        try:
            await self.registry.clear_slot(self.name)
        except Exception:
            pass

    async def restart(self):
        self.task.cancel()
        try:
            await self.task
        except (asyncio.CancelledError, Exception):
            pass

    def report(self):
        try:
            self.statistics.emit()
        except Exception:  # best effort: numbers must never break the work they count
            pass
        # the numbers of yesterday are optional
        try:
            self.statistics.emit_old()
        except Exception:
            # an old server does not know the call
            pass

    def render(self, scene):
        try:
            # the renderer is not written yet
            pass
        except Exception:
            pass

    def copy(self, source, target):
        # keep the times of the original, but it's ok if we can't
        try:
            self.copy_times(source, target)
        except Exception:
            pass

    def run(self):
        try:
            self.work()
        except ValueError:
            try:
                self.undo()
            except Exception:
                pass
            raise
```

Where one way is tried after the other, the error is raised behind the last one; and what fails while something is
logged cannot be logged.

```python
import logging

def parsed(text, forms):
    for form in forms:
        try:
            return form.read(text)
        except Exception:
            continue
    raise ValueError(text)

def split(text, ways):
    for way in ways:
        try:
            head, tail = way.split(text)
            break
        except Exception:
            pass
    else:
        raise ValueError(text)
    return head, tail

def compare(log, old, new):
    try:
        gone = {part.name for part in old.load()} - {part.name for part in new.load()}
        log.info("gone: %s", gone)
    except Exception:
        pass

async def readiness(store):
    reached = False
    try:
        await store.ask()
        reached = True
    except Exception:
        pass
    return {"store": reached}

def report(log, usage):
    try:
        if hasattr(usage, "requests"):
            log.info("%d requests", len(usage.requests))
    except Exception:
        pass

class Collector(logging.Handler):
    def emit(self, record):
        try:
            self.client.send(self.format(record))
        except Exception:
            pass
```

## Limits

Files of tests are not judged, nor are stand-ins by their name (`mocks/`, `llm-mock/`, `mock_server.py`).
`contextlib.suppress(Exception)` says what it does and is not a handler.

## References

- [Python: handling exceptions](https://docs.python.org/3/tutorial/errors.html#handling-exceptions)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.handlers import BroadHandler
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL151",
    name="swallowed-exception",
    message="`{caught}` swallows every error of `{attempt}`, bugs included; log it, re-raise it, or catch only what is"
    " expected here",
    severity=Severity.HIGH,
    story="PROC-REV-01-05",
    since="0.1.0",
)


@RULE.on(BroadHandler)
def check(handler: BroadHandler, _config: object) -> Iterator[Finding]:
    """Report handlers that put nothing in the place of what failed."""
    if handler.fallback is None:
        yield RULE.finding(handler.position, caught=handler.caught, attempt=handler.attempt)
