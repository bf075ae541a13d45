"""Where a container's data goes: the mount that covers its directory, and what becomes of what is written there."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.formats.located import Place, Text
from flake8_planalign.patterns import lazy
from flake8_planalign.physical.images import Engine, Image
from flake8_planalign.physical.model import Container, Mounted, Storage

__all__ = ["Loss", "losses", "mage_loss"]

_SERVERS: Final = frozenset(
    {
        "postgres", "mysqld", "mariadbd", "mysqld_safe", "mongod", "redis-server", "valkey-server", "cassandra",
        "docker-entrypoint.sh", "elasticsearch", "opensearch", "clickhouse-server", "influxd", "neo4j",
        "rabbitmq-server", "minio", "etcd", "docker_entrypoint.sh",
    }
)  # fmt: skip
_SHELLS: Final = frozenset({"ash", "bash", "sh"})
_POSTGRES_HOME: Final = "/var/lib/postgresql"
#: Variables of Bitnami's and Red Hat's images of PostgreSQL, which keep their data elsewhere.
_OTHER_POSTGRES: Final = frozenset(
    {"POSTGRESQL_USERNAME", "POSTGRESQL_USER", "POSTGRESQL_PASSWORD", "POSTGRESQL_DATABASE",
     "POSTGRESQL_REPLICATION_MODE", "POSTGRESQL_POSTGRES_PASSWORD"}
)  # fmt: skip
_IN_A_VOLUME: Final = Image(Engine("PostgreSQL"), volume=_POSTGRES_HOME)
#: Options of `minio server` that take no value; each other one has its value beside it or after `=`.
_MINIO_SWITCHES: Final = frozenset(
    {"--quiet", "-q", "--anonymous", "--json", "--no-compat", "--compat", "--insecure", "--pre-allocate",
     "--log-compress", "--no-color"}
)  # fmt: skip
_DRIVES: Final = lazy(r"\{(\d+)\.\.\.\d+\}")
#: What a configuration of Redis says if it persists, and in how many characters of it that is looked for.
_SAVES: Final = lazy(r"^\s*(?:appendonly\s+yes|save\s+[\"']?[1-9])", re.MULTILINE | re.IGNORECASE)
_DIRECTORY: Final = lazy(r"^[ \t]*dir[ \t]+(\S+)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_CONFIG_LIMIT: Final = 2**18
_WHERE: Final = {
    Storage.ANONYMOUS: "on an anonymous volume, which no container finds again after `down`",
    Storage.TMPFS: "in memory, so it is gone when the container stops",
    Storage.EMPTY_DIR: "in an emptyDir, which is deleted with the pod",
    Storage.EPHEMERAL: "in an ephemeral volume, which is deleted with the pod",
    Storage.HOST_PATH: "in a hostPath, which stays behind when the pod moves to another node",
    Storage.BIND: "in a directory of the host, which stays behind when the container moves",
}


class Loss(msgspec.Struct, frozen=True):
    """Data that is not kept: where that is said, what writes it, and what to do."""

    place: Place
    engine: str
    path: str
    where: str
    remedy: str
    stays_with_host: bool = False


def losses(container: Container) -> Iterator[Loss]:
    """Yield how the data of a database container is lost; at most one."""
    known = container.known
    if known is None or container.transient or not container.mounts_known or not _serves(container, known.engine):
        return
    if known.homes == ("PGDATA",) and not _OTHER_POSTGRES.isdisjoint(container.variables):
        # An image of another make is called so.
        return
    path, home = _data(container, known)
    if path is None:
        yield from _floating(container, known)
        return
    mount = covering(container, path)
    remedy = f"mount {_lasting(container)} at `{_mount_point(known, path)}`"
    if mount is None or (not home and _is_shadowed(mount, known)):
        yield from _uncovered(container, known, path, remedy, home)
    elif not mount.persistent:
        yield _kept_badly(mount, known.engine.name, path, remedy)


def covering(container: Container, path: str) -> Mounted | None:
    """Return the innermost mount that a path lies in."""
    found = [mount for mount in container.mounts if mount.covers(path)]
    return max(found, key=lambda mount: len(mount.target), default=None)


def _kept_badly(mount: Mounted, engine: str, path: str, remedy: str) -> Loss:
    stays = mount.storage is Storage.BIND
    return Loss(mount.place, engine, path, _WHERE[mount.storage], remedy, stays)


def _uncovered(container: Container, known: Image, path: str, remedy: str, home: Place | None) -> Iterator[Loss]:
    """Yield the loss of data that no mount covers: at the mount that was meant to, else at the container's name."""
    if any(mount.target.startswith(path.rstrip("/") + "/") and mount.persistent for mount in container.mounts):
        return
    if home is not None:
        if any(mount.persistent or mount.storage is Storage.BIND for mount in container.mounts):
            yield Loss(home, known.engine.name, path, "which no mount covers", remedy)
        else:
            yield Loss(container.owner, known.engine.name, path, "and nothing is mounted there", remedy)
        return
    meant = [mount for mount in container.mounts if _is_meant(mount, known, path)]
    if meant:
        tag = f"{container.image_name.last}:{container.image_name.tag}" if container.image_name else "this image"
        where = f"but the volume is mounted at `{meant[0].target}`, where `{tag}` keeps nothing"
        yield Loss(meant[0].place, known.engine.name, path, where, remedy)
        return
    where = _lost(container, known)
    yield Loss(container.owner, known.engine.name, path, where, remedy)


