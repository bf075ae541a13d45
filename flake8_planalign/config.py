"""The plan as the project states it: one table of declarative options, read into one frozen `Config`."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from flake8_planalign.rule import Confidence, Severity

__all__ = [
    "DEFAULT_TIERS",
    "TIERS",
    "Config",
    "Development",
    "Layers",
    "Logical",
    "Physical",
    "Plan",
    "Problem",
    "Process",
    "Review",
    "Run",
    "Scenario",
    "load_config",
    "place_of_key",
    "read_config",
]

#: What a blocking call waits for; `metadata` is one cheap system call.
TIERS = ("wait", "network", "process", "disk", "cpu", "metadata")
DEFAULT_TIERS = frozenset(TIERS) - {"metadata"}
FILES = ("planalign.toml", "pyproject.toml")


class Run(msgspec.Struct, frozen=True):
    """What a person switches per run, and what the project needs to know of flake8's own options."""

    tiers: frozenset[str] = DEFAULT_TIERS
    min_confidence: Confidence = Confidence.PROBABLE
    cache: str = ""
    config: str = ""
    exclude: tuple[str, ...] = (".svn", "CVS", ".bzr", ".hg", ".git", "__pycache__", ".tox", ".nox", ".eggs", "*.egg")
    arguments: tuple[str, ...] = ()
    selected: frozenset[str] = frozenset()


class Problem(msgspec.Struct, frozen=True, order=True):
    """Something wrong in the plan: where in its file (1-based line, 0-based columns) and what."""

    line: int
    column: int
    end_column: int
    text: str


class _WrongTypeError(ValueError):
    """A value that an option does not take; the text says what it takes."""


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        msg = "takes a list of strings"
        raise _WrongTypeError(msg)
    return tuple(value)


def _string(value: object) -> str:
    if not isinstance(value, str):
        msg = "takes a string"
        raise _WrongTypeError(msg)
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        msg = "takes true or false"
        raise _WrongTypeError(msg)
    return value


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        msg = "takes a number above 0 and up to 1, such as 0.70"
        raise _WrongTypeError(msg)
    return float(value)


def _severities(value: object) -> Mapping[str, str]:
    levels = [level.value for level in Severity]
    if not isinstance(value, dict) or not all(item in levels for item in value.values()):
        msg = f"takes codes with one of {', '.join(levels)}"
        raise _WrongTypeError(msg)
    for code in value:
        if not re.fullmatch(r"PAL\d{3}", code):
            msg = f"takes full codes such as PAL114, not `{code}`"
            raise _WrongTypeError(msg)
    return value


def _levels(value: object) -> tuple[str, ...]:
    levels = [level.value for level in Severity]
    if not isinstance(value, list) or not all(item in levels for item in value):
        msg = f"takes a list of severities: {', '.join(levels)}"
        raise _WrongTypeError(msg)
    return tuple(value)


def _entries(value: object) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
        msg = 'takes tables by dotted name: "legacy.client.fetch" = { kind = "network" }'
        raise _WrongTypeError(msg)
    return value


def _option(default: Any, read: Callable[[Any], Any], doc: str, *, paths: bool = False) -> Any:
    """Declare an option: its default, the function that checks its value, its documentation.

    `paths` tells that its strings are paths or globs below the project root, each of which must match something.
    """
    return dataclasses.field(
        default_factory=lambda: default, metadata={"read": read, "doc": doc, "paths": paths, "default": default}
    )


def _table(of: type, doc: str, *, named: bool = False) -> Any:
    """Declare a table of options; `named` for one table for each name that the project chooses."""
    return dataclasses.field(default_factory=dict if named else of, metadata={"table": of, "named": named, "doc": doc})


