"""A Compose project as its loader reads it: files merged, variables put in, `extends` and `include` followed.

Source: the package `loader` of github.com/compose-spec/compose-go. What the loader refuses is a `Problem`; the rest of
the project is read all the same. Files outside of the project's root are never opened.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from flake8_planalign.collector import collector_off
from flake8_planalign.formats import dotenv, yaml
from flake8_planalign.formats.compose_fields import (
    FieldError,
    Mount,
    Port,
    go_text,
    mounts,
    port_key,
    ports,
    published_key,
    repeated,
    same_twice,
)
from flake8_planalign.formats.compose_merge import MergeError, by_key, merge, pruned, unique
from flake8_planalign.formats.interpolation import TemplateError, fill
from flake8_planalign.formats.located import Items, Origin, Place, Table, Text, Value, table, text, texts
from flake8_planalign.formats.trees import as_written, build
from flake8_planalign.patterns import lazy
from flake8_planalign.source import Source

if TYPE_CHECKING:
    from flake8_planalign.project import Project

__all__ = [
    "NAMES",
    "OVERRIDES",
    "Model",
    "Problem",
    "Service",
    "default_files",
    "default_files_in",
    "files_of",
    "files_with",
    "load",
    "project_environment",
    "remembered",
]

#: What `docker compose` looks for, in this order.
NAMES: Final = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES: Final = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
#: How many services may extend each other in a row, and how many files may include each other.
CHAIN_LIMIT: Final = 50
#: How many published ports of a project are looked at, ranges written out; a port has only so many numbers.
_PORT_LIMIT: Final = 4 * 65_536

_VARIANT: Final = lazy(r"(?:docker-)?compose[._-].+\.ya?ml")

Read = Callable[[str], Source | None]


class Problem(msgspec.Struct, frozen=True):
    """Something that the loader refuses: where and why.

    What is `missing` may stand in another file that this one is put together with.
    """

    place: Place
    reason: str
    missing: bool = False


class Variable(msgspec.Struct, frozen=True):
    """A variable of a container: its value, the text it stands in, and for another file's the reference to that."""

    value: str
    text: Text
    known: bool


class Service(msgspec.Struct, frozen=True, eq=False):
    """One service of the merged project."""

    name: str
    key: Place
    table: Table
    environment: Mapping[str, Variable]
    ports: tuple[Port, ...]
    mounts: tuple[Mount, ...]
    profiles: tuple[str, ...]
    #: False if a file of variables could not be read, so that there may be more.
    complete: bool


class Model(msgspec.Struct, frozen=True, eq=False):
    """A project: its services, the merged table, every file that took part, and what the loader refuses."""

    services: tuple[Service, ...]
    table: Table
    files: tuple[str, ...]
    problems: tuple[Problem, ...]
    environment: Mapping[str, str]


def project_environment(folder: str, read: Read) -> Mapping[str, str]:
    """Return the variables of the `.env` in a directory; none if it cannot be read."""
    source = read(os.path.join(folder, ".env"))
    if source is None:
        return {}
    try:
        return dotenv.parse(source.text)
    except dotenv.DotenvError:
        return {}


def default_files(folder: str, read: Read) -> list[Source]:
    """Return the files that `docker compose` picks up in a directory: those of COMPOSE_FILE, else file and override."""
    environment = project_environment(folder, read)
    if listed := environment.get("COMPOSE_FILE"):
        names = listed.split(environment.get("COMPOSE_PATH_SEPARATOR") or ":")
        return [source for name in names if (source := read(os.path.join(folder, name)))]
    below = os.path.join(folder, "")
    bases = (read(below + name) for name in NAMES)
    overrides = (read(below + name) for name in OVERRIDES)
    base = next((source for source in bases if source), None)
    override = next((source for source in overrides if source), None) if base else None
    return [source for source in (base, override) if source]


def files_of(source: Source, read: Read) -> list[Source]:
    """Return the files that make up the project of a file, itself among them, the lowest first.

    That is what `docker compose` picks up in its directory; for a file like `compose.prod.yaml`, that one's base with
    it on top; else the file alone.
    """
    return _among(source, default_files(os.path.dirname(source.absolute), read))


