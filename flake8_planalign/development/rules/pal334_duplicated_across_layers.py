"""A function that stands in the service and in the pipeline.

## Why
Features that are computed by two copies of one function are computed alike until one copy is mended. Training and
serving then disagree, and no test of either layer shows it.

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

`src/service/features.py`:
```python
def features(row, offset):  # PAL334:4
    '''Compute the features of a request.'''
    row["column_0"] = row["column_0"] * 0 + offset
    row["column_1"] = row["column_1"] * 1 + offset
    row["column_2"] = row["column_2"] * 2 + offset
    row["column_3"] = row["column_3"] * 3 + offset
    row["column_4"] = row["column_4"] * 4 + offset
    row["column_5"] = row["column_5"] * 5 + offset
    row["column_6"] = row["column_6"] * 6 + offset
    row["column_7"] = row["column_7"] * 7 + offset
    row["column_8"] = row["column_8"] * 8 + offset
    row["column_9"] = row["column_9"] * 9 + offset
    row["column_10"] = row["column_10"] * 10 + offset
    row["column_11"] = row["column_11"] * 11 + offset
    row["column_12"] = row["column_12"] * 12 + offset
    row["column_13"] = row["column_13"] * 13 + offset
    row["column_14"] = row["column_14"] * 14 + offset
    row["column_15"] = row["column_15"] * 15 + offset
    row["column_16"] = row["column_16"] * 16 + offset
    row["column_17"] = row["column_17"] * 17 + offset
    row["column_18"] = row["column_18"] * 18 + offset
    row["column_19"] = row["column_19"] * 19 + offset
    return row
```

`src/pipeline/features.py`:
```python
def build(row, offset):  # PAL334:4
    row["column_0"] = row["column_0"] * 0 + offset
    row["column_1"] = row["column_1"] * 1 + offset
    row["column_2"] = row["column_2"] * 2 + offset
    row["column_3"] = row["column_3"] * 3 + offset
    row["column_4"] = row["column_4"] * 4 + offset
    row["column_5"] = row["column_5"] * 5 + offset
    row["column_6"] = row["column_6"] * 6 + offset
    row["column_7"] = row["column_7"] * 7 + offset
    row["column_8"] = row["column_8"] * 8 + offset
    row["column_9"] = row["column_9"] * 9 + offset
    row["column_10"] = row["column_10"] * 10 + offset
    row["column_11"] = row["column_11"] * 11 + offset
    row["column_12"] = row["column_12"] * 12 + offset
    row["column_13"] = row["column_13"] * 13 + offset
    row["column_14"] = row["column_14"] * 14 + offset
    row["column_15"] = row["column_15"] * 15 + offset
    row["column_16"] = row["column_16"] * 16 + offset
    row["column_17"] = row["column_17"] * 17 + offset
    row["column_18"] = row["column_18"] * 18 + offset
    row["column_19"] = row["column_19"] * 19 + offset
    return row
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

`src/service/features.py`:
```python
def features(row):
    return row["age"] / 100
```

`src/pipeline/features.py`:
```python
def features(row):
    return row["age"] / 100
```

## Limits
Functions of 20 lines or more whose bodies are the same but for docstrings, comments and layout. Off by default.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.development.model import DuplicateFunction
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL334",
    name="duplicated-across-layers",
    message="`{name}` ({lines} lines) stands in the {layer} as well ({other}); move it to common code",
    severity=Severity.LOW,
    story="DEV-REV-01-03",
    since="0.1.0",
    on_by_default=False,
)


@RULE.on(DuplicateFunction)
def check(duplicate: DuplicateFunction, _config: object) -> Iterator[Finding]:
    """Report the function's name."""
    yield RULE.finding(
        duplicate.position,
        name=duplicate.name,
        lines=duplicate.lines,
        layer=duplicate.layer.value,
        other=duplicate.other,
    )
