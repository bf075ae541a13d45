"""An export that the installed H2O refuses.

## Why
Since 3.46.0.12 (2026-08-11) the open-source build raises `H2OValueError: MOJO export requires H2O-3 Secure` from
`download_mojo`, `save_mojo` and `download_pojo`. A training job with that version, or with a range that admits it,
fails at its last step, after the hours of training. 3.46.0.11 is the last open release that exports.

## Bad
`requirements.txt`:
```requirements
h2o>=3.46
```

`train.py`:
```python
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_mojo(path="models/churn.zip")  # PAL319:4
```

Where the receiver's type is not known, the method's name tells:

`pyproject.toml`:
```toml
[project]
dependencies = ["h2o==3.46.0.12"]

[tool.planalign]
```

`train.py`:
```python
def export(model):
    model.save_mojo("models")  # PAL319:4
```

## Good
`requirements.txt`:
```requirements
h2o==3.46.0.11
```

`train.py`:
```python
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_mojo(path="models/churn.zip")
```

The licensed build exports:

`pyproject.toml`:
```toml
[project]
dependencies = ["h2o==3.46.0.12"]

[tool.planalign.development]
h2o-secure = true
```

`train.py`:
```python
def export(model):
    model.save_mojo("models")
```

No requirement anywhere says nothing:

```python
def export(model):
    model.save_mojo("models")
```

## Options
`h2o-secure = true` in `[tool.planalign.development]`: the licensed build is used.

## Limits
The version is that of the lock file, else the exact requirement, else the newest known one (3.46.0.12) that a
requirement admits.

## References
- [h2oai/h2o-3 issue 16903](https://github.com/h2oai/h2o-3/issues/16903)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import UnavailableExport
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL319",
    name="export-not-available",
    message="`{call}` raises in open-source H2O {version} ({where}), which exports nothing; pin 3.46.0.11, or use the "
    "licensed build",
    severity=Severity.HIGH,
    story="DEV-REV-01-01",
    since="0.1.0",
)


@RULE.on(UnavailableExport)
def check(export: UnavailableExport, _config: object) -> Iterator[Finding]:
    """Report the export."""
    confidence = Confidence.CERTAIN if export.certain else Confidence.PROBABLE
    yield RULE.finding(
        export.position, confidence=confidence, call=export.call, version=export.version, where=export.where
    )