def default_files_in(folder: str, project: Project) -> list[Source]:
    """Return what `default_files` does in a directory of a project, which is looked at once."""
    return project.remembered(f"compose default\0{folder}", lambda: default_files(folder, project.companion))


def files_with(source: Source, project: Project) -> list[Source]:
    """Return what `files_of` does for a file of a project."""
    return _among(source, default_files_in(os.path.dirname(source.absolute), project))


def _among(source: Source, default: list[Source]) -> list[Source]:
    if any(file.absolute == source.absolute for file in default):
        return [source if file.absolute == source.absolute else file for file in default]
    return [default[0], source] if default and _VARIANT.fullmatch(os.path.basename(source.absolute)) else [source]


def remembered(files: list[Source], project: Project) -> Model:
    """Return the model of files, which a project reads once."""

    def read() -> Model:
        folder = os.path.dirname(files[0].absolute)
        environment = project.remembered(
            f"compose environment\0{folder}", lambda: project_environment(folder, project.companion)
        )
        return load(files, project.companion, environment)

    return project.remembered("\0".join(["compose", *(file.absolute for file in files)]), read)


def load(sources: Iterable[Source], read: Read, environment: Mapping[str, str]) -> Model:
    """Return the project that files make up, the first one deciding where relative paths begin."""
    files = list(sources)
    loader = _Loader(read)
    merged = loader.model(files, os.path.dirname(files[0].absolute), environment, ())
    return loader.finish(merged, environment)


