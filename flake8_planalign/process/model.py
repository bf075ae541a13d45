"""The words of the Process view: blocking calls in async frames, and callables handed to threads and processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from flake8_planalign.python.steps import LOOP_RUNNERS
from flake8_planalign.registry import Api
from flake8_planalign.rule import Confidence, Finding, Position, Related, Rule, Severity

__all__ = ["BLOCKS", "REFUSED", "BlockingCall", "Offload", "Step", "blocking_findings", "lowered"]


#: What Django refuses to do while an event loop runs.
REFUSED: Final = "django.db.models."
#: A longer chain is shown by its ends.
_LONGEST_CHAIN: Final = 8


class Step(msgspec.Struct, frozen=True):
    """One function on the way to a blocking call, and where in it the next step is taken."""

    name: str
    path: str
    line: int
    column: int


class BlockingCall(msgspec.Struct, frozen=True):
    """A place in an async frame at which the event loop stands still until `api` returns.

    `call` is the text at the place; `chain` are the functions between it and the API, nearest first, empty where
    the API is called right there; of a very long way only its ends, and `left_out` is the number of those between.
    `quieter` is True where the frame is not one that serves requests.
    """

    position: Position
    call: str
    api: Api
    chain: tuple[Step, ...]
    confidence: Confidence
    quieter: bool = False
    brief: bool = False
    left_out: int = 0

    @property
    def effect(self) -> str:
        """Return what the call does, or may do where that is only probable, and by which way."""
        certain = self.confidence is Confidence.CERTAIN
        if self.api.name in LOOP_RUNNERS:
            blocks = f"{'raises' if certain else 'may raise'} RuntimeError within the running event loop"
        elif self.api.name.startswith(REFUSED):
            blocks = f"{'raises' if certain else 'may raise'} SynchronousOnlyOperation on the event loop"
        else:
            blocks = f"{'blocks' if certain else 'may block'} the event loop"
        api = self.api.name.removeprefix("builtins.")
        if not self.chain:
            direct = self.call.removesuffix("()") == api or api.startswith("?.")
            return blocks if direct else f"{blocks}: it is `{api}`"
        names = [step.name for step in self.chain]
        if len(names) > _LONGEST_CHAIN:
            names[3:-2] = [f"... {len(names) - 5 + self.left_out} more ..."]
        last = self.chain[-1]
        names[-1] += f" ({last.path}:{last.line})"
        return f"{blocks}: {' -> '.join(names)} -> `{api.removeprefix('?.')}`"

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
            Related(step.path, Position(step.line, step.column, step.line, step.column), step.name)
            for step in self.chain
        )


class Offload(msgspec.Struct, frozen=True):
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


#: The message of every rule about a blocking call.
BLOCKS: Final = "`{call}` {effect}; {remedy}"


def blocking_findings(rule: Rule, call: BlockingCall, kind: str, severity: Severity | None = None) -> Iterator[Finding]:
    """Yield the finding of a rule about blocking calls if the call is of that kind."""
    if call.api.kind != kind:
        return
    severity = severity or rule.severity
    yield rule.finding(
        call.position,
        severity=lowered(severity) if call.quieter else severity,
        confidence=call.confidence,
        related=call.related,
        call=call.call,
        effect=call.effect,
        remedy=call.remedy,
    )