def _lost(container: Container, known: Image) -> str:
    """Return what becomes of data that no mount covers."""
    if not known.volume:
        return "which is in the container's own layer and gone with the container"
    if container.kind == "service":
        return "which is on an anonymous volume that no container finds again after `docker compose down`"
    return "where nothing is mounted, so it is gone with the pod"


def _is_meant(mount: Mounted, known: Image, path: str) -> bool:
    if mount.storage is Storage.OTHER:
        return False
    if known.engine.name == "PostgreSQL":
        return mount.target in (_POSTGRES_HOME, f"{_POSTGRES_HOME}/data", "/var/lib/postgres", "/var/lib/postgres/data")
    return path.startswith(mount.target.rstrip("/") + "/")


def _is_shadowed(mount: Mounted, known: Image) -> bool:
    """Tell whether the image's own volume lies between a mount and the data, and so covers the mount."""
    return known.volume != mount.target and known.volume.startswith(mount.target.rstrip("/") + "/")


def _lasting(container: Container) -> str:
    """Return what keeps data, as the container's own platform calls it."""
    return "a named volume" if container.kind == "service" else "a PersistentVolumeClaim"


def _mount_point(known: Image, path: str) -> str:
    return known.volume if known.volume and path.startswith(known.volume) else path


def _floating(container: Container, known: Image) -> Iterator[Loss]:
    """Yield the loss of a database whose directory depends on a version that the tag does not name."""
    moved = _moved(container, known)
    if known.engine.name != "PostgreSQL" or (moved is not None and moved.unknown and container.mounts):
        return
    home = f"{_POSTGRES_HOME}/data"
    mounts = [mount for mount in container.mounts if mount.covers(home) or mount.target.startswith(_POSTGRES_HOME)]
    if not mounts:
        remedy = f"name the major version in the tag, and mount {_lasting(container)} where that one keeps its data"
        yield Loss(container.owner, known.engine.name, _POSTGRES_HOME, _lost(container, _IN_A_VOLUME), remedy)
    elif not any(mount.persistent for mount in mounts):
        yield _kept_badly(mounts[0], known.engine.name, mounts[0].target, f"mount {_lasting(container)} there")


def _data(container: Container, known: Image) -> tuple[str | None, Place | None]:
    """Return the directory that the data is written to, and where a variable says so."""
    home = _moved(container, known)
    if home is not None and home.unknown:
        return None, None
    if home is not None:
        return _clean(home.value), home.place
    if known.engine.name == "MinIO" and not known.data:
        return _minio(container), None
    if known.engine.name == "etcd" and not known.data:
        return _etcd(container), None
    if known.engine.name in ("Redis", "Valkey"):
        return _redis(container, known.data), None
    return known.data or None, None


def _moved(container: Container, known: Image) -> Text | None:
    """Return the variable that says where the data is, None if none does."""
    stated = (container.variables.get(name) for name in known.homes)
    return next((text for text in stated if text is not None and (text.value or text.unknown)), None)


def _clean(path: str) -> str:
    return posixpath.normpath(path)


def _minio(container: Container) -> str | None:
    for words in container.commands:
        values = [word.value for word in words]
        if "server" in values:
            path = _first_drive(values[values.index("server") + 1 :])
            return _clean(path) if path.startswith("/") and "{" not in path else None
    return None


def _first_drive(values: list[str]) -> str:
    """Return the first argument of `minio server` that is no option, nor the value of one."""
    waiting = iter(values)
    for value in waiting:
        if not value.startswith("-"):
            return _DRIVES.sub(r"\1", value)
        if "=" not in value and value not in _MINIO_SWITCHES:
            next(waiting, None)
    return ""


