"""A database whose data does not outlive its container.

## Why

What a container writes outside of a mount is gone when it is made anew: when it is updated, when the pod is scheduled
again. An anonymous volume is not found again after `docker compose down`, an emptyDir goes with the pod, a
hostPath stays behind on the old node. And a volume in the wrong place is none: PostgreSQL images up to 17 keep their
data in `/var/lib/postgresql/data` and declare that as a volume of its own, which covers a volume on
`/var/lib/postgresql`; from 18 on it is the other way round.

## Bad

```yaml
services:
  nothing:  # PAL431:2
    image: postgres:17
  parent:
    image: postgres:17
    volumes:
      - parent:/var/lib/postgresql  # PAL431:8
  child:
    image: postgres:18
    volumes:
      - child:/var/lib/postgresql/data  # PAL431:8
  anonymous:
    image: mysql:8.4
    volumes:
      - /var/lib/mysql  # PAL431:8
  memory:
    image: mongo:8
    tmpfs: /data/db  # PAL431:11
  bound:
    image: mariadb:11
    volumes:
      - ./data:/var/lib/mysql  # PAL431:8
  beside:
    image: postgres:17
    environment:
      PGDATA: /pgdata  # PAL431:14
    volumes:
      - beside:/var/lib/postgresql/data
  queue:  # PAL431:2
    image: redis:7.4
    command: redis-server --appendonly yes
volumes:
  parent:
  child:
  beside:
```

`database.yaml`:

```yaml
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: database}
spec:
  template:
    spec:
      containers:
        - name: database
          image: postgres:17
          volumeMounts:
            - name: data  # PAL431:14
              mountPath: /var/lib/postgresql/data
      volumes:
        - name: data
          emptyDir: {}
```

## Good

```yaml
services:
  database:
    image: postgres:17
    volumes:
      - database:/var/lib/postgresql/data
  newer:
    image: postgres:18
    volumes:
      - newer:/var/lib/postgresql
  floating:
    image: postgres:alpine
    volumes:
      - floating:/var/lib/postgresql
  moved:
    image: postgres:17
    environment:
      PGDATA: /var/lib/postgresql/data/pgdata
    volumes:
      - moved:/var/lib/postgresql/data
  cache:
    image: redis:7.4
  backup:
    image: postgres:17
    command: pg_dump -h database -f /backup/all.sql
  mysql:
    image: mysql:8.4
    command: --character-set-server=utf8mb4
    volumes:
      - mysql:/var/lib/mysql
  coordinator:
    image: elasticsearch:9.1.0
    environment:
      node.roles: "[ingest]"
volumes:
  database:
  newer:
  floating:
  moved:
  mysql:
```

`database.yaml`:

```yaml
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: database}
spec:
  template:
    spec:
      containers:
        - name: database
          image: postgres:17
          volumeMounts:
            - name: data
              mountPath: /var/lib/postgresql/data
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 8Gi}}}
```

## Limits

A directory of the host (bind mount) is reported as probable, with medium severity: it stays with its host. Redis and
Valkey count as databases only when they are told to persist, by an option or by a configuration of the tree. Whether a
floating tag is PostgreSQL 17 or 18 cannot be told. A node of Elasticsearch or OpenSearch that is neither for data nor a
master keeps nothing. Stacks for tests, by the names of their files (`e2e`, `tests/`,
`testdata/`, `.github/workflows`), and services for tests, by their profiles or their own names (`test-database`), keep
no data on purpose and are silent.

## References

- <https://github.com/docker-library/docs/tree/master/postgres#pgdata>
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.physical.model import Stack
from flake8_planalign.physical.names import is_called_test
from flake8_planalign.physical.storage import losses
from flake8_planalign.rule import Confidence, Finding, Rule, Severity

RULE = Rule(
    code="PAL431",
    name="database-not-persistent",
    message="{kind} `{name}`: {engine} writes to `{path}`, {where}; {remedy}",
    severity=Severity.HIGH,
    story="PHY-REV-01-03",
    since="0.1.0",
)


@RULE.on(Stack)
def check(stack: Stack, _config: object) -> Iterator[Finding]:
    """Report where a database's data goes that does not keep it."""
    for container in () if stack.test else stack.containers:
        for loss in () if is_called_test(container.name) else losses(container):
            yield from stack.report(
                RULE,
                loss.place,
                severity=Severity.MEDIUM if loss.stays_with_host else None,
                confidence=Confidence.PROBABLE if loss.stays_with_host else None,
                kind=container.kind,
                name=container.name,
                engine=loss.engine,
                path=loss.path,
                where=loss.where,
                remedy=loss.remedy,
            )
