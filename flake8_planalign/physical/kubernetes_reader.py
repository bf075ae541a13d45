"""Kubernetes manifests read into stacks of containers."""

from __future__ import annotations

import base64
import functools
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from flake8_planalign.formats import helm, kustomize
from flake8_planalign.formats.interpolation import LENGTH_LIMIT
from flake8_planalign.formats.located import EMPTY, Items, Table, Text, Value, known_text, table, tables, text, texts
from flake8_planalign.formats.manifests import Object, Pod, objects, objects_of, pods
from flake8_planalign.formats.quantities import human, kubernetes_bytes
from flake8_planalign.formats.words import Word
from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy
from flake8_planalign.physical import matters
from flake8_planalign.physical.images import ELASTICSEARCH, Image, image_of, read_by
from flake8_planalign.physical.jvm import SCRIPT_RANK
from flake8_planalign.physical.kubernetes_ports import (
    container_ports,
    host_ports,
    is_behind,
    operated_service,
    selects,
    service_ports,
)
from flake8_planalign.physical.model import Container, Limit, LimitState, Mounted, OpenPort, Stack, Storage
from flake8_planalign.physical.names import is_development, is_test
from flake8_planalign.physical.runtime import Line, Runtime, runtime

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["Cluster", "cluster_of", "stacks"]

_REFERENCE: Final = lazy(r"\$(\$|\(([^()$]*)\))")
#: What other tools put in before Kubernetes sees it. Source: "Writing templates" of OpenShift's documentation, and
#: "Post build variable substitution" of Flux'.
_PARAMETER: Final = lazy(r"\$\{\{?\w+[^{}]*\}")
#: No container starts with less.
_SMALLEST_LIMIT: Final = 2**20
#: Files of one directory that are read for what a manifest refers to.
_NEIGHBOUR_LIMIT: Final = 200


StartedAs = Callable[[str], tuple[Line | None, bool] | None]


def _unknown_start(_image: str) -> None:
    return None


class Cluster(msgspec.Struct, frozen=True, eq=False):
    """The containers of some objects that are applied together, and the files that each has to do with."""

    containers: tuple[Container, ...]
    touched: Mapping[str, tuple[Container, ...]]
    layers: tuple[str, ...]

    def stack(self, path: str, project: Project) -> Stack:
        """Return the cluster as seen from one of its files."""
        relative = project.relative(path)
        return Stack(
            path=path,
            containers=self.touched.get(path, ()),
            peers=self.containers,
            layers=self.layers,
            development=is_development(relative, project.config.physical.dev_files),
            test=is_test(relative),
        )


def stacks(source: Source, project: Project) -> Iterator[Stack]:
    """Yield the stacks that a manifest is part of: of every kustomization that uses it, else of its directory."""
    path = source.absolute
    if source.kind is FileKind.HELM_TEMPLATE:
        yield _chart(source, project).stack(path, project)
        return
    users = [cluster for files, cluster in _kustomizations(project) if path in files]
    if users:
        for cluster in users:
            yield cluster.stack(path, project)
        return
    yield _directory(os.path.dirname(path), source, project).stack(path, project)


def _kustomizations(project: Project) -> list[tuple[frozenset[str], Cluster]]:
    """Return the kustomizations that no other one stands on, with the files of each."""

    def find() -> list[tuple[frozenset[str], Cluster]]:
        sources = [project.companion(path) for name in kustomize.NAMES for path in project.files(name)]
        known = [source for source in sources if source is not None]
        used = {path for source in known for path in kustomize.references(source)}
        found = []
        evaluator = kustomize.Evaluator(project.companion, matters)
        for source in known:
            if os.path.dirname(source.absolute) in used or source.absolute in used:
                continue
            built = evaluator.evaluate(source)
            found.append(
                (frozenset(built.files), cluster_of(built.objects, tuple(built.files), started_as=_images_of(project)))
            )
        return found

    return project.remembered("kustomizations", find)


def _chart(source: Source, project: Project) -> Cluster:
    """Return the containers of a Helm template with the objects of its neighbours that it may refer to."""
    folder = os.path.dirname(source.absolute)

    def find() -> Cluster:
        found: list[Object] = []
        opaque: dict[str, tuple[tuple[int, int], ...]] = {}
        names = sorted(name for name in os.listdir(folder) if name.endswith((".yml", ".yaml")))
        chart = helm.chart_of(source, project.companion, project.files("*.tpl"))
        for name in names[:_NEIGHBOUR_LIMIT]:
            path = os.path.join(folder, name)
            other = source if path == source.absolute else project.companion(path)
            if other is not None and other.kind in (FileKind.HELM_TEMPLATE, FileKind.KUBERNETES):
                rendered = helm.render(other, chart)
                opaque[other.absolute] = rendered.opaque
                for document in rendered.documents:
                    found += objects_of(document)
        return cluster_of(found, (), opaque, _images_of(project))

    return project.remembered(f"templates of {folder}", find)


