"""A report that is older than the code that it proves.

## Why

Evidence is about the code that ran. Once the detector, the loader or the pipeline has changed, the report of the run
before says nothing about them, and still looks like a proof.

## Bad

`pyproject.toml`:

```toml
[tool.planalign.scenarios.drift]
evidence = ["reports/drift.xml"]
code = ["src/monitoring.py"]
```

`src/monitoring.py`:

```python
THRESHOLD = 0.2
```

`reports/drift.xml`:

```xml
<testsuite name="drift" timestamp="2020-02-20T20:20:20"><testcase name="test_income_drift"/></testsuite>
```

```expect
reports/drift.xml:1:0 PAL524
```

## Good

`pyproject.toml`:

```toml
[tool.planalign.scenarios.drift]
evidence = ["reports/drift.xml"]
code = ["src/monitoring.py"]
```

`src/monitoring.py`:

```python
THRESHOLD = 0.2
```

`reports/drift.xml`:

```xml
<testsuite name="drift" timestamp="2999-01-01T00:00:00"><testcase name="test_income_drift"/></testsuite>
```

## Options

`code` in `[tool.planalign.scenarios.NAME]`: globs of the code that the scenario proves; without it nothing is compared.

## Limits

The time of a file is that of the last commit that changed it; outside of git, the report's own `timestamp`, else the
time of the file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.scenario.model import SWAP, Report

RULE = Rule(
    code="PAL524",
    name="evidence-stale",
    message="this report of `{scenario}` is from {ran}, and `{code}`, which it proves, changed on {changed}; run the"
    " scenario again",
    severity=Severity.LOW,
    story=SWAP,
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(Report)
def check(report: Report, _config: object) -> Iterator[Finding]:
    """Report evidence that is older than its code."""
    if report.ran < report.changed:
        yield RULE.finding(
            report.position,
            scenario=report.scenario,
            ran=_day(report.ran),
            changed=_day(report.changed),
            code=report.code,
        )


def _day(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()
