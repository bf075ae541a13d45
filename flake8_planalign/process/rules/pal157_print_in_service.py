"""`print` in service or library code.

## Why

What is printed has no level, no time and no logger, cannot be switched off, and is lost where standard output is not
collected.

## Bad

```python
def score(model, row):
    print("scoring", row)  # PAL157:4
    return model.score(row)
```

## Good

```python
import logging
import sys

logger = logging.getLogger(__name__)

def score(model, row):
    logger.info("scoring %s", row)
    print("no model", file=sys.stderr)
    return model.score(row)
```

`scripts/report.py`:

```python
print("a script speaks to its caller")
```

`app/wizard.py`:

```python
def ask() -> str:
    print("Which table?")
    return input("> ")
```

## Limits

Off by default: of 42 findings that were read in real code 18 were wrong, and still 11 of the 31 that were read after
scripts, migrations and dialogues had been left out. Text for a person at a terminal cannot be told from other text.

Scripts are silent: files below `scripts`, `tools`, `cli`, `migrations` and the like, those that run as `__main__` or
ask with `input()`, and what a module prints outside of functions. So is a line with a `noqa` for flake8-print's T201.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.messages import Print
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL157",
    name="print-in-service",
    message="`print` has no level and is lost where standard output is not collected; use a logger",
    severity=Severity.LOW,
    story="PROC-REV-01-05",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(Print)
def check(call: Print, _config: object) -> Iterator[Finding]:
    """Report calls of `print`."""
    yield RULE.finding(call.position)
