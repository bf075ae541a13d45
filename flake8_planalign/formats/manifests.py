"""Kubernetes manifests as objects: documents, lists, and the pods in them, in whatever kind of object they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.collector import collector_off
from flake8_planalign.formats import yaml
from flake8_planalign.formats.located import Items, Origin, Table, Text, Value, table, text
from flake8_planalign.formats.trees import build
from flake8_planalign.source import Source

__all__ = ["Object", "Pod", "objects", "objects_of", "pods"]

#: How much of one object is searched for pods.
_SEARCH_LIMIT: Final = 20_000
#: Elastic's operator adds the volume of the data and a limit, ClickHouse's the volumes that its templates name.
#: Sources: "Volume claim templates" and "Manage compute resources" of the documentation of Elastic Cloud on Kubernetes;
#: "Custom Resource" of Altinity's operator (`dataVolumeClaimTemplate`).
_OPERATORS: Final = (".k8s.elastic.co/", "clickhouse.altinity.com/")
_TRANSIENT: Final = frozenset({"Job", "CronJob", "Workflow", "CronWorkflow", "WorkflowTemplate", "TaskRun", "Task"})


class Object(msgspec.Struct, frozen=True, eq=False):
    """One object of the cluster; an empty `namespace` is whatever it is applied to."""

    kind: str
    name: str
    namespace: str
    table: Table


class Pod(msgspec.Struct, frozen=True, eq=False):
    """A pod or the template of one: `spec` is what has the containers, `labels` are its own."""

    owner: Object
    spec: Table
    labels: Table
    claim_templates: tuple[str, ...]
    transient: bool
    #: An operator makes the pod of more than what stands here: volumes, limits and variables of its own.
    completed: bool = False


def objects(source: Source) -> list[Object]:
    """Return the objects of a file, those of its lists included."""
    origin = Origin.of(source)
    found: list[Object] = []
    with collector_off():
        for root in yaml.compose(source.text).documents:
            value, _ = build(root, origin)
            found += objects_of(value)
    return found


def objects_of(value: Value) -> Iterator[Object]:
    """Yield the objects that a document is or lists."""
    if not isinstance(value, Table):
        return
    items = value.items.get("items")
    kind = text(value.items.get("kind"))
    if isinstance(items, Items) and kind is not None and kind.value.endswith("List"):
        for item in items.items:
            if isinstance(item, Table) and "items" not in item.items:
                yield from objects_of(item)
        return
    metadata = table(value.items.get("metadata"))
    name, namespace = text(metadata.items.get("name")), text(metadata.items.get("namespace"))
    if kind is not None:
        yield Object(kind.value, name.value if name else "", namespace.value if namespace else "", value)


def pods(owner: Object) -> Iterator[Pod]:
    """Yield the pods of an object: of a Pod itself, of workloads, and of any other kind that has a pod's template."""
    claims = owner.table.get("spec", "volumeClaimTemplates")
    names = [text(table(item).get("metadata", "name")) for item in claims.items] if isinstance(claims, Items) else []
    templates = tuple(name.value for name in names if name is not None)
    stated = text(owner.table.items.get("apiVersion"))
    version = stated.value if stated is not None else ""
    pending: list[tuple[Table, Table]] = [(owner.table, owner.table)]
    seen: set[int] = set()
    while pending and len(seen) < _SEARCH_LIMIT:
        now, parent = pending.pop()
        if id(now) in seen:
            continue
        seen.add(id(now))
        if _is_pod(now):
            labels = table(table(parent.items.get("metadata")).items.get("labels"))
            yield Pod(
                owner, now, labels, templates, owner.kind in _TRANSIENT, any(name in version for name in _OPERATORS)
            )
            continue
        for key, value in now.items.items():
            if isinstance(value, Table) and key not in ("metadata", "status"):
                pending.append((value, now))
            elif isinstance(value, Items) and key not in ("volumeClaimTemplates", "args", "command"):
                pending += [(item, now) for item in value.items if isinstance(item, Table)]


def _is_pod(found: Table) -> bool:
    containers = found.items.get("containers")
    return (
        isinstance(containers, Items)
        and bool(containers.items)
        and all(isinstance(item, Table) and isinstance(item.items.get("name"), Text) for item in containers.items)
        and any("image" in table(item).items for item in containers.items)
    )
