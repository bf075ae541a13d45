"""A finding's text as it travels through flake8, with the finding itself inside.

flake8 hands a formatter a path, a line, a column and a text. What a richer report needs besides (where the region ends,
severity, the chain) rides along in a string of a type of our own, through worker processes as well. To everybody else
it is the text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self, SupportsIndex

from flake8_planalign.rule import Finding

__all__ = ["CarriedText", "finding_in"]


class CarriedText(str):
    """The text of a finding."""

    __slots__ = ("finding",)

    finding: Finding

    def __new__(cls, text: str, finding: Finding) -> Self:
        """Return `text` with the finding in it."""
        made = super().__new__(cls, text)
        made.finding = finding
        return made

    def __reduce__(self) -> tuple[Callable[[str, Finding], CarriedText], tuple[str, Finding]]:
        """Tell pickle, which takes the text from a worker to its parent, how to make it again."""
        return CarriedText, (str(self), self.finding)

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        """Return the parts; of the code and the text, into which flake8 splits it, the text carries the finding on."""
        parts = super().split(sep, maxsplit)
        if len(parts) == maxsplit.__index__() + 1 > 1:
            parts[-1] = CarriedText(parts[-1], self.finding)
        return parts


def finding_in(text: str) -> Finding | None:
    """Return the finding that a text carries, None for that of another plugin."""
    return text.finding if isinstance(text, CarriedText) else None
