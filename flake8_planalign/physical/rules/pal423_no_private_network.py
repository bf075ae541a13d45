"""A container that stands on the host's network, or a datastore on the network of the edge.

## Why

With `network_mode: host` every port that the container listens on is open on the host, no matter what `ports` says, and
its neighbours do not find it by name. A datastore that shares the network of the published services can be reached by
whatever breaks into one of these, although the file declares an internal network for it.

## Bad

```yaml
services:
  api:
    image: registry.example.com/api:1
    network_mode: host  # PAL423:18
  worker:
    image: registry.example.com/worker:1
```

```yaml
services:
  gateway:
    image: nginx:1.27
    ports: ["443:443"]
    networks: [edge, inside]
  database:
    image: postgres:17
    networks: [edge]  # PAL423:15
networks:
  edge:
  inside:
    internal: true
```

`api.yaml`:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      hostNetwork: true  # PAL423:19
      containers:
        - name: api
          image: registry.example.com/api:1
```

## Good

```yaml
services:
  gateway:
    image: nginx:1.27
    ports: ["443:443"]
    networks: [edge, inside]
  database:
    image: postgres:17
    networks: [inside]
  metrics:
    image: prom/node-exporter:v1.8.2
    network_mode: host
networks:
  edge:
  inside:
    internal: true
```

A service that is alone shares nothing with a stack:

```yaml
services:
  home:
    image: ghcr.io/home-assistant/home-assistant:2026.1
    network_mode: host
```

The controller of a cluster's ingresses has to stand on the ports of its node:

`ingress.yaml`:

```yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge}
spec:
  template:
    spec:
      hostNetwork: true
      containers:
        - name: controller
          image: registry.k8s.io/ingress-nginx/controller:v1.14.0
```

## Options

`dev-files` as for PAL421.

## Limits

What has to see the host's network to do its work is no service of the stack: monitoring and log agents, packet
captures, VPNs, and in a cluster the controllers of ingresses and the plugins of its own network, told by the names of
their images; in Kubernetes also DaemonSets and what runs in `kube-system`. Stacks for development and tests are silent,
as for PAL421.

## References

- <https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/>
- <https://kubernetes.io/docs/concepts/cluster-administration/addons/>
"""

from __future__ import annotations

from collections.abc import Iterator

from flake8_planalign.physical.images import needs_host_network
from flake8_planalign.physical.model import Container, Stack
from flake8_planalign.rule import Finding, Rule, Severity

RULE = Rule(
    code="PAL423",
    name="no-private-network",
    message="{kind} `{name}` {where}, so {harm}; {remedy}",
    severity=Severity.MEDIUM,
    story="PHY-REV-01-02",
    since="0.1.0",
)


@RULE.on(Stack)
def check(stack: Stack, _config: object) -> Iterator[Finding]:
    """Report containers on the host's network at that word, datastores on an edge network at the network's name."""
    if stack.development or stack.test:
        return
    told: set[tuple[str, int]] = set()
    for container in stack.containers:
        if container.development or container.transient:
            continue
        spot = (
            (container.host_network.place.path, container.host_network.place.start) if container.host_network else None
        )
        if spot in told:
            continue
        if spot is not None:
            told.add(spot)
        if container.host_network is not None and not _is_agent(container) and _belongs(container, stack):
            yield from stack.report(
                RULE,
                container.host_network.place,
                kind=container.kind,
                name=container.name,
                where="is on the host's own network",
                harm="every port that it listens on is open on the host, and no neighbour finds it by name",
                remedy="give it a network of the stack and publish what must be reached",
            )
        yield from _beside_the_edge(container, stack)


def _is_agent(container: Container) -> bool:
    image = container.image.value if container.image else ""
    return needs_host_network(image, container.name, in_cluster=container.kind != "service")


def _belongs(container: Container, stack: Stack) -> bool:
    return container.kind != "service" or sum(not peer.transient for peer in stack.peers) > 1


def _beside_the_edge(container: Container, stack: Stack) -> Iterator[Finding]:
    if container.known is None or not container.known.engine.datastore or container.ports:
        return
    private = sorted(stack.internal_networks - stack.edge_networks) or sorted(stack.internal_networks)
    if not private:
        return
    for name, place in container.network_places.items():
        if name in stack.edge_networks and name not in stack.internal_networks and name != "default":
            yield from stack.report(
                RULE,
                place,
                kind=container.kind,
                name=container.name,
                where=f"shares the network `{name}` with services whose ports are published",
                harm=f"who gets into one of these is beside {container.known.engine.name}",
                remedy=f"put it on the internal network `{private[0]}`",
            )
