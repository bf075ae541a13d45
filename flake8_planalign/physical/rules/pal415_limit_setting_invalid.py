"""A memory limit that is refused, or that means something else than it seems to.

## Why

Compose reads sizes in its own units: `512Mi`, Kubernetes' spelling, is refused ("invalid suffix"). Kubernetes reads
`400m` as 400 thousandths of a byte, and the container never starts. Compose also refuses a `mem_limit` that differs
from `deploy.resources.limits.memory`, or that stands beside `deploy` limits without a memory.

## Bad

```yaml
services:
  unit:
    image: registry.example.com/scorer:1.4
    mem_limit: 512Mi  # PAL415:15
  differing:
    image: registry.example.com/scorer:1.4
    mem_limit: 1g  # PAL415:15
    deploy:
      resources:
        limits:
          memory: 2g
  tiny:
    image: registry.example.com/scorer:1.4
    deploy: {resources: {limits: {memory: "512"}}}  # PAL415:42
  number:
    image: registry.example.com/scorer:1.4
    deploy: {resources: {limits: {memory: 1073741824}}}  # PAL415:42
```

`pod.yaml`:

```yaml
apiVersion: v1
kind: Pod
metadata: {name: scorer}
spec:
  containers:
    - name: scorer
      image: registry.example.com/scorer:1.4
      resources:
        limits:
          memory: 400m  # PAL415:18
```

## Good

```yaml
services:
  scorer:
    image: registry.example.com/scorer:1.4
    mem_limit: 1024m
    deploy:
      resources:
        limits:
          memory: 1GB
  open:
    image: registry.example.com/scorer:1.4
    mem_limit: ${LIMIT}
  either:
    image: registry.example.com/scorer:1.4
    mem_limit: ${LIMIT:+4g}
  unlimited:
    image: registry.example.com/scorer:1.4
    mem_limit: -1
```

`pod.yaml`:

```yaml
apiVersion: v1
kind: Pod
metadata: {name: scorer}
spec:
  containers:
    - name: scorer
      image: registry.example.com/scorer:1.4
      resources:
        limits:
          memory: 400Mi
```

What an OpenShift template, Flux or `envsubst` fills in is not known:

`job.yaml`:

```yaml
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  template:
    spec:
      containers:
        - name: train
          image: registry.example.com/train:1
          resources:
            limits:
              memory: ${MEMORY_LIMIT}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.physical.model import LimitState, Stack
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL415",
    name="limit-setting-invalid",
    message="{kind} `{name}`: the memory limit `{limit}` does not hold: {why}",
    severity=Severity.MEDIUM,
    story="PHY-REV-01-01",
    since="0.1.0",
)


@RULE.on(Stack)
def check(stack: Stack, _config: object) -> Iterator[Finding]:
    """Report each limit that does not hold, at its value."""
    told: set[tuple[str, int]] = set()
    for container in stack.containers:
        limit = container.limit
        if limit.state is not LimitState.INVALID or limit.text is None:
            continue
        spot = (limit.text.place.path, limit.text.place.start)
        if spot not in told:
            told.add(spot)
            yield from stack.report(
                RULE,
                limit.text.place,
                kind=container.kind,
                name=container.name,
                limit=limit.text.value,
                why=limit.refused,
            )
