"""A MOJO exported without the jar that the project scores it with.

## Why
`mojo_predict_pandas` and Java code need h2o-genmodel.jar of a version that reads the model. Fetched with the model it
always fits.

## Bad
`train.py`:
```python
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_mojo(path="models/churn.zip")  # PAL314:4
    model.download_mojo(path="models/churn.zip", get_genmodel_jar=False)  # PAL314:4
```

`score.py`:
```python
from h2o.utils.shared_utils import mojo_predict_pandas

def score(frame):
    return mojo_predict_pandas(frame, "models/churn.zip")
```

Under another name:

`train.py`:
```python
import h2o

def export(model_id):
    h2o.get_model(model_id).download_mojo("models/churn.zip", False)  # PAL314:4
```

`score.py`:
```python
import h2o.utils.shared_utils as client

predict = client.mojo_predict_csv

def score(path):
    return predict(path, "models/churn.zip")
```

A script that starts one of the jar's own programs:

`train.py`:
```python
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_mojo(path="models/churn.zip")  # PAL314:4
```

`score.sh`:
```sh
java -cp h2o-genmodel.jar hex.genmodel.tools.PredictCsv --mojo models/churn.zip --input in.csv --output out.csv
```

## Good
`train.py`:
```python
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_mojo(path="models/churn.zip", get_genmodel_jar=True)
```

`score.py`:
```python
from h2o.utils.shared_utils import mojo_predict_pandas

def score(frame):
    return mojo_predict_pandas(frame, "models/churn.zip")
```

What is handed on may ask for the jar:

`train.py`:
```python
import h2o

def export(model_id, **options):
    h2o.get_model(model_id).download_mojo("models/churn.zip", **options)
```

`score.py`:
```python
import h2o

def score(frame):
    return h2o.mojo_predict_pandas(frame, "models/churn.zip")
```

Where the model is imported into a cluster, no jar is needed:

`train.py`:
```python
import h2o
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_mojo(path="models/churn.zip")
    return h2o.import_mojo("models/churn.zip")
```

Maven brings it:

`train.py`:
```python
from h2o.estimators import H2OGradientBoostingEstimator

def export(frame):
    model = H2OGradientBoostingEstimator()
    model.train(y="churn", training_frame=frame)
    model.download_mojo(path="models/churn.zip")
```

`src/main/java/Scorer.java`:
```java
import hex.genmodel.MojoModel;
class Scorer {}
```

`pom.xml`:
```xml
<dependency><groupId>ai.h2o</groupId><artifactId>h2o-genmodel</artifactId></dependency>
```

## Limits
Scoring in Java is seen by `mojo_predict_*`, by Java sources that import `hex.genmodel`, and by a command that starts a
class of `hex.genmodel.tools`. A jar in the tree, brought by a Dockerfile, or as a dependency of Maven, Gradle or sbt
counts as present; one that a command only has on its class path does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import MissingJar
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL314",
    name="genmodel-jar-missing",
    message="`{call}` leaves out h2o-genmodel.jar, which {evidence} needs; pass `get_genmodel_jar=True`",
    severity=Severity.LOW,
    story="DEV-REV-01-01",
    since="0.1.0",
)


@RULE.on(MissingJar)
def check(missing: MissingJar, _config: object) -> Iterator[Finding]:
    """Report the export."""
    yield RULE.finding(missing.position, call=missing.call, evidence=missing.evidence)
