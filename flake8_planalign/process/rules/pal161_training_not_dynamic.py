"""A Mage block that trains its models one after the other.

## Why

A loop over segments trains in one block run: one failure loses all models, nothing runs in parallel, and the pipeline
shows one block where it has forty. A dynamic block fans out one run for each segment.

## Bad

`custom/train_segments.py`:

```python
@custom
def train(segments, build):
    models = {}
    for segment, frame in segments.items():
        model = build(segment)
        model.train(training_frame=frame)  # PAL161:8
        models[segment] = model
    return models
```

`pipelines/training/metadata.yaml`:

```yaml
blocks:
- uuid: load_segments
  type: data_loader
- uuid: train_segments
  type: custom
  upstream_blocks: [load_segments]
```

## Good

`custom/train_segments.py`:

```python
@custom
def train(segments, build, scaler):
    for segment in segments:
        scaler.fit(segment)
    model = build(segments)
    for epoch in range(3):
        model.train(training_frame=segments)
    return model
```

`custom/idle.py`:

```python
@custom
def train(segments, build):
    for segment in segments:
        build(segment).train()
```

`pipelines/training/metadata.yaml`:

```yaml
blocks:
- uuid: load_segments
  type: data_loader
  configuration:
    dynamic: true
- uuid: train_segments
  type: custom
  upstream_blocks: [load_segments]
```

## Limits

A block that no pipeline of the tree runs is silent.

## References

- [Mage: dynamic blocks](https://docs.mage.ai/design/blocks/dynamic-blocks)
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.process.blocks import LoopTraining
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL161",
    name="training-not-dynamic",
    message="`{call}` trains one model after the other in a single block run of pipeline `{pipeline}`; let a dynamic"
    " block upstream fan out",
    severity=Severity.LOW,
    story="PROC-REV-01-06",
    since="0.1.0",
)


@RULE.on(LoopTraining)
def check(training: LoopTraining, _config: object) -> Iterator[Finding]:
    """Report trainings in a loop."""
    yield RULE.finding(training.position, call=training.call, pipeline=training.pipeline)
