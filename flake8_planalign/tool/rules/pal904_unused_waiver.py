"""A waiver hides nothing any more.

## Why
A waiver outlives its reason: the helper has become asynchronous, the call is gone, the finding is mended. The next
blocking call that somebody writes there is then hidden, and nobody has decided that it may be. Off by default, so
that a clean-up is a step of its own: `--extend-select=PAL904`.

## Bad
The helper sleeps no more:

```python
import time

def settle() -> None:  # planalign: nonblocking  # PAL904:23
    return None

def pause(seconds: float) -> float:
    return round(seconds, 2)  # planalign: nonblocking  # PAL904:30

async def write() -> None:
    settle()
    pause(0.1)
```

## Good
```python
import time

def settle() -> None:  # planalign: nonblocking
    time.sleep(0.001)

class Meter:
    def read(self) -> str:
        return open("/proc/loadavg").read()  # planalign: nonblocking

async def write(meter: Meter) -> None:
    settle()
    meter.read()
```

## Limits
A comment counts as needed if the function or call on its line reaches a blocking API, whether or not a coroutine of
today calls it. An entry of the baseline (`--planalign-baseline`) is reported in the file that it is about, on the line
on which it was found; `planalign baseline --check` lists all at once, also for files that are gone. Nothing is said of
the baseline while `--planalign-min-confidence` or `--planalign-tiers` leaves findings out. `# noqa` is
flake8's own; flake8-noqa reports those that hide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.tool.model import UnusedWaiver

RULE = Rule(
    code="PAL904",
    name="unused-waiver",
    message="{what} hides nothing: {why}; {remedy}",
    severity=Severity.LOW,
    story="PAL9",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(UnusedWaiver)
def check(waiver: UnusedWaiver, _config: object) -> Iterator[Finding]:
    """Report the waiver where it stands."""
    yield RULE.finding(waiver.position, what=waiver.what, why=waiver.why, remedy=waiver.remedy)
