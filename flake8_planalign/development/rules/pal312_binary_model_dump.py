"""A model of H2O dumped in its binary form, or pickled.

## Why
A binary model loads only into a cluster of exactly the version that wrote it, and scoring with it takes a cluster. A
pickled model holds no model at all: it is a handle to a key in a cluster that will be gone.

## Bad
```python
import pickle

import h2o
import joblib
import mlflow.h2o
from h2o.automl import H2OAutoML
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    h2o.save_model(model, path="models")  # PAL312:4
    h2o.download_model(model, path="models")  # PAL312:4
    model.download_model(path="models")  # PAL312:4
    mlflow.h2o.log_model(model, "churn")  # PAL312:4
    joblib.dump(model, "churn.joblib")  # PAL312:4
    with open("churn.pkl", "wb") as file:
        pickle.dump(H2OAutoML().leader, file)  # PAL312:8
```

A helper function pickles what it is given, so the finding stands where it is given a model of H2O:

`persistence.py`:
```python
import joblib

def keep(thing, path):
    joblib.dump(thing, path)
```

`models.py`:
```python
import h2o

def best(grid_id):
    return h2o.get_grid(grid_id).models[0]
```

`run.py`:
```python
from models import best
from persistence import keep

keep(best("churn"), "churn.joblib")  # PAL312:0
```

`requirements.txt`:
```requirements
h2o==3.46.0.11
```

## Good
```python
import joblib
import mlflow.sklearn
from h2o.estimators import H2OGradientBoostingEstimator
from sklearn.linear_model import LogisticRegression

def export(frame, model):
    boosted = H2OGradientBoostingEstimator()
    boosted.train(y="churn", training_frame=frame)
    boosted.download_mojo(path="models/churn.zip")
    boosted.save_model_details(path="reports")
    joblib.dump(LogisticRegression(), "churn.joblib")
    joblib.dump({"model_id": boosted.model_id}, "churn.json")
    mlflow.sklearn.log_model(LogisticRegression(), "churn")
    model.save_model("churn.xgb")
```

## Limits
Models are known by their type: estimators, the leader of an AutoML, what `h2o.get_model`, `h2o.load_model` and the
like return, the models of a grid, and what functions of the project return of these. A helper function is followed
four calls deep. A file that does not mention H2O itself is looked into where a module that it imports does, and the
project states a version of H2O.

## References
- [H2O: binary models](https://docs.h2o.ai/h2o/latest-stable/h2o-docs/save-and-load-model.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import ModelExport
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL312",
    name="binary-model-dump",
    message="`{call}` dumps a model that only its own cluster version loads; export a MOJO with `download_mojo`",
    severity=Severity.HIGH,
    story="DEV-REV-01-01",
    since="0.1.0",
)


@RULE.on(ModelExport)
def check(export: ModelExport, _config: object) -> Iterator[Finding]:
    """Report the call."""
    if export.form == "binary":
        yield RULE.finding(export.position, call=export.call)
