"""The pipeline imports the service.

## Why
The pipeline runs in Mage, without the web framework, its settings and its connections. A training job that imports the
service fails where these are missing, or opens the service's pools in a batch job.

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

`src/service/__init__.py`:
```python
```

`src/common/__init__.py`:
```python
```

`src/service/routes.py`:
```python
LIMIT = 10
```

`src/common/bridge.py`:
```python
import service.routes
```

`src/pipeline/train.py`:
```python
from service.routes import LIMIT  # PAL332:5
import common.bridge  # PAL332:7

def call():
    import importlib
    importlib.import_module(".routes", package="service")  # PAL332:28
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

`src/pipeline/train.py`:
```python
from common.settings import os
import service_client
```

## Options
`service`, `pipeline` and `common` in `[tool.planalign.layers]`: lists of paths or globs, by default `src/service`,
`src/pipeline` and all the rest. Where there is no service directory, the modules that declare an app or a router are
the service.

## Limits
Tests, conftest.py, scripts, notebooks, documentation, migrations and modules that run (`if __name__ == "__main__"`)
belong to no layer: what puts the layers together sees both. An import for the type checker alone is reported where it
stands, and does not carry a chain on.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import Layer, LayerImport, crossing
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL332",
    name="pipeline-imports-service",
    message="`{text}`{form}: the pipeline imports the service{chain}; move what both need to common code",
    severity=Severity.HIGH,
    story="DEV-REV-01-03",
    since="0.1.0",
)


@RULE.on(LayerImport)
def check(item: LayerImport, _config: object) -> Iterator[Finding]:
    """Report the import in the pipeline."""
    if item.importer is Layer.PIPELINE and item.imported is Layer.SERVICE:
        yield crossing(RULE, item)
