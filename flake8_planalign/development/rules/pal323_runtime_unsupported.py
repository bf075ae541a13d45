"""A model or a package that the runtime in the plan cannot take.

## Why
A MOJO of a newer H2O has a mojo_version that an older h2o-genmodel refuses. daimojo, which runs the models of
Driverless AI, has wheels for some versions of Python on glibc and x86-64 alone, and reads no model of a newer runtime.

## Bad
`requirements.txt`:
```requirements
h2o==3.30.0.1
```

`models/churn.zip`:
```zip
--- model.ini
[info]
algorithm = Gradient Boosting Machine
mojo_version = 1.40
category = Regression
supervised = true
n_features = 1
n_classes = 1
n_columns = 2
balance_classes = false
default_threshold = 0.5
n_trees = 0
n_trees_per_class = 1
_genmodel_encoding = AUTO
distribution = gaussian
init_f = 0.0

[columns]
age
churn

[domains]
--- experimental/README.md
made by hand
```
```expect
models/churn.zip:1:0 PAL323
```

An image that daimojo has no wheel for:

`Dockerfile`:
```dockerfile
# PAL323:5
FROM python:3.13-slim
RUN pip install daimojo==2.8.8
```

`legacy/Dockerfile`:
```dockerfile
# PAL323:5
FROM python:3.11-alpine
RUN pip install daimojo==2.8.8
```

`pyproject.toml`:
```toml
[tool.planalign]

[project]
requires-python = ">=3.13"  # PAL323:19
dependencies = ["daimojo==2.8.8"]
```

A model of a newer runtime:

`requirements.txt`:
```requirements
daimojo==2.8.5  # PAL323:0
```

`models/pipeline.mojo`:
```zip
--- mojo/pipeline.pb
placeholder
--- mojo/dai_build.info
base_version="1.11.0"
mojo2_runtime_version="2.8.8"
```

## Good
`requirements.txt`:
```requirements
h2o==3.46.0.11
daimojo==2.8.8
```

`models/churn.zip`:
```zip
--- model.ini
[info]
algorithm = Gradient Boosting Machine
mojo_version = 1.40
category = Regression
supervised = true
n_features = 1
n_classes = 1
n_columns = 2
balance_classes = false
default_threshold = 0.5
n_trees = 0
n_trees_per_class = 1
_genmodel_encoding = AUTO
distribution = gaussian
init_f = 0.0

[columns]
age
churn

[domains]
--- experimental/README.md
made by hand
```

`models/pipeline.mojo`:
```zip
--- mojo/pipeline.pb
placeholder
--- mojo/dai_build.info
base_version="1.11.0"
mojo2_runtime_version="2.8.8"
```

`Dockerfile`:
```dockerfile
FROM python:3.11-slim
RUN pip install -r requirements.txt
```

## Limits
Wheels are those that PyPI had on 2026-08-13; which runtime reads which model of Driverless AI is not published, so
that only an older runtime is reported.

## References
- [daimojo on PyPI](https://pypi.org/project/daimojo/#files)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import Unsupported
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL323",
    name="runtime-unsupported",
    message="{problem}; {remedy}",
    severity=Severity.MEDIUM,
    story="DEV-REV-01-02",
    since="0.1.0",
)


@RULE.on(Unsupported)
def check(unsupported: Unsupported, _config: object) -> Iterator[Finding]:
    """Report the model, the requirement or the image."""
    yield RULE.finding(unsupported.position, problem=unsupported.problem, remedy=unsupported.remedy)
