"""A Mage project that does not outlive its container.

## Why

Mage keeps pipelines, triggers, run history and, unless told otherwise, its SQLite database below `/home/src`. Without a
named volume or a claim, what was built in the editor and what the scheduler knows is gone with the container, and a
directory of one host is missing on the next.

## Bad

```yaml
services:
  bare:  # PAL432:2
    image: mageai/mageai:0.9.80
    command: mage start platform
  bound:
    image: mageai/mageai:0.9.80
    command: mage start platform
    volumes:
      - .:/home/src/  # PAL432:8
  elsewhere:
    image: mageai/mageai:0.9.80
    environment:
      MAGE_DATA_DIR: /var/mage
    volumes:
      - type: tmpfs  # PAL432:8
        target: /var/mage
```

## Good

```yaml
services:
  pipeline:
    image: mageai/mageai:0.9.80
    command: mage start platform
    volumes:
      - mage:/home/src
  data:
    image: mageai/mageai:0.9.80
    environment:
      MAGE_DATA_DIR: /var/mage
    volumes:
      - data:/var/mage
volumes:
  mage:
  data:
```

`compose.dev.yaml`:

```yaml
services:
  pipeline:
    image: mageai/mageai:0.9.80
    volumes:
      - .:/home/src
```

## Options

`dev-files` exempt a stack, since Mage's own quick start binds the project directory.

## References

- <https://docs.mage.ai/production/configuring-production-settings/overview>
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.physical.model import Stack
from flake8_planalign.physical.storage import mage_loss
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL432",
    name="mage-not-persistent",
    message="{kind} `{name}`: Mage keeps its project in `{path}`, {where}; {remedy}",
    severity=Severity.MEDIUM,
    story="PHY-REV-01-03",
    since="0.1.0",
)


@RULE.on(Stack)
def check(stack: Stack, _config: object) -> Iterator[Finding]:
    """Report Mage containers whose project is not on a named volume or a claim."""
    if stack.development or stack.test:
        return
    for container in stack.containers:
        loss = mage_loss(container)
        if loss is not None and not container.development:
            yield from stack.report(
                RULE,
                loss.place,
                confidence=Confidence.PROBABLE if loss.stays_with_host else None,
                kind=container.kind,
                name=container.name,
                path=loss.path,
                where=loss.where,
                remedy=loss.remedy,
            )
