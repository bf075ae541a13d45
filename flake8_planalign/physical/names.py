"""What names and addresses say: development files, loopback and wildcard addresses, hosts in variables."""

from __future__ import annotations

import fnmatch
import functools
import ipaddress
from collections.abc import Iterable
from typing import Final

from flake8_planalign.patterns import lazy

__all__ = ["is_called_test", "is_development", "is_loopback", "is_private", "is_test", "is_wildcard", "words_of"]

_WORDS: Final = lazy(r"[^\W_]+")
#: Words that mean the same as one that a pattern names.
_SYNONYMS: Final = {
    "dev": ("devel", "develop", "development", "developer", "developers", "devcontainer", "devenv"),
    "local": ("localhost", "localdev"),
}
_TEST_WORDS: Final = frozenset(
    {
        "test", "tests", "testing", "testdata", "acceptance", "e2e", "integration", "itest", "itests", "ci", "fixtures",
        "workflows", "regtest",
    }
)  # fmt: skip


@functools.lru_cache(maxsize=1024)
def is_development(path: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a file or directory name in a path has a word that a pattern of `dev-files` names.

    `*dev*` is the word `dev`, not every name with these letters in it.
    """
    words = {word.lower() for word in _WORDS.findall(path)}
    for pattern in patterns:
        core = pattern.strip("*").lower()
        if core in words or any(word in words for word in _SYNONYMS.get(core, ())):
            return True
        if not core.isalnum() and fnmatch.fnmatch(path.rpartition("/")[2], pattern):
            return True
    return False


def is_test(path: str) -> bool:
    """Tell whether a file or directory name in a path says that it is for tests, whose data nobody keeps."""
    return not _TEST_WORDS.isdisjoint(word.lower() for word in _WORDS.findall(path))


def is_called_test(name: str) -> bool:
    """Tell whether a service is for tests by its name, in which other words of tests name what it does."""
    return not {"test", "tests", "testing", "e2e"}.isdisjoint(words_of(name))


@functools.lru_cache(maxsize=1024)
def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found


def is_wildcard(host: str) -> bool:
    """Tell whether a port bound to a host address is open on all interfaces; an empty address is."""
    if not host:
        return True
    address = _address(host)
    return address is not None and address.is_unspecified


def is_loopback(host: str) -> bool:
    """Tell whether an address or name is the machine's own."""
    if host.lower() == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def is_private(host: str) -> bool:
    """Tell whether a host is a literal address of a private network."""
    address = _address(host)
    return address is not None and address.is_private and not address.is_loopback and not address.is_unspecified


def words_of(name: str) -> Iterable[str]:
    """Return the words of a name, in lower case."""
    return [word.lower() for word in _WORDS.findall(name)]
