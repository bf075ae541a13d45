"""A MOJO that H2O's reader rejects, cannot score with, or scores differently than it was written.

## Why
A MOJO is loaded long after it was exported, in the service. The reader checks little: it compares no tree with the
number of columns and no domain with the number of classes, and given a path it compares no checksum. A model with a
tree missing or with a flipped byte loads and answers, and the answers are others. What it does reject, it rejects with
a bare NullPointerException. So the model is read here as the reader of h2o-genmodel reads it, and the text says which
entry is wrong and what would come of it.

## Bad
The reader casts, and an integer is not a double:

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
init_f = 1

[columns]
age
churn

[domains]
--- experimental/README.md
made by hand
```
```expect
models/churn.zip:1:0 PAL316
```

The directory was zipped instead of what is in it:

`models/churn.zip`:
```zip
--- churn/model.ini
[info]
algorithm = Gradient Boosting Machine
--- churn/domains/d000.txt
no
yes
```
```expect
models/churn.zip:1:0 PAL316
```

A directory is a model as well; there the finding stands at the line:

`models/churn/model.ini`:
```ini
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
# PAL316:0
n_trees = four
_genmodel_encoding = AUTO
distribution = gaussian
init_f = 1.0

[columns]
age
churn

[domains]
```

## Good
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
init_f = 1.0

[columns]
age
churn

[domains]
--- experimental/README.md
made by hand
```

Archives and files that are none of H2O's are not looked into:

`data/settings.zip`:
```zip
--- model.ini
[camera]
name = D90
```

`config/model.ini`:
```ini
[camera]
name = D90
```

## Limits
What is written as valid is believed: a coefficient that was changed by hand is a coefficient. The bytes of entries are
compared with their checksums until 128 MiB have been decompressed. Models of Driverless AI (MOJO2) are told apart and
not judged.

## References
- [h2o-genmodel: ModelMojoReader](https://github.com/h2oai/h2o-3/blob/master/h2o-genmodel/src/main/java/hex/genmodel/ModelMojoReader.java)
- [Productionizing H2O](https://docs.h2o.ai/h2o/latest-stable/h2o-docs/productionizing.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import InvalidMojo
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL316",
    name="invalid-mojo",
    message="invalid MOJO: {entry} {problem}; {effect}",
    severity=Severity.HIGH,
    story="DEV-REV-01-01",
    since="0.1.0",
)


@RULE.on(InvalidMojo)
def check(mojo: InvalidMojo, _config: object) -> Iterator[Finding]:
    """Report the fault at the archive, or at its line in a directory."""
    fault = mojo.fault
    yield RULE.finding(mojo.position, entry=fault.entry, problem=fault.problem, effect=fault.effect)
