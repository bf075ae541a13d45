"""A model exported as a POJO.

## Why
A POJO is Java source: it has to be compiled for each model, does not exist for stacked ensembles and half of the other
algorithms, and large ones do not compile. The plan deploys MOJOs.

## Bad
```python
import h2o
from h2o.automl import H2OAutoML
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_pojo(path="models")  # PAL311:4
    h2o.download_pojo(model, path="models")  # PAL311:4
    aml = H2OAutoML()
    aml.leader.download_pojo()  # PAL311:4

def helper(model, path):
    model.download_pojo(path=path)  # PAL311:4
```

## Good
```python
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_mojo(path="models/churn.zip")

class Downloads:
    def download_pojo(self):
        return None

def other():
    Downloads().download_pojo()
```

## Limits
Where the type of the model is not known, the method's name suggests it: probable.

## References
- [POJO and MOJO](https://docs.h2o.ai/h2o/latest-stable/h2o-docs/productionizing.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import ModelExport
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL311",
    name="pojo-export",
    message="`{call}` exports a POJO; export a MOJO with `download_mojo`",
    severity=Severity.HIGH,
    story="DEV-REV-01-01",
    since="0.1.0",
)


@RULE.on(ModelExport)
def check(export: ModelExport, _config: object) -> Iterator[Finding]:
    """Report the call."""
    if export.form == "pojo":
        confidence = Confidence.CERTAIN if export.certain else Confidence.PROBABLE
        yield RULE.finding(export.position, confidence=confidence, call=export.call)
