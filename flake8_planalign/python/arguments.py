"""The arguments of one call, by position or by keyword, evaluated when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flake8_planalign.python.values import EMPTY, Frame, Values

if TYPE_CHECKING:
    from flake8_planalign.python.evaluate import Evaluator

__all__ = ["Arguments"]


class Arguments:
    """What a call hands over; `first` and `more` come before and beside what is written in it."""

    __slots__ = ("_evaluator", "_frame", "_keywords", "_positional", "first", "more")

    def __init__(
        self,
        evaluator: Evaluator,
        frame: Frame,
        positional: list[Any],
        keywords: dict[str, Any],
        first: tuple[Values, ...] = (),
        more: dict[str, Values] | None = None,
    ) -> None:
        self._evaluator = evaluator
        self._frame = frame
        self._positional = positional
        self._keywords = keywords
        self.first = first
        self.more = more or {}

    @property
    def count(self) -> int:
        """Return the number of positional arguments; a starred one counts once."""
        return len(self.first) + len(self._positional)

    @property
    def names(self) -> Iterable[str]:
        """Return the keywords that are given."""
        return {**self.more, **self._keywords}

    def at(self, position: int) -> Values:
        """Return what the positional argument is; nothing is known behind a starred one."""
        if position < len(self.first):
            return self.first[position]
        position -= len(self.first)
        before = self._positional[: position + 1]
        if position >= len(self._positional) or ["*"] in before:
            return EMPTY
        return self._evaluator.value(self._positional[position], self._frame)

    def named(self, keyword: str) -> Values:
        """Return what the keyword argument is."""
        if keyword in self._keywords:
            return self._evaluator.value(self._keywords[keyword], self._frame)
        return self.more.get(keyword, EMPTY)

    def get(self, position: int | None, keyword: str | None) -> Values:
        """Return what a parameter is given, by position or by keyword."""
        if keyword is not None and (keyword in self._keywords or keyword in self.more):
            return self.named(keyword)
        return self.at(position) if position is not None else EMPTY

    def expression(self, position: int | None, keyword: str | None) -> Any:
        """Return the lowered expression of an argument, None if it is not written in this call."""
        if keyword is not None and keyword in self._keywords:
            return self._keywords[keyword]
        if position is None or position < len(self.first):
            return None
        position -= len(self.first)
        if position >= len(self._positional) or ["*"] in self._positional[:position]:
            return None
        return self._positional[position]

    def constant(self, position: int | None, keyword: str) -> tuple[bool, Any]:
        """Tell whether a parameter is given as a constant, and which."""
        match self.expression(position, keyword):
            case ["k", value]:
                return True, value
        return False, None

    def is_left_out(self, position: int | None, keyword: str) -> bool:
        """Tell whether a parameter is given neither by position nor by keyword."""
        return (
            (position is None or position >= self.count) and keyword not in self._keywords and keyword not in self.more
        )

    def starred(self) -> bool:
        """Tell whether the call hands on arguments that are not written out."""
        return ["*"] in self._positional or "**" in self._keywords

    def behind_partial(self, first: tuple[Values, ...], more: tuple[tuple[str, Values], ...]) -> Arguments:
        """Return the arguments of the function behind a `functools.partial` that is called with these."""
        return Arguments(
            self._evaluator,
            self._frame,
            self._positional,
            self._keywords,
            (*first, *self.first),
            {**dict(more), **self.more},
        )
