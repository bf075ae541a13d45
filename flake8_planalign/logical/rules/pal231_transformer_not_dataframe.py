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

## Limits

Only what is certainly no DataFrame: literals, what is built in place, `to_dict()` and the like, and nothing at all.

## References

- [Mage: transformers](https://docs.mage.ai/design/blocks/transformers)
"""

from __future__ import annotations

from collections.abc import Iterator

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
def check(returned: BlockReturn, _config: object) -> Iterator[Finding]:
    """Report what is certainly no frame."""
    yield RULE.finding(returned.position, block=returned.block, what=returned.what)
