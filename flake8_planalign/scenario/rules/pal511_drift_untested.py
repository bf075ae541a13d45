"""A platform that trains its model, and no test that lets its data drift.

## Why

That the platform retrains when its data drift is a promise about what happens in months. Unless a test shifts a
distribution and looks for the retraining, nobody has ever seen it work: the detector's threshold, the trigger's URL and
the export can each be wrong without any other test failing.

## Bad

`src/pipeline/train.py`:

```python
import h2o
from h2o.automl import H2OAutoML

def train(frame):
    search = H2OAutoML(max_runtime_secs=600)
    search.train(y="repaid", training_frame=frame)  # PAL511:11
    return search.leader
```

`tests/test_monitoring.py`:

```python
from monitoring import psi

def test_psi_of_feature_drift_is_large():
    assert psi([1, 2, 3], [7, 8, 9]) > 0.2

def test_clock_drift_of_the_scheduler(scheduler):
    assert scheduler.skew() < 1
```

A scenario of the plan whose tests hold none:

`pyproject.toml`:

```toml
[tool.planalign.scenarios.drift]  # PAL511:1
story = "SCN-REV-01-01"
tests = ["tests/test_drift.py"]
```

`tests/test_drift.py`:

```python
THRESHOLD = 0.2
```

## Good

`src/pipeline/train.py`:

```python
import h2o
from h2o.automl import H2OAutoML

def train(frame):
    search = H2OAutoML(max_runtime_secs=600)
    search.train(y="repaid", training_frame=frame)
    return search.leader
```

`tests/test_drift.py`:

```python
def test_drift_of_income_retrains_the_model(platform, incomes):
    platform.ingest(incomes * 3)
    run = platform.wait_for_pipeline_run("train_scoring")
    assert run.triggered_by == "drift"
    assert (platform.models / "champion.zip").exists()
```

What trains nothing has nothing to prove:

```python
import h2o

def connect(train):
    train.train("Berlin")
    return h2o.connect(url="http://h2o:54321")
```

## Options

`[tool.planalign.scenarios.NAME]` with `story = "SCN-REV-01-01"` names the tests in `tests`; then the finding stands at
that table.

## Limits

Reported once for a project, at the first file that trains. A test proves drift if its name speaks of drift and data, or
if it uses a drift detector or draws from a moved distribution and speaks of retraining; one that only calls a metric
does not. Notebooks, examples and scripts are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.rule import Finding, Rule, Severity
from flake8_planalign.scenario.model import DRIFT, Planned, Training

RULE = Rule(
    code="PAL511",
    name="drift-untested",
    message="no test simulates data drift for `{what}`, so nobody knows whether drift leads to a new model; add a test"
    " that shifts a feature and asserts the retraining",
    severity=Severity.MEDIUM,
    story=DRIFT,
    since="0.1.0",
)


@RULE.on(Training)
def check_training(training: Training, _config: object) -> Iterator[Finding]:
    """Report training without a drift test."""
    if not training.drift_tests:
        yield RULE.finding(training.position, what=training.what)


@RULE.on(Planned)
def check_plan(planned: Planned, _config: object) -> Iterator[Finding]:
    """Report a drift scenario of the plan without tests."""
    if planned.story == DRIFT and not planned.tests:
        yield RULE.finding(planned.position, what=planned.name)
