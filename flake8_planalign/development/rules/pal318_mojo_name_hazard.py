"""A name in a MOJO that its reader sees otherwise than it was meant.

## Why
H2O writes the names of columns as they are and reads them trimmed: ` lead` becomes `lead`, and the value that a request
gives for the one never reaches the other; `#rooms` becomes a comment, and a column `[domains]` ends the list. And it
writes UTF-8 always, but reads in the charset of the JVM, which up to Java 17 is ASCII in a slim image without a locale:
`São Paulo` becomes `S??o Paulo`, and the level is unknown.

## Bad
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
models/churn.zip:1:0 PAL318
```

`models/credit.zip`:
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
região
churn

[domains]
--- experimental/README.md
made by hand
```

`Dockerfile`:
```dockerfile
FROM debian:12-slim
RUN apt-get update && apt-get install -y openjdk-17-jre-headless
```
```expect
models/credit.zip:1:0 PAL318
```

## Good
`models/credit.zip`:
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
região
churn

[domains]
--- experimental/README.md
made by hand
```

`Dockerfile`:
```dockerfile
FROM debian:12-slim
ENV LC_ALL=C.UTF-8
RUN apt-get update && apt-get install -y openjdk-17-jre-headless
```

The images of Temurin and Corretto set a locale:

`models/credit.zip`:
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
região
churn

[domains]
--- experimental/README.md
made by hand
```

`Dockerfile`:
```dockerfile
FROM eclipse-temurin:17-jre
COPY models/credit.zip /
```

## Limits
Images are those of the tree's Dockerfiles. Java of version 8, 11 or 17 is seen that apt installs by its version
(`openjdk-17-jre`). The base image's locale is known for those that set none and are built from a bare file system:
Debian, Ubuntu, UBI, Rocky, Alma and CentOS. The images of Temurin (`LC_ALL='en_US.UTF-8'`) and Corretto
(`LANG=C.UTF-8`) set one in their own Dockerfiles, as do those of OpenJDK; they are told only where the tree sets `C`
or `POSIX` over it. Of any other image nothing is said.

## References
- [JEP 400: UTF-8 by default](https://openjdk.org/jeps/400)
- [adoptium/containers: Dockerfiles of Temurin](https://github.com/adoptium/containers/blob/main/17/jre/ubuntu/jammy/Dockerfile)
- [corretto/corretto-docker: Dockerfile of Corretto](https://github.com/corretto/corretto-docker/blob/main/17/jdk/debian/Dockerfile)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import NameHazard
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL318",
    name="mojo-name-hazard",
    message="{problem}; {remedy}",
    severity=Severity.MEDIUM,
    story="DEV-REV-01-01",
    since="0.1.0",
)


@RULE.on(NameHazard)
def check(hazard: NameHazard, _config: object) -> Iterator[Finding]:
    """Report the model."""
    yield RULE.finding(hazard.position, problem=hazard.problem, remedy=hazard.remedy)