def _redis(container: Container, path: str) -> str | None:
    """Return the directory that Redis is told to write to, else the one that it is started in."""
    words = [word.value for command in container.commands for word in command]
    told = ""
    for word in words:
        config = container.file_at(word) if word.startswith("/") and word.endswith(".conf") else None
        stated = _DIRECTORY.findall(config[:_CONFIG_LIMIT]) if config is not None else []
        told = stated[-1] if stated else told
    for option, value in itertools.pairwise([*words, ""]):
        told = value if option == "--dir" else told
    start = container.working_dir or path
    return _clean(posixpath.join(start, told.strip("\"'"))) if start or told.startswith("/") else None


def _etcd(container: Container) -> str | None:
    stated = container.variables.get("ETCD_DATA_DIR")
    if stated is not None:
        return None if stated.unknown or not stated.value.startswith("/") else _clean(stated.value)
    for words in container.commands:
        values = [word.value for word in words]
        for index, value in enumerate(values):
            option, sign, given = value.partition("=")
            if option in ("--data-dir", "-data-dir"):
                path = given if sign else (values[index + 1] if index + 1 < len(values) else "")
                return _clean(path) if path.startswith("/") else None
    return None


def _serves(container: Container, engine: Engine) -> bool:
    """Tell whether the container runs the database, and not one of its tools; Redis must be told to persist."""
    words = [word.value for command in container.commands for word in command]
    if len(words) == 1 and posixpath.basename(words[0]) in _SHELLS:
        return False
    if engine.name in ("Redis", "Valkey"):
        return _persists(container, words)
    if engine.name in {"MinIO", "etcd"}:
        return True
    if engine.name in {"Elasticsearch", "OpenSearch"} and _only_coordinates(container, words):
        return False
    if not words or words[0].startswith("-"):
        return True
    if len(container.commands) > 1 or words[0].endswith(".sh"):
        return posixpath.basename(words[0]) in _SERVERS
    return posixpath.basename(words[0]) in _SERVERS


def _only_coordinates(container: Container, words: list[str]) -> bool:
    """Tell whether a node is neither for data nor for the state of its cluster, so that it keeps nothing.

    Source: "Node roles" of Elasticsearch's documentation; Bitnami's images have a variable for them.
    """
    stated = {name.lower(): text.value for name, text in container.variables.items() if not text.unknown}
    stated |= {key: value for word in words if word.startswith("-E") for key, _, value in [word[2:].partition("=")]}
    roles = stated.get("node.roles", stated.get("elasticsearch_node_roles", stated.get("opensearch_node_roles")))
    if roles is not None:
        kept = ("data", "master", "cluster_manager")
        return not any(role.strip("[]\"' \n-").startswith(kept) for role in roles.replace(",", "\n").split("\n"))
    return all(stated.get(f"node.{role}", "").lower() == "false" for role in ("data", "master"))


def _persists(container: Container, words: list[str]) -> bool:
    stated = container.variables.get("REDIS_AOF_ENABLED") or container.variables.get("VALKEY_AOF_ENABLED")
    if stated is not None and stated.value.lower() in ("yes", "true"):
        return True
    for word in words:
        config = container.file_at(word) if word.startswith("/") and word.endswith(".conf") else None
        if config is not None and _SAVES.search(config[:_CONFIG_LIMIT]):
            return True
    extra = container.variables.get("REDIS_ARGS")
    words = words + (extra.value.split() if extra else [])
    for option, value in itertools.pairwise([*words, ""]):
        if option == "--appendonly" and value == "yes":
            return True
        if option == "--save" and re.match(r"\d", value):
            return True
    return False


def mage_loss(container: Container) -> Loss | None:
    """Return how the project of a Mage container is lost, None if it is kept or if the container runs no Mage."""
    started = any(
        [word.value for word in words[:2]] == ["mage", "start"] or words[0].value.endswith("/run_app.sh")
        for words in container.commands
        if words
    )
    known = container.known is not None and container.known.engine.name == "Mage"
    if not (known or started) or container.transient or not container.mounts_known:
        return None
    stated = container.variables.get("MAGE_DATA_DIR")
    if stated is not None and (stated.unknown or not stated.value.startswith("/")):
        return None
    path = _clean(stated.value) if stated is not None else "/home/src"
    remedy = f"mount {_lasting(container)} at `{path}`"
    mount = covering(container, path)
    below = [item for item in container.mounts if item.target.startswith(path + "/")]
    if mount is None and below:
        mount = next((item for item in below if item.persistent), below[0])
    if mount is None:
        if not known:
            return None
        return Loss(container.owner, "Mage", path, "which is the container's own layer: it is gone with it", remedy)
    return None if mount.persistent else _kept_badly(mount, "Mage", path, remedy)