def _directory(folder: str, source: Source, project: Project) -> Cluster:
    def find() -> Cluster:
        found: list[Object] = []
        names = sorted(name for name in os.listdir(folder) if name.endswith((".yml", ".yaml")))
        for name in names[:_NEIGHBOUR_LIMIT]:
            path = os.path.join(folder, name)
            other = source if path == source.absolute else project.companion(path)
            if other is not None and other.kind is FileKind.KUBERNETES and matters(other):
                found += objects(other)
        return cluster_of(found, (), started_as=_images_of(project))

    return project.remembered(f"manifests of {folder}", find)


def _images_of(project: Project) -> StartedAs:
    from flake8_planalign.physical.builds import started_as

    return functools.partial(started_as, project)


def cluster_of(
    found: Iterable[Object],
    layers: tuple[str, ...],
    opaque: Mapping[str, tuple[tuple[int, int], ...]] | None = None,
    started_as: StartedAs = _unknown_start,
) -> Cluster:
    """Return the containers of objects that are applied together.

    `opaque` are spans of files that cannot be read, `started_as` tells what an image of the tree starts with.
    """
    reader = _Reader(list(found), opaque or {}, started_as)
    containers = tuple(reader.containers())
    touched: dict[str, dict[Container, None]] = {}
    for container in containers:
        for path in _paths(container):
            touched.setdefault(path, {})[container] = None
    return Cluster(containers, {path: tuple(items) for path, items in touched.items()}, layers)


def _paths(container: Container) -> set[str]:
    places = [container.owner]
    places += [port.place for port in container.ports]
    places += [mount.place for mount in container.mounts]
    places += [value.place for value in container.variables.values()]
    places += [flag.text.place for jvm in container.jvms for flag in jvm.flags]
    places += [item.place for item in (container.limit.text, container.host_network) if item is not None]
    return {place.path for place in places}


