"""A blocking API as the radar sees it from an async function, before anything is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from flake8_planalign.python.callgraph import Path
from flake8_planalign.python.steps import Edge
from flake8_planalign.python.values import Frame
from flake8_planalign.registry import Api

if TYPE_CHECKING:
    from flake8_planalign.python.chains import Chain

__all__ = ["DONE_AT_ONCE", "Sighting"]

#: What does not wait where it was asked before whether there is anything to wait for.
DONE_AT_ONCE: Final = (".exception", ".result", "Queue.get")


class Sighting(msgspec.Struct, frozen=True):
    """A blocking API seen from an async function: by which step, and the way behind it."""

    edge: Edge
    api: Api
    path: Path | None
    frame: Frame
    function: int
    chain: Chain | None = None

    @property
    def length(self) -> int:
        """Return how many steps the way has, and much more where one of them may not be taken."""
        return self.path.length if self.path is not None else 0
