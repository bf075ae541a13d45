"""Compose projects read into stacks of containers."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from flake8_planalign.collector import collector_off, spare_new
from flake8_planalign.formats import compose, dockerfile
from flake8_planalign.formats.compose_fields import Mount, Port, go_text
from flake8_planalign.formats.located import Items, Origin, Place, Table, Text, Value, known_text, table, text, texts
from flake8_planalign.formats.quantities import compose_bytes, human
from flake8_planalign.formats.words import Word, java_words
from flake8_planalign.kinds import FileKind
from flake8_planalign.patterns import lazy
from flake8_planalign.physical.builds import Builds, builders, model_of
from flake8_planalign.physical.dockerfile_reader import Built, line_of
from flake8_planalign.physical.images import image_of, read_by
from flake8_planalign.physical.model import Container, Limit, LimitState, Mounted, OpenPort, Stack, Storage
from flake8_planalign.physical.names import is_development, is_loopback, is_test, is_wildcard, words_of
from flake8_planalign.physical.runtime import CONVENTIONAL, Line, runtime

if TYPE_CHECKING:
    from flake8_planalign.project import Project
    from flake8_planalign.source import Source

__all__ = ["dockerfile_stacks", "stack_of", "stacks"]

#: Profiles of services that only developers start; those of tests are called so.
_DEVELOPMENT_PROFILES: Final = frozenset({"dev", "development", "local", "debug", "tools"})
#: The engine refuses to limit a container to less.
_SMALLEST_LIMIT: Final = 6 * 2**20
_REFERS: Final = lazy(r"^\s*(?:extends|include)\s*:|[{,\s]extends\s*:", re.MULTILINE)


def stacks(source: Source, project: Project) -> Iterator[Stack]:
    """Yield the stacks that a Compose file is part of.

    That is the one that `docker compose` starts in its directory, or the file on top of that one, or the file alone;
    a file that others extend or include is judged as part of these.
    """
    users = _users(project).get(source.absolute)
    if users:
        for user in users:
            other = project.companion(user)
            if other is not None:
                yield stack_of(compose.files_with(other, project), project, source.absolute)
        return
    yield stack_of(compose.files_with(source, project), project, source.absolute)


def dockerfile_stacks(source: Source, project: Project) -> Iterator[Stack]:
    """Yield the stacks in which a Dockerfile is built; an image that none builds is judged by itself."""
    users = builders(project).get(source.absolute, ())
    for user in users:
        other = project.companion(user)
        if other is not None:
            yield stack_of(compose.files_with(other, project), project, source.absolute)
    if users:
        return
    image = dockerfile.image_of(dockerfile.parse(source))
    if image is None:
        return
    line, known = line_of(image)
    run = runtime(image.environment, line, image_known=known)
    start = Place(Origin.of(source), 0, 0)
    alone = Container(
        name=project.relative(source.absolute),
        kind="image",
        owner=start,
        jvms=run.jvms,
        unread=run.unread,
        commands=run.commands,
        complete=False,
        mounts_known=False,
    )
    yield Stack(source.absolute, (alone,), (alone,), (source.absolute,))


def _users(project: Project) -> Mapping[str, list[str]]:
    """Return which Compose files extend or include which others, or stand with them in COMPOSE_FILE."""

    def find() -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for pattern in ("*.yml", "*.yaml"):
            for path in project.files(pattern):
                source = project.companion(path)
                if source is None or source.kind is not FileKind.COMPOSE:
                    continue
                for file in compose.files_with(source, project):
                    if os.path.dirname(file.absolute) != os.path.dirname(source.absolute):
                        found.setdefault(file.absolute, []).append(path)
                if not _REFERS.search(source.text):
                    continue
                for other in model_of([source], project).files:
                    if other not in (source.absolute, path) and other.endswith((".yml", ".yaml")):
                        found.setdefault(other, []).append(path)
        return found

    return project.remembered("compose users", find)


def stack_of(files: list[Source], project: Project, path: str) -> Stack:
    """Return the stack of a project's files, as seen from one of its files."""
    model = model_of(files, project)
    reader = _Reader(model, project)
    with collector_off():
        containers = tuple([reader.container(service) for service in model.services])
        spare_new()
    peers = containers
    if len(files) > 1 and path == files[-1].absolute and path not in _default_paths(files[0], project):
        own = table(model_of([files[-1]], project).table.items.get("services"))
        containers = tuple(_owned_by(container, path, own) for container in containers)
        # What is whole by itself may be started without the base.
        whole = all(not table(given).items.keys().isdisjoint(("image", "build")) for given in own.items.values())
        peers = tuple(container for container in containers if not whole or container.name in own.items)
    networks = table(model.table.items.get("networks")).items
    names = project.config.physical.dev_files
    seen = [project.relative(name) for name in dict.fromkeys((files[0].absolute, path))]
    # The directory is the project's name where it states none.
    named = text(model.table.items.get("name"))
    called = [named.value] if named is not None and not named.unknown else []
    return Stack(
        path=path,
        containers=containers,
        peers=peers,
        layers=tuple(file.absolute for file in files),
        development=any(is_development(name, names) for name in (*seen, *called)),
        test=any(map(is_test, (project.relative(path), *called))),
        live_code=any(_is_live(service) for service in model.services),
        internal_networks=frozenset(name for name, value in networks.items() if _truth(table(value).get("internal"))),
        edge_networks=frozenset(
            network for container in containers if container.ports for network in container.networks
        ),
    )


