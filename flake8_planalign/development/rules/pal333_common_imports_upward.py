"""Common code imports the service or the pipeline.

## Why
Common code is what both layers stand on. If it imports one of them, each of them imports the other through it.

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

`src/common/features.py`:
```python
from pipeline.train import THRESHOLD  # PAL333:5

def score():
    import service  # PAL333:11
    return __import__("pipeline.train")  # PAL333:22
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

`src/common/features.py`:
```python
import math
from common import settings
```

`src/common/settings.py`:
```python
LIMIT = 10
```

`scripts/release.py`:
```python
import pipeline.train
import service
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
    code="PAL333",
    name="common-imports-upward",
    message="`{text}`{form}: common code imports the {layer}; turn the dependency round, or move the module there",
    severity=Severity.MEDIUM,
    story="DEV-REV-01-03",
    since="0.1.0",
)


@RULE.on(LayerImport)
def check(item: LayerImport, _config: object) -> Iterator[Finding]:
    """Report the import in common code."""
    if item.importer is Layer.COMMON:
        yield crossing(RULE, item)
