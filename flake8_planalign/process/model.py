"""The words of the Process view: blocking calls in async frames, and callables handed to threads and processes."""

from __future__ import annotations

import dataclasses

from flake8_planalign.registry import Api
from flake8_planalign.rule import Confidence, Finding, Position, Related, Rule, Severity

__all__ = ["BlockingCall", "Offload", "Step", "blocking_finding", "lowered"]


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One function on the way to a blocking call, and where in it the next step is taken."""

    name: str
    path: str
    line: int
    column: int


@dataclasses.dataclass(frozen=True, slots=True)
class BlockingCall:
    """A place in an async frame at which the event loop stands still until `api` returns.

    `call` is the text at the place; `chain` are the functions between it and the API, nearest first, empty where
    the API is called right there. `quieter` is True where the frame is not one that serves requests.
    """

    position: Position
    call: str
    api: Api
    chain: tuple[Step, ...]
    confidence: Confidence
    quieter: bool = False
    brief: bool = False

    @property
    def story(self) -> str:
        """Return how the call blocks, to follow "blocks the event loop": the API or the chain that leads to it."""
        api = self.api.name.removeprefix("builtins.")
        if not self.chain:
            direct = self.call.removesuffix("()") == api or api.startswith("?.")
            return "" if direct else f": it is `{api}`"
        names = [step.name for step in self.chain]
        last = self.chain[-1]
        names[-1] += f" ({last.path}:{last.line})"
        return f": {' -> '.join(names)} -> `{api.removeprefix('?.')}`"

    @property
    def remedy(self) -> str:
        """Return what to do instead."""
        use = self.api.use or "offload it with `asyncio.to_thread`"
        if self.chain and use.startswith("await "):
            return f"{use} or offload it"
        return use

    @property
    def related(self) -> tuple[Related, ...]:
        """Return the places of the chain."""
        return tuple(
            Related(step.path, Position(step.line, step.column, step.line, step.column), step.name) for step in self.chain
        )

    @property
    def verb(self) -> str:
        """Return "blocks" for what is proven, "may block" for what a name suggests."""
        return "blocks" if self.confidence is Confidence.CERTAIN else "may block"


@dataclasses.dataclass(frozen=True, slots=True)
class Offload:
    """A callable argument of something that runs it in a thread or process.

    `argument` is its text. `result_of_call` is True where the argument is a call whose value cannot be called;
    `unpicklable` says why a process cannot take it (None: it can), `holds_gil` what keeps other threads waiting.
    """

    position: Position
    taker: str
    argument: str
    runs: str
    confidence: Confidence
    result_of_call: bool = False
    unpicklable: str | None = None
    holds_gil: str | None = None


def lowered(severity: Severity) -> Severity:
    """Return the next lower severity."""
    order = list(Severity)
    return order[min(order.index(severity) + 1, len(order) - 1)]


def blocking_finding(rule: Rule, call: BlockingCall, severity: Severity | None = None) -> Finding:
    """Return the finding of one of the blocking-call rules, which all tell the same story."""
    severity = severity or rule.severity
    return rule.finding(
        call.position,
        severity=lowered(severity) if call.quieter else severity,
        confidence=call.confidence,
        related=call.related,
        call=call.call,
        verb=call.verb,
        story=call.story,
        remedy=call.remedy,
    )
