"""A heap in a container whose memory has no limit.

## Why

A JVM that may take 2 GiB of heap takes that and its native memory (metaspace, code cache, threads, and for H2O the
XGBoost library) from whatever else runs on the host. Without a limit the kernel chooses its victim among all processes,
and what dies may be the database. Requests and reservations do not limit anything, and a limit of 0 is none.

## Bad

`compose.yaml`:

```yaml
services:
  h2o:  # PAL412:2
    image: h2oai/h2o-open-source-k8s:3.46.0.11
    command: java -Xmx2g -jar /opt/h2oai/h2o-3/h2o.jar
  scorer:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=60
    mem_limit: 0  # PAL412:15
```

## Good

```yaml
services:
  h2o:
    image: h2oai/h2o-open-source-k8s:3.46.0.11
    command: java -Xmx2g -jar /opt/h2oai/h2o-3/h2o.jar
    deploy:
      resources:
        limits:
          memory: 4g
  scorer:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=60
    mem_limit: ${SCORER_MEMORY}
  web:
    image: nginx:1.27
```
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from flake8_planalign.config import Config
from flake8_planalign.physical.jvm import Flag, Setting
from flake8_planalign.physical.model import Container, LimitState, Stack
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL412",
    name="jvm-without-memory-limit",
    message="{kind} `{name}` gives its JVM a heap (`{heap}`, {where}) but {limit}, so it may take the memory of "
    "everything else on the host; set `{key}`{enough}",
    severity=Severity.HIGH,
    story="PHY-REV-01-01",
    since="0.1.0",
)


@RULE.on(Stack)
def check(stack: Stack, config: Config) -> Iterator[Finding]:
    """Report containers with a heap and no limit: at the zero, else at the owner's name."""
    for container in stack.containers:
        if container.helps:
            continue
        heaps = [jvm.heap_flag for jvm in container.jvms if jvm.heap_flag and not jvm.refused]
        if not heaps or container.limit.state not in (LimitState.ABSENT, LimitState.UNLIMITED):
            continue
        zero = container.limit.text
        yield from stack.report(
            RULE,
            zero.place if zero else container.owner,
            because={"the heap": heaps[0].text.place},
            kind=container.kind,
            name=container.name,
            heap=heaps[0].word.value,
            where=heaps[0].text.place.label,
            limit=f"its memory limit `{zero.value}` means none" if zero else "no memory limit",
            key=container.limit_key,
            enough=_enough(container, heaps, config.physical.heap_share),
        )


def _enough(container: Container, heaps: list[Flag], share: float) -> str:
    """Return which limit leaves the heap its share, for one heap of a known size."""
    heap = heaps[0]
    if len(heaps) > 1 or heap.setting is not Setting.MAX or not heap.value:
        return ""
    size = f"{math.ceil(heap.value / share / 2**20)}{'m' if container.kind == 'service' else 'Mi'}"
    return f" (`{size}` or more keeps the heap to {share:.0%})"
