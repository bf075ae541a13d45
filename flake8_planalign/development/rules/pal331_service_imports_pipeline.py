"""The service imports the pipeline.

## Why
The service is deployed without the pipeline: its image has no Mage, no H2O client, no training code. An import of the
pipeline, however it is made, is an ImportError in production or drags all of that along; and the two can no longer be
released apart.

## Bad
`pyproject.toml`:
```toml
[tool.planalign.layers]
service = ["src/service"]
pipeline = ["src/pipeline"]
common = ["src/common"]
```

`src/pipeline/__init__.py`:
```python
```

`src/pipeline/train.py`:
```python
THRESHOLD = 0.5
```

`src/service/__init__.py`:
```python
```

`src/common/__init__.py`:
```python
```

`src/common/bridge.py`:
```python
from pipeline.train import THRESHOLD
```

`src/service/api.py`:
```python
import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pipeline.train  # PAL331:7
from pipeline import train  # PAL331:5
from src.pipeline.train import THRESHOLD  # PAL331:5
from ..pipeline import train as other  # PAL331:7
from common import bridge  # PAL331:5

if TYPE_CHECKING:
    from pipeline import train as typed  # PAL331:9

def load():
    from pipeline.train import THRESHOLD  # PAL331:9
    importlib.import_module("pipeline.train")  # PAL331:28
    __import__("pipeline.train")  # PAL331:15
    subprocess.run([sys.executable, "-m", "pipeline.train"])  # PAL331:42
    subprocess.run("python src/pipeline/train.py", shell=True)  # PAL331:19
```

`src/service/path.py`:
```python
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "pipeline"))

import train  # PAL331:7
```

## Good
`pyproject.toml`:
```toml
[tool.planalign.layers]
service = ["src/service"]
pipeline = ["src/pipeline"]
common = ["src/common"]
```

`src/pipeline/__init__.py`:
```python
```

`src/pipeline/train.py`:
```python
THRESHOLD = 0.5
```

`src/service/__init__.py`:
```python
```

`src/common/__init__.py`:
```python
```

`src/common/settings.py`:
```python
import os
```

`src/service/api.py`:
```python
import json
from common import settings
from service import routes
from sklearn import pipeline
import sklearn.pipeline
```

`src/service/routes.py`:
```python
from . import api
```

`tests/test_drift.py`:
```python
from pipeline import train
from service import api
```

`src/service/tests/test_api.py`:
```python
from pipeline import train
```

`src/app.py`:
```python
from pipeline import train
from service import api

if __name__ == "__main__":
    print(train, api)
```

## Options
`service`, `pipeline` and `common` in `[tool.planalign.layers]`: lists of paths or globs, by default `src/service`,
`src/pipeline` and all the rest. Where there is no service directory, the modules that declare an app or a router are
the service.

## Limits
Tests, conftest.py, scripts, notebooks, documentation, migrations and modules that run (`if __name__ == "__main__"`, or
a console command begins in them) belong to no layer: what puts the layers together sees both. An import for the type
checker alone is reported where it stands, and does not carry a chain on. Names and paths that are handed to functions
which import, run a module or a file, or start a process are read where they are literals, or names that are bound once
to one.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import Layer, LayerImport, crossing
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL331",
    name="service-imports-pipeline",
    message="`{text}`{form}: the service imports the pipeline{chain}; move what both need to common code",
    severity=Severity.HIGH,
    story="DEV-REV-01-03",
    since="0.1.0",
)


@RULE.on(LayerImport)
def check(item: LayerImport, _config: object) -> Iterator[Finding]:
    """Report the import in the service."""
    if item.importer is Layer.SERVICE and item.imported is Layer.PIPELINE:
        yield crossing(RULE, item)
