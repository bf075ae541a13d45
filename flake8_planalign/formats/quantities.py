"""Amounts of memory as Compose, Kubernetes and the Java launcher read them, in bytes."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

from flake8_planalign.patterns import lazy

__all__ = ["compose_bytes", "human", "java_bytes", "kubernetes_bytes"]

_NUMBER: Final = lazy(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_BINARY: Final[dict[str, int]] = {unit: 1024**power for power, unit in enumerate("bkmgtp")}
_QUANTITY: Final = lazy(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([EPTGMK]i)|([numkMGTPE])|([eE][+-]?\d{1,3}))?")
_POWERS: Final = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_JAVA: Final = lazy(r"(0[xX][0-9a-fA-F]+|\d+)([kKmMgGtT]?)")


def compose_bytes(text: str) -> int | None:
    """Return what the loader of Compose makes of a size, None for what it refuses.

    Source: `parseSize` of github.com/docker/go-units: a number, at most one blank, and `k`, `m`, `g`, `t` or `p`, alone
    or with `b` or `ib`, in either case and always binary; or `b`.
    """
    last = max((index for index, sign in enumerate(text) if sign in "0123456789. "), default=-1)
    if last < 0:
        return None
    number, suffix = text[: last + (text[last] != " ")], text[last + 1 :].lower()
    if not _NUMBER.fullmatch(number) or number.startswith("-"):
        return None
    size = float(number)
    if suffix not in ("", "b"):
        if suffix[0] not in "kmgtp" or suffix[1:] not in ("", "b", "ib"):
            return None
        size *= _BINARY[suffix[0]]
    return int(size) if math.isfinite(size) else None


def kubernetes_bytes(text: str) -> Decimal | None:
    """Return what Kubernetes makes of a quantity, None for what it refuses; `400m` is 0.4 bytes."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        return None
    number, binary, decimal, exponent = found.groups()
    value = Decimal(number)
    if binary:
        factor: int = 1024 ** ("KMGTPE".index(binary[0]) + 1)
        return value * factor
    scaled: Decimal = value.scaleb(_POWERS[decimal] if decimal else int(exponent[1:]) if exponent else 0)
    return scaled


def java_bytes(text: str) -> int | None:
    """Return what the Java launcher makes of a size, None for what it refuses: decimal or hexadecimal, k, m, g or t."""
    found = _JAVA.fullmatch(text)
    if not found:
        return None
    number = int(found[1], 16) if found[1][:2].lower() == "0x" else int(found[1])
    return number * _BINARY[found[2].lower() or "b"]


def human(size: float) -> str:
    """Return an amount in the unit that a person would choose, such as `1.5 GiB`."""
    for power, unit in ((3, "GiB"), (2, "MiB"), (1, "KiB")):
        if size >= 1024**power:
            return f"{size / 1024**power:.2f}".rstrip("0").rstrip(".") + f" {unit}"
    return f"{size:.3f}".rstrip("0").rstrip(".") + " B"