class _Reader:
    """Objects that know each other by kind and name."""

    def __init__(
        self, found: list[Object], opaque: Mapping[str, tuple[tuple[int, int], ...]], started_as: StartedAs
    ) -> None:
        self.objects, self.opaque, self.started_as = found, opaque, started_as
        self.by_name: dict[tuple[str, str], list[Object]] = {}
        for item in found:
            self.by_name.setdefault((item.kind, item.name), []).append(item)
        self.services = [item for item in found if item.kind == "Service"]
        self.ranges = [item for item in found if item.kind == "LimitRange"]

    def containers(self) -> Iterator[Container]:
        """Yield the containers of all pods, and the Services of datastores that no pod here belongs to."""
        claimed: set[int] = set()
        for owner in self.objects:
            if owner.kind == "Service":
                continue
            for pod in pods(owner):
                yield from self._pod(pod, claimed)
            operated = tuple(operated_service(owner))
            if operated:
                place = operated[0].place
                known = Image(ELASTICSEARCH)
                yield Container(owner.name, owner.kind, place, known=known, ports=operated, transient=True)
        for service in self.services:
            if id(service) not in claimed:
                ports = tuple(service_ports(service))
                if ports:
                    name = text(service.table.get("metadata", "name"))
                    place = name.place if name else service.table.place
                    yield Container(name=service.name, kind="Service", owner=place, ports=ports, transient=True)

    def _pod(self, pod: Pod, claimed: set[int]) -> Iterator[Container]:
        exposed: list[OpenPort] = []
        for service in self.services:
            if selects(service, pod):
                claimed.add(id(service))
                exposed += service_ports(service, pod)
        for key in ("containers", "initContainers", "ephemeralContainers"):
            listed = pod.spec.items.get(key)
            for item in listed.items if isinstance(listed, Items) else ():
                if isinstance(item, Table):
                    made = self._container(pod, item, helper=key != "containers")
                    if made is not None and key == "ephemeralContainers":
                        # Kubernetes lets these have no limit.
                        made = replace(made, limit=Limit(LimitState.UNKNOWN))
                    if made is not None:
                        own = [port for port in exposed if is_behind(port, made, pod)]
                        yield replace(made, ports=(*made.ports, *own))

    def _container(self, pod: Pod, given: Table, *, helper: bool) -> Container | None:
        name = text(given.items.get("name"))
        if name is None:
            return None
        image = text(given.items.get("image"))
        known, image_name = image_of(image)
        variables, complete = self._variables(given, pod.owner.namespace)
        words = [*_words(given.items.get("command"), variables), *_words(given.items.get("args"), variables)]
        run = self._runtime(given, image, read_by(image_name, variables), words)
        host = text(pod.spec.items.get("hostNetwork"))
        on_host = host if host is not None and host.value.lower() in ("true", "yes", "on") else None
        sidecar = helper and (text(given.items.get("restartPolicy")) or Text("", name.place)).value == "Always"
        if on_host is not None and (pod.owner.kind == "DaemonSet" or pod.owner.namespace == "kube-system"):
            on_host = None
        hidden = pod.completed or self._hides(given) or self._hides(pod.spec)
        limit = _limit(given)
        if limit.state is LimitState.ABSENT and not hidden:
            # Since Kubernetes 1.34 a pod may have one for all of its containers.
            limit = _limit(pod.spec)
        if limit.state is LimitState.ABSENT:
            limit = Limit(LimitState.UNKNOWN) if hidden else self._default_limit(pod.owner.namespace)
        return Container(
            name=name.value,
            kind="container",
            owner=name.place,
            group=f"{pod.owner.kind}/{pod.owner.name}",
            image=image,
            known=known,
            image_name=image_name,
            limit=limit,
            limit_key="resources.limits.memory",
            jvms=run.jvms,
            unread=run.unread,
            commands=run.commands,
            own_command="command" not in given.items and "args" not in given.items,
            variables=variables,
            complete=complete and not hidden,
            mounts_known=not hidden and all(_is_stated(item) for item in tables(given.items.get("volumeMounts"))),
            ports=tuple(host_ports(given)),
            listens=frozenset(container_ports(given)),
            mounts=tuple(self._mounts(pod, given)),
            file_at=functools.partial(self._file_at, pod, given),
            working_dir=known_text(given.items.get("workingDir")),
            host_network=on_host if not helper else None,
            transient=pod.transient or (helper and not sidecar),
        )

    def _runtime(self, given: Table, image: Text | None, variables: Mapping[str, Text], words: list[Word]) -> Runtime:
        """Return what a container runs: its own command, else what its image starts with, where the tree tells."""
        run = runtime(variables, words or None, image_known="command" in given.items)
        by_script = run.jvms and all(flag.rank == SCRIPT_RANK for jvm in run.jvms for flag in jvm.flags)
        started = self.started_as(image.value) if by_script and not words and image is not None else None
        if started == (None, True) and image_of(image)[0] is None:
            return Runtime((), (), ())
        if started is None or isinstance(started[0], Text) or not started[0]:
            return run
        line, sure = started
        direct = runtime(variables, line, image_known=True)
        # A directory that is called like the image says enough for a doubt.
        return direct if sure or not direct.unread else Runtime((), (), ())

    def _default_limit(self, namespace: str) -> Limit:
        """Return what a LimitRange of the namespace gives to containers that state no limit."""
        for item in self.ranges:
            if item.namespace and namespace and item.namespace != namespace:
                continue
            listed = item.table.get("spec", "limits")
            for rule in listed.items if isinstance(listed, Items) else ():
                kind = text(table(rule).items.get("type"))
                # The largest limit is the default one where none is given.
                default = text(table(rule).get("default", "memory")) or text(table(rule).get("max", "memory"))
                size = kubernetes_bytes(default.value) if default is not None and not default.unknown else None
                if kind is not None and kind.value == "Container" and size and size >= _SMALLEST_LIMIT:
                    return Limit(LimitState.SET, float(size), default)
        return Limit(LimitState.ABSENT)

    def _hides(self, found: Table) -> bool:
        """Tell whether something in a part of a template cannot be read."""
        spans = self.opaque.get(found.place.path, ())
        return any(found.place.start <= start and end <= found.place.end + 1 for start, end in spans) or any(
            start <= found.place.start < end for start, end in spans
        )

    def _variables(self, given: Table, namespace: str) -> tuple[dict[str, Text], bool]:
        found: dict[str, Text] = {}
        complete = True
        sources = given.items.get("envFrom")
        for item in sources.items if isinstance(sources, Items) else ():
            prefix = text(table(item).items.get("prefix"))
            data = None
            for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                reference = table(item).items.get(key)
                data = self._data(reference, kind, namespace) if data is None else data
                complete = complete and (reference is None or self._tells_all(reference, kind, namespace))
            if data is None:
                complete = False
                continue
            before = prefix.value if prefix else ""
            found |= {before + key: value for key, value in data.items()}
        listed = given.items.get("env")
        for item in listed.items if isinstance(listed, Items) else ():
            name = text(table(item).items.get("name"))
            if name is None or name.unknown:
                complete = complete and name is None
                continue
            stated = table(item).items.get("value")
            if isinstance(stated, Text):
                found[name.value] = _expanded(stated, found)
                continue
            origin = table(table(item).items.get("valueFrom"))
            held = self._reference(origin.items.get("configMapKeyRef"), "ConfigMap", namespace)
            held = held or self._reference(origin.items.get("secretKeyRef"), "Secret", namespace)
            found[name.value] = held or Text("", name.place, unknown=True)
        return {name: _left_open(value) if "${" in value.value else value for name, value in found.items()}, complete

    def _reference(self, reference: Value | None, kind: str, namespace: str) -> Text | None:
        key = text(table(reference).items.get("key"))
        data = self._data(reference, kind, namespace) if key is not None else None
        return data.get(key.value) if data is not None and key is not None else None

    def _data(self, reference: Value | None, kind: str, namespace: str) -> Mapping[str, Text] | None:
        """Return what a ConfigMap or Secret of the tree holds; None if it is not there."""
        found = self._object(reference, kind, namespace)
        if found is None:
            return None
        data = table(found.table.items.get("data")).items
        held = {key: value for key, value in data.items() if isinstance(value, Text)}
        if kind == "Secret":
            held = {key: _decoded(value) for key, value in held.items()}
            written = table(found.table.items.get("stringData")).items
            held |= {key: value for key, value in written.items() if isinstance(value, Text)}
        return held

    def _object(self, reference: Value | None, kind: str, namespace: str) -> Object | None:
        """Return the object that is meant; None if it is not there, or if there are several, for several clusters."""
        name = text(table(reference).items.get("name"))
        named = self.by_name.get((kind, name.value), []) if name is not None and name.value else []
        found = [item for item in named if not item.namespace or not namespace or item.namespace == namespace]
        return found[0] if len(found) == 1 else None

    def _tells_all(self, reference: Value, kind: str, namespace: str) -> bool:
        """Tell whether all that a ConfigMap or Secret holds can be read."""
        found = self._object(reference, kind, namespace)
        held = [] if found is None else [found.table.items.get(key) for key in ("data", "stringData")]
        stated = [value for value in held if value is not None]
        return bool(stated) and all(isinstance(value, Table) and not self._hides(value) for value in stated)

    def _file_at(self, pod: Pod, given: Table, path: str) -> str | None:
        """Return the text that a ConfigMap of the tree puts at a path of a container."""
        volumes = {
            name.value: table(volume)
            for volume in tables(pod.spec.items.get("volumes"))
            if (name := text(volume.items.get("name"))) is not None
        }
        for item in tables(given.items.get("volumeMounts")):
            name, at = text(item.items.get("name")), text(item.items.get("mountPath"))
            inner = text(item.items.get("subPath"))
            if name is None or at is None:
                continue
            if inner is not None and path == at.value:
                key = inner.value
            elif inner is None and posixpath.dirname(path) == at.value.rstrip("/"):
                key = posixpath.basename(path)
            else:
                continue
            volume = table(volumes.get(name.value, EMPTY).items.get("configMap"))
            for renamed in tables(volume.items.get("items")):
                shown = text(renamed.items.get("path"))
                if shown is not None and shown.value == key:
                    key = (text(renamed.items.get("key")) or shown).value
            data = self._data(volume, "ConfigMap", pod.owner.namespace)
            held = data.get(key) if data is not None else None
            return held.value if held is not None and not held.unknown else None
        return None

    def _mounts(self, pod: Pod, given: Table) -> Iterator[Mounted]:
        volumes: dict[str, Table] = {}
        listed = pod.spec.items.get("volumes")
        for volume in listed.items if isinstance(listed, Items) else ():
            named = text(table(volume).items.get("name"))
            if named is not None:
                volumes[named.value] = table(volume)
        mounted = given.items.get("volumeMounts")
        for item in mounted.items if isinstance(mounted, Items) else ():
            source, target = text(table(item).items.get("name")), text(table(item).items.get("mountPath"))
            if source is None or target is None or target.unknown:
                continue
            storage = Storage.CLAIM if source.value in pod.claim_templates else _storage(volumes.get(source.value))
            yield Mounted(storage, source.value, target.value.rstrip("/") or "/", table(item).keys["name"])


