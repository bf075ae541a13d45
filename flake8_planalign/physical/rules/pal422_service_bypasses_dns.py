"""A service of the stack that is looked for at an address instead of its name.

## Why

Inside of a container `localhost` is the container itself, and `host.docker.internal` leaves the stack through the host:
the connection fails, or it works only because a port is published that should not be. Addresses of containers change
with every start, or have to be kept by hand. The stack's own DNS knows every service by its name.

## Bad

```yaml
services:
  api:
    image: registry.example.com/api:1
    environment:
      DATABASE_URL: postgresql://api@localhost:5432/api  # PAL422:37
      REDIS_HOST: 127.0.0.1  # PAL422:18
      CELERY_BROKER: "amqp://guest@host.docker.internal:5672//"  # PAL422:35
      DSN: host=172.18.0.7 dbname=api  # PAL422:16
      MONGODB_CONNECT: host.docker.internal:27018  # PAL422:23
  database:
    image: postgres:17
    networks: {default: {ipv4_address: 172.18.0.7}}
  cache:
    image: redis:7.4
  rabbitmq:
    image: rabbitmq:4
  documents:
    image: mongo:8
    ports: ["127.0.0.1:27018:27017"]
```

## Good

```yaml
services:
  api:
    image: registry.example.com/api:1
    environment:
      DATABASE_URL: postgresql://api@database:5432/api
      REDIS_HOST: cache
      CORS_ORIGINS: http://localhost:5432
      NO_PROXY: localhost,127.0.0.1,database
      REDIS_BIND: 127.0.0.1
      MYSQL_HOST: localhost
  database:
    image: postgres:17
  cache:
    image: redis:7.4
  sidecar:
    image: registry.example.com/sidecar:1
    network_mode: service:cache
    environment:
      REDIS_URL: redis://localhost:6379
  all-in-one:
    image: registry.example.com/all-in-one:1
    ports: ["127.0.0.1:16379:6379"]
    environment:
      REDIS_URL: redis://localhost:6379
```

A ConfigMap that several pods read is meant for the container beside the service:

`deploy/stack.yaml`:

```yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: shared}
data:
  UWSGI_HOST: localhost
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: site}
spec:
  template:
    spec:
      containers:
        - name: uwsgi
          image: registry.example.com/site:1
          envFrom: [{configMapRef: {name: shared}}]
        - name: nginx
          image: registry.example.com/front:1
          envFrom: [{configMapRef: {name: shared}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  template:
    spec:
      containers:
        - name: celery
          image: registry.example.com/site:1
          envFrom: [{configMapRef: {name: shared}}]
```

The exporter beside a cache asks that one, whatever else the cluster has:

`cluster/stack.yaml`:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache}
spec:
  template:
    spec:
      containers:
        - name: redis
          image: redis:7.4
        - name: exporter
          image: oliver006/redis_exporter:v1.53.0
          env: [{name: REDIS_ADDR, value: "redis://localhost:6379"}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: sessions}
spec:
  template:
    spec:
      containers:
        - name: redis
          image: redis:7.4
```

## Limits

Only what the stack evidently has is reported: the scheme of a URL, the port or the name of the variable must lead to
one of its services. Web addresses (`http://localhost:8080`) may be meant for a browser and are silent unless they name
`host.docker.internal`, where they mean the service that is published as their port. A literal address that no service
has by `ipv4_address` is told as probable.
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.physical.model import Stack
from flake8_planalign.physical.reach import detours
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL422",
    name="service-bypasses-dns",
    message="{kind} `{name}` looks for {target} at `{host}` (`{variable}`), which {meaning}; write `{remedy}`",
    severity=Severity.MEDIUM,
    story="PHY-REV-01-02",
    since="0.1.0",
)


@RULE.on(Stack)
def check(stack: Stack, _config: object) -> Iterator[Finding]:
    """Report each host in a variable that stands for a service of the stack, at the host."""
    told: set[tuple[str, int]] = set()
    for container in stack.containers:
        for detour in detours(container, stack):
            spot = (detour.host.place.path, detour.host.place.start)
            if spot not in told:
                told.add(spot)
                yield from stack.report(
                    RULE,
                    detour.host.place,
                    confidence=detour.confidence,
                    because={"the service": detour.target.owner},
                    kind=container.kind,
                    name=container.name,
                    target=f"`{detour.target.name}`",
                    host=detour.host.value,
                    variable=detour.variable,
                    meaning=detour.meaning,
                    remedy=detour.remedy,
                )
