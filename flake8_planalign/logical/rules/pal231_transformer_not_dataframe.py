"""A Mage transformer that returns something other than a DataFrame.

## Why

A transformer turns frames into a frame: Mage can show it, sample it, version it and hand it to any block that comes
next. A dict or a list ties the next block to the inside of this one.

## Bad

`pipeline/transformers/clean.py`:
```python
import pandas as pd

if "transformer" not in globals():
    from mage_ai.data_preparation.decorators import transformer


@transformer
def clean(frame: pd.DataFrame, *args, **kwargs):
    if frame.empty:
        return None  # PAL231:8
    if len(frame) > 5:
        return frame.to_dict()  # PAL231:8
    parts = [frame, frame]
    return parts  # PAL231:4
```

`pipeline/transformers/fit.py`:
```python
from mage_ai.data_preparation.decorators import transformer
from sklearn.linear_model import LogisticRegression


@transformer
def fit(frame, *args, **kwargs):
    model = LogisticRegression()
    model.fit(frame.drop(columns="y"), frame["y"])
    return model  # PAL231:4
```

`pipeline/transformers/store.py`:
```python
from mage_ai.data_preparation.decorators import transformer


@transformer
def store(frame, *args, **kwargs):  # PAL231:4
    frame.dropna()
```

## Good

`pipeline/transformers/clean.py`:
```python
import pandas as pd

if "transformer" not in globals():
    from mage_ai.data_preparation.decorators import transformer


@transformer
def clean(frame: pd.DataFrame, *args, **kwargs):
    if frame.empty:
        return frame
    if len(frame) > 5:
        raise ValueError(frame)
    rows = [row for row in frame]
    return pd.DataFrame(rows)


@transformer
def unknown(frame, *args, **kwargs):
    return helper(frame)
```

## Options

`[tool.planalign.logical] frame-types`: names of further types that count as a DataFrame (`["dict", "Batch"]`).

## Limits

Only what is certainly no DataFrame: literals, what is built in place, an object of a class of the file or of a model,
`to_dict()` and the like, and nothing at all.

## References

- [Mage: transformers](https://docs.mage.ai/design/blocks/transformers)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.config import Config
from flake8_planalign.logical.model import BlockReturn
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL231",
    name="transformer-not-dataframe",
    message="transformer `{block}` returns {what} here; return a DataFrame",
    severity=Severity.MEDIUM,
    story="LOG-REV-01-03",
    since="0.1.0",
)


@RULE.on(BlockReturn)
def check(returned: BlockReturn, config: Config) -> Iterator[Finding]:
    """Report what is certainly no frame."""
    if returned.type not in config.logical.frame_types:
        yield RULE.finding(returned.position, block=returned.block, what=returned.what)
