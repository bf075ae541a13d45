"""An H2O-3 MOJO as `hex.genmodel.ModelMojoReader` reads it: sections, typed values and domains.

What the reader accepts is not enough: it never compares a domain with the number of classes or a tree with the number
of columns, so that models load which cannot score, or which score differently than they were written.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from flake8_planalign.development import java
from flake8_planalign.development.java import NumberFormatError
from flake8_planalign.development.model import Effect, Fault

__all__ = ["MODEL_INI", "Files", "Info", "MissingFileError", "Reader", "Reading", "RejectedError", "read_info"]

MODEL_INI: Final = "model.ini"
#: In bytes: what a text entry may hold and still be judged.
TEXT_LIMIT: Final = 32 * 2**20

_SECTIONS: Final = frozenset({"[info]", "[columns]", "[domains]"})
#: What Java takes for a blank besides the blank, and does not end a line.
_CONTROLS: Final = bytes(code for code in range(0x20) if code != 0x0A)
_split_line: Final = operator.methodcaller("split", " = ", 1)

#: Algorithms whose scorers correct probabilities.
_BALANCING: Final = frozenset(
    {
        "Gradient Boosting Machine",
        "Gradient Boosting Method",
        "Distributed Random Forest",
        "Deep Learning",
        "deep learning",
    }
)
#: Algorithms whose answer, label and all, is that of a submodel with a threshold of its own.
_DECIDED_BELOW: Final = frozenset({"RuleFit", "Stacked Ensemble", "StackedEnsemble", "k-LIME", "MOJO Pipeline"})
_CATEGORIES = frozenset(
    {
        "Unknown", "Binomial", "Multinomial", "Ordinal", "Regression", "Clustering", "AutoEncoder", "TargetEncoder",
        "DimReduction", "WordEmbedding", "CoxPH", "AnomalyDetection", "KLime", "BinomialUplift",
    }
)  # fmt: skip


class MissingFileError(Exception):
    """A file that the reader opens is not in the model, or its bytes cannot be had; the text says which and why."""


class RejectedError(Exception):
    """The reader throws here; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.problem)
        self.fault = fault


class Files(Protocol):
    """A back end of the reader: an archive, a directory, or a part of either."""

    def exists(self, name: str) -> bool:
        """Tell whether there is a file of that name."""

    def size(self, name: str) -> int:
        """Return the claimed size of a file in bytes, -1 if there is none."""

    def blob(self, name: str, limit: int) -> bytes:
        """Return the first bytes of a file; raises MissingFileError."""

    def names(self) -> Iterator[str]:
        """Yield the names of all files."""


class Info(msgspec.Struct, eq=False):
    """The sections of a model.ini: the last value of each key, the columns (None: no line for it), the domains.

    `places` are the line numbers of `[columns]` as a whole, of each domain by its number and of the keys, except for
    those of the first lines, which `head` holds as they are.
    """

    values: dict[str, str]
    columns: list[str | None]
    domains: dict[int, str]
    places: dict[str, int]
    head: Sequence[str] = ()

    def line_of(self, key: str) -> int:
        """Return the number of the line that says last what a key, a section or a domain is, 1 if there is none."""
        if key in self.places:
            return self.places[key]
        return next((number for number in range(len(self.head), 0, -1) if _begins(self.head[number - 1], key)), 1)


def _begins(line: str, key: str) -> bool:
    return line.startswith(f"{key} = ")