class _Loader:
    """What one loading notes: problems, and the files it opened."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.problems: dict[Problem, None] = {}
        self.files: dict[str, None] = {}
        self._ports_left = _PORT_LIMIT
        self._too_deep = False
        self._documents: dict[tuple[str, str, int], list[Table]] = {}
        #: What services publish and mount, which is asked for before and after files are put on top of each other.
        self._fields: dict[int, tuple[Table, tuple[Port, ...], tuple[Mount, ...]]] = {}
        #: Whether a file has a tag, such as `!reset`.
        self._tagged = False

    def note(self, place: Place, reason: str, *, missing: bool = False) -> None:
        self.problems[Problem(place, reason, missing)] = None

    def model(
        self, sources: list[Source], folder: str, environment: Mapping[str, str], included: tuple[str, ...]
    ) -> Table:
        """Return the files of a project on top of each other."""
        merged: Table | None = None
        for source in sources:
            for document in self.documents(source, folder, environment):
                given = document.copy()
                self._extend_all(given, folder, environment)
                self._include_all(given, folder, environment, (*included, source.absolute))
                self._check_fields(given)
                merged = self._pruned(given) if merged is None else self._merge_documents(merged, given)
        if merged is None:
            origin = Origin(sources[0], folder)
            merged = Table(Place(origin, 0, 0))
        return merged

    def _check_fields(self, document: Table) -> None:
        """Note ports and mounts that are refused, also those that a later file takes away."""
        for service in table(document.items.get("services")).items.values():
            if isinstance(service, Table):
                self._opened(service)

    def _opened(self, service: Table) -> tuple[tuple[Port, ...], tuple[Mount, ...]]:
        """Return what a service publishes and mounts."""
        known = self._fields.get(id(service))
        if known is None:
            known = self._fields[id(service)] = service, self._ports(service), self._mounts(service)
        return known[1:]

    def _pruned(self, given: Table) -> Table:
        return pruned(given) if self._tagged else given

    def _merge_documents(self, merged: Table, given: Table) -> Table:
        try:
            made = merge(merged, given, ())
        except MergeError as error:
            self.note(error.place, error.reason)
            return merged
        return self._pruned(table(made))

    def documents(self, source: Source, folder: str, environment: Mapping[str, str]) -> list[Table]:
        """Return the mappings of a file, with its variables put in."""
        key = (source.absolute, folder, id(environment))
        if key not in self._documents:
            self.files[source.absolute] = None
            self._tagged = self._tagged or "!" in source.text
            stream = yaml.compose(source.text)
            origin = Origin(source, folder)
            found: list[Table] = []
            # A dollar sign may be written as an escape, too.
            plain = "$" not in source.text and "\\" not in source.text
            make = as_written if plain else functools.partial(self._filled, environment.get)
            with collector_off():
                for root in stream.documents:
                    value, faults = build(root, origin, make)
                    for fault in faults:
                        self.note(Place(origin, fault.start, fault.end), fault.reason)
                    if isinstance(value, Table):
                        found.append(value)
            self._documents[key] = found
        return self._documents[key]

    def _filled(self, lookup: Callable[[str], str | None], node: yaml.Scalar, place: Place) -> Text:
        written = node.value
        plain = not node.style
        if "$" not in written:
            return Text(written, place, plain, node.tag)
        try:
            filled = fill(written, lookup)
        except TemplateError as error:
            self.note(place, str(error))
            return Text(written, place, plain=plain, tag=node.tag, unknown=True)
        return Text(
            filled.value,
            place,
            plain=plain,
            tag=node.tag,
            template=written,
            pieces=filled.pieces,
            unknown=bool(filled.unset),
            holes=filled.holes,
        )

    def _extend_all(self, document: Table, folder: str, environment: Mapping[str, str]) -> None:
        services = document.items.get("services")
        if isinstance(services, Table) and any(
            isinstance(service, Table) and "extends" in service.items for service in services.items.values()
        ):
            made = services.copy()
            for name in services.items:
                made.items[name] = self._extended(name, services, folder, environment, ())
            document.items["services"] = made

    def _extended(
        self,
        name: str,
        services: Table,
        folder: str,
        environment: Mapping[str, str],
        chain: tuple[tuple[int, str], ...],
    ) -> Value:
        service = services.items[name]
        extends = service.items.get("extends") if isinstance(service, Table) else None
        if not isinstance(service, Table) or extends is None:
            return service
        own = service.copy()
        del own.items["extends"]
        named = text(extends) or text(table(extends).items.get("service"))
        if named is None or named.unknown:
            return own
        file = text(table(extends).items.get("file"))
        within, inner = services, folder
        if file is not None:
            source = None if file.unknown else self._other(file, folder)
            if source is None:
                return own
            inner = os.path.dirname(source.absolute)
            documents = self.documents(source, inner, environment)
            within = table(documents[0].items.get("services")) if documents else Table(extends.place)
        if named.value not in within.items:
            self.note(named.place, f"there is no service `{named.value}` to extend")
            return own
        link = (id(within), named.value)
        if link in chain or (within is services and named.value == name) or len(chain) >= CHAIN_LIMIT:
            if len(chain) < CHAIN_LIMIT:
                self.note(named.place, f"`{name}` extends itself")
            elif not self._too_deep:
                self._too_deep = True
                self.note(named.place, f"more than {CHAIN_LIMIT} services extend each other in a row")
            return own
        base = self._extended(named.value, within, inner, environment, (*chain, link))
        if isinstance(base, Text):
            return own
        try:
            return merge(base, own, ("services", name))
        except MergeError as error:
            self.note(error.place, error.reason)
            return own

    def _other(self, name: Text, folder: str) -> Source | None:
        source = self.read(os.path.normpath(os.path.join(folder, name.value)))
        if source is not None:
            self.files[source.absolute] = None
        return source

    def _include_all(
        self, document: Table, folder: str, environment: Mapping[str, str], included: tuple[str, ...]
    ) -> None:
        listed = document.items.pop("include", None)
        for item in listed.items if isinstance(listed, Items) else ():
            paths = list(texts(item.items.get("path") if isinstance(item, Table) else item))
            if any(path.unknown for path in paths):
                continue
            sources = [self._other(path, folder) for path in paths]
            if not sources or sources[0] is None:
                continue
            if sources[0].absolute in included or len(included) >= CHAIN_LIMIT:
                self.note(paths[0].place, "the files include each other")
                continue
            directory = text(table(item).items.get("project_directory"))
            inner = os.path.join(folder, directory.value) if directory else os.path.dirname(sources[0].absolute)
            known = {**self._included_environment(item, folder, inner), **environment}
            imported = self.model([source for source in sources if source], inner, known, included)
            self._import(document, _resolved(imported, known))

    def _included_environment(self, item: Value, folder: str, inner: str) -> Mapping[str, str]:
        files = list(texts(table(item).items.get("env_file")))
        if not files:
            return project_environment(inner, self.read)
        found: dict[str, str] = {}
        for file in files:
            source = self.read(os.path.normpath(os.path.join(folder, file.value)))
            if source is not None:
                try:
                    found |= dotenv.parse(source.text)
                except dotenv.DotenvError as error:
                    self.note(file.place, f"{file.value}: {error}")
        return found

    def _import(self, document: Table, imported: Table) -> None:
        for kind in ("services", "volumes", "networks", "secrets", "configs", "models"):
            given = imported.items.get(kind)
            if not isinstance(given, Table):
                continue
            held = document.items.get(kind)
            made = held.copy() if isinstance(held, Table) else Table(given.place)
            for name, value in given.items.items():
                if name not in made.items:
                    made.put(name, given.keys[name], value)
                    continue
                try:
                    made.items[name] = merge(value, made.items[name], (kind, name))
                except MergeError as error:
                    self.note(error.place, error.reason)
            document.items[kind] = made
            document.keys.setdefault(kind, given.place)

    def finish(self, merged: Table, environment: Mapping[str, str]) -> Model:
        """Return the project of a merged table."""
        services: list[Service] = []
        declared = table(merged.items.get("services"))
        for name, value in declared.items.items():
            if isinstance(value, Table):
                services.append(self._service(name, declared.keys[name], value, environment))
        self._check(merged, services)
        return Model(tuple(services), merged, tuple(self.files), tuple(self.problems), environment)

    def _service(self, name: str, key: Place, given: Table, environment: Mapping[str, str]) -> Service:
        variables: dict[str, Variable] = {}
        own = self._own_variables(given, environment)
        complete = True
        env_files = given.items.get("env_file")
        listed: list[Value] = env_files.items if isinstance(env_files, Items) else [env_files] if env_files else []
        for item in unique(listed, _env_file_key):
            found = self._env_file(item, environment, own, variables)
            complete = complete and found is not None
            variables |= found or {}
        variables |= own
        for listed_in, item in repeated(given):
            self.note(item.place, f"`{item.value}` stands twice in `{listed_in}`")
        profiles = tuple(item.value for item in texts(given.items.get("profiles")))
        opened, mounted = self._opened(given)
        return Service(name, key, given, variables, opened, mounted, profiles, complete)

    @staticmethod
    def _own_variables(given: Table, environment: Mapping[str, str]) -> dict[str, Variable]:
        """Return the variables of `environment`; one without a value is taken over from the project's."""
        found: dict[str, Variable] = {}
        for name, value in by_key(given.items.get("environment")).items.items():
            if not isinstance(value, Text):
                continue
            if value.null:
                known = environment.get(name)
                found[name] = Variable(known or "", value, known is not None)
            else:
                found[name] = Variable(go_text(value), value, not value.unknown)
        return found

    def _env_file(
        self,
        item: Value,
        environment: Mapping[str, str],
        own: Mapping[str, Variable],
        before: Mapping[str, Variable],
    ) -> dict[str, Variable] | None:
        named = text(item) or text(table(item).items.get("path"))
        if named is None or named.unknown:
            return None
        source = self._other(named, named.place.origin.folder)
        if source is None:
            return None

        def lookup(name: str) -> str | None:
            if name in environment:
                return environment[name]
            return own[name].value if name in own and not own[name].text.null else None

        try:
            raw = text(table(item).items.get("format"))
            if raw and raw.value == "raw":
                found = dotenv.parse_raw(source.text)
            else:
                held = {name: variable.value for name, variable in before.items()}
                found = dotenv.parse(source.text, lookup, held)
        except dotenv.DotenvError as error:
            self.note(named.place, f"{named.value}: {error}")
            return None
        return {
            name: before[name] if name in before and before[name].value == value else Variable(value, named, known=True)
            for name, value in found.items()
        }

    def _ports(self, given: Table) -> tuple[Port, ...]:
        listed = given.items.get("ports")
        if not isinstance(listed, Items):
            return ()
        kept: dict[tuple[str, str, int, str], Port] = {}
        items = unique(listed.items, port_key)
        for item in same_twice(items):
            self.note(item.place, "the same port is published twice, as a text and as a number")
        for item in items:
            try:
                for port in ports(Items(item.place, [item])):
                    self._ports_left -= 1
                    if self._ports_left < 0:
                        break
                    published = published_key(item) or port.published
                    kept[(port.host or "0.0.0.0", published, port.target, port.protocol)] = port  # noqa: S104
            except FieldError as error:
                self.note(error.place, error.reason)
        return tuple(kept.values())

    def _mounts(self, given: Table) -> tuple[Mount, ...]:
        kept: dict[str, Mount] = {}
        listed = given.items.get("volumes")
        for item in listed.items if isinstance(listed, Items) else ():
            try:
                for mount in mounts(Items(item.place, [item])):
                    kept[mount.target] = mount
            except FieldError as error:
                self.note(error.place, error.reason)
                # Nobody knows what it was meant for.
                kept.setdefault("", Mount("volume", "", "", item.place, unknown=True))
        for item in texts(given.items.get("tmpfs")):
            target = item.value.partition(":")[0]
            kept.setdefault(target, Mount("tmpfs", "", target, item.place, item.unknown))
        return tuple(kept.values())

    def _check(self, merged: Table, services: list[Service]) -> None:
        """Note names of volumes and networks that are nowhere declared, unless services are missing as well.

        A file whose services depend on others that are not there lies on top of another one.
        """
        named = {service.name for service in services}
        if any(needed not in named for service in services for needed in _needed(service.table)):
            return
        volumes = table(merged.items.get("volumes")).items
        networks = table(merged.items.get("networks")).items
        for service in services:
            for mount in service.mounts:
                if mount.kind == "volume" and mount.source and not mount.unknown and mount.source not in volumes:
                    reason = f"the service `{service.name}` refers to undefined volume `{mount.source}`"
                    self.note(mount.place, reason, missing=True)
            for name, place in _network_names(service.table.items.get("networks")):
                if name not in networks and name != "default":
                    reason = f"the service `{service.name}` refers to undefined network `{name}`"
                    self.note(place, reason, missing=True)