def _default_paths(base: Source, project: Project) -> set[str]:
    folder = os.path.dirname(base.absolute)
    return {file.absolute for file in compose.default_files_in(folder, project)}


def _owned_by(container: Container, path: str, services: Table) -> Container:
    """Return a container that a file on top of the base makes what it is as that file's own.

    What the base has already is told there.
    """
    places = [flag.text.place for jvm in container.jvms for flag in jvm.flags]
    places += [container.image.place] if container.image else []
    if all(place.path != path for place in places):
        return container
    if container.owner.path == path and "override" in words_of(os.path.basename(path)):
        # It is made to lie on top of yet another file, which may say the rest.
        limit = Limit(LimitState.UNKNOWN) if container.limit.state is LimitState.ABSENT else container.limit
        return replace(container, limit=limit, mounts_known=False, complete=False)
    own = services.keys.get(container.name)
    return container if own is None else replace(container, owner=own)


def _truth(value: Value | None) -> bool:
    return isinstance(value, Text) and value.value.lower() == "true"


def _is_live(service: compose.Service) -> bool:
    """Tell whether a service runs the source code as it is on the host."""
    command = service.table.items.get("command")
    if any("--reload" in item.value for item in texts(command)):
        words = [word.value for word in _words(command)]
        if "--reload" in words or any("--reload" in word for word in words if " " in word):
            return True
    if "build" not in service.table.items:
        return False
    sources = (mount.source for mount in service.mounts if mount.kind == "bind")
    return any(_is_code(source) for source in sources)


def _is_code(source: str) -> bool:
    folder = source.rstrip("/").rpartition("/")[2]
    return source in (".", "./", "..", "../") or (source.startswith(".") and folder in ("src", "app", "backend", "api"))


