"""Hosts that variables name, and the service of the stack that is meant by them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.formats.located import Text
from flake8_planalign.patterns import lazy
from flake8_planalign.physical.images import is_page
from flake8_planalign.physical.model import Container, Stack
from flake8_planalign.physical.names import is_loopback, is_private, words_of
from flake8_planalign.rule import Confidence

__all__ = ["Detour", "detours"]

_URL: Final = lazy(r"([A-Za-z][A-Za-z0-9+.\-]*)://(?:[^\s/@'\"]*@)?(\[[0-9A-Fa-f:.]+\]|[\w.\-]+)(?::(\d{1,5}))?")
_DSN: Final = lazy(r"(?:^|[\s;])(?:host|server|data source)\s*=\s*([\w.\-]+)(?:[\s;]|$)", re.IGNORECASE)
_HOST: Final = lazy(r"(\[[0-9A-Fa-f:.]+\]|[\w.\-]+?)(?::(\d{1,5}))?")
_HOST_NAME: Final = lazy(
    r"(?:^|_)(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS|ENDPOINT|HOSTS|SERVERS|BROKERS?|BROKERLIST"
    r"|BOOTSTRAPSERVERS|NODES?)$"
)
#: Words in the names of variables that hold a container's own address, or one for people and browsers.
_OTHERWISE: Final = frozenset(
    {
        "cors", "origin", "origins", "allowed", "allow", "proxy", "noproxy", "listen", "listener", "listeners",
        "bind", "advertise", "advertised", "broadcast", "public", "external", "callback", "redirect", "frontend",
        "site", "web", "vite", "react", "next", "nuxt", "vue", "browser", "cookie", "domain", "health", "healthcheck",
        "jmx", "rmi", "trusted", "csrf",
        "self", "own", "me", "rpc", "interface", "root", "base", "base_url", "whitelist", "host_ip",
    }
)  # fmt: skip
_OUTSIDE: Final = frozenset(
    {"host.docker.internal", "gateway.docker.internal", "docker.for.mac.localhost", "docker.for.win.localhost",
     "host.containers.internal", "172.17.0.1"}
)  # fmt: skip
_GENERIC: Final = {"db": True, "database": True, "sql": True}
_SQL: Final = frozenset({"PostgreSQL", "MySQL", "MariaDB", "SQL Server", "Oracle"})


class Detour(msgspec.Struct, frozen=True):
    """A host that is named instead of a service: the text of it, the service, and what the host really is.

    `port` is where the service answers, if another one is named, such as the one that it has on the host; else 0.
    """

    variable: str
    host: Text
    target: Container
    meaning: str
    confidence: Confidence
    port: int = 0

    @property
    def remedy(self) -> str:
        """Return what to write instead."""
        return f"{self.target.name}:{self.port}" if self.port else self.target.name


class _Named(msgspec.Struct, frozen=True):
    """A host as a variable names it, with what is said about what listens there."""

    host: Text
    scheme: str
    port: int


def detours(container: Container, stack: Stack) -> Iterator[Detour]:
    """Yield the hosts in a container's variables that stand in the place of a service of its stack."""
    if container.shares_network or container.host_network or len(stack.peers) < 2:
        return
    for name, text in container.variables.items():
        if not _may_name_host(text.value):
            continue
        words = set(words_of(name))
        if words & _OTHERWISE:
            continue
        for named in _named(name, text):
            meaning = _meaning(named.host.value)
            if meaning is None or named.host.unknown:
                continue
            if named.port in container.listens and is_loopback(named.host.value):
                # What is looked for may run in this container as well, whatever else the stack has.
                continue
            target = _target(named, words, container, stack)
            if target is not None and not _is_for_another(name, text, target, stack):
                loose = is_private(named.host.value) and named.host.value not in target.addresses
                if loose and is_page(container.image_name):
                    continue
                confidence = Confidence.PROBABLE if loose else Confidence.CERTAIN
                if named.host.value in target.addresses:
                    meaning = "is pinned by hand in a network of the stack"
                yield Detour(name, named.host, target, meaning, confidence, _answers(target, named.port))


def _may_name_host(value: str) -> bool:
    """Tell whether a text may hold an address, or a name of the host, which `_meaning` knows."""
    folded = value.lower()
    return value.count(".") > 2 or "[" in value or "localhost" in folded or "internal" in folded


