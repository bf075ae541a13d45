"""Two versions of H2O in one project.

## Why
Client, cluster, scoring jar, image and model come from five places, and nothing compares them until they meet:
`Version mismatch. H2O is version 3.46.0.7, but the h2o-python package is version 3.46.0.11`. One pin is the truth; each
place that deviates from it is reported where it stands.

## Bad
`requirements.txt`:
```requirements
h2o==3.46.0.11
```

`Dockerfile`:
```dockerfile
# PAL322:16
ARG H2O_VERSION=3.46.0.7
FROM eclipse-temurin:17
ARG H2O_VERSION
# PAL322:9
RUN wget https://h2o-release.s3.amazonaws.com/h2o/rel-3.46.0/7/h2o-3.46.0.6.zip
```

`k8s/h2o.yaml`:
```yaml
apiVersion: apps/v1
kind: StatefulSet
spec:
  template:
    spec:
      containers:
        - image: h2oai/h2o-open-source-k8s:3.44.0.3  # PAL322:17
```

`models/churn.zip`:
```zip
--- model.ini
[info]
h2o_version = 3.46.0.10
algorithm = Gradient Boosting Machine
--- domains/d000.txt
no
yes
```
```expect
models/churn.zip:1:0 PAL322
```

The plan may name the version itself:

`pyproject.toml`:
```toml
[project]
name = "scoring"
dependencies = ["h2o==3.46.0.7"]  # PAL322:17

[tool.planalign.development]
h2o-version = "3.46.0.11"
```

## Good
`requirements.txt`:
```requirements
h2o==3.46.0.11
h2o-pysparkling-3.5==3.46.0.11.post1
```

`Dockerfile`:
```dockerfile
FROM eclipse-temurin:17
ARG H2O_VERSION=3.46.0.11
RUN wget https://h2o-release.s3.amazonaws.com/h2o/rel-3.46.0/11/h2o-${H2O_VERSION}.zip
```

`values.yaml`:
```yaml
image:
  repository: h2oai/h2o-open-source-k8s
  tag: 3.46.0.11
```

## Options
`h2o-version` in `[tool.planalign.development]` is the pin; without it, the lock file's version is, else the exact
requirement nearest the project's root.

## Limits
Of several lock files or requirements the one nearest the root is the pin, alphabetically if they are equally near; the
others deviate. What tests, examples and documentation are installed with is no pin. A variable of a Compose file that
`.env` sets is reported where it is used. Of Maven, commands and addresses that fetch h2o-genmodel.jar are read, build
files are not.

## References
- [H2O FAQ: version mismatch](https://docs.h2o.ai/h2o/latest-stable/h2o-docs/faq/python.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import Mismatch
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL322",
    name="h2o-version-mismatch",
    message="{subject} has H2O {version}, but {other}; {remedy}",
    severity=Severity.HIGH,
    story="DEV-REV-01-02",
    since="0.1.0",
)


@RULE.on(Mismatch)
def check(mismatch: Mismatch, _config: object) -> Iterator[Finding]:
    """Report the place that deviates."""
    stated = mismatch.statement
    if not mismatch.pin:
        other, remedy = stated.loose, "make both the same"
    else:
        other = f"the pin is {mismatch.pin} ({mismatch.where})"
        remedy = f"make it {mismatch.pin}" if stated.kind < stated.kind.ARTIFACT else "export the model anew"
    yield RULE.finding(
        stated.position,
        related=mismatch.related,
        subject=stated.subject,
        version=stated.version,
        other=other,
        remedy=remedy,
    )
