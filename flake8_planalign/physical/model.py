"""The words of the Physical view: containers with their memory, ports and volumes, and the stack that they make up."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping

import msgspec

from flake8_planalign.formats.located import Place, Text
from flake8_planalign.formats.words import Word, program_at
from flake8_planalign.physical.images import Image, Name
from flake8_planalign.physical.jvm import Flag, Jvm
from flake8_planalign.rule import Confidence, Finding, Related, Rule, Severity

__all__ = ["Container", "Limit", "LimitState", "Mounted", "OpenPort", "Stack", "Storage"]


class LimitState(enum.Enum):
    """Whether a container's memory has an end."""

    ABSENT = "absent"
    UNLIMITED = "unlimited"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    SET = "set"


class Limit(msgspec.Struct, frozen=True):
    """The memory limit of a container in bytes, and the text that sets it; `refused` says what is wrong with it."""

    state: LimitState
    size: float = 0
    text: Text | None = None
    refused: str = ""


class Storage(enum.Enum):
    """Where what is written below a mount goes."""

    NAMED = "a named volume"
    CLAIM = "a claim"
    ANONYMOUS = "an anonymous volume"
    BIND = "a directory of the host"
    TMPFS = "memory"
    EMPTY_DIR = "an emptyDir"
    EPHEMERAL = "an ephemeral volume"
    HOST_PATH = "a hostPath"
    OTHER = "something else"


#: What outlives the container, and is there again wherever the container comes up.
PERSISTENT = frozenset({Storage.NAMED, Storage.CLAIM, Storage.OTHER})


class Mounted(msgspec.Struct, frozen=True):
    """Something mounted at `target`; `place` is the mount item of the container."""

    storage: Storage
    source: str
    target: str
    place: Place

    @property
    def persistent(self) -> bool:
        """Tell whether what is written there is kept; True where that cannot be known."""
        return self.storage in PERSISTENT

    def covers(self, path: str) -> bool:
        """Tell whether a path lies in what is mounted."""
        return path == self.target or path.startswith(self.target.rstrip("/") + "/")


def _is_of_paketo(mount: Mounted) -> bool:
    """Tell whether a mount lies in the directory of images that Paketo builds, whose calculator sizes the heap."""
    return mount.target == "/workspace" or mount.target.startswith(("/workspace/", "/home/cnb"))


class OpenPort(msgspec.Struct, frozen=True):
    """A port of a container that is reached from outside of the stack; `how` says by what means.

    `address` is where others in the cluster reach the Service that opens it, such as `cache:6379`, empty if that is
    not known; None if no Service opens it. `stream` tells that it speaks TCP, as databases do.
    """

    target: int
    how: str
    place: Place
    address: str | None = None
    stream: bool = True


def _no_file(_path: str) -> str | None:
    return None


class Container(msgspec.Struct, frozen=True, eq=False):
    """One container: `owner` is where its name stands, `kind` what a person calls it (service, container).

    `known` is what is known of its image. `commands` are the simple commands that it starts with; `own_command` tells
    that these are the image's own. `complete` is False where it may have variables that nobody states in the tree.
    """

    name: str
    kind: str
    owner: Place
    image: Text | None = None
    known: Image | None = None
    image_name: Name | None = None
    limit: Limit = msgspec.field(default_factory=lambda: Limit(LimitState.UNKNOWN))
    limit_key: str = ""
    jvms: tuple[Jvm, ...] = ()
    #: Options in variables that nothing reads, since `java` is started without a script.
    unread: tuple[Flag, ...] = ()
    commands: tuple[tuple[Word, ...], ...] = ()
    own_command: bool = True
    variables: Mapping[str, Text] = msgspec.field(default_factory=dict)
    complete: bool = True
    ports: tuple[OpenPort, ...] = ()
    listens: frozenset[int] = frozenset()
    #: The ports of the host that lead to it.
    published: frozenset[int] = frozenset()
    mounts: tuple[Mounted, ...] = ()
    mounts_known: bool = True
    #: The text of a file of the tree that is mounted at a path.
    file_at: Callable[[str], str | None] = _no_file
    #: The directory that it is started in, where that is stated; else the image's.
    working_dir: str = ""
    host_network: Text | None = None
    #: The container whose network it shares, `host`, or empty.
    shares_network: str = ""
    networks: tuple[str, ...] = ()
    network_places: Mapping[str, Place] = msgspec.field(default_factory=dict)
    addresses: frozenset[str] = frozenset()
    #: The pod it is in; containers of one pod share a network.
    group: str = ""
    #: It ends by itself, or only helps: an init container, a job, a test.
    transient: bool = False
    #: It belongs to a development stack by its profiles.
    development: bool = False

    @property
    def java(self) -> bool:
        """Tell whether its command starts a JVM."""
        return self._starts("java")

    @property
    def sizes_heap(self) -> bool:
        """Tell whether its image, or the script that it starts with, makes a heap of the limit by itself."""
        if self.known is not None and not self.known.java and not self.java:
            # What is known to run something else starts no JVM, whatever its variables are for.
            return True
        if self.own_command and self.known is not None and self.known.sizes_heap:
            return True
        return self._starts("run-java.sh") or (self.own_command and any(map(_is_of_paketo, self.mounts)))

    @property
    def helps(self) -> bool:
        """Tell whether it only helps with another command, so that what is set for the image's own says nothing."""
        return self.transient and bool(self.commands) and not self.java

    def _starts(self, program: str) -> bool:
        return any(program_at(words, program) is not None for words in self.commands)


class Stack(msgspec.Struct, frozen=True, eq=False):
    """The containers of a project or of a directory of manifests, as seen from one of its files.

    `layers` are its files from the lowest to the one that is put on top last. `development` and `test` tell what the
    stack is for by the names of its files, `live_code` what it does: it mounts source code or reloads it.
    """

    path: str
    containers: tuple[Container, ...]
    #: All containers that can be reached by name; `containers` are those that have to do with the file.
    peers: tuple[Container, ...] = ()
    layers: tuple[str, ...] = ()
    development: bool = False
    test: bool = False
    live_code: bool = False
    internal_networks: frozenset[str] = frozenset()
    edge_networks: frozenset[str] = frozenset()

    def report(
        self,
        rule: Rule,
        place: Place,
        *,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        because: Mapping[str, Place] | None = None,
        **fields: object,
    ) -> Iterator[Finding]:
        """Yield the finding of a rule at a place, if that is in the file that the stack is seen from."""
        if place.path != self.path:
            return
        related = [Related(other.path, other.position, text) for text, other in (because or {}).items()]
        yield rule.finding(place.position, severity=severity, confidence=confidence, related=related, **fields)

    def above(self, upper: Place, lower: Place) -> bool:
        """Tell whether a place is in a file that is put on top of the other one's."""
        order = {path: index for index, path in enumerate(self.layers)}
        return order.get(upper.path, 0) > order.get(lower.path, 0)
