"""A heap setting that the JVM refuses, that means something else than it seems to, or that nothing reads.

## Why

`-Xmx=2g` and `-Xmx1.5g` keep the JVM from starting: "Invalid maximum heap size". `MaxRAMPercentage=0.75` is accepted
and means three quarters of one percent, so that the heap collapses to its floor of 126 MiB (or to that share, in a
machine of more than 16 GiB). Where two options set the same thing the last one wins without a word, and a percentage is
ignored once a size is given. `JAVA_OPTS` is a convention of start scripts: `java` itself never reads it. Two options in
one argument are one option that the JVM does not know.

## Bad

```yaml
services:
  equals:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_OPTS: -Xms1g -Xmx=2g  # PAL414:24
  decimal:
    image: registry.example.com/scorer:1.4
    environment:
      - JAVA_TOOL_OPTIONS=-Xmx1.5g  # PAL414:26
  kubernetes-unit:
    image: registry.example.com/scorer:1.4
    command: java -Xmx1Gi -jar scorer.jar  # PAL414:18
  fraction:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=0.75  # PAL414:25
    mem_limit: 4g
  start:
    image: registry.example.com/scorer:1.4
    command: ["java", "-Xms2g", "-Xmx1g", "-jar", "scorer.jar"]  # PAL414:23
    mem_limit: 4g
  twice:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -Xmx1g
    command: java -Xmx2g -jar scorer.jar  # PAL414:18
    mem_limit: 4g
  both:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=50 -Xmx1g  # PAL414:49
    mem_limit: 4g
  one-argument:
    image: registry.example.com/scorer:1.4
    command: ["java", "-server -Xms1g -Xmx2g", "-jar", "scorer.jar"]  # PAL414:23
    mem_limit: 4g
  quoted:
    image: registry.example.com/scorer:1.4
    environment:
      - JAVA_TOOL_OPTIONS="-Xms1g -Xmx2g"  # PAL414:27
    mem_limit: 4g
```

`compose.yaml`:

```yaml
services:
  scorer:
    build: .
    environment:
      JAVA_OPTS: -Xmx2g  # PAL414:17
    mem_limit: 4g
```

`Dockerfile`:

```dockerfile
FROM eclipse-temurin:21-jre
COPY scorer.jar /
ENTRYPOINT ["java", "-XX:+UseG1GC", "-jar", "/scorer.jar"]
```

## Good

```yaml
services:
  scorer:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_OPTS: -Xms1g -Xmx2048M -XX:MaxDirectMemorySize=512m
    mem_limit: 4g
  reader:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=60.0 -XX:InitialRAMPercentage=50
    mem_limit: 4g
  same:
    image: registry.example.com/scorer:1.4
    environment:
      JAVA_TOOL_OPTIONS: -Xmx1g
    command: java -Xmx1024m -jar scorer.jar
    mem_limit: 4g
  shell:
    image: registry.example.com/scorer:1.4
    entrypoint: ["sh", "-c", "exec java $$JAVA_OPTS -jar scorer.jar"]
    environment:
      JAVA_OPTS: -Xmx2g
    mem_limit: 4g
  argument:
    image: registry.example.com/scorer:1.4
    command: java -Xmx1g -jar launcher.jar -Xmx=no-option-of-java
    mem_limit: 4g
  text:
    image: registry.example.com/scorer:1.4
    command: ["java", "-Dchild.options=-Xms1g -Xmx1g", "-Xmx2g", "-jar", "scorer.jar"]
    mem_limit: 4g
  unknown-entrypoint:
    image: registry.example.com/scorer:1.4
    command: ["-Xms1g -Xmx2g", "-jar", "scorer.jar"]
    mem_limit: 4g
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.physical.faults import faults
from flake8_planalign.physical.model import Stack
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL414",
    name="heap-setting-invalid",
    message="{kind} `{name}`: `{option}` {wrong}; {remedy}",
    severity=Severity.MEDIUM,
    story="PHY-REV-01-01",
    since="0.1.0",
)


@RULE.on(Stack)
def check(stack: Stack, _config: object) -> Iterator[Finding]:
    """Report each option once, whatever number of containers shares it."""
    told: set[tuple[str, int, str]] = set()
    for container in stack.containers:
        for fault in faults(container):
            place = fault.flag.text.place
            if (place.path, place.start, fault.wrong) not in told:
                told.add((place.path, place.start, fault.wrong))
                yield from stack.report(
                    RULE,
                    place,
                    kind=container.kind,
                    name=container.name,
                    option=fault.flag.word.value,
                    wrong=fault.wrong,
                    remedy=fault.remedy,
                )