def read_info(lines: list[str], entry: str, info: Info) -> None:
    """Put into `info` what `parseModelInfo` makes of the lines of a model.ini; raises RejectedError where it throws."""
    seen: set[str] = set()
    section, filled = "", 0
    start = _read_plain_info(lines, info)
    if start:
        section = "[info]"
        seen.add(section)
    for number, raw in enumerate(lines[start:], start + 1):
        line = java.trim(raw)
        if not line or line.startswith("#"):
            continue
        if line in _SECTIONS:
            section = line
            info.places.setdefault(line, number)
            if line == "[columns]":
                info.columns = [None] * min(_column_count(info, entry), len(lines) + 1)
            seen.add(line)
        elif section == "[info]":
            pair = java.split_pair(line, "=")
            if pair is None:
                raise _rejected(entry, f"line {number}, `{line[:60]}`, has no `=`", line)
            info.values[pair[0]] = pair[1]
            info.places[pair[0]] = number
        elif section == "[columns]":
            if filled >= len(info.columns):
                if info.line_of("n_columns") == 1:
                    info.places["n_columns"] = number
                raise _rejected(
                    entry, f"n_columns = {len(info.columns)} is less than the lines below [columns]", "n_columns"
                )
            info.columns[filled] = line
            filled += 1
        elif section == "[domains]":
            _read_domain(info, line, number, entry)
    for missing in ("[columns]", "[domains]"):
        if missing not in seen:
            raise _rejected(entry, f"there is no line `{missing}`")


def _read_plain_info(lines: list[str], info: Info) -> int:
    """Read a model.ini up to its first empty line at once, if it begins as the writer writes it; return how far.

    Then a line is a key, ` = ` and a value, no key stands twice, and there are no blanks around the keys, nor anything
    but blanks that Java takes for one.
    """
    if not lines or lines[0] != "[info]" or "" not in lines:
        return 0
    end = lines.index("")
    try:
        values = dict(map(_split_line, lines[1:end]))
    except ValueError:
        return 0
    keys = "\n".join(["", *values, ""])
    contents = "\n".join(["", *set(values.values()), ""])
    if (
        len(values) != end - 1
        or "" in values
        or "=" in keys
        or "#" in keys
        or (" " in keys and ("\n " in keys or " \n" in keys))
        or any(_has_controls(text) for text in (keys, contents))
    ):
        return 0
    if "\n " in contents or " \n" in contents:
        values = {key: value.strip(" ") for key, value in values.items()}
    info.values.update(values)
    info.places["[info]"] = 1
    info.head = lines[:end]
    return end


def _has_controls(text: str) -> bool:
    octets = text.encode("utf-8", "surrogatepass")
    return len(octets) != len(octets.translate(None, _CONTROLS))


def _column_count(info: Info, entry: str) -> int:
    raw = info.values.get("n_columns")
    if raw is None:
        raise _rejected(entry, "n_columns is missing before [columns]", "[columns]")
    try:
        count = java.parse_int(raw)
    except NumberFormatError:
        raise _rejected(entry, f"n_columns = {raw[:40]} is no integer", "n_columns") from None
    if count < 0:
        raise _rejected(entry, f"n_columns = {count} is negative", "n_columns")
    return count


def _read_domain(info: Info, line: str, number: int, entry: str) -> None:
    index, found, rest = line.partition(":")
    if not found:
        raise _rejected(entry, f"line {number}, `{line[:60]}`, has no `:` after the column", line)
    try:
        column = java.parse_int(index)
    except NumberFormatError:
        raise _rejected(entry, f"line {number}, `{line[:60]}`, begins with no column index", line) from None
    info.domains[column] = rest.lstrip(" \t\n\x0b\f\r")
    info.places[f"[domains]{column}"] = number


def _rejected(entry: str, problem: str, key: str = "") -> RejectedError:
    return RejectedError(Fault(entry, problem, Effect.REJECTED, key))


#: What a Java cast or unboxing takes, by the type that the reader assigns to.
_ACCEPTED: Final[Mapping[str, tuple[str, ...]]] = {
    "number": (java.INT, java.LONG, java.DOUBLE),
    **{
        kind: (kind,) for kind in (java.BOOLEAN, java.INT, java.LONG, java.DOUBLE, java.INTS, java.DOUBLES, java.STRING)
    },
}
_WORDS: Final = {
    java.BOOLEAN: "true or false",
    java.INT: "an integer",
    java.LONG: "an integer beyond 32 bits",
    java.DOUBLE: "a number with a decimal point",
    java.INTS: "an array of integers",
    java.LONGS: "an array of integers beyond 32 bits",
    java.DOUBLES: "an array of numbers with decimal points",
    java.STRING: "text",
    "number": "a number",
}


