"""The arguments of one call, by position or by keyword, evaluated when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flake8_planalign.python.values import EMPTY, Frame, Values, constant_of

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
    def frame(self) -> Frame:
        """Return the function in which the call is written."""
        return self._frame

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
        if position >= len(self._positional) or any(map(_is_starred, before)):
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
        if position >= len(self._positional) or any(map(_is_starred, self._positional[:position])):
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

    def settled(self, reference: str) -> Values:
        """Return what a local name may mean here, empty if any of that is unknown: `"3|7"` are two definitions."""
        body = self._frame.body
        guards, definitions = body.get("G", {}), body.get("d", ())
        values = EMPTY
        for part in reference.split("|"):
            if self._frame.runs(guards.get(part, 0)):
                number = int(part)
                written = constant_of(definitions[number]) if number < len(definitions) else None
                found = written or self._evaluator.value(part, self._frame)
                if not found:
                    return EMPTY
                values |= found
        return values

    def starred(self) -> bool:
        """Tell whether the call hands on arguments that are not written out."""
        return any(map(_is_starred, self._positional)) or "**" in self._keywords

    def spread(self) -> Arguments:
        """Return the same arguments with those written out that a function hands on as it is given them.

        `f(*args, **kwargs)` says nothing by itself; where it is known what the function was given, it says as much.
        """
        if not self.starred():
            return self
        keywords, more = self._keywords, self.more
        if "**" in keywords:
            rest = [v for v in self._evaluator.value(keywords["**"], self._frame) if v[0] in {"di", "dk", "kd"}]
            added = _added(self._frame, keywords["**"])
            if len(rest) == 1 and rest[0][0] == "kd" and None not in added:
                more = {**more, **dict(rest[0][1]), **dict.fromkeys(filter(None, added), EMPTY)}
                keywords = {name: value for name, value in keywords.items() if name != "**"}
        first: list[Values] = []
        for written in self._positional:
            expression = (written[1] if len(written) > 1 else None) if _is_starred(written) else written
            given = self._evaluator.value(expression, self._frame)
            if not _is_starred(written):
                first.append(constant_of(written) or given)
                continue
            match list(given):
                case [("tu", parts)]:
                    first.extend(parts)
                case _:
                    return Arguments(self._evaluator, self._frame, self._positional, keywords, self.first, more)
        return Arguments(self._evaluator, self._frame, [], keywords, (*self.first, *first), more)

    def behind(self, position: int) -> Arguments:
        """Return the arguments that stand behind one, which a call hands on to it: `to_thread(load, path)`."""
        written = self._positional[max(0, position + 1 - len(self.first)) :]
        return Arguments(self._evaluator, self._frame, written, self._keywords, self.first[position + 1 :], self.more)

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


def _is_starred(written: Any) -> bool:
    """Tell whether a positional argument is written with a star."""
    return type(written) is list and written[0] == "*"


def _added(frame: Frame, reference: Any) -> set[str | None]:
    """Return the keywords that a function puts into what it is given by `**`, None among them for unknown ones."""
    added: set[str | None] = {None if name == "*" else name for name in frame.record.get("a", ())}
    parts = set(reference.split("|")) if type(reference) is str else set()
    for call in frame.body.get("c", ()):
        if type(call[0]) is not str or not call[0].endswith((".setdefault", ".update")):
            continue
        receiver, _, method = call[0].rpartition(".")
        if parts.isdisjoint(receiver.split("|")):
            continue
        match call[1]:
            case [["k", str(key)], *_] if method == "setdefault":
                added.add(key)
            case [["d", dict(table)]]:
                added.update(None if key == "*" else key for key in map(str, table))
            case [_, *_]:
                added.add(None)
        added.update(None if name == "**" else name for name in call[2])
    return added
