"""The short and long forms of a Compose service: ports, mounts, environment files, and scalars as Go prints them."""

from __future__ import annotations

import functools
import ipaddress
import math
import posixpath
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.formats.located import Items, Place, Table, Text, Value, text
from flake8_planalign.patterns import lazy

__all__ = [
    "FieldError",
    "Mount",
    "Port",
    "go_text",
    "mounts",
    "port_key",
    "ports",
    "published_key",
    "repeated",
    "same_twice",
]

_RANGE: Final = lazy(r"(\d+)(?:-(\d+))?")
_FLOAT: Final = lazy(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?")
_INTEGER: Final = lazy(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]([0-7]+)|0[bB]([01]+)|0([0-7]+)|(0|[1-9]\d*))")
_BOOLEANS: Final = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_INFINITE: Final = lazy(r"([-+]?)\.(?:inf|Inf|INF)")
#: From which power of ten on Go prints a number with an exponent.
_LARGE: Final = 6
_HIGHEST_PORT: Final = 65535
#: Lists of a service that may hold nothing twice: by the schema's `uniqueItems`, and no merge makes them unique before.
_LISTS_OF_DIFFERENT: Final = (
    "depends_on", "device_cgroup_rules", "external_links", "group_add", "networks", "security_opt", "volumes_from",
)  # fmt: skip
#: How long a list may be whose items the loader compares one by one; in a longer one a number differs from its text.
_COMPARED: Final = 20


class FieldError(ValueError):
    """A value that Compose refuses: where, and why."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(reason)
        self.place, self.reason = place, reason


class Port(msgspec.Struct, frozen=True):
    """A container port (`target`) that is open on the host.

    `published` is a port, a range, or empty for one that the engine picks; `host` is the address, empty for all.
    """

    host: str
    published: str
    target: int
    protocol: str
    place: Place
    unknown: bool = False


class Mount(msgspec.Struct, frozen=True):
    """What is mounted at `target`: `kind` is volume, bind, tmpfs or another of Compose's types.

    `source` is the name of a volume (empty: anonymous) or a path of the host; `place` is the whole item.
    """

    kind: str
    source: str
    target: str
    place: Place
    unknown: bool = False


def go_text(value: Text) -> str:
    """Return a scalar as Compose hands it on: YAML reads a number or boolean, Go prints it."""
    written = value.value
    if not value.plain or value.pieces is not None or not written:
        return written
    if written in _BOOLEANS:
        return written.lower()
    if written[0] not in "+-.0123456789":
        return written
    if found := _INTEGER.fullmatch(written.replace("_", "")):
        sign, *digits = found.groups()
        number = next(int(digit, base) for digit, base in zip(digits, (16, 8, 2, 8, 10), strict=True) if digit)
        number = -number if sign == "-" else number
        if -(2**63) <= number < 2**64:
            return str(number)
    if found := _INFINITE.fullmatch(written):
        return "-Inf" if found[1] == "-" else "+Inf"
    if written in (".nan", ".NaN", ".NAN"):
        return "NaN"
    plain = written.replace("_", "")
    return _go_float(float(plain)) if _FLOAT.fullmatch(plain) else written


def _is_integer(value: Text) -> bool:
    """Tell whether YAML reads a scalar as a whole number; what variables were put into stays a text."""
    return value.plain and value.tag is None and value.pieces is None and bool(_INTEGER.fullmatch(value.value))


def _go_float(number: float) -> str:
    """Return a number as Go's `%v` prints it: the shortest digits, an exponent from a million on and below -4."""
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    if number == 0:
        return "-0" if math.copysign(1, number) < 0 else "0"
    mantissa, _, exponent = f"{number!r}".partition("e")
    digits = mantissa.lstrip("-").replace(".", "")
    point = len(mantissa.lstrip("-").partition(".")[0]) + int(exponent or 0)
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0") or "0"
    sign = "-" if number < 0 else ""
    power = point - 1
    if power < -4 or power >= _LARGE:
        tail = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{tail}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return f"{sign}{digits}{'0' * (point - len(digits))}"
    return f"{sign}{digits[:point]}.{digits[point:]}"


def ports(value: Value | None) -> Iterator[Port]:
    """Yield the published ports of a service; raises FieldError for what Compose refuses."""
    for item in value.items if isinstance(value, Items) else ():
        if isinstance(item, Table):
            yield _long_port(item)
        elif isinstance(item, Text) and not item.null:
            yield from _short_ports(item)


def port_key(item: Value) -> str | None:
    """Return by what Compose tells ports of a list apart; a later one takes the place of an earlier one."""
    if isinstance(item, Text):
        return go_text(item)
    if not isinstance(item, Table):
        return None
    known = {key: text(item.items.get(key)) for key in ("host_ip", "target", "protocol")}
    host = known["host_ip"].value if known["host_ip"] else "0.0.0.0"  # noqa: S104
    target = known["target"].value if known["target"] else ""
    protocol = known["protocol"].value if known["protocol"] else "tcp"
    return f"{host}:{published_key(item)}:{target}/{protocol}"


def published_key(item: Value) -> str | None:
    """Return the published port of a long form as Compose compares it: a number is not the text of its digits."""
    published = text(item.items.get("published")) if isinstance(item, Table) else None
    if published is None:
        return None
    return f"number {go_text(published)}" if _is_integer(published) else go_text(published)


