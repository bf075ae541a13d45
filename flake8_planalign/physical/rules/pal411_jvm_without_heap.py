"""A JVM in a container that nobody told how large its heap may be.

## Why

Without `-Xmx` and without a RAM percentage HotSpot takes a quarter of the container's memory, whatever the application
needs, and a quarter of the whole host if the container has no limit. An H2O node then fails to load a model that the
machine has room for, or swaps with its neighbours.

## Bad

```yaml
services:
  scorer:  # PAL411:2
    image: eclipse-temurin:21-jre
    command: java -jar /app/scorer.jar
    mem_limit: 4g
  legacy:  # PAL411:2
    image: registry.example.com/legacy:7
    environment:
      JAVA_TOOL_OPTIONS: -Dfile.encoding=UTF-8
    mem_limit: 2g
  sonarqube:  # PAL411:2
    image: sonarqube:25-community
    environment:
      SONAR_WEB_JAVAOPTS: -Dhttp.proxyHost=proxy
    mem_limit: 4g
```

## Good

A size or a percentage, on the command line or in a variable; an image that sizes its own heap; a launcher whose options
are not known:

```yaml
services:
  scorer:
    image: eclipse-temurin:21-jre
    command: java -Xmx2g -jar /app/scorer.jar
    mem_limit: 4g
  reader:
    image: eclipse-temurin:21-jre
    command: ["java", "-jar", "/app/reader.jar"]
    environment:
      JDK_JAVA_OPTIONS: -XX:MaxRAMPercentage=60
    mem_limit: 4g
  h2o:
    image: h2oai/h2o-open-source-k8s:3.46.0.11
    mem_limit: 4g
  starter:
    image: registry.example.com/starter:2
    command: java ${STARTER_OPTIONS} -jar /app/starter.jar
    mem_limit: 4g
  registry:
    image: confluentinc/cp-schema-registry:7.9.0
    environment:
      JAVA_OPTS: -Djava.security.krb5.conf=/etc/krb5.conf
  search:
    image: registry.example.com/search:1
    environment:
      ES_JAVA_OPTS: -XX:MaxRAM=5g
  web:
    image: nginx:1.27
  sonarqube:
    image: sonarqube:25-community
    environment:
      SONAR_WEB_JAVAOPTS: ""
      SONAR_CE_JAVAADDITIONALOPTS: -Dhttp.proxyHost=proxy
      SONAR_SEARCH_JAVAOPTS: -Dbootstrap.checks=no
    mem_limit: 4g
```

## Limits

Images that choose the heap themselves (H2O's own, Elasticsearch from 7.11 on, OpenSearch, Logstash, Kafka and what
Confluent has around it, ZooKeeper, Hive, Solr, Cassandra, Neo4j, SonarQube, what Paketo builds, what starts with
`run-java.sh`) are silent while their own command runs, as are `ES_JAVA_OPTS` and its like, which add to a file of the
image (`jvm.options`); but
`SONAR_WEB_JAVAOPTS` and `SONAR_CE_JAVAOPTS` stand in the place of what SonarQube brings, its sizes too. Whether a start
script of another image adds a heap cannot be seen, so that a variable without one in an image that is not built in the
tree is reported as probable.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.config import Config
from flake8_planalign.formats.quantities import human
from flake8_planalign.physical.images import may_size_heap
from flake8_planalign.physical.jvm import Jvm
from flake8_planalign.physical.model import Container, LimitState, Stack
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL411",
    name="jvm-without-heap",
    message="{kind} `{name}` {runs} a JVM without a heap size{options}, which takes {default}; set `-Xmx`{most} or "
    "`-XX:MaxRAMPercentage`",
    severity=Severity.MEDIUM,
    story="PHY-REV-01-01",
    since="0.1.0",
)


@RULE.on(Stack)
def check(stack: Stack, config: Config) -> Iterator[Finding]:
    """Report containers in which a JVM runs and no option sizes its heap, at the owner's name."""
    for container in stack.containers:
        if not _without_heap(container) or container.transient:
            continue
        # An image that brings sizes for several JVMs says for each of them where that is replaced.
        bare = [f"`{jvm.name}`" for jvm in container.jvms if jvm.replaces and jvm.lacks_heap]
        certain = container.java or (bool(bare) and container.known is not None)
        yield from stack.report(
            RULE,
            container.owner,
            confidence=Confidence.CERTAIN if certain else Confidence.PROBABLE,
            kind=container.kind,
            name=container.name,
            runs="runs" if certain else "seems to run",
            options=f" ({' and '.join(bare)})" if bare else "",
            default=_default(container),
            most=_most(container, config.physical.heap_share),
        )


def _most(container: Container, share: float) -> str:
    """Return which heap keeps to its share of a limit."""
    limit = container.limit
    most = f" (at most `-Xmx{int(limit.size * share // 2**20)}m` keeps to {share:.0%})"
    return most if limit.state is LimitState.SET and len(container.jvms) < 2 else ""


def _default(container: Container) -> str:
    """Return how much HotSpot takes where nobody says how much."""
    limit = container.limit
    if limit.state is not LimitState.SET:
        return "a quarter of the host's memory"
    jvm = container.jvms[0] if len(container.jvms) == 1 else Jvm("java", ())
    heap = jvm.heap(limit.size)
    if heap is None or limit.text is None:
        return "a quarter of the container's memory"
    return f"{human(heap)} ({heap / limit.size:.0%}) of the limit of {human(limit.size)} ({limit.text.place.label})"


def _without_heap(container: Container) -> bool:
    known = container.known
    if not container.jvms and (known is None or not known.serves):
        return False
    if container.unread or not container.complete:
        return False
    if any(jvm.replaces and jvm.lacks_heap for jvm in container.jvms):
        return known is None or known.java
    if container.sizes_heap:
        return False
    if not container.java and may_size_heap(container.image_name) and (known is None or container.own_command):
        return False
    if container.jvms:
        return all(jvm.lacks_heap for jvm in container.jvms)
    return known is not None and known.serves and container.own_command
