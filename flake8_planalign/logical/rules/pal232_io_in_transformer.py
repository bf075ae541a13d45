"""Input or output in a Mage transformer.

## Why

Loaders read, exporters write, transformers compute: then a run can be repeated from any block, retried and backfilled
without doing its side effects twice. A transformer that reads a file or calls a service gives another result each time.

## Bad

`pipeline/transformers/clean.py`:
```python
import json

import requests
from mage_ai.data_preparation.decorators import transformer

from pipeline.rates import load_rates


@transformer
def clean(frame, *args, **kwargs):
    with open("rates.json") as stream:  # PAL232:9
        rates = json.load(stream)  # PAL232:21
    rates |= requests.get("https://example.org/rates").json()  # PAL232:22
    rates |= load_rates()  # PAL232:13
    frame.to_csv("clean.csv")  # PAL232:10
    return frame
```

`pipeline/rates.py`:
```python
import requests


def load_rates():
    return _fetch("rates")


def _fetch(name):
    return requests.get(f"https://example.org/{name}").json()
```

## Good

`pipeline/transformers/clean.py`:
```python
import logging
import os

import pandas as pd
from mage_ai.data_cleaner.transformer_actions.base import BaseAction
from mage_ai.data_preparation.decorators import transformer

from pipeline.scaling import scaled


@transformer
def clean(frame, *args, **kwargs):
    logging.getLogger(__name__).info("cleaning in %s", os.path.basename("clean"))
    frame = BaseAction({"action_type": "drop_duplicate"}).execute(frame)
    frame["day"] = pd.to_datetime(frame["at"]).dt.date
    return scaled(frame)
```

`pipeline/scaling.py`:
```python
def scaled(frame):
    return frame / frame.max()
```

`pipeline/data_exporters/export.py`:
```python
from mage_ai.data_preparation.decorators import data_exporter


@data_exporter
def export(frame, *args, **kwargs):
    frame.to_csv("clean.csv")
```

## Limits

A call counts by what it resolves to, directly or through functions of the project. Writing a block's input
(`frame.to_csv`) is probable, since inputs are frames by convention.

## References

- [Mage: blocks](https://docs.mage.ai/design/blocks)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import BlockIO
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL232",
    name="io-in-transformer",
    message="transformer `{block}` does input or output: {chain}; move it into a data loader or exporter",
    severity=Severity.HIGH,
    story="LOG-REV-01-03",
    since="0.1.0",
)


@RULE.on(BlockIO)
def check(io: BlockIO, _config: object) -> Iterator[Finding]:
    """Report I/O with the way to it."""
    confidence = None if io.certain else Confidence.PROBABLE
    chain = " -> ".join((*io.chain, f"`{io.call}`"))
    yield RULE.finding(io.position, confidence=confidence, block=io.block, chain=chain)