def _decoded(written: Text) -> Text:
    """Return what a Secret holds in base64, which stands there as a whole."""
    try:
        value = base64.b64decode(written.value, validate=True).decode()
    except ValueError:
        return Text("", written.place, unknown=True)
    return Text(value, written.place, unknown=written.unknown)


def _storage(volume: Table | None) -> Storage:
    if volume is None:
        return Storage.OTHER
    if "persistentVolumeClaim" in volume.items:
        return Storage.CLAIM
    if "ephemeral" in volume.items:
        return Storage.EPHEMERAL
    if "hostPath" in volume.items:
        return Storage.HOST_PATH
    if "emptyDir" in volume.items:
        medium = text(table(volume.items["emptyDir"]).items.get("medium"))
        return Storage.TMPFS if medium is not None and medium.value == "Memory" else Storage.EMPTY_DIR
    return Storage.OTHER


def _is_stated(mount: Table) -> bool:
    """Tell whether it is known what is mounted where."""
    found = (text(mount.items.get(key)) for key in ("name", "mountPath"))
    return all(item is None or not item.unknown for item in found)


def _words(value: Value | None, variables: Mapping[str, Text]) -> Iterator[Word]:
    for item in texts(value):
        held = item if item.pieces is not None else item.part(0, len(item.value))
        expanded = _expanded(held, variables)
        yield Word(expanded.value, expanded, not expanded.unknown)


