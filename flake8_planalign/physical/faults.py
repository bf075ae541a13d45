"""What is wrong with the options of a JVM, whatever memory it has."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from flake8_planalign.formats.quantities import human
from flake8_planalign.physical.jvm import SEVERAL, SMALL_MEMORY, SMALLEST_SHARE, Flag, Jvm, Setting
from flake8_planalign.physical.model import Container, Limit, LimitState

__all__ = ["Fault", "faults"]


class Fault(msgspec.Struct, frozen=True):
    """An option that does not do what it seems to."""

    flag: Flag
    wrong: str
    remedy: str


def faults(container: Container) -> Iterator[Fault]:
    """Yield what is wrong with the options of a container's JVMs."""
    for flag in container.unread:
        yield Fault(flag, *_unread(flag, container))
    for jvm in container.jvms:
        refused = [flag for flag in jvm.flags if flag.refused]
        for flag in refused:
            yield Fault(flag, f"keeps the JVM from starting: {flag.refused}", f"write {_spelling(flag)}")
        small = jvm.too_small
        if small is not None and not refused:
            bare = small.word.value[-1].isdigit()
            wrong = f"keeps the JVM from starting: {'a size without a unit is in bytes' if bare else 'it is too small'}"
            yield Fault(small, wrong, f"write `{small.word.value}m`" if bare else "raise it")
        if not jvm.refused:
            yield from _misleading(jvm, container.limit)


def _unread(flag: Flag, container: Container) -> tuple[str, str]:
    """Return why a variable does not reach `java`, and what to do."""
    name = flag.where.strip("`")
    spellings = {f"${name}", f"${{{name}}}"}
    if any(word.value in spellings for words in container.commands for word in words):
        why = f"no shell puts the variable in the place of `${name}`, which `java` takes for the name of its class"
        return f"is read by nothing: {why}", "drop that word, and use `JAVA_TOOL_OPTIONS`"
    why = f"{flag.where} is a convention of start scripts, and `java` is started without one"
    return f"is read by nothing: {why}", "put it in `JAVA_TOOL_OPTIONS`"


def _spelling(flag: Flag) -> str:
    """Return what was probably meant."""
    if flag.refused == SEVERAL:
        return "each of them as an argument of its own" if flag.where == "the command" else "them without the quotes"
    option = flag.word.value.strip()
    found = re.fullmatch(r"(\D*?)[= ]?(\d+)(?:[.,](\d+))?([kmgt]?)i?b?", option, re.IGNORECASE)
    if found is None or flag.setting in (Setting.PERCENTAGE, Setting.SMALL_PERCENTAGE):
        return "a percentage such as `-XX:MaxRAMPercentage=60`" if "Percentage" in option else "a size such as `-Xmx2g`"
    name, whole, decimals, unit = found.groups()
    name = f"{name}=" if name.startswith("-XX:") else name
    if decimals and unit.lower() in ("g", "t"):
        return f"`{name}{int(float(f'{whole}.{decimals}') * 1024)}{'m' if unit.lower() == 'g' else 'g'}`"
    return f"`{name}{whole}{unit.lower() or 'm'}`"


def _meaning(jvm: Jvm, share: float, limit: Limit) -> str:
    """Return what a percentage of at most one comes to."""
    if limit.state is not LimitState.SET:
        floor = human(SMALLEST_SHARE)
        return f"means {share:g} percent, so the heap is {floor}, or that share of the memory where it is more"
    heap = jvm.heap(limit.size)
    assert heap is not None
    if limit.size < SMALL_MEMORY:
        return f"means {share:g} percent, and is ignored in so small a container, whose heap is {human(heap)}"
    return f"means {share:g} percent, so the heap is {human(heap)} of the {human(limit.size)}"


def _misleading(jvm: Jvm, limit: Limit) -> Iterator[Fault]:
    largest, initial = jvm.last(Setting.MAX), jvm.last(Setting.INITIAL)
    percentage = jvm.last(Setting.PERCENTAGE)
    if percentage and percentage.value is not None and 0 < percentage.value <= 1 and largest is None:
        yield Fault(
            percentage,
            _meaning(jvm, percentage.value, limit),
            f"write `-XX:MaxRAMPercentage={min(percentage.value * 100, 70):g}`",
        )
    if largest and initial and (initial.value or 0) > (largest.value or 0):
        beyond = f"the heap would begin larger than `{largest.word.value}` lets it grow"
        wrong = f"silently replaces `{largest.word.value}`, which is smaller"
        yield Fault(
            initial,
            wrong if initial.raises else f"keeps the JVM from starting: {beyond}",
            "make it at most as large",
        )
    if largest is None or jvm.ambiguous:
        return
    lost = [flag for flag in jvm.flags if flag.setting is Setting.MAX and flag.value != largest.value]
    if lost:
        where = lost[-1].text.place.label
        yield Fault(largest, f"silently replaces `{lost[-1].word.value}` ({where})", "keep one of them")
    elif percentage is not None:
        yield Fault(
            largest,
            f"makes the JVM ignore `{percentage.word.value}` ({percentage.text.place.label})",
            "keep one of them",
        )
