"""`time.sleep` on the event loop.

## Why

`time.sleep` stops the thread that it runs in. On the event loop that is the one thread that serves every request,
so all of them wait. It matters just as much in a helper several calls below the coroutine.

## Bad

```python
import time

async def poll():
    time.sleep(1)  # PAL111:4
```

`app/backoff.py`:

```python
from time import sleep as pause

def back_off(attempt: int) -> None:
    pause(2**attempt)
```

`app/client.py`:

```python
from app.backoff import back_off

async def fetch():
    back_off(3)  # PAL111:4
```

## Good

```python
import asyncio
import time

async def poll():
    await asyncio.sleep(1)
    await asyncio.to_thread(time.sleep, 1)

def wait_in_a_worker():
    time.sleep(1)
```

A helper whose wait is meant can say so, for all its callers:

```python
import time

def settle() -> None:  # planalign: nonblocking
    time.sleep(0.001)

async def write():
    settle()
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.model import BLOCKS, BlockingCall, blocking_findings
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL111",
    name="blocking-sleep",
    message=BLOCKS,
    severity=Severity.CRITICAL,
    story="PROC-REV-01-01",
    since="0.1.0",
)


@RULE.on(BlockingCall)
def check(call: BlockingCall, _config: object) -> Iterator[Finding]:
    """Report calls of kind `sleep`."""
    return blocking_findings(RULE, call, "sleep")