class Reading:
    """One model on its way through the reader: what it asks for, and what is found wrong on the way.

    The methods that take a key stand for `readkv`; each raises RejectedError where the reader throws. Where the reader
    would go on with something that cannot score, `note` keeps the fault and the reading goes on as well.
    """

    def __init__(self, files: Files, prefix: str = "", depth: int = 0, width: int | None = None) -> None:
        self.files = files
        self.prefix = prefix
        self.depth = depth
        #: How many columns a model above hands this one, whatever n_features says; None if n_features decides.
        self.width = width
        self.faults: list[Fault] = []
        self.info = Info({}, [], {}, {})
        self.levels: dict[int, list[str]] = {}
        #: The names of columns that the reader takes for something else: line, name, what it takes it for.
        self.misread: list[tuple[int, str, str]] = []

    @property
    def entry(self) -> str:
        """Return the full name of this model's model.ini."""
        return self.prefix + MODEL_INI

    def note(self, problem: str, effect: Effect, key: str = "", entry: str = "") -> None:
        """Keep a fault of a key of model.ini, or of another entry of this model."""
        self.faults.append(Fault(self.prefix + entry if entry else self.entry, problem, effect, key))

    def reject(self, problem: str, key: str = "", entry: str = "") -> RejectedError:
        """Return the exception for something at which the reader throws."""
        return _rejected(self.prefix + entry if entry else self.entry, problem, key)

    @property
    def features(self) -> int:
        """Return how many columns a row has that is scored; raises RejectedError."""
        return self.integer("n_features") if self.width is None else self.width

    def fits(self, count: int) -> bool:
        """Tell whether a row holds exactly the columns that are read, or no fewer where a model above makes it."""
        return count == self.features if self.width is None else count <= self.width

    # Values of [info]

    def value(self, key: str, kind: str, default: str | None = None) -> object:
        """Return a value of one of the kinds of `java` (or "number"), None for null or none; raises RejectedError.

        `default` is the kind of the default value that the reader passes, by which it parses.
        """
        raw = self.info.values.get(key)
        if raw is None:
            return None
        try:
            found = java.try_parse(raw, default)
        except NumberFormatError:
            assert default is not None
            msg = f"{key} = {raw[:40]} is not {_WORDS[default]}"
            raise self.reject(msg, key) from None
        if found.kind == java.NULL:
            return None
        if found.kind not in _ACCEPTED[kind]:
            problem = f"{key} = {raw[:40]} is {_WORDS[found.kind]} to the reader, which takes {_WORDS[kind]}"
            if kind == java.DOUBLE and found.kind == java.INT:
                problem += f" ({raw}.0)"
            raise self.reject(problem, key)
        return found.value

    def _needed(self, key: str, kind: str) -> object:
        found = self.value(key, kind)
        if found is None:
            state = "is null" if key in self.info.values else "is missing"
            msg = f"{key} {state}"
            raise self.reject(msg, key)
        return found

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Return a boolean; without a default there must be one."""
        if default is None:
            return bool(self._needed(key, java.BOOLEAN))
        found = self.value(key, java.BOOLEAN, java.BOOLEAN)
        return default if found is None else bool(found)

    def integer(self, key: str, default: int | None = None) -> int:
        """Return an int; without a default there must be one."""
        raw = self.info.values.get(key, "")
        if len(raw) < 10 and raw.isdecimal() and raw.isascii():
            return int(raw)
        if default is None:
            found = self._needed(key, java.INT)
        else:
            found = self.value(key, java.INT, java.INT)
            found = default if found is None else found
        assert isinstance(found, int)
        return found

    def count(self, key: str, default: int | None = None, limit: int = 10_000_000) -> int:
        """Return an int that sizes an array: a negative one throws, an absurd one cannot be allocated."""
        found = self.integer(key, default)
        if found < 0 or found > limit:
            msg = f"{key} = {found} is no size of an array"
            raise self.reject(msg, key)
        return found

    def double(self, key: str, default: float | None = None) -> float:
        """Return a double; without a default there must be one."""
        if default is None:
            found = self._needed(key, java.DOUBLE)
        else:
            found = self.value(key, java.DOUBLE, java.DOUBLE)
            found = default if found is None else found
        assert isinstance(found, float)
        return found

    def number(self, key: str) -> float:
        """Return a number of any type, which there must be."""
        found = self._needed(key, "number")
        assert isinstance(found, int | float)
        return found

    def string(self, key: str) -> str | None:
        """Return a text, None for null or none."""
        found = self.value(key, java.STRING)
        assert found is None or isinstance(found, str)
        return found

    def ints(self, key: str, *, default: bool = False) -> tuple[int, ...] | None:
        """Return an int[]; with a default an empty one for null, without one null."""
        found = self.value(key, java.INTS, java.INTS if default else None)
        if found is None:
            return () if default else None
        assert isinstance(found, tuple)
        return found

    def doubles(self, key: str, *, default: bool = False) -> tuple[float, ...] | None:
        """Return a double[]; with a default an empty one for null, without one null."""
        found = self.value(key, java.DOUBLES, java.DOUBLES if default else None)
        if found is None:
            return () if default else None
        assert isinstance(found, tuple)
        return found

    def one_of(self, key: str, known: frozenset[str]) -> str:
        """Return a text that must be the name of a Java enum's constant."""
        found = self._needed(key, java.STRING)
        if found not in known:
            msg = f"{key} = {found} is none of {', '.join(sorted(known))}"
            raise self.reject(msg, key)
        return str(found)

    # Files

    def text(self, name: str) -> list[str] | None:
        """Return the lines of a text file, None if it is too long to be judged; raises RejectedError for none."""
        try:
            found = self.files.blob(self.prefix + name, TEXT_LIMIT + 1)
        except MissingFileError as error:
            raise self.reject(str(error), entry=name) from None
        return None if len(found) > TEXT_LIMIT else java.lines_of(found)

    def blob(self, name: str, limit: int = TEXT_LIMIT) -> bytes:
        """Return the first bytes of a binary file; raises RejectedError if there is none."""
        try:
            return self.files.blob(self.prefix + name, limit)
        except MissingFileError as error:
            raise self.reject(str(error), entry=name) from None

    def sized(self, name: str, needed: int, what: str) -> None:
        """Demand that a binary file has at least so many bytes: the reader throws when its buffer runs out."""
        size = self.files.size(self.prefix + name)
        if size < 0:
            msg = "is missing"
            raise self.reject(msg, entry=name)
        if size < needed:
            msg = f"has {size:,} bytes, but {what} take {needed:,}"
            raise self.reject(msg, entry=name)

    def check_text(self, name: str) -> None:
        """Note a text that is not UTF-8, which the writer always writes."""
        data = self.files.blob(self.prefix + name, TEXT_LIMIT)
        try:
            data.decode()
        except UnicodeDecodeError as error:
            if error.end < TEXT_LIMIT - 4:
                problem = f"is not UTF-8 at byte {error.start}: the reader puts U+FFFD there"
                self.note(problem, Effect.DIFFERENT, entry=name)

    def strings(self, name: str, size: int) -> list[str] | None:
        """Return the lines of a text file that fills an array: more lines than it holds throw, fewer leave nulls."""
        found = self.text(name)
        if found is None:
            return None
        if len(found) > size:
            msg = f"has {len(found)} lines for {size} elements"
            raise self.reject(msg, entry=name)
        if len(found) < size:
            self.note(f"has {len(found)} lines for {size} elements, the rest is null", Effect.DIFFERENT, entry=name)
        return found

    # The common part of every model

    def common(self) -> None:
        """Read what `readAll` reads before the algorithm's own data."""
        info = self.info
        self._read_domains()
        supervised = self.flag("supervised")
        if supervised and not info.columns:
            msg = "n_columns = 0, but a supervised model has a response column"
            raise self.reject(msg, "n_columns")
        for key in ("treatment_column", "algo", "offset_column", "fold_column"):
            self.string(key)
        self.value("h2o_version", java.STRING, java.STRING)
        category = self.one_of("category", _CATEGORIES)
        self.integer("n_features")
        self.integer("n_classes")
        balanced = self.flag("balance_classes")
        if (
            math.isnan(self.double("default_threshold"))
            and category == "Binomial"
            and info.values["algorithm"] not in _DECIDED_BELOW
        ):
            self.note("default_threshold = NaN: no row is ever above it", Effect.DIFFERENT, "default_threshold")
        prior, model = self.doubles("prior_class_distrib"), self.doubles("model_class_distrib")
        self.number("mojo_version")
        corrects = self.info.values["algorithm"] in _BALANCING and category in ("Binomial", "Multinomial")
        if balanced and corrects and (prior is None or model is None):
            self.note("balance_classes needs prior_class_distrib and model_class_distrib", Effect.UNSCORABLE)

    def _read_domains(self) -> None:
        escaped = self.value("escape_domain_values", java.BOOLEAN) if self._is_plain("escape_domain_values") else False
        for column, rest in self.info.domains.items():
            if column >= len(self.info.columns):
                continue
            key = f"[domains]{column}"
            count_text, found, name = rest.partition(" ")
            try:
                count = java.parse_int(count_text)
            except NumberFormatError:
                msg = f"domain {column}: `{count_text[:40]}` is no count"
                raise self.reject(msg, key) from None
            if not found:
                msg = f"domain {column}: there is no file name after the count"
                raise self.reject(msg, key)
            if count < 0:
                msg = f"domain {column}: the count {count} is negative"
                raise self.reject(msg, key)
            levels = self.text(f"domains/{name}")
            if levels is None:
                continue
            if self.depth == 0 and any("\ufffd" in level for level in levels):
                # The levels of a submodel are told by their numbers (hex.genmodel.algos.ensemble).
                self.check_text(f"domains/{name}")
            if len(levels) != count:
                problem = f"has {len(levels)} levels, but model.ini says {count} for column {column}"
                raise self.reject(problem, entry=f"domains/{name}")
            if column < 0:
                msg = f"the column index {column} is negative"
                raise self.reject(msg, key)
            self.levels[column] = [java.unescape(level) for level in levels] if escaped else levels

    def _is_plain(self, key: str) -> bool:
        """Tell whether a value is a boolean: `Boolean.TRUE.equals` takes anything and compares."""
        return self.info.values.get(key) in ("true", "false")

    def count_levels(
        self,
        key: str,
        offsets: tuple[int, ...],
        *,
        all_levels: bool,
        missing: int = 0,
        columns: Sequence[int] | None = None,
    ) -> None:
        """Note levels that are counted with the first one where it is left out, or the other way round.

        `missing` is 1 where each column has a place for the missing value; `columns` are the categorical ones, the
        first ones by default.
        """
        spans = [after - before - missing for before, after in itertools.pairwise(offsets)]
        indexes = range(len(spans)) if columns is None else columns[: len(spans)]
        levels = [len(self.levels.get(index, ())) for index in indexes]
        if not spans or len(levels) < len(spans) or 0 in levels:
            return
        if spans == ([count - 1 for count in levels] if all_levels else levels):
            problem = f"use_all_factor_levels = {str(all_levels).lower()}, but {key} was counted the other way"
            self.note(problem, Effect.DIFFERENT, "use_all_factor_levels")


Reader = Callable[[Reading], None]
