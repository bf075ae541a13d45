"""A Mage block that is not one step.

## Why

Mage runs the first function of a file that carries the block's decorator, and no other (of callbacks and conditions it
runs all). A block that calls another one runs it behind the pipeline's back; what stands at module level runs whenever
the file is loaded; and a function that takes more inputs than the pipeline gives it is refused.

## Bad

`pipeline/transformers/clean.py`:
```python
import requests
from mage_ai.data_preparation.decorators import transformer

RATES = requests.get("https://example.org/rates").json()  # PAL233:17


@transformer
def clean(frame, rates, *args, **kwargs):  # PAL233:4
    return scale(frame)  # PAL233:11


@transformer
def scale(frame, *args, **kwargs):  # PAL233:4
    return frame / frame.max()
```

`pipeline/metadata.yaml`:
```yaml
project_type: standalone
```

`pipeline/pipelines/scoring/metadata.yaml`:
```yaml
name: scoring
blocks:
- uuid: load
  type: data_loader
- uuid: clean
  type: transformer
  upstream_blocks: [load]
```

## Good

`pipeline/transformers/clean.py`:
```python
from mage_ai.data_preparation.decorators import test, transformer

LIMIT = 5


@transformer
def clean(frame, rates=None, *args, **kwargs):
    return _scaled(frame)


def _scaled(frame):
    return frame / LIMIT


@test
def test_output(output, *args):
    assert output is not None
```

`pipeline/metadata.yaml`:
```yaml
project_type: standalone
```

`pipeline/pipelines/scoring/metadata.yaml`:
```yaml
name: scoring
blocks:
- uuid: load
  type: data_loader
- uuid: clean
  type: transformer
  upstream_blocks: [load]
```

## Limits

A file that several pipelines use is judged by the largest number of inputs.

## References

- [Mage: blocks](https://docs.mage.ai/design/blocks)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.logical.model import BlockFault
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL233",
    name="block-not-atomic",
    message="{text}",
    severity=Severity.MEDIUM,
    story="LOG-REV-01-03",
    since="0.1.0",
)


@RULE.on(BlockFault)
def check(fault: BlockFault, _config: object) -> Iterator[Finding]:
    """Report what keeps a block from being one step."""
    yield RULE.finding(fault.position, text=fault.text)
