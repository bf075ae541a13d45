"""How large a heap a JVM gets: its options in the order in which they win, and the defaults of HotSpot in a container.

Source: `Arguments::parse_each_vm_init_arg` and `Arguments::set_heap_size` of OpenJDK 17, measured with
`java -XX:+PrintFlagsFinal`; sizes are in bytes, percentages in percent.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from flake8_planalign.formats.located import Text
from flake8_planalign.formats.quantities import java_bytes
from flake8_planalign.formats.words import Word
from flake8_planalign.patterns import lazy

__all__ = [
    "DEFAULT_HEAP",
    "SCRIPT_RANK",
    "SEVERAL",
    "SMALLEST_SHARE",
    "SMALL_MEMORY",
    "Flag",
    "Jvm",
    "Setting",
    "flags",
]

#: What HotSpot gives a server by default, 96 MiB scaled for a word of 64 bits; below twice as much memory it takes
#: `MinRAMPercentage`, whatever `MaxRAMPercentage` says.
DEFAULT_HEAP: Final = 130_862_280
SMALL_MEMORY: Final = 250 * 2**20
#: The rank of variables that start scripts put on the command line.
SCRIPT_RANK: Final = 2
_ALIGNMENT: Final = 2 * 2**20
#: What that is as a heap, aligned: the least that a percentage comes to where it counts.
SMALLEST_SHARE: Final = 126 * 2**20
_SMALLEST_HEAP: Final = 2 * 2**20
_SMALLEST_INITIAL_HEAP: Final = 2**20


#: Why the JVM refuses words that were not split: `["java", "-Xms1g -Xmx1g"]`.
SEVERAL: Final = "it is one argument, and several options stand in it"


class Setting(enum.Enum):
    """What an option sets."""

    MAX = "the maximum heap"
    INITIAL = "the initial heap"
    PERCENTAGE = "the share of the memory for the heap"
    SMALL_PERCENTAGE = "the share of little memory for the heap"
    FRACTION = "the fraction of the memory for the heap"
    RAM = "the memory"
    DIRECT = "direct memory"


class Flag(msgspec.Struct, frozen=True):
    """An option that sizes memory: what it sets, to how much, and why the JVM refuses it (then `value` is None).

    `where` is the variable or `the command` that it stands in; `rank` orders these by which of them wins.
    """

    setting: Setting
    word: Word
    value: float | None
    refused: str | None
    where: str
    rank: int

    @property
    def text(self) -> Text:
        """Return the option as written."""
        return self.word.text

    @property
    def raises(self) -> bool:
        """Tell whether an initial heap beyond the largest one raises that one, as it does only from a variable."""
        return self.word.value.startswith("-XX:InitialHeapSize=") and self.rank in _PAST_THE_LAUNCHER


_SPELLINGS: Final = (
    ("-Xmx", Setting.MAX),
    ("-mx", Setting.MAX),
    ("-XX:MaxHeapSize=", Setting.MAX),
    ("-Xms", Setting.INITIAL),
    ("-ms", Setting.INITIAL),
    ("-XX:InitialHeapSize=", Setting.INITIAL),
    ("-XX:MaxRAMPercentage=", Setting.PERCENTAGE),
    ("-XX:MinRAMPercentage=", Setting.SMALL_PERCENTAGE),
    ("-XX:MaxRAMFraction=", Setting.FRACTION),
    ("-XX:MaxRAM=", Setting.RAM),
    ("-XX:MaxDirectMemorySize=", Setting.DIRECT),
)
#: Options whose text may hold blanks, and even look like other options.
_FREE_TEXT: Final = ("-D", "-javaagent:", "-agent", "-XX:On", "-Xlog", "-Xbootclasspath")
_INNER: Final = lazy(r"\s(-(?:Xm[xs]|mx|ms)\d.*|-XX:(?:Max|Initial)(?:HeapSize|RAMPercentage)=.*)")
#: The ranks of the variables that the JVM reads itself, without the launcher.
_PAST_THE_LAUNCHER: Final = (0, 4)
#: What Java 17 takes; later ones also take an exponent.
_DECIMAL: Final = lazy(r"\d+(?:\.\d+)?")


def flags(words: Iterable[Word], where: str, rank: int) -> Iterator[Flag]:
    """Yield the options among words that size memory; a word that is not known is left out."""
    for word in words:
        if not word.known or word.value[:1] != "-":
            continue
        inner = _INNER.search(word.value)
        if inner and not word.value.startswith(_FREE_TEXT):
            yield Flag(Setting.MAX, word, None, SEVERAL, where, rank)
            continue
        for spelling, setting in _SPELLINGS:
            if word.value.startswith(spelling):
                value, refused = _value(setting, word.value.removeprefix(spelling))
                if rank in _PAST_THE_LAUNCHER and word.value.startswith(("-mx", "-ms")):
                    value, refused = None, f"only the launcher knows `{word.value[:3]}`"
                yield Flag(setting, word, value, refused, where, rank)
                break


def _value(setting: Setting, written: str) -> tuple[float | None, str | None]:
    if setting in (Setting.PERCENTAGE, Setting.SMALL_PERCENTAGE):
        if not _DECIMAL.fullmatch(written):
            return None, "it is no number"
        share = float(written)
        return (share, None) if 0 <= share <= 100 else (None, "a percentage lies between 0 and 100")
    if setting is Setting.FRACTION:
        return (float(written), None) if written.isdigit() and int(written) > 0 else (None, "it is no whole number")
    size = java_bytes(written)
    if size is None:
        return None, _why(written)
    if setting is Setting.MAX and not size:
        return None, "a heap of nothing is none"
    return float(size), None


def _why(written: str) -> str:
    """Return what is wrong with a size."""
    if not written:
        return "the size is missing"
    if written.startswith("="):
        return "there is no `=` in this option"
    if written != written.strip() or " " in written:
        return "there is a blank in it"
    if re.fullmatch(r"\d+[.,]\d+[kmgt]?", written, re.IGNORECASE):
        return "sizes are whole numbers"
    if re.fullmatch(r"\d+[kmgt]i?b?", written, re.IGNORECASE):
        return "units are k, m, g and t, without `i` or `b`"
    return "it is no size"


class Jvm(msgspec.Struct, frozen=True):
    """One JVM of a container, by its options from the one that loses to the one that wins.

    `open` tells that there may be further options that nobody states in the tree, `replaces` that these stand in the
    place of those that its image brings for it.
    """

    name: str
    flags: tuple[Flag, ...]
    open: bool = False
    replaces: bool = False

    def last(self, setting: Setting) -> Flag | None:
        """Return the option that decides a setting."""
        for flag in reversed(self.flags):
            if flag.setting is setting:
                return flag
        return None

    @property
    def lacks_heap(self) -> bool:
        """Tell whether it is sure that no option sizes its heap."""
        return not self.open and self.heap_flag is None

    @property
    def refused(self) -> bool:
        """Tell whether the JVM does not start."""
        return any(flag.refused for flag in self.flags) or self.too_small is not None

    @property
    def too_small(self) -> Flag | None:
        """Return the option that decides on a heap smaller than the smallest; one that loses does no harm."""
        for setting, smallest in ((Setting.MAX, _SMALLEST_HEAP), (Setting.INITIAL, _SMALLEST_INITIAL_HEAP)):
            flag = self.last(setting)
            if flag is not None and flag.value and flag.value < smallest:
                return flag
        return None

    @property
    def ambiguous(self) -> bool:
        """Tell whether several variables give sizes to a script, which alone decides which of them it passes on."""
        by_script = {
            (flag.where, flag.value) for flag in self.flags if flag.setting is Setting.MAX and flag.rank == SCRIPT_RANK
        }
        wheres = {where for where, _ in by_script}
        values = {value for _, value in by_script}
        last = self.last(Setting.MAX)
        return len(wheres) > 1 and len(values) > 1 and last is not None and last.rank == SCRIPT_RANK

    @property
    def heap_flag(self) -> Flag | None:
        """Return the option that decides the size of the heap: a size beats a percentage, a percentage a fraction."""
        return self.last(Setting.MAX) or self.last(Setting.PERCENTAGE) or self.last(Setting.FRACTION)

    def heap(self, memory: float) -> float | None:
        """Return the maximum heap in bytes for a container with so much memory; None if the JVM does not start."""
        if self.refused:
            return None
        explicit = self.last(Setting.MAX)
        initial = self.last(Setting.INITIAL)
        if explicit is not None and explicit.value is not None:
            if initial and initial.value and initial.value > explicit.value:
                return _aligned(initial.value) if initial.raises else None
            return _aligned(explicit.value)
        ram = self.last(Setting.RAM)
        memory = ram.value if ram and ram.value is not None else memory
        largest = memory * self._percentage(Setting.PERCENTAGE, Setting.FRACTION, 25) // 100
        smallest = memory * self._percentage(Setting.SMALL_PERCENTAGE, None, 50) // 100
        heap = smallest if smallest < DEFAULT_HEAP else max(largest, DEFAULT_HEAP)
        if initial and initial.value:
            heap = max(heap, initial.value)
        return _aligned(heap)

    def _percentage(self, setting: Setting, fraction: Setting | None, default: float) -> float:
        flag = self.last(setting)
        if flag is not None and flag.value is not None:
            return flag.value
        part = self.last(fraction) if fraction else None
        return 100 / part.value if part is not None and part.value else default


def _aligned(size: float) -> float:
    return math.ceil(size / _ALIGNMENT) * _ALIGNMENT
