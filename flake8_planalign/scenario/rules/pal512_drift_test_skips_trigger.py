"""A drift test that does not look for the retraining.

## Why

A test that feeds drifted data and asserts a score, or that an alert was logged, passes on a platform that never
retrains. The story is that drift *triggers the pipeline*: the call of Mage's API, the row of the trigger, or the run
itself has to be asserted.

## Bad

`tests/test_drift.py`:

```python
import h2o

def test_feature_drift_is_noticed(platform, incomes):  # PAL512:4
    platform.ingest(incomes * 3)
    assert platform.report()["drifted"]
    assert (platform.models / "champion.zip").exists()
```

## Good

`tests/test_drift.py`:

```python
import h2o

def test_feature_drift_retrains(platform, incomes, httpx_mock):
    platform.ingest(incomes * 3)
    calls = httpx_mock.get_requests(url="http://mage:6789/api/pipeline_schedules/7/pipeline_runs")
    assert len(calls) == 1
    assert platform.latest_mojo().exists()
```

Asserted by a helper of the file:

`tests/test_drift.py`:

```python
import h2o
from unittest import mock

def assert_retrained(trigger, models):
    trigger.assert_called_once_with("train_scoring")
    assert list(models.glob("*.zip"))

def test_covariate_drift(platform, shifted_features, tmp_path):
    with mock.patch("platform.mage.trigger_pipeline") as trigger:
        platform.monitor(shifted_features, models=tmp_path)
    assert_retrained(trigger, tmp_path)
```

## Limits

Only a test in which data is seen to move is judged: drawn from another distribution, changed by a number, or handled by
a name that says so. A test that has to do with drift by its name alone is not, unless the plan names it, nor is one of
the function that moves the data. Reported once for a project, at the drift test that goes furthest, and only if none
asserts a trigger. What is asserted is followed back to the calls that it comes from, inside the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.scenario.model import DRIFT, DriftTest

RULE = Rule(
    code="PAL512",
    name="drift-test-skips-trigger",
    message="`{name}` lets data drift and asserts nothing about the retraining trigger, so it passes on a platform that"
    " never retrains; assert the pipeline run or the call that starts it",
    severity=Severity.MEDIUM,
    story=DRIFT,
    since="0.1.0",
)


@RULE.on(DriftTest)
def check(test: DriftTest, _config: object) -> Iterator[Finding]:
    """Report drift tests where no trigger is asserted."""
    if not test.asserts_trigger:
        yield RULE.finding(test.position, name=test.name)