@dataclasses.dataclass(frozen=True, slots=True)
class Layers:
    """Which directories make up which layer of the monorepo."""

    service: tuple[str, ...] = _option(("src/service",), _strings, "The service layer.", paths=True)
    pipeline: tuple[str, ...] = _option(("src/pipeline",), _strings, "The pipeline layer.", paths=True)
    common: tuple[str, ...] = _option((), _strings, "The common layer; by default all the rest.", paths=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Process:
    """Options of the Process view."""

    health_keys: tuple[str, ...] = _option((), _strings, "Keys that the response of a health route must have.")


@dataclasses.dataclass(frozen=True, slots=True)
class Logical:
    """Options of the Logical view."""

    feature_tables: tuple[str, ...] = _option(
        ("features", "*_features", "feature_store*", "feature_values*"), _strings, "Tables that hold features."
    )
    business_keys: tuple[str, ...] = _option(
        ("*_id", "id", "email", "sku", "uuid"), _strings, "Names that identify a business object."
    )
    migrations: tuple[str, ...] = _option((), _strings, "Migration directories; by default by content.", paths=True)
    retention: tuple[str, ...] = _option((), _strings, "Functions that may delete feature history.")
    frame_types: tuple[str, ...] = _option((), _strings, "Further types that count as a DataFrame.")


@dataclasses.dataclass(frozen=True, slots=True)
class Development:
    """Options of the Development view."""

    h2o_version: str = _option("", _string, "The H2O version that all pins must have.")
    h2o_secure: bool = _option(False, _boolean, "Whether the licensed build of H2O is used.")


@dataclasses.dataclass(frozen=True, slots=True)
class Physical:
    """Options of the Physical view."""

    heap_share: float = _option(0.70, _share, "The largest share of the memory limit that a heap may take.")
    per_image_profiles: bool = _option(False, _boolean, "Whether H2O and Elasticsearch are held to a half.")
    dev_files: tuple[str, ...] = _option(("*dev*", "*local*", "*override*"), _strings, "Files of a development stack.")


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario that must be proven."""

    story: str = _option("", _string, "The story: SCN-REV-01-01 or SCN-REV-01-02.")
    tests: tuple[str, ...] = _option((), _strings, "The tests that prove it.", paths=True)
    evidence: tuple[str, ...] = _option((), _strings, "The reports of its last run.", paths=True)
    code: tuple[str, ...] = _option((), _strings, "The code that it proves.", paths=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Review:
    """Options of `planalign review`."""

    block_on: tuple[str, ...] = _option(
        ("critical", "high"), _levels, "The severities that block: some of critical, high, medium, low."
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """Everything that a rule may ask about the plan; `deny` holds the tables as written, in the registry's schema."""

    roots: tuple[str, ...] = _option((), _strings, "Further import roots.", paths=True)
    layers: Layers = _table(Layers, "The layers of the monorepo.")
    deny: Mapping[str, Mapping[str, Any]] = _option({}, _entries, "The project's own blocking functions.")
    severity: Mapping[str, str] = _option({}, _severities, "Another severity for a code.")
    process: Process = _table(Process, "The Process view.")
    logical: Logical = _table(Logical, "The Logical view.")
    development: Development = _table(Development, "The Development view.")
    physical: Physical = _table(Physical, "The Physical view.")
    scenarios: Mapping[str, Scenario] = _table(Scenario, "The Scenario view, one table for each scenario.", named=True)
    review: Review = _table(Review, "The review.")
    tiers: frozenset[str] = DEFAULT_TIERS
    min_confidence: Confidence = Confidence.PROBABLE


class Plan(msgspec.Struct, frozen=True):
    """A config with the file it came from (None: all defaults) and everything that is wrong in it."""

    config: Config
    path: str | None
    problems: tuple[Problem, ...]
    text: str = ""
    outer: tuple[str, ...] = ("tool", "planalign")


def load_config(root: Path, file: Path | None = None) -> Plan:
    """Return the plan of the project at `root`: from `file`, else planalign.toml, else pyproject.toml."""
    for candidate in [file] if file else [root / name for name in FILES]:
        try:
            data = candidate.read_bytes()
            if candidate.name != "pyproject.toml" or b"planalign" in data:
                return read_config(data.decode("utf-8-sig"), root, str(candidate))
        except FileNotFoundError:
            if file:
                return Plan(Config(), str(file), (Problem(1, 0, 0, "there is no such file"),))
        except (OSError, UnicodeDecodeError) as error:
            return Plan(Config(), str(candidate), (Problem(1, 0, 0, f"cannot be read: {error}"),))
    return Plan(Config(), None, ())


def read_config(text: str, root: Path, path: str) -> Plan:
    """Return the plan that a TOML text states; every problem at once, each at its key."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Plan(Config(), path, (_syntax_problem(text, error),), text)
    except RecursionError:
        return Plan(Config(), path, (Problem(1, 0, 0, "nests too deeply to be read"),), text)
    outer: tuple[str, ...] = ("tool", "planalign")
    table: object = document
    for key in outer:
        table = table.get(key) if isinstance(table, dict) else None
    if table is None and os.path.basename(path) == "planalign.toml":
        outer, table = (), document
    if table is None:
        return Plan(Config(), path, (), text)
    reader = _Reader(text, root)
    config = reader.read(Config, table, outer)
    return Plan(config, path, tuple(sorted(reader.problems)), text, outer)


def _syntax_problem(text: str, error: ValueError) -> Problem:
    found = re.search(r" \(at line (\d+), column (\d+)\)| \(at end of document\)", str(error))
    message = f"is not TOML: {str(error)[: found.start()] if found else error}"
    if found and found[1]:
        line, column = int(found[1]), int(found[2]) - 1
        return Problem(line, column, column, message)
    lines = text.split("\n")
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    return Problem(len(lines), len(lines[-1]), len(lines[-1]), message)


_Table = TypeVar("_Table")


@dataclasses.dataclass
class _Reader:
    """The walk over the tables, which notes a problem and goes on with the default."""

    text: str
    root: Path
    problems: list[Problem] = dataclasses.field(default_factory=list)

    def read(self, of: type[_Table], table: object, keys: tuple[str, ...]) -> _Table:
        if not isinstance(table, dict):
            self._note(keys, f"`{_dotted(keys)}` takes a table")
            return of()
        declared = {
            field.name.replace("_", "-"): field for field in dataclasses.fields(cast("Any", of)) if field.metadata
        }
        values: dict[str, object] = {}
        for key, value in table.items():
            here = (*keys, key)
            field = declared.get(key)
            if field is None:
                self._note(here, f"unknown key `{_dotted(here)}`{_suggestion(key, declared)}")
            elif "table" not in field.metadata:
                self._read_value(field, value, here, values)
            elif field.metadata["named"]:
                if isinstance(value, dict):
                    values[field.name] = {
                        name: self.read(field.metadata["table"], item, (*here, name)) for name, item in value.items()
                    }
                else:
                    self._note(here, f"`{_dotted(here)}` takes one table for each name")
            else:
                values[field.name] = self.read(field.metadata["table"], value, here)
        return of(**values)

    def _read_value(
        self, field: dataclasses.Field[Any], value: object, keys: tuple[str, ...], values: dict[str, object]
    ) -> None:
        try:
            values[field.name] = read = field.metadata["read"](value)
        except _WrongTypeError as error:
            self._note(keys, f"`{_dotted(keys)}` {error}")
            return
        if field.metadata["paths"]:
            for pattern in read:
                if not _matches_something(self.root, pattern):
                    self._note(keys, f"`{_dotted(keys)}`: nothing matches `{pattern}`")

    def _note(self, keys: tuple[str, ...], text: str) -> None:
        self.problems.append(Problem(*place_of_key(self.text, keys), text))


def _dotted(keys: tuple[str, ...]) -> str:
    return ".".join(keys[2:] if keys[:2] == ("tool", "planalign") and len(keys) > 2 else keys)


def _suggestion(key: str, known: Mapping[str, object]) -> str:
    import difflib

    close = difflib.get_close_matches(key.replace("_", "-"), known, 1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _matches_something(root: Path, pattern: str) -> bool:
    path = pattern.partition("::")[0]
    try:
        if not any(character in path for character in "*?["):
            return (root / path).exists()
        return next(iter(root.glob(path)), None) is not None
    except (NotImplementedError, ValueError, OSError):
        return False


_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEYS = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*\[(\[?)[ \t]*({_KEYS})[ \t]*\]")
_PAIR = re.compile(rf"[ \t]*({_KEYS})[ \t]*=")
_INLINE = re.compile(rf"[{{,][ \t]*({_KEYS})[ \t]*=")


def _parts(keys: str) -> Iterator[str]:
    for part in re.findall(_KEY, keys):
        yield part[1:-1] if part[0] in "\"'" else part


def place_of_key(text: str, keys: tuple[str, ...]) -> tuple[int, int, int]:
    """Return the line (1-based), column and end column (0-based) of a key in a TOML text.

    A scan of the lines, no parser: where the key itself cannot be seen (behind an inline table over several lines),
    the place of the nearest table around it; (1, 0, 0) if there is none.
    """
    best, place = 0, (1, 0, 0)
    table: tuple[str, ...] = ()
    quotes = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not quotes:
            candidates: list[tuple[tuple[str, ...], re.Match[str], int]] = []
            if header := _HEADER.match(line):
                table = tuple(_parts(header[2]))
                candidates.append((table, header, 2))
            elif pair := _PAIR.match(line):
                owner = (*table, *_parts(pair[1]))
                candidates.append((owner, pair, 1))
                candidates += [((*owner, *_parts(inner[1])), inner, 1) for inner in _INLINE.finditer(line, pair.end())]
            for found, match, group in candidates:
                shared = min(len(found), len(keys))
                if found[:shared] == keys[:shared] and shared > best:
                    best, place = shared, (number, match.start(group), match.end(group))
        quotes = _open_quotes(line, quotes)
    return place


def _open_quotes(line: str, quotes: str) -> str:
    """Return the delimiter of the multi-line string that is open at the end of a line."""
    for delimiter in re.findall(r'"""|\'\'\'', line):
        quotes = quotes or delimiter if quotes != delimiter else ""
    return quotes
