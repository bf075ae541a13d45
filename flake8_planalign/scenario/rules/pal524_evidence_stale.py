"""A report that is older than the code that it proves, or about another model.

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

A report that says which model it was about (`record_testsuite_property("model_version", ...)` in pytest):

`pyproject.toml`:

```toml
[tool.planalign.scenarios.swap]
evidence = ["reports/swap.xml"]
code = ["src/models.py"]
```

`src/models.py`:

```python
MODEL_VERSION = "2026-11-20"
```

`reports/swap.xml`:

```xml
<testsuite name="swap" timestamp="2999-01-01T00:00:00">
  <properties><property name="model_version" value="2026-08-01"/></properties>
  <testcase name="test_swap"/>
</testsuite>
```

```expect
reports/swap.xml:2:52 PAL524
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
time of the file. The model's version is compared where the JUnit report has a property `model_version`, `model_uuid`,
`model_id` or the like with `mojo`, and a file of `code` names one (`MODEL_VERSION = ...`, or the `uuid` of a MOJO).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.scenario.model import SWAP, OtherModel, Report

RULE = Rule(
    code="PAL524",
    name="evidence-stale",
    message="this report of `{scenario}` {why}; run the scenario again",
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
            why=f"is from {_day(report.ran)}, and `{report.code}`, which it proves, changed on {_day(report.changed)}",
        )


@RULE.on(OtherModel)
def check_model(other: OtherModel, _config: object) -> Iterator[Finding]:
    """Report evidence about a model that is not served."""
    why = f"is about model `{other.stated}`, and the code that it proves names `{other.served}`"
    yield RULE.finding(other.position, scenario=other.scenario, why=why)


def _day(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()
