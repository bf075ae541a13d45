"""The port of a datastore that is reached from outside of its stack.

## Why

`5432:5432` binds PostgreSQL to every interface of the host, and Docker's own rules go in front of the host's firewall:
the database is then on the network that the host is on, with whatever password it has, and scanners find an open Redis
or MongoDB within minutes. The services of the stack do not need it, they reach the datastore by its name.

## Bad

```yaml
services:
  database:
    image: postgres:17
    ports:
      - "5432:5432"  # PAL421:8
  cache:
    image: registry.example.com/mirror/redis:7.4@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    ports: ["0.0.0.0:6380:6379"]  # PAL421:12
  legacy:
    image: registry.example.com/legacy-db:3
    ports:
      - target: 3306  # PAL421:8
        published: "13306"
  orders:
    image: mysql:9
    environment: {MYSQL_TCP_PORT: 3307}
    ports: ["3308:3307"]  # PAL421:12
  sessions:
    image: redis:8
    command: redis-server --port 6380
    ports: ["6380:6380"]  # PAL421:12
```

`cache.yaml`:

```yaml
apiVersion: v1
kind: Service
metadata: {name: cache}
spec:
  type: NodePort
  selector: {app: cache}
  ports:
    - port: 6379  # PAL421:6
      nodePort: 30379
```

`database.yaml`:

```yaml
apiVersion: v1
kind: Pod
metadata: {name: database}
spec:
  containers:
    - name: database
      image: mongo:8
      ports:
        - containerPort: 27017
          hostPort: 27017  # PAL421:20
```

What Elastic's operator opens is asked for in an `Elasticsearch`:

`logs.yaml`:

```yaml
apiVersion: elasticsearch.k8s.elastic.co/v1
kind: Elasticsearch
metadata: {name: logs}
spec:
  version: 9.1.0
  http:
    service:
      spec:
        type: LoadBalancer  # PAL421:14
```

## Good

```yaml
services:
  database:
    image: postgres:17
    ports:
      - "127.0.0.1:5432:5432"
      - "[::1]:5432:5432"
    expose: ["5432"]
  cache:
    image: redis:7.4
  web:
    image: nginx:1.27
    ports: ["80:80"]
  metrics:
    image: mysql:9
    environment: {MYSQL_TCP_PORT: 3307}
    ports: ["9104:9104"]
  admin:
    image: postgres:17
    profiles: [tools]
    ports: ["5433:5432"]
```

A honeypot, which answers like several databases, ports of UDP, at which none answers, and a project that is called so,
or a file for development:

```yaml
services:
  trap:
    image: dinotools/dionaea:latest
    ports: ["1433:1433", "3306:3306", "11211:11211"]
  logs:
    image: graylog/graylog:7.0
    ports: ["1514-1550:1514-1550/udp"]
```

```yaml
name: shop-dev
services:
  database:
    image: postgres:17
    ports: ["5432:5432"]
```

`compose.dev.yaml`:

```yaml
services:
  database:
    image: postgres:17
    ports: ["5432:5432"]
```

`cache.yaml`:

```yaml
apiVersion: v1
kind: Service
metadata: {name: cache}
spec:
  selector: {app: cache}
  ports:
    - port: 6379
```

## Options

`dev-files` (`*dev*`, `*local*`, `*override*`) are the words in file and directory names that exempt a stack (`dev`
stands for `development` and `developer`, too), as do words for tests (`e2e`, `tests/`); profiles such as `dev`,
`test` and `tools` exempt a service.

## References

- <https://docs.docker.com/engine/network/packet-filtering-firewalls/>
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from flake8_planalign.physical.images import DATASTORE_PORTS
from flake8_planalign.physical.model import Container, OpenPort, Stack
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

_SEVERAL = 3
#: By what PostgreSQL and MySQL are told where to listen.
_PORT_VARIABLES = ("PGPORT", "MYSQL_TCP_PORT")

RULE = Rule(
    code="PAL421",
    name="datastore-port-published",
    message="{kind} `{name}` {how}, where {engine} answers; {remedy}",
    severity=Severity.HIGH,
    story="PHY-REV-01-02",
    since="0.1.0",
)


@RULE.on(Stack)
def check(stack: Stack, _config: object) -> Iterator[Finding]:
    """Report each port of a datastore that is open to the outside, at the port's item."""
    if stack.development or stack.test:
        return
    told: set[tuple[str, int]] = set()
    for container in stack.containers:
        if container.development:
            continue
        for port in container.ports:
            engine = _engine(container, port)
            spot = (port.place.path, port.place.start)
            if engine is None or spot in told:
                continue
            told.add(spot)
            yield from stack.report(
                RULE,
                port.place,
                severity=Severity.MEDIUM if stack.live_code else None,
                confidence=Confidence.PROBABLE if stack.live_code else None,
                kind=container.kind,
                name=container.name,
                how=port.how,
                engine=engine,
                remedy=_remedy(container, port),
            )


def _engine(container: Container, port: OpenPort) -> str | None:
    known = container.known.engine if container.known else None
    if not port.stream:
        return None
    if known is not None and known.datastore and (port.target in known.ports or _is_told(container, str(port.target))):
        return known.name
    guessed = DATASTORE_PORTS.get(port.target)
    if guessed is None or (known is not None and known.ports):
        return None
    # Nothing is as many databases at once; a honeypot pretends to be.
    listening = {DATASTORE_PORTS.get(other.target) for other in container.ports} - {None}
    return guessed.name if len(listening) < _SEVERAL else None


def _is_told(container: Container, port: str) -> bool:
    """Tell whether a server is told to listen at a port that is not its usual one."""
    if any(port == container.variables[name].value for name in _PORT_VARIABLES if name in container.variables):
        return True
    words = [[word.value for word in command] for command in container.commands]
    return any(
        f"--port={port}" in command
        or any(pair in (("--port", port), ("-p", port)) for pair in itertools.pairwise(command))
        for command in words
    )


def _remedy(container: Container, port: OpenPort) -> str:
    if container.kind == "service":
        return f"the stack reaches it as `{container.name}:{port.target}`: drop the port, or bind it to 127.0.0.1"
    if port.address is None:
        return "drop `hostPort`: the cluster reaches it through a Service"
    return (
        f"make it a Service of type ClusterIP{f', which the cluster reaches as `{port.address}`' * bool(port.address)}"
    )
