"""What the rules on the tool itself speak of."""

from __future__ import annotations

import msgspec

from flake8_planalign.rule import Position

__all__ = ["Failure", "PlanProblem", "SeamFault", "Unreadable", "UnusedWaiver"]


class Failure(msgspec.Struct, frozen=True):
    """A reader or a rule that raised: who, what it raised, where in its code, and at what in the file."""

    who: str
    error: str
    where: str
    position: Position


class Unreadable(msgspec.Struct, frozen=True):
    """A file that is not what its name or its content says."""

    position: Position
    kind: str
    reason: str


class PlanProblem(msgspec.Struct, frozen=True):
    """Something wrong in `[tool.planalign]`."""

    position: Position
    text: str


class SeamFault(msgspec.Struct, frozen=True):
    """The seam into flake8 does not hold: what was not found there."""

    position: Position
    text: str


class UnusedWaiver(msgspec.Struct, frozen=True):
    """A comment or an entry of the baseline that hides nothing: what it is, why it is idle, and how to be rid of it."""

    position: Position
    what: str
    why: str
    remedy: str