def _is_for_another(name: str, text: Text, target: Container, stack: Stack) -> bool:
    """Tell whether a variable that many containers share is meant for one beside the service, which reaches it so."""
    return bool(target.group) and any(
        peer.group == target.group and (shared := peer.variables.get(name)) is not None and shared.place == text.place
        for peer in stack.peers
    )


def _named(name: str, text: Text) -> Iterator[_Named]:
    urls = list(_URL.finditer(text.value))
    for found in urls:
        yield _Named(text.part(*found.span(2)), found[1].lower(), int(found[3] or 0))
    if urls:
        return
    for found in _DSN.finditer(text.value):
        yield _Named(text.part(*found.span(1)), "", 0)
    bare = _HOST.fullmatch(text.value.strip())
    # Whatever it is called, the host of the stack with a port is where something is looked for.
    if bare and (_HOST_NAME.search(name.upper()) or (bare[2] and bare[1].lower() in _OUTSIDE)):
        offset = len(text.value) - len(text.value.lstrip())
        start, end = bare.span(1)
        yield _Named(text.part(start + offset, end + offset), "", int(bare[2] or 0))


def _meaning(host: str) -> str | None:
    if is_loopback(host):
        return "is the container itself"
    if host.lower() in _OUTSIDE:
        return "leaves the stack through the host"
    if is_private(host):
        return "is a private address that nothing in the stack sets"
    return None


def _target(named: _Named, words: set[str], container: Container, stack: Stack) -> Container | None:
    """Return the service that is meant, None where more than one or none may be."""
    peers = [
        peer
        for peer in stack.peers
        if peer is not container and not peer.transient and peer.kind == container.kind and not peer.host_network
    ]
    others = [peer for peer in peers if peer.group != container.group]
    for peer in others:
        if named.host.value in peer.addresses:
            return peer
    scheme = named.scheme.partition("+")[0]
    web = scheme in ("http", "https", "ws", "wss")
    if web and named.host.value.lower() not in _OUTSIDE:
        return None
    beside = [peer for peer in peers if peer.group == container.group]
    if is_loopback(named.host.value) and _candidates(named, words, beside):
        # A container of the same pod is what answers at its own address.
        return None
    found = _candidates(named, words, others)
    if (
        container.known
        and container.known.engine.datastore
        and any(peer.known and peer.known.engine is container.known.engine for peer in found)
    ):
        return None
    if len(found) > 1 and named.port:
        found = [peer for peer in found if _listens(peer, named.port)] or found
    return found[0] if len(found) == 1 else None


def _candidates(named: _Named, words: set[str], others: list[Container]) -> list[Container]:
    """Return the containers that may be meant by what is named: by scheme, by port, or by the variable's name."""
    scheme = named.scheme.partition("+")[0]
    web = scheme in ("http", "https", "ws", "wss")
    by_scheme = [peer for peer in others if peer.known and scheme in peer.known.engine.schemes]
    if scheme and not web:
        return by_scheme or [peer for peer in others if peer.name.lower() == scheme]
    if web and named.port:
        # Through the host a service is where it is published; what else listens there may be anybody's.
        published = [peer for peer in others if named.port in peer.published]
        return published or [peer for peer in others if peer.known and named.port in peer.known.engine.ports]
    if named.port and named.host.value:
        found = [peer for peer in others if _listens(peer, named.port)]
        found = [peer for peer in found if _is_called(peer, words)] or found
        if not found and named.host.value.lower() in _OUTSIDE:
            # Through the host a service has the port that it is published as.
            found = [peer for peer in others if _is_called(peer, words)]
        return found
    return [peer for peer in others if _is_called(peer, words)]


def _answers(peer: Container, port: int) -> int:
    """Return the only port of a service that is named with another one, else 0."""
    ports = set(peer.known.engine.ports) if peer.known is not None else set(peer.listens)
    return ports.pop() if port and len(ports) == 1 and not _listens(peer, port) else 0


def _listens(peer: Container, port: int) -> bool:
    return port in peer.listens or (peer.known is not None and port in peer.known.engine.ports)


def _is_called(peer: Container, words: set[str]) -> bool:
    """Tell whether a variable's name begins to speak of a service: by its name, its engine, or as the database."""
    own = set(words_of(peer.name))
    if own and own <= words:
        return True
    if peer.known is None:
        return False
    engine = peer.known.engine
    if words & ({*engine.schemes, engine.name.lower()} - {"s3"}):
        return True
    return engine.name in _SQL and any(word in words for word in _GENERIC)