class _Reader:
    """One project's services as containers."""

    def __init__(self, model: compose.Model, project: Project) -> None:
        self.model, self.project = model, project
        self.volumes = table(model.table.items.get("volumes"))
        self.networks = table(model.table.items.get("networks"))
        self.builds = Builds(model, project)

    def container(self, service: compose.Service) -> Container:
        given = service.table
        made = self.builds.of(given)
        image = text(given.items.get("image")) if made is None else made.image.base
        known, name = image_of(image)
        variables = {} if made is None else dict(made.image.environment)
        variables |= {key: _as_text(variable) for key, variable in service.environment.items()}
        line, line_known = self._line(given, made)
        if "build" in given.items and (made is None or (made.script is None and _begins_with_script(line))):
            # Nobody shows what starts there, and whether that reads what is only a convention.
            variables = {key: variable for key, variable in variables.items() if key not in CONVENTIONAL}
        kept = made is not None and "entrypoint" not in given.items
        run = runtime(
            read_by(name, variables), line, image_known=line_known, script=made.script if made and kept else None
        )
        mode = text(given.items.get("network_mode"))
        networks = self._networks(given) if mode is None else {}
        own = "command" not in given.items and "entrypoint" not in given.items
        profiles = set(service.profiles)
        limit = _limit(given)
        # Without an image it lies on top of a service in another file, which may say the rest.
        whole = image is not None or "build" in given.items
        if not whole and limit.state is LimitState.ABSENT:
            limit = Limit(LimitState.UNKNOWN)
        return Container(
            name=service.name,
            kind="service",
            group=service.name,
            owner=service.key,
            image=image,
            known=known,
            image_name=name,
            limit=limit,
            limit_key="deploy.resources.limits.memory",
            jvms=run.jvms,
            unread=run.unread,
            commands=run.commands,
            own_command=own and (made is None or (made.image.command is None and made.image.entrypoint is None)),
            variables=variables,
            complete=service.complete and whole and (made is not None or "build" not in given.items),
            ports=() if mode is not None and mode.value == "host" else tuple(self._ports(service, networks)),
            listens=frozenset([port.target for port in service.ports] + _exposed(given)),
            published=frozenset(int(port.published) for port in service.ports if port.published.isdecimal()),
            mounts=tuple(self._mount(mount) for mount in service.mounts),
            mounts_known=whole
            and "volumes_from" not in given.items
            and not any(mount.unknown for mount in service.mounts),
            working_dir=known_text(given.items.get("working_dir")),
            host_network=mode if mode and mode.value == "host" else None,
            file_at=functools.partial(self._file_at, given, service.mounts),
            shares_network=mode.value if mode and mode.value not in ("bridge", "none") else "",
            networks=tuple(networks),
            network_places=networks,
            addresses=frozenset(self._addresses(given)),
            transient=bool(profiles) and all(map(is_test, profiles)),
            development=bool(profiles) and all(is_test(name) or name in _DEVELOPMENT_PROFILES for name in profiles),
        )

    def _line(self, given: Table, made: Built | None) -> tuple[Line | None, bool]:
        """Return what the container starts with, and whether no script of the image may stand before it."""
        entrypoint, command = given.items.get("entrypoint"), given.items.get("command")
        if entrypoint is not None and not (isinstance(entrypoint, Text) and entrypoint.null):
            return [*_words(entrypoint), *_words(command)], True
        if command is None or (isinstance(command, Text) and command.null):
            return line_of(made.image) if made else (None, False)
        words = _words(command)
        if made is not None and made.image.entrypoint is not None:
            before, known = line_of(made.image)
            if isinstance(before, Text):
                return before, known
            entry = made.image.entrypoint.words or ()
            return [*entry, *words], True
        return words, False

    def _ports(self, service: compose.Service, networks: Mapping[str, Place]) -> Iterator[OpenPort]:
        for port in service.ports:
            if port.unknown and not port.target:
                continue
            host = port.host or self._binding(networks)
            if not port.unknown and is_loopback(host):
                continue
            if is_wildcard(host) and not (port.unknown and not _states_host(port)):
                at = f"port {port.published}" if port.published else "a port that the engine picks"
                how = f"opens port {port.target} on all interfaces of the host as {at}"
                yield OpenPort(port.target, how, port.place, stream=port.protocol == "tcp")

    def _binding(self, networks: Mapping[str, Place]) -> str:
        """Return the address that ports are bound to by default, which a network may set."""
        key = "com.docker.network.bridge.host_binding_ipv4"
        bound = [text(self.networks.get(name, "driver_opts", key)) for name in networks]
        stated = [address.value for address in bound if address is not None]
        return stated[0] if stated and len(stated) == len(networks) else ""

    def _networks(self, given: Table) -> dict[str, Place]:
        value = given.items.get("networks")
        if isinstance(value, Table):
            return dict(value.keys)
        found = {item.value: item.place for item in texts(value)}
        return found or {"default": given.place}

    def _addresses(self, given: Table) -> Iterator[str]:
        for network in table(given.items.get("networks")).items.values():
            address = text(table(network).items.get("ipv4_address"))
            if address is not None:
                yield address.value

    def _mount(self, mount: Mount) -> Mounted:
        return Mounted(self._storage(mount), mount.source, mount.target, mount.place)

    def _file_at(self, given: Table, mounts: Iterable[Mount], path: str) -> str | None:
        """Return the text of a file that is bound from the tree, or given as a config, to a path of a container."""
        for mount in mounts:
            inside = os.path.relpath(path, mount.target or "/")
            if mount.kind == "bind" and not mount.unknown and not inside.startswith(".."):
                found = os.path.join(mount.place.origin.folder, mount.source, "" if inside == "." else inside)
                source = self.project.companion(os.path.normpath(found))
                return source.text if source is not None else None
        listed = given.items.get("configs")
        for item in listed.items if isinstance(listed, Items) else ():
            name = text(item) or text(table(item).items.get("source"))
            target = text(table(item).items.get("target"))
            if name is not None and (target.value if target else f"/{name.value}") == path:
                config = table(self.model.table.get("configs", name.value))
                content, file = text(config.items.get("content")), text(config.items.get("file"))
                if content is not None or file is None:
                    return content.value if content is not None else None
                source = self.project.companion(os.path.normpath(os.path.join(file.place.origin.folder, file.value)))
                return source.text if source is not None else None
        return None

    def _storage(self, mount: Mount) -> Storage:
        if mount.unknown:
            return Storage.OTHER
        if mount.kind == "bind":
            return Storage.BIND
        if mount.kind == "tmpfs":
            return Storage.TMPFS
        if mount.kind != "volume":
            return Storage.OTHER
        if not mount.source:
            return Storage.ANONYMOUS
        options = table(self.volumes.get(mount.source, "driver_opts"))
        kind, how = text(options.items.get("type")), text(options.items.get("o"))
        if kind is not None and kind.value == "tmpfs":
            return Storage.TMPFS
        if how is not None and "bind" in how.value.split(","):
            return Storage.BIND
        return Storage.NAMED