def _expanded(written: Text, variables: Mapping[str, Text]) -> Text:
    """Return a text with `$(NAME)` replaced; what is not defined stays as it is written."""
    if "$(" not in written.value:
        return written
    unknown = False

    def replace(found: re.Match[str]) -> str:
        nonlocal unknown
        if found[1] == "$":
            return "$"
        held = variables.get(found[2])
        # What is not defined stays as it is; but a kustomization, or what is not in the tree, may define it.
        unknown = unknown or (found[2].isupper() if held is None else held.unknown)
        return found[0] if held is None else held.value

    names = [found[2] for found in _REFERENCE.finditer(written.value)]
    if sum(len(variables[name].value) for name in names if name in variables) > LENGTH_LIMIT:
        return Text(written.value, written.place, unknown=True)
    value = _REFERENCE.sub(replace, written.value)
    if value == written.value and unknown == written.unknown:
        return written
    return Text(value, written.place, unknown=unknown or written.unknown)


def _left_open(written: Text) -> Text:
    """Return a text in which `${NAME}` is not known: an OpenShift template, `envsubst` or Flux puts something there."""
    holes = tuple(found.start() for found in _PARAMETER.finditer(written.value))
    if not holes:
        return written
    return Text(written.value, written.place, written.plain, written.tag, written.template, written.pieces, True, holes)  # noqa: FBT003


def _limit(given: Table) -> Limit:
    found = text(given.get("resources", "limits", "memory"))
    if found is None:
        return Limit(LimitState.ABSENT)
    if found.unknown or _PARAMETER.search(found.value):
        return Limit(LimitState.UNKNOWN, text=found)
    size = kubernetes_bytes(found.value)
    if size is None:
        return Limit(LimitState.INVALID, text=found, refused=_why(found.value))
    if size <= 0:
        return Limit(LimitState.UNLIMITED, 0, found)
    if size < _SMALLEST_LIMIT:
        meant = f"; write `{found.value[:-1]}Mi`" if found.value.endswith(("m", "u", "n")) else "; the unit is missing"
        why = f"Kubernetes reads {human(float(size))}, with which no container starts{meant}"
        return Limit(LimitState.INVALID, text=found, refused=why)
    return Limit(LimitState.SET, float(size), found)


def _why(written: str) -> str:
    if re.fullmatch(r"\d+(?:\.\d+)?[kmgt]i?b?", written, re.IGNORECASE):
        number = re.match(r"[\d.]+", written)
        unit = written[number.end()].upper() if number else "M"
        return f"Kubernetes' units are Ki, Mi and Gi; write `{number[0] if number else ''}{unit}i`"
    return "Kubernetes reads sizes such as `512Mi` or `4Gi`"
