"""How heap and memory limit go together: the share that a heap takes, and what of it is too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from flake8_planalign.config import Physical
from flake8_planalign.formats.located import Place
from flake8_planalign.formats.quantities import human
from flake8_planalign.physical.jvm import SMALL_MEMORY, Flag, Jvm, Setting
from flake8_planalign.physical.model import Container, Limit, LimitState, Stack

__all__ = ["Excess", "excess"]

_MEBIBYTE = 2**20


class Excess(msgspec.Struct, frozen=True):
    """A heap that is too large for its container: where, in which words, and by how much."""

    container: Container
    place: Place
    share: float
    what: str
    rest: str
    remedy: str
    because: Mapping[str, Place]


def excess(container: Container, stack: Stack, config: Physical) -> Iterator[Excess]:
    """Yield what is too much in a container; nothing where a size is not known or not valid."""
    limit = container.limit
    if not container.jvms or container.helps:
        return
    jvms = [jvm for jvm in container.jvms if not jvm.refused and jvm.heap_flag and not jvm.ambiguous]
    if limit.state is LimitState.INVALID or len(jvms) != len(container.jvms):
        return
    half = config.per_image_profiles and container.known is not None and container.known.half
    allowed = min(config.heap_share, 0.5) if half else config.heap_share
    for jvm in jvms:
        flag = jvm.heap_flag
        assert flag is not None
        if limit.state is LimitState.SET:
            found = _beyond(container, stack, jvm, flag, allowed)
        else:
            found = _percentage_alone(container, jvm, flag, allowed)
        if found is not None:
            yield found
        elif limit.state is LimitState.SET:
            yield from _with_direct_memory(container, stack, jvm, flag)
    if len(jvms) > 1 and limit.state is LimitState.SET:
        yield from _together(container, stack, jvms)


def _beyond(container: Container, stack: Stack, jvm: Jvm, flag: Flag, allowed: float) -> Excess | None:
    limit = container.limit
    relative = flag.setting is not Setting.MAX
    heap = jvm.heap(limit.size) if relative else flag.value
    if heap is None or (relative and (limit.size < SMALL_MEMORY or _percent(flag) <= allowed * 100 + 1e-9)):
        return None
    share = heap / limit.size
    if not relative and heap <= limit.size * allowed:
        return None
    left = limit.size - heap
    rest = f"leaving {human(left)} for" if left > 0 else "with nothing left for"
    return _found(
        container,
        stack,
        flag,
        share,
        f"a heap of {human(heap)} ({_option(flag, stack, limit)}) is {share:.0%} of the limit of {_limit(limit)}",
        f"{rest} {_native(container)}",
        _remedy(limit.size, allowed, relative=relative),
    )


def _percentage_alone(container: Container, jvm: Jvm, flag: Flag, allowed: float) -> Excess | None:
    if flag.setting is Setting.MAX or jvm.last(Setting.RAM) or _percent(flag) <= allowed * 100 + 1e-9:
        return None
    share = _percent(flag) / 100
    what = f"`{flag.word.value}` gives the heap {share:.0%} of the memory"
    rest = f"leaving {1 - share:.0%} for {_native(container)}"
    return Excess(container, flag.text.place, share, what, rest, _remedy(0, allowed, relative=True), {})


def _percent(flag: Flag) -> float:
    value = flag.value or 0
    return 100 / value if flag.setting is Setting.FRACTION and value else value


def _with_direct_memory(container: Container, stack: Stack, jvm: Jvm, flag: Flag) -> Iterator[Excess]:
    direct = jvm.last(Setting.DIRECT)
    heap = jvm.heap(container.limit.size)
    if direct is None or not direct.value or heap is None or heap + direct.value <= container.limit.size:
        return
    where = f"`{flag.word.value}`, {flag.text.place.label}"
    both = f"a heap of {human(heap)} ({where}) and {human(direct.value)} of direct memory"
    yield _found(
        container,
        stack,
        direct,
        (heap + direct.value) / container.limit.size,
        f"{both} are more than the limit of {_limit(container.limit)}",
        "so the kernel kills the container before Java sees an error",
        f"lower `{direct.word.value}` or raise the limit above {human(heap + direct.value)}",
    )


def _together(container: Container, stack: Stack, jvms: list[Jvm]) -> Iterator[Excess]:
    heaps = [(jvm.heap(container.limit.size) or 0, jvm) for jvm in jvms]
    total = sum(heap for heap, _ in heaps)
    if total <= container.limit.size:
        return
    flags = [jvm.heap_flag for jvm in jvms if jvm.heap_flag]
    last = max(flags, key=lambda flag: flag.text.place.start)
    yield _found(
        container,
        stack,
        last,
        total / container.limit.size,
        f"the heaps of its {len(jvms)} JVMs are {human(total)} together, the limit is {_limit(container.limit)}",
        "so the kernel kills the container when they fill up",
        f"lower them, or raise the limit above {human(total)}",
    )


def _found(container: Container, stack: Stack, flag: Flag, share: float, what: str, rest: str, remedy: str) -> Excess:
    heap, limit = flag.text.place, container.limit.text
    place, because = heap, {} if limit is None else {"the memory limit": limit.place}
    if limit is not None and stack.above(limit.place, heap):
        place, because = limit.place, {"the heap": heap}
    return Excess(container, place, share, what, rest, remedy, because)


def _option(flag: Flag, stack: Stack, limit: Limit) -> str:
    """Return an option, and where it stands if the finding does not stand there."""
    there = limit.text is not None and stack.above(limit.text.place, flag.text.place)
    return f"`{flag.word.value}`, {flag.text.place.label}" if there else f"`{flag.word.value}`"


def _limit(limit: Limit) -> str:
    return f"{human(limit.size)} ({limit.text.place.label})" if limit.text else human(limit.size)


def _native(container: Container) -> str:
    if container.known is not None and container.known.engine.name == "H2O":
        return "XGBoost, metaspace, code cache and threads"
    return "metaspace, code cache, threads and direct buffers"


def _remedy(limit: float, allowed: float, *, relative: bool) -> str:
    if relative:
        return f"at most `-XX:MaxRAMPercentage={allowed * 100:g}` keeps to the plan"
    return f"at most `-Xmx{int(limit * allowed // _MEBIBYTE)}m` keeps to {allowed:.0%}"
