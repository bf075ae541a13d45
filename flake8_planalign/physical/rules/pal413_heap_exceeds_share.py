"""A heap that leaves its container too little memory for everything that is not heap.

## Why

A JVM needs memory outside of its heap: metaspace, 240 MiB of code cache, a mebibyte for each thread, direct buffers;
and H2O's XGBoost allocates natively as much again as the heap. When all of that reaches the container's limit,
the kernel kills the process (`OOMKilled`, exit code 137) without an exception, a heap dump or a line in the log. The
plan allows the heap 70 % of the limit.

## Bad

```yaml
services:
  h2o:
    image: h2oai/h2o-open-source-k8s:3.46.0.11
    command: java -Xmx3g -jar /opt/h2oai/h2o-3/h2o.jar  # PAL413:18
    mem_limit: 4g
  scorer:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=85.0  # PAL413:25
    deploy:
      resources:
        limits:
          memory: 2g
  broker:
    image: registry.example.com/broker:5
    environment:
      JAVA_OPTS: -Xmx4g -XX:MaxDirectMemorySize=8g  # PAL413:24
    mem_limit: 6g
  sonar:
    image: sonarqube:10-community
    environment:
      SONAR_CE_JAVAOPTS: -Xmx1g
      SONAR_WEB_JAVAOPTS: -Xmx1200m  # PAL413:26
    mem_limit: 2g
```

A limit that only an override lowers is what is wrong there:

`compose.yaml`:

```yaml
services:
  h2o:
    image: h2oai/h2o-open-source-k8s:3.46.0.11
    command: java -Xmx3g -jar /opt/h2oai/h2o-3/h2o.jar
    mem_limit: 6g
```

`compose.prod.yaml`:

```yaml
services:
  h2o:
    mem_limit: 4g  # PAL413:15
```

H2O recommends half of the memory:

```toml
[tool.planalign.physical]
per-image-profiles = true
```

```yaml
services:
  h2o:
    image: h2oai/h2o-open-source-k8s:3.46.0.11
    command: java -Xmx2500m -jar /opt/h2oai/h2o-3/h2o.jar  # PAL413:18
    mem_limit: 4g
```

## Good

```yaml
x-java: &java
  environment:
    JAVA_TOOL_OPTIONS: -Xmx2800m
services:
  h2o:
    <<: *java
    image: h2oai/h2o-open-source-k8s:3.46.0.11
    mem_limit: 4000m
  scorer:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=70
    mem_limit: 2g
  overridden:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -Xmx3g
      _JAVA_OPTIONS: -Xmx1g
    mem_limit: 4g
  chosen:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -Xmx${HEAP}
    mem_limit: 1g
```

Below 250 MiB the JVM ignores the percentage:

```yaml
services:
  small:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=75
    mem_limit: 200m
```

## Options

`heap-share` (0.70) is the largest share. With `per-image-profiles` images of H2O, Elasticsearch and OpenSearch are held
to a half, which is what their makers recommend.

## Limits

On a command line, in a variable (of the manifest, of an `env_file`, a ConfigMap or Secret of the tree, a Dockerfile or
a `dockerfile_inline`), in a start script that the image copies, in `h2o.init(max_mem_size=...)`, and in the
`java_options` of `mojo_predict_pandas` and `mojo_predict_csv`, which take `-Xmx4g` by default; Python files are judged
where one Compose service is built from their directory. The limit may be the
pod's, or the default of a LimitRange in the tree.

## References

- <https://docs.h2o.ai/h2o/latest-stable/h2o-docs/data-science/xgboost.html>
- <https://docs.oracle.com/en/java/javase/17/docs/specs/man/java.html>
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.config import Config
from flake8_planalign.physical.memory import excess
from flake8_planalign.physical.model import Stack
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL413",
    name="heap-exceeds-share",
    message="{kind} `{name}`: {what}, {rest}; {remedy}",
    severity=Severity.HIGH,
    story="PHY-REV-01-01",
    since="0.1.0",
)


@RULE.on(Stack)
def check(stack: Stack, config: Config) -> Iterator[Finding]:
    """Report each text that sizes a heap beyond its share, once: for the container that it hurts most."""
    found = [item for container in stack.containers for item in excess(container, stack, config.physical)]
    found.sort(key=lambda item: -item.share)
    told: set[tuple[str, int]] = set()
    for item in found:
        spot = (item.place.path, item.place.start)
        if spot in told:
            continue
        told.add(spot)
        yield from stack.report(
            RULE,
            item.place,
            because=item.because,
            kind=item.container.kind,
            name=item.container.name,
            what=item.what,
            rest=item.rest,
            remedy=item.remedy,
        )