def same_twice(items: list[Value]) -> Iterator[Value]:
    """Yield the long forms that Compose refuses: all fields of an earlier one, its port now a number, then a text."""
    if len(items) > _COMPARED:
        return
    texts: set[frozenset[tuple[str, str]]] = set()
    for item in items:
        fields = item.items if isinstance(item, Table) else {}
        published = text(fields.get("published"))
        if published is None or not all(isinstance(value, Text) for value in fields.values()):
            continue
        shown = frozenset((key, go_text(value)) for key, value in fields.items() if isinstance(value, Text))
        if not _is_integer(published):
            texts.add(shown)
        elif shown in texts:
            yield item


def repeated(service: Table) -> Iterator[tuple[str, Text]]:
    """Yield the texts that Compose refuses since they stand in their list before, each with the name of the list.

    Of numbers it depends on how they are written whether the loader takes two for the same, so they are left out.
    """
    for name in _LISTS_OF_DIFFERENT:
        listed = service.items.get(name) if name in service.items else None
        if not isinstance(listed, Items):
            continue
        seen: set[str] = set()
        for item in listed.items:
            if not isinstance(item, Text) or item.unknown or _FLOAT.fullmatch(item.value):
                continue
            if item.value in seen:
                yield name, item
            seen.add(item.value)


def _long_port(item: Table) -> Port:
    fields = {key: text(item.items.get(key)) for key in ("target", "published", "host_ip", "protocol")}
    target, published = fields["target"], fields["published"]
    unknown = any(field is not None and field.unknown for field in fields.values())
    if target is None or not target.value.isdigit():
        if target is not None and target.unknown:
            return Port("", "", 0, "tcp", item.place, unknown=True)
        raise FieldError(item.place, "the port has no target")
    host = fields["host_ip"].value if fields["host_ip"] else ""
    protocol = fields["protocol"].value if fields["protocol"] else "tcp"
    return Port(host, go_text(published) if published else "", int(target.value), protocol, item.place, unknown)


def _short_ports(item: Text) -> Iterator[Port]:
    spec = item.value
    if item.unknown and not re.fullmatch(r"(?:.*:)?\d+(?:-\d+)?(?:/\w+)?", spec):
        yield Port("", "", 0, "tcp", item.place, unknown=True)
        return
    parts = spec.split(":")
    container = parts[-1]
    published = parts[-2] if len(parts) > 1 else ""
    host = ":".join(parts[:-2])
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if host and not item.unknown and not _is_address(host):
        raise FieldError(item.place, f"`{host}` is no address")
    container, slash, protocol = container.partition("/")
    protocol = protocol.lower() if slash else "tcp"
    if protocol not in ("tcp", "udp", "sctp"):
        raise FieldError(item.place, f"`{protocol}` is no protocol")
    if not container:
        raise FieldError(item.place, "the port of the container is missing")
    first, last = _port_range(item, container)
    if not published:
        for target in range(first, last + 1):
            yield Port(host, "", target, protocol, item.place, item.unknown)
        return
    low, high = _port_range(item, published)
    if high - low != last - first:
        if first != last:
            raise FieldError(item.place, "the two ranges of ports differ in length")
        yield Port(host, f"{low}-{high}", first, protocol, item.place, item.unknown)
        return
    for index in range(last - first + 1):
        yield Port(host, str(low + index), first + index, protocol, item.place, item.unknown)


def _port_range(item: Text, written: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(written)
    low, high = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if low > high or high > _HIGHEST_PORT:
        raise FieldError(item.place, f"`{written}` is no port")
    return low, high


@functools.lru_cache(maxsize=1024)
def _is_address(written: str) -> bool:
    try:
        ipaddress.ip_address(written)
    except ValueError:
        return False
    return True


def mounts(value: Value | None) -> Iterator[Mount]:
    """Yield what a service mounts; raises FieldError for what Compose refuses."""
    for item in value.items if isinstance(value, Items) else ():
        if isinstance(item, Table):
            kind, source, target = (text(item.items.get(key)) for key in ("type", "source", "target"))
            if target is None:
                raise FieldError(item.place, "the volume has no target")
            unknown = target.unknown or bool(source and source.unknown)
            named = source.value if source else ""
            yield Mount(kind.value if kind else "volume", named, _clean(target.value), item.place, unknown)
        elif isinstance(item, Text) and not item.null:
            yield _short_mount(item)


def _short_mount(item: Text) -> Mount:
    spec = item.value
    if len(spec) <= 2:
        return Mount("volume", "", _clean(spec), item.place, item.unknown)
    parts: list[str] = []
    for part in spec.split(":"):
        drive = parts and len(parts[-1]) == 1 and parts[-1].isalpha()
        if drive:
            parts[-1] += f":{part}"
        else:
            parts.append(part)
    if not item.unknown and (not all(parts) or len(parts) > 3):
        raise FieldError(item.place, "empty section between colons" if not all(parts) else "too many colons")
    if len(parts) == 1:
        return Mount("volume", "", _clean(parts[0]), item.place, item.unknown)
    source, target = parts[0], parts[1]
    kind = "bind" if re.match(r"[./~]|\\\\|[A-Za-z]:", source) else "volume"
    return Mount(kind, source, _clean(target), item.place, item.unknown)


def _clean(path: str) -> str:
    """Return a path of the container as Go's `path.Clean` does."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned
