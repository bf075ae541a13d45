"""The words of the Physical view: containers with their memory, ports and volumes, and the stack that they make up."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping

from flake8_planalign.formats.located import Place, Text
from flake8_planalign.physical.jvm import Jvm
from flake8_planalign.rule import Confidence, Finding, Related, Rule, Severity

__all__ = ["Container", "Limit", "LimitState", "Stack"]


class LimitState(enum.Enum):
    """Whether a container's memory has an end."""

    ABSENT = "absent"
    UNLIMITED = "unlimited"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    SET = "set"


@dataclasses.dataclass(frozen=True, slots=True)
class Limit:
    """The memory limit of a container in bytes, and the text that sets it."""

    state: LimitState
    size: float = 0
    text: Text | None = None
    refused: str = ""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Container:
    """One container: `owner` is where its name stands, `kind` what a person calls it (service, container)."""

    name: str
    kind: str
    owner: Place
    image: Text | None
    limit: Limit
    limit_key: str
    jvms: tuple[Jvm, ...]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The containers of a project or of a directory of manifests, as seen from one of its files."""

    path: str
    containers: tuple[Container, ...]

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