def _begins_with_script(line: Line | None) -> bool:
    """Tell whether a line runs a script of the image, itself or by a shell."""
    return line is not None and not isinstance(line, Text) and any(word.value.endswith(".sh") for word in line[:2])


def _states_host(port: Port) -> bool:
    return bool(port.host)


def _exposed(given: Table) -> list[int]:
    found = (item.value.partition("/")[0] for item in texts(given.items.get("expose")))
    return [int(port) for port in found if port.isdigit() and len(port) < 6]


def _as_text(variable: compose.Variable) -> Text:
    if variable.text.value == variable.value:
        return variable.text
    return Text(variable.value, variable.text.place, unknown=not variable.known)


def _words(value: Value | None) -> list[Word]:
    if isinstance(value, Items):
        items = [item for item in value.items if isinstance(item, Text)]
        return [Word(go_text(item), item.part(0, len(item.value)), not item.unknown) for item in items]
    return java_words(value) if isinstance(value, Text) and not value.null else []


def _limit(service: Table) -> Limit:
    limits = service.get("deploy", "resources", "limits")
    long = text(table(limits).items.get("memory"))
    short = text(service.items.get("mem_limit"))
    found = long or short
    if found is None:
        return Limit(LimitState.ABSENT)
    sizes: list[int] = []
    for item in (long, short):
        if item is None:
            continue
        if item.unknown or (not item.value and "$" in item.written):
            # What stands for nothing by what the tree says (`${LIMIT:+4g}`) may be something where it runs.
            return Limit(LimitState.UNKNOWN, text=item)
        if item.value[:1] == "-" and re.fullmatch(r"-\d+", item.value):
            return Limit(LimitState.UNLIMITED, 0, item)
        if item is long and item.plain and item.value.isdigit() and item.value == item.written:
            why = f"Compose takes no number here, only a text such as `'{item.value}'` or `4g`"
            return Limit(LimitState.INVALID, text=item, refused=why)
        size = compose_bytes(go_text(item))
        if size is None:
            return Limit(LimitState.INVALID, text=item, refused=_why(item.value))
        if 0 < size < _SMALLEST_LIMIT:
            why = f"the engine refuses less than 6 MiB, and this is {human(size)}"
            return Limit(LimitState.INVALID, text=item, refused=why)
        sizes.append(size)
    if short is not None and isinstance(limits, Table) and sizes[-1] and (long is None or sizes[0] != sizes[-1]):
        other = f"`{long.value}`" if long else "none"
        why = f"Compose refuses it beside `deploy.resources.limits`, whose memory is {other}"
        return Limit(LimitState.INVALID, text=short, refused=why)
    return Limit(LimitState.SET if sizes[0] > 0 else LimitState.UNLIMITED, sizes[0], found)


def _why(written: str) -> str:
    if re.fullmatch(r"\d+(?:\.\d+)?\s?[KMGTP]i", written, re.IGNORECASE):
        return f"Compose has no unit `{written[-2:]}`, which is Kubernetes' spelling; write `{written[:-1].lower()}`"
    return "Compose reads sizes such as `512m` or `4g`"
