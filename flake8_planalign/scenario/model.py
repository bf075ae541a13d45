"""What the rules of the Scenario view speak of."""

from __future__ import annotations

import msgspec

from flake8_planalign.rule import Position

__all__ = [
    "DRIFT",
    "SWAP",
    "DriftTest",
    "Failing",
    "ModelLoad",
    "ModelSwap",
    "OtherModel",
    "Planned",
    "Report",
    "SwapTest",
    "Training",
]

#: The stories: drift that retrains, and a model that is swapped while it is used.
DRIFT, SWAP = "SCN-REV-01-01", "SCN-REV-01-02"


class Training(msgspec.Struct, frozen=True):
    """The place where the platform trains its model, and whether any test of the project simulates drift."""

    position: Position
    what: str
    drift_tests: int


class DriftTest(msgspec.Struct, frozen=True):
    """A test that is seen to shift what the platform is fed; what it, or another drift test of the project, asserts."""

    position: Position
    name: str
    asserts_trigger: bool
    asserts_export: bool


class SwapTest(msgspec.Struct, frozen=True):
    """A test that loads the service while its model is swapped; whether it minds failures, else how they pass."""

    position: Position
    name: str
    minds_failures: bool
    how: str


class ModelSwap(msgspec.Struct, frozen=True):
    """A function that replaces the model that is served, and how many load tests of the project run meanwhile."""

    position: Position
    function: str
    target: str
    tests: int


class ModelLoad(msgspec.Struct, frozen=True):
    """A model that a service loads at its start; whether any code of the project can load it again."""

    position: Position
    call: str
    when: str
    reloadable: bool


class Planned(msgspec.Struct, frozen=True):
    """A scenario of the plan, and how many tests its `tests` hold."""

    position: Position
    name: str
    story: str
    tests: int


class Failing(msgspec.Struct, frozen=True):
    """A line of a report that shows that a scenario did not pass."""

    position: Position
    scenario: str
    what: str


class Report(msgspec.Struct, frozen=True):
    """A report of a scenario's last run: when it ran, and when the code that it proves last changed.

    Both in seconds since the epoch; `code` is the file that changed last.
    """

    position: Position
    scenario: str
    ran: float
    changed: float
    code: str


class OtherModel(msgspec.Struct, frozen=True):
    """A report about a model that is not the one that the code names."""

    position: Position
    scenario: str
    stated: str
    served: str
