"""Which ports of pods are open to the outside: by Services, and on the nodes themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flake8_planalign.formats.located import Items, Table, Text, table, tables, text, texts
from flake8_planalign.formats.manifests import Object, Pod
from flake8_planalign.physical.model import Container, OpenPort
from flake8_planalign.physical.names import is_loopback, is_private

__all__ = ["container_ports", "host_ports", "is_behind", "operated_service", "selects", "service_ports"]

#: The port of the Service that Elastic's operator makes, which needs not be listed.
_ELASTIC_PORT: Final = 9200


def service_ports(service: Object, pod: Pod | None = None) -> Iterator[OpenPort]:
    """Yield the ports that a Service opens to the outside; `pod` is the one that it selects, whose ports have names."""
    spec = table(service.table.items.get("spec"))
    named = _named_ports(pod) if pod is not None else {}
    kind = text(spec.items.get("type"))
    how = next(_opened(service), "")
    called = text(service.table.get("metadata", "name"))
    listed = spec.items.get("ports")
    for item in listed.items if how and isinstance(listed, Items) else ():
        target = text(table(item).items.get("targetPort"))
        port = text(table(item).items.get("port"))
        target = named.get(target.value, target) if target is not None else None
        number = target if target is not None and target.value.isdigit() else port
        if number is not None and number.value.isdigit() and port is not None and isinstance(item, Table):
            place = item.keys["port"]
            # An overlay that opens the Service of its base says so at the type.
            opened = kind is not None and kind.place.path != place.path
            address = f"{called.value}:{port.value}" if called is not None and not called.unknown else ""
            where = kind.place if opened and kind is not None else place
            yield OpenPort(int(number.value), how, where, address, stream=_is_stream(item))


def operated_service(owner: Object) -> Iterator[OpenPort]:
    """Yield the port that Elastic's operator opens to the outside, as an `Elasticsearch` asks for.

    Source: "Services" of the documentation of Elastic Cloud on Kubernetes.
    """
    asked = owner.table.get("spec", "http", "service")
    version = text(owner.table.items.get("apiVersion"))
    if owner.kind != "Elasticsearch" or version is None or not isinstance(asked, Table):
        return
    kind = text(asked.get("spec", "type"))
    if version.value.startswith("elasticsearch.k8s.elastic.co/") and kind is not None:
        for how in _opened(Object("Service", owner.name, owner.namespace, asked)):
            address = f"{owner.name}-es-http:{_ELASTIC_PORT}" if owner.name else ""
            yield OpenPort(_ELASTIC_PORT, how, kind.place, address)


def selects(service: Object, pod: Pod) -> bool:
    """Tell whether a Service leads to a pod, by its labels."""
    selector = table(service.table.get("spec", "selector"))
    if not selector.items or (service.namespace and pod.owner.namespace and service.namespace != pod.owner.namespace):
        return False
    for key, wanted in selector.items.items():
        held = pod.labels.items.get(key)
        if not isinstance(wanted, Text) or not isinstance(held, Text) or wanted.value != held.value:
            return False
    return True


def is_behind(port: OpenPort, container: Container, pod: Pod) -> bool:
    """Tell whether the port of a Service leads to a container of a pod."""
    if port.target in container.listens:
        return True
    listed = pod.spec.items.get("containers")
    alone = isinstance(listed, Items) and len(listed.items) == 1
    engine = container.known.engine if container.known else None
    return not container.transient and (alone or (engine is not None and port.target in engine.ports))


def host_ports(given: Table) -> Iterator[OpenPort]:
    """Yield the ports of a container that its node opens."""
    listed = given.items.get("ports")
    for item in listed.items if isinstance(listed, Items) else ():
        port, host = text(table(item).items.get("containerPort")), text(table(item).items.get("hostPort"))
        address = text(table(item).items.get("hostIP"))
        if port is None or host is None or not port.value.isdigit() or host.unknown or host.value == "0":
            continue
        if address is None or not is_loopback(address.value):
            how = f"opens port {port.value} of its node as host port {host.value}"
            yield OpenPort(int(port.value), how, host.place, stream=_is_stream(table(item)))


def _is_stream(port: Table) -> bool:
    protocol = text(port.items.get("protocol"))
    return protocol is None or protocol.value == "TCP"


def container_ports(given: Table) -> Iterator[int]:
    """Yield the ports that a container says it listens on."""
    listed = given.items.get("ports")
    for item in listed.items if isinstance(listed, Items) else ():
        port = text(table(item).items.get("containerPort"))
        if port is not None and port.value.isdigit() and len(port.value) < 6:
            yield int(port.value)


def _opened(service: Object) -> Iterator[str]:
    """Yield by what means a Service is open to the outside; at most one."""
    spec = table(service.table.items.get("spec"))
    kind = text(spec.items.get("type"))
    if kind is not None and kind.value == "NodePort":
        yield "is opened to the outside on every node (NodePort)"
    elif kind is not None and kind.value == "LoadBalancer" and not _is_internal(service):
        yield "is opened to the outside by a LoadBalancer"
    elif isinstance(spec.items.get("externalIPs"), Items):
        yield "is opened to the outside by external addresses"


def _named_ports(pod: Pod) -> dict[str, Text]:
    """Return the ports of a pod's containers by their names."""
    ports = (port for item in tables(pod.spec.items.get("containers")) for port in tables(item.items.get("ports")))
    pairs = ((text(port.items.get("name")), text(port.items.get("containerPort"))) for port in ports)
    return {name.value: number for name, number in pairs if name is not None and number is not None}


def _is_internal(service: Object) -> bool:
    """Tell whether a load balancer is asked to stay inside of the provider's network, or to let in no others."""
    ranges = [item.value.partition("/")[0] for item in texts(service.table.get("spec", "loadBalancerSourceRanges"))]
    if ranges and all(is_private(address) or is_loopback(address) for address in ranges):
        return True
    annotations = table(service.table.get("metadata", "annotations"))
    for key, value in annotations.items.items():
        said = value.value.lower() if isinstance(value, Text) else ""
        if "internal" in key and said in ("true", "0.0.0.0/0", "yes"):
            return True
        if ("load-balancer-type" in key or "scheme" in key or "address-type" in key) and said in (
            "internal",
            "intranet",
            "private",
        ):
            return True
    return False
