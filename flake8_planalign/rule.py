"""Rules and findings as plain values; this module knows nothing else of the project."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

__all__ = ["Check", "Confidence", "Finding", "Position", "Related", "Rule", "Severity"]


class Severity(enum.StrEnum):
    """How a finding weighs in the review: critical and high block it."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Confidence(enum.StrEnum):
    """Whether the facts prove a finding, or a name or convention suggests it."""

    CERTAIN = "certain"
    PROBABLE = "probable"


class Position(msgspec.Struct, frozen=True, order=True):
    """A region of a file: 1-based lines, 0-based columns in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Related(msgspec.Struct, frozen=True):
    """Another place that explains a finding: a step of a call chain, the pin that a version deviates from."""

    path: str
    position: Position
    text: str


class Finding(msgspec.Struct, frozen=True):
    """One thing that deviates from the plan, at the token that is wrong."""

    code: str
    message: str
    position: Position
    severity: Severity
    confidence: Confidence
    related: tuple[Related, ...] = ()


Node = TypeVar("Node")
Check = Callable[[Any, Any], Iterable[Finding]]


class Rule(msgspec.Struct, frozen=True, eq=False):
    """What a code means, and the functions that look for it.

    `message` is a `str.format` template; `on_by_default` is False for a rule that reports only when it is
    selected by its full code or its story prefix (`PAL15`).
    """

    code: str
    name: str
    message: str
    severity: Severity
    story: str
    since: str
    confidence: Confidence = Confidence.CERTAIN
    on_by_default: bool = True
    checks: dict[type, list[Check]] = msgspec.field(default_factory=dict)

    def on(
        self, node_type: type[Node]
    ) -> Callable[[Callable[[Node, Any], Iterable[Finding]]], Callable[[Node, Any], Iterable[Finding]]]:
        """Register the decorated function for nodes of exactly this type; it is called with (node, config)."""

        def register(check: Callable[[Node, Any], Iterable[Finding]]) -> Callable[[Node, Any], Iterable[Finding]]:
            self.checks.setdefault(node_type, []).append(check)
            return check

        return register

    def finding(
        self,
        position: Position,
        *,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        related: Iterable[Related] = (),
        **fields: object,
    ) -> Finding:
        """Return the finding of this rule at `position`, its message filled from `fields`.

        Raises KeyError if the template names a field that was not given.
        """
        return Finding(
            self.code,
            _on_one_line(self.message.format_map(fields)),
            position,
            severity or self.severity,
            confidence or self.confidence,
            tuple(related),
        )

    def run(self, node: object, config: object) -> Iterator[Finding]:
        """Yield what this rule says about a node of the domain model."""
        for check in self.checks.get(type(node), ()):
            yield from check(node, config)


def _on_one_line(text: str) -> str:
    r"""Return a text with `\n` and the like for signs that do not print: a name in a hostile file forges no finding."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
