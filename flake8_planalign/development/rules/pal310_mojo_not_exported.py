"""A training of H2O whose model never becomes a MOJO.

## Why
A trained model lives in the cluster, and goes with it. What the service loads is a MOJO, and a pipeline that trains
without exporting one leaves the step to somebody's notebook.

## Bad
A block of a Mage pipeline:

`custom/train.py`:
```python
from h2o.automl import H2OAutoML

@custom
def train(frame, *args, **kwargs):
    aml = H2OAutoML(max_models=5)
    aml.train(y="churn", training_frame=frame)  # PAL310:4
    return aml.leader.model_id
```

`data_exporters/publish.py`:
```python
@data_exporter
def publish(model_id, *args, **kwargs):
    print(model_id)
```

`pipelines/churn/metadata.yaml`:
```yaml
name: churn
blocks:
- name: train
  uuid: train
- name: publish
  uuid: publish
```

A script:

```python
from h2o.estimators import H2OGradientBoostingEstimator

def main(frame):
    model = H2OGradientBoostingEstimator(ntrees=50)
    model.train(y="churn", training_frame=frame)  # PAL310:4

if __name__ == "__main__":
    main(None)
```

A module that exports, of which the script runs nothing that does:

`churn/training.py`:
```python
from h2o.estimators import H2OGradientBoostingEstimator

def fit(frame):
    model = H2OGradientBoostingEstimator(ntrees=50)
    model.train(y="churn", training_frame=frame)  # PAL310:4
    return model
```

`churn/publishing.py`:
```python
def publish(model):
    model.download_mojo(path="models/churn.zip")

def describe(model):
    print(model)
```

`main.py`:
```python
from churn import publishing, training

if __name__ == "__main__":
    publishing.describe(training.fit(None))
```

What is only a comment exports nothing:

```python
from h2o.estimators import H2OGradientBoostingEstimator

def main(frame):
    model = H2OGradientBoostingEstimator(ntrees=50)
    model.train(y="churn", training_frame=frame)  # PAL310:4
    # model.download_mojo(path="models/churn.zip")

if __name__ == "__main__":
    main(None)
```

## Good
`custom/train.py`:
```python
import h2o
from h2o.automl import H2OAutoML

@custom
def train(frame, *args, **kwargs):
    aml = H2OAutoML(max_models=5)
    aml.train(y="churn", training_frame=frame)
    return aml.leader.model_id
```

`data_exporters/publish.py`:
```python
import h2o

@data_exporter
def publish(model_id, *args, **kwargs):
    h2o.get_model(model_id).download_mojo(path="models/churn.zip")
```

`pipelines/churn/metadata.yaml`:
```yaml
name: churn
blocks:
- name: train
  uuid: train
- name: publish
  uuid: publish
```

A script whose training and export stand in other modules:

`churn/training.py`:
```python
from h2o.estimators import H2OGradientBoostingEstimator

def fit(frame):
    model = H2OGradientBoostingEstimator(ntrees=50)
    model.train(y="churn", training_frame=frame)
    return model
```

`churn/publishing.py`:
```python
class Publisher:
    def publish(self, model):
        model.download_mojo(path="models/churn.zip")
```

`main.py`:
```python
from churn import publishing, training

if __name__ == "__main__":
    publishing.Publisher().publish(training.fit(None))
```

A method that is handed on:

```python
from concurrent.futures import ThreadPoolExecutor
from h2o.estimators import H2OGradientBoostingEstimator

def main(frame):
    model = H2OGradientBoostingEstimator(ntrees=50)
    model.train(y="churn", training_frame=frame)
    with ThreadPoolExecutor() as pool:
        pool.submit(model.download_mojo, "models/churn.zip")

if __name__ == "__main__":
    main(None)
```

A script beside it is its next step:

`jobs/1_train.py`:
```python
from h2o.estimators import H2OGradientBoostingEstimator

model = H2OGradientBoostingEstimator(ntrees=50, model_id="churn")
model.train(y="churn", training_frame=None)
```

`jobs/2_publish.py`:
```python
import h2o

h2o.get_model("churn").download_mojo("models/churn.zip")
```

A library function, whose callers decide:

```python
from h2o.estimators import H2OGradientBoostingEstimator

def fit(frame):
    model = H2OGradientBoostingEstimator(ntrees=50)
    model.train(y="churn", training_frame=frame)
    return model
```

## Limits
Programs are scripts (`if __name__ == "__main__"`, `__main__.py`, and what runs at the top level of a file that nothing
imports), console commands that pyproject.toml, setup.cfg or setup.py name, and Mage pipelines, outside of tests,
documentation, examples, tutorials, experiments and notebooks. A training
counts for every program whose calls lead to it, and is reported if none of them exports. A call on an object of which
nothing is known may be any function of its name in the program's modules; a script in the same directory that exports
is taken for the next step, and what a decorator of a library takes is taken to run.

## References
- [H2O: saving, loading, downloading and uploading models](https://docs.h2o.ai/h2o/latest-stable/h2o-docs/save-and-load-model.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import UnexportedTraining
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL310",
    name="mojo-not-exported",
    message="`{call}` trains a model that {where} never exports as a MOJO; add `model.download_mojo(...)`",
    severity=Severity.MEDIUM,
    story="DEV-REV-01-01",
    since="0.1.0",
)


@RULE.on(UnexportedTraining)
def check(training: UnexportedTraining, _config: object) -> Iterator[Finding]:
    """Report the training."""
    yield RULE.finding(training.position, call=training.call, where=training.where)
