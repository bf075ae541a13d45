"""A drift test that does not look for the new MOJO.

## Why

Retraining that ends without an exported MOJO changes nothing for the service, which goes on scoring with the model of
before the drift. It is the step that fails most quietly: the cluster was restarted, the volume was full, the path was
another one. The scenario is over when the new artifact is there.

## Bad

`tests/test_drift.py`:

```python
import h2o

def test_feature_drift_retrains(platform, incomes):  # PAL513:4
    platform.ingest(incomes * 3)
    run = platform.wait_for_pipeline_run("train_scoring")
    assert run.status == "completed"
```

## Good

`tests/test_drift.py`:

```python
import h2o

def test_feature_drift_retrains(platform, incomes):
    before = platform.mojo_path().stat().st_mtime_ns
    platform.ingest(incomes * 3)
    run = platform.wait_for_pipeline_run("train_scoring")
    assert run.status == "completed"
    assert platform.mojo_path().stat().st_mtime_ns > before
```

## Limits

Only a test in which data is seen to move is judged: drawn from another distribution, changed by a number, or handled by
a name that says so. A test that has to do with drift by its name alone is not, unless the plan names it, nor is one of
the function that moves the data. Reported once for a project, at the drift test that goes furthest, and only if none
asserts anything about a MOJO, a model file or its version.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.scenario.model import DRIFT, DriftTest

RULE = Rule(
    code="PAL513",
    name="drift-test-skips-export",
    message="`{name}` lets data drift and asserts nothing about a new MOJO, without which the service keeps the model"
    " of before; assert the exported file or its version",
    severity=Severity.MEDIUM,
    story=DRIFT,
    since="0.1.0",
)


@RULE.on(DriftTest)
def check(test: DriftTest, _config: object) -> Iterator[Finding]:
    """Report drift tests where no export is asserted."""
    if not test.asserts_export:
        yield RULE.finding(test.position, name=test.name)
