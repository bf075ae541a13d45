"""A MOJO under a name that is not a zip, or another artifact where the MOJO is named.

## Why
What loads the model tells its form by its name, people do as well, and so do registries and ignore files. A MOJO is a
zip archive; a service that is given a `.java` file or a binary model has not been given a MOJO.

## Bad
```python
import os

from h2o.estimators import H2OGradientBoostingEstimator

NAME = "churn.model"

def export(frame, folder):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_mojo(path="models/churn.java")  # PAL313:29
    model.save_mojo(os.path.join(folder, "churn.mojo"))  # PAL313:20
    model.download_mojo(NAME)  # PAL313:24
    publish(model, NAME)  # PAL313:4

def publish(model, path):
    model.download_mojo(path=path)
```

`requirements.txt`:
```requirements
h2o==3.46.0.11
```

`settings.py`:
```python
MODEL_PATH = "models/gbm_churn.java"  # PAL313:14
```

`compose.yaml`:
```yaml
services:
  api:
    environment:
      MODEL_FILE: /models/GBM_model_python_1763772000000_1  # PAL313:18
```

## Good
`requirements.txt`:
```requirements
h2o==3.46.0.11
```

`train.py`:
```python
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame, folder):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_mojo(path=f"{folder}/churn.zip")
    model.save_mojo("models/v1.2")
    model.download_mojo(folder)
```

`settings.py`:
```python
MODEL_PATH = "models/churn.zip"
MODEL_CLASS_FILE = "Scorer.java is compiled by Maven"
SOURCE_FILE = "Scorer.java"
```

## Limits
Of a path that is put together its constant end is read; a path given to a helper function that exports is reported at
that call. Names are those with `MOJO` or `MODEL` and one of `PATH`,
`FILE`, `URI`, `ARTIFACT`, in projects that require H2O.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import MojoPath, WrongArtifact
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL313",
    name="mojo-path-not-zip",
    message="{subject} is not named as a MOJO: `{path}`; a MOJO is a `.zip`",
    severity=Severity.MEDIUM,
    story="DEV-REV-01-01",
    since="0.1.0",
)


@RULE.on(MojoPath)
def check_export(written: MojoPath, _config: object) -> Iterator[Finding]:
    """Report the path that a MOJO is written to."""
    yield RULE.finding(written.position, subject=f"what `{written.call}` writes", path=written.path)


@RULE.on(WrongArtifact)
def check_name(artifact: WrongArtifact, _config: object) -> Iterator[Finding]:
    """Report the path of what is named as the model."""
    yield RULE.finding(artifact.position, subject=f"`{artifact.name}`", path=artifact.path)