def _resolved(imported: Table, environment: Mapping[str, str]) -> Table:
    """Return included services with the variables that their lists take over from the project they were included as.

    What a mapping leaves open is settled by the project that includes.
    """
    services = table(imported.items.get("services"))
    made = services.copy()
    for name, service in services.items.items():
        given = table(service).items.get("environment")
        variables = by_key(given)
        taken = {
            key: environment[key]
            for key, value in variables.items.items()
            if isinstance(value, Text) and value.null and key in environment
        }
        if taken and isinstance(service, Table) and isinstance(given, Items):
            own, changed = service.copy(), variables.copy()
            for key, value in taken.items():
                changed.items[key] = Text(value, variables.items[key].place, plain=False)
            own.items["environment"] = changed
            made.items[name] = own
    result = imported.copy()
    if services.items:
        result.items["services"] = made
    return result


def _network_names(value: Value | None) -> Iterator[tuple[str, Place]]:
    if isinstance(value, Table):
        yield from value.keys.items()
    else:
        for item in texts(value):
            if not item.unknown:
                yield item.value, item.place


def _needed(service: Table) -> Iterator[str]:
    """Yield the names of the services that one depends on."""
    given = service.items.get("depends_on")
    if isinstance(given, Table):
        yield from (name for name, value in given.items.items() if _is_required(table(value)))
    else:
        yield from (item.value for item in texts(given) if not item.unknown)


def _is_required(dependency: Table) -> bool:
    required = text(dependency.items.get("required"))
    return required is None or required.value != "false"


def _env_file_key(item: Value) -> str | None:
    named = text(item) or text(table(item).items.get("path"))
    return named.value if named else None
